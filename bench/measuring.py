"""Commands measured in turns, and figures set in tables: what the programs of this folder share."""

from __future__ import annotations

import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

BENCH = Path(__file__).resolve().parent
PATIENCE_SECONDS = 900.0
"""After which a command is ended, and its row says so."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of a table.

    Attributes:
        name: of what was measured.
        text: what came out.
        goal: what was wanted; empty where nothing was.
        met: whether it came out so; None without a goal, or without a figure.
    """

    name: str
    text: str
    goal: str = ""
    met: bool | None = None

    @property
    def verdict(self) -> str:
        """In a word."""
        return "" if self.met is None else "met" if self.met else "missed"


def print_figures(heading: str, figures: Iterable[Figure]) -> None:
    """Print a Markdown table."""
    print(f"\n| {heading} | | goal | |\n|---|---:|---:|---|")
    for figure in figures:
        print(f"| {figure.name} | {figure.text} | {figure.goal} | {figure.verdict} |")
    sys.stdout.flush()


@dataclass(frozen=True, slots=True)
class Place:
    """A vault, and a home of its own for whatever reads it: nothing of the user's is read or written."""

    root: Path
    own: Path

    @property
    def environment(self) -> dict[str, str]:
        """For child processes."""
        kept = {"XDG_STATE_HOME": f"{self.own}/state", "XDG_CACHE_HOME": f"{self.own}/cache"}
        nowhere = {"XDG_CONFIG_HOME": f"{self.own}/config", "GIT_CONFIG_GLOBAL": os.devnull}
        users = {name: value for name, value in os.environ.items() if not name.startswith(("XDG_", "VAULTREL_"))}
        return {**users, **kept, **nowhere, "HOME": str(self.own), "NODE_PATH": str(BENCH / "node_modules")}

    def forget(self) -> None:
        """Let vaultrel know nothing of the vault."""
        shutil.rmtree(self.own, ignore_errors=True)
        self.own.mkdir()

    def git(self, *words: str) -> list[str]:
        """A command of Git in the vault."""
        return ["git", "-C", str(self.root), "-c", "user.name=bench", "-c", "user.email=bench@example.org", *words]

    def vaultrel(self, *words: str) -> list[str]:
        """A command of vaultrel on the vault."""
        return [sys.executable, "-m", "vaultrel", "--vault", str(self.root), *words]


@dataclass(frozen=True, slots=True)
class Run:
    """What one run of a command took.

    Attributes:
        wall: seconds.
        cpu: seconds of processor, of the children it waited for as well.
        peak: MB of memory at the most, of the command itself; 0 where it was no more than this program's own, which a
            child begins with.
        disk: MB that came from the disk, and not out of the system's cache.
    """

    wall: float
    cpu: float
    peak: float
    disk: float

    def get(self, what: str) -> float:
        """One of them, by name."""
        value: float = getattr(self, what)
        return value


@dataclass(slots=True)
class Row:
    """A command that is measured in turns with others.

    Attributes:
        goals: names of other rows, each with the most that the ratio to it is to be.
        folder: where it runs; anywhere by default.
        most: of how many notes it is tried at all.
        most_runs: of its rounds; what takes minutes is not run again for a median.
        accepted: exit codes of a run that did its work.
        failure: why there is no figure; empty as long as all went well.
    """

    name: str
    command: list[str]
    prepare: Callable[[], None] = lambda: None
    goals: tuple[tuple[str, float], ...] = ()
    folder: Path | None = None
    most: int = sys.maxsize
    most_runs: int = sys.maxsize
    accepted: frozenset[int] = frozenset({0})
    runs: list[Run] = field(default_factory=list)
    failure: str = ""

    def run(self, environment: Mapping[str, str], patience: float = PATIENCE_SECONDS) -> None:
        """Measure one round, unless the row has failed before; a failure is what the row has to say then."""
        if self.failure or len(self.runs) >= self.most_runs:
            return
        self.prepare()
        with tempfile.TemporaryFile() as said:
            began = time.perf_counter()
            try:
                child = subprocess.Popen(  # noqa: S603 - words of our own
                    self.command,
                    cwd=self.folder,
                    env=environment,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=said,
                )
            except OSError as error:
                self.failure = f"not installed ({error.strerror})"
                return
            status, usage = _wait(child, patience)
            wall = time.perf_counter() - began
            said.seek(0)
            words = [line for line in said.read()[-9000:].decode(errors="replace").splitlines() if line.strip()]
        if status is None:
            self.failure = f"ended after {patience:.0f} s without a result"
        elif status not in self.accepted:
            complaint = next((line for line in words if "Error" in line), words[-1] if words else "without a word")
            self.failure = f"ended with {status}: {complaint.strip()[:150]}"
        else:
            cpu = usage.ru_utime + usage.ru_stime
            inherited = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            peak = usage.ru_maxrss / 1024 if usage.ru_maxrss > inherited else 0.0
            self.runs.append(Run(wall, cpu, peak, usage.ru_inblock / 2048))

    def median(self, what: str) -> float:
        """Of the rounds, of one attribute of `Run`."""
        return statistics.median(run.get(what) for run in self.runs)

    def ratio_to(self, other: Row, what: str) -> float:
        """The median of the rounds' own ratios: rows of one round met the same other work on the computer."""
        pairs = zip(self.runs, other.runs, strict=False)
        return statistics.median(ours.get(what) / max(theirs.get(what), 1e-9) for ours, theirs in pairs)


def _wait(child: subprocess.Popen[bytes], patience: float) -> tuple[int | None, resource.struct_rusage]:
    """The exit code and what the child used; no exit code when it had to be ended."""
    late = threading.Event()

    def end() -> None:
        late.set()
        child.kill()

    timer = threading.Timer(patience, end)
    timer.start()
    try:
        _, status, usage = os.wait4(child.pid, 0)
    finally:
        timer.cancel()
    child.returncode = os.waitstatus_to_exitcode(status)
    return None if late.is_set() else child.returncode, usage


def figures_of(rows: list[Row]) -> list[Figure]:
    """The ratios that have a goal, judged by wall clock, and every row that failed."""
    by_name, figures = {row.name: row for row in rows}, []
    for row in rows:
        for name, goal in row.goals:
            other = by_name.get(name)
            what, wanted = f"{row.name}, beside {name}", f"{goal:g} ×"
            missing = row.failure or ("" if other is None else other.failure)
            if other is None or missing:
                figures.append(Figure(what, missing or f"no {name}", wanted))
                continue
            ratio = row.ratio_to(other, "wall")
            text = f"{ratio:.2f} × ({row.ratio_to(other, 'cpu'):.2f} × processor)"
            figures.append(Figure(what, text, wanted, ratio <= goal))
    return figures


def print_rows(rows: list[Row]) -> None:
    """Print the medians of each row as a Markdown table."""
    print("\n| what | wall s | processor s | peak MB | from disk MB |\n|---|---:|---:|---:|---:|")
    for row in rows:
        print(f"| {row.name} | {' | '.join(cells_of(row))} |")
    sys.stdout.flush()


def cells_of(row: Row) -> list[str]:
    """The medians of a row as text, or why there are none."""
    if row.failure:
        return [row.failure, "", "", ""]
    wall, cpu, peak, disk = (row.median(what) for what in ("wall", "cpu", "peak", "disk"))
    return [f"{wall:.3f}", f"{cpu:.3f}", f"{peak:.0f}" if peak else "", f"{disk:.0f}" if disk >= 1 else ""]


def evict(root: Path, *, everything: bool) -> None:
    """Let the system forget what is in the files below a folder.

    Args:
        root: the folder.
        everything: let it forget all files there are, and their names and times (Linux, as root); otherwise only the
            bytes of these files are asked to be forgotten, and the system may keep what it wants.
    """
    os.sync()
    if everything:
        Path("/proc/sys/vm/drop_caches").write_text("3")
        return
    for folder, _, names in os.walk(root):
        for name in names:
            handle = os.open(f"{folder}/{name}", os.O_RDONLY)
            try:
                os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
            finally:
                os.close(handle)
