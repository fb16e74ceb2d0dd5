"""What every kind of fault shares: a note to spoil, the judge of what is left, the tally, and how processes are run."""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

from vaultrel.core.frontmatter import patch_frontmatter, strip_frontmatter
from vaultrel.model import Refusal
from vaultrel.storage.filesystem import FileSystemStore
from vaultrel.storage.naming import is_temp_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

REPOSITORY = Path(__file__).parent.parent
SAMPLE = REPOSITORY / "sample_vault"
SKIPPED = 77
"""Exit code of a fault that this machine cannot be made to have; the same as in other test systems."""

Harm: TypeAlias = Literal["torn", "missing", "left over", "lost", "crashed"]
"""What must never happen.

- *torn*: a note holds neither its old bytes nor its new ones.
- *missing*: it is not there.
- *left over*: a temporary file stays after the next run.
- *lost*: something that was acknowledged to whoever saved it is nowhere.
- *crashed*: vaultrel ended otherwise than by finishing, or by saying what was wrong.
"""
HARMS: tuple[Harm, ...] = ("torn", "missing", "left over", "lost", "crashed")

BODY = "".join(f"- 2026-03-{day:02}: tea and a walk along the canal, talked about boats\n" for day in range(1, 29)) * 4


class SkippedError(Exception):
    """This machine lacks what the fault needs; the message says what."""


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line asked for.

    Attributes:
        short: a sample that takes seconds.
        seed: of everything left to chance.
        careless: let notes be written as most programs do, to see that the rig finds what that breaks.
        count: how often, where the fault can be counted; 0 for as often as it wants.
    """

    short: bool
    seed: int
    careless: bool
    count: int = 0

    def dice(self) -> random.Random:
        """Chance that falls the same way again for the same seed."""
        return random.Random(self.seed)  # noqa: S311 - moments to interrupt at, no secret


@dataclass(slots=True)
class Tally:
    """How often a fault was made, and what harm came of it."""

    fault: str
    runs: int = 0
    harms: Counter[str] = field(default_factory=Counter)
    remarks: Counter[str] = field(default_factory=Counter)

    def harm(self, kind: Harm, what: str) -> None:
        """Count something that must never happen, and say what it was."""
        self.harms[kind] += 1
        say(f"  {self.fault}: {kind}: {what}")

    def judge(self, note: Path, allowed: Iterable[bytes | None], what: str) -> None:
        """Count a note that is missing, or holds none of the bytes it may hold; None: it may be gone."""
        held = note.read_bytes() if note.exists() else None
        if held in allowed:
            return
        if held is None:
            self.harm("missing", f"{note.name} after {what}")
        else:
            self.harm("torn", f"{note.name} ({len(held)} bytes) after {what}")

    def judge_tidiness(self, root: Path, what: str) -> None:
        """Count temporary files that are there, such as after a sweep."""
        for file in root.rglob(".*"):
            if is_temp_name(file.name):
                self.harm("left over", f"{file.relative_to(root)} after {what}")

    def line(self) -> str:
        """The figures in one line."""
        figures = [f"{self.runs} runs", *(f"{self.harms[kind]} {kind}" for kind in HARMS)]
        figures += [f"{count} {remark}" for remark, count in sorted(self.remarks.items())]
        return f"{self.fault}: {', '.join(figures)}"


def say(line: str) -> None:
    """Print a line at once: a rig may be ended from outside at any time."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def start(fault: str, torture: Callable[[Options, Tally, Path], None]) -> None:
    """Run one kind of fault as a program: 0 without harm, 1 with, `SKIPPED` where it cannot be made."""
    parser = argparse.ArgumentParser(prog=f"python -m torture.{fault}")
    parser.add_argument("--short", action="store_true", help="a sample that takes seconds")
    parser.add_argument("--seed", type=int, default=1, help="of everything left to chance")
    parser.add_argument("--careless", action="store_true", help="write notes as most programs do; must show harm")
    parser.add_argument("--count", type=int, default=0, help="how often, where that can be said")
    given = parser.parse_args()
    tally = Tally(fault)
    try:
        with tempfile.TemporaryDirectory(prefix="vaultrel-torture-") as folder:
            torture(Options(given.short, given.seed, given.careless, given.count), tally, Path(folder).resolve())
    except SkippedError as skipped:
        say(f"{fault}: skipped: {skipped}")
        sys.exit(SKIPPED)
    except KeyboardInterrupt:
        say(f"{tally.line()} (ended early)")
        sys.exit(1)
    say(tally.line())
    sys.exit(int(bool(tally.harms)))


def need_root() -> None:
    """Skip unless this process may mount."""
    if sys.platform != "linux" or os.geteuid() != 0:
        raise SkippedError("needs root on Linux")


def tool(name: str) -> str:
    """Where a program is; skip where it is not installed."""
    found = shutil.which(name)
    if found is None:
        message = f"{name} is not installed; scripts/install_torture_tools.sh does it"
        raise SkippedError(message)
    return found


def run(*command: str | Path, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Run a program of the system to its end."""
    words = [tool(str(command[0])), *map(str, command[1:])]
    return subprocess.run(words, check=check, capture_output=True, text=True)  # noqa: S603 - words of our own


def spawn(
    words: Sequence[str | Path],
    *,
    home: Path | None = None,
    more: Mapping[str, str] | None = None,
    program: Sequence[str] = (),
) -> subprocess.Popen[str]:
    """Start a Python module of ours as a process; with a home of its own, if one is named, by another program."""
    environment = {**os.environ, **(environment_at(home) if home else {}), **(more or {})}
    return subprocess.Popen(  # noqa: S603 - words of our own
        [*program, sys.executable, "-m", *map(str, words)],
        cwd=REPOSITORY,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def kill(process: subprocess.Popen[str]) -> None:
    """Kill a process, and first those it has begun: a daemon's worker would come to the end of its scan."""
    begun: list[int] = []
    with contextlib.suppress(OSError):
        for children in Path(f"/proc/{process.pid}/task").glob("*/children"):
            begun += map(int, children.read_text("ascii").split())
    for child in begun:
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
    process.kill()


def environment_at(home: Path) -> dict[str, str]:
    """What makes a process keep its own files below a folder."""
    folders = {"XDG_STATE_HOME": "state", "XDG_CACHE_HOME": "cache", "XDG_CONFIG_HOME": "config"}
    return {"HOME": str(home), **{key: str(home / folder) for key, folder in folders.items()}}


def forked(work: Callable[[], None]) -> int:
    """Start a copy of this process that does the work and ends: 0 when it was done, 1 when it raised; its id."""
    sys.stdout.flush()
    child = os.fork()
    if not child:
        code = 1
        try:
            work()
            code = 0
        finally:
            os._exit(code)
    return child


def note_of(name: str) -> bytes:
    """A person note, long enough to be torn, with what round trips tend to spoil."""
    return f"---\ntags: [person]\nphone: 0123 # as she says it\ncountry: no\n---\n# {name}\n\n{BODY}".encode()


def edited(data: bytes, strength: int) -> bytes:
    """A note as vaultrel writes it."""
    made = patch_frontmatter(data, {"rel_strength": strength, "rel_band": "warm"})
    if isinstance(made, Refusal):
        raise TypeError(made.message)
    return made


def stripped(data: bytes) -> bytes | None:
    """A note without what is ours; None for one that cannot be read."""
    made = strip_frontmatter(data)
    return made if isinstance(made, bytes) else None


def replace_carelessly(note: Path, new: bytes) -> None:
    """Write a note as most programs do."""
    note.write_bytes(new)


def sweep(root: Path) -> None:
    """Clear away left-overs as the next run does."""
    store = FileSystemStore(root)
    store.fingerprints(lambda _path: None)
    store.sweep()
    store.settle()  # without the grace: nobody else writes


def copy_sample(root: Path) -> None:
    """Put a fresh copy of the sample vault there, in place of whatever is."""
    if root.exists():
        shutil.rmtree(root)
    shutil.copytree(SAMPLE, root)


@contextlib.contextmanager
def loop_mounted(folder: Path, kind: Literal["ext4", "xfs"], mib: int) -> Iterator[Path]:
    """Mount a new file system, kept in a file; skip where that is not possible."""
    need_root()
    image, point = folder / f"{kind}.image", folder / kind
    point.mkdir()
    with image.open("wb") as file:
        file.truncate(mib * 1024**2)
    run(f"mkfs.{kind}", "-q", image)
    mount(image, point, "loop")
    try:
        yield point
    finally:
        run("umount", "-l", point)


@contextlib.contextmanager
def memory_mounted(folder: Path, kib: int) -> Iterator[Path]:
    """Mount a small disk; skip where that is not possible."""
    need_root()
    point = folder / "small"
    point.mkdir()
    mount("none", point, f"size={kib}k", "-t", "tmpfs")
    try:
        yield point
    finally:
        run("umount", "-l", point)


def mount(what: str | Path, point: Path, options: str, *more: str) -> None:
    """Mount a file system; skip where the machine does not allow it."""
    done = run("mount", *more, "-o", options, what, point, check=False)
    if done.returncode:
        raise SkippedError(done.stderr.strip())
