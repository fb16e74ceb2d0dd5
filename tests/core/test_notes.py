"""What is taken from one note; the cases are in data/notes, each a note with everything it must give."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaultrel.core.notes import parse_note
from vaultrel.model import Note, NotePath, TextLine
from vaultrel.settings import Settings

DATA = Path(__file__).parent / "data" / "notes"
CASES = json.loads((DATA / "notes.json").read_text(encoding="utf-8"))
PIECES = [
    "[[Ines]]",
    "- ",
    "[ ] ",
    "a:: b",
    "# ",
    "\n",
    "\r\n",
    "---\n",
    "date: 2026-05-07",
    "Attendees:",
    "`",
    "%%",
    "@x",
]
PIECES += ["📅 2026-05-07", "(", ")", "[", "]", "é", "\ufeff", "\x00", "    ", "> ", "#tag ", ", ", "2026-05-07 "]


def note_of(text: str | bytes, path: str = "A.md", settings: Settings | None = None) -> Note:
    data = text.encode() if isinstance(text, str) else text
    return parse_note(NotePath(path), data, settings or Settings())


def shown_line(line: TextLine) -> dict[str, Any]:
    task = line.task
    days = [None if day is None else day.isoformat() for day in (task.due, task.done, task.cancelled)] if task else []
    shown = {
        "attendees": line.attendees,
        "date": line.date and line.date.isoformat(),
        "own": line.own_date,
        "is_heading": line.is_heading,
        "task": [task.status, *days] if task else None,
        "fields": [[field.key, field.value] for field in line.fields],
        "mentions": [mention.target for mention in line.mentions],
    }
    return {key: value for key, value in shown.items() if value}


@pytest.mark.parametrize("case", [pytest.param(case, id=case["rule"]) for case in CASES if "lines" in case["expect"]])
def test_a_note_keeps_the_lines_that_say_something(case: dict[str, Any]) -> None:
    kept = {line.line: line for line in note_of(case["text"], case["path"]).lines}
    expected = {int(line): dict(wanted) for line, wanted in case["expect"]["lines"].items()}
    headings = {line: wanted.pop("heading") for line, wanted in expected.items() if "heading" in wanted}
    assert {number: shown_line(line) for number, line in kept.items()} == expected
    assert {number: kept[number].heading for number in headings} == headings


@pytest.mark.parametrize("case", [pytest.param(case, id=case["rule"]) for case in CASES])
def test_a_note_says_when_and_what_it_is(case: dict[str, Any]) -> None:
    expect = case["expect"]
    note = note_of(case["text"], case["path"])
    date = note.date
    shown = date and [date.day.isoformat(), date.time and date.time.isoformat(), date.source, date.line]
    wanted = (
        [expect["date"], expect.get("time"), expect["source"], expect.get("date_line", 1)] if "date" in expect else None
    )
    assert shown == wanted
    assert note.daily is expect.get("daily", False)
    assert note.template is expect.get("template", False)
    assert note.title == expect.get("title", note.title)
    if "lead" in expect:
        assert note.lead
        assert note.lead.text == expect["lead"]
    assert [tag.name for tag in note.tags] == expect.get("tags", [])
    assert [[found.code, found.line, found.column] for found in note.diagnostics] == expect.get("codes", [])


def test_the_digest_is_that_of_the_bytes() -> None:
    data = b"\xef\xbb\xbf---\r\na: 1\r\n---\r\nx"
    assert note_of(data).digest == hashlib.sha256(data).hexdigest()


def test_lines_and_columns_are_those_of_the_raw_file() -> None:
    text = "\ufeff---\r\ntype: person\r\n---\r\n\r\n- é [[Ines Vidal]]\r\n"
    (line,) = note_of(text).lines
    assert (line.line, line.text) == (5, "- é [[Ines Vidal]]")
    assert [(mention.line, mention.column, mention.surface) for mention in line.mentions] == [(5, 5, "[[Ines Vidal]]")]


def test_a_byte_order_mark_takes_no_column() -> None:
    (line,) = note_of("\ufeff[[Ines]]").lines
    assert line.mentions[0].column == 1


def test_a_field_says_where_its_value_stands() -> None:
    text = "saw (person:: [[Noor]] ) there"
    (field,) = note_of(text).lines[0].fields
    assert text[field.start - 1 : field.end - 1] == field.value == "[[Noor]]"


def test_a_mention_is_given_as_it_was_written_with_its_hidden_parts() -> None:
    (line,) = note_of("see [[Ines|the `c`]]").lines
    assert line.mentions[0].surface == "[[Ines|the `c`]]"


def test_a_long_line_is_cut_and_its_mentions_are_not() -> None:
    (line,) = note_of("x" * 1000 + " [[Ines]]").lines
    assert len(line.text) == 400
    assert line.mentions[0].column == 1002


def test_the_order_of_day_and_month_comes_from_the_settings() -> None:
    note = note_of("---\ndate: 07/05/2026\n---\n", settings=Settings(date_order="dmy"))
    assert note.date
    assert note.date.day == dt.date(2026, 5, 7)
    assert note.diagnostics == ()


def test_words_for_attendees_come_from_the_settings() -> None:
    settings = Settings(meetings=Settings().meetings.__class__(attendee_headings=("mannskap",)))
    assert [
        line.attendees for line in note_of("## Mannskap\n- Ines\n## Attendees\n- [[Omar]]\n", settings=settings).lines
    ] == [
        True,
        False,
    ]


@given(
    st.binary(max_size=200) | st.lists(st.sampled_from(PIECES), max_size=30).map(lambda parts: "".join(parts).encode())
)
def test_any_bytes_make_a_note_whose_places_hold(data: bytes) -> None:
    note = note_of(data, "2026-05-07.md")
    raw = data.decode("utf-8", errors="replace").removeprefix("\ufeff").split("\n")
    for line in note.lines:
        for mention in line.mentions:
            start = mention.column - 1
            assert raw[mention.line - 1][start : start + len(mention.surface)] == mention.surface
        for field in line.fields:
            assert len(field.value) == field.end - field.start
    assert [line.line for line in note.lines] == sorted({line.line for line in note.lines})


@pytest.mark.parametrize(
    "piece", ["[a:: ", "(a::b) ", "((", "a:b ", "*", "- ", "#a ", "a, ", "(@2026 ", "x::", "])", "👥"]
)
@pytest.mark.parametrize("start", ["", "- [ ] ", "Attendees: "])
def test_a_very_long_line_is_read(start: str, piece: str) -> None:
    note = note_of(start + piece * (60_000 // len(piece)))
    assert all(len(line.text) <= 400 for line in note.lines)
