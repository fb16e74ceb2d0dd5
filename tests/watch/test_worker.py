"""Notes are read by a process of its own, which is let go when it is long quiet, and begun when there is need."""

from __future__ import annotations

import datetime as dt
import logging
import os
import re
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING, Protocol

import msgspec
import pytest

from vaultrel import clock
from vaultrel.errors import VaultrelError
from vaultrel.watch import Watcher, Worker
from vaultrel.watch.calls import Ask
from vaultrel.watch.resting import Rest
from vaultrel.watch.worker import WorkerEndedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from vaultrel.app import Vault
    from vaultrel.watch import Outcome

    class Daemon(Protocol):
        def __call__(self) -> AbstractContextManager[Running]: ...


PATIENCE = 30.0
FEED = "vaultrel/followups.ics"
MET = "met:: [[Ada Stone]]\n"


def until(wanted: Callable[[], bool]) -> None:
    """Wait for something that must happen."""
    deadline = time.monotonic() + PATIENCE
    while not wanted():
        assert time.monotonic() < deadline, "never came"
        time.sleep(0.02)


class Running:
    """A daemon on a thread, with a worker, and what its scans did."""

    def __init__(self, vault: Vault) -> None:
        assert vault.root is not None
        self.root = vault.root
        self.reports: list[Outcome] = []
        self.worker = Worker(vault, vault.take_feeds)
        self.watcher = Watcher(vault, vault.root, self.reports.append, worker=self.worker)

    @property
    def process(self) -> int:
        """The number of the worker's process."""
        assert self.worker._running is not None
        return self.worker._running._process.pid

    def save(self, name: str, text: str = MET) -> None:
        """Save a note, and wait until a scan has read it."""
        count = len(self.reports)
        (self.root / name).write_text(text)
        until(lambda: any(report.notes_read for report in self.reports[count:]))

    def rest(self) -> None:
        """Wait until the worker is away."""
        until(lambda: bool(self.reports) and not self.worker.is_running)


@pytest.fixture
def daemon(vault: Vault, monkeypatch: pytest.MonkeyPatch) -> Daemon:
    """Begins a daemon on the vault, which is soon tired of holding its worker."""
    monkeypatch.setattr("vaultrel.watch.resting.REST_AFTER_SECONDS", 0.4)
    monkeypatch.setattr("vaultrel.watch.resting.LONGEST_HELD_SECONDS", 0.4)

    @contextmanager
    def begin() -> Iterator[Running]:
        running = Running(vault)
        thread = threading.Thread(target=running.watcher.run)
        thread.start()
        try:
            until(lambda: bool(running.reports))
            yield running
        finally:
            running.watcher.stop()
            thread.join(PATIENCE)
            assert not thread.is_alive(), "the daemon did not stop when told to"
            assert not running.worker.is_running

    return begin


@pytest.fixture
def worker(vault: Vault) -> Iterator[Worker]:
    worker = Worker(vault, vault.take_feeds)
    yield worker
    worker.end()


def test_a_worker_does_what_a_scan_of_the_vault_does(vault: Vault, worker: Worker) -> None:
    scanned = worker.scan(quiet_seconds=0)
    assert vault.root is not None
    assert scanned.notes_read == 2
    assert scanned.applied == ("People/Ada Stone.md",)
    assert "rel_strength" in (vault.root / "People/Ada Stone.md").read_text()
    assert FEED in scanned.published
    assert vault.served_feed() == (vault.root / FEED).read_bytes()
    with_folders = vault.scan()
    assert (with_folders.applied, with_folders.published) == ((), ())
    assert scanned.folders.items() <= vault.folders.items()
    assert "People/" in scanned.folders


def test_feeds_are_told_of_while_the_scan_goes_on(vault: Vault) -> None:
    vault.grace_seconds = 5.0
    told: list[float] = []
    worker = Worker(vault, lambda _feeds: told.append(time.monotonic()))
    assert vault.root is not None
    try:
        with (vault.root / "People/Ada Stone.md").open("r+b"):  # who may still write to it is waited for
            worker.scan(quiet_seconds=0)
    finally:
        worker.end()
    # The scan waited for other writers then; on a busy computer the word of it may come late.
    assert time.monotonic() - told[0] > vault.grace_seconds / 5


def test_a_worker_is_let_go_when_it_is_quiet_and_begun_by_a_saved_note(vault: Vault, daemon: Daemon) -> None:
    with daemon() as running:
        first = running.process
        running.rest()
        until(lambda: not _runs(first))
        running.save("2026-03-01.md")
        assert running.process != first
        until(lambda: "rel_contact_days: 2" in (running.root / "People/Ada Stone.md").read_text())


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def test_while_the_worker_is_away_a_rescan_that_finds_nothing_begins_none(
    vault: Vault, daemon: Daemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    with daemon() as running:
        running.rest()
        looks: list[int | None] = []
        real = Rest.look

        def look(rest: Rest) -> int | None:
            looks.append(real(rest))
            return looks[-1]

        monkeypatch.setattr(Rest, "look", look)
        count = len(running.reports)
        monkeypatch.setattr(running.watcher, "_is_of_interest", lambda _path: False)
        _rescan_every(running, 0.05)
        until(lambda: len(looks) > 5)
        assert (len(running.reports), running.worker.is_running) == (count, False)


@pytest.mark.parametrize("what", ["note", "feed", "names", "day"])
def test_while_the_worker_is_away_a_rescan_finds_what_no_event_told_of(
    vault: Vault, daemon: Daemon, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    with daemon() as running:
        running.rest()
        monkeypatch.setattr(running.watcher, "_is_of_interest", lambda _path: False)
        count = len(running.reports)
        if what == "note":
            (running.root / "2026-03-01.md").write_text(MET)
        elif what == "feed":
            (running.root / FEED).unlink()
        elif what == "names":
            (running.root / "vaultrel/Names.md").write_text("- [[Ada Stone]]\n")
        else:
            tomorrow = clock.today().replace(year=clock.today().year + 1)
            monkeypatch.setattr(clock, "today", lambda: tomorrow)
        _rescan_every(running, 0.05)
        until(lambda: len(running.reports) > count)
        assert (running.root / FEED).exists()


def _rescan_every(running: Running, seconds: float) -> None:
    """Have the daemon look again that soon, from now on."""
    running.watcher._poll_seconds = seconds
    running.watcher._debouncer.add("", clock.monotonic())
    running.watcher._inbox.wake()


def test_a_note_being_edited_keeps_the_worker(vault: Vault, daemon: Daemon) -> None:
    assert vault.root is not None
    config = vault.root / ".vaultrel/config.toml"
    config.write_text(config.read_text().replace("quiet_seconds = 0", "quiet_seconds = 8"))
    from vaultrel.app import open_vault

    vault.use(open_vault(vault.root).settings)
    person = vault.root / "People/Ada Stone.md"
    person.touch()
    with daemon() as running:
        assert running.reports[0].waiting
        running.rest()
        assert "rel_strength" in person.read_text()


def test_while_a_calendar_programs_folder_is_followed_the_worker_is_kept(
    vault: Vault, daemon: Daemon, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert vault.root is not None
    settings = msgspec.structs.replace(vault.settings.feed, vdir=str(tmp_path / "calendar"))
    vault.use(msgspec.structs.replace(vault.settings, feed=settings))
    (tmp_path / "calendar").mkdir()
    tired: list[int | None] = []
    real = Rest.look

    def look(rest: Rest) -> int | None:
        tired.append(real(rest))
        return tired[-1]

    monkeypatch.setattr(Rest, "look", look)
    with daemon() as running:
        until(lambda: len(tired) > 2)
        assert tired[:2] == [None, None]
        assert running.worker.is_running


def test_a_worker_that_died_is_replaced_at_the_next_change(
    vault: Vault, daemon: Daemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vaultrel.watch.resting.REST_AFTER_SECONDS", 3600.0)
    monkeypatch.setattr("vaultrel.watch.resting.LONGEST_HELD_SECONDS", 3600.0)
    with daemon() as running:
        first = running.process
        os.kill(first, signal.SIGKILL)
        until(lambda: not running.worker.is_running)
        running.save("2026-03-01.md")
        assert running.process != first


def test_who_waits_for_a_worker_that_dies_is_told(
    vault: Vault, worker: Worker, caplog: pytest.LogCaptureFixture
) -> None:
    vault.grace_seconds = 30.0
    failed: list[VaultrelError] = []

    def scan() -> None:
        try:
            worker.scan(quiet_seconds=0)
        except VaultrelError as error:
            failed.append(error)

    assert vault.root is not None
    with (vault.root / "People/Ada Stone.md").open("r+b"):  # who may still write to it is waited for
        thread = threading.Thread(target=scan)
        thread.start()
        until(lambda: vault.served_feed() is not None)
        assert worker._running is not None
        worker._running._process.kill()
        thread.join(PATIENCE)
    assert [type(error) for error in failed] == [WorkerEndedError]
    vault.grace_seconds = 0.0
    assert worker.scan(quiet_seconds=0).notes_read >= 0


def test_what_a_worker_cannot_do_is_said_in_its_own_words(vault: Vault, worker: Worker, tmp_path: Path) -> None:
    assert vault.root is not None
    vault.root.rename(tmp_path / "away")
    with pytest.raises(VaultrelError, match="no folder with that name"):
        worker.scan(quiet_seconds=0)
    (tmp_path / "away").rename(vault.root)
    worker.end()
    assert worker.scan(quiet_seconds=0).notes_read == 2


def test_a_worker_goes_by_settings_that_changed_while_the_daemon_runs(vault: Vault, daemon: Daemon) -> None:
    with daemon() as running:
        config = running.root / ".vaultrel/config.toml"
        config.write_text(f'folder = "calendar"\n{config.read_text()}')
        until((running.root / "calendar/followups.ics").exists)


def test_nothing_in_the_folder_a_worker_is_started_in_is_run(
    vault: Vault, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert vault.root is not None
    for name in ("msgspec.py", "vaultrel.py", "logging.py"):
        (vault.root / name).write_text("raise SystemExit('run')\n")
    monkeypatch.chdir(vault.root)
    monkeypatch.setattr(sys, "path", ["", *sys.path])
    assert worker.scan(quiet_seconds=0).notes_read == 2


def test_a_worker_ends_when_nobody_tells_it_anything_any_more(worker: Worker) -> None:
    worker.scan(quiet_seconds=0)
    assert worker._running is not None
    process = worker._running._process
    assert process.stdin is not None
    process.stdin.close()  # as the system does it when the daemon is killed
    assert process.wait(PATIENCE) == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_worker_that_is_asked_to_end_comes_to_the_end_of_its_scan(worker: Worker, number: int) -> None:
    worker.scan(quiet_seconds=0)
    assert worker._running is not None
    worker._running._process.send_signal(number)
    assert worker.scan(quiet_seconds=0).notes_read >= 0


def test_the_page_is_answered_by_the_worker_and_forms_outlive_it(vault: Vault, worker: Worker) -> None:
    assert vault.root is not None
    met = (clock.today() - dt.timedelta(days=days) for days in (30, 60, 90, 120))
    lines = "".join(f"- {day}: coffee, she told me of the boat\n" for day in met)
    (vault.root / "People/Ada Stone.md").write_text(f"---\ncadence: 7\n---\n{lines}")
    worker.scan(quiet_seconds=0)

    def ask(what: str, method: str = "GET", body: str = "") -> tuple[int, str]:
        headers = {"content-type": "application/x-www-form-urlencoded"}
        answered = worker.ask(Ask(what, "/page/x/", "", "a token", method, headers, body.encode()))
        return answered.status, answered.body.decode()

    status, page = ask("show")
    assert status == HTTPStatus.OK
    assert "Ada Stone" in page
    followup = re.findall('name="followup" value="([^"]*)"', page)[0]
    worker.end()
    assert ask("snooze", "POST", f"token=a+token&followup={followup}&until=2199-01-01")[0] == HTTPStatus.SEE_OTHER
    assert "rel_snooze" in (vault.root / "People/Ada Stone.md").read_text()
    assert "Snoozed" in ask("show")[1]
    assert ask("snooze", "POST", f"token=another&followup={followup}&until=2199-01-01")[0] == HTTPStatus.FORBIDDEN


LIGHT = """
import sys
from vaultrel.app import open_vault
from vaultrel.watch import Watcher, Worker
from vaultrel.watch.resting import Rest

vault = open_vault(sys.argv[1])
worker = Worker(vault, vault.take_feeds)
Watcher(vault, vault.root, print, worker=worker)
worker.scan(quiet_seconds=0)
assert Rest(vault, worker).look() is not None
worker.end()
print(*{"vaultrel.core.derive", "icalendar"} & set(sys.modules))
"""


def test_what_waits_for_events_loads_nothing_that_derives_or_renders(vault: Vault) -> None:
    command = [sys.executable, "-c", LIGHT, str(vault.root)]
    assert subprocess.run(command, check=True, capture_output=True, text=True).stdout.split() == []


def test_what_a_worker_logs_is_in_the_log_of_the_daemon(
    vault: Vault, worker: Worker, caplog: pytest.LogCaptureFixture
) -> None:
    assert vault.root is not None
    for note in vault.root.rglob("*.md"):
        note.unlink()
    ask = Ask("show", "/page/x/", "", "a token", "GET", {}, b"")
    with caplog.at_level(logging.WARNING):
        thread = threading.Thread(target=lambda: worker.ask(ask))
        thread.start()
        until(lambda: "holds no Markdown notes" in caplog.text)
        thread.join(PATIENCE)
