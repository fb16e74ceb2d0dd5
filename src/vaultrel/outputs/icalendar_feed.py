"""The calendar of follow-ups that other programs subscribe to: iCalendar, RFC 5545 and RFC 7986."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vaultrel.outputs.feed_events import clean_line, list_events, nothing_event

if TYPE_CHECKING:
    from vaultrel.model import Snapshot
    from vaultrel.outputs.base import RenderContext
    from vaultrel.outputs.feed_events import FeedEvent

_DEFAULT_NAME = "Follow-ups"


class ICalendarFeed:
    """The planned follow-ups as all-day events."""

    name = "ics"
    suffix = ".ics"
    media_type = "text/calendar; charset=utf-8"

    def render(self, snapshot: Snapshot, context: RenderContext) -> bytes:
        """The feed; byte for byte the previous one when no event changed.

        Raises:
            DuplicateUidError, BrokenFeedError: mistakes in vaultrel; the feed published last stays good.
        """
        return _render(context, list_events(snapshot, context) or [nothing_event(context)])


def empty_feed(context: RenderContext) -> bytes:
    """A valid feed without events, to be served while nothing better is known.

    A calendar that keeps what it had, then does right; see `nothing_event`.
    """
    return _render(context, [])


def _render(context: RenderContext, events: list[FeedEvent]) -> bytes:
    # icalendar takes a fifth of a second to import, which every command would pay.
    from vaultrel.outputs.icalendar_bytes import render_calendar  # noqa: PLC0415

    title = clean_line(context.settings.feed.name, 100) or _DEFAULT_NAME
    return render_calendar(title, events, context.now, context.previous)
