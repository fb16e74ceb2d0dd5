"""Events keep their identity when notes are renamed, moved and copied, whatever was running at that moment."""

from __future__ import annotations

import datetime as dt
import itertools
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from vaultrel.app import open_vault
from vaultrel.app.followed_people import PEOPLE_FILE
from vaultrel.settings import parse_settings
from vaultrel.storage.memory import MemoryStore

if TYPE_CHECKING:
    from collections.abc import Callable

AS_OF = dt.date(2026, 6, 30)
FEED = "vaultrel/followups.ics"
ADA, BO = "People/Ada Lind.md", "People/Bo Dahl.md"
PERSON = "---\ntags: [person]\n---\n"

NOTES = {
    ADA: f"{PERSON}\nKeeps bees.\n\n- [ ] lend her the smoker 📅 2026-07-20\n",
    BO: f"{PERSON}\nPlays the cello.\n",
    **{f"Daily/2026-0{month}-12.md": "- met:: [[Ada Lind]]\n" for month in (2, 3, 4)},
    **{f"Daily/2026-0{month}-18.md": "- met:: [[Bo Dahl]] at [the hall](../Hall.md)\n" for month in (2, 3, 4, 5)},
    "Hall.md": "A hall.\n",
}


def rename(store: MemoryStore, *pairs: tuple[str, str]) -> None:
    """Rename notes all at once and, as Obsidian does, the links to them."""
    links = {Path(old).stem: Path(new).stem for old, new in pairs}
    files = store.files
    for old, _ in pairs:
        store.delete(old)
    for old, new in pairs:
        store.save(new, files[old])
    for path, data in files.items():
        text = re.sub(r"\[\[([^\]]+)\]\]", lambda link: f"[[{links.get(link[1], link[1])}]]", data.decode())
        if text != data.decode():
            store.save(path, text)


def uids(store: MemoryStore) -> dict[str, str]:
    """Person to the UID of their event."""
    feed = store.files[FEED].decode().replace("\r\n ", "")
    events = feed.split("BEGIN:VEVENT")[1:]
    found = [(re.search(r"UID:(\S+)", event), re.search(r"file=\S*?([^%]+?)%20(\w+)\r\n", event)) for event in events]
    return {f"{person[1].removeprefix('2F')} {person[2]}": uid[1] for uid, person in found if uid and person}


def scan(store: MemoryStore, as_of: dt.date = AS_OF) -> dict[str, str]:
    """What a scan publishes that knows nothing but the vault."""
    open_vault(store).scan(as_of=as_of)
    return uids(store)


@pytest.fixture(params=["daemon", "cold"])
def scanned(request: pytest.FixtureRequest) -> tuple[MemoryStore, Callable[[], dict[str, str]]]:
    """A vault, and scans of it: by one daemon that goes on, or each by a command of its own."""
    store = MemoryStore(NOTES)
    vault = open_vault(store)

    def again() -> dict[str, str]:
        if request.param == "cold":
            return scan(store)
        vault.scan(as_of=AS_OF)
        return uids(store)

    return store, again


def test_a_renamed_note_keeps_its_event(scanned: tuple[MemoryStore, Callable[[], dict[str, str]]]) -> None:
    store, again = scanned
    before = again()
    assert set(before) == {"Ada Lind", "Bo Dahl"}
    rename(store, (ADA, "People/Ada Berg.md"))
    assert again() == {"Ada Berg": before["Ada Lind"], "Bo Dahl": before["Bo Dahl"]}


@pytest.mark.parametrize(
    "line",
    [
        "- [ ] Lend [[Ada Lind]] the smoker 📅 2026-07-03",
        "- [ ] Lend [[Ada Lind|her]] the smoker 📅 2026-07-03",
        "- [ ] Lend [[People/Ada Lind#Bees|her]] the smoker 📅 2026-07-03",
        "- [[Ada Lind]]: her exam on 2026-07-20",
    ],
)
def test_what_was_promised_or_noted_with_a_link_keeps_its_event_when_the_link_is_renamed(line: str) -> None:
    store = MemoryStore({**NOTES, ADA: f"{PERSON}\nKeeps bees.\n", "Daily/2026-06-12.md": f"{line}\n"})
    before = scan(store)["Ada Lind"]
    for path, data in [*store.files.items()]:
        if path.endswith(".md"):
            store.save(path, data.decode().replace("Ada Lind", "Ada Berg"))
    store.rename(ADA, "People/Ada Berg.md")
    assert scan(store)["Ada Berg"] == before
    kinds = [line for line in store.files[FEED].decode().split("\r\n") if line.startswith("CATEGORIES")]
    assert any("promise" in kind or "fact" in kind for kind in kinds)


def test_a_moved_folder_keeps_all_events(scanned: tuple[MemoryStore, Callable[[], dict[str, str]]]) -> None:
    store, again = scanned
    before = again()
    rename(store, (ADA, "Contacts/Old/Ada Lind.md"), (BO, "Contacts/Old/Bo Dahl.md"))
    store.save("Contacts/Old/Ada Lind.md", store.files["Contacts/Old/Ada Lind.md"] + b"\nAnd hens.\n")
    assert again() == before
    assert b"Contacts%2FOld%2F" in store.files[FEED].replace(b"\r\n ", b"")


def test_two_people_who_swap_names_do_not_swap_events(
    scanned: tuple[MemoryStore, Callable[[], dict[str, str]]],
) -> None:
    store, again = scanned
    before = again()
    rename(store, (ADA, BO), (BO, ADA))
    assert again() == {"Ada Lind": before["Bo Dahl"], "Bo Dahl": before["Ada Lind"]}


def test_a_copy_is_somebody_else_also_when_the_original_is_deleted_later(
    scanned: tuple[MemoryStore, Callable[[], dict[str, str]]],
) -> None:
    store, again = scanned
    before = again()
    store.save("People/Ada Copy.md", store.files[ADA])
    after = again()
    assert {name: after[name] for name in before} == before
    store.delete(ADA)
    assert before["Ada Lind"] not in again().values()


def test_a_rename_of_which_a_scan_saw_only_the_half_is_followed(
    scanned: tuple[MemoryStore, Callable[[], dict[str, str]]],
) -> None:
    store, again = scanned
    before = again()
    data = store.files[ADA]
    store.delete(ADA)
    assert "Ada Lind" not in again()
    store.save("Contacts/Ada Lind.md", data)
    assert again()["Ada Lind"] == before["Ada Lind"]


def test_a_renamed_note_keeps_its_event_through_the_next_renames_and_edits() -> None:
    store = MemoryStore(NOTES)
    before = scan(store)
    names = [ADA, "People/Ada Berg.md", "People/Ada Dorn.md", "Friends/Ada Dorn.md"]
    for old, new in itertools.pairwise(names):
        rename(store, (old, new))
        scan(store)
        store.save(new, store.files[new] + b"\nMore to know.\n")
        scan(store)
    assert uids(store)["Ada Dorn"] == before["Ada Lind"]


def test_computers_that_share_the_vault_agree_whoever_scans_first() -> None:
    here = MemoryStore(NOTES)
    before = scan(here)
    there = MemoryStore(here.files)
    for store in (here, there):
        rename(store, (ADA, "People/Ada Berg.md"))
    assert scan(here) == scan(there)
    assert here.files[PEOPLE_FILE] == there.files[PEOPLE_FILE]
    synced = MemoryStore(here.files)
    assert scan(synced)["Ada Berg"] == before["Ada Lind"]
    assert synced.files[PEOPLE_FILE] == here.files[PEOPLE_FILE]


def test_the_memory_is_one_sorted_line_a_person_and_is_written_only_when_it_changes() -> None:
    store = MemoryStore(NOTES)
    scan(store)
    kept = store.files[PEOPLE_FILE]
    assert [line.split(b",")[0] for line in kept.splitlines()] == [b'["%s"' % path.encode() for path in (ADA, BO)]
    scan(store, AS_OF + dt.timedelta(1))
    assert store.files[PEOPLE_FILE] == kept


@pytest.mark.parametrize("damage", [b"", b"<<<<<<<\n", b"\xff" * 99, b'["x", "People/Ada Lind.md", "", "", ""]\n' * 2])
def test_a_damaged_memory_is_harmless(damage: bytes) -> None:
    store = MemoryStore(NOTES)
    before = scan(store)
    kept = store.files[PEOPLE_FILE]
    store.save(PEOPLE_FILE, damage)
    after = scan(store)
    assert after["Bo Dahl"] == before["Bo Dahl"]
    assert len(set(after.values())) == 2
    if b'"x"' not in damage:
        assert (after, store.files[PEOPLE_FILE]) == (before, kept)


def test_where_nothing_may_be_written_the_memory_is_this_computers() -> None:
    store = MemoryStore(NOTES)
    vault = open_vault(store, settings=parse_settings({"write": "nothing"}, "test"))
    vault.scan(as_of=AS_OF)
    assert PEOPLE_FILE not in store.files
    store.save(FEED, vault.published_feed() or b"")
    before = uids(store)
    rename(store, (ADA, "People/Ada Berg.md"))
    vault.scan(as_of=AS_OF)
    store.save(FEED, vault.published_feed() or b"")
    assert uids(store)["Ada Berg"] == before["Ada Lind"]


def test_a_dry_run_and_an_export_follow_people_and_remember_nothing() -> None:
    store = MemoryStore(NOTES)
    before = scan(store)
    rename(store, (ADA, "People/Ada Berg.md"))
    kept = store.files[PEOPLE_FILE]
    vault = open_vault(store)
    vault.scan(as_of=AS_OF, dry_run=True)
    store.save(FEED, vault.render("ics", AS_OF))
    assert uids(store)["Ada Berg"] == before["Ada Lind"]
    assert store.files[PEOPLE_FILE] == kept


def test_a_vault_without_anybody_to_follow_has_no_memory() -> None:
    store = MemoryStore({"Hall.md": "A hall.\n"})
    open_vault(store).scan(as_of=AS_OF)
    assert PEOPLE_FILE not in store.files


PATHS = st.sampled_from([ADA, BO, "People/Ada Berg.md", "Contacts/Ada Lind.md", "Contacts/Cy Ek.md"])
TEXTS = st.sampled_from(
    [
        *(NOTES[path] for path in (ADA, BO)),
        f"{PERSON}\nKeeps bees.\n\n- 2026-05-04 coffee, her garden\n",
        f"{PERSON}\nKeeps bees.\n\n- 2026-05-04 coffee, her orchard\n",
        "---\ntags: [person]\nid: 7\nbirthday: 1980-07-09\ncircle: close\n---\n",
        "---\ntags: [person]\naliases: [Ada Lind]\nrel_strength: 40\n---\n",
        "Nobody.\n",
    ]
)


class OneThatGoesOnAndOneThatRemembersNothing(RuleBasedStateMachine):
    """Whoever has followed people for long knows what somebody finds who meets everybody for the first time."""

    def __init__(self) -> None:
        super().__init__()
        self.store, self.cold = MemoryStore(NOTES), MemoryStore(NOTES)
        self.vault = open_vault(self.store)
        self.day = AS_OF
        self.vault.scan(as_of=self.day)
        for path, data in self.store.files.items():
            self.cold.save(path, data)

    @rule(path=PATHS, text=TEXTS)
    def save(self, path: str, text: str) -> None:
        for store in (self.store, self.cold):
            store.save(path, text.encode())

    @rule(old=PATHS, new=PATHS)
    def move(self, old: str, new: str) -> None:
        for store in (self.store, self.cold):
            if old in store.files and old != new:
                store.save(new, store.files[old])
                store.delete(old)

    @rule(days=st.sampled_from([1, 40]))
    def wait(self, days: int) -> None:
        self.day += dt.timedelta(days)

    @invariant()
    def both_know_the_same(self) -> None:
        self.vault.scan(as_of=self.day)
        open_vault(self.cold).scan(as_of=self.day)
        assert self.store.files.get(PEOPLE_FILE) == self.cold.files.get(PEOPLE_FILE)
        assert uids(self.store) == uids(self.cold)
        assert {path: data for path, data in self.store.files.items() if path.endswith(".md")} == {
            path: data for path, data in self.cold.files.items() if path.endswith(".md")
        }


TestFollowedStepByStep = OneThatGoesOnAndOneThatRemembersNothing.TestCase
TestFollowedStepByStep.settings = settings(max_examples=30, stateful_step_count=12, deadline=None)
