"""The ways of naming a person in a note's visible text: one module each, listed in `SYNTAXES`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vaultrel.core.mentions import email, handle, markdown_link, plain_name, wikilink
from vaultrel.core.mentions.base import MentionSyntax

if TYPE_CHECKING:
    from vaultrel.model import Mention

__all__ = [
    "LINKS",
    "ON_REQUEST",
    "SYNTAXES",
    "MentionSyntax",
    "add_syntaxes",
    "choose_syntaxes",
    "find_links",
    "find_mentions",
]

LINKS: tuple[MentionSyntax, ...] = (wikilink, markdown_link)
"""The syntaxes that lead to a note by its path or name."""

SYNTAXES: tuple[MentionSyntax, ...] = (*LINKS, email, handle)
"""Every syntax that is always read; where two claim the same text, the one listed first has it."""

ON_REQUEST: tuple[MentionSyntax, ...] = (plain_name,)
"""Syntaxes that are read only where the user's settings say so."""

_ADDED: dict[str, tuple[MentionSyntax, ...]] = {}
"""Plugin to the syntaxes it adds; they are read only where the settings name it."""


def add_syntaxes(plugin: str, syntaxes: tuple[MentionSyntax, ...]) -> None:
    """Let `choose_syntaxes` know of what a plugin adds."""
    _ADDED[plugin] = syntaxes


def choose_syntaxes(plugins: tuple[str, ...] = (), *, plain_names: bool = False) -> tuple[MentionSyntax, ...]:
    """The syntaxes to read with: vaultrel's own, those of the plugins, and on request full names in sentences."""
    added = tuple(syntax for plugin in plugins for syntax in _ADDED.get(plugin, ()))
    return (*SYNTAXES, *added, *ON_REQUEST) if plain_names else (*SYNTAXES, *added) if added else SYNTAXES


def find_links(text: str, line: int, column: int) -> tuple[Mention, ...]:
    """The wikilinks and Markdown links in a piece of one line, by column.

    Args:
        text: visible text without a line break.
        line: its line in the raw file, 1-based.
        column: the column of its first code point there, 1-based.
    """
    return _find(LINKS, text, line, column)


def find_mentions(
    text: str, line: int, column: int, syntaxes: tuple[MentionSyntax, ...] = SYNTAXES
) -> tuple[Mention, ...]:
    """Every mention in a piece of one line, by column, none overlapping another; arguments as for `find_links`."""
    return _find(syntaxes, text, line, column)


def _find(syntaxes: tuple[MentionSyntax, ...], text: str, line: int, column: int) -> tuple[Mention, ...]:
    found: tuple[Mention, ...] = ()
    for syntax in syntaxes:
        if syntax.trigger in text:
            new = tuple(syntax.find(text, line, column))
            found = _merge(found, new) if found and new else found or new
    return found


def _merge(kept: tuple[Mention, ...], new: tuple[Mention, ...]) -> tuple[Mention, ...]:
    """Both by column, less those of `new` that overlap one of `kept`."""
    merged: list[Mention] = []
    index = 0
    for mention in new:
        while index < len(kept) and _end(kept[index]) <= mention.column:
            merged.append(kept[index])
            index += 1
        if index == len(kept) or _end(mention) <= kept[index].column:
            merged.append(mention)
    return (*merged, *kept[index:])


def _end(mention: Mention) -> int:
    return mention.column + len(mention.surface)
