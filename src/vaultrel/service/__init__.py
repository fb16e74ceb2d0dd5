"""The daemon as a service of the operating system: what is said to systemd about it, and from where it may run."""

from __future__ import annotations

from vaultrel.service.lasting import NotLastingError, check_lasting
from vaultrel.service.systemd import UNIT_MARK, UnitPathError, systemd_unit, unit_name

__all__ = ["UNIT_MARK", "NotLastingError", "UnitPathError", "check_lasting", "systemd_unit", "unit_name"]
