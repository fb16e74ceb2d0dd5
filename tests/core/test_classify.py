"""What notes are; the cases are in data/classify."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from vaultrel.core.classify import classify
from vaultrel.core.notes import parse_note
from vaultrel.model import Classification, NotePath, Reason
from vaultrel.settings import DEFAULT_SETTINGS, Settings

CASES = json.loads((Path(__file__).parent / "data/classify/notes.json").read_text(encoding="utf-8"))


def classified(path: str, text: str, settings: Settings = DEFAULT_SETTINGS) -> Classification:
    return classify(parse_note(NotePath(path), text.encode(), settings), settings)


@pytest.mark.parametrize("case", CASES, ids=[case["rule"] for case in CASES])
def test_a_note_is_what_its_evidence_says(case: dict[str, Any]) -> None:
    settings = msgspec.convert(case.get("settings", {}), Settings)
    found = classified(case["path"], case["text"], settings)
    assert found.kind == case["kind"], found


def test_a_reason_names_its_line() -> None:
    found = classified("People/Nadia.md", "---\nrole: chair\ntags: [person]\n---\n")
    assert found.reasons == (Reason("the tag person", 3), Reason("the folder People", 1))


def test_what_would_have_made_a_meeting_is_told_beside_what_was_missing() -> None:
    found = classified("Kickoff.md", "---\ntype: meeting\n---\n")
    assert found.reasons == (Reason("a property says meeting", 2),)
    assert [reason.text for reason in found.against] == ["a meeting needs a date, and none was found"]


def test_an_ordinary_note_has_no_reasons() -> None:
    assert classified("Notes/Sailing.md", "Wind.\n") == Classification("other")


LISTS = [
    "People",
    "01 - People",
    "👤 People",
    "People²",
    "people!",
    "PEOPLE 2026",
    "All my contacts",
    "Home",
    "MOC",
    "1",
]
NAMES = ["Nadia", "Peoples Ola", "All Ola", "12 Ola", "Ola²", "Homer", "Moc2"]


@pytest.mark.parametrize("stem", LISTS)
def test_a_list_of_people_is_no_person_however_its_name_is_written(stem: str) -> None:
    settings = msgspec.convert({"people": {"folders": ["people", "contacts", "1"]}}, Settings)
    found = classified(f"Crew/{stem}.md", "---\ntags: [person]\n---\n", settings)
    assert [reason.text for reason in found.against] == ["the file name is that of an index"]


@pytest.mark.parametrize("stem", NAMES)
def test_a_name_that_only_resembles_that_of_a_list_is_a_person(stem: str) -> None:
    assert classified(f"Crew/{stem}.md", "---\ntags: [person]\n---\n").kind == "person"


def test_the_type_of_a_calendar_event_says_how_often_it_takes_place_and_not_what_it_is() -> None:
    event = "---\ntitle: Choir\nallDay: true\ndate: 2026-03-01\ntype: {}\n---\n"
    settings = msgspec.convert({"people": {"types": ["single"]}}, Settings)
    assert classified("Choir.md", event.format("single"), settings).kind == "meeting"
    assert classified("Choir.md", "---\ntype: single\n---\n", settings).kind == "person"


def test_users_choose_the_words() -> None:
    settings = msgspec.convert({"people": {"folders": ["Gens"]}, "meetings": {"types": ["séance"]}}, Settings)
    assert classified("Gens/Nadia.md", "", settings).kind == "person"
    assert classified("People/Nadia.md", "", settings).kind == "other"
    assert classified("Salle.md", "---\ntype: Séance\ndate: 2026-03-01\n---\n", settings).kind == "meeting"
