"""A feed's content lines as components: what stands between which BEGIN and END."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vaultrel.outputs.feed_lines import ContentLine, Findings

_PARENTS = {
    "VCALENDAR": {""},
    "VEVENT": {"VCALENDAR"},
    "VTODO": {"VCALENDAR"},
    "VJOURNAL": {"VCALENDAR"},
    "VFREEBUSY": {"VCALENDAR"},
    "VTIMEZONE": {"VCALENDAR"},
    "VALARM": {"VEVENT", "VTODO"},
    "STANDARD": {"VTIMEZONE"},
    "DAYLIGHT": {"VTIMEZONE"},
}


class Component(Struct, frozen=True):
    """A component with everything between its BEGIN and END."""

    name: str
    line: int
    properties: tuple[ContentLine, ...]
    children: tuple[Component, ...]

    def get(self, name: str) -> ContentLine | None:
        """The first property of that name."""
        return next((line for line in self.properties if line.name == name), None)

    def text(self, name: str) -> str:
        """The value of the first property of that name, as written; empty where there is none."""
        found = self.get(name)
        return found.value if found else ""


def read_calendars(lines: Iterator[ContentLine], findings: Findings) -> list[Component] | None:
    """The calendars of a feed; None when it does not begin with one.

    Components that are not closed are left out, but for a calendar: what it holds is still worth a look.
    """
    first = next(lines, None)
    if first is None or (first.name, first.value.upper()) != ("BEGIN", "VCALENDAR"):
        return None
    calendars: list[Component] = []
    reading = [_Reading(first)]
    last = first
    for line in lines:
        last = line
        if line.name == "BEGIN":
            _check_place(line, reading, calendars, findings)
            reading.append(_Reading(line))
        elif line.name == "END":
            if not reading or reading[-1].name != line.value.upper():
                findings.note("component-mismatch", line.number, line.value)
                continue
            done = reading.pop().component()
            (reading[-1].children if reading else calendars).append(done)
        elif reading:
            reading[-1].properties.append(line)
        else:
            findings.note("content-after-end", line.number, line.name)
    if reading:
        findings.note("truncated", last.number)
        calendars.append(reading[0].component())
    return [calendar for calendar in calendars if calendar.name == "VCALENDAR"]


class _Reading:
    """A component whose END has not come yet."""

    def __init__(self, begin: ContentLine) -> None:
        self.name = begin.value.upper()
        self.line = begin.number
        self.properties: list[ContentLine] = []
        self.children: list[Component] = []

    def component(self) -> Component:
        """What was read of it."""
        return Component(self.name, self.line, tuple(self.properties), tuple(self.children))


def _check_place(line: ContentLine, reading: list[_Reading], calendars: list[Component], findings: Findings) -> None:
    name, parent = line.value.upper(), reading[-1].name if reading else ""
    if not reading and name != "VCALENDAR":
        findings.note("content-after-end", line.number, name)
    elif not reading and len(calendars) == 1:
        findings.note("second-calendar", line.number)
    elif reading and parent not in _PARENTS.get(name, {parent}):
        findings.note("misplaced-component", line.number, f"{name} in {parent}")
