"""The time of day that a line gives for a day."""

from __future__ import annotations

import datetime as dt
import time

import pytest

from vaultrel.core.times import time_on

DAY = dt.date(2026, 7, 3)  # a Friday


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Call [[Ada]] 2026-07-03 14:30", "14:30"),
        ("Call [[Ada]] 2026-07-03T14:30", "14:30"),
        ("Call [[Ada]] ⏰ 2026-07-03 14:30 📅 2026-07-03", "14:30"),
        ("Call [[Ada]] (@2026-07-03 9:05)", "09:05"),
        ("Concert on 3 July 2026 at 7 pm", "19:00"),
        ("Concert on 3 July at 19:00", "19:00"),
        ("Her talk on Friday at 10:15", "10:15"),
        ("Call [[Ada]] at 14:30 📅 2026-07-03", "14:30"),
        ("[[Ada]] um 14:30 anrufen 📅 2026-07-03", "14:30"),
        ("Appeler [[Ada]] à 14h30 📅 2026-07-03", "14:30"),
        ("[[Ada]] @14:30 📅 2026-07-03", "14:30"),
        ("Call [[Ada]] at 2 p.m. 📅 2026-07-03", "14:00"),
        ("Midnight train 2026-07-03 00:00", "00:00"),
    ],
)
def test_a_time_beside_the_day_or_after_at_is_the_time(text: str, expected: str) -> None:
    assert time_on(text, DAY) == dt.time.fromisoformat(expected)


@pytest.mark.parametrize(
    "text",
    [
        "Call [[Ada]] 📅 2026-07-03",
        "Send [[Ada]] John 3:16 📅 2026-07-03",
        "Won 3:2 📅 2026-07-03",
        "Meet at 5 📅 2026-07-03",
        "Chat at 25:00 📅 2026-07-03",
        "The look at 3.50 a piece 📅 2026-07-03",
        "Meet on 2026-07-05 at 14:00, send the plan 📅 2026-07-03",
        "Meet on 2026-07-05 14:00, send the plan 📅 2026-07-03",
        "",
    ],
)
def test_what_is_no_time_or_may_be_that_of_another_day_is_none(text: str) -> None:
    assert time_on(text, DAY) is None


@pytest.mark.parametrize("day", [dt.date.min, dt.date.max])
def test_the_first_and_last_day_there_is_are_days_like_others(day: dt.date) -> None:
    assert time_on("Call at 14:30", day) == dt.time(14, 30)


def test_a_hostile_line_takes_time_in_proportion_to_its_length() -> None:
    for piece in ("at ", "2026-07-03 ", "at 1", "2026-07-03 at ", "um 9:0", "9" * 50):
        began = time.process_time()
        time_on(piece * 50_000, DAY)
        assert time.process_time() - began < 0.5, piece
