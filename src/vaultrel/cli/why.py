"""`vaultrel why`: what a number, or what a note was taken for, rests on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
from msgspec import Struct

from vaultrel.cli.session import Session, VaultCommand, parse_day, person_argument, shared_option
from vaultrel.errors import UnknownPersonError, UsageError

if TYPE_CHECKING:
    import datetime as dt

    from vaultrel.app import Vault
    from vaultrel.cli.screen import Screen, Span
    from vaultrel.model import Classification, Direction, Note, PersonState, Reason, TieStrength
    from vaultrel.settings import Settings

SHOWN_EVIDENCE = 10
CONTACT_KINDS = ("meeting", "call", "message", "contact")
"""What the fields of a note record, apart from their own names."""


class NoteNotReadError(UsageError):
    """The note asked about is not among those that are read."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(
            f"{path} is not read as a note: {reason}.",
            next_step="Give the path from the vault's root, as in: vaultrel why --note 'People/Ada Moreau.md'",
        )


class UnknownContactError(UsageError):
    """No contact goes by the word that was typed."""

    def __init__(self, word: str, known: tuple[str, ...]) -> None:
        super().__init__(
            f"{word!r} is no contact that your settings know.",
            next_step=f"Choose one of: {', '.join(known)}.",
        )


class Outlook(Struct, frozen=True):
    """How a tie stood or would stand on another day, or after one contact more on that day.

    `ahead` is true of a day still to come, until which silence was assumed.
    """

    day: dt.date
    ahead: bool
    contact: str | None
    tie: TieStrength


@click.command("why", cls=VaultCommand)
@person_argument(required=False)
@click.option("--note", metavar="PATH", help="Say what a note was taken for, instead of a person.")
@click.option("--all", "everything", is_flag=True, help="List all the evidence, not only the latest.")
@click.option("--if", "contact", metavar="CONTACT", help="Say what one contact more, such as coffee, would change.")
@click.option("--at", "day", type=parse_day, metavar="DATE", help="Say how it stood, or would stand, on that day.")
@shared_option("vault")
@shared_option("as_of")
@shared_option("json")
@click.pass_obj
def command(
    session: Session,
    person: str | None,
    note: str | None,
    everything: bool,
    contact: str | None,
    day: dt.date | None,
) -> None:
    """Where a person's number comes from, line by line.

    The terms sum to the strength shown; every line of evidence exists at that path and line.
    """
    if (person is None) == (note is None):
        raise click.UsageError("Name a PERSON, or a note with --note PATH.")
    if note is not None and (contact is not None or day is not None):
        raise click.UsageError("--if and --at go with a PERSON.")
    with session.open_vault() as vault:
        if person is not None:
            state = session.for_person(person, lambda who: vault.person(who, session.as_of))
            _explain_person(session, state, _look_out(vault, state, session.as_of, contact, day), everything)
        elif note is not None:
            path = _path_in_vault(vault, note)
            try:
                found = vault.classification(path)
            except UnknownPersonError as error:
                raise NoteNotReadError(path, _reason_not_read(vault, path)) from error
            _explain_note(session, *found)


def _look_out(
    vault: Vault, state: PersonState, as_of: dt.date | None, word: str | None, day: dt.date | None
) -> Outlook | None:
    """What `--if` and `--at` ask for; None when neither was given."""
    from vaultrel import clock
    from vaultrel.model import Interaction

    if word is None and day is None:
        return None
    today = as_of or clock.today()
    on = day or today
    if word is None:
        return Outlook(on, on > today, None, vault.tie_if(state.person.path, on, as_of=today))
    if on < today:
        raise click.UsageError("--if goes with a day to come: leave out --at, or give a later day.")
    kind, direction = _read_contact(word, vault.settings)
    supposed = Interaction(state.person.path, state.person.path, 1, on, kind, direction)
    return Outlook(on, on > today, word.strip(), vault.tie_if(state.person.path, on, as_of=today, contact=supposed))


def _read_contact(word: str, settings: Settings) -> tuple[str, Direction]:
    """Kind and direction of a contact in the user's words: those of inline fields, and the kinds themselves."""
    from vaultrel.core.interactions import recorded_contact
    from vaultrel.core.ties import TWO_WAY_KINDS

    recorded = recorded_contact(word, settings)
    if recorded is not None:
        return recorded
    kind = word.strip().casefold()
    if kind in CONTACT_KINDS:
        return kind, "mutual" if kind in TWO_WAY_KINDS else "unknown"
    raise UnknownContactError(word, tuple(sorted({*settings.contact.fields, *CONTACT_KINDS})))


def _explain_person(session: Session, state: PersonState, outlook: Outlook | None, everything: bool) -> None:
    from vaultrel.cli.documents import interaction_document, person_document
    from vaultrel.cli.phrases import print_interactions, tie_spans

    tie = state.tie
    if session.json:
        session.print_json(
            "why",
            {
                "person": person_document(state),
                "terms": _term_documents(tie),
                "gate": [{"condition": condition, "holds": holds} for condition, holds in tie.gate],
                "evidence": [interaction_document(found) for found in state.interactions],
                "outlook": _outlook_document(outlook) if outlook else None,
            },
        )
        return
    out = session.out
    out.line((state.person.name, "strong"), "   ", *tie_spans(state))
    out.line()
    if tie.terms:
        _print_terms(out, state)
    for sentence in _sentences(state):
        out.line(f"  {sentence}")
    if outlook is not None:
        out.line()
        out.line(("→ ", "good"), _tell_outlook(outlook, state))
    out.line()
    out.line(("A relationship" if tie.relationship else "Not a relationship yet", "strong"))
    for condition, holds in tie.gate:
        out.line("  ", ("✓", "good") if holds else ("✗", "warn"), f" {condition}")
    if state.interactions:
        shown = state.interactions[::-1] if everything else state.interactions[: -SHOWN_EVIDENCE - 1 : -1]
        out.line()
        out.line(("Evidence", "strong"))
        print_interactions(out, shown)
        if (earlier := len(state.interactions) - len(shown)) > 0:
            out.line((f"  {earlier:,} earlier: --all", "quiet"))


def _print_terms(out: Screen, state: PersonState) -> None:
    """Print the addends, and below them the strength they make."""
    rows: list[tuple[Span, Span, Span]] = [
        (term.label, term.detail, (f"{term.points:+d}".replace("-", "−"), "good" if term.points >= 0 else "bad"))
        for term in state.tie.terms
    ]
    out.table([*rows, ("", "", "────"), ("", "", (str(state.tie.strength), "strong"))], indent=2, right=frozenset({2}))


def _tell_outlook(outlook: Outlook, state: PersonState) -> str:
    """The answer to `--if` and `--at` in one sentence."""
    now, then = state.tie, outlook.tie
    if outlook.contact is None:
        told = f"On {outlook.day}: {then.strength} of 100, {then.band}"
        return f"{told}, if you are not in touch before." if outlook.ahead else f"{told}."
    changes = [f"strength {now.strength} → {then.strength}"]
    if then.band != now.band:
        changes.append(f"{now.band} → {then.band}")
    if then.relationship and not now.relationship:
        changes.append("a relationship")
    if then.due is not None:
        changes.append(f"then due on {then.due}")
    return f"{outlook.contact.capitalize()} on {outlook.day}: {', '.join(changes)}."


def _outlook_document(outlook: Outlook) -> dict[str, object]:
    tie = outlook.tie
    return {
        "day": outlook.day,
        "contact": outlook.contact,
        "strength": tie.strength,
        "band": tie.band,
        "relationship": tie.relationship,
        "probability": tie.probability,
        "due": tie.due,
        "terms": _term_documents(tie),
    }


def _term_documents(tie: TieStrength) -> list[dict[str, object]]:
    return [{"label": term.label, "detail": term.detail, "points": term.points} for term in tie.terms]


def _sentences(state: PersonState) -> list[str]:
    """Rhythm, due day, chances and the best it ever was, in words."""
    person, tie = state.person, state.tie
    sentences = []
    if tie.peak > tie.strength:
        sentences.append(f"At its strongest: {tie.peak} on {tie.peak_day}.")
    if tie.rhythm_days is not None:
        sentences.append(f"Usual gap: {tie.rhythm_days} days, learned from {tie.contact_days} days of contact.")
    elif tie.contact_days:
        sentences.append("Usual gap: not known before the third day of contact.")
    if person.cadence_days is not None:
        sentences.append(f"You asked for contact every {person.cadence_days} days; that wins over what was learned.")
    if tie.due is not None:
        sentences.append(f"Contact is due on {tie.due}.")
    elif person.ignored:
        sentences.append("Nothing is ever due: the note says rel_ignore.")
    elif person.as_needed:
        sentences.append("Nothing is due: you asked for contact as needed.")
    if person.snooze_until is not None:
        sentences.append(f"Snoozed until {person.snooze_until}.")
    if tie.contact_days:
        sentences.append(f"Chance of contact within 90 days, as things go: {tie.probability:.0%}.")
    else:
        sentences.append("No note tells of contact yet, so there is nothing to measure.")
    return sentences


def _path_in_vault(vault: Vault, typed: str) -> str:
    """The path of a note as the vault knows it: given from the vault's root, or as the shell completes it."""
    if vault.root is not None:
        absolute = Path(typed).resolve()
        if absolute.is_relative_to(vault.root) and absolute.is_file():
            return absolute.relative_to(vault.root).as_posix()
    return typed


def _reason_not_read(vault: Vault, path: str) -> str:
    from vaultrel.core.scope import SKIP_REASONS, skip_reason

    code = skip_reason(path, vault.settings)
    return SKIP_REASONS[code] if code else "there is no such file, or it cannot be read"


def _explain_note(session: Session, note: Note, found: Classification) -> None:
    from vaultrel.cli.documents import diagnostic_document

    if session.json:
        session.print_json(
            "why-note",
            {
                "path": note.path,
                "kind": found.kind,
                "date": note.date.day if note.date else None,
                "reasons": [{"text": reason.text, "line": reason.line} for reason in found.reasons],
                "against": [{"text": reason.text, "line": reason.line} for reason in found.against],
                "left_alone": note.refusal.code if note.refusal else None,
                "diagnostics": [diagnostic_document(diagnostic) for diagnostic in note.diagnostics],
            },
        )
        return
    out = session.out
    kinds = {"person": "a note about a person", "meeting": "a meeting", "other": "neither a person nor a meeting"}
    out.line((note.path, "strong"), f"   {kinds[found.kind]}")
    if note.date is not None:
        out.line(f"  dated {note.date.day}  ", (f"{note.path}:{note.date.line}", "link"))
    signs: tuple[tuple[Span, tuple[Reason, ...]], ...] = (
        (("+", "good"), found.reasons),
        (("−", "warn"), found.against),
    )
    for sign, reasons in signs:
        for reason in reasons:
            out.line("  ", sign, f" {reason.text}  ", (f"{note.path}:{reason.line}", "link"))
    if not found.reasons and not found.against:
        out.line("  No folder, tag or property marks it as either.")
    if note.refusal is not None:
        out.line("  ", ("!", "warn"), f" Never written: {note.refusal.message} ({note.refusal.code})")
    for diagnostic in note.diagnostics:
        out.line("  ", ("!", "warn"), f" line {diagnostic.line}: {diagnostic.message} ({diagnostic.code})")
