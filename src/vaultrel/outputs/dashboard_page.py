"""The web page: one self-contained HTML file that asks for nothing from anywhere, and lets no other script in."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vaultrel.model import Snapshot
    from vaultrel.outputs.base import RenderContext


class DashboardPage:
    """The headline, this week's follow-ups, who is fading, the map, give and take, and what is ahead."""

    name = "html"
    suffix = ".html"
    media_type = "text/html; charset=utf-8"

    def render(self, snapshot: Snapshot, context: RenderContext) -> bytes:
        """The page as a file: to look at, with nothing to press that would write."""
        # What the page is made with takes a tenth of a second to import, which every command would pay.
        from vaultrel.outputs.page_rendering import render_page  # noqa: PLC0415

        return render_page(snapshot, context)
