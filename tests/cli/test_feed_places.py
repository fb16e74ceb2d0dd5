"""Several calendars: where each is, how its key is changed, and how a copy gets elsewhere."""

from __future__ import annotations

import re
import shlex
import stat
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from vaultrel.app import open_vault
from vaultrel.locations import locations_for

if TYPE_CHECKING:
    from tests.cli.conftest import Run

HOW_TO = (Path(__file__).parents[2] / "docs/how-to/subscribe-a-calendar.md").read_text("utf-8")

FEEDS = """
[feeds.family]
name = "Our family"
band = ["new"]
privacy = "names"

[feeds.work]
kind = ["promise"]
"""


def configure(vault: Path, text: str) -> None:
    (vault / ".vaultrel").mkdir(exist_ok=True)
    (vault / ".vaultrel/config.toml").write_text(text, encoding="utf-8")


@pytest.fixture
def vault_with_feeds(run: Run, vault: Path) -> Path:
    """The small vault with two more feeds, scanned."""
    configure(vault, FEEDS)
    assert run("--vault", vault, "--as-of", "2026-06-30", "scan").code == 0
    return vault


def summaries(file: Path) -> list[str]:
    return re.findall(r"^SUMMARY:(.*)$", file.read_text("utf-8"), re.MULTILINE)


def test_each_feed_is_listed_with_its_title_addresses_and_file(run: Run, vault_with_feeds: Path) -> None:
    done = run("--vault", vault_with_feeds, "feed")
    lines = done.out.splitlines()
    assert [line for line in lines if not line.startswith(" ")] == [
        "followups  Follow-ups",
        "family  Our family",
        "work  Follow-ups: work",
    ]
    for name in ("followups", "family", "work"):
        address = run("--vault", vault_with_feeds, "feed", name, "--url").out.strip()
        assert address.startswith("http://127.0.0.1:8137/feed/")
        assert address.endswith(f"/{name}.ics")
        assert f"  address  {address}" in lines
        assert f"  webcal   webcal://{address.removeprefix('http://')}" in lines
        assert f"  file     {vault_with_feeds}/vaultrel/{name}.ics" in lines


def test_every_feed_has_a_key_of_its_own_that_only_its_owner_can_read(run: Run, vault_with_feeds: Path) -> None:
    names = ("followups", "family", "work")
    keys = {run("--vault", vault_with_feeds, "feed", name, "--url").out.split("/")[4] for name in names}
    assert len(keys) == 3
    assert all(len(key) == 43 for key in keys)
    kept = [file for file in locations_for(vault_with_feeds).state.iterdir() if file.name.startswith("feed")]
    assert len(kept) == 6
    assert {stat.S_IMODE(file.stat().st_mode) for file in kept} == {0o600}


def test_each_feed_holds_what_its_filters_let_through(run: Run, vault_with_feeds: Path) -> None:
    folder = vault_with_feeds / "vaultrel"
    assert len(summaries(folder / "followups.ics")) >= 2
    family = summaries(folder / "family.ics")
    assert family
    assert all(summary.startswith("Follow up with ") for summary in family), "names only"
    assert all("glaze" in summary for summary in summaries(folder / "work.ics"))
    for name in ("family", "work"):
        assert run("--vault", vault_with_feeds, "feed", "--check", name).code == 0


def test_a_second_scan_writes_no_feed_again(run: Run, vault_with_feeds: Path) -> None:
    files = sorted((vault_with_feeds / "vaultrel").glob("*.ics"))
    before = [file.stat().st_mtime_ns for file in files]
    done = run("--vault", vault_with_feeds, "--as-of", "2026-06-30", "scan", "--check")
    assert done.code == 0
    run("--vault", vault_with_feeds, "--as-of", "2026-06-30", "scan")
    assert [file.stat().st_mtime_ns for file in files] == before


def test_a_dry_run_writes_no_feed_and_says_which_it_would(run: Run, vault: Path) -> None:
    configure(vault, FEEDS)
    done = run("--vault", vault, "--as-of", "2026-06-30", "scan", "--check", "--json")
    assert done.code == 1
    assert {f"vaultrel/{name}.ics" for name in ("followups", "family", "work")} <= set(done.json["published"])
    assert not (vault / "vaultrel").exists()


def test_a_feed_that_is_not_set_up_is_named_with_those_that_are(run: Run, vault_with_feeds: Path) -> None:
    for words in (["feed", "famly"], ["feed", "famly", "--url"], ["feed", "publish", "/tmp", "famly"]):
        done = run("--vault", vault_with_feeds, *words)
        assert (done.code, done.out) == (2, "")
        assert "no feed called 'famly'" in done.err
        assert "followups, family, work" in done.err


def test_a_new_key_changes_one_address_and_no_other(run: Run, vault_with_feeds: Path) -> None:
    def address(name: str) -> str:
        return run("--vault", vault_with_feeds, "feed", name, "--url").out

    before = {name: address(name) for name in ("followups", "family", "work")}
    done = run("--vault", vault_with_feeds, "feed", "family", "--rotate-key")
    after = {name: address(name) for name in before}
    assert (done.code, done.out) == (0, after["family"])
    assert [name for name in before if before[name] != after[name]] == ["family"]
    assert run("--vault", vault_with_feeds, "feed", "--rotate-key").out == address("followups") != before["followups"]


@pytest.mark.parametrize(
    "words",
    [
        ["--rotate-key", "--url"],
        ["--check", "x", "--rotate-key"],
        ["publish", "/tmp", "--path"],
        ["publish"],
        ["publish", "a", "b", "c"],
        ["family", "work"],
        ["family", "--mode", "644"],
        ["publish", "/tmp", "--mode", "777"],
    ],
)
def test_what_does_not_go_together_is_a_usage_error_and_changes_nothing(
    run: Run, vault_with_feeds: Path, words: list[str]
) -> None:
    before = run("--vault", vault_with_feeds, "feed").out
    done = run("--vault", vault_with_feeds, "feed", *words)
    assert (done.code, done.out) == (2, "")
    assert run("--vault", vault_with_feeds, "feed").out == before


def test_a_feed_is_copied_into_a_folder_for_its_owner_alone(run: Run, vault_with_feeds: Path, tmp_path: Path) -> None:
    sync = tmp_path / "sync"
    sync.mkdir()
    done = run("--vault", vault_with_feeds, "feed", "publish", sync)
    assert (done.code, done.out) == (0, f"Copied to {sync}/followups.ics\n")
    assert (sync / "followups.ics").read_bytes() == (vault_with_feeds / "vaultrel/followups.ics").read_bytes()
    assert stat.S_IMODE((sync / "followups.ics").stat().st_mode) == 0o600
    again = run("--vault", vault_with_feeds, "feed", "publish", sync)
    assert (again.code, again.out) == (0, f"The same already: {sync}/followups.ics\n")


def test_another_feed_another_name_and_another_mode(
    run: Run, vault_with_feeds: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = run("--vault", vault_with_feeds, "feed", "publish", "ours.ics", "family", "--mode", "644")
    assert (done.code, done.out) == (0, f"Copied to {tmp_path}/ours.ics\n")
    assert (tmp_path / "ours.ics").read_bytes() == (vault_with_feeds / "vaultrel/family.ics").read_bytes()
    assert stat.S_IMODE((tmp_path / "ours.ics").stat().st_mode) == 0o644


def test_a_copy_is_refused_where_it_would_do_harm(run: Run, vault_with_feeds: Path, tmp_path: Path) -> None:
    theirs = tmp_path / "theirs.ics"
    theirs.write_bytes(b"BEGIN:VCALENDAR\r\nPRODID:-//Club//EN\r\nEND:VCALENDAR\r\n")
    before = theirs.read_bytes()
    for destination, code in ((theirs, "not-ours"), (tmp_path / "missing", "no-folder")):
        done = run("--vault", vault_with_feeds, "feed", "publish", destination)
        assert done.code == 4
        assert code in done.err
    assert theirs.read_bytes() == before
    assert not (tmp_path / "missing").exists()


def test_before_the_first_scan_there_is_nothing_to_copy(run: Run, vault: Path, tmp_path: Path) -> None:
    done = run("--vault", vault, "feed", "publish", tmp_path)
    assert done.code == 2
    assert "cannot be published: there is no feed yet" in done.err


def test_for_what_vaultrel_does_not_send_itself_it_prints_the_command_alone(run: Run, vault_with_feeds: Path) -> None:
    done = run("--vault", vault_with_feeds, "feed", "publish", "https://cloud.example/my files/", "family")
    assert done.code == 1, "there is something left to do"
    file = f"{vault_with_feeds}/vaultrel/family.ics"
    assert shlex.split(done.out)[-2:] == [file, "https://cloud.example/my files/family.ics"]
    assert "vaultrel sends nothing itself" in done.err


def test_every_scan_keeps_the_copy_up_to_date(run: Run, vault: Path, tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    family = f"[feeds.family]\npublish_to = '{tmp_path}/b/x.ics'\npublish_mode = '644'\n"
    configure(vault, f"[feed]\npublish_to = '{tmp_path}/a'\n{family}")

    def scan(*options: str) -> list[str]:
        done = run("--vault", vault, "--as-of", "2026-06-30", "scan", "--json", *options)
        published: list[str] = done.json["published"]
        return published

    copies = [tmp_path / "a/followups.ics", tmp_path / "b/x.ics"]
    assert {str(copy) for copy in copies} <= set(scan("--check"))
    assert not copies[0].exists()
    assert {str(copy) for copy in copies} <= set(scan())
    assert [stat.S_IMODE(copy.stat().st_mode) for copy in copies] == [0o600, 0o644]
    assert scan() == []
    (vault / "Daily/2026-06-30.md").write_text("- met:: [[Ada Moreau]]\n")
    scan()
    for copy, name in zip(copies, ("followups", "family"), strict=True):
        assert copy.read_bytes() == (vault / f"vaultrel/{name}.ics").read_bytes()


def test_the_copy_is_kept_where_the_vault_may_not_be_written(run: Run, vault: Path, tmp_path: Path) -> None:
    configure(vault, f"write = 'nothing'\n[feed]\npublish_to = '{tmp_path}'\n")
    assert run("--vault", vault, "--as-of", "2026-06-30", "scan").code == 0
    assert (tmp_path / "followups.ics").read_bytes().startswith(b"BEGIN:VCALENDAR")
    assert not (vault / "vaultrel").exists()


@pytest.mark.parametrize("destination", ["{tmp}/not/mounted", "relative/folder", "{tmp}/theirs.ics"])
def test_a_copy_that_cannot_be_made_is_told_and_stops_nothing(
    run: Run, vault: Path, tmp_path: Path, destination: str
) -> None:
    (tmp_path / "theirs.ics").write_bytes(b"theirs")
    configure(vault, f"[feed]\npublish_to = '{destination.format(tmp=tmp_path)}'\n")
    done = run("--vault", vault, "--as-of", "2026-06-30", "scan", "--json")
    assert (vault / "vaultrel/followups.ics").is_file()
    told = [found for found in done.json["diagnostics"] if found["code"] == "feed-not-copied"]
    assert len(told) == 1
    assert told[0]["path"] == "vaultrel/followups.ics"
    assert (tmp_path / "theirs.ics").read_bytes() == b"theirs"
    doctor = run("--vault", vault, "--as-of", "2026-06-30", "doctor")
    assert "feed-not-copied" in doctor.out


def test_strip_names_every_feed_that_stays(run: Run, vault_with_feeds: Path) -> None:
    done = run("--vault", vault_with_feeds, "strip")
    for name in ("followups", "family", "work"):
        assert f"vaultrel/{name}.ics" in done.out + done.err


def test_a_damaged_file_is_not_taken_for_what_was_published(run: Run, vault_with_feeds: Path) -> None:
    file = vault_with_feeds / "vaultrel/followups.ics"
    whole = file.read_bytes()
    for damaged in (b"", whole[:200], bytes(len(whole)), whole * 2):
        file.write_bytes(damaged)
        with open_vault(vault_with_feeds) as opened:
            assert opened.published_feed() == whole
    file.unlink()
    with open_vault(vault_with_feeds) as opened:
        assert opened.published_feed() == whole


@pytest.mark.parametrize("command", re.findall(r"^(vaultrel feed.*)$", HOW_TO, re.MULTILINE))
def test_every_command_of_the_how_to_runs(run: Run, vault_with_feeds: Path, home: Path, command: str) -> None:
    (home / "Nextcloud/calendars").mkdir(parents=True)
    words = [word.replace("~", str(home)) for word in shlex.split(command)[1:]]
    done = run("--vault", vault_with_feeds, *words)
    assert done.code in {0, 1}, done.err
    assert done.out
