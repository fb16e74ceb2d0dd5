"""Law 2: any sequence of incremental updates equals one full scan. Laws 1 and 3 are watched along the way."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING
from unittest import mock

from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from vaultrel.app import Vault
from vaultrel.core.derive import Derivation, derive
from vaultrel.core.notes import parse_note
from vaultrel.core.patches import PatchPlanner, plan_patches
from vaultrel.core.settled_names import SettledName, names_path
from vaultrel.core.ticks import ticks_path
from vaultrel.model import OWNED_FIELDS, Note, NotePath
from vaultrel.settings import DEFAULT_SETTINGS
from vaultrel.storage.memory import MemoryStore

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vaultrel.core.gist import NoteRecord

START = dt.date(2026, 6, 1)

NAMES = ("Ada Stone", "Ben Hale", "Ada", "Cy Marsh", "Sam Reed")
PATHS = st.sampled_from(
    [
        "People/Ada Stone.md",
        "People/Ben Hale.md",
        "Friends/Ada Stone.md",
        "Friends/Cy Marsh.md",
        "Notes/Ada.md",
        "Meetings/2026-05-20 Planning.md",
        "Meetings/Review.md",
        "Meetings/Rowing/1.md",
        "Meetings/Rowing/2.md",
        "Meetings/Rowing/3.md",
        "Meetings/Rowing/4.md",
        "2026-05-21.md",
        "Daily/2026-05-28.md",
        "Projects/Garden.md",
        "Templates/Person.md",
    ]
)
NAME = st.sampled_from(NAMES)
ANSWERS = st.lists(
    st.builds(
        SettledName,
        NAME,
        st.none() | st.sampled_from([NotePath("People/Ada Stone.md"), NotePath("Ben Hale.md"), NotePath("Ada.md")]),
        st.none() | PATHS.map(NotePath) | st.just(NotePath("Review.md")),
    ),
    max_size=4,
    unique_by=lambda answer: answer.question,
)
"""What the user may have said about names, one answer to each question."""

DAY = st.dates(dt.date(2025, 1, 1), dt.date(2026, 8, 1)).map(str)


def _links(names: list[str]) -> str:
    return " and ".join(f"[[{name}]]" for name in names)


@st.composite
def note_texts(draw: st.DrawFn) -> str:
    """A note as somebody might write it: a person, a meeting, a daily note, or something odd."""
    names = draw(st.lists(NAME, max_size=3))
    kind = draw(st.sampled_from(["person", "meeting", "prose", "fields", "tasks", "odd"]))
    day = draw(DAY)
    if kind == "person":
        tags = draw(st.sampled_from(["tags: [person]\n", "type: person\n", "tags: [company]\n", ""]))
        alias = draw(st.sampled_from(["", "aliases: [Ada]\n", "aliases:\n  - Benny\n  - Ada\n"]))
        return f"---\n{tags}{alias}---\n# {draw(NAME)}\n\n- {day}: coffee\n\n## News\n- Moves house on {draw(DAY)}\n"
    if kind == "meeting":
        attendees = ", ".join(f'"[[{name}]]"' for name in names)
        status = draw(st.sampled_from(["", "status: cancelled\n"]))
        return f"---\ntype: meeting\ndate: {day}\n{status}attendees: [{attendees}]\n---\nNotes with {_links(names)}\n"
    if kind == "fields":
        return f"met:: {_links(names)}\n\nAlso `[[Ada Stone]]` in code.\n"
    if kind == "tasks":
        return f"- [ ] write to {_links(names)} 📅 {day}\n- [x] called {_links(names)} ✅ {day}\n"
    if kind == "odd":
        return draw(st.sampled_from(["", "---\na: [\n---\n", "---\nrel_strength: 5\n---\n", "```\n[[Ada Stone]]\n"]))
    return f"Saw {_links(names)} today.\n\n{_links(names)}: exam next Friday.\n- Ask {_links(names)} how it went.\n"


class IncrementalEqualsFull(RuleBasedStateMachine):
    """Notes come, change and go in the core; after every step the answer is the one computed from nothing.

    What is kept in order is kept in pieces of two, and sorted anew from four changes on.
    """

    def __init__(self) -> None:
        super().__init__()
        self.small = mock.patch.multiple("vaultrel.core.order", _PIECE=2, _FEW=3)
        self.small.start()
        self.notes: dict[NotePath, Note] = {}
        self.derivation = Derivation(DEFAULT_SETTINGS, self.recall)
        self.planner = PatchPlanner(lambda paths: {path: self.notes[path] for path in paths})
        self.settled: list[SettledName] = []
        self.as_of = START
        self.kept: dict[NotePath, NoteRecord] = {}
        self.kept_settled: tuple[SettledName, ...] = ()

    def recall(self, digests: Mapping[NotePath, str]) -> Mapping[NotePath, Note]:
        """Only the notes asked for, and only while they are held: neither gone nor changed."""
        assert all(self.notes[path].digest == digest for path, digest in digests.items())
        return {path: self.notes[path] for path in digests}

    @initialize()
    def let_two_people_share_a_name(self) -> None:
        for path in ("People/Ada Stone.md", "People/Ben Hale.md"):
            self.write(path, "---\ntags: [person]\naliases: [Ada]\n---\n")
        self.write("Friends/Cy Marsh.md", "---\ntags: [person]\n---\n")

    def teardown(self) -> None:
        self.small.stop()

    @rule(answers=ANSWERS)
    def settle(self, answers: list[SettledName]) -> None:
        self.settled = answers
        self.derivation.settle(answers)

    @precondition(lambda self: self.settled)
    @rule()
    def unsettle(self) -> None:
        self.settle(self.settled[1:])

    @rule(who=st.sampled_from(["Ada Stone", "Ben Hale"]), unsure=st.sets(st.integers(1, 4), min_size=1, max_size=2))
    def meet_in_company(self, who: str, unsure: set[int]) -> None:
        """Four meetings of one company: with one unsure, there is what it takes to settle it; with two, too little."""
        for number in range(1, 5):
            listed = f'"[[{"Ada" if number in unsure else who}]]", "[[Cy Marsh]]"'
            text = f"---\ntype: meeting\ndate: 2026-04-0{number}\nattendees: [{listed}]\n---\n"
            self.write(f"Meetings/Rowing/{number}.md", text)

    @rule(path=PATHS, text=note_texts())
    def write(self, path: str, text: str) -> None:
        note = parse_note(NotePath(path), text.encode())
        self.notes[note.path] = note
        self.derivation.update({note.path: note})

    @rule(changes=st.dictionaries(PATHS, st.none() | note_texts(), min_size=2, max_size=5))
    def change_many_at_once(self, changes: dict[str, str | None]) -> None:
        parsed = {
            NotePath(path): None if text is None else parse_note(NotePath(path), text.encode())
            for path, text in changes.items()
            if text is not None or NotePath(path) in self.notes
        }
        for path, note in parsed.items():
            if note is None:
                del self.notes[path]
            else:
                self.notes[path] = note
        self.derivation.update(parsed)

    @precondition(lambda self: self.notes)
    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        path = data.draw(st.sampled_from(sorted(self.notes)))
        del self.notes[path]
        self.derivation.update({path: None})

    @precondition(lambda self: self.notes)
    @rule(data=st.data(), new_path=PATHS)
    def rename(self, data: st.DataObject, new_path: str) -> None:
        source = data.draw(st.sampled_from(sorted(self.notes)))
        del self.notes[source]
        self.derivation.update({source: None})
        self.write(new_path, data.draw(note_texts()))

    @rule(days=st.integers(-40, 90))
    def let_the_clock_jump(self, days: int) -> None:
        self.as_of += dt.timedelta(days=days)

    @rule()
    def let_go(self) -> None:
        self.derivation.let_go()

    @rule()
    def keep(self) -> None:
        """Keep the records that are new: together they are those of a derivation made from scratch."""
        news = self.derivation.take_news()
        self.kept = {path: record for path, record in self.kept.items() if path not in news}
        self.kept.update((record.gist.path, record) for record in self.derivation.records(news))
        self.kept_settled = self.derivation.settled
        fresh = Derivation(DEFAULT_SETTINGS)
        fresh.settle(self.settled)
        fresh.update(dict(self.notes))
        assert self.kept == {record.gist.path: record for record in fresh.records()}
        assert self.derivation.made_of == fresh.made_of

    @rule()
    def go_on_from_what_was_kept(self) -> None:
        self.derivation = Derivation(DEFAULT_SETTINGS, self.recall)
        self.derivation.restore(self.kept.values(), self.kept_settled)
        assert not self.derivation.take_news()
        changed = {path: note for path, note in self.notes.items() if self.derivation.digest(path) != note.digest}
        self.derivation.update({**dict.fromkeys(self.kept.keys() - self.notes.keys()), **changed})
        self.derivation.settle(self.settled)

    @invariant()
    def the_answer_is_the_one_from_scratch(self) -> None:
        fresh = derive(self.notes.values(), DEFAULT_SETTINGS, self.as_of, self.settled)
        snapshot = self.derivation.snapshot(self.as_of)
        assert snapshot == fresh
        assert self.planner.plan(snapshot.people) == plan_patches(fresh.people, self.notes)


class ScansAgree(RuleBasedStateMachine):
    """A vault that is scanned again and again ends with the bytes and answers of one scanned for the first time."""

    def __init__(self) -> None:
        super().__init__()
        self.as_of = START
        self.foreign: dict[str, str] = {}
        self.touched: set[str] = set()
        """Where something happened since the last scan."""

    @initialize(texts=st.dictionaries(PATHS, note_texts(), min_size=1, max_size=6))
    def open(self, texts: dict[str, str]) -> None:
        self.store = MemoryStore({"Keep.md": "keep", **texts})
        self.vault = Vault(self.store, DEFAULT_SETTINGS, None)
        self.foreign = {"Keep.md": "keep", **texts}

    @rule(path=PATHS, text=note_texts())
    def edit(self, path: str, text: str) -> None:
        self.store.save(path, text)
        self.foreign[path] = text
        self.touched.add(path)

    @precondition(lambda self: len(self.foreign) > 1)
    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        path = data.draw(st.sampled_from(sorted(set(self.foreign) - {"Keep.md"})))
        self.store.delete(path)
        del self.foreign[path]
        self.touched.add(path)

    @rule(days=st.integers(0, 40))
    def let_days_pass(self, days: int) -> None:
        self.as_of += dt.timedelta(days=days)

    @precondition(lambda self: names_path(DEFAULT_SETTINGS) in self.store.files)
    @rule(data=st.data())
    def tick_or_untick_an_answer(self, data: st.DataObject) -> None:
        path = names_path(DEFAULT_SETTINGS)
        lines = self.store.files[path].decode().split("\n")
        tasks = [at for at, line in enumerate(lines) if line.startswith("- [")]
        if tasks:
            at = data.draw(st.sampled_from(tasks))
            lines[at] = f"- [{'x' if lines[at][3] == ' ' else ' '}{lines[at][4:]}"
            self.store.save(path, "\n".join(lines))

    @rule()
    def scan_twice(self) -> None:
        self.vault.scan(as_of=self.as_of, accept_missing=True)
        written = self.store.files
        again = self.vault.scan(as_of=self.as_of, accept_missing=True)
        assert again.applied == ()
        assert again.published == ()
        assert self.store.files == written
        self.touched.clear()

    @rule()
    def scan_only_where_something_happened(self) -> None:
        self.vault.scan(as_of=self.as_of, accept_missing=True, among=self.touched)
        self.touched.clear()
        copy = MemoryStore(self.store.files)
        Vault(copy, DEFAULT_SETTINGS, None).scan(as_of=self.as_of, accept_missing=True)
        assert _notes_of(copy) == _notes_of(self.store)

    @rule()
    def a_second_machine_computes_the_same_bytes(self) -> None:
        copy = MemoryStore(self.store.files)
        Vault(copy, DEFAULT_SETTINGS, None).scan(as_of=self.as_of, accept_missing=True)
        self.vault.scan(as_of=self.as_of, accept_missing=True)
        self.touched.clear()
        assert _notes_of(copy) == _notes_of(self.store)

    @invariant()
    def only_our_lines_ever_change(self) -> None:
        now = _notes_of(self.store) if hasattr(self, "store") else {}
        now.pop(names_path(DEFAULT_SETTINGS), None)
        now.pop(ticks_path(DEFAULT_SETTINGS), None)
        assert {path: _without_ours(text.decode()) for path, text in now.items()} == {
            path: _without_ours(text) for path, text in self.foreign.items()
        }


def _notes_of(store: MemoryStore) -> dict[str, bytes]:
    return {path: data for path, data in store.files.items() if path.endswith(".md")}


def _without_ours(text: str) -> str:
    """The text without our lines, and without a frontmatter block in which nothing else stands."""
    lines = [line for line in text.splitlines(keepends=True) if not line.startswith(OWNED_FIELDS)]
    return "".join(lines[2:] if [line.rstrip() for line in lines[:2]] == ["---", "---"] else lines)


TestIncrementalEqualsFull = IncrementalEqualsFull.TestCase
TestIncrementalEqualsFull.settings = hypothesis_settings(max_examples=60, stateful_step_count=20, deadline=None)
TestScansAgree = ScansAgree.TestCase
TestScansAgree.settings = hypothesis_settings(max_examples=40, stateful_step_count=12, deadline=None)
