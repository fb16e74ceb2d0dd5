"""`vaultrel scan`: read what changed, write the fields that changed, publish the feed; or say what would happen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from vaultrel.cli.session import Session, VaultCommand, shared_option

if TYPE_CHECKING:
    from vaultrel.app import ScanReport
    from vaultrel.cli.screen import Screen, Span

SHOWN_EDITS = 3
SHOWN_PROBLEMS = 5

NOT_WRITTEN = frozenset({"write-failed", "feed-not-written"})
"""Diagnostics of a scan that could not do its work."""


@click.command("scan", cls=VaultCommand)
@click.option("-n", "--dry-run", is_flag=True, help="Write nothing; say what would change.")
@click.option("--diff", is_flag=True, help="Print every edit of a note as a difference that `patch -p1` applies.")
@click.option("--check", is_flag=True, help="Write nothing; exit 1 if something would change.")
@click.option("--full", is_flag=True, help="Read every note again, not only those that changed.")
@click.option("--no-notes", is_flag=True, help="Leave your notes alone; only write the feed and the generated notes.")
@click.option("--accept-missing", is_flag=True, help="Go on although many notes are gone: I removed them.")
@shared_option("vault")
@shared_option("as_of")
@shared_option("json")
@click.pass_obj
def command(
    session: Session, dry_run: bool, diff: bool, check: bool, full: bool, no_notes: bool, accept_missing: bool
) -> int:
    """Read the vault, update the rel_ properties, publish the feed.

    Only the rel_ lines of person notes, the generated folder, and what you ticked in it are ever written. A second run
    changes nothing.
    """
    if diff and session.json:
        raise click.UsageError("--diff and --json both want standard output; choose one.")
    with session.open_vault() as vault, session.progress("Reading") as progress:
        notes = not no_notes and vault.settings.write == "fields"
        report = vault.scan(
            as_of=session.as_of,
            dry_run=dry_run or check,
            notes=not no_notes,
            full=full,
            accept_missing=accept_missing,
            progress=progress,
        )
    if session.json:
        session.print_json("scan", _report_document(report))
    elif diff:
        _print_diff(report, session)
        _print_report(report, session.talk, verbose=session.verbose, notes=notes, edits=False)
    elif not session.quiet:
        _print_report(report, session.out, verbose=session.verbose, notes=notes, edits=True)
    if check:
        return int(bool(report.applied or report.published))
    return int(any(diagnostic.code in NOT_WRITTEN for diagnostic in report.diagnostics))


def _print_report(report: ScanReport, screen: Screen, *, verbose: bool, notes: bool, edits: bool) -> None:
    from vaultrel.cli.phrases import ambiguous_names, count, headline_spans
    from vaultrel.core.settled_names import open_names

    snapshot = report.snapshot
    unplaced = len(snapshot.unknown_names) + len(ambiguous_names(snapshot))
    unplaced_spans: list[Span] = [", ", (f"{count(unplaced, 'name')} I could not place", "warn")] if unplaced else []
    screen.line(
        f"Read {count(snapshot.note_count, 'note')} ({report.notes_read:,} new or changed). "
        f"{count(len(snapshot.people), 'person', 'people')}, {count(len(snapshot.interactions), 'interaction')}",
        *unplaced_spans,
        ".",
    )
    screen.line()
    _print_changes(report, screen)
    if not notes:
        screen.line("Person notes are left alone, as you asked.")
    if edits:
        _print_edits(report, screen, None if verbose else SHOWN_EDITS)
    _print_left_alone(report, screen, None if verbose else SHOWN_PROBLEMS)
    screen.line()
    screen.line(*headline_spans(snapshot))
    if report.dry_run and (report.applied or report.published):
        screen.line(
            "Next: ", ("vaultrel scan", "strong"), " to write, ", ("vaultrel undo", "strong"), " takes it back."
        )
        return
    if report.applied:
        screen.line("Undo: ", ("vaultrel undo", "strong"))
    if waiting := sum(name.worth_asking for name in open_names(snapshot)):
        need = "name needs" if waiting == 1 else "names need"
        screen.line(f"{waiting:,} {need} you: ", ("vaultrel names", "strong"))
    screen.line("Next: ", ("vaultrel today", "strong"))


def _print_changes(report: ScanReport, screen: Screen) -> None:
    """Print what was, or would be, written, in one line."""
    from vaultrel.cli.phrases import count

    what = []
    if report.applied:
        # What was ticked is written into a daily note, or as a day to wait for: there no field is worked out.
        noun = "person note" if all(edit.patch.fields for edit in report.applied) else "note"
        what.append(f"{'change' if report.dry_run else 'Changed'} {count(len(report.applied), noun)}")
    if report.published:
        what.append(f"{'write' if report.dry_run else 'wrote'} {_list_files(report.published)}")
    if not what:
        if report.refused:
            left = count(len(report.refused), "note")
            screen.line(f"Nothing to change, but for {left} that could not be written; see below.")
        elif any(problem.code in NOT_WRITTEN for problem in report.diagnostics):
            screen.line("Nothing was changed.")
        else:
            screen.line("Nothing would change." if report.dry_run else "Nothing to change: everything is current.")
        return
    sentence = " and ".join(what)
    end = ":" if report.applied else "."
    if report.dry_run:
        screen.line(f"Would {sentence}{end}")
    else:
        screen.line(("✓ ", "good"), f"{sentence[0].upper()}{sentence[1:]}{end}")


def _list_files(files: tuple[str, ...]) -> str:
    """The files as a sentence names them: "a, b and c"."""
    return " and ".join((", ".join(files[:-1]), files[-1])) if len(files) > 1 else files[0]


def _print_edits(report: ScanReport, screen: Screen, limit: int | None) -> None:
    """Print the first edits as changed lines."""
    from vaultrel.cli.diffs import print_edit

    shown = report.applied[:limit]
    for edit in shown:
        screen.line()
        print_edit(screen, edit.patch.path, edit.before, edit.after)
    if (more := len(report.applied) - len(shown)) > 0:
        how = "vaultrel scan --dry-run --diff" if report.dry_run else "vaultrel -v scan lists all"
        screen.line((f"  … {more:,} more: {how}", "quiet"))


def _print_left_alone(report: ScanReport, screen: Screen, limit: int | None) -> None:
    """Print the notes that were left as they are, and why."""
    from vaultrel.cli.phrases import count, distinct_problems, place

    problems = distinct_problems(report)
    if problems or report.waiting:
        screen.line()
    for path in report.waiting:
        screen.line(("! ", "warn"), f"{path} is being edited; it is updated once it is quiet.")
    for problem in problems[:limit]:
        screen.line(("! ", "warn"), (place(problem), "link"), f"  {problem.message} ", (f"({problem.code})", "quiet"))
    if limit is not None and (more := len(problems) - limit) > 0:
        screen.line((f"  … {count(more, 'more thing')} to look at", "quiet"))
    if problems:
        screen.line("  Each with its fix: ", ("vaultrel doctor", "strong"))


def _print_diff(report: ScanReport, session: Session) -> None:
    from vaultrel.cli.diffs import unified_diff

    for edit in report.applied:
        session.print_file(unified_diff(edit.patch.path, edit.before, edit.after))


def _report_document(report: ScanReport) -> dict[str, object]:
    from vaultrel.app import headline
    from vaultrel.cli.documents import diagnostic_document
    from vaultrel.cli.phrases import ambiguous_names

    snapshot = report.snapshot
    counted = headline(snapshot)
    return {
        "as_of": snapshot.as_of,
        "dry_run": report.dry_run,
        "notes": snapshot.note_count,
        "notes_read": report.notes_read,
        "people": len(snapshot.people),
        "interactions": len(snapshot.interactions),
        "unplaced_names": len(snapshot.unknown_names) + len(ambiguous_names(snapshot)),
        "relationships": counted.relationships,
        "contacts": counted.contacts,
        "bands": counted.bands,
        "changed": [
            {"path": edit.patch.path, "fields": dict(edit.patch.fields), "before": dict(edit.patch.before)}
            for edit in report.applied
        ],
        "waiting": list(report.waiting),
        "published": list(report.published),
        "diagnostics": [diagnostic_document(diagnostic) for diagnostic in report.diagnostics],
    }
