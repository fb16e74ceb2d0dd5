"""Relationships over time: how many there were, who became one, who lapsed, and the line of a note behind each change.

All of it follows from days of contact: an empty note about a person, or a thousand imported ones, changes nothing here.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left, bisect_right
from collections import Counter
from operator import attrgetter
from typing import TYPE_CHECKING, Literal, NamedTuple

from msgspec.structs import replace

from vaultrel.core.ties import Spell, relationship_spells
from vaultrel.core.touches import last_interaction, show_interaction
from vaultrel.model import Month

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from vaultrel.model import ContactDay, Evidence, Interaction, NotePath, PersonState, Snapshot
    from vaultrel.settings import RelationshipSettings

YEAR_DAYS = 365
"""The days up to today in which time is counted, and in which somebody first met is new."""


class Change(NamedTuple):
    """A tie that became a relationship, or was none any more.

    Attributes:
        day: from which that is so.
        kind: ``became``; ``revived``, for one that had lapsed; ``lapsed``.
        evidence: the line of contact that made it so; behind silence, the line of the last contact before.
    """

    person: NotePath
    name: str
    day: dt.date
    kind: Literal["became", "revived", "lapsed"]
    evidence: Evidence


class TimeShare(NamedTuple):
    """Days of contact in the year up to today, counted once for each person.

    `new` were with people first met in that year, `old` with everybody else.
    """

    new: int
    old: int


class Balance(NamedTuple):
    """Who starts and who gives, as far as the notes say.

    Attributes:
        started_by_me, started_by_them: days of contact with relationships, in the year up to today, on which the notes
            say who started; a day on which both did counts for both.
        promised_by_me, promised_by_them: open promises, with anybody.
    """

    started_by_me: int
    started_by_them: int
    promised_by_me: int
    promised_by_them: int


class Census(NamedTuple):
    """The relationships of a vault over time.

    Attributes:
        changes: every tie that became a relationship or lapsed, in the order of days.
        time: None while the notes do not go back more than a year: everybody would be new.
        balance: who starts and who gives.
    """

    changes: tuple[Change, ...]
    time: TimeShare | None
    balance: Balance


class MonthCount:
    """The relationships there were on the first day of each month, counted while few ties of many change.

    Args:
        settings: what it takes to be a relationship.
        as_of: the day up to which time is counted.
    """

    def __init__(self, settings: RelationshipSettings, as_of: dt.date) -> None:
        self._settings = settings
        self._as_of = as_of
        self._begun: Counter[int] = Counter()
        """Month to the number of people with whom contact began in it."""
        self._met: Counter[int] = Counter()
        self._relationships: Counter[int] = Counter()
        """Month to how many more there are on its first day than on that of the month before."""
        self._counted: dict[NotePath, tuple[tuple[int, int], ...]] = {}
        """Person to the months on whose first day there is, by them, one relationship more or less."""
        self._all: tuple[Month, ...] | None = None

    def swap(self, gone: Iterable[PersonState], come: Iterable[PersonState]) -> None:
        """Count some people no more, and others from now on."""
        self._all = None
        for state in gone:
            self._count(state, -1, self._counted.pop(state.person.path, ()))
        for state in come:
            if turns := tuple(self._list_turns(state)):
                self._counted[state.person.path] = turns
            self._count(state, 1, turns)

    def all(self) -> tuple[Month, ...]:
        """Every month since the month after the first contact; the latest last."""
        if self._all is None:
            self._all = tuple(self._list_months())
        return self._all

    def _count(self, state: PersonState, sign: int, turns: tuple[tuple[int, int], ...]) -> None:
        if state.days:
            first = state.days[0].day
            self._begun[_month(first)] += sign
            self._met[_counted_from(first)] += sign
        for month, more in turns:
            self._relationships[month] += sign * more

    def _list_turns(self, state: PersonState) -> Iterator[tuple[int, int]]:
        for spell in relationship_spells(state.days, self._settings, self._as_of) if state.days else ():
            yield _counted_from(spell.since), 1
            if spell.until is not None:
                yield _counted_from(spell.until), -1

    def _list_months(self) -> Iterator[Month]:
        relationships = met = 0
        first = min((month for month, people in self._begun.items() if people), default=_month(self._as_of))
        for month in range(first, _month(self._as_of) + 1):
            relationships += self._relationships[month]
            met += self._met[month]
            if month > first:
                yield Month(dt.date(month // 12, month % 12 + 1, 1), relationships, met)


def _month(day: dt.date) -> int:
    return day.year * 12 + day.month - 1


def _counted_from(day: dt.date) -> int:
    """The first month on whose first day something counts that came on `day`."""
    return _month(day) + (day.day > 1)


def take_census(snapshot: Snapshot, settings: RelationshipSettings) -> Census:
    """The relationships of everybody in `snapshot`, from the first contact to its day."""
    as_of = snapshot.as_of
    in_touch = [state for state in snapshot.people if state.days]
    spells = [(state, relationship_spells(state.days, settings, as_of)) for state in in_touch]
    changes = [change for state, found in spells for change in _find_changes(state, found)]
    return Census(
        changes=tuple(sorted(changes, key=lambda change: (change.day, change.name, change.person))),
        time=_share_time(in_touch, as_of),
        balance=_weigh_balance(snapshot.people, as_of),
    )


def tell_day(state: PersonState, day: ContactDay) -> Interaction:
    """The most telling interaction of one of the person's days of contact."""
    start = bisect_left(state.interactions, day.day, key=attrgetter("day"))
    end = bisect_right(state.interactions, day.day, lo=start, key=attrgetter("day"))
    told = last_interaction(replace(state, days=(day,), interactions=state.interactions[start:end]))
    assert told is not None, "a day of contact is made of interactions"
    return told


def _find_changes(state: PersonState, spells: Sequence[Spell]) -> Iterator[Change]:
    path, name = state.person.path, state.person.name
    for at, spell in enumerate(spells):
        yield Change(path, name, spell.since, "revived" if at else "became", _last_line(state, spell.since))
        if spell.until is not None:
            yield Change(path, name, spell.until, "lapsed", _last_line(state, spell.until))


def _last_line(state: PersonState, day: dt.date) -> Evidence:
    """The line of the last contact up to a day."""
    upto = bisect_right(state.days, day, key=attrgetter("day"))
    return show_interaction(tell_day(state, state.days[upto - 1]))


def _share_time(people: Sequence[PersonState], as_of: dt.date) -> TimeShare | None:
    year_ago = as_of - dt.timedelta(YEAR_DAYS)
    if all(state.days[0].day > year_ago for state in people):
        return None
    new = sum(_days_after(state, year_ago) for state in people if _first_met(state) > year_ago)
    return TimeShare(new, sum(_days_after(state, year_ago) for state in people) - new)


def _first_met(state: PersonState) -> dt.date:
    """The first contact, or the day you met where the person's note gives an earlier one."""
    met = state.person.met
    return min(state.days[0].day, met.day) if met is not None and met.day is not None else state.days[0].day


def _days_after(state: PersonState, day: dt.date) -> int:
    return len(state.days) - bisect_right(state.days, day, key=attrgetter("day"))


def _weigh_balance(people: Sequence[PersonState], as_of: dt.date) -> Balance:
    year_ago = as_of - dt.timedelta(YEAR_DAYS)
    days = [
        contact
        for state in people
        if state.tie.relationship
        for contact in state.days[len(state.days) - _days_after(state, year_ago) :]
    ]
    keepers = [promise.by for state in people for promise in state.promises]
    return Balance(
        started_by_me=sum("by_me" in contact.directions for contact in days),
        started_by_them=sum("by_them" in contact.directions for contact in days),
        promised_by_me=keepers.count("me"),
        promised_by_them=keepers.count("them"),
    )
