"""Record what a small network costs and what it buys: error, training time and size against width and epochs.

For each of 30 repetitions (a new stratified split of scikit-learn's digits into 1,198 training and 599 validation
images, and new initial weights) and each of 13 widths it trains one network with one hidden layer, and notes after 1,
2, 3, 4, 6, ..., 48 epochs how many validation images are wrong, their log-loss, and the CPU seconds of training so far.
All widths of a repetition share its split. Everything but the seconds is deterministic.

    python benchmarks/record/mlp_tradeoff.py                       # about 5 minutes on one core; rerun it to resume
    python benchmarks/record/mlp_tradeoff.py --repetitions 2 --output small.npz
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
from sklearn.metrics import log_loss
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier
from tqdm import tqdm

OUTPUT = Path(__file__).parents[2] / "hpmath" / "data" / "mlp_tradeoff.npz"
WIDTHS = np.round(16 * 2 ** (np.arange(13) / 2)).astype(int)
EPOCHS = np.array([1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48])
N_VALID = 599
TABLES = {"wrong": np.int16, "log_loss": np.float32, "seconds": np.float32}


def train(width: int, split: list[np.ndarray], seed: int) -> dict[str, list[float]]:
    """Train one network and return its tables along the epochs."""
    X_train, X_valid, y_train, y_valid = split
    model = MLPClassifier((width,), batch_size=32, random_state=seed)
    row: dict[str, list[float]] = {name: [] for name in TABLES}
    seconds = 0.0
    for epoch in range(1, EPOCHS[-1] + 1):
        start = time.process_time()
        model.partial_fit(X_train, y_train, classes=np.arange(10))
        seconds += time.process_time() - start
        if epoch in EPOCHS:
            P = model.predict_proba(X_valid)
            row["wrong"].append(int(np.sum(P.argmax(axis=1) != y_valid)))
            row["log_loss"].append(log_loss(y_valid, P, labels=np.arange(10)))
            row["seconds"].append(float(f"{seconds:.4g}"))
    return row


def describe(repetitions: int) -> str:
    return json.dumps(
        {
            "names": ["width", "epochs"],
            "choices": [WIDTHS.tolist(), EPOCHS.tolist()],
            "metric": "wrong",
            "direction": "minimize",
            "quantities": {
                "wrong": f"misclassified images of {N_VALID} validation images; axes width, epochs, repetition",
                "log_loss": "cross-entropy on the same images, nats an image; axes width, epochs, repetition",
                "seconds": "CPU seconds of training so far, one thread; axes width, epochs, repetition",
                "parameters": "weights and biases of the network, 75 width + 10; axis width",
            },
            "model": "sklearn.neural_network.MLPClassifier((width,), batch_size=32), defaults otherwise (Adam, "
            "learning rate 0.001, L2 penalty 0.0001), pixels divided by 16; one partial_fit an epoch",
            "splits": f"train_test_split(test_size={N_VALID}, stratify=y, random_state=r), r = 0 ... "
            f"{repetitions - 1}; the same r seeds the weights and the order of the batches",
            "source": "recorded by benchmarks/record/mlp_tradeoff.py",
            "scikit-learn": sklearn_version,
            "licence": "MIT; data: UCI Optical Recognition of Handwritten Digits (Alpaydin & Kaynak 1998), CC BY 4.0",
        }
    )


def main() -> None:
    parser = argparse.ArgumentParser(description="Record error, training time and size of a network on digits.")
    parser.add_argument("--repetitions", type=int, default=30)
    parser.add_argument("--output", type=Path, default=OUTPUT)
    arguments = parser.parse_args()
    X, y = load_digits(return_X_y=True)
    partial = arguments.output.with_suffix(".partial.npz")
    done = dict(np.load(partial)) if partial.exists() else {}
    for seed in tqdm(range(done["wrong"].shape[2] if done else 0, arguments.repetitions), mininterval=10):
        split = train_test_split(X / 16, y, test_size=N_VALID, stratify=y, random_state=seed)
        rows = [train(int(width), split, seed) for width in WIDTHS]
        for name, kind in TABLES.items():
            new = np.array([row[name] for row in rows], kind)[..., None]
            done[name] = np.concatenate([done[name], new], axis=2) if name in done else new
        np.savez(partial, **done)
    tables = {name: done[name][..., : arguments.repetitions] for name in TABLES}
    meta = np.array(describe(arguments.repetitions))
    np.savez_compressed(arguments.output, meta=meta, parameters=75 * WIDTHS + 10, **tables)
    partial.unlink(missing_ok=True)
    print(f"wrote {arguments.output} ({arguments.output.stat().st_size / 1000:.0f} kB)")


if __name__ == "__main__":
    main()
