"""The bench of speed runs to its end, whatever is missing or fails, and its figures fill the page about performance."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
BENCH = ROOT / "bench"

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="memory and wake-ups are read from /proc, Linux's")


def load(folder: str, name: str) -> Any:
    spec = importlib.util.spec_from_file_location(name, ROOT / folder / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def measuring() -> Any:
    return load("bench", "measuring")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[subprocess.CompletedProcess[str], Path]:
    """The bench on a very small vault, once for all tests."""
    results = tmp_path_factory.mktemp("results")
    words = ["--notes", "120", "--rounds", "1", "--saves", "2", "--idle", "0.2", "--results", str(results)]
    words += [word for part in ("commands", "saves", "idle") for word in ("--part", part)]
    done = subprocess.run(
        [sys.executable, str(BENCH / "speed.py"), *words], capture_output=True, text=True, check=False, timeout=290
    )
    return done, results


def test_every_row_of_the_goals_gets_a_figure_and_no_note_is_read_wrong(
    run: tuple[subprocess.CompletedProcess[str], Path],
) -> None:
    done, results = run
    assert done.returncode == 0, done.stdout + done.stderr
    result = json.loads((results / "120.json").read_text())
    figures = {figure["name"]: figure for part in result["figures"].values() for figure in part}
    assert figures["notes read wrong"]["text"] == "0"
    for name in (
        "first scan, beside python-frontmatter loop",
        "rescan, nothing changed, beside git status",
        "vaultrel --help, beside python -c 'import click'",
        "saved note, beside two synced writes",
        "saved note, 95 of 100 within",
        "daemon idle",
        "daemon idle, memory",
    ):
        assert figures[name]["met"] is not None, figures[name]


def test_the_tables_of_the_page_come_from_what_the_bench_kept(
    run: tuple[subprocess.CompletedProcess[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = load("scripts", "write_performance_tables")
    page = tmp_path / "performance.md"
    page.write_bytes(writer.PAGE.read_bytes())
    monkeypatch.setattr(writer, "PAGE", page)
    before, _, behind = page.read_text().partition(writer.FIGURES[0])
    _, results = run
    (results / "shares.json").write_text(json.dumps({"notes": 120, "table": "| shares |"}))
    writer.main(results)
    after = page.read_text()
    assert after.startswith(before)
    assert after.endswith(behind.partition(writer.SHARES[1])[2])
    assert "| what | goal | 120 |" in after
    assert "| command | 120 |" in after
    assert "| shares |" in after


def test_a_program_that_is_missing_fails_or_takes_too_long_says_so_in_its_row(measuring: Any) -> None:
    missing = measuring.Row("missing", ["/no/such/program"])
    failing = measuring.Row("failing", [sys.executable, "-c", "raise SystemExit('TypeError: of its own')"])
    late = measuring.Row("late", [sys.executable, "-c", "import time; time.sleep(60)"])
    fine = measuring.Row("fine", [sys.executable, "-c", "pass"], goals=(("missing", 2.0), ("fine", 2.0)))
    rows = [missing, failing, late, fine]
    for row in rows:
        row.run(dict(os.environ), 10 if row is not late else 0.2)
        row.run(dict(os.environ), 10 if row is not late else 0.2)
    assert missing.failure == "not installed (No such file or directory)"
    assert failing.failure == "ended with 1: TypeError: of its own"
    assert late.failure == "ended after 0 s without a result"
    assert [len(row.runs) for row in rows] == [0, 0, 0, 2]
    assert [measuring.cells_of(row)[0] for row in rows[:3]] == [row.failure for row in rows[:3]]
    unjudged, judged = measuring.figures_of(rows)
    assert (unjudged.text, unjudged.met) == (missing.failure, None)
    assert (judged.text, judged.met) == ("1.00 × (1.00 × processor)", True)


def test_processes_of_the_bench_have_a_home_of_their_own(
    measuring: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VAULTREL_VAULT", "/home/me/Notes")
    monkeypatch.setenv("XDG_DATA_HOME", "/home/me/data")
    place = measuring.Place(tmp_path / "Notes", tmp_path / "own")
    homes = {name: value for name, value in place.environment.items() if name.startswith(("HOME", "XDG_", "VAULTREL"))}
    assert homes.keys() >= {"HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"}
    assert all(Path(value).is_relative_to(place.own) for value in homes.values())


def test_what_was_evicted_comes_from_the_disk_or_is_read_all_the_same(measuring: Any, tmp_path: Path) -> None:
    (tmp_path / "note.md").write_bytes(b"x" * 5000)
    measuring.evict(tmp_path, everything=False)
    assert (tmp_path / "note.md").read_bytes() == b"x" * 5000


def test_growth_is_reckoned_per_note(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(BENCH))
    speed = load("bench", "speed")
    small = speed.Result(100, 1.0, first_scan=(1.0, 1.0), saved=10.0)
    large = speed.Result(1000, 10.0, first_scan=(20.0, 11.0), saved=14.0)
    scan, saved = speed.growth_figures([small, large])
    assert (scan.text, scan.met) == ("2.00 × linear (1.10 × processor)", False)
    assert (saved.text, saved.met) == ("1.4 ×", True)
    assert asdict(small)["figures"] == {}
