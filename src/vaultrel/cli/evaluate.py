"""`vaultrel evaluate`: how well the strength models foretell contact, on logs of what happened."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from msgspec import Struct
from msgspec.structs import asdict

from vaultrel.cli.session import Session, VaultCommand, shared_option
from vaultrel.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from vaultrel.app import Progress
    from vaultrel.cli.screen import Screen, Span
    from vaultrel.core.evaluation import ContactList, Contender, Design, EventLog, Figures, Sample

LONGEST_WINDOW_DAYS = 36_500
MOST_GAPS = 2_500

TITLES = ("window", "model", "AUC", "in list", "Spearman", "nDCG@10", "comp", "tied", "ECE", "log-loss", "below base")
MEAN = "mean"


class TooLittleError(UsageError):
    """A log tells too little to ask anything of it."""

    def __init__(self, source: str, least_known: int) -> None:
        self.source = source
        super().__init__(
            f"{source} tells too little: nobody in it knows {least_known} people and is in touch with any of them "
            "within a window that the log covers.",
            next_step="Give a longer log, or ask less of it: shorter --windows, a smaller --least-known.",
        )


class LogReport(Struct, frozen=True):
    """What was found on one log.

    Attributes:
        samples: window in days → what its figures rest on.
        figures: contender → window in days → figures.
        due_coverage: share of `gaps` gaps that were over by the due day; None without any.
    """

    source: str
    owners: int
    ties: int
    samples: Mapping[int, Sample]
    figures: Mapping[str, Mapping[int, Figures]]
    due_coverage: float | None
    gaps: int

    def mean(self, contender: str) -> Figures:
        """The contender's figures over all windows."""
        from vaultrel.core.evaluation import mean_figures

        return mean_figures(self.figures[contender].values())


def _parse_windows(ctx: click.Context, param: click.Parameter, typed: str) -> tuple[int, ...]:  # noqa: ARG001 - click's signature
    parts = [part.strip() for part in typed.split(",")]
    if not all(part.isdecimal() and 1 <= int(part) <= LONGEST_WINDOW_DAYS for part in parts):
        raise click.BadParameter(f"{typed!r} is no list of days; write it as 30,90.")
    return tuple(sorted({int(part) for part in parts}))


@click.command("evaluate", cls=VaultCommand)
@click.argument(
    "files", metavar="[EVENTS.csv]...", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option("--model", "names", metavar="NAME", multiple=True, help="Only this strength model; may be given again.")
@click.option(
    "--windows",
    metavar="DAYS",
    default="30,90",
    show_default=True,
    callback=_parse_windows,
    help="How far to look ahead.",
)
@click.option(
    "--cutoffs",
    metavar="N",
    type=click.IntRange(2, 1000),
    default=8,
    show_default=True,
    help="From how many days to look ahead.",
)
@click.option(
    "--start",
    metavar="SHARE",
    type=click.FloatRange(0, 1, max_open=True),
    default=0.3,
    show_default=True,
    help="Share of the log before the first of those days.",
)
@click.option(
    "--least-known",
    metavar="N",
    type=click.IntRange(1),
    default=5,
    show_default=True,
    help="People one must know to be asked about them.",
)
@shared_option("vault")
@shared_option("as_of")
@shared_option("json")
@click.pass_obj
def command(
    session: Session,
    files: tuple[Path, ...],
    names: tuple[str, ...],
    windows: tuple[int, ...],
    cutoffs: int,
    start: float,
    least_known: int,
) -> None:
    """How well strength foretells contact, on logs of what happened.

    At some days of the past everybody is scored from what came before, by the code that scores your notes, and what
    followed is compared with that. EVENTS.csv, plain or gzip, has a row for each contact and the columns
    person,date[,kind,direction,present] or ego,alter,unix_time[,direction,kind,group_size]. Without a file: the contact
    that the vault tells of. Nothing is written.
    """
    from vaultrel.core.evaluation import Design, contender_for
    from vaultrel.core.strength import MODELS

    known = {model.name: model for model in MODELS}
    if unknown := [name for name in names if name not in known]:
        raise click.BadParameter(
            f"there is no model {unknown[0]!r}; there are {', '.join(known)}.", param_hint="'--model'"
        )
    contenders = [contender_for(model) for name, model in known.items() if not names or name in names]
    design = Design(windows, cutoffs, start, least_known)
    reports = []
    for source, log in _read_logs(session, files):
        with session.progress(f"Judging on {source}") as progress:
            reports.append(judge_log(source, log, contenders, design, progress))
    if session.json:
        session.print_json("evaluate", {"design": asdict(design), **_report_documents(reports, contenders)})
        return
    for report in reports:
        _print_report(session.out, report)
    if len(reports) > 1:
        _print_means(session.out, reports, contenders)
    session.talk.line(("Higher is better, but for tied, ECE and log-loss: ", "quiet"), "docs/explanation/strength.md")


def _read_logs(session: Session, files: Sequence[Path]) -> Iterator[tuple[str, EventLog]]:
    """Each log with the name to call it by."""
    from vaultrel.cli.event_log import OWNER, read_event_log

    for file in files:
        with session.progress(f"Reading {file.name}") as progress:
            log = read_event_log(file, session.as_of, progress)
        yield file.name, log
    if not files:
        with session.open_vault() as vault:
            snapshot = vault.snapshot(session.as_of)
            people = {str(state.person.path): state.days for state in snapshot.people if state.days}
            yield "The vault", {OWNER: people} if people else {}


def judge_log(
    source: str, log: EventLog, contenders: Sequence[Contender], design: Design, progress: Progress | None = None
) -> LogReport:
    """What the contenders make of one log.

    Args:
        source: what to call the log.
        log: what happened.
        contenders: the scores to judge, each under a name of its own.
        design: what to ask.
        progress: told how many of the lists are done, and of how many.

    Raises:
        TooLittleError: nothing can be asked of the log.
    """
    from random import Random

    from vaultrel.core.evaluation import describe_sample, list_gaps, measure, measure_due, score_list

    lists = draw_sample(log, design)
    if not lists:
        raise TooLittleError(source, design.least_known)
    scored = []
    for done, contacts in enumerate(lists, start=1):
        scored.append([score_list(contacts, contender) for contender in contenders])
        if progress is not None:
            progress(done, len(lists))
    gaps = list_gaps(log)
    Random(1).shuffle(gaps)  # noqa: S311 - the same sample every time, not a secret
    gaps = gaps[:MOST_GAPS]
    return LogReport(
        source=source,
        owners=len(log),
        ties=sum(map(len, log.values())),
        samples=describe_sample(lists),
        figures={
            contender.name: measure([answers[index] for answers in scored])
            for index, contender in enumerate(contenders)
        },
        due_coverage=measure_due(log, gaps),
        gaps=len(gaps),
    )


def draw_sample(log: EventLog, design: Design) -> tuple[ContactList, ...]:
    """The lists to ask about, the same every time: of owners in an order that says nothing about them."""
    from random import Random

    from vaultrel.core.evaluation import draw_lists

    # Shorter names first: numbers, which most public logs have for names, are then in their own order.
    owners = sorted(log, key=lambda name: (len(name), name))
    Random(0).shuffle(owners)  # noqa: S311 - the same sample every time, not a secret
    return draw_lists(log, owners, design)


def _report_documents(reports: Sequence[LogReport], contenders: Sequence[Contender]) -> dict[str, Any]:
    from vaultrel.core.evaluation import mean_figures

    return {
        "logs": [
            {
                "source": report.source,
                "owners": report.owners,
                "ties": report.ties,
                "windows": [
                    {"days": window, "ties": sample.ties, "rate": sample.rate}
                    for window, sample in report.samples.items()
                ],
                "models": [
                    {
                        "model": name,
                        "windows": [{"days": window, **asdict(found)} for window, found in figures.items()],
                        "mean": asdict(report.mean(name)),
                    }
                    for name, figures in report.figures.items()
                ],
                "due": {"coverage": report.due_coverage, "gaps": report.gaps},
            }
            for report in reports
        ],
        "mean": [
            {"model": contender.name, **asdict(mean_figures([report.mean(contender.name) for report in reports]))}
            for contender in contenders
        ],
    }


def _print_report(out: Screen, report: LogReport) -> None:
    from vaultrel.cli.phrases import count

    out.line((report.source, "strong"), f": {count(report.owners, 'owner')}, {count(report.ties, 'tie')}")
    rows: list[Sequence[Span]] = []
    for window, sample in report.samples.items():
        rows += [_row(f"{window} days", name, figures[window]) for name, figures in report.figures.items()]
        out.line(f"  {sample.rate:.1%} of {sample.ties:,} had contact within {window} days")
    if len(report.samples) > 1:
        rows += [_row(MEAN, name, report.mean(name)) for name in report.figures]
    if report.due_coverage is not None:
        from vaultrel.core.evaluation import DUE_SHARE

        out.line(
            f"  {report.due_coverage:.1%} of {report.gaps:,} gaps were over by the due day, meant are {DUE_SHARE:.0%}"
        )
    _print_table(out, rows)


def _print_means(out: Screen, reports: Sequence[LogReport], contenders: Sequence[Contender]) -> None:
    from vaultrel.core.evaluation import mean_figures

    out.line((f"Mean of {len(reports)} logs", "strong"))
    names = [contender.name for contender in contenders]
    _print_table(out, [_row(MEAN, name, mean_figures([report.mean(name) for report in reports])) for name in names])


def _print_table(out: Screen, rows: Sequence[Sequence[Span]]) -> None:
    titles: tuple[Span, ...] = tuple((title, "quiet") for title in TITLES)
    out.table([titles, *rows], indent=2, right=frozenset(range(2, len(TITLES))))
    out.line()


def _row(window: str, name: str, figures: Figures) -> tuple[Span, ...]:
    ranked = (figures.auc, figures.auc_in_list, figures.spearman, figures.ndcg, figures.comp, figures.tied, figures.ece)
    saved = 1 - figures.log_loss / figures.base_log_loss if figures.log_loss and figures.base_log_loss else None
    return (
        window,
        name,
        *("" if value is None else f"{value:.3f}" for value in (*ranked, figures.log_loss)),
        "" if saved is None else f"{saved:.0%}",
    )
