"""The reference names every key of a further calendar and every kind of event in its filter, and nothing else."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import msgspec

from vaultrel.cli.feed import MODES
from vaultrel.settings import EventKind, FurtherFeedSettings, Mode

PAGE = (Path(__file__).parents[2] / "docs/reference/settings.md").read_text("utf-8")


def test_every_key_of_a_further_calendar_is_documented() -> None:
    documented = set(re.findall(r"`feeds\.NAME\.([a-z_]+)`", PAGE))
    assert documented == {field.name for field in msgspec.structs.fields(FurtherFeedSettings)}


def test_every_kind_of_event_is_documented() -> None:
    row = re.search(r"^\| `feeds\.NAME\.kind` \| .* \| (.*);", PAGE, re.MULTILINE)
    assert row is not None
    assert tuple(re.findall(r'`"([a-z]+)"`', row[1])) == get_args(EventKind)


def test_a_copy_may_have_the_same_modes_by_command_and_by_settings() -> None:
    assert get_args(Mode) == MODES
