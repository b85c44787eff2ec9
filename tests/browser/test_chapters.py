"""Every chapter of the built book, opened from the file system; its figures are driven where they stand."""

from __future__ import annotations

from pathlib import Path

import pytest
from hands import Figure

SITE = Path(__file__).resolve().parents[2] / "_build" / "html"
CHAPTERS = sorted((SITE / "notebooks").glob("[0-9][0-9]_*.html"))

pytestmark = pytest.mark.pages


def test_the_book_is_built():
    assert CHAPTERS, "no built pages: `make book` builds them"


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda path: path.stem)
def test_a_chapter_opens_without_an_error_or_a_request_and_its_figures_answer_to_keys(opened, chapter):
    with opened(chapter) as page:
        names = page.locator(".explore[data-explore]").evaluate_all("boxes => boxes.map(b => b.dataset.explore)")
        for name in names:
            assert page.locator(f'.explore[data-explore="{name}"][data-started]').count()
        for k, name in enumerate(names):
            if name != "play":
                figure = Figure(page, name, names[:k].count(name))
                assert figure.sentence
                assert "Start again" in figure.drive()
