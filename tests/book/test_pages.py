"""The built pages, as a reader without a network gets them. Run by `make book`."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from bs4 import BeautifulSoup
from chapters import NOTEBOOKS, ROOT

SITE = ROOT / "_build" / "html"
PAGES = sorted(page for page in SITE.rglob("*.html") if "_static" not in page.parts)
CONTENT = [page for page in PAGES if page.parent.name in {"book", "notebooks", "api"}]
CDN = re.compile(r"cdn\.|unpkg\.com|cdnjs|jsdelivr|googleapis|gstatic|bootstrapcdn|mybinder")
LOADS = {
    "script": "src",
    "img": "src",
    "iframe": "src",
    "source": "src",
    "video": "src",
    "audio": "src",
    "embed": "src",
}

LEFTOVER = re.compile(
    r"\{glue|`{3}\{|:{3}\{|\{(?:eq|ref|numref|doc|cite:\w|prf:ref|chapter)\}|\$\$|\?\?|\bTO" + r"DO\b"
)

pytestmark = pytest.mark.pages


@cache
def soup(page: Path) -> BeautifulSoup:
    return BeautifulSoup(page.read_text("utf8"), "html.parser")


@cache
def anchors(page: Path) -> frozenset[str]:
    return frozenset(value for tag in soup(page).find_all(True) for value in (tag.get("id"), tag.get("name")) if value)


def article(page: Path) -> BeautifulSoup:
    return soup(page).find("article")


def name(page: Path) -> str:
    return str(page.relative_to(SITE))


def outside(address: str) -> bool:
    return address.startswith(("http:", "https:", "//"))


def test_there_are_pages():
    assert (SITE / "index.html").exists(), "no built pages: `make book` builds them"
    assert CONTENT


def test_no_page_loads_anything_from_outside():
    found = []
    for page in PAGES:
        for tag in soup(page).find_all([*LOADS, "link", "object"]):
            address = tag.get(LOADS.get(tag.name, "href" if tag.name == "link" else "data")) or ""
            if outside(address) and tag.get("rel") != ["canonical"]:
                found.append((name(page), address))
        for script in soup(page).find_all("script"):
            if re.search(r"https?://(?!www\.w3\.org)", script.string or ""):
                found.append((name(page), script.string[:120]))
        for style in soup(page).find_all("style"):
            if re.search(r"url\(['\"]?(?:https?:)?//", style.string or ""):
                found.append((name(page), "a style that loads from outside"))
    assert not found


def test_no_style_or_script_names_a_content_network():
    found = []
    for path in [*SITE.rglob("*.css"), *SITE.rglob("*.js"), *PAGES]:
        text = path.read_text("utf8", errors="replace")
        if path.name != "searchindex.js" and CDN.search(text):
            found.append((name(path), CDN.search(text)[0]))
        if path.suffix == ".css" and re.search(r"(?:@import|url\()\s*['\"]?(?:url\()?['\"]?(?:https?:)?//", text):
            found.append((name(path), "a style sheet that loads from outside"))
    assert not found


def test_every_link_inside_the_book_leads_somewhere():
    broken = []
    for page in PAGES:
        for tag in soup(page).find_all(["a", "img", "script", "link"]):
            address = tag.get("href") or tag.get("src") or ""
            if not address or outside(address) or address.startswith(("mailto:", "data:", "javascript:")):
                continue
            parts = urlsplit(address)
            target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
            inside = bool(parts.fragment) and target.suffix == ".html"
            if not target.is_file() or (inside and unquote(parts.fragment) not in anchors(target)):
                broken.append((name(page), address))
    assert not broken


def test_every_picture_has_an_alt_text_that_says_what_it_shows():
    for page in CONTENT:
        for image in article(page).find_all("img"):
            if "logo" not in image.get("src", ""):
                assert len(image.get("alt", "")) >= 40, f"{name(page)}: {image.get('src')}"


def test_nothing_is_left_over_on_a_page():
    for page in CONTENT:
        text = BeautifulSoup(str(article(page)), "html.parser")
        for tag in text.select("pre, code, .math"):
            tag.decompose()
        shown = text.get_text()
        found = LEFTOVER.search(shown)
        assert not found, f"{name(page)}: {shown[max(0, found.start() - 60) : found.end() + 60]!r}"


def test_no_reference_is_unresolved():
    for page in CONTENT:
        for tag in article(page).select(
            ".problematic, .system-message, .xref.std-ref:not(a *), .xref.std-numref:not(a *)"
        ):
            raise AssertionError(f"{name(page)}: {tag.get_text()!r}")


def test_the_search_box_is_drawn_once():
    for page in CONTENT:
        assert len(soup(page).find_all("input", attrs={"name": "q"})) == 1, name(page)


def test_every_page_has_a_language_a_title_and_one_first_heading():
    for page in CONTENT:
        assert soup(page).html.get("lang") == "en"
        assert soup(page).title.get_text(strip=True)
        assert len(article(page).find_all("h1")) == 1, name(page)


def test_no_button_leads_to_a_repository_that_nobody_named():
    for page in PAGES:
        for tag in soup(page).find_all("a", href=True):
            assert "executablebooks/jupyter-book" not in tag["href"], name(page)
            assert "github.com/" not in tag["href"] or "/issues/new" not in tag["href"], name(page)


def test_the_site_is_small():
    size = sum(path.stat().st_size for path in SITE.rglob("*") if path.is_file())
    assert size < 60e6


@pytest.mark.parametrize("notebook", [pytest.param(path, id=path.stem) for path in NOTEBOOKS])
def test_a_chapter_is_numbered_by_its_file(notebook):
    number = str(int(notebook.name[:2]))
    page = article(SITE / "notebooks" / f"{notebook.stem}.html")
    for heading in page.find_all(["h1", "h2"]):
        first = heading.find(class_="section-number")
        assert first, heading.get_text()
        assert first.get_text().split(".")[0].strip() == number, heading.get_text()
    shown = [tag.get_text() for tag in page.select("figcaption .caption-number, .exercise .caption-number, .eqno")]
    shown += [tag.get_text() for tag in page.select("div.proof .caption-number")]
    assert shown
    for text in shown:
        assert re.search(rf"(?<!\d){number}\.\d+", text), text


@pytest.mark.parametrize("notebook", [pytest.param(path, id=path.stem) for path in NOTEBOOKS])
def test_hints_and_solutions_are_folded(notebook):
    page = article(SITE / "notebooks" / f"{notebook.stem}.html")
    exercises = page.select("div.exercise")
    assert exercises
    assert len(page.select("div.solution.dropdown")) == len(exercises)
    assert len(page.select("div.hints")) == len(exercises)
    assert not page.select("details.hint[open]")


@pytest.mark.parametrize("notebook", [pytest.param(path, id=path.stem) for path in NOTEBOOKS])
def test_every_verdict_of_a_chapter_is_in_the_table(notebook):
    page = article(SITE / "notebooks" / f"{notebook.stem}.html")
    table = article(SITE / "book" / "audit.html")
    links = {a["href"] for a in table.select("table.audit-table a[href]")}
    blocks = page.select("div.audit")
    assert blocks
    for block in blocks:
        assert f"../notebooks/{notebook.stem}.html#{block['id']}" in links


def test_formulas_are_drawn_by_the_vendored_mathjax():
    pages = [page for page in CONTENT if article(page).select(".math")]
    for page in pages:
        scripts = [tag["src"] for tag in soup(page).find_all("script", src=True)]
        assert any("mathjax/tex-mml-chtml.js" in address for address in scripts), name(page)
