"""The memory of whose events are whose, kept where every computer that shares the vault finds it."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from vaultrel.core.birthdays import open_birthdays
from vaultrel.core.identities import follow_people, read_traces, write_traces
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

    def identify(self, snapshot: Snapshot) -> Identities:
        """Who everybody is, by what was known when the feed was last published; nothing is written."""
        horizon_days = self._settings.plan.horizon_days
        with_events = {
            state.person.path
            for state in snapshot.people
            if state.followup is not None or any(open_birthdays(state, snapshot.as_of, horizon_days))
        }
        notes = self._notes(state.person.path for state in snapshot.people)
        return follow_people(read_traces(self.kept()), snapshot.people, notes, with_events, snapshot.as_of)

    def keep(self, identities: Identities) -> None:
        """Remember it for the next time, if that says anything new.

        Raises:
            WriteRefusedError, StorageFailedError: what was remembered stands.
        """
        data, kept = write_traces(identities.traces), self.kept()
        if data == (kept or b""):
            return
        if self._settings.write != "nothing":
            self._store.write_generated(PEOPLE_FILE, data)
        else:
            self._private.keep("feed-people", data)

    def kept(self) -> bytes | None:
        """What was remembered when the feed was last published; None when nothing is."""
        if self._settings.write == "nothing":
            return self._private.get("feed-people")
        with suppress(ReadRefusedError):
            return self._store.read_extra(PEOPLE_FILE)
        return None
