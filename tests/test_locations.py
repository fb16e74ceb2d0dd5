"""Which vault a command works on, and where its state is kept."""

from __future__ import annotations

import json
import pkgutil
import sys
from pathlib import Path

import platformdirs
import pytest

from vaultrel.errors import UsageError, VaultNotFoundError
from vaultrel.locations import (
    cache_folder,
    find_vault,
    locations_for,
    obsidian_registers,
    obsidian_vaults,
    state_folder,
)

pytestmark = pytest.mark.usefixtures("home")


def _register(*vaults: Path, number: int = 0) -> None:
    """Let Obsidian know these vaults, in one of the places where it may keep its register."""
    register = obsidian_registers()[number]
    register.parent.mkdir(parents=True, exist_ok=True)
    register.write_text(json.dumps({"vaults": {str(number): {"path": str(v)} for number, v in enumerate(vaults)}}))


def _set_up(vault: Path) -> None:
    """Let vaultrel remember that this vault was set up."""
    record = locations_for(vault).private("root")
    record.parent.mkdir(parents=True, exist_ok=True)
    record.write_text(f"{vault}\n")


def test_the_vault_named_comes_before_everything_else(tmp_path: Path) -> None:
    named, other = tmp_path / "named", tmp_path / "other"
    named.mkdir()
    (other / ".obsidian").mkdir(parents=True)
    assert find_vault(str(named), {"VAULTREL_VAULT": str(other)}, other) == named


def test_the_environment_comes_before_the_working_folder(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b" / ".obsidian").mkdir(parents=True)
    assert find_vault(None, {"VAULTREL_VAULT": str(tmp_path / "a")}, tmp_path / "b") == tmp_path / "a"


@pytest.mark.parametrize("marker", [".obsidian", ".vaultrel"])
def test_a_folder_inside_a_vault_leads_to_the_vault(tmp_path: Path, marker: str) -> None:
    inside = tmp_path / "vault" / "People" / "Family"
    inside.mkdir(parents=True)
    (tmp_path / "vault" / marker).mkdir()
    assert find_vault(None, {}, inside) == tmp_path / "vault"


def test_the_only_vault_obsidian_knows_is_taken(tmp_path: Path) -> None:
    (tmp_path / "vault").mkdir()
    _register(tmp_path / "vault", tmp_path / "deleted")
    assert find_vault(None, {}, tmp_path) == tmp_path / "vault"


def test_two_vaults_known_to_obsidian_are_listed_not_guessed(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    _register(tmp_path / "one", tmp_path / "two")
    with pytest.raises(UsageError, match="one") as caught:
        find_vault(None, {}, tmp_path)
    assert str(tmp_path / "two") in str(caught.value)


@pytest.mark.parametrize("number", range(3))
def test_obsidian_s_register_is_found_where_flatpak_and_snap_put_it_too(tmp_path: Path, number: int) -> None:
    (tmp_path / "vault").mkdir()
    _register(tmp_path / "vault", number=number)
    assert find_vault(None, {}, tmp_path) == tmp_path / "vault"


@pytest.mark.parametrize(
    ("system", "folder"),
    [
        ("platformdirs.unix.Unix", ".config/obsidian"),
        ("platformdirs.macos.MacOS", "Library/Application Support/obsidian"),
        ("platformdirs.windows.Windows", "AppData/Roaming/obsidian"),
    ],
)
def test_obsidian_s_register_is_where_the_system_keeps_settings(
    home: Path, monkeypatch: pytest.MonkeyPatch, system: str, folder: str
) -> None:
    monkeypatch.delenv("XDG_CONFIG_HOME")
    roaming = {"CSIDL_APPDATA": str(home / "AppData/Roaming")}
    monkeypatch.setattr("platformdirs.windows.get_win_folder", roaming.__getitem__)
    monkeypatch.setattr(platformdirs, "PlatformDirs", pkgutil.resolve_name(system))
    assert obsidian_registers()[0] == home / folder / "obsidian.json"


def test_the_only_vault_that_was_set_up_comes_before_those_obsidian_knows(tmp_path: Path) -> None:
    for name in ("mine", "other", "third"):
        (tmp_path / name).mkdir()
    _set_up(tmp_path / "mine")
    _register(tmp_path / "other", tmp_path / "third")
    assert find_vault(None, {}, tmp_path) == tmp_path / "mine"


def test_a_vault_that_was_set_up_and_is_gone_is_forgotten(tmp_path: Path) -> None:
    (tmp_path / "vault").mkdir()
    _set_up(tmp_path / "gone")
    _register(tmp_path / "vault")
    assert find_vault(None, {}, tmp_path) == tmp_path / "vault"


def test_two_vaults_that_were_set_up_are_listed_not_guessed(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        _set_up(tmp_path / name)
    with pytest.raises(UsageError, match="vaultrel knows 2 vaults here") as caught:
        find_vault(None, {}, tmp_path)
    assert f"vaultrel --vault '{tmp_path / 'two'}'" in caught.value.next_step


@pytest.mark.parametrize("text", [b"", b"relative\n", b"\x00\n", b"\xff\n", b"/\n" * 100_000])
def test_a_record_that_names_no_folder_is_passed_over(tmp_path: Path, text: bytes) -> None:
    _set_up(tmp_path)
    locations_for(tmp_path).private("root").write_bytes(text)
    with pytest.raises(VaultNotFoundError):
        find_vault(None, {}, tmp_path)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        '{"vaults": 3}',
        '{"vaults": {"a": {}}}',
        '{"vaults": {"a": {"path": 3}}}',
        '{"vaults": {"a": {"path": "relative"}}}',
        '{"vaults": {"a": {"path": "\\u0000"}}}',
        "\xff",
        "[" * 100_000,
    ],
)
def test_a_register_that_cannot_be_read_names_no_vault(tmp_path: Path, text: str) -> None:
    register = tmp_path / "obsidian.json"
    register.write_text(text)
    assert obsidian_vaults([register]) == ()


def test_a_folder_that_does_not_exist_is_said_with_the_next_step(tmp_path: Path) -> None:
    with pytest.raises(VaultNotFoundError, match="no folder with that name") as caught:
        find_vault(str(tmp_path / "nowhere"), {}, tmp_path)
    assert "--vault DIR" in caught.value.next_step
    assert caught.value.exit_code == 3


def test_a_file_is_not_a_vault(tmp_path: Path) -> None:
    (tmp_path / "note.md").write_text("x")
    with pytest.raises(VaultNotFoundError, match="a file, not a folder"):
        find_vault(str(tmp_path / "note.md"), {}, tmp_path)


def test_two_vaults_of_one_name_keep_their_state_apart(tmp_path: Path) -> None:
    assert locations_for(tmp_path / "a" / "Notes") != locations_for(tmp_path / "b" / "Notes")


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere platformdirs is asked")
@pytest.mark.parametrize("home", [None, "", "relative", "/", "/home/ada", "/home/ada/"])
@pytest.mark.parametrize("set_to", [None, "", "relative", "/elsewhere", "/elsewhere/"])
def test_state_and_cache_are_where_platformdirs_says(
    monkeypatch: pytest.MonkeyPatch, home: str | None, set_to: str | None
) -> None:
    for name, value in (("HOME", home), ("XDG_STATE_HOME", set_to), ("XDG_CACHE_HOME", set_to)):
        monkeypatch.delenv(name) if value is None else monkeypatch.setenv(name, value)
    for folder, said in ((state_folder, platformdirs.user_state_path), (cache_folder, platformdirs.user_cache_path)):
        assert Path(folder("/Notes")).is_relative_to(said("vaultrel", appauthor=False))


def test_a_vault_reached_through_a_link_is_the_same_vault(tmp_path: Path) -> None:
    (tmp_path / "Notes").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "Notes")
    assert locations_for(tmp_path / "link").state.name.endswith(locations_for(tmp_path / "Notes").state.name[-12:])
