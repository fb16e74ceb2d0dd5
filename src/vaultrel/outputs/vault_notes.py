"""The note for reading in the vault: relationships, this week's follow-ups to tick, who waits, who fades, the trend.

It says nothing that ages from one day to the next: days are dates, counts change with evidence, and the week and the
trend with the calendar. So it is written when something has changed, and not because a day has passed.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final

from vaultrel.core.daily_line import spell_link
from vaultrel.core.person_notes import note_stem
from vaultrel.core.text import clean_text
from vaultrel.core.ticks import Page, compose_task, escape, followup_key, read_ticks
from vaultrel.core.wording import show_day

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from vaultrel.model import FollowUp, Month, PersonState, Snapshot
    from vaultrel.outputs.base import RenderContext
    from vaultrel.settings import Settings

MOST_LISTED: Final = 10
"""People listed as waiting or fading; of more, the number is said."""
TREND_MONTHS: Final = 12
LEAST_SCALE: Final = 10
"""What the trend's scale reaches at least: a shorter one is marked in parts of a relationship."""
MAX_SENTENCE: Final = 400

_CHART_LOOK: Final = (
    '%%{init: {"xyChart": {"height": 300, "xAxis": {"labelFontSize": 11}}, '
    '"themeVariables": {"xyChart": {"plotColorPalette": "#0d9488"}}}}%%'
)
"""Months that do not run into each other, and a line to be seen by day and by night: Mermaid's own are neither."""

_INTRODUCTION: Final = (
    "Tick a follow-up when it is done, or give it a later day to put it off: the next scan takes your word and writes "
    "this part anew. Your own words stay, at the end of this note."
)


class RelationshipsNote:
    """`Relationships.md`: what stands above its closing comment is vaultrel's, everything else the user's."""

    name = "relationships"
    suffix = ".md"
    media_type = "text/markdown; charset=utf-8"

    def render(self, snapshot: Snapshot, context: RenderContext) -> bytes:
        """The note, with every word of the user's own in `context.previous`; see `Page.rewrite`."""
        previous = context.previous or b""
        week = _this_week(snapshot, previous)
        told = [state for state in snapshot.people if state.tie.relationship or state.tie.band == "fading"]
        fading = [state for state in told if state.tie.band == "fading"]
        relationships = sum(state.tie.relationship for state in told)
        lines = [
            *_compose_head(relationships, len(snapshot.people), len(fading)),
            *_compose_week(week),
            *_compose_rest(snapshot, fading, context.settings),
        ]
        return Page.of(previous).rewrite(lines)


def _compose_head(relationships: int, contacts: int, fading: int) -> Iterator[str]:
    people = f"**{_count(relationships, 'relationship')}** out of {_count(contacts, 'contact')}"
    yield from ("# Relationships", "", f"{people}{f', {fading:,} of them fading' if fading else ''}.", "")
    yield from (_INTRODUCTION, "")


def _this_week(snapshot: Snapshot, previous: bytes) -> list[tuple[dt.date, FollowUp]]:
    """What is planned for this week, and of what the note offered before, what is still open on days that passed."""
    monday = snapshot.as_of - dt.timedelta(snapshot.as_of.weekday())
    sunday = monday + dt.timedelta(6)
    planned = [(f.planned, f) for f in snapshot.followups if f.planned is not None and f.planned <= sunday]
    placed = {followup.person for _, followup in planned}
    still_open = {
        (note_stem(f.person), followup_key(f)): f
        for f in (*snapshot.followups, *snapshot.waiting)
        if f.person not in placed
    }
    passed = {}
    for tick in read_ticks(previous):
        asked = note_stem(tick.target), tick.key
        followup = still_open.get(asked)
        if followup is not None and followup.due <= tick.written and monday <= tick.written < snapshot.as_of:
            passed[asked] = (tick.written, followup)
    return sorted((*planned, *passed.values()), key=lambda placed: (placed[0], placed[1].person))


def _compose_week(week: Sequence[tuple[dt.date, FollowUp]]) -> Iterator[str]:
    yield from ("## This week", "")
    for day, followup in week:
        yield compose_task(followup, day)
        reason = f"Why: {followup.reason}" if followup.reason else ""
        yield from (f"  - {_sentence(told)}" for told in (followup.last_time, reason) if told)
    if not week:
        yield "Nobody to get in touch with. Enjoy the quiet."
    yield ""


def _compose_rest(snapshot: Snapshot, fading: Sequence[PersonState], settings: Settings) -> Iterator[str]:
    """Who waits, who fades, and the trend; nothing where there is none."""
    monday = snapshot.as_of - dt.timedelta(snapshot.as_of.weekday())
    waiting = [followup for followup in snapshot.waiting if followup.due < monday]
    if waiting:
        told = [
            f"- {spell_link(f.person, whole=True)}, since {show_day(f.due, settings.phrases)}: {_sentence(f.action)}"
            for f in waiting
        ]
        yield from ("## Waiting for a quieter week", "", *_first_of(told), "")
    shown = sorted(
        (state for state in fading if not state.person.ignored),
        key=lambda state: (-state.tie.peak, state.person.path),
    )
    if shown:
        yield from ("## Fading", "", *_first_of([_fading_line(state, settings) for state in shown]), "")
    months = snapshot.months[-TREND_MONTHS:]
    if len(months) > 1:
        yield from compose_trend(months)


def _fading_line(state: PersonState, settings: Settings) -> str:
    last = state.tie.last_contact
    told = f"- {spell_link(state.person.path, whole=True)}"
    if last is not None:
        told += f", last contact {show_day(last, settings.phrases)}"
    if state.tie.rhythm_days is not None:
        told += f", usually every {_count(state.tie.rhythm_days, 'day')}"
    return told


def compose_trend(months: Sequence[Month]) -> Iterator[str]:
    """A Mermaid chart (Mermaid documentation: XY Chart) of the relationships on the first of each month."""
    labels = ", ".join(f'"{month.day:%Y-%m}"' for month in months)
    counts = [month.relationships for month in months]
    yield from (
        "## Relationships over time",
        "",
        "```mermaid",
        _CHART_LOOK,
        "xychart-beta",
        f"    x-axis [{labels}]",
        f'    y-axis "Relationships" 0 --> {max(*counts, LEAST_SCALE)}',
        f"    line [{', '.join(map(str, counts))}]",
        "```",
        "",
    )


def _first_of(lines: Sequence[str]) -> list[str]:
    more = len(lines) - MOST_LISTED
    return [*lines[:MOST_LISTED], *([f"- and {more:,} more"] if more > 0 else [])]


def _sentence(text: str) -> str:
    return escape(clean_text(text, MAX_SENTENCE))


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
