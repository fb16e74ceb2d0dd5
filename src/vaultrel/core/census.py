"""Relationships over time: how many there were, who became one, who lapsed, and the line of a note behind each change.

All of it follows from days of contact: an empty note about a person, or a thousand imported ones, changes nothing here.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left, bisect_right
from operator import attrgetter
from typing import TYPE_CHECKING, Literal, NamedTuple

from msgspec.structs import replace

from vaultrel.core.ties import Spell, relationship_spells
from vaultrel.core.touches import last_interaction, show_interaction

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from vaultrel.model import ContactDay, Evidence, Interaction, NotePath, PersonState, Snapshot
    from vaultrel.settings import RelationshipSettings

YEAR_DAYS = 365
"""The days up to today in which time is counted, and in which somebody first met is new."""


class Month(NamedTuple):
    """The state of things on the first day of a month.

    Attributes:
        day: that day.
        relationships: how many there were on it.
        met: people with whom the notes tell of contact up to it.
    """

    day: dt.date
    relationships: int
    met: int


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
        months: the first day of every month since the month after the first contact; the latest last.
        changes: every tie that became a relationship or lapsed, in the order of days.
        time: None while the notes do not go back more than a year: everybody would be new.
        balance: who starts and who gives.
    """

    months: tuple[Month, ...]
    changes: tuple[Change, ...]
    time: TimeShare | None
    balance: Balance


def take_census(snapshot: Snapshot, settings: RelationshipSettings) -> Census:
    """The relationships of everybody in `snapshot`, from the first contact to its day."""
    as_of = snapshot.as_of
    in_touch = [state for state in snapshot.people if state.days]
    spells = [(state, relationship_spells(state.days, settings, as_of)) for state in in_touch]
    changes = [change for state, found in spells for change in _find_changes(state, found)]
    return Census(
        months=_count_months(in_touch, [spell for _, found in spells for spell in found], as_of),
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


def _count_months(people: Sequence[PersonState], spells: Sequence[Spell], as_of: dt.date) -> tuple[Month, ...]:
    firsts = sorted(state.days[0].day for state in people)
    begun = sorted(spell.since for spell in spells)
    ended = sorted(spell.until for spell in spells if spell.until is not None)
    return tuple(
        Month(day, bisect_right(begun, day) - bisect_right(ended, day), bisect_right(firsts, day))
        for day in (_first_days(firsts[0], as_of) if firsts else ())
    )


def _first_days(after: dt.date, upto: dt.date) -> Iterator[dt.date]:
    """The first day of each month later than one day, up to another."""
    for month in range(after.year * 12 + after.month, upto.year * 12 + upto.month):
        yield dt.date(month // 12, month % 12 + 1, 1)


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
