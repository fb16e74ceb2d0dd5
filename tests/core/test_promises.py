from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from vaultrel.core.classify import classify
from vaultrel.core.interactions import note_evidence
from vaultrel.core.notes import parse_note
from vaultrel.core.people import PeopleRegistry, read_person
from vaultrel.model import NotePath, Promise
from vaultrel.settings import DEFAULT_SETTINGS

CASES = tomllib.loads((Path(__file__).parent / "data" / "promises.toml").read_text(encoding="utf-8"))
ADA, BEN = NotePath("People/Ada Stone.md"), NotePath("People/Ben Hale.md")
PEOPLE = {ADA: "---\naliases: [Ada]\nhandle: adas\n---\n", BEN: ""}


def promises(path: str, text: str) -> list[Promise]:
    """The promises that one note makes, in a vault with the two people."""
    files = {**PEOPLE, NotePath(path): PEOPLE.get(NotePath(path), "") + text}
    notes = {name: parse_note(name, content.encode()) for name, content in files.items()}
    registry = PeopleRegistry()
    for name, note in notes.items():
        is_person = classify(note, DEFAULT_SETTINGS).kind == "person"
        registry.update(name, read_person(note, DEFAULT_SETTINGS) if is_person else None, exists=True)
    note = notes[NotePath(path)]
    return list(note_evidence(note, classify(note, DEFAULT_SETTINGS), registry, DEFAULT_SETTINGS).promises)


def cases(where: str) -> list[tuple[str, str]]:
    return [(text, by) for by in ("them", "me") for text in CASES[where][by]]


@pytest.mark.parametrize(("text", "by"), cases("note"))
def test_a_task_is_theirs_to_keep_when_it_begins_by_saying_so(text: str, by: str) -> None:
    assert [found.by for found in promises("2026-09-01.md", f"- [ ] {text}\n") if found.person == ADA] == [by]


@pytest.mark.parametrize(("text", "by"), cases("own"))
def test_in_their_own_note_a_person_goes_by_a_short_name_or_a_pronoun(text: str, by: str) -> None:
    assert [(found.person, found.by) for found in promises(ADA, f"- [ ] {text}\n")] == [(ADA, by)]


def test_a_task_with_two_people_is_weighed_for_each() -> None:
    found = promises("2026-09-01.md", "- [ ] [[Ben Hale]] will send [[Ada Stone]] the plan\n")
    assert {promise.person: promise.by for promise in found} == {BEN: "them", ADA: "me"}


def test_a_task_that_names_nobody_is_about_nobody_in_a_note_of_no_person() -> None:
    assert promises("2026-09-01.md", "- [ ] she will call\n") == []


def test_a_task_in_a_persons_note_about_somebody_else_is_not_theirs() -> None:
    found = promises(ADA, "- [ ] she will ask [[Ben Hale]]\n")
    assert [(promise.person, promise.by) for promise in found] == [(BEN, "me")]
