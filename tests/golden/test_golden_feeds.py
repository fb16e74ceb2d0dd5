"""Calendars with an event of every kind, in each degree of privacy, byte for byte.

The vault is `every_kind/vault`, as it is on 30 June 2026; times of day in it are meant in Berlin. On which day who is
overdue is placed is said here, so that the plan's own rules are no part of what is reviewed.
"""

from __future__ import annotations

import datetime as dt
import tomllib
import uuid
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import msgspec
import pytest
from msgspec.structs import replace

from vaultrel.core.derive import derive
from vaultrel.core.notes import parse_note
from vaultrel.model import NotePath
from vaultrel.outputs import get_output
from vaultrel.outputs.base import RenderContext
from vaultrel.outputs.feed_check import check_feed
from vaultrel.outputs.feed_events import list_events
from vaultrel.settings import parse_settings

if TYPE_CHECKING:
    from vaultrel.model import Snapshot

CASE = Path(__file__).parent / "every_kind"
AS_OF = dt.date(2026, 6, 30)
PRIVACY = ("full", "names", "initials")


def _read_vault(privacy: str) -> tuple[Snapshot, RenderContext]:
    vault = CASE / "vault"
    settings = parse_settings(tomllib.loads((vault / ".vaultrel/config.toml").read_text("utf-8")), "config.toml")
    feed = msgspec.structs.replace(settings.feed, privacy=privacy)
    files = [path for path in vault.rglob("*.md") if path.is_file()]
    notes = [parse_note(NotePath(path.relative_to(vault).as_posix()), path.read_bytes(), settings) for path in files]
    context = RenderContext(
        vault_name="Every kind",
        settings=msgspec.structs.replace(settings, feed=feed),
        now=dt.datetime.combine(AS_OF, dt.time(7), dt.UTC),
        namespace=uuid.UUID("6f1d2b1e-5b0e-4a53-9a6e-0d9f3f3f7a10"),
        zone=ZoneInfo("Europe/Berlin"),
    )
    return _place(derive(notes, settings, AS_OF)), context


def _place(snapshot: Snapshot) -> Snapshot:
    """The plan with each follow-up on the day it is due, and of those overdue one next week; the others wait."""
    everybody = (*snapshot.followups, *snapshot.waiting)
    days = {followup.person: followup.due for followup in everybody if followup.due >= AS_OF}
    days[NotePath("People/Eli Gran.md")] = AS_OF + dt.timedelta(6)
    placed = [replace(followup, planned=days.get(followup.person)) for followup in everybody]
    return replace(
        snapshot,
        followups=tuple(followup for followup in placed if followup.planned is not None),
        waiting=tuple(followup for followup in placed if followup.planned is None),
    )


@pytest.mark.parametrize("privacy", PRIVACY)
def test_a_feed_with_every_kind_of_event_is_what_was_reviewed(privacy: str, request: pytest.FixtureRequest) -> None:
    feed = get_output("ics").render(*_read_vault(privacy))
    expected = CASE / f"expected/{privacy}.ics"
    if request.config.getoption("--update-golden", default=False):
        expected.parent.mkdir(exist_ok=True)
        expected.write_bytes(feed)
    assert expected.read_bytes() == feed


@pytest.mark.parametrize("privacy", PRIVACY)
def test_the_reviewed_feed_has_no_faults(privacy: str) -> None:
    assert check_feed((CASE / f"expected/{privacy}.ics").read_bytes()) == ()


def test_it_has_every_kind_of_event_timed_and_not_with_and_without_a_year_of_birth() -> None:
    events = list_events(*_read_vault("full"))
    kinds = {word for event in events for word in event.categories}
    assert kinds >= {"first", "promise", "fact", "rhythm", "renetwork", "birthday", "done", "waiting"}
    assert {isinstance(event.start, dt.datetime) for event in events} == {True, False}
    birthdays = [event.summary for event in events if "birthday" in event.categories]
    assert sorted("turns" in summary for summary in birthdays) == [False, True]
