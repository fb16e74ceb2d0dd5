from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from vaultrel.cli.evaluate import LogReport
from vaultrel.core.strength import MODELS

if TYPE_CHECKING:
    from tests.cli.conftest import MakeVault, Ran, Run

ROOT = Path(__file__).parents[2]
SIMULATED = ROOT / "bench" / "strength" / "simulated.csv"
MODEL_NAMES = [model.name for model in MODELS]
MEASURES = ("auc", "auc_in_list", "spearman", "ndcg", "comp", "tied", "ece", "log_loss", "base_log_loss")


@pytest.fixture
def small_log(tmp_path: Path) -> Path:
    """Five people met in turn for half a year; the first ones more and more rarely."""
    rows = [
        f"{person},2026-{month:02}-{1 + 3 * number:02}"
        for month in range(1, 7)
        for number, person in enumerate(("Ana", "Ben", "Cleo", "Dev", "Eva"))
        if month <= 2 + number
    ]
    path = tmp_path / "log.csv"
    path.write_text("person,date\n" + "\n".join(rows) + "\n")
    return path


def test_every_model_is_judged_on_every_window(run: Run) -> None:
    answer = run("evaluate", SIMULATED, "--json").json
    assert answer["design"] == {"windows_days": [30, 90], "cutoffs": 8, "start": 0.3, "least_known": 5}
    (log,) = answer["logs"]
    assert (log["source"], log["owners"], log["ties"]) == ("simulated.csv", 10, 273)
    assert [model["model"] for model in log["models"]] == MODEL_NAMES
    for model in log["models"]:
        assert [window["days"] for window in model["windows"]] == [30, 90]
        assert list(model["mean"]) == list(MEASURES)
        for measure in MEASURES:
            known = [window[measure] for window in model["windows"]]
            assert model["mean"][measure] == pytest.approx(sum(known) / 2)
    assert answer["mean"] == [{"model": model["model"], **model["mean"]} for model in log["models"]]


def keys_in(answer: object) -> set[str]:
    if isinstance(answer, dict):
        return set(answer).union(*map(keys_in, answer.values()))
    return set().union(*map(keys_in, answer)) if isinstance(answer, list) else set()


def test_every_key_of_the_json_is_documented_and_every_documented_key_exists(run: Run) -> None:
    page = (ROOT / "docs" / "reference" / "commands.md").read_text("utf-8")
    shape = page.partition("### vaultrel.evaluate/1")[2].partition("###")[0]
    figures = page.partition("- Figures: ")[2].partition("- ")[0]
    documented = set(re.findall(r"`([a-z_0-9]+)`", shape + figures))
    assert keys_in(run("evaluate", SIMULATED, "--json").json) == documented | {"schema"}


def test_two_runs_give_the_same_bytes(run: Run) -> None:
    assert run("evaluate", SIMULATED, "--json") == run("evaluate", SIMULATED, "--json")


def test_the_default_model_foretells_better_than_chance_and_than_the_base_rate(run: Run) -> None:
    (log,) = run("evaluate", SIMULATED, "--json").json["logs"]
    mean: dict[str, float] = log["models"][0]["mean"]
    assert mean["auc"] > 0.7
    assert mean["auc_in_list"] > 0.7
    assert mean["log_loss"] < mean["base_log_loss"]
    assert 0.75 < log["due"]["coverage"] < 0.85


def test_the_table_says_what_the_json_says(run: Run) -> None:
    (log,) = run("evaluate", SIMULATED, "--json").json["logs"]
    done = run("evaluate", SIMULATED)
    rows = [line.split() for line in done.out.splitlines()]
    for model in log["models"]:
        for window in model["windows"]:
            shown = [f"{window[measure]:.3f}" for measure in MEASURES[:-1]]
            saved = f"{1 - window['log_loss'] / window['base_log_loss']:.0%}"
            assert [str(window["days"]), "days", model["model"], *shown, saved] in rows
    assert "docs/explanation/strength.md" in done.err


def test_only_the_models_named_are_judged(run: Run) -> None:
    chosen = run("evaluate", SIMULATED, "--model", "frequency", "--model", "recency", "--json").json
    assert [model["model"] for model in chosen["mean"]] == ["recency", "frequency"]


def test_an_unknown_model_is_met_with_those_there_are(run: Run) -> None:
    done = run("evaluate", SIMULATED, "--model", "horoscope")
    assert done.code == 2
    assert f"there is no model 'horoscope'; there are {', '.join(MODEL_NAMES)}" in " ".join(done.err.split())


def test_several_logs_end_in_their_mean(run: Run, small_log: Path) -> None:
    words = ("--windows", "30")
    answer = run("evaluate", SIMULATED, small_log, *words, "--json").json
    both = [log["models"][0]["mean"]["auc"] for log in answer["logs"]]
    assert answer["mean"][0]["auc"] == pytest.approx(sum(both) / 2)
    assert "Mean of 2 logs" in run("evaluate", SIMULATED, small_log, *words).out
    assert "Mean of" not in run("evaluate", SIMULATED, *words).out


def test_the_options_decide_what_is_asked(run: Run, small_log: Path) -> None:
    def ask(*words: str) -> dict[str, Any]:
        answer = run("evaluate", small_log, *words, "--json").json
        log: dict[str, Any] = answer["logs"][0]
        return log

    assert [window["days"] for window in ask("--windows", "60,14")["windows"]] == [14, 60]
    few, many = ask("--windows", "14", "--cutoffs", "2"), ask("--windows", "14", "--cutoffs", "9")
    assert few["windows"][0]["ties"] < many["windows"][0]["ties"]
    early = ask("--windows", "14", "--start", "0", "--least-known", "1")
    assert early["windows"][0]["ties"] % 5  # at some cut-off not everybody was known yet


@pytest.mark.parametrize("typed", ["", "thirty", "30,", "0", "-1", "30;90", "99999999"])
def test_windows_that_are_no_days_are_refused(run: Run, typed: str) -> None:
    done = run("evaluate", SIMULATED, "--windows", typed)
    assert done.code == 2
    assert "write it as 30,90" in done.err


def test_later_contact_than_as_of_does_not_count(run: Run, small_log: Path) -> None:
    words = ("evaluate", small_log, "--windows", "14", "--json")
    text = small_log.read_text()
    asked_then = run(*words, "--as-of", "2026-05-31").json
    small_log.write_text("\n".join(row for row in text.splitlines() if ",2026-06" not in row) + "\n")
    assert run(*words).json == asked_then


def test_a_file_that_is_no_log_is_named_with_its_line_and_what_to_do(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("person,date\nAna,soon\n")
    done = run("evaluate", path)
    assert done.code == 2
    assert f"{path}, line 2: date 'soon' is no day" in done.err
    assert "vaultrel evaluate --help" in done.err
    assert done.out == ""


def test_a_missing_file_is_a_mistake_of_usage(run: Run, tmp_path: Path) -> None:
    assert run("evaluate", tmp_path / "none.csv").code == 2


@pytest.mark.parametrize("text", ["person,date\n", "person,date\nAna,2026-05-01\nAna,2026-05-09\n"])
def test_a_log_that_tells_too_little_says_what_to_ask_instead(run: Run, tmp_path: Path, text: str) -> None:
    path = tmp_path / "log.csv"
    path.write_text(text)
    done = run("evaluate", path)
    assert done.code == 2
    assert "log.csv tells too little" in done.err
    assert "--least-known" in done.err


def test_without_a_file_the_vault_is_asked_as_a_log_of_its_contact_would_be(
    run: Run, make_vault: MakeVault, small_log: Path
) -> None:
    rows = [row.split(",") for row in small_log.read_text().splitlines()[1:]]
    notes: dict[str, str | bytes] = {f"People/{person}.md": "---\ntype: person\n---\n" for person, _ in rows}
    for number, (person, day) in enumerate(rows):
        notes[f"Meetings/{number}.md"] = f'---\ntype: meeting\ndate: {day}\nattendees: ["[[{person}]]"]\n---\n'
    words = ("evaluate", "--windows", "14,30", "--json")

    def without_name(ran: Ran) -> dict[str, Any]:
        return {**json.loads(ran.out), "logs": [{**log, "source": ""} for log in json.loads(ran.out)["logs"]]}

    of_vault = run("--vault", make_vault(notes), "--as-of", "2026-06-30", *words)
    assert of_vault.json["logs"][0]["source"] == "The vault"
    assert without_name(of_vault) == without_name(run(*words, small_log))


def test_a_vault_without_contact_tells_too_little(run: Run, make_vault: MakeVault) -> None:
    done = run("--vault", make_vault({"People/Ana.md": "---\ntype: person\n---\n"}), "evaluate")
    assert done.code == 2
    assert "The vault tells too little" in done.err


def test_progress_is_told_of_every_list(small_log: Path) -> None:
    from vaultrel.cli.evaluate import draw_sample, judge_log
    from vaultrel.cli.event_log import read_event_log
    from vaultrel.core.evaluation import Contender, Design

    log = read_event_log(small_log)
    design = Design(windows_days=(14,))
    told: list[tuple[int, int]] = []
    report = judge_log("log", log, [Contender("n", lambda days, _: len(days))], design, lambda *at: told.append(at))
    lists = len(draw_sample(log, design))
    assert isinstance(report, LogReport)
    assert told == [(number, lists) for number in range(1, lists + 1)]
