"""What the daemon costs: after a saved note, while nothing happens, and where it looks at the files again and again.

Each daemon is a child of this program, with a home of its own, and ended by it.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import os
import queue
import statistics
import subprocess
import sys
import threading
import time
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

from measuring import BENCH, Figure

from vaultrel.storage.filesystem import FileSystemStore

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from measuring import Place

SAVES, WARM_UP = 60, 5
POLL_SECONDS, DUE_POLL_SECONDS = 5.0, 60.0
KEEPS_AFTER_SECONDS = 75.0
"""A minute after the last change the daemon keeps what it knows for other commands: idle is what comes after."""
STARTS_WITHIN_SECONDS = 1800.0
ANSWERS_WITHIN_SECONDS = 600.0


class Daemon:
    """A daemon that tells what it does; see `watched.py`.

    Attributes:
        url: where it serves the calendar.
        planned: the notes of people with a follow-up.
    """

    def __init__(self, place: Place, before: Sequence[str] = ()) -> None:
        self.process = subprocess.Popen(  # noqa: S603 - words of our own
            [*before, sys.executable, str(BENCH / "watched.py"), str(place.root)],
            env=place.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._told: queue.Queue[dict[str, Any] | None] = queue.Queue()
        threading.Thread(target=self._hear, daemon=True).start()
        self.url: str = self.wait_for("listening", STARTS_WITHIN_SECONDS)["url"]
        self.planned: list[str] = self.wait_for("end", STARTS_WITHIN_SECONDS)["planned"]

    def _hear(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._told.put(json.loads(line))
        self._told.put(None)

    def ask(self, what: str) -> None:
        """Have it do something."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{what}\n")
        self.process.stdin.flush()

    def next(self, seconds: float) -> dict[str, Any] | None:
        """The next thing that it tells within some seconds.

        Raises:
            ChildProcessError: it has ended.
        """
        try:
            told = self._told.get(timeout=max(0.0, seconds))
        except queue.Empty:
            return None
        if told is None:
            raise ChildProcessError(f"the daemon ended with {self.process.wait()}")
        return told

    def wait_for(self, what: str, seconds: float = ANSWERS_WITHIN_SECONDS) -> dict[str, Any]:
        """The next thing of that kind, past all others.

        Raises:
            TimeoutError: it does not come in time.
            ChildProcessError: the daemon has ended.
        """
        ends = time.monotonic() + seconds
        while (told := self.next(ends - time.monotonic())) is not None:
            if told["what"] == what:
                return told
        raise TimeoutError(f"the daemon never told of {what!r}")

    def rest(self, seconds: float = 2.5) -> dict[str, Any] | None:
        """Wait until it has not been scanning for some seconds; the last scan that ended meanwhile."""
        last, is_scanning = None, False
        while (told := self.next(ANSWERS_WITHIN_SECONDS if is_scanning else seconds)) is not None:
            is_scanning = told["what"] == "begin" or (is_scanning and told["what"] != "end")
            last = told if told["what"] == "end" else last
        return last

    def close(self) -> None:
        """Let it end by itself."""
        assert self.process.stdin is not None
        with contextlib.suppress(OSError):
            self.process.stdin.close()
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


@contextlib.contextmanager
def watched(place: Place, before: Sequence[str] = ()) -> Iterator[Daemon]:
    """A daemon that has scanned and come to rest.

    Args:
        place: its vault and home.
        before: words of a command that starts it.
    """
    daemon = Daemon(place, before)
    try:
        daemon.rest()
        yield daemon
    finally:
        daemon.close()


def save_figures(place: Place, saves: int) -> tuple[list[Figure], float]:
    """Some notes saved one after the other, each of a contact that changes fields and calendar.

    Returns:
        Their figures, and the median until all is on disk and served, in milliseconds.
    """
    until: dict[str, list[float]] = {"disk": [], "served": [], "cpu": [], "writes": []}
    scratch = FileSystemStore(_folder(place.own / "writes"))
    warm_up = min(WARM_UP, saves)
    with watched(place) as daemon:
        for number in range(saves + warm_up):
            if not daemon.planned:
                break
            times = _save(place, daemon, number)
            size = (place.root / "vaultrel/followups.ics").stat().st_size
            began = time.perf_counter()
            scratch.write_generated("calendar.ics", bytes([48 + number % 10]) * size)
            scratch.write_generated("note.md", bytes([48 + number % 10]) * 900)
            if number >= warm_up:
                until["writes"].append(time.perf_counter() - began)
                for name, seconds in times.items():
                    until[name].append(seconds)
    if not until["served"]:
        return [Figure("saved note", "no saved note changed the calendar")], 0.0
    disk, served, cpu, writes = (statistics.median(until[name]) * 1000 for name in ("disk", "served", "cpu", "writes"))
    late = sorted(until["served"])[int(len(until["served"]) * 0.95)] * 1000
    return [
        Figure("two synced atomic writes, median", f"{writes:.1f} ms"),
        Figure("saved note: fields and calendar on disk, median", f"{disk:.1f} ms, {cpu:.1f} of processor"),
        Figure("saved note: on disk and served, median", f"{served:.1f} ms"),
        Figure("saved note, beside two synced writes", f"{served / writes:.1f} ×", "2.5 ×", served <= 2.5 * writes),
        Figure("saved note, 95 of 100 within", f"{late:.0f} ms", "60 ms", late <= 60),
    ], served


def _folder(path: Path) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    return path


def _save(place: Place, daemon: Daemon, number: int) -> dict[str, float]:
    """Save one note; seconds from the end of the debounce, empty if the calendar stayed as it was."""
    person = daemon.planned.pop(0)
    today = dt.date.today()  # noqa: DTZ011, TID251 - the daemon goes by the computer's day as well
    (place.root / f"Daily/{today} saved {number}.md").write_text(f"called:: [[{person[:-3]}]]\n", "utf-8")
    began, marks, fetched = daemon.wait_for("begin"), {}, 0.0
    while (told := daemon.next(ANSWERS_WITHIN_SECONDS)) is not None:
        marks[told["what"]] = told["at"]
        if told["what"] == "served":
            with urllib.request.urlopen(daemon.url) as answer:  # noqa: S310 - our own
                served = answer.read()
            fetched = time.monotonic()
            assert served == (place.root / "vaultrel/followups.ics").read_bytes(), "served is not what is on disk"
        if told["what"] == "end":
            daemon.planned = [path for path in told["planned"] if path != person]
            break
    # The daemon looks once more at what it wrote itself.
    daemon.rest(0.5)
    if told is None or not {"fields", "feed", "served"} <= marks.keys():
        return {}
    disk = max(marks["fields"], marks["feed"])
    return {
        "disk": disk - began["at"],
        "served": max(disk, fetched) - began["at"],
        "cpu": told["cpu"] - began["cpu"],
    }


def idle_figures(place: Place, seconds: float) -> list[Figure]:
    """A daemon to which nothing happens, and one that looks at the files again and again."""
    idle = watch_idle(place, seconds)
    polling = watch_idle(place, seconds / 2, "--poll", str(POLL_SECONDS))
    share, memory = polling["share"] * POLL_SECONDS / DUE_POLL_SECONDS, idle["memory"]
    return [
        Figure("daemon idle", f"{idle['share']:.3%} of a processor", "0.1 %", idle["share"] <= 0.001),
        Figure("daemon idle, wake-ups", f"{idle['wakes']:.0f} a minute"),
        Figure("daemon idle, memory", f"{memory:.0f} MB, at most {idle['peak']:.0f}", "40 MB", memory <= 40),
        Figure(
            f"polling every {DUE_POLL_SECONDS:.0f} s (reckoned from --poll {POLL_SECONDS:g})",
            f"{share:.2%} of a processor",
            "1 %",
            share <= 0.01,
        ),
    ]


def watch_idle(place: Place, seconds: float, *options: str) -> dict[str, float]:
    """What ``vaultrel watch`` uses in some seconds in which nothing happens.

    Returns:
        Its share of one processor, wake-ups a minute, and memory now and at the most, in MB.
    """
    daemon = subprocess.Popen(place.vaultrel("-q", "watch", *options), env=place.environment)  # noqa: S603 - our own
    try:
        before, ends = -1.0, time.monotonic() + STARTS_WITHIN_SECONDS
        while before != (before := _cpu_seconds(daemon.pid)) or before < 0.1:
            if daemon.poll() is not None or time.monotonic() > ends:
                raise TimeoutError("the daemon ended, or came never to rest")
            time.sleep(2)
        if not options and seconds >= 30:
            time.sleep(KEEPS_AFTER_SECONDS)
        cpu, wakes, began = _cpu_seconds(daemon.pid), _wake_ups(daemon.pid), time.monotonic()
        time.sleep(seconds)
        took = time.monotonic() - began
        status = Path(f"/proc/{daemon.pid}/status").read_text("ascii")
        kilobytes = {line.split(":")[0]: int(line.split()[1]) for line in status.splitlines() if line.endswith(" kB")}
        return {
            "share": (_cpu_seconds(daemon.pid) - cpu) / took,
            "wakes": (_wake_ups(daemon.pid) - wakes) / took * 60,
            "memory": kilobytes["VmRSS"] / 1024,
            "peak": kilobytes["VmHWM"] / 1024,
        }
    finally:
        daemon.terminate()
        daemon.wait()


def _cpu_seconds(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _wake_ups(process: int) -> int:
    """Times that a thread of it began to run by itself."""
    total = 0
    for thread in Path(f"/proc/{process}/task").iterdir():
        with contextlib.suppress(OSError):  # a thread that has ended meanwhile
            status = (thread / "status").read_text("ascii")
            total += next(int(line.split()[1]) for line in status.splitlines() if line.startswith("voluntary_ctxt"))
    return total
