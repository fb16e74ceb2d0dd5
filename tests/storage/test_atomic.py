"""Replacing a note: nothing of it is lost, whatever else happens to it."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import mmap
import os
import re
import stat
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, Never, TypeAlias

import pytest

from vaultrel.errors import NoteChangedError, StorageFailedError, VaultrelError, WriteRefusedError
from vaultrel.storage import atomic, naming, swapping
from vaultrel.storage.filesystem import FileSystemStore
from vaultrel.storage.system import file_calls

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

OLD = b"---\nborn: 0123\n---\nold\n"
NEW = b"---\nborn: 0123\nrel_strength: 61\n---\nold\n"
THEIRS = b"---\nborn: 0123\n---\nold, and what its owner typed at the last moment\n"


@pytest.fixture
def ann(root: Path) -> Path:
    file = root / "Ann.md"
    file.write_bytes(OLD)
    return file


def names(root: Path) -> list[str]:
    return sorted(file.name for file in root.iterdir())


def everything(_path: str) -> str | None:
    return None


# -- what stays ----------------------------------------------------------------------------------------------


def test_mode_and_owner_stay(store: FileSystemStore, ann: Path, swapper: swapping.Swapper) -> None:
    ann.chmod(0o640)
    if os.geteuid() == 0:
        os.chown(ann, 1234, 4321)
    before = ann.stat()
    store.replace("Ann.md", OLD, NEW)
    after = ann.stat()
    assert (after.st_mode, after.st_uid, after.st_gid) == (before.st_mode, before.st_uid, before.st_gid)
    assert after.st_ino != before.st_ino


def test_extended_attributes_stay(store: FileSystemStore, ann: Path, swapper: swapping.Swapper) -> None:
    try:
        os.setxattr(ann, "user.colour", b"green")
    except OSError:
        pytest.skip("this file system keeps no extended attributes")
    store.replace("Ann.md", OLD, NEW)
    assert os.getxattr(ann, "user.colour") == b"green"


def test_an_edit_is_a_modification_that_other_programs_notice(
    store: FileSystemStore, ann: Path, swapper: swapping.Swapper
) -> None:
    os.utime(ann, (1, 1))
    store.replace("Ann.md", OLD, NEW)
    assert ann.stat().st_mtime > 1_000_000_000


def test_a_note_with_the_longest_possible_name_is_replaced_and_tidied_up(
    store: FileSystemStore, root: Path, swapper: swapping.Swapper
) -> None:
    name = "é" * 126 + ".md"
    (root / name).write_bytes(OLD)
    store.replace(name, OLD, NEW)
    store.settle()
    assert names(root) == [name]
    assert (root / name).read_bytes() == NEW


def test_the_previous_file_stays_at_hand_hidden_until_the_batch_is_settled(
    store: FileSystemStore, root: Path, ann: Path, swapper: swapping.Swapper
) -> None:
    store.replace("Ann.md", OLD, NEW)
    hidden, shown = names(root)
    assert shown == "Ann.md"
    assert re.fullmatch(r"\.~Ann\.md\.vaultrel-[0-9a-f]{8}\.tmp", hidden)
    assert (root / hidden).read_bytes() == OLD
    store.settle()
    assert names(root) == ["Ann.md"]


# -- what is refused -----------------------------------------------------------------------------------------


def test_a_hard_linked_note_is_refused_and_its_names_stay_together(
    store: FileSystemStore, root: Path, ann: Path, swapper: swapping.Swapper
) -> None:
    os.link(ann, root / "Twin.md")
    with pytest.raises(WriteRefusedError) as refused:
        store.replace("Ann.md", OLD, NEW)
    assert refused.value.code == "hard-linked"
    assert ann.stat().st_ino == (root / "Twin.md").stat().st_ino
    assert names(root) == ["Ann.md", "Twin.md"]


@pytest.mark.parametrize("mode", [0o444, 0o400, 0o466])
def test_a_read_only_note_is_refused_and_keeps_its_times_even_as_root(
    store: FileSystemStore, root: Path, ann: Path, mode: int
) -> None:
    ann.chmod(mode)
    before = ann.stat()
    with pytest.raises(WriteRefusedError) as refused:
        store.replace("Ann.md", OLD, NEW)
    after = ann.stat()
    assert refused.value.code == "read-only"
    assert (after.st_mtime_ns, after.st_ctime_ns, after.st_mode) == (
        before.st_mtime_ns,
        before.st_ctime_ns,
        before.st_mode,
    )
    assert names(root) == ["Ann.md"]


@pytest.mark.parametrize("denied", [errno.EACCES, errno.EPERM, errno.EROFS])
def test_a_folder_that_may_not_be_written_makes_its_notes_read_only(
    store: FileSystemStore, root: Path, ann: Path, monkeypatch: pytest.MonkeyPatch, denied: int
) -> None:
    real_open = os.open

    def open_to_read(path: str, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
        if flags & os.O_CREAT:
            raise OSError(denied, os.strerror(denied))
        return real_open(path, flags, mode, dir_fd=dir_fd)

    monkeypatch.setattr(os, "open", open_to_read)
    with pytest.raises(WriteRefusedError) as refused:
        store.replace("Ann.md", OLD, NEW)
    assert refused.value.code == "read-only"


def test_a_note_of_another_user_is_refused_rather_than_taken_over(
    store: FileSystemStore, root: Path, ann: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_args: object) -> None:
        raise PermissionError(errno.EPERM, "not yours")

    monkeypatch.setattr(os, "fchown", refuse)
    real_fstat = os.fstat
    monkeypatch.setattr(os, "fstat", lambda handle: _owned_by_another(real_fstat(handle)))
    with pytest.raises(WriteRefusedError) as refused:
        store.replace("Ann.md", OLD, NEW)
    assert refused.value.code == "attributes-not-kept"
    assert names(root) == ["Ann.md"]


def _owned_by_another(found: os.stat_result) -> os.stat_result:
    """The stat of a new file, which is empty, with another owner."""
    if found.st_size == len(OLD):
        return found
    values = list(found)
    values[stat.ST_UID] += 1
    return os.stat_result(values)


def test_a_file_system_that_can_neither_exchange_nor_link_is_refused(
    store: FileSystemStore, root: Path, ann: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Unsupported:
        def swap(self, folder: int, temp: str, name: str) -> str:
            raise swapping.SwapUnsupportedError

    def no_links(*_args: object, **_more: object) -> None:
        raise OSError(errno.EPERM, "no links here")

    monkeypatch.setattr(atomic, "swappers", lambda: (Unsupported(), swapping.LinkSwapper()))
    monkeypatch.setattr(os, "link", no_links)
    with pytest.raises(WriteRefusedError) as refused:
        store.replace("Ann.md", OLD, NEW)
    assert refused.value.code == "no-safe-replace"
    assert names(root) == ["Ann.md"]
    assert ann.read_bytes() == OLD


def test_without_an_exchange_links_guard_the_old_file(
    store: FileSystemStore, root: Path, ann: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = iter([errno.EINVAL])

    def renameat2(*_args: object) -> int:
        ctypes.set_errno(next(answers))
        return -1

    monkeypatch.setattr(atomic, "swappers", lambda: (swapping.ExchangeSwapper(renameat2), swapping.LinkSwapper()))
    store.replace("Ann.md", OLD, NEW)
    store.settle()
    assert ann.read_bytes() == NEW
    assert names(root) == ["Ann.md"]
    assert next(answers, None) is None


# -- somebody else is saving it ------------------------------------------------------------------------------


def save_in_place(file: Path, data: bytes) -> None:
    file.write_bytes(data)


def save_by_rename(file: Path, data: bytes) -> None:
    fresh = file.with_name("their own temp")
    fresh.write_bytes(data)
    fresh.replace(file)


Save: TypeAlias = "Callable[[Path, bytes], None]"
SAVES: Mapping[str, Save] = {"in place": save_in_place, "by rename": save_by_rename}


class SaveAround:
    """A swapper during which its user's editor saves, before or after the swap, each time it is called."""

    def __init__(
        self,
        inner: swapping.Swapper,
        before: Iterable[Callable[[], None]] = (),
        after: Iterable[Callable[[], None]] = (),
    ) -> None:
        self._inner = inner
        self._before = list(before)
        self._after = list(after)

    def swap(self, folder: int, temp: str, name: str) -> str:
        if self._before:
            self._before.pop(0)()
        aside = self._inner.swap(folder, temp, name)
        if self._after:
            self._after.pop(0)()
        return aside


@pytest.mark.parametrize("save", SAVES.values(), ids=SAVES)
def test_a_save_just_before_the_swap_is_put_back(
    store: FileSystemStore, root: Path, ann: Path, monkeypatch: pytest.MonkeyPatch, save: Save
) -> None:
    swap = SaveAround(swapping.swappers()[0], before=[lambda: save(ann, THEIRS)])
    monkeypatch.setattr(atomic, "swappers", lambda: (swap,))
    with pytest.raises(NoteChangedError):
        store.replace("Ann.md", OLD, NEW)
    assert ann.read_bytes() == THEIRS
    assert store.settle() == ()
    assert ann.read_bytes() == THEIRS
    assert names(root) == ["Ann.md"]


def test_permissions_changed_while_we_prepare_are_not_undone(
    store: FileSystemStore, root: Path, ann: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real_fsync = os.fsync

    def fsync(handle: int) -> None:
        ann.chmod(0o600)
        real_fsync(handle)

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(NoteChangedError):
        store.replace("Ann.md", OLD, NEW)
    assert stat.S_IMODE(ann.stat().st_mode) == 0o600
    assert names(root) == ["Ann.md"]


def test_a_save_before_the_guard_is_put_back_where_nothing_can_be_exchanged(
    store: FileSystemStore, root: Path, ann: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    swap = SaveAround(swapping.LinkSwapper(), before=[lambda: save_by_rename(ann, THEIRS)])
    monkeypatch.setattr(atomic, "swappers", lambda: (swap,))
    with pytest.raises(NoteChangedError):
        store.replace("Ann.md", OLD, NEW)
    store.settle()
    assert ann.read_bytes() == THEIRS
    assert names(root) == ["Ann.md"]


@pytest.mark.parametrize("save", SAVES.values(), ids=SAVES)
def test_a_save_after_the_swap_stands(
    store: FileSystemStore, root: Path, ann: Path, monkeypatch: pytest.MonkeyPatch, save: Save
) -> None:
    swap = SaveAround(swapping.swappers()[0], after=[lambda: save(ann, THEIRS)])
    monkeypatch.setattr(atomic, "swappers", lambda: (swap,))
    store.replace("Ann.md", OLD, NEW)
    assert store.settle() == ()
    assert ann.read_bytes() == THEIRS
    assert names(root) == ["Ann.md"]


@pytest.mark.parametrize("moment", ["at once", "while putting back"])
def test_two_saves_around_the_swap_are_both_kept(
    store: FileSystemStore,
    root: Path,
    ann: Path,
    monkeypatch: pytest.MonkeyPatch,
    swapper: swapping.Swapper,
    moment: str,
) -> None:
    newest = THEIRS + b"and more\n"
    inner = swapper
    first, second = (lambda: save_by_rename(ann, THEIRS)), (lambda: save_by_rename(ann, newest))
    if moment == "at once":
        swap = SaveAround(inner, before=[first], after=[second])
    else:
        swap = SaveAround(inner, before=[first, second])
    monkeypatch.setattr(atomic, "swappers", lambda: (swap,))
    with pytest.raises(NoteChangedError):
        store.replace("Ann.md", OLD, NEW)
    (told,) = store.settle()
    assert told.code == "rescued"
    assert ann.read_bytes() == newest
    note, rescued = names(root)
    assert note == "Ann.md"
    assert re.fullmatch(r"Ann\.md\.vaultrel-rescued-[0-9]{8}T[0-9]{6}Z-[0-9a-f]{4}", rescued)
    assert rescued in told.message
    assert (root / rescued).read_bytes() == THEIRS


def test_a_program_that_had_the_note_open_gets_its_version_back(
    store: FileSystemStore, root: Path, ann: Path, swapper: swapping.Swapper
) -> None:
    with ann.open("r+b") as editor:
        store.replace("Ann.md", OLD, NEW)
        editor.write(THEIRS)
    (told,) = store.settle()
    assert (told.path, told.code) == ("Ann.md", "write-undone")
    assert ann.read_bytes() == THEIRS
    assert names(root) == ["Ann.md"]


def test_a_late_write_to_a_note_that_was_saved_again_is_kept_beside_it(
    store: FileSystemStore, root: Path, ann: Path, swapper: swapping.Swapper, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ann.open("r+b") as editor:
        store.replace("Ann.md", OLD, NEW)
        ann.write_bytes(b"a newer save")
        editor.write(THEIRS)
    swaps: list[Callable[[], None]] = [lambda: pytest.fail("the newer save was out of its place for a moment")]
    swap = SaveAround(swapper, before=swaps)
    monkeypatch.setattr(atomic, "swappers", lambda: (swap,))
    (told,) = store.settle()
    assert told.code == "rescued"
    assert ann.read_bytes() == b"a newer save"
    assert {file.read_bytes() for file in root.iterdir()} == {b"a newer save", THEIRS}


def test_a_note_removed_after_its_edit_stays_removed(
    store: FileSystemStore, root: Path, ann: Path, swapper: swapping.Swapper
) -> None:
    store.replace("Ann.md", OLD, NEW)
    ann.unlink()
    assert store.settle() == ()
    assert names(root) == []


def test_a_folder_renamed_after_the_edit_is_tidied_up_at_the_next_start(
    store: FileSystemStore, root: Path, swapper: swapping.Swapper
) -> None:
    (root / "People").mkdir()
    (root / "People" / "Ann.md").write_bytes(OLD)
    store.replace("People/Ann.md", OLD, NEW)
    (root / "People").rename(root / "Contacts")
    (told,) = store.settle()
    assert told.code == "left-over"
    store.fingerprints(everything)
    (removed,) = store.sweep().removed
    assert removed.startswith("Contacts/.~Ann.md.")
    assert store.settle() == ()
    assert names(root / "Contacts") == ["Ann.md"]


def stands_somewhere(root: Path, text: bytes) -> bool:
    for file in root.iterdir():
        try:
            if text in file.read_bytes():
                return True
        except FileNotFoundError:
            continue
    return False


@pytest.mark.parametrize("save", SAVES.values(), ids=SAVES)
def test_a_save_is_never_lost_while_we_write_as_fast_as_we_can(root: Path, ann: Path, save: Save) -> None:
    """Until the next save, the text of this one stands in the note or in a file beside it."""
    stopped = threading.Event()
    store = FileSystemStore(root)

    def keep_replacing() -> None:
        while not stopped.is_set():
            held = ann.read_bytes()
            with contextlib.suppress(NoteChangedError):
                store.replace("Ann.md", held, held[1:] if held.startswith(b"#") else b"#" + held)

    writer = threading.Thread(target=keep_replacing)
    writer.start()
    lost = []
    try:
        for number in range(150):
            text = b"<%d>" % number
            save(ann, text)
            # A file that is being renamed may be missed by one look, but not by look after look.
            if not any(stands_somewhere(root, text) for _ in range(200)):
                lost.append(number)
    finally:
        stopped.set()
        writer.join()
    store.settle()
    assert lost == []
    assert stands_somewhere(root, b"<149>")


def test_a_rescued_file_from_a_year_beyond_the_calendar_is_kept_all_the_same(
    store: FileSystemStore, root: Path, ann: Path
) -> None:
    store.replace("Ann.md", OLD, NEW)
    (hidden,) = (file for file in root.iterdir() if file != ann)
    hidden.write_bytes(THEIRS)
    ann.write_bytes(b"a newer save")
    os.utime(hidden, (-1, -1))
    assert [told.code for told in store.settle()] == ["rescued"]


# -- the machine fails ---------------------------------------------------------------------------------------

CALLS = ("open", "write", "fsync", "fchmod", "stat", "fstat", "read", "unlink", "close", "rename", "link")


def count_calls(monkeypatch: pytest.MonkeyPatch, fail_at: int, error: int) -> Callable[[], int]:
    """Let the call number `fail_at` to the system fail; tell how many there were."""
    calls = 0

    def failing(real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **more: Any) -> Any:
            nonlocal calls
            calls += 1
            if calls == fail_at:
                if real is os.close:
                    real(*args)
                raise OSError(error, os.strerror(error))
            return real(*args, **more)

        return call

    for name in CALLS:
        monkeypatch.setattr(os, name, failing(getattr(os, name)))
    return lambda: calls


@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EIO, errno.EACCES])
def test_a_failure_of_any_system_call_leaves_the_old_note_or_the_new_one(
    root: Path, swapper: swapping.Swapper, error: int
) -> None:
    fail_at = 0
    while True:
        fail_at += 1
        file = root / "Ann.md"
        file.write_bytes(OLD)
        store = FileSystemStore(root)
        raised = None
        with pytest.MonkeyPatch.context() as patched:
            calls = count_calls(patched, fail_at, error)
            try:
                store.replace("Ann.md", OLD, NEW)
            except VaultrelError as caught:
                raised = caught
            made = calls()
        assert file.read_bytes() in {OLD, NEW}
        if raised is None:
            assert file.read_bytes() == NEW
        store.settle()
        assert file.read_bytes() in {OLD, NEW}
        for left in root.iterdir():
            assert left.name == "Ann.md" or left.read_bytes() in {OLD, NEW, NEW[:0]}
            if left.name != "Ann.md":
                left.unlink()
        file.unlink()
        if made < fail_at:
            break
    assert fail_at > 12


def test_a_swap_that_fails_leaves_the_old_note_and_no_trace(
    store: FileSystemStore, root: Path, ann: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def renameat2(*_args: object) -> int:
        ctypes.set_errno(errno.EIO)
        return -1

    monkeypatch.setattr(atomic, "swappers", lambda: (swapping.ExchangeSwapper(renameat2), swapping.LinkSwapper()))
    with pytest.raises(StorageFailedError):
        store.replace("Ann.md", OLD, NEW)
    assert ann.read_bytes() == OLD
    assert names(root) == ["Ann.md"]


@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EIO])
def test_a_failure_while_writing_the_temporary_file_leaves_no_trace(
    store: FileSystemStore, root: Path, ann: Path, monkeypatch: pytest.MonkeyPatch, error: int
) -> None:
    def failing(*_args: object) -> Never:
        raise OSError(error, os.strerror(error))

    for call in ("write", "fsync"):
        with monkeypatch.context() as patched:
            patched.setattr(os, call, failing)
            with pytest.raises(StorageFailedError):
                store.replace("Ann.md", OLD, NEW)
        assert ann.read_bytes() == OLD
        assert names(root) == ["Ann.md"]


def test_a_disk_that_takes_a_few_bytes_at_a_time_gets_the_whole_note(
    store: FileSystemStore, ann: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real_write = os.write
    monkeypatch.setattr(os, "write", lambda handle, data: real_write(handle, data[:5]))
    store.replace("Ann.md", OLD, NEW)
    assert ann.read_bytes() == NEW


def test_a_full_disk_leaves_the_old_generated_file_whole(
    store: FileSystemStore, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.write_generated("vaultrel/feed.ics", OLD)

    def full(*_args: object) -> None:
        raise OSError(errno.ENOSPC, "no space")

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(StorageFailedError):
        store.write_generated("vaultrel/feed.ics", NEW)
    assert (root / "vaultrel" / "feed.ics").read_bytes() == OLD
    assert names(root / "vaultrel") == ["feed.ics"]


@pytest.mark.parametrize(("way", "becomes"), [("native", "new"), ("links", "new"), ("removal", "gone")])
def test_a_kill_before_or_after_any_system_call_leaves_the_old_note_or_the_new_one(
    root: Path, way: str, becomes: str
) -> None:
    result = subprocess.run(
        [sys.executable, Path(__file__).with_name("killed_writer.py"), root, OLD, NEW, way],
        check=True,
        capture_output=True,
        text=True,
    )
    attempts = [tuple(line.split()) for line in result.stdout.splitlines()]
    killed = [attempt for attempt in attempts if attempt[0] == "killed"]
    assert len(killed) >= 30
    assert {note for _, note, _ in killed} == {"old", becomes}
    assert {left for _, _, left in killed} == {"clean"}
    assert [attempt for attempt in attempts if attempt[0] == "done"] == [("done", becomes, "clean")] * 2


# -- who has it open -----------------------------------------------------------------------------------------


@pytest.fixture
def sees_writers(store: FileSystemStore, ann: Path) -> None:
    """Skip where the system does not tell who has a file open."""
    with ann.open("rb") as file:
        if file_calls().is_open_for_writing(file.fileno()) is None:
            pytest.skip("this system, or file system, does not tell who has a file open")


@contextlib.contextmanager
def _mapped(file: Path) -> Iterator[None]:
    with file.open("r+b") as opened:
        mapping = mmap.mmap(opened.fileno(), 0)
    with mapping:
        yield


HOLDERS: Mapping[str, tuple[Callable[[Path], contextlib.AbstractContextManager[object]], bool]] = {
    "nobody": (lambda _ann: contextlib.nullcontext(), False),
    "a reader": (lambda ann: ann.open("rb"), False),
    "one that writes in place": (lambda ann: ann.open("r+b"), True),
    "one that appends": (lambda ann: ann.open("ab"), True),
    "one that has mapped it": (_mapped, True),
}


@pytest.mark.usefixtures("sees_writers")
@pytest.mark.parametrize(("hold", "may"), HOLDERS.values(), ids=HOLDERS)
@pytest.mark.parametrize("doing", ["replace", "remove"])
def test_a_program_that_has_a_displaced_file_open_to_write_is_seen(
    store: FileSystemStore,
    ann: Path,
    hold: Callable[[Path], contextlib.AbstractContextManager[object]],
    doing: str,
    *,
    may: bool,
) -> None:
    with hold(ann):
        if doing == "replace":
            store.replace("Ann.md", OLD, NEW)
        else:
            store.remove("Ann.md", OLD)
        assert store.may_be_written() is may
    assert not store.may_be_written()


@pytest.mark.usefixtures("sees_writers")
def test_a_program_of_another_process_is_seen(store: FileSystemStore, ann: Path) -> None:
    holder = subprocess.Popen(["sh", "-c", "exec 3<>$0; echo; read line", ann], stdin=-1, stdout=-1)
    assert holder.stdout is not None
    holder.stdout.readline()
    store.replace("Ann.md", OLD, NEW)
    assert store.may_be_written()
    holder.communicate(b"\n")
    assert not store.may_be_written()


@pytest.mark.parametrize("swapper", ["macos", "windows"], indirect=True)
def test_where_the_system_does_not_tell_anybody_may_be_writing(
    store: FileSystemStore, ann: Path, swapper: swapping.Swapper
) -> None:
    store.replace("Ann.md", OLD, NEW)
    assert store.may_be_written()
    assert store.settle() == ()
    assert not store.may_be_written()


@pytest.mark.skipif(sys.platform != "linux", reason="asks the kernel of Linux")
def test_a_file_system_made_by_a_program_is_not_asked(ann: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from vaultrel.storage.system import leases

    fuse = 0x65735546
    monkeypatch.setattr(leases, "_kind", lambda _handle: fuse)
    with ann.open("rb") as file:
        assert leases.is_open_for_writing(file.fileno()) is None


@pytest.mark.usefixtures("sees_writers")
@pytest.mark.parametrize("doing", ["replace", "remove"])
def test_what_a_program_still_has_open_after_the_grace_stays_until_it_is_closed(
    store: FileSystemStore, root: Path, ann: Path, doing: str
) -> None:
    with ann.open("ab") as holder:
        if doing == "replace":
            store.replace("Ann.md", OLD, NEW)
        else:
            store.remove("Ann.md", OLD)
        (told,) = store.settle()
        assert told.code == "held-open"
        (left,) = (root / name for name in names(root) if naming.is_temp_name(name))
        assert left.name in told.message
        holder.write(b"and more\n")
    assert left.read_bytes() == OLD + b"and more\n"


@pytest.mark.usefixtures("sees_writers")
def test_what_a_program_had_open_and_did_not_write_to_is_cleared_away_by_the_next_run(
    store: FileSystemStore, root: Path, ann: Path
) -> None:
    with ann.open("ab"):
        store.replace("Ann.md", OLD, NEW)
        store.settle()
    store.fingerprints(everything)
    assert store.sweep().kept == ()
    assert store.settle() == ()
    assert names(root) == ["Ann.md"]


# -- a note taken away ---------------------------------------------------------------------------------------


def test_a_note_taken_away_is_whole_under_a_hidden_name_until_the_batch_is_settled(
    store: FileSystemStore, root: Path, ann: Path, swapper: swapping.Swapper
) -> None:
    store.remove("Ann.md", OLD)
    (temp,) = names(root)
    assert naming.is_temp_name(temp)
    assert (root / temp).read_bytes() == OLD
    assert store.settle() == ()
    assert names(root) == []


def test_a_program_that_had_it_open_gets_a_note_taken_away_back(
    store: FileSystemStore, root: Path, ann: Path, swapper: swapping.Swapper
) -> None:
    with ann.open("r+b") as editor:
        store.remove("Ann.md", OLD)
        editor.write(THEIRS)
    (told,) = store.settle()
    assert (told.path, told.code) == ("Ann.md", "write-undone")
    assert names(root) == ["Ann.md"]
    assert ann.read_bytes() == THEIRS


def test_a_late_write_to_a_note_taken_away_is_kept_beside_a_new_one_of_its_name(
    store: FileSystemStore, root: Path, ann: Path, swapper: swapping.Swapper
) -> None:
    with ann.open("r+b") as editor:
        store.remove("Ann.md", OLD)
        editor.write(THEIRS)
    ann.write_bytes(b"a new note")
    (told,) = store.settle()
    assert told.code == "rescued"
    assert ann.read_bytes() == b"a new note"
    assert {file.read_bytes() for file in root.iterdir()} == {b"a new note", THEIRS}


@pytest.mark.parametrize("again", [False, True], ids=["once", "and a new note made at once"])
def test_a_save_between_the_look_and_the_taking_away_is_kept(
    store: FileSystemStore, root: Path, ann: Path, monkeypatch: pytest.MonkeyPatch, *, again: bool
) -> None:
    place_new = swapping.place_new

    def save_first(old: str, new: str, folder: int) -> None:
        monkeypatch.setattr(atomic, "place_new", place_new)
        save_by_rename(ann, THEIRS)
        place_new(old, new, folder)
        if again:
            ann.write_bytes(b"a new note")

    monkeypatch.setattr(atomic, "place_new", save_first)
    with pytest.raises(NoteChangedError):
        store.remove("Ann.md", OLD)
    assert [told.code for told in store.settle()] == (["rescued"] if again else [])
    assert ann.read_bytes() == (b"a new note" if again else THEIRS)
    assert {file.read_bytes() for file in root.iterdir()} == ({b"a new note", THEIRS} if again else {THEIRS})


KILLED_REMOVALS: Mapping[str, tuple[bytes, bytes | None, dict[str, bytes]]] = {
    "it is finished": (OLD, None, {}),
    "what was written to it meanwhile is given back": (THEIRS, None, {"Ann.md": THEIRS}),
    "a new note of its name stays": (OLD, b"a new note", {"Ann.md": b"a new note"}),
}


@pytest.mark.parametrize(("held", "made", "left"), KILLED_REMOVALS.values(), ids=KILLED_REMOVALS)
def test_the_run_after_a_kill_finishes_taking_a_note_away(
    store: FileSystemStore, root: Path, ann: Path, held: bytes, made: bytes | None, left: dict[str, bytes]
) -> None:
    store.remove("Ann.md", OLD)
    (temp,) = root.iterdir()
    temp.write_bytes(held)
    if made is not None:
        ann.write_bytes(made)
    after = FileSystemStore(root)
    after.fingerprints(everything)
    assert after.sweep().kept == ()
    after.settle()
    assert {file.name: file.read_bytes() for file in root.iterdir()} == left


@pytest.mark.parametrize(("held", "kept"), [(OLD, 0), (THEIRS, 1)], ids=["as it was", "written to since"])
def test_a_long_name_that_was_cut_is_not_given_to_any_file(
    store: FileSystemStore, root: Path, held: bytes, kept: int
) -> None:
    name = "é" * 126 + ".md"
    (root / name).write_bytes(OLD)
    store.remove(name, OLD)
    (temp,) = root.iterdir()
    temp.write_bytes(held)
    after = FileSystemStore(root)
    after.fingerprints(everything)
    assert len(after.sweep().kept) == kept
    after.settle()
    assert [file.name for file in root.iterdir()] == [temp.name] * kept


@pytest.mark.parametrize(
    ("code", "make"),
    [
        ("hard-linked", lambda ann: (ann.parent / "other").hardlink_to(ann)),
        ("read-only", lambda ann: ann.chmod(0o444)),
    ],
)
def test_a_note_that_must_not_be_written_is_not_taken_away(
    store: FileSystemStore, ann: Path, code: str, make: Callable[[Path], None]
) -> None:
    make(ann)
    with pytest.raises(WriteRefusedError) as refused:
        store.remove("Ann.md", OLD)
    assert refused.value.code == code
    assert ann.read_bytes() == OLD


# -- left-overs ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "note", "left", "removed"),
    [
        ("the displaced file, our keys apart", NEW, OLD, True),
        ("the new file that was not put in place", OLD, NEW, True),
        ("a note edited since: the left-over may be all that is left of something", THEIRS, OLD, False),
        ("a half-written file", OLD, NEW[:30], False),
        ("an empty file", OLD, b"", True),
        (
            "equal bytes of a note whose frontmatter cannot be parsed",
            b"---\na: b: c\n---\n",
            b"---\na: b: c\n---\n",
            True,
        ),
        ("another note with the same frontmatter", NEW, OLD.replace(b"old", b"new"), False),
        ("a comment of the user's", OLD, OLD.replace(b"0123", b"0123 # in winter"), False),
    ],
)
def test_a_left_over_is_removed_only_when_it_equals_its_note_apart_from_our_keys(
    store: FileSystemStore, root: Path, rule: str, note: bytes, left: bytes, *, removed: bool
) -> None:
    (root / "People").mkdir()
    (root / "People" / "Ann.md").write_bytes(note)
    temp = naming.temp_name("Ann.md")
    (root / "People" / temp).write_bytes(left)
    store.fingerprints(everything)
    report = store.sweep()
    assert (report.removed == (f"People/{temp}",)) is removed, rule
    assert (report.kept == (f"People/{temp}",)) is not removed, rule
    assert store.settle() == ()
    assert (root / "People" / "Ann.md").read_bytes() == note
    assert (root / "People" / temp).exists() is not removed


def test_a_left_over_without_its_note_is_kept(store: FileSystemStore, root: Path) -> None:
    temp = naming.temp_name("Gone.md")
    (root / temp).write_bytes(OLD)
    store.fingerprints(everything)
    assert store.sweep().kept == (temp,)
    assert names(root) == [temp]


def test_files_of_other_programs_are_never_swept(store: FileSystemStore, root: Path, ann: Path) -> None:
    others = [".~lock.Ann.md#", "~$Ann.md", ".~Ann.md.tmp", ".Ann.md.swp", ".~Ann.md.vaultrel-12.tmp"]
    for name in others:
        (root / name).write_bytes(OLD)
    store.fingerprints(everything)
    assert store.sweep().removed == ()
    assert names(root) == sorted(["Ann.md", *others])


def test_what_waits_to_be_settled_is_not_swept(store: FileSystemStore, root: Path, ann: Path) -> None:
    store.replace("Ann.md", OLD, NEW)
    store.fingerprints(everything)
    assert store.sweep().removed == ()
    assert len(names(root)) == 2


def test_a_guard_left_by_a_kill_no_longer_makes_its_note_hard_linked(
    store: FileSystemStore, root: Path, ann: Path
) -> None:
    os.link(ann, root / naming.temp_name("Ann.md"))
    store.fingerprints(everything)
    store.sweep()
    store.replace("Ann.md", OLD, NEW)
    assert ann.read_bytes() == NEW


@pytest.mark.parametrize("length", [1, 3, 126])
def test_a_shortened_temporary_name_still_finds_its_note(store: FileSystemStore, root: Path, length: int) -> None:
    name = "é" * length + ".md"
    (root / name).write_bytes(OLD)
    temp = naming.temp_name(name)
    (root / temp).write_bytes(NEW)
    assert naming.is_temp_name(temp)
    store.fingerprints(everything)
    assert store.sweep().removed == (temp,)


@pytest.mark.parametrize("held", [OLD, b""], ids=["written in place", "emptied to be written anew"])
def test_a_left_over_that_its_owner_is_still_writing_gets_its_place_back(
    store: FileSystemStore, root: Path, ann: Path, held: bytes
) -> None:
    """The run was killed, and another started, while a program had the note open."""
    temp = root / naming.temp_name("Ann.md")
    temp.write_bytes(held)
    ann.write_bytes(NEW)
    store.fingerprints(everything)
    store.sweep()
    temp.write_bytes(THEIRS)
    (told,) = store.settle()
    assert told.code == "write-undone"
    assert ann.read_bytes() == THEIRS
    assert names(root) == ["Ann.md"]


# -- the file system lies ------------------------------------------------------------------------------------


class LyingSwapper:
    """A file system that saves somebody's text, exchanges, and says that it failed."""

    def __init__(self, inner: swapping.Swapper) -> None:
        self._inner = inner

    def swap(self, folder: int, temp: str, name: str) -> str:
        note = os.open(name, os.O_WRONLY | os.O_TRUNC, dir_fd=folder)
        os.write(note, THEIRS)
        os.close(note)
        self._inner.swap(folder, temp, name)
        raise OSError(errno.EIO, os.strerror(errno.EIO))


def test_a_save_is_not_lost_to_an_exchange_that_was_made_and_called_failed(
    store: FileSystemStore, root: Path, ann: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    native, *_ = swapping.swappers()
    monkeypatch.setattr(atomic, "swappers", lambda: (LyingSwapper(native),))
    with pytest.raises(StorageFailedError):
        store.replace("Ann.md", OLD, NEW)
    assert stands_somewhere(root, THEIRS)


def test_a_save_is_not_lost_to_a_guarded_rename_that_was_made_and_called_failed(
    store: FileSystemStore, root: Path, ann: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rename = os.rename

    def rename_and_fail(old: str, new: str, *, src_dir_fd: int, dst_dir_fd: int) -> None:
        ann.write_bytes(THEIRS)
        rename(old, new, src_dir_fd=src_dir_fd, dst_dir_fd=dst_dir_fd)
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(atomic, "swappers", lambda: (swapping.LinkSwapper(),))
    monkeypatch.setattr(os, "rename", rename_and_fail)
    with pytest.raises(StorageFailedError):
        store.replace("Ann.md", OLD, NEW)
    assert stands_somewhere(root, THEIRS)
