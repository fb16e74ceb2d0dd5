"""An address book taken in: a person note for everyone who has none, and nothing else."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

from msgspec import Struct

from vaultrel.app.intents import NothingWrittenError
from vaultrel.app.reports import headline, sorted_once
from vaultrel.core.classify import classify
from vaultrel.core.contacts import Contact
from vaultrel.core.new_people import plan_new_people
from vaultrel.core.notes import parse_note
from vaultrel.core.scope import SKIP_REASONS, skip_reason
from vaultrel.errors import NoteChangedError, StorageFailedError, UsageError, WriteRefusedError
from vaultrel.model import Diagnostic

if TYPE_CHECKING:
    from vaultrel.app.editing import Editor
    from vaultrel.app.reading import Reader
    from vaultrel.core.contacts import AddressBook
    from vaultrel.core.new_people import NewPeople, NewPerson
    from vaultrel.model import NotePath
    from vaultrel.settings import Settings


class FolderNotReadError(UsageError):
    """Notes in the folder they were to be made in would not be read as notes about people."""

    def __init__(self, folder: str, reason: str) -> None:
        self.folder = folder
        super().__init__(
            f"Notes about people cannot go to {folder!r}: {reason}. Nothing was written.",
            next_step="Name another folder of the vault: --folder FOLDER",
        )


class ImportReport(Struct, frozen=True):
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
    if settings.write == "nothing" and not dry_run:
        raise NothingWrittenError
    with ExitStack() as stack:
        if not dry_run:
            stack.enter_context(editor.locked(lock_seconds))
        reader.refresh()
        before = reader.snapshot(None)
        people = [*(state.person for state in before.people), *before.owners]
        plan = plan_new_people(book.contacts, people, reader.paths, _check_folder(folder), settings.people)
        made: list[NewPerson] = []
        refused = _unread(plan, settings)
        left_out = {found.path for found in refused}
        record = editor.begin_run(stack)
        for note in plan.notes:
            if note.path in left_out:
                continue
            try:
                if not dry_run:
                    editor.create(note.path, note.data, record)
                made.append(note)
            except NoteChangedError:
                refused.append(Diagnostic(note.path, "name-taken", "there is a file of that name already"))
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


def _check_folder(folder: str | None) -> str | None:
    """The folder in the form of paths in the vault.

    Raises:
        FolderNotReadError: it is not said in the vault's own terms.
    """
    if folder is None:
        return None
    if folder.startswith("/") or "\\" in folder or ".." in folder.split("/"):
        raise FolderNotReadError(folder, "it is to be named from the vault's own folder on, as in People/New")
    return "/".join(part for part in folder.split("/") if part not in {"", "."})


def _unread(plan: NewPeople, settings: Settings) -> list[Diagnostic]:
    """The notes that would not be read as notes about people, and are not made, each with the reason.

    Raises:
        FolderNotReadError: no note in that folder would be.
    """
    reasons = {note.path: reason for note in plan.notes if (reason := _unread_reason(note.path, note.data, settings))}
    if reasons:
        folder = plan.notes[0].path.rpartition("/")[0]
        (anybody,) = plan_new_people([Contact("Somebody")], (), (), folder, settings.people).notes
        if reason := _unread_reason(anybody.path, anybody.data, settings):
            raise FolderNotReadError(folder, reason)
    return [Diagnostic(path, "would-not-be-read", reason) for path, reason in reasons.items()]


def _unread_reason(path: NotePath, data: bytes, settings: Settings) -> str | None:
    code = skip_reason(path, settings)
    if code is not None:
        return SKIP_REASONS[code]
    read = classify(parse_note(path, data, settings), settings)
    return None if read.kind == "person" else "a note there would not be taken for one about a person"
