"""Ties that were once strong and have gone quiet, ranked by what was built, not by how long ago."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from vaultrel.core.census import tell_day
from vaultrel.core.followups import ONCE_STRONG, compose_followup
from vaultrel.core.network import Ground
from vaultrel.core.touches import show_interaction
from vaultrel.model import FollowUp

if TYPE_CHECKING:
    from vaultrel.model import Evidence, PersonState, Snapshot
    from vaultrel.settings import Settings


class Revival(Struct, frozen=True):
    """Somebody to get back in touch with.

    Attributes:
        state: the person; the tie is dormant.
        followup: the one of the snapshot, where there is one, else what it would say today, without a day in the plan.
        strongest: the line of the last day on which the tie was at its strongest.
    """

    state: PersonState
    followup: FollowUp
    strongest: Evidence

    @property
    def built(self) -> int:
        """What was built: the highest strength × the days of contact."""
        return self.state.tie.peak * self.state.tie.contact_days


def find_revivals(snapshot: Snapshot, settings: Settings) -> tuple[Revival, ...]:
    """Every dormant tie whose strength was once 50 or more, the one in which most was built first.

    Left out are people to ignore, and ties that the user's note says have ended.
    """
    found = [
        Revival(state, state.followup or _propose(state, settings, snapshot), _find_strongest(state))
        for state in snapshot.people
        if state.tie.band == "dormant"
        and state.tie.peak >= ONCE_STRONG
        and not (state.person.ignored or state.person.ended)
    ]
    return tuple(sorted(found, key=lambda revival: (-revival.built, revival.state.person.path)))


def _propose(state: PersonState, settings: Settings, snapshot: Snapshot) -> FollowUp:
    """What a follow-up would say today where the plan has none, as when the user wants no reminders."""
    followup = FollowUp(
        person=state.person.path,
        name=state.person.name,
        due=snapshot.as_of,
        planned=None,
        kind="renetwork",
        cycle="",
        last_time="",
        reason="",
        action="",
        evidence=(),
    )
    return compose_followup(followup, state, Ground(), settings, snapshot.as_of)


def _find_strongest(state: PersonState) -> Evidence:
    return next(show_interaction(tell_day(state, day)) for day in state.days if day.day == state.tie.peak_day)
