"""Full names in sentences, step by step: whatever becomes of the people, no note needs to be read again."""

from __future__ import annotations

import datetime as dt

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from vaultrel.core.derive import Derivation, derive
from vaultrel.core.notes import parse_note
from vaultrel.model import Note, NotePath
from vaultrel.settings import Settings

ASKED = msgspec.convert({"me": ["Sam Rivers"], "people": {"plain_names": True}}, Settings)
TODAY = dt.date(2026, 9, 1)

NAMES = ["Ada Stone", "Ada stone", "Ada Stone Hale", "Stone Hale", "Sam Rivers", "Mat S.", "李梅", "李梅花", "Ada"]
PATHS = ["People/Ada Stone.md", "People/B.md", "Friends/Ada Stone.md", "Notes/Stone Hale.md"]


def note_of(path: str, text: str) -> Note:
    return parse_note(NotePath(path), text.encode(), ASKED)


DAILY = {
    note.path: note
    for note in (
        note_of("2026-08-20.md", "Ada Stone Hale met Mat S. and 李梅花.\n\n- [ ] write to Stone Hale\n"),
        note_of("2026-08-21.md", "met:: Ada Stone\n\nSam Rivers was there, 和李梅\n"),
        note_of("Meetings/2026-08-22.md", "Walked with Ada Stone and [[Ada Stone]].\n"),
        note_of("Notes/Undated.md", "Ada Stone\n"),
    )
}


@st.composite
def person_notes(draw: st.DrawFn) -> Note | None:
    path = draw(st.sampled_from(PATHS))
    aliases = draw(st.lists(st.sampled_from(NAMES), max_size=2))
    tag = draw(st.sampled_from(["person", "company"]))
    return note_of(path, f"---\ntags: {tag}\naliases: [{', '.join(aliases)}]\n---\n")


@settings(max_examples=60)
@given(st.lists(st.tuples(st.sampled_from(PATHS), person_notes() | st.none()), max_size=6))
def test_people_who_come_go_and_change_their_names_are_found_as_by_one_full_scan(
    steps: list[tuple[str, Note | None]],
) -> None:
    derivation = Derivation(ASKED)
    derivation.update(DAILY)
    held: dict[NotePath, Note] = dict(DAILY)
    for path, note in steps:
        if note is not None:
            held[note.path] = note
            derivation.update({note.path: note})
        elif NotePath(path) in held:
            del held[NotePath(path)]
            derivation.update({NotePath(path): None})
        assert derivation.snapshot(TODAY) == derive(held.values(), ASKED, TODAY)


def test_a_new_person_is_found_in_notes_read_before() -> None:
    derivation = Derivation(ASKED)
    derivation.update(DAILY)
    assert derivation.snapshot(TODAY).interactions == ()
    derivation.update({NotePath(PATHS[0]): note_of(PATHS[0], "---\ntags: person\n---\n")})
    found = derivation.snapshot(TODAY).interactions
    assert [(str(contact.day), contact.kind) for contact in found] == [
        ("2026-08-20", "mention"),
        ("2026-08-21", "meeting"),
        ("2026-08-22", "meeting"),
    ]


def test_a_name_that_changes_only_its_case_is_found_no_more() -> None:
    path = NotePath("People/B.md")
    derivation = Derivation(ASKED)
    derivation.update({**DAILY, path: note_of(path, "---\nname: Ada Stone Hale\n---\n")})
    assert [str(contact.day) for contact in derivation.snapshot(TODAY).interactions] == ["2026-08-20"]
    derivation.update({path: note_of(path, "---\nname: Ada Stone hale\n---\n")})
    assert derivation.snapshot(TODAY).interactions == ()


def test_notes_keep_nothing_of_sentences_when_nobody_asks() -> None:
    text = b"Lunch.\n\nAda Stone was there.\n"
    assert parse_note(NotePath("2026-08-20.md"), text).lines == ()
    assert parse_note(NotePath("2026-08-20.md"), text, ASKED).lines != ()
