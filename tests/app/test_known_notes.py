"""What is told of all notes at once is what would be made of them anew, however they came and went."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from vaultrel.app.known_notes import KnownNotes
from vaultrel.core.changes import NEVER_SEEN
from vaultrel.core.text import fold_name
from vaultrel.index import KnownNote
from vaultrel.model import NotePath

FOLDERS = ["", "People/", "people/", "People/Old/"]
NAMES = ["Ada", "ADA", "ada lind", "Zoë", "Zoe\u0308", "Zoe", "a\udc80"]
PATHS = st.builds(lambda folder, name: NotePath(f"{folder}{name}.md"), *map(st.sampled_from, (FOLDERS, NAMES)))
NOTES = st.dictionaries(PATHS, st.sampled_from("xyz").map(lambda digest: KnownNote(NEVER_SEEN, digest)), max_size=5)


def is_beside_namesake(path: NotePath, notes: dict[NotePath, KnownNote]) -> bool:
    folder = path.rpartition("/")[0]
    return any(other.rpartition("/")[0] == folder and fold_name(other) == fold_name(path) for other in notes)


class NotesComeAndGo(RuleBasedStateMachine):
    """Beside a plain dictionary; the questions are asked at any time, so that some answers are kept in step."""

    def __init__(self) -> None:
        super().__init__()
        self.known = KnownNotes({})
        self.notes: dict[NotePath, KnownNote] = {}

    @rule(notes=NOTES)
    def hold(self, notes: dict[NotePath, KnownNote]) -> None:
        self.known.hold(notes)
        self.notes.update(notes)

    @rule(paths=st.lists(PATHS, max_size=5))
    def drop(self, paths: list[NotePath]) -> None:
        self.known.drop(paths)
        for path in paths:
            self.notes.pop(path, None)

    @rule()
    def ask_for_the_digest(self) -> None:
        assert self.known.digest == KnownNotes(self.notes).digest

    @rule(path=PATHS)
    def ask_for_a_namesake(self, path: NotePath) -> None:
        assert self.known.has_namesake(path) == is_beside_namesake(path, self.notes)

    @invariant()
    def all_are_there(self) -> None:
        assert self.known.entries == self.notes


TestNotesComeAndGo = NotesComeAndGo.TestCase


@given(NOTES, NOTES)
def test_notes_that_differ_in_a_path_or_a_content_have_another_digest(
    some: dict[NotePath, KnownNote], others: dict[NotePath, KnownNote]
) -> None:
    digests = [{path: note.digest for path, note in notes.items()} for notes in (some, others)]
    assert (KnownNotes(some).digest == KnownNotes(others).digest) == (digests[0] == digests[1])


def test_two_notes_that_change_their_content_places_are_not_the_same_vault() -> None:
    paths = [NotePath("A.md"), NotePath("B.md")]
    one, other = KnownNote(NEVER_SEEN, "x"), KnownNote(NEVER_SEEN, "y")
    straight, crossed = dict(zip(paths, (one, other), strict=True)), dict(zip(paths, (other, one), strict=True))
    assert KnownNotes(straight).digest != KnownNotes(crossed).digest
