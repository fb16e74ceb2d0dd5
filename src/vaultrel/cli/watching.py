"""What `doctor` says about the daemon that watches the vault."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vaultrel.app.watching import Watching
    from vaultrel.cli.screen import Screen

MORE_WATCHES = "Nothing is missed. To be quicker, allow more: sudo sysctl fs.inotify.max_user_watches=524288"


def print_watching(screen: Screen, watching: Watching | None) -> None:
    """Print how the vault is watched, and what last made the daemon look at everything; nothing when none watches."""
    from vaultrel import clock
    from vaultrel.cli.phrases import count, time_ago

    if watching is None:
        return
    now = clock.utc_now()
    since = time_ago((now - watching.since).total_seconds())
    often = f"every {watching.poll_seconds:g} seconds"
    if watching.mode == "polling":
        screen.line(("✓ ", "good"), f"watched by process {watching.process}, begun {since}: looks at the files {often}")
    else:
        watched = f"{watching.folders - watching.unwatched:,} of {count(watching.folders, 'folder')}"
        screen.line(("✓ ", "good"), f"watched by process {watching.process}, begun {since}: {watched}")
    if watching.unwatched:
        screen.line(("! ", "warn"), f"the rest is looked at {often}: the system watches no more")
        screen.wrapped(["  fix: "], MORE_WATCHES)
    elif watching.trouble and watching.trouble_at is not None:
        screen.line("· ", f"{time_ago((now - watching.trouble_at).total_seconds())}: {watching.trouble}")


def watching_document(watching: Watching | None) -> dict[str, object] | None:
    """The same for programs; None when no daemon watches."""
    if watching is None:
        return None
    return {
        "process": watching.process,
        "since": watching.since.isoformat(),
        "mode": watching.mode,
        "poll_seconds": watching.poll_seconds,
        "folders": watching.folders,
        "unwatched": watching.unwatched,
        "trouble": watching.trouble,
        "trouble_at": watching.trouble_at.isoformat() if watching.trouble_at is not None else None,
    }
