"""What a parser reads in feeds: ``python read_feed.py PARSER FILE...`` prints one JSON object for each file.

A process of its own, as a calendar is: what a parser does to it, it does not do to the tests.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import datetime as dt
import importlib
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def ical_reader() -> Callable[[bytes], list[dict[str, Any]]]:
    """The parser of Home Assistant."""
    stream = importlib.import_module("ical.calendar_stream").IcsCalendarStream

    def read(feed: bytes) -> list[dict[str, Any]]:
        calendar = stream.calendar_from_ics(feed.decode())
        return [
            {
                "uid": event.uid,
                "start": _when(event.dtstart),
                "end": _when(event.end),
                "summary": event.summary or "",
                "description": event.description or "",
                "url": str(event.url or ""),
                "categories": list(event.categories),
                "alarms": [_moment(alarm.trigger) for alarm in event.alarm],
            }
            for event in calendar.events
        ]

    return read


def icalendar_reader() -> Callable[[bytes], list[dict[str, Any]]]:
    """The parser of khal and todoman."""
    import icalendar

    def read(feed: bytes) -> list[dict[str, Any]]:
        events: list[Any] = icalendar.Calendar.from_ical(feed).walk("VEVENT")
        return [
            {
                "uid": str(event["UID"]),
                "start": _when(event["DTSTART"].dt),
                "end": _when(event["DTEND"].dt),
                "summary": str(event.get("SUMMARY", "")),
                "description": str(event.get("DESCRIPTION", "")),
                "url": str(event.get("URL", "")),
                "categories": [str(word) for word in event["CATEGORIES"].cats] if "CATEGORIES" in event else [],
                "alarms": [alarm["TRIGGER"].dt.total_seconds() for alarm in event.walk("VALARM")],
            }
            for event in events
        ]

    return read


def vobject_reader() -> Callable[[bytes], list[dict[str, Any]]]:
    """The parser of Radicale."""
    vobject = importlib.import_module("vobject")

    def read(feed: bytes) -> list[dict[str, Any]]:
        return [
            {
                "uid": event.uid.value,
                "start": _when(event.dtstart.value),
                "end": _when(event.dtend.value),
                "summary": event.getChildValue("summary", ""),
                "description": event.getChildValue("description", ""),
                "url": event.getChildValue("url", ""),
                "categories": event.getChildValue("categories", []),
                "alarms": [alarm.trigger.value.total_seconds() for alarm in event.contents.get("valarm", [])],
            }
            for event in vobject.readOne(feed.decode()).contents.get("vevent", [])
        ]

    return read


class Libical:
    """The C library, as programs call it: components and properties are pointers."""

    def __init__(self) -> None:
        self._library = ctypes.CDLL(ctypes.util.find_library("ical"))
        pointer, text = ctypes.c_void_p, ctypes.c_char_p
        for name, answer, arguments in (
            ("icalparser_parse_string", pointer, [text]),
            ("icalcomponent_get_first_component", pointer, [pointer, ctypes.c_int]),
            ("icalcomponent_get_next_component", pointer, [pointer, ctypes.c_int]),
            ("icalcomponent_get_first_property", pointer, [pointer, ctypes.c_int]),
            ("icalcomponent_get_next_property", pointer, [pointer, ctypes.c_int]),
            ("icalcomponent_string_to_kind", ctypes.c_int, [text]),
            ("icalproperty_string_to_kind", ctypes.c_int, [text]),
            ("icalproperty_get_value", pointer, [pointer]),
            ("icalproperty_get_value_as_string", text, [pointer]),
            ("icalvalue_get_text", text, [pointer]),
        ):
            function = getattr(self._library, name)
            function.restype, function.argtypes = answer, arguments

    def parse(self, feed: bytes) -> int:
        """The calendar. It is never freed: the process ends soon."""
        calendar: int | None = self._library.icalparser_parse_string(feed)
        if not calendar:
            raise ValueError("nothing could be read")
        return calendar

    def components(self, parent: int, name: str) -> Iterator[int]:
        """The components of that name."""
        kind = self._library.icalcomponent_string_to_kind(name.encode())
        found = self._library.icalcomponent_get_first_component(parent, kind)
        while found:
            yield found
            found = self._library.icalcomponent_get_next_component(parent, kind)

    def texts(self, parent: int, name: str) -> list[str]:
        """The texts of the properties of that name."""
        values = (self._library.icalproperty_get_value(found) for found in self._properties(parent, name))
        return [(self._library.icalvalue_get_text(value) or b"").decode() for value in values]

    def written(self, parent: int, name: str) -> str:
        """The value of the first property of that name, as it would be written."""
        found = next(self._properties(parent, name), None)
        return (self._library.icalproperty_get_value_as_string(found) or b"").decode() if found else ""

    def _properties(self, parent: int, name: str) -> Iterator[int]:
        kind = self._library.icalproperty_string_to_kind(name.encode())
        found = self._library.icalcomponent_get_first_property(parent, kind)
        while found:
            yield found
            found = self._library.icalcomponent_get_next_property(parent, kind)


def libical_reader() -> Callable[[bytes], list[dict[str, Any]]]:
    """The parser of GNOME's calendar."""
    library = Libical()

    def read(feed: bytes) -> list[dict[str, Any]]:
        return [
            {
                "uid": "".join(library.texts(event, "UID")),
                "start": _written_when(library.written(event, "DTSTART")),
                "end": _written_when(library.written(event, "DTEND")),
                "summary": "".join(library.texts(event, "SUMMARY")),
                "description": "".join(library.texts(event, "DESCRIPTION")),
                "url": library.written(event, "URL"),
                "categories": library.texts(event, "CATEGORIES"),
                "alarms": [
                    _seconds(library.written(alarm, "TRIGGER")) for alarm in library.components(event, "VALARM")
                ],
            }
            for event in library.components(library.parse(feed), "VEVENT")
        ]

    return read


def _when(moment: dt.date) -> str:
    """A day, or a moment in UTC."""
    if isinstance(moment, dt.datetime):
        return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return moment.isoformat()


def _written_when(written: str) -> str:
    day, time, rest = written[:8], written[9:15], written[15:]
    shown = f"{day[:4]}-{day[4:6]}-{day[6:]}"
    return f"{shown}T{time[:2]}:{time[2:4]}:{time[4:]}{rest}" if time else shown


def _moment(trigger: dt.timedelta | dt.datetime) -> float | str:
    return trigger.total_seconds() if isinstance(trigger, dt.timedelta) else trigger.isoformat()


def _seconds(duration: str) -> int:
    """Hours or minutes written as a duration, in seconds."""
    sign = -1 if duration.startswith("-") else 1
    return sign * {"H": 3600, "M": 60}[duration[-1]] * int(duration.lstrip("-P").lstrip("T")[:-1])


READERS = {"ical": ical_reader, "icalendar": icalendar_reader, "libical": libical_reader, "vobject": vobject_reader}


def main(parser: str, *files: str) -> None:
    """Print what the parser reads in each file, or why it reads nothing."""
    read = READERS[parser]()
    for file in files:
        answer: dict[str, Any]
        try:
            answer = {"events": read(Path(file).read_bytes())}
        except Exception as error:  # noqa: BLE001 - whatever a parser raises is its answer
            answer = {"refused": f"{type(error).__name__}: {error}"[:200]}
        print(json.dumps(answer))


if __name__ == "__main__":
    main(*sys.argv[1:])
