"""The laws of reading: whatever the bytes are, a note is read, and what is read stands where the note says it does.

Each `check_` function holds some of the laws for one input; `bench/fuzz_parsers.py` drives the same functions by
coverage. Lines are what ``\\n`` ends, with or without a ``\\r`` before it; a lone ``\\r``, U+0085,
U+2028 and U+2029 end none.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from vaultrel.core.classify import classify
from vaultrel.core.dates import daily_note_day, day_in_name, is_ambiguous_day, moment_in_name, parse_moment, parse_time
from vaultrel.core.frontmatter import patch_frontmatter, read_frontmatter, split_note, strip_frontmatter
from vaultrel.core.interactions import note_evidence
from vaultrel.core.markdown import visible_text
from vaultrel.core.mentions import find_mentions
from vaultrel.core.mentions.name import split_names
from vaultrel.core.notes import parse_note
from vaultrel.core.obsidian import read_obsidian
from vaultrel.core.obsidian_files import OBSIDIAN_FILES
from vaultrel.core.people import PeopleRegistry, person_diagnostics, read_person
from vaultrel.core.person_notes import parse_cadence
from vaultrel.core.scope import SKIP_REASONS, skip_reason
from vaultrel.core.text import clean_text, fold_name
from vaultrel.errors import SettingsError
from vaultrel.model import OWNED_FIELDS, Mention, NotePath, Property, Refusal
from vaultrel.settings import DEFAULT_SETTINGS, ObsidianSettings, PeopleSettings, Settings, parse_settings

if TYPE_CHECKING:
    from vaultrel.model import Note, OwnedValue

SETTINGS = (DEFAULT_SETTINGS, Settings(people=PeopleSettings(plain_names=True), date_order="dmy"))
PATHS = ("People/Ines Vidal.md", "Meetings/2026-05-07 Team.md", "2026-05-07.md", "a/b.MD", "Template.md", "x")

INLINE = [
    "[[", "]]", "[", "]", "![[", "|", "#", "^", "](", ")", "(", "<a>", "</a>", '<a b="', ">", "<script>",
    "</script>", "<!--", "-->", "%%", "$", "$$", "`", "``", "\\", "\\[", "*", "_", "~~", "@", "@ines", "::", ": ",
    "：", ", ", "、", "（", "）", '"', "'", "!", "[[Ines]]", "[[Ines|I]]", "[[Ines#a|`c`]]", "![[Ines]]",
    "[I](Ines.md)", "[I](<Ines Vidal.md>)", "ines@example.org", "mailto:", "https://example.org/@x ", "2026-05-07 ",
    "2026-", "07/05/2026", "7. Mai 2026", "[[2026-05-07]]", "📅 2026-05-07", "✅ 2026-05-07", "(@2026-05-07)",
    "due:: ", "[due:: 2026-05-07]", "(met:: ", "met:: [[Ines]]", "#tag ", "#a/b ", " x ", "é", "日本", "👥",
    "\u0301", "\u00a0", "\u2028", "\u0085", "\ufeff", "\u200b", "\x00", "\x1b", "10:30", "3 pm", " and ",
    "Attendees: ", "Date: ", "Absent: ", "Doe, Jane", "山田太郎", "Ines Vidal", "Ada de la Cruz", "J. R. ", " — ",
    " - ", "•", " ", "word ",
]  # fmt: skip
BLOCK = [
    "\n", "\n\n", "\r\n", "\r", "    ", "\t", "- ", "- [ ] ", "- [x] ", "* ", "1. ", "> ", ">> ", "# ",
    "## Attendees\n", "## 2026-05-07\n", "```", "````", "~~~", "\n---\n", "===", "|a|b|", "> [!note]", "\n- ",
    "\n    - ", "\n> ", "\n    ", "\n\n    ", "\n```\n", "{{date}}", "<%", "\n<<<<<<< a\n", "\n>>>>>>> b\n",
]  # fmt: skip
YAML = [
    "---\n", "date: 2026-05-07\n", "date: ", "tags: [a, b]\n", "tags: ", "attendees:\n", '  - "[[Ines]]"\n',
    "  - [[Ines]]\n", "type: person\n", "type: meeting\n", "aliases: ", "[", "]", "{", "}", "'", '"', "''", ": ",
    " #", "? ", "&a ", "*a\n", "!!str ", "|\n", "|-\n", ">-\n", "%", "...\n", "\\x5b", "\\n", "a: b\n", "a: ",
    "rel_strength: 5\n", "rel_band: ", "rel_snooze_until: 2026-01-01\n", "email: i@example.org\n",
    "birthday: --04-02\n", "cadence: monthly\n", "\t", "\n", "  ", "~", "null", "kanban-plugin: board\n",
    "status: cancelled\n", "last_contact: 2026-01-02\n", "handle: '@ines'\n", "title: Boss\n", "{{x}}",
    "time: 3 pm\n", "[[Ines]]", "[I](Ines.md)", "é", "\u2028", "\r",
]  # fmt: skip

STARTS = ("", "", "- ", "  - ", "- [ ] ", "- [x] ", "> ", "# ", "## Attendees\n- ", "Attendees: ", "Date: ", "1. ")
WORDS = ("word ", "Doe, Jane", "[[Ines]]", "@ines ", "2026-05-07 ")

WRITTEN = st.lists(st.sampled_from(INLINE) | st.sampled_from(WORDS), max_size=6).map("".join)
LINES = st.lists(st.tuples(st.sampled_from(STARTS), WRITTEN).map("".join), max_size=6).map("\n".join)
BODIES = LINES | st.lists(st.sampled_from([*INLINE, *BLOCK]), min_size=1, max_size=24).map("".join)
BLOCKS = st.lists(st.sampled_from(YAML), max_size=10).map("".join)


@st.composite
def notes(draw: st.DrawFn) -> bytes:
    """Bytes of a note: mostly one with all that vaultrel reads in a bad order, now and then noise."""
    if draw(st.integers(0, 9)) == 0:
        return draw(st.binary(max_size=120))
    text = draw(st.sampled_from(["", "", "\ufeff"]))
    text += draw(st.sampled_from(["", f"---\n{draw(BLOCKS)}---\n", f"---\n{draw(BLOCKS)}\n---\n"])) + draw(BODIES)
    return (text.replace("\n", "\r\n") if draw(st.integers(0, 5)) == 0 else text).encode()


def raw_lines(data: bytes) -> list[str]:
    return data.decode().removeprefix("\ufeff").split("\n")


def body_mentions(note: Note) -> list[Mention]:
    return [mention for line in note.lines for mention in line.mentions]


# ------------------------------------------------------------------------------------------------------------ the laws


def check_note(path: NotePath, data: bytes, options: Settings = DEFAULT_SETTINGS) -> Note:
    """Reading never raises, gives the same twice, and whatever it gives stands in the raw file where it says."""
    note = parse_note(path, data, options)
    assert parse_note(path, data, options) == note
    reading = read_frontmatter(data)
    if not note.lines and not note.tags and not note.properties:
        return note
    raw = raw_lines(data)
    shown = visible_text(reading.body).split("\n")
    for line in note.lines:
        text = shown[line.line - reading.body_line]
        assert line.text == text.strip()[:400]
        for mention in line.mentions:
            assert mention.line == line.line
            assert stands_there(mention, raw)
            assert is_as_meant(mention, text)
        for found in line.fields:
            assert text[found.start - 1 : found.end - 1] == found.value
        spans = [(found.column, found.column + len(found.surface)) for found in line.mentions if found.syntax != "name"]
        assert all(end <= start for (_, end), (start, _) in pairwise(spans))
    assert [line.line for line in note.lines] == sorted({line.line for line in note.lines})
    for tag in note.tags:
        assert tag.name in raw[tag.line - 1] or tag.line < reading.body_line
    assert note.date is None or note.date.line <= len(raw)
    assert all(0 <= found.line <= len(raw) for found in note.diagnostics)
    check_properties(note, data)
    return note


def stands_there(mention: Mention, raw: list[str]) -> bool:
    start = mention.column - 1
    return raw[mention.line - 1][start : start + len(mention.surface)] == mention.surface


def is_as_meant(mention: Mention, text: str) -> bool:
    """Whether the visible text of the line has, in that place, what the mention's syntax looks like."""
    seen = text[mention.column - 1 : mention.column - 1 + len(mention.surface)]
    if mention.syntax == "wikilink":
        return seen.startswith("![[" if mention.embed else "[[") and seen.endswith("]]")
    if mention.syntax == "markdown_link":
        return seen.startswith("![" if mention.embed else "[") and seen.endswith(")")
    return seen == ("@" if mention.syntax == "handle" else "") + mention.target


def check_properties(note: Note, data: bytes) -> None:
    """Keys, values and links of properties stand on the lines they say; links also in the column."""
    block = split_note(data)
    assert block is not None or not note.properties
    raw = raw_lines(data)
    last = data.count(b"\n", 0, block.content_end) + 1 if block else 0
    keys = [entry.line for entry in note.properties]
    in_flow = note.refusal is not None and note.refusal.code == "json-frontmatter"
    for entry in note.properties:
        assert 2 <= entry.line <= last
        for leaf in entry.leaves:
            assert 2 <= leaf.line <= last
            written = raw[leaf.line - 1]
            assert 1 <= leaf.column <= len(written) + 1
            # A block scalar's text stands below, a marked one's behind its mark.
            if leaf.text in written and written[leaf.column - 1 : leaf.column] not in set("|>!&"):
                assert written.startswith(leaf.text, leaf.column - 1)
            for mention in leaf.mentions:
                # What is escaped, or wrapped over two lines, stands nowhere as it is meant.
                below = raw[leaf.line - 1 : min([line for line in keys if line > leaf.line], default=last) - 1]
                assert stands_there(mention, raw) or in_flow or not any(mention.surface in line for line in below)


def check_visible(body: str) -> None:
    """Hiding keeps every place; what is hidden does not matter; an unrelated paragraph above only moves lines."""
    shown = visible_text(body)
    assert len(shown) == len(body)
    assert all(
        seen == written or (seen == " " and written not in "\r\n") for seen, written in zip(shown, body, strict=True)
    )
    note = parse_note(NotePath("x.md"), body_note(body))
    other = parse_note(NotePath("x.md"), body_note(with_other_words(body, shown)))
    assert [place(found) for found in body_mentions(other)] == [place(found) for found in body_mentions(note)]
    assert other.tags == note.tags
    moved = parse_note(NotePath("x.md"), body_note(f"Nothing to see.\n\n{body}"))
    assert moved.title == note.title
    assert [(line.line - 2, line.text, [place(found)[1:] for found in line.mentions]) for line in moved.lines] == [
        (line.line, line.text, [place(found)[1:] for found in line.mentions]) for line in note.lines
    ]
    assert [(tag.name, tag.line - 2) for tag in moved.tags] == [(tag.name, tag.line) for tag in note.tags]


def body_note(body: str) -> bytes:
    """A note of that body, whatever it begins with."""
    return f"---\na: 1\n---\n{body}".encode()


def place(mention: Mention) -> tuple[int, int, str, str]:
    return mention.line, mention.column, mention.syntax, mention.target


TAG = re.compile(r"</?[A-Za-z][^<>]*>")


def with_other_words(body: str, shown: str) -> str:
    """The body with another letter for every hidden one, save in tags, whose names tell what they hide."""
    names = {index for tag in TAG.finditer(body) for index in range(tag.start(), tag.end())}
    return "".join(
        "q" if seen != written and written.isalpha() and index not in names else written
        for index, (seen, written) in enumerate(zip(shown, body, strict=True))
    )


def check_edit(data: bytes) -> None:
    """What vaultrel writes into a note changes nothing that it reads there, and can be taken out again."""
    fields: dict[str, OwnedValue] = {"rel_strength": 50, "rel_band": "warm", "rel_last_contact": dt.date(2026, 5, 7)}
    patched = patch_frontmatter(data, fields)
    before = read_frontmatter(data)
    if isinstance(patched, Refusal):
        assert before.refusal is not None
        return
    assert before.refusal is None or before.refusal.code == "template"
    after = read_frontmatter(patched)
    assert patch_frontmatter(patched, fields) == patched
    assert after.body == before.body
    assert foreign(after.properties) == foreign(before.properties)
    assert {entry.key: entry.leaves[0].text for entry in after.properties if entry.key in fields} == {
        key: str(value) for key, value in fields.items()
    }
    stripped = strip_frontmatter(patched)
    assert not isinstance(stripped, Refusal)
    assert stripped == data or b"rel_" in data


def foreign(properties: tuple[Property, ...]) -> list[tuple[str, str, list[str]]]:
    return [
        (entry.key, entry.shape, [leaf.text for leaf in entry.leaves])
        for entry in properties
        if entry.key not in OWNED_FIELDS
    ]


JANE = "---\ntype: person\nhandle: ines\naliases: [Ines, Ines Vidal, 山田太郎]\n---\n"


def check_evidence(note: Note, lines: int, options: Settings = DEFAULT_SETTINGS) -> None:
    """What a note is and says is found without raising, and points to lines that it has."""
    classification = classify(note, options)
    person = read_person(note, options) if classification.kind == "person" else None
    registry = PeopleRegistry(options)
    registry.update(note.path, person, exists=True)
    other = parse_note(NotePath("People/Doe Jane.md"), JANE.encode())
    registry.update(other.path, read_person(other, options), exists=True)
    evidence = note_evidence(note, classification, registry, options)
    places = [reason.line for reason in (*classification.reasons, *classification.against)]
    places += [found.line for found in evidence.interactions]
    places += [found.line for found in evidence.promises]
    places += [found.mention.line for found in evidence.mentions]
    places += [found.line for found in (*evidence.diagnostics, *person_diagnostics(note, options))]
    if person is not None:
        assert person.name
        assert person.names[0] == person.name
        places += [line for _, line in person.lines]
    assert all(1 <= line <= max(lines, 1) for line in places)
    assert all(found.present >= 1 for found in evidence.interactions)
    assert note_evidence(note, classification, registry, options) == evidence


def check_texts(text: str) -> None:
    """The readers of short texts never raise, and what they find in a text is there."""
    line = text.replace("\n", " ")
    for mention in (*find_mentions(line, 3, 11), *split_names(line, 3, 11)):
        assert line[mention.column - 11 : mention.column - 11 + len(mention.surface)] == mention.surface
        assert mention.target
    for moment in (parse_moment(text), moment_in_name(text), parse_moment(text, "dmy"), parse_moment(text, "mdy")):
        assert moment is None or 1900 <= moment.day.year <= 2200
    assert not (is_ambiguous_day(text) and parse_moment(text) is not None)
    assert day_in_name(text) == (found.day if (found := moment_in_name(text)) else None)
    parse_time(text)
    assert (parse_cadence(text) or 0) >= 0
    assert skip_reason(text, DEFAULT_SETTINGS) in {None, *SKIP_REASONS}
    assert fold_name(fold_name(text)) == fold_name(text)
    cleaned = clean_text(text, 80)
    assert len(cleaned) <= 80
    assert clean_text(cleaned, 80) == cleaned


def check_settings(text: str) -> None:
    """A vault's own settings never make a path unreadable, whatever they say."""
    odd = ObsidianSettings(daily=((text, text), ("", text)), template_folders=(text,), ignored=(text, f"/{text}/"))
    day = daily_note_day(f"{text}/2026-05-07.md", odd.daily)
    assert day is None or 1900 <= day.year <= 2200
    assert skip_reason("a/2026-05-07.md", Settings(obsidian=odd, ignore=(text,), folder=text)) in {None, *SKIP_REASONS}
    said = json.dumps({"userIgnoreFilters": [text], "folder": text, "format": text})
    for path in OBSIDIAN_FILES:
        for content in (text, said, f'{{"daily": {text}, "calendarSets": [{text}]}}'):
            found, _ = read_obsidian({path: content.encode()})
            assert found.daily
    with pytest.raises(SettingsError):
        parse_settings({"me": text, text: {"a": text}, "people": {"tags": [text], text: text}}, text)
    parsed = parse_settings({"me": [text], "people": {"folders": [text]}, "contact": {"fields": {text: text}}}, text)
    assert parsed.me == (text,)


def check_all(path: str, data: bytes) -> None:
    """Every law, for the bytes of one note."""
    options = SETTINGS[len(data) % 2]
    note = check_note(NotePath(path), data, options)
    check_evidence(note, data.count(b"\n") + 1, options)
    check_edit(data)
    body = read_frontmatter(data).body
    check_visible(body)
    check_texts(body[:200])
    check_settings(body[:20])


# ------------------------------------------------------------------------------------------------------------- in tests


@settings(max_examples=400)
@given(st.sampled_from(PATHS), notes(), st.sampled_from(SETTINGS))
def test_what_is_read_stands_where_the_note_says_it_does(path: str, data: bytes, options: Settings) -> None:
    check_note(NotePath(path), data, options)


@settings(max_examples=300)
@given(st.sampled_from(PATHS), notes(), st.sampled_from(SETTINGS))
def test_evidence_points_to_lines_of_the_note(path: str, data: bytes, options: Settings) -> None:
    check_evidence(parse_note(NotePath(path), data, options), data.count(b"\n") + 1, options)


@settings(max_examples=300)
@given(notes())
def test_what_is_written_changes_nothing_that_is_read(data: bytes) -> None:
    check_edit(data)


@settings(max_examples=400)
@given(BODIES)
def test_hidden_words_and_paragraphs_above_do_not_matter(body: str) -> None:
    check_visible(body)


LINES_OF_TEXT = st.lists(
    st.tuples(
        st.sampled_from(["w ", "- w ", "> w ", "# w "]), st.lists(st.sampled_from(INLINE), max_size=6).map("".join)
    ),
    max_size=5,
).map(lambda lines: "\n".join("".join(line) for line in lines))


@settings(max_examples=300)
@given(LINES_OF_TEXT)
def test_blanks_in_place_of_hidden_text_leave_the_same_mentions(body: str) -> None:
    shown = visible_text(body)
    # Where the start of a line is hidden, blanks in its place would make another block of it.
    assume(all(line.lstrip("-># ").startswith("w") for line in shown.split("\n") if line))
    hidden, blank = (parse_note(NotePath("x.md"), body_note(text)) for text in (body, shown))
    assert [place(found) for found in body_mentions(blank)] == [place(found) for found in body_mentions(hidden)]


@settings(max_examples=300)
@given(st.text(max_size=40) | st.lists(st.sampled_from([*INLINE, *YAML]), max_size=8).map("".join))
def test_short_texts_and_settings_are_read_whatever_they_are(text: str) -> None:
    check_texts(text)
    check_settings(text)


CODE_SIGNS = [
    "`", "``", "```", "~~~", "\n", "\n\n", "    ", "\t", "- ", "> ", "1. ", "\n```\n", "\n    ", "# ", " a ",
    "\n- ",
]  # fmt: skip
NESTED_MARKER = re.compile(r"^[ \t>]*(?:\t| {4})[ \t>]*(?:[-*]|\d\.)", re.MULTILINE)


@settings(max_examples=400)
@given(st.lists(st.sampled_from([*CODE_SIGNS, "[[@]]"]), max_size=24))
def test_mentions_are_where_a_commonmark_parser_sees_text_and_never_in_code(pieces: list[str]) -> None:
    body = "".join(piece.replace("@", f"w{index}w") for index, piece in enumerate(pieces))
    assume(not NESTED_MARKER.search(body))  # the one rule in which vaultrel goes its own way, on purpose
    mentioned = {mention.target for mention in body_mentions(parse_note(NotePath("x.md"), body_note(body)))}
    is_code = links_in_code(body)
    assert mentioned == {target for target, code in is_code.items() if not code}


def links_in_code(body: str) -> dict[str, bool]:
    """For each link ``[[w1w]]`` of a body, whether a CommonMark parser takes it for code."""
    found: dict[str, bool] = {}
    for block in MarkdownIt("commonmark").parse(body):
        if block.type in {"fence", "code_block"}:
            found |= dict.fromkeys(re.findall(r"w\d+w", block.content + block.info), True)
        for span in block.children or []:
            if span.type in {"text", "code_inline"}:
                found |= dict.fromkeys(re.findall(r"w\d+w", span.content), span.type == "code_inline")
    return found


def test_fields_within_fields_do_not_repeat_a_long_line_many_times() -> None:
    line = "[a:: " * 10_000 + "]" * 10_000
    (kept,) = parse_note(NotePath("x.md"), line.encode()).lines
    assert kept.fields
    assert sum(len(found.value) for found in kept.fields) <= 10 * len(line)
