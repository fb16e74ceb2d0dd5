"""The files in a vault's `.obsidian` folder that say something about its notes, by path in the vault."""

from __future__ import annotations

from typing import Final

APP: Final = ".obsidian/app.json"
DAILY_NOTES: Final = ".obsidian/daily-notes.json"
TEMPLATES: Final = ".obsidian/templates.json"
PERIODIC_NOTES: Final = ".obsidian/plugins/periodic-notes/data.json"
TEMPLATER: Final = ".obsidian/plugins/templater-obsidian/data.json"

OBSIDIAN_FILES: Final = (APP, DAILY_NOTES, TEMPLATES, PERIODIC_NOTES, TEMPLATER)
"""Those worth handing to `vaultrel.core.obsidian.read_obsidian`."""
