"""Compares our strength models with others on logs of contact: ``python bench/strength/compare.py DIR``.

DIR holds logs as CSV, plain or gzip, in either form that `vaultrel evaluate` reads. Prints two Markdown tables: the
means over all logs, each log's being the mean over its windows; and ``comp`` by log. `README.md` names public logs.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from rivals import RIVALS

from vaultrel.cli.evaluate import LogReport, judge_log
from vaultrel.cli.event_log import read_event_log
from vaultrel.core.evaluation import DEFAULT_DESIGN, Contender, Design, Figures, contender_for, mean_figures
from vaultrel.core.strength import MODELS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

DESIGNS = {
    "eu_core": DEFAULT_DESIGN,
    "radoslaw": DEFAULT_DESIGN,
    "collegemsg": Design(windows_days=(30,), cutoffs=6, start=0.15),
    "reality": DEFAULT_DESIGN,
    "cns": Design(windows_days=(7,), cutoffs=3, start=0.45, least_known=3),
    "diary_a": Design(windows_days=(30, 90, 365), start=0.2),
}
"""What to ask of the public logs, by the name of the file: the shorter a log, the shorter what can be asked of it."""

COLUMNS = ("auc", "auc_in_list", "spearman", "ndcg", "comp", "tied")
TITLES = ("AUC", "in one list", "Spearman", "nDCG@10", "comp", "tied")


def list_logs(folder: Path) -> Iterator[tuple[str, Path]]:
    """The logs in the folder, by name."""
    for path in sorted([*folder.glob("*.csv"), *folder.glob("*.csv.gz")]):
        yield path.name.removesuffix(".gz").removesuffix(".csv"), path


def judge_folder(folder: Path, contenders: Sequence[Contender]) -> list[LogReport]:
    """What the contenders make of every log in the folder."""
    reports = []
    for name, path in list_logs(folder):
        print(f"{name} …", file=sys.stderr)
        reports.append(judge_log(name, read_event_log(path), contenders, DESIGNS.get(name, DEFAULT_DESIGN)))
    return reports


def write_row(cells: Sequence[str]) -> str:
    """The cells as a row of a Markdown table."""
    return f"| {' | '.join(cells)} |"


def write_tables(reports: Sequence[LogReport], contenders: Sequence[Contender]) -> str:
    """Both tables, the highest mean `comp` first."""
    means = {
        contender.name: mean_figures([report.mean(contender.name) for report in reports]) for contender in contenders
    }
    order = sorted(means, key=lambda name: -(means[name].comp or 0))
    logs = [report.source for report in reports]
    return "\n".join(
        [
            write_row(["", *TITLES]),
            write_row(["---", *["---:"] * len(TITLES)]),
            *(write_row([name, *(show(means[name], column) for column in COLUMNS)]) for name in order),
            "",
            write_row(["comp", *logs]),
            write_row(["---", *["---:"] * len(logs)]),
            *(write_row([name, *(show(report.mean(name), "comp") for report in reports)]) for name in order),
        ]
    )


def show(figures: Figures, column: str) -> str:
    """A figure with three decimals, nothing where there is none."""
    value = getattr(figures, column)
    return "" if value is None else f"{value:.3f}"


def main(arguments: Sequence[str]) -> int:
    """Print the tables; 2 when there is nothing to compare."""
    folder = Path(arguments[0]) if arguments else None
    if folder is None or not any(list_logs(folder)):
        print("Name a folder with logs as CSV: python bench/strength/compare.py DIR", file=sys.stderr)
        return 2
    contenders = (*(contender_for(model) for model in MODELS), *RIVALS)
    print(write_tables(judge_folder(folder, contenders), contenders))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
