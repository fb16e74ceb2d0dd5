from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from vaultrel.cli.diffs import unified_diff

if TYPE_CHECKING:
    from pathlib import Path

needs_patch = pytest.mark.skipif(shutil.which("patch") is None, reason="patch is not installed")

EDITS = {
    "line ends of Windows": (b"---\r\na: 1\r\n---\r\nText\r\n", b"---\r\na: 1\r\nb: 2\r\n---\r\nText\r\n"),
    "no line end at the end": (b"---\na: 1\n---\nText", b"---\na: 1\nb: 2\n---\nText"),
    "the last line changes and has no end": (b"one\ntwo", b"one\nthree"),
    "a carriage return inside a line": (b"one\rstill one\ntwo\n", b"one\rstill one\nTWO\n"),
    "a byte order mark": (b"\xef\xbb\xbf---\na: 1\n---\n", b"\xef\xbb\xbf---\na: 2\n---\n"),
    "lines that look like a difference": (b"--- a\n+++ b\n@@ -1 +1 @@\nx\n", b"--- a\n+++ b\n@@ -1 +1 @@\ny\n"),
    "an empty note": (b"", b"---\na: 1\n---\n"),
}


@needs_patch
@pytest.mark.parametrize("name", ["Ada.md", "Ada Moreau.md", "Tomás 日本.md", 'The "boss".md', "back\\slash.md"])
def test_patch_finds_the_note_whatever_its_name(tmp_path: Path, name: str) -> None:
    assert apply(tmp_path, name, *EDITS["line ends of Windows"]) == EDITS["line ends of Windows"][1]


@needs_patch
@pytest.mark.parametrize("case", EDITS)
def test_patch_makes_exactly_the_edit(tmp_path: Path, case: str) -> None:
    before, after = EDITS[case]
    assert apply(tmp_path, "People/Ada Moreau.md", before, after) == after


def apply(folder: Path, name: str, before: bytes, after: bytes) -> bytes:
    file = folder / name
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(before)
    difference = unified_diff(name, before, after)
    command = ["patch", "-p1", "--binary", "--no-backup-if-mismatch", "--quiet"]
    subprocess.run(command, cwd=folder, input=difference, check=True)
    return file.read_bytes()


def test_an_edit_that_changes_nothing_has_no_difference() -> None:
    assert unified_diff("Ada.md", b"same\n", b"same\n") == b""
