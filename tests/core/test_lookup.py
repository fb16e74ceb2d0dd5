"""What can be typed for a person, and whom it means."""

from __future__ import annotations

import datetime as dt

import pytest

from vaultrel.core.derive import derive
from vaultrel.core.lookup import choose_person, names_to_type
from vaultrel.core.notes import parse_note
from vaultrel.errors import AmbiguousPersonError
from vaultrel.model import NotePath, Snapshot
from vaultrel.settings import DEFAULT_SETTINGS

NOTES = {
    "People/Ada Moreau.md": "---\naliases: [Ada]\n---\n",
    "People/Dan Hale.md": "---\naliases: [Dan]\n---\n",
    "People/Dan Weiss.md": "---\naliases: [dan]\n---\n",
    "People/Old/Kit.md": "",
    "People/New/Kit.md": "",
}


@pytest.fixture(scope="module")
def snapshot() -> Snapshot:
    notes = [parse_note(NotePath(path), text.encode()) for path, text in NOTES.items()]
    return derive(notes, DEFAULT_SETTINGS, dt.date(2026, 6, 30))


def test_every_name_that_only_one_person_has_can_be_typed_and_the_path_of_who_shares_theirs(snapshot: Snapshot) -> None:
    assert names_to_type(state.person for state in snapshot.people) == (
        "Ada",
        "Ada Moreau",
        "Dan Hale",
        "Dan Weiss",
        "People/New/Kit.md",
        "People/Old/Kit.md",
    )


def test_what_can_be_typed_means_one_person(snapshot: Snapshot) -> None:
    found = {choose_person(snapshot, name).person.path for name in names_to_type(s.person for s in snapshot.people)}
    assert found == set(NOTES)


def test_an_ambiguous_name_says_whose_notes_it_could_mean(snapshot: Snapshot) -> None:
    with pytest.raises(AmbiguousPersonError) as caught:
        choose_person(snapshot, "dan")
    assert caught.value.paths == ("People/Dan Hale.md", "People/Dan Weiss.md")
    assert len(caught.value.candidates) == 2


def test_nobody_has_no_names() -> None:
    assert names_to_type(()) == ()
