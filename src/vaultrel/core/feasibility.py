"""What the weekly capacity keeps up, what it does not, and what the user could ask less often to make room.

Contact with a person takes one place in the week each time the silence after which it is due has passed. That is the
most it can take: contact that comes about by itself needs no place.
"""

from __future__ import annotations

import math
from collections import defaultdict
from typing import TYPE_CHECKING

from msgspec import Struct

from vaultrel.core.plan import share_week
from vaultrel.core.rhythm import due_gap_days
from vaultrel.core.ties import CIRCLE_CADENCE
from vaultrel.core.wording import say

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from vaultrel.model import NotePath, PersonState
    from vaultrel.settings import Settings

GAP_STEPS = (30, 90, 180, 365)
"""The gaps in days that the circles stand for; what is asked of a person is relaxed to the next of them."""


class Relaxation(Struct, frozen=True):
    """Contact asked for less often, and what that is good for.

    Attributes:
        circle: the circle it concerns, as the user writes it; empty for all with a cadence of `days`.
        days: the gap asked for now.
        longer: the gap to ask for instead, in days.
        room_for: how many more people the week then keeps up, at least.
    """

    circle: str
    days: int
    longer: int
    room_for: int


class Feasibility(Struct, frozen=True):
    """What the week holds against what it is asked to hold.

    Attributes:
        capacity: places in a week, without those kept for old ties where there are some to revive.
        wanted: places in a week that all of `total` take.
        total: people to stay in touch with: relationships that are not dormant, and whom the user asked for.
        kept: how many of them fit, the strongest ties first.
        relax: the one relaxation that makes most room; None when all fit or none helps.
    """

    capacity: int
    wanted: float
    total: int
    kept: int
    relax: Relaxation | None


def assess_feasibility(states: Iterable[PersonState], settings: Settings) -> Feasibility:
    """What the capacity in `settings` keeps up of the people in `states`, whose follow-ups tell of old ties."""
    known = tuple(states)
    shares = share_week(settings.plan)
    revive = any(state.followup is not None and state.followup.kind == "renetwork" for state in known)
    capacity = shares["own" if revive else "week"]
    wanted = sorted((state for state in known if _wants_contact(state)), key=lambda state: -state.tie.score)
    gaps = {state.person.path: state.tie.due_gap_days or math.inf for state in wanted}
    kept = _count_kept(gaps, capacity)
    return Feasibility(
        capacity=capacity,
        wanted=math.fsum(7 / gap for gap in gaps.values()),
        total=len(gaps),
        kept=kept,
        relax=_find_relaxation(wanted, gaps, capacity, kept) if kept < len(gaps) else None,
    )


def tell_feasibility(feasibility: Feasibility, phrases: Mapping[str, str]) -> tuple[str, ...]:
    """One or two sentences, as the user words them in `phrases`; none when there is nobody to stay in touch with."""
    capacity, relax = feasibility.capacity, feasibility.relax
    if not feasibility.total:
        return ()
    if feasibility.kept == feasibility.total:
        return (say("capacity-fits", phrases, capacity=capacity),)
    short = say(
        "capacity-short",
        phrases,
        capacity=capacity,
        kept=feasibility.kept,
        total=feasibility.total,
        wanted=math.ceil(feasibility.wanted),
    )
    if relax is None:
        return (short,)
    if not relax.circle:
        return short, say("relax-cadence", phrases, longer=relax.longer, days=relax.days, count=relax.room_for)
    return short, say(
        "relax-circle", phrases, circle=relax.circle, longer=relax.longer, days=relax.days, count=relax.room_for
    )


def _wants_contact(state: PersonState) -> bool:
    person, tie = state.person, state.tie
    asked = person.cadence_days is not None or person.circle in CIRCLE_CADENCE
    return tie.due is not None and not person.ended and (asked or (tie.relationship and tie.band != "dormant"))


def _count_kept(gaps: Mapping[NotePath, float], capacity: int) -> int:
    """How many people fit into the week, taken in the order of `gaps`; who does not fit is passed over."""
    kept, taken = 0, 0.0
    for gap in gaps.values():
        if taken + 7 / gap <= capacity:
            taken += 7 / gap
            kept += 1
    return kept


def _find_relaxation(
    wanted: Sequence[PersonState], gaps: Mapping[NotePath, float], capacity: int, kept: int
) -> Relaxation | None:
    """The relaxation that makes most room; of equal ones that of the longest gap."""
    asked: defaultdict[tuple[int, str], list[PersonState]] = defaultdict(list)
    for state in wanted:
        if state.person.cadence_days is not None:
            asked[state.person.cadence_days, ""].append(state)
        elif CIRCLE_CADENCE.get(state.person.circle) == state.tie.due_gap_days:
            asked[CIRCLE_CADENCE[state.person.circle], state.person.circle].append(state)
    found = []
    for (days, circle), group in asked.items():
        longer = next((step for step in GAP_STEPS if step > days), days)
        relaxed = {state.person.path: float(longer) if not circle else _widen(state, days, longer) for state in group}
        found.append(Relaxation(circle, days, longer, _count_kept({**gaps, **relaxed}, capacity) - kept))
    best = max(found, key=lambda relax: (relax.room_for, relax.days, relax.circle), default=None)
    return best if best is not None and best.room_for > 0 else None


def _widen(state: PersonState, days: int, longer: int) -> float:
    """The gap at least, once the circle allows `longer` instead of `days`: beyond that the learned one counts.

    What is learned rests on the owner's typical gap too; without it, it can only be shorter.
    """
    return min(max(due_gap_days(state.days, 0.0) or days, days), longer)
