"""`vaultrel demo`: the main job on a copy of the sample vault, offline, with nothing of the user's read."""

from __future__ import annotations

import datetime as dt
import os
import shlex
import shutil
import sys
import tempfile
import threading
import webbrowser
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import click

from vaultrel.cli.session import Session, VaultCommand, shared_option
from vaultrel.errors import StorageFailedError, UsageError

if TYPE_CHECKING:
    from vaultrel.app import AppliedPatch, ScanReport, Vault
    from vaultrel.cli.screen import Screen, Span
    from vaultrel.model import Band, PersonState, Snapshot

NAMED_BANDS: tuple[Band, ...] = ("close", "warm", "fading")
"""The others are only counted: most of the people one met once."""

NAMES_SHOWN = 3
PAGE_NAME = "Page.html"
WEEK = dt.timedelta(days=7)

LOOK_SECONDS = 3.0
"""How often the copy is looked at while its page is served: it is small, and somebody may be trying things out."""


class FolderInUseError(UsageError):
    """The demonstration was to be put where there is something already."""

    def __init__(self, folder: Path) -> None:
        super().__init__(
            f"{folder} is there already; the demonstration writes only to a new folder. Nothing was written.",
            next_step="Name a folder that does not exist yet, or leave --into out.",
        )


@click.command("demo", cls=VaultCommand)
@click.option("--into", type=click.Path(path_type=Path), metavar="DIR", help="Put the copy into this new folder.")
@click.option("--no-open", is_flag=True, help="Do not serve the page and open it in a browser.")
@shared_option("as_of")
@click.pass_obj
def command(session: Session, into: Path | None, no_open: bool) -> None:
    """Look before you install: run on a copy of the sample vault.

    Makes a new folder, moves the dates of the story up to today, scans it, and shows what came out; on a desktop as a
    page too, which works until you type Ctrl-C. Nothing of yours is read.
    """
    from vaultrel import clock
    from vaultrel.app import open_vault
    from vaultrel.locations import Locations

    as_of = session.as_of or clock.today()
    folder = _new_folder(into)
    _copy_sample(folder, as_of)
    with ExitStack() as stack:
        # Nothing of the copy is kept where the user's own vaults are remembered.
        state = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="vaultrel-demo-state-")))
        vault = stack.enter_context(open_vault(folder, locations=Locations(state / "state", state / "cache")))
        with session.progress("Reading") as progress:
            report = vault.scan(as_of=as_of, progress=progress)
        page = folder / vault.settings.folder / PAGE_NAME
        page.write_bytes(vault.render("html", as_of))
        first = _print_story(session.out, folder, report)
        # A page that is served shows today.
        if no_open or not _may_open() or session.as_of is not None:
            session.out.line()
            session.out.line("Page: ", (page.as_uri(), "link"), "  (to look at)")
            _print_next_steps(session.talk, folder, first, session.as_of, serving=False)
        else:
            _print_next_steps(session.talk, folder, first, None, serving=True)
            session.talk.line()
            _serve_page(session, vault, report.snapshot)


def _print_story(out: Screen, folder: Path, report: ScanReport) -> str:
    """Print what came out of the copy: the headline, the bands, this week, and one note before and after.

    Returns:
        The name of the first person to get in touch with; empty when there is nobody.
    """
    from vaultrel.cli.diffs import print_edit
    from vaultrel.cli.documents import followup_document
    from vaultrel.cli.phrases import count, headline_spans, print_followups, ties_with

    snapshot = report.snapshot
    held = f"{count(snapshot.note_count, 'note')}, {count(len(snapshot.people), 'person', 'people')}"
    out.line((f"Copied the sample vault to {folder} ({held}).", "quiet"))
    out.line()
    out.line("  ", *headline_spans(snapshot)[:2])
    out.line()
    _print_bands(out, snapshot)
    out.line()
    out.line(("This week", "strong"))
    week = [f for f in snapshot.followups if f.planned is not None and f.planned < snapshot.as_of + WEEK]
    print_followups(out, [followup_document(followup) for followup in week], ties_with(snapshot.people))
    if edit := _telling_edit(report):
        out.line()
        out.line((f"{count(len(report.applied), 'note')} updated. One of them, before and after", "strong"))
        print_edit(out, edit.patch.path, edit.before, edit.after)
    return week[0].name if week else ""


def _serve_page(session: Session, vault: Vault, snapshot: Snapshot) -> None:
    """Serve the page of the copy, open it, and keep it current until Ctrl-C: what is pressed there is written."""
    from vaultrel.cli.live import stopping
    from vaultrel.cli.serve import renew_feed
    from vaultrel.server import FeedServer, make_app
    from vaultrel.server.page import PageDesk, page_routes

    stop = threading.Event()
    desk, token = PageDesk(vault), vault.page_token()
    desk.publish(snapshot)
    server = FeedServer(make_app(lambda: page_routes(desk, token)), vault.settings.feed.host, 0)
    with stopping(stop.set):
        server.start()
        try:
            address = vault.page_url(vault.settings.feed.host, server.port)
            opened = webbrowser.open(address)
            session.out.line("Page: ", (address, "link"))
            how = "Opened in your browser" if opened else "Open it in your browser"
            session.talk.line(f"{how}: Done and Snooze write into the copy. Ctrl-C stops it.")
            while not stop.wait(LOOK_SECONDS):
                if (found := renew_feed(vault)) is not None:
                    desk.publish(found)
        finally:
            server.close()


def is_terminal() -> bool:
    """Whether the answer goes to a terminal."""
    return sys.stdout.isatty()


def _may_open() -> bool:
    """Whether a browser would open a window of its own, before somebody's eyes."""
    if not is_terminal():
        return False
    if sys.platform in {"darwin", "win32"}:
        return True
    return any(os.environ.get(variable) for variable in ("DISPLAY", "WAYLAND_DISPLAY"))


def _print_next_steps(screen: Screen, folder: Path, name: str, as_of: dt.date | None, *, serving: bool) -> None:
    """Print commands that work as they stand, in the copy and then on the user's own notes.

    Args:
        screen: where to.
        folder: the copy.
        name: of somebody to ask about; empty for nobody.
        as_of: the day that was asked for.
        serving: the page is served already.
    """
    program = program_name(sys.argv[0])
    here = f"{program} --vault {shlex.quote(str(folder))}" + (f" --as-of {as_of}" if as_of else "")
    screen.line()
    screen.line(("Next", "strong"))
    for words, what in (
        (
            "" if serving or as_of else f"{here} serve",
            "the page at an address of its own, with Done and Snooze, which write into the copy",
        ),
        (f"{here} why {shlex.quote(name)}", "where a number comes from, line by line"),
        (f"{here} doctor", "what was left alone, and why"),
        (f"{program} init ~/Notes", "set it up for your own notes: four questions, one file"),
        (f"{program} --vault ~/Notes scan --dry-run", "see every change first, writing nothing"),
    ):
        if words and not words.endswith("''"):
            screen.line(f"  {words}")
            screen.line((f"      {what}", "quiet"))


def program_name(started_as: str) -> str:
    """What to type to start vaultrel here: from a checkout's environment it is not on the search path."""
    if shutil.which("vaultrel"):
        return "vaultrel"
    return "python -m vaultrel" if started_as.endswith("__main__.py") else shlex.quote(started_as)


def _new_folder(into: Path | None) -> Path:
    try:
        if into is None:
            return Path(tempfile.mkdtemp(prefix="vaultrel-demo-")).resolve()
        into.mkdir(parents=True)
    except FileExistsError as error:
        raise FolderInUseError(into or Path(tempfile.gettempdir())) from error
    except OSError as error:
        raise StorageFailedError(str(into), "make", error.strerror or str(error)) from error
    return into.resolve()


def sample_vault() -> Path:
    """The sample vault: inside an installed package, or beside `src` in a checkout."""
    package = Path(__file__).resolve().parents[1]
    packed = package / "_sample_vault"
    return packed if packed.is_dir() else package.parents[1] / "sample_vault"


def _copy_sample(folder: Path, as_of: dt.date) -> None:
    """Copy the sample vault into `folder`, its dates shifted so that the story ends on `as_of` or just before."""
    from vaultrel.core.shift import demo_shift_days, shift_dates

    days = demo_shift_days(as_of)
    source = sample_vault()
    for file in sorted(source.rglob("*")):
        if file.is_file():
            path, data = shift_dates(file.relative_to(source).as_posix(), file.read_bytes(), days)
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)


def _print_bands(screen: Screen, snapshot: Snapshot) -> None:
    """Print how many ties stand in each band, with the first names."""
    from vaultrel.cli.phrases import BAND_STYLES

    rows: list[tuple[Span, ...]] = []
    for band, style in BAND_STYLES.items():
        ties = sorted(
            (state for state in snapshot.people if state.tie.band == band),
            key=lambda state: (-state.tie.strength, state.person.name),
        )
        named = band in NAMED_BANDS
        bar, names = ("█" * len(ties), _first_names(ties)) if named else ("", "")
        rows.append(((band.capitalize(), style), (str(len(ties)), style), bar, names))
    screen.table(rows, indent=2, right=frozenset({1}))


def _first_names(ties: list[PersonState]) -> str:
    shown = ", ".join(f"{state.person.name} {state.tie.strength}" for state in ties[:NAMES_SHOWN])
    more = len(ties) - NAMES_SHOWN
    return f"{shown}, and {more} more" if more > 0 else shown


def _telling_edit(report: ScanReport) -> AppliedPatch | None:
    """The edit to show: of a note that had properties and words of its own before."""
    return max(report.applied, key=lambda edit: (edit.before.count(b"\n") < 25, len(edit.before)), default=None)
