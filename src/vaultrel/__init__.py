"""vaultrel: relationship strength and worthwhile follow-ups, from the Markdown notes you already write.

The names below are the public interface; each is loaded when first used (PEP 562), so that importing vaultrel
costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

__version__ = "0.1.0"

if TYPE_CHECKING:
    from vaultrel.app import ScanReport, Vault, open_vault
    from vaultrel.core.derive import derive
    from vaultrel.core.frontmatter import patch_frontmatter
    from vaultrel.core.notes import parse_note
    from vaultrel.core.plan import plan_followups
    from vaultrel.core.strength import score_ties
    from vaultrel.errors import VaultrelError
    from vaultrel.model import Note, Snapshot
    from vaultrel.settings import Settings, parse_settings
    from vaultrel.storage.memory import MemoryStore

_HOMES = {
    "MemoryStore": "vaultrel.storage.memory",
    "Note": "vaultrel.model",
    "ScanReport": "vaultrel.app",
    "Settings": "vaultrel.settings",
    "Snapshot": "vaultrel.model",
    "Vault": "vaultrel.app",
    "VaultrelError": "vaultrel.errors",
    "derive": "vaultrel.core.derive",
    "open_vault": "vaultrel.app",
    "parse_note": "vaultrel.core.notes",
    "parse_settings": "vaultrel.settings",
    "patch_frontmatter": "vaultrel.core.frontmatter",
    "plan_followups": "vaultrel.core.plan",
    "score_ties": "vaultrel.core.strength",
}

__all__ = [
    "MemoryStore",
    "Note",
    "ScanReport",
    "Settings",
    "Snapshot",
    "Vault",
    "VaultrelError",
    "derive",
    "open_vault",
    "parse_note",
    "parse_settings",
    "patch_frontmatter",
    "plan_followups",
    "score_ties",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module  # noqa: PLC0415 - loading late is what this function is for

    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
