"""Record what six rules for the next trial learn: about the whole loss, and about its minimum.

Two losses, both recorded at every point of a finite set: the log-loss of an SVM on digits at 41 x 41 values of C and
gamma, and the error of a multilayer perceptron on vehicle at 3,000 settings of five hyperparameters, drawn once from
the 30,000 of the table. A run knows five random trials and chooses 35 more, one at a time; runs of one seed share the
five. All rules look at the same model, a Gaussian process with fitted kernel and noise (`hpmath.GaussianProcess()`),
of the logarithm of the loss, with every axis of the grid scaled to [0, 1]. Recorded after each trial: its loss, and the
root mean squared error of the model's mean over all points, tried or not: the same set for every rule.

    random       any point not tried
    sobol        the untried point next to the next one of a scrambled Sobol sequence
    information  the largest posterior standard deviation: what tells most about the loss (chapter 15)
    minimum      max-value entropy search, 64 minima: what tells most about the lowest value
    bound        the lowest mean - 2 std
    improvement  the largest expected improvement on the lowest loss seen

    python benchmarks/record/information_search.py                 # about 5 minutes on one core
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Iterator
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from scipy.stats import qmc
from tqdm import tqdm

from hpmath import (
    GaussianProcess,
    expected_improvement,
    lower_confidence_bound,
    max_value_entropy_search,
    sample_minima,
    svm_map,
    table_objective,
)

OUTPUT = Path(__file__).parents[2] / "hpmath" / "data" / "information_search.npz"
RULES = ("random", "sobol", "information", "minimum", "bound", "improvement")
LOSSES = ("svm_map", "hpobench_vehicle")
N_FIRST, BETA, N_MINIMA = 5, 2.0, 64


def points(name: str) -> tuple[np.ndarray, np.ndarray]:
    """Return all points, each axis scaled to [0, 1], and the logarithms of their losses."""
    if name == "svm_map":
        values = svm_map("log loss").table
        places = np.argwhere(values > 0)
    else:
        values = table_objective(name).values
        places = np.random.default_rng(0).permutation(np.argwhere(values > 0))[:3000]
    return places / (np.array(values.shape) - 1), np.log(values[tuple(places.T)])


def choose(rule: str, model: GaussianProcess, X: np.ndarray, free: np.ndarray, rng: np.random.Generator) -> int:
    """Return the index of the next point, one of the free ones."""
    mean, std = model.predict(X[free], return_std=True)
    if rule == "information":
        score = std
    elif rule == "minimum":
        low = free[np.argsort(mean)[:200]]  # where the minimum may be, and a few elsewhere
        minima = sample_minima(model, X[np.union1d(low, rng.choice(free, 200, replace=False))], N_MINIMA, rng)
        score = max_value_entropy_search(mean, std, np.minimum(minima, model.y_.min()))
    elif rule == "bound":
        score = lower_confidence_bound(mean, std, BETA)
    else:
        score = expected_improvement(mean, std, model.y_.min())
    return int(free[np.argmax(score)])


def run(rule: str, X: np.ndarray, y: np.ndarray, seed: int, n_trials: int) -> Iterator[tuple[int, float]]:
    """Yield the index of each trial, and the error of the model that has seen it."""
    rng = np.random.default_rng(seed)
    tried = [int(i) for i in rng.choice(len(X), N_FIRST, replace=False)]
    sobol = iter(qmc.Sobol(X.shape[1], rng=rng).random(128))
    model = GaussianProcess(rng=seed)
    for t in range(n_trials):
        if t >= N_FIRST:
            free = np.setdiff1d(np.arange(len(X)), tried)
            if rule == "random":
                tried.append(int(rng.choice(free)))
            elif rule == "sobol":
                tried.append(int(free[((X[free] - next(sobol)) ** 2).sum(axis=1).argmin()]))
            else:
                tried.append(choose(rule, model, X, free, rng))
        if t < N_FIRST - 1:
            yield tried[t], np.nan
            continue
        model = GaussianProcess(rng=seed).fit(X[tried], y[tried])
        yield tried[t], float(np.sqrt(np.mean((model.predict(X) - y) ** 2)))


def main() -> None:
    parser = argparse.ArgumentParser(description="Record what six rules for the next trial learn.")
    parser.add_argument("--seeds", type=int, default=40)
    parser.add_argument("--trials", type=int, default=40)
    parser.add_argument("--output", type=Path, default=OUTPUT)
    arguments = parser.parse_args()
    shape = (len(LOSSES), len(RULES), arguments.seeds, arguments.trials)
    trial, error = np.empty(shape, dtype=np.int16), np.empty(shape, dtype=np.float32)
    value, lowest = np.empty(shape, dtype=np.float32), []
    for k, name in enumerate(LOSSES):
        X, y = points(name)
        lowest.append(float(y.min()))
        for r, rule in enumerate(RULES):
            for seed in tqdm(range(arguments.seeds), desc=f"{name}, {rule}", mininterval=10):
                trial[k, r, seed], error[k, r, seed] = zip(*run(rule, X, y, seed, arguments.trials), strict=True)
        value[k] = y[trial[k]]
    meta = {
        "what": "six rules for the next trial on two recorded losses",
        "losses": LOSSES,
        "rules": RULES,
        "lowest": lowest,
        "first": N_FIRST,
        "beta": BETA,
        "quantities": {
            "value": "logarithm of the loss of each trial, (loss, rule, seed, trial)",
            "error": "root mean squared error of the model's mean of it over all points, after each trial; "
            "NaN before the fifth",
        },
        "script": "benchmarks/record/information_search.py",
    }
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(arguments.output, value=value, error=error, meta=json.dumps(meta))


if __name__ == "__main__":
    main()
