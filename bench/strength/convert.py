"""Turns public logs, as they are downloaded, into the form that `vaultrel evaluate` reads.

``python bench/strength/convert.py eu_core email-Eu-core-temporal.txt > DIR/eu_core.csv``, and so for the others; the
table below says which files each is made of, and `README.md` where they are.
"""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import re
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

DAY_SECONDS = 86_400
EPOCH = dt.date(1970, 1, 1)

EU_CORE_START = 1_064_966_400
"""1 October 2003: a day of our choice, for the times of this log count from its beginning."""
COPENHAGEN_START = 1_391_212_800
"""1 February 2014, the same."""
MATLAB_TO_1970 = 719_529 * DAY_SECONDS
"""Reality Mining counts seconds from the year 0, as MATLAB does."""
DIARY_AUTHOR = 2121
DIARY_UNTIL = dt.date(1909, 12, 31)


class Event(NamedTuple):
    """A contact of two people, once: who started it, with whom, when (seconds since 1970)."""

    sender: int
    receiver: int
    time: int
    kind: str
    group_size: int = 2
    duration: int = 0


def read_numbers(path: str) -> Iterator[list[float]]:
    """The lines of numbers in a file, plain or gzip, whatever stands between the numbers; other lines are left out."""
    with gzip.open(path, "rt") if path.endswith(".gz") else Path(path).open() as file:
        for line in file:
            fields = line.replace(",", " ").split()
            if fields and not line.startswith("%") and fields[0].isdecimal():
                yield [float(field) for field in fields]


def read_mail(path: str, start: int = 0) -> Iterator[Event]:
    """E-mail as sender, receiver, …, time: a message to many is a line for each (or two), all at the same second."""
    lines = [(int(line[0]), int(line[1]), int(line[-1])) for line in read_numbers(path)]
    receivers = Counter((sender, time) for sender, _, time in set(lines))
    for sender, receiver, time in lines:
        yield Event(sender, receiver, start + time, "email", receivers[sender, time] + 1)


def read_messages(path: str) -> Iterator[Event]:
    """Private messages as sender, receiver, time."""
    for sender, receiver, time in read_numbers(path):
        yield Event(int(sender), int(receiver), int(time), "dm")


def read_reality(path: str, kind: str) -> Iterator[Event]:
    """Calls or text messages of Reality Mining as sender, receiver, time."""
    for sender, receiver, time in read_numbers(path):
        yield Event(int(sender), int(receiver), round(time) - MATLAB_TO_1970, kind)


def read_copenhagen(calls: str, messages: str) -> Iterator[Event]:
    """The Copenhagen Networks Study: time, sender, receiver, and of calls the duration, −1 if nobody answered."""
    for time, sender, receiver in read_numbers(messages):
        yield Event(int(sender), int(receiver), COPENHAGEN_START + int(time), "sms")
    for time, sender, receiver, duration in read_numbers(calls):
        kind = "missed_call" if duration < 0 else "call"
        yield Event(int(sender), int(receiver), COPENHAGEN_START + int(time), kind, duration=max(0, int(duration)))


def two_sided(events: Iterable[Event], owners: set[int] | None = None) -> Iterator[tuple[int | str, ...]]:
    """Each contact as both see it, or as those of them who are `owners` do; nobody is in contact with themselves."""
    for event in events:
        if event.sender != event.receiver:
            rest = (event.kind, event.group_size, event.duration)
            if owners is None or event.sender in owners:
                yield event.sender, event.receiver, event.time, "out", *rest
            if owners is None or event.receiver in owners:
                yield event.receiver, event.sender, event.time, "in", *rest


def convert_reality(calls: str, messages: str, core: str) -> Iterator[tuple[int | str, ...]]:
    """Of Reality Mining only the people whose phones took part: of the others only part was seen."""
    owners = {int(line[0]) for line in read_numbers(core)}
    yield from two_sided([*read_reality(calls, "call"), *read_reality(messages, "sms")], owners)


def convert_diary(index: str) -> Iterator[tuple[int | str, ...]]:
    """The diary's index of persons by day, up to 1909."""
    text = Path(index).read_text("utf-8")
    for found in re.finditer(r'<item target="([0-9-]{10})">(.*?)</item>', text, re.DOTALL):
        day = dt.date.fromisoformat(found[1])
        people = sorted({int(person) for person in re.findall(r"<ref>pmb([0-9]+)</ref>", found[2])} - {DIARY_AUTHOR})
        if day <= DIARY_UNTIL:
            for person in people:
                time = (day - EPOCH).days * DAY_SECONDS + DAY_SECONDS // 2
                yield DIARY_AUTHOR, person, time, "both", "mention", len(people) + 1, 0


LOGS: dict[str, tuple[str, Callable[..., Iterable[tuple[int | str, ...]]]]] = {
    "eu_core": ("email-Eu-core-temporal.txt[.gz]", lambda path: two_sided(read_mail(path, EU_CORE_START))),
    "radoslaw": ("out.radoslaw_email_email", lambda path: two_sided(read_mail(path))),
    "collegemsg": ("CollegeMsg.txt[.gz]", lambda path: two_sided(read_messages(path))),
    "reality": ("call-Reality.txt text-Reality.txt core-call-Reality.txt", convert_reality),
    "cns": ("calls.csv sms.csv", lambda calls, messages: two_sided(read_copenhagen(calls, messages))),
    "diary_a": ("index_person_day.xml", convert_diary),
}
"""The files each log is made of, and what turns them into rows."""


def main(arguments: Sequence[str]) -> int:
    """Print the log as CSV; 2 when it is not said of what."""
    if not arguments or arguments[0] not in LOGS or len(arguments) - 1 != len(LOGS[arguments[0]][0].split()):
        print(
            "Name a log and its files: python bench/strength/convert.py",
            *(f"\n  {name} {files}" for name, (files, _) in LOGS.items()),
            file=sys.stderr,
        )
        return 2
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(["ego", "alter", "unix_time", "direction", "kind", "group_size", "duration"])
    # The order decides, with a seed, which gaps are looked at: owner, time, person.
    rows = list(LOGS[arguments[0]][1](*arguments[1:]))
    rows.sort(key=lambda row: (row[0], row[2], *row[1:]))
    writer.writerows(rows)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
