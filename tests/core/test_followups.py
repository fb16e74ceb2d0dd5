from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from vaultrel.core.followups import plan_followups, propose_followup
from vaultrel.core.rhythm import collapse_days
from vaultrel.core.ties import assess_tie
from vaultrel.model import Direction, Evidence, FollowUp, Interaction, NotePath, Person, PersonState, Promise
from vaultrel.settings import DEFAULT_SETTINGS, PlanSettings, Settings

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from random import Random

MONDAY = dt.date(2026, 6, 15)
ANA = Person(path=NotePath("People/Ana Reis.md"), name="Ana Reis", names=("Ana Reis",))


def met(
    ages: Iterable[int], kind: str = "meeting", direction: Direction = "mutual", quote: str = ""
) -> list[Interaction]:
    return [
        Interaction(ANA.path, NotePath(f"Daily/{MONDAY - dt.timedelta(age)}.md"), 3, MONDAY - dt.timedelta(age), kind,
                    direction, 1, quote)
        for age in sorted(ages, reverse=True)
    ]  # fmt: skip


def promise(text: str = "send Ana the recipe", due: int | None = None, noted: int | None = None) -> Promise:
    day = [None if days is None else MONDAY + dt.timedelta(days) for days in (due, noted)]
    return Promise(ANA.path, NotePath("Daily.md"), 7, text, day[0], day[1])


def propose(
    interactions: Sequence[Interaction] = (),
    person: Person = ANA,
    promises: Sequence[Promise] = (),
    as_of: dt.date = MONDAY,
    settings: Settings = DEFAULT_SETTINGS,
) -> FollowUp | None:
    days = collapse_days(interactions)
    tie = assess_tie(person, days, interactions, 30.0, settings, as_of)
    return propose_followup(PersonState(person, tie, days, tuple(interactions), tuple(promises)), settings, as_of)


def proposed(*arguments: object, **options: object) -> FollowUp:
    found = propose(*arguments, **options)  # type: ignore[arg-type]
    assert found is not None
    return found


def on(days: int) -> dt.date:
    return MONDAY + dt.timedelta(days)


WEEKLY = met(range(3, 700, 7))
ONCE_CLOSE = met(range(900, 1400, 7))

# --- who gets a follow-up, and of which kind

KINDS = [
    # what the notes say, interactions, person, promises, kind and due day
    ("met three days ago, once", met([3]), ANA, [], ("first", on(-1))),
    ("a relationship", WEEKLY, ANA, [], ("rhythm", on(-3 + 12))),
    ("two meetings this spring", met([50, 20]), ANA, [], ("rhythm", on(-20 + 74))),
    ("once close, quiet for years", ONCE_CLOSE, ANA, [], ("renetwork", on(-900 + 12))),
    ("a wish to be in touch, met once long ago", met([200]), replace(ANA, cadence_days=90), [], ("rhythm", on(-110))),
    ("in a circle, quiet for years", ONCE_CLOSE, replace(ANA, circle="friends"), [], ("rhythm", on(-900 + 12))),
    ("a promise to someone never met", [], ANA, [promise(due=9)], ("promise", on(9))),
    ("a promise without a due day", [], ANA, [promise(noted=-3)], ("promise", on(4))),
    ("an overdue promise", WEEKLY, ANA, [promise(due=-40)], ("promise", on(-40))),
    ("a promise soon after contact is due", WEEKLY, ANA, [promise(due=20)], ("promise", on(9))),
    ("a promise long after contact is due", WEEKLY, ANA, [promise(due=60)], ("rhythm", on(9))),
    ("a promise at the first meeting", met([1]), ANA, [promise(due=5)], ("first", on(1))),
]


@pytest.mark.parametrize(
    ("interactions", "person", "promises", "expected"), [case[1:] for case in KINDS], ids=[case[0] for case in KINDS]
)
def test_who_gets_a_follow_up(
    interactions: list[Interaction], person: Person, promises: list[Promise], expected: tuple[str, dt.date]
) -> None:
    found = proposed(interactions, person, promises)
    assert (found.kind, found.due) == expected
    assert found.planned is None


LEFT_IN_PEACE = [
    ("never met", [], ANA, []),
    ("met once, over a month ago", met([31]), ANA, []),
    ("ignored", WEEKLY, replace(ANA, ignored=True), [promise(due=1)]),
    ("as needed", WEEKLY, replace(ANA, as_needed=True), [promise(due=1)]),
    ("a newsletter", met(range(2, 400, 7), "message", "by_them"), ANA, []),
    ("a chase", met(range(2, 90, 14), "message", "by_me"), ANA, []),
    ("mentioned twice", met([50, 20], "mention", "unknown"), ANA, []),
    ("two meetings last year", met([400, 380]), ANA, []),
    ("dormant and never strong", met([1200, 1000, 800]), ANA, []),
    ("due beyond the horizon", met([3]), replace(ANA, cadence_days=365), []),
    ("promised beyond the horizon", [], ANA, [promise(due=121)]),
    ("promised without a day, long ago", [], ANA, [promise(noted=-61)]),
]


@pytest.mark.parametrize(
    ("interactions", "person", "promises"),
    [case[1:] for case in LEFT_IN_PEACE],
    ids=[case[0] for case in LEFT_IN_PEACE],
)
def test_who_is_left_in_peace(interactions: list[Interaction], person: Person, promises: list[Promise]) -> None:
    assert propose(interactions, person, promises) is None


def test_nobody_is_revived_when_no_room_is_reserved_for_it() -> None:
    assert propose(ONCE_CLOSE, settings=Settings(plan=PlanSettings(renetwork_per_week=0))) is None


def test_a_snooze_holds_for_promises_too() -> None:
    snoozed = replace(ANA, snooze_until=on(50))
    assert proposed([], snoozed, [promise(due=2)]).due == on(50)
    assert proposed(met([3]), snoozed).due == on(50)


def test_of_two_who_fade_the_closer_circle_is_worth_more() -> None:
    history = met(range(40, 900, 14))
    worth = [proposed(history, replace(ANA, circle=circle)).worth for circle in ("close", "friends", "wider", "")]
    assert worth == sorted(worth, reverse=True)
    assert len(set(worth)) == 4


def test_keeping_a_relationship_is_worth_more_than_making_one() -> None:
    relationship = propose(met([90, 60, 30]))
    budding = propose(met([88, 60, 30]))
    assert relationship is not None
    assert budding is not None
    assert budding.worth < relationship.worth * 0.6


# --- what it says


def test_a_rhythm_is_told_with_the_last_time_the_reason_and_what_to_do() -> None:
    found = proposed(met(range(30, 400, 35), quote="Walked along the [[Canal]] with [[Ana Reis|Ana]]"))
    assert found.last_time == "Last time: 16 May 2026, meeting: “Walked along the Canal with Ana”."
    assert found.reason == "You are usually in touch about every 35 days."
    assert found.action == "Send a short message."
    assert found.cycle == "contact:2026-05-16"


SENTENCES = [
    ("first", met([3]), ANA, [], "You met on 12 Jun 2026."),
    ("first by mail", met([3], "message"), ANA, [], "First contact: 12 Jun 2026."),
    ("first, with how you met", met([3]), replace(ANA, met=Evidence(ANA.path, 4, "through [[Ben Ito]]")), [],
     "You met on 12 Jun 2026. How you met: “through Ben Ito”."),
    ("budding", met([50, 20]), ANA, [], "You have been in touch on 2 days since 26 Apr 2026."),
    ("asked for", met([50]), replace(ANA, cadence_days=30), [], "You want to be in touch every 30 days."),
    ("daily", met(range(2, 200)), ANA, [], "You are usually in touch almost every day."),
    ("revived", met(range(900, 1400, 7)), ANA, [], "You were close: 72 days of contact up to 28 Dec 2023."),
    ("promise", [], ANA, [promise(due=9)], "You promised by 24 Jun 2026: “send Ana the recipe”."),
    ("promise without a day", [], ANA, [promise(noted=-3)], "You promised: “send Ana the recipe”."),
    ("theirs", [], ANA, [promise("Ana Reis sends the plan", due=9)],
     "Still open, by 24 Jun 2026: “Ana Reis sends the plan”."),
    ("rhythm and promise", WEEKLY, ANA, [promise(due=20)],
     "You are usually in touch about every 7 days. You promised by 5 Jul 2026: “send Ana the recipe”."),
]  # fmt: skip


@pytest.mark.parametrize(
    ("interactions", "person", "promises", "reason"),
    [case[1:] for case in SENTENCES],
    ids=[case[0] for case in SENTENCES],
)
def test_the_reason_says_why_in_words_of_the_notes(
    interactions: list[Interaction], person: Person, promises: list[Promise], reason: str
) -> None:
    assert proposed(interactions, person, promises).reason == reason


@pytest.mark.parametrize("case", KINDS, ids=[case[0] for case in KINDS])
def test_every_sentence_rests_on_lines_of_notes(
    case: tuple[str, list[Interaction], Person, list[Promise], tuple[str, dt.date]],
) -> None:
    _, interactions, person, promises, _ = case
    found = proposed(interactions, person, promises)
    known = {(met.path, met.line) for met in interactions} | {(made.path, made.line) for made in promises}
    known.add((person.path, 1))
    shown = {(evidence.path, evidence.line) for evidence in found.evidence}
    assert shown
    assert shown <= known
    assert len(found.evidence) == len(set(found.evidence))
    assert bool(found.last_time) == bool(interactions)


def test_the_last_time_does_not_say_the_day_twice() -> None:
    found = proposed(met([3], quote="2026-06-12: tea on the roof"))
    assert found.last_time == "Last time: 12 Jun 2026, meeting: “tea on the roof”."


@pytest.mark.parametrize("case", KINDS, ids=[case[0] for case in KINDS])
def test_the_text_does_not_age(case: tuple[str, list[Interaction], Person, list[Promise], object]) -> None:
    _, interactions, person, promises, _ = case
    told = proposed(interactions, person, promises)
    for days in (1, 2, 5, 10):
        later = proposed(interactions, person, promises, on(days))
        assert (later.last_time, later.reason, later.action) == (told.last_time, told.reason, told.action)
        assert (later.cycle, later.due, later.worth) == (told.cycle, told.due, told.worth)


def test_contact_begins_a_new_cycle_and_a_snooze_does_not() -> None:
    before = proposed(WEEKLY)
    assert proposed(WEEKLY, replace(ANA, snooze_until=on(40))).cycle == before.cycle
    assert proposed([*WEEKLY, *met([0])]).cycle != before.cycle


def test_a_promise_keeps_its_cycle_when_its_day_is_moved() -> None:
    cycles = {proposed([], ANA, [promise(due=due)]).cycle for due in (1, 9, 40)}
    assert len(cycles) == 1
    assert proposed([], ANA, [promise("return the book", due=1)]).cycle not in cycles


# --- the plan


def followup(number: int, due: int, kind: str = "rhythm", worth: float = 0.0) -> FollowUp:
    return FollowUp(
        person=NotePath(f"People/{number:03}.md"), name=f"Person {number}", due=on(due), planned=None, kind=kind,
        cycle="contact", last_time="", reason="", action="", evidence=(), worth=worth,
    )  # fmt: skip


def days_of(plan: Iterable[FollowUp]) -> dict[str, dt.date | None]:
    return {found.name.removeprefix("Person "): found.planned for found in plan}


def test_a_follow_up_is_planned_on_the_day_it_is_due_when_there_is_room() -> None:
    planned, waiting = plan_followups([followup(1, 0), followup(2, 3), followup(3, 40)], PlanSettings(), MONDAY)
    assert days_of(planned) == {"1": on(0), "2": on(3), "3": on(40)}
    assert waiting == ()


def test_an_overdue_follow_up_comes_back_within_a_week_on_its_own_weekday() -> None:
    planned, _ = plan_followups([followup(1, -11)], PlanSettings(), MONDAY)
    assert days_of(planned) == {"1": on(3)}


def test_a_full_week_takes_as_many_as_it_can_and_the_rest_come_later() -> None:
    planned, waiting = plan_followups([followup(at, 0, worth=1 - at / 100) for at in range(12)], PlanSettings(), MONDAY)
    assert not waiting
    weeks = Counter((found.planned - MONDAY).days // 7 for found in planned if found.planned)
    assert weeks[0] == 5
    assert [name for name, day in days_of(planned).items() if day and day < on(7)] == ["0", "1", "2", "3", "4"]


def test_a_follow_up_finds_its_own_day_up_to_two_weeks_after_it_is_due() -> None:
    settings = PlanSettings(per_day=1, per_week=4)
    due = [followup(at, 0, worth=1 - at / 100) for at in range(6)]
    planned, _ = plan_followups(due, settings, MONDAY)
    assert [day for day in days_of(planned).values() if day][3:] == [on(3), on(8), on(9)]


def test_what_finds_no_room_up_to_the_horizon_waits() -> None:
    settings = PlanSettings(per_week=1, horizon_days=14)
    planned, waiting = plan_followups([followup(at, -at) for at in range(9)], settings, MONDAY)
    assert len(planned) <= 3
    assert len(planned) + len(waiting) == 9
    assert all(found.planned is None for found in waiting)
    assert [found.due for found in waiting] == sorted(found.due for found in waiting)


def test_first_meetings_come_before_promises_and_promises_before_the_others_by_worth() -> None:
    settings = PlanSettings(per_day=1, per_week=7)
    due = [
        followup(1, 0, "rhythm", 0.2),
        followup(2, 0, "rhythm", 0.9),
        followup(3, 0, "promise"),
        followup(4, 0, "first"),
    ]
    planned, _ = plan_followups(due, settings, MONDAY)
    assert days_of(planned) == {"4": on(0), "3": on(1), "2": on(2), "1": on(3)}


def test_an_overdue_promise_has_room_before_others_that_fall_due() -> None:
    fresh = [followup(at, at % 7, worth=1.0) for at in range(30)]
    planned, _ = plan_followups([*fresh, followup(99, -30, "promise")], PlanSettings(), MONDAY)
    day = days_of(planned)["99"]
    assert day is not None
    assert day <= on(6)


def test_old_ties_have_a_share_of_the_week_and_take_turns_in_it() -> None:
    old = [followup(at, -400 - at, "renetwork") for at in range(4)]
    fresh = [followup(at, at % 7, worth=1.0) for at in range(10, 60)]
    planned, _ = plan_followups([*old, *fresh], PlanSettings(renetwork_per_week=1), MONDAY)
    weeks = Counter(
        (found.planned - MONDAY).days // 7 for found in planned if found.planned and found.kind == "renetwork"
    )
    assert set(weeks.values()) == {1}
    assert len({found.person for found in planned if found.kind == "renetwork"}) == 4


def test_a_quiet_weekday_stays_free() -> None:
    settings = PlanSettings(quiet_days=("sat", "sun", "mon"))
    planned, _ = plan_followups([followup(at, at - 10) for at in range(30)], settings, MONDAY)
    assert planned
    assert not {found.planned.weekday() for found in planned if found.planned} & {5, 6, 0}


def test_a_week_of_quiet_days_plans_nothing() -> None:
    settings = PlanSettings(quiet_days=("mon", "tue", "wed", "thu", "fri", "sat", "sun"))
    planned, waiting = plan_followups([followup(1, 0), followup(2, -5)], settings, MONDAY)
    assert (len(planned), len(waiting)) == (0, 2)


def test_the_last_days_of_the_calendar_are_no_error() -> None:
    late = replace(followup(1, 0), due=dt.date.max)
    planned, waiting = plan_followups([late], PlanSettings(), dt.date.max)
    assert len(planned) + len(waiting) == 1


PROPOSALS = st.lists(
    st.tuples(
        st.integers(-200, 119), st.sampled_from(["rhythm", "rhythm", "promise", "first", "renetwork"]), st.floats(0, 1)
    ),
    max_size=40,
).map(lambda drawn: [followup(at, *facts) for at, facts in enumerate(drawn)])
SETTINGS = st.builds(
    PlanSettings,
    per_week=st.integers(1, 9),
    per_day=st.integers(1, 3),
    renetwork_per_week=st.integers(0, 2),
    quiet_days=st.sampled_from([(), ("sat", "sun"), ("wed",)]),
)


@given(PROPOSALS, SETTINGS, st.integers(0, 6))
@hypothesis_settings(max_examples=60)
def test_a_plan_keeps_to_its_limits_and_loses_nobody(due: list[FollowUp], settings: PlanSettings, weekday: int) -> None:
    as_of = on(weekday)
    planned, waiting = plan_followups(due, settings, as_of)
    days = [found.planned for found in planned if found.planned is not None]
    assert len(days) == len(planned)
    assert max(Counter(days).values(), default=0) <= settings.per_day
    assert max(Counter(day.isocalendar()[:2] for day in days).values(), default=0) <= settings.per_week
    assert all(
        max(as_of, found.due) <= day <= as_of + dt.timedelta(120) for found, day in zip(planned, days, strict=True)
    )
    assert sorted(found.person for found in (*planned, *waiting)) == [found.person for found in due]
    assert days == sorted(days)


@given(PROPOSALS, SETTINGS, st.randoms(use_true_random=False))
@hypothesis_settings(max_examples=40)
def test_a_plan_does_not_depend_on_the_order_of_proposals(
    due: list[FollowUp], settings: PlanSettings, order: Random
) -> None:
    shuffled = list(due)
    order.shuffle(shuffled)
    assert plan_followups(shuffled, settings, MONDAY) == plan_followups(due, settings, MONDAY)


def kept_days(due: Sequence[FollowUp], settings: PlanSettings, days: int) -> tuple[int, int]:
    """Of all follow-ups planned ahead, how many stand on the same day a day later, over so many days of neglect."""
    kept = known = 0
    before: dict[str, dt.date | None] = {}
    for day in range(days):
        planned = days_of(plan_followups(due, settings, on(day))[0])
        ahead = {name: when for name, when in before.items() if when is not None and when >= on(day)}
        kept += sum(planned.get(name) == when for name, when in ahead.items())
        known += len(ahead)
        before = planned
    return kept, known


@given(st.lists(st.integers(-60, 119), max_size=14, unique=True))
@hypothesis_settings(max_examples=25)
def test_within_capacity_nothing_planned_moves_as_days_pass(dues: list[int]) -> None:
    roomy = PlanSettings(per_day=20, per_week=100)
    kept, known = kept_days([followup(at, due) for at, due in enumerate(dues)], roomy, 30)
    assert kept == known


@pytest.mark.parametrize("count", [10, 40, 120])
def test_beyond_capacity_ninety_five_in_a_hundred_keep_their_day_even_if_nothing_is_done(count: int) -> None:
    kinds = ("rhythm", "rhythm", "promise", "rhythm", "renetwork")
    due = [followup(at, (at * 37) % 170 - 60, kinds[at % 5], (at * 29 % 101) / 100) for at in range(count)]
    kept, known = kept_days(due, PlanSettings(), 30)
    assert known > 100
    assert kept / known >= 0.95
