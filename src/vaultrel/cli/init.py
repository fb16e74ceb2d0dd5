"""`vaultrel init`: find out what a vault holds, ask at most four questions, write one settings file."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Literal, TypeAlias

import click
from msgspec import Struct

from vaultrel.cli.session import Session, VaultCommand, shared_option
from vaultrel.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from vaultrel.app import Vault
    from vaultrel.cli.screen import Screen, Span
    from vaultrel.core.first_look import FirstLook, Mark
    from vaultrel.settings import MeetingSettings, PeopleSettings

Write: TypeAlias = Literal["fields", "folder", "nothing"]

Words: TypeAlias = dict[str, list[str]]
"""Settings of one table, by key, that differ from the defaults."""

WRITES: tuple[Write, ...] = ("fields", "folder", "nothing")
SHOWN_MARKS = 4


class AlreadySetUpError(UsageError):
    """The vault has settings, which are the user's."""

    def __init__(self, file: Path) -> None:
        super().__init__(
            f"{file} is there already, and is never overwritten. Nothing was written.",
            next_step="See what it says: vaultrel config list; change it: vaultrel config set KEY VALUE",
        )


class NobodyToAskError(UsageError):
    """Questions are to be asked, and there is no terminal."""

    def __init__(self) -> None:
        super().__init__(
            "There is no terminal to ask at. Nothing was written.",
            next_step="Take every answer that would be proposed: vaultrel init DIR --yes",
        )


class Answers(Struct, frozen=True):
    """What the user said: what marks people and meetings, whose vault it is, what may be written."""

    people: Words
    meetings: Words
    me: str
    write: Write


@click.command("init", cls=VaultCommand)
@click.argument("folder", metavar="[DIR]", required=False)
@click.option("-y", "--yes", is_flag=True, help="Ask nothing; take what is proposed.")
@shared_option("vault")
@click.pass_obj
def command(session: Session, folder: str | None, yes: bool) -> None:
    """Set vaultrel up for your notes: at most four questions, one file.

    Looks at the notes in DIR, proposes what marks people and meetings and which note is you, and writes the answers
    to .vaultrel/config.toml. Enter accepts each. No note is changed, and an existing file is never overwritten.
    """
    from vaultrel.app import open_vault
    from vaultrel.locations import CONFIG_FILE
    from vaultrel.settings import DEFAULT_SETTINGS

    if session.config is not None:
        raise click.UsageError("--config does not go with `init`, which writes the vault's own settings.")
    if not yes and not session.may_ask():
        raise NobodyToAskError
    with open_vault(folder or session.vault, settings=DEFAULT_SETTINGS) as vault:
        assert vault.root is not None
        file = vault.root / CONFIG_FILE
        if file.exists() or file.is_symlink():
            raise AlreadySetUpError(file)
        with session.progress("Reading") as progress:
            vault.refresh(progress=progress)
        look = vault.first_look(user_names())
        _print_found(session.talk, vault, look)
        answers = proposal(look) if yes else _ask(session.talk, look)
        _write(vault, file, answers)
    session.out.line(("✓ ", "good"), f"Wrote {file}. Nothing else was changed.")
    session.talk.line("Next: ", ("vaultrel scan --dry-run", "strong"))


def user_names() -> tuple[str, ...]:
    """The names this computer knows its user by."""
    import getpass

    names: list[str] = []
    with suppress(ImportError, KeyError, OSError):
        import os
        import pwd

        account = pwd.getpwuid(os.getuid())
        names += [account.pw_gecos.split(",")[0], account.pw_name]
    with suppress(ImportError, KeyError, OSError):
        names.append(getpass.getuser())
    return tuple(dict.fromkeys(name for name in names if name))


def proposal(look: FirstLook) -> Answers:
    """What is written when every proposal is accepted."""
    from vaultrel.settings import DEFAULT_SETTINGS

    people, meetings = DEFAULT_SETTINGS.people, DEFAULT_SETTINGS.meetings
    return Answers(added_words(look.people, people), added_words(look.meetings, meetings), look.owner, "fields")


# ------------------------------------------------------------------------------------------------------------ questions


def _print_found(screen: Screen, vault: Vault, look: FirstLook) -> None:
    from vaultrel.cli.phrases import count

    assert vault.root is not None
    what = "an Obsidian vault" if (vault.root / ".obsidian").is_dir() else "a folder of notes"
    screen.line(f"Found {what}: ", (str(vault.root), "strong"), f" ({count(look.note_count, 'note')})")


def _ask(screen: Screen, look: FirstLook) -> Answers:
    """Ask the four questions.

    Raises:
        click.Abort: Ctrl-C, or the end of input; nothing was written.
    """
    from vaultrel.cli.phrases import count
    from vaultrel.settings import DEFAULT_SETTINGS

    screen.line()
    screen.line(("1/4 ", "good"), "Which notes are people?   ", ("looked at tags, folders and properties", "quiet"))
    people = _ask_marks(screen, look.people, count(look.person_count, "person", "people"), DEFAULT_SETTINGS.people)
    screen.line(("2/4 ", "good"), "Which notes record meetings?")
    if look.daily_count:
        screen.line(f"    ● {count(look.daily_count, 'daily note')}, named by the day, count by themselves")
    meetings = _ask_marks(screen, look.meetings, count(look.meeting_count, "meeting"), DEFAULT_SETTINGS.meetings)
    screen.line(("3/4 ", "good"), "Which note is you? Type a name; Enter takes what stands in brackets.")
    me = click.prompt("    You", default=look.owner or "nobody", err=True).strip()
    screen.line(("4/4 ", "good"), "What may vaultrel write?")
    screen.line(
        "    [1] six ", ("rel_*", "link"), " fields in each person's note, and a folder vaultrel/   (recommended)"
    )
    screen.line("    [2] only the folder vaultrel/; person notes stay untouched")
    screen.line("    [3] nothing: terminal and calendar only")
    choice: int = click.prompt("    Choice", default=1, type=click.IntRange(1, len(WRITES)), err=True)
    screen.line()
    return Answers(people, meetings, "" if me == "nobody" else me, WRITES[choice - 1])


def _ask_marks(screen: Screen, marks: Sequence[Mark], counted: str, known: PeopleSettings | MeetingSettings) -> Words:
    """What the marks found add to the settings, if the user agrees; otherwise what is typed instead."""
    rows: list[tuple[Span, ...]] = [
        (
            f"● {mark.kind}",
            (mark.shown, "strong"),
            f"{mark.notes:,}",
            "note" if mark.notes == 1 else "notes",
            ("" if mark.known else "by their use; no setting names this folder yet", "quiet"),
        )
        for mark in marks[:SHOWN_MARKS]
    ]
    screen.table(rows, indent=4, right=frozenset({2}))
    if not marks:
        screen.line(
            "    ○ none found; ", (f"{known.folders[0].title()}/ and #{known.tags[0]}", "strong"), " will count"
        )
        return {}
    named = ", ".join(mark.shown for mark in marks[:SHOWN_MARKS]) + (" and more" if marks[SHOWN_MARKS:] else "")
    if click.confirm(f"    Use {named} ({counted})?", default=True, err=True):
        return added_words(marks, known)
    return typed_words(click.prompt("    Folders and tags instead, as in People/, #person", err=True))


def added_words(marks: Sequence[Mark], known: PeopleSettings | MeetingSettings) -> Words:
    """The settings under which the marks count beside all that counts already; none where every mark does."""
    folders = [mark.name for mark in marks if mark.kind == "folder" and not mark.known]
    return {"folders": list(dict.fromkeys((*folders, *known.folders)))} if folders else {}


def typed_words(typed: str) -> Words:
    """The settings under which only the folders (``People/``) and tags (``#person``) typed count."""
    words = [word.strip() for word in typed.split(",")]
    # Settings name a folder by its own name, wherever it lies.
    folders = [word.strip("/ ").rpartition("/")[2] for word in words if not word.startswith("#")]
    tags = [word.lstrip("# ") for word in words if word.startswith("#")]
    return {"folders": [name for name in folders if name], "tags": [name for name in tags if name]}


# -------------------------------------------------------------------------------------------------------------- writing


def compose_settings(answers: Answers) -> str:
    """The settings file: what the user said, as far as the defaults do not say it already."""
    import tomlkit

    from vaultrel.settings import DEFAULT_SETTINGS

    document = tomlkit.document()
    document.add(tomlkit.comment("Settings of vaultrel for this vault; `vaultrel config list` shows all there are."))
    document["me"] = list(dict.fromkeys(name for name in (answers.me, *DEFAULT_SETTINGS.me) if name))
    document["me"].comment("your own names or notes: never a contact")
    document["write"] = answers.write
    document["write"].comment('"fields", "folder" or "nothing"')
    for table, words in (("people", answers.people), ("meetings", answers.meetings)):
        if words:
            document[table] = words
    return tomlkit.dumps(document)


def _write(vault: Vault, file: Path, answers: Answers) -> None:
    from vaultrel.cli.settings_file import write_settings_file

    write_settings_file(file, None, compose_settings(answers).encode("utf-8"))
    vault.remember()
