"""Every chapter of the built book, opened from the file system; its figures are driven where they stand."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hands import Figure, Player

SITE = Path(__file__).resolve().parents[2] / "_build" / "html"
CHAPTERS = sorted((SITE / "notebooks").glob("[0-9][0-9]_*.html"))

pytestmark = pytest.mark.pages


def test_the_book_is_built():
    assert CHAPTERS, "no built pages: `make book` builds them"


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda path: path.stem)
def test_a_chapter_opens_without_an_error_or_a_request_and_its_figures_answer_to_keys(opened, chapter):
    with opened(chapter) as page:
        names = page.locator(".explore[data-explore]").evaluate_all("boxes => boxes.map(b => b.dataset.explore)")
        for k, name in enumerate(names):
            assert page.locator(f'.explore[data-explore="{name}"][data-started]').count()
            figure = Figure(page, name, names[:k].count(name))
            assert figure.sentence
            assert "Start again" in figure.drive()


@pytest.mark.parametrize(
    ("chapter", "method"), [("17_tpe", "densities"), ("18_pareto", "child"), ("23_bayesopt", "EI")]
)
def test_a_chapter_plays_its_search_step_by_step(opened, chapter, method):
    with opened(SITE / "notebooks" / f"{chapter}.html") as page:
        steps = Player(page).steps()
    sentences, drawn = zip(*steps, strict=True)
    assert len(set(sentences)) == len(set(drawn)) == len(steps) >= 25
    assert [int(re.match(r"Trial (\d+): ", sentence)[1]) for sentence in sentences] == list(range(len(steps)))
    assert method in sentences[-1]


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda path: path.stem)
def test_a_chapter_is_no_wider_than_a_phone(opened, chapter):
    with opened(chapter, width=360, height=740, is_mobile=True, has_touch=True) as page:
        assert page.evaluate("[innerWidth, document.documentElement.scrollWidth]") == [360, 360]
