"""Feed events as RFC 5545 bytes, with stamps that move exactly when an event's content moves.

Calendars decide by an event's stamps whether to read it again: some keep the old text when the stamps
stand still, others fetch and store everything when they move for nothing. The feed published last is the
only memory this needs.
"""

from __future__ import annotations

import datetime as dt
import functools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import icalendar

from vaultrel.errors import VaultrelError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from vaultrel.outputs.feed_events import FeedEvent

_EPOCH = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
"""SEQUENCE counts seconds from here, so that it fits the 32 bits of RFC 5545 section 3.3.8 until 2088."""

_LAST_STAMP = _EPOCH + dt.timedelta(seconds=2**31 - 2)

_MAX_OCTETS = 75
"""Length of a content line without its line break: RFC 5545 section 3.1."""

_EVENT_BEGIN = b"\r\nBEGIN:VEVENT\r\n"
_EVENT_END = b"\r\nEND:VEVENT\r\n"
_HEAD = re.compile(rb"UID:([0-9a-f-]{36})\r\nDTSTAMP:([0-9]{8}T[0-9]{6})Z\r\n")
_STAMP_FORMAT = "%Y%m%dT%H%M%S"


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


@dataclass(frozen=True, slots=True)
class PublishedEvent:
    """An event of the feed as last published: its stamp and its bytes from BEGIN to END."""

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
    published = read_published(previous or b"")
    blocks = [_stamp_event(event, now, published) for event in events]
    body = b"".join(blocks) if blocks else _empty_plan()
    return _check_feed(_calendar_head(name) + body + b"END:VCALENDAR\r\n", len(events))


def read_published(feed: bytes) -> Mapping[str, PublishedEvent]:
    """The events of a published feed by UID; what vaultrel cannot have written is left out.

    A note's text cannot forge a boundary: inside a value a line break is escaped, and a folded line begins
    with a space.
    """
    published: dict[str, PublishedEvent] = {}
    for part in feed.split(_EVENT_BEGIN)[1:]:
        # The split took the line break that ends this event, where another follows.
        content, end, _ = (part + b"\r\n").partition(_EVENT_END)
        head = _HEAD.match(content)
        if not end or head is None:
            continue
        try:
            stamp = dt.datetime.strptime(head[2].decode(), _STAMP_FORMAT).replace(tzinfo=dt.UTC)
        except ValueError:
            continue
        if not _EPOCH <= stamp < _LAST_STAMP:
            continue
        uid = head[1].decode()
        if uid not in published or published[uid].stamp < stamp:
            published[uid] = PublishedEvent(stamp, _EVENT_BEGIN[2:] + content + end)
    return published


def _stamp_event(event: FeedEvent, now: dt.datetime, published: Mapping[str, PublishedEvent]) -> bytes:
    """The event's bytes: with the published stamp if they are the published bytes, else with a later one."""
    now = min(max(now.replace(microsecond=0), _EPOCH), _LAST_STAMP)
    old = published.get(event.uid)
    if old is None:
        return _event_block(event, now)
    block = _event_block(event, old.stamp)
    if block == old.block:
        return block
    return _event_block(event, max(now, old.stamp + dt.timedelta(seconds=1)))


@functools.lru_cache(maxsize=2048)
def _event_block(event: FeedEvent, stamp: dt.datetime) -> bytes:
    component = icalendar.Event()
    component.add("UID", event.uid)
    component.add("DTSTAMP", stamp)
    component.add("LAST-MODIFIED", stamp)
    component.add("SEQUENCE", int((stamp - _EPOCH).total_seconds()))
    component.add("DTSTART", event.start)
    component.add("DTEND", event.start + dt.timedelta(days=event.days))
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
    return _component_bytes(component)


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
    return _component_bytes(calendar).removesuffix(b"END:VCALENDAR\r\n")


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


@functools.lru_cache(maxsize=2)
def _check_feed(feed: bytes, event_count: int) -> bytes:
    """The same feed, once it is known that a calendar program can read all of it."""
    try:
        calendar = icalendar.Calendar.from_ical(feed)
    except ValueError as error:
        raise BrokenFeedError(str(error)) from error
    found = len(calendar.walk("VEVENT"))
    if found != event_count:
        raise BrokenFeedError(f"{found} of {event_count} events found")
    return feed
