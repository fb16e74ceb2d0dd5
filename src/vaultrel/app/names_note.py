"""The note about names that mean nobody or more than one: kept up to date, the user's answers in it untouched."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from vaultrel.core.settled_names import (
    names_path,
    not_understood,
    read_settled_names,
    render_names_note,
    settle_in_note,
)
from vaultrel.errors import NoteChangedError, StorageFailedError, WriteRefusedError
from vaultrel.model import Diagnostic, NotePath, Snapshot
from vaultrel.storage.base import NoteStore, ReadRefusedError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from vaultrel.app.editing import Editor, Record
    from vaultrel.app.reading import Reader
    from vaultrel.core.settled_names import SettledName
    from vaultrel.settings import Settings


class NamesNote:
    """Writes the one generated note in which the user answers."""

    def __init__(self, store: NoteStore, settings: Settings, reader: Reader, editor: Editor) -> None:
        self._store = store
        self._settings = settings
        self._reader = reader
        self._editor = editor
        self._path = names_path(settings)
        self._stood: tuple[object, ...] = ()
        """The open names and the note, when it last was as it should be."""

    def compose(self, snapshot: Snapshot) -> bytes | None:
        """The note as it should be; None when it is that already, or must be left alone."""
        if self._settings.write == "nothing" or self._reader.names_unread:
            return None
        asked = snapshot.ambiguous, snapshot.unknown_names, self._reader.names
        if asked == self._stood:
            return None
        made = render_names_note(snapshot, self._reader.names)
        if made != self._reader.names:
            return made
        self._stood = asked
        return None

    def publish(
        self, made: bytes, record: Record, *, dry_run: bool, quiet_seconds: float
    ) -> tuple[tuple[str, ...], tuple[NotePath, ...], tuple[Diagnostic, ...]]:
        """Write it, unless somebody is writing in it: what was written, put off and refused."""
        path, before = self._path, self._reader.names
        try:
            if before is not None:
                digest = hashlib.sha256(before).hexdigest()
                if self._editor.is_unquiet(path, digest, quiet_seconds):
                    return (), (path,), ()
            if not dry_run:
                self.write(made, record)
        except NoteChangedError:
            return (), (path,), ()
        except (ReadRefusedError, WriteRefusedError) as refused:
            return (), (), (Diagnostic(path, refused.code, refused.reason),)
        except StorageFailedError as error:
            return (), (), (Diagnostic(path, "write-failed", error.message, severity="error"),)
        return (path,), (), ()

    def settle(self, answers: Iterable[SettledName], forget: Iterable[str]) -> bytes:
        """Let the reader go by new answers of the user; returns the note with them in it, not written yet.

        Raises:
            WriteRefusedError: it cannot be read, or is not understood; it must be left as it is.
        """
        if self._reader.names_unread:
            raise WriteRefusedError(self._path, "unreadable", "it cannot be read")
        if (reason := not_understood(self._reader.names or b"")) is not None:
            raise WriteRefusedError(self._path, "names-not-understood", reason)
        edited = settle_in_note(self._reader.names, answers, forget)
        self._reader.settle(read_settled_names(edited, self._path)[0])
        return edited

    def write(self, made: bytes, record: Record) -> None:
        """Give the note new bytes, if it still holds those that were read.

        It may hold the user's answers, so `undo` gives it back like any note.

        Raises:
            WriteRefusedError, NoteChangedError, StorageFailedError: it was not written; it is as it was.
        """
        before = self._reader.names
        if before is not None:
            self._editor.replace(self._path, before, made, record)
        else:
            self._editor.create(self._path, made, record)
        self._reader.take_in_names(made)
