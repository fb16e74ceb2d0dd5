"""How a tie stands on a day: strength, rhythm, the day contact is due, band, balance, and whether it is a relationship.

Strength measures contact; the band measures silence against the person's own habit; balance says who starts. None of
them stands for another: a mentor met once a year is weak and warm, a newsletter is frequent and no relationship.
"""

from __future__ import annotations

import datetime as dt
import math
from typing import TYPE_CHECKING, Any, NamedTuple

from vaultrel.core.rhythm import RHYTHM_GAPS, due_gap_days, usual_gap_days
from vaultrel.core.strength import get_model, shown_strength, two_memories
from vaultrel.core.strength.two_memories import (
    LONG_HALF_LIFE_DAYS,
    LONG_SHARE,
    SHORT_HALF_LIFE_DAYS,
    SHORT_SHARE,
)
from vaultrel.model import TieStrength

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from vaultrel.model import Band, ContactDay, Direction, Interaction, Person
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
SHORTEST_REVIVED_GAP_DAYS = 14

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
_ONE_WAY: frozenset[Direction] = frozenset({"by_me", "by_them"})


class TieMemory(NamedTuple):
    """What the days of contact with a person come to, so that one day more costs one step.

    Attributes:
        strength: the memory of the strength model in the settings.
        contact: the two memories, in which the trend shows, whatever the strength model.
    """

    strength: Any
    contact: two_memories.Memory


def remember_tie(days: Sequence[ContactDay], settings: Settings, known: TieMemory | None = None) -> TieMemory:
    """What is `known`, and then `days`: in order, and none earlier than the last in `known`."""
    model = get_model(settings.strength_model)
    if known is None:
        known = TieMemory(model.remember(()), two_memories.remember(()))
    contact = two_memories.remember(days, known.contact)
    return TieMemory(contact if model is two_memories else model.remember(days, known.strength), contact)


def assess_tie(
    person: Person,
    days: Sequence[ContactDay],
    memory: TieMemory,
    interactions: Sequence[Interaction],
    typical_gap: float,
    settings: Settings,
    as_of: dt.date,
) -> TieStrength:
    """How the tie with `person` stands on `as_of`, after which lies nothing that is given.

    Args:
        person: what the user wrote about the person; the band in our own written fields is the band before.
        days: the days of contact in order, as `collapse_days` gives them.
        memory: what `remember_tie` makes of them.
        interactions: what happened on those days: who started.
        typical_gap: the owner's typical gap in days, before the last day of contact.
        settings: the gate of a relationship, the strength model, the wait before a first follow-up.
        as_of: the day to assess the tie for.
    """
    model = get_model(settings.strength_model)
    score = model.score(memory.strength, as_of)
    peak, peak_day = model.peak(memory.strength)
    rhythm = usual_gap_days(days)
    starts = _count_starts(interactions)
    gate = _check_gate(days, starts, settings.relationship, as_of)
    gap = _wanted_gap_days(person, days, typical_gap, settings)
    next_gap = _next_gap_days(person, days, gap, typical_gap)
    trend = contact_trend(memory.contact, as_of)
    before = dict(person.written).get("rel_band")
    return TieStrength(
        strength=shown_strength(score),
        score=score,
        terms=model.explain(memory.strength, as_of),
        probability=model.probability(memory.strength, as_of, 90),
        trend=trend,
        rhythm_days=rhythm,
        due_gap_days=next_gap,
        due=_due_day(person, days, next_gap),
        band=_choose_band(gate, shown_strength(score), _measure_silence(days, gap, rhythm, trend, as_of), before),
        balance=starts.balance,
        contact_days=len(days),
        first_contact=days[0].day if days else None,
        last_contact=days[-1].day if days else None,
        relationship=gate.relationship,
        gate=gate.conditions,
        peak=shown_strength(peak),
        peak_day=peak_day,
    )


def contact_trend(memory: two_memories.Memory, as_of: dt.date) -> float:
    """Contact of late against contact over the years: −1 rarer … +1 more often; 0 while too little is known.

    With F and L of the two memories: (rF − rL) / (rF + rL), rF = F / 30, rL = L / (365 (1 − 2^(−tenure/365))).
    Above .3 contact is warming, from −.6 to −.3 cooling, below −.6 fading. A tie under 60 days old has no trend: its
    first days weigh too much in rL.
    """
    tenure_days = (as_of - (memory.first or as_of)).days
    if memory.days < TREND_CONTACT_DAYS or tenure_days < TREND_TENURE_DAYS:
        return 0.0
    level = memory.level_on(as_of)
    short_rate = level.short / (SHORT_SHARE * SHORT_HALF_LIFE_DAYS)
    known_share = 1 - math.exp2(-tenure_days / LONG_HALF_LIFE_DAYS)
    long_rate = level.long / (LONG_SHARE * LONG_HALF_LIFE_DAYS * known_share)
    return (short_rate - long_rate) / (short_rate + long_rate) if long_rate else -1.0


class Spell(NamedTuple):
    """A time in which a tie was a relationship: from the day `since`, and no more on the day `until`.

    `until` is None where nothing has ended it.
    """

    since: dt.date
    until: dt.date | None


def relationship_spells(
    days: Sequence[ContactDay], settings: RelationshipSettings, as_of: dt.date
) -> tuple[Spell, ...]:
    """When a tie was a relationship, going on each day by what was known then, the first spell first.

    `days` are in order, and none is later than `as_of`. A spell begins on a day of contact and ends in silence. For
    each day this is what `assess_tie` says of it.
    """
    spells: list[Spell] = []
    since: dt.date | None = None
    counted = list(_count_day_by_day(days))
    for at, (day, count, first, latest) in enumerate(counted, start=1):
        established = count >= settings.contact_days and (day - first).days >= settings.span_days
        if established and since is None:
            since = day
        # The next contact ends the silence on its own day.
        silence = (counted[at][0] - day).days - 1 if at < len(counted) else (as_of - day).days
        if since is not None and silence > settings.quiet_days:
            quiet_days = _longest_quiet_days(usual_gap_days(latest), settings)
            if silence > quiet_days:
                spells.append(Spell(since, day + dt.timedelta(quiet_days + 1)))
                since = None
    return (*spells, Spell(since, None)) if since is not None else tuple(spells)


def _count_day_by_day(days: Sequence[ContactDay]) -> Iterator[tuple[dt.date, int, dt.date, Sequence[ContactDay]]]:
    """Each day that counts for the gate on its own day: how many do by then, the first of them, and the latest."""
    alone: list[ContactDay] = []
    started: set[Direction] = set()
    for count, contact in enumerate(days, start=1):
        started |= _who_wrote(contact)
        if started >= _ONE_WAY:
            yield contact.day, count, days[0].day, days[max(0, count - RHYTHM_GAPS - 1) : count]
        elif not _is_one_way(contact):
            alone.append(contact)
            yield contact.day, len(alone), alone[0].day, alone[-RHYTHM_GAPS - 1 :]


def _counting_days(days: Sequence[ContactDay]) -> Sequence[ContactDay]:
    """The days that count for the gate: without those on which one side wrote, until the other has written as well.

    So more contact never undoes a relationship, and no number of letters that go one way makes one.
    """
    # Of many days there are few sorts.
    sorts = {(contact.directions, contact.kinds): contact for contact in days}.values()
    if frozenset().union(*map(_who_wrote, sorts)) >= _ONE_WAY or not any(map(_is_one_way, sorts)):
        return days
    return [contact for contact in days if not _is_one_way(contact)]


def _who_wrote(contact: ContactDay) -> frozenset[Direction]:
    """Which sides are known to have started that day; an exchange of messages is started by one and answered."""
    exchanged = "mutual" in contact.directions and contact.kinds.isdisjoint(TWO_WAY_KINDS)
    return _ONE_WAY if exchanged else contact.directions & _ONE_WAY


def _is_one_way(contact: ContactDay) -> bool:
    """Only one side is known to have been in touch that day."""
    return contact.directions <= _ONE_WAY and contact.kinds.isdisjoint(TWO_WAY_KINDS)


class _Starts(NamedTuple):
    """Who started: days of contact by the owner, by the other, by either."""

    by_me: int
    by_them: int
    known: int

    @property
    def balance(self) -> float | None:
        """Share of contact the owner started; a day on which both did counts for both."""
        return self.by_me / (self.by_me + self.by_them) if self.known >= BALANCE_KNOWN_DAYS else None


def _count_starts(interactions: Sequence[Interaction]) -> _Starts:
    by_me = {found.day for found in interactions if found.direction == "by_me"}
    by_them = {found.day for found in interactions if found.direction == "by_them"}
    return _Starts(
        by_me=len(by_me),
        by_them=len(by_them),
        known=len(by_me | by_them),
    )


class _Gate(NamedTuple):
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
    counted = _counting_days(days)
    apart = ", one-way contact apart" if len(counted) < len(days) else ""
    span_days = (counted[-1].day - counted[0].day).days if counted else 0
    quiet_days = _longest_quiet_days(usual_gap_days(counted), settings)
    recent = bool(counted) and (as_of - counted[-1].day).days <= quiet_days
    return _Gate(
        enough=(f"at least {settings.contact_days} days of contact{apart}", len(counted) >= settings.contact_days),
        spread=(f"spread over at least {settings.span_days} days", span_days >= settings.span_days),
        recent=(f"the last within {quiet_days} days", recent),
        two_way=(TWO_WAY, bool(counted) or starts.known < BALANCE_KNOWN_DAYS),
    )


def _longest_quiet_days(rhythm_days: int | None, settings: RelationshipSettings) -> int:
    """The silence in days that a relationship outlasts."""
    return max(settings.quiet_days, settings.quiet_rhythms * (rhythm_days or 0))


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


def _next_gap_days(
    person: Person, days: Sequence[ContactDay], gap_days: float | None, typical_gap: float
) -> float | None:
    """The wanted gap, halved for the first two after a dormancy: a tie taken up again needs a little more at first."""
    if gap_days is None or person.cadence_days is not None or not _is_reviving(days, typical_gap):
        return gap_days
    return max(gap_days / 2, min(gap_days, SHORTEST_REVIVED_GAP_DAYS))


def _is_reviving(days: Sequence[ContactDay], typical_gap: float) -> bool:
    """One of the last two gaps was a dormancy, by what was known of the tie when it began."""
    for at in range(max(len(days) - 2, 3), len(days)):
        usual = due_gap_days(days[:at], typical_gap) or 0.0
        silence = (days[at].day - days[at - 1].day).days
        if silence > DORMANT_FROM_GAPS * max(usual, SHORTEST_DUE_GAP_DAYS):
            return True
    return False


def _due_day(person: Person, days: Sequence[ContactDay], gap_days: float | None) -> dt.date | None:
    if gap_days is None or person.as_needed or person.ignored or person.ended:
        return None
    last = days[-1].day.toordinal()
    due = dt.date.fromordinal(min(last + math.floor(gap_days + 0.5), dt.date.max.toordinal()))
    return max(due, person.snooze_until) if person.snooze_until else due


class _Silence(NamedTuple):
    """The time since the last contact in multiples of the gap wanted, and whether a brisk rhythm is thinning out.

    A week is the least that counts as silence, even where the user asked for contact every day.
    """

    gaps: float
    thinning: bool


def _measure_silence(
    days: Sequence[ContactDay], gap_days: float | None, rhythm_days: int | None, trend: float, as_of: dt.date
) -> _Silence:
    if gap_days is None:
        return _Silence(0.0, thinning=False)
    return _Silence(
        gaps=(as_of - days[-1].day).days / max(gap_days, SHORTEST_DUE_GAP_DAYS),
        thinning=trend < FADING_TREND and rhythm_days is not None and rhythm_days <= TREND_RHYTHM_DAYS,
    )


def _choose_band(gate: _Gate, strength: int, silence: _Silence, before: str | None) -> Band:
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
