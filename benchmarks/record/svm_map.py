"""Record the map: an RBF-kernel SVM on scikit-learn's digits, at every point of a log-uniform grid of C and gamma.

For each of 41 x 41 configurations and each of 5 shuffled, stratified folds (seed 0, the same folds at every point) it
writes the validation error, a smooth loss, the CPU seconds of fitting and of predicting, and the number of support
vectors; for each configuration the temperature of the smooth loss and, image by image, whether the prediction was
wrong. Everything but the seconds is deterministic. Pixels are used raw, 0..16.

The smooth loss is the cross-entropy, in nats an image, of probabilities coupled from the 45 one-against-one decision
values (`hpmath.losses.coupled_log_loss`), one temperature a configuration, fitted to all out-of-fold decisions.

    python benchmarks/record/svm_map.py                  # about 15 minutes on one core; rerun it to resume
    python benchmarks/record/svm_map.py --points 5 --output small.npz
"""

from __future__ import annotations

import argparse
import json
import os
import time
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from sklearn import __version__ as sklearn_version
from sklearn.datasets import load_digits
from sklearn.model_selection import StratifiedKFold
from sklearn.svm import SVC
from tqdm import tqdm

from hpmath.losses import coupled_log_loss, fit_temperature

OUTPUT = Path(__file__).parents[2] / "hpmath" / "data" / "svm_map.npz"
N_FOLDS, FOLD_SEED = 5, 0


def measure(C: float, gamma: float, X: np.ndarray, y: np.ndarray, fold: np.ndarray) -> dict[str, np.ndarray]:
    """Return one configuration's quantities: per fold, and over all images out of fold."""
    row = {name: np.empty(N_FOLDS) for name in ("error", "log_loss", "fit_seconds", "predict_seconds", "n_support")}
    decisions = np.empty((len(y), 45))
    wrong = np.empty(len(y), dtype=bool)
    for k in range(N_FOLDS):
        train, valid = fold != k, fold == k
        model = SVC(C=C, gamma=gamma, kernel="rbf", decision_function_shape="ovo")
        start = time.process_time()
        model.fit(X[train], y[train])
        fitted = time.process_time()
        predicted = model.predict(X[valid])
        row["predict_seconds"][k] = time.process_time() - fitted
        row["fit_seconds"][k] = fitted - start
        row["n_support"][k] = model.n_support_.sum()
        wrong[valid] = predicted != y[valid]
        decisions[valid] = model.decision_function(X[valid])
    temperature = fit_temperature(decisions, y)
    for k in range(N_FOLDS):
        row["error"][k] = wrong[fold == k].mean()
        row["log_loss"][k] = coupled_log_loss(decisions[fold == k], y[fold == k], temperature)
    return row | {"temperature": np.array(temperature), "wrong": np.packbits(wrong)}


def empty_tables(points: int, n_images: int) -> dict[str, np.ndarray]:
    shapes = {"error": (N_FOLDS,), "log_loss": (N_FOLDS,), "fit_seconds": (N_FOLDS,), "predict_seconds": (N_FOLDS,)}
    tables = {name: np.full((points, points, *shape), np.nan, np.float32) for name, shape in shapes.items()}
    tables["temperature"] = np.full((points, points), np.nan, np.float32)
    tables["n_support"] = np.zeros((points, points, N_FOLDS), np.int16)
    tables["wrong"] = np.zeros((points, points, (n_images + 7) // 8), np.uint8)
    return tables


def describe(axes: list[np.ndarray]) -> str:
    return json.dumps(
        {
            "names": ["C", "gamma"],
            "choices": [[float(f"{value:.12g}") for value in axis] for axis in axes],
            "metric": "error",
            "direction": "minimize",
            "quantities": {
                "error": "share of the fold's validation images misclassified; axes C, gamma, fold",
                "log_loss": "cross-entropy of the coupled duels, nats an image; axes C, gamma, fold",
                "temperature": "fitted to all out-of-fold decisions of the configuration; axes C, gamma",
                "fit_seconds": "CPU seconds of SVC.fit, one thread; axes C, gamma, fold",
                "predict_seconds": "CPU seconds of SVC.predict on the fold's images, one thread; axes C, gamma, fold",
                "n_support": "number of support vectors; axes C, gamma, fold",
                "wrong": "numpy.packbits over images in the data's order: 1 where the out-of-fold prediction is wrong",
                "fold": "the fold in which an image is validated",
                "label": "the digit that an image shows",
            },
            "model": "sklearn.svm.SVC(C, gamma, kernel='rbf'), defaults otherwise (tol=1e-3), raw pixels 0..16",
            "folds": f"StratifiedKFold({N_FOLDS}, shuffle=True, random_state={FOLD_SEED}), the same at every point",
            "source": "recorded by benchmarks/record/svm_map.py",
            "scikit-learn": sklearn_version,
            "licence": "MIT; data: UCI Optical Recognition of Handwritten Digits (Alpaydin & Kaynak 1998), CC BY 4.0",
        }
    )


def main() -> None:
    parser = argparse.ArgumentParser(description="Record the SVM map on digits.")
    parser.add_argument("--points", type=int, default=41, help="grid points an axis")
    parser.add_argument("--output", type=Path, default=OUTPUT)
    arguments = parser.parse_args()
    X, y = load_digits(return_X_y=True)
    fold = np.empty(len(y), dtype=np.uint8)
    for k, (_, valid) in enumerate(StratifiedKFold(N_FOLDS, shuffle=True, random_state=FOLD_SEED).split(X, y)):
        fold[valid] = k
    axes = [np.logspace(-2, 4, arguments.points), np.logspace(-6, -1, arguments.points)]
    partial = arguments.output.with_suffix(".partial.npz")
    tables = dict(np.load(partial)) if partial.exists() else empty_tables(arguments.points, len(y))
    todo = [(i, j) for i, j in np.ndindex(arguments.points, arguments.points) if np.isnan(tables["temperature"][i, j])]
    for i, j in tqdm(todo, mininterval=10):
        for name, values in measure(axes[0][i], axes[1][j], X, y, fold).items():
            tables[name][i, j] = values
        if j == arguments.points - 1:
            np.savez(partial, **tables)
    for name in ("fit_seconds", "predict_seconds"):  # a clock on a shared machine has no more than 3 digits
        tables[name] = np.array([float(f"{value:.3g}") for value in tables[name].flat], np.float32).reshape(
            tables[name].shape
        )
    np.savez_compressed(arguments.output, meta=np.array(describe(axes)), fold=fold, label=y.astype(np.uint8), **tables)
    partial.unlink(missing_ok=True)
    print(f"wrote {arguments.output} ({arguments.output.stat().st_size / 1000:.0f} kB)")


if __name__ == "__main__":
    main()
