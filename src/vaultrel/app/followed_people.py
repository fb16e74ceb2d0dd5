"""The memory of whose events are whose, kept where every computer that shares the vault finds it."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from vaultrel.core.birthdays import open_birthdays
from vaultrel.core.identities import Everybody, follow_people, read_traces, write_traces
from vaultrel.core.order import diff_items
from vaultrel.storage.base import NoteStore, ReadRefusedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from vaultrel.app.private_files import PrivateFiles
    from vaultrel.core.identities import Identities
    from vaultrel.model import Note, NotePath, Snapshot
    from vaultrel.settings import Settings

PEOPLE_FILE = ".vaultrel/feed-people"


class FollowedPeople:
    """Follows people over renames of their notes, from one published feed to the next.

    Args:
        store: the vault, which holds the memory.
        settings: the user's settings.
        private: this computer's own files, which hold it where vaultrel may not write to the vault.
        notes: gives the notes at some paths, as last read.
    """

    def __init__(
        self,
        store: NoteStore,
        settings: Settings,
        private: PrivateFiles,
        notes: Callable[[Iterable[NotePath]], Mapping[NotePath, Note]],
    ) -> None:
        self._store = store
        self._settings = settings
        self._private = private
        self._notes = notes
        self._met: Snapshot | None = None
        """The snapshot whose people the two below are."""
        self._everybody = Everybody()
        self._with_events: set[NotePath] = set()

    def identify(self, snapshot: Snapshot, kept: bytes | None) -> Identities:
        """Who everybody is; nothing is written.

        Args:
            snapshot: everybody, as `Reader.snapshot` gives them.
            kept: what was known when the feed was last published.
        """
        self._meet(snapshot)
        return follow_people(read_traces(kept), self._everybody, self._with_events, snapshot.as_of)

    def _meet(self, snapshot: Snapshot) -> None:
        """Know everybody as they are now.

        Of whoever has changed, or has another note, `vaultrel.core.derive.Derivation` makes another value.
        """
        if self._met is None or self._met.as_of != snapshot.as_of:
            self._met, self._everybody, self._with_events = None, Everybody(), set()
        gone, come = diff_items(self._met.people if self._met is not None else (), snapshot.people)
        self._everybody.update(gone, come, self._notes(state.person.path for state in come))
        self._with_events.difference_update(state.person.path for state in gone)
        self._with_events.update(
            state.person.path
            for state in come
            if state.followup is not None
            or any(open_birthdays(state, snapshot.as_of, self._settings.plan.horizon_days))
        )
        self._met = snapshot

    def keep(self, identities: Identities, kept: bytes | None) -> bytes | None:
        """Remember it for the next time, if that says anything new; returns what is remembered then.

        Args:
            identities: who everybody is.
            kept: what has been remembered so far.

        Raises:
            WriteRefusedError, StorageFailedError: what was remembered stands.
        """
        data = write_traces(identities.traces)
        if data == (kept or b""):
            return kept
        if self._settings.write != "nothing":
            self._store.write_generated(PEOPLE_FILE, data)
        else:
            self._private.keep("feed-people", data)
        return data

    def kept(self) -> bytes | None:
        """What was remembered when the feed was last published; None when nothing is."""
        if self._settings.write == "nothing":
            return self._private.get("feed-people")
        with suppress(ReadRefusedError):
            return self._store.read_extra(PEOPLE_FILE)
        return None
