"""The loopback web server that calendars subscribe to. It serves bytes that exist; it never computes a feed.

A feed that answers wrongly once does lasting harm: calendars empty themselves on an empty answer and some
switch a subscription off after one error. So whatever happens elsewhere, the bytes published last are served.
"""

from __future__ import annotations

from vaultrel.server.answers import Request, Response, Route
from vaultrel.server.application import HEALTH, LOOPBACK_HOSTS, host_name, make_app
from vaultrel.server.feed import FeedHolder, FeedSource, PublishedFeed, feed_route
from vaultrel.server.listening import PATIENCE, CannotListenError, FeedServer, Patience

__all__ = [
    "HEALTH",
    "LOOPBACK_HOSTS",
    "PATIENCE",
    "CannotListenError",
    "FeedHolder",
    "FeedServer",
    "FeedSource",
    "Patience",
    "PublishedFeed",
    "Request",
    "Response",
    "Route",
    "feed_route",
    "host_name",
    "make_app",
]
