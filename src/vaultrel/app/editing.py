"""Carrying out edits under compare and swap, with a record for undo; and going back over that record."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, TypeAlias

from vaultrel import clock
from vaultrel.app.reports import AppliedPatch
from vaultrel.core.frontmatter import patch_frontmatter
from vaultrel.core.obsidian import WORKSPACE_FILES, read_open_notes
from vaultrel.core.stripping import is_same_but_for_ours
from vaultrel.errors import NoteChangedError, StorageFailedError, WriteRefusedError
from vaultrel.model import Diagnostic, NotePatch, NotePath, Refusal
from vaultrel.storage.base import GRACE_SECONDS, NoteStore, ReadRefusedError
from vaultrel.storage.journal import (
    Direction,
    EditedSinceError,
    Journal,
    NoFirstCopyError,
    UndoReport,
    UnknownRunError,
)
from vaultrel.storage.lock import VaultLock

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from contextlib import ExitStack
    from pathlib import Path

    from vaultrel.locations import Locations

OPEN_NOTE_QUIET_SECONDS = 300.0
"""The daemon leaves a note that Obsidian shows as open alone for this long after it was touched."""

OPENING_SECONDS = 0.1
"""A program that is just opening a note as it is replaced has it open, for the system to see, after this time."""

Record: TypeAlias = Callable[[NotePath, bytes | None, bytes], None]
"""Called with a note's path and its bytes before (None: there is none) and after, before the edit is made."""

Agree: TypeAlias = Callable[[UndoReport], bool]
"""Asked, with what an undo would do, whether to do it."""


def _keep_no_record(_path: NotePath, _before: bytes | None, _after: bytes) -> None:
    """The `Record` of a vault that keeps no journal."""


class Editor:
    """The one way into the user's notes.

    Args:
        store: where the notes are.
        locations: where lock and journal are; None for a vault in memory, which has neither.
        root: the vault's folder; None for one in memory.
    """

    def __init__(self, store: NoteStore, locations: Locations | None, root: Path | None) -> None:
        self.grace_seconds = GRACE_SECONDS
        """How long a program that had a replaced note open is given to finish writing to it."""
        self._store = store
        self._locations = locations
        self._root = root
        self._written: dict[NotePath, str] = {}
        """What this vaultrel itself wrote last into a note, as SHA-256: such a note is not being edited."""
        self._ahead: dict[NotePath, tuple[float, float]] = {}
        """Notes touched at a time that has not come yet: that time, and when it was first seen, by the steady clock."""
        self._open_notes: frozenset[NotePath] = frozenset()

    @contextmanager
    def locked(self, seconds: float) -> Iterator[None]:
        """Hold the vault's lock; a vault in memory has none.

        Raises:
            AnotherWriterError: another vaultrel kept writing for so many seconds.
        """
        if self._locations is None:
            yield
            return
        with VaultLock(self._locations.lock, self._store.name, timeout=seconds):
            yield

    def begin_run(self, stack: ExitStack) -> Record:
        """Where this run's edits are recorded for undo, before each is made; a vault in memory keeps no journal."""
        if self._locations is None:
            return _keep_no_record
        stamp = clock.utc_now().strftime("%Y%m%dT%H%M%SZ")
        return stack.enter_context(Journal(self._locations.journal).begin(stamp)).record

    def look_at_open_notes(self, quiet_seconds: float) -> None:
        """See which notes Obsidian shows as open, as far as it says so; without a quiet time it does not matter."""
        self._open_notes = frozenset()
        for path in WORKSPACE_FILES if quiet_seconds else ():
            with suppress(ReadRefusedError):
                if (workspace := self._store.read_extra(path)) is not None:
                    self._open_notes |= read_open_notes(workspace)

    def apply(
        self, patches: Iterable[NotePatch], record: Record, *, dry_run: bool = False, quiet_seconds: float = 0.0
    ) -> tuple[tuple[AppliedPatch, ...], tuple[NotePath, ...], tuple[Diagnostic, ...]]:
        """Carry out the patches one by one; a note that will not be written is reported, the rest goes on.

        Returns:
            The edits made, the notes put off because somebody may still be writing in them, and what went wrong.
        """
        applied: list[AppliedPatch] = []
        waiting: list[NotePath] = []
        failed: list[Diagnostic] = []
        for patch in patches:
            try:
                if self.is_unquiet(patch.path, patch.expected_digest, quiet_seconds):
                    waiting.append(patch.path)
                    continue
                edit = self._compose(patch)
                if not dry_run:
                    self.replace(patch.path, edit.before, edit.after, record)
                applied.append(edit)
            except NoteChangedError:
                waiting.append(patch.path)
            except (ReadRefusedError, WriteRefusedError) as refused:
                failed.append(Diagnostic(patch.path, refused.code, refused.reason))
            except StorageFailedError as error:
                failed.append(Diagnostic(patch.path, "write-failed", error.message, severity="error"))
        return tuple(applied), tuple(waiting), tuple(failed)

    def replace(self, path: NotePath, before: bytes, after: bytes, record: Record) -> None:
        """Compare and swap one file, on record.

        Raises:
            NoteChangedError, WriteRefusedError, StorageFailedError: see `NoteStore.replace`.
        """
        record(path, before, after)
        self._store.replace(path, before, after)
        self.note_written(path, after)

    def create(self, path: NotePath, data: bytes, record: Record) -> None:
        """Make a note where there is none, on record.

        Raises:
            NoteChangedError, WriteRefusedError, StorageFailedError: see `NoteStore.create`.
        """
        if self._is_there(path):
            raise NoteChangedError(path)  # before it is on record, or undo would speak of it
        record(path, None, data)
        self._store.create(path, data)
        self.note_written(path, data)

    def _is_there(self, path: NotePath) -> bool:
        try:
            self._store.touched(path)
        except ReadRefusedError:
            return False
        return True

    def note_written(self, path: NotePath, data: bytes) -> None:
        """Know the file again as one that vaultrel, and nobody else, wrote last."""
        self._written[path] = hashlib.sha256(data).hexdigest()

    def is_unquiet(self, path: NotePath, digest: str, quiet_seconds: float) -> bool:
        """Whether somebody may still be writing in the file; never without a quiet time.

        Raises:
            ReadRefusedError: there is no such file.
        """
        return bool(quiet_seconds) and self._unquiet_seconds(path, digest, quiet_seconds) > 0

    def first_quiet(self, patches: Iterable[NotePatch], waiting: tuple[NotePath, ...], quiet_seconds: float) -> float:
        """Seconds until the first waiting note is quiet; the whole quiet time for one that changed under our hands."""
        digests = {patch.path: patch.expected_digest for patch in patches}
        waits = []
        for path in waiting:
            seconds = 0.0
            with suppress(ReadRefusedError):
                seconds = self._unquiet_seconds(path, digests.get(path, ""), quiet_seconds)
            waits.append(seconds if seconds > 0 else quiet_seconds)
        return min(waits, default=0.0)

    def _unquiet_seconds(self, path: NotePath, digest: str, quiet_seconds: float) -> float:
        """How much longer the note must be left to whoever touched it last; not at all when that was this vaultrel."""
        if self._written.get(path) == digest:
            return 0.0
        if path in self._open_notes:
            quiet_seconds = max(quiet_seconds, OPEN_NOTE_QUIET_SECONDS)
        touched = self._store.touched(path)
        age = clock.wall_seconds() - touched
        if age < 0:  # Another machine's clock set it, or ours was set back since: count from when it was first seen.
            if self._ahead.get(path, (0.0, 0.0))[0] != touched:
                self._ahead[path] = (touched, clock.monotonic())
            age = clock.monotonic() - self._ahead[path][1]
        return quiet_seconds - age

    def _compose(self, patch: NotePatch) -> AppliedPatch:
        """The note's bytes before and after the patch.

        Raises:
            NoteChangedError: the note is no longer the one the patch was planned against.
            ReadRefusedError, WriteRefusedError: it cannot be read, or the edit not proved to touch our lines only.
        """
        before = self._store.read(patch.path)
        if hashlib.sha256(before).hexdigest() != patch.expected_digest:
            raise NoteChangedError(patch.path)
        after = patch_frontmatter(before, dict(patch.fields))
        if isinstance(after, Refusal):
            raise WriteRefusedError(patch.path, after.code, after.message)
        return AppliedPatch(patch, before, after)

    def settle(self, edited_at: float) -> tuple[Diagnostic, ...]:
        """Wait until nobody can still be writing to the versions just replaced, then clear those away.

        Where the system knows who has a file open, that is at once as a rule; else it takes `grace_seconds`.

        Args:
            edited_at: when the last of them was replaced, by the steady clock.
        """
        if self._root is not None:
            until = edited_at + self.grace_seconds
            clock.sleep(min(edited_at + OPENING_SECONDS, until) - clock.monotonic())
            while clock.monotonic() < until and self._store.may_be_written():
                clock.sleep(OPENING_SECONDS)
        return self._store.settle()

    def go_over(
        self, doing: Direction, agree: Agree | None, lock_seconds: float
    ) -> tuple[UndoReport, tuple[Diagnostic, ...]] | None:
        """Undo the last run, or redo the last undo; see `Vault.undo`."""
        if self._locations is None:
            raise UnknownRunError(doing, None)
        with self.locked(lock_seconds):
            journal = Journal(self._locations.journal)
            if agree is not None and not agree(journal.rehearse(doing, None, self._store)):
                return None
            try:
                report = journal.undo(None, self._store) if doing == "undo" else journal.redo(None, self._store)
            finally:
                left = self.settle(clock.monotonic())
            return report, left

    def restore_first(self, path: NotePath, stack: ExitStack) -> tuple[bool, tuple[Diagnostic, ...]]:
        """Give a note back the bytes it had before vaultrel's first edit ever; see `Vault.restore_first`."""
        if self._locations is None:
            raise NoFirstCopyError(path, "memory")
        journal = Journal(self._locations.journal)
        first, kept_in = journal.original(path), journal.original_file(path)
        if first is None:
            raise NoFirstCopyError(path, str(kept_in.parent))
        held = self._store.read(path)
        if held == first:
            return False, ()
        if not is_same_but_for_ours(held, first):
            raise EditedSinceError(path, str(kept_in))
        record = self.begin_run(stack)
        try:
            self.replace(path, held, first, record)
        finally:
            left = self.settle(clock.monotonic())
        return True, left
