"""The commands that keep running, as processes of their own: only so can a signal be sent to them."""

from __future__ import annotations

import http.client
import re
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from vaultrel.app.opening import SettingsFollower

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.cli.conftest import ReadNotes, Run


class Running:
    """A command that runs until it is stopped; what it logs can be waited for."""

    def __init__(self, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "vaultrel", *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        self.log = ""
        self.answer = ""

    def wait_for(self, pattern: str) -> re.Match[str]:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.log += line
            if found := re.search(pattern, line):
                return found
        pytest.fail(f"ended without {pattern!r}:\n{self.log}")

    def stop(self, number: int) -> int:
        self.process.send_signal(number)
        self.answer, err = self.process.communicate(timeout=60)
        self.log += err
        return self.process.returncode


@pytest.fixture
def start() -> Iterator[type[Running]]:
    started: list[Running] = []

    class Kept(Running):
        def __init__(self, *arguments: str) -> None:
            super().__init__(*arguments)
            started.append(self)

    yield Kept
    for running in started:
        running.process.kill()
        running.process.communicate()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_watch_ends_cleanly_when_asked(start: type[Running], vault: Path, number: int) -> None:
    running = start("--vault", str(vault), "watch")
    running.wait_for("Read 9 changed notes")
    assert running.stop(number) == 0
    assert "Stopped." in running.log
    assert "Traceback" not in running.log
    assert running.answer == ""


def test_watch_takes_up_a_new_note_and_serves_the_feed(start: type[Running], run: Run, vault: Path) -> None:
    running = start("--vault", str(vault), "watch", "--serve", "--port", "0")
    port = int(running.wait_for(r"127\.0\.0\.1 port (\d+)")[1])
    address = run("--vault", vault, "feed", "--url").out.strip()
    running.wait_for("Read 9 changed notes")
    (vault / "Daily/2026-06-28.md").write_text("- met:: [[Dan Hale]]\n")
    running.wait_for("Read 1 changed note,")
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", address[address.index("/feed/") :])
    answer = connection.getresponse()
    assert answer.status == 200
    assert answer.read() == (vault / "vaultrel/followups.ics").read_bytes()
    connection.close()
    assert running.stop(signal.SIGTERM) == 0
    token = address.split("/")[4]
    feed, page = running.answer.splitlines()
    assert feed == f"http://127.0.0.1:{port}/feed/{token}/followups.ics"
    assert page.startswith(f"http://127.0.0.1:{port}/page/")
    assert token not in running.log, "the address is a secret, and a log is read by others"


def test_the_page_of_the_daemon_shows_what_its_worker_read(start: type[Running], vault: Path) -> None:
    running = start("--vault", str(vault), "watch", "--serve", "--port", "0")
    port = int(running.wait_for(r"127\.0\.0\.1 port (\d+)")[1])
    running.wait_for("Read 9 changed notes")
    assert running.process.stdout is not None
    _, page = (running.process.stdout.readline().strip() for _ in range(2))
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", page[page.index("/page/") :])
    answer = connection.getresponse()
    assert answer.status == 200
    assert "Ada Moreau" in answer.read().decode()
    connection.close()
    assert running.stop(signal.SIGTERM) == 0
    assert "Traceback" not in running.log


def test_the_secret_address_goes_into_no_system_journal(
    start: type[Running], vault: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JOURNAL_STREAM", "8:1234")
    running = start("--vault", str(vault), "serve", "--port", "0")
    running.wait_for(r"port (\d+)")
    assert running.stop(signal.SIGTERM) == 0
    assert running.answer == ""


def test_watch_once_scans_and_ends(run: Run, vault: Path, read_notes: ReadNotes) -> None:
    before = read_notes()
    done = run("--vault", vault, "watch", "--once")
    assert done.code == 0
    assert "2 notes still being edited" in done.err
    assert read_notes() == before


def test_serve_gives_the_feed_and_leaves_notes_alone(
    start: type[Running], run: Run, vault: Path, read_notes: ReadNotes
) -> None:
    before = read_notes()
    running = start("--vault", str(vault), "serve", "--port", "0")
    port = int(running.wait_for(r"port (\d+)")[1])
    address = run("--vault", vault, "feed", "--url").out.strip()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", address[address.index("/feed/") :])
    body = connection.getresponse().read()
    connection.close()
    assert body.startswith(b"BEGIN:VCALENDAR")
    assert body == (vault / "vaultrel/followups.ics").read_bytes()
    assert read_notes() == before
    assert running.stop(signal.SIGTERM) == 0


def test_the_served_page_goes_by_settings_that_are_saved_while_it_runs(
    run: Run, vault: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from vaultrel.cli import serve

    monkeypatch.setattr(serve, "REFRESH_SECONDS", 0.05)
    monkeypatch.setattr(serve, "SETTLED_SECONDS", 0.05)
    follow, seen = SettingsFollower.follow, []

    def look(follower: SettingsFollower) -> str:
        followed = follow(follower)
        seen.append(followed)
        if len(seen) == 1:
            (vault / ".vaultrel").mkdir(exist_ok=True)
            (vault / ".vaultrel/config.toml").write_text("[page]\nread_only = true\n")
        if followed == "changed" or len(seen) > 20:
            signal.raise_signal(signal.SIGTERM)
        return followed

    shown = []
    monkeypatch.setattr(SettingsFollower, "follow", look)
    monkeypatch.setattr("vaultrel.server.page.PageDesk.publish", lambda desk, _: shown.append(desk.may_write))
    assert run("--vault", vault, "serve", "--port", "0").code == 0
    assert seen == ["same", "unsettled", "changed"]
    assert shown == [True, True, False]


def test_a_port_taken_by_another_program_is_said_at_once(start: type[Running], run: Run, vault: Path) -> None:
    running = start("--vault", str(vault), "serve", "--port", "0")
    port = running.wait_for(r"port (\d+)")[1]
    done = run("--vault", vault, "serve", "--port", port)
    assert done.code == 5
    assert f"Port {port} on 127.0.0.1 is taken" in done.err
    assert running.stop(signal.SIGINT) == 0
