"""Everything that can be made from a snapshot, in one list. Importing it loads no third-party package."""

from __future__ import annotations

from vaultrel.outputs.base import Output, RenderContext, UnknownOutputError
from vaultrel.outputs.csv_table import CsvTable
from vaultrel.outputs.dashboard_page import DashboardPage
from vaultrel.outputs.icalendar_feed import ICalendarFeed
from vaultrel.outputs.json_report import JsonReport
from vaultrel.outputs.network_canvas import NetworkCanvas
from vaultrel.outputs.people_base import PeopleBase
from vaultrel.outputs.vault_notes import RelationshipsNote
from vaultrel.outputs.vcard import VCards

__all__ = ["OUTPUTS", "Output", "RenderContext", "UnknownOutputError", "add_output", "get_output"]

OUTPUTS: list[Output] = [
    ICalendarFeed(),
    JsonReport(),
    DashboardPage(),
    RelationshipsNote(),
    PeopleBase(),
    NetworkCanvas(),
    CsvTable(),
    VCards(),
]
"""The outputs on offer, in the order in which they are listed to the user."""


_ADDED: dict[str, Output] = {}


def add_output(output: Output) -> None:
    """Let `get_output` know of an output that is not vaultrel's own; one of the same name is replaced."""
    _ADDED[output.name] = output


def get_output(name: str) -> Output:
    """The output of that name.

    Raises:
        UnknownOutputError: there is none.
    """
    outputs = (*OUTPUTS, *_ADDED.values())
    for output in outputs:
        if output.name == name:
            return output
    raise UnknownOutputError(name, tuple(output.name for output in outputs))
