"""Which events the follow-up calendar holds and what they say, as values; `icalendar_bytes` spells them.

No text here ages: dates are absolute and no score is told, so an event changes only when its follow-up does. Nobody
has more than one event on a day: a birthday is told with the follow-up that is planned for it.
"""

from __future__ import annotations

import datetime as dt
import functools
import itertools
import re
import uuid
from contextlib import suppress
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote

from msgspec import Struct

from vaultrel.core.answers import latest_answer
from vaultrel.core.birthdays import open_birthdays
from vaultrel.core.occasions import name_cycle, shift_day, tell_occasion
from vaultrel.core.order import items_from
from vaultrel.core.text import clean_text, fold_name
from vaultrel.core.times import time_on
from vaultrel.core.touches import quote_interaction
from vaultrel.core.wording import say
from vaultrel.model import Diagnostic, NotePath
from vaultrel.outputs.note_link import note_link

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from vaultrel.model import FollowUp, Interaction, PersonState, Snapshot
    from vaultrel.outputs.base import RenderContext
    from vaultrel.settings import Alarm, Privacy, Settings

DAYS_BACK = 14
"""How long a follow-up that was not kept stays on its planned day, in days."""

MAX_EVENTS = 500
"""Events in one feed, not counting the one for all that waits; the ones nearest to today are kept."""

MAX_LISTED = 20
"""Follow-ups named in the description of the event that tells of waiting ones."""

APPOINTMENT = dt.timedelta(minutes=30)
"""How long an event is whose time a note gives, and how long before it its alarm rings."""

_LONG_AGO = dt.date(2000, 1, 1)
"""Where nobody looks."""

_SUMMARY_LENGTH = 200
_LINE_LENGTH = 500
_NAME_LENGTH = 100

_ALARMS: dict[str, dt.timedelta | None] = {
    "morning": dt.timedelta(hours=9),
    "day-before": dt.timedelta(hours=-15),
    "none": None,
}
"""When the alarm rings, from midnight at the start of the day: nine o'clock that day, or the day before."""

_LINE_CYCLE = re.compile(r"(promise|fact):(.*)#[0-9a-f]{12}", re.DOTALL)
"""A cycle that names a line of a note: the note's path stands in it."""

_LINK = re.compile(r"\[\[([^\[\]|#]{1,200})[^\[\]]{0,200}\]\]|\[[^\[\]]{0,200}\]\(([^()]{1,200})\)")


class FeedEvent(NamedTuple):
    """One event, apart from its stamps.

    Attributes:
        uid: the same as long as the follow-up answers the same thing, however it moves.
        start: a day, or a moment in UTC.
        end: the day or moment after the last one of the event.
        summary: one line.
        description: lines parted by line feeds; empty for none.
        url: percent-encoded, and different for every event of one day: clients merge textually equal events.
        categories: the band of the tie and what kind of event it is.
        alarm: from the start; None for none.
    """

    uid: str
    start: dt.date | dt.datetime
    end: dt.date | dt.datetime
    summary: str
    description: str
    url: str
    categories: tuple[str, ...]
    alarm: dt.timedelta | None


class FeedEntry(NamedTuple):
    """What one event tells of: a follow-up, a birthday, or a follow-up that has been answered.

    Attributes:
        kinds: what kind of event it is; the first is part of its identity.
        cycle: what it answers; the other part.
        followup: None for a birthday and for what has been answered.
        wish: on a birthday, what to do about it.
        answer: the contact that answered the follow-up.
    """

    person: NotePath
    name: str
    band: str
    day: dt.date
    kinds: tuple[str, ...]
    cycle: str
    followup: FollowUp | None = None
    wish: str = ""
    answer: Interaction | None = None


class _Frame(NamedTuple):
    """What every event of a feed has in common."""

    vault_name: str
    namespace: uuid.UUID
    zone: dt.tzinfo | None
    privacy: Privacy
    alarm: Alarm


class FeedSelection(Struct, frozen=True):
    """The entries that fit the feed, nearest to today first, and how many near enough were cut by `MAX_EVENTS`."""

    kept: tuple[FeedEntry, ...]
    cut: int


def select_entries(snapshot: Snapshot, settings: Settings) -> FeedSelection:
    """What the feed tells of, from `DAYS_BACK` days ago to the plan's horizon, nearest to today first.

    That is what is planned, birthdays, and follow-ups answered in the last `feed.keep_done_days` days; of one person
    on one day only the first of these.
    """
    entries: list[FeedEntry] = []
    places: dict[tuple[NotePath, dt.date], int] = {}
    for entry in itertools.chain(_followup_entries(snapshot, settings), _other_entries(snapshot, settings)):
        at = places.setdefault((entry.person, entry.day), len(entries))
        if at == len(entries) or entry.followup is not None:
            entries.append(entry)
        elif entry.wish:
            entries[at] = entries[at]._replace(wish=entry.wish, kinds=(*entries[at].kinds, *entry.kinds))
    near = sorted(entries, key=lambda entry: (abs((entry.day - snapshot.as_of).days), entry.day, entry.person))
    return FeedSelection(tuple(near[:MAX_EVENTS]), max(0, len(near) - MAX_EVENTS))


def tell_cut(snapshot: Snapshot, settings: Settings, feed: str) -> tuple[Diagnostic, ...]:
    """That the feed, the file at path `feed`, leaves out what is furthest away; nothing where everything fits."""
    if not (cut := select_entries(snapshot, settings).cut):
        return ()
    events = "1 event" if cut == 1 else f"{cut} events"
    message = f"{events} furthest from today left out of the calendar: it holds the {MAX_EVENTS} nearest."
    return (Diagnostic(NotePath(feed), "feed-cut", message, severity="info"),)


def list_events(snapshot: Snapshot, context: RenderContext) -> list[FeedEvent]:
    """Every event of the feed, sorted by start and UID as these are written."""
    keys, frame = context.person_keys, _frame_of(context)
    events = [
        _make_event(entry, _identify(entry, keys), frame) for entry in select_entries(snapshot, context.settings).kept
    ]
    overdue = _list_overdue(snapshot)
    if overdue:
        events.append(_digest_event(overdue, snapshot.as_of, frame))
    return sorted(events, key=lambda event: (write_moment(event.start), event.uid))


def nothing_event(context: RenderContext) -> FeedEvent:
    """The only event of a plan with nothing in it, on a day long ago.

    GNOME (Evolution-Data-Server 3.46) and vdirsyncer keep every event they had when a calendar comes to be without any:
    the last follow-up, once done, would stand there until the next one is planned.
    """
    frame = _frame_of(context)
    uid = str(uuid.uuid5(frame.namespace, "\0nothing\0"))
    return FeedEvent(
        uid=uid,
        start=_LONG_AGO,
        end=shift_day(_LONG_AGO, 1),
        summary="No follow-ups",
        description="Some calendars would go on showing old events if there were none.",
        url=_event_url(uid, "", frame),
        categories=(),
        alarm=None,
    )


def list_followup_events(snapshot: Snapshot, context: RenderContext) -> list[tuple[FollowUp, FeedEvent]]:
    """The planned follow-ups of the feed, each with its event: no birthday without one, nothing answered, no digest."""
    keys, frame = context.person_keys, _frame_of(context)
    return [
        (entry.followup, _make_event(entry, _identify(entry, keys), frame))
        for entry in select_entries(snapshot, context.settings).kept
        if entry.followup is not None
    ]


def _frame_of(context: RenderContext) -> _Frame:
    feed = context.settings.feed
    return _Frame(context.vault_name, context.namespace, context.zone, feed.privacy, feed.alarm)


def write_moment(moment: dt.date | dt.datetime) -> str:
    """A day or a moment in UTC as RFC 5545 sections 3.3.4 and 3.3.5 write it."""
    day = f"{moment.year:04}{moment.month:02}{moment.day:02}"
    if isinstance(moment, dt.datetime):
        return f"{day}T{moment.hour:02}{moment.minute:02}{moment.second:02}Z"
    return day


def clean_line(text: str, limit: int) -> str:
    r"""The text on one line, fit for every calendar: a backslash, which programs read differently, becomes ``＼``."""
    return clean_text(text, limit).replace("\\", "＼")


def _followup_entries(snapshot: Snapshot, settings: Settings) -> Iterator[FeedEntry]:
    for followup in snapshot.followups:
        person, day, cycle = followup.person, followup.planned, followup.cycle
        if day is not None and -DAYS_BACK <= (day - snapshot.as_of).days <= settings.plan.horizon_days:
            # A birthday is one whether or not the plan has a place for it.
            kinds = ("birthday" if cycle.startswith("birthday:") else followup.kind,)
            state = _state_of(person, snapshot)
            band = state.tie.band if state is not None else ""
            yield FeedEntry(person, followup.name, band, day, kinds, cycle, followup)


def _other_entries(snapshot: Snapshot, settings: Settings) -> Iterator[FeedEntry]:
    """Birthdays without a follow-up of their own, and what has been answered of late."""
    planned = {(followup.person, followup.cycle) for followup in snapshot.followups}
    for state in filter(attrgetter("person.birthday"), snapshot.people):
        path, name, band = state.person.path, state.person.name, state.tie.band
        for birthday in open_birthdays(state, snapshot.as_of, settings.plan.horizon_days):
            if (path, birthday.cycle) not in planned:
                _, sentence = tell_occasion(birthday, birthday.day)
                wish = say(sentence.phrase, settings.phrases, **sentence.facts)
                yield FeedEntry(path, name, band, birthday.day, ("birthday",), birthday.cycle, wish=wish)
    since = shift_day(snapshot.as_of, 1 - settings.feed.keep_done_days)
    for state in _met_since(since, snapshot) if settings.feed.keep_done_days else ():
        if (answer := latest_answer(state, settings.plan, since)) is not None:
            path, name, band = state.person.path, state.person.name, state.tie.band
            yield FeedEntry(path, name, band, answer.day, (answer.kind, "done"), answer.cycle, answer=answer.shown)


def _met_since(day: dt.date, snapshot: Snapshot) -> Iterator[PersonState]:
    """The people of whom there is contact from a day on."""
    people = {found.person for found in items_from(snapshot.interactions, day, attrgetter("day"))}
    states = (_state_of(path, snapshot) for path in people)
    return (state for state in states if state is not None)


def _state_of(path: NotePath, snapshot: Snapshot) -> PersonState | None:
    state = next(items_from(snapshot.people, path, attrgetter("person.path")), None)
    return state if state is not None and state.person.path == path else None


def _identify(entry: FeedEntry, keys: Mapping[NotePath, str]) -> str:
    """What the event's UID is made of: it stays when a day moves, a note is renamed or a name changes."""
    cycle = entry.cycle
    if entry.followup is not None and (named := _LINE_CYCLE.fullmatch(cycle)) is not None:
        kind, path = named[1], NotePath(named[2])
        text = next((e.quote for e in entry.followup.evidence if name_cycle(kind, path, e.quote) == cycle), None)
        if text is not None:  # else it is too long to be shown whole
            cycle = name_cycle(kind, path, _blank_links(text, entry.person))
        cycle = cycle.replace(f"{kind}:{path}#", f"{kind}:{keys.get(path, path)}#", 1)
    return f"{keys.get(entry.person, entry.person)}\0{entry.kinds[0]}\0{cycle}"


def _blank_links(text: str, person: NotePath) -> str:
    """The text without the name of the person's note in its links, which changes when the note is renamed."""
    name = fold_name(_note_name(person))

    def blank(link: re.Match[str]) -> str:
        target = link[1] or unquote(link[2])
        return "[[]]" if fold_name(_note_name(target)) == name else link[0]

    return _LINK.sub(blank, text) if "](" in text or "[[" in text else text


def _note_name(path: str) -> str:
    return path.rpartition("/")[2].strip("<>").removesuffix(".md")


@functools.lru_cache(maxsize=2048)
def _make_event(entry: FeedEntry, identity: str, frame: _Frame) -> FeedEvent:
    uid = str(uuid.uuid5(frame.namespace, identity))
    url = _event_url(uid, entry.person, frame)
    moment = _appointed_time(entry.followup, frame.zone) if entry.followup and frame.zone else None
    full = frame.privacy == "full"
    return FeedEvent(
        uid=uid,
        start=moment or entry.day,
        end=moment + APPOINTMENT if moment else shift_day(entry.day, 1),
        summary=_summarise(entry, frame.privacy),
        description="\n".join([*filter(None, _describe(entry)), url]) if full else "",
        url=url,
        categories=tuple(word for word in map(_category, (entry.band, *entry.kinds)) if word),
        alarm=_choose_alarm(entry, frame.alarm, timed=moment is not None),
    )


def _appointed_time(followup: FollowUp, zone: dt.tzinfo) -> dt.datetime | None:
    """The moment, in UTC, that the line the follow-up is for gives for the planned day."""
    day = followup.planned
    for line in followup.evidence:
        is_for = followup.cycle.startswith(f"{followup.kind}:{line.path}#")
        if day is not None and line.day == day and is_for and (time := time_on(line.quote, day)) is not None:
            with suppress(OverflowError):  # on the first or last day there is
                return dt.datetime.combine(day, time, zone).astimezone(dt.UTC)
    return None


def _choose_alarm(entry: FeedEntry, alarm: Alarm, *, timed: bool) -> dt.timedelta | None:
    if entry.answer is not None or alarm == "none":
        return None
    return -APPOINTMENT if timed else _ALARMS[alarm]


def _summarise(entry: FeedEntry, privacy: Privacy) -> str:
    """The title. Below ``full`` the call to action stays out: it may quote a note."""
    name = make_initials(entry.name) if privacy == "initials" else clean_line(entry.name, _NAME_LENGTH) or "?"
    if entry.answer is not None:
        return f"✓ {name}"
    action = entry.followup.action if entry.followup is not None else entry.wish
    action = clean_line(action, _SUMMARY_LENGTH).rstrip(".") if privacy == "full" else ""
    return f"{name}: {action}" if action else f"Follow up with {name}"


def _describe(entry: FeedEntry) -> Iterator[str]:
    """The lines of the description, without the link; some may be empty."""
    followup = entry.followup
    if entry.answer is not None:
        yield clean_line(quote_interaction(entry.answer), _LINE_LENGTH)
    if followup is not None:
        action = f"{followup.action} ({followup.minutes} min)" if followup.minutes else followup.action
        for label, text in (("", followup.last_time), ("Why: ", followup.reason), ("Do: ", action)):
            line = clean_line(text, _LINE_LENGTH)
            yield label + line if line else ""
    if entry.wish and (followup is None or followup.action != entry.wish):
        yield f"Do: {clean_line(entry.wish, _LINE_LENGTH)}"


def _list_overdue(snapshot: Snapshot) -> list[FollowUp]:
    """Follow-ups whose day has come without a day to do them on, or whose planned day has passed."""
    passed = (f for f in snapshot.followups if f.planned is not None and f.planned < snapshot.as_of)
    waiting = (f for f in snapshot.waiting if f.due <= snapshot.as_of)
    return sorted(itertools.chain(passed, waiting), key=lambda f: (f.due, f.person, f.cycle))


def _digest_event(overdue: list[FollowUp], as_of: dt.date, frame: _Frame) -> FeedEvent:
    """The one event for everything overdue; two days long, so that a calendar that polls once a day still shows it.

    It has no alarm: its day moves every midnight, so that an alarm would ring every morning.
    """
    uid = str(uuid.uuid5(frame.namespace, "\0digest\0"))
    url = _event_url(uid, "", frame)
    noun = "follow-up" if len(overdue) == 1 else "follow-ups"
    return FeedEvent(
        uid=uid,
        start=as_of,
        end=shift_day(as_of, 2),
        summary=f"{len(overdue)} {noun} waiting",
        description=_digest_description(overdue, url) if frame.privacy == "full" else "",
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


def _event_url(uid: str, path: str, frame: _Frame) -> str:
    """A link that opens the note (or the vault, for no path); with initials only, a name that tells nothing."""
    if frame.privacy == "initials":
        return f"urn:uuid:{uid}"
    return note_link(frame.vault_name, path)


def make_initials(name: str) -> str:
    """The first letter or digit of up to three words, each with a full stop: ``J.D.``; ``?`` when there is none."""
    letters: Iterable[str] = (next((char for char in word if char.isalnum()), "") for word in name.split())
    return "".join(f"{letter.upper()}." for letter in itertools.islice(filter(None, letters), 3)) or "?"


def _category(word: str) -> str:
    """The word without what some parsers split a category at, escaped or not."""
    return clean_line(word.translate({ord(char): " " for char in ',;"\\'}), _NAME_LENGTH)
