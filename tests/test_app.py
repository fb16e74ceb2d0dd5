"""The vault as a whole: what is read again, what stands when reading fails, what is published where."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from typing import TYPE_CHECKING

import pytest

from vaultrel import clock
from vaultrel.app import NAMESPACE_FILE, Vault, headline, open_vault
from vaultrel.app.editing import Editor
from vaultrel.app.followed_people import PEOPLE_FILE
from vaultrel.errors import EmptyVaultError, SettingsError, VaultVanishedError
from vaultrel.outputs.icalendar_feed import ICalendarFeed
from vaultrel.settings import DEFAULT_SETTINGS, parse_settings
from vaultrel.storage.base import ReadRefusedError
from vaultrel.storage.memory import MemoryStore

if TYPE_CHECKING:
    from pathlib import Path

    from vaultrel.model import Snapshot
    from vaultrel.outputs import RenderContext

AS_OF = dt.date(2026, 6, 30)
ADA = "People/Ada Stone.md"
PUBLISHED = {
    "vaultrel/followups.ics",
    "vaultrel/Relationships.md",
    "vaultrel/People.base",
    NAMESPACE_FILE,
    PEOPLE_FILE,
}
NOTES = {
    ADA: "---\ntags: [person]\n---\nAda paints.\n",
    "2026-06-01.md": "met:: [[Ada Stone]]\n",
    "2026-06-20.md": "called:: [[Ada Stone]]\n",
}


class _Flaky(MemoryStore):
    """A vault in which some notes cannot be read for a while."""

    def __init__(self, files: dict[str, str]) -> None:
        super().__init__(files)
        self.failing: dict[str, str] = {}
        self.read_paths: list[str] = []

    def read(self, path: str) -> bytes:
        self.read_paths.append(path)
        if path in self.failing:
            raise ReadRefusedError(path, self.failing[path], "it is busy")
        return super().read(path)


@pytest.fixture
def store() -> _Flaky:
    return _Flaky(NOTES)


@pytest.fixture
def vault(store: MemoryStore) -> Vault:
    return Vault(store, DEFAULT_SETTINGS, None)


def test_only_changed_notes_are_read_again(vault: Vault, store: _Flaky) -> None:
    vault.snapshot(AS_OF)
    store.read_paths.clear()
    store.save("2026-06-20.md", "called:: [[Ada Stone]] again\n")
    vault.snapshot(AS_OF)
    assert store.read_paths == ["2026-06-20.md"]


@pytest.mark.parametrize("code", ["changed-while-reading", "unreadable", "not-downloaded"])
def test_a_note_that_cannot_be_read_right_now_keeps_its_evidence(vault: Vault, store: _Flaky, code: str) -> None:
    vault.scan(as_of=AS_OF)
    before = store.files[ADA]
    store.save("2026-06-20.md", "called:: [[Ada Stone]]. Half a sent")
    store.failing["2026-06-20.md"] = code
    report = vault.scan(as_of=AS_OF)
    assert report.applied == ()
    assert store.files[ADA] == before
    assert ("2026-06-20.md", code) in {(found.path, found.code) for found in report.diagnostics}


def test_a_note_is_read_as_soon_as_it_can_be(vault: Vault, store: _Flaky) -> None:
    store.failing["2026-06-20.md"] = "unreadable"
    assert vault.person("Ada Stone", AS_OF).tie.contact_days == 1
    store.failing.clear()
    assert vault.person("Ada Stone", AS_OF).tie.contact_days == 2


def test_a_note_that_became_a_link_no_longer_counts(vault: Vault, store: _Flaky) -> None:
    vault.snapshot(AS_OF)
    store.save("2026-06-20.md", "elsewhere")
    store.failing["2026-06-20.md"] = "symlink"
    assert vault.person("Ada Stone", AS_OF).tie.contact_days == 1


def test_most_notes_gone_at_once_stops_everything_and_keeps_the_feed() -> None:
    store = MemoryStore({**NOTES, **{f"Notes/{number}.md": "x" for number in range(30)}})
    vault = Vault(store, DEFAULT_SETTINGS, None)
    vault.scan(as_of=AS_OF)
    kept = store.files
    for number in range(30):
        store.delete(f"Notes/{number}.md")
    with pytest.raises(VaultVanishedError) as stopped:
        vault.scan(as_of=AS_OF)
    assert stopped.value.exit_code == 4
    assert store.files["vaultrel/followups.ics"] == kept["vaultrel/followups.ics"]
    assert vault.scan(as_of=AS_OF, accept_missing=True).snapshot.note_count == 3


def test_a_vault_without_notes_is_said_to_be_empty() -> None:
    with pytest.raises(EmptyVaultError):
        Vault(MemoryStore({"picture.png": b"x"}), DEFAULT_SETTINGS, None).snapshot(AS_OF)


def test_a_dry_run_decides_everything_and_writes_nothing(vault: Vault, store: _Flaky) -> None:
    before = store.files
    report = vault.scan(as_of=AS_OF, dry_run=True)
    assert [edit.patch.path for edit in report.applied] == [ADA]
    assert report.published == ("vaultrel/followups.ics", "vaultrel/Relationships.md", "vaultrel/People.base")
    assert store.files == before


@pytest.mark.parametrize(
    ("write", "written"),
    [
        ("fields", {ADA, *PUBLISHED}),
        ("folder", PUBLISHED),
        ("nothing", set()),
    ],
)
def test_only_what_the_user_chose_is_written(store: _Flaky, write: str, written: set[str]) -> None:
    before = store.files
    vault = Vault(store, parse_settings({"write": write}, "test"), None)
    vault.scan(as_of=AS_OF)
    assert {path for path, data in store.files.items() if before.get(path) != data} == written
    assert vault.published_feed() is not None


def test_machines_that_share_a_vault_give_events_the_same_uids(store: _Flaky) -> None:
    Vault(store, DEFAULT_SETTINGS, None).scan(as_of=AS_OF)
    other = MemoryStore(store.files)
    assert Vault(other, DEFAULT_SETTINGS, None).scan(as_of=AS_OF).published == ()
    uuid.UUID(store.files[NAMESPACE_FILE].decode().strip())


@pytest.mark.usefixtures("home")
def test_the_index_is_not_needed_and_a_full_scan_equals_a_remembered_one(tmp_path: Path) -> None:
    root = tmp_path / "vault"
    for path, text in NOTES.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    first = open_vault(root).snapshot(AS_OF)
    (root / "2026-06-01.md").unlink()
    remembered = open_vault(root).snapshot(AS_OF)
    vault = open_vault(root)
    vault.refresh(full=True)
    assert remembered == vault.snapshot(AS_OF)
    assert first != remembered


def test_a_settings_file_that_is_no_toml_is_named() -> None:
    with pytest.raises(SettingsError, match="not valid TOML"):
        open_vault(MemoryStore({**NOTES, ".vaultrel/config.toml": "write ="}))


def test_the_headline_counts_relationships_and_every_band(vault: Vault) -> None:
    counted = headline(vault.snapshot(AS_OF))
    assert (counted.relationships, counted.contacts) == (0, 1)
    assert counted.bands == {"close": 0, "warm": 0, "fading": 0, "dormant": 0, "new": 1}


def _workspace(*paths: str) -> str:
    panes = [{"type": "leaf", "state": {"type": "markdown", "state": {"file": path}}} for path in paths]
    return json.dumps({"main": {"type": "split", "children": panes}})


@pytest.mark.parametrize("file", [".obsidian/workspace.json", ".obsidian/workspace-mobile.json"])
def test_a_note_that_obsidian_shows_as_open_is_left_alone_for_five_minutes(
    store: _Flaky, vault: Vault, monkeypatch: pytest.MonkeyPatch, file: str
) -> None:
    store.save(file, _workspace(ADA))
    touched = store.touched(ADA)
    for waited, written in ((40.0, ()), (290.0, ()), (301.0, (ADA,))):
        monkeypatch.setattr(clock, "wall_seconds", lambda waited=waited: touched + waited)
        report = vault.scan(as_of=AS_OF, quiet_seconds=30.0)
        assert tuple(edit.patch.path for edit in report.applied) == written
        assert report.retry_seconds == pytest.approx(0.0 if written else 300.0 - waited)


@pytest.mark.parametrize("workspace", [_workspace("2026-06-01.md"), "{broken", "[]"])
def test_a_note_that_is_not_open_waits_only_until_it_is_quiet(
    store: _Flaky, vault: Vault, monkeypatch: pytest.MonkeyPatch, workspace: str
) -> None:
    store.save(".obsidian/workspace.json", workspace)
    monkeypatch.setattr(clock, "wall_seconds", lambda: store.touched(ADA) + 40.0)
    assert vault.scan(as_of=AS_OF, quiet_seconds=30.0).waiting == ()


def test_a_note_touched_before_the_clock_was_set_back_waits_as_long_as_any_other(
    store: _Flaky, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    day_earlier = store.touched(ADA) - 86_400.0
    waits = []
    for passed in (0.0, 20.0, 31.0):
        monkeypatch.setattr(clock, "wall_seconds", lambda passed=passed: day_earlier + passed)
        monkeypatch.setattr(clock, "monotonic", lambda passed=passed: 1000.0 + passed)
        waits.append(vault.scan(as_of=AS_OF, quiet_seconds=30.0).retry_seconds)
    assert waits == [30.0, 10.0, 0.0]


def test_a_scan_by_hand_writes_an_open_note_at_once(store: _Flaky, vault: Vault) -> None:
    store.save(".obsidian/workspace.json", _workspace(ADA))
    assert [edit.patch.path for edit in vault.scan(as_of=AS_OF).applied] == [ADA]


def test_strip_gives_back_the_bytes_from_before_the_first_scan(store: _Flaky, vault: Vault) -> None:
    before = store.files
    vault.scan(as_of=AS_OF)
    rehearsed = vault.strip(dry_run=True)
    assert store.files[ADA] != before[ADA]
    report = vault.strip()
    assert [edit.patch.path for edit in report.applied] == [edit.patch.path for edit in rehearsed.applied] == [ADA]
    assert {path: store.files[path] for path in before} == before
    assert set(report.remaining) == PUBLISHED
    assert vault.strip().applied == ()


def test_strip_names_a_note_that_still_holds_fields(store: _Flaky, vault: Vault) -> None:
    vault.scan(as_of=AS_OF)
    store.protect(ADA)
    report = vault.strip()
    assert report.applied == ()
    assert [(problem.path, problem.code) for problem in report.refused] == [(ADA, "read-only")]


def test_another_computer_shows_by_a_copy_that_differs_in_our_lines_only(store: _Flaky, vault: Vault) -> None:
    copy = "People/Ada Stone.sync-conflict-20260630-101010-ABCDEFG.md"
    vault.scan(as_of=AS_OF)
    assert vault.writers().copies == ()
    store.save(copy, store.files[ADA].replace(b"rel_contact_days: 2", b"rel_contact_days: 1"))
    vault.refresh()
    (found,) = vault.writers().copies
    assert (found.path, found.original, found.ours_only) == (copy, ADA, True)
    assert vault.writers().another_computer


@pytest.mark.parametrize("change", ["text", "none", "gone"])
def test_a_copy_that_people_made_is_no_sign_of_another_computer(store: _Flaky, vault: Vault, change: str) -> None:
    vault.scan(as_of=AS_OF)
    store.save("People/Ada Stone (conflicted copy).md", store.files[ADA] + (b"more" if change == "text" else b""))
    if change == "gone":
        store.delete(ADA)
    vault.refresh()
    assert [found.ours_only for found in vault.writers().copies] == [False]


@pytest.mark.parametrize("what", ["nothing", "the day", "a note", "the feed", "its events' people", "the settings"])
def test_a_feed_is_rendered_again_only_when_something_it_is_made_of_changed(
    what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = MemoryStore(NOTES)
    vault = Vault(store, DEFAULT_SETTINGS, None)
    assert vault.scan(as_of=AS_OF).applied  # what is written into notes is no news to the feed
    settings, day = DEFAULT_SETTINGS, AS_OF
    if what == "the day":
        day += dt.timedelta(1)
    elif what == "a note":
        store.save("2026-06-25.md", "met:: [[Ada Stone]]\n")
    elif what == "the feed":
        store.save("vaultrel/followups.ics", store.files["vaultrel/followups.ics"][:-20])
    elif what == "its events' people":
        store.save(".vaultrel/feed-people", b"")
    elif what == "the settings":
        settings = parse_settings({"feed": {"privacy": "names"}}, "test")
    rendered: list[Snapshot] = []
    render = ICalendarFeed.render

    def count(feed: ICalendarFeed, snapshot: Snapshot, context: RenderContext) -> bytes:
        rendered.append(snapshot)
        return render(feed, snapshot, context)

    monkeypatch.setattr(ICalendarFeed, "render", count)
    if settings is not DEFAULT_SETTINGS:
        vault.use(settings)
    vault.scan(as_of=day)
    assert len(rendered) == (what not in {"nothing", "the feed"})
    assert store.files["vaultrel/followups.ics"].endswith(b"END:VCALENDAR\r\n")


def test_a_scan_that_is_broken_off_once_the_feed_is_published_is_made_good_by_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole, broken = MemoryStore(NOTES), MemoryStore(NOTES)
    Vault(whole, DEFAULT_SETTINGS, None).scan(as_of=AS_OF)
    vault = Vault(broken, DEFAULT_SETTINGS, None)
    with monkeypatch.context() as patch:
        patch.setattr(Editor, "apply", _break_off)
        with pytest.raises(KeyboardInterrupt):
            vault.scan(as_of=AS_OF)
    assert ".vaultrel/feed-people" not in broken.files
    published = broken.files["vaultrel/followups.ics"]
    assert vault.scan(as_of=AS_OF).applied
    assert broken.files["vaultrel/followups.ics"] == published
    assert broken.files.keys() == whole.files.keys()
    assert all(broken.files[path] == data for path, data in whole.files.items() if path.endswith((".md", "-people")))


def _break_off(*_: object, **__: object) -> None:
    raise KeyboardInterrupt
