"""The feed as it is served while everything around it fails: the vault, its files, the keys, the port."""

from __future__ import annotations

import contextlib
import functools
import http.client
import logging
import re
import socket
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from vaultrel.app import open_vault
from vaultrel.app.private_files import PrivateFiles
from vaultrel.cli.serving import AlreadyServingError, serving
from vaultrel.cli.session import Session
from vaultrel.errors import PortInUseError, StorageFailedError, VaultrelError
from vaultrel.outputs.feed_check import check_feed
from vaultrel.server import FeedHolder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from vaultrel.app import Vault


class Served:
    """A vault that is served; `publish` takes over what was scanned."""

    def __init__(self, vault: Vault, publish: Callable[[], None], address: str) -> None:
        self.vault = vault
        self.publish = publish
        self.address = address

    def ask(self, method: str = "GET", address: str = "", **headers: str) -> tuple[int, bytes]:
        parts = urlsplit(address or self.address)
        connection = http.client.HTTPConnection(parts.netloc, timeout=30)
        with contextlib.closing(connection):
            connection.request(method, parts.path, b"BEGIN:VCALENDAR" if method != "GET" else None, headers)
            response = connection.getresponse()
            return response.status, response.read()


@contextlib.contextmanager
def served(root: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Served]:
    with open_vault(root) as vault:
        vault.grace_seconds = 0
        with serving(Session(), vault, 0) as publish:
            yield Served(vault, publish, capsys.readouterr().out.split()[0])


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Requests wait for the first scan for a moment only."""
    monkeypatch.setattr("vaultrel.server.FeedHolder", functools.partial(FeedHolder, patience_seconds=0.2))


def remove(file: Path) -> None:
    file.unlink()


def halve(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:300])


def empty(file: Path) -> None:
    file.write_bytes(b"")


def fill_with_zeros(file: Path) -> None:
    file.write_bytes(bytes(4096))


def turn_into_a_folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


SPOILS = [remove, halve, empty, fill_with_zeros, turn_into_a_folder]


@pytest.mark.parametrize("spoil", SPOILS)
def test_while_the_feed_s_file_is_spoiled_the_last_good_bytes_are_served_from_memory(
    vault: Path, capsys: pytest.CaptureFixture[str], spoil: Callable[[Path], None]
) -> None:
    with served(vault, capsys) as running:
        running.vault.scan()
        running.publish()
        good = running.ask()
        assert good[0] == 200
        assert good[1].count(b"BEGIN:VEVENT") >= 1
        spoil(vault / "vaultrel/followups.ics")
        running.publish()
        assert running.ask() == good


@pytest.mark.parametrize("spoil", SPOILS)
def test_after_a_start_the_last_good_bytes_come_from_the_disk_until_a_scan_ends(
    vault: Path, capsys: pytest.CaptureFixture[str], spoil: Callable[[Path], None]
) -> None:
    with open_vault(vault) as opened:
        opened.grace_seconds = 0
        opened.scan()
        good = opened.published_feed()
    spoil(vault / "vaultrel/followups.ics")
    with served(vault, capsys) as running:
        assert running.ask() == (200, good)


def test_when_every_copy_is_spoiled_an_empty_feed_that_is_well_made_is_served(
    vault: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with open_vault(vault) as opened:
        opened.grace_seconds = 0
        opened.scan()
        assert opened.locations is not None
        halve(vault / "vaultrel/followups.ics")
        halve(opened.locations.private("feed"))
    with served(vault, capsys) as running:
        status, body = running.ask()
    assert (status, check_feed(body)) == (200, ())


def test_before_anything_was_ever_published_an_empty_feed_that_is_well_made_is_served(
    vault: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with served(vault, capsys) as running:
        status, body = running.ask()
    assert status == 200
    assert check_feed(body) == ()
    assert b"BEGIN:VEVENT" not in body


def test_while_the_vault_is_away_its_feed_is_served(vault: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with served(vault, capsys) as running:
        running.vault.scan()
        running.publish()
        good = running.ask()
        vault.rename(vault.with_name("unmounted"))
        with pytest.raises(VaultrelError):
            running.vault.scan()
        running.publish()
        assert running.ask() == good


def test_a_feed_that_could_not_be_kept_on_this_computer_is_served_all_the_same(
    vault: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_files: PrivateFiles, name: str, *_: object) -> None:
        raise StorageFailedError(name, "write", "No space left on device")

    with served(vault, capsys) as running:
        running.vault.scan()
        (vault / "Daily/2026-06-30.md").write_text("- met:: [[Ada Moreau]]\n")
        monkeypatch.setattr(PrivateFiles, "keep", fail)
        with pytest.raises(StorageFailedError):
            running.vault.scan()
        running.publish()
        assert running.ask() == (200, (vault / "vaultrel/followups.ics").read_bytes())


def test_calendars_are_served_before_a_copy_goes_to_a_folder_that_may_be_far_away(
    vault: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (vault / ".vaultrel").mkdir()
    (vault / ".vaultrel/config.toml").write_text(f"[feed]\npublish_to = '{tmp_path}'\n[feeds.work]\n")
    order: list[str] = []

    def copy(*_: object) -> bool:
        order.append("copied")
        return True

    monkeypatch.setattr("vaultrel.app.feed_files.write_feed_copy", copy)
    with open_vault(vault) as opened:
        opened.grace_seconds = 0
        opened.when_published(lambda: order.append("served"))
        assert str(tmp_path / "followups.ics") in opened.scan().published
    assert order == ["served", "copied"]


def test_no_request_changes_any_file(vault: Path, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def files() -> dict[Path, tuple[int, bytes]]:
        found = [file for folder in (vault, home) for file in folder.rglob("*") if file.is_file()]
        return {file: (file.stat().st_mtime_ns, file.read_bytes()) for file in found}

    with served(vault, capsys) as running:
        running.vault.scan()
        running.publish()
        before = files()
        for method in ("PUT", "POST", "DELETE", "PROPFIND", "MKCOL", "PATCH", "GET", "HEAD"):
            assert running.ask(method)[0] == (200 if method in {"GET", "HEAD"} else 405)
        assert files() == before


def test_a_new_key_made_elsewhere_holds_at_once_and_the_old_address_is_like_any_wrong_one(
    vault: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with served(vault, capsys) as running:
        running.vault.scan()
        running.publish()
        old = running.address
        assert running.ask()[0] == 200
        with open_vault(vault) as other:
            other.rotate_feed_token()
            new = old.replace(old.split("/")[4], other.feed_token())
        wrong = running.ask(address=old.replace("/feed/", "/feed/x"))
        assert running.ask(address=old) == wrong == (404, b"Not Found\n")
        assert running.ask(address=new)[0] == 200
    assert old.split("/")[4] not in caplog.text
    assert new.split("/")[4] not in caplog.text


def test_a_key_that_cannot_be_read_just_now_is_the_one_it_was(vault: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with served(vault, capsys) as running:
        assert running.vault.locations is not None
        (running.vault.locations.state / "feed-token").unlink()
        assert running.ask()[0] == 200
        assert not (running.vault.locations.state / "feed-token").exists(), "a request writes nothing"


def test_several_feeds_are_served_each_at_its_own_address(vault: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (vault / ".vaultrel").mkdir()
    (vault / ".vaultrel/config.toml").write_text("[feeds.nobody]\ncircle = ['nobody']\n")
    with open_vault(vault) as opened:
        opened.grace_seconds = 0
        with serving(Session(), opened, 0) as publish:
            first, second, _page = capsys.readouterr().out.split()
            opened.scan()
            publish()
            asked = Served(opened, publish, first)
            assert asked.ask()[1].count(b"BEGIN:VEVENT") >= 1
            assert second.endswith("/nobody.ics")
            others = asked.ask(address=second)[1]
            assert re.findall(b"SUMMARY:(.*)\r", others) == [b"No follow-ups"]
            assert asked.ask(address=first.replace("followups.ics", "nobody.ics"))[0] == 404


def test_the_server_answers_to_the_names_that_the_settings_give_it(
    vault: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (vault / ".vaultrel").mkdir()
    (vault / ".vaultrel/config.toml").write_text('[feed]\nhosts = ["Laptop.tail.ts.net", "desk.example:8443"]\n')
    with served(vault, capsys) as running:
        assert running.ask(Host="laptop.tail.ts.net")[0] == 200
        assert running.ask(Host="desk.example")[0] == 200
        assert running.ask(Host="other.tail.ts.net")[0] == 421


def test_whoever_listens_to_more_than_this_computer_is_warned(
    vault: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    (vault / ".vaultrel").mkdir()
    with served(vault, capsys):
        assert not [record for record in caplog.records if record.levelno >= logging.WARNING]
    (vault / ".vaultrel/config.toml").write_text('[feed]\nhost = "0.0.0.0"\n')
    with served(vault, capsys):
        assert "0.0.0.0 is not this computer alone" in caplog.text
        assert "without encryption" in caplog.text


def test_a_second_vaultrel_on_the_port_is_told_that_one_serves_there(
    vault: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    with served(vault, capsys) as running:
        port = urlsplit(running.address).port or 0
        caplog.clear()
        with pytest.raises(AlreadyServingError) as caught, serving(Session(), running.vault, port):
            pass
        assert running.ask()[0] == 200
    assert str(caught.value) == (
        f"Port {port} on 127.0.0.1 is taken by another vaultrel, which goes on serving.\n"
        "If it serves this vault, all is well: `vaultrel feed` prints where. "
        f"For a second vault choose another port: --port {port + 1}"
    )
    assert "GET /health 200 17" in caplog.messages


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 200 OK\r\n\r\nwelcome", b"\x00\xff" * 100])
def test_any_other_program_on_the_port_is_told_as_such(
    vault: Path, capsys: pytest.CaptureFixture[str], answer: bytes
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]

        def answer_once() -> bytes:
            connection, _ = other.accept()
            with connection:
                asked = connection.recv(65536)
                connection.sendall(answer)
                return asked

        with ThreadPoolExecutor(1) as pool:
            asked = pool.submit(answer_once)
            with (
                open_vault(vault) as opened,
                pytest.raises(PortInUseError, match=f"Port {port} .* is taken by another program"),
                serving(Session(), opened, port),
            ):
                pass
    assert b"/feed/" not in asked.result(), "a stranger is not told the secret"
