"""What a mention syntax is: one way of naming a person in visible text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vaultrel.model import Mention


class MentionSyntax(Protocol):
    """One way of naming a person; each module of this package that is listed in `SYNTAXES` is one."""

    name: str
    """The value of `Mention.syntax`."""

    trigger: str
    """Text without which there is no such mention on a line: `find` is not called where it is absent."""

    def find(self, text: str, line: int, column: int) -> Iterator[Mention]:
        """Yield the mentions in one line of visible text, from left to right, not overlapping.

        Takes time proportional to the text, whatever it holds, and decides nothing about who is meant.

        Args:
            text: visible text without a line break: hidden spans are spaces.
            line: its line in the raw file, 1-based.
            column: the column of its first code point there, 1-based.
        """
