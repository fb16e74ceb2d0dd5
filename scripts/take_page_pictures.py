"""Takes the pictures of the web page in docs/pictures: the sample vault, light, dark and on a phone.

`scripts/install_browser.sh` installs what this needs.
"""

from __future__ import annotations

import datetime as dt
import json
import shutil
import subprocess
import sys
import tempfile
import uuid
from pathlib import Path

from vaultrel.app import open_vault
from vaultrel.outputs.base import RenderContext
from vaultrel.outputs.page_rendering import PageActions, render_page

ROOT = Path(__file__).parents[1]
PICTURES = ROOT / "docs/pictures"
DAY = dt.date(2026, 6, 30)
PHONE_WIDTH = 390
"""Of a phone only the first screens are pictured; of a desk the whole page."""

LOOKS = {
    "page-light": {"width": 1280, "height": 1460, "dark": False},
    "page-dark": {"width": 1280, "height": 1460, "dark": True},
    "page-phone": {"width": PHONE_WIDTH, "height": 1900, "dark": False},
}


def main() -> None:
    """Take every picture anew."""
    chromium = shutil.which("chromium")
    if chromium is None or shutil.which("pngquant") is None or shutil.which("node") is None:
        sys.exit("chromium, node or pngquant is missing. Install them: scripts/install_browser.sh")
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "page.html"
        page.write_bytes(_render())
        shots = [
            {
                **look,
                "url": page.as_uri(),
                "steps": [["picture", str(Path(folder) / f"{name}.png"), look["width"] > PHONE_WIDTH]],
            }
            for name, look in LOOKS.items()
        ]
        driver = ROOT / "tests/page/drive.mjs"
        job = json.dumps({"chromium": chromium, "pages": shots}).encode()
        subprocess.run(["node", driver], input=job, stdout=subprocess.DEVNULL, check=True)
        for name in LOOKS:
            taken, kept = Path(folder) / f"{name}.png", PICTURES / f"{name}.png"
            subprocess.run(["pngquant", "--force", "--strip", "--output", kept, taken], check=True)
            print(f"{kept.relative_to(ROOT)}: {kept.stat().st_size // 1000} kB")


def _render() -> bytes:
    with open_vault(ROOT / "sample_vault") as vault:
        now = dt.datetime.combine(DAY, dt.time(8), dt.UTC)
        context = RenderContext("Notes", vault.settings, now, uuid.UUID(int=0))
        actions = PageActions("pictured", "webcal://127.0.0.1:8137/feed/pictured/followups.ics")
        return render_page(vault.snapshot(DAY), context, actions)


if __name__ == "__main__":
    main()
