"""Evolution-Data-Server subscribes to feeds: ``dbus-run-session -- python3 live_evolution.py HOME URL...``.

It is the program that keeps the calendars of GNOME and of Evolution; see `conftest.Calendar`. To be run by the system's
own Python, for which Debian has the bindings, with a session bus of its own and `HOME` as its home.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import gi

gi.require_version("EDataServer", "1.2")
gi.require_version("ECal", "2.0")
gi.require_version("ICalGLib", "3.0")

from gi.repository import ECal, EDataServer, GLib, ICalGLib  # noqa: E402 - after their versions are chosen

SOURCE = """\
[Data Source]
DisplayName=Feed {number}
Enabled=true
Parent=webcal-stub

[Calendar]
BackendName=webcal
Selected=true

[Offline]
StaySynchronized=true

[Security]
Method=none

[Authentication]
Host={host}
Port={port}
Method=none

[WebDAV Backend]
ResourcePath={path}
"""

DO_NOT_WAIT = 2**32 - 1
"""For the connection: what is kept shows at once, and what is on the server when it has been fetched."""


def subscribe(home: Path, urls: list[str]) -> list[Any]:
    """Write what *New Calendar, On the Web* writes, and open each calendar."""
    folder = home / ".config/evolution/sources"
    folder.mkdir(parents=True, exist_ok=True)
    for number, url in enumerate(urls):
        parts = urlsplit(url)
        written = SOURCE.format(number=number, host=parts.hostname, port=parts.port, path=parts.path)
        (folder / f"feed{number}.source").write_text(written, "utf-8")
    registry = EDataServer.SourceRegistry.new_sync(None)
    return [
        ECal.Client.connect_sync(registry.ref_source(f"feed{number}"), ECal.ClientSourceType.EVENTS, DO_NOT_WAIT, None)
        for number in range(len(urls))
    ]


def list_events(client: Any) -> list[dict[str, Any]]:
    """What the calendar holds."""
    _, components = client.get_object_list_sync("#t", None)
    return [tell_event(component) for component in components]


def tell_event(event: Any) -> dict[str, Any]:
    """The event as `read_feed.py` tells it."""
    return {
        "uid": event.get_uid(),
        "start": tell_moment(event.get_dtstart()),
        "end": tell_moment(event.get_dtend()),
        "summary": event.get_summary() or "",
        "description": event.get_description() or "",
        "url": "".join(shown.get_url() for shown in properties(event, ICalGLib.PropertyKind.URL_PROPERTY)),
        "categories": [
            shown.get_categories() for shown in properties(event, ICalGLib.PropertyKind.CATEGORIES_PROPERTY)
        ],
        "alarms": [tell_alarm(alarm) for alarm in alarms(event)],
    }


def properties(component: Any, kind: Any) -> list[Any]:
    """The properties of that kind."""
    found, shown = [], component.get_first_property(kind)
    while shown is not None:
        found.append(shown)
        shown = component.get_next_property(kind)
    return found


def alarms(event: Any) -> list[Any]:
    """The alarms of the event."""
    kind, found = ICalGLib.ComponentKind.VALARM_COMPONENT, []
    alarm = event.get_first_component(kind)
    while alarm is not None:
        found.append(alarm)
        alarm = event.get_next_component(kind)
    return found


def tell_alarm(alarm: Any) -> float:
    """When it rings, in seconds from the start."""
    (trigger,) = properties(alarm, ICalGLib.PropertyKind.TRIGGER_PROPERTY)
    return float(trigger.get_trigger().get_duration().as_int())


def tell_moment(moment: Any) -> str:
    """A day, or a moment in UTC."""
    day = f"{moment.get_year():04}-{moment.get_month():02}-{moment.get_day():02}"
    if moment.is_date():
        return day
    zone = "Z" if moment.is_utc() else ""
    return f"{day}T{moment.get_hour():02}:{moment.get_minute():02}:{moment.get_second():02}{zone}"


def main(home: Path, *urls: str) -> None:
    """Do what each line of the input says, and answer on one line."""
    clients = subscribe(home, list(urls))
    for line in sys.stdin:
        answer: Any = None
        if line.strip() == "refresh":
            for client in clients:
                try:
                    client.refresh_sync(None)
                except GLib.Error as error:  # the server cannot be reached; the calendar says so to its user
                    print(error, file=sys.stderr)
        else:
            answer = [list_events(client) for client in clients]
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
