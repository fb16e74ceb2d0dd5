"""The note about names: what the user ticks counts, what the user types stays, and nothing else is in it."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from vaultrel.core.derive import derive
from vaultrel.core.notes import parse_note
from vaultrel.core.settled_names import (
    SettledName,
    names_path,
    not_understood,
    open_names,
    read_settled_names,
    render_names_note,
    settle_in_note,
)
from vaultrel.model import NotePath, Snapshot
from vaultrel.settings import DEFAULT_SETTINGS

PATH = names_path(DEFAULT_SETTINGS)
DAY = dt.date(2026, 6, 30)
BRANDT, WEISS = NotePath("People/Dan Brandt.md"), NotePath("People/Dan Weiss.md")

VAULT = {
    "People/Dan Brandt.md": "---\naliases: [Dan]\n---\n",
    "People/Dan Weiss.md": "---\naliases: [Dan]\n---\n",
    "People/Ines Roth.md": "Sings.\n",
    "2026-05-01.md": "Saw [[Dan]].\n\nAnd [[Dan]] again.\n",
    "2026-05-02.md": "Saw [[Dan]].\n",
    "Meetings/2026-05-03 Choir.md": "---\nattendees: [Petra Holm, Ines Roth]\n---\n",
    "Meetings/2026-05-10 Choir.md": "---\nattendees: [Petra Holm]\n---\n",
    "Meetings/2026-05-17 Choir.md": "---\nattendees: [Olaf Lind]\n---\n",
}
"""Two people called Dan; a name met twice without a note, and one met once."""


def snapshot_of(files: dict[str, str], answers: tuple[SettledName, ...] = ()) -> Snapshot:
    notes = [parse_note(NotePath(path), text.encode()) for path, text in files.items()]
    return derive(notes, DEFAULT_SETTINGS, DAY, answers)


def answers_in(data: bytes) -> tuple[SettledName, ...]:
    """The answers in a note, wherever in it they stand."""
    return tuple(replace(answer, line=0) for answer in read_settled_names(data, PATH)[0])


def codes_in(data: bytes) -> list[tuple[str, int]]:
    return [(problem.code, problem.line) for problem in read_settled_names(data, PATH)[1]]


def rendered(previous: bytes | None = None, files: dict[str, str] | None = None) -> bytes:
    """The note as a scan makes it of the one before."""
    snapshot = snapshot_of(VAULT if files is None else files, answers_in(previous or b""))
    made = render_names_note(snapshot, previous)
    assert made is not None
    return made


def edited(*changes: tuple[str, str]) -> bytes:
    """The note that a first scan makes, with pieces of its text replaced by the user."""
    text = rendered().decode()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    return text.encode()


def lines_of(data: bytes) -> list[str]:
    return data.decode().splitlines()


def own_words(data: bytes) -> list[str]:
    lines = lines_of(data)
    return (
        [line for line in lines[lines.index("## Your own words") + 1 :] if line] if "## Your own words" in lines else []
    )


def settled_lines(data: bytes) -> list[str]:
    lines = lines_of(data)
    if "## Settled" not in lines:
        return []
    start = lines.index("## Settled") + 2
    return lines[start : lines.index("", start)]


# ------------------------------------------------------------------------------------------------------------- reading

ANSWERS = {
    "- [x] Dan is [[People/Dan Brandt]]": SettledName("Dan", BRANDT),
    "- [X] Dan is [[People/Dan Brandt.md]]": SettledName("Dan", BRANDT),
    "* [x] Dan is [[People/Dan Brandt|our Dan]] ✅ 2026-06-01": SettledName("Dan", BRANDT),
    "   - [x] Dan is [[People/Dan Brandt#Work]] because he said so": SettledName("Dan", BRANDT),
    "- [x] Dan is [[Dan Brandt]]": SettledName("Dan", NotePath("Dan Brandt.md")),
    "- [x] Petra Holm is nobody I keep a note for": SettledName("Petra Holm", None),
    "- [x] Petra is nobody I keep a note for (see [[Ines Roth]], who is [[Petra]])": SettledName("Petra", None),
    "- [x] Dan in [[Meetings/Review]] is [[People/Dan Brandt]]": SettledName(
        "Dan", BRANDT, NotePath("Meetings/Review.md")
    ),
    "- [x] Dan in [[Review]] is nobody I keep a note for": SettledName("Dan", None, NotePath("Review.md")),
    "- [x] Who is who is [[People/Dan Brandt]]\r": SettledName("Who is who", BRANDT),
    "- [x] Dan is [[A %5Bb%5D]]": SettledName("Dan", NotePath("A [b].md")),
}

NO_ANSWERS = [
    "- [ ] Dan is [[People/Dan Brandt]]",
    "- [-] Dan is [[People/Dan Brandt]]",
    "Dan is [[People/Dan Brandt]]",
    "- [x] call Dan",
    "- [x]  is [[People/Dan Brandt]]",
    "- [x] Dan in [[]] is [[People/Dan Brandt]]",
]


@pytest.mark.parametrize("line", ANSWERS)
def test_a_ticked_line_is_an_answer(line: str) -> None:
    assert answers_in(f"Text.\n{line}\n".encode()) == (ANSWERS[line],)


@pytest.mark.parametrize("line", NO_ANSWERS)
def test_any_other_line_is_none(line: str) -> None:
    assert read_settled_names(line.encode(), PATH) == ((), ())


def test_an_answer_knows_its_line() -> None:
    ((answer,), _) = read_settled_names(b"# Names\n\n- [x] Dan is [[X]]\n", PATH)
    assert answer.line == 3


def test_two_answers_to_one_question_count_as_none() -> None:
    note = b"- [x] Dan is [[People/Dan Brandt]]\n- [x] DAN is [[People/Dan Weiss]]\n"
    assert answers_in(note) == ()
    assert codes_in(note) == [("two-answers", 2)]


def test_an_answer_for_a_note_does_not_contradict_the_one_for_the_vault() -> None:
    note = b"- [x] Dan is [[People/Dan Brandt]]\n- [x] Dan in [[Review]] is [[People/Dan Weiss]]\n"
    assert len(answers_in(note)) == 2
    assert codes_in(note) == []


def test_a_tick_that_does_not_say_who_is_reported() -> None:
    assert codes_in(b"- [x] Petra Holm is [[]]\n- [x] Petra Holm is [[Pet\n") == [
        ("unfinished-answer", 1),
        ("unfinished-answer", 2),
    ]


UNSAFE = {
    "merge markers": b"<<<<<<< HEAD\n- [x] Dan is [[A]]\n=======\n- [x] Eva is [[B]]\n>>>>>>> theirs\n",
    "not UTF-8": b"caf\xe9\n- [x] Dan is [[A]]\n- [x] Eva is [[B]]\n",
    "a NUL byte": b"\0\n- [x] Dan is [[A]]\n- [x] Eva is [[B]]\n",
}


@pytest.mark.parametrize("data", UNSAFE.values(), ids=UNSAFE)
def test_a_note_that_cannot_be_understood_is_left_as_it_is_and_its_answers_count(data: bytes) -> None:
    assert render_names_note(snapshot_of(VAULT), data) is None
    assert not_understood(data) is not None
    assert codes_in(data) == [("names-not-understood", 0)]
    assert [answer.name for answer in answers_in(data)] == ["Dan", "Eva"]


@given(st.binary(max_size=400) | st.text("-*+ [](x) isin\n|#%nobodyI keepatfr", max_size=200).map(str.encode))
def test_nothing_in_the_note_is_too_odd_to_read(data: bytes) -> None:
    read_settled_names(data, PATH)
    render_names_note(snapshot_of({}), data)


# ------------------------------------------------------------------------------------------------------------- writing


def test_there_is_no_note_while_no_name_waits() -> None:
    assert render_names_note(snapshot_of({"People/Ines Roth.md": "Sings.\n"}), None) is None


def test_each_name_that_waits_is_asked_about_with_its_places() -> None:
    asked = [line for line in lines_of(rendered()) if line.startswith(("### ", "- ", "Seen "))]
    assert [line.partition(" %%")[0] for line in asked] == [
        "### Dan",
        "- [ ] Dan is [[People/Dan Brandt]]",
        "- [ ] Dan is [[People/Dan Weiss]]",
        "- [ ] Dan is nobody I keep a note for",
        "Seen in [[2026-05-01]] line 1, [[2026-05-01]] line 3, [[2026-05-02]] line 1.",
        "### Petra Holm",
        "- [ ] Petra Holm is [[]]",
        "- [ ] Petra Holm is nobody I keep a note for",
        "Seen in [[Meetings/2026-05-03 Choir]] line 2, [[Meetings/2026-05-10 Choir]] line 2.",
    ]


def test_many_places_are_counted() -> None:
    files = VAULT | {f"2026-04-{day:02}.md": "[[Dan]]\n" for day in range(1, 11)}
    assert " and 8 more. %%" in rendered(None, files).decode()


def test_the_note_says_nothing_about_the_day() -> None:
    snapshots = [
        derive([parse_note(NotePath(p), t.encode()) for p, t in VAULT.items()], DEFAULT_SETTINGS, day)
        for day in (DAY, dt.date(2019, 1, 1))
    ]
    assert len({render_names_note(snapshot, None) for snapshot in snapshots}) == 1


def test_a_tick_settles_the_name_and_moves_to_the_top_as_it_was_typed() -> None:
    note = rendered(edited(("- [ ] Dan is [[People/Dan Brandt]]", "- [X] Dan is [[People/Dan Brandt]] ✅ 2026-06-30")))
    assert settled_lines(note) == ["- [X] Dan is [[People/Dan Brandt]] ✅ 2026-06-30"]
    assert "### Dan" not in note.decode()
    assert own_words(note) == []


def test_a_link_typed_between_the_brackets_settles_an_unknown_name() -> None:
    note = rendered(edited(("- [ ] Petra Holm is [[]]", "- [x] Petra Holm is [[Ines Roth]]")))
    assert settled_lines(note) == ["- [x] Petra Holm is [[Ines Roth]]"]
    assert "### Petra" not in note.decode()
    assert own_words(note) == []


def test_unticking_an_answer_asks_again() -> None:
    first = rendered()
    settled = rendered(edited(("- [ ] Dan is [[People/Dan Brandt]]", "- [x] Dan is [[People/Dan Brandt]]")))
    assert rendered(settled.replace(b"- [x] Dan is", b"- [ ] Dan is")) == first


def test_deleting_an_answer_asks_again() -> None:
    settled = rendered(edited(("- [ ] Dan is [[People/Dan Brandt]]", "- [x] Dan is [[People/Dan Brandt]]")))
    assert rendered(settled.replace(b"- [x] Dan is [[People/Dan Brandt]]\n", b"")) == rendered()


def test_a_link_typed_but_not_ticked_yet_waits_where_it_was_typed() -> None:
    note = edited(("- [ ] Petra Holm is [[]]", "- [ ] Petra Holm is [[Ines R"))
    lines = lines_of(rendered(note))
    at = lines.index("### Petra Holm")
    assert lines[at + 2 : at + 5] == [
        "- [ ] Petra Holm is [[]]",
        "- [ ] Petra Holm is nobody I keep a note for",
        "- [ ] Petra Holm is [[Ines R",
    ]


def test_an_answer_without_a_person_keeps_its_tick() -> None:
    note = rendered(edited(("- [ ] Petra Holm is [[]]", "- [x] Petra Holm is [[]]")))
    assert "- [x] Petra Holm is [[]]" in lines_of(note)


def test_answers_that_differ_stay_and_the_name_is_still_asked_about() -> None:
    both = edited(
        ("- [ ] Dan is [[People/Dan Brandt]]", "- [x] Dan is [[People/Dan Brandt]]"),
        ("- [ ] Dan is [[People/Dan Weiss]]", "- [x] Dan is [[People/Dan Weiss]]"),
    )
    note = rendered(both)
    assert settled_lines(note) == ["- [x] Dan is [[People/Dan Brandt]]", "- [x] Dan is [[People/Dan Weiss]]"]
    assert "### Dan" in lines_of(note)


def test_what_the_user_writes_is_kept_at_the_end_paragraph_by_paragraph() -> None:
    note = rendered(edited(("### Dan\n", "Two Dans!\n\nOne sings,  \n\tthe other rows.\n\n### Dan\n")))
    assert note.decode().endswith("\n\n## Your own words\n\nTwo Dans!\n\nOne sings,  \n\tthe other rows.\n")


def test_below_the_heading_of_the_users_own_words_nothing_is_touched() -> None:
    words = "\n\n\n  Mine.\r\n### Dan\n- [ ] Dan is [[]]\n\n- [ ] Dan is nobody I keep a note for\n\nNo end"
    note = rendered(rendered() + f"\n## Your own words{words}".encode())
    assert note.decode().endswith(f"## Your own words{words}")


def test_a_line_that_was_changed_is_the_users() -> None:
    note = edited(("### Dan", "### Dan (ask Ines)"), ("Seen in [[2026-05-01]]", "Seen by me in [[2026-05-01]]"))
    assert own_words(rendered(note)) == [
        "### Dan (ask Ines)",
        "Seen by me in [[2026-05-01]] line 1, [[2026-05-01]] line 3, [[2026-05-02]] line 1.",
    ]


def test_what_was_asked_about_a_name_that_is_clear_by_now_goes_away() -> None:
    files = VAULT | {"People/Dan Weiss.md": "No alias.\n"}
    note = rendered(rendered(), files)
    assert "Dan is" not in note.decode().replace("`- [x] Dan in [[That note]] is [[Dan Brandt]]`", "")
    assert own_words(note) == []


def test_a_candidate_who_no_longer_answers_to_the_name_goes_away() -> None:
    third = VAULT | {"People/Dan Zeller.md": "---\naliases: [Dan]\n---\n"}
    assert rendered(rendered(None, third)) == rendered()


def test_frontmatter_and_byte_order_mark_stay_on_top() -> None:
    top = "\ufeff---\ncssclasses: [wide]\n---\n"
    assert rendered(top.encode() + rendered()) == top.encode() + rendered()


def test_a_note_with_windows_line_ends_keeps_them() -> None:
    windows = rendered().replace(b"\n", b"\r\n")
    assert rendered(windows) == windows


def test_a_name_that_could_not_be_read_back_is_not_asked_about() -> None:
    names = ["Petra is nobody I keep a note for", "P" * 200]
    files = {
        f"Meetings/2026-05-0{day} Choir.md": f"---\nattendees: {names!r}\n---\n".replace("'", '"') for day in (3, 4)
    }
    assert [len(name.name) for name in open_names(snapshot_of(files))] == [200, 33]
    assert render_names_note(snapshot_of(files), None) is None


def test_a_candidate_whose_path_holds_signs_of_a_link_can_be_ticked() -> None:
    odd = NotePath("People/Dan [old] #1.md")
    files = VAULT | {odd: "---\naliases: [Dan]\n---\n"}
    note = rendered(None, files).replace(b"- [ ] Dan is [[People/Dan %5B", b"- [x] Dan is [[People/Dan %5B")
    assert answers_in(note) == (SettledName("Dan", odd),)


# ------------------------------------------------------------------------------------------------------- what it means


def test_an_answer_counts_in_the_whole_vault() -> None:
    after = snapshot_of(VAULT, (SettledName("dan", BRANDT),))
    assert {found.person for found in after.mentions if found.mention.target == "Dan"} == {BRANDT}
    assert {found.day.isoformat() for found in after.interactions if found.person == BRANDT} == {
        "2026-05-01",
        "2026-05-02",
    }


def test_an_answer_for_one_note_wins_there_over_the_one_for_the_vault() -> None:
    answers = (SettledName("Dan", BRANDT), SettledName("Dan", WEISS, NotePath("2026-05-02.md")))
    after = snapshot_of(VAULT, answers)
    assert [(f.path, f.person) for f in after.interactions if f.kind == "mention"] == [
        ("2026-05-01.md", BRANDT),
        ("2026-05-02.md", WEISS),
    ]


def test_nobody_is_not_asked_about_again() -> None:
    after = snapshot_of(VAULT, (SettledName("Dan", None), SettledName("Petra Holm", None)))
    assert [name.name for name in open_names(after)] == ["Olaf Lind"]


def test_the_link_of_an_answer_leads_where_it_leads_in_obsidian() -> None:
    after = snapshot_of(VAULT, (SettledName("Dan", NotePath("Dan Weiss.md")),))
    assert {found.person for found in after.mentions if found.mention.target == "Dan"} == {WEISS}


def test_an_answer_that_leads_to_no_person_is_reported_and_counts_for_nothing() -> None:
    after = snapshot_of(VAULT, (SettledName("Dan", NotePath("People/Gone.md"), line=7),))
    assert open_names(after)[0].name == "Dan"
    assert [(d.path, d.code, d.line) for d in after.diagnostics if d.code == "answer-without-person"] == [
        (PATH, "answer-without-person", 7)
    ]


def test_an_answer_never_overrides_a_name_that_is_clear() -> None:
    after = snapshot_of(VAULT, (SettledName("Ines Roth", BRANDT),))
    assert {f.person for f in after.mentions if f.mention.target == "Ines Roth"} == {NotePath("People/Ines Roth.md")}


# ---------------------------------------------------------------------------------------------------------------- laws


def test_an_answer_replaces_the_earlier_one_and_forgetting_takes_it_out() -> None:
    note = settle_in_note(rendered(), [SettledName("Dan", BRANDT)])
    assert answers_in(note) == (SettledName("Dan", BRANDT),)
    again = settle_in_note(rendered(note), [SettledName("DAN", WEISS)])
    assert answers_in(again) == (SettledName("DAN", WEISS),)
    assert rendered(settle_in_note(rendered(again), [], ["dan"])) == rendered()


NAME = st.sampled_from(["Dan", "Petra Holm", "Olaf Lind", "Who is in it", "Ünal Kaya"])
PERSON = st.none() | st.sampled_from([BRANDT, WEISS, NotePath("Ines Roth.md"), NotePath("Odd [x]#y.md")])
SCOPE = st.none() | st.sampled_from([NotePath("2026-05-01.md"), NotePath("Meetings/2026-05-03 Choir.md")])
ANSWER = st.builds(SettledName, NAME, PERSON, SCOPE)


@given(st.lists(ANSWER, max_size=5, unique_by=lambda answer: answer.question))
def test_what_is_written_is_read_back(answers: list[SettledName]) -> None:
    note = rendered(settle_in_note(None, answers))
    assert sorted(answers_in(note), key=lambda answer: answer.question) == sorted(
        answers, key=lambda answer: answer.question
    )


EDIT = st.tuples(
    st.sampled_from(["insert", "replace", "delete", "tick"]),
    st.integers(0, 40),
    st.sampled_from(
        [
            "My words.",
            "",
            "  - indented\r",
            "# Names",
            "### Dan",
            "## Your own words",
            "- [x] Dan is [[Dan Brandt]]",
            "- [ ] Petra Holm is [[Ines",
            "- [x] Petra Holm is [[]]",
            "- [ ] Eva is [[]]",
            "Seen. %%abcdef%%",
            "%%abcdef%%",
            "```",
            "---",
        ]
    ),
)


def apply_edit(lines: list[str], kind: str, at: int, text: str) -> list[str]:
    at %= len(lines) + 1
    if kind == "insert":
        return [*lines[:at], text, *lines[at:]]
    if at == len(lines):
        return lines
    if kind == "tick":
        return [*lines[:at], lines[at].replace("- [ ] ", "- [x] ", 1), *lines[at + 1 :]]
    return [*lines[:at], *([text] if kind == "replace" else []), *lines[at + 1 :]]


@settings(max_examples=100)
@given(st.lists(EDIT, max_size=6))
def test_what_the_user_typed_is_never_lost_and_writing_settles_at_once(
    edits: list[tuple[str, int, str]],
) -> None:
    before = rendered().decode().split("\n")
    lines = before
    for kind, at, text in edits:
        lines = apply_edit(lines, kind, at, text)
    typed = "\n".join(lines).encode()
    once = rendered(typed)
    assert rendered(once) == once
    assert {(a.question, a.person) for a in answers_in(once)} == {(a.question, a.person) for a in answers_in(typed)}
    kept = once.decode().split("\n")
    ours = {*before, *(line.replace("- [ ] ", "- [x] ", 1) for line in before)}
    for line in lines:
        if line.strip() and line not in ours and not line.endswith("%%"):
            assert line in kept
