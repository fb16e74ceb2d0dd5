"""The plugins that the vault's settings name, as `doctor` shows them: what they are, and what they add."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vaultrel.cli.screen import Screen
    from vaultrel.plugins import Plugin
    from vaultrel.settings import Settings

_KINDS = {
    "mention_syntaxes": ("mention syntax", "syntaxes"),
    "strength_models": ("strength model", "models"),
    "outputs": ("output", "outputs"),
    "commands": ("command", "commands"),
}
"""Key of the JSON answer to the words for one, and the attribute of `Plugin`."""


def plugins_used(settings: Settings) -> tuple[Plugin, ...]:
    """The plugins in use, in the order of the settings.

    Raises:
        PluginMissingError, PluginFailedError: one cannot be used; opening the vault raises it before.
    """
    if not settings.plugins:
        return ()
    from vaultrel.plugins import use_plugins

    return use_plugins(settings.plugins)


def print_plugins(screen: Screen, plugins: tuple[Plugin, ...]) -> None:
    """Print a line for each plugin; none where there is none."""
    for plugin in plugins:
        added = ", ".join(f"{words} {name}" for words, kind in _KINDS.values() for name in _names(plugin, kind))
        screen.line(("✓ ", "good"), f"plugin {plugin.name} ({plugin.distribution}): ", added or "adds nothing")


def plugins_document(plugins: tuple[Plugin, ...]) -> list[dict[str, object]]:
    """The plugins as the answer in JSON has them."""
    return [
        {"name": plugin.name, "package": plugin.distribution}
        | {key: _names(plugin, kind) for key, (_, kind) in _KINDS.items()}
        for plugin in plugins
    ]


def _names(plugin: Plugin, kind: str) -> list[str]:
    return [item.name for item in getattr(plugin, kind)]
