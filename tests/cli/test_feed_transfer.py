"""The commands that carry a feed where vaultrel itself never goes."""

from __future__ import annotations

from pathlib import Path

import pytest

from vaultrel.cli.feed_transfer import UnsafeDestinationError, transfer_to
from vaultrel.settings import FeedSettings

FILE = Path("/home/sam/Notes/vaultrel/family.ics")
ADDRESS = "http://127.0.0.1:8137/feed/s3cret/family.ics"


@pytest.mark.parametrize(
    ("destination", "words"),
    [
        (
            "https://cloud.example/dav/",
            f"curl --fail --netrc --upload-file {FILE} https://cloud.example/dav/family.ics",
        ),
        ("https://cloud.example/a.ics", f"curl --fail --netrc --upload-file {FILE} https://cloud.example/a.ics"),
        ("backup:", f"rclone copyto {FILE} backup:family.ics"),
        ("backup:calendars", f"rclone copyto {FILE} backup:calendars/family.ics"),
        ("backup:calendars/", f"rclone copyto {FILE} backup:calendars/family.ics"),
        ("backup:calendars/mine.ics", f"rclone copyto {FILE} backup:calendars/mine.ics"),
        ("tailnet", "tailscale serve --bg 8137"),
    ],
)
def test_each_place_beyond_this_computer_has_its_command(destination: str, words: str) -> None:
    transfer = transfer_to(destination, FILE, FeedSettings(), ADDRESS)
    assert transfer is not None
    assert " ".join(transfer.words) == words


@pytest.mark.parametrize("destination", ["/srv/sync", "~/Sync", "Sync", "./a:b", "C:\\Sync", "C:/Sync", "-x", ":x", ""])
def test_a_folder_needs_no_command(destination: str) -> None:
    assert transfer_to(destination, FILE, FeedSettings(), ADDRESS) is None


def test_a_folder_that_is_there_is_no_remote(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "backup:calendars").mkdir()
    assert transfer_to("backup:calendars", FILE, FeedSettings(), ADDRESS) is None


@pytest.mark.parametrize("scheme", ["http", "ftp", "webcal", "file", "dav"])
def test_no_command_sends_a_feed_unencrypted(scheme: str) -> None:
    with pytest.raises(UnsafeDestinationError, match="nothing was done") as caught:
        transfer_to(f"{scheme}://cloud.example/secret/", FILE, FeedSettings(), ADDRESS)
    assert "secret" not in str(caught.value)


def test_the_tailnet_s_address_is_told_once_the_server_answers_to_its_name() -> None:
    first = transfer_to("tailnet", FILE, FeedSettings(), ADDRESS)
    then = transfer_to("tailnet", FILE, FeedSettings(hosts=("laptop.tail.ts.net",), port=9000), ADDRESS)
    assert first is not None
    assert then is not None
    assert any("hosts" in line for line in first.advice)
    assert "s3cret" not in " ".join(first.advice)
    assert then.words[-1] == "9000"
    assert "  https://laptop.tail.ts.net/feed/s3cret/family.ics" in then.advice
