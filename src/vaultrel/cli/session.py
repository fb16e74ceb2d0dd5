"""What every command shares: the global options, the vault they name, and the two streams it prints to."""

from __future__ import annotations

import datetime as dt
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any, Literal, TypeVar

import click

from vaultrel.cli.screen import Screen

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from vaultrel.app import Progress, Vault
    from vaultrel.app.kept_answer import KeptAnswer
    from vaultrel.errors import AmbiguousPersonError

FIRST_YEAR, LAST_YEAR = 1900, 2200
"""The years in which vaultrel reads days; outside them its sums of days could leave the calendar."""

PROGRESS_AFTER_SECONDS = 0.5

MOST_CHOICES = 20
"""More people than this are no choice: a longer name is asked for instead."""

Found = TypeVar("Found")


class Session:
    """The global options as given, in front of the command or behind it; a plain class, since `--help` loads it."""

    vault: str | None = None
    config: str | None = None
    as_of: dt.date | None = None
    json: bool = False
    quiet: bool = False
    verbose: bool = False
    color: Literal["auto", "always", "never"] = "auto"

    def open_vault(self) -> Vault:
        """The vault named, or the one found, opened with its own settings or those of `--config`.

        Raises:
            VaultNotFoundError, UsageError, SettingsError: see `vaultrel.app.open_vault`.
        """
        from vaultrel.app import open_vault

        if self.config is None:
            return open_vault(self.vault)
        from vaultrel.cli.settings_file import read_settings_file

        return open_vault(self.vault, settings=read_settings_file(self.config))

    def kept_answer(self, question: str) -> KeptAnswer | None:
        """What is kept for today, with the vault's own settings; None for all else, asked too rarely to be kept."""
        if self.config is not None or self.as_of is not None:
            return None
        from vaultrel import clock
        from vaultrel.app.kept_answer import KeptAnswer
        from vaultrel.locations import find_root

        return KeptAnswer(find_root(self.vault, os.environ, os.getcwd()), question, clock.today())

    def for_person(self, typed: str, find: Callable[[str], Found]) -> Found:
        """What `find` gives for the person typed, or, where that could be several, for the one chosen at the terminal.

        Args:
            typed: a name, alias, unique beginning of a name, or path.
            find: looks somebody up by any of these.

        Raises:
            UnknownPersonError: nobody answers to it.
            AmbiguousPersonError: several do, and nobody is there to choose.
        """
        from vaultrel.errors import AmbiguousPersonError

        try:
            return find(typed)
        except AmbiguousPersonError as error:
            if not error.paths or len(error.paths) > MOST_CHOICES or not self.may_ask():
                raise
            return find(self._choose(error))

    def _choose(self, error: AmbiguousPersonError) -> str:
        """The path of the person whose number is typed; the question goes to standard error."""
        self.talk.line(f"{error.query!r} could be:")
        for number, candidate in enumerate(error.candidates, start=1):
            self.talk.line((f"{number:>4}  ", "strong"), candidate)
        chosen: int = click.prompt("Which one", type=click.IntRange(1, len(error.paths)), err=True)
        return error.paths[chosen - 1]

    def may_ask(self) -> bool:
        """Whether somebody sits at a terminal to answer; with --json and -q nothing is asked."""
        return not self.json and not self.quiet and sys.stdin.isatty() and sys.stderr.isatty()

    @property
    def out(self) -> Screen:
        """Where the answer goes."""
        return Screen(sys.stdout, color=self.colors(sys.stdout))

    @property
    def talk(self) -> Screen:
        """Where everything said about the answer goes; silent with -q."""
        return Screen(sys.stderr, color=self.colors(sys.stderr), silent=self.quiet)

    def colors(self, stream: IO[str]) -> bool:
        """Whether to colour what goes to `stream`."""
        if self.color != "auto":
            return self.color == "always"
        return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"

    def complain(self, message: str, next_step: str) -> None:
        """Say what went wrong, then, on the last line, what to do next; -q does not silence it."""
        screen = Screen(sys.stderr, color=self.colors(sys.stderr))
        for line in message.splitlines():
            screen.line((line, "bad"))
        for line in next_step.splitlines():
            screen.line(line)

    def print_json(self, kind: str, answer: Mapping[str, object]) -> None:
        """Print one JSON object whose `schema` key names its stable shape.

        Written in ASCII: what a note contains can then do nothing to a terminal.
        """
        import json

        document = {"schema": f"vaultrel.{kind}/1", **answer}
        click.echo(json.dumps(document, indent=2, default=_day_text))

    def print_file(self, data: bytes) -> None:
        """Print a whole file: its exact bytes into a pipe, lines that cannot steer it on a terminal."""
        if not sys.stdout.isatty():
            click.echo(data, nl=False)
            return
        for line in data.decode("utf-8", "replace").splitlines():
            self.out.line(line)

    @contextmanager
    def progress(self, label: str) -> Iterator[Progress | None]:
        """A bar on the terminal, once the work has taken half a second; None where nobody watches."""
        if self.quiet or self.json or not sys.stderr.isatty():
            yield None
            return
        from vaultrel import clock

        began = clock.monotonic()
        bar: Any = None
        task: Any = None

        def advance(done: int, total: int) -> None:
            nonlocal bar, task
            if bar is None and clock.monotonic() - began > PROGRESS_AFTER_SECONDS:
                bar = _new_bar(self.colors(sys.stderr))
                task = bar.add_task(label, total=total)
                bar.start()
            if bar is not None:
                bar.update(task, completed=done, total=total)

        try:
            yield advance
        finally:
            if bar is not None:
                bar.stop()


def _new_bar(colored: bool) -> Any:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True, no_color=not colored),
        transient=True,
    )


def _day_text(value: object) -> str:
    assert isinstance(value, dt.date)
    return value.isoformat()


def parse_day(typed: str) -> dt.date:
    """The day, or a usage error that says how to write one."""
    try:
        day = dt.date.fromisoformat(typed)
    except ValueError as error:
        raise click.BadParameter(f"{typed!r} is not a day; write it as 2026-06-30.") from error
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise click.BadParameter(f"{typed!r} is not between {FIRST_YEAR} and {LAST_YEAR}.")
    return day


def _remember(ctx: click.Context, param: click.Parameter, value: Any) -> None:
    """Keep an option in the session; given twice, the one behind the command counts."""
    session = ctx.ensure_object(Session)
    if value is not None and value is not False:
        assert param.name is not None
        setattr(session, param.name, value)


Function = TypeVar("Function", bound=Callable[..., Any])

SHARED: dict[str, tuple[tuple[str, ...], dict[str, Any]]] = {
    "vault": (("--vault",), {"metavar": "DIR", "help": "The folder that holds the notes."}),
    "config": (("--config",), {"metavar": "FILE", "help": "Settings to use instead of the vault's own."}),
    "as_of": (("--as-of",), {"type": parse_day, "metavar": "DATE", "help": "Answer as on that day (YYYY-MM-DD)."}),
    "json": (("--json",), {"is_flag": True, "help": "Print one JSON object with a stable shape."}),
    "quiet": (("-q", "--quiet"), {"is_flag": True, "help": "Print only the answer and errors."}),
    "verbose": (("-v", "--verbose"), {"is_flag": True, "help": "Say more; show where an unexpected error arose."}),
    "color": (
        ("--color",),
        {
            "type": click.Choice(["auto", "always", "never"]),
            "help": "Use colour; auto: on a terminal without NO_COLOR.",
        },
    ),
}
"""The global options: flags and what click is told about them."""

AFTER_COMMAND = ("vault", "as_of", "json")
"""The global options that a command may also take behind its own name."""


def shared_option(name: str) -> Callable[[Function], Function]:
    """The decorator that gives a command one of the global options, kept in the `Session`."""
    flags, attributes = SHARED[name]
    return click.option(*flags, callback=_remember, expose_value=False, **attributes)


def person_argument(*, required: bool = True) -> Callable[[Function], Function]:
    """The decorator that gives a command the argument PERSON; the shell completes it with the names last read."""
    return click.argument("person", required=required, shell_complete=complete_person)


def complete_person(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """What can be typed for the people whose names begin with what was typed; nobody where that cannot be told."""
    from vaultrel.cli.typed_names import people_beginning

    return people_beginning(ctx.ensure_object(Session).vault, incomplete)


class VaultCommand(click.Command):
    """A command that says so when a global option it has no use for is put in front of it."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command, unless it would have to ignore something that was typed."""
        own = {param.name for param in self.params}
        for name in AFTER_COMMAND:
            typed = ctx.parent and ctx.parent.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE
            if typed and name not in own:
                raise click.UsageError(f"{SHARED[name][0][0]} does not go with `{self.name}`.", ctx)
        return super().invoke(ctx)
