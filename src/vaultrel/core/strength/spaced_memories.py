"""Spaced memories: the two memories, with days of contact in a row counted as partly one occasion.

With the age of each contact day in days, the gap to it from each day before, and w = (others present) ** -0.25::

    c = w / (1 + R)        R = Σ c·2^(-gap/3) over the days of contact before it
    F = Σ c·2^(-age/30)    L = Σ c·2^(-age/365)    S = 0.8 F + 0.2 L    (S1: the same with every w = 1)
    score = 100 · S / (S + 2)
    P(contact within W days) = 1 / (1 + (1.7 (90/W)^0.55 / (S1 + 0.1))^1.5)

A day right after another counts 56 %, one a week after it 83 %. Logs in which people talk in bursts (messages, calls, a
diary) are foretold better for it; for letters nobody has measured it, so it is not the default. One more day of
contact still never lowers the score: with each day R gains what F and L gain and then fades faster, so that what the
day takes from later ones is less than what is left of it.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from vaultrel.core.strength import two_memories
from vaultrel.core.strength.base import share_points, shown_strength
from vaultrel.core.strength.two_memories import LONG_SHARE, SHORT_SHARE, Level, fade, score_total, weigh
from vaultrel.model import StrengthTerm

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from vaultrel.model import ContactDay

name = "spaced-memories"

CLOSE_HALF_LIFE_DAYS = 3.0
"""Of the memory that makes days in a row count for less; no longer than the short one, or contact could lower S."""


class Trace(NamedTuple):
    """What is left of all contact on its last day: the two memories, and R with that day in it."""

    short: float = 0.0
    long: float = 0.0
    close: float = 0.0

    def add(self, gap_days: int, weight: float) -> Trace:
        """The trace once another day, so many days later, has left its own."""
        fade_short, fade_long = fade(gap_days)
        close = self.close * math.exp2(-gap_days / CLOSE_HALF_LIFE_DAYS)
        credit = weight / (1 + close)
        short = self.short * fade_short + SHORT_SHARE * credit
        return Trace(short, self.long * fade_long + LONG_SHARE * credit, close + credit)

    def level_after(self, days: int) -> Level:
        """What is left after so many days of silence."""
        fade_short, fade_long = fade(days)
        return Level(self.short * fade_short, self.long * fade_long)


class Memory(NamedTuple):
    """All that is held of the contact with a person, as it is on the last day of contact.

    Attributes:
        apart: the same contact in two memories, where no day is close to another.
        met: what it left; `alone` as if nobody else had been there on any day.
        peak_total: the highest total there ever was; `peak_day` is the last day that had it.
    """

    apart: two_memories.Memory = two_memories.Memory()
    met: Trace = Trace()
    alone: Trace = Trace()
    peak_total: float = 0.0
    peak_day: dt.date | None = None

    def silence_until(self, as_of: dt.date) -> int:
        """Days from the last day of contact to `as_of`."""
        return (as_of - (self.apart.last or as_of)).days


_NOTHING = Memory()


def remember(days: Sequence[ContactDay], known: Memory = _NOTHING) -> Memory:
    """The memory once `days` have come after all that is `known`."""
    _, met, alone, peak_total, peak_day = known
    last = known.apart.last
    for contact in days:
        gap = (contact.day - last).days if last else 0
        last = contact.day
        met, alone = met.add(gap, weigh(contact.present)), alone.add(gap, 1.0)
        total = met.short + met.long
        if total >= peak_total:
            peak_total, peak_day = total, contact.day
    return Memory(two_memories.remember(days, known.apart), met, alone, peak_total, peak_day)


def score(memory: Memory, as_of: dt.date) -> float:
    """The strength on `as_of`, 0–100."""
    return memory.met.level_after(memory.silence_until(as_of)).score


def probability(memory: Memory, as_of: dt.date, horizon_days: int) -> float:
    """The chance of contact within `horizon_days`; fitted for 30–365 days. Company does not change it."""
    if not memory.apart.days:
        return 0.0
    total = memory.alone.level_after(memory.silence_until(as_of)).total
    return 1 / (1 + math.pow(1.7 * math.pow(90 / horizon_days, 0.55) / (total + 0.1), 1.5))


def peak(memory: Memory) -> tuple[float, dt.date | None]:
    """The highest score there ever was, and the last day that had it."""
    return score_total(memory.peak_total), memory.peak_day


def explain(memory: Memory, as_of: dt.date) -> tuple[StrengthTerm, ...]:
    """The terms of two memories, and before the groups what days in a row take away."""
    told = two_memories.explain(memory.apart, as_of)
    if not told:
        return ()
    silence = memory.silence_until(as_of)
    apart = memory.apart.alone_on(as_of)
    alone, met = memory.alone.level_after(silence), memory.met.level_after(silence)
    parts = [
        apart.score * apart.short / apart.total,
        apart.score * apart.long / apart.total,
        alone.score - apart.score,
        met.score - alone.score,
    ]
    points = share_points(parts, shown_strength(met.score))
    close = StrengthTerm("Days close together", "a day right after another counts about half", points[2])
    shares = (points[0], points[1], points[3])
    recent, lasting, *grouped = (
        StrengthTerm(term.label, term.detail, share) for term, share in zip(told, shares, strict=False)
    )
    return (recent, lasting, *([close] if close.points else []), *grouped)
