from __future__ import annotations

import datetime as dt
import re
import shlex
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Run


def add_old_tie(vault: Path, name: str, last: str, weeks: int) -> None:
    (vault / f"People/{name}.md").write_text("Someone.\n")
    end = dt.date.fromisoformat(last)
    days = [end - dt.timedelta(weeks=back) for back in range(weeks)]
    log = "".join(f"- {day}: tea with {name.split(maxsplit=1)[0]}\n" for day in reversed(days))
    (vault / f"People/{name}.md").write_text(f"# {name}\n\n## Log\n{log}")


@pytest.fixture
def old_ties(vault: Path) -> Path:
    """The small vault with two ties that were once strong."""
    add_old_tie(vault, "Cleo Marsh", "2024-09-10", 12)
    add_old_tie(vault, "Noor Haas", "2022-09-10", 40)
    return vault


def test_the_tie_in_which_most_was_built_comes_first_with_last_time_why_and_do(on_vault: Run, old_ties: Path) -> None:
    out = on_vault("renetwork").out
    assert out.index("Noor Haas   ") < out.index("Cleo Marsh   ")
    assert re.search(r"^Noor Haas   [0-9]+ of 100 on 2022-09-10, 40 days of contact", out, re.MULTILINE)
    assert out.count("→ ") == 2
    assert "“tea with Noor”" in out
    assert "  People/Noor Haas.md:43\n" in out


def test_every_tie_has_its_evidence_and_every_line_exists(on_vault: Run, old_ties: Path) -> None:
    ties = on_vault("renetwork", "--json").json["ties"]
    assert [tie["person"]["name"] for tie in ties] == ["Noor Haas", "Cleo Marsh"]
    assert [tie["built"] for tie in ties] == [tie["person"]["peak"] * tie["person"]["contact_days"] for tie in ties]
    for tie in ties:
        assert tie["last_time"]
        assert tie["action"]
        assert tie["evidence"]
        for place in tie["evidence"]:
            assert place["line"] <= len((old_ties / place["path"]).read_text().splitlines())


def test_of_much_evidence_the_first_lines_are_shown_and_where_the_rest_is(on_vault: Run, old_ties: Path) -> None:
    for block in on_vault("renetwork").out.split("\n\n"):
        assert len([line for line in block.splitlines() if ".md:" in line]) <= 3
        rest = [line for line in block.splitlines() if line.endswith(" --all")]
        for line in rest:
            command = line.split(": vaultrel ")[1]
            assert on_vault(*shlex.split(command)).code == 0


def test_ties_are_found_although_the_plan_reserves_no_room_for_them(on_vault: Run, old_ties: Path) -> None:
    (old_ties / ".vaultrel").mkdir()
    (old_ties / ".vaultrel/config.toml").write_text("[plan]\nrenetwork_per_week = 0\n")
    ties = on_vault("renetwork", "--json").json["ties"]
    assert [(tie["person"]["name"], tie["planned"]) for tie in ties] == [("Noor Haas", None), ("Cleo Marsh", None)]


def test_a_long_list_is_cut_unless_all_is_wanted(on_vault: Run, vault: Path) -> None:
    for at in range(12):
        add_old_tie(vault, f"Cleo {at}", "2024-09-10", 12)
    assert (on_vault("renetwork").out.count("→ "), on_vault("renetwork", "--all").out.count("→ ")) == (10, 12)
    assert "2 more: --all" in on_vault("renetwork").err


def test_nobody_to_revive_is_said(on_vault: Run) -> None:
    assert on_vault("renetwork").out == "Nobody: no tie that was once strong is dormant.\n"
