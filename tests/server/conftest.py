"""The calendar server, running, asked over loopback as a calendar program asks."""

from __future__ import annotations

import contextlib
import datetime as dt
import http.client
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import pytest

from vaultrel.server import PATIENCE, FeedHolder, FeedServer, Patience, PublishedFeed, feed_route, make_app

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

TOKEN = "s3cret-Token_0123456789"
FEED = f"/feed/{TOKEN}/followups.ics"
BODY = b"BEGIN:VCALENDAR\r\n" + b"X-LINE:follow-up\r\n" * 400 + b"END:VCALENDAR\r\n"
CHANGED_AT = dt.datetime(2026, 6, 30, 12, 0, 5, 250, tzinfo=dt.UTC)


@dataclass(frozen=True)
class Answer:
    """What came back; names of headers in lower case, without the Date."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Running:
    """A server that runs."""

    holder: FeedHolder
    port: int

    def ask(self, path: str = FEED, method: str = "GET", body: bytes | None = None, **headers: str) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        with contextlib.closing(connection):
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, body, named)
            response = connection.getresponse()
            found = {name.lower(): value for name, value in response.getheaders()}
            found.pop("date")
            return Answer(response.status, found, response.read())


class Serve(Protocol):
    """Serves what a holder holds, at `FEED`, while the context lasts."""

    def __call__(self, holder: FeedHolder, patience: Patience = ...) -> AbstractContextManager[Running]: ...


@pytest.fixture
def serve() -> Serve:
    @contextlib.contextmanager
    def serving(holder: FeedHolder, patience: Patience = PATIENCE) -> Iterator[Running]:
        routes = [feed_route(holder, TOKEN)]
        server = FeedServer(make_app(lambda: routes, frozenset({"laptop.example"})), patience=patience)
        server.start()
        try:
            yield Running(holder, server.port)
        finally:
            server.close()

    return serving


@pytest.fixture
def server(serve: Serve) -> Iterator[Running]:
    """A server whose first scan has ended."""
    holder = FeedHolder(PublishedFeed(b"", CHANGED_AT - dt.timedelta(days=1)))
    holder.publish(BODY, CHANGED_AT)
    with serve(holder) as running:
        yield running
