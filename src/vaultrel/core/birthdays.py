"""The birthdays of people one keeps up with, year after year, and what a calendar has of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vaultrel.core.occasions import BIRTHDAY_OPEN_DAYS, NO_BIRTH_YEAR, Occasion, in_year, shift_day
from vaultrel.model import Evidence

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

    from vaultrel.model import Person, PersonState


def open_birthdays(state: PersonState, as_of: dt.date, ahead_days: int) -> Iterator[Occasion]:
    """The birthdays to be kept from `as_of` to `ahead_days` later, and one up to 7 days ago that is still open.

    Only of people who are a relationship or whom the user put in a circle, and not of those about whom the note says
    to remind of nothing. Contact on the day or after it answers a birthday; none is told of while it is snoozed.
    """
    person, last = state.person, state.tie.last_contact
    kept_up = state.tie.relationship or person.circle
    if not kept_up or person.ignored or person.as_needed or person.ended:
        return
    for birthday in birthdays_between(person, shift_day(as_of, -BIRTHDAY_OPEN_DAYS), shift_day(as_of, ahead_days)):
        answered = last is not None and last >= birthday.day
        snoozed = person.snooze_until is not None and birthday.day < person.snooze_until
        if not answered and not snoozed:
            yield birthday


def birthdays_between(person: Person, first: dt.date, last: dt.date) -> Iterator[Occasion]:
    """Each birthday from `first` to `last`, with the age where the year of birth is known; none before the birth.

    One on 29 February is kept on the 28th in other years, so that no wish comes late.
    """
    if (born := person.birthday) is None:
        return
    shown = Evidence(person.path, person.line_of("birthday"))
    for year in range(first.year, last.year + 1):
        day = in_year(born, year)
        if first <= day <= last and born.year < year:
            age = year - born.year if born.year > NO_BIRTH_YEAR else None
            ends = shift_day(day, BIRTHDAY_OPEN_DAYS)
            yield Occasion(f"birthday:{day.isoformat()}", day, ends, day, shown, "", "birthday", age)
