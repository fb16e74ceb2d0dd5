"""A service is made only of what is still there tomorrow, and what nobody else can change."""

from __future__ import annotations

from pathlib import Path

import pytest

from vaultrel.service import NotLastingError, check_lasting

VAULT = Path("/home/ada/Notes")


@pytest.mark.parametrize(
    "executable",
    [
        "/home/ada/.local/bin/vaultrel",
        "/home/ada/.local/pipx/venvs/vaultrel/bin/vaultrel",
        "/home/ada/.local/share/uv/tools/vaultrel/bin/vaultrel",
        "/home/ada/code/vaultrel/.venv/bin/vaultrel",
        "/usr/bin/vaultrel",
        "/home/ada/tmp/vaultrel",
        "/home/ada/Notes-old/vaultrel",
    ],
)
def test_a_lasting_program_is_taken(executable: str) -> None:
    check_lasting(Path(executable), VAULT)


@pytest.mark.parametrize(
    "executable",
    [
        "/home/ada/.cache/uv/archive-v0/Xk3/bin/vaultrel",
        "/srv/uv-cache/archive-v0/Xk3/bin/vaultrel",
        "/home/ada/.cache/pipx/5f0/bin/vaultrel",
        "/home/ada/.local/pipx/.cache/5f0/bin/vaultrel",
        "/Users/ada/Library/Caches/uv/Xk3/bin/vaultrel",
        "/tmp/venv/bin/vaultrel",
        "/var/tmp/venv/bin/vaultrel",
        "/dev/shm/vaultrel",
        "/run/user/1000/vaultrel",
        "/home/ada/Notes/.venv/bin/vaultrel",
    ],
)
def test_a_program_that_may_be_gone_or_changed_tomorrow_is_refused(executable: str) -> None:
    with pytest.raises(NotLastingError):
        check_lasting(Path(executable), VAULT)


def test_a_link_to_a_throw_away_program_is_refused_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vaultrel.service.lasting.TEMPORARY_FOLDERS", ())
    real = tmp_path / ".cache/uv/vaultrel"
    real.parent.mkdir(parents=True)
    real.touch()
    link = tmp_path / "vaultrel"
    link.symlink_to(real)
    with pytest.raises(NotLastingError):
        check_lasting(link, VAULT)
    check_lasting(tmp_path / "other", VAULT)


def test_a_vault_in_a_temporary_folder_gets_no_service() -> None:
    with pytest.raises(NotLastingError, match="The vault"):
        check_lasting(Path("/usr/bin/vaultrel"), Path("/tmp/demo/Notes"))
