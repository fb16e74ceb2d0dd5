"""`vaultrel strip`: take vaultrel's own properties out of every note."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from vaultrel.cli.session import Session, VaultCommand, shared_option

if TYPE_CHECKING:
    from vaultrel.app import StripReport, Vault
    from vaultrel.cli.screen import Screen

SHOWN_EDITS = 3


@click.command("strip", cls=VaultCommand)
@click.option("-n", "--dry-run", is_flag=True, help="Write nothing; say what would change.")
@shared_option("vault")
@click.pass_obj
def command(session: Session, dry_run: bool) -> int:
    """Take the rel_ properties out of every note again.

    Only those that vaultrel writes: rel_snooze_until, rel_ignore and rel_circle are yours and stay. Says which files of
    its own remain; they are yours to delete. `vaultrel undo` takes it back. Exit code 1 when a note still holds some.
    """
    with session.open_vault() as vault, session.progress("Reading") as progress:
        report = vault.strip(dry_run=dry_run, progress=progress)
    _print_edits(session.out, report, verbose=session.verbose)
    for problem in report.refused:
        session.out.line(("! ", "warn"), f"{problem.path}: {problem.message} ({problem.code})")
    _print_remaining(session.talk, vault, report)
    return int(bool(report.refused))


def _print_edits(screen: Screen, report: StripReport, *, verbose: bool) -> None:
    from vaultrel.cli.diffs import print_edit
    from vaultrel.cli.phrases import count

    if not report.applied:
        screen.line("No note holds a property of vaultrel's." if not report.refused else "Nothing was changed.")
        return
    notes = count(len(report.applied), "note")
    if report.dry_run:
        screen.line(f"Would take vaultrel's properties out of {notes}:")
    else:
        screen.line(("✓ ", "good"), f"Took vaultrel's properties out of {notes}:")
    shown = report.applied if verbose else report.applied[:SHOWN_EDITS]
    for edit in shown:
        screen.line()
        print_edit(screen, edit.patch.path, edit.before, edit.after)
    if (more := len(report.applied) - len(shown)) > 0:
        screen.line((f"  … {more:,} more: vaultrel -v strip lists all", "quiet"))


def _print_remaining(screen: Screen, vault: Vault, report: StripReport) -> None:
    screen.line()
    if report.remaining:
        screen.line("Still in the vault, and yours to delete: ", ", ".join(report.remaining))
    if vault.locations is not None:
        screen.line(f"Outside it, undo and the first copies: {vault.locations.state}")
        screen.line(f"Outside it, what was read last: {vault.locations.cache}")
    if report.dry_run:
        screen.line(
            "Next: ", ("vaultrel strip", "strong"), " to write, ", ("vaultrel undo", "strong"), " takes it back."
        )
    elif report.applied:
        screen.line("Undo: ", ("vaultrel undo", "strong"))
        screen.line('The next scan writes again, unless write = "folder" or "nothing" stands in .vaultrel/config.toml')
