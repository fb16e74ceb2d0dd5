"""The example plugin keeps the laws that it is an example of; `tests/wheel` installs and uses it."""

from __future__ import annotations

import datetime as dt
import importlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaultrel.core.strength import score_days, shown_strength
from vaultrel.model import ContactDay
from vaultrel.plugins import Plugin, collect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vaultrel.core.strength import StrengthModel

SOURCE = Path(__file__).parents[2] / "examples" / "vaultrel-example-plugin" / "src"


@pytest.fixture(scope="module")
def plugin() -> Iterator[Plugin]:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(SOURCE)
        yield collect("example", "example 1.0", importlib.import_module("vaultrel_example_plugin"))
    for name in [name for name in sys.modules if name.partition(".")[0] == "vaultrel_example_plugin"]:
        del sys.modules[name]


@pytest.fixture(scope="module")
def quarter(plugin: Plugin) -> StrengthModel[Any]:
    return plugin.models[0]


START = dt.date(2026, 1, 1)


def contact(*days: dt.date) -> list[ContactDay]:
    return [ContactDay(day, 1, frozenset({"mutual"}), frozenset({"meeting"})) for day in sorted(days)]


def test_it_adds_one_of_each(plugin: Plugin) -> None:
    added = (plugin.syntaxes, plugin.models, plugin.outputs, plugin.commands)
    assert [[item.name for item in kind] for kind in added] == [
        ["bracket-handle"],
        ["quarter"],
        ["agenda"],
        ["birthdays"],
    ]


@given(ages=st.sets(st.integers(0, 400), min_size=1, max_size=20), wait=st.integers(0, 400))
def test_its_strength_never_rises_by_silence_and_never_falls_by_contact(
    quarter: StrengthModel[Any], ages: set[int], wait: int
) -> None:
    days = [START + dt.timedelta(age) for age in ages]
    later = max(days) + dt.timedelta(wait)
    strength = score_days(quarter, contact(*days), later)
    assert 0 <= strength <= score_days(quarter, contact(*days), max(days)) <= 100
    assert score_days(quarter, contact(*{*days, later}), later) >= strength
    memory = quarter.remember(contact(*days))
    assert sum(term.points for term in quarter.explain(memory, later)) == shown_strength(strength)
    assert 0 <= quarter.probability(memory, later, 30) <= 1


@pytest.mark.parametrize("as_of", [dt.date.min, dt.date.max])
def test_no_day_of_the_calendar_is_an_error_of_its_model(quarter: StrengthModel[Any], as_of: dt.date) -> None:
    days = contact(dt.date.min, dt.date.max)
    assert score_days(quarter, days, as_of) == 10
    assert quarter.peak(quarter.remember(days)) == (10, dt.date.max)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Lunch with @[Ada Stone] and @[ Ben Hale ].", [("Ada Stone", 12), ("Ben Hale", 29)]),
        ("@[]", []),
        ("@[" * 1000, []),
        ("@[" + "a" * 81 + "]", []),
    ],
)
def test_its_syntax_finds_names_in_brackets_after_an_at_sign(
    plugin: Plugin, text: str, found: list[tuple[str, int]]
) -> None:
    assert [(mention.target, mention.column) for mention in plugin.syntaxes[0].find(text, 1, 1)] == found
