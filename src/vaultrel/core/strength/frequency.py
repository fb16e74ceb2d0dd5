"""Number of contact days only: ten days of contact, whenever they were, give 50. Silence does not lower it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from vaultrel.core.strength.base import shown_strength
from vaultrel.model import StrengthTerm

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from vaultrel.model import ContactDay

name = "frequency"

HALF_STRENGTH_COUNT = 10
PRIOR_DAYS = 90
"""Days of silence that every tie is taken to begin with, so that one contact is not a daily habit."""


class Count(Struct, frozen=True):
    """How many days of contact there were, the first and the last of them; no days when there were none."""

    days: int = 0
    first: dt.date | None = None
    last: dt.date | None = None


_NOTHING = Count()


def remember(days: Sequence[ContactDay], known: Count = _NOTHING) -> Count:
    """The count with `days` counted as well."""
    if not days:
        return known
    return Count(known.days + len(days), known.first or days[0].day, days[-1].day)


def score(count: Count, as_of: dt.date) -> float:  # noqa: ARG001 - silence does not count
    """100 n / (n + 10) for n days of contact."""
    return 100 * count.days / (count.days + HALF_STRENGTH_COUNT)


def probability(count: Count, as_of: dt.date, horizon_days: int) -> float:
    """The chance that a steady habit, of which n contacts in T days are known, shows again: 1 − (T / (T + W))^n."""
    if count.first is None:
        return 0.0
    known_days = (as_of - count.first).days + PRIOR_DAYS
    return 1 - (known_days / (known_days + horizon_days)) ** count.days


def peak(count: Count) -> tuple[float, dt.date | None]:
    """The score of all days of contact, reached on the last."""
    return 100 * count.days / (count.days + HALF_STRENGTH_COUNT), count.last


def explain(count: Count, as_of: dt.date) -> tuple[StrengthTerm, ...]:
    """One term: how many days of contact there were."""
    if count.first is None:
        return ()
    detail = f"{count.days} since {count.first.isoformat()}"
    return (StrengthTerm("Days of contact", detail, shown_strength(score(count, as_of))),)
