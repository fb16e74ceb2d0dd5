"""`vaultrel scan`: read what changed, write the fields that changed, publish the feed; or say what would happen."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

import click

from vaultrel.cli.session import Session, VaultCommand, shared_option

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from vaultrel.app import AppliedPatch, ScanReport, Vault
    from vaultrel.app.kept_answer import KeptAnswer
    from vaultrel.cli.documents import DiagnosticDocument
    from vaultrel.cli.screen import Screen, Span
    from vaultrel.model import Band

SHOWN_EDITS = 3
SHOWN_PROBLEMS = 5

NOT_WRITTEN = frozenset({"write-failed", "feed-not-written"})
"""Diagnostics of a scan that could not do its work."""


class EditDocument(TypedDict):
    """The properties of one note that were changed, and what they were before."""

    path: str
    fields: Mapping[str, object]
    before: Mapping[str, object]


class ScanDocument(TypedDict):
    """What `scan --json` answers."""

    as_of: str
    dry_run: bool
    notes: int
    notes_read: int
    people: int
    interactions: int
    unplaced_names: int
    relationships: int
    contacts: int
    bands: dict[Band, int]
    changed: list[EditDocument]
    waiting: list[str]
    published: list[str]
    diagnostics: list[DiagnosticDocument]


class Sheet(TypedDict):
    """All that `scan` can show but the edits themselves; of a scan that left all as it was fit to be kept as JSON.

    Attributes:
        answer: what `--json` prints.
        problems: what needs the user's eye, each once: the place, the message and its code.
        names: how many names are worth asking the user about.
        refused: how many notes have news and could not be written.
        writes_notes: whether the settings let properties be written into notes.
    """

    answer: ScanDocument
    problems: Sequence[tuple[str, str, str]]
    names: int
    refused: int
    writes_notes: bool


@click.command("scan", cls=VaultCommand)
@click.option("-n", "--dry-run", is_flag=True, help="Write nothing; say what would change.")
@click.option("--diff", is_flag=True, help="Print every edit of a note as a difference that `patch -p1` applies.")
@click.option("--check", is_flag=True, help="Write nothing; exit 1 if something would change.")
@click.option("--full", is_flag=True, help="Read every note again, changed or not, and work out everything anew.")
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
    sheet, edits = take_sheet(
        session, dry_run=dry_run or check, full=full, notes=not no_notes, accept_missing=accept_missing
    )
    answer = sheet["answer"]
    if session.json:
        session.print_json("scan", answer)
    elif diff:
        _print_diff(edits, session)
        _print_sheet(sheet, session.talk, verbose=session.verbose)
    elif not session.quiet:
        _print_sheet(sheet, session.out, verbose=session.verbose, edits=edits)
    if check:
        return int(bool(answer["changed"] or answer["published"]))
    return int(_is_not_written(answer))


def take_sheet(
    session: Session,
    *,
    dry_run: bool = False,
    full: bool = False,
    notes: bool = True,
    accept_missing: bool = False,
) -> tuple[Sheet, tuple[AppliedPatch, ...]]:
    """The sheet of a scan, and the edits it made; the arguments are those of `vaultrel.app.Vault.scan`.

    A scan that an earlier one left nothing to do is told by what that one kept.
    """
    # A run that is asked for more than usual neither finds an answer nor leaves one.
    kept = session.kept_answer("scan") if notes and not full else None
    if kept is not None and (sheet := _recall(kept, dry_run=dry_run)) is not None:
        return sheet, ()
    with session.open_vault() as vault, session.progress("Reading") as progress:
        if kept is not None:
            vault.begin_answer(kept, of_scan=True)
        report = vault.scan(
            as_of=session.as_of,
            dry_run=dry_run,
            notes=notes,
            full=full,
            accept_missing=accept_missing,
            progress=progress,
        )
        sheet = make_sheet(report, writes_notes=notes and vault.settings.write == "fields")
        if kept is not None and report.left_all and not dry_run:
            _keep(kept, sheet, vault)
    return sheet, report.applied


def _recall(kept: KeptAnswer, *, dry_run: bool) -> Sheet | None:
    """The sheet of an earlier run that left all as it was, if this one would find the same; then this was a scan, too.

    There is nothing to write, so nobody who is writing need be waited for.
    """
    import json

    from vaultrel.app.last_scan import mark_scan

    data = kept.recall()
    if data is None or not (dry_run or mark_scan(kept.last_scan_file)):
        return None
    sheet: Sheet = json.loads(data)
    sheet["answer"]["dry_run"] = dry_run
    return sheet


def _keep(kept: KeptAnswer, sheet: Sheet, vault: Vault) -> None:
    import json

    vault.keep_answer(kept, json.dumps(sheet).encode("ascii"))


def make_sheet(report: ScanReport, *, writes_notes: bool) -> Sheet:
    """All that `scan` can show of a report; `writes_notes` says whether properties of notes were to be written."""
    from vaultrel.app import headline
    from vaultrel.cli.documents import diagnostic_document
    from vaultrel.cli.phrases import ambiguous_names, distinct_problems, place
    from vaultrel.core.settled_names import open_names

    snapshot = report.snapshot
    counted = headline(snapshot)
    return {
        "answer": {
            "as_of": snapshot.as_of.isoformat(),
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
        },
        "problems": [(place(problem), problem.message, problem.code) for problem in distinct_problems(report)],
        "names": sum(name.worth_asking for name in open_names(snapshot)),
        "refused": len(report.refused),
        "writes_notes": writes_notes,
    }


def _print_sheet(sheet: Sheet, screen: Screen, *, verbose: bool, edits: Sequence[AppliedPatch] = ()) -> None:
    from vaultrel.cli.phrases import count, counted_spans

    answer = sheet["answer"]
    unplaced = answer["unplaced_names"]
    unplaced_spans: list[Span] = [", ", (f"{count(unplaced, 'name')} I could not place", "warn")] if unplaced else []
    screen.line(
        f"Read {count(answer['notes'], 'note')} ({answer['notes_read']:,} new or changed). "
        f"{count(answer['people'], 'person', 'people')}, {count(answer['interactions'], 'interaction')}",
        *unplaced_spans,
        ".",
    )
    screen.line()
    _print_changes(sheet, screen)
    if not sheet["writes_notes"]:
        screen.line("Person notes are left alone, as you asked.")
    _print_edits(edits, screen, None if verbose else SHOWN_EDITS, dry_run=answer["dry_run"])
    _print_left_alone(sheet, screen, None if verbose else SHOWN_PROBLEMS)
    screen.line()
    screen.line(*counted_spans(answer["relationships"], answer["contacts"], answer["bands"]))
    if answer["dry_run"] and (answer["changed"] or answer["published"]):
        screen.line(
            "Next: ", ("vaultrel scan", "strong"), " to write, ", ("vaultrel undo", "strong"), " takes it back."
        )
        return
    if answer["changed"]:
        screen.line("Undo: ", ("vaultrel undo", "strong"))
    if waiting := sheet["names"]:
        need = "name needs" if waiting == 1 else "names need"
        screen.line(f"{waiting:,} {need} you: ", ("vaultrel names", "strong"))
    screen.line("Next: ", ("vaultrel today", "strong"))


def _print_changes(sheet: Sheet, screen: Screen) -> None:
    """Print what was, or would be, written, in one line."""
    from vaultrel.cli.phrases import count

    answer = sheet["answer"]
    changed, published, dry_run = answer["changed"], answer["published"], answer["dry_run"]
    what = []
    if changed:
        # What was ticked is written into a daily note, or as a day to wait for: there no field is worked out.
        noun = "person note" if all(edit["fields"] for edit in changed) else "note"
        what.append(f"{'change' if dry_run else 'Changed'} {count(len(changed), noun)}")
    if published:
        what.append(f"{'write' if dry_run else 'wrote'} {_list_files(published)}")
    if not what:
        if sheet["refused"]:
            left = count(sheet["refused"], "note")
            screen.line(f"Nothing to change, but for {left} that could not be written; see below.")
        elif _is_not_written(answer):
            screen.line("Nothing was changed.")
        else:
            screen.line("Nothing would change." if dry_run else "Nothing to change: everything is current.")
        return
    sentence = " and ".join(what)
    end = ":" if changed else "."
    if dry_run:
        screen.line(f"Would {sentence}{end}")
    else:
        screen.line(("✓ ", "good"), f"{sentence[0].upper()}{sentence[1:]}{end}")


def _is_not_written(answer: ScanDocument) -> bool:
    return any(diagnostic["code"] in NOT_WRITTEN for diagnostic in answer["diagnostics"])


def _list_files(files: Sequence[str]) -> str:
    """The files as a sentence names them: "a, b and c"."""
    return " and ".join((", ".join(files[:-1]), files[-1])) if len(files) > 1 else files[0]


def _print_edits(edits: Sequence[AppliedPatch], screen: Screen, limit: int | None, *, dry_run: bool) -> None:
    """Print the first edits as changed lines."""
    if not edits:
        return
    from vaultrel.cli.diffs import print_edit

    shown = edits[:limit]
    for edit in shown:
        screen.line()
        print_edit(screen, edit.patch.path, edit.before, edit.after)
    if (more := len(edits) - len(shown)) > 0:
        how = "vaultrel scan --dry-run --diff" if dry_run else "vaultrel -v scan lists all"
        screen.line((f"  … {more:,} more: {how}", "quiet"))


def _print_left_alone(sheet: Sheet, screen: Screen, limit: int | None) -> None:
    """Print the notes that were left as they are, and why."""
    from vaultrel.cli.phrases import count

    problems, waiting = sheet["problems"], sheet["answer"]["waiting"]
    if problems or waiting:
        screen.line()
    for path in waiting:
        screen.line(("! ", "warn"), f"{path} is being edited; it is updated once it is quiet.")
    for place, message, code in problems[:limit]:
        screen.line(("! ", "warn"), (place, "link"), f"  {message} ", (f"({code})", "quiet"))
    if limit is not None and (more := len(problems) - limit) > 0:
        screen.line((f"  … {count(more, 'more thing')} to look at", "quiet"))
    if problems:
        screen.line("  Each with its fix: ", ("vaultrel doctor", "strong"))


def _print_diff(applied: Sequence[AppliedPatch], session: Session) -> None:
    from vaultrel.cli.diffs import unified_diff

    for edit in applied:
        session.print_file(unified_diff(edit.patch.path, edit.before, edit.after))
