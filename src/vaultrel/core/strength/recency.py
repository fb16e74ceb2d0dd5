"""Last contact only, as most personal CRMs have it: half the strength is gone after 90 days of silence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vaultrel.core.strength.base import past_days, shown_strength
from vaultrel.model import StrengthTerm

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from vaultrel.model import ContactDay

name = "recency"

HALF_STRENGTH_DAYS = 90


def score(days: Sequence[ContactDay], as_of: dt.date) -> float:
    """100 on the day of contact, 50 after 90 days of silence, 25 after 270."""
    past = past_days(days, as_of)
    return 100 * HALF_STRENGTH_DAYS / (HALF_STRENGTH_DAYS + (as_of - past[-1].day).days) if past else 0.0


def probability(days: Sequence[ContactDay], as_of: dt.date, horizon_days: int) -> float:
    """W / (W + silence + 1): as likely as not, the silence goes on for as long again as it has lasted."""
    past = past_days(days, as_of)
    return horizon_days / (horizon_days + (as_of - past[-1].day).days + 1) if past else 0.0


def explain(days: Sequence[ContactDay], as_of: dt.date) -> tuple[StrengthTerm, ...]:
    """One term: when the last contact was."""
    past = past_days(days, as_of)
    if not past:
        return ()
    return (StrengthTerm("Last contact", f"on {past[-1].day.isoformat()}", shown_strength(score(past, as_of))),)
