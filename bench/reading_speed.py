"""What reading a note costs, beside a loop over python-frontmatter and a plain read: ``python bench/reading_speed.py``.

A small vault is made, the same one each time: meetings, people, daily notes, and articles with lists, tables and code.
For each kind the table gives the medians of CPU time a note, in microseconds: `parse_note` on what was read;
python-frontmatter with a search for links, which finds those in code too; the read itself. All take turns at every
note, so that whatever else the computer does slows them alike. The last line is one line of 10 MB.
"""

from __future__ import annotations

import random
import re
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import frontmatter

from vaultrel.core.notes import parse_note
from vaultrel.model import NotePath

if TYPE_CHECKING:
    from collections.abc import Callable

NOTES_OF_A_KIND = 150
ROUNDS = 7
FIRST = ("Ines", "Bo", "Zoë", "Ada", "Jun", "Lena", "Omar", "Piet")
LAST = ("Vidal", "Stone", "Hale", "Lind", "Ruiz", "Okafor", "Tanaka", "Moreau")
WORDS = ("we", "talked", "about", "the", "plan", "for", "spring", "and", "what", "it", "takes", "to", "get", "there")

_LINK = re.compile(r"\[\[([^\[\]|]+)")


def main() -> int:
    """Make the vault, measure, and print the table."""
    with tempfile.TemporaryDirectory() as folder:
        kinds = make_vault(Path(folder))
        print(f"{'':14}{'bytes':>7}{'parse_note':>12}{'python-frontmatter':>20}{'read':>7}   µs, median")
        for kind, files in kinds.items():
            size = statistics.median(file.stat().st_size for file in files)
            times = [measure(file) for file in files]
            ours, theirs, read = (statistics.median(column) * 1e6 for column in zip(*times, strict=True))
            ratio = statistics.median(time[0] / time[1] for time in times)
            print(f"{kind:14}{size:7.0f}{ours:12.0f}{theirs:20.0f}{read:7.0f}   {ratio:.2f} times python-frontmatter")
    line = b"word [[Ines Vidal]] " * 500_000
    print(f"one line of 10 MB: {time_run(lambda: parse_note(NotePath('Line.md'), line)):.1f} s")
    return 0


def measure(file: Path) -> tuple[float, float, float]:
    """Seconds of CPU, the best of some rounds, of `parse_note`, of python-frontmatter and links, of the read."""
    data, path = file.read_bytes(), NotePath(f"{file.parent.name}/{file.name}")
    text = data.decode()
    runs = (
        lambda: parse_note(path, data),
        lambda: (frontmatter.parse(text), _LINK.findall(text)),
        file.read_bytes,
    )
    rounds = [[time_run(run) for run in runs] for _ in range(ROUNDS)]
    ours, theirs, read = map(min, zip(*rounds, strict=True))
    return ours, theirs, read


def time_run(run: Callable[[], object]) -> float:
    """Seconds of CPU of one run."""
    start = time.thread_time()
    run()
    return time.thread_time() - start


def make_vault(root: Path) -> dict[str, list[Path]]:
    """The files of a seeded vault by kind of note."""
    chance = random.Random(7)  # noqa: S311 - not for secrets
    kinds = {"Meetings": make_meeting, "People": make_person, "Daily": make_day, "Articles": make_article}
    files: dict[str, list[Path]] = {}
    for kind, make in kinds.items():
        (root / kind).mkdir()
        for number in range(NOTES_OF_A_KIND):
            day = f"20{chance.randint(20, 26)}-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}"
            file = root / kind / (f"{day} {number}.md" if kind != "People" else f"{make_name(chance)} {number}.md")
            file.write_text(make(chance, day), encoding="utf-8")
            files.setdefault(kind, []).append(file)
    return files


def make_name(chance: random.Random) -> str:
    """Somebody's full name."""
    return f"{chance.choice(FIRST)} {chance.choice(LAST)}"


def make_sentence(chance: random.Random) -> str:
    """A sentence, now and then about somebody."""
    words = chance.sample(WORDS, 9)
    if chance.random() < 0.2:
        words[4] = f"[[{make_name(chance)}]]"
    return " ".join(words).capitalize() + ".\n"


def make_meeting(chance: random.Random, day: str) -> str:
    """A meeting's note with its attendees in the frontmatter, prose and a task."""
    attendees = "".join(f'  - "[[{make_name(chance)}]]"\n' for _ in range(chance.randint(1, 5)))
    prose = "".join(make_sentence(chance) for _ in range(chance.randint(2, 8)))
    task = f"- [ ] send [[{make_name(chance)}]] the paper 📅 {day}\n"
    return f"---\ntype: meeting\ndate: {day}\nattendees:\n{attendees}---\n# Planning\n\n{prose}\n## Next\n{task}"


def make_person(chance: random.Random, day: str) -> str:
    """A person's note with properties, news and a log."""
    log = "".join(f"- {day} {make_sentence(chance)}" for _ in range(chance.randint(1, 4)))
    return (
        f"---\ntype: person\naliases: [{make_name(chance)}]\nbirthday: 19{chance.randint(50, 99)}-03-11\n"
        f"tags:\n  - person\n---\n## News\n- {make_sentence(chance)}\n## Log\n{log}"
    )


def make_day(chance: random.Random, _day: str) -> str:
    """A daily note without frontmatter: who was called."""
    return "".join(f"- called:: [[{make_name(chance)}]] about it\n" for _ in range(chance.randint(1, 5)))


def make_article(chance: random.Random, day: str) -> str:
    """A note of some pages: headings, paragraphs, nested lists, a table, and code inline and fenced."""
    parts = [f"---\ntitle: 'On `code`: notes'\ndate: {day}\ntags: [notes, long]\n---\n# Notes\n\n"]
    for number in range(chance.randint(3, 9)):
        prose = "".join(make_sentence(chance) for _ in range(chance.randint(2, 6)))
        items = "".join(f"{'  ' * (n % 3)}- {make_sentence(chance)}" for n in range(chance.randint(2, 9)))
        parts.append(f"## Part {number}\n\n{prose}Use `code {number}` and <b>mind</b> the $5.\n\n{items}\n")
        parts.append(
            "| a | b |\n|---|---|\n| `x` | 1 |\n\n```python\nlinks = '[[nobody]]'\n\n    return links\n```\n\n"
        )
    return "".join(parts)


if __name__ == "__main__":
    sys.exit(main())
