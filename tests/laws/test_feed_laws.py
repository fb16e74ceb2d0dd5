"""Laws of the follow-up feed: what calendars rely on, looked for an exception by random plans and edits."""

from __future__ import annotations

import datetime as dt
import random
import subprocess
import sys
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from vaultrel.model import FollowUp, NotePath, Snapshot
from vaultrel.outputs import get_output
from vaultrel.outputs.base import RenderContext
from vaultrel.outputs.feed_check import check_feed
from vaultrel.outputs.icalendar_bytes import PublishedEvent, read_published
from vaultrel.settings import DEFAULT_SETTINGS

if TYPE_CHECKING:
    from collections.abc import Callable

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
    return get_output("ics").render(plan, replace(CONTEXT, now=now, previous=previous))


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
    # A plan with nothing in it is told as one event: no calendar is ever without any.
    assert len(read_published(render(plan, now))) == max(len(plan.followups), 1)


@settings(max_examples=60, deadline=None)
@given(plans().filter(lambda plan: plan.followups), MOMENTS, st.data())
def test_changing_one_follow_up_changes_exactly_one_event(
    plan: Snapshot, now: dt.datetime, data: st.DataObject
) -> None:
    index = data.draw(st.integers(0, len(plan.followups) - 1))
    edited = list(plan.followups)
    edited[index] = replace(edited[index], reason="Because of rule 7 of the game.")
    before = render(plan, now)
    after = render(replace(plan, followups=tuple(edited)), now, previous=before)
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


# A long life: many edits, a clock that jumps, restarts, other computers


def plan_of(followups: dict[int, FollowUp]) -> Snapshot:
    return Snapshot(as_of=AS_OF, note_count=9, followups=tuple(followups.values()))


def simple_followup(person: int) -> FollowUp:
    return FollowUp(
        person=NotePath(f"People/{person}.md"), name=f"Person {person}", due=AS_OF, planned=AS_OF, kind="rhythm",
        cycle="contact:2026-05-12", last_time="Last time: 12 May 2026, call.", reason="", action="Call.", evidence=(),
    )  # fmt: skip


EDITS: dict[str, Callable[[random.Random], object]] = {
    "planned": lambda chance: AS_OF + dt.timedelta(chance.randrange(100)),
    "name": lambda chance: "".join(chance.choices("abcé日 ,;\\\n🦊", k=6)) + "x",
    "last_time": lambda chance: f"Last time: {chance.randrange(10**6)}, with all of them, and for a long while.",
    "reason": lambda chance: "\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\n" * chance.randrange(3) + f"r{chance.randrange(10**6)}",
    "action": lambda chance: f"Call no. {chance.randrange(10**6)}.",
    "kind": lambda chance: chance.choice(["first", "promise", "fact", "rhythm", "renetwork"]),
    "cycle": lambda chance: f"contact:{AS_OF - dt.timedelta(chance.randrange(400))}",
}
"""What an edit of a note changes in one follow-up. The last two make it another follow-up."""


def test_in_a_thousand_edits_each_changes_one_event_and_stamps_only_rise() -> None:
    chance = random.Random(2026)
    followups = {person: simple_followup(person) for person in range(40)}
    now = CONTEXT.now
    feed = render(plan_of(followups), now)
    latest: dict[str, dt.datetime] = {uid: event.stamp for uid, event in read_published(feed).items()}
    for _ in range(1000):
        person, (field, make) = chance.randrange(40), chance.choice(list(EDITS.items()))
        edited = replace(followups[person], **{field: make(chance)})
        is_same = edited == followups[person]
        followups[person] = edited
        now += dt.timedelta(seconds=chance.choice([0, 0, 1, 60, 86_400, -1, -3600, -40 * 86_400]))
        after = render(plan_of(followups), now, previous=feed)
        old, new = read_published(feed), read_published(after)
        changed = {uid for uid in new if old.get(uid) != new[uid]}
        gone = old.keys() - new.keys()
        assert len(changed) == (0 if is_same else 1), (field, changed)
        assert (len(gone) == 1) == (field in {"kind", "cycle"} and not is_same)
        for uid in changed & old.keys():
            assert new[uid].stamp > latest[uid]
        assert render(plan_of(followups), now + dt.timedelta(days=3), previous=after) == after
        latest |= {uid: event.stamp for uid, event in new.items()}
        feed = after
    assert check_feed(feed) == ()


def test_a_restart_gives_the_same_bytes() -> None:
    """Another process, with nothing remembered but the feed."""
    script = (
        "import sys, datetime as dt; sys.path.insert(0, sys.argv[1]); import test_feed_laws as laws\n"
        "previous = sys.stdin.buffer.read() or None\n"
        "plan = laws.plan_of({n: laws.simple_followup(n) for n in range(9)})\n"
        "sys.stdout.buffer.write(laws.render(plan, laws.CONTEXT.now + dt.timedelta(int(sys.argv[2])), previous))"
    )

    def run(previous: bytes, days: int) -> bytes:
        command = [sys.executable, "-c", script, str(Path(__file__).parent), str(days)]
        done = subprocess.run(command, input=previous, capture_output=True, check=True, timeout=60)
        return done.stdout

    first = run(b"", 0)
    assert first == render(plan_of({n: simple_followup(n) for n in range(9)}), CONTEXT.now)
    assert run(first, 40) == first


@settings(max_examples=40, deadline=None)
@given(plans(), MOMENTS, MOMENTS, st.uuids())
def test_a_computer_that_shares_nothing_has_the_same_events_but_for_uids_and_stamps(
    plan: Snapshot, first: dt.datetime, second: dt.datetime, namespace: uuid.UUID
) -> None:
    def contents(context: RenderContext) -> list[bytes]:
        return sorted(map(content, read_published(get_output("ics").render(plan, context)).values()))

    here = replace(CONTEXT, now=first)
    assert contents(here) == contents(replace(CONTEXT, now=second, namespace=namespace))


@settings(max_examples=40, deadline=None)
@given(plans(), MOMENTS, MOMENTS)
def test_a_computer_that_shares_the_feed_gives_the_same_bytes(
    plan: Snapshot, first: dt.datetime, second: dt.datetime
) -> None:
    there = render(plan, first)
    assert render(plan, second, previous=there) == there
    assert render(plan, first, previous=render(plan, second, previous=there)) == there


@settings(max_examples=40, deadline=None)
@given(
    plans().filter(lambda plan: plan.followups), MOMENTS, st.lists(st.tuples(st.integers(0, 400), st.integers(0, 400)))
)
def test_a_previous_feed_of_shuffled_and_repeated_parts_is_harmless(
    plan: Snapshot, now: dt.datetime, cuts: list[tuple[int, int]]
) -> None:
    feed = render(plan, now)
    lines = feed.split(b"\r\n")
    forged = b"\r\n".join(line for start, length in cuts for line in lines[start : start + length])
    made = render(plan, now, previous=forged)
    assert check_feed(made) == ()
    events, expected = read_published(made), read_published(feed)
    assert {uid: content(event) for uid, event in events.items()} == {uid: content(e) for uid, e in expected.items()}
    # At worst an event that was put together from two is taken for an older one, and gets a stamp a second later.
    assert {event.stamp - expected[uid].stamp for uid, event in events.items()} <= {
        dt.timedelta(),
        dt.timedelta(seconds=1),
    }
