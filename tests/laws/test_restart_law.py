"""Law 2 across runs: what is remembered between them shows in the time a run takes, and in nothing else."""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
import sqlite3
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from unittest import mock

from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from vaultrel import clock
from vaultrel.app import Vault, open_vault
from vaultrel.cli.scan import make_sheet as make_scan_sheet
from vaultrel.cli.scan import take_sheet as take_scan
from vaultrel.cli.session import Session
from vaultrel.cli.today import make_sheet, take_sheet
from vaultrel.core.derive import derive
from vaultrel.core.notes import parse_note
from vaultrel.core.scope import skip_reason
from vaultrel.core.settled_names import names_path, read_settled_names
from vaultrel.locations import Locations
from vaultrel.model import NotePath
from vaultrel.settings import DEFAULT_SETTINGS
from vaultrel.storage.memory import MemoryStore
from vaultrel.storage.naming import temp_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vaultrel.model import Snapshot

NAMES = names_path(DEFAULT_SETTINGS)
PATHS = st.sampled_from(["People/Ada Stone.md", "People/Ben Hale.md", "Daily/2026-05-28.md", "Meetings/Rowing.md"])
TEXTS = st.sampled_from(
    [
        "---\ntags: [person]\naliases: [Ada]\n---\n",
        "---\ntags: [person]\n---\n- 2026-05-20: coffee\n",
        "met:: [[Ada Stone]]\ncalled:: [[Ada]]\n",
        "---\ntype: meeting\ndate: 2026-04-03\nattendees: [Ada, Ben Hale]\n---\n",
        "- [ ] write to [[Ben Hale]] 📅 2026-06-20\n",
    ]
)
ANSWERS = st.sampled_from(["", "- [x] Ada is [[People/Ben Hale]]\n", "- [x] Ada is [[People/Ada Stone]]\n"])


class RunsAgree(RuleBasedStateMachine):
    """Every answer of a vault that is opened, closed, changed behind its back, is the one computed from nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="vaultrel-law-"))
        self.locations = Locations(self.folder / "state", self.folder / "cache")
        self.today = dt.date(2026, 6, 1)

    def teardown(self) -> None:
        shutil.rmtree(self.folder)

    @initialize(texts=st.dictionaries(PATHS, TEXTS, min_size=1))
    def start(self, texts: dict[str, str]) -> None:
        self.store = MemoryStore({"Keep.md": "keep", **texts})
        self.open()

    def open(self) -> None:
        self.vault = Vault(self.store, DEFAULT_SETTINGS, self.locations)

    @rule(path=PATHS, text=TEXTS)
    def save(self, path: str, text: str) -> None:
        self.store.save(path, text)

    @rule(text=ANSWERS)
    def answer(self, text: str) -> None:
        self.store.save(NAMES, text)

    @precondition(lambda self: len(self.store.files) > 2)
    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        self.store.delete(data.draw(st.sampled_from(sorted(set(self.store.files) - {"Keep.md"}))))

    @rule(path=PATHS, new=PATHS)
    def rename(self, path: str, new: str) -> None:
        if path in self.store.files:
            self.store.rename(path, new)

    @rule(days=st.integers(-2, 40))
    def let_the_clock_jump(self, days: int) -> None:
        self.today += dt.timedelta(days=days)

    @rule()
    def run_again(self) -> None:
        with mock.patch.object(clock, "today", return_value=self.today):
            self.vault.close()
        self.open()

    @rule()
    def scan(self) -> None:
        with mock.patch.object(clock, "today", return_value=self.today):
            self.vault.scan(accept_missing=True)

    @rule()
    def read_everything_again(self) -> None:
        with mock.patch.object(clock, "today", return_value=self.today):
            self.vault.refresh(full=True, accept_missing=True)

    @rule(path=PATHS, text=TEXTS)
    def keep_beside_another_process_that_keeps(self, path: str, text: str) -> None:
        """Both go on from the same, and each has read something that the other has not."""
        with mock.patch.object(clock, "today", return_value=self.today):
            other = Vault(self.store, DEFAULT_SETTINGS, self.locations)
            other.refresh(accept_missing=True)
            self.store.save(path, text)
            self.vault.refresh(accept_missing=True)
            self.store.save("Daily/2026-05-28.md", "met:: [[Ada]]\n")
            other.refresh(accept_missing=True)
            self.vault.keep_snapshot()
            other.close()

    @rule()
    def let_another_process_read_meanwhile(self) -> None:
        with mock.patch.object(clock, "today", return_value=self.today):
            other = Vault(self.store, DEFAULT_SETTINGS, self.locations)
            other.refresh(accept_missing=True)
            self.store.save("Daily/2026-05-28.md", "met:: [[Ben Hale]]\n")
            other.refresh()
            other.close()

    @rule(
        damage=st.sampled_from(
            [
                "UPDATE notes SET note = x'c1'",
                "UPDATE notes SET fingerprint = x'c1'",
                "UPDATE snapshot SET part = x'c1'",
                "UPDATE records SET record = x'c1'",
                "UPDATE records_of SET settled = x'c1'",
                "UPDATE records_of SET rules = 'of another release'",
                "DELETE FROM notes",
                "DELETE FROM records_of",
                "DELETE FROM records WHERE rowid = (SELECT min(rowid) FROM records)",
            ]
        )
    )
    def damage_what_is_remembered(self, damage: str) -> None:
        self.change_index(damage)

    @rule()
    def put_back_one_record_of_another_time(self) -> None:
        """As a program that restores files may; the database itself writes all of them or none."""
        if self.locations.index.exists():
            self.change_index(
                "CREATE TABLE IF NOT EXISTS earlier AS SELECT * FROM records",
                "INSERT OR REPLACE INTO records SELECT * FROM earlier",
                "DROP TABLE earlier",
                "CREATE TABLE earlier AS SELECT * FROM records ORDER BY path LIMIT 1",
            )

    def change_index(self, *statements: str) -> None:
        if self.locations.index.exists():
            with sqlite3.connect(self.locations.index) as database:
                for statement in statements:
                    database.execute(statement)
            database.close()

    @invariant()
    def the_answer_is_the_one_from_scratch(self) -> None:
        if not hasattr(self, "store"):
            return
        with mock.patch.object(clock, "today", return_value=self.today):
            self.vault.refresh(accept_missing=True)
            told = self.vault.snapshot()
            path = NotePath("People/Ada Stone.md")
            if path in self.store.files:
                assert self.vault.classification(path)[0] == parse_note(path, self.store.files[path])
        assert told == self.from_scratch()

    def from_scratch(self) -> Snapshot:
        files = self.store.files
        notes = [
            parse_note(NotePath(path), data)
            for path, data in files.items()
            if skip_reason(path, DEFAULT_SETTINGS) is None
        ]
        answers, _ = read_settled_names(files.get(NAMES, b""), NAMES)
        return derive(notes, DEFAULT_SETTINGS, self.today, answers)


TestRunsAgree = RunsAgree.TestCase
TestRunsAgree.settings = hypothesis_settings(max_examples=25, stateful_step_count=15, deadline=None)


CONFIGS = st.sampled_from(
    [
        "",
        'folder = "Meta"\n',
        'folder = ".meta"\n',
        'ignore = ["Daily"]\n',
        'write = "folder"\n',
        'write = "nothing"\n',
        '[phrases]\n"do-coffee" = "Tea?"\n',
        '[feed]\npublish_to = "~/copies"\n',
        '[feed]\nvdir = "~/events"\n',
        "[notes]\nrelationships = false\n",
    ]
)
FILTERS = st.sampled_from(["{}", '{"userIgnoreFilters": ["Daily/"]}', "{"])


class KeptSheetsAgree(RuleBasedStateMachine):
    """What is kept by a run before shows in nothing.

    What `today` shows of a folder is what a first run shows. What `scan` kept is what a scan would show that looks at
    everything, and such a scan writes nothing.
    """

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="vaultrel-law-"))
        self.root = self.folder / "Notes"
        self.today = dt.date(2026, 6, 1)
        self.saved = 0
        self.release = "1"
        for name in ("copies", "events"):
            (self.folder / "home" / name).mkdir(parents=True)
        self.save("Keep.md", "keep")
        self.save("People/Ada Stone.md", "Rows.")
        self.save("Daily/2026-05-28.md", "met:: [[Ada Stone]]")
        self.session = Session()
        self.session.vault = str(self.root)

    def teardown(self) -> None:
        shutil.rmtree(self.folder)

    @rule(path=PATHS | st.sampled_from(["vaultrel/Names.md", "Meta/Names.md", ".meta/Names.md"]), text=TEXTS | ANSWERS)
    def save(self, path: str, text: str) -> None:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        # Two saves within a tick of the clock look the same; `tests/app/test_kept_answer.py` has what that does.
        self.saved += 1
        os.utime(file, (self.saved, self.saved))

    @rule(text=CONFIGS)
    def configure(self, text: str) -> None:
        self.save(".vaultrel/config.toml", text)

    @rule(text=FILTERS)
    def exclude(self, text: str) -> None:
        self.save(".obsidian/app.json", text)

    @rule(path=PATHS)
    def delete(self, path: str) -> None:
        (self.root / path).unlink(missing_ok=True)

    @rule(path=PATHS, new=PATHS)
    def rename(self, path: str, new: str) -> None:
        if (self.root / path).exists():
            (self.root / new).parent.mkdir(exist_ok=True)
            (self.root / path).replace(self.root / new)

    @rule(days=st.integers(-2, 40))
    def let_the_clock_jump(self, days: int) -> None:
        self.today += dt.timedelta(days=days)

    @rule(release=st.sampled_from(["1", "2"]))
    def install(self, release: str) -> None:
        self.release = release

    @rule(at=st.floats(0, 1, exclude_max=True), whole=st.booleans())
    def damage_what_is_kept(self, at: float, whole: bool) -> None:  # noqa: FBT001 - drawn
        for file in self.folder.glob("cache/vaultrel/*/[lst]*"):
            kept = file.read_bytes()
            place = int(at * len(kept))
            file.write_bytes(kept[:place] + (bytes([kept[place] ^ 1]) + kept[place + 1 :] if whole else b""))

    @rule()
    def scan(self) -> None:
        with self.now():
            for _ in range(3):  # the first writes, the second sees what that left, and the third that nothing is left
                take_scan(self.session, accept_missing=True)

    @rule(data=st.data(), text=st.sampled_from([None, "", "x", "- [x] done\n"]))
    def meddle_with_what_a_scan_made(self, data: st.DataObject, text: str | None) -> None:
        self.scan()
        made = sorted(path for path in self.kept_up() if not path.endswith(("config.toml", "app.json", ".jsonl")))
        if made:
            file = Path(data.draw(st.sampled_from(made)))
            if text is None:
                file.unlink()
            else:
                file.write_text(text, encoding="utf-8")

    @rule(path=PATHS)
    def leave_a_temporary_file(self, path: str) -> None:
        file = self.root / path
        if file.exists():
            (file.parent / temp_name(file.name)).write_bytes(file.read_bytes())

    def kept_up(self) -> dict[str, tuple[int, int]]:
        """Every file of the vault, and of what is kept for it, with what tells that it was written."""
        places = (self.root, *self.folder.glob("state/vaultrel/vaults/*"), self.folder / "home")
        files = [file for place in places for file in place.rglob("*") if file.is_file()]
        return {
            str(file): (file.stat().st_mtime_ns, file.stat().st_ino)
            for file in files
            if file.name not in {"last-scan", "writer.lock"}
        }

    @invariant()
    def what_a_scan_kept_is_what_one_would_find_that_looks_at_everything(self) -> None:
        with self.now():
            kept = self.session.kept_answer("scan")
            assert kept is not None
            if (data := kept.recall()) is None:
                return
            before = self.kept_up()
            with open_vault(self.root) as vault:
                sheet = make_scan_sheet(vault.scan(), writes_notes=vault.settings.write == "fields")
        assert json.loads(json.dumps(sheet)) == json.loads(data)
        assert self.kept_up() == before

    @invariant()
    def what_is_shown_is_what_a_first_run_shows(self) -> None:
        first = Locations(self.folder / "first" / "state", self.folder / "first" / "cache")
        with self.now():
            shown = [take_sheet(self.session), take_sheet(self.session)]
            with open_vault(self.root, locations=first) as vault:
                made = json.loads(json.dumps(make_sheet(vault.snapshot(), vault.settings)))
        shutil.rmtree(self.folder / "first")
        assert [json.loads(json.dumps(sheet)) for sheet in shown] == [made, made]

    @contextmanager
    def now(self) -> Iterator[None]:
        """The day, the release and the user's folders as they are in this run."""
        folders = {f"XDG_{kind.upper()}_HOME": str(self.folder / kind) for kind in ("state", "cache", "config")}
        with (
            mock.patch.dict(os.environ, {**folders, "HOME": str(self.folder / "home")}),
            mock.patch.object(clock, "sleep"),
            mock.patch.object(clock, "today", return_value=self.today),
            mock.patch("vaultrel.app.kept_answer.__version__", self.release),
            mock.patch("vaultrel.core.changes.COARSE_CLOCK_NS", 0),
        ):
            yield


TestKeptSheetsAgree = KeptSheetsAgree.TestCase
TestKeptSheetsAgree.settings = hypothesis_settings(max_examples=15, stateful_step_count=12, deadline=None)
