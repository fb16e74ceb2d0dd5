"""What is known of the vault: brought up to date with its files, remembered between runs, asked for any day.

Two memories make a second run quick, and either can be deleted: the index holds the notes as they were read, the kept
snapshot holds what followed from them on the last day somebody asked. Both are bound to the notes' own digests, so
neither can be older than the notes it is used for.
"""

from __future__ import annotations

import hashlib
from contextlib import AbstractContextManager, closing, nullcontext, suppress
from functools import partial
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import msgspec
from msgspec import Struct

from vaultrel import __version__, clock
from vaultrel.app.kept_derivation import DerivationShelf, NoteLostError, load_notes
from vaultrel.app.known_notes import KnownNotes
from vaultrel.core.changes import NEVER_SEEN, diff_fingerprints, looks_vanished, settle_fingerprint
from vaultrel.core.scope import Scope
from vaultrel.core.settled_names import SettledName, names_path, read_settled_names
from vaultrel.errors import EmptyVaultError, StorageFailedError, VaultVanishedError
from vaultrel.index import KnownNote, NoteIndex, RecordsOf, paused_collection
from vaultrel.model import Diagnostic, Fingerprint, Note, NotePath, Snapshot
from vaultrel.storage.base import NoteStore, ReadRefusedError

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

    from vaultrel.app.parsing import ParsedNote
    from vaultrel.app.reports import Progress
    from vaultrel.core.derive import Derivation
    from vaultrel.locations import Locations
    from vaultrel.settings import Settings

_Answer = TypeVar("_Answer")

PARSER_VERSION = 5
"""Raised with every release in which `parse_note` reads some note differently, or a snapshot holds something else: the
index is then made anew."""

MOST_UNKEPT = 100
"""A vault that stays open lets the index remember what it read when it is quiet, or has read so many notes."""

MOST_HELD = 1000
"""Notes held in memory, besides those that only this process knows; asking the index for one takes a millisecond."""

PASSING_REFUSALS = frozenset({"changed-while-reading", "unreadable", "not-downloaded"})
"""Reasons for not reading a note that say nothing about what is in it."""


class _Reading(Struct):
    """The vault as last read.

    Attributes:
        known: every note there is, as it was when it was read.
        derivation: what follows from the notes; None until somebody asks for more than the kept snapshot tells.
        kept: what the derivation was made of when the index last had it.
        unread: the notes that could not be read just now, and why.
        names: the note about names, with the user's answers.
    """

    known: KnownNotes
    derivation: Derivation | None = None
    kept: RecordsOf | None = None
    unread: dict[NotePath, Diagnostic] = {}
    names: bytes | None = None
    names_unread: bool = False
    names_problems: tuple[Diagnostic, ...] = ()

    def outlasts(self, path: NotePath, problem: Diagnostic) -> bool:
        """What is known of the note still stands, although it could not be read just now."""
        return problem.code in PASSING_REFUSALS and path in self.known.entries


class _Look(NamedTuple):
    """One look at the vault's files.

    Attributes:
        seen: the notes looked at that are there.
        gone: the notes known that are not.
        in_all: how many notes there are.
    """

    seen: dict[NotePath, Fingerprint]
    gone: tuple[NotePath, ...]
    in_all: int


class _Unkept(NamedTuple):
    """What the index has not been told yet; see `NoteIndex.store`."""

    notes: Mapping[NotePath, tuple[Fingerprint, Note]]
    lost: tuple[NotePath, ...]
    read_at_ns: int
    encoded: Mapping[NotePath, bytes]


class Reader:
    """Reads one vault, and no more of it than has changed.

    Args:
        store: where the notes are.
        settings: the user's settings.
        locations: where index and kept snapshot are; None for a vault in memory, which has neither.
    """

    def __init__(self, store: NoteStore, settings: Settings, locations: Locations | None) -> None:
        self._store = store
        self._settings = settings
        self._scope = Scope(settings)
        self._locations = locations
        self._shelf = DerivationShelf(store, settings, partial(_rules, settings), self._open_index)
        self._lasts = False
        """What the index was told can be had from it again."""
        self._reading: _Reading | None = None
        self._unkept: list[_Unkept] = []
        self._latest: Snapshot | None = None
        """The snapshot of the notes as they stand that was asked for last."""
        self.copies: tuple[NotePath, ...] = ()
        """The copies that sync programs left, as the last listing met them."""

    @property
    def has_read(self) -> bool:
        """Whether the vault has been read since this was made or `forget` was called."""
        return self._reading is not None

    @property
    def derived(self) -> Snapshot | None:
        """The snapshot worked out last, if that was needed: what an earlier run kept did not tell it all."""
        return self._latest if self._reading is not None and self._reading.derivation is not None else None

    def forget(self) -> None:
        """Forget what was read; the two memories between runs stay."""
        self._reading = self._latest = None

    # -- up to date ------------------------------------------------------------------------------------------

    def refresh(
        self,
        *,
        full: bool = False,
        among: Collection[str] | None = None,
        accept_missing: bool = False,
        progress: Progress | None = None,
    ) -> int:
        """Bring what is known about the vault up to date with its files; see `Vault.refresh` and `Vault.scan`."""
        with nullcontext() if self._is_at_hand else self._open_index() as index:
            reading = self._reading or self._recall(index)
            began_ns = int(clock.wall_seconds() * 1e9)
            seen, gone, count = (None if full else self._look_among(reading, among)) or self._look_around(reading)
            if not count and not reading.known.entries:
                raise EmptyVaultError(self._store.name)
            if not accept_missing and looks_vanished(len(reading.known.entries), len(gone), count):
                raise VaultVanishedError(self._store.name, len(gone), len(reading.known.entries))
            known = {} if full else reading.known.entries
            fingerprints = {path: known[path].fingerprint for path in seen if path in known}
            changes = diff_fingerprints(fingerprints, seen)

            def remember(read: Mapping[NotePath, ParsedNote], lost: Iterable[NotePath] = ()) -> None:
                changed = {path: (seen[path], parsed.note) for path, parsed in read.items()}
                encoded = {path: parsed.blob for path, parsed in read.items() if parsed.blob is not None}
                if self._locations is not None:
                    self._unkept.append(_Unkept(changed, tuple(lost), began_ns, encoded))
                if index is not None:
                    self._keep_in(index)

            notes, unread = self._read_notes((*changes.added, *changes.changed), remember, progress)
            # What cannot be read right now is not taken for empty: what was known of it stands until it can.
            lost = (*gone, *(path for path, problem in unread.items() if not reading.outlasts(path, problem)))
            try:
                self._take_in(reading, index, notes, lost, anew=full)
                self._read_names(reading)
            except NoteLostError:
                return self._start_over(accept_missing=accept_missing, progress=progress)
            reading.known.hold(
                {path: KnownNote(settle_fingerprint(seen[path], began_ns), note.digest) for path, note in notes.items()}
            )
            reading.unread = unread
            self._reading = reading
            if lost:
                remember({}, lost)
            return len(notes)

    @property
    def _is_at_hand(self) -> bool:
        """Nothing has to be asked of the index: all that it could tell is in memory."""
        return self._reading is not None and self._reading.derivation is not None

    def keep_read(self, *, at_least: int = 1) -> None:
        """Let the index remember what was read since it last did, if that was at least so many notes.

        It gives them back, so that no more than a few need be held in memory.
        """
        if sum(len(unkept.notes) + len(unkept.lost) for unkept in self._unkept) >= at_least:
            with self._open_index() as index:
                self._keep_in(index)
        derivation = self._reading.derivation if self._reading is not None else None
        if self._lasts and derivation is not None and derivation.held_count > MOST_HELD:
            derivation.let_go(but={path for unkept in self._unkept for path in unkept.notes})

    def _keep_in(self, index: NoteIndex | None) -> None:
        unkept, self._unkept = self._unkept, []
        if index is None:
            return
        self._lasts = index.lasts
        for notes, lost, read_at_ns, encoded in unkept:
            with suppress(StorageFailedError):  # the index only saves time: the next run reads these notes again
                index.store(notes, lost, read_at_ns=read_at_ns, encoded=encoded)

    def _recall(self, index: NoteIndex | None) -> _Reading:
        """What the index remembers of the vault."""
        if index is None:
            return _Reading(KnownNotes({}), self._shelf.make())
        return _Reading(KnownNotes(index.known()))

    def _take_in(
        self,
        reading: _Reading,
        index: NoteIndex | None,
        notes: Mapping[NotePath, Note],
        lost: Iterable[NotePath],
        *,
        anew: bool,
    ) -> None:
        """Let the derivation know of notes that say something new, and of those that are gone.

        Args:
            reading: the vault as last read.
            index: where its notes are remembered.
            notes: what was read just now.
            lost: the notes that are gone, or cannot be read.
            anew: derive from nothing, whatever was kept.

        Raises:
            NoteLostError: the index does not hold all the notes that it promised.
        """
        known = reading.known.entries
        news: dict[NotePath, Note | None] = {
            path: note for path, note in notes.items() if anew or path not in known or known[path].digest != note.digest
        }
        news.update({path: None for path in lost if path in known})
        if news:
            self._latest = None
            if reading.derivation is None or anew:
                self._begin(reading, index, news, anew=anew)
            else:
                with paused_collection():
                    reading.derivation.update(news)
        reading.known.drop(lost)

    def _begin(
        self, reading: _Reading, index: NoteIndex | None, news: Mapping[NotePath, Note | None], *, anew: bool = False
    ) -> None:
        """Make the derivation of the notes known and these news, out of what was kept as far as it goes.

        Raises:
            NoteLostError: the index does not hold all the notes that it promised.
        """
        known = reading.known.entries
        derivation, kept = self._shelf.make(), None
        if index is not None and not anew:
            self._lasts = index.lasts
            derivation, kept = self._shelf.take(index, known)
        changed = {
            path: known[path].digest
            for path in known.keys() - news.keys()
            if derivation.digest(path) != known[path].digest
        }
        remembered = load_notes(index, changed)
        if len(remembered) < len(changed):
            raise NoteLostError
        gone = dict.fromkeys(derivation.paths - known.keys())
        with paused_collection():
            derivation.update({**gone, **remembered, **news})
        reading.derivation, reading.kept = derivation, kept

    def _start_over(self, *, accept_missing: bool, progress: Progress | None = None) -> int:
        """Read every note again: the index is damaged, or holds what another process has read since."""
        self._reading = _Reading(KnownNotes({}), self._shelf.make())
        return self.refresh(accept_missing=accept_missing, progress=progress)

    def _look_around(self, reading: _Reading) -> _Look:
        """Look at every note there is."""
        seen = self._list_notes()
        # The notes of a folder that cannot be listed just now are not gone either.
        unlisted = tuple(found.path for found in self._store.problems if found.code == "unreadable-folder")
        gone = tuple(path for path in reading.known.entries if path not in seen and not path.startswith(unlisted))
        return _Look(seen, gone, len(seen))

    def _look_among(self, reading: _Reading, among: Collection[str] | None) -> _Look | None:
        """Look at some notes, and those that could not be read before; None where only a listing tells."""
        if self._reading is None or among is None:
            return None
        notes = {path for path in among if self._scope.skip_reason(path) is None}
        looked = self._store.look_at(notes | reading.unread.keys())
        if looked is None:
            return None
        seen = {path: found for path, found in looked.items() if found is not None}
        known = reading.known.entries
        new = {path for path in seen if path not in known}
        # Where case does not count, a note is still found by the name it had before.
        if any(map(reading.known.has_namesake, new)):
            return None
        gone = tuple(path for path, found in looked.items() if found is None and path in known)
        return _Look(seen, gone, len(known) + len(new) - len(gone))

    def _list_notes(self) -> dict[NotePath, Fingerprint]:
        """The notes there are to read; the copies that sync programs left are remembered as well."""
        copies: list[NotePath] = []

        def skip(path: str) -> str | None:
            reason = self._scope.skip_reason(path)
            if reason == "conflict-copy":
                copies.append(NotePath(path))
            return reason

        with paused_collection():
            seen = self._store.fingerprints(skip)
        self.copies = tuple(sorted(copies))
        return seen

    def _read_notes(
        self,
        paths: tuple[NotePath, ...],
        remember: Callable[[Mapping[NotePath, ParsedNote]], None],
        progress: Progress | None,
    ) -> tuple[dict[NotePath, Note], dict[NotePath, Diagnostic]]:
        """The notes at these paths, and what could not be read.

        Those read are remembered some at a time, so that a long first scan that is broken off has not been for nothing.
        """
        if not paths:
            return {}, {}
        from vaultrel.app.parsing import parse_notes

        notes: dict[NotePath, Note] = {}
        unread: dict[NotePath, Diagnostic] = {}
        files = self._read_files(paths, unread, progress)
        with paused_collection(), closing(parse_notes(files, len(paths), self._settings)) as batches:
            for batch in batches:
                notes.update((parsed.note.path, parsed.note) for parsed in batch)
                remember({parsed.note.path: parsed for parsed in batch})
        return notes, unread

    def _read_files(
        self, paths: tuple[NotePath, ...], unread: dict[NotePath, Diagnostic], progress: Progress | None
    ) -> Iterator[tuple[NotePath, bytes]]:
        """The paths with the bytes of each; those that cannot be read go into `unread`."""
        for count, path in enumerate(paths, start=1):
            try:
                yield path, self._store.read(path)
            except ReadRefusedError as refused:
                unread[path] = Diagnostic(path, refused.code, refused.reason, severity="error")
            if progress is not None:
                progress(count, len(paths))

    def _read_names(self, reading: _Reading) -> None:
        """Take in the user's answers to names; those known stand while the note with them cannot be read."""
        path = names_path(self._settings)
        before = reading.names
        try:
            reading.names = self._store.read_extra(path)
        except ReadRefusedError as refused:
            reading.names_unread = True
            reading.names_problems = (Diagnostic(path, refused.code, refused.reason),)
            return
        reading.names_unread = False
        if reading.names != before:
            self._latest = None
        answers, reading.names_problems = read_settled_names(reading.names or b"", path)
        if reading.derivation is not None:
            reading.derivation.settle(answers)

    # -- what is known ---------------------------------------------------------------------------------------

    @property
    def _now(self) -> _Reading:
        assert self._reading is not None, "refresh comes first"
        return self._reading

    @property
    def problems(self) -> tuple[Diagnostic, ...]:
        """What could not be read or understood, apart from what the snapshot's own diagnostics tell."""
        return (*self._store.problems, *self._now.unread.values(), *self._now.names_problems)

    @property
    def follows_from_files(self) -> bool:
        """Whether all that is known follows from what `vaultrel.app.kept_answer` sees of the files.

        Not what could not be read just now, or what a plugin reads in them.
        """
        passing = PASSING_REFUSALS | {"unreadable-folder"}
        return not (self._settings.plugins or any(problem.code in passing for problem in self.problems))

    @property
    def names(self) -> bytes | None:
        """The note about names; None when there is none."""
        return self._now.names

    @property
    def names_unread(self) -> bool:
        """The note about names is there, but cannot be read just now."""
        return self._now.names_unread

    @property
    def derivation(self) -> Derivation:
        """What follows from the notes as last read."""
        if self._now.derivation is None:
            self._derive_again()
        assert self._now.derivation is not None
        return self._now.derivation

    def _derive_again(self) -> None:
        """Make the derivation of notes of which so far only the digests were needed."""
        try:
            with self._open_index() as index:
                self._begin(self._now, index, {})
            self._read_names(self._now)
        except NoteLostError:
            self._start_over(accept_missing=True)

    def ask(self, question: Callable[[Derivation], _Answer]) -> _Answer:
        """What the derivation answers to a question for which it may need notes again."""
        try:
            return question(self.derivation)
        except NoteLostError:
            self._start_over(accept_missing=True)
            return question(self.derivation)

    def suppose(self, note: Note, as_of: dt.date) -> Snapshot:
        """What the vault would come to with this note."""

        def try_out(derivation: Derivation) -> Snapshot:
            known = derivation.notes((note.path,)).get(note.path)
            derivation.update({note.path: note})
            try:
                return derivation.snapshot(as_of)
            finally:
                derivation.update({note.path: known})

        return self.ask(try_out)

    def settle(self, answers: Iterable[SettledName]) -> None:
        """Go by these answers to names."""
        given = tuple(answers)
        self.ask(lambda derivation: derivation.settle(given))

    def notes(self, paths: Iterable[NotePath]) -> dict[NotePath, Note]:
        """The notes at some of the paths that are known, as last read."""
        known = self._now.known.entries
        wanted = [path for path in paths if path in known]
        if self._now.derivation is None:
            with suppress(NoteLostError), paused_collection():
                return self._shelf.recall({path: known[path].digest for path in wanted})
        with paused_collection():
            return self.ask(lambda derivation: derivation.notes(wanted))

    def all_notes(self) -> Mapping[NotePath, Note]:
        """Every note, as last read."""
        return self.notes(self.paths)

    @property
    def paths(self) -> Collection[NotePath]:
        """Where the notes are, as last read."""
        return self._now.known.entries.keys()

    def take_in(self, written: Mapping[NotePath, Note]) -> None:
        """Know what vaultrel itself has just written into notes."""
        if not written:
            return
        self.ask(lambda derivation: derivation.update(written))
        self._latest = None
        # Somebody may have written to them since: the next listing reads them again, and finds nothing new.
        self._now.known.hold({path: KnownNote(NEVER_SEEN, note.digest) for path, note in written.items()})
        self._unkept.append(_Unkept({path: (NEVER_SEEN, note) for path, note in written.items()}, (), 0, {}))

    def take_in_names(self, data: bytes) -> None:
        """Know the note about names as it is being written."""
        self._now.names = data
        self._latest = None
        if self._now.derivation is not None:
            self.settle(read_settled_names(data, names_path(self._settings))[0])

    # -- snapshots -------------------------------------------------------------------------------------------

    def snapshot(self, as_of: dt.date | None) -> Snapshot:
        """What follows from the notes as last read, on the day `as_of` (today by default)."""
        day = as_of or clock.today()
        if self._latest is None or self._latest.as_of != day:
            kept = self._kept_snapshot(day) if self._now.derivation is None else None
            if kept is None:
                derivation = self.derivation
                with paused_collection():
                    kept = derivation.snapshot(day)
            self._latest = kept
        return self._latest

    def keep_snapshot(self) -> None:
        """Keep today's snapshot for the next run, unless what is known took no work or another day was asked for."""
        self.keep_read()
        if self._reading is None or self._reading.derivation is None:
            return
        kept, self._reading.kept = self._reading.kept, None
        with suppress(StorageFailedError):  # it only saves time
            self._reading.kept = self._shelf.put(self._reading.derivation, kept)
        today = clock.today()
        if self._latest is not None and self._latest.as_of != today:
            return
        with self._open_index() as index, suppress(StorageFailedError):  # it only saves time
            made_of = self.made_of(today)
            if index is not None and not index.keeps_snapshot(made_of):
                index.keep_snapshot(made_of, self.snapshot(today))

    def _kept_snapshot(self, day: dt.date) -> Snapshot | None:
        """The snapshot kept by an earlier run, if it is of these very notes, settings and day."""
        with self._open_index() as index:
            return index.load_snapshot(self.made_of(day)) if index is not None else None

    def made_of(self, day: dt.date) -> str:
        """All that a snapshot follows from, as one digest: notes, answers, settings, day and release."""
        reading = self._now
        said = (reading.known.digest, reading.names or b"")
        parts = (msgspec.json.encode((_index_version(self._settings), self._settings, day)), *said)
        return hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in parts)).hexdigest()

    def _open_index(self) -> AbstractContextManager[NoteIndex | None]:
        if self._locations is None:
            return nullcontext()
        return NoteIndex(self._locations.index, _index_version(self._settings))


def _rules(settings: Settings) -> str:
    """Changes whenever something else could follow from the same notes and answers."""
    return hashlib.sha256(msgspec.json.encode((_index_version(settings), settings))).hexdigest()


def _index_version(settings: Settings) -> str:
    """Changes whenever notes remembered by the index would be read differently: by this release or these settings."""
    plugins: tuple[str, ...] = ()
    if settings.plugins:
        from vaultrel.plugins import use_plugins

        plugins = tuple(plugin.distribution for plugin in use_plugins(settings.plugins))
    reading = msgspec.json.encode(
        (
            settings.people,
            settings.meetings,
            settings.contact,
            settings.date_order,
            settings.obsidian,
            settings.me,
            plugins,
        )
    )
    return f"{__version__}-{PARSER_VERSION}-{hashlib.sha256(reading).hexdigest()[:16]}"
