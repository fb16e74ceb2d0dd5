"""When this computer last scanned a vault: the time of an empty file, which is moved without loading much."""

from __future__ import annotations

import datetime as dt
import os
from typing import TYPE_CHECKING

from vaultrel import clock

if TYPE_CHECKING:
    from pathlib import Path


def mark_scan(file: str | Path | None) -> bool:
    """Let this be the moment of the last scan that the file tells; false where there is none yet."""
    if file is None:
        return False
    now = int(clock.utc_now().timestamp())
    try:
        os.utime(file, (now, now))
    except OSError:
        return False
    return True


def when_scanned(file: str | Path | None) -> dt.datetime | None:
    """The moment that the file tells, in UTC; None where it is not there."""
    if file is None:
        return None
    try:
        return dt.datetime.fromtimestamp(int(os.stat(file).st_mtime), dt.UTC)
    except OSError:
        return None
