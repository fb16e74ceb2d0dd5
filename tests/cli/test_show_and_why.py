from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Run


@pytest.mark.parametrize("query", ["Ada Moreau", "ada", "Mor", "People/Ada Moreau.md", "People/Ada Moreau"])
def test_a_person_is_found_by_name_alias_beginning_or_path(on_vault: Run, query: str) -> None:
    assert on_vault("show", query, "--json").json["person"]["path"] == "People/Ada Moreau.md"


def test_show_tells_the_tie_the_contacts_and_the_promise(on_vault: Run) -> None:
    out = on_vault("show", "Ada").out
    assert out.startswith("Ada Moreau   ")
    assert re.search(r"Last contact +2026-05-11", out)
    assert "Meetings/2026-05-11 Lunch.md:" in out
    assert "glaze recipe" in out
    assert "Daily/2026-06-29.md:2" in out


def test_an_ambiguous_person_is_asked_back_not_guessed(on_vault: Run) -> None:
    done = on_vault("show", "Dan")
    assert done.code == 2
    assert done.out == ""
    assert "Dan Hale" in done.err
    assert "Dan Weiss" in done.err


def test_an_unknown_person_is_met_with_the_nearest_name(on_vault: Run) -> None:
    done = on_vault("why", "Ada Morea u")
    assert done.code == 2
    assert done.err.splitlines()[-1] == "Did you mean Ada Moreau?"


def test_the_terms_sum_to_the_strength_shown(on_vault: Run) -> None:
    answer = on_vault("why", "Ada", "--json").json
    assert answer["person"]["strength"] > 0
    assert sum(term["points"] for term in answer["terms"]) == answer["person"]["strength"]
    out = on_vault("why", "Ada").out
    for term in answer["terms"]:
        assert term["label"] in out
    assert re.search(rf"────\n +{answer['person']['strength']}\n", out)


def test_every_line_of_evidence_exists(on_vault: Run, vault: Path) -> None:
    places = re.findall(r"(\S.*\.md):([0-9]+)", on_vault("why", "Ada", "--all").out)
    assert len(places) == 3
    for path, line in places:
        name = path[path.index("Meetings/") :]
        assert int(line) <= len((vault / name).read_text().splitlines())


def test_why_says_which_conditions_of_a_relationship_hold(on_vault: Run) -> None:
    related, met_once = on_vault("why", "Ada"), on_vault("why", "Ben")
    assert "\nA relationship\n" in related.out
    assert "✗" not in related.out
    assert "\nNot a relationship yet\n" in met_once.out
    assert "✗" in met_once.out


@pytest.mark.parametrize(
    ("note", "kind"),
    [
        ("People/Ada Moreau.md", "person"),
        ("Meetings/2026-03-02 Lunch.md", "meeting"),
        ("Daily/2026-06-29.md", "other"),
    ],
)
def test_why_a_note_is_taken_for_what_it_is(on_vault: Run, note: str, kind: str) -> None:
    answer = on_vault("why", "--note", note, "--json").json
    assert (answer["schema"], answer["path"], answer["kind"]) == ("vaultrel.why-note/1", note, kind)
    assert on_vault("why", "--note", note).out.startswith(note)


def test_a_note_may_be_named_as_the_shell_completes_it(
    on_vault: Run, vault: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(vault / "People")
    assert on_vault("why", "--note", "Ada Moreau.md", "--json").json["path"] == "People/Ada Moreau.md"


@pytest.mark.parametrize(
    ("note", "reason"),
    [
        ("Templates/Person.md", "it is a template"),
        ("vaultrel/Names.md", "vaultrel writes that folder itself"),
        ("People/Nobody.md", "there is no such file"),
    ],
)
def test_a_note_that_is_not_read_is_answered_with_the_reason(on_vault: Run, note: str, reason: str) -> None:
    done = on_vault("why", "--note", note)
    assert done.code == 2
    assert f"{note} is not read as a note: {reason}" in done.err


def test_why_wants_a_person_or_a_note(on_vault: Run) -> None:
    assert on_vault("why").code == 2
    assert on_vault("why", "Ada", "--note", "People/Ada Moreau.md").code == 2
