"""Every call to the system that a replacement, an undo or a whole scan makes fails once, or is where it is killed.

The counts of strace begin when it attaches. So a copy of this process waits, already warm, until strace holds it,
and then does the work: nothing but the work is counted.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import traceback
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from torture import rig
from vaultrel.app import open_vault
from vaultrel.core.shift import STORY_DAY
from vaultrel.errors import VaultrelError
from vaultrel.storage.filesystem import FileSystemStore
from vaultrel.storage.journal import Journal, UnknownRunError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

FAILING = frozenset(
    {
        "openat",
        "read",
        "pread64",
        "write",
        "pwrite64",
        "fsync",
        "fdatasync",
        "renameat2",
        "rename",
        "renameat",
        "link",
        "linkat",
        "unlink",
        "unlinkat",
        "fchmod",
        "fchown",
        "fsetxattr",
        "flistxattr",
        "fgetxattr",
        "close",
        "ftruncate",
        "newfstatat",
        "fstat",
        "statx",
        "lstat",
        "stat",
        "getdents64",
        "mkdir",
        "mkdirat",
        "flock",
        "fcntl",
        "lseek",
    }
)
"""Calls that a disk can make fail; all others are only places to be killed at."""
ERRORS = ("EIO", "ENOSPC", "EROFS", "EINTR")
NO_EXCHANGE = "renameat2:error=ENOSYS"
"""What a system without an exchange of two files says: the guarded rename is used instead."""

PERSON = "People/Ann Reed.md"
OLD = rig.note_of("Ann Reed")
NEW = rig.edited(OLD, 61)
MEETING = "Meetings/2026-05-11 Lunch.md"
FILES = {
    PERSON: OLD,
    MEETING: b'---\ntype: meeting\ndate: 2026-05-11\nattendees: ["[[Ann Reed]]"]\n---\nOn boats.\n',
    "Daily/2026-06-01.md": b"- met:: [[Ann Reed]]\n",
}
_CALL = re.compile(r"(?P<name>\w+)\(", re.ASCII)
_SAID = 3
"""Exit code of work that ended by saying what was wrong, as it should."""


@dataclass(frozen=True, slots=True)
class Work:
    """Something to disturb.

    Attributes:
        name: to show.
        root: the vault.
        prepare: makes the vault as it was before.
        act: is disturbed.
        recover: is what the next run does.
        allowed: what each note may hold at any moment; None where it may be gone.
        errors: with which its calls fail.
        afterwards: what each note must hold after `recover`, where that is one thing.
        injected: a fault that stands throughout.
    """

    name: str
    root: Path
    prepare: Callable[[], None]
    act: Callable[[], None]
    recover: Callable[[], None]
    allowed: dict[str, tuple[bytes | None, ...]]
    afterwards: dict[str, bytes | None]
    errors: tuple[str, ...] = ERRORS
    injected: str = ""


def torture(options: rig.Options, tally: rig.Tally, folder: Path) -> None:
    """Disturb each kind of work at each call."""
    rig.need_root()
    rig.tool("strace")
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})
    os.environ.update(rig.environment_at(folder / "home"))
    root = folder / "vault"
    works = [_replacement(root, options)]
    if not options.short:
        works += [_replacement(root, options, NO_EXCHANGE), _undo(root, folder / "journal"), _scan(root)]
    for work in works:
        _disturb(work, work.errors[:1] if options.short else work.errors, tally, folder)


def _replacement(root: Path, options: rig.Options, injected: str = "") -> Work:
    def replace() -> None:
        if options.careless:
            rig.replace_carelessly(root / PERSON, NEW)
            return
        store = FileSystemStore(root)
        store.replace(PERSON, OLD, NEW)
        store.settle()

    return Work(
        name="replacement without an exchange" if injected else "replacement",
        root=root,
        prepare=lambda: _write_vault(root),
        act=replace,
        recover=lambda: rig.sweep(root),
        allowed={path: (data, NEW) if path == PERSON else (data,) for path, data in FILES.items()},
        afterwards={},
        injected=injected,
    )


def _undo(root: Path, folder: Path) -> Work:
    """Take a note away again that a run made: it is there, whole, or gone; once undone, gone for good."""
    journal = Journal(folder)

    def prepare() -> None:
        _write_vault(root)
        shutil.rmtree(folder, ignore_errors=True)
        with journal.begin("run") as run:
            run.record(PERSON, None, OLD)

    def undo() -> None:
        store = FileSystemStore(root)
        journal.undo(None, store)
        store.settle()

    def recover() -> None:
        rig.sweep(root)
        with contextlib.suppress(UnknownRunError):  # it was undone
            undo()

    return Work(
        name="undo",
        root=root,
        prepare=prepare,
        act=undo,
        recover=recover,
        allowed={path: (data, None) if path == PERSON else (data,) for path, data in FILES.items()},
        afterwards={path: None if path == PERSON else data for path, data in FILES.items()},
    )


def _scan(root: Path) -> Work:
    def scan() -> None:
        with open_vault(root) as vault:
            vault.grace_seconds = 0
            vault.scan(as_of=STORY_DAY)

    _write_vault(root)
    scan()  # what is imported and cached now is no part of the work
    scanned = {path: (root / path).read_bytes() for path in FILES}
    return Work(
        name="scan",
        root=root,
        prepare=lambda: _write_vault(root),
        act=scan,
        recover=scan,
        allowed={path: (data, scanned[path]) for path, data in FILES.items()},
        afterwards=scanned,
        errors=("EIO",),
    )


def _write_vault(root: Path) -> None:
    """Make the vault as before any scan, with a feed of an earlier run in it."""
    for file in [*root.rglob("*"), *root.rglob(".*")]:
        if file.is_file():
            file.unlink()
    for path, data in FILES.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(data)
    (root / PERSON).chmod(0o640)
    os.setxattr(root / PERSON, "user.colour", b"green")


def _disturb(work: Work, errors: Iterable[str], tally: rig.Tally, folder: Path) -> None:
    log = folder / "strace.log"
    work.prepare()
    _trace(work.act, log, work.injected)
    calls = Counter(found["name"] for line in log.read_text().splitlines() if (found := _CALL.match(line)))
    for name, count in sorted(calls.items()):
        faults = [f"error={error}" for error in errors] if name in FAILING else []
        # Only calls that change something make a difference to a disk; a scan makes too many others to try.
        kills = ["signal=KILL"] if name in FAILING or work.errors == ERRORS else []
        for fault in [*faults, *kills]:
            if work.injected and name == "renameat2" and fault != "signal=KILL":
                continue  # it fails throughout
            for moment in range(1, count + 1):
                _attempt(work, f"{name}:{fault}:when={moment}", tally, log)


def _attempt(work: Work, injection: str, tally: rig.Tally, log: Path) -> None:
    what = f"{injection} in a {work.name}"
    work.prepare()
    status = _trace(work.act, log, work.injected, injection)
    tally.runs += 1
    killed, code = os.WIFSIGNALED(status), os.waitstatus_to_exitcode(status)
    tally.remarks["killed"] += killed
    tally.remarks["said what was wrong"] += code == _SAID
    if not killed and code not in {0, _SAID}:
        tally.harm("crashed", what)
    _judge(work, work.allowed, tally, what)
    try:
        work.recover()
    except VaultrelError as error:
        tally.harm("crashed", f"the run after {what}: {error}")
    tally.judge_tidiness(work.root, f"the run after {what}")
    _judge(work, {path: (data,) for path, data in work.afterwards.items()}, tally, f"the run after {what}")
    for file in work.root.rglob("*.vaultrel-rescued-*"):
        tally.harm("left over", f"{file.name} after {what}, although nobody else wrote")
        file.unlink()


def _judge(work: Work, allowed: dict[str, tuple[bytes | None, ...]], tally: rig.Tally, what: str) -> None:
    for path, holds in allowed.items():
        tally.judge(work.root / path, holds, what)
    for feed in work.root.rglob("*.ics"):
        if not feed.read_bytes().endswith(b"END:VCALENDAR\r\n"):
            tally.harm("torn", f"the feed after {what}")


def _trace(act: Callable[[], None], log: Path, *injections: str) -> int:
    """Do the work in a process that strace disturbs; gives back how that process ended."""
    words = ["strace", "-o", str(log), "-e", "trace=all", *(f"-einject={fault}" for fault in injections if fault)]
    child = rig.forked(lambda: _wait_and(act))
    strace = subprocess.Popen(  # noqa: S603 - words of our own
        [rig.tool(words[0]), *words[1:], "-p", str(child)], stderr=subprocess.PIPE, text=True
    )
    with strace:
        assert strace.stderr is not None
        attached = strace.stderr.readline()
        os.kill(child, signal.SIGUSR1)
        _, status = os.waitpid(child, 0)
    if "attached" not in attached:
        raise rig.SkippedError(attached.strip())
    return status


def _wait_and(act: Callable[[], None]) -> None:
    signal.sigwait({signal.SIGUSR1})
    code = 0
    try:
        act()
    except VaultrelError:
        code = _SAID
    except BaseException:  # noqa: BLE001 - whatever it is, it is what is looked for
        traceback.print_exc(limit=-2)
        sys.stderr.flush()
        code = 1
    os._exit(code)


if __name__ == "__main__":
    rig.start("syscalls", torture)
