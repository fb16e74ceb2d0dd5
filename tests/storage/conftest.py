from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from vaultrel.storage.filesystem import FileSystemStore

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "Notes"
    folder.mkdir()
    return folder


@pytest.fixture
def store(root: Path) -> FileSystemStore:
    return FileSystemStore(root)
