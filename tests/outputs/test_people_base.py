"""`People.base` against Obsidian's documentation of the Bases syntax."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from vaultrel.model import OWNED_FIELDS
from vaultrel.outputs.people_base import PeopleBase

if TYPE_CHECKING:
    from tests.outputs.conftest import MakeSnapshot

    from vaultrel.outputs.base import RenderContext

SECTIONS = {"filters", "formulas", "properties", "summaries", "views"}
VIEW_KEYS = {"type", "name", "limit", "filters", "order", "sort", "groupBy", "summaries", "columnSize"}
FILE_PROPERTIES = {"file.name", "file.ext"}


@pytest.fixture
def base(snapshot: MakeSnapshot, context: RenderContext) -> dict[str, Any]:
    parsed = yaml.safe_load(PeopleBase().render(snapshot(), context))
    assert isinstance(parsed, dict)
    return parsed


def named(base: dict[str, Any]) -> list[str]:
    """Every property the file names outside expressions."""
    views = base["views"]
    found = [*base["properties"], *(name for view in views for name in view["order"])]
    return [*found, *(rule["property"] for view in views for rule in view["sort"])]


def expressions(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [found for item in items for found in expressions(item)]


def test_it_has_only_sections_and_keys_of_the_syntax(base: dict[str, Any]) -> None:
    assert set(base) <= SECTIONS
    assert all(set(view) <= VIEW_KEYS and view["type"] in {"table", "cards", "list"} for view in base["views"])
    assert all(set(rule) == {"property", "direction"} for view in base["views"] for rule in view["sort"])
    assert {rule["direction"] for view in base["views"] for rule in view["sort"]} <= {"ASC", "DESC"}


def test_its_views_are_strongest_fading_and_this_week(base: dict[str, Any]) -> None:
    assert [view["name"] for view in base["views"]] == ["Strongest", "Fading", "This week"]


def test_days_quiet_is_a_formula(base: dict[str, Any]) -> None:
    formula = "((number(today()) - number(note.rel_last_contact)) / 86400000).round(0)"
    assert base["formulas"] == {"days_quiet": formula}


def test_every_property_is_one_that_exists(base: dict[str, Any]) -> None:
    ours = {f"note.{field}" for field in OWNED_FIELDS}
    assert set(named(base)) <= ours | FILE_PROPERTIES | {f"formula.{name}" for name in base["formulas"]}
    used = {
        found
        for text in [*expressions(base["filters"]), *base["formulas"].values()]
        for found in re.findall(r"note\.\w+", text)
    }
    assert used <= ours


def test_every_filter_is_one_kind_over_a_list(base: dict[str, Any]) -> None:
    for rule in [base["filters"], *(view["filters"] for view in base["views"] if "filters" in view)]:
        assert list(rule) == ["and"]
        assert all(isinstance(entry, str) for entry in rule["and"])
