from __future__ import annotations

import ast
import datetime as dt
import shlex
import shutil
import signal
import sys
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import vaultrel
from vaultrel.cli.demo import program_name, sample_vault
from vaultrel.cli.doctor import TO_READ_THEM
from vaultrel.cli.fixes import FIXES
from vaultrel.core.frontmatter.refusals import REFUSALS
from vaultrel.core.scope import SKIP_REASONS
from vaultrel.storage.filesystem import FileSystemStore

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


def test_the_demo_keeps_nothing_outside_its_folder(run: Run, tmp_path: Path, home: Path) -> None:
    assert run("demo", "--into", tmp_path / "demo", "--no-open").code == 0
    assert [path for path in home.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize(
    ("terminal", "desktop", "words", "opened"),
    [(True, ":0", [], True), (True, "", [], False), (False, ":0", [], False), (True, ":0", ["--no-open"], False)],
)
def test_the_demo_serves_and_opens_its_page_only_before_somebody_s_eyes(
    run: Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    terminal: bool,  # noqa: FBT001 - a parameter of the case
    desktop: str,
    words: list[str],
    opened: bool,  # noqa: FBT001
) -> None:
    shown: list[str] = []

    def open_page(address: str) -> bool:
        shown.append(address)
        with urllib.request.urlopen(address, timeout=60) as page:
            assert b"Snooze until then" in page.read()
        signal.raise_signal(signal.SIGINT)
        return True

    monkeypatch.setattr("webbrowser.open", open_page)
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setattr("vaultrel.cli.demo.is_terminal", lambda: terminal)
    monkeypatch.setenv("DISPLAY", desktop)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    done = run("demo", "--into", tmp_path / "demo", *words)
    page = tmp_path / "demo/vaultrel/Page.html"
    assert page.read_bytes().startswith(b"<!doctype html>")
    assert done.code == 0
    assert len(shown) == opened
    if opened:
        assert f"\nPage: {shown[0]}\n" in done.out
        assert shown[0].startswith("http://127.0.0.1:")
        assert "Opened in your browser: Done and Snooze write into the copy. Ctrl-C stops it.\n" in done.err
        assert " serve\n" not in done.err
    else:
        assert f"\nPage: {page.as_uri()}  (to look at)\n" in done.out
        assert f" --vault {tmp_path / 'demo'} serve\n" in done.err


def test_the_commands_the_demo_proposes_work_as_they_stand(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = run("demo", "--into", tmp_path / "demo")
    proposed = [line.strip() for line in done.err.splitlines() if str(tmp_path / "demo") in line]
    assert len(proposed) == 3
    serve, *typed = (shlex.split(line.removeprefix(program_name(sys.argv[0]))) for line in proposed)
    monkeypatch.setattr("vaultrel.server.FeedServer.start", lambda _: signal.raise_signal(signal.SIGINT))
    assert run(*serve, "--port", "0").code == 0
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


def test_problems_of_one_kind_are_shown_together_and_the_rest_counted(run: Run, make_vault: MakeVault) -> None:
    vault = make_vault({f"People/P{number}.md": "---\ntags: [unclosed\n---\n" for number in range(5)})
    done = run("--vault", vault, "doctor")
    assert done.out.count("(unparsable)") == 3
    assert "… 2 more like it: vaultrel doctor --list" in done.out
    assert done.out.count("  fix: ") == 1
    assert run("--vault", vault, "doctor", "--list").out.count("(unparsable)") == 5


def test_the_list_names_every_note_that_is_left_out_with_why_and_what_to_do(run: Run, make_vault: MakeVault) -> None:
    notes: dict[str, str | bytes] = {
        "People/Ada Moreau.md": "Paints.\n",
        "Old/Ben.md": "x\n",
        "Templates/Person.md": "x\n",
        "Ada (conflicted copy 2026-01-02).md": "x\n",
        ".hidden.md": "x\n",
        ".trash/Gone.md": "x\n",
        "picture.png": "x\n",
        ".vaultrel/config.toml": "ignore = ['Old']\n",
    }
    vault = make_vault(notes)
    assert "4 notes left out on purpose: vaultrel doctor --list" in run("--vault", vault, "doctor").out
    listed = run("--vault", vault, "doctor", "--list").out.partition("Left out on purpose:\n")[2]
    assert [line[2:] for line in listed.splitlines() if line.startswith("· ")] == [
        "Ada (conflicted copy 2026-01-02).md  a sync program left it as a second copy of a note (conflict-copy)",
        ".hidden.md  it is in, or is itself, a hidden file or folder (its name starts with a dot) (dot-folder)",
        "Old/Ben.md  your settings, or Obsidian's excluded files, leave it out (ignored)",
        "Templates/Person.md  it is a template (template-folder)",
    ]
    assert listed.count("  to have it read: ") == 4
    assert run("--vault", vault, "doctor", "--json").json["left_out"][0] == {"path": ".hidden.md", "code": "dot-folder"}


@pytest.mark.parametrize("reason", sorted(set(SKIP_REASONS) - {"not-markdown"}))
def test_every_reason_to_leave_a_note_out_says_how_to_have_it_read(reason: str) -> None:
    assert reason in TO_READ_THEM


def test_a_vault_that_cannot_be_written_is_said_with_its_fix(on_vault: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FileSystemStore, "writable_reason", lambda _store: "its disk is mounted read-only")
    assert "nothing can be written: its disk is mounted read-only\n  fix: Allow writing" in on_vault("doctor").out


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
