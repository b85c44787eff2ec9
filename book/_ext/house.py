"""The house rules of the book, as a Sphinx extension.

- A chapter's number is the number of its file: sections, equations, figures, tables, theorems and exercises of
  ``notebooks/01_gradients.ipynb`` are 1, (1.4), Fig. 1.2, Theorem 1.1, Exercise 1.3. Sphinx would number by position.
- ``{hints} 1.3`` draws the folded hints that ``hpmath.exercises`` holds for an exercise.
- ``{audit} holds if`` is a verdict on a sentence of the article; ``{audit-table}`` collects all verdicts of the book.
- ``{terms}`` lists the words that chapters put into the index, each with the chapters that do.
- ``{chapter}`22` `` names a chapter, and links to it once it exists.
- ``{benchmark} calculus`` shows a table that ``benchmarks/calculus.py`` recorded.
- ``{explore} gp`` is the place of a figure that moves; only the pages that have one load scripts for it.
- A search that ``plotting.play`` shows step by step keeps its picture for who reads without scripts.
- No page names a script on another host: sphinx-thebe, which does even when it is switched off, is disconnected.
"""

from __future__ import annotations

import html
import json
import re
import zlib
from pathlib import Path
from typing import Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from docutils.statemachine import StringList
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.transforms import SphinxTransform
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective, SphinxRole
from sphinx.util.nodes import make_id
from sphinx_external_toc.collectors import TocTreeCollectorWithStyles

logger = logging.getLogger(__name__)

VERDICTS = {"holds": "✓ Holds", "holds if": "◐ Holds if …", "fails": "✗ Fails"}
ARTICLE = "hulul"  # the article's key in references.bib


def chapter_number(docname: str) -> int | None:
    """Return 1 for ``notebooks/01_gradients`` and None for a page that is no chapter."""
    found = re.match(r"notebooks/(\d\d)_", docname)
    return int(found[1]) if found else None


def chapters(env: BuildEnvironment) -> dict[int, str]:
    """Map the numbers of the chapters that exist to their document names, in order."""
    return {n: doc for doc in sorted(env.found_docs) if (n := chapter_number(doc)) is not None}


def note(env: BuildEnvironment, name: str) -> None:
    """Read the page again when this file changes; one that is missing would have it read every time."""
    if Path(env.srcdir, name).exists():
        env.note_dependency(name)


# --- numbers ---


def number_by_file(env: BuildEnvironment) -> None:
    """Replace the first part of every section number of a chapter by the number of its file."""
    for doc, numbers in env.toc_secnumbers.items():
        n = chapter_number(doc)
        if n is None:
            continue
        env.toc_secnumbers[doc] = {anchor: (n, *number[1:]) for anchor, number in numbers.items() if number}
        env.titles[doc]["secnumber"] = [n]
        for reference in env.tocs[doc].findall(nodes.reference):
            if reference.get("secnumber"):
                reference["secnumber"] = (n, *reference["secnumber"][1:])


def patch_collector() -> None:
    """Make the collector of section numbers follow the files; figures, equations and exercises count within them."""
    original = TocTreeCollectorWithStyles.assign_section_numbers
    if getattr(original, "by_file", False):
        return

    def assign_section_numbers(self: Any, env: BuildEnvironment) -> list[str]:
        before = {doc: dict(numbers) for doc, numbers in env.toc_secnumbers.items()}
        original(self, env)
        number_by_file(env)
        return [doc for doc, numbers in env.toc_secnumbers.items() if before.get(doc) != numbers]

    assign_section_numbers.by_file = True  # type: ignore[attr-defined]
    TocTreeCollectorWithStyles.assign_section_numbers = assign_section_numbers


def check_exercise_labels(app: Sphinx, env: BuildEnvironment) -> None:
    """Warn where an exercise's label and its number disagree: ``ex-1-3`` must be Exercise 1.3."""
    for doc, numbers in env.toc_fignumbers.items():
        for label, number in numbers.get("exercise", {}).items():
            if chapter_number(doc) is not None and label != "ex-" + "-".join(map(str, number)):
                name = ".".join(map(str, number))
                logger.warning(f"the label {label!r} stands at Exercise {name}: rename or reorder", location=doc)


class ExerciseTitles(SphinxPostTransform):
    """Write "Exercise 1.3 · The best step ★★" where sphinx-exercise writes "Exercise 1.3 (The best step ★★)"."""

    default_priority = 30  # after sphinx-exercise has resolved its titles

    def run(self, **kwargs: Any) -> None:
        for node in self.document.findall(lambda n: n.tagname == "exercise_enumerable_node"):
            texts = [child for child in node.children[0].children if isinstance(child, nodes.Text)]
            for text in texts:
                if text in {" (", ")"}:
                    text.parent.replace(text, nodes.Text(" · " if text == " (" else ""))


# --- hints ---


def hints_of(exercise_id: str) -> tuple[str, ...] | None:
    """Return the hints of an exercise, or None while the package does not keep exercises."""
    try:
        from hpmath.teaching import exercise
    except ImportError:
        return None
    return tuple(exercise(exercise_id).hints)


class Hints(SphinxDirective):
    """Folded hints, one by one."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        exercise_id = self.arguments[0].strip()
        source = f"hpmath/exercises/ch{int(exercise_id.split('.')[0]):02d}.py"
        note(self.env, source)
        try:
            hints = hints_of(exercise_id)
        except (KeyError, ValueError) as error:
            logger.warning(f"no hints for exercise {exercise_id}: {error}", location=self.get_location())
            return []
        box = nodes.container(classes=["hints"])
        for k, hint in enumerate(hints or (), start=1):
            lines = [f"::::::{{dropdown}} Hint {k}", ":class-container: hint", "", *hint.splitlines(), "::::::", ""]
            self.state.nested_parse(StringList(lines, source=source), self.content_offset, box)
        return [box] if box.children else []


# --- the article, audited ---


class Audit(SphinxDirective):
    """A verdict on one sentence of the article: what holds, what holds under a condition, what fails."""

    required_arguments = 1
    final_argument_whitespace = True
    has_content = True
    option_spec: ClassVar = {
        "claim": directives.unchanged_required,
        "topic": directives.unchanged_required,
        "shown": directives.unchanged_required,
    }

    def run(self) -> list[nodes.Node]:
        verdict = self.arguments[0].strip().lower().replace("-", " ").removesuffix("…").strip()
        if verdict not in VERDICTS:
            raise self.error(f"audit: the verdict must be one of {', '.join(VERDICTS)}, got {self.arguments[0]!r}")
        for option in ("claim", "topic", "shown"):
            if not self.options.get(option):
                raise self.error(f"audit: the option :{option}: is missing")
        claim = " ".join(self.options["claim"].split()).strip('"“”')
        topic = " ".join(self.options["topic"].split())
        rows = audit_rows(self.env).setdefault(self.env.docname, [])
        target = make_id(self.env, self.state.document, "audit", topic)
        rows.append({"id": target, "verdict": verdict, "topic": topic, "claim": claim})

        box = nodes.admonition(classes=["audit", "audit-" + verdict.replace(" ", "-")], ids=[target])
        box += nodes.title("", f"{VERDICTS[verdict]} — {topic}")
        self.state.document.note_explicit_target(box)
        quote = [f"> “{claim}” {{cite:p}}`{ARTICLE}`", ""]
        self.state.nested_parse(StringList(quote, source="audit"), self.content_offset, box)
        self.state.nested_parse(self.content, self.content_offset, box)
        shown, messages = self.state.inline_text(self.options["shown"], self.lineno)
        box += nodes.paragraph("", "", nodes.strong("", "Shown: "), nodes.inline("", "", *shown, shown=target))
        return [box, *messages]


def audit_rows(env: BuildEnvironment) -> dict[str, list[dict[str, str]]]:
    """Return the verdicts found so far: document name -> rows."""
    if not hasattr(env, "house_audit"):
        env.house_audit = {}  # type: ignore[attr-defined]
    return env.house_audit  # type: ignore[attr-defined,no-any-return]


class audit_table(nodes.General, nodes.Element):
    """The place of the table of all verdicts; filled when every page has been read."""


class AuditTable(SphinxDirective):
    """The table of all verdicts of the book."""

    def run(self) -> list[nodes.Node]:
        collecting_pages(self.env).add(self.env.docname)
        return [audit_table()]


def collecting_pages(env: BuildEnvironment) -> set[str]:
    """Return the pages that show what is collected from chapters."""
    if not hasattr(env, "house_collecting_pages"):
        env.house_collecting_pages = set()  # type: ignore[attr-defined]
    return env.house_collecting_pages  # type: ignore[attr-defined,no-any-return]


class FillAuditTable(SphinxPostTransform):
    """Build the table before references are resolved, so that its cells may hold any of them."""

    default_priority = 5

    def run(self, **kwargs: Any) -> None:
        for place in list(self.document.findall(audit_table)):
            rows = [self.row(doc, row) for doc in sorted(audit_rows(self.env)) for row in audit_rows(self.env)[doc]]
            if not rows:
                place.replace_self(nodes.paragraph("", "No chapter has been audited yet."))
                continue
            head = [nodes.paragraph("", text) for text in ("Chapter", "What the article says", "Verdict", "Shown")]
            place.replace_self(make_table(head, rows, widths=(8, 52, 20, 20), classes=["audit-table"]))

    def row(self, doc: str, row: dict[str, str]) -> list[nodes.Element]:
        here = self.env.docname
        uri = self.app.builder.get_relative_uri(here, doc)
        number = chapter_number(doc)
        chapter = nodes.reference("", str(number) if number is not None else doc, internal=True, refuri=uri)
        verdict = nodes.reference("", VERDICTS[row["verdict"]], internal=True, refuri=f"{uri}#{row['id']}")
        shown = nodes.paragraph()
        for inline in self.env.get_doctree(doc).findall(nodes.inline):
            if inline.get("shown") == row["id"]:
                shown += [child.deepcopy() for child in inline.children]
        for pending in shown.findall(addnodes.pending_xref):
            pending["refdoc"] = here
        claim = nodes.paragraph("", "", nodes.strong("", f"{row['topic']}: "), nodes.Text(f"“{row['claim']}”"))
        return [nodes.paragraph("", "", chapter), claim, nodes.paragraph("", "", verdict), shown]


def make_table(
    head: list[nodes.Element], rows: list[list[nodes.Element]], widths: tuple[int, ...], classes: list[str]
) -> nodes.table:
    """Build a docutils table of cells."""
    table = nodes.table(classes=["table", *classes])
    group = nodes.tgroup(cols=len(widths))
    table += group
    group += [nodes.colspec(colwidth=width) for width in widths]
    group += nodes.thead("", nodes.row("", *(nodes.entry("", cell) for cell in head)))
    group += nodes.tbody("", *(nodes.row("", *(nodes.entry("", cell) for cell in row)) for row in rows))
    return table


def read_tables_again(app: Sphinx, env: BuildEnvironment, docnames: list[str]) -> None:
    """Read the pages that collect from chapters again when a chapter has changed."""
    if any(chapter_number(doc) is not None for doc in docnames):
        docnames += [doc for doc in sorted(collecting_pages(env)) if doc in env.found_docs and doc not in docnames]


def purge(app: Sphinx, env: BuildEnvironment, docname: str) -> None:
    """Forget what a page said before it is read again."""
    audit_rows(env).pop(docname, None)
    collecting_pages(env).discard(docname)


def merge(app: Sphinx, env: BuildEnvironment, docnames: set[str], other: BuildEnvironment) -> None:
    """Take over what another process has read."""
    audit_rows(env).update({doc: rows for doc, rows in audit_rows(other).items() if doc in docnames})
    collecting_pages(env).update(collecting_pages(other) & set(docnames))


# --- the index of terms ---


class term_list(nodes.General, nodes.Element):
    """The place of the index of terms; filled when every page has been read."""


class Terms(SphinxDirective):
    """The index of terms: the words that chapters and pages mark with ``index``, without the names of the package."""

    def run(self) -> list[nodes.Node]:
        collecting_pages(self.env).add(self.env.docname)
        return [term_list()]


class FillTerms(SphinxPostTransform):
    """Build the index of terms."""

    default_priority = 5

    def run(self, **kwargs: Any) -> None:
        for place in list(self.document.findall(term_list)):
            found = self.terms()
            items = [self.item(term, places) for term, places in found.items()]
            listed = nodes.bullet_list("", *items, classes=["terms"])
            place.replace_self(listed if items else nodes.paragraph("", "No chapter has marked a term yet."))

    def terms(self) -> dict[str, list[tuple[str, str]]]:
        """Return the terms in order, each with the documents and anchors where it is marked."""
        found: dict[str, list[tuple[str, str]]] = {}
        for doc, entries in sorted(self.env.get_domain("index").data["entries"].items()):
            for kind, value, anchor, *_ in entries:
                if kind == "single" and not doc.startswith("book/api"):
                    found.setdefault(value.replace("; ", ", "), []).append((doc, anchor))
        return dict(sorted(found.items(), key=lambda entry: entry[0].lower()))

    def item(self, term: str, places: list[tuple[str, str]]) -> nodes.list_item:
        line = nodes.paragraph("", f"{term}: ")
        for k, (doc, anchor) in enumerate(places):
            number = chapter_number(doc)
            text = f"chapter\N{NO-BREAK SPACE}{number:02d}" if number is not None else self.env.titles[doc].astext()
            uri = self.app.builder.get_relative_uri(self.env.docname, doc) + "#" + anchor
            line += [nodes.Text(", ")] if k else []
            line += nodes.reference("", text, internal=True, refuri=uri)
        return nodes.list_item("", line)


# --- chapters and benchmarks ---


class ChapterRole(SphinxRole):
    """``{chapter}`22` ``: "chapter 22", a link once that chapter exists."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        number = int(self.text)
        text = f"chapter\N{NO-BREAK SPACE}{number:02d}"
        doc = chapters(self.env).get(number)
        if doc is None:
            return [nodes.inline("", text, classes=["planned"])], []
        link = addnodes.pending_xref(
            "", nodes.inline("", text), refdomain="std", reftype="doc", reftarget=f"/{doc}", refexplicit=True
        )
        link["refdoc"], link["refwarn"] = self.env.docname, True
        return [link], []


class Benchmark(SphinxDirective):
    """A recorded table: ``benchmarks/results/NAME.md``, as the benchmark wrote it."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        name = f"benchmarks/results/{self.arguments[0]}.md"
        note(self.env, name)
        path = Path(self.env.srcdir, name)
        text = path.read_text("utf8") if path.exists() else "*Not recorded yet: `make bench` writes it.*"
        box = nodes.container(classes=["benchmark"])
        lines = [line for line in text.splitlines() if not line.startswith("# ")]  # the page has a title of its own
        self.state.nested_parse(StringList(lines, source=name), self.content_offset, box)
        return [box]


# --- figures that move ---

EXPLORE = "book/_static/explore"
# name: title, what the still picture shows
FIGURES = {
    "gp": (
        "A Gaussian process under your hands",
        "Trials as points, the posterior mean through them with a band of two standard deviations that widens between "
        "them, five sample paths, and below it the acquisition function with its maximum marked.",
    ),
    "quadratic": (
        "Descent on a bowl you can bend",
        "Level ellipses of a quadratic and a path of steepest descent that drops to the floor of the valley and "
        "follows it to the minimum.",
    ),
    "tpe": (
        "Good trials, bad trials, and their ratio",
        "Trials on an axis, the good ones marked, with the densities of the good and the bad and, below, their ratio.",
    ),
    "front": (
        "Fronts, weights and the area behind them",
        "Points of two objectives with the non-dominated ones joined by a staircase, the area behind them up to a "
        "reference point shaded, and the winners of a weighted sum and of Chebyshev marked.",
    ),
}


class explore_figure(nodes.General, nodes.Element):
    """The box of a figure that moves: its question, and a still picture for who reads without scripts."""


class Explore(SphinxDirective):
    """A figure that moves: ``{explore} gp``, with the question that it answers as its content."""

    required_arguments = 1
    has_content = True
    option_spec: ClassVar = {
        "options": directives.unchanged,  # JSON, what the figure starts from
        "title": directives.unchanged_required,
        "alt": directives.unchanged_required,  # what the still picture shows, where the figure starts as it likes
        "name": directives.unchanged,
    }

    def run(self) -> list[nodes.Node]:
        figure = self.arguments[0].strip()
        if figure not in FIGURES:
            raise self.error(f"explore: the figure must be one of {', '.join(FIGURES)}, got {figure!r}")
        if not self.content:
            raise self.error("explore: the question is missing: write it as the content")
        try:
            options = json.loads(self.options.get("options") or "{}")
        except ValueError as error:
            raise self.error(f"explore: the options must be JSON: {error}") from error
        title, alt = FIGURES[figure]
        alt = self.options.get("alt", alt)
        box = explore_figure(figure=figure, options=json.dumps(options, ensure_ascii=False))
        box += nodes.paragraph("", self.options.get("title", title), classes=["explore-title"])
        question = nodes.container(classes=["explore-question"])
        self.state.nested_parse(self.content, self.content_offset, question)
        box += question
        pictures = [f"{EXPLORE}/{name}.png" for name in (self.options.get("name"), figure) if name]
        found = [picture for picture in pictures if Path(self.env.srcdir, picture).exists()]
        if found:
            note(self.env, found[0])
            box += nodes.image(uri=f"/{found[0]}", alt=alt, classes=["explore-fallback"])
        else:
            box += nodes.paragraph("", alt, classes=["explore-fallback"])
        self.add_name(box)
        return [box]


def visit_explore(self: Any, node: explore_figure) -> None:
    """Open the box; what it needs of scripts is written by `load_explorables`."""
    self.body.append(
        self.starttag(node, "div", **{"class": "explore", "data-explore": node["figure"]}).rstrip()[:-1]
        + f' data-options="{html.escape(node["options"])}">\n'
    )


def depart_explore(self: Any, node: explore_figure) -> None:
    """Close the box."""
    self.body.append(
        "<noscript><p>With scripts switched on this figure moves; without them this is what it shows at the start.</p>"
        "</noscript></div>\n"
    )


def nothing(self: Any, node: nodes.Node) -> None:
    """Write the contents only: other builders have no scripts."""


def load_explorables(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    """Name the scripts of the figures that stand on this page: classic ones, which also run from the file system."""
    figures = sorted(set(re.findall(r'data-explore="(\w+)"', context.get("body", ""))))
    if not figures or app.builder.format != "html":
        return
    app.add_css_file("explore/explore.css")
    folders = [Path(app.confdir, folder, "explore") for folder in app.config.html_static_path]
    for order, name in enumerate(["math", "core", *figures]):
        if any((folder / f"{name}.js").exists() for folder in folders):
            app.add_js_file(f"explore/{name}.js", priority=600 + order, loading_method="defer")


def is_mime_bundle(node: nodes.Node) -> bool:
    """Whether a node holds one output of a cell in all its forms."""
    return isinstance(node, nodes.container) and node.get("nb_element") == "mime_bundle"


class StillPictures(SphinxPostTransform):
    """Behind the output of ``plotting.play`` stands its picture, for who reads without scripts."""

    default_priority = 3  # before MyST-NB takes the HTML and drops the picture

    def run(self, **kwargs: Any) -> None:
        for bundle in self.document.findall(is_mime_bundle):
            shown = {child["mime_type"]: child for child in bundle.children}
            moving, still = shown.get("text/html"), shown.get("image/png")
            if moving is None or still is None or 'class="hpmath-play"' not in moving.astext():
                continue
            pictures = [child.deepcopy() for child in still.children]
            moving += [nodes.raw("", "<noscript>", format="html"), *pictures]
            moving += nodes.raw("", "</noscript>", format="html")


# --- names of the package ---


class BarsAreText(SphinxTransform):
    """Read ``|x|`` in a docstring as an absolute value, not as a substitution, of which the book has none."""

    default_priority = 200  # before docutils looks for the substitution

    def apply(self, **kwargs: Any) -> None:
        for node in list(self.document.findall(nodes.substitution_reference)):
            if node.astext() not in {*self.document.substitution_defs, "today", "version", "release"}:
                node.parent.replace(node, nodes.Text(f"|{node.astext()}|"))


def list_symbols(app: Sphinx, what: str, name: str, value: Any, options: Any, lines: list[str]) -> None:
    """Show the section "Symbols" at the head of a module line by line, as it stands in the file."""
    for start in range(len(lines) - 2):
        if lines[start].strip() == "Symbols" and set(lines[start + 1].strip()) == {"-"}:
            end = next((k for k in range(start + 2, len(lines)) if not lines[k].strip()), len(lines))
            block = [f"| {line}" if " : " in line else f"  {line}" for line in lines[start + 2 : end]]
            lines[start:end] = [".. rubric:: Symbols", "", *block]
            return


def find_public_name(app: Sphinx, env: BuildEnvironment, node: addnodes.pending_xref, text: nodes.Node) -> Any:
    """Resolve ``branin`` and ``hpmath.objectives.branin`` to ``hpmath.branin``, where the reference documents it."""
    if node.get("refdomain") != "py":
        return None
    domain = env.get_domain("py")
    name = str(node["reftarget"]).removeprefix("hpmath.")
    _, _, rest = name.partition(".")
    for candidate in (f"hpmath.{name}", f"hpmath.{rest}"):
        if candidate in domain.objects:  # type: ignore[attr-defined]
            return domain.resolve_xref(
                env,
                node["refdoc"],
                app.builder,
                node["reftype"],
                candidate,
                node,
                text,  # type: ignore[arg-type]
            )
    return None


# --- no outside loads ---


def disconnect_thebe(app: Sphinx, config: Any) -> None:
    """Take sphinx-thebe's handlers out: each page would name a script on a content network."""
    for listeners in app.events.listeners.values():
        listeners[:] = [one for one in listeners if not one.handler.__module__.startswith("sphinx_thebe")]
    for files in (app.registry.css_files, app.registry.js_files):
        files[:] = [(name, attributes) for name, attributes in files if "thebe" not in str(name)]


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the rules with Sphinx."""
    patch_collector()
    app.setup_extension("sphinx.ext.autodoc")
    app.add_directive("hints", Hints)
    app.add_directive("audit", Audit)
    app.add_directive("audit-table", AuditTable)
    app.add_directive("terms", Terms)
    app.add_directive("benchmark", Benchmark)
    app.add_directive("explore", Explore)
    app.add_role("chapter", ChapterRole())
    for node in (audit_table, term_list):
        app.add_node(node)
    others = dict.fromkeys(("latex", "text", "man", "texinfo"), (nothing, nothing))
    app.add_node(explore_figure, html=(visit_explore, depart_explore), **others)
    app.add_transform(BarsAreText)
    app.add_post_transform(StillPictures)
    app.add_post_transform(FillAuditTable)
    app.add_post_transform(FillTerms)
    app.add_post_transform(ExerciseTitles)
    app.connect("config-inited", disconnect_thebe)
    app.connect("env-before-read-docs", read_tables_again)
    app.connect("env-purge-doc", purge)
    app.connect("env-merge-info", merge)
    app.connect("autodoc-process-docstring", list_symbols, priority=400)  # before napoleon takes it for a section
    app.connect("missing-reference", find_public_name)
    app.connect("html-page-context", load_explorables)
    # The theme complains to the console of a page that no reader has chosen a mode for.
    app.add_js_file(None, body='document.documentElement.dataset.mode ||= "auto";', priority=100)
    app.connect("env-check-consistency", check_exercise_labels)
    # All pages are read again when these rules change.
    rules = zlib.crc32(Path(__file__).read_bytes())
    return {"version": "1", "env_version": rules, "parallel_read_safe": True, "parallel_write_safe": True}
