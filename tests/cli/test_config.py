"""`vaultrel config`, and `--config`."""

from __future__ import annotations

import json
import stat
import tomllib
from typing import TYPE_CHECKING

import pytest

from vaultrel.cli.config import setting_keys
from vaultrel.cli.settings_file import ChangedMeanwhileError, write_settings_file
from vaultrel.settings import DEFAULT_SETTINGS

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Run

MINE = """\
# Who I am.
me = ["Sam Reed", "me"]   # two ways

[plan]
# calm weeks
per_week = 3
"""


@pytest.fixture
def config(vault: Path) -> Path:
    """The settings file of the small vault, with the user's comments."""
    file = vault / ".vaultrel/config.toml"
    file.parent.mkdir()
    file.write_text(MINE)
    return file


def test_where_the_settings_are_is_said_whether_they_are_there_or_not(run: Run, vault: Path) -> None:
    assert run("--vault", vault, "config", "path").out == f"{vault}/.vaultrel/config.toml\n"


def test_the_list_names_every_setting_and_which_are_defaults(run: Run, vault: Path, config: Path) -> None:
    lines = run("--vault", vault, "config", "list").out.splitlines()
    assert run("--vault", vault, "config").out.splitlines() == lines
    assert [line.partition(" = ")[0] for line in lines] == [key for key, _ in setting_keys()]
    assert "plan.per_week = 3" in lines
    assert "plan.per_day = 2  # default" in lines


@pytest.mark.parametrize(
    ("key", "shown"),
    [("plan.per_week", "3"), ("plan.per_day", "2"), ("me", '["Sam Reed", "me"]'), ("write", '"fields"')],
)
def test_one_setting_is_printed_as_it_is_written(run: Run, vault: Path, config: Path, key: str, shown: str) -> None:
    assert run("--vault", vault, "config", "get", key).out == f"{shown}\n"


def test_a_table_is_printed_setting_by_setting(run: Run, vault: Path, config: Path) -> None:
    done = run("--vault", vault, "config", "get", "plan")
    assert done.out.startswith("plan.per_week = 3\nplan.per_day = 2  # default\n")


def test_setting_one_changes_one_line_and_keeps_the_comments(run: Run, vault: Path, config: Path) -> None:
    done = run("--vault", vault, "config", "set", "plan.per_week", "4")
    assert done.code == 0
    assert "plan.per_week = 4   (was 3)" in done.err
    assert config.read_text() == MINE.replace("per_week = 3", "per_week = 4")


def test_the_file_keeps_its_permissions_and_nothing_is_left_beside_it(run: Run, vault: Path, config: Path) -> None:
    config.chmod(0o640)
    assert run("--vault", vault, "config", "set", "plan.per_week", "4").code == 0
    assert stat.S_IMODE(config.stat().st_mode) == 0o640
    assert [file.name for file in config.parent.iterdir()] == ["config.toml"]


def test_a_file_that_somebody_else_writes_at_that_moment_is_left_as_it_is(
    config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ChangedMeanwhileError):
        write_settings_file(config, b"as it was\n", b"new\n")
    monkeypatch.setattr("vaultrel.cli.settings_file.read_raw", lambda _file: b"as it was\n")
    with pytest.raises(ChangedMeanwhileError):
        write_settings_file(config, b"as it was\n", b"new\n")
    assert config.read_text() == MINE


def test_the_first_setting_makes_the_file(run: Run, vault: Path) -> None:
    assert run("--vault", vault, "config", "set", "feed.privacy", "names").code == 0
    assert tomllib.loads((vault / ".vaultrel/config.toml").read_text()) == {"feed": {"privacy": "names"}}


@pytest.mark.parametrize(
    ("key", "typed", "value"),
    [
        ("plan.per_week", "7", 7),
        ("watch.quiet_seconds", "2.5", 2.5),
        ("people.plain_names", "true", True),
        ("folder", "People stuff", "People stuff"),
        ("folder", "2026", "2026"),
        ("folder", '"quoted"', "quoted"),
        ("me", "Sam Reed, Sam", ["Sam Reed", "Sam"]),
        ("me", '["Reed, Sam"]', ["Reed, Sam"]),
        ("ignore", "", []),
        ("plan.quiet_days", "sun", ["sun"]),
        ("phrases.months", "I II III IV V VI VII VIII IX X XI XII", "I II III IV V VI VII VIII IX X XI XII"),
        ("contact.fields.tea", "meeting:mutual", "meeting:mutual"),
        ("feeds.work.circle", "work", ["work"]),
    ],
)
def test_a_value_is_typed_plainly_or_as_toml(run: Run, vault: Path, key: str, typed: str, value: object) -> None:
    done = run("--vault", vault, "config", "set", key, typed)
    assert done.code == 0, done.err
    found: object = tomllib.loads((vault / ".vaultrel/config.toml").read_text())
    for part in key.split("."):
        assert isinstance(found, dict)
        found = found[part]
    assert found == value


@pytest.mark.parametrize(
    ("key", "typed", "said"),
    [
        ("plan.per_wek", "3", "Did you mean plan.per_week?"),
        ("per_week", "3", "Did you mean plan.per_week?"),
        ("obsidian.daily", "x", "There is no setting 'obsidian.daily'"),
        ("feeds.work.cirle", "x", "There is no setting 'feeds.work.cirle'"),
        ("write", "filds", "`write`: there is no choice 'filds'; did you mean 'fields'?"),
        ("plan.quiet_days", "sunday, fri", "did you mean 'sun'?"),
        ("plan.per_week", "0", "`plan.per_week`: a whole number of at least 1 is wanted"),
        ("feed.port", "many", "`feed.port`: a whole number is wanted, not text"),
        ("phrases.moths", "x", "there is no such phrase; did you mean `months`?"),
        ("phrases.months", "x", "must be twelve words"),
        ("strength_model", "two", "known models: two-memories"),
        ("feeds.CON.circle", "x", "`feeds.CON`"),
    ],
)
def test_what_cannot_be_is_named_with_its_key_and_the_nearest_right_one(
    run: Run, vault: Path, config: Path, key: str, typed: str, said: str
) -> None:
    done = run("--vault", vault, "config", "set", key, typed)
    assert done.code == 2
    assert said in done.err
    assert "Nothing was written." in done.err
    assert config.read_text() == MINE


def test_a_file_that_cannot_be_used_already_is_not_made_worse(run: Run, vault: Path, config: Path) -> None:
    config.write_text("wirte = 1\n")
    done = run("--vault", vault, "config", "set", "plan.per_week", "4")
    assert done.code == 2
    assert "unknown key `wirte`; did you mean `write`?" in done.err
    assert config.read_text() == "wirte = 1\n"


@pytest.mark.parametrize("content", [b"me = [\n", b"\xff\xfe", b"a = 1\na = 2\n"])
def test_a_file_that_is_no_toml_is_named(run: Run, vault: Path, config: Path, content: bytes) -> None:
    config.write_bytes(content)
    for words in (["list"], ["get", "me"], ["set", "me", "Sam"]):
        done = run("--vault", vault, "config", *words)
        assert done.code == 2
        assert f"{config} cannot be used" in done.err
    assert config.read_bytes() == content


def test_a_settings_file_that_leads_out_of_the_vault_is_not_written(run: Run, vault: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (vault / ".vaultrel").symlink_to(outside)
    done = run("--vault", vault, "config", "set", "me", "Sam")
    assert done.code == 4
    assert list(outside.iterdir()) == []


@pytest.mark.parametrize(
    "words", [["get"], ["set", "me"], ["list", "me"], ["path", "me"], ["get", "me", "Sam"], ["mend"]]
)
def test_too_few_or_too_many_words_are_a_usage_error(run: Run, vault: Path, words: list[str]) -> None:
    assert run("--vault", vault, "config", *words).code == 2


def test_the_json_answer_tells_what_is_set(run: Run, vault: Path, config: Path) -> None:
    answer = run("--vault", vault, "config", "get", "plan.per_week", "--json").json
    assert answer == {
        "schema": "vaultrel.config/1",
        "file": str(config),
        "settings": {"plan.per_week": {"value": 3, "set": True}},
    }
    everything = run("--vault", vault, "config", "list", "--json").json["settings"]
    assert everything["plan.per_day"] == {"value": DEFAULT_SETTINGS.plan.per_day, "set": False}


def test_other_settings_can_be_used_for_one_run(run: Run, vault: Path, config: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.toml"
    other.write_text('me = ["Ada Moreau"]\n')
    names = [person["name"] for person in run("--vault", vault, "--config", other, "people", "--json").json["people"]]
    assert "Ada Moreau" not in names
    assert run("--config", other, "--vault", vault, "config", "get", "me").out == '["Ada Moreau"]\n'
    assert run("--config", other, "--vault", vault, "config", "path").out == f"{other}\n"
    run("--config", other, "--vault", vault, "config", "set", "plan.per_week", "9")
    assert tomllib.loads(other.read_text()) == {"me": ["Ada Moreau"], "plan": {"per_week": 9}}
    assert config.read_text() == MINE


@pytest.mark.parametrize(("content", "said"), [(None, "no such file"), ("x = 1\n", "unknown key `x`"), ("=", "TOML")])
def test_settings_for_one_run_that_cannot_be_used_stop_it(
    run: Run, vault: Path, tmp_path: Path, content: str | None, said: str
) -> None:
    other = tmp_path / "other.toml"
    if content is not None:
        other.write_text(content)
    done = run("--vault", vault, "--config", other, "today")
    assert done.code == 2
    assert said in done.err


def test_the_answer_goes_to_standard_output_and_the_talk_does_not(run: Run, vault: Path) -> None:
    assert run("--vault", vault, "config", "set", "me", "Sam").out == ""
    assert json.loads(run("--vault", vault, "config", "set", "me", "Sam", "--json").out)["settings"]["me"]["set"]
