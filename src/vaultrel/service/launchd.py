"""The agent that runs the daemon for one vault under macOS's launchd, as the user (launchd.plist(5), launchctl(1))."""

from __future__ import annotations

import plistlib
import unicodedata
from typing import TYPE_CHECKING

from vaultrel.service.base import LOG_LINES, ServicePathError, ServicePlan, service_name

if TYPE_CHECKING:
    from pathlib import Path

    from vaultrel.locations import Locations

_MARK = b"<!-- Written by `vaultrel service install`, which replaces it. -->"
_AFTER_HEAD = b'<plist version="1.0">\n'


def launchd_plan(executable: Path, vault_root: Path, locations: Locations, home: Path, user_id: int) -> ServicePlan:
    """The service of one vault on macOS.

    launchd knows no sandbox that a plain file could ask for, so it has none; it gives way to whatever you do.

    Args:
        executable: absolute path of the `vaultrel` command.
        vault_root: absolute path of the vault.
        locations: where the vault's state and cache are.
        home: the user's home folder.
        user_id: whose services it joins.

    Raises:
        ServicePathError: a path cannot be written in a property list.
    """
    label = f"org.vaultrel.{service_name(locations)}"
    log = locations.state / "daemon.log"
    for path in (executable, vault_root, log):
        if any(unicodedata.category(sign) in {"Cc", "Cs"} for sign in str(path)):
            raise ServicePathError("launchd", str(path))
    agent = {
        "Label": label,
        "ProgramArguments": [str(executable), "-q", "--vault", str(vault_root), "watch", "--serve"],
        "RunAtLoad": True,
        "KeepAlive": {"SuccessfulExit": False},
        "ThrottleInterval": 30,
        "ProcessType": "Background",
        "LowPriorityIO": True,
        "Nice": 10,
        # Files that it makes are the user's alone.
        "Umask": 0o077,
        # The address of the feed is a secret: what the command prints goes nowhere, its warnings to its own log.
        "StandardOutPath": "/dev/null",
        "StandardErrorPath": str(log),
    }
    content = plistlib.dumps(agent, sort_keys=False).replace(_AFTER_HEAD, _MARK + b"\n" + _AFTER_HEAD, 1)
    file = home / "Library" / "LaunchAgents" / f"{label}.plist"
    domain, service = f"gui/{user_id}", f"gui/{user_id}/{label}"
    return ServicePlan(
        manager="launchd",
        name=label,
        file=file,
        content=content,
        mark=_MARK,
        before=(("launchctl", "bootout", service),),
        install=(("launchctl", "enable", service), ("launchctl", "bootstrap", domain, str(file))),
        uninstall=(("launchctl", "bootout", service),),
        status=("launchctl", "print", service),
        logs=("tail", "-n", str(LOG_LINES), str(log)),
    )
