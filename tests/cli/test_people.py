from __future__ import annotations

from typing import TYPE_CHECKING

from vaultrel.cli import people
from vaultrel.model import BANDS

if TYPE_CHECKING:
    import pytest
    from tests.cli.conftest import Run


def test_the_strongest_ties_come_first(on_vault: Run) -> None:
    shown = on_vault("people", "--json").json["people"]
    strengths = [person["strength"] for person in shown]
    assert strengths == sorted(strengths, reverse=True)
    assert strengths[0] > 0
    assert len(shown) == 5


def test_only_relationships_when_asked(on_vault: Run) -> None:
    assert [person["name"] for person in on_vault("people", "--relationships", "--json").json["people"]] == [
        "Ada Moreau"
    ]
    out = on_vault("people", "--relationships").out
    assert "●  Ada Moreau" in out
    assert "Ben" not in out


def test_a_narrow_terminal_leaves_out_what_tells_least_and_a_pipe_nothing(
    on_vault: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "usual gap" in on_vault("people").out
    monkeypatch.setattr("vaultrel.cli.screen.Screen.is_terminal", property(lambda _: True))
    for columns, last in (("100", "days"), ("60", "due"), ("50", "last contact"), ("20", "band")):
        monkeypatch.setenv("COLUMNS", columns)
        titles, *rows = on_vault("people").out.splitlines()
        assert titles.endswith(last)
        assert len(rows) == 5
        assert columns == "20" or all(len(row) <= int(columns) for row in (titles, *rows))


def test_every_band_can_be_chosen() -> None:
    assert people.BANDS == BANDS


def test_bands_can_be_chosen_together(on_vault: Run) -> None:
    every = on_vault("people", "--json").json["people"]
    some = on_vault("people", "--band", "new", "--band", "close", "--json").json["people"]
    assert some == [person for person in every if person["band"] in {"new", "close"}]


def test_nobody_fitting_is_said(on_vault: Run) -> None:
    done = on_vault("people", "--band", "dormant")
    assert done.out == ""
    assert "Nobody fits." in done.err
