"""Where a note's frontmatter begins and ends, in bytes, and what in the bytes alone forbids an edit."""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING

from msgspec import Struct

from vaultrel.core.frontmatter.refusals import refuse

if TYPE_CHECKING:
    from vaultrel.model import Refusal

MAX_NOTE_BYTES = 16 * 1024 * 1024
MAX_BLOCK_BYTES = 256 * 1024

FIRST_LINE = 2
"""The raw line on which a block's content begins: the one after the opening fence."""

_OPENING = re.compile(rb"---[ \t]*(\r?\n)")
_CLOSING = re.compile(rb"\n---[ \t]*(?:\r?\n|\r?\Z)")
_FIRST_NEWLINE = re.compile(rb"\r?\n")
_LEADING_BLANKS = re.compile(r"[\ufeff\u00a0\u200b \t\r\n]*")
_UNCLOSED = re.compile(r"\ufeff?---[ \t]*(?:\r?\n|\r?\Z)")
_FENCE_LIKE = re.compile(r"(?:-{3,}|\+{3,}|\{)[ \t]*(?:[\r\n]|\Z)")
_MERGE_MARKER = re.compile(r"^(?:<{7}|>{7})(?: |\r?$)", re.MULTILINE)
FOREIGN_BREAK = re.compile("[\x85\u2028\u2029\ufeff]|\r(?!\n)")
"""Line breaks to YAML 1.1 only, and the byte order mark: YAML 1.2 (5.2, 5.4) and libyaml disagree about them."""


class Block(Struct, frozen=True):
    """A frontmatter block by byte offsets into the note.

    Attributes:
        content_start, content_end: what stands between the fences; its last byte, if any, ends a line.
        body_start: the byte after the closing fence's line.
        newline: the line end of the opening fence.
        bom: the note begins with a UTF-8 byte order mark.
    """

    content_start: int
    content_end: int
    body_start: int
    newline: bytes
    bom: bool


def split_note(data: bytes) -> Block | None:
    r"""Return the frontmatter block as Obsidian finds it, or None.

    The first line is exactly ``---`` and a later line is exactly ``---``; both may carry trailing blanks
    and end in ``\n`` or ``\r\n``. A byte order mark before the first line is allowed.
    """
    bom = data.startswith(codecs.BOM_UTF8)
    opening = _OPENING.match(data, 3 if bom else 0)
    if opening is None:
        return None
    closing = _CLOSING.search(data, opening.end() - 1)
    if closing is None:
        return None
    return Block(opening.end(), closing.start() + 1, closing.end(), opening.group(1), bom)


def newline_of(data: bytes) -> bytes:
    r"""Return the note's first line end, ``\n`` when it has none."""
    first = _FIRST_NEWLINE.search(data)
    return first.group() if first else b"\n"


def decode_note(data: bytes) -> tuple[str | None, Refusal | None]:
    """Return the note's text, None when there is none to read, and why its bytes forbid an edit."""
    if len(data) > MAX_NOTE_BYTES:
        return None, refuse("too-big")
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return None, refuse("utf16")
    nul = data.find(b"\0")
    refusal = refuse("nul-byte", data.count(b"\n", 0, nul) + 1) if nul >= 0 else None
    try:
        return data.decode(), refusal
    except UnicodeDecodeError as error:
        return None, refusal or refuse("not-utf8", data.count(b"\n", 0, error.start) + 1)


def missing_block_refusal(text: str) -> Refusal | None:
    """Return why a note without a block must not be given one, or None; `text` is the whole note."""
    lead = _LEADING_BLANKS.match(text)
    start = lead.end() if lead else 0
    line = text.count("\n", 0, start) + 1
    if _MERGE_MARKER.match(text, start):
        return refuse("merge-markers", line)
    if _UNCLOSED.match(text):
        return refuse("unclosed-frontmatter", 1)
    if _FENCE_LIKE.match(text, start):
        return refuse("looks-like-frontmatter", line)
    return None


def content_refusal(content: str) -> Refusal | None:
    """Return what in the text between the fences forbids an edit before YAML has a say, or None."""
    if len(content.encode()) > MAX_BLOCK_BYTES:
        return refuse("frontmatter-too-big", FIRST_LINE)
    marker, foreign_break = find_merge_marker(content), FOREIGN_BREAK.search(content)
    if marker is not None:
        return refuse("merge-markers", content.count("\n", 0, marker) + FIRST_LINE)
    if foreign_break is not None:
        code = "lone-cr" if foreign_break.group() == "\r" else "unicode-newline-or-bom"
        return refuse(code, content.count("\n", 0, foreign_break.start()) + FIRST_LINE)
    return None


def find_merge_marker(text: str) -> int | None:
    """Return the index of the first line that a version control system left to mark a conflict, or None."""
    if "<<<<<<<" not in text and ">>>>>>>" not in text:  # ten times faster than the search that finds nothing
        return None
    found = _MERGE_MARKER.search(text)
    return found.start() if found else None
