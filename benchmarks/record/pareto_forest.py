"""Record twenty searches for small accurate forests on digits: NSGA-II and random search, 120 trials each.

Two objectives: wrong answers on 599 validation images, and comparisons a prediction costs (splits on the paths through
all trees, mean over the validation images): a count, so that a rerun gives the same. The wrong answers on 599 test
images are kept beside them, and no search sees those.

    python benchmarks/record/pareto_forest.py               # about a minute on one core
    python benchmarks/record/pareto_forest.py --seeds 2 --output small.npz
"""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from sklearn import __version__ as sklearn_version
from sklearn.datasets import load_digits
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import train_test_split
from tqdm import tqdm

from hpmath import NSGA2, Integer, LogUniform, RandomSearch, Space

OUTPUT = Path(__file__).parents[2] / "hpmath" / "data" / "pareto_forest.npz"
TRIALS, POPULATION = 120, 20
SPACE = Space(
    {
        "trees": Integer(1, 20, log=True),
        "depth": Integer(2, 14),
        "features": LogUniform(0.02, 1.0),
        "leaf": Integer(1, 20, log=True),
    }
)


def parts() -> list[np.ndarray]:
    """Training, validation and test images with their labels, 599 each."""
    X, y = load_digits(return_X_y=True)
    X_train, X_rest, y_train, y_rest = train_test_split(X, y, train_size=599, stratify=y, random_state=0)
    X_valid, X_test, y_valid, y_test = train_test_split(X_rest, y_rest, test_size=599, stratify=y_rest, random_state=0)
    return [np.asarray(X_train), y_train, np.asarray(X_valid), y_valid, np.asarray(X_test), y_test]


def measure(config: dict[str, Any], data: list[np.ndarray]) -> np.ndarray:
    """Wrong answers on each digit's validation images, on all, on the test images; comparisons a prediction."""
    X, y, X_valid, y_valid, X_test, y_test = data
    forest = RandomForestClassifier(
        config["trees"],
        max_depth=config["depth"],
        max_features=config["features"],
        min_samples_leaf=config["leaf"],
        random_state=0,
    ).fit(X, y)
    nodes = forest.decision_path(X_valid)[0].sum(axis=1)  # a path holds one node more than comparisons
    cost = float(np.mean(nodes)) - config["trees"]
    by_digit = np.bincount(y_valid[forest.predict(X_valid) != y_valid], minlength=10)
    return np.array([*by_digit, by_digit.sum(), (forest.predict(X_test) != y_test).sum(), cost])


def main() -> None:
    parser = argparse.ArgumentParser(description="Record searches for small accurate forests.")
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--output", type=Path, default=OUTPUT)
    arguments = parser.parse_args()
    data = parts()
    found = np.empty((2, arguments.seeds, TRIALS, 13))
    for seed in tqdm(range(arguments.seeds), mininterval=10):
        searches = (NSGA2(SPACE, rng=seed, population_size=POPULATION), RandomSearch(SPACE, rng=seed))
        for i, search in enumerate(searches):
            for t in range(TRIALS):
                (config,) = search.ask()
                found[i, seed, t] = measure(config, data)
                search.tell([config], [(found[i, seed, t, 12], found[i, seed, t, 10] / 5.99)])
    meta = {
        "names": ["search", "seed", "trial"],
        "searches": ["NSGA-II", "random search"],
        "quantities": {
            "by_digit": "misclassified validation images of each digit; axes search, seed, trial, digit",
            "wrong": "misclassified validation and test images of 599 each; axes search, seed, trial, part",
            "comparisons": "splits on the paths of one prediction through all trees, mean over the validation images; "
            "axes search, seed, trial",
        },
        "told": "(comparisons, validation error in percent)",
        "space": "trees Integer(1, 20, log), depth Integer(2, 14), features LogUniform(0.02, 1), leaf Integer(1, 20, "
        f"log); {TRIALS} trials, population {POPULATION}",
        "model": "RandomForestClassifier(trees, max_depth=depth, max_features=features, min_samples_leaf=leaf, "
        "random_state=0) of scikit-learn, trained on 599 images",
        "direction": "minimize",
        "source": "recorded by benchmarks/record/pareto_forest.py",
        "scikit-learn": sklearn_version,
        "licence": "MIT; data: UCI Optical Recognition of Handwritten Digits (Alpaydin & Kaynak 1998), CC BY 4.0",
    }
    np.savez_compressed(
        arguments.output,
        meta=np.array(json.dumps(meta)),
        by_digit=found[..., :10].astype(np.int16),
        wrong=found[..., 10:12].astype(np.int16),
        comparisons=found[..., 12].astype(np.float32),
    )
    print(f"wrote {arguments.output} ({arguments.output.stat().st_size / 1000:.0f} kB)")


if __name__ == "__main__":
    main()
