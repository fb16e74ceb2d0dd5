"""Where the vault is, and where on this computer vaultrel keeps what no sync tool should see."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

import platformdirs

from vaultrel.errors import UsageError, VaultNotFoundError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

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
namespace of its event UIDs, the last scan's time; where the vault is that was set up; what can be typed for the people
in it, a line each; how the daemon watches; what was written into the folder of `feed.vdir`;
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
    key = f"{root.name}-{hashlib.sha256(str(root.resolve()).encode('utf-8', 'surrogateescape')).hexdigest()[:12]}"
    return Locations(state=_states() / key, cache=platformdirs.user_cache_path("vaultrel", appauthor=False) / key)


def _states() -> Path:
    """Where the state of every vault is, a folder each."""
    return platformdirs.user_state_path("vaultrel", appauthor=False) / "vaults"


def find_vault(named: str | None, environment: Mapping[str, str], working_folder: Path) -> Path:
    """The vault to work on.

    In this order: the one named, `VAULTREL_VAULT`, the nearest folder at or above the working folder
    that holds `.obsidian` or `.vaultrel`, the only vault that vaultrel was set up for on this computer, the only one
    that Obsidian knows here.

    Raises:
        VaultNotFoundError: the folder named does not exist, or nothing was named and none was found.
        UsageError: nothing was named, and there is more than one to choose from.
    """
    chosen = named or environment.get("VAULTREL_VAULT")
    if chosen:
        root = Path(chosen).expanduser()
        try:
            if root.is_dir():
                return root.resolve()
            reason = "that is a file, not a folder" if root.exists() else "there is no folder with that name"
        except OSError as error:
            reason = error.strerror or "it cannot be reached"
        raise VaultNotFoundError(str(root), reason)
    for folder in (working_folder, *working_folder.parents):
        if any((folder / marker).is_dir() for marker in VAULT_MARKERS):
            return folder
    for knower, known in (("vaultrel", vaults_set_up()), ("Obsidian", obsidian_vaults(obsidian_registers()))):
        if len(known) == 1:
            return known[0]
        if known:
            listed = "\n".join(f"  vaultrel --vault {str(vault)!r}" for vault in known)
            raise UsageError(f"{knower} knows {len(known)} vaults here.", next_step=f"Say which one:\n{listed}")
    raise VaultNotFoundError(str(working_folder), "neither it nor a folder above it holds .obsidian or .vaultrel")


def vaults_set_up() -> tuple[Path, ...]:
    """The vaults that `vaultrel init` or a scan knows on this computer and that still exist."""
    found = []
    for record in _states().glob("*/root"):
        try:
            found.append(Path(record.read_text("utf-8", "surrogateescape").removesuffix("\n")))
        except (OSError, ValueError):  # not readable, or not text: then it names nothing
            continue
    return tuple(sorted(root for root in found if _is_folder(root)))


def obsidian_registers() -> tuple[Path, ...]:
    """Where Obsidian keeps its register of vaults: where this system has settings, or where Flatpak or Snap put it."""
    usual = platformdirs.user_config_path("obsidian", appauthor=False, roaming=True)
    boxed = (".var/app/md.obsidian.Obsidian/config/obsidian", "snap/obsidian/current/.config/obsidian")
    return tuple(folder / "obsidian.json" for folder in (usual, *(Path.home() / place for place in boxed)))


def obsidian_vaults(registers: Sequence[Path]) -> tuple[Path, ...]:
    """The vaults in Obsidian's own registers that still exist; a register that cannot be read names none."""
    import json  # noqa: PLC0415 - most runs never get here

    found: set[Path] = set()
    for register in registers:
        try:
            vaults = json.loads(register.read_bytes())["vaults"].values()
            found.update(Path(vault["path"]) for vault in vaults)
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            continue
    return tuple(sorted(path for path in found if _is_folder(path)))


def _is_folder(path: Path) -> bool:
    """Whether it is a whole path to a folder that is there."""
    try:
        return path.is_absolute() and path.is_dir()
    except (OSError, ValueError):
        return False
