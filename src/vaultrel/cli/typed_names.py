"""The people a shell can complete: read from what an earlier run kept, quickly and without ever failing."""

from __future__ import annotations

import os

from click.shell_completion import CompletionItem

from vaultrel.core.text import fold_name
from vaultrel.errors import VaultrelError
from vaultrel.locations import find_root, state_folder

MOST_SHOWN = 200
"""More people than a terminal can list are no help."""


def people_beginning(vault: str | None, typed: str) -> list[CompletionItem[str]]:
    """What can be typed for the people whose names, or a word of them, begin with what was typed.

    Taken from what the last run kept of the vault; nobody where there is no vault or was no run yet. Never an error:
    somebody is in the middle of a line.
    """
    try:
        kept = f"{state_folder(find_root(vault, os.environ, os.getcwd()))}/names"
        with open(kept, encoding="utf-8") as file:
            names = file.read().splitlines()
    except (VaultrelError, OSError, ValueError):
        return []
    wanted = fold_name(typed)
    folded = [(fold_name(name), name) for name in names if name.isprintable()]
    found = [name for key, name in folded if key.startswith(wanted)]
    found = found or [name for key, name in folded if f" {wanted}" in key]
    return [CompletionItem(name) for name in found[:MOST_SHOWN]]
