"""A folder that cannot be listed for a while says nothing about the notes in it."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from vaultrel.app import open_vault
from vaultrel.errors import VaultNotFoundError
from vaultrel.locations import find_vault
from vaultrel.storage.base import ReadRefusedError
from vaultrel.storage.filesystem import FileSystemStore
from vaultrel.storage.system import file_calls

if TYPE_CHECKING:
    import os
    from pathlib import Path

AS_OF = dt.date(2026, 6, 30)
FILES = {
    "People/Ann Reed.md": "---\ntags: [person]\n---\n",
    "Daily/2026-06-01.md": "- met:: [[Ann Reed]]\n",
    "Meetings/2026-05-11 Lunch.md": '---\ntype: meeting\ndate: 2026-05-11\nattendees: ["[[Ann Reed]]"]\n---\n',
}


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for variable, folder in (("HOME", "home"), ("XDG_STATE_HOME", "state"), ("XDG_CACHE_HOME", "cache")):
        monkeypatch.setenv(variable, str(tmp_path / folder))
    for path, text in FILES.items():
        (tmp_path / "vault" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "vault" / path).write_text(text)
    return tmp_path / "vault"


def fail_to_list(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    open_path = file_calls().open_path

    def fail(path: str, *, follow: bool) -> int:
        if path.rstrip("/").endswith(name):
            raise OSError(5, "Input/output error")
        return open_path(path, follow=follow)

    monkeypatch.setattr(file_calls(), "open_path", fail)


def test_its_notes_go_on_counting_and_no_person_note_is_written(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_vault(root) as vault:
        vault.grace_seconds = 0
        assert len(vault.scan(as_of=AS_OF).applied) == 1
    fail_to_list("Daily", monkeypatch)
    with open_vault(root) as vault:
        report = vault.scan(as_of=AS_OF)
    assert report.applied == ()
    assert {(told.path, told.code) for told in report.diagnostics} >= {("Daily/", "unreadable-folder")}


def test_its_notes_go_on_counting_when_every_other_is_read_again(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_vault(root) as vault:
        vault.grace_seconds = 0
        vault.scan(as_of=AS_OF)
    fail_to_list("Daily", monkeypatch)
    with open_vault(root) as vault:
        report = vault.scan(as_of=AS_OF, full=True)
    assert (report.notes_read, report.applied) == (2, ())
    assert report.snapshot.note_count == 3


def test_a_note_that_cannot_be_read_when_every_note_is_read_again_goes_on_counting(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_vault(root) as vault:
        vault.grace_seconds = 0
        vault.scan(as_of=AS_OF)

    def refuse(store: FileSystemStore, path: str) -> bytes:
        if path.startswith("Daily/"):
            raise ReadRefusedError(path, "unreadable", "it is busy")
        return read(store, path)

    read = FileSystemStore.read
    monkeypatch.setattr(FileSystemStore, "read", refuse)
    with open_vault(root) as vault:
        assert vault.scan(as_of=AS_OF, full=True).applied == ()


def test_notes_deleted_elsewhere_meanwhile_are_gone_all_the_same(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_vault(root) as vault:
        vault.grace_seconds = 0
        vault.scan(as_of=AS_OF)
    (root / "Meetings/2026-05-11 Lunch.md").unlink()
    fail_to_list("Daily", monkeypatch)
    with open_vault(root) as vault:
        vault.grace_seconds = 0
        assert len(vault.scan(as_of=AS_OF, accept_missing=True).applied) == 1


def test_a_vault_that_cannot_be_looked_at_is_named_with_the_reason(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_path: str) -> os.stat_result:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patched:
        patched.setattr("vaultrel.locations.os.stat", fail)
        with pytest.raises(VaultNotFoundError, match="Input/output error"):
            find_vault(str(root), {}, root)
