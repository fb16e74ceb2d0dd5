"""``python -m vaultrel`` is the command line."""

from __future__ import annotations

from vaultrel.cli import main

if __name__ == "__main__":
    main()
