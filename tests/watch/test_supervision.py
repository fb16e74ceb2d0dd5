"""Watching fails silently in many ways: each is noticed, mended or worked around, and told."""

from __future__ import annotations

import ctypes
import errno
import functools
import logging
import os
import sys
import time
from typing import TYPE_CHECKING, Protocol

import pytest

from vaultrel import clock
from vaultrel.app.opening import SettingsFollower
from vaultrel.storage.lock import VaultLock
from vaultrel.watch import system

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from pathlib import Path

    from vaultrel.app import ScanReport, Vault
    from vaultrel.watch import Watcher

    class Reports(Protocol):
        all: list[ScanReport]

        def wait_for(self, wanted: Callable[[list[ScanReport]], bool]) -> None: ...

    class Watching(Protocol):
        def __call__(
            self, vault: Vault, poll_seconds: float | None = None
        ) -> AbstractContextManager[tuple[Reports, Path, Watcher]]: ...


pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="these are the failures of inotify")

MET = "met:: [[Ada Stone]]\n"


@pytest.fixture(autouse=True)
def _quick_heart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vaultrel.watch.watcher.HEARTBEAT_SECONDS", 0.1)


def _trouble(vault: Vault) -> str:
    told = vault.watching()
    return told.trouble if told is not None else "nobody watches"


def _until_quiet(reports: Reports) -> None:
    """Wait until the daemon has also looked at what it wrote itself."""
    count = -1
    while len(reports.all) != count:
        count = len(reports.all)
        time.sleep(0.5)


def _sees_a_new_note(reports: Reports, folder: Path, name: str = "2026-03-01.md") -> None:
    count = reports.all[-1].snapshot.note_count
    (folder / name).write_text(MET)
    reports.wait_for(lambda seen: seen[-1].snapshot.note_count == count + 1)


def test_reports_that_the_system_lost_are_noticed_and_everything_is_looked_at(vault: Vault, watching: Watching) -> None:
    with watching(vault) as (reports, root, watcher):
        _until_quiet(reports)
        reader = watcher._events._observer._inotify_fd  # type: ignore[union-attr]
        real = reader.handle_event
        # As when the queue of the kernel is full: the event of the note is gone, and only the overflow is told.
        reader.handle_event = lambda event: None
        (root / "2026-03-01.md").write_text(MET)
        scans = len(reports.all)
        from watchdog.observers.inotify_c import InotifyConstants, InotifyEvent

        real(InotifyEvent(-1, InotifyConstants.IN_Q_OVERFLOW, 0, b""))  # type: ignore[arg-type]
        reports.wait_for(lambda seen: len(seen) > scans and seen[-1].snapshot.note_count == 3)
        assert "lost reports" in _trouble(vault)
        _sees_a_new_note(reports, root, "2026-03-02.md")


@pytest.mark.parametrize("part", ["observer", "emitter", "reader"])
def test_a_watching_thread_that_died_is_replaced(vault: Vault, watching: Watching, part: str) -> None:
    with watching(vault) as (reports, root, watcher):
        observer = watcher._events._observer
        assert observer is not None
        emitter = next(iter(observer.emitters))
        thread = {"observer": observer, "emitter": emitter, "reader": observer._inotify_fd}[part]  # type: ignore[attr-defined]
        thread.stop()
        thread.join()
        _until(lambda: "had ended" in _trouble(vault))
        _sees_a_new_note(reports, root)


def test_a_vault_folder_that_was_swapped_is_watched_in_its_new_shape(
    vault: Vault, watching: Watching, tmp_path: Path
) -> None:
    with watching(vault) as (reports, root, _):
        copy = tmp_path / "copy"
        import shutil

        shutil.copytree(root, copy)
        (copy / "2026-03-01.md").write_text(MET)
        root.rename(tmp_path / "away")
        copy.rename(root)
        reports.wait_for(lambda seen: seen[-1].snapshot.note_count == 3)
        assert "another one" in _trouble(vault)
        _sees_a_new_note(reports, root, "2026-03-02.md")


def test_a_vault_folder_that_was_deleted_and_comes_back_is_watched_again(
    vault: Vault, watching: Watching, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vaultrel.watch.watcher.RETRY_SECONDS", 0.2)
    import shutil

    shutil.copytree(vault.root or "", tmp_path / "copy")
    with watching(vault) as (reports, root, _):
        shutil.rmtree(root)
        time.sleep(0.5)
        (tmp_path / "copy" / "2026-03-01.md").write_text(MET)
        (tmp_path / "copy").rename(root)
        reports.wait_for(lambda seen: seen[-1].snapshot.note_count == 3)
        _sees_a_new_note(reports, root, "2026-03-02.md")


def test_folders_beyond_the_limit_of_watches_are_looked_at_instead(
    vault: Vault, watching: Watching, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from watchdog.observers import inotify_c

    monkeypatch.setattr("vaultrel.watch.watcher.POLL_SECONDS", 0.3)
    monkeypatch.setattr("vaultrel.watch.watcher.POLL_SHARE", 1.0)
    real = inotify_c.inotify_add_watch

    def limited(handle: int, path: bytes, mask: int) -> int:
        if path.endswith(b"/Meetings"):
            ctypes.set_errno(errno.ENOSPC)
            return -1
        return real(handle, path, mask)

    monkeypatch.setattr(inotify_c, "inotify_add_watch", limited)
    assert vault.root is not None
    (vault.root / "Meetings").mkdir()
    with watching(vault) as (reports, root, _):
        _sees_a_new_note(reports, root / "Meetings")
        told = vault.watching()
        assert told is not None
        assert (told.mode, told.unwatched) == ("events", 1)
        assert told.trouble.startswith("the system watches ")
    assert sum("max_user_watches" in record.getMessage() for record in caplog.records) == 1


def test_without_any_watch_left_the_files_are_looked_at(
    vault: Vault, watching: Watching, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse() -> None:
        raise OSError(errno.EMFILE, "inotify instance limit reached")

    monkeypatch.setattr("vaultrel.watch.watcher.POLL_SECONDS", 0.3)
    monkeypatch.setattr("vaultrel.watch.watcher.POLL_SHARE", 1.0)
    monkeypatch.setattr("vaultrel.watch.events.Observer", refuse)
    with watching(vault) as (reports, root, _):
        _sees_a_new_note(reports, root)
        told = vault.watching()
        assert told is not None
        assert told.mode == "polling"
        assert "instance limit" in told.trouble
    assert sum("instance limit" in record.getMessage() for record in caplog.records) == 1


def test_after_sleep_everything_is_looked_at(vault: Vault, watching: Watching, monkeypatch: pytest.MonkeyPatch) -> None:
    asleep = [0.0]
    real = clock.wall_seconds
    monkeypatch.setattr(clock, "wall_seconds", lambda: real() + asleep[0])
    with watching(vault):
        asleep[0] = 3600.0
        _until(lambda: "slept" in _trouble(vault))


def test_a_network_folder_is_looked_at_every_minute(
    vault: Vault, watching: Watching, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("vaultrel.watch.watcher.remote_file_system", lambda root: "nfs4")
    monkeypatch.setattr("vaultrel.watch.watcher.POLL_SECONDS", 0.3)
    with watching(vault) as (reports, root, watcher):
        assert not watcher._events.is_running
        _sees_a_new_note(reports, root)
        told = vault.watching()
        assert told is not None
        assert told.mode == "polling"
    assert "network folder (nfs4)" in caplog.text


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/home/ada/Notes", "ext4"),
        ("/mnt/nas/Notes", "nfs4"),
        ("/mnt/nas", "nfs4"),
        ("/mnt/nasty", "ext4"),
        ("/mnt/my share/Notes", "cifs"),
        ("/mnt/twice/Notes", "fuse.sshfs"),
        ("relative", ""),
    ],
)
def test_the_file_system_of_a_folder_is_that_of_the_nearest_mount(path: str, kind: str) -> None:
    mounts = (
        "27 1 254:0 / / rw,relatime - ext4 /dev/vda rw\n"
        "40 27 0:40 / /mnt/nas rw shared:1 - nfs4 nas:/notes rw\n"
        "41 27 0:41 / /mnt/my\\040share rw - cifs //nas/share rw\n"
        "42 27 0:42 / /mnt/twice rw - xfs /dev/vdb rw\n"
        "43 42 0:43 / /mnt/twice rw - fuse.sshfs ada@nas: rw\n"
        "not a line of the kernel's\n"
    )
    assert system.mounted_type(mounts, path) == kind


def test_a_folder_moved_in_is_watched_with_its_notes(vault: Vault, watching: Watching, tmp_path: Path) -> None:
    outside = tmp_path / "Trip" / "Days"
    outside.mkdir(parents=True)
    (outside / "2026-03-01.md").write_text(MET)
    with watching(vault) as (reports, root, _):
        (tmp_path / "Trip").rename(root / "Trip")
        reports.wait_for(lambda seen: seen[-1].snapshot.note_count == 3)
        _sees_a_new_note(reports, root / "Trip" / "Days", "2026-03-02.md")


def test_a_folder_moved_out_takes_its_notes_along(vault: Vault, watching: Watching, tmp_path: Path) -> None:
    assert vault.root is not None
    (vault.root / "Trip").mkdir()
    (vault.root / "Trip" / "2026-03-01.md").write_text(MET)
    with watching(vault) as (reports, root, _):
        assert reports.all[-1].snapshot.note_count == 3
        (root / "Trip").rename(tmp_path / "Trip")
        reports.wait_for(lambda seen: seen[-1].snapshot.note_count == 2)
        (tmp_path / "Trip" / "2026-03-02.md").write_text(MET)
        _sees_a_new_note(reports, root)


def test_a_note_renamed_by_case_alone_is_followed(vault: Vault, watching: Watching) -> None:
    with watching(vault) as (reports, root, _):
        (root / "People" / "Ada Stone.md").rename(root / "People" / "ada stone.md")
        reports.wait_for(lambda seen: seen[-1].snapshot.people[0].person.path == "People/ada stone.md")


def test_a_note_replaced_by_renaming_another_over_it_is_read(vault: Vault, watching: Watching) -> None:
    with watching(vault) as (reports, root, _):
        (root / "2026-01-05.md.tmp").write_text("nobody\n")
        (root / "2026-01-05.md.tmp").replace(root / "2026-01-05.md")
        reports.wait_for(lambda seen: not seen[-1].snapshot.interactions)


def test_settings_saved_while_the_daemon_runs_are_in_force(vault: Vault, watching: Watching) -> None:
    with watching(vault) as (reports, root, _):
        assert "rel_strength" in (root / "People" / "Ada Stone.md").read_text()
        config = root / ".vaultrel/config.toml"
        config.write_text(f'ignore = ["2026-01-05.md"]\n{config.read_text()}')
        reports.wait_for(lambda seen: seen[-1].snapshot.note_count == 1)


def test_obsidian_s_settings_saved_while_the_daemon_runs_are_in_force(vault: Vault, watching: Watching) -> None:
    assert vault.root is not None
    (vault.root / ".obsidian").mkdir()
    with watching(vault) as (reports, root, _):
        (root / ".obsidian/app.json").write_text('{"userIgnoreFilters": ["2026-01-05.md"]}')
        reports.wait_for(lambda seen: seen[-1].snapshot.note_count == 1)


def test_settings_wait_while_somebody_writes_to_the_vault_and_are_taken_over_then(vault: Vault) -> None:
    assert vault.root is not None
    assert vault.locations is not None
    follower, other = SettingsFollower(vault), VaultLock(vault.locations.lock, "Notes")
    config = vault.root / ".vaultrel/config.toml"
    config.write_text(f'folder = "Elsewhere"\n{config.read_text()}')
    use = functools.partial(vault.use, lock_seconds=0.1)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(vault, "use", use)
        with other:
            assert [follower.follow() for _ in range(3)] == ["unsettled", "unsettled", "unsettled"]
            assert vault.settings.folder == "vaultrel"
        assert [follower.follow() for _ in range(2)] == ["changed", "same"]
    assert vault.settings.folder == "Elsewhere"


def test_settings_that_cannot_be_used_leave_those_from_before_in_force(
    vault: Vault, watching: Watching, caplog: pytest.LogCaptureFixture
) -> None:
    with watching(vault) as (reports, root, _):
        before = vault.settings
        (root / ".vaultrel/config.toml").write_text("watch = 7 = 8\n")
        _until(lambda: "stay in force" in caplog.text)
        _sees_a_new_note(reports, root)
        assert vault.settings == before
    assert caplog.text.count("stay in force") == 1


def test_settings_caught_half_saved_are_not_taken_over(vault: Vault, watching: Watching) -> None:
    with watching(vault) as (_, root, watcher):
        config = root / ".vaultrel/config.toml"
        whole = config.read_bytes()
        config.write_bytes(b"")
        watcher._take_over_settings()
        config.write_bytes(whole)
        watcher._take_over_settings()
        assert vault.settings.watch.debounce_seconds == 0.05


def test_a_daemon_that_ended_watches_no_more(vault: Vault, watching: Watching) -> None:
    with watching(vault):
        told = vault.watching()
        assert told is not None
        assert (told.process, told.mode, told.unwatched, told.trouble) == (os.getpid(), "events", 0, "")
    assert vault.watching() is None


def test_a_daemon_that_was_killed_watches_no_more(vault: Vault, watching: Watching) -> None:
    import subprocess

    import msgspec

    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    with watching(vault):
        told = vault.watching()
        assert told is not None
        vault.keep_watching(msgspec.structs.replace(told, process=gone.pid))
        assert vault.watching() is None


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b'{"process": -1}', b"\xff"])
def test_a_spoilt_record_of_the_daemon_tells_nothing(data: bytes) -> None:
    from vaultrel.app.watching import decode_watching

    assert decode_watching(data) is None


def _until(true: Callable[[], bool]) -> None:
    for _ in range(300):
        if true():
            return
        time.sleep(0.1)
    raise AssertionError("it never came true")


def test_nothing_is_logged_while_all_is_well(
    vault: Vault, watching: Watching, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO), watching(vault) as (reports, root, _):
        _sees_a_new_note(reports, root)
        time.sleep(0.3)
    assert [record.getMessage() for record in caplog.records if record.name.startswith("vaultrel.watch")] == []
