"""`make class`: what students open has no solutions, reads without the book's own tools, and runs."""

from __future__ import annotations

import ast
import builtins
import doctest
import hashlib
import re
import sys
import tomllib
import zipfile
from copy import deepcopy
from functools import cache
from importlib import import_module

import nbformat
import pytest
from bs4 import BeautifulSoup
from chapters import NOTEBOOKS, ROOT, Chapter, load
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

students = load("book/_tools/students.py")
tool = load("book/_tools/class_notebooks.py")
timetable = load("book/_tools/timetable.py")
deck = sys.modules["slides"]

LEFTOVER = re.compile(
    r"\{glue|^\s*(?:`{3,}|:{3,})\{|^:{3,}\s*$|\{(?:eq|ref|numref|doc|index|cite:\w|prf:\w+|chapter|py:\w+)\}`|"
    r"^\([a-z][\w-]*\)=|solution-(?:start|end)|^:(?:label|class|claim|topic|shown):",
    re.M,
)
CODE = re.compile(r"```.*?```|`[^`]*`", re.S)

every_chapter = pytest.mark.parametrize("chapter", [pytest.param(Chapter(p), id=p.stem) for p in NOTEBOOKS])


@pytest.fixture(scope="module")
def book():
    return students.Book.read(ROOT / "notebooks", ROOT / "book")


@pytest.fixture(scope="module")
def copy_of(book):
    return cache(lambda path: students.students_copy(nbformat.read(path, 4), book, path.stem))


def marked(notebook, tag):
    return [cell for cell in notebook.cells if tag in cell.metadata.get("tags", [])]


# --- every chapter ---


@every_chapter
def test_no_solution_is_left(chapter, copy_of):
    copy = copy_of(chapter.path)
    ids = {cell.id for cell in copy.cells}
    assert not ids & {cell.id for cell in chapter.tagged("solution")}
    assert not marked(copy, "solution")
    text = "\n".join(cell.source for cell in copy.cells)
    for cell in chapter.tagged("solution"):
        lines = [line for line in cell.source.splitlines() if line.startswith("answer = ")]
        assert not any(re.search(rf"^{re.escape(line)}$", text, re.M) for line in lines)


@every_chapter
def test_each_exercise_has_an_empty_answer_and_its_check_right_below(chapter, copy_of):
    cells = copy_of(chapter.path).cells
    for name in chapter.exercises:
        (k,) = (k for k, c in enumerate(cells) if c.cell_type == "code" and f'check("{name}",' in c.source)
        assert cells[k].source == next(c.source for c in chapter.tagged("check") if f'check("{name}",' in c.source)
        assert cells[k - 1].source.splitlines()[-1] == "answer = ..."
        assert "answer" in cells[k - 1].metadata.tags
        assert f"### Exercise {name} · " in cells[k - 2].source + cells[k - 3].source
        assert f'hpmath.hint("{name}")' in cells[k - 2].source
        assert not cells[k].outputs
        assert not cells[k - 1].outputs
    assert len(marked(copy_of(chapter.path), "answer")) == len(chapter.exercises)


@every_chapter
def test_the_pictures_of_the_lesson_stay_and_nothing_else_that_was_shown(chapter, copy_of):
    copy = copy_of(chapter.path)
    outputs = [output for cell in copy.cells for output in cell.get("outputs", [])]
    assert len(outputs) == len(chapter.figures) >= 3
    assert all("image/png" in output.data for output in outputs)
    assert all(cell.execution_count is None for cell in copy.cells if cell.cell_type == "code")


@every_chapter
def test_nothing_that_only_the_book_understands_is_left(chapter, copy_of):
    for cell in copy_of(chapter.path).cells:
        if cell.cell_type == "markdown":
            found = LEFTOVER.search(CODE.sub("", cell.source)) or LEFTOVER.search(cell.source)
            assert not found, f"{found[0]!r} in {cell.source[:200]!r}"
            assert "$$" not in cell.source  # jupyterlab-myst would number it
            formulas = "".join(re.findall(r"\\begin\{equation\*\}.*?\\end|\$[^$]+\$", cell.source, re.S))
            assert not re.search(r"\\(?:argmin|argmax|E|Var|Cov|dd|eps)(?![A-Za-z])", formulas)


@every_chapter
def test_links_lead_to_files_beside_the_notebook(chapter, copy_of):
    names = {path.name for path in NOTEBOOKS}
    for cell in copy_of(chapter.path).cells:
        if cell.cell_type == "markdown":
            links = re.findall(r"\]\(([^)\s]+)\)", CODE.sub("", re.sub(r"\$[^$]*\$", "", cell.source)))
            assert all(link in names or link.startswith("attachment:") for link in links), links


@every_chapter
def test_the_copy_is_a_valid_notebook_with_ids_that_do_not_change(chapter, copy_of, book):
    copy = copy_of(chapter.path)
    nbformat.validate(copy)
    again = students.students_copy(nbformat.read(chapter.path, 4), book, chapter.path.stem)
    assert [cell.id for cell in copy.cells] == [cell.id for cell in again.cells]
    assert len({cell.id for cell in copy.cells}) == len(copy.cells)
    assert copy.metadata.kernelspec.name == "python3"


@every_chapter
def test_no_cell_of_the_lesson_needs_a_name_that_only_a_solution_defines(chapter):
    def bound(source):
        tree = ast.parse(source)
        names = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and not isinstance(n.ctx, ast.Load)}
        names |= {n.name for n in ast.walk(tree) if isinstance(n, (ast.FunctionDef, ast.ClassDef))}
        names |= {n.arg for n in ast.walk(tree) if isinstance(n, ast.arg)}
        return names | {
            (a.asname or a.name).split(".")[0]
            for n in ast.walk(tree)
            for a in getattr(n, "names", [])
            if isinstance(a, ast.alias)
        }

    lesson = set().union(*(bound(cell.source) for cell in chapter.lesson)) | set(dir(builtins))
    solutions = [c for c in chapter.tagged("solution") if c.cell_type == "code"]
    only = set().union(*(bound(cell.source) for cell in solutions)) - lesson if solutions else set()
    for cell in chapter.lesson:
        used = {n.id for n in ast.walk(ast.parse(cell.source)) if isinstance(n, ast.Name)}
        assert not used & only, f"{used & only} is defined in a solution only: {cell.source[:80]!r}"


@every_chapter
def test_cells_import_nothing_but_what_the_class_has_unless_they_can_do_without(chapter, copy_of):
    has = {"hpmath", "numpy", "scipy", "tqdm", "cloudpickle", "matplotlib", "sympy", "mpmath", "sklearn", "joblib"}
    extra = tomllib.loads((ROOT / "pyproject.toml").read_text("utf8"))["project"]["optional-dependencies"]["class"]
    assert {re.split(r"[<>=]", name)[0] for name in extra} >= {"jupyterlab", "matplotlib", "sympy", "scikit-learn"}
    for cell in copy_of(chapter.path).cells:
        if cell.cell_type != "code":
            continue
        tree = ast.parse(cell.source)
        guarded = {id(n) for t in ast.walk(tree) if isinstance(t, ast.Try) for n in ast.walk(t)}
        for node in ast.walk(tree):
            if isinstance(node, (ast.Import, ast.ImportFrom)) and id(node) not in guarded:
                names = [node.module] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]
                unknown = {name.split(".")[0] for name in names} - has - sys.stdlib_module_names
                assert not unknown, f"the class has no {unknown}: import it inside try, and do without"


# --- one chapter through the whole chain ---


def test_a_students_notebook_runs_and_every_check_says_that_there_is_no_answer_yet(copy_of, tmp_path):
    path = next(p for p in NOTEBOOKS if p.name.startswith("23_"))
    copy = deepcopy(copy_of(path))
    NotebookClient(copy, timeout=120, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}).execute()
    said = ["".join(o.get("text", "") for o in cell.outputs) for cell in marked(copy, "check")]
    assert said
    assert all(re.fullmatch(r"\d+\.\d+ ✗ not yet: no answer yet\.\s*", text) for text in said), said


def test_the_folder_and_the_zip_are_the_same_each_time(tmp_path):
    sums = []
    for name in ("first", "second"):
        assert tool.main(["1", "--out", str(tmp_path / name)]) == 0
        sums.append(hashlib.sha256((tmp_path / name / tool.ZIP).read_bytes()).hexdigest())
    assert sums[0] == sums[1]
    with zipfile.ZipFile(tmp_path / "first" / tool.ZIP) as archive:
        assert archive.namelist() == ["hpmath-class/01_gradients.ipynb", "hpmath-class/README.md"]
        notebook = nbformat.reads(archive.read("hpmath-class/01_gradients.ipynb").decode("utf8"), 4)
    assert marked(notebook, "answer")
    assert "01 Gradients" in (tmp_path / "first" / "notebooks" / "README.md").read_text("utf8")


def test_a_chapter_that_does_not_exist_is_named(tmp_path, capsys):
    assert tool.main(["99", "--out", str(tmp_path)]) == 1
    assert "no notebook with number 99" in capsys.readouterr().err


def test_a_chapter_that_cannot_be_written_is_named_and_the_others_are(tmp_path, monkeypatch, capsys):
    home = tmp_path / "notebooks"
    home.mkdir()
    good = new_notebook(cells=[new_markdown_cell("(ch-a)=\n# A\n\nWhy?")])
    bad = new_notebook(cells=[new_markdown_cell("(ch-b)=\n# B\n\nSee {numref}`fig-nowhere`.")])
    nbformat.write(good, home / "01_a.ipynb")
    nbformat.write(bad, home / "02_b.ipynb")
    monkeypatch.setattr(tool, "NOTEBOOKS", home)
    assert tool.main(["--out", str(tmp_path / "out")]) == 1
    assert "02_b: nothing in the chapters has the label 'fig-nowhere'" in capsys.readouterr().err
    assert [p.name for p in sorted((tmp_path / "out" / "notebooks").glob("*.ipynb"))] == ["01_a.ipynb"]


def test_a_file_that_is_no_notebook_is_named(tmp_path, monkeypatch, capsys):
    (tmp_path / "01_a.ipynb").write_text("half a note")
    monkeypatch.setattr(tool, "NOTEBOOKS", tmp_path)
    assert tool.main(["--out", str(tmp_path / "out")]) == 1
    assert capsys.readouterr().err.startswith("01_a.ipynb cannot be read: ")
    assert not (tmp_path / "out").exists()


# --- the pieces ---

CHAPTER = r"""(ch-slopes)=
# Slopes

(sec-up)=
## Up

$$
x = \argmin f
$$ (eq-slope)

:::{prf:theorem} Uphill
:label: thm-up
Where $f' > 0$ it goes up.
:::
"""


@pytest.fixture(scope="module")
def small(book):
    cells = [
        new_markdown_cell(CHAPTER),
        new_code_cell(
            "plot", metadata={"mystnb": {"figure": {"name": "fig-hill", "caption": "A hill, {eq}`eq-slope`."}}}
        ),
        new_markdown_cell(":::{exercise} Climb ★★\n:label: ex-7-1\nHow high?\n:::"),
    ]
    made = students.Book({}, {}, {}, book.citations, book.entries)
    made.number("07_slopes", new_notebook(cells=cells))
    made.number("08_hills", new_notebook(cells=[new_markdown_cell("(ch-hills)=\n# Hills")]))
    return made


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("{eq}`eq-slope`", "(7.1)"),
        ("{numref}`fig-hill`", "Fig. 7.1"),
        ("{numref}`ex-7-1`", "Exercise 7.1"),
        ("{numref}`Section {number} <sec-up>`", "Section 7.1"),
        ("{numref}`sec-up`", "Section 7.1"),
        ("{prf:ref}`thm-up`", "Theorem 7.1"),
        ("{ref}`sec-up`", "“Up”"),
        ("{ref}`the climb <sec-up>`", "the climb"),
        ("{ref}`ch-hills`", "[Hills](08_hills.ipynb)"),
        ("{numref}`Chapter {number} <ch-hills>`", "[Chapter 8](08_hills.ipynb)"),
        ("{chapter}`08`", "[chapter\N{NO-BREAK SPACE}08](08_hills.ipynb)"),
        ("{chapter}`07`", "chapter\N{NO-BREAK SPACE}07"),
        ("{chapter}`99`", "chapter\N{NO-BREAK SPACE}99"),
        ("{cite:t}`nocedal2006`", "Nocedal and Wright [2006]"),
        ("{cite:p}`squire1998,snoek2012`", "[Squire and Trapp, 1998, Snoek et al., 2012]"),
        ("{py:func}`hpmath.gradient`", "`hpmath.gradient`"),
        ("{index}`slope`", "slope"),
        ("{glue:text}`best:.2f`", "0.25"),
        ("{glue:text}`name`", "svm"),
        ("{glue:text}`count:,d`", "1,024"),
        ("```{index} slope\n```\nText", "Text"),
        ("(sec-x)=\n## Title", "## Title"),
        ("$\\eps$ and $\\epsilon$ and $\\E f$", "$\\varepsilon$ and $\\epsilon$ and $\\mathbb{E} f$"),
        (":::{prf:proof}\nBy {eq}`eq-slope`.\n:::", "*Proof.* By (7.1). ∎"),
        (":::{admonition} A common mistake\n:class: tip\nTo stop.\n:::", "**A common mistake.**\n\nTo stop."),
        ("```python\n# {eq}`eq-slope`\n```", "```python\n# {eq}`eq-slope`\n```"),
    ],
)
def test_what_the_book_writes_is_written_plainly(small, text, shown):
    values = {"best": 0.25, "name": "svm", "count": 1024}
    assert students.plain(text, small, "07_slopes", values) == shown


def test_a_chapter_cell_as_a_whole(small):
    assert students.plain(CHAPTER, small, "07_slopes") == (
        "# Slopes\n\n## Up\n\n\\begin{equation*}\nx = \\operatorname*{arg\\,min} f \\tag{7.1}\n\\end{equation*}\n\n"
        "**Theorem 7.1 (Uphill).**\n\nWhere $f' > 0$ it goes up."
    )


def test_an_audit_says_verdict_claim_and_evidence(small):
    text = ":::{audit} holds if\n:claim: It is steep.\n:topic: the hill\n:shown: {numref}`fig-hill`\nOn one side.\n:::"
    assert students.plain(text, small, "07_slopes") == (
        "**◐ Holds if … — the hill**\n\n> “It is steep.” [Hulul Academy for Student Services, n.d.]\n\n"
        "On one side.\n\n**Shown:** Fig. 7.1"
    )


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("{eq}`eq-nowhere`", "nothing in the chapters has the label 'eq-nowhere'"),
        ("{glue:text}`lost`", "no cell glues 'lost'"),
        ("{cite:t}`nobody1900`", "references.bib has no entry 'nobody1900'"),
        ("{doc}`../book/nowhere`", "there is no page '../book/nowhere'"),
        ("{weather}`rain`", "do not know the role 'weather'"),
        (":::{weather} rain\n:::", "do not know the directive 'weather'"),
        (":::{note}\nnever closed", "opened and not closed"),
    ],
)
def test_what_is_not_known_is_told(small, text, sentence):
    with pytest.raises(ValueError, match=re.escape(sentence)):
        students.plain(text, small, "07_slopes")


def test_a_picture_in_the_text_travels_with_the_notebook(small, tmp_path):
    (tmp_path / "hill.png").write_bytes(b"\x89PNG")
    notebook = new_notebook(cells=[new_markdown_cell("![a hill](hill.png)")])
    maker = students.PlainMarkdown(book=small, folder=tmp_path)
    copy, _ = maker.preprocess(notebook, {"metadata": {"name": "07_slopes"}})
    assert copy.cells[0].source == "![a hill](attachment:hill.png)"
    assert copy.cells[0].attachments == {"hill.png": {"image/png": "iVBORw=="}}
    with pytest.raises(ValueError, match=r"the picture 'lost\.png' does not exist"):
        maker.preprocess(new_notebook(cells=[new_markdown_cell("![](lost.png)")]), {"metadata": {"name": "07_slopes"}})


def test_a_figure_that_moves_is_its_question_and_its_picture(small):
    options = ':name: explore-hill\n:title: A hill?\n:alt: A bump.\n:options: {"noise": 0.1}'
    source = f"```{{explore}} gp\n{options}\n**How high?** See {{eq}}`eq-slope`.\n```"
    book = students.Book({}, {}, {**small.titles}, small.citations, small.entries)
    book.number("07_slopes", new_notebook(cells=[new_markdown_cell(f"{CHAPTER}\n\n{source}")]))
    maker = students.PlainMarkdown(book=book)
    cell = new_markdown_cell(source + "\n\n{ref}`The figure <explore-hill>` says.")
    copy, _ = maker.preprocess(new_notebook(cells=[cell]), {"metadata": {"name": "07_slopes"}})
    assert copy.cells[0].source == (
        "**A hill?** **How high?** See (7.1).\n\n![A bump.](attachment:gp.png)\n\n"
        "*This figure moves on the page “Slopes” of the book.*\n\nThe figure says."
    )
    assert copy.cells[0].attachments["gp.png"]["image/png"]


def solved(*cells):
    return new_notebook(cells=[new_markdown_cell(":::{exercise} Climb ★\n:label: ex-7-1\nHow high?\n:::"), *cells])


def solution(source, kind=new_markdown_cell):
    return kind(source, metadata={"tags": ["solution"]})


START, END = "```{solution-start} ex-7-1\n```", "```{solution-end}\n```"
CHECK = new_code_cell('check("7.1", answer)', metadata={"tags": ["check"], "hpmath": {"points": 2}})
SECOND = new_code_cell('check("7.1", answer)', metadata={"tags": ["check"]})


def test_exercises_are_found_with_their_cells():
    notebook = solved(solution(START), solution("answer = 3", new_code_cell), CHECK, solution(END))
    (exercise,) = students.exercises(notebook).values()
    assert (exercise.id, exercise.title, exercise.stars) == ("7.1", "Climb", 1)
    assert (exercise.statement, exercise.solution, exercise.check) == (0, [1, 2, 4], 3)
    assert exercise.metadata == {"points": 2}


@pytest.mark.parametrize(
    ("cells", "sentence"),
    [
        ([solution(START)], "the solution of exercise 7.1 is not closed"),
        ([solution(START), solution(END)], "exercise 7.1 has no cell tagged check"),
        ([solution(START), CHECK, SECOND, solution(END)], "exercise 7.1 has two cells tagged check"),
        ([solution(START), new_code_cell("answer = 3"), CHECK, solution(END)], "is not tagged solution"),
        ([solution(START.replace("7-1", "7-2"))], "the solution of exercise 7.2, which is not open here"),
    ],
)
def test_a_solution_that_could_leak_is_refused(cells, sentence):
    with pytest.raises(ValueError, match=re.escape(sentence)):
        students.TakeOutSolutions().preprocess(solved(*cells), {})


def test_the_pictures_of_a_solution_do_not_stay():
    picture = new_output("display_data", data={"image/png": "iVBORw=="})
    drawn = new_code_cell("plot(answer)", outputs=[picture], metadata={"tags": ["solution"]})
    lesson = new_code_cell("plot()", outputs=[picture])
    copy, _ = students.TakeOutSolutions().preprocess(solved(lesson, solution(START), drawn, CHECK, solution(END)), {})
    assert [len(cell.outputs) for cell in copy.cells if cell.cell_type == "code"] == [1, 0, 0]


# --- slides ---


def slide_types(*cells):
    return [(c.metadata.slideshow.slide_type, c.source) for c in deck.tag_slides(new_notebook(cells=cells)).cells]


def test_a_heading_its_first_sentences_and_a_formula_with_its_lead_are_shown_and_the_rest_are_notes():
    text = "(sec-a)=\n## Up\n\nIt climbs.\n\nIn detail. So $x$ is\n\n$$\nx\n$$ (eq-x)\n\nMore on it."
    assert slide_types(new_markdown_cell(text)) == [
        ("slide", "## Up"),
        ("-", "It climbs."),
        ("notes", "In detail."),
        ("-", "So $x$ is\n\n$$\nx\n$$ (eq-x)"),
        ("notes", "More on it."),
    ]


def test_exercises_have_slides_of_their_own_and_hints_solutions_and_checks_none():
    exercise = ":::{exercise} Climb ★\n:label: ex-7-1\nHow high?\n:::\n\n```{hints} 7.1\n```"
    second = exercise.replace("7-1", "7-2").replace("7.1", "7.2")
    shown = slide_types(
        new_markdown_cell("## Exercises"),
        new_markdown_cell(exercise),
        *(solution(START), solution("answer = 3", new_code_cell), CHECK, solution(END)),
        new_markdown_cell(second),
    )
    assert [kind for kind, _ in shown] == ["slide", "-", "subslide"]
    assert not any("hints" in text or "answer" in text for _, text in shown)


def test_a_proof_is_for_the_board_and_what_to_remember_for_the_wall():
    text = (
        "## A\n\nYes.\n\n:::{prf:proof}\nLong.\n:::\n\n## What to remember\n\nOne. Two.\n\n## Further reading\n\n- No."
    )
    assert [(kind, s.splitlines()[0]) for kind, s in slide_types(new_markdown_cell(text))] == [
        ("slide", "## A"),
        ("-", "Yes."),
        ("notes", ":::::::::{prf:proof}"),
        ("slide", "## What to remember"),
        ("-", "One. Two."),
    ]


def test_a_cell_that_has_a_slide_type_keeps_it():
    tagged = {"slideshow": {"slide_type": "fragment"}}
    picture = new_output("display_data", data={"image/png": "iVBORw=="})
    assert slide_types(
        new_markdown_cell("## A"),
        new_markdown_cell("Long prose.", metadata=tagged),
        new_code_cell("print(1)", metadata=tagged),
        new_code_cell("print(2)"),
        new_code_cell("plot()", outputs=[picture], metadata={"slideshow": {"slide_type": "skip"}}),
        new_code_cell("plot(1)", outputs=[picture]),
    ) == [("slide", "## A"), ("fragment", "Long prose."), ("fragment", "print(1)"), ("subslide", "plot(1)")]


def test_what_does_not_fit_begins_another_slide():
    formula = "\n\n".join(f"$$\nx_{k}\n$$ (eq-{k})" for k in range(9))
    kinds = [kind for kind, _ in slide_types(new_markdown_cell(f"## A\n\n{formula}"))]
    assert kinds.count("subslide") == 1


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    out = tmp_path_factory.mktemp("class")
    assert tool.main(["01", "06", "--out", str(out)]) == 0
    return out / "slides"


def test_slides_name_no_other_host(folder):
    pages = sorted(folder.glob("*.html"))
    assert [page.name for page in pages] == ["01_gradients.slides.html", "06_pca.slides.html", "index.html"]
    for page in pages:
        assert not re.findall(r"https?:|\b(?:src|href)=[\"']//", page.read_text("utf8")), page.name
    for path in [*folder.rglob("*.css"), *folder.rglob("*.js")]:
        text = path.read_text("utf8", errors="replace")
        assert not re.search(r"cdn\.|unpkg\.com|cdnjs|jsdelivr|googleapis|gstatic", text), path.name
        assert not re.search(r"(?:@import|url\()\s*['\"]?(?:https?:)?//", text), path.name


def test_everything_that_slides_load_lies_beside_them(folder):
    for page in folder.glob("*.html"):
        soup = BeautifulSoup(page.read_text("utf8"), "html.parser")
        found = [tag.get("src") or tag.get("href") for tag in soup.select("script[src], link[href], img[src], a[href]")]
        for address in found:
            local = address.startswith(("data:", "#")) or (folder / address).is_file()
            assert local or address.split("#")[0].removesuffix(".slides.html") in {p.stem for p in NOTEBOOKS}, address


def test_slides_show_figures_with_alt_texts_and_no_solutions(folder):
    chapter = Chapter(ROOT / "notebooks" / "06_pca.ipynb")
    soup = BeautifulSoup((folder / "06_pca.slides.html").read_text("utf8"), "html.parser")
    images = soup.select("section img")
    assert len(images) == len(chapter.figures)
    assert all(len(image["alt"]) >= 40 for image in images)
    assert len(soup.select(".slides > section")) >= 8
    text = soup.get_text()
    assert not LEFTOVER.search(text)
    for cell in chapter.tagged("solution"):
        longest = max(cell.source.splitlines(), key=len)
        assert longest not in text or longest.startswith("```")


# --- the pages for the class and for the teacher ---

IN_CLASS = (ROOT / "book" / "in_class.md").read_text("utf8")
TEACHERS = (ROOT / "book" / "teachers.md").read_text("utf8")


@pytest.mark.parametrize("page", [IN_CLASS, TEACHERS], ids=["in_class", "teachers"])
def test_the_examples_of_the_page_print_what_it_shows(page):
    examples = "\n".join(re.findall(r"```python\n(.*?)```", page, re.S))
    test = doctest.DocTestParser().get_doctest(examples, {}, "page", "page", 0)
    assert test.examples
    said: list[str] = []
    import_module("hpmath.teaching")._hints_given.clear()
    failed = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE).run(test, out=said.append).failed
    assert not failed, "".join(said)


def test_every_exercise_that_the_pages_name_exists():
    from hpmath.teaching import exercise_ids

    text = re.sub(
        r"% timetable begins.*% timetable ends|% mistakes begins.*% mistakes ends|```.*?```|\[[\d., ]+\]",
        "",
        TEACHERS,
        flags=re.S,
    )
    named = set(re.findall(r"(?<![\d.–])\d{1,2}\.\d(?![\d.%]| %| or newer)", text))
    assert len(named) > 60
    assert named <= set(exercise_ids()), named - set(exercise_ids())
    assert {name.split(".")[0] for name in named} == {str(Chapter(p).number) for p in NOTEBOOKS}


def test_the_timetable_has_a_row_for_each_chapter_and_is_near_what_the_chapters_have():
    rows = dict(re.findall(r"^:::\{dropdown\} (\d\d) .*: (\d+) min$", TEACHERS, re.M))
    now = dict(re.findall(r"^:::\{dropdown\} (\d\d) .*: (\d+) min$", timetable.table(), re.M))
    assert set(rows) == set(now), "run `make index`"
    for number, minutes in now.items():
        assert abs(int(rows[number]) - int(minutes)) <= max(8, 0.2 * int(minutes)), f"{number}: run `make index`"


def test_every_exercise_has_its_wrong_answers_on_the_page():
    from hpmath.teaching import exercise_ids

    listed = re.search(r"% mistakes begins(.*)% mistakes ends", TEACHERS, re.S)[1]
    items = re.split(r"^- \*\*", listed, flags=re.M)[1:]
    numbers = {str(Chapter(p).number) for p in NOTEBOOKS}
    wanted = [name for name in exercise_ids() if name.split(".")[0] in numbers]
    assert [item.split()[0] for item in items] == wanted, "run `make index`"
    for item in items:
        assert item.count("\n  - ") >= 1, item


def test_signs_of_markdown_mean_nothing_in_what_a_check_says():
    assert timetable.plain_words("a_b * $x$\n|y|") == r"a\_b \* \$x\$ \|y\|"


def test_the_timetable_counts_words_figures_derivations_and_code():
    picture = new_output("display_data", data={"image/png": "iVBORw=="})
    formula = new_output("display_data", data={"text/latex": "$x$"})
    words = "word " * 240
    cells = [
        new_markdown_cell("(ch-a)=\n# A\n\n" + words),
        new_markdown_cell(":::{admonition} Before you start\n:class: chapter-header\n" + words + "\n:::"),
        new_markdown_cell("## B\n\n" + words + "\n\n$$\nx\n$$ (eq-x)"),
        new_code_cell("1"),
        new_code_cell("2", outputs=[picture]),
        new_code_cell("3", outputs=[formula]),
        new_markdown_cell("## Exercises\n\n" + words),
        solution("answer = 3", new_code_cell),
    ]
    found = timetable.sections(new_notebook(cells=cells))
    assert set(found) == {"The question", "B"}
    assert found["The question"] == pytest.approx(2, abs=0.05)
    assert found["B"] == pytest.approx(2 + 0.5 + 1 + 2 + 3, abs=0.05)


# --- against the built pages ---


@pytest.mark.pages
@every_chapter
def test_the_numbers_are_those_of_the_pages(chapter, book):
    page = ROOT / "_build" / "html" / "notebooks" / f"{chapter.path.stem}.html"
    soup = BeautifulSoup(page.read_text("utf8"), "html.parser")
    compared = set()
    for label, target in book.targets.items():
        if target.home != chapter.path.stem or target.kind == "chapter":
            continue
        shown = soup.find(id=f"equation-{label}" if target.kind == "equation" else label)
        if target.kind == "figure that moves":  # it has a place and no number
            assert "explore" in shown["class"], label
            continue
        if target.kind == "section":
            number = shown.find_parent("section").find(class_="section-number") if shown.name == "span" else None
            number = number or shown.find(class_="section-number")
        else:
            number = shown.find(class_=["caption-number", "eqno"])
        assert re.search(r"\d+\.[\d.]*\d", number.get_text())[0] == target.number, label
        compared.add(target.kind)
    assert {"equation", "figure", "exercise"} <= compared


@pytest.mark.pages
@every_chapter
def test_citations_are_those_of_the_pages(chapter, book):
    page = ROOT / "_build" / "html" / "notebooks" / f"{chapter.path.stem}.html"
    soup = BeautifulSoup(page.read_text("utf8"), "html.parser")
    text = re.sub(r"\s+", " ", soup.find("article").get_text())
    for key in students.cited(chapter.notebook):
        names, year = book.citations[key]
        assert re.search(rf"{re.escape(names)}(?:, | \[){re.escape(year)}", text), key
