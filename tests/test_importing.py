"""`Vault.import_people`: what it says it did, in a vault in memory and while others write."""

from __future__ import annotations

import pytest

from vaultrel.app import open_vault
from vaultrel.app.importing import FolderNotReadError
from vaultrel.core.contacts import AddressBook, Contact
from vaultrel.errors import NoteChangedError, StorageFailedError
from vaultrel.storage.memory import MemoryStore

ADA, BEN = Contact("Ada Moreau", emails=("ada@example.org",)), Contact("Ben Hale")
BOOK = AddressBook((ADA, BEN))
NOTES = {"Friends/Cleo Winter.md": "---\ntags: [person]\n---\n"}


def test_it_makes_the_notes_and_knows_them_at_once() -> None:
    store = MemoryStore(NOTES)
    vault = open_vault(store)
    report = vault.import_people(BOOK)
    assert [note.path for note in report.made] == ["Friends/Ada Moreau.md", "Friends/Ben Hale.md"]
    assert (report.refused, report.relationships, report.dry_run) == ((), 0, False)
    assert store.files["Friends/Ben Hale.md"] == b'---\ntags: ["person"]\n---\n'
    assert vault.person("Ben Hale").person.path == "Friends/Ben Hale.md"
    assert open_vault(store).snapshot() == vault.snapshot()


def test_a_dry_run_leaves_the_vault_as_it_is() -> None:
    store = MemoryStore(NOTES)
    report = open_vault(store).import_people(BOOK, dry_run=True)
    assert [note.contact for note in report.made] == [ADA, BEN]
    assert store.files.keys() == NOTES.keys()


class BusyStore(MemoryStore):
    """A vault in which making one note fails."""

    failure: Exception

    def create(self, path: str, data: bytes) -> None:
        if path.endswith("Ada Moreau.md"):
            raise self.failure
        super().create(path, data)


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (NoteChangedError("Friends/Ada Moreau.md"), "name-taken"),
        (StorageFailedError("Friends/Ada Moreau.md", "write", "No space left on device"), "write-failed"),
    ],
)
def test_a_note_that_cannot_be_made_is_named_and_the_others_are_made(failure: Exception, code: str) -> None:
    store = BusyStore(NOTES)
    store.failure = failure
    report = open_vault(store).import_people(BOOK)
    assert [note.contact for note in report.made] == [BEN]
    assert [(found.path, found.code) for found in report.refused] == [("Friends/Ada Moreau.md", code)]


def test_where_one_note_alone_would_not_be_read_only_that_one_is_left_out() -> None:
    copy = Contact("Ada Moreau (conflicted copy)")
    report = open_vault(MemoryStore(NOTES)).import_people(AddressBook((copy, BEN)))
    assert [note.contact for note in report.made] == [BEN]
    assert [found.code for found in report.refused] == ["would-not-be-read"]


def test_a_folder_none_of_whose_notes_would_be_read_is_an_error_before_anything_is_written() -> None:
    store = MemoryStore(NOTES)
    with pytest.raises(FolderNotReadError, match=r"'\.hidden'.*Nothing was written"):
        open_vault(store).import_people(BOOK, folder=".hidden")
    assert store.files.keys() == NOTES.keys()


def test_the_owner_gets_no_note() -> None:
    store = MemoryStore({"Sam Reed.md": "---\ntags: [person]\n---\n", ".vaultrel/config.toml": 'me = ["Sam Reed"]\n'})
    report = open_vault(store).import_people(AddressBook((Contact("Sam Reed"), BEN)))
    assert [note.contact for note in report.made] == [BEN]
