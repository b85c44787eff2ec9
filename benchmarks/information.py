"""Mutual information and entropy from samples beside scikit-learn and SciPy: median time on one thread, and errors.

``python benchmarks/information.py`` writes ``benchmarks/results/information.md``. The contenders of a row take turns,
so that a busy moment of the machine hits both.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import scipy
import scipy.stats
import sklearn
from _tables import compare, publish
from sklearn.feature_selection import mutual_info_regression
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor
from threadpoolctl import threadpool_limits

from hpmath import (
    best_split,
    differential_entropy,
    gaussian_entropy,
    mutual_information_histogram,
    mutual_information_knn,
)

SEEDS = 20


def correlated(rho: float, n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    x, e = np.random.default_rng(seed).normal(size=(2, n))
    return x, rho * x + np.sqrt(1 - rho**2) * e


def times() -> list[str]:
    rows = []
    for n in (200, 2000, 10_000):
        for rho in (0.0, 0.9):
            x, y = correlated(rho, n, 0)
            rows.append(
                compare(
                    f"mutual_information_knn, k = 3, n = {n:,}, ρ = {rho:g}",
                    lambda x=x, y=y: mutual_information_knn(x, y, rng=0),
                    "scikit-learn",
                    lambda x=x, y=y: mutual_info_regression(x[:, None], y, n_neighbors=3, random_state=0),
                )
            )
    x, y = correlated(0.9, 2000, 0)
    rows.append(
        compare(
            "differential_entropy, k = 3, n = 2,000",
            lambda: differential_entropy(x),
            "SciPy, by spacings",
            lambda: scipy.stats.differential_entropy(x),
        )
    )
    labels = (y > 0).astype(int)
    for criterion, target, peer in (
        ("information", labels, DecisionTreeClassifier(criterion="entropy", max_depth=1)),
        ("variance", y, DecisionTreeRegressor(max_depth=1)),
    ):
        rows.append(
            compare(
                f"best_split by {criterion}, n = 2,000",
                lambda target=target, criterion=criterion: best_split(x, target, criterion),
                "scikit-learn, a tree of depth 1",
                lambda target=target, peer=peer: peer.fit(x[:, None], target),
            )
        )
    return rows


def errors(n: int) -> list[str]:
    """Mean error and standard deviation over the seeds, for correlated normals, of each estimator."""
    estimators: list[Callable[[np.ndarray, np.ndarray], float]] = [
        lambda x, y: mutual_information_knn(x, y, rng=0),
        lambda x, y: mutual_info_regression(x[:, None], y, n_neighbors=3, random_state=0)[0],
        lambda x, y: mutual_information_histogram(x, y, bins=8),
        lambda x, y: mutual_information_histogram(x, y, bins=8, correct=False),
    ]
    rows = []
    for rho in (0.0, 0.5, 0.9):
        truth = 0.5 * np.log(1 / (1 - rho**2))
        found = np.array([[e(*correlated(rho, n, seed)) - truth for e in estimators] for seed in range(SEEDS)])
        cells = " | ".join(f"{m:+.4f} ± {s:.4f}" for m, s in zip(found.mean(0), found.std(0, ddof=1), strict=True))
        rows.append(f"| {n:,} | {rho:g} | {truth:.4f} | {cells} |")
    return rows


def entropy_errors(n: int) -> list[str]:
    densities = {
        "normal": (lambda rng: rng.normal(size=n), gaussian_entropy(1.0)),
        "uniform": (lambda rng: rng.uniform(size=n), 0.0),
        "exponential": (lambda rng: rng.exponential(size=n), 1.0),
    }
    rows = []
    for name, (draw, truth) in densities.items():
        samples = [draw(np.random.default_rng(seed)) for seed in range(SEEDS)]
        cells = []
        for estimate in (differential_entropy, scipy.stats.differential_entropy):
            found = np.array([estimate(sample) - truth for sample in samples])
            cells.append(f"{found.mean():+.4f} ± {found.std(ddof=1):.4f}")
        rows.append(f"| {n:,} | {name} | " + " | ".join(cells) + " |")
    return rows


def main() -> None:
    lines = [
        f"One thread; NumPy {np.__version__}, SciPy {scipy.__version__}, scikit-learn {sklearn.__version__}.",
        "The ratio is the peer's time over ours. To reach: 1 or more for mutual information at n = 2,000.",
        "",
        "| work | hpmath, ms | peer | peer, ms | ratio |",
        "|---|---|---|---|---|",
        *times(),
        "",
        f"Mutual information of correlated normals, in nats: error (mean ± standard deviation over {SEEDS} samples).",
        "To reach: a mean within 0.03 at n = 2,000. scikit-learn cuts at zero, hence its mean at ρ = 0. The histogram",
        "has 8 × 8 bins of equal width; its correction takes away too much where cells have almost no probability.",
        "",
        "| n | ρ | truth | hpmath, k = 3 | scikit-learn, k = 3 | histogram, corrected | histogram |",
        "|---|---|---|---|---|---|---|",
        *errors(200),
        *errors(2000),
        "",
        f"Differential entropy, in nats: error (mean ± standard deviation over {SEEDS} samples).",
        "",
        "| n | density | hpmath, k = 3 | SciPy |",
        "|---|---|---|---|",
        *entropy_errors(200),
        *entropy_errors(2000),
    ]
    publish("information", lines)


if __name__ == "__main__":
    with threadpool_limits(1):
        main()
