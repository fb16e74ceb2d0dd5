"""The process that reads notes for the daemon: begun when there is something to do, let go when it is long quiet.

A vault in memory takes ten times what waiting for events takes, and a process that has ended is the one thing that
gives all of it back.
"""

from __future__ import annotations

import itertools
import logging
import os
import threading
from concurrent.futures import Future
from contextlib import suppress
from typing import IO, TYPE_CHECKING, TypeVar

import msgspec

from vaultrel import clock
from vaultrel.app.programs import read_message, start_program, write_message
from vaultrel.errors import VaultrelError
from vaultrel.watch.calls import (
    UNASKED,
    Answered,
    Ask,
    Begin,
    Call,
    Failed,
    Keep,
    Kept,
    Logged,
    Published,
    Scan,
    Scanned,
    Told,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from vaultrel.app import Vault

PROGRAM = "vaultrel.cli.work"
"""What the process runs."""

_Answer = TypeVar("_Answer", bound=Told)


class WorkerEndedError(VaultrelError):
    """The process that reads the notes ended before it had answered."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(
            f"The process that reads the notes ended unexpectedly ({reason}).",
            next_step="It is started again when it is needed next; what it had written is whole.",
        )


class WorkerFailedError(VaultrelError):
    """What the process that reads the notes said it could not do."""

    def __init__(self, failed: Failed) -> None:
        super().__init__(failed.message, next_step=failed.next_step)


class Worker:
    """A vault in a process of its own. It is begun at the first call; calls may come from any thread.

    Args:
        vault: the same vault here: its folder, and the settings it is opened with.
        on_feeds: takes feeds that were published with other bytes than before, by name; called while the scan goes on.
    """

    def __init__(self, vault: Vault, on_feeds: Callable[[Mapping[str, bytes]], None]) -> None:
        self._vault = vault
        self._on_feeds = on_feeds
        self._changing = threading.Lock()
        """Held while the process is begun, told something, or let go."""
        self._running: _Running | None = None
        self.folders: dict[str, tuple[int, int]] = {}
        """As `FileSystemStore.folders`, by the last scan."""
        self.took_seconds = 0.0
        """How long the first scan of the process took, with all that it had to load for it."""

    @property
    def is_running(self) -> bool:
        """Whether there is a process."""
        return self._running is not None and not self._running.has_ended

    def scan(self, *, quiet_seconds: float, among: Collection[str] | None = None) -> Scanned:
        """Have the vault scanned; see `Vault.scan`.

        Raises:
            VaultrelError: it could not be.
        """
        began, was_running = clock.monotonic(), self.is_running
        scanned = self._call(
            Scan(quiet_seconds, None if among is None else tuple(map(os.fsencode, among))),
            Scanned,
        )
        if not was_running:
            self.took_seconds = clock.monotonic() - began
        self.folders = scanned.folders
        return scanned

    def keep_snapshot(self) -> None:
        """See `Vault.keep_snapshot`; a process that has been let go had kept it.

        Raises:
            VaultrelError: the process ended meanwhile.
        """
        if self.is_running:
            self._call(Keep(), Kept)

    def ask(self, request: Ask) -> Answered:
        """Have a request for the page answered.

        Raises:
            VaultrelError: it could not be.
        """
        return self._call(request, Answered)

    def end(self) -> None:
        """Let the process go once it has done what it was asked for; the next call begins another one."""
        with self._changing:
            running, self._running = self._running, None
        if running is not None:
            running.end()

    def _call(self, call: Call, kind: type[_Answer]) -> _Answer:
        with self._changing:
            if self._running is None or self._running.has_ended:
                try:
                    self._running = _Running(self._begin(), self._on_feeds)
                except OSError as error:
                    raise WorkerEndedError(error.strerror or str(error)) from error
            waiting = self._running.tell(call)
        answer = waiting.result()
        if isinstance(answer, Failed):
            raise WorkerFailedError(answer)
        assert isinstance(answer, kind)
        return answer

    def _begin(self) -> Begin:
        assert self._vault.root is not None
        assert self._vault.locations is not None
        return Begin(
            root=os.fsencode(self._vault.root),
            state=os.fsencode(self._vault.locations.state),
            cache=os.fsencode(self._vault.locations.cache),
            grace_seconds=self._vault.grace_seconds,
            settings=self._vault.settings,
        )


class _Running:
    """One process, from its beginning to its end."""

    def __init__(self, begin: Begin, on_feeds: Callable[[Mapping[str, bytes]], None]) -> None:
        self._on_feeds = on_feeds
        self._process = start_program(PROGRAM)
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._writing = self._process.stdin
        self._numbers = itertools.count(UNASKED + 1)
        self._waiting: dict[int, Future[Told]] = {}
        self._settling = threading.Lock()
        """Held while somebody begins to wait, or is no longer waited for."""
        self.has_ended = False
        self._listener = threading.Thread(
            target=self._listen, args=(self._process.stdout,), name="vaultrel-worker", daemon=True
        )
        self._listener.start()
        self._write(begin)

    def tell(self, call: Call) -> Future[Told]:
        """Pass a call on; the answer comes, or `WorkerEndedError` does."""
        answer: Future[Told] = Future()
        with self._settling:
            number = next(self._numbers)
            if self.has_ended:
                answer.set_exception(WorkerEndedError(str(self._process.poll())))
                return answer
            self._waiting[number] = answer
        self._write((number, call))
        return answer

    def end(self) -> None:
        """Wait until all that was asked is answered, and the process has ended."""
        with suppress(OSError):
            self._writing.close()
        self._listener.join()

    def _write(self, value: object) -> None:
        with suppress(OSError, ValueError):  # whoever waits learns of it from the listener
            write_message(self._writing, msgspec.msgpack.encode(value))

    def _listen(self, reading: IO[bytes]) -> None:
        decoder = msgspec.msgpack.Decoder(tuple[int, Told])
        with suppress(EOFError):
            while True:
                self._take(*decoder.decode(read_message(reading)))
        reading.close()
        with suppress(OSError):
            self._writing.close()
        code = self._process.wait()
        with self._settling:
            self.has_ended = True
            left, self._waiting = self._waiting, {}
        for answer in left.values():
            answer.set_exception(WorkerEndedError(str(code)))

    def _take(self, number: int, told: Told) -> None:
        if isinstance(told, Published):
            self._on_feeds(told.feeds)
        elif isinstance(told, Logged):
            logging.getLogger(told.logger).log(told.level, "%s", told.message)
        else:
            with self._settling:
                answer = self._waiting.pop(number)
            answer.set_result(told)
