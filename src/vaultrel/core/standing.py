"""How everybody stands on one day, and whom to get in touch with, kept while few ties of many change."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from msgspec.structs import replace

from vaultrel.core.census import MonthCount
from vaultrel.core.followups import compose_followup, counts_as_tie
from vaultrel.core.network import Ground, Network, Survey
from vaultrel.core.order import SortedTable
from vaultrel.core.plan import Plan

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterable, Mapping

    from vaultrel.core.rhythm import TypicalGap
    from vaultrel.model import FollowUp, Items, Month, NotePath, Person, PersonState
    from vaultrel.settings import Settings


class Standing:
    """How people stand on one day; a function of what it was told last of each, and of what it was made with.

    Args:
        as_of: the day.
        network: what the notes say that bears on other people's follow-ups.
        typical_gap: the owner's typical gap, on which ties rest.
        settings: the user's settings.
    """

    def __init__(self, as_of: dt.date, network: Network, typical_gap: TypicalGap, settings: Settings) -> None:
        self.as_of = as_of
        self._typical_gap = typical_gap
        self._settings = settings
        self._survey = Survey(network, as_of)
        self._months = MonthCount(settings.relationship, as_of)
        self._states: dict[NotePath, PersonState] = {}
        self._assessed_in: defaultdict[dt.date, set[NotePath]] = defaultdict(set)
        """The first day of a month to the people assessed with its typical gap."""
        self._gaps: dict[dt.date, float] = {}
        """Those typical gaps."""
        self._plan = Plan(settings.plan, as_of)
        self._words: dict[NotePath, tuple[tuple[FollowUp, PersonState, Ground], FollowUp]] = {}
        """Follow-ups in words, with all that these rest on."""
        self._shown: SortedTable[NotePath, PersonState] = SortedTable(lambda state: state.person.path)
        self._unshown: set[NotePath] = set()

    def update(self, touched: Iterable[NotePath], assess: Callable[[NotePath], PersonState | None]) -> None:
        """Assess some people anew, and those before whose last contact the typical gap has moved.

        Args:
            touched: of whom something else is known than before.
            assess: how the tie with somebody stands on the day; None when there is nobody of that path any more.
        """
        moved = (month for month, gap in self._gaps.items() if self._typical_gap.before(month) != gap)
        people = set(touched).union(*(self._assessed_in[month] for month in moved))
        gone = [self._states.pop(path) for path in people if path in self._states]
        come = [state for state in map(assess, people) if state is not None]
        for state in gone:
            self._drop(state)
        for state in come:
            self._add(state)
        self._survey.swap(filter(counts_as_tie, gone), filter(counts_as_tie, come))
        self._months.swap(gone, come)
        self._plan.put({**dict.fromkeys(people), **{state.person.path: state.followup for state in come}})
        self._unshown |= people

    def _drop(self, state: PersonState) -> None:
        path, month = state.person.path, self._month_of(state)
        self._words.pop(path, None)
        self._assessed_in[month].discard(path)
        if not self._assessed_in[month]:
            del self._assessed_in[month], self._gaps[month]

    def _add(self, state: PersonState) -> None:
        path, month = state.person.path, self._month_of(state)
        self._states[path] = state
        self._assessed_in[month].add(path)
        self._gaps[month] = self._typical_gap.before(month)

    def _month_of(self, state: PersonState) -> dt.date:
        """The first day of the month before which the typical gap counts for a tie."""
        return (state.tie.last_contact or self.as_of).replace(day=1)

    def plan(self, owners: tuple[Person, ...]) -> tuple[tuple[FollowUp, ...], tuple[FollowUp, ...]]:
        """What is planned and what waits, in words; `people` have it from then on."""
        placed = self._plan.placed()
        planned, waiting = (tuple(self._put_in_words(followup, owners) for followup in some) for some in placed)
        self._show({followup.person: followup for followup in (*planned, *waiting)})
        return planned, waiting

    def _put_in_words(self, followup: FollowUp, owners: tuple[Person, ...]) -> FollowUp:
        """The follow-up with its words, found anew only where the person or their ground has changed."""
        state = self._states[followup.person]
        day = followup.planned or max(followup.due, self.as_of)
        asked = (followup, state, self._survey.find_ground(state, owners, day))
        kept = self._words.get(followup.person)
        if kept is None or kept[0] != asked:
            kept = asked, compose_followup(*asked, self._settings, self.as_of)
            self._words[followup.person] = kept
        return kept[1]

    def _show(self, placed: Mapping[NotePath, FollowUp]) -> None:
        fresh: dict[NotePath, PersonState | None] = {}
        for path in self._unshown.union(placed):
            state, followup, shown = self._states.get(path), placed.get(path), self._shown.get(path)
            if path in self._unshown or shown is None or shown.followup is not followup:
                fresh[path] = None if state is None else _with_followup(state, followup)
        self._shown.put(fresh)
        self._unshown.clear()

    def people(self) -> Items[PersonState]:
        """Everybody, by path, with the follow-ups last planned.

        A state is the same object as before unless the person's note, something that bears on the tie or the follow-up
        has changed.
        """
        return self._shown.all()

    def months(self) -> tuple[Month, ...]:
        """How many relationships there were in each month."""
        return self._months.all()


def _with_followup(state: PersonState, followup: FollowUp | None) -> PersonState:
    return state if state.followup == followup else replace(state, followup=followup)
