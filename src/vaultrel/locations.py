"""Where the vault is, and where on this computer vaultrel keeps what no sync tool should see.

A shell that completes a name waits for this module: what is slow to load is imported where it is needed.
"""

from __future__ import annotations

import hashlib
import os
import stat
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Literal, TypeAlias

from vaultrel.errors import UsageError, VaultNotFoundError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

PrivateFile: TypeAlias = Literal[
    "feed",
    "feed-people",
    "feed-token",
    "page-token",
    "namespace",
    "last-scan",
    "root",
    "names",
    "watching",
    "vdir",
    "rendered",
]
"""The feed as last published, whose events are whose, the secret part of its address and of the web page's, the
namespace of its event UIDs, the last scan's time (the file's own); where the vault is that was set up; what can be
typed for the people in it, a line each; how the daemon watches; what was written into the folder of `feed.vdir`;
of what the feeds were rendered last."""

CONFIG_FILE = ".vaultrel/config.toml"
"""The user's settings, in the vault."""

VAULT_MARKERS = (".obsidian", ".vaultrel")
"""A folder that holds one of these is taken for a vault when none was named."""


class Locations:
    """The folders of one vault outside the vault: `state` is kept, `cache` can be deleted at any time."""

    __slots__ = ("cache", "state")

    def __init__(self, state: Path, cache: Path) -> None:
        self.state = state
        self.cache = cache

    @property
    def index(self) -> Path:
        """What was read at the last run."""
        return self.cache / "index.sqlite"

    @property
    def lock(self) -> Path:
        """Held by the one process that writes to the vault."""
        return self.state / "writer.lock"

    @property
    def journal(self) -> Path:
        """What was written, for undo."""
        return self.state / "journal"

    def private(self, name: PrivateFile, feed: str = "") -> Path:
        """A small file of one vault that only its owner may read; `feed` names the feed it is of, but for the first."""
        return self.state / (f"{name}.{feed}" if feed else name)


def locations_for(root: Path) -> Locations:
    """The folders that belong to the vault at `root`, told apart by its real path."""
    from pathlib import Path

    return Locations(state=Path(state_folder(str(root))), cache=Path(cache_folder(str(root))))


def state_folder(root: str) -> str:
    """The folder of what is kept for the vault at `root`; see `Locations`."""
    return f"{_states()}/{_key(root)}"


def cache_folder(root: str) -> str:
    """The folder of what is remembered of the vault at `root`, and can be deleted at any time; see `Locations`."""
    return f"{_user_folder('cache')}/{_key(root)}"


def _key(root: str) -> str:
    real = os.path.realpath(root).encode("utf-8", "surrogateescape")
    return f"{os.path.basename(root)}-{hashlib.sha256(real).hexdigest()[:12]}"


def _states() -> str:
    """Where the state of every vault is, a folder each."""
    return f"{_user_folder('state')}/vaults"


def _user_folder(kind: Literal["cache", "state"]) -> str:
    """Where this system keeps files of vaultrel's own; on Linux as the XDG Base Directory Specification has it."""
    if sys.platform == "linux":
        # What platformdirs says too; but loading that takes longer than all the rest of a short run.
        folder = os.environ.get(f"XDG_{kind.upper()}_HOME", "")
        if not folder.startswith("/") and os.environ.get("HOME", "").startswith("/"):
            folder = os.path.expanduser("~/.cache" if kind == "cache" else "~/.local/state")
        if folder.startswith("/"):
            return os.path.join(folder, "vaultrel")
    import platformdirs

    tell = platformdirs.user_cache_dir if kind == "cache" else platformdirs.user_state_dir
    return tell("vaultrel", appauthor=False)


def find_vault(named: str | None, environment: Mapping[str, str], working_folder: Path) -> Path:
    """`find_root` for those who work with `Path`."""
    return type(working_folder)(find_root(named, environment, str(working_folder)))


def find_root(named: str | None, environment: Mapping[str, str], working_folder: str) -> str:
    """The folder of the vault to work on.

    In this order: the one named, `VAULTREL_VAULT`, the nearest folder at or above the working folder
    that holds `.obsidian` or `.vaultrel`, the only vault that vaultrel was set up for on this computer, the only one
    that Obsidian knows here.

    Raises:
        VaultNotFoundError: the folder named does not exist, or nothing was named and none was found.
        UsageError: nothing was named, and there is more than one to choose from.
    """
    chosen = named or environment.get("VAULTREL_VAULT")
    if chosen:
        return _named_root(os.path.expanduser(chosen))
    for folder in _above(working_folder):
        if any(os.path.isdir(os.path.join(folder, marker)) for marker in VAULT_MARKERS):
            return folder
    for knower, list_known in (("vaultrel", vaults_set_up), ("Obsidian", _vaults_of_obsidian)):
        known = list_known()
        if len(known) == 1:
            return known[0]
        if known:
            listed = "\n".join(f"  vaultrel --vault {vault!r}" for vault in known)
            raise UsageError(f"{knower} knows {len(known)} vaults here.", next_step=f"Say which one:\n{listed}")
    raise VaultNotFoundError(working_folder, "neither it nor a folder above it holds .obsidian or .vaultrel")


def _named_root(named: str) -> str:
    try:
        if stat.S_ISDIR(os.stat(named).st_mode):
            return os.path.realpath(named)
        reason = "that is a file, not a folder"
    except (FileNotFoundError, NotADirectoryError, ValueError):
        reason = "there is no folder with that name"
    except OSError as error:
        reason = error.strerror or "it cannot be reached"
    raise VaultNotFoundError(named, reason)


def _above(folder: str) -> Iterator[str]:
    """The folder and all above it, the nearest first."""
    yield folder
    while (above := os.path.dirname(folder)) != folder:
        yield (folder := above)


def vaults_set_up() -> tuple[str, ...]:
    """The vaults that `vaultrel init` or a scan knows on this computer and that still exist."""
    states, found = _states(), []
    with suppress(OSError):  # there are none yet
        for key in os.listdir(states):
            # One that cannot be read, or holds no text, names nothing.
            with (
                suppress(OSError, ValueError),
                open(f"{states}/{key}/root", encoding="utf-8", errors="surrogateescape") as record,
            ):
                found.append(record.read().removesuffix("\n"))
    return tuple(sorted(root for root in found if _is_folder(root)))


def _vaults_of_obsidian() -> tuple[str, ...]:
    return tuple(str(vault) for vault in obsidian_vaults(obsidian_registers()))


def obsidian_registers() -> tuple[Path, ...]:
    """Where Obsidian keeps its register of vaults: where this system has settings, or where Flatpak or Snap put it."""
    from pathlib import Path

    import platformdirs

    usual = platformdirs.user_config_path("obsidian", appauthor=False, roaming=True)
    boxed = (".var/app/md.obsidian.Obsidian/config/obsidian", "snap/obsidian/current/.config/obsidian")
    return tuple(folder / "obsidian.json" for folder in (usual, *(Path.home() / place for place in boxed)))


def obsidian_vaults(registers: Sequence[Path]) -> tuple[Path, ...]:
    """The vaults in Obsidian's own registers that still exist; a register that cannot be read names none."""
    import json
    from pathlib import Path

    found: set[Path] = set()
    for register in registers:
        try:
            vaults = json.loads(register.read_bytes())["vaults"].values()
            found.update(Path(vault["path"]) for vault in vaults)
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            continue
    return tuple(sorted(path for path in found if _is_folder(str(path))))


def _is_folder(path: str) -> bool:
    """Whether it is a whole path to a folder that is there."""
    return os.path.isabs(path) and os.path.isdir(path)
