"""The feed's bytes: what RFC 5545 and the calendars that read it ask of them."""

from __future__ import annotations

import datetime as dt
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import icalendar
import msgspec
import pytest
from msgspec.structs import replace

from vaultrel.outputs import get_output
from vaultrel.outputs.feed_check import check_feed
from vaultrel.outputs.icalendar_bytes import (
    BrokenFeedError,
    DuplicateUidError,
    fold_line,
    read_published,
    render_calendar,
)
from vaultrel.outputs.icalendar_feed import empty_feed

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.outputs.conftest import MakeFollowUp, MakeSnapshot, MakeState

    from vaultrel.model import Snapshot
    from vaultrel.outputs.base import RenderContext

DATA = Path(__file__).parent / "data"
HOSTILE = json.loads((DATA / "hostile_text.json").read_text("utf-8"))


def render(snapshot: Snapshot, context: RenderContext, **changes: Any) -> bytes:
    return get_output("ics").render(snapshot, replace(context, **changes))


def later(context: RenderContext, **by: float) -> dt.datetime:
    return context.now + dt.timedelta(**by)


def unfold(feed: bytes) -> list[str]:
    return feed.replace(b"\r\n ", b"").decode().removesuffix("\r\n").split("\r\n")


def read_values(feed: bytes, name: str) -> list[str]:
    """Values of a property, read as RFC 5545 section 3.3.11 says, without the library that wrote them."""
    escapes = {"\\n": "\n", "\\,": ",", "\\;": ";", "\\\\": "\\"}
    found = (line.removeprefix(f"{name}:") for line in unfold(feed) if line.startswith(f"{name}:"))
    return [re.sub(r"\\.", lambda match: escapes[match[0]], value) for value in found]


def stamps(feed: bytes) -> dict[str, dt.datetime]:
    return {uid: event.stamp for uid, event in read_published(feed).items()}


def test_one_follow_up_gives_exactly_these_bytes(
    snapshot: MakeSnapshot, followup: MakeFollowUp, state: MakeState, context: RenderContext
) -> None:
    feed = render(snapshot(followup(), people=(state("Ada Lind"),)), context)
    (uid,) = read_values(feed, "UID")
    expected = (DATA / "one_followup.ics").read_text("utf-8").replace("@UID@", uid)
    assert feed.decode().replace("\r\n", "\n") == expected


def test_every_line_ends_in_crlf_and_holds_at_most_75_octets(
    snapshot: MakeSnapshot, followup: MakeFollowUp, context: RenderContext
) -> None:
    feed = render(snapshot(followup("Þorgerður Ægisdóttir-Øverland " * 3, action="é日👩‍👩‍👧‍👦," * 40)), context)
    lines = feed.split(b"\r\n")
    assert lines[-1] == b""
    assert all(len(line) <= 75 for line in lines)
    assert b"\n" not in b"".join(lines)
    assert b"\r" not in b"".join(lines)


@pytest.mark.parametrize("width", [1, 2, 3, 4])
@pytest.mark.parametrize("lead", range(6))
def test_a_fold_never_falls_inside_a_code_point(width: int, lead: int) -> None:
    char = {1: "a", 2: "é", 3: "日", 4: "🦊"}[width]
    line = "x" * lead + char * 100
    parts = fold_line(line).removesuffix(b"\r\n").split(b"\r\n ")
    assert "".join(part.decode() for part in parts) == line
    assert len(parts) > 1


@pytest.mark.parametrize("lead", range(70, 80))
def test_a_fold_never_follows_a_lone_backslash(lead: int) -> None:
    parts = fold_line("x" * lead + r"\n" * 60).removesuffix(b"\r\n").split(b"\r\n ")
    assert not any(part.endswith(b"\\") for part in parts)


@pytest.mark.parametrize("case", HOSTILE, ids=lambda case: case["title"])
def test_hostile_text_reads_as_one_harmless_line(
    case: dict[str, str], snapshot: MakeSnapshot, followup: MakeFollowUp, context: RenderContext
) -> None:
    feed = render(snapshot(followup(case["text"], person="Ada.md", action="call")), context)
    assert read_values(feed, "SUMMARY") == [f"{case['shown']}: call"]
    assert len(icalendar.Calendar.from_ical(feed).walk("VEVENT")) == 1
    assert unfold(feed).count("BEGIN:VEVENT") == 1


@pytest.mark.parametrize("case", HOSTILE, ids=lambda case: case["title"])
def test_hostile_text_does_not_move_stamps(
    case: dict[str, str], snapshot: MakeSnapshot, followup: MakeFollowUp, context: RenderContext
) -> None:
    plan = snapshot(followup(case["text"], person="Ada.md", last_time=case["text"], reason=case["text"]))
    feed = render(plan, context)
    assert render(plan, context, now=later(context, hours=1), previous=feed) == feed


@pytest.mark.parametrize("case", HOSTILE, ids=lambda case: case["title"])
def test_a_hostile_calendar_name_reads_as_one_line(
    case: dict[str, str], snapshot: MakeSnapshot, context: RenderContext
) -> None:
    settings = msgspec.structs.replace(
        context.settings, feed=msgspec.structs.replace(context.settings.feed, name=case["text"])
    )
    feed = render(snapshot(), context, settings=settings)
    assert read_values(feed, "NAME") == read_values(feed, "X-WR-CALNAME") == [case["shown"]]


def test_what_makes_calendars_misbehave_is_never_in_the_feed(
    snapshot: MakeSnapshot, followup: MakeFollowUp, context: RenderContext
) -> None:
    feed = render(snapshot(followup(), waiting=(followup("Bo Dahl", in_days=None),)), context)
    names = {re.split("[:;]", line)[0] for line in unfold(feed)}
    unwanted = {"METHOD", "SOURCE", "X-WR-TIMEZONE", "ORGANIZER", "ATTENDEE", "RRULE", "CLASS", "ATTACH", "GEO"}
    assert not names & unwanted
    assert set(read_values(feed, "STATUS")) == {"CONFIRMED"}


@pytest.mark.parametrize("privacy", ["full", "names", "initials"])
def test_a_plan_with_nothing_in_it_has_one_event_long_ago_for_calendars_that_take_no_feed_without_any(
    privacy: str, snapshot: MakeSnapshot, followup: MakeFollowUp, context: RenderContext
) -> None:
    feed_settings = msgspec.structs.replace(context.settings.feed, privacy=privacy)
    context = replace(context, settings=msgspec.structs.replace(context.settings, feed=feed_settings))
    full = get_output("ics").render(snapshot(followup()), context)
    later = replace(context, now=context.now + dt.timedelta(hours=1), previous=full)
    feed = get_output("ics").render(snapshot(), later)
    (event,) = icalendar.Calendar.from_ical(feed).walk("VEVENT")
    assert (str(event["SUMMARY"]), event.decoded("DTSTART")) == ("No follow-ups", dt.date(2000, 1, 1))
    assert event.walk("VALARM") == []
    assert check_feed(feed) == ()
    again = replace(later, now=later.now + dt.timedelta(days=1), previous=feed)
    assert get_output("ics").render(snapshot(), again) == feed
    assert b"No follow-ups" not in get_output("ics").render(snapshot(followup()), again)


def test_the_feed_before_there_is_a_plan_is_a_valid_calendar_without_events(context: RenderContext) -> None:
    feed = empty_feed(context)
    calendar = icalendar.Calendar.from_ical(feed)
    assert calendar.walk("VEVENT") == []
    assert [zone["TZID"] for zone in calendar.walk("VTIMEZONE")] == ["Etc/UTC"]


def test_a_calendar_without_a_name_gets_one(snapshot: MakeSnapshot, context: RenderContext) -> None:
    settings = msgspec.structs.replace(
        context.settings, feed=msgspec.structs.replace(context.settings.feed, name=" \n ")
    )
    assert read_values(render(snapshot(), context, settings=settings), "NAME") == ["Follow-ups"]


def test_an_unchanged_plan_gives_identical_bytes_whatever_the_time(
    snapshot: MakeSnapshot, followup: MakeFollowUp, context: RenderContext
) -> None:
    plan = snapshot(followup(), followup("Bo Dahl"), waiting=(followup("Cy Ek", in_days=None),))
    feed = render(plan, context)
    for hours in (-30, 0, 5, 5000):
        assert render(plan, context, now=later(context, hours=hours), previous=feed) == feed


def test_a_changed_event_gets_the_current_stamp_and_no_other_moves(
    snapshot: MakeSnapshot, followup: MakeFollowUp, context: RenderContext
) -> None:
    before = render(snapshot(followup(), followup("Bo Dahl")), context)
    now = later(context, hours=2)
    after = render(snapshot(followup(action="Call"), followup("Bo Dahl")), context, now=now, previous=before)
    old, new = stamps(before), stamps(after)
    assert sorted(new[uid] - old[uid] for uid in old) == [dt.timedelta(), dt.timedelta(hours=2)]


def test_a_change_after_the_clock_went_back_still_gets_a_later_stamp(
    snapshot: MakeSnapshot, followup: MakeFollowUp, context: RenderContext
) -> None:
    before = render(snapshot(followup()), context)
    after = render(snapshot(followup(action="Call")), context, now=later(context, days=-400), previous=before)
    (old,), (new,) = stamps(before).values(), stamps(after).values()
    assert new == old + dt.timedelta(seconds=1)


def test_dtstamp_last_modified_and_sequence_tell_the_same_moment(
    snapshot: MakeSnapshot, followup: MakeFollowUp, context: RenderContext
) -> None:
    event: Any = icalendar.Calendar.from_ical(render(snapshot(followup()), context)).walk("VEVENT")[0]
    moment = event["DTSTAMP"].dt
    assert moment == event["LAST-MODIFIED"].dt == context.now
    assert event["SEQUENCE"] == (moment - dt.datetime(2020, 1, 1, tzinfo=dt.UTC)).total_seconds()


@pytest.mark.parametrize("year", [1970, 2019, 2088, 9999])
def test_a_clock_gone_mad_still_gives_a_sequence_that_fits_32_bits(
    snapshot: MakeSnapshot, followup: MakeFollowUp, context: RenderContext, year: int
) -> None:
    mad = dt.datetime(year, 12, 31, tzinfo=dt.UTC)
    before = render(snapshot(followup()), context, now=mad)
    after = render(snapshot(followup(action="Call")), context, now=mad, previous=before)
    for feed in (before, after):
        assert all(0 <= int(value) < 2**31 for value in read_values(feed, "SEQUENCE"))


@pytest.mark.parametrize(
    "damage",
    [
        lambda feed: b"",
        lambda feed: b"\xff\xfe\x00BEGIN:VEVENT",
        lambda feed: feed[: len(feed) // 2],
        lambda feed: feed.replace(b"\r\n", b"\n"),
        lambda feed: feed.replace(b"END:VEVENT", b"END:VTODO"),
        lambda feed: re.sub(rb"DTSTAMP:[0-9]{8}", b"DTSTAMP:99999999", feed),
        lambda feed: re.sub(rb"DTSTAMP:[0-9]{4}", b"DTSTAMP:9999", feed),
        lambda feed: re.sub(rb"DTSTAMP:[0-9]{4}", b"DTSTAMP:0001", feed),
    ],
    ids=["empty", "binary", "cut off", "other line ends", "no end", "no date", "far future", "far past"],
)
def test_a_damaged_previous_feed_counts_as_none(
    snapshot: MakeSnapshot, followup: MakeFollowUp, context: RenderContext, damage: Callable[[bytes], bytes]
) -> None:
    plan = snapshot(followup())
    previous = damage(render(plan, context, now=later(context, days=-30)))
    assert render(plan, context, previous=previous) == render(plan, context)


def test_of_an_event_published_twice_the_later_stamp_counts(
    snapshot: MakeSnapshot, followup: MakeFollowUp, context: RenderContext
) -> None:
    plan = snapshot(followup())
    old = render(plan, context, now=later(context, days=-30))
    new = render(plan, context, now=later(context, days=-3))
    for previous in (old + new, new + old):
        assert stamps(render(plan, context, previous=previous)) == stamps(new)


def test_two_follow_ups_with_one_identity_are_refused(
    snapshot: MakeSnapshot, followup: MakeFollowUp, context: RenderContext
) -> None:
    with pytest.raises(DuplicateUidError, match="Ada Lind: Call"):
        render(snapshot(followup(), followup(action="Call")), context)


def test_a_feed_that_cannot_be_read_back_is_never_given_out(
    context: RenderContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vaultrel.outputs.icalendar_bytes._component_bytes", lambda _: b"BEGIN:VEVENT\r\n")
    with pytest.raises(BrokenFeedError):
        render_calendar("Broken", [], context.now, None)


def test_a_feed_that_reads_back_with_too_few_events_is_never_given_out(
    snapshot: MakeSnapshot, followup: MakeFollowUp, context: RenderContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vaultrel.outputs.icalendar_bytes._stamp_event", lambda *_: b"")
    with pytest.raises(BrokenFeedError, match="0 of 1 events"):
        render(snapshot(followup()), context)


def test_a_huge_previous_feed_is_read_in_time_proportional_to_its_size() -> None:
    assert read_published(b"\r\nBEGIN:VEVENT\r\nUID:" * 200_000) == {}
    assert read_published(b"\r\nBEGIN:VEVENT\r\n" + b"UID:" + b"a" * 4_000_000) == {}
