"""What one note says about people; the cases are in data/interactions, beside the people they are about."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vaultrel.core.classify import classify
from vaultrel.core.interactions import note_evidence
from vaultrel.core.notes import parse_note
from vaultrel.core.people import PeopleRegistry, read_person
from vaultrel.model import Attendee, Interaction, NoteEvidence, NotePath, Promise, ResolvedMention
from vaultrel.settings import Settings

DATA = Path(__file__).parent / "data" / "interactions"
PEOPLE: dict[str, str] = json.loads((DATA / "people.json").read_text(encoding="utf-8"))
CASES = json.loads((DATA / "notes.json").read_text(encoding="utf-8"))


def read_vault(files: dict[str, str], chosen: dict[str, Any] | None = None) -> dict[str, NoteEvidence]:
    chosen_settings = msgspec.convert({"me": ["Sam Rivers", "me"], **(chosen or {})}, Settings)
    notes = {
        path: parse_note(NotePath(path), text.encode("utf-8", "surrogatepass"), chosen_settings)
        for path, text in files.items()
    }
    kinds = {path: classify(note, chosen_settings) for path, note in notes.items()}
    registry = PeopleRegistry(chosen_settings)
    for path, note in notes.items():
        person = read_person(note, chosen_settings) if kinds[path].kind == "person" else None
        registry.update(note.path, person, exists=True)
    return {path: note_evidence(note, kinds[path], registry, chosen_settings) for path, note in notes.items()}


def stem(path: str) -> str:
    return path.rpartition("/")[2].removesuffix(".md")


def show_interaction(found: Interaction) -> str:
    return f"{found.day} {stem(found.person)}: {found.kind} {found.direction} {found.present} at {found.line}"


def show_mention(found: ResolvedMention) -> str:
    who = {
        "resolved": stem(found.person or ""),
        "ambiguous": f"~{found.mention.target}",
        "unknown": f"?{found.mention.target}",
    }[found.resolution]
    return f"{found.mention.line}:{found.mention.column} {who}{' contact' * found.contact}"


def show_attendee(found: Attendee) -> str:
    if found.path is None:
        return f"?{found.name}"
    same = found.name in {stem(found.path), "nadia@brook.example"}
    return found.name if same else f"{found.name}={stem(found.path)}"


def show_promise(found: Promise) -> str:
    return f"{stem(found.person)}: {found.text}" + (f" due {found.due}" if found.due else "")


@pytest.mark.parametrize("case", CASES, ids=[case["rule"] for case in CASES])
def test_a_note_is_evidence_of_what_happened(case: dict[str, Any]) -> None:
    found = read_vault({**PEOPLE, case["path"]: case["text"]}, case.get("settings"))[case["path"]]
    shown: dict[str, Any] = {
        "contact": [show_interaction(interaction) for interaction in found.interactions],
        "mentions": [show_mention(mention) for mention in found.mentions],
        "promises": [show_promise(promise) for promise in found.promises],
        "codes": [f"{problem.code} {problem.line}:{problem.column}" for problem in found.diagnostics],
        "attendees": [show_attendee(attendee) for attendee in found.meeting.attendees] if found.meeting else [],
        "held": found.meeting.held if found.meeting else None,
    }
    wanted = {key: case[key] for key in shown if key in case}
    wanted["contact"] = sorted(wanted["contact"])
    shown["contact"].sort()
    assert {key: shown[key] for key in wanted} == wanted


def test_a_meeting_has_its_day_and_time() -> None:
    text = '---\ntype: meeting\nstart: 2026-05-07T10:30\nwith: "[[Nadia Brook]]"\n---\n'
    meeting = read_vault({**PEOPLE, "Talk.md": text})["Talk.md"].meeting
    assert meeting is not None
    assert (str(meeting.day), str(meeting.time), meeting.held) == ("2026-05-07", "10:30:00", True)


def test_a_meeting_quotes_what_was_said_rather_than_who_was_there() -> None:
    text = (
        "## Attendees\n- [[Nadia Brook]]\n- [[Ines R]]\n- [[Kim]]\n\n"
        "## Notes\n\n- Boats are cheap in spring.\n- **[[Ines R]]** sells hers\n\n## See also\n- [[Kim]]\n"
    )
    found = read_vault({**PEOPLE, "Meetings/2026-03-01.md": text})["Meetings/2026-03-01.md"]
    quotes = {stem(seen.person): (seen.line, seen.quote) for seen in found.interactions}
    assert quotes == {
        "Nadia Brook": (8, "Boats are cheap in spring."),
        "Ines R": (9, "**[[Ines R]]** sells hers"),
        "Kim": (8, "Boats are cheap in spring."),
    }


def test_a_link_alone_is_an_attendee_whatever_the_name_says() -> None:
    attendees = '["[[Regrets]]", "[[Kim]] (declined)", "![[Nadia Brook]]", "[[Ines R]]"]'
    files = {
        **PEOPLE,
        "People/Regrets.md": "",
        "Talk.md": f"---\ntype: meeting\ndate: 2026-03-01\nwith: {attendees}\n---\n",
    }
    meeting = read_vault(files)["Talk.md"].meeting
    assert meeting is not None
    assert list(map(show_attendee, meeting.attendees)) == ["Regrets", "Ines R"]


def test_of_two_fields_of_one_name_in_the_settings_the_first_counts() -> None:
    fields = {"contact": {"fields": {"Talked to": "call:by_me", "talked-to": "meeting:mutual"}}}
    found = read_vault({**PEOPLE, "2026-03-01.md": "talked to:: [[Kim]]\n"}, fields)["2026-03-01.md"]
    assert list(map(show_interaction, found.interactions)) == ["2026-03-01 Kim: call by_me 1 at 1"]


def test_of_two_notes_of_one_name_the_one_meant_is_told() -> None:
    files = {"People/Ola.md": "", "Friends/Ola.md": "---\ntags: person\n---\n", "2026-03-01.md": "[[Ola]]\n"}
    found = read_vault(files)["2026-03-01.md"]
    assert [show_interaction(seen) for seen in found.interactions] == ["2026-03-01 Ola: mention unknown 1 at 1"]
    assert found.interactions[0].person == "People/Ola.md"
    (problem,) = found.diagnostics
    assert (problem.code, problem.severity) == ("duplicate-name", "info")
    assert "Friends/Ola.md, People/Ola.md" in problem.message


def test_evidence_depends_on_the_names_in_the_note_and_on_no_others() -> None:
    text = "[[Nadia Brook]] @nbrook [[People/Petra|P]]\nmet:: Ola Winter, Bo\n- [ ] ask [[Dee]]\n"
    found = read_vault({**PEOPLE, "2026-03-01.md": text})["2026-03-01.md"]
    assert found.keys >= {"nadia brook", "nbrook", "petra", "ola winter", "bo", "ola winter, bo", "dee"}
    assert not found.keys & {"kim", "ines r"}


FRAGMENTS = [
    "---\n", "attendees: [", "aliases:\n  - ", "type: meeting\n", "birthday: ", "cadence: ", "last_contact: ",
    "## Attendees\n", "- [ ] ", "- [x] ", "[[Nadia Brook]]", "[[", "]]", "[[../", "met:: ", "(with:: ", ")", "(",
    "@nbrook", "2026-03-01", "📅 2026-13-45", ",", "Kim", "\n", "\r\n", "\u2028", "\x00", "`", "%%", "#person ",
    "\ud800", " — ", ":",
]  # fmt: skip


@settings(max_examples=80)
@given(
    st.lists(st.sampled_from(FRAGMENTS), max_size=30).map("".join),
    st.sampled_from(["People/Ines R.md", "Meetings/2026-03-01.md", "2026-03-01.md", "Notes/.md"]),
)
def test_nothing_a_note_can_hold_stops_the_reading(text: str, path: str) -> None:
    found = read_vault({**PEOPLE, path: text})[path]
    people = [(interaction.person, interaction.day) for interaction in found.interactions]
    assert len(set(people)) == len(people)
    assert "People/Sam Rivers.md" not in {interaction.person for interaction in found.interactions}
    assert {mention.person for mention in found.mentions if mention.contact} <= {person for person, _ in people}


def test_equal_vaults_give_equal_evidence_whatever_the_order() -> None:
    files = {**PEOPLE, **{case["path"]: case["text"] for case in CASES}}
    assert read_vault(dict(sorted(files.items()))) == read_vault(dict(sorted(files.items(), reverse=True)))


def test_a_field_of_last_contact_is_not_quoted() -> None:
    path = "People/Ada Stone.md"
    found = read_vault({path: "last_contact:: 2026-06-06\n\n- 2026-06-07: tea\n"})[path]
    assert [interaction.quote for interaction in found.interactions] == ["", "2026-06-07: tea"]


def test_a_table_row_is_quoted_by_its_cells() -> None:
    path = "People/Ada Stone.md"
    found = read_vault({path: "| 2026-06-07 | Tea | At the mill |\n"})[path]
    assert [interaction.quote for interaction in found.interactions] == ["2026-06-07 – Tea – At the mill"]
