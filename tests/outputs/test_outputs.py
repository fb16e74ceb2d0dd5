"""The list of outputs, and what every output on it keeps to."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from vaultrel.outputs import OUTPUTS, UnknownOutputError, get_output

if TYPE_CHECKING:
    from tests.outputs.conftest import MakeFollowUp, MakeSnapshot, MakeState

    from vaultrel.outputs import Output, RenderContext


def test_outputs_are_found_by_name() -> None:
    assert [get_output(output.name) for output in OUTPUTS] == OUTPUTS
    assert len({output.name for output in OUTPUTS}) == len(OUTPUTS)


def test_an_unknown_output_is_refused_with_the_names_there_are() -> None:
    with pytest.raises(UnknownOutputError) as caught:
        get_output("pdf")
    assert caught.value.exit_code == 2
    for output in OUTPUTS:
        assert output.name in caught.value.next_step


@pytest.mark.parametrize("output", OUTPUTS, ids=lambda output: output.name)
def test_equal_arguments_give_equal_bytes(
    output: Output, snapshot: MakeSnapshot, followup: MakeFollowUp, state: MakeState, context: RenderContext
) -> None:
    plan = snapshot(followup(), waiting=(followup("Bo Dahl", in_days=None),), people=(state("Ada Lind"),))
    assert output.render(plan, context) == output.render(plan, context)


@pytest.mark.parametrize("output", OUTPUTS, ids=lambda output: output.name)
def test_an_empty_vault_can_be_rendered(output: Output, snapshot: MakeSnapshot, context: RenderContext) -> None:
    # No card is what a file of contacts without anybody holds.
    assert output.render(snapshot(), context) or output.name == "vcf"


def test_importing_the_outputs_does_not_import_icalendar() -> None:
    script = "import sys, vaultrel.outputs; sys.exit('icalendar' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


def test_rendering_opens_no_file_and_no_socket() -> None:
    script = """
import datetime as dt, sys, uuid
from vaultrel.model import Snapshot
from vaultrel.outputs import OUTPUTS, RenderContext
from vaultrel.settings import DEFAULT_SETTINGS

snapshot = Snapshot(as_of=dt.date(2026, 6, 30), note_count=0)
context = RenderContext("Vault", DEFAULT_SETTINGS, dt.datetime(2026, 6, 30, tzinfo=dt.UTC), uuid.UUID(int=1))
for output in OUTPUTS:
    output.render(snapshot, context)  # loads the libraries, which opens their files
heard = []
sys.addaudithook(lambda event, _: heard.append(event))
other = Snapshot(as_of=dt.date(2026, 7, 1), note_count=1)
for output in OUTPUTS:
    output.render(other, context)
sys.exit(any(event.startswith(("open", "os.", "socket.", "sqlite3.")) for event in heard))
"""
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
