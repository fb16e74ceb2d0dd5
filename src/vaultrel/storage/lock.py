"""One writer per vault and computer, held by the operating system so that a killed process frees it."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
from typing import TYPE_CHECKING, Self

from filelock import FileLock, Timeout

from vaultrel.errors import AnotherWriterError, StorageFailedError

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType


class VaultLock:
    """Held by the process that may write to a vault; a context manager, for a moment or for days.

    Readers need none. It says nothing about other computers that share the vault.

    Args:
        path: the lock file, in the user's state folder; made as needed.
        root: the vault, for messages.
        timeout: seconds to wait for another writer; at once by default.
    """

    def __init__(self, path: Path, root: str | Path, *, timeout: float = 0.0) -> None:
        self._path = path
        self._root = str(root)
        self._timeout = timeout
        # One lock for all threads: a daemon may take it in one and give it back in another.
        self._lock = FileLock(path, mode=0o600, thread_local=False)

    @property
    def _owner_file(self) -> Path:
        return self._path.with_name(f"{self._path.name}.owner")

    def __enter__(self) -> Self:
        """Take the lock.

        Raises:
            AnotherWriterError: another process kept it for `timeout`.
            StorageFailedError: the lock file cannot be made.
        """
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._lock.acquire(timeout=self._timeout)
            self._owner_file.write_text(f"{os.getpid()}\n", encoding="ascii")
        except Timeout as error:
            raise AnotherWriterError(self._root, self._owner()) from error
        except OSError as error:
            self._lock.release()
            raise StorageFailedError(str(self._path), "lock", error.strerror or type(error).__name__) from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Give the lock back."""
        # The work is done: a disk that fails now is no reason to call it failed. The system frees a lock at the latest
        # when the process ends.
        with contextlib.suppress(OSError):
            self._owner_file.unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            self._lock.release()

    def holder(self) -> str | None:
        """Who is writing at this moment, in a few words; None when nobody is, or it cannot be told."""
        if not self._path.exists():
            return None
        try:
            with self._lock.acquire(timeout=0):
                return None
        except Timeout:
            return self._owner()
        except OSError:
            return None

    def _owner(self) -> str:
        """Who holds the lock, as far as its owner has said so."""
        try:
            process = int(self._owner_file.read_text(encoding="ascii"))
            since = dt.datetime.fromtimestamp(self._owner_file.stat().st_mtime, dt.UTC)
        except (OSError, ValueError):
            return "its process is not known"
        return f"process {process}, started {since:%Y-%m-%d %H:%M:%S} UTC"
