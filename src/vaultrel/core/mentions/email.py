"""``bob@example.org``: a bare address in the text (RFC 5321, 4.1.2, in the spellings people use)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from vaultrel.model import Mention

if TYPE_CHECKING:
    from collections.abc import Iterator

name: str = "email"
trigger: str = "@"

_AT = re.compile(r"@(?<=[\w%+-]@)(?=[^\W_])")
_MAX_LOCAL = 64  # RFC 5321, 4.5.3.1.1
_LOCAL = re.compile(r"[\w.%+'-]*+\Z")
_DOMAIN = re.compile(r"(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.){1,8}[^\W\d_]{2,24}(?![\w@])")
_BEFORE = frozenset(" \t\u00a0\u3000<([{\"'“‘„«|*~,;:，；：、（")
_SCHEME = "mailto:"


def find(text: str, line: int, column: int) -> Iterator[Mention]:
    """Yield the addresses of one line; those inside web addresses and link destinations are not visible text."""
    seen = 0
    for at in _AT.finditer(text):
        found = _address_span(text, at.start(), seen)
        if found is not None:
            start, seen = found
            address = text[start:seen]
            yield Mention(name, address, address, line, column + start)


def _address_span(text: str, at: int, seen: int) -> tuple[int, int] | None:
    """Where the address around the ``@`` at index `at` starts and ends; None when there is none."""
    domain = _DOMAIN.match(text, at + 1)
    local = _LOCAL.search(text[max(seen, at - _MAX_LOCAL - 1) : at])
    if domain is None or local is None:
        return None
    word = local[0].lstrip("'.-")
    start = at - len(word)
    if not word or len(word) > _MAX_LOCAL:
        return None
    before = text[start - 1] if start else " "
    if before not in _BEFORE and start == at - len(local[0]):
        return None
    return None if text[max(start - len(_SCHEME), 0) : start].lower() == _SCHEME else (start, domain.end())
