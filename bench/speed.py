"""How fast vaultrel is, beside what else reads the same notes: ``python bench/speed.py [--notes N]... [--rounds N]``.

For each size (1,000 and 10,000 notes unless told otherwise) a vault is generated, with the truth about it, and a
Markdown table printed: medians of the rounds in seconds of wall clock and of processor, children included, and the
processor time as a ratio to the yardstick of the row, measured in the same run. All rows of a round take turns, so that
a busy computer slows them alike. Programs that are not installed are left out by name. The last line counts the notes
of which something else was read than the truth says; the exit code is 1 unless there are none.
"""

from __future__ import annotations

import argparse
import itertools
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

from generate_vault import TODAY, compare, generate

from vaultrel.app import open_vault
from vaultrel.watch import Watcher

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from vaultrel.app import ScanReport, Vault

BENCH = Path(__file__).resolve().parent
CONFIG = "[watch]\nquiet_seconds = 0\ndebounce_seconds = 0.02\nrescan_seconds = 86400\n"
SAVES = 60
IDLE_SECONDS = 60.0
POLL_SECONDS = 5.0
DUE_POLL_SECONDS = 60.0

FRONTMATTER = (
    "import sys, pathlib, re, frontmatter\n"
    "link = re.compile(r'\\[\\[([^\\[\\]|]+)')\n"
    "for note in pathlib.Path(sys.argv[1]).rglob('*.md'):\n"
    "    text = note.read_text('utf-8')\n"
    "    link.findall(text)\n"
    "    try:\n"
    "        frontmatter.loads(text)\n"
    "    except Exception:\n"
    "        pass\n"
)
FIRST_SCAN = (
    "import sys\n"
    "from vaultrel.app import open_vault\n"
    "with open_vault(sys.argv[1]) as vault:\n"
    "    vault.scan(dry_run=True)\n"
)
"""Everything is read, derived, planned and rendered; the command would take as long again to print every edit."""
GRAY_MATTER = (
    "const fs = require('fs'), path = require('path'), matter = require('gray-matter');\n"
    "for (const name of fs.readdirSync(process.argv[1], {recursive: true}))\n"
    "  if (name.endsWith('.md')) {\n"
    "    const text = fs.readFileSync(path.join(process.argv[1], name), 'utf8');\n"
    "    text.match(/\\[\\[([^\\[\\]|]+)/g);\n"
    "    try { matter(text, {}); } catch {}\n"
    "  }\n"
)


@dataclass(slots=True)
class Row:
    """What is measured in turns.

    Attributes:
        goals: names of other rows, each with the most that the ratio to it is to be.
        times: wall and processor seconds of each round.
    """

    name: str
    command: list[str]
    prepare: Callable[[], None] = lambda: None
    goals: tuple[tuple[str, float], ...] = ()
    times: list[tuple[float, float]] = field(default_factory=list)

    def run(self, environment: dict[str, str]) -> None:
        """Measure one round."""
        self.prepare()
        before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        done = subprocess.run(  # noqa: S603 - words of our own
            self.command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False
        )
        wall, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
        if done.returncode not in {0, 1}:
            raise SystemExit(f"{self.name} ended with {done.returncode}: {done.stderr.decode()[-400:]}")
        self.times.append((wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime))

    @property
    def wall(self) -> float:
        """Median of the rounds, in seconds."""
        return statistics.median(wall for wall, _ in self.times)

    @property
    def cpu(self) -> float:
        """Median of the rounds, in seconds."""
        return statistics.median(cpu for _, cpu in self.times)


@dataclass(frozen=True, slots=True)
class Place:
    """A generated vault, and where vaultrel keeps its own files about it."""

    root: Path
    own: Path

    @property
    def environment(self) -> dict[str, str]:
        """For child processes."""
        kept = {"XDG_STATE_HOME": f"{self.own}/state", "XDG_CACHE_HOME": f"{self.own}/cache"}
        return {**os.environ, **kept, "HOME": str(self.own), "NODE_PATH": str(BENCH / "node_modules")}

    def forget(self) -> None:
        """Let vaultrel know nothing of the vault."""
        shutil.rmtree(self.own, ignore_errors=True)
        self.own.mkdir()


def rows_for(place: Place) -> list[Row]:
    """All that is measured as a whole command, yardsticks first."""
    root = str(place.root)
    ours = [sys.executable, "-m", "vaultrel"]
    scan = [*ours, "--vault", root, "-q", "scan"]

    def scan_once() -> None:
        subprocess.run(scan, env=place.environment, check=True, capture_output=True)  # noqa: S603

    scan_once()
    # A note saved within two seconds before it was read is read again the next time: clocks may be coarse.
    time.sleep(2.5)
    git = ["git", "-C", root, "-c", "user.name=bench", "-c", "user.email=bench@example.org"]
    subprocess.run([*git, "init", "-q"], check=True)  # noqa: S603
    subprocess.run([*git, "add", "-A"], check=True)  # noqa: S603
    subprocess.run([*git, "commit", "-q", "-m", "all"], check=True)  # noqa: S603
    rows = [
        Row("find: walk and stat", ["find", root, "-name", "*.md", "-printf", "%T@ %s\n"]),
        Row("find and cat: read every byte", ["find", root, "-name", "*.md", "-exec", "cat", "{}", "+"]),
        Row("git status", [*git, "status", "--porcelain"]),
        Row("python-frontmatter loop", [sys.executable, "-c", FRONTMATTER, root]),
        Row("python -c 'import click'", [sys.executable, "-c", "import click"]),
        Row("--help", [*ours, "--help"], goals=(("python -c 'import click'", 1.3),)),
    ]
    if shutil.which("rg"):
        rows.append(Row("rg '[['", ["rg", "-c", "-F", "[[", root]))
    if shutil.which("node") and (BENCH / "node_modules/gray-matter").is_dir():
        rows.append(Row("gray-matter loop", ["node", "-e", GRAY_MATTER, root]))
    rows += [
        Row(
            "first scan",
            [sys.executable, "-c", FIRST_SCAN, root],
            place.forget,
            (("python-frontmatter loop", 0.35), ("rg '[['", 5.0)),
        ),
        Row("rescan, nothing changed", scan, scan_once, goals=(("git status", 1.5),)),
    ]
    return rows


def print_rows(rows: list[Row]) -> None:
    """The table of what was measured in turns."""
    by_name = {row.name: row for row in rows}
    print("| what | wall s | processor s | ratio | goal | |")
    print("|---|---:|---:|---:|---:|---|")
    for row in rows:
        figures = f"| {row.name} | {row.wall:.3f} | {row.cpu:.3f} |"
        measured = [(name, goal) for name, goal in row.goals if name in by_name]
        for name, goal in measured:
            ratio = row.cpu / by_name[name].cpu
            print(f"{figures} {ratio:.2f} × {name} | {goal} × | {'met' if ratio <= goal else 'missed'} |")
            figures = "| | | |"
        if not measured:
            print(f"{figures} | | |")


class Clocked:
    """A vault whose scans are timed: to the end of the scan that put fields and feed on disk."""

    def __init__(self, vault: Vault) -> None:
        self.changed: list[float] = []
        self.came = threading.Semaphore(0)
        self.scanned = threading.Event()
        self._scan = vault.scan
        vault.scan = self.scan  # type: ignore[method-assign]

    def scan(self, *, quiet_seconds: float) -> ScanReport:
        """Scan as the daemon asks for it; only one that had something to write counts."""
        began = time.perf_counter()
        report = self._scan(quiet_seconds=quiet_seconds)
        if report.applied:
            self.changed.append(time.perf_counter() - began)
            self.came.release()
        self.scanned.set()
        return report


def time_saves(place: Place, people: list[str]) -> list[float]:
    """Seconds from the end of the debounce until fields and feed are on disk, for each of some saved notes."""
    os.environ.update({key: value for key, value in place.environment.items() if key.startswith("XDG_")})
    vault = open_vault(place.root)
    vault.grace_seconds = 0.0
    clocked = Clocked(vault)
    watcher = Watcher(vault, place.root, lambda _report: None)
    thread = threading.Thread(target=watcher.run)
    thread.start()
    try:
        clocked.scanned.wait(600)
        for number in range(SAVES):
            name = Path(people[-1 - number % len(people)]).stem
            note = place.root / f"Daily/{TODAY} saved {number}.md"
            note.write_text(f"called:: [[{name}]]\n", "utf-8")
            clocked.came.acquire(timeout=60)
            time.sleep(0.1)
    finally:
        watcher.stop()
        thread.join()
        vault.close()
    return clocked.changed


def time_writes(place: Place, count: int) -> float:
    """Median seconds of two synced atomic writes: a file as large as the feed, and one as large as a person's note."""
    store, size = open_vault(place.root).store, (place.root / "vaultrel/followups.ics").stat().st_size
    times = []
    for number in range(count):
        began = time.perf_counter()
        store.write_generated("vaultrel/a.ics", bytes([48 + number % 10]) * size)
        store.write_generated("vaultrel/b.ics", bytes([48 + number % 10]) * 900)
        times.append(time.perf_counter() - began)
    for name in "ab":
        (place.root / f"vaultrel/{name}.ics").unlink()
    return statistics.median(times)


def watch_idle(place: Place, seconds: float, *options: str) -> tuple[float, float]:
    """Share of one processor, and MB of memory, of a daemon to which nothing happens for some seconds."""
    command = [sys.executable, "-m", "vaultrel", "--vault", str(place.root), "-q", "watch", *options]
    daemon = subprocess.Popen(command, env=place.environment)  # noqa: S603 - words of our own
    try:
        before = -1.0
        while before != (before := _cpu_seconds(daemon.pid)) or before < 0.2:
            time.sleep(2)
        began = time.monotonic()
        time.sleep(seconds)
        share = (_cpu_seconds(daemon.pid) - before) / (time.monotonic() - began)
        status = Path(f"/proc/{daemon.pid}/status").read_text("ascii")
        return share, next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmRSS"))
    finally:
        daemon.terminate()
        daemon.wait()


def _cpu_seconds(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measure(count: int, rounds: int, idle_seconds: float) -> tuple[int, float]:
    """Measure one size and print; the number of notes read wrong, and the processor time of a first scan."""
    with tempfile.TemporaryDirectory() as folder:
        place = Place(Path(folder).resolve() / "Notes", Path(folder).resolve() / "own")
        truth = generate(count, place.root)
        (place.root / ".vaultrel").mkdir()
        (place.root / ".vaultrel/config.toml").write_text(CONFIG)
        place.forget()
        rows = rows_for(place)
        for _ in range(rounds):
            for row in rows:
                row.run(place.environment)
        print(f"\n## {count:,} notes\n")
        print_rows(rows)
        with open_vault(place.root) as vault:
            wrong = compare(truth, vault.snapshot(TODAY))
        print_daemon(place, truth["people"], idle_seconds)
        print(f"\n{len(wrong)} wrong notes of {count:,}{': ' if wrong else ''}{', '.join(wrong[:5])}")
        return len(wrong), next(row.cpu for row in rows if row.name.startswith("first scan"))


def print_daemon(place: Place, people: list[str], idle_seconds: float) -> None:
    """What the daemon costs."""
    saves = sorted(time_saves(place, people))
    writes = time_writes(place, len(saves))
    median, late = statistics.median(saves), saves[int(len(saves) * 0.95)]
    idle, memory = watch_idle(place, idle_seconds)
    polling, _ = watch_idle(place, idle_seconds / 2, "--poll", str(POLL_SECONDS))
    polling *= POLL_SECONDS / DUE_POLL_SECONDS
    rows: Iterator[tuple[str, str, str, bool]] = iter(
        (
            ("two synced atomic writes", f"{writes * 1000:.1f} ms", "", True),
            ("saved note: fields and feed on disk", f"{median * 1000:.1f} ms", "", True),
            ("… against two writes", f"{median / writes:.1f} ×", "2.5 ×", median <= 2.5 * writes),
            ("… 95 of 100 within", f"{late * 1000:.1f} ms", "60 ms", late <= 0.06),
            (f"daemon idle for {idle_seconds:.0f} s", f"{idle:.3%} processor", "0.1 %", idle <= 0.001),
            ("daemon, memory", f"{memory:.0f} MB", "40 MB", memory <= 40),
            ("polling every minute", f"{polling:.2%} processor", "1 %", polling <= 0.01),
        )
    )
    print("\n| daemon | | goal | |\n|---|---:|---:|---|")
    for name, figure, goal, met in rows:
        print(f"| {name} | {figure} | {goal} | {('met' if met else 'missed') if goal else ''} |")


def main() -> int:
    """Measure every size."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--notes", type=int, action="append", help="how many notes; can be given again")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--idle", type=float, default=IDLE_SECONDS, help="seconds to watch an idle daemon")
    given = parser.parse_args()
    wrong, costs = 0, []
    for count in given.notes or (1000, 10_000):
        mistakes, cost = measure(count, given.rounds, given.idle)
        wrong += mistakes
        costs.append((count, cost))
    for (fewer, less), (more, cost) in itertools.pairwise(costs):
        growth = cost / less / (more / fewer)
        print(f"\n{fewer:,} to {more:,} notes: first scan grows {growth:.2f} × linear (goal 1.2)")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
