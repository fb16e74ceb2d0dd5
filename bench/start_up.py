"""How long a command line takes to answer, in processor time beside a bare Python: ``python bench/start_up.py``.

Prints a table; the exit code is 1 when help, completion or `today` from a vault read before takes more than three
times a bare Python and 60 ms, or help more than 1.3 times what Python takes to load click. Python's own bytecode is
kept, as after any installation.
"""

from __future__ import annotations

import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SAMPLE = Path(__file__).resolve().parents[1] / "sample_vault"
RUNS = 11
ALLOWED_TIMES, ALLOWED_MS = 3, 60
ALLOWED_OVER_CLICK = 1.3
SETTLED_SECONDS = 2.5
"""What was saved less than two seconds ago is read again: its file time cannot be trusted yet."""


def processor_ms(command: list[str], environment: dict[str, str]) -> float:
    """Processor time of one run of a command, in milliseconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)  # noqa: S603
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) * 1000


def main() -> int:
    """Measure, print, and say whether everything is quick enough."""
    with tempfile.TemporaryDirectory() as folder:
        vault = Path(folder) / "Notes"
        shutil.copytree(SAMPLE, vault)
        environment = {
            "HOME": folder,
            "PATH": os.environ["PATH"],
            "PYTHONPYCACHEPREFIX": f"{folder}/bytecode",
            "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
        }
        words = f"vaultrel\n--vault\n{vault}\nshow\nda"
        completing = {"_VAULTREL_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": "4"}
        vaultrel = [sys.executable, "-c", "from vaultrel.cli import main; main()"]
        cases: dict[str, tuple[list[str], dict[str, str]]] = {
            "python -c pass": ([sys.executable, "-c", "pass"], {}),
            "python -c import click": ([sys.executable, "-c", "import click"], {}),
            "vaultrel --help": ([*vaultrel, "--help"], {}),
            "today, read before": ([*vaultrel, "--vault", str(vault), "today"], {}),
            "completing a person": (vaultrel, completing),
        }
        time.sleep(SETTLED_SECONDS)
        # In turns, so that a computer that is busy for a while slows them all; the first turn fills the caches.
        rounds = [
            {name: processor_ms(command, environment | more) for name, (command, more) in cases.items()}
            for _ in range(RUNS + 1)
        ][1:]
    taken = {name: statistics.median(times[name] for times in rounds) for name in cases}
    bare, click = taken["python -c pass"], taken["python -c import click"]
    limits = dict.fromkeys(cases, ALLOWED_TIMES * bare + ALLOWED_MS)
    limits["vaultrel --help"] = min(limits["vaultrel --help"], ALLOWED_OVER_CLICK * click)
    for name, ms in taken.items():
        verdict = "   too slow" if ms > limits[name] else ""
        print(f"{name:22} {ms:7.0f} ms {ms / bare:6.1f} times, allowed {limits[name]:4.0f} ms{verdict}")
    return int(any(ms > limits[name] for name, ms in taken.items()))


if __name__ == "__main__":
    sys.exit(main())
