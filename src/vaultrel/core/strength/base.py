"""What a strength model is: a measure of contact between the owner and one person, with its own explanation."""

from __future__ import annotations

import math
from bisect import bisect_right
from operator import attrgetter
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from vaultrel.model import ContactDay, StrengthTerm

MemoryT = TypeVar("MemoryT")


class StrengthModel(Protocol[MemoryT]):
    """One way of turning days of contact into a number; each module of this package in `MODELS` is one.

    What a model knows of a person is a memory: a frozen value of a type of its own, made from the days of contact one
    after the other. A day takes one step, however many came before, and days taken in together or one by one give
    equal memories. No question about a memory is asked for a day before the last it holds.

    One more day of contact, wherever it falls, never lowers the score; a day of silence never raises it.
    """

    name: str
    """The value of the setting ``strength_model``."""

    def remember(self, days: Sequence[ContactDay], known: MemoryT = ...) -> MemoryT:
        """What is `known`, and then `days`: in order, and none earlier than the last in `known`."""

    def score(self, memory: MemoryT, as_of: dt.date) -> float:
        """The strength on `as_of`, 0–100; 0 without contact."""

    def probability(self, memory: MemoryT, as_of: dt.date, horizon_days: int) -> float:
        """The chance, 0–1, of contact in the `horizon_days` (1 or more) from `as_of`; 0 without any contact so far."""

    def peak(self, memory: MemoryT) -> tuple[float, dt.date | None]:
        """The highest score there ever was, and the last day that had it; (0.0, None) without contact.

        Silence only lowers a score, so it is the score of some day of contact.
        """

    def explain(self, memory: MemoryT, as_of: dt.date) -> tuple[StrengthTerm, ...]:
        """What the score is made of, in points that sum exactly to `shown_strength` of it; empty without contact."""


def shown_strength(score: float) -> int:
    """The integer that is written and shown for a score: half a point counts up."""
    return math.floor(score + 0.5)


def past_days(days: Sequence[ContactDay], as_of: dt.date) -> Sequence[ContactDay]:
    """The days that count on `as_of`, first day first."""
    ordered = sorted(days, key=attrgetter("day"))
    return ordered[: bisect_right(ordered, as_of, key=attrgetter("day"))]


def share_points(parts: Sequence[float], total: int) -> tuple[int, ...]:
    """Whole points close to `parts` that sum to `total`, by the largest remainder (the first of equals).

    `total` is the sum of `parts` rounded either way.
    """
    points = [math.floor(part) for part in parts]
    by_remainder = sorted(range(len(parts)), key=lambda at: points[at] - parts[at])
    for at in by_remainder[: total - sum(points)]:
        points[at] += 1
    return tuple(points)
