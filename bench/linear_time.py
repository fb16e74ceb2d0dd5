"""Looks for text that takes long to read: every family below at n and at four times n, in CPU time.

``python bench/linear_time.py [PART_OF_A_NAME …]`` prints a table and ends with 1 when a family grows faster than its
size. Time proportional to size is a ratio of 4; more than 5.3 is an exponent above 1.2.
"""

from __future__ import annotations

import math
import sys
import time
from itertools import chain
from typing import TYPE_CHECKING

from vaultrel.core.classify import classify
from vaultrel.core.contacts import read_table, read_vcards
from vaultrel.core.frontmatter import patch_frontmatter, strip_frontmatter
from vaultrel.core.interactions import note_evidence
from vaultrel.core.notes import parse_note
from vaultrel.core.obsidian import read_obsidian, read_open_notes
from vaultrel.core.obsidian_files import OBSIDIAN_FILES
from vaultrel.core.people import PeopleRegistry, read_person
from vaultrel.core.settled_names import read_settled_names
from vaultrel.core.ticks import read_ticks
from vaultrel.model import NotePath
from vaultrel.outputs.feed_check import check_feed
from vaultrel.outputs.vdir_items import read_item
from vaultrel.settings import DEFAULT_SETTINGS, PeopleSettings, Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MOST_GROWTH = 5.3
SMALLEST, LARGE, LARGEST = 2**10, 2**20, 2**22
"""A family that is not suspicious is not tried above the second."""
LONG_ENOUGH = 0.1
"""Seconds of CPU after which two measurements can be compared."""

AGAIN = 3
"""Times that a suspicion is measured again, for the machine has other things to do; the best time counts."""

LONGEST = 20.0
"""Seconds after which a family is slow, whatever it does at four times the size."""

TOKENS = {
    "bracket": "[", "two brackets": "[[", "embed": "![[", "closing brackets": "]]", "link end": "](",
    "links in links": "[a](", "link with title": '[a](b "', "parentheses in a destination": "](a(",
    "angle destination": "](<", "wikilink pipe": "[[a|", "wikilink heading": "[[a#", "whole wikilinks": "[[Ines]] ",
    "whole links": "[I](Ines.md) ", "brackets in pipe": "[[a|[b]", "backtick": "`",
    "growing backticks": "` `` ``` ", "tildes": "~~~", "tilde lines": "~~~\n", "fence lines": "```\n",
    "dollar": "$", "dollar word": "$a ", "two dollars": "$$ ", "percent": "%%", "percent word": "%% a\n\n",
    "backslash": "\\", "html comment": "<!--", "html comment lines": "<!-- a\n\n", "open tag": "<a ",
    "attribute": '<a b="', "attributes": " b=c", "many attributes": "<a b c d e f ", "script": "<script>",
    "less than": "<", "at": "@", "at word": "@ines ", "address": "a@b.c ", "address dots": "a.",
    "address domains": "@a.b", "local part": "a%+-", "two colons": "::", "field": "a:: b ", "nested field": "[a:: ",
    "nested fields closed": "(a:: b) ", "open parentheses": "(", "closing parentheses": ")",
    "task lines": "- [ ] a\n", "task signs": "- [ ] ", "task days": "📅 2026-05-07 ", "half a day": "2026-",
    "half a marked day": "📅 2026-", "kanban day": "@{2026 ", "days": "2026-05-07 ",
    "day lines": "- 2026-05-07 a\n", "named days": "7 May 2026 ", "quote": ">", "quote blank": "> ",
    "quote lines": "> a\n", "item": "- ", "item lines": "- a\n", "numbers": "1. ", "tab": "\t",
    "tab items": "\t- a\n", "emphasis": "*", "emphasis words": "*a ", "underscores": "_", "underscore words": "__a",
    "rule signs": "- - ", "equal signs": "=", "heading": "#", "heading lines": "# a\n",
    "day headings": "## 2026-05-07\n", "closing hashes": "# #", "attendee headings": "## Attendees\n- a\n",
    "tag": "#a", "tags": "#a ", "tag path": "#a/", "table": "|", "table rows": "| a | b |\n", "colon": ":",
    "wide colon": "：", "label": "a: ", "attendees": "Attendees: ", "names": "Ines Vidal, ", "roles": "Ines (",
    "wide parentheses": "（", "wide commas": "、", "emoji": "👥", "emoji joined": "👩‍🚀", "accents": "e\u0301",
    "accent": "\u0301", "no-break blanks": "\u00a0", "blank": " ", "newline": "\n", "crlf": "\r\n", "lone cr": "\r",
    "line separator": "\u2028", "nul": "\0", "bom": "\ufeff", "word": "a", "words": "word ", "word lines": "word\n",
    "paragraphs": "word\n\n", "digits": "1", "merge": "<<<<<<<\n", "fence-like": "---\n", "template": "{{a}}",
    "open template": "{{", "callout": "> [!note]\n", "mailto": "mailto:", "url": "https://", "hangul": "가",
    "han": "日", "lone backtick lines": "`a\n", "lone dollar lines": "$a\n", "lone comment": "<!-- a -->",
    "comment pairs": "%%a%% ", "code pairs": "`a` ", "blank lines of blanks": "    \n", "lazy quotes": "> a\nb\n",
    "full names": "Ines Vidal and ", "capitals": "A ", "initials": "J. ", "particles": "A de ", "katakana": "ア",
    "kana and han": "ア日", "hyphens": "A-", "apostrophes": "A'",
    "exam lines": "[[Ines]] has an exam on 3 May\n", "news lines": "## News\n- a 3 May\n",
    "question lines": "- Ask [[Ines]] how it is\n", "waiting tasks": "- [ ] waiting for [[Ines]]\n",
    "coming days": "exam on the 25th ", "months": "May ", "weekdays": "next Friday ",
}  # fmt: skip
"""What is repeated, in a body of its own, below an attendee heading, in a task, and in a person's news."""

STARTS = {"": "", " (attendees)": "## Attendees\n- ", " (task)": "- [ ] ", " (news)": "## News\n- "}

YAML_TOKENS = {
    "yaml single quote": "'", "yaml double quote": '"', "yaml anchor": "&a ", "yaml alias": "*a ",
    "yaml open list": "[", "yaml open map": "{", "yaml nested map": "a: {", "yaml lists": "[a], ", "yaml key": "a",
    "yaml colon": ": ", "yaml item signs": "- ", "yaml question": "? ", "yaml comments": "# a\n",
    "yaml words": "a ", "yaml links": "[[Ines]] ", "yaml tag": "!!str ", "yaml percent": "%a\n", "yaml tabs": "\t",
    "yaml blank lines": "\n", "yaml broken lines": "a: b: c\n", "yaml broken items": "- a\nb: ' \n",
    "yaml escapes": "\\", "yaml line separators": "\u2028", "yaml commas": "a, ",
    "yaml link lines": "  - '[[Ines]]'\n",
}  # fmt: skip
"""What is repeated within a block."""

YAML_STARTS = {"": "", " (value)": "attendees: ", " (quoted)": 'aliases: "', " (literal)": "date: |\n  "}


def repeat(start: str, token: str, end: str = "") -> Callable[[int], str]:
    """What makes a text of one token again and again, of about n code points."""
    return lambda n: start + token * (n // len(token)) + end


CARD = "BEGIN:VCARD\nVERSION:3.0\n"
CARD_TOKENS = {
    "line": "FN:Ines Vidal\n", "end and begin": "END:VCARD\nBEGIN:VCARD\n", "folded line": "FN:a\n b\n",
    "fold": "\n ", "blank": " ", "colon": ":", "semicolon": ";", "comma": ",", "backslash": "\\", "quote": '"',
    "parameter": ";TYPE=a", "quoted parameter": ';X="', "quoted-printable": "FN;ENCODING=QUOTED-PRINTABLE:=41=\n",
    "soft breaks": "=\n", "equal sign": "=", "group": "a.", "address": "EMAIL:a@b.c\n", "at": "@", "digit": "1",
    "birthday": "BDAY:2001-02-03\n", "nickname": "NICKNAME:a,b\n", "charset": "N;CHARSET=x:a\n", "agent": "AGENT:",
    "escapes": "\\n", "accent": "\u0301", "nul": "\0", "lone cr": "\r",
}  # fmt: skip
"""What is repeated in an address book."""
CARD_STARTS = {"": CARD, " (name)": f"{CARD}FN:", " (parts)": f"{CARD}N:", " (parameters)": f"{CARD}EMAIL",
               " (quoted-printable)": f"{CARD}FN;ENCODING=QUOTED-PRINTABLE:"}  # fmt: skip

TABLE_TOKENS = {
    "row": "Ines Vidal,ines@example.org\n", "comma": ",", "semicolon": ";", "tab": "\t", "quote": '"',
    "two quotes": '""',
    "quoted cell": '"a",', "quoted lines": '"a\n', "newline": "\n", "lone cr": "\r", "word": "a", "title": "E-mail 1,",
    "address": "a@b.c ", "blank": " ", "list": "a ::: ", "nul": "\0", "accent": "\u0301",
}  # fmt: skip
"""What is repeated in a table of addresses."""
TABLE_STARTS = {
    "": "Name,E-mail\n",
    " (titles)": "",
    " (cell)": "Name,E-mail\nInes,",
    " (quoted)": 'Name,E-mail\nInes,"',
}

CALENDAR = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:a\r\n"
CALENDAR_TOKENS = {
    "line": "SUMMARY:a\r\n", "event": "END:VEVENT\r\nBEGIN:VEVENT\r\n", "nested": "BEGIN:VEVENT\r\n",
    "ends": "END:VEVENT\r\n", "alarms": "BEGIN:VALARM\r\nEND:VALARM\r\n", "fold": "\r\n ", "colon": ":",
    "semicolon": ";", "comma": ",", "backslash": "\\", "quote": '"', "parameter": ";X=a", "quoted parameter": ';X="',
    "rule": "RRULE:FREQ=DAILY\r\n", "rule part": "BYDAY=MO;", "day": "EXDATE:20260507\r\n", "days": "20260507,",
    "zone": "BEGIN:VTIMEZONE\r\n", "uid": "UID:a\r\n", "nul": "\0", "accent": "\u0301", "newline": "\n", "word": "a",
    "link": "https://", "digit": "1",
}  # fmt: skip
"""What is repeated in a calendar, or in a file of one event."""
CALENDAR_STARTS = {"": CALENDAR, " (summary)": f"{CALENDAR}SUMMARY:", " (rule)": f"{CALENDAR}RRULE:"}

OWN_NOTE_TOKENS = {
    "task": "- [ ] [[Ines]] ⏳ 2026-05-07\n", "done": "- [x] [[Ines]] ✅ 2026-05-07 ^a1\n", "block id": " ^a",
    "answer": "- [[Ines]] = [[People/Ines]]\n", "arrow": " → ", "link": "[[Ines]]", "bracket": "[",
    "heading": "## Ines\n", "comment": "%%", "pipe": "|", "row": "| a | b |\n", "box": "- [ ] ",
    "blank": " ", "newline": "\n",
    "fence": "```\n", "mark": "⏳ ", "day": "2026-05-07 ", "quote": "> ", "backslash": "\\", "word": "a ",
}  # fmt: skip
"""What is repeated in the notes that vaultrel makes and the user answers in."""

JSON_TOKENS = {
    "list": "[", "object": '{"a":', "text": '"a",', "closed lists": "[],", "escape": "\\u0041", "number": "1",
    "blank": " ", "minus": "-", "word": "a", "entry": '"a/",', "expression": '"/a+/",', "nested groups": "(a+",
}  # fmt: skip
"""What is repeated in Obsidian's own files."""
JSON_STARTS = {"": "", " (filters)": '{"userIgnoreFilters": [', " (expression)": '{"userIgnoreFilters": ["/'}
JSON_ENDS = {"": "", " (filters)": '"a"]}', " (expression)": '/"]}'}


def other_families() -> Iterator[tuple[str, Callable[[int], str], Callable[[str], object]]]:
    """The same of what is no note: each family's name, what makes a text of it, and what reads that."""
    kinds: tuple[tuple[str, dict[str, str], dict[str, str], Callable[[str], object]], ...] = (
        ("vcard", CARD_TOKENS, CARD_STARTS, lambda text: read_vcards(text.encode())),
        ("address table", TABLE_TOKENS, TABLE_STARTS, lambda text: read_table(text.encode())),
        ("calendar", CALENDAR_TOKENS, CALENDAR_STARTS, lambda text: check_feed(text.encode())),
        ("event file", CALENDAR_TOKENS, CALENDAR_STARTS, lambda text: read_item(text.encode(), "a", None)),
        ("names note", OWN_NOTE_TOKENS, STARTS, lambda text: read_settled_names(text.encode(), NotePath("Names.md"))),
        ("ticked note", OWN_NOTE_TOKENS, STARTS, lambda text: read_ticks(text.encode())),
        ("patch", YAML_TOKENS, {where: f"---\n{start}" for where, start in YAML_STARTS.items()}, patch_and_strip),
    )
    for kind, tokens, starts, read in kinds:
        for name, token in tokens.items():
            for where, start in starts.items():
                yield f"{kind}: {name}{where}", repeat(start, token, "\n---\n" if kind == "patch" else ""), read
    for name, token in JSON_TOKENS.items():
        for where, start in JSON_STARTS.items():
            yield f"obsidian: {name}{where}", repeat(start, token, JSON_ENDS[where]), read_settings_and_panes


def patch_and_strip(text: str) -> None:
    """Write our lines into a note, and take them out again."""
    patched = patch_frontmatter(text.encode(), {"rel_strength": 42, "rel_band": "warm"})
    if isinstance(patched, bytes):
        strip_frontmatter(patched)


def read_settings_and_panes(text: str) -> None:
    """Read one file as each of Obsidian's."""
    read_obsidian(dict.fromkeys(OBSIDIAN_FILES, text.encode()))
    read_open_notes(text.encode())


def families() -> Iterator[tuple[str, Callable[[int], str]]]:
    """Each family's name, and what makes a note of about n code points of it."""
    for name, token in TOKENS.items():
        for where, start in STARTS.items():
            yield name + where, repeat(start, token)
    for name, token in YAML_TOKENS.items():
        for where, start in YAML_STARTS.items():
            yield name + where, repeat(f"---\n{start}", token, "\n---\n")
    yield "yaml many keys", lambda n: "---\n" + "".join(f"k{i}: v\n" for i in range(n // 11)) + "---\n"
    yield "yaml one key", lambda n: "---\n" + "k: v\n" * (n // 5) + "---\n"
    yield "yaml many tags", lambda n: "---\ntags:\n" + "".join(f"  - t{i}\n" for i in range(n // 10)) + "---\n"
    yield "yaml tags in one text", lambda n: "---\ntags: " + "a, " * (n // 3) + "\n---\n"
    yield "yaml anchors", lambda n: "---\n" + "".join(f"k{i}: &a{i} [*a{i - 1}]\n" for i in range(1, n // 16)) + "---\n"
    yield "yaml nested aliases", lambda n: "---\na0: &a0 [x, y]\n" + "".join(
        f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}]\n" for i in range(1, n // 24)
    ) + "---\n"  # fmt: skip
    yield "many aliases of a person", lambda n: "---\ntype: person\naliases:\n" + "".join(
        f"  - Ines {i}\n" for i in range(n // 12)
    ) + "---\n"  # fmt: skip
    yield "deeper and deeper items", lambda n: "".join("  " * i + "- a\n" for i in range(int(math.sqrt(n))))
    yield "deeper and deeper quotes", lambda n: "".join(">" * i + " a\n" for i in range(int(math.sqrt(2 * n))))
    yield "longer and longer fences", lambda n: "".join("`" * i + "\n" for i in range(3, int(math.sqrt(2 * n))))
    yield "runs of backticks of all lengths", lambda n: " ".join("`" * i for i in range(1, int(math.sqrt(2 * n))))
    yield "brackets closed again", lambda n: "[" * (n // 2) + "]" * (n // 2)
    yield "links closed again", lambda n: "[" * (n // 4) + "](a)" * (n // 8)
    yield "fields closed again", lambda n: "[a:: " * (n // 6) + "]" * (n // 6)
    yield "parentheses closed again", lambda n: "(" * (n // 2) + ")" * (n // 2)
    yield "backticks that nothing closes", lambda n: "".join("`" * (1 + i % 90) + "a" for i in range(n // 46))
    yield "one line of mentions", lambda n: "[[Ines]] @ines i@x.org [I](Ines.md) " * (n // 36)
    yield "different tags", lambda n: "".join(f"#t{i} " for i in range(n // 9))
    yield "different labels", lambda n: "".join(f"label {i}: [[Ines]]\n" for i in range(n // 24))
    yield "one line of text", lambda n: "word [[Ines]] " * (n // 14)
    yield "different names", lambda n: "## Attendees\n" + "".join(f"- [[P{i}]]\n" for i in range(n // 10))
    yield "different fields", lambda n: "".join(f"k{i}:: [[Ines]]\n" for i in range(n // 16))
    yield "different meetings", lambda n: "date: 2026-05-07\n" + "".join(f"- met:: [[P{i}]]\n" for i in range(n // 16))
    yield "one attendee line", lambda n: "Attendees: " + ", ".join(f"[[P{i}]]" for i in range(n // 10))
    yield "one attendee line of names", lambda n: "Attendees: " + ", ".join(f"Ines V{i}" for i in range(n // 10))
    yield "one line of fields", lambda n: "".join(f"[met:: [[P{i}]]] " for i in range(n // 18))
    yield "links in a property", lambda n: f"---\nattendees: '{', '.join(f'[[P{i}]]' for i in range(n // 10))}'\n---\n"
    yield "names in a property", lambda n: f"---\nattendees: {'; '.join(f'Ines V{i}' for i in range(n // 10))}\n---\n"


FIXED = {
    "one line of 10 MB": "word [[Ines]] " * 720_000,
    "10,000 nested brackets": "[" * 10_000 + "]" * 10_000,
    "10,000 nested fields": "[a:: " * 10_000 + "]" * 10_000,
    "a person with 5,000 aliases": "---\ntype: person\naliases:\n"
    + "".join(f"- Ines {i}\n" for i in range(5_000))
    + "---\n",
}
"""Notes of one size, for the seconds they take."""


MEETING, OWN = NotePath("Meetings/2026-05-07 Team.md"), NotePath("People/Bo.md")
SETTINGS = (DEFAULT_SETTINGS, Settings(people=PeopleSettings(plain_names=True)))


def cpu_seconds(text: str, read: Callable[[str], object]) -> float:
    """CPU time of reading a text."""
    start = time.process_time()
    read(text)
    return time.process_time() - start


def read_note(text: str) -> None:
    """Read one note as a meeting's and as a person's, under both ways of looking for names."""
    data = text.encode()
    for settings in SETTINGS:
        registry = PeopleRegistry(settings)
        ines = parse_note(NotePath("People/Ines Vidal.md"), b"---\ntype: person\n---\n")
        registry.update(ines.path, read_person(ines, settings), exists=True)
        for path in (MEETING, OWN):
            note = parse_note(path, data, settings)
            registry.update(path, read_person(note, settings) if path == OWN else None, exists=True)
            note_evidence(note, classify(note, settings), registry, settings)


def measure(make: Callable[[int], str], read: Callable[[str], object]) -> tuple[int, float, float, bool]:
    """The size n that takes long enough to measure, the seconds for it and for four times as much, and the verdict.

    A family that seems to grow too fast is measured again, and then further up and down: a cache that becomes too
    small is a step, which comes once, not a growth.
    """

    def best(size: int) -> float:
        return min(cpu_seconds(make(size), read) for _ in range(AGAIN))

    size = SMALLEST
    seconds = cpu_seconds(make(size), read)
    while True:
        following = cpu_seconds(make(size * 4), read)
        if grows := is_growing(seconds, following):
            seconds, following = min(seconds, best(size)), min(following, best(size * 4))
            grows = is_growing(seconds, following)
        is_last = seconds > LONGEST or size * 4 >= (LARGEST if grows else LARGE)
        if is_last or (following >= LONG_ENOUGH and (not grows or following > LONGEST / 16)):
            return size, seconds, following, grows and seconds > MOST_GROWTH * best(size // 4)
        size, seconds = size * 4, following


def is_growing(seconds: float, following: float) -> bool:
    """Whether four times the size takes more than four times as long, as far as such short times can tell."""
    return following > LONG_ENOUGH and following > MOST_GROWTH * seconds


def main(wanted: list[str]) -> int:
    """Print the table; 1 when a family is not linear."""
    bad = 0
    print(f"{'family':45} {'n':>8} {'t(n)':>8} {'t(4n)':>8} {'ratio':>6} {'s/MB':>7}")
    notes = ((name, make, read_note) for name, make in families())
    for name, make, read in chain(notes, other_families()):
        if wanted and not any(part in name for part in wanted):
            continue
        size, seconds, following, grows = measure(make, read)
        bad += grows
        numbers = (
            f"{seconds:8.4f} {following:8.4f} {following / max(seconds, 1e-4):6.1f} {following / size * 250_000:7.2f}"
        )
        print(f"{name:45} {size:8} {numbers}{'  <--' if grows else ''}", flush=True)
    print(f"{bad} families grow faster than their size")
    for name, text in FIXED.items():
        print(f"{name:45} {len(text):8} {cpu_seconds(text, read_note):8.4f}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
