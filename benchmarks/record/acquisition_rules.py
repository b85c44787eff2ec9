"""Record searches that differ in nothing but the acquisition rule.

Every search takes five random trials, then 25 more, each where its rule is largest among a finite set of candidates, so
that no optimiser of the rule stands between the rule and its result; what was tried is not tried again, unless values
are noisy. The model is the book's default Gaussian process, fitted afresh before every trial. The first five trials of
a seed are the same for all rules.

    python benchmarks/record/acquisition_rules.py           # about 8 minutes on one core
"""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from scipy.special import roots_hermitenorm
from tqdm import tqdm

from hpmath import (
    GaussianProcess,
    Matern52,
    log_expected_improvement,
    lower_confidence_bound,
    max_value_entropy_search,
    sample_minima,
    svm_map,
    table_objective,
    thompson_sample,
)

OUTPUT = Path(__file__).parents[2] / "hpmath" / "data" / "acquisition_rules.npz"
N_INITIAL, N_TRIALS, N_CANDIDATES = 5, 30, 441
DELTA = 0.1
RULES = {
    "random": None,
    "lowest mean": None,
    "PI": 0.0,
    "PI, ξ=0.1": 0.1,
    "PI, ξ=0.3": 0.3,
    "EI": 0.0,
    "LCB, β=0.5": 0.5,
    "LCB, β=1": 1.0,
    "LCB, β=2": 2.0,
    "LCB, theory": None,
    "Thompson": None,
    "KG": None,
    "MES": None,
}
PROBLEMS = ("svm", "segment", "valleys")
AGAIN, N_AGAIN = ("EI", "lowest mean", "random"), 40  # a comparison that the first seeds suggested, on others
ISLAND, N_ISLAND = ("EI", "LCB, β=2", "random"), 100
NOISY = ("lowest observed", "lowest mean of the model", "random")
NOISE = 0.3  # standard deviation of the noise added to ln loss


def problem(name: str, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return candidates in the unit cube, (441, d), and what the model is to learn: ln loss, or (valleys) the loss."""
    side = np.linspace(0, 1, 21)
    grid = np.stack(np.meshgrid(side, side, indexing="ij"), axis=-1).reshape(-1, 2)
    if name == "svm":  # every other point of the map in each direction
        return grid, np.log(svm_map("log loss").table[::2, ::2].ravel())
    if name == "valleys":  # a draw of a Gaussian process, which has several
        return grid, GaussianProcess(Matern52(0.15), optimize=False).sample(grid, rng=[23, seed])[0]
    values = table_objective("hpobench_segment").values
    axes = [np.linspace(0, 1, size) for size in values.shape]
    rows = np.random.default_rng([22, seed]).choice(values.size, N_CANDIDATES, replace=False)
    X = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, values.ndim)
    return X[rows], np.log(values.astype(float).ravel()[rows])


def island(X: np.ndarray, seed: int) -> np.ndarray:
    """A loss that is flat but for one bowl, of depth 1 and radius 0.12, its place drawn anew for each seed."""
    centre = np.random.default_rng([23, seed]).uniform(0.15, 0.85, size=2)
    return -np.maximum(1 - ((X - centre) ** 2).sum(axis=1) / 0.12**2, 0.0)


def knowledge_gradient(model: GaussianProcess, X: np.ndarray, noise: float = 0.0) -> np.ndarray:
    """How much lower the lowest mean will be, on average, once a trial at x is known; 15 nodes of Gauss-Hermite."""
    mean, cov = model.predict(X, return_cov=True)
    variance = np.maximum(np.diag(cov), 0.0) + noise
    moves = cov / np.sqrt(np.maximum(variance, 1e-12))  # column x: how the means move with a surprise of one std at x
    u, weights = roots_hermitenorm(15)
    lowest = sum(w * (mean[:, None] + moves * z).min(axis=0) for z, w in zip(u, weights / weights.sum(), strict=True))
    return np.asarray(mean.min() - lowest)


def scores(rule: str, model: GaussianProcess, X: np.ndarray, best: float, t: int, rng: np.random.Generator):
    """The rule at every candidate; larger is better."""
    mean, std = model.predict(X, return_std=True)
    kind, value = rule.split(",")[0], RULES.get(rule)
    if kind == "random":
        return rng.random(len(X))
    if kind == "lowest mean":
        return -mean
    if kind == "PI":  # ln Φ, so that the tail keeps an order
        from scipy.special import log_ndtr

        return log_ndtr((best - value - mean) / np.maximum(std, 1e-12))
    if kind == "EI":
        return log_expected_improvement(mean, std, best, xi=value)
    if kind == "LCB":
        beta = np.sqrt(2 * np.log(len(X) * t**2 * np.pi**2 / (6 * DELTA))) if value is None else value
        return lower_confidence_bound(mean, std, beta)
    if kind == "Thompson":
        return thompson_sample(model, X, rng)
    if kind == "KG":
        return knowledge_gradient(model, X)
    return max_value_entropy_search(mean, std, sample_minima(model, X, 16, rng))


def start(seed: int, n: int) -> list[int]:
    return list(np.random.default_rng([24, seed]).choice(n, N_INITIAL, replace=False))


def search(rule: str, X: np.ndarray, y: np.ndarray, seed: int, cost: np.ndarray | None = None) -> list[int]:
    """The candidates tried, in order. With ``cost``, in seconds, it is EI per second, the seconds being modelled."""
    rng, tried = np.random.default_rng([25, seed]), start(seed, len(X))
    for t in range(1, N_TRIALS - N_INITIAL + 1):
        if rule == "random":
            values = rng.random(len(X))
        else:
            model = GaussianProcess(rng=seed).fit(X[tried], y[tried])
            values = scores(rule, model, X, y[tried].min(), t, rng)
            if cost is not None:
                values = values - GaussianProcess(rng=seed).fit(X[tried], np.log(cost[tried])).predict(X)
        values[tried] = -np.inf
        tried.append(int(np.argmax(values)))
    return tried


def noisy_search(incumbent: str, X: np.ndarray, y: np.ndarray, seed: int) -> tuple[list[int], np.ndarray, np.ndarray]:
    """EI under noise: candidates tried, values seen, and of each trial count the candidate the model recommends."""
    rng, tried = np.random.default_rng([26, seed]), start(seed, len(X))
    luck = np.random.default_rng([27, seed]).normal(0.0, NOISE, N_TRIALS)
    seen, recommended = [], []
    for t in range(N_INITIAL, N_TRIALS + 1):
        seen = y[tried] + luck[:t]
        model = GaussianProcess(rng=seed).fit(X[tried], seen)
        mean, std = model.predict(X, return_std=True)
        at = np.unique(tried)
        recommended.append(int(at[np.argmin(mean[at])]))
        if t < N_TRIALS:
            best = seen.min() if incumbent == "lowest observed" else mean[tried].min()
            values = rng.random(len(X)) if incumbent == "random" else log_expected_improvement(mean, std, best)
            tried.append(int(np.argmax(values)))
    return tried, seen, np.array(recommended)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=30)
    parser.add_argument("--output", type=Path, default=OUTPUT)
    options = parser.parse_args()
    tables: dict[str, np.ndarray] = {}
    quantities = {}
    for name in PROBLEMS:
        regret = np.empty((len(RULES), options.seeds, N_TRIALS), dtype=np.float32)
        for seed in tqdm(range(options.seeds), desc=name):
            X, y = problem(name, seed)
            for i, rule in enumerate(RULES):
                regret[i, seed] = y[search(rule, X, y, seed)] - y.min()
        tables[f"{name}_regret"] = regret
        quantities[f"{name}_regret"] = "rules × seeds × trials: value of each trial minus that of the best candidate"

    X, y = problem("svm", 0)
    again = np.empty((len(AGAIN), N_AGAIN, N_TRIALS), dtype=np.float32)
    for j in tqdm(range(N_AGAIN), desc="again"):
        for i, rule in enumerate(AGAIN):
            again[i, j] = y[search(rule, X, y, 1000 + j)] - y.min()
    tables["again_regret"] = again
    quantities["again_regret"] = "(EI, lowest mean, random) × 40 new seeds × trials: as svm_regret"

    bowl = np.empty((len(ISLAND), N_ISLAND, N_TRIALS), dtype=np.float32)
    for seed in tqdm(range(N_ISLAND), desc="island"):
        for i, rule in enumerate(ISLAND):
            flat = island(X, seed)
            bowl[i, seed] = flat[search(rule, X, flat, seed)] + 1
    tables["island_regret"] = bowl
    quantities["island_regret"] = "(EI, LCB, random) × 100 seeds × trials: value of each trial above the bowl's floor"

    seconds = svm_map("fit seconds").table[::2, ::2].ravel()
    by_cost = {"EI": None, "EI per second": seconds}
    regret, spent = np.empty((2, len(by_cost), options.seeds, N_TRIALS), dtype=np.float32)
    for seed in tqdm(range(options.seeds), desc="cost"):
        for i, cost in enumerate(by_cost.values()):
            tried = search("EI", X, y, seed, cost)
            regret[i, seed], spent[i, seed] = y[tried] - y.min(), seconds[tried]
    tables |= {"cost_regret": regret, "cost_seconds": spent}
    quantities["cost_regret"] = "(EI, EI per second) × seeds × trials: as svm_regret"
    quantities["cost_seconds"] = "the same shape: CPU seconds that fitting one fold took"

    truth, shown = np.empty((2, len(NOISY), options.seeds, N_TRIALS), dtype=np.float32)
    recommended = np.empty((len(NOISY), options.seeds, N_TRIALS - N_INITIAL + 1), dtype=np.float32)
    for seed in tqdm(range(options.seeds), desc="noise"):
        for i, incumbent in enumerate(NOISY):
            tried, seen, rows = noisy_search(incumbent, X, y, seed)
            truth[i, seed], shown[i, seed], recommended[i, seed] = y[tried] - y.min(), seen - y.min(), y[rows] - y.min()
    tables |= {"noisy_regret": truth, "noisy_seen": shown, "noisy_recommended": recommended}
    quantities["noisy_regret"] = "incumbents × seeds × trials: ln loss of each trial without noise, minus the lowest"
    quantities["noisy_seen"] = "the same shape: with the noise that the search saw"
    quantities["noisy_recommended"] = (
        "incumbents × seeds × trial counts from 5 to 30: ln loss, without noise, minus the lowest, at the trial whose "
        "posterior mean is lowest"
    )
    meta = {
        "quantities": quantities,
        "rules": list(RULES),
        "again": list(AGAIN),
        "island": list(ISLAND),
        "incumbents": list(NOISY),
        "noise": NOISE,
        "unit": "nats of the loss's logarithm; valleys: standard deviations of the process",
        "n_initial": N_INITIAL,
        "n_candidates": N_CANDIDATES,
        "delta": DELTA,
    }
    np.savez_compressed(options.output, meta=json.dumps(meta), **tables)


if __name__ == "__main__":
    main()
