"""The local Sphinx extension, tried on a book of two chapters that leaves numbers out."""

from __future__ import annotations

import io
import json
import re
import sys

import pytest
from bs4 import BeautifulSoup
from chapters import ROOT
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace

pytestmark = pytest.mark.filterwarnings("ignore::PendingDeprecationWarning")  # of an extension of Sphinx
EXTENSIONS = [
    "myst_nb",
    "sphinx_design",
    "sphinx_external_toc",
    "sphinx_exercise",
    "sphinx_proof",
    "sphinx_thebe",
    "sphinxcontrib.bibtex",
    "house",
]
TOC = """\
root: index
subtrees:
  - caption: One
    numbered: true
    entries: [{file: notebooks/03_slopes}]
  - caption: Two
    numbered: true
    entries: [{file: notebooks/07_matrices}]
  - entries: [{file: audit}, {file: terms}]
"""
CHAPTER = """\
(ch-CH)=
# Title

See {eq}`eq-CH`, {numref}`ex-N-1`, {prf:ref}`thm-CH`, {numref}`fig-CH`, {chapter}`03`, {chapter}`22`.

## Section

```{index} slope, the CH of things
```

$$ a = b $$ (eq-CH)

:::{prf:theorem} Name
:label: thm-CH
Text.
:::

```{figure} dot.png
:name: fig-CH
:alt: A black dot on a white field, which stands for every figure of the book.
Caption.
```

:::{exercise} The best step ★★
:label: ex-N-1
Find it.
:::

```{hints} N.1
```

:::{audit} holds if
:claim: The moon is made of cheese.
:topic: the moon
:shown: {numref}`fig-CH` and {eq}`eq-CH`
Only if cheese is stone.
:::
"""
INDEX = "# Book\n\n{numref}`Chapter {number} <ch-slopes>`, {numref}`Chapter {number} <ch-matrices>`\n"
AUDIT = "# Audit\n\n```{audit-table}\n```\n\n{cite:t}`hulul`\n\n```{bibliography}\n```\n"
CONFIG = {
    "extensions": EXTENSIONS,
    "html_theme": "basic",
    "numfig": True,
    "math_numfig": True,
    "numfig_secnum_depth": 1,
    "myst_enable_extensions": ["dollarmath", "colon_fence"],
    "nb_execution_mode": "off",
    "exercise_style": "solution_follow_exercise",
    "bibtex_bibfiles": ["references.bib"],
    "bibtex_reference_style": "author_year",
    "exclude_patterns": ["_build"],
}
DOT = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c4944415408d763606060000000040001"
    "27343b700000000049454e44ae426082"
)


class Book:
    """A small book in a folder, built as often as a test likes."""

    def __init__(self, root):
        self.root = root
        (root / "notebooks").mkdir()
        for name, number in (("slopes", "3"), ("matrices", "7")):
            self.chapter(name, number, CHAPTER)
        (root / "notebooks" / "dot.png").write_bytes(DOT)
        (root / "index.md").write_text(INDEX, "utf8")
        (root / "audit.md").write_text(
            "# Audit\n\n```{audit-table}\n```\n\n{cite:t}`hulul`\n\n```{bibliography}\n```\n"
        )
        (root / "terms.md").write_text("# Terms\n\n```{terms}\n```\n")
        (root / "_toc.yml").write_text(TOC)
        (root / "references.bib").write_text("@misc{hulul, author={{An Academy}}, title={An Article}, year={2024}}\n")
        (root / "conf.py").write_text("".join(f"{key} = {value!r}\n" for key, value in CONFIG.items()))

    def chapter(self, name, number, text):
        path = self.root / "notebooks" / f"0{number}_{name}.md"
        path.write_text(text.replace("CH", name).replace("N-1", f"{number}-1").replace("N.1", f"{number}.1"), "utf8")

    def build(self):
        self.warnings = io.StringIO()
        with docutils_namespace():
            app = Sphinx(
                self.root, self.root, self.root / "html", self.root / "doctrees", "html", status=None,
                warning=self.warnings,
            )  # fmt: skip
            app.build()
        return self

    @property
    def said(self):
        return re.sub(r"\x1b\[[\d;]*m", "", self.warnings.getvalue())

    def page(self, name):
        return BeautifulSoup((self.root / "html" / f"{name}.html").read_text("utf8"), "html.parser")


@pytest.fixture
def book(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "book" / "_ext"))
    import house

    def hints_of(name):
        if name != "3.1":
            raise ValueError(f"no exercise {name}")
        return ("Look at $h$.", "Differentiate\n\n$$ c = d $$")

    monkeypatch.setattr(house, "hints_of", hints_of)
    book = Book(tmp_path)
    book.chapter("matrices", "7", CHAPTER.replace("```{hints} N.1\n```\n", ""))
    yield book
    sys.modules.pop("house", None)


def test_everything_is_numbered_by_the_file_and_nothing_warns(book):
    book.build()
    assert book.said == ""
    for name, number in (("03_slopes", "3"), ("07_matrices", "7")):
        page = book.page(f"notebooks/{name}")
        assert [tag.get_text().strip(" .") for tag in page.select("div.body .section-number")] == [
            number,
            f"{number}.1",
        ]
        assert f"({number}.1)" in page.select_one(".eqno").get_text()
        assert page.select_one("figcaption .caption-number").get_text().strip() == f"Fig. {number}.1"
        text = re.sub(r"\s+", " ", page.get_text())
        assert f"See ({number}.1), Exercise {number}.1, Theorem {number}.1, Fig. {number}.1" in text
        assert f"Exercise {number}.1 · The best step ★★" in text
        assert f"Theorem {number}.1 (Name)" in text
    assert "Chapter 3, Chapter 7" in book.page("index").get_text()


def test_a_second_build_finds_nothing_to_do(book):
    book.build()
    before = {path: path.stat().st_mtime_ns for path in (book.root / "html" / "notebooks").glob("*.html")}
    book.build()
    assert {path: path.stat().st_mtime_ns for path in before} == before


def test_a_chapter_is_a_link_once_it_exists(book):
    page = book.build().page("notebooks/07_matrices")
    link = page.find("a", string="chapter\N{NO-BREAK SPACE}03")
    assert link["href"] == "03_slopes.html"
    assert page.find(class_="planned").get_text() == "chapter\N{NO-BREAK SPACE}22"


def test_hints_are_folded_one_by_one_and_hold_formulas(book):
    hints = book.build().page("notebooks/03_slopes").select("div.hints details")
    assert [hint.summary.get_text(strip=True) for hint in hints] == ["Hint 1", "Hint 2"]
    assert not any(hint.has_attr("open") for hint in hints)
    assert len(hints[1].select("div.math")) == 1


def test_hints_of_an_unknown_exercise_warn(book):
    book.chapter("matrices", "7", CHAPTER)
    assert "no hints for exercise 7.1: no exercise 7.1" in book.build().said


def test_an_exercise_whose_label_is_not_its_number_warns(book):
    text = (book.root / "notebooks" / "07_matrices.md").read_text("utf8").replace("ex-7-1", "ex-7-2")
    (book.root / "notebooks" / "07_matrices.md").write_text(text, "utf8")
    assert "the label 'ex-7-2' stands at Exercise 7.1" in book.build().said


def test_verdicts_are_collected_with_links_to_them_and_to_their_evidence(book):
    rows = book.build().page("audit").select("table.audit-table tbody tr")
    cells = [[re.sub(r"\s+", " ", cell.get_text()).strip() for cell in row.find_all("td")] for row in rows]
    claim = "the moon: “The moon is made of cheese.”"
    assert cells == [[n, claim, "◐ Holds if …", f"Fig. {n}.1 and ({n}.1)"] for n in ("3", "7")]
    for row, name in zip(rows, ("03_slopes", "07_matrices"), strict=True):
        verdict, shown = row.find_all("td")[2].a["href"], row.find_all("td")[3].a["href"]
        address, anchor = verdict.split("#")
        assert address == f"notebooks/{name}.html"
        assert book.page(f"notebooks/{name}").find(id=anchor)
        assert shown.startswith(f"notebooks/{name}.html#")


def test_a_verdict_stands_in_the_chapter_in_words(book):
    block = book.build().page("notebooks/03_slopes").select_one("div.audit.audit-holds-if")
    text = re.sub(r"\s+", " ", block.get_text())
    assert "◐ Holds if … — the moon" in text
    assert "“The moon is made of cheese.” [An Academy, 2024]" in text
    assert "Shown: Fig. 3.1 and (3.1)" in text


def test_the_table_of_verdicts_follows_a_changed_chapter(book):
    book.build()
    book.chapter("slopes", "3", CHAPTER.replace("{audit} holds if", "{audit} fails"))
    verdicts = [row.find_all("td")[2].get_text() for row in book.build().page("audit").select("tbody tr")]
    assert verdicts == ["✗ Fails", "◐ Holds if …"]


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("{audit} holds if", "{audit} maybe", "the verdict must be one of holds, holds if, fails, got 'maybe'"),
        (":topic: the moon\n", "", "the option :topic: is missing"),
    ],
)
def test_a_wrong_audit_is_told(book, old, new, sentence):
    book.chapter("slopes", "3", CHAPTER.replace(old, new))
    assert sentence in book.build().said


def test_terms_are_listed_in_order_with_links_to_their_places(book):
    page = book.build().page("terms")
    lines = [re.sub(r"\s+", " ", item.get_text()).strip() for item in page.select("div.body li")]
    assert lines == [
        "slope: chapter 03, chapter 07",
        "the matrices of things: chapter 07",
        "the slopes of things: chapter 03",
    ]
    for link in page.select("div.body li a"):
        address, anchor = link["href"].split("#")
        assert book.page(address.removesuffix(".html")).find(id=anchor)


def test_bars_in_a_docstring_are_absolute_values(book):
    book.chapter("slopes", "3", CHAPTER + "\n```{eval-rst}\nThe size |x_j| of a step.\n```\n")
    book.build()
    assert book.said == ""
    assert "The size |x_j| of a step." in book.page("notebooks/03_slopes").get_text()


def test_no_page_names_a_script_of_thebe(book):
    book.build()
    for path in (book.root / "html").rglob("*.html"):
        assert "thebe" not in path.read_text("utf8")


EXPLORE = """\
```{explore} gp
:name: explore-one
:options: {"noise": 0.1, "kernel": "rbf", "title": "<&>"}
Where is $x$ *best*?
```
"""


def test_a_figure_that_moves_brings_its_question_a_still_picture_and_its_scripts(book):
    (book.root / "conf.py").write_text(
        (book.root / "conf.py").read_text() + f"html_static_path = [{str(ROOT / 'book' / '_static')!r}]\n"
    )
    book.chapter("slopes", "3", CHAPTER + "\n" + EXPLORE + "\nSee {ref}`the figure <explore-one>`.\n")
    book.build()
    assert book.said == ""
    page, other = book.page("notebooks/03_slopes"), book.page("notebooks/07_matrices")
    box = page.select_one("div.explore")
    assert box["data-explore"] == "gp"
    assert json.loads(box["data-options"]) == {"noise": 0.1, "kernel": "rbf", "title": "<&>"}
    assert box.select_one(".explore-question em").get_text() == "best"
    assert len(box.select_one(".explore-fallback").get("alt") or box.select_one(".explore-fallback").get_text()) >= 40
    assert "scripts" in box.select_one("noscript").get_text()
    assert page.select_one("a[href='#explore-one']") is not None
    scripts = [tag["src"].split("?")[0] for tag in page.select("script[src*='explore']")]
    assert scripts == [f"../_static/explore/{name}.js" for name in ("math", "core", "gp")]
    assert all(tag.get("type") != "module" for tag in page.select("script[src*='explore']"))
    assert page.select_one("link[href*='explore.css']")
    assert not other.select("script[src*='explore'], link[href*='explore']")


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (EXPLORE.replace("gp", "cat"), "the figure must be one of gp, quadratic, tpe, front, got 'cat'"),
        (EXPLORE.replace("Where is $x$ *best*?\n", ""), "the question is missing"),
        (EXPLORE.replace('"rbf"', "rbf"), "the options must be JSON"),
    ],
)
def test_a_figure_that_cannot_move_says_why(book, wrong, words):
    book.chapter("slopes", "3", CHAPTER + "\n" + wrong)
    book.build()
    assert words in book.said
