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


def test_one_contact_more_makes_the_tie_what_it_would_be_had_it_happened(on_vault: Run, vault: Path) -> None:
    supposed = on_vault("why", "Ada", "--if", "coffee", "--json").json["outlook"]
    assert supposed["contact"] == "coffee"
    (vault / "Daily/2026-06-30.md").write_text("- coffee:: [[Ada Moreau]]\n", encoding="utf-8")
    really = on_vault("why", "Ada", "--json").json
    assert (supposed["strength"], supposed["band"], supposed["due"], supposed["terms"]) == (
        really["person"]["strength"],
        really["person"]["band"],
        really["person"]["due"],
        really["terms"],
    )


def test_a_contact_supposed_is_told_as_a_change(on_vault: Run) -> None:
    now = on_vault("why", "Ada", "--json").json["person"]["strength"]
    supposed = on_vault("why", "Ada", "--if", "call", "--at", "2026-07-04")
    then = on_vault("why", "Ada", "--if", "call", "--at", "2026-07-04", "--json").json["outlook"]["strength"]
    assert then > now
    assert f"Call on 2026-07-04: strength {now} → {then}" in supposed.out


def test_the_future_asked_about_is_one_of_silence(on_vault: Run, vault: Path) -> None:
    (vault / "Daily/2026-07-02.md").write_text("- met:: [[Ada Moreau]]\n", encoding="utf-8")
    now = on_vault("why", "Ada", "--json").json["person"]["strength"]
    later = on_vault("why", "Ada", "--at", "2026-12-31", "--json").json["outlook"]
    assert later["strength"] < now
    assert "if you are not in touch before" in on_vault("why", "Ada", "--at", "2026-12-31").out


def test_the_past_asked_about_is_what_it_was_on_that_day(on_vault: Run) -> None:
    then = on_vault("why", "Ada", "--at", "2026-04-10", "--json").json["outlook"]
    assert then["strength"] == on_vault("--as-of", "2026-04-10", "why", "Ada", "--json").json["person"]["strength"]
    assert f"On 2026-04-10: {then['strength']} of 100" in on_vault("why", "Ada", "--at", "2026-04-10").out


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--if", "telepathy"), "Choose one of: call,"),
        (("--if", "call", "--at", "2026-06-01"), "--if goes with a day to come"),
        (("--at", "soon"), "write it as 2026-06-30"),
    ],
)
def test_an_outlook_that_cannot_be_given_says_what_to_type(on_vault: Run, options: tuple[str, ...], told: str) -> None:
    done = on_vault("why", "Ada", *options)
    assert (done.code, done.out) == (2, "")
    assert told in done.err


def test_the_strongest_a_tie_ever_was_is_said_once_it_is_past(on_vault: Run) -> None:
    document = on_vault("why", "Ada", "--json").json["person"]
    assert document["peak"] > document["strength"]
    assert document["peak_day"] == "2026-05-11"
    assert f"At its strongest: {document['peak']} on 2026-05-11." in on_vault("why", "Ada").out
