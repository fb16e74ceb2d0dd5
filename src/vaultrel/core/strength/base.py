"""What a strength model is: a measure of contact between the owner and one person, with its own explanation."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from vaultrel.model import ContactDay, StrengthTerm


class StrengthModel(Protocol):
    """One way of turning days of contact into a number; each module of this package in `MODELS` is one.

    A model is a pure function of the days up to and including `as_of`: their order does not matter, later days
    do not count. One more day of contact never lowers its score, a day of silence never raises it.
    """

    name: str
    """The value of the setting ``strength_model``."""

    def score(self, days: Sequence[ContactDay], as_of: dt.date) -> float:
        """The strength on `as_of`, 0–100; 0 without contact."""

    def probability(self, days: Sequence[ContactDay], as_of: dt.date, horizon_days: int) -> float:
        """The chance, 0–1, of contact in the `horizon_days` (1 or more) from `as_of`; 0 without any contact so far."""

    def explain(self, days: Sequence[ContactDay], as_of: dt.date) -> tuple[StrengthTerm, ...]:
        """What the score is made of, in points that sum exactly to `shown_strength` of it; empty without contact."""


def shown_strength(score: float) -> int:
    """The integer that is written and shown for a score: half a point counts up."""
    return math.floor(score + 0.5)


def past_days(days: Sequence[ContactDay], as_of: dt.date) -> list[ContactDay]:
    """The days that count on `as_of`, first day first."""
    return sorted((day for day in days if day.day <= as_of), key=lambda day: day.day)


def share_points(parts: Sequence[float], total: int) -> tuple[int, ...]:
    """Whole points close to `parts` that sum to `total`, by the largest remainder (the first of equals).

    `total` is the sum of `parts` rounded either way.
    """
    points = [math.floor(part) for part in parts]
    by_remainder = sorted(range(len(parts)), key=lambda at: points[at] - parts[at])
    for at in by_remainder[: total - sum(points)]:
        points[at] += 1
    return tuple(points)
