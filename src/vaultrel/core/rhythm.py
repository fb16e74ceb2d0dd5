"""How often the owner and a person are in touch: days of contact, the usual gap, and when silence becomes unusual."""

from __future__ import annotations

import datetime as dt
import math
from bisect import bisect_right
from collections import defaultdict
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, TypeVar

from vaultrel.model import ContactDay

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from vaultrel.model import Interaction

_Word = TypeVar("_Word", bound=str)

RHYTHM_GAPS = 12
"""The rhythm is learned from the latest gaps only: habits change."""

PRIOR_GAP_DAYS = 30
PRIOR_TIES = 5
"""A vault that knows little is taken to hold five ties with gaps of 30 days."""

_FIXED_POINT = 2**32
_LAST_MONTH = dt.MAXYEAR * 12 + 11


def collapse_days(interactions: Iterable[Interaction]) -> tuple[ContactDay, ...]:
    """The distinct days of contact, first day first; a day counts in the smallest company it was spent in."""
    by_day: defaultdict[dt.date, list[Interaction]] = defaultdict(list)
    for interaction in interactions:
        by_day[interaction.day].append(interaction)
    return tuple(_collapse_day(day, by_day[day]) for day in sorted(by_day))


def _collapse_day(day: dt.date, told: list[Interaction]) -> ContactDay:
    if len(told) == 1:
        return ContactDay(day, told[0].present, _only(told[0].direction), _only(told[0].kind))
    return ContactDay(
        day=day,
        present=min(interaction.present for interaction in told),
        directions=frozenset(interaction.direction for interaction in told),
        kinds=frozenset(interaction.kind for interaction in told),
    )


@lru_cache(maxsize=64)
def _only(word: _Word) -> frozenset[_Word]:
    """The set of one direction or kind: a few serve nearly every day of contact there is."""
    return frozenset((word,))


def usual_gap_days(days: Sequence[ContactDay]) -> int | None:
    """The rhythm: the median of the last 12 gaps in days, half a day up; None with fewer than 3 days of contact.

    `days` are distinct and in order, as `collapse_days` gives them; so in the functions below.
    """
    if len(days) < 3:
        return None
    gaps = sorted((later.day - earlier.day).days for earlier, later in pairwise(days[-RHYTHM_GAPS - 1 :]))
    middle = len(gaps) // 2
    return gaps[middle] if len(gaps) % 2 else (gaps[middle - 1] + gaps[middle] + 1) // 2


def due_gap_days(days: Sequence[ContactDay], typical_gap: float) -> float | None:
    """The silence in days after which contact is due: four in five gaps are shorter. None with fewer than 2 days.

    Contact at random times, at a rate not known beforehand (a Lomax distribution), with `typical_gap`, the usual gap
    of the owner's ties, as one gap already seen: (typical gap + last − first)(5^(1/n) − 1) with n days of contact.
    """
    if len(days) < 2:
        return None
    return (typical_gap + (days[-1].day - days[0].day).days) * (5 ** (1 / len(days)) - 1)


class TypicalGap:
    """The owner's typical gap: the geometric mean over ties of each tie's geometric mean gap.

    It is asked for a month and rests on contact before that month, so that contact today moves nobody's due day
    but that person's own. Sums are whole numbers: the answers do not depend on the order of updates.
    """

    def __init__(self) -> None:
        self._steps: dict[str, tuple[tuple[int, int], ...]] = {}
        self._changes: dict[int, tuple[int, int]] = {}
        """Month to the change of (sum of the ties' mean ln gaps, number of ties) that takes effect in it."""
        self._months: list[int] = []
        self._sums: list[tuple[int, int]] = []
        self._summed = True

    def set_tie(self, key: str, days: Sequence[ContactDay]) -> dt.date | None:
        """Take the tie's days of contact, in order, for all that was known of it.

        Returns:
            The first day from which `before` may answer differently, None when no answer has changed.
        """
        old, new = self._steps.get(key, ()), _mean_gap_steps(days)
        if old == new:
            return None
        self._add(old, -1)
        self._add(new, 1)
        if new:
            self._steps[key] = new
        else:
            del self._steps[key]
        self._summed = False
        return _first_day(min(month for month, _ in set(old) ^ set(new)))

    def before(self, day: dt.date) -> float:
        """The typical gap in days, from contact before the first day of `day`'s month; 30 while nothing is known."""
        if not self._summed:
            self._sum_up()
        at = bisect_right(self._months, _month(day))
        total, ties = self._sums[at - 1] if at else (0, 0)
        return math.exp((total / _FIXED_POINT + PRIOR_TIES * math.log(PRIOR_GAP_DAYS)) / (ties + PRIOR_TIES))

    def _add(self, steps: tuple[tuple[int, int], ...], sign: int) -> None:
        before = 0
        for at, (month, mean) in enumerate(steps):
            total, ties = self._changes.get(month, (0, 0))
            changed = (total + sign * (mean - before), ties + (0 if at else sign))
            before = mean
            if changed == (0, 0):
                self._changes.pop(month, None)
            else:
                self._changes[month] = changed

    def _sum_up(self) -> None:
        self._months = sorted(self._changes)
        self._sums = []
        total = ties = 0
        for month in self._months:
            total += self._changes[month][0]
            ties += self._changes[month][1]
            self._sums.append((total, ties))
        self._summed = True


def _mean_gap_steps(days: Sequence[ContactDay]) -> tuple[tuple[int, int], ...]:
    """The months in which the tie's mean ln gap takes a new value, with that value in fixed point."""
    steps: dict[int, int] = {}
    total = 0
    for count, (earlier, later) in enumerate(pairwise(days), start=1):
        total += _fixed_log((later.day - earlier.day).days)
        if (month := _month(later.day) + 1) <= _LAST_MONTH:
            steps[month] = total // count
    return tuple(steps.items())


@lru_cache(maxsize=4096)
def _fixed_log(gap_days: int) -> int:
    return round(math.log(gap_days) * _FIXED_POINT)


def _month(day: dt.date) -> int:
    return day.year * 12 + day.month - 1


def _first_day(month: int) -> dt.date:
    return dt.date(month // 12, month % 12 + 1, 1)
