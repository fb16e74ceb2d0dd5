"""`vaultrel import`: new notes for people without one, nothing else touched, and all of it taken back by `undo`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import MakeVault, ReadNotes, Run

CARDS = """BEGIN:VCARD
VERSION:4.0
FN:Ada Moreau
EMAIL:ada@example.org
END:VCARD
BEGIN:VCARD
VERSION:4.0
FN:Lea Brandt
NICKNAME:Lea
EMAIL:lea@example.org
BDAY:19900412
ORG:Northwind
END:VCARD
BEGIN:VCARD
VERSION:3.0
FN:Jo Varga
END:VCARD
BEGIN:VCARD
VERSION:3.0
FN:Jo Varga
END:VCARD
BEGIN:VCARD
VERSION:3.0
EMAIL:nobody@example.org
END:VCARD
"""
TABLE = "Name,E-mail Address,Birthday\nLea Brandt,lea@example.org,1990-04-12\nJo Varga,,\nAda Moreau,,\n"
NEW = ["People/Jo Varga.md", "People/Lea Brandt.md"]
LEA = (
    '---\ntags: ["person"]\naliases: ["Lea"]\nemail: ["lea@example.org"]\nbirthday: "1990-04-12"\n'
    'company: "Northwind"\n---\n'
)


@pytest.fixture
def cards(tmp_path: Path) -> Path:
    file = tmp_path / "contacts.vcf"
    file.write_text(CARDS)
    return file


@pytest.fixture
def import_file(run: Run, vault: Path) -> Run:
    """Run `vaultrel import` on the small vault."""
    return lambda *arguments: run("--vault", vault, "import", *arguments)


def test_whoever_has_no_note_gets_one_and_no_other_file_changes(
    import_file: Run, vault: Path, cards: Path, read_notes: ReadNotes
) -> None:
    before = read_notes()
    done = import_file(cards)
    assert done.code == 0
    assert done.out.splitlines() == [
        "+ People/Lea Brandt.md",
        "+ People/Jo Varga.md",
        "+2 contacts, +0 relationships",
    ]
    assert "1 have a note already" in done.err
    assert "1 stand in the file more than once" in done.err
    assert "1 have no name" in done.err
    assert "vaultrel undo" in done.err
    after = read_notes()
    assert sorted(after.keys() - before.keys()) == NEW
    assert {path: after[path] for path in before} == before
    assert (vault / "People/Lea Brandt.md").read_text() == LEA


def test_a_table_gives_the_same_people(import_file: Run, vault: Path, tmp_path: Path) -> None:
    file = tmp_path / "contacts.CSV"
    file.write_text(TABLE)
    assert import_file(file).out.splitlines()[-1] == "+2 contacts, +0 relationships"
    assert all((vault / path).is_file() for path in NEW)


def test_new_people_are_contacts_and_not_relationships(on_vault: Run, import_file: Run, cards: Path) -> None:
    before = on_vault("stats", "--json").json
    import_file(cards)
    after = on_vault("stats", "--json").json
    assert after["contacts"] == before["contacts"] + 2
    assert after["relationships"] == before["relationships"]


def test_a_new_person_is_found_by_the_names_and_addresses_of_the_book(
    on_vault: Run, import_file: Run, vault: Path, cards: Path
) -> None:
    import_file(cards)
    (vault / "Daily/2026-06-30.md").write_text("- met:: lea@example.org\n")
    assert on_vault("show", "Lea Brandt", "--json").json["person"]["contact_days"] == 1


def test_a_dry_run_says_the_same_and_writes_nothing(import_file: Run, cards: Path, read_notes: ReadNotes) -> None:
    before = read_notes()
    said = import_file(cards, "--dry-run")
    assert (said.code, read_notes()) == (0, before)
    assert said.out.splitlines()[-1] == "+2 contacts, +0 relationships, had it not been a dry run"
    assert said.out.splitlines()[:2] == import_file(cards).out.splitlines()[:2]


def test_a_second_run_makes_nothing(import_file: Run, cards: Path, read_notes: ReadNotes) -> None:
    import_file(cards)
    before = read_notes()
    done = import_file(cards)
    assert (done.code, done.out, read_notes()) == (0, "+0 contacts, +0 relationships\n", before)


def test_the_answer_as_json_says_what_became_of_every_entry(import_file: Run, cards: Path) -> None:
    answer = import_file(cards, "--json").json
    assert answer == {
        "schema": "vaultrel.import/1",
        "dry_run": False,
        "made": [
            {"path": "People/Lea Brandt.md", "name": "Lea Brandt", "line": 6},
            {"path": "People/Jo Varga.md", "name": "Jo Varga", "line": 14},
        ],
        "known": [{"name": "Ada Moreau", "path": "People/Ada Moreau.md", "line": 1}],
        "repeated": [{"name": "Jo Varga", "line": 18}],
        "nameless": 1,
        "refused": [],
        "relationships": 0,
    }


@pytest.mark.parametrize(
    ("folder", "path"),
    [
        ("People/Address book", "People/Address book/Jo Varga.md"),
        ("Address book/", "Address book/Jo Varga.md"),
        ("./Address book", "Address book/Jo Varga.md"),
        ("", "Jo Varga.md"),
    ],
)
def test_the_notes_go_into_the_folder_named(import_file: Run, vault: Path, cards: Path, folder: str, path: str) -> None:
    assert import_file(cards, "--folder", folder).code == 0
    assert (vault / path).is_file()


@pytest.mark.parametrize(
    ("folder", "why"),
    [
        (".hidden", "hidden file or folder"),
        ("Templates", "it is a template"),
        ("vaultrel/People", "vaultrel writes that folder itself"),
        ("../elsewhere", "from the vault's own folder on"),
        ("People/../../elsewhere", "from the vault's own folder on"),
        ("/etc", "from the vault's own folder on"),
        ("People\\New", "from the vault's own folder on"),
    ],
)
def test_a_folder_whose_notes_would_not_be_read_is_refused(
    import_file: Run, cards: Path, tmp_path: Path, read_notes: ReadNotes, folder: str, why: str
) -> None:
    before, files = read_notes(), sorted(tmp_path.rglob("*.md"))
    done = import_file(cards, "--folder", folder)
    assert done.code == 2
    assert why in done.err
    assert "Nothing was written" in done.err
    assert (read_notes(), sorted(tmp_path.rglob("*.md"))) == (before, files)


def test_a_folder_that_is_never_people_is_refused(import_file: Run, vault: Path, cards: Path) -> None:
    (vault / ".vaultrel").mkdir()
    (vault / ".vaultrel/config.toml").write_text('[people]\nexclude = ["Elsewhere"]\n')
    done = import_file(cards, "--folder", "Elsewhere")
    assert done.code == 2
    assert "would not be taken for one about a person" in done.err


def test_notes_are_marked_as_the_settings_know_people(
    on_vault: Run, import_file: Run, vault: Path, cards: Path
) -> None:
    (vault / ".vaultrel").mkdir()
    (vault / ".vaultrel/config.toml").write_text('[people]\ntags = ["mensch"]\nfolders = []\n')
    import_file(cards, "--folder", "Adressbuch")
    assert (vault / "Adressbuch/Jo Varga.md").read_text() == '---\ntags: ["mensch"]\n---\n'
    assert on_vault("show", "Jo Varga").code == 0


def test_a_file_that_is_not_read_as_a_note_is_not_written_over_and_is_named(
    import_file: Run, vault: Path, cards: Path
) -> None:
    (vault / ".vaultrel").mkdir()
    (vault / ".vaultrel/config.toml").write_text('ignore = ["People/Jo Varga.md"]\n')
    (vault / "People/Lea Brandt.md").mkdir()
    (vault / "People/Jo Varga.md").write_text("mine\n")
    done = import_file(cards)
    assert done.code == 1
    assert done.out == "+0 contacts, +0 relationships\n"
    assert "People/Lea Brandt.md: there is a file of that name already" in done.err
    assert "People/Jo Varga.md: your settings, or Obsidian's excluded files, leave it out" in done.err
    assert (vault / "People/Jo Varga.md").read_text() == "mine\n"
    assert (vault / "People/Lea Brandt.md").is_dir()


def test_another_note_of_that_name_is_left_alone_and_the_person_known_again(
    import_file: Run, vault: Path, cards: Path
) -> None:
    (vault / "Jo Varga.md").write_text("A song.\n")
    assert import_file(cards, "--folder", "").code == 0
    assert (vault / "Jo Varga.md").read_text() == "A song.\n"
    assert (vault / "Jo Varga 2.md").is_file()
    assert import_file(cards, "--folder", "").out == "+0 contacts, +0 relationships\n"


def test_undo_takes_away_what_was_made_and_redo_makes_it_again(
    import_file: Run, run: Run, vault: Path, cards: Path, read_notes: ReadNotes
) -> None:
    before = read_notes()
    import_file(cards)
    made = read_notes()
    undone = run("--vault", vault, "undo")
    assert (undone.code, {line.split()[0] for line in undone.out.splitlines()}) == (0, {"removed"})
    assert read_notes() == before
    redone = run("--vault", vault, "redo")
    assert (redone.code, {line.split()[0] for line in redone.out.splitlines()}) == (0, {"redone"})
    assert read_notes() == made
    assert run("--vault", vault, "undo").code == 0
    assert read_notes() == before


def test_undo_keeps_a_note_that_the_user_wrote_in_since(
    import_file: Run, run: Run, vault: Path, cards: Path, read_notes: ReadNotes
) -> None:
    before = read_notes()
    import_file(cards)
    note = vault / "People/Lea Brandt.md"
    note.write_text(LEA + "Met at the kiln.\n")
    done = run("--vault", vault, "undo")
    assert done.code == 1
    assert "People/Lea Brandt.md" in done.err + done.out
    assert read_notes() == before | {"People/Lea Brandt.md": (LEA + "Met at the kiln.\n").encode()}


def test_an_import_is_undone_by_itself_and_the_scan_before_it_stays(
    on_vault: Run, import_file: Run, run: Run, vault: Path, cards: Path, read_notes: ReadNotes
) -> None:
    on_vault("scan")
    scanned = read_notes()
    import_file(cards)
    run("--vault", vault, "undo")
    assert read_notes() == scanned


def test_where_nothing_may_be_written_nothing_is(
    import_file: Run, vault: Path, cards: Path, read_notes: ReadNotes
) -> None:
    (vault / ".vaultrel").mkdir()
    (vault / ".vaultrel/config.toml").write_text('write = "nothing"\n')
    before = read_notes()
    done = import_file(cards)
    assert (done.code, read_notes()) == (2, before)
    assert import_file(cards, "-n").code == 0


def test_a_folder_that_may_not_be_written_is_said_for_each_note(import_file: Run, vault: Path, cards: Path) -> None:
    (vault / "Locked").symlink_to(vault / "People")
    done = import_file(cards, "--folder", "Locked")
    assert done.code == 1
    assert done.out == "+0 contacts, +0 relationships\n"
    assert "Locked/Lea Brandt.md" in done.err
    assert not (vault / "People/Lea Brandt.md").exists()


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("missing.vcf", None, "No such file"),
        ("contacts.txt", CARDS.encode(), "ends with none of"),
        ("contacts", CARDS.encode(), "ends with none of"),
        ("empty.vcf", b"", "no contact with a name"),
        ("empty.csv", b"", "no contact with a name"),
        ("picture.vcf", bytes(range(256)) * 40, "no contact with a name"),
        ("picture.csv", bytes(range(256)) * 40, "no contact with a name"),
        ("other.csv", b"Day,Amount\n2026-05-04,12\n", "no contact with a name"),
        ("cut.vcf", b"BEGIN:VCARD\nFN:Ada", "no contact with a name"),
    ],
)
def test_a_file_without_contacts_says_why_and_what_to_do(
    import_file: Run, tmp_path: Path, read_notes: ReadNotes, name: str, content: bytes | None, why: str
) -> None:
    before = read_notes()
    file = tmp_path / name
    if content is not None:
        file.write_bytes(content)
    done = import_file(file)
    assert (done.code, read_notes()) == (2, before)
    assert why in done.err
    assert "Export your contacts" in done.err


def test_a_file_too_large_is_not_read(import_file: Run, tmp_path: Path) -> None:
    file = tmp_path / "huge.vcf"
    with file.open("wb") as handle:
        handle.truncate(100_000_001)
    done = import_file(file)
    assert done.code == 2
    assert "larger than 100 MB" in done.err


HOSTILE_NAMES = [
    "../../../etc/passwd", "/etc/passwd", "..", ".obsidian", "CON", "a/b\\\\c:d", "[[Ada Moreau]]", "#tag ^block |x",
    "--- # no", "{{title}}", "<% tp.file %>", "'; rm -rf ~", "\x1b[31mred", "\u202eevil", "日" * 150, "x" * 5000,
    "{a: b}", "!!python/object:os.system", "&a *a", "yes", "null", "~", "README",
    "Ada Moreau (conflicted copy)", "~$open",
]  # fmt: skip


def test_hostile_names_become_notes_in_the_folder_that_are_read_as_those_people(
    on_vault: Run, import_file: Run, vault: Path, tmp_path: Path, read_notes: ReadNotes
) -> None:
    file = tmp_path / "hostile.vcf"
    file.write_text("".join(f"BEGIN:VCARD\nFN:{name}\nEND:VCARD\n" for name in HOSTILE_NAMES))
    before, elsewhere = read_notes(), {path for path in tmp_path.rglob("*") if vault not in path.parents}
    answer = import_file(file, "--json").json
    made = [note["path"] for note in answer["made"]]
    assert [known["path"] for known in answer["known"]] == ["People/Ada Moreau.md"]
    assert len(made) + len(answer["refused"]) + 1 == len(HOSTILE_NAMES)
    assert all(path.startswith("People/") and path.count("/") == 1 for path in made)
    assert sorted(read_notes().keys() - before.keys()) == sorted(made)
    outside = {path for path in tmp_path.rglob("*") if vault not in path.parents}
    assert {path for path in outside - elsewhere if "home" not in path.parts} == set()
    known = {person["path"] for person in on_vault("people", "--json").json["people"]}
    assert set(made) <= known
    again = import_file(file, "--json").json
    assert again["made"] == []
    doctor = on_vault("doctor", "--json").json
    assert [found for found in doctor["diagnostics"] if found["path"] in made] == []


def test_what_a_file_says_cannot_steer_the_terminal(import_file: Run, tmp_path: Path) -> None:
    file = tmp_path / "hostile.vcf"
    file.write_text("BEGIN:VCARD\nFN:\x1b]0;mine\x07Jo\nEND:VCARD\n")
    done = import_file(file)
    assert "\x1b" not in done.out + done.err
    assert "\x07" not in done.out + done.err


def test_ten_thousand_cards_are_imported_named_in_short(make_vault: MakeVault, run: Run, tmp_path: Path) -> None:
    root = make_vault({"People/Ada Moreau.md": "Ada\n"})
    file = tmp_path / "many.vcf"
    file.write_text(
        "".join(f"BEGIN:VCARD\nFN:Person {n:05}\nEMAIL:p{n}@example.org\nEND:VCARD\n" for n in range(10_000))
    )
    said = run("--vault", root, "import", file, "--dry-run")
    assert said.out.splitlines()[-2:] == [
        "  and 9,990 more",
        "+10,000 contacts, +0 relationships, had it not been a dry run",
    ]
    assert json.loads(run("--vault", root, "import", file, "-n", "--json").out)["made"][9_999]["line"] == 39_997
