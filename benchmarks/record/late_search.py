"""Record searches that went on after they had found what there was: the trials at which EI is small everywhere.

Eight trials of a scrambled Sobol' sequence, then 44 where the logarithm of EI is largest, climbed along its exact
gradient from the best four of 500 random points. The model is the book's default Gaussian process without restarts,
fitted afresh before every trial. Nothing is compared here: chapter 22 fits the model once more after some trial, and
climbs both EI and its logarithm from the same points.

    python benchmarks/record/late_search.py           # about 1 minute on one core
"""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from scipy.optimize import minimize
from scipy.stats import qmc
from tqdm import tqdm

from hpmath import GaussianProcess, branin, kernel_ridge_diabetes, log_expected_improvement

OUTPUT = Path(__file__).parents[2] / "hpmath" / "data" / "late_search.npz"
LOSSES = {"branin": branin, "kernel": kernel_ridge_diabetes}
N_INITIAL, N_TRIALS, N_SCREENED, N_STARTS = 8, 52, 500, 4


def climbed(model: GaussianProcess, start: np.ndarray) -> np.ndarray:
    """Where L-BFGS-B ends on the logarithm of EI, from ``start`` in the unit cube."""

    def downhill(x: np.ndarray) -> tuple[float, np.ndarray]:
        prediction = model.predict(x[None], return_std=True)
        value, d_mean, d_std = log_expected_improvement(*prediction, model.y_.min(), gradient=True)
        at_mean, at_std = model.predict_gradient(x[None])
        return -float(value[0]), -(d_mean[:, None] * at_mean + d_std[:, None] * at_std)[0]

    return minimize(downhill, start, jac=True, method="L-BFGS-B", bounds=[(0, 1)] * len(start)).x


def next_trial(model: GaussianProcess, rng: np.random.Generator) -> np.ndarray:
    def worth(X: np.ndarray) -> np.ndarray:
        return log_expected_improvement(*model.predict(X, return_std=True), model.y_.min())

    U = rng.random((N_SCREENED, model.X_.shape[1]))
    starts = U[np.argsort(worth(U))[-N_STARTS:]]
    ends = np.vstack([starts, [climbed(model, start) for start in starts]])
    return ends[np.argmax(worth(ends))]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--output", type=Path, default=OUTPUT)
    options = parser.parse_args()
    tables: dict[str, np.ndarray] = {}
    quantities = {}
    for name, make in LOSSES.items():
        loss = make()
        low, high = np.array(loss.bounds).T
        points = np.empty((options.seeds, N_TRIALS, len(low)))
        values = np.empty((options.seeds, N_TRIALS))
        for seed in tqdm(range(options.seeds), desc=name):
            U = qmc.Sobol(len(low), rng=seed).random(N_INITIAL)
            y = loss(low + U * (high - low))
            rng = np.random.default_rng([28, seed])
            while len(U) < N_TRIALS:
                u = next_trial(GaussianProcess(rng=0, n_restarts=0).fit(U, y), rng)
                U, y = np.vstack([U, u]), np.append(y, loss(low + u * (high - low)))
            points[seed], values[seed] = U, y
        tables |= {f"{name}_points": points, f"{name}_losses": values}
        quantities[f"{name}_points"] = "seeds × trials × 2: the trials in order, in the unit cube"
        quantities[f"{name}_losses"] = "seeds × trials: their losses, without noise"
    meta = {"quantities": quantities, "n_initial": N_INITIAL, "n_screened": N_SCREENED, "n_starts": N_STARTS}
    np.savez_compressed(options.output, meta=json.dumps(meta), **tables)


if __name__ == "__main__":
    main()
