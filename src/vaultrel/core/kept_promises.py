"""Promises that were kept, or asked about: how a line in a daily note says so, and what it does to them.

The open task in the user's note stays as it is, for them to tick. What ends the promise is a finished task that repeats
its words and links to its note::

    - [x] send [[Ada Moreau]] the glaze recipe (promised in [[Daily/2026-06-29|2026-06-29]]) ✅ 2026-06-30

A promise that is theirs to keep does not end by being asked about. It is then as if it had been noted on that day.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from vaultrel.core.daily_line import spell_link
from vaultrel.core.text import clean_text, fold_name

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Iterator

    from vaultrel.model import Promise, TextLine

MAX_PROMISE: Final = 160
MAX_TEXT: Final = 80
"""Code points of a promise, and of the user's words about it, in the line that says it was kept."""

_ASKED: Final = "asked about: "
_PROMISED_IN: Final = "(promised in "


def compose_kept(promise: Promise, link: str, day: dt.date, text: str = "") -> str:
    """The line that says a promise was kept, or asked about if it is theirs, with a link to the note it stands in.

    Args:
        promise: the open task.
        link: to the person; put in front where the words do not hold it.
        day: on which it was kept.
        text: the user's own words.
    """
    words, told = clean_text(promise.text, MAX_PROMISE), clean_text(text, MAX_TEXT)
    named = words if link in words else f"{link}: {words}"
    asked = _ASKED if promise.by == "them" else ""
    where = f"{_PROMISED_IN}{spell_link(promise.path, whole=True)})"
    return f"- [x] {asked}{named} {where}{' ' if told else ''}{told} ✅ {day.isoformat()}"


def lines_about_promises(lines: Iterable[TextLine]) -> Iterator[TextLine]:
    """The lines that say of some promise that it was kept, or asked about, on whatever day."""
    return (line for line in lines if line.task is not None and line.task.is_done and _PROMISED_IN in line.text)


def open_promises(promises: Iterable[Promise], told: Iterable[TextLine], as_of: dt.date) -> tuple[Promise, ...]:
    """The promises as they stand on `as_of`, in their order, without those of the user's that a line says were kept.

    Args:
        promises: the open tasks.
        told: lines in which they may be told of.
        as_of: the day; what is told later does not count.
    """
    about = lines_about_promises(told)
    lines = [line for line in about if line.task and line.task.done is not None and line.task.done <= as_of]
    return tuple(_tell_open(promises, lines)) if lines else tuple(promises)


def _tell_open(promises: Iterable[Promise], lines: Iterable[TextLine]) -> Iterator[Promise]:
    kept = [(fold_name(line.text), {mention.target for mention in line.mentions}, line.task) for line in lines]
    for promise in promises:
        days = [task.done for text, targets, task in kept if task and task.done and _is_about(promise, text, targets)]
        if not days:
            yield promise
        elif promise.by == "them":
            yield replace(promise, due=None, noted=max(days))


def _is_about(promise: Promise, text: str, targets: set[str]) -> bool:
    note = promise.path.removesuffix(".md")
    words = fold_name(clean_text(promise.text, MAX_PROMISE).removesuffix("…"))
    return bool(words) and words in text and not targets.isdisjoint({note, note.rpartition("/")[2], promise.path})
