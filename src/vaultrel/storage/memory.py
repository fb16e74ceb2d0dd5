"""A vault that is a dictionary: for notebooks, tests, and trying things out."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from msgspec import Struct

from vaultrel.errors import NoteChangedError, WriteRefusedError
from vaultrel.model import Diagnostic, Fingerprint, NotePath
from vaultrel.storage.base import MAX_NOTE_BYTES, ReadRefusedError, SweepReport, enters_folder
from vaultrel.storage.opening import check_generated

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

_EPOCH_NS = 1_700_000_000 * 10**9
_STEP_NS = 10**9


class _File(Struct, frozen=True):
    data: bytes
    saved_ns: int
    inode: int
    read_only: bool = False

    @property
    def fingerprint(self) -> Fingerprint:
        return Fingerprint(self.saved_ns, self.saved_ns, len(self.data), self.inode)


class MemoryStore:
    """A `vaultrel.storage.base.NoteStore` without a disk; its clock moves one second with every save.

    Args:
        files: path to content, text as UTF-8; ``.obsidian`` and settings files go in here as well.
        name: the vault's name, to show.
    """

    def __init__(self, files: Mapping[str, bytes | str] | None = None, name: str = "vault") -> None:
        self.name = name
        self.problems: tuple[Diagnostic, ...] = ()
        self._files: dict[str, _File] = {}
        self._now_ns = _EPOCH_NS
        self._inodes = itertools.count(1)
        for path, data in (files or {}).items():
            self.save(path, data)

    # -- what a user would do --------------------------------------------------------------------------------

    def save(self, path: str, data: bytes | str) -> None:
        """Write a file as an editor does, whatever stood there."""
        self._now_ns += _STEP_NS
        content = data.encode() if isinstance(data, str) else data
        old = self._files.get(path)
        self._files[path] = _File(content, self._now_ns, old.inode if old else next(self._inodes))

    def delete(self, path: str) -> None:
        """Remove a file that is there."""
        del self._files[path]

    def rename(self, old: str, new: str) -> None:
        """Give a file another path; as on a disk, its modification time stays."""
        self._files[new] = self._files.pop(old)

    def protect(self, path: str) -> None:
        """Make a file read-only."""
        file = self._files[path]
        self._files[path] = _File(file.data, file.saved_ns, file.inode, read_only=True)

    def advance(self, seconds: float) -> None:
        """Move the clock; backwards when negative."""
        self._now_ns += round(seconds * 1e9)

    @property
    def files(self) -> dict[str, bytes]:
        """A copy of everything in it."""
        return {path: file.data for path, file in self._files.items()}

    # -- what vaultrel does ----------------------------------------------------------------------------------

    def fingerprints(self, skip: Callable[[str], str | None]) -> dict[NotePath, Fingerprint]:
        """See `NoteStore`."""
        return {
            NotePath(path): file.fingerprint
            for path, file in self._files.items()
            if path.lower().endswith(".md") and skip(path) is None and not _in_skipped_folder(path, skip)
        }

    def look_at(self, paths: Iterable[str]) -> dict[NotePath, Fingerprint | None] | None:
        """See `NoteStore`."""
        return {NotePath(path): self._files[path].fingerprint if path in self._files else None for path in paths}

    def read(self, path: str) -> bytes:
        """See `NoteStore`."""
        file = self._found(path)
        if len(file.data) > MAX_NOTE_BYTES:
            raise ReadRefusedError(path, "too-large", f"it has more than {MAX_NOTE_BYTES // 1024**2} MiB")
        return file.data

    def read_extra(self, path: str) -> bytes | None:
        """See `NoteStore`."""
        return self.read(path) if path in self._files else None

    def touched(self, path: str) -> float:
        """See `NoteStore`."""
        return self._found(path).saved_ns / 1e9

    def replace(self, path: str, expected: bytes, new: bytes) -> None:
        """See `NoteStore`."""
        file = self._files.get(path)
        if file is None:
            raise NoteChangedError(path)
        if expected == new:
            return
        if file.read_only:
            raise WriteRefusedError(path, "read-only", "its owner may not write it")
        if file.data != expected:
            raise NoteChangedError(path)
        # A replaced file is a new file under the old name.
        del self._files[path]
        self.save(path, new)

    def create(self, path: str, data: bytes) -> None:
        """See `NoteStore`."""
        check_generated(path)
        if path in self._files:
            raise NoteChangedError(path)
        self.save(path, data)

    def remove(self, path: str, expected: bytes) -> None:
        """See `NoteStore`."""
        if path not in self._files or self._files[path].data != expected:
            raise NoteChangedError(path)
        self.delete(path)

    def may_be_written(self) -> bool:
        """See `NoteStore`; nobody holds a file open here."""
        return False

    def settle(self) -> tuple[Diagnostic, ...]:
        """See `NoteStore`; nobody holds a file open here."""
        return ()

    def sweep(self) -> SweepReport:
        """See `NoteStore`; nothing is left over here."""
        return SweepReport()

    def write_generated(self, path: str, data: bytes) -> bool:
        """See `NoteStore`."""
        check_generated(path)
        if path in self._files and self._files[path].data == data:
            return False
        self.save(path, data)
        return True

    def writable_reason(self) -> str | None:
        """See `NoteStore`."""
        return None

    def _found(self, path: str) -> _File:
        try:
            return self._files[path]
        except KeyError as error:
            raise ReadRefusedError(path, "missing", "there is no such file") from error


def _in_skipped_folder(path: str, skip: Callable[[str], str | None]) -> bool:
    ends = (index + 1 for index, sign in enumerate(path) if sign == "/")
    return any(not enters_folder(path[:end], skip) for end in ends)
