"""Scans one vault twice in a process of its own, asks every command that prints about it, and says what came of it.

``python scan_vault.py VAULT DAY`` prints one JSON object. The peak of memory in it is the process's own.
"""

from __future__ import annotations

import datetime as dt
import json
import resource
import sys
import time
from pathlib import Path

from click.testing import CliRunner

from vaultrel.app import open_vault
from vaultrel.cli import cli

COMMANDS = (["scan", "--dry-run"], ["doctor"], ["people"], ["today"], ["names"])


def peak_bytes() -> int:
    """The most memory this process has held; of the kernel's two answers, the one that forgets whoever started it."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def main(root: str, day: str) -> None:
    as_of = dt.date.fromisoformat(day)
    with open_vault(root) as vault:
        vault.grace_seconds = 0
        report = vault.scan(as_of=as_of)
        again = vault.scan(as_of=as_of, full=True)
        feed = vault.render("ics", as_of)
    runner = CliRunner(env={"COLUMNS": "200"})
    printed = {
        " ".join(command): runner.invoke(cli, [*command, "--vault", root, "--as-of", day], catch_exceptions=False)
        for command in COMMANDS
    }
    answer = {
        "applied": [edit.patch.path for edit in report.applied],
        "again": [edit.patch.path for edit in again.applied],
        "waiting": list(report.waiting),
        "refused": list(report.refused),
        "problems": [[found.path, found.code] for found in report.diagnostics],
        "feed": feed.decode(),
        "exit_codes": {command: result.exit_code for command, result in printed.items()},
        "printed": "".join(result.output for result in printed.values()),
        "peak_bytes": peak_bytes(),
        "cpu_seconds": time.process_time(),
    }
    print(json.dumps(answer))


if __name__ == "__main__":
    main(*sys.argv[1:])
