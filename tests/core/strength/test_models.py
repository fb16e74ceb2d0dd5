from __future__ import annotations

import datetime as dt
import pkgutil
from typing import TYPE_CHECKING

import pytest

import vaultrel.core.strength
from vaultrel.core.derive import derive
from vaultrel.core.notes import parse_note
from vaultrel.core.strength import (
    MODELS,
    StrengthModel,
    frequency,
    get_model,
    probability_days,
    recency,
    score_days,
    score_ties,
    strength_history,
)
from vaultrel.core.strength.base import share_points
from vaultrel.errors import SettingsError
from vaultrel.model import ContactDay, Interaction, NotePath, StrengthTerm
from vaultrel.settings import DEFAULT_SETTINGS, Settings

if TYPE_CHECKING:
    from collections.abc import Sequence

TODAY = dt.date(2026, 6, 15)


def contact(age: int) -> ContactDay:
    return ContactDay(TODAY - dt.timedelta(age), 1, frozenset({"mutual"}), frozenset({"meeting"}))


def test_every_module_of_a_model_is_in_the_list() -> None:
    modules = {module.name for module in pkgutil.iter_modules(vaultrel.core.strength.__path__)} - {"base"}
    assert {model.name.replace("-", "_") for model in MODELS} == modules


def test_the_default_model_is_the_first() -> None:
    assert MODELS[0].name == DEFAULT_SETTINGS.strength_model


@pytest.mark.parametrize("model", MODELS, ids=[model.name for model in MODELS])
def test_a_model_is_found_by_its_name(model: object) -> None:
    assert get_model(getattr(model, "name", "")) is model


def test_an_unknown_model_is_refused_with_the_names_there_are() -> None:
    with pytest.raises(SettingsError, match="The settings") as refused:
        get_model("astrology")
    assert "no model 'astrology'; known models: two-memories, spaced-memories, recency, frequency" in str(refused.value)


def test_recency_halves_in_ninety_days_whatever_came_before() -> None:
    assert score_days(recency, [contact(0)], TODAY) == 100
    assert score_days(recency, [contact(90)], TODAY) == 50
    assert score_days(recency, [contact(90), contact(91), contact(400)], TODAY) == 50


def test_recency_expects_silence_to_last_as_long_again() -> None:
    assert probability_days(recency, [contact(89)], TODAY, 90) == 0.5
    assert probability_days(recency, [contact(0)], TODAY, 1) == 0.5


def test_recency_says_when_the_last_contact_was() -> None:
    (term,) = recency.explain(recency.remember([contact(400), contact(90)]), TODAY)
    assert (term.label, term.detail, term.points) == ("Last contact", "on 2026-03-17", 50)


def test_frequency_counts_days_whenever_they_were() -> None:
    assert score_days(frequency, [contact(age) for age in range(10)], TODAY) == 50
    assert score_days(frequency, [contact(age * 300) for age in range(10)], TODAY) == 50


def test_frequency_expects_the_rate_known_so_far() -> None:
    assert probability_days(frequency, [contact(0)], TODAY, 90) == 0.5
    assert probability_days(frequency, [contact(0), contact(90)], TODAY, 180) == pytest.approx(0.75)


def test_frequency_says_how_many_days_since_when() -> None:
    (term,) = frequency.explain(frequency.remember([contact(90), contact(0)]), TODAY)
    assert (term.label, term.detail, term.points) == ("Days of contact", "2 since 2026-03-17", 17)


def test_a_history_of_strength_rises_with_contact_and_falls_with_silence() -> None:
    days = [contact(200), contact(100), contact(40)]
    on = [TODAY - dt.timedelta(age) for age in (201, 200, 101, 100, 0)]
    assert strength_history(frequency, days, on) == pytest.approx((0, 100 / 11, 100 / 11, 200 / 12, 300 / 13))
    assert strength_history(recency, days, on) == pytest.approx((0, 100, 9000 / 189, 100, 9000 / 130))


@pytest.mark.parametrize(
    ("parts", "total", "points"),
    [
        ((33.4, 33.3, 33.3), 100, (34, 33, 33)),
        ((60.0, 40.0), 100, (60, 40)),
        ((50.5, 20.2, -7.6), 63, (51, 20, -8)),
        ((0.2, 0.2), 0, (0, 0)),
        ((), 0, ()),
    ],
)
def test_points_go_to_the_largest_remainders(parts: tuple[float, ...], total: int, points: tuple[int, ...]) -> None:
    assert share_points(parts, total) == points


class Months:
    """A model of one page, with a memory of its own kind: the months in which there was contact, and the last day."""

    name = "months"

    def remember(
        self, days: Sequence[ContactDay], known: tuple[frozenset[int], dt.date | None] = (frozenset(), None)
    ) -> tuple[frozenset[int], dt.date | None]:
        months = {day.day.year * 12 + day.day.month for day in days}
        return known[0] | months, days[-1].day if days else known[1]

    def score(self, memory: tuple[frozenset[int], dt.date | None], as_of: dt.date) -> float:
        return 100 * len(memory[0]) / (len(memory[0]) + 12)

    def probability(self, memory: tuple[frozenset[int], dt.date | None], as_of: dt.date, horizon_days: int) -> float:
        return self.score(memory, as_of) / 100

    def peak(self, memory: tuple[frozenset[int], dt.date | None]) -> tuple[float, dt.date | None]:
        return self.score(memory, dt.date.max), memory[1]

    def explain(self, memory: tuple[frozenset[int], dt.date | None], as_of: dt.date) -> tuple[StrengthTerm, ...]:
        points = round(self.score(memory, as_of))
        return (StrengthTerm("Months with contact", str(len(memory[0])), points),) if memory[0] else ()


def test_a_model_is_a_page_of_code_and_a_line_in_the_list(monkeypatch: pytest.MonkeyPatch) -> None:
    months: StrengthModel[tuple[frozenset[int], dt.date | None]] = Months()
    monkeypatch.setattr(vaultrel.core.strength, "MODELS", (*MODELS, months))
    said = "".join(f"- 2026-0{month}-0{day}: tea\n" for month, day in ((3, 1), (3, 8), (4, 2), (6, 1)))
    ana = parse_note(NotePath("People/Ana Reis.md"), f"---\ntags: [person]\n---\n{said}".encode())
    (state,) = derive([ana], Settings(strength_model="months"), TODAY).people
    assert (state.tie.strength, state.tie.peak, state.tie.peak_day) == (20, 20, dt.date(2026, 6, 1))
    assert state.tie.terms == (StrengthTerm("Months with contact", "3", 20),)


def test_interactions_are_scored_by_person_a_day_counting_once() -> None:
    ana, ben = NotePath("People/Ana Reis.md"), NotePath("People/Ben Ito.md")

    def met(person: NotePath, age: int, note: str = "Daily.md") -> Interaction:
        return Interaction(person, NotePath(note), 1, TODAY - dt.timedelta(age), "meeting", "mutual")

    scores = score_ties([met(ben, 90), met(ana, 0), met(ana, 0, "Lunch.md"), met(ana, -5)], TODAY)
    assert list(scores) == [ana, ben]
    assert scores[ana] == pytest.approx(100 / 3)
    assert score_ties([met(ben, 90)], TODAY, "recency") == {ben: 50}
