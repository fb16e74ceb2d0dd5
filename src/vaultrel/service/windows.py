"""The task that runs the daemon for one vault under Windows' Task Scheduler, as the user.

The elements and their values are those of the task schema, version 1.2 (Microsoft, "Task Scheduler Schema").
"""

from __future__ import annotations

import subprocess
import unicodedata
from typing import TYPE_CHECKING, TypeAlias
from xml.etree import ElementTree as ET

from vaultrel.service.base import ServicePathError, ServicePlan, service_name

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from vaultrel.locations import Locations

NAMESPACE = "http://schemas.microsoft.com/windows/2004/02/mit/task"
_MARK = "Written by `vaultrel service install`, which replaces it."

_Tree: TypeAlias = "Mapping[str, str | _Tree]"


def windows_plan(executable: Path, vault_root: Path, locations: Locations, user: str) -> ServicePlan:
    """The service of one vault on Windows.

    Task Scheduler keeps nothing of what a task prints, so there are no logs.

    Args:
        executable: absolute path of the `vaultrel` command.
        vault_root: absolute path of the vault.
        locations: where the vault's state and cache are.
        user: at whose login it starts, with the domain or computer in front.

    Raises:
        ServicePathError: a path cannot be written in XML.
    """
    name = f"vaultrel\\{service_name(locations)}"
    file = locations.state / "task.xml"
    for text in (str(executable), str(vault_root), user):
        if any(unicodedata.category(sign) in {"Cc", "Cs"} for sign in text):
            raise ServicePathError("Task Scheduler", text)
    task: _Tree = {
        "RegistrationInfo": {"Description": _MARK},
        "Triggers": {"LogonTrigger": {"Enabled": "true", "UserId": user}},
        "Principals": {
            "Principal": {"UserId": user, "LogonType": "InteractiveToken", "RunLevel": "LeastPrivilege"},
        },
        "Settings": {
            "MultipleInstancesPolicy": "IgnoreNew",
            "DisallowStartIfOnBatteries": "false",
            "StopIfGoingOnBatteries": "false",
            "StartWhenAvailable": "true",
            "RestartOnFailure": {"Interval": "PT1M", "Count": "999"},
            # No limit: a daemon has no end.
            "ExecutionTimeLimit": "PT0S",
            "Priority": "8",
        },
        "Actions": {
            "Exec": {
                "Command": str(executable),
                "Arguments": subprocess.list2cmdline(["-q", "--vault", str(vault_root), "watch", "--serve"]),
            },
        },
    }
    return ServicePlan(
        manager="Task Scheduler",
        name=name,
        file=file,
        # schtasks reads UTF-16 with its mark, and takes little else.
        content=_task_xml(task).encode("utf-16"),
        mark=_MARK.encode("utf-16-le"),
        install=(
            ("schtasks", "/Create", "/F", "/TN", name, "/XML", str(file)),
            ("schtasks", "/Run", "/TN", name),
        ),
        uninstall=(("schtasks", "/End", "/TN", name), ("schtasks", "/Delete", "/F", "/TN", name)),
        status=("schtasks", "/Query", "/V", "/FO", "LIST", "/TN", name),
    )


def _task_xml(tree: _Tree) -> str:
    root = ET.Element("Task", {"version": "1.2", "xmlns": NAMESPACE})
    _grow(root, tree)
    # The schema ties the action to the one principal by this name.
    root.find("Principals/Principal").set("id", "Author")  # type: ignore[union-attr]  # it is in the tree above
    root.find("Actions").set("Context", "Author")  # type: ignore[union-attr]
    ET.indent(root)
    return f'<?xml version="1.0" encoding="UTF-16"?>\n{ET.tostring(root, encoding="unicode")}\n'


def _grow(parent: ET.Element, tree: _Tree) -> None:
    for name, value in tree.items():
        child = ET.SubElement(parent, name)
        if isinstance(value, str):
            child.text = value
        else:
            _grow(child, value)
