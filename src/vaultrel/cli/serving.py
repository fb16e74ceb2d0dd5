"""What `serve` and `watch --serve` share: the server on this computer with the feeds as last published."""

from __future__ import annotations

import datetime as dt
import logging
import os
import sys
import uuid
from contextlib import contextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING, Protocol

from vaultrel import clock
from vaultrel.errors import PortInUseError, VaultrelError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from vaultrel.app import Vault
    from vaultrel.cli.session import Session
    from vaultrel.model import Snapshot
    from vaultrel.outputs.feeds import Feed
    from vaultrel.server import FeedHolder, PublishedFeed, Request, Response, Route
    from vaultrel.server.page import Page
    from vaultrel.settings import Settings
    from vaultrel.watch import Worker

log = logging.getLogger("vaultrel.cli")

FIRST_PORT, LAST_PORT = 1024, 65535
"""The ports that a user may listen on."""


class AlreadyServingError(VaultrelError):
    """Another vaultrel serves on the port."""

    def __init__(self, host: str, port: int) -> None:
        self.host = host
        self.port = port
        super().__init__(
            f"Port {port} on {host} is taken by another vaultrel, which goes on serving.",
            next_step="If it serves this vault, all is well: `vaultrel feed` prints where. "
            f"For a second vault choose another port: --port {port + 1 if port < LAST_PORT else FIRST_PORT}",
        )


class Publish(Protocol):
    """Takes over the feeds as last published, and, for the page, what the last scan found."""

    def __call__(self, snapshot: Snapshot | None = None) -> None:
        """Serve them from now on."""


@contextmanager
def serving(
    session: Session,
    vault: Vault,
    port: int | None,
    shown: Callable[[], Settings] | None = None,
    worker: Worker | None = None,
) -> Iterator[Publish]:
    """Serve the vault's feeds and its page while this lasts.

    Args:
        session: where the addresses are shown.
        vault: whose published feeds are served.
        port: instead of the one in the settings; 0 takes a free one.
        shown: gives the settings for the page, instead of the vault's.
        worker: makes the page in the vault's place, where another process reads the notes.

    Yields:
        A `Publish`, to be called after every scan with what it found.

    Raises:
        AlreadyServingError: another vaultrel serves there.
        PortInUseError, CannotListenError: see `vaultrel.server.FeedServer`.
    """
    from vaultrel.server import FeedHolder, FeedServer, host_name, make_app
    from vaultrel.server.page import PageDesk, page_routes

    settings = vault.settings.feed
    holders = {feed.name: FeedHolder(_last_good(vault, feed)) for feed in vault.feeds}
    hosts = frozenset({settings.host.lower(), *map(host_name, settings.hosts)})
    feed_routes = _feed_routes(vault, holders)
    beside: list[Callable[[], tuple[Route, ...]]] = []
    application = make_app(lambda: [*feed_routes(), *(route for routes in beside for route in routes())], hosts)
    try:
        server = FeedServer(application, settings.host, settings.port if port is None else port)
    except PortInUseError as error:
        if _is_ours(error.host, error.port):
            raise AlreadyServingError(error.host, error.port) from error
        raise
    address = vault.feed_url(settings.host, server.port)
    address = address.replace("http:", "webcal:", 1)
    desk: PageDesk | None = None
    page: Page
    if worker is None:
        page = desk = PageDesk(vault, shown, address)
    else:
        page = _PageElsewhere(vault, worker, address)
    token = vault.page_token()
    beside.append(lambda: page_routes(page, token))
    server.start()

    def publish(snapshot: Snapshot | None = None) -> None:
        if snapshot is not None and desk is not None:
            desk.publish(snapshot)
        for feed in vault.feeds:
            # The settings of a daemon change while it runs, and name further feeds.
            if feed.name not in holders:
                holders[feed.name] = FeedHolder(_last_good(vault, feed))
            if (body := vault.served_feed(feed.name)) is not None:
                holders[feed.name].publish(body, clock.utc_now())

    vault.when_published(publish)
    try:
        _tell_where(session, vault, server.port)
        yield publish
    finally:
        server.close()


class _PageElsewhere:
    """The page of a vault whose notes another process reads: what is asked is passed on to it.

    Args:
        vault: the vault, for its settings.
        worker: the other process, begun for the page where it is away.
        feed: address of the calendar subscription.
    """

    def __init__(self, vault: Vault, worker: Worker, feed: str) -> None:
        from vaultrel.server.page import new_form_token

        self._vault = vault
        self._worker = worker
        self._feed = feed
        # Forms outlive the process that made their page.
        self._form_token = new_form_token()

    @property
    def may_write(self) -> bool:
        """See `vaultrel.server.page.Page`."""
        from vaultrel.server.page import page_may_write

        return page_may_write(self._vault.settings)

    def answer(self, what: str, request: Request, address: str) -> Response:
        """See `vaultrel.server.page.Page`."""
        from vaultrel.server import Response
        from vaultrel.server.answers import status_response
        from vaultrel.watch.calls import Ask

        asked = (request.method, dict(request.headers), request.body)
        try:
            answered = self._worker.ask(Ask(what, address, self._feed, self._form_token, *asked))
        except VaultrelError as error:
            log.warning("%s", error)
            return status_response(HTTPStatus.SERVICE_UNAVAILABLE, ("Retry-After", "60"))
        return Response(HTTPStatus(answered.status), answered.headers, answered.body)


def _is_ours(host: str, port: int) -> bool:
    """Whether what listens there is a vaultrel; it is asked for nothing that is secret."""
    from http.client import HTTPConnection, HTTPException

    from vaultrel.server import HEALTH

    connection = HTTPConnection(host, port, timeout=1)
    try:
        connection.request("GET", "/health", headers={"Host": "localhost"})
        response = connection.getresponse()
        return response.status == HTTPStatus.OK and response.read(100) == HEALTH
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def _feed_routes(vault: Vault, holders: dict[str, FeedHolder]) -> Callable[[], list[Route]]:
    """What gives the addresses, with the keys as they are now: another process may have made new ones."""
    from vaultrel.server import feed_route

    first_keys = {name: vault.feed_token(name) for name in holders}

    def key(name: str) -> str:
        # A key that cannot be read at this moment is the one it was at the start.
        return vault.kept_feed_token(name) or first_keys.get(name) or vault.feed_token(name)

    def routes() -> list[Route]:
        return [
            feed_route(holders[feed.name], key(feed.name), feed.file_name)
            for feed in vault.feeds
            if feed.name in holders
        ]

    return routes


def _tell_where(session: Session, vault: Vault, port: int) -> None:
    from vaultrel.server import LOOPBACK_HOSTS

    host = vault.settings.feed.host
    if host not in LOOPBACK_HOSTS:
        log.warning("%s is not this computer alone: whoever is on that network can ask, without encryption.", host)
    log.info("Serving the feed and the page on %s port %d; Ctrl-C stops.", host, port)
    if "JOURNAL_STREAM" not in os.environ:
        # The addresses are secrets: they are the answer of the command, and go into no system journal.
        for feed in vault.feeds:
            session.out.line((vault.feed_url(host, port, feed.name), "link"))
        session.out.line((vault.page_url(host, port), "link"))
        sys.stdout.flush()


def _last_good(vault: Vault, feed: Feed) -> PublishedFeed:
    """What is served until the first scan has ended: the feed of the last run, an empty one before the first."""
    from vaultrel.outputs.base import RenderContext
    from vaultrel.outputs.icalendar_feed import empty_feed
    from vaultrel.server import PublishedFeed

    now = clock.utc_now()
    published, file = vault.published_feed(feed.name), vault.feed_file(feed.name)
    if published is None or file is None:
        return PublishedFeed(empty_feed(RenderContext(vault.store.name, feed.settings, now, uuid.uuid4())), now)
    changed = dt.datetime.fromtimestamp(file.stat().st_mtime, dt.UTC) if file.exists() else now
    return PublishedFeed(published, changed)
