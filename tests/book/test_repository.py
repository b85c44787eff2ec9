"""The repository says the same thing everywhere, and nothing is left over in it."""

from __future__ import annotations

import ast
import importlib
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from chapters import NOTEBOOKS, ROOT, load

import hpmath

TEXT = {".py", ".md", ".toml", ".yml", ".yaml", ".cff", ".ipynb", ".css", ".txt", ".bib", ".sh", ".csv", ".svg", ""}
VENDORED = ("book/_static/mathjax/",)
# Written in two halves, so that this file does not find itself.
LEFTOVERS = {
    "an unfinished place": r"\b(?:TO" + r"DO|FIX" + r"ME|XX" + r"X)\b",
    "an issue's number": r"(?i)\bissue" + r" #?\d",
    "a path of one machine": r"(?<![\w.])/(?:ro" + r"ot|home|Users|work|mnt)/\w",
    "a package index": r"(?i)--(?:extra-)?index" + r"-url|find" + r"-links|files\.pythonhosted|simple/\s*$",
    "a conflict": r"^(?:<{7}|>{7}) ",
}


def sources() -> list[Path]:
    """Every text file of the repository: as git knows them, or, in an unpacked archive, all there are."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode == 0:
        names = listed.stdout.splitlines()
    else:
        skipped = {"_build", ".venv", "__pycache__", "dist", "build"}
        names = [str(p.relative_to(ROOT)) for p in ROOT.rglob("*") if not skipped & set(p.relative_to(ROOT).parts)]
    paths = [ROOT / name for name in names if not name.startswith(VENDORED)]
    return [path for path in paths if path.is_file() and path.suffix in TEXT]


def spoken(path: Path) -> str:
    """A file's text; of a notebook, its cells' sources and the texts that they show."""
    text = path.read_text("utf8")
    if path.suffix != ".ipynb":
        return text
    cells = json.loads(text)["cells"]
    return "\n".join("".join(cell["source"]) for cell in cells)


@pytest.mark.parametrize("what", LEFTOVERS)
def test_nothing_is_left_over(what):
    found = {
        str(path.relative_to(ROOT)): match[0]
        for path in sources()
        if (match := re.search(LEFTOVERS[what], spoken(path), re.M))
    }
    assert not found


def test_importing_the_package_loads_nothing_heavy():
    heavy = ["scipy.stats", "scipy.optimize", "matplotlib", "sympy", "pandas", "sklearn", "optuna", "IPython"]
    code = f"import sys, hpmath; print([name for name in {heavy} if name in sys.modules])"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"


def test_every_public_name_loads_and_the_lists_of_names_agree():
    for module, names in hpmath._MODULES.items():
        home = importlib.import_module(f"hpmath.{module}")
        offered = set(getattr(home, "__all__", names))
        assert set(names) <= offered, f"hpmath.{module}.__all__ lacks {set(names) - offered}"
        for name in names:
            assert getattr(hpmath, name) is getattr(home, name)


def test_the_names_for_type_checkers_are_the_public_names():
    tree = ast.parse((ROOT / "hpmath" / "__init__.py").read_text("utf8"))
    guarded = next(node for node in tree.body if isinstance(node, ast.If))
    imported = {
        (node.module.removeprefix("hpmath."), alias.name)
        for node in guarded.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert imported == {(module, name) for module, names in hpmath._MODULES.items() for name in names}


def test_every_public_function_and_class_has_an_example():
    made_by_others = {"DerivationReport", "WrongStep"}  # shown in the examples of Derivation
    for name in sorted(set(hpmath.__all__) - made_by_others):
        assert ">>>" in (getattr(hpmath, name).__doc__ or ""), f"hpmath.{name} has no example"


def test_every_public_name_is_in_the_api_reference():
    pages = "\n".join(path.read_text("utf8") for path in (ROOT / "book" / "api").glob("*.md"))
    documented = re.findall(r"^\.\. auto(?:function|class|data):: hpmath\.(\w+)$", pages, re.M)
    assert sorted(documented) == sorted(hpmath.__all__)


def test_generated_pages_are_up_to_date():
    index = load("book/_tools/make_index.py")
    pages = index.pages()
    stale = [path.name for path, text in pages.items() if not path.exists() or path.read_text("utf8") != text]
    stale += [path.name for path in (ROOT / "book" / "api").glob("*.md") if path not in pages]
    assert not stale, "run `make index`"


def test_the_index_of_ideas_has_every_cell_and_every_public_name():
    index = load("book/_tools/make_index.py")
    rows = index.read_ideas()
    for row in rows:
        assert all(row.values()), f"a cell is missing: {row}"
        assert (ROOT / row["file"]).is_file(), row
        assert (ROOT / row["test"]).is_file(), row
        assert re.fullmatch(r"\d\d", row["chapter"]), row
        for name in row["function"].split(", "):
            module = importlib.import_module(row["file"].removesuffix(".py").replace("/__init__", "").replace("/", "."))
            assert hasattr(module, name), f"{row['file']} has no {name}"
    indexed = {name for row in rows for name in row["function"].split(", ")}
    assert set(hpmath.__all__) <= indexed, f"no row for {sorted(set(hpmath.__all__) - indexed)}"


def test_every_chapter_has_its_exercises_in_the_package():
    for path in NOTEBOOKS:
        assert (ROOT / "hpmath" / "exercises" / f"ch{path.name[:2]}.py").is_file()


def test_the_table_of_contents_lists_what_exists_and_no_empty_part():
    contents = yaml.safe_load((ROOT / "book" / "_toc.yml").read_text("utf8"))
    files = [contents["root"]]
    for part in contents["parts"]:
        assert part["chapters"], f"the part {part.get('caption')} is empty"
        for chapter in part["chapters"]:
            files.append(chapter["file"])
            for section in chapter.get("sections", []):
                files += [str(page.relative_to(ROOT).with_suffix("")) for page in ROOT.glob(section["glob"])]
    for name in files:
        assert (ROOT / f"{name}.md").is_file() or (ROOT / f"{name}.ipynb").is_file(), name
    pages = {f"book/{path.relative_to(ROOT / 'book').with_suffix('')}" for path in (ROOT / "book").rglob("*.md")}
    pages = {page for page in pages if "/_" not in page and not page.startswith("book/homework/")}  # keys, not pages
    assert pages <= set(files), f"no way leads to {sorted(pages - set(files))}"


def test_pages_and_readme_use_the_words_of_the_house():
    filler = re.compile(r"(?i)\b(crucial|essential(?!\sMathematics)|powerful|delve|leverag\w+|in summary)\b")
    for path in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "book").glob("*.md")]:
        text = "\n".join(line for line in path.read_text("utf8").splitlines() if "filler" not in line.lower())
        assert not filler.search(text), f"{path.name}: {filler.search(text)[0]}"


def test_every_citation_key_is_cited_by_its_rule():
    keys = re.findall(r"^@\w+\{([^,]+),", (ROOT / "book" / "references.bib").read_text("utf8"), re.M)
    assert len(keys) == len(set(keys))
    for key in keys:
        assert re.fullmatch(r"[a-z]+(\d{4}[a-z]?)?", key), f"{key} is not surname + year in lower case"


def test_every_recorded_benchmark_is_shown_and_has_its_script():
    page = (ROOT / "book" / "benchmarks.md").read_text("utf8")
    for path in (ROOT / "benchmarks" / "results").glob("*.md"):
        assert re.search(rf"^```\{{benchmark\}} {path.stem}$", page, re.M), f"{path.name} is on no page"
        assert (ROOT / "benchmarks" / f"{path.stem}.py").is_file()
