"""A vault of any size, the same for the same seed, with the truth about it: ``generate_vault.py NOTES FOLDER``.

``generate_vault.py --check FOLDER`` prints the notes of which vaultrel reads something else than the truth.

It writes N notes: people, meetings, daily notes with contacts, and articles, over some ten years; few people are
mentioned often and most hardly ever. Frontmatter is as people write it, odd now and then, and a few blocks are broken.
Code blocks, inline code and comments hold links that are none.

``truth.json`` beside the vault says what must be read out of it: by note the people linked in it, by meeting its day
and attendees, and the people. `compare` counts the notes of which a snapshot says something else.
"""

from __future__ import annotations

import datetime as dt
import json
import random
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from vaultrel.model import Snapshot

FIRST = ("Ada", "Bo", "Chidi", "Dana", "Emre", "Fleur", "Goro", "Hana", "Ines", "Jun", "Kofi", "Lena", "Mina", "Nils")
MIDDLE = ("", "", "", "van ", "de ", "O’")
LAST = (
    "Abara",
    "Bello",
    "Castro",
    "Dahl",
    "Eze",
    "Faro",
    "Gallo",
    "Holm",
    "Ivanov",
    "Jansen",
    "Klein",
    "Lund",
    "Moreau",
)
WORDS = (
    "we",
    "talked",
    "about",
    "the",
    "plan",
    "for",
    "spring",
    "and",
    "what",
    "it",
    "takes",
    "to",
    "get",
    "there",
    "soon",
)
TODAY = dt.date(2026, 6, 30)
YEARS = 10

LONGEST_PARAGRAPH = 8
"""Sentences; notes come to some two kilobytes each, as those of large vaults do."""

PEOPLE, MEETINGS, DAYS = 0.1, 0.3, 0.3
"""Shares of all notes; the rest are articles."""

ODD = (
    "title: 'It''s: odd'\nrating: 007\nversion: 1.20\nok: yes\n",
    "cssclasses: [wide, 'a: b']\nurl: https://example.org/#top\n",
    "summary: >-\n  two\n  lines\nempty:\n",
    'note: "quoted \\"twice\\"" # a comment\n',
    "created: 2024-02-29T10:11:12+01:00\nnested:\n  deep: {a: [1, 2]}\n",
)
"""Properties that say nothing about anybody."""

BROKEN = "---\ntitle: [never closed\nother: 'x\n---\n"


class Truth(TypedDict):
    """What must be read out of a vault; paths are those of notes."""

    people: list[str]
    mentions: dict[str, list[str]]
    meetings: dict[str, tuple[str, list[str]]]


@dataclass(slots=True)
class Generator:
    """Makes notes and the truth about them."""

    chance: random.Random
    people: list[tuple[str, str, str]] = field(default_factory=list)
    """Path, name and alias."""
    notes: dict[str, str] = field(default_factory=dict)
    truth: Truth = field(default_factory=lambda: Truth(people=[], mentions={}, meetings={}))

    def somebody(self) -> tuple[str, str, str]:
        """Anybody, the first ones by far the most often."""
        return self.people[min(int(self.chance.paretovariate(0.7)) - 1, len(self.people) - 1)]

    def link(self, person: tuple[str, str, str]) -> str:
        """A link to a person's note, in one of the ways people write them."""
        path, name, alias = person
        return self.chance.choice(
            (f"[[{name}]]", f"[[{name}]]", f"[[{name}|they]]", f"[[{path[:-3]}]]", f"[[{alias}]]", f"[[{name}#Log]]")
        )

    def day(self) -> dt.date:
        """A day of the last years."""
        return TODAY - dt.timedelta(self.chance.randrange(1, YEARS * 365))

    def sentence(self) -> str:
        """Words that name nobody."""
        return " ".join(self.chance.choices(WORDS, k=self.chance.randint(6, 14))).capitalize() + "."

    def prose(self, told: set[str]) -> str:
        """Sentences, some with a link, and now and then a link that is none; `told` gets the paths of those linked."""
        lines = []
        for _ in range(self.chance.randint(1, 12)):
            kind = self.chance.random()
            person = self.somebody()
            if kind < 0.15:
                told.add(person[0])
                lines.append(f"{self.sentence()} With {self.link(person)}.")
            elif kind < 0.19:
                lines.append(f"See `{self.link(person)}` and %%{self.link(person)}%% for the syntax.")
            elif kind < 0.23:
                lines.append(f"\n```python\nlinks = ['{self.link(person)}']\n```\n")
            else:
                lines.append(" ".join(self.sentence() for _ in range(self.chance.randint(1, LONGEST_PARAGRAPH))))
        return "\n".join(lines) + "\n"

    def add(self, path: str, text: str, told: set[str]) -> None:
        """Keep a note and the people linked in it."""
        self.notes[path] = text
        if told:
            self.truth["mentions"][path] = sorted(told)

    def make_people(self, count: int) -> None:
        """Person notes, each with an alias of its own."""
        for number in range(count):
            first, last = self.chance.choice(FIRST), self.chance.choice(LAST)
            name, alias = f"{first} {self.chance.choice(MIDDLE)}{last} {number}", f"{first[0]}{last} the {number}th"
            self.people.append((f"People/{name}.md", name, alias))
            self.truth["people"].append(f"People/{name}.md")
        for path, _, alias in self.people:
            told: set[str] = set()
            odd = self.chance.choice(ODD) if self.chance.random() < 0.2 else ""
            text = f"---\ntags:\n  - person\naliases: [{alias}]\n{odd}---\n# About\n\n{self.prose(told)}"
            self.add(path, text, told - {path})

    def make_meeting(self, number: int) -> None:
        """A meeting with attendees in its properties, or under a heading."""
        day, told = self.day(), set[str]()
        attendees = [self.somebody() for _ in range(self.chance.randint(1, 5))]
        odd = self.chance.choice(ODD) if self.chance.random() < 0.1 else ""
        names = sorted({person[0] for person in attendees})
        told.update(names)
        if self.chance.random() < 0.6:
            listed = "".join(f'  - "{self.link(person)}"\n' for person in attendees)
            text = f"---\ntype: meeting\ndate: {day}\nattendees:\n{listed}{odd}---\n{self.prose(told)}"
        else:
            listed = "".join(f"- {self.link(person)}\n" for person in attendees)
            text = (
                f"---\ntags: [meeting]\ndate: {day}\n{odd}---\n## Attendees\n\n{listed}\n## Notes\n\n{self.prose(told)}"
            )
        path = f"Meetings/{day.year}/{day:%m}/{day} no. {number}.md"
        self.truth["meetings"][path] = (day.isoformat(), names)
        self.add(path, text, told)

    def make_day(self, number: int) -> None:
        """A daily note with fields that record contact."""
        told: set[str] = set()
        lines = []
        for _ in range(self.chance.randint(0, 3)):
            person = self.somebody()
            told.add(person[0])
            lines.append(
                f"- {self.chance.choice(('called', 'met', 'wrote'))}:: {self.link(person)} {self.sentence()}\n"
            )
        self.add(f"Daily/{self.day().year}/{self.day()} {number}.md", "".join(lines) + self.prose(told), told)

    def make_article(self, number: int) -> None:
        """Anything else, of some pages now and then."""
        told: set[str] = set()
        body = "".join(
            f"## Part {part}\n\n{self.prose(told)}\n" for part in range(min(40, int(self.chance.paretovariate(1.1))))
        )
        fate = self.chance.random()
        head = BROKEN if fate < 0.005 else f"---\n{self.chance.choice(ODD)}---\n" if fate < 0.5 else ""
        self.add(f"Articles/{number % 97:02}/Article {number}.md", head + body, told)


def generate(count: int, root: Path, seed: int = 1) -> Truth:
    """Write a vault of `count` notes into a new folder, and ``truth.json`` beside it."""
    made = Generator(random.Random(seed))  # noqa: S311 - not for secrets
    made.make_people(max(3, int(count * PEOPLE)))
    for number in range(int(count * MEETINGS)):
        made.make_meeting(number)
    for number in range(int(count * DAYS)):
        made.make_day(number)
    for number in range(count - len(made.notes)):
        made.make_article(number)
    for path, text in made.notes.items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode())
    root.with_name("truth.json").write_text(json.dumps(made.truth), "utf-8")
    return made.truth


def compare(truth: Truth, snapshot: Snapshot) -> list[str]:
    """The notes of which the snapshot says something else than the truth, each once, in order."""
    wrong: set[str] = {state.person.path for state in snapshot.people} ^ set(truth["people"])
    mentions: dict[str, set[str]] = {}
    for mention in snapshot.mentions:
        if mention.person is not None and mention.person != mention.path:
            mentions.setdefault(mention.path, set()).add(mention.person)
    true_mentions = {path: set(people) for path, people in truth["mentions"].items()}
    wrong |= {path for path in mentions.keys() | true_mentions.keys() if mentions.get(path) != true_mentions.get(path)}
    meetings: dict[str, tuple[str, list[str]]] = {
        meeting.path: (meeting.day.isoformat(), sorted({one.path or one.name for one in meeting.attendees}))
        for meeting in snapshot.meetings
    }
    true_meetings = {path: (day, people) for path, (day, people) in truth["meetings"].items()}
    wrong |= {path for path in meetings.keys() | true_meetings.keys() if meetings.get(path) != true_meetings.get(path)}
    return sorted(wrong)


def check(root: Path) -> int:
    """Print the notes that vaultrel reads otherwise than ``truth.json`` beside the vault says; 1 if there are any."""
    from vaultrel.app import open_vault  # noqa: PLC0415 - making a vault needs none of it

    with open_vault(root) as vault:
        wrong = compare(json.loads(root.with_name("truth.json").read_text("utf-8")), vault.snapshot(TODAY))
    print(*wrong, sep="\n", end="\n" if wrong else "")
    return int(bool(wrong))


if __name__ == "__main__":
    if sys.argv[1] == "--check":
        sys.exit(check(Path(sys.argv[2])))
    generate(int(sys.argv[1]), Path(sys.argv[2]))
