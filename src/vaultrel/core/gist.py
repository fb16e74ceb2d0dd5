"""What deriving needs of one note besides its evidence: little enough to keep of every note of a vault."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from vaultrel.core.kept_promises import lines_about_promises
from vaultrel.core.network import read_dated, read_wish
from vaultrel.core.person_notes import person_diagnostics, read_person

if TYPE_CHECKING:
    import datetime as dt

    from vaultrel.core.network import DatedNote, Wish
    from vaultrel.model import Classification, Diagnostic, Note, NoteEvidence, NotePath, Person, TextLine
    from vaultrel.settings import Settings


class Gist(Struct, frozen=True, gc=False):
    """What one note is by itself; a function of its bytes and the settings, whatever other notes say.

    Attributes:
        digest: of the note's bytes.
        person: the person, of a person note.
        dated: what could be shared of it.
        wish: what a person note says of a project and of the preferred kind of contact.
        about_promises: the lines that may say that a promise was kept.
        daily: the day of a daily note.
        diagnostics: of the note, and of the person in it.
    """

    path: NotePath
    digest: str
    person: Person | None = None
    dated: DatedNote | None = None
    wish: Wish | None = None
    about_promises: tuple[TextLine, ...] = ()
    daily: dt.date | None = None
    diagnostics: tuple[Diagnostic, ...] = ()


class NoteRecord(Struct, frozen=True, gc=False):
    """All that a derivation knows of one note, from which it can go on without the note.

    Attributes:
        evidence: what the note says about people, names settled by context.
        without_context: the same without the names that context settled; None where it settled none.
    """

    gist: Gist
    evidence: NoteEvidence
    without_context: NoteEvidence | None = None


def read_gist(note: Note, classification: Classification, settings: Settings) -> Gist:
    """What the note is by itself, if that is what it is taken for."""
    is_person = classification.kind == "person"
    return Gist(
        path=note.path,
        digest=note.digest,
        person=read_person(note, settings) if is_person else None,
        dated=read_dated(note) if classification.kind == "other" else None,
        wish=read_wish(note) if is_person else None,
        about_promises=tuple(lines_about_promises(note.lines)),
        daily=note.date.day if note.daily and note.date is not None else None,
        diagnostics=note.diagnostics + (person_diagnostics(note, settings) if is_person else ()),
    )
