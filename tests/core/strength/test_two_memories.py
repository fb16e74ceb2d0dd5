from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from vaultrel.core.strength import probability_days, score_days, two_memories
from vaultrel.model import ContactDay

TODAY = dt.date(2026, 6, 15)


def contact(age: int, present: int = 1) -> ContactDay:
    return ContactDay(TODAY - dt.timedelta(age), present, frozenset({"mutual"}), frozenset({"meeting"}))


@pytest.mark.parametrize(("gap", "strength"), [(7, 91), (14, 83), (30, 70), (60, 53), (91, 42), (182, 25), (365, 13)])
def test_a_steady_rhythm_stands_at_its_strength_half_way_between_two_meetings(gap: int, strength: int) -> None:
    days = [contact(round(gap / 2) + gap * back) for back in range(7300 // gap)]
    assert round(score_days(two_memories, days, TODAY)) == strength


@pytest.mark.parametrize(("age", "strength"), [(0, 33), (30, 23), (90, 12)])
def test_one_meeting_fades(age: int, strength: int) -> None:
    assert round(score_days(two_memories, [contact(age)], TODAY)) == strength


def test_half_the_scale_is_about_even_odds_of_contact_within_a_quarter() -> None:
    days = [contact(age) for age in (0, 1)]
    assert score_days(two_memories, days, TODAY) == pytest.approx(50, abs=0.5)
    assert probability_days(two_memories, days, TODAY, 90) == pytest.approx(0.5, abs=0.03)


def test_company_lowers_the_strength_and_not_the_chance_of_contact() -> None:
    alone, grouped = two_memories.remember([contact(5)]), two_memories.remember([contact(5, present=16)])
    assert grouped.level_on(TODAY).total == pytest.approx(alone.level_on(TODAY).total / 2)
    assert two_memories.probability(grouped, TODAY, 90) == two_memories.probability(alone, TODAY, 90)


@pytest.mark.parametrize(("present", "share"), [(0, 1.0), (1, 1.0), (2, 0.8408964), (63, 0.3549481), (64, 0.3535534)])
def test_a_day_counts_less_the_more_people_were_there(present: int, share: float) -> None:
    level = two_memories.remember([contact(0, present)]).level_on(TODAY)
    assert level.total == pytest.approx(share, abs=1e-7)


@pytest.mark.parametrize("gap", [1, 1022, 1023, 1024, 1025, 40_000])
def test_a_gap_of_any_length_fades_by_the_same_rule(gap: int) -> None:
    before = two_memories.remember([contact(gap)])
    after = two_memories.remember([contact(0)], before)
    assert after.short - 0.8 == pytest.approx(before.level_on(TODAY).short, abs=1e-15)
    assert after.long - 0.2 == pytest.approx(before.level_on(TODAY).long, abs=1e-15)
    assert before.level_on(TODAY).short == pytest.approx(0.8 * 2 ** (-gap / 30), abs=1e-15)
    assert before.level_on(TODAY).long == pytest.approx(0.2 * 2 ** (-gap / 365), abs=1e-15)


def test_contact_that_is_recent_and_contact_of_old_have_a_term_each() -> None:
    recent, lasting = two_memories.explain(two_memories.remember([contact(400), contact(5)]), TODAY)
    assert (recent.label, recent.detail) == ("Recent contact", "the last on 2026-06-10; halves in 30 days")
    assert (lasting.label, lasting.detail) == ("Long-standing contact", "2 days since 2025-05-11; halves in a year")
    # 0.8 F = 0.71279 and 0.2 L = 0.29167 of S = 1.00446, which is worth 33.43 points.
    assert (recent.points, lasting.points) == (24, 9)


def test_only_contact_in_company_has_a_term_for_it() -> None:
    days = [contact(400), contact(12, present=5), contact(5, present=5)]
    terms = two_memories.explain(two_memories.remember(days), TODAY)
    assert [term.label for term in terms] == ["Recent contact", "Long-standing contact", "Met in groups"]
    assert terms[1].detail == "3 days since 2025-05-11; halves in a year"
    assert terms[2].detail == "2 of 3 days in company of others"
    # 34.66 + 12.80 points if always alone, 38.25 in all as it is.
    assert [term.points for term in terms] == [34, 13, -9]


def test_one_day_is_not_spoken_of_as_days() -> None:
    terms = two_memories.explain(two_memories.remember([contact(5, present=2)]), TODAY)
    assert terms[1].detail == "1 day since 2026-06-10; halves in a year"
    assert terms[2].detail == "1 of 1 day in company of others"


def test_a_memory_too_faint_for_a_number_is_no_error() -> None:
    ancient = ContactDay(dt.date.min, 1, frozenset({"mutual"}), frozenset({"meeting"}))
    assert two_memories.explain(two_memories.remember([ancient]), dt.date.max) == ()


def test_a_peak_reached_twice_is_of_the_later_day() -> None:
    ancient = ContactDay(dt.date.min, 1, frozenset({"mutual"}), frozenset({"meeting"}))
    score, day = two_memories.peak(two_memories.remember([ancient, contact(0)]))
    assert (round(score, 9), day) == (33.333333333, TODAY)


@given(
    st.dictionaries(st.integers(0, 2000), st.integers(1, 9), max_size=12),
    st.sampled_from([30, 90, 180, 365]),
)
@hypothesis_settings(max_examples=60)
def test_any_history_scores_as_the_formulas_say(ages: dict[int, int], horizon_days: int) -> None:
    days = [contact(age, present) for age, present in ages.items()]
    total = sum(p**-0.25 * (0.8 * 2 ** (-age / 30) + 0.2 * 2 ** (-age / 365)) for age, p in ages.items())
    alone = sum(0.8 * 2 ** (-age / 30) + 0.2 * 2 ** (-age / 365) for age in ages)
    chance = 1 / (1 + (2 * (90 / horizon_days) ** 0.55 / (alone + 0.1)) ** 1.5) if ages else 0.0
    assert score_days(two_memories, days, TODAY) == pytest.approx(100 * total / (total + 2), abs=1e-9)
    assert probability_days(two_memories, days, TODAY, horizon_days) == pytest.approx(chance, abs=1e-9)
