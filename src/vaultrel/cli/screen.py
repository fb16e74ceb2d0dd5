"""Lines on a terminal or in a pipe: the same words in both, colour only where it was asked for."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from functools import cached_property
from typing import IO, TYPE_CHECKING, Any, Literal, TypeAlias

import click

if TYPE_CHECKING:
    from collections.abc import Sequence

Style: TypeAlias = Literal["plain", "strong", "quiet", "good", "warn", "bad", "link"]

Span: TypeAlias = str | tuple[str, Style]
"""A piece of a line, with how to show it."""

STYLES: dict[Style, dict[str, Any]] = {
    "plain": {},
    "strong": {"bold": True},
    "quiet": {"dim": True},
    "good": {"fg": "green"},
    "warn": {"fg": "yellow"},
    "bad": {"fg": "red"},
    "link": {"fg": "cyan"},
}
"""Styles as click spells them: loading rich takes longer than all that `today` does."""

WIDEST = 100
"""Columns: longer lines are hard to read, however wide the window."""


class Screen:
    """One stream, written line by line.

    Whatever is printed passes through here, and here every character that could steer a terminal is taken out.
    """

    def __init__(self, stream: IO[str], *, color: bool, silent: bool = False) -> None:
        self._stream = stream
        self._color = color
        self._silent = silent

    @property
    def is_terminal(self) -> bool:
        """Whether somebody looks at it as it is written; in a pipe or a file nothing needs to fit."""
        return self._stream.isatty()

    @cached_property
    def width(self) -> int:
        """The columns that are used."""
        # As `shutil.get_terminal_size` has it, which loads every compression there is.
        with suppress(ValueError):
            if (columns := int(os.environ.get("COLUMNS", ""))) > 0:
                return min(columns, WIDEST)
        with suppress(AttributeError, ValueError, OSError):  # there is no such stream, or it is no terminal
            return min(os.get_terminal_size(sys.__stdout__.fileno()).columns or WIDEST, WIDEST)  # type: ignore[union-attr]
        return WIDEST

    def line(self, *spans: Span) -> None:
        """Print one line."""
        if self._silent:
            return
        pieces: list[tuple[str, Style]] = [_piece(span) for span in spans]
        if not self._color:
            click.echo("".join(text for text, _ in pieces).rstrip(), file=self._stream)
            return
        styled = (click.style(text, **STYLES[style]) if STYLES[style] else text for text, style in pieces)
        # Nothing is left for click to guess from the stream: whether to colour was decided before.
        click.echo("".join(styled), file=self._stream, color=True)

    def wrapped(self, head: Sequence[Span], text: str, style: Style = "plain") -> None:
        """Print `head`, then `text` beside it, broken so that it keeps its own column."""
        import textwrap

        indent = sum(cells(_piece(span)[0]) for span in head)
        lines = textwrap.wrap(text, max(self.width - indent, 20)) or [""]
        self.line(*head, (lines[0], style))
        for line in lines[1:]:
            self.line(" " * indent, (line, style))

    def table(self, rows: Sequence[Sequence[Span]], *, indent: int = 0, right: frozenset[int] = frozenset()) -> None:
        """Print rows in columns as wide as they need; those whose index is in `right` end flush."""
        cleaned = [[_piece(cell) for cell in row] for row in rows]
        widths = _column_widths(cleaned)
        for row in cleaned:
            spans: list[Span] = [" " * indent]
            for index, ((text, style), width) in enumerate(zip(row, widths, strict=True)):
                gap = " " * (width - cells(text))
                spans += [gap, (text, style), "  "] if index in right else [(text, style), gap, "  "]
            self.line(*spans)


def table_width(rows: Sequence[Sequence[Span]]) -> int:
    """How many columns of a terminal these rows take as a table, with the gap behind each."""
    return sum(width + 2 for width in _column_widths([[_piece(cell) for cell in row] for row in rows]))


def _column_widths(rows: Sequence[Sequence[tuple[str, Style]]]) -> list[int]:
    return [max(cells(text) for text, _ in column) for column in zip(*rows, strict=True)]


def _piece(span: Span) -> tuple[str, Style]:
    if isinstance(span, str):
        return _printable(span), "plain"
    text, style = span
    return _printable(text), style


def _printable(text: str) -> str:
    """The text without what could steer a terminal; spaces stay, they are the layout."""
    if text.isprintable():
        return text
    from vaultrel.core.text import clean_text

    return " ".join(clean_text(word, len(word)) for word in text.split(" "))


def cells(text: str) -> int:
    """How many columns of a terminal the text takes (Unicode Standard Annex 11; combining marks take none)."""
    if text.isascii():
        return len(text)
    import unicodedata

    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text
    )


def pad(text: str, width: int) -> str:
    """The spaces that fill `text` up to `width` columns."""
    return " " * max(width - cells(text), 0)
