"""The feed over HTTP: what a calendar is given, when it is told that it has it already, what is served meanwhile."""

from __future__ import annotations

import datetime as dt
import gzip
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from vaultrel.server import FeedHolder, PublishedFeed
from vaultrel.server.feed import accepts_gzip

if TYPE_CHECKING:
    from tests.server.conftest import Running, Serve

BODY = b"BEGIN:VCALENDAR\r\n" + b"X-LINE:follow-up\r\n" * 400 + b"END:VCALENDAR\r\n"
CHANGED_AT = dt.datetime(2026, 6, 30, 12, 0, 5, 250, tzinfo=dt.UTC)
LAST_MODIFIED = "Tue, 30 Jun 2026 12:00:05 GMT"


def test_the_feed_comes_with_everything_a_calendar_needs_to_ask_again_cheaply(server: Running) -> None:
    answer = server.ask()
    etag = answer.headers.pop("etag")
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


@pytest.mark.parametrize(("header", "encoding"), [("gzip;q=0.1", "gzip"), ("gzip;q=0, *", None), ("br, deflate", None)])
def test_a_calendar_gets_the_encoding_it_asks_for_and_the_headers_of_it_for_head(
    server: Running, header: str, encoding: str | None
) -> None:
    get, head = server.ask(Accept_Encoding=header), server.ask(method="HEAD", Accept_Encoding=header)
    assert get.headers.get("content-encoding") == encoding
    assert (head.status, head.headers, head.body) == (get.status, get.headers, b"")


def test_not_modified_names_the_tag_of_the_encoding_that_would_have_been_sent(server: Running) -> None:
    tag = server.ask().headers["etag"]
    answer = server.ask(If_None_Match=tag, Accept_Encoding="gzip")
    assert (answer.status, answer.headers["etag"]) == (304, tag[:-1] + '-gz"')


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


def test_requests_wait_for_the_first_scan(serve: Serve) -> None:
    with (
        serve(FeedHolder(PublishedFeed(b"old", CHANGED_AT), patience_seconds=20)) as running,
        ThreadPoolExecutor(1) as pool,
    ):
        asked = pool.submit(running.ask)
        assert running.ask("/health").status == 200
        assert not asked.done()
        running.holder.publish(BODY, CHANGED_AT)
        assert asked.result().body == BODY


def test_when_the_first_scan_takes_too_long_the_last_good_feed_is_served(serve: Serve) -> None:
    with serve(FeedHolder(PublishedFeed(b"last good", CHANGED_AT), patience_seconds=0.05)) as running:
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
