"""What a command answered is kept with all that it was made of, and comes back only while that is the same."""

from __future__ import annotations

import datetime as dt
import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from vaultrel import clock
from vaultrel.app import Vault, open_vault
from vaultrel.app.kept_answer import SETTINGS_FILES, KeptAnswer
from vaultrel.locations import cache_folder
from vaultrel.settings import Settings
from vaultrel.storage.filesystem import FileSystemStore
from vaultrel.storage.kept_listing import encode_listing, still_stands
from vaultrel.storage.naming import temp_name
from vaultrel.storage.system import file_calls

if TYPE_CHECKING:
    from collections.abc import Callable

    from vaultrel.storage.kept_listing import ListedFolder

DAY = dt.date(2026, 6, 30)
LONG_AGO = 1_700_000_000
WORKSPACE = ".obsidian/workspace.json"


@pytest.fixture
def root(tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small vault whose files count as saved long ago."""
    monkeypatch.setattr("vaultrel.core.changes.COARSE_CLOCK_NS", 0)
    root = tmp_path / "Notes"
    for path in (
        "People/Ada Stone.md",
        "Daily/2026-06-01.md",
        ".vaultrel/config.toml",
        "Attachments/scan.pdf",
        WORKSPACE,
    ):
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


def keep(root: Path, answer: bytes = b"Ada\n") -> None:
    """Keep an answer, as a run does that reads the vault for it."""
    begun = kept(root)
    with open_vault(root) as vault:
        vault.begin_answer(begun)
        vault.refresh()
        vault.keep_answer(begun, answer)


@pytest.fixture(params=[True, False], ids=["a disk that tells of names", "a disk that does not"], autouse=True)
def _disk(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether the times of a folder are relied upon, or its names are read each time."""
    monkeypatch.setattr(type(file_calls()), "tells_of_names", lambda _calls, _folder: request.param)


def test_an_answer_comes_back_while_nothing_has_changed(root: Path) -> None:
    assert kept(root).recall() is None
    keep(root)
    assert kept(root).recall() == b"Ada\n"
    save(root / "Attachments/scan.pdf", "a file that is no note", LONG_AGO + 1)
    save(root / WORKSPACE, "{}")
    assert kept(root).recall() == b"Ada\n"


def save_within(path: str, root: Path) -> None:
    save(root / path, "x")


def replace_with_link(root: Path) -> None:
    (root / "Daily/2026-06-01.md").rename(root.parent / "outside.md")
    (root / "Daily/2026-06-01.md").symlink_to(root.parent / "outside.md")


def replace_folder(root: Path) -> None:
    """Put another folder in the place of one, with notes of the same names, sizes and times."""
    (root / "People").rename(root.parent / "before")
    save(root / "People/Ada Stone.md", "")


CHANGES: dict[str, Callable[[Path], object]] = {
    "a note saved": lambda root: save(root / "People/Ada Stone.md", "", LONG_AGO + 1),
    "a note written in and given its old time": lambda root: save(root / "People/Ada Stone.md", ""),
    "a note more": lambda root: save(root / "New.MD", ""),
    "a note in a folder that ends like one": lambda root: save(root / "A.md/B.md", ""),
    "a note less": lambda root: (root / "Daily/2026-06-01.md").unlink(),
    "a note renamed": lambda root: (root / "Daily/2026-06-01.md").rename(root / "Daily/2026-06-02.md"),
    "a note replaced": lambda root: (root / "Daily/2026-06-01.md").replace(root / "People/Ada Stone.md"),
    "a temporary file of a run that was killed": lambda root: save(root / "Daily" / temp_name("2026-06-01.md"), ""),
    "a note that is a link now": replace_with_link,
    "a link to a folder": lambda root: (root / "Linked").symlink_to(root / "Daily"),
    "a link that leads to a folder now": lambda root: (root.parent / "elsewhere").mkdir(),
    "a folder that is another one": replace_folder,
    "a note that may not be read": lambda root: (root / "People/Ada Stone.md").chmod(0),
    "an answer to a name": lambda root: save(root / "vaultrel/Names.md", ""),
    "a listing that is no longer kept": lambda root: Path(cache_folder(str(root)), "listing").unlink(),
    **{f"settings in {path}": partial(save_within, path) for path in SETTINGS_FILES},
    "settings gone": lambda root: (root / SETTINGS_FILES[0]).unlink(),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_an_answer_is_not_older_than_the_files(root: Path, change: Callable[[Path], object]) -> None:
    (root / "Leads nowhere").symlink_to(root.parent / "elsewhere")
    keep(root)
    assert kept(root).recall() is not None
    change(root)
    assert kept(root).recall() is None


def test_an_answer_is_as_old_as_the_files_of_a_large_vault(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vaultrel.storage.kept_listing.SHARED_FROM", 0)
    monkeypatch.setattr("vaultrel.storage.kept_listing.os.sched_getaffinity", lambda _process: {0, 1}, raising=False)
    notes = [root / f"{folder}/{number}.md" for folder in ("A", "B", "C") for number in range(3)]
    for note in notes:
        save(note, "")
    keep(root)
    assert kept(root).recall() == b"Ada\n"
    for note in notes:
        save(note, "", LONG_AGO + 1)
        assert kept(root).recall() is None
        keep(root)


def test_files_that_are_no_notes_come_and_go(root: Path) -> None:
    keep(root)
    save(root / "Daily/photo.png", "")
    (root / "Attachments/scan.pdf").unlink()
    assert kept(root).recall() == b"Ada\n"


def test_a_commit_of_the_vault_changes_nothing(root: Path) -> None:
    save(root / ".git/index", "")
    keep(root)
    save(root / ".git/objects/00/1234", "")
    assert kept(root).recall() == b"Ada\n"


def test_an_answer_is_of_one_day_and_release(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keep(root)
    assert kept(root, DAY + dt.timedelta(days=1)).recall() is None
    assert kept(root, DAY - dt.timedelta(days=1)).recall() is None
    monkeypatch.setattr("vaultrel.app.kept_answer.__version__", "99")
    assert kept(root).recall() is None


def test_an_answer_is_of_what_paths_mean_to_the_user(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(root.parent / "cache"))
    keep(root)
    assert kept(root).recall() == b"Ada\n"
    for name in ("HOME", "XDG_STATE_HOME"):
        with monkeypatch.context() as patched:
            patched.setenv(name, str(root.parent / "other"))
            assert kept(root).recall() is None


def test_an_answer_is_of_the_notes_as_they_were_before_they_were_read(root: Path) -> None:
    begun = kept(root)
    with open_vault(root) as vault:
        vault.begin_answer(begun)
        vault.refresh()
        save(root / "People/Ada Stone.md", "met:: [[Ben]]", LONG_AGO + 1)
        vault.keep_answer(begun, b"Ada\n")
    assert kept(root).recall() is None


@pytest.mark.parametrize("path", SETTINGS_FILES)
def test_an_answer_is_of_the_settings_as_they_were_before_they_were_read(root: Path, path: str) -> None:
    begun = kept(root)
    save(root / path, "")
    with open_vault(root) as vault:
        vault.begin_answer(begun)
        vault.refresh()
        vault.keep_answer(begun, b"Ada\n")
    assert kept(root).recall() is None


@pytest.mark.parametrize("path", ["People/Ada Stone.md", SETTINGS_FILES[0]])
def test_an_answer_of_files_that_can_change_unseen_is_not_kept(
    root: Path, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.setattr("vaultrel.core.changes.COARSE_CLOCK_NS", 60 * 10**9)
    now = clock.wall_seconds()
    monkeypatch.setattr("vaultrel.clock.wall_seconds", lambda: now + 90)
    keep(root)
    assert kept(root).recall() == b"Ada\n"
    save(root / path, "", int(now) + 80)
    keep(root)
    assert kept(root).recall() is None


def test_a_folder_that_can_change_unseen_is_listed_again(root: Path) -> None:
    listed: list[ListedFolder] = []
    store = FileSystemStore(root)
    store.on_listed = listed.extend
    store.fingerprints(lambda _path: None)
    data = encode_listing(str(root), listed, lambda mtime_ns, _: mtime_ns == LONG_AGO * 10**9)
    assert data is not None
    assert still_stands(str(root), data)
    assert not any(str(folder.found.st_mtime_ns).encode() in data for folder in listed)


def test_without_a_whole_listing_nothing_is_kept(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_calls: object, path: str, *, follow: bool) -> int:
        if path.endswith("People/"):
            raise PermissionError(path)
        return open_path(file_calls(), path, follow=follow)

    open_path = type(file_calls()).open_path
    with monkeypatch.context() as patched:
        patched.setattr(type(file_calls()), "open_path", fail)
        keep(root)
        assert kept(root).recall() is None
    assert kept(root).recall() is None


def test_damage_at_any_place_is_noticed(root: Path) -> None:
    keep(root)
    for name in ("who", "listing"):
        file = Path(cache_folder(str(root)), name)
        whole = file.read_bytes()
        for at in range(len(whole)):
            for damaged in (whole[:at], whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :]):
                file.write_bytes(damaged)
                assert kept(root).recall() is None
        file.write_bytes(whole)
        assert kept(root).recall() == b"Ada\n"


def test_only_its_owner_may_read_an_answer(root: Path) -> None:
    keep(root)
    for name in ("who", "listing"):
        assert Path(cache_folder(str(root)), name).stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("folder", [".hidden", "Meta/.hidden"])
def test_an_answer_is_of_the_answers_in_a_hidden_folder_as_well(root: Path, folder: str) -> None:
    save(root / SETTINGS_FILES[0], f"folder = '{folder}'")
    keep(root)
    assert kept(root).recall() == b"Ada\n"
    save(root / folder / "Names.md", "")
    assert kept(root).recall() is None


def test_what_a_plugin_reads_is_not_kept(root: Path) -> None:
    begun = kept(root)
    vault = Vault(FileSystemStore(root), Settings(plugins=("any",)), None, root)
    vault.begin_answer(begun)
    vault.refresh()
    vault.keep_answer(begun, b"Ada\n")
    assert kept(root).recall() is None


def test_what_follows_from_a_note_that_could_not_be_read_is_not_kept(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from vaultrel.storage.base import ReadRefusedError

    def refuse(store: FileSystemStore, path: str) -> bytes:
        if not path.endswith(".md"):
            return read(store, path)
        raise ReadRefusedError(path, "unreadable", "Input/output error")

    read = FileSystemStore.read
    with monkeypatch.context() as patched:
        patched.setattr(FileSystemStore, "read", refuse)
        keep(root, b"nobody")
    assert kept(root).recall() is None
