r"""Windows. It has run against fakes of its calls on Linux only; nobody has tried it on Windows yet.

Folders are held open by handles that forbid renaming them, and names in them are spelled with the folder's final
path, which begins with ``\\?\``: so paths may be longer than 260 characters, and nothing in a name is special.
"""

from __future__ import annotations

import contextlib
import errno
import ntpath
import os
import stat
import sys
import time
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from contextlib import AbstractContextManager

REPLACE_EXISTING = 0x1
WRITE_THROUGH = 0x8
"""Flags of ``MoveFileExW``; with the second it returns once the new name is on the disk."""

ACCESS_DENIED = 5
FILE_EXISTS = frozenset({80, 183})
MOVED_ASIDE = 1177
"""``ERROR_UNABLE_TO_MOVE_REPLACEMENT_2``: the replaced file stands under its backup name, and nothing in its place."""

HELD_OPEN = frozenset({32, 33, 1175, 1176, MOVED_ASIDE})
"""Sharing and lock violations, and what ``ReplaceFileW`` says when it could not remove or move a file."""

_PAUSES_SECONDS = (0.01, 0.02, 0.04, 0.08, 0.16, 0.32)
"""Virus scanners and indexers open every file just written, and let it go after a moment."""

_ERRNO = {
    1: errno.ENOSYS,
    2: errno.ENOENT,
    3: errno.ENOENT,
    ACCESS_DENIED: errno.EACCES,
    17: errno.EXDEV,
    19: errno.EROFS,
    50: errno.EOPNOTSUPP,
    112: errno.ENOSPC,
    120: errno.ENOSYS,
    **dict.fromkeys(FILE_EXISTS, errno.EEXIST),
    **dict.fromkeys(HELD_OPEN, errno.EBUSY),
}
_NAME_SURROGATE = 0x20000000
"""The bit of a reparse tag that says: this stands for another file or folder (links, junctions)."""
_FORBIDDEN = frozenset('\\/:*?"<>|')
_READ_FLAGS = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOINHERIT", 0)
_NEW_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOINHERIT", 0)


class Kernel(Protocol):
    """The calls of Windows that Python does not offer. Those that return a number return 0, or Windows' error."""

    def open_folder(self, path: str) -> int:
        """``CreateFileW`` on a folder, shared for reading and writing but not for renaming it, as a descriptor."""

    def folder_path(self, folder: int) -> str:
        """``GetFinalPathNameByHandleW``: where an open folder is."""

    def whole_path(self, path: str) -> str:
        """A path as `extend_path` spells it."""

    def replace_file(self, replaced: str, replacement: str, backup: str) -> int:
        """``ReplaceFileW``: keeps attributes, access control list, streams and creation time of the replaced file."""

    def move_file(self, old: str, new: str, flags: int) -> int:
        """``MoveFileExW``."""


class WindowsCalls:
    """A `vaultrel.storage.system.base.FileCalls` over paths inside folders that are held open.

    Windows has no way to open a file only if it is no link, so the name is looked at first and compared with what
    was opened. It has no permissions as POSIX knows them: ``ReplaceFileW`` keeps a note's own.
    """

    def __init__(self, kernel: Kernel, sleep: Callable[[float], None] = time.sleep) -> None:
        self._kernel = kernel
        self._sleep = sleep

    def open_path(self, path: str, *, follow: bool) -> int:
        """See `FileCalls`."""
        whole = self._kernel.whole_path(path)
        return self._kernel.open_folder(whole) if follow else self._open_unlinked_folder(whole)

    def open_folder(self, name: str, parent: int) -> int:
        """See `FileCalls`."""
        return self._open_unlinked_folder(self._inside(parent, name))

    def make_folder(self, name: str, parent: int) -> None:
        """See `FileCalls`."""
        with contextlib.suppress(FileExistsError):
            os.mkdir(self._inside(parent, name))  # noqa: PTH102 - a Path would take the prefix of long paths apart

    def open_to_read(self, file: str, folder: int | None) -> int:
        """See `FileCalls`."""
        path = self._kernel.whole_path(file) if folder is None else self._inside(folder, file)
        found = os.lstat(path)
        if _is_link(found):
            raise _os_error(errno.ELOOP, file)
        if not stat.S_ISREG(found.st_mode):
            raise _os_error(errno.EISDIR, file)
        return _same_file(os.open(path, _READ_FLAGS), found, errno.ELOOP)

    def create(self, name: str, folder: int) -> int:
        """See `FileCalls`."""
        return os.open(self._inside(folder, name), _NEW_FLAGS, 0o600)

    def stat(self, name: str, folder: int) -> os.stat_result:
        """See `FileCalls`."""
        return os.lstat(self._inside(folder, name))

    def entries(self, folder: int) -> AbstractContextManager[Iterator[os.DirEntry[str]]]:
        """See `FileCalls`."""
        return os.scandir(self._kernel.folder_path(folder))

    def looks(self, names: Iterable[str], folder: int) -> list[int]:
        """See `FileCalls`; listing the folder tells it of every name in it."""
        with self.entries(folder) as entries:
            told = {entry.name: entry for entry in entries}
        looks: list[int] = []
        for name in names:
            if name not in told:
                raise _os_error(errno.ENOENT, name)
            found = told[name].stat(follow_symlinks=False)
            looks += (found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino)
        return looks

    def tells_of_names(self, folder: int) -> bool:  # noqa: ARG002 - part of the protocol
        """Say no: names have been listed anyway by whoever looks at them."""
        return False

    def rename(self, old: str, new: str, folder: int) -> None:
        """See `FileCalls`."""
        paths = self._inside(folder, old), self._inside(folder, new)
        code = retry(lambda: self._kernel.move_file(*paths, REPLACE_EXISTING | WRITE_THROUGH), self._sleep)
        if code:
            raise windows_error(code, new)

    def unlink(self, name: str, folder: int) -> None:
        """See `FileCalls`."""
        os.unlink(self._inside(folder, name))  # noqa: PTH108 - a Path would take the prefix of long paths apart

    def sync(self, handle: int) -> None:
        """See `FileCalls`; Python's fsync is ``FlushFileBuffers`` there."""
        os.fsync(handle)

    def sync_folder(self, folder: int) -> None:
        """Do nothing: names are kept by the journal of NTFS, and `rename` writes them through."""

    def set_mode(self, handle: int, mode: int) -> None:
        """Do nothing: a new file has the access control list that its folder gives it."""

    def copy_attributes(self, folder: int, name: str, handle: int, planned: os.stat_result) -> None:
        """Do nothing: ``ReplaceFileW`` does it, or fails."""

    def is_open_for_writing(self, handle: int) -> bool | None:  # noqa: ARG002 - part of the protocol
        """Say nothing: there is no call for that."""
        return None

    def is_read_only(self, root: str) -> bool:  # noqa: ARG002 - part of the protocol
        """Say no: a disk that cannot be written says so at the first write."""
        return False

    def _inside(self, folder: int, name: str) -> str:
        if not _FORBIDDEN.isdisjoint(name):
            # A colon would name a stream of another file, a backslash a file elsewhere.
            raise _os_error(errno.EINVAL, name)
        return f"{self._kernel.folder_path(folder)}{os.sep}{name}"

    def _open_unlinked_folder(self, path: str) -> int:
        found = os.lstat(path)
        if _is_link(found) or not stat.S_ISDIR(found.st_mode):
            raise _os_error(errno.ENOTDIR, path)
        return _same_file(self._kernel.open_folder(path), found, errno.ENOTDIR)


def retry(call: Callable[[], int], sleep: Callable[[float], None]) -> int:
    """What a call of Windows returns at last, tried again for as long as another program may hold the file for."""
    for seconds in _PAUSES_SECONDS:
        code = call()
        if code not in HELD_OPEN and code != ACCESS_DENIED:
            return code
        sleep(seconds)
    return call()


def windows_error(code: int, name: str) -> OSError:
    """An error of Windows under the number that POSIX gives its cause."""
    number = _ERRNO.get(code, errno.EIO)
    return OSError(number, f"{os.strerror(number)} (Windows error {code})", name)


def extend_path(path: str) -> str:
    r"""An absolute path of Windows with the prefix under which it may be longer than 260 characters.

    Microsoft, Maximum Path Length Limitation: ``\\?\C:\Notes``, and ``\\?\UNC\server\share`` for a network folder.
    """
    if path.startswith("\\\\?\\"):
        return path
    normal = ntpath.normpath(path)
    return f"\\\\?\\UNC{normal[1:]}" if normal.startswith("\\\\") else f"\\\\?\\{normal}"


def _same_file(handle: int, found: os.stat_result, otherwise: int) -> int:
    """The handle, if it is open on the file that was looked at before; else it is closed."""
    opened = os.fstat(handle)
    if (opened.st_dev, opened.st_ino) != (found.st_dev, found.st_ino):
        os.close(handle)
        raise _os_error(otherwise, "")
    return handle


def _is_link(found: os.stat_result) -> bool:
    return stat.S_ISLNK(found.st_mode) or bool(getattr(found, "st_reparse_tag", 0) & _NAME_SURROGATE)


def _os_error(number: int, name: str) -> OSError:
    return OSError(number, os.strerror(number), name)


if sys.platform == "win32":
    import ctypes
    import functools
    import msvcrt
    from ctypes import wintypes

    _GENERIC_READ = 0x80000000
    _SHARE_READ_AND_WRITE = 0x1 | 0x2
    _OPEN_EXISTING = 3
    _BACKUP_SEMANTICS = 0x02000000
    _LONGEST_PATH = 32_768

    class _Kernel32:
        """The `Kernel` of the Windows we run on."""

        def __init__(self) -> None:
            library = ctypes.WinDLL("kernel32", use_last_error=True)
            self._create = library.CreateFileW
            self._create.argtypes = (
                *(wintypes.LPCWSTR, wintypes.DWORD, wintypes.DWORD, wintypes.LPVOID),
                *(wintypes.DWORD, wintypes.DWORD, wintypes.HANDLE),
            )
            self._create.restype = wintypes.HANDLE
            self._close = library.CloseHandle
            self._close.argtypes = (wintypes.HANDLE,)
            self._final_path = library.GetFinalPathNameByHandleW
            self._final_path.argtypes = (wintypes.HANDLE, wintypes.LPWSTR, wintypes.DWORD, wintypes.DWORD)
            self._final_path.restype = wintypes.DWORD
            self._replace = library.ReplaceFileW
            self._replace.argtypes = (
                *(wintypes.LPCWSTR, wintypes.LPCWSTR, wintypes.LPCWSTR),
                *(wintypes.DWORD, wintypes.LPVOID, wintypes.LPVOID),
            )
            self._replace.restype = wintypes.BOOL
            self._move = library.MoveFileExW
            self._move.argtypes = (wintypes.LPCWSTR, wintypes.LPCWSTR, wintypes.DWORD)
            self._move.restype = wintypes.BOOL

        def open_folder(self, path: str) -> int:
            """See `Kernel`."""
            handle = self._create(
                path, _GENERIC_READ, _SHARE_READ_AND_WRITE, None, _OPEN_EXISTING, _BACKUP_SEMANTICS, None
            )
            if handle is None or handle == wintypes.HANDLE(-1).value:
                raise windows_error(ctypes.get_last_error(), path)
            try:
                folder = msvcrt.open_osfhandle(handle, os.O_RDONLY)
            except OSError:
                self._close(handle)
                raise
            if not stat.S_ISDIR(os.fstat(folder).st_mode):
                os.close(folder)
                raise _os_error(errno.ENOTDIR, path)
            return folder

        def folder_path(self, folder: int) -> str:
            """See `Kernel`."""
            path = ctypes.create_unicode_buffer(_LONGEST_PATH)
            length = self._final_path(msvcrt.get_osfhandle(folder), path, _LONGEST_PATH, 0)
            if not 0 < length < _LONGEST_PATH:
                raise windows_error(ctypes.get_last_error(), "")
            return path.value

        def whole_path(self, path: str) -> str:
            """See `Kernel`."""
            return extend_path(os.path.abspath(path))  # noqa: PTH100 - asks Windows itself, which may need to know

        def replace_file(self, replaced: str, replacement: str, backup: str) -> int:
            """See `Kernel`."""
            done = self._replace(replaced, replacement, backup, 0, None, None)
            return 0 if done else ctypes.get_last_error()

        def move_file(self, old: str, new: str, flags: int) -> int:
            """See `Kernel`."""
            return 0 if self._move(old, new, flags) else ctypes.get_last_error()

    @functools.cache
    def kernel() -> Kernel:
        """The calls of the Windows we run on."""
        return _Kernel32()
