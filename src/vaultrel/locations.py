"""Where the vault is, and where on this computer vaultrel keeps what no sync tool should see."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

import platformdirs

from vaultrel.errors import UsageError, VaultNotFoundError

if TYPE_CHECKING:
    from collections.abc import Mapping

PrivateFile: TypeAlias = Literal["feed", "feed-token", "namespace", "last-scan"]
"""The feed as last published, the secret part of its address, the namespace of its event UIDs, the last scan's time."""

VAULT_MARKERS = (".obsidian", ".vaultrel")
"""A folder that holds one of these is taken for a vault when none was named."""


@dataclass(frozen=True, slots=True)
class Locations:
    """The folders of one vault outside the vault: `state` is kept, `cache` can be deleted at any time."""

    state: Path
    cache: Path

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

    def private(self, name: PrivateFile) -> Path:
        """A small file of one vault that only its owner may read."""
        return self.state / name


def locations_for(root: Path) -> Locations:
    """The folders that belong to the vault at `root`, told apart by its real path."""
    key = f"{root.name}-{hashlib.sha256(str(root.resolve()).encode('utf-8', 'surrogateescape')).hexdigest()[:12]}"
    return Locations(
        state=platformdirs.user_state_path("vaultrel", appauthor=False) / "vaults" / key,
        cache=platformdirs.user_cache_path("vaultrel", appauthor=False) / key,
    )


def find_vault(named: str | None, environment: Mapping[str, str], working_folder: Path) -> Path:
    """The vault to work on.

    In this order: the one named, `VAULTREL_VAULT`, the nearest folder at or above the working folder
    that holds `.obsidian` or `.vaultrel`, the only vault Obsidian knows on this computer.

    Raises:
        VaultNotFoundError: the folder named does not exist, or nothing was named and none was found.
        UsageError: nothing was named, and Obsidian knows more than one vault.
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
    known = obsidian_vaults(platformdirs.user_config_path("obsidian", appauthor=False) / "obsidian.json")
    if len(known) == 1:
        return known[0]
    if known:
        listed = "\n".join(f"  vaultrel --vault {str(vault)!r}" for vault in known)
        raise UsageError(f"Obsidian knows {len(known)} vaults here.", next_step=f"Say which one:\n{listed}")
    raise VaultNotFoundError(str(working_folder), "neither it nor a folder above it holds .obsidian or .vaultrel")


def obsidian_vaults(register: Path) -> tuple[Path, ...]:
    """The vaults in Obsidian's own register (`obsidian.json`) that still exist; none when it cannot be read."""
    try:
        vaults = json.loads(register.read_bytes())["vaults"].values()
        paths = sorted(Path(vault["path"]) for vault in vaults)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return ()
    return tuple(path for path in paths if path.is_dir())
