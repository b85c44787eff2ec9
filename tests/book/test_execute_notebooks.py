"""`make execute`: what it stores, what it refuses."""

from __future__ import annotations

import nbformat
import pytest
from chapters import load
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

HEADER = ":::{admonition} Before you start\n:class: chapter-header\n**Reading time:** 5 min. **Run time:** ? s.\n:::"
tool = load("book/_tools/execute_notebooks.py")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(tool, "NOTEBOOKS", tmp_path)
    return tmp_path


def write(folder, *sources, header=HEADER, name="01_gradients.ipynb", **metadata):
    cells = [new_markdown_cell(header), *(new_code_cell(source) for source in sources)]
    path = folder / name
    nbformat.write(new_notebook(cells=cells, metadata=metadata), path)
    return path


def test_outputs_are_stored_and_everything_that_differs_between_machines_is_not(folder):
    path = write(folder, "print(6 * 7)", kernelspec={"name": "python3", "display_name": "mine"}, authors=["me"])
    before = nbformat.read(path, as_version=4)
    before.cells[1].metadata = {"tags": ["check"], "collapsed": True, "execution": {"iopub.status.busy": "now"}}
    nbformat.write(before, path)
    assert tool.main([]) == 0
    after = nbformat.read(path, as_version=4)
    assert after.cells[1].outputs[0].text == "42\n"
    assert after.cells[1].execution_count == 1
    assert after.cells[1].metadata == {"tags": ["check"]}
    assert [cell.id for cell in after.cells] == [cell.id for cell in before.cells]
    assert after.metadata == {"kernelspec": tool.KERNEL, "language_info": tool.LANGUAGE}


def test_the_run_time_is_written_into_the_header(folder):
    path = write(folder, "1")
    tool.main([])
    assert tool.RUN_TIME.search(nbformat.read(path, as_version=4).cells[0].source)[2].isdigit()


@pytest.mark.parametrize(
    ("old", "seconds", "new"), [("?", 6.2, "7"), ("7", 8.9, "7"), ("7", 9.5, "10"), ("19", 14.1, "19")]
)
def test_the_run_time_is_rewritten_only_when_it_has_moved(old, seconds, new):
    notebook = new_notebook(cells=[new_markdown_cell(HEADER.replace("?", old))])
    assert tool.write_run_time(notebook, seconds)
    assert f"**Run time:** {new} s." in notebook.cells[0].source


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("1 / 0", "ZeroDivisionError"),
        ("import sys; print('careful', file=sys.stderr)", "cell 2 writes to stderr: careful"),
        ("import warnings; warnings.warn('old')", "cell 2 writes to stderr"),
    ],
)
def test_a_cell_that_fails_or_warns_is_told_and_nothing_is_stored(folder, capsys, source, sentence):
    path = write(folder, source)
    before = path.read_bytes()
    assert tool.main(["01"]) == 1
    assert sentence in capsys.readouterr().out
    assert path.read_bytes() == before


def test_a_slow_chapter_and_one_without_a_header_are_refused(folder, capsys, monkeypatch):
    monkeypatch.setattr(tool, "LIMIT", 0.01)
    write(folder, "1", header="no header")
    assert tool.main([]) == 1
    said = capsys.readouterr().out
    assert "more than 0.01 s" in said
    assert "has no" in said


def test_an_unknown_chapter_is_told(folder, capsys):
    write(folder, "1")
    assert tool.main(["09"]) == 1
    assert "no notebook with number 09" in capsys.readouterr().err


def test_widgets_are_refused():
    cell = new_code_cell("")
    cell.outputs = [nbformat.v4.new_output("display_data", {"application/vnd.jupyter.widget-view+json": {}})]
    assert "stores a widget" in tool.complaints(new_notebook(cells=[cell]))[0]


def test_cleaning_keeps_captions_and_glued_names(folder):
    path = write(folder, "1")
    notebook = nbformat.read(path, as_version=4)
    cell = notebook.cells[1]
    cell.metadata = {"mystnb": {"image": {"alt": "a"}}, "scrolled": True, "tags": []}
    data = {"application/papermill.record/text/plain": "39.1"}
    glued = {"scrapbook": {"name": "angle", "mime_prefix": "application/papermill.record/"}, "isolated": True}
    cell.outputs = [nbformat.v4.new_output("display_data", data, metadata=glued)]
    nbformat.write(notebook, path)
    assert tool.main(["--clean", str(path)]) == 0
    cell = nbformat.read(path, as_version=4).cells[1]
    assert cell.metadata == {"mystnb": {"image": {"alt": "a"}}}
    assert list(cell.outputs[0].metadata) == ["scrapbook"]
