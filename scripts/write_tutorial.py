"""Write the output in `docs/tutorial/first-five-minutes.md`: each command is run as it stands there, in order.

The vault is a copy of the sample vault, on the day its story ends. A block whose output ends in `[…]` keeps as many
lines as it shows.
"""

from __future__ import annotations

import os
import pty
import re
import select
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from vaultrel.core.changes import COARSE_CLOCK_NS

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "tutorial" / "first-five-minutes.md"

DAY = "2026-06-30"
CUT = "[…]"

ANSWERS = {"vaultrel init ~/Notes": ("", "", "Sam Reed", "")}
"""What is typed at a terminal, by the command that asks."""

PROMPT_END = b": "
PATIENCE_SECONDS = 120


def compose_page(text: str) -> str:
    """The page with the output that its commands have now."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home" / "sam"
        (home / "tmp").mkdir(parents=True)
        shutil.copytree(ROOT / "sample_vault", home / "Notes", ignore=shutil.ignore_patterns(".vaultrel"))
        # People's notes are older: those saved just now are read once more, and counted.
        time.sleep(COARSE_CLOCK_NS / 1e9)
        return re.sub(
            r"(?<=^```console\n).*?(?=^```)",
            lambda block: _run_block(block[0], home),
            text,
            flags=re.DOTALL | re.MULTILINE,
        )


def _run_block(block: str, home: Path) -> str:
    """One block's commands, each with its output."""
    made: list[str] = []
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        command, *shown = part.splitlines()
        output = _clean(_run(command, home), home).splitlines()
        if shown and shown[-1] == CUT:
            output = [*output[: len(shown) - 1], CUT]
        made += [f"$ {command}", *output]
    return "".join(f"{line}\n".replace(" \n", "\n") for line in made)


def _run(command: str, home: Path) -> str:
    """What the user sees: both streams, in the order they were written."""
    environment = {
        "HOME": str(home),
        "TMPDIR": str(home / "tmp"),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "VAULTREL_AS_OF": DAY,
        "COLUMNS": "100",
        "NO_COLOR": "1",
        "TERM": "xterm",
        "TZ": "UTC",
        "LC_ALL": "C.UTF-8",
        "PYTHONUNBUFFERED": "1",
    }
    if command in ANSWERS:
        return _run_at_terminal(command, home, environment, ANSWERS[command])
    done = subprocess.run(
        ["sh", "-c", command],
        cwd=home,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        timeout=PATIENCE_SECONDS,
    )
    return done.stdout.decode("utf-8")


def _run_at_terminal(command: str, home: Path, environment: dict[str, str], answers: tuple[str, ...]) -> str:
    """What a terminal shows while somebody waits for each question, and answers it."""
    controller, terminal = pty.openpty()
    waiting, seen = list(answers), b""
    with subprocess.Popen(
        ["sh", "-c", command],
        cwd=home,
        env=environment,
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
    ):
        os.close(terminal)
        while select.select([controller], [], [], PATIENCE_SECONDS)[0]:
            try:
                piece = os.read(controller, 4096)
            except OSError:  # Linux says so when the other end is closed
                break
            seen += piece
            if not piece:
                break
            if seen.endswith(PROMPT_END) and waiting:
                os.write(controller, waiting.pop(0).encode() + b"\n")
    os.close(controller)
    return seen.decode("utf-8")


def _clean(output: str, home: Path) -> str:
    """The output without what differs from run to run."""
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", output.replace("\r", ""))
    plain = re.sub(r"^Reading .*\n", "", plain, flags=re.MULTILINE).lstrip("\n")  # the bar, on a slow computer
    plain = plain.replace(str(home / "tmp"), "/tmp").replace(str(home), "/home/sam")  # noqa: S108 - to be read
    plain = re.sub(r"vaultrel-demo-\w{8}", "vaultrel-demo-k3f9a2xq", plain)
    return re.sub(r"\b20\d{6}T\d{6}Z\b", f"{DAY.replace('-', '')}T084107Z", plain)


if __name__ == "__main__":
    PAGE.write_text(compose_page(PAGE.read_text("utf-8")), encoding="utf-8")
