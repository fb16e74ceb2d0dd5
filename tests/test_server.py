"""The calendar server, asked over loopback as a calendar program asks."""

from __future__ import annotations

import contextlib
import datetime as dt
import gzip
import http.client
import logging
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from vaultrel.errors import PortInUseError
from vaultrel.server import (
    CannotListenError,
    FeedHolder,
    FeedServer,
    Patience,
    PublishedFeed,
    accepts_gzip,
    make_app,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from wsgiref.types import StartResponse, WSGIEnvironment

TOKEN = "s3cret-Token_0123456789"
FEED = f"/feed/{TOKEN}/followups.ics"
BODY = b"BEGIN:VCALENDAR\r\n" + b"X-LINE:follow-up\r\n" * 400 + b"END:VCALENDAR\r\n"
CHANGED_AT = dt.datetime(2026, 6, 30, 12, 0, 5, 250, tzinfo=dt.UTC)
LAST_MODIFIED = "Tue, 30 Jun 2026 12:00:05 GMT"


PATIENT = Patience()
HASTY = Patience(idle=60, request=1.0, answer=1.0)
"""The limits of the server, so short that a test can wait for them; that of idleness is out of the way."""


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    """Names in lower case."""
    body: bytes


@dataclass(frozen=True)
class Running:
    holder: FeedHolder
    port: int

    def ask(self, path: str = FEED, method: str = "GET", body: bytes | None = None, **headers: str) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        with contextlib.closing(connection):
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, body, named)
            response = connection.getresponse()
            return Answer(
                response.status, {name.lower(): value for name, value in response.getheaders()}, response.read()
            )


@contextlib.contextmanager
def serving(
    holder: FeedHolder, allowed_hosts: frozenset[str] = frozenset(), patience: Patience = PATIENT
) -> Iterator[Running]:
    server = FeedServer(make_app(holder, TOKEN, allowed_hosts), patience=patience)
    server.start()
    try:
        yield Running(holder, server.port)
    finally:
        server.close()


@pytest.fixture
def server() -> Iterator[Running]:
    holder = FeedHolder(PublishedFeed(b"", CHANGED_AT - dt.timedelta(days=1)))
    holder.publish(BODY, CHANGED_AT)
    with serving(holder, frozenset({"laptop.example"})) as running:
        yield running


def test_the_feed_comes_with_everything_a_calendar_needs_to_ask_again_cheaply(server: Running) -> None:
    answer = server.ask()
    etag = answer.headers.pop("etag")
    answer.headers.pop("date")
    assert (answer.status, answer.body) == (200, BODY)
    assert etag.startswith('"')
    assert answer.headers == {
        "content-type": "text/calendar; charset=utf-8",
        "content-length": str(len(BODY)),
        "last-modified": LAST_MODIFIED,
        "cache-control": "private, no-cache",
        "vary": "Accept-Encoding",
        "x-content-type-options": "nosniff",
        "content-disposition": 'inline; filename="followups.ics"',
    }


def test_the_entity_tag_changes_with_the_bytes_and_comes_back_with_them(server: Running) -> None:
    first = server.ask().headers["etag"]
    server.holder.publish(BODY + b" ", CHANGED_AT + dt.timedelta(hours=1))
    second = server.ask().headers["etag"]
    server.holder.publish(BODY, CHANGED_AT + dt.timedelta(hours=2))
    assert second != first == server.ask().headers["etag"]


def test_head_gives_the_headers_of_get_and_no_body(server: Running) -> None:
    head, get = server.ask(method="HEAD"), server.ask()
    head.headers.pop("date")
    get.headers.pop("date")
    assert (head.status, head.headers, head.body) == (get.status, get.headers, b"")


def test_a_compressed_feed_has_a_tag_of_its_own(server: Running) -> None:
    plain, small = server.ask(), server.ask(Accept_Encoding="gzip, deflate")
    assert small.headers["content-encoding"] == "gzip"
    assert small.headers["content-length"] == str(len(small.body))
    assert len(small.body) < len(BODY) / 10
    assert gzip.decompress(small.body) == BODY
    assert small.headers["etag"] == plain.headers["etag"][:-1] + '-gz"'


@pytest.mark.parametrize(
    ("header", "accepted"),
    [
        ("", 0),
        ("identity", 0),
        ("gzip", 1),
        ("GZIP", 1),
        ("x-gzip", 1),
        ("deflate, gzip;q=0.5", 1),
        ("gzip; q=0.001", 1),
        ("gzip ; q = 1", 1),
        ("gzip;q=0", 0),
        ("gzip;q=0.000", 0),
        ("*", 1),
        ("*;q=0", 0),
        ("gzip;q=0, *", 0),
        ("*;q=0, gzip", 1),
        ("gzip;q=x", 0),
        ("gzip;q=-1", 0),
        ("gzip;q=", 0),
        (";;;,,,===", 0),
        ("notgzip", 0),
    ],
)
def test_gzip_is_sent_only_to_those_who_take_it(header: str, accepted: int) -> None:
    assert accepts_gzip(header) == bool(accepted)


@pytest.mark.parametrize(
    ("if_none_match", "status"),
    [
        ("{tag}", 304),
        ("W/{tag}", 304),
        ("{gz}", 304),
        ("W/{gz}", 304),
        ('"other", {tag}', 304),
        ('"a,b",W/"c" , W/{gz}', 304),
        ("*", 304),
        ('"other"', 200),
        ('W/"other"', 200),
        ("{tag}x", 304),
        ("", 200),
        ('"', 200),
        ('"unfinished', 200),
    ],
)
def test_if_none_match_is_compared_weakly_with_the_tags_of_both_encodings(
    server: Running, if_none_match: str, status: int
) -> None:
    tag = server.ask().headers["etag"]
    header = if_none_match.format(tag=tag, gz=tag[:-1] + '-gz"')
    assert server.ask(If_None_Match=header).status == status
    assert server.ask(If_None_Match=header, Accept_Encoding="gzip").status == status


@pytest.mark.parametrize(
    ("since", "status"),
    [
        (LAST_MODIFIED, 304),
        ("Wed, 01 Jul 2026 00:00:00 GMT", 304),
        ("Tuesday, 30-Jun-26 12:00:05 GMT", 304),
        ("Tue Jun 30 12:00:05 2026", 304),
        ("Tue, 30 Jun 2026 12:00:04 GMT", 200),
        ("yesterday", 200),
        ("", 200),
        ("Tue, 99 Jun 2026 12:00:05 GMT", 200),
        ("Tue, 30 Jun 99999 12:00:05 GMT", 200),
        ("1" * 5000, 200),
    ],
)
def test_if_modified_since_is_kept_to_the_second_and_a_bad_date_is_ignored(
    server: Running, since: str, status: int
) -> None:
    assert server.ask(If_Modified_Since=since).status == status


def test_if_none_match_beats_if_modified_since(server: Running) -> None:
    tag = server.ask().headers["etag"]
    assert server.ask(If_None_Match='"other"', If_Modified_Since=LAST_MODIFIED).status == 200
    assert server.ask(If_None_Match=tag, If_Modified_Since="Thu, 01 Jan 1970 00:00:00 GMT").status == 304


def test_not_modified_repeats_tag_and_time_and_has_no_body(server: Running) -> None:
    full = server.ask()
    answer = server.ask(If_None_Match=full.headers["etag"])
    assert (answer.status, answer.body) == (304, b"")
    for name in ("etag", "last-modified", "cache-control", "vary"):
        assert answer.headers[name] == full.headers[name]


@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE", "PATCH", "OPTIONS", "PROPFIND", "REPORT"])
@pytest.mark.parametrize("path", [FEED, "/", "/health"])
def test_nothing_can_be_changed(server: Running, method: str, path: str) -> None:
    answer = server.ask(path, method, b"BEGIN:VCALENDAR" * 50)
    assert (answer.status, answer.headers["allow"]) == (405, "GET, HEAD")
    assert server.ask().body == BODY


def test_a_calendar_that_sends_everything_back_is_told_no(server: Running) -> None:
    assert server.ask(method="PUT", body=b"x" * 2_000_000).status == 405


@pytest.mark.parametrize(
    "path",
    [
        "/feed/wrong/followups.ics",
        f"/feed/{TOKEN}",
        f"/feed/{TOKEN}/",
        f"/feed/{TOKEN}/other.ics",
        f"/feed/{TOKEN}x/followups.ics",
        f"/feed/{TOKEN[:-1]}/followups.ics",
        f"/feed/{TOKEN.swapcase()}/followups.ics",
        f"{FEED}/",
        "/feed//followups.ics",
        "/feed/%FF%FE/followups.ics",
        "/favicon.ico",
        "/../../etc/passwd",
    ],
)
def test_every_wrong_address_gives_the_same_answer(server: Running, path: str) -> None:
    answer, other = server.ask(path), server.ask("/nothing")
    answer.headers.pop("date")
    other.headers.pop("date")
    assert answer == other
    assert answer.status == 404
    assert server.ask(path, "PUT", b"x").status == 404


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1", 200),
        ("127.0.0.1:8137", 200),
        ("localhost:1", 200),
        ("LocalHost.", 200),
        ("[::1]:8137", 200),
        ("laptop.example:80", 200),
        ("evil.example", 421),
        ("127.0.0.1.evil.example", 421),
        ("localhost.evil.example:8137", 421),
        ("", 421),
        ("[", 421),
        ("[::2]", 421),
    ],
)
@pytest.mark.parametrize("path", [FEED, "/", "/health"])
def test_only_our_own_names_are_answered(server: Running, host: str, status: int, path: str) -> None:
    assert server.ask(path, Host=host).status == status


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("http://127.0.0.1:{port}", 200),
        ("HTTP://127.0.0.1:{port}", 200),
        ("https://127.0.0.1:{port}", 200),
        ("http://127.0.0.1", 403),
        ("http://127.0.0.1:1", 403),
        ("http://localhost:{port}", 403),
        ("https://evil.example", 403),
        ("https://evil.example:{port}", 403),
        ("http://127.0.0.1:{port}.evil.example", 403),
        ("http://evil.example/127.0.0.1:{port}", 403),
        ("null", 403),
        ("", 403),
        ("127.0.0.1:{port}", 403),
    ],
)
@pytest.mark.parametrize("path", [FEED, "/", "/health"])
def test_pages_of_other_sites_are_not_answered(server: Running, origin: str, status: int, path: str) -> None:
    assert server.ask(path, Origin=origin.format(port=server.port)).status == status


def test_a_page_of_another_site_cannot_tell_the_right_address_from_a_wrong_one(server: Running) -> None:
    right, wrong = (server.ask(path, Origin="https://evil.example") for path in (FEED, "/nothing"))
    right.headers.pop("date")
    wrong.headers.pop("date")
    assert right == wrong


def test_a_request_that_names_no_host_is_not_answered(server: Running) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
        connection.sendall(f"GET {FEED} HTTP/1.0\r\n\r\n".encode())
        assert connection.recv(64).startswith(b"HTTP/1.0 421 ")


def test_pages_of_other_sites_get_no_permission_to_read(server: Running) -> None:
    for path in (FEED, "/", "/health", "/nothing"):
        headers = server.ask(path, Origin="https://evil.example").headers
        assert not {name for name in headers if name.startswith(("access-control-", "set-cookie", "server"))}


def test_the_start_page_says_what_this_is_without_the_secret(server: Running) -> None:
    answer = server.ask("/")
    assert (answer.status, answer.headers["content-type"]) == (200, "text/plain; charset=utf-8")
    assert b"vaultrel" in answer.body
    assert TOKEN.encode() not in answer.body


def test_health_tells_nothing_but_that_it_is_well(server: Running) -> None:
    answer = server.ask("/health")
    assert (answer.status, answer.headers["content-type"]) == (200, "application/json")
    assert answer.body == b'{"status": "ok"}\n'


def test_the_secret_is_in_no_log_and_in_no_error(server: Running, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    paths = [FEED, f"{FEED}x", f"/{TOKEN}", f"/feed/{TOKEN}/other.ics"]
    answers = [server.ask(path, method, b"x") for path in paths for method in ("GET", "PUT", "OPTIONS")]
    answers += [server.ask(Host="evil.example"), server.ask(If_None_Match="*")]
    assert not [answer for answer in answers if TOKEN.encode() in answer.body or TOKEN in str(answer.headers)]
    assert TOKEN not in caplog.text
    assert f"GET /feed/… 200 {len(BODY)}" in caplog.messages
    assert "GET /feed/… 304 0" in caplog.messages
    assert "GET /… 404 10" in caplog.messages


def test_even_a_crash_does_not_log_the_secret(caplog: pytest.LogCaptureFixture) -> None:
    class Broken(FeedHolder):
        def __call__(self) -> PublishedFeed:
            raise RuntimeError("no feed")

    with serving(Broken(PublishedFeed(b"", CHANGED_AT))) as running:
        answer = running.ask()
    assert answer.status == 500
    assert TOKEN.encode() not in answer.body
    assert "Exception while serving /feed/…/followups.ics" in caplog.text
    assert TOKEN not in caplog.text


def test_requests_wait_for_the_first_scan() -> None:
    with (
        serving(FeedHolder(PublishedFeed(b"old", CHANGED_AT), patience_seconds=20)) as running,
        ThreadPoolExecutor(1) as pool,
    ):
        asked = pool.submit(running.ask)
        assert running.ask("/health").status == 200
        assert not asked.done()
        running.holder.publish(BODY, CHANGED_AT)
        assert asked.result().body == BODY


def test_when_the_first_scan_takes_too_long_the_last_good_feed_is_served() -> None:
    with serving(FeedHolder(PublishedFeed(b"last good", CHANGED_AT), patience_seconds=0.05)) as running:
        answer = running.ask()
    assert (answer.status, answer.body) == (200, b"last good")


def test_publishing_the_same_bytes_keeps_their_time() -> None:
    holder = FeedHolder(PublishedFeed(BODY, CHANGED_AT))
    holder.publish(bytes(bytearray(BODY)), CHANGED_AT + dt.timedelta(days=1))
    assert holder().changed_at == CHANGED_AT


@pytest.mark.parametrize("hours", [-5, 0, 5])
def test_other_bytes_always_have_a_later_time(hours: int) -> None:
    holder = FeedHolder(PublishedFeed(b"old", CHANGED_AT))
    now = CHANGED_AT + dt.timedelta(hours=hours)
    holder.publish(b"new", now)
    assert holder() == PublishedFeed(b"new", max(now, CHANGED_AT + dt.timedelta(seconds=1)))


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
def test_a_request_that_never_ends_is_cut_off_though_it_keeps_coming(begin: str, byte: str) -> None:
    with (
        serving(FeedHolder(PublishedFeed(BODY, CHANGED_AT), 0), patience=HASTY) as running,
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


def test_after_an_answer_there_is_time_for_another_request_but_not_for_ever() -> None:
    with serving(FeedHolder(PublishedFeed(BODY, CHANGED_AT), 0), patience=HASTY) as running:
        connection = http.client.HTTPConnection("127.0.0.1", running.port, timeout=20)
        connection.connect()
        with contextlib.closing(connection.sock) as kept:
            # Longer together than the limit, which starts again with every answer.
            for _ in range(8):
                connection.request("GET", "/health")
                assert connection.getresponse().read() == b'{"status": "ok"}\n'
                assert connection.sock is kept
                time.sleep(0.25)
            kept.settimeout(0.05)
            assert is_hung_up_on(kept)


def test_a_reader_that_takes_an_answer_byte_by_byte_is_cut_off() -> None:
    big = bytes(range(256)) * 80_000
    with serving(FeedHolder(PublishedFeed(big, CHANGED_AT), 0), patience=HASTY) as running, socket.socket() as slow:
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


def test_readers_that_ask_again_and_again_and_take_nothing_give_their_threads_back() -> None:
    big = bytes(range(256)) * 6_000
    with (
        serving(FeedHolder(PublishedFeed(big, CHANGED_AT), 0), patience=HASTY) as running,
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


def test_when_all_connections_are_taken_those_that_ask_nothing_make_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vaultrel.server._MAX_CONNECTIONS", 20)
    with (
        serving(FeedHolder(PublishedFeed(BODY, CHANGED_AT), 0), patience=HASTY) as running,
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


def test_nothing_of_a_body_is_kept() -> None:
    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", [])
        return [b"%d" % len(environ["wsgi.input"].read())]

    server = FeedServer(app)
    server.start()
    try:
        running = Running(FeedHolder(PublishedFeed(b"", CHANGED_AT)), server.port)
        assert running.ask("/", "PUT", b"x" * 100_000).body == b"0"
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
            FeedServer(make_app(FeedHolder(PublishedFeed(b"", CHANGED_AT)), TOKEN), port=port)


@pytest.mark.parametrize("host", ["192.0.2.1", "no.such.host.invalid", "a" * 300])
def test_an_address_that_is_not_ours_is_told_as_such(host: str) -> None:
    with pytest.raises(CannotListenError):
        FeedServer(make_app(FeedHolder(PublishedFeed(b"", CHANGED_AT)), TOKEN), host=host)


def test_closing_gives_port_and_threads_back_and_may_be_done_twice() -> None:
    before = set(threading.enumerate())
    server = FeedServer(make_app(FeedHolder(PublishedFeed(BODY, CHANGED_AT), 0), TOKEN))
    server.start()
    with socket.create_connection(("127.0.0.1", server.port)):
        assert Running(FeedHolder(PublishedFeed(b"", CHANGED_AT)), server.port).ask().body == BODY
        server.close()
        server.close()
    for thread in set(threading.enumerate()) - before:
        thread.join(20)
        assert not thread.is_alive()
    again = FeedServer(make_app(FeedHolder(PublishedFeed(BODY, CHANGED_AT)), TOKEN), port=server.port)
    again.close()


def test_serving_in_the_foreground_ends_when_closed_from_elsewhere() -> None:
    server = FeedServer(make_app(FeedHolder(PublishedFeed(BODY, CHANGED_AT), 0), TOKEN))

    def ask_and_close() -> bytes:
        body = Running(FeedHolder(PublishedFeed(b"", CHANGED_AT)), server.port).ask().body
        server.close()
        return body

    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(ask_and_close)
        server.serve_forever()
        assert asked.result() == BODY


def test_closing_a_server_whose_loop_is_just_awake_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    server = FeedServer(make_app(lambda: PublishedFeed(BODY, CHANGED_AT), TOKEN))
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
