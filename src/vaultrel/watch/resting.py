"""When the daemon lets go of the process that reads notes, and how it knows without one that nothing has changed."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from vaultrel import clock
from vaultrel.app.kept_answer import SETTINGS_FILES
from vaultrel.core.scope import skip_reason
from vaultrel.errors import VaultrelError
from vaultrel.storage.filesystem import FileSystemStore

if TYPE_CHECKING:
    from pathlib import Path

    from vaultrel.app import Vault
    from vaultrel.watch.worker import Worker

REST_AFTER_SECONDS = 300.0
"""The process is let go once nothing has changed for this long."""

REST_SHARE = 0.01
"""The most of the time that is spent on loading again what was let go: a large vault is held for longer."""

LONGEST_HELD_SECONDS = 1800.0
"""So long, and no longer."""


class Rest:
    """Lets a worker go, and tells while it is away whether there is anything to begin it for.

    Args:
        vault: the vault here, for which the worker reads.
        worker: None where the vault is read in this process: then it is always held.
    """

    def __init__(self, vault: Vault, worker: Worker | None) -> None:
        self._vault = vault
        self._worker = worker
        self._found: int | None = None
        """What `look` gave when the worker was let go."""
        self.at = math.inf
        """When to think of letting it go, on the monotonic clock."""

    def put_off(self) -> None:
        """Hold the worker for a while from now on: something has changed, or it has just begun."""
        if self._worker is not None:
            held = max(REST_AFTER_SECONDS, self._worker.took_seconds / REST_SHARE)
            self.at = clock.monotonic() + min(held, LONGEST_HELD_SECONDS)

    def begin(self, found: int | None) -> None:
        """Let the worker go.

        Args:
            found: what `look` gave before the worker's last scan, if that found no news: so it is what the scan saw.
        """
        self._found, self.at = found, math.inf
        if self._worker is not None:
            self._worker.end()

    def holds(self) -> bool:
        """Whether the worker is away and would find nothing new."""
        return (
            self._worker is not None
            and not self._worker.is_running
            and self._found is not None
            and self._found == self.look()
        )

    def look(self) -> int | None:
        """A number that is another one, this process' life long, when a scan may find or do something.

        None where that cannot be told: the vault is away, or a calendar program's folder is followed, whose files are
        no notes.
        """
        vault, store = self._vault, self._vault.store
        if vault.root is None or not isinstance(store, FileSystemStore) or vault.settings.feed.vdir:
            return None
        settings = vault.settings
        try:
            notes = store.sum_up(lambda folder: skip_reason(folder, settings))
        except VaultrelError:
            return None
        beside = (*(vault.root / path for path in SETTINGS_FILES), *vault.published_files())
        return hash((clock.today(), notes, *(_mark(path) for path in beside)))


def _mark(path: Path) -> tuple[int, int, int, int] | None:
    """What tells that a file is another one than before; None when it is not there."""
    try:
        found = path.lstat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino
