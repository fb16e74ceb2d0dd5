"""Plain frontmatter, read line by line: what Obsidian itself writes, without a YAML parser.

A block is plain when each of its lines is blank, a comment, or a key or list item with one short spelling of a value:
words, quoted text in which only quotes and backslashes are escaped, an unquoted link, or a list of these in brackets.
Whatever is spelled in another way is left to the YAML parser. Where both can read a block they read the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from msgspec.structs import replace

from vaultrel.core.expressions import lazily
from vaultrel.core.frontmatter.block import FIRST_LINE
from vaultrel.core.frontmatter.outline import DRAWINGS, MAX_EVENTS, WRITABLE
from vaultrel.core.mentions import find_links
from vaultrel.model import Property, Scalar

if TYPE_CHECKING:
    from vaultrel.model import Mention

NULLS: Final = frozenset({"", "~", "null", "Null", "NULL"})
"""What a plain scalar may say for null: YAML 1.2, 10.3.2 (core schema)."""

_MOST_PER_LINE: Final = 4
"""YAML events that a line gives rise to, besides one for each of its commas."""

_MOST_TO_COUNT: Final = MAX_EVENTS // 2
"""Code points of a block that cannot give rise to too many events, however they are spent."""

_LONGEST_KEY: Final = 256
"""Code points of a key that are surely few enough for YAML, which allows 1,024."""

_PLACEHOLDERS: Final = ("{{", "<%")

_BEYOND = lazily("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")
"""Tabs, what YAML forbids, and the line breaks about which its versions disagree."""

_FIRST: Final = r"[^\s?:,\[\]{}#&*!|>'\"%@`-]"
_INNER: Final = r"(?:[^\s:]|:(?!\s))"
_KEY: Final = rf"(?![.<]){_FIRST}[^\s:#]*+(?: ++[^\s:#]++)*+"
_WORDS: Final = rf"{_FIRST}{_INNER}*+(?: ++(?!#){_INNER}++)*+"
_QUOTED: Final = r"\"(?:[^\"\\\n]++|\\[\"\\])*+\"|'(?:[^'\n]++|'')*+'"
_LINK: Final = r"\[\[\w[\w ./()|&+-]*+\]\]"
_LISTED: Final = rf"(?:{_QUOTED}|{_LINK}|{_FIRST}[^\s,\[\]{{}}:#?]*+(?: ++[^\s,\[\]{{}}:#?]++)*+)"
_LIST: Final = rf"\[ *+(?:{_LISTED} *+(?:, *+{_LISTED} *+)*+)?+\]"
_COMMENT: Final = r"#[^\n]*+"
_LINE = lazily(
    rf"(?:({_KEY}) *+:|( *+)-)(?: ++({_QUOTED}|{_LINK}|{_LIST}|{_WORDS}))?+(?: ++{_COMMENT})?+ *+\n"
    rf"| *+(?:{_COMMENT})?+\n"
)
"""A line: its key, or the blanks before the dash of its item, and its value; nothing of a blank line or a comment."""

_VALUE = lazily(_LISTED)
_ESCAPED = lazily(r"\\(.)")


class _Written(NamedTuple):
    """A value as written, where it stands; empty when there is none."""

    source: str
    line: int
    column: int


class _Entry(NamedTuple):
    """A key, its line, the value behind it, and the list items below it."""

    key: str
    line: int
    value: _Written
    items: list[_Written]


def read_plain(content: str) -> tuple[Property, ...] | None:
    r"""Return the properties of a plain block; None when it is not plain, or must not be edited.

    `content` is the text between the fences, with ``\n`` for its line ends.
    """
    if not _may_be_plain(content):
        return None
    entries = _split_entries(content)
    if entries is None or len({entry.key for entry in entries}) < len(entries) or not all(map(_is_safe, entries)):
        return None
    return tuple(map(_read_entry, entries))


def _may_be_plain(content: str) -> bool:
    if any(sign in content for sign in _PLACEHOLDERS):
        return False
    if len(content) > _MOST_TO_COUNT and content.count("\n") * _MOST_PER_LINE + content.count(",") > MAX_EVENTS:
        return False
    # What is printable is not beyond, and is found out sooner.
    return content.replace("\n", "").isprintable() or _BEYOND().search(content) is None


def _split_entries(content: str) -> list[_Entry] | None:
    entries: list[_Entry] = []
    indent: str | None = None
    start, line = 0, FIRST_LINE
    read_line = _LINE().match
    while match := read_line(content, start):
        key, dash, source = match.groups()
        value = _Written(source or "", line, match.start(3) - start + 1)
        if key is not None:
            entries.append(_Entry(key, line, value, []))
            indent = None
        elif dash is not None:
            if not entries or entries[-1].value.source or dash != (dash if indent is None else indent):
                return None
            entries[-1].items.append(value)
            indent = dash
        start, line = match.end(), line + 1
    return entries if start == len(content) else None


def _is_safe(entry: _Entry) -> bool:
    """True unless the entry forbids an edit, or could: a drawing's, or one of ours that holds no plain scalar."""
    folded = entry.key.casefold()
    if folded in WRITABLE:
        return entry.key in WRITABLE and entry.value.source != "" and not _is_list(entry)
    return folded not in DRAWINGS and len(entry.key) <= _LONGEST_KEY


def _is_list(entry: _Entry) -> bool:
    source = entry.value.source
    return bool(entry.items) or (source.startswith("[") and not _is_link(source))


def _is_link(source: str) -> bool:
    return source.startswith("[[") and not source.startswith("[[[")


def _read_entry(entry: _Entry) -> Property:
    leaves: list[Scalar] = []
    for written in (entry.value, *entry.items):
        _add_leaves(leaves, *written)
    return Property(entry.key, entry.line, "list" if _is_list(entry) else "scalar", tuple(leaves))


def _add_leaves(leaves: list[Scalar], source: str, line: int, column: int) -> None:
    if source.startswith("[") and not _is_link(source):
        for listed in _VALUE().finditer(source, 1):
            _add_leaves(leaves, listed[0], line, column + listed.start())
    elif source not in NULLS:
        is_quoted = source[0] in "\"'"
        text = _unquote(source) if is_quoted else source
        links = find_value_links(source, text, line, column) if "[" in text else ()
        leaves.append(Scalar(text, line, column + is_quoted, not is_quoted, links))


def _unquote(source: str) -> str:
    text = source[1:-1]
    if source[0] == "'":
        return text.replace("''", "'")
    return _ESCAPED().sub(r"\1", text) if "\\" in text else text


def find_value_links(source: str, value: str, line: int, column: int) -> tuple[Mention, ...]:
    """Return the links in a scalar: placed where its source has them, with the targets its value has.

    The two differ where quotes need escapes, as an apostrophe does between apostrophes.
    """
    if "[[" not in value and "](" not in value:
        return ()
    if "\n" not in source and value in source:
        return find_links(source, line, column)
    placed = [
        mention
        for offset, part in enumerate(source.split("\n"))
        for mention in find_links(part, line + offset, 1 if offset else column)
    ]
    meant = [mention for part in value.split("\n") for mention in find_links(part, line, column)]
    if len(placed) != len(meant):  # an escape or a wrapped line hides a bracket: there, the place is the value's
        places = {mention.surface: mention for mention in placed}
        return tuple(places.get(mention.surface, mention) for mention in meant)
    return tuple(replace(mention, target=other.target) for mention, other in zip(placed, meant, strict=True))
