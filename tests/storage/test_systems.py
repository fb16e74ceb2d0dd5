"""What macOS and Windows may answer, and what becomes of the note then. They are played by stand-ins."""

from __future__ import annotations

import ctypes
import errno
import os
import stat
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from vaultrel.errors import NoteChangedError, StorageFailedError, WriteRefusedError
from vaultrel.storage import opening, swapping
from vaultrel.storage.base import ReadRefusedError
from vaultrel.storage.system import file_calls
from vaultrel.storage.system.macos import MacCalls
from vaultrel.storage.system.windows import WindowsCalls, extend_path

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from vaultrel.storage.filesystem import FileSystemStore
    from vaultrel.storage.system import FileCalls

OLD = b"---\ntype: person\n---\nold\n"
NEW = b"---\ntype: person\nrel_strength: 61\n---\nold\n"


@pytest.fixture
def ann(root: Path) -> Path:
    file = root / "Ann.md"
    file.write_bytes(OLD)
    return file


@pytest.fixture
def use(monkeypatch: pytest.MonkeyPatch) -> Callable[[FileCalls, swapping.Swapper], None]:
    """Let the store run on a system."""

    def use_calls(calls: FileCalls, swapper: swapping.Swapper) -> None:
        for module in ("opening", "filesystem", "atomic", "journal"):
            monkeypatch.setattr(f"vaultrel.storage.{module}.file_calls", lambda: calls)
        monkeypatch.setattr("vaultrel.storage.atomic.swappers", lambda: (swapper, swapping.LinkSwapper()))

    return use_calls


@pytest.fixture
def windows(use: Any, fake_windows: Any) -> Any:
    """A Windows without another way to replace a file, its stand-in, and how long it was waited for."""
    slept: list[float] = []
    kernel = fake_windows()
    use(WindowsCalls(kernel, slept.append), swapping.ReplaceSwapper(kernel, slept.append))
    return SimpleNamespace(kernel=kernel, slept=slept)


def names(root: Path) -> list[str]:
    return sorted(file.name for file in root.iterdir())


# -- macOS ---------------------------------------------------------------------------------------------------


def exchange_that_fails(code: int) -> swapping.ExchangeSwapper:
    def rename(*_args: object) -> int:
        ctypes.set_errno(code)
        return -1

    return swapping.ExchangeSwapper(rename)


@pytest.mark.parametrize("code", [errno.ENOTSUP, errno.EXDEV, errno.EINVAL, errno.ENOSYS])
def test_where_two_files_cannot_be_exchanged_links_guard_the_old_one(
    store: FileSystemStore, root: Path, ann: Path, use: Any, code: int
) -> None:
    use(file_calls(), exchange_that_fails(code))
    store.replace("Ann.md", OLD, NEW)
    store.settle()
    assert ann.read_bytes() == NEW
    assert names(root) == ["Ann.md"]


def test_a_note_that_is_a_mount_of_its_own_is_left_alone(
    store: FileSystemStore, root: Path, ann: Path, use: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def link(*_args: object, **_more: object) -> None:
        raise OSError(errno.EXDEV, "another device")

    use(file_calls(), exchange_that_fails(errno.EXDEV))
    monkeypatch.setattr(os, "link", link)
    with pytest.raises(WriteRefusedError) as refused:
        store.replace("Ann.md", OLD, NEW)
    assert refused.value.code == "no-safe-replace"
    assert names(root) == ["Ann.md"]


def mac(**calls: Any) -> MacCalls:
    sound: dict[str, Any] = {
        "fcopyfile": lambda *_: 0,
        "fchflags": lambda *_: 0,
        "full_sync": os.fsync,
    }
    return MacCalls(**{**sound, **calls})


def failing(code: int) -> Callable[..., int]:
    def call(*_args: object) -> int:
        ctypes.set_errno(code)
        return -1

    return call


@pytest.mark.parametrize(("code", "kept"), [(errno.EACCES, True), (errno.EIO, True), (errno.ENOTSUP, False)])
def test_a_mac_note_is_left_alone_when_its_attributes_cannot_be_copied(
    store: FileSystemStore, root: Path, ann: Path, use: Any, code: int, *, kept: bool
) -> None:
    use(mac(fcopyfile=failing(code)), swapping.swappers()[0])
    if kept:
        with pytest.raises(WriteRefusedError) as refused:
            store.replace("Ann.md", OLD, NEW)
        assert refused.value.code == "attributes-not-kept"
        assert names(root) == ["Ann.md"]
    else:
        store.replace("Ann.md", OLD, NEW)
    assert ann.read_bytes() == (OLD if kept else NEW)


def test_a_hidden_mac_note_stays_hidden_and_no_flag_of_the_system_is_set() -> None:
    given: list[int] = []

    def fchflags(_handle: int, flags: int) -> int:
        given.append(flags)
        return 0

    calls = mac(fchflags=fchflags)
    compressed, hidden = stat.UF_COMPRESSED, stat.UF_HIDDEN
    calls.copy_extended(0, 1, SimpleNamespace(st_flags=compressed | hidden))  # type: ignore[arg-type]
    assert given == [hidden]


@pytest.mark.parametrize(("code", "falls_back"), [(errno.ENOTSUP, True), (errno.EINVAL, True), (errno.EIO, False)])
def test_a_disk_without_the_full_sync_of_macos_gets_the_plain_one_and_a_failing_disk_is_an_error(
    store: FileSystemStore, ann: Path, use: Any, code: int, *, falls_back: bool
) -> None:
    def full_sync(_handle: int) -> None:
        raise OSError(code, os.strerror(code))

    use(mac(full_sync=full_sync), swapping.swappers()[0])
    if falls_back:
        store.replace("Ann.md", OLD, NEW)
    else:
        with pytest.raises(StorageFailedError):
            store.replace("Ann.md", OLD, NEW)
    assert ann.read_bytes() == (NEW if falls_back else OLD)


def test_every_sync_of_a_mac_reaches_the_disk(store: FileSystemStore, ann: Path, use: Any) -> None:
    synced: list[bool] = []
    use(mac(full_sync=lambda handle: synced.append(stat.S_ISDIR(os.fstat(handle).st_mode))), swapping.swappers()[0])
    store.replace("Ann.md", OLD, NEW)
    assert synced == [False, True]


@pytest.mark.parametrize(
    ("attribute", "value"), [("st_flags", 0x40000000), ("st_file_attributes", 0x400000), ("st_file_attributes", 0x1000)]
)
def test_a_note_whose_content_is_in_the_cloud_is_not_fetched(attribute: str, value: int) -> None:
    found = SimpleNamespace(st_mode=stat.S_IFREG, st_size=3, **{attribute: value})
    with pytest.raises(ReadRefusedError) as refused:
        opening._check_readable("Ann.md", found)  # type: ignore[arg-type]
    assert refused.value.code == "not-downloaded"


# -- Windows -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", [5, 32, 33, 1175, 1176])
def test_a_program_that_holds_a_note_for_a_moment_is_waited_for(
    store: FileSystemStore, root: Path, ann: Path, windows: Any, code: int
) -> None:
    windows.kernel.replace_errors = [code] * 3
    store.replace("Ann.md", OLD, NEW)
    store.settle()
    assert ann.read_bytes() == NEW
    assert names(root) == ["Ann.md"]
    assert len(windows.slept) == 3
    assert sum(windows.slept) < 0.1


@pytest.mark.parametrize(("code", "refusal"), [(32, "in-use"), (1175, "in-use"), (1176, "in-use"), (5, "read-only")])
def test_a_note_that_stays_held_is_left_alone(
    store: FileSystemStore, root: Path, ann: Path, windows: Any, code: int, refusal: str
) -> None:
    windows.kernel.replace_errors = [code] * 100
    with pytest.raises(WriteRefusedError) as refused:
        store.replace("Ann.md", OLD, NEW)
    assert refused.value.code == refusal
    assert ann.read_bytes() == OLD
    assert names(root) == ["Ann.md"]
    assert sum(windows.slept) < 1.0


def test_a_note_that_windows_left_under_its_backup_name_gets_its_place_back(
    store: FileSystemStore, root: Path, ann: Path, windows: Any
) -> None:
    windows.kernel.replace_errors = [1177] * 100
    with pytest.raises(WriteRefusedError) as refused:
        store.replace("Ann.md", OLD, NEW)
    assert refused.value.code == "in-use"
    assert ann.read_bytes() == OLD
    assert names(root) == ["Ann.md"]


def test_a_file_that_took_the_place_of_a_note_moved_aside_costs_neither(
    store: FileSystemStore, root: Path, ann: Path, windows: Any
) -> None:
    theirs = b"a sync program was quicker"

    def move_file(_backup: str, new: str, _flags: int) -> int:
        with open(new, "xb") as file:  # noqa: PTH123
            file.write(theirs)
        return 183

    windows.kernel.move_file = move_file
    windows.kernel.replace_errors = [1177]
    with pytest.raises(NoteChangedError):
        store.replace("Ann.md", OLD, NEW)
    assert ann.read_bytes() == theirs
    assert {file.read_bytes() for file in root.iterdir()} == {theirs, OLD}


def test_a_feed_that_a_calendar_is_reading_is_waited_for(store: FileSystemStore, root: Path, windows: Any) -> None:
    store.write_generated("vaultrel/feed.ics", OLD)
    windows.kernel.move_errors = [32, 32]
    assert store.write_generated("vaultrel/feed.ics", NEW)
    assert (root / "vaultrel/feed.ics").read_bytes() == NEW
    windows.kernel.move_errors = [32] * 100
    with pytest.raises(WriteRefusedError):
        store.write_generated("vaultrel/feed.ics", OLD)
    assert (root / "vaultrel/feed.ics").read_bytes() == NEW
    assert names(root / "vaultrel") == ["feed.ics"]


@pytest.mark.parametrize("code", [1, 50, 120])
def test_a_disk_on_which_windows_cannot_replace_files_is_refused(
    store: FileSystemStore, ann: Path, windows: Any, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    only = swapping.ReplaceSwapper(windows.kernel, windows.slept.append)
    monkeypatch.setattr("vaultrel.storage.atomic.swappers", lambda: (only,))
    windows.kernel.replace_errors = [code]
    with pytest.raises(WriteRefusedError) as refused:
        store.replace("Ann.md", OLD, NEW)
    assert refused.value.code == "no-safe-replace"
    assert ann.read_bytes() == OLD


@pytest.mark.parametrize("name", ["Ann.md:stream", "..\\Ann.md", "C:Ann.md", "Ann?.md"])
def test_a_name_that_means_something_else_to_windows_is_never_opened(
    store: FileSystemStore, root: Path, windows: Any, name: str
) -> None:
    (root / name).write_bytes(OLD)
    with pytest.raises(ReadRefusedError):
        store.read(name)
    with pytest.raises((WriteRefusedError, StorageFailedError)):
        store.replace(name, OLD, NEW)
    assert (root / name).read_bytes() == OLD


def test_links_are_not_followed_where_files_are_opened_by_path(
    store: FileSystemStore, root: Path, tmp_path: Path, windows: Any
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.md").write_bytes(b"secret")
    (root / "link.md").symlink_to(outside / "secret.md")
    (root / "folder").symlink_to(outside)
    for path in ("link.md", "folder/secret.md"):
        with pytest.raises(ReadRefusedError) as refused:
            store.read(path)
        assert refused.value.code == "symlink"


def test_a_file_exchanged_for_another_while_it_is_opened_is_not_read(
    store: FileSystemStore, root: Path, ann: Path, windows: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    real_open = os.open

    def open_another(path: str, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
        if str(path).endswith("Ann.md"):
            ann.unlink()
            ann.symlink_to(root / "secret.md")
        return real_open(path, flags, mode, dir_fd=dir_fd)

    (root / "secret.md").write_bytes(b"secret")
    monkeypatch.setattr(os, "open", open_another)
    with pytest.raises(ReadRefusedError) as refused:
        store.read("Ann.md")
    assert refused.value.code == "symlink"


@pytest.mark.parametrize(
    ("path", "extended"),
    [
        ("C:\\Notes\\Ann.md", "\\\\?\\C:\\Notes\\Ann.md"),
        ("C:/Notes/People/Ann.md", "\\\\?\\C:\\Notes\\People\\Ann.md"),
        ("\\\\server\\share\\Notes", "\\\\?\\UNC\\server\\share\\Notes"),
        ("\\\\?\\C:\\Notes", "\\\\?\\C:\\Notes"),
    ],
)
def test_paths_of_windows_may_be_longer_than_260_characters(path: str, extended: str) -> None:
    assert extend_path(path) == extended
