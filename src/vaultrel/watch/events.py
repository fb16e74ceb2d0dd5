"""The system's reports of what changed below a folder, and whether they can still be relied upon.

Watching fails silently: the queue overflows, the limit of watches is reached, a thread dies, the folder is another
one under the same name. None of it is an error of the library that watches, so each is looked for.
"""

from __future__ import annotations

import logging
import os
import threading
import warnings
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

from vaultrel.watch.system import watched_inodes

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from watchdog.observers.api import BaseObserver

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


NOTES_IN_FOLDER = "*.md"
"""Ends the path that stands for whatever happened to a folder."""


class Inbox:
    """The paths that something happened to, each once, from any thread to the one that takes them."""

    def __init__(self) -> None:
        self._paths: set[str] = set()
        self._came = threading.Condition()
        self._is_woken = False

    def add(self, path: str) -> None:
        """Put a path in."""
        with self._came:
            self._paths.add(path)
            self._came.notify()

    def wake(self) -> None:
        """End the wait of `take` although there is no path."""
        with self._came:
            self._is_woken = True
            self._came.notify()

    def take(self, timeout: float) -> frozenset[str]:
        """All that is in, as soon as there is something; nothing after `timeout` seconds or `wake`."""
        with self._came:
            self._came.wait_for(lambda: self._paths or self._is_woken, timeout)
            taken, self._paths, self._is_woken = frozenset(self._paths), set(), False
            return taken


class _PathCollector(FileSystemEventHandler):
    """Puts the paths of events into the inbox, and does nothing else: a slow handler falls behind a storm."""

    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox

    def on_any_event(self, event: FileSystemEvent) -> None:
        for path in (event.src_path, event.dest_path):
            if path:
                self._inbox.add(os.fsdecode(path) + (f"/{NOTES_IN_FOLDER}" if event.is_directory else ""))


class _Complaints(logging.Handler):
    """Hears what the library only logs: that the system's queue overflowed, and events are lost."""

    def __init__(self, inbox: Inbox) -> None:
        super().__init__(logging.WARNING)
        self._inbox = inbox
        self.heard = ""

    def emit(self, record: logging.LogRecord) -> None:
        self.heard = self.heard or record.getMessage()
        self._inbox.wake()


class FileEvents:
    """Watches one folder with all that is in it.

    Args:
        root: the folder.
        inbox: where the paths go that something happened to.
    """

    def __init__(self, root: Path, inbox: Inbox) -> None:
        self._root = root
        self._inbox = inbox
        self._observer: BaseObserver | None = None
        self._complaints = _Complaints(inbox)
        self._watched_root: tuple[int, int] | None = None

    @property
    def is_running(self) -> bool:
        """Whether the folder is being watched, as far as `start` and `stop` know."""
        return self._observer is not None

    def start(self) -> None:
        """Watch, anew if it is watched already.

        Raises:
            OSError: the folder is not there, or the system watches no more; nothing is watched then.
        """
        self.stop()
        # A folder that comes back is watched twice for a moment; the library's word on that is as long as the vault.
        warnings.filterwarnings("ignore", "Callback with id", RuntimeWarning, "watchdog")
        self._complaints = _Complaints(self._inbox)
        logging.getLogger("watchdog.observers").addHandler(self._complaints)
        try:
            self._watched_root = self._identify_root()
            # Making it already takes one of the system's few instances.
            observer = Observer()
            self._observer = observer
            observer.schedule(_PathCollector(self._inbox), str(self._root), recursive=True, event_filter=CHANGES)
            observer.start()
        except OSError:
            self.stop()
            raise

    def stop(self) -> None:
        """Watch no longer."""
        logging.getLogger("watchdog.observers").removeHandler(self._complaints)
        observer, self._observer = self._observer, None
        if observer is None:
            return
        observer.stop()
        if observer.is_alive():
            observer.join()

    def trouble(self) -> str | None:
        """Why not all may have been reported since `start`; None without a sign of that. Costs next to nothing."""
        if self._observer is None:
            return None
        if self._complaints.heard:
            return f"the system lost reports of changes ({self._complaints.heard})"
        # The library has no public name for the thread that reads from the system; where there is none, none dies.
        reader = getattr(self._observer, "_inotify_fd", None)
        threads = [self._observer, *self._observer.emitters, *([reader] if reader is not None else [])]
        if not all(thread.is_alive() for thread in threads):
            return "a thread that watches the folders had ended"
        try:
            if self._identify_root() != self._watched_root:
                return "the vault's folder is another one than before"
        except OSError:
            return None  # the next scan says so; the one that comes back may be the same
        return None

    def unwatched(self, folders: Mapping[str, tuple[int, int]]) -> frozenset[str]:
        """Those of some folders, by path with device and inode, whose changes are not reported."""
        watched = watched_inodes()
        # Stacked file systems may give a folder another inode than its watch has: then nothing can be told.
        if watched is None or self._watched_root is None or self._watched_root[1] not in watched:
            return frozenset()
        return frozenset(folder for folder, (_, inode) in folders.items() if inode not in watched)

    def _identify_root(self) -> tuple[int, int]:
        found = self._root.stat()
        return found.st_dev, found.st_ino
