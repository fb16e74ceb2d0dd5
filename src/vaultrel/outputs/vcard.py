"""Everybody as contacts: vCard 4.0, RFC 6350."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, Final

from vaultrel.core.occasions import NO_BIRTH_YEAR
from vaultrel.core.text import clean_text
from vaultrel.outputs.note_link import note_link

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vaultrel.model import Person, Snapshot
    from vaultrel.outputs.base import RenderContext

_LONGEST_TEXT: Final = 500


class VCards:
    """One card a person, by the path of the note. It tells who they are, and nothing of how you stand with them."""

    name = "vcf"
    suffix = ".vcf"
    media_type = "text/vcard; charset=utf-8"

    def render(self, snapshot: Snapshot, context: RenderContext) -> bytes:
        """The cards; empty where there is nobody. A card has the same UID as long as its note has the same path."""
        # icalendar takes a fifth of a second to import, which every command would pay.
        from icalendar.parser import Contentline  # noqa: PLC0415

        fold: Any = Contentline  # it is not typed
        lines = (line for state in snapshot.people for line in _card(state.person, context))
        return b"".join(fold(line).to_ical() + b"\r\n" for line in lines)


def _card(person: Person, context: RenderContext) -> Iterator[str]:
    """The lines of one card, not folded yet, in the order of RFC 6350's own examples."""
    yield "BEGIN:VCARD"
    yield "VERSION:4.0"
    yield f"UID:urn:uuid:{uuid.uuid5(context.namespace, f'{person.path}{chr(0)}vcard')}"
    yield f"FN:{_text(person.name) or '?'}"
    if nicknames := [text for name in person.names[1:] if (text := _text(name))]:
        yield f"NICKNAME:{','.join(nicknames)}"
    if (born := person.birthday) is not None:
        yield f"BDAY:--{born:%m%d}" if born.year == NO_BIRTH_YEAR else f"BDAY:{born:%Y%m%d}"
    yield from (f"EMAIL:{_text(email)}" for email in person.emails)
    if circle := _text(person.circle):
        yield f"CATEGORIES:{circle}"
    yield f"URL:{note_link(context.vault_name, person.path)}"
    yield "END:VCARD"


def _text(words: str) -> str:
    """The text on one line, as a value of a vCard (RFC 6350 section 3.4)."""
    clean = clean_text(words, _LONGEST_TEXT)
    return clean.replace("\\", "\\\\").replace(",", "\\,").replace(";", "\\;")
