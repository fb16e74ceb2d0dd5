"""`Relationships.md`: what it tells, that it tells the same tomorrow, and that nothing of the user's is lost."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from vaultrel.core.derive import derive
from vaultrel.core.notes import parse_note
from vaultrel.core.ticks import read_ticks
from vaultrel.model import NotePath, Snapshot
from vaultrel.outputs.vault_notes import RelationshipsNote
from vaultrel.settings import DEFAULT_SETTINGS

if TYPE_CHECKING:
    from tests.outputs.conftest import MakeFollowUp, MakeSnapshot, MakeState

    from vaultrel.outputs.base import RenderContext


def render(snapshot: Snapshot, context: RenderContext, previous: bytes | None = None) -> str:
    return RelationshipsNote().render(snapshot, replace(context, previous=previous)).decode()


def test_the_note_tells_headline_week_waiting_and_fading(
    snapshot: MakeSnapshot, followup: MakeFollowUp, state: MakeState, context: RenderContext
) -> None:
    waiting = followup("Bo Dahl", in_days=None, due=dt.date(2026, 6, 2))
    people = (
        state("Ada Lind"),
        state("Cy Ohm", "fading"),
        replace(state("Di Ek"), tie=replace(state("x").tie, relationship=False)),
    )
    text = render(snapshot(followup(), waiting=(waiting,), people=people), context)
    lines = text.splitlines()
    assert "**2 relationships** out of 3 contacts, 1 of them fading." in lines
    (task,) = [line for line in lines if line.startswith("- [ ] ")]
    assert task.startswith(
        "- [ ] [[People/Ada Lind|Ada Lind]]: Propose coffee or lunch. 📅 2026-07-02 ^followup-2026-07-02-"
    )
    assert "  - Last time: 12 May 2026, meeting: “walked along the canal”." in lines
    assert "  - Why: You are usually in touch about every 35 days." in lines
    assert "- [[People/Bo Dahl|Bo Dahl]], since 2 Jun 2026: Propose coffee or lunch." in lines
    assert "- [[People/Cy Ohm|Cy Ohm]], last contact 12 May 2026, usually every 35 days" in lines


def test_only_the_week_of_today_is_listed(
    snapshot: MakeSnapshot, followup: MakeFollowUp, context: RenderContext
) -> None:
    plan = snapshot(followup("Sun Day", in_days=5), followup("Next Week", in_days=6))
    assert [tick.target for tick in read_ticks(render(plan, context).encode())] == ["People/Sun Day"]


def test_an_empty_week_is_said_calmly(snapshot: MakeSnapshot, context: RenderContext) -> None:
    assert "Nobody to get in touch with. Enjoy the quiet." in render(snapshot(), context)


def test_long_lists_are_cut_and_the_rest_is_counted(
    snapshot: MakeSnapshot, state: MakeState, context: RenderContext
) -> None:
    people = tuple(state(f"Person {number:02}", "fading") for number in range(13))
    text = render(snapshot(people=people), context)
    assert text.count("last contact") == 10
    assert "- and 3 more\n" in text


def test_the_note_reads_the_same_tomorrow(
    snapshot: MakeSnapshot, followup: MakeFollowUp, state: MakeState, context: RenderContext
) -> None:
    plan = snapshot(followup(), people=(state("Ada Lind"), state("Cy Ohm", "fading")))
    today = render(plan, context)
    assert render(replace(plan, as_of=plan.as_of + dt.timedelta(1)), context, today.encode()) == today


def test_what_was_offered_this_week_can_still_be_ticked_after_its_day(
    snapshot: MakeSnapshot, followup: MakeFollowUp, context: RenderContext
) -> None:
    monday = render(snapshot(followup(in_days=0)), context).encode()
    missed = followup(in_days=None)
    later = snapshot(waiting=(missed,), as_of=dt.date(2026, 7, 2))
    assert [tick.written for tick in read_ticks(render(later, context, monday).encode())] == [dt.date(2026, 6, 30)]
    answered = snapshot(followup(in_days=20, cycle="contact:2026-07-01"), as_of=dt.date(2026, 7, 2))
    assert read_ticks(render(answered, context, monday).encode()) == ()
    next_week = snapshot(waiting=(missed,), as_of=dt.date(2026, 7, 6))
    assert read_ticks(render(next_week, context, monday).encode()) == ()


def test_a_second_writing_changes_nothing(
    snapshot: MakeSnapshot, followup: MakeFollowUp, state: MakeState, context: RenderContext
) -> None:
    plan = snapshot(followup(), people=(state("Ada Lind", "fading"),))
    once = render(plan, context)
    assert render(plan, context, once.encode()) == once
    assert render(plan, context, (once + "\nmine\n").encode()) == once + "\nmine\n"


def test_words_of_notes_cannot_leave_their_line_or_hide_what_follows(
    snapshot: MakeSnapshot, followup: MakeFollowUp, context: RenderContext
) -> None:
    evil = "%% <!-- ``` \n# Title\r\n- [x] [[Bo]] ✅ 2026-01-01 ^followup-2026-01-01-00000000 \u202e"
    text = render(snapshot(followup(action=evil, reason=evil, last_time=evil)), context)
    plain = render(snapshot(followup()), context)
    assert len(text.splitlines()) == len(plain.splitlines())
    assert len(read_ticks(text.encode())) == 1
    assert all(line.isprintable() for line in text.splitlines())
    assert "<!--" not in text.replace("\\<!--", "")


def test_the_trend_is_a_chart_of_at_most_twelve_months_on_real_contact(context: RenderContext) -> None:
    notes = {"People/Ada Moreau.md": ""} | {
        f"Daily/{year}-{month:02}-03.md": "- met:: [[Ada Moreau]]\n" for year in (2025, 2026) for month in (1, 3, 5)
    }
    parsed = [parse_note(NotePath(path), text.encode(), DEFAULT_SETTINGS) for path, text in notes.items()]
    lines = render(derive(parsed, DEFAULT_SETTINGS, dt.date(2026, 6, 30)), context).splitlines()
    at = lines.index("```mermaid")
    assert lines[at + 2] == "xychart-beta"
    assert lines[at + 3] == (
        '    x-axis ["2025-07", "2025-08", "2025-09", "2025-10", "2025-11", "2025-12", '
        '"2026-01", "2026-02", "2026-03", "2026-04", "2026-05", "2026-06"]'
    )
    assert lines[at + 4] == '    y-axis "Relationships" 0 --> 10'
    assert lines[at + 5] == "    line [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]"
    assert lines[at + 6] == "```"


@pytest.mark.parametrize("day", [dt.date(2026, 6, 30), dt.date(2026, 12, 31), dt.date(2027, 1, 1)])
def test_the_week_may_lie_across_months_and_years(
    snapshot: MakeSnapshot, followup: MakeFollowUp, context: RenderContext, day: dt.date
) -> None:
    plan = snapshot(replace(followup(), planned=day), as_of=day)
    assert [tick.written for tick in read_ticks(render(plan, context).encode())] == [day]
