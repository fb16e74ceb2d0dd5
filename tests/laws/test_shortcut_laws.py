"""The laws of the shortcuts: what is read quickly is what is read the long way.

Plain frontmatter is read line by line, and simple blocks of a body are passed over; each has a longer way that takes
everything, and the two agree on all that the shorter one takes.
"""

from __future__ import annotations

import datetime as dt
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from vaultrel.core import markdown
from vaultrel.core.dates import Moment, days_in_text, is_ambiguous_day, may_name_day, moment_in_name, parse_moment
from vaultrel.core.expressions import lazily
from vaultrel.core.frontmatter import reading, split_note
from vaultrel.core.frontmatter.block import content_refusal
from vaultrel.core.frontmatter.plain import read_plain
from vaultrel.core.markdown import visible_text

if TYPE_CHECKING:
    from collections.abc import Iterator

TESTS = Path(__file__).parents[1]

# -- frontmatter ---------------------------------------------------------------------------------------------------

LINES = [
    "type: person\n", "date: 2026-05-07\n", "start: 10:30\n", "tags: [a, b c]\n", "tags:\n", "  - x\n", "- x\n",
    '  - "[[Ines Vidal]]"\n', "  - [[Ines]]\n", "  - Bo: x\n", "  -\n", "    - deep\n", "# note\n", "  # note\n", "\n",
    "   \n", "empty:\n", 'title: "T: x"  # why\n', "a b: 'c'\n", "u: https://x.org/a?b=c#d\n", "n: ~\n", "l: [[X Y]]\n",
    'attendees: ["[[A]]", "[[B|b]]"]\n', "attendees: [[[A]], [[B]]]\n", "m: {a: b}\n", "e: []\n", "s: it's\n",
    "rel_strength: 5\n", "rel_band: [a]\n", "Rel_Band: warm\n", "rel_band:\n", "kanban-plugin: board\n", "t: |\n",
    "w: one\n  two\n", "k : v\n", "é: 日本 👥\n", "[I](Ines.md)\n", "i: see [I](Ines.md)\n",
]  # fmt: skip
PIECES = [
    "key", "a b", ":", ": ", " :", "\n", "- ", "  - ", "-", '"', "'", "''", '"x"', "'y'", "[", "]", "[[", "]]", ", ",
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
        "name: Zoë 👩‍🚀\nkey with blanks: 10:30\n",
        "",
    ],
)
def test_what_obsidian_writes_is_plain(content: str) -> None:
    assert check_plain(content)


@pytest.mark.parametrize(
    "content",
    [
        "a: b: c\n", "a: 'it''s'\n", 'a: "\\n"\n', "a: |\n  b\n", "a: b\n  c\n", "a: {b: c}\n", "a: &b c\n", "a: *b\n",
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
    "\n\t\n", "_i_", "@x", '"', "'",
]  # fmt: skip


@settings(max_examples=600)
@given(st.lists(st.sampled_from(BODY), max_size=24).map("".join))
@example("- a\n\t- `b`\n\t\t- c\n# `d`\n```\n[[x]]\n\n\t\n```\n[[y]]\n")
def test_blocks_that_are_passed_over_hide_what_they_hide_line_by_line(body: str) -> None:
    quickly = visible_text(body)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(markdown, "_SIMPLE_BLOCKS", lazily(r"(?!)"))
        patch.setattr(markdown, "_CODE_START", lazily(r"(?!)"))
        assert quickly == visible_text(body)


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


@given(st.dates(dt.date(1880, 1, 1), dt.date(2220, 12, 31)))
def test_a_day_as_programs_write_it_is_the_day_that_it_is_in_a_name(day: dt.date) -> None:
    expected = Moment(day) if 1900 <= day.year <= 2200 else None
    assert parse_moment(day.isoformat()) == moment_in_name(day.isoformat()) == expected
