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
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Self

import msgspec

from vaultrel.errors import SafetyError, StorageFailedError, UsageError
from vaultrel.model import NotePath
from vaultrel.storage import atomic
from vaultrel.storage.base import NoteStore, ReadRefusedError
from vaultrel.storage.opening import open_folder

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path
    from types import TracebackType

RUNS_KEPT = 50
"""Older runs are forgotten; the copies from before the first edit never are."""

_RUN_FILE = re.compile(r"(?P<number>[0-9]{6,})-(?P<run_id>[0-9A-Za-z][0-9A-Za-z._-]{0,63})\.jsonl")


class UnknownRunError(UsageError):
    """There is no run to undo or redo, or none of that name."""

    def __init__(self, doing: str, run_id: str | None) -> None:
        self.run_id = run_id
        super().__init__(
            f"There is nothing to {doing}." if run_id is None else f"No run {run_id} is kept.",
            next_step=f"Only the last {RUNS_KEPT} runs that wrote to notes can be undone or redone.",
        )


class _Edit(msgspec.Struct, frozen=True, tag_field="line", tag="edit"):
    """One edit: at byte `start` of the note, `old` became `new`; `before` and `after` are SHA-256 of the whole."""

    path: str
    before: str
    after: str
    start: int
    old: bytes
    new: bytes


class _Event(msgspec.Struct, frozen=True, tag_field="line", tag="event"):
    happened: Literal["finished", "undone", "redone"]


_LINES = msgspec.json.Decoder(_Edit | _Event)


@dataclass(frozen=True, slots=True)
class RunSummary:
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


@dataclass(frozen=True, slots=True)
class UndoReport:
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
        """Start a run; nothing is written before its first edit.

        Args:
            run_id: its name, such as the moment in UTC; letters, digits, ``.``, ``_`` and ``-``.
        """
        files = self._run_files()
        number = int(files[-1].name.partition("-")[0]) + 1 if files else 1
        name = f"{number:06}-{run_id}.jsonl"
        if _RUN_FILE.fullmatch(name) is None:
            message = f"a run cannot be called {run_id!r}"
            raise ValueError(message)
        return Run(self._folder, name, expired=files[: -(RUNS_KEPT - 1)])

    def runs(self) -> tuple[RunSummary, ...]:
        """The runs kept, oldest first."""
        summaries = (_summary(file, _read_lines(file)) for file in self._run_files())
        return tuple(summary for summary in summaries if summary.paths)

    def original(self, path: str) -> bytes | None:
        """A note's bytes from before our first edit ever; None when there was no edit."""
        try:
            return (self._folder / "originals" / _original_name(path)).read_bytes()
        except FileNotFoundError:
            return None

    def undo(self, run_id: str | None, store: NoteStore) -> UndoReport:
        """Give the notes of a run the bytes they had before it.

        Notes edited since are kept as they are.

        Args:
            run_id: which run; None for the last one not undone.
            store: the vault.

        Raises:
            UnknownRunError: there is no such run.
        """
        return self._go_over(run_id, store, "undo")

    def redo(self, run_id: str | None, store: NoteStore) -> UndoReport:
        """Give the notes of an undone run the bytes it had written.

        Notes edited since are kept as they are.

        Args:
            run_id: which run; None for the oldest one undone, so that redo steps through undos backwards.
            store: the vault.

        Raises:
            UnknownRunError: there is no such run.
        """
        return self._go_over(run_id, store, "redo")

    def _go_over(self, run_id: str | None, store: NoteStore, doing: Literal["undo", "redo"]) -> UndoReport:
        undoing = doing == "undo"
        files = self._run_files()
        for file in reversed(files) if undoing else files:
            lines = _read_lines(file)
            summary = _summary(file, lines)
            if summary.paths and (summary.run_id == run_id or (run_id is None and summary.undone != undoing)):
                break
        else:
            raise UnknownRunError(doing, run_id)
        edits = [line for line in lines if isinstance(line, _Edit)]
        report = _restore(store, summary.run_id, [_reversed(edit) for edit in reversed(edits)] if undoing else edits)
        if report.restored or not report.kept:
            with _appending(file) as handle:
                _append(handle, _Event("undone" if undoing else "redone"))
        return report

    def _run_files(self) -> list[Path]:
        try:
            files = [file for file in (self._folder / "runs").iterdir() if _RUN_FILE.fullmatch(file.name)]
        except FileNotFoundError:
            return []
        return sorted(files, key=lambda file: int(file.name.partition("-")[0]))


class Run:
    """One run's page in the journal; a context manager that finishes it."""

    def __init__(self, folder: Path, name: str, expired: Iterable[Path]) -> None:
        self._folder = folder
        self._file = folder / "runs" / name
        self._expired = tuple(expired)
        self._open = contextlib.ExitStack()
        self._handle: int | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.finish()

    def record(self, path: str, before: bytes, after: bytes) -> None:
        """Write down an edit that is about to be made; once this returns it is on the disk.

        Raises:
            StorageFailedError: it could not be written down; the edit must not be made.
        """
        with _failing_as("record a change in", self._file):
            if self._handle is None:
                self._handle = self._open_page()
            original = _original_name(path)
            if not (self._folder / "originals" / original).exists():
                with open_folder(self._folder, ("originals",), create=True) as folder:
                    atomic.write_durable(folder, original, before, 0o600)
            _append(self._handle, _edit(path, before, after))

    def finish(self) -> None:
        """Say that the run came to its end. A run without edits leaves no trace."""
        # On a disk that fails now the run merely counts as killed; its edits are on the disk.
        with contextlib.suppress(OSError), self._open:
            if self._handle is not None:
                handle, self._handle = self._handle, None
                _append(handle, _Event("finished"))

    def _open_page(self) -> int:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with open_folder(self._folder, ("runs",), create=True) as runs:
            handle = self._open.enter_context(_appending(self._file))
            for expired in self._expired:
                expired.unlink(missing_ok=True)
            os.fsync(runs)
        return handle


def _restore(store: NoteStore, run_id: str, edits: Iterable[_Edit]) -> UndoReport:
    """Make each edit in a note that holds exactly the bytes it starts from."""
    restored: dict[NotePath, None] = {}
    kept: dict[NotePath, None] = {}
    for edit in edits:
        path = NotePath(edit.path)
        try:
            held = store.read(path)
            if _digest(held) == edit.after:
                continue
            made = held[: edit.start] + edit.new + held[edit.start + len(edit.old) :]
            if _digest(held) != edit.before or _digest(made) != edit.after:
                kept[path] = None
                continue
            store.replace(path, held, made)
        except (ReadRefusedError, SafetyError, StorageFailedError):
            kept[path] = None
        else:
            restored[path] = None
    return UndoReport(run_id, tuple(path for path in restored if path not in kept), tuple(kept))


def _edit(path: str, before: bytes, after: bytes) -> _Edit:
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


def _summary(file: Path, lines: Iterable[_Edit | _Event]) -> RunSummary:
    found = _RUN_FILE.fullmatch(file.name)
    assert found is not None
    events = [line.happened for line in lines if isinstance(line, _Event)]
    return RunSummary(
        run_id=found["run_id"],
        paths=tuple(dict.fromkeys(NotePath(line.path) for line in lines if isinstance(line, _Edit))),
        finished="finished" in events,
        undone=[event for event in events if event != "finished"][-1:] == ["undone"],
    )


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
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
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
    return f"{hashlib.sha256(path.encode()).hexdigest()[:24]}-{atomic.short_name(path.rpartition('/')[2])}"


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
