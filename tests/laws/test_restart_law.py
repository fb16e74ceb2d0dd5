"""Law 2 across runs: what is remembered between them shows in the time a run takes, and in nothing else."""

from __future__ import annotations

import datetime as dt
import shutil
import sqlite3
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING
from unittest import mock

from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from vaultrel import clock
from vaultrel.app import Vault
from vaultrel.core.derive import derive
from vaultrel.core.notes import parse_note
from vaultrel.core.scope import skip_reason
from vaultrel.core.settled_names import names_path, read_settled_names
from vaultrel.locations import Locations
from vaultrel.model import NotePath
from vaultrel.settings import DEFAULT_SETTINGS
from vaultrel.storage.memory import MemoryStore

if TYPE_CHECKING:
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
    def let_another_process_read_meanwhile(self) -> None:
        with mock.patch.object(clock, "today", return_value=self.today):
            other = Vault(self.store, DEFAULT_SETTINGS, self.locations)
            other.refresh(accept_missing=True)
            self.store.save("Daily/2026-05-28.md", "met:: [[Ben Hale]]\n")
            other.refresh()
            other.close()

    @rule(columns=st.sampled_from(["notes SET note", "snapshot SET snapshot", "notes SET fingerprint"]))
    def damage_what_is_remembered(self, columns: str) -> None:
        if self.locations.index.exists():
            with sqlite3.connect(self.locations.index) as database:
                database.execute(f"UPDATE {columns} = x'c1'")
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
