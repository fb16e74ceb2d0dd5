"""Full names in sentences: the runs that are kept, the names found in them; the cases are in data/mentions."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaultrel.core.mentions import choose_syntaxes, find_mentions
from vaultrel.core.mentions.plain_name import find, first_units, names_in, spell_name

if TYPE_CHECKING:
    from vaultrel.model import Mention

DATA = Path(__file__).parents[1] / "data" / "mentions"
RUNS = json.loads((DATA / "plain_names.json").read_text(encoding="utf-8"))
MATCHES = json.loads((DATA / "plain_name_matches.json").read_text(encoding="utf-8"))
WORDS = st.sampled_from(["Ada", "Stone", "van", "met", "S.", "Ben", "李梅", "王", "マリア", ",", "'s", "-", "@", "é"])
LINES = st.lists(WORDS, max_size=12).flatmap(
    lambda words: st.sampled_from([" ", "", "\u00a0", "  "]).map(lambda blank: blank.join(words))
)


def runs_in(text: str) -> list[Mention]:
    return list(find(text, 1, 1))


@pytest.mark.parametrize("case", RUNS, ids=[case["rule"] for case in RUNS])
def test_a_run_could_hold_a_full_name(case: dict[str, Any]) -> None:
    assert [run.surface for run in runs_in(case["text"])] == case["runs"]


@pytest.mark.parametrize("case", MATCHES, ids=[case["rule"] for case in MATCHES])
def test_a_run_holds_the_names_that_are_known(case: dict[str, Any]) -> None:
    (run,) = runs_in(case["run"])
    assert [[found.surface, found.column] for found in names_in(run, set(case["known"]))] == case["found"]


@pytest.mark.parametrize(
    "name", ["Ada", "王", "ada stone", "Grace of Tern", "the boss", "Kim (Tern)", "Ada 2", "", "A, B"]
)
def test_what_could_not_stand_in_a_run_is_not_looked_for(name: str) -> None:
    assert spell_name(name) == ""


@given(LINES)
def test_runs_stand_where_they_say_and_hold_every_name_spelled_like_them(text: str) -> None:
    end = 1
    for run in find(text, 1, 1):
        assert run.column >= end
        end = run.column + len(run.surface)
        assert text[run.column - 1 : end - 1] == run.surface
        spelled = spell_name(run.target)
        assert spelled
        (found,) = names_in(run, {spelled})
        assert (found.surface, found.column) in {(run.surface, run.column), (run.surface.rstrip("."), run.column)}


@given(LINES, LINES)
def test_the_names_in_a_run_depend_on_its_first_units(text: str, other: str) -> None:
    known = {spell_name(run.target) for run in runs_in(other)} - {""}
    for run in runs_in(text):
        for found in names_in(run, known):
            assert first_units(found.target, most=1) <= first_units(run.target)


def test_without_being_asked_for_no_plain_name_is_read() -> None:
    assert find_mentions("Ada Stone", 1, 1) == ()
    assert [found.syntax for found in find_mentions("Ada Stone", 1, 1, choose_syntaxes(plain_names=True))] == [
        "plain_name"
    ]


def test_a_link_keeps_its_text_to_itself() -> None:
    found = find_mentions("[[Ada Stone]] Ben Hale [[x|Cy Marsh]]", 1, 1, choose_syntaxes(plain_names=True))
    assert [(mention.syntax, mention.target) for mention in found] == [
        ("wikilink", "Ada Stone"),
        ("plain_name", "Ben Hale"),
        ("wikilink", "x"),
    ]
