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
from typing import TYPE_CHECKING, NamedTuple

from vaultrel.core.strength.base import share_points, shown_strength
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


def fade(days: int) -> tuple[float, float]:
    """What is left after `days` of a contact in the short memory and in the long one."""
    return math.exp2(-days / SHORT_HALF_LIFE_DAYS), math.exp2(-days / LONG_HALF_LIFE_DAYS)


def weigh(present: int) -> float:
    """What a day with so many people present, the owner apart, counts for, against 1 for a day with one."""
    return math.pow(max(present, 1), GROUP_EXPONENT)


def _share(present: int) -> tuple[float, float]:
    """What such a day adds to the short memory and to the long one."""
    weight = weigh(present)
    return SHORT_SHARE * weight, LONG_SHARE * weight


# What the two functions give for most days of contact: a vault holds millions of them.
_FADED_DAYS, _SHARED_PRESENT = 1024, 64
_FADED = tuple(fade(days) for days in range(_FADED_DAYS))
_SHARED = tuple(_share(present) for present in range(_SHARED_PRESENT))


class Level(NamedTuple):
    """What is left of all contact on a day, in contacts of that day: 0.8 F of the short memory, 0.2 L of the long."""

    short: float
    long: float

    @property
    def total(self) -> float:
        """Both memories in one, S."""
        return self.short + self.long

    @property
    def score(self) -> float:
        """The total on the scale 0–100."""
        return score_total(self.total)


class Memory(NamedTuple):
    """All that two memories hold of the contact with a person, as it is on the last day of contact.

    Attributes:
        days: how many days of contact; `grouped` of them were in company of others.
        first, last: the first and the last of these days; None without any.
        short, long: the level on the last day.
        alone_short, alone_long: the same as if nobody else had been there on any day.
        peak_total: the highest total there ever was; `peak_day` is the last day that had it.
    """

    days: int = 0
    grouped: int = 0
    first: dt.date | None = None
    last: dt.date | None = None
    short: float = 0.0
    long: float = 0.0
    alone_short: float = 0.0
    alone_long: float = 0.0
    peak_total: float = 0.0
    peak_day: dt.date | None = None

    def level_on(self, as_of: dt.date) -> Level:
        """What is left on `as_of`."""
        short, long = fade((as_of - (self.last or as_of)).days)
        return Level(self.short * short, self.long * long)

    def alone_on(self, as_of: dt.date) -> Level:
        """What would be left on `as_of` had nobody else been there."""
        short, long = fade((as_of - (self.last or as_of)).days)
        return Level(self.alone_short * short, self.alone_long * long)


_NOTHING = Memory()


def remember(days: Sequence[ContactDay], known: Memory = _NOTHING) -> Memory:
    """The memory once `days` have come after all that is `known`."""
    if not days:
        return known
    last, grouped = (known.last or days[0].day).toordinal(), known.grouped
    short, long, alone_short, alone_long = known.short, known.long, known.alone_short, known.alone_long
    peak_total, peak_day = known.peak_total, known.peak_day
    # One flat loop over plain numbers, without a call: from scratch, these steps are what strength costs.
    for contact in days:
        day = contact.day.toordinal()
        gap = day - last
        last = day
        fade_short, fade_long = _FADED[gap] if gap < _FADED_DAYS else fade(gap)
        if (present := contact.present) > 1:
            grouped += 1
            add_short, add_long = _SHARED[present] if present < _SHARED_PRESENT else _share(present)
            short = short * fade_short + add_short
            long = long * fade_long + add_long
        else:
            short = short * fade_short + SHORT_SHARE
            long = long * fade_long + LONG_SHARE
        alone_short = alone_short * fade_short + SHORT_SHARE
        alone_long = alone_long * fade_long + LONG_SHARE
        total = short + long
        if total >= peak_total:
            peak_total, peak_day = total, contact.day
    return Memory(
        days=known.days + len(days),
        grouped=grouped,
        first=known.first or days[0].day,
        last=days[-1].day,
        short=short,
        long=long,
        alone_short=alone_short,
        alone_long=alone_long,
        peak_total=peak_total,
        peak_day=peak_day,
    )


def score(memory: Memory, as_of: dt.date) -> float:
    """The strength on `as_of`, 0–100."""
    return memory.level_on(as_of).score


def probability(memory: Memory, as_of: dt.date, horizon_days: int) -> float:
    """The chance of contact within `horizon_days`; fitted for 30–365 days. Company does not change it."""
    if not memory.days:
        return 0.0
    total = memory.alone_on(as_of).total
    return 1 / (1 + math.pow(2 * math.pow(90 / horizon_days, 0.55) / (total + 0.1), 1.5))


def peak(memory: Memory) -> tuple[float, dt.date | None]:
    """The highest score there ever was, and the last day that had it."""
    return score_total(memory.peak_total), memory.peak_day


def explain(memory: Memory, as_of: dt.date) -> tuple[StrengthTerm, ...]:
    """Recent and long-standing contact as if always met alone, less what meeting in groups takes away."""
    alone, level = memory.alone_on(as_of), memory.level_on(as_of)
    if memory.first is None or memory.last is None or not alone.total:
        return ()
    parts = [
        alone.score * alone.short / alone.total,
        alone.score * alone.long / alone.total,
        level.score - alone.score,
    ]
    count = _days(memory.days)
    texts = [
        ("Recent contact", f"the last on {memory.last.isoformat()}; halves in {SHORT_HALF_LIFE_DAYS:.0f} days"),
        ("Long-standing contact", f"{count} since {memory.first.isoformat()}; halves in a year"),
        ("Met in groups", f"{memory.grouped} of {count} in company of others"),
    ]
    if not memory.grouped:
        texts, parts = texts[:2], parts[:2]
    points = share_points(parts, shown_strength(level.score))
    return tuple(StrengthTerm(label, detail, share) for (label, detail), share in zip(texts, points, strict=True))


def score_total(total: float) -> float:
    """A total in contacts of today, S, on the scale 0–100: 100 · S / (S + 2)."""
    # Written so that a larger S never gives a smaller score by rounding.
    return 100 - 100 * HALF_STRENGTH / (total + HALF_STRENGTH)


def _days(count: int) -> str:
    return "1 day" if count == 1 else f"{count} days"
