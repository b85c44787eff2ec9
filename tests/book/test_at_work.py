"""The pages *At work* do what they show: their examples run, in order, and print what stands there."""

from __future__ import annotations

import doctest
import re

import pytest
from chapters import ROOT

PAGES = sorted((ROOT / "book").glob("at_work_*.md"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_examples_print_what_the_page_shows(page):
    examples = re.findall(r"```python\n(.*?)```", page.read_text("utf8"), re.S)
    assert examples
    test = doctest.DocTestParser().get_doctest("\n".join(examples), {}, page.stem, str(page), 0)
    assert test.examples, "an example has prompts, >>>, and what it prints"
    said: list[str] = []
    flags = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
    failed = doctest.DocTestRunner(optionflags=flags).run(test, out=said.append).failed
    assert not failed, "".join(said)
