"""Number of contact days only: ten days of contact, whenever they were, give 50. Silence does not lower it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vaultrel.core.strength.base import past_days, shown_strength
from vaultrel.model import StrengthTerm

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from vaultrel.model import ContactDay

name = "frequency"

HALF_STRENGTH_COUNT = 10
PRIOR_DAYS = 90
"""Days of silence that every tie is taken to begin with, so that one contact is not a daily habit."""


def score(days: Sequence[ContactDay], as_of: dt.date) -> float:
    """100 n / (n + 10) for n days of contact."""
    count = len(past_days(days, as_of))
    return 100 * count / (count + HALF_STRENGTH_COUNT)


def probability(days: Sequence[ContactDay], as_of: dt.date, horizon_days: int) -> float:
    """The chance that a steady habit, of which n contacts in T days are known, shows again: 1 − (T / (T + W))^n."""
    past = past_days(days, as_of)
    if not past:
        return 0.0
    known_days = (as_of - past[0].day).days + PRIOR_DAYS
    return 1 - (known_days / (known_days + horizon_days)) ** len(past)


def explain(days: Sequence[ContactDay], as_of: dt.date) -> tuple[StrengthTerm, ...]:
    """One term: how many days of contact there were."""
    past = past_days(days, as_of)
    if not past:
        return ()
    return (
        StrengthTerm(
            "Days of contact", f"{len(past)} since {past[0].day.isoformat()}", shown_strength(score(past, as_of))
        ),
    )
