"""Record a real front: the error of small classifiers on digits against the latency of a prediction.

76 configurations of two families, networks (one to three hidden layers) and random forests. Each is trained on 20
random stratified splits of scikit-learn's digits into 1,198 training and 599 validation images; all configurations
share the splits and, in each split, the seed. Latency is the wall-clock time to classify a batch of 100 images, by the
model of the first split: in each of 40 rounds over all configurations in random order, one warm-up and 20 calls, each
timed by itself, so that a busy moment of the machine hits all configurations and no one of them alone.

    python benchmarks/record/tradeoff_latency.py                      # about 3 minutes on one core; rerun it to resume
    python benchmarks/record/tradeoff_latency.py --splits 2 --rounds 3 --output small.npz
"""

from __future__ import annotations

import argparse
import json
import os
import time
import warnings
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from sklearn import __version__ as sklearn_version
from sklearn.datasets import load_digits
from sklearn.ensemble import RandomForestClassifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier
from threadpoolctl import threadpool_limits
from tqdm import tqdm

OUTPUT = Path(__file__).parents[2] / "hpmath" / "data" / "tradeoff_latency.npz"
N_VALID = 599
BATCH, CALLS = 100, 20  # images a call; calls in a row
STEP = 1e-7  # seconds are stored as whole steps
WIDTHS = (4, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256)
TREES = (1, 2, 3, 5, 8, 12, 20, 32, 50, 80)
FAMILIES: list[dict[str, Any]] = [
    *({"family": "network", "width": w, "layers": k} for k in (1, 2, 3) for w in WIDTHS),
    *({"family": "forest", "trees": t, "depth": d} for d in (4, 6, 8, None) for t in TREES),
]


def build(config: dict[str, Any], seed: int) -> Any:
    if config["family"] == "network":
        layers = (config["width"],) * config["layers"]
        return MLPClassifier(layers, batch_size=64, max_iter=30, learning_rate_init=0.003, random_state=seed)
    return RandomForestClassifier(config["trees"], max_depth=config["depth"], random_state=seed)


def predictor(model: Any, config: dict[str, Any]) -> Any:
    """The bare arithmetic of a prediction, without scikit-learn's checks and joblib, which would dwarf it."""
    if config["family"] == "forest":
        trees = [tree.tree_ for tree in model.estimators_]
        return lambda X: sum(tree.predict(X) for tree in trees).argmax(axis=1)
    weights = [
        (W.astype(np.float32), b.astype(np.float32)) for W, b in zip(model.coefs_, model.intercepts_, strict=True)
    ]

    def predict(X: np.ndarray) -> Any:
        for W, b in weights[:-1]:
            X = np.maximum(X @ W + b, 0)
        W, b = weights[-1]
        return (X @ W + b).argmax(axis=1)

    return predict


def train(seed: int) -> tuple[np.ndarray, list[Any]]:
    """Wrong predictions of each configuration on the split of a seed, and the predictors."""
    X, y = load_digits(return_X_y=True)
    X = (X / 16).astype(np.float32)
    X_train, X_valid, y_train, y_valid = train_test_split(X, y, test_size=N_VALID, stratify=y, random_state=seed)
    predictors = []
    for config in FAMILIES:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            predictors.append(predictor(build(config, seed).fit(X_train, y_train), config))
    return np.array([np.sum(predict(X_valid) != y_valid) for predict in predictors], dtype=np.int16), predictors


def measure(models: list[Any], rounds: int) -> np.ndarray:
    """Seconds of one call, (configurations, rounds, calls)."""
    rng = np.random.default_rng(0)
    X = load_digits().data
    images = (X[rng.choice(len(X), BATCH, replace=False)] / 16).astype(np.float32)
    seconds = np.empty((len(models), rounds, CALLS))
    for r in tqdm(range(rounds), mininterval=10):
        for i in rng.permutation(len(models)):
            models[i](images)  # warm-up: the caches hold the model before
            for k in range(CALLS):
                start = time.perf_counter()
                models[i](images)
                seconds[i, r, k] = time.perf_counter() - start
    return seconds


def describe(splits: int, rounds: int) -> str:
    return json.dumps(
        {
            "names": ["configuration"],
            "choices": [FAMILIES],
            "metric": "wrong",
            "stored_in_steps_of": {"seconds": STEP},
            "direction": "minimize",
            "quantities": {
                "wrong": f"misclassified images of {N_VALID} validation images; axes configuration, split",
                "seconds": f"wall-clock seconds to classify {BATCH} images, one thread; axes configuration, round, "
                "call",
                "family": "0 a network, 1 a forest; axis configuration",
                "size": "width of a layer, or number of trees; axis configuration",
                "depth": "hidden layers, or the greatest depth of a tree (0: no limit); axis configuration",
            },
            "model": "MLPClassifier((width,) * layers, batch_size=64, max_iter=30, learning_rate_init=0.003) and "
            "RandomForestClassifier(trees, max_depth=depth) of scikit-learn, defaults otherwise, pixels divided by 16; "
            "a network predicts by its matrix products in float32, a forest by the sum of its trees' .tree_.predict",
            "splits": f"train_test_split(test_size={N_VALID}, stratify=y, random_state=r), r = 0 ... {splits - 1}; "
            "the same r seeds the model",
            "latency": f"{rounds} rounds over all configurations in random order, models of split 0, a warm-up and "
            f"{CALLS} calls each, on a two-core machine that did other work as well: the medians are the models', the "
            "longest tails the machine's",
            "source": "recorded by benchmarks/record/tradeoff_latency.py",
            "scikit-learn": sklearn_version,
            "licence": "MIT; data: UCI Optical Recognition of Handwritten Digits (Alpaydin & Kaynak 1998), CC BY 4.0",
        }
    )


def main() -> None:
    parser = argparse.ArgumentParser(description="Record error against latency of small classifiers on digits.")
    parser.add_argument("--splits", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--output", type=Path, default=OUTPUT)
    arguments = parser.parse_args()
    partial = arguments.output.with_suffix(".partial.npy")
    wrong = np.load(partial) if partial.exists() else np.empty((len(FAMILIES), 0), dtype=np.int16)
    for seed in tqdm(range(wrong.shape[1], arguments.splits), mininterval=10):
        wrong = np.column_stack([wrong, train(seed)[0]])
        np.save(partial, wrong)
    seconds = measure(train(0)[1], arguments.rounds)
    network = np.array([config["family"] == "network" for config in FAMILIES])
    size = [config.get("width", config.get("trees")) for config in FAMILIES]
    depth = [config.get("layers", config.get("depth") or 0) for config in FAMILIES]
    np.savez_compressed(
        arguments.output,
        meta=np.array(describe(arguments.splits, arguments.rounds)),
        wrong=wrong[:, : arguments.splits],
        seconds=np.round(seconds / STEP).astype(np.int32),
        family=(~network).astype(np.int8),
        size=np.array(size, dtype=np.int16),
        depth=np.array(depth, dtype=np.int8),
    )
    partial.unlink(missing_ok=True)
    print(f"wrote {arguments.output} ({arguments.output.stat().st_size / 1000:.0f} kB)")


if __name__ == "__main__":
    with threadpool_limits(1):
        main()
