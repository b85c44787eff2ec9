"""Searches played step by step: three of them in a notebook of a small book, and in a file of their own."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import numpy as np
import pytest
from hands import Player
from nbformat import v4

import hpmath as hp
from hpmath.plotting import play

ROOT = Path(__file__).resolve().parents[2]

pytestmark = [pytest.mark.pages, pytest.mark.filterwarnings("ignore::PendingDeprecationWarning")]


def printed(step):
    """A step's sentence with numbers as in print: no sentence here has a hyphen before a number."""
    said = re.sub(r"\S+e\+0[3-5]", lambda m: f"{float(m[0]):.0f}", step.sentence)
    return re.sub(r"e([+-])0*(?=\d)", lambda m: "e−" if m[1] == "-" else "e", said).replace(" -", " −")


def studies():
    svm, front = hp.svm_map("error"), hp.zdt(1, d=4)
    common = {"rng": 0, "trace": True}
    return {
        "bo": hp.minimize(svm, svm.space, method="bo", n_trials=15, **common),
        "tpe": hp.minimize(svm, svm.space, method="tpe", n_trials=25, **common),
        "nsga2": hp.minimize(front, front.space, method="nsga2", n_trials=45, n_objectives=2, **common),
    }


@pytest.fixture(scope="session")
def played():
    return {name: (study, play(study)) for name, study in studies().items()}


@pytest.fixture(scope="session")
def site(played, tmp_path_factory):
    """A small book with the theme and the extension of ours."""
    from base64 import b64encode

    from sphinx.application import Sphinx
    from sphinx.util.docutils import docutils_namespace

    root = tmp_path_factory.mktemp("players")
    (root / "conf.py").write_text(
        f"extensions = ['myst_nb', 'sphinx_thebe', 'house']\nhtml_theme = 'sphinx_book_theme'\n"
        f"html_static_path = [{str(ROOT / 'book' / '_static')!r}]\nhtml_css_files = ['house.css']\n"
        f"mathjax_path = 'mathjax/tex-mml-chtml.js'\nnb_execution_mode = 'off'\n"
    )
    cells = [v4.new_markdown_cell("# Players")]
    for name, (_, player) in played.items():
        data = {"text/plain": repr(player), "text/html": player._repr_html_()}
        data["image/png"] = b64encode(player._repr_png_()).decode()
        figure = {"caption": f"A search by {name}.", "name": f"fig-{name}"}
        settings = {"figure": figure, "image": {"alt": f"The last step of {name}."}}
        cell = v4.new_code_cell("play(study)", metadata={"mystnb": settings, "tags": ["hide-input"]})
        cell.outputs = [v4.new_output("execute_result", data, execution_count=1)]
        cells.append(cell)
    notebook = v4.new_notebook(cells=cells, metadata={"kernelspec": {"display_name": "", "name": "python3"}})
    import nbformat

    nbformat.write(notebook, root / "index.ipynb")
    sys.path.insert(0, str(ROOT / "book" / "_ext"))
    try:
        with docutils_namespace():
            Sphinx(root, root, root / "html", root / "doctrees", "html", status=None).build()
    finally:
        sys.path.remove(str(ROOT / "book" / "_ext"))
    return root / "html"


@pytest.mark.parametrize("name", ["bo", "tpe", "nsga2"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_keyboard_moves_through_every_step_and_the_sentence_follows(opened, site, played, name, theme):
    nth, study = list(played).index(name), played[name][0]
    steps = study.trace.steps
    with opened(site / "index.html", theme=theme) as page:
        hands = Player(page, nth)
        first = next(step for step in steps if step.surfaces or step.parents)  # what came before was chance
        assert hands.sentence == printed(first)
        hands.slider.focus()
        page.keyboard.press("Home")
        seen = set()
        for step in steps:
            assert hands.sentence == printed(step)
            assert hands.place == f"{step.number} / {steps[-1].number}"
            assert hands.slider.get_attribute("aria-valuetext") == f"trial {hands.place}"
            seen.add(hands.drawn)
            page.keyboard.press("ArrowRight")
        assert len(seen) == len(steps)
        page.keyboard.press("End")
        assert hands.sentence == printed(steps[-1])


def test_buttons_step_play_and_pause(opened, site, played):
    steps = played["bo"][0].trace.steps
    with opened(site / "index.html") as page:
        hands = Player(page)
        names = []
        hands.box.evaluate("box => { box.tabIndex = -1; box.focus(); }")
        for _ in range(4):
            page.keyboard.press("Tab")
            names.append(page.evaluate("document.activeElement.ariaLabel || document.activeElement.innerText"))
        assert names == ["Previous step", "Play", "Next step", "Step"]
        previous, toggle, following = (hands.box.get_by_role("button").nth(k) for k in range(3))
        hands.slider.press("End")
        assert [b.get_attribute("aria-disabled") for b in (previous, following)] == ["false", "true"]
        previous.focus()
        page.keyboard.press("Enter")
        assert hands.sentence == printed(steps[-2])
        assert [b.get_attribute("aria-disabled") for b in (previous, following)] == ["false", "false"]
        following.focus()
        page.keyboard.press("Space")
        page.keyboard.press("Space")  # at the end it stays
        assert hands.sentence == printed(steps[-1])
        page.clock.install()
        toggle.focus()
        page.keyboard.press("Enter")
        assert (hands.sentence, toggle.inner_text()) == (printed(steps[0]), "Pause")
        assert hands.box.locator(".play-said").get_attribute("aria-live") == "off"
        page.clock.run_for(5200)
        assert hands.sentence == printed(steps[2])
        page.keyboard.press("Enter")
        page.clock.run_for(9000)
        assert (hands.sentence, toggle.inner_text()) == (printed(steps[2]), "Play")
        assert hands.box.locator(".play-said").get_attribute("aria-live") == "polite"
        page.keyboard.press("Enter")
        page.clock.run_for(2500 * (len(steps) - 3) + 100)
        assert (hands.sentence, toggle.inner_text()) == (printed(steps[-1]), "Play")


def test_nothing_moves_by_itself(opened, site):
    with opened(site / "index.html", reduced_motion="reduce") as page:
        hands = Player(page)
        before = hands.drawn
        page.wait_for_timeout(3000)
        assert hands.drawn == before


def test_marks_stand_where_the_trials_are(opened, site, played):
    study = played["bo"][0]
    with opened(site / "index.html") as page:
        Player(page).slider.press("End")
        marks = page.locator(".hpmath-play").first.locator(".play-stage svg").first.locator("g path.m-o, g path.m-b")
        places = [re.findall(r"translate\(([-\d.]+) ([-\d.]+)", t) for t in marks.evaluate_all(
            "all => all.map(e => e.getAttribute('transform'))")]  # fmt: skip
    xy = np.array([[float(v) for v in found[0]] for found in places])
    u = study.space.to_unit(study.searcher.configs_[: len(xy)])
    expected = np.column_stack([50 + 246 * u[:, 0], 268 - 246 * u[:, 1]])
    best = study.searcher.values_[: len(xy)].argmin()
    np.testing.assert_allclose(xy, np.vstack([np.delete(expected, best, axis=0), expected[best]]), atol=0.25)  # on top


@pytest.mark.parametrize("width", [360, 768])
def test_it_fits_a_phone(opened, site, width):
    with opened(site / "index.html", width=width) as page:
        for nth in range(3):
            box = page.locator(".hpmath-play").nth(nth)
            assert box.evaluate("box => box.scrollWidth <= box.clientWidth + 1")
            edges = box.evaluate("box => [box.getBoundingClientRect().left, box.getBoundingClientRect().right]")
            assert edges[0] >= 0
            assert edges[1] <= width


def test_colours_follow_the_theme(opened, site):
    backgrounds = set()
    for theme in ("light", "dark"):
        with opened(site / "index.html", theme=theme) as page:
            box = page.locator(".hpmath-play").first
            backgrounds.add(box.evaluate("box => getComputedStyle(box).backgroundColor"))
            board = box.evaluate("box => getComputedStyle(box.parentElement).backgroundColor")
            assert board in ("rgba(0, 0, 0, 0)", *backgrounds)  # the theme's light board behind outputs is gone
    assert len(backgrounds) == 2


def test_without_scripts_the_picture_and_the_last_sentence_stand_there(opened, site, played):
    with opened(site / "index.html", java_script_enabled=False) as page:
        for nth, (study, _) in enumerate(played.values()):
            assert printed(study.trace.steps[-1]) in page.locator(".hpmath-play").nth(nth).inner_text()
        pictures = page.locator("noscript img")
        assert pictures.count() == 3
        assert pictures.first.get_attribute("alt") == "The last step of bo."
        assert pictures.first.is_visible()


def test_a_saved_file_plays_alone(opened, played, tmp_path):
    study, player = played["tpe"]
    player.save(tmp_path / "search.html")
    with opened(tmp_path / "search.html", width=360) as page:
        hands = Player(page)
        hands.slider.focus()
        page.keyboard.press("Home")
        assert hands.sentence == study.trace.steps[0].sentence


def test_a_page_with_three_of_them_is_small(site, played):
    assert sum(len(player._repr_html_().encode()) for _, player in played.values()) < 250e3
    page = (site / "index.html").read_text("utf8")
    assert page.count('class="hpmath-play"') == 3
    assert page.count("<noscript>") >= 3
