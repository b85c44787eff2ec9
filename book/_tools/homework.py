"""Make the homework of a class, and grade what comes back. `make homework` and `make grade` run this.

    python book/_tools/homework.py make --seed 2027              every graded set, and every chapter as practice
    python book/_tools/homework.py make --seed 2027 --only 01    chapter 01 alone
    python book/_tools/homework.py collect --from ~/Downloads      sort what a learning platform gave you
    python book/_tools/homework.py grade                         everything in course/submitted/
    python book/_tools/homework.py grade --only 01 --again       chapter 01, also what is graded already

The masters of the graded sets are ``book/homework/NN_topic.md``; practice is made from ``notebooks/``. Everything made
lies in ``course/`` (another folder: ``--course``), an ordinary nbgrader course: ``source/`` with the keys (yours),
``release/`` for the students, ``submitted/STUDENT/NAME/NAME.ipynb`` for what they hand in, ``feedback/``, the gradebook
and ``grades.csv``. The course is yours: nothing but you deletes it.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import difflib
import json
import logging
import os
import re
import shutil
import sys
import time
import warnings
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jupytext
import nbformat

ROOT = Path(__file__).resolve().parents[2]
MASTERS = ROOT / "book" / "homework"
sys.path.insert(0, str(Path(__file__).resolve().parent))


class Trouble(Exception):
    """Something that the teacher can mend, in one sentence."""


def masters(only: list[str] | None = None) -> dict[str, Path]:
    """Return the masters by the name of the assignment: ``01_gradients`` (graded), ``01_practice`` (a chapter)."""
    found = {path.stem: path for path in sorted(MASTERS.glob("[0-9][0-9]_*.md"))}
    found |= {f"{path.name[:2]}_practice": path for path in sorted((ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb"))}
    if not only:
        return dict(sorted(found.items()))
    for number in only:
        if not any(name == number or name[:2] == number for name in found):
            raise Trouble(f"there is no homework {number!r}; there are {', '.join(sorted({n[:2] for n in found}))}")
    return {name: path for name, path in sorted(found.items()) if name in only or name[:2] in only}


def source(name: str, path: Path, seed: Any) -> nbformat.NotebookNode:
    """Return nbgrader's source notebook of an assignment: solutions and keys in it, the numbers of this seed."""
    from homework_cells import HomeworkCells

    notebook = jupytext.read(path) if path.suffix == ".md" else nbformat.read(path, as_version=4)
    return HomeworkCells(seed=str(seed), name=name, chapter=path.stem).preprocess(notebook, {})[0]


def solved(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Return what the class may see when all is graded: the source without keys, which runs and shows the answers."""
    from homework_cells import HIDDEN

    shown = nbformat.v4.new_notebook(metadata={"kernelspec": notebook.metadata.kernelspec})
    for cell in notebook.cells:
        text = re.sub(r"^[ \t]*### (?:BEGIN|END) SOLUTION[ \t]*\n?", "", HIDDEN.sub("", cell.source), flags=re.M)
        text = re.sub(r"^[ \t]*(?:answer_\d+ = )?\.\.\.(?:  # your answer.*)?\n", "", text, flags=re.M)
        if names := re.findall(r"^(answer_\d+) = ", text, re.M):
            text += f"\n{names[-1]}"
        shown.cells.append(
            (nbformat.v4.new_code_cell if cell.cell_type == "code" else nbformat.v4.new_markdown_cell)(text)
        )
    return shown


def configuration(course: Path, timeout: int = 30) -> Any:
    """Return nbgrader's configuration for a course; the file in the course serves nbgrader's own commands as well."""
    from traitlets.config import PyFileConfigLoader

    settings = MASTERS / "nbgrader_config.py"
    text = f"c = get_config()\nload_subconfig({settings.name!r}, path={str(settings.parent)!r})\n"
    text += f"c.CourseDirectory.root = {str(course)!r}\nc.GradeOutside.timeout = {timeout}\n"
    (course / "nbgrader_config.py").write_text(text, "utf8")
    return PyFileConfigLoader("nbgrader_config.py", path=str(course)).load_config()


def interface(course: Path, timeout: int = 30) -> Any:
    """Return nbgrader's programming interface for a course."""
    from nbgrader.apps import NbGraderAPI

    here = str(Path(sys.executable).parent)
    if here not in os.environ.get("PATH", "").split(os.pathsep):  # nbgrader calls alembic by its name, also from .venv
        os.environ["PATH"] = here + os.pathsep + os.environ.get("PATH", "")
    logging.getLogger("traitlets").setLevel(logging.CRITICAL)
    warnings.filterwarnings("ignore", module="nbgrader")  # SQLAlchemy's advice to nbgrader
    return NbGraderAPI(config=configuration(course, timeout))


def made_with(course: Path) -> dict[str, str]:
    """Return the seeds with which the assignments of a course were made."""
    path = course / "seeds.json"
    return json.loads(path.read_text("utf8")) if path.exists() else {}


def make(course: Path, seed: str, only: list[str] | None = None) -> list[str]:
    """Write the sources and the students' notebooks; return the names of the assignments."""
    seeds, wanted = made_with(course), masters(only)
    for name in wanted:
        if seeds.get(name, seed) != seed and any((course / "submitted").glob(f"*/{name}/*.ipynb")):
            raise Trouble(
                f"{name} was handed out with SEED={seeds[name]} and students have handed it in; another seed would "
                f'grade them by other numbers: use SEED="{seeds[name]}", or another folder, COURSE=...'
            )
    course.mkdir(parents=True, exist_ok=True)
    shutil.copytree(ROOT / "book" / "_static" / "mathjax", course / "mathjax", dirs_exist_ok=True)
    (course / "submitted").mkdir(exist_ok=True)
    (course / "solutions").mkdir(exist_ok=True)
    api, troubles = interface(course), []
    for name, path in wanted.items():
        folder = course / "source" / name
        folder.mkdir(parents=True, exist_ok=True)
        try:
            notebook = source(name, path, seed)
        except Exception as error:  # a master under work: the others are made all the same
            troubles.append(f"{name} could not be read: {str(error).splitlines()[0] if str(error) else error!r}")
            continue
        nbformat.write(notebook, folder / f"{name}.ipynb")
        result = api.generate_assignment(name, force=True, create=True)
        if not result["success"]:
            troubles.append(f"nbgrader could not make {name}: {last_line(result)}")
            continue
        if path.suffix == ".md":
            nbformat.write(solved(notebook), course / "solutions" / f"{name}.ipynb")
        seeds[name] = seed
        (course / "seeds.json").write_text(json.dumps(seeds, indent=1, sort_keys=True), "utf8")
    with zipfile.ZipFile(course / "release.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted((course / "release").glob("*/*.ipynb")):
            archive.write(path, path.name)
    if troubles:
        raise Trouble("; ".join(troubles) + f" (made: {len(wanted) - len(troubles)} of {len(wanted)})")
    return list(wanted)


def collect(course: Path, folder: Path) -> tuple[list[str], list[str]]:
    """Copy notebooks from a folder of downloads to where they are graded; return what was done, and what could not be.

    The student is the folder in which a notebook lies (``ann/01_gradients.ipynb``; of
    ``Ann Lee_123_assignsubmission_file`` the part before the number), or, with no such folder, what the file's name
    says before the homework's (``ann_01_gradients.ipynb``). The homework is the one that the notebook was made as, or
    the one in the file's name. Of several files of one student for one homework the newest is taken.
    """
    known, troubles = made_with(course), []
    newest: dict[Path, Path] = {}
    others: dict[str, list[Path]] = {}
    if not folder.is_dir():
        raise Trouble(f"there is no folder {folder}")
    for path in sorted(folder.rglob("*")):
        if path.is_dir() or ".ipynb_checkpoints" in path.parts or path.name.startswith("."):
            continue
        place = path.relative_to(folder)
        if path.suffix != ".ipynb":
            others.setdefault(place.parts[0], []).append(place)
            continue
        content = None
        named = next((name for name in sorted(known, key=len, reverse=True) if name in path.stem), "")
        try:
            content = json.loads(path.read_bytes())
            name = content["metadata"].get("hpmath", {}).get("assignment", named)
        except (ValueError, TypeError, KeyError, AttributeError):
            name = named  # damaged: `grade` will say so
        before = path.stem.partition(name)[0] if named else ""
        student = place.parts[0].split("_")[0] if len(place.parts) > 1 else re.split(r"_\d", before)[0]
        student = re.sub(r"[^\w.-]+", "-", student).strip("-_. ")
        if is_of_the_class(content):
            troubles.append(f"{place}: it is the class's notebook of the chapter, not the homework; ask for the other")
        elif name not in known:
            troubles.append(f"{place}: neither the notebook nor its name says which homework it is; rename it")
        elif not student:
            troubles.append(f"{place}: nothing says whose it is; put it in a folder with the student's name")
        else:
            target = course / "submitted" / student / name / f"{name}.ipynb"
            other = newest.get(target, path)
            newest[target] = max(path, other, key=lambda file: file.stat().st_mtime)
            if other != path:
                left = path if newest[target] == other else other
                troubles.append(f"{left.relative_to(folder)}: {newest[target].relative_to(folder)} is newer")
    for places in others.values():
        more = f", and {len(places) - 1} files more like it" if len(places) > 1 else ""
        troubles.append(f"{places[0]}: it is no notebook{more}")
    done = []
    for target, path in newest.items():
        if (
            target.exists()
            and target.read_bytes() != path.read_bytes()
            and target.stat().st_mtime > path.stat().st_mtime
        ):
            troubles.append(f"{path.relative_to(folder)}: what was collected before is newer")
            continue
        if not target.exists() or target.read_bytes() != path.read_bytes():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, target)  # with its time
        done.append(f"{path.relative_to(folder)} -> {target.relative_to(course)}")
    return done, troubles


def is_of_the_class(content: Any) -> bool:
    """Say whether a notebook is the students' copy of a chapter, which may have the name of a homework."""
    try:
        made = content["metadata"].get("hpmath", {}).get("assignment")
        return not made and any("about" in cell["metadata"].get("tags", []) for cell in content["cells"])
    except (TypeError, KeyError, AttributeError):
        return False


def last_line(result: dict[str, Any]) -> str:
    """Return what nbgrader said last, without its prefixes."""
    lines = [line.strip() for line in (result.get("log") or result.get("error") or "").splitlines()]
    told = [line for line in lines if re.match(r"[\w.]*(?:Error|Exception|Invalid|Missing)\w*: ", line)]
    return (told or [line for line in lines if line] or ["it gave no reason"])[-1 if not told else 0]


def look(course: Path, student: str, name: str, known: dict[str, str]) -> None:
    """Raise Trouble, in one sentence, where a submission cannot be graded as it is."""
    folder = course / "submitted" / student / name
    place = folder.relative_to(course)
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1, cutoff=0)
        raise Trouble(f"{place}: no homework has the name {name!r}; rename the folder, to {near[0]!r}?")
    path = folder / f"{name}.ipynb"
    if not path.exists():
        others = sorted(p.name for p in folder.glob("*.ipynb"))
        if others:
            raise Trouble(f"{place}/{others[0]}: the notebook must have the name {path.name}; rename it")
        raise Trouble(f"{place}: there is no notebook {path.name} in it")
    text = path.read_bytes()
    if not text.strip():
        raise Trouble(f"{place}/{path.name} is empty; ask {student} for it again")
    try:
        content = json.loads(text)
    except ValueError:  # also what is not UTF-8
        raise Trouble(f"{place}/{path.name} was saved half-way or damaged; ask {student} for it again") from None
    try:
        notebook = nbformat.reads(json.dumps(content), as_version=4)
        cells = list(notebook.cells)
        assert all(isinstance(cell.source, str) and cell.cell_type for cell in cells)
    except Exception:
        raise Trouble(f"{place}/{path.name} is no Jupyter notebook; ask {student} for it again") from None
    from homework_cells import token

    if is_of_the_class(content):
        raise Trouble(f"{place}/{path.name} is the class's notebook of the chapter; ask {student} for the homework")
    made = notebook.metadata.get("hpmath", {})
    if made.get("assignment", name) != name:
        raise Trouble(f"{place}/{path.name} is the homework {made['assignment']} under a wrong name; move it there")
    numbers = token(known[name], name)
    if made.get("numbers", numbers) != numbers:
        raise Trouble(f"{place}/{path.name} has the numbers of another class; {student} must take this class's file")


def grade(
    course: Path, only: list[str] | None = None, again: bool = False, timeout: int = 30
) -> tuple[list[dict[str, Any]], list[str]]:
    """Grade what was handed in; return a row for each submission, and the sentences on those that could not be."""
    known = made_with(course)
    if not known:
        raise Trouble(f"{course} holds no homework yet: `make homework SEED=...` makes it")
    api, troubles = interface(course, timeout), []
    places = sorted(path for path in (course / "submitted").glob("*/*") if path.is_dir())
    for path in sorted((course / "submitted").glob("*.ipynb")) + sorted((course / "submitted").glob("*/*.ipynb")):
        troubles.append(f"{path.relative_to(course)}: a submission lies in submitted/STUDENT/NAME/NAME.ipynb; move it")
    for place in places:
        student, name = place.parent.name, place.name
        if only and not {name, name[:2]} & set(only):
            continue
        try:
            look(course, student, name, known)
            with quiet(course / "grading.log"):
                one(api, course, student, name, again)
        except Trouble as trouble:
            troubles.append(str(trouble))
    rows = table(course)
    write_grades(course, rows)
    return rows, troubles


def one(api: Any, course: Path, student: str, name: str, again: bool) -> None:
    """Grade one submission and write its feedback, unless that is done already."""
    handed_in = course / "submitted" / student / name / f"{name}.ipynb"
    page = course / "feedback" / student / name / f"{name}.html"
    if page.exists() and page.stat().st_mtime >= handed_in.stat().st_mtime and not again:
        return
    result = api.autograde(name, student, force=True, create=True)
    if not result["success"]:
        raise Trouble(f"submitted/{student}/{name} could not be graded: {last_line(result)}")
    result = api.generate_feedback(name, student, force=True)
    if not result["success"]:
        raise Trouble(f"submitted/{student}/{name} is graded, but its feedback was not written: {last_line(result)}")
    page.write_text(local(page.read_text("utf8")), "utf8")


MATHJAX = """<script>window.MathJax = {tex: {inlineMath: [["$", "$"], ["\\\\(", "\\\\)"]]}}</script>
<script src="../../../mathjax/tex-mml-chtml.js" defer></script>"""


def local(page: str) -> str:
    """Let a feedback page draw its formulas with the course's own MathJax and load nothing from the network."""
    script = r'<script[^>]*src="(?:https?:)?//[^"]*"[^>]*>\s*</script>'
    page = re.sub(r'<script type="text/x-mathjax-config">.*?</script>', "", page, flags=re.S)
    page = re.sub(script, lambda match: MATHJAX if "mathjax" in match[0].lower() else "", page)
    return re.sub(r'<link[^>]*href="(?:https?:)?//[^"]*"[^>]*>', "", page)


@contextlib.contextmanager
def quiet(log: Path) -> Iterator[None]:
    """Write what kernels tell on stderr into a file: what students' cells do to them is not the teacher's concern."""
    sys.stderr.flush()
    kept = os.dup(2)
    try:
        with log.open("ab") as file:
            os.dup2(file.fileno(), 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def table(course: Path) -> list[dict[str, Any]]:
    """Return the gradebook: a row for each submission, with the points of each question."""
    from nbgrader.api import Gradebook

    rows = []
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        for assignment in sorted(gradebook.assignments, key=lambda a: a.name):
            for submission in sorted(gradebook.assignment_submissions(assignment.name), key=lambda s: s.student.id):
                grades = [grade for notebook in submission.notebooks for grade in notebook.grades]
                grades.sort(key=lambda grade: [int(n) for n in re.findall(r"\d+", grade.name)])
                questions = {grade.name.removeprefix("check-"): float(grade.score) for grade in grades}
                rows.append(
                    {
                        "student": submission.student.id,
                        "homework": assignment.name,
                        "points": round(sum(questions.values()), 4),
                        "of": float(submission.max_score),
                        "questions": questions,
                    }
                )
    return rows


def write_grades(course: Path, rows: list[dict[str, Any]]) -> None:
    """Write the gradebook as a table that a spreadsheet opens."""
    with (course / "grades.csv").open("w", newline="", encoding="utf8") as file:
        writer = csv.writer(file)
        writer.writerow(["student", "homework", "points", "of", "points of each question"])
        for row in rows:
            each = " ".join(f"{k}:{v:g}" for k, v in row["questions"].items())
            writer.writerow([row["student"], row["homework"], f"{row['points']:g}", f"{row['of']:g}", each])


def main(arguments: list[str] | None = None) -> int:
    """Run a command; return 0 when it could be done, whatever single submissions were like."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("command", choices=["make", "collect", "grade"])
    parser.add_argument("--course", type=Path, default=ROOT / "course", help="the folder of the class")
    parser.add_argument("--seed", default="", help="what the numbers of the class are drawn from")
    parser.add_argument("--only", nargs="*", default=[], metavar="NN", help="chapter numbers or names; none means all")
    parser.add_argument("--from", dest="folder", type=Path, help="collect: where the downloads lie")
    parser.add_argument("--again", action="store_true", help="grade also what is graded already")
    parser.add_argument("--timeout", type=int, default=30, help="seconds that a cell may run")
    options = parser.parse_args(arguments)
    course = options.course.expanduser().resolve()
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    start = time.perf_counter()
    try:
        if options.command == "make":
            seed = options.seed or next(iter(made_with(course).values()), "")
            if not seed:
                raise Trouble("give the class a seed of its own, such as SEED=maple-tram-63: it draws the numbers")
            names = make(course, seed, options.only)
            print(f"made {len(names)} assignments with the numbers of seed {seed}: {', '.join(names)}")
            print(f"for the students: {course / 'release.zip'}")
            print(f"what they hand in: {course / 'submitted'}/STUDENT/NAME/NAME.ipynb, then `make grade`")
            return 0
        if options.command == "collect":
            if not made_with(course):
                raise Trouble(f"{course} holds no homework yet: `make homework SEED=...` makes it")
            if options.folder is None:
                raise Trouble("say where the downloads lie: FROM=folder")
            done, troubles = collect(course, options.folder.expanduser())
            for line in done:
                print(line)
            for sentence in troubles:
                print(f"not collected: {sentence}")
            print(f"{len(done)} notebooks collected from {options.folder}, {len(troubles)} files left")
            return 0
        rows, troubles = grade(course, options.only, options.again, options.timeout)
    except Trouble as trouble:
        print(trouble, file=sys.stderr)
        return 1
    for row in rows:
        if options.only and not {row["homework"], row["homework"][:2]} & set(options.only):
            continue
        each = "  ".join(f"{k}: {v:g}" for k, v in row["questions"].items())
        print(f"{row['student']:16} {row['homework']:24} {row['points']:5g} of {row['of']:g}   {each}")
    print(f"{len(rows)} graded submissions in the gradebook; this run took {time.perf_counter() - start:.0f} s")
    print(f"grades: {course / 'grades.csv'}   feedback: {course / 'feedback'}/STUDENT/NAME/NAME.html")
    for sentence in troubles:
        print(f"not graded: {sentence}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
