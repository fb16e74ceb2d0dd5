"""What a strength costs: everyone from scratch against a loop that adds up the same days, and one contact more.

``python bench/strength_speed.py [PEOPLE]`` (100,000 by default, 50 days of contact each) prints medians of CPU time and
ends with 1 when scoring from scratch costs more than 4 times the plain loop, or when one contact more costs over twice
as much with 10,000 days before it as with 10.
"""

from __future__ import annotations

import datetime as dt
import gc
import random
import statistics
import sys
import time
from typing import TYPE_CHECKING

from vaultrel.core.strength import MODELS
from vaultrel.core.ties import contact_trend, remember_tie
from vaultrel.model import ContactDay
from vaultrel.settings import DEFAULT_SETTINGS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

PEOPLE, DAYS_EACH = 100_000, 50
SPAN_DAYS = 3650
LARGEST_RATIO = 4.0
LARGEST_GROWTH = 2.0
TURN = 1000
"""People scored before the plain loop has its turn."""
ROUNDS = 9
CONTACTS = 1000
"""How often one contact more is taken in for one measurement of it."""

AS_OF = dt.date(2026, 6, 15)
MODEL = MODELS[0]


def make_contact(age_days: int, present: int = 1) -> ContactDay:
    """A meeting that many days ago."""
    return ContactDay(AS_OF - dt.timedelta(age_days), present, frozenset({"mutual"}), frozenset({"meeting"}))


def make_people(count: int) -> list[tuple[ContactDay, ...]]:
    """Everyone's days of contact, in order, half of them in company."""
    chance = random.Random(7)  # noqa: S311 - not for secrets
    return [
        tuple(
            make_contact(age, chance.choice((1, 1, 1, 2, 3, 8)))
            for age in sorted(chance.sample(range(SPAN_DAYS), DAYS_EACH), reverse=True)
        )
        for _ in range(count)
    ]


def score_everyone(people: Sequence[Sequence[ContactDay]]) -> float:
    """The sum of all scores, each from scratch."""
    return sum(MODEL.score(remember_tie(days, DEFAULT_SETTINGS).strength, AS_OF) for days in people)


def add_days(people: Sequence[Sequence[ContactDay]]) -> int:
    """The sum of the ages of all days of contact: the plain loop."""
    total = 0
    for days in people:
        for day in days:
            total += (AS_OF - day.day).days
    return total


def add_numbers(people: Sequence[Sequence[int]]) -> int:
    """The same sum over numbers that are ages already."""
    total = 0
    for ages in people:
        for age in ages:
            total += age
    return total


def time_run(run: Callable[[], object]) -> float:
    """Seconds of CPU of one run."""
    start = time.process_time()
    run()
    return time.process_time() - start


def time_contact(days_before: int) -> float:
    """Seconds of CPU for all strength work of one contact after so many: memory, score, chance, peak, terms, trend."""
    known = remember_tie([make_contact(age) for age in range(days_before, 0, -1)], DEFAULT_SETTINGS)
    today = [make_contact(0)]

    def run() -> None:
        for _ in range(CONTACTS):
            memory = remember_tie(today, DEFAULT_SETTINGS, known)
            MODEL.score(memory.strength, AS_OF)
            MODEL.probability(memory.strength, AS_OF, 90)
            MODEL.peak(memory.strength)
            MODEL.explain(memory.strength, AS_OF)
            contact_trend(memory.contact, AS_OF)

    return statistics.median(time_run(run) for _ in range(ROUNDS)) / CONTACTS


def main(people_count: int) -> int:
    """Measure, print, and say whether it is fast enough."""
    people = make_people(people_count)
    ages = [[(AS_OF - day.day).days for day in days] for days in people]
    gc.freeze()
    # In turns of few people each, so that whatever else the machine does slows all three alike.
    turns = [
        (
            time_run(lambda: score_everyone(people[at : at + TURN])),  # noqa: B023 - run at once
            time_run(lambda: add_days(people[at : at + TURN])),  # noqa: B023
            time_run(lambda: add_numbers(ages[at : at + TURN])),  # noqa: B023
        )
        for at in range(0, people_count, TURN)
    ]
    print(f"{people_count:,} people, {DAYS_EACH} days of contact each, in turns of {TURN:,}; medians")
    for name, times in zip(("scores", "plain loop", "loop over integers"), zip(*turns, strict=True), strict=True):
        print(f"  {name:<20}{statistics.median(times) / TURN / DAYS_EACH * 1e9:6.0f} ns a day of contact")
    ratio = statistics.median(scored / plain for scored, plain, _ in turns)
    strict = statistics.median(scored / numbers for scored, _, numbers in turns)
    print(f"  scores / plain loop {ratio:.2f} (at most {LARGEST_RATIO:.0f}); / integers {strict:.1f}")
    costs = {before: time_contact(before) for before in (10, 100, 10_000)}
    print("one contact more: memory, score, chance, peak, terms and trend")
    for before, seconds in costs.items():
        print(f"  after {before:>6,} days {seconds * 1e6:6.1f} µs")
    return int(ratio > LARGEST_RATIO or costs[10_000] > LARGEST_GROWTH * costs[10])


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if sys.argv[1:] else PEOPLE))
