"""Write the index of ideas (book/ideas.md) and the pages of the API reference (book/api/).

The index comes from one table, book/ideas.csv: idea, chapter, function, file, test. A chapter that is still to come
reads "planned: 07". The reference comes from the package's own list of public names. A test fails when a page is stale.
"""

from __future__ import annotations

import csv
import importlib
import inspect
from pathlib import Path
from types import ModuleType

import hpmath

ROOT = Path(__file__).resolve().parents[2]
BOOK = ROOT / "book"
NOTE = "<!-- Written by `make index`: edit {source} instead. -->\n"

IDEAS_HEAD = """\
# Index of ideas

One idea, one place: the chapter that teaches it, the function that does it, the file to read, the test that holds it
to its word. A chapter that is still to come is marked *planned*.

"""
API_HEAD = """\
# The package

`hpmath` is the code behind the chapters. Every name is used from the top, `from hpmath import gradient`; the modules
are for reading. They are listed here from the ground floor up, and a module imports only from those before it. Read
`calculus` first, then `searchers/sampling`.

"""


def read_ideas() -> list[dict[str, str]]:
    """Return the rows of the table of ideas."""
    with (BOOK / "ideas.csv").open(encoding="utf8", newline="") as file:
        return list(csv.DictReader(file))


def chapter_cell(number: str) -> str:
    """Return a link to a chapter that exists, and a plan for one that does not."""
    found = sorted((ROOT / "notebooks").glob(f"{number}_*.ipynb"))
    return f"[{number}](../notebooks/{found[0].name})" if found else f"planned: {number}"


def ideas_page() -> str:
    """Return the page of the index of ideas, in the order of the chapters."""
    rows = ["| idea | chapter | function | file | test |", "|---|---|---|---|---|"]
    for row in sorted(read_ideas(), key=lambda row: row["chapter"]):
        names = ", ".join(
            f"{{py:obj}}`~hpmath.{name}`" if name in hpmath.__all__ else f"`{name}`"
            for name in row["function"].split(", ")
        )
        rows.append(f"| {row['idea']} | {chapter_cell(row['chapter'])} | {names} | `{row['file']}` | `{row['test']}` |")
    return NOTE.format(source="book/ideas.csv") + IDEAS_HEAD + "\n".join(rows) + "\n"


def entry(path: str, value: object) -> str:
    """Return the directive that documents one public name."""
    return f".. autoclass:: {path}\n   :members:\n" if inspect.isclass(value) else f".. autofunction:: {path}\n"


def made_in(module: ModuleType, name: str) -> bool:
    """Whether a function or class belongs to this module and is not only passed on from another public one."""
    value = getattr(module, name)
    others = {f"hpmath.{public}" for public in hpmath._MODULES} - {module.__name__}
    return callable(value) and value.__module__ not in others


def api_page(module: str) -> str:
    """Return the page of one module: its head, then its names, those that ``hpmath`` itself offers first."""
    lines = [f"# {module}", "", "```{eval-rst}", f".. automodule:: hpmath.{module}", "   :no-members:"]
    # A module that is called as its function leaves the name to it
    lines += ["   :no-index:", ""] if module in hpmath._MODULES.get(module, []) else [""]
    lines += [".. currentmodule:: hpmath", ""]
    home = importlib.import_module(f"hpmath.{module}")
    offered = hpmath._MODULES.get(module, [])
    public = [name for name in home.__all__ if name in offered] if hasattr(home, "__all__") else offered
    others = [name for name in getattr(home, "__all__", []) if name not in offered and made_in(home, name)]
    lines += [entry(f"hpmath.{name}", getattr(home, name)) for name in public]
    lines += [entry(f"hpmath.{module}.{name}", getattr(home, name)) for name in others]
    return NOTE.format(source="the docstrings") + "\n".join(lines) + "```\n"


def bridges() -> list[str]:
    """Return the modules that stand inside other people's tools; their names are not offered by ``hpmath`` itself."""
    return [f"bridges.{path.stem}" for path in sorted((ROOT / "hpmath" / "bridges").glob("[a-z]*.py"))]


def pages() -> dict[Path, str]:
    """Return every generated page: its path and its text."""
    written = {BOOK / "ideas.md": ideas_page()}
    for module in [*hpmath._MODULES, "plotting", *bridges()]:
        written[BOOK / "api" / f"{module.replace('.', '_')}.md"] = api_page(module)
    rows = ["| module | names |", "|---|---|"]
    for module, names in hpmath._MODULES.items():
        rows.append(f"| [{module}](api/{module}.md) | {', '.join(f'{{py:obj}}`~hpmath.{name}`' for name in names)} |")
    rows.append("| [plotting](api/plotting.md) | the pictures of the book: take results, return matplotlib's Axes |")
    for module in bridges():
        names = ", ".join(
            f"{{py:obj}}`~hpmath.{module}.{name}`" for name in importlib.import_module(f"hpmath.{module}").__all__
        )
        rows.append(f"| [{module}](api/{module.replace('.', '_')}.md) | {names} |")
    written[BOOK / "api.md"] = NOTE.format(source="book/_tools/make_index.py") + API_HEAD + "\n".join(rows) + "\n"
    return written


def main() -> None:
    """Write the pages that have changed, and remove those of modules that are gone."""
    for path in set((BOOK / "api").glob("*.md")) - set(pages()):
        path.unlink()
    for path, text in pages().items():
        if not path.exists() or path.read_text("utf8") != text:
            path.write_text(text, "utf8")
            print(f"wrote {path.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
