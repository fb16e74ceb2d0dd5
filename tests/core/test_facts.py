from __future__ import annotations

import datetime as dt
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vaultrel.core.classify import classify
from vaultrel.core.derive import Derivation
from vaultrel.core.interactions import note_evidence
from vaultrel.core.notes import parse_note
from vaultrel.core.people import PeopleRegistry, read_person
from vaultrel.model import Fact, NoteEvidence, NotePath
from vaultrel.settings import Settings

CASES = tomllib.loads((Path(__file__).parent / "data" / "facts.toml").read_text(encoding="utf-8"))
ADA, BEN, SAM = (NotePath(f"People/{name}.md") for name in ("Ada Stone", "Ben Hale", "Sam Rivers"))
PEOPLE = {ADA: "", BEN: "", SAM: ""}
DAILY = "2026-05-01.md"


def evidence(path: str, text: str, chosen: Settings | None = None) -> NoteEvidence:
    """What one note says, in a vault with the three people."""
    chosen = chosen or Settings(me=("Sam Rivers",))
    alias = parse_note(ADA, b"---\naliases: [Ada]\n---\n", chosen)
    notes = {name: parse_note(name, content.encode(), chosen) for name, content in PEOPLE.items()} | {ADA: alias}
    note = parse_note(NotePath(path), text.encode("utf-8", "surrogatepass"), chosen)
    registry = PeopleRegistry(chosen)
    for name, known in {**notes, note.path: note}.items():
        is_person = classify(known, chosen).kind == "person"
        registry.update(name, read_person(known, chosen) if is_person else None, exists=True)
    return note_evidence(note, classify(note, chosen), registry, chosen)


def show(fact: Fact) -> str:
    return " ".join(filter(None, (fact.kind, str(fact.day or ""))))


def facts(path: str, text: str, chosen: Settings | None = None) -> list[str]:
    return [show(fact) for fact in evidence(path, text, chosen).facts]


@pytest.mark.parametrize(("line", "wanted"), CASES["note"].items())
def test_a_dated_note_tells_what_takes_place_in_the_life_of_the_one_person_in_a_line(line: str, wanted: str) -> None:
    (fact,) = evidence(DAILY, f"{line}\n").facts
    assert (show(fact), fact.person, fact.line) == (wanted, ADA, 1)


@pytest.mark.parametrize("line", CASES["nothing"]["lines"])
def test_what_could_be_meant_otherwise_is_no_fact(line: str) -> None:
    assert facts(DAILY, f"{line}\n") == []


@pytest.mark.parametrize("case", CASES["own"], ids=range(len(CASES["own"])))
def test_a_persons_own_note_tells_their_news_and_what_to_ask(case: dict[str, Any]) -> None:
    found = evidence(ADA, case["text"]).facts
    shown = [f"{fact.line} {show(fact)}" + (f" noted {fact.noted}" if fact.noted else "") for fact in found]
    assert shown == case["facts"]
    assert {fact.person for fact in found} <= {ADA}


def test_a_fact_quotes_the_visible_text_of_its_line() -> None:
    (fact,) = evidence(ADA, "## News\n- Starts at [[Northwind]] %%or not%% on 2026-06-25.\n").facts
    assert fact.text == "Starts at [[Northwind]]            on 2026-06-25."


def test_what_takes_place_on_the_day_an_entry_of_news_begins_with_is_no_contact() -> None:
    text = "## News\n- 2026-04-05: knee surgery\n- 2026-04-06: looks for a flat\n- 2026-04-07: spoke of her exam\n"
    assert [str(found.day) for found in evidence(ADA, text).interactions] == ["2026-04-06", "2026-04-07"]


def test_a_day_that_could_be_two_is_read_in_the_order_of_the_settings() -> None:
    line = "[[Ada Stone]] has an exam on 07/05\n"
    assert facts(DAILY, line) == []
    assert facts(DAILY, line, Settings(date_order="dmy")) == ["exam 2026-05-07"]
    assert facts(DAILY, line, Settings(date_order="mdy")) == ["exam 2026-07-05"]
    assert facts(ADA, "An exam on 07/05/2026\n", Settings(date_order="dmy")) == ["exam 2026-05-07"]


def test_a_note_without_a_day_tells_of_nobody_but_what_to_ask() -> None:
    text = "- [[Ada Stone]] has surgery on 2026-06-01\n- Ask [[Ada Stone]] how the boat floats\n"
    assert facts("Projects/Boat.md", text) == ["question"]


def test_there_is_no_fact_about_the_owner() -> None:
    assert facts(SAM, "## News\n- Starts at Northwind on 2026-06-25.\n") == []
    assert facts(DAILY, "[[Sam Rivers]] starts at Northwind on 2026-06-25.\n") == []


def test_boards_and_templates_hold_no_facts() -> None:
    line = "- [[Ada Stone]] has surgery on 2026-06-01\n"
    assert facts(DAILY, f"---\nkanban-plugin: board\n---\n{line}") == []
    assert facts("Templates/2026-05-01 Template.md", line) == []


def test_attendees_of_a_meeting_are_no_fact_and_its_text_is() -> None:
    line = "- [[Ada Stone]], exam on 3 May\n"
    text = f"---\ntype: meeting\n---\n## Attendees\n{line}## Notes\n{line}"
    assert [fact.line for fact in evidence(DAILY, text).facts] == [7]


def facts_known(derivation: Derivation, as_of: dt.date) -> dict[str, list[str]]:
    return {state.person.name: [show(fact) for fact in state.facts] for state in derivation.snapshot(as_of).people}


def test_a_state_holds_the_facts_of_all_notes_by_day_and_those_without_one_last() -> None:
    exam = parse_note(NotePath("2026-05-02.md"), b"[[Ada Stone]] has an exam on 3 June\n")
    own = parse_note(ADA, b"## News\n- Looks for a flat.\n- Moves house on 2026-07-01\n- Surgery on 2026-05-01\n")
    derivation = Derivation()
    derivation.update({ADA: own, exam.path: exam})
    known = ["health 2026-05-01", "exam 2026-06-03", "move 2026-07-01", "news"]
    assert facts_known(derivation, dt.date(2026, 5, 2)) == {"Ada Stone": known}
    derivation.update({exam.path: None})
    assert facts_known(derivation, dt.date(2026, 5, 2)) == {"Ada Stone": [*known[:1], *known[2:]]}


def test_a_day_in_the_past_knows_no_fact_that_was_noted_later() -> None:
    note = parse_note(NotePath(DAILY), b"[[Ada Stone]] has an exam on 3 June\n")
    derivation = Derivation()
    derivation.update({ADA: parse_note(ADA, b""), note.path: note})
    assert facts_known(derivation, dt.date(2026, 4, 30)) == {"Ada Stone": []}
    assert facts_known(derivation, dt.date(2026, 5, 1)) == {"Ada Stone": ["exam 2026-06-03"]}


def test_a_name_that_comes_to_mean_somebody_makes_the_fact_theirs() -> None:
    note = parse_note(NotePath(DAILY), b"[[Ada]] has an exam on 3 June\n")
    derivation = Derivation()
    derivation.update({ADA: parse_note(ADA, b""), note.path: note})
    assert facts_known(derivation, dt.date(2026, 5, 1)) == {"Ada Stone": []}
    derivation.update({ADA: parse_note(ADA, b"---\naliases: [Ada]\n---\n")})
    assert facts_known(derivation, dt.date(2026, 5, 1)) == {"Ada Stone": ["exam 2026-06-03"]}


FRAGMENTS = [
    "## News\n", "## Ask\n", "- ", "- Ask ", "about ", "[[Ada Stone]] ", "[[", "]]", "[[2026-06-01]]", "2026-06-01 ",
    "her exam ", "on 3 May ", "on the 31st ", "next Friday ", "tomorrow ", "in June ", "starts ", "ask:: ", "(news:: ",
    ")", "07/05 ", "am 30.2. ", "29 February ", ", ", ". ", "\n", "~~", "\ud800", "\u2028", "9999-12-31 ", "| ", "> ",
]  # fmt: skip


@settings(max_examples=80)
@given(st.lists(st.sampled_from(FRAGMENTS), max_size=30).map("".join), st.sampled_from([ADA, DAILY, "2200-12-31.md"]))
def test_whatever_is_written_a_fact_stands_in_its_line(text: str, path: str) -> None:
    lines = text.encode("utf-8", "surrogatepass").decode("utf-8", "replace").split("\n")
    for fact in evidence(path, text).facts:
        assert fact.person == ADA
        assert fact.text.replace(" ", "") in lines[fact.line - 1].replace(" ", "").replace("~~", "")
