from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import MakeVault, Run


def test_the_headline_counts_relationships_before_contacts(on_vault: Run) -> None:
    assert on_vault("today").out.startswith("1 relationship out of 5 contacts")


def test_each_follow_up_says_why_and_what_to_do_and_when_it_was_last(on_vault: Run) -> None:
    answer = on_vault("today", "--json").json
    text = " ".join(on_vault("today").out.split())
    assert answer["followups"]
    for followup in answer["followups"]:
        assert followup["name"] in text
        assert followup["reason"] in text
        assert f"→ {followup['action']}" in text
        assert followup["last_time"] in text
        assert followup["evidence"]


@pytest.mark.parametrize("columns", [60, 72, 80, 100, 120])
def test_sentences_keep_room_however_narrow_the_terminal(
    on_vault: Run, monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    headline, empty, *lines = on_vault("today").out.splitlines()
    assert empty == ""
    assert all(len(line) <= min(columns, 100) for line in lines)
    (column,) = {line.index("→ ") + 2 for line in lines if "→ " in line}
    assert min(columns, 100) - column >= 40
    assert " ".join(" ".join(lines).split()).count("Last time: ") == headline.count("relationship") + 1


def test_somebody_met_for_the_first_time_is_new(on_vault: Run) -> None:
    line = next(line for line in on_vault("today").out.splitlines() if line.startswith("Ben Okoro"))
    assert line.split()[2] == "new"


def test_looking_less_far_ahead_shows_less_and_counts_the_rest(on_vault: Run) -> None:
    near, far = on_vault("today", "--days", "1"), on_vault("today", "--days", "366")
    assert len(near.out) < len(far.out)
    assert "can wait" in near.err


def test_nobody_due_is_said_calmly(run: Run, make_vault: MakeVault) -> None:
    vault = make_vault({"People/Ada Moreau.md": "A note.\n"})
    done = run("--vault", vault, "--as-of", "2026-06-30", "today")
    assert done.code == 0
    assert "Nobody to get in touch with in the next 7 days." in done.out


def test_asked_again_it_says_the_same_without_opening_the_vault(
    run: Run, vault: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vaultrel.core.changes.COARSE_CLOCK_NS", 0)
    first = run("--vault", vault, "today")
    assert first.code == 0
    with monkeypatch.context() as patched:
        patched.delattr("vaultrel.app.opening.open_vault")
        assert run("--vault", vault, "today") == first
        assert run("--vault", vault, "today", "--json").json["contacts"] == 5
        assert run("--vault", vault, "--as-of", "2026-06-30", "today").code != 0
    (vault / "People/New Face.md").write_text("")
    assert "6 contacts" in run("--vault", vault, "today").out


@pytest.mark.parametrize(
    ("name", "typed"),
    [("Ada Moreau", "ada"), ("Dan Hale", "'Dan Hale'"), ("$(x) Y", "'$(x)'"), ("Zoë Ek", "'zoë'"), ("Dan", "dan")],
)
def test_the_commands_proposed_name_the_person_as_a_shell_reads_it(
    run: Run, make_vault: MakeVault, name: str, typed: str
) -> None:
    vault = make_vault(
        {
            "People/Pal.md": f"---\nname: {json.dumps(name)}\n---\n",
            "People/Dan Weiss.md": "x\n",
            "2026-06-29.md": "met:: [[Pal]]\n",
        }
    )
    said = run("--vault", vault, "--as-of", "2026-06-30", "today").err
    assert f"vaultrel why {typed} · vaultrel done {typed} · vaultrel snooze {typed} 1w" in said
    assert run("--vault", vault, "show", *shlex.split(typed)).code == 0
