"""`vaultrel service`: the daemon as a service that the operating system starts when you log in."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

import click

from vaultrel.cli.session import Session, VaultCommand, shared_option
from vaultrel.errors import SafetyError, UsageError, VaultrelError

if TYPE_CHECKING:
    from vaultrel.app import Vault
    from vaultrel.service import Command, ServicePlan

Action: TypeAlias = Literal["install", "uninstall", "status", "logs", "print"]

START_YOURSELF = "Start the daemon yourself, or by what your system has for it: vaultrel watch --serve"


class NoManagerError(UsageError):
    """A program that manages services is not on this computer."""

    def __init__(self, program: str) -> None:
        self.program = program
        super().__init__(
            f"There is no {program} here: services are made for systemd, launchd and Windows' Task Scheduler.",
            next_step=START_YOURSELF,
        )


class NotInstalledError(UsageError):
    """The vault has no service on this computer."""

    def __init__(self, file: Path) -> None:
        self.file = file
        super().__init__(
            f"This vault has no service: there is no {file}.", next_step="Make one: vaultrel service install"
        )


class NoLogsError(UsageError):
    """The system's manager keeps nothing of what a service says."""

    def __init__(self, manager: str) -> None:
        self.manager = manager
        super().__init__(f"{manager} keeps nothing of what a task says.", next_step="To see it: vaultrel watch --serve")


class ForeignServiceError(SafetyError):
    """A file that vaultrel did not write stands where its own would."""

    def __init__(self, file: Path) -> None:
        self.file = file
        super().__init__(
            f"{file} was not written by vaultrel, or was changed in its first line. It was left as it is.",
            next_step="Move it away, then run the command again.",
        )


class ManagerFailedError(VaultrelError):
    """The system's manager did not do what it was asked."""

    def __init__(self, manager: str, command: Command, said: str) -> None:
        self.command = command
        super().__init__(
            f"{' '.join(command)} failed: {said.strip() or 'it did not say why'}",
            next_step=f"A user's services need a session of theirs with {manager}; log in, then try again.",
        )


@click.command("service", cls=VaultCommand)
@click.argument("action", type=click.Choice(["install", "uninstall", "status", "logs", "print"]))
@shared_option("vault")
@click.pass_obj
def command(session: Session, action: Action) -> int:
    """Run the daemon whenever you are logged in (systemd, launchd, Task Scheduler).

    ACTION is install, uninstall, status, logs, or print, which shows the description that the system gets and does
    nothing. Under systemd the service is shut in: it can write to the vault, to vaultrel's own folders and to those
    that publish_to and vdir name, and nowhere else.
    """
    with session.open_vault() as vault:
        executable = _executable()
        plan = _plan(vault, executable)
        if action == "print":
            session.print_file(plan.content)
            return 0
        if action == "install":
            _install(vault, executable, plan)
            session.out.line(("✓ ", "good"), f"{plan.name} runs now, and whenever you log in.")
            session.talk.line("The calendar's address: ", ("vaultrel feed --url", "strong"))
            return 0
    _check_ours(plan)
    if action == "uninstall":
        _run_all(plan, plan.uninstall)
        plan.file.unlink()
        _run_all(plan, plan.after)
        session.out.line(("✓ ", "good"), f"{plan.name} is stopped and removed. Notes and feed stay as they are.")
        return 0
    if action == "logs" and not plan.logs:
        raise NoLogsError(plan.manager)
    return int(_show(plan.status if action == "status" else plan.logs) != 0)


def _plan(vault: Vault, executable: Path) -> ServicePlan:
    """The vault's service, as the manager of this system wants it."""
    import platformdirs

    from vaultrel.service import launchd_plan, systemd_plan, windows_plan

    assert vault.root is not None
    assert vault.locations is not None
    if _system() == "darwin":
        return launchd_plan(executable, vault.root, vault.locations, Path.home(), os.getuid())
    if _system() == "win32":
        user = f"{os.environ.get('USERDOMAIN', '.')}\\{os.environ.get('USERNAME', '')}"
        return windows_plan(executable, vault.root, vault.locations, user)
    config_home = platformdirs.user_config_path("systemd", appauthor=False)
    return systemd_plan(executable, vault.root, vault.locations, config_home, _copy_folders(vault))


def _copy_folders(vault: Vault) -> list[Path]:
    """The folders for calendars outside the vault; what is not written as a whole path is none, which a scan tells."""
    from vaultrel.app.feed_copies import copy_target
    from vaultrel.app.vdir import vdir_path
    from vaultrel.errors import WriteRefusedError

    folders: set[Path] = set()
    for feed in vault.feeds:
        if feed.publish_to:
            with suppress(WriteRefusedError):
                folders.add(copy_target(feed.publish_to, feed.file_name).parent)
    if vault.settings.feed.vdir:
        with suppress(WriteRefusedError):
            folders.add(vdir_path(vault.settings.feed.vdir))
    return sorted(folders)


def _system() -> str:
    return sys.platform


def _executable() -> Path:
    """The `vaultrel` that belongs to the running interpreter, else the one on the search path."""
    beside = Path(sys.executable).with_name("vaultrel.exe" if _system() == "win32" else "vaultrel")
    found = beside if beside.is_file() else shutil.which("vaultrel")
    if found is None:
        raise UsageError(
            "The `vaultrel` command was not found.", next_step="Install vaultrel, then: vaultrel service install"
        )
    return Path(found).absolute()


def _install(vault: Vault, executable: Path, plan: ServicePlan) -> None:
    from vaultrel.service import check_lasting
    from vaultrel.storage.filesystem import write_private_file

    assert vault.root is not None
    check_lasting(executable, vault.root)
    if plan.file.exists():
        _check_ours(plan)
    _program(plan.status[0])
    write_private_file(plan.file, plan.content)
    for each in plan.before:
        _run(each)
    _run_all(plan, plan.install)


def _check_ours(plan: ServicePlan) -> None:
    from vaultrel.storage.filesystem import read_private_file

    if not plan.file.exists():
        raise NotInstalledError(plan.file)
    if plan.mark not in (read_private_file(plan.file) or b""):
        raise ForeignServiceError(plan.file)


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise NoManagerError(name)
    return found


def _run_all(plan: ServicePlan, commands: tuple[Command, ...]) -> None:
    for each in commands:
        done = _run(each)
        if done.returncode:
            raise ManagerFailedError(plan.manager, each, done.stderr)


def _run(each: Command) -> subprocess.CompletedProcess[str]:
    """Run one command of the manager's to its end."""
    return subprocess.run(  # noqa: S603 - the arguments are ours, and no shell reads them
        [_program(each[0]), *each[1:]], capture_output=True, text=True, errors="replace", check=False
    )


def _show(each: Command) -> int:
    """Let a command of the manager's talk to the user itself; its exit code."""
    sys.stdout.flush()
    return subprocess.run([_program(each[0]), *each[1:]], check=False).returncode  # noqa: S603 - see _run
