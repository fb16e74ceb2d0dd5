"""Feed events as RFC 5545 bytes, with stamps that move exactly when an event's content moves.

Calendars decide by an event's stamps whether to read it again: some keep the old text when the stamps
stand still, others fetch and store everything when they move for nothing. The feed published last is the
only memory this needs.
"""

from __future__ import annotations

import datetime as dt
import functools
import re
from typing import TYPE_CHECKING

import icalendar
from msgspec import Struct

from vaultrel.errors import VaultrelError
from vaultrel.outputs.feed_events import write_moment

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from vaultrel.outputs.feed_events import FeedEvent

_EPOCH = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
"""SEQUENCE counts seconds from here, so that it fits the 32 bits of RFC 5545 section 3.3.8 until 2088."""

_LAST_STAMP = _EPOCH + dt.timedelta(seconds=2**31 - 2)

_MAX_OCTETS = 75
"""Length of a content line without its line break: RFC 5545 section 3.1."""

_EVENT_BEGIN = b"\r\nBEGIN:VEVENT\r\n"
_EVENT_END = b"\r\nEND:VEVENT\r\n"
_CALENDAR_END = b"END:VCALENDAR\r\n"
_HEAD = re.compile(
    rb"UID:([0-9a-f-]{36})\r\n"
    rb"DTSTAMP:([0-9]{4})([0-9]{2})([0-9]{2})T([0-9]{2})([0-9]{2})([0-9]{2})Z\r\n"
)


class DuplicateUidError(VaultrelError):
    """Two follow-ups have the same identity: a mistake in vaultrel, not in the vault."""

    def __init__(self, uid: str, summaries: tuple[str, str]) -> None:
        self.uid = uid
        self.summaries = summaries
        super().__init__(
            f"{summaries[0]!r} and {summaries[1]!r} have the same calendar UID {uid}; the feed was left as it was.",
            next_step="This is a mistake in vaultrel. Please report it with this message.",
        )


class BrokenFeedError(VaultrelError):
    """A feed that was just made cannot be read back: a mistake in vaultrel, not in the vault."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(
            f"The new calendar cannot be read back ({reason}); the feed was left as it was.",
            next_step="This is a mistake in vaultrel. Please report it with this message.",
        )


class PublishedEvent(Struct, frozen=True):
    """An event of the feed as last published: its UID, its stamp and its bytes from BEGIN to END."""

    uid: str
    stamp: dt.datetime
    block: bytes


def render_calendar(name: str, events: Sequence[FeedEvent], now: dt.datetime, previous: bytes | None) -> bytes:
    """The whole feed, checked by reading it back.

    Args:
        name: title of the calendar, one clean line.
        events: in the order in which they are to stand.
        now: the current moment in UTC: the stamp of new events.
        previous: the feed as last published, or any bytes at all.

    Returns:
        The feed; identical to `previous` when nothing changed.

    Raises:
        DuplicateUidError: two events have one UID.
        BrokenFeedError: the result cannot be read back.
    """
    _refuse_duplicates(events)
    now = min(max(now.replace(microsecond=0), _EPOCH), _LAST_STAMP)
    published = read_published(previous or b"")
    blocks = [_stamp_event(event, now, published.get(event.uid)) for event in events]
    feed = b"".join([_calendar_head(name), *(blocks or [_empty_plan()]), _CALENDAR_END])
    # Each part has been read back by itself; what is left to go wrong is where one ends and the next begins.
    if (found := feed.count(_EVENT_BEGIN)) != len(events):
        raise BrokenFeedError(f"{found} of {len(events)} events found")
    return feed


def read_published(feed: bytes) -> dict[str, PublishedEvent]:
    """The events of a published feed by UID; what vaultrel cannot have written is left out.

    A note's text cannot forge a boundary: inside a value a line break is escaped, and a folded line begins
    with a space.
    """
    published: dict[str, PublishedEvent] = {}
    for part in feed.split(_EVENT_BEGIN)[1:]:
        event = _read_event(part)
        if event is not None and (event.uid not in published or published[event.uid].stamp < event.stamp):
            published[event.uid] = event
    return published


@functools.lru_cache(maxsize=2048)
def _read_event(part: bytes) -> PublishedEvent | None:
    """The event that follows a BEGIN, up to the next; None where there is none of ours."""
    # The split took the line break that ends this event, where another follows.
    content, end, _ = (part + b"\r\n").partition(_EVENT_END)
    head = _HEAD.match(content)
    if not end or head is None:
        return None
    year, month, day, hour, minute, second = map(int, head.groups()[1:])
    try:
        stamp = dt.datetime(year, month, day, hour, minute, second, tzinfo=dt.UTC)
    except ValueError:
        return None
    if not _EPOCH <= stamp < _LAST_STAMP:
        return None
    return PublishedEvent(head[1].decode(), stamp, _EVENT_BEGIN[2:] + content + end)


def _stamp_event(event: FeedEvent, now: dt.datetime, old: PublishedEvent | None) -> bytes:
    """The event's bytes: with the published stamp if they are the published bytes, else with a later one."""
    if old is None:
        return _event_block(event, now)
    block = _event_block(event, old.stamp)
    if block == old.block:
        return block
    return _event_block(event, max(now, old.stamp + dt.timedelta(seconds=1)))


@functools.lru_cache(maxsize=2048)
def _event_block(event: FeedEvent, stamp: dt.datetime) -> bytes:
    written = write_moment(stamp)
    sequence = int((stamp - _EPOCH).total_seconds())
    head = f"UID:{event.uid}\r\nDTSTAMP:{written}\r\nLAST-MODIFIED:{written}\r\nSEQUENCE:{sequence}\r\n"
    return _EVENT_BEGIN[2:] + head.encode("ascii") + _event_content(event)


@functools.lru_cache(maxsize=2048)
def _event_content(event: FeedEvent) -> bytes:
    """All that follows the stamps, once it is known that a calendar program can read it.

    icalendar takes half a millisecond for it; an event that has not changed does not pay that again.
    """
    component = icalendar.Event()
    component.add("DTSTART", event.start)
    component.add("DTEND", event.end)
    component.add("SUMMARY", event.summary)
    if event.description:
        component.add("DESCRIPTION", event.description)
    component.add("URL", event.url)
    if event.categories:
        component.add("CATEGORIES", list(event.categories))
    component.add("STATUS", "CONFIRMED")
    component.add("TRANSP", "TRANSPARENT")
    component.add("X-MICROSOFT-CDO-BUSYSTATUS", "FREE")
    if event.alarm is not None:
        alarm = icalendar.Alarm()
        alarm.add("ACTION", "DISPLAY")
        alarm.add("DESCRIPTION", event.summary)
        alarm.add("TRIGGER", event.alarm)
        component.add_component(alarm)
    block = _component_bytes(component)
    _read_back(block)
    return block.removeprefix(_EVENT_BEGIN[2:])


def _read_back(component: bytes) -> None:
    """Let another program's parser read a component that was just made.

    Raises:
        BrokenFeedError: it cannot.
    """
    try:
        icalendar.Component.from_ical(component)
    except ValueError as error:
        raise BrokenFeedError(str(error)) from error


@functools.lru_cache(maxsize=8)
def _calendar_head(name: str) -> bytes:
    description = "Follow-ups worth making, from your own notes"
    calendar = icalendar.Calendar()
    calendar.add("VERSION", "2.0")
    calendar.add("PRODID", "-//vaultrel//vaultrel//EN")
    calendar.add("CALSCALE", "GREGORIAN")
    for key, text in (("NAME", name), ("X-WR-CALNAME", name), ("DESCRIPTION", description)):
        # Left to itself, icalendar writes the value of a property it does not know unescaped.
        calendar.add(key, icalendar.vText(text))
    calendar.add("X-WR-CALDESC", icalendar.vText(description))
    calendar.add("COLOR", icalendar.vText("teal"))
    calendar.add("X-APPLE-CALENDAR-COLOR", icalendar.vText("#008080"))
    calendar.add("REFRESH-INTERVAL", dt.timedelta(hours=1), parameters={"VALUE": "DURATION"})
    calendar.add("X-PUBLISHED-TTL", icalendar.vText("PT1H"))
    block = _component_bytes(calendar)
    _read_back(block)
    return block.removesuffix(_CALENDAR_END)


@functools.lru_cache(maxsize=1)
def _empty_plan() -> bytes:
    """A component nobody sees: RFC 5545 section 3.6 wants at least one in a calendar."""
    zone = icalendar.Timezone()
    zone.add("TZID", "Etc/UTC")
    standard = icalendar.TimezoneStandard()
    standard.add("DTSTART", dt.datetime(1970, 1, 1))  # noqa: DTZ001 - RFC 5545 section 3.6.5 wants local time here
    standard.add("TZOFFSETFROM", dt.timedelta())
    standard.add("TZOFFSETTO", dt.timedelta())
    standard.add("TZNAME", "UTC")
    zone.add_component(standard)
    return _component_bytes(zone)


def _component_bytes(component: icalendar.Component) -> bytes:
    return b"".join(fold_line(str(line)) for line in component.content_lines(sorted=False) if line)


def fold_line(line: str) -> bytes:
    r"""The content line in UTF-8 with its line break, folded as RFC 5545 section 3.1 says.

    No part is longer than 75 octets. A fold never falls inside a code point, nor between a backslash and
    the character it escapes: some readers unescape before they unfold.
    """
    octets = line.encode()
    if len(octets) <= _MAX_OCTETS:
        return octets + b"\r\n"
    return b"\r\n ".join(_split_octets(octets)) + b"\r\n"


def _split_octets(octets: bytes) -> Iterator[bytes]:
    start = 0
    room = _MAX_OCTETS
    while len(octets) - start > room:
        end = start + room
        while octets[end] & 0xC0 == 0x80 or octets[end - 1] == ord("\\"):
            end -= 1
        yield octets[start:end]
        start = end
        room = _MAX_OCTETS - 1
    yield octets[start:]


def _refuse_duplicates(events: Sequence[FeedEvent]) -> None:
    seen: dict[str, FeedEvent] = {}
    for event in events:
        if event.uid in seen:
            raise DuplicateUidError(event.uid, (seen[event.uid].summary, event.summary))
        seen[event.uid] = event
