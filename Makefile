# hpmath: the book and the package. `make` lists what can be done; nothing needs to be installed by hand.
PYTHON ?= python3
JOBS ?= 2
ONLY ?=
SEED ?=
COURSE ?= course
FROM ?=
AGAIN ?=
PORT ?= 8000

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
BENCH_READY := $(VENV)/.ready-bench
HTML := _build/html
NOTEBOOKS := $(wildcard notebooks/*.ipynb)

# One thread for linear algebra: same digits on every machine, and the test workers do not fight for cores.
export OMP_NUM_THREADS := 1
export OPENBLAS_NUM_THREADS := 1
export MKL_NUM_THREADS := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PYDEVD_DISABLE_FILE_VALIDATION := 1

.DEFAULT_GOAL := help
.PHONY: help book test test-browser explore-pictures lab execute class serve index homework collect grade figures bench format clean distclean pin vendor-mathjax vendor-reveal
.DELETE_ON_ERROR:

help:  ## list these targets
	@echo "hpmath - targets (make TARGET):"
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# Everything runs in .venv, installed from the pinned versions; the stamp is older than what it was made from, or absent.
$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and \
	  "hpmath needs Python 3.11 or newer, $(PYTHON) is " + sys.version.split()[0] + "; try make PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable ".[book,dev]"
	@touch $@

$(BENCH_READY): $(READY)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable ".[bench]"
	@touch $@

# After a warning all pages are read again, so that it is told until it is mended.
book: $(READY)  ## build the book from the stored outputs, test its pages, print the path of index.html
	$(BIN)/jupyter-book build . --config _config.yml --toc book/_toc.yml -W -n --keep-going -q \
	  || { rm -rf _build/.doctrees; exit 1; }
	$(BIN)/python -m pytest -q -m pages tests/book
	@echo "$(CURDIR)/$(HTML)/index.html"

test: $(READY)  ## lint, types, floors, then every test, doctest and notebook in one parallel run
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -n $(JOBS) --dist loadfile -m "not pages" --doctest-modules --nbval --nbval-current-env \
	  tests hpmath $(NOTEBOOKS)

test-browser: $(READY)  ## drive the figures that move in headless Chromium (after `make book`; says how to get one)
	$(BIN)/python -m pytest -q -m pages tests/browser

execute: $(READY)  ## re-execute notebooks and store their outputs (ONLY=01 for one chapter)
	$(BIN)/python book/_tools/execute_notebooks.py $(ONLY)

lab: $(READY)  ## open the notebooks in JupyterLab
	$(BIN)/jupyter lab --ServerApp.root_dir=notebooks

class: $(READY)  ## write what a class opens into _build/class: students' notebooks, a zip of them, slides
	$(BIN)/python book/_tools/class_notebooks.py $(ONLY)

serve: book  ## build the book and serve it at http://localhost:8000 (PORT=...)
	$(BIN)/python -m http.server --bind 127.0.0.1 --directory $(HTML) $(PORT)

index: $(READY)  ## write the index of ideas, book/ideas.md, and the timetable of book/teachers.md
	$(BIN)/python book/_tools/make_index.py
	$(BIN)/python book/_tools/timetable.py

homework: $(READY)  ## make the homework of a class: nbgrader assignments in course/ (SEED=2027, ONLY=01, COURSE=folder)
	@$(BIN)/python book/_tools/homework.py make --course "$(COURSE)" --seed "$(SEED)" --only $(ONLY)

collect: $(READY)  ## sort notebooks that were handed in into course/submitted/ (FROM=folder of downloads)
	@$(BIN)/python book/_tools/homework.py collect --course "$(COURSE)" $(if $(FROM),--from "$(FROM)")

grade: $(READY)  ## grade what lies in course/submitted/ (ONLY=01, COURSE=folder, AGAIN=1: also what is graded already)
	@$(BIN)/python book/_tools/homework.py grade --course "$(COURSE)" $(if $(AGAIN),--again) --only $(ONLY)

figures: $(READY)  ## draw the pictures of the front page and the README
	$(BIN)/python book/_tools/figures.py

explore-pictures: $(READY)  ## photograph the figures that move, for readers without scripts (needs Chromium)
	$(BIN)/python book/_tools/explore_pictures.py

bench: $(BENCH_READY)  ## run the benchmarks against peers; their tables become pages of the book
	@for script in benchmarks/*.py; do echo "$$script"; $(BIN)/python "$$script" || exit 1; done

format: $(READY)  ## format code and notebooks, sort imports
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:  ## remove the built book and the caches, keep .venv
	rm -rf _build dist build .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache

distclean: clean  ## remove .venv too
	rm -rf $(VENV)

pin: $(BENCH_READY)  ## write constraints.txt from the versions in .venv
	$(BIN)/python book/_tools/pin.py

vendor-mathjax:  ## fetch MathJax again (needs npm and the network)
	book/_tools/vendor_mathjax.sh

vendor-reveal:  ## fetch reveal.js, for the slides, again (needs npm and the network)
	book/_tools/vendor_reveal.sh
