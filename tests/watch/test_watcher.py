"""The daemon: one saved note, one scan; our own writes lead nowhere; it stops when told."""

from __future__ import annotations

import datetime as dt
import os
import threading
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from vaultrel import clock
from vaultrel.app import Vault, open_vault
from vaultrel.settings import Settings, WatchSettings

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("home")


def _impatient(vault: Vault, **values: float) -> Vault:
    watch = WatchSettings(**{"debounce_seconds": 0.05, "quiet_seconds": 0.0, **values})
    vault.settings = msgspec.structs.replace(vault.settings, watch=watch)
    vault.grace_seconds = 0.0
    return vault


def test_a_saved_note_changes_its_person_and_the_feed(vault: Vault, watching: Any) -> None:
    with watching(_impatient(vault)) as (reports, root, _):
        before = (root / "People" / "Ada Stone.md").read_text()
        (root / f"{dt.date(2026, 2, 6)}.md").write_text("called:: [[Ada Stone]]\n")
        reports.wait_for(lambda seen: any(r.snapshot.note_count == 3 and r.applied for r in seen))
        after = (root / "People" / "Ada Stone.md").read_text()
    assert "rel_last_contact: 2026-01-05" in before
    assert "rel_last_contact: 2026-02-06" in after


def test_our_own_writes_end_the_chain(vault: Vault, watching: Any) -> None:
    with watching(_impatient(vault, rescan_seconds=0.3)) as (reports, _, _):
        reports.wait_for(lambda seen: len(seen) >= 4)
        written = [bool(report.applied or report.published) for report in reports.all]
    assert written == [True] + [False] * (len(written) - 1)


def test_a_note_somebody_just_touched_is_written_once_it_is_quiet(
    vault: Vault, watching: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = [0.0]
    real = clock.wall_seconds
    monkeypatch.setattr(clock, "wall_seconds", lambda: real() + later[0])
    with watching(_impatient(vault, quiet_seconds=3600.0, rescan_seconds=0.2)) as (reports, root, _):
        assert reports.all[0].waiting == ("People/Ada Stone.md",)
        assert "rel_" not in (root / "People" / "Ada Stone.md").read_text()
        later[0] = 4000.0
        reports.wait_for(lambda seen: bool(seen[-1].applied))
        assert "rel_strength" in (root / "People" / "Ada Stone.md").read_text()


def test_a_note_that_only_we_have_written_is_not_waited_for(vault: Vault, watching: Any) -> None:
    assert vault.root is not None
    ada = vault.root / "People" / "Ada Stone.md"
    os.utime(ada, (0, 0))
    with watching(_impatient(vault, quiet_seconds=3600.0)) as (reports, root, _):
        assert reports.all[0].applied
        (root / "2026-02-06.md").write_text("called:: [[Ada Stone]]\n")
        reports.wait_for(lambda seen: bool(seen[-1].applied) and seen[-1] is not seen[0])
        assert not any(report.waiting for report in reports.all)


def test_the_daemon_comes_back_when_the_first_waiting_note_is_quiet(vault: Vault) -> None:
    assert vault.root is not None
    ada = vault.root / "People" / "Ada Stone.md"
    os.utime(ada, (clock.wall_seconds() - 40.0, clock.wall_seconds() - 40.0))
    report = vault.scan(quiet_seconds=100.0)
    assert report.waiting == ("People/Ada Stone.md",)
    assert 0.0 < report.retry_seconds <= 60.0


@pytest.mark.parametrize("name", ["Relationships.md", "Names.md"])
def test_a_generated_note_that_the_user_answers_in_is_watched_too(vault: Vault, watching: Any, name: str) -> None:
    with watching(_impatient(vault)) as (reports, root, _):
        scans = len(reports.all)
        (root / "vaultrel" / name).write_text("mine\n")
        reports.wait_for(lambda seen: len(seen) > scans)


def test_polling_sees_a_change_without_events(vault: Vault, watching: Any) -> None:
    with watching(_impatient(vault), poll_seconds=0.1) as (reports, root, _):
        (root / "2026-02-07.md").write_text("met:: [[Ada Stone]]\n")
        reports.wait_for(lambda seen: seen[-1].snapshot.note_count == 3)


def test_midnight_is_a_reason_to_look_again(vault: Vault, watching: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "seconds_to_midnight", lambda: 0.2)
    with watching(_impatient(vault)) as (reports, _, _):
        reports.wait_for(lambda seen: len(seen) >= 3)


def test_what_the_daemon_found_is_kept_for_other_commands(
    vault: Vault, watching: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = threading.Event()
    monkeypatch.setattr("vaultrel.watch.watcher.KEEP_AFTER_SECONDS", 0.05)

    def keep() -> None:
        Vault.keep_snapshot(vault)
        if len(reports.all) > 1:  # what it wrote itself has been read as well
            kept.set()

    monkeypatch.setattr(vault, "keep_snapshot", keep)
    with watching(_impatient(vault)) as (reports, root, _):
        assert kept.wait(30.0)
        monkeypatch.setattr("vaultrel.core.derive.Derivation", None)
        assert open_vault(root).snapshot() == reports.all[-1].snapshot


def test_a_vault_that_is_away_for_a_while_is_not_taken_for_deleted(vault: Vault, watching: Any, tmp_path: Path) -> None:
    with watching(_impatient(vault, rescan_seconds=0.2)) as (reports, root, _):
        feed = (root / "vaultrel" / "followups.ics").read_bytes()
        root.rename(tmp_path / "away")
        root.mkdir()
        threading.Event().wait(0.6)  # a scan that had begun before may still end well
        count = len(reports.all)
        threading.Event().wait(0.6)
        assert len(reports.all) == count, "a scan went through although every note was gone"
        root.rmdir()
        (tmp_path / "away").rename(root)
        assert (root / "vaultrel" / "followups.ics").read_bytes() == feed


def test_settings_of_the_daemon_have_sane_defaults() -> None:
    assert Settings().watch.quiet_seconds == 30
