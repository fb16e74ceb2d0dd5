"""The vault as a whole: read it, decide, apply, publish. The composition root of every command and of the daemon.

Everything that decides happens in `vaultrel.core`; this package reads, hands over values, and carries out what
comes back under compare and swap.
"""

from __future__ import annotations

from vaultrel.app.opening import CONFIG_FILE, open_vault
from vaultrel.app.publishing import FEED_NAME, NAMESPACE_FILE
from vaultrel.app.reports import AppliedPatch, Headline, Progress, ScanReport, StripReport, Writers, headline
from vaultrel.app.vault import Vault

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
