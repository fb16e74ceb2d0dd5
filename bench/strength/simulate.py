"""Writes `simulated.csv`, a log of invented contact for tests: ``python bench/strength/simulate.py``.

Ten owners and their people over two years. Each tie has a usual gap of its own, most of them wide; contact
comes at random around it, in bursts, some of it in groups, and now and then a tie ends. Nobody behind it exists, and
nothing about people can be learnt from it: it is there so that the programs have something to run on.
"""

from __future__ import annotations

import csv
import math
import random
import sys
from pathlib import Path

TARGET = Path(__file__).with_name("simulated.csv")

OWNERS = 10
SPAN_DAYS = 730
FIRST_DAY = 19_358
"""1 January 2023, counted from 1970."""


def simulate_tie(rng: random.Random, owner: int, person: int) -> list[tuple[int, int, int, str, str, int]]:
    """The contacts of one tie: owner, person, time, direction, kind, group size."""
    usual_gap = math.exp(rng.gauss(4.3, 1.2))
    day = rng.random() * SPAN_DAYS * 0.8
    end = day + rng.expovariate(1 / 1_500)
    group = rng.choice([2, 2, 2, 3, 5, 9])
    kinds = rng.sample(["meeting", "call", "email"], 2)
    rows = []
    while day < min(end, SPAN_DAYS):
        time = int((FIRST_DAY + day) * 86_400)
        kind = rng.choice(kinds)
        direction = "both" if kind == "meeting" else rng.choice(["out", "in"])
        rows.append((owner, person, time, direction, kind, group if kind == "meeting" else 2))
        day += rng.expovariate(1 / usual_gap) * rng.choice([0.1, 0.1, 2])
    return rows


def main() -> None:
    """Write the log, the same every time."""
    rng = random.Random(7)  # noqa: S311 - invented contact, not a secret
    rows = [
        row
        for owner in range(1, OWNERS + 1)
        for person in range(rng.randint(20, 35))
        for row in simulate_tie(rng, owner, 100 * owner + person)
    ]
    rows.sort(key=lambda row: (row[2], row[0], row[1]))
    with (Path(sys.argv[1]) if len(sys.argv) > 1 else TARGET).open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["ego", "alter", "unix_time", "direction", "kind", "group_size"])
        writer.writerows(rows)


if __name__ == "__main__":
    main()
