"""Listening on this computer: connections, the patience with slow ones, starting and ending."""

from __future__ import annotations

import errno
import io
import logging
import re
import socket
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import waitress.channel
import waitress.parser
import waitress.server
import waitress.wasyncore
from msgspec import Struct

from vaultrel import clock
from vaultrel.errors import PortInUseError, VaultrelError

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

MAX_FORM_BYTES = 16 * 1024
"""Of the bodies sent here only a form is ever read; nothing of a longer one is kept, for many could fill the memory."""

_MAX_BODY_BYTES = 4 * 1024 * 1024
"""Calendars that believe they may write send the whole calendar; waitress refuses more than this."""

_MAX_CONNECTIONS = 500
"""Below the 1,024 files that most systems let a process have open: without a free one nothing could be accepted."""

_IN_MEMORY_BYTES = 64 * 1024 * 1024
"""Above the size of any answer: waitress would put larger ones into temporary files."""

_MAX_UNSENT_BYTES = 2 * 1024 * 1024
"""With more than this waiting to be taken by one client, its next answer is not made yet."""


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


class Patience(Struct, frozen=True):
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


class _HideToken(logging.Filter):
    """Keeps the secret part of a path out of what waitress logs about a request that went wrong."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg = re.sub(r"/feed/[^/\s]*", "/feed/…", record.getMessage())
        record.args = ()
        return True


_HIDE_TOKEN = _HideToken()


class _FormBody:
    """Takes the body of a request and keeps it while it is as short as a form."""

    def __init__(self) -> None:
        self._kept = io.BytesIO()
        self._too_long = False

    def append(self, data: bytes) -> None:
        """Keep what was received, or drop everything once it is too much."""
        if self._too_long or self._kept.tell() + len(data) > MAX_FORM_BYTES:
            self._too_long = True
            self._kept = io.BytesIO()
        else:
            self._kept.write(data)

    def __len__(self) -> int:
        return self._kept.tell()

    def getfile(self) -> io.BytesIO:
        """What the application reads."""
        self._kept.seek(0)
        return self._kept

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
            self.body_rcv.buf = _FormBody()


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
