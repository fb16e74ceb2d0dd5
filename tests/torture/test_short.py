"""A sample of every fault of the rig in `torture/`; and that the rig finds the harm it looks for."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
SKIPPED = 77

FAULTS = ["syscalls", "kills", "races", "disks", "powercuts", "two_daemons", "two_machines"]
"""All but the quiet year, which is a law of its own in `tests/laws`."""

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


# Which harm a power cut does to careless writing depends on what the disk had already taken.
@pytest.mark.parametrize(("fault", "harms"), [("syscalls", [": torn: "]), ("powercuts", [": torn: ", ": lost: "])])
def test_the_rig_finds_the_harm_that_writing_as_most_programs_do_comes_to(fault: str, harms: list[str]) -> None:
    result = throw(fault, "--careless")
    assert result.returncode == 1
    assert any(harm in result.stdout for harm in harms)


def test_every_fault_of_the_rig_is_thrown_in_short() -> None:
    modules = {file.stem for file in (REPOSITORY / "torture").glob("*.py")}
    assert modules - {"__init__", "__main__", "rig", "editors", "quiet_year"} == set(FAULTS)
