"""The agent for launchd: a property list any reader takes, whatever the paths. Run on Linux, against no launchd."""

from __future__ import annotations

import plistlib
import re
from pathlib import Path

import pytest

from vaultrel.locations import Locations
from vaultrel.service import ServicePathError, ServicePlan, launchd_plan

HOME = Path("/Users/ada")
LOCATIONS = Locations(HOME / "vaultrel/vaults/Notes-0123456789ab", HOME / "Library/Caches/vaultrel/Notes-0123456789ab")
PROGRAM = Path("/opt/vaultrel/bin/vaultrel")


def plan_for(vault: str) -> ServicePlan:
    return launchd_plan(PROGRAM, Path(vault), LOCATIONS, HOME, 501)


@pytest.mark.parametrize(
    "vault",
    [
        "/Users/ada/My Notes",
        '/Users/ada/"Q" & <Notes>',
        "/Users/ada/]]> --",
        "/Users/ada/日記 élan",
        "/Users/ada/$HOME %n",
    ],
)
def test_the_vault_is_one_argument_whatever_its_name(vault: str) -> None:
    agent = plistlib.loads(plan_for(vault).content)
    assert agent["ProgramArguments"] == [str(PROGRAM), "-q", "--vault", vault, "watch", "--serve"]


def test_it_starts_at_login_and_again_after_a_failure_and_gives_way() -> None:
    agent = plistlib.loads(plan_for("/Users/ada/Notes").content)
    assert agent["RunAtLoad"] is True
    assert agent["KeepAlive"] == {"SuccessfulExit": False}
    assert (agent["ProcessType"], agent["LowPriorityIO"], agent["Nice"]) == ("Background", True, 10)


def test_the_secret_address_goes_into_no_log() -> None:
    agent = plistlib.loads(plan_for("/Users/ada/Notes").content)
    assert agent["StandardOutPath"] == "/dev/null"
    assert agent["StandardErrorPath"] == str(LOCATIONS.state / "daemon.log")


def test_the_file_is_named_by_its_label_as_launchd_wants_it() -> None:
    plan = plan_for("/Users/ada/Notes")
    assert plan.file == HOME / "Library" / "LaunchAgents" / f"{plan.name}.plist"
    assert plistlib.loads(plan.content)["Label"] == plan.name
    assert re.fullmatch(r"[A-Za-z0-9.-]+", plan.name)


def test_the_mark_that_makes_it_ours_is_in_it() -> None:
    plan = plan_for("/Users/ada/Notes")
    assert plan.content.count(plan.mark) == 1
    plan_of_others = plistlib.dumps(plistlib.loads(plan.content))
    assert plan.mark not in plan_of_others


@pytest.mark.parametrize("sign", ["\n", "\x00", "\udce9"])
def test_a_path_that_xml_cannot_hold_is_refused(sign: str) -> None:
    with pytest.raises(ServicePathError, match="launchd"):
        plan_for(f"/Users/ada/No{sign}tes")


def test_it_is_taken_up_and_given_up_in_the_users_own_session() -> None:
    plan = plan_for("/Users/ada/Notes")
    service = f"gui/501/{plan.name}"
    assert plan.before == (("launchctl", "bootout", service),)
    assert plan.install[-1] == ("launchctl", "bootstrap", "gui/501", str(plan.file))
    assert plan.uninstall == (("launchctl", "bootout", service),)
