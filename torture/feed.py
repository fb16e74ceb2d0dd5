"""The feed's writer is killed at moments left to chance, and its file spoiled, while calendars ask for it.

First the writer is another process than the server; then it is the daemon itself, which is started again at once.
Whatever a calendar is answered must be a whole feed with events in it.
"""

from __future__ import annotations

import contextlib
import gzip
import http.client
import os
import signal
import socket
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from torture import rig
from vaultrel.app import CONFIG_FILE, open_vault
from vaultrel.outputs.feed_check import check_feed
from vaultrel.outputs.feed_rules import RULES
from vaultrel.outputs.feeds import is_whole_feed
from vaultrel.storage.naming import is_temp_name, temp_stem

if TYPE_CHECKING:
    import random
    import subprocess
    from collections.abc import Callable, Iterator
    from pathlib import Path

KILLS = 200
SHORT_KILLS = 20
DAEMON_KILLS = 50
SHORT_DAEMON_KILLS = 2
LONGEST_SECONDS = 1.0
"""A third of the kills come at any moment up to here, the others when a file of the feed is seen to be replaced."""
PATIENCE_SECONDS = 3.0
"""At the latest after this, whatever was seen."""
DAEMON_SECONDS = 3.0
"""The daemon is killed at any moment up to here: while it starts, waits for its first scan, serves."""
READERS = 3
PAUSE_SECONDS = 0.02
"""Between two questions of one reader."""
SEEN_SECONDS = 0.3
"""For so long a spoilt file is left, now and then, so that a server that trusted it would serve it."""
WATCHING = b"\n[watch]\nquiet_seconds = 0\ndebounce_seconds = 0.05\nrescan_seconds = 0.3\n"


@dataclass(slots=True)
class Readers:
    """Calendars that ask for the feed again and again, and files that are read, each in a thread of its own.

    Attributes:
        address: host, port and path of the feed.
        copy: the copy of the feed outside the vault.
        always_up: whether not being answered counts as harm.
    """

    address: tuple[str, int, str]
    copy: Path
    always_up: bool
    harms: list[tuple[rig.Harm, str]] = field(default_factory=list)
    answers: Counter[str] = field(default_factory=Counter)
    feeds: dict[bytes, bool] = field(default_factory=dict)
    _stop: threading.Event = field(default_factory=threading.Event)

    @contextlib.contextmanager
    def reading(self) -> Iterator[None]:
        """Read while this lasts."""
        threads = [threading.Thread(target=self._ask_on, args=(number,)) for number in range(READERS)]
        threads.append(threading.Thread(target=self._read_on))
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._stop.set()
            for thread in threads:
                thread.join()

    def _ask_on(self, number: int) -> None:
        etag = ""
        while not self._stop.wait(PAUSE_SECONDS):
            # One asks for everything each time, the others for what is new, one of them compressed.
            headers = {"If-None-Match": etag} if number and etag else {}
            try:
                status, body, etag = self._ask(headers, small=number == 1)
            except (OSError, http.client.HTTPException) as error:
                self.answers[f"not answered ({type(error).__name__})"] += 1
                if self.always_up:
                    self.harms.append(("missing", f"no answer: {error!r}"))
                continue
            self.answers[str(status)] += 1
            if status == 200:
                self._judge(body, "answer")
            elif status != 304:
                self.harms.append(("crashed" if status >= 500 else "missing", f"answered {status}"))

    def _ask(self, headers: dict[str, str], *, small: bool) -> tuple[int, bytes, str]:
        host, port, path = self.address
        with contextlib.closing(http.client.HTTPConnection(host, port, timeout=20)) as connection:
            connection.request("GET", path, headers={**headers, "Accept-Encoding": "gzip" if small else "identity"})
            response = connection.getresponse()
            body = response.read()
            if response.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            return response.status, body, response.headers.get("ETag", "")

    def _read_on(self) -> None:
        while not self._stop.wait(PAUSE_SECONDS):
            try:
                self._judge(self.copy.read_bytes(), "copy")
            except FileNotFoundError:
                self.harms.append(("missing", "the copy outside the vault"))

    def _judge(self, feed: bytes, what: str) -> None:
        if feed not in self.feeds:
            errors = [fault.message for fault in check_feed(feed) if RULES[fault.code].grade == "error"]
            self.feeds[feed] = is_whole_feed(feed) and not errors and b"\r\nBEGIN:VEVENT\r\n" in feed
            if not self.feeds[feed]:
                self.harms.append(("torn", f"{what} of {len(feed)} bytes: {'; '.join(errors) or feed[:40]!r}"))

    def report(self, tally: rig.Tally) -> None:
        """Hand over what was found."""
        for kind, what in self.harms[:20]:
            tally.harm(kind, what)
        tally.harms.update(kind for kind, _ in self.harms[20:])
        tally.remarks.update({f"answers {status}": count for status, count in self.answers.items()})
        tally.remarks["different feeds"] += len(self.feeds)


def torture(options: rig.Options, tally: rig.Tally, folder: Path) -> None:
    """Kill the writer beside a server, then the server that writes."""
    os.environ.update(rig.environment_at(folder / "home"))
    _kill_writers(options, tally, folder)
    if not options.careless:
        _kill_daemons(options, tally, folder)


def _fresh(folder: Path) -> tuple[Path, Path, str]:
    """A scanned vault, the copy of its feed, and the path of the feed's address."""
    root, copy = folder / "vault", folder / "copy"
    rig.copy_sample(root)
    copy.mkdir(exist_ok=True)
    with (root / CONFIG_FILE).open("ab") as config:
        config.write(WATCHING + f"[feed]\npublish_to = '{copy}'\n".encode())
    with open_vault(root) as vault:
        vault.grace_seconds = 0
        vault.scan()
        return root, copy / "followups.ics", "/" + vault.feed_url("x", 1).split("/", 3)[3]


def _kill_writers(options: rig.Options, tally: rig.Tally, folder: Path) -> None:
    root, copy, path = _fresh(folder)
    dice = options.dice()
    writer = rig.spawn(("torture.feed_writer", root, str(options.seed)))
    port = _free_port()
    careless = ("--careless",) if options.careless else ()
    server = rig.spawn(("torture.feed_server", *careless, "-q", "serve", "--vault", root, "--port", str(port)))
    said: list[str] = []
    listener = threading.Thread(target=_listen, args=(server, said))
    listener.start()
    _wait_until_answered(port)
    readers = Readers(("127.0.0.1", port, path), copy, always_up=True)
    with readers.reading():
        for number in range(SHORT_KILLS if options.short else KILLS):
            _kill_one(writer, root, dice, tally)
            with contextlib.suppress(OSError):
                dice.choice(SPOILS)(root / "vaultrel/followups.ics")
            if number % 5 == 0:
                time.sleep(SEEN_SECONDS)
            tally.runs += 1
    readers.report(tally)
    server.send_signal(signal.SIGTERM)
    server.wait()
    listener.join()
    writer.communicate()
    if server.returncode or any("Traceback" in line for line in said):
        tally.harm("crashed", f"the server: {''.join(said)[-600:]}")
    _judge_next_run(root, tally)


def _kill_one(writer: subprocess.Popen[str], root: Path, dice: random.Random, tally: rig.Tally) -> None:
    """Let one more writer start, and kill it: a third of them anywhere, the others while a file is being replaced."""
    assert writer.stdin is not None
    assert writer.stdout is not None
    writer.stdin.write("\n")
    writer.stdin.flush()
    child = int(writer.stdout.readline())
    until = time.monotonic() + PATIENCE_SECONDS
    if dice.random() < 1 / 3:
        time.sleep(dice.uniform(0, LONGEST_SECONDS))
    else:
        folder = dice.choice((root / "vaultrel", root.parent / "copy"))
        while time.monotonic() < until and not any(map(is_temp_name, os.listdir(folder))):  # noqa: PTH208 - names
            pass
        time.sleep(dice.choice((0, 0, dice.uniform(0, 0.005))))
        tally.remarks["killed at the feed's file"] += any(map(is_temp_name, os.listdir(folder)))  # noqa: PTH208
    os.kill(child, signal.SIGKILL)


def _remove(file: Path) -> None:
    if file.is_dir():
        file.rmdir()
    else:
        file.unlink()


def _halve(file: Path) -> None:
    held = file.read_bytes()
    file.write_bytes(held[: len(held) // 2])


def _empty(file: Path) -> None:
    file.write_bytes(b"")


def _fill_with_zeros(file: Path) -> None:
    file.write_bytes(bytes(file.stat().st_size))


def _turn_into_a_folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


def _leave(_file: Path) -> None:
    """Spoil nothing."""


SPOILS: tuple[Callable[[Path], None], ...] = (
    _remove,
    _halve,
    _empty,
    _fill_with_zeros,
    _turn_into_a_folder,
    _remove,
    _leave,
    _leave,
)


def _kill_daemons(options: rig.Options, tally: rig.Tally, folder: Path) -> None:
    folder = folder / "daemon"
    folder.mkdir()
    root, copy, path = _fresh(folder)
    dice, port = options.dice(), _free_port()
    people = [f"[[{file.stem}]]" for file in sorted((root / "People").glob("*.md"))]
    readers = Readers(("127.0.0.1", port, path), copy, always_up=False)
    with readers.reading():
        for number in range(SHORT_DAEMON_KILLS if options.short else DAEMON_KILLS):
            words = ("vaultrel", "-q", "watch", "--serve", "--port", str(port), "--vault", root)
            daemon = rig.spawn(words)
            until = time.monotonic() + (DAEMON_SECONDS if number % 2 else dice.uniform(0, DAEMON_SECONDS))
            while time.monotonic() < until:
                day = root / f"2026-11-{dice.randint(1, 20):02}.md"
                day.write_text(f"- met:: {dice.choice(people)}, number {dice.random()}\n", encoding="utf-8")
                time.sleep(dice.uniform(0, 0.2))
            ended = daemon.poll()
            rig.kill(daemon)
            _, said = daemon.communicate()
            if ended is not None or "Traceback" in said:
                tally.harm("crashed", f"the daemon, kill {number}: {said[-600:]}")
            tally.runs += 1
    readers.report(tally)
    _judge_next_run(root, tally)


def _listen(server: subprocess.Popen[str], said: list[str]) -> None:
    assert server.stderr is not None
    said.extend(server.stderr)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        port: int = found.getsockname()[1]
        return port


def _wait_until_answered(port: int) -> None:
    for _ in range(600):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.1)
    raise TimeoutError("the server did not start")


def _judge_next_run(root: Path, tally: rig.Tally) -> None:
    """The run after all that leaves whole files and nothing over."""
    with contextlib.suppress(OSError):
        (root / "vaultrel/followups.ics").rmdir()
    with open_vault(root) as vault:
        vault.grace_seconds = 0
        vault.scan()
        if not is_whole_feed((root / "vaultrel/followups.ics").read_bytes()):
            tally.harm("torn", "the feed after the last run")
    for left in (*root.rglob(".*"), *root.parent.glob("copy/.*")):
        if (temp_stem(left.name) or "").endswith(".ics"):
            tally.harm("left over", f"{left.name} after the last run")


if __name__ == "__main__":
    rig.start("feed", torture)
