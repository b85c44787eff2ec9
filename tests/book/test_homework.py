"""Homework: made with a class's numbers, handed in right, wrong, broken or tampered with, graded as it should be."""

from __future__ import annotations

import contextlib
import copy
import io
import json
import os
import re
import sys
import zipfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jupytext
import nbformat
import numpy as np
import pytest
from chapters import ROOT

pytest.importorskip("nbgrader")
sys.path.insert(0, str(ROOT / "book" / "_tools"))
import homework
import homework_cells as cells
import homework_keys as keys
import students

SETS = [name for name in homework.masters() if not name.endswith("practice")]
SEEDS = ["2027", "1", "a long sentence", "33", "4", "55"]
NAME = "01_gradients"


# --- the sets: solved, left empty and answered wrongly, without a kernel ---


@cache
def questions(name: str, seed: str) -> list[SimpleNamespace]:
    """The questions of a set with the numbers of a seed: text, solution, wrong answers with their shares, check."""
    notebook = jupytext.read(homework.masters()[name])
    drawn = cells.draw(next(c.source for c in notebook.cells if "draw" in cells.tags(c)), seed, name)
    found: list[SimpleNamespace] = []
    text = ""
    for cell in notebook.cells:
        kind = cells.tags(cell)
        source = "" if "draw" in kind else cells.put_in(cell.source, drawn)
        if "solution" in kind:
            found.append(SimpleNamespace(text=text, solution=source, wrong=[]))
        elif "wrong" in kind:
            found[-1].wrong.append((found[-1].solution + "\n" + source, cell.metadata["share"]))  # run after it
        elif "check" in kind:
            found[-1].check, found[-1].points = source, cell.metadata["points"]
        elif cell.cell_type == "markdown":
            text = source
    return found


def graded(code: str, check: str) -> tuple[keys.Share, str]:
    """The share that a notebook with this code earns, and what the visible part of the check says to it."""
    names: dict[str, Any] = {}
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        exec(cells.FORM, names)
        exec(code, names)
        exec(cells.HIDDEN.sub("", check), names)
    collector: dict[str, Any] = {"notebook": names}
    exec(cells.COLLECT, collector)

    def through(value: Any) -> Any:
        return json.loads(json.dumps(value))

    def given(name: str) -> Any:
        def call(inputs: list[tuple[Any, ...]]) -> list[Any]:
            arguments = json.dumps([[cells._encoded(a) for a in one] for one in inputs])
            return [cells.decoded(result, None) for result in through(collector["call"](name, arguments))]

        return cells.decoded(through(collector["encode"](names.get(name))), call)

    return cells.run_key(cells.HIDDEN.search(check)[1], given), said.getvalue()


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", SETS)
def test_of_every_set_the_solution_earns_all_the_stub_nothing_and_a_mistake_its_part(name, seed):
    for k, question in enumerate(questions(name, seed), start=1):
        share, said = graded(question.solution, question.check)
        assert share == 1, (k, share.message)
        assert re.match(r"Form: (the form is right|a f)", said), (k, said)
        share, said = graded(cells.SOLUTION.sub("", question.solution), question.check)
        assert share == 0, k
        assert "no answer yet" in said, (k, said)
        assert question.wrong, f"question {k} of {name} has no wrong answer to be tested with"
        for wrong, expected in question.wrong:
            share, _ = graded(wrong, question.check)
            assert share == pytest.approx(expected, abs=1e-6), (k, share.message)
            assert share < 1


@pytest.mark.parametrize("name", SETS)
def test_every_set_has_three_or_four_questions_and_ten_points_which_its_text_tells(name):
    found = questions(name, "2027")
    assert 3 <= len(found) <= 4
    assert sum(question.points for question in found) == 10
    for k, question in enumerate(found, start=1):
        assert f"**{k}. " in question.text
        assert f"({question.points} points)" in question.text or f"({question.points} point)" in question.text
        assert f"`answer_{k}" in question.text
        assert re.search(r"\*[^*]*(?:earn|point|count)[^*]*\*\s*$", question.text.replace("**", "")), (
            f"{k}: which part?"
        )


@pytest.mark.parametrize("name", SETS)
def test_another_seed_gives_other_numbers_and_the_same_seed_the_same(name):
    texts = {seed: [(q.text, q.check) for q in questions(name, seed)] for seed in SEEDS}
    assert len({str(text) for text in texts.values()}) == len(SEEDS)
    path = homework.masters()[name]
    assert homework.source(name, path, "2027") == homework.source(name, path, "2027")


def numbers(text: str) -> set[float]:
    """The telling numbers of a text: not the small whole ones, nor powers of ten."""
    text = re.sub(r"\{[\w:]+\}`[^`]*`|e?x-\d+-\d+", " ", text)
    found = {float(n) for n in re.findall(r"(?<![\w.])\d*\.?\d+(?:e-?\d+)?(?![\w.])", text)}
    return {n for n in found if not (n == int(n) and n <= 12) and n > 0 and not np.isclose(np.log10(n) % 1, 0)}


@pytest.mark.parametrize("name", SETS)
def test_no_number_of_a_set_is_one_of_the_exercises_of_its_chapter(name):
    chapter = nbformat.read(homework.masters()[f"{name[:2]}_practice"], as_version=4)
    text = "\n".join(c.source for c in chapter.cells if c.cell_type == "markdown")
    blocks = re.findall(r"^:::\{exercise\}.*?^:::$", text, re.M | re.S)
    exercises = "\n".join(blocks + [c.source for c in chapter.cells if "solution" in cells.tags(c)])
    common = {0.5, 0.05, 0.95, 95, 0.25, 20}  # halves, confidences
    for seed in (*SEEDS, *map(str, range(100, 130))):
        for k, question in enumerate(questions(name, seed), start=1):
            same = numbers(re.sub(r"\(\d+ points?\)", "", question.text)) & numbers(exercises) - common
            assert not same, f"question {k} with seed {seed}"


# --- the preprocessor ---


@pytest.mark.parametrize("name", SETS)
def test_what_students_get_holds_no_solution_no_key_and_no_seed(name):
    notebook = homework.source(name, homework.masters()[name], "secret seed")
    released = cells.HIDDEN.sub("", cells.SOLUTION.sub("", "\n".join(c.source for c in notebook.cells)))
    for word in ("given(", "BEGIN", "partial=", "«", "»", "secret"):
        assert word not in released
    assert "secret" not in json.dumps(notebook.metadata)
    for question in questions(name, "secret seed"):
        assert cells.HIDDEN.search(question.check)
        assert cells.SOLUTION.search(question.solution)


@pytest.mark.parametrize("name", SETS)
def test_the_sheet_of_solutions_runs_earns_all_points_and_holds_no_key(name):
    sheet = homework.solved(homework.source(name, homework.masters()[name], "2027"))
    code = "\n".join(cell.source for cell in sheet.cells if cell.cell_type == "code")
    for word in ("given(", "BEGIN", "your answer", "«"):
        assert word not in code
    for k, question in enumerate(questions(name, "2027"), start=1):
        assert f"\nanswer_{k}\n" in code.replace("\n\n", "\n") or f"def answer_{k}" in code
        assert graded(code, question.check)[0] == 1


def test_a_set_that_cannot_be_made_keeps_no_other_from_being_made(tmp_path, monkeypatch):
    broken = tmp_path / "00_broken.md"
    broken.write_text("# Broken\n\n```{code-cell} ipython3\n:tags: [draw]\n\nx = 1 / 0\n```\n")
    good = homework.masters()[NAME]
    monkeypatch.setattr(homework, "masters", lambda only=None: {"00_broken": broken, NAME: good})
    with pytest.raises(homework.Trouble, match=r"00_broken could not be read: .division by zero. \(made: 1 of 2\)"):
        homework.make(tmp_path / "course", "2027")
    with zipfile.ZipFile(tmp_path / "course" / "release.zip") as archive:
        assert archive.namelist() == [f"{NAME}.ipynb"]
    assert homework.made_with(tmp_path / "course") == {NAME: "2027"}


def test_no_key_is_in_what_students_install():
    import tomllib

    build = tomllib.loads((ROOT / "pyproject.toml").read_text("utf8"))["tool"]["hatch"]["build"]["targets"]
    assert build["wheel"]["packages"] == ["hpmath"]
    assert not any(path.startswith("book") for path in build["sdist"]["include"])
    assert not any("HIDDEN TESTS" in path.read_text("utf8") for path in (ROOT / "hpmath").rglob("*.py"))


def test_every_chapter_becomes_practice_with_the_points_of_its_stars():
    for name, path in homework.masters().items():
        if not name.endswith("practice"):
            assert f"{name[:2]}_practice" in homework.masters()
            continue
        chapter = nbformat.read(path, as_version=4)
        stars = sum(text.count("★") for c in chapter.cells for text in re.findall(r"\{exercise\}([^\n]*)", c.source))
        notebook = homework.source(name, path, 0)
        shown = "\n".join(c.source for c in notebook.cells if c.cell_type == "markdown")
        assert "{exercise}" not in shown, "the roles and directives of the book are resolved"
        checks = [c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade")]
        assert sum(c.metadata.nbgrader.points for c in checks) == stars
        assert len(checks) == sum("check" in cells.tags(c) for c in chapter.cells)


def test_points_in_the_metadata_of_a_check_go_before_its_stars():
    path = homework.masters()["01_practice"]
    chapter = nbformat.read(path, as_version=4)
    check = next(cell for cell in chapter.cells if cell.source == 'check("1.2", answer)')
    check.metadata.hpmath = {"points": 5}
    made, _ = cells.HomeworkCells(name="01_practice", chapter=path.stem).preprocess(chapter, {})
    answer, graded = [c for c in made.cells if c.metadata.get("nbgrader", {}).get("grade_id", "").endswith("-1-2")]
    assert graded.metadata.nbgrader.points == 5
    assert graded.source.splitlines()[-2] == '5.0 * check("1.2", answer).score'
    assert "answer = ..." in answer.source
    assert "BEGIN SOLUTION" in answer.source


# --- the words of the keys ---


def test_a_number_is_accepted_in_every_form():
    for answer in (0.5, "0.5", "1/2", [0.5], "sqrt(0.25)"):
        assert keys.number(answer, 0.5) == 1, answer
    assert keys.number(0.6, 0.5) == 0
    assert keys.number(0.6, 0.5, partial=[(0.6, 0.4, "near")]) == 0.4
    for answer in (None, "", [], "a", [1, 2], float("nan"), {"a": 1}, keys.Called(lambda i: i), keys.Failure("no")):
        assert keys.number(answer, 0.5) == 0, answer


def test_an_array_earns_its_right_entries_a_set_loses_by_wrong_ones():
    assert keys.array([1, 2, 4], [1, 2, 3]) == pytest.approx(2 / 3)
    assert keys.array([[1.0], [2.0]], [1, 2]) == 1
    assert keys.array([1, 2, 4], [1, 2, 3], whole=True) == 0
    assert keys.array([1, 2], [1, 2, 3]) == 0
    assert keys.choice(["a", "b"], {"a", "b"}, options="abcd") == 1
    assert keys.choice(["a"], {"a", "b"}, options="abcd") == 0.5
    assert keys.choice(list("abcd"), {"a", "b"}, options="abcd") == 0
    assert keys.choice([], set(), options="ab") == 1
    assert keys.choice("B ", "b", options="ab") == 1
    assert keys.choice("z", "b", options="ab") == 0
    assert keys.keyed({"a": "x", "b": "y"}, {"a": "x", "b": "z"}) == 0.5


def test_a_formula_is_read_not_run():
    over = {"a": (1.0, 2.0), "b": (1.0, 2.0)}
    for answer in ("a/b", "a*b**-1", "a / b^1", "exp(log(a) - np.log(b))"):
        assert keys.formula(answer, "a/b", over=over) == 1, answer
    for answer in ("b/a", "a/c", "__import__('os').getcwd()", "a.real/b", "(", "9**9**9**9", 3.0, [1]):
        assert keys.formula(answer, "a/b", over=over) == 0, answer


def test_a_key_that_is_wrong_says_so_to_the_teacher():
    with pytest.raises(ValueError, match="weights of the parts"):
        keys.parts((0.5, keys.Share(1)), (0.6, keys.Share(1)))
    with pytest.raises(ValueError, match="share must lie between 0 and 1"):
        cells.run_key("1.5", lambda name: None)
    with pytest.raises(ValueError, match="must end with an expression"):
        cells.run_key("x = 1", lambda name: None)


# --- the round trip ---


def hand_in(course: Path, student: str, notebook: Any, *, folder: str = NAME, file: str = NAME) -> None:
    path = course / "submitted" / student / folder / f"{file}.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(notebook if isinstance(notebook, str) else json.dumps(notebook), "utf8")


def change(notebook: Any, sources: dict[str, str]) -> Any:
    notebook = copy.deepcopy(notebook)
    for cell in notebook.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id")
        cell.source = sources.get(name, cell.source)
    return notebook


def without(notebook: Any, unwanted: Callable[[Any], bool]) -> Any:
    notebook = copy.deepcopy(notebook)
    notebook.cells = [cell for cell in notebook.cells if not unwanted(cell.metadata.get("nbgrader", {}))]
    return notebook


CHEAT = """
import builtins, hpmath, hpmath.teaching, numpy
numpy.isclose = numpy.allclose = lambda *a, **k: numpy.array(True)
builtins.abs = builtins.sum = lambda *a, **k: 10.0
hpmath.check = hpmath.teaching.check = lambda *a: 10.0
def given(name): return 10.0
def form(*a, **k): print("Form: the form is right.")
array = formula = number = function = lambda *a, **k: 1.0
class Same(list):
    def __eq__(self, other): return True
answer_1 = Same([0.0, 0.0])
"""


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A class that has handed in."""
    course = tmp_path_factory.mktemp("homework") / "course"
    homework.make(course, "2027", [NAME])
    released = nbformat.read(course / "release" / NAME / f"{NAME}.ipynb", as_version=4)
    answers = {f"answer-{k}": question.solution for k, question in enumerate(questions(NAME, "2027"), start=1)}
    wrong = {f"answer-{k}": question.wrong[0][0] for k, question in enumerate(questions(NAME, "2027"), start=1)}
    right, none = change(released, answers), {"answer-1": "answer_1 = [0, 1]"}
    stripped = change(right, none)
    for cell in stripped.cells:
        cell.metadata.clear()
        cell.pop("id")
    stripped.nbformat_minor = 4
    edited = change(right, none | {"check-1": "2.0", "check-2": "3.0", "answer-2": "x = 1"})
    edited.cells += [copy.deepcopy(c) | {"id": f"copy-{k}"} for k, c in enumerate(edited.cells[-2:])]
    hand_in(course, "right", right)
    hand_in(course, "half", change(released, wrong))
    hand_in(course, "empty", released)
    hand_in(course, "wrong", change(released, dict.fromkeys(answers, "answer_1 = answer_2 = answer_3 = 7")))
    hand_in(course, "raises", change(right, {"answer-1": "answer_1 = [1, 2"}))
    hand_in(course, "edited", edited)
    hand_in(course, "deleted", without(change(right, none), lambda m: m.get("grade") or m.get("grade_id") == "form"))
    spy = "get_ipython().events.register('pre_run_cell', lambda cell: open({!r}, 'a').write(cell.raw_cell))"
    seen = course.parent / "seen.txt"
    hand_in(course, "redefined", change(right, {"answer-1": CHEAT + spy.format(str(seen))}))
    hand_in(course, "builtins", change(right, {"answer-1": "import builtins\nbuiltins.float = lambda *a: 2.0"}))
    hand_in(course, "stripped", stripped)
    endless = "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass"
    hand_in(course, "endless", change(right, {"answer-2": "while True: pass", "answer-4": endless}))
    hand_in(course, "dies", change(right, {"answer-3": "import os; os._exit(1)"}))
    text = json.dumps(released)
    hand_in(course, "cut", text[: len(text) // 2])
    hand_in(course, "nothing", "")
    hand_in(course, "list", "[1, 2]")
    hand_in(course, "misnamed", right, file="homework1")
    hand_in(course, "elsewhere", right, folder="01_gradient")
    other = copy.deepcopy(right)
    other.metadata.hpmath.numbers = "another"
    hand_in(course, "stranger", other)
    (course / "submitted" / "loose.ipynb").write_text("{}")
    rows, troubles = homework.grade(course, timeout=1)
    graded = {row["student"]: row for row in rows}
    return SimpleNamespace(path=course, rows=graded, troubles=troubles, right=right, seen=seen.read_text("utf8"))


@pytest.mark.parametrize(
    ("student", "points"),
    [
        ("right", [2, 3, 2, 3]),
        ("half", [1, 1, 1, 1.5]),
        ("empty", [0, 0, 0, 0]),
        ("wrong", [0, 0, 0, 0]),
        ("raises", [0, 3, 2, 3]),
        ("edited", [0, 0, 2, 3]),
        ("deleted", [0, 3, 2, 3]),
        ("redefined", [0, 3, 2, 3]),
        ("builtins", [0, 0, 0, 0]),  # the kernel itself cannot go on
        ("stripped", [0, 3, 2, 3]),
        ("endless", [2, 0, 2, 0]),
        ("dies", [2, 3, 0, 0]),
    ],
)
def test_a_submission_gets_the_grade_that_it_should(course, student, points):
    row = course.rows[student]
    assert [row["questions"][str(k)] for k in (1, 2, 3, 4)] == pytest.approx(points, abs=1e-3)
    assert row["of"] == 10


def test_no_key_enters_the_kernel_in_which_a_student_could_look(course):
    assert "def answer_4" in course.seen
    assert "encode(" in course.seen, "the collector was seen"
    for word in ("HIDDEN", "per_log", "def truth", "inputs = [", "array(given"):
        assert any(word in question.check for question in questions(NAME, "2027"))
        assert word not in course.seen


@pytest.mark.parametrize(
    "sentence",
    [
        "submitted/cut/01_gradients/01_gradients.ipynb was saved half-way or damaged; ask cut for it again",
        "submitted/nothing/01_gradients/01_gradients.ipynb is empty; ask nothing for it again",
        "submitted/list/01_gradients/01_gradients.ipynb is no Jupyter notebook; ask list for it again",
        "submitted/misnamed/01_gradients/homework1.ipynb: the notebook must have the name "
        "01_gradients.ipynb; rename it",
        "submitted/elsewhere/01_gradient: no homework has the name '01_gradient'; rename the folder, to "
        "'01_gradients'?",
        "submitted/stranger/01_gradients/01_gradients.ipynb has the numbers of another class; stranger must take this "
        "class's file",
        "submitted/loose.ipynb: a submission lies in submitted/STUDENT/NAME/NAME.ipynb; move it",
    ],
)
def test_what_cannot_be_graded_is_told_in_one_sentence_and_stops_nobody(course, sentence):
    assert sentence in course.troubles
    assert len(course.troubles) == 7
    assert len(course.rows) == 12


def test_feedback_shows_the_verdicts_not_the_keys_and_loads_nothing_from_the_network(course):
    page = (course.path / "feedback" / "half" / NAME / f"{NAME}.html").read_text("utf8")
    assert "1 of 2 points: 1 of 2 entries are right; not entry 1." in page
    assert "HIDDEN" not in page
    assert "per_log" not in page
    assert not re.search(r"<(?:script|link|img)[^>]*(?:src|href)=\"(?:https?:)?//", page)
    assert not re.search(r"cdnjs|unpkg|jsdelivr|googleapis", page)
    local = re.search(r'<script src="([^"]*tex-mml-chtml\.js)"', page)[1]
    assert (course.path / "feedback" / "half" / NAME / local).resolve().is_file()


def test_the_grades_are_written_as_a_table(course):
    lines = (course.path / "grades.csv").read_text("utf8").splitlines()
    assert lines[0] == "student,homework,points,of,points of each question"
    assert "half,01_gradients,4.5,10,1:1 2:1 3:1 4:1.5" in lines


def test_what_is_graded_is_graded_again_only_when_it_is_handed_in_again(course):
    hand_in(course.path, "half", course.right)
    before = (course.path / "feedback" / "empty" / NAME / f"{NAME}.html").stat().st_mtime_ns
    rows, _ = homework.grade(course.path, timeout=2)
    assert {row["student"]: row["points"] for row in rows}["half"] == 10
    assert (course.path / "feedback" / "empty" / NAME / f"{NAME}.html").stat().st_mtime_ns == before


def test_the_numbers_of_a_set_that_was_handed_in_stay_and_trouble_is_told_in_one_sentence(course, capsys, tmp_path):
    assert homework.main(["make", "--course", str(course.path), "--seed", "2028", "--only", NAME]) == 1
    assert "was handed out with SEED=2027" in capsys.readouterr().err
    assert homework.main(["make", "--course", str(tmp_path), "--only", "01"]) == 1
    assert "give the class a seed of its own" in capsys.readouterr().err
    assert homework.main(["make", "--course", str(tmp_path), "--seed", "1", "--only", "99"]) == 1
    assert "there is no homework '99'" in capsys.readouterr().err
    assert homework.main(["grade", "--course", str(tmp_path)]) == 1
    assert "holds no homework yet" in capsys.readouterr().err


def test_downloads_are_collected_by_folder_or_by_name(course, tmp_path):
    right = json.dumps(course.right)
    other = copy.deepcopy(course.right)
    other.metadata.pop("hpmath")
    files = {
        "Ann Lee_123_assignsubmission_file/whatever.ipynb": right,
        "bob/01_gradients.ipynb": json.dumps(other),
        "carl_4711_01_gradients-1.ipynb": right,
        "01_gradients.ipynb": right,
        "dora/notes.ipynb": json.dumps(other),
        "emil/01_gradients.ipynb": right[:1000],
    }
    for name, text in files.items():
        (tmp_path / "in" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "in" / name).write_text(text)
    (tmp_path / "course").mkdir()
    (tmp_path / "course" / "seeds.json").write_text(json.dumps({NAME: "2027"}))
    done, troubles = homework.collect(tmp_path / "course", tmp_path / "in")
    assert sorted(p.parent.parent.name for p in (tmp_path / "course" / "submitted").rglob(f"{NAME}.ipynb")) == [
        "Ann-Lee",
        "bob",
        "carl",
        "emil",
    ]
    assert len(done) == 4
    assert troubles == [
        "01_gradients.ipynb: nothing says whose it is; put it in a folder with the student's name",
        "dora/notes.ipynb: neither the notebook nor its name says which homework it is; rename it",
    ]


def test_of_two_downloads_the_newer_counts_and_what_is_no_homework_is_named(course, tmp_path, capsys):
    folder = tmp_path / "in" / "kim"
    folder.mkdir(parents=True)
    (tmp_path / "course").mkdir()
    (tmp_path / "course" / "seeds.json").write_text(json.dumps({NAME: "2027"}))
    newer, older = folder / "01_gradients (1).ipynb", folder / "01_gradients.ipynb"
    newer.write_text(json.dumps(course.right))
    older.write_text(json.dumps(copy.deepcopy(course.right) | {"nbformat_minor": 4}))
    os.utime(older, (1, 1))
    (folder / "homework.pdf").write_bytes(b"%PDF")
    nora = tmp_path / "in" / "nora" / "01_gradients.ipynb"
    nora.parent.mkdir()
    stem = "01_gradients"
    chapter = nbformat.read(ROOT / "notebooks" / f"{stem}.ipynb", as_version=4)
    nbformat.write(students.students_copy(chapter, students.Book.read(ROOT / "notebooks", ROOT / "book"), stem), nora)
    asked = ["collect", "--course", str(tmp_path / "course"), "--from", str(tmp_path / "in")]
    assert homework.main(asked) == 0
    submitted = tmp_path / "course" / "submitted"
    assert (submitted / "kim" / NAME / f"{NAME}.ipynb").read_text() == newer.read_text()
    assert not (submitted / "nora").exists()
    told = capsys.readouterr().out
    for sentence in (
        "not collected: kim/01_gradients.ipynb: kim/01_gradients (1).ipynb is newer",
        "not collected: kim/homework.pdf: it is no notebook",
        "not collected: nora/01_gradients.ipynb: it is the class's notebook of the chapter, not the homework",
        "1 notebooks collected",
    ):
        assert sentence in told
    newer.unlink()
    assert homework.main(asked) == 0
    assert "not collected: kim/01_gradients.ipynb: what was collected before is newer" in capsys.readouterr().out
    place = submitted / "nora" / NAME / f"{NAME}.ipynb"
    place.parent.mkdir(parents=True)
    place.write_text(nora.read_text())
    with pytest.raises(homework.Trouble, match="is the class's notebook of the chapter; ask nora for the homework"):
        homework.look(tmp_path / "course", "nora", NAME, {NAME: "2027"})


# --- practice ---


def test_practice_is_graded_by_the_checks_of_the_package_whatever_became_of_them_in_the_notebook(tmp_path):
    name = "01_practice"
    homework.make(tmp_path, "1", [name])
    notebook = nbformat.read(tmp_path / "release" / name / f"{name}.ipynb", as_version=4)
    assert any(
        "image/png" in o.get("data", {}) for c in notebook.cells for o in c.get("outputs", [])
    )  # figures to aim at
    answers = {
        "answer-1-2": 'answer = "b"',
        "answer-1-3": 'answer = "(6*eps*f/F3)**(1/3)"',
        "answer-1-8": "import hpmath\nhpmath.check = check = lambda *a: 100\nanswer = {'b'}",
    }
    short = without(change(notebook, answers), lambda m: not m)  # no text, no code of the chapter
    hand_in(tmp_path, "ann", short, folder=name, file=name)
    rows, troubles = homework.grade(tmp_path)
    assert not troubles
    earned = {question: points for question, points in rows[0]["questions"].items() if points}
    assert earned == {"1-2": 1, "1-3": 2}
