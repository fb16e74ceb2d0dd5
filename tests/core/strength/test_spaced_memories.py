from __future__ import annotations

import datetime as dt

import pytest

from vaultrel.core.strength import probability_days, score_days, spaced_memories, two_memories
from vaultrel.model import ContactDay

TODAY = dt.date(2026, 6, 15)


def history(*ages: int, present: int = 1) -> tuple[ContactDay, ...]:
    days = (TODAY - dt.timedelta(age) for age in sorted(ages, reverse=True))
    return tuple(ContactDay(day, present, frozenset({"mutual"}), frozenset({"meeting"})) for day in days)


def plain_total(ages: tuple[int, ...], weight: float = 1.0) -> float:
    """S by the sums of the module's docstring, each written out."""
    kept: list[tuple[int, float]] = []
    for age in sorted(ages, reverse=True):
        close = sum(credit * 2 ** (-(before - age) / 3) for before, credit in kept)
        kept.append((age, weight / (1 + close)))
    short = sum(credit * 2 ** (-age / 30) for age, credit in kept)
    long = sum(credit * 2 ** (-age / 365) for age, credit in kept)
    return 0.8 * short + 0.2 * long


@pytest.mark.parametrize(
    "ages", [(0,), (400,), (0, 1), (3, 4, 5, 6, 7), tuple(range(0, 700, 7)), (1, 2, 50, 51, 52, 300, 301, 900)]
)
def test_it_is_the_formula(ages: tuple[int, ...]) -> None:
    total = plain_total(ages)
    assert score_days(spaced_memories, history(*ages), TODAY) == pytest.approx(100 * total / (total + 2), abs=1e-9)
    expected = 1 / (1 + (1.7 / (total + 0.1)) ** 1.5)
    assert probability_days(spaced_memories, history(*ages), TODAY, 90) == pytest.approx(expected, abs=1e-9)


def test_company_weighs_as_in_the_formula() -> None:
    total = plain_total((2, 3, 90), weight=4**-0.25)
    assert score_days(spaced_memories, history(2, 3, 90, present=4), TODAY) == pytest.approx(100 * total / (total + 2))


def test_days_far_apart_count_as_in_two_memories_and_a_week_in_one_go_for_much_less() -> None:
    seldom, burst = history(10, 70, 130, 190), history(*range(20, 27))
    assert score_days(spaced_memories, seldom, TODAY) == pytest.approx(score_days(two_memories, seldom, TODAY), abs=0.1)
    assert score_days(spaced_memories, burst, TODAY) < score_days(two_memories, burst, TODAY) - 10


def test_it_says_what_days_close_together_take_away_and_nothing_where_there_are_none() -> None:
    def terms(days: tuple[ContactDay, ...]) -> dict[str, int]:
        told = spaced_memories.explain(spaced_memories.remember(days), TODAY)
        return {term.label: term.points for term in told}

    burst = terms(history(*range(7)))
    assert list(burst) == ["Recent contact", "Long-standing contact", "Days close together"]
    assert burst["Days close together"] < 0
    assert list(terms(history(5, 95, present=3))) == ["Recent contact", "Long-standing contact", "Met in groups"]
