"""How long does grading take? Three submissions of every graded set and of one chapter, through nbgrader.

``python benchmarks/homework.py`` writes ``benchmarks/results/homework.md``: the seconds, and the grades, which must be
those that should come out.
"""

from __future__ import annotations

import copy
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import jupytext
import nbformat
from _tables import publish

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "book" / "_tools"))
import homework
import homework_cells as cells

SEED = "benchmark"


def submissions(name: str, released: Any, source: Any) -> dict[str, tuple[Any, float]]:
    """A right, a half-right and an empty notebook, with the points that each should get."""
    answers = {c.metadata.nbgrader.grade_id: c.source for c in source.cells if is_answer(c)}
    points = {c.metadata.nbgrader.grade_id: c.metadata.nbgrader.points for c in source.cells if is_check(c)}
    half, expected = dict(list(answers.items())[: len(answers) // 2]), 0.0
    for answer in half:
        expected += points[answer.replace("answer", "check")]
    if not name.endswith("practice"):  # the set's own wrong answers
        half, expected = wrong_answers(name, answers, points)
    return {
        "right": (filled(released, answers), sum(points.values())),
        "half": (filled(released, half), expected),
        "empty": (released, 0.0),
    }


def wrong_answers(name: str, answers: dict[str, str], points: dict[str, float]) -> tuple[dict[str, str], float]:
    """The first wrong answer to each question, and what they should earn together."""
    master = jupytext.read(homework.masters()[name])
    drawn = cells.draw(next(c.source for c in master.cells if "draw" in cells.tags(c)), SEED, name)
    wrong, expected, question = {}, 0.0, 0
    for cell in master.cells:
        question += "solution" in cells.tags(cell)
        key = f"answer-{question}"
        if "wrong" in cells.tags(cell) and key not in wrong:
            wrong[key] = answers[key] + "\n\n\n" + cells.put_in(cell.source, drawn)
            expected += cell.metadata["share"] * points[f"check-{question}"]
    return wrong, expected


def filled(notebook: Any, answers: dict[str, str]) -> Any:
    notebook = copy.deepcopy(notebook)
    for cell in notebook.cells:
        if is_answer(cell):
            cell.source = answers.get(cell.metadata.nbgrader.grade_id, cell.source)
    return notebook


def is_answer(cell: Any) -> bool:
    return bool(cell.metadata.get("nbgrader", {}).get("solution"))


def is_check(cell: Any) -> bool:
    return bool(cell.metadata.get("nbgrader", {}).get("grade"))


def main() -> None:
    rows, slowest = [], 0.0
    names = [name for name in homework.masters() if not name.endswith("practice")] + ["01_practice"]
    with tempfile.TemporaryDirectory() as folder:
        course = Path(folder) / "course"
        homework.make(course, SEED, names)
        for name in names:
            released = nbformat.read(course / "release" / name / f"{name}.ipynb", as_version=4)
            source = nbformat.read(course / "source" / name / f"{name}.ipynb", as_version=4)
            expected = {}
            for student, (notebook, points) in submissions(name, released, source).items():
                target = course / "submitted" / student / name
                target.mkdir(parents=True)
                nbformat.write(notebook, target / f"{name}.ipynb")
                expected[student] = points
            start = time.perf_counter()
            graded, troubles = homework.grade(course, only=[name])
            seconds = time.perf_counter() - start
            assert not troubles, troubles
            got = {row["student"]: row["points"] for row in graded if row["homework"] == name}
            assert all(abs(got[s] - expected[s]) < 1e-3 for s in expected), (name, got, expected)
            slowest = max(slowest, seconds)
            rows.append(f"| `{name}` | {seconds:.1f} | {got['right']:.3g} | {got['half']:.3g} | {got['empty']:.3g} |")
    publish(
        "homework",
        [
            "Seconds to grade three submissions, a right one, one with a typical mistake in every question (of the",
            "practice: the first half of it done) and an empty one, feedback pages included, on a two-core machine;",
            "and the points that each got, which are those that it should get. The slowest three took",
            f"{slowest:.0f} s.",
            "",
            "| homework | s | right | half | empty |",
            "|---|---:|---:|---:|---:|",
            *rows,
        ],
    )


if __name__ == "__main__":
    main()
