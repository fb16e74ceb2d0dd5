"""The server among slow, idle, greedy and hostile clients; taking a port and giving it back."""

from __future__ import annotations

import contextlib
import datetime as dt
import http.client
import logging
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from typing import TYPE_CHECKING

import pytest

from vaultrel.errors import PortInUseError
from vaultrel.server import (
    CannotListenError,
    FeedHolder,
    FeedServer,
    Patience,
    PublishedFeed,
    Response,
    Route,
    make_app,
)
from vaultrel.server.listening import MAX_FORM_BYTES

if TYPE_CHECKING:
    from tests.server.conftest import Running, Serve

    from vaultrel.server import Request

TOKEN = "s3cret-Token_0123456789"
FEED = f"/feed/{TOKEN}/followups.ics"
BODY = b"BEGIN:VCALENDAR\r\n" + b"X-LINE:follow-up\r\n" * 400 + b"END:VCALENDAR\r\n"
CHANGED_AT = dt.datetime(2026, 6, 30, 12, 0, 5, 250, tzinfo=dt.UTC)

WELL = b'{"status": "ok"}\n'
HASTY = Patience(idle=60, request=1.0, answer=1.0)
"""The limits of the server, so short that a test can wait for them; that of idleness is out of the way."""


def ask(port: int, path: str = "/health", method: str = "GET", body: bytes | None = None) -> bytes:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    with contextlib.closing(connection):
        connection.request(method, path, body)
        return connection.getresponse().read()


def test_idle_and_slow_readers_keep_nobody_waiting(server: Running) -> None:
    big = bytes(range(256)) * 40_000
    with contextlib.ExitStack() as stack:
        for _ in range(10):
            stack.enter_context(socket.create_connection(("127.0.0.1", server.port)))
        server.holder.publish(big, CHANGED_AT + dt.timedelta(hours=1))
        for _ in range(10):
            slow = stack.enter_context(socket.create_connection(("127.0.0.1", server.port)))
            slow.sendall(f"GET {FEED} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        assert server.ask().body == big
        server.holder.publish(BODY, CHANGED_AT + dt.timedelta(hours=2))
        assert server.ask().body == BODY


@pytest.mark.parametrize(
    ("begin", "byte"),
    [
        ("", "x"),
        ("", "\r\n\r\n"),
        ("GET /health HTTP/1.1\r\nHost: localhost\r\nX-Slow: ", "x"),
        ("GET /health HTTP/1.1\r\nHost: localhost\r\n", "X: y\r\n"),
        ("PUT /health HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n", "x"),
        ("PUT /health HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n", "1\r\nx\r\n"),
    ],
    ids=["first line", "blank lines", "one header", "many headers", "body", "chunked body"],
)
def test_a_request_that_never_ends_is_cut_off_though_it_keeps_coming(serve: Serve, begin: str, byte: str) -> None:
    with (
        serve(FeedHolder(PublishedFeed(BODY, CHANGED_AT), 0), patience=HASTY) as running,
        socket.create_connection(("127.0.0.1", running.port), timeout=0.05) as slow,
    ):
        slow.sendall(begin.encode())
        assert is_hung_up_on(slow, byte.encode())
        assert running.ask("/health").status == 200


def is_hung_up_on(connection: socket.socket, keep_alive: bytes = b"") -> bool:
    """Whether the server ends the connection within 20 seconds in which something is sent to it all the time."""
    for _ in range(400):
        try:
            connection.sendall(keep_alive)
            if not connection.recv(1):
                return True
        except TimeoutError:
            continue
        except OSError:
            return True
    return False


def test_after_an_answer_there_is_time_for_another_request_but_not_for_ever(serve: Serve) -> None:
    with serve(FeedHolder(PublishedFeed(BODY, CHANGED_AT), 0), patience=HASTY) as running:
        connection = http.client.HTTPConnection("127.0.0.1", running.port, timeout=20)
        connection.connect()
        with contextlib.closing(connection.sock) as kept:
            # Longer together than the limit, which starts again with every answer.
            for _ in range(8):
                connection.request("GET", "/health")
                assert connection.getresponse().read() == WELL
                assert connection.sock is kept
                time.sleep(0.25)
            kept.settimeout(0.05)
            assert is_hung_up_on(kept)


def test_a_reader_that_takes_an_answer_byte_by_byte_is_cut_off(serve: Serve) -> None:
    big = bytes(range(256)) * 80_000
    with serve(FeedHolder(PublishedFeed(big, CHANGED_AT), 0), patience=HASTY) as running, socket.socket() as slow:
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        slow.settimeout(20)
        slow.connect(("127.0.0.1", running.port))
        slow.sendall(f"GET {FEED} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        until = time.monotonic() + 5
        while time.monotonic() < until:
            assert slow.recv(1)
            time.sleep(0.05)
        taken = 0
        with contextlib.suppress(ConnectionError):
            while more := slow.recv(1 << 20):
                taken += len(more)
        assert taken < len(big)


def test_readers_that_ask_again_and_again_and_take_nothing_give_their_threads_back(serve: Serve) -> None:
    big = bytes(range(256)) * 6_000
    with (
        serve(FeedHolder(PublishedFeed(big, CHANGED_AT), 0), patience=HASTY) as running,
        contextlib.ExitStack() as stack,
    ):
        for _ in range(12):
            greedy = stack.enter_context(socket.create_connection(("127.0.0.1", running.port), timeout=20))
            greedy.sendall(f"GET {FEED} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode() * 20)
        # The first ones still find a thread; were any held for good, the later ones would find none.
        for _ in range(60):
            assert running.ask("/health").status == 200


def test_three_hundred_half_requests_keep_nobody_waiting(server: Running) -> None:
    with contextlib.ExitStack() as stack:
        for _ in range(300):
            half = stack.enter_context(socket.create_connection(("127.0.0.1", server.port)))
            half.sendall(b"GET / HTTP/1.1\r\nHost: local")
        assert server.ask().body == BODY


def test_when_all_connections_are_taken_those_that_ask_nothing_make_room(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vaultrel.server.listening._MAX_CONNECTIONS", 20)
    with (
        serve(FeedHolder(PublishedFeed(BODY, CHANGED_AT), 0), patience=HASTY) as running,
        contextlib.ExitStack() as stack,
    ):
        for _ in range(60):
            stack.enter_context(socket.create_connection(("127.0.0.1", running.port)))
        assert running.ask().body == BODY


def test_a_body_longer_than_any_calendar_is_refused(server: Running) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
        connection.sendall(f"PUT {FEED} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999\r\n\r\n".encode())
        assert connection.recv(64).startswith(b"HTTP/1.1 413 ")


def test_a_body_sent_in_chunks_is_refused_like_any_other(server: Running) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
        connection.sendall(f"PUT {FEED} HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n".encode())
        connection.sendall(b"5\r\nBEGIN\r\n0\r\n\r\n")
        assert connection.recv(64).startswith(b"HTTP/1.1 405 ")


@pytest.mark.parametrize(
    ("length", "kept"), [(0, 0), (1, 1), (MAX_FORM_BYTES, MAX_FORM_BYTES), (MAX_FORM_BYTES + 1, 0), (2_000_000, 0)]
)
def test_of_a_body_longer_than_a_form_nothing_is_kept(length: int, kept: int) -> None:
    def answer(request: Request) -> Response:
        return Response(HTTPStatus.OK, (), b"%d" % len(request.body))

    route = Route("/form", "/form", answer, methods=("POST",))
    server = FeedServer(make_app(lambda: [route]))
    server.start()
    try:
        assert ask(server.port, "/form", "POST", b"x" * length) == b"%d" % kept
    finally:
        server.close()


@pytest.mark.parametrize(
    "request_text",
    [
        f"GET {FEED} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {'9' * 5000}\r\n\r\n",
        f"GET http://[{FEED} HTTP/1.1\r\nHost: localhost\r\n\r\n",
        f"GET {FEED} HTTP/1.1\r\nHost localhost\r\n\r\n",
        f"GET {FEED} HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: zip\r\n\r\n",
        f"GET {FEED}\x00 HTTP/1.1\r\nHost: localhost\r\n\r\n",
        f"GET {FEED} HTTP/1.1\r\nHost: localhost\r\nX: {'y' * 70_000}\r\n\r\n",
    ],
    ids=["endless length", "half an address", "no colon", "unknown encoding", "NUL", "endless header"],
)
def test_what_is_no_request_is_refused_without_the_secret_in_answer_or_log(
    server: Running, caplog: pytest.LogCaptureFixture, request_text: str
) -> None:
    caplog.set_level(logging.DEBUG)
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
        connection.sendall(request_text.encode())
        answer = connection.recv(4096)
    assert answer[9:10] == b"4" or answer[9:12] == b"501"
    assert TOKEN.encode() not in answer
    assert TOKEN not in caplog.text
    assert "Traceback" not in caplog.text


def test_fifty_calendars_at_once_are_all_answered_with_whole_feeds(server: Running) -> None:
    bodies = [BODY, BODY[::-1]]
    with ThreadPoolExecutor(50) as pool:
        answers = [pool.submit(server.ask) for _ in range(150)]
        for number in range(40):
            server.holder.publish(bodies[number % 2], CHANGED_AT)
        assert {answer.result().body for answer in answers} <= set(bodies)


def test_one_connection_can_ask_many_times(server: Running) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    with contextlib.closing(connection):
        for _ in range(5):
            connection.request("GET", FEED)
            assert connection.getresponse().read() == BODY


def test_a_taken_port_is_told_before_anything_is_served() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PortInUseError, match=str(port)):
            FeedServer(make_app(list), port=port)


@pytest.mark.parametrize("host", ["192.0.2.1", "no.such.host.invalid", "a" * 300])
def test_an_address_that_is_not_ours_is_told_as_such(host: str) -> None:
    with pytest.raises(CannotListenError):
        FeedServer(make_app(list), host=host)


def test_closing_gives_port_and_threads_back_and_may_be_done_twice() -> None:
    before = set(threading.enumerate())
    server = FeedServer(make_app(list))
    server.start()
    with socket.create_connection(("127.0.0.1", server.port)):
        assert ask(server.port) == WELL
        server.close()
        server.close()
    for thread in set(threading.enumerate()) - before:
        thread.join(20)
        assert not thread.is_alive()
    again = FeedServer(make_app(list), port=server.port)
    again.close()


def test_serving_in_the_foreground_ends_when_closed_from_elsewhere() -> None:
    server = FeedServer(make_app(list))

    def ask_and_close() -> bytes:
        body = ask(server.port)
        server.close()
        return body

    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(ask_and_close)
        server.serve_forever()
        assert asked.result() == WELL


def test_closing_a_server_whose_loop_is_just_awake_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    server = FeedServer(make_app(list))
    trigger = server._server.trigger
    pull = trigger._physical_pull

    def pull_late() -> None:
        pull()
        server._stopped.wait(30)
        pull()

    server.start()
    monkeypatch.setattr(trigger, "_physical_pull", pull_late)
    server.close()
    assert server._stopped.is_set()
