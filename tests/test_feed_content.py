"""What a scan puts into the calendar, end to end."""

from __future__ import annotations

import datetime as dt

import pytest

from vaultrel.app import open_vault
from vaultrel.errors import SettingsError
from vaultrel.outputs.feed_check import check_feed
from vaultrel.settings import parse_settings
from vaultrel.storage.memory import MemoryStore

AS_OF = dt.date(2026, 6, 30)
FEED = "vaultrel/followups.ics"
ADA = "People/Ada Lind.md"
NOTES = {
    ADA: "---\ntags: [person]\n---\n",
    **{f"Daily/2026-0{month}-12.md": "- met:: [[Ada Lind]]\n" for month in (2, 3, 4)},
}


def scan(store: MemoryStore, **feed: object) -> str:
    """The feed after a scan, unfolded."""
    settings = parse_settings({"feed": feed}, "test")
    open_vault(store, settings=settings).scan(as_of=AS_OF)
    assert check_feed(store.files[FEED]) == ()
    return store.files[FEED].replace(b"\r\n ", b"").decode()


def test_a_time_in_a_note_is_meant_in_the_time_zone_that_is_set() -> None:
    store = MemoryStore({**NOTES, "Daily/2026-06-28.md": "- [ ] Call [[Ada Lind]] 📅 2026-07-03 14:30\n"})
    assert "DTSTART:20260703T123000Z\r\nDTEND:20260703T130000Z\r\n" in scan(store, timezone="Europe/Berlin")
    assert "DTSTART;VALUE=DATE:20260703\r\n" in scan(store)


def test_a_time_zone_that_is_none_is_told_and_makes_no_timed_event() -> None:
    store = MemoryStore({**NOTES, "Daily/2026-06-28.md": "- [ ] Call [[Ada Lind]] 📅 2026-07-03 14:30\n"})
    settings = parse_settings({"feed": {"timezone": "Europe/Atlantis"}}, "test")
    report = open_vault(store, settings=settings).scan(as_of=AS_OF)
    assert [(found.code, found.path) for found in report.diagnostics] == [("no-such-timezone", ".vaultrel/config.toml")]
    assert b"DTSTART;VALUE=DATE:20260703" in store.files[FEED]


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/localtime", "Europe/Berlin\n", "Europe/..", "x" * 99])
def test_a_time_zone_is_a_name_and_no_path(name: str) -> None:
    with pytest.raises(SettingsError, match=r"feed\.timezone"):
        parse_settings({"feed": {"timezone": name}}, "test")


def test_contact_ends_the_event_or_ticks_it_where_the_user_keeps_those() -> None:
    store = MemoryStore(NOTES)
    open_event = scan(store)
    uid = next(line for line in open_event.split("\r\n") if line.startswith("UID:"))
    store.save("Daily/2026-06-29.md", "- called:: [[Ada Lind]] about the bees\n")
    assert "SUMMARY:✓" not in scan(store)
    ticked = scan(store, keep_done_days=3)
    (event,) = [part for part in ticked.split("BEGIN:VEVENT") if "SUMMARY:✓ Ada Lind" in part]
    assert "DTSTART;VALUE=DATE:20260629" in event
    assert uid in event
    assert "VALARM" not in event
    assert "✓" not in scan(store, keep_done_days=1)


def test_a_scan_tells_how_many_events_did_not_fit() -> None:
    born = "---\ntags: [person]\nrel_circle: club\nbirthday: 1980-07-{:02}\n---\n"
    store = MemoryStore({f"People/P {n}.md": born.format(n % 28 + 1) for n in range(507)})
    report = open_vault(store).scan(as_of=AS_OF)
    assert [(found.path, found.message[:8]) for found in report.diagnostics if found.code == "feed-cut"] == [
        (FEED, "7 events")
    ]
    assert store.files[FEED].count(b"BEGIN:VEVENT") == 500


def test_who_serves_the_feed_is_told_as_soon_as_it_is_published_and_not_of_a_dry_run() -> None:
    vault = open_vault(MemoryStore(NOTES))
    served: list[bytes | None] = []
    vault.when_published(lambda: served.append(vault.served_feed()))
    vault.scan(as_of=AS_OF, dry_run=True)
    assert served == []
    vault.scan(as_of=AS_OF)
    assert served == [vault.published_feed()]
