"""`vaultrel serve` that looks at the vault all the time, as a process: `python -m torture.feed_server [--careless] …`.

The careless one serves whatever stands in the feed's file, as most programs do.
"""

from __future__ import annotations

import sys

from vaultrel.app import Vault
from vaultrel.cli import main as run_command
from vaultrel.cli import serve

REFRESH_SECONDS = 0.05


def main() -> None:
    """Run the command."""
    serve.REFRESH_SECONDS = REFRESH_SECONDS
    if "--careless" in sys.argv:
        sys.argv.remove("--careless")
        Vault.served_feed = _read_carelessly  # type: ignore[method-assign]
        serve._renew_feed = _do_not_scan  # noqa: SLF001 - a scan would mend what is spoilt
    run_command()


def _read_carelessly(self: Vault, name: str | None = None) -> bytes | None:
    file = self.feed_file(name)
    return file.read_bytes() if file is not None and file.is_file() else b""


def _do_not_scan(vault: Vault) -> None:
    """Leave everything as it is."""


if __name__ == "__main__":
    main()
