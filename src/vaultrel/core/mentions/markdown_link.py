"""``[Jane](People/Jane%20Doe.md)``: a relative Markdown link to a note (CommonMark 0.31, 6.3 Links)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote

from vaultrel.core.mentions.wikilink import strip_target
from vaultrel.model import Mention

if TYPE_CHECKING:
    from collections.abc import Iterator

name: str = "markdown_link"
trigger: str = "]("

_BRACKET = re.compile(r"[\[\]]")
_DESTINATION = re.compile(
    r"""\([ \t]*+
    (?:<([^<>]*+)>|([^\s()<][^\s()]*+(?:\([^\s()]*+\)[^\s()]*+)*+))
    (?:[ \t]++(?:"[^"]*+"|'[^']*+'|\([^()]*+\)))?+
    [ \t]*+\)""",
    re.VERBOSE,
)
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*+:|//")
_OTHER_FILE = re.compile(r"\.(?=[0-9]*+[A-Za-z])(?:[a-z0-9]{1,8}|[A-Z0-9]{1,8})$")
"""A file name's extension, ``.md`` being gone already: one case, no spaces, at least one letter."""


def find(text: str, line: int, column: int) -> Iterator[Mention]:
    """Yield the links and embeds of one line whose destination is a note's path; web addresses and files are none."""
    opened: list[int] = []
    position = 0
    while bracket := _BRACKET.search(text, position):
        position = bracket.end()
        if bracket[0] == "[":
            opened.append(bracket.start())
            continue
        if not opened:
            continue
        start = opened.pop()
        destination = _DESTINATION.match(text, position)
        if destination is None:
            continue
        position = destination.end()
        embed = start > 0 and text[start - 1] == "!"
        if not embed:
            # A link holds no other link (CommonMark 6.3); an image may stand in one.
            opened.clear()
        target = _note_target(destination[1] if destination[2] is None else destination[2])
        if target:
            start -= embed
            yield Mention(name, target, text[start:position], line, column + start, embed)


def _note_target(destination: str) -> str:
    """The note's path, percent-decoded; empty when the destination is no note."""
    # An address pasted into another link leads to the web as well.
    if _SCHEME.match(destination) or "://" in destination:
        return ""
    target = strip_target(unquote(destination.partition("#")[0]))
    return "" if "\ufffd" in target or _OTHER_FILE.search(target) else target
