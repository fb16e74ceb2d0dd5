"""What every note store does, whether it is a folder or a dictionary."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import pytest

from vaultrel.errors import NoteChangedError, WriteRefusedError
from vaultrel.model import NotePath
from vaultrel.storage.base import MAX_NOTE_BYTES, ReadRefusedError, SweepReport
from vaultrel.storage.filesystem import FileSystemStore
from vaultrel.storage.memory import MemoryStore

if TYPE_CHECKING:
    from pathlib import Path

    from vaultrel.storage.base import NoteStore

NOTE = b"---\r\nborn: 0123\r\n---\r\nBody \xc3\xa9 without a last line end"


class Hands(Protocol):
    """A vault and what its user does to it."""

    store: NoteStore

    def save(self, path: str, data: bytes) -> None: ...
    def delete(self, path: str) -> None: ...
    def protect(self, path: str) -> None: ...
    def files(self) -> dict[str, bytes]: ...


class Folder:
    """A vault on disk."""

    store: NoteStore

    def __init__(self, root: Path) -> None:
        self.root = root
        self.store = FileSystemStore(root)

    def save(self, path: str, data: bytes) -> None:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)

    def delete(self, path: str) -> None:
        (self.root / path).unlink()

    def protect(self, path: str) -> None:
        (self.root / path).chmod(0o444)

    def files(self) -> dict[str, bytes]:
        return {
            path.relative_to(self.root).as_posix(): path.read_bytes() for path in self.root.rglob("*") if path.is_file()
        }


class Dictionary:
    """A vault in memory."""

    store: NoteStore

    def __init__(self, root: Path) -> None:
        self._memory = MemoryStore(name=root.name)
        self.store = self._memory

    def save(self, path: str, data: bytes) -> None:
        self._memory.save(path, data)

    def delete(self, path: str) -> None:
        self._memory.delete(path)

    def protect(self, path: str) -> None:
        self._memory.protect(path)

    def files(self) -> dict[str, bytes]:
        return self._memory.files


@pytest.fixture(params=[Folder, Dictionary])
def vault(request: pytest.FixtureRequest, root: Path) -> Hands:
    hands: Hands = request.param(root)
    return hands


def everything(_path: str) -> str | None:
    return None


def test_the_vault_is_called_like_its_folder(vault: Hands) -> None:
    assert vault.store.name == "Notes"


def test_a_listing_gives_markdown_files_with_their_paths_and_nothing_else(vault: Hands) -> None:
    for path in ("Ann.md", "People/Åsa Öberg.md", "People/Old/BOB.MD", "People/photo.png", "list.md.orig", "md"):
        vault.save(path, NOTE)
    assert set(vault.store.fingerprints(everything)) == {"Ann.md", "People/Åsa Öberg.md", "People/Old/BOB.MD"}
    assert vault.store.problems == ()


def test_a_listing_asks_for_each_note_and_for_each_folder_before_it_is_entered(vault: Hands) -> None:
    for path in ("a.md", "b.md", "Templates/x.md", "Deep/Templates/y.md", "Deep/z.md"):
        vault.save(path, NOTE)
    asked = []

    def skip(path: str) -> str | None:
        asked.append(path)
        return "template-folder" if path.endswith("Templates/") else "ignored" if path == "b.md" else None

    assert set(vault.store.fingerprints(skip)) == {"a.md", "Deep/z.md"}
    assert "Templates/" in asked


def test_not_being_markdown_keeps_no_folder_out(vault: Hands) -> None:
    vault.save("People/Ann.md", NOTE)
    assert set(vault.store.fingerprints(lambda path: None if path.endswith(".md") else "not-markdown")) == {
        "People/Ann.md"
    }


def test_an_untouched_note_keeps_its_fingerprint(vault: Hands) -> None:
    vault.save("a.md", NOTE)
    assert vault.store.fingerprints(everything) == vault.store.fingerprints(everything)


@pytest.mark.parametrize("data", [NOTE + b"!", NOTE[::-1]], ids=["longer", "same size"])
def test_a_saved_note_gets_another_fingerprint(vault: Hands, data: bytes) -> None:
    vault.save("a.md", NOTE)
    before = vault.store.fingerprints(everything)
    vault.delete("a.md")
    vault.save("b.md", NOTE)
    vault.save("a.md", data)
    after = vault.store.fingerprints(everything)
    assert before[NotePath("a.md")] != after[NotePath("a.md")]


def test_reading_gives_the_bytes_as_they_are(vault: Hands) -> None:
    vault.save("People/Ann.md", NOTE)
    assert vault.store.read("People/Ann.md") == NOTE


def test_a_missing_file_is_refused_by_read_and_none_for_read_extra(vault: Hands) -> None:
    for path in ("no.md", "no/no.md"):
        with pytest.raises(ReadRefusedError) as refused:
            vault.store.read(path)
        assert (refused.value.path, refused.value.code) == (path, "missing")
        assert vault.store.read_extra(path) is None


def test_settings_and_obsidian_files_are_read_as_extras(vault: Hands) -> None:
    vault.save(".obsidian/app.json", b"{}")
    assert vault.store.read_extra(".obsidian/app.json") == b"{}"


def test_a_note_larger_than_any_person_types_is_refused(vault: Hands) -> None:
    vault.save("log.md", b"\n" * (MAX_NOTE_BYTES + 1))
    with pytest.raises(ReadRefusedError) as refused:
        vault.store.read("log.md")
    assert refused.value.code == "too-large"
    vault.save("log.md", b"\n" * MAX_NOTE_BYTES)
    assert len(vault.store.read("log.md")) == MAX_NOTE_BYTES


def test_replacing_swaps_the_bytes_and_leaves_nothing_else_behind(vault: Hands) -> None:
    vault.save("People/Ann.md", NOTE)
    before = vault.store.fingerprints(everything)
    vault.store.replace("People/Ann.md", NOTE, b"new")
    assert vault.store.read("People/Ann.md") == b"new"
    assert vault.store.settle() == ()
    assert vault.files() == {"People/Ann.md": b"new"}
    assert vault.store.fingerprints(everything) != before


def test_other_bytes_than_expected_are_never_replaced(vault: Hands) -> None:
    vault.save("Ann.md", b"edited by its owner")
    before = vault.store.fingerprints(everything)
    with pytest.raises(NoteChangedError):
        vault.store.replace("Ann.md", NOTE, b"new")
    assert vault.store.fingerprints(everything) == before
    assert vault.store.settle() == ()
    assert vault.files() == {"Ann.md": b"edited by its owner"}


def test_a_note_that_is_gone_counts_as_changed(vault: Hands) -> None:
    for path in ("gone.md", "gone/gone.md"):
        with pytest.raises(NoteChangedError):
            vault.store.replace(path, NOTE, b"new")
    assert vault.files() == {}


def test_replacing_by_the_same_bytes_writes_nothing(vault: Hands) -> None:
    vault.save("Ann.md", NOTE)
    before = vault.store.fingerprints(everything)
    vault.store.replace("Ann.md", NOTE, NOTE)
    assert vault.store.fingerprints(everything) == before


def test_a_read_only_note_is_refused(vault: Hands) -> None:
    vault.save("Ann.md", NOTE)
    vault.protect("Ann.md")
    before = vault.store.fingerprints(everything)
    with pytest.raises(WriteRefusedError) as refused:
        vault.store.replace("Ann.md", NOTE, b"new")
    assert refused.value.code == "read-only"
    assert vault.files() == {"Ann.md": NOTE}
    assert vault.store.fingerprints(everything) == before


def test_one_note_can_be_replaced_again_and_again_before_a_batch_is_settled(vault: Hands) -> None:
    vault.save("Ann.md", b"0")
    for number in range(5):
        vault.store.replace("Ann.md", b"%d" % number, b"%d" % (number + 1))
    assert vault.store.settle() == ()
    assert vault.files() == {"Ann.md": b"5"}


def test_touched_tells_when_a_note_was_last_saved(vault: Hands) -> None:
    vault.save("Ann.md", NOTE)
    first = vault.store.touched("Ann.md")
    assert first == pytest.approx(vault.store.fingerprints(everything)[NotePath("Ann.md")].mtime_ns / 1e9, abs=0.001)
    with pytest.raises(ReadRefusedError):
        vault.store.touched("no.md")


def test_a_generated_file_is_written_with_its_folders_once(vault: Hands) -> None:
    assert vault.store.write_generated("vaultrel/feeds/follow-ups.ics", b"1") is True
    assert vault.store.write_generated("vaultrel/feeds/follow-ups.ics", b"1") is False
    assert vault.store.write_generated("vaultrel/feeds/follow-ups.ics", b"2") is True
    assert vault.files() == {"vaultrel/feeds/follow-ups.ics": b"2"}


@pytest.mark.parametrize(
    "path",
    ["", "/etc/vaultrel", "../out.md", "a/../../out.md", "a//b.md", "./a.md", ".obsidian/app.json", "in/.Obsidian/x"],
)
def test_a_generated_file_never_leaves_the_vault_or_enters_obsidians_folder(vault: Hands, path: str) -> None:
    with pytest.raises(WriteRefusedError) as refused:
        vault.store.write_generated(path, b"x")
    assert refused.value.code == "outside"
    assert vault.files() == {}


def test_a_healthy_vault_can_be_written(vault: Hands) -> None:
    assert vault.store.writable_reason() is None


def test_there_is_nothing_to_sweep_after_a_clean_run(vault: Hands) -> None:
    vault.save("Ann.md", NOTE)
    vault.store.fingerprints(everything)
    assert vault.store.sweep() == SweepReport()


def test_a_new_note_is_made_with_its_folders(vault: Hands) -> None:
    vault.store.create("People/New/Ann.md", NOTE)
    assert vault.files() == {"People/New/Ann.md": NOTE}


@pytest.mark.parametrize("held", [b"", NOTE, b"other"])
def test_no_note_is_made_over_another(vault: Hands, held: bytes) -> None:
    vault.save("Ann.md", held)
    with pytest.raises(NoteChangedError):
        vault.store.create("Ann.md", NOTE)
    assert vault.files() == {"Ann.md": held}


@pytest.mark.parametrize("path", ["../Ann.md", ".obsidian/Ann.md", "/Ann.md"])
def test_no_note_is_made_where_vaultrel_must_not_write(vault: Hands, path: str) -> None:
    with pytest.raises(WriteRefusedError):
        vault.store.create(path, NOTE)
    assert vault.files() == {}


def test_a_removed_note_is_gone_once_settled(vault: Hands) -> None:
    vault.save("Ann.md", NOTE)
    vault.store.remove("Ann.md", NOTE)
    assert vault.store.settle() == ()
    assert vault.files() == {}


def test_a_note_with_other_bytes_is_not_removed(vault: Hands) -> None:
    vault.save("Ann.md", NOTE)
    with pytest.raises(NoteChangedError):
        vault.store.remove("Ann.md", b"other")
    vault.store.settle()
    assert vault.files() == {"Ann.md": NOTE}


def test_what_is_saved_before_a_removal_is_settled_stays(vault: Hands) -> None:
    vault.save("Ann.md", NOTE)
    vault.store.remove("Ann.md", NOTE)
    vault.save("Ann.md", b"saved again")
    vault.store.settle()
    assert vault.files()["Ann.md"] == b"saved again"
