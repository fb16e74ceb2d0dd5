"""The unit that runs the daemon for one vault under systemd, as the user, shut in as far as its work allows."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from vaultrel.service.base import LOG_LINES, ServicePathError, ServicePlan, service_name

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from vaultrel.locations import Locations

UNIT_MARK = "# Written by `vaultrel service install`, which replaces it; put changes of yours into a drop-in."
"""First line of every unit of ours; a file without it is somebody else's."""

_UNIT = """\
{mark}
[Unit]
Description=vaultrel: keeps the relationships in {title} current
RequiresMountsFor={vault}

[Service]
Type=exec
# The sandbox needs these folders to be there; made anew where they were deleted.
ExecStartPre=+/usr/bin/env mkdir -p {state_argument} {cache_argument}
ExecStart={executable} -q --vault {vault_argument} watch --serve
# The address of the feed is a secret: what the command prints goes nowhere, its warnings to the journal.
StandardOutput=null
StandardError=journal
Environment={state_home} {cache_home}
# Not for a mistake in the settings (2), which starting again does not mend.
Restart=on-failure
RestartSec=30
RestartPreventExitStatus=2

# Files: everything can be read that you can read; written are the vault, vaultrel's own folders, and those that
# the settings name for calendars, where they are there.
PrivateUsers=yes
ProtectSystem=strict
ProtectHome=read-only
ReadWritePaths={vault} {state} {cache}{copies}
PrivateTmp=yes
PrivateDevices=yes

# Network: this computer alone. IPAddressDeny holds only where systemd may set it for a user; most kernels say no.
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6
IPAddressDeny=any
IPAddressAllow=localhost

# The system: nothing of it can be changed.
NoNewPrivileges=yes
CapabilityBoundingSet=
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@resources
SystemCallErrorNumber=EPERM

# Manners: it gives way to whatever you do.
Nice=10
CPUWeight=20
IOSchedulingClass=idle
MemoryMax=2G
TasksMax=64

[Install]
WantedBy=default.target
"""


def systemd_plan(
    executable: Path, vault_root: Path, locations: Locations, config_home: Path, copies: Iterable[Path] = ()
) -> ServicePlan:
    """The service of one vault on a Linux with systemd.

    Args:
        executable: absolute path of the `vaultrel` command.
        vault_root: absolute path of the vault.
        locations: where the vault's state and cache are.
        config_home: where systemd looks for the user's own units, the folder `systemd`.
        copies: absolute paths of the folders for calendars outside the vault.

    Raises:
        ServicePathError: a path cannot be written in a unit.
    """
    name = f"vaultrel-{service_name(locations)}.service"
    return ServicePlan(
        manager="systemd",
        name=name,
        file=config_home / "user" / name,
        content=systemd_unit(str(executable), str(vault_root), locations, map(str, copies)).encode(),
        mark=f"{UNIT_MARK}\n".encode(),
        install=(
            ("systemctl", "--user", "daemon-reload"),
            ("systemctl", "--user", "enable", name),
            ("systemctl", "--user", "restart", name),
        ),
        uninstall=(("systemctl", "--user", "disable", "--now", name),),
        after=(("systemctl", "--user", "daemon-reload"),),
        status=("systemctl", "--user", "--no-pager", "--lines=0", "status", name),
        logs=("journalctl", "--no-pager", "--quiet", f"--lines={LOG_LINES}", "--user-unit", name),
    )


def systemd_unit(executable: str, vault_root: str, locations: Locations, copies: Iterable[str] = ()) -> str:
    """The text of a systemd user unit that keeps one vault current and serves its feed (systemd.unit(5), .exec(5)).

    The user's own folders for state and cache are named in it: a service does not see what a shell has set.

    Args:
        executable: absolute path of the `vaultrel` command.
        vault_root: absolute path of the vault.
        locations: where the vault's state and cache are.
        copies: absolute paths of the folders for calendars outside the vault.

    Raises:
        ServicePathError: a path cannot be written in a unit.
    """
    state, cache = str(locations.state), str(locations.cache)
    return _UNIT.format(
        mark=UNIT_MARK,
        title=_plain(vault_root.rstrip("/").rpartition("/")[2]),
        executable=_quoted(executable),
        vault=_quoted(vault_root),
        vault_argument=_argument(vault_root),
        state=_quoted(state),
        state_argument=_argument(state),
        cache=_quoted(cache),
        cache_argument=_argument(cache),
        copies="".join(f" {_quoted(f'-{folder}')}" for folder in copies),
        state_home=_quoted(f"XDG_STATE_HOME={_above_vaultrel(locations.state)}"),
        cache_home=_quoted(f"XDG_CACHE_HOME={_above_vaultrel(locations.cache)}"),
    )


def _above_vaultrel(folder: Path) -> str:
    """The user's folder in which vaultrel's own stands."""
    return str(next(parent for parent in folder.parents if parent.name == "vaultrel").parent)


def _plain(text: str) -> str:
    """Text of a single line in which nothing means anything to systemd."""
    _check(text)
    return text.replace("%", "%%")


def _quoted(text: str) -> str:
    """One word, in quotes; `%` would else stand for something (systemd.syntax(7), systemd.unit(5) "Specifiers")."""
    _check(text)
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%") + '"'


def _argument(text: str) -> str:
    """One argument of a command, where `$` would else begin a variable (systemd.service(5) "Command lines")."""
    return _quoted(text).replace("$", "$$")


def _check(text: str) -> None:
    if any(unicodedata.category(sign) in {"Cc", "Cs"} for sign in text):
        raise ServicePathError("systemd", text)
