"""The line that records contact in a daily note, and the daily note of a day: which one it is, or where to make it.

A daily note is named as Obsidian names it (Obsidian documentation: Daily notes; moment.js documentation: Display,
Format). Its template is not carried out. A line is added behind all others; no other byte is touched.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from vaultrel.core.dates import daily_note_day
from vaultrel.core.frontmatter.block import newline_of
from vaultrel.core.text import clean_text, fold_name
from vaultrel.model import NotePath

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterable, Mapping, Sequence

MAX_TEXT: Final = 300
"""Code points of the user's own words in a line: more would not be read back whole."""

_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def _ordinal(number: int) -> str:
    ending = "th" if number % 100 in {11, 12, 13} else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


_TOKENS: Final[Mapping[str, Callable[[dt.date], str]]] = {
    "YYYY": lambda day: f"{day.year:04}",
    "YY": lambda day: f"{day.year % 100:02}",
    "Y": lambda day: str(day.year),
    "MMMM": lambda day: _MONTHS[day.month - 1],
    "MMM": lambda day: _MONTHS[day.month - 1][:3],
    "MM": lambda day: f"{day.month:02}",
    "Mo": lambda day: _ordinal(day.month),
    "M": lambda day: str(day.month),
    "DDDD": lambda day: f"{day.timetuple().tm_yday:03}",
    "DDDo": lambda day: _ordinal(day.timetuple().tm_yday),
    "DDD": lambda day: str(day.timetuple().tm_yday),
    "DD": lambda day: f"{day.day:02}",
    "Do": lambda day: _ordinal(day.day),
    "D": lambda day: str(day.day),
    "dddd": lambda day: _WEEKDAYS[day.weekday()],
    "ddd": lambda day: _WEEKDAYS[day.weekday()][:3],
    "dd": lambda day: _WEEKDAYS[day.weekday()][:2],
    "d": lambda day: str(day.isoweekday() % 7),
    "E": lambda day: str(day.isoweekday()),
    "GGGG": lambda day: f"{day.isocalendar().year:04}",
    "GG": lambda day: f"{day.isocalendar().year % 100:02}",
    "WW": lambda day: f"{day.isocalendar().week:02}",
    "Wo": lambda day: _ordinal(day.isocalendar().week),
    "W": lambda day: str(day.isocalendar().week),
    "Qo": lambda day: _ordinal((day.month + 2) // 3),
    "Q": lambda day: str((day.month + 2) // 3),
}
"""What moment.js writes for each token, in English. Those that need a time, or a week that begins on another day in
another country, are left out."""

_OTHER_TOKENS: Final = (
    "gggg",
    "gg",
    "ww",
    "wo",
    "w",
    "do",
    "e",
    "HH",
    "H",
    "hh",
    "h",
    "mm",
    "m",
    "ss",
    "s",
    "A",
    "a",
    "X",
    "x",
)
_FORMAT = re.compile(
    rf"\[([^\[\]]*)\]|({'|'.join(sorted((*_TOKENS, *_OTHER_TOKENS), key=len, reverse=True))})|\\?(.)", re.DOTALL
)


def choose_daily_note(
    held: Mapping[NotePath, dt.date], day: dt.date, daily: Sequence[tuple[str, str]]
) -> NotePath | None:
    """The daily note of a day: the one there is, else the path at which Obsidian would make it.

    Where no folder is set, a note of that day counts wherever it lies, and a new one goes beside the latest.

    Args:
        held: the daily notes there are, with their days.
        day: the day asked for.
        daily: pairs of folder and format, the one to make notes by first; see `ObsidianSettings`.

    Returns:
        None where the format cannot be followed: it names a time, or the notes there are bear names in another
        language than English.
    """
    folder, form = daily[0]
    folder, form = folder.strip("/ "), form.strip("/ ")
    pair = ((folder, form),)
    same = sorted(path for path, when in held.items() if daily_note_day(path, pair) == when)
    name = _compose_name(form, day)
    wanted = _find_place(folder, form, name, [(path, held[path]) for path in same]) if name is not None else None
    there = [path for path in same if held[path] == day]
    if there:
        return next((path for path in there if path == wanted), there[0])
    if wanted is None or daily_note_day(wanted, pair) != day:
        return None
    return wanted


def _find_place(folder: str, form: str, name: str, same: Iterable[tuple[NotePath, dt.date]]) -> NotePath | None:
    """Where a daily note of that name is made; None where those there are named in another way than this would be."""
    latest = max(same, key=lambda found: (found[1], found[0]), default=None)
    if latest is None:
        return NotePath(f"{folder}/{name}.md" if folder else f"{name}.md")
    path, when = latest
    known = f"{_compose_name(form, when)}.md"
    if fold_name(path) != fold_name(known) and not fold_name(path).endswith(f"/{fold_name(known)}"):
        return None
    return NotePath(f"{path[: len(path) - len(known)]}{name}.md")


def _compose_name(form: str, day: dt.date) -> str | None:
    """The day in a moment.js format, without ``.md``; None where the format asks for more than a day."""
    parts: list[str] = []
    for literal, token, character in _FORMAT.findall(form):
        if token and token not in _TOKENS:
            return None
        parts.append(_TOKENS[token](day) if token else literal or character)
    return "".join(parts) or None


def compose_contact(field: str, links: Sequence[str], text: str = "") -> str:
    """The line of contact with the people behind `links`, in the inline field of that name, with the user's words."""
    told = clean_text(text, MAX_TEXT)
    return f"- [{field}:: {', '.join(links)}]{' ' if told else ''}{told}"


def spell_link(path: NotePath, *, whole: bool = False) -> str:
    """A wikilink to a note: by its name, or by its whole path with the name for show."""
    target = path.removesuffix(".md")
    name = target.rpartition("/")[2]
    return f"[[{target}|{name}]]" if whole and name != target else f"[[{name}]]"


def append_line(data: bytes, line: str) -> bytes:
    """The note with the line behind its last one, ended as the note ends its lines; all other bytes stay."""
    newline = newline_of(data)
    added = line.encode("utf-8", "replace")
    if not data or data.endswith(b"\n"):
        return data + added + newline
    return data + newline + added
