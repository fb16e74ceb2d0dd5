"""How fast vaultrel is, beside what else reads the same notes: ``python bench/speed.py [--notes N]... [--rounds N]``.

For each size (1,000 and 10,000 notes unless told otherwise) a vault is generated, with the truth about it, and its
tables printed in Markdown: commands in turns, with a warm cache and with a cold one; what a saved note takes; what the
daemon costs; how soon it recovers. The notes of which something else was read than the truth says are counted; the exit
code is 1 unless there are none. Programs that are not installed, fail or take too long say so in their rows.

``--results FOLDER`` keeps the figures of each size, for `scripts/write_performance_tables.py`.
"""

from __future__ import annotations

import argparse
import datetime as dt
import itertools
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from daemon import CONFIG, SAVES, idle_figures, save_figures
from generate_vault import generate
from measuring import BENCH, Figure, Place, Row, cells_of, evict, figures_of, print_figures, print_rows
from peers import floor_rows, loop_row, peer_rows
from recovery import recovery_figures

if TYPE_CHECKING:
    from collections.abc import Callable

PARTS = ("commands", "peers", "cold", "saves", "idle", "recovery")
IDLE_SECONDS = 60.0
SETTLED_SECONDS = 2.1
"""After which a file that was saved tells by its time when it is saved again, however coarse the clock is."""
RECOVERY_MOST = 10_000
"""Notes of a vault that is disturbed: each disturbance is followed by a scan of everything."""
LINEAR = 1.2
SAVED_GROWTH = 1.5

FIRST_SCAN = """
import sys
from vaultrel.app import open_vault
with open_vault(sys.argv[1]) as vault:
    vault.scan(dry_run=True)
"""
"""Everything is read, derived, planned and rendered; the command would take as long again to print every edit."""


@dataclass(slots=True)
class Result:
    """What one size gave.

    Attributes:
        notes: how many there are.
        megabytes: of them all.
        figures: by part.
        cells: by part and row, wall and processor seconds, peak and disk MB, as text.
        first_scan: seconds, of wall clock and of processor.
        saved: milliseconds until a saved note is on disk and served.
        machine: what it was measured on.
    """

    notes: int
    megabytes: float
    figures: dict[str, list[Figure]] = field(default_factory=dict)
    cells: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    first_scan: tuple[float, float] = (0.0, 0.0)
    saved: float = 0.0
    machine: dict[str, str] = field(default_factory=dict)


def describe_machine(rounds: int) -> dict[str, str]:
    """What to know of the computer and the run; nothing that tells whose it is."""
    return {
        "cores": str(os.cpu_count()),
        "python": platform.python_version(),
        "system": platform.system(),
        "rounds": str(rounds),
        "day": dt.date.today().isoformat(),  # noqa: DTZ011, TID251 - the day of the table
        "load": f"{os.getloadavg()[0]:.1f}",
    }


def command_rows(place: Place, folder: Path, *, peers: bool) -> list[Row]:
    """All that is measured as a whole command, yardsticks first; vaultrel must have scanned the vault before.

    Args:
        place: the vault.
        folder: where other programs may write.
        peers: measure beside other programs that read notes, too.
    """
    root, run = str(place.root), place.environment

    def scan_all() -> None:
        # The first writes, the second reads that, and the third finds nothing to do.
        for _ in range(3):
            subprocess.run(place.vaultrel("-q", "scan"), env=run, check=True, capture_output=True)  # noqa: S603 - our own
            time.sleep(SETTLED_SECONDS)

    for words in (("init", "-q"), ("add", "-A"), ("commit", "-q", "-m", "all")):
        subprocess.run(place.git(*words), check=True, env=run, capture_output=True)  # noqa: S603 - words of our own
    rows = [
        *floor_rows(place.root, folder),
        Row("git status", place.git("status", "--porcelain")),
        loop_row(place.root),
        *(peer_rows(place.root, folder) if peers else ()),
        Row("python -c 'import click'", [sys.executable, "-c", "import click"]),
        Row("vaultrel --help", place.vaultrel("--help"), goals=(("python -c 'import click'", 1.3),)),
    ]
    rows += [
        Row(
            "first scan",
            [sys.executable, "-c", FIRST_SCAN, root],
            place.forget,
            (("python-frontmatter loop", 0.35), ("rg '[['", 5.0)),
        ),
        Row("rescan, nothing changed", place.vaultrel("-q", "scan"), scan_all, (("git status", 1.5),)),
    ]
    return rows


def cold_rows(place: Place, *, everything: bool) -> list[Row]:
    """First reads of notes that are not in the system's cache."""
    root = str(place.root)

    def forget() -> None:
        place.forget()
        cool()

    def cool() -> None:
        evict(place.root, everything=everything)

    def make(name: str, command: list[str], prepare: Callable[[], None], *goals: tuple[str, float]) -> Row:
        return Row(f"cold: {name}", command, prepare, goals)

    return [
        make("find and cat", ["find", root, "-name", "*.md", "-exec", "cat", "{}", "+"], cool),
        make("rg '[['", ["rg", "-c", "-F", "[[", root], cool),
        make("first scan", [sys.executable, "-c", FIRST_SCAN, root], forget, ("cold: rg '[['", 0.75)),
    ]


def measure_rows(rows: list[Row], count: int, rounds: int, place: Place, patience: float) -> None:
    """Run all rows in turns: whatever else the computer does slows them alike."""
    for row in rows:
        if count > row.most:
            row.failure = row.failure or f"not tried with more than {row.most:,} notes"
    for number in range(rounds):
        for row in rows:
            began = time.monotonic()
            row.run(place.environment, patience)
            print(f"  round {number + 1}, {row.name}: {time.monotonic() - began:.1f} s", file=sys.stderr, flush=True)


def count_wrong(place: Place) -> Figure:
    """The notes of which something else is read than the truth says, now that all has been scanned."""
    words = [sys.executable, str(BENCH / "generate_vault.py"), "--check", str(place.root)]
    done = subprocess.run(words, env=place.environment, check=False, capture_output=True, text=True)  # noqa: S603
    wrong = done.stdout.splitlines()
    if done.returncode not in {0, 1} or (done.returncode and not wrong):
        return Figure("notes read wrong", f"could not be judged: {done.stderr[-150:]}", "0", met=False)
    text = f"{len(wrong):,}" + (f": {', '.join(wrong[:3])}" if wrong else "")
    return Figure("notes read wrong", text, "0", not wrong)


def measure(count: int, given: argparse.Namespace) -> Result:
    """Measure one size, and print."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        place = Place(folder / "Notes", folder / "own")
        scratch = folder / "peers"
        scratch.mkdir()
        generate(count, place.root)
        (place.root / ".vaultrel").mkdir()
        (place.root / ".vaultrel/config.toml").write_text(CONFIG)
        place.forget()
        size = sum(file.stat().st_size for file in place.root.rglob("*.md")) / 1e6
        result = Result(count, size, machine=describe_machine(given.rounds))
        print(f"\n## {count:,} notes, {size:.0f} MB")
        setup = Row("scan that writes every field for the first time", place.vaultrel("-q", "scan"))
        setup.run(place.environment, given.patience)
        if setup.failure:
            raise SystemExit(f"The first scan {setup.failure}")
        # A note saved within two seconds before it was read is read again the next time: clocks may be coarse.
        time.sleep(2.5)
        if "commands" in given.part:
            rows = command_rows(place, scratch, peers="peers" in given.part)
            measure_rows(rows, count, given.rounds, place, given.patience)
            keep_rows(result, "commands", [*rows, setup])
            first = next(row for row in rows if row.name == "first scan")
            if not first.failure:
                result.first_scan = (first.median("wall"), first.median("cpu"))
                result.figures["commands"].append(
                    Figure("first scan, memory at most", f"{first.median('peak'):.0f} MB")
                )
            index = sum(file.stat().st_size for file in place.own.rglob("*") if file.is_file()) / 1e6
            result.figures["commands"].append(Figure("kept outside the vault", f"{index:.0f} MB"))
        result.figures.setdefault("commands", []).insert(0, count_wrong(place))
        print_figures("commands", result.figures["commands"])
        if "cold" in given.part:
            rows = cold_rows(place, everything=given.drop_caches)
            measure_rows(rows, count, given.rounds, place, given.patience)
            keep_rows(result, "cold", rows)
            print_figures("cold cache", result.figures["cold"])
        measure_daemon(result, place, given)
        return result


def measure_daemon(result: Result, place: Place, given: argparse.Namespace) -> None:
    """The parts with a daemon; one that fails says so and lets the others be measured."""

    def save() -> list[Figure]:
        figures, result.saved = save_figures(place, given.saves)
        return figures

    parts: dict[str, Callable[[], list[Figure]]] = {
        "saves": save,
        "idle": lambda: idle_figures(place, given.idle),
        "recovery": lambda: recovery_figures(place),
    }
    for part, make in parts.items():
        if part not in given.part or (part == "recovery" and result.notes > RECOVERY_MOST):
            continue
        try:
            result.figures[part] = make()
        except (TimeoutError, OSError, ValueError, KeyError, AssertionError, subprocess.CalledProcessError) as error:
            result.figures[part] = [
                Figure(part, f"failed: {type(error).__name__} {error}"[:200], "a figure", met=False)
            ]
        print_figures(part, result.figures[part])


def keep_rows(result: Result, part: str, rows: list[Row]) -> None:
    """Print rows, and keep them."""
    print_rows(rows)
    result.figures[part] = figures_of(rows)
    result.cells[part] = {row.name: cells_of(row) for row in rows}


def keep(result: Result, folder: Path | None) -> None:
    """Keep the figures of one size in a file of its own."""
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{result.notes}.json").write_text(json.dumps(asdict(result), indent=1), "utf-8")


def kept_before(given: argparse.Namespace) -> list[Result]:
    """Of sizes that this run does not measure, what an earlier one kept: enough to tell growth."""
    if given.results is None:
        return []
    found = [json.loads(file.read_text("utf-8")) for file in given.results.glob("[0-9]*.json")]
    return [
        Result(one["notes"], one["megabytes"], first_scan=tuple(one["first_scan"]), saved=one["saved"])
        for one in found
        if one["notes"] not in given.notes
    ]


def growth_figures(results: list[Result]) -> list[Figure]:
    """How the first scan and a saved note grow from size to size."""
    figures = []
    for less, more in itertools.pairwise(results):
        if less.first_scan[0] and more.first_scan[0]:
            wall, cpu = (more.first_scan[n] / less.first_scan[n] / (more.notes / less.notes) for n in (0, 1))
            name = f"first scan, {less.notes:,} to {more.notes:,} notes"
            text = f"{wall:.2f} × linear ({cpu:.2f} × processor)"
            figures.append(Figure(name, text, f"{LINEAR} × linear", wall <= LINEAR))
    if len(results) > 1 and results[0].saved and results[-1].saved:
        ratio = results[-1].saved / results[0].saved
        name = f"saved note, {results[-1].notes:,} notes beside {results[0].notes:,}"
        figures.append(Figure(name, f"{ratio:.1f} ×", f"{SAVED_GROWTH} ×", ratio <= SAVED_GROWTH))
    return figures


def main() -> int:
    """Measure every size."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--notes", type=int, action="append", help="how many notes; can be given again")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--part", action="append", choices=PARTS, help="only this; can be given again (peers with commands)"
    )
    parser.add_argument("--saves", type=int, default=SAVES, help="how many notes to save under the daemon")
    parser.add_argument("--idle", type=float, default=IDLE_SECONDS, help="seconds to watch an idle daemon")
    parser.add_argument("--patience", type=float, default=900.0, help="seconds after which a command is ended")
    parser.add_argument(
        "--drop-caches", action="store_true", help="for a cold cache let the whole system forget its files (as root)"
    )
    parser.add_argument("--results", type=Path, help="keep the figures of each size in this folder")
    given = parser.parse_args()
    given.part = given.part or list(PARTS)
    given.notes = given.notes or [1000, 10_000]
    results = []
    for count in given.notes:
        result = measure(count, given)
        results.append(result)
        growth = growth_figures(sorted([*kept_before(given), *results], key=lambda one: one.notes))
        if growth:
            result.figures["growth"] = growth
            print_figures("growth", growth)
        keep(result, given.results)
    judged = [result.figures["commands"][0] for result in results]
    return int(not all(figure.met for figure in judged))


if __name__ == "__main__":
    sys.exit(main())
