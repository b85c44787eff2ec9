"""How long does a section take in class, and what goes wrong in an exercise? Writes the lists of ``book/teachers.md``.

    python book/_tools/timetable.py

What a check says to a wrong answer is what it says to those in ``tests/exercise_cases``. As to times, nobody has held
a watch beside a class: minutes are added up from what a section has, by the rates in :data:`RATES`. Words are those
of the running text; exercises and audits are counted by themselves. `make index` runs this, and a test complains when
a chapter has moved away from its row.
"""

from __future__ import annotations

import re
import sys
from importlib import import_module
from pathlib import Path

import nbformat
from nbformat import NotebookNode

sys.path.insert(0, str(Path(__file__).resolve().parent))

from students import EQUATION, HEADING, LABEL, ROOT, blocks, exercises, split_options, tags

PAGE = ROOT / "book" / "teachers.md"
NOTEBOOKS = ROOT / "notebooks"
TIMES, MISTAKES = "timetable", "mistakes"  # each between its marks, "% timetable begins" and "% timetable ends"
WORDS_PER_MINUTE = 120  # as they are spoken
RATES = {"figure": 2.0, "derivation": 3.0, "formula": 0.5, "code": 1.0, "audit": 1.5}  # minutes each
STARS = {1: 8, 2: 15, 3: 30}  # minutes for an exercise, in the room
OF_FORM = re.compile(r"\bgot\b|raised \w+Error|return statement|\bholds? [a-z](?:\.|,)|no answer yet")
FORMULA = "(formula)"
NOT_LECTURED = ("exercises", "further reading")


def sections(notebook: NotebookNode) -> dict[str, float]:
    """Return the minutes of each section, in order; the opening is "The question"."""
    minutes = {"The question": 0.0}
    at = "The question"

    def prose(text: str) -> None:
        nonlocal at
        for line in EQUATION.sub(f"\n{FORMULA}\n", text).split("\n"):
            heading = HEADING.match(line)
            if line == FORMULA:
                minutes[at] += RATES["formula"]
                continue
            if heading and len(heading[1]) == 2:
                at = heading[2]
                minutes.setdefault(at, 0.0)
            elif not LABEL.match(line):
                minutes[at] += len(re.findall(r"[\w'’-]+", line)) / WORDS_PER_MINUTE

    for cell in notebook.cells:
        if tags(cell) & {"solution", "check"}:
            continue
        if cell.cell_type == "code":
            shown = {mime for output in cell.get("outputs", []) for mime in output.get("data", {})}
            kind = "figure" if "image/png" in shown else "derivation" if "text/latex" in shown else "code"
            minutes[at] += RATES[kind]
            continue
        for kind, block in blocks(cell.source):
            if kind == "text":
                prose(block)
            elif kind == "directive":
                name, _, body = block
                options, content = split_options(body)
                if name == "audit":
                    minutes[at] += RATES["audit"]
                elif name not in {"exercise", "hints", "index"} and "chapter-header" not in options.get("class", ""):
                    prose(content)
    return {title: value for title, value in minutes.items() if not title.lower().startswith(NOT_LECTURED)}


def table() -> str:
    """Return the timetable as Markdown: a folded table for each chapter."""
    parts = []
    for path in sorted(NOTEBOOKS.glob("[0-9][0-9]_*.ipynb")):
        notebook = nbformat.read(path, as_version=4)
        found = sections(notebook)
        todo = exercises(notebook).values()
        title = next(m[2] for c in notebook.cells for m in [re.search(r"^(#) (.+)$", c.source, re.M)] if m)
        lecture, work = round(sum(found.values())), sum(STARS[e.stars] for e in todo)
        rows = "\n".join(f"| {name} | {max(1, round(value))} |" for name, value in found.items())
        levels = ", ".join(f"{sum(e.stars == k for e in todo)} {'★' * k}" for k in STARS)
        parts.append(
            f":::{{dropdown}} {path.name[:2]} {title}: {lecture} min\n\n| Section | min |\n|---|---:|\n{rows}\n\n"
            f"Exercises: {levels}; all of them {work} min.\n:::"
        )
    return "\n\n".join(parts)


def mistakes() -> str:
    """Return what the checks say to wrong answers, as Markdown: a folded list for each chapter."""
    from hpmath.teaching import exercise

    sys.path.insert(0, str(ROOT))
    parts = []
    for path in sorted(NOTEBOOKS.glob("[0-9][0-9]_*.ipynb")):
        cases = import_module(f"tests.exercise_cases.ch{path.name[:2]}").CASES
        items = []
        for found in exercises(nbformat.read(path, as_version=4)).values():
            known = exercise(found.id)
            said = dict.fromkeys(known.grade(answer).message for answer, _ in cases[found.id].wrong)
            said = {message: None for message in said if not OF_FORM.search(message)} or said
            head = f"- **{found.id} {found.title}** {'★' * found.stars}, {STARS[found.stars]} min."
            items.append(head + "".join(f"\n  - {plain_words(message)}" for message in said))
        parts.append(f":::{{dropdown}} Chapter {path.name[:2]}\n\n" + "\n".join(items) + "\n:::")
    return "\n\n".join(parts)


def plain_words(text: str) -> str:
    """Return a text whose signs mean nothing to Markdown."""
    return re.sub(r"([*_|`$<>\[\]{}\\])", r"\\\1", " ".join(text.split()))


def written(page: str, name: str, text: str) -> str:
    """Return the page with a text between the marks of that name."""
    begin, end = f"% {name} begins", f"% {name} ends"
    before, rest = page.split(begin)
    _, after = rest.split(end)
    return f"{before}{begin}\n\n{text}\n\n{end}{after}"


def main() -> int:
    """Write the lists into the page."""
    page = PAGE.read_text("utf8")
    new = written(written(page, TIMES, table()), MISTAKES, mistakes())
    if new != page:
        PAGE.write_text(new, "utf8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
