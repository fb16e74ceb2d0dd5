"""Plain names in an attendee list: where a person is written without a link."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from vaultrel.core.mentions import find_links, find_mentions
from vaultrel.model import Mention

if TYPE_CHECKING:
    from collections.abc import Iterator

name: str = "name"

_BULLET = re.compile(r"[ \t>]*+(?:(?:[-*+]|[0-9]{1,9}[.)])[ \t]++(?:\[[^\[\]]\][ \t]++)?)?")
_SEPARATOR = re.compile(r"[(（][^()（）]*+[)）]|[,;、，；]")
"""A separator; or what stands in parentheses, so that separators in there are passed over."""

_ROLE = re.compile(r"[(（\[<—]|[:：](?=\s|\Z)|：|(?<=\s)[–|·•-]+(?=\s)")
"""What starts a person's role, or anything else that is not the name."""

_MARKS = " \t\u00a0\u3000*_~`\"'“”„«»;>)）"
"""What may stand around a name without being part of it."""

_MAX_WORDS: Final = 8
"""A text of more words is a sentence, not a name."""


def split_names(text: str, line: int, column: int) -> tuple[Mention, ...]:
    """The people written in one attendee line, list item or property value, by column.

    Where there are links, they alone count. Otherwise the text is split at commas and semicolons and each part gives
    a name without its role (``(TSC)``, ``: chair``, ``— Marketing``), and the handle or address beside it. One single
    comma may stand inside a name (``Doe, Jane``): such a text is one name, for whoever knows the people to split.

    Args:
        text: visible text without the list's label.
        line: its line in the raw file, 1-based.
        column: the column of its first code point there, 1-based.
    """
    links = find_links(text, line, column)
    if links:
        return links
    bullet = _BULLET.match(text)
    start = bullet.end() if bullet else 0
    return tuple(
        mention for first, last in _parts(text, start) for mention in _read_part(text[first:last], line, column + first)
    )


def _parts(text: str, start: int) -> list[tuple[int, int]]:
    """Start and end of each part of the text from `start` on."""
    cuts = [match.start() for match in _SEPARATOR.finditer(text, start) if match.end() - match.start() == 1]
    if len(cuts) == 1 and text[cuts[0]] == "," and not _ROLE.search(text[start : cuts[0]]) and "@" not in text:
        cuts = []
    return [(before + 1, after) for before, after in pairwise([start - 1, *cuts, len(text)])]


def _read_part(part: str, line: int, column: int) -> Iterator[Mention]:
    """The name in one part, and what identifies the same person beside it."""
    beside = find_mentions(part, line, column)
    role = _ROLE.search(part)
    end = role.start() if role else len(part)
    starts = [0, *(mention.column - column + len(mention.surface) for mention in beside)]
    ends = [*(mention.column - column for mention in beside), end]
    for first, last in zip(starts, ends, strict=True):
        written = _trim_marks(part[first : min(last, end)])
        if any(map(str.isalnum, written)) and len(written.split()) <= _MAX_WORDS:
            yield Mention(name, written, written, line, column + part.index(written, first))
            break
    yield from beside


def _trim_marks(text: str) -> str:
    text = text.strip(_MARKS)
    # The dot ends a sentence, except after an initial or ``Jr.``.
    return text.rstrip(".") if len(text.rpartition(" ")[2].rstrip(".")) > 2 else text
