"""The plan as plain text, a line to a follow-up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vaultrel.core.text import clean_text

if TYPE_CHECKING:
    from vaultrel.model import Snapshot
    from vaultrel.outputs import RenderContext


class Agenda:
    """Renders no more than the snapshot says; equal snapshots give equal bytes."""

    name = "agenda"
    suffix = ".txt"
    media_type = "text/plain; charset=utf-8"

    def render(self, snapshot: Snapshot, context: RenderContext) -> bytes:  # noqa: ARG002 - every output is given it
        """One line a follow-up: day, name, what to do. Text of notes is cleaned, as in every output."""
        lines = [
            f"{each.planned}  {clean_text(each.name, 80)}: {clean_text(each.action, 200)}"
            for each in snapshot.followups
        ]
        return "".join(f"{line}\n" for line in lines).encode("utf-8", "replace")
