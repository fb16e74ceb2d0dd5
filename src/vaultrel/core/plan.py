"""On which day to get in touch: follow-ups placed within what a day and a week hold, so that they stay put.

When somebody is offered does not depend on today: everyone has an own day and turns after it, decided by the day
contact is due, and each week chooses among those whose week it is, as if nobody had been in touch. So a day that
passes moves nothing that is planned after it, and contact with one person touches hardly anyone else's day.
Only what cannot wait also fills the gaps that are left for what others may leave undone.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from vaultrel.model import FollowUp
    from vaultrel.settings import PlanSettings

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
KIND_RANK: Mapping[str, int] = {"first": 0, "promise": 1, "fact": 2}
"""Kinds of follow-up that choose their day before all others."""
PASSING = frozenset({"first", "fact"})
"""Kinds that are over in a few weeks, so that each week counts."""

LONGEST_WAIT_WEEKS = 4
"""What was left undone comes back after a week or two, then after two more, then as rarely as this."""
FILLED_WEEKS = 3
"""The weeks in which no place is kept from what cannot wait for what others may leave undone."""
SHORT_HORIZON_DAYS = 14
"""A plan that looks no further ahead also shows the week in which it ends, which is still going to change."""


def plan_followups(
    proposals: Sequence[FollowUp], settings: PlanSettings, as_of: dt.date
) -> tuple[tuple[FollowUp, ...], tuple[FollowUp, ...]]:
    """Place follow-ups on days, within the capacity of each day and ISO week, and never before `as_of`.

    - The *own day* of a follow-up is the day it is due, or the first after it that is not quiet. Of more than the day
      or the week holds the foremost have it: first meetings, promises, days in their lives, then the others by worth.
      For these a part of each week is no own day.
    - What is left of a week goes to those who have a *turn* in it (`_has_turn`), in the same order, on the weekday of
      the due day or another with room: who found no own day in it, and who was left undone in weeks before. What is
      left undone comes back more and more rarely, whoever else is in the plan.
    - Old ties to revive have turns only, and a share of each week in which they come first.
    - Of those without a place by then, first meetings, promises and days in their lives have what is left over in
      this week and the next two, whatever others may yet leave undone.

    Days of this week that have passed keep what was offered on them. A follow-up without a place anywhere waits, as
    does what is due after the last Sunday within the horizon.

    Args:
        proposals: at most one a person, in any order.
        settings: capacity, quiet weekdays, horizon.
        as_of: the first day of the plan.

    Returns:
        What is planned, by day, and what waits, by the day it was due.
    """
    first = as_of.toordinal()
    last = min(first + settings.horizon_days, dt.date.max.toordinal())
    due = sorted((proposal for proposal in proposals if proposal.due.toordinal() <= last), key=_rank)
    if settings.horizon_days >= SHORT_HORIZON_DAYS:
        # Of a week that ends beyond the horizon, not everyone is known yet who has an own day in it.
        last -= (_weekday(last) + 1) % 7
    starts = [_find_open_day(followup.due.toordinal(), settings) for followup in due]
    own = _choose_own_days(due, starts, settings, last)
    planned = {at: day for at, day in own.items() if day >= first}
    asked = set(planned)
    begun: dict[int, int] = {}
    for week in range(_week(first), _week(last) + 1):
        resting = {at: day for at, day in own.items() if _week(day) == week}
        turns = [at for at, followup in enumerate(due) if at not in resting and _has_turn(followup, starts[at], week)]
        days = _take_turns(due, starts, turns, resting, settings, week)
        planned.update((at, day) for at, day in days.items() if at not in asked and first <= day <= last)
        # Who finds no place waits for this turn to pass: looked for in one week only, nobody goes from week to week
        # as others come and go.
        asked.update(at for at in turns if days.get(at, first) >= first)
        if week == _week(first):
            begun = {**resting, **days}
    filled = _fill_up(due, starts, planned, begun, settings, first)
    planned.update((at, day) for at, day in filled.items() if day <= last)
    placed = [replace(due[at], planned=dt.date.fromordinal(day)) for at, day in planned.items()]
    waiting = [followup for at, followup in enumerate(due) if at not in planned]
    return (
        tuple(sorted(placed, key=lambda followup: (followup.planned or followup.due, _rank(followup)))),
        tuple(sorted(waiting, key=lambda followup: (followup.due, _rank(followup)))),
    )


class _Room:
    """The room left on days and in ISO weeks. Days are ordinals; a week has a limit for each share of it."""

    def __init__(self, settings: PlanSettings) -> None:
        self._per_day = settings.per_day
        self._limits = share_week(settings)
        self._on_day: Counter[int] = Counter()
        self._in_week: Counter[tuple[int, str]] = Counter()

    def is_full(self, week: int, shares: tuple[str, ...]) -> bool:
        """One of the shares has no room left in that week."""
        return any(self._in_week[week, share] >= self._limits[share] for share in shares)

    def take(self, days: Iterable[int], shares: tuple[str, ...]) -> int | None:
        """Take room on the first of `days` that has some, from each of `shares`; None when none has."""
        for day in days:
            if self._on_day[day] < self._per_day and not self.is_full(_week(day), shares):
                self._on_day[day] += 1
                self._in_week.update((_week(day), share) for share in shares)
                return day
        return None


def share_week(settings: PlanSettings) -> dict[str, int]:
    """How many follow-ups a week holds, by share.

    Returns:
        ``week``: all; ``revived``: old ties to revive at most; ``own``: own days at most, ``rhythm``: of those that may
        as well come later.
    """
    week = min(settings.per_week, settings.per_day * sum(_is_open(day, settings) for day in range(1, 8)))
    revived = min(settings.renetwork_per_week, max(0, week - 1))
    own = week - revived
    return {"week": week, "revived": revived, "own": own, "rhythm": max(1, own - max(1, own // 3))}


def _is_open(day: int, settings: PlanSettings) -> bool:
    return WEEKDAYS[_weekday(day)] not in settings.quiet_days


def _find_open_day(day: int, settings: PlanSettings) -> int:
    """The first day from `day` on that is not quiet; `day` itself when every weekday is."""
    return next((later for later in range(day, day + 7) if _is_open(later, settings)), day)


def _choose_own_days(
    due: Sequence[FollowUp], starts: Sequence[int], settings: PlanSettings, last: int
) -> dict[int, int]:
    """The own day of each follow-up that has it, no later than `last`, by its position in `due`."""
    room = _Room(settings)
    days: dict[int, int] = {}
    for at, (followup, start) in enumerate(zip(due, starts, strict=True)):
        shares = ("week", "own") if followup.kind in KIND_RANK else ("week", "own", "rhythm")
        if followup.kind != "renetwork" and start <= last and room.take([start], shares):
            days[at] = start
    return days


def _has_turn(followup: FollowUp, start: int, week: int) -> bool:
    """Whether the follow-up is one of those that week offers beside own days, if its own day is not in that week.

    In the week of `start`, the day from which it can be offered; what soon passes in each week after that; all others
    in the week after (or the next, except for promises), two weeks later, and then every fourth.
    """
    age = week - _week(start)
    if age <= 0 or followup.kind in PASSING:
        return age >= 0
    if followup.kind != "promise":
        # By the day, not the person: of two who are due together the foremost must never come later.
        age -= start % 2
    return age == 1 or age % LONGEST_WAIT_WEEKS == LONGEST_WAIT_WEEKS - 1


def _take_turns(
    due: Sequence[FollowUp],
    starts: Sequence[int],
    turns: Sequence[int],
    resting: Mapping[int, int],
    settings: PlanSettings,
    week: int,
) -> dict[int, int]:
    """The days in that week of those in `turns` for whom the own days of `resting` leave room."""
    room = _Room(settings)
    for own_day in resting.values():
        room.take([own_day], ("week",))
    days: dict[int, int] = {}
    for at in sorted(turns, key=lambda at: due[at].kind != "renetwork"):
        if not room.is_full(week, _shares(due[at])):
            day = room.take(_days_of_turn(due[at], starts[at], week, settings), _shares(due[at]))
            if day is not None:
                days[at] = day
    return days


def _fill_up(
    due: Sequence[FollowUp],
    starts: Sequence[int],
    planned: Mapping[int, int],
    begun: Mapping[int, int],
    settings: PlanSettings,
    first: int,
) -> dict[int, int]:
    """The days of first meetings, promises and days in their lives for which room is left over soon.

    They may have what is kept for others who may yet leave theirs undone. `begun` is what this week offered and offers:
    who is in it looks further on, and days that have passed hold what was offered on them.
    """
    this_week = _week(first)
    room = _Room(settings)
    for at, day in (*begun.items(), *(item for item in planned.items() if _week(item[1]) > this_week)):
        room.take([day], _shares(due[at]))
    days: dict[int, int] = {}
    for at, start in enumerate(starts):
        if at in planned or due[at].kind not in KIND_RANK:
            continue
        for week in range(max(this_week + (at in begun), _week(start)), this_week + FILLED_WEEKS):
            if room.is_full(week, _shares(due[at])):
                continue
            found = room.take(_days_of_turn(due[at], start, week, settings), _shares(due[at]))
            if found is not None and found >= first:
                days[at] = found
                break
    return days


def _shares(followup: FollowUp) -> tuple[str, ...]:
    return ("week", "revived") if followup.kind == "renetwork" else ("week",)


def _days_of_turn(followup: FollowUp, start: int, week: int, settings: PlanSettings) -> list[int]:
    """The open days of that week from `start` on: first that of its weekday, then those after, then those before.

    Each of these two in an order of the person's own: who makes way for another should not push on a third.
    """
    weekday = _weekday(start)
    scattered = hashlib.sha256(followup.person.encode(errors="surrogatepass")).digest()
    order = sorted(range(7), key=lambda day: (day != weekday, day < weekday, scattered[day]))
    days = (week * 7 + 1 + day for day in order)
    return [day for day in days if day >= start and _is_open(day, settings)]


def _rank(followup: FollowUp) -> tuple[int, float, dt.date, str, str]:
    return (
        KIND_RANK.get(followup.kind, len(KIND_RANK)),
        -followup.worth,
        followup.due,
        followup.person,
        followup.cycle,
    )


def _week(day: int) -> int:
    """The number of the ISO week of a day given as ordinal; 1 January of year 1, ordinal 1, was a Monday."""
    return (day - 1) // 7


def _weekday(day: int) -> int:
    return (day - 1) % 7
