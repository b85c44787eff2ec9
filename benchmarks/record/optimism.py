"""Record how far the best of n validation errors lies below the truth, when the n differ by their random seed only.

A classifier of digits: 100 random Fourier features cos(Wx + b) (Rahimi & Recht 2007; W normal with variance 2 gamma,
gamma = 0.1 on pixels scaled to 0..1, b uniform), a constant, and ridge regression (penalty 0.01) on one-hot labels;
the largest output is the prediction. The seed draws W and b and nothing else, so to choose a seed is to choose luck.
For each of 100 splits of the 1,797 images into 600 to train, 400 to validate and 797 to test, and each of 100 seeds,
it counts the wrong predictions on the first 50, 100, 200 and 400 validation images and on the test images.

    python benchmarks/record/optimism.py                 # about 20 seconds on one core
"""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from sklearn import __version__ as sklearn_version
from sklearn.datasets import load_digits
from tqdm import tqdm

OUTPUT = Path(__file__).parents[2] / "hpmath" / "data" / "optimism.npz"
N_TRAIN, N_VALID, N_FEATURES, GAMMA, PENALTY = 600, np.array([50, 100, 200, 400]), 100, 0.1, 0.01


def random_features(X: np.ndarray, seed: int) -> np.ndarray:
    rng = np.random.default_rng([seed, 0])
    W = rng.normal(0.0, np.sqrt(2 * GAMMA), (X.shape[1], N_FEATURES))
    return np.column_stack([np.cos(X @ W + rng.uniform(0, 2 * np.pi, N_FEATURES)), np.ones(len(X))])


def wrong_predictions(F: np.ndarray, y: np.ndarray, train: np.ndarray) -> np.ndarray:
    gram = F[train].T @ F[train] + PENALTY * np.eye(F.shape[1])
    weights = np.linalg.solve(gram, F[train].T @ np.eye(10)[y[train]])
    return (F @ weights).argmax(axis=1) != y


def main() -> None:
    parser = argparse.ArgumentParser(description="Record the optimism of the best of n seeds.")
    parser.add_argument("--splits", type=int, default=100)
    parser.add_argument("--seeds", type=int, default=100)
    parser.add_argument("--output", type=Path, default=OUTPUT)
    arguments = parser.parse_args()
    X, y = load_digits(return_X_y=True)
    X = X / 16
    orders = [np.random.default_rng([split, 1]).permutation(len(y)) for split in range(arguments.splits)]
    valid_wrong = np.empty((len(N_VALID), arguments.splits, arguments.seeds), np.uint16)
    test_wrong = np.empty((arguments.splits, arguments.seeds), np.uint16)
    for s in tqdm(range(arguments.seeds), mininterval=10):
        F = random_features(X, s)
        for i, order in enumerate(orders):
            train, rest = np.split(order, [N_TRAIN])
            valid, test = np.split(rest, [N_VALID[-1]])
            wrong = wrong_predictions(F, y, train)
            valid_wrong[:, i, s] = wrong[valid].cumsum()[N_VALID - 1]
            test_wrong[i, s] = wrong[test].sum()
    meta = {
        "names": ["n_valid", "split", "seed"],
        "choices": [N_VALID.tolist(), list(range(arguments.splits)), list(range(arguments.seeds))],
        "metric": "valid_wrong",
        "direction": "minimize",
        "quantities": {
            "valid_wrong": "wrong predictions among the first n_valid validation images; axes n_valid, split, seed",
            "test_wrong": "wrong predictions among the n_test test images; axes split, seed",
            "n_valid": "sizes of the nested validation sets",
            "n_test": "size of the test set",
        },
        "model": f"{N_FEATURES} random Fourier features (gamma={GAMMA}), ridge ({PENALTY}), {N_TRAIN} to train",
        "source": "recorded by benchmarks/record/optimism.py",
        "scikit-learn": sklearn_version,
        "licence": "MIT; data: UCI Optical Recognition of Handwritten Digits (Alpaydin & Kaynak 1998), CC BY 4.0",
    }
    np.savez_compressed(
        arguments.output,
        meta=np.array(json.dumps(meta)),
        valid_wrong=valid_wrong,
        test_wrong=test_wrong,
        n_valid=N_VALID,
        n_test=np.array(len(y) - N_TRAIN - N_VALID[-1]),
    )
    print(f"wrote {arguments.output} ({arguments.output.stat().st_size / 1000:.0f} kB)")


if __name__ == "__main__":
    main()
