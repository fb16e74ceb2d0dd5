"""`vaultrel completion SHELL`: the script that lets a shell complete commands, options and people."""

from __future__ import annotations

import os
import re
import sys
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import BashComplete, CompletionItem, FishComplete, ZshComplete, add_completion_class

from vaultrel.cli.session import Session, VaultCommand

if TYPE_CHECKING:
    from click.shell_completion import ShellComplete

COMPLETE_VARIABLE = "_VAULTREL_COMPLETE"
"""Set by the script for a run that only completes."""

HOW_TO_USE = {
    "bash": 'Add this to ~/.bashrc: eval "$(vaultrel completion bash)"',
    "zsh": 'Add this to ~/.zshrc: eval "$(vaultrel completion zsh)"',
    "fish": "Save it: vaultrel completion fish > ~/.config/fish/completions/vaultrel.fish",
}


BASH_SCRIPT = """\
%(complete_func)s() {
    local IFS=$'\\n' type value answers
    answers=$(env COMP_WORDS="${COMP_WORDS[*]}" COMP_CWORD="$COMP_CWORD" \\
        %(complete_var)s=bash_complete "$1" 2>/dev/null)
    COMPREPLY=()
    while IFS=',' read -r type value; do
        case "$type" in
            plain) COMPREPLY+=("$value") ;;
            dir) compopt -o dirnames ;;
            file) compopt -o default ;;
        esac
    done <<< "$answers"
}

complete -o nosort -F %(complete_func)s %(prog_name)s
"""
"""Like click's own, but what is read is never split or expanded: a name may hold any sign."""


class QuotingBashComplete(BashComplete):
    """Bash puts what we answer on the command line as it stands: spaces and signs of its own must be quoted."""

    source_template = BASH_SCRIPT

    def format_completion(self, item: CompletionItem[Any]) -> str:
        """The completion as the script reads it."""
        return f"{item.type},{quote_for_bash(item.value, self._typed()[:1])}"

    @staticmethod
    def _typed() -> str:
        """The word at the cursor as it stands on the command line, with its quotes."""
        words = os.environ.get("COMP_WORDS", "").split("\n")
        at = int(os.environ.get("COMP_CWORD", "0"))
        return words[at] if at < len(words) else ""


class WholeFishComplete(FishComplete):
    """Fish's script splits what we answer at every comma; the first alone ends the kind."""

    source_template = FishComplete.source_template.replace('string split ","', 'string split --max 1 ","')


COMPLETIONS: dict[str, type[ShellComplete]] = {
    "bash": QuotingBashComplete,
    "zsh": ZshComplete,
    "fish": WholeFishComplete,
}


def quote_for_bash(word: str, quote: str = "") -> str:
    """The word as it must stand on bash's command line, behind an opening quote where there is one."""
    if quote == "'":
        return word.replace("'", r"'\''")
    special = r'[$`"\\]' if quote == '"' else r"[^\w@%+:,./-]"
    return re.sub(special, r"\\\g<0>", word)


def register_completions() -> None:
    """Let click answer the shells with the classes of this module."""
    for name, kind in COMPLETIONS.items():
        add_completion_class(kind, name)


@click.command("completion", cls=VaultCommand)
@click.argument("shell", type=click.Choice(list(COMPLETIONS)))
@click.pass_obj
def command(session: Session, shell: str) -> None:
    """Let your shell complete commands, options and people.

    Prints a script for bash, zsh or fish. People are those of the vault that the command line would work on, as last
    read.
    """
    from vaultrel.cli import cli

    script = COMPLETIONS[shell](cli, {}, "vaultrel", COMPLETE_VARIABLE)
    # Not `source()`: it starts bash to look at its version, and whoever asks has that shell already.
    click.echo(script.source_template % script.source_vars())
    if sys.stdout.isatty():
        session.talk.line()
        session.talk.line(HOW_TO_USE[shell])
