"""The reference of the command line is complete: every command, option, exit code and JSON key, and nothing else."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from vaultrel import errors
from vaultrel.cli import BROKEN_PIPE_EXIT, BUG_EXIT, INTERRUPTED_EXIT, SECTIONS, cli
from vaultrel.cli.session import AFTER_COMMAND
from vaultrel.outputs import OUTPUTS

PAGE = (Path(__file__).resolve().parents[2] / "docs/reference/commands.md").read_text("utf-8")
COMMANDS = [name for section in SECTIONS.values() for name in section]


def section(title: str) -> str:
    """The text under a heading, up to the next of its rank."""
    found = re.search(rf"^(#+) {re.escape(title)}\n(.*?)(?=^#{{1,2}} |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    assert found is not None, f"no section {title!r}"
    return found[2]


def documented_options(title: str) -> set[str]:
    rows = re.findall(r"^\| (`-.*?) \|", section(title), re.MULTILINE)
    return {flag for row in rows for flag in re.findall(r"`(-[^`]*)`", row)}


def flags(parameters: list[click.Parameter]) -> set[str]:
    return {
        flag for param in parameters if isinstance(param, click.Option) for flag in (*param.opts, *param.secondary_opts)
    }


def get_command(name: str) -> click.Command:
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    return command


def test_the_sections_of_the_page_are_the_commands_in_the_order_of_the_help() -> None:
    titles = re.findall(r"^## (.*)$", PAGE, re.MULTILINE)
    assert [title for title in titles if title in COMMANDS] == COMMANDS
    assert set(titles) - set(COMMANDS) == {"Options of every command", "Exit codes", "Answers as JSON"}


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_of_a_command_is_documented_and_every_documented_option_exists(name: str) -> None:
    own = [param for param in get_command(name).params if param.name not in AFTER_COMMAND]
    assert documented_options(name) == flags(own)


def test_every_output_has_a_row_and_every_row_is_an_output() -> None:
    assert sorted(re.findall(r"^\| `([a-z]+)` \|", section("export"), re.MULTILINE)) == sorted(
        output.name for output in OUTPUTS
    )


def test_every_global_option_is_documented() -> None:
    everything = cli.get_params(click.Context(cli, help_option_names=["-h", "--help"]))
    assert documented_options("Options of every command") == flags(everything)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_and_option_has_a_help_of_its_own(name: str) -> None:
    command = get_command(name)
    assert command.help
    assert all(param.help for param in command.params if isinstance(param, click.Option))


def test_every_exit_code_is_documented() -> None:
    classes = [errors.VaultrelError]
    for known in classes:
        classes += known.__subclasses__()
    codes = {kind.exit_code for kind in classes} | {0, 1, BUG_EXIT, INTERRUPTED_EXIT, BROKEN_PIPE_EXIT}
    rows = re.findall(r"^\| ([0-9, ]+) \|", section("Exit codes"), re.MULTILINE)
    assert {int(code) for row in rows for code in row.split(",")} == codes


def test_every_command_that_answers_as_json_has_its_shape_documented() -> None:
    answering = [name for name in COMMANDS if any(param.name == "json" for param in get_command(name).params)]
    shapes = re.findall(r"^### vaultrel\.([a-z-]+)/1$", PAGE, re.MULTILINE)
    assert [shape for shape in shapes if shape != "why-note"] == answering
