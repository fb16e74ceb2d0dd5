"""How steady the plan is, and how well it uses the week: simulated people over 90 days, with and without contact.

``python bench/plan_stability.py [PART_OF_A_REGIME …]`` prints a line for each regime and ends with 1 when one misses
a goal. What the columns say:

- *kept*: of the follow-ups planned after today, the share that tomorrow's plan has on the same day, in a world without
  contact; lowest and mean of all days. Today's own follow-ups, which that world misses, are not among them. Goal: 95 %
  each day, of fewer than 20 all but one.
- *few*: of the contacts logged, the share that moves at most two follow-ups of others: gives them another day, their
  first one, or none. Each contact is compared on its own day; six in ten offers are taken up, and some contact happens
  unplanned. *Moved* is how many contacts moved so many others. Goal: all.
- *week*: follow-ups offered in a calendar week of that world, mean and most, with those that came in for others met.
- *ahead*: follow-ups planned on a Monday for each of the eight weeks that follow, mean.
- *wait*: the longest that one of the 20 of most worth went without an offer once due, in days, in that world.
- *never*: people due before the last fortnight who were never offered: without contact, and in that world.
"""

from __future__ import annotations

import datetime as dt
import random
import sys
from collections import Counter
from dataclasses import dataclass, field
from statistics import fmean
from typing import TYPE_CHECKING

from msgspec.structs import replace

from vaultrel.core.plan import plan_followups
from vaultrel.model import FollowUp, NotePath
from vaultrel.settings import PlanSettings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

START = dt.date(2026, 6, 15)
DAYS = 90
SEEDS = 3
TAKEN_UP = 0.6
"""The share of the day's offers that lead to contact."""

UNPLANNED = 0.25
"""Contacts a day that no plan asked for."""

LEAST_KEPT = 0.95
FEW = 2


@dataclass(frozen=True, slots=True)
class Acquaintance:
    """A simulated person: contact is due `gap` days after the last; a first or promised one only once."""

    path: NotePath
    kind: str
    last: dt.date
    gap: int
    worth: float

    def propose(self, as_of: dt.date, horizon_days: int) -> Iterator[FollowUp]:
        """The follow-up, when it is due within the horizon."""
        due = self.last + dt.timedelta(self.gap)
        if (due - as_of).days <= horizon_days:
            yield FollowUp(
                person=self.path, name=self.path, due=due, planned=None, kind=self.kind,
                cycle=f"contact:{self.last}", last_time="", reason="", action="", evidence=(), worth=self.worth,
            )  # fmt: skip

    def meet(self, day: dt.date, chance: random.Random) -> Acquaintance:
        """The person after contact on `day`: next time is a matter of rhythm, and the tie has grown a little."""
        gap = self.gap if self.kind == "rhythm" else chance.randint(30, 120)
        return replace(self, kind="rhythm", last=day, gap=gap, worth=min(1.0, self.worth * chance.uniform(0.9, 1.2)))


def rhythm_vault(
    count: int, gaps: tuple[int, int], longest_silence: float
) -> Callable[[random.Random], list[Acquaintance]]:
    """People with gaps in that range, silent for up to so many gaps."""

    def make(chance: random.Random) -> list[Acquaintance]:
        people = []
        for at in range(count):
            gap = chance.randint(*gaps)
            silence = chance.randint(0, int(gap * longest_silence))
            people.append(_person(at, "rhythm", silence, gap, chance.random()))
        return people

    return make


def burst(chance: random.Random) -> list[Acquaintance]:
    """Forty met on one day, among thirty others."""
    met = [_person(at, "first", 1, 2, 0.1) for at in range(40)]
    return met + [
        replace(person, path=NotePath(f"1{person.path}")) for person in rhythm_vault(30, (30, 120), 1)(chance)
    ]


def imported(chance: random.Random) -> list[Acquaintance]:
    """Sixty who were all last seen on the day of an import, with one of three cadences."""
    return [_person(at, "rhythm", 20, chance.choice((30, 60, 90)), chance.random()) for at in range(60)]


def mixed(chance: random.Random) -> list[Acquaintance]:
    """Eighty people with follow-ups of all kinds."""
    kinds = ("rhythm",) * 6 + ("promise", "first", "renetwork", "renetwork")
    people = []
    for at in range(80):
        kind = chance.choice(kinds)
        gap = {"first": 2, "promise": chance.randint(5, 60)}.get(kind, chance.randint(20, 150))
        silence = {"renetwork": gap * 6, "first": chance.randint(0, 20)}.get(kind, chance.randint(0, gap * 2))
        people.append(_person(at, kind, silence, gap, chance.random()))
    return people


def _person(at: int, kind: str, silence: int, gap: int, worth: float) -> Acquaintance:
    return Acquaintance(NotePath(f"{at:03}.md"), kind, START - dt.timedelta(silence), gap, worth)


REGIMES: dict[str, tuple[Callable[[random.Random], list[Acquaintance]], PlanSettings]] = {
    "30 people": (rhythm_vault(30, (30, 180), 1), PlanSettings()),
    "60 people": (rhythm_vault(60, (30, 180), 1.5), PlanSettings()),
    "150 people": (rhythm_vault(150, (30, 90), 1), PlanSettings()),
    "150 people, long overdue": (rhythm_vault(150, (30, 90), 5), PlanSettings()),
    "40 met on one day": (burst, PlanSettings()),
    "60 imported": (imported, PlanSettings()),
    "all kinds": (mixed, PlanSettings()),
    "all kinds, quiet weekends": (mixed, PlanSettings(quiet_days=("sat", "sun"))),
    "one a day": (mixed, PlanSettings(per_day=1)),
    **{
        f"60 people, {count} a week": (rhythm_vault(60, (30, 180), 1.5), PlanSettings(per_week=count))
        for count in (1, 2, 3, 10, 20)
    },
}


Days = dict[NotePath, dt.date]


def plan(people: dict[NotePath, Acquaintance], settings: PlanSettings, as_of: dt.date) -> Days:
    """The planned days of everybody who has one."""
    proposals = [found for person in people.values() for found in person.propose(as_of, settings.horizon_days)]
    planned, _ = plan_followups(proposals, settings, as_of)
    return {found.person: found.planned for found in planned if found.planned is not None}


@dataclass(slots=True)
class Tally:
    """What was seen of a regime; the lists and counters fill up as its worlds are simulated."""

    kept: list[tuple[int, int]] = field(default_factory=list)
    moved: Counter[int] = field(default_factory=Counter)
    weeks: list[int] = field(default_factory=list)
    ahead: list[float] = field(default_factory=list)
    longest_wait: int = 0
    never_alone: int = 0
    never: int = 0

    def meets_goals(self) -> bool:
        """Each day kept enough, and no contact moved more than few."""
        steady = all(kept >= LEAST_KEPT * known or known - kept <= 1 for kept, known in self.kept)
        return steady and max(self.moved) <= FEW

    def show(self) -> str:
        """The columns of the table, without the regime's name."""
        shares = [kept / known if known else 1.0 for kept, known in self.kept]
        few = sum(times for others, times in self.moved.items() if others <= FEW) / self.moved.total()
        moved = " ".join(f"{others}:{self.moved[others]}" for others in sorted(self.moved))
        return (
            f"{min(shares):7.1%}{fmean(shares):7.1%}{few:7.1%}{fmean(self.weeks):6.1f}{max(self.weeks):3}"
            f"{fmean(self.ahead):7.1f}{self.longest_wait:6}{self.never_alone / SEEDS:7.1f}{self.never / SEEDS:6.1f}"
            f"  {moved}"
        )


def due_early(people: dict[NotePath, Acquaintance]) -> set[NotePath]:
    """Those due before the last fortnight, so that there was time to offer them."""
    late = START + dt.timedelta(DAYS - 14)
    return {person.path for person in people.values() if person.last + dt.timedelta(person.gap) <= late}


def leave_alone(people: dict[NotePath, Acquaintance], settings: PlanSettings, tally: Tally) -> None:
    """Ninety days without contact."""
    offered: set[NotePath] = set()
    today = plan(people, settings, START)
    for day in (START + dt.timedelta(days) for days in range(DAYS)):
        tomorrow = plan(people, settings, day + dt.timedelta(1))
        offered.update(path for path, when in today.items() if when == day)
        ahead = {path: when for path, when in today.items() if when > day}
        tally.kept.append((sum(tomorrow.get(path) == when for path, when in ahead.items()), len(ahead)))
        today = tomorrow
    tally.never_alone += len(due_early(people) - offered)


def live(start: dict[NotePath, Acquaintance], settings: PlanSettings, chance: random.Random, tally: Tally) -> None:
    """Ninety days in which most offers are taken up and some contact happens unplanned."""
    people, waits = dict(start), dict.fromkeys(start, 0)
    seen: set[NotePath] = set()
    weeks: Counter[int] = Counter()
    foremost = sorted(start, key=lambda path: -start[path].worth)[:20]
    for day in (START + dt.timedelta(days) for days in range(DAYS)):
        today = plan(people, settings, day)
        if day.weekday() == 0:
            later = Counter((when - day).days // 7 for when in today.values())
            tally.ahead.append(fmean(later[week] for week in range(1, 9)))
        offered = [path for path, when in today.items() if when == day]
        weeks[(day - START).days // 7] += len(offered)
        for path in foremost:
            overdue = (day - people[path].last).days >= people[path].gap
            waits[path] = waits[path] + 1 if overdue and path not in offered else 0
            tally.longest_wait = max(tally.longest_wait, waits[path])
        met = [path for path in offered if chance.random() < TAKEN_UP]
        if chance.random() < UNPLANNED:
            met.append(chance.choice([path for path in people if path not in met]))
        for path in met:
            before = plan(people, settings, day)
            people[path] = people[path].meet(day, chance)
            after = plan(people, settings, day)
            others = (before.keys() | after.keys()) - {path}
            tally.moved[sum(before.get(other) != after.get(other) for other in others)] += 1
        seen.update(offered, met)
    tally.weeks += [weeks[week] for week in range(DAYS // 7)]
    tally.never += len(due_early(start) - seen)


def main(parts: list[str]) -> int:
    """Print the table; 1 when a regime misses a goal."""
    missed = 0
    print(f"{'':27}{'kept':>14}{'few':>7}{'week':>9}{'ahead':>7}{'wait':>6}{'never':>13}  moved")
    for name, (make, settings) in REGIMES.items():
        if parts and not any(part in name for part in parts):
            continue
        tally = Tally()
        for seed in range(SEEDS):
            people = {person.path: person for person in make(random.Random(seed))}  # noqa: S311 - the same people every time
            leave_alone(people, settings, tally)
            live(people, settings, random.Random(seed), tally)  # noqa: S311 - the same luck every time
        missed += not tally.meets_goals()
        print(f"{name:27}{tally.show()}{'' if tally.meets_goals() else '  <--'}", flush=True)
    return int(missed > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
