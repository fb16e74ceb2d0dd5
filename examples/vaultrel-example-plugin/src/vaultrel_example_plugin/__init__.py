"""What this package adds to vaultrel; each function answers the hook of its name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vaultrel.plugins import hookimpl
from vaultrel_example_plugin import bracket_handle, quarter
from vaultrel_example_plugin.agenda import Agenda
from vaultrel_example_plugin.birthdays import birthdays

if TYPE_CHECKING:
    import click

    from vaultrel.core.mentions import MentionSyntax
    from vaultrel.core.strength import StrengthModel
    from vaultrel.outputs import Output


@hookimpl
def vaultrel_mention_syntaxes() -> list[MentionSyntax]:
    """`@[Ada Stone]`."""
    return [bracket_handle]


@hookimpl
def vaultrel_strength_models() -> list[StrengthModel[Any]]:
    """`strength_model = "quarter"`."""
    return [quarter]


@hookimpl
def vaultrel_outputs() -> list[Output]:
    """`vaultrel export agenda`."""
    return [Agenda()]


@hookimpl
def vaultrel_commands() -> list[click.Command]:
    """`vaultrel birthdays`."""
    return [birthdays]
