"""Which events are made of a snapshot, and what they say."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import msgspec
import pytest

from vaultrel.outputs.feed_events import (
    DAYS_BACK,
    MAX_EVENTS,
    MAX_LISTED,
    FeedEvent,
    list_events,
    make_initials,
    select_followups,
)

if TYPE_CHECKING:
    from tests.outputs.conftest import MakeFollowUp, MakeSnapshot, MakeState

    from vaultrel.model import Snapshot
    from vaultrel.outputs.base import RenderContext


def with_feed(context: RenderContext, **feed: Any) -> RenderContext:
    settings = msgspec.structs.replace(context.settings, feed=msgspec.structs.replace(context.settings.feed, **feed))
    return dataclasses.replace(context, settings=settings)


def only_event(snapshot: Snapshot, context: RenderContext) -> FeedEvent:
    (event,) = list_events(snapshot, context)
    return event


def test_a_follow_up_becomes_an_event_on_the_day_it_is_planned(
    snapshot: MakeSnapshot, followup: MakeFollowUp, context: RenderContext, as_of: dt.date
) -> None:
    event = only_event(snapshot(followup(in_days=3, due=as_of - dt.timedelta(days=9))), context)
    assert (event.start, event.days) == (as_of + dt.timedelta(days=3), 1)


def test_an_event_says_last_time_why_and_do_and_ends_with_the_link(
    snapshot: MakeSnapshot, followup: MakeFollowUp, context: RenderContext
) -> None:
    lines = only_event(snapshot(followup()), context).description.split("\n")
    assert lines == [
        "Last time: 12 May 2026, meeting: “walked along the canal”.",
        "Why: You are usually in touch about every 35 days.",
        "Do: Propose coffee or lunch. (60 min)",
        "obsidian://open?vault=Sample%20vault&file=People%2FAda%20Lind",
    ]


def test_a_first_follow_up_without_a_last_time_has_no_empty_line(
    snapshot: MakeSnapshot, followup: MakeFollowUp, context: RenderContext
) -> None:
    assert only_event(snapshot(followup(last_time="")), context).description.startswith("Why: ")


def test_the_link_opens_the_note_whatever_its_path_holds(
    snapshot: MakeSnapshot, followup: MakeFollowUp, context: RenderContext
) -> None:
    path = "Leute & Co/Zoë #1?+100%.md"
    url = only_event(snapshot(followup(person=path)), context).url
    query = url.removeprefix("obsidian://open?")
    assert query.count("&") == 1
    assert "+" not in url
    assert "#" not in url
    assert unquote(query.partition("&file=")[2]) == path.removesuffix(".md")


def test_band_and_kind_are_the_categories(
    snapshot: MakeSnapshot, followup: MakeFollowUp, state: MakeState, context: RenderContext
) -> None:
    found = list_events(snapshot(followup(kind="promise"), people=(state("Ada Lind", "fading"),)), context)
    assert found[0].categories == ("fading", "promise")


def test_a_category_never_holds_what_readers_split_at(
    snapshot: MakeSnapshot, followup: MakeFollowUp, context: RenderContext
) -> None:
    event = only_event(snapshot(followup(kind='a,b;c"d\\e')), context)
    assert event.categories == ("a b c d e",)


@pytest.mark.parametrize(
    ("alarm", "from_start"),
    [("morning", dt.timedelta(hours=9)), ("day-before", dt.timedelta(hours=-15)), ("none", None)],
)
def test_the_alarm_is_the_users_choice(
    snapshot: MakeSnapshot, followup: MakeFollowUp, context: RenderContext, alarm: str, from_start: dt.timedelta | None
) -> None:
    assert only_event(snapshot(followup()), with_feed(context, alarm=alarm)).alarm == from_start


def test_moving_a_follow_up_moves_its_event(
    snapshot: MakeSnapshot, followup: MakeFollowUp, context: RenderContext
) -> None:
    before = only_event(snapshot(followup(in_days=2)), context)
    after = only_event(snapshot(followup(in_days=9)), context)
    assert before.uid == after.uid
    assert before.start != after.start


@pytest.mark.parametrize("change", [{"cycle": "contact:2026-06-29"}, {"kind": "promise"}, {"person": "Ada.md"}])
def test_another_cycle_kind_or_person_is_another_event(
    snapshot: MakeSnapshot, followup: MakeFollowUp, context: RenderContext, change: dict[str, Any]
) -> None:
    assert only_event(snapshot(followup()), context).uid != only_event(snapshot(followup(**change)), context).uid


def test_two_vaults_never_share_an_event(
    snapshot: MakeSnapshot, followup: MakeFollowUp, context: RenderContext
) -> None:
    other = dataclasses.replace(context, namespace=uuid.UUID(int=1))
    assert only_event(snapshot(followup()), context).uid != only_event(snapshot(followup()), other).uid


def test_with_names_only_nothing_of_a_note_is_told(
    snapshot: MakeSnapshot, followup: MakeFollowUp, context: RenderContext
) -> None:
    promise = followup(action="Send the letter about the divorce")
    event = only_event(snapshot(promise), with_feed(context, privacy="names"))
    assert event.summary == "Follow up with Ada Lind"
    assert event.description == ""


def test_with_initials_only_no_field_tells_the_name(
    snapshot: MakeSnapshot, followup: MakeFollowUp, context: RenderContext
) -> None:
    event = only_event(snapshot(followup()), with_feed(context, privacy="initials"))
    assert event.summary == "Follow up with A.L."
    assert "Lind" not in repr(event)
    assert "Sample" not in repr(event)


@pytest.mark.parametrize(
    ("name", "initials"),
    [
        ("Ada Lind", "A.L."),
        ("ada", "A."),
        ("Ada (Zoë) van Lind", "A.Z.V."),
        ("王小明", "王."),
        ("“Ada”", "A."),
        ("🦊", "?"),
        ("", "?"),
    ],
)
def test_initials_are_the_first_letters_of_up_to_three_words(name: str, initials: str) -> None:
    assert make_initials(name) == initials


def test_events_with_initials_only_still_differ_in_their_url(
    snapshot: MakeSnapshot, followup: MakeFollowUp, context: RenderContext
) -> None:
    events = list_events(snapshot(followup("Ada Lind"), followup("Ari Lone")), with_feed(context, privacy="initials"))
    assert events[0].summary == events[1].summary
    assert events[0].url != events[1].url


def test_waiting_follow_ups_are_told_of_in_one_event_for_today_and_tomorrow(
    snapshot: MakeSnapshot, followup: MakeFollowUp, context: RenderContext, as_of: dt.date
) -> None:
    waiting = (followup("Bo Dahl", in_days=None, due=dt.date(2026, 6, 2)), followup("Cy Ek", in_days=None))
    event = only_event(snapshot(waiting=waiting), context)
    assert (event.start, event.days, event.summary, event.alarm) == (as_of, 2, "2 follow-ups waiting", None)
    assert event.description.split("\n")[0] == "Bo Dahl, since 2026-06-02: Propose coffee or lunch."


def test_one_waiting_follow_up_is_told_of_in_the_singular(
    snapshot: MakeSnapshot, followup: MakeFollowUp, context: RenderContext
) -> None:
    assert only_event(snapshot(waiting=(followup(in_days=None),)), context).summary == "1 follow-up waiting"


def test_a_follow_up_that_is_not_due_yet_does_not_wait(
    snapshot: MakeSnapshot, followup: MakeFollowUp, context: RenderContext, as_of: dt.date
) -> None:
    waiting = (followup(in_days=None, due=as_of + dt.timedelta(days=1)),)
    assert list_events(snapshot(waiting=waiting), context) == []


def test_a_follow_up_whose_day_has_passed_stays_there_and_waits(
    snapshot: MakeSnapshot, followup: MakeFollowUp, context: RenderContext, as_of: dt.date
) -> None:
    events = list_events(snapshot(followup(in_days=-1)), context)
    assert [(event.start, event.days) for event in events] == [(as_of - dt.timedelta(days=1), 1), (as_of, 2)]


def test_many_waiting_follow_ups_are_counted_not_all_listed(
    snapshot: MakeSnapshot, followup: MakeFollowUp, context: RenderContext
) -> None:
    waiting = tuple(followup(f"Person {number:03}", in_days=None) for number in range(MAX_LISTED + 5))
    event = only_event(snapshot(waiting=waiting), context)
    assert event.summary == f"{MAX_LISTED + 5} follow-ups waiting"
    assert event.description.split("\n")[MAX_LISTED] == "and 5 more"


def test_the_event_for_waiting_ones_keeps_its_uid_for_ever(
    snapshot: MakeSnapshot, followup: MakeFollowUp, context: RenderContext, as_of: dt.date
) -> None:
    today = only_event(snapshot(waiting=(followup(in_days=None),)), context)
    tomorrow = snapshot(waiting=(followup("Bo Dahl", in_days=None),), as_of=as_of + dt.timedelta(days=1))
    assert today.uid == only_event(tomorrow, context).uid


@pytest.mark.parametrize(("in_days", "shown"), [(-DAYS_BACK - 1, 0), (-DAYS_BACK, 1), (0, 1), (120, 1), (121, 0)])
def test_the_feed_reaches_two_weeks_back_and_the_plans_horizon_ahead(
    snapshot: MakeSnapshot, followup: MakeFollowUp, in_days: int, shown: int
) -> None:
    kept = select_followups(snapshot(followup(in_days=in_days)), 120).kept
    assert len(kept) == shown


def test_of_too_many_follow_ups_the_nearest_are_kept_and_the_cut_is_known(
    snapshot: MakeSnapshot, followup: MakeFollowUp
) -> None:
    many = [followup(cycle=f"contact:{number}", in_days=number % 100) for number in range(MAX_EVENTS + 100)]
    selection = select_followups(snapshot(*reversed(many)), 120)
    assert (len(selection.kept), selection.cut) == (MAX_EVENTS, 100)
    kept = set(selection.kept)
    days_kept = [f.planned for f in many if f.planned is not None and f in kept]
    days_cut = [f.planned for f in many if f.planned is not None and f not in kept]
    assert max(days_kept) <= min(days_cut)


def test_events_are_sorted_by_day_then_uid(
    snapshot: MakeSnapshot, followup: MakeFollowUp, context: RenderContext
) -> None:
    events = list_events(snapshot(*(followup(f"P {n}", in_days=n % 3) for n in range(12))), context)
    assert [(e.start, e.uid) for e in events] == sorted((e.start, e.uid) for e in events)


def test_no_text_of_the_plan_ages(
    snapshot: MakeSnapshot, followup: MakeFollowUp, context: RenderContext, as_of: dt.date
) -> None:
    later = [
        only_event(snapshot(followup(in_days=9), as_of=as_of + dt.timedelta(days=days)), context) for days in (0, 1, 5)
    ]
    planned = snapshot(followup(in_days=9))
    assert [event.description for event in later] == [only_event(planned, context).description] * 3
