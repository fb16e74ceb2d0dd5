from __future__ import annotations

import os
import re
import signal
import stat
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from vaultrel.errors import AnotherWriterError, StorageFailedError
from vaultrel.storage.lock import VaultLock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HOLDER = """
import sys, pathlib
from vaultrel.storage.lock import VaultLock
with VaultLock(pathlib.Path(sys.argv[1]), "Notes"):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "vaults" / "writer.lock"


@pytest.fixture
def holder(path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the lock until its standard input ends."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_another_writer_is_refused_at_once_and_told_who_is_writing(path: Path, holder: subprocess.Popen[str]) -> None:
    with pytest.raises(AnotherWriterError) as refused, VaultLock(path, "Notes"):
        pytest.fail("two writers at once")
    assert refused.value.root == "Notes"
    assert re.fullmatch(rf"process {holder.pid}, started \d{{4}}-\d\d-\d\d \d\d:\d\d:\d\d UTC", refused.value.owner)


def test_a_killed_process_frees_the_lock(path: Path, holder: subprocess.Popen[str]) -> None:
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    with VaultLock(path, "Notes"):
        pass


def test_a_writer_may_wait_for_another_to_end(path: Path, holder: subprocess.Popen[str]) -> None:
    assert holder.stdin is not None
    ending = threading.Timer(0.1, holder.stdin.close)
    ending.start()
    with VaultLock(path, "Notes", timeout=20):
        ending.join()
        holder.wait()


def test_two_locks_in_one_process_exclude_each_other(path: Path) -> None:
    with VaultLock(path, "Notes"):
        with pytest.raises(AnotherWriterError) as refused, VaultLock(path, "Notes"):
            pytest.fail("two writers at once")
        assert f"process {os.getpid()}," in refused.value.owner
    with VaultLock(path, "Notes"):
        pass


def test_two_vaults_have_nothing_to_do_with_each_other(path: Path) -> None:
    with VaultLock(path, "Notes"), VaultLock(path.with_name("other.lock"), "Other"):
        pass


def test_an_error_while_writing_frees_the_lock(path: Path) -> None:
    with pytest.raises(ZeroDivisionError), VaultLock(path, "Notes"):
        raise ZeroDivisionError
    with VaultLock(path, "Notes"):
        pass


def test_an_owner_that_left_no_name_is_still_refused(path: Path, holder: subprocess.Popen[str]) -> None:
    path.with_name("writer.lock.owner").write_text("?", encoding="ascii")
    with pytest.raises(AnotherWriterError) as refused, VaultLock(path, "Notes"):
        pytest.fail("two writers at once")
    assert refused.value.owner == "its process is not known"


def test_the_lock_is_its_owners_alone_and_its_note_goes_with_it(path: Path) -> None:
    with VaultLock(path, "Notes"):
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert not path.with_name("writer.lock.owner").exists()


def test_a_lock_that_cannot_be_made_is_a_failure_and_not_another_writer(tmp_path: Path) -> None:
    (tmp_path / "state").write_bytes(b"a file where the folder should be")
    with pytest.raises(StorageFailedError), VaultLock(tmp_path / "state" / "writer.lock", "Notes"):
        pytest.fail("there is no lock")


def test_who_writes_at_this_moment_can_be_asked_without_the_lock(path: Path, holder: subprocess.Popen[str]) -> None:
    told = VaultLock(path, "Notes").holder()
    assert told is not None
    assert told.startswith(f"process {holder.pid}, started ")
    holder.kill()
    holder.wait()
    assert VaultLock(path, "Notes").holder() is None


def test_asking_who_writes_leaves_nothing_behind_and_keeps_nobody_out(path: Path) -> None:
    assert VaultLock(path, "Notes").holder() is None
    assert not path.parent.exists()
    with VaultLock(path, "Notes"):
        pass
    assert VaultLock(path, "Notes").holder() is None
    with VaultLock(path, "Notes"):
        pass
