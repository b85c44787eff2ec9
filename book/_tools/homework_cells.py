"""The cells of a homework notebook: from the master to nbgrader's source, and from what comes back to a grade.

Three preprocessors of nbconvert, in the order in which a set meets them:

``HomeworkCells``   master -> source: draws the numbers, marks what is answered, locked and graded, and how many points
``Restore``         submission -> a notebook that nbgrader can read, whatever happened to its cells and their ids
``GradeOutside``    runs the student's cells in a kernel and the keys here, in the grader's own process

A key never enters the student's kernel: what happened there to NumPy, hpmath, ``check`` or the builtins is of no use,
because only plain data come out of it. Start reading at :class:`HomeworkCells`.
"""

from __future__ import annotations

import ast
import hashlib
import json
import re
import tempfile
import textwrap
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import homework_keys as keys
import nbformat
import numpy as np
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbconvert.preprocessors import Preprocessor
from nbformat import NotebookNode
from nbgrader.api import Gradebook
from nbgrader.preprocessors import Execute, NbGraderPreprocessor, OverwriteCells
from students import Book, exercises, students_copy, tags
from traitlets import Any as AnyTrait
from traitlets import Unicode

ROOT = Path(__file__).resolve().parents[2]
HIDDEN = re.compile(r"^[ \t]*### BEGIN HIDDEN TESTS[ \t]*\n(.*?)^[ \t]*### END HIDDEN TESTS[ \t]*$", re.M | re.S)
SOLUTION = re.compile(r"^[ \t]*### BEGIN SOLUTION[ \t]*\n(.*?)^[ \t]*### END SOLUTION[ \t]*\n?", re.M | re.S)
CHECK = re.compile(r'\s*check\("([\d.]+)", answer\)\s*')
DRAWN = re.compile(r"«([^«»]+?)(?::([^«»:]+))?»")
FORM = """# Run this cell first. `form` looks at the form of an answer; its value is graded when you have handed in.
import numpy as np


def form(answer, *, shape=None, options=None, keys=None, formula=None, function=None):
    def told(answer):
        if answer is None or answer is ...:
            return "no answer yet."
        if function is not None:
            if not callable(answer):
                return f"a function is wanted, this is a {type(answer).__name__}."
            try:
                value = answer(*function)
                if value is None:
                    return "a function, but on the example it returns None: no answer yet."
                return f"a function; on the example it returns {np.round(np.asarray(value, dtype=float), 6).tolist()}."
            except Exception as error:
                return f"a function, but on the example it raises {type(error).__name__}: {error}"
        if keys is not None:
            if not isinstance(answer, dict) or {str(key) for key in answer} != set(keys):
                return f"a dict with the keys {', '.join(keys)} is wanted."
            if formula is None:
                return "the form is right."
        if options is not None:
            given = {str(a) for a in (answer if isinstance(answer, (set, list, tuple)) else [answer])}
            return "the form is right." if given <= set(options) else f"only {', '.join(options)} can be chosen."
        if formula is not None:
            from sympy import Symbol, sympify

            names, read = {name: Symbol(name) for name in formula.split()}, {}
            for key, value in answer.items() if keys is not None else [("", answer)]:
                read[key] = sympify(str(value).replace("np.", "").replace("math.", ""), locals=names)
                left = sorted({str(symbol) for symbol in read[key].free_symbols} - set(names))
                if left:
                    return f"{key or 'the answer'} may hold {', '.join(names)}, but not {', '.join(left)}."
            return "the form is right: " + ", ".join(f"{key} = {value}" for key, value in read.items()).strip("= ")
        try:
            values = np.asarray(answer, dtype=float)
        except (TypeError, ValueError):
            return f"numbers in shape {shape} are wanted." if shape else "one number is wanted."
        if len(values.shape) != len(shape) or any(s not in (None, n) for s, n in zip(shape, values.shape)):
            return f"shape {shape} is wanted, this is {values.shape}." if shape else "one number is wanted."
        return "the form is right." if np.isfinite(values).all() else "every number must be finite."

    try:
        print("Form:", told(answer))
    except Exception as error:
        print(f"Form: this cannot be read ({type(error).__name__}: {error})")
"""
RULES = """*Homework {number}, {points} points.* Work in the cells that are marked "your answer"; give each answer the
name that stands there. You may add cells. The cell below an answer tells you at once whether its *form* is right; the
value is graded when you have handed in. Numbers need four digits where nothing else is said. A question tells how part
of its points can be earned. Before you hand in:
*Restart and run all*, save, and leave the file's name as it is, `{name}.ipynb`."""
PRACTICE = """*Practice, for your own study.* The cell below each answer tells you at once whether it is right and,
where it can, what went wrong. These checks are part of the package and can be read there: points earned here say that
you worked, not more."""


def generator(seed: Any, name: str) -> np.random.Generator:
    """Return the generator of one set for one class: the same everywhere, another for each seed and set."""
    digest = hashlib.sha256(f"{seed}/{name}".encode()).digest()
    return np.random.default_rng(np.frombuffer(digest, dtype=np.uint32))


def token(seed: Any, name: str) -> str:
    """Return what tells one class's numbers from another's without telling the seed."""
    return hashlib.sha256(f"numbers of {seed}/{name}".encode()).hexdigest()[:12]


def draw(source: str, seed: Any, name: str) -> dict[str, Any]:
    """Run the cell of a master that draws the numbers; return what it defined."""
    rng = generator(seed, name)

    def pick(*options: Any) -> Any:
        return options[rng.integers(len(options))]

    def between(low: float, high: float, step: float = 1) -> Any:
        value = low + step * rng.integers(round((high - low) / step) + 1)
        return int(value) if isinstance(step, int) and isinstance(low, int) else round(float(value), 10)

    tools = {"np": np, "rng": rng, "pick": pick, "between": between}
    names: dict[str, Any] = dict(tools)
    exec(compile(source, f"{name} (draw)", "exec"), names)
    return {key: value for key, value in names.items() if key not in {*tools, "__builtins__"}}


def put_in(text: str, drawn: dict[str, Any]) -> str:
    """Put the drawn numbers into a text: ``«name»``, ``«2 * name:.3g»``."""

    def shown(match: re.Match[str]) -> str:
        value = eval(match[1], {"np": np}, drawn)
        if match[2]:
            return format(value, match[2])
        if isinstance(value, np.ndarray):
            value = value.tolist()
        return value if isinstance(value, str) else repr(value.item() if isinstance(value, np.generic) else value)

    return DRAWN.sub(shown, text)


def mark(cell: NotebookNode, name: str, **kind: Any) -> NotebookNode:
    """Give a cell the metadata by which nbgrader knows it; ``kind`` says what is not False."""
    known = {"schema_version": 3, "grade_id": name, "grade": False, "solution": False, "locked": False, "task": False}
    cell.metadata = NotebookNode(nbgrader=NotebookNode(known | kind))
    if known["locked"] or kind.get("locked"):
        cell.metadata.update(editable=False, deletable=False)
    cell.id = re.sub(r"[^\w-]", "-", name)[:64]
    if cell.cell_type == "code":
        cell.outputs, cell.execution_count = [], None
    return cell


class HomeworkCells(Preprocessor):
    """Turn a master notebook into nbgrader's source: of a graded set, or of a chapter (for practice).

    A set's master has a cell tagged ``draw`` (it draws the numbers of the class), and for each question a text, a cell
    tagged ``solution`` and a cell tagged ``check``, whose metadata hold the ``points`` and whose hidden tests the key.
    Cells tagged ``wrong`` are for the tests of the set; they run after the solution. A chapter becomes the students'
    copy of ``students.py``, every ``check("1.3", answer)`` a question; its points are the check's ``hpmath.points``,
    or else the stars of the exercise.
    """

    seed = Unicode("0", help="what the numbers are drawn from").tag(config=True)
    name = Unicode("", help="the name of the assignment").tag(config=True)
    chapter = Unicode("", help="the stem of the chapter's file, where a chapter becomes practice").tag(config=True)
    book = AnyTrait(None, help="a students.Book; by default this book").tag(config=True)

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        """Convert the whole notebook."""
        graded = any("draw" in tags(cell) for cell in nb.cells)
        nb.cells = self._set(nb.cells) if graded else self._chapter(nb)
        for k, cell in enumerate(nb.cells):
            if "nbgrader" not in cell.metadata:
                cell.id = f"text-{k}"  # nothing random: the same seed gives the same file
        nb.metadata = NotebookNode(
            kernelspec={"display_name": "Python 3", "language": "python", "name": "python3"},
            language_info={"name": "python"},
            hpmath={"assignment": self.name, "numbers": token(self.seed, self.name)},
        )
        nb.nbformat, nb.nbformat_minor = 4, 5
        return nb, resources

    def _set(self, cells: list[NotebookNode]) -> list[NotebookNode]:
        source = next(cell.source for cell in cells if "draw" in tags(cell))
        drawn = draw(source, self.seed, self.name)
        made, points, question = [], 0.0, 0
        for cell in cells:
            kind, cell.source = tags(cell), put_in(cell.source, drawn) if "draw" not in tags(cell) else ""
            if kind & {"draw", "wrong"}:
                continue
            if "solution" in kind:
                question += 1
                mark(cell, f"answer-{question}", solution=True)
            elif "check" in kind:
                points += float(cell.metadata["points"])
                mark(cell, f"check-{question}", grade=True, locked=True, points=float(cell.metadata["points"]))
            elif cell.cell_type == "code":
                mark(cell, f"given-{len(made)}", locked=True)
            else:
                cell.metadata = NotebookNode()
            made.append(cell)
        rules = RULES.format(number=self.name[:2], points=f"{points:g}", name=self.name)
        form = mark(nbformat.v4.new_code_cell(FORM), "form", locked=True)
        form.metadata.jupyter = {"source_hidden": True}
        return made[:1] + [nbformat.v4.new_markdown_cell(rules), form] + made[1:]

    def _chapter(self, nb: NotebookNode) -> list[NotebookNode]:
        found = exercises(nb)
        made = []
        for cell in students_copy(nb, self.book or the_book(), self.chapter).cells:
            checked = CHECK.fullmatch(cell.source) if "check" in tags(cell) else None
            if "answer" in tags(cell):
                exercise = next(e for e in found.values() if cell.id == "answer-" + e.id.replace(".", "-"))
                solution = [nb.cells[k].source for k in exercise.solution if nb.cells[k].cell_type == "code"]
                cell.source += "\n### BEGIN SOLUTION\n{}\n### END SOLUTION".format("\n\n\n".join(solution))
                mark(cell, cell.id, solution=True)
            elif checked:
                exercise = found[checked[1]]
                points = float(exercise.metadata.get("points", max(1, exercise.stars)))
                cell.source = FRESH_CHECK.format(id=exercise.id, points=points)
                mark(cell, "check-" + exercise.id.replace(".", "-"), grade=True, locked=True, points=points)
            elif "check" in tags(cell):
                raise ValueError(f"a check cell of {self.chapter} must be check(id, answer), got {cell.source!r}")
            made.append(cell)
        return made[:1] + [nbformat.v4.new_markdown_cell(PRACTICE)] + made[1:]


@cache
def the_book() -> Book:
    """Return what the pages show: titles, numbers, citations."""
    return Book.read(ROOT / "notebooks", ROOT / "book")


# The check is imported again, from the files of the package, whatever the student's notebook has made of it.
FRESH_CHECK = """\
from hpmath import check

check("{id}", answer)
### BEGIN HIDDEN TESTS
import sys

for name in [name for name in sys.modules if name == "hpmath.teaching" or name.startswith("hpmath.exercises")]:
    del sys.modules[name]
from hpmath.teaching import check

{points} * check("{id}", answer).score
### END HIDDEN TESTS"""


class Restore(NbGraderPreprocessor):
    """Put back what nbgrader must find in a submission: its locked cells and every cell's metadata.

    An edited or deleted check comes back, a copied one counts once, and where the ids were stripped from all cells the
    checks are appended: an answer is known by its name, not by its place.
    """

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        """Restore the whole notebook."""
        place = resources["nbgrader"]
        with Gradebook(place["db_url"]) as gradebook:
            known = gradebook.find_notebook(place["notebook"], place["assignment"])
            points = {cell.name: cell.max_score for cell in known.grade_cells}
            answers = {cell.name for cell in known.solution_cells}
            sources = {
                cell.name: (cell.cell_type, cell.source, cell.locked)
                for cell in sorted(known.source_cells, key=lambda cell: _order(cell.name))
            }
        seen: set[str] = set()
        cells = []
        for cell in nb.cells:
            metadata = cell.metadata.pop("nbgrader", None)
            name = str(metadata.get("grade_id", "")) if isinstance(metadata, dict) else ""
            cell.metadata = NotebookNode()
            if name in sources and name not in seen:
                seen.add(name)
                cell = self._known(name, cell, sources[name], points, answers)
            elif name in sources and sources[name][2]:
                continue  # a second copy of a locked cell
            cells.append(cell)
        for name, (_, _, locked) in sources.items():
            if locked and name not in seen:
                cell = self._known(name, None, sources[name], points, answers)
                names = [c.metadata.get("nbgrader", {}).get("grade_id") for c in cells]
                above = _answer(name)
                cells.insert(names.index(above) + 1 if above in names else len(cells) if name in points else 0, cell)
        nb.cells = cells
        return nb, resources

    def _known(
        self,
        name: str,
        cell: NotebookNode | None,
        source: tuple[str, str, bool],
        points: dict[str, float],
        answers: set[str],
    ) -> NotebookNode:
        kind, text, locked = source
        if locked or cell is None or cell.cell_type != kind:
            text = text if locked or cell is None else cell.source
            cell = getattr(nbformat.v4, f"new_{kind}_cell")(text)
        metadata: dict[str, Any] = {"locked": locked, "solution": name in answers}
        if name in points:
            metadata |= {"grade": True, "points": points[name]}
        return mark(cell, name, **metadata)


def _answer(name: str) -> str:
    return name.replace("check", "answer", 1)


def _order(name: str) -> tuple[str, list[int]]:
    return name.split("-")[0], [int(number) for number in re.findall(r"\d+", name)]


class GradeOutside(Execute):
    """Run the student's cells in a kernel, and the keys of graded cells in this process.

    A cell that runs into the time limit is interrupted; a kernel that does not answer after that, or that died, is left
    alone, and the questions below it earn nothing, with the reason as their message. So do those below the fourth cell
    that had to be interrupted.
    """

    lost = ""
    patience = 4  # so many cells may run into the time limit, then nothing more is run

    def preprocess(self, nb: NotebookNode, resources: Any, km: Any = None) -> tuple[NotebookNode, Any]:
        """Run and grade the whole notebook."""
        self.lost, self.overran = "", 0
        with tempfile.TemporaryDirectory() as folder:
            self.folder = Path(folder)
            return super().preprocess(nb, resources, km)

    def preprocess_cell(self, cell: NotebookNode, resources: Any, index: int) -> tuple[NotebookNode, Any]:
        """Run one cell; of a graded one, the key."""
        metadata = cell.metadata.get("nbgrader", {})
        hidden = HIDDEN.search(cell.source) if metadata.get("grade") and cell.cell_type == "code" else None
        if hidden and "hpmath.teaching" not in hidden[1]:
            name, points = metadata["grade_id"], float(metadata["points"])
            cell.outputs, cell.execution_count = self._outputs(hidden[1], points, index, name), 1
            self.nb.cells[index] = cell
            return cell, resources
        if self.lost:
            if metadata.get("grade"):
                cell.outputs = _verdict(keys.Share(0, self.lost), float(metadata["points"]))
            return cell, resources
        try:
            cell, resources = super().preprocess_cell(cell, resources, index)
        except DeadKernelError:
            self.lost = "a cell above ended the kernel (out of memory, or an exit): nothing after it could run."
        except CellTimeoutError:
            self._give_up()
        if any(output.get("ename") == "CellTimeoutError" for output in cell.get("outputs", [])) and not self.lost:
            self._alive(index)
            self.overran += 1
            if self.overran >= self.patience:
                self.lost = f"{self.overran} cells above did not end within {self.timeout} s: the rest was not run."
        if metadata.get("grade"):  # a warning on stderr would make nbgrader give nothing
            cell.outputs = [output for output in cell.outputs if output.get("name") != "stderr"]
        return cell, resources

    def _give_up(self) -> None:
        self.lost = self.lost or f"a cell above did not end within {self.timeout} s and could not be stopped."

    def _outputs(self, key: str, points: float, index: int, name: str) -> list[NotebookNode]:
        def given(name: str) -> Any:
            return self._given(name, index)

        if self.lost:
            return _verdict(keys.Share(0, self.lost), points)
        try:
            return _verdict(run_key(key, given), points)
        except Exception as error:
            raise RuntimeError(f"the key of {name} fails: {type(error).__name__}: {error}") from error

    def _alive(self, index: int) -> None:
        limit, self.timeout = self.timeout, 3
        try:
            answers = self._tell("done({})", index) is not None
        finally:
            self.timeout = limit
        if not answers:
            self._give_up()

    def _tell(self, code: str, index: int) -> Any:
        """Run code of ours in the student's kernel; return what it wrote down, or None."""
        path = self.folder / "told.json"
        path.unlink(missing_ok=True)
        source = f"__import__('builtins').exec({COLLECT + code!r}, {{'path': {str(path)!r}, 'notebook': globals()}})"
        kept = self.nb.cells[index]
        try:
            self.execute_cell(nbformat.v4.new_code_cell(source), index, store_history=False)
        except DeadKernelError:
            self.lost = "the kernel ended when the answer was asked for."
        except CellTimeoutError:
            self._give_up()
        finally:
            self.nb.cells[index] = kept
        try:
            return json.loads(path.read_text("utf8"))
        except (OSError, ValueError):
            return None

    def _given(self, name: str, index: int) -> Any:
        told = self._tell(f"done(encode(notebook.get({name!r})))", index)
        if told is None:
            return keys.Failure("the answer could not be read.")

        def call(inputs: list[tuple[Any, ...]]) -> list[Any]:
            arguments = [[_encoded(a) for a in arguments] for arguments in inputs]
            results = self._tell(f"done(call({name!r}, {json.dumps(arguments)!r}))", index)
            if results is None:
                return [keys.Failure(f"the function did not end within {self.timeout} s.")] * len(inputs)
            return [decoded(result, None) for result in results]

        return decoded(told, call)


def run_key(key: str, given: Callable[[str], Any]) -> keys.Share:
    """Run a key; return what its last line says. An error in a key is the teacher's to know: it is raised."""
    names: dict[str, Any] = {name: getattr(keys, name) for name in keys.__all__}
    names |= {"given": given, "np": np}
    tree = ast.parse(textwrap.dedent(key))
    if not tree.body or not isinstance(tree.body[-1], ast.Expr):
        raise ValueError("a key must end with an expression: the share of the points that the answer earns")
    last = ast.Expression(tree.body.pop().value)
    with np.errstate(all="ignore"):
        exec(compile(tree, "key", "exec"), names)
        share = eval(compile(last, "key", "eval"), names)
    return share if isinstance(share, keys.Share) else keys.Share(share)


def _verdict(share: keys.Share, points: float) -> list[NotebookNode]:
    """Return the outputs of a graded cell: the message, and the points as a number, which nbgrader reads."""
    earned = round(float(share) * points, 4)
    text = f"{earned:g} of {points:g} points: {share.message}\n"
    return [
        nbformat.v4.new_output("stream", name="stdout", text=text),
        nbformat.v4.new_output("execute_result", data={"text/plain": repr(float(earned))}, execution_count=1),
    ]


def _encoded(value: Any) -> Any:
    if isinstance(value, keys.Source):
        return {"source": str(value)}
    if isinstance(value, np.ndarray):
        return {"array": value.tolist()}
    return value.item() if isinstance(value, np.generic) else value


def decoded(told: Any, call: Callable[..., Any] | None) -> Any:
    """Return an answer as the keys see it, from what the collector in the notebook's kernel wrote down."""
    kind, value = told
    if kind == "function":
        return keys.Called(call) if call else keys.Failure("it returned a function.")
    if kind == "list":
        return [decoded(v, None) for v in value]
    if kind == "dict":
        return {key: decoded(v, None) for key, v in value}
    if kind == "failure":
        return keys.Failure(value)
    return value


# This runs in the student's kernel, in a namespace of its own. All it does is to write plain data into a file.
COLLECT = """
import json
import os


def encode(value, depth=0):
    if value is None or value is ... or value is NotImplemented:
        return ["none", None]
    if isinstance(value, (bool, int, float)):
        return ["number", float(value)]
    if isinstance(value, str):
        return ["text", value[:2000]]
    if depth > 8:
        return ["failure", "the answer is nested too deeply."]
    if isinstance(value, dict):
        return ["dict", [[str(key), encode(v, depth + 1)] for key, v in list(value.items())[:1000]]]
    if isinstance(value, (set, frozenset)):
        value = sorted(value, key=str)
    if isinstance(value, (list, tuple)):
        return ["list", [encode(v, depth + 1) for v in value[:100000]]]
    if hasattr(value, "free_symbols") and value.free_symbols:
        return ["text", str(value)[:2000]]
    if callable(value) and not hasattr(value, "__array__"):
        return ["function", None]
    try:
        return ["number", float(value)] if getattr(value, "ndim", 0) == 0 else encode(list(value), depth + 1)
    except Exception:
        return ["failure", "an answer of type %s cannot be graded." % type(value).__name__]


def call(name, arguments):
    import numpy

    def argument(value):
        if isinstance(value, dict) and set(value) == {"array"}:
            return numpy.array(value["array"])
        if isinstance(value, dict) and set(value) == {"source"}:
            return eval(value["source"], {"np": numpy})
        return value

    results = []
    for one in json.loads(arguments):
        try:
            results.append(encode(notebook[name](*[argument(value) for value in one])))
        except Exception as error:
            results.append(["failure", "the function raised %s: %s" % (type(error).__name__, str(error)[:200])])
    return results


def done(value):
    with open(path + ".part", "w", encoding="utf8") as file:
        json.dump(value, file)
    os.replace(path + ".part", path)


"""

ORDER = [Restore, OverwriteCells]  # Restore must come before nbgrader's own repair, which gives up on a missing id
