"""Properties from frontmatter: line by line where it is plain, else through python-frontmatter with our handler.

Where the YAML is broken it is read piece by piece.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, Literal, TypeAlias

import frontmatter
from frontmatter.default_handlers import YAMLHandler
from msgspec import Struct

from vaultrel.core.frontmatter.block import (
    FIRST_LINE,
    FOREIGN_BREAK,
    MAX_BLOCK_BYTES,
    content_refusal,
    decode_note,
    find_merge_marker,
    missing_block_refusal,
    split_note,
)
from vaultrel.core.frontmatter.outline import Outline, outline_block
from vaultrel.core.frontmatter.plain import NULLS, find_value_links, read_plain
from vaultrel.core.frontmatter.refusals import REFUSALS, UNREAD, refuse
from vaultrel.core.mentions import find_links
from vaultrel.model import Property, Refusal, Scalar

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from vaultrel.core.frontmatter.outline import Part

_Shape: TypeAlias = Literal["scalar", "list", "mapping"]

_MAX_ALIASED = 50_000
"""Leaves that aliases may add to one note; nested aliases can name billions."""

_MAX_PIECES = 2_000
"""Entries of a broken block that are parsed one by one; the rest is only scanned."""

_PLACEHOLDER = re.compile(r"\{\{[^{}\n]*\}\}|<%")
_BARE_LINK = re.compile(r"\[\[[^\[\]{}\"'\n]+\]\]")
_CONFLICT_LINE = ("<<<<<<<", "|||||||", "=======", ">>>>>>>")


class FrontmatterProblem(Struct, frozen=True):
    """Something in a note's frontmatter that the user should know; `line` is 1-based, 0 the whole note."""

    code: str
    message: str
    line: int


class FrontmatterReading(Struct, frozen=True):
    """What was read from one note.

    Attributes:
        properties: in order; of a key that stands twice only the last.
        body: the text after the block, without a byte order mark; line ends as they are.
        body_line: the raw line, 1-based, on which `body` begins.
        refusal: why the note must not be written; None when it may be.
        template: the frontmatter holds template placeholders.
        diagnostics: what keeps properties from being read well, and an unsettled conflict in the body.
    """

    properties: tuple[Property, ...]
    body: str
    body_line: int
    refusal: Refusal | None
    template: bool
    diagnostics: tuple[FrontmatterProblem, ...]


def read_frontmatter(data: bytes) -> FrontmatterReading:
    """Return what a note's bytes say in their frontmatter, as Obsidian would read it; never raises.

    Scalars stay text under the YAML 1.2 core schema. A block that is not valid YAML is read leniently, entry by
    entry and line by line. `refusal` is the answer `patch_frontmatter` would give, save that templates are
    refused here only: their bytes could be patched, but nobody should.
    """
    text, refusal = decode_note(data)
    if text is None:
        return FrontmatterReading((), "", 1, refusal, template=False, diagnostics=_problems(refusal))
    block = split_note(data)
    if block is None:
        refusal = refusal or missing_block_refusal(text)
        body = text.removeprefix("\ufeff")
        return FrontmatterReading((), body, 1, refusal, template=False, diagnostics=_problems(refusal, body))
    head = data[: block.body_start].decode()
    content = head[block.content_start - 2 * block.bom : len(head) - (block.body_start - block.content_end)]
    body, body_line = text[len(head) :], head.count("\n") + 1
    fits = refusal is None and block.content_end - block.content_start <= MAX_BLOCK_BYTES
    plain = read_plain(content.replace("\r\n", "\n")) if fits else None
    if plain is not None:
        return FrontmatterReading(
            plain, body, body_line, None, template=False, diagnostics=_problems(None, body, body_line)
        )
    properties, refusal = _read_yaml(content, refusal or content_refusal(content))
    placeholder = _PLACEHOLDER.search(content)
    if placeholder and refusal is None:
        refusal = refuse("template", content.count("\n", 0, placeholder.start()) + FIRST_LINE)
    problems = _problems(refusal, body, body_line)
    return FrontmatterReading(properties, body, body_line, refusal, placeholder is not None, problems)


def _read_yaml(content: str, refusal: Refusal | None) -> tuple[tuple[Property, ...], Refusal | None]:
    """Return what the YAML between the fences says, and why it must not be edited: `refusal` if there is one."""
    if refusal and refusal.code == "frontmatter-too-big":
        return (), refusal
    handler = _PropertyHandler()
    by_key, _ = frontmatter.parse(f"---\n{content}---", handler=handler)
    return tuple(found for found in by_key.values() if isinstance(found, Property)), refusal or handler.refusal


def _problems(refusal: Refusal | None, body: str = "", body_line: int = 1) -> tuple[FrontmatterProblem, ...]:
    problems = []
    if refusal and refusal.code in UNREAD:
        problems.append(FrontmatterProblem(refusal.code, refusal.message, refusal.line))
    marker = find_merge_marker(body)
    if marker is not None and not problems:
        line = body.count("\n", 0, marker) + body_line
        problems.append(FrontmatterProblem("merge-markers", REFUSALS["merge-markers"], line))
    return tuple(problems)


class _PropertyHandler(YAMLHandler):
    """Gives python-frontmatter properties instead of constructed objects, from a block already split.

    `refusal` is set by `load` when the block is not to be edited.
    """

    def __init__(self) -> None:
        super().__init__()
        self.refusal: Refusal | None = None

    def split(self, text: str) -> tuple[str, str]:
        """Return what stands between the fences; the base class would take ``----`` for a fence."""
        return text[4:-3], ""

    def load(self, fm: str, **_kwargs: object) -> dict[str, Property]:
        """Return the properties by key; `fm` has no carriage return left but lone ones."""
        content = FOREIGN_BREAK.sub(" ", fm)
        outline = outline_block(content)
        if isinstance(outline, Refusal):
            self.refusal = outline
            properties = _lenient_properties(content)
        else:
            self.refusal = outline.refusal
            properties = _strict_properties(content, outline, FIRST_LINE)
        by_key: dict[str, Property] = {}
        for found in properties:
            by_key.pop(found.key, None)  # so that the last of two stands last
            by_key[found.key] = found
        return by_key


def _strict_properties(content: str, outline: Outline, first_line: int) -> Iterator[Property]:
    reader = _LeafReader(content, first_line)
    for entry in outline.entries:
        if any(part.anchor for part in entry.key):
            reader.read(entry.key)  # a later alias may name it
        shape, leaves = reader.read(entry.value)
        if entry.name is not None:
            yield Property(entry.name, entry.key[0].line + first_line, shape, leaves)


class _LeafReader:
    """Reads nodes of one block in order, remembering anchors, so that aliases can be resolved within a limit."""

    def __init__(self, content: str, first_line: int) -> None:
        self._content = content
        self._first_line = first_line
        self._anchors: dict[str, tuple[_Shape, tuple[Scalar, ...]]] = {}
        self._aliased = 0

    def read(self, parts: Sequence[Part]) -> tuple[_Shape, tuple[Scalar, ...]]:
        """Return the shape and the leaves of one node."""
        shape: _Shape = "scalar"
        found: tuple[Scalar, ...] = ()
        collections: list[tuple[Part, list[Scalar]]] = []
        for part in parts:
            if part.step > 0:
                collections.append((part, []))
                continue
            node = part
            if part.kind == "end":
                node, inner = collections.pop()
                shape, found = self._close(node, part.end, inner)
            elif part.kind == "alias":
                shape, found = self._resolve(part.text)
            else:
                shape, found = "scalar", self._scalar(part)
            if node.anchor:
                self._anchors[node.anchor] = (shape, found)
            if collections:
                collections[-1][1].extend(found)
        return shape, found

    def _close(self, start: Part, end: int, inner: list[Scalar]) -> tuple[_Shape, tuple[Scalar, ...]]:
        if start.kind == "mapping":
            return "mapping", ()
        source = self._content[start.start : end] if start.style else ""
        if _BARE_LINK.fullmatch(source) and source[2:-2].strip():  # to YAML an unquoted [[X]] is a list in a list
            line, column = start.line + self._first_line, start.column + 1
            return "scalar", (Scalar(source, line, column, mentions=find_links(source, line, column)),)
        return "list", tuple(inner)

    def _resolve(self, anchor: str) -> tuple[_Shape, tuple[Scalar, ...]]:
        shape, leaves = self._anchors.get(anchor, ("scalar", ()))
        self._aliased += len(leaves)
        return (shape, leaves) if self._aliased <= _MAX_ALIASED else (shape, ())

    def _scalar(self, part: Part) -> tuple[Scalar, ...]:
        if not part.style and not part.tag and part.text in NULLS:
            return ()
        line, column = part.line + self._first_line, part.column + 1
        mentions = find_value_links(self._content[part.start : part.end], part.text, line, column)
        if part.style in {"'", '"'}:
            column += 1
        return (Scalar(part.text, line, column, not part.style, mentions),)


def _lenient_properties(content: str) -> Iterator[Property]:
    """Return what a block that is not valid YAML still says, one root entry after the other."""
    lines = ["" if line.startswith(_CONFLICT_LINE) else line for line in content.split("\n")]
    starts = [index for index, line in enumerate(lines) if _split_key(line)]
    for number, (start, end) in enumerate(pairwise([*starts, len(lines)])):
        piece = "\n".join(lines[start:end]) + "\n"
        outline = outline_block(piece) if number < _MAX_PIECES else None
        if isinstance(outline, Outline) and outline.entries:
            yield from _strict_properties(piece, outline, start + FIRST_LINE)
        else:
            yield _scan_property(lines[start:end], start + FIRST_LINE)


def _split_key(line: str) -> tuple[str, str] | None:
    """Return the key that a root line begins with and the text after its colon, or None."""
    key, colon, value = line.partition(":")
    if not colon or not key.strip() or key[0] in " \t-#[]{}" or (value and not value[0].isspace()):
        return None
    return key.strip().strip("\"'"), value


def _scan_property(lines: Sequence[str], first_line: int) -> Property:
    """Return a property from lines that no YAML parser takes: its scalar and the list items below it."""
    key, value = _split_key(lines[0]) or (lines[0], "")
    leaves = list(_scan_scalar(value, first_line, len(lines[0]) - len(value) + 1))
    shape: _Shape = "scalar"
    for number, line in enumerate(lines[1:], start=first_line + 1):
        bare = line.lstrip()
        if bare.startswith(("- ", "-\t")):
            shape = "list"
            leaves.extend(_scan_scalar(bare[1:], number, len(line) - len(bare) + 2))
    return Property(key, first_line, shape, tuple(leaves))


def _scan_scalar(source: str, line: int, column: int) -> Iterator[Scalar]:
    """Yield the scalar in `source`, unless it is empty, null, a comment or the head of a block of text."""
    text = source.strip()
    column += len(source) - len(source.lstrip())
    quote = text[:1] if text[:1] in {"'", '"'} else ""
    if quote:
        text = text[1:].partition(quote)[0]
        column += 1
    else:
        text = text.partition(" #")[0].rstrip()
        if text in NULLS or text[0] in "#|>":
            return
    yield Scalar(text, line, column, not quote, find_links(text, line, column))
