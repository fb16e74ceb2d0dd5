"""What a kill, or a disk that fails, may leave of vaultrel's own files, and how it goes on."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from vaultrel.app import open_vault
from vaultrel.core.shift import STORY_DAY
from vaultrel.errors import StorageFailedError
from vaultrel.storage import opening, swapping
from vaultrel.storage.base import ReadRefusedError
from vaultrel.storage.filesystem import FileSystemStore, write_private_file
from vaultrel.storage.journal import Journal
from vaultrel.storage.lock import VaultLock
from vaultrel.storage.naming import is_temp_name, made_temp_name, temp_name

if TYPE_CHECKING:
    from pathlib import Path

FEED = "vaultrel/followups.ics"


def left_over(root: Path) -> list[str]:
    return [file.name for file in root.rglob(".*") if is_temp_name(file.name)]


@pytest.mark.parametrize("feed", [b"an older feed", None])
def test_the_next_run_removes_the_half_written_feed_of_a_killed_one(
    store: FileSystemStore, root: Path, feed: bytes | None
) -> None:
    (root / "vaultrel").mkdir()
    if feed is not None:
        (root / FEED).write_bytes(feed)
    (root / "vaultrel" / made_temp_name("followups.ics")).write_bytes(b"half a fe")
    store.fingerprints(lambda _path: None)
    assert store.sweep().kept == ()
    assert left_over(root) == []


def test_a_file_of_our_own_is_written_although_a_killed_run_left_one_half_written(
    store: FileSystemStore, root: Path
) -> None:
    (root / ".vaultrel").mkdir()
    (root / ".vaultrel" / made_temp_name("feed-namespace")).write_bytes(b"half")
    assert store.write_generated(".vaultrel/feed-namespace", b"whole")
    assert left_over(root) == []


def test_a_scan_that_finds_nothing_to_write_clears_left_overs_away(root: Path) -> None:
    (root / "People").mkdir()
    note = root / "People" / "Ann.md"
    note.write_bytes(b"---\ntags: [person]\n---\n")
    with open_vault(root) as vault:
        vault.grace_seconds = 0
        vault.scan(as_of=STORY_DAY)
        (note.parent / temp_name("Ann.md")).write_bytes(note.read_bytes())
        assert vault.scan(as_of=STORY_DAY).applied == ()
    assert left_over(root) == []


@pytest.mark.parametrize(("edited", "stays"), [(False, 0), (True, 1)])
def test_a_displaced_note_of_our_own_goes_unless_the_user_wrote_in_it(root: Path, *, edited: bool, stays: int) -> None:
    (root / "People").mkdir()
    (root / "People" / "Ann.md").write_bytes(b"---\ntags: [person]\n---\n- 2026-05-01: coffee\n")
    with open_vault(root) as vault:
        vault.grace_seconds = 0
        vault.scan(as_of=STORY_DAY)
        note = root / "vaultrel" / "Relationships.md"
        displaced = note.read_bytes() if not edited else note.read_bytes().replace(b"# ", b"## ", 1)
        (note.parent / temp_name(note.name)).write_bytes(displaced)
        note.write_bytes(note.read_bytes() + b"and a line of the user's\n")
        vault.scan(as_of=STORY_DAY)
    assert len(left_over(root / "vaultrel")) == stays


@pytest.mark.parametrize("call", ["the system's own", "a look and a renaming"])
def test_a_file_that_somebody_else_made_while_we_made_it_for_the_first_time_stays(
    store: FileSystemStore, root: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    if call == "a look and a renaming":
        monkeypatch.setattr(swapping, "_flagged_rename", lambda: None)
    fsync = os.fsync

    def bring_and_sync(handle: int) -> None:
        (root / "Names.md").write_bytes(b"brought by a sync program")
        fsync(handle)

    monkeypatch.setattr(os, "fsync", bring_and_sync)
    with pytest.raises(StorageFailedError, match="exists"):
        store.write_generated("Names.md", b"made")
    assert (root / "Names.md").read_bytes() == b"brought by a sync program"
    assert left_over(root) == []


def test_where_no_call_refuses_to_replace_a_file_of_our_own_is_made_all_the_same(
    store: FileSystemStore, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(swapping, "_flagged_rename", lambda: None)
    assert store.write_generated("Names.md", b"made")
    assert (root / "Names.md").read_bytes() == b"made"


def test_killed_runs_leave_at_most_one_temporary_file_beside_a_private_one(root: Path) -> None:
    state = root / "state"
    state.mkdir()
    (state / made_temp_name("feed")).write_bytes(b"half")
    write_private_file(state / "feed", b"whole")
    assert [file.name for file in state.iterdir()] == ["feed"]


def test_a_temporary_file_that_may_hold_what_a_user_wrote_is_not_taken_for_our_own() -> None:
    assert temp_name("Ann.md") != made_temp_name("Ann.md")


def test_a_read_that_a_network_disk_calls_failed_only_when_it_ends_refuses_the_note(
    store: FileSystemStore, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (root / "Ann.md").write_bytes(b"text")
    close = os.close

    def fail(handle: int) -> None:
        close(handle)
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "close", fail)
    with pytest.raises(ReadRefusedError, match="unreadable"):
        opening.read_regular("Ann.md", str(root / "Ann.md"))


def test_a_journal_that_cannot_be_listed_is_a_failure_of_storage(root: Path) -> None:
    (root / "runs").write_bytes(b"no folder")
    with pytest.raises(StorageFailedError, match="list"):
        Journal(root).begin("20260630T090000Z").record("Ann.md", b"", b"---\n---\n")


def test_a_disk_that_turned_read_only_does_not_make_a_finished_run_fail(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_self: Path, *, missing_ok: bool = False) -> None:
        raise OSError(30, "Read-only file system")

    lock = VaultLock(root / "writer.lock", root)
    with lock:
        monkeypatch.setattr(type(root), "unlink", refuse)
    monkeypatch.undo()
    with VaultLock(root / "writer.lock", root):
        pass
