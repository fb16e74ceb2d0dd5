"""Fills the tables of ``docs/explanation/performance.md`` with what a run of the bench found.

``python scripts/write_performance_tables.py FOLDER``: the folder where ``bench/speed.py --results`` left a file for
each size, and ``bench/profile_shares.py`` and ``bench/scale.py`` a table each. What is not there is not written;
nothing outside the marked lines is touched.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

PAGE = Path(__file__).parents[1] / "docs/explanation/performance.md"
FIGURES = ("<!-- figures: scripts/write_performance_tables.py writes what follows -->", "<!-- end of figures -->")
SHARES = ("<!-- shares: scripts/write_performance_tables.py writes what follows -->", "<!-- end of shares -->")
SCALE = ("<!-- scale: scripts/write_performance_tables.py writes what follows -->", "<!-- end of scale -->")
PARTS = ("commands", "cold", "saves", "idle", "recovery", "growth")
MARKS = {True: " ✓", False: " ✗", None: ""}


def figure_tables(results: list[dict[str, Any]]) -> str:
    """What was run on what; every figure with its goal, a column for each size; every command's times."""
    machine = results[-1]["machine"]
    sizes = " and ".join(f"{result['notes']:,} ({result['megabytes']:.0f} MB)" for result in results)
    load = ", ".join(result["machine"]["load"] for result in results)
    lines = [
        f"{machine['day']}, {machine['cores']} cores, {machine['system']}, Python {machine['python']}. Notes: {sizes}.",
        f"Rounds: {machine['rounds']}, of which the medians; load of the computer when each size began: {load}.",
        "✓ the goal is met, ✗ it is missed.",
        "",
        *_table(results, _figures, ("what", "goal")),
        "",
        "Seconds of wall clock and, in brackets, of processor; with a cold cache, megabytes that came from the disk.",
        "",
        *_table(results, _times, ("command",)),
    ]
    return "\n".join(lines)


def _table(results: list[dict[str, Any]], cells_of: Any, heads: tuple[str, ...]) -> list[str]:
    columns = [cells_of(result) for result in results]
    rows = list(dict.fromkeys(key for column in columns for key in column))
    heading = [*heads, *(f"{result['notes']:,}" for result in results)]
    lines = [f"| {' | '.join(heading)} |", "|---" * len(heads) + "|" + "---:|" * len(results)]
    lines += (f"| {' | '.join([*row, *(column.get(row, '') for column in columns)])} |" for row in rows)
    return lines


def _figures(result: dict[str, Any]) -> dict[tuple[str, ...], str]:
    return {
        (figure["name"], figure["goal"]): figure["text"] + MARKS[figure["met"]]
        for part in PARTS
        for figure in result["figures"].get(part, ())
    }


def _times(result: dict[str, Any]) -> dict[tuple[str, ...], str]:
    found = {}
    for rows in result["cells"].values():
        for name, (wall, cpu, _, disk) in rows.items():
            read = f", {disk} MB" if disk and name.startswith("cold") else ""
            found[(name,)] = f"{wall} ({cpu}){read}" if cpu else wall
    return found


def replace_between(text: str, marks: tuple[str, str], lines: str) -> str:
    """The text with other lines between two marks.

    Raises:
        ValueError: the marks are not there once each.
    """
    before, _, rest = text.partition(marks[0])
    _, found, behind = rest.partition(marks[1])
    if not found:
        raise ValueError(f"{marks[0]} … {marks[1]} is not in the page")
    return f"{before}{marks[0]}\n\n{lines}\n\n{marks[1]}{behind}"


def main(folder: Path) -> int:
    """Rewrite the page."""
    found = (json.loads(file.read_text("utf-8")) for file in folder.glob("[0-9]*.json"))
    results = sorted(found, key=lambda result: result["notes"])
    page = PAGE.read_text("utf-8")
    if results:
        page = replace_between(page, FIGURES, figure_tables(results))
    for name, marks in (("shares", SHARES), ("scale", SCALE)):
        if (table := folder / f"{name}.json").exists():
            page = replace_between(page, marks, json.loads(table.read_text("utf-8"))["table"])
    PAGE.write_text(page, "utf-8")
    print(f"{PAGE.name}: {len(results)} sizes")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
