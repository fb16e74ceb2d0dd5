"""The task for Task Scheduler, held against its schema (version 1.2). Run on Linux, against no scheduler."""

from __future__ import annotations

import re
from pathlib import Path, PureWindowsPath
from typing import cast
from xml.etree import ElementTree as ET

import pytest

from vaultrel.locations import Locations
from vaultrel.service import ServicePathError, ServicePlan, windows_plan
from vaultrel.service.windows import NAMESPACE

LOCATIONS = Locations(Path("/state/vaults/Notes-0123456789ab"), Path("/cache/Notes-0123456789ab"))
USER = "DESK\\ada"

DURATION = r"P(\d+D)?(T(\d+H)?(\d+M)?(\d+S)?)?"
BOOLEAN = "true|false"
SCHEMA: dict[str, dict[str, str] | tuple[str, ...]] = {
    "Task": ("RegistrationInfo", "Triggers", "Principals", "Settings", "Actions"),
    "RegistrationInfo": {"Description": ".+", "Author": ".+", "URI": ".+"},
    "Triggers": ("LogonTrigger",),
    "LogonTrigger": {"Enabled": BOOLEAN, "StartBoundary": ".+", "EndBoundary": ".+", "UserId": ".+", "Delay": DURATION},
    "Principals": ("Principal",),
    "Principal": {
        "UserId": ".+",
        "LogonType": "S4U|Password|InteractiveToken|InteractiveTokenOrPassword",
        "RunLevel": "LeastPrivilege|HighestAvailable",
    },
    "Settings": {
        "MultipleInstancesPolicy": "Parallel|Queue|IgnoreNew|StopExisting",
        "DisallowStartIfOnBatteries": BOOLEAN,
        "StopIfGoingOnBatteries": BOOLEAN,
        "StartWhenAvailable": BOOLEAN,
        "RestartOnFailure": "",
        "ExecutionTimeLimit": DURATION,
        "Priority": "10|[0-9]",
    },
    "RestartOnFailure": {"Interval": DURATION, "Count": "[1-9][0-9]{0,2}"},
    "Actions": ("Exec",),
    "Exec": {"Command": ".+", "Arguments": ".*", "WorkingDirectory": ".+"},
}
"""Element to its elements: in this order, or with the expression that their text must match."""


def plan_for(vault: str, program: str = "C:\\Tools\\vaultrel.exe") -> ServicePlan:
    # A Windows path behaves like text here; nothing touches a disk.
    return windows_plan(cast("Path", PureWindowsPath(program)), cast("Path", PureWindowsPath(vault)), LOCATIONS, USER)


def task_of(plan: ServicePlan) -> ET.Element:
    return ET.fromstring(plan.content.decode("utf-16").partition("\n")[2])


def local(element: ET.Element) -> str:
    assert element.tag.startswith(f"{{{NAMESPACE}}}")
    return element.tag.partition("}")[2]


def check(element: ET.Element) -> None:
    """Fail where the element holds what the schema does not allow there."""
    allowed = SCHEMA[local(element)]
    names = [local(child) for child in element]
    order = [name for name in allowed if name in names]
    assert sorted(names) == sorted(order)
    if isinstance(allowed, tuple) or local(element) in {"Principal", "Exec", "LogonTrigger"}:
        assert names == order
    for child in element:
        if local(child) in SCHEMA:
            check(child)
        else:
            assert isinstance(allowed, dict)
            assert re.fullmatch(allowed[local(child)], child.text or ""), local(child)


def test_the_task_is_what_the_schema_allows() -> None:
    task = task_of(plan_for("C:\\Users\\ada\\Notes"))
    assert task.get("version") == "1.2"
    check(task)


def test_the_check_can_fail() -> None:
    task = task_of(plan_for("C:\\Users\\ada\\Notes"))
    limit = next(found for found in task.iter() if local(found) == "ExecutionTimeLimit")
    limit.text = "forever"
    with pytest.raises(AssertionError, match="ExecutionTimeLimit"):
        check(task)


def test_the_action_runs_as_the_one_principal() -> None:
    task = task_of(plan_for("C:\\Users\\ada\\Notes"))
    principal = next(found for found in task.iter() if local(found) == "Principal")
    actions = next(found for found in task.iter() if local(found) == "Actions")
    assert principal.get("id") == actions.get("Context") == "Author"


@pytest.mark.parametrize(
    ("vault", "argument"),
    [
        ("C:\\Users\\ada\\Notes", "C:\\Users\\ada\\Notes"),
        ("C:\\My Notes", '"C:\\My Notes"'),
        ("C:\\R&D <x>", '"C:\\R&D <x>"'),
        ("C:\\日記 élan", '"C:\\日記 élan"'),
    ],
)
def test_the_vault_is_one_argument_whatever_its_name(vault: str, argument: str) -> None:
    arguments = next(found for found in task_of(plan_for(vault)).iter() if local(found) == "Arguments")
    assert arguments.text == f"-q --vault {argument} watch --serve"


def test_the_file_is_utf_16_with_its_mark_as_the_scheduler_reads_it() -> None:
    plan = plan_for("C:\\Notes")
    assert plan.content[:2] in {b"\xff\xfe", b"\xfe\xff"}
    assert plan.mark in plan.content


def test_a_path_that_xml_cannot_hold_is_refused() -> None:
    with pytest.raises(ServicePathError, match="Task Scheduler"):
        plan_for("C:\\No\x00tes")
