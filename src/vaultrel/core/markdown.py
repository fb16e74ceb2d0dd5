"""Which text of a note's body a reader sees: code, comments, math and tags are not it.

Block structure follows CommonMark 0.31 (blocks 4–5, code spans 6.1, raw HTML 6.6), comments ``%%`` and math
follow Obsidian's help (Basic formatting syntax, Advanced formatting syntax). Two rules differ, as Obsidian's
users write: an indented list marker below a list is a list item, never code, and a table row stands for itself.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import TYPE_CHECKING, Final, NamedTuple

from vaultrel.core.expressions import lazily

if TYPE_CHECKING:
    from collections.abc import Iterable

_TEXT_SIGNS: Final = ("`", "<", "\\", "$", "%%")
_BLOCK_SIGNS: Final = ("~~~", "\t", "    ")
_SIGNS: Final = (*_TEXT_SIGNS, *_BLOCK_SIGNS)
"""What may hide text within a paragraph, and whole lines; a body with none of these hides nothing."""

_MAX_DEPTH: Final = 100
"""Quotes and list items within each other that are told apart; what lies deeper is text."""

_QUOTE: Final = 0
_MARKER: Final = "(?:[-*+]|[0-9]{1,9}[.)])"
_PLAIN_LIST = lazily(rf"(?:[ \t]*+{_MARKER} (?![ \t>]|{_MARKER}[ \t])[^\n`<\\$%~]++(?:\n|\Z))++(?=\Z|\n++(?!\s))")
"""List items, with nothing in them that could hide text, and nothing below them that goes on with the list."""

_SHOWN: Final = r"[^\n`<\\$%]*+(?:%(?!%)[^\n`<\\$%]*+)*+(?:\n|\Z)"
"""The rest of a line with nothing in it that could hide text, and its end."""

_LINE: Final = r"[^\n<$%]*+(?:(?:<(?![!sS])|\$(?!\$)|%(?!%))[^\n<$%]*+)*+(?:\n|\Z)"
"""The rest of a line with nothing in it that could hide text of other lines, and its end."""

_HEADING_START: Final = r"[#]{1,6}[ \t]"
_TEXT_START: Final = "(?:[^\\W\\d_]|[\\[!(\"'@]|[*]{1,2}[^\\W_])"
"""How a line begins that starts no block of its own."""

_ITEM_START: Final = rf"{_MARKER}[ ](?![\s>~]|{_MARKER}\s)"
_SIMPLE_BLOCKS = lazily(
    rf"""(?:\n
    |(?:{_HEADING_START}|\|){_LINE}
    |(?:---++|\*\*\*++|___++)(?:\n|\Z)
    |(?:{_TEXT_START}{_SHOWN})++(?=\n|\Z|{_HEADING_START}|[-*+][ ]\S)
    |(?:>[ ]?(?:{_ITEM_START}|(?![\s>~]|{_MARKER}\s)){_SHOWN})++(?=\n|\Z)
    |(?=\S)(?:[ \t]{{0,90}}+{_ITEM_START}(?!```){_LINE})++(?=\Z|\n++(?!\s)|{_HEADING_START})
    )++""",
    re.VERBOSE,
)
"""Blank lines and rules; headings, table rows and list items that hide no more than text of their own line;
paragraphs and quotes that hide nothing: as far as nothing goes on with them. The lists are too flat for `_MAX_DEPTH`.
"""

_TO_TEXT = lazily(rf"(?:[ \t]*+{_MARKER} )?+")
_CODE_START = lazily(r"```(?!`)[^`\n]*+\n|~~~(?!~)[^\n]*+\n")
_CODE_ENDS: Final = {sign: lazily(rf"\n {{0,3}}{sign}{{3,}}+[^\S\n]*+(?=\n|\Z)") for sign in "`~"}
"""What closes code that a fence of three signs at the very left has opened."""

_BLANK_OF_TABS = lazily(r"\n *+\t[ \t]*+\r?\n")

_FENCE = lazily(r"(`{3,}+)[^`]*+\Z|(~{3,}+)")
_ITEM = lazily(r"(?:[-*+]|([0-9]{1,9})[.)])(?=[ \t]|\Z)")
_ITEM_STARTS: Final = "-*+0123456789"
_BREAK = lazily(r"([-*_])[ \t]*+(?:\1[ \t]*+){2,}\Z")
_ALONE = lazily(r"#{1,6}(?:[ \t]|\Z)|\||(?:=+|-+)[ \t]*\Z")
"""Headings, table rows and the line below a heading: text that a code span does not leave."""
_BLOCK_STARTS: Final = "`~#|=-*_"
_BLANKS: Final = (" ", "\t")

_NOT_NEWLINES = lazily(r"[^\r\n]++")

# `re` skips to where a match can begin, and that twenty times as fast, if every choice begins with a sign of its own.
_OPENER = lazily(r"``*|<|%%*|\$\$*|\\|\[\[|\]\(")
_BACKTICKS = lazily("``*")
_TWO_PERCENTS = lazily("%(?<!%%)%(?!%)")
_WIKILINK = lazily(r"\[\[(?:[^\[\]|\n`]++|`[^\[\]|\n`]++`)*+(?:\|[^\[\]\n`]*+)?\]\]")
"""A link may lead to a note with code in its name; a code span that leaves the target breaks it."""

_DESTINATION = lazily(r"\]\((?:<[^<>\n`]*+>|[^\s()<`]*+)")
_MATH_END = lazily(r"\$(?<![\s\\$]\$)(?![$0-9])")
_TAG = lazily(
    r"""</([A-Za-z][A-Za-z0-9-]*+)\s*+>
    |<([A-Za-z][A-Za-z0-9-]*+)
      (?:\s++[A-Za-z_:][\w.:-]*+(?:\s*+=\s*+(?:"[^"]*+"|'[^']*+'|[^\s"'=<>`]++))?+)*+
      \s*+/?>""",
    re.VERBOSE,
)
_UNSEEN_TAGS: Final = frozenset({"script", "style"})
_PUNCTUATION: Final = frozenset("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")


def visible_text(body: str) -> str:
    """The body with a space for every hidden code point, so that lines and columns stay.

    Hidden are fenced and indented code, code spans, comments (``<!-- -->``, ``%% %%``), math, HTML tags with their
    attributes (their inner text stays) and brackets escaped by a backslash. Takes time proportional to the body.
    """
    # A single sign is looked for many times as fast as several.
    signs = [sign for sign in _SIGNS if sign[0] in body and sign in body]
    if not signs:
        return body
    scan = _Scan(body, signs)
    if not scan.read_flat():
        scan = _Scan(body, signs)
        scan.read_lines()
    parts: list[str] = []
    shown = 0
    for start, end in scan.hidden:
        span = body[start:end]
        has_breaks = "\n" in span or "\r" in span
        parts += body[shown:start], _NOT_NEWLINES().sub(_blank, span) if has_breaks else " " * len(span)
        shown = end
    parts.append(body[shown:])
    return "".join(parts)


def _blank(hidden: re.Match[str]) -> str:
    return " " * len(hidden[0])


def is_break(line: str) -> bool:
    """True for a thematic break, ``---`` (CommonMark 4.1)."""
    return line[-1:] in "-*_ \t" and _BREAK().match(line.lstrip(" \t>")) is not None


class _Place(NamedTuple):
    """Where a line's text starts: its index, its column, and the column where its container's content starts."""

    at: int
    column: int
    base: int

    @property
    def indent(self) -> int:
        """Columns of blanks before the text, within its container."""
        return self.column - self.base


def _skip_blanks(line: str, index: int, column: int) -> _Place:
    """The place of the first text from `index` on, which stands at `column`; tabs stop at every fourth column."""
    base = column
    if line[index : index + 1] not in _BLANKS:
        return _Place(index, column, base)
    for at in range(index, len(line)):
        if line[at] == " ":
            column += 1
        elif line[at] == "\t":
            column = column // 4 * 4 + 4
        else:
            return _Place(at, column, base)
    return _Place(len(line), column, base)


def _enter_quote(line: str, place: _Place) -> _Place:
    inner = _skip_blanks(line, place.at + 1, place.column + 1)
    return _Place(inner.at, inner.column, inner.base + 1) if inner.indent else inner


def _enter_item(line: str, place: _Place, marker_end: int) -> _Place:
    """The place of a list item's text; what is indented by five columns or more is code in it (CommonMark 5.2)."""
    inner = _skip_blanks(line, marker_end, place.column + marker_end - place.at)
    base = inner.column if inner.indent < 5 and inner.at < len(line) else inner.base + 1
    return _Place(inner.at, inner.column, base)


def _backtick_runs(text: str, start: int, end: int) -> dict[int, list[int]]:
    """The places of the runs of backticks, by their length."""
    runs: dict[int, list[int]] = {}
    for run in _BACKTICKS().finditer(text, start, end):
        runs.setdefault(run.end() - run.start(), []).append(run.start())
    return runs


def _code_end(runs: dict[int, list[int]], position: int, length: int) -> int:
    """The end of a code span that a run of `length` backticks before `position` opens; 0 when none closes it."""
    places = runs.get(length, [])
    index = bisect_left(places, position)
    return places[index] + length if index < len(places) else 0


class _Scan:
    """One pass over a body, line by line; the text of each paragraph is read once the paragraph has ended.

    Attributes:
        hidden: start and end of the hidden spans, in order.
        containers: the open quotes (`_QUOTE`) and list items (columns their text is indented by), outermost first.
        is_empty_item: the last line started a list item and said nothing in it.
        fence: the opening run of the fenced code the pass is in; empty outside.
        paragraph: start and end of the open paragraph.
        resume: where text goes on after a comment or formula that reaches beyond its paragraph.
        must_close: what opens in a text that is read has to end there, for nothing is known of the text around it.
        is_open: something did not. Nothing more is read then.
        absent: closing signs that do not come any more.
        line_end: the end of the line last searched for math.
        math_absent: no formula closes before this place.
        signs: for each sign in the body that may hide text, a place before which it is not, from where the pass is on.
        text_signs, block_signs: which they are.
        text_start: the start of the paragraph being read.
    """

    __slots__ = (
        "absent",
        "block_signs",
        "body",
        "containers",
        "fence",
        "hidden",
        "is_empty_item",
        "is_open",
        "line_end",
        "math_absent",
        "must_close",
        "paragraph",
        "resume",
        "signs",
        "text_signs",
        "text_start",
    )

    def __init__(self, body: str, signs: Iterable[str]) -> None:
        self.body = body
        self.hidden: list[tuple[int, int]] = []
        self.containers: list[int] = []
        self.fence = ""
        self.is_empty_item = False
        self.must_close = False
        self.is_open = False
        self.paragraph: tuple[int, int] | None = None
        self.resume = 0
        self.absent: set[str] = set()
        self.line_end = -1
        self.math_absent = 0
        self.signs = dict.fromkeys(signs, -1)
        self.text_signs = [sign for sign in self.signs if sign in _TEXT_SIGNS]
        self.block_signs = [sign for sign in self.signs if sign in _BLOCK_SIGNS]
        self.text_start = 0

    def read_flat(self) -> bool:
        """Fill `hidden` where it does not matter which block a line belongs to; False where it takes `read_lines`.

        It does not where only fences at the very left hide lines, and whatever else hides text ends in its own line.
        """
        self.must_close = True
        start = 0
        while True:
            fence = self.body.find("```", start)
            if not self._read_closed_lines(start, len(self.body) if fence < 0 else fence):
                return False
            if fence < 0:
                return True
            if fence and self.body[fence - 1] != "\n":
                return False
            start = self._skip_code(fence)
            if start == fence:
                return False

    def _read_closed_lines(self, start: int, end: int) -> bool:
        """Hide what is hidden in lines as if each were a block of its own; False where that could be wrong."""
        if self._nearest(self.block_signs, start) < end:
            return False
        self._read_single_lines(start, end)
        return not self.is_open

    def read_lines(self) -> None:
        """Fill `hidden`."""
        body = self.body
        length = len(body)
        start = 0
        while start < length:
            if not self.paragraph and not self.fence:
                start = self._skip_plain(start)
                if start == length:
                    break
            newline = body.find("\n", start)
            after = length if newline < 0 else newline + 1
            end = length if newline < 0 else newline
            if end > start and body[end - 1] == "\r":
                end -= 1
            if start < self.resume:
                if end > self.resume:
                    self.paragraph = self.resume, end
                start = after
            elif not self.containers and not self.fence and (body[start].isalpha() or body[start] in "[!("):
                self.paragraph = self.paragraph[0] if self.paragraph else start, end
                start = after
            elif self._read_line(start, end):
                start = after
        self._end_paragraph()

    def _skip_plain(self, start: int) -> int:
        """The place of the next line that has to be read by itself, for it, or one beside it, could hide text."""
        if start < self.resume:
            return start
        if self._starts_anew(start):
            self.containers.clear()
            start = self._skip_to_sign(start)
        if self.containers:
            return start
        while True:
            simple = _SIMPLE_BLOCKS().match(self.body, start)
            if simple:
                self._read_single_lines(start, simple.end())
                start = simple.end()
            after = self._skip_code(start)
            if after == start:
                return start
            start = after

    def _read_single_lines(self, start: int, end: int) -> None:
        """Hide what is hidden in lines each of which is a block, or a list item, of its own."""
        body = self.body
        while not self.is_open and (sign := self._nearest(self.text_signs, start)) < end:
            newline = body.find("\n", sign, end)
            line_end = end if newline < 0 else newline
            text = _TO_TEXT().match(body, body.rfind("\n", 0, sign) + 1)
            assert text is not None, "the pattern matches the empty text too"
            self._read_inline(text.end(), line_end)
            start = line_end

    def _skip_code(self, start: int) -> int:
        """The place after the fenced code that starts there, which is hidden; the same place where none does."""
        body = self.body
        opening = _CODE_START().match(body, start)
        closing = _CODE_ENDS[body[start]]().search(body, opening.end() - 1) if opening else None
        if closing is None:
            return start
        end = closing.end()
        if body.find("\t", start, end) >= 0 and _BLANK_OF_TABS().search(body, start, end):
            return start
        self.hidden.append((start, end))
        return min(end + 1, len(body))

    def _starts_anew(self, start: int) -> bool:
        """True where nothing above matters: a blank line, then text at the very left, outside of code and comments."""
        return not self.body[start].isspace() and (not start or self.body.endswith("\n\n", 0, start))

    def _skip_to_sign(self, start: int) -> int:
        """The last place up to the next sign where, again, nothing above matters."""
        body = self.body
        items = _PLAIN_LIST().match(body, start)
        if items:
            return items.end()
        nearest = self._nearest(self.signs, start)
        if nearest == len(body):
            return nearest
        gap = body.rfind("\n\n", start, nearest)
        while gap > start and body[gap + 2 : gap + 3].isspace():
            gap = body.rfind("\n\n", start, gap)
        return gap + 2 if gap > start else start

    def _nearest(self, signs: Iterable[str], start: int) -> int:
        """Where the first of some signs stands from `start` on, which never goes back; the end where none does."""
        nearest = len(self.body)
        for sign in signs:
            place = self.signs[sign]
            if place < start:
                place = self.body.find(sign, start)
                if place < 0:
                    place = len(self.body)
                self.signs[sign] = place
            nearest = min(nearest, place)
        return nearest

    def _read_line(self, start: int, end: int) -> bool:
        """Take in one line; False when it turns out to lie within a comment that the paragraph before it opened."""
        if start == end and not self.containers:
            return self._read_blank(start, 0)
        line = self.body[start:end]
        depth, place = self._match_containers(line)
        if place.at == end - start:
            return self._read_blank(start, depth)
        if self.fence and depth == len(self.containers):
            closing = line[place.at :].rstrip()
            if place.indent < 4 and closing.startswith(self.fence) and not closing.strip(self.fence[0]):
                self.fence = ""
            self.hidden.append((start, end))
            return True
        self.fence = ""
        return self._read_block(line, start, depth, place)

    def _match_containers(self, line: str) -> tuple[int, _Place]:
        """How many of the open containers the line goes on with, and the place after them."""
        place = _skip_blanks(line, 0, 0)
        for depth, width in enumerate(self.containers):
            if width == _QUOTE:
                if place.indent > 3 or line[place.at : place.at + 1] != ">":
                    return depth, place
                place = _enter_quote(line, place)
            elif place.indent >= width:
                place = _Place(place.at, place.column, place.base + width)
            elif place.at < len(line):
                return depth, place
        return len(self.containers), place

    def _read_blank(self, start: int, depth: int) -> bool:
        self._end_paragraph()
        if self.resume > start:
            return False
        if self.is_empty_item:
            # An item whose first two lines are blank has ended (CommonMark 5.2).
            depth = min(depth, len(self.containers) - 1)
            self.is_empty_item = False
        if depth < len(self.containers):
            self.fence = ""
            del self.containers[depth:]
        return True

    def _read_block(self, line: str, start: int, depth: int, place: _Place) -> bool:
        """Open the containers and the block that start in the line, or go on with the paragraph."""
        opened, place = self._open_containers(line, depth, place)
        end = start + len(line)
        goes_on = self.paragraph if len(opened) == depth else None
        is_code = place.indent >= 4 and not goes_on
        fence = alone = None
        if place.indent < 4 and line[place.at : place.at + 1] in _BLOCK_STARTS:
            fence = _FENCE().match(line, place.at)
            alone = _ALONE().match(line, place.at) or _BREAK().match(line, place.at)
        if goes_on and not fence and not alone:
            self.paragraph = goes_on[0], end
            return True
        self._end_paragraph()
        if self.resume > start:
            return False
        self.containers = opened
        self.is_empty_item = place.at == len(line) and opened[-1:] != [_QUOTE]
        if fence:
            self.fence = fence[1] or fence[2]
        if fence or is_code:
            self.hidden.append((start if fence else start + place.at, end))
        elif place.at < len(line):
            self.paragraph = start + place.at, end
            if alone:
                self._end_paragraph()
        return True

    def _open_containers(self, line: str, depth: int, place: _Place) -> tuple[list[int], _Place]:
        """The containers the line stands in, those that start in it included, and the place after them."""
        opened = self.containers[:depth]
        is_below_list = any(opened)
        while len(opened) < _MAX_DEPTH and place.at < len(line):
            if place.indent < 4 and line[place.at] == ">":
                opened.append(_QUOTE)
                place = _enter_quote(line, place)
                continue
            if line[place.at] not in _ITEM_STARTS:
                break
            item = _ITEM().match(line, place.at)
            if item is None or (place.indent >= 4 and not is_below_list) or _BREAK().match(line, place.at):
                break
            inner = _enter_item(line, place, item.end())
            # An empty item, or one not numbered 1, does not end the paragraph above it (CommonMark 5.2).
            starts_list = inner.at < len(line) and item[1] in {None, "1"}
            if self.paragraph and depth == len(opened) == len(self.containers) and not starts_list:
                break
            opened.append(inner.base - place.base)
            place = inner
        return opened, place

    def _end_paragraph(self) -> None:
        if self.paragraph:
            start, end = self.paragraph
            self.paragraph = None
            if self._nearest(self.text_signs, start) < end:
                self._read_inline(start, end)

    def _read_inline(self, position: int, end: int) -> None:
        """Hide what is hidden in the text of one paragraph; a comment or formula may reach beyond its `end`."""
        runs: dict[int, list[int]] | None = None
        self.text_start = position
        while not self.is_open and (opener := _OPENER().search(self.body, position, end)):
            sign, start, position = opener[0], opener.start(), opener.end()
            closed = 0
            if sign[0] == "`":
                runs = _backtick_runs(self.body, start, end) if runs is None else runs
                closed = _code_end(runs, position, len(sign))
            elif sign == "\\":
                escaped = self.body[position : position + 1]
                if escaped in _PUNCTUATION:
                    position += 1
                closed = position if escaped and escaped in "[]" else 0
            elif sign == "[[":
                link = _WIKILINK().match(self.body, start, end)
                position = link.end() if link else start + 1
            elif sign == "](":
                destination = _DESTINATION().match(self.body, start, end)
                position = destination.end() if destination else position
            elif sign[0] == "%":
                closed = self._comment_end(start, position) if len(sign) == 2 else 0
            elif sign[0] == "$":
                closed = self._math_end(sign, start, end)
            else:
                closed = self._html_end(start, end)
            if closed:
                self.hidden.append((start, closed))
                position = closed
            else:
                self.is_open = self.must_close and (sign[0] in "`<" or sign in {"%%", "$$"})
        self.is_open |= self.must_close and position > end
        self.resume = max(self.resume, position)

    def _comment_end(self, start: int, position: int) -> int:
        """The end of a comment in percent signs; one that is never closed hides the rest when it starts a line."""
        closing = None if "%%" in self.absent else _TWO_PERCENTS().search(self.body, position)
        if closing:
            return closing.end()
        self.absent.add("%%")
        return len(self.body) if self._starts_line(start) else 0

    def _math_end(self, sign: str, start: int, end: int) -> int:
        """The end of a formula; ``$`` by pandoc's rule (tex_math_dollars): no blank inside, no digit behind."""
        if sign == "$$":
            closing = self._find("$$", start + 2)
            return closing + 2 if closing >= 0 and (closing < end or self._starts_line(start)) else 0
        if sign != "$" or self.body[start + 1 : start + 2].isspace() or start < self.math_absent:
            return 0
        if start >= self.line_end:
            newline = self.body.find("\n", start, end)
            self.line_end = end if newline < 0 else newline
        dollar = _MATH_END().search(self.body, start + 2, self.line_end)
        if dollar is None:
            self.math_absent = self.line_end
            return 0
        return dollar.end()

    def _html_end(self, start: int, end: int) -> int:
        if self.body.startswith("<!--", start):
            # ``<!-->`` is a whole comment (CommonMark 6.6).
            closing = self._find("-->", start + 2)
            if closing < 0:
                return len(self.body) if self._starts_line(start) else 0
            return closing + 3 if closing < end or self._starts_line(start) else 0
        tag = _TAG().match(self.body, start, end)
        if tag is None:
            return 0
        name = (tag[2] or "").lower()
        closing = self._find(f"</{name}", tag.end()) if name in _UNSEEN_TAGS else -1
        return closing if closing >= 0 else tag.end()

    def _find(self, sign: str, position: int) -> int:
        found = -1 if sign in self.absent else self.body.find(sign, position)
        if found < 0:
            self.absent.add(sign)
        return found

    def _starts_line(self, position: int) -> bool:
        """True when only blanks and quote marks stand before the place, or it starts the text of a list item."""
        if position == self.text_start:
            return True
        while position and self.body[position - 1] in " \t>":
            position -= 1
        return not position or self.body[position - 1] == "\n"
