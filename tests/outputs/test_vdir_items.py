"""A follow-up as a file of its own, and any program's version of it read back."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import icalendar
import pytest

from vaultrel.core.vdir import Item
from vaultrel.outputs.feed_events import FeedEvent
from vaultrel.outputs.vdir_items import digest_content, is_of_others, read_item, render_item

UID = "1c7be2d0-7d2c-5a53-a3de-0f3c5b6a9e41"
NOW = dt.datetime(2026, 6, 30, 8, tzinfo=dt.UTC)
DAY = dt.date(2026, 7, 6)
EVENT = FeedEvent(
    UID,
    DAY,
    DAY + dt.timedelta(1),
    "Ada Moreau: Propose; coffee",
    "Why: now",
    "obsidian://open?vault=v",
    ("warm",),
    None,
)


def lines(*properties: str, uid: str = UID) -> bytes:
    event = ["BEGIN:VCALENDAR", "BEGIN:VEVENT", f"UID:{uid}", *properties, "END:VEVENT", "END:VCALENDAR", ""]
    return "\r\n".join(event).encode()


def test_a_file_holds_one_calendar_with_one_event_and_no_method() -> None:
    made = icalendar.Calendar.from_ical(render_item(EVENT, NOW, None))
    assert [component.name for component in made.walk()] == ["VCALENDAR", "VEVENT"]
    assert set(made) == {"VERSION", "PRODID"}
    assert str(made.events[0]["UID"]) == UID


def test_an_unchanged_event_keeps_its_bytes_and_a_changed_one_gets_a_later_stamp() -> None:
    made = render_item(EVENT, NOW, None)
    assert render_item(EVENT, NOW + dt.timedelta(1), made) == made
    other = render_item(EVENT._replace(summary="Ada Moreau: Call"), NOW, made)
    assert b"DTSTAMP:20260630T080001Z" in other


def test_the_digest_of_an_event_goes_by_what_it_says() -> None:
    assert digest_content(EVENT) == digest_content(EVENT._replace())
    assert digest_content(EVENT) != digest_content(EVENT._replace(description="Why: later"))


def test_what_was_written_is_read_back() -> None:
    item = read_item(render_item(EVENT, NOW, None), UID, None)
    assert item == Item(DAY, "Ada Moreau: Propose\\; coffee", "CONFIRMED")


@pytest.mark.parametrize(
    ("start", "zone", "day"),
    [
        ("DTSTART;VALUE=DATE:20260706", None, DAY),
        ("DTSTART:20260706T233000", None, DAY),
        ("DTSTART;TZID=America/Lima:20260706T233000", ZoneInfo("Europe/Berlin"), DAY),
        ("DTSTART:20260705T223000Z", ZoneInfo("Europe/Berlin"), DAY),
        ("DTSTART:20260706T223000Z", None, DAY),
    ],
)
def test_the_day_of_an_event_is_the_one_its_calendar_shows(start: str, zone: dt.tzinfo | None, day: dt.date) -> None:
    item = read_item(lines(start, "SUMMARY:Ada"), UID, zone)
    assert item is not None
    assert item.day == day


@pytest.mark.parametrize(
    "start",
    [
        "DTSTART:",
        "DTSTART:soon",
        "DTSTART:20260231",
        "DTSTART:00000000",
        "DTSTART:20260706T250000Z",
        "DTSTART:99991231T233000Z",
        "DTSTART:٢٠٢٦٠٧٠٦",
        "SUMMARY:Ada",
    ],
)
def test_an_event_without_a_day_cannot_be_read(start: str) -> None:
    assert read_item(lines(start), UID, ZoneInfo("Pacific/Auckland")) is None


def test_an_exception_from_a_repeated_event_is_not_the_event() -> None:
    exception = "END:VEVENT\r\nBEGIN:VEVENT\r\nUID:" + UID
    data = lines("RECURRENCE-ID:20260706", "DTSTART:20260801", exception, "DTSTART:20260706", "SUMMARY:Ada")
    assert read_item(data, UID, None) == Item(DAY, "Ada")


def test_a_file_is_of_others_when_it_holds_events_and_none_of_that_uid() -> None:
    assert is_of_others(lines("DTSTART:20260706", uid="dentist"), UID)
    assert not is_of_others(lines(), UID)
    assert not is_of_others(b"", UID)


@pytest.mark.parametrize(
    "data",
    [b"", b"\0" * 100, b"BEGIN:VCALENDAR", b"BEGIN:VCALENDAR\r\n" * 50_000, b"\r\n " * 100_000, lines()[:60]],
    ids=["empty", "zeros", "begun", "nested", "folded", "half"],
)
def test_any_bytes_can_be_read(data: bytes) -> None:
    assert read_item(data, UID, None) is None
