"""Which days and times are read from what people write; the cases are in data/dates."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaultrel.core.dates import (
    Moment,
    coming_day_in_text,
    daily_note_day,
    day_in_name,
    days_in_text,
    find_month,
    is_ambiguous_day,
    moment_in_name,
    parse_day,
    parse_moment,
    parse_time,
)

DATA = Path(__file__).parent / "data" / "dates"
DAYS = st.dates(dt.date(1900, 1, 1), dt.date(2200, 12, 31))

FORMS = ["%Y-%m-%d", "%Y/%m/%d", "%Y%m%d", "%B %d, %Y", "%d %b %Y", "%Y年%m月%d日", "[[%Y-%m-%d]]"]


def cases(name: str) -> list[Any]:
    found = json.loads((DATA / name).read_text(encoding="utf-8"))
    return [pytest.param(case, id=" ".join(map(str, case.values()))) for case in found]


def moment_of(case: dict[str, Any]) -> Moment | None:
    if case["day"] is None:
        return None
    return Moment(dt.date.fromisoformat(case["day"]), dt.time.fromisoformat(case["time"]) if "time" in case else None)


@pytest.mark.parametrize("case", cases("values.json"))
def test_a_value_starts_with_a_day_or_has_none(case: dict[str, Any]) -> None:
    order = case.get("order", "")
    expected = moment_of(case)
    assert parse_moment(case["text"], order) == expected
    assert parse_day(case["text"], order) == (expected and expected.day)


@pytest.mark.parametrize("case", cases("values.json"))
def test_only_a_day_with_two_readings_is_ambiguous(case: dict[str, Any]) -> None:
    if "order" not in case:
        assert is_ambiguous_day(case["text"]) is case.get("ambiguous", False)


@pytest.mark.parametrize("case", cases("stems.json"))
def test_a_file_name_holds_a_day_or_none(case: dict[str, Any]) -> None:
    order = case.get("order", "")
    expected = moment_of(case)
    assert moment_in_name(case["text"], order) == expected
    assert day_in_name(case["text"], order) == (expected and expected.day)


@pytest.mark.parametrize("case", cases("times.json"))
def test_a_time_is_read_as_it_is_written(case: dict[str, Any]) -> None:
    assert parse_time(case["text"]) == (case["time"] and dt.time.fromisoformat(case["time"]))


@pytest.mark.parametrize("case", cases("daily.json"))
def test_a_daily_note_is_known_by_folder_and_format(case: dict[str, Any]) -> None:
    day = daily_note_day(case["path"], ((case["folder"], case["format"]),))
    assert day == (case["day"] and dt.date.fromisoformat(case["day"]))


def test_the_first_format_that_fits_names_the_day() -> None:
    daily = (("Daily", "DD-MM-YYYY"), ("", "YYYY-MM-DD"))
    assert daily_note_day("Daily/04-05-2026.md", daily) == dt.date(2026, 5, 4)
    assert daily_note_day("Daily/2026-05-04.md", daily) == dt.date(2026, 5, 4)


@given(
    DAYS, st.sampled_from(["%Y-%m-%d", "%Y/%m/%d", "%Y%m%d", "%B %d, %Y", "%d %b %Y", "%Y年%m月%d日", "[[%Y-%m-%d]]"])
)
def test_every_day_is_read_back_from_every_form(day: dt.date, form: str) -> None:
    assert parse_day(day.strftime(form)) == day


@given(DAYS, st.sampled_from(["YYYY-MM-DD", "YYYY/MMMM/D", "DD.MM.YYYY", "dddd Do MMMM YYYY"]))
def test_every_day_is_read_back_from_a_daily_note(day: dt.date, form: str) -> None:
    suffix = {1: "st", 2: "nd", 3: "rd"}.get(day.day % 10 if day.day not in {11, 12, 13} else 0, "th")
    stem = (
        form.replace("YYYY", str(day.year))
        .replace("MMMM", "\1")
        .replace("MM", f"{day.month:02}")
        .replace("DD", f"{day.day:02}")
        .replace("dddd", "\2")
        .replace("Do", f"{day.day}{suffix}")
        .replace("D", str(day.day))
        .replace("\1", day.strftime("%B"))
        .replace("\2", day.strftime("%A"))
    )
    assert daily_note_day(f"Journal/{stem}.md", (("Journal", form),)) == day


@given(st.text("0123456789-/.T: []ay年月日ZMmdY{}", max_size=80))
def test_no_text_is_too_odd_to_read(text: str) -> None:
    for moment in (parse_moment(text), moment_in_name(text), parse_moment(text, "dmy")):
        assert moment is None or 1900 <= moment.day.year <= 2200
    parse_time(text)
    daily_note_day(text, (("", text), (text, "YYYY-MM-DD")))


NOTED = dt.date(2026, 5, 1)  # a Friday


@pytest.mark.parametrize("case", cases("sentences.json"))
def test_a_sentence_names_days_with_a_year_or_those_that_come_after_it_was_noted(case: dict[str, Any]) -> None:
    order = case.get("order", "")
    coming = coming_day_in_text(case["text"], NOTED, order)
    if "whole" in case:
        assert [str(found.day) for found in days_in_text(case["text"], order)] == case["whole"]
    else:
        assert (coming and str(coming.day)) == case.get("coming")


@given(DAYS, DAYS, st.sampled_from(["It is {month} {day}", "on {day} {month}"]))
def test_a_day_without_a_year_is_the_first_that_is_not_before_it_was_noted(
    noted: dt.date, day: dt.date, form: str
) -> None:
    found = coming_day_in_text(form.format(month=f"{day:%B}", day=day.day), noted)
    if found is not None:
        assert (found.day.month, found.day.day) == (day.month, day.day)
        assert 0 <= (found.day - noted).days < 366


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("moves in June", 6),
        ("zieht im Mai um", 6),
        ("en junio", 0),
        ("in may", None),
        ("in Paris", None),
        ("June", None),
    ],
)
def test_a_month_is_named_after_a_word_such_as_in(text: str, at: int | None) -> None:
    assert find_month(text) == at
