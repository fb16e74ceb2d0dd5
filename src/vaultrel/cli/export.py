"""`vaultrel export`: everything derived from the vault, for other programs."""

from __future__ import annotations

from pathlib import Path

import click

from vaultrel.cli.session import Session, VaultCommand, shared_option
from vaultrel.errors import StorageFailedError, UsageError


class NoteAsTargetError(UsageError):
    """An export was to be written over a Markdown file."""

    def __init__(self, target: Path) -> None:
        super().__init__(
            f"{target} is a Markdown file; an export never replaces a note. Nothing was written.",
            next_step="Name another file: -o FILE, or leave -o out to print.",
        )


@click.command("export", cls=VaultCommand)
@click.argument("kind", metavar="json|ics|html|csv|vcf|relationships|canvas|base")
@click.option("-o", "--output", "target", metavar="FILE", type=click.Path(path_type=Path), help="Write to this file.")
@click.option("--print-schema", is_flag=True, help="Print the JSON Schema that `export json` keeps to, and end.")
@shared_option("vault")
@shared_option("as_of")
@click.pass_obj
def command(session: Session, kind: str, target: Path | None, print_schema: bool) -> None:
    """Print everything derived, as one file.

    json: people, meetings, mentions, interactions and follow-ups. ics: the calendar feed. html: the web page. csv:
    everybody as a table. vcf: everybody as contacts. relationships: the note of this week's follow-ups. base: views
    for Obsidian Bases. canvas: everybody on a canvas. Nothing in the vault is written.
    """
    if print_schema:
        from vaultrel.outputs.json_report import export_schema

        if kind != "json":
            raise click.UsageError("--print-schema goes with `export json`.")
        _write(session, export_schema(), target)
        return
    with session.open_vault() as vault:
        _write(session, vault.render(kind, session.as_of), target)


def _write(session: Session, data: bytes, target: Path | None) -> None:
    if target is None:
        session.print_file(data)
        return
    if target.suffix.lower() == ".md":
        raise NoteAsTargetError(target)
    try:
        target.write_bytes(data)
    except OSError as error:
        raise StorageFailedError(str(target), "write", error.strerror or str(error)) from error
