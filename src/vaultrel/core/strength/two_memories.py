"""Two memories, the default: contact fades twice, in a month and in a year.

With the age of each contact day in days and w = (others present) ** -0.25::

    F = Σ w·2^(-age/30)    L = Σ w·2^(-age/365)    S = 0.8 F + 0.2 L    (S1: the same with every w = 1)
    score = 100 · S / (S + 2)
    P(contact within W days) = 1 / (1 + (2 (90/W)^0.55 / (S1 + 0.1))^1.5)

The form was chosen on public logs of letters, calls, messages and a diary, and judged on logs kept apart. It says
how likely contact is; how much a person means to you is not in any log. 50 is about even odds of contact within a
quarter. Half-way between two of their meetings, two people who see each other alone every week stand at 91, every
month at 70, every quarter at 42, once a year at 13.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vaultrel.core.strength.base import past_days, share_points, shown_strength
from vaultrel.model import StrengthTerm

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from vaultrel.model import ContactDay

name = "two-memories"

SHORT_HALF_LIFE_DAYS = 30.0
LONG_HALF_LIFE_DAYS = 365.0
SHORT_SHARE = 0.8
LONG_SHARE = 0.2
HALF_STRENGTH = 2.0
"""The memory, in contacts of today, that gives a score of 50."""
GROUP_EXPONENT = -0.25


@dataclass(frozen=True, slots=True)
class Memory:
    """What is left of all contact, counted in contacts of today: in the short memory (F) and the long one (L)."""

    short: float
    long: float

    @property
    def total(self) -> float:
        """Both memories in one, S."""
        return SHORT_SHARE * self.short + LONG_SHARE * self.long

    @property
    def score(self) -> float:
        """The total on the scale 0–100."""
        return 100 * self.total / (self.total + HALF_STRENGTH)


def remember(days: Sequence[ContactDay], as_of: dt.date, *, alone: bool = False) -> Memory:
    """The memories on `as_of`.

    Args:
        days: days of contact in any order; those after `as_of` do not count.
        as_of: the day to look back from.
        alone: count every day as if nobody else had been there (S1).
    """
    weighted = [(1.0 if alone else _weigh(day), float((as_of - day.day).days)) for day in past_days(days, as_of)]
    return Memory(
        short=math.fsum(weight * math.exp2(-age / SHORT_HALF_LIFE_DAYS) for weight, age in weighted),
        long=math.fsum(weight * math.exp2(-age / LONG_HALF_LIFE_DAYS) for weight, age in weighted),
    )


def score(days: Sequence[ContactDay], as_of: dt.date) -> float:
    """The strength on `as_of`, 0–100."""
    return remember(days, as_of).score


def probability(days: Sequence[ContactDay], as_of: dt.date, horizon_days: int) -> float:
    """The chance of contact within `horizon_days`; fitted for 30–365 days. Company does not change it."""
    if not past_days(days, as_of):
        return 0.0
    level = remember(days, as_of, alone=True).total
    return 1 / (1 + math.pow(2 * math.pow(90 / horizon_days, 0.55) / (level + 0.1), 1.5))


def explain(days: Sequence[ContactDay], as_of: dt.date) -> tuple[StrengthTerm, ...]:
    """Recent and long-standing contact as if always met alone, less what meeting in groups takes away."""
    past = past_days(days, as_of)
    alone, weighted = remember(past, as_of, alone=True), remember(past, as_of)
    if not alone.total:
        return ()
    parts = [
        alone.score * SHORT_SHARE * alone.short / alone.total,
        alone.score * LONG_SHARE * alone.long / alone.total,
        weighted.score - alone.score,
    ]
    grouped = sum(day.present > 1 for day in past)
    texts = [
        ("Recent contact", f"the last on {past[-1].day.isoformat()}; halves in {SHORT_HALF_LIFE_DAYS:.0f} days"),
        ("Long-standing contact", f"{_days(len(past))} since {past[0].day.isoformat()}; halves in a year"),
        ("Met in groups", f"{grouped} of {_days(len(past))} in company of others"),
    ]
    if not grouped:
        texts, parts = texts[:2], parts[:2]
    points = share_points(parts, shown_strength(weighted.score))
    return tuple(StrengthTerm(label, detail, share) for (label, detail), share in zip(texts, points, strict=True))


def highest_score(days: Sequence[ContactDay], as_of: dt.date) -> float:
    """The highest score there ever was up to `as_of`: of some day of contact, since silence only lowers it.

    Takes one step a day of contact, so that it can be asked of long histories.
    """
    highest = short = long = 0.0
    before: dt.date | None = None
    for day in past_days(days, as_of):
        gap = (day.day - before).days if before else 0
        short = short * math.exp2(-gap / SHORT_HALF_LIFE_DAYS) + _weigh(day)
        long = long * math.exp2(-gap / LONG_HALF_LIFE_DAYS) + _weigh(day)
        highest = max(highest, Memory(short, long).score)
        before = day.day
    return highest


def _weigh(day: ContactDay) -> float:
    return math.pow(day.present, GROUP_EXPONENT)


def _days(count: int) -> str:
    return "1 day" if count == 1 else f"{count} days"
