"""How a tie stands on a day: strength, rhythm, the day contact is due, band, balance, and whether it is a relationship.

Strength measures contact; the band measures silence against the person's own habit; balance says who starts. None of
them stands for another: a mentor met once a year is weak and warm, a newsletter is frequent and no relationship.
"""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vaultrel.core.rhythm import due_gap_days, usual_gap_days
from vaultrel.core.strength import get_model, shown_strength
from vaultrel.core.strength.two_memories import LONG_HALF_LIFE_DAYS, SHORT_HALF_LIFE_DAYS, remember
from vaultrel.model import TieStrength

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from vaultrel.model import Band, ContactDay, Interaction, Person
    from vaultrel.settings import RelationshipSettings, Settings

CIRCLE_CADENCE: Mapping[str, int] = {
    "inner": 30,
    "close": 30,
    "1": 30,
    "friends": 90,
    "good": 90,
    "middle": 90,
    "2": 90,
    "wider": 180,
    "casual": 180,
    "network": 180,
    "3": 180,
    "outer": 365,
    "acquaintances": 365,
    "distant": 365,
    "4": 365,
}
"""The longest gap in days between contacts that each ``rel_circle`` allows; nobody else waits longer than a year."""

SHORTEST_DUE_GAP_DAYS = 7
LONGEST_DUE_GAP_DAYS = 365

CLOSE_FROM = 70
CLOSE_UNTIL = 65
"""A close tie stays close down to this strength, so that a tie near 70 does not change its band with every contact."""
FADING_FROM_GAPS = 2.5
DORMANT_FROM_GAPS = 5.0
DORMANT_BELOW = 5
FADING_TREND = -0.6
TREND_RHYTHM_DAYS = 30
"""The trend looks back a month: of a slower rhythm it sees only the silence between two contacts."""

TREND_CONTACT_DAYS = 3
TREND_TENURE_DAYS = 60

BALANCE_KNOWN_DAYS = 3
TWO_WAY = "not one-way only"
"""The gate's condition that a newsletter fails, and a chase."""
TWO_WAY_KINDS = frozenset({"meeting", "call"})


def assess_tie(
    person: Person,
    days: Sequence[ContactDay],
    interactions: Sequence[Interaction],
    typical_gap: float,
    settings: Settings,
    as_of: dt.date,
) -> TieStrength:
    """How the tie with `person` stands on `as_of`; what lies after that day does not count.

    Args:
        person: what the user wrote about the person; the band in our own written fields is the band before.
        days: the days of contact in order, as `collapse_days` gives them.
        interactions: what happened on those days: who started.
        typical_gap: the owner's typical gap in days, before the last day of contact.
        settings: the gate of a relationship, the strength model, the wait before a first follow-up.
        as_of: the day to assess the tie for.
    """
    past = tuple(day for day in days if day.day <= as_of)
    model = get_model(settings.strength_model)
    score = model.score(past, as_of)
    starts = _count_starts([found for found in interactions if found.day <= as_of])
    gate = _check_gate(past, starts, settings.relationship, as_of)
    gap = _wanted_gap_days(person, past, typical_gap, settings)
    trend = contact_trend(past, as_of)
    before = dict(person.written).get("rel_band", "")
    return TieStrength(
        strength=shown_strength(score),
        score=score,
        terms=model.explain(past, as_of),
        probability=model.probability(past, as_of, 90),
        trend=trend,
        rhythm_days=usual_gap_days(past),
        due_gap_days=gap,
        due=_due_day(person, past, gap),
        band=_choose_band(gate, shown_strength(score), _measure_silence(past, gap, trend, as_of), before),
        balance=starts.balance,
        contact_days=len(past),
        first_contact=past[0].day if past else None,
        last_contact=past[-1].day if past else None,
        relationship=gate.relationship,
        gate=gate.conditions,
    )


def contact_trend(days: Sequence[ContactDay], as_of: dt.date) -> float:
    """Contact of late against contact over the years: −1 rarer … +1 more often; 0 while too little is known.

    With F and L of the two memories: (rF − rL) / (rF + rL), rF = F ln2/30, rL = L ln2 / (365 (1 − 2^(−tenure/365))).
    Above .3 contact is warming, from −.6 to −.3 cooling, below −.6 fading. A tie under 60 days old has no trend: its
    first days weigh too much in rL.
    """
    past = [day for day in days if day.day <= as_of]
    tenure_days = (as_of - min(day.day for day in past)).days if past else 0
    if len(past) < TREND_CONTACT_DAYS or tenure_days < TREND_TENURE_DAYS:
        return 0.0
    memory = remember(past, as_of)
    short_rate = memory.short * math.log(2) / SHORT_HALF_LIFE_DAYS
    long_rate = memory.long * math.log(2) / (LONG_HALF_LIFE_DAYS * (1 - math.exp2(-tenure_days / LONG_HALF_LIFE_DAYS)))
    return (short_rate - long_rate) / (short_rate + long_rate) if long_rate else -1.0


@dataclass(frozen=True, slots=True)
class _Starts:
    """Who started: days of contact by the owner, by the other, by either, by both at once, and in all."""

    by_me: int
    by_them: int
    known: int
    two_way: int
    total: int

    @property
    def balance(self) -> float | None:
        """Share of contact the owner started; a day on which both did counts for both."""
        return self.by_me / (self.by_me + self.by_them) if self.known >= BALANCE_KNOWN_DAYS else None

    @property
    def one_way(self) -> bool:
        """All contact goes one way, as far as is known: on three days or more, and on half of all."""
        return (
            not self.two_way
            and self.known >= BALANCE_KNOWN_DAYS
            and self.known * 2 >= self.total
            and not (self.by_me and self.by_them)
        )


def _count_starts(interactions: Sequence[Interaction]) -> _Starts:
    by_me = {found.day for found in interactions if found.direction == "by_me"}
    by_them = {found.day for found in interactions if found.direction == "by_them"}
    two_way = {found.day for found in interactions if found.direction == "mutual" or found.kind in TWO_WAY_KINDS}
    return _Starts(
        by_me=len(by_me),
        by_them=len(by_them),
        known=len(by_me | by_them),
        two_way=len(two_way),
        total=len({found.day for found in interactions}),
    )


@dataclass(frozen=True, slots=True)
class _Gate:
    """What it takes to be a relationship, each condition in words with its truth; `recent` is the one time undoes."""

    enough: tuple[str, bool]
    spread: tuple[str, bool]
    recent: tuple[str, bool]
    two_way: tuple[str, bool]

    @property
    def conditions(self) -> tuple[tuple[str, bool], ...]:
        return (self.enough, self.spread, self.recent, self.two_way)

    @property
    def established(self) -> bool:
        return self.enough[1] and self.spread[1] and self.two_way[1]

    @property
    def relationship(self) -> bool:
        return self.established and self.recent[1]


def _check_gate(days: Sequence[ContactDay], starts: _Starts, settings: RelationshipSettings, as_of: dt.date) -> _Gate:
    span_days = (days[-1].day - days[0].day).days if days else 0
    quiet_days = max(settings.quiet_days, settings.quiet_rhythms * (usual_gap_days(days) or 0))
    return _Gate(
        enough=(f"at least {settings.contact_days} days of contact", len(days) >= settings.contact_days),
        spread=(f"spread over at least {settings.span_days} days", span_days >= settings.span_days),
        recent=(f"the last within {quiet_days} days", bool(days) and (as_of - days[-1].day).days <= quiet_days),
        two_way=(TWO_WAY, not starts.one_way),
    )


def _wanted_gap_days(
    person: Person, days: Sequence[ContactDay], typical_gap: float, settings: Settings
) -> float | None:
    """The silence after which contact is due: the user's word, else the policy for a first meeting, else learned."""
    if not days:
        return None
    if person.cadence_days is not None:
        return float(person.cadence_days)
    learned = due_gap_days(days, typical_gap)
    if learned is None:
        return float(settings.plan.first_followup_days)
    longest = CIRCLE_CADENCE.get(person.circle, LONGEST_DUE_GAP_DAYS)
    return min(max(learned, SHORTEST_DUE_GAP_DAYS), longest)


def _due_day(person: Person, days: Sequence[ContactDay], gap_days: float | None) -> dt.date | None:
    if gap_days is None or person.as_needed or person.ignored:
        return None
    last = days[-1].day.toordinal()
    due = dt.date.fromordinal(min(last + math.floor(gap_days + 0.5), dt.date.max.toordinal()))
    return max(due, person.snooze_until) if person.snooze_until else due


@dataclass(frozen=True, slots=True)
class _Silence:
    """The time since the last contact in multiples of the gap wanted, and whether a brisk rhythm is thinning out.

    A week is the least that counts as silence, even where the user asked for contact every day.
    """

    gaps: float
    thinning: bool


def _measure_silence(days: Sequence[ContactDay], gap_days: float | None, trend: float, as_of: dt.date) -> _Silence:
    if gap_days is None:
        return _Silence(0.0, thinning=False)
    rhythm = usual_gap_days(days)
    return _Silence(
        gaps=(as_of - days[-1].day).days / max(gap_days, SHORTEST_DUE_GAP_DAYS),
        thinning=trend < FADING_TREND and rhythm is not None and rhythm <= TREND_RHYTHM_DAYS,
    )


def _choose_band(gate: _Gate, strength: int, silence: _Silence, before: str) -> Band:
    """The band; time alone moves it only from close over warm and fading to dormant.

    Close, warm and fading ties are relationships. ``new`` is said of what is no relationship yet: too few days, too
    short a time, or all one way. A tie that lapsed is dormant, whatever gap is wanted.
    """
    if not gate.established:
        return "new"
    if silence.gaps > DORMANT_FROM_GAPS or strength < DORMANT_BELOW or not gate.recent[1]:
        return "dormant"
    if silence.gaps > FADING_FROM_GAPS or (silence.gaps > 1 and silence.thinning):
        return "fading"
    return "close" if strength >= (CLOSE_UNTIL if before == "close" else CLOSE_FROM) else "warm"
