"""`vaultrel stats`: how many relationships there are, how many there were, and which notes made the difference."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import click

from vaultrel.cli.session import Session, VaultCommand, shared_option

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from vaultrel.app import Headline
    from vaultrel.cli.screen import Screen, Span
    from vaultrel.core.census import Census, Change
    from vaultrel.model import Month, Snapshot
    from vaultrel.settings import RelationshipSettings

SHOWN_MONTHS = 12
SHOWN_CHANGES = 20
WIDEST_BAR = 40


@click.command("stats", cls=VaultCommand)
@click.option("--all", "everything", is_flag=True, help="Tell the whole history, not only the last twelve months.")
@shared_option("vault")
@shared_option("as_of")
@shared_option("json")
@click.pass_obj
def command(session: Session, everything: bool) -> None:
    """Relationships over time, and the notes behind every change."""
    from vaultrel.app import headline
    from vaultrel.core.census import take_census

    with session.open_vault() as vault:
        snapshot, settings = vault.snapshot(session.as_of), vault.settings.relationship
    census = take_census(snapshot, settings)
    counted = headline(snapshot)
    months = snapshot.months if everything else snapshot.months[-SHOWN_MONTHS:]
    since = dt.date.min if everything or not months else months[0].day
    changes = [change for change in census.changes if change.day >= since]
    if session.json:
        session.print_json("stats", _stats_document(snapshot, counted, settings, census, months, changes))
        return
    _print_stats(session.out, snapshot, counted, settings, census)
    _print_months(session.out, months, counted)
    _print_changes(session.out, changes if everything else changes[-SHOWN_CHANGES:], len(changes))


def _print_stats(
    out: Screen, snapshot: Snapshot, counted: Headline, settings: RelationshipSettings, census: Census
) -> None:
    """Print the headline, what counts, the bands, and where the time of the last year went."""
    from vaultrel.cli.phrases import BAND_STYLES, headline_spans

    out.line(*headline_spans(snapshot))
    out.wrapped([("A relationship: ", "quiet")], define_relationship(settings), "quiet")
    out.line()
    bands = [(f"{band} ", (f"{number:,}", BAND_STYLES[band]), "   ") for band, number in counted.bands.items()]
    out.line("  ", *(span for spans in bands for span in spans))
    for sentence in _tell_balance(census):
        out.wrapped(["  "], sentence)


def define_relationship(settings: RelationshipSettings) -> str:
    """What it takes to count as a relationship, in one sentence."""
    from vaultrel.cli.phrases import count

    return (
        f"at least {count(settings.contact_days, 'day')} of contact, spread over at least "
        f"{count(settings.span_days, 'day')}, the last within {count(settings.quiet_days, 'day')} "
        f"(or {settings.quiet_rhythms} × the usual gap, if longer), and not one-way only."
    )


def _tell_balance(census: Census) -> Iterable[str]:
    """Where the time of the last year went, and who started; nothing of what the notes do not say."""
    from vaultrel.cli.phrases import count

    time, balance = census.time, census.balance
    if time is not None and (total := time.new + time.old):
        yield (
            f"{count(total, 'day')} of contact in the last year: {time.new / total:.0%} with people first met in it, "
            f"{time.old / total:.0%} with older ties."
        )
    if balance.started_by_me or balance.started_by_them:
        yield (
            f"With your relationships, where notes say who started: you on {count(balance.started_by_me, 'day')}, "
            f"they on {balance.started_by_them:,}."
        )
    if balance.promised_by_me or balance.promised_by_them:
        yield f"Open promises: {balance.promised_by_me:,} of yours, {balance.promised_by_them:,} of theirs."


def _print_months(out: Screen, months: Sequence[Month], counted: Headline) -> None:
    """Print how many relationships there were on the first of each month, and how many there are."""
    if not months:
        return
    rows = [(f"{month.day:%Y-%m}", month.relationships) for month in months]
    rows.append(("today", counted.relationships))
    most = max(number for _, number in rows)
    out.line()
    out.line(("Relationships on the first of each month", "strong"))
    for label, number in rows:
        bar = "█" * (number if most <= WIDEST_BAR else round(number * WIDEST_BAR / most))
        out.line(f"  {label:<7}  {number:>{len(str(most))}}  ", (bar, "good"))


def _print_changes(out: Screen, changes: Sequence[Change], total: int) -> None:
    """Print the changes, the latest first, with the line of contact behind each."""
    from vaultrel.cli.phrases import NAME_LIMIT
    from vaultrel.core.text import clean_text

    if not changes:
        return
    out.line()
    out.line(("What changed, and the contact behind it", "strong"))
    rows: list[tuple[Span, ...]] = [
        (
            change.day.isoformat(),
            clean_text(change.name, NAME_LIMIT),
            _name_change(change),
            (f"{change.evidence.path}:{change.evidence.line}", "link"),
        )
        for change in reversed(changes)
    ]
    out.table(rows, indent=2)
    if (more := total - len(changes)) > 0:
        out.line((f"  {more:,} earlier: --all", "quiet"))


def _name_change(change: Change) -> Span:
    if change.kind != "lapsed":
        return ("a relationship again" if change.kind == "revived" else "a relationship", "good")
    return (f"lapsed: quiet since {change.evidence.day}", "quiet")


def _stats_document(
    snapshot: Snapshot,
    counted: Headline,
    settings: RelationshipSettings,
    census: Census,
    months: Sequence[Month],
    changes: Sequence[Change],
) -> dict[str, object]:
    return {
        "as_of": snapshot.as_of,
        "relationships": counted.relationships,
        "contacts": counted.contacts,
        "bands": counted.bands,
        "definition": {
            "contact_days": settings.contact_days,
            "span_days": settings.span_days,
            "quiet_days": settings.quiet_days,
            "quiet_rhythms": settings.quiet_rhythms,
        },
        "months": [{"day": month.day, "relationships": month.relationships, "met": month.met} for month in months],
        "changes": [_change_document(change) for change in changes],
        "time": census.time and {"new": census.time.new, "old": census.time.old},
        "balance": {
            "started_by_me": census.balance.started_by_me,
            "started_by_them": census.balance.started_by_them,
            "promised_by_me": census.balance.promised_by_me,
            "promised_by_them": census.balance.promised_by_them,
        },
    }


def _change_document(change: Change) -> dict[str, object]:
    return {
        "date": change.day,
        "kind": change.kind,
        "person": change.person,
        "name": change.name,
        "path": change.evidence.path,
        "line": change.evidence.line,
        "contact": change.evidence.day,
        "quote": change.evidence.quote,
    }
