"""What a vault's own `.obsidian` folder says about daily notes, templates and excluded files."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from vaultrel.core.obsidian_files import APP, OBSIDIAN_FILES
from vaultrel.core.scope import filter_pattern
from vaultrel.model import Diagnostic, NotePath
from vaultrel.settings import ObsidianSettings

if TYPE_CHECKING:
    from collections.abc import Mapping

WORKSPACE_FILES: tuple[str, ...] = (".obsidian/workspace.json", ".obsidian/workspace-mobile.json")
"""Where Obsidian keeps which notes stand in which pane, on a computer and on a phone."""

_ISO_DAY: Final = "YYYY-MM-DD"
"""Obsidian's format for daily notes where none is set."""


def read_obsidian(files: Mapping[str, bytes]) -> tuple[ObsidianSettings, tuple[Diagnostic, ...]]:
    """The vault's own settings, and what of them could not be read.

    The files belong to Obsidian and its plugins: one that is missing, broken or of another shape says nothing. They
    can also be stale, so notes named by an ISO day count as daily notes wherever they lie, whatever is set here.

    Args:
        files: contents of those of `OBSIDIAN_FILES` that exist, by path.
    """
    problems: list[Diagnostic] = []
    app, daily_notes, templates, periodic, templater = (_read_object(path, files, problems) for path in OBSIDIAN_FILES)
    days = [daily_notes] if daily_notes else []
    days += _periodic_days(periodic)
    folders = (
        _text(templates, "folder"),
        _text(templater, "templates_folder") or _text(templater, "template_folder"),
        *(_as_note(_text(day, "template") or _text(day, "templatePath")) for day in days),
    )
    filters = app.get("userIgnoreFilters")
    ignored = [entry for entry in filters if isinstance(entry, str) and entry] if isinstance(filters, list) else []
    problems += (
        Diagnostic(
            NotePath(APP), "unusable-filter", f"The excluded-files entry {entry!r} is too complex; it is not used."
        )
        for entry in ignored
        if filter_pattern(entry) is None
    )
    daily = [(_text(day, "folder").strip("/ "), _text(day, "format") or _ISO_DAY) for day in days]
    settings = ObsidianSettings(
        daily=tuple(dict.fromkeys((*daily, ("", _ISO_DAY)))),
        template_folders=tuple(dict.fromkeys(folder.strip("/ ") for folder in folders if folder.strip("/ "))),
        ignored=tuple(dict.fromkeys(ignored)),
    )
    return settings, tuple(problems)


def read_open_notes(workspace: bytes) -> frozenset[NotePath]:
    """The notes that one of `WORKSPACE_FILES` shows as open, in whatever pane, window or sidebar.

    The file belongs to Obsidian: one that is broken, or of another shape, shows none. It is as old as the last time
    Obsidian saved it, so a note shown as open need not be.
    """
    try:
        waiting: list[object] = [json.loads(workspace)]
    except (ValueError, RecursionError):
        return frozenset()
    found: set[NotePath] = set()
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            # A pane ("leaf") holds its view's type and state in `state`, and in that view's own state the file.
            view = part.get("state")
            shown = view.get("state") if part.get("type") == "leaf" and isinstance(view, dict) else None
            file = _text(shown, "file") if isinstance(shown, dict) else ""
            if file.lower().endswith(".md"):
                found.add(NotePath(file))
            waiting += part.values()
        elif isinstance(part, list):
            waiting += part
    return frozenset(found)


def _read_object(path: str, files: Mapping[str, bytes], problems: list[Diagnostic]) -> Mapping[str, object]:
    if path not in files:
        return {}
    try:
        value = json.loads(files[path])
    except (ValueError, RecursionError):
        value = None
    if isinstance(value, dict):
        return value
    problems.append(
        Diagnostic(NotePath(path), "unreadable-obsidian-file", "The file is no JSON object; it is ignored.")
    )
    return {}


def _periodic_days(periodic: Mapping[str, object]) -> list[Mapping[str, object]]:
    """The daily-note settings of Periodic Notes: one object, or since its version 1.0 one in each calendar set."""
    sets = periodic.get("calendarSets")
    found = [periodic.get("daily")]
    if isinstance(sets, list):
        found += (entry.get("day") for entry in sets if isinstance(entry, dict))
    return [day for day in found if isinstance(day, dict) and day.get("enabled") is not False]


def _text(value: Mapping[str, object], key: str) -> str:
    found = value.get(key)
    return found if isinstance(found, str) else ""


def _as_note(path: str) -> str:
    """The path of a template as the vault lists it: Obsidian leaves out ``.md``."""
    return path if not path or path.lower().endswith(".md") else f"{path}.md"
