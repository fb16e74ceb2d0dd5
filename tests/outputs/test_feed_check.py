"""What `feed --check` finds: every way a feed can be wrong is named, and what vaultrel writes is never wrong."""

from __future__ import annotations

import datetime as dt
import json
import random
import re
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from msgspec.structs import replace

from vaultrel.core.wording import PHRASES
from vaultrel.outputs import get_output
from vaultrel.outputs.feed_check import check_feed
from vaultrel.outputs.feed_events import FeedEvent, clean_line
from vaultrel.outputs.feed_lines import MAX_PLACES
from vaultrel.outputs.feed_rules import RULES
from vaultrel.outputs.icalendar_bytes import render_calendar
from vaultrel.outputs.icalendar_feed import empty_feed

if TYPE_CHECKING:
    from tests.outputs.conftest import MakeFollowUp, MakeSnapshot, MakeState

    from vaultrel.outputs.base import RenderContext

DATA = Path(__file__).parent / "data"
ROOT = Path(__file__).parents[2]
CASES = json.loads((DATA / "feed_faults.json").read_text("utf-8"))
HOSTILE = json.loads((DATA / "hostile_text.json").read_text("utf-8"))
EVENT = re.compile(r"BEGIN:VEVENT\r\n.*?END:VEVENT\r\n", re.DOTALL)


def read_feed(name: str) -> str:
    return (DATA / f"{name}.ics").read_text("utf-8").replace("\n", "\r\n")


def spoil(case: dict[str, Any]) -> bytes:
    feed = read_feed(case["feed"])
    assert case["find"] in feed
    return feed.replace(case["find"], case["replace"], 1).encode("utf-8", "surrogateescape")


def codes(feed: bytes | str) -> list[str]:
    return [fault.code for fault in check_feed(feed if isinstance(feed, bytes) else feed.encode())]


@pytest.mark.parametrize("name", ["good_feed", "good_foreign_feed"])
def test_a_good_feed_has_no_faults(name: str) -> None:
    assert check_feed(read_feed(name).encode()) == ()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["title"])
def test_every_way_a_feed_can_be_wrong_is_named_with_its_line_and_nothing_else_is(case: dict[str, Any]) -> None:
    faults = check_feed(spoil(case))
    assert {fault.code for fault in faults} == set(case["codes"])
    assert next(fault.line for fault in faults if fault.code == case["codes"][0]) == case["line"]


def test_every_rule_is_broken_by_a_case() -> None:
    elsewhere = {"empty-file", "no-component", "equal-events", "too-many-events"}
    assert {case["codes"][0] for case in CASES} | elsewhere == set(RULES)


@pytest.mark.parametrize("feed", [b"", b"\r\n", b" \n\t\n"])
def test_nothing_at_all_is_one_fault(feed: bytes) -> None:
    assert codes(feed) == ["empty-file"]


@pytest.mark.parametrize("feed", [b"\x00" * 99, b"\xff\xfe", b"{}", b"BEGIN:VCARD\r\nEND:VCARD\r\n"])
def test_what_is_no_calendar_is_one_fault(feed: bytes) -> None:
    assert codes(feed) == ["not-a-calendar"]


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9, 0.99])
def test_a_feed_cut_off_anywhere_is_truncated(share: float) -> None:
    feed = read_feed("good_feed").encode()
    assert "truncated" in codes(feed[: int(len(feed) * share)])


def test_a_calendar_without_any_component_is_wrong() -> None:
    assert codes(EVENT.sub("", read_feed("good_feed"))) == ["no-component"]


def test_events_that_differ_only_in_identity_are_equal() -> None:
    first = EVENT.search(read_feed("good_foreign_feed"))
    assert first is not None
    again = first[0].replace("rowing-1", "rowing-2").replace("20260601T090000Z", "20260601T090500Z")
    assert codes(read_feed("good_foreign_feed").replace(first[0], first[0] + again)) == ["equal-events"]
    moved = again.replace("20260702T", "20260703T")
    assert codes(read_feed("good_foreign_feed").replace(first[0], first[0] + moved)) == []


@pytest.mark.parametrize(("count", "found"), [(501, []), (502, ["too-many-events"])])
def test_more_events_than_calendars_should_be_given_are_said_once(count: int, found: list[str]) -> None:
    first = EVENT.search(read_feed("good_foreign_feed"))
    assert first is not None
    many = "".join(
        first[0].replace("rowing-1", f"rowing-{number}").replace("week=1", f"week={number}") for number in range(count)
    )
    feed = EVENT.sub("", read_feed("good_foreign_feed")).replace("END:VCALENDAR", many + "END:VCALENDAR")
    assert codes(feed) == found


def test_the_largest_feed_of_ours_has_no_faults(
    snapshot: MakeSnapshot, followup: MakeFollowUp, context: RenderContext
) -> None:
    plan = snapshot(
        *(followup(f"Person {number}", in_days=number % 100) for number in range(600)),
        waiting=(followup("Bo Dahl", in_days=None),),
    )
    assert check_feed(get_output("ics").render(plan, context)) == ()


def test_of_many_places_the_first_are_listed_and_the_rest_counted() -> None:
    faults = check_feed(read_feed("good_feed").replace("\r\n", "\n").encode())
    assert {fault.code for fault in faults} == {"bare-line-feed"}
    assert [fault.line for fault in faults] == list(range(1, MAX_PLACES + 1))
    assert [fault.more for fault in faults] == [0] * (MAX_PLACES - 1) + [52 - MAX_PLACES]


def test_a_message_never_shows_an_address() -> None:
    feed = read_feed("good_foreign_feed").replace("rowing?week=1,2", "s3cret token")
    feed = feed.replace("BEGIN:VTIMEZONE", "SOURCE:https://harbour.example/s3cret.ics\r\nBEGIN:VTIMEZONE", 1)
    faults = check_feed(feed.encode())
    assert [fault.code for fault in faults] == ["source", "bad-url"]
    assert "s3cret" not in str(faults)


def test_a_message_is_one_clean_line() -> None:
    title = "\u202e" + "x" * 500
    faults = check_feed(read_feed("good_feed").replace("STATUS:CONFIRMED", f"STATUS:{title}").encode())
    assert all(fault.message.isprintable() and len(fault.message) < 150 for fault in faults)
    assert "bad-status" in {fault.code for fault in faults}


@pytest.mark.parametrize(
    "words",
    ["Last time: 12 May 2026: “we met 3 years ago”.", "Why: about every 35 days.", "Do: read what came 2 weeks ago"],
)
def test_words_from_a_note_and_absolute_days_do_not_age(words: str) -> None:
    assert codes(read_feed("good_foreign_feed").replace("UID:quiz", f"DESCRIPTION:{words}\r\nUID:quiz")) == []


def test_no_phrase_of_ours_ages() -> None:
    feed = read_feed("good_foreign_feed")
    for phrase in PHRASES.values():
        words = re.sub("{[a-z]+}", "9", phrase).replace(",", "\\,")
        assert "ageing-text" not in codes(feed.replace("UID:quiz", f"DESCRIPTION:{words}\r\nUID:quiz"))


# What vaultrel writes


@pytest.mark.parametrize("file", sorted(ROOT.glob("tests/golden/*/expected/*.ics")), ids=lambda file: file.parts[-3])
def test_the_golden_feeds_have_no_faults(file: Path) -> None:
    assert check_feed(file.read_bytes()) == ()


def test_an_empty_feed_of_ours_has_no_faults(context: RenderContext) -> None:
    assert check_feed(empty_feed(context)) == ()


@pytest.mark.parametrize("privacy", ["full", "names", "initials"])
@pytest.mark.parametrize("alarm", ["morning", "day-before", "none"])
def test_whatever_the_settings_our_feed_has_no_faults(
    snapshot: MakeSnapshot,
    followup: MakeFollowUp,
    state: MakeState,
    context: RenderContext,
    privacy: str,
    alarm: str,
) -> None:
    feed = msgspec.structs.replace(context.settings.feed, privacy=privacy, alarm=alarm)
    changed = msgspec.structs.replace(context.settings, feed=feed)
    plan = snapshot(
        *(followup(f"Person {number}", in_days=number % 9 - 3) for number in range(40)),
        waiting=(followup("Bo Dahl", in_days=None),),
        people=(state("Person 3"),),
    )
    rendered = get_output("ics").render(plan, replace(context, settings=changed))
    assert rendered.count(b"BEGIN:VEVENT") == 41
    assert check_feed(rendered) == ()


NASTY = [
    *(case["text"] for case in HOSTILE),
    *"\\,;:\"'\r\n\t\x00\x0b\x0c\x1b\x1c\x85\u2028\u2029\ufeff\u202e\u2066\ud800\udfff\ufffe%^{}[]()<>|#ÅåßΩ日🦊👩‍👩‍👧‍👦e\u0301",
    "\\n", "\\N", "\\;", "\\\\", "END:VEVENT", "\r\nEND:VCALENDAR\r\n", "\r\n ", "BEGIN:VALARM", "UID:x", "=0D=0A",
    " ", "a", "word",
]  # fmt: skip


def nasty_text(chance: random.Random) -> str:
    return "".join(chance.choices(NASTY, k=chance.randrange(1, 20)))


def test_two_thousand_hostile_texts_give_feeds_without_faults(
    snapshot: MakeSnapshot, followup: MakeFollowUp, context: RenderContext
) -> None:
    chance = random.Random(2026)
    for _ in range(4):
        texts = [nasty_text(chance) for _ in range(500)]
        plan = snapshot(
            *(
                followup(
                    f"{text}x", person=f"People/{number} {clean_line(text, 200)}.md", in_days=number % 100,
                    last_time=text, reason=text, action=text,
                )
                for number, text in enumerate(texts)
            )
        )  # fmt: skip
        assert check_feed(get_output("ics").render(plan, context)) == ()


def test_an_event_of_hostile_words_has_no_faults_in_any_of_its_texts() -> None:
    chance = random.Random(7)
    now = dt.datetime(2026, 6, 30, tzinfo=dt.UTC)
    events = [
        FeedEvent(
            uid=f"00000000-0000-4000-8000-{number:012}",
            start=dt.date(2026, 7, 1),
            end=dt.date(2026, 7, 2),
            summary=clean_line(nasty_text(chance), 200) or "x",
            description="\n".join(clean_line(nasty_text(chance), 500) for _ in range(4)),
            url=f"urn:uuid:{number}",
            categories=(),
            alarm=dt.timedelta(hours=9),
        )
        for number in range(100)
    ]
    assert check_feed(render_calendar(clean_line(nasty_text(chance), 100) or "x", events, now, None)) == ()


# Hostile feeds


def test_whatever_bytes_stand_in_a_feed_it_is_judged() -> None:
    chance = random.Random(11)
    good = read_feed("good_feed").encode() + read_feed("good_foreign_feed").encode()
    for _ in range(600):
        feed = bytearray(good)
        for _ in range(chance.randrange(1, 12)):
            at = chance.randrange(len(feed))
            feed[at : at + chance.randrange(20)] = chance.randbytes(chance.randrange(6))
        faults = check_feed(bytes(feed))
        assert all(1 <= fault.line <= feed.count(b"\n") + 1 for fault in faults)
        assert [fault.line for fault in faults] == sorted(fault.line for fault in faults)


def measure_check(feed: str) -> float:
    """How long a check takes, in seconds of this process."""
    data = feed.encode()
    began = time.process_time()
    check_feed(data)
    return time.process_time() - began


@pytest.mark.parametrize(
    "piece",
    [
        "\n", "\r", "\r\n", " ", "\\", ",", ";", ":", '"', "“", "A", "BEGIN:VEVENT\r\n", "BEGIN:A\r\n", "END:A\r\n",
        'A;B="', ';A="', ";A=,", " \r\n", "SUMMARY:\\", "DTSTART:2\r\n", "BEGIN:VEVENT\r\nEND:VEVENT\r\n", "9 days ",
        "URL:%\r\n", "\u0000", "\u2028",
    ],
    ids=repr,
)  # fmt: skip
@pytest.mark.parametrize("head", ["", "BEGIN:VEVENT\r\nDESCRIPTION:", "BEGIN:VEVENT\r\nX;A=", "BEGIN:VEVENT\r\nURL:a:"])
def test_a_hostile_feed_takes_time_in_proportion_to_its_size(piece: str, head: str) -> None:
    def seconds(size: int) -> float:
        return measure_check("BEGIN:VCALENDAR\r\n" + head + piece * (size // len(piece)))

    small, large = (min(seconds(size) for _ in range(2)) for size in (10_000, 80_000))
    assert large < 30 * small + 0.3


def test_many_properties_of_a_calendar_with_many_events_take_time_in_proportion_to_their_number() -> None:
    def seconds(count: int) -> float:
        return measure_check("BEGIN:VCALENDAR\r\n" + "X:1\r\n" * count + "BEGIN:VEVENT\r\nEND:VEVENT\r\n" * count)

    small, large = (min(seconds(count) for _ in range(2)) for count in (1_000, 8_000))
    assert large < 30 * small + 0.3
