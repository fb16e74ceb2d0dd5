"""The laws of the shortcuts: what is read quickly is what is read the long way.

Plain frontmatter is read line by line, simple blocks of a body and prose are passed over, and facts are looked for only
where there could be one; each has a longer way that takes everything, and the two agree on all that the shorter one
takes.
"""

from __future__ import annotations

import datetime as dt
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from vaultrel.core import attendees, facts, lines, markdown
from vaultrel.core.dates import (
    Moment,
    coming_day_in_text,
    days_in_text,
    find_month,
    is_ambiguous_day,
    may_name_coming_day,
    may_name_day,
    moment_in_name,
    parse_moment,
)
from vaultrel.core.expressions import lazily
from vaultrel.core.frontmatter import reading, split_note
from vaultrel.core.frontmatter.block import content_refusal
from vaultrel.core.frontmatter.plain import read_plain
from vaultrel.core.lines import read_body
from vaultrel.core.markdown import visible_text
from vaultrel.core.mentions import choose_syntaxes
from vaultrel.core.notes import parse_note
from vaultrel.core.people import NoteNames, PeopleRegistry, read_person
from vaultrel.model import NotePath
from vaultrel.settings import DEFAULT_SETTINGS

if TYPE_CHECKING:
    from collections.abc import Iterator

TESTS = Path(__file__).parents[1]

# -- frontmatter ---------------------------------------------------------------------------------------------------

LINES = [
    "type: person\n", "date: 2026-05-07\n", "start: 10:30\n", "tags: [a, b c]\n", "tags:\n", "  - x\n", "- x\n",
    '  - "[[Ines Vidal]]"\n', "  - '[[Bo''s]] [[it''s|x]]'\n", 'q: "\\"[[Bo]]\\" \\\\"\n',
    "  - [[Ines]]\n", "  - Bo: x\n", "  -\n", "    - deep\n", "# note\n", "  # note\n", "\n",
    "   \n", "empty:\n", 'title: "T: x"  # why\n', "a b: 'c'\n", "u: https://x.org/a?b=c#d\n", "n: ~\n", "l: [[X Y]]\n",
    'attendees: ["[[A]]", "[[B|b]]"]\n', "attendees: [[[A]], [[B]]]\n", "m: {a: b}\n", "e: []\n", "s: it's\n",
    "rel_strength: 5\n", "rel_band: [a]\n", "Rel_Band: warm\n", "rel_band:\n", "kanban-plugin: board\n", "t: |\n",
    "w: one\n  two\n", "k : v\n", "é: 日本 👥\n", "[I](Ines.md)\n", "i: see [I](Ines.md)\n",
]  # fmt: skip
PIECES = [
    "key", "a b", ":", ": ", " :", "\n", "- ", "  - ", "-", '"', "'", "''", "\\'", '\\"', '"x"', "'y'",
    "[", "]", "[[", "]]", ", ",
    ",", "#", " # c", " ", "  ", "~", "null", "é", "\u00a0", "\u3000", "\t", "\r\n", "\r", "...", "---", "? ", "?",
    "&a ", "*a", "!!str ", "!", "|", ">", "%", "@", "`", "{", "}", "{{d}}", "<%", "<<", ".", "-1", "a#b", "a:b", "\\",
    "\\n", "\x85", "\u2028", "\x07", "\x7f", "\ufeff", "\u200d", "👩‍🚀", "<<<<<<< a", "=", "[a, b]", "[[a, b]]",
    "[[a#b]]", "[[a: b]]", "x" * 300,
]  # fmt: skip


@st.composite
def blocks(draw: st.DrawFn) -> str:
    """Lines as people write them, with here and there something in the middle."""
    text = "".join(draw(st.lists(st.sampled_from(LINES), max_size=6)))
    for piece in draw(st.lists(st.sampled_from(PIECES), max_size=3)):
        at = draw(st.integers(0, len(text)))
        text = text[:at] + piece + text[at + draw(st.integers(0, 1)) :]
    return text + "\n"


def check_plain(content: str) -> bool:
    """Whether a block is plain; if so, it says the same to the YAML parser, which lets it be edited."""
    plain = read_plain(content)
    if plain is not None:
        assert (plain, None) == reading._read_yaml(content, content_refusal(content))
        assert reading._PLACEHOLDER.search(content) is None
    return plain is not None


@settings(max_examples=600)
@given(blocks() | st.lists(st.sampled_from(PIECES), max_size=12).map("".join).map("{}\n".format))
@example("a: [x y , 'z', \"[[Q]]\", [[W]], ~, null]\n")
@example("a:\n\n# c\n- 'x' # d\n- [b, c]\n-\nrel_strength: 5 # e\n")
def test_a_plain_block_says_the_same_line_by_line_as_to_the_yaml_parser(content: str) -> None:
    check_plain(content)


def written_texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from written_texts(inner)


@pytest.mark.parametrize("file", sorted(TESTS.glob("*/cases/*.toml")), ids=lambda file: file.stem)
def test_every_written_case_says_the_same_line_by_line_as_to_the_yaml_parser(file: Path) -> None:
    for text in written_texts(tomllib.loads(file.read_text(encoding="utf-8"))):
        data = text.encode()
        block = split_note(data)
        if block:
            check_plain(data[block.content_start : block.content_end].decode())


@pytest.mark.parametrize(
    "content",
    [
        'tags:\n  - a\n  - b\naliases: []\ndate: 2026-05-07\nattendees:\n  - "[[Ines]]"\n',
        "rel_strength: 62\nrel_band: warm\nrel_last_contact: 2026-05-03\n",
        "title: 'Tea: with Bo' # why\ntags: [a, b]\n\n# a comment\nurl: https://x.org/a#b\nempty:\n",
        "title: 'It''s: odd'\nlist: ['', '''', 'x''[[y]]']\nsaid: \"a \\\"b\\\" \\\\ [[C]]\" # d\n",
        "name: Zoë 👩‍🚀\nkey with blanks: 10:30\n",
        "",
    ],
)
def test_what_obsidian_writes_is_plain(content: str) -> None:
    assert check_plain(content)


@pytest.mark.parametrize(
    "content",
    [
        "a: b: c\n", "a: 'it'' s\n", "a: 'b''\n", 'a: "\\n"\n', 'a: "\\"\n', "a: |\n  b\n",
        "a: b\n  c\n", "a: {b: c}\n", "a: &b c\n", "a: *b\n",
        "a: !b c\n", "a: b\na: c\n", "a: 'b'#c\n", "a:\n  - b\n - c\n", "a: b\n- c\n", "\ta: b\n", "a: b\tc\n",
        "a: b\x85c\n", "{{a}}: b\n", "a: <% b %>\n", "kanban-plugin: board\n", "Rel_Band: warm\n", "rel_band: [a]\n",
        "rel_band:\n  - a\n", "rel_band:\n", "<<<<<<< a: b\n", "...: b\n", "- a\n", "a\n", "a: [b, [c]]\n", "a: [b,]\n",
        f"{'k' * 300}: a\n", "a: [" + "b, " * 50_000 + "c]\n",
    ],
)  # fmt: skip
def test_what_could_mean_more_than_it_says_is_left_to_the_yaml_parser(content: str) -> None:
    assert read_plain(content) is None


# -- bodies --------------------------------------------------------------------------------------------------------

BODY = [
    "word ", "Text. ", "\n", "\n\n", "\r\n", "- ", "* ", "1. ", "12. ", "2) ", "> ", ">", "# ", "## H\n", "#tag ",
    "`", "``", "```", "```\n", "```py\n", "~~~", "~~~\n", "~~", "$", "$x$", "$$", "%", "%%", "%%c%%", "<", "<b>",
    "<!--", "-->", "<script>", "</script>", "\\", "\\[", "[[A]]", "[[", "](", "[x](y)", "(", "!", "*b*", "**b** ",
    "***\n", "---\n", "- - -\n", "===\n", "    ", "\t", "  ", " ", "|a|b|\n", "|`a`|b|\n", "[ ] ", "é", "日本",
    "\n- x\n", "\n  - y\n", "\n\t- z\n", "- \n", "-\n", "- `c` x\n", "- <b>x</b>\n", "# H `c`\n", "- $x$ 5$\n",
    "- a <!-- \n", "- ``` \n", "- a\\[\n", "- x\n  - `y\n", "\n\n- l\n    - m\n\n", "one\ntwo\n\n",
    "> [!note] T\n> b\n\n", "> - a\n", ">     code\n", "-     code\n", "\x0b", "\u00a0", "\u2028",
    "\n\t\n", "_i_", "@x", '"', "'", "a `b` c\n", "a %%b%% c\n", "\n```\n[[x]]\n```\n", "> `a` %%b\n", "a `b\nc` d\n",
]  # fmt: skip


@settings(max_examples=1000)
@given(st.lists(st.sampled_from(BODY), max_size=24).map("".join))
@example("a `b` c\n```\nd\n```\n- e %%f%%\n")
@example("- a `b\n  c` `d\n")
@example("```\na\n```\n%%b\n```\nc\n```\nd%%\n")
@example("> - %%a\n\nb\n")
@example("- a\n\t- `b`\n\t\t- c\n# `d`\n```\n[[x]]\n\n\t\n```\n[[y]]\n")
def test_blocks_that_are_passed_over_hide_what_they_hide_line_by_line(body: str) -> None:
    quickly = visible_text(body)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(markdown._Scan, "read_flat", lambda _scan: False)
        patch.setattr(markdown, "_SIMPLE_BLOCKS", lazily(r"(?!)"))
        patch.setattr(markdown, "_CODE_START", lazily(r"(?!)"))
        assert quickly == visible_text(body)


# -- lines ---------------------------------------------------------------------------------------------------------

SAID = [
    "word ", "Prose of some length.", "\n", "\n\n", "\n- ", "\n  - ", "\n1. ", "[ ] ", "[x] ", "## Attendees\n",
    "## News\n", "## Ask next time\n", "## 2026-05-04\n", "# Title\n", "## Agenda\n", "## Notes\n", "Attendees: ",
    "**Present**\n", "Absent: Bo", "Date: 2026-05-04\n", "Date: 03/04/2026\n", "due:: 2026-05-04", "met:: ", "::",
    ":", "：", "[[Ada]]", "[[Bo|b]]", "[A](Ada.md)", "a@b.org", "@ada", "#tag ", "#", "|a|b|\n", "|---|---|\n",
    "---\n", "Ask her how ", "- ask ", "Fragen nach ", "2026-05-04 ", "20", "26", "19", "~~x~~", "20~~x~~26",
    "Ask~~x~~ ", "*", "**b**", "_", "_ ", "*\u3000", "> ", "`[[Ada]]`", "\t", "\x0b", "\x1c", "\x85", "\u2028",
    "\u3000", "\r\n", "é", "日本 ", "Ada Stone ", "in May ", "on Friday ", "am 3. ", "on 7/5 ", "tomorrow ",
    "birthday ", "she moves to Rome ", "Her exam is ", "concert ", "https://x.org/", "x" * 320, "monday ", "a", "sk",
]  # fmt: skip
TEXTS = st.lists(st.sampled_from(SAID), max_size=24).map("".join)


@settings(max_examples=500)
@given(body=TEXTS, plain_names=st.booleans())
def test_prose_that_is_passed_over_says_nothing_line_by_line(*, body: str, plain_names: bool) -> None:
    syntaxes = choose_syntaxes(plain_names=plain_names)
    quickly = read_body(body, 1, DEFAULT_SETTINGS.meetings, "dmy", syntaxes)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lines._LineReader, "is_idle", False)
        patch.setattr(lines, "_is_sentence", lambda _text: False)
        assert quickly == read_body(body, 1, DEFAULT_SETTINGS.meetings, "dmy", syntaxes)


@settings(max_examples=500)
@given(body=TEXTS, dated=st.booleans())
def test_lines_that_are_not_searched_for_facts_hold_none(*, body: str, dated: bool) -> None:
    people = PeopleRegistry()
    for path in (NotePath("People/Ada.md"), NotePath("People/Bo.md")):
        people.update(path, read_person(parse_note(path, b""), DEFAULT_SETTINGS), exists=True)
    note = parse_note(NotePath("Daily/2026-05-02.md" if dated else "Log.md"), body.encode())
    quickly = [*facts.read_facts(note, None, NoteNames(people, note.path), "dmy")]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(facts, "_may_tell", lambda _note, line: bool(line.mentions))
        assert quickly == [*facts.read_facts(note, None, NoteNames(people, note.path), "dmy")]


BESIDE = [
    "declined", "DECLINED", "decl\u0131ned", "ab\u017fent", "absent", "no-show", "no show", "noshow", "regrets",
    "apologies", "excused", "cancelled", "canceled", "did not attend", "did ", "not ", "attend", " ", ", ", "(", "x",
    "\u00e9", "from Acme",
]  # fmt: skip


@given(st.lists(st.sampled_from(BESIDE), max_size=5).map("".join))
def test_words_that_cannot_tell_of_absence_tell_of_none(words: str) -> None:
    assert attendees._is_absent(words) == (attendees._ABSENT.search(words) is not None)


# -- days ----------------------------------------------------------------------------------------------------------

DAYS = [
    "20",
    "19",
    "2026",
    "-05",
    "-07",
    "07/05/",
    "7 May ",
    "May 7, ",
    "2200",
    "1899",
    "年5月7日",
    " ",
    "x",
    "[[",
    "]]",
]


@settings(max_examples=300)
@given(st.lists(st.sampled_from(DAYS), max_size=6).map("".join), st.sampled_from(["", "dmy", "mdy"]))
def test_what_cannot_name_a_day_names_none(text: str, order: Any) -> None:
    if not may_name_day(text):
        assert parse_moment(text, order) is None
        assert moment_in_name(text, order) is None
        assert days_in_text(text, order) == ()
        assert not is_ambiguous_day(text)


@settings(max_examples=500)
@given(TEXTS, st.sampled_from(["", "dmy", "mdy"]))
def test_what_cannot_name_a_coming_day_names_none_and_no_month(text: str, order: Any) -> None:
    if not may_name_coming_day(text):
        assert coming_day_in_text(text, dt.date(2026, 5, 2), order) is None
        assert find_month(text) is None


@given(st.dates(dt.date(1880, 1, 1), dt.date(2220, 12, 31)))
def test_a_day_as_programs_write_it_is_the_day_that_it_is_in_a_name(day: dt.date) -> None:
    expected = Moment(day) if 1900 <= day.year <= 2200 else None
    assert parse_moment(day.isoformat()) == moment_in_name(day.isoformat()) == expected
