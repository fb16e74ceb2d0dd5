"""The page about the two-way calendar shows settings, commands and codes that there are."""

from __future__ import annotations

import datetime as dt
import re
import shlex
import tomllib
from pathlib import Path

import click
import pytest

from vaultrel.cli import cli
from vaultrel.cli.fixes import FIXES
from vaultrel.core.vdir import DISMISSED, Item, Written, read_change
from vaultrel.model import NotePath
from vaultrel.settings import parse_settings

PAGE = (Path(__file__).parents[2] / "docs/how-to/two-way-calendar.md").read_text("utf-8")
DAY = dt.date(2026, 7, 6)
COMMANDS = sorted(set(re.findall(r"(?:^|`)(vaultrel [a-z].*?)(?:`|$)", PAGE, re.MULTILINE)))


def test_the_settings_shown_are_read() -> None:
    (table,) = re.findall(r"^```toml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    assert parse_settings(tomllib.loads(table), "config.toml").feed.vdir == "~/.calendars/vaultrel"


@pytest.mark.parametrize("line", COMMANDS)
def test_every_command_named_is_there_with_its_options(line: str) -> None:
    _, name, *words = shlex.split(line)
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    known = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
    assert {word for word in words if word.startswith("--")} <= known


def test_every_code_named_is_a_diagnostic() -> None:
    named = set(re.findall(r"`(vdir-[a-z-]+)`", PAGE))
    assert len(named) == 4
    assert named <= FIXES.keys()


def test_the_marks_and_the_weeks_named_are_those_of_the_program() -> None:
    written = Written(NotePath("Ada.md"), "key", DAY, "Ada", "content", ("ours",))
    (row,) = re.findall(r"^\| put (.*?) before the title, or", PAGE, re.MULTILINE)
    marks = re.findall(r"\[x\]|[^\w\s(),`]", row)
    assert len(marks) == 5
    ticks = [read_change(written, Item(DAY, f"{mark} Ada"), "theirs", DAY) for mark in marks]
    assert all(tick is not None and tick.done for tick in ticks)
    assert DISMISSED.days == 4 * 7
