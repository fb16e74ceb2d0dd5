"""The parts of a frontmatter block, from YAML events read under limits: nothing composed, nothing constructed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

import yaml
from msgspec import Struct
from yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from vaultrel.core.frontmatter.block import FIRST_LINE
from vaultrel.core.frontmatter.refusals import refuse
from vaultrel.model import OWNED_FIELDS, Refusal

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


MAX_DEPTH = 64
MAX_EVENTS = 50_000
WRITABLE = (*OWNED_FIELDS, "rel_snooze_until")
"""Every key that may be written, in the order in which new ones are added."""

DRAWINGS = {"kanban-plugin": "kanban", "excalidraw-plugin": "excalidraw"}
"""Keys by which plugins mark notes that they lay out themselves, with the code that refuses them."""

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_Kind: TypeAlias = Literal["scalar", "alias", "list", "mapping", "end"]

_KINDS: dict[type[Event], tuple[_Kind, int]] = {
    ScalarEvent: ("scalar", 0),
    AliasEvent: ("alias", 0),
    SequenceStartEvent: ("list", 1),
    MappingStartEvent: ("mapping", 1),
    SequenceEndEvent: ("end", -1),
    MappingEndEvent: ("end", -1),
}


class Part(NamedTuple):
    """One YAML event: a scalar, an alias, or the start or end of a collection.

    Attributes:
        text: a scalar's value, an alias's name.
        style: how a scalar is quoted (``'``, ``"``, ``|``, ``>``) or that a collection is in flow style (``[``);
            empty for plain and for block style.
        step: how it changes the depth: 1 opens a collection, -1 ends one.
        start, end: where its source stands in the block's content.
        line, column: of `start`, 0-based in the content.
    """

    kind: _Kind
    text: str
    style: str
    anchor: str
    tag: str
    step: int
    start: int
    end: int
    line: int
    column: int

    @property
    def meaning(self) -> tuple[str, ...]:
        """What it says, without where."""
        return self[:5]

    @property
    def raw_line(self) -> int:
        """Its line in the raw file, 1-based."""
        return self.line + FIRST_LINE


class Entry(Struct, frozen=True):
    """One top-level key with its value.

    Attributes:
        name: the key's text; None when the key is itself a list, a mapping or an alias.
        key: the parts of the key.
        value: the parts of the value.
    """

    name: str | None
    key: Sequence[Part]
    value: Sequence[Part]


class Outline(Struct, frozen=True):
    """A block's root, entry by entry.

    Attributes:
        entries: the entries of a root mapping, in order.
        indent: the column of the root's keys, 0-based.
        refusal: why the block must not be edited although it could be read.
    """

    entries: tuple[Entry, ...] = ()
    indent: int = 0
    refusal: Refusal | None = None


def outline_block(content: str) -> Outline | Refusal:
    """Return the parts of the text between the fences, or why it cannot be read as YAML within the limits.

    `content` holds no line break but those of YAML 1.2, so that marks count lines as an editor does.
    """
    parts = _read_parts(content)
    if isinstance(parts, Refusal):
        return parts
    if not parts:
        return Outline()
    root = parts[0]
    if root.kind != "mapping":
        return Outline(refusal=refuse("not-a-mapping", root.raw_line))
    entries = tuple(_split_entries(parts[1:-1]))
    if root.style or root.anchor or root.tag:
        return Outline(entries, refusal=refuse("json-frontmatter" if root.style else "marked-root", root.raw_line))
    refusal = (
        _find_duplicate_key(parts)
        or _find_unresolved_alias(parts)
        or _find_shallow_value(content, parts)
        or _find_glued_comment(content, parts)
        or _find_bad_entry(content, entries)
    )
    return Outline(entries, root.column, refusal)


def _read_parts(content: str) -> list[Part] | Refusal:
    """Return the parts of the one document in `content`.

    libyaml looks at most 1 KiB ahead of the event it hands out (a simple key's length), so that a deep nesting is
    noticed before it costs anything.
    """
    parts: list[Part] = []
    depth = documents = 0
    try:
        for event in yaml.parse(content, Loader=_LOADER):
            kind = _KINDS.get(type(event))
            if kind is None:
                documents += isinstance(event, DocumentStartEvent)
                if documents > 1 or (isinstance(event, DocumentStartEvent | DocumentEndEvent) and event.explicit):
                    return refuse("document-marker", _part(event, "end", 0).raw_line)
                continue
            part = _part(event, *kind)
            depth += part.step
            if depth > MAX_DEPTH:
                return refuse("too-deep", part.raw_line)
            if len(parts) == MAX_EVENTS:
                return refuse("frontmatter-too-big", part.raw_line)
            parts.append(part)
    except (yaml.YAMLError, ValueError, OverflowError) as error:  # without libyaml, chr() of an escape raises
        return _yaml_refusal(content, error)
    return parts


def _part(event: Event, kind: _Kind, step: int) -> Part:
    start, end = event.start_mark, event.end_mark
    assert start is not None
    assert end is not None
    text = style = anchor = tag = ""
    if kind == "scalar":
        assert isinstance(event, ScalarEvent)
        text, style, anchor, tag = event.value, event.style or "", event.anchor or "", event.tag or ""
    elif isinstance(event, MappingStartEvent | SequenceStartEvent):
        style, anchor, tag = "[" if event.flow_style else "", event.anchor or "", event.tag or ""
    elif isinstance(event, AliasEvent):
        text = event.anchor or ""
    return Part(kind, text, style, anchor, tag, step, start.index, end.index, start.line, start.column)


def _yaml_refusal(content: str, error: Exception) -> Refusal:
    """Return the refusal for a parser's complaint, on the line where the user has to look."""
    lines = content.split("\n")
    problem, context = getattr(error, "problem_mark", None), getattr(error, "context_mark", None)
    if problem is None:  # yaml.reader.ReaderError: a character YAML does not allow, by position
        return refuse("unparsable", content.count("\n", 0, getattr(error, "position", 0)) + FIRST_LINE)
    number = problem.line
    if context is not None and number >= len(lines) - 1:
        number = context.line  # an open quote or bracket is noticed only at the end
    line = lines[min(number, len(lines) - 1)]
    tabbed = "\t" in line[: len(line) - len(line.lstrip())]
    return refuse("tab-indent" if tabbed else "unparsable", number + FIRST_LINE)


def _split_entries(parts: Sequence[Part]) -> Iterator[Entry]:
    start = 0
    while start < len(parts):
        value = _node_end(parts, start)
        end = _node_end(parts, value)
        name = parts[start].text if parts[start].kind == "scalar" else None
        yield Entry(name, parts[start:value], parts[value:end])
        start = end


def _node_end(parts: Sequence[Part], start: int) -> int:
    """Return the index after the node that begins at `start`."""
    depth, index = 0, start
    while True:
        depth += parts[index].step
        index += 1
        if depth == 0:
            return index


def _find_duplicate_key(parts: Sequence[Part]) -> Refusal | None:
    """Return the refusal for a key that stands twice in one mapping (YAML 1.2, 3.2.1.3), whatever its quotes."""
    seen: list[set[str] | None] = []  # the keys of each open collection; None for a list
    key_next: list[bool] = []
    for part in parts:
        if part.kind == "end":
            seen.pop()
            key_next.pop()
            continue
        keys = seen[-1] if seen else None
        if keys is not None:
            if key_next[-1] and part.kind == "scalar":
                if part.text in keys:
                    return refuse("duplicate-key", part.raw_line)
                keys.add(part.text)
            key_next[-1] = not key_next[-1]
        if part.step > 0:
            seen.append(set() if part.kind == "mapping" else None)
            key_next.append(True)
    return None


def _find_unresolved_alias(parts: Sequence[Part]) -> Refusal | None:
    anchors: set[str] = set()
    for part in parts:
        if part.kind == "alias" and part.text not in anchors:
            return refuse("unresolved-alias", part.raw_line)
        if part.anchor:
            anchors.add(part.anchor)
    return None


def _find_shallow_value(content: str, parts: Sequence[Part]) -> Refusal | None:
    """Return the refusal for a value that stands, or goes on, no deeper than the collection it belongs to.

    libyaml takes that of quoted text, flow collections and blocks of text; YAML 1.2 (7.3.1, 7.4, 8.1) and so Obsidian
    do not, but for a closing bracket.
    """
    columns: list[int] = []  # of the block collections open
    flows: list[Part] = []
    for part, following in zip(parts, (*parts[1:], parts[-1]), strict=True):
        line: int | None = None
        if part.step > 0 and (flows or part.style):
            flows.append(part)
        elif part.step > 0:
            columns.append(_block_column(content, part, following))
        elif part.kind == "end" and not flows:
            columns.pop()
        elif part.kind == "end":
            part = flows.pop()._replace(end=part.end)  # noqa: PLW2901 - the flow collection as a whole
            line = None if flows else _shallow_line(content, part, columns[-1], flow=True)
        elif part.style in {'"', "'"} and not flows:
            line = _shallow_line(content, part, columns[-1], flow=False)
        elif part.style in {"|", ">"} and part.column <= columns[-1]:
            line = 0
        if line is not None:
            return refuse("continuation-at-root-column", part.raw_line + line)
    return None


def _block_column(content: str, part: Part, first: Part) -> int:
    """Return the column of a block collection; an anchor or tag stands before it, on another line."""
    if not part.anchor and not part.tag:
        return part.column
    start = content.rfind("\n", 0, first.start) + 1
    return len(content[start : first.start]) - len(content[start : first.start].lstrip(" "))


def _shallow_line(content: str, part: Part, column: int, *, flow: bool) -> int | None:
    """Return which later line of a value begins at or before `column`.

    In a flow collection, a comment may, and so may a closing bracket at exactly that column.
    """
    if content.find("\n", part.start, part.end) < 0:
        return None
    for number, line in enumerate(content[part.start : part.end].split("\n")[1:], start=1):
        bare = line.removesuffix("\r").lstrip(" ")
        at = len(line.removesuffix("\r")) - len(bare)
        allowed = flow and (bare.startswith("#") or (bare.startswith(("]", "}")) and at == column))
        if bare and at <= column and not allowed:
            return number
    return None


def _find_glued_comment(content: str, parts: Sequence[Part]) -> Refusal | None:
    """Return the refusal for a comment without a blank before it: libyaml takes it, YAML 1.2 (6.6) does not."""
    for part in parts if "#" in content else ():
        if content[part.end : part.end + 1] == "#" and content[part.end - 1] in "\"']}":
            return refuse("unparsable", content.count("\n", 0, part.end) + FIRST_LINE)
    return None


def _find_bad_entry(content: str, entries: Sequence[Entry]) -> Refusal | None:
    """Return the refusal for a note laid out by another tool, or for an entry of ours that cannot be spliced."""
    for entry in entries:
        name = (entry.name or "").casefold()
        code = DRAWINGS.get(name) or (_odd_own_entry(content, entry) if name in WRITABLE else None)
        if code:
            return refuse(code, entry.key[0].raw_line)
    return None


def _odd_own_entry(content: str, entry: Entry) -> str | None:
    """Return why an entry of ours is not one key with one scalar on lines of its own, or None."""
    key, value = entry.key[0], entry.value[0]
    if value.kind == "alias" or any((key.anchor, key.tag, value.anchor, value.tag)):
        return "anchor-or-alias-on-own-key"
    if value.kind != "scalar" or value.style in {"|", ">"}:
        return "own-key-holds-structure"
    before = content[content.rfind("\n", 0, key.start) + 1 : key.start]
    between = content[key.end : value.start]
    if entry.name not in WRITABLE or before.strip(" ") or between.strip() != ":" or "\n" in between.partition(":")[0]:
        return "own-key-in-odd-place"
    return None
