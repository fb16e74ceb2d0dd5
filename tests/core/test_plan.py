from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from vaultrel.core.plan import plan_followups
from vaultrel.model import FollowUp, NotePath
from vaultrel.settings import PlanSettings

if TYPE_CHECKING:
    from collections.abc import Iterable
    from random import Random

MONDAY = dt.date(2026, 6, 15)


def on(days: int) -> dt.date:
    return MONDAY + dt.timedelta(days)


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


def test_of_more_than_a_day_holds_the_foremost_have_it_and_the_others_another_day_of_the_week() -> None:
    due = [followup(at, 1, worth=1 - at / 100) for at in range(4)]
    planned, waiting = plan_followups(due, PlanSettings(), MONDAY)
    days = days_of(planned)
    assert (days["0"], days["1"]) == (on(1), on(1))
    assert all(on(2) <= day <= on(6) for name, day in days.items() if day and name in {"2", "3"})
    assert waiting == ()


def test_of_more_than_a_week_holds_the_foremost_are_in_it_and_the_others_wait() -> None:
    due = [followup(at, at % 5, worth=1 - at / 100) for at in range(9)]
    planned, waiting = plan_followups(due, PlanSettings(), MONDAY)
    assert sorted(days_of(planned)) == ["0", "1", "2", "3", "4"]
    assert sorted(days_of(waiting)) == ["5", "6", "7", "8"]


def test_what_waits_is_in_the_plan_as_soon_as_its_turn_has_room() -> None:
    due = [followup(at, at % 5, worth=1 - at / 100) for at in range(9)]
    planned, waiting = plan_followups(due, PlanSettings(), on(7))
    assert {"5", "6", "7", "8"} & days_of(planned).keys()
    assert len(planned) + len(waiting) == 9


@pytest.mark.parametrize("due", range(7))
def test_what_is_left_undone_comes_back_more_and_more_rarely(due: int) -> None:
    weeks = []
    for day in range(due, 140):
        planned, _ = plan_followups([followup(1, due)], PlanSettings(), on(day))
        if days_of(planned) == {"1": on(day)}:
            weeks.append(day // 7)
    first, *gaps = (later - earlier for earlier, later in pairwise(weeks))
    assert weeks[0] == 0
    assert 1 <= first <= 2
    assert gaps == [2, 4, 4, 4, 4][: len(gaps)]
    assert len(gaps) >= 3


@pytest.mark.parametrize("due", [-3, -10, -24, -100])
def test_what_is_left_undone_always_has_a_day_to_come_when_there_is_room(due: int) -> None:
    planned, waiting = plan_followups([followup(1, due)], PlanSettings(), MONDAY)
    assert not waiting
    day = days_of(planned)["1"]
    assert day is not None
    assert day <= on(7 * 4 + 6)


@pytest.mark.parametrize("kind", ["first", "fact"])
def test_what_soon_passes_comes_back_every_week(kind: str) -> None:
    for days in range(3, 28):
        planned, _ = plan_followups([followup(1, 2, kind)], PlanSettings(), on(days))
        day = days_of(planned)["1"]
        assert day is not None
        assert day < on(days + 7)


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


def test_own_days_leave_room_for_what_was_left_undone() -> None:
    settings = PlanSettings(renetwork_per_week=0)
    fresh = [followup(at, 7 + at % 5, worth=0.5) for at in range(30)]
    left = followup(99, -3, worth=1.0)
    alone, _ = plan_followups([left], settings, on(7))
    planned, _ = plan_followups([*fresh, left], settings, on(7))
    assert sum(found.planned < on(14) for found in planned if found.planned) == 5
    day = days_of(planned)["99"]
    assert day == days_of(alone)["99"]
    assert day is not None
    assert day < on(14)


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
    due = [followup(at, at) for at in range(today, today + 21)]
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


def test_what_was_offered_earlier_this_week_waits_when_its_next_turn_has_no_room() -> None:
    settings = PlanSettings(per_week=1)
    crowd = [followup(at, 7 * at, worth=1.0) for at in range(1, 17)]
    offered = []
    for due in (-7, -6):
        left = followup(99, due, worth=0.5)
        offered.append("99" in days_of(plan_followups([*crowd, left], settings, MONDAY)[0]))
        _, waiting = plan_followups([*crowd, left], settings, on(2))
        assert "99" in days_of(waiting)
    assert any(offered)


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
