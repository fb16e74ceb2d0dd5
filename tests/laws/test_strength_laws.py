"""What holds of every strength model, whatever the history."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from vaultrel.core.strength import MODELS, StrengthModel, shown_strength
from vaultrel.model import ContactDay

if TYPE_CHECKING:
    from random import Random

TODAY = dt.date(2026, 6, 15)
HISTORY = st.dictionaries(st.integers(-400, 3000), st.integers(1, 40), max_size=25).map(
    lambda ages: tuple(
        ContactDay(TODAY - dt.timedelta(age), present, frozenset({"unknown"}), frozenset({"mention"}))
        for age, present in ages.items()
    )
)
each_model = pytest.mark.parametrize("model", MODELS, ids=[model.name for model in MODELS])
law = hypothesis_settings(max_examples=50)


def past(history: tuple[ContactDay, ...], as_of: dt.date = TODAY) -> tuple[ContactDay, ...]:
    return tuple(day for day in history if day.day <= as_of)


@each_model
@given(history=HISTORY)
@law
def test_strength_lies_between_0_and_100_and_probability_between_0_and_1(
    model: StrengthModel, history: tuple[ContactDay, ...]
) -> None:
    assert 0 <= model.score(history, TODAY) <= 100
    for horizon_days in (1, 30, 90, 365):
        assert 0 <= model.probability(history, TODAY, horizon_days) <= 1


@each_model
@given(history=HISTORY)
@law
def test_contact_to_come_does_not_count(model: StrengthModel, history: tuple[ContactDay, ...]) -> None:
    known = past(history)
    assert model.score(history, TODAY) == model.score(known, TODAY)
    assert model.probability(history, TODAY, 90) == model.probability(known, TODAY, 90)
    assert model.explain(history, TODAY) == model.explain(known, TODAY)


@each_model
@given(history=HISTORY, order=st.randoms(use_true_random=False))
@law
def test_the_order_of_the_days_is_irrelevant(
    model: StrengthModel, history: tuple[ContactDay, ...], order: Random
) -> None:
    shuffled = list(history)
    order.shuffle(shuffled)
    assert model.score(shuffled, TODAY) == model.score(history, TODAY)
    assert model.explain(shuffled, TODAY) == model.explain(history, TODAY)


@each_model
@given(history=HISTORY, age=st.integers(0, 3000), present=st.integers(1, 40))
@law
def test_one_more_day_of_contact_never_lowers_it(
    model: StrengthModel, history: tuple[ContactDay, ...], age: int, present: int
) -> None:
    day = TODAY - dt.timedelta(age)
    more = ContactDay(day, present, frozenset({"mutual"}), frozenset({"meeting"}))
    before = tuple(known for known in history if known.day != day)
    assert model.score((*before, more), TODAY) >= model.score(before, TODAY)


@each_model
@given(history=HISTORY, silence=st.integers(1, 4000))
@law
def test_silence_never_raises_it(model: StrengthModel, history: tuple[ContactDay, ...], silence: int) -> None:
    known = past(history)
    later = TODAY + dt.timedelta(silence)
    assert model.score(known, later) <= model.score(known, TODAY)
    assert model.probability(known, later, 90) <= model.probability(known, TODAY, 90)


@each_model
@given(history=HISTORY, silence=st.integers(0, 1000))
@law
def test_a_day_of_silence_changes_it_by_little(
    model: StrengthModel, history: tuple[ContactDay, ...], silence: int
) -> None:
    known, day = past(history), TODAY + dt.timedelta(silence)
    assert model.score(known, day) - model.score(known, day + dt.timedelta(1)) < 1.2


@each_model
@given(history=HISTORY)
@law
def test_contact_is_likelier_within_a_longer_time(model: StrengthModel, history: tuple[ContactDay, ...]) -> None:
    chances = [model.probability(history, TODAY, horizon_days) for horizon_days in (30, 60, 90, 180, 365)]
    assert chances == sorted(chances)


@each_model
@given(history=HISTORY)
@law
def test_the_terms_sum_to_the_number_shown(model: StrengthModel, history: tuple[ContactDay, ...]) -> None:
    terms = model.explain(history, TODAY)
    assert sum(term.points for term in terms) == shown_strength(model.score(history, TODAY))
    assert bool(terms) == bool(past(history))


@each_model
def test_without_contact_there_is_no_strength(model: StrengthModel) -> None:
    assert (model.score((), TODAY), model.probability((), TODAY, 90), model.explain((), TODAY)) == (0.0, 0.0, ())


@each_model
@pytest.mark.parametrize("as_of", [dt.date.min, dt.date.max])
def test_no_day_of_the_calendar_is_an_error(model: StrengthModel, as_of: dt.date) -> None:
    days = tuple(
        ContactDay(day, 1, frozenset({"mutual"}), frozenset({"meeting"})) for day in (dt.date.min, dt.date.max)
    )
    assert 0 <= model.score(days, as_of) <= 100
    assert sum(term.points for term in model.explain(days, as_of)) == shown_strength(model.score(days, as_of))
    assert 0 <= model.probability(days[:1], as_of, 90) <= 1
