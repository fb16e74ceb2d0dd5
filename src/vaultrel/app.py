"""The vault as a whole: read it, decide, apply, publish. The composition root of every command and of the daemon.

Everything that decides happens in `vaultrel.core`; this module reads, hands over values, and carries out
what comes back under compare and swap.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import secrets
import tomllib
import uuid
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import ExitStack, nullcontext, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Self

import msgspec

from vaultrel import __version__, clock
from vaultrel.core.brief import Brief, prepare_brief
from vaultrel.core.changes import diff_fingerprints, looks_vanished, settle_fingerprint
from vaultrel.core.classify import classify
from vaultrel.core.conflicts import ConflictCopy, original_path
from vaultrel.core.derive import Derivation
from vaultrel.core.frontmatter import patch_frontmatter, read_frontmatter
from vaultrel.core.lookup import choose_person
from vaultrel.core.markdown import visible_text
from vaultrel.core.notes import parse_note
from vaultrel.core.obsidian import OBSIDIAN_FILES, WORKSPACE_FILES, read_obsidian, read_open_notes
from vaultrel.core.patches import plan_patches
from vaultrel.core.scope import skip_reason
from vaultrel.core.settled_names import (
    SettledName,
    names_path,
    not_understood,
    read_settled_names,
    render_names_note,
    settle_in_note,
)
from vaultrel.core.stripping import is_same_but_for_ours, plan_strip
from vaultrel.errors import (
    EmptyVaultError,
    NoteChangedError,
    SettingsError,
    StorageFailedError,
    UnknownPersonError,
    VaultVanishedError,
    WriteRefusedError,
)
from vaultrel.index import NoteIndex
from vaultrel.locations import Locations, PrivateFile, find_vault, locations_for
from vaultrel.model import (
    BANDS,
    Band,
    Classification,
    Diagnostic,
    Fingerprint,
    FollowUp,
    Interaction,
    Note,
    NotePatch,
    NotePath,
    PersonState,
    Refusal,
    Snapshot,
    TieStrength,
)
from vaultrel.outputs import get_output
from vaultrel.outputs.base import RenderContext
from vaultrel.settings import Settings, parse_settings
from vaultrel.storage.base import GRACE_SECONDS, NoteStore, ReadRefusedError, SweepReport
from vaultrel.storage.filesystem import FileSystemStore, read_private_file, write_private_file
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
    from types import TracebackType

CONFIG_FILE = ".vaultrel/config.toml"
NAMESPACE_FILE = ".vaultrel/feed-namespace"
FEED_NAME = "followups.ics"
PARSER_VERSION = 3
"""Raised with every release in which `parse_note` reads some note differently: the index is then made anew."""

OPEN_NOTE_QUIET_SECONDS = 300.0
"""The daemon leaves a note that Obsidian shows as open alone for this long after it was touched."""

PASSING_REFUSALS = frozenset({"changed-while-reading", "unreadable", "not-downloaded"})
"""Reasons for not reading a note that say nothing about what is in it."""

Record = Callable[[NotePath, bytes, bytes], None]
"""Called with a note's path and its bytes before and after, before the edit is made."""

Agree = Callable[[UndoReport], bool]
"""Asked, with what an undo would do, whether to do it."""

Progress = Callable[[int, int], None]
"""Called with the notes read so far and the notes to read."""


@dataclass(frozen=True, slots=True)
class AppliedPatch:
    """A note's edit, with the bytes before and after; of a dry run, as it would be."""

    patch: NotePatch
    before: bytes
    after: bytes


@dataclass(frozen=True, slots=True)
class ScanReport:
    """What one scan read, found and did.

    Attributes:
        notes_read: notes read because they were new or changed.
        applied: the edits made, or that a dry run would make.
        waiting: notes whose edit is put off because somebody may still be writing in them.
        retry_seconds: how long until the first of those can be written; 0 when none waits.
        refused: person notes that have news but were not written; `diagnostics` says why.
        published: generated files that were (or would be) written.
        diagnostics: everything that needs the user's eye, by path and line.
    """

    snapshot: Snapshot
    dry_run: bool
    notes_read: int
    applied: tuple[AppliedPatch, ...] = ()
    waiting: tuple[NotePath, ...] = ()
    retry_seconds: float = 0.0
    refused: tuple[NotePath, ...] = ()
    published: tuple[str, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()


@dataclass(frozen=True, slots=True)
class StripReport:
    """What taking vaultrel's fields out of the notes did.

    Attributes:
        applied: the edits made, or that a dry run would make.
        refused: notes that still hold fields, and why.
        remaining: files that vaultrel wrote and that are still in the vault.
    """

    dry_run: bool
    applied: tuple[AppliedPatch, ...]
    refused: tuple[Diagnostic, ...]
    remaining: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Writers:
    """Who writes to a vault, as far as this computer can tell.

    The lock is this computer's own. That another one writes as well shows only where a sync program could not merge
    what both wrote, and kept a copy.

    Attributes:
        last_scan: when vaultrel last scanned and published on this computer; None if it never did.
        writing_now: the process that holds the lock; None when none does.
        copies: the copies that sync programs left in the vault.
    """

    last_scan: dt.datetime | None
    writing_now: str | None
    copies: tuple[ConflictCopy, ...]

    @property
    def another_computer(self) -> bool:
        """Whether a copy shows that another computer wrote what this one writes."""
        return any(copy.ours_only for copy in self.copies)


def _sorted_once(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Every problem once: one met again in writing, where columns are not known, is the one met in reading."""
    found = set(diagnostics)
    placed = {(item.path, item.line, item.code) for item in found if item.column}
    kept = [item for item in found if item.column or (item.path, item.line, item.code) not in placed]
    return tuple(sorted(kept, key=lambda item: (item.path, item.line, item.column, item.code, item.message)))


def _left_over(path: str) -> Diagnostic:
    message = "A temporary file of an interrupted run holds something else than its note, and was kept."
    return Diagnostic(NotePath(path), "left-over", message)


def _changed_meanwhile(path: NotePath) -> Diagnostic:
    return Diagnostic(
        path, "changed-while-reading", "Another program wrote to it at that moment; it was left as it is."
    )


def _keep_no_record(_path: NotePath, _before: bytes, _after: bytes) -> None:
    """The `Record` of a vault that keeps no journal."""


@dataclass(slots=True)
class _Reading:
    """The vault as last read, ready to be asked for any day."""

    derivation: Derivation
    fingerprints: dict[NotePath, Fingerprint] = field(default_factory=dict)
    unread: dict[NotePath, Diagnostic] = field(default_factory=dict)
    names: bytes | None = None
    """The note about names, with the user's answers."""
    names_unread: bool = False
    names_problems: tuple[Diagnostic, ...] = ()

    def outlasts(self, path: NotePath, problem: Diagnostic) -> bool:
        """What is known of the note still stands, although it could not be read just now."""
        return problem.code in PASSING_REFUSALS and self.derivation.note(path) is not None


class Vault:
    """One vault, open for reading and, under a lock, for writing.

    Use `open_vault`; it finds the folder and its settings. Use as a context manager, or call `close`.
    """

    def __init__(
        self, store: NoteStore, settings: Settings, locations: Locations | None, root: Path | None = None
    ) -> None:
        self.store = store
        self.settings = settings
        self.locations = locations
        self.root = root
        self.grace_seconds = GRACE_SECONDS
        self._reading: _Reading | None = None
        self._memory: dict[str, bytes] = {}
        self._written: dict[NotePath, str] = {}
        """What this vaultrel itself wrote last into a note, as SHA-256: such a note is not being edited."""
        self._ahead: dict[NotePath, tuple[float, float]] = {}
        """Notes touched at a time that has not come yet: that time, and when it was first seen, by the steady clock."""
        self._open_notes: frozenset[NotePath] = frozenset()
        self._copies: tuple[NotePath, ...] = ()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Forget what was read. Nothing is left open between calls."""
        self._reading = None

    # -- reading ---------------------------------------------------------------------------------------------

    def refresh(self, *, full: bool = False, accept_missing: bool = False, progress: Progress | None = None) -> int:
        """Bring what is known about the vault up to date with its files.

        Args:
            full: read every note again instead of trusting what was remembered.
            accept_missing: go on although most notes are gone.
            progress: called while notes are read.

        Returns:
            How many notes were read.

        Raises:
            EmptyVaultError: there is not one note.
            VaultVanishedError: a large part of the notes known is gone at once.
        """
        with self._open_index() if self.locations else nullcontext() as index:
            reading = self._reading or self._recall(index)
            began_ns = int(clock.wall_seconds() * 1e9)
            seen = self._list_notes()
            # The notes of a folder that cannot be listed just now are not gone either.
            unlisted = tuple(found.path for found in self.store.problems if found.code == "unreadable-folder")
            gone = tuple(path for path in reading.fingerprints if path not in seen and not path.startswith(unlisted))
            if not seen and not reading.fingerprints:
                raise EmptyVaultError(self.store.name)
            if not accept_missing and looks_vanished(len(reading.fingerprints), len(gone), len(seen)):
                raise VaultVanishedError(self.store.name, len(gone), len(reading.fingerprints))
            changes = diff_fingerprints({} if full else reading.fingerprints, seen)
            notes, unread = self._read_notes((*changes.added, *changes.changed), progress)
            # What cannot be read right now is not taken for empty: what was known of it stands until it can.
            lost = (*gone, *(path for path, problem in unread.items() if not reading.outlasts(path, problem)))
            reading.derivation.update({**dict.fromkeys(lost), **notes})
            self._read_names(reading)
            for path in lost:
                reading.fingerprints.pop(path, None)
            for path in seen:
                if path not in unread:
                    fresh = settle_fingerprint(seen[path], began_ns) if path in notes else seen[path]
                    reading.fingerprints[path] = fresh
            reading.unread = unread
            self._reading = reading
            if index is not None:
                with suppress(StorageFailedError):  # the index only saves time: the next run reads these notes again
                    index.store({path: (seen[path], notes[path]) for path in notes}, lost, read_at_ns=began_ns)
            return len(notes)

    def _list_notes(self) -> dict[NotePath, Fingerprint]:
        """The notes there are to read; the copies that sync programs left are remembered as well."""
        copies: list[NotePath] = []

        def skip(path: str) -> str | None:
            reason = skip_reason(path, self.settings)
            if reason == "conflict-copy":
                copies.append(NotePath(path))
            return reason

        seen = self.store.fingerprints(skip)
        self._copies = tuple(sorted(copies))
        return seen

    def _read_names(self, reading: _Reading) -> None:
        """Take in the user's answers to names; those known stand while the note with them cannot be read."""
        path = names_path(self.settings)
        try:
            reading.names = self.store.read_extra(path)
        except ReadRefusedError as refused:
            reading.names_unread = True
            reading.names_problems = (Diagnostic(path, refused.code, refused.reason),)
            return
        reading.names_unread = False
        answers, reading.names_problems = read_settled_names(reading.names or b"", path)
        reading.derivation.settle(answers)

    def _open_index(self) -> NoteIndex:
        assert self.locations is not None
        return NoteIndex(self.locations.index, _index_version(self.settings))

    def _recall(self, index: NoteIndex | None) -> _Reading:
        """What the index remembers of the vault."""
        reading = _Reading(Derivation(self.settings))
        remembered = index.load() if index is not None else {}
        reading.fingerprints = {path: fingerprint for path, (fingerprint, _) in remembered.items()}
        reading.derivation.update({path: note for path, (_, note) in remembered.items()})
        return reading

    def _read_notes(
        self, paths: tuple[NotePath, ...], progress: Progress | None
    ) -> tuple[dict[NotePath, Note], dict[NotePath, Diagnostic]]:
        notes: dict[NotePath, Note] = {}
        unread: dict[NotePath, Diagnostic] = {}
        for count, path in enumerate(paths, start=1):
            try:
                notes[path] = parse_note(path, self.store.read(path), self.settings)
            except ReadRefusedError as refused:
                unread[path] = Diagnostic(path, refused.code, refused.reason, severity="error")
            if progress is not None:
                progress(count, len(paths))
        return notes, unread

    def snapshot(self, as_of: dt.date | None = None) -> Snapshot:
        """Everything derived from the vault as it is now, on the day `as_of` (today by default)."""
        self.refresh()
        return self._derive(as_of)

    def _derive(self, as_of: dt.date | None) -> Snapshot:
        assert self._reading is not None
        return self._reading.derivation.snapshot(as_of or clock.today())

    def followups(self, as_of: dt.date | None = None) -> tuple[FollowUp, ...]:
        """The plan: follow-ups with a day, soonest first."""
        return self.snapshot(as_of).followups

    def person(self, query: str, as_of: dt.date | None = None) -> PersonState:
        """The person who answers to a name, alias, unique beginning of a name, or path.

        Raises:
            UnknownPersonError: nobody does; the nearest names are suggested.
            AmbiguousPersonError: more than one does.
        """
        return choose_person(self.snapshot(as_of), query)

    def brief(self, query: str, as_of: dt.date | None = None) -> Brief:
        """What to know before you meet the person who answers to `query`.

        Raises:
            UnknownPersonError, AmbiguousPersonError: as for `person`.
        """
        snapshot = self.snapshot(as_of)
        assert self._reading is not None
        state = choose_person(snapshot, query)
        survey = self._reading.derivation.survey(snapshot.people, snapshot.as_of)
        note = self._reading.derivation.note(state.person.path)
        try:
            body = visible_text(read_frontmatter(self.store.read(state.person.path)).body)
        except ReadRefusedError:
            note, body = None, ""
        return prepare_brief(state, survey.find_ground(state, snapshot.as_of), note, body, snapshot.as_of)

    def tie_if(
        self, person: NotePath, on: dt.date, *, as_of: dt.date | None = None, contact: Interaction | None = None
    ) -> TieStrength:
        """How the tie with a person would stand on the day `on`, if there were no contact after `as_of` but `contact`.

        `person` is the path of a person note, as `person` gives it; see `Derivation.tie_if`.
        """
        self.refresh()
        assert self._reading is not None
        return self._reading.derivation.tie_if(person, on, known_until=as_of or clock.today(), contact=contact)

    def classification(self, path: str) -> tuple[Note, Classification]:
        """What one note is taken for, and why.

        Raises:
            UnknownPersonError: there is no such note among those that are read.
        """
        self.refresh()
        assert self._reading is not None
        note = self._reading.derivation.note(NotePath(path))
        if note is None:
            raise UnknownPersonError(path)
        return note, classify(note, self.settings)

    def render(self, output: str, as_of: dt.date | None = None) -> bytes:
        """The snapshot in one of the output formats (``ics``, ``json``); nothing is written."""
        return self._render(output, self.snapshot(as_of))

    def _render(self, output: str, snapshot: Snapshot) -> bytes:
        context = RenderContext(
            vault_name=self.store.name,
            settings=self.settings,
            now=clock.utc_now(),
            namespace=self._namespace(),
            previous=self.published_feed(),
        )
        return get_output(output).render(snapshot, context)

    # -- writing ---------------------------------------------------------------------------------------------

    def scan(  # noqa: PLR0913 - each is one option of the command
        self,
        *,
        as_of: dt.date | None = None,
        dry_run: bool = False,
        notes: bool = True,
        full: bool = False,
        accept_missing: bool = False,
        quiet_seconds: float = 0.0,
        lock_seconds: float = 10.0,
        progress: Progress | None = None,
    ) -> ScanReport:
        """Read what changed, write the fields that changed, publish the feed.

        Args:
            as_of: the day to compute for; today by default.
            dry_run: decide everything, write nothing.
            notes: false leaves person notes alone and only publishes.
            full: read every note again.
            accept_missing: go on although most notes are gone.
            quiet_seconds: put off the edit of a note somebody touched within this many seconds.
            lock_seconds: how long to wait for another vaultrel that is writing.
            progress: called while notes are read.

        Raises:
            EmptyVaultError, VaultVanishedError: see `refresh`.
            AnotherWriterError: another vaultrel kept writing for `lock_seconds`.
            StorageFailedError: the feed could not be written.
        """
        with ExitStack() as stack:
            if not dry_run and self.locations is not None:
                stack.enter_context(VaultLock(self.locations.lock, self.store.name, timeout=lock_seconds))
            read = self.refresh(full=full, accept_missing=accept_missing, progress=progress)
            snapshot = self._derive(as_of)
            assert self._reading is not None
            patches: tuple[NotePatch, ...] = ()
            refused: tuple[Diagnostic, ...] = ()
            diagnostics = [*snapshot.diagnostics, *self.store.problems, *self._reading.unread.values()]
            diagnostics += self._reading.names_problems
            swept = SweepReport() if dry_run else self.store.sweep()
            diagnostics += [_left_over(path) for path in swept.kept]
            if notes and self.settings.write == "fields":
                patches, refused = plan_patches(snapshot.people, self._reading.derivation.notes)
            names = self._compose_names(snapshot)
            self._open_notes = self._read_open_notes() if quiet_seconds else frozenset()
            edited_at = clock.monotonic()
            record = self._begin_run(stack)
            try:
                applied, waiting, failed = self._apply(patches, record, dry_run=dry_run, quiet_seconds=quiet_seconds)
                edited_at = clock.monotonic()
                published, unpublished = self._publish(snapshot, dry_run=dry_run)
                if names is not None:
                    written, put_off, unnamed = self._publish_names(
                        names, record, dry_run=dry_run, quiet_seconds=quiet_seconds
                    )
                    published, waiting, unpublished = published + written, waiting + put_off, unpublished + unnamed
                    edited_at = clock.monotonic()
            finally:
                if (patches or names is not None or swept.removed) and not dry_run:
                    diagnostics += self._settle(edited_at)
            if not dry_run:
                with suppress(WriteRefusedError, StorageFailedError):  # only `doctor` wants to know
                    self._keep("last-scan", clock.utc_now().isoformat(timespec="seconds").encode("ascii"))
            return ScanReport(
                snapshot=snapshot,
                dry_run=dry_run,
                notes_read=read,
                applied=applied,
                waiting=waiting,
                retry_seconds=self._first_quiet(patches, waiting, quiet_seconds),
                refused=tuple(sorted({found.path for found in (*refused, *failed)})),
                published=published,
                diagnostics=_sorted_once((*diagnostics, *refused, *failed, *unpublished)),
            )

    def _apply(
        self, patches: Iterable[NotePatch], record: Record, *, dry_run: bool, quiet_seconds: float
    ) -> tuple[tuple[AppliedPatch, ...], tuple[NotePath, ...], tuple[Diagnostic, ...]]:
        """Carry out the patches one by one; a note that will not be written is reported, the rest goes on."""
        applied: list[AppliedPatch] = []
        waiting: list[NotePath] = []
        failed: list[Diagnostic] = []
        for patch in patches:
            try:
                if quiet_seconds and self._unquiet_seconds(patch.path, patch.expected_digest, quiet_seconds) > 0:
                    waiting.append(patch.path)
                    continue
                edit = self._compose(patch)
                if not dry_run:
                    record(patch.path, edit.before, edit.after)
                    self.store.replace(patch.path, edit.before, edit.after)
                    self._written[patch.path] = hashlib.sha256(edit.after).hexdigest()
                applied.append(edit)
            except NoteChangedError:
                waiting.append(patch.path)
            except (ReadRefusedError, WriteRefusedError) as refused:
                failed.append(Diagnostic(patch.path, refused.code, refused.reason))
            except StorageFailedError as error:
                failed.append(Diagnostic(patch.path, "write-failed", error.message, severity="error"))
        if applied and not dry_run:
            assert self._reading is not None
            written = {edit.patch.path: parse_note(edit.patch.path, edit.after, self.settings) for edit in applied}
            self._reading.derivation.update(written)
        return tuple(applied), tuple(waiting), tuple(failed)

    def _first_quiet(self, patches: Iterable[NotePatch], waiting: tuple[NotePath, ...], quiet_seconds: float) -> float:
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
        touched = self.store.touched(path)
        age = clock.wall_seconds() - touched
        if age < 0:  # Another machine's clock set it, or ours was set back since: count from when it was first seen.
            if self._ahead.get(path, (0.0, 0.0))[0] != touched:
                self._ahead[path] = (touched, clock.monotonic())
            age = clock.monotonic() - self._ahead[path][1]
        return quiet_seconds - age

    def _read_open_notes(self) -> frozenset[NotePath]:
        """The notes that Obsidian shows as open, as far as it has said so."""
        workspaces = (self._read_own(path) for path in WORKSPACE_FILES)
        return frozenset().union(*(read_open_notes(workspace) for workspace in workspaces if workspace is not None))

    def _settle(self, edited_at: float) -> tuple[Diagnostic, ...]:
        """Wait until nobody can still be writing to the versions just replaced, then clear those away."""
        if self.root is not None:
            clock.sleep(edited_at + self.grace_seconds - clock.monotonic())
        return self.store.settle()

    def _compose(self, patch: NotePatch) -> AppliedPatch:
        """The note's bytes before and after the patch.

        Raises:
            NoteChangedError: the note is no longer the one the patch was planned against.
            ReadRefusedError, WriteRefusedError: it cannot be read, or the edit not proved to touch our lines only.
        """
        before = self.store.read(patch.path)
        if hashlib.sha256(before).hexdigest() != patch.expected_digest:
            raise NoteChangedError(patch.path)
        after = patch_frontmatter(before, dict(patch.fields))
        if isinstance(after, Refusal):
            raise WriteRefusedError(patch.path, after.code, after.message)
        return AppliedPatch(patch, before, after)

    def _begin_run(self, stack: ExitStack) -> Record:
        """Where this run's edits are recorded for undo, before each is made; a vault in memory keeps no journal."""
        if self.locations is None:
            return _keep_no_record
        stamp = clock.utc_now().strftime("%Y%m%dT%H%M%SZ")
        return stack.enter_context(Journal(self.locations.journal).begin(stamp)).record

    def undo(
        self, *, agree: Agree | None = None, lock_seconds: float = 10.0
    ) -> tuple[UndoReport, tuple[Diagnostic, ...]] | None:
        """Give the notes of the last run back the bytes they had before it; again: of the run before that.

        Args:
            agree: asked first, with what would be done, while no other vaultrel can write; by default it is done.
            lock_seconds: how long to wait for another vaultrel that is writing.

        Returns:
            What was restored, and what was kept because it was edited since; and, as diagnostics, notes somebody
            wrote to while they were being restored. None when `agree` said no, and nothing was done.

        Raises:
            UnknownRunError: there is nothing to undo.
            AnotherWriterError: another vaultrel kept writing for `lock_seconds`.
        """
        return self._go_over("undo", agree, lock_seconds)

    def redo(
        self, *, agree: Agree | None = None, lock_seconds: float = 10.0
    ) -> tuple[UndoReport, tuple[Diagnostic, ...]] | None:
        """Undo the last `undo`: give the notes the bytes that run had written; again: of the undo before that.

        Arguments, result and errors are those of `undo`; what was written after an undo cannot be redone.
        """
        return self._go_over("redo", agree, lock_seconds)

    def _go_over(
        self, doing: Direction, agree: Agree | None, lock_seconds: float
    ) -> tuple[UndoReport, tuple[Diagnostic, ...]] | None:
        if self.locations is None:
            raise UnknownRunError(doing, None)
        with VaultLock(self.locations.lock, self.store.name, timeout=lock_seconds):
            journal = Journal(self.locations.journal)
            if agree is not None and not agree(journal.rehearse(doing, None, self.store)):
                return None
            report = journal.undo(None, self.store) if doing == "undo" else journal.redo(None, self.store)
            return report, self._settle(clock.monotonic())

    def restore_first(self, path: NotePath, *, lock_seconds: float = 10.0) -> tuple[bool, tuple[Diagnostic, ...]]:
        """Give a note back the bytes it had before vaultrel's first edit ever.

        Only if nothing but vaultrel's own lines differs; `undo` takes this back as well.

        Returns:
            Whether it was written: false when it holds those bytes already; and, as diagnostics, that somebody wrote
            to it at the same time.

        Raises:
            NoFirstCopyError: vaultrel on this computer has never written to a note of that path.
            EditedSinceError: something else differs; the error names the copy.
            AnotherWriterError: another vaultrel kept writing for `lock_seconds`.
            ReadRefusedError, NoteChangedError, WriteRefusedError, StorageFailedError: it was left as it is.
        """
        if self.locations is None:
            raise NoFirstCopyError(path, "memory")
        with ExitStack() as stack:
            stack.enter_context(VaultLock(self.locations.lock, self.store.name, timeout=lock_seconds))
            journal = Journal(self.locations.journal)
            first, kept_in = journal.original(path), journal.original_file(path)
            if first is None:
                raise NoFirstCopyError(path, str(kept_in.parent))
            held = self.store.read(path)
            if held == first:
                return False, ()
            if not is_same_but_for_ours(held, first):
                raise EditedSinceError(path, str(kept_in))
            self._begin_run(stack)(path, held, first)
            try:
                self.store.replace(path, held, first)
            finally:
                left = self._settle(clock.monotonic())
            return True, left

    def strip(
        self, *, dry_run: bool = False, lock_seconds: float = 10.0, progress: Progress | None = None
    ) -> StripReport:
        """Take every field of vaultrel's out of every note that is read; `undo` puts them back.

        Args:
            dry_run: decide everything, write nothing.
            lock_seconds: how long to wait for another vaultrel that is writing.
            progress: called while notes are read.

        Raises:
            EmptyVaultError, VaultVanishedError: see `refresh`.
            AnotherWriterError: another vaultrel kept writing for `lock_seconds`.
        """
        with ExitStack() as stack:
            if not dry_run and self.locations is not None:
                stack.enter_context(VaultLock(self.locations.lock, self.store.name, timeout=lock_seconds))
            self.refresh(progress=progress)
            assert self._reading is not None
            patches, forbidden = plan_strip(self._reading.derivation.notes)
            record = self._begin_run(stack)
            applied, changed, failed = self._apply(patches, record, dry_run=dry_run, quiet_seconds=0.0)
            problems = [*forbidden, *failed, *(_changed_meanwhile(path) for path in changed)]
            if patches and not dry_run:
                problems += self._settle(clock.monotonic())
            generated = (self._feed_path, names_path(self.settings), NAMESPACE_FILE)
            return StripReport(
                dry_run=dry_run,
                applied=applied,
                refused=_sorted_once(problems),
                remaining=tuple(path for path in generated if self._read_own(path) is not None),
            )

    def writers(self) -> Writers:
        """Who writes to this vault, as far as this computer can tell; nothing is written."""
        if self._reading is None:
            self.refresh()
        lock = VaultLock(self.locations.lock, self.store.name) if self.locations is not None else None
        last_scan = None
        with suppress(ValueError):
            last_scan = dt.datetime.fromisoformat((self._kept("last-scan") or b"").decode("ascii", "replace"))
        found = (self._compare_copy(path) for path in (*self._copies, *self._generated_copies()))
        return Writers(
            last_scan=last_scan,
            writing_now=lock.holder() if lock is not None else None,
            copies=tuple(copy for copy in found if copy is not None),
        )

    def _generated_copies(self) -> tuple[NotePath, ...]:
        """The copies that sync programs left of files vaultrel generates; their folders are not listed for notes."""
        found: list[NotePath] = []
        for original in (self._feed_path, NAMESPACE_FILE) if self.root is not None else ():
            folder = original.rpartition("/")[0]
            with suppress(OSError):
                names = sorted(os.listdir(f"{self.root}/{folder}"))  # noqa: PTH208 - names are all there is to see
                found += (
                    NotePath(f"{folder}/{name}") for name in names if original_path(f"{folder}/{name}") == original
                )
        return tuple(found)

    def _compare_copy(self, path: NotePath) -> ConflictCopy | None:
        """A sync program's copy beside the file it is a version of; None when its name does not say of which."""
        original = original_path(path)
        if original is None:
            return None
        copied, held = self._read_own(path), self._read_own(original)
        ours_only = (
            copied is not None
            and held is not None
            and copied != held
            and (original in {self._feed_path, NAMESPACE_FILE} or is_same_but_for_ours(copied, held))
        )
        return ConflictCopy(path, NotePath(original), ours_only)

    def _publish(self, snapshot: Snapshot, *, dry_run: bool) -> tuple[tuple[str, ...], tuple[Diagnostic, ...]]:
        """Write the feed where calendars and the server find it: the vault's folder, and this computer's own copy."""
        feed = self._render("ics", snapshot)
        if dry_run:
            path = self._feed_path
            changed = self.settings.write != "nothing" and feed != self._read_own(path)
            return ((path,) if changed else ()), ()
        published: list[str] = []
        problems: list[Diagnostic] = []
        if self.settings.write != "nothing":
            try:
                if self.store.write_generated(self._feed_path, feed):
                    published.append(self._feed_path)
                self.store.write_generated(NAMESPACE_FILE, f"{self._namespace()}\n".encode("ascii"))
            except (WriteRefusedError, StorageFailedError) as error:
                problems.append(
                    Diagnostic(NotePath(self._feed_path), "feed-not-written", error.message, severity="error")
                )
        self._keep("feed", feed)
        return tuple(published), tuple(problems)

    def _compose_names(self, snapshot: Snapshot) -> bytes | None:
        """The note about names as it should be; None when it is that already, or must be left alone."""
        assert self._reading is not None
        if self.settings.write == "nothing" or self._reading.names_unread:
            return None
        made = render_names_note(snapshot, self._reading.names)
        return None if made == self._reading.names else made

    def _publish_names(
        self, made: bytes, record: Record, *, dry_run: bool, quiet_seconds: float
    ) -> tuple[tuple[str, ...], tuple[NotePath, ...], tuple[Diagnostic, ...]]:
        """Write the note about names, unless somebody is writing in it: what was written, put off and refused."""
        assert self._reading is not None
        path, before = names_path(self.settings), self._reading.names
        try:
            if before is not None and quiet_seconds:
                digest = hashlib.sha256(before).hexdigest()
                if self._unquiet_seconds(path, digest, quiet_seconds) > 0:
                    return (), (path,), ()
            if not dry_run:
                self._write_names(made, record)
        except NoteChangedError:
            return (), (path,), ()
        except (ReadRefusedError, WriteRefusedError) as refused:
            return (), (), (Diagnostic(path, refused.code, refused.reason),)
        except StorageFailedError as error:
            return (), (), (Diagnostic(path, "write-failed", error.message, severity="error"),)
        return (path,), (), ()

    def _write_names(self, made: bytes, record: Record) -> None:
        """Give the note about names new bytes, if it still holds those that were read.

        It may hold the user's answers, so `undo` gives it back like any note; one that was not there, empty.
        """
        assert self._reading is not None
        path, before = names_path(self.settings), self._reading.names
        if before is None and self.store.read_extra(path) is not None:
            raise NoteChangedError(path)
        record(path, before or b"", made)
        if before is None:
            self.store.write_generated(path, made)
        else:
            self.store.replace(path, before, made)
        self._reading.names = made
        self._written[path] = hashlib.sha256(made).hexdigest()

    def settle_names(
        self,
        answers: Iterable[SettledName],
        forget: Iterable[str] = (),
        *,
        as_of: dt.date | None = None,
        lock_seconds: float = 10.0,
    ) -> tuple[Snapshot, Snapshot]:
        """Keep the user's answers to ambiguous and unknown names in the note about names, and write nothing else.

        Args:
            answers: each takes the place of an earlier answer to the same question.
            forget: names to which every answer is taken back.
            as_of: the day to compute for; today by default.
            lock_seconds: how long to wait for another vaultrel that is writing.

        Returns:
            The vault before and after.

        Raises:
            EmptyVaultError, VaultVanishedError: see `refresh`.
            AnotherWriterError: another vaultrel kept writing for `lock_seconds`.
            WriteRefusedError, NoteChangedError, StorageFailedError: the note was not written; it is as it was.
        """
        path = names_path(self.settings)
        with ExitStack() as stack:
            if self.locations is not None:
                stack.enter_context(VaultLock(self.locations.lock, self.store.name, timeout=lock_seconds))
            self.refresh()
            assert self._reading is not None
            if self._reading.names_unread:
                raise WriteRefusedError(path, "unreadable", "it cannot be read")
            if (reason := not_understood(self._reading.names or b"")) is not None:
                raise WriteRefusedError(path, "names-not-understood", reason)
            before = self._derive(as_of)
            edited = settle_in_note(self._reading.names, answers, forget)
            self._reading.derivation.settle(read_settled_names(edited, path)[0])
            after = self._derive(as_of)
            made = render_names_note(after, edited)
            if made is not None and made != self._reading.names:
                try:
                    self._write_names(made, self._begin_run(stack))
                finally:
                    self._settle(clock.monotonic())
            return before, after

    def settled_names(self) -> tuple[SettledName, ...]:
        """The user's answers to ambiguous and unknown names, as the note about names has them."""
        self.refresh()
        assert self._reading is not None
        return read_settled_names(self._reading.names or b"", names_path(self.settings))[0]

    @property
    def _feed_path(self) -> str:
        return f"{self.settings.folder}/{FEED_NAME}"

    def published_feed(self) -> bytes | None:
        """The feed as last published: from the vault, or where vaultrel may not write there, this computer's copy."""
        if self.settings.write != "nothing" and (feed := self._read_own(self._feed_path)) is not None:
            return feed
        return self._kept("feed")

    def _read_own(self, path: str) -> bytes | None:
        """A generated file; None where there is none, or something that is not ours to read stands in its place."""
        try:
            return self.store.read_extra(path)
        except ReadRefusedError:
            return None

    def _namespace(self) -> uuid.UUID:
        """The namespace of this vault's event UIDs: random, made once.

        It is kept in the vault as soon as vaultrel publishes there, so that machines which share the vault agree;
        until then, on this computer.
        """
        for kept in (self._read_own(NAMESPACE_FILE), self._kept("namespace")):
            with suppress(ValueError):
                return uuid.UUID((kept or b"").decode("ascii", "replace").strip())
        made = uuid.uuid4()
        self._keep("namespace", f"{made}\n".encode("ascii"))
        return made

    # -- this computer's own files ---------------------------------------------------------------------------

    def _kept(self, name: PrivateFile) -> bytes | None:
        """A small file kept for this vault outside it, or, for a vault in memory, in memory."""
        if self.locations is None:
            return self._memory.get(name)
        return read_private_file(self.locations.private(name))

    def _keep(self, name: PrivateFile, data: bytes) -> None:
        if self.locations is None:
            self._memory[name] = data
        else:
            write_private_file(self.locations.private(name), data)

    def feed_token(self) -> str:
        """The secret part of the subscription's address: 32 random bytes, URL-safe, made at first use."""
        kept = self._kept("feed-token")
        if kept is None:
            kept = secrets.token_urlsafe(32).encode("ascii")
            self._keep("feed-token", kept)
        return kept.decode("ascii").strip()

    def feed_url(self, host: str, port: int) -> str:
        """The address to subscribe to while `serve` or `watch --serve` runs."""
        return f"http://{f'[{host}]' if ':' in host else host}:{port}/feed/{self.feed_token()}/{FEED_NAME}"


@dataclass(frozen=True, slots=True)
class Headline:
    """Relationships, not contacts: the one line that stands above everything."""

    relationships: int
    contacts: int
    bands: dict[Band, int]


def headline(snapshot: Snapshot) -> Headline:
    """Count a snapshot's relationships and contacts; `bands` counts every contact once, in the order of `BANDS`."""
    bands = Counter(state.tie.band for state in snapshot.people)
    return Headline(
        relationships=sum(state.tie.relationship for state in snapshot.people),
        contacts=len(snapshot.people),
        bands={band: bands[band] for band in BANDS},
    )


def open_vault(location: str | Path | NoteStore | None = None, *, settings: Settings | None = None) -> Vault:
    """Open a vault for reading and writing.

    Args:
        location: its folder; a `NoteStore` for notes kept elsewhere; None to find it as the command line does.
        settings: instead of the vault's own `.vaultrel/config.toml`.

    Raises:
        VaultNotFoundError: there is no such folder.
        SettingsError: the settings file cannot be used.
    """
    if location is None or isinstance(location, str | Path):
        root = find_vault(None if location is None else str(location), os.environ, Path.cwd())
        return Vault(FileSystemStore(root), _load_settings(FileSystemStore(root), settings), locations_for(root), root)
    return Vault(location, _load_settings(location, settings), None)


def _load_settings(store: NoteStore, given: Settings | None) -> Settings:
    """The user's settings together with what the vault's `.obsidian` folder says."""
    if given is None:
        try:
            raw = store.read_extra(CONFIG_FILE)
            table = tomllib.loads(raw.decode("utf-8")) if raw is not None else {}
        except ReadRefusedError as error:
            raise SettingsError(CONFIG_FILE, (error.reason,)) from error
        except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise SettingsError(CONFIG_FILE, (f"not valid TOML: {error}",)) from error
        given = parse_settings(table, CONFIG_FILE)
    files: dict[str, bytes] = {}
    for name in OBSIDIAN_FILES:
        with suppress(ReadRefusedError):  # Obsidian's own files are a courtesy: without one its defaults hold
            if (data := store.read_extra(name)) is not None:
                files[name] = data
    obsidian, _ = read_obsidian(files)
    return msgspec.structs.replace(given, obsidian=obsidian)


def _index_version(settings: Settings) -> str:
    """Changes whenever notes remembered by the index would be read differently: by this release or these settings."""
    reading = msgspec.json.encode(
        (settings.people, settings.meetings, settings.contact, settings.date_order, settings.obsidian, settings.me)
    )
    return f"{__version__}-{PARSER_VERSION}-{hashlib.sha256(reading).hexdigest()[:16]}"
