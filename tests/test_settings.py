"""What the settings file may say, and what is said when it says something else."""

from __future__ import annotations

import pytest

from vaultrel.errors import SettingsError
from vaultrel.settings import DEFAULT_SETTINGS, FurtherFeedSettings, parse_settings


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


def test_a_further_feed_says_only_what_is_its_own() -> None:
    settings = parse_settings({"feeds": {"family": {"circle": ["weekly"], "privacy": "names"}}}, "config.toml")
    assert settings.feeds["family"] == FurtherFeedSettings(circle=("weekly",), privacy="names")
    assert settings.feeds["family"].alarm is None


def test_problems_of_further_feeds_are_named_with_the_feed() -> None:
    feeds = {"work": {"bands": ["warm"]}, "home": 7}
    with pytest.raises(SettingsError) as caught:
        parse_settings({"feeds": feeds}, "config.toml")
    assert "unknown key `feeds.work.bands`; did you mean `feeds.work.band`?" in str(caught.value)
    assert "`feeds.home` must be a table, as in [feeds.home]" in str(caught.value)


@pytest.mark.parametrize(
    ("feeds", "key"),
    [
        ({"work": {"band": ["hot"]}}, "`feeds.work.band`"),
        ({"work": {"kind": "first"}}, "`feeds.work.kind`"),
        ({"work": {"publish_mode": "777"}}, "`feeds.work.publish_mode`"),
        (7, "`feeds`"),
        ({"Work": {}}, "`feeds.Work`"),
        ({"": {}}, "`feeds.`"),
        ({"../people": {}}, "`feeds.../people`"),
        ({"-work": {}}, "`feeds.-work`"),
        ({"work\n": {}}, "`feeds.work\n`"),
        ({"w" * 41: {}}, "`feeds.ww"),
        ({"followups": {}}, "`feeds.followups`"),
        ({"publish": {}}, "`feeds.publish`"),
        ({"nul": {}}, "`feeds.nul`"),
    ],
)
def test_a_further_feed_has_a_name_fit_for_a_file_and_right_values(feeds: object, key: str) -> None:
    with pytest.raises(SettingsError) as caught:
        parse_settings({"feeds": feeds}, "config.toml")
    assert key in str(caught.value)


def test_no_two_copies_go_to_one_file() -> None:
    to = {"publish_to": "~/Sync/mine.ics"}
    with pytest.raises(SettingsError) as caught:
        parse_settings({"feed": to, "feeds": {"work": to, "family": {"publish_to": "~/Sync"}}}, "config.toml")
    assert caught.value.problems == ("`feeds.work.publish_to`: the copy of `feed` goes to that file; name another",)
    folder = {"publish_to": "~/Sync"}
    assert len(parse_settings({"feed": folder, "feeds": {"work": folder, "family": folder}}, "config.toml").feeds) == 2
