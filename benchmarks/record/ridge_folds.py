"""Record the validation error of kernel ridge regression on diabetes, fold by fold, for many draws of the folds.

The loss of `hpmath.kernel_ridge_diabetes`, whose value is the mean over the five folds of one draw; here the folds are
kept apart, so that two points can be compared fold by fold. Draw r has the folds of `kernel_ridge_diabetes(rng=r)`,
the same at every point of the grid. Where the loss is below 3100, a bicubic spline through the table is within 0.1 of
the training.

    python benchmarks/record/ridge_folds.py              # about 1 minute on one core
"""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from scipy.linalg import eigh
from scipy.spatial.distance import cdist
from sklearn import __version__ as sklearn_version
from sklearn.datasets import load_diabetes
from sklearn.model_selection import KFold
from tqdm import tqdm

OUTPUT = Path(__file__).parents[2] / "hpmath" / "data" / "ridge_folds.npz"
N_FOLDS = 5
LN_LAMBDA, LN_GAMMA = np.linspace(-6.9, 2.7, 25), np.linspace(-8.5, -1.5, 22)


def fold_errors(X: np.ndarray, y: np.ndarray, train: np.ndarray, valid: np.ndarray) -> np.ndarray:
    """Return the mean squared error on one fold's validation part, shape (len(LN_LAMBDA), len(LN_GAMMA))."""
    Z = (X - X[train].mean(axis=0)) / X[train].std(axis=0)
    D = cdist(Z, Z[train], "sqeuclidean")
    target, wanted = y[train] - y[train].mean(), y[valid] - y[train].mean()
    errors = np.empty((len(LN_LAMBDA), len(LN_GAMMA)))
    for column, ln_gamma in enumerate(LN_GAMMA):
        K = np.exp(-np.exp(ln_gamma) * D)
        values, Q = eigh(K[train])
        weights = (Q.T @ target)[:, None] / (values[:, None] + np.exp(LN_LAMBDA))  # (K + λI)⁻¹ = Q (Λ + λI)⁻¹ Qᵀ
        errors[:, column] = np.mean((K[valid] @ Q @ weights - wanted[:, None]) ** 2, axis=0)
    return errors


def main() -> None:
    parser = argparse.ArgumentParser(description="Record kernel ridge on diabetes fold by fold.")
    parser.add_argument("--draws", type=int, default=24)
    parser.add_argument("--output", type=Path, default=OUTPUT)
    arguments = parser.parse_args()
    X, y = load_diabetes(return_X_y=True, scaled=False)
    mse = np.empty((arguments.draws, len(LN_LAMBDA), len(LN_GAMMA), N_FOLDS))
    for draw in tqdm(range(arguments.draws), mininterval=10):
        for k, (train, valid) in enumerate(KFold(N_FOLDS, shuffle=True, random_state=draw).split(X)):
            mse[draw, ..., k] = fold_errors(X, y, train, valid)
    meta = {
        "names": ["draw", "ln_lambda", "ln_gamma", "fold"],
        "choices": [list(range(arguments.draws)), LN_LAMBDA.tolist(), LN_GAMMA.tolist(), list(range(N_FOLDS))],
        "metric": "mse",
        "direction": "minimize",
        "quantities": {
            "mse": "mean squared error on the fold's validation part; axes draw, ln lambda, ln gamma, fold",
            "ln_lambda": "grid of the penalty",
            "ln_gamma": "grid of the kernel's inverse squared width",
        },
        "model": "the kernel ridge regression of hpmath.kernel_ridge_diabetes",
        "folds": f"KFold({N_FOLDS}, shuffle=True, random_state=draw), the same at every point",
        "source": "recorded by benchmarks/record/ridge_folds.py",
        "scikit-learn": sklearn_version,
        "licence": "MIT; data: diabetes (Efron, Hastie, Johnstone & Tibshirani 2004), shipped with scikit-learn",
    }
    np.savez_compressed(
        arguments.output,
        meta=np.array(json.dumps(meta)),
        mse=mse.astype(np.float32),
        ln_lambda=LN_LAMBDA,
        ln_gamma=LN_GAMMA,
    )
    print(f"wrote {arguments.output} ({arguments.output.stat().st_size / 1000:.0f} kB)")


if __name__ == "__main__":
    main()
