"""A vault on the disk, and stand-ins for systems that the tests do not run on.

The stand-ins behave as Apple and Microsoft document their calls, on top of the system that is there.
"""

from __future__ import annotations

import ctypes
import errno
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from vaultrel.storage import atomic, filesystem, journal, opening, swapping
from vaultrel.storage.filesystem import FileSystemStore
from vaultrel.storage.system import file_calls
from vaultrel.storage.system.macos import MacCalls
from vaultrel.storage.system.windows import REPLACE_EXISTING, WindowsCalls

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from vaultrel.storage.swapping import Swapper
    from vaultrel.storage.system import FileCalls


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "Notes"
    folder.mkdir()
    return folder


@pytest.fixture
def store(root: Path) -> FileSystemStore:
    return FileSystemStore(root)


class FakeWindows:
    """The calls of Windows, each after the errors it was told to give first."""

    def __init__(self, *, replace_errors: tuple[int, ...] = (), move_errors: tuple[int, ...] = ()) -> None:
        self.replace_errors = list(replace_errors)
        self.move_errors = list(move_errors)

    def open_folder(self, path: str) -> int:
        return os.open(path, os.O_RDONLY | os.O_DIRECTORY)

    def folder_path(self, folder: int) -> str:
        return str(Path(f"/proc/self/fd/{folder}").readlink())

    def whole_path(self, path: str) -> str:
        return str(Path(path).absolute())

    def replace_file(self, replaced: str, replacement: str, backup: str) -> int:
        code = self.replace_errors.pop(0) if self.replace_errors else 0
        if code == 1177:
            Path(replaced).rename(backup)
        if code:
            return code
        try:
            found = os.stat(replaced)  # noqa: PTH116
            os.chown(replacement, found.st_uid, found.st_gid)
            os.chmod(replacement, found.st_mode)  # noqa: PTH101
            for key in os.listxattr(replaced):
                os.setxattr(replacement, key, os.getxattr(replaced, key))
            os.rename(replaced, backup)  # noqa: PTH104
        except OSError as error:
            return _windows_code(error)
        try:
            os.rename(replacement, replaced)  # noqa: PTH104
        except OSError:
            return 1177
        return 0

    def move_file(self, old: str, new: str, flags: int) -> int:
        if self.move_errors:
            return self.move_errors.pop(0)
        if not flags & REPLACE_EXISTING and Path(new).exists():
            return 183
        try:
            os.rename(old, new)  # noqa: PTH104
        except OSError as error:
            return _windows_code(error)
        return 0


def _windows_code(error: OSError) -> int:
    return {errno.ENOENT: 2, errno.EACCES: 5, errno.EPERM: 5, errno.ENOSPC: 112}.get(error.errno or 0, 31)


def fake_fcopyfile(source: int, target: int, _state: None, _flags: int) -> int:
    try:
        for key in os.listxattr(source):
            os.setxattr(target, key, os.getxattr(source, key))
    except OSError as error:
        ctypes.set_errno(error.errno or 0)
        return -1
    return 0


def on_this_system() -> tuple[FileCalls, Swapper]:
    return file_calls(), swapping.swappers()[0]


def with_links_only() -> tuple[FileCalls, Swapper]:
    return file_calls(), swapping.LinkSwapper()


def on_macos() -> tuple[FileCalls, Swapper]:
    return MacCalls(fake_fcopyfile, lambda _handle, _flags: 0, _full_sync), swapping.swappers()[0]


def _full_sync(handle: int) -> None:
    os.fsync(handle)


def on_windows() -> tuple[FileCalls, Swapper]:
    kernel = FakeWindows()
    return WindowsCalls(kernel, _do_not_sleep), swapping.ReplaceSwapper(kernel, _do_not_sleep)


def _do_not_sleep(_seconds: float) -> None:
    pass


SYSTEMS: Mapping[str, Callable[[], tuple[FileCalls, Swapper]]] = {
    "native": on_this_system,
    "links": with_links_only,
    "macos": on_macos,
    "windows": on_windows,
}


def use_system(patch: pytest.MonkeyPatch, calls: FileCalls, swapper: Swapper) -> None:
    """Let the store run on another system."""
    for module in (opening, filesystem, atomic, journal, swapping):
        patch.setattr(module, "file_calls", lambda: calls)
    patch.setattr(atomic, "swappers", lambda: (swapper,))


@pytest.fixture(params=SYSTEMS)
def swapper(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Swapper:
    """Every system, and every way to replace a note on it."""
    calls, way = SYSTEMS[request.param]()
    use_system(monkeypatch, calls, way)
    return way


@pytest.fixture
def fake_windows() -> type[FakeWindows]:
    return FakeWindows
