"""vaultrel with a wrong clock, run as a process of its own: `python -m torture.wrong_clock FILE COMMAND…`.

FILE holds by how many days the clock is wrong, and is asked each time vaultrel asks what time it is.
"""

from __future__ import annotations

import datetime as dt
import os
import sys
from pathlib import Path

from vaultrel import clock
from vaultrel.cli import main as run_command
from vaultrel.cli import work
from vaultrel.watch import worker

FILE = "VAULTREL_TORTURE_CLOCK"
"""Names the file to the process that reads notes for a daemon."""


def main() -> None:
    """Run a command of vaultrel, or work for one that is a daemon."""
    named = os.environ.get(FILE)
    file = Path(named or sys.argv.pop(1))

    def ahead() -> dt.timedelta:
        return dt.timedelta(days=int(file.read_text(encoding="ascii")))

    right_today, right_now, right_seconds = clock.today, clock.utc_now, clock.wall_seconds
    clock.today = lambda: right_today() + ahead()
    clock.utc_now = lambda: right_now() + ahead()
    clock.wall_seconds = lambda: right_seconds() + ahead().total_seconds()
    if named:
        work.main()
    else:
        os.environ[FILE] = str(file)
        worker.PROGRAM = "torture.wrong_clock"
        run_command()


if __name__ == "__main__":
    main()
