"""Laws of the note of follow-ups, whatever is ticked, put off, written and scanned, in whatever order."""

from __future__ import annotations

import datetime as dt

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from vaultrel.app import Vault, open_vault
from vaultrel.core.ticks import Page, read_ticks
from vaultrel.storage.memory import MemoryStore

NOTE = "vaultrel/Relationships.md"
FIRST = dt.date(2026, 6, 29)
PEOPLE = ("Ada Moreau", "Ben Okoro", "Cy Ohm")
NOTES: dict[str, bytes | str] = {
    **{f"People/{name}.md": f"Knows {name}.\n" for name in PEOPLE},
    "Daily/2026-06-28.md": "- met:: [[Ada Moreau]]\n- [ ] send [[Ben Okoro]] the plan 📅 2026-07-01\n",
    "Daily/2026-06-20.md": "- met:: [[Ben Okoro]]\r\n- [ ] [[Cy Ohm]] sends me the book 📅 2026-06-30",
    "Daily/2026-05-01.md": "- met:: [[Cy Ohm]]\n",
}
OWN = st.text(alphabet="abc -[]x%^📅✅", min_size=1, max_size=12).filter(lambda line: any(map(str.isalpha, line)))


class TicksAndScans(RuleBasedStateMachine):
    store: MemoryStore
    vault: Vault
    day: dt.date
    own: list[str]

    @initialize()
    def open(self) -> None:
        self.store, self.day, self.own = MemoryStore(NOTES), FIRST, []
        self.vault = open_vault(self.store)
        self.vault.scan(as_of=self.day)

    def _lines(self) -> list[str]:
        return self.store.files[NOTE].decode().split("\n")

    def _save(self, lines: list[str]) -> None:
        self.store.save(NOTE, "\n".join(lines))

    @rule(data=st.data())
    def tick(self, data: st.DataObject) -> None:
        lines = self._lines()
        if tasks := [at for at, line in enumerate(lines) if line.startswith("- [ ] [[People/") and "^followup" in line]:
            at = data.draw(st.sampled_from(tasks))
            mark = data.draw(st.sampled_from(["", f" ✅ {self.day}", f" ✅ {self.day - dt.timedelta(1)}"]))
            lines[at] = lines[at].replace("- [ ]", "- [x]", 1).replace(" ^followup", f"{mark} ^followup", 1)
            self._save(lines)

    @rule(data=st.data(), days=st.integers(-5, 40))
    def give_another_day(self, data: st.DataObject, days: int) -> None:
        if ticks := read_ticks(self.store.files[NOTE]):
            tick = data.draw(st.sampled_from(ticks))
            lines = self._lines()
            moved = tick.written + dt.timedelta(days)
            lines[tick.line - 1] = lines[tick.line - 1].replace(f"📅 {tick.written}", f"📅 {moved}", 1)
            self._save(lines)

    @rule(line=OWN, data=st.data())
    def write_a_line(self, line: str, data: st.DataObject) -> None:
        lines = self._lines()
        lines.insert(data.draw(st.integers(0, len(lines))), line)
        # A fence or comment of theirs around ours is theirs to close; a line of three signs at the top is frontmatter.
        self.own.append(line.strip())
        self._save(lines)

    @rule(days=st.integers(0, 9))
    def scan_on_a_later_day(self, days: int) -> None:
        self.day += dt.timedelta(days)
        self.vault.scan(as_of=self.day)
        files = self.store.files
        again = self.vault.scan(as_of=self.day)
        assert (again.applied, again.published) == ((), ())
        assert self.store.files == files
        assert not [tick for tick in read_ticks(files[NOTE]) if tick.done or tick.moved_to]

    @rule()
    def another_machine_does_the_same(self) -> None:
        other = MemoryStore(self.store.files)
        open_vault(other).scan(as_of=self.day)
        self.vault.scan(as_of=self.day)
        notes = {path: data for path, data in self.store.files.items() if path.endswith(".md")}
        assert {path: data for path, data in other.files.items() if path.endswith(".md")} == notes

    @rule()
    def a_scan_is_killed_before_it_writes_the_note_anew(self) -> None:
        before = self.store.files[NOTE]
        self.vault.scan(as_of=self.day)
        self.store.save(NOTE, before)

    @invariant()
    def every_line_of_the_user_s_is_there(self) -> None:
        text = self.store.files[NOTE].decode() if hasattr(self, "store") else ""
        assert all(line in text for line in getattr(self, "own", []))

    @invariant()
    def notes_only_gain_lines_at_their_end_and_properties_of_ours(self) -> None:
        for path, content in NOTES.items() if hasattr(self, "store") else ():
            held = self.store.files[path]
            was = str(content).encode()
            assert held.endswith(was) if path.startswith("People/") else held.startswith(was)

    @invariant()
    def nobody_is_noted_twice_for_one_tick(self) -> None:
        for path, data in self.store.files.items() if hasattr(self, "store") else ():
            if path.startswith("Daily/"):
                added = data.decode().splitlines()[len(str(NOTES.get(path, "")).splitlines()) :]
                assert len(set(added)) == len(added)

    @invariant()
    def the_note_can_always_be_taken_apart(self) -> None:
        if hasattr(self, "store"):
            Page.of(self.store.files[NOTE])


TestTicksAndScans = TicksAndScans.TestCase
TestTicksAndScans.settings = settings(max_examples=20, stateful_step_count=15, deadline=None)
