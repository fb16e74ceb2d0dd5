"""A `scan` with nothing to do is told by what an earlier one kept: in the same words, and with no other outcome."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias
from unittest import mock

import pytest

from vaultrel.app import open_vault, opening
from vaultrel.storage.naming import temp_name

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Ran, Run

CONFIG = """
[feed]
publish_to = "~/copies"
vdir = "~/events"
[feeds.again]
"""

WAYS = {
    "plain": ("scan",),
    "json": ("--json", "scan"),
    "verbose": ("-v", "scan"),
    "quiet": ("-q", "scan"),
    "dry run": ("scan", "--dry-run"),
    "dry run as json": ("scan", "-n", "--json"),
    "check": ("scan", "--check"),
    "diff": ("scan", "--diff"),
    "in colour": ("--color", "always", "scan"),
    "missing accepted": ("scan", "--accept-missing"),
}

Scan: TypeAlias = Callable[..., "tuple[Ran, bool]"]


@pytest.fixture
def scan(run: Run, vault: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> Scan:
    """Runs a scan of a vault that others left nothing to do; tells as well whether the vault was opened for it."""
    monkeypatch.setattr("vaultrel.core.changes.COARSE_CLOCK_NS", 0)
    for name in ("copies", "events"):
        (home / name).mkdir()
    (vault / ".vaultrel").mkdir()
    (vault / ".vaultrel/config.toml").write_text(CONFIG)

    def scan_once(*way: str) -> tuple[Ran, bool]:
        with mock.patch.object(opening, "open_vault", wraps=open_vault) as opened:
            ran = run("--vault", vault, *(way or ("scan",)))
        return ran, opened.called

    for _ in range(3):
        scan_once()
    return scan_once


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_what_is_kept_is_shown_as_a_scan_shows_it_that_looks_at_everything(
    scan: Scan, home: Path, way: tuple[str, ...]
) -> None:
    short, opened = scan(*way)
    assert not opened
    for kept in home.glob(".cache/vaultrel/*/scan"):
        kept.unlink()
    whole, opened = scan(*way)
    assert opened
    assert short == whole


@pytest.mark.parametrize("option", ["--full", "--no-notes", "--as-of=2026-06-30"])
def test_a_scan_that_is_asked_for_more_than_usual_looks_at_everything(scan: Scan, option: str) -> None:
    assert scan("scan", option)[1]


def test_a_scan_with_other_settings_looks_at_everything(scan: Scan, tmp_path: Path) -> None:
    (tmp_path / "other.toml").write_text("")
    assert scan("--config", str(tmp_path / "other.toml"), "scan", "-n")[1]


def files(vault: Path, home: Path) -> dict[str, Path]:
    """All that a scan made or goes by beside notes, by a name that is the same in every test."""
    (state,) = home.glob(".local/state/vaultrel/vaults/*")
    (cache,) = home.glob(".cache/vaultrel/*")
    places = {"vault": vault / "vaultrel", "hidden": vault / ".vaultrel", "state": state, "copies": home / "copies"}
    found = {f"{name}/{file.name}": file for name, place in places.items() for file in place.iterdir()}
    event = min((home / "events").iterdir())
    return {**found, "events/first": event, "cache/index": cache / "index.sqlite"}


MADE = [
    "vault/followups.ics",
    "vault/again.ics",
    "vault/Relationships.md",
    "vault/Names.md",
    "hidden/config.toml",
    "hidden/feed-namespace",
    "hidden/feed-people",
    "copies/followups.ics",
    "events/first",
    "state/feed",
    "state/feed.again",
    "state/names",
    "state/namespace",
    "state/rendered",
    "state/root",
    "state/vdir",
    "cache/index",
]
NOT_GONE_BY = {"state/last-scan", "state/writer.lock", "state/journal", "vault/People.base"}
"""Of when nothing else is: and views, which are the user's once they are made."""


def test_every_file_that_a_scan_makes_is_in_the_list(scan: Scan, vault: Path, home: Path) -> None:
    assert set(files(vault, home)) - NOT_GONE_BY == set(MADE)


@pytest.mark.parametrize("name", MADE)
@pytest.mark.parametrize("what", ["gone", "emptied", "replaced by the same", "written to"])
def test_a_file_that_a_scan_made_and_somebody_changed_is_looked_at(
    scan: Scan, vault: Path, home: Path, name: str, what: str
) -> None:
    assert not scan()[1]
    file = files(vault, home)[name]
    if what == "gone":
        file.unlink()
    elif what == "emptied":
        file.write_bytes(b"")
    elif what == "replaced by the same":
        shutil.copy2(file, file.with_name("new"))
        file.with_name("new").replace(file)
    else:
        then = file.stat()
        with file.open("r+b") as opened:
            opened.write(b"X")
        os.utime(file, ns=(then.st_atime_ns, then.st_mtime_ns))
    assert scan("scan", "-n")[1]
    assert scan()[1]


CHANGES: dict[str, Callable[[Path, Path], object]] = {
    "a note saved": lambda vault, _: (vault / "People/Ben Okoro.md").write_text("Plays the flute.\n"),
    "a note more": lambda vault, _: (vault / "People/New.md").write_text(""),
    "a note that is ignored": lambda vault, _: (vault / "People/A.sync-conflict-20260101-000000-AAAAAAA.md").touch(),
    "a note less": lambda vault, _: (vault / "People/Ben Okoro.md").unlink(),
    "a temporary file of a killed run": lambda vault, _: (vault / "People" / temp_name("Ben Okoro.md")).touch(),
    "settings of Obsidian": lambda vault, _: (vault / ".obsidian/app.json").write_text("{}"),
    "an event of another program": lambda _, home: (home / "events/other.ics").touch(),
    "no folder for copies": lambda _, home: shutil.rmtree(home / "copies"),
    "no folder for events": lambda _, home: shutil.rmtree(home / "events"),
    "nothing known of the last scan": lambda _, home: next(
        home.glob(".local/state/vaultrel/vaults/*/last-scan")
    ).unlink(),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_whatever_else_a_scan_goes_by_and_somebody_changed_is_looked_at(
    scan: Scan, vault: Path, home: Path, change: Callable[[Path, Path], object]
) -> None:
    assert not scan()[1]
    change(vault, home)
    assert scan()[1]


@pytest.mark.parametrize("days", [1, -1])
def test_another_day_is_looked_at(scan: Scan, monkeypatch: pytest.MonkeyPatch, days: int) -> None:
    import datetime as dt

    from vaultrel import clock

    today = clock.today() + dt.timedelta(days=days)
    monkeypatch.setattr(clock, "today", lambda: today)
    assert scan()[1]


def test_what_could_not_be_published_is_tried_again_each_time(scan: Scan, home: Path) -> None:
    shutil.rmtree(home / "copies")
    for _ in range(4):
        ran, opened = scan()
        assert opened
        assert "feed-not-copied" in ran.out


def test_a_scan_that_found_nothing_to_do_is_the_last_scan(scan: Scan, vault: Path, home: Path) -> None:
    (file,) = home.glob(".local/state/vaultrel/vaults/*/last-scan")
    os.utime(file, (0, 0))
    assert scan("scan", "-n") == (mock.ANY, False)
    assert file.stat().st_mtime == 0
    assert scan() == (mock.ANY, False)
    with open_vault(vault) as opened:
        last = opened.writers().last_scan
    assert last is not None
    assert last.timestamp() == file.stat().st_mtime > 0


def test_a_scan_that_had_anything_to_do_leaves_no_answer(scan: Scan, vault: Path) -> None:
    (vault / "Daily/2026-06-29.md").write_text("met:: [[Dan Hale]]\n")
    for _ in range(2):
        assert scan()[1]
    (vault / "vaultrel/Names.md").unlink()
    assert scan()[1]
    assert scan()[1]
    assert not scan()[1]
