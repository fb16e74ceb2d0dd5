"""Everybody as a table, for spreadsheets: RFC 4180, in UTF-8 with the mark that spreadsheets know it by."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Final

from vaultrel.core.occasions import NO_BIRTH_YEAR
from vaultrel.core.text import clean_text

if TYPE_CHECKING:
    from vaultrel.model import PersonState, Snapshot
    from vaultrel.outputs.base import RenderContext

COLUMNS: Final = (
    "name",
    "note",
    "band",
    "strength",
    "relationship",
    "contact_days",
    "last_contact",
    "next_followup",
    "planned",
    "rhythm_days",
    "circle",
    "birthday",
    "emails",
    "interests",
)
"""The first line. More may be added behind the last; none changes its meaning."""

_LONGEST_CELL: Final = 2_000
_FORMULA_SIGNS: Final = ("=", "+", "-", "@")


class CsvTable:
    """One line a person, by the path of the note."""

    name = "csv"
    suffix = ".csv"
    media_type = "text/csv; charset=utf-8"

    def render(self, snapshot: Snapshot, context: RenderContext) -> bytes:  # noqa: ARG002 - every output is given it
        """The whole table; what is not known is an empty cell."""
        page = _Page()
        writer = csv.writer(page, lineterminator="\r\n")
        writer.writerow(COLUMNS)
        writer.writerows(map(_row, snapshot.people))
        return b"\xef\xbb\xbf" + "".join(page).encode("utf-8", "replace")


class _Page(list[str]):
    """Takes lines as a file does."""

    write = list[str].append


def _row(state: PersonState) -> list[str]:
    person, tie, followup = state.person, state.tie, state.followup
    planned = followup.planned if followup is not None else None
    cells = (
        person.name,
        person.path,
        tie.band,
        tie.strength,
        "yes" if tie.relationship else "no",
        tie.contact_days,
        tie.last_contact,
        tie.due,
        planned,
        tie.rhythm_days,
        person.circle,
        _birthday(state),
        "; ".join(person.emails),
        "; ".join(person.interests),
    )
    return ["" if cell is None else _cell(str(cell)) for cell in cells]


def _cell(text: str) -> str:
    """The text on one line; one that a spreadsheet would take for a formula, and run, begins with an apostrophe."""
    clean = clean_text(text, _LONGEST_CELL)
    return f"'{clean}" if clean.startswith(_FORMULA_SIGNS) else clean


def _birthday(state: PersonState) -> str:
    born = state.person.birthday
    if born is None:
        return ""
    return f"{born:%m-%d}" if born.year == NO_BIRTH_YEAR else born.isoformat()
