"""What the two commands that keep running share: stopping when asked, saying what happens, serving the feed."""

from __future__ import annotations

import datetime as dt
import logging
import os
import signal
import sys
import threading
import uuid
from contextlib import contextmanager
from typing import TYPE_CHECKING

from vaultrel import clock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from types import FrameType

    from vaultrel.app import Vault
    from vaultrel.cli.screen import Screen, Style
    from vaultrel.cli.session import Session
    from vaultrel.server import PublishedFeed

log = logging.getLogger("vaultrel.cli")


@contextmanager
def stopping(stop: Callable[[], None]) -> Iterator[None]:
    """Call `stop`, from another thread, when the process is asked to end (SIGTERM) or Ctrl-C is typed.

    A handler in Python runs only when the main thread gets round to it: a signal that comes just before that
    thread waits would be noticed after the wait. The byte written to the wake-up pipe is never late.
    """
    reading, writing = os.pipe()
    os.set_blocking(writing, False)

    def wait_for_signal() -> None:
        if os.read(reading, 1):
            stop()

    waiter = threading.Thread(target=wait_for_signal, name="vaultrel-signals", daemon=True)
    handlers = {number: signal.signal(number, _note_signal) for number in (signal.SIGTERM, signal.SIGINT)}
    wakeup = signal.set_wakeup_fd(writing)
    waiter.start()
    try:
        yield
    finally:
        signal.set_wakeup_fd(wakeup)
        for number, handler in handlers.items():
            signal.signal(number, handler)
        os.close(writing)
        waiter.join()
        os.close(reading)


def _note_signal(_signal: int, _frame: FrameType | None) -> None:
    """Keep the first signal from ending the process: the wake-up pipe tells of it. A second Ctrl-C does not wait."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


class _ScreenHandler(logging.Handler):
    """Shows log records with their time; like everything shown, cleaned of what could steer a terminal."""

    def __init__(self, screen: Screen, level: int) -> None:
        super().__init__(level)
        self._screen = screen
        self._time = logging.Formatter(datefmt="%Y-%m-%d %H:%M:%S")

    def emit(self, record: logging.LogRecord) -> None:
        """Print one record, a line of its message to a line."""
        stamp = self._time.formatTime(record, self._time.datefmt)
        style: Style = "warn" if record.levelno >= logging.WARNING else "plain"
        for line in record.getMessage().splitlines():
            self._screen.line((stamp, "quiet"), "  ", (line, style))


@contextmanager
def logging_to(session: Session) -> Iterator[None]:
    """Show what happens on standard error while this lasts: with -q only warnings, with -v everything."""
    from vaultrel.cli.screen import Screen

    level = logging.WARNING if session.quiet else logging.DEBUG if session.verbose else logging.INFO
    handler = _ScreenHandler(Screen(sys.stderr, color=session.colors(sys.stderr)), level)
    root = logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(level)
    try:
        yield
    finally:
        root.setLevel(before)
        root.removeHandler(handler)


@contextmanager
def serving(session: Session, vault: Vault, port: int | None) -> Iterator[Callable[[], None]]:
    """Serve the vault's feed while this lasts.

    Args:
        session: where the address is shown.
        vault: whose published feed is served.
        port: instead of the one in the settings; 0 takes a free one.

    Yields:
        A function that takes over the feed as last published; call it after every scan.

    Raises:
        PortInUseError, CannotListenError: see `vaultrel.server.FeedServer`.
    """
    from vaultrel.server import LOOPBACK_HOSTS, FeedHolder, FeedServer, make_app

    host = vault.settings.feed.host
    holder = FeedHolder(_last_good(vault))
    application = make_app(holder, vault.feed_token(), frozenset({host.lower()}))
    server = FeedServer(application, host, vault.settings.feed.port if port is None else port)
    server.start()

    def publish() -> None:
        if (feed := vault.published_feed()) is not None:
            holder.publish(feed, clock.utc_now())

    try:
        if host not in LOOPBACK_HOSTS:
            log.warning("%s is not this computer alone: whoever is on that network can ask, without encryption.", host)
        log.info("Serving the feed on %s port %d; Ctrl-C stops.", host, server.port)
        if "JOURNAL_STREAM" not in os.environ:
            # The address is a secret: it is the answer of the command, and goes into no system journal.
            session.out.line((vault.feed_url(host, server.port), "link"))
            sys.stdout.flush()
        yield publish
    finally:
        server.close()


def feed_file(vault: Vault) -> Path | None:
    """The feed as a file: in the vault, or, where vaultrel may not write there, this computer's own copy."""
    from vaultrel.app import FEED_NAME

    if vault.root is not None and vault.settings.write != "nothing":
        return vault.root / vault.settings.folder / FEED_NAME
    return vault.locations.private("feed") if vault.locations else None


def _last_good(vault: Vault) -> PublishedFeed:
    """What is served until the first scan has ended: the feed of the last run, an empty one before the first."""
    from vaultrel.outputs.base import RenderContext
    from vaultrel.outputs.icalendar_feed import empty_feed
    from vaultrel.server import PublishedFeed

    now = clock.utc_now()
    published, file = vault.published_feed(), feed_file(vault)
    if published is None or file is None:
        return PublishedFeed(empty_feed(RenderContext(vault.store.name, vault.settings, now, uuid.uuid4())), now)
    changed = dt.datetime.fromtimestamp(file.stat().st_mtime, dt.UTC) if file.exists() else now
    return PublishedFeed(published, changed)
