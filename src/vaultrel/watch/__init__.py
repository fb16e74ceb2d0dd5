"""The daemon: a saved note changes its people's fields and the feed, a moment later."""

from vaultrel.watch.watcher import Watcher

__all__ = ["Watcher"]
