"""Which vault a command works on, and where its state is kept."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import platformdirs
import pytest

from vaultrel.errors import UsageError, VaultNotFoundError
from vaultrel.locations import find_vault, locations_for, obsidian_vaults

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("home")


def _register(*vaults: Path) -> None:
    register = platformdirs.user_config_path("obsidian", appauthor=False) / "obsidian.json"
    register.parent.mkdir(parents=True, exist_ok=True)
    register.write_text(json.dumps({"vaults": {str(number): {"path": str(v)} for number, v in enumerate(vaults)}}))


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


@pytest.mark.parametrize("text", ["", "[]", '{"vaults": 3}', '{"vaults": {"a": {}}}', "\xff"])
def test_a_register_that_cannot_be_read_names_no_vault(tmp_path: Path, text: str) -> None:
    register = tmp_path / "obsidian.json"
    register.write_text(text)
    assert obsidian_vaults(register) == ()


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


def test_a_vault_reached_through_a_link_is_the_same_vault(tmp_path: Path) -> None:
    (tmp_path / "Notes").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "Notes")
    assert locations_for(tmp_path / "link").state.name.endswith(locations_for(tmp_path / "Notes").state.name[-12:])
