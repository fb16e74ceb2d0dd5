"""Four ways in which programs save a file, run as a process of its own: `python -m torture.editors STYLE FOLDER SEED`.

It says when it is ready. For each line it reads it saves one numbered edit in every note of the folder, and prints
what it saved: the note, the number, and for how long it held the file open. Only what is printed was acknowledged to
its user.
"""

from __future__ import annotations

import random
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from vaultrel.storage.naming import temp_stem

if TYPE_CHECKING:
    from collections.abc import Callable

LONGEST_LOOK_SECONDS = 0.1
"""How long to wait for vaultrel to begin with a note, in order to save in the middle of it."""
LONG_PAUSE_SECONDS = 4.0
"""Longer than vaultrel's grace: then only the system knows that the file is still open."""
LONG_PAUSES = 0.01


def save_in_place(note: Path, text: bytes, pause: float) -> float:
    """Write over the old bytes, then cut off what is left of them; as all of these, gives back the seconds it took."""
    with note.open("r+b", buffering=0) as file:
        opened = time.monotonic()
        file.write(text[: len(text) // 2])
        time.sleep(pause)
        file.write(text[len(text) // 2 :])
        file.truncate()
    return time.monotonic() - opened


def save_truncated(note: Path, text: bytes, pause: float) -> float:
    """Empty the file, then write it anew."""
    with note.open("wb", buffering=0) as file:
        opened = time.monotonic()
        time.sleep(pause)
        file.write(text)
    return time.monotonic() - opened


def save_by_renaming(note: Path, text: bytes, pause: float) -> float:
    """Write another file and put it in the place of the first."""
    other = note.with_suffix(".saving")
    other.write_bytes(text)
    opened = time.monotonic()
    time.sleep(pause)
    other.replace(note)
    return time.monotonic() - opened


def save_by_appending(note: Path, text: bytes, pause: float) -> float:
    """Add the last line at the end."""
    with note.open("ab", buffering=0) as file:
        opened = time.monotonic()
        time.sleep(pause)
        file.write(text.splitlines(keepends=True)[-1])
    return time.monotonic() - opened


STYLES: dict[str, Callable[[Path, bytes, float], float]] = {
    "in-place": save_in_place,
    "truncating": save_truncated,
    "renaming": save_by_renaming,
    "appending": save_by_appending,
}


def main() -> None:
    """Save edits until there are no more lines to read."""
    style, folder, seed = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
    dice = random.Random(seed)  # noqa: S311 - moments to save at, no secret
    buffers = {note: note.read_bytes() for note in sorted(folder.glob("*.md"))}
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    for number, _ in enumerate(sys.stdin, start=1):
        for note, buffer in sorted(buffers.items()):
            # Half the programs follow what others do to a file they have open; the rest save over it.
            known = _reread(note, buffer) if dice.random() < 0.5 else buffer
            buffers[note] = known + f"- edit {number} of {style}\n".encode()
            if dice.random() < 0.5:
                _wait_until_replaced(note)
            else:
                time.sleep(dice.uniform(0, 0.02))
            pause = LONG_PAUSE_SECONDS if dice.random() < LONG_PAUSES else dice.choice((0, 0, 0.001, 0.01, 0.1))
            held = STYLES[style](note, buffers[note], pause)
            sys.stdout.write(f"{note.name}\t{number}\t{held:.3f}\n")
        sys.stdout.write("\n")
        sys.stdout.flush()


def _reread(note: Path, buffer: bytes) -> bytes:
    """What the note holds, if nothing of the buffer is missing there."""
    held = note.read_bytes()
    return held if all(line in held for line in buffer.splitlines() if line.startswith(b"- edit")) else buffer


def _wait_until_replaced(note: Path) -> None:
    until = time.monotonic() + LONGEST_LOOK_SECONDS
    while time.monotonic() < until and not any(temp_stem(other.name) == note.name for other in note.parent.iterdir()):
        pass


if __name__ == "__main__":
    main()
