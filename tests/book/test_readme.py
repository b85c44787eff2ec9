"""The README says what is so."""

from __future__ import annotations

import doctest
import re

from chapters import NOTEBOOKS, ROOT

README = (ROOT / "README.md").read_text("utf8")


def test_the_example_does_what_it_shows_and_is_short():
    (example,) = re.findall(r"```python\n(.*?)```", README, re.S)
    assert len(example.splitlines()) <= 12
    test = doctest.DocTestParser().get_doctest(example, {}, "README", "README.md", 0)
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE)
    assert runner.run(test).failed == 0


def test_every_file_it_links_to_exists():
    links = re.findall(r"\]\(([^)#]+)\)", README)
    assert links
    for link in links:
        if not link.startswith("http"):
            assert (ROOT / link).exists(), link


def test_every_chapter_has_a_row():
    for path in NOTEBOOKS:
        (row,) = (line for line in README.splitlines() if f"(notebooks/{path.name})" in line)
        (picture,) = re.findall(r'<img src="([^"]+)" width="140"', row)
        assert (ROOT / picture).is_file(), picture


def test_its_pictures_have_an_alt_text():
    alts = re.findall(r"!\[([^\]]*)\]", README) + re.findall(r'alt="([^"]*)"', README)
    assert len(alts) == 1 + len(NOTEBOOKS)
    for alt in alts:
        assert len(alt) >= 40
