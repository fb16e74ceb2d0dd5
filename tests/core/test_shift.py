from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaultrel.core.shift import STORY_DAY, demo_shift_days, shift_dates

MOVED_BY_A_WEEK = [
    # before, after
    ("Her show opens on 2026-07-10, 18:00.", "Her show opens on 2026-07-17, 18:00."),
    ("date: 2026-06-15T10:30", "date: 2026-06-22T10:30"),
    ("- [[2026-05-07]] dinner", "- [[2026-05-14]] dinner"),
    ("[[2026-07-09 Coffee with Kenji|coffee]]", "[[2026-07-16 Coffee with Kenji|coffee]]"),
    ("[day](../Daily/2026-05-05.md)", "[day](../Daily/2026-05-12.md)"),
    ("- [x] called ✅ 2026-12-29", "- [x] called ✅ 2027-01-05"),
    ("2024-02-24/2024-02-25", "2024-03-02/2024-03-03"),
    ("2026-06-30-Tuesday", "2026-07-07-Tuesday"),
]

KEPT = [
    "birthday: 1990-10-08",
    'birthday: "--03-24"',
    "first of the years before: 2022-12-31",
    "far ahead: 2029-01-01",
    "no such day: 2026-02-30",
    "number: 12026-06-30",
    "number: 2026-06-301",
    "stamp: 20260630",
    "unpadded: 2026-6-30",
    "words: 30 June 2026",
    "digits of another script: ٢٠٢٦-٠٦-٣٠",
]


@pytest.mark.parametrize(("before", "after"), MOVED_BY_A_WEEK)
def test_an_iso_date_of_the_story_moves_wherever_it_stands(before: str, after: str) -> None:
    assert shift_dates("Note.md", before.encode(), 7) == ("Note.md", after.encode())


@pytest.mark.parametrize("text", KEPT)
def test_what_is_no_date_of_the_story_stays(text: str) -> None:
    assert shift_dates(f"{text}.md", text.encode(), 7) == (f"{text}.md", text.encode())


def test_a_date_in_a_file_or_folder_name_moves() -> None:
    assert shift_dates("Trips/2025-12-28 Tomás/2025-12-31.md", b"", 7)[0] == "Trips/2026-01-04 Tomás/2026-01-07.md"


def test_the_first_and_the_last_day_of_the_story_move() -> None:
    assert shift_dates("", b"2023-01-01 2028-12-31", 1)[1] == b"2023-01-02 2029-01-01"


def test_a_shift_beyond_the_calendar_keeps_the_date() -> None:
    assert shift_dates("", b"2026-06-30", 10_000_000)[1] == b"2026-06-30"


@given(
    before=st.binary(max_size=30),
    day=st.dates(dt.date(2024, 1, 1), dt.date(2027, 12, 31)),
    after=st.binary(max_size=30),
    days=st.integers(-365, 365),
)
def test_shifting_keeps_the_length_and_every_foreign_byte_and_can_be_taken_back(
    before: bytes, day: dt.date, after: bytes, days: int
) -> None:
    data = before + b" " + day.isoformat().encode() + b" " + after
    path, shifted = shift_dates("Note.md", data, days)
    assert len(shifted) == len(data)
    assert (day + dt.timedelta(days=days)).isoformat().encode() in shifted
    if days == 0:
        assert shifted == data
    assert shift_dates(path, shifted, -days) == ("Note.md", data)


@given(st.dates(dt.date(2020, 1, 1), dt.date(2099, 12, 31)))
def test_a_demonstration_is_current_within_the_week_and_keeps_weekdays(today: dt.date) -> None:
    days = demo_shift_days(today)
    story_day = STORY_DAY + dt.timedelta(days=days)
    assert days % 7 == 0
    assert dt.timedelta(0) <= today - story_day <= dt.timedelta(days=6)


def test_on_the_story_day_nothing_moves() -> None:
    assert demo_shift_days(STORY_DAY) == 0
