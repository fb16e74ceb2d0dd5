"""Throw every kind of fault, one after the other: `python -m torture [--short] [--seed N]`."""

from __future__ import annotations

import subprocess
import sys

from torture import rig

FAULTS = (
    "syscalls",
    "kills",
    "restarts",
    "races",
    "disks",
    "lies",
    "powercuts",
    "two_daemons",
    "two_machines",
    "clock_jumps",
    "storms",
    "deaf",
    "soak",
    "quiet_year",
    "feed",
)


def main() -> None:
    """Run them all; ends with 1 when one of them did harm."""
    codes = []
    for fault in FAULTS:
        words = [sys.executable, "-m", f"torture.{fault}", *sys.argv[1:]]
        codes.append(subprocess.run(words, check=False, cwd=rig.REPOSITORY).returncode)  # noqa: S603 - words of our own
    sys.exit(int(any(code not in {0, rig.SKIPPED} for code in codes)))


if __name__ == "__main__":
    main()
