"""What a command answered is kept with all that it was made of, and comes back only while that is the same."""

from __future__ import annotations

import datetime as dt
import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from vaultrel.app import Vault, open_vault
from vaultrel.app.kept_answer import SETTINGS_FILES, KeptAnswer
from vaultrel.locations import cache_folder
from vaultrel.settings import Settings
from vaultrel.storage.memory import MemoryStore

if TYPE_CHECKING:
    from collections.abc import Callable

DAY = dt.date(2026, 6, 30)
LONG_AGO = 1_700_000_000


@pytest.fixture
def root(tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small vault whose files count as saved long ago."""
    monkeypatch.setattr("vaultrel.core.changes.COARSE_CLOCK_NS", 0)
    root = tmp_path / "Notes"
    for path in ("People/Ada Stone.md", "Daily/2026-06-01.md", ".vaultrel/config.toml", "Attachments/scan.pdf"):
        save(root / path, "")
    return root


def save(file: Path, text: str, at: int = LONG_AGO) -> None:
    """Save a file as if at that second."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    os.utime(file, (at, at))


def kept(root: Path, day: dt.date = DAY) -> KeptAnswer:
    """The answer, as a run that begins now finds it."""
    return KeptAnswer(str(root), "who", day)


def test_an_answer_comes_back_while_nothing_has_changed(root: Path) -> None:
    assert kept(root).recall() is None
    kept(root).keep(b"Ada\n")
    assert kept(root).recall() == b"Ada\n"
    save(root / "Attachments/scan.pdf", "a file that is no note", LONG_AGO + 1)
    save(root / ".obsidian/workspace.json", "{}")
    assert kept(root).recall() == b"Ada\n"


def save_within(path: str, root: Path) -> None:
    save(root / path, "x")


CHANGES: dict[str, Callable[[Path], object]] = {
    "a note saved": lambda root: save(root / "People/Ada Stone.md", "", LONG_AGO + 1),
    "a note written in and given its old time": lambda root: save(root / "People/Ada Stone.md", ""),
    "a note more": lambda root: save(root / "New.MD", ""),
    "a note in a folder that ends like one": lambda root: save(root / "A.md/B.md", ""),
    "a note less": lambda root: (root / "Daily/2026-06-01.md").unlink(),
    "a note renamed": lambda root: (root / "Daily/2026-06-01.md").rename(root / "Daily/2026-06-02.md"),
    "a note replaced": lambda root: (root / "Daily/2026-06-01.md").replace(root / "People/Ada Stone.md"),
    "a note that may not be read": lambda root: (root / "People/Ada Stone.md").chmod(0),
    "an answer to a name": lambda root: save(root / "vaultrel/Names.md", ""),
    **{f"settings in {path}": partial(save_within, path) for path in SETTINGS_FILES},
    "settings gone": lambda root: (root / SETTINGS_FILES[0]).unlink(),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_an_answer_is_not_older_than_the_files(root: Path, change: Callable[[Path], object]) -> None:
    kept(root).keep(b"Ada\n")
    change(root)
    assert kept(root).recall() is None


def test_an_answer_is_of_one_day_and_release(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept(root).keep(b"Ada\n")
    assert kept(root, DAY + dt.timedelta(days=1)).recall() is None
    monkeypatch.setattr("vaultrel.app.kept_answer.__version__", "99")
    assert kept(root).recall() is None


def test_an_answer_is_of_the_files_as_they_were_before_it_was_worked_out(root: Path) -> None:
    begun = kept(root)
    save(root / "People/Ada Stone.md", "met:: [[Ben]]", LONG_AGO + 1)
    begun.keep(b"Ada\n")
    assert kept(root).recall() is None


def test_an_answer_of_files_that_can_change_unseen_is_not_kept(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vaultrel.core.changes.COARSE_CLOCK_NS", 60 * 10**9)
    kept(root).keep(b"Ada\n")
    assert kept(root).recall() is None


def test_without_a_whole_listing_nothing_is_kept(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_folder: str) -> None:
        raise PermissionError

    with monkeypatch.context() as patched:
        patched.setattr("vaultrel.app.kept_answer.os.scandir", fail)
        kept(root).keep(b"Ada\n")
        assert kept(root).recall() is None
    assert kept(root).recall() is None


def test_damage_at_any_place_is_noticed(root: Path) -> None:
    kept(root).keep(b"Ada\n")
    file = Path(cache_folder(str(root)), "who")
    whole = file.read_bytes()
    for at in range(len(whole)):
        for damaged in (whole[:at], whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :]):
            file.write_bytes(damaged)
            assert kept(root).recall() is None
    file.write_bytes(whole)
    assert kept(root).recall() == b"Ada\n"


def test_only_its_owner_may_read_an_answer(root: Path) -> None:
    kept(root).keep(b"Ada\n")
    assert Path(cache_folder(str(root)), "who").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    "settings", [Settings(plugins=("any",)), Settings(folder=".hidden"), Settings(folder="Meta/.hidden")]
)
def test_what_follows_from_more_than_the_files_shown_is_not_kept(root: Path, settings: Settings) -> None:
    vault = Vault(MemoryStore({"Ada.md": ""}), settings, None)
    vault.refresh()
    vault.keep_answer(kept(root), b"Ada\n")
    assert kept(root).recall() is None


def test_what_follows_from_a_note_that_could_not_be_read_is_not_kept(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from vaultrel.storage.base import ReadRefusedError
    from vaultrel.storage.filesystem import FileSystemStore

    def refuse(_store: FileSystemStore, path: str) -> bytes:
        raise ReadRefusedError(path, "unreadable", "Input/output error")

    begun = kept(root)
    with monkeypatch.context() as patched, open_vault(root, settings=Settings()) as vault:
        patched.setattr(FileSystemStore, "read", refuse)
        vault.refresh()
        vault.keep_answer(begun, b"nobody")
    assert kept(root).recall() is None
