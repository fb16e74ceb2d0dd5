"""The comparison of strength models runs as its page says: on a log of invented contact, and on logs as downloaded."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest

from vaultrel.cli.event_log import read_event_log
from vaultrel.core.strength import MODELS

BENCH = Path(__file__).parents[2] / "bench" / "strength"
SIMULATED = BENCH / "simulated.csv"
PUBLIC_LOGS = tomllib.loads((Path(__file__).parent / "data" / "public_logs.toml").read_text("utf-8"))["log"]
SVG = "{http://www.w3.org/2000/svg}"


def run(program: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, str(BENCH / program), *map(str, arguments)]
    return subprocess.run(words, capture_output=True, text=True, check=False)


def test_the_simulated_log_is_the_one_its_program_writes(tmp_path: Path) -> None:
    target = tmp_path / "again.csv"
    assert run("simulate.py", target).returncode == 0
    assert target.read_bytes() == SIMULATED.read_bytes()


def test_comparing_gives_every_model_and_every_rival_a_row_in_both_tables() -> None:
    done = run("compare.py", BENCH)
    assert done.returncode == 0, done.stderr
    means, by_log = ([line.split("|")[1].strip() for line in table.splitlines()] for table in done.stdout.split("\n\n"))
    assert by_log[0] == "comp"
    assert means[2:] == by_log[2:]
    assert {model.name for model in MODELS} < set(means)
    assert len(means) == 2 + len(MODELS) + 15


def test_our_model_of_the_last_contact_alone_is_the_order_of_most_personal_crms() -> None:
    rows = {
        line.split("|")[1].strip(): line.split("|")[2:] for line in run("compare.py", BENCH).stdout.splitlines() if line
    }
    assert rows["recency"] == rows["last contact"]
    assert rows["frequency"] == rows["contact count"]


def test_the_picture_draws_a_line_with_ten_points_for_each_log(tmp_path: Path) -> None:
    target = tmp_path / "calibration.svg"
    assert run("plot.py", BENCH, target).returncode == 0
    picture = ET.fromstring(target.read_text("utf-8"))
    (line,) = picture.iter(f"{SVG}polyline")
    assert len(line.attrib["points"].split()) == 10
    assert "simulated" in [text.text for text in picture.iter(f"{SVG}text")]


@pytest.mark.parametrize("program", ["compare.py", "plot.py", "convert.py"])
def test_without_a_log_the_programs_say_what_to_name(program: str, tmp_path: Path) -> None:
    for arguments in ([], [tmp_path]):
        done = run(program, *arguments)
        assert done.returncode == 2
        assert done.stderr.startswith("Name a ")


@pytest.mark.parametrize("log", PUBLIC_LOGS, ids=[log["name"] for log in PUBLIC_LOGS])
def test_a_public_log_as_downloaded_becomes_a_log_that_can_be_evaluated(log: dict[str, Any], tmp_path: Path) -> None:
    for file in log["files"]:
        (tmp_path / file["name"]).write_text(file["text"])
    done = run("convert.py", log["name"], *(tmp_path / file["name"] for file in log["files"]))
    assert done.stderr == ""
    header, _, rows = done.stdout.partition("\n")
    assert header == "ego,alter,unix_time,direction,kind,group_size,duration"
    assert rows == log["rows"].lstrip()
    target = tmp_path / "log.csv"
    target.write_text(done.stdout)
    assert read_event_log(target)


def test_every_public_log_that_can_be_converted_has_a_case_and_a_design() -> None:
    usage = run("convert.py").stderr
    designs = re.findall(
        r'^    "([a-z_]+)": (?:DEFAULT_DESIGN|Design)', (BENCH / "compare.py").read_text(), re.MULTILINE
    )
    assert re.findall(r"^  ([a-z_]+) ", usage, re.MULTILINE) == designs == [log["name"] for log in PUBLIC_LOGS]
