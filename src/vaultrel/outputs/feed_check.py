"""What is wrong with a calendar feed: against RFC 5545 and RFC 7986, and against what calendars are known to do.

Any program's feed can be checked; one that vaultrel wrote is held to its own rules as well.
`feed_rules` lists them all.
"""

from __future__ import annotations

import datetime as dt
import itertools
import re
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from msgspec import Struct

from vaultrel.core.text import clean_text
from vaultrel.outputs.feed_components import read_calendars
from vaultrel.outputs.feed_events import MAX_EVENTS
from vaultrel.outputs.feed_lines import MAX_PLACES, Findings, read_lines
from vaultrel.outputs.feed_rules import RULES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from vaultrel.outputs.feed_components import Component
    from vaultrel.outputs.feed_lines import ContentLine

_OWN_PRODUCT = "-//vaultrel//"
_EPOCH = dt.datetime(2020, 1, 1)  # noqa: DTZ001 - compared with times that are all in UTC
_MAX_SEQUENCE = 2**31 - 1
_MOST_EVENTS = MAX_EVENTS + 1
"""As many as a feed of ours can hold: one event tells of all that waits."""

_SHOWN = 60
"""How much of a value a message shows, in code points."""

_OWN_VALUES = {
    "PRODID": "-//vaultrel//vaultrel//EN",
    "STATUS": "CONFIRMED",
    "TRANSP": "TRANSPARENT",
    "X-MICROSOFT-CDO-BUSYSTATUS": "FREE",
}

_OWN_CALENDAR = (
    "VERSION", "PRODID", "CALSCALE", "NAME", "X-WR-CALNAME", "DESCRIPTION", "X-WR-CALDESC", "COLOR",
    "X-APPLE-CALENDAR-COLOR", "REFRESH-INTERVAL", "X-PUBLISHED-TTL",
)  # fmt: skip
_OWN_EVENT = (
    "UID", "DTSTAMP", "LAST-MODIFIED", "SEQUENCE", "DTSTART", "DTEND", "SUMMARY", "DESCRIPTION", "URL", "CATEGORIES",
    "STATUS", "TRANSP", "X-MICROSOFT-CDO-BUSYSTATUS",
)  # fmt: skip
_OWN_OPTIONAL = frozenset({("VEVENT", "DESCRIPTION"), ("VEVENT", "CATEGORIES")})

_ONCE_IN_EVENT = frozenset({
    "CLASS", "CREATED", "DESCRIPTION", "DTEND", "DTSTAMP", "DTSTART", "DURATION", "GEO", "LAST-MODIFIED", "LOCATION",
    "ORGANIZER", "PRIORITY", "RECURRENCE-ID", "SEQUENCE", "STATUS", "SUMMARY", "TRANSP", "UID", "URL",
})  # fmt: skip
_ONCE = {
    "VCALENDAR": frozenset({"VERSION", "PRODID", "CALSCALE", "METHOD"}),
    "VEVENT": _ONCE_IN_EVENT,
    "VALARM": frozenset({"ACTION", "TRIGGER", "DURATION", "REPEAT"}),
    "VTIMEZONE": frozenset({"TZID", "LAST-MODIFIED", "TZURL"}),
}
"""Properties that may stand only once: RFC 5545 sections 3.6 to 3.6.6. In VALARM, those that every action has."""

_TEXTS = frozenset({"SUMMARY", "DESCRIPTION", "LOCATION", "COMMENT", "CONTACT", "NAME", "X-WR-CALNAME", "X-WR-CALDESC"})
_TEXT_LISTS = frozenset({"CATEGORIES", "RESOURCES"})
_STAMPS = ("DTSTAMP", "LAST-MODIFIED", "CREATED")
_TIMES = ("DTSTART", "DTEND", "RECURRENCE-ID")
_REVISED = frozenset({"UID", "DTSTAMP", "LAST-MODIFIED", "CREATED"})

_ESCAPED = re.compile(r"\\([\\;,nN])")
_DATE = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")
_TIME = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})T([0-9]{2})([0-9]{2})([0-9]{2})(Z?)")
_DURATION = re.compile(
    r"[+-]?P(?:[0-9]{1,9}W|[0-9]{1,9}D|(?:[0-9]{1,9}D)?T"
    r"(?:[0-9]{1,9}H(?:[0-9]{1,9}M(?:[0-9]{1,9}S)?)?|[0-9]{1,9}M(?:[0-9]{1,9}S)?|[0-9]{1,9}S))"
)
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:(?:[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})+")
_COLOR_NAME = re.compile(r"[A-Za-z]+")
_OWN_UID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_AGEING = re.compile(r"\b[0-9]{1,5} (?:minute|hour|day|week|month|year)s? (?:ago|left|late|overdue|to go)\b")


class FeedFault(Struct, frozen=True):
    """One place where a feed breaks a rule.

    Attributes:
        code: the key of its rule in `feed_rules.RULES`.
        line: of the feed, from 1.
        message: what is wrong there.
        more: how many more places break the same rule and are not listed; 0 but for the last one listed.
    """

    code: str
    line: int
    message: str
    more: int = 0


class _Moment(NamedTuple):
    """A day or time as a property says it; of a day, its midnight."""

    kind: Literal["day", "local", "utc"]
    at: dt.datetime


_Fault: TypeAlias = tuple[str, int, str]
"""Code, line and detail of one place."""


def check_feed(feed: bytes) -> tuple[FeedFault, ...]:
    """Every rule that the feed breaks, in the order of its lines; of each rule the first places only.

    Takes time in proportion to the size of the feed, whatever it holds.
    """
    if not feed.strip():
        return _list_faults([("empty-file", 1, "")], Findings())
    findings = Findings()
    calendars = read_calendars(read_lines(feed, findings), findings)
    if calendars is None:
        return _list_faults([("not-a-calendar", 1, "")], Findings())
    return _list_faults((fault for calendar in calendars for fault in _calendar_faults(calendar)), findings)


def _list_faults(faults: Iterable[_Fault], findings: Findings) -> tuple[FeedFault, ...]:
    for code, line, detail in faults:
        findings.note(code, line, detail)
    left = {code: count - MAX_PLACES for code, count in findings.counts.items() if count > MAX_PLACES}
    listed: list[FeedFault] = []
    for line, code, detail in sorted(findings.places, reverse=True):
        listed.append(FeedFault(code, line, _tell(code, detail), left.pop(code, 0)))
    return tuple(reversed(listed))


def _tell(code: str, detail: str) -> str:
    meaning = RULES[code].meaning
    return f"{meaning[:-1]}: {clean_text(detail, _SHOWN)}." if detail else meaning


# The calendar


def _calendar_faults(calendar: Component) -> Iterator[_Fault]:
    own = calendar.text("PRODID").startswith(_OWN_PRODUCT)
    yield from _property_faults(calendar)
    yield from _head_faults(calendar)
    yield from _name_faults(calendar)
    yield from _interval_faults(calendar)
    zones = {zone.text("TZID") for zone in calendar.children if zone.name == "VTIMEZONE"}
    events = [child for child in calendar.children if child.name == "VEVENT"]
    scheduling = calendar.get("METHOD") is not None
    for child in calendar.children:
        if child.name == "VEVENT":
            yield from _event_faults(child, zones, scheduling=scheduling)
        elif child.name == "VTIMEZONE":
            yield from _timezone_faults(child)
    yield from _set_faults(events)
    if own:
        yield from _own_faults(calendar, _OWN_CALENDAR)
        for event in events:
            yield from _own_event_faults(event)
        yield from _own_set_faults(events)


def _head_faults(calendar: Component) -> Iterator[_Fault]:
    if calendar.text("VERSION") != "2.0":
        yield "wrong-version", calendar.line, calendar.text("VERSION")
    if calendar.get("PRODID") is None:
        yield "missing-prodid", calendar.line, ""
    if not calendar.children:
        yield "no-component", calendar.line, ""
    for name, code in (("METHOD", "method"), ("SOURCE", "source"), ("X-WR-TIMEZONE", "calendar-timezone")):
        if found := calendar.get(name):
            yield code, found.number, ""
    if (scale := calendar.get("CALSCALE")) and scale.value.upper() != "GREGORIAN":
        yield "other-scale", scale.number, scale.value
    if (color := calendar.get("COLOR")) and not _COLOR_NAME.fullmatch(color.value):
        yield "color-without-name", color.number, color.value


def _name_faults(calendar: Component) -> Iterator[_Fault]:
    if calendar.get("NAME") is None and calendar.get("X-WR-CALNAME") is None:
        yield "no-name", calendar.line, ""
    for pair in (("NAME", "X-WR-CALNAME"), ("DESCRIPTION", "X-WR-CALDESC")):
        standard, common = (calendar.get(name) for name in pair)
        if standard and common and standard.value != common.value:
            yield "names-differ", common.number, common.name


def _interval_faults(calendar: Component) -> Iterator[_Fault]:
    interval, ttl = calendar.get("REFRESH-INTERVAL"), calendar.get("X-PUBLISHED-TTL")
    if interval and interval.parameter("VALUE").upper() != "DURATION":
        yield "interval-without-value", interval.number, ""
    for line in (interval, ttl):
        if line and not _DURATION.fullmatch(line.value):
            yield "bad-duration", line.number, f"{line.name} {line.value}"


def _timezone_faults(zone: Component) -> Iterator[_Fault]:
    rules = [child for child in zone.children if child.name in {"STANDARD", "DAYLIGHT"}]
    if zone.get("TZID") is None or not rules:
        yield "incomplete-timezone", zone.line, "TZID" if rules else "STANDARD or DAYLIGHT"
    for rule in rules:
        for name in ("DTSTART", "TZOFFSETFROM", "TZOFFSETTO"):
            if rule.get(name) is None:
                yield "incomplete-timezone", rule.line, name


def _set_faults(events: list[Component]) -> Iterator[_Fault]:
    """What is wrong between events."""
    seen: set[tuple[str, str]] = set()
    contents: set[object] = set()
    for event in events:
        identity = (event.text("UID"), event.text("RECURRENCE-ID"))
        if identity[0] and identity in seen:
            yield "duplicate-uid", event.line, identity[0]
        seen.add(identity)
        content = tuple(sorted(_content(event)))
        if content in contents:
            yield "equal-events", event.line, ""
        contents.add(content)
    if len(events) > _MOST_EVENTS:
        yield "too-many-events", events[_MOST_EVENTS].line, f"{len(events)}"


def _content(event: Component) -> Iterator[tuple[str, ...]]:
    """All an event says, apart from its identity and stamps."""
    for part in (event, *event.children):
        for line in part.properties:
            if line.name not in _REVISED:
                yield part.name, line.name, line.value, *(f"{key}={value}" for key, value in line.parameters.items())


# Properties of any component


def _property_faults(component: Component) -> Iterator[_Fault]:
    once = _ONCE.get(component.name, frozenset())
    seen: set[str] = set()
    for line in component.properties:
        if line.name in once and line.name in seen:
            yield "repeated-property", line.number, line.name
        seen.add(line.name)
        if line.name in _TEXTS | _TEXT_LISTS:
            yield from _text_faults(line)


def _text_faults(line: ContentLine) -> Iterator[_Fault]:
    rest = _ESCAPED.sub("", line.value)
    if "\\" in rest:
        yield "bad-escape", line.number, line.name
    if ";" in rest or ("," in rest and line.name in _TEXTS):
        yield "unescaped-text", line.number, line.name
    if line.value != line.value.strip(" \t"):
        yield "blank-at-ends", line.number, line.name
    if line.name == "CATEGORIES":
        words = line.value.split(",")
        if "\\" in line.value or '"' in line.value or not all(word.strip() for word in words):
            yield "odd-category", line.number, ""


def _read_text(value: str) -> str:
    return _ESCAPED.sub(lambda found: "\n" if found[1] in "nN" else found[1], value)


def _read_moment(line: ContentLine) -> _Moment | None:
    """The day or time, in the form that it is written in; None where there is none such."""
    if found := _TIME.fullmatch(line.value):
        year, month, day, hour, minute, second = (int(part) for part in found.groups()[:6])
        kind: Literal["utc", "local"] = "utc" if found[7] else "local"
    elif found := _DATE.fullmatch(line.value):
        year, month, day = (int(part) for part in found.groups())
        hour = minute = second = 0
        return _moment("day", year, month, day)
    else:
        return None
    # A leap second is a time that exists.
    return _moment(kind, year, month, day, hour, minute, min(second, 59) if second <= 60 else second)


def _moment(kind: Literal["day", "local", "utc"], *parts: int) -> _Moment | None:
    try:
        return _Moment(kind, dt.datetime(*parts))  # type: ignore[arg-type]  # noqa: DTZ001 - `kind` says the zone
    except ValueError:
        return None


# Events


def _event_faults(event: Component, zones: set[str], *, scheduling: bool) -> Iterator[_Fault]:
    yield from _property_faults(event)
    yield from _missing_faults(event, scheduling=scheduling)
    yield from _stamp_faults(event)
    yield from _time_faults(event, zones)
    yield from _span_faults(event)
    yield from _wording_faults(event)
    yield from _word_faults(event)
    for alarm in event.children:
        if alarm.name == "VALARM":
            yield from _property_faults(alarm)
            yield from _alarm_faults(alarm)


def _missing_faults(event: Component, *, scheduling: bool) -> Iterator[_Fault]:
    for name, code in (("UID", "missing-uid"), ("DTSTAMP", "missing-dtstamp"), ("SUMMARY", "no-title")):
        if not event.text(name):
            yield code, event.line, ""
    # RFC 5545 section 3.6.1: a message about an invitation may leave it out.
    if not event.text("DTSTART") and not scheduling:
        yield "missing-dtstart", event.line, ""
    if event.get("LAST-MODIFIED") is None:
        yield "no-last-modified", event.line, ""
    if event.get("ATTENDEE") and not event.get("ORGANIZER"):
        yield "attendees-without-organizer", event.line, ""


def _stamp_faults(event: Component) -> Iterator[_Fault]:
    for line in event.properties:
        if line.name not in _STAMPS or not line.value:
            continue
        moment = _read_moment(line)
        if moment is None:
            yield "bad-date", line.number, f"{line.name} {line.value}"
        elif moment.kind != "utc":
            yield "stamp-not-utc", line.number, f"{line.name} {line.value}"
    stamped, modified = event.get("DTSTAMP"), event.get("LAST-MODIFIED")
    if stamped and modified and stamped.value != modified.value:
        yield "stamps-differ", modified.number, ""
    sequence = event.get("SEQUENCE")
    if sequence and not (_is_number(sequence.value) and int(sequence.value) <= _MAX_SEQUENCE):
        yield "bad-sequence", sequence.number, sequence.value


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= len(str(_MAX_SEQUENCE))


def _time_faults(event: Component, zones: set[str]) -> Iterator[_Fault]:
    for line in event.properties:
        if line.name not in _TIMES or not line.value:
            continue
        moment = _read_moment(line)
        says_day = line.parameter("VALUE").upper() == "DATE"
        if moment is None or (says_day and moment.kind != "day"):
            yield "bad-date", line.number, f"{line.name} {line.value}"
        elif moment.kind == "day":
            if not says_day:
                yield "date-without-value", line.number, line.name
        elif "TZID" in line.parameters:
            zone = line.parameter("TZID")
            if moment.kind == "utc":
                yield "zone-on-utc", line.number, line.name
            elif zone not in zones and not zone.startswith("/"):
                yield "unknown-timezone", line.number, zone
        elif moment.kind == "local":
            yield "floating-time", line.number, line.name


def _span_faults(event: Component) -> Iterator[_Fault]:
    start, end, duration = event.get("DTSTART"), event.get("DTEND"), event.get("DURATION")
    if end is None and duration is None:
        yield "no-end", event.line, ""
    if end and duration:
        yield "end-and-duration", duration.number, ""
    if duration and not _DURATION.fullmatch(duration.value):
        yield "bad-duration", duration.number, f"DURATION {duration.value}"
    if start is None or end is None:
        return
    begins, ends = _read_moment(start), _read_moment(end)
    if begins is None or ends is None:
        return
    if (begins.kind == "day") != (ends.kind == "day"):
        yield "end-of-another-kind", end.number, ""
    elif (begins.kind, start.parameters) == (ends.kind, end.parameters) and ends.at <= begins.at:
        yield "end-not-after-start", end.number, f"DTEND {end.value}"


def _wording_faults(event: Component) -> Iterator[_Fault]:
    title, description = event.get("SUMMARY"), event.get("DESCRIPTION")
    if title and "\n" in _read_text(title.value):
        yield "title-of-several-lines", title.number, ""
    if description and (found := _AGEING.search(_own_words(_read_text(description.value)))):
        yield "ageing-text", description.number, found[0]


def _own_words(text: str) -> str:
    """The text without what it quotes: words from a note stay what they are, and so does the call to action."""
    first, *others = text.split("“")
    unquoted = first + "".join(other.partition("”")[2] for other in others)
    return "\n".join(line for line in unquoted.split("\n") if not line.startswith("Do: "))


def _word_faults(event: Component) -> Iterator[_Fault]:
    if (url := event.get("URL")) and not _ADDRESS.fullmatch(url.value):
        yield "bad-url", url.number, ""
    if (status := event.get("STATUS")) and status.value.upper() not in {"TENTATIVE", "CONFIRMED", "CANCELLED"}:
        yield "bad-status", status.number, status.value
    if (shown := event.get("TRANSP")) and shown.value.upper() not in {"OPAQUE", "TRANSPARENT"}:
        yield "bad-transparency", shown.number, shown.value
    if (kind := event.get("CLASS")) and kind.value.upper() != "PUBLIC":
        yield "private-class", kind.number, kind.value
    start = event.get("DTSTART")
    if start and start.parameter("VALUE").upper() == "DATE" and event.text("TRANSP").upper() in {"", "OPAQUE"}:
        yield "blocks-the-day", event.line, ""


def _alarm_faults(alarm: Component) -> Iterator[_Fault]:
    needed = ["ACTION", "TRIGGER", *(["DESCRIPTION"] if alarm.text("ACTION").upper() == "DISPLAY" else [])]
    for name in needed:
        if alarm.get(name) is None:
            yield "incomplete-alarm", alarm.line, name
    if (alarm.get("REPEAT") is None) != (alarm.get("DURATION") is None):
        yield "repeat-without-duration", alarm.line, ""
    trigger = alarm.get("TRIGGER")
    if trigger is None:
        return
    moment = _read_moment(trigger)
    if moment is None and not _DURATION.fullmatch(trigger.value):
        yield "bad-duration", trigger.number, f"TRIGGER {trigger.value}"
    elif moment and (moment.kind != "utc" or trigger.parameter("VALUE").upper() != "DATE-TIME"):
        yield "trigger-without-value", trigger.number, trigger.value


# vaultrel's own feeds


def _own_faults(component: Component, order: tuple[str, ...]) -> Iterator[_Fault]:
    """What differs from how vaultrel writes this component: it has exactly these properties, in this order."""
    names = [line.name for line in component.properties]
    for line in component.properties:
        if line.name not in order:
            yield "property-unexpected", line.number, line.name
        elif line.value != _OWN_VALUES.get(line.name, line.value):
            code = "product-changed" if line.name == "PRODID" else "value-changed"
            yield code, line.number, f"{line.name} {line.value}"
    for name in order:
        if name not in names and (component.name, name) not in _OWN_OPTIONAL:
            yield "property-left-out", component.line, name
    places = [(order.index(line.name), line.number) for line in component.properties if line.name in order]
    for (place, _), (following, number) in itertools.pairwise(places):
        if following < place:
            yield "property-order", number, order[following]


def _own_event_faults(event: Component) -> Iterator[_Fault]:
    yield from _own_faults(event, _OWN_EVENT)
    uid, stamp, sequence = event.get("UID"), event.get("DTSTAMP"), event.get("SEQUENCE")
    if uid and not _OWN_UID.fullmatch(uid.value):
        yield "uid-not-ours", uid.number, uid.value
    moment = _read_moment(stamp) if stamp else None
    if moment and sequence and sequence.value != str(int((moment.at - _EPOCH).total_seconds())):
        yield "sequence-differs", sequence.number, sequence.value
    if len(event.children) > 1:
        yield "several-alarms", event.children[1].line, ""


def _own_set_faults(events: list[Component]) -> Iterator[_Fault]:
    seen: set[tuple[str, str]] = set()
    before = ("", "")
    for event in events:
        link = (event.text("DTSTART"), event.text("URL"))
        if link in seen:
            yield "shared-url", event.line, ""
        seen.add(link)
        place = (event.text("DTSTART"), event.text("UID"))
        if place < before:
            yield "events-out-of-order", event.line, ""
        before = place
