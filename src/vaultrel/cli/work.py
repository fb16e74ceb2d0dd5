"""What the daemon's process for reading notes runs; it ends when its input does.

It takes calls from standard input and answers on standard output; nobody types it.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
import traceback
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING

import msgspec

from vaultrel.app import open_vault
from vaultrel.app.programs import read_message, write_message
from vaultrel.errors import VaultrelError
from vaultrel.locations import Locations
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
    from collections.abc import Callable

    from vaultrel.app import Vault
    from vaultrel.server.page import PageDesk

log = logging.getLogger("vaultrel.watch")

ASKING_THREADS = 2
"""So many requests for the page are answered at once, beside a scan."""


class _Answers:
    """The way back to the daemon, for any thread."""

    def __init__(self, writing: IO[bytes]) -> None:
        self._pipe = writing
        self._writing = threading.Lock()

    def tell(self, number: int, told: Told) -> None:
        """Tell something; nobody to tell it to is no reason to leave a scan unfinished."""
        with self._writing, suppress(OSError):
            write_message(self._pipe, msgspec.msgpack.encode((number, told)))
            self._pipe.flush()


class _LogToDaemon(logging.Handler):
    """Lets the daemon show what is logged here."""

    def __init__(self, answers: _Answers) -> None:
        super().__init__(logging.WARNING)
        self._answers = answers

    def emit(self, record: logging.LogRecord) -> None:
        """Pass one record on."""
        self._answers.tell(UNASKED, Logged(record.name, record.levelno, record.getMessage()))


class _Work:
    """Carries out calls on one vault."""

    def __init__(self, vault: Vault, answers: _Answers) -> None:
        self._vault = vault
        self._answers = answers
        self._told_feeds: dict[str, bytes] = {}
        self._scanning = ThreadPoolExecutor(1)
        """Where the notes are read: one thing at a time, in order."""
        self._asking = ThreadPoolExecutor(ASKING_THREADS)
        self._desk: PageDesk | None = None
        self._desk_making = threading.Lock()
        vault.when_published(self._tell_feeds)

    def begin(self, number: int, call: Call) -> None:
        """Have a call carried out and answered."""
        match call:
            case Scan():
                self._scanning.submit(self._carry_out, number, lambda: self._scan(call))
            case Keep():
                self._scanning.submit(self._carry_out, number, self._keep)
            case Ask():
                self._asking.submit(self._carry_out, number, lambda: self._answer(call))

    def finish(self) -> None:
        """Wait for all that was begun."""
        self._asking.shutdown()
        self._scanning.shutdown()

    def _carry_out(self, number: int, work: Callable[[], Told]) -> None:
        try:
            told = work()
        except VaultrelError as error:
            told = Failed(error.message, error.next_step)
        except BaseException:  # noqa: BLE001 - the top of a thread: what is known may be wrong now, and is let go
            traceback.print_exc()
            sys.stderr.flush()
            os._exit(1)
        self._answers.tell(number, told)

    def _scan(self, call: Scan) -> Scanned:
        among = None if call.among is None else frozenset(map(os.fsdecode, call.among))
        report = self._vault.scan(quiet_seconds=call.quiet_seconds, among=among)
        if self._desk is not None:
            self._desk.publish(report.snapshot)
        return Scanned(
            notes_read=report.notes_read,
            applied=tuple(edit.patch.path for edit in report.applied),
            waiting=report.waiting,
            retry_seconds=report.retry_seconds,
            published=report.published,
            folders=dict(self._vault.folders),
        )

    def _keep(self) -> Kept:
        self._vault.keep_snapshot()
        return Kept()

    def _tell_feeds(self) -> None:
        feeds = {feed.name: self._vault.served_feed(feed.name) for feed in self._vault.feeds}
        news = {name: body for name, body in feeds.items() if body is not None and self._told_feeds.get(name) != body}
        self._told_feeds.update(news)
        self._answers.tell(UNASKED, Published(news))

    def _answer(self, ask: Ask) -> Answered:
        from vaultrel.server.answers import Request

        response = self._desk_for(ask).answer(ask.what, Request(ask.method, ask.headers, ask.body), ask.address)
        return Answered(response.status, response.headers, response.body)

    def _desk_for(self, ask: Ask) -> PageDesk:
        from vaultrel.server.page import PageDesk

        with self._desk_making:
            if self._desk is None:
                self._desk = PageDesk(self._vault, feed=ask.feed, form_token=ask.form_token)
                self._scanning.submit(self._fill, self._desk)
            return self._desk

    def _fill(self, desk: PageDesk) -> None:
        """Give the page something to show, in its turn; while that fails it says so, and the next scan gives it."""
        try:
            desk.publish(self._vault.snapshot())
        except VaultrelError as error:
            log.warning("%s", error)


def main() -> None:
    """Carry out calls until there will be no more, and all are done."""
    calls = sys.stdin.buffer
    answers = _Answers(os.fdopen(os.dup(sys.stdout.fileno()), "wb"))
    # Whatever is printed must not get among the answers.
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    # The daemon is asked to end, and then ends this one's input; a service manager asks both.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    logging.getLogger().addHandler(_LogToDaemon(answers))
    with suppress(EOFError):
        begin = msgspec.msgpack.decode(read_message(calls), type=Begin)
        _work(begin, calls, answers)


def _work(begin: Begin, calls: IO[bytes], answers: _Answers) -> None:
    """Carry out calls on the vault, or say of each why not.

    Raises:
        EOFError: there are no more, and all are done.
    """
    decoder = msgspec.msgpack.Decoder(tuple[int, Call])
    vault: Vault
    try:
        locations = Locations(Path(os.fsdecode(begin.state)), Path(os.fsdecode(begin.cache)))
        vault = open_vault(os.fsdecode(begin.root), settings=begin.settings, locations=locations)
    except VaultrelError as error:
        refusal = Failed(error.message, error.next_step)
        while True:
            answers.tell(decoder.decode(read_message(calls))[0], refusal)
    with vault:
        vault.grace_seconds = begin.grace_seconds
        work = _Work(vault, answers)
        try:
            while True:
                work.begin(*decoder.decode(read_message(calls)))
        finally:
            work.finish()
