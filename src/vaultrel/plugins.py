"""What other packages add: mention syntaxes, strength models, outputs and commands.

A plugin is an installed package with an entry point in the group ``vaultrel``. It runs only where a vault's settings
name it: what a plugin reads or counts decides results, so every machine that shares the vault must agree to it, and one
on which it is missing says so instead of computing something else. Nothing inside a vault is ever imported.

Without plugins nothing is loaded here, pluggy included.
"""

from __future__ import annotations

import re
from functools import cache
from importlib import metadata
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar

import pluggy
from msgspec import Struct

from vaultrel.core.mentions import ON_REQUEST, SYNTAXES, MentionSyntax, add_syntaxes
from vaultrel.core.strength import MODELS, StrengthModel, add_model
from vaultrel.errors import UsageError
from vaultrel.outputs import OUTPUTS, Output, add_output

if TYPE_CHECKING:
    from collections.abc import Iterable

GROUP: Final = "vaultrel"
"""The group of entry points, and pluggy's project name."""

hookspec: Final = pluggy.HookspecMarker(GROUP)
hookimpl: Final = pluggy.HookimplMarker(GROUP)
"""Marks a plugin's function as the implementation of the hook of that name."""

_MODEL_PARTS: Final = ("remember", "score", "probability", "peak", "explain")
_NAME = re.compile(r"[a-z][a-z0-9]*(?:[-_][a-z0-9]+)*")


class Named(Protocol):
    """A command of click's, as far as is asked of it here."""

    name: str | None


class Hooks:
    """The hooks; a plugin's module, or an object in it, implements those it needs."""

    @hookspec
    def vaultrel_mention_syntaxes(self) -> Iterable[MentionSyntax]:  # type: ignore[empty-body]
        """Further ways of naming a person, tried after vaultrel's own; what one claims the next cannot."""

    @hookspec
    def vaultrel_strength_models(self) -> Iterable[StrengthModel[Any]]:  # type: ignore[empty-body]
        """Further models, for the setting ``strength_model`` to choose from."""

    @hookspec
    def vaultrel_outputs(self) -> Iterable[Output]:  # type: ignore[empty-body]
        """Further outputs, for ``export`` to offer."""

    @hookspec
    def vaultrel_commands(self) -> Iterable[Named]:  # type: ignore[empty-body]
        """Further commands of the command line, made with click."""


class _BuiltIn:
    """vaultrel's own, through the same door."""

    @hookimpl
    def vaultrel_mention_syntaxes(self) -> Iterable[MentionSyntax]:
        return (*SYNTAXES, *ON_REQUEST)

    @hookimpl
    def vaultrel_strength_models(self) -> Iterable[StrengthModel[Any]]:
        return MODELS

    @hookimpl
    def vaultrel_outputs(self) -> Iterable[Output]:
        return OUTPUTS


class Plugin(Struct, frozen=True):
    """What one package adds.

    Attributes:
        name: of its entry point, as settings name it.
        distribution: the package's name and version.
    """

    name: str
    distribution: str
    syntaxes: tuple[MentionSyntax, ...] = ()
    models: tuple[StrengthModel[Any], ...] = ()
    outputs: tuple[Output, ...] = ()
    commands: tuple[Named, ...] = ()


class PluginMissingError(UsageError):
    """The settings name a plugin that is not installed here."""

    def __init__(self, name: str, installed: Iterable[str]) -> None:
        self.name = name
        known = ", ".join(sorted(installed)) or "none"
        super().__init__(
            f"The settings name the plugin {name!r}, which is not installed here (installed: {known}). Nothing was read"
            " or written: without it the results could differ from those of your other machines.",
            next_step=f"Install the package that has it beside vaultrel, or take {name!r} out of `plugins`.",
        )


class PluginFailedError(UsageError):
    """A plugin could not be used."""

    def __init__(self, distribution: str, reason: str) -> None:
        self.distribution = distribution
        super().__init__(
            f"The plugin of {distribution} cannot be used: {reason}. Nothing was read or written.",
            next_step="Tell its author, and take it out of `plugins` in the settings meanwhile.",
        )


def use_plugins(names: Iterable[str]) -> tuple[Plugin, ...]:
    """Load plugins and let the readers, the models and the outputs know of what they add; again is no harm.

    Raises:
        PluginMissingError, PluginFailedError: see `load_plugin`; or two of them add something of the same name.
    """
    plugins = tuple(load_plugin(name) for name in dict.fromkeys(names))
    for kind in ("syntaxes", "models", "outputs", "commands"):
        by_name: dict[str, Plugin] = {}
        for plugin in plugins:
            for item in getattr(plugin, kind):
                if (other := by_name.setdefault(item.name, plugin)) is not plugin:
                    raise PluginFailedError(
                        plugin.distribution, f"it adds {item.name!r}, as the plugin of {other.distribution} does"
                    )
    for plugin in plugins:
        add_syntaxes(plugin.name, plugin.syntaxes)
        for model in plugin.models:
            add_model(model)
        for output in plugin.outputs:
            add_output(output)
    return plugins


@cache
def load_plugin(name: str) -> Plugin:
    """The installed plugin of that name, imported.

    Raises:
        PluginMissingError: none is installed.
        PluginFailedError: two are, it cannot be imported, or what it adds has a name that is taken or none at all.
    """
    entries = list(metadata.entry_points(group=GROUP))
    found = [entry for entry in entries if entry.name == name]
    if not found:
        raise PluginMissingError(name, {entry.name for entry in entries})
    distributions = " and ".join(sorted(_distribution(entry) for entry in found))
    if len(found) > 1:
        raise PluginFailedError(distributions, f"they all call themselves {name!r}")
    try:
        module = found[0].load()
    except Exception as error:  # whatever a stranger's module raises
        raise PluginFailedError(distributions, f"it cannot be imported ({_say(error)})") from error
    return collect(name, distributions, module)


def collect(name: str, distribution: str, module: object) -> Plugin:
    """What a plugin's module adds, checked.

    Raises:
        PluginFailedError: see `load_plugin`.
    """
    manager = pluggy.PluginManager(GROUP)
    manager.add_hookspecs(Hooks)
    manager.register(_BuiltIn(), "vaultrel's own")
    try:
        manager.register(module, name)
        manager.check_pending()
        hooks = manager.hook
        return Plugin(
            name,
            distribution,
            syntaxes=_added(hooks.vaultrel_mention_syntaxes, name, ("trigger", "find")),
            models=_added(hooks.vaultrel_strength_models, name, _MODEL_PARTS),
            outputs=_added(hooks.vaultrel_outputs, name, ("suffix", "media_type", "render")),
            commands=_added(hooks.vaultrel_commands, name, ("main",)),
        )
    except Exception as error:
        raise PluginFailedError(distribution, _say(error)) from error


_T = TypeVar("_T")


def _added(hook: pluggy.HookCaller, plugin: str, parts: tuple[str, ...]) -> tuple[_T, ...]:
    """What the plugin itself answers to a hook, once it is sure that every name in it is new."""
    taken: set[str] = set()
    added: list[_T] = []
    for implementation in hook.get_hookimpls():
        items: Any = implementation.function()
        for item in items:
            named = getattr(item, "name", None)
            if not isinstance(named, str) or not _NAME.fullmatch(named):
                raise ValueError(f"{hook.name}: {named!r} is no name: lower case letters and digits, hyphens between")
            if named in taken:
                raise ValueError(f"{hook.name}: the name {named!r} is taken")
            if missing := [part for part in parts if not hasattr(item, part)]:
                raise TypeError(f"{hook.name}: {named!r} has no {', '.join(missing)}")
            taken.add(named)
            if implementation.plugin_name == plugin:
                added.append(item)
    return tuple(added)


def _distribution(entry: metadata.EntryPoint) -> str:
    return f"{entry.dist.name} {entry.dist.version}" if entry.dist is not None else entry.value


def _say(error: Exception) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())
