"""An address book taken in: a person note for everyone who has none, and nothing else."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vaultrel.app.reports import headline, sorted_once
from vaultrel.core.new_people import plan_new_people
from vaultrel.core.notes import parse_note
from vaultrel.core.scope import skip_reason
from vaultrel.errors import NoteChangedError, StorageFailedError, UsageError, WriteRefusedError
from vaultrel.model import Diagnostic

if TYPE_CHECKING:
    from vaultrel.app.editing import Editor
    from vaultrel.app.reading import Reader
    from vaultrel.core.contacts import AddressBook
    from vaultrel.core.new_people import NewPeople, NewPerson
    from vaultrel.settings import Settings


class FolderNotReadError(UsageError):
    """Notes in the folder they were to be made in would not be read."""

    def __init__(self, folder: str, reason: str) -> None:
        self.folder = folder
        super().__init__(
            f"Notes in {folder!r} would not be read ({reason}). Nothing was written.",
            next_step="Name another folder of the vault: --folder FOLDER",
        )


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What was made of an address book.

    Attributes:
        plan: what there was to make of it.
        made: the notes made, or that a dry run would make.
        refused: notes that could not be made, and why.
        relationships: how many more there are now; none, unless the rules say otherwise of notes without contact.
    """

    dry_run: bool
    plan: NewPeople
    made: tuple[NewPerson, ...]
    refused: tuple[Diagnostic, ...]
    relationships: int


def import_people(
    book: AddressBook,
    reader: Reader,
    editor: Editor,
    settings: Settings,
    *,
    folder: str | None,
    dry_run: bool,
    lock_seconds: float,
) -> ImportReport:
    """Make the notes; see `Vault.import_people`."""
    with ExitStack() as stack:
        if not dry_run:
            stack.enter_context(editor.locked(lock_seconds))
        reader.refresh()
        before = reader.snapshot(None)
        paths = reader.all_notes()
        people = [*(state.person for state in before.people), *before.owners]
        plan = plan_new_people(book.contacts, people, paths, folder)
        _check_read(plan, settings)
        made: list[NewPerson] = []
        refused: list[Diagnostic] = []
        record = editor.begin_run(stack)
        for note in plan.notes:
            try:
                if not dry_run:
                    editor.create(note.path, note.data, record)
                made.append(note)
            except NoteChangedError:
                refused.append(Diagnostic(note.path, "taken", "there is a file of that name already"))
            except WriteRefusedError as error:
                refused.append(Diagnostic(note.path, error.code, error.reason))
            except StorageFailedError as error:
                refused.append(Diagnostic(note.path, "write-failed", error.message, severity="error"))
        if not dry_run:
            reader.take_in({note.path: parse_note(note.path, note.data, settings) for note in made})
        after = before if dry_run else reader.snapshot(None)
        return ImportReport(
            dry_run=dry_run,
            plan=plan,
            made=tuple(made),
            refused=sorted_once(refused),
            relationships=headline(after).relationships - headline(before).relationships,
        )


def _check_read(plan: NewPeople, settings: Settings) -> None:
    """Make sure that the notes would be read as notes about people.

    Raises:
        FolderNotReadError: they would not.
    """
    for note in plan.notes[:1]:
        if (reason := skip_reason(note.path, settings)) is not None:
            raise FolderNotReadError(note.path.rpartition("/")[0], reason)
