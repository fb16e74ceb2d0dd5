"""`feed --check`: whose feed is read, what is said of it, and what is never said."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from vaultrel.cli.feed_checking import MAX_BYTES
from vaultrel.outputs.feed_rules import RULES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.cli.conftest import Run

GOOD = (Path(__file__).parents[1] / "outputs/data/good_foreign_feed.ics").read_text("utf-8").replace("\n", "\r\n")
BAD = GOOD.replace("SUMMARY:Quiz night", "SUMMARY:Quiz\\nnight").replace("20260705T170000Z", "20260705T1700")


def put_feed(folder: Path, feed: bytes) -> Path:
    path = folder / "club.ics"
    path.write_bytes(feed)
    return path


@contextmanager
def served(answer: bytes, status: int = 200, **headers: str) -> Iterator[tuple[str, list[str]]]:
    """Serve one answer for every path; gives the address, which holds a secret, and the paths asked for."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/feed/s3cret/club.ics", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_the_feed_published_last_is_checked_when_none_is_named(run: Run, vault: Path) -> None:
    run("--vault", vault, "--as-of", "2026-06-30", "scan")
    done = run("--vault", vault, "feed", "--check")
    assert (done.code, done.out) == (0, f"✓ {vault}/vaultrel/followups.ics: nothing is wrong\n")


def test_a_feed_damaged_by_hand_is_noticed(run: Run, vault: Path) -> None:
    run("--vault", vault, "--as-of", "2026-06-30", "scan")
    file = vault / "vaultrel/followups.ics"
    file.write_bytes(file.read_bytes().replace(b"TRANSP:TRANSPARENT", b"TRANSP:OPAQUE"))
    done = run("--vault", vault, "feed", "--check")
    assert done.code == 1
    assert "(value-changed, vaultrel)" in done.out


def test_before_the_first_scan_there_is_nothing_to_check(run: Run, vault: Path) -> None:
    done = run("--vault", vault, "feed", "--check")
    assert done.code == 2
    assert "`vaultrel scan` writes it." in done.err


def test_any_file_is_checked_without_a_vault(run: Run, tmp_path: Path) -> None:
    done = run("feed", "--check", put_feed(tmp_path, GOOD.encode()))
    assert (done.code, done.out) == (0, f"✓ {tmp_path}/club.ics: nothing is wrong\n")


def test_each_fault_is_said_with_its_line_its_rule_and_what_follows_from_it(run: Run, tmp_path: Path) -> None:
    aged = BAD.replace("ORGANIZER", "DESCRIPTION:Signed up 3 days ago.\r\nORGANIZER")
    done = run("feed", "--check", put_feed(tmp_path, aged.encode()))
    assert done.code == 1
    assert done.out.splitlines() == [
        "✗ line 29  The value is no day or time that exists: DTSTART 20260705T1700. (bad-date, RFC 5545 3.3.4)",
        f"  then: {RULES['bad-date'].effect}",
        "! line 31  SUMMARY holds a line break. (title-of-several-lines, calendars)",
        "! line 32  The text counts from today, and is wrong tomorrow: 3 days ago. (ageing-text, calendars)",
        f"  then: {RULES['ageing-text'].effect}",
    ]
    assert done.err.endswith("club.ics: 1 error, 2 pieces of advice\n")


def test_of_many_places_three_are_shown_and_the_rest_counted(run: Run, tmp_path: Path) -> None:
    done = run("feed", "--check", put_feed(tmp_path, GOOD.replace("\r\n", "\n").encode()))
    assert len(done.out.splitlines()) == 4
    assert "  … 39 more of these" in done.out
    assert ": 42 errors," in done.err


def test_the_answer_as_json_has_a_stable_shape(run: Run, tmp_path: Path) -> None:
    path = put_feed(tmp_path, BAD.encode())
    done = run("feed", "--check", path, "--json")
    assert done.code == 1
    assert list(done.json) == ["schema", "feed", "faults"]
    assert (done.json["schema"], done.json["feed"]) == ("vaultrel.feed/1", str(path))
    assert done.json["faults"][0] == {
        "code": "bad-date",
        "grade": "error",
        "line": 29,
        "message": "The value is no day or time that exists: DTSTART 20260705T1700.",
        "effect": RULES["bad-date"].effect,
        "source": "RFC 5545 3.3.4",
        "more": 0,
    }


def test_an_address_is_asked_once_and_its_secret_is_not_repeated(run: Run) -> None:
    with served(BAD.encode()) as (address, asked):
        shown, told = run("feed", "--check", address), run("feed", "--check", address, "--json")
    assert asked == ["/feed/s3cret/club.ics"] * 2
    assert (shown.code, told.json["feed"]) == (1, "http://127.0.0.1/…")
    assert "s3cret" not in shown.out + shown.err + told.out + told.err


@pytest.mark.parametrize(
    ("status", "headers", "reason"),
    [
        (404, {}, "it answers 404"),
        (503, {}, "it answers 503"),
        (302, {"Location": "ftp://127.0.0.1/s3cret"}, "its answer is no web page"),
        (302, {"Location": "file:///etc/hostname"}, "it answers 302"),
    ],
)
def test_an_address_that_gives_no_feed_cannot_be_checked(
    run: Run, status: int, headers: dict[str, str], reason: str
) -> None:
    with served(b"gone", status, **headers) as (address, _):
        done = run("feed", "--check", address)
    assert (done.code, done.out) == (2, "")
    assert f"cannot be checked: {reason}." in done.err
    assert "s3cret" not in done.err


def test_an_address_where_nobody_listens_cannot_be_checked(run: Run) -> None:
    with served(b"") as (address, _):
        pass
    done = run("feed", "--check", address)
    assert done.code == 2
    assert "http://127.0.0.1/… cannot be checked: Connection refused." in done.err


def test_no_proxy_is_told_the_address(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    with served(b"") as (proxy, asked), served(GOOD.encode()) as (address, _):
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.partition("/feed")[0])
        monkeypatch.setenv("no_proxy", "")
        assert run("feed", "--check", address).code == 0
    assert asked == []


@pytest.mark.parametrize("address", ["file:///etc/hostname", "ftp://club.example/a.ics", "http://", "http://[::1"])
def test_only_web_addresses_are_asked(run: Run, address: str) -> None:
    done = run("feed", "--check", address)
    assert done.code == 2
    assert "cannot be checked" in done.err


def test_what_is_too_large_for_a_feed_is_refused(run: Run, tmp_path: Path) -> None:
    done = run("feed", "--check", put_feed(tmp_path, b" " * (MAX_BYTES + 1)))
    assert done.code == 2
    assert "larger than 10 MiB" in done.err


@pytest.mark.parametrize("name", ["nowhere.ics", "."])
def test_what_cannot_be_read_is_refused(run: Run, tmp_path: Path, name: str) -> None:
    done = run("feed", "--check", tmp_path / name)
    assert done.code == 2
    assert done.err.endswith("Name another: vaultrel feed --check FILE\n")


@pytest.mark.parametrize("words", [["feed", "--json"], ["--json", "feed"], ["feed", "--check", "x", "--url"]])
def test_what_does_not_go_together_is_a_usage_error(run: Run, vault: Path, words: list[str]) -> None:
    done = run("--vault", vault, *words)
    assert done.code == 2
    assert "does not go with" in done.err
