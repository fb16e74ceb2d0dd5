"""On which day to get in touch: follow-ups placed within what a day and a week hold, so that they stay put.

Everyone asks for one day at a time, which nobody else has a say in: the own day, and when its week is over without
contact, a day in the week of the next turn. Those who ask for one day or one week are served in a fixed order, and who
asked in earlier weeks is served first. So a day that passes moves nothing that is planned, and a follow-up that comes
or goes makes room for one other at most, or takes it from one: contact, which ends one and begins another, moves two.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from vaultrel.core.order import SortedTable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from vaultrel.model import FollowUp, NotePath
    from vaultrel.settings import PlanSettings

_Rank: TypeAlias = tuple[int, float, dt.date, str, str]

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
KIND_RANK: Mapping[str, int] = {"first": 0, "promise": 1, "fact": 2, "renetwork": 3, "rhythm": 4}
"""Who is served first of those who ask at the same time."""
PASSING = frozenset({"first", "fact"})
"""Kinds that are over in a few weeks, so that each week is a turn of theirs."""
TURN_WEEKS = (0, 1, 3, 6)
"""What was left undone has a turn a week after its own, two weeks after that, then after three."""
LONGEST_WAIT_WEEKS = 4
"""From then on, every fourth week is a turn of it."""
SHORT_HORIZON_DAYS = 14
"""A plan that looks no further ahead also shows the week in which it ends, which is still going to change."""


def plan_followups(
    proposals: Sequence[FollowUp], settings: PlanSettings, as_of: dt.date
) -> tuple[tuple[FollowUp, ...], tuple[FollowUp, ...]]:
    """Place follow-ups on days, within the capacity of each day and ISO week.

    - Each asks for its *own day*: the day it is due, or the first after it that is not quiet; what silence asks for,
      the first after it that is no *return day* either.
    - Once that week is over, it asks for a return day in the week of its next turn, or, in one case of two, for another
      day, which leaves those due on it the precedence. First meetings and days in their lives have a turn each week,
      all others more and more rarely. Old ties to revive have turns only, every fourth week.
    - Who asked in earlier weeks is served first, so that what comes back takes nobody's place; then first meetings,
      promises, days in their lives, old ties, and the others by worth. Of each week, days that are no return days hold
      no more than a part (`share_week`), and so do old ties.

    A day is kept until its week is over, also when it has passed: what stands on a day before `as_of`, never in a week
    before, was missed and has no other day yet. Who is not served waits until the week asked for is over, as does what
    is due after the last Sunday within the horizon.

    Args:
        proposals: at most one a person, in any order.
        settings: capacity, quiet weekdays, horizon.
        as_of: the day of the plan.

    Returns:
        What is planned, by day, and what waits, by the day it was due.
    """
    plan = Plan(settings, as_of)
    plan.put({proposal.person: proposal for proposal in proposals})
    return plan.placed()


class Plan:
    """What `plan_followups` gives, while few of many proposals change.

    Args:
        settings: capacity, quiet weekdays, horizon.
        as_of: the day of the plan.
    """

    def __init__(self, settings: PlanSettings, as_of: dt.date) -> None:
        self._week = _Week(settings)
        self._this_week = _week(as_of.toordinal())
        self._horizon = min(as_of.toordinal() + settings.horizon_days, dt.date.max.toordinal())
        # Of a week that ends beyond the horizon, not everyone is known yet who has an own day in it.
        whole_weeks = settings.horizon_days >= SHORT_HORIZON_DAYS
        self._last = self._horizon - (_weekday(self._horizon) + 1) % 7 if whole_weeks else self._horizon
        self._asking: SortedTable[NotePath, _Asking] = SortedTable(lambda asking: (asking.since, asking.rank))
        """Everyone in the order in which they are served."""
        self._placed: tuple[tuple[FollowUp, ...], tuple[FollowUp, ...]] | None = None

    def put(self, proposals: Mapping[NotePath, FollowUp | None]) -> None:
        """Hold these proposals in place of those of the same people; None for none."""
        changed: dict[NotePath, _Asking | None] = {}
        for person, proposal in proposals.items():
            known = self._asking.get(person)
            due = proposal if proposal is not None and proposal.due.toordinal() <= self._horizon else None
            if due != (known.followup if known is not None else None):
                changed[person] = self._ask(due) if due is not None else None
        if changed:
            self._asking.put(changed)
            self._placed = None

    def placed(self) -> tuple[tuple[FollowUp, ...], tuple[FollowUp, ...]]:
        """What is planned, by day, and what waits, by the day it was due."""
        if self._placed is None:
            self._placed = self._place()
        return self._placed

    def _ask(self, followup: FollowUp) -> _Asking:
        rank = _rank(followup)
        if not self._week.open_days:
            return _Asking(followup, rank)
        request = self._week.request(followup, self._this_week)
        if request.day > self._last:
            return _Asking(followup, rank, request.since)
        planned = replace(followup, planned=dt.date.fromordinal(request.day))
        limits = tuple(self._week.limits(followup, request.day).items())
        return _Asking(followup, rank, request.since, planned, limits)

    def _place(self) -> tuple[tuple[FollowUp, ...], tuple[FollowUp, ...]]:
        taken: Counter[tuple[str, int]] = Counter()
        served: list[tuple[dt.date, _Rank, FollowUp]] = []
        waiting: list[tuple[dt.date, _Rank, FollowUp]] = []
        for asking in self._asking.all():
            planned = asking.planned
            if planned and planned.planned and all(taken[share] < limit for share, limit in asking.limits):
                for share, _ in asking.limits:
                    taken[share] += 1
                served.append((planned.planned, asking.rank, planned))
            else:
                waiting.append((asking.followup.due, asking.rank, asking.followup))
        first, second = (tuple(followup for _, _, followup in sorted(some)) for some in (served, waiting))
        return first, second


def share_week(settings: PlanSettings) -> dict[str, int]:
    """How many follow-ups a week holds, by share.

    Returns:
        ``week``: all; ``revived``: old ties to revive at most; ``own``: the others, while there are old ties;
        ``due``: on days that are no return days at most, so that something of each week is left for those.
    """
    week = min(settings.per_week, settings.per_day * len(_list_open_days(settings)))
    revived = min(settings.renetwork_per_week, max(0, week - 1))
    return {"week": week, "revived": revived, "own": week - revived, "due": max(1, week - max(1, revived))}


class _Asking(Struct, frozen=True):
    """Somebody who asks for a day.

    Attributes:
        followup: what they ask for.
        rank: who comes first among those who ask at the same time.
        since: the week since which they ask.
        planned: the follow-up on the day asked for; None while there is no such day in the plan.
        limits: the shares of which it would take one place, and how many each holds.
    """

    followup: FollowUp
    rank: _Rank
    since: int = 0
    planned: FollowUp | None = None
    limits: tuple[tuple[tuple[str, int], int], ...] = ()


class _Request(Struct, frozen=True):
    """The day asked for, as ordinal, and the week since which it has been asked for: 0 for an own day."""

    day: int
    since: int


class _Week:
    """What each week of the plan is like: its weekdays by what they are for, and how much they hold.

    Weekdays count from Monday, 0. The limits nest: a share of a day, the day, a share of the week, the week. For such
    limits, who comes first in a fixed order gets a place whatever others ask for later, and one request more or less
    changes one place at most.
    """

    def __init__(self, settings: PlanSettings) -> None:
        self._per_day = settings.per_day
        self._shares = share_week(settings)
        self.open_days = _list_open_days(settings)
        count = (2 * len(self.open_days) + 6) // 7 if len(self.open_days) > 1 else 0
        self._return_days = [self.open_days[(2 * at + 1) * len(self.open_days) // (2 * count)] for at in range(count)]
        self._other_days = [day for day in self.open_days if day not in self._return_days]
        revival_days = -(-self._shares["revived"] // self._per_day)
        self._revival_days = (self._return_days or self.open_days)[: max(1, revival_days)]

    def request(self, followup: FollowUp, this_week: int) -> _Request:
        """What a follow-up asks for in that week; it depends on nobody else."""
        due = followup.due.toordinal()
        if followup.kind == "renetwork":
            day = _first_of(due, self._revival_days)
            week, since = _find_turn(followup, _week(day), this_week)
            return _Request(day + (week - _week(day)) * 7, since)
        day = _first_of(due, self._other_days if followup.kind == "rhythm" else self.open_days)
        week, since = _find_turn(followup, _week(day), this_week)
        return _Request(day if not since else week * 7 + 1 + self._choose_weekday(followup, week), since)

    def limits(self, followup: FollowUp, day: int) -> dict[tuple[str, int], int]:
        """The shares of which the follow-up would take one place on that day, and how many each holds."""
        limits = {("day", day): self._per_day, ("week", _week(day)): self._shares["week"]}
        if followup.kind == "renetwork":
            before = self._revival_days.index(_weekday(day)) * self._per_day
            limits["revived", day] = self._shares["revived"] - before
        elif _weekday(day) not in self._return_days:
            limits["due", _week(day)] = self._shares["due" if self._return_days else "own"]
        return limits

    def _choose_weekday(self, followup: FollowUp, week: int) -> int:
        """The weekday of a turn: another in each week, and for each person, so that those due together part."""
        scattered = hashlib.sha256(f"{followup.person}\0{week}".encode(errors="surrogatepass")).digest()
        days = self._return_days if scattered[0] % 2 and self._return_days else self._other_days
        return days[scattered[1] % len(days)]


def _list_open_days(settings: PlanSettings) -> list[int]:
    return [day for day, name in enumerate(WEEKDAYS) if name not in settings.quiet_days]


def _first_of(day: int, weekdays: Sequence[int]) -> int:
    """The first day from `day` on that is one of these weekdays."""
    return next(later for later in range(day, day + 7) if _weekday(later) in weekdays)


def _find_turn(followup: FollowUp, own_week: int, this_week: int) -> tuple[int, int]:
    """The first week from this one on in which the follow-up has a turn, and the week since which it asks for it.

    It asks from the week on that follows its last turn; for its own week, 0, from the beginning.
    """
    weeks = this_week - own_week
    if weeks <= 0:
        return own_week, 0
    if followup.kind in PASSING:
        return this_week, this_week
    turns = TURN_WEEKS if followup.kind != "renetwork" else TURN_WEEKS[:1]
    for passed, turn in pairwise(turns):
        if weeks <= turn:
            return own_week + turn, own_week + passed + 1
    rounds = -((turns[-1] - weeks) // LONGEST_WAIT_WEEKS)
    turn = own_week + turns[-1] + rounds * LONGEST_WAIT_WEEKS
    return turn, turn - LONGEST_WAIT_WEEKS + 1


def _rank(followup: FollowUp) -> _Rank:
    rank = KIND_RANK.get(followup.kind, len(KIND_RANK))
    return rank, -followup.worth, followup.due, followup.person, followup.cycle


def _week(day: int) -> int:
    """The number of the ISO week of a day given as ordinal; 1 January of year 1, ordinal 1, was a Monday."""
    return (day - 1) // 7


def _weekday(day: int) -> int:
    return (day - 1) % 7
