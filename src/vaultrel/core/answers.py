"""Follow-ups that contact has answered, as the notes alone tell it."""

from __future__ import annotations

import math
from bisect import bisect_left
from operator import attrgetter
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from vaultrel.core.followups import counts_as_tie
from vaultrel.core.ties import CIRCLE_CADENCE
from vaultrel.core.touches import last_interaction

if TYPE_CHECKING:
    import datetime as dt

    from vaultrel.model import Interaction, PersonState
    from vaultrel.settings import PlanSettings


class Answer(Struct, frozen=True):
    """The contact that answered a follow-up.

    Attributes:
        kind: of the follow-up, ``first`` or ``rhythm``.
        cycle: what the follow-up was for, as `FollowUp.cycle` names it.
        day: the day of the contact.
        shown: the most telling line about it.
    """

    kind: str
    cycle: str
    day: dt.date
    shown: Interaction


def latest_answer(state: PersonState, settings: PlanSettings, since: dt.date) -> Answer | None:
    """The last contact from the day `since` on that came after the usual gap or later; None when there is none.

    What came sooner was not asked for. The usual gap is the user's cadence, else the rhythm known now (that of the
    days before would need everybody's days), and no longer than the person's circle allows.
    """
    person, tie = state.person, state.tie
    if person.ignored or person.as_needed or person.ended or tie.due_gap_days is None:
        return None
    in_circle = CIRCLE_CADENCE.get(person.circle)
    asked = counts_as_tie(state) or person.cadence_days is not None or in_circle is not None
    usual = person.cadence_days or min(tie.rhythm_days or math.ceil(tie.due_gap_days), in_circle or math.inf)
    from_since = max(1, bisect_left(state.days, since, key=attrgetter("day")))
    for index in range(len(state.days) - 1, from_since - 1, -1):
        before, contact = state.days[index - 1], state.days[index]
        is_first = index == 1 and person.cadence_days is None
        gap = settings.first_followup_days if is_first else usual
        if (is_first or asked) and (contact.day - before.day).days >= gap:
            shown = last_interaction(replace(state, days=state.days[: index + 1]))
            kind = "first" if is_first else "rhythm"
            return Answer(kind, f"contact:{before.day.isoformat()}", contact.day, shown) if shown else None
    return None
