"""Commands that hand the result to other programs: feed, export, serve."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import jsonschema

from vaultrel.outputs import OUTPUTS

if TYPE_CHECKING:
    from tests.cli.conftest import Run


def test_the_feed_has_a_private_address_that_stays(run: Run, vault: Path) -> None:
    first = run("--vault", vault, "feed", "--url").out
    assert first.startswith("http://127.0.0.1:8137/feed/")
    assert first.endswith("/followups.ics\n")
    assert run("--vault", vault, "feed", "--url").out == first
    assert first.strip() in run("--vault", vault, "feed").out


def test_the_feed_is_a_file_too(run: Run, vault: Path) -> None:
    path = run("--vault", vault, "feed", "--path").out
    assert path == f"{vault}/vaultrel/followups.ics\n"
    assert "There is no feed yet" in run("--vault", vault, "feed").err
    run("--vault", vault, "scan")
    assert Path(path.strip()).is_file()


def test_where_the_vault_may_not_be_written_the_file_is_this_computer_s_own(run: Run, vault: Path) -> None:
    (vault / ".vaultrel").mkdir()
    (vault / ".vaultrel/config.toml").write_text('write = "nothing"\n')
    run("--vault", vault, "scan")
    path = Path(run("--vault", vault, "feed", "--path").out.strip())
    assert path.read_bytes().startswith(b"BEGIN:VCALENDAR")
    assert vault not in path.parents


def test_the_json_export_keeps_to_the_schema_it_prints(on_vault: Run, run: Run) -> None:
    schema = json.loads(run("export", "json", "--print-schema").out)
    answer = on_vault("export", "json").json
    jsonschema.validate(answer, schema)
    assert [person["name"] for person in answer["people"]] == [
        "Ada Moreau",
        "Ben Okoro",
        "Broken",
        "Dan Hale",
        "Dan Weiss",
    ]


def test_an_export_goes_to_a_file_when_named(on_vault: Run, tmp_path: Path) -> None:
    target = tmp_path / "plan.ics"
    done = on_vault("export", "ics", "-o", str(target))
    assert (done.code, done.out) == (0, "")
    assert b"Ben Okoro" in target.read_bytes()


def test_an_export_never_replaces_a_note(on_vault: Run, vault: Path) -> None:
    note = vault / "People/Ada Moreau.md"
    before = note.read_bytes()
    done = on_vault("export", "json", "-o", str(note))
    assert done.code == 2
    assert note.read_bytes() == before


def test_an_export_that_cannot_be_written_says_why(on_vault: Run, tmp_path: Path) -> None:
    done = on_vault("export", "json", "-o", str(tmp_path / "no" / "such" / "folder.json"))
    assert done.code == 5
    assert "No such file or directory" in done.err


def test_the_help_of_export_names_every_output(run: Run) -> None:
    usage = "".join(run("export", "--help").out.partition("\n\n")[0].split())
    assert sorted(usage.rpartition("]")[2].split("|")) == sorted(output.name for output in OUTPUTS)


def test_an_unknown_export_lists_the_known_ones(on_vault: Run) -> None:
    done = on_vault("export", "pdf")
    assert done.code == 2
    assert "ics" in done.err
    assert "json" in done.err
