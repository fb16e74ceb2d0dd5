"""The web page from the running server: who may look, who may press, and what is written then."""

from __future__ import annotations

import contextlib
import datetime as dt
import html
import http.client
import re
import threading
import urllib.parse
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec
import pytest

from vaultrel import clock
from vaultrel.app import open_vault
from vaultrel.outputs.page_rendering import page_policy
from vaultrel.server import FeedServer, make_app
from vaultrel.server.page import PageDesk, page_routes
from vaultrel.settings import PageSettings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from vaultrel.app import Vault

TODAY = dt.date(2026, 6, 30)
TOKEN = "s3cret-Page_0123456789"
ADDRESS = f"/page/{TOKEN}/"
FORM = "application/x-www-form-urlencoded"

ADA = "".join(f"- {TODAY - dt.timedelta(days=days)}: coffee, she told me of the boat\n" for days in (80, 110, 140, 170))


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    text: str


@dataclass(frozen=True)
class Running:
    vault: Vault
    desk: PageDesk
    port: int

    def ask(self, path: str = ADDRESS, method: str = "GET", body: str | None = None, **headers: str) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        with contextlib.closing(connection):
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, body.encode() if body is not None else None, named)
            response = connection.getresponse()
            found = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, found, response.read().decode())

    def press(self, where: str, fields: dict[str, str], **headers: str) -> Answer:
        sent = {"Content_Type": FORM, "Origin": f"http://127.0.0.1:{self.port}", **headers}
        return self.ask(ADDRESS + where, "POST", urllib.parse.urlencode(fields), **sent)

    def fields(self) -> dict[str, str]:
        """What the first form on the page would send."""
        page = self.ask().text
        return {name: re.findall(f'name="{name}" value="([^"]*)"', page)[0] for name in ("token", "followup")}

    def said(self) -> str:
        found: list[str] = re.findall(r'role="status">([^<]*)</p>', self.ask().text)
        return found[0]

    def notes(self) -> dict[str, bytes]:
        assert self.vault.root is not None
        return {path.name: path.read_bytes() for path in sorted(self.vault.root.rglob("*.md"))}


@contextlib.contextmanager
def serving(folder: Path, settings: str = "") -> Iterator[Running]:
    (folder / "People").mkdir(parents=True)
    (folder / ".vaultrel").mkdir()
    (folder / ".vaultrel/config.toml").write_text(settings)
    (folder / "People/Ada Lind.md").write_text(f"# Ada Lind\n{ADA}")
    with open_vault(folder) as vault:
        vault.grace_seconds = 0.0
        desk = PageDesk(vault, patience_seconds=0.0)
        server = FeedServer(make_app(lambda: page_routes(desk, TOKEN)))
        server.start()
        try:
            desk.publish(vault.scan().snapshot)
            yield Running(vault, desk, server.port)
        finally:
            server.close()


@pytest.fixture(autouse=True)
def _same_day(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(clock, "today", lambda: TODAY)
    for name in ("XDG_STATE_HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Running]:
    with serving(tmp_path / "vault") as running:
        yield running


# Looking


def test_the_page_is_at_its_secret_address_and_nowhere_else(page: Running) -> None:
    assert "Ada Lind" in page.ask().text
    elsewhere = page.ask("/nowhere")
    for path in ("/page/", "/page/wrong/", ADDRESS.rstrip("/"), f"{ADDRESS}x", "/page/wrong/done"):
        answer = page.ask(path)
        assert (answer.status, answer.text) == (404, elsewhere.text)


def test_the_page_lets_nobody_frame_it_keep_it_or_add_to_it(page: Running) -> None:
    headers = page.ask().headers
    assert headers["content-type"] == "text/html; charset=utf-8"
    assert headers["content-security-policy"] == f"{page_policy()}; frame-ancestors 'none'"
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert "set-cookie" not in headers
    assert not [name for name in headers if name.startswith("access-control")]


def test_head_gives_the_headers_of_the_page(page: Running) -> None:
    answer = page.ask(method="HEAD")
    assert (answer.status, answer.text) == (200, "")
    assert int(answer.headers["content-length"]) == len(page.ask().text.encode())


def test_another_host_name_is_not_answered(page: Running) -> None:
    assert page.ask(Host="evil.example").status == 421


def test_before_the_first_scan_ends_the_page_says_to_look_again(tmp_path: Path) -> None:
    with serving(tmp_path / "vault") as running:
        waiting = PageDesk(running.vault, patience_seconds=0.0)
        server = FeedServer(make_app(lambda: page_routes(waiting, TOKEN)))
        server.start()
        try:
            answer = Running(running.vault, waiting, server.port).ask()
        finally:
            server.close()
    assert (answer.status, answer.headers["retry-after"]) == (503, "5")


def test_the_page_shows_the_vault_as_it_was_read_last(page: Running) -> None:
    assert page.vault.root is not None
    (page.vault.root / "People/Bo Dahl.md").write_text("# Bo Dahl\n")
    assert "Bo Dahl" not in page.ask().text
    page.desk.publish(page.vault.snapshot())
    assert "Bo Dahl" in page.ask().text


# Pressing


def test_done_writes_a_line_into_the_daily_note_and_moves_the_follow_up(page: Running) -> None:
    before = page.notes()
    answer = page.press("done", page.fields())
    assert (answer.status, answer.headers["location"]) == (303, ADDRESS)
    assert b"Ada Lind" in page.notes()["2026-06-30.md"]
    assert page.notes()["Ada Lind.md"].endswith(before["Ada Lind.md"].rpartition(b"---\n")[2])
    said = page.said()
    assert said.startswith("Done: Ada Lind. Next follow-up: ")
    assert said.endswith("To take it back: vaultrel undo")


def test_what_was_done_is_said_once(page: Running) -> None:
    page.press("done", page.fields())
    assert page.said() != ""
    assert page.said() == ""


def test_done_at_the_page_is_undone_by_undo(page: Running) -> None:
    before = page.notes()
    page.press("done", page.fields())
    page.vault.undo()
    after = page.notes()
    assert after["Ada Lind.md"] == before["Ada Lind.md"]
    assert after.get("2026-06-30.md", b"") == b""


def test_pressed_twice_done_is_done_once(page: Running) -> None:
    fields = page.fields()
    page.press("done", fields)
    once = page.notes()
    assert page.press("done", fields).status == 303
    assert page.notes() == once
    assert page.said() == "That follow-up is not waiting any more. Nothing was written."


def test_snooze_writes_the_day_into_the_note_of_the_person(page: Running) -> None:
    answer = page.press("snooze", {**page.fields(), "until": "2026-07-30"})
    assert answer.status == 303
    assert b"rel_snooze_until: 2026-07-30\n" in page.notes()["Ada Lind.md"]
    assert page.said().startswith("Snoozed until 30 Jul 2026: Ada Lind. Next follow-up: ")


@pytest.mark.parametrize(
    ("until", "why"),
    [
        *((until, "is no day that can be read") for until in ("", "soon", "2026-02-30", "9999999999-01-01")),
        *((until, "is not a day to come") for until in (TODAY.isoformat(), "2026-06-01")),
        ("9999-12-31", "is too far ahead"),
    ],
)
def test_a_day_that_is_none_to_wait_for_changes_nothing(page: Running, until: str, why: str) -> None:
    before = page.notes()
    page.press("snooze", {**page.fields(), "until": until})
    assert page.notes() == before
    assert html.unescape(page.said()) == f"{until!r} {why}. Nothing was written."


def test_the_feed_is_made_anew_by_what_is_pressed(page: Running) -> None:
    before = page.vault.published_feed()
    page.press("done", page.fields())
    assert page.vault.published_feed() != before


def test_what_is_pressed_while_the_vault_is_being_scanned_is_done_all_the_same(page: Running) -> None:
    assert page.vault.root is not None
    for name in ("Bo Dahl", "Cy Holm"):
        (page.vault.root / f"People/{name}.md").write_text(f"# {name}\n{ADA}")
    page.desk.publish(page.vault.scan().snapshot)
    failures: list[BaseException] = []
    ended = threading.Event()

    def scan() -> None:
        while not ended.is_set():
            try:
                page.vault.scan()
            except BaseException as error:  # noqa: BLE001 - of any kind, it is what the test is about
                failures.append(error)
            ended.wait(0.05)

    scanner = threading.Thread(target=scan)
    scanner.start()
    said = []
    for _ in range(3):
        page.press("done", page.fields())
        said.append(page.said())
    ended.set()
    scanner.join()
    assert failures == []
    assert sorted(words.partition(".")[0] for words in said) == ["Done: Ada Lind", "Done: Bo Dahl", "Done: Cy Holm"]
    daily = page.notes()["2026-06-30.md"].decode()
    assert [daily.count(name) for name in ("Ada Lind", "Bo Dahl", "Cy Holm")] == [1, 1, 1]


# Pressing by somebody else


def test_a_form_without_the_token_of_the_page_is_refused(page: Running) -> None:
    fields, before = page.fields(), page.notes()
    for token in ("", "wrong", fields["token"][:-1], "ü"):
        assert page.press("done", {**fields, "token": token}).status == 403
    assert page.press("done", {"followup": fields["followup"]}).status == 403
    assert page.notes() == before


def test_a_form_on_the_page_of_another_site_is_refused_though_it_knows_the_token(page: Running) -> None:
    fields, before = page.fields(), page.notes()
    for headers in (
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": f"http://127.0.0.1:{page.port + 1}"},
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
    ):
        assert page.press("done", fields, **headers).status == 403
    assert page.press("done", fields, Host="evil.example").status == 421
    assert page.notes() == before


@pytest.mark.parametrize("kind", ["text/plain", "application/json", "multipart/form-data; boundary=x", ""])
def test_only_a_form_as_browsers_send_it_is_read(page: Running, kind: str) -> None:
    fields, before = page.fields(), page.notes()
    assert page.press("done", fields, Content_Type=kind).status == 415
    assert page.notes() == before


def test_looking_at_the_address_of_a_form_does_nothing(page: Running) -> None:
    before = page.notes()
    fields = urllib.parse.urlencode(page.fields())
    for method in ("GET", "HEAD", "PUT", "DELETE"):
        answer = page.ask(f"{ADDRESS}done", method, fields if method == "PUT" else None)
        assert (answer.status, answer.headers["allow"]) == (405, "POST")
    assert page.notes() == before


@pytest.mark.parametrize(
    "body", ["&" * 50_000, "=".join("ab" * 9), "a=b&" * 5_000, "\x00\xff%ff%00=", "token", "a" * 3_000_000]
)  # fmt: skip
def test_a_form_of_any_other_shape_is_refused(page: Running, body: str) -> None:
    before = page.notes()
    answer = page.ask(f"{ADDRESS}done", "POST", body, Content_Type=FORM)
    assert answer.status == 403
    assert page.notes() == before


def test_the_secret_of_the_page_is_in_no_log(page: Running, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    fields = page.fields()
    page.press("done", {**fields, "token": "wrong"})
    page.press("done", fields)
    page.ask(f"/page/{TOKEN}x/")
    assert "/page/…" in caplog.text
    assert TOKEN not in caplog.text
    assert fields["token"] not in caplog.text


# What the settings say


@pytest.mark.parametrize("settings", ["[page]\nread_only = true\n", 'write = "nothing"\n'])
def test_a_page_to_look_at_only_has_nothing_to_press_and_no_address_for_it(tmp_path: Path, settings: str) -> None:
    with serving(tmp_path / "vault", settings) as page:
        answer = page.ask()
        assert "Ada Lind" in answer.text
        assert 'method="post"' not in answer.text
        for where in ("done", "snooze"):
            assert page.press(where, {"token": "", "followup": ""}).status == 404


def test_hidden_names_are_not_said_when_something_is_done(tmp_path: Path) -> None:
    with serving(tmp_path / "vault", "[page]\nhide_names = true\n") as page:
        page.press("done", page.fields())
        assert page.said().startswith("Done. Next follow-up: ")


def test_what_cannot_be_done_is_said_with_the_next_step(page: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    from vaultrel.errors import StorageFailedError

    def fail(*_: object, **__: object) -> None:
        raise StorageFailedError("2026-06-30.md", "write", "No space left on device")

    fields, before = page.fields(), page.notes()
    monkeypatch.setattr(page.vault, "complete", fail)
    page.press("done", fields)
    assert "2026-06-30.md" in page.said()
    assert page.notes() == before


def test_settings_that_change_are_gone_by_at_once(page: Running) -> None:
    fields = page.fields()
    settings = page.vault.settings
    page.vault.use(msgspec.structs.replace(settings, page=PageSettings(hide_names=True)))
    assert "Ada Lind" not in page.ask().text
    page.vault.use(msgspec.structs.replace(settings, page=PageSettings(read_only=True)))
    assert "Ada Lind" in page.ask().text
    assert 'method="post"' not in page.ask().text
    assert page.press("done", fields).status == 404
    page.vault.use(settings)
    assert page.press("done", page.fields()).status == 303
