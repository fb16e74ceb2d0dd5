"""Two renderings of a piece of text: the key by which names are compared, and the form that is safe to show."""

from __future__ import annotations

import unicodedata

from vaultrel.core.expressions import lazily

_INVISIBLE = lazily("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
"""Marks that reorder or hide text: in a calendar title they could make a line read as something else."""

_UNPRINTABLE = lazily("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]")
"""Controls, line separators, lone surrogates and non-characters: no feed, page or note may carry them."""


def fold_name(text: str) -> str:
    """The key by which names and links are compared: equal keys, same name.

    Unicode's canonical caseless match (The Unicode Standard, D145) in form NFC, with every run of white
    space (no-break spaces included) as one space and none at the ends. Jon is not John: nothing is guessed.
    """
    if text.isascii():
        return " ".join(text.split()).lower()
    decomposed = unicodedata.normalize("NFD", text).casefold()
    return " ".join(unicodedata.normalize("NFC", decomposed).split())


def clean_text(text: str, limit: int) -> str:
    """The text on one line, fit for any output, at most `limit` code points long.

    Control characters, line separators and lone surrogates become spaces, marks that turn the writing
    direction are removed, runs of white space become one space. A text that is too long ends in ``…``.
    """
    if not text.isprintable():
        text = _UNPRINTABLE().sub(" ", _INVISIBLE().sub("", text))
    text = " ".join(text.split())
    if len(text) <= limit:
        return text
    return f"{text[: max(limit - 1, 0)].rstrip()}…" if limit else ""
