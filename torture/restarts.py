"""vaultrel is killed in the middle of a replacement and started again at once, while an editor is still saving.

The editor opened the note before the replacement took its place, so it writes into the file that was displaced; what
it acknowledges within the grace must be found, although the run that displaced that file is no more. A temporary file
that differs from its note by then is not vaultrel's to remove: it must say so.
"""

from __future__ import annotations

import os
import signal
import threading
from typing import TYPE_CHECKING

from torture import rig
from vaultrel.app import open_vault
from vaultrel.core.shift import STORY_DAY
from vaultrel.storage import atomic, swapping
from vaultrel.storage.filesystem import FileSystemStore
from vaultrel.storage.naming import is_temp_name

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ROUNDS = 5
"""Of each style, each way to replace and each moment to be killed at."""
SLOWEST_SAVE_SECONDS = 1.5
"""From opening the note to closing it: less than the grace, with time to spare for a busy machine."""
STYLES = {"in-place": os.O_WRONLY, "truncating": os.O_WRONLY | os.O_TRUNC, "appending": os.O_WRONLY | os.O_APPEND}
NAME = "Ann Reed.md"


def torture(options: rig.Options, tally: rig.Tally, folder: Path) -> None:
    """Kill, start again, and save meanwhile."""
    os.environ.update(rig.environment_at(folder / "home"))
    dice = options.dice()
    for number in range(1 if options.short else ROUNDS):
        for style, flags in STYLES.items():
            for way in swapping.swappers():
                for after in (False, True):
                    what = f"a kill {'after' if after else 'before'} {type(way).__name__}, {style}, round {number}"
                    seconds = 0.5 if options.short else dice.uniform(0.1, SLOWEST_SAVE_SECONDS)
                    _save_across_a_restart(folder / "vault", flags, _Fatal(way, after=after), seconds, tally, what)
                    tally.runs += 1


class _Fatal:
    """A way to replace at which this process is killed, once somebody has opened the note."""

    def __init__(self, inner: swapping.Swapper, *, after: bool) -> None:
        self._inner = inner
        self._after = after
        self.about_to_swap: Callable[[], None]

    def swap(self, folder: int, temp: str, name: str) -> str:
        self.about_to_swap()
        if self._after:
            self._inner.swap(folder, temp, name)
        os.kill(os.getpid(), signal.SIGKILL)
        return temp


def _save_across_a_restart(root: Path, flags: int, way: _Fatal, seconds: float, tally: rig.Tally, what: str) -> None:
    root.mkdir(exist_ok=True)
    note, old = root / NAME, rig.note_of("Ann Reed")
    note.write_bytes(old)
    child, opened, go_on = _replace_and_die(root, old, way)
    os.read(opened, 1)
    editor = os.open(note, flags)
    os.write(go_on, b"\n")
    os.waitpid(child, 0)
    os.close(opened)
    os.close(go_on)
    line = f"- 2026-05-30: {what}\n".encode()
    saving = threading.Timer(seconds, _save, (editor, line if flags & os.O_APPEND else old + line))
    saving.start()
    with open_vault(root) as vault:
        vault.scan(as_of=STORY_DAY)
    saving.join()
    with open_vault(root) as vault:
        told = {found.code for found in vault.scan(as_of=STORY_DAY).diagnostics}
    holders = [file for file in root.glob(f"*{NAME}*") if line in file.read_bytes()]
    if not note.exists():
        tally.harm("missing", f"{NAME} after {what}")
    elif note in holders:
        tally.remarks["put back"] += 1
    elif any(not is_temp_name(file.name) for file in holders):
        tally.remarks["kept beside the note"] += 1
    elif not holders or "left-over" not in told:
        tally.harm("lost", what)
    if "left-over" in told:
        tally.remarks["left as it was, and told of"] += 1
    else:
        tally.judge_tidiness(root, what)
    for file in [*root.glob("*.vaultrel-rescued-*"), *root.glob(".~*")]:
        file.unlink()


def _replace_and_die(root: Path, old: bytes, way: _Fatal) -> tuple[int, int, int]:
    """Start a process that replaces the note; gives its id, where it says it is about to, and what lets it go on."""
    told, tell = os.pipe()
    waited, go_on = os.pipe()

    def wait_for_editor() -> None:
        os.write(tell, b"\n")
        os.read(waited, 1)

    def replace() -> None:
        way.about_to_swap = wait_for_editor
        setattr(atomic, "swappers", lambda: (way,))  # noqa: B010 - it is no public name of that module
        FileSystemStore(root).replace(NAME, old, rig.edited(old, 61))

    child = rig.forked(replace)
    os.close(tell)
    os.close(waited)
    return child, told, go_on


def _save(editor: int, text: bytes) -> None:
    os.write(editor, text)
    os.close(editor)


if __name__ == "__main__":
    rig.start("restarts", torture)
