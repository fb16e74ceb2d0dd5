"""Which events are made of a snapshot, and what they say."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote
from zoneinfo import ZoneInfo

import msgspec
import pytest
from msgspec.structs import replace

from vaultrel.core.rhythm import collapse_days
from vaultrel.model import Evidence, Interaction, NotePath
from vaultrel.outputs.feed_events import (
    DAYS_BACK,
    MAX_EVENTS,
    MAX_LISTED,
    FeedEvent,
    list_events,
    make_initials,
    select_entries,
    tell_cut,
)
from vaultrel.settings import DEFAULT_SETTINGS

if TYPE_CHECKING:
    from tests.outputs.conftest import MakeFollowUp, MakeSnapshot, MakeState

    from vaultrel.model import PersonState, Snapshot
    from vaultrel.outputs.base import RenderContext


def with_feed(context: RenderContext, **feed: Any) -> RenderContext:
    settings = msgspec.structs.replace(context.settings, feed=msgspec.structs.replace(context.settings.feed, **feed))
    return replace(context, settings=settings)


def only_event(snapshot: Snapshot, context: RenderContext) -> FeedEvent:
    (event,) = list_events(snapshot, context)
    return event


def test_a_follow_up_becomes_an_event_on_the_day_it_is_planned(
    snapshot: MakeSnapshot, followup: MakeFollowUp, context: RenderContext, as_of: dt.date
) -> None:
    event = only_event(snapshot(followup(in_days=3, due=as_of - dt.timedelta(days=9))), context)
    assert (event.start, event.end) == (as_of + dt.timedelta(days=3), as_of + dt.timedelta(days=4))


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


# Kinds of events


def born(state: PersonState, birthday: dt.date, **said: Any) -> PersonState:
    person = replace(state.person, birthday=birthday, **said)
    return replace(state, person=person, tie=replace(state.tie, last_contact=None))


@pytest.mark.parametrize("kind", ["first", "promise", "fact", "rhythm", "renetwork"])
def test_each_kind_of_follow_up_is_a_category(
    snapshot: MakeSnapshot, followup: MakeFollowUp, context: RenderContext, kind: str
) -> None:
    assert only_event(snapshot(followup(kind=kind)), context).categories == (kind,)


def test_a_birthday_is_an_event_of_its_own_with_the_age(
    snapshot: MakeSnapshot, state: MakeState, context: RenderContext
) -> None:
    event = only_event(snapshot(people=(born(state("Ada Lind"), dt.date(1986, 7, 9)),)), context)
    assert (event.start, event.end) == (dt.date(2026, 7, 9), dt.date(2026, 7, 10))
    assert event.summary == "Ada Lind: Congratulate: turns 40 on 9 Jul 2026"
    assert event.description.split("\n") == [f"Do: {event.summary.removeprefix('Ada Lind: ')}.", event.url]
    assert event.categories == ("warm", "birthday")
    assert event.alarm == dt.timedelta(hours=9)


def test_a_birthday_without_a_year_tells_no_age_and_the_user_may_reword_it(
    snapshot: MakeSnapshot, state: MakeState, context: RenderContext
) -> None:
    plan = snapshot(people=(born(state("Ada Lind"), dt.date(1604, 7, 9)),))
    assert only_event(plan, context).summary == "Ada Lind: Congratulate: birthday on 9 Jul 2026"
    own = msgspec.structs.replace(context.settings, phrases={"do-birthday": "Geburtstag am {day}."})
    assert only_event(plan, replace(context, settings=own)).summary == "Ada Lind: Geburtstag am 9 Jul 2026"


def test_every_birthday_within_the_horizon_is_an_event(
    snapshot: MakeSnapshot, state: MakeState, context: RenderContext
) -> None:
    plan = msgspec.structs.replace(context.settings.plan, horizon_days=800)
    long = replace(context, settings=msgspec.structs.replace(context.settings, plan=plan))
    events = list_events(snapshot(people=(born(state("Ada Lind"), dt.date(1986, 7, 9)),)), long)
    assert [event.summary[-22:] for event in events] == [f"turns {40 + n} on 9 Jul {2026 + n}" for n in range(3)]
    assert len({event.uid for event in events}) == 3


def test_a_birthday_is_the_same_event_whether_or_not_the_plan_has_a_place_for_it(
    snapshot: MakeSnapshot, followup: MakeFollowUp, state: MakeState, context: RenderContext
) -> None:
    people = (born(state("Ada Lind"), dt.date(1986, 7, 9)),)
    planned = followup(kind="fact", cycle="birthday:2026-07-09", in_days=12)
    alone = only_event(snapshot(people=people), context)
    event = only_event(snapshot(planned, people=people), context)
    assert event.uid == alone.uid
    assert event.categories == alone.categories == ("warm", "birthday")
    assert event.start == dt.date(2026, 7, 12)


def test_a_follow_up_on_a_birthday_tells_of_both_in_one_event(
    snapshot: MakeSnapshot, followup: MakeFollowUp, state: MakeState, context: RenderContext
) -> None:
    people = (born(state("Ada Lind"), dt.date(1986, 7, 2)),)
    event = only_event(snapshot(followup(kind="promise", action="Send the book."), people=people), context)
    assert event.categories == ("warm", "promise", "birthday")
    assert "Do: Send the book. (60 min)\nDo: Congratulate: turns 40 on 2 Jul 2026.\n" in event.description
    wish = "Congratulate: turns 40 on 2 Jul 2026."
    assert only_event(snapshot(followup(action=wish), people=people), context).description.count(wish) == 1


def test_with_names_only_a_birthday_tells_no_age(
    snapshot: MakeSnapshot, state: MakeState, context: RenderContext
) -> None:
    plan = snapshot(people=(born(state("Ada Lind"), dt.date(1986, 7, 9)),))
    event = only_event(plan, with_feed(context, privacy="names"))
    assert (event.summary, event.description) == ("Follow up with Ada Lind", "")


PROMISE: dict[str, Any] = {"kind": "promise", "cycle": "promise:Daily/2026-06-28.md#0123456789ab"}


def promised(text: str, day: dt.date = dt.date(2026, 7, 2), path: str = "Daily/2026-06-28.md") -> tuple[Evidence, ...]:
    return (Evidence(NotePath("Daily/2026-05-12.md"), 7), Evidence(NotePath(path), 9, text, day))


def test_a_promise_for_a_time_of_day_is_a_timed_event_of_half_an_hour_in_utc(
    snapshot: MakeSnapshot, followup: MakeFollowUp, context: RenderContext
) -> None:
    plan = snapshot(followup(**PROMISE, evidence=promised("Call [[Ada Lind]] 📅 2026-07-02 14:30")))
    in_berlin = replace(context, zone=ZoneInfo("Europe/Berlin"))
    event = only_event(plan, in_berlin)
    assert event.start == dt.datetime(2026, 7, 2, 12, 30, tzinfo=dt.UTC)
    assert event.end == dt.datetime(2026, 7, 2, 13, 0, tzinfo=dt.UTC)
    assert event.alarm == dt.timedelta(minutes=-30)
    assert only_event(plan, with_feed(in_berlin, alarm="none")).alarm is None


def test_summer_time_counts_on_the_day_of_the_event(
    snapshot: MakeSnapshot, followup: MakeFollowUp, context: RenderContext
) -> None:
    winter = dt.date(2026, 10, 26)
    plan = snapshot(followup(**PROMISE, in_days=118, evidence=promised("Call at 14:30", winter)))
    event = only_event(plan, replace(context, zone=ZoneInfo("Europe/Berlin")))
    assert event.start == dt.datetime(2026, 10, 26, 13, 30, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    "change",
    [
        {"evidence": promised("Call 2026-07-03 14:30", dt.date(2026, 7, 3))},
        {"evidence": promised("Call 2026-07-02 14:30", path="Daily/2026-06-27.md")},
        {"evidence": promised("Call by John 3:16 standards")},
        {"evidence": promised("Call 2026-07-02 14:30"), "kind": "rhythm", "cycle": "contact:2026-05-12"},
    ],
    ids=["another day", "another line", "no time", "another kind"],
)
def test_a_time_that_is_not_that_of_the_planned_promise_makes_no_timed_event(
    snapshot: MakeSnapshot, followup: MakeFollowUp, context: RenderContext, change: dict[str, Any]
) -> None:
    assert only_event(snapshot(followup(**{**PROMISE, **change})), context).start == dt.date(2026, 7, 2)


@pytest.mark.parametrize("day", [dt.date(1, 1, 1), dt.date(9999, 12, 31)])
@pytest.mark.parametrize("hours", [-12, 14])
def test_a_time_on_the_first_or_last_day_there_is_does_not_fail(
    snapshot: MakeSnapshot, followup: MakeFollowUp, context: RenderContext, day: dt.date, hours: int
) -> None:
    text = "Call at 0:10" if day.year == 1 else "Call at 23:50"
    plan = snapshot(followup(**PROMISE, planned=day, evidence=promised(text, day)), as_of=day)
    zone = dt.timezone(dt.timedelta(hours=hours))
    assert only_event(plan, replace(context, zone=zone)).summary == "Ada Lind: Propose coffee or lunch"


def answered(state: PersonState) -> PersonState:
    """The person, met every 35 days and again on 28 June."""
    days = [dt.date(2026, 6, 28) - dt.timedelta(35 * back) for back in reversed(range(9))]
    path = state.person.path
    told = tuple(
        Interaction(path, NotePath("Log.md"), 3, day, "meeting", "mutual", quote=f"- tea, {day:%d %B}") for day in days
    )
    return replace(state, days=collapse_days(told), interactions=told)


def test_an_answered_follow_up_is_gone_unless_the_user_keeps_it(
    snapshot: MakeSnapshot, state: MakeState, context: RenderContext
) -> None:
    plan = snapshot(people=(answered(state("Ada Lind")),))
    assert list_events(plan, context) == []
    assert list_events(plan, with_feed(context, keep_done_days=2)) == []
    assert len(list_events(plan, with_feed(context, keep_done_days=3))) == 1


def test_a_kept_one_is_ticked_stands_on_the_day_of_contact_and_rings_no_alarm(
    snapshot: MakeSnapshot, state: MakeState, context: RenderContext
) -> None:
    event = only_event(snapshot(people=(answered(state("Ada Lind")),)), with_feed(context, keep_done_days=7))
    assert (event.start, event.summary, event.alarm) == (dt.date(2026, 6, 28), "✓ Ada Lind", None)
    assert event.description == f"tea, 28 June\n{event.url}"
    assert event.categories == ("warm", "rhythm", "done")
    initials = with_feed(context, keep_done_days=7, privacy="initials")
    assert only_event(snapshot(people=(answered(state("Ada Lind")),)), initials).summary == "✓ A.L."


def test_a_kept_one_is_the_event_of_the_follow_up_it_answers(
    snapshot: MakeSnapshot, followup: MakeFollowUp, state: MakeState, context: RenderContext
) -> None:
    before = only_event(snapshot(followup(cycle="contact:2026-05-24")), context)
    done = only_event(snapshot(people=(answered(state("Ada Lind")),)), with_feed(context, keep_done_days=7))
    assert done.uid == before.uid


def test_nobody_has_two_events_on_a_day(
    snapshot: MakeSnapshot, followup: MakeFollowUp, state: MakeState, context: RenderContext
) -> None:
    promise = followup(in_days=-2, **PROMISE)
    kept = with_feed(context, keep_done_days=7)
    events = list_events(snapshot(promise, people=(answered(state("Ada Lind")),)), kept)
    assert [event.categories for event in events] == [("warm", "promise"), ("waiting",)]


# Identity


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


def test_a_renamed_person_keeps_their_events(
    snapshot: MakeSnapshot, followup: MakeFollowUp, context: RenderContext
) -> None:
    old, new = NotePath("People/Ada Lind.md"), NotePath("People/Ada Berg.md")
    renamed = replace(context, person_keys={new: old})
    for kind, cycle in (
        ("rhythm", "contact:2026-05-12"),
        ("promise", "promise:{}#0123456789ab"),
        ("fact", "fact:{}#0123456789ab"),
    ):
        before = only_event(snapshot(followup(person=old, kind=kind, cycle=cycle.format(old))), context)
        after = only_event(snapshot(followup(person=new, kind=kind, cycle=cycle.format(new))), renamed)
        assert before.uid == after.uid
        assert before.url != after.url


def test_two_vaults_never_share_an_event(
    snapshot: MakeSnapshot, followup: MakeFollowUp, context: RenderContext
) -> None:
    other = replace(context, namespace=uuid.UUID(int=1))
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
    assert (event.start, event.end, event.alarm) == (as_of, as_of + dt.timedelta(days=2), None)
    assert event.summary == "2 follow-ups waiting"
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
    assert [event.start for event in events] == [as_of - dt.timedelta(days=1), as_of]


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
    kept = select_entries(snapshot(followup(in_days=in_days)), DEFAULT_SETTINGS).kept
    assert len(kept) == shown


def test_of_too_many_follow_ups_the_nearest_are_kept_and_the_cut_is_known(
    snapshot: MakeSnapshot, followup: MakeFollowUp
) -> None:
    many = [followup(f"Person {number}", in_days=number % 100) for number in range(MAX_EVENTS + 100)]
    selection = select_entries(snapshot(*reversed(many)), DEFAULT_SETTINGS)
    assert (len(selection.kept), selection.cut) == (MAX_EVENTS, 100)
    kept = {entry.followup for entry in selection.kept}
    days_kept = [f.planned for f in many if f.planned is not None and f in kept]
    days_cut = [f.planned for f in many if f.planned is not None and f not in kept]
    assert max(days_kept) <= min(days_cut)


def test_birthdays_count_among_the_events_that_fit(snapshot: MakeSnapshot, state: MakeState) -> None:
    people = tuple(born(state(f"P {n}"), dt.date(1980, 7, 1 + n % 28)) for n in range(MAX_EVENTS + 3))
    selection = select_entries(snapshot(people=people), DEFAULT_SETTINGS)
    assert (len(selection.kept), selection.cut) == (MAX_EVENTS, 3)


def test_what_was_cut_is_told_and_nothing_where_all_fits(snapshot: MakeSnapshot, followup: MakeFollowUp) -> None:
    def told(count: int) -> list[tuple[str, str]]:
        plan = snapshot(*(followup(f"Person {number}") for number in range(count)))
        return [(found.code, found.message) for found in tell_cut(plan, DEFAULT_SETTINGS, "vaultrel/followups.ics")]

    assert told(MAX_EVENTS) == []
    assert told(MAX_EVENTS + 1) == [
        ("feed-cut", "1 event furthest from today left out of the calendar: it holds the 500 nearest.")
    ]
    assert told(MAX_EVENTS + 9)[0][1].startswith("9 events furthest")


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
