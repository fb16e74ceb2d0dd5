"""The daemon: a saved note changes its people's fields and the feed, a moment later."""

from vaultrel.watch.watcher import Outcome, Watcher
from vaultrel.watch.worker import Worker

__all__ = ["Outcome", "Watcher", "Worker"]
