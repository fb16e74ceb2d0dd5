"""Whose events are whose after notes were renamed, moved, copied and edited."""

from __future__ import annotations

import datetime as dt
import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from vaultrel.core.derive import derive
from vaultrel.core.identities import (
    MISSED_DAYS,
    Everybody,
    Identities,
    Trace,
    follow_people,
    read_traces,
    write_traces,
)
from vaultrel.core.notes import parse_note
from vaultrel.model import NotePath
from vaultrel.settings import DEFAULT_SETTINGS as DEFAULTS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vaultrel.model import Note

TODAY = dt.date(2026, 6, 30)
ADA, ADA_BERG, BO, CY = (NotePath(f"People/{name}.md") for name in ("Ada Lind", "Ada Berg", "Bo Dahl", "Cy Ek"))
ADA_TEXT = "---\ntags: [person]\ncompany: Tide\n---\nMet at the canal.\n\n- 2026-05-04 coffee, long talk\n"
BO_TEXT = "---\ntags: [person]\ncompany: Reef\n---\nPlays the cello.\n\n- 2026-04-02 called me\n"
BLANK = "---\ntags: [person]\n---\n"


def follow(
    files: Mapping[NotePath, str], known: Mapping[str, Trace] | None = None, as_of: dt.date = TODAY
) -> Identities:
    """Who the people in these notes are; everybody has events."""
    notes = {path: parse_note(path, text.encode()) for path, text in files.items()}
    return follow_people(known or {}, meet(notes), notes, as_of)


def meet(notes: Mapping[NotePath, Note]) -> Everybody:
    """The people in these notes, all at once."""
    everybody = Everybody()
    everybody.update((), derive(notes.values(), DEFAULTS, TODAY).people, notes)
    return everybody


def after(*vaults: Mapping[NotePath, str]) -> Mapping[NotePath, str]:
    """The keys after the vault looked like this, then like that, and so on."""
    found = Identities({}, {})
    for files in vaults:
        found = follow(files, found.traces)
    return found.keys


def test_who_was_never_seen_before_is_known_by_the_path_of_the_note() -> None:
    assert after({ADA: ADA_TEXT, BO: BO_TEXT}) == {}


def test_a_renamed_note_keeps_the_key() -> None:
    assert after({ADA: ADA_TEXT, BO: BO_TEXT}, {ADA_BERG: ADA_TEXT, BO: BO_TEXT}) == {ADA_BERG: ADA}


def test_a_note_renamed_twice_is_known_by_the_first_path() -> None:
    third = NotePath("Ada.md")
    assert after({ADA: ADA_TEXT}, {ADA_BERG: ADA_TEXT}, {third: ADA_TEXT}) == {third: ADA}


def test_a_note_renamed_back_is_known_by_its_path_again() -> None:
    assert after({ADA: ADA_TEXT}, {ADA_BERG: ADA_TEXT}, {ADA: ADA_TEXT}) == {}


def test_our_own_fields_do_not_hide_who_it_is() -> None:
    written = ADA_TEXT.replace("company", "rel_strength: 40\nrel_band: warm\ncompany")
    assert after({ADA: ADA_TEXT}, {ADA_BERG: written}) == {ADA_BERG: ADA}


def test_a_folder_of_notes_moved_at_once_keeps_every_key() -> None:
    people = {NotePath(f"People/Person {number}.md"): f"{BLANK}\n- 2026-05-04 coffee\n" for number in range(20)}
    moved = {NotePath(path.replace("People/", "Old/People/")): text for path, text in people.items()}
    assert after(people, moved) == {path: path.removeprefix("Old/") for path in moved}


def test_a_note_moved_and_edited_is_known_by_its_name_and_first_contact() -> None:
    moved = NotePath("Contacts/Ada Lind.md")
    assert after({ADA: ADA_TEXT}, {moved: ADA_TEXT + "\n- 2026-06-20 lunch\n"}) == {moved: ADA}


def test_a_note_renamed_and_edited_is_known_by_an_alias() -> None:
    renamed = ADA_TEXT.replace("tags", "aliases: [Ada Lind]\ntags")
    assert after({ADA: ADA_TEXT}, {ADA_BERG: renamed}) == {ADA_BERG: ADA}


def test_two_people_whose_notes_swapped_names_keep_their_own_keys() -> None:
    swapped = {ADA: BO_TEXT, BO: ADA_TEXT}
    assert after({ADA: ADA_TEXT, BO: BO_TEXT}, swapped) == {ADA: BO, BO: ADA}


def test_who_moves_in_where_somebody_moved_out_does_not_take_the_key() -> None:
    assert after({ADA: ADA_TEXT, BO: BO_TEXT}, {BO: ADA_TEXT, CY: BO_TEXT}) == {BO: ADA, CY: BO}


def test_a_copied_note_is_somebody_else_and_the_original_keeps_the_key() -> None:
    assert after({ADA: ADA_TEXT}, {ADA: ADA_TEXT, ADA_BERG: ADA_TEXT}) == {}


def test_a_copy_seen_before_the_original_was_deleted_stays_somebody_else() -> None:
    assert after({ADA: ADA_TEXT}, {ADA: ADA_TEXT, ADA_BERG: ADA_TEXT}, {ADA_BERG: ADA_TEXT}) == {}


def test_a_copy_first_seen_when_the_original_is_gone_is_a_renamed_note() -> None:
    assert after({ADA: ADA_TEXT}, {ADA_BERG: ADA_TEXT}) == {ADA_BERG: ADA}


def test_a_note_copied_and_then_edited_keeps_its_key() -> None:
    edited = ADA_TEXT + "\n- 2026-06-20 lunch\n"
    assert after({ADA: ADA_TEXT}, {ADA: edited, ADA_BERG: ADA_TEXT}) == {}


def test_a_note_that_vanished_first_and_came_back_elsewhere_later_keeps_the_key() -> None:
    assert after({ADA: ADA_TEXT, BO: BO_TEXT}, {BO: BO_TEXT}, {BO: BO_TEXT}, {ADA_BERG: ADA_TEXT, BO: BO_TEXT}) == {
        ADA_BERG: ADA
    }


def test_somebody_gone_for_a_month_is_no_longer_looked_for() -> None:
    gone = follow({BO: BO_TEXT}, follow({ADA: ADA_TEXT, BO: BO_TEXT}).traces)
    assert gone.traces[ADA].gone == TODAY
    for days, keys in ((MISSED_DAYS, {ADA_BERG: ADA}), (MISSED_DAYS + 1, {})):
        day = TODAY + dt.timedelta(days)
        later = follow({BO: BO_TEXT}, gone.traces, day)
        assert follow({ADA_BERG: ADA_TEXT, BO: BO_TEXT}, later.traces, day).keys == keys


def test_of_two_notes_that_could_be_the_renamed_one_neither_is() -> None:
    assert after({ADA: ADA_TEXT}, {ADA_BERG: ADA_TEXT, CY: ADA_TEXT}) == {}


def test_of_two_people_who_could_have_been_renamed_neither_was() -> None:
    assert after({ADA: ADA_TEXT, BO: ADA_TEXT}, {CY: ADA_TEXT}) == {}


def test_another_person_made_from_the_same_template_is_somebody_new() -> None:
    before = {ADA: f"{BLANK}\n- 2026-05-04 coffee\n", BO: BO_TEXT}
    assert after(before, {CY: f"{BLANK}\n- 2026-06-04 coffee\n", BO: BO_TEXT}) == {}


def test_a_new_note_at_the_first_path_of_a_renamed_one_gets_a_key_of_its_own_for_good() -> None:
    again = {ADA_BERG: ADA_TEXT, ADA: BO_TEXT}
    assert after({ADA: ADA_TEXT}, {ADA_BERG: ADA_TEXT}, again) == {ADA_BERG: ADA, ADA: f"{ADA}#2"}
    assert after({ADA: ADA_TEXT}, {ADA_BERG: ADA_TEXT}, again, again) == {ADA_BERG: ADA, ADA: f"{ADA}#2"}


@pytest.mark.parametrize("key", ["id", "uid", "UUID"])
def test_an_id_in_the_note_is_the_key_whatever_else_changes(key: str) -> None:
    text = ADA_TEXT.replace("tags", f"{key}: k-71\ntags")
    other = text.replace("Tide", "Reef").replace("2026-05-04", "2026-05-09")
    assert after({ADA: text}) == {ADA: "id:k-71"}
    assert after({ADA: text}, {NotePath("Elsewhere/A.md"): other}) == {NotePath("Elsewhere/A.md"): "id:k-71"}


def test_an_id_given_later_changes_no_key() -> None:
    assert after({ADA: ADA_TEXT}, {ADA: ADA_TEXT.replace("tags", "id: k-71\ntags")}) == {}


def test_an_id_that_two_notes_share_is_nobodys_but_whose_it_was_before() -> None:
    text = ADA_TEXT.replace("tags", "id: k-71\ntags")
    assert after({ADA: text, ADA_BERG: text}) == {}
    assert after({ADA: text}, {ADA: text, ADA_BERG: text}) == {ADA: "id:k-71"}


def test_swapped_notes_with_ids_keep_their_ids() -> None:
    ada, bo = (text.replace("tags", f"id: {number}\ntags") for number, text in ((7, ADA_TEXT), (8, BO_TEXT)))
    assert after({ADA: ada, BO: bo}, {ADA: bo, BO: ada}) == {ADA: "id:8", BO: "id:7"}


def test_only_people_with_events_are_remembered() -> None:
    notes = {path: parse_note(path, text.encode()) for path, text in ((ADA, ADA_TEXT), (BO, BO_TEXT))}
    assert list(follow_people({}, meet(notes), [BO], TODAY).traces) == [BO]


def test_two_computers_decide_alike_whatever_the_order_of_notes() -> None:
    before = {NotePath(f"People/P {n}.md"): f"{BLANK}company: C{n % 3}\n- 2026-05-0{n % 4 + 1} tea\n" for n in range(9)}
    now = {NotePath(f"Moved/Q {n}.md"): text for n, text in enumerate(before.values())}
    known = follow(before).traces
    backwards = follow(dict(reversed(now.items())), dict(reversed(list(known.items()))))
    assert backwards == follow(now, known)
    assert write_traces(backwards.traces) == write_traces(follow(now, known).traces)


# What is kept


def test_what_is_written_is_read_again() -> None:
    traces = {
        "id:7": Trace(NotePath("a\tb\n\ud800.md"), "0f", dt.date(2026, 1, 2), TODAY),
        ADA: Trace(ADA_BERG, "", None),
    }
    assert read_traces(write_traces(traces)) == traces


def test_a_second_look_at_the_same_vault_writes_the_same_bytes() -> None:
    first = follow({ADA: ADA_TEXT, BO: BO_TEXT})
    again = follow({ADA: ADA_TEXT, BO: BO_TEXT}, read_traces(write_traces(first.traces)), TODAY + dt.timedelta(9))
    assert write_traces(again.traces) == write_traces(first.traces)


@pytest.mark.parametrize(
    "damaged",
    [
        None,
        b"",
        b"\xff\xfe",
        b"{}",
        b"null\n",
        b'["a"]\n',
        b'["a", "b.md", 7, "", ""]\n',
        b'["a", "b.md", "", "x", ""]\n',
        b'["a", "b.md", "", "2026-13-01", ""]\n',
        b'["", "b.md", "", "", ""]\n',
        b"[" * 200_000,
        b"9" * 10_000,
        b"<<<<<<< ours\n",
    ],
)
def test_a_line_that_is_none_of_ours_is_left_out(damaged: bytes | None) -> None:
    assert read_traces(damaged) == {}
    good = write_traces({ADA: Trace(ADA, "0f", TODAY)})
    assert read_traces((damaged or b"") + b"\n" + good) == {ADA: Trace(ADA, "0f", TODAY)}


def test_two_keys_that_claim_one_note_are_settled_the_same_way_each_time() -> None:
    forged = {key: Trace(ADA, "0f", TODAY) for key in ("x", "y")}
    assert follow({ADA: ADA_TEXT}, forged).keys == {ADA: "x"}
    assert set(follow({ADA: ADA_TEXT}, forged).traces) == {"x"}


PATHS = [NotePath(f"P/{name}.md") for name in "abcdef"]
TEXTS = [ADA_TEXT, BO_TEXT, BLANK, ADA_TEXT.replace("tags", "id: 7\ntags")]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.dictionaries(st.sampled_from(PATHS), st.sampled_from(TEXTS), min_size=1), min_size=1, max_size=5),
    st.dictionaries(
        st.sampled_from([*PATHS, "id:7"]),
        st.builds(Trace, st.sampled_from(PATHS), st.sampled_from(["", "0f"]), st.none() | st.just(TODAY)),
    ),
)
def test_whatever_happens_to_the_notes_no_two_people_share_a_key(
    vaults: list[dict[NotePath, str]], known: dict[str, Trace]
) -> None:
    for files in vaults:
        found = follow(files, known)
        keys = [found.keys.get(path, path) for path in files]
        assert len(set(keys)) == len(keys)
        assert {trace.path for trace in found.traces.values() if trace.gone is None} == set(files)
        assert follow(files, found.traces) == replace(found)
        known = dict(found.traces)


def test_a_long_chain_of_renamed_notes_is_followed_in_little_time() -> None:
    people = {NotePath(f"People/P{n:04}.md"): f"{BLANK}\n- 2026-05-04 tea no. {n}\n" for n in range(400)}
    shifted = {NotePath(f"People/P{n + 1:04}.md"): text for n, text in enumerate(people.values())}
    known = follow(people).traces
    notes = {path: parse_note(path, text.encode()) for path, text in shifted.items()}
    everybody = meet(notes)
    began = time.process_time()
    keys = follow_people(known, everybody, shifted, TODAY).keys
    assert time.process_time() - began < 1.0
    assert [keys[path] for path in shifted] == list(people)
