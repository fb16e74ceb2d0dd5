"""A simulated year of a busy person: vaultrel's plan against reminders by cadence and against a random choice.

``python bench/simulated_year.py [--people 150] [--seeds 5]`` prints the Markdown table of
``docs/explanation/plan.md``.

The world is the same for every policy of one seed. Each person has a rate of contact, from weekly to once in a year
and a half: few often, most seldom. The first two years run by themselves. In the third, half of all contact still comes
about by itself; the rest has to be started by the owner, who has five touches a week, two a day, skips one proposal in
five, and hears nothing back from one in ten. A policy decides only who they go to:

- plan: what vaultrel's plan has for the day.
- cadence: as personal CRMs have it, everyone has a tier (the 15 with the highest true rate every 30 days, the next 50
  every 90, the others every 180) and a reminder stands from the last contact plus the tier's days until it is answered.
  The owner answers those longest overdue first.
- random: anybody, drawn anew each day.
- nobody: no touches at all, for comparison.
"""

from __future__ import annotations

import argparse
import datetime as dt
import random
import statistics
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vaultrel.core.derive import Derivation
from vaultrel.core.notes import parse_note
from vaultrel.model import BANDS, Band, NotePath

if TYPE_CHECKING:
    from collections.abc import Sequence

START = dt.date(2024, 1, 1)
YEAR_BEGINS = dt.date(2026, 1, 1)
YEAR_ENDS = dt.date(2026, 12, 31)
PER_WEEK, PER_DAY = 5, 2
ALONE_SHARE = 0.5
"""Share of contact that comes about by itself in the year in which policies are compared."""
SKIPPED, UNANSWERED = 0.2, 0.1
RANK: dict[Band, int] = {band: at for at, band in enumerate(BANDS)}


@dataclass(frozen=True, slots=True)
class World:
    """The people and their true rates (contacts a day), and every contact that comes about by itself, by day."""

    people: tuple[str, ...]
    rates: tuple[float, ...]
    contacts: dict[dt.date, list[int]]


@dataclass(slots=True)
class Outcome:
    """What a policy made of the year."""

    kept: int
    """Ties that were close or warm when the year began, and are at its end at least what they were."""
    held: int
    """Ties that were close or warm when the year began."""
    relationships: int
    longest_silence: int
    """Of the ties that were close or warm: the longest time without contact in the year, in days."""
    shown: list[int]
    """Proposals or reminders in view, for each day."""
    touches: int


def make_world(seed: int, people: int) -> World:
    """Two years that run by themselves, and a third in which half of the contact does."""
    draw = random.Random(seed)  # noqa: S311 - the same world every time
    rates = sorted((1 / min(7 * draw.paretovariate(0.55), 550) for _ in range(people)), reverse=True)
    contacts: dict[dt.date, list[int]] = {}
    for offset in range((YEAR_ENDS - START).days + 1):
        day = START + dt.timedelta(days=offset)
        share = ALONE_SHARE if day >= YEAR_BEGINS else 1.0
        contacts[day] = [at for at, rate in enumerate(rates) if draw.random() < rate * share]
    return World(tuple(f"Person {at:03}" for at in range(people)), tuple(rates), contacts)


class Vault:
    """The notes of the simulated owner: a note a person, and a daily note for each day with contact."""

    def __init__(self, world: World) -> None:
        self.derivation = Derivation()
        self.derivation.update(
            {
                path: parse_note(path, f"---\ntags: [person]\n---\n# {name}\n".encode())
                for name in world.people
                if (path := NotePath(f"People/{name}.md"))
            }
        )
        self._names = world.people
        self.last: dict[int, dt.date] = {}
        self.silence: Counter[int] = Counter()

    def write(self, day: dt.date, people: Sequence[int]) -> None:
        """Note the day's contact."""
        for at in people:
            self.silence[at] = max(self.silence[at], (day - self.last.get(at, day)).days)
            self.last[at] = day
        if people:
            path = NotePath(f"Daily/{day.isoformat()}.md")
            text = "".join(f"met:: [[{self._names[at]}]]\n" for at in people)
            self.derivation.update({path: parse_note(path, text.encode())})


Policy = Callable[[World, Vault, dt.date, random.Random], list[int]]


def follow_plan(_world: World, vault: Vault, day: dt.date, _draw: random.Random) -> list[int]:
    """Those vaultrel has planned for the day."""
    planned = vault.derivation.snapshot(day).followups
    return [int(found.name.split()[1]) for found in planned if found.planned == day]


def follow_cadence(world: World, vault: Vault, day: dt.date, _draw: random.Random) -> list[int]:
    """Everyone overdue by their tier, the longest overdue first."""
    tier = [30 if at < 15 else 90 if at < 65 else 180 for at in range(len(world.people))]
    overdue = {at: (day - last).days - tier[at] for at, last in vault.last.items()}
    return sorted((at for at, days in overdue.items() if days >= 0), key=lambda at: (-overdue[at], at))


def follow_chance(world: World, _vault: Vault, _day: dt.date, draw: random.Random) -> list[int]:
    """Anybody, in an order drawn anew; no more are offered than can be done."""
    return draw.sample(range(len(world.people)), PER_DAY)


def follow_nobody(_world: World, _vault: Vault, _day: dt.date, _draw: random.Random) -> list[int]:
    """Nobody."""
    return []


POLICIES = {"plan": follow_plan, "cadence": follow_cadence, "random": follow_chance, "nobody": follow_nobody}


def live_the_year(world: World, policy: Policy, seed: int) -> Outcome:
    """Run the world under one policy."""
    vault, draw = Vault(world), random.Random(seed + 1)  # noqa: S311 - the same luck every time
    for offset in range((YEAR_BEGINS - START).days):
        day = START + dt.timedelta(days=offset)
        vault.write(day, world.contacts[day])
    before = vault.derivation.snapshot(YEAR_BEGINS).people
    vault.silence.clear()
    shown: list[int] = []
    touches, this_week = 0, 0
    for offset in range((YEAR_ENDS - YEAR_BEGINS).days + 1):
        day = YEAR_BEGINS + dt.timedelta(days=offset)
        this_week = 0 if day.weekday() == 0 else this_week
        proposed = policy(world, vault, day, draw)
        shown.append(len(proposed))
        done = []
        for at in proposed[: min(PER_DAY, PER_WEEK - this_week)]:
            if draw.random() < SKIPPED:
                continue
            this_week, touches = this_week + 1, touches + 1
            if draw.random() >= UNANSWERED:
                done.append(at)
        vault.write(day, sorted({*world.contacts[day], *done}))
    after = {state.person.path: state for state in vault.derivation.snapshot(YEAR_ENDS).people}
    held = [state for state in before if state.tie.band in {"close", "warm"}]
    numbers = [int(state.person.name.split()[1]) for state in held]
    return Outcome(
        kept=sum(RANK[after[state.person.path].tie.band] <= RANK[state.tie.band] for state in held),
        held=len(held),
        relationships=sum(state.tie.relationship for state in after.values()),
        longest_silence=max(max(vault.silence[at], (YEAR_ENDS - vault.last[at]).days) for at in numbers),
        shown=shown,
        touches=touches,
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=150)
    parser.add_argument("--seeds", type=int, default=5)
    options = parser.parse_args()
    print(
        "| policy | ties kept at or above their band | relationships at the end | longest silence, days | "
        "in view a day, mean (most) | touches made |"
    )
    print("|---|---:|---:|---:|---:|---:|")
    for name, policy in POLICIES.items():
        runs = [live_the_year(make_world(seed, options.people), policy, seed) for seed in range(options.seeds)]
        shown = [count for run in runs for count in run.shown]
        print(
            f"| {name} | {sum(run.kept for run in runs) / sum(run.held for run in runs):.0%} | "
            f"{statistics.mean(run.relationships for run in runs):.0f} | "
            f"{statistics.mean(run.longest_silence for run in runs):.0f} | "
            f"{statistics.mean(shown):.1f} ({max(shown)}) | {statistics.mean(run.touches for run in runs):.0f} |"
        )


if __name__ == "__main__":
    main()
