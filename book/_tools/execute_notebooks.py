"""Execute chapters from a fresh kernel, store their outputs, clean their metadata, write the run time in the header.

    python book/_tools/execute_notebooks.py            every notebook
    python book/_tools/execute_notebooks.py 01 04      chapters 01 and 04
    python book/_tools/execute_notebooks.py --clean notebooks/01_gradients.ipynb      clean the metadata, run nothing

A cell that raises or writes to stderr fails, and so does a chapter that takes longer than 20 s. What is written is the
same on every machine: no time stamps, no versions, no widgets; cell ids, tags and figure captions are kept. The run
time in the header is rewritten only when it has moved by more than 2 s or 30 %, so that runs do not churn the file.
"""

from __future__ import annotations

import argparse
import math
import os
import re
import sys
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = ROOT / "notebooks"
LIMIT = 20  # seconds a chapter may take on two cores
RUN_TIME = re.compile(r"(\*\*Run time:\*\*\s+)(\?|\d+)(\s+s\b)")
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
LANGUAGE = {"name": "python", "file_extension": ".py", "mimetype": "text/x-python", "pygments_lexer": "ipython3"}
KEPT = {"tags", "mystnb", "slideshow", "hpmath"}  # of a cell's metadata; the last is what homework needs


def clean(notebook: NotebookNode) -> NotebookNode:
    """Remove from a notebook what differs between machines and runs, in place."""
    notebook.metadata = NotebookNode(kernelspec=NotebookNode(KERNEL), language_info=NotebookNode(LANGUAGE))
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    for cell in notebook.cells:
        cell.metadata = NotebookNode({key: value for key, value in cell.metadata.items() if key in KEPT and value})
        cell.pop("attachments", None)
        for output in cell.get("outputs", []):
            if "metadata" in output:  # the name of a glued value is all that a page needs to know
                output.metadata = NotebookNode({k: v for k, v in output.metadata.items() if k == "scrapbook"})
    return notebook


def complaints(notebook: NotebookNode) -> list[str]:
    """Return what the outputs must not hold: errors, stderr, widgets."""
    found = []
    for k, cell in enumerate(notebook.cells, start=1):
        for output in cell.get("outputs", []):
            if output.output_type == "error":
                found.append(f"cell {k} raises {output.ename}: {output.evalue}")
            if output.get("name") == "stderr":
                found.append(f"cell {k} writes to stderr: {output.text.strip().splitlines()[-1]}")
            if any("widget" in mime for mime in output.get("data", {})):
                found.append(f"cell {k} stores a widget, whose page would load scripts from outside: use plain tqdm")
    return found


def write_run_time(notebook: NotebookNode, seconds: float) -> bool:
    """Put the run time, in whole seconds, into the header; keep the old figure where it is near enough."""
    now = max(1, math.ceil(seconds))
    for cell in notebook.cells:
        found = RUN_TIME.search(cell.source) if cell.cell_type == "markdown" else None
        if found:
            old = None if found[2] == "?" else int(found[2])
            if old is None or abs(now - old) > max(2, 0.3 * old) or old > LIMIT:
                cell.source = RUN_TIME.sub(rf"\g<1>{now}\g<3>", cell.source, count=1)
            return True
    return False


def execute(path: Path) -> tuple[float, list[str]]:
    """Execute one notebook and store it when all is well; return its run time and what is wrong with it."""
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(notebook, timeout=600, kernel_name="python3", resources={"metadata": {"path": path.parent}})
    client.record_timing = False
    start = time.perf_counter()
    try:
        client.execute()
    except CellExecutionError as error:
        return time.perf_counter() - start, [str(error).strip()]
    seconds = time.perf_counter() - start
    wrong = complaints(notebook)
    if seconds > LIMIT:
        wrong.append(f"takes {seconds:.1f} s, more than {LIMIT} s: record the experiment, rerun a small part of it")
    if not write_run_time(notebook, seconds):
        wrong.append('has no "**Run time:** ? s" in its header')
    if not wrong:
        clean(notebook)
        nbformat.validate(notebook)
        nbformat.write(notebook, path)
    return seconds, wrong


def main(arguments: list[str] | None = None) -> int:
    """Execute the notebooks named by their numbers, or all of them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("only", nargs="*", metavar="NN", help="chapter numbers; none means all")
    parser.add_argument("--clean", nargs="+", type=Path, metavar="FILE", help="clean these notebooks, execute nothing")
    options = parser.parse_args(arguments)
    if options.clean:
        for path in options.clean:
            nbformat.write(clean(nbformat.read(path, as_version=4)), path)
        return 0
    only = options.only
    paths = [path for path in sorted(NOTEBOOKS.glob("*.ipynb")) if not only or path.name.split("_")[0] in only]
    missing = set(only) - {path.name.split("_")[0] for path in paths}
    if missing:
        print(f"no notebook with number {', '.join(sorted(missing))} in {NOTEBOOKS.name}/", file=sys.stderr)
        return 1
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    failed = False
    for path in paths:
        seconds, wrong = execute(path)
        print(f"{path.name}: {seconds:.1f} s" + ("" if not wrong else ", not stored:"))
        for sentence in wrong:
            print(f"  {sentence}")
        failed |= bool(wrong)
    return int(failed)


if __name__ == "__main__":
    raise SystemExit(main())
