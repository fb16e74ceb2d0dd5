"""What the daemon costs: after a saved note, while nothing happens, and where it looks at the files again and again.

Each daemon is a child of this program, with a home of its own, and ended by it.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import os
import queue
import socket
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

SAVES, WARM_UP = 40, 3
POLL_SECONDS, DUE_POLL_SECONDS = 5.0, 60.0
KEEPS_AFTER_SECONDS = 75.0
"""A minute after the last change the daemon keeps what it knows for other commands: idle is what comes after."""
LETS_GO_WITHIN_SECONDS = 1900.0
"""And when it has let go of the process that reads notes for it: after five minutes, of a large vault after thirty."""
STARTS_WITHIN_SECONDS = 1800.0
CHANGES_WITHIN_SECONDS = 20.0
BETWEEN_SAVES_SECONDS = 1.0
DEBOUNCE_SECONDS = 0.02
CONFIG = f"[watch]\nquiet_seconds = 0\ndebounce_seconds = {DEBOUNCE_SECONDS}\nrescan_seconds = 86400\n"
FEED = "vaultrel/followups.ics"
ASK = """
import json, sys
from vaultrel.app import open_vault
with open_vault(sys.argv[1]) as vault:
    people = [one.person for one in vault.snapshot().followups]
    print(json.dumps([vault.feed_url("127.0.0.1", int(sys.argv[2])), *people]))
"""
ANSWERS_WITHIN_SECONDS = 600.0


class Daemon:
    """A daemon that tells what it does; see `watched.py`."""

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
        self.wait_for("end", STARTS_WITHIN_SECONDS)

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
    """Some notes saved one after the other under ``vaultrel watch --serve``, each of a contact that changes something.

    What is on disk and what is served is looked at from outside, every millisecond.

    Returns:
        Their figures, and the median until all is on disk and served, in milliseconds.
    """
    times: list[tuple[float, float]] = []
    writes: list[float] = []
    scratch, warm_up = FileSystemStore(_folder(place.own / "writes")), min(WARM_UP, saves)
    port = _free_port()
    with running(place, "--serve", "--port", str(port)) as daemon:
        url, planned = _ask(place, port)
        used, cpu = 0, cpu_seconds(daemon.pid)
        called: set[str] = set()
        for number in range(saves + warm_up):
            if not planned:
                # A second contact on one day changes nothing.
                planned = [person for person in _ask(place, port)[1] if person not in called]
            if not planned or daemon.poll() is not None:
                break
            if number == warm_up:
                cpu = cpu_seconds(daemon.pid)
            called.add(planned[0])
            took = _save(place, url, planned.pop(0), number)
            size = (place.root / FEED).stat().st_size
            began = time.perf_counter()
            scratch.write_generated("calendar.ics", bytes([48 + number % 10]) * size)
            scratch.write_generated("note.md", bytes([48 + number % 10]) * 900)
            if number >= warm_up:
                used += 1
                writes.append(time.perf_counter() - began)
                times += [took] if took is not None else []
            # The daemon looks once more at what it wrote, and gives whoever had the note open time to finish.
            time.sleep(BETWEEN_SAVES_SECONDS)
        cpu = (cpu_seconds(daemon.pid) - cpu) / max(1, used)
    if not times:
        return [Figure("saved note", "no saved note changed fields and calendar", "2.5 ×")], 0.0
    disk, served, two = (statistics.median(column) * 1000 for column in (*zip(*times, strict=True), writes))
    late = sorted(served for _, served in times)[int(len(times) * 0.95)] * 1000
    return [
        Figure("two synced atomic writes, median", f"{two:.1f} ms"),
        Figure("saved note: fields and calendar on disk, median", f"{disk:.1f} ms"),
        Figure("saved note: on disk and served, median", f"{served:.1f} ms"),
        Figure("saved note, all processor time that it causes", f"{cpu * 1000:.0f} ms"),
        Figure("saved note, beside two synced writes", f"{served / two:.1f} ×", "2.5 ×", served <= 2.5 * two),
        Figure("saved note, 95 of 100 within", f"{late:.0f} ms", "60 ms", late <= 60),
    ], served


def _ask(place: Place, port: int) -> tuple[str, list[str]]:
    """Where the calendar is served, and the notes of people with a follow-up."""
    words = [sys.executable, "-c", ASK, str(place.root), str(port)]
    done = subprocess.run(words, env=place.environment, check=True, capture_output=True)  # noqa: S603 - our own
    url, *planned = json.loads(done.stdout)
    return url, planned


def _folder(path: Path) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    return path


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


def _save(place: Place, url: str, person: str, number: int) -> tuple[float, float] | None:
    """Save one note; the seconds from the end of the debounce until all is on disk, and until it is served as well.

    None when not both, the person's fields and the calendar, changed.
    """
    note, feed = place.root / person, place.root / FEED
    before = _stamp(note), _stamp(feed)
    today = dt.date.today()  # noqa: DTZ011, TID251 - the daemon goes by the computer's day as well
    (place.root / f"Daily/{today} saved {number}.md").write_text(f"called:: [[{person[:-3]}]]\n", "utf-8")
    began = time.monotonic() + DEBOUNCE_SECONDS
    while _stamp(note) == before[0] or _stamp(feed) == before[1]:
        if time.monotonic() - began > CHANGES_WITHIN_SECONDS:
            return None
        time.sleep(0.001)
    disk = time.monotonic()
    while _fetch(url) != feed.read_bytes():
        if time.monotonic() - began > CHANGES_WITHIN_SECONDS:
            return None
    return disk - began, time.monotonic() - began


def _stamp(file: Path) -> tuple[int, int]:
    found = file.stat()
    return found.st_ino, found.st_mtime_ns


def _fetch(url: str) -> bytes:
    with urllib.request.urlopen(url) as answer:  # noqa: S310 - our own
        data: bytes = answer.read()
        return data


def idle_figures(place: Place, seconds: float) -> list[Figure]:
    """A daemon to which nothing happens, and one that looks at the files again and again."""
    idle = watch_idle(place, seconds)
    polling = watch_idle(place, seconds / 2, "--poll", str(POLL_SECONDS))
    share, held = polling["share"] * POLL_SECONDS / DUE_POLL_SECONDS, idle["memory"]
    return [
        Figure("daemon idle", f"{idle['share']:.3%} of a processor", "0.1 %", idle["share"] <= 0.001),
        Figure("daemon idle, wake-ups", f"{idle['wakes']:.0f} a minute"),
        Figure("daemon idle, memory", f"{held:.0f} MB in {idle['processes']} processes", "40 MB", held <= 40),
        Figure("daemon a minute after a change, memory", f"{idle['soon']:.0f} MB"),
        Figure(
            f"polling every {DUE_POLL_SECONDS:.0f} s (reckoned from --poll {POLL_SECONDS:g})",
            f"{share:.2%} of a processor",
            "1 %",
            share <= 0.01,
        ),
    ]


@contextlib.contextmanager
def running(place: Place, *options: str) -> Iterator[subprocess.Popen[bytes]]:
    """``vaultrel watch``, come to rest after its first scan; ended afterwards."""
    command = place.vaultrel("-q", "watch", *options)
    daemon = subprocess.Popen(command, env=place.environment, stdout=subprocess.DEVNULL)  # noqa: S603 - our own
    try:
        before, ends = -1.0, time.monotonic() + STARTS_WITHIN_SECONDS
        while before != (before := cpu_seconds(daemon.pid)) or before < 0.1:
            if daemon.poll() is not None or time.monotonic() > ends:
                raise ChildProcessError("the daemon ended, or never came to rest")
            time.sleep(2)
        yield daemon
    finally:
        daemon.terminate()
        daemon.wait()


def watch_idle(place: Place, seconds: float, *options: str) -> dict[str, float]:
    """What ``vaultrel watch`` and the processes that it started use in some seconds in which nothing happens.

    Returns:
        Their share of one processor, wake-ups a minute, memory in MB, how many they are, and memory soon after the
        last change.
    """
    with running(place, *options) as daemon:
        soon = memory(daemon.pid)
        if not options and seconds >= 30:
            time.sleep(KEEPS_AFTER_SECONDS)
            soon, ends = memory(daemon.pid), time.monotonic() + LETS_GO_WITHIN_SECONDS
            while len(family(daemon.pid)) > 1 and time.monotonic() < ends:
                time.sleep(2)
        cpu, wakes, began = cpu_seconds(daemon.pid), wake_ups(daemon.pid), time.monotonic()
        time.sleep(seconds)
        took = time.monotonic() - began
        return {
            "share": (cpu_seconds(daemon.pid) - cpu) / took,
            "wakes": (wake_ups(daemon.pid) - wakes) / took * 60,
            "memory": memory(daemon.pid),
            "processes": len(family(daemon.pid)),
            "soon": soon,
        }


def family(process: int) -> list[int]:
    """A process, and all that it has started, themselves or through others."""
    parents: dict[int, list[int]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it has ended meanwhile
            parents.setdefault(int(_stat(int(folder.name))[1]), []).append(int(folder.name))
    found = [process]
    for one in found:
        found += parents.get(one, [])
    return found


def cpu_seconds(process: int) -> float:
    """Processor time of a family, with those of it that have ended."""
    total = 0
    for one in family(process):
        with contextlib.suppress(OSError):
            total += sum(int(ticks) for ticks in _stat(one)[11:15])
    return total / os.sysconf("SC_CLK_TCK")


def memory(process: int) -> float:
    """MB that a family has in memory; what its processes share counts for each."""
    return sum(_status(one, "VmRSS") for one in family(process)) / 1024


def wake_ups(process: int) -> int:
    """Times that a thread of a family began to run by itself."""
    total = 0
    for one in family(process):
        for thread in Path(f"/proc/{one}/task").glob("*"):
            total += _status(f"{one}/task/{thread.name}", "voluntary_ctxt_switches")
    return total


def _stat(process: int) -> list[str]:
    """The fields of proc_pid_stat(5), from the third on."""
    return Path(f"/proc/{process}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()


def _status(process: int | str, key: str) -> int:
    """A number of proc_pid_status(5); 0 for a process or thread that has ended."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{process}/status").read_text("utf-8", "replace").splitlines():
            if line.startswith(f"{key}:"):
                return int(line.split()[1])
    return 0
