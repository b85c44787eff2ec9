"""Draw the front page's picture, which no chapter holds, and the README's small ones, which do. ``make figures``.

The map is the recorded one, so the picture needs no training; three searchers walk on it with the same seeds. The small
pictures, one a chapter, are taken from the outputs stored in the notebooks: ``figures.py small`` draws these alone.
"""

from __future__ import annotations

import base64
import io
import sys
from pathlib import Path

import matplotlib as mpl
import nbformat
import numpy as np
from matplotlib.ticker import MultipleLocator
from PIL import Image

from hpmath import TPE, BayesianOptimization, RandomSearch, Space, svm_map
from hpmath.plotting import anytime, landscape, panels, style

ROOT = Path(__file__).resolve().parents[2]
FIGURES = ROOT / "book" / "_static" / "figures"
SMALL = {  # the figure that stands for a chapter
    "00_tuning_problem": "fig-optimism",
    "01_gradients": "fig-scalings",
    "02_hessians": "fig-bowl",
    "03_jacobians": "fig-balls",
    "06_pca": "fig-pca-elite",
    "10_gaussian_process": "fig-gp-arrive",
    "15_entropy": "fig-ent-mes",
    "17_tpe": "fig-tpe-xor",
    "18_pareto": "fig-par-survive",
    "22_acquisition": "fig-acq-map",
    "23_bayesopt": "fig-bo-race",
}
SEEDS = 100
TRIALS = 36


def losses(searcher: type, seed: int, space: Space) -> np.ndarray:
    """Return the losses of a search on the map, above the lowest there is, shape (TRIALS,)."""
    search = searcher(space, rng=seed)
    objective = svm_map()
    for _ in range(TRIALS):
        configs = search.ask()
        search.tell(configs, [objective(config) for config in configs])
    return np.asarray(search.values_) - objective.minimum


def opening() -> None:
    """Draw the running example: the map, and three searchers on it."""
    objective = svm_map()
    searchers = {"random": RandomSearch, "TPE": TPE, "Bayesian optimisation": BayesianOptimization}
    curves = {
        name: np.array([losses(searcher, seed, objective.space) for seed in range(SEEDS)])
        for name, searcher in searchers.items()
    }
    with style():
        figure, (left, right) = panels(2)
        landscape(objective, left, scale="log", label="validation error")
        left.xaxis.set_major_locator(MultipleLocator(2))  # every second decade
        anytime(curves, right, scale="log", statistic="median", ylabel="best so far − lowest on the map")
        figure.savefig(FIGURES / "opening.png", dpi=160, metadata={"Software": None})
        print(f"wrote {FIGURES.name}/opening.png with matplotlib {mpl.__version__}")


def small(width: int = 320) -> None:
    """Shrink one stored figure of each chapter to ``width`` pixels."""
    for chapter, name in SMALL.items():
        cells = nbformat.read(ROOT / "notebooks" / f"{chapter}.ipynb", as_version=4).cells
        (cell,) = (c for c in cells if c.metadata.get("mystnb", {}).get("figure", {}).get("name") == name)
        (png,) = (o.data["image/png"] for o in cell.outputs if "image/png" in o.get("data", {}))
        image = Image.open(io.BytesIO(base64.b64decode(png))).convert("RGB")
        image = image.resize((width, round(image.height * width / image.width)), Image.Resampling.LANCZOS)
        image.quantize(64).save(FIGURES / f"{chapter[:2]}.png", optimize=True)
    print(f"wrote {len(SMALL)} small pictures")


if __name__ == "__main__":
    FIGURES.mkdir(parents=True, exist_ok=True)
    small()
    if sys.argv[1:] != ["small"]:
        opening()
