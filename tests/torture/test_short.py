"""A sample of every fault of the rig in `torture/`; and that the rig finds the harm it looks for."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
SKIPPED = 77

FAULTS = [
    "syscalls",
    "kills",
    "restarts",
    "races",
    "disks",
    "lies",
    "powercuts",
    "two_daemons",
    "two_machines",
    "clock_jumps",
    "storms",
    "deaf",
    "soak",
    "feed",
]
"""All but the quiet year, which is a law of its own in `tests/laws`."""
PARTS = {"__init__", "__main__", "rig", "editors", "liar", "wrong_clock", "feed_writer", "feed_server"}
"""Of the rig, which throw nothing by themselves."""

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the rig is made of what POSIX systems offer")


def throw(fault: str, *options: str) -> subprocess.CompletedProcess[str]:
    result = subprocess.run(
        [sys.executable, "-m", f"torture.{fault}", "--short", *options],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode == SKIPPED:
        pytest.skip(result.stdout.strip())
    return result


@pytest.mark.parametrize("fault", FAULTS)
def test_no_fault_tears_misses_or_loses_a_note_or_leaves_anything_over(fault: str) -> None:
    result = throw(fault)
    assert (result.returncode, result.stderr) == (0, ""), result.stdout
    assert " runs, 0 torn, 0 missing, 0 left over, 0 lost, 0 crashed" in result.stdout


def test_the_rig_finds_the_notes_that_careless_writing_tears_at_single_calls() -> None:
    result = throw("syscalls", "--careless")
    assert result.returncode == 1
    assert "syscalls: torn: Ann Reed.md (0 bytes) after write:error=EIO" in result.stdout


def test_the_rig_finds_every_note_that_careless_writing_empties_in_a_power_cut() -> None:
    """On two file systems, three cuts each, six notes that were emptied and not yet synchronised."""
    result = throw("powercuts", "--careless")
    assert result.returncode == 1
    assert result.stdout.count("(0 bytes)") == 2 * 3 * 6
    assert ": 6 runs, 36 torn, 0 missing, 0 left over, 0 lost, 0 crashed" in result.stdout


def test_the_rig_finds_the_feeds_that_a_server_without_care_tears() -> None:
    result = throw("feed", "--careless")
    assert result.returncode == 1
    assert "feed: torn: answer of " in result.stdout


def test_the_rig_finds_what_a_daemon_that_hears_nothing_misses() -> None:
    result = throw("storms", "--careless", "--count", "1")
    assert result.returncode == 1
    assert "storms: lost: changes after switch_branch" in result.stdout


def test_every_fault_of_the_rig_is_thrown_in_short() -> None:
    modules = {file.stem for file in (REPOSITORY / "torture").glob("*.py")}
    assert modules - PARTS - {"quiet_year"} == set(FAULTS)
