"""vdirsyncer subscribes to feeds and khal shows them: ``python live_khal.py HOME URL...``; see `conftest.Calendar`.

What khal shows is told, day for day and field for field; a synchronization that fails is what a user would see too.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

PAIR = """\
[pair feed{number}]
a = "remote{number}"
b = "local{number}"
collections = null

[storage remote{number}]
type = "http"
url = "{url}"

[storage local{number}]
type = "filesystem"
path = "{home}/calendars/feed{number}/"
fileext = ".ics"
"""

LOCALE = """\
[locale]
timeformat = %H:%M
dateformat = %Y-%m-%d
longdateformat = %Y-%m-%d
datetimeformat = %Y-%m-%dT%H:%M:%SZ
longdatetimeformat = %Y-%m-%dT%H:%M:%SZ
local_timezone = UTC
default_timezone = UTC

[default]
show_all_days = False
"""

FIELDS = ("uid", "start", "end", "all-day", "title", "description", "url", "categories", "alarms-list")
LONG_AGO, FIRST_DAY = dt.date(2000, 1, 1), dt.date(2026, 6, 1)
"""Where the event of an empty plan is, and before all others of the tests."""

DAYS_AHEAD = 200


def set_up(home: Path, urls: list[str]) -> None:
    """Write what a user would into the files of both programs."""
    calendars = [f"[[feed{number}]]\npath = {home}/calendars/feed{number}/\n" for number in range(len(urls))]
    for number in range(len(urls)):
        (home / f"calendars/feed{number}").mkdir(parents=True)
    general = f'[general]\nstatus_path = "{home}/status/"\n\n'
    pairs = [PAIR.format(number=number, url=url, home=home) for number, url in enumerate(urls)]
    (home / "vdirsyncer.conf").write_text(general + "\n".join(pairs), "utf-8")
    khal = ["[calendars]\n", *calendars, LOCALE, f"[sqlite]\npath = {home}/khal.db\n"]
    (home / "khal.conf").write_text("\n".join(khal), "utf-8")


def run(home: Path, program: str, *arguments: str) -> str:
    """What the program says, whether or not it is content."""
    found = shutil.which(program, path=str(Path(sys.executable).parent)) or program
    environment = {**os.environ, "HOME": str(home), "VDIRSYNCER_CONFIG": f"{home}/vdirsyncer.conf"}
    done = subprocess.run([found, *arguments], env=environment, cwd=home, capture_output=True, text=True, check=False)
    print(done.stderr, file=sys.stderr)
    return done.stdout


def list_events(home: Path, number: int, today: dt.date) -> list[dict[str, Any]]:
    """What khal shows of one calendar. It asks itself day by day, so that few days are much quicker."""
    fields = [word for field in FIELDS for word in ("--json", field)]
    days = (today - FIRST_DAY).days + DAYS_AHEAD
    shown = [
        run(home, "khal", "-c", f"{home}/khal.conf", "list", "--once", "-a", f"feed{number}", *fields, *period)
        for period in ((LONG_AGO.isoformat(), "1d"), (FIRST_DAY.isoformat(), f"{days}d"))
    ]
    lines = [line for part in shown for line in part.splitlines() if line.strip()]
    return [tell_event(event) for line in lines for event in json.loads(line)]


def tell_event(event: dict[str, Any]) -> dict[str, Any]:
    """The event as `read_feed.py` tells it; khal names the last day, not the one after it."""
    return {
        "uid": event["uid"],
        "start": event["start"],
        "end": next_day(event["end"]) if event["all-day"] == "True" else event["end"],
        "summary": event["title"],
        "description": event["description"],
        "url": event["url"],
        "categories": event["categories"].split(",") if event["categories"] else [],
        "alarms": [alarm["delta"] for alarm in event["alarms-list"]],
    }


def next_day(day: str) -> str:
    """The day after."""
    return (dt.date.fromisoformat(day) + dt.timedelta(days=1)).isoformat()


def main(home: Path, *urls: str) -> None:
    """Do what each line of the input says, and answer on one line."""
    set_up(home, list(urls))
    run(home, "vdirsyncer", "discover")
    for line in sys.stdin:
        answer: Any = None
        if line.strip() == "refresh":
            run(home, "vdirsyncer", "sync")
        else:
            today = dt.datetime.now(dt.UTC).date()  # noqa: TID251 - khal's own day; tests of the served vault have it too
            answer = [list_events(home, number, today) for number in range(len(urls))]
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
