"""Opens folders and files inside a root without following a link, and reads files that hold still."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from typing import TYPE_CHECKING

from vaultrel.errors import WriteRefusedError
from vaultrel.storage.base import MAX_NOTE_BYTES, ReadRefusedError
from vaultrel.storage.system import file_calls

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_SF_DATALESS = 0x40000000
"""macOS: the file's content is in the cloud, and reading it would fetch it."""
_RECALLED = 0x1000 | 0x40000 | 0x400000
"""Windows says the same with one of these attributes: offline, recall on open, recall on data access."""


class LeavesRootError(Exception):
    """A path that leads, or could lead, out of its root.

    `code` is ``outside`` for one that is absolute or climbs with ``..``, ``symlink`` for one that goes
    through a link.
    """

    def __init__(self, code: str, reason: str) -> None:
        self.code = code
        self.reason = reason
        super().__init__(reason)


def split_path(path: str) -> tuple[tuple[str, ...], str]:
    """The folders of a relative path, and its last name.

    Raises:
        LeavesRootError: the path is empty, absolute or has an empty, ``.`` or ``..`` part.
    """
    *folders, name = path.split("/")
    if any(part in {"", ".", ".."} or "\0" in part for part in (*folders, name)):
        raise LeavesRootError("outside", "it is not a path inside the vault")
    return tuple(folders), name


def check_generated(path: str) -> None:
    """Make sure that a file of our own may have this path.

    Raises:
        WriteRefusedError: ``outside``: it leads out of the vault or into Obsidian's own folder.
    """
    try:
        folders, _ = split_path(path)
    except LeavesRootError as error:
        raise WriteRefusedError(path, error.code, error.reason) from error
    if any(folder.casefold() == ".obsidian" for folder in folders):
        raise WriteRefusedError(path, "outside", "the .obsidian folder belongs to Obsidian")


@contextlib.contextmanager
def open_folder(root: Path, folders: tuple[str, ...], *, create: bool = False) -> Iterator[int]:
    """Open the folder below a root, and close it afterwards.

    Args:
        root: the one folder that may itself be reached through links.
        folders: names below it, outermost first.
        create: make the folders that are missing.

    Yields:
        A file descriptor of the folder.

    Raises:
        LeavesRootError: one of the folders is a link, or no folder.
        OSError: one of them is missing or cannot be opened.
    """
    current = file_calls().open_path(str(root), follow=True)
    try:
        for name in folders:
            if create:
                file_calls().make_folder(name, current)
            inner = _open_step(name, current)
            os.close(current)
            current = inner
        yield current
    finally:
        os.close(current)


def _open_step(name: str, parent: int) -> int:
    try:
        return file_calls().open_folder(name, parent)
    except OSError as error:
        # Linux says ENOTDIR for a link opened with O_DIRECTORY, other systems ELOOP or EMLINK.
        if error.errno in {errno.ENOTDIR, errno.ELOOP, errno.EMLINK}:
            raise LeavesRootError("symlink", f"{name} on the way to it is a link, or no folder") from error
        raise


def read_regular(path: str, file: str, *, folder: int | None = None) -> tuple[bytes, os.stat_result]:
    """The bytes of one regular file that did not change meanwhile, and its stat.

    Args:
        path: how to call it in messages.
        file: where it is: a name in `folder`, or a whole path without one.
        folder: an open folder.

    Raises:
        ReadRefusedError: with the reason.
    """
    try:
        handle = file_calls().open_to_read(file, folder)
    except OSError as error:
        raise refused_read(path, error) from error
    try:
        try:
            before = os.fstat(handle)
            _check_readable(path, before)
            data = _read_whole(handle, before.st_size)
            after = os.fstat(handle)
        finally:
            os.close(handle)  # some network file systems report a failed read only here
    except OSError as error:
        raise refused_read(path, error) from error
    if len(data) != before.st_size or (before.st_mtime_ns, before.st_size) != (after.st_mtime_ns, after.st_size):
        raise ReadRefusedError(path, "changed-while-reading", "another program was writing it at that moment")
    return data, after


def _check_readable(path: str, found: os.stat_result) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise ReadRefusedError(path, "not-regular", "it is not an ordinary file")
    if found.st_size > MAX_NOTE_BYTES:
        limit = MAX_NOTE_BYTES // 1024**2
        raise ReadRefusedError(path, "too-large", f"it has {found.st_size // 1024**2} MiB, more than {limit}")
    if getattr(found, "st_flags", 0) & _SF_DATALESS or getattr(found, "st_file_attributes", 0) & _RECALLED:
        raise ReadRefusedError(path, "not-downloaded", "its content is in the cloud and not on this computer")


def _read_whole(handle: int, size: int) -> bytes:
    """Up to one byte more than `size`, so that a file that grew shows."""
    data = os.read(handle, size + 1)
    while 0 < len(data) <= size and (more := os.read(handle, size + 1 - len(data))):
        data += more
    return data


def refused_read(path: str, error: OSError) -> ReadRefusedError:
    """The refusal that an error of the operating system amounts to."""
    if error.errno in {errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG}:
        return ReadRefusedError(path, "missing", "there is no such file")
    if error.errno in {errno.ELOOP, errno.EMLINK}:
        return ReadRefusedError(path, "symlink", "it is a link, and links are not followed")
    if error.errno in {errno.ENXIO, errno.EISDIR}:
        return ReadRefusedError(path, "not-regular", "it is not an ordinary file")
    return ReadRefusedError(path, "unreadable", error.strerror or "the operating system would not open it")
