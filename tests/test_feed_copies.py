"""Copies of the feed for the user's own sync: whole, private, and never over somebody else's file."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from vaultrel.app.feed_copies import copy_target, write_feed_copy
from vaultrel.errors import StorageFailedError, WriteRefusedError

if TYPE_CHECKING:
    from collections.abc import Callable

HEAD = b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//vaultrel//vaultrel//EN\r\n"
FEED = HEAD + b"NAME:Follow-ups\r\nEND:VCALENDAR\r\n"
OLDER = FEED.replace(b"Follow-ups", b"Older")


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize(
    ("destination", "target"),
    [
        ("/srv/sync", "/srv/sync/work.ics"),
        ("/srv/sync/", "/srv/sync/work.ics"),
        ("/srv/sync/mine.ics", "/srv/sync/mine.ics"),
        ("/srv/sync/MINE.ICS", "/srv/sync/MINE.ICS"),
        ("~/Sync", "{home}/Sync/work.ics"),
        ("~", "{home}/work.ics"),
    ],
)
def test_a_destination_is_a_folder_or_a_file_that_ends_in_ics(home: Path, destination: str, target: str) -> None:
    assert copy_target(destination, "work.ics") == Path(target.format(home=home))


@pytest.mark.parametrize("destination", ["Sync", "./Sync", "../Sync", "~nobody-of-that-name/Sync"])
def test_a_destination_that_depends_on_where_one_stands_is_refused(destination: str) -> None:
    with pytest.raises(WriteRefusedError, match="not-absolute"):
        copy_target(destination, "work.ics")


def test_a_copy_is_for_its_owner_alone_unless_another_mode_is_chosen(tmp_path: Path) -> None:
    assert write_feed_copy(tmp_path / "a.ics", FEED, "600")
    assert write_feed_copy(tmp_path / "b.ics", FEED, "644")
    assert (mode_of(tmp_path / "a.ics"), mode_of(tmp_path / "b.ics")) == (0o600, 0o644)
    assert (tmp_path / "a.ics").read_bytes() == FEED


def test_the_same_feed_is_not_written_again(tmp_path: Path) -> None:
    target = tmp_path / "a.ics"
    assert write_feed_copy(target, FEED, "600")
    before = target.stat()
    assert not write_feed_copy(target, FEED, "600")
    assert target.stat().st_mtime_ns == before.st_mtime_ns
    assert write_feed_copy(target, OLDER, "600")
    assert [file.name for file in tmp_path.iterdir()] == ["a.ics"]


def test_a_folder_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    """What is written below the place where nothing is mounted is lost as soon as something is."""
    with pytest.raises(WriteRefusedError, match=r"is not there, or not mounted \(no-folder\)"):
        write_feed_copy(tmp_path / "mount/a.ics", FEED, "600")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("held", [b"", HEAD, OLDER, OLDER + bytes(100)], ids=["empty", "torn", "older", "zeros behind"])
def test_what_vaultrel_wrote_is_replaced_even_when_it_is_damaged(tmp_path: Path, held: bytes) -> None:
    target = tmp_path / "a.ics"
    target.write_bytes(held)
    assert write_feed_copy(target, FEED, "600")
    assert target.read_bytes() == FEED


@pytest.mark.parametrize(
    "held",
    [
        b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Club//Calendar//EN\r\nEND:VCALENDAR\r\n",
        b"x",
        bytes(512),
        b"\r\n" + FEED,
    ],
    ids=["another calendar", "one letter", "zeros", "something before"],
)
def test_a_file_of_somebody_else_s_is_never_replaced(tmp_path: Path, held: bytes) -> None:
    target = tmp_path / "a.ics"
    target.write_bytes(held)
    with pytest.raises(WriteRefusedError, match="not-ours"):
        write_feed_copy(target, FEED, "600")
    assert target.read_bytes() == held


def make_link(target: Path) -> None:
    (target.parent / "other").write_bytes(OLDER)
    target.symlink_to("other")


@pytest.mark.parametrize(
    ("make", "code"), [(make_link, "symlink"), (Path.mkdir, "not-regular"), (os.mkfifo, "not-regular")]
)
def test_what_is_no_ordinary_file_is_not_replaced(tmp_path: Path, make: Callable[[Path], None], code: str) -> None:
    target = tmp_path / "a.ics"
    make(target)
    before = target.lstat()
    with pytest.raises(WriteRefusedError, match=code):
        write_feed_copy(target, FEED, "600")
    assert target.lstat().st_ino == before.st_ino


def test_when_the_disk_fails_the_old_copy_stays_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "a.ics"
    target.write_bytes(OLDER)

    def fail(_handle: int, _data: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", fail)
    with pytest.raises(StorageFailedError, match="No space left"):
        write_feed_copy(target, FEED, "600")
    assert target.read_bytes() == OLDER
    assert [file.name for file in tmp_path.iterdir()] == ["a.ics"]
