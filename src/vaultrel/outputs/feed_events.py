"""Which events the follow-up calendar holds and what they say, as values; `icalendar_bytes` spells them.

No text here ages: dates are absolute and no score is told, so an event changes only when its follow-up does.
"""

from __future__ import annotations

import datetime as dt
import itertools
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias
from urllib.parse import quote

from vaultrel.core.text import clean_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from vaultrel.model import FollowUp, Snapshot
    from vaultrel.outputs.base import RenderContext

Privacy: TypeAlias = Literal["full", "names", "initials"]

DAYS_BACK = 14
"""How long a follow-up that was not kept stays on its planned day, in days."""

MAX_EVENTS = 500
"""Planned follow-ups in one feed; the ones nearest to today are kept."""

MAX_LISTED = 20
"""Follow-ups named in the description of the event that tells of waiting ones."""

_SUMMARY_LENGTH = 200
_LINE_LENGTH = 500
_NAME_LENGTH = 100

_ALARMS: dict[str, dt.timedelta | None] = {
    "morning": dt.timedelta(hours=9),
    "day-before": dt.timedelta(hours=-15),
    "none": None,
}
"""When the alarm rings, from midnight at the start of the day: nine o'clock that day, or the day before."""


@dataclass(frozen=True, slots=True)
class FeedEvent:
    """One all-day event, apart from its stamps.

    Attributes:
        uid: the same as long as the follow-up answers the same thing, however it moves.
        days: length, in days.
        summary: one line.
        description: lines parted by line feeds; empty for none.
        url: percent-encoded, and different for every event of one day: clients merge textually equal events.
        alarm: from the start of the first day; None for none.
    """

    uid: str
    start: dt.date
    days: int
    summary: str
    description: str
    url: str
    categories: tuple[str, ...]
    alarm: dt.timedelta | None


@dataclass(frozen=True, slots=True)
class FeedSelection:
    """The planned follow-ups that fit the feed, and how many near enough were cut by `MAX_EVENTS`."""

    kept: tuple[FollowUp, ...]
    cut: int


def select_followups(snapshot: Snapshot, horizon_days: int) -> FeedSelection:
    """The planned follow-ups from `DAYS_BACK` days ago to `horizon_days` ahead, nearest to today first."""
    near = [
        (abs((followup.planned - snapshot.as_of).days), followup.planned, followup.person, followup.cycle, followup)
        for followup in snapshot.followups
        if followup.planned is not None and -DAYS_BACK <= (followup.planned - snapshot.as_of).days <= horizon_days
    ]
    near.sort(key=lambda item: item[:-1])
    return FeedSelection(kept=tuple(item[-1] for item in near[:MAX_EVENTS]), cut=max(0, len(near) - MAX_EVENTS))


def list_events(snapshot: Snapshot, context: RenderContext) -> list[FeedEvent]:
    """Every event of the feed, sorted by start and UID."""
    bands = {state.person.path: state.tie.band for state in snapshot.people}
    selection = select_followups(snapshot, context.settings.plan.horizon_days)
    events = [_followup_event(followup, bands.get(followup.person, ""), context) for followup in selection.kept]
    overdue = _list_overdue(snapshot)
    if overdue:
        events.append(_digest_event(overdue, snapshot.as_of, context))
    return sorted(events, key=lambda event: (event.start, event.uid))


def clean_line(text: str, limit: int) -> str:
    r"""The text on one line, fit for every calendar: a backslash, which programs read differently, becomes ``＼``."""
    return clean_text(text, limit).replace("\\", "＼")


def _followup_event(followup: FollowUp, band: str, context: RenderContext) -> FeedEvent:
    privacy = context.settings.feed.privacy
    uid = str(uuid.uuid5(context.namespace, f"{followup.person}\0{followup.kind}\0{followup.cycle}"))
    url = _event_url(uid, followup.person, context)
    assert followup.planned is not None
    return FeedEvent(
        uid=uid,
        start=followup.planned,
        days=1,
        summary=_followup_summary(followup, privacy),
        description=_followup_description(followup, url) if privacy == "full" else "",
        url=url,
        categories=tuple(word for word in (_category(band), _category(followup.kind)) if word),
        alarm=_ALARMS[context.settings.feed.alarm],
    )


def _followup_summary(followup: FollowUp, privacy: Privacy) -> str:
    if privacy == "initials":
        return f"Follow up with {make_initials(followup.name)}"
    name = clean_line(followup.name, _NAME_LENGTH) or "?"
    action = clean_line(followup.action, _SUMMARY_LENGTH).rstrip(".")
    # Below "full" the call to action stays out as well: it may quote a note.
    return f"{name}: {action}" if privacy == "full" and action else f"Follow up with {name}"


def _followup_description(followup: FollowUp, url: str) -> str:
    action = f"{followup.action} ({followup.minutes} min)" if followup.minutes else followup.action
    parts = (("", followup.last_time), ("Why: ", followup.reason), ("Do: ", action))
    lines = [label + line for label, text in parts if (line := clean_line(text, _LINE_LENGTH))]
    return "\n".join([*lines, url])


def _list_overdue(snapshot: Snapshot) -> list[FollowUp]:
    """Follow-ups whose day has come without a day to do them on, or whose planned day has passed."""
    passed = (f for f in snapshot.followups if f.planned is not None and f.planned < snapshot.as_of)
    waiting = (f for f in snapshot.waiting if f.due <= snapshot.as_of)
    return sorted(itertools.chain(passed, waiting), key=lambda f: (f.due, f.person, f.cycle))


def _digest_event(overdue: list[FollowUp], as_of: dt.date, context: RenderContext) -> FeedEvent:
    """The one event for everything overdue; two days long, so that a calendar that polls once a day still shows it.

    It has no alarm: its day moves every midnight, so that an alarm would ring every morning.
    """
    uid = str(uuid.uuid5(context.namespace, "\0digest\0"))
    url = _event_url(uid, "", context)
    noun = "follow-up" if len(overdue) == 1 else "follow-ups"
    return FeedEvent(
        uid=uid,
        start=as_of,
        days=2,
        summary=f"{len(overdue)} {noun} waiting",
        description=_digest_description(overdue, url) if context.settings.feed.privacy == "full" else "",
        url=url,
        categories=("waiting",),
        alarm=None,
    )


def _digest_description(overdue: list[FollowUp], url: str) -> str:
    lines = [
        f"{clean_line(f.name, _NAME_LENGTH)}, since {f.due.isoformat()}: {clean_line(f.action, _SUMMARY_LENGTH)}"
        for f in overdue[:MAX_LISTED]
    ]
    if len(overdue) > MAX_LISTED:
        lines.append(f"and {len(overdue) - MAX_LISTED} more")
    return "\n".join([*lines, url])


def _event_url(uid: str, path: str, context: RenderContext) -> str:
    """A link that opens the note (or the vault, for no path); with initials only, a name that tells nothing."""
    if context.settings.feed.privacy == "initials":
        return f"urn:uuid:{uid}"
    link = f"obsidian://open?vault={_percent_encode(context.vault_name)}"
    return f"{link}&file={_percent_encode(path.removesuffix('.md'))}" if path else link


def _percent_encode(text: str) -> str:
    return quote(text, safe="", errors="replace")


def make_initials(name: str) -> str:
    """The first letter or digit of up to three words, each with a full stop: ``J.D.``; ``?`` when there is none."""
    letters: Iterable[str] = (next((char for char in word if char.isalnum()), "") for word in name.split())
    return "".join(f"{letter.upper()}." for letter in itertools.islice(filter(None, letters), 3)) or "?"


def _category(word: str) -> str:
    """The word without what some parsers split a category at, escaped or not."""
    return clean_line(word.translate({ord(char): " " for char in ',;"\\'}), _NAME_LENGTH)
