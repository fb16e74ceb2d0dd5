"""Several calendars from one plan: who stands in which, and which bytes are a whole calendar."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from vaultrel.model import ContactDay, Interaction, NotePath
from vaultrel.outputs import get_output
from vaultrel.outputs.feed_events import list_events
from vaultrel.outputs.feeds import feed_namespace, is_whole_feed, list_feeds, select_for_feed
from vaultrel.outputs.icalendar_feed import empty_feed
from vaultrel.settings import parse_settings

if TYPE_CHECKING:
    from tests.outputs.conftest import MakeFollowUp, MakeSnapshot, MakeState

    from vaultrel.model import PersonState, Snapshot
    from vaultrel.outputs.base import RenderContext
    from vaultrel.outputs.feeds import Feed
    from vaultrel.settings import Settings

TAGS = {
    NotePath("People/Ada Lind.md"): ("person", "Work/clients"),
    NotePath("People/Ben Roe.md"): ("person", "workshop"),
    NotePath("People/Cleo Ott.md"): (),
}


def settings(**tables: Any) -> Settings:
    return parse_settings(tables, "config.toml")


def feed_with(**table: Any) -> Feed:
    return list_feeds(settings(feeds={"some": table}))[1]


@pytest.fixture
def everybody(snapshot: MakeSnapshot, followup: MakeFollowUp, state: MakeState) -> Snapshot:
    """Ada, close, weekly, work; Ben, fading; Cleo, new, family, who waits."""

    def known(name: str, band: Any, circle: str) -> PersonState:
        made = state(name, band)
        return replace(made, person=replace(made.person, circle=circle))

    waiting = (followup("Cleo Ott", in_days=None, kind="first"),)
    people = (known("Ada Lind", "close", "weekly"), known("Ben Roe", "fading", ""), known("Cleo Ott", "new", "family"))
    plan = (
        followup("Ada Lind"),
        followup("Ada Lind", in_days=3, kind="promise", cycle="promise:x"),
        followup("Ben Roe"),
    )
    return snapshot(*plan, waiting=waiting, people=people)


def shown(selected: Snapshot) -> list[str]:
    return [f"{each.name} {each.kind}" for each in (*selected.followups, *selected.waiting)]


ADA = ["Ada Lind rhythm", "Ada Lind promise"]
BEN, CLEO = ["Ben Roe rhythm"], ["Cleo Ott first"]


@pytest.mark.parametrize(
    ("table", "names"),
    [
        ({}, ADA + BEN + CLEO),
        ({"circle": ["Weekly", "family"]}, ADA + CLEO),
        ({"circle": ["nobody"]}, []),
        ({"tag": ["work"]}, ADA),
        ({"tag": ["#work/Clients"]}, ADA),
        ({"tag": ["work/clients/abroad"]}, []),
        ({"tag": ["works"]}, []),
        ({"tag": ["person"]}, ADA + BEN),
        ({"band": ["fading", "new"]}, BEN + CLEO),
        ({"kind": ["promise", "first"]}, ["Ada Lind promise", *CLEO]),
        ({"tag": ["person"], "kind": ["rhythm"], "band": ["close"]}, ["Ada Lind rhythm"]),
    ],
)
def test_a_follow_up_stands_in_a_feed_when_every_filter_lets_it_through(
    everybody: Snapshot, table: dict[str, Any], names: list[str]
) -> None:
    assert shown(select_for_feed(feed_with(**table), everybody, TAGS)) == names


def test_only_the_people_let_through_are_left_in_a_feed_s_snapshot(everybody: Snapshot) -> None:
    selected = select_for_feed(feed_with(band=["fading"]), everybody, TAGS)
    assert [state.person.name for state in selected.people] == ["Ben Roe"]


def test_the_first_feed_has_everything_whatever_the_others_take(everybody: Snapshot) -> None:
    first = list_feeds(settings(feeds={"some": {"circle": ["weekly"]}}))[0]
    assert (first.file_name, select_for_feed(first, everybody, TAGS)) == ("followups.ics", everybody)


def test_feeds_are_listed_by_name_behind_the_first() -> None:
    named = settings(feeds={"work": {}, "family": {}})
    assert [feed.file_name for feed in list_feeds(named)] == ["followups.ics", "family.ics", "work.ics"]


def test_what_a_feed_does_not_say_is_as_in_the_first() -> None:
    feed = {"name": "Ties", "privacy": "initials", "alarm": "none"}
    own = {"name": "Clients", "privacy": "full", "alarm": "day-before"}
    _, family, work = list_feeds(settings(feed=feed, feeds={"family": {}, "work": own}))
    assert [family.settings.feed.privacy, family.settings.feed.alarm] == ["initials", "none"]
    assert [work.settings.feed.privacy, work.settings.feed.alarm] == ["full", "day-before"]
    assert [family.settings.feed.name, work.settings.feed.name] == ["Ties: family", "Clients"]


def test_a_copy_of_the_first_feed_goes_nowhere_for_the_others() -> None:
    first, other = list_feeds(settings(feed={"publish_to": "~/Sync", "publish_mode": "644"}, feeds={"family": {}}))
    assert (first.publish_to, first.publish_mode) == ("~/Sync", "644")
    assert (other.publish_to, other.publish_mode) == ("", "600")


def test_the_same_follow_up_has_another_uid_in_each_feed(context: RenderContext) -> None:
    feeds = list_feeds(settings(feeds={"family": {}, "work": {}}))
    namespaces = [feed_namespace(feed, context.namespace) for feed in feeds]
    assert namespaces[0] == context.namespace
    assert len(set(namespaces)) == 3


@pytest.mark.parametrize(
    ("kind", "categories"),
    [
        ([], {"rhythm", "promise", "birthday", "done"}),
        (["birthday"], {"birthday"}),
        (["promise"], {"promise"}),
        (["rhythm", "birthday"], {"rhythm", "birthday"}),
    ],
)
def test_birthdays_are_a_kind_of_event_and_answered_follow_ups_are_none(
    everybody: Snapshot, context: RenderContext, kind: list[str], categories: set[str]
) -> None:
    ada, *others = everybody.people
    born = replace(ada.person, birthday=everybody.as_of.replace(year=1990, month=9))
    days = tuple(
        ContactDay(everybody.as_of - dt.timedelta(days=back), 1, frozenset({"mutual"}), frozenset({"meeting"}))
        for back in (120, 60, 1)
    )
    met = Interaction(born.path, NotePath("Daily/2026-06-29.md"), 1, days[-1].day, "meeting", "mutual", quote="walk")
    ada = replace(ada, person=born, days=days, interactions=(met,))
    day = everybody.as_of + dt.timedelta(days=4)
    cake = replace(everybody.followups[0], planned=day, kind="fact", cycle="birthday:2026-07-04")
    plan = (*everybody.followups, cake)
    snapshot = replace(everybody, people=(ada, *others), interactions=(met,), followups=plan, waiting=())
    feed = list_feeds(settings(feed={"keep_done_days": 7}, feeds={"some": {"kind": kind}}))[1]
    events = list_events(select_for_feed(feed, snapshot, TAGS), replace(context, settings=feed.settings))
    bands = {"close", "fading", "new"}
    assert {word for event in events for word in event.categories} - bands == categories


@pytest.fixture
def feed_bytes(everybody: Snapshot, context: RenderContext) -> bytes:
    return get_output("ics").render(everybody, context)


def test_a_feed_that_was_rendered_is_whole(feed_bytes: bytes, context: RenderContext) -> None:
    assert is_whole_feed(feed_bytes)
    assert is_whole_feed(empty_feed(context))


def test_no_part_of_a_feed_is_whole(feed_bytes: bytes) -> None:
    assert not any(is_whole_feed(feed_bytes[:end]) for end in range(len(feed_bytes)))
    assert not any(is_whole_feed(feed_bytes[start:]) for start in range(1, len(feed_bytes)))


def test_a_feed_with_a_piece_missing_in_the_middle_is_not_whole(feed_bytes: bytes) -> None:
    middle = feed_bytes.index(b"BEGIN:VEVENT")
    end = feed_bytes.index(b"END:VEVENT")
    assert not is_whole_feed(feed_bytes[:middle] + feed_bytes[end:])


def test_two_feeds_in_one_and_blocks_of_zeros_are_not_whole(feed_bytes: bytes) -> None:
    assert not is_whole_feed(feed_bytes * 2)
    assert not is_whole_feed(feed_bytes[:512] + bytes(512) + feed_bytes[1024:])
    assert not is_whole_feed(feed_bytes.replace(b"\r\n", b"\n"))


@pytest.mark.parametrize("text", ["BEGIN:VCALENDAR", "END:VCALENDAR", "BEGIN:VEVENT\r\nBEGIN:VEVENT", "\nEND:VEVENT"])
def test_text_from_a_note_cannot_make_a_feed_look_torn(
    snapshot: MakeSnapshot, followup: MakeFollowUp, context: RenderContext, text: str
) -> None:
    plan = [followup(f"Person {length}", action="x" * length + text) for length in range(80)]
    assert is_whole_feed(get_output("ics").render(snapshot(*plan), context))
