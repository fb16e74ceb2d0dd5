"""The vault as a whole: read it, decide, apply, publish. The composition root of every command and of the daemon.

Everything that decides happens in `vaultrel.core`; this package reads, hands over values, and carries out what
comes back under compare and swap.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vaultrel.app.opening import open_vault
    from vaultrel.app.publishing import FEED_NAME, NAMESPACE_FILE
    from vaultrel.app.reports import AppliedPatch, Headline, Progress, ScanReport, StripReport, Writers, headline
    from vaultrel.app.vault import Vault
    from vaultrel.locations import CONFIG_FILE

_HOMES = {
    "AppliedPatch": "vaultrel.app.reports",
    "CONFIG_FILE": "vaultrel.locations",
    "FEED_NAME": "vaultrel.app.publishing",
    "Headline": "vaultrel.app.reports",
    "NAMESPACE_FILE": "vaultrel.app.publishing",
    "Progress": "vaultrel.app.reports",
    "ScanReport": "vaultrel.app.reports",
    "StripReport": "vaultrel.app.reports",
    "Vault": "vaultrel.app.vault",
    "Writers": "vaultrel.app.reports",
    "headline": "vaultrel.app.reports",
    "open_vault": "vaultrel.app.opening",
}
"""The module of each public name, loaded when the name is first used (PEP 562): commands that only read stay quick."""

__all__ = [
    "CONFIG_FILE",
    "FEED_NAME",
    "NAMESPACE_FILE",
    "AppliedPatch",
    "Headline",
    "Progress",
    "ScanReport",
    "StripReport",
    "Vault",
    "Writers",
    "headline",
    "open_vault",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)
