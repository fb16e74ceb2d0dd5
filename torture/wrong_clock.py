"""vaultrel with a wrong clock, run as a process of its own: `python -m torture.wrong_clock FILE COMMAND…`.

FILE holds by how many days the clock is wrong, and is asked each time vaultrel asks what time it is.
"""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path

from vaultrel import clock
from vaultrel.cli import main as run_command
from vaultrel.cli import work
from vaultrel.watch import worker

WORK = "work"
"""Stands for what the process runs that reads notes for a daemon."""


def main() -> None:
    """Run a command of vaultrel."""
    file = Path(sys.argv.pop(1))

    def ahead() -> dt.timedelta:
        return dt.timedelta(days=int(file.read_text(encoding="ascii")))

    right_today, right_now, right_seconds = clock.today, clock.utc_now, clock.wall_seconds
    clock.today = lambda: right_today() + ahead()
    clock.utc_now = lambda: right_now() + ahead()
    clock.wall_seconds = lambda: right_seconds() + ahead().total_seconds()
    worker.COMMAND = (sys.executable, "-m", "torture.wrong_clock", str(file), WORK)
    if sys.argv[1:] == [WORK]:
        work.main()
    else:
        run_command()


if __name__ == "__main__":
    main()
