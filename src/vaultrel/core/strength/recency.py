"""Last contact only, as most personal CRMs have it: half the strength is gone after 90 days of silence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vaultrel.core.strength.base import shown_strength
from vaultrel.model import StrengthTerm

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from vaultrel.model import ContactDay

name = "recency"

HALF_STRENGTH_DAYS = 90


def remember(days: Sequence[ContactDay], known: dt.date | None = None) -> dt.date | None:
    """The last day of contact."""
    return days[-1].day if days else known


def score(last: dt.date | None, as_of: dt.date) -> float:
    """100 on the day of contact, 50 after 90 days of silence, 25 after 270."""
    return 100 * HALF_STRENGTH_DAYS / (HALF_STRENGTH_DAYS + (as_of - last).days) if last else 0.0


def probability(last: dt.date | None, as_of: dt.date, horizon_days: int) -> float:
    """W / (W + silence + 1): as likely as not, the silence goes on for as long again as it has lasted."""
    return horizon_days / (horizon_days + (as_of - last).days + 1) if last else 0.0


def peak(last: dt.date | None) -> tuple[float, dt.date | None]:
    """100 on the last day of contact, as on every other."""
    return (100.0 if last else 0.0), last


def explain(last: dt.date | None, as_of: dt.date) -> tuple[StrengthTerm, ...]:
    """One term: when the last contact was."""
    if last is None:
        return ()
    return (StrengthTerm("Last contact", f"on {last.isoformat()}", shown_strength(score(last, as_of))),)
