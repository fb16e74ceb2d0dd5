"""`vaultrel renetwork`: ties that were once strong and have gone quiet, those in which most was built first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from vaultrel.cli.session import Session, VaultCommand, shared_option

if TYPE_CHECKING:
    from vaultrel.cli.screen import Screen
    from vaultrel.core.revival import Revival

SHOWN_REVIVALS = 10
SHOWN_PLACES = 3


@click.command("renetwork", cls=VaultCommand)
@click.option("--all", "everything", is_flag=True, help="List all of them, not only the first ten.")
@shared_option("vault")
@shared_option("as_of")
@shared_option("json")
@click.pass_obj
def command(session: Session, everything: bool) -> None:
    """Once strong, now quiet: whom to get back in touch with.

    In the order of what was built: the highest strength times the days of contact.
    """
    from vaultrel.cli.phrases import count
    from vaultrel.core.revival import find_revivals

    with session.open_vault() as vault:
        snapshot = vault.snapshot(session.as_of)
        revivals = find_revivals(snapshot, vault.settings)
    if session.json:
        answer = {"as_of": snapshot.as_of, "ties": [_revival_document(revival) for revival in revivals]}
        session.print_json("renetwork", answer)
        return
    if not revivals:
        session.out.line("Nobody: no tie that was once strong is dormant.")
        return
    shown = revivals if everything else revivals[:SHOWN_REVIVALS]
    session.talk.line(f"{count(len(revivals), 'tie')} once strong and now quiet; where most was built comes first.")
    session.talk.line()
    for at, revival in enumerate(shown):
        if at:
            session.out.line()
        _print_revival(session.out, revival)
    if (more := len(revivals) - len(shown)) > 0:
        session.talk.line()
        session.talk.line((f"{more:,} more: --all", "quiet"))


def _print_revival(out: Screen, revival: Revival) -> None:
    import shlex

    from vaultrel.cli.phrases import count, short_day

    followup, tie = revival.followup, revival.state.tie
    planned = f"   planned for {short_day(followup.planned)}" if followup.planned else ""
    built = f"   {tie.peak} of 100 on {tie.peak_day}, {count(tie.contact_days, 'day')} of contact"
    out.line((followup.name, "strong"), built, (planned, "quiet"))
    if followup.reason:
        out.wrapped(["  "], followup.reason)
    out.wrapped(["  ", ("→ ", "good")], f"{followup.action} ({followup.minutes} min)")
    if followup.last_time:
        out.wrapped(["  "], followup.last_time, "quiet")
    places = tuple(dict.fromkeys((place.path, place.line) for place in (revival.strongest, *followup.evidence)))
    for path, line in places[:SHOWN_PLACES]:
        out.line("  ", (f"{path}:{line}", "link"))
    if (more := len(places) - SHOWN_PLACES) > 0:
        out.line((f"  {more:,} more: vaultrel why {shlex.quote(followup.name)} --all", "quiet"))


def _revival_document(revival: Revival) -> dict[str, object]:
    from vaultrel.cli.documents import person_document

    followup = revival.followup
    evidence = dict.fromkeys((line.path, line.line) for line in (revival.strongest, *followup.evidence))
    return {
        "person": person_document(revival.state),
        "built": revival.built,
        "planned": followup.planned,
        "last_time": followup.last_time,
        "reason": followup.reason,
        "action": followup.action,
        "touch": followup.touch,
        "minutes": followup.minutes,
        "evidence": [{"path": path, "line": line} for path, line in evidence],
    }
