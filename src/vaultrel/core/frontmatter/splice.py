"""Editing: our own lines spliced into a note's bytes, and the proof that nothing else changed.

An edit replaces what stands between a key's colon and the end of its value, adds lines at the end of the block, or
takes our lines out. The bytes that result are read again from scratch and compared; any doubt is a refusal.
"""

from __future__ import annotations

import codecs
import datetime as dt
import re
from typing import TYPE_CHECKING

from msgspec import Struct

from vaultrel.core.frontmatter.block import (
    content_refusal,
    decode_note,
    missing_block_refusal,
    newline_of,
    split_note,
)
from vaultrel.core.frontmatter.outline import WRITABLE, Outline, outline_block
from vaultrel.core.frontmatter.refusals import refuse
from vaultrel.model import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from vaultrel.core.frontmatter.block import Block
    from vaultrel.core.frontmatter.outline import Entry
    from vaultrel.model import OwnedValue, Scalar

_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]{0,17})")
"""Digits that are the same integer to YAML 1.1 and 1.2: no leading zero, sign, underscore or exponent."""

_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_NOT_TEXT = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})
"""Plain words that YAML 1.1 (bool, null) or 1.2 does not read as text."""


def patch_frontmatter(data: bytes, fields: Mapping[str, OwnedValue | None]) -> bytes | Refusal:
    r"""Return the note with our properties set to `fields`, or why it must be left as it is.

    Args:
        data: the note's bytes.
        fields: value by key, only keys that vaultrel owns and ``rel_snooze_until``; None removes the key. Keys not
            named stay as they are.

    Returns:
        `data` unchanged when every field already says the same under YAML 1.1 and 1.2. Otherwise bytes that differ
        in our lines only: values replaced up to a comment, new keys at the end of the block with its line end
        and indent, or a whole block ``---\n…---\n`` put before a note that has none (after its byte order mark).

    Raises:
        ValueError: a key or value that vaultrel never writes.
    """
    _check_fields(fields)
    note = _survey(data)
    if isinstance(note, Refusal):
        return note
    if note.block is None:
        return _create_block(data, fields)
    own = note.own
    changed = {key: value for key, value in fields.items() if not _entry_says(own.get(key), value)}
    if not changed:
        return data
    content = _cut_entries(note, {key for key in own if changed.get(key, "") is None}, _value_edits(note, changed))
    content += _added_lines(note, {key: value for key, value in changed.items() if key not in own})
    return _prove(note, _assemble(note, content), fields)


def strip_frontmatter(data: bytes) -> bytes | Refusal:
    r"""Return the note without our properties, or why it must be left as it is.

    What `patch_frontmatter` did to a note that had none of our keys is undone to the byte: a block that holds
    nothing else and has the exact form in which vaultrel creates one disappears. Comments that were put behind our
    values stay, on a line of their own.

    One thing cannot be seen in a block that holds only our keys: whether ``---\n---\n`` stood there before us.
    `patch_frontmatter` therefore writes two blanks after the first colon that it adds to an empty block, and such
    a block is given back empty. An editor that writes the properties anew removes that sign, and with it the
    empty block.
    """
    if not any(key.encode() in data for key in WRITABLE):
        return data
    return patch_frontmatter(data, dict.fromkeys(WRITABLE))


def says(scalar: Scalar, wanted: OwnedValue) -> bool:
    """Return whether a property's leaf means `wanted` to YAML 1.1 and to YAML 1.2."""
    return _means(scalar.text, wanted, plain=scalar.plain)


def _means(text: str, wanted: OwnedValue, *, plain: bool) -> bool:
    if isinstance(wanted, str):
        return text == wanted
    if isinstance(wanted, int):
        return plain and _INTEGER.fullmatch(text) is not None and int(text) == wanted
    return plain and text == wanted.isoformat()


def _check_fields(fields: Mapping[str, OwnedValue | None]) -> None:
    for key, value in fields.items():
        if key not in WRITABLE:
            raise ValueError(f"{key!r} is not a property that vaultrel writes")
        wrong_word = isinstance(value, str) and (not _WORD.fullmatch(value) or value.lower() in _NOT_TEXT)
        if wrong_word or isinstance(value, bool | dt.datetime):
            raise ValueError(f"{key}: {value!r} is neither an integer, nor a plain word, nor a day")


def _spell(value: OwnedValue) -> str:
    return value.isoformat() if isinstance(value, dt.date) else str(value)


class _Note(Struct, frozen=True):
    """A note that may be edited, with what was read of its block; without a block, `content` is empty."""

    data: bytes
    block: Block | None
    content: str
    outline: Outline

    @property
    def own(self) -> dict[str, Entry]:
        """Our entries by key."""
        return {entry.name: entry for entry in self.outline.entries if entry.name in WRITABLE}


def _survey(data: bytes) -> _Note | Refusal:
    """Return what an edit has to know of a note, or the first reason against editing it."""
    text, refusal = decode_note(data)
    if text is None or refusal is not None:
        return refusal or refuse("not-utf8")
    block = split_note(data)
    if block is None:
        return missing_block_refusal(text) or _Note(data, None, "", Outline())
    content = data[block.content_start : block.content_end].decode()
    refusal = content_refusal(content)
    if refusal is not None:
        return refusal
    outline = outline_block(content)
    if isinstance(outline, Refusal):
        return outline
    return outline.refusal or _Note(data, block, content, outline)


def _entry_says(entry: Entry | None, wanted: OwnedValue | None) -> bool:
    if entry is None or wanted is None:
        return entry is None and wanted is None
    return _means(entry.value[0].text, wanted, plain=not entry.value[0].style)


def _gap(note: _Note, entry: Entry) -> str:
    """Return what stands between an entry's colon and its value."""
    return note.content[note.content.index(":", entry.key[0].end) + 1 : entry.value[0].start]


def _value_edits(note: _Note, changed: Mapping[str, OwnedValue | None]) -> list[tuple[int, int, str]]:
    """Return start, end and new text of each value of ours to replace; blanks after the colon stay."""
    edits = []
    for key, entry in note.own.items():
        value = changed.get(key)
        if value is not None:
            gap = _gap(note, entry)
            start = entry.value[0].start - len(gap)
            kept = gap if gap and not gap.strip(" ") else " "
            edits.append((start, entry.value[0].end, kept + _spell(value)))
    return edits


def _cut_entries(note: _Note, keys: Iterable[str], edits: Sequence[tuple[int, int, str]] = ()) -> str:
    """Return the block's content with `edits` made and without the lines of `keys`; comments on them stay."""
    content = note.content
    cuts = []
    for key in keys:
        entry = note.own[key]
        start = content.rfind("\n", 0, entry.key[0].start) + 1
        value_end = entry.value[0].end
        line_end = content.index("\n", value_end) + 1
        rest = content[value_end:line_end]
        cuts.append((start, line_end, " " * note.outline.indent + rest.lstrip(" \t") if rest.strip() else ""))
    for start, end, text in sorted([*edits, *cuts], reverse=True):
        content = content[:start] + text + content[end:]
    return content


def _added_lines(note: _Note, added: Mapping[str, OwnedValue | None]) -> str:
    assert note.block is not None
    newline = note.block.newline.decode()
    lines: list[str] = []
    for key in WRITABLE:
        value = added.get(key)
        if value is not None:
            gap = " " if note.content or lines else "  "  # the sign strip_frontmatter looks for
            lines.append(f"{' ' * note.outline.indent}{key}:{gap}{_spell(value)}{newline}")
    return "".join(lines)


def _create_block(data: bytes, fields: Mapping[str, OwnedValue | None]) -> bytes | Refusal:
    newline = newline_of(data)
    lines = [f"{key}: {_spell(value)}".encode() for key in WRITABLE if (value := fields.get(key)) is not None]
    if not lines:
        return data
    bom = codecs.BOM_UTF8 if data.startswith(codecs.BOM_UTF8) else b""
    body = data[len(bom) :]
    patched = bom + newline.join([b"---", *lines, b"---", body])
    again = _survey(patched)
    if (
        isinstance(again, Refusal)
        or again.block is None
        or patched[again.block.body_start :] != body
        or len(again.outline.entries) != len(lines)
        or not all(_entry_says(again.own.get(key), value) for key, value in fields.items())
    ):
        return refuse("unproven-edit")
    return patched


def _assemble(note: _Note, content: str) -> bytes:
    """Return the note with `content` between its fences, without a block where only ours was there."""
    assert note.block is not None
    data, block = note.data, note.block
    fence = b"---" + block.newline
    bom = codecs.BOM_UTF8 if block.bom else b""
    created = data[: block.content_start] == bom + fence and data[block.content_end : block.body_start] == fence
    marked = any(_gap(note, entry) == "  " for entry in note.own.values())
    if not content and created and not marked:
        return bom + data[block.body_start :]
    return data[: block.content_start] + content.encode() + data[block.content_end :]


def _prove(note: _Note, patched: bytes, fields: Mapping[str, OwnedValue | None]) -> bytes | Refusal:
    """Return `patched` if reading it from scratch shows `fields` and otherwise exactly what `note` holds."""
    assert note.block is not None
    again = _survey(patched)
    if isinstance(again, Refusal):
        return refuse("unproven-edit")
    old, new = note.block, again.block
    fences_and_body = (
        note.data[: old.content_start] == patched[: new.content_start]
        and note.data[old.content_end :] == patched[new.content_end :]
        if new is not None
        else note.data[old.body_start :] == patched[3 * old.bom :] and old.bom == patched.startswith(codecs.BOM_UTF8)
    )
    proven = (
        fences_and_body
        and _cut_entries(note, note.own.keys() & fields) == _cut_entries(again, again.own.keys() & fields)
        and _foreign_meaning(note, fields) == _foreign_meaning(again, fields)
        and all(_entry_says(again.own.get(key), value) for key, value in fields.items())
    )
    return patched if proven else refuse("unproven-edit")


def _foreign_meaning(note: _Note, fields: Mapping[str, object]) -> list[tuple[str, ...]]:
    """Return all that YAML says outside `fields`, without the places where it says it."""
    return [
        part.meaning
        for entry in note.outline.entries
        if entry.name not in fields
        for part in (*entry.key, *entry.value)
    ]
