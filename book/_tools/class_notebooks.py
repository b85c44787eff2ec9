"""Write what a class opens: the students' notebooks, a zip of them, and slides.

    python book/_tools/class_notebooks.py                 every chapter, into _build/class
    python book/_tools/class_notebooks.py 01 06           chapters 01 and 06
    python book/_tools/class_notebooks.py --out DIR       into another folder

The folder's ``notebooks`` and ``slides`` are written anew each time: work on copies. The zip is the same, byte by byte,
for the same chapters. How a chapter becomes a students' notebook stands in ``students.py``, how it becomes slides in
``slides.py``.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import zipfile
from pathlib import Path

import nbformat

sys.path.insert(0, str(Path(__file__).resolve().parent))

from slides import contents, slides, write_statics
from students import ROOT, Book, students_copy

NOTEBOOKS = ROOT / "notebooks"
PAGES = ROOT / "book"
OUT = ROOT / "_build" / "class"
ZIP = "hpmath-class.zip"
EPOCH = (1980, 1, 1, 0, 0, 0)  # the zip format's first second

README = """# Students' notebooks

Install once, with the wheel that your teacher gave you:

    python -m venv class
    class/bin/python -m pip install "hpmath-VERSION-py3-none-any.whl[class]"    # Windows: class\\Scripts\\python
    class/bin/jupyter lab

Open a chapter, run it from the top, and write your answers where `answer = ...` stands. The cell below it checks them;
`hpmath.hint("1.3")` gives a hint.

"""


def write_notebooks(book: Book, stems: list[str], folder: Path) -> list[str]:
    """Write the students' notebooks; return what is wrong with chapters that could not be written."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    wrong = []
    for stem in stems:
        try:
            chapter = nbformat.read(NOTEBOOKS / f"{stem}.ipynb", as_version=4)
            copy = students_copy(chapter, book, stem)
        except ValueError as error:
            wrong.append(f"{stem}: {error}")
            continue
        nbformat.validate(copy)
        nbformat.write(copy, folder / f"{stem}.ipynb")
    listed = [f"- [{int(s[:2]):02d} {book.titles[s]}]({s}.ipynb)\n" for s in stems if (folder / f"{s}.ipynb").exists()]
    (folder / "README.md").write_text(README + "".join(listed), "utf8")
    return wrong


def write_zip(folder: Path, target: Path) -> None:
    """Zip a folder's files; the same files give the same bytes."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path in sorted(folder.iterdir()):
            entry = zipfile.ZipInfo(f"{target.stem}/{path.name}", EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            entry.create_system = 3
            archive.writestr(entry, path.read_bytes())


def write_slides(book: Book, stems: list[str], folder: Path) -> list[str]:
    """Write a page of slides for each chapter; return what is wrong with chapters that could not be written."""
    shutil.rmtree(folder, ignore_errors=True)
    write_statics(folder / "_static")
    wrong, written = [], []
    for stem in stems:
        try:
            page = slides(nbformat.read(NOTEBOOKS / f"{stem}.ipynb", as_version=4), book, stem)
        except ValueError as error:
            wrong.append(f"{stem}: {error}")
            continue
        (folder / f"{stem}.slides.html").write_text(page, "utf8")
        written.append(stem)
    (folder / "index.html").write_text(contents(book, written), "utf8")
    return wrong


def main(arguments: list[str] | None = None) -> int:
    """Write the class folder."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("only", nargs="*", metavar="NN", help="chapter numbers; none means all")
    parser.add_argument("--out", type=Path, default=OUT, metavar="DIR")
    options = parser.parse_args(arguments)
    try:
        book = Book.read(NOTEBOOKS, PAGES)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    only = {number.zfill(2) for number in options.only}
    stems = [stem for stem in book.chapters.values() if not only or stem[:2] in only]
    missing = only - {stem[:2] for stem in stems}
    if missing:
        print(f"no notebook with number {', '.join(sorted(missing))} in {NOTEBOOKS.name}/", file=sys.stderr)
        return 1
    wrong = write_notebooks(book, stems, options.out / "notebooks")
    write_zip(options.out / "notebooks", options.out / ZIP)
    wrong += write_slides(book, stems, options.out / "slides")
    for sentence in dict.fromkeys(wrong):
        print(sentence, file=sys.stderr)
    if wrong:
        lost = {sentence.partition(":")[0] for sentence in wrong}
        print(f"{len(lost)} of {len(stems)} chapters are not, or not wholly, in what was written:", file=sys.stderr)
    print(options.out / ZIP)
    print(options.out / "slides" / "index.html")
    return int(bool(wrong))


if __name__ == "__main__":
    raise SystemExit(main())
