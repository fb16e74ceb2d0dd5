"""What the settings file may say, and what is said when it says something else."""

from __future__ import annotations

import pytest

from vaultrel.errors import SettingsError
from vaultrel.settings import DEFAULT_SETTINGS, parse_settings


def test_an_empty_file_gives_the_defaults() -> None:
    assert parse_settings({}, "config.toml") == DEFAULT_SETTINGS


def test_values_given_replace_defaults_and_leave_the_rest() -> None:
    settings = parse_settings({"write": "folder", "plan": {"per_week": 3}}, "config.toml")
    assert (settings.write, settings.plan.per_week) == ("folder", 3)
    assert settings.plan.per_day == DEFAULT_SETTINGS.plan.per_day


def test_every_problem_is_named_at_once_with_the_nearest_key() -> None:
    with pytest.raises(SettingsError) as caught:
        parse_settings({"wirte": "fields", "plan": {"per_weak": 3, "per_day": 2}, "feed": 7}, "config.toml")
    message = str(caught.value)
    assert "unknown key `wirte`; did you mean `write`?" in message
    assert "unknown key `plan.per_weak`; did you mean `plan.per_week`?" in message
    assert "`feed` must be a table" in message
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("table", "key"),
    [
        ({"write": "everything"}, "`write`"),
        ({"plan": {"per_week": 0}}, "`plan.per_week`"),
        ({"plan": {"per_week": "five"}}, "`plan.per_week`"),
        ({"feed": {"port": 70000}}, "`feed.port`"),
        ({"me": "Sam"}, "`me`"),
        ({"watch": {"quiet_seconds": -1}}, "`watch.quiet_seconds`"),
    ],
)
def test_a_wrong_value_is_named_with_its_key_and_file(table: dict[str, object], key: str) -> None:
    with pytest.raises(SettingsError, match="Nothing was written") as caught:
        parse_settings(table, ".vaultrel/config.toml")
    assert key in str(caught.value)
    assert ".vaultrel/config.toml" in str(caught.value)


def test_wrong_values_in_two_tables_are_both_named() -> None:
    with pytest.raises(SettingsError) as caught:
        parse_settings({"plan": {"per_day": 0}, "feed": {"alarm": "noon"}}, "config.toml")
    assert len(caught.value.problems) == 2


def test_what_obsidian_says_cannot_be_set_by_hand() -> None:
    with pytest.raises(SettingsError, match="read from the vault's own"):
        parse_settings({"obsidian": {"ignored": ["x"]}}, "config.toml")
