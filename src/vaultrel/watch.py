"""The daemon: a saved note changes its people's fields and the feed, a moment later.

File events only say that something may have changed; what changed is always decided by `Vault.scan`, which
compares the files. So an event too many costs a look, an event lost is caught by the next rescan, and our own
writes, which leave nothing to change, end the chain by themselves.
"""

from __future__ import annotations

import logging
import math
import os
import queue
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from watchdog.events import (
    DirCreatedEvent,
    DirDeletedEvent,
    DirMovedEvent,
    FileClosedEvent,
    FileCreatedEvent,
    FileDeletedEvent,
    FileModifiedEvent,
    FileMovedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers import Observer

from vaultrel import clock
from vaultrel.core.debounce import Debouncer
from vaultrel.core.scope import skip_reason
from vaultrel.core.settled_names import names_path
from vaultrel.errors import VaultrelError

if TYPE_CHECKING:
    from collections.abc import Callable

    from vaultrel.app import ScanReport, Vault

log = logging.getLogger(__name__)

CHANGES: list[type[FileSystemEvent]] = [
    DirCreatedEvent,
    DirDeletedEvent,
    DirMovedEvent,
    FileClosedEvent,
    FileCreatedEvent,
    FileDeletedEvent,
    FileModifiedEvent,
    FileMovedEvent,
]
"""The events asked for: without a filter every reading of a note would be an event too, and flood the queue."""

LONGEST_WAIT_FACTOR = 10.0
"""A stream of saves that never pauses is read after this many debounce windows at the latest."""

KEEP_AFTER_SECONDS = 60.0
"""What is known is kept for other commands once nothing has happened for this long."""

KEEP_SHARE = 0.005
"""The most of its time that the daemon spends on that: a large vault's is kept less often."""

RETRY_SECONDS = 60.0
"""After a scan that could not be done (vault away, another writer), try again this soon."""


class _PathCollector(FileSystemEventHandler):
    """Puts the paths of events into a queue, and does nothing else: a slow handler falls behind a storm."""

    def __init__(self, paths: queue.SimpleQueue[str | None]) -> None:
        self._paths = paths

    def on_any_event(self, event: FileSystemEvent) -> None:
        for path in (event.src_path, event.dest_path):
            if path:
                # A folder's event stands for the notes in it.
                self._paths.put(os.fsdecode(path) + ("/*.md" if event.is_directory else ""))


class Watcher:
    """Keeps one vault's fields and feed current until told to stop.

    Args:
        vault: the vault, open.
        root: its folder, to be watched.
        on_report: called after every scan, on the watching thread.
        poll_seconds: look at the files this often instead of asking the system for events (network folders).
    """

    def __init__(
        self, vault: Vault, root: Path, on_report: Callable[[ScanReport], None], poll_seconds: float | None = None
    ) -> None:
        self._vault = vault
        self._root = root
        self._on_report = on_report
        self._poll_seconds = poll_seconds
        self._paths: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._stopping = threading.Event()
        settings = vault.settings.watch
        self._debouncer = Debouncer(settings.debounce_seconds, settings.debounce_seconds * LONGEST_WAIT_FACTOR)
        self._keep_at = math.inf
        self._kept_until = 0.0
        """No sooner than at this moment is it worth keeping again."""

    def stop(self) -> None:
        """Ask `run` to return after the scan it is in, if any. From any thread, but not from a signal handler."""
        self._stopping.set()
        self._paths.put(None)

    def run(self) -> None:
        """Scan once, then after every change, at midnight, and at least every `rescan_seconds`, until `stop`.

        An error of one scan is logged and tried again at the next occasion: the daemon outlives a vault that is
        unmounted for a while.
        """
        observer = None
        if self._poll_seconds is None:
            # Started before the first scan, so that a note saved meanwhile is not missed.
            observer = Observer()
            observer.schedule(_PathCollector(self._paths), str(self._root), recursive=True, event_filter=CHANGES)
            observer.start()
        try:
            self._loop()
        finally:
            if observer is not None:
                observer.stop()
                observer.join()

    def _loop(self) -> None:
        retry_at = self._scan()
        while not self._stopping.is_set():
            now = clock.monotonic()
            deadlines = [retry_at, now + clock.seconds_to_midnight(), self._keep_at]
            if (batch_at := self._debouncer.next_deadline()) is not None:
                deadlines.append(batch_at)
            try:
                changed = self._paths.get(timeout=max(0.0, min(deadlines) - now))
            except queue.Empty:
                if min(deadlines) == self._keep_at:
                    self._keep()
                    continue
                self._debouncer.ready(clock.monotonic())
                retry_at = self._scan()
                continue
            if changed is not None and self._is_note_event(changed):
                self._debouncer.add(changed, clock.monotonic())
            if self._debouncer.ready(clock.monotonic()):
                retry_at = self._scan()

    def _keep(self) -> None:
        """Let other commands have what the last scan found, so that they need not work it out again."""
        began = clock.monotonic()
        self._vault.keep_snapshot()
        self._kept_until = clock.monotonic() + (clock.monotonic() - began) / KEEP_SHARE
        self._keep_at = math.inf

    def _is_note_event(self, changed: str) -> bool:
        """Whether an event's path is one that a scan would look at."""
        path = Path(changed)
        if not path.is_relative_to(self._root):
            return False
        within = path.relative_to(self._root).as_posix()
        return within == names_path(self._vault.settings) or skip_reason(within, self._vault.settings) is None

    def _scan(self) -> float:
        """Scan, report, and say when (on the monotonic clock) to look again at the latest."""
        settings = self._vault.settings.watch
        period = self._poll_seconds or settings.rescan_seconds
        try:
            report = self._vault.scan(quiet_seconds=settings.quiet_seconds)
        except VaultrelError as error:
            log.warning("%s", error)
            period = min(period, RETRY_SECONDS)
        else:
            self._on_report(report)
            self._keep_at = max(clock.monotonic() + KEEP_AFTER_SECONDS, self._kept_until)
            if report.waiting:
                period = min(period, max(report.retry_seconds, settings.debounce_seconds))
        return clock.monotonic() + period
