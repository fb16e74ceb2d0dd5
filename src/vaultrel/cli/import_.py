"""`vaultrel import`: person notes out of an address book."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from vaultrel.cli.session import Session, VaultCommand, shared_option
from vaultrel.errors import UsageError

if TYPE_CHECKING:
    from vaultrel.app.importing import ImportReport
    from vaultrel.core.contacts import AddressBook

MOST_BYTES = 100_000_000
SHOWN = 10


class NoAddressBookError(UsageError):
    """The file is none that contacts can be read from."""

    def __init__(self, file: Path, reason: str) -> None:
        self.file = file
        super().__init__(
            f"{file}: {reason}. Nothing was written.",
            next_step="Export your contacts as vCard (.vcf) or as a table (.csv), and name that file.",
        )


@click.command("import", cls=VaultCommand)
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--folder", metavar="FOLDER", help="The folder of the vault for the notes; by default the people's own.")
@click.option("-n", "--dry-run", is_flag=True, help="Only say what would be made.")
@shared_option("vault")
@shared_option("json")
@click.pass_obj
def command(session: Session, file: Path, folder: str | None, dry_run: bool) -> int:
    """Make person notes out of an address book (.vcf, .csv).

    New notes only: whoever has a note, by an address or a name, keeps it as it is, and no file is written over. People
    you were never in touch with are contacts, not relationships. `undo` takes the notes away again.
    """
    book = _read(file)
    with session.open_vault() as vault:
        report = vault.import_people(book, folder=folder, dry_run=dry_run)
    if session.json:
        session.print_json("import", _document(report, book))
    else:
        _print(session, report, book)
    return int(bool(report.refused))


def _read(file: Path) -> AddressBook:
    """What the file holds.

    Raises:
        NoAddressBookError: it cannot be read, or holds no contact.
    """
    from vaultrel.core.contacts import read_table, read_vcards

    kinds = {".vcf": read_vcards, ".vcard": read_vcards, ".csv": read_table}
    read = kinds.get(file.suffix.lower())
    if read is None:
        raise NoAddressBookError(file, f"its name ends with none of {', '.join(kinds)}")
    try:
        if file.stat().st_size > MOST_BYTES:
            raise NoAddressBookError(file, f"it is larger than {MOST_BYTES // 1_000_000} MB")
        book = read(file.read_bytes())
    except OSError as error:
        raise NoAddressBookError(file, error.strerror or "it cannot be read") from error
    if not book.contacts:
        raise NoAddressBookError(file, "no contact with a name was found in it")
    return book


def _print(session: Session, report: ImportReport, book: AddressBook) -> None:
    from vaultrel.cli.phrases import count

    for note in report.made[:SHOWN]:
        session.out.line(("+ ", "good"), note.path)
    if len(report.made) > SHOWN:
        session.out.line((f"  and {len(report.made) - SHOWN:,} more", "quiet"))
    sums = f"+{count(len(report.made), 'contact')}, +{count(report.relationships, 'relationship')}"
    session.out.line((f"{sums}{', had it not been a dry run' if report.dry_run else ''}", "strong"))
    for number, words in (
        (len(report.plan.known), "have a note already and were left alone"),
        (len(report.plan.repeated), "stand in the file more than once"),
        (book.nameless, "have no name"),
    ):
        if number:
            session.talk.line((f"{number:,} {words}", "quiet"))
    for found in report.refused:
        session.talk.line(("! ", "warn"), f"{found.path}: {found.message}")
    if report.made and not report.dry_run:
        session.talk.line("To take them away again: ", ("vaultrel undo", "strong"))


def _document(report: ImportReport, book: AddressBook) -> dict[str, object]:
    return {
        "dry_run": report.dry_run,
        "made": [{"path": note.path, "name": note.contact.name, "line": note.contact.line} for note in report.made],
        "known": [{"name": contact.name, "path": path, "line": contact.line} for contact, path in report.plan.known],
        "repeated": [{"name": contact.name, "line": contact.line} for contact in report.plan.repeated],
        "nameless": book.nameless,
        "refused": [{"path": found.path, "code": found.code, "message": found.message} for found in report.refused],
        "relationships": report.relationships,
    }
