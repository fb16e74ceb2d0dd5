"""Notes parsed: a few in this process, many in several at once, with the same result.

Workers are processes of their own (see `vaultrel.app.programs`). They see bytes of notes and give back notes as the
index keeps them; files, index and everything decided stay here.
"""

from __future__ import annotations

import os
import sys
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from queue import SimpleQueue
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

import msgspec

from vaultrel.app.programs import read_message, start_program, write_message
from vaultrel.core.notes import parse_note
from vaultrel.index import decode_note

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Generator, Iterable, Iterator

    from vaultrel.model import Note, NotePath
    from vaultrel.settings import Settings

FEWEST_FOR_WORKERS: Final = 4000
"""Notes to read, below which starting workers takes longer than they save."""

MOST_WORKERS: Final = 4

_CHUNK_NOTES: Final = 250
_CHUNK_BYTES: Final = 1024 * 1024
"""The most that is handed over at once, but for one larger note: what is under way stays small in any vault."""

_PROGRAM = "vaultrel.app.parsing_worker"
"""What a worker runs."""

Chunk: TypeAlias = "list[tuple[NotePath, bytes]]"
"""Paths of notes with the bytes of each."""


class ParsedNote(NamedTuple):
    """A note as read; `blob` is what the index keeps of it, where that is known already."""

    note: Note
    blob: bytes | None = None


def parse_notes(
    files: Iterable[tuple[NotePath, bytes]], count: int, settings: Settings
) -> Generator[list[ParsedNote], None, None]:
    """Parse notes, some at a time, in the order in which they come.

    Args:
        files: paths of notes with the bytes of each; taken as they are needed, always in the caller's thread.
        count: how many there are, or a little more: decides whether workers are worth it.
        settings: what the user set.
    """
    workers = count_workers() if count >= FEWEST_FOR_WORKERS else 0
    if workers < 2:
        for chunk in _chunks(files):
            yield [ParsedNote(parse_note(path, data, settings)) for path, data in chunk]
        return
    with _crew(workers, settings) as crew:
        yield from crew.parse(_chunks(files))


def count_workers() -> int:
    """How many processes can work at once; 0 where none can be started."""
    if not sys.executable or getattr(sys, "frozen", False):
        return 0
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(usable, MOST_WORKERS)


def _chunks(files: Iterable[tuple[NotePath, bytes]]) -> Iterator[Chunk]:
    chunk: Chunk = []
    size = 0
    for path, data in files:
        chunk.append((path, data))
        size += len(data)
        if len(chunk) == _CHUNK_NOTES or size >= _CHUNK_BYTES:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


class _Crew:
    """The workers; each has a thread that waits for its answers, and what one cannot do is done here."""

    def __init__(self, workers: list[_Worker], threads: ThreadPoolExecutor, settings: Settings) -> None:
        self._workers = workers
        self._threads = threads
        self._settings = settings
        self._idle: SimpleQueue[_Worker] = SimpleQueue()
        for worker in workers:
            self._idle.put(worker)

    def parse(self, chunks: Iterable[Chunk]) -> Iterator[list[ParsedNote]]:
        """The notes of each chunk in turn, while the next ones are under way."""
        under_way: deque[tuple[Chunk, Future[list[bytes] | None]]] = deque()
        for chunk in chunks:
            under_way.append((chunk, self._threads.submit(self._hand_over, chunk)))
            if len(under_way) > 2 * len(self._workers):
                yield self._take_back(*under_way.popleft())
        while under_way:
            yield self._take_back(*under_way.popleft())

    def _hand_over(self, chunk: Chunk) -> list[bytes] | None:
        worker = self._idle.get()
        try:
            return worker.parse(chunk)
        finally:
            self._idle.put(worker)

    def _take_back(self, chunk: Chunk, answer: Future[list[bytes] | None]) -> list[ParsedNote]:
        blobs = answer.result() or [b""] * len(chunk)
        return [
            ParsedNote(decode_note(blob), blob) if blob else ParsedNote(parse_note(path, data, self._settings))
            for (path, data), blob in zip(chunk, blobs, strict=True)
        ]


@contextmanager
def _crew(count: int, settings: Settings) -> Iterator[_Crew]:
    """So many workers, none of which outlasts the block, however it ends."""
    workers: list[_Worker] = []
    threads = ThreadPoolExecutor(count, "parsing")
    try:
        workers += (_Worker(settings) for _ in range(count))
        yield _Crew(workers, threads, settings)
    finally:
        for worker in workers:
            worker.kill()
        threads.shutdown(cancel_futures=True)
        for worker in workers:
            worker.close()


class _Worker:
    """One process, asked by one thread at a time. It ends when this process does: its input ends then."""

    def __init__(self, settings: Settings) -> None:
        self._process = _start()
        self._settings: bytes | None = msgspec.msgpack.encode(settings)

    def parse(self, chunk: Chunk) -> list[bytes] | None:
        """What the index keeps of each note, empty for one that it cannot keep; None where the worker is of no use."""
        if self._process is None:
            return None
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            question = msgspec.msgpack.encode(chunk)
            if self._settings is not None:
                write_message(self._process.stdin, self._settings)
                self._settings = None
            write_message(self._process.stdin, question)
            return msgspec.msgpack.decode(read_message(self._process.stdout), type=list[bytes])
        except UnicodeEncodeError:  # a path that is no text: the worker has not heard of the chunk
            return None
        except (OSError, EOFError, msgspec.MsgspecError):  # it could not begin, or somebody has killed it
            return None

    def kill(self) -> None:
        """End the process at once, for it has nothing to lose; a thread that waits for its answer gets none."""
        if self._process is not None:
            self._process.kill()

    def close(self) -> None:
        """Forget the process, which has been killed, once no thread waits for it any more."""
        if self._process is not None:
            with self._process:  # closes the pipes, and waits
                pass


def _start() -> subprocess.Popen[bytes] | None:
    """A new worker; None where the operating system does not start one."""
    try:
        return start_program(_PROGRAM, is_silent=True)
    except OSError:
        return None
