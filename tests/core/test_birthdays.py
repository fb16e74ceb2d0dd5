"""Birthdays as a calendar shows them."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from msgspec.structs import replace

from vaultrel.core.birthdays import birthdays_between, open_birthdays
from vaultrel.core.ties import assess_tie, remember_tie
from vaultrel.model import NotePath, Person, PersonState
from vaultrel.settings import DEFAULT_SETTINGS

TODAY = dt.date(2026, 6, 30)


def somebody(*, relationship: bool = True, last: dt.date | None = None, **said: Any) -> PersonState:
    """A person born on 9 July 1986, with what the note says."""
    facts = {"birthday": dt.date(1986, 7, 9), **said}
    person = Person(NotePath("People/Ada.md"), "Ada", ("Ada",), lines=(("birthday", 3),), **facts)
    tie = assess_tie(person, (), remember_tie((), DEFAULT_SETTINGS), (), 30.0, DEFAULT_SETTINGS, TODAY)
    return PersonState(person, replace(tie, relationship=relationship, last_contact=last), (), ())


def days(state: PersonState, ahead_days: int = 120) -> list[str]:
    return [birthday.day.isoformat() for birthday in open_birthdays(state, TODAY, ahead_days)]


def test_a_birthday_ahead_is_told_with_its_day_age_and_line() -> None:
    (birthday,) = open_birthdays(somebody(), TODAY, 120)
    assert (birthday.day, birthday.age, birthday.cycle) == (dt.date(2026, 7, 9), 40, "birthday:2026-07-09")
    assert (birthday.shown.path, birthday.shown.line) == ("People/Ada.md", 3)


def test_a_birthday_without_a_year_has_no_age() -> None:
    assert [b.age for b in open_birthdays(somebody(birthday=dt.date(1604, 7, 9)), TODAY, 120)] == [None]


def test_there_is_one_for_every_year_of_the_horizon() -> None:
    assert days(somebody(), 800) == ["2026-07-09", "2027-07-09", "2028-07-09"]
    assert days(somebody(), 8) == []
    assert days(somebody(), 9) == ["2026-07-09"]


@pytest.mark.parametrize(
    ("born", "expected"),
    [("2026-06-22", []), ("1990-06-23", ["2026-06-23"]), ("1990-06-22", []), ("1990-06-30", ["2026-06-30"])],
)
def test_a_birthday_stays_open_for_a_week_and_the_birth_itself_is_none(born: str, expected: list[str]) -> None:
    assert days(somebody(birthday=dt.date.fromisoformat(born)), 30) == expected


@pytest.mark.parametrize(
    ("contact", "open_still"), [("2026-06-27", True), ("2026-06-28", False), ("2026-06-29", False)]
)
def test_contact_on_the_day_or_after_answers_a_birthday(contact: str, *, open_still: bool) -> None:
    state = somebody(birthday=dt.date(1990, 6, 28), last=dt.date.fromisoformat(contact))
    assert days(state, 30) == (["2026-06-28"] if open_still else [])


def test_only_relationships_and_people_in_a_circle_have_one() -> None:
    assert days(somebody(relationship=False)) == []
    assert days(somebody(relationship=False, circle="book club")) == ["2026-07-09"]


@pytest.mark.parametrize("said", [{"ignored": True}, {"as_needed": True}, {"ended": "deceased"}])
def test_nobody_is_told_of_about_whom_the_note_says_not_to_be_reminded(said: dict[str, Any]) -> None:
    assert days(somebody(**said)) == []


def test_a_birthday_before_the_end_of_a_snooze_is_not_told() -> None:
    assert days(somebody(snooze_until=dt.date(2026, 7, 10))) == []
    assert days(somebody(snooze_until=dt.date(2026, 7, 9))) == ["2026-07-09"]


def test_a_leap_day_is_kept_on_the_28th_in_other_years() -> None:
    born = somebody(birthday=dt.date(2004, 2, 29)).person
    found = birthdays_between(born, dt.date(2027, 1, 1), dt.date(2028, 12, 31))
    assert [birthday.day.isoformat() for birthday in found] == ["2027-02-28", "2028-02-29"]


def test_at_the_ends_of_the_calendar_there_is_no_error() -> None:
    born = somebody(birthday=dt.date(1990, 12, 31)).person
    assert [b.age for b in birthdays_between(born, dt.date(9999, 12, 1), dt.date.max)] == [8009]
    assert list(birthdays_between(born, dt.date.min, dt.date(1, 12, 31))) == []
