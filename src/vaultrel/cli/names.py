"""`vaultrel names`: say once whom a name means; the answer is kept in the vault's note about names."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Literal

import click

from vaultrel.cli.session import Session, VaultCommand, person_argument, shared_option
from vaultrel.errors import UsageError

if TYPE_CHECKING:
    from vaultrel.app import Vault
    from vaultrel.cli.screen import Screen
    from vaultrel.core.settled_names import OpenName, SettledName
    from vaultrel.model import NotePath, ResolvedMention, Snapshot

SHOWN_PLACES = 3
SHOWN_UNKNOWN = 20


class NameNotAskedError(UsageError):
    """The name given is not one that waits for the user, or has an answer."""

    def __init__(self, name: str, near: tuple[str, ...]) -> None:
        super().__init__(
            f"No name {name!r} waits for an answer or has one. Nothing was written.",
            next_step=f"Did you mean {' or '.join(near)}?" if near else "See those that wait: vaultrel names --list",
        )


class NothingWrittenHereError(UsageError):
    """The settings keep vaultrel from writing into the vault, where answers are kept."""

    def __init__(self) -> None:
        super().__init__(
            'Answers are kept in the vault, and the settings say write = "nothing". Nothing was written.',
            next_step='Set write = "folder" in .vaultrel/config.toml, then run the command again.',
        )


@click.command("names", cls=VaultCommand)
@click.argument("name", required=False)
@person_argument(required=False)
@click.option("--nobody", metavar="NAME", help="Settle NAME as nobody you keep a note for.")
@click.option("--forget", metavar="NAME", help="Take back what you said about NAME.")
@click.option("--in", "note", metavar="PATH", help="Settle the name for this one note.")
@click.option("--list", "listed", is_flag=True, help="Only list the names; ask nothing.")
@shared_option("vault")
@shared_option("as_of")
@shared_option("json")
@click.pass_obj
def command(
    session: Session,
    name: str | None,
    person: str | None,
    nobody: str | None,
    forget: str | None,
    note: str | None,
    listed: bool,
) -> None:
    """Names that could be several people, or nobody: say who is meant.

    NAME is settled as PERSON, a name, alias or path. Without both, the names that wait are listed, and on a terminal
    asked about one by one. Answers are kept in the vault's note about names, where you can also tick them.
    """
    _check_usage(name, person, nobody, forget, note, listed)
    with session.open_vault() as vault:
        if name is None and nobody is None and forget is None:
            snapshot = vault.snapshot(session.as_of)
            if listed or not session.may_ask():
                _print_names(session, vault, snapshot)
                return
            answers = _ask(session, vault, snapshot)
            if answers:
                _settle(session, vault, answers, ())
            return
        if forget is not None:
            _settle(session, vault, (), (_known_name(_answered(vault), forget),))
            return
        _settle(session, vault, (_answer(session, vault, name or nobody or "", person, note),), ())


def _check_usage(
    name: str | None, person: str | None, nobody: str | None, forget: str | None, note: str | None, listed: bool
) -> None:
    wanted = [name is not None, nobody is not None, forget is not None, listed]
    if sum(wanted) > 1:
        raise click.UsageError("NAME PERSON, --nobody, --forget and --list do not go together; choose one.")
    if name is not None and person is None:
        raise click.UsageError("Say who it is: NAME PERSON, or --nobody NAME.")
    if note is not None and name is None and nobody is None:
        raise click.UsageError("--in goes with NAME PERSON or --nobody NAME.")


# -------------------------------------------------------------------------------------------------------------- answers


def _answer(session: Session, vault: Vault, name: str, person: str | None, note: str | None) -> SettledName:
    """What was typed as an answer.

    Raises:
        NameNotAskedError: the name neither waits nor has an answer.
        UnknownPersonError, AmbiguousPersonError: PERSON or the note is not one that is there.
    """
    from vaultrel.core.settled_names import SettledName, open_names
    from vaultrel.core.text import fold_name

    snapshot = vault.snapshot(session.as_of)
    by_context = {(f.path, f.line, f.column) for f in snapshot.diagnostics if f.code == "settled-by-context"}
    placed = [f.mention for f in snapshot.mentions if (f.path, f.mention.line, f.mention.column) in by_context]
    known = _answered(vault)
    known |= {fold_name(mention.target): mention.target for mention in placed}
    known |= {found.key: found.name for found in open_names(snapshot)}
    path = None
    if person is not None:
        path = session.for_person(person, lambda who: vault.person(who, session.as_of)).person.path
    return SettledName(_known_name(known, name), path, None if note is None else _note_path(vault, note))


def _answered(vault: Vault) -> dict[str, str]:
    """The names with an answer, by comparison key."""
    return {answer.question[0]: answer.name for answer in vault.settled_names()}


def _known_name(known: dict[str, str], typed: str) -> str:
    """The name as the notes write it."""
    from vaultrel.core.text import fold_name

    found = known.get(fold_name(typed))
    if found is None:
        near = difflib.get_close_matches(fold_name(typed), known, n=3)
        raise NameNotAskedError(typed, tuple(known[key] for key in near))
    return found


def _note_path(vault: Vault, typed: str) -> NotePath:
    """The note at a path, given with or without ``.md``."""
    path = typed if typed[-3:].lower() == ".md" else f"{typed}.md"
    note, _ = vault.classification(path)
    return note.path


def _settle(session: Session, vault: Vault, answers: tuple[SettledName, ...], forget: tuple[str, ...]) -> None:
    """Keep the answers, and say what they change."""
    from vaultrel.cli.phrases import by_path
    from vaultrel.core.settled_names import names_path

    if vault.settings.write == "nothing":
        raise NothingWrittenHereError
    before, after = vault.settle_names(answers, forget, as_of=session.as_of)
    names = [*((answer.name, answer.person) for answer in answers), *((name, None) for name in forget)]
    changes = [(name, person, _changed(before, after, name, person)) for name, person in names]
    if session.json:
        changed = [{"name": name, "person": person, "mentions": len(found)} for name, person, found in changes]
        session.print_json("names", {**_names_document(vault, after), "changed": changed})
        return
    people = by_path(after)
    for name, person, found in changes:
        session.out.line(("✓ ", "good"), _effect(name, people[person].person.name if person else None, found, forget))
    session.talk.line()
    session.talk.line(f"Kept in {names_path(vault.settings)}.")
    session.talk.line("Next: ", ("vaultrel scan", "strong"))


def _changed(before: Snapshot, after: Snapshot, name: str, person: NotePath | None) -> list[ResolvedMention]:
    """The mentions of a name that now mean the person; without one, those that are read in another way than before."""
    from vaultrel.core.text import fold_name

    wanted = fold_name(name)
    old, new = (
        {
            (found.path, found.mention): found
            for found in snapshot.mentions
            if wanted in {fold_name(found.mention.target), fold_name(found.mention.target.rpartition("/")[2])}
        }
        for snapshot in (before, after)
    )
    if person is None:
        return [found for place, found in {**new, **old}.items() if old.get(place) != new.get(place)]
    return [found for place, found in new.items() if found.person == person and old.get(place) != found]


def _effect(name: str, person: str | None, found: list[ResolvedMention], forget: tuple[str, ...]) -> str:
    from vaultrel.cli.phrases import count

    mentions = f'{count(len(found), "mention")} of "{name}"'
    if person is not None:
        contact = sum(mention.contact for mention in found)
        return (
            f"{mentions} now {'counts' if len(found) == 1 else 'count'} for {person}, {contact:,} of them as contact."
        )
    if name in forget:
        return f"Your answer is taken back; {mentions} {'is' if len(found) == 1 else 'are'} read as before it."
    return f"{mentions} {'is' if len(found) == 1 else 'are'} nobody you keep a note for."


# --------------------------------------------------------------------------------------------------------------- asking


def _ask(session: Session, vault: Vault, snapshot: Snapshot) -> tuple[SettledName, ...]:
    """Ask about one name after the other; the answers given before the user stopped."""
    from vaultrel.core.settled_names import open_names

    names = [name for name in open_names(snapshot) if name.worth_asking]
    talk = session.talk
    if not names:
        talk.line("No name waits for you.")
        return ()
    talk.line("Enter skips a name, q stops; what you answered before is kept.")
    answers: list[SettledName] = []
    for name in names:
        _print_question(talk, name)
        answer = _ask_one(session, vault, name)
        if answer == "stop":
            break
        if answer is not None:
            answers.append(answer)
    return tuple(answers)


def _print_question(screen: Screen, name: OpenName) -> None:
    from vaultrel.cli.phrases import count

    screen.line()
    screen.line((name.name, "strong"), f"  {count(len(name.places), 'place')}")
    _print_places(screen, name)
    for number, path in enumerate(name.candidates, start=1):
        screen.line(f"  {number}  {path.removesuffix('.md')}")
    screen.line(f"  {len(name.candidates) + 1}  nobody I keep a note for")


def _ask_one(session: Session, vault: Vault, name: OpenName) -> SettledName | Literal["stop"] | None:
    """The answer to one name; None when it is skipped."""
    from vaultrel.core.settled_names import SettledName

    while True:
        typed = click.prompt("Number or somebody's name", default="", show_default=False, err=True).strip()
        if not typed:
            return None
        if typed.lower() == "q":
            return "stop"
        if typed.isdecimal():
            if 1 <= int(typed) <= len(name.candidates):
                return SettledName(name.name, name.candidates[int(typed) - 1])
            if int(typed) == len(name.candidates) + 1:
                return SettledName(name.name, None)
            session.talk.line(("There is no such number.", "warn"))
            continue
        try:
            return SettledName(name.name, vault.person(typed, session.as_of).person.path)
        except UsageError as error:
            session.talk.line((error.message, "warn"))
            session.talk.line(error.next_step)


# -------------------------------------------------------------------------------------------------------------- listing


def _print_names(session: Session, vault: Vault, snapshot: Snapshot) -> None:
    from vaultrel.cli.phrases import count
    from vaultrel.core.settled_names import open_names

    if session.json:
        session.print_json("names", {**_names_document(vault, snapshot), "changed": []})
        return
    out, names = session.out, open_names(snapshot)
    ambiguous = [name for name in names if name.candidates]
    unknown = [name for name in names if not name.candidates]
    for name in ambiguous:
        out.line(
            (f'"{name.name}"', "strong"),
            f" could be {' or '.join(path.removesuffix('.md') for path in name.candidates)}",
        )
        _print_places(out, name)
    if unknown:
        out.line(*([""] if ambiguous else []))
        out.line(f"{count(len(unknown), 'name')} without a note")
        for name in unknown[:SHOWN_UNKNOWN]:
            out.line((name.name, "strong"), f"  {count(len(name.places), 'time')}")
            _print_places(out, name)
        if (more := len(unknown) - SHOWN_UNKNOWN) > 0:
            out.line((f"… {more:,} more: vaultrel names --json", "quiet"))
    talk = session.talk
    if not names:
        talk.line("No name waits for you.")
        return
    talk.line()
    talk.line("Settle one: ", ("vaultrel names NAME PERSON", "strong"), ", or ", ("--nobody NAME", "strong"))


def _print_places(screen: Screen, name: OpenName) -> None:
    for path, line in name.places[:SHOWN_PLACES]:
        screen.line("  ", (f"{path}:{line}", "link"))
    if (more := len(name.places) - SHOWN_PLACES) > 0:
        screen.line((f"  … {more:,} more", "quiet"))


def _names_document(vault: Vault, snapshot: Snapshot) -> dict[str, object]:
    from vaultrel.core.settled_names import open_names

    def places(name: OpenName) -> list[dict[str, object]]:
        return [{"path": path, "line": line} for path, line in name.places]

    names = open_names(snapshot)
    return {
        "ambiguous": [
            {"name": name.name, "candidates": list(name.candidates), "places": places(name)}
            for name in names
            if name.candidates
        ],
        "unknown": [
            {"name": name.name, "count": len(name.places), "places": places(name)}
            for name in names
            if not name.candidates
        ],
        "settled": [
            {"name": answer.name, "person": answer.person, "note": answer.note, "line": answer.line}
            for answer in vault.settled_names()
        ],
    }
