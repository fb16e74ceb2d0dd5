"""Which contact answered a follow-up."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from vaultrel.core.answers import latest_answer
from vaultrel.core.rhythm import collapse_days
from vaultrel.core.ties import assess_tie, remember_tie
from vaultrel.model import Interaction, NotePath, Person, PersonState
from vaultrel.settings import DEFAULT_SETTINGS

TODAY = dt.date(2026, 6, 30)
WEEK = TODAY - dt.timedelta(6)


def somebody(*days_ago: int, **said: Any) -> PersonState:
    """A person met so many days ago, the longest ago first."""
    path = NotePath("People/Ada.md")
    person = Person(path, "Ada", ("Ada",), **said)
    days = [TODAY - dt.timedelta(ago) for ago in days_ago]
    told = tuple(
        Interaction(path, NotePath(f"Daily/{day}.md"), 4, day, "meeting", "mutual", quote=f"Tea on {day}")
        for day in days
    )
    contact = collapse_days(told)
    tie = assess_tie(person, contact, remember_tie(contact, DEFAULT_SETTINGS), told, 30.0, DEFAULT_SETTINGS, TODAY)
    return PersonState(person, tie, contact, told)


REGULAR = tuple(range(310, 39, -30))
"""Every thirty days, up to 40 days ago."""


def test_contact_after_the_usual_gap_answers_the_follow_up_to_the_contact_before() -> None:
    answer = latest_answer(somebody(*REGULAR, 2), DEFAULT_SETTINGS.plan, WEEK)
    assert answer is not None
    assert (answer.kind, answer.day) == ("rhythm", TODAY - dt.timedelta(2))
    assert answer.cycle == f"contact:{TODAY - dt.timedelta(REGULAR[-1])}"
    assert answer.shown.quote == f"Tea on {TODAY - dt.timedelta(2)}"


def test_contact_that_came_sooner_answers_nothing() -> None:
    assert latest_answer(somebody(*REGULAR, 5, 2, cadence_days=30), DEFAULT_SETTINGS.plan, TODAY) is None
    assert latest_answer(somebody(*REGULAR, 20, 2, cadence_days=30), DEFAULT_SETTINGS.plan, WEEK) is None


def test_contact_after_it_does_not_hide_an_answer() -> None:
    answer = latest_answer(somebody(*REGULAR, 4, 2, cadence_days=30), DEFAULT_SETTINGS.plan, WEEK)
    assert answer is not None
    assert answer.day == TODAY - dt.timedelta(4)
    assert answer.shown.day == answer.day


def test_a_circle_shortens_the_gap_after_which_contact_counts() -> None:
    yearly = (1100, 735, 370, 40)
    assert latest_answer(somebody(*yearly, 2), DEFAULT_SETTINGS.plan, WEEK) is None
    assert latest_answer(somebody(*yearly, 2, circle="close"), DEFAULT_SETTINGS.plan, WEEK) is not None


def test_an_answer_before_the_days_asked_for_is_left_out() -> None:
    assert latest_answer(somebody(*REGULAR, 7), DEFAULT_SETTINGS.plan, WEEK) is None
    assert latest_answer(somebody(*REGULAR, 6), DEFAULT_SETTINGS.plan, WEEK) is not None


def test_the_second_contact_ever_answers_a_first_meeting() -> None:
    answer = latest_answer(somebody(5, 2), DEFAULT_SETTINGS.plan, WEEK)
    assert answer is not None
    assert (answer.kind, answer.cycle) == ("first", f"contact:{TODAY - dt.timedelta(5)}")
    assert latest_answer(somebody(3, 2), DEFAULT_SETTINGS.plan, WEEK) is None


def test_the_first_contact_ever_answers_nothing() -> None:
    assert latest_answer(somebody(2), DEFAULT_SETTINGS.plan, WEEK) is None
    assert latest_answer(somebody(), DEFAULT_SETTINGS.plan, WEEK) is None


@pytest.mark.parametrize("said", [{"ignored": True}, {"as_needed": True}, {"ended": "archived"}])
def test_nobody_answers_who_is_never_proposed(said: dict[str, Any]) -> None:
    assert latest_answer(somebody(*REGULAR, 2, **said), DEFAULT_SETTINGS.plan, WEEK) is None
