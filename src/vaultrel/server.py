"""The loopback web server that calendars subscribe to. It serves bytes that exist; it never computes, reads or writes.

A feed that answers wrongly once does lasting harm: calendars empty themselves on an empty answer and some
switch a subscription off after one error. So whatever happens elsewhere, the bytes published last are served.
"""

from __future__ import annotations

import datetime as dt
import email.utils
import errno
import functools
import gzip
import hashlib
import hmac
import io
import json
import logging
import re
import socket
import threading
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Protocol

import waitress.channel
import waitress.parser
import waitress.server
import waitress.wasyncore

from vaultrel import clock
from vaultrel.errors import PortInUseError, VaultrelError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

LOOPBACK_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})
"""Names by which this computer may always be asked; any other name in Host is how DNS rebinding shows."""

FIRST_FEED_SECONDS = 10.0
"""How long, from the start, a request waits for the first scan before it gets the feed of the last run."""

_log = logging.getLogger("vaultrel.server")

_ALLOWED_METHODS = ("GET", "HEAD")
_MAX_BODY_BYTES = 4 * 1024 * 1024
"""Calendars that believe they may write send the whole calendar; waitress refuses more than this."""

_MAX_CONNECTIONS = 500
"""Below the 1,024 files that most systems let a process have open: without a free one nothing could be accepted."""

_IN_MEMORY_BYTES = 64 * 1024 * 1024
"""Above the size of any answer: waitress would put larger ones into temporary files."""

_MAX_UNSENT_BYTES = 2 * 1024 * 1024
"""With more than this waiting to be taken by one client, its next answer is not made yet."""

_TEXT = "text/plain; charset=utf-8"

_WELCOME = b"""vaultrel

This is the calendar server of vaultrel, running on your own computer. It serves the follow-ups from your notes
to your calendar, at a private address that `vaultrel feed --url` prints. There is nothing else to see here.
"""


class CannotListenError(VaultrelError):
    """The operating system does not let the calendar server listen where it was told to."""

    def __init__(self, host: str, port: int, reason: str) -> None:
        self.host = host
        self.port = port
        self.reason = reason
        super().__init__(
            f"Cannot listen on port {port} of {host}: {reason}.",
            next_step="Use an address of this computer (host under [feed] in .vaultrel/config.toml) "
            "and a port above 1023: --port 8137",
        )


@dataclass(frozen=True, slots=True)
class PublishedFeed:
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


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a client may take, in seconds. Whoever takes longer is cut off, however busy it seems.

    A client that waits for us, for the first scan or for a free thread, is never cut off.

    Attributes:
        idle: without a byte in either direction.
        request: to send a whole request, counted from connecting or from its last answer.
        answer: to take an answer, counted from when it was made.
    """

    idle: int = 10
    request: float = 20.0
    answer: float = 30.0


PATIENCE = Patience()
"""Enough for a calendar on the slowest computer; on loopback an answer takes milliseconds."""


@dataclass(frozen=True, slots=True)
class _Response:
    status: HTTPStatus
    headers: tuple[tuple[str, str], ...]
    body: bytes = b""


def make_app(source: FeedSource, token: str, allowed_hosts: frozenset[str] = frozenset()) -> WSGIApplication:
    """The web application: one secret address with the feed, a page that says what this is, a health check.

    Args:
        source: gives the feed to serve.
        token: the secret part of the feed's address.
        allowed_hosts: host names to answer to besides the loopback ones, without port, in lower case.

    Returns:
        A WSGI application (PEP 3333) that answers GET and HEAD only, and nothing that another site's page asked for.
    """
    feed_path = f"/feed/{token}/followups.ics".encode()
    hosts = LOOPBACK_HOSTS | allowed_hosts

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ["PATH_INFO"].encode("latin-1")
        if _host_name(environ.get("HTTP_HOST", "")) not in hosts:
            label, response = "/…", _answer_text(HTTPStatus.MISDIRECTED_REQUEST)
        elif _is_foreign(environ):
            label, response = "/…", _answer_text(HTTPStatus.FORBIDDEN)
        elif hmac.compare_digest(path, feed_path):
            label, response = "/feed/…", _answer_method(environ) or _answer_feed(environ, source())
        elif path == b"/health":
            label, response = "/health", _answer_method(environ) or _answer_health()
        elif path == b"/":
            label, response = "/", _answer_method(environ) or _answer_welcome()
        else:
            # Logged without its path, which may be a mistyped secret.
            label, response = "/…", _answer_text(HTTPStatus.NOT_FOUND)
        body = b"" if environ["REQUEST_METHOD"] == "HEAD" else response.body
        _log.info("%s %s %d %d", environ["REQUEST_METHOD"][:16], label, response.status, len(body))
        start_response(f"{response.status.value} {response.status.phrase}", list(response.headers))
        return [body] if body else []

    return app


def _host_name(host: str) -> str:
    """The name in a Host header, without port, brackets and final dot, in lower case (RFC 9110 section 7.2)."""
    name = host.strip().lower()
    if name.startswith("["):
        return name[1:].partition("]")[0]
    return name.partition(":")[0].removesuffix(".")


def _is_foreign(environ: WSGIEnvironment) -> bool:
    """Whether the page of another site asks; programs send no Origin, nor do browsers that open an address.

    The origin's scheme does not count: a proxy in front of this server may speak HTTPS. Its port does: whatever
    else runs on this computer is another site.
    """
    origin = environ.get("HTTP_ORIGIN")
    return origin is not None and origin.partition("://")[2].lower() != environ["HTTP_HOST"].strip().lower()


def _answer_method(environ: WSGIEnvironment) -> _Response | None:
    """The refusal of a method that would change something; None when the method may be answered."""
    if environ["REQUEST_METHOD"] in _ALLOWED_METHODS:
        return None
    return _answer_text(HTTPStatus.METHOD_NOT_ALLOWED, ("Allow", ", ".join(_ALLOWED_METHODS)))


def _answer_text(status: HTTPStatus, *headers: tuple[str, str]) -> _Response:
    return _whole_response(status, _TEXT, f"{status.phrase}\n".encode(), *headers)


def _answer_welcome() -> _Response:
    return _whole_response(HTTPStatus.OK, _TEXT, _WELCOME)


def _answer_health() -> _Response:
    body = json.dumps({"status": "ok"}).encode() + b"\n"
    return _whole_response(HTTPStatus.OK, "application/json", body, ("Cache-Control", "no-store"))


def _whole_response(status: HTTPStatus, media_type: str, body: bytes, *headers: tuple[str, str]) -> _Response:
    return _Response(
        status,
        (
            ("Content-Type", media_type),
            ("Content-Length", str(len(body))),
            ("X-Content-Type-Options", "nosniff"),
            *headers,
        ),
        body,
    )


def _answer_feed(environ: WSGIEnvironment, feed: PublishedFeed) -> _Response:
    """The feed, or word that the client has it already (RFC 9110 sections 8.8, 12.5.3 and 13)."""
    changed_at = feed.changed_at.replace(microsecond=0)
    variants = _encode_variants(feed.body)
    chosen = variants.compressed if accepts_gzip(environ.get("HTTP_ACCEPT_ENCODING", "")) else variants.plain
    shared = (
        ("ETag", chosen.etag),
        ("Last-Modified", email.utils.format_datetime(changed_at, usegmt=True)),
        ("Cache-Control", "private, no-cache"),
        ("Vary", "Accept-Encoding"),
    )
    if _client_has_it(environ, frozenset({variants.plain.etag, variants.compressed.etag}), changed_at):
        return _Response(HTTPStatus.NOT_MODIFIED, shared)
    encoding = (("Content-Encoding", "gzip"),) if chosen is variants.compressed else ()
    disposition = ("Content-Disposition", 'inline; filename="followups.ics"')
    media_type = "text/calendar; charset=utf-8"
    return _whole_response(HTTPStatus.OK, media_type, chosen.body, *shared, disposition, *encoding)


@dataclass(frozen=True, slots=True)
class _Variant:
    body: bytes
    etag: str


@dataclass(frozen=True, slots=True)
class _Variants:
    plain: _Variant
    compressed: _Variant


@functools.lru_cache(maxsize=2)
def _encode_variants(body: bytes) -> _Variants:
    """Both encodings of the feed, each with its own strong entity tag: their bytes differ."""
    digest = hashlib.sha256(body).hexdigest()[:32]
    return _Variants(
        plain=_Variant(body, f'"{digest}"'),
        compressed=_Variant(gzip.compress(body, mtime=0), f'"{digest}-gz"'),
    )


def _client_has_it(headers: Mapping[str, str], etags: frozenset[str], changed_at: dt.datetime) -> bool:
    """Whether the conditions of the request allow 304: If-None-Match alone decides where it is given."""
    tags = headers.get("HTTP_IF_NONE_MATCH")
    if tags is not None:
        return matches_etag(tags, etags)
    return _not_changed_since(headers.get("HTTP_IF_MODIFIED_SINCE", ""), changed_at)


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


class _HideToken(logging.Filter):
    """Keeps the secret part of a path out of what waitress logs about a request that went wrong."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg = re.sub(r"/feed/[^/\s]*", "/feed/…", record.getMessage())
        record.args = ()
        return True


_HIDE_TOKEN = _HideToken()


class _NoBody:
    """Takes the body of a request and keeps nothing of it: nobody reads it, and many could fill the memory."""

    def append(self, data: bytes) -> None:
        """Drop what was received."""

    def __len__(self) -> int:
        return 0

    def getfile(self) -> io.BytesIO:
        """What the application would read."""
        return io.BytesIO()

    def close(self) -> None:
        """Nothing is open."""


class _Parser(waitress.parser.HTTPRequestParser):  # type: ignore[misc]  # waitress has no types
    """Reads a request; what cannot be read is answered with 400 instead of a traceback in the log."""

    def parse_header(self, header_plus: bytes) -> None:
        try:
            super().parse_header(header_plus)
        except ValueError as error:  # a length of thousands of digits, an address with half a bracket
            raise waitress.parser.ParsingError("Request cannot be read") from error
        if self.body_rcv is not None:
            self.body_rcv.buf = _NoBody()


class _Channel(waitress.channel.HTTPChannel):  # type: ignore[misc]  # waitress has no types
    """One connection, which knows when it last made progress: not by a byte, but by an answer made."""

    parser_class = _Parser

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._progress_at = clock.monotonic()
        super().__init__(*args, **kwargs)

    def service(self) -> None:
        super().service()
        self._progress_at = clock.monotonic()

    def is_overdue(self, now: float, patience: Patience) -> bool:
        if self.requests and not self.total_outbufs_len:
            return False
        return now - self._progress_at > (patience.answer if self.total_outbufs_len else patience.request)

    def cut_off(self) -> None:
        # Shut down, not closed: the loop may hold an event for this descriptor, which must not find another socket.
        # It is then closed by the loop, which a client that reads nothing could otherwise keep from noticing.
        self.will_close = True
        with suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)


class _Server(waitress.server.TcpWSGIServer):  # type: ignore[misc]  # waitress has no types
    """Cuts off who is slow on purpose: waitress itself is content with one byte before its timeout, for ever."""

    channel_class = _Channel
    patience: Patience

    def maintenance(self, now: float) -> None:
        super().maintenance(now)
        moment = clock.monotonic()
        for channel in self.active_channels.values():
            if channel.is_overdue(moment, self.patience):
                channel.cut_off()


class FeedServer:
    """A web server on one address; it is bound when made, so that a taken port is known at once.

    Args:
        app: what `make_app` gives.
        host: address or name of this computer to listen on.
        port: 0 picks a free one; see `port`.
        patience: how long clients may take.

    Raises:
        PortInUseError: another program listens there.
        CannotListenError: there is no such address, or it is not allowed.
    """

    def __init__(
        self, app: WSGIApplication, host: str = "127.0.0.1", port: int = 0, patience: Patience = PATIENCE
    ) -> None:
        logging.getLogger("waitress").addFilter(_HIDE_TOKEN)
        # Says that more requests wait than there are threads; with every answer in memory that passes at once.
        logging.getLogger("waitress.queue").setLevel(logging.ERROR)
        listener = _listen(host, port)
        self.host: str = host
        self.port: int = listener.getsockname()[1]
        self._channels: dict[int, object] = {}
        self._server = _Server(
            app,
            map=self._channels,
            _sock=listener,
            bind_socket=False,
            sockinfo=(listener.family, listener.type, listener.proto, listener.getsockname()),
            sockets=[listener],
            threads=8,
            connection_limit=_MAX_CONNECTIONS,
            channel_timeout=patience.idle,
            cleanup_interval=1,
            asyncore_use_poll=True,
            max_request_header_size=64 * 1024,
            max_request_body_size=_MAX_BODY_BYTES,
            outbuf_overflow=_IN_MEMORY_BYTES,
            outbuf_high_watermark=_MAX_UNSENT_BYTES,
            log_socket_errors=False,
            ident=None,
        )
        self._server.patience = patience
        self._thread: threading.Thread | None = None
        self._serving: threading.Thread | None = None
        self._stopped = threading.Event()
        self._close_lock = threading.Lock()
        self._closed = False

    def start(self) -> None:
        """Serve in a thread of its own until `close`."""
        self._thread = self._serving = threading.Thread(target=self.serve_forever, name="vaultrel-server", daemon=True)
        self._thread.start()

    def serve_forever(self) -> None:
        """Serve in this thread until `close` is called elsewhere, or Ctrl-C is typed."""
        self._serving = threading.current_thread()
        try:
            self._server.run()
        finally:
            self._stopped.set()
            self.close()

    def close(self) -> None:
        """Let the answers being made go out, then hang up and give the port back. Closing twice does nothing."""
        with self._close_lock:
            if self._closed:
                return
            self._closed = True
        self._server.task_dispatcher.shutdown()
        if self._serving not in {None, threading.current_thread()}:
            # The loop may be awake already: then it hangs up, its trigger with the rest, before that can be pulled.
            with suppress(OSError):
                self._server.trigger.pull_trigger(self._hang_up)
            self._stopped.wait()
        self._hang_up()
        if self._thread not in {None, threading.current_thread()}:
            self._thread.join()

    def _hang_up(self) -> None:
        waitress.wasyncore.close_all(self._channels)


def _listen(host: str, port: int) -> socket.socket:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        # `localhost` has two addresses; calendars are given the IPv4 one.
        family, _, _, _, address = min(found, key=lambda entry: entry[0] != socket.AF_INET)
        return socket.create_server((str(address[0]), port), family=family)
    except (OSError, UnicodeError) as error:
        if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
            raise PortInUseError(host, port) from error
        raise CannotListenError(host, port, getattr(error, "strerror", None) or str(error)) from error
