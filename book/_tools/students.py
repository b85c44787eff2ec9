r"""How does a chapter become what a student opens?

A chapter is one notebook with everything in it. Two nbconvert preprocessors make the students' copy, and others (the
slides, the homework) build on them:

- :class:`TakeOutSolutions` leaves of each exercise its text, an empty answer cell and the ``check``.
- :class:`PlainMarkdown` turns what only the book understands (roles, directives, labels, glued numbers, captions) into
  plain Markdown that reads the same in JupyterLab with or without jupyterlab-myst, in an editor and on a slide.

:func:`exercises` finds the exercises of a notebook; :class:`Book` knows the numbers that the pages show, by the rules
of ``book/_ext/house.py``: the first part is the number of the file. Start reading at :func:`students_copy`.

    from students import Book, TakeOutSolutions, PlainMarkdown, exercises
    book = Book.read(Path("notebooks"), Path("book"))
    notebook, _ = TakeOutSolutions().preprocess(nbformat.read(path, 4), {})
    notebook, _ = PlainMarkdown(book=book).preprocess(notebook, {"metadata": {"name": path.stem}})
"""

from __future__ import annotations

import ast
import base64
import re
from collections import Counter
from collections.abc import Callable, Iterable
from copy import deepcopy
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from nbconvert.preprocessors import Preprocessor
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell
from traitlets import Any as AnyTrait
from traitlets import Bool

ROOT = Path(__file__).resolve().parents[2]
CONFIG = ROOT / "_config.yml"
EXPLORE = ROOT / "book" / "_static" / "explore"
STUB = "answer = ..."
GLUED = "application/papermill.record/text/plain"
VERDICTS = {"holds": "✓ Holds", "holds if": "◐ Holds if …", "fails": "✗ Fails"}
ARTICLE = "hulul"  # the article's key in references.bib

START = re.compile(r"\{solution-start\}\s+ex-(\d+)-(\d+)")
END = re.compile(r"\{solution-end\}")
OPENING = re.compile(r"^(?P<indent>\s*)(?P<fence>:{3,}|`{3,})\{(?P<name>[\w:-]+)\}[ \t]*(?P<argument>.*)$")
CODE_FENCE = re.compile(r"^\s*(`{3,}|~{3,})(?!\{)")
OPTION = re.compile(r"^\s*:([a-z][\w-]*):[ \t]*(.*)$")
LABEL = re.compile(r"^\(([\w:-]+)\)=\s*$")
HEADING = re.compile(r"^(#{1,6}) +(.+?)\s*$")
EQUATION = re.compile(r"\$\$(?P<body>.*?)\$\$(?:[ \t]*\((?P<label>[\w:-]+)\))?", re.S)
ROLE = re.compile(r"(?<!`)\{(?P<name>[a-z][\w:-]*)\}`(?P<text>[^`]+)`", re.S)
TITLED = re.compile(r"^(?P<title>.*?)\s*<(?P<target>[^<>]+)>$", re.S)
IMAGE = re.compile(r"!\[(?P<alt>[^\]]*)\]\((?P<path>[^)\s]+)\)")


def tags(cell: NotebookNode) -> set[str]:
    """Return a cell's tags."""
    return set(cell.metadata.get("tags", []))


# --- exercises ---


@dataclass
class ExerciseCells:
    """Where an exercise stands in a notebook: the numbers of its cells, counted from 0."""

    id: str
    """``"1.3"``."""
    title: str
    """Without the stars."""
    stars: int
    statement: int
    """The Markdown cell that holds the statement (perhaps with the hints, perhaps with a heading above it)."""
    solution: list[int] = field(default_factory=list)
    """The cells tagged ``solution``, the frames of the directive included."""
    check: int | None = None
    """The cell tagged ``check``."""
    metadata: dict[str, Any] = field(default_factory=dict)
    """The key ``hpmath`` of the check cell's metadata: what homework needs to know, such as ``points``."""


def exercises(notebook: NotebookNode) -> dict[str, ExerciseCells]:
    """Find the exercises of a notebook, in order: ``{"1.1": ExerciseCells(...), ...}``.

    Raises
    ------
    ValueError
        If a solution is not closed, has no statement before it, or has not exactly one ``check``.
    """
    found: dict[str, ExerciseCells] = {}
    inside: ExerciseCells | None = None
    for k, cell in enumerate(notebook.cells):
        if cell.cell_type == "markdown":
            for name, argument, body in directives(cell.source):
                label = re.search(r"^\s*:label:\s*ex-(\d+)-(\d+)\s*$", body, re.M)
                if name == "exercise" and label:
                    title = argument.strip()
                    number = f"{label[1]}.{label[2]}"
                    found[number] = ExerciseCells(number, title.rstrip(" ★"), title.count("★"), k)
            start = START.search(cell.source)
            if start:
                number = f"{start[1]}.{start[2]}"
                if inside is not None or number not in found:
                    raise ValueError(f"cell {k + 1} starts the solution of exercise {number}, which is not open here")
                inside = found[number]
        if inside is None:
            continue
        if "check" in tags(cell):
            if inside.check is not None:
                raise ValueError(f"exercise {inside.id} has two cells tagged check")
            inside.check = k
            inside.metadata = dict(cell.metadata.get("hpmath", {}))
        elif "solution" in tags(cell):
            inside.solution.append(k)
        else:
            raise ValueError(f"cell {k + 1} stands in the solution of exercise {inside.id} and is not tagged solution")
        if cell.cell_type == "markdown" and END.search(cell.source):
            if inside.check is None:
                raise ValueError(f"exercise {inside.id} has no cell tagged check")
            inside = None
    if inside is not None:
        raise ValueError(f"the solution of exercise {inside.id} is not closed")
    return found


def directives(text: str) -> Iterable[tuple[str, str, str]]:
    """Yield name, argument and body (options included) of each directive at the top of a text."""
    for kind, block in blocks(text):
        if kind == "directive":
            yield block


class TakeOutSolutions(Preprocessor):
    """Leave of each exercise its text, an empty answer cell and the check; of the outputs, the pictures.

    What a cell printed is the student's to find out; the pictures stay as the figures to aim at. Nothing that a
    solution's cell or a check has shown stays.
    """

    keep_figures = Bool(True, help="Keep the pictures of the cells that are not solutions.").tag(config=True)

    def preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> tuple[NotebookNode, dict[str, Any]]:
        """Return a copy without solutions."""
        nb = deepcopy(nb)
        found = exercises(nb)
        answers = {exercise.check: exercise for exercise in found.values()}
        left = []
        for k, cell in enumerate(nb.cells):
            if "solution" in tags(cell):
                continue
            if k in answers:
                left.append(answer_cell(answers[k].id))
            if cell.cell_type == "code":
                pictures = [o for o in cell.outputs if "image/png" in o.get("data", {})]
                cell.outputs = pictures if self.keep_figures and "check" not in tags(cell) else []
                cell.execution_count = None
                for output in cell.outputs:
                    if "execution_count" in output:
                        output.execution_count = None
            left.append(cell)
        nb.cells = left
        return nb, resources


def answer_cell(exercise_id: str) -> NotebookNode:
    """Return the cell a student fills in."""
    cell = new_code_cell(f"# your answer to exercise {exercise_id}\n{STUB}", metadata={"tags": ["answer"]})
    cell.id = "answer-" + exercise_id.replace(".", "-")
    return cell


# --- blocks: Markdown, cut at directives and code ---


def blocks(text: str) -> Iterable[tuple[str, Any]]:
    """Cut a text into ``("text", str)``, ``("code", str)`` and ``("directive", (name, argument, body))``.

    Raises
    ------
    ValueError
        If a directive is not closed.
    """
    lines = text.split("\n")
    plain: list[str] = []
    k = 0
    while k < len(lines):
        opening = OPENING.match(lines[k])
        code = CODE_FENCE.match(lines[k])
        if not (opening or code):
            plain.append(lines[k])
            k += 1
            continue
        fence = opening["fence"] if opening else code[1]  # type: ignore[index]
        end = next((j for j in range(k + 1, len(lines)) if lines[j].strip() == fence), None)
        if end is None:
            raise ValueError(f"this is opened and not closed: {lines[k]!r}")
        if plain:
            yield "text", "\n".join(plain)
            plain = []
        if opening:
            indent = len(opening["indent"])
            body = "\n".join(line[indent:] if not line[:indent].strip() else line for line in lines[k + 1 : end])
            yield "directive", (opening["name"], opening["argument"], body)
        else:
            yield "code", "\n".join(lines[k : end + 1])
        k = end + 1
    if plain:
        yield "text", "\n".join(plain)


def split_options(body: str) -> tuple[dict[str, str], str]:
    """Split a directive's body into its options and its content."""
    options: dict[str, str] = {}
    lines = body.split("\n")
    name = ""
    while lines:
        option = OPTION.match(lines[0])
        if option:
            name = option[1]
            options[name] = option[2].strip()
        elif name and lines[0][:1] in {" ", "\t"} and lines[0].strip():
            options[name] += " " + lines[0].strip()
        else:
            break
        lines.pop(0)
    return options, "\n".join(lines).strip("\n")


# --- what the pages show: numbers, titles, citations ---


@dataclass(frozen=True)
class Target:
    """What a label stands for: ``kind`` is chapter, section, figure, equation, exercise or a theorem's kind."""

    kind: str
    number: str
    title: str
    home: str
    """The stem of the notebook or page."""


@dataclass
class Book:
    """The labels, chapters and citations of the book."""

    targets: dict[str, Target]
    chapters: dict[int, str]
    """Number to stem: ``{1: "01_gradients"}``."""
    titles: dict[str, str]
    """Stem to title, pages of ``book/`` included."""
    citations: dict[str, tuple[str, str]]
    """Key to authors and year: ``{"squire1998": ("Squire and Trapp", "1998")}``."""
    entries: dict[str, str]
    """Key to the whole reference, one line."""

    @classmethod
    def read(cls, notebooks: Path, pages: Path) -> Book:
        """Read the chapters in ``notebooks`` and the pages in ``pages``.

        Raises
        ------
        ValueError
            If a chapter is no notebook or a directive in it is not closed; the message names the file.
        """
        import nbformat

        book = cls({}, {}, {}, *read_references(pages / "references.bib"))
        for page in sorted(pages.glob("*.md")):
            heading = re.search(r"^# +(.+)$", page.read_text("utf8"), re.M)
            book.titles[page.stem] = heading[1].strip() if heading else page.stem
        for path in sorted(notebooks.glob("[0-9][0-9]_*.ipynb")):
            try:
                book.number(path.stem, nbformat.read(path, as_version=4))
            except (ValueError, AttributeError, KeyError, nbformat.ValidationError) as error:
                raise ValueError(f"{path.name} cannot be read: {str(error).splitlines()[0][:200]}") from None
        return book

    def number(self, stem: str, notebook: NotebookNode) -> None:
        """Give every label of a notebook the number that the page shows."""
        n = int(stem[:2])
        self.chapters[n] = stem
        counts: Counter[str] = Counter()
        sections = [0] * 7

        def add(label: str | None, kind: str, title: str = "") -> None:
            counts[kind] += 1
            if label:
                self.targets[label] = Target(kind, f"{n}.{counts[kind]}", title, stem)

        def read(text: str) -> None:
            for kind, block in blocks(text):
                if kind == "text":
                    read_headings(block)
                    for equation in EQUATION.finditer(block):
                        if equation["label"]:
                            add(equation["label"], "equation")
                elif kind == "directive":
                    name, argument, body = block
                    options, content = split_options(body)
                    if name.startswith("prf:") and name != "prf:proof" and "nonumber" not in options:
                        add(options.get("label"), name.removeprefix("prf:"), argument.strip())
                    elif name == "exercise":
                        add(options.get("label"), "exercise", argument.strip())
                    elif name == "figure":
                        add(options.get("name"), "figure")
                    elif name == "math" and "label" in options:
                        add(options["label"], "equation")
                    elif name == "explore" and "name" in options:
                        self.targets[options["name"]] = Target("figure that moves", "", options.get("title", ""), stem)
                    read(content)

        def read_headings(text: str) -> None:
            label = None
            for line in text.split("\n"):
                heading = HEADING.match(line)
                if heading:
                    level, title = len(heading[1]), heading[2]
                    sections[level] += 1
                    sections[level + 1 :] = [0] * (6 - level)
                    if level == 1:
                        self.titles[stem] = title
                        target = Target("chapter", str(n), title, stem)
                    else:
                        number = ".".join(map(str, [n, *sections[2 : level + 1]]))
                        target = Target("section", number, title, stem)
                    if label:
                        self.targets[label] = target
                if line.strip():
                    found = LABEL.match(line)
                    label = found[1] if found else None

        for cell in notebook.cells:
            if cell.cell_type == "markdown":
                read(cell.source)
            elif cell.cell_type == "code":
                figure = cell.metadata.get("mystnb", {}).get("figure", {})
                if figure:
                    add(figure.get("name"), "figure")

    def target(self, label: str) -> Target:
        """Return what a label stands for.

        Raises
        ------
        ValueError
            If nothing has this label.
        """
        if label not in self.targets:
            raise ValueError(f"nothing in the chapters has the label {label!r}")
        return self.targets[label]


def read_references(path: Path) -> tuple[dict[str, tuple[str, str]], dict[str, str]]:
    """Read ``references.bib``: authors and year of each key, and the whole reference as the book prints it."""
    from pybtex.database import parse_file
    from pybtex.plugin import find_plugin

    data = parse_file(str(path))
    style = find_plugin("pybtex.style.formatting", "plain")()
    backend = find_plugin("pybtex.backends", "text")()
    names, years = {}, {}
    for key, entry in data.entries.items():
        people = [plain_tex(" ".join([*p.prelast_names, *p.last_names])) for p in entry.persons.get("author", [])]
        names[key] = " and ".join(people) if len(people) < 3 else f"{people[0]} et al."
        years[key] = entry.fields.get("year", "n.d.")
    same = Counter((names[key], years[key]) for key in names)
    seen: Counter[tuple[str, str]] = Counter()
    for key in names:
        pair = (names[key], years[key])
        if same[pair] > 1 and years[key] != "n.d.":
            years[key] += "abcdefgh"[seen[pair]]
            seen[pair] += 1
    entries = {entry.key: entry.text.render(backend) for entry in style.format_bibliography(data)}
    return {key: (names[key], years[key]) for key in names}, entries


def plain_tex(text: str) -> str:
    """Return a name from a bibliography without TeX's braces and accents."""
    from pybtex.richtext import Text

    return str(Text.from_latex(text)).strip()


# --- plain Markdown ---


@cache
def macros() -> dict[str, str]:
    """Return the book's TeX macros, which a notebook elsewhere does not know."""
    config = yaml.safe_load(CONFIG.read_text("utf8"))
    return dict(config["sphinx"]["config"]["mathjax3_config"]["tex"]["macros"])


def expand_macros(text: str) -> str:
    r"""Write ``\argmin`` and the book's other macros out."""
    for name, meaning in macros().items():
        text = re.sub(rf"\\{name}(?![A-Za-z])", lambda _, meaning=meaning: meaning, text)
    return text


class PlainMarkdown(Preprocessor):
    """Turn the book's Markdown into Markdown that every program shows, numbers and glued values filled in."""

    book = AnyTrait(help="The Book whose numbers are shown.")
    folder = AnyTrait(ROOT / "notebooks", help="Where the pictures' paths start.")

    def preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> tuple[NotebookNode, dict[str, Any]]:
        """Return a copy; ``resources["metadata"]["name"]`` is the notebook's stem."""
        stem = resources.get("metadata", {}).get("name", "")
        values = resources.get("glued") or glued(nb)
        nb = deepcopy(nb)
        cells = []
        for cell in nb.cells:
            if cell.cell_type != "markdown":
                cells.append(cell)
                caption = self.caption(cell, stem, values)
                if caption:
                    cells.append(caption)
                continue
            cell.source = plain(cell.source, self.book, stem, values)
            embed_images(cell, Path(self.folder))
            if cell.source:
                cells.append(cell)
        for cell in cells:
            alt = cell.metadata.pop("mystnb", {}).get("image", {}).get("alt")
            for output in cell.get("outputs", []):
                if alt and "image/png" in output.get("data", {}):
                    output.metadata["image/png"] = {"alt": " ".join(alt.split())}
        nb.cells = cells
        return nb, resources

    def caption(self, cell: NotebookNode, stem: str, values: dict[str, Any]) -> NotebookNode | None:
        """Return the caption of a figure as a cell of its own."""
        figure = cell.metadata.get("mystnb", {}).get("figure", {})
        if not figure.get("caption"):
            return None
        label = figure.get("name", "")
        number = f"**Fig. {self.book.target(label).number}.** " if label else ""
        text = number + plain(" ".join(figure["caption"].split()), self.book, stem, values)
        shown = new_markdown_cell(text, metadata={"tags": ["caption"]})
        shown.id = f"{cell.id[:56]}-caption"
        return shown


def glued(notebook: NotebookNode) -> dict[str, Any]:
    """Return the values that the cells of a notebook have stored with ``glue``."""
    values: dict[str, Any] = {}
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if GLUED in output.get("data", {}):
                text = "".join(output.data[GLUED])
                try:
                    value = ast.literal_eval(text)
                except (ValueError, SyntaxError):
                    value = text
                values[output.metadata.scrapbook.name] = value
    return values


def plain(text: str, book: Book, stem: str = "", values: dict[str, Any] | None = None) -> str:
    """Return a Markdown text of the book as plain Markdown.

    Parameters
    ----------
    text : str
    book : Book
    stem : str
        The notebook in which it stands; references to others become links to their files.
    values : dict
        What was glued.

    Raises
    ------
    ValueError
        If the text holds a role, a directive, a label or a glued name that is not known.
    """
    write = Writer(book, stem, values or {})
    return re.sub(r"\n{3,}", "\n\n", write.text(text)).strip()


@dataclass
class Writer:
    """Writes the Markdown of one cell."""

    book: Book
    stem: str
    values: dict[str, Any]

    def text(self, text: str) -> str:
        """Write a text with its directives."""
        parts = []
        for kind, block in blocks(text):
            if kind == "code":
                parts.append(block)
            elif kind == "text":
                parts.append(self.inline(block))
            else:
                name, argument, body = block
                options, content = split_options(body)
                parts.append("\n" + self.directive(name, argument.strip(), options, content) + "\n")
        return "\n".join(parts)

    def inline(self, text: str) -> str:
        """Write roles, equations and labels of a text without directives."""
        text = "\n".join(line for line in text.split("\n") if not LABEL.match(line) and not re.match(r"^%( |$)", line))
        text = EQUATION.sub(self.equation, text)
        text = ROLE.sub(self.role, text)
        return expand_macros(text)

    def equation(self, match: re.Match[str]) -> str:
        r"""Write a display formula, its number as a tag.

        ``equation*`` and not ``$$``: jupyterlab-myst would add a number of its own.
        """
        start = match.string.rfind("\n", 0, match.start()) + 1
        before = match.string[start : match.start()]
        indent = before if not before.strip() else ""
        lines = [line.strip() for line in match["body"].split("\n") if line.strip()]
        if match["label"]:
            lines[-1] += rf" \tag{{{self.book.target(match['label']).number}}}"
        lines = [r"\begin{equation*}", *lines, r"\end{equation*}"]
        return f"\n\n{indent}" + f"\n{indent}".join(lines) + f"\n\n{indent}"

    # roles

    def role(self, match: re.Match[str]) -> str:
        """Write a role."""
        name, text = match["name"], " ".join(match["text"].split())
        titled = TITLED.match(text)
        title, target = (titled["title"], titled["target"]) if titled else ("", text)
        if name == "glue:text":
            return self.glued(text)
        if name in {"eq", "numref", "ref", "prf:ref"}:
            return self.reference(name, title, target)
        if name == "chapter":
            return self.chapter(int(text))
        if name in {"cite:t", "cite:p", "cite"}:
            return self.citation(name, [key.strip() for key in text.split(",")])
        if name == "index":
            return title or text
        if name == "doc":
            return self.document(title, target)
        if name.startswith("py:"):
            return f"`{title or target.removeprefix('~')}`"
        if name in {"math", "sub", "sup", "abbr", "term", "download", "kbd"}:
            return f"${text}$" if name == "math" else title or text
        raise ValueError(f"the students' notebooks do not know the role {name!r}; teach it to book/_tools/students.py")

    def glued(self, text: str) -> str:
        """Write a glued value in its format."""
        name, _, style = text.partition(":")
        if name not in self.values:
            raise ValueError(f"no cell glues {name!r}")
        value = self.values[name]
        return format(value, style) if style else str(value)

    def reference(self, role: str, title: str, label: str) -> str:
        """Write a reference to a label: its number, or its title."""
        target = self.book.target(label)
        if title and role == "numref":
            shown = (
                title.replace("{number}", target.number).replace("%s", target.number).replace("{name}", target.title)
            )
        elif title:
            shown = title
        elif target.kind == "equation":
            shown = f"({target.number})"
        elif role == "ref" or target.kind == "chapter":
            shown = target.title
        elif target.kind == "figure":
            shown = f"Fig. {target.number}"
        else:
            shown = f"{target.kind.capitalize()} {target.number}"
        if target.home == self.stem:
            return f"“{shown}”" if role == "ref" and not title else shown
        return f"[{shown}]({target.home}.ipynb)"

    def chapter(self, number: int) -> str:
        """Write "chapter 22", a link if there is one."""
        shown = f"chapter\N{NO-BREAK SPACE}{number:02d}"
        home = self.book.chapters.get(number)
        return f"[{shown}]({home}.ipynb)" if home and home != self.stem else shown

    def citation(self, role: str, keys: list[str]) -> str:
        """Write "Nocedal and Wright [2006]" or "[Nocedal and Wright, 2006]"."""
        for key in keys:
            if key not in self.book.citations:
                raise ValueError(f"references.bib has no entry {key!r}")
        pairs = [self.book.citations[key] for key in keys]
        if role == "cite:t":
            return ", ".join(f"{names} [{year}]" for names, year in pairs)
        return "[" + ", ".join(f"{names}, {year}" for names, year in pairs) + "]"

    def document(self, title: str, target: str) -> str:
        """Write a reference to a page; a chapter is a link, a page of the book is named."""
        stem = target.rsplit("/", 1)[-1]
        if stem not in self.book.titles:
            raise ValueError(f"there is no page {target!r}")
        if stem in self.book.chapters.values():
            return f"[{title or self.book.titles[stem]}]({stem}.ipynb)"
        page = f"“{self.book.titles[stem]}” in the book"
        return f"{title} ({page})" if title else page

    # directives

    def directive(self, name: str, argument: str, options: dict[str, str], content: str) -> str:
        """Write a directive."""
        if name in {"index", "solution-start", "solution-end", "raw", "only"}:
            return ""
        if name == "prf:proof":
            return f"*Proof{' ' + self.inline(argument) if argument else ''}.* {self.text(content).strip()} ∎"
        if name.startswith("prf:"):
            return self.theorem(name.removeprefix("prf:"), argument, options, content)
        if name == "exercise":
            number = self.book.target(options["label"]).number
            return f"### Exercise {number} · {self.inline(argument)}\n\n{self.text(content).strip()}"
        if name == "hints":
            return self.hints(argument)
        if name == "audit":
            return self.audit(argument, options, content)
        if name in {"admonition", "dropdown", "card", "tab-item"}:
            title = self.inline(argument)
            stop = "" if title.endswith((".", "?", "!", ":")) or "chapter-header" in options.get("class", "") else "."
            return f"**{title}{stop}**\n\n{self.text(content).strip()}"
        if name in {"note", "tip", "hint", "important", "warning", "caution", "attention", "danger", "seealso"}:
            return f"**{name.capitalize()}.** {self.text(chr(10).join([argument, content])).strip()}"
        if name == "math":
            label = f" ({options['label']})" if "label" in options else ""
            return self.inline("$$\n" + "\n".join(filter(None, [argument, content])) + f"\n$${label}")
        if name in {"figure", "image"}:
            number = f"**Fig. {self.book.target(options['name']).number}.** " if "name" in options else ""
            return f"![{options.get('alt', '')}]({argument})\n\n{number}{self.text(content).strip()}".strip()
        if name == "explore":
            return self.explore(argument, options, content)
        if name in {"div", "container", "margin", "sidebar", "grid", "tab-set"}:
            return self.text(content)
        raise ValueError(
            f"the students' notebooks do not know the directive {name!r}; teach it to book/_tools/students.py"
        )

    def theorem(self, kind: str, argument: str, options: dict[str, str], content: str) -> str:
        """Write a theorem, definition, assumption ... with its number."""
        number = f" {self.book.target(options['label']).number}" if "label" in options else ""
        title = f" ({self.inline(argument)})" if argument else ""
        return f"**{kind.capitalize()}{number}{title}.**\n\n{self.text(content).strip()}"

    def explore(self, figure: str, options: dict[str, str], content: str) -> str:
        """Write the question of a figure that moves, with its picture at the start; it moves on the book's page."""
        title = self.inline(options.get("title", ""))
        title = f"**{title}{'' if title.endswith(('.', '?', '!')) else '.'}** " if title else ""
        drawn = (EXPLORE / f"{name}.png" for name in (options.get("name"), figure) if name)
        picture = next((path for path in drawn if path.is_file()), None)
        image = f"\n\n![{options.get('alt', 'The figure at its start')}]({picture})" if picture else ""
        page = self.book.titles.get(self.stem, "this chapter")
        return f"{title}{self.text(content).strip()}{image}\n\n*This figure moves on the page “{page}” of the book.*"

    def hints(self, exercise_id: str) -> str:
        """Write how to get the hints; formulas that they name by their label are given their number here."""
        from hpmath.teaching import exercise

        texts = exercise(exercise_id).hints
        many = "one hint" if len(texts) == 1 else f"{len(texts)} hints, one at a time"
        found = dict.fromkeys(m["text"] for hint in texts for m in ROLE.finditer(hint) if m["name"] != "glue:text")
        named = [f"`{label}` in them is {self.reference('numref', '', label)}" for label in found]
        return f'*Stuck?* `hpmath.hint("{exercise_id}")` gives {many}{"; " if named else ""}{", ".join(named)}.'

    def audit(self, argument: str, options: dict[str, str], content: str) -> str:
        """Write a verdict on a sentence of the article."""
        verdict = VERDICTS[argument.lower().replace("-", " ").removesuffix("…").strip()]
        claim = " ".join(options["claim"].split()).strip('"“”')
        return (
            f"**{verdict} — {self.inline(options['topic'])}**\n\n"
            f"> “{claim}” {self.citation('cite:p', [ARTICLE])}\n\n"
            f"{self.text(content).strip()}\n\n**Shown:** {self.inline(options['shown'])}"
        )


def embed_images(cell: NotebookNode, folder: Path) -> None:
    """Put the pictures that a Markdown cell shows from files into the cell."""

    def attach(match: re.Match[str]) -> str:
        path = match["path"]
        if re.match(r"[a-z]+:", path):
            return match[0]
        file = folder / path
        if not file.is_file():
            raise ValueError(f"the picture {path!r} does not exist")
        mime = {".png": "image/png", ".svg": "image/svg+xml", ".gif": "image/gif"}.get(file.suffix, "image/jpeg")
        data = base64.b64encode(file.read_bytes()).decode("ascii")
        cell.setdefault("attachments", {})[file.name] = {mime: data}
        return f"![{match['alt']}](attachment:{file.name})"

    cell.source = IMAGE.sub(attach, cell.source)


# --- a whole notebook ---

BANNER = """*Students' notebook. Numbers in the text are those of the book; what the cells print, you find out by
running them from the top. Each exercise ends with an answer cell and a `check`, which meets a wrong answer with a word
on it. The next cell makes `hpmath.hint("{first}")` work: one hint, and one more at each call.*"""


def students_copy(
    notebook: NotebookNode, book: Book, stem: str, *, also: Callable[[NotebookNode], None] | None = None
) -> NotebookNode:
    """Return the students' copy of a chapter: no solutions, plain Markdown, plotting code folded.

    Parameters
    ----------
    notebook : NotebookNode
        A chapter with its stored outputs.
    book : Book
    stem : str
        The name of its file, ``"01_gradients"``.
    also : callable, optional
        Changes the copy in place at the end.
    """
    resources = {"metadata": {"name": stem}, "glued": glued(notebook)}
    found = exercises(notebook)
    keys = cited(notebook)
    copy, _ = TakeOutSolutions().preprocess(notebook, resources)
    copy, _ = PlainMarkdown(book=book).preprocess(copy, resources)
    first = next(iter(found), f"{int(stem[:2])}.1")
    note = new_markdown_cell(BANNER.format(first=first), metadata={"tags": ["about"]})
    start = new_code_cell("import hpmath", metadata={"tags": ["about"]})
    note.id, start.id = "about-this-notebook", "about-hints"
    copy.cells[1:1] = [note, start]
    if keys:
        listed = "\n".join(f"- {book.entries[key]}" for key in sorted(keys))
        copy.cells.append(new_markdown_cell(f"## References\n\n{listed}", metadata={"tags": ["about"]}))
        copy.cells[-1].id = "references"
    for cell in copy.cells:
        if "hide-input" in tags(cell):
            cell.metadata["jupyter"] = {"source_hidden": True}
    if also:
        also(copy)
    return copy


def cited(notebook: NotebookNode) -> set[str]:
    """Return the keys that the text of a notebook cites, solutions left out."""
    texts = [c.source for c in notebook.cells if c.cell_type == "markdown" and "solution" not in tags(c)]
    texts += [c.metadata.get("mystnb", {}).get("figure", {}).get("caption", "") for c in notebook.cells]
    roles = (m for text in texts for m in ROLE.finditer(text) if m["name"].startswith("cite"))
    keys = {key.strip() for m in roles for key in m["text"].split(",")}
    return keys | ({ARTICLE} if any("{audit}" in text for text in texts) else set())
