"""What names a person in a line, and where exactly; the cases are in data/mentions."""

from __future__ import annotations

import json
import pkgutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaultrel.core import mentions
from vaultrel.core.mentions import LINKS, ON_REQUEST, SYNTAXES, find_links, find_mentions
from vaultrel.core.mentions.name import split_names

if TYPE_CHECKING:
    from vaultrel.model import Mention

DATA = Path(__file__).parents[1] / "data" / "mentions"
LINE, COLUMN = 7, 5
LINES = st.text("[]()<>|#@!\\.,:;/-ab 2026^王, ", max_size=60)


def cases(name: str) -> list[Any]:
    return [pytest.param(case, id=case["rule"]) for case in json.loads((DATA / name).read_text(encoding="utf-8"))]


def rows(found: tuple[Mention, ...]) -> list[list[str]]:
    return [[m.syntax, m.target, m.surface, *(["embed"] if m.embed else [])] for m in found]


def assert_places(text: str, found: tuple[Mention, ...]) -> None:
    end = COLUMN
    for mention in found:
        start = mention.column - COLUMN
        assert mention.line == LINE
        assert text[start : start + len(mention.surface)] == mention.surface
        assert mention.column >= end
        end = mention.column + len(mention.surface)


@pytest.mark.parametrize("case", cases("mentions.json"))
def test_a_line_mentions_what_its_reader_would_say(case: dict[str, Any]) -> None:
    found = find_mentions(case["text"], LINE, COLUMN)
    assert rows(found) == case["found"]
    assert_places(case["text"], found)


@pytest.mark.parametrize("case", cases("mentions.json"))
def test_links_are_the_mentions_that_lead_to_a_note(case: dict[str, Any]) -> None:
    names = {syntax.name for syntax in LINKS}
    assert rows(find_links(case["text"], LINE, COLUMN)) == [row for row in case["found"] if row[0] in names]


@pytest.mark.parametrize("case", cases("names.json"))
def test_an_attendee_line_names_people(case: dict[str, Any]) -> None:
    found = split_names(case["text"], LINE, COLUMN)
    assert sorted(rows(found)) == sorted(case["found"])
    for mention in found:
        start = mention.column - COLUMN
        assert case["text"][start : start + len(mention.surface)] == mention.surface


@given(LINES)
def test_mentions_stand_where_they_say_and_never_overlap(text: str) -> None:
    assert_places(text, find_mentions(text, LINE, COLUMN))
    for mention in split_names(text, LINE, COLUMN):
        start = mention.column - COLUMN
        assert text[start : start + len(mention.surface)] == mention.surface


@given(LINES)
def test_a_syntax_finds_nothing_without_its_trigger(text: str) -> None:
    for syntax in SYNTAXES:
        assert syntax.trigger in text or not list(syntax.find(text, LINE, COLUMN))


def test_every_syntax_module_is_listed_once_and_has_cases() -> None:
    modules = {module.name for module in pkgutil.iter_modules(mentions.__path__)} - {"base", "name"}
    assert sorted(syntax.name for syntax in (*SYNTAXES, *ON_REQUEST)) == sorted(modules)
    shown = {
        row[0] for case in json.loads((DATA / "mentions.json").read_text(encoding="utf-8")) for row in case["found"]
    }
    assert shown == {syntax.name for syntax in SYNTAXES}


@pytest.mark.parametrize("piece", ["[", "[[", "[[a|", "![", "[a](", "](<", '](a "', "@", "@a", "a@b.", "(", ",", "<"])
def test_a_very_long_line_of_signs_is_read(piece: str) -> None:
    text = piece * (200_000 // len(piece))
    assert len(find_mentions(text, 1, 1)) <= len(text)
    assert len(split_names(text, 1, 1)) <= len(text)
