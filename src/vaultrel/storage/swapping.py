"""The ways to put a new file in a note's place without losing what stood there, one class each, in one list."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import functools
import os
import sys
import time
from typing import TYPE_CHECKING, Protocol

from vaultrel.storage.naming import temp_name
from vaultrel.storage.system import file_calls
from vaultrel.storage.system.windows import FILE_EXISTS, MOVED_ASIDE, WRITE_THROUGH, retry, windows_error

if TYPE_CHECKING:
    from collections.abc import Callable

    from vaultrel.storage.system.windows import Kernel

_UNSUPPORTED = frozenset({errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP, errno.ENOTSUP, errno.EXDEV})
"""Not here: an old system, a file system without it, or a note that is a mount of its own."""


class SwapUnsupportedError(Exception):
    """This swapper does not work on this file system."""


class Swapper(Protocol):
    """One way to put a file in a note's place without losing what stood there.

    To add one for another system, write a class with this method and put it into `swappers`.
    """

    def swap(self, folder: int, temp: str, name: str) -> str:
        """Make `name` the file that was `temp`.

        Args:
            folder: the open folder that holds both.
            temp: name of the new file.
            name: name of the file in whose place it is put.

        Returns:
            The name under which the file that was `name` now stands.

        Raises:
            SwapUnsupportedError: it cannot be done here; nothing has changed.
            OSError: it failed; nothing has changed.
        """


class ExchangeSwapper:
    """One step in which two files exchange their names, so that `name` exists at every moment.

    Linux: ``renameat2`` with ``RENAME_EXCHANGE``. macOS: ``renameatx_np`` with ``RENAME_SWAP``, which APFS knows and
    which has run against a fake only.

    Args:
        rename: the system's call; returns 0, or sets errno.
    """

    _EXCHANGE = 2
    """The flag has the same number on both."""

    def __init__(self, rename: Callable[..., int]) -> None:
        self._rename = rename

    def swap(self, folder: int, temp: str, name: str) -> str:
        """See `Swapper`."""
        if self._rename(folder, os.fsencode(temp), folder, os.fsencode(name), self._EXCHANGE) == 0:
            return temp
        code = ctypes.get_errno()
        if code in _UNSUPPORTED:
            raise SwapUnsupportedError
        raise OSError(code, os.strerror(code), name)


class LinkSwapper:
    """Anywhere with hard links: a second name guards the old file while a rename puts the new one in place.

    `name` exists at every moment. Two steps, not one: a program that replaces the note by a rename of its own in the
    microseconds between them is not noticed. Writers that keep the file open are, as with an exchange.
    """

    def swap(self, folder: int, temp: str, name: str) -> str:
        """See `Swapper`."""
        guard = temp_name(name)
        try:
            os.link(name, guard, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False)
        except OSError as error:
            if error.errno in _UNSUPPORTED | {errno.EPERM, errno.EMLINK}:
                raise SwapUnsupportedError from error
            raise
        try:
            os.rename(temp, name, src_dir_fd=folder, dst_dir_fd=folder)
        except OSError:
            # A network folder may call a rename failed that it made: then the guard is all there is of the old file.
            with contextlib.suppress(OSError):
                named, guarded = (os.stat(file, dir_fd=folder, follow_symlinks=False) for file in (name, guard))
                if os.path.samestat(named, guarded):
                    os.unlink(guard, dir_fd=folder)
            raise
        return guard


class ReplaceSwapper:
    """Windows: ``ReplaceFileW``, which keeps the old file under a backup name. It has run against a fake only.

    Two renames inside Windows: a kill between them, or a failure that cannot be mended, leaves the old file under the
    backup name and nothing in its place; the next run reports it as a left-over. A program that holds the note open, as
    virus scanners do for a moment, is waited for.

    Args:
        kernel: the calls of Windows.
        sleep: waits for seconds.
    """

    def __init__(self, kernel: Kernel, sleep: Callable[[float], None] = time.sleep) -> None:
        self._kernel = kernel
        self._sleep = sleep

    def swap(self, folder: int, temp: str, name: str) -> str:
        """See `Swapper`."""
        where, aside = self._kernel.folder_path(folder), temp_name(name)
        replaced, replacement, backup = (f"{where}{os.sep}{part}" for part in (name, temp, aside))
        code = retry(lambda: self._replace(replaced, replacement, backup), self._sleep)
        if code == 0:
            return aside
        error = windows_error(code, name)
        if error.errno in _UNSUPPORTED:
            raise SwapUnsupportedError from error
        raise error

    def _replace(self, replaced: str, replacement: str, backup: str) -> int:
        code = self._kernel.replace_file(replaced, replacement, backup)
        if code == MOVED_ASIDE:
            # Back to its place, but never over a file that somebody has put there meanwhile. Then this is the end: to
            # try again would put that file under the backup name, over the only copy of what stands there.
            given_back = retry(lambda: self._kernel.move_file(backup, replaced, WRITE_THROUGH), self._sleep)
            if given_back in FILE_EXISTS:
                raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), replaced)
            if given_back:
                raise windows_error(given_back, replaced)
        return code


@functools.cache
def swappers() -> tuple[Swapper, ...]:
    """Every way to replace a note on this system, the safest first."""
    if sys.platform == "win32":
        from vaultrel.storage.system.windows import kernel  # noqa: PLC0415 - it exists on that system only

        return (ReplaceSwapper(kernel()),)
    else:  # noqa: RET505 - a type checker follows one branch for each system
        rename = _flagged_rename()
        return (LinkSwapper(),) if rename is None else (ExchangeSwapper(rename), LinkSwapper())


def place_new(old: str, new: str, folder: int) -> None:
    """Give a file a name that no file in its folder has.

    Where the system has no one step for that, a file that gets the name within the microseconds between a look and the
    renaming is replaced.

    Raises:
        FileExistsError: a file has that name.
        OSError: it failed; nothing has changed.
    """
    rename, flag = _flagged_rename(), {"linux": 1, "darwin": 4}.get(sys.platform, 0)
    if rename is not None:
        if rename(folder, os.fsencode(old), folder, os.fsencode(new), flag) == 0:
            return
        code = ctypes.get_errno()
        if code not in _UNSUPPORTED:
            raise OSError(code, os.strerror(code), new)
    try:
        file_calls().stat(new, folder)
    except FileNotFoundError:
        file_calls().rename(old, new, folder)
    else:
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), new)


@functools.cache
def _flagged_rename() -> Callable[..., int] | None:
    """``renameat2``, or what macOS has in its place; None where there is neither."""
    call = {"linux": "renameat2", "darwin": "renameatx_np"}.get(sys.platform)
    rename = getattr(ctypes.CDLL(None, use_errno=True), call, None) if call else None
    if rename is not None:
        rename.argtypes = (ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_uint)
    return rename
