"""How far vaultrel goes: ``python bench/scale.py [--notes N]... [--results FOLDER]``; 30,000 and 300,000 by default.

Each vault is read by a first scan that writes nothing into it, then asked again with nothing changed, as every command
does that only reads. A Markdown table says what that takes in time, memory and space, and how many notes were read
wrong; the exit code is 1 unless none were.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

from generate_vault import generate
from measuring import Place, Row
from speed import FIRST_SCAN, count_wrong

SIZES = (30_000, 300_000)
PATIENCE_SECONDS = 7200.0
ASK_AGAIN = "import sys; from vaultrel.app import open_vault; open_vault(sys.argv[1]).snapshot()"


def measure(count: int) -> tuple[list[str], bool]:
    """The cells of one size, and whether every note was read right."""
    with tempfile.TemporaryDirectory() as folder:
        place = Place(Path(folder).resolve() / "Notes", Path(folder).resolve() / "own")
        truth = generate(count, place.root)
        place.forget()
        size = sum(file.stat().st_size for file in place.root.rglob("*.md")) / 1e6
        first = Row("first", [sys.executable, "-c", FIRST_SCAN, str(place.root)])
        first.run(place.environment, PATIENCE_SECONDS)
        kept = sum(file.stat().st_size for file in place.own.rglob("*") if file.is_file()) / 1e6
        time.sleep(2.5)
        again = Row("again", [sys.executable, "-c", ASK_AGAIN, str(place.root)])
        again.run(place.environment, PATIENCE_SECONDS)
        wrong = count_wrong(place)
    cells = [f"{count:,} ({size:.0f} MB)", f"{len(truth['people']):,}"]
    for row in (first, again):
        if row.failure:
            cells += [row.failure, "", ""]
        else:
            (run,) = row.runs
            cells += [f"{run.wall:.0f} s ({run.cpu:.0f} s)", f"{run.cpu / count * 1e6:.0f} µs", f"{run.peak:,.0f} MB"]
    return [*cells, f"{kept:,.0f} MB", wrong.text], bool(wrong.met)


def main() -> int:
    """Measure every size, and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--notes", type=int, action="append", help="how many notes; can be given again")
    parser.add_argument("--results", type=Path, help="keep the table in this folder")
    given = parser.parse_args()
    heads = ["notes", "people", "first scan: wall (processor)", "a note", "memory at most"]
    heads += ["asked again: wall (processor)", "a note", "memory at most", "kept outside the vault", "read wrong"]
    lines, right = [f"| {' | '.join(heads)} |", "|" + "---:|" * len(heads)], True
    for count in given.notes or SIZES:
        cells, is_right = measure(count)
        lines.append(f"| {' | '.join(cells)} |")
        print(lines[-1], file=sys.stderr, flush=True)
        right = right and is_right
    print("\n".join(lines))
    if given.results:
        given.results.mkdir(parents=True, exist_ok=True)
        (given.results / "scale.json").write_text(json.dumps({"table": "\n".join(lines)}), "utf-8")
    return int(not right)


if __name__ == "__main__":
    sys.exit(main())
