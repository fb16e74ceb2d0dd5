from __future__ import annotations

import datetime as dt

import pytest
from msgspec.structs import replace

from vaultrel.core.occasions import next_birthday, open_occasions, shift_day
from vaultrel.core.rhythm import collapse_days
from vaultrel.core.ties import assess_tie, remember_tie
from vaultrel.model import Fact, Interaction, NotePath, Person, PersonState
from vaultrel.settings import DEFAULT_SETTINGS

DAY = dt.date(2026, 6, 15)
ANA = Person(path=NotePath("People/Ana Reis.md"), name="Ana Reis", names=("Ana Reis",))


def on(days: int) -> dt.date:
    return DAY + dt.timedelta(days)


def fact(kind: str, day: int = 0, noted: int | None = None) -> Fact:
    return Fact(ANA.path, ANA.path, 9, kind, "Ana sings", on(day), None if noted is None else on(noted))


def state(*facts: Fact, last: int | None = None) -> PersonState:
    met = [Interaction(ANA.path, ANA.path, 3, on(last), "meeting", "mutual")] if last is not None else []
    days = collapse_days(met)
    tie = assess_tie(ANA, days, remember_tie(days, DEFAULT_SETTINGS), met, 30.0, DEFAULT_SETTINGS, on(40))
    return PersonState(ANA, tie, days, tuple(met), facts=facts)


TOUCH_DAYS = [
    # kind of fact, last contact in days from its day, day of the touch in days from its day
    ("health", -30, 1),
    ("exam", -30, 1),
    ("day", -30, 1),
    ("start", -30, 3),
    ("move", -30, 3),
    ("trip", -30, 3),
    ("celebration", -30, 0),
    ("show", None, -7),
    ("show", -8, -7),
    ("show", -7, 0),
    ("show", -1, 0),
    ("a kind that comes later", -30, 1),
]


@pytest.mark.parametrize(("kind", "last", "touch"), TOUCH_DAYS)
def test_each_kind_of_day_has_its_time(kind: str, last: int | None, touch: int) -> None:
    (found,) = open_occasions(state(fact(kind), last=last), DAY)
    assert found.begins == on(touch)


ANSWERS = [
    # kind, last contact in days from the day, whether it is still open
    ("exam", -1, True),
    ("exam", 0, True),
    ("exam", 1, False),
    ("show", -1, True),
    ("show", 0, False),
    ("celebration", 0, False),
]


@pytest.mark.parametrize(("kind", "last", "is_open"), ANSWERS)
def test_contact_after_the_day_answers_it(kind: str, last: int, is_open: bool) -> None:  # noqa: FBT001 - case data
    assert bool(open_occasions(state(fact(kind), last=last), on(2))) is is_open


@pytest.mark.parametrize(("as_of", "is_open"), [(0, True), (21, True), (22, False)])
def test_after_three_weeks_it_is_let_go(as_of: int, is_open: bool) -> None:  # noqa: FBT001 - case data
    assert bool(open_occasions(state(fact("exam")), on(as_of))) is is_open


def test_what_was_noted_later_is_not_known_yet() -> None:
    assert not open_occasions(state(fact("exam", 9, noted=3)), on(2))
    assert open_occasions(state(fact("exam", 9, noted=3)), on(3))


@pytest.mark.parametrize("kind", ["question", "news"])
def test_what_has_no_day_is_no_occasion(kind: str) -> None:
    assert not open_occasions(state(replace(fact(kind), day=None)), DAY)


def test_of_several_the_one_that_begins_first_comes_first() -> None:
    exam, show = fact("exam", 5), fact("show", 8)
    assert [each.kind for each in open_occasions(state(exam, show), DAY)] == ["show", "exam"]
    assert [each.kind for each in open_occasions(state(show, exam, last=4), on(4))] == ["exam", "show"]


BIRTHDAYS = [
    # the birthday, the day looked from; the next birthday and the age, where it is known
    (dt.date(1986, 6, 20), DAY, dt.date(2026, 6, 20), 40),
    (dt.date(1604, 6, 20), DAY, dt.date(2026, 6, 20), None),
    (dt.date(1986, 6, 14), DAY, dt.date(2026, 6, 14), 40),
    (dt.date(1986, 6, 7), DAY, dt.date(2027, 6, 7), 41),
    (dt.date(1992, 2, 29), dt.date(2026, 2, 20), dt.date(2026, 2, 28), 34),
]


@pytest.mark.parametrize(("born", "as_of", "day", "age"), BIRTHDAYS)
def test_a_relationship_has_one_birthday_open_until_a_week_after(
    born: dt.date, as_of: dt.date, day: dt.date, age: int | None
) -> None:
    ana = replace(state(last=-300), person=replace(ANA, birthday=born))
    assert not open_occasions(ana, as_of)
    (found,) = open_occasions(replace(ana, tie=replace(ana.tie, relationship=True)), as_of)
    assert (found.begins, found.day, found.age) == (day, day, age)


def test_contact_on_the_birthday_answers_it() -> None:
    ana = replace(state(last=0), person=replace(ANA, birthday=DAY.replace(year=1986)))
    assert not open_occasions(replace(ana, tie=replace(ana.tie, relationship=True)), on(1))


def test_the_ends_of_the_calendar_are_no_error() -> None:
    for day in (dt.date.min, dt.date.max):
        (found,) = open_occasions(state(replace(fact("show"), day=day)), day)
        assert found.begins <= day <= found.ends
        assert shift_day(day, 10**7) == dt.date.max
        assert shift_day(day, -(10**7)) == dt.date.min
        next_birthday(replace(ANA, birthday=dt.date(1904, 2, 29)), day)
