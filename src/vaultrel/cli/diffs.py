"""Edits of notes as differences: for `patch`, and for the eye."""

from __future__ import annotations

import difflib
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vaultrel.cli.screen import Screen, Span, Style

NO_NEWLINE = b"\n\\ No newline at end of file\n"

SIGN_STYLES: dict[str, Style] = {"+": "good", "-": "bad", " ": "quiet"}


def unified_diff(path: str, before: bytes, after: bytes) -> bytes:
    """The edit of one note as a unified difference that ``patch -p1`` applies, whatever line ends the note has."""
    head = [_file_name(f"{side}/{path}") for side in "ab"]
    lines = difflib.diff_bytes(
        difflib.unified_diff, _lines(before), _lines(after), head[0].encode(), head[1].encode(), lineterm=b"\n"
    )
    return b"".join(line if line.endswith(b"\n") else line + NO_NEWLINE for line in lines)


def _lines(data: bytes) -> list[bytes]:
    """The lines as ``patch`` counts them: only a line feed ends one."""
    *whole, rest = data.split(b"\n")
    return [line + b"\n" for line in whole] + ([rest] if rest else [])


def _file_name(name: str) -> str:
    """A file name for a difference's header: quoted like a C string if it must be, ended by a tab if it has spaces."""
    if any(char in '"\\' or not " " <= char != "\x7f" for char in name):
        escaped = "".join(
            f"\\{char}" if char in '"\\' else char if " " <= char != "\x7f" else f"\\{ord(char):03o}" for char in name
        )
        return f'"{escaped}"'
    return f"{name}\t" if " " in name else name


def print_edit(screen: Screen, path: str, before: bytes, after: bytes, *, context: int = 2) -> None:
    """Print one note's edit for the eye: its name, the changed lines and a few around them."""
    screen.line((path, "strong"))
    for sign, text in _changed_lines(before, after, context):
        span: Span = (f"{sign} {text}", SIGN_STYLES[sign])
        screen.line(span)


def _changed_lines(before: bytes, after: bytes, context: int) -> Iterator[tuple[str, str]]:
    old, new = (data.decode("utf-8", "replace").splitlines() for data in (before, after))
    after_header = islice(difflib.unified_diff(old, new, n=context, lineterm=""), 2, None)
    for line in after_header:
        if not line.startswith("@@"):
            yield line[0], line[1:]
