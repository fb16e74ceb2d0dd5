"""Follow-ups as files of their own, one event each, as vdirsyncer keeps a calendar; and such a file read back."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from typing import TYPE_CHECKING

from vaultrel.core.vdir import Item
from vaultrel.outputs.feed_components import read_calendars
from vaultrel.outputs.feed_lines import Findings, read_lines

if TYPE_CHECKING:
    from vaultrel.outputs.feed_components import Component
    from vaultrel.outputs.feed_events import FeedEvent
    from vaultrel.outputs.feed_lines import ContentLine

_HEAD = b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//vaultrel//vaultrel//EN\r\n"
_END = b"END:VCALENDAR\r\n"

_START = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})(?:T([0-9]{2})([0-9]{2})([0-9]{2})(Z?))?", re.ASCII)
_ONCE = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)


def render_item(event: FeedEvent, now: dt.datetime, previous: bytes | None) -> bytes:
    """The file of one event.

    Args:
        event: what it says.
        now: the current moment in UTC.
        previous: the file as it stands, or any bytes at all.

    Returns:
        The file; identical to `previous` when that is vaultrel's and nothing changed.
    """
    # icalendar takes a fifth of a second to import, which every command would pay.
    from vaultrel.outputs.icalendar_bytes import read_published, render_calendar  # noqa: PLC0415

    made = read_published(render_calendar("", [event], now, previous))
    return _HEAD + made[event.uid].block + _END


def digest_content(event: FeedEvent) -> str:
    """A digest of all that the event says, whatever its stamps."""
    return hashlib.sha256(render_item(event, _ONCE, None)).hexdigest()


def read_item(data: bytes, uid: str, zone: dt.tzinfo | None) -> Item | None:
    """The event of that UID in a file; None where there is none that can be read.

    Args:
        data: the file's bytes, any program's.
        uid: whose event it is.
        zone: where a moment in UTC is which day; UTC for None.
    """
    for event in _events(data):
        # A RECURRENCE-ID makes it an exception from the event, not the event (RFC 5545 section 3.8.4.4).
        if event.text("UID").strip() == uid and event.get("RECURRENCE-ID") is None:
            day = _read_day(event.get("DTSTART"), zone)
            return Item(day, event.text("SUMMARY").strip(), event.text("STATUS").strip().upper()) if day else None
    return None


def is_of_others(data: bytes, uid: str) -> bool:
    """Whether a file holds events, and none of that UID."""
    uids = [event.text("UID").strip() for event in _events(data)]
    return bool(uids) and uid not in uids


def _events(data: bytes) -> list[Component]:
    found = Findings()
    calendars = read_calendars(read_lines(data, found), found) or []
    return [child for calendar in calendars for child in calendar.children if child.name == "VEVENT"]


def _read_day(start: ContentLine | None, zone: dt.tzinfo | None) -> dt.date | None:
    """The day on which an event begins; a moment without ``Z`` is on the day it says, in whatever zone it is."""
    found = _START.fullmatch(start.value.strip()) if start is not None else None
    if found is None:
        return None
    try:
        day = dt.date(int(found[1]), int(found[2]), int(found[3]))
        if not found[7] or zone is None:
            return day
        moment = dt.datetime.combine(day, dt.time(int(found[4]), int(found[5])), dt.UTC)
        return moment.astimezone(zone).date()
    except (ValueError, OverflowError):
        return None
