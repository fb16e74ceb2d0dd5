"""What holds of every strength model, whatever the history."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from vaultrel.core.strength import (
    MODELS,
    StrengthModel,
    probability_days,
    score_days,
    shown_strength,
    strength_history,
)
from vaultrel.core.strength.base import past_days
from vaultrel.model import ContactDay, StrengthTerm

if TYPE_CHECKING:
    from random import Random

TODAY = dt.date(2026, 6, 15)
Model: TypeAlias = StrengthModel[Any]
HISTORY = st.dictionaries(st.integers(-400, 3000), st.integers(1, 40), max_size=25).map(
    lambda ages: tuple(
        ContactDay(TODAY - dt.timedelta(age), present, frozenset({"unknown"}), frozenset({"mention"}))
        for age, present in ages.items()
    )
)
each_model = pytest.mark.parametrize("model", MODELS, ids=[model.name for model in MODELS])
law = hypothesis_settings(max_examples=50)


def past(history: tuple[ContactDay, ...]) -> tuple[ContactDay, ...]:
    return tuple(past_days(history, TODAY))


def explained(model: Model, history: tuple[ContactDay, ...], as_of: dt.date = TODAY) -> tuple[StrengthTerm, ...]:
    return model.explain(model.remember(past_days(history, as_of)), as_of)


@each_model
@given(history=HISTORY)
@law
def test_strength_lies_between_0_and_100_and_probability_between_0_and_1(
    model: Model, history: tuple[ContactDay, ...]
) -> None:
    assert 0 <= score_days(model, history, TODAY) <= 100
    for horizon_days in (1, 30, 90, 365):
        assert 0 <= probability_days(model, history, TODAY, horizon_days) <= 1


@each_model
@given(history=HISTORY, steps=st.lists(st.integers(0, 25), max_size=4))
@law
def test_days_taken_in_step_by_step_leave_the_memory_of_all_at_once(
    model: Model, history: tuple[ContactDay, ...], steps: list[int]
) -> None:
    days = past_days(history, dt.date.max)
    memory = model.remember(())
    for start, end in pairwise([0, *sorted(steps), len(days)]):
        memory = model.remember(days[start:end], memory)
    assert memory == model.remember(days)
    one_by_one = model.remember(())
    for day in days:
        one_by_one = model.remember([day], one_by_one)
    assert one_by_one == memory


@each_model
@given(history=HISTORY)
@law
def test_contact_to_come_does_not_count(model: Model, history: tuple[ContactDay, ...]) -> None:
    known = tuple(day for day in history if day.day <= TODAY)
    assert score_days(model, history, TODAY) == score_days(model, known, TODAY)
    assert probability_days(model, history, TODAY, 90) == probability_days(model, known, TODAY, 90)
    assert explained(model, history) == explained(model, known)


@each_model
@given(history=HISTORY, order=st.randoms(use_true_random=False))
@law
def test_the_order_of_the_days_is_irrelevant(model: Model, history: tuple[ContactDay, ...], order: Random) -> None:
    shuffled = list(history)
    order.shuffle(shuffled)
    assert score_days(model, shuffled, TODAY) == score_days(model, history, TODAY)
    assert explained(model, tuple(shuffled)) == explained(model, history)


@each_model
@given(history=HISTORY, age=st.integers(0, 3000), present=st.integers(1, 40))
@law
def test_one_more_day_of_contact_never_lowers_it(
    model: Model, history: tuple[ContactDay, ...], age: int, present: int
) -> None:
    day = TODAY - dt.timedelta(age)
    more = ContactDay(day, present, frozenset({"mutual"}), frozenset({"meeting"}))
    before = tuple(known for known in history if known.day != day)
    assert score_days(model, (*before, more), TODAY) >= score_days(model, before, TODAY)


@each_model
@given(history=HISTORY, silence=st.integers(1, 4000))
@law
def test_silence_never_raises_it(model: Model, history: tuple[ContactDay, ...], silence: int) -> None:
    memory = model.remember(past(history))
    later = TODAY + dt.timedelta(silence)
    assert model.score(memory, later) <= model.score(memory, TODAY)
    assert model.probability(memory, later, 90) <= model.probability(memory, TODAY, 90)


@each_model
@given(history=HISTORY, silence=st.integers(0, 1000))
@law
def test_a_day_of_silence_changes_it_by_little(model: Model, history: tuple[ContactDay, ...], silence: int) -> None:
    memory, day = model.remember(past(history)), TODAY + dt.timedelta(silence)
    assert model.score(memory, day) - model.score(memory, day + dt.timedelta(1)) < 1.2


@each_model
@given(history=HISTORY)
@law
def test_contact_is_likelier_within_a_longer_time(model: Model, history: tuple[ContactDay, ...]) -> None:
    chances = [probability_days(model, history, TODAY, horizon_days) for horizon_days in (30, 60, 90, 180, 365)]
    assert chances == sorted(chances)


@each_model
@given(history=HISTORY)
@law
def test_the_terms_sum_to_the_number_shown(model: Model, history: tuple[ContactDay, ...]) -> None:
    terms = explained(model, history)
    assert sum(term.points for term in terms) == shown_strength(score_days(model, history, TODAY))
    assert bool(terms) == bool(past(history))


@each_model
@given(history=HISTORY)
@law
def test_the_peak_is_the_highest_score_of_any_day_of_contact(model: Model, history: tuple[ContactDay, ...]) -> None:
    days = past_days(history, dt.date.max)
    scores = {day.day: score_days(model, days, day.day) for day in days}
    highest = max(scores.values(), default=0.0)
    last = max((day for day, score in scores.items() if score == highest), default=None)
    assert model.peak(model.remember(days)) == (highest, last)


@each_model
@given(history=HISTORY, ages=st.lists(st.integers(-500, 3500), max_size=12))
@law
def test_a_history_of_strength_is_the_score_of_each_day(
    model: Model, history: tuple[ContactDay, ...], ages: list[int]
) -> None:
    on = sorted(TODAY - dt.timedelta(age) for age in ages)
    days = past_days(history, dt.date.max)
    assert strength_history(model, days, on) == tuple(score_days(model, days, day) for day in on)


@each_model
def test_without_contact_there_is_no_strength(model: Model) -> None:
    nothing = model.remember(())
    assert (model.score(nothing, TODAY), model.probability(nothing, TODAY, 90)) == (0.0, 0.0)
    assert (model.peak(nothing), model.explain(nothing, TODAY)) == ((0.0, None), ())


@each_model
def test_more_contact_may_be_imagined_on_the_last_day_of_contact(model: Model) -> None:
    contact = ContactDay(TODAY, 1, frozenset({"unknown"}), frozenset({"contact"}))
    memory = model.remember([contact])
    assert model.score(model.remember([contact], memory), TODAY) >= model.score(memory, TODAY)


@each_model
@pytest.mark.parametrize("as_of", [dt.date.min, dt.date.max])
def test_no_day_of_the_calendar_is_an_error(model: Model, as_of: dt.date) -> None:
    days = tuple(
        ContactDay(day, 1, frozenset({"mutual"}), frozenset({"meeting"})) for day in (dt.date.min, dt.date.max)
    )
    score = score_days(model, days, as_of)
    assert 0 <= score <= 100
    assert sum(term.points for term in explained(model, days, as_of)) == shown_strength(score)
    assert 0 <= probability_days(model, days[:1], as_of, 90) <= 1
