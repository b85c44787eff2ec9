"""The chapters keep the house style, as far as a program can tell. They are read as they stand in the repository."""

from __future__ import annotations

import re
from statistics import median

import pytest
from chapters import AUDIT, EXERCISE, NOTEBOOKS, ROOT, Chapter

RUN_TIME = re.compile(r"\*\*Run time:\*\*\s+(\d+)\s+s\b")
FILLER = (
    "crucial|essential|powerful|delve|leverag(?:e|es|ed|ing)|it is important to note|in summary|as we can see|clearly|"
    "obviously|easily|it can be shown|landscape of possibilities|in this chapter we will"
)
NEVER_SHOWN = {
    "an absolute path": r"(?<![\w.])/(?:home|Users|root|tmp|usr|opt|var|mnt|work)/|\b[A-Z]:\\",
    "a memory address": r"\b0x[0-9a-fA-F]{6,}",
    "a network address": r"https?://|\b(?:\d{1,3}\.){3}\d{1,3}\b",
    "a version": r"(?<![\d.])\d+\.\d+\.\d+(?![\d.])",
    "a time of day": r"\b\d{4}-\d\d-\d\d[ T]\d\d:\d\d",
    "NumPy's own repr of a number (print a rounded one)": r"np\.(?:float|int|bool|str)_?\d*\(",
}
SECTIONS = ("mistake", "audited", "fails", "practice", "exercises", "remember", "further reading")

pytestmark = pytest.mark.parametrize("chapter", [pytest.param(Chapter(p), id=p.stem) for p in NOTEBOOKS])


def test_every_code_cell_is_executed_in_order_and_its_output_stored(chapter):
    counts = [cell.execution_count for cell in chapter.code]
    assert counts == list(range(1, len(counts) + 1)), "run `make execute`"


def test_no_output_is_an_error_a_warning_or_a_widget(chapter):
    for k, cell in enumerate(chapter.cells, start=1):
        for output in cell.get("outputs", []):
            assert output.output_type != "error", f"cell {k} raises {output.get('ename')}"
            assert output.get("name") != "stderr", f"cell {k} writes to stderr"
            assert not any("widget" in mime for mime in output.get("data", {})), f"cell {k} stores a widget"


def test_metadata_is_clean(chapter):
    notebook = chapter.notebook
    assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)
    assert set(notebook.metadata) == {"kernelspec", "language_info"}, "run `make execute`"
    assert notebook.metadata.kernelspec == {"display_name": "Python 3", "language": "python", "name": "python3"}
    assert "version" not in notebook.metadata.language_info
    for k, cell in enumerate(chapter.cells, start=1):
        known = {"tags", "mystnb", "slideshow", "hpmath"}
        assert set(cell.metadata) <= known, f"cell {k} has metadata {sorted(cell.metadata)}"
        assert set(cell.metadata.get("tags", [])) <= {"hide-input", "solution", "check"}, f"cell {k}: unknown tag"
    ids = [cell.id for cell in chapter.cells]
    assert len(set(ids)) == len(ids)


def test_outputs_are_the_same_on_every_machine(chapter):
    for k, text in chapter.outputs():
        for what, pattern in NEVER_SHOWN.items():
            found = re.search(pattern, text)
            assert not found, f"cell {k} shows {what}: {found[0]!r} in {text[:200]!r}"


def test_the_first_cell_is_a_labelled_title_without_a_number(chapter):
    lines = [line for line in chapter.cells[0].source.splitlines() if line.strip()]
    assert re.fullmatch(r"\(ch-[a-z-]+\)=", lines[0])
    assert re.fullmatch(r"# \D.*", lines[1])
    assert len(re.findall(r"^# ", chapter.text, re.M)) == 1


def test_the_question_is_short(chapter):
    question = re.sub(r"^\(.*\)=$|^# .*$", "", chapter.cells[0].source, flags=re.M)
    assert 10 <= len(question.split()) <= 120


def test_the_header_has_objectives_with_their_exercises_and_the_run_time(chapter):
    headers = [cell.source for cell in chapter.markdown if ":class: chapter-header" in cell.source]
    assert len(headers) == 1
    run_time = RUN_TIME.search(headers[0])
    assert run_time, "no run time: run `make execute`"
    assert int(run_time[1]) < 20
    assert re.search(r"\*\*Reading time:\*\*\s+\d+ min", headers[0])
    assert "**Read first:**" in headers[0]
    objectives = re.findall(r"^- .+(?:\n  .+)*", headers[0], re.M)
    assert len(objectives) >= 3
    for objective in objectives:
        names = re.findall(r"`ex-(\d+)-(\d+)`", objective)
        assert names, f"no exercise examines: {objective}"
        assert all(f"{n}.{k}" in chapter.exercises for n, k in names), objective


def test_there_are_at_least_three_figures(chapter):
    assert len(chapter.figures) >= 3


def test_every_figure_has_a_name_a_caption_and_an_alt_text_that_says_what_it_shows(chapter):
    for cell in chapter.figures:
        style = cell.metadata.get("mystnb", {})
        first = cell.source.strip().splitlines()[0]
        alt = style.get("image", {}).get("alt", "")
        assert len(alt) >= 40, f"alt text {alt!r} of the figure of {first!r}"
        assert style.get("figure", {}).get("caption"), f"no caption for the figure of {first!r}"
        assert re.fullmatch(r"fig-[a-z0-9-]+", style["figure"].get("name", "")), f"no name fig-… for {first!r}"


def test_a_figure_cell_shows_one_figure_and_nothing_else(chapter):
    for cell in chapter.figures:
        first = cell.source.strip().splitlines()[0]
        assert len(cell.outputs) == 1, f"the cell that starts with {first!r} shows {len(cell.outputs)} things"


def test_every_figure_is_spoken_of_in_the_text(chapter):
    captions = " ".join(c.metadata.get("mystnb", {}).get("figure", {}).get("caption", "") for c in chapter.figures)
    for cell in chapter.figures:
        name = cell.metadata["mystnb"]["figure"]["name"]
        assert f"`{name}`" in chapter.text + captions, f"{name} is never referred to"


def test_the_text_is_neither_short_nor_long(chapter):
    words = len(re.findall(r"[\w'’-]+", chapter.running_text))
    assert 1500 <= words <= 3500, f"{words} words of running text"


def test_the_code_is_in_small_cells(chapter):
    lines = [len([line for line in cell.source.splitlines() if line.strip()]) for cell in chapter.lesson]
    assert 12 <= len(lines) <= 25, f"{len(lines)} code cells outside the solutions"
    assert median(lines) <= 12, f"the median cell has {median(lines)} lines"


def test_the_parts_of_a_chapter_are_there(chapter):
    headings = " | ".join(re.findall(r"^(?:##+|:{3,}\{admonition\}) (.+)$", chapter.text, re.M)).lower()
    for part in SECTIONS:
        assert part in headings, f"no heading speaks of {part!r}: {headings}"


def test_the_text_has_no_filler(chapter):
    # What the article says is quoted as it stands; all else is ours.
    text = re.sub(r"^:claim:.*$", "", chapter.text, flags=re.M)
    found = re.findall(rf"(?i).{{0,30}}\b(?:{FILLER})\b.{{0,30}}", text)
    assert not found, found


def test_every_derivation_is_checked_and_one_is_shown_to_fail(chapter):
    code = "\n".join(cell.source for cell in chapter.code)
    for cell in chapter.code:
        for name in re.findall(r"^(\w+)\s*=\s*\(?\s*Derivation\(", cell.source, re.M):
            assert re.search(rf"\b{name}\.check\(", code), f"the derivation {name} is never checked"
        unnamed = cell.source.count("Derivation(") - len(re.findall(r"=\s*\(?\s*Derivation\(", cell.source))
        assert unnamed == 0 or ".check(" in cell.source
    assert "Derivation(" not in code or ".spoiled(" in code, "no wrong variant is shown to fail"


def test_there_are_six_to_ten_exercises_of_three_levels_in_order(chapter):
    names = list(chapter.exercises)
    assert 6 <= len(names) <= 10
    assert names == [f"{chapter.number}.{k}" for k in range(1, len(names) + 1)]
    stars = [re.search(r"(?<!★)(★{1,3})$", title) for title in chapter.exercises.values()]
    assert all(stars), "a title ends with its stars"
    assert {len(found[1]) for found in stars} == {1, 2, 3}


def test_every_exercise_has_hints_a_solution_and_a_check_that_it_passes(chapter):
    for name in chapter.exercises:
        label = "ex-" + name.replace(".", "-")
        assert re.search(rf"\{{hints\}} {re.escape(name)}\s*$", chapter.text, re.M), f"{name} shows no hints"
        assert re.search(rf"\{{solution-start\}} {label}\s*$", chapter.text, re.M), f"{name} has no solution"
        checks = [c for c in chapter.tagged("check") if re.search(rf'\bcheck\("{re.escape(name)}",', c.source)]
        assert len(checks) == 1, f"{name} needs one cell tagged check"
        shown = "".join(output.get("text", "") for output in checks[0].outputs)
        assert shown.startswith(f"{name} ✓"), f"the solution of {name} is not accepted: {shown!r}"


def test_solutions_are_tagged_so_that_the_students_version_can_leave_them_out(chapter):
    inside = False
    for k, cell in enumerate(chapter.cells, start=1):
        start, end = "{solution-start}" in cell.source, "{solution-end}" in cell.source
        inside = inside or start
        tags = set(cell.metadata.get("tags", []))
        if inside:
            assert tags & {"solution", "check"}, f"cell {k} stands in a solution and is not tagged"
        else:
            assert not tags & {"solution", "check"}, f"cell {k} is tagged and stands in no solution"
        inside = inside and not end
    assert not inside


def test_the_package_knows_these_exercises_and_no_others(chapter):
    from hpmath.teaching import exercise, exercise_ids

    known = [name for name in exercise_ids() if name.split(".")[0] == str(chapter.number)]
    assert list(chapter.exercises) == known
    for name, title in chapter.exercises.items():
        assert exercise(name).hints, f"{name} has no hint"
        assert exercise(name).title.strip(" ★") == title.strip(" ★"), f"{name} has two titles"


def test_claims_of_the_article_are_quoted_as_they_stand_and_are_one_sentence(chapter):
    audits = AUDIT.findall(chapter.text)
    claims = re.findall(r"^:claim:\s*(.+)$", chapter.text, re.M)
    assert len(claims) == len(audits) >= 1
    for claim in claims:
        assert len(re.findall(r"[.!?](?:\s|$)", claim)) <= 1, f"more than one sentence: {claim!r}"
        assert not re.search(r'^["“]|["”]$', claim), f"the page adds the quotation marks: {claim!r}"


def test_what_to_remember_is_short_and_linked(chapter):
    section = re.search(r"^##+ What to remember.*?\n(.*?)(?=^##? |\Z)", chapter.text, re.M | re.S | re.I)
    assert section
    assert len(re.findall(r"\{(?:eq|numref|prf:ref)\}", section[1])) >= 3


def test_the_further_reading_is_cited(chapter):
    section = re.search(r"^##+ Further reading.*?\n(.*?)(?=^##? |\Z)", chapter.text, re.M | re.S | re.I)
    assert section
    assert 3 <= len(set(re.findall(r"\{cite:[tp]\}`([^`]+)`", section[1]))) <= 6


def test_notebooks_use_no_moving_progress_bars(chapter):
    assert not any(re.search(r"tqdm\.(auto|notebook)", cell.source) for cell in chapter.code)


def test_exercises_are_not_nested_in_code(chapter):
    # A directive that is not closed swallows the rest of the cell; then fewer exercises are found than opened.
    assert len(EXERCISE.findall(chapter.text)) == chapter.text.count("{exercise}")
    assert len(AUDIT.findall(chapter.text)) == chapter.text.count("{audit}")


def test_the_chapter_is_in_the_table_of_contents(chapter):
    assert f"notebooks/{chapter.path.stem}\n" in (ROOT / "book" / "_toc.yml").read_text("utf8")
