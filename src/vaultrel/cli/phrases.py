"""Words and shapes that more than one command shows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeAlias

from vaultrel.cli.screen import Span, Style, cells, pad, table_width
from vaultrel.core.text import clean_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from vaultrel.app import ScanReport
    from vaultrel.cli.documents import FollowUpDocument
    from vaultrel.cli.screen import Screen
    from vaultrel.model import Band, Diagnostic, Interaction, NotePath, PersonState, Promise, Snapshot

BAND_STYLES: dict[Band, Style] = {"close": "good", "warm": "good", "fading": "warn", "dormant": "quiet", "new": "plain"}

Ties: TypeAlias = Mapping[str, "tuple[Band, int]"]
"""Band and strength of the tie with each person, by the path of the note."""

KIND_LABELS: dict[str, tuple[str, Style]] = {
    "first": ("new", "good"),
    "promise": ("promise", "good"),
    "fact": ("their day", "good"),
    "renetwork": ("re-network", "warn"),
}
"""What stands beside a name when something else than the rhythm of contact is the reason."""

NAME_LIMIT = 24
QUOTE_LIMIT = 120
SHORTEST_QUOTE = 24
NARROWEST_TEXT = 40
"""Columns that sentences keep beside what they are about; where there are fewer they stand below it."""


def count(number: int, one: str, many: str = "") -> str:
    """The number with its noun: "1 note", "2,481 notes"."""
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"


def short_day(day: dt.date) -> str:
    """The day as the plan shows it, like "Tue 24 Nov"."""
    return f"{day:%a} {day.day} {day:%b}"


def time_ago(seconds: float) -> str:
    """A length of time that has passed, in its largest unit: "12 seconds ago"."""
    for unit, length in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= length:
            return f"{count(int(seconds // length), unit)} ago"
    return f"{count(max(int(seconds), 0), 'second')} ago"


def headline_spans(snapshot: Snapshot) -> list[Span]:
    """The line that stands above everything: relationships, not contacts."""
    from vaultrel.app import headline

    counted = headline(snapshot)
    return counted_spans(counted.relationships, counted.contacts, counted.bands)


def counted_spans(relationships: int, contacts: int, bands: Mapping[Band, int]) -> list[Span]:
    """The same line, of what was counted."""
    spans: list[Span] = [(count(relationships, "relationship"), "strong"), f" out of {count(contacts, 'contact')}"]
    if fading := bands["fading"]:
        spans += ["   ", (f"{fading} fading", "warn")]
    return spans


def tie_spans(state: PersonState) -> list[Span]:
    """How a tie stands, in a few words: "43 of 100, fading"."""
    tie = state.tie
    if not state.interactions:
        return [("no contact yet", "quiet")]
    return [(str(tie.strength), BAND_STYLES[tie.band]), " of 100, ", (tie.band, BAND_STYLES[tie.band])]


def print_person(screen: Screen, state: PersonState) -> None:
    """Print who somebody is, how the tie stands, and where the note is: the first line of all that is said of them."""
    screen.line((state.person.name, "strong"), "   ", *tie_spans(state), "   ", (state.person.path, "link"))


def print_followups(screen: Screen, followups: Sequence[FollowUpDocument], ties: Ties) -> None:
    """Print each follow-up: who, when, why now, what to do, and the last time."""
    rows = [
        (
            clean_text(followup["name"], NAME_LIMIT),
            *_label(followup, ties),
            short_day(dt.date.fromisoformat(followup["planned"])) if followup["planned"] else "waiting",
        )
        for followup in followups
    ]
    names, labels, days = (max((cells(row[at]) for row in rows), default=0) for at in (0, 1, 3))
    for followup, (name, label, style, day) in zip(followups, rows, strict=True):
        head: list[Span] = [
            (name, "strong"),
            pad(name, names + 2),
            (label, style),
            pad(label, labels + 2),
            day,
            pad(day, days + 4),
        ]
        column = names + labels + days + 8
        if screen.width - column < NARROWEST_TEXT:
            screen.line(*head)
            head, column = ["    "], 4
        text_column = " " * column
        if followup["reason"] or len(head) > 1:
            screen.wrapped(head, followup["reason"])
        screen.wrapped([text_column[:-2], ("→ ", "good")], f"{followup['action']} ({followup['minutes']} min)")
        if followup["last_time"]:
            screen.wrapped([text_column], followup["last_time"], "quiet")


def ties_with(people: Iterable[PersonState]) -> Ties:
    """How the ties with these people stand, as `print_followups` says it."""
    return {state.person.path: (state.tie.band, state.tie.strength) for state in people}


def _label(followup: FollowUpDocument, ties: Ties) -> tuple[str, Style]:
    if followup["kind"] in KIND_LABELS:
        return KIND_LABELS[followup["kind"]]
    band, strength = ties[followup["person"]]
    return f"{band} {strength}", BAND_STYLES[band]


def print_interactions(screen: Screen, interactions: Sequence[Interaction]) -> None:
    """Print each contact with the line of the note that tells of it."""
    from vaultrel.core.touches import quote_interaction

    rows: list[tuple[Span, ...]] = [
        (found.day.isoformat(), found.kind, (f"{found.path}:{found.line}", "link")) for found in interactions
    ]
    room = max(screen.width - table_width(rows) - 4, SHORTEST_QUOTE)
    quotes = [quote_interaction(found, room) for found in interactions]
    screen.table([(*row, f'"{quote}"' if quote else "") for row, quote in zip(rows, quotes, strict=True)], indent=2)


def print_promises(screen: Screen, promises: Iterable[Promise]) -> None:
    """Print each open promise with its line."""
    from vaultrel.core.wording import quote_line

    for promise in promises:
        due = f", due {promise.due}" if promise.due else ""
        screen.line(f"  [ ] {quote_line(promise.text, QUOTE_LIMIT)}{due}  ", (f"{promise.path}:{promise.line}", "link"))


def distinct_problems(report: ScanReport) -> tuple[Diagnostic, ...]:
    """What needs the user's eye, each place and code once: reading and writing may both have met it."""
    found = {(diagnostic.path, diagnostic.line, diagnostic.code): diagnostic for diagnostic in report.diagnostics}
    return tuple(diagnostic for diagnostic in found.values() if diagnostic.severity != "info")


def place(diagnostic: Diagnostic) -> str:
    """Where a diagnostic points: the path, with its line if it has one."""
    return f"{diagnostic.path}:{diagnostic.line}" if diagnostic.line else str(diagnostic.path)


def by_path(snapshot: Snapshot) -> dict[NotePath, PersonState]:
    """The people of a snapshot by the path of their note."""
    return {state.person.path: state for state in snapshot.people}


def ambiguous_names(snapshot: Snapshot) -> dict[str, tuple[tuple[NotePath, ...], list[tuple[NotePath, int]]]]:
    """Each name that could be more than one person: who it could be, and every place (path, line) that uses it."""
    found: dict[str, tuple[tuple[NotePath, ...], list[tuple[NotePath, int]]]] = {}
    for resolved in snapshot.ambiguous:
        _, places = found.setdefault(resolved.mention.target, (resolved.candidates, []))
        places.append((resolved.path, resolved.mention.line))
    return dict(sorted(found.items()))
