"""Who is answered at all, what a wrong address gives, and that the secret shows nowhere."""

from __future__ import annotations

import contextlib
import datetime as dt
import hmac
import http.client
import logging
import socket
from http import HTTPStatus
from typing import TYPE_CHECKING

import pytest

from vaultrel.server import FeedHolder, FeedServer, PublishedFeed, Response, Route, feed_route, make_app

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.server.conftest import Running, Serve

    from vaultrel.server import Request

TOKEN = "s3cret-Token_0123456789"
FEED = f"/feed/{TOKEN}/followups.ics"
BODY = b"BEGIN:VCALENDAR\r\n" + b"X-LINE:follow-up\r\n" * 400 + b"END:VCALENDAR\r\n"
CHANGED_AT = dt.datetime(2026, 6, 30, 12, 0, 5, 250, tzinfo=dt.UTC)


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


def test_even_a_crash_does_not_log_the_secret(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    class Broken(FeedHolder):
        def __call__(self) -> PublishedFeed:
            raise RuntimeError("no feed")

    with serve(Broken(PublishedFeed(b"", CHANGED_AT))) as running:
        answer = running.ask()
    assert answer.status == 500
    assert TOKEN.encode() not in answer.body
    assert "Exception while serving /feed/…/followups.ics" in caplog.text
    assert TOKEN not in caplog.text


def test_every_address_is_compared_in_constant_time_whatever_is_asked(
    server: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[tuple[bytes, bytes]] = []
    compare = hmac.compare_digest

    def watched(left: bytes, right: bytes) -> bool:
        compared.append((left, right))
        return compare(left, right)

    monkeypatch.setattr(hmac, "compare_digest", watched)
    for path in (FEED, "/", f"/feed/{TOKEN[:-1]}_/followups.ics", "/f"):
        compared.clear()
        server.ask(path)
        assert compared == [(path.encode(), known) for known in (FEED.encode(), b"/health", b"/")]


@contextlib.contextmanager
def answering(routes: Callable[[], list[Route]]) -> Iterator[Callable[..., tuple[int, bytes]]]:
    """A server with these addresses; gives what asks it."""
    server = FeedServer(make_app(routes))
    server.start()

    def ask(path: str, method: str = "GET", body: bytes | None = None) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
        with contextlib.closing(connection):
            connection.request(method, path, body, {"Content-Type": "text/plain"})
            response = connection.getresponse()
            return response.status, response.read()

    try:
        yield ask
    finally:
        server.close()


def feed_of(body: bytes, token: str, file_name: str) -> Route:
    return feed_route(FeedHolder(PublishedFeed(body, CHANGED_AT), 0), token, file_name)


def test_several_feeds_have_a_secret_each_and_none_opens_another() -> None:
    routes = [feed_of(b"all", "one", "followups.ics"), feed_of(b"some", "two", "work.ics")]
    with answering(lambda: routes) as ask:
        assert ask("/feed/one/followups.ics") == (200, b"all")
        assert ask("/feed/two/work.ics") == (200, b"some")
        assert ask("/feed/one/work.ics") == ask("/feed/two/followups.ics") == (404, b"Not Found\n")


def test_a_new_key_holds_from_the_next_request_on_and_the_old_one_is_like_any_wrong_address() -> None:
    keys = ["old"]
    with answering(lambda: [feed_of(b"all", keys[-1], "followups.ics")]) as ask:
        assert ask("/feed/old/followups.ics") == (200, b"all")
        keys.append("new")
        assert ask("/feed/old/followups.ics") == ask("/nothing") == (404, b"Not Found\n")
        assert ask("/feed/new/followups.ics") == (200, b"all")


def test_an_address_gets_the_body_and_the_headers_of_what_it_lets_be_sent_and_nothing_else() -> None:
    asked: list[Request] = []

    def answer(request: Request) -> Response:
        asked.append(request)
        return Response(HTTPStatus.NO_CONTENT, ())

    with answering(lambda: [Route("/form", "/form", answer, methods=("GET", "POST"))]) as ask:
        assert ask("/form", "POST", b"person=Ada")[0] == 204
        assert ask("/form", "GET", b"person=Ben")[0] == 204
        assert ask("/form", "PUT", b"person=Cleo")[0] == 405
    assert [(each.method, each.body) for each in asked] == [("POST", b"person=Ada"), ("GET", b"")]
    assert asked[0].headers["content-type"] == "text/plain"
    assert asked[0].headers["host"].startswith("127.0.0.1:")
