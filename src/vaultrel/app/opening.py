"""Opening a vault: its folder found, its settings read."""

from __future__ import annotations

import logging
import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import msgspec

from vaultrel.app.kept_answer import SETTINGS_FILES
from vaultrel.app.vault import Vault
from vaultrel.core.obsidian import read_obsidian
from vaultrel.core.obsidian_files import OBSIDIAN_FILES
from vaultrel.errors import AnotherWriterError, SettingsError, VaultrelError
from vaultrel.locations import CONFIG_FILE, Locations, find_vault, locations_for
from vaultrel.settings import Settings, parse_settings
from vaultrel.storage.base import NoteStore, ReadRefusedError
from vaultrel.storage.filesystem import FileSystemStore

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

log = logging.getLogger("vaultrel.app")


def open_vault(
    location: str | Path | NoteStore | None = None,
    *,
    settings: Settings | None = None,
    locations: Locations | None = None,
) -> Vault:
    """Open a vault for reading and writing.

    Args:
        location: its folder; a `NoteStore` for notes kept elsewhere; None to find it as the command line does.
        settings: instead of the vault's own `.vaultrel/config.toml`.
        locations: where what is kept outside the vault goes, instead of the user's own folders.

    Raises:
        VaultNotFoundError: there is no such folder.
        SettingsError: the settings file cannot be used.
        PluginMissingError, PluginFailedError: the settings name a plugin that cannot be used.
    """
    if location is None or isinstance(location, str | Path):
        root = find_vault(None if location is None else str(location), os.environ, Path.cwd())
        store = FileSystemStore(root)
        return Vault(store, load_settings(store, settings), locations or locations_for(root), root)
    return Vault(location, load_settings(location, settings), locations)


def read_settings_files(store: NoteStore, names: Iterable[str] = SETTINGS_FILES) -> dict[str, bytes]:
    """The bytes of those of `SETTINGS_FILES` that are there and can be read."""
    files: dict[str, bytes] = {}
    for name in names:
        with suppress(ReadRefusedError):  # Obsidian's own files are a courtesy: without one its defaults hold
            if (data := store.read_extra(name)) is not None:
                files[name] = data
    return files


def load_settings(store: NoteStore, given: Settings | None = None) -> Settings:
    """The user's settings together with what the vault's `.obsidian` folder says.

    Args:
        store: the vault.
        given: instead of the vault's own `.vaultrel/config.toml`.

    Raises:
        SettingsError, PluginMissingError, PluginFailedError: see `open_vault`.
    """
    if given is None:
        given = parse_settings(_read_config(store), CONFIG_FILE)
    obsidian, _ = read_obsidian(read_settings_files(store, OBSIDIAN_FILES))
    if given.plugins:
        from vaultrel.plugins import use_plugins

        use_plugins(given.plugins)
    return msgspec.structs.replace(given, obsidian=obsidian)


class SettingsFollower:
    """Lets a vault that stays open go by its settings as their files change.

    Args:
        vault: open.
        given: what it was opened with instead of its own settings file, if anything.
    """

    def __init__(self, vault: Vault, given: Settings | None = None) -> None:
        self._vault = vault
        self._given = given
        self._files = self._seen = read_settings_files(vault.store)

    def follow(self) -> Literal["same", "unsettled", "changed"]:
        """Take over the settings as they are now; those from before stay while they cannot be used.

        Returns:
            "unsettled" where it is worth looking again soon: somebody may be in the middle of saving them.
        """
        files = read_settings_files(self._vault.store)
        root = self._vault.root
        # A vault that is away has no settings file either.
        if files == self._files or (root is not None and not root.is_dir()):
            return "same"
        if files != self._seen:
            self._seen = files
            return "unsettled"
        self._files = files
        try:
            settings = load_settings(self._vault.store, self._given)
        except VaultrelError as error:
            log.warning("%s\nThe settings from before stay in force.", error)
            return "same"
        if settings == self._vault.settings:
            return "same"
        try:
            self._vault.use(settings)
        except AnotherWriterError:
            self._files = {}
            return "unsettled"
        log.info("The settings have changed, and are in force.")
        return "changed"


def _read_config(store: NoteStore) -> Mapping[str, object]:
    try:
        raw = store.read_extra(CONFIG_FILE)
    except ReadRefusedError as error:
        raise SettingsError(CONFIG_FILE, (error.reason,)) from error
    if raw is None:
        return {}
    import tomllib

    try:
        return tomllib.loads(raw.decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(CONFIG_FILE, (f"not valid TOML: {error}",)) from error
