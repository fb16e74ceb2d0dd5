from __future__ import annotations

import datetime as dt
from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from msgspec.structs import replace

from vaultrel.core.plan import WEEKDAYS, plan_followups
from vaultrel.model import FollowUp, NotePath
from vaultrel.settings import PlanSettings

if TYPE_CHECKING:
    from collections.abc import Iterable
    from random import Random

MONDAY = dt.date(2026, 6, 15)
MON, TUE, WED, THU, FRI, SAT, SUN = range(7)


def on(days: int) -> dt.date:
    return MONDAY + dt.timedelta(days)


def followup(number: int, due: int, kind: str = "rhythm", worth: float = 0.0) -> FollowUp:
    return FollowUp(
        person=NotePath(f"People/{number:03}.md"), name=f"Person {number}", due=on(due), planned=None, kind=kind,
        cycle="contact", last_time="", reason="", action="", evidence=(), worth=worth,
    )  # fmt: skip


def days_of(plan: Iterable[FollowUp]) -> dict[str, dt.date | None]:
    return {found.name.removeprefix("Person "): found.planned for found in plan}


@pytest.mark.parametrize("kind", ["first", "promise", "fact"])
def test_what_cannot_wait_is_planned_on_the_day_it_is_due_when_there_is_room(kind: str) -> None:
    planned, waiting = plan_followups([followup(at, at * 8, kind) for at in range(8)], PlanSettings(), MONDAY)
    assert days_of(planned) == {str(at): on(at * 8) for at in range(8)}
    assert waiting == ()


def test_what_silence_asks_for_is_planned_on_the_day_it_is_due_or_the_one_after_a_return_day() -> None:
    planned, waiting = plan_followups([followup(at, at * 8) for at in range(8)], PlanSettings(), MONDAY)
    assert [(found.planned - found.due).days for found in planned if found.planned] == [0, 1, 0, 0, 0, 1, 0, 0]
    assert {found.planned.weekday() for found in planned if found.planned} == {MON, WED, THU, FRI, SUN}
    assert waiting == ()


def test_of_more_than_a_day_holds_the_foremost_have_it_and_the_others_wait_until_the_week_is_over() -> None:
    due = [followup(at, 3, worth=1 - at / 100) for at in range(4)]
    for today in range(7):
        planned, waiting = plan_followups(due, PlanSettings(), on(today))
        assert days_of(planned) == {"0": on(3), "1": on(3)}
        assert sorted(days_of(waiting)) == ["2", "3"]
    planned, waiting = plan_followups(due, PlanSettings(), on(7))
    assert {"2", "3"} <= days_of(planned).keys()


def test_of_more_than_a_week_holds_the_foremost_are_in_it() -> None:
    due = [followup(at, [0, 2, 3, 4, 6][at % 5], worth=1 - at / 100) for at in range(9)]
    planned, waiting = plan_followups(due, PlanSettings(), MONDAY)
    assert sorted(days_of(planned)) == ["0", "1", "2", "3"]
    assert sorted(days_of(waiting)) == ["4", "5", "6", "7", "8"]


def test_what_was_missed_stays_on_its_day_until_the_week_is_over() -> None:
    for today in range(3, 7):
        planned, waiting = plan_followups([followup(1, 2)], PlanSettings(), on(today))
        assert (days_of(planned), waiting) == ({"1": on(2)}, ())
    planned, _ = plan_followups([followup(1, 2)], PlanSettings(), on(7))
    assert on(7) <= (days_of(planned)["1"] or MONDAY) <= on(13)


@pytest.mark.parametrize("due", range(7))
def test_what_is_left_undone_comes_back_more_and_more_rarely(due: int) -> None:
    weeks = []
    for day in range(due, 140):
        planned, _ = plan_followups([followup(1, due)], PlanSettings(), on(day))
        if days_of(planned) == {"1": on(day)}:
            weeks.append(day // 7)
    assert [later - earlier for earlier, later in pairwise(weeks)] == [1, 2, 3, 4, 4, 4]


@pytest.mark.parametrize("kind", ["rhythm", "promise", "first", "fact", "renetwork"])
@pytest.mark.parametrize("due", [-3, -10, -24, -100])
def test_what_is_left_undone_always_has_a_day_to_come_when_there_is_room(due: int, kind: str) -> None:
    planned, waiting = plan_followups([followup(1, due, kind)], PlanSettings(), MONDAY)
    assert not waiting
    day = days_of(planned)["1"]
    assert day is not None
    assert MONDAY <= day <= on(7 * 4 + 6)


@pytest.mark.parametrize("kind", ["first", "fact"])
def test_what_soon_passes_comes_back_every_week(kind: str) -> None:
    for days in range(3, 28):
        planned, _ = plan_followups([followup(1, 2, kind)], PlanSettings(), on(days))
        day = days_of(planned)["1"]
        assert day is not None
        assert day >= on(days // 7 * 7)
        assert day < on(days // 7 * 7 + 7)


def test_a_day_is_given_to_first_meetings_then_promises_then_days_in_their_lives_then_by_worth() -> None:
    settings = PlanSettings(per_day=1, per_week=1, horizon_days=13)
    order = [
        followup(5, 0, "first"),
        followup(4, 0, "promise"),
        followup(3, 0, "fact"),
        followup(2, 0, "rhythm", 0.9),
        followup(1, 0, "rhythm", 0.2),
    ]
    while order:
        planned, _ = plan_followups(order[::-1], settings, MONDAY)
        assert days_of(planned)[order[0].name.removeprefix("Person ")] == on(0)
        order = order[1:]


def test_those_due_leave_room_for_what_was_left_undone() -> None:
    fresh = [followup(at, 7 + at % 7, worth=1.0) for at in range(30)]
    left = [followup(at, at % 6, worth=0.1) for at in range(50, 70)]
    planned, _ = plan_followups([*fresh, *left], PlanSettings(), on(7))
    this_week = [found for found in planned if found.planned and found.planned < on(14)]
    assert len(this_week) == 5
    assert sum(found.worth < 1 for found in this_week) == 1


def test_what_was_left_undone_takes_the_place_of_nobody_who_is_due() -> None:
    fresh = [followup(at, 14 + at % 7, worth=0.1) for at in range(30)]
    left = [followup(at, at % 6, kind, worth=1.0) for at in range(50, 70) for kind in ("first", "promise")]
    left = [replace(found, person=NotePath(f"{found.kind} {found.person}")) for found in left]
    alone = days_of(plan_followups(fresh, PlanSettings(per_week=9), on(14))[0])
    planned = days_of(plan_followups([*fresh, *left], PlanSettings(per_week=9), on(14))[0])
    assert {name: planned.get(name) for name in alone} == alone
    assert len(planned) > len(alone)


def test_those_who_come_back_on_one_day_part() -> None:
    planned, _ = plan_followups([followup(at, 2) for at in range(20)], PlanSettings(per_day=1), on(7))
    assert len({found.planned for found in planned if found.planned and found.planned < on(14)}) >= 4


def test_first_meetings_may_fill_the_week() -> None:
    planned, _ = plan_followups([followup(at, at, "first") for at in range(5)], PlanSettings(per_week=5), MONDAY)
    assert days_of(planned) == {str(at): on(at) for at in range(5)}


def test_old_ties_have_a_share_of_the_week_whatever_else_is_due() -> None:
    old = [followup(at, -400 - at, "renetwork", worth=0.1) for at in range(40)]
    fresh = [followup(at, at % 7, worth=1.0) for at in range(50, 100)]
    for weeks in range(6):
        planned, _ = plan_followups([*old, *fresh], PlanSettings(renetwork_per_week=2), on(7 * weeks))
        this_week = [found for found in planned if found.planned and found.planned < on(7 * weeks + 7)]
        assert sum(found.kind == "renetwork" for found in this_week) == 2


@pytest.mark.parametrize(("today", "last_sunday"), [(0, 20), (1, 20), (6, 20), (7, 27)])
def test_the_week_in_which_the_horizon_ends_is_not_planned_yet(today: int, last_sunday: int) -> None:
    settings = PlanSettings(per_day=9, per_week=50, horizon_days=20)
    due = [followup(at, at, "fact") for at in range(today, today + 21)]
    planned, waiting = plan_followups(due, settings, on(today))
    assert [found.planned for found in planned] == [on(at) for at in range(today, last_sunday + 1)]
    assert [found.due for found in waiting] == [on(at) for at in range(last_sunday + 1, today + 21)]


def test_what_finds_no_room_up_to_the_horizon_waits() -> None:
    settings = PlanSettings(per_week=1, horizon_days=14)
    planned, waiting = plan_followups([followup(at, -at) for at in range(9)], settings, MONDAY)
    assert len(planned) <= 3
    assert len(planned) + len(waiting) == 9
    assert all(found.planned is None for found in waiting)
    assert [found.due for found in waiting] == sorted(found.due for found in waiting)


def test_a_quiet_weekday_stays_free() -> None:
    settings = PlanSettings(quiet_days=("sat", "sun", "mon"))
    planned, _ = plan_followups([followup(at, at - 10) for at in range(30)], settings, MONDAY)
    assert planned
    assert not {found.planned.weekday() for found in planned if found.planned} & {5, 6, 0}


def test_a_week_of_quiet_days_plans_nothing() -> None:
    settings = PlanSettings(quiet_days=("mon", "tue", "wed", "thu", "fri", "sat", "sun"))
    planned, waiting = plan_followups([followup(1, 0), followup(2, -5)], settings, MONDAY)
    assert (len(planned), len(waiting)) == (0, 2)


@pytest.mark.parametrize("open_day", range(7))
def test_of_a_single_open_weekday_all_kinds_have_a_share(open_day: int) -> None:
    quiet = tuple(name for day, name in enumerate(WEEKDAYS) if day != open_day)
    settings = msgspec.structs.replace(PlanSettings(), quiet_days=quiet)
    due = [followup(at, at, "rhythm") for at in range(28)] + [followup(at, -400, "renetwork") for at in range(50, 70)]
    planned, _ = plan_followups(due, settings, MONDAY)
    this_month = [found for found in planned if found.planned and found.planned < on(28)]
    assert {found.planned.weekday() for found in this_month if found.planned} == {open_day}
    assert Counter(found.kind for found in this_month)["rhythm"] >= 3
    assert Counter(found.kind for found in this_month)["renetwork"] >= 1


def test_the_last_days_of_the_calendar_are_no_error() -> None:
    late = replace(followup(1, 0), due=dt.date.max)
    planned, waiting = plan_followups([late], PlanSettings(), dt.date.max)
    assert len(planned) + len(waiting) == 1


PROPOSALS = st.lists(
    st.tuples(
        st.integers(-200, 119),
        st.sampled_from(["rhythm", "rhythm", "promise", "first", "fact", "renetwork"]),
        st.floats(0, 1),
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
    as_of, monday = on(weekday), MONDAY
    planned, waiting = plan_followups(due, settings, as_of)
    days = [found.planned for found in planned if found.planned is not None]
    assert len(days) == len(planned)
    assert max(Counter(days).values(), default=0) <= settings.per_day
    assert max(Counter(day.isocalendar()[:2] for day in days).values(), default=0) <= settings.per_week
    assert all(
        max(monday, found.due) <= day <= as_of + dt.timedelta(120) for found, day in zip(planned, days, strict=True)
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
