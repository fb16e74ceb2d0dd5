"""What vaultrel did to notes, kept outside the vault, so that it can be undone and redone.

A run is one file of JSON lines. Each edit is written down, and on the disk, before the note is touched: the
note's path, the SHA-256 of its bytes before and after, and the stretch of bytes that differs, both ways. An
undo starts from exactly the bytes the edit left, so that stretch gives back every byte there was.

Of each note a full copy from before our first edit ever is kept as well.
"""

from __future__ import annotations

import bisect
import contextlib
import hashlib
import os
import re
from typing import TYPE_CHECKING, Literal, Protocol, Self, TypeAlias

import msgspec
from msgspec import Struct

from vaultrel.errors import SafetyError, StorageFailedError, UsageError
from vaultrel.model import NotePath
from vaultrel.storage import atomic, naming
from vaultrel.storage.base import ReadRefusedError
from vaultrel.storage.opening import open_folder
from vaultrel.storage.system import file_calls

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path
    from types import TracebackType

    from vaultrel.storage.base import NoteStore

RUNS_KEPT = 50
"""Older runs are forgotten; the copies from before the first edit never are."""

Direction: TypeAlias = Literal["undo", "redo"]

_APPEND = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)
_RUN_FILE = re.compile(r"(?P<number>[0-9]{6,})-(?P<run_id>[0-9A-Za-z][0-9A-Za-z._-]{0,63})\.jsonl")


class UnknownRunError(UsageError):
    """There is no run to undo or redo, or none of that name."""

    def __init__(self, doing: str, run_id: str | None) -> None:
        self.run_id = run_id
        super().__init__(
            f"There is nothing to {doing}." if run_id is None else f"No run {run_id} is kept.",
            next_step=f"Only the last {RUNS_KEPT} runs that wrote to notes can be undone or redone.",
        )


class NoFirstCopyError(UsageError):
    """There is no copy of a note from before vaultrel's first edit."""

    def __init__(self, path: str, folder: str) -> None:
        self.path = path
        self.folder = folder
        super().__init__(
            f"vaultrel on this computer has never written to a note at {path}.",
            next_step=f"A note that was renamed since keeps its copy under its old name, in {folder}",
        )


class EditedSinceError(SafetyError):
    """A note differs from its first copy in more than vaultrel's own lines."""

    def __init__(self, path: str, copy: str) -> None:
        self.path = path
        self.copy = copy
        super().__init__(
            f"{path} was edited since vaultrel first wrote to it; it was left as it is.",
            next_step=f"Its bytes from before are in {copy}\nTo take out vaultrel's own lines only: vaultrel strip",
        )


_ABSENT = ""
"""In place of the SHA-256 of a note that is not there."""


class _Edit(msgspec.Struct, frozen=True, tag_field="line", tag="edit"):
    """One edit: at byte `start` of the note, `old` became `new`; `before` and `after` are SHA-256 of the whole."""

    path: str
    before: str
    after: str
    start: int
    old: bytes
    new: bytes


class _Event(msgspec.Struct, frozen=True, tag_field="line", tag="event"):
    """Something that happened to a run; `newest` is the number of the last run there was at that moment."""

    happened: Literal["finished", "undone", "redone"]
    newest: int = 0


_LINES = msgspec.json.Decoder(_Edit | _Event)


class RunSummary(Struct, frozen=True):
    """One run that wrote to notes.

    Attributes:
        run_id: as given to `Journal.begin`.
        paths: the notes it set out to write, in order.
        finished: false when it was killed on the way.
        undone: it was undone, and not redone since.
    """

    run_id: str
    paths: tuple[NotePath, ...]
    finished: bool
    undone: bool


class UndoReport(Struct, frozen=True):
    """What an undo or redo did: notes given back their bytes, and notes kept because of later edits."""

    run_id: str
    restored: tuple[NotePath, ...]
    kept: tuple[NotePath, ...]


class Journal:
    """The journal of one vault. Use it only while holding the vault's lock.

    Args:
        folder: where it is kept, in the user's state folder; made at the first edit, for its owner only.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def begin(self, run_id: str) -> Run:
        """Start a run; before its first edit nothing is read or written.

        Args:
            run_id: its name, such as the moment in UTC; letters, digits, ``.``, ``_`` and ``-``.
        """
        if _RUN_FILE.fullmatch(_page_name(1, run_id)) is None:
            message = f"a run cannot be called {run_id!r}"
            raise ValueError(message)
        return Run(self._folder, run_id)

    def runs(self) -> tuple[RunSummary, ...]:
        """The runs kept, oldest first."""
        summaries = (_summary(file, _read_lines(file)) for file in _run_files(self._folder))
        return tuple(summary for summary in summaries if summary.paths)

    def original(self, path: str) -> bytes | None:
        """A note's bytes from before our first edit ever; None when there was no edit."""
        try:
            return self.original_file(path).read_bytes()
        except FileNotFoundError:
            return None

    def original_file(self, path: str) -> Path:
        """Where a note's bytes from before our first edit are, or would be, kept."""
        return self._folder / "originals" / _original_name(path)

    def undo(self, run_id: str | None, store: NoteStore) -> UndoReport:
        """Give the notes of a run the bytes they had before it.

        Notes edited since are kept as they are.

        Args:
            run_id: which run; None for the last one not undone.
            store: the vault.

        Raises:
            UnknownRunError: there is no such run.
            StorageFailedError: the journal could not be read; or not be written, when the notes have their bytes and
                the run does not count as undone.
        """
        return self._go_over(run_id, store, "undo")

    def redo(self, run_id: str | None, store: NoteStore) -> UndoReport:
        """Give the notes of an undone run the bytes it had written.

        Notes edited since are kept as they are.

        Args:
            run_id: which run; None for the oldest one undone since the last run that wrote, so that redo steps through
                undos backwards, and what was written after an undo ends it.
            store: the vault.

        Raises:
            UnknownRunError, StorageFailedError: see `undo`.
        """
        return self._go_over(run_id, store, "redo")

    def rehearse(self, doing: Direction, run_id: str | None, store: NoteStore) -> UndoReport:
        """What `undo` or `redo` would do now, as far as reading the notes can tell; nothing is written.

        Raises:
            UnknownRunError: there is no such run.
        """
        page = self._find(run_id, doing)
        return _restore(_Rehearsal(store), page.run_id, page.steps)

    def _go_over(self, run_id: str | None, store: NoteStore, doing: Direction) -> UndoReport:
        page = self._find(run_id, doing)
        report = _restore(store, page.run_id, page.steps)
        if report.restored or not report.kept:
            event = _Event("undone" if doing == "undo" else "redone", _newest(_run_files(self._folder)))
            with _failing_as("record it in", page.file), _appending(page.file) as handle:
                _append(handle, event)
        return report

    def _find(self, run_id: str | None, doing: Direction) -> _Page:
        """The page of the run to undo or redo, with the edits that do it."""
        files = _run_files(self._folder)
        newest = _newest(files)
        for file in reversed(files) if doing == "undo" else files:
            lines = _read_lines(file)
            summary = _summary(file, lines)
            undone_at = _undone_at(lines)
            is_next = undone_at is None if doing == "undo" else undone_at == newest
            if summary.paths and (summary.run_id == run_id or (run_id is None and is_next)):
                edits = [line for line in lines if isinstance(line, _Edit)]
                steps = [_reversed(edit) for edit in reversed(edits)] if doing == "undo" else edits
                return _Page(file, summary.run_id, tuple(steps))
        raise UnknownRunError(doing, run_id)


class Run:
    """One run's page in the journal; a context manager that finishes it."""

    def __init__(self, folder: Path, run_id: str) -> None:
        self._folder = folder
        self._run_id = run_id
        self._open = contextlib.ExitStack()
        self._handle: int | None = None
        self._is_entered = False
        """Whether the page's name is on the disk."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.finish()

    def record(self, path: str, before: bytes | None, after: bytes) -> None:
        """Write down an edit that is about to be made; once this returns it is on the disk.

        Args:
            path: the note.
            before: its bytes; None where there is none yet.
            after: the bytes it is about to have.

        Raises:
            StorageFailedError: it could not be written down; the edit must not be made.
        """
        with _failing_as("record a change in", self._folder / "runs"):
            if self._handle is None:
                self._handle = self._open_page()
            original = _original_name(path)
            # Also for what undo and redo write: their edits were recorded, and so copied, by the run they repeat.
            if before is not None and not (self._folder / "originals" / original).exists():
                with open_folder(self._folder, ("originals",), create=True) as folder:
                    atomic.write_durable(folder, original, before, 0o600)
            length = os.fstat(self._handle).st_size
            try:
                _append(self._handle, _edit(path, before, after))
                self._enter_page()
            except OSError:
                with contextlib.suppress(OSError):  # what is not made is not told of
                    os.ftruncate(self._handle, length)
                raise

    def _enter_page(self) -> None:
        """See the page's name on the disk; after what stands on it, most disks need not be waited for once more."""
        if not self._is_entered:
            with open_folder(self._folder, ("runs",)) as runs:
                file_calls().sync_folder(runs)
            self._is_entered = True

    def finish(self) -> None:
        """Say that the run came to its end. A run without edits leaves no trace."""
        # On a disk that fails now the run merely counts as killed; its edits are on the disk.
        with contextlib.suppress(OSError), self._open:
            if self._handle is not None:
                handle, self._handle = self._handle, None
                _append(handle, _Event("finished"))

    def _open_page(self) -> int:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        files = _run_files(self._folder)
        with open_folder(self._folder, ("runs",), create=True):
            file = self._folder / "runs" / _page_name(_newest(files) + 1, self._run_id)
            handle = self._open.enter_context(_appending(file))
            for expired in files[: -(RUNS_KEPT - 1)]:
                expired.unlink(missing_ok=True)
        return handle


class _Page(Struct, frozen=True):
    """A run's page, and the edits to make in order to undo or redo it."""

    file: Path
    run_id: str
    steps: tuple[_Edit, ...]


class _Notes(Protocol):
    """The part of a `NoteStore` that an undo needs."""

    def read(self, path: str) -> bytes: ...

    def replace(self, path: str, expected: bytes, new: bytes) -> None: ...

    def create(self, path: str, data: bytes) -> None: ...

    def remove(self, path: str, expected: bytes) -> None: ...


class _Rehearsal:
    """A vault to which nothing is written: it remembers what would have been."""

    def __init__(self, store: NoteStore) -> None:
        self._store = store
        self._written: dict[str, bytes | None] = {}

    def read(self, path: str) -> bytes:
        if path not in self._written:
            return self._store.read(path)
        if (data := self._written[path]) is None:
            raise ReadRefusedError(path, "missing", "it would be gone")
        return data

    def replace(self, path: str, expected: bytes, new: bytes) -> None:  # noqa: ARG002 - part of the protocol
        self._written[path] = new

    def create(self, path: str, data: bytes) -> None:
        self._written[path] = data

    def remove(self, path: str, expected: bytes) -> None:  # noqa: ARG002 - part of the protocol
        self._written[path] = None


def _restore(store: _Notes, run_id: str, edits: Iterable[_Edit]) -> UndoReport:
    """Make each edit in a note that holds exactly the bytes it starts from."""
    restored: dict[NotePath, None] = {}
    kept: dict[NotePath, None] = {}
    for edit in edits:
        path = NotePath(edit.path)
        try:
            held = _read_if_there(store, path)
            if _digest(held) == edit.after:
                continue
            if _digest(held) != edit.before:
                kept[path] = None
                continue
            if held is None:
                store.create(path, edit.new)
            elif edit.after == _ABSENT:
                store.remove(path, held)
            else:
                made = held[: edit.start] + edit.new + held[edit.start + len(edit.old) :]
                if _digest(made) != edit.after:
                    kept[path] = None
                    continue
                store.replace(path, held, made)
        except (ReadRefusedError, SafetyError, StorageFailedError):
            kept[path] = None
        else:
            restored[path] = None
    return UndoReport(run_id, tuple(path for path in restored if path not in kept), tuple(kept))


def _read_if_there(store: _Notes, path: str) -> bytes | None:
    try:
        return store.read(path)
    except ReadRefusedError as refused:
        if refused.code == "missing":
            return None
        raise


def _edit(path: str, before: bytes | None, after: bytes) -> _Edit:
    if before is None:
        return _Edit(path, before=_ABSENT, after=_digest(after), start=0, old=b"", new=after)
    start = _same_length(before, after)
    same_end = _same_length(before[start:][::-1], after[start:][::-1])
    return _Edit(
        path=path,
        before=_digest(before),
        after=_digest(after),
        start=start,
        old=before[start : len(before) - same_end],
        new=after[start : len(after) - same_end],
    )


def _same_length(one: bytes, other: bytes) -> int:
    """How many bytes two texts have in common at their start."""
    lengths = range(1, min(len(one), len(other)) + 1)
    return bisect.bisect_left(lengths, x=True, key=lambda length: one[:length] != other[:length])


def _reversed(edit: _Edit) -> _Edit:
    return _Edit(edit.path, before=edit.after, after=edit.before, start=edit.start, old=edit.new, new=edit.old)


def _summary(file: Path, lines: tuple[_Edit | _Event, ...]) -> RunSummary:
    found = _RUN_FILE.fullmatch(file.name)
    assert found is not None
    return RunSummary(
        run_id=found["run_id"],
        paths=tuple(dict.fromkeys(NotePath(line.path) for line in lines if isinstance(line, _Edit))),
        finished=any(isinstance(line, _Event) and line.happened == "finished" for line in lines),
        undone=_undone_at(lines) is not None,
    )


def _undone_at(lines: Iterable[_Edit | _Event]) -> int | None:
    """The number of the last run there was when this one was undone; None when it is not, or was redone."""
    events = [line for line in lines if isinstance(line, _Event) and line.happened != "finished"]
    return events[-1].newest if events and events[-1].happened == "undone" else None


def _run_files(folder: Path) -> list[Path]:
    """The pages of a journal's runs, oldest first."""
    runs = folder / "runs"
    with _failing_as("list", runs):
        try:
            files = [file for file in runs.iterdir() if _RUN_FILE.fullmatch(file.name)]
        except FileNotFoundError:
            return []
    return sorted(files, key=_number)


def _page_name(number: int, run_id: str) -> str:
    return f"{number:06}-{run_id}.jsonl"


def _number(file: Path) -> int:
    return int(file.name.partition("-")[0])


def _newest(files: list[Path]) -> int:
    """The number of the last run; 0 before the first."""
    return _number(files[-1]) if files else 0


def _read_lines(file: Path) -> tuple[_Edit | _Event, ...]:
    """What a run wrote down; a line torn by a kill is left out, as its edit was never made."""
    with _failing_as("read", file):
        raw = file.read_bytes().split(b"\n")
    lines: list[_Edit | _Event] = []
    for line in raw:
        with contextlib.suppress(msgspec.DecodeError):
            lines.append(_LINES.decode(line))
    return tuple(lines)


@contextlib.contextmanager
def _appending(file: Path) -> Iterator[int]:
    handle = os.open(file, _APPEND, 0o600)
    try:
        yield handle
    finally:
        os.close(handle)


def _append(handle: int, line: _Edit | _Event) -> None:
    # The line break in front ends a line that a kill may have torn.
    rest = b"\n" + msgspec.json.encode(line) + b"\n"
    while rest:
        rest = rest[os.write(handle, rest) :]
    os.fsync(handle)


@contextlib.contextmanager
def _failing_as(doing: str, file: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StorageFailedError(str(file), doing, error.strerror or type(error).__name__) from error


def _original_name(path: str) -> str:
    """A file name for a note's first copy that a reader recognises and no other note shares."""
    return f"{hashlib.sha256(path.encode()).hexdigest()[:24]}-{naming.short_name(path.rpartition('/')[2])}"


def _digest(data: bytes | None) -> str:
    return _ABSENT if data is None else hashlib.sha256(data).hexdigest()
