"""`Relationships.md` end to end: a tick is contact, a later day a snooze, and nothing a human wrote is lost."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING

import pytest

from vaultrel import clock
from vaultrel.app import Vault, open_vault
from vaultrel.storage.memory import MemoryStore

if TYPE_CHECKING:
    from pathlib import Path

    from vaultrel.app import ScanReport

NOTE = "vaultrel/Relationships.md"
TODAY = dt.date(2026, 6, 30)
ADA, BEN = "People/Ada Moreau.md", "People/Ben Okoro.md"
DAILY = "Daily/2026-06-30.md"

NOTES: dict[str, bytes | str] = {
    ADA: "",
    BEN: "Plays the oboe.\n",
    "Daily/2026-06-29.md": "- met:: [[Ben Okoro]]\n- [ ] send [[Ada Moreau]] the glaze recipe 📅 2026-07-02\n",
    "Daily/2026-03-02.md": "- met:: [[Ada Moreau]]\n",
}
"""Somebody met yesterday, to be written to, and somebody who was promised something."""


class Home:
    """A vault in memory, scanned as on one day after another."""

    def __init__(self, notes: dict[str, bytes | str] | None = None) -> None:
        self.store = MemoryStore(NOTES if notes is None else notes)
        self.vault: Vault = open_vault(self.store)

    def scan(self, days: int = 0, **options: float | bool) -> ScanReport:
        return self.vault.scan(as_of=TODAY + dt.timedelta(days), **options)  # type: ignore[arg-type]

    def text(self, path: str = NOTE) -> str:
        return self.store.files[path].decode()

    def edit(self, old: str, new: str, path: str = NOTE) -> None:
        assert re.search(old, self.text(path), re.MULTILINE), self.text(path)
        self.store.save(path, re.sub(old, new, self.text(path), count=1, flags=re.MULTILINE))

    def tick(self, name: str, box: str = "x") -> None:
        self.edit(rf"^- \[ \] (?=\[\[People/{name})", f"- [{box}] ")

    def tasks(self) -> list[str]:
        return [
            line.partition("|")[2].partition("]]")[0] for line in self.text().splitlines() if line.startswith("- [ ]")
        ]

    def planned(self, name: str) -> bool:
        return name in self.store.files["vaultrel/followups.ics"].decode()

    def codes(self, report: ScanReport) -> set[str]:
        return {found.code for found in report.diagnostics if found.path == NOTE}


@pytest.fixture
def home() -> Home:
    made = Home()
    made.scan()
    assert made.tasks() == ["Ben Okoro", "Ada Moreau"]
    return made


# ---------------------------------------------------------------------------------------------------------------- ticks


@pytest.mark.parametrize("box", ["x", "X"])
def test_a_follow_up_ticked_is_contact_at_the_next_scan_and_its_event_leaves_the_feed(home: Home, box: str) -> None:
    assert home.planned("20260701")
    home.tick("Ben", box)
    home.scan()
    assert home.text(DAILY) == "- [wrote:: [[Ben Okoro]]]\n"
    assert home.tasks() == ["Ada Moreau"]
    assert home.vault.person("Ben").tie.last_contact == TODAY
    assert not home.planned("20260701")


def test_a_second_scan_writes_nothing(home: Home) -> None:
    home.tick("Ben")
    home.scan()
    files = home.store.files
    report = home.scan()
    assert (report.applied, report.published) == ((), ())
    assert home.store.files == files


def test_the_day_that_tasks_wrote_is_the_day_of_contact(home: Home) -> None:
    home.tick("Ben")
    home.edit(r" \^followup", " ✅ 2026-06-29 ^followup")
    home.scan()
    assert home.text("Daily/2026-06-29.md").endswith("- [wrote:: [[Ben Okoro]]]\n")
    assert DAILY not in home.store.files


def test_a_day_to_come_beside_a_tick_is_today(home: Home) -> None:
    home.tick("Ben")
    home.edit(r" \^followup", " ✅ 2026-07-09 ^followup")
    home.scan()
    assert home.text(DAILY) == "- [wrote:: [[Ben Okoro]]]\n"


def test_two_ticks_of_one_day_are_two_lines_of_one_note(home: Home) -> None:
    home.tick("Ben")
    home.tick("Ada")
    report = home.scan()
    promised_in = "(promised in [[Daily/2026-06-29|2026-06-29]])"
    assert home.text(DAILY).splitlines() == [
        "- [wrote:: [[Ben Okoro]]]",
        f"- [x] send [[Ada Moreau]] the glaze recipe 📅 2026-07-02 {promised_in} ✅ 2026-06-30",
    ]
    assert [edit.patch.path for edit in report.applied if edit.patch.path == DAILY] == [DAILY]
    assert home.tasks() == []


def test_a_promise_ticked_leaves_the_user_s_own_task_as_it_is(home: Home) -> None:
    before = home.text("Daily/2026-06-29.md")
    home.tick("Ada")
    home.scan()
    assert home.text("Daily/2026-06-29.md") == before
    assert home.vault.person("Ada", TODAY).promises == ()


def test_an_editor_with_windows_line_ends_can_tick(home: Home) -> None:
    home.store.save(NOTE, home.text().replace("\n", "\r\n"))
    home.tick("Ben")
    home.scan()
    assert home.text(DAILY) == "- [wrote:: [[Ben Okoro]]]\n"
    assert home.text().count("\r\n") == home.text().count("\n")


def test_a_tick_the_day_before_the_week_ends_is_read_the_week_after(home: Home) -> None:
    home.tick("Ben")
    home.scan(days=7)
    assert home.text("Daily/2026-07-07.md") == "- [wrote:: [[Ben Okoro]]]\n"


def test_a_tick_after_contact_that_is_noted_already_adds_nothing(home: Home) -> None:
    home.store.save(DAILY, "- coffee:: [[Ben Okoro]]\n")
    home.tick("Ben")
    home.scan()
    assert home.text(DAILY) == "- coffee:: [[Ben Okoro]]\n"
    assert home.tasks() == ["Ada Moreau"]


def test_a_tick_that_was_carried_out_by_a_killed_scan_is_not_carried_out_twice(home: Home) -> None:
    home.tick("Ben")
    ticked = home.store.files[NOTE]
    home.scan()
    once = home.text(DAILY)
    home.store.save(NOTE, ticked)
    home.scan()
    assert home.text(DAILY) == once
    assert home.tasks() == ["Ada Moreau"]


def test_a_tick_counts_though_the_reason_for_the_follow_up_has_changed(home: Home) -> None:
    home.tick("Ada")
    home.edit("glaze", "bread", "Daily/2026-06-29.md")
    home.scan()
    assert home.vault.person("Ada", TODAY).tie.last_contact == TODAY


def test_a_renamed_note_keeps_its_tick(home: Home) -> None:
    home.tick("Ben")
    home.store.rename(BEN, "Friends/Ben Hale.md")
    home.edit("", "---\ntags: friend\n---\n", "Friends/Ben Hale.md")
    home.edit("Ben Okoro", "Ben Hale", "Daily/2026-06-29.md")
    home.edit(re.escape("People/Ben Okoro|Ben Okoro"), "Friends/Ben Hale|Ben Okoro")
    home.scan()
    assert "[[Ben Hale]]" in home.text(DAILY)


def test_a_tick_for_somebody_without_a_note_is_told_once(home: Home) -> None:
    home.tick("Ben")
    home.store.delete(BEN)
    assert "tick-without-person" in home.codes(home.scan())
    assert home.codes(home.scan()) == set()


def test_a_tick_that_cannot_be_written_stays_and_is_told(home: Home) -> None:
    home.store.save(DAILY, "```\nnever closed\n")
    home.tick("Ben")
    ticked = home.store.files[NOTE]
    assert "tick-not-written" in home.codes(home.scan())
    assert home.store.files[NOTE] == ticked
    home.store.save(DAILY, "```\nclosed\n```\n")
    assert home.codes(home.scan()) == set()
    assert home.text(DAILY) == "```\nclosed\n```\n- [wrote:: [[Ben Okoro]]]\n"


# --------------------------------------------------------------------------------------------------------------- snooze


def test_a_follow_up_re_dated_is_snoozed_until_that_day(home: Home) -> None:
    home.edit("(People/Ben.*📅 )2026-07-01", r"\g<1>2026-07-20")
    home.scan()
    assert "rel_snooze_until: 2026-07-20\n" in home.text(BEN)
    assert home.tasks() == ["Ada Moreau"]
    assert home.vault.person("Ben", TODAY).tie.due == dt.date(2026, 7, 20)
    files = home.store.files
    home.scan()
    assert home.store.files == files


def test_a_follow_up_snoozed_by_command_leaves_the_note_even_after_its_day(home: Home) -> None:
    home.scan(days=2)
    assert home.tasks() == ["Ben Okoro", "Ada Moreau"]
    home.vault.snooze("Ben", dt.date(2026, 7, 20), as_of=TODAY + dt.timedelta(2))
    assert home.tasks() == ["Ada Moreau"]


@pytest.mark.parametrize("day", ["2026-06-01", "2026-06-30"])
def test_an_earlier_day_is_no_snooze_and_is_told(home: Home, day: str) -> None:
    home.edit("(People/Ben.*📅 )2026-07-01", rf"\g<1>{day}")
    assert "moved-earlier" in home.codes(home.scan())
    assert "rel_snooze_until" not in home.text(BEN)
    assert home.tasks() == ["Ben Okoro", "Ada Moreau"]


def test_a_task_ticked_and_re_dated_is_done(home: Home) -> None:
    home.edit("(People/Ben.*📅 )2026-07-01", r"\g<1>2026-07-20")
    home.tick("Ben")
    home.scan()
    assert "rel_snooze_until" not in home.text(BEN)
    assert home.text(DAILY) == "- [wrote:: [[Ben Okoro]]]\n"


# ------------------------------------------------------------------------------------------------- what else they wrote


def test_words_between_the_lines_and_below_are_kept(home: Home) -> None:
    home.edit("^## This week\n", "## This week\n\nRemember the flowers.\n")
    home.store.save(NOTE, home.text() + "\nMy own list.\n")
    home.tick("Ben")
    home.scan()
    assert home.text().endswith("%%\n\nMy own list.\nRemember the flowers.\n")
    files = home.store.files
    home.scan()
    assert home.store.files == files


def test_an_emptied_note_is_written_anew(home: Home) -> None:
    before = home.text()
    home.store.save(NOTE, "")
    home.scan()
    assert home.text() == before


@pytest.mark.parametrize("content", [b"<<<<<<< ours\n- [x] a\n=======\n>>>>>>> theirs\n", b"\xff\xfe", b"a\0b"])
def test_a_note_that_is_not_understood_is_neither_read_nor_written(home: Home, content: bytes) -> None:
    home.store.save(NOTE, content)
    assert "relationships-not-understood" in home.codes(home.scan())
    assert home.store.files[NOTE] == content


def test_copies_that_sync_programs_left_are_not_read(home: Home) -> None:
    home.tick("Ben")
    home.store.rename(NOTE, "vaultrel/Relationships.sync-conflict-20260630-101010-ABCDEFG.md")
    home.scan()
    assert DAILY not in home.store.files
    assert home.tasks() == ["Ben Okoro", "Ada Moreau"]


# ------------------------------------------------------------------------------------------------------------- manners


def test_while_somebody_writes_in_it_nothing_is_read_or_written(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    home.tick("Ben")
    ticked = home.store.files[NOTE]
    now = home.store.touched(NOTE)
    monkeypatch.setattr(clock, "wall_seconds", lambda: now + 10)
    report = home.scan(quiet_seconds=30.0)
    assert NOTE in report.waiting
    assert home.store.files[NOTE] == ticked
    assert DAILY not in home.store.files
    monkeypatch.setattr(clock, "wall_seconds", lambda: now + 31)
    home.scan(quiet_seconds=30.0)
    assert home.text(DAILY) == "- [wrote:: [[Ben Okoro]]]\n"


def test_while_somebody_writes_in_the_daily_note_its_line_waits(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    home.tick("Ben")
    ticked = home.store.files[NOTE]
    home.store.advance(100)
    home.store.save(DAILY, "writing just n")
    now = home.store.touched(DAILY)
    monkeypatch.setattr(clock, "wall_seconds", lambda: now + 10)
    assert set(home.scan(quiet_seconds=30.0).waiting) == {DAILY, NOTE}
    assert (home.text(DAILY), home.store.files[NOTE]) == ("writing just n", ticked)
    monkeypatch.setattr(clock, "wall_seconds", lambda: now + 31)
    home.scan(quiet_seconds=30.0)
    assert home.text(DAILY) == "writing just n\n- [wrote:: [[Ben Okoro]]]"


def test_a_scan_that_leaves_notes_alone_leaves_ticks_for_the_next(home: Home) -> None:
    home.tick("Ben")
    files = home.store.files
    assert home.scan(notes=False).waiting == (NOTE,)
    assert home.store.files == files


def test_a_dry_run_says_what_a_tick_would_write_and_writes_nothing(home: Home) -> None:
    home.tick("Ben")
    files = home.store.files
    report = home.scan(dry_run=True)
    assert home.store.files == files
    assert (report.applied[0].patch.path, report.applied[0].after) == (DAILY, b"- [wrote:: [[Ben Okoro]]]\n")


def test_switched_off_it_is_neither_read_nor_written() -> None:
    home = Home({**NOTES, ".vaultrel/config.toml": "[notes]\nrelationships = false\n"})
    home.scan()
    assert NOTE not in home.store.files
    assert "vaultrel/People.base" not in home.store.files


def test_with_only_the_folder_written_a_tick_is_still_the_user_s_word() -> None:
    home = Home({**NOTES, ".vaultrel/config.toml": 'write = "folder"\n'})
    home.scan()
    home.tick("Ben")
    home.scan()
    assert home.text(DAILY) == "- [wrote:: [[Ben Okoro]]]\n"
    assert (home.text(ADA), home.text(BEN)) == (NOTES[ADA], NOTES[BEN])


def test_a_vault_that_is_only_read_gets_none() -> None:
    home = Home({**NOTES, ".vaultrel/config.toml": 'write = "nothing"\n'})
    home.scan()
    assert not [path for path in home.store.files if path.startswith("vaultrel/")]


def test_it_is_written_when_something_changed_and_not_because_a_day_has_passed(home: Home) -> None:
    home.scan(days=1)
    before = home.text()
    for days in range(2, 6):
        home.scan(days=days)
        assert home.text() == before


def test_two_machines_write_the_same_bytes(home: Home) -> None:
    other = Home({path: data for path, data in home.store.files.items() if path != NOTE})
    other.scan()
    assert other.text() == home.text()


def test_the_base_is_written_once_and_then_the_user_s(home: Home) -> None:
    home.store.save("vaultrel/People.base", "views: []\n")
    home.tick("Ben")
    home.scan()
    assert home.text("vaultrel/People.base") == "views: []\n"
    home.store.delete("vaultrel/People.base")
    home.scan(days=1)
    assert "vaultrel/People.base" not in home.store.files


def test_log_does_not_write_over_a_tick_that_waits(home: Home) -> None:
    home.tick("Ben")
    ticked = home.store.files[NOTE]
    home.vault.log_contact([home.vault.person("Ada").person.path], "coffee", as_of=TODAY)
    assert home.store.files[NOTE] == ticked
    home.scan()
    assert home.text(DAILY) == "- [coffee:: [[Ada Moreau]]]\n- [wrote:: [[Ben Okoro]]]\n"


# ---------------------------------------------------------------------------------------------------------------- undo


@pytest.fixture
def on_disk(tmp_path: Path, home_folder: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Vault]:
    monkeypatch.setattr("vaultrel.clock.sleep", lambda _seconds: None)
    root = tmp_path / "Notes"
    for path, content in NOTES.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(str(content))
    vault = open_vault(root)
    vault.scan(as_of=TODAY)
    return root, vault


@pytest.fixture
def home_folder(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    return tmp_path / "home"


def test_undo_takes_a_tick_back_and_the_next_scan_proposes_it_again(on_disk: tuple[Path, Vault]) -> None:
    root, vault = on_disk
    ben = (root / BEN).read_bytes()
    before = (root / NOTE).read_text("utf-8")
    (root / NOTE).write_text(before.replace("- [ ] [[People/Ben", "- [x] [[People/Ben"), "utf-8")
    vault.scan(as_of=TODAY)
    assert (root / DAILY).read_text() == "- [wrote:: [[Ben Okoro]]]\n"
    vault.undo()
    assert ((root / BEN).read_bytes(), (root / DAILY).exists()) == (ben, False)
    vault.scan(as_of=TODAY)
    assert (root / NOTE).read_text("utf-8") == before
    assert not (root / DAILY).exists()


def test_undo_takes_a_new_day_back_and_the_next_scan_offers_the_old_one(on_disk: tuple[Path, Vault]) -> None:
    root, vault = on_disk
    ben = (root / BEN).read_bytes()
    before = (root / NOTE).read_text("utf-8")
    (root / NOTE).write_text(re.sub("(People/Ben.*📅 )2026-07-01", r"\g<1>2026-07-20", before), "utf-8")
    vault.scan(as_of=TODAY)
    assert b"rel_snooze_until: 2026-07-20" in (root / BEN).read_bytes()
    vault.undo()
    assert (root / BEN).read_bytes() == ben
    vault.scan(as_of=TODAY)
    assert (root / NOTE).read_text("utf-8") == before
