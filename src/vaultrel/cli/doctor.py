"""`vaultrel doctor`: everything that needs the user's eye, each with its place and its fix."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from vaultrel.cli.session import Session, VaultCommand, shared_option

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vaultrel.app import ScanReport, Vault, Writers
    from vaultrel.cli.screen import Screen, Span
    from vaultrel.model import Diagnostic, NotePath, Snapshot

SHOWN_PLACES = 3
SHOWN_UNKNOWN = 10

TO_READ_THEM: dict[str, str] = {
    "conflict-copy": "Compare it with the note, keep what you want there, then delete the copy.",
    "dot-folder": "Move it into a folder whose name does not start with a dot.",
    "generated": "Nothing: vaultrel writes there. Keep notes of your own in another folder.",
    "ignored": "Take it out of `ignore` in the settings (vaultrel config get ignore), or of Obsidian's excluded files.",
    "template-folder": "Nothing, if it is a template. Otherwise move it into another folder.",
    "temporary": "Nothing: it goes when the file is closed.",
}
"""By the code of `skip_reason`, what to do about a note that is left out."""


@click.command("doctor", cls=VaultCommand)
@click.option("--list", "everything", is_flag=True, help="Name every note left alone, and why; not only the first.")
@shared_option("vault")
@shared_option("as_of")
@shared_option("json")
@click.pass_obj
def command(session: Session, everything: bool) -> int:
    """What was left alone, and how to mend it.

    Names every note that is not read or never written, with line and reason, and every name that could be more than
    one person. Writes nothing. Exit code 1 when something needs you.
    """
    from vaultrel.cli.phrases import ambiguous_names, distinct_problems
    from vaultrel.cli.plugins_used import plugins_used, print_plugins
    from vaultrel.cli.watching import print_watching

    with session.open_vault() as vault, session.progress("Reading") as progress:
        report = vault.scan(as_of=session.as_of, dry_run=True, progress=progress)
        unwritable = vault.store.writable_reason()
        writers = vault.writers()
        left_out = _left_out(vault)
        if session.json:
            session.print_json("doctor", _report_document(vault, report, unwritable, writers, left_out))
        else:
            _print_checks(session.out, vault, report.snapshot, unwritable)
            _print_writers(session.out, writers)
            print_watching(session.out, vault.watching())
            print_plugins(session.out, plugins_used(vault.settings))
    problems = distinct_problems(report)
    needs_you = bool(problems or ambiguous_names(report.snapshot) or unwritable or writers.copies)
    if not session.json:
        # Ambiguous names follow below, gathered by name.
        shown = [problem for problem in problems if problem.code != "ambiguous-name"]
        _print_diagnostics(session.out, shown, None if everything else SHOWN_PLACES)
        _print_ambiguous(session.out, report.snapshot)
        _print_unknown(session.out, report.snapshot)
        _print_settled_by_context(session.out, report.snapshot)
        _print_waiting_names(session.out, report.snapshot)
        _print_left_out(session.out, left_out, everything=everything)
        session.talk.line()
        session.talk.line(
            "Nothing is broken, and none of this stops the rest." if needs_you else "All is well. Nothing needs you."
        )
    return int(needs_you)


def _print_checks(screen: Screen, vault: Vault, snapshot: Snapshot, unwritable: str | None) -> None:
    from vaultrel.cli.phrases import count

    screen.line(("✓ ", "good"), f"vault {vault.root}")
    screen.line(("✓ ", "good"), f"{count(snapshot.note_count, 'note')} read")
    if unwritable:
        screen.line(("! ", "warn"), f"nothing can be written: {unwritable}")
        screen.wrapped(["  fix: "], "Allow writing there, or say that nothing is: vaultrel config set write nothing")
    else:
        screen.line(("✓ ", "good"), f"writes: {vault.settings.write}")


def _print_writers(screen: Screen, writers: Writers) -> None:
    """Print who writes to the vault: this computer, a process at this moment, and signs of another computer."""
    from vaultrel import clock
    from vaultrel.cli.fixes import fix_for
    from vaultrel.cli.phrases import time_ago

    if writers.last_scan is None:
        screen.line("· ", "not scanned on this computer yet")
    else:
        ago = time_ago((clock.utc_now() - writers.last_scan).total_seconds())
        one = "this computer writes" if writers.another_computer else "one writer: this computer"
        screen.line(("✓ ", "good"), f"{one}, last scan {ago}")
    if writers.writing_now is not None:
        screen.line("· ", f"writing at this moment: {writers.writing_now}")
    for copy in writers.copies:
        code = "second-writer" if copy.ours_only else "conflict-copy"
        what = "differ only in what vaultrel writes" if copy.ours_only else "are two versions of one file"
        screen.line()
        screen.line(("! ", "warn"), (copy.path, "link"), f" and {copy.original} {what} ", (f"({code})", "quiet"))
        screen.wrapped(["  fix: "], fix_for(code))


def _print_diagnostics(screen: Screen, diagnostics: Sequence[Diagnostic], limit: int | None) -> None:
    """Print the problems, those of one kind together with their fix; of each kind the first `limit`."""
    from vaultrel.cli.fixes import fix_for
    from vaultrel.cli.phrases import place

    for code in dict.fromkeys(diagnostic.code for diagnostic in diagnostics):
        alike = [diagnostic for diagnostic in diagnostics if diagnostic.code == code]
        screen.line()
        for diagnostic in alike[:limit]:
            where: Span = (place(diagnostic), "link")
            screen.line(("! ", "warn"), where, f"  {diagnostic.message} ", (f"({code})", "quiet"))
        if (more := len(alike) - len(alike[:limit])) > 0:
            screen.line((f"  … {more:,} more like it: vaultrel doctor --list", "quiet"))
        screen.wrapped(["  fix: "], fix_for(code))


def _left_out(vault: Vault) -> tuple[tuple[str, str], ...]:
    """Every note that is not even looked at, with the code of the reason.

    What is in hidden folders is not among them: it belongs to programs.
    """
    from vaultrel.core.scope import skip_reason

    found: dict[str, str] = {}

    def skip(path: str) -> str | None:
        reason = skip_reason(path, vault.settings)
        in_hidden_folder = any(part.startswith(".") for part in path.split("/")[:-1])
        if reason is not None and reason != "not-markdown" and not in_hidden_folder:
            found[path] = reason
        return reason

    vault.store.fingerprints(skip)
    return tuple(sorted(found.items()))


def _print_left_out(screen: Screen, left_out: Sequence[tuple[str, str]], *, everything: bool) -> None:
    """Print how many notes are not looked at, or which; that is as it should be, or the settings say so."""
    from vaultrel.cli.phrases import count
    from vaultrel.core.scope import SKIP_REASONS

    if not left_out:
        return
    screen.line()
    if not everything:
        screen.line(f"{count(len(left_out), 'note')} left out on purpose: ", ("vaultrel doctor --list", "strong"))
        return
    screen.line("Left out on purpose:")
    for code in sorted({code for _, code in left_out}):
        for path, found in left_out:
            if found == code:
                screen.line("· ", (path, "link"), f"  {SKIP_REASONS[code]} ", (f"({code})", "quiet"))
        screen.wrapped(["  to have it read: "], TO_READ_THEM[code])


def _print_ambiguous(screen: Screen, snapshot: Snapshot) -> None:
    from vaultrel.cli.phrases import ambiguous_names

    for name, (candidates, places) in ambiguous_names(snapshot).items():
        screen.line()
        screen.line(("! ", "warn"), f'"{name}" could be {_either(candidates)}')
        _print_places(screen, places)
        screen.wrapped(["  fix: "], f"Link to the one you mean: [[{candidates[0].removesuffix('.md')}|{name}]]")


def _either(candidates: Sequence[NotePath]) -> str:
    return " or ".join(path.removesuffix(".md") for path in candidates)


def _print_unknown(screen: Screen, snapshot: Snapshot) -> None:
    """Print names that came up without a note: worth one, maybe; nothing wrong."""
    from vaultrel.cli.phrases import count

    unknown = snapshot.unknown_names
    if not unknown:
        return
    screen.line()
    screen.line(f"{count(len(unknown), 'name')} without a note; with a note in People they count:")
    for name in unknown[:SHOWN_UNKNOWN]:
        screen.line("· ", (name.name, "strong"), f"  {count(name.count, 'time')}")
        _print_places(screen, [(found.path, found.line) for found in name.places])
    if (more := len(unknown) - SHOWN_UNKNOWN) > 0:
        screen.line((f"  … {more:,} more: vaultrel doctor --json", "quiet"))


def _print_settled_by_context(screen: Screen, snapshot: Snapshot) -> None:
    """Print the attendees that were told apart by the company they were in: nothing wrong, but a reading to check."""
    settled = [found for found in snapshot.diagnostics if found.code == "settled-by-context"]
    if settled:
        screen.line()
        screen.line("Settled by the company, not by you:")
    for found in settled:
        screen.line("· ", (f"{found.path}:{found.line}", "link"))
        screen.wrapped(["  "], found.message)


def _print_waiting_names(screen: Screen, snapshot: Snapshot) -> None:
    """Print how many names the user could settle, and how."""
    from vaultrel.cli.phrases import count
    from vaultrel.core.settled_names import open_names

    names = [name for name in open_names(snapshot) if name.worth_asking]
    if names:
        screen.line()
        verb = "waits" if len(names) == 1 else "wait"
        screen.line(f"{count(len(names), 'name')} {verb} for your word: ", ("vaultrel names", "strong"))


def _print_places(screen: Screen, places: Sequence[tuple[NotePath, int]]) -> None:
    for path, line in places[:SHOWN_PLACES]:
        screen.line("  ", (f"{path}:{line}", "link"))
    if (more := len(places) - SHOWN_PLACES) > 0:
        screen.line((f"  … {more:,} more", "quiet"))


def _report_document(
    vault: Vault,
    report: ScanReport,
    unwritable: str | None,
    writers: Writers,
    left_out: Sequence[tuple[str, str]],
) -> dict[str, object]:
    from vaultrel.cli.documents import diagnostic_document
    from vaultrel.cli.fixes import fix_for
    from vaultrel.cli.phrases import ambiguous_names
    from vaultrel.cli.plugins_used import plugins_document, plugins_used
    from vaultrel.cli.watching import watching_document

    snapshot = report.snapshot
    return {
        "as_of": snapshot.as_of,
        "vault": str(vault.root),
        "notes": snapshot.note_count,
        "unwritable": unwritable,
        "writers": {
            "last_scan": writers.last_scan.isoformat() if writers.last_scan else None,
            "writing_now": writers.writing_now,
            "copies": [
                {"path": copy.path, "original": copy.original, "ours_only": copy.ours_only} for copy in writers.copies
            ],
        },
        "watching": watching_document(vault.watching()),
        "plugins": plugins_document(plugins_used(vault.settings)),
        "diagnostics": [
            {**diagnostic_document(diagnostic), "fix": fix_for(diagnostic.code)} for diagnostic in report.diagnostics
        ],
        "ambiguous": [
            {
                "name": name,
                "candidates": list(candidates),
                "places": [{"path": path, "line": line} for path, line in places],
            }
            for name, (candidates, places) in ambiguous_names(snapshot).items()
        ],
        "unknown": [
            {
                "name": name.name,
                "count": name.count,
                "places": [{"path": place.path, "line": place.line} for place in name.places],
            }
            for name in snapshot.unknown_names
        ],
        "left_out": [{"path": path, "code": code} for path, code in left_out],
    }
