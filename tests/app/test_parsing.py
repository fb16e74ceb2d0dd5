"""Many notes are parsed by several processes: the same notes come out, and no process outlasts the scan."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from vaultrel.app import open_vault, parsing
from vaultrel.app.parsing import FEWEST_FOR_WORKERS, parse_notes
from vaultrel.core.notes import parse_note
from vaultrel.index import decode_note
from vaultrel.model import NotePath
from vaultrel.settings import DEFAULT_SETTINGS, parse_settings
from vaultrel.storage.memory import MemoryStore

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vaultrel.app.parsing import ParsedNote
    from vaultrel.settings import Settings

ROOT = Path(__file__).parents[2]

ODD = {
    "Empty.md": b"",
    "Latin.md": "caf\xe9".encode("latin-1"),
    "Sixteen.md": "Ann".encode("utf-16"),
    "Broken.md": b"---\ntitle: [never closed\nother: 'x\n---\n[[Ann]]\n",
    "Surrogate.md": b'---\nalias: "\\ud800"\n---\n[[Ann]]\n',
    "Template.md": b"---\ndate: {{date}}\n---\n",
    "Meetings/2026-05-04 été.md": b"---\ntype: meeting\nattendees: ['[[Ann]]', Bob]\n---\n",
    "Large.md": b"word [[Ann]] " * 100_000,
}


@pytest.fixture
def two_workers(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """Two workers and small chunks, however many processors there are; gives the ids of the processes started."""
    started: list[int] = []
    start = parsing._start

    def record() -> subprocess.Popen[bytes] | None:
        process = start()
        started.extend([process.pid] if process else [])
        return process

    monkeypatch.setattr(parsing, "_start", record)
    monkeypatch.setattr(parsing, "count_workers", lambda: 2)
    monkeypatch.setattr(parsing, "_CHUNK_NOTES", 7)
    yield started
    assert not [pid for pid in started if is_running(pid)]


def is_running(pid: int) -> bool:
    """Whether there is such a process, and not only what nobody has asked for its end."""
    try:
        os.kill(pid, 0)
        state = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[0]
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return state != b"Z"


def many_notes() -> list[tuple[NotePath, bytes]]:
    files = {path.relative_to(ROOT).as_posix(): path.read_bytes() for path in ROOT.glob("sample_vault/**/*.md")}
    return [(NotePath(path), data) for path, data in {**files, **ODD}.items()]


def parse_together(files: list[tuple[NotePath, bytes]], settings: Settings = DEFAULT_SETTINGS) -> list[ParsedNote]:
    return [parsed for batch in parse_notes(files, FEWEST_FOR_WORKERS, settings) for parsed in batch]


@pytest.mark.parametrize("written", [{}, {"people": {"plain_names": True}, "date_order": "dmy", "me": ["Zoë"]}])
def test_workers_give_the_notes_that_one_process_gives(two_workers: list[int], written: dict[str, object]) -> None:
    settings = parse_settings(written, "test")
    files = many_notes()
    parsed = parse_together(files, settings)
    assert [one.note for one in parsed] == [parse_note(path, data, settings) for path, data in files]
    assert all(decode_note(one.blob) == one.note for one in parsed if one.blob is not None)
    assert sum(one.blob is None for one in parsed) <= 1, "only the note that the index cannot keep was parsed here"
    assert len(two_workers) == 2


def test_few_notes_start_no_process(two_workers: list[int]) -> None:
    files = many_notes()
    assert sum(map(len, parse_notes(files, FEWEST_FOR_WORKERS - 1, DEFAULT_SETTINGS))) == len(files)
    assert two_workers == []


def test_what_killed_workers_leave_undone_is_done_here(two_workers: list[int]) -> None:
    files = many_notes()
    notes = []
    for batch in parse_notes(files, FEWEST_FOR_WORKERS, DEFAULT_SETTINGS):
        for pid in two_workers:
            os.kill(pid, signal.SIGTERM)
        notes += [parsed.note for parsed in batch]
    assert notes == [parse_note(path, data) for path, data in files]


@pytest.mark.parametrize("program", ["raise SystemExit(3)", "print('no message of ours', flush=True)"])
def test_workers_that_are_of_no_use_are_done_without(
    two_workers: list[int], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, program: str
) -> None:
    (tmp_path / "of_no_use.py").write_text(f"def main():\n    {program}\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(parsing, "_PROGRAM", "of_no_use")
    files = many_notes()
    assert [one.note for one in parse_together(files)] == [parse_note(path, data) for path, data in files]


def test_no_process_can_be_started_and_all_is_read(two_workers: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    files = many_notes()
    assert [one.note for one in parse_together(files)] == [parse_note(path, data) for path, data in files]


def test_workers_end_when_whoever_asked_wants_no_more(two_workers: list[int]) -> None:
    with closing(parse_notes(many_notes(), FEWEST_FOR_WORKERS, DEFAULT_SETTINGS)) as batches:
        next(batches)
        assert len([pid for pid in two_workers if is_running(pid)]) == 2


def test_nothing_in_the_folder_one_is_in_is_run(
    two_workers: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("vaultrel", "msgspec", "yaml", "re", "json"):
        (tmp_path / f"{module}.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", ["", *sys.path])
    assert any(one.blob is not None for one in parse_together(many_notes()))
    assert not (tmp_path / "ran").exists()


def test_a_vault_read_by_workers_gives_the_same_snapshot(
    two_workers: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    files: dict[str, bytes | str] = dict(many_notes())
    alone = open_vault(MemoryStore(files)).snapshot()
    monkeypatch.setattr(parsing, "FEWEST_FOR_WORKERS", 1)
    assert open_vault(MemoryStore(files)).snapshot() == alone
    assert len(two_workers) == 2


BROKEN_OFF = """
import os, signal, sys, time
from vaultrel.app import open_vault, parsing
parsing.FEWEST_FOR_WORKERS, parsing._CHUNK_NOTES = 1, 10
parsing.count_workers = lambda: 2
start = parsing._start
def record():
    process = start()
    print(process.pid, flush=True)
    return process
parsing._start = record
def progress(count, total):
    if count == 150:
        print("reading", flush=True)
        if sys.argv[2] == "group":
            os.killpg(0, signal.SIGINT)
        elif sys.argv[2] == "wait":
            time.sleep(60)
        else:
            os.kill(os.getpid(), signal.SIGINT)
with open_vault(sys.argv[1]) as vault:
    vault.scan(progress=progress)
"""
"""A scan with two workers that is broken off when 150 of 200 notes are read."""


@pytest.fixture
def vault_of_200(tmp_path: Path) -> Path:
    root = tmp_path / "vault"
    (root / "People").mkdir(parents=True)
    for number in range(200):
        (root / f"People/Ann {number}.md").write_text(f"- met:: [[Ann {number + 1}]]\n")
    return root


def break_off(root: Path, how: str) -> tuple[subprocess.Popen[bytes], list[int]]:
    """Start the scan; gives it back when it has read 150 notes, with the ids of its workers."""
    command = [sys.executable, "-c", BROKEN_OFF, str(root), how]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True, cwd=root.parent
    )
    assert process.stdout is not None
    told = [process.stdout.readline().strip() for _ in range(3)]
    assert told[2] == b"reading"
    return process, [int(pid) for pid in told[:2]]


def wait_until_gone(pids: list[int]) -> None:
    for _ in range(200):
        if not any(map(is_running, pids)):
            return
        time.sleep(0.05)
    pytest.fail("a worker outlasted the process that started it")


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C is no signal there")
@pytest.mark.parametrize("how", ["alone", "group"])
def test_ctrl_c_in_a_first_scan_keeps_what_was_read_and_leaves_no_worker(vault_of_200: Path, how: str) -> None:
    process, workers = break_off(vault_of_200, how)
    _, told = process.communicate(timeout=60)
    assert process.returncode != 0
    assert b"KeyboardInterrupt" in told
    wait_until_gone(workers)
    with open_vault(vault_of_200) as vault:
        assert vault.locations is not None
        with closing(sqlite3.connect(vault.locations.index)) as index:
            ((remembered,),) = index.execute("SELECT count(*) FROM notes")
        assert 50 <= remembered < 200
        resumed = vault.snapshot()
    assert resumed == open_vault(MemoryStore(read_all(vault_of_200))).snapshot()


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL there")
def test_no_worker_outlasts_a_killed_scan(vault_of_200: Path) -> None:
    process, workers = break_off(vault_of_200, "wait")
    process.kill()
    process.communicate(timeout=60)
    wait_until_gone(workers)


def read_all(root: Path) -> dict[str, bytes | str]:
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*.md")}
