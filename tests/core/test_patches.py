"""When a person's note is due for a write, and when it is left in peace."""

from __future__ import annotations

import datetime as dt

import pytest
from msgspec.structs import replace

from vaultrel.core.derive import derive
from vaultrel.core.frontmatter import patch_frontmatter, read_frontmatter
from vaultrel.core.notes import parse_note
from vaultrel.core.patches import is_same_but_for_fields, plan_patches, wanted_fields
from vaultrel.model import (
    Diagnostic,
    Interaction,
    Note,
    NotePatch,
    NotePath,
    Person,
    PersonState,
    Refusal,
    Snapshot,
    TieStrength,
)
from vaultrel.settings import DEFAULT_SETTINGS

ANA = NotePath("People/Ana Ruiz.md")
LAST = dt.date(2026, 4, 20)
TIE = TieStrength(
    strength=62,
    score=61.8,
    terms=(),
    probability=0.8,
    trend=0.0,
    rhythm_days=21,
    due_gap_days=28.0,
    due=dt.date(2026, 5, 18),
    band="warm",
    balance=None,
    contact_days=9,
    first_contact=dt.date(2025, 6, 1),
    last_contact=LAST,
    relationship=True,
    gate=(),
)
WANTED = (
    ("rel_strength", 62),
    ("rel_band", "warm"),
    ("rel_last_contact", LAST),
    ("rel_next_followup", dt.date(2026, 5, 18)),
    ("rel_rhythm_days", 21),
    ("rel_contact_days", 9),
)
WRITTEN = """\
rel_strength: 62
rel_band: warm
rel_last_contact: 2026-04-20
rel_next_followup: 2026-05-18
rel_rhythm_days: 21
rel_contact_days: 9
"""


def state(tie: TieStrength = TIE, path: NotePath = ANA, contacts: int = 1) -> PersonState:
    met = Interaction(path, NotePath("Daily/2026-04-20.md"), 3, LAST, "meeting", "mutual")
    return PersonState(Person(path, "Ana Ruiz", ("Ana Ruiz",)), tie, days=(), interactions=(met,) * contacts)


def note(content: str, path: NotePath = ANA, refusal: Refusal | None = None) -> Note:
    reading = read_frontmatter(f"---\n{content}---\n".encode())
    return Note(path, "d1", reading.properties, refusal=refusal or reading.refusal)


def patch_for(content: str, person: PersonState) -> NotePatch | None:
    patches, diagnostics = plan_patches([person], {ANA: note(content)})
    assert diagnostics == ()
    assert len(patches) <= 1
    return patches[0] if patches else None


def test_a_person_with_an_interaction_gets_every_field() -> None:
    assert wanted_fields(state()) == WANTED
    assert patch_for("type: person\n", state()) == NotePatch(ANA, "d1", WANTED)


def test_what_is_not_known_is_not_written() -> None:
    tie = replace(TIE, rhythm_days=None, due=None)
    assert [key for key, _ in wanted_fields(state(tie))] == [
        "rel_strength",
        "rel_band",
        "rel_last_contact",
        "rel_contact_days",
    ]


def test_a_person_without_an_interaction_is_left_untouched() -> None:
    assert wanted_fields(state(contacts=0)) == ()
    assert patch_for("type: person\n", state(contacts=0)) is None


def test_stale_fields_go_when_no_interaction_is_left() -> None:
    patch = patch_for("rel_strength: 40\nrel_band: close\n", state(contacts=0))
    assert patch is not None
    assert patch.fields == (("rel_strength", None), ("rel_band", None))
    assert patch.before == (("rel_strength", "40"), ("rel_band", "close"))


def test_a_followup_that_is_no_longer_due_is_removed() -> None:
    patch = patch_for(WRITTEN, state(replace(TIE, due=None)))
    assert patch is not None
    assert patch.fields == (("rel_next_followup", None),)


def test_a_note_that_says_it_all_is_not_written() -> None:
    assert patch_for(WRITTEN, state()) is None
    assert patch_for(WRITTEN.replace("warm", '"warm"').replace(" 21", "   21 # days"), state()) is None


@pytest.mark.parametrize("strength", [58, 61, 63, 66])
def test_a_strength_that_moved_by_less_than_five_is_not_worth_a_write(strength: int) -> None:
    assert patch_for(WRITTEN, state(replace(TIE, strength=strength))) is None


@pytest.mark.parametrize("strength", [57, 67])
def test_a_strength_that_moved_by_five_is_written_alone(strength: int) -> None:
    patch = patch_for(WRITTEN, state(replace(TIE, strength=strength)))
    assert patch is not None
    assert patch.fields == (("rel_strength", strength),)


@pytest.mark.parametrize(
    ("tie", "fields"),
    [
        (replace(TIE, strength=60, band="fading"), (("rel_strength", 60), ("rel_band", "fading"))),
        (replace(TIE, contact_days=10), (("rel_contact_days", 10),)),
        (replace(TIE, strength=63, rhythm_days=20), (("rel_strength", 63), ("rel_rhythm_days", 20))),
    ],
)
def test_any_other_change_refreshes_every_field_that_differs(tie: TieStrength, fields: tuple[object, ...]) -> None:
    patch = patch_for(WRITTEN, state(tie))
    assert patch is not None
    assert patch.fields == fields
    assert dict(patch.before)["rel_strength"] == "62"


@pytest.mark.parametrize("strength", ["", "high", '"62"', "[62]", "062"])
def test_a_strength_that_is_no_plain_number_is_written_anew(strength: str) -> None:
    person = state()
    patches, _ = plan_patches([person], {ANA: note(WRITTEN.replace("62", strength))})
    blocked = "[" in strength
    assert [patch.fields for patch in patches] == ([] if blocked else [(("rel_strength", 62),)])


def test_a_refused_note_is_reported_only_when_it_would_have_changed() -> None:
    refusal = Refusal("kanban", "This note is a Kanban board.", 2)
    due = plan_patches([state()], {ANA: note("a: b\n", refusal=refusal)})
    assert due == ((), (Diagnostic(ANA, "kanban", "This note is a Kanban board.", 2),))
    assert plan_patches([state()], {ANA: note(WRITTEN, refusal=refusal)}) == ((), ())


def test_patches_come_by_path() -> None:
    paths = [NotePath("b.md"), NotePath("a.md"), NotePath("C.md")]
    patches, _ = plan_patches([state(path=path) for path in paths], {path: note("", path) for path in paths})
    assert [patch.path for patch in patches] == ["C.md", "a.md", "b.md"]


def test_a_patch_carried_out_leaves_nothing_to_do() -> None:
    before = "type: person\nrel_strength: 12 # mine\nrel_rhythm_days: 9\n"
    patch = patch_for(before, state(replace(TIE, rhythm_days=None)))
    assert patch is not None
    written = patch_frontmatter(f"---\n{before}---\n".encode(), dict(patch.fields))
    assert isinstance(written, bytes)
    assert patch_for(written.decode()[4:-4], state(replace(TIE, rhythm_days=None))) is None


def derived(*texts: str) -> Snapshot:
    """What follows from notes of Ana and Ben and a diary."""
    paths = (ANA, NotePath("People/Ben Orr.md"), NotePath("Daily/2026-04-20.md"))
    notes = [parse_note(path, text.encode()) for path, text in zip(paths, texts, strict=True)]
    return derive(notes, DEFAULT_SETTINGS, dt.date(2026, 5, 1))


PERSON, DIARY = "---\ntags: [person]\n{}---\n", "met:: [[Ana Ruiz]]\n"


@pytest.mark.parametrize(
    ("texts", "is_same"),
    [
        ((PERSON.format(""), PERSON.format(""), DIARY), True),
        ((PERSON.format("rel_strength: 7\n"), PERSON.format("rel_contact_days: 3\n"), DIARY), True),
        ((PERSON.format("birthday: 1980-02-03\n"), PERSON.format(""), DIARY), False),
        ((PERSON.format("rel_snooze_until: 2026-06-01\n"), PERSON.format(""), DIARY), False),
        ((PERSON.format("rel_strength: 7\n"), PERSON.format("aliases: [Benny]\n"), DIARY), False),
        ((PERSON.format("rel_strength: 7\n"), PERSON.format(""), DIARY + "met:: [[Ben Orr]]\n"), False),
        ((PERSON.format("rel_strength: 7\n"), PERSON.format(""), DIARY + "and [[Nobody]]\n"), False),
    ],
)
def test_what_notes_hold_in_our_fields_is_all_that_may_differ(texts: tuple[str, ...], *, is_same: bool) -> None:
    before = derived(PERSON.format(""), PERSON.format(""), DIARY)
    assert is_same_but_for_fields(before, derived(*texts)) == is_same
