"""A note's bytes, read: everything vaultrel takes from one note, and what in it needs the user's eye."""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from vaultrel.core.dates import daily_note_day, is_ambiguous_day, moment_in_name, parse_moment, parse_time
from vaultrel.core.frontmatter import read_frontmatter
from vaultrel.core.lines import read_body
from vaultrel.core.mentions import choose_syntaxes
from vaultrel.core.text import clean_text
from vaultrel.model import Diagnostic, Note, NoteDate, NotePath, Property, Tag
from vaultrel.settings import DEFAULT_SETTINGS, Settings

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

    from vaultrel.core.lines import BodyReading

_TAG_KEYS: Final = frozenset({"tags", "tag"})
_TIME_KEYS: Final = frozenset({"time", "start", "starttime", "start_time", "start-time", "start time"})
_QUOTED: Final = 40
"""Code points of a value that a message repeats."""

_TAG_SEPARATOR = re.compile(r"[,\s]+")


def parse_note(path: NotePath, data: bytes, settings: Settings = DEFAULT_SETTINGS) -> Note:
    """Read one note; never raises, whatever the bytes are.

    Args:
        path: the note's path in the vault.
        data: the file as it is.
        settings: what the user set.

    Returns:
        The note. What cannot be read stands in its `diagnostics`; why it must not be written, in its `refusal`.
    """
    reading = read_frontmatter(data)
    body = read_body(
        reading.body,
        reading.body_line,
        settings.meetings,
        settings.date_order,
        choose_syntaxes(settings.plugins, plain_names=settings.people.plain_names),
    )
    stem = path.rpartition("/")[2].removesuffix(".md")
    problems = [
        Diagnostic(path, problem.code, problem.message, problem.line, 1 if problem.line else 0)
        for problem in reading.diagnostics
    ]
    template = reading.template or stem.lower().endswith(" template") or stem.lower() == "template"
    day = daily_note_day(path, settings.obsidian.daily)
    date = None
    if not template:
        date = (
            _date_of_properties(path, reading.properties, settings, problems)
            or _date_of_name(stem, day, settings)
            or _date_of_body(path, body, problems)
        )
    return Note(
        path=path,
        digest=hashlib.sha256(data).hexdigest(),
        properties=reading.properties,
        tags=(*_property_tags(path, reading.properties, problems), *body.tags),
        lines=body.lines,
        lead=body.lead,
        title=body.title,
        date=date and _with_time(date, reading.properties, body, settings),
        daily=day is not None,
        template=template,
        refusal=reading.refusal,
        diagnostics=tuple(problems),
    )


def _date_of_properties(
    path: NotePath, properties: tuple[Property, ...], settings: Settings, problems: list[Diagnostic]
) -> NoteDate | None:
    """The first of the date properties, in the order of the settings, that can be read."""
    by_key = {entry.key.casefold(): entry for entry in properties if entry.leaves}
    for key in _fold_keys(settings.meetings.date_keys) if by_key else ():
        entry = by_key.get(key)
        if entry is None:
            continue
        leaf = entry.leaves[0]
        moment = parse_moment(leaf.text, settings.date_order)
        if moment and entry.shape == "list":
            message = f"`{entry.key}` holds a list, which is no date to Obsidian. Write one day, YYYY-MM-DD."
            problems.append(Diagnostic(path, "bad-date", message, leaf.line, leaf.column))
        elif moment:
            return NoteDate(moment.day, moment.time, "property", leaf.line)
        elif is_ambiguous_day(leaf.text):
            message = f"`{entry.key}: {leaf.text}` can be read in two ways. Write YYYY-MM-DD, or set date_order."
            problems.append(Diagnostic(path, "ambiguous-date", message, leaf.line, leaf.column))
        elif any(map(str.isdigit, leaf.text)) and parse_time(leaf.text) is None:
            message = f"`{entry.key}: {clean_text(leaf.text, _QUOTED)}` is no day of the calendar. Write YYYY-MM-DD."
            problems.append(Diagnostic(path, "bad-date", message, leaf.line, leaf.column))
    return None


@lru_cache(maxsize=16)
def _fold_keys(keys: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(map(str.casefold, keys))


def _date_of_name(stem: str, daily: dt.date | None, settings: Settings) -> NoteDate | None:
    if daily:
        return NoteDate(daily, None, "name")
    moment = moment_in_name(stem, settings.date_order)
    return NoteDate(moment.day, moment.time, "name") if moment else None


def _date_of_body(path: NotePath, body: BodyReading, problems: list[Diagnostic]) -> NoteDate | None:
    for line in body.ambiguous:
        message = "This date can be read in two ways. Write YYYY-MM-DD, or set date_order."
        problems.append(Diagnostic(path, "ambiguous-date", message, line, 1))
    if body.date is None:
        return None
    moment, line = body.date
    return NoteDate(moment.day, moment.time, "line", line)


def _with_time(date: NoteDate, properties: tuple[Property, ...], body: BodyReading, settings: Settings) -> NoteDate:
    """The date with the start time that another property gives, or the date line of that day, when it has none."""
    if date.time:
        return date
    for entry in properties:
        if entry.leaves and entry.key.casefold() in _TIME_KEYS:
            text = entry.leaves[0].text
            moment = parse_moment(text, settings.date_order)
            time = moment.time if moment and moment.day == date.day else parse_time(text)
            if time:
                return replace(date, time=time)
    if body.date and body.date[0].day == date.day:
        return replace(date, time=body.date[0].time)
    return date


def _property_tags(path: NotePath, properties: tuple[Property, ...], problems: list[Diagnostic]) -> Iterator[Tag]:
    """The tags of the frontmatter; several in one text are read too, though Obsidian takes them for an error."""
    for entry in properties:
        if entry.key.casefold() not in _TAG_KEYS:
            continue
        for leaf in entry.leaves:
            names = [name.strip("#[]\"'") for name in _TAG_SEPARATOR.split(leaf.text)]
            names = [name for name in names if name]
            if len(names) > 1:
                message = f"`{entry.key}` holds several tags in one text: write them as a list."
                problems.append(Diagnostic(path, "tags-as-text", message, leaf.line, leaf.column))
            for name in names:
                yield Tag(name, leaf.line)
