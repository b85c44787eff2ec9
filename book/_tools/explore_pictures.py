"""Photograph the figures that move as they start: the still pictures for readers without scripts.

``make explore-pictures`` runs it. Needs a Chromium and Playwright, as ``make test-browser`` does.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path

SCRIPTS = Path(__file__).resolve().parents[1] / "_static" / "explore"
FIGURES = ("gp", "quadratic", "tpe", "front")
PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PAGE = """<!doctype html><html lang="en" data-theme="light"><meta charset="utf8">
<link rel="stylesheet" href="{folder}/explore.css"><style>body {{ font-family: sans-serif; width: 720px; }}</style>
<div class="explore" data-explore="{name}"></div>
<script src="{folder}/math.js"></script>
<script src="{folder}/core.js"></script>
<script src="{folder}/{name}.js"></script>
"""


def main() -> None:
    """Write one PNG a figure, twice the size it has on a page."""
    from playwright.sync_api import sync_playwright

    program = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, PROGRAMS)), None)
    if not program:
        sys.exit("no Chromium was found: install one, or name it in CHROMIUM")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 760, "height": 1200}, device_scale_factor=1.5)
        for name in FIGURES:
            path = Path(folder, "page.html")
            path.write_text(PAGE.format(folder=SCRIPTS.as_uri(), name=name), "utf8")
            page.goto(path.as_uri())
            page.wait_for_timeout(500)
            page.locator(".explore-stage").screenshot(path=SCRIPTS / f"{name}.png")
            print(SCRIPTS / f"{name}.png")
        browser.close()


if __name__ == "__main__":
    main()
