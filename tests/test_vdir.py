"""The folder of follow-ups end to end: what a calendar program does to an event is the user's word, nothing else is."""

from __future__ import annotations

import datetime as dt
import re
import shutil
from typing import TYPE_CHECKING

import pytest

from vaultrel import clock
from vaultrel.app import Vault, open_vault
from vaultrel.errors import StorageFailedError
from vaultrel.settings import parse_settings
from vaultrel.storage.filesystem import FileSystemStore
from vaultrel.storage.memory import MemoryStore

if TYPE_CHECKING:
    from pathlib import Path

    from vaultrel.app import ScanReport

TODAY = dt.date(2026, 6, 30)
ADA, BEN = "People/Ada Moreau.md", "People/Ben Okoro.md"
DAILY = "Daily/2026-06-30.md"
NOTES: dict[str, bytes | str] = {
    ADA: "",
    BEN: "Plays the oboe.\n",
    "Daily/2026-06-29.md": "- met:: [[Ben Okoro]]\n- [ ] send [[Ada Moreau]] the glaze recipe 📅 2026-07-02\n",
    "Daily/2026-03-02.md": "- met:: [[Ada Moreau]]\n",
}
"""Somebody met yesterday, to be written to on the first of July, and somebody promised something by the second."""
FOREIGN = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:dentist\r\nDTSTART:20260701\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"


class Home:
    """A vault in memory and a folder on disk, scanned as on one day after another."""

    def __init__(self, folder: Path, notes: dict[str, bytes | str] | None = None, write: str = "fields") -> None:
        self.folder = folder
        self.store = MemoryStore(NOTES if notes is None else notes)
        self.vault: Vault = open_vault(self.store)
        self.use(write=write)

    def use(self, vdir: str | None = None, write: str = "fields") -> None:
        feed = {"vdir": str(self.folder) if vdir is None else vdir}
        self.vault.use(parse_settings({"feed": feed, "write": write}, "config.toml"))

    def scan(self, days: int = 0, **options: float | bool) -> ScanReport:
        return self.vault.scan(as_of=TODAY + dt.timedelta(days), **options)  # type: ignore[arg-type]

    def files(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in sorted(self.folder.iterdir())}

    def event(self, name: str) -> Path:
        """The file of the one event whose title begins with a name."""
        found = [path for path in self.folder.glob("*.ics") if f"SUMMARY:{name}" in path.read_text()]
        assert len(found) == 1, self.files()
        return found[0]

    def day(self, name: str) -> str:
        found = re.search("DTSTART;VALUE=DATE:([0-9]{8})", self.event(name).read_text())
        assert found is not None
        return found[1]

    def edit(self, name: str, old: str, new: str) -> Path:
        """Change an event as a calendar program does, with a higher SEQUENCE."""
        path = self.event(name)
        text = path.read_bytes().decode()
        assert re.search(old, text), text
        bumped = re.sub("SEQUENCE:([0-9]+)", lambda found: f"SEQUENCE:{int(found[1]) + 1}", text)
        path.write_bytes(re.sub(old, new, bumped, count=1).encode())
        return path

    def drag(self, name: str, day: str) -> Path:
        return self.edit(name, "DTSTART;VALUE=DATE:[0-9]{8}", f"DTSTART;VALUE=DATE:{day}")

    def text(self, path: str) -> str:
        return self.store.files[path].decode()

    def codes(self, report: ScanReport) -> list[str]:
        return [found.code for found in report.diagnostics if found.code.startswith("vdir-")]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home(tmp_path)
    made.scan()
    return made


# -------------------------------------------------------------------------------------------------------------- writing


def test_every_planned_follow_up_is_a_file_named_after_its_uid(home: Home) -> None:
    assert (home.day("Ben"), home.day("Ada")) == ("20260701", "20260702")
    for name, data in home.files().items():
        text = data.decode()
        assert f"\r\nUID:{name.removesuffix('.ics')}\r\n" in text
        assert text.count("BEGIN:VEVENT") == text.count("BEGIN:VCALENDAR") == 1
        assert text.endswith("END:VCALENDAR\r\n")
    assert len(home.files()) == 2


def test_an_event_has_the_uid_that_it_has_in_the_feed(home: Home) -> None:
    feed = home.text("vaultrel/followups.ics")
    assert all(f"UID:{name.removesuffix('.ics')}" in feed for name in home.files())


def test_without_the_setting_nothing_is_written(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.use("")
    report = home.scan()
    assert (home.files(), home.codes(report)) == ({}, [])


def test_the_first_scan_says_that_it_wrote_into_the_folder_and_a_second_writes_nothing(tmp_path: Path) -> None:
    home = Home(tmp_path)
    assert str(tmp_path) in home.scan().published
    before = {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    report = home.scan()
    assert (report.applied, report.published) == ((), ())
    assert {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()} == before


def test_a_dry_run_writes_nothing(tmp_path: Path, home: Home) -> None:
    home.drag("Ben", "20260710")
    files, notes = home.files(), home.store.files
    report = home.scan(dry_run=True)
    assert [edit.patch.path for edit in report.applied] == [BEN]
    assert str(tmp_path) in report.published
    assert (home.files(), home.store.files) == (files, notes)


def test_contact_in_the_notes_takes_the_event_away(home: Home) -> None:
    ben = home.event("Ben")
    home.store.save(DAILY, "- called:: [[Ben Okoro]]\n")
    home.scan()
    assert not ben.exists()


def test_a_follow_up_that_moves_keeps_its_file_and_gets_a_later_sequence(home: Home) -> None:
    ben = home.event("Ben")
    before = re.findall("SEQUENCE:([0-9]+)", ben.read_text())
    home.vault.snooze("Ben", dt.date(2026, 7, 20), as_of=TODAY)
    home.scan()
    assert home.event("Ben") == ben
    assert home.day("Ben") == "20260720"
    assert re.findall("SEQUENCE:([0-9]+)", ben.read_text()) > before


# --------------------------------------------------------------------------------------------------------- reading back


def test_an_event_moved_to_a_later_day_is_snoozed_until_that_day(home: Home) -> None:
    ben = home.drag("Ben", "20260710")
    report = home.scan()
    assert "rel_snooze_until: 2026-07-10\n" in home.text(BEN)
    assert home.event("Ben") == ben
    assert home.day("Ben") == "20260710"
    assert home.codes(report) == []
    assert home.scan().published == ()


def test_an_event_moved_into_an_hour_of_another_day_is_snoozed_until_that_day(home: Home) -> None:
    home.edit("Ben", "DTSTART;VALUE=DATE:[0-9]{8}", "DTSTART;TZID=Europe/Berlin:20260710T003000")
    home.scan()
    assert "rel_snooze_until: 2026-07-10\n" in home.text(BEN)


def test_a_follow_up_cannot_be_brought_forward_and_its_event_is_put_back(home: Home) -> None:
    before = home.event("Ada").read_text()
    home.drag("Ada", "20260630")
    report = home.scan()
    assert home.codes(report) == ["vdir-moved-earlier"]
    assert home.day("Ada") == "20260702"
    # Programs hold on to the version with the higher number.
    written, now = (int(re.findall("SEQUENCE:([0-9]+)", text)[0]) for text in (before, home.event("Ada").read_text()))
    assert now > written
    assert home.codes(home.scan()) == []


@pytest.mark.parametrize("mark", ["✓ ", "✔", "✅ ", "[x] "])
def test_a_mark_before_the_title_is_contact_today(home: Home, mark: str) -> None:
    ben = home.edit("Ben", "SUMMARY:", f"SUMMARY:{mark}")
    home.scan()
    assert home.text(DAILY) == "- [wrote:: [[Ben Okoro]]]\n"
    assert not ben.exists()
    assert home.vault.person("Ben").tie.last_contact == TODAY


def test_an_event_marked_and_moved_to_a_past_day_is_contact_on_that_day(home: Home) -> None:
    home.edit("Ben", "SUMMARY:", "SUMMARY:✓ ")
    path = next(path for path in home.folder.iterdir() if "✓" in path.read_text())
    path.write_bytes(re.sub(rb"VALUE=DATE:20260701", b"VALUE=DATE:20260629", path.read_bytes(), count=1))
    home.scan()
    assert home.text("Daily/2026-06-29.md").endswith("- [wrote:: [[Ben Okoro]]]\n")
    assert DAILY not in home.store.files


def test_a_status_of_completed_is_contact(home: Home) -> None:
    home.edit("Ben", "STATUS:CONFIRMED", "STATUS:COMPLETED")
    home.scan()
    assert home.text(DAILY) == "- [wrote:: [[Ben Okoro]]]\n"


def test_a_promise_that_is_marked_is_kept(home: Home) -> None:
    home.edit("Ada", "SUMMARY:", "SUMMARY:✓ ")
    home.scan()
    assert home.text(DAILY).startswith("- [x] send [[Ada Moreau]] the glaze recipe")


def test_an_event_deleted_is_put_off_by_four_weeks(home: Home) -> None:
    ben = home.event("Ben")
    ben.unlink()
    home.scan()
    assert "rel_snooze_until: 2026-07-29\n" in home.text(BEN)
    assert home.day("Ben") == "20260729"
    assert home.event("Ben") == ben


def test_an_event_cancelled_is_an_event_deleted(home: Home) -> None:
    home.edit("Ben", "STATUS:CONFIRMED", "STATUS:CANCELLED")
    home.scan()
    assert "rel_snooze_until: 2026-07-29\n" in home.text(BEN)
    assert "STATUS:CONFIRMED" in home.event("Ben").read_text()


def test_an_event_that_was_deleted_when_its_follow_up_was_done_says_nothing(home: Home) -> None:
    home.store.save(DAILY, "- called:: [[Ben Okoro]]\n")
    home.event("Ben").unlink()
    home.scan()
    assert "rel_snooze_until" not in home.text(BEN)


def test_what_else_is_changed_in_an_event_stays_until_there_is_news_for_it(home: Home) -> None:
    changed = home.edit("Ben", "SUMMARY:.*", "SUMMARY:Ben, at last\r").read_bytes()
    notes = home.store.files
    assert home.scan().published == ()
    assert home.store.files == notes
    assert changed in home.files().values()
    home.vault.snooze("Ben", dt.date(2026, 7, 9), as_of=TODAY)
    home.scan()
    assert home.day("Ben Okoro") == "20260709"


def test_an_event_that_a_server_writes_in_its_own_way_is_left_that_way(home: Home) -> None:
    path = home.event("Ben")
    lines = path.read_bytes().decode().replace("\r\n ", "").split("\r\n")
    kept = [line for line in lines if not line.startswith(("DTSTAMP", "LAST-MODIFIED", "X-MICROSOFT"))]
    path.write_bytes("\n".join(kept).replace("PRODID:-//vaultrel//vaultrel//EN", "PRODID:-//server//EN").encode())
    before = path.read_bytes()
    assert home.scan().published == ()
    assert path.read_bytes() == before


def test_what_was_done_can_be_undone(home: Home, tmp_path: Path) -> None:
    root = tmp_path / "vault"
    for name, text in NOTES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(str(text))
    (root / ".vaultrel").mkdir()
    folder = tmp_path / "calendar"
    folder.mkdir()
    (root / ".vaultrel/config.toml").write_text(f"write = 'folder'\n[feed]\nvdir = '{folder}'\n")
    with open_vault(root) as vault:
        vault.grace_seconds = 0
        vault.scan(as_of=TODAY)
        path = next(path for path in folder.iterdir() if "SUMMARY:Ben" in path.read_text())
        path.unlink()
        vault.scan(as_of=TODAY)
        assert "rel_snooze_until" in (root / BEN).read_text()
        vault.undo()
        assert (root / BEN).read_text() == NOTES[BEN]


# ---------------------------------------------------------------------------------------------- when nothing is written


@pytest.mark.parametrize(("write", "notes"), [("nothing", True), ("fields", False)])
def test_where_notes_are_left_alone_an_event_keeps_what_was_done_to_it(
    tmp_path: Path, write: str, *, notes: bool
) -> None:
    home = Home(tmp_path, write=write)
    home.scan()
    path = home.drag("Ben", "20260710")
    moved = path.read_bytes()
    home.scan(notes=notes)
    assert path.read_bytes() == moved
    assert "rel_snooze_until" not in home.text(BEN)
    home.use()
    home.scan()
    assert "rel_snooze_until: 2026-07-10\n" in home.text(BEN)


def test_what_cannot_be_carried_out_is_told_and_tried_again(home: Home) -> None:
    path = home.drag("Ben", "20260710")
    moved = path.read_bytes()
    home.store.save(BEN, "---\na: [\n---\n")
    report = home.scan()
    assert ("vdir-not-carried-out", BEN) in {(found.code, found.path) for found in report.diagnostics}
    assert path.read_bytes() == moved
    home.store.save(BEN, "")
    home.scan()
    assert "rel_snooze_until: 2026-07-10\n" in home.text(BEN)


def test_a_note_that_somebody_writes_in_is_waited_for(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    path = home.drag("Ben", "20260710")
    moved = path.read_bytes()
    home.store.save(BEN, "Plays the flute.\n")
    now = home.store.touched(BEN)
    monkeypatch.setattr(clock, "wall_seconds", lambda: now + 1)
    assert BEN in home.scan(quiet_seconds=30.0).waiting
    assert path.read_bytes() == moved
    monkeypatch.setattr(clock, "wall_seconds", lambda: now + 1000)
    home.scan(quiet_seconds=30.0)
    assert "rel_snooze_until: 2026-07-10\n" in home.text(BEN)


# ------------------------------------------------------------------------------------------------ folders and strangers


def test_events_of_others_are_left_alone(home: Home) -> None:
    (home.folder / "dentist.ics").write_bytes(FOREIGN.encode())
    (home.folder / "displayname").write_text("Mine")
    home.event("Ben").unlink()
    report = home.scan()
    assert home.files()["dentist.ics"] == FOREIGN.encode()
    assert home.files()["displayname"] == b"Mine"
    assert home.codes(report) == []


@pytest.mark.parametrize(
    "junk",
    [
        b"",
        b"\0" * 900,
        b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:half",
        b"BEGIN:VCALENDAR\r\n" * 10_000,
        b"\xff\xfe" + "BEGIN:VCALENDAR".encode("utf-16-le"),
        b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:@\r\nDTSTART:99999999\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
        b"x" * 1_000_000,
    ],
    ids=["empty", "zeros", "half", "nested", "utf-16", "no-day", "long-line"],
)
def test_an_event_that_cannot_be_read_is_written_anew_and_told(home: Home, junk: bytes) -> None:
    path = home.event("Ben")
    path.write_bytes(junk.replace(b"@", path.stem.encode()))
    notes = home.store.files
    assert home.codes(home.scan()) == ["vdir-restored"]
    assert home.event("Ben") == path
    assert home.store.files == notes
    assert home.codes(home.scan()) == []


def test_another_event_under_our_name_is_left_alone_and_told(home: Home) -> None:
    path = home.event("Ben")
    path.write_bytes(FOREIGN.encode())
    assert home.codes(home.scan()) == ["vdir-not-ours"]
    assert path.read_bytes() == FOREIGN.encode()


def test_a_link_in_the_place_of_an_event_is_not_followed(home: Home, tmp_path_factory: pytest.TempPathFactory) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "secret.txt"
    elsewhere.write_text("mine")
    path = home.event("Ben")
    path.unlink()
    path.symlink_to(elsewhere)
    assert home.codes(home.scan()) == ["vdir-not-ours"]
    assert (path.is_symlink(), elsewhere.read_text()) == (True, "mine")


def test_a_folder_that_is_not_there_is_told_and_nothing_in_it_counts_as_deleted(home: Home) -> None:
    shutil.rmtree(home.folder)
    notes = home.store.files
    report = home.scan()
    assert home.codes(report) == ["vdir-no-folder"]
    assert (home.store.files, home.folder.exists()) == (notes, False)


@pytest.mark.parametrize("stranger", [None, "dentist.ics"])
def test_a_folder_that_lost_all_events_at_once_is_told_and_left_empty(home: Home, stranger: str | None) -> None:
    before = home.files()
    for path in home.folder.iterdir():
        path.unlink()
    if stranger:
        (home.folder / stranger).write_bytes(FOREIGN.encode())
    notes = home.store.files
    report = home.scan()
    assert home.codes(report) == ["vdir-emptied"]
    assert home.store.files == notes
    assert set(home.files()) == ({stranger} if stranger else set())
    for name, data in before.items():
        (home.folder / name).write_bytes(data)
    assert home.codes(home.scan()) == []


def test_turned_off_for_one_scan_the_folder_is_begun_anew(home: Home) -> None:
    for path in home.folder.iterdir():
        path.unlink()
    home.use("")
    home.scan()
    home.use()
    assert home.codes(home.scan()) == []
    assert len(home.files()) == 2
    assert "rel_snooze_until" not in home.text(BEN)


def test_another_folder_is_begun_anew(home: Home, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("other")
    home.use(str(folder))
    assert home.codes(home.scan()) == []
    assert len(list(folder.iterdir())) == 2


def test_what_was_written_being_forgotten_an_event_that_was_moved_is_put_back(home: Home) -> None:
    path = home.drag("Ben", "20260710")
    again = Home(home.folder, {**home.store.files})
    again.scan()
    assert again.event("Ben") == path
    assert again.day("Ben") == "20260701"
    assert "rel_snooze_until" not in again.text(BEN)


@pytest.mark.parametrize("setting", ["calendars/mine", "~nobody-of-that-name/x", "/nowhere/at/all"])
def test_a_folder_that_cannot_be_one_is_told(tmp_path: Path, setting: str) -> None:
    home = Home(tmp_path)
    home.use(setting)
    assert home.codes(home.scan()) == ["vdir-no-folder"]


def test_a_folder_in_the_vault_is_refused(tmp_path: Path) -> None:
    root = tmp_path / "vault"
    (root / "Calendar").mkdir(parents=True)
    (root / "Ada.md").write_text("---\ntype: person\n---\n")
    with open_vault(root) as vault:
        vault.use(parse_settings({"feed": {"vdir": str(root / "Calendar")}}, "config.toml"))
        vault.grace_seconds = 0
        assert "vdir-no-folder" in {found.code for found in vault.scan(as_of=TODAY).diagnostics}
    assert list((root / "Calendar").iterdir()) == []


def test_a_folder_that_must_not_be_written_is_told(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_store: object, path: str, *_: object) -> None:
        raise StorageFailedError(path, "write", "No space left on device")

    before = home.files()
    home.vault.snooze("Ben", dt.date(2026, 7, 10), as_of=TODAY)
    with monkeypatch.context() as patch:
        patch.setattr(FileSystemStore, "replace", fail)
        assert home.codes(home.scan()) == ["vdir-not-written"]
    assert home.files() == before
    assert home.codes(home.scan()) == []
    assert home.day("Ben") == "20260710"


@pytest.mark.parametrize("at", [1, 2, 3])
def test_a_run_killed_while_it_writes_leaves_nothing_that_looks_like_the_users_word(
    home: Home, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    calls = iter(range(1, 100))

    class KilledError(BaseException):
        pass

    def killed(real: object) -> object:
        def call(*args: object) -> object:
            if next(calls) == at:
                raise KilledError
            return real(*args)  # type: ignore[operator]

        return call

    home.store.save("Daily/2026-06-29.md", "- met:: [[Ben Okoro]]\n")
    home.store.save(DAILY, "- [ ] ask [[Ada Moreau]] about the kiln 📅 2026-07-09\n")
    home.vault.snooze("Ben", dt.date(2026, 7, 20), as_of=TODAY)
    with monkeypatch.context() as patch:
        for name in ("create", "replace", "remove"):
            patch.setattr(FileSystemStore, name, killed(getattr(FileSystemStore, name)))
        with pytest.raises(KilledError):
            home.scan()
    report = home.scan()
    assert (home.codes(report), report.applied) == ([], ())
    assert "rel_snooze_until" not in home.text(ADA)
    assert (home.day("Ada"), home.day("Ben")) == ("20260709", "20260720")
    assert len(home.files()) == 2
