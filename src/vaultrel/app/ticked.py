"""The note of follow-ups in the vault: what the user ticked and put off is carried out, then it is written anew."""

from __future__ import annotations

import hashlib
from itertools import groupby
from typing import TYPE_CHECKING

from msgspec import Struct

from vaultrel.core.intents import contact_of_touch, done_entry, log_entry
from vaultrel.core.person_notes import note_stem
from vaultrel.core.settled_names import not_understood
from vaultrel.core.ticks import followup_key, read_ticks, ticks_path
from vaultrel.errors import NoteChangedError, StorageFailedError, VaultrelError, WriteRefusedError
from vaultrel.model import Diagnostic, NotePath
from vaultrel.storage.base import ReadRefusedError

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from vaultrel.app.editing import Editor, Record
    from vaultrel.app.publishing import Publisher
    from vaultrel.app.reports import AppliedPatch
    from vaultrel.app.scribe import Draft, Scribe
    from vaultrel.core.intents import Entry
    from vaultrel.core.ticks import Tick
    from vaultrel.model import PersonState, Severity, Snapshot
    from vaultrel.settings import Settings
    from vaultrel.storage.base import NoteStore

BASE_NAME = "People.base"


class Taken(Struct, frozen=True):
    """What became of the ticks and the new days in the note.

    Attributes:
        edits: what was, or would be, written into notes for them.
        waiting: the note itself, or one that is to be written, while somebody may still be writing in it.
        problems: what could not be carried out; the note is then left as it is.
    """

    edits: tuple[AppliedPatch, ...] = ()
    waiting: tuple[NotePath, ...] = ()
    problems: tuple[Diagnostic, ...] = ()

    def __add__(self, more: Taken) -> Taken:
        return Taken(self.edits + more.edits, self.waiting + more.waiting, self.problems + more.problems)


class TickedNote:
    """`Relationships.md` in one vault, and `People.base` beside it.

    Args:
        store: where it is.
        settings: the user's settings.
        editor: the way into notes.
        scribe: who writes what was ticked.
        publisher: who renders the note.
    """

    def __init__(
        self, store: NoteStore, settings: Settings, editor: Editor, scribe: Scribe, publisher: Publisher
    ) -> None:
        self._store = store
        self._settings = settings
        self._editor = editor
        self._scribe = scribe
        self._publisher = publisher
        self._path = ticks_path(settings)
        self._taken = ""
        """The SHA-256 of the note whose ticks are carried out: only that one may be written over."""

    @property
    def paths(self) -> tuple[NotePath, NotePath]:
        """Where in the vault the note and the views are."""
        return self._path, NotePath(f"{self._settings.folder}/{BASE_NAME}")

    @property
    def is_wanted(self) -> bool:
        """Whether the settings ask for the note."""
        return self._settings.notes.relationships and self._settings.write != "nothing"

    def carry_out(
        self, snapshot: Snapshot, record: Record, *, notes: bool, dry_run: bool, quiet_seconds: float
    ) -> Taken:
        """Write what the user ticked and put off into daily notes and person notes, as the commands do.

        A tick is contact on the day a plugin put beside it, else on the day of `snapshot`, which sees it first. Without
        `notes` nothing is carried out, and the note keeps its ticks until it is.
        """
        self._taken = ""
        if not (self.is_wanted and notes):
            return Taken()
        try:
            data = self._store.read_extra(self._path) or b""
            said = _list_said(data)
            if (reason := not_understood(data)) is not None:
                message = f"It is neither read nor written anew: {reason}."
                return Taken(problems=(Diagnostic(self._path, "relationships-not-understood", message),))
            if said and self._editor.is_unquiet(self._path, _digest(data), quiet_seconds):
                return Taken(waiting=(self._path,))
        except ReadRefusedError as refused:
            return Taken(problems=(Diagnostic(self._path, refused.code, refused.reason),))
        run = Errands(self._scribe, self._editor, self._settings, snapshot, None if dry_run else record, quiet_seconds)
        run.carry_out(said)
        if not run.waiting and all(problem.severity == "info" for problem in run.problems):
            self._taken = _digest(data)
        return Taken(tuple(run.edits), tuple(run.waiting), tuple(run.problems))

    def publish(
        self, snapshot: Snapshot, *, dry_run: bool, quiet_seconds: float = 0.0
    ) -> tuple[tuple[str, ...], tuple[NotePath, ...], tuple[Diagnostic, ...]]:
        """Write the note as it should be: what was written, what is put off, and what went wrong."""
        if not self.is_wanted:
            return (), (), ()
        try:
            return self._publish(snapshot, dry_run=dry_run, quiet_seconds=quiet_seconds)
        except NoteChangedError:
            return (), (self._path,), ()
        except (ReadRefusedError, WriteRefusedError) as refused:
            return (), (), (Diagnostic(self._path, refused.code, refused.reason),)
        except StorageFailedError as error:
            return (), (), (Diagnostic(self._path, "write-failed", error.message, severity="error"),)

    def _publish(
        self, snapshot: Snapshot, *, dry_run: bool, quiet_seconds: float
    ) -> tuple[tuple[str, ...], tuple[NotePath, ...], tuple[Diagnostic, ...]]:
        before = self._store.read_extra(self._path)
        if before is not None and not_understood(before) is not None:
            return (), (), ()
        made = self._publisher.render_over("relationships", snapshot, before)
        if made == before:
            return (), (), ()
        if before is not None and not self._may_write_over(before, quiet_seconds):
            return (), (self._path,), ()
        # The views come once, together with the first note of this kind: from then on they are the user's.
        base = self.paths[1] if before is None and self._store.read_extra(self.paths[1]) is None else None
        if not dry_run:
            self._write(before, made)
            if base is not None:
                self._store.create(base, self._publisher.render_over("base", snapshot, None))
        return (self._path, *((base,) if base is not None else ())), (), ()

    def _may_write_over(self, data: bytes, quiet_seconds: float) -> bool:
        """Nothing is ticked in the note that was not carried out, and nobody is writing in it."""
        is_taken = not _list_said(data) or _digest(data) == self._taken
        return is_taken and not self._editor.is_unquiet(self._path, _digest(data), quiet_seconds)

    def _write(self, before: bytes | None, made: bytes) -> None:
        """Give the note its new bytes; it is not recorded for undo, which would give back the ticks carried out."""
        if before is not None:
            self._store.replace(self._path, before, made)
        else:
            self._store.create(self._path, made)
        self._editor.note_written(self._path, made)


class Errands(Struct):
    """What the user said of follow-ups in one place, carried out; without a record nothing is written."""

    scribe: Scribe
    editor: Editor
    settings: Settings
    snapshot: Snapshot
    record: Record | None
    quiet_seconds: float
    waiting: list[NotePath] = []
    edits: list[AppliedPatch] = []
    problems: list[Diagnostic] = []

    def carry_out(self, said: Iterable[Tick]) -> None:
        """Write what is said, and keep what was written and what could not be."""
        entries: list[Entry] = []
        for tick in said:
            state = _person_of(tick, self.snapshot)
            if state is None:
                self._tell(tick, "tick-without-person", "The note that its task links to is no person's.", "info")
                continue
            try:
                if tick.moved_to is None or tick.done:
                    entries += self._entry(tick, state)
                else:
                    self._put_off(tick, tick.moved_to, state)
            except VaultrelError as error:
                self._tell(tick, "tick-not-written", error.message)
        for _, same in groupby(sorted(entries, key=lambda entry: entry.day), key=lambda entry: entry.day):
            try:
                self._write(self.scribe.draft_entries(list(same), self.snapshot.as_of, once=True))
            except VaultrelError as error:
                self.problems.append(Diagnostic(self._path, "tick-not-written", error.message))

    def _entry(self, tick: Tick, state: PersonState) -> list[Entry]:
        """What to write for a tick; nothing where the notes tell already of contact that answers the follow-up."""
        day = min(tick.done_on or self.snapshot.as_of, self.snapshot.as_of)
        if state.followup is not None and followup_key(state.followup) == tick.key:
            return [done_entry(state, "", day, self.settings)]
        if state.tie.last_contact is not None and state.tie.last_contact >= min(tick.written, day):
            return []
        return [log_entry([state], contact_of_touch("", self.settings), "", day)]

    def _put_off(self, tick: Tick, until: dt.date, state: PersonState) -> None:
        """Snooze the person until a later day; of an earlier one, say that it cannot be."""
        if until > max(tick.written, self.snapshot.as_of):
            self._write(self.scribe.draft_snooze(state.person.path, until, self.snapshot.as_of))
        else:
            message = f"{state.person.name} can be put off, not brought forward: {until} is not later."
            self._tell(tick, "moved-earlier", message, "info")

    def _write(self, draft: Draft | None) -> None:
        if draft is None:
            return
        path, before = draft.note.path, draft.edit.before
        if not draft.made and self.editor.is_unquiet(path, _digest(before), self.quiet_seconds):
            self.waiting.append(path)
            return
        if self.record is not None:
            self.scribe.write(draft, self.record)
        self.edits.append(draft.edit)

    def _tell(self, tick: Tick, code: str, message: str, severity: Severity = "warning") -> None:
        self.problems.append(Diagnostic(self._path, code, message, tick.line, severity=severity))

    @property
    def _path(self) -> NotePath:
        return ticks_path(self.settings)


def _list_said(data: bytes) -> list[Tick]:
    """What the user has ticked or given another day."""
    return [tick for tick in read_ticks(data) if tick.done or tick.moved_to is not None]


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _person_of(tick: Tick, snapshot: Snapshot) -> PersonState | None:
    """The person whose note a task links to: by its path, or by its name where no other note has it."""
    target = tick.target.removesuffix(".md")
    by_path = [state for state in snapshot.people if state.person.path == f"{target}.md"]
    found = by_path or [state for state in snapshot.people if note_stem(state.person.path) == note_stem(target)]
    return found[0] if len(found) == 1 else None
