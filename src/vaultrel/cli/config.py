"""`vaultrel config`: the settings, read and changed one by one, with the user's comments kept."""

from __future__ import annotations

import difflib
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args, get_origin

import click

from vaultrel.cli.session import Session, VaultCommand, shared_option
from vaultrel.cli.settings_file import parse_toml, read_raw, write_settings_file
from vaultrel.errors import SettingsError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from click.shell_completion import CompletionItem


Action: TypeAlias = Literal["get", "set", "list", "path"]


class UnknownSettingError(UsageError):
    """There is no setting of that name."""

    def __init__(self, key: str, near: tuple[str, ...]) -> None:
        self.key = key
        hint = f"Did you mean {' or '.join(near)}?" if near else "See them all: vaultrel config list"
        super().__init__(f"There is no setting {key!r}. Nothing was written.", next_step=hint)


class WrongValueError(UsageError):
    """A setting cannot have the value that was typed."""

    def __init__(self, typed: str, problems: tuple[str, ...]) -> None:
        super().__init__(
            f"{typed!r} cannot be used. Nothing was written.\n" + "\n".join(f"  - {problem}" for problem in problems),
            next_step="Type another value. What it is now: vaultrel config list",
        )


def complete_key(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:  # noqa: ARG001
    """The settings whose names begin with what was typed."""
    from click.shell_completion import CompletionItem

    return [CompletionItem(key) for key, _ in setting_keys() if key.startswith(incomplete)]


@click.command("config", cls=VaultCommand)
@click.argument("action", type=click.Choice(get_args(Action)), default="list")
@click.argument("key", required=False, shell_complete=complete_key)
@click.argument("value", required=False)
@shared_option("vault")
@shared_option("json")
@click.pass_obj
def command(session: Session, action: Action, key: str | None, value: str | None) -> None:
    """The settings: list them, get or set one, or say where they are.

    `set` changes one line of .vaultrel/config.toml and keeps your comments. VALUE is written as in that file, or
    plainly: config set plan.per_week 3, config set me "Sam Reed, Sam".
    """
    _check_usage(action, key, value)
    file = settings_file(session)
    if action == "path":
        click.echo(str(file))
    elif action == "set":
        assert key is not None
        assert value is not None
        _set(session, file, key, value)
    else:
        _show(session, file, key)


def _check_usage(action: Action, key: str | None, value: str | None) -> None:
    wanted = {"get": (True, False), "set": (True, True), "list": (False, False), "path": (False, False)}[action]
    if (key is not None, value is not None) != wanted:
        words = " ".join(word for word, needed in zip(("KEY", "VALUE"), wanted, strict=True) if needed)
        raise click.UsageError(f"Type it as: vaultrel config {action} {words}".rstrip())


def settings_file(session: Session) -> Path:
    """The settings file that a command would read, whether it is there or not.

    Raises:
        VaultNotFoundError, UsageError: there is no vault, or more than one; see `vaultrel.locations.find_vault`.
    """
    import os

    from vaultrel.locations import CONFIG_FILE, find_vault

    if session.config is not None:
        return Path(session.config).expanduser().absolute()
    return find_vault(session.vault, os.environ, Path.cwd()) / CONFIG_FILE


# ------------------------------------------------------------------------------------------------------------- the keys


def setting_keys() -> Iterator[tuple[str, Any]]:
    """Every setting by its dotted name, with its type; those that vaultrel fills in itself are none."""
    from vaultrel.settings import Settings

    yield from ((key, kind) for key, kind in _keys_of(Settings, "") if not key.startswith("obsidian."))


def _keys_of(struct: Any, prefix: str) -> Iterator[tuple[str, Any]]:
    import msgspec

    for field in msgspec.structs.fields(struct):
        if isinstance(field.type, type) and issubclass(field.type, msgspec.Struct):
            yield from _keys_of(field.type, f"{prefix}{field.name}.")
        else:
            yield prefix + field.name, field.type


def _kind_of(key: str) -> Any:
    """The type of a setting, which may be one entry of a table of the user's own names, as ``phrases.due``.

    Raises:
        UnknownSettingError: there is none of that name; the nearest are named.
    """
    kinds = dict(setting_keys())
    if key in kinds:
        return kinds[key]
    for table, kind in kinds.items():
        below = key.removeprefix(f"{table}.")
        if below != key and below and get_origin(kind) is not None and not _is_list(kind):
            inner = get_args(kind)[-1]
            name, _, field = below.partition(".")
            fields = dict(_keys_of(inner, "")) if field else {}
            if name and (not field or field in fields):
                return fields[field] if field else inner
    last = key.rpartition(".")[2]
    same = [known for known in kinds if known.rpartition(".")[2] == last]
    raise UnknownSettingError(key, tuple(same or difflib.get_close_matches(key, kinds, n=1)))


def _is_list(kind: Any) -> bool:
    return get_origin(kind) is tuple


def _value_of(values: Mapping[str, Any], key: str) -> Any:
    """What stands at a dotted name; None where nothing does."""
    for part in key.split("."):
        if part not in values:
            return None
        values = values[part]
    return values


# -------------------------------------------------------------------------------------------------------------- showing


def _show(session: Session, file: Path, key: str | None) -> None:
    import msgspec

    from vaultrel.settings import parse_settings

    raw = read_raw(file)
    typed = {} if raw is None else parse_toml(file, raw)
    values: dict[str, Any] = msgspec.to_builtins(parse_settings(typed, str(file)))
    keys = [name for name, _ in setting_keys() if key is None or name.startswith(f"{key}.")]
    if not keys:
        assert key is not None
        _kind_of(key)
        keys = [key]
    if session.json:
        known = {name: {"value": _value_of(values, name), "set": _value_of(typed, name) is not None} for name in keys}
        session.print_json("config", {"file": str(file), "settings": known})
    elif keys == [key]:
        session.out.line(_as_toml(_value_of(values, keys[0])))
    else:
        for name in keys:
            text = f"{name} = {_as_toml(_value_of(values, name))}"
            mine = _value_of(typed, name) is not None
            session.out.line(text) if mine else session.out.line((f"{text}  # default", "quiet"))
        session.talk.line(f"Settings: {file}" if raw is not None else f"No settings yet; they would be in {file}")


def _as_toml(value: Any) -> str:
    """The value as it is written in a settings file; empty where it is not set."""
    import tomlkit

    if value is None:
        return ""
    if isinstance(value, dict):
        table = tomlkit.inline_table()
        table.update(value)
        return table.as_string()
    return str(tomlkit.item(value).as_string())


# -------------------------------------------------------------------------------------------------------------- setting


def _set(session: Session, file: Path, key: str, text: str) -> None:
    from vaultrel.settings import parse_settings

    value = _parse_value(text, _kind_of(key))
    raw = read_raw(file)
    typed = {} if raw is None else parse_toml(file, raw)
    _check_value(key, text, value, typed.get("plugins", ()))
    made = _with_value(raw or b"", key, value)
    parse_settings(parse_toml(file, made), str(file))
    write_settings_file(file, raw, made)
    before = _value_of(typed, key)
    if session.json:
        _show(session, file, key)
        return
    was = "" if before is None or before == value else f"   (was {_as_toml(before)})"
    session.talk.line(("✓ ", "good"), f"{key} = {_as_toml(value)}", (was, "quiet"))
    session.talk.line("Next: ", ("vaultrel scan --dry-run", "strong"))


def _check_value(key: str, text: str, value: Any, plugins: object) -> None:
    """Make sure that a setting can have a value, by all that will read it.

    Args:
        key: the setting.
        text: what was typed.
        value: what was read in it.
        plugins: those that the settings name already, and whose names a setting may give.

    Raises:
        WrongValueError: it cannot; says why, with the nearest right one.
        PluginMissingError, PluginFailedError: a plugin cannot be used.
    """
    from vaultrel.core.strength import get_model
    from vaultrel.core.wording import check_phrases
    from vaultrel.settings import parse_settings

    alone = value
    for part in reversed(key.split(".")):
        alone = {part: alone}
    try:
        settings = parse_settings(alone if key == "plugins" else {"plugins": plugins, **alone}, key)
        if settings.plugins and key in {"plugins", "strength_model"}:
            from vaultrel.plugins import use_plugins

            use_plugins(settings.plugins)
        get_model(settings.strength_model)
    except SettingsError as error:
        raise WrongValueError(text, error.problems) from error
    if problems := check_phrases(settings.phrases):
        raise WrongValueError(text, problems)


def _parse_value(text: str, kind: Any) -> Any:
    """What was typed, in the first reading that fits the setting: as TOML, as plain text, as a list with commas.

    A value that fits in no reading is given as it is: the check of the whole file then says what is wrong with it.
    """
    import tomllib

    import msgspec

    readings: list[Any] = []
    with suppress(tomllib.TOMLDecodeError):
        readings.append(tomllib.loads(f"value = {text}")["value"])
    readings.append(text)
    if _is_list(kind):
        readings.append([item.strip() for item in text.split(",") if item.strip()])
    for reading in readings:
        try:
            msgspec.convert(reading, kind)
        except msgspec.ValidationError:
            continue
        return reading
    return readings[-1] if _is_list(kind) else readings[0]


def _with_value(raw: bytes, key: str, value: Any) -> bytes:
    """The settings file with one value set; every other line, and every comment, stands as it stood."""
    import tomlkit

    document = tomlkit.parse(raw)
    *tables, name = key.split(".")
    place: Any = document
    for table in tables:
        if table not in place:
            place[table] = tomlkit.table()
        place = place[table]
    place[name] = value
    return (tomlkit.dumps(document).rstrip("\n") + "\n").encode("utf-8")
