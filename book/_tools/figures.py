"""Draw the pictures that no chapter holds: the front page's, which the README shows too. Run it by ``make figures``.

The map is the recorded one, so the picture needs no training; three searchers walk on it with the same seeds.
"""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.ticker import MultipleLocator

from hpmath import TPE, BayesianOptimization, RandomSearch, Space, svm_map
from hpmath.plotting import anytime, landscape, panels, style

FIGURES = Path(__file__).resolve().parents[1] / "_static" / "figures"
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


if __name__ == "__main__":
    FIGURES.mkdir(parents=True, exist_ok=True)
    opening()
