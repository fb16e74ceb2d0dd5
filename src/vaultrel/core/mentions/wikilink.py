"""``[[Jane Doe]]``, ``[[People/Jane Doe.md#Notes|Jane]]``, ``![[Jane Doe]]`` (Obsidian help: Internal links)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from vaultrel.core.dates import parse_day
from vaultrel.model import Mention

if TYPE_CHECKING:
    from collections.abc import Iterator

name: str = "wikilink"
trigger: str = "[["

# A target holds no bracket, so ``[[unknown] [x::[[Acme]]`` is only Acme; the text to show may hold single ones.
_LINK = re.compile(r"\[\[([^\[\]|]*+)(\|(?:[^\[\]]|\[(?!\[)|\](?!\]))*+)?\]\]")


def find(text: str, line: int, column: int) -> Iterator[Mention]:
    """Yield the wikilinks of one line; links to a heading or block of the note itself name nobody."""
    for match in _LINK.finditer(text):
        target, shown = match.groups()
        if shown is not None:
            # In a table the pipe is written ``\|``.
            target = target.removesuffix("\\")
        target = strip_target(target)
        if not target or "://" in target:
            continue
        start = match.start()
        before = text[start - 1 : start]
        # ``@[[2026-07-10]]`` is the due date of a Kanban card.
        if before == "@" and parse_day(target) is not None:
            continue
        embed = before == "!"
        start -= embed
        yield Mention(name, target, f"!{match[0]}" if embed else match[0], line, column + start, embed)


def strip_target(target: str) -> str:
    """The note a link leads to, without heading, block and ``.md``; empty when it stays within its own note."""
    if target.startswith("^^"):
        return ""
    if "#" in target:
        target = target.partition("#")[0]
    target = target.strip()
    return target[:-3].rstrip() if target[-3:].lower() == ".md" else target
