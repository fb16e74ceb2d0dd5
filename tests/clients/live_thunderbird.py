"""Thunderbird subscribes to feeds: ``python live_thunderbird.py HOME URL...``; see `conftest.Calendar`.

It runs without a window, with a profile of its own, and is asked through Marionette, its door for tests, what its
calendars hold: what its user sees, alarms among it. All of it runs on this computer's loopback address.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

PREFERENCES = {
    "calendar.timezone.local": "UTC",
    "calendar.timezone.useSystemTimezone": False,
    "app.update.enabled": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "mail.provider.suppress_dialog_on_startup": True,
    "mailnews.start_page.enabled": False,
    "network.proxy.type": 0,
    "remote.prefs.recommended": False,
}

PATIENCE = 900
"""Seconds for one answer: at its start it reads thousands of events before it gives any."""

CALENDARS = """
const {cal} = ChromeUtils.importESModule("resource:///modules/calendar/calUtils.sys.mjs");
const feeds = cal.manager.getCalendars().filter(found => found.name.startsWith("Feed "));
feeds.sort((one, other) => parseInt(one.name.slice(5)) - parseInt(other.name.slice(5)));
"""

REFRESH = CALENDARS + "for (const feed of feeds) feed.refresh();"

COUNT = CALENDARS + "return feeds.length;"

LIST = (
    CALENDARS
    + """
const feed = feeds[arguments[0]];
const moment = when => when.icalString.replace(/^(....)(..)(..)/, "$1-$2-$3").replace(/T(..)(..)(..)/, "T$1:$2:$3");
return feed.getItemsAsArray(feed.ITEM_FILTER_ALL_ITEMS, 0, null, null).then(items => items.map(item => ({
  uid: item.id,
  start: moment(item.startDate),
  end: moment(item.endDate),
  summary: item.title ?? "",
  description: item.getProperty("DESCRIPTION") ?? "",
  url: item.getProperty("URL") ?? "",
  categories: item.getCategories(),
  alarms: item.getAlarms().map(alarm => alarm.offset.inSeconds),
})));
"""
)


class Marionette:
    """The door of a Thunderbird that was started with it open: one JSON message after another, each with its length."""

    def __init__(self, port: int) -> None:
        self._connection = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        self._answers = self._connection.makefile("rb")
        self._asked = 0
        self._receive()
        self.ask("WebDriver:NewSession", capabilities={})
        self.ask("Marionette:SetContext", value="chrome")

    def ask(self, command: str, **parameters: Any) -> Any:
        """The answer to a command.

        Raises:
            RuntimeError: it was refused.
        """
        self._asked += 1
        message = json.dumps([0, self._asked, command, parameters]).encode()
        self._connection.sendall(b"%d:%b" % (len(message), message))
        _, _, error, answer = self._receive()
        if error is not None:
            raise RuntimeError(error)
        return answer

    def run(self, script: str, *arguments: Any) -> Any:
        """What a script gives back that runs where Thunderbird's own code does."""
        return self.ask("WebDriver:ExecuteScript", script=script, args=arguments)["value"]

    def _receive(self) -> Any:
        length = b""
        while (char := self._answers.read(1)) != b":":
            if not char:
                raise EOFError("Thunderbird has ended")
            length += char
        return json.loads(self._answers.read(int(length)))


def make_profile(home: Path, urls: list[str]) -> int:
    """Write what Thunderbird goes by, with nothing but these calendars; gives the port of its door for tests."""
    profile = home / "profile"
    profile.mkdir(parents=True)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    preferences: dict[str, Any] = {**PREFERENCES, "marionette.port": port}
    for number, url in enumerate(urls):
        registered = f"calendar.registry.feed{number}"
        preferences |= {f"{registered}.type": "ics", f"{registered}.uri": url, f"{registered}.name": f"Feed {number}"}
        preferences |= {f"{registered}.cache.enabled": True, f"{registered}.readOnly": True}
    lines = [f"user_pref({json.dumps(key)}, {json.dumps(value)});" for key, value in preferences.items()]
    (profile / "user.js").write_text("\n".join(lines), "utf-8")
    return port


def start(home: Path, port: int, calendars: int) -> tuple[subprocess.Popen[bytes], Marionette]:
    """Thunderbird, once it knows its calendars."""
    program = shutil.which("thunderbird") or "thunderbird"
    process = subprocess.Popen(
        [
            program,
            "--headless",
            "--no-remote",
            "--marionette",
            "--remote-allow-system-access",
            "--profile",
            str(home / "profile"),
        ],
        env={"HOME": str(home), "PATH": os.environ["PATH"], "TZ": "UTC", "LANG": "C.UTF-8"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        while process.poll() is None:
            with suppress(ConnectionRefusedError):
                thunderbird = Marionette(port)
                while thunderbird.run(COUNT) < calendars:
                    time.sleep(0.2)
                return process, thunderbird
            time.sleep(0.2)
    except BaseException:
        end(process)
        raise
    raise RuntimeError(f"Thunderbird has ended with {process.returncode}")


def end(process: subprocess.Popen[bytes]) -> None:
    """End Thunderbird and whatever it has started."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    process.wait(30)


def main(home: Path, *urls: str) -> None:
    """Do what each line of the input says, and answer on one line."""
    port = make_profile(home, list(urls))
    process, thunderbird = start(home, port, len(urls))
    try:
        for line in sys.stdin:
            answer: Any = None
            if line.strip() == "refresh":
                thunderbird.run(REFRESH)
            elif line.strip() == "restart":
                end(process)
                process, thunderbird = start(home, port, len(urls))
            else:
                answer = [thunderbird.run(LIST, number) for number in range(len(urls))]
            print(json.dumps(answer), flush=True)
    finally:
        end(process)


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
