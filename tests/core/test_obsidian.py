"""What the vault's own settings say."""

from __future__ import annotations

import json
from typing import Any

import pytest

from vaultrel.core.obsidian import read_obsidian, read_open_notes
from vaultrel.core.obsidian_files import OBSIDIAN_FILES
from vaultrel.settings import ObsidianSettings

DAILY = ".obsidian/daily-notes.json"
PERIODIC = ".obsidian/plugins/periodic-notes/data.json"
TEMPLATER = ".obsidian/plugins/templater-obsidian/data.json"
ISO = ("", "YYYY-MM-DD")


def read(files: dict[str, Any]) -> ObsidianSettings:
    settings, problems = read_obsidian({path: json.dumps(value).encode() for path, value in files.items()})
    assert problems == ()
    return settings


def test_a_vault_without_settings_has_iso_days_as_daily_notes() -> None:
    assert read({}) == ObsidianSettings(daily=(ISO,))


def test_daily_notes_are_where_obsidian_keeps_them() -> None:
    found = read({DAILY: {"folder": "Journal/", "format": "YYYY/MM-MMMM/YYYY-MM-DD-dddd", "template": "Meta/Daily"}})
    assert found.daily == (("Journal", "YYYY/MM-MMMM/YYYY-MM-DD-dddd"), ISO)
    assert found.template_folders == ("Meta/Daily.md",)


def test_a_format_that_is_not_set_is_an_iso_day() -> None:
    assert read({DAILY: {"folder": "Journal"}}).daily == (("Journal", "YYYY-MM-DD"), ISO)


def test_malformed_formats_are_handed_on_as_written() -> None:
    found = read({DAILY: {"folder": "Daily/{{date:YYYY}}", "format": "{{date:YYYY-MM-DD}}"}})
    assert found.daily[0] == ("Daily/{{date:YYYY}}", "{{date:YYYY-MM-DD}}")


def test_periodic_notes_has_daily_notes_too() -> None:
    old = {"daily": {"enabled": True, "folder": "Days", "format": "", "template": ""}, "weekly": {"format": "gggg"}}
    new = {"calendarSets": [{"id": "Default", "day": {"enabled": True, "folder": "Log", "format": "DD.MM.YYYY"}}]}
    assert read({PERIODIC: old}).daily == (("Days", "YYYY-MM-DD"), ISO)
    assert read({PERIODIC: new}).daily == (("Log", "DD.MM.YYYY"), ISO)


def test_daily_notes_that_are_switched_off_are_none() -> None:
    assert read({PERIODIC: {"daily": {"enabled": False, "folder": "Days"}}}).daily == (ISO,)


def test_template_folders_are_those_of_obsidian_and_templater() -> None:
    found = read({".obsidian/templates.json": {"folder": "Forms"}, TEMPLATER: {"templates_folder": "Meta/Forms/"}})
    assert found.template_folders == ("Forms", "Meta/Forms")


def test_the_whole_vault_is_no_template_folder() -> None:
    assert (
        read({".obsidian/templates.json": {"folder": "/"}, TEMPLATER: {"templates_folder": ""}}).template_folders == ()
    )


def test_excluded_files_are_kept_as_written() -> None:
    assert read({".obsidian/app.json": {"userIgnoreFilters": ["Private/", "/^x/"]}}).ignored == ("Private/", "/^x/")


@pytest.mark.parametrize("entry", ["/(a+)+$/", "/[a/", "/[^]/", "/" + "[" * 100_000 + "/"], ids=range(4))
def test_an_excluded_files_entry_that_is_not_used_is_reported(entry: str) -> None:
    _, problems = read_obsidian({".obsidian/app.json": json.dumps({"userIgnoreFilters": [entry]}).encode()})
    assert [(problem.path, problem.code) for problem in problems] == [(".obsidian/app.json", "unusable-filter")]


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"\xff\xfe", b"null", b"[" * 100_000], ids=range(6))
@pytest.mark.parametrize("path", OBSIDIAN_FILES)
def test_a_broken_file_says_nothing_and_is_reported(path: str, data: bytes) -> None:
    settings, problems = read_obsidian({path: data})
    assert settings == ObsidianSettings()
    assert [(problem.path, problem.code) for problem in problems] == [(path, "unreadable-obsidian-file")]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (DAILY, {"folder": 3, "format": None, "template": []}),
        (".obsidian/app.json", {"userIgnoreFilters": "Private"}),
        (".obsidian/app.json", {"userIgnoreFilters": [1, "", {}]}),
        (PERIODIC, {"daily": [], "calendarSets": [1, {"day": 2}]}),
        (TEMPLATER, {"templates_folder": False}),
    ],
)
def test_settings_of_another_shape_say_nothing(path: str, value: dict[str, Any]) -> None:
    assert read({path: value}) == ObsidianSettings()


def pane(file: object, view: str = "markdown") -> dict[str, Any]:
    return {"id": "a1", "type": "leaf", "state": {"type": view, "state": {"file": file, "mode": "source"}}}


WORKSPACES: dict[str, tuple[object, set[str]]] = {
    "two tabs, one behind the other": (
        {"main": {"type": "split", "children": [{"type": "tabs", "children": [pane("A.md"), pane("B/C.md")]}]}},
        {"A.md", "B/C.md"},
    ),
    "a window of its own": ({"floating": {"children": [{"type": "window", "children": [pane("A.md")]}]}}, {"A.md"}),
    "a note shown by a plugin": ({"main": {"children": [pane("Board.md", "kanban")]}}, {"Board.md"}),
    "a canvas and a search": ({"main": {"children": [pane("Map.canvas", "canvas"), pane(None, "search")]}}, set()),
    "notes that were open before": ({"lastOpenFiles": ["A.md"], "active": "A.md"}, set()),
    "an odd shape": (
        {"main": [{"type": "leaf", "state": []}, {"type": "leaf", "state": {"state": 3}}, pane(["A.md"])]},
        set(),
    ),
}


@pytest.mark.parametrize(("workspace", "notes"), WORKSPACES.values(), ids=WORKSPACES)
def test_the_notes_in_its_panes_are_open(workspace: object, notes: set[str]) -> None:
    assert read_open_notes(json.dumps(workspace).encode()) == notes


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"\xff\xfe", b"null", b"[" * 100_000], ids=range(6))
def test_a_broken_workspace_shows_no_note_as_open(data: bytes) -> None:
    assert read_open_notes(data) == frozenset()
