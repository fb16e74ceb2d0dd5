"""The derivation between runs: begun with what the index kept of it, and kept there again.

What is kept is bound to the digests of the notes and to all else that it follows from. A note that has changed since,
by whosever hand, is simply taken in as a change.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import msgspec

from vaultrel.index import RecordsOf, paused_collection
from vaultrel.storage.base import ReadRefusedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from contextlib import AbstractContextManager

    from vaultrel.core.derive import Derivation
    from vaultrel.index import KnownNote, NoteIndex
    from vaultrel.model import Note, NotePath
    from vaultrel.settings import Settings
    from vaultrel.storage.base import NoteStore


class NoteLostError(Exception):
    """A note is needed in a version that neither the index nor its file holds any more."""


class DerivationShelf:
    """Where derivations of one vault are taken from, and put back.

    Args:
        store: where the notes are.
        settings: the user's settings.
        rules: names all that follows from notes besides themselves and the user's answers.
        open_index: gives the index; None for a vault that has none.
    """

    def __init__(
        self,
        store: NoteStore,
        settings: Settings,
        rules: Callable[[], str],
        open_index: Callable[[], AbstractContextManager[NoteIndex | None]],
    ) -> None:
        self._store = store
        self._settings = settings
        self._rules = rules
        self._open_index = open_index

    def make(self) -> Derivation:
        """One that holds nothing, and has notes recalled."""
        from vaultrel.core.derive import Derivation

        return Derivation(self._settings, self.recall)

    def take(self, index: NoteIndex, known: Mapping[NotePath, KnownNote]) -> tuple[Derivation, RecordsOf | None]:
        """The derivation kept last, and what it was kept as made of; one that holds nothing where there is none.

        Args:
            index: where it is kept.
            known: the notes there are.
        """
        from vaultrel.index.note_records import RecordReader, decode_settled

        texts = (text for path, note in known.items() for text in (path, note.digest))
        kept = index.load_records(self._rules(), RecordReader(texts).decode)
        if kept is not None:
            of, records = kept
            derivation = self.make()
            with suppress(msgspec.MsgspecError, TypeError), paused_collection():
                derivation.restore(records, decode_settled(of.settled))
                if derivation.made_of == of.made_of:  # or something is missing, or of another time
                    return derivation, of
        return self.make(), None

    def put(self, derivation: Derivation, before: RecordsOf | None) -> RecordsOf:
        """Keep the derivation; returns what it is made of.

        Args:
            derivation: one that `make` or `take` gave.
            before: what it was kept as made of last; None if it never was.

        Raises:
            StorageFailedError: it could not be kept.
        """
        from vaultrel.index.note_records import encode_record, encode_settled

        def records(paths: Iterable[NotePath] | None) -> Iterator[tuple[NotePath, bytes]]:
            return ((record.gist.path, encode_record(record)) for record in derivation.records(paths))

        now = RecordsOf(self._rules(), derivation.made_of, encode_settled(derivation.settled))
        if now != before:
            with self._open_index() as index, paused_collection():
                if index is not None:
                    index.keep_records(now, before, derivation.take_news(), records)
        return now

    def recall(self, digests: Mapping[NotePath, str]) -> dict[NotePath, Note]:
        """Notes in the versions of these digests.

        Raises:
            NoteLostError: one of them cannot be had any more.
        """
        with self._open_index() as index:
            found = load_notes(index, digests)
        return {path: found.get(path) or self._read(path, digest) for path, digest in digests.items()}

    def _read(self, path: NotePath, digest: str) -> Note:
        from vaultrel.core.notes import parse_note

        try:
            note = parse_note(path, self._store.read(path), self._settings)
        except ReadRefusedError as refused:
            raise NoteLostError(path) from refused
        if note.digest != digest:
            raise NoteLostError(path)
        return note


def load_notes(index: NoteIndex | None, digests: Mapping[NotePath, str]) -> dict[NotePath, Note]:
    """Notes out of the index, without those that it does not hold in that very version."""
    remembered = index.load(digests) if index is not None else {}
    return {path: note for path, note in remembered.items() if note.digest == digests[path]}
