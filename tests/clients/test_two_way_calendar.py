"""vdirsyncer, set up as the how-to page says, carries follow-ups to a calendar and what is done to them back."""

from __future__ import annotations

import datetime as dt
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from vaultrel.app import open_vault
from vaultrel.settings import parse_settings
from vaultrel.storage.memory import MemoryStore

PAGE = (Path(__file__).parents[2] / "docs/how-to/two-way-calendar.md").read_text("utf-8")
TODAY = dt.date(2026, 6, 30)
ADA, BEN = "People/Ada Moreau.md", "People/Ben Okoro.md"
NOTES: dict[str, bytes | str] = {
    ADA: "",
    BEN: "",
    "Daily/2026-06-29.md": "- met:: [[Ben Okoro]]\n- [ ] send [[Ada Moreau]] the glaze recipe 📅 2026-07-02\n",
}
FOREIGN = (
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//mine//EN\r\nBEGIN:VEVENT\r\nUID:dentist\r\n"
    "DTSTAMP:20260601T000000Z\r\nDTSTART;VALUE=DATE:20260701\r\nSUMMARY:Dentist\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)


class Sync:
    """A home folder where vdirsyncer syncs as on the page, but for the server, which is a folder here."""

    def __init__(self, home: Path) -> None:
        beside = shutil.which("vdirsyncer", path=str(Path(sys.executable).parent))
        self.program = beside or shutil.which("vdirsyncer") or ""
        if not self.program:
            pytest.skip("vdirsyncer is not installed")
        self.home = home
        self.server = home / "server"
        self.server.mkdir()
        (config,) = re.findall(r"^```ini\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
        kept, _, _ = config.partition("[storage server]")
        server = f'[storage server]\ntype = "filesystem"\npath = "{self.server}/"\nfileext = ".ics"\n'
        (home / "vdirsyncer.conf").write_text(kept + server, "utf-8")
        self.run("discover", "followups")

    def run(self, *words: str) -> None:
        environment = {
            "HOME": str(self.home),
            "VDIRSYNCER_CONFIG": str(self.home / "vdirsyncer.conf"),
            "PATH": os.environ.get("PATH", ""),
            "LANG": "C.UTF-8",
        }
        done = subprocess.run(
            [self.program, *words], env=environment, capture_output=True, text=True, check=False, timeout=120
        )
        assert done.returncode == 0, done.stdout + done.stderr

    def events(self) -> dict[str, str]:
        """The day of each event on the server, by the first word of its title."""
        texts = [path.read_text("utf-8") for path in self.server.glob("*.ics")]
        return {
            re.findall(r"^SUMMARY:(?:✓ )?(\w+)", text, re.MULTILINE)[0]: re.findall("DATE:([0-9]{8})", text)[0]
            for text in texts
        }

    def on_server(self, word: str) -> Path:
        return next(path for path in self.server.glob("*.ics") if f"SUMMARY:{word}" in path.read_text("utf-8"))


def test_what_is_done_on_the_server_comes_back_and_a_second_round_changes_nothing(home: Path) -> None:
    (table,) = re.findall(r"^```toml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    folder = home / ".calendars/vaultrel"
    folder.mkdir(parents=True)
    sync, store = Sync(home), MemoryStore(NOTES)
    vault = open_vault(store)
    vault.use(parse_settings(tomllib.loads(table), "config.toml"))

    vault.scan(as_of=TODAY)
    sync.run("sync")
    assert sync.events() == {"Ben": "20260701", "Ada": "20260702"}

    ben = sync.on_server("Ben")
    ben.write_bytes(ben.read_bytes().replace(b"DTSTART;VALUE=DATE:20260701", b"DTSTART;VALUE=DATE:20260715"))
    ada = sync.on_server("Ada")
    ada.write_bytes(ada.read_bytes().replace(b"SUMMARY:", "SUMMARY:✓ ".encode()))
    (sync.server / "dentist.ics").write_bytes(FOREIGN.encode())
    sync.run("sync")
    vault.scan(as_of=TODAY)
    sync.run("sync")
    assert "rel_snooze_until: 2026-07-15\n" in store.files[BEN].decode()
    assert store.files["Daily/2026-06-30.md"].startswith(b"- [x] send [[Ada Moreau]]")
    assert (sync.events()["Ben"], sync.events()["Dentist"]) == ("20260715", "20260701")
    assert not ada.exists()

    notes, there = store.files, {path: path.read_bytes() for path in sync.server.iterdir()}
    report = vault.scan(as_of=TODAY)
    sync.run("sync")
    assert (report.applied, report.published) == ((), ())
    assert store.files == notes
    assert {path: path.read_bytes() for path in sync.server.iterdir()} == there
