"""Everything that can be made from a snapshot, in one list. Importing it loads no third-party package."""

from __future__ import annotations

from vaultrel.outputs.base import Output, RenderContext, UnknownOutputError
from vaultrel.outputs.icalendar_feed import ICalendarFeed
from vaultrel.outputs.json_report import JsonReport

__all__ = ["OUTPUTS", "Output", "RenderContext", "UnknownOutputError", "get_output"]

OUTPUTS: list[Output] = [
    ICalendarFeed(),
    JsonReport(),
]
"""The outputs on offer, in the order in which they are listed to the user."""


def get_output(name: str) -> Output:
    """The output of that name.

    Raises:
        UnknownOutputError: there is none.
    """
    for output in OUTPUTS:
        if output.name == name:
            return output
    raise UnknownOutputError(name, tuple(output.name for output in OUTPUTS))
