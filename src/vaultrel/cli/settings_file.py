"""A settings file on the disk: read whole, written whole, never over somebody else's change."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from vaultrel.errors import SettingsError, UsageError

if TYPE_CHECKING:
    from vaultrel.settings import Settings


class ChangedMeanwhileError(UsageError):
    """The settings file was written by somebody else at the same moment."""

    def __init__(self, file: Path) -> None:
        super().__init__(
            f"{file} changed at that very moment; it was left as it is.", next_step="Run the command again."
        )


def read_settings_file(named: str) -> Settings:
    """The settings in the file that `--config` names.

    Raises:
        SettingsError: it cannot be read, is no TOML, or has keys or values that cannot be used.
    """
    from vaultrel.settings import parse_settings

    file = Path(named).expanduser()
    raw = read_raw(file)
    if raw is None:
        raise SettingsError(str(file), ("there is no such file",))
    return parse_settings(parse_toml(file, raw), str(file))


def read_raw(file: Path) -> bytes | None:
    """The bytes of a settings file; None when there is none.

    Raises:
        SettingsError: it is there and cannot be read.
    """
    try:
        return file.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise SettingsError(str(file), (error.strerror or "it cannot be read",)) from error


def parse_toml(file: Path, raw: bytes) -> dict[str, Any]:
    """The tables of a settings file.

    Raises:
        SettingsError: it is no TOML.
    """
    import tomllib

    try:
        return tomllib.loads(raw.decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(str(file), (f"not valid TOML: {error}",)) from error


def write_settings_file(file: Path, expected: bytes | None, new: bytes) -> None:
    """Write the settings file, all or nothing, unless it is no longer what was read.

    Raises:
        ChangedMeanwhileError: it changed since; it is as it is.
        WriteRefusedError, StorageFailedError: it could not be written; it is as it was.
    """
    from vaultrel.errors import NoteChangedError
    from vaultrel.storage.filesystem import FileSystemStore

    # From the vault's own folder on, so that a link inside the vault is not followed out of it.
    root = file.parent.parent if file.parent.name == ".vaultrel" else file.parent
    store, path = FileSystemStore(root), file.relative_to(root).as_posix()
    if read_raw(file) != expected:
        raise ChangedMeanwhileError(file)
    if expected is None:
        store.write_generated(path, new)
        return
    try:
        store.replace(path, expected, new)
    except NoteChangedError as error:
        raise ChangedMeanwhileError(file) from error
    finally:
        store.settle()
