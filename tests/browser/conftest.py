"""A headless Chromium for `make test-browser`: it opens pages from the file system and sees no network."""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager

import pytest

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
INSTALL = """no Chromium was found. Install one:
  Debian, Ubuntu   sudo apt-get install chromium
  Fedora           sudo dnf install chromium
  macOS            brew install --cask chromium
or name the program: make test-browser CHROMIUM=/path/to/chrome"""


@pytest.fixture(scope="session")
def browser():
    from playwright import sync_api

    program = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, PROGRAMS)), None)
    if not program:
        pytest.exit(INSTALL, returncode=1)
    with sync_api.sync_playwright() as playwright:
        # without a sandbox, since containers run as root; what is opened is our own
        arguments = ["--no-sandbox", "--host-resolver-rules=MAP * ~NOTFOUND"]
        browser = playwright.chromium.launch(executable_path=program, args=arguments)
        yield browser
        browser.close()


@pytest.fixture
def opened(browser):
    """Open a page from the file system, and see to it that nothing goes wrong there and nothing leaves the machine."""

    @contextmanager
    def open_page(path, *, width=1200, height=1000, theme=None, **settings):
        context = browser.new_context(viewport={"width": width, "height": height}, **settings)
        if theme:  # or the reader has not chosen yet
            chosen = "localStorage.setItem('theme', '{0}'); localStorage.setItem('mode', '{0}');"
            context.add_init_script(chosen.format(theme))
        page, wrong = context.new_page(), []
        page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        inside = ("file:", "data:", "blob:")
        page.on("request", lambda request: None if request.url.startswith(inside) else wrong.append(request.url))
        page.goto(path.as_uri())
        page.set_default_timeout(5000)
        yield page
        context.close()
        assert not wrong, f"{path.name}: {wrong}"

    return open_page
