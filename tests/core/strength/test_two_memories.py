from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from vaultrel.core.strength import two_memories
from vaultrel.core.strength.two_memories import highest_score
from vaultrel.model import ContactDay

TODAY = dt.date(2026, 6, 15)


def contact(age: int, present: int = 1) -> ContactDay:
    return ContactDay(TODAY - dt.timedelta(age), present, frozenset({"mutual"}), frozenset({"meeting"}))


@pytest.mark.parametrize(("gap", "strength"), [(7, 91), (14, 83), (30, 70), (60, 53), (91, 42), (182, 25), (365, 13)])
def test_a_steady_rhythm_stands_at_its_strength_half_way_between_two_meetings(gap: int, strength: int) -> None:
    days = [contact(round(gap / 2) + gap * back) for back in range(7300 // gap)]
    assert round(two_memories.score(days, TODAY)) == strength


@pytest.mark.parametrize(("age", "strength"), [(0, 33), (30, 23), (90, 12)])
def test_one_meeting_fades(age: int, strength: int) -> None:
    assert round(two_memories.score([contact(age)], TODAY)) == strength


def test_half_the_scale_is_about_even_odds_of_contact_within_a_quarter() -> None:
    days = [contact(age) for age in (0, 1)]
    assert two_memories.score(days, TODAY) == pytest.approx(50, abs=0.5)
    assert two_memories.probability(days, TODAY, 90) == pytest.approx(0.5, abs=0.03)


def test_company_lowers_the_strength_and_not_the_chance_of_contact() -> None:
    alone, grouped = [contact(5)], [contact(5, present=16)]
    assert two_memories.remember(grouped, TODAY).total == pytest.approx(two_memories.remember(alone, TODAY).total / 2)
    assert two_memories.probability(grouped, TODAY, 90) == two_memories.probability(alone, TODAY, 90)


def test_only_contact_in_company_has_a_term_for_it() -> None:
    assert [term.label for term in two_memories.explain([contact(5), contact(400)], TODAY)] == [
        "Recent contact",
        "Long-standing contact",
    ]
    terms = two_memories.explain([contact(5, present=5), contact(12, present=5), contact(400)], TODAY)
    assert [term.label for term in terms] == ["Recent contact", "Long-standing contact", "Met in groups"]
    assert terms[2].points < 0
    assert terms[2].detail == "2 of 3 days in company of others"


def test_a_memory_too_faint_for_a_number_is_no_error() -> None:
    ancient = ContactDay(dt.date.min, 1, frozenset({"mutual"}), frozenset({"meeting"}))
    assert two_memories.explain([ancient], dt.date.max) == ()


@given(st.dictionaries(st.integers(0, 2000), st.integers(1, 9), max_size=12))
@hypothesis_settings(max_examples=40)
def test_the_highest_score_is_that_of_the_strongest_day(ages: dict[int, int]) -> None:
    days = [contact(age, present) for age, present in ages.items()]
    by_day = [two_memories.score(days, day.day) for day in days]
    assert highest_score(days, TODAY) == pytest.approx(max(by_day, default=0.0), abs=1e-9)
