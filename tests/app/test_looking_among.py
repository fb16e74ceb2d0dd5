"""A scan that looks only where something happened finds what one of all notes finds, or looks at all of them."""

from __future__ import annotations

import os
import random
from typing import TYPE_CHECKING

import pytest

from vaultrel.app import open_vault
from vaultrel.model import NotePath
from vaultrel.storage.filesystem import FileSystemStore

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from vaultrel.app import Vault

PERSON = "---\ntags: [person]\n---\n"
FILES = {
    "People/Ada Lind.md": PERSON,
    "People/Bo Marsh.md": PERSON,
    "Meetings/2026-05-04 Choir.md": "---\ntype: meeting\ndate: 2026-05-04\nattendees: ['[[Ada Lind]]']\n---\n",
    "Daily/2026-05-05.md": "met:: [[Bo Marsh]]\n",
    "Loose.md": "Nothing of note.\n",
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for path, text in FILES.items():
        file = tmp_path / "vault" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
    return tmp_path / "vault"


@pytest.fixture
def vault(root: Path) -> Vault:
    opened = open_vault(root)
    opened.grace_seconds = 0
    opened.scan()
    return opened


@pytest.fixture
def listings(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """One entry for each time all files are looked at."""
    seen: list[int] = []
    whole = FileSystemStore.fingerprints

    def counted(self: FileSystemStore, skip: Callable[[str], str | None]) -> object:
        seen.append(1)
        return whole(self, skip)

    monkeypatch.setattr(FileSystemStore, "fingerprints", counted)
    return seen


def write(root: Path, path: str, text: str) -> None:
    """Save as most editors do: the new text is moved over the old one."""
    fresh = root / f"{path}.new"
    fresh.parent.mkdir(parents=True, exist_ok=True)
    fresh.write_text(text, "utf-8")
    fresh.replace(root / path)


def assert_all_is_known(vault: Vault, root: Path) -> None:
    with open_vault(root) as fresh:
        fresh.refresh(full=True)
        assert vault._reader.snapshot(None) == fresh._reader.snapshot(None)


def test_one_saved_note_is_looked_at_and_no_other(vault: Vault, root: Path, listings: list[int]) -> None:
    write(root, "Daily/2026-05-05.md", "met:: [[Ada Lind]]\n")
    write(root, "Loose.md", "Unseen, since nobody said so: [[Bo Marsh]]\n")
    assert vault.scan(among={"Daily/2026-05-05.md"}).notes_read == 1
    assert listings == []


def test_new_and_removed_notes_are_found(vault: Vault, root: Path, listings: list[int]) -> None:
    write(root, "Daily/2026-05-06.md", "met:: [[Ada Lind]]\n")
    (root / "Daily/2026-05-05.md").unlink()
    vault.scan(among={"Daily/2026-05-06.md", "Daily/2026-05-05.md"})
    assert listings == []
    assert_all_is_known(vault, root)


def test_a_path_that_is_no_note_costs_nothing(vault: Vault, listings: list[int]) -> None:
    assert vault.scan(among={".obsidian/app.md", "Picture.png", ".vaultrel/config.toml"}).notes_read == 0
    assert listings == []


def _make_folder(root: Path) -> str:
    write(root, "Talks/2026/Note.md", "[[Ada Lind]]\n")
    return "Talks/2026/Note.md"


def _move_folder(root: Path) -> str:
    (root / "Daily").rename(root / "Journal")
    return "Daily/2026-05-05.md"


def _put_another_folder_in_its_place(root: Path) -> str:
    (root / "Daily").rename(root / "Journal")
    write(root, "Daily/2026-05-07.md", "met:: [[Ada Lind]]\n")
    return "Daily/2026-05-07.md"


def _differ_in_case(root: Path) -> str:
    write(root, "People/ADA LIND.md", PERSON)
    return "People/ADA LIND.md"


def _make_a_link(root: Path) -> str:
    (root / "People/Cy.md").symlink_to(root / "Loose.md")
    return "People/Cy.md"


def _make_a_fifo(root: Path) -> str:
    (root / "Loose.md").unlink()
    os.mkfifo(root / "Loose.md")
    return "Loose.md"


def _make_a_folder_like_a_note(root: Path) -> str:
    (root / "Loose.md").unlink()
    (root / "Loose.md").mkdir()
    return "Loose.md"


def _use_an_odd_name(root: Path) -> str:
    write(root, "People/A\u2028B.md", PERSON)
    return "People/A\u2028B.md"


@pytest.mark.parametrize(
    "change",
    [
        _make_folder,
        _move_folder,
        _put_another_folder_in_its_place,
        _differ_in_case,
        _make_a_link,
        _make_a_fifo,
        _make_a_folder_like_a_note,
        _use_an_odd_name,
    ],
)
def test_where_a_look_at_one_path_cannot_tell_all_notes_are_looked_at(
    vault: Vault, root: Path, listings: list[int], change: Callable[[Path], str]
) -> None:
    path = change(root)
    problems = vault.scan(among={path}, accept_missing=True).diagnostics
    assert listings == [1]
    assert_all_is_known(vault, root)
    assert problems == vault.scan(accept_missing=True).diagnostics


def test_what_could_not_be_read_is_looked_at_again(vault: Vault, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(root, "Daily/2026-05-06.md", "met:: [[Ada Lind]]\n")
    with monkeypatch.context() as broken:
        broken.setattr("vaultrel.storage.base.MAX_NOTE_BYTES", 1)
        broken.setattr("vaultrel.storage.opening.MAX_NOTE_BYTES", 1)
        told = vault.scan(among={"Daily/2026-05-06.md"}).diagnostics
    assert [problem.code for problem in told if problem.path == "Daily/2026-05-06.md"] == ["too-large"]
    vault.scan(among=set())
    assert_all_is_known(vault, root)


def test_a_first_scan_looks_at_all_notes(root: Path, listings: list[int]) -> None:
    with open_vault(root) as fresh:
        fresh.grace_seconds = 0
        assert fresh.scan(among={"Loose.md"}).notes_read == len(FILES)
    assert listings


@pytest.mark.parametrize("seed", range(6))
def test_any_sequence_of_edits_looked_at_one_by_one_is_known(vault: Vault, root: Path, seed: int) -> None:
    chance = random.Random(seed)
    paths = [*FILES, "People/ada lind.md", "Daily/2026-05-09.md", "New/2026-05-10.md", "Café.md", "Cafe\u0301.md"]
    for _ in range(25):
        touched = set(chance.sample(paths, chance.randint(1, 3)))
        for path in touched:
            if (root / path).exists() and chance.random() < 0.4:
                (root / path).unlink()
            else:
                text = chance.choice([PERSON, "met:: [[Ada Lind]]\n", "[[Bo Marsh]] and [[Ada]]\n", ""])
                write(root, path, text)
        vault.scan(among=touched, accept_missing=True)
        assert {NotePath(path) for path in paths if (root / path).exists()} <= vault._reader._now.known.entries.keys()
    assert_all_is_known(vault, root)
