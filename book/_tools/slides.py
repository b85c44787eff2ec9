"""Which part of a chapter is thrown on the wall?

Slides are nbconvert's reveal slides of a chapter's cells, by their slide type (``slideshow.slide_type`` in the cell's
metadata: "slide", "subslide", "fragment", "notes", "skip" or "-", as JupyterLab's property inspector sets it). A cell
that has one keeps it. All others are tagged here, by rule, so that a new chapter has slides at once:

- a heading begins a slide, with the first sentences below it; the title slide has the whole question;
- a display formula is shown with the sentence that leads to it; so are theorems, assumptions, mistakes and verdicts, as
  many as a slide holds;
- an exercise has its own slide; so has a figure, with its caption and without its code, and a derivation;
- the rest of the prose and the proofs are the speaker's notes (key S); other code is skipped;
- "What to remember" is shown as it stands. Solutions, checks and hints never are.

Start reading at :func:`tag_slides`.
"""

from __future__ import annotations

import math
import re
import shutil
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nbconvert import SlidesExporter
from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell
from students import EQUATION, HEADING, LABEL, ROOT, Book, PlainMarkdown, blocks, glued, tags

HERE = Path(__file__).resolve().parent / "slides"
MATHJAX = ROOT / "book" / "_static" / "mathjax"
BOXES = {"admonition", "audit", "exercise", "note", "tip", "warning", "important", "figure", "image"}
DROPPED = {"hints", "index", "solution-start", "solution-end"}
CAPACITY = 14.0  # lines of text on a slide
ONLY_A_HEADING = 3.0
LINE = 92  # letters in a line
OPENING_WORDS = 60  # of the prose below a heading

HEAD = '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>Slides</title>\n'


@dataclass
class Deck:
    """The cells of a deck while it is being filled."""

    cells: list[NotebookNode] = field(default_factory=list)
    lines: float = 0
    """Lines on the slide at hand."""
    opening: bool = False
    """Whether a heading still waits for its first sentences."""
    whole: bool = False
    """Whether prose is shown as it stands (the question, what to remember)."""
    skipping: bool = False

    def add(self, kind: str, text: str) -> None:
        """Add a Markdown cell of a slide type; what does not fit on the slide begins another."""
        text = text.strip()
        if not text or self.skipping:
            return
        tall = height(text)
        if kind == "-" and self.lines + tall > CAPACITY:
            kind = "subslide"
        if kind in {"slide", "subslide"}:
            self.lines = 0
        if kind != "notes":
            self.lines += tall
        self.cells.append(new_markdown_cell(text, metadata={"slideshow": {"slide_type": kind}}))

    def heading(self, level: int, line: str) -> None:
        """Begin a slide."""
        title = line.lower()
        self.skipping = "further reading" in title
        self.whole = level == 1 or "remember" in title
        self.opening = level > 1 and not self.whole
        self.add("slide" if level < 3 else "subslide", line)

    def box(self, name: str, argument: str, body: str) -> None:
        """Show a box, an exercise on a slide of its own; give a proof to the notes."""
        fence = ":" * 9
        text = f"{fence}{{{name}}} {argument}".rstrip() + f"\n{body}\n{fence}"
        own = name == "exercise" and self.lines > ONLY_A_HEADING
        self.opening = False
        self.add("notes" if name == "prf:proof" else "subslide" if own else "-", text)

    def prose(self, paragraph: str) -> None:
        """Show the first sentences below a heading, give the rest to the notes."""
        if self.whole:
            self.add("-", paragraph)
            return
        if not self.opening or paragraph.startswith(("- ", "* ", "1. ", "|", "!")):
            self.add("notes", paragraph)
            return
        shown, rest = first_sentences(paragraph)
        self.opening = False
        self.add("-", shown)
        self.add("notes", rest)

    def formula(self, lead: str, text: str) -> None:
        """Show a display formula under the sentence that leads to it."""
        before, sentence = last_sentence(lead) if lead else ("", "")
        if before:
            self.prose(before)
        self.opening = False
        self.add("-", f"{sentence}\n\n{text}")


def height(text: str) -> float:
    """Return about how many lines a text takes on a slide."""
    formulas = [match[0] for match in EQUATION.finditer(text)]
    tall = sum(2.4 + 1.7 * formula.count(r"\\") for formula in formulas)
    lines = [line for line in EQUATION.sub("\n\n", text).split("\n\n") if line.strip()]
    for paragraph in lines:
        items = re.split(r"\n(?=\s*(?:[-*]|\d+\.) )", paragraph)
        tall += 0.4 + sum(math.ceil(len(item) / LINE) for item in items)
    return tall + (1.0 if text.startswith("#") else 3.0 if "{audit}" in text else 0.0)


def sentence_ends(paragraph: str) -> list[int]:
    """Return where the sentences of a paragraph end, formulas not looked into."""
    ends = [m.end() for m in re.finditer(r"[.?!:](?=\s+[A-Z\"“(*`$]|\s*$)", paragraph)]
    return [end for end in ends if paragraph[:end].count("$") % 2 == 0] or [len(paragraph)]


def first_sentences(paragraph: str) -> tuple[str, str]:
    """Cut a paragraph after as many whole sentences as a slide takes, at least one."""
    ends = sentence_ends(paragraph)
    cut = max([end for end in ends if len(paragraph[:end].split()) <= OPENING_WORDS], default=ends[0])
    return paragraph[:cut].strip(), paragraph[cut:].strip()


def last_sentence(paragraph: str) -> tuple[str, str]:
    """Cut a paragraph before its last sentence."""
    ends = [end for end in sentence_ends(paragraph) if end < len(paragraph.rstrip()) - 1 and paragraph[end - 1] != ":"]
    cut = max(ends, default=0)
    return paragraph[:cut].strip(), paragraph[cut:].strip()


def tag_slides(notebook: NotebookNode) -> NotebookNode:
    """Return a copy whose cells have slide types: their own, or by the rules at the head of this module."""
    notebook = deepcopy(notebook)
    deck = Deck()
    for cell in notebook.cells:
        if tags(cell) & {"solution", "check"}:
            continue
        own = cell.metadata.get("slideshow", {}).get("slide_type")
        if own:
            if own != "skip":
                deck.cells.append(as_tagged(cell))
                deck.lines = CAPACITY
        elif cell.cell_type == "code":
            if not deck.skipping and showpiece(cell):
                title = derivation_title(cell.source)
                if title:
                    deck.add("subslide", f"### {title}")
                    cell.metadata["slideshow"] = {"slide_type": "-"}
                deck.cells.append(cell)
                deck.lines, deck.opening = CAPACITY, False
        elif cell.cell_type == "markdown":
            cut(cell.source, deck)
    for k, cell in enumerate(deck.cells):
        cell.id = f"slide-{k}"
    notebook.cells = deck.cells
    return notebook


def as_tagged(cell: NotebookNode) -> NotebookNode:
    """Return a cell that has its own slide type: with its code, unless the book folds it, and all that it shows."""
    if cell.cell_type == "code":
        cell.outputs = [o for o in cell.outputs if "scrapbook" not in o.get("metadata", {})]
        if "hide-input" in tags(cell):
            cell.metadata["transient"] = {"remove_source": True}
    return cell


def showpiece(cell: NotebookNode) -> bool:
    """Make a slide of a code cell that shows a picture or a derivation; return whether it does."""
    pictures = [o for o in cell.outputs if "image/png" in o.get("data", {})]
    formulas = [o for o in cell.outputs if "text/latex" in o.get("data", {})]
    if not pictures + formulas:
        return False
    for output in formulas:
        output.data.pop("text/plain", None)
    cell.outputs = pictures + formulas
    cell.metadata["transient"] = {"remove_source": True}
    cell.metadata["slideshow"] = {"slide_type": "subslide"}
    return True


def derivation_title(source: str) -> str:
    """Return the title of the derivation that a cell ends with, or nothing."""
    last = re.escape(source.strip().rsplit("\n", 1)[-1])
    found = re.search(rf'^{last}\s*=\s*\(?\s*Derivation\(\s*"([^"]+)"', source, re.M)
    return found[1] if found else ""


def cut(text: str, deck: Deck) -> None:
    """Cut a Markdown cell into the pieces of slides."""
    for kind, block in blocks(text):
        if kind == "directive":
            name, argument, body = block
            if name in BOXES or name.startswith("prf:"):
                deck.box(name, argument, body)
            elif name not in DROPPED:
                deck.formula("", f"```{{{name}}} {argument}\n{body}\n```")
        elif kind == "code":
            deck.add("notes", block)
        else:
            lead = ""
            for piece in pieces(block):
                heading = HEADING.match(piece)
                is_formula = piece.startswith("$$")
                if lead and not is_formula:
                    deck.prose(lead)
                if is_formula:
                    deck.formula(lead, piece)
                elif heading:
                    deck.heading(len(heading[1]), piece)
                lead = "" if is_formula or heading or LABEL.match(piece) else piece
            if lead:
                deck.prose(lead)


def pieces(text: str) -> list[str]:
    """Cut a text without directives into headings, display formulas and paragraphs."""
    found: list[str] = []
    end = 0
    for match in [*EQUATION.finditer(text), None]:
        before = text[end : match.start() if match else len(text)]
        before = re.sub(r"^(\([\w:-]+\)=|#{1,6} .*)$", r"\n\1\n", before, flags=re.M)
        found += [part.strip() for part in re.split(r"\n\s*\n", before) if part.strip()]
        if match:
            found.append(match[0])
            end = match.end()
    return found


def slides(notebook: NotebookNode, book: Book, stem: str) -> str:
    """Return the page of a chapter's slides; it loads ``_static`` beside it and nothing else.

    Parameters
    ----------
    notebook : NotebookNode
        A chapter with its stored outputs.
    book : Book
    stem : str
        The name of its file, ``"01_gradients"``.
    """
    resources: dict[str, Any] = {"metadata": {"name": stem}, "glued": glued(notebook)}
    tagged = tag_slides(notebook)
    tagged.metadata["title"] = f"{int(stem[:2]):02d} {book.titles[stem]}"
    deck, _ = PlainMarkdown(book=book).preprocess(tagged, resources)
    for cell in deck.cells:
        cell.source = re.sub(r"\]\((\d\d_\w+)\.ipynb\)", r"](\1.slides.html)", cell.source)
        if "caption" in tags(cell):
            cell.source = f'<div class="caption">\n\n{cell.source}\n\n</div>'
    exporter = SlidesExporter(
        extra_template_basedirs=[str(HERE)],
        template_name="house",
        exclude_input_prompt=True,
        exclude_output_prompt=True,
    )
    page, _ = exporter.from_notebook_node(deck, resources={"metadata": {"name": stem}})
    return str(page)


def write_statics(folder: Path) -> None:
    """Copy reveal.js, MathJax and the style beside the slides."""
    shutil.copytree(HERE / "reveal", folder / "reveal")
    shutil.copytree(MATHJAX, folder / "mathjax")
    shutil.copy(HERE / "slides.css", folder / "slides.css")


def contents(book: Book, stems: list[str]) -> str:
    """Return the page that lists the decks."""
    rows = "".join(f'<li><a href="{s}.slides.html">{int(s[:2]):02d} {book.titles[s]}</a></li>\n' for s in stems)
    return f"{HEAD}</head>\n<body>\n<h1>Slides</h1>\n<ul>\n{rows}</ul>\n</body>\n</html>\n"
