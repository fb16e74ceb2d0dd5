"""The note of follow-ups as the user leaves it: ticks and days are read back, and no word of theirs is lost."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from vaultrel.core.ticks import Page, compose_task, escape, followup_key, is_untouched, read_ticks, ticks_path
from vaultrel.model import FollowUp, NotePath
from vaultrel.settings import DEFAULT_SETTINGS

DAY = dt.date(2026, 12, 3)
ADA = FollowUp(
    person=NotePath("People/Ada Moreau.md"),
    name="Ada Moreau",
    due=dt.date(2026, 12, 1),
    planned=DAY,
    kind="rhythm",
    cycle="contact:2026-11-01",
    last_time="",
    reason="",
    action="Propose coffee.",
    evidence=(),
)
TASK = compose_task(ADA, DAY)
LINES = [
    "# Relationships",
    "",
    "## This week",
    "",
    TASK,
    "  - Last time: 1 Nov 2026.",
    "",
    "## Fading",
    "",
    "- [[Ben]]",
    "",
]
NOTE = Page.of(b"").rewrite(LINES)


def read(note: bytes | str) -> list[tuple[bool, dt.date | None, dt.date | None]]:
    data = note.encode() if isinstance(note, str) else note
    return [(tick.done, tick.done_on, tick.moved_to) for tick in read_ticks(data)]


def edit(old: str, new: str, note: bytes = NOTE) -> bytes:
    assert old.encode() in note
    return note.replace(old.encode(), new.encode(), 1)


def test_a_task_is_one_that_the_tasks_plugin_reads_with_a_block_id_at_its_end() -> None:
    block = rf"\^followup-2026-12-03-{followup_key(ADA)}[0-9a-f]{{4}}"
    assert re.fullmatch(rf"- \[ \] \[\[People/Ada Moreau\|Ada Moreau\]\]: Propose coffee\. 📅 2026-12-03 {block}", TASK)


def test_two_people_who_were_met_on_one_day_have_block_ids_of_their_own() -> None:
    other = compose_task(replace(ADA, person=NotePath("People/Ben.md")), DAY)
    assert other.rpartition("^")[2] != TASK.rpartition("^")[2]


def test_the_key_stays_when_the_day_or_the_words_change_and_goes_with_what_it_answers() -> None:
    assert followup_key(replace(ADA, planned=None, action="Call.")) == followup_key(ADA)
    assert followup_key(replace(ADA, cycle="contact:2026-12-03")) != followup_key(ADA)


def test_nothing_is_said_in_the_note_as_it_was_written() -> None:
    (tick,) = read_ticks(NOTE)
    assert (tick.target, tick.key, tick.written, tick.line) == ("People/Ada Moreau", followup_key(ADA), DAY, 5)
    assert read(NOTE) == [(False, None, None)]


TICKED = {
    "by hand": ("- [ ] [[P", "- [x] [[P", None),
    "in capitals": ("- [ ] [[P", "- [X] [[P", None),
    "with another marker": ("- [ ] [[P", "* [x] [[P", None),
    "below something": ("- [ ] [[P", "\t- [x] [[P", None),
}


@pytest.mark.parametrize(("old", "new", "day"), TICKED.values(), ids=TICKED)
def test_a_tick_is_read(old: str, new: str, day: dt.date | None) -> None:
    assert read(edit(old, new)) == [(True, day, None)]


DONE_MARKS = {
    "of Tasks": " ✅ 2026-12-02 ^followup",
    "of Tasks, with a variation selector": " ✅️ 2026-12-02 ^followup",
    "of Dataview": " [completion:: 2026-12-02] ^followup",
}


@pytest.mark.parametrize("mark", DONE_MARKS.values(), ids=DONE_MARKS)
def test_the_day_a_plugin_put_beside_the_tick_is_read(mark: str) -> None:
    assert read(edit(" ^followup", mark, edit("- [ ] [[P", "- [x] [[P"))) == [(True, dt.date(2026, 12, 2), None)]


def test_a_day_of_done_behind_the_block_id_is_read_as_well() -> None:
    ticked = edit(TASK, TASK.replace("[ ]", "[x]") + " ✅ 2026-12-02")
    assert read(ticked) == [(True, dt.date(2026, 12, 2), None)]


def test_another_day_is_read() -> None:
    assert read(edit("📅 2026-12-03", "📅 2026-12-10")) == [(False, None, dt.date(2026, 12, 10))]


@pytest.mark.parametrize("day", ["2026-02-30", "tomorrow", "2026-12-1", "99999-01-01"])
def test_a_day_that_cannot_be_read_is_no_other_day(day: str) -> None:
    assert read(edit("📅 2026-12-03", f"📅 {day}")) in ([], [(False, None, None)])


def test_windows_line_ends_change_nothing() -> None:
    assert read(edit("- [ ] [[P", "- [x] [[P").replace(b"\n", b"\r\n")) == [(True, None, None)]


def test_the_link_follows_a_renamed_note() -> None:
    renamed = edit("[[People/Ada Moreau|Ada Moreau]]", "[[Friends/Ada Lind|Ada Moreau]]")
    assert [tick.target for tick in read_ticks(renamed)] == ["Friends/Ada Lind"]
    assert read(renamed) == [(False, None, None)]


@pytest.mark.parametrize("status", ["-", "/", "?", ">"])
def test_any_other_status_is_no_tick(status: str) -> None:
    assert read(edit("- [ ] [[P", f"- [{status}] [[P")) == []


def test_what_stands_below_is_not_read() -> None:
    assert read(NOTE + TASK.replace("[ ]", "[x]").encode()) == [(False, None, None)]


# -------------------------------------------------------------------------------------------------------------- writing


def test_writing_the_same_again_changes_no_byte() -> None:
    assert Page.of(NOTE).rewrite(LINES) == NOTE


def test_a_tick_and_another_day_leave_nothing_behind() -> None:
    ticked = edit("📅 2026-12-03", "📅 2026-12-10", edit("- [ ] [[P", "- [x] [[P"))
    assert Page.of(ticked).rewrite(LINES) == NOTE


def test_lines_of_ours_that_go_are_not_kept() -> None:
    assert Page.of(NOTE).rewrite(["# Relationships"]) == Page.of(b"").rewrite(["# Relationships"])


def test_what_the_user_writes_below_stays_where_it_is() -> None:
    own = "\n# My own\n\n- [ ] call the plumber\r\n\ttab  \nlast line without an end"
    assert Page.of(NOTE + own.encode()).rewrite(["# New"]) == Page.of(b"").rewrite(["# New"]) + own.encode()


def test_what_the_user_writes_between_the_lines_goes_below() -> None:
    mixed = edit("  - Last time: 1 Nov 2026.\n", "  - Last time: 1 Nov 2026.\n  - she said hello\n")
    again = Page.of(mixed).rewrite(LINES)
    assert again == NOTE + b"\n  - she said hello\n"
    assert Page.of(again).rewrite(LINES) == again


def test_a_task_of_ours_with_other_words_becomes_the_user_s_and_is_no_follow_up_any_more() -> None:
    changed = edit("Propose coffee.", "Propose tea at her place.")
    again = Page.of(changed).rewrite(LINES)
    assert again.startswith(NOTE)
    assert again.endswith("- [ ] [[People/Ada Moreau|Ada Moreau]]: Propose tea at her place. 📅 2026-12-03\n".encode())
    assert read(again) == [(False, None, None)]


def test_a_cancelled_task_is_kept_as_the_user_s_own() -> None:
    again = Page.of(edit("- [ ] [[P", "- [-] [[P")).rewrite(LINES)
    assert b"- [-] [[People/Ada Moreau|Ada Moreau]]: Propose coffee." in again


def test_own_words_go_behind_those_that_are_there() -> None:
    mixed = edit("## Fading", "## Fading\nwhy him?") + b"mine, not ended"
    assert Page.of(mixed).rewrite(LINES) == NOTE + b"mine, not ended\nwhy him?\n"


def test_without_the_closing_comment_every_line_that_is_not_ours_now_is_kept() -> None:
    text = NOTE.decode()
    torn = "".join(line for line in text.splitlines(keepends=True) if "%%" not in line)
    again = Page.of(torn.encode() + b"mine\n").rewrite(["# Relationships", "## Other"])
    kept = again.decode().partition("%%\n")[2]
    assert "mine\n" in kept
    assert "- [[Ben]]\n" in kept
    assert "# Relationships" not in kept


def test_frontmatter_and_byte_order_mark_stay_on_top() -> None:
    top = "\ufeff---\ncssclasses: wide\n---\n"
    assert Page.of(top.encode() + NOTE).rewrite(LINES) == top.encode() + NOTE
    assert Page.of(b"\xef\xbb\xbf" + NOTE).rewrite(LINES) == b"\xef\xbb\xbf" + NOTE


def test_a_note_with_windows_line_ends_keeps_them() -> None:
    windows = NOTE.replace(b"\n", b"\r\n")
    assert Page.of(windows).rewrite(LINES) == windows


def test_blanks_that_an_editor_added_or_cut_change_nothing() -> None:
    assert Page.of(edit("  - Last", "\t- Last")).rewrite(LINES) == NOTE
    assert Page.of(edit("## Fading\n", "## Fading  \n")).rewrite(LINES) == NOTE


OWN_LINES = st.lists(
    st.text(alphabet="ab -[]x%^📅✅0123456789:#\\`", max_size=40).filter(lambda line: line.strip() != ""), max_size=6
)


@given(OWN_LINES, st.integers(0, len(LINES)))
def test_no_line_of_the_user_s_is_ever_lost(own: list[str], at: int) -> None:
    text = NOTE.decode().split("\n")
    mixed = "\n".join([*text[:at], *own, *text[at:]]).encode()
    again = Page.of(mixed).rewrite(LINES).decode()
    for line in own:
        assert line.strip() in again
    assert Page.of(again.encode()).rewrite(LINES) == again.encode()


@given(st.binary(max_size=300))
def test_any_bytes_can_be_read(data: bytes) -> None:
    read_ticks(data)
    Page.of(data).rewrite(LINES)


def test_hostile_lines_take_time_in_proportion_to_their_length() -> None:
    for line in ("- [x] " + "📅 2026-" * 100_000, "- [ ] " + "[[" * 200_000 + " ^followup-", "✅" * 400_000):
        read_ticks(line.encode())


WORDS = {
    "a link": ("see [[Ben]]", r"see \[\[Ben\]\]"),
    "a comment": ("50%% off", r"50\%\% off"),
    "code": ("`rm`", r"\`rm\`"),
    "a tag": ("#secret", r"\#secret"),
    "a block id": ("x ^followup-2026-12-03-00000000", r"x \^followup-2026-12-03-00000000"),
    "a day of a task": ("by 📅 2026-01-01 ✅ 2026-01-01", "by "),
}


@pytest.mark.parametrize(("said", "shown"), WORDS.values(), ids=WORDS)
def test_words_from_notes_are_shown_and_do_nothing(said: str, shown: str) -> None:
    assert escape(said) == shown


@given(st.text(max_size=80))
def test_a_task_is_read_back_whatever_its_words(action: str) -> None:
    (tick,) = read_ticks(Page.of(b"").rewrite([compose_task(replace(ADA, action=action), DAY)]))
    assert (tick.target, tick.written, tick.done, tick.moved_to) == ("People/Ada Moreau", DAY, False, None)


def test_the_note_stands_in_the_folder_of_the_settings() -> None:
    assert ticks_path(DEFAULT_SETTINGS) == "vaultrel/Relationships.md"


PAGE = Page.of(b"").rewrite([compose_task(ADA, DAY), "Some words of vaultrel's."])


@pytest.mark.parametrize(
    ("data", "untouched"),
    [
        (PAGE, True),
        (PAGE.replace(b"\n", b"\r\n"), True),
        (PAGE.replace(b"- [ ]", b"- [x]"), False),
        (PAGE + b"my own words\n", False),
        (b"my own words\n" + PAGE, False),
        (PAGE[: len(PAGE) // 2], False),
        (b"", False),
        (b"---\ntags: [person]\n---\nAda\n", False),
    ],
    ids=["as written", "by another editor", "ticked", "more below", "more above", "cut", "empty", "another note"],
)
def test_only_a_note_nobody_has_written_in_is_untouched(data: bytes, *, untouched: bool) -> None:
    assert is_untouched(data) is untouched
