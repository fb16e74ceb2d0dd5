from __future__ import annotations

import ast
import datetime as dt
import shlex
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import vaultrel
from vaultrel.cli.demo import program_name, sample_vault
from vaultrel.cli.fixes import FIXES
from vaultrel.core.frontmatter.refusals import REFUSALS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.cli.conftest import MakeVault, Run


def test_the_demo_runs_the_main_job_on_a_copy(run: Run, tmp_path: Path) -> None:
    copy = tmp_path / "demo"
    done = run("demo", "--as-of", "2026-06-30", "--into", copy, "--no-open")
    assert done.code == 0, done.err
    assert f"Copied the sample vault to {copy}" in done.out
    assert " relationships out of " in done.out
    assert "\nThis week\n" in done.out
    assert "\n+ rel_strength: " in done.out
    assert f"{program_name(sys.argv[0])} --vault {copy} --as-of 2026-06-30 doctor" in done.err
    assert (copy / "vaultrel/followups.ics").is_file()
    assert not (sample_vault() / "vaultrel").exists()


def test_the_commands_the_demo_proposes_work_as_they_stand(run: Run, tmp_path: Path) -> None:
    done = run("demo", "--into", tmp_path / "demo")
    proposed = [line.strip() for line in done.err.splitlines() if str(tmp_path / "demo") in line]
    assert len(proposed) == 3
    typed = [shlex.split(line.removeprefix(program_name(sys.argv[0]))) for line in proposed]
    codes = {words[-1]: run(*words).code for words in typed}
    assert codes.pop("doctor") == 1
    assert set(codes.values()) == {0}


@pytest.mark.parametrize("day", [dt.date(2026, 6, 30), dt.date(2027, 1, 1), dt.date(2027, 10, 15)])
def test_the_demo_is_current_on_any_day(run: Run, tmp_path: Path, day: dt.date) -> None:
    done = run("demo", "--as-of", day.isoformat(), "--into", tmp_path / "demo")
    week = done.out.split("\nThis week\n")[1].split("\n\n")[0]
    assert "→ " in week


def test_the_demo_never_writes_to_a_folder_in_use(run: Run, vault: Path) -> None:
    done = run("demo", "--into", vault)
    assert done.code == 2
    assert "is there already" in done.err


def test_the_doctor_names_each_note_left_alone_with_its_fix(on_vault: Run) -> None:
    done = on_vault("doctor")
    assert done.code == 1
    assert "! People/Broken.md:2" in done.out
    assert "(unparsable)" in done.out
    assert f"fix: {FIXES['unparsable']}" in " ".join(done.out.split())


def test_the_doctor_names_who_an_ambiguous_name_could_be(on_vault: Run) -> None:
    assert on_vault("doctor", "--json").json["ambiguous"] == [
        {
            "name": "Dan",
            "candidates": ["People/Dan Hale.md", "People/Dan Weiss.md"],
            "places": [{"path": "Daily/2026-06-29.md", "line": 3}],
        }
    ]
    assert '! "Dan" could be People/Dan Hale or People/Dan Weiss' in on_vault("doctor").out


def test_the_doctor_lists_names_without_a_note(on_vault: Run) -> None:
    unknown = on_vault("doctor", "--json").json["unknown"]
    assert [(name["name"], name["count"]) for name in unknown] == [("Priya Nolan", 1)]
    assert "Priya Nolan  1 time" in on_vault("doctor").out


def test_a_healthy_vault_needs_nobody(run: Run, make_vault: MakeVault) -> None:
    done = run("--vault", make_vault({"People/Ada Moreau.md": "Paints.\n"}), "doctor")
    assert done.code == 0
    assert "All is well." in done.err


def test_a_note_that_is_no_text_is_named(run: Run, make_vault: MakeVault) -> None:
    vault = make_vault({"People/Ada Moreau.md": "Paints.\n", "People/Photo.md": b"---\nx: \xff\xfe\n---\n"})
    done = run("--vault", vault, "doctor")
    assert done.code == 1
    assert "! People/Photo.md" in done.out
    assert "(not-utf8)" in done.out


def codes_in_source() -> Iterator[str]:
    """Every code spelled out where a diagnostic, or the refusal of a file, is made."""
    for file in Path(vaultrel.__file__).parent.rglob("*.py"):
        for call in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and len(call.args) > 1:
                code = call.args[1]
                made = call.func.id in {"Diagnostic", "ReadRefusedError", "WriteRefusedError"}
                if made and isinstance(code, ast.Constant) and isinstance(code.value, str):
                    yield code.value


@pytest.mark.parametrize("code", sorted({*REFUSALS, *codes_in_source()}))
def test_every_reason_to_leave_a_note_alone_has_a_fix(code: str) -> None:
    assert code in FIXES


@pytest.mark.parametrize(
    ("on_path", "started_as", "typed"),
    [
        ("/usr/bin/vaultrel", "/usr/bin/vaultrel", "vaultrel"),
        (None, ".venv/bin/vaultrel", ".venv/bin/vaultrel"),
        (None, "/my notes/.venv/bin/vaultrel", "'/my notes/.venv/bin/vaultrel'"),
        (None, "/x/site-packages/vaultrel/__main__.py", "python -m vaultrel"),
    ],
)
def test_the_next_commands_can_be_typed_as_they_stand(
    on_path: str | None, started_as: str, typed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "which", lambda _name: on_path)
    assert program_name(started_as) == typed
