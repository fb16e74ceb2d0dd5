"""Which files are read as notes."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaultrel.core.scope import SKIP_REASONS, Scope, skip_reason
from vaultrel.settings import DEFAULT_SETTINGS, ObsidianSettings, Settings

SKIPPED = [
    ("Drawing.canvas", "not-markdown"),
    ("photo.md.jpeg", "not-markdown"),
    (".obsidian/snippets/note.md", "dot-folder"),
    ("Notes/.trash/Nadia.md", "dot-folder"),
    (".hidden.md", "dot-folder"),
    ("People/.~Nadia.md", "dot-folder"),
    ("People/Nadia.sync-conflict-20250101-101010-ABCDEF1.md", "conflict-copy"),
    ("People/Nadia (conflicted copy).md", "conflict-copy"),
    ("People/Nadia (Ola's conflicted copy 2025-01-01).md", "conflict-copy"),
    ("People/Nadia (Conflicted copy laptop 202501011010).md", "conflict-copy"),
    ("People/Nadia (Case Conflict 1).md", "conflict-copy"),
    ("People/Nadia_conflict-20250101-101010.md", "conflict-copy"),
    ("People/Nadia.Conflict.md", "conflict-copy"),
    ("People/~$Nadia.md", "temporary"),
    ("vaultrel/Relationships.md", "generated"),
    ("vaultrel/Names.md", "generated"),
    ("Templates/Person.md", "template-folder"),
    ("_templates/Person.md", "template-folder"),
    ("05 Templates/Work/Person.md", "template-folder"),
    ("🧩 Templates/Person.md", "template-folder"),
]

READ = [
    "People/Nadia.md",
    "People/NADIA.MD",
    "Templates.md",
    "Template ideas/Nadia.md",
    "How a conflicted copy comes about.md",
    "Family conflict 2025.md",
    "vaultrel notes/Nadia.md",
    "v1.0/Nadia.md",
]


@pytest.mark.parametrize(("path", "reason"), SKIPPED)
def test_what_is_no_note_of_the_user_is_left_out(path: str, reason: str) -> None:
    assert skip_reason(path, DEFAULT_SETTINGS) == reason


@pytest.mark.parametrize("path", READ)
def test_notes_are_read(path: str) -> None:
    assert skip_reason(path, DEFAULT_SETTINGS) is None


def test_every_reason_that_occurs_is_explained() -> None:
    assert {reason for _, reason in SKIPPED} | {"ignored"} == set(SKIP_REASONS)


def test_the_users_own_list_names_folders_and_notes() -> None:
    settings = Settings(ignore=("Archive/", "Notes/Scratch", "./Old"))
    found = {
        path: skip_reason(path, settings)
        for path in ("Archive/a.md", "Notes/Scratch.md", "Old/b/c.md", "Archives/a.md")
    }
    assert found == {
        "Archive/a.md": "ignored",
        "Notes/Scratch.md": "ignored",
        "Old/b/c.md": "ignored",
        "Archives/a.md": None,
    }


def test_a_generated_folder_of_another_name_is_left_out() -> None:
    settings = Settings(folder="Meta/Ties")
    assert skip_reason("Meta/Ties/Relationships.md", settings) == "generated"
    assert skip_reason("vaultrel/Relationships.md", settings) is None


def test_no_generated_folder_leaves_nothing_out() -> None:
    assert skip_reason("Nadia.md", Settings(folder="")) is None


def test_template_folders_and_templates_of_obsidian_are_left_out() -> None:
    settings = Settings(obsidian=ObsidianSettings(template_folders=("Meta/Forms", "Journal/Blank.md")))
    assert skip_reason("Meta/Forms/Person.md", settings) == "template-folder"
    assert skip_reason("Journal/Blank.md", settings) == "template-folder"
    assert skip_reason("Journal/2026-03-01.md", settings) is None


@pytest.mark.parametrize(
    ("entry", "ignored"),
    [
        ("Private/", ["Private/a.md"]),
        ("Priv", ["Private/a.md", "Privet.md"]),
        ("/^(Private|Work)\\//", ["Private/a.md", "Work/b.md", "Work/2026.md"]),
        ("/[0-9]{4}/", ["Work/2026.md"]),
        ("/vet\\.md$/", ["Privet.md"]),
        ("/^[[P][r]/", ["Private/a.md", "Privet.md"]),
        ("/^[&&+--W][o|]/", ["Work/b.md", "Work/2026.md"]),
        ("/[[/", []),
        ("//", []),
        ("", []),
    ],
)
def test_obsidians_excluded_files_are_starts_of_paths_or_expressions(entry: str, ignored: list[str]) -> None:
    paths = ["Private/a.md", "Privet.md", "Work/b.md", "Work/2026.md"]
    settings = Settings(obsidian=ObsidianSettings(ignored=(entry,)))
    assert [path for path in paths if skip_reason(path, settings)] == ignored


@pytest.mark.parametrize(
    "expression",
    ["(a+)+$", "(a|a)*$", "(a*)*b", ".*a.*a.*a", "a?" * 30 + "a" * 30, r"(a)\1", "(?=a)", "(", "[", "(a|b)(a|a)" * 20],
)
def test_an_expression_that_is_wrong_or_could_take_long_is_not_used(expression: str) -> None:
    settings = Settings(obsidian=ObsidianSettings(ignored=(f"/{expression}/",)))
    assert skip_reason("a" * 200 + ".md", settings) is None


def test_settings_from_a_file_are_enough() -> None:
    settings = msgspec.convert({"ignore": ["Archive"]}, Settings)
    assert skip_reason("Archive/a.md", settings) == "ignored"


WORDS = st.sampled_from(["People", "Daily", "Templates", "05 Templates", ".trash", "a.md", "~$a", "Meta", "vaultrel"])
NAMES = st.sampled_from(["a.md", "B.MD", "~$a.md", ".a.md", "a.png", "", "a (conflicted copy).md", "x.md", "Meta.md"])
PLACES = st.builds("/".join, st.lists(WORDS, max_size=3))
PATHS = st.builds(lambda folder, name: f"{folder}/{name}" if folder else name, PLACES, NAMES)
FILTERS = st.sampled_from(["Daily/", "Da", "People/a", "/a.md$/", "/Templates/", "", "("])


@given(
    st.lists(PATHS, min_size=1),
    st.lists(PLACES | PATHS | st.just("./People/"), max_size=2),
    st.lists(FILTERS, max_size=2),
    st.lists(PLACES, max_size=1),
    PLACES,
)
def test_what_holds_for_a_folder_holds_for_each_path_in_it(
    paths: list[str], ignore: list[str], filters: list[str], templates: list[str], folder: str
) -> None:
    obsidian = ObsidianSettings(ignored=tuple(filters), template_folders=tuple(templates))
    settings = Settings(ignore=tuple(ignore), obsidian=obsidian, folder=folder)
    scope = Scope(settings)
    assert [scope.skip_reason(path) for path in paths] == [skip_reason(path, settings) for path in paths]
