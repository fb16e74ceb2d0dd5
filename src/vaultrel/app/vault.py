"""One vault, with all that can be asked of it and done to it.

Most runs only read, and most of those find what followed from the notes kept by an earlier run: whatever parses
notes, derives, writes or renders is imported where it is needed.
"""

from __future__ import annotations

import os
from contextlib import ExitStack, nullcontext, suppress
from functools import cached_property
from typing import TYPE_CHECKING, Self

from vaultrel import clock
from vaultrel.app.last_scan import mark_scan, when_scanned
from vaultrel.app.private_files import PrivateFiles
from vaultrel.app.reading import Reader
from vaultrel.app.reports import ScanReport, StripReport, Writers, sorted_once
from vaultrel.core.lookup import choose_person, names_to_type
from vaultrel.core.settled_names import names_path, read_settled_names, render_names_note
from vaultrel.errors import StorageFailedError, UnknownPersonError, WriteRefusedError
from vaultrel.model import (
    Classification,
    Diagnostic,
    FollowUp,
    Interaction,
    Note,
    NotePath,
    PersonState,
    Snapshot,
    TieStrength,
)
from vaultrel.storage.base import NoteStore, ReadRefusedError
from vaultrel.storage.filesystem import FileSystemStore

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path
    from types import TracebackType

    from vaultrel.app import intents
    from vaultrel.app.editing import Agree, Editor
    from vaultrel.app.importing import ImportReport
    from vaultrel.app.kept_answer import KeptAnswer
    from vaultrel.app.names_note import NamesNote
    from vaultrel.app.publishing import Publisher
    from vaultrel.app.reports import Progress
    from vaultrel.app.scribe import Scribe
    from vaultrel.app.ticked import TickedNote
    from vaultrel.app.vdir import VdirFolder
    from vaultrel.app.watching import Watching
    from vaultrel.core.brief import Brief
    from vaultrel.core.conflicts import ConflictCopy
    from vaultrel.core.contacts import AddressBook
    from vaultrel.core.first_look import FirstLook
    from vaultrel.core.intents import Starter
    from vaultrel.core.patches import PatchPlanner
    from vaultrel.core.settled_names import SettledName
    from vaultrel.locations import Locations, PrivateFile
    from vaultrel.outputs.feeds import Feed
    from vaultrel.settings import Settings
    from vaultrel.storage.journal import UndoReport


def _changed_meanwhile(path: NotePath) -> Diagnostic:
    return Diagnostic(
        path, "changed-while-reading", "Another program wrote to it at that moment; it was left as it is."
    )


_KEPT_UP: tuple[PrivateFile, ...] = ("feed-people", "namespace", "names", "rendered", "root", "vdir")
"""This computer's own files that a scan goes by or keeps up, beside its copies of feeds."""


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
        self._private = PrivateFiles(locations)
        self._reader = Reader(store, settings, locations)

    @cached_property
    def _planner(self) -> PatchPlanner:
        from vaultrel.core.patches import PatchPlanner

        return PatchPlanner(self._reader.notes)

    @cached_property
    def _editor(self) -> Editor:
        from vaultrel.app.editing import Editor

        return Editor(self.store, self.locations, self.root)

    @cached_property
    def _publisher(self) -> Publisher:
        from vaultrel.app.publishing import Publisher

        return Publisher(self.store, self.settings, self._private, self._reader.notes)

    @cached_property
    def _names(self) -> NamesNote:
        from vaultrel.app.names_note import NamesNote

        return NamesNote(self.store, self.settings, self._reader, self._editor)

    @cached_property
    def _scribe(self) -> Scribe:
        from vaultrel.app.scribe import Scribe

        return Scribe(self.store, self.settings, self._reader, self._editor)

    @cached_property
    def _ticked(self) -> TickedNote:
        from vaultrel.app.ticked import TickedNote

        return TickedNote(self.store, self.settings, self._editor, self._scribe, self._publisher)

    @cached_property
    def _vdir(self) -> VdirFolder | None:
        """The folder for a calendar program; None where the settings name none, and named none at the last scan."""
        if not self.settings.feed.vdir and not self._private.get("vdir"):
            return None
        from vaultrel.app.vdir import VdirFolder

        parts = (self._private, self._editor, self._scribe, self._publisher)
        return VdirFolder(self.root, self.settings, *parts)

    @cached_property
    def _desk(self) -> intents.Desk:
        from vaultrel.app.intents import Desk

        return Desk(self.settings, self._reader, self._editor, self._publisher, self._scribe, self._ticked)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Keep what followed from what was read for the next run, and forget it. Nothing is left open between calls."""
        self.keep_snapshot()
        self._reader.forget()

    def keep_snapshot(self) -> None:
        """Keep today's snapshot for the next run, unless what is known took no work or another day was asked for."""
        self._reader.keep_snapshot()
        if self._reader.derived is not None:
            self._keep_names(self._reader.derived)

    def begin_answer(self, kept: KeptAnswer, *, of_scan: bool = False) -> None:
        """See what an answer is going to be made of; nothing of the vault has been read yet but its settings.

        Args:
            kept: of the vault; made before this one was opened.
            of_scan: it says what a scan did, which goes by what it published, too.
        """
        if self.root is not None and isinstance(self.store, FileSystemStore):
            kept.look_at([f"{self.root}/{names_path(self.settings)}"])
            if of_scan:
                kept.look_at(self._files_of_scan())
            self.store.on_listed = kept.take_listing

    def keep_answer(self, kept: KeptAnswer, answer: bytes) -> None:
        """Keep an answer that follows from the vault as last read, unless it follows from more than its files show."""
        if self._reader.follows_from_files:
            kept.keep(answer)

    def _files_of_scan(self) -> Iterator[str]:
        """All that a scan reads or keeps up beside notes: in the vault, where copies go, and of this computer's own."""
        yield from map(str, self.published_files())
        if self.settings.feed.vdir:
            from vaultrel.app.vdir import vdir_path

            with suppress(WriteRefusedError):
                yield f"{vdir_path(self.settings.feed.vdir)}/"
        if self.locations is not None:
            yield str(self.locations.index)
            yield from (str(self._publisher.feeds.own_copy(feed)) for feed in self.feeds)
            yield from (str(self.locations.private(name)) for name in _KEPT_UP)

    def published_files(self) -> tuple[Path, ...]:
        """Where the files are that vaultrel generates, copies outside the vault too, whether they are there or not."""
        from vaultrel.app.feed_copies import copy_target

        if self.root is None:
            return ()
        files = [self.root / path for path in self.generated_paths]
        for feed in self.feeds:
            if feed.publish_to:
                with suppress(WriteRefusedError):
                    files.append(copy_target(feed.publish_to, feed.file_name))
        return tuple(files)

    def _keep_names(self, snapshot: Snapshot) -> None:
        """Keep what can be typed for the people, where shells complete it from; no run depends on it."""
        names = names_to_type(state.person for state in snapshot.people)
        with suppress(WriteRefusedError, StorageFailedError):
            self._private.keep("names", "".join(f"{name}\n" for name in names).encode("utf-8", "replace"))

    def remember(self) -> None:
        """Let this computer know of the vault, so that it is found without being named."""
        if self.root is not None:
            with suppress(WriteRefusedError, StorageFailedError):
                self._private.keep("root", f"{self.root}\n".encode("utf-8", "surrogateescape"))

    @property
    def folders(self) -> Mapping[str, tuple[int, int]]:
        """Device and inode of the folders last listed, as `FileSystemStore.folders` has them; none in memory."""
        return self.store.folders if isinstance(self.store, FileSystemStore) else {}

    @property
    def grace_seconds(self) -> float:
        """How long a program that had a replaced note open is given to finish writing to it."""
        return self._editor.grace_seconds

    @grace_seconds.setter
    def grace_seconds(self, seconds: float) -> None:
        self._editor.grace_seconds = seconds

    def use(self, settings: Settings, *, lock_seconds: float = 10.0) -> None:
        """Go by other settings from now on; the vault is read again as they want it at the next occasion.

        Raises:
            AnotherWriterError: another thread or another vaultrel kept writing for `lock_seconds`.
        """
        with self._editor.locked(lock_seconds):
            self.settings = settings
            self._reader = Reader(self.store, settings, self.locations)
            serve = self._publisher.on_published
            for part in ("_publisher", "_names", "_scribe", "_ticked", "_vdir", "_desk"):
                self.__dict__.pop(part, None)
            self._publisher.on_published = serve

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
        return self._reader.refresh(full=full, accept_missing=accept_missing, progress=progress)

    def snapshot(self, as_of: dt.date | None = None) -> Snapshot:
        """Everything derived from the vault as it is now, on the day `as_of` (today by default)."""
        self.refresh()
        return self._reader.snapshot(as_of)

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
        from vaultrel.core.brief import prepare_brief
        from vaultrel.core.frontmatter import read_frontmatter
        from vaultrel.core.markdown import visible_text

        snapshot = self.snapshot(as_of)
        state = choose_person(snapshot, query)
        path = state.person.path
        note = self._reader.notes([path]).get(path)
        try:
            body = visible_text(read_frontmatter(self.store.read(path)).body)
        except ReadRefusedError:
            note, body = None, ""
        return prepare_brief(state, snapshot.owners, note, body, snapshot.as_of)

    def tie_if(
        self, person: NotePath, on: dt.date, *, as_of: dt.date | None = None, contact: Interaction | None = None
    ) -> TieStrength:
        """How the tie with a person would stand on the day `on`, if there were no contact after `as_of` but `contact`.

        `person` is the path of a person note, as `person` gives it; see `Derivation.tie_if`.
        """
        self.refresh()
        return self._reader.derivation.tie_if(person, on, known_until=as_of or clock.today(), contact=contact)

    def classification(self, path: str) -> tuple[Note, Classification]:
        """What one note is taken for, and why.

        Raises:
            UnknownPersonError: there is no such note among those that are read.
        """
        from vaultrel.core.classify import classify

        self.refresh()
        note = self._reader.notes([NotePath(path)]).get(NotePath(path))
        if note is None:
            raise UnknownPersonError(path)
        return note, classify(note, self.settings)

    def first_look(self, user_names: Sequence[str] = ()) -> FirstLook:
        """What the vault seems to hold, for somebody who sets vaultrel up; `user_names` are the user's, if known."""
        from vaultrel.core.first_look import take_first_look

        self.refresh()
        return take_first_look(self._reader.all_notes().values(), self.settings, user_names)

    def render(self, output: str, as_of: dt.date | None = None) -> bytes:
        """The snapshot in one of the output formats (``ics``, ``json``); nothing is written."""
        return self._publisher.render(output, self.snapshot(as_of))

    def settled_names(self) -> tuple[SettledName, ...]:
        """The user's answers to ambiguous and unknown names, as the note about names has them."""
        self.refresh()
        return read_settled_names(self._reader.names or b"", names_path(self.settings))[0]

    # -- writing ---------------------------------------------------------------------------------------------

    def scan(  # noqa: PLR0913 - each is one option of the command
        self,
        *,
        as_of: dt.date | None = None,
        dry_run: bool = False,
        notes: bool = True,
        full: bool = False,
        among: Collection[str] | None = None,
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
            among: the paths where something happened since the last scan of this `Vault`; all notes are looked at
                by default, and where these do not tell it all (a folder, a name that differs in case only).
            accept_missing: go on although most notes are gone.
            quiet_seconds: put off the edit of a note somebody touched within this many seconds.
            lock_seconds: how long to wait for another vaultrel that is writing.
            progress: called while notes are read.

        Raises:
            EmptyVaultError, VaultVanishedError: see `refresh`.
            AnotherWriterError: another vaultrel kept writing for `lock_seconds`.
            StorageFailedError: the feed could not be written.
        """
        from vaultrel.app.scanning import Scan, ScanDesk

        parts = (self._reader, self._planner, self._editor, self._publisher, self._ticked, self._names, self._vdir)
        with ExitStack() as stack:
            stack.enter_context(nullcontext() if dry_run else self._editor.locked(lock_seconds))
            read = self._reader.refresh(full=full, among=among, accept_missing=accept_missing, progress=progress)
            self._editor.look_at_open_notes(quiet_seconds)
            record = self._editor.begin_run(stack)
            desk = ScanDesk(self.store, self.settings, *parts)
            scan = Scan(desk, record, notes=notes, dry_run=dry_run, quiet_seconds=quiet_seconds)
            report = scan.carry_out(as_of, read)
            if not dry_run:
                with suppress(WriteRefusedError, StorageFailedError):  # only `doctor` wants to know
                    self._private.keep("last-scan", b"")
                    mark_scan(self._private.path("last-scan"))
                self.remember()
            return report

    def import_people(
        self, book: AddressBook, *, folder: str | None = None, dry_run: bool = False, lock_seconds: float = 10.0
    ) -> ImportReport:
        """Make a person note for everybody of an address book who has none; no file is ever written over.

        Args:
            book: as `vaultrel.core.contacts` reads one.
            folder: of the vault, for the notes; by default where most person notes are.
            dry_run: decide everything, write nothing.
            lock_seconds: how long to wait for another vaultrel that is writing.

        Raises:
            FolderNotReadError: notes in that folder would not be read as notes about people.
            NothingWrittenError: the settings say that nothing is to be written; not for a dry run.
            EmptyVaultError, VaultVanishedError: see `refresh`.
            AnotherWriterError: another vaultrel kept writing for `lock_seconds`.
        """
        from vaultrel.app.importing import import_people

        return import_people(
            book,
            self._reader,
            self._editor,
            self.settings,
            folder=folder,
            dry_run=dry_run,
            lock_seconds=lock_seconds,
        )

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
        return self._editor.go_over("undo", agree, lock_seconds)

    def redo(
        self, *, agree: Agree | None = None, lock_seconds: float = 10.0
    ) -> tuple[UndoReport, tuple[Diagnostic, ...]] | None:
        """Undo the last `undo`: give the notes the bytes that run had written; again: of the undo before that.

        Arguments, result and errors are those of `undo`; what was written after an undo cannot be redone.
        """
        return self._editor.go_over("redo", agree, lock_seconds)

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
        with ExitStack() as stack:
            stack.enter_context(self._editor.locked(lock_seconds))
            return self._editor.restore_first(path, stack)

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
        from vaultrel.core.stripping import plan_strip

        with ExitStack() as stack:
            stack.enter_context(nullcontext() if dry_run else self._editor.locked(lock_seconds))
            self.refresh(progress=progress)
            patches, forbidden = plan_strip(self._reader.all_notes())
            record = self._editor.begin_run(stack)
            applied, changed, failed = self._editor.apply(patches, record, dry_run=dry_run)
            problems = [*forbidden, *failed, *(_changed_meanwhile(path) for path in changed)]
            if patches and not dry_run:
                problems += self._editor.settle(clock.monotonic())
            return StripReport(
                dry_run=dry_run,
                applied=applied,
                refused=sorted_once(problems),
                remaining=tuple(path for path in self.generated_paths if self._publisher.read_own(path) is not None),
            )

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
        with ExitStack() as stack:
            stack.enter_context(self._editor.locked(lock_seconds))
            before = self.snapshot(as_of)
            # What is known now goes by answers that may fail to be written.
            stack.callback(self._reader.forget)
            edited = self._names.settle(answers, forget)
            after = self._reader.derivation.snapshot(before.as_of)
            made = render_names_note(after, edited)
            if made is not None and made != self._reader.names:
                try:
                    self._names.write(made, self._editor.begin_run(stack))
                finally:
                    self._editor.settle(clock.monotonic())
            return before, after

    def log_contact(  # noqa: PLR0913 - each is one option of the command
        self,
        people: Sequence[NotePath],
        kind: str | None = None,
        text: str = "",
        *,
        on: dt.date | None = None,
        by: Starter | None = None,
        as_of: dt.date | None = None,
        dry_run: bool = False,
        lock_seconds: float = 10.0,
    ) -> intents.Said:
        """Add a line to the daily note that says you were in touch, and bring up to date what that changes.

        Args:
            people: the notes of those you were in touch with.
            kind: an inline field that records contact (``coffee``), or a kind of contact; None says no more than that.
            text: your own words.
            on: the day; today by default.
            by: who started it.
            as_of: what today is.
            dry_run: decide everything, write nothing.
            lock_seconds: how long to wait for another vaultrel that is writing.

        Raises:
            NoSuchContactError, FutureDayError, NoDailyNoteError, NothingWrittenError: it cannot be noted that way.
            EmptyVaultError, VaultVanishedError: see `refresh`.
            AnotherWriterError: another vaultrel kept writing for `lock_seconds`.
            ReadRefusedError, WriteRefusedError, NoteChangedError, StorageFailedError: the note is as it was.
        """
        from vaultrel.app import intents

        told = (kind, text, on, by)
        return intents.log_contact(self._desk, people, *told, as_of=as_of, dry_run=dry_run, lock_seconds=lock_seconds)

    def complete(
        self,
        person: str,
        text: str = "",
        *,
        on: dt.date | None = None,
        as_of: dt.date | None = None,
        dry_run: bool = False,
        lock_seconds: float = 10.0,
    ) -> intents.Said:
        """Add a line to the daily note that says the person's follow-up is done; see `log_contact`.

        Raises:
            NoFollowUpError: none is proposed.
            UnknownPersonError, AmbiguousPersonError: as for `person`.
        """
        from vaultrel.app import intents

        told = (person, text, on)
        return intents.complete(self._desk, *told, as_of=as_of, dry_run=dry_run, lock_seconds=lock_seconds)

    def snooze(
        self,
        person: str,
        until: dt.date | None,
        *,
        as_of: dt.date | None = None,
        dry_run: bool = False,
        lock_seconds: float = 10.0,
    ) -> intents.Said:
        """Say in the person's note that no follow-up is wanted before a day; None takes it back. See `log_contact`.

        Raises:
            UnknownPersonError, AmbiguousPersonError: as for `person`.
        """
        from vaultrel.app import intents

        return intents.snooze(self._desk, person, until, as_of=as_of, dry_run=dry_run, lock_seconds=lock_seconds)

    # -- who else is there -----------------------------------------------------------------------------------

    def watching(self) -> Watching | None:
        """How the daemon of this computer watches the vault; None when none does."""
        from vaultrel.app.watching import decode_watching

        return decode_watching(self._private.get("watching"))

    def keep_watching(self, watching: Watching | None) -> None:
        """Let other commands know how the daemon watches; None when it ends. No run depends on it."""
        from vaultrel.app.watching import encode_watching

        with suppress(WriteRefusedError, StorageFailedError):
            self._private.keep("watching", encode_watching(watching))

    def writers(self) -> Writers:
        """Who writes to this vault, as far as this computer can tell; nothing is written."""
        from vaultrel.storage.lock import VaultLock

        if not self._reader.has_read:
            self.refresh()
        lock = VaultLock(self.locations.lock, self.store.name) if self.locations is not None else None
        copies = dict.fromkeys((*self._reader.copies, *self._generated_copies()))
        found = map(self._compare_copy, copies)
        return Writers(
            last_scan=when_scanned(self._private.path("last-scan")),
            writing_now=lock.holder() if lock is not None else None,
            copies=tuple(copy for copy in found if copy is not None),
        )

    def _generated_copies(self) -> tuple[NotePath, ...]:
        """The copies that sync programs left of files vaultrel generates; their folders are not listed for notes."""
        from vaultrel.core.conflicts import original_path

        found: list[NotePath] = []
        for original in self.generated_paths if self.root is not None else ():
            folder = original.rpartition("/")[0]
            with suppress(OSError):
                names = sorted(os.listdir(f"{self.root}/{folder}"))  # noqa: PTH208 - names are all there is to see
                found += (
                    NotePath(f"{folder}/{name}") for name in names if original_path(f"{folder}/{name}") == original
                )
        return tuple(found)

    def _compare_copy(self, path: NotePath) -> ConflictCopy | None:
        """A sync program's copy beside the file it is a version of; None when its name does not say of which."""
        from vaultrel.core.conflicts import ConflictCopy, original_path
        from vaultrel.core.stripping import is_same_but_for_ours
        from vaultrel.core.ticks import is_untouched

        original = original_path(path)
        if original is None:
            return None
        nobody_writes_there = original in self._publisher.generated_paths
        copied, held = self._publisher.read_own(path), self._publisher.read_own(original)
        ours_only = (
            copied is not None
            and held is not None
            and copied != held
            and (
                nobody_writes_there
                or is_same_but_for_ours(copied, held)
                or (is_untouched(copied) and is_untouched(held))
            )
        )
        return ConflictCopy(path, NotePath(original), ours_only)

    # -- the calendars ---------------------------------------------------------------------------------------

    @property
    def feeds(self) -> tuple[Feed, ...]:
        """Every calendar that the settings ask for, the first one first."""
        return self._publisher.feeds.feeds

    def feed(self, name: str | None = None) -> Feed:
        """The calendar of that name; without one the first. As for all the following.

        Raises:
            UnknownFeedError: there is none.
        """
        return self._publisher.feeds.feed(name)

    def published_feed(self, name: str | None = None) -> bytes | None:
        """The feed as last published: from the vault, or where vaultrel may not write there, this computer's copy."""
        return self._publisher.feeds.published(self.feed(name))

    @property
    def generated_paths(self) -> tuple[str, ...]:
        """Where in the vault the files are that vaultrel generates, whether they are there or not."""
        return (*self._publisher.generated_paths, *self._ticked.paths, names_path(self.settings))

    def when_published(self, serve: Callable[[], None]) -> None:
        """Call `serve` as soon as a scan has published the feeds, on the scanning thread."""
        self._publisher.on_published = serve

    def take_feeds(self, feeds: Mapping[str, bytes]) -> None:
        """Serve feeds, by name, that another process has just published of this vault."""
        self._publisher.feeds.take(feeds)
        if self._publisher.on_published is not None:
            self._publisher.on_published()

    def served_feed(self, name: str | None = None) -> bytes | None:
        """The feed as this `Vault` published it last, whatever became of its file; else as `published_feed` has it."""
        return self._publisher.feeds.served(self.feed(name))

    def feed_file(self, name: str | None = None) -> Path | None:
        """The feed as a file: in the vault, or, where vaultrel may not write there, this computer's own copy."""
        feed = self.feed(name)
        if self.root is not None and self.settings.write != "nothing":
            return self.root / self._publisher.feeds.path(feed)
        return self._publisher.feeds.own_copy(feed)

    def feed_token(self, name: str | None = None) -> str:
        """The secret part of the subscription's address, made at first use."""
        return self._publisher.feeds.token(self.feed(name))

    def kept_feed_token(self, name: str | None = None) -> str | None:
        """The secret part of the subscription's address as it is kept; None when it cannot be read."""
        return self._publisher.feeds.kept_token(self.feed(name))

    def rotate_feed_token(self, name: str | None = None) -> str:
        """Make a new secret part of the subscription's address; the old one is worth nothing from then on."""
        return self._publisher.feeds.rotate_token(self.feed(name))

    def feed_url(self, host: str, port: int, name: str | None = None) -> str:
        """The address to subscribe to while `serve` or `watch --serve` runs."""
        feed = self.feed(name)
        return f"{_origin(host, port)}/feed/{self.feed_token(name)}/{feed.file_name}"

    def page_token(self) -> str:
        """The secret part of the web page's address; who knows that of a feed does not know this one."""
        return self._private.page_token()

    def page_url(self, host: str, port: int) -> str:
        """The address of the web page while `serve` or `watch --serve` runs."""
        return f"{_origin(host, port)}/page/{self.page_token()}/"


def _origin(host: str, port: int) -> str:
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"
