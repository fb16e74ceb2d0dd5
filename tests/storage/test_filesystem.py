"""What only a folder on a disk can do to us."""

from __future__ import annotations

import os
import stat
import sys
from typing import TYPE_CHECKING

import pytest

from vaultrel.errors import VaultNotFoundError, WriteRefusedError
from vaultrel.storage.base import ReadRefusedError
from vaultrel.storage.filesystem import FileSystemStore, read_private_file, write_private_file

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from vaultrel.model import NotePath

NOTE = b"---\ntype: person\n---\nAnn\n"


def everything(_path: str) -> str | None:
    return None


def codes(store: FileSystemStore) -> dict[NotePath, str]:
    return {problem.path: problem.code for problem in store.problems}


def test_the_root_itself_may_be_reached_through_a_link(root: Path, tmp_path: Path) -> None:
    (root / "Ann.md").write_bytes(NOTE)
    (tmp_path / "link").symlink_to(root)
    store = FileSystemStore(tmp_path / "link")
    assert store.name == "Notes"
    assert set(store.fingerprints(everything)) == {"Ann.md"}
    store.replace("Ann.md", NOTE, b"new")
    assert (root / "Ann.md").read_bytes() == b"new"


@pytest.mark.parametrize("there", ["nothing", "file"])
def test_a_root_that_is_no_folder_is_no_vault(tmp_path: Path, there: str) -> None:
    if there == "file":
        (tmp_path / "vault").write_bytes(b"")
    store = FileSystemStore(tmp_path / "vault")
    with pytest.raises(VaultNotFoundError):
        store.fingerprints(everything)
    assert store.writable_reason() is not None


@pytest.mark.parametrize("change", ["bytes", "times", "new", "gone", "renamed", "moved", "folder entered no more"])
def test_the_sum_of_the_files_is_another_one_after_every_change(
    store: FileSystemStore, root: Path, change: str
) -> None:
    (root / "People").mkdir()
    for name in ("Ann.md", "Bo.md", "People/Cy.md"):
        (root / name).write_bytes(NOTE)
    before = store.sum_up(everything)
    assert FileSystemStore(root).sum_up(everything) == before
    skip: Callable[[str], str | None] = everything
    if change == "bytes":
        (root / "Ann.md").write_bytes(NOTE.swapcase())
    elif change == "times":
        os.utime(root / "Ann.md", ns=(0, 0))
    elif change == "new":
        (root / "Dee.md").write_bytes(NOTE)
    elif change == "gone":
        (root / "Ann.md").unlink()
    elif change == "renamed":
        (root / "Ann.md").rename(root / "Eve.md")
    elif change == "moved":
        (root / "Ann.md").rename(root / "People" / "Ann.md")
    else:
        skip = {"People/": "ignored"}.get

    assert store.sum_up(skip) != before


def test_summing_up_the_files_forgets_nothing_of_the_last_listing(store: FileSystemStore, root: Path) -> None:
    (root / "link.md").symlink_to("nowhere.md")
    store.fingerprints(everything)
    before = (store.problems, dict(store.folders))
    (root / "link.md").unlink()
    (root / "new").mkdir()
    store.sum_up(everything)
    assert (store.problems, store.folders) == before


def test_links_are_reported_and_not_followed(store: FileSystemStore, root: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.md").write_bytes(b"secret")
    (root / "real.md").write_bytes(NOTE)
    (root / "in.md").symlink_to("real.md")
    (root / "out.md").symlink_to(outside / "secret.md")
    (root / "loop.md").symlink_to("loop.md")
    (root / "folder").symlink_to(outside)
    (root / "photo.png").symlink_to(outside / "secret.md")
    assert set(store.fingerprints(everything)) == {"real.md"}
    assert codes(store) == dict.fromkeys(("in.md", "out.md", "loop.md", "folder/"), "symlink")


@pytest.mark.parametrize("path", ["link.md", "folder/secret.md", "folder/deeper/secret.md"])
def test_nothing_is_read_or_written_through_a_link(
    store: FileSystemStore, root: Path, tmp_path: Path, path: str
) -> None:
    outside = tmp_path / "outside"
    (outside / "deeper").mkdir(parents=True)
    (outside / "secret.md").write_bytes(b"secret")
    (outside / "deeper" / "secret.md").write_bytes(b"secret")
    (root / "link.md").symlink_to(outside / "secret.md")
    (root / "folder").symlink_to(outside)
    before = sorted(outside.rglob("*"))
    with pytest.raises(ReadRefusedError) as unread:
        store.read(path)
    with pytest.raises(ReadRefusedError):
        store.read_extra(path)
    with pytest.raises(WriteRefusedError) as unwritten:
        store.replace(path, b"secret", b"new")
    with pytest.raises(WriteRefusedError):
        store.write_generated(path, b"new")
    assert unread.value.code == unwritten.value.code == "symlink"
    assert sorted(outside.rglob("*")) == before
    assert (outside / "secret.md").read_bytes() == b"secret"


def test_a_folder_that_became_a_link_since_the_listing_is_not_read_through(
    store: FileSystemStore, root: Path, tmp_path: Path
) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "Ann.md").write_bytes(b"secret")
    (root / "People" / "Close").mkdir(parents=True)
    (root / "People" / "Close" / "Ann.md").write_bytes(NOTE)
    store.fingerprints(everything)
    assert store.read("People/Close/Ann.md") == NOTE
    (root / "People" / "Close").rename(root / "moved")
    (root / "People" / "Close").symlink_to(tmp_path / "outside")
    with pytest.raises(ReadRefusedError) as refused:
        store.read("People/Close/Ann.md")
    assert refused.value.code == "symlink"


@pytest.mark.parametrize("listed", [True, False])
@pytest.mark.parametrize("path", ["../secret.md", "/secret.md", "a/../../secret.md", "", ".", "a\0b.md"])
def test_a_path_that_leads_out_of_the_vault_is_refused(
    store: FileSystemStore, tmp_path: Path, path: str, *, listed: bool
) -> None:
    (tmp_path / "secret.md").write_bytes(b"secret")
    if listed:
        store.fingerprints(everything)
    with pytest.raises(ReadRefusedError) as unread:
        store.read(path)
    with pytest.raises(WriteRefusedError) as unwritten:
        store.replace(path, b"secret", b"new")
    assert unread.value.code == unwritten.value.code == "outside"
    assert (tmp_path / "secret.md").read_bytes() == b"secret"


def test_what_is_not_an_ordinary_file_is_reported_and_never_waited_for(store: FileSystemStore, root: Path) -> None:
    os.mkfifo(root / "pipe.md")
    (root / "folder.md").mkdir()
    assert store.fingerprints(everything) == {}
    assert codes(store) == {"pipe.md": "not-regular", "folder.md": "not-regular"}
    for path in ("pipe.md", "folder.md"):
        with pytest.raises(ReadRefusedError) as unread:
            store.read(path)
        with pytest.raises(WriteRefusedError) as unwritten:
            store.replace(path, b"", b"new")
        assert unread.value.code == unwritten.value.code == "not-regular"


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names themselves")
def test_names_that_no_one_could_link_to_are_reported_and_left_out(store: FileSystemStore, root: Path) -> None:
    (root / "caf\udce9").mkdir()
    for name in ("caf\udce9.md", "Bob\nBEGIN:VALARM.md", "A\x1b[31mB.md", "caf\udce9/in.md", "ann\u202edm.md"):
        (root / name).write_bytes(NOTE)
    assert set(store.fingerprints(everything)) == {"ann\u202edm.md"}
    assert codes(store) == {
        "caf\ufffd.md": "undecodable-name",
        "caf\ufffd/": "undecodable-name",
        "Bob\nBEGIN:VALARM.md": "control-character-in-name",
        "A\x1b[31mB.md": "control-character-in-name",
    }


def test_what_is_skipped_is_not_reported_either(store: FileSystemStore, root: Path) -> None:
    os.mkfifo(root / "pipe.md")
    (root / "old").symlink_to(root)
    assert store.fingerprints(lambda _path: "ignored") == {}
    assert store.problems == ()


def test_what_git_keeps_is_not_gone_over(store: FileSystemStore, root: Path) -> None:
    for folder in (".git/objects/00", "Code/.git/refs", "Code/.github"):
        (root / folder).mkdir(parents=True)
    store.fingerprints(lambda _path: None)
    assert sorted(store.folders) == ["", "Code/", "Code/.github/"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may list every folder")
def test_a_folder_that_may_not_be_listed_is_reported_and_the_rest_goes_on(store: FileSystemStore, root: Path) -> None:
    (root / "locked").mkdir()
    (root / "Ann.md").write_bytes(NOTE)
    (root / "locked").chmod(0)
    try:
        assert set(store.fingerprints(everything)) == {"Ann.md"}
    finally:
        (root / "locked").chmod(0o755)
    assert codes(store) == {"locked/": "unreadable-folder"}


def test_a_folder_too_deep_to_open_is_reported_and_the_rest_goes_on(store: FileSystemStore, root: Path) -> None:
    (root / "Ann.md").write_bytes(NOTE)
    handle = os.open(root, os.O_RDONLY)
    for _ in range(30):
        os.mkdir("d" * 200, dir_fd=handle)
        inner = os.open("d" * 200, os.O_RDONLY, dir_fd=handle)
        os.close(handle)
        handle = inner
    os.close(handle)
    assert set(store.fingerprints(everything)) == {"Ann.md"}
    assert set(codes(store).values()) == {"unreadable-folder"}


def test_a_note_that_grows_while_it_is_read_is_refused(
    store: FileSystemStore, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (root / "Ann.md").write_bytes(NOTE)
    real_read = os.read

    def read_slowly(handle: int, count: int) -> bytes:
        data = real_read(handle, count)
        with (root / "Ann.md").open("ab") as file:
            file.write(b"more")
        return data

    monkeypatch.setattr(os, "read", read_slowly)
    with pytest.raises(ReadRefusedError) as refused:
        store.read("Ann.md")
    assert refused.value.code == "changed-while-reading"


def test_a_read_the_system_serves_in_pieces_is_put_together(
    store: FileSystemStore, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (root / "Ann.md").write_bytes(NOTE)
    real_read = os.read
    monkeypatch.setattr(os, "read", lambda handle, count: real_read(handle, min(count, 7)))
    assert store.read("Ann.md") == NOTE


def test_a_generated_file_can_be_read_by_calendars_and_a_private_one_only_by_its_owner(
    store: FileSystemStore, root: Path, tmp_path: Path
) -> None:
    store.write_generated("vaultrel/feed.ics", b"x")
    assert stat.S_IMODE((root / "vaultrel" / "feed.ics").stat().st_mode) == 0o644
    private = tmp_path / "state" / "vaults" / "token"
    assert read_private_file(private) is None
    assert write_private_file(private, b"secret") is True
    assert write_private_file(private, b"secret") is False
    assert read_private_file(private) == b"secret"
    assert stat.S_IMODE(private.stat().st_mode) == 0o600
    assert [file.name for file in private.parent.iterdir()] == ["token"]


def test_a_generated_file_that_did_not_change_keeps_its_times(store: FileSystemStore, root: Path) -> None:
    store.write_generated("vaultrel/feed.ics", b"x")
    before = (root / "vaultrel" / "feed.ics").stat()
    store.write_generated("vaultrel/feed.ics", b"x")
    after = (root / "vaultrel" / "feed.ics").stat()
    assert (after.st_mtime_ns, after.st_ino) == (before.st_mtime_ns, before.st_ino)
