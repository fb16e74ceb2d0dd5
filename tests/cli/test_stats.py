from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Run


def add_meetings(vault: Path, name: str, *days: str) -> None:
    (vault / f"People/{name}.md").write_text("Someone.\n")
    for day in days:
        text = f'---\ntype: meeting\ndate: {day}\nattendees: ["[[{name}]]"]\n---\n'
        (vault / f"Meetings/{day} {name}.md").write_text(text)


def test_the_headline_the_definition_and_the_change_are_told(on_vault: Run) -> None:
    out = on_vault("stats").out
    assert out.startswith("1 relationship out of 5 contacts")
    told = " ".join(out.split())
    assert "at least 3 days of contact, spread over at least 60 days, the last within 365 days (or 3 × the" in told
    assert re.search(r"2026-05-11  Ada Moreau  a relationship  Meetings/2026-05-11 Lunch\.md:[0-9]+\n", out)
    assert re.search(r"\n  2026-05  0\n  2026-06  1  █\n  today    1  █\n", out)


def test_the_definition_is_the_one_that_is_set(on_vault: Run, vault: Path) -> None:
    (vault / ".vaultrel").mkdir()
    (vault / ".vaultrel/config.toml").write_text("[relationship]\ncontact_days = 1\nspan_days = 1\n")
    assert "at least 1 day of contact, spread over at least 1 day, the last" in on_vault("stats").out
    assert on_vault("stats", "--json").json["definition"]["contact_days"] == 1


def test_the_last_number_of_the_history_is_the_headline(on_vault: Run, vault: Path) -> None:
    add_meetings(vault, "Cleo Marsh", "2023-01-10", "2023-03-10", "2023-06-10")
    answer = on_vault("stats", "--all", "--json").json
    became = sum(change["kind"] != "lapsed" for change in answer["changes"])
    assert answer["relationships"] == 2 * became - len(answer["changes"]) == 1
    assert [change["kind"] for change in answer["changes"]] == ["became", "lapsed", "became"]


def test_a_lapse_is_told_with_the_silence_and_the_last_contact(on_vault: Run, vault: Path) -> None:
    add_meetings(vault, "Cleo Marsh", "2024-10-10", "2024-12-10", "2025-04-10")
    assert re.search(
        r"2026-04-11  Cleo Marsh  lapsed: quiet since 2025-04-10  Meetings/2025-04-10 Cleo Marsh\.md:[0-9]+\n",
        on_vault("stats").out,
    )


def test_only_the_last_twelve_months_are_told_unless_all_are_wanted(on_vault: Run, vault: Path) -> None:
    add_meetings(vault, "Cleo Marsh", "2022-01-10", "2022-03-10", "2022-06-10")
    months: list[dict[str, Any]] = on_vault("stats", "--json").json["months"]
    assert [months[0]["day"], months[-1]["day"], len(months)] == ["2025-07-01", "2026-06-01", 12]
    assert "Cleo" not in on_vault("stats").out
    assert "2023-06-11  Cleo Marsh" in on_vault("stats", "--all").out
    assert on_vault("stats", "--all", "--json").json["months"][0]["day"] == "2022-02-01"


def test_a_long_list_of_changes_is_cut_and_counted(on_vault: Run, vault: Path) -> None:
    for at in range(22):
        add_meetings(vault, f"Cleo {at}", "2026-01-10", "2026-02-10", "2026-04-10")
    out = on_vault("stats").out
    assert out.count("a relationship  ") == 20
    assert "3 earlier: --all" in out
    assert on_vault("stats", "--all").out.count("a relationship  ") == 23


def test_an_imported_address_book_adds_contacts_and_no_relationship(on_vault: Run, vault: Path) -> None:
    before = on_vault("stats", "--all", "--json").json
    for at in range(200):
        (vault / f"People/Imported {at}.md").write_text(f"---\nFN: Imported {at}\n---\n")
    after = on_vault("stats", "--all", "--json").json
    assert after["contacts"] == before["contacts"] + 200
    assert {**after, "contacts": 0, "bands": 0} == {**before, "contacts": 0, "bands": 0}


def test_the_share_of_new_people_in_your_time_is_told(on_vault: Run, vault: Path) -> None:
    assert "first met" not in on_vault("stats").out
    add_meetings(vault, "Cleo Marsh", "2024-10-10", "2025-12-10")
    assert "5 days of contact in the last year: 80% with people first met in it, 20% with older ties." in " ".join(
        on_vault("stats").out.split()
    )


def test_who_starts_is_told_where_notes_say_so(on_vault: Run, vault: Path) -> None:
    assert "who started" not in on_vault("stats").out
    (vault / "Daily/2026-06-20.md").write_text("- called:: [[Ada Moreau]]\n")
    (vault / "Daily/2026-06-21.md").write_text("- rang:: [[Ada Moreau]]\n")
    assert "where notes say who started: you on 1 day, they on 1." in " ".join(on_vault("stats").out.split())


def test_open_promises_are_counted(on_vault: Run) -> None:
    assert "Open promises: 1 of yours, 0 of theirs." in on_vault("stats").out


@pytest.mark.parametrize(("day", "count"), [("2026-05-10", 0), ("2026-05-11", 1)])
def test_as_of_tells_how_it_was(on_vault: Run, day: str, count: int) -> None:
    answer = on_vault("stats", "--as-of", day, "--json").json
    assert (answer["relationships"], len(answer["changes"])) == (count, count)
