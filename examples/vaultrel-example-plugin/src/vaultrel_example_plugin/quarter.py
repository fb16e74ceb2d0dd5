"""Strength as the number of days of contact in the last 90: ten or more are 100."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from vaultrel.core.strength import shown_strength
from vaultrel.model import StrengthTerm

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vaultrel.model import ContactDay

name = "quarter"

WINDOW = dt.timedelta(days=90)
FULL_DAYS = 10

Memory = tuple[dt.date, ...]


def remember(days: Sequence[ContactDay], known: Memory = ()) -> Memory:
    """Every day of contact, in order."""
    return (*known, *(each.day for each in days))


def score(memory: Memory, as_of: dt.date) -> float:
    """Ten points for each day of contact in the 90 up to `as_of`, 100 at most."""
    return min(100.0, 100.0 * len(_recent(memory, as_of)) / FULL_DAYS)


def probability(memory: Memory, as_of: dt.date, horizon_days: int) -> float:
    """The share of stretches as long as the horizon that one of those days falls in, were they spread evenly."""
    return min(1.0, horizon_days * len(_recent(memory, as_of)) / WINDOW.days)


def peak(memory: Memory) -> tuple[float, dt.date | None]:
    """The highest score, and the last day that had it."""
    scores = [(score(memory[: at + 1], day), day) for at, day in enumerate(memory)]
    return max(scores, default=(0.0, None))


def explain(memory: Memory, as_of: dt.date) -> tuple[StrengthTerm, ...]:
    """One term: how many days there were."""
    if not memory:
        return ()
    count = len(_recent(memory, as_of))
    return (StrengthTerm("Days of contact", f"{count} in the last 90", shown_strength(score(memory, as_of))),)


def _recent(memory: Memory, as_of: dt.date) -> list[dt.date]:
    # Not `as_of - WINDOW`: early in the calendar there is no such day.
    return [day for day in memory if dt.timedelta(0) <= as_of - day < WINDOW]
