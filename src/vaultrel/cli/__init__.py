"""The command line: thin commands that parse, call the library and print.

Importing this module, its help and completion must stay quick: each command lives in a module of its own, loaded
only when it runs, and imports what is heavy inside its function.
"""

from __future__ import annotations

import gc
import os
import sys
from importlib import import_module
from keyword import iskeyword
from typing import TYPE_CHECKING, Any

import click

from vaultrel.cli.session import Session, shared_option

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

SECTIONS: dict[str, dict[str, str]] = {
    "Every day": {
        "today": "This week's follow-ups: who, why, and what to do.",
        "show": "One person: how you stand, when you last met, what is promised.",
        "why": "Where a person's number comes from, line by line.",
        "brief": "Before you meet: the last times, promises, their news, what to ask.",
        "log": "Note in the daily note that you were in touch.",
        "done": "Note in the daily note that a follow-up is done.",
        "snooze": "Put follow-ups with a person off until a day.",
    },
    "Your network": {
        "people": "Everyone, the strongest ties first.",
        "stats": "Relationships over time, and the notes behind every change.",
        "names": "Names that could be several people, or nobody: say who is meant.",
        "renetwork": "Once strong, now quiet: whom to get back in touch with.",
    },
    "Keep current": {
        "scan": "Read the vault, update the rel_ properties, publish the feed.",
        "watch": "Keep everything current while you write.",
        "service": "Run the daemon whenever you are logged in (systemd, launchd, Task Scheduler).",
        "undo": "Give the notes of the last run back the bytes they had.",
        "redo": "Undo the last undo: write again what that run had written.",
        "strip": "Take the rel_ properties out of every note again.",
    },
    "Share, view": {
        "feed": "The addresses and files of your calendars, and whether they are well made.",
        "serve": "Serve the follow-ups to your calendar, on this computer only.",
        "import": "Make person notes out of an address book (.vcf, .csv).",
        "export": "Print everything derived, as one file.",
    },
    "Set up": {
        "demo": "Look before you install: run on a copy of the sample vault.",
        "init": "Set vaultrel up for your notes: at most four questions, one file.",
        "config": "The settings: list them, get or set one, or say where they are.",
        "doctor": "What was left alone, and how to mend it.",
        "completion": "Let your shell complete commands, options and people.",
        "evaluate": "How well strength foretells contact, on logs of what happened.",
    },
}
"""Every command by the section of the help it stands in, with the first sentence of its own help.

The sentence stands here as well so that help and completion need not load twenty modules. A command is `command` in
the module of its name.
"""

DEFAULT_COMMAND = "today"
BUG_EXIT = 5
INTERRUPTED_EXIT = 130
BROKEN_PIPE_EXIT = 141


class CommandGroup(click.Group):
    """Commands in sections, loaded when needed; the one place where an error becomes a message and an exit code."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Every command, in the order of the help."""
        return [name for section in SECTIONS.values() for name in section]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, from its own module or from a plugin that the vault's settings name."""
        if cmd_name not in self.list_commands(ctx):
            return _plugin_command(ctx, cmd_name)
        module = f"{cmd_name}_" if iskeyword(cmd_name) else cmd_name
        command: click.Command = import_module(f"vaultrel.cli.{module}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command the first argument names; a word that names none is met with the nearest that do."""
        name = args[0]
        if not (ctx.resilient_parsing or name.startswith("-") or self.get_command(ctx, name)):
            import difflib

            near = difflib.get_close_matches(name, self.list_commands(ctx))
            hint = f"Did you mean {' or '.join(near)}?" if near else "`vaultrel --help` lists them."
            ctx.fail(f"There is no command {name!r}. {hint}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - as above
        """The commands under the headings of their sections."""
        for title, section in SECTIONS.items():
            with formatter.section(title):
                formatter.write_dl(list(section.items()))

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """The commands, or the options, that begin with what was typed."""
        from click.shell_completion import CompletionItem

        if incomplete.startswith("-"):
            return super().shell_complete(ctx, incomplete)
        return [
            CompletionItem(name, help=summary)
            for section in SECTIONS.values()
            for name, summary in section.items()
            if name.startswith(incomplete)
        ]

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
        except Exception as error:  # noqa: BLE001 - the top of every command: what is no error of ours is a bug of ours
            code = _report_error(ctx.ensure_object(Session), error)
        ctx.exit(code or 0)


def _plugin_command(ctx: click.Context, name: str) -> click.Command | None:
    """The command of that name from a plugin; None where there is no vault, or none that has such a plugin.

    Raises:
        PluginMissingError, PluginFailedError: the settings name a plugin that cannot be used.
    """
    from vaultrel.errors import SettingsError, VaultNotFoundError

    try:
        with ctx.ensure_object(Session).open_vault() as vault:
            names = vault.settings.plugins
    except (VaultNotFoundError, SettingsError):
        return None
    if not names:
        return None
    from vaultrel.plugins import use_plugins

    commands = (command for plugin in use_plugins(names) for command in plugin.commands)
    return next((found for found in commands if isinstance(found, click.Command) and found.name == name), None)


def _report_error(session: Session, error: Exception) -> int:
    """Say what stopped the command; its exit code."""
    from vaultrel.errors import VaultrelError

    if isinstance(error, VaultrelError):
        session.complain(error.message, error.next_step)
        return error.exit_code
    if session.verbose:
        import traceback

        traceback.print_exception(error)
    what = " ".join(f"{type(error).__name__}: {error}".split())
    session.complain(
        f"This is a bug in vaultrel, not a mistake of yours ({what}).",
        "Run the command again with -v in front of it, and report what it prints.",
    )
    return BUG_EXIT


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
@shared_option("config")
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
    if "_VAULTREL_COMPLETE" in os.environ:
        from vaultrel.cli.completion import register_completions

        register_completions()
    # What is loaded by now stays: looking through it for cycles, once more at the end, takes a tenth of a short run.
    gc.freeze()
    cli(prog_name="vaultrel")
