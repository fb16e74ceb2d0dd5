"""`vaultrel undo`: take back what the last run wrote."""

from __future__ import annotations

import click

from vaultrel.cli.session import Session, VaultCommand, shared_option


@click.command("undo", cls=VaultCommand)
@shared_option("vault")
@click.pass_obj
def command(session: Session) -> int:
    """Give the notes of the last run back the bytes they had.

    Again: the run before. A note edited since is kept as it is, and named; then the exit code is 1.
    """
    from vaultrel.cli.phrases import count

    with session.open_vault() as vault:
        report, problems = vault.undo()
    out, talk = session.out, session.talk
    for path in report.restored:
        out.line("restored  ", path)
    for problem in problems:
        out.line(("! ", "warn"), f"{problem.path}: {problem.message} ({problem.code})")
    for path in report.kept:
        out.line(("kept      ", "warn"), path)
    talk.line()
    talk.line(f"Run {report.run_id}: {count(len(report.restored), 'note')} as before it, byte for byte.")
    if report.kept:
        talk.line((f"{count(len(report.kept), 'note')} changed since and kept as they are.", "warn"))
    talk.line("The next ", ("vaultrel scan", "strong"), " writes again; to read only: vaultrel scan --no-notes,")
    talk.line('or for good: write = "folder" in .vaultrel/config.toml')
    return int(bool(report.kept or problems))
