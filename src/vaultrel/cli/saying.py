"""What `log`, `done` and `snooze` share: the day they are about, and what they say of what they did."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, TypeVar

import click

from vaultrel.cli.session import parse_day

if TYPE_CHECKING:
    from collections.abc import Callable

    from vaultrel.app.intents import Moved, Said
    from vaultrel.cli.screen import Screen, Span
    from vaultrel.cli.session import Session

Function = TypeVar("Function", bound="Callable[..., Any]")


def day_options(function: Function) -> Function:
    """The options that say on which day it was."""
    on = click.option("--on", type=parse_day, metavar="DATE", help="On that day (YYYY-MM-DD), not today.")
    yesterday = click.option("--yesterday", is_flag=True, help="Yesterday, not today.")
    return yesterday(on(function))


dry_run_option = click.option("-n", "--dry-run", is_flag=True, help="Write nothing; say what would be written.")


def chosen_day(session: Session, yesterday: bool, on: dt.date | None) -> dt.date | None:
    """The day that was typed; None for today."""
    from vaultrel import clock

    if yesterday and on is not None:
        raise click.UsageError("--yesterday and --on do not go together; choose one.")
    return (session.as_of or clock.today()) - dt.timedelta(1) if yesterday else on


def tell(session: Session, kind: str, said: Said) -> int:
    """Print what was, or would be, written and what it moved; gives the exit code."""
    if session.json:
        session.print_json(kind, _document(said))
        return int(bool(said.diagnostics))
    out, talk = session.out, session.talk
    path = said.edit.patch.path
    if said.line:
        out.line(("+ ", "good"), said.line, "  ", (path, "link"))
    elif said.edit.before == said.edit.after:
        out.line(f"{path} says so already.")
    else:
        _print_property(out, said)
    for moved in said.moved:
        out.line("  ", (moved.name, "strong"), *_strength_spans(moved), f": {_tell_move(moved.was, moved.now)}")
    for problem in said.diagnostics:
        out.line(("! ", "warn"), f"{problem.path}: {problem.message} ({problem.code})")
    if said.made:
        talk.line((f"{path} is new; Obsidian's template for daily notes was not applied.", "quiet"))
    if said.dry_run:
        talk.line("Nothing was written.")
    elif said.edit.before != said.edit.after:
        talk.line("Undo: ", ("vaultrel undo", "strong"))
    return int(bool(said.diagnostics))


def _print_property(out: Screen, said: Said) -> None:
    from vaultrel.cli.diffs import print_edit

    print_edit(out, said.edit.patch.path, said.edit.before, said.edit.after)


def _strength_spans(moved: Moved) -> list[Span]:
    """How the tie changed: " 43 → 57, now warm"; nothing where it did not."""
    from vaultrel.cli.phrases import BAND_STYLES

    if moved.strength_was == moved.strength_now:
        return []
    before, after = BAND_STYLES[moved.band_was], BAND_STYLES[moved.band_now]
    spans: list[Span] = [" ", (str(moved.strength_was), before), " → ", (str(moved.strength_now), after)]
    return spans if moved.band_was == moved.band_now else [*spans, ", now ", (moved.band_now, after)]


def _tell_move(was: dt.date | None, now: dt.date | None) -> str:
    if now is None:
        return f"no follow-up, was {was}" if was else "no follow-up"
    if was is None:
        return f"next follow-up {now}"
    return f"next follow-up {now}, was {was}" if was != now else f"next follow-up {now}, as before"


def _document(said: Said) -> dict[str, object]:
    return {
        "dry_run": said.dry_run,
        "path": said.edit.patch.path,
        "line": said.line or None,
        "made": said.made,
        "changed": said.edit.before != said.edit.after,
        "moved": [
            {
                "person": moved.person,
                "name": moved.name,
                "was": moved.was,
                "now": moved.now,
                "strength_was": moved.strength_was,
                "strength_now": moved.strength_now,
                "band_was": moved.band_was,
                "band_now": moved.band_now,
            }
            for moved in said.moved
        ],
        "published": list(said.published),
    }
