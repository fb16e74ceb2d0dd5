"""The calendar feed: which bytes are served, and how they are asked for again cheaply."""

from __future__ import annotations

import datetime as dt
import email.utils
import functools
import gzip
import hashlib
import re
import threading
from http import HTTPStatus
from typing import TYPE_CHECKING, NamedTuple, Protocol

from msgspec import Struct

from vaultrel import clock
from vaultrel.server.answers import Request, Response, Route, whole_response

if TYPE_CHECKING:
    from collections.abc import Mapping

FIRST_FEED_SECONDS = 10.0
"""How long, from the start, a request waits for the first scan before it gets the feed of the last run."""


class PublishedFeed(Struct, frozen=True):
    """A whole feed and the moment, in UTC, at which its bytes last changed."""

    body: bytes
    changed_at: dt.datetime


class FeedSource(Protocol):
    """Where the server finds the feed to serve. Called from several threads; may wait, must answer."""

    def __call__(self) -> PublishedFeed:
        """The best feed there is at this moment."""


class FeedHolder:
    """The feed being served, replaced in one step, so that no reader ever sees half of a change.

    Args:
        last_good: what is served until the first scan has ended: the feed of the last run, else an empty one.
        patience_seconds: how long from now requests wait for the first `publish`.
    """

    def __init__(self, last_good: PublishedFeed, patience_seconds: float = FIRST_FEED_SECONDS) -> None:
        self._feed = last_good
        self._first = threading.Event()
        # One deadline for all requests: were each to wait its full time, a few would keep every thread busy.
        self._deadline = clock.monotonic() + patience_seconds

    def publish(self, body: bytes, changed_at: dt.datetime) -> None:
        """Serve these bytes from now on.

        Bytes equal to the ones being served keep their time. Others get a later time than those had, even
        when the clock went back, for a calendar may go by the time alone.
        """
        if body != self._feed.body:
            after = self._feed.changed_at + dt.timedelta(seconds=1)
            self._feed = PublishedFeed(body, max(changed_at, after))
        self._first.set()

    def __call__(self) -> PublishedFeed:
        """The feed, after waiting for the first one while there is patience left."""
        self._first.wait(max(0.0, self._deadline - clock.monotonic()))
        return self._feed


def feed_route(source: FeedSource, token: str, file_name: str = "followups.ics") -> Route:
    """The address of a feed: whoever knows its token may read it."""
    return Route(
        path=f"/feed/{token}/{file_name}",
        label="/feed/…",
        answer=lambda request: answer_feed(request, source(), file_name),
    )


def answer_feed(request: Request, feed: PublishedFeed, file_name: str) -> Response:
    """The feed, or word that the client has it already (RFC 9110 sections 8.8, 12.5.3 and 13)."""
    changed_at = feed.changed_at.replace(microsecond=0)
    etag = _tag(feed.body)
    etags = _Etags(plain=f'"{etag}"', compressed=f'"{etag}-gz"')
    is_compressed = accepts_gzip(request.headers.get("accept-encoding", ""))
    shared = (
        ("ETag", etags.compressed if is_compressed else etags.plain),
        ("Last-Modified", email.utils.format_datetime(changed_at, usegmt=True)),
        ("Cache-Control", "private, no-cache"),
        ("Vary", "Accept-Encoding"),
    )
    if _client_has_it(request.headers, frozenset(etags), changed_at):
        return Response(HTTPStatus.NOT_MODIFIED, shared)
    encoding = (("Content-Encoding", "gzip"),) if is_compressed else ()
    disposition = ("Content-Disposition", f'inline; filename="{file_name}"')
    media_type = "text/calendar; charset=utf-8"
    body = _compress(feed.body) if is_compressed else feed.body
    return whole_response(HTTPStatus.OK, media_type, body, *shared, disposition, *encoding)


class _Etags(NamedTuple):
    """The strong entity tags of a feed's two encodings, whose bytes differ."""

    plain: str
    compressed: str


@functools.lru_cache(maxsize=32)
def _tag(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()[:32]


@functools.lru_cache(maxsize=32)
def _compress(body: bytes) -> bytes:
    return gzip.compress(body, compresslevel=6, mtime=0)


def _client_has_it(headers: Mapping[str, str], etags: frozenset[str], changed_at: dt.datetime) -> bool:
    """Whether the conditions of the request allow 304: If-None-Match alone decides where it is given."""
    tags = headers.get("if-none-match")
    if tags is not None:
        return matches_etag(tags, etags)
    return _not_changed_since(headers.get("if-modified-since", ""), changed_at)


def matches_etag(header: str, etags: frozenset[str]) -> bool:
    """Whether If-None-Match names one of the tags, by weak comparison (RFC 9110 section 13.1.2)."""
    return header.strip() == "*" or not etags.isdisjoint(re.findall(r'"[^"]*"', header))


def _not_changed_since(header: str, changed_at: dt.datetime) -> bool:
    """Whether the bytes are as old as If-Modified-Since says; a date that is none is ignored."""
    try:
        since = email.utils.parsedate_to_datetime(header)
    except (ValueError, OverflowError):
        return False
    return changed_at <= (since if since.tzinfo else since.replace(tzinfo=dt.UTC))


def accepts_gzip(header: str) -> bool:
    """Whether Accept-Encoding lets gzip be used: named, or covered by ``*``, with a weight above zero."""
    weights: dict[str, float] = {}
    for item in header.lower().split(","):
        coding, _, parameters = item.partition(";")
        weights[coding.strip()] = _quality(parameters)
    return weights.get("gzip", weights.get("x-gzip", weights.get("*", 0.0))) > 0


def _quality(parameters: str) -> float:
    """The weight ``q=`` of RFC 9110 section 12.4.2; 1 when it is not given, 0 when it is not a number."""
    name, _, value = parameters.partition("=")
    if name.strip() != "q":
        return 1.0
    return float(value) if re.fullmatch(r"\s*[01](\.[0-9]{0,3})?\s*", value) else 0.0
