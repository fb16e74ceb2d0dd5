"""What the operating system is asked to do with files, one module for each system, chosen here."""

from __future__ import annotations

import functools
import sys

from vaultrel.storage.system.base import AttributesNotKeptError, FileCalls

__all__ = ["AttributesNotKeptError", "FileCalls", "file_calls"]


@functools.cache
def file_calls() -> FileCalls:
    """The calls of the system we run on."""
    if sys.platform == "win32":
        from vaultrel.storage.system.windows import WindowsCalls, kernel  # noqa: PLC0415 - loads on that system only

        return WindowsCalls(kernel())
    elif sys.platform == "darwin":  # noqa: RET505 - a type checker follows one branch for each system
        from vaultrel.storage.system.macos import mac_calls  # noqa: PLC0415 - loads on that system only

        return mac_calls()
    else:
        from vaultrel.storage.system.posix import PosixCalls  # noqa: PLC0415 - needs what Windows lacks

        return PosixCalls()
