"""Which note is the daily note of a day, and the line of contact at its end."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaultrel.core.daily_line import append_line, choose_daily_note, compose_contact, spell_link
from vaultrel.core.dates import daily_note_day
from vaultrel.model import NotePath

DAY = dt.date(2026, 6, 30)
EVE = dt.date(2026, 6, 29)


def choose(form: str, folder: str = "", held: dict[str, dt.date] | None = None) -> str | None:
    return choose_daily_note({NotePath(path): day for path, day in (held or {}).items()}, DAY, ((folder, form),))


NAMES = {
    "YYYY-MM-DD": "2026-06-30",
    "YYYY/MM-MMMM/YYYY-MM-DD": "2026/06-June/2026-06-30",
    "dddd, MMMM Do YYYY": "Tuesday, June 30th 2026",
    "YY-M-D ddd": "26-6-30 Tue",
    "[Day] YYYYMMDD": "Day 20260630",
    "GGGG-[W]WW/YYYY-MM-DD": "2026-W27/2026-06-30",
    "YYYY-[Q]Q-MM-DD-E-DDDD": "2026-Q2-06-30-2-181",
    "D. MMM YYYY": "30. Jun 2026",
}


@pytest.mark.parametrize(("form", "name"), NAMES.items(), ids=NAMES)
def test_a_daily_note_is_made_where_obsidian_would_make_it(form: str, name: str) -> None:
    assert choose(form, "Daily") == f"Daily/{name}.md"


@pytest.mark.parametrize("form", ["gggg-[W]ww-DD", "YYYY-MM-DD HHmm", "MM-DD", "[today]", "YYYY-MM-DD {{time}}"])
def test_a_format_that_leaves_the_name_open_makes_no_note(form: str) -> None:
    assert choose(form, "Daily") is None


def test_a_folder_with_a_placeholder_makes_no_note() -> None:
    assert choose("YYYY-MM-DD", "Daily/{{date:YYYY}}") is None


def test_notes_named_in_another_language_make_no_note_in_english() -> None:
    assert choose("YYYY-MM-DD dddd", "Daily", {"Daily/2026-06-29 Montag.md": EVE}) is None
    assert choose("YYYY-MM-DD dddd", "Daily", {"Daily/2026-06-29 Monday.md": EVE}) == "Daily/2026-06-30 Tuesday.md"


def test_the_note_of_that_day_is_taken_whatever_its_language() -> None:
    held = {"Daily/2026-06-29 Montag.md": EVE, "Daily/2026-06-30 Dienstag.md": DAY}
    assert choose("YYYY-MM-DD dddd", "Daily", held) == "Daily/2026-06-30 Dienstag.md"


def test_where_no_folder_is_set_the_note_of_that_day_counts_wherever_it_lies() -> None:
    assert choose("YYYY-MM-DD", "", {"Journal/2026-06-30.md": DAY}) == "Journal/2026-06-30.md"


def test_where_no_folder_is_set_a_new_note_goes_beside_the_latest() -> None:
    held = {"Old/2025-01-01.md": dt.date(2025, 1, 1), "Journal/2026-06-29.md": EVE}
    assert choose("YYYY-MM-DD", "", held) == "Journal/2026-06-30.md"


def test_a_set_folder_counts_and_no_other() -> None:
    assert choose("YYYY-MM-DD", "Daily", {"Archive/2026-06-30.md": DAY}) == "Daily/2026-06-30.md"


def test_the_spelling_of_a_note_that_is_there_stays() -> None:
    assert choose("YYYY-MM-DD", "daily", {"Daily/2026-06-30.md": DAY}) == "Daily/2026-06-30.md"


@given(st.text(alphabet="YMDdWGQE[]-/ .{}:amsx\\", max_size=30), st.dates(dt.date(1950, 1, 1), dt.date(2199, 1, 1)))
def test_a_note_that_is_made_is_read_back_as_one_of_that_day(form: str, day: dt.date) -> None:
    made = choose_daily_note({}, day, (("Daily", form),))
    assert made is None or daily_note_day(made, (("Daily", form),)) == day


ENDS = {
    "ended by a line feed": (b"one\n", b"one\nline\n"),
    "with Windows line ends": (b"one\r\ntwo\r\n", b"one\r\ntwo\r\nline\r\n"),
    "not ended": (b"one\ntwo", b"one\ntwo\nline"),
    "not ended, with Windows line ends": (b"one\r\ntwo", b"one\r\ntwo\r\nline"),
    "empty": (b"", b"line\n"),
    "ended by empty lines": (b"one\n\n\n", b"one\n\n\nline\n"),
    "not UTF-8": (b"\xff\n", b"\xff\nline\n"),
}


@pytest.mark.parametrize(("data", "made"), ENDS.values(), ids=ENDS)
def test_a_line_goes_behind_the_last_one_as_the_note_ends_its_lines(data: bytes, made: bytes) -> None:
    assert append_line(data, "line") == made


@given(st.binary(max_size=200), st.text(max_size=50))
def test_no_other_byte_is_touched(data: bytes, line: str) -> None:
    assert append_line(data, line).startswith(data)


def test_the_words_of_a_line_stay_on_it_and_are_capped() -> None:
    line = compose_contact("coffee", ["[[Ada]]", "[[Ben]]"], "one\ntwo\u2028\x1b[31m " + "x" * 1000)
    assert line.startswith("- [coffee:: [[Ada]], [[Ben]]] one two [31m xxx")
    assert len(line) < 350
    assert line.isprintable()


def test_a_link_is_a_name_or_a_whole_path_with_the_name_shown() -> None:
    path = NotePath("People/Ada Moreau.md")
    assert (spell_link(path), spell_link(path, whole=True)) == ("[[Ada Moreau]]", "[[People/Ada Moreau|Ada Moreau]]")
    assert spell_link(NotePath("Ada.md"), whole=True) == "[[Ada]]"
