"""The command line: thin commands that parse, call the library and print.

Importing this module must stay quick: each command lives in a module of its own, loaded when it is named or
when help lists it, and imports what is heavy inside its function.
"""

from __future__ import annotations

import difflib
import os
import sys
from importlib import import_module
from typing import Any

import click

from vaultrel.cli.session import Session, shared_option
from vaultrel.errors import VaultrelError

SECTIONS: dict[str, dict[str, str]] = {
    "Every day": {
        "today": "vaultrel.cli.today",
        "show": "vaultrel.cli.show",
        "why": "vaultrel.cli.why",
        "brief": "vaultrel.cli.brief",
    },
    "Your network": {
        "people": "vaultrel.cli.people",
        "stats": "vaultrel.cli.stats",
        "names": "vaultrel.cli.names",
        "renetwork": "vaultrel.cli.renetwork",
    },
    "Keep current": {
        "scan": "vaultrel.cli.scan",
        "watch": "vaultrel.cli.watch",
        "service": "vaultrel.cli.service",
        "undo": "vaultrel.cli.undo",
        "redo": "vaultrel.cli.redo",
        "strip": "vaultrel.cli.strip",
    },
    "Share, view": {
        "feed": "vaultrel.cli.feed",
        "serve": "vaultrel.cli.serve",
        "export": "vaultrel.cli.export",
    },
    "Set up": {
        "demo": "vaultrel.cli.demo",
        "doctor": "vaultrel.cli.doctor",
        "evaluate": "vaultrel.cli.evaluate",
    },
}
"""Every command by the section of the help it stands in, with the module whose `command` it is."""

DEFAULT_COMMAND = "today"
BUG_EXIT = 5
INTERRUPTED_EXIT = 130
BROKEN_PIPE_EXIT = 141


class CommandGroup(click.Group):
    """Commands in sections, loaded when needed; the one place where an error becomes a message and an exit code."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Every command, in the order of the help."""
        return [name for section in SECTIONS.values() for name in section]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        """The command of that name, from its own module."""
        for section in SECTIONS.values():
            if cmd_name in section:
                command: click.Command = import_module(section[cmd_name]).command
                return command
        return None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command the first argument names; a word that names none is met with the nearest that do."""
        name = args[0]
        if not name.startswith("-") and self.get_command(ctx, name) is None:
            near = difflib.get_close_matches(name, self.list_commands(ctx))
            hint = f"Did you mean {' or '.join(near)}?" if near else "`vaultrel --help` lists them."
            ctx.fail(f"There is no command {name!r}. {hint}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The commands under the headings of their sections."""
        for title, section in SECTIONS.items():
            rows = [
                (name, command.get_short_help_str(formatter.width))
                for name in section
                if (command := self.get_command(ctx, name)) is not None
            ]
            with formatter.section(title):
                formatter.write_dl(rows)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command and leave with its exit code."""
        try:
            code = super().invoke(ctx)
            sys.stdout.flush()
        except (click.ClickException, click.exceptions.Exit):
            raise
        except (KeyboardInterrupt, click.Abort):
            code = INTERRUPTED_EXIT
        except BrokenPipeError:
            # Whoever reads our output has seen enough; what is still buffered must not fail again at exit.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            code = BROKEN_PIPE_EXIT
        except VaultrelError as error:
            ctx.ensure_object(Session).complain(error.message, error.next_step)
            code = error.exit_code
        except Exception as error:  # noqa: BLE001 - the top of every command: what gets here is a bug of ours
            _report_bug(ctx.ensure_object(Session), error)
            code = BUG_EXIT
        ctx.exit(code or 0)


def _report_bug(session: Session, error: Exception) -> None:
    if session.verbose:
        import traceback

        traceback.print_exception(error)
    what = " ".join(f"{type(error).__name__}: {error}".split())
    session.complain(
        f"This is a bug in vaultrel, not a mistake of yours ({what}).",
        "Run the command again with -v in front of it, and report what it prints.",
    )


@click.group(
    cls=CommandGroup,
    invoke_without_command=True,
    context_settings={
        "auto_envvar_prefix": "VAULTREL",
        "help_option_names": ["-h", "--help"],
        "max_content_width": 100,
    },
)
@shared_option("vault")
@shared_option("as_of")
@shared_option("json")
@shared_option("quiet")
@shared_option("verbose")
@shared_option("color")
@click.version_option(package_name="vaultrel", message="%(prog)s %(version)s")
@click.pass_context
def cli(ctx: click.Context) -> Any:
    """Relationship strength and worthwhile follow-ups, from the Markdown notes you already write.

    Without a command: `today`. Every option can also come from the environment, as VAULTREL_ and its name:
    VAULTREL_VAULT names the vault.
    """
    for stream in (sys.stdout, sys.stderr):
        # A terminal that cannot show an arrow gets a question mark, not a failure.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    if ctx.invoked_subcommand is None:
        default = cli.get_command(ctx, DEFAULT_COMMAND)
        assert default is not None
        with default.make_context(DEFAULT_COMMAND, [], parent=ctx) as inner:
            return default.invoke(inner)
    return None


def main() -> None:
    """Run the command line on the arguments of this process, and exit."""
    cli(prog_name="vaultrel")
