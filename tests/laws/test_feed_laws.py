"""Laws of the follow-up feed: what calendars rely on, looked for an exception by random plans and edits."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid

from hypothesis import given, settings
from hypothesis import strategies as st

from vaultrel.model import FollowUp, NotePath, Snapshot
from vaultrel.outputs import get_output
from vaultrel.outputs.base import RenderContext
from vaultrel.outputs.icalendar_bytes import PublishedEvent, read_published
from vaultrel.settings import DEFAULT_SETTINGS

AS_OF = dt.date(2026, 6, 30)
CONTEXT = RenderContext(
    "Vault",
    DEFAULT_SETTINGS,
    dt.datetime(2026, 6, 30, 8, tzinfo=dt.UTC),
    uuid.UUID("0d1c2a52-8a1b-4ff7-9a6b-6f3f8f9a2c11"),
)

TEXT = st.text(
    alphabet=st.one_of(st.sampled_from("ab,;\\\r\n\"'^: \u2028é日🦊\u202e\ud800"), st.characters()), max_size=120
)


@st.composite
def followups(draw: st.DrawFn, person: int) -> FollowUp:
    return FollowUp(
        person=NotePath(f"People/{person}.md"),
        name=draw(TEXT),
        due=AS_OF,
        planned=AS_OF + dt.timedelta(days=draw(st.integers(0, 90))),
        kind="rhythm",
        cycle="contact:2026-05-12",
        last_time=draw(TEXT),
        reason=draw(TEXT),
        action=draw(TEXT),
        evidence=(),
    )


@st.composite
def plans(draw: st.DrawFn) -> Snapshot:
    people = draw(st.sets(st.integers(0, 6)))
    return Snapshot(as_of=AS_OF, note_count=9, followups=tuple(draw(followups(person)) for person in sorted(people)))


MOMENTS = st.datetimes(dt.datetime(2021, 1, 1), dt.datetime(2080, 1, 1)).map(  # noqa: DTZ001 - Hypothesis takes naive bounds
    lambda moment: moment.replace(tzinfo=dt.UTC)
)


def render(plan: Snapshot, now: dt.datetime, previous: bytes | None = None) -> bytes:
    return get_output("ics").render(plan, dataclasses.replace(CONTEXT, now=now, previous=previous))


def content(event: PublishedEvent) -> bytes:
    """The event without its stamps."""
    return event.block[event.block.index(b"DTSTART") :]


@settings(max_examples=60, deadline=None)
@given(plans(), MOMENTS, MOMENTS)
def test_the_same_plan_gives_the_same_bytes_at_any_time(
    plan: Snapshot, first: dt.datetime, second: dt.datetime
) -> None:
    feed = render(plan, first)
    assert render(plan, second, previous=feed) == feed


@settings(max_examples=60, deadline=None)
@given(plans(), MOMENTS)
def test_whatever_the_text_every_follow_up_is_one_event_that_is_read_back(plan: Snapshot, now: dt.datetime) -> None:
    assert len(read_published(render(plan, now))) == len(plan.followups)


@settings(max_examples=60, deadline=None)
@given(plans().filter(lambda plan: plan.followups), MOMENTS, st.data())
def test_changing_one_follow_up_changes_exactly_one_event(
    plan: Snapshot, now: dt.datetime, data: st.DataObject
) -> None:
    index = data.draw(st.integers(0, len(plan.followups) - 1))
    edited = list(plan.followups)
    edited[index] = dataclasses.replace(edited[index], reason="Because of rule 7 of the game.")
    before = render(plan, now)
    after = render(dataclasses.replace(plan, followups=tuple(edited)), now, previous=before)
    old, new = read_published(before), read_published(after)
    assert len([uid for uid in old if old[uid] != new[uid]]) == (edited[index] != plan.followups[index])
    assert old.keys() == new.keys()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(plans(), MOMENTS), min_size=2, max_size=6))
def test_stamps_move_up_exactly_when_content_moves_however_the_clock_jumps(
    history: list[tuple[Snapshot, dt.datetime]],
) -> None:
    feed = None
    for plan, now in history:
        before = read_published(feed or b"")
        feed = render(plan, now, previous=feed)
        after = read_published(feed)
        for uid in before.keys() & after.keys():
            if content(before[uid]) == content(after[uid]):
                assert after[uid] == before[uid]
            else:
                assert after[uid].stamp > before[uid].stamp


@settings(max_examples=60, deadline=None)
@given(plans(), MOMENTS, st.binary(max_size=300), st.integers(0, 4000))
def test_no_previous_bytes_can_break_the_feed(plan: Snapshot, now: dt.datetime, noise: bytes, place: int) -> None:
    feed = render(plan, now)
    damaged = feed[:place] + noise + feed[place + 10 :]
    assert {uid: content(event) for uid, event in read_published(render(plan, now, previous=damaged)).items()} == {
        uid: content(event) for uid, event in read_published(feed).items()
    }
