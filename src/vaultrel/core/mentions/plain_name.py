"""``Ada Stone`` in a sentence: somebody written out in full without a link, where the user asks for it.

Who is known is not known while a note is read. What is kept is each run of words that could hold a full name; the
names in it are found when it is resolved, so that a new or renamed person needs no note to be read again.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import islice, pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

from vaultrel.core.expressions import lazily
from vaultrel.model import Mention

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

name: str = "plain_name"
trigger: str = ""

_CJK: Final = "々〇\u3041-\u3096\u30a1-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff\U00020000-\U000323af"
"""Han, kana and Hangul: written without blanks, or with endings glued on, so that names have no word boundaries."""

_SMALL: Final = "".join(sign for sign in map(chr, (*range(0x590), *range(0x1D00, 0x2000))) if sign.islower())
"""Small letters of the scripts that write names with capitals: Latin, Greek, Cyrillic, Armenian."""

_PARTICLES: Final = (
    "van|von|vom|zu|zur|zum|ter|ten|der|den|dem|de|del|della|di|da|das|do|dos|du|la|le|el|al|bin|ibn|bint|ben|y|e"
    "|af|av|til"
)
"""Words of a name that begin with a small letter."""

_BLANK: Final = "[ \t\u00a0\u202f]"
_MARKS: Final = "[\u0300-\u036f\u0900-\u0dff]*+"
_LETTERS: Final = rf"(?:[^\W\d_{_CJK}]{_MARKS})++"
_WORD: Final = (
    rf"[^\W\d_{_CJK}{_SMALL}](?<![\w@#/].){_MARKS}(?:{_LETTERS})?+(?:['’‐‑-](?!s(?!{_LETTERS})){_LETTERS}){{0,4}}+"
    rf"(?![\w@])(?:\.(?![\w.]))?+"
)
"""A word with a capital; with the dot that could be an initial's, without the ``'s`` of a genitive."""

_RUN = lazily(rf"{_WORD}(?:{_BLANK}(?:(?:{_PARTICLES}){_BLANK}){{0,3}}+{_WORD})++")
_CJK_RUN = lazily(rf"[{_CJK}]{{2,}}+")
_UNBROKEN = lazily(rf"[^{_BLANK[1:]}+")
_KATAKANA = lazily(r"[ァ-ヺー]{2}")

_MOST_UNITS: Final = 12
"""Words, or CJK signs, of the longest name that is looked for."""


def find(text: str, line: int, column: int) -> Iterator[Mention]:
    """Yield the runs of two or more words with capitals (particles between them included), and of CJK signs."""
    runs = [*_RUN().finditer(text)]
    if not text.isascii():
        runs = sorted((*runs, *_CJK_RUN().finditer(text)), key=re.Match.start)
    return (Mention(name, run[0], run[0], line, column + run.start()) for run in runs)


def spell_name(known: str) -> str:
    """A person's name as it is looked for in runs; empty when it is no full name, or could not stand in a run."""
    spelled = " ".join(unicodedata.normalize("NFC", known).split())
    return spelled if any(run.target == spelled for run in find(spelled, 1, 1)) else ""


def first_units(run: str, most: int | None = None) -> frozenset[str]:
    """The two words, or CJK signs, that a name at each of the first `most` places of a run would begin with.

    The names in a run depend on these keys and no others; a name itself has the one of its first place.
    """
    units, glue = _split_run(run)
    words = [unit.word.removesuffix(".") for unit in units]
    return frozenset(glue.join(pair) for pair in islice(pairwise(words), most))


def names_in(run: Mention, known: Container[str]) -> Iterator[Mention]:
    """Yield the names of `known`, as `spell_name` gives them, that stand in a run: from the left, the longest first."""
    units, glue = _split_run(run.target)
    at = 0
    while at < len(units) - 1:
        for count in range(min(_MOST_UNITS, len(units) - at), 1, -1):
            spelled = glue.join(unit.word for unit in units[at : at + count])
            # The dot after the last word may be an initial's or the sentence's.
            read = spelled if spelled in known else spelled.removesuffix(".")
            start, end = units[at].start, units[at + count - 1].end - len(spelled) + len(read)
            if read in known and not (_splits_katakana(run.target, start) or _splits_katakana(run.target, end)):
                yield Mention(name, read, run.target[start:end], run.line, run.column + start)
                at += count - 1
                break
        at += 1


class _Unit(NamedTuple):
    """A word or CJK sign of a run: where it starts and ends there, and its comparable form."""

    start: int
    end: int
    word: str


def _split_run(run: str) -> tuple[list[_Unit], str]:
    """The units of a run, and what stands between those of a name."""
    if _CJK_RUN().match(run):
        return [_Unit(index, index + 1, sign) for index, sign in enumerate(run)], ""
    words = _UNBROKEN().finditer(run)
    return [_Unit(word.start(), word.end(), unicodedata.normalize("NFC", word[0])) for word in words], " "


def _splits_katakana(text: str, at: int) -> bool:
    """True between two signs of katakana: unlike other CJK names, those end where their script does."""
    return _KATAKANA().fullmatch(text[max(at - 1, 0) : at + 1]) is not None
