"""The lines of a note's body that vaultrel uses: mentions, tasks, inline fields, dated entries, attendees.

Inline fields follow Dataview's documentation (Adding metadata), tasks those of Tasks, Dataview and Kanban.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias

from msgspec.structs import replace

from vaultrel.core.dates import days_in_text, is_ambiguous_day, may_name_day, parse_day, parse_moment
from vaultrel.core.expressions import lazily
from vaultrel.core.markdown import is_break, visible_text
from vaultrel.core.mentions import ON_REQUEST, SYNTAXES, find_links, find_mentions
from vaultrel.core.mentions.name import split_names
from vaultrel.core.text import fold_name
from vaultrel.model import InlineField, Tag, Task, TextLine

if TYPE_CHECKING:
    import datetime as dt

    from vaultrel.core.dates import DateOrder, Moment
    from vaultrel.core.mentions import MentionSyntax
    from vaultrel.model import Mention
    from vaultrel.settings import MeetingSettings

MAX_TEXT: Final = 400
"""Code points of a line that are kept."""

MOST_IN_TEXT: Final = 40
"""Mentions of a line that are looked for in its text, which is shortened."""

_MAX_NESTED: Final = 8
"""Fields within each other that are told apart: each repeats the text of all those in it."""

_START = lazily(r"[ \t>]*+(?:([-*+]|[0-9]{1,9}[.)])(?:[ \t]++|\Z)(?:\[([^\[\]])\](?:[ \t]++|\Z))?)?")
_MARKER = lazily(r"(?:[\s>#]|[-*+](?=\s)|[0-9]{1,9}[.)](?=\s)|\[[^\[\]]\](?=\s))*+")
_HEADING = lazily(r" {0,3}(#{1,6})(?:[ \t]++|\Z)")
_LABEL = lazily(r"[*_~]{0,3}([^\s:：*_~|\[\](][^:：*_~|\[\]]{0,60})[*_~]{0,3}(?:(::?)(?![/:])|：)[*_~]{0,3}[ \t]*+")
_NO_WORD_ENDS = lazily(r"^[\W_]+|(?:[(（][^()（）]{0,60}[)）]|[\W_])+$")
_DATED = lazily(
    r"[*_~(]{0,3}(\[\[(?:[^\[\]|#/]{1,60}/){0,8}|\[)?"
    r"(?=[0-9]|(?:mon|tue|wed|thu|fri|sat|sun|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,9}[., ])",
    re.IGNORECASE,
)
_TO_END_OF_DAY: Final = 1000
"""Code points among which the day ends that a line starts with: what may stand before it is shorter by far."""

_EMPHASISED = lazily(r"[*_]{1,3}([^\s*_:：\[\]|][^*_:：\[\]|]{0,60})[*_]{1,3}\Z")
_STRUCK = lazily(r"(?<![~\\])~~(?=[^\s~])[^~]++~~(?!~)")
_BAR = lazily(r"(?<!\\)\|")
_DELIMITER_ROW = lazily(r"\|[ \t:|-]++\Z")
_ROLE_AFTER = lazily(r"[\s*_~]*+(?:[(（—–:：,;-]|\Z)")
_NOT_PROSE = lazily(r"\||\[![^\[\]]{1,40}\][+-]?[ \t]*+\Z")
_NO_WORDS = lazily(r"\[\[[^\[\]]*+\]\]|\[[^\[\]]*+\]\([^\s()]*+\)|(?<!\S)#\S++")
"""Table rows, the head of a callout; links and tags, of which alone a line tells nothing: nothing to quote."""

_SIGNS: Final = (
    "::", "20", "19", "21", "22", "Ask ", "- ask ", "Frag",
    *{syntax.trigger for syntax in SYNTAXES},
)  # fmt: skip
"""What a line needs to be more than prose: a field's sign, a year's, a question's or a mention's. Or it is a task, or
begins with a label, or with what ends the item above."""

_LESSER_SIGNS: Final = ("[", ":", "：", "#", "|")
"""What a task, a label, a tag and a table row have in them."""


def _next_sign(signs: tuple[str, ...]) -> re.Pattern[str]:
    """What finds, many lines at once, the next one that could be more than prose: all that `_is_prose` looks for.

    Every choice begins with a letter or sign of its own, which lets `re` skip what begins none.
    """
    found = (*signs, *_LESSER_SIGNS, "~~")
    return re.compile("|".join([*map(re.escape, found), r"\*(?!\S)", r"_(?!\S)"]))


_TAG = lazily(r"#(?<!\S#)([^\s#!\"$%&'()*+,.:;<=>?@\[\\\]^`{|}~\u2000-\u206f\u2e00-\u2e7f]+)")
_LINE_FIELD = lazily(r"([^\[\]()|:：]{1,64})::(?!:)[*_~]{0,3}[ \t]*+")
_FIELD_START = lazily(r"[\[(]([^\[\]()|:：]{1,64})::[ \t]*+")
_BRACKET = lazily(r"[\[\]()]")
_MARKED_DAY = lazily(r"([📅📆🗓⏳⌛✅❌])\ufe0f?[ ]?([0-9]{4}-[0-9]{1,2}-[0-9]{1,2})(?![0-9])")
_KANBAN_DAY = lazily(r"(?:\(@|@\{|@\[\[)([^\[\](){}]{8,40})[)\]}]")

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

_ABSENT_BELOW = lazily(
    rf"[.;。；][ \t*_]{{0,3}}(?=(?:{'|'.join(sorted(_ABSENT_LABELS))})[ *_]{{0,3}}[:：])", re.IGNORECASE
)
"""Where a list of attendees in one line goes over to those who were not there."""

_KEYS_IN_TEXT: Final = frozenset({"with", "invitees", "guests", "participant", "companions"})
"""Keys of attendee properties that also head a list in a text; others, such as people, head other things there."""

_PLANS: Final = frozenset(
    {"agenda", "purpose", "logistics", "goal", "goals", "objective", "objectives", "preparation", "tagesordnung"}
)
"""Headings of what was to happen; what is told below others is quoted before it."""

Section: TypeAlias = Literal["", "news", "question"]
"""What a heading in a person's note says of the lines below it; empty for most."""

_SECTIONS: Final[dict[str, Section]] = {
    **dict.fromkeys(
        (
            "news", "their news", "her news", "his news", "news and updates", "news & updates", "latest", "latest news",
            "life", "life events", "life updates", "milestones", "update", "updates", "upcoming", "coming up",
            "important dates", "key dates", "what's new", "what’s new", "what's going on", "what’s going on",
            "aktuelles", "neues", "neuigkeiten", "was gibt's neues", "termine", "wichtige daten",
            "actualités", "nouvelles", "noticias", "novedades", "novità", "notícias", "novidades",
            "nieuws", "nieuwtjes", "nyheter", "nyheder", "новости", "ニュース", "近況", "近况", "소식",
        ),
        "news",
    ),
    **dict.fromkeys(
        (
            "ask", "ask about", "ask her", "ask him", "ask them", "ask next", "ask next time", "to ask", "next time",
            "question", "questions", "open questions", "questions to ask", "questions for next time", "my questions",
            "frage", "fragen", "offene fragen", "nachfragen", "fragen für das nächste mal", "beim nächsten mal",
            "à demander", "demander", "preguntar", "preguntas", "por preguntar", "da chiedere", "domande",
            "perguntas", "perguntar", "vragen", "te vragen", "frågor", "att fråga", "spørgsmål", "spørsmål",
            "вопросы", "質問", "问题", "질문",
        ),
        "question",
    ),
}  # fmt: skip
"""Headings of what is new with a person, and of what to ask them, by comparison key."""

_ASKING = lazily(
    r"(?:ask|nachfragen|fragen?|frag)[ ,]\s?(?:(?:her|him|them|sie|ihn|nach) )?"
    r"(?:about|whether|how|if|what|when|where|who|why|which|nach|ob|wie|was|wann|wo|wer|warum|welche[nrs]?)\b",
    re.IGNORECASE,
)
"""How a question to somebody begins, that is noted as something to ask."""


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


def read_body(
    body: str,
    first_line: int,
    meetings: MeetingSettings,
    order: DateOrder = "",
    syntaxes: tuple[MentionSyntax, ...] = SYNTAXES,
) -> BodyReading:
    """Read a body's visible text into lines; takes time proportional to the body.

    Args:
        body: the note's text after the frontmatter.
        first_line: the raw line it begins on, 1-based.
        meetings: the words that head a list of attendees.
        order: how to read days such as 07/05/2026.
        syntaxes: the ways of naming a person to look for.
    """
    shown = visible_text(body)
    # A plugin's syntax is whatever object it likes, so that the rules are remembered by what is asked of it.
    rules = _rules(meetings, tuple([syntax.trigger for syntax in syntaxes if syntax not in SYNTAXES]))
    reader = _LineReader(rules, syntaxes, order)
    next_sign = rules.next_sign.search
    has_tags = "#" in shown
    tags: list[Tag] = []
    start, line, length = 0, first_line, len(shown)
    while start < length:
        if reader.is_idle:
            sign = next_sign(shown, start)
            if sign is None:
                break
            newline = shown.rfind("\n", start, sign.start())
            if newline >= 0:
                line += shown.count("\n", start, newline + 1)
                start = newline + 1
        end = shown.find("\n", start)
        if end < 0:
            end = length
        text = shown[start:end]
        if text and not text.isspace():
            if has_tags and "#" in text:
                tags += [Tag(name, line) for name in _TAG().findall(text) if not name.isdecimal()]
            reader.read_line(text.rstrip(), line, text if shown is body else body[start:end])
        start, line = end + 1, line + 1
    return BodyReading(
        tuple(reader.lines), reader.lead, reader.title, tuple(tags), reader.date, tuple(reader.ambiguous)
    )


def section_of(heading: str) -> Section:
    """What a heading says of the lines below it: their news, questions to ask, or neither."""
    return _SECTIONS.get(_fold_label(heading), "")


def is_asking(text: str, at: int = 0) -> bool:
    """True for text that begins, at index `at`, like something noted to ask: “Ask how the exam went”."""
    return _ASKING().match(text, at) is not None


def may_ask(text: str) -> bool:
    """False for a text in which nothing begins as `is_asking` wants it; found out sooner."""
    folded = text.casefold()
    return "ask" in folded or "frag" in folded


def is_telling(text: str) -> bool:
    """True for a line worth quoting: words that are no links, tags or table, and announce no list."""
    shown = text.lstrip("> \t")
    if _NOT_PROSE().match(shown) or shown.rstrip("*_ ").endswith((":", "：")):
        return False
    return any(map(str.isalnum, _NO_WORDS().sub("", shown) if "[" in shown or "#" in shown else shown))


def bare_text(line: TextLine) -> str:
    """The visible text of a line without what marks it as a heading, list item, quote, task or table row."""
    marker = _MARKER().match(line.text)
    text = line.text[marker.end() :] if marker else line.text
    return " – ".join(cell.strip() for cell in text.strip("|").split("|")) if text.startswith("|") else text


def has_box(line: TextLine) -> bool:
    """True for a task itself, not for a line below it that is part of it."""
    marker = _MARKER().match(line.text)
    return marker is not None and marker[0].rstrip().endswith("]")


class _Rules(NamedTuple):
    """What lines are read by.

    Attributes:
        labels: the labels of attendee lists.
        keys: the keys of attendee fields.
        signs: what a line needs to be more than prose.
        next_sign: what finds the next line that could be.
    """

    labels: frozenset[str]
    keys: frozenset[str]
    signs: tuple[str, ...]
    next_sign: re.Pattern[str]


@lru_cache(maxsize=16)
def _rules(meetings: MeetingSettings, triggers: tuple[str, ...]) -> _Rules:
    """The rules; `triggers` are those of the syntaxes that are not among `SYNTAXES`."""
    headings = frozenset(map(fold_name, meetings.attendee_headings))
    keys = frozenset(map(fold_name, meetings.attendee_keys))
    signs = (*_SIGNS, *triggers)
    return _Rules(
        labels=headings | keys & _KEYS_IN_TEXT,
        keys=headings | keys,
        signs=signs,
        next_sign=_next_sign(signs),
    )


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
        attendee: indentation of the attendee above, and whether there is a link in that item.
        in_table: the row above is the delimiter row of a table, or a row below it.
        task: indentation of the open or cancelled task above, and the task.
        section: what the heading says of the lines below it.
        planned: level of the heading of an agenda the lines stand under; 0 under none.
        is_lead_planned: `lead` stands under such a heading.
        dated: level and day of the dated heading above.
        entry: indentation and day of the dated list item above.
        syntaxes: the ways of naming a person to look for.
        plain_names: whether sentences are searched for full names.
        labels, keys, signs: as in `_Rules`.
    """

    lead: TextLine | None = None
    title = ""
    date: tuple[Moment, int] | None = None
    heading = ""
    listing = 0
    absent = 0
    listed: tuple[int, bool] | None = None
    attendee: tuple[int, bool] | None = None
    in_table = False
    task: tuple[int, Task] | None = None
    section: Section = ""
    planned = 0
    is_lead_planned = False
    dated: tuple[int, dt.date] | None = None
    entry: tuple[int, dt.date] | None = None

    def __init__(self, rules: _Rules, syntaxes: tuple[MentionSyntax, ...], order: DateOrder) -> None:
        self.labels, self.keys, self.signs, _ = rules
        self.syntaxes = syntaxes
        self.plain_names = any(syntax in syntaxes for syntax in ON_REQUEST)
        self.order = order
        self.lines: list[TextLine] = []
        self.ambiguous: list[int] = []

    def read_line(self, text: str, line: int, raw: str) -> None:
        """Take in one line: its visible text, its number, and its text with the hidden spans."""
        if "~~" in text:
            text = _blank_struck(text)
            if not any(map(str.isalnum, text)):
                return
        heading = _HEADING().match(text) if "#" in text[:4] else None
        if heading:
            self._read_heading(text, heading, line, raw)
        elif not (self.attendee or self._is_below_something()) and _is_sentence(text):
            self._read_sentence(text, line, raw)
        elif not self._has_lead() or self._is_below_something() or self.plain_names or not self._is_prose(text):
            self._read_content(text, line, raw)

    @property
    def is_idle(self) -> bool:
        """True where a line without any sign that `_next_sign` finds says nothing, and changes nothing."""
        return self._has_lead() and not (self.attendee or self.plain_names or self._is_below_something())

    def _is_below_something(self) -> bool:
        """True where lines above say something about the next."""
        return bool(self.listing or self.listed or self.entry or self.dated or self.task or self.section)

    def _is_prose(self, text: str) -> bool:
        """True for a line with nothing in it that is used, where no line above says otherwise."""
        for sign in self.signs:  # `any` takes three times as long, and this is asked of every line of a vault
            if sign in text:
                return False
        if text[-1] in "*_":
            return False
        if self.attendee:
            return not any(sign in text for sign in _LESSER_SIGNS)
        if "[" not in text and ":" not in text and "：" not in text:
            return True
        start = _START().match(text)
        assert start is not None, "the pattern matches the empty text too"
        label = None if start[2] else _read_label(text, start.end())
        return not (start[2] or (label and self._is_known(label)))

    def _is_known(self, label: _Label) -> bool:
        return self._is_listing(label) or label.key in _DATE_LABELS or label.key in _ABSENT_LABELS

    def _read_sentence(self, text: str, line: int, raw: str) -> None:
        """What `_read_content` comes to for most lines: where nothing above matters, of a sentence only mentions do."""
        self.in_table = False
        mentions = self._find_mentions(text, line, raw, None)
        may_lead = not self._has_lead()
        if mentions or may_lead:
            kept = TextLine(line, text[:MAX_TEXT], self.heading, mentions=mentions)
            if may_lead:
                self._take_for_lead(kept)
            if mentions:
                self.lines.append(kept)

    def _read_content(self, text: str, line: int, raw: str) -> None:
        start = _START().match(text)
        assert start is not None, "the pattern matches the empty text too"
        at = start.end()
        is_item = start[1] is not None
        cells = _read_cells(text, at)
        own_day = _entry_day(text[slice(*cells[0])].strip() if cells else text[at:], self.order)
        label = _read_label(text, at) or self._read_emphasised(text, at)
        indent = len(text[: start.start(1) if is_item else at].expandtabs(4)) if text[0] in " \t>" else 0
        self._leave_lists(indent, is_item=is_item, is_rule=is_break(text))
        listed = self._listed_span(text, at, label, cells, indent, is_item=is_item)
        attendees = listed is not None
        if label:
            self._read_date(label, text, line)
            self._expect_items(label, indent, is_item=is_item, is_empty=label.value == len(text))
        if own_day and is_item:
            self.entry = indent, own_day
        dated = self.entry or self.dated
        day = own_day or (dated[1] if dated else None)
        fields = _find_fields(text, at) if "::" in text else ()
        mentions = self._find_mentions(text, line, raw, listed)
        if attendees and is_item and self.attendee is None:
            self.attendee = indent, any(mention.syntax != "name" for mention in mentions)
        task = _read_task(start[2], text, fields, self.order) if start[2] else None
        if task is None and own_day is None and self.task:
            task = self.task[1]
        elif task and not task.is_done:
            self.task = indent, task
        is_used = fields or attendees or start[2] or mentions or day or self._tells(text, at, label, is_item=is_item)
        may_lead = not (fields or attendees or task) and self._may_lead(label)
        if not is_used and not may_lead:
            return
        kept = TextLine(
            line=line,
            text=text[: listed[1] if listed else None].strip()[:MAX_TEXT],
            heading=self.heading,
            is_item=is_item,
            attendees=attendees,
            date=day,
            own_date=own_day is not None,
            task=task,
            fields=fields,
            mentions=mentions,
        )
        if may_lead:
            self._take_for_lead(kept)
        if is_used:
            self.lines.append(kept)
        if listed and listed[1] < len(text):
            self._read_rest(text, line, raw, listed[1], is_item=is_item)

    def _may_lead(self, label: _Label | None) -> bool:
        is_list = self.listing or self.listed or (label and (label.key in _DATE_LABELS or label.key in self.labels))
        return not self._has_lead() and not is_list

    def _take_for_lead(self, kept: TextLine) -> None:
        if is_telling(kept.text):
            self.lead = kept
            self.is_lead_planned = self.planned > 0

    def _tells(self, text: str, at: int, label: _Label | None, *, is_item: bool) -> bool:
        """True for a line that in a person's note may be news, a day in their life or a question to ask."""
        if label and label.key in _DATE_LABELS:
            return False
        if self.section:
            return any(map(str.isalnum, text))
        return (is_item and is_asking(text, at)) or bool(days_in_text(text, self.order))

    def _read_rest(self, text: str, line: int, raw: str, at: int, *, is_item: bool) -> None:
        """Take in what stands behind a list of attendees: other cells of the row, or those who were not there."""
        found = find_mentions(text[at:], line, at + 1, self.syntaxes)
        if found:
            rest = text[at:].strip(" \t|.;。；*_")[:MAX_TEXT]
            mentions = _as_written(found, text, raw)
            self.lines.append(TextLine(line, rest, self.heading, is_item=is_item, mentions=mentions))

    def _has_lead(self) -> bool:
        """True when no line from here on can be a better lead."""
        return self.lead is not None and (self.planned > 0 or not self.is_lead_planned)

    def _read_heading(self, text: str, heading: re.Match[str], line: int, raw: str) -> None:
        level = heading.end(1) - heading.start(1)
        title = _strip_closing(text[heading.end() :])
        is_first = not self.heading
        if level == 1 and not self.title:
            self.title = title[:MAX_TEXT]
        self.entry = self.listed = self.attendee = self.task = None
        self.in_table = False
        key = _fold_label(title)
        self.section = _SECTIONS.get(key, "")
        self._read_listing(level, key)
        if level <= self.planned or not self.planned:
            self.planned = level if key in _PLANS else 0
        if self.dated and level <= self.dated[0]:
            self.dated = None
        day = _heading_day(title, self.order) if may_name_day(title) else None
        mentions = self._find_mentions(text, line, raw, None)
        if day or mentions:
            kept = TextLine(line, text.strip()[:MAX_TEXT], self.heading, is_heading=True, mentions=mentions)
            self.lines.append(replace(kept, date=day, own_date=True) if day else kept)
        # The heading that titles a whole note says no more than the note's own date.
        if day and not (level == 1 and is_first):
            self.dated = level, day
        self.heading = title[:MAX_TEXT]

    def _leave_lists(self, indent: int, *, is_item: bool, is_rule: bool) -> None:
        """Forget the list items above that the line is not part of."""
        if self.entry and indent <= self.entry[0]:
            self.entry = None
        if self.task and indent <= self.task[0]:
            self.task = None
        if self.attendee and indent <= self.attendee[0]:
            self.attendee = None
        if is_rule:
            self.listing = self.absent = 0
            self.listed = None
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

    def _read_emphasised(self, text: str, at: int) -> _Label | None:
        """A line that is nothing but such a label in bold or italics, which heads the list below it."""
        match = _EMPHASISED().match(text, at) if text[-1] in "*_" else None
        key = _fold_label(match[1]) if match else ""
        return _Label(key, is_field=False, value=len(text)) if key in self.labels or key in _ABSENT_LABELS else None

    def _listed_span(
        self, text: str, at: int, label: _Label | None, cells: list[tuple[int, int]], indent: int, *, is_item: bool
    ) -> tuple[int, int] | None:
        """Start and end of what lists attendees in the line; None when it lists none."""
        if cells:
            return self._listed_cell(text, cells)
        self.in_table = False
        if not self._lists_attendees(label, len(text), is_item=is_item):
            return None
        first = label.value if label and self._is_listing(label) else at
        if self.attendee and indent > self.attendee[0] and not _is_entry(text, first, is_group=not self.attendee[1]):
            return None
        absent = _ABSENT_BELOW().search(text, first)
        return first, absent.start() if absent else len(text)

    def _listed_cell(self, text: str, cells: list[tuple[int, int]]) -> tuple[int, int] | None:
        """The cell of a table row that names an attendee, or lists those whom the first cell announces."""
        if _DELIMITER_ROW().match(text, cells[0][0] - 1):
            self.in_table = True
            return None
        key = _fold_label(text[slice(*cells[0])])
        if self.listing and not self.absent and self.in_table and key not in _ABSENT_LABELS:
            return next((cell for cell in cells if any(map(str.isalpha, text[slice(*cell)]))), None)
        # The header of a table may use the same words: it has no links.
        if not self.listing and key in self.labels and find_links(text[slice(*cells[-1])], 1, 1):
            return cells[-1]
        return None

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

    def _find_mentions(self, text: str, line: int, raw: str, listed: tuple[int, int] | None) -> tuple[Mention, ...]:
        """The mentions of one line, with what was really written as their surface.

        Args:
            text: the line's visible text.
            line: its number.
            raw: the line as written.
            listed: where it lists attendees, plain names included; None when it lists none.
        """
        if listed is not None:
            mentions = split_names(text[slice(*listed)], line, listed[0] + 1)
        else:
            mentions = find_mentions(text, line, 1, self.syntaxes)
        return _as_written(mentions, text, raw)


def _as_written(mentions: tuple[Mention, ...], text: str, raw: str) -> tuple[Mention, ...]:
    if not mentions or raw is text or raw.startswith(text):
        return mentions
    ends = [mention.column - 1 + len(mention.surface) for mention in mentions]
    return tuple(replace(m, surface=raw[m.column - 1 : end]) for m, end in zip(mentions, ends, strict=True))


def _is_sentence(text: str) -> bool:
    """True for a line that is no list item or table row, and has neither a label, a field nor a day in it."""
    return (text[0].isalpha() or text[0] == "[") and not (":" in text or "：" in text or may_name_day(text))


def _blank_struck(text: str) -> str:
    """The line with blanks for what is struck out, which holds no more; in a task that is done it says just that."""
    start = _START().match(text)
    if start and start[2] in {"x", "X"}:
        return text
    return _STRUCK().sub(lambda struck: " " * len(struck[0]), text).rstrip()


def _read_cells(text: str, at: int) -> list[tuple[int, int]]:
    """Start and end of the cells of a table row; none when the line is no row."""
    if not text.startswith("|", at):
        return []
    bars = [bar.start() for bar in _BAR().finditer(text, at)]
    ends = bars if bars[-1] == len(text) - 1 else [*bars, len(text)]
    return [(before + 1, after) for before, after in pairwise(ends)]


def _is_entry(text: str, at: int, *, is_group: bool) -> bool:
    """True when text nested below an entry of a list is an entry too, rather than about the one above.

    Without a link it is one when the entry above has none either, and may be a group; with one, when the line holds
    links and a role and nothing that goes on as a sentence.
    """
    links = find_links(text, 1, 1)
    if not links:
        return is_group
    last = links[-1].column - 1 + len(links[-1].surface)
    return not text[at : links[0].column - 1].strip(" \t*_") and _ROLE_AFTER().match(text, last) is not None


def _read_label(text: str, at: int) -> _Label | None:
    if ":" not in text and "：" not in text:
        return None
    match = _LABEL().match(text, at)
    return match and _Label(_fold_label(match[1]), match[2] == "::", match.end())


@lru_cache(maxsize=1024)
def _fold_label(text: str) -> str:
    """The comparison key of a heading or label, without emoji, signs and a count in parentheses around it."""
    text = text[:MAX_TEXT]
    is_bare = text[:1].isalnum() and text[-1:].isalnum()
    return fold_name(text if is_bare else _NO_WORD_ENDS().sub("", text))


def _strip_closing(title: str) -> str:
    """A heading's text without its closing ``#`` (CommonMark 4.2)."""
    title = title.rstrip()
    bare = title.rstrip("#")
    return bare.rstrip() if not bare or bare[-1] in " \t" else title


def _heading_day(title: str, order: DateOrder) -> dt.date | None:
    return _entry_day(title, order) or parse_day(title.rpartition(" ")[2].strip("()"), order)


def _entry_day(content: str, order: DateOrder) -> dt.date | None:
    """The day a line or heading starts with, as a date or as a link to a daily note."""
    match = _DATED().match(content) if may_name_day(content[:_TO_END_OF_DAY]) else None
    if match is None:
        return None
    is_wikilink = match[1] is not None and match[1].startswith("[[")
    return parse_day(content[match.start(1) if is_wikilink else match.end() :], order)


def _read_task(status: str, text: str, fields: tuple[InlineField, ...], order: DateOrder) -> Task:
    """The task of a list item; a scheduled day stands in for a due day that is not written."""
    if not may_name_day(text):
        return Task(status)
    written = [*_MARKED_DAY().findall(text), *((field.key.lower(), field.value) for field in fields)]
    if "@" in text:
        written += [("due", day) for day in _KANBAN_DAY().findall(text)]
    days: dict[str, dt.date] = {}
    for sign, value in written:
        day = parse_day(value, order) if sign in _TASK_DAYS else None
        if day:
            days.setdefault(_TASK_DAYS[sign], day)
    return Task(status, days.get("due") or days.get("scheduled"), days.get("done"), days.get("cancelled"))


def _find_fields(text: str, start: int) -> tuple[InlineField, ...]:
    """The inline fields of a line whose text starts at index `start`, by column."""
    fields: list[InlineField] = []
    whole = _LINE_FIELD().match(text, start)
    if whole:
        fields.append(_make_field(whole[1], text, whole.end(), len(text)))
        if text.find("::", whole.end(1) + 2) < 0:
            return tuple(fields)
    opened: list[tuple[str, re.Match[str] | None]] = []
    nested = 0
    for bracket in _BRACKET().finditer(text, start):
        sign = bracket[0]
        if sign in "[(":
            field = _FIELD_START().match(text, bracket.start()) if nested < _MAX_NESTED else None
            nested += field is not None
            opened.append((sign, field))
            continue
        # A parenthesis nobody closed does not keep the square bracket around it open.
        while sign == "]" and opened and opened[-1][0] == "(":
            nested -= opened.pop()[1] is not None
        if opened and opened[-1][0] == ("[" if sign == "]" else "("):
            field = opened.pop()[1]
            if field:
                nested -= 1
                fields.append(_make_field(field[1], text, field.end(), bracket.start()))
    return tuple(sorted(fields, key=lambda field: field.start))


def _make_field(key: str, text: str, start: int, end: int) -> InlineField:
    value = text[start:end].rstrip()
    return InlineField(key.strip(" \t*_~`"), value, start + 1, start + 1 + len(value))
