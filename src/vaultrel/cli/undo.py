"""`vaultrel undo`: take back what the last run wrote."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from vaultrel.cli.session import Session, VaultCommand, shared_option

if TYPE_CHECKING:
    from collections.abc import Callable

    from vaultrel.app import Vault
    from vaultrel.model import Diagnostic, NotePath
    from vaultrel.storage.journal import UndoReport

SHOWN_KEPT = 5


@click.command("undo", cls=VaultCommand)
@click.option("-y", "--yes", is_flag=True, help="Do not ask; without a terminal nothing is ever asked.")
@click.option(
    "--first", metavar="PATH", help="Instead: give this note its bytes from before vaultrel's first edit ever."
)
@shared_option("vault")
@click.pass_obj
def command(session: Session, yes: bool, first: str | None) -> int:
    """Give the notes of the last run back the bytes they had.

    Again: the run before. A note edited since is kept as it is, and named; then the exit code is 1.
    """
    with session.open_vault() as vault:
        if first is not None:
            return _restore_first(session, vault, first)
        done = vault.undo(agree=asking(session, "changed", "Restore", yes))
    code = tell(session, vault, done, "restored", "as before it, byte for byte")
    if done is not None:
        talk = session.talk
        talk.line(
            ("vaultrel redo", "strong"), " puts it back. The next ", ("vaultrel scan", "strong"), " writes again;"
        )
        talk.line('to read only: vaultrel scan --no-notes, or for good: write = "folder" in .vaultrel/config.toml')
    return code


def _restore_first(session: Session, vault: Vault, typed: str) -> int:
    path = note_path(vault, typed)
    written, problems = vault.restore_first(path)
    _print_problems(session, problems)
    if written:
        session.out.line("restored  ", path)
        session.talk.line("It is as before vaultrel's first edit, byte for byte. ", ("vaultrel undo", "strong"))
    else:
        session.talk.line(f"{path} is as before vaultrel's first edit already.")
    return int(bool(problems))


def note_path(vault: Vault, typed: str) -> NotePath:
    """The note meant by a path in the vault, or by a path as a shell completes it."""
    from vaultrel.model import NotePath

    assert vault.root is not None
    for whole in (vault.root / typed, Path(typed).absolute()):
        if whole.is_relative_to(vault.root) and whole.exists():
            return NotePath(whole.relative_to(vault.root).as_posix())
    return NotePath(typed)


def asking(session: Session, did: str, offer: str, yes: bool) -> Callable[[UndoReport], bool] | None:
    """The question put before an undo or redo on a terminal; None where nothing is asked.

    Args:
        session: where it is shown.
        did: what the run did to its notes.
        offer: what is offered to be done with them now.
        yes: the user has agreed already.
    """
    if yes or not (sys.stdin.isatty() and sys.stderr.isatty()):
        return None

    def agree(planned: UndoReport) -> bool:
        from vaultrel.cli.phrases import count
        from vaultrel.cli.screen import Screen

        screen = Screen(sys.stderr, color=session.colors(sys.stderr))
        restored, kept = len(planned.restored), len(planned.kept)
        rest = f" {restored:,} can be given back;" if kept else ""
        screen.line(f"Run {planned.run_id} {did} {count(restored + kept, 'note')}.{rest}")
        named = ", ".join(planned.kept[:SHOWN_KEPT]) + (", …" if kept > SHOWN_KEPT else "")
        if kept:
            screen.line((f"{kept:,} changed since and will be kept", "warn"), f": {named}")
        return click.confirm(f"{offer} {count(restored, 'note')}?", err=True)

    return agree


def tell(
    session: Session, vault: Vault, done: tuple[UndoReport, tuple[Diagnostic, ...]] | None, verb: str, how: str
) -> int:
    """Print what an undo or redo did; gives the exit code."""
    from vaultrel.cli.phrases import count

    if done is None:
        session.talk.line("Nothing was changed.")
        return 0
    report, problems = done
    out, talk = session.out, session.talk
    for path in report.restored:
        # What the run had made is not there any more, or not yet.
        there = vault.root is None or (vault.root / path).is_file()
        out.line(f"{verb if there else 'removed':<10}", path)
    _print_problems(session, problems)
    for path in report.kept:
        out.line(("kept      ", "warn"), path)
    talk.line()
    talk.line(f"Run {report.run_id}: {count(len(report.restored), 'note')} {how}.")
    if report.kept:
        talk.line((f"{count(len(report.kept), 'note')} changed since and kept as they are.", "warn"))
    return int(bool(report.kept or problems))


def _print_problems(session: Session, problems: tuple[Diagnostic, ...]) -> None:
    for problem in problems:
        session.out.line(("! ", "warn"), f"{problem.path}: {problem.message} ({problem.code})")
