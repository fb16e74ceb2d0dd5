"""The address that opens a note in Obsidian (Obsidian documentation: Obsidian URI)."""

from __future__ import annotations

from urllib.parse import quote


def note_link(vault_name: str, path: str = "") -> str:
    """Opens the note at `path`, or for none the vault; only ASCII, whatever the names hold."""
    link = f"obsidian://open?vault={_encode(vault_name)}"
    return f"{link}&file={_encode(path.removesuffix('.md'))}" if path else link


def _encode(text: str) -> str:
    return quote(text, safe="", errors="replace")
