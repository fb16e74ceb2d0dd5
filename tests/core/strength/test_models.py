from __future__ import annotations

import datetime as dt
import pkgutil

import pytest

import vaultrel.core.strength
from vaultrel.core.strength import MODELS, frequency, get_model, recency, score_ties
from vaultrel.core.strength.base import share_points
from vaultrel.errors import SettingsError
from vaultrel.model import ContactDay, Interaction, NotePath
from vaultrel.settings import DEFAULT_SETTINGS

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
    with pytest.raises(SettingsError, match="known models: two-memories, recency, frequency"):
        get_model("astrology")


def test_recency_halves_in_ninety_days_whatever_came_before() -> None:
    assert recency.score([contact(0)], TODAY) == 100
    assert recency.score([contact(90)], TODAY) == 50
    assert recency.score([contact(90), contact(91), contact(400)], TODAY) == 50


def test_recency_expects_silence_to_last_as_long_again() -> None:
    assert recency.probability([contact(89)], TODAY, 90) == 0.5


def test_frequency_counts_days_whenever_they_were() -> None:
    assert frequency.score([contact(age) for age in range(10)], TODAY) == 50
    assert frequency.score([contact(age * 300) for age in range(10)], TODAY) == 50


def test_frequency_expects_the_rate_known_so_far() -> None:
    assert frequency.probability([contact(0)], TODAY, 90) == 0.5
    assert frequency.probability([contact(0), contact(90)], TODAY, 180) == pytest.approx(0.75)


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


def test_interactions_are_scored_by_person_a_day_counting_once() -> None:
    ana, ben = NotePath("People/Ana Reis.md"), NotePath("People/Ben Ito.md")

    def met(person: NotePath, age: int, note: str = "Daily.md") -> Interaction:
        return Interaction(person, NotePath(note), 1, TODAY - dt.timedelta(age), "meeting", "mutual")

    scores = score_ties([met(ben, 90), met(ana, 0), met(ana, 0, "Lunch.md"), met(ana, -5)], TODAY)
    assert list(scores) == [ana, ben]
    assert scores[ana] == pytest.approx(100 / 3)
    assert score_ties([met(ben, 90)], TODAY, "recency") == {ben: 50}
