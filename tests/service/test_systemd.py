"""The unit for systemd: what it shuts the daemon in, and that systemd itself takes it whatever the paths."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from vaultrel.locations import Locations
from vaultrel.service import ServicePathError, systemd_plan
from vaultrel.service.systemd import UNIT_MARK, systemd_unit

HOME = Path("/home/ada")
LOCATIONS = Locations(
    HOME / ".local/state/vaultrel/vaults/Notes-0123456789ab", HOME / ".cache/vaultrel/Notes-0123456789ab"
)
EXECUTABLE = "/usr/bin/true"
HOSTILE_VAULTS = [
    "/home/ada/Notes",
    "/home/ada/My Notes",
    '/home/ada/"Quoted" Notes',
    "/home/ada/100% Notes %h %n",
    "/home/ada/$HOME ${HOME} Notes",
    "/home/ada/back\\slash \\n Notes\\",
    "/home/ada/one ; two # three",
    "/home/ada/-+@:!Notes",
    "/home/ada/日記 élan\u00a0",
    "/home/ada/[Service]=x",
]

needs_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None,
    reason="systemd-analyze is not installed; scripts/install_service_tools.sh installs it on Debian",
)


def directives(unit: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in re.findall(r"^(\w+)=(.*)$", unit, re.MULTILINE):
        found.setdefault(name, []).append(value)
    return found


def named(locations: Locations) -> str:
    return systemd_plan(Path(EXECUTABLE), HOME / "Notes", locations, HOME).name


@pytest.fixture
def unit() -> dict[str, list[str]]:
    return directives(systemd_unit(EXECUTABLE, "/home/ada/Notes", LOCATIONS))


@pytest.fixture
def ask_systemd(tmp_path: Path) -> list[str]:
    """What `systemd-analyze` is asked with: as a user's manager that needs no session."""
    return ["env", f"XDG_RUNTIME_DIR={tmp_path}", "systemd-analyze", "--no-pager"]


def test_the_folders_for_copies_of_a_feed_can_be_written_where_they_are_there() -> None:
    made = directives(systemd_unit(EXECUTABLE, "/home/ada/Notes", LOCATIONS, ["/home/ada/My Sync", "/mnt/100%"]))
    assert made["ReadWritePaths"][0].endswith(' "-/home/ada/My Sync" "-/mnt/100%%"')


def test_only_the_vault_and_our_own_folders_can_be_written(unit: dict[str, list[str]]) -> None:
    assert unit["ProtectSystem"] == ["strict"]
    assert unit["ProtectHome"] == ["read-only"]
    assert unit["ReadWritePaths"] == [f'"/home/ada/Notes" "{LOCATIONS.state}" "{LOCATIONS.cache}"']
    assert unit["PrivateTmp"] == unit["PrivateDevices"] == ["yes"]


def test_sockets_are_for_this_computer_and_privileges_for_nobody(unit: dict[str, list[str]]) -> None:
    assert unit["RestrictAddressFamilies"] == ["AF_UNIX AF_INET AF_INET6"]
    assert (unit["IPAddressDeny"], unit["IPAddressAllow"]) == (["any"], ["localhost"])
    assert unit["NoNewPrivileges"] == ["yes"]
    assert unit["CapabilityBoundingSet"] == [""]
    assert unit["SystemCallFilter"][0] == "@system-service"


def test_the_address_of_the_feed_reaches_no_journal(unit: dict[str, list[str]]) -> None:
    assert unit["StandardOutput"] == ["null"]
    assert " -q " in unit["ExecStart"][0]


def test_a_folder_that_is_missing_is_made_before_the_sandbox_needs_it(unit: dict[str, list[str]]) -> None:
    assert unit["ExecStartPre"] == [f'+/usr/bin/env mkdir -p "{LOCATIONS.state}" "{LOCATIONS.cache}"']


def test_the_service_finds_the_state_that_the_command_line_uses(unit: dict[str, list[str]]) -> None:
    assert unit["Environment"] == ['"XDG_STATE_HOME=/home/ada/.local/state" "XDG_CACHE_HOME=/home/ada/.cache"']


def test_a_failure_is_tried_again_and_a_mistake_in_the_settings_is_not(unit: dict[str, list[str]]) -> None:
    assert (unit["Restart"], unit["RestartPreventExitStatus"]) == (["on-failure"], ["2"])


@pytest.mark.parametrize("vault", HOSTILE_VAULTS)
def test_no_path_can_add_a_directive(vault: str) -> None:
    plain = directives(systemd_unit(EXECUTABLE, "/home/ada/Notes", LOCATIONS))
    unit = systemd_unit(EXECUTABLE, vault, LOCATIONS)
    assert {name: len(values) for name, values in directives(unit).items()} == {
        name: len(values) for name, values in plain.items()
    }
    assert len(unit.splitlines()) == len(systemd_unit(EXECUTABLE, "/home/ada/Notes", LOCATIONS).splitlines())


@pytest.mark.parametrize(
    "vault", ["/home/ada/a\nb", "/home/ada/a\rExecStart=/bin/sh", "/home/ada/\udcff", "/a\0b", "/a\x1b"]
)
def test_a_path_that_a_unit_cannot_hold_is_refused(vault: str) -> None:
    with pytest.raises(ServicePathError):
        systemd_unit(EXECUTABLE, vault, LOCATIONS)


def test_the_name_of_the_unit_tells_vaults_apart_and_is_one_that_systemd_takes() -> None:
    def name(folder: str) -> str:
        return named(Locations(HOME / "vaultrel" / folder, HOME / "vaultrel" / folder))

    assert name("My Notes-0123456789ab") == "vaultrel-My-Notes-0123456789ab.service"
    assert name("日記-0123456789ab") == "vaultrel-0123456789ab.service"
    assert name("../@x %-ba9876543210") == "vaultrel-x-ba9876543210.service"


def test_every_unit_begins_with_our_mark() -> None:
    assert systemd_unit(EXECUTABLE, "/home/ada/Notes", LOCATIONS).startswith(f"{UNIT_MARK}\n[Unit]\n")


@needs_systemd
@pytest.mark.parametrize("vault", HOSTILE_VAULTS)
def test_systemd_takes_the_unit_without_a_word(vault: str, tmp_path: Path, ask_systemd: list[str]) -> None:
    file = tmp_path / named(LOCATIONS)
    file.write_text(systemd_unit(EXECUTABLE, vault, LOCATIONS), "utf-8")
    done = subprocess.run(
        [*ask_systemd, "verify", "--user", "--man=no", str(file)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr, done.stdout) == (0, "", "")


@needs_systemd
def test_systemd_would_have_said_what_is_wrong(tmp_path: Path, ask_systemd: list[str]) -> None:
    file = tmp_path / named(LOCATIONS)
    unit = systemd_unit(EXECUTABLE, "/home/ada/Notes", LOCATIONS).replace("ProtectSystem=strict", "ProtectSystem=maybe")
    file.write_text(unit, "utf-8")
    done = subprocess.run(
        [*ask_systemd, "verify", "--user", "--man=no", str(file)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "maybe" in done.stderr


@needs_systemd
def test_systemd_rates_the_sandbox_as_good(tmp_path: Path, ask_systemd: list[str]) -> None:
    file = tmp_path / named(LOCATIONS)
    file.write_text(systemd_unit(EXECUTABLE, "/home/ada/Notes", LOCATIONS), "utf-8")
    # In tenths of a point of exposure, of 100; below 25 is what systemd calls OK with room to spare.
    done = subprocess.run(
        [*ask_systemd, "security", "--offline=true", "--threshold=25", str(file)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "SYSTEMD_COLORS": "0"},
    )
    assert done.returncode == 0, done.stdout[-200:] + done.stderr
