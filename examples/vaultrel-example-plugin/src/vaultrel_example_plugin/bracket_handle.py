"""``@[Ada Stone]``: a person named in brackets after an at sign, as some chat programs write it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from vaultrel.model import Mention

if TYPE_CHECKING:
    from collections.abc import Iterator

name: str = "bracket-handle"
trigger: str = "@["

# Bounded, and with no bracket inside: takes time in proportion to the line, whatever it holds.
_BRACKETED = re.compile(r"@\[([^\[\]]{1,80})\]")


def find(text: str, line: int, column: int) -> Iterator[Mention]:
    """Yield each name in such brackets; who is meant is decided by vaultrel, as for any other name."""
    for match in _BRACKETED.finditer(text):
        yield Mention(name, match[1].strip(), match[0], line, column + match.start())
