"""One scan, once what changed has been read: what the user said, the feeds, then the notes."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, TypedDict

from msgspec import Struct

from vaultrel import clock
from vaultrel.app.reading import MOST_UNKEPT
from vaultrel.app.reports import AppliedPatch, ScanReport, sorted_once
from vaultrel.core.notes import parse_note
from vaultrel.model import Diagnostic, NotePatch, NotePath, Snapshot

if TYPE_CHECKING:
    import datetime as dt

    from vaultrel.app.editing import Editor, Record
    from vaultrel.app.names_note import NamesNote
    from vaultrel.app.publishing import Publisher
    from vaultrel.app.reading import Reader
    from vaultrel.app.ticked import Taken, TickedNote
    from vaultrel.app.vdir import VdirFolder
    from vaultrel.core.patches import PatchPlanner
    from vaultrel.settings import Settings
    from vaultrel.storage.base import NoteStore


class ScanDesk(Struct, frozen=True):
    """All that a scan works with."""

    store: NoteStore
    settings: Settings
    reader: Reader
    planner: PatchPlanner
    editor: Editor
    publisher: Publisher
    ticked: TickedNote
    names: NamesNote
    vdir: VdirFolder | None


class _Manner(TypedDict):
    dry_run: bool
    quiet_seconds: float


class Scan:
    """One scan of a vault that has just been read, by whoever holds its lock.

    Args:
        desk: what it works with.
        record: where edits are recorded.
        notes: false leaves person notes alone and only publishes.
        dry_run: decide everything, write nothing.
        quiet_seconds: put off the edit of a note somebody touched within this many seconds.
    """

    def __init__(self, desk: ScanDesk, record: Record, *, notes: bool, dry_run: bool, quiet_seconds: float) -> None:
        self._desk = desk
        self._record = record
        self._notes = notes
        self._dry_run = dry_run
        self._manner = _Manner(dry_run=dry_run, quiet_seconds=quiet_seconds)
        self._displaced_at: float | None = None
        """When a file was last replaced, by the steady clock: who had it open may still be writing to the old one."""
        self._patches: tuple[NotePatch, ...] = ()
        self._applied: tuple[AppliedPatch, ...] = ()
        self._refused: tuple[Diagnostic, ...] = ()
        self._published: tuple[str, ...] = ()
        self._waiting: tuple[NotePath, ...] = ()
        self._problems: tuple[Diagnostic, ...] = ()
        """What went wrong with what was to be written or carried out."""

    def carry_out(self, as_of: dt.date | None, notes_read: int) -> ScanReport:
        """Do what the user said where the plan is shown, publish the plan, and write what changed into notes."""
        taken = self._take_words(as_of)
        snapshot = self._desk.reader.snapshot(as_of)
        try:
            # First what people look at: the notes change for good, the calendar for now.
            self._publish_feeds(snapshot)
            self._sweep()
            if self._notes and self._desk.settings.write == "fields":
                self._write_fields(snapshot)
            self._publish_notes(snapshot)
            if not self._dry_run:  # while programs that had the notes open finish
                self._take_in()
                self._keep(snapshot)
            self._desk.reader.keep_read(at_least=MOST_UNKEPT)
        finally:
            if self._displaced_at is not None and not self._dry_run:
                self._problems += self._desk.editor.settle(self._displaced_at)
        done = (taken.edits, taken.waiting, taken.problems, self._patches, self._published, self._waiting)
        return ScanReport(
            snapshot=snapshot,
            dry_run=self._dry_run,
            notes_read=notes_read,
            applied=taken.edits + self._applied,
            waiting=tuple(dict.fromkeys((*taken.waiting, *self._waiting))),
            retry_seconds=self._desk.editor.first_quiet(self._patches, self._waiting, self._manner["quiet_seconds"]),
            refused=tuple(sorted({found.path for found in self._refused})),
            published=self._published,
            diagnostics=sorted_once(
                (*snapshot.diagnostics, *self._desk.reader.problems, *taken.problems, *self._refused, *self._problems)
            ),
            left_all=not (notes_read or any(done) or self._problems or self._displaced_at is not None),
        )

    def _take_in(self) -> None:
        """Let the reader know the notes as they are now."""
        written = {edit.patch.path: edit.after for edit in self._applied}
        settings = self._desk.settings
        self._desk.reader.take_in({path: parse_note(path, data, settings) for path, data in written.items()})

    def _keep(self, snapshot: Snapshot) -> None:
        """Keep what the next time needs, now that what people look at is written."""
        reader, day = self._desk.reader, snapshot.as_of
        self._problems += self._desk.publisher.keep(reader.snapshot(day), partial(reader.made_of, day))

    def _take_words(self, as_of: dt.date | None) -> Taken:
        """Carry out ticks and new days, in the note and in the folder for a calendar program."""
        desk = self._desk
        taken = desk.ticked.carry_out(desk.reader.snapshot(as_of), self._record, notes=self._notes, **self._manner)
        if desk.vdir is not None:
            taken += desk.vdir.carry_out(desk.reader.snapshot(as_of), self._record, notes=self._notes, **self._manner)
        if taken.edits:
            self._displaced_at = clock.monotonic()
        return taken

    def _publish_feeds(self, snapshot: Snapshot) -> None:
        desk = self._desk
        made_of = partial(desk.reader.made_of, snapshot.as_of)
        published, problems = desk.publisher.publish(snapshot, dry_run=self._dry_run, made_of=made_of)
        self._note(published, (), problems)
        if desk.vdir is not None:
            published, problems = desk.vdir.publish(snapshot, dry_run=self._dry_run)
            self._note(published, (), problems)

    def _sweep(self) -> None:
        if self._dry_run:
            return
        swept = self._desk.store.sweep()
        self._problems += tuple(map(_left_over, swept.kept))
        if swept.removed:
            self._displaced_at = clock.monotonic()

    def _write_fields(self, snapshot: Snapshot) -> None:
        desk = self._desk
        self._patches, self._refused = desk.planner.plan(snapshot.people)
        if not self._patches:
            return
        try:
            self._applied, waiting, failed = desk.editor.apply(self._patches, self._record, **self._manner)
        finally:
            self._displaced_at = clock.monotonic()
        self._waiting += waiting
        self._refused += failed

    def _publish_notes(self, snapshot: Snapshot) -> None:
        """Write the generated notes in which the user ticks and answers."""
        desk = self._desk
        noted, waiting, problems = desk.ticked.publish(snapshot, **self._manner)
        self._note(noted, waiting, problems)
        names = desk.names.compose(snapshot)
        if names is not None:
            self._note(*desk.names.publish(names, self._record, **self._manner))
        if noted or names is not None:
            self._displaced_at = clock.monotonic()

    def _note(
        self, published: tuple[str, ...], waiting: tuple[NotePath, ...], problems: tuple[Diagnostic, ...]
    ) -> None:
        self._published += published
        self._waiting += waiting
        self._problems += problems


def _left_over(path: str) -> Diagnostic:
    message = "A temporary file of an interrupted run holds something else than its note, and was kept."
    return Diagnostic(NotePath(path), "left-over", message)
