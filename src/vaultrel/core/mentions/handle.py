"""``@jroe``: a word that may be someone's handle; only a handle that is known names a person."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from vaultrel.model import Mention

if TYPE_CHECKING:
    from collections.abc import Iterator

name: str = "handle"
trigger: str = "@"

# Not within a word (an address), a path (``@types/node``) or another ``@``; not before what makes it code or a date.
_HANDLE = re.compile(r"@(?<![\w@/\\.+=&?#%-]@)([^\W_](?:[\w.-]{0,62}\w)?)(?![\w@/{(\[]|[.-]\w)")

_DATE_WORDS = frozenset(
    """
    now today tonight tomorrow yesterday noon midnight next last this in day week month year weekend
    monday tuesday wednesday thursday friday saturday sunday mon tue wed thu fri sat sun
    january february march april may june july august september october november december
    jan feb mar apr jun jul aug sep sept oct nov dec
    """.split()  # noqa: SIM905 - forty words read better in lines than one below the other
)
"""What the Natural Language Dates plugin completes after its trigger, ``@`` by default."""


def find(text: str, line: int, column: int) -> Iterator[Mention]:
    """Yield the words of one line written like a handle; days and times in that form are left out."""
    for match in _HANDLE.finditer(text):
        word = match[1]
        if word[0].isdigit() and _is_number(word):
            continue
        if word.lower() not in _DATE_WORDS:
            yield Mention(name, word, match[0], line, column + match.start())


def _is_number(word: str) -> bool:
    """True for days and hours: digits and the signs between them."""
    return not word.translate({ord("-"): None, ord("."): None}).strip("0123456789")
