"""`vaultrel today`: who to get in touch with this week, why, and how."""

from __future__ import annotations

import datetime as dt
from contextlib import suppress
from typing import TYPE_CHECKING, TypedDict

import click

from vaultrel.cli.session import Session, VaultCommand, shared_option

if TYPE_CHECKING:
    from vaultrel.cli.documents import FollowUpDocument
    from vaultrel.cli.phrases import Ties
    from vaultrel.model import Band, FollowUp, Snapshot
    from vaultrel.settings import Settings


class TodayDocument(TypedDict):
    """What `today --json` answers."""

    as_of: str
    relationships: int
    contacts: int
    bands: dict[Band, int]
    followups: list[FollowUpDocument]
    waiting: list[FollowUpDocument]
    feasibility: dict[str, object]


class Sheet(TypedDict):
    """All that `today` can show, whatever options it is given, fit to be kept as JSON.

    Attributes:
        answer: what `--json` prints.
        ties: how the ties with the people of the follow-ups stand.
        advice: what to say where the week does not hold all that it is asked to.
        first: what to type for the person of the first follow-up; empty without one.
    """

    answer: TodayDocument
    ties: Ties
    advice: tuple[str, ...]
    first: str


@click.command("today", cls=VaultCommand)
@click.option(
    "--days", type=click.IntRange(min=1, max=366), default=7, show_default=True, help="How far ahead to look."
)
@shared_option("vault")
@shared_option("as_of")
@shared_option("json")
@click.pass_obj
def command(session: Session, days: int) -> None:
    """This week's follow-ups: who, why, and what to do.

    Reads the vault and writes nothing.
    """
    sheet = take_sheet(session)
    answer = sheet["answer"]
    if session.json:
        session.print_json("today", answer)
        return
    from vaultrel.cli.phrases import count, counted_spans, print_followups

    end = (dt.date.fromisoformat(answer["as_of"]) + dt.timedelta(days=days)).isoformat()
    shown = [followup for followup in answer["followups"] if followup["planned"] and followup["planned"] < end]
    later = len(answer["followups"]) - len(shown) + len(answer["waiting"])
    session.out.line(*counted_spans(answer["relationships"], answer["contacts"], answer["bands"]))
    session.out.line()
    if shown:
        print_followups(session.out, shown, sheet["ties"])
    elif answer["contacts"]:
        session.out.line(f"Nobody to get in touch with in the next {count(days, 'day')}. Enjoy the quiet.")
    else:
        session.out.line("No people found in this vault yet.")
        session.talk.line(
            'vaultrel takes a note for a person when it is in a folder "People", has the tag #person, or says '
            "type: person. To see why a note is not: ",
            ("vaultrel why --note PATH", "strong"),
        )
    if shown or later:
        session.talk.line()
    if later:
        session.talk.line((f"{later:,} more can wait.", "quiet"))
    for sentence in sheet["advice"]:
        session.talk.line((sentence, "quiet"))
    if shown:
        who = sheet["first"]
        commands = [f"vaultrel why {who}", f"vaultrel done {who}", f"vaultrel snooze {who} 1w"]
        session.talk.line((" · ".join(commands), "quiet"))


def take_sheet(session: Session) -> Sheet:
    """The sheet that an earlier run kept, or else one made of the vault as it is now, which the next run finds kept.

    Raises:
        VaultNotFoundError, UsageError, SettingsError, EmptyVaultError, VaultVanishedError: see `vaultrel.app`.
    """
    import json

    kept = session.kept_answer("today")
    if kept is not None and (data := kept.recall()) is not None:
        recalled: Sheet = json.loads(data)
        return recalled
    with session.open_vault() as vault:
        if kept is not None:
            vault.begin_answer(kept)
        sheet = make_sheet(vault.snapshot(session.as_of), vault.settings)
        if kept is not None:
            vault.keep_answer(kept, json.dumps(sheet).encode("ascii"))
    return sheet


def make_sheet(snapshot: Snapshot, settings: Settings) -> Sheet:
    """All that `today` can show of a snapshot."""
    from vaultrel.app import headline
    from vaultrel.cli.documents import feasibility_document, followup_document
    from vaultrel.cli.phrases import ties_with
    from vaultrel.core.feasibility import assess_feasibility, tell_feasibility

    counted = headline(snapshot)
    feasibility = assess_feasibility(snapshot.people, settings)
    followed = {followup.person for followup in snapshot.followups}
    return {
        "answer": {
            "as_of": snapshot.as_of.isoformat(),
            "relationships": counted.relationships,
            "contacts": counted.contacts,
            "bands": counted.bands,
            "followups": [followup_document(followup) for followup in snapshot.followups],
            "waiting": [followup_document(followup) for followup in snapshot.waiting],
            "feasibility": feasibility_document(feasibility),
        },
        "ties": ties_with(state for state in snapshot.people if state.person.path in followed),
        "advice": tell_feasibility(feasibility, settings.phrases) if feasibility.kept < feasibility.total else (),
        "first": _typed_name(snapshot, snapshot.followups[0]) if snapshot.followups else "",
    }


def _typed_name(snapshot: Snapshot, followup: FollowUp) -> str:
    """What to type for the person: the first name where it means nobody else, else the whole, fit for a shell."""
    import shlex

    from vaultrel.core.lookup import choose_person
    from vaultrel.errors import UsageError

    first = followup.name.partition(" ")[0].casefold()
    with suppress(UsageError):
        if choose_person(snapshot, first).person.path == followup.person:
            return shlex.quote(first)
    return shlex.quote(followup.name)
