"""The table for spreadsheets: read back by Python's own reader, and never a formula."""

from __future__ import annotations

import csv
import datetime as dt
from io import StringIO
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from vaultrel.outputs.csv_table import COLUMNS, CsvTable

if TYPE_CHECKING:
    from tests.outputs.conftest import MakeSnapshot, MakeState

    from vaultrel.model import Snapshot
    from vaultrel.outputs import RenderContext


def rows(snapshot: Snapshot, context: RenderContext) -> list[dict[str, str]]:
    text = CsvTable().render(snapshot, context).decode("utf-8-sig")
    return list(csv.DictReader(StringIO(text, newline=""), strict=True))


def test_a_line_says_who_and_how_the_tie_stands(
    snapshot: MakeSnapshot, state: MakeState, context: RenderContext
) -> None:
    ada = state("Ada Lind")
    (row,) = rows(snapshot(people=(ada,)), context)
    assert tuple(row) == COLUMNS
    assert (row["name"], row["note"], row["band"]) == ("Ada Lind", ada.person.path, ada.tie.band)
    assert row["strength"] == str(ada.tie.strength)
    assert row["relationship"] == ("yes" if ada.tie.relationship else "no")


@pytest.mark.parametrize("name", ["=1+1", "+49 30", "-2", "@SUM(A1)", "\t=1", "=cmd|' /C calc'!A0"])
def test_no_cell_is_a_formula(name: str, snapshot: MakeSnapshot, state: MakeState, context: RenderContext) -> None:
    odd = state("Ada Lind")
    odd = replace(odd, person=replace(odd.person, name=name))
    (row,) = rows(snapshot(people=(odd,)), context)
    assert row["name"].startswith("'")


@pytest.mark.parametrize("name", ['Ada "Ace" Lind', "Lind, Ada", "Ada\r\nLind", "Ada\x00Lind", "\ud800", "日記 👋🏽"])
def test_whatever_a_name_holds_it_is_one_cell(
    name: str, snapshot: MakeSnapshot, state: MakeState, context: RenderContext
) -> None:
    odd = state("Ada Lind")
    odd = replace(odd, person=replace(odd.person, name=name))
    (row,) = rows(snapshot(people=(odd,)), context)
    assert None not in row
    assert row["note"] == odd.person.path


def test_a_birthday_without_a_year_says_none(snapshot: MakeSnapshot, state: MakeState, context: RenderContext) -> None:
    ada = state("Ada Lind")
    born = [dt.date(1604, 4, 12), dt.date(1990, 4, 12), None]
    people = tuple(replace(ada, person=replace(ada.person, birthday=day)) for day in born)
    assert [row["birthday"] for row in rows(snapshot(people=people), context)] == ["04-12", "1990-04-12", ""]
