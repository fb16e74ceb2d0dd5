"""Days and times as people write them: in properties, file names, daily-note formats and lines.

A day needs a year, save in a sentence that was noted on a known day; nothing else is completed, converted between time
zones or taken from the file system. Years outside 1900–2200 are read as numbers, not as days.
"""

from __future__ import annotations

import datetime as dt
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias

from vaultrel.core.expressions import lazily

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

DateOrder: TypeAlias = Literal["", "dmy", "mdy"]
"""How 07/05/2026 is read; empty: not at all, for it could be either."""


class Moment(NamedTuple):
    """A day, and the time of day where one is written; the time stands as written, whatever its offset."""

    day: dt.date
    time: dt.time | None = None


_FIRST_YEAR: Final = 1900
_LAST_YEAR: Final = 2200
_LONGEST: Final = 255
"""Code points of a text that are looked at: the longest a file name can be."""

_MONTHS: Final = {
    name: number
    for number, names in enumerate(
        (
            "january jan januar jänner janvier enero gennaio januari janeiro",
            "february feb februar février febrero febbraio februari fevereiro",
            "march mar märz mars marzo maart março",
            "april apr avril abril aprile",
            "may mai mayo maggio mei maio",
            "june jun juni juin junio giugno junho",
            "july jul juli juillet julio luglio julho",
            "august aug août agosto augustus",
            "september sep sept septembre septiembre settembre setembro",
            "october oct oktober okt octobre octubre ottobre outubro",
            "november nov novembre noviembre novembro",
            "december dec dezember dez décembre diciembre dicembre dezembro",
        ),
        start=1,
    )
    for name in names.split()
}

_CENTURIES: Final = ("20", "19", "21", "22")
_YEAR = lazily("19[0-9]{2}|2[01][0-9]{2}|2200")
_WRITTEN_BY_PROGRAMS = lazily("(19[0-9]{2}|2[01][0-9]{2}|2200)-([0-9]{2})-([0-9]{2})")
_GAP: Final = "(?:[ ._-]|[.,][ ])"
_NAME: Final = r"(?P<m>[^\W\d_]{3,12})"
_ISO, _CJK, _STAMP, _NUMERIC, *_NAMED = (
    # A day may stand after letters of a script that puts no spaces, never in the middle of a number or word.
    lazily(r"(?<![0-9A-Za-z])(?<![0-9][-./])" + form)
    for form in (
        r"(?P<y>[0-9]{4})(?P<s>[-/._])(?P<m>[0-9]{1,2})(?P=s)(?P<d>[0-9]{1,2})(?![0-9])",
        r"(?P<y>[0-9]{4})[ ]?[年년][ ]?(?P<m>[0-9]{1,2})[ ]?[月월][ ]?(?P<d>[0-9]{1,2})(?![0-9])(?:[ ]?[日号號일])?",
        (
            r"(?P<y>[0-9]{4})(?P<m>[0-9]{2})(?P<d>[0-9]{2})"
            r"(?:T?(?P<hour>[0-9]{2})(?P<minute>[0-9]{2})(?:[0-9]{2})?)?(?![0-9A-Za-z])"
        ),
        r"(?P<a>[0-9]{1,2})(?P<s>[-/.])(?P<b>[0-9]{1,2})(?P=s)(?P<y>[0-9]{4})(?![0-9])",
        (
            rf"(?P<d>[0-9]{{1,2}})(?:st|nd|rd|th|er|º|\.)?(?:{_GAP}|[ ]of[ ]|[ ]de[ ]){_NAME}"
            rf"(?:{_GAP}|[ ]de[ ])(?P<y>[0-9]{{4}})(?![0-9])"
        ),
        rf"{_NAME}{_GAP}(?P<d>[0-9]{{1,2}})(?:st|nd|rd|th)?{_GAP}(?P<y>[0-9]{{4}})(?![0-9])",
        rf"(?P<y>[0-9]{{4}}){_GAP}{_NAME}{_GAP}(?P<d>[0-9]{{1,2}})(?:st|nd|rd|th)?(?![0-9])",
    )
)
_FORMS: Final = (_ISO, _CJK, _STAMP, _NUMERIC, *_NAMED)
_WEEKDAYS: Final = {
    name: number
    for number, names in enumerate(
        (
            "monday mon montag mo lundi lunes",
            "tuesday tue tues dienstag di mardi martes",
            "wednesday wed mittwoch mi mercredi miércoles",
            "thursday thu thur thurs donnerstag do jeudi jueves",
            "friday fri freitag fr vendredi viernes",
            "saturday sat samstag sa samedi sábado",
            "sunday sun sonntag so dimanche domingo",
        )
    )
    for name in names.split()
}
"""Names of weekdays; Monday is 0."""

_WORD_FIRST = lazily(r"([^\W\d_]{2,12})\.?,?[ ]")
_TIME = lazily(
    r"([0-9]{1,2})(?:[:：h.]([0-9]{2})(?:[:：]([0-9]{2})(?:[.,][0-9]{1,9})?)?)?(?![0-9])"
    r"(?:[ \u00a0\u202f]?([AaPp])\.?[Mm]\b\.?|Z)?(?![^\W_])"
)
_CLOCK = lazily(r"[ \t]{0,4}(?:[T,;@]|at|um)?[ \t]{0,4}(?=[0-9]{1,2}(?:[:：][0-9]{2}|[ ]?[AaPp]\.?[Mm]\b))")
"""What may stand between a day and its time."""


def may_name_day(text: str) -> bool:
    """False for a text in which no function of this module finds a day with a year; found out sooner than none is."""
    for century in _CENTURIES:  # noqa: SIM110 - asked of every line that is read, and `any` takes three times as long
        if century in text:
            return True
    return False


def parse_moment(text: str, order: DateOrder = "") -> Moment | None:
    """The day, and time if any, that a value starts with; None when it starts with none.

    Reads ISO dates and date-times, padded or not and with ``/`` or ``.``, stamps of 8, 12 and 14 digits, day and
    month by name, ``2025年11月4日``, and a link to a daily note. What follows after the day is ignored.

    Args:
        text: a property's value, the text of a line, a field.
        order: the order of day and month in purely numeric days that could be either.
    """
    if not may_name_day(text):
        return None
    text = text[:_LONGEST].strip(" \t\"'")
    usual = _WRITTEN_BY_PROGRAMS().fullmatch(text)
    usual_day = usual and _day(int(usual[1]), int(usual[2]), int(usual[3]))
    if usual_day:
        return Moment(usual_day)
    if _YEAR().search(text) is None:
        return None
    if text.startswith("[["):
        target, _, rest = text[2:].partition("]]")
        name = target.partition("|")[0].partition("#")[0].rpartition("/")[2].strip().removesuffix(".md")
        found = moment_in_name(name, order)
        return found and Moment(found.day, found.time or _time_after(rest))
    weekday = _WORD_FIRST().match(text)
    start = weekday.end() if weekday and weekday[1].lower() in _WEEKDAYS else 0
    for form in _FORMS:
        match = form().match(text, start)
        moment = match and _read_match(match, order)
        if match and moment and not _goes_on(text, match.end()):
            return Moment(moment.day, moment.time or _time_after(text[match.end() :]))
    return None


def parse_day(text: str, order: DateOrder = "") -> dt.date | None:
    """The day that a value starts with, as `parse_moment` reads it."""
    moment = parse_moment(text, order)
    return moment and moment.day


def parse_time(text: str) -> dt.time | None:
    """The time of day a text starts with: ``10:30``, ``10:30:15Z``, ``3 pm``, ``10h30``; None when there is none."""
    match = _TIME().match(text[:_LONGEST].strip(" \tT\"'"))
    if match is None or (match[2] is None and match[4] is None):
        return None
    hour, minute, second = int(match[1]), int(match[2] or 0), int(match[3] or 0)
    if match[4]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if match[4] in "Pp" else 0)
    return dt.time(hour, minute, second) if hour < 24 and minute < 60 and second < 60 else None


def is_ambiguous_day(text: str) -> bool:
    """True for a day such as 07/05/2026 that only the order of day and month could settle."""
    match = _NUMERIC().match(text.strip(" \t\"'")[:_LONGEST])
    return match is not None and _read_match(match, "") is None and _read_match(match, "dmy") is not None


def moment_in_name(stem: str, order: DateOrder = "") -> Moment | None:
    """The day in a file name, and its time where a 12- or 14-digit stamp gives one.

    The first whole day that is written anywhere in the name; text may be glued to its end (``2026-3-9周会``).

    Args:
        stem: the file name without folder and extension.
        order: as for `parse_moment`.
    """
    stem = stem[:_LONGEST]
    if _YEAR().search(stem) is None:
        return None
    found: tuple[int, Moment] | None = None
    for form in _FORMS:
        if found and not found[0]:
            break
        for match in form().finditer(stem):
            moment = _read_match(match, order)
            if moment is not None:
                if found is None or match.start() < found[0]:
                    found = match.start(), moment
                break
    return found and found[1]


def day_in_name(stem: str, order: DateOrder = "") -> dt.date | None:
    """The day in a file name, as `moment_in_name` reads it."""
    moment = moment_in_name(stem, order)
    return moment and moment.day


def _read_match(match: re.Match[str], order: DateOrder) -> Moment | None:
    groups = match.groupdict()
    if "a" in groups:
        # Days with dots put the day first wherever they are used (DIN 5008 and its like).
        order = "dmy" if groups["s"] == "." else order
        day = _numeric_day(int(groups["y"]), int(groups["a"]), int(groups["b"]), order)
        return Moment(day) if day else None
    month = groups["m"]
    day = _day(int(groups["y"]), int(month) if month.isdecimal() else _MONTHS.get(month.lower(), 0), int(groups["d"]))
    if day is None:
        return None
    if not groups.get("hour"):
        return Moment(day)
    hour, minute = int(groups["hour"]), int(groups["minute"])
    return Moment(day, dt.time(hour, minute)) if hour < 24 and minute < 60 else None


def _numeric_day(year: int, first: int, second: int, order: DateOrder) -> dt.date | None:
    """The day of ``first/second/year``; without an order only where the numbers leave one reading."""
    day_first, month_first = _day(year, second, first), _day(year, first, second)
    if order:
        return day_first if order == "dmy" else month_first
    if day_first and month_first and day_first != month_first:
        return None
    return day_first or month_first


def _day(year: int, month: int, day: int) -> dt.date | None:
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        return None
    try:
        return dt.date(year, month, day)
    except ValueError:
        return None


def _goes_on(text: str, end: int) -> bool:
    """True when what was read is only the start of a longer word or number."""
    after = text[end : end + 2]
    if after[:1] == "T":
        return not after[1:].isdecimal()
    if after[:1] in {"-", "."}:
        return after[1:].isdecimal()
    return after[:1].isascii() and after[:1].isalnum()


def _time_after(rest: str) -> dt.time | None:
    clock = _CLOCK().match(rest)
    return clock and parse_time(rest[clock.end() :])


class DayInText(NamedTuple):
    """A day that a text names, and where: `start` and `end` are indices, `end` exclusive."""

    day: dt.date
    start: int
    end: int


def days_in_text(text: str, order: DateOrder = "") -> tuple[DayInText, ...]:
    """The days with a year that stand anywhere in a text, in the order of the text. Stamps are numbers there.

    Args:
        text: a sentence, of which the first 400 code points are looked at.
        order: as for `parse_moment`.
    """
    text = text[:_LONGEST_LINE]
    if not may_name_day(text) or _DAY_AND_YEAR().search(text) is None:
        return ()
    found: list[DayInText] = []
    for form in _FORMS:
        if form is _STAMP:
            continue
        for match in form().finditer(text):
            moment = _read_match(match, order)
            if moment is not None and not any(match.start() < seen.end and seen.start < match.end() for seen in found):
                found.append(DayInText(moment.day, match.start(), match.end()))
    return tuple(sorted(found, key=lambda seen: seen.start))


_DAY_AND_YEAR = lazily(r"[0-9](?:[0-9]?[^0-9]{1,18}(?:19|2[0-2])[0-9]{2}|(?<=[12])[0-9]{3}[^0-9]{1,16}[0-9])")
"""What every day with a year has in it: two numbers. It is asked of many lines, and most have none."""

_LONGEST_LINE: Final = 400
_AMBIGUOUS_MONTHS: Final = frozenset({"may", "march", "mar"})
"""Names of months that are other words when written small."""

_NO_YEAR_AFTER: Final = r"(?!,?[ ]['’]?[0-9]{2}(?:[0-9]{2})?(?![0-9:.h]))(?![\w/])"
_NOT_GLUED: Final = r"(?<![\w./–-])"
_DAY_OF_MONTH = lazily(
    rf"{_NOT_GLUED}(?P<d>[0-9]{{1,2}})(?:st|nd|rd|th|er|º|\.)?[ ](?:of[ ]|de[ ])?{_NAME}{_NO_YEAR_AFTER}"
)
_MONTH_AND_DAY = lazily(
    rf"{_NOT_GLUED}(?<![0-9][ ])(?<![0-9]\.[ ]){_NAME}\.?[ ](?P<d>[0-9]{{1,2}})(?:st|nd|rd|th)?{_NO_YEAR_AFTER}"
)
_IN_FIGURES = lazily(
    r"(?<!\w)(?:on|am|le|el)[ ](?P<a>[0-9]{1,2})(?P<s>[/.])(?P<b>[0-9]{1,2})(?![0-9/]|\.[0-9])", re.IGNORECASE
)
_OF_THIS_MONTH = lazily(
    r"(?<!\w)(?:on[ ]the[ ](?P<d>[0-9]{1,2})(?:st|nd|rd|th)|am[ ](?P<e>[0-9]{1,2})\.)"
    r"(?=[,.;:!?)]|\Z|[ ](?:(?:at|in|for|with|as|to|and|if|um|im|mit|für|als|und|bei)(?!\w)|[–—-]))",
    re.IGNORECASE,
)
_NEXT_WEEKDAY = lazily(
    r"(?<!\w)(?:on|next|this|coming|am|nächste[nr]?|kommende[nr]?|diese[nr]?|le|el|este|próximo)[ ]"
    r"(?P<w>[^\W\d_]{4,12})(?!\w|[ ](?:nights|evenings|mornings|afternoons)(?!\w))",
    re.IGNORECASE,
)
_WEEKDAY_NEXT = lazily(r"(?<!\w)(?P<w>[^\W\d_]{4,12})[ ]pr(?:ochain|óximo)(?!\w)", re.IGNORECASE)
_TOMORROW = lazily(
    r"(?<!\w)(?<!after[ ])(?<!heute[ ])(?<!gestern[ ])(?<!guten[ ])(?<!jeden[ ])(?<!la[ ])(?<!esta[ ])(?<!am[ ])"
    r"(?:tomorrow|[Mm]orgen(?![ ][aA]n(?!\w))|demain|mañana)(?![\w'’])"
)
_WORDS_BEFORE_FIGURES: Final = frozenset({"on", "am", "le", "el"})
_WORDS_FOR_TOMORROW: Final = frozenset({"tomorrow", "morgen", "demain", "mañana"})
_COMING_FORMS: Final = (
    (_MONTHS.keys(), (_DAY_OF_MONTH, _MONTH_AND_DAY)),
    (_WORDS_BEFORE_FIGURES, (_IN_FIGURES, _OF_THIS_MONTH)),
    (_WEEKDAYS.keys(), (_NEXT_WEEKDAY, _WEEKDAY_NEXT)),
    (_WORDS_FOR_TOMORROW, (_TOMORROW,)),
)
"""The words without one of which no form in a group fits, and those forms."""

_COMING_WORDS: Final = _MONTHS.keys() | _WEEKDAYS.keys() | _WORDS_FOR_TOMORROW

_LETTERS = lazily(r"[^\W\d_]+")
_ONLY_LETTERS: Final = {code: " " for code in range(128) if not chr(code).isalpha()}
_IN_MONTH = lazily(rf"(?<!\w)(?:in|im|en|em)[ ]{_NAME}(?!\w)")


def coming_day_in_text(text: str, noted: dt.date, order: DateOrder = "") -> DayInText | None:
    """The first day in a text that is named without a year, by the day it was noted; None when none is.

    Of ``3 May`` and ``the 25th`` it is the first such day that is not before `noted`, of a weekday the first after it.
    A weekday needs a word such as on or next before it. What a longer number, a range or a year stands beside is left.

    Args:
        text: a sentence, of which the first 400 code points are looked at.
        noted: when it was written.
        order: how to read ``on 07/05``; empty: only where one reading is possible. With dots the day comes first.
    """
    text = text[:_LONGEST_LINE]
    words = set(_LETTERS().findall(text.lower()))
    forms = [form for known, some in _COMING_FORMS if not known.isdisjoint(words) for form in some]
    found = (
        DayInText(day, match.start(), match.end())
        for form in forms
        for match in form().finditer(text)
        if (day := _coming_day(form, match, noted, order)) is not None
    )
    return min(found, key=lambda seen: seen.start, default=None)


def may_name_coming_day(text: str) -> bool:
    """False for a text in which neither `coming_day_in_text` nor `find_month` finds anything; found out in one go."""
    small = text[:_LONGEST_LINE].lower()
    # Of most texts there is a quicker way to the same words.
    words = small.translate(_ONLY_LETTERS).split() if small.isascii() else _LETTERS().findall(small)
    if not _COMING_WORDS.isdisjoint(words):
        return True
    return not _WORDS_BEFORE_FIGURES.isdisjoint(words) and any(map(str.isdecimal, text))


def find_month(text: str) -> int | None:
    """Where a text says in which month something is, as in ``in June`` and ``im Juni``; None where it does not."""
    return next((match.start() for match in _IN_MONTH().finditer(text[:_LONGEST_LINE]) if _month(match["m"])), None)


def _month(name: str) -> int:
    """The number of a month by its name in a sentence; 0 for another word."""
    return 0 if name in _AMBIGUOUS_MONTHS else _MONTHS.get(name.lower(), 0)


def _coming_day(
    form: Callable[[], re.Pattern[str]], match: re.Match[str], noted: dt.date, order: DateOrder
) -> dt.date | None:
    if form is _TOMORROW:
        return _days_after(noted, 1)
    if form is _NEXT_WEEKDAY or form is _WEEKDAY_NEXT:
        weekday = _WEEKDAYS.get(match["w"].lower())
        return None if weekday is None else _days_after(noted, (weekday - noted.weekday() - 1) % 7 + 1)
    if form is _OF_THIS_MONTH:
        number = int(match["d"] or match["e"])
        months = ((noted.year + (noted.month + later) // 12, (noted.month + later) % 12 + 1) for later in range(-1, 12))
        return _first_day(((year, month, number) for year, month in months), noted)
    years = range(noted.year, noted.year + 2)
    if form is _IN_FIGURES:
        first, second = int(match["a"]), int(match["b"])
        order = "dmy" if match["s"] == "." else order
        if _numeric_day(2000, first, second, order) is None:
            return None
        day_first = order == "dmy" or (not order and first > 12)
        month, number = (second, first) if day_first else (first, second)
    else:
        month, number = _month(match["m"]), int(match["d"])
    return _first_day(((year, month, number) for year in years), noted)


def _first_day(days: Iterable[tuple[int, int, int]], noted: dt.date) -> dt.date | None:
    """The first of these days, as year, month and day, that exists and is not before `noted`."""
    return next((day for numbers in days if (day := _day(*numbers)) is not None and day >= noted), None)


def _days_after(day: dt.date, count: int) -> dt.date:
    return dt.date.fromordinal(min(day.toordinal() + count, dt.date.max.toordinal()))


_WRAPPER = lazily(r"\{\{(?:date|time)?:?([^{}]{0,100})\}\}")
_DATED_SEGMENT = lazily("(?=.*(?:YYYY|MM))(?:YYYY|MMMM|MMM|MM|DD|Do|dddd|ddd|[-_. ])+")
_TOKEN = lazily(
    r"\[([^\[\]]*)\]|(YYYY|YY|Y|gggg|gg|GGGG|GG|MMMM|MMM|MM|Mo|M|DDDD|DDDo|DDD|DD|Do|D"
    r"|dddd|ddd|dd|do|d|ww|wo|w|WW|Wo|W|Qo|Q|E|e|HH|H|hh|h|mm|m|ss|s|A|a|X|x)|\\?(.)",
    re.DOTALL,
)
_WORD: Final = r"[^\W\d_]{1,20}\.?"
_TOKEN_FORMS: Final = {
    "YYYY": "[0-9]{4}", "YY": "[0-9]{2}", "Y": "[0-9]{4}", "gggg": "[0-9]{4}", "GGGG": "[0-9]{4}",
    "MMMM": _WORD, "MMM": _WORD, "dddd": _WORD, "ddd": _WORD, "dd": _WORD, "A": _WORD, "a": _WORD,
    "MM": "[0-9]{2}", "DD": "[0-9]{2}", "DDDD": "[0-9]{3}", "X": "[0-9]{1,12}", "x": "[0-9]{1,15}",
    "Do": r"[0-9]{1,2}[^\W\d_]{0,3}\.?",
}  # fmt: skip
"""What stands in a name for a token of moment.js (Display, Format); tokens left out are one to three digits."""

_MAX_FORMAT: Final = 200


def daily_note_day(path: str, daily: tuple[tuple[str, str], ...]) -> dt.date | None:
    """The day of a daily note by its path; None when the path fits none of the formats.

    Args:
        path: the note's path in the vault.
        daily: pairs of folder and moment.js format, as in Obsidian's daily-notes.json. In an empty folder
            setting, notes of that name count wherever they lie. ``{{date:…}}`` around a format is tolerated,
            and a folder may hold a format of its own.
    """
    stem = path[:-3] if path[-3:].lower() == ".md" else path
    if _YEAR().search(stem) is None and not any("YYYY" not in form for _, form in daily):
        return None
    for folder, form in daily:
        pattern = _daily_pattern(folder, form)
        match = pattern and pattern.fullmatch(stem)
        day = match and _day_of_tokens(match.groupdict())
        if day:
            return day
    return None


@lru_cache(maxsize=64)
def _daily_pattern(folder: str, form: str) -> re.Pattern[str] | None:
    """The expression for whole paths without ``.md``; None for a format that names no single day."""
    seen: set[str] = set()
    parts = [_segment_pattern(segment, seen) for segment in folder.strip("/ ")[:_MAX_FORMAT].split("/") if segment]
    parts.append(_format_pattern(_WRAPPER().sub(_unwrap, form)[:_MAX_FORMAT].strip("/ ") or "YYYY-MM-DD", seen))
    if not seen & {"D", "DD", "Do"} or not seen & {"M", "MM", "MMM", "MMMM"} or not seen & {"YYYY", "YY", "Y"}:
        return None
    anywhere = "" if folder.strip("/ ") else "(?:.*/)?"
    return re.compile(anywhere + "/".join(parts), re.IGNORECASE | re.DOTALL)


def _unwrap(match: re.Match[str]) -> str:
    return match[1] or "YYYY-MM-DD"


def _segment_pattern(segment: str, seen: set[str]) -> str:
    """A folder's name is literal (``Daily`` is no ``D``) save for wrapped formats, unless it is all format."""
    if _DATED_SEGMENT().fullmatch(segment):
        return _format_pattern(segment, seen)
    pattern, end = "", 0
    for match in _WRAPPER().finditer(segment):
        pattern += re.escape(segment[end : match.start()]) + _format_pattern(_unwrap(match), seen)
        end = match.end()
    return pattern + re.escape(segment[end:])


def _format_pattern(form: str, seen: set[str]) -> str:
    pattern = ""
    for literal, token, character in _TOKEN().findall(form):
        if not token:
            pattern += re.escape(literal or character)
        elif token in seen:
            pattern += f"(?P={token})"
        else:
            seen.add(token)
            pattern += f"(?P<{token}>{_TOKEN_FORMS.get(token, '[0-9]{1,3}')})"
    return pattern


def _day_of_tokens(tokens: dict[str, str]) -> dt.date | None:
    year = int(tokens.get("YYYY") or tokens.get("Y") or f"20{tokens['YY']}")
    number = tokens.get("MM") or tokens.get("M")
    name = tokens.get("MMMM") or tokens.get("MMM") or ""
    month = int(number) if number else _MONTHS.get(name.lower().rstrip("."), 0)
    day = tokens.get("DD") or tokens.get("D") or tokens["Do"].rstrip(".").rstrip("abcdefghijklmnopqrstuvwxyzº")
    return _day(year, month, int(day))
