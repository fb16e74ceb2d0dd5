"""`vaultrel service`: the daemon as a service that systemd starts when you log in."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

import click

from vaultrel.cli.session import Session, VaultCommand, shared_option
from vaultrel.errors import SafetyError, UsageError, VaultrelError

if TYPE_CHECKING:
    from vaultrel.app import Vault

Action: TypeAlias = Literal["install", "uninstall", "status", "logs", "print"]

LOG_LINES = 100


class NoSystemdError(UsageError):
    """A program of systemd's is not on this computer."""

    def __init__(self, program: str) -> None:
        self.program = program
        super().__init__(
            f"There is no {program} here: services are made for systemd only, in this release.",
            next_step="Start the daemon yourself, or by what your system has for it: vaultrel watch --serve",
        )


class NotInstalledError(UsageError):
    """The vault has no service on this computer."""

    def __init__(self, unit: Path) -> None:
        self.unit = unit
        super().__init__(f"This vault has no service: there is no {unit}.", next_step="vaultrel service install")


class ForeignUnitError(SafetyError):
    """A file that vaultrel did not write stands where its unit would."""

    def __init__(self, unit: Path) -> None:
        self.unit = unit
        super().__init__(
            f"{unit} was not written by vaultrel, or was changed in its first line. It was left as it is.",
            next_step="Move it away, then run the command again.",
        )


class SystemdFailedError(VaultrelError):
    """systemd did not do what it was asked."""

    def __init__(self, command: tuple[str, ...], said: str) -> None:
        self.command = command
        super().__init__(
            f"{' '.join(command)} failed: {said.strip() or 'it did not say why'}",
            next_step="A user's services need a login session with systemd; `systemctl --user status` says more.",
        )


@click.command("service", cls=VaultCommand)
@click.argument("action", type=click.Choice(["install", "uninstall", "status", "logs", "print"]))
@shared_option("vault")
@click.pass_obj
def command(session: Session, action: Action) -> int:
    """Run the daemon whenever you are logged in (systemd).

    ACTION is install, uninstall, status, logs, or print, which shows the unit and does nothing. The service is shut
    in: it can write to the vault and to vaultrel's own folders, and nowhere else.
    """
    from vaultrel.service import systemd_unit, unit_name

    with session.open_vault() as vault:
        assert vault.root is not None
        assert vault.locations is not None
        name = unit_name(vault.locations)
        file = _unit_folder() / name
        if action in {"install", "print"}:
            executable = _executable()
            unit = systemd_unit(str(executable), str(vault.root), vault.locations).encode()
            if action == "print":
                session.print_file(unit)
                return 0
            _install(vault, executable, file, unit)
            session.out.line(("✓ ", "good"), f"{name} runs now, and whenever you log in.")
            session.talk.line("The calendar's address: ", ("vaultrel feed --url", "strong"))
            return 0
    _check_ours(file)
    if action == "uninstall":
        _run("systemctl", "--user", "disable", "--now", name)
        file.unlink()
        _run("systemctl", "--user", "daemon-reload")
        session.out.line(("✓ ", "good"), f"{name} is stopped and removed. Notes and feed stay as they are.")
        return 0
    if action == "status":
        return int(_show("systemctl", "--user", "--no-pager", "--lines=0", "status", name) != 0)
    return int(_show("journalctl", "--no-pager", "--quiet", f"--lines={LOG_LINES}", "--user-unit", name) != 0)


def _unit_folder() -> Path:
    import platformdirs

    return platformdirs.user_config_path("systemd", appauthor=False) / "user"


def _executable() -> Path:
    """The `vaultrel` that belongs to the running interpreter, else the one on the search path."""
    beside = Path(sys.executable).with_name("vaultrel")
    found = beside if beside.is_file() else shutil.which("vaultrel")
    if found is None:
        raise UsageError(
            "The `vaultrel` command was not found.", next_step="Install vaultrel, then: vaultrel service install"
        )
    return Path(found).absolute()


def _install(vault: Vault, executable: Path, file: Path, unit: bytes) -> None:
    from vaultrel.service import check_lasting
    from vaultrel.storage.filesystem import write_private_file

    assert vault.root is not None
    check_lasting(executable, vault.root)
    if file.exists():
        _check_ours(file)
    _program("systemctl")
    write_private_file(file, unit)
    _run("systemctl", "--user", "daemon-reload")
    _run("systemctl", "--user", "enable", file.name)
    _run("systemctl", "--user", "restart", file.name)


def _check_ours(file: Path) -> None:
    from vaultrel.service import UNIT_MARK
    from vaultrel.storage.filesystem import read_private_file

    if not file.exists():
        raise NotInstalledError(file)
    if not (read_private_file(file) or b"").startswith(f"{UNIT_MARK}\n".encode()):
        raise ForeignUnitError(file)


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise NoSystemdError(name)
    return found


def _run(*command: str) -> None:
    """Run one command of systemd's to its end."""
    done = subprocess.run(  # noqa: S603 - the arguments are ours, and no shell reads them
        [_program(command[0]), *command[1:]], capture_output=True, text=True, errors="replace", check=False
    )
    if done.returncode:
        raise SystemdFailedError(command, done.stderr)


def _show(*command: str) -> int:
    """Let a command of systemd's talk to the user itself; its exit code."""
    sys.stdout.flush()
    return subprocess.run([_program(command[0]), *command[1:]], check=False).returncode  # noqa: S603 - see _run
