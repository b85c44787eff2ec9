"""Photograph the figures that move as they start: the still pictures for readers without scripts.

``make explore-pictures`` runs it. Needs a Chromium and Playwright, as ``make test-browser`` does. A figure that a
chapter names and starts from options of its own (``:name:`` and ``:options:``) gets a picture under that name.
"""

from __future__ import annotations

import html
import json
import os
import re
import shutil
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = ROOT / "book" / "_static" / "explore"
FIGURES = ("gp", "quadratic", "tpe", "front")
PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PAGE = """<!doctype html><html lang="en" data-theme="light"><meta charset="utf8">
<link rel="stylesheet" href="{folder}/explore.css"><style>
body {{ font-family: sans-serif; width: 720px; }}
.explore {{ border: 0; }} .explore-controls, .explore-help {{ display: none !important; }}
.explore-say {{ min-height: 0; }}
</style>
<div class="explore" data-explore="{figure}" data-options="{options}"></div>
<script src="{folder}/math.js"></script>
<script src="{folder}/core.js"></script>
<script src="{folder}/{figure}.js"></script>
"""
DIRECTIVE = re.compile(r"^`{3,}\{explore\} *(\w+)\n(.*?)^`{3,}", re.M | re.S)


def wanted() -> dict[str, tuple[str, str]]:
    """Map the names of pictures to figures and their options: one a figure, and one a directive with its own start."""
    found = {figure: (figure, "{}") for figure in FIGURES}
    for notebook in sorted((ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb")):
        for cell in json.loads(notebook.read_text("utf8"))["cells"]:
            for figure, body in DIRECTIVE.findall("".join(cell["source"])):
                options = dict(re.findall(r"^:(\w+): *(.*)$", body, re.M))
                if {"name", "options"} <= options.keys():
                    found[options["name"]] = (figure, options["options"])
    return found


def main() -> None:
    """Write the PNGs beside the scripts."""
    from playwright.sync_api import sync_playwright

    program = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, PROGRAMS)), None)
    if not program:
        sys.exit("no Chromium was found: install one, or name it in CHROMIUM")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 760, "height": 1200}, device_scale_factor=1.5)
        for name, (figure, options) in wanted().items():
            path = Path(folder, "page.html")
            filled = PAGE.format(folder=SCRIPTS.as_uri(), figure=figure, options=html.escape(options))
            path.write_text(filled, "utf8")
            page.goto(path.as_uri())
            page.wait_for_timeout(500)
            page.locator(".explore-live").screenshot(path=SCRIPTS / f"{name}.png")  # drawing, key and sentence
            print(SCRIPTS / f"{name}.png")
        browser.close()


if __name__ == "__main__":
    main()
