"""The daemon as a service of the operating system: what is said to its manager, and from where it may run."""

from __future__ import annotations

from vaultrel.service.base import Command, ServicePathError, ServicePlan
from vaultrel.service.lasting import NotLastingError, check_lasting
from vaultrel.service.launchd import launchd_plan
from vaultrel.service.systemd import systemd_plan
from vaultrel.service.windows import windows_plan

__all__ = [
    "Command",
    "NotLastingError",
    "ServicePathError",
    "ServicePlan",
    "check_lasting",
    "launchd_plan",
    "systemd_plan",
    "windows_plan",
]
