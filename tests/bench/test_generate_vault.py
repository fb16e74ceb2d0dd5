"""The generated vault of the bench: the same each time, and read without one wrong note."""

from __future__ import annotations

import copy
import importlib.util
import sys
from pathlib import Path
from typing import Any

import pytest

from vaultrel.app import open_vault

BENCH = Path(__file__).parents[2] / "bench" / "generate_vault.py"


@pytest.fixture(scope="module")
def bench() -> Any:
    spec = importlib.util.spec_from_file_location("generate_vault", BENCH)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["generate_vault"] = module
    spec.loader.exec_module(module)
    return module


def test_no_note_of_a_generated_vault_is_read_wrong(bench: Any, tmp_path: Path, home: Path) -> None:
    truth = bench.generate(300, tmp_path / "Notes", seed=5)
    assert sum(map(len, truth["mentions"].values())) > 300
    assert bench.compare(truth, open_vault(tmp_path / "Notes").snapshot(bench.TODAY)) == []


def test_a_wrong_note_is_counted(bench: Any, tmp_path: Path, home: Path) -> None:
    truth = bench.generate(60, tmp_path / "Notes")
    snapshot = open_vault(tmp_path / "Notes").snapshot(bench.TODAY)
    mentioned, meeting = next(iter(truth["mentions"])), next(iter(truth["meetings"]))
    wrong = copy.deepcopy(truth)
    wrong["mentions"][mentioned] = ["People/Nobody.md"]
    wrong["meetings"][meeting] = ("2000-01-01", [])
    wrong["people"] = [*wrong["people"], "People/Somebody.md"]
    assert bench.compare(wrong, snapshot) == sorted({mentioned, meeting, "People/Somebody.md"})


def test_one_seed_gives_one_vault(bench: Any, tmp_path: Path) -> None:
    for name in ("one", "two"):
        bench.generate(40, tmp_path / name / "Notes", seed=9)
    files = [
        {file.relative_to(tmp_path / name): file.read_bytes() for file in (tmp_path / name).rglob("*.*")}
        for name in ("one", "two")
    ]
    assert files[0] == files[1]
