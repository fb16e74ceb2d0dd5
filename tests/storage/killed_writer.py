"""Run by test_atomic: replaces a note again and again (or takes it away), killed at every call to the system in turn.

Prints one line for each attempt: whether it was killed, whether the note then holds its old or its new bytes or is
gone, and what a sweep leaves.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vaultrel.storage import atomic, swapping
from vaultrel.storage.filesystem import FileSystemStore

if TYPE_CHECKING:
    from collections.abc import Callable

CALLS = ("open", "write", "fsync", "fchmod", "fstat", "read", "unlink", "close", "rename", "link")


class Killer:
    """Kills this process before its call number `moment`, or after it when that is negative."""

    def __init__(self, moment: int) -> None:
        self._moment = moment
        self._calls = 0

    def around(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def inner(*args: Any, **more: Any) -> Any:
            self._calls += 1
            number = self._calls
            if number == self._moment:
                os.kill(os.getpid(), signal.SIGKILL)
            result = call(*args, **more)
            if number == -self._moment:
                os.kill(os.getpid(), signal.SIGKILL)
            return result

        return inner


class KillingSwapper:
    def __init__(self, inner: swapping.Swapper, killer: Killer) -> None:
        self._inner = inner
        self._killer = killer

    def swap(self, folder: int, temp: str, name: str) -> str:
        aside: str = self._killer.around(self._inner.swap)(folder, temp, name)
        return aside


def write_and_die(root: Path, old: bytes, new: bytes, way: str, moment: int) -> None:
    killer = Killer(moment)
    native, *_ = swapping.swappers()
    for name in CALLS:
        setattr(os, name, killer.around(getattr(os, name)))
    swapper = swapping.LinkSwapper() if way == "links" else KillingSwapper(native, killer)
    setattr(atomic, "swappers", lambda: (swapper,))  # noqa: B010 - it is no public name of that module
    setattr(atomic, "place_new", killer.around(swapping.place_new))  # noqa: B010 - as above
    store = FileSystemStore(root)
    if way == "removal":
        store.remove("Ann.md", old)
    else:
        store.replace("Ann.md", old, new)
    store.settle()
    os._exit(0)


def attempt(root: Path, old: bytes, new: bytes, way: str, moment: int) -> bool:
    (root / "Ann.md").write_bytes(old)
    child = os.fork()
    if not child:
        write_and_die(root, old, new, way, moment)
    killed = os.WIFSIGNALED(os.waitpid(child, 0)[1])
    holds = {file.read_bytes() for file in root.glob("Ann.md")}
    note = {frozenset([old]): "old", frozenset([new]): "new", frozenset(): "gone"}.get(frozenset(holds), "torn")
    store = FileSystemStore(root)
    store.fingerprints(lambda _path: None)
    kept = store.sweep().kept or store.settle()
    left = "left-overs" if kept or len(list(root.iterdir())) != len(holds) else "clean"
    print("killed" if killed else "done", note, left)
    for file in root.iterdir():
        file.unlink()
    return killed


def main() -> None:
    root, old, new, way = Path(sys.argv[1]), sys.argv[2].encode(), sys.argv[3].encode(), sys.argv[4]
    for step in (1, -1):
        moment = step
        while attempt(root, old, new, way, moment):
            moment += step


if __name__ == "__main__":
    main()
