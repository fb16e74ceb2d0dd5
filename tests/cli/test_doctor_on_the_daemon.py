"""`doctor` says how the daemon watches, and nothing of it where none does."""

from __future__ import annotations

import datetime as dt
import os
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from vaultrel.app import open_vault
from vaultrel.app.watching import Watching

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Run

NOW = dt.datetime(2026, 6, 30, 12, 0, tzinfo=dt.UTC)
WELL = Watching(os.getpid(), NOW - dt.timedelta(hours=3), "events", 900.0, folders=1700)


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("vaultrel.clock.utc_now", lambda: NOW)
    (tmp_path / "Notes" / "People").mkdir(parents=True)
    (tmp_path / "Notes" / "People" / "Ada Stone.md").write_text("---\ntags: [person]\n---\n")
    return tmp_path / "Notes"


def _doctor(run: Run, root: Path, watching: Watching | None) -> tuple[str, Any]:
    open_vault(root).keep_watching(watching)
    return run("--vault", root, "doctor").out, run("--vault", root, "doctor", "--json").json["watching"]


def test_nothing_is_said_where_no_daemon_watches(run: Run, root: Path) -> None:
    shown, told = _doctor(run, root, None)
    assert "watched by" not in shown
    assert told is None


def test_a_daemon_is_shown_with_the_folders_it_watches(run: Run, root: Path) -> None:
    shown, told = _doctor(run, root, WELL)
    assert f"✓ watched by process {os.getpid()}, begun 3 hours ago: 1,700 of 1,700 folders" in shown
    assert (told["mode"], told["folders"], told["unwatched"], told["trouble_at"]) == ("events", 1700, 0, None)


def test_folders_that_are_not_watched_are_shown_with_the_fix(run: Run, root: Path) -> None:
    limited = msgspec.structs.replace(WELL, unwatched=1200, poll_seconds=60.0, trouble="the limit")
    shown, told = _doctor(run, root, limited)
    assert "500 of 1,700 folders" in shown
    assert "! the rest is looked at every 60 seconds: the system watches no more" in shown
    assert "fs.inotify.max_user_watches" in shown
    assert told["unwatched"] == 1200


def test_the_last_trouble_is_shown_with_its_time(run: Run, root: Path) -> None:
    troubled = msgspec.structs.replace(
        WELL, trouble="a thread that watches the folders had ended", trouble_at=NOW - dt.timedelta(minutes=4)
    )
    assert "· 4 minutes ago: a thread that watches the folders had ended" in _doctor(run, root, troubled)[0]


def test_a_daemon_that_looks_again_and_again_says_how_often(run: Run, root: Path) -> None:
    polling = msgspec.structs.replace(WELL, mode="polling", poll_seconds=60.0)
    assert "looks at the files every 60 seconds" in _doctor(run, root, polling)[0]
