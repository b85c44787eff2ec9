"""What the tests of the book share: the chapters, cut into the parts that the house style speaks of."""

from __future__ import annotations

import importlib.util
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb"))

FENCE = r"^(?P<fence>:{{3,}}|`{{3,}})\{{{name}\}}(?P<rest>.*?)^(?P=fence)\s*$"
AUDIT = re.compile(FENCE.format(name="audit"), re.M | re.S)
EXERCISE = re.compile(FENCE.format(name="exercise"), re.M | re.S)
FENCED = re.compile(FENCE.format(name=r"[\w:-]+"), re.M | re.S)
DISPLAY = re.compile(r"\$\$.*?\$\$(\s*\([\w-]+\))?", re.S)


@dataclass
class Chapter:
    """A notebook as the tests see it."""

    path: Path

    def __post_init__(self) -> None:
        self.number = int(self.path.name[:2])
        self.notebook = nbformat.read(self.path, as_version=4)
        self.cells = self.notebook.cells

    def tagged(self, tag: str) -> list[Any]:
        return [cell for cell in self.cells if tag in cell.metadata.get("tags", [])]

    @property
    def code(self) -> list[Any]:
        return [cell for cell in self.cells if cell.cell_type == "code"]

    @property
    def markdown(self) -> list[Any]:
        return [cell for cell in self.cells if cell.cell_type == "markdown"]

    @property
    def lesson(self) -> list[Any]:
        """The code cells of the lesson itself, without solutions and checks."""
        return [c for c in self.code if not {"solution", "check"} & set(c.metadata.get("tags", []))]

    @property
    def figures(self) -> list[Any]:
        return [c for c in self.code if any("image/png" in output.get("data", {}) for output in c.outputs)]

    @property
    def text(self) -> str:
        """All the Markdown, solutions included."""
        return "\n\n".join(cell.source for cell in self.markdown)

    @property
    def running_text(self) -> str:
        """The prose: without solutions, exercises, audits, display formulas and the frames of directives."""
        text = "\n\n".join(c.source for c in self.markdown if "solution" not in c.metadata.get("tags", []))
        for pattern in (EXERCISE, AUDIT, DISPLAY):
            text = pattern.sub(" ", text)
        return re.sub(r"^(:{3,}|`{3,}).*$|^:\w[\w-]*:.*$|^\([\w-]+\)=$", "", text, flags=re.M)

    @property
    def exercises(self) -> dict[str, str]:
        """Exercise ids ("1.3") and titles, in the order of the page."""
        found = {}
        for match in EXERCISE.finditer(self.text):
            label = re.search(r"^:label:\s*ex-(\d+)-(\d+)\s*$", match["rest"], re.M)
            assert label, f"an exercise has no label ex-N-k: {match['rest'].splitlines()[0]}"
            found[f"{label[1]}.{label[2]}"] = match["rest"].splitlines()[0].strip()
        return found

    def outputs(self) -> list[tuple[int, str]]:
        """Every text that a cell shows, with the cell's place."""
        shown = []
        for k, cell in enumerate(self.cells, start=1):
            for output in cell.get("outputs", []):
                texts = [output.get("text", "")]
                texts += [text for mime, text in output.get("data", {}).items() if mime.startswith("text/")]
                shown += [(k, "".join(text)) for text in texts if text]
        return shown


def load(path: str) -> Any:
    """Import one of the book's tools by its path."""
    spec = importlib.util.spec_from_file_location(Path(path).stem, ROOT / path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module
