"""The lines of a note's body that vaultrel uses: mentions, tasks, inline fields, dated entries, attendees.

Inline fields follow Dataview's documentation (Adding metadata), tasks those of Tasks, Dataview and Kanban.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from vaultrel.core.dates import is_ambiguous_day, parse_day, parse_moment
from vaultrel.core.markdown import visible_text
from vaultrel.core.mentions import SYNTAXES, find_mentions
from vaultrel.core.mentions.name import split_names
from vaultrel.core.text import fold_name
from vaultrel.model import InlineField, Tag, Task, TextLine

if TYPE_CHECKING:
    import datetime as dt

    from vaultrel.core.dates import DateOrder, Moment
    from vaultrel.model import Mention
    from vaultrel.settings import MeetingSettings

_MAX_TEXT: Final = 400

_START = re.compile(r"[ \t>]*+(?:([-*+]|[0-9]{1,9}[.)])(?:[ \t]++|\Z)(?:\[([^\[\]])\](?:[ \t]++|\Z))?)?")
_HEADING = re.compile(r" {0,3}(#{1,6})(?:[ \t]++|\Z)")
_LABEL = re.compile(r"[*_~]{0,3}([^\s:：*_~|\[\](][^:：*_~|\[\]]{0,60})[*_~]{0,3}(?:(::?)(?![/:])|：)[*_~]{0,3}[ \t]*+")
_NO_WORD_ENDS = re.compile(r"^[\W_]+|(?:[(（][^()（）]{0,60}[)）]|[\W_])+$")
_DATED = re.compile(
    r"[*_~(]{0,3}(\[\[(?:[^\[\]|#/]{1,60}/){0,8}|\[)?"
    r"(?=[0-9]|(?:mon|tue|wed|thu|fri|sat|sun|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,9}[., ])",
    re.IGNORECASE,
)
_NOT_PROSE = re.compile(
    r"(?:[*_=-][ \t]*+)++\Z|\||\[![^\[\]]{1,40}\][+-]?[ \t]*+\Z|!\[\[[^\[\]]*+\]\]\Z|(?:#\S++\s*+)++\Z"
)
"""Rules, table rows, the head of a callout, embeds and lines of tags: nothing to quote."""

_SIGNS: Final = ("[", ":", "：", "#", "19", "20", "21", "22", *{syntax.trigger for syntax in SYNTAXES})
"""What a line needs to be more than prose: a task's sign, a label's, a heading's, a year's or a mention's."""

_TAG = re.compile(r"(?<!\S)#([^\s#!\"$%&'()*+,.:;<=>?@\[\\\]^`{|}~\u2000-\u206f\u2e00-\u2e7f]+)")
_LINE_FIELD = re.compile(r"([^\[\]()|:：]{1,64})::(?!:)[*_~]{0,3}[ \t]*+")
_FIELD_START = re.compile(r"[\[(]([^\[\]()|:：]{1,64})::[ \t]*+")
_BRACKET = re.compile(r"[\[\]()]")
_MARKED_DAY = re.compile(r"([📅📆🗓⏳⌛✅❌])\ufe0f?[ ]?([0-9]{4}-[0-9]{1,2}-[0-9]{1,2})(?![0-9])")
_KANBAN_DAY = re.compile(r"(?:\(@|@\{|@\[\[)([^\[\](){}]{8,40})[)\]}]")

_TASK_DAYS: Final = {
    "📅": "due", "📆": "due", "🗓": "due", "due": "due",
    "⏳": "scheduled", "⌛": "scheduled", "scheduled": "scheduled",
    "✅": "done", "completion": "done", "completed": "done", "done": "done",
    "❌": "cancelled", "cancelled": "cancelled", "canceled": "cancelled",
}  # fmt: skip
"""The signs of Tasks and the field keys of Dataview, and what they say of a task."""

_DATE_LABELS: Final = frozenset(
    {"date", "when", "datum", "fecha", "data", "dato", "日期", "日付", "日時", "时间", "날짜", "meeting date"}
)
_ABSENT_LABELS: Final = frozenset(
    {"absent", "apologies", "regrets", "declined", "excused", "not present", "entschuldigt", "abwesend", "excusés"}
)
"""Labels in an attendee list whose people were not there."""


class BodyReading(NamedTuple):
    """What the body of a note holds; `lines`, `lead`, `title` and `tags` as in `vaultrel.model.Note`.

    Attributes:
        date: the moment on the first ``Date:`` line, and that line; None when there is none.
        ambiguous: lines whose ``Date:`` cannot be read without an order of day and month.
    """

    lines: tuple[TextLine, ...]
    lead: TextLine | None
    title: str
    tags: tuple[Tag, ...]
    date: tuple[Moment, int] | None
    ambiguous: tuple[int, ...]


def read_body(body: str, first_line: int, meetings: MeetingSettings, order: DateOrder = "") -> BodyReading:
    """Read a body's visible text into lines; takes time proportional to the body.

    Args:
        body: the note's text after the frontmatter.
        first_line: the raw line it begins on, 1-based.
        meetings: the words that head a list of attendees.
        order: how to read days such as 07/05/2026.
    """
    reader = _LineReader(meetings, order)
    shown = visible_text(body)
    raw = body.split("\n") if shown is not body else None
    has_tags = "#" in shown
    tags: list[Tag] = []
    for index, text in enumerate(shown.split("\n")):
        if not text or text.isspace():
            continue
        line = first_line + index
        if has_tags and "#" in text:
            tags += [Tag(name, line) for name in _TAG.findall(text) if not name.isdecimal()]
        reader.read_line(text.rstrip(), line, raw[index] if raw else text)
    return BodyReading(
        tuple(reader.lines), reader.lead, reader.title, tuple(tags), reader.date, tuple(reader.ambiguous)
    )


@lru_cache(maxsize=16)
def _attendee_labels(meetings: MeetingSettings) -> tuple[frozenset[str], frozenset[str]]:
    """The labels of attendee lists, and the keys of attendee fields."""
    headings = frozenset(map(fold_name, meetings.attendee_headings))
    return headings, headings | frozenset(map(fold_name, meetings.attendee_keys))


class _Label(NamedTuple):
    """What a line starts with before a colon: the comparison key, whether it is a field, where its value starts."""

    key: str
    is_field: bool
    value: int


class _LineReader:
    """Reads line after line, with what the lines above say about the next.

    Attributes:
        heading: the nearest heading above.
        listing: level of the attendee heading the lines stand under; 0 under none.
        absent: level of the heading, within that, of those who were not there; 0 without one.
        listed: from which indentation on list items belong to a label above, and whether that lists who was there.
        dated: level and day of the dated heading above.
        entry: indentation and day of the dated list item above.
    """

    def __init__(self, meetings: MeetingSettings, order: DateOrder) -> None:
        self.labels, self.keys = _attendee_labels(meetings)
        self.order = order
        self.lines: list[TextLine] = []
        self.lead: TextLine | None = None
        self.title = ""
        self.date: tuple[Moment, int] | None = None
        self.ambiguous: list[int] = []
        self.heading = ""
        self.listing = 0
        self.absent = 0
        self.listed: tuple[int, bool] | None = None
        self.dated: tuple[int, dt.date] | None = None
        self.entry: tuple[int, dt.date] | None = None

    def read_line(self, text: str, line: int, raw: str) -> None:
        """Take in one line: its visible text, its number, and its text with the hidden spans."""
        if self.lead and not (self.listing or self.listed or self.entry or self.dated) and _is_prose(text):
            return
        heading = _HEADING.match(text) if "#" in text[:4] else None
        if heading:
            self._read_heading(text, heading, line, raw)
            return
        start = _START.match(text)
        assert start is not None, "the pattern matches the empty text too"
        at = start.end()
        is_item = start[1] is not None
        own_day = _entry_day(text[at:], self.order)
        label = _read_label(text, at)
        indent = len(text[: start.start(1) if is_item else at].expandtabs(4)) if text[0] in " \t>" else 0
        self._leave_lists(indent, is_item=is_item)
        attendees = self._lists_attendees(label, len(text), is_item=is_item)
        if label:
            self._read_date(label, text, line)
            self._expect_items(label, indent, is_item=is_item, is_empty=label.value == len(text))
            at = label.value if self._is_listing(label) else at
        if own_day and is_item:
            self.entry = indent, own_day
        above = self.entry or self.dated
        day = own_day or (above[1] if above else None)
        fields = _find_fields(text, start.end()) if "::" in text else ()
        mentions = _find_line_mentions(text, line, raw, at if attendees else None)
        is_used = bool(fields or attendees or start[2])
        is_prose = not is_used and self.lead is None and not (label and label.key in _DATE_LABELS | self.labels)
        if not (is_used or mentions or day or is_prose):
            return
        kept = TextLine(
            line=line,
            text=text.strip()[:_MAX_TEXT],
            heading=self.heading,
            is_item=is_item,
            attendees=attendees,
            date=day,
            own_date=own_day is not None,
            task=_read_task(start[2], text, fields, self.order) if start[2] else None,
            fields=fields,
            mentions=mentions,
        )
        if is_prose and not _NOT_PROSE.match(kept.text.lstrip("> \t")):
            self.lead = kept
        if is_used or mentions or day:
            self.lines.append(kept)

    def _read_heading(self, text: str, heading: re.Match[str], line: int, raw: str) -> None:
        level = heading.end(1) - heading.start(1)
        title = _strip_closing(text[heading.end() :])
        is_first = not self.heading
        if level == 1 and not self.title:
            self.title = title[:_MAX_TEXT]
        self.entry = self.listed = None
        self._read_listing(level, _fold_label(title))
        if self.dated and level <= self.dated[0]:
            self.dated = None
        day = _entry_day(title, self.order) or parse_day(title.rpartition(" ")[2].strip("()"), self.order)
        mentions = _find_line_mentions(text, line, raw, None)
        if day or mentions:
            kept = TextLine(line, text.strip()[:_MAX_TEXT], self.heading, is_heading=True, mentions=mentions)
            self.lines.append(replace(kept, date=day, own_date=True) if day else kept)
        # The heading that titles a whole note says no more than the note's own date.
        if day and not (level == 1 and is_first):
            self.dated = level, day
        self.heading = title[:_MAX_TEXT]

    def _leave_lists(self, indent: int, *, is_item: bool) -> None:
        """Forget the list items above that the line is not part of."""
        if self.entry and indent <= self.entry[0]:
            self.entry = None
        if self.listed and (not is_item or indent < self.listed[0]):
            self.listed = None

    def _read_listing(self, level: int, key: str) -> None:
        """Take in a heading: the start or end of an attendee list, or of those absent within it."""
        if level <= self.listing:
            self.listing = 0
        if level <= self.absent or not self.listing:
            self.absent = 0
        if not self.listing and key in self.labels:
            self.listing = level
        elif self.listing and key in _ABSENT_LABELS:
            self.absent = level

    def _is_listing(self, label: _Label) -> bool:
        return label.key in (self.keys if label.is_field else self.labels)

    def _lists_attendees(self, label: _Label | None, length: int, *, is_item: bool) -> bool:
        if label and (label.value == length or label.key in _ABSENT_LABELS or label.key in _DATE_LABELS):
            return False
        if label and self._is_listing(label):
            return True
        if self.listed and is_item:
            return self.listed[1]
        return bool(self.listing) and not self.absent

    def _expect_items(self, label: _Label, indent: int, *, is_item: bool, is_empty: bool) -> None:
        """The items nested below a label belong to it; after an empty one that is no item, any list does."""
        is_present = self._is_listing(label)
        if (is_item or is_empty) and (is_present or label.key in _ABSENT_LABELS):
            self.listed = (indent + 1 if is_item else 0), is_present

    def _read_date(self, label: _Label, text: str, line: int) -> None:
        if self.date or label.key not in _DATE_LABELS:
            return
        value = text[label.value :].lstrip("*_~ \t")
        moment = parse_moment(value, self.order)
        if moment:
            self.date = moment, line
        elif is_ambiguous_day(value):
            self.ambiguous.append(line)


def _is_prose(text: str) -> bool:
    for sign in _SIGNS:  # noqa: SIM110 - asked of every line of a vault, and `all` takes three times as long
        if sign in text:
            return False
    return True


def _read_label(text: str, at: int) -> _Label | None:
    if ":" not in text and "：" not in text:
        return None
    match = _LABEL.match(text, at)
    return match and _Label(_fold_label(match[1]), match[2] == "::", match.end())


@lru_cache(maxsize=1024)
def _fold_label(text: str) -> str:
    """The comparison key of a heading or label, without emoji, signs and a count in parentheses around it."""
    return fold_name(_NO_WORD_ENDS.sub("", text[:_MAX_TEXT]))


def _strip_closing(title: str) -> str:
    """A heading's text without its closing ``#`` (CommonMark 4.2)."""
    title = title.rstrip()
    bare = title.rstrip("#")
    return bare.rstrip() if not bare or bare[-1] in " \t" else title


def _entry_day(content: str, order: DateOrder) -> dt.date | None:
    """The day a line or heading starts with, as a date or as a link to a daily note."""
    match = _DATED.match(content)
    if match is None:
        return None
    is_wikilink = match[1] is not None and match[1].startswith("[[")
    return parse_day(content[match.start(1) if is_wikilink else match.end() :], order)


def _find_line_mentions(text: str, line: int, raw: str, names_from: int | None) -> tuple[Mention, ...]:
    """The mentions of one line, with what was really written as their surface.

    Args:
        text: the line's visible text.
        line: its number.
        raw: the line as written.
        names_from: the index from which it lists attendees, plain names included; None when it lists none.
    """
    if names_from is not None:
        mentions = split_names(text[names_from:], line, names_from + 1)
    else:
        mentions = find_mentions(text, line, 1)
    if not mentions or raw is text or raw.startswith(text):
        return mentions
    ends = [mention.column - 1 + len(mention.surface) for mention in mentions]
    return tuple(replace(m, surface=raw[m.column - 1 : end]) for m, end in zip(mentions, ends, strict=True))


def _read_task(status: str, text: str, fields: tuple[InlineField, ...], order: DateOrder) -> Task:
    """The task of a list item; a scheduled day stands in for a due day that is not written."""
    written = [*_MARKED_DAY.findall(text), *((field.key.lower(), field.value) for field in fields)]
    if "@" in text:
        written += [("due", day) for day in _KANBAN_DAY.findall(text)]
    days: dict[str, dt.date] = {}
    for sign, value in written:
        day = parse_day(value, order) if sign in _TASK_DAYS else None
        if day:
            days.setdefault(_TASK_DAYS[sign], day)
    return Task(status, days.get("due") or days.get("scheduled"), days.get("done"), days.get("cancelled"))


def _find_fields(text: str, start: int) -> tuple[InlineField, ...]:
    """The inline fields of a line whose text starts at index `start`, by column."""
    fields: list[InlineField] = []
    whole = _LINE_FIELD.match(text, start)
    if whole:
        fields.append(_make_field(whole[1], text, whole.end(), len(text)))
    opened: list[tuple[str, re.Match[str] | None]] = []
    for bracket in _BRACKET.finditer(text, start):
        sign = bracket[0]
        if sign in "[(":
            opened.append((sign, _FIELD_START.match(text, bracket.start())))
            continue
        # A parenthesis nobody closed does not keep the square bracket around it open.
        while sign == "]" and opened and opened[-1][0] == "(":
            opened.pop()
        if opened and opened[-1][0] == ("[" if sign == "]" else "("):
            field = opened.pop()[1]
            if field:
                fields.append(_make_field(field[1], text, field.end(), bracket.start()))
    return tuple(sorted(fields, key=lambda field: field.start))


def _make_field(key: str, text: str, start: int, end: int) -> InlineField:
    value = text[start:end].rstrip()
    return InlineField(key.strip(" \t*_~`"), value, start + 1, start + 1 + len(value))
