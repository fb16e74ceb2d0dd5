"""What the user says of a follow-up: understood from few words, and written so that it is read back as meant."""

from __future__ import annotations

import datetime as dt

import msgspec
import pytest

from vaultrel.core.derive import derive
from vaultrel.core.intents import (
    KINDS,
    Contact,
    NoFollowUpError,
    NoSuchContactError,
    UnreadableDayError,
    choose_contact,
    contact_of_touch,
    done_entry,
    log_entry,
    promise_of,
    read_log_words,
    read_until,
)
from vaultrel.core.kept_promises import open_promises
from vaultrel.core.notes import parse_note
from vaultrel.core.touches import MINUTES
from vaultrel.errors import AmbiguousPersonError, UnknownPersonError
from vaultrel.model import Note, NotePath, PersonState, Snapshot
from vaultrel.settings import DEFAULT_SETTINGS, ContactSettings, Settings

DAY = dt.date(2026, 6, 30)
NOTES = {
    "People/Ada Moreau.md": "---\naliases: [Ada]\n---\n",
    "People/Ben Okoro.md": "",
    "People/Dan Hale.md": "---\naliases: [Dan]\n---\n",
    "People/Dan Weiss.md": "---\naliases: [Dan]\n---\n",
    "People/Theo Marsh.md": "",
    "Daily/2026-06-29.md": "- met:: [[Ben Okoro]]\n- [ ] send [[Ada Moreau]] the glaze recipe 📅 2026-07-02\n",
}


def parse(path: str, text: str) -> Note:
    return parse_note(NotePath(path), text.encode(), DEFAULT_SETTINGS)


def snapshot(notes: dict[str, str] = NOTES, as_of: dt.date = DAY) -> Snapshot:
    return derive([parse(path, text) for path, text in notes.items()], DEFAULT_SETTINGS, as_of)


def person(name: str, found: Snapshot | None = None) -> PersonState:
    return next(state for state in (found or snapshot()).people if state.person.name == name)


# ---------------------------------------------------------------------------------------------------------------- words

WORDS = {
    "Ada": (["Ada Moreau"], None, ""),
    "Ada coffee": (["Ada Moreau"], "coffee", ""),
    "Ada coffee on glazes": (["Ada Moreau"], "coffee", "on glazes"),
    "Ada Moreau coffee": (["Ada Moreau"], "coffee", ""),
    "Ada Moreau, Ben Okoro met at the kiln": (["Ada Moreau", "Ben Okoro"], "met", "at the kiln"),
    "ben": (["Ben Okoro"], None, ""),
    "People/Ben Okoro.md called": (["Ben Okoro"], "called", ""),
    "Ada heard from she is back": (["Ada Moreau"], "heard from", "she is back"),
    "Ada the kiln is broken": (["Ada Moreau"], None, "the kiln is broken"),
    "Ada call dan about it": (["Ada Moreau"], "call", "dan about it"),
    "Ada Ada coffee": (["Ada Moreau"], "coffee", ""),
    "Ada MEETING": (["Ada Moreau"], "MEETING", ""),
}


@pytest.mark.parametrize("typed", WORDS)
def test_people_kind_and_text_are_told_apart(typed: str) -> None:
    found = read_log_words(typed.split(), snapshot(), DEFAULT_SETTINGS)
    assert ([state.person.name for state in found.people], found.kind, found.text) == WORDS[typed]


def test_one_argument_may_hold_a_whole_name_or_a_whole_text() -> None:
    found = read_log_words(["Ada Moreau", "Ben Okoro", "we sang"], snapshot(), DEFAULT_SETTINGS)
    assert ([state.person.name for state in found.people], found.text) == (["Ada Moreau", "Ben Okoro"], "we sang")


def test_a_word_of_the_text_that_only_begins_a_name_is_no_name() -> None:
    found = read_log_words(["Ada", "theo"], snapshot(), DEFAULT_SETTINGS)
    assert ([state.person.name for state in found.people], found.text) == (["Ada Moreau"], "theo")


def test_nobody_s_name_and_a_name_of_several_are_refused() -> None:
    with pytest.raises(UnknownPersonError):
        read_log_words(["Zoe", "coffee"], snapshot(), DEFAULT_SETTINGS)
    with pytest.raises(AmbiguousPersonError):
        read_log_words(["Dan", "coffee"], snapshot(), DEFAULT_SETTINGS)
    with pytest.raises(AmbiguousPersonError):
        read_log_words(["Ada", "Dan", "coffee"], snapshot(), DEFAULT_SETTINGS)


# ----------------------------------------------------------------------------------------------------------------- kind


CONTACTS = {
    ("coffee", None): Contact("coffee", "meeting", "mutual"),
    ("Heard-From", None): Contact("heard from", "message", "by_them"),
    (None, None): Contact("in touch with", "contact", "unknown"),
    (None, "me"): Contact("contacted", "contact", "by_me"),
    (None, "them"): Contact("contacted by", "contact", "by_them"),
    ("call", None): Contact("call", "call", "mutual"),
    ("call", "them"): Contact("rang", "call", "by_them"),
    ("call", "me"): Contact("called", "call", "by_me"),
    ("called", "them"): Contact("rang", "call", "by_them"),
    ("message", None): Contact("wrote", "message", "by_me"),
    ("message", "them"): Contact("heard from", "message", "by_them"),
    ("meeting", None): Contact("met", "meeting", "mutual"),
}


@pytest.mark.parametrize(("word", "by"), CONTACTS)
def test_a_word_and_who_started_give_the_field_that_records_it(word: str | None, by: str | None) -> None:
    assert choose_contact(word, by, DEFAULT_SETTINGS) == CONTACTS[word, by]  # type: ignore[arg-type]


def test_every_kind_has_a_field() -> None:
    assert {choose_contact(kind, None, DEFAULT_SETTINGS).kind for kind in KINDS} == set(KINDS)


def test_what_no_field_records_is_refused_with_the_fields_there_are() -> None:
    with pytest.raises(NoSuchContactError) as refused:
        choose_contact("meeting", "me", DEFAULT_SETTINGS)
    assert "'meeting' started by me" in refused.value.message
    assert "heard from" in refused.value.next_step
    with pytest.raises(NoSuchContactError):
        choose_contact("singing", None, DEFAULT_SETTINGS)


def with_fields(**fields: str) -> Settings:
    return msgspec.structs.replace(DEFAULT_SETTINGS, contact=ContactSettings(fields=fields))


def test_the_user_s_own_fields_are_the_ones_that_are_written() -> None:
    assert choose_contact("meeting", None, with_fields(Spaziergang="meeting:mutual")).field == "Spaziergang"
    with pytest.raises(NoSuchContactError):
        choose_contact(None, None, with_fields(Spaziergang="meeting:mutual"))


TOUCHES = {"coffee": "coffee", "lunch": "lunch", "call": "called", "message": "wrote"}


@pytest.mark.parametrize("touch", MINUTES)
def test_a_touch_comes_to_contact_of_its_kind(touch: str) -> None:
    assert contact_of_touch(touch, DEFAULT_SETTINGS).field == TOUCHES.get(touch, "contacted")


# ----------------------------------------------------------------------------------------------------------------- days

SPANS = {
    "1d": dt.date(2026, 7, 1),
    "1w": dt.date(2026, 7, 7),
    "2 weeks": dt.date(2026, 7, 14),
    "1m": dt.date(2026, 7, 30),
    "8M": dt.date(2027, 2, 28),
    "1y": dt.date(2027, 6, 30),
    "2026-12-03": dt.date(2026, 12, 3),
}


@pytest.mark.parametrize("typed", SPANS)
def test_a_span_or_a_day_is_a_day_to_come(typed: str) -> None:
    assert read_until(typed, DAY) == SPANS[typed]


@pytest.mark.parametrize(
    "typed", ["", "soon", "0d", "2026-06-30", "2026-02-30", "9999y", "9999w", "-1d", "1", "w", "2201-01-01"]
)
def test_what_is_no_day_to_come_is_refused(typed: str) -> None:
    with pytest.raises(UnreadableDayError):
        read_until(typed, DAY)


def test_the_end_of_a_long_month_is_the_end_of_a_short_one() -> None:
    assert read_until("1m", dt.date(2028, 1, 31)) == dt.date(2028, 2, 29)


# ---------------------------------------------------------------------------------------------------------------- lines


def contact_of(line: str, day: dt.date = DAY) -> set[tuple[str, str, str, dt.date]]:
    """The contact that the line tells of in a daily note of that day."""
    found = snapshot({**NOTES, f"Daily/{day}.md": f"{line}\n"})
    return {
        (each.person, each.kind, each.direction, each.day)
        for each in found.interactions
        if each.path == f"Daily/{day}.md"
    }


@pytest.mark.parametrize(("word", "by"), CONTACTS)
def test_every_line_is_read_back_as_contact_of_its_kind_direction_and_day(word: str | None, by: str | None) -> None:
    contact = choose_contact(word, by, DEFAULT_SETTINGS)  # type: ignore[arg-type]
    entry = log_entry([person("Ada Moreau"), person("Ben Okoro")], contact, "with a view", DAY)
    for line in entry.spellings:
        assert contact_of(line) == {
            ("People/Ada Moreau.md", contact.kind, contact.direction, DAY),
            ("People/Ben Okoro.md", contact.kind, contact.direction, DAY),
        }


def test_somebody_whom_only_the_text_names_was_not_there() -> None:
    entry = log_entry([person("Ada Moreau")], choose_contact("coffee", None, DEFAULT_SETTINGS), "on [[Ben Okoro]]", DAY)
    assert contact_of(entry.spellings[0]) == {
        ("People/Ada Moreau.md", "meeting", "mutual", DAY),
        ("People/Ben Okoro.md", "mention", "unknown", DAY),
    }


def test_a_follow_up_done_is_contact_as_its_touch_says() -> None:
    state = person("Ben Okoro")
    assert state.followup is not None
    assert state.followup.touch == "message"
    entry = done_entry(state, "thanked him", DAY, DEFAULT_SETTINGS)
    assert entry.spellings[0] == "- [wrote:: [[Ben Okoro]]] thanked him"


def test_without_a_follow_up_there_is_nothing_to_be_done() -> None:
    with pytest.raises(NoFollowUpError):
        done_entry(person("Theo Marsh"), "", DAY, DEFAULT_SETTINGS)


# ------------------------------------------------------------------------------------------------------------- promises


def kept(text: str, day: str = "2026-06-30") -> Note:
    return parse(f"Daily/{day}.md", f"{text}\n")


def test_a_promise_done_is_its_words_as_a_finished_task_with_a_link_to_its_note() -> None:
    entry = done_entry(person("Ada Moreau"), "by mail", DAY, DEFAULT_SETTINGS)
    assert entry.spellings[0] == (
        "- [x] send [[Ada Moreau]] the glaze recipe 📅 2026-07-02 (promised in [[Daily/2026-06-29|2026-06-29]]) by mail"
        " ✅ 2026-06-30"
    )
    for line in entry.spellings:
        assert contact_of(line) == {("People/Ada Moreau.md", "task", "unknown", DAY)}


def test_a_promise_ends_with_the_line_that_says_it_was_kept_and_only_that_promise() -> None:
    state = person("Ada Moreau")
    line = done_entry(state, "", DAY, DEFAULT_SETTINGS).spellings[0]
    assert open_promises(state.promises, kept(line).lines, DAY) == ()
    assert open_promises(state.promises, kept(line.replace("glaze", "bread")).lines, DAY) == state.promises
    assert open_promises(state.promises, kept(line.replace("2026-06-29", "2026-05-01")).lines, DAY) == state.promises
    assert open_promises(state.promises, kept(line.replace("[x]", "[ ]")).lines, DAY) == state.promises


def test_a_promise_is_still_open_on_the_days_before_it_was_kept() -> None:
    state = person("Ada Moreau")
    line = done_entry(state, "", DAY, DEFAULT_SETTINGS).spellings[0]
    assert open_promises(state.promises, kept(line).lines, dt.date(2026, 6, 29)) == state.promises


def test_a_finished_task_of_the_same_words_alone_ends_no_promise() -> None:
    state = person("Ada Moreau")
    line = "- [x] send [[Ada Moreau]] the glaze recipe 📅 2026-07-02 ✅ 2026-06-30"
    assert open_promises(state.promises, kept(line).lines, DAY) == state.promises


def test_a_promise_that_names_nobody_is_told_with_the_name() -> None:
    found = snapshot({**NOTES, "People/Ada Moreau.md": "- [ ] send the recipe\n"})
    state = person("Ada Moreau", found)
    promise = promise_of(state)
    assert promise is not None
    line = done_entry(state, "", DAY, DEFAULT_SETTINGS).spellings[0]
    assert "[[Ada Moreau]]" in line
    assert ("People/Ada Moreau.md", "task", "unknown", DAY) in contact_of(line)


@pytest.mark.parametrize("length", [10, 150, 159, 160, 161, 300, 390, 1000])
def test_a_promise_of_any_length_ends(length: int) -> None:
    words = ("word " * length)[:length].strip()
    found = snapshot({**NOTES, "Daily/2026-06-29.md": f"- [ ] [[Ada Moreau]] {words}\n"})
    state = person("Ada Moreau", found)
    line = done_entry(state, "y" * 500, DAY, DEFAULT_SETTINGS).spellings[0]
    assert open_promises(state.promises, kept(line).lines, DAY) == ()


def test_a_promise_of_theirs_that_was_asked_about_is_asked_about_again_a_week_later() -> None:
    promise = "- [ ] [[Ada Moreau]] sends me the plan 📅 2026-06-28\n"
    met = "- met:: [[Ada Moreau]]\n"
    notes = {**NOTES, "Daily/2026-03-02.md": met, "Daily/2026-06-20.md": met + promise, "Daily/2026-06-29.md": ""}
    state = person("Ada Moreau", snapshot(notes))
    line = done_entry(state, "", DAY, DEFAULT_SETTINGS).spellings[0]
    assert line == (
        "- [x] asked about: [[Ada Moreau]] sends me the plan 📅 2026-06-28"
        " (promised in [[Daily/2026-06-20|2026-06-20]]) ✅ 2026-06-30"
    )
    after = person("Ada Moreau", snapshot({**notes, f"Daily/{DAY}.md": f"{line}\n"}))
    assert [(promise.by, promise.due, promise.noted) for promise in after.promises] == [("them", None, DAY)]
    assert after.followup is not None
    assert (after.followup.kind, after.followup.due) == ("promise", DAY + dt.timedelta(7))
