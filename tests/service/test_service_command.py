"""`vaultrel service`, with programs in the place of systemd's that write down what they are asked."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import click
import pytest
from click.testing import CliRunner, Result

from vaultrel.cli.service import command
from vaultrel.cli.session import Session
from vaultrel.errors import VaultrelError

if TYPE_CHECKING:
    from pathlib import Path

FAKE = """#!/bin/sh
echo "$(basename "$0") $*" >> "{calls}"
echo "said by $(basename "$0")"
case "$*" in *{failing}*) echo "no such thing" >&2; exit 3;; esac
"""


@dataclass(frozen=True)
class Computer:
    """A home with a vault and a systemd that only listens."""

    vault: Path
    units: Path
    programs: Path
    calls_file: Path

    def service(self, action: str) -> Result:
        arguments = [action, "--vault", str(self.vault)]
        return CliRunner().invoke(command, arguments, obj=Session(), standalone_mode=False)

    def fake(self, *names: str, failing: str = "nothing-fails") -> None:
        for name in names:
            program = self.programs / name
            program.write_text(FAKE.format(calls=self.calls_file, failing=failing))
            program.chmod(0o755)

    @property
    def calls(self) -> list[str]:
        return self.calls_file.read_text().splitlines() if self.calls_file.exists() else []

    @property
    def unit(self) -> Path:
        (unit,) = self.units.iterdir()
        return unit


@pytest.fixture
def computer(tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> Computer:
    made = Computer(tmp_path / "My Notes", home / ".config/systemd/user", tmp_path / "bin", tmp_path / "calls")
    (made.vault / ".obsidian").mkdir(parents=True)
    made.programs.mkdir()
    made.fake("systemctl", "journalctl")
    vaultrel = made.programs / "vaultrel"
    vaultrel.touch(0o755)
    monkeypatch.setattr("vaultrel.service.lasting.TEMPORARY_FOLDERS", ())
    monkeypatch.setattr("sys.executable", str(made.programs / "python"))
    monkeypatch.setenv("PATH", f"{made.programs}:/usr/bin:/bin")
    return made


def refusal(result: Result) -> VaultrelError:
    assert isinstance(result.exception, VaultrelError), result.output
    return result.exception


def test_install_writes_the_unit_it_prints_and_starts_it_now_and_at_login(computer: Computer) -> None:
    printed = computer.service("print")
    assert not computer.calls
    assert not computer.units.exists()
    assert computer.service("install").return_value == 0
    assert computer.unit.read_bytes() == printed.stdout_bytes
    assert (
        f'"{computer.programs / "vaultrel"}" -q --vault "{computer.vault}" watch --serve' in computer.unit.read_text()
    )
    assert computer.calls == [
        "systemctl --user daemon-reload",
        f"systemctl --user enable {computer.unit.name}",
        f"systemctl --user restart {computer.unit.name}",
    ]


def test_the_service_may_write_where_the_settings_want_copies_of_feeds(computer: Computer) -> None:
    folder = computer.vault / ".vaultrel"
    folder.mkdir()
    odd = "[feeds.work]\npublish_to = '~/Sync/work.ics'\n[feeds.odd]\npublish_to = 'not/whole'\n"
    (folder / "config.toml").write_text(f"[feed]\npublish_to = '~/Sync'\n{odd}")
    unit = computer.service("print").output
    home = computer.units.parents[2]
    assert f' "-{home}/Sync"\n' in unit
    assert unit.count('"-') == 1


def test_the_service_may_write_where_follow_ups_go_to_a_calendar_program(computer: Computer) -> None:
    folder = computer.vault / ".vaultrel"
    folder.mkdir()
    (folder / "config.toml").write_text("[feed]\nvdir = '~/.calendars/vaultrel'\n")
    assert f' "-{computer.units.parents[2]}/.calendars/vaultrel"\n' in computer.service("print").output
    (folder / "config.toml").write_text("[feed]\nvdir = 'not/whole'\n")
    assert '"-' not in computer.service("print").output


def test_installing_again_changes_nothing_and_starts_it_anew(computer: Computer) -> None:
    computer.service("install")
    before = computer.unit.read_bytes()
    assert computer.service("install").return_value == 0
    assert computer.unit.read_bytes() == before
    assert computer.calls[-1] == f"systemctl --user restart {computer.unit.name}"


def test_uninstall_stops_it_first_and_leaves_no_unit_and_the_vault_alone(computer: Computer) -> None:
    computer.service("install")
    name = computer.unit.name
    assert computer.service("uninstall").return_value == 0
    assert list(computer.units.iterdir()) == []
    assert computer.calls[-2:] == [f"systemctl --user disable --now {name}", "systemctl --user daemon-reload"]
    assert [path.name for path in computer.vault.iterdir()] == [".obsidian"]


def test_a_service_that_could_not_be_stopped_keeps_its_unit(computer: Computer) -> None:
    computer.service("install")
    computer.fake("systemctl", failing="disable")
    assert "no such thing" in refusal(computer.service("uninstall")).message
    assert computer.unit.exists()


@pytest.mark.parametrize("action", ["install", "uninstall", "status", "logs"])
def test_a_unit_of_somebody_else_is_left_as_it_is(computer: Computer, action: str) -> None:
    computer.service("install")
    before = len(computer.calls)
    computer.unit.write_text("[Unit]\nDescription=mine\n")
    assert refusal(computer.service(action)).exit_code == 4
    assert computer.unit.read_text() == "[Unit]\nDescription=mine\n"
    assert len(computer.calls) == before


@pytest.mark.parametrize("action", ["uninstall", "status", "logs"])
def test_without_a_service_the_next_step_is_to_install_one(computer: Computer, action: str) -> None:
    refused = refusal(computer.service(action))
    assert (refused.exit_code, refused.next_step) == (2, "Make one: vaultrel service install")
    assert not computer.calls


@pytest.mark.parametrize(("failing", "code"), [("nothing-fails", 0), ("status", 1)])
def test_the_exit_code_of_status_says_whether_it_runs(computer: Computer, failing: str, code: int) -> None:
    computer.service("install")
    computer.fake("systemctl", failing=failing)
    assert computer.service("status").return_value == code
    assert computer.calls[-1] == f"systemctl --user --no-pager --lines=0 status {computer.unit.name}"


def test_logs_are_those_of_this_service_alone(computer: Computer) -> None:
    computer.service("install")
    assert computer.service("logs").return_value == 0
    assert computer.calls[-1] == f"journalctl --no-pager --quiet --lines=100 --user-unit {computer.unit.name}"


def test_a_throw_away_vaultrel_installs_nothing(computer: Computer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vaultrel.service.lasting.TEMPORARY_FOLDERS", (str(computer.programs),))
    assert refusal(computer.service("install")).exit_code == 2
    assert not computer.calls
    assert not computer.units.exists()


def test_without_systemd_nothing_is_written(computer: Computer, monkeypatch: pytest.MonkeyPatch) -> None:
    (computer.programs / "systemctl").unlink()
    monkeypatch.setenv("PATH", str(computer.programs))
    assert "systemctl" in refusal(computer.service("install")).message
    assert not computer.units.exists()
    assert computer.service("print").return_value == 0


@pytest.fixture
def mac(computer: Computer, home: Path, monkeypatch: pytest.MonkeyPatch) -> Computer:
    monkeypatch.setattr("vaultrel.cli.service._system", lambda: "darwin")
    monkeypatch.setattr("vaultrel.cli.service.Path.home", lambda: home)
    computer.fake("launchctl", "tail")
    return replace(computer, units=home / "Library" / "LaunchAgents")


def test_on_a_mac_the_agent_is_loaded_into_the_users_session(mac: Computer) -> None:
    assert mac.service("install").return_value == 0
    label = mac.unit.stem
    assert mac.calls == [
        f"launchctl bootout gui/{os.getuid()}/{label}",
        f"launchctl enable gui/{os.getuid()}/{label}",
        f"launchctl bootstrap gui/{os.getuid()} {mac.unit}",
    ]
    assert mac.service("logs").return_value == 0
    assert mac.calls[-1].startswith("tail -n 100 ")
    assert mac.service("uninstall").return_value == 0
    assert list(mac.units.iterdir()) == []


def test_on_a_mac_an_older_agent_that_is_not_loaded_is_no_error(mac: Computer) -> None:
    mac.fake("launchctl", failing="bootout")
    assert mac.service("install").return_value == 0


def test_on_windows_the_task_is_made_and_started_and_there_are_no_logs(
    computer: Computer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vaultrel.cli.service._system", lambda: "win32")
    monkeypatch.setenv("USERDOMAIN", "DESK")
    monkeypatch.setenv("USERNAME", "ada")
    computer.fake("schtasks")
    (computer.programs / "vaultrel.exe").touch(0o755)
    assert computer.service("install").return_value == 0
    made, started = computer.calls
    assert made.startswith("schtasks /Create /F /TN vaultrel\\")
    assert made.endswith("task.xml")
    assert started.startswith("schtasks /Run /TN vaultrel\\")
    assert "keeps nothing" in refusal(computer.service("logs")).message
    assert computer.service("uninstall").return_value == 0
    assert computer.calls[-1].startswith("schtasks /Delete /F /TN vaultrel\\")


def test_an_unlisted_action_is_a_usage_error(computer: Computer) -> None:
    assert isinstance(computer.service("restart").exception, click.UsageError)
