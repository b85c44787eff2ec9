"""Record where Bayesian optimisation is troubled (noise, dimension, crashes, workers), when it may stop, what it costs.

    .venv/bin/python benchmarks/record/bayesopt_limits.py             # about 12 minutes on one core
    .venv/bin/python benchmarks/record/bayesopt_limits.py noise cost  # some of it

Each experiment has 20 seeds, the searcher's defaults except where a setting is named, and is kept in
`bayesopt_limits.partial.npz` beside the output, seed by seed; delete that file afterwards.

- **noise**: the map's error rate plus Gaussian noise, 40 trials. What is handed over, the configuration seen lowest or
  the one of the lowest posterior mean (of the same model, for both searches), and what the report says of it.
- **dimension**: Rastrigin's function, its minimiser uniform in the middle four fifths of the box and drawn for each
  seed, so that a search that starts in the middle has no advantage; 60 trials.
- **crash**, **crash6**: the map's log-loss, 25 trials, configurations with Cγ > 1 fail; Hartmann's function in six
  dimensions, 40 trials, x₁ > 0.7 fails. What a failure is told as.
- **workers**: Hartmann's function in six dimensions, 40 trials of random length (log-normal, σ = 0.8 in the
  logarithm, mean 1), simulated.
- **stopping**: the map's error rate, losses not transformed; after each of 40 trials the bound on the simple regret,
  min ucb(x_i) − min lcb(x), two standard deviations wide, x from the 41 × 41 grid of the map and the trials.
- **cost**: CPU seconds of one ask after n trials of Rosenbrock's function in five dimensions; and CMA-ES with 4,000
  trials on the closed forms of bayesopt_ablation.py.
- **overhead**: CPU seconds a trial of the first 40, by method, on Hartmann's function and one table. Left out where
  torch, which Optuna's GPSampler needs, is not installed: a run where it is completes the file.
"""

from __future__ import annotations

import argparse
import heapq
import json
import sys
import time
import warnings
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from regret import PEERS, ours

from hpmath import (
    BayesianOptimization,
    RandomSearch,
    Space,
    Uniform,
    branin,
    hartmann,
    rosenbrock,
    svm_map,
    table_objective,
)

OUTPUT = Path(__file__).resolve().parents[2] / "hpmath" / "data" / "bayesopt_limits.npz"
N_SEEDS = 20
NOISES = (0.0, 0.003, 0.03, 0.3)  # standard deviation, as the error rate
SEARCHES = ("bo", "random")
DIMENSIONS = (2, 8, 32)
METHODS = ("random", "cma", "bo")
TOLD = ("NaN", "the worst there is", "1e6", "1e6, losses as they are")
RIVALS = ("random", "sobol", "nelder-mead", "cma", "optuna-tpe", "bo", "optuna-gp")
MODES = ("one worker", "four, batches", "four, at once", "four, unaware", "four, random")
TIMES = np.arange(0.5, 48.25, 0.5)
LONG = (10, 40, 100, 400, 1000, 4000)
SIZES = (10, 20, 50, 100, 200, 400)
CLOSED = (branin, lambda: hartmann(6), lambda: rosenbrock(4))


# ------------------------------------------------------------------------------------------------------------- noise


def noise(seed: int) -> dict[str, Any]:
    f, out = svm_map("error"), np.empty((len(NOISES), len(SEARCHES), 2, 2))
    for i, sigma in enumerate(NOISES):
        for j, name in enumerate(SEARCHES):
            rng = np.random.default_rng([seed, i])
            make = BayesianOptimization if name == "bo" else RandomSearch
            search = make(f.space, rng=seed)
            for _ in range(40):
                configs = search.ask()
                search.tell(configs, [f(configs[0]) + sigma * rng.standard_normal()])
            mean = means(search.space, search.configs_, search.values_)
            for k, row in enumerate((int(np.argmin(search.values_)), int(np.argmin(mean)))):
                truth = f(search.configs_[row])
                said = search.values_[row] if k == 0 else mean[row]
                out[i, j, k] = truth - f.minimum, said - truth
    return {"noise": out}


def means(space: Space, configs: list[Any], values: Any) -> np.ndarray:
    """Posterior mean of the default model at the trials, in units of the loss."""
    model = BayesianOptimization(space, transform="none", local=False, rng=0)
    model.tell(configs, values)
    model.ask()
    process, (low, high) = model.info_["model"], model.info_["box"]
    F = model._encoding.features(model._encoding.fill(configs))
    return np.asarray(values.mean() + values.std() * process.predict((F - low) / (high - low)))


# --------------------------------------------------------------------------------------------------------- dimension


def dimension(seed: int) -> dict[str, Any]:
    regret = np.empty((len(DIMENSIONS), len(METHODS), 60))
    for i, d in enumerate(DIMENSIONS):
        rng = np.random.default_rng([seed, d])
        names, middle = [f"x{j}" for j in range(d)], rng.uniform(-4.096, 4.096, d)
        space = Space({name: Uniform(-5.12, 5.12) for name in names})

        def f(config: Any, names: Any = names, middle: Any = middle) -> float:
            z = np.array([config[name] for name in names]) - middle
            return float(np.sum(z**2 - 10 * np.cos(2 * np.pi * z) + 10))

        for j, name in enumerate(METHODS):
            values, _ = (PEERS[name] if name in PEERS else ours(name, {}))(space, f, 60, seed)
            regret[i, j] = np.minimum.accumulate(values)
    return {"dimension": regret}


# ------------------------------------------------------------------------------------------------------------- crash


def crash(seed: int) -> dict[str, Any]:
    regret, n_failed = crashes(svm_map("log loss"), lambda c: c["C"] * c["gamma"] > 1, np.log(10), 25, seed)
    return {"crash": regret, "crash_failed": n_failed}


def crash6(seed: int) -> dict[str, Any]:
    f = hartmann(6)
    first = f.names[0]
    regret, n_failed = crashes(f, lambda c: c[first] > 0.7, 0.0, 40, seed)
    return {"crash6": regret, "crash6_failed": n_failed}


def crashes(f: Any, fails: Callable[[Any], bool], worst: float, n: int, seed: int) -> tuple[Any, Any]:
    regret, n_failed = np.empty((len(TOLD), n)), np.empty(len(TOLD))
    for i, told in enumerate(TOLD):
        value = {"NaN": np.nan, "the worst there is": worst}.get(told, 1e6)
        search = BayesianOptimization(f.space, transform="none" if "as they" in told else "yeo_johnson", rng=seed)
        true = []
        for _ in range(n):
            configs = search.ask()
            failed = fails(configs[0])
            true.append(worst if failed else f(configs[0]))
            search.tell(configs, [value if failed else true[-1]])
        regret[i] = np.minimum.accumulate(true) - f.minimum
        n_failed[i] = sum(fails(config) for config in search.configs_)
    return regret, n_failed


# ----------------------------------------------------------------------------------------------------------- workers


class Unaware(BayesianOptimization):
    """One that does not believe anything of its pending trials."""

    def _with_pending(self, view: Any) -> Any:
        return view


def workers(seed: int) -> dict[str, Any]:
    f = hartmann(6)
    lengths = np.random.default_rng([seed, 4]).lognormal(-0.32, 0.8, 40)
    at, last = np.full((len(MODES), len(TIMES)), np.nan), np.empty(len(MODES))
    for i, mode in enumerate(MODES):
        make: Any = RandomSearch if "random" in mode else Unaware if "unaware" in mode else BayesianOptimization
        ends, values = simulate(make(f.space, rng=seed), f, lengths, 1 if "one" in mode else 4, "batches" in mode)
        order = np.argsort(ends, kind="stable")
        best = np.minimum.accumulate(np.asarray(values)[order]) - f.minimum
        n = np.searchsorted(np.asarray(ends)[order], TIMES, side="right")
        at[i, n > 0], last[i] = best[n[n > 0] - 1], best[-1]
    return {"workers": at, "workers_last": last}


def simulate(search: Any, f: Callable[[Any], float], lengths: Any, n_workers: int, batches: bool) -> tuple[Any, Any]:
    """When each trial ends on a clock of its own, and its value; a batch waits for its slowest."""
    ends, values, clock, started = [], [], 0.0, 0
    running: list[Any] = []
    while len(ends) < len(lengths):
        while len(running) < n_workers and started < len(lengths):
            config = search.ask()[0]
            heapq.heappush(running, (clock + lengths[started], started, config))
            started += 1
        for _ in range(len(running) if batches else 1):
            clock, _, config = heapq.heappop(running)
            ends.append(clock)
            values.append(f(config))
            search.tell([config], values[-1:])
    return ends, values


# ---------------------------------------------------------------------------------------------------------- stopping


def stopping(seed: int) -> dict[str, Any]:
    f = svm_map("error")
    folds = [svm_map("error", fold=k) for k in range(5)]
    search = BayesianOptimization(f.space, transform="none", local=False, rng=seed)
    side = (np.arange(41) + 0.5) / 41
    grid = np.stack(np.meshgrid(side, side, indexing="ij"), axis=-1).reshape(-1, 2)
    bound, regret, spread = (np.full(40, np.nan) for _ in range(3))
    for t in range(40):
        configs = search.ask()
        search.tell(configs, [f(configs[0])])
        best, value = search.best_
        regret[t], spread[t] = value - f.minimum, np.std([fold(best) for fold in folds], ddof=1)
        if t + 1 >= search.n_initial:
            model, scale = search._view().model, search.values_.std()
            U = search._encoding.fill(search.configs_)
            mean, std = model.predict(U, return_std=True)
            around, wide = model.predict(np.vstack([grid, U]), return_std=True)
            bound[t] = scale * ((mean + 2 * std).min() - (around - 2 * wide).min())
    return {"stopping": np.stack([bound, regret, spread])}


# -------------------------------------------------------------------------------------------------------------- cost


def cost(seed: int) -> dict[str, Any]:
    f, seconds = rosenbrock(5), []
    for n in SIZES:
        configs = RandomSearch(f.space, rng=seed).ask(n)
        search = BayesianOptimization(f.space, rng=seed)
        search.tell(configs, [f(config) for config in configs])
        start = time.process_time()
        search.ask()
        seconds.append(time.process_time() - start)
    long, mean = [], []
    for make in CLOSED:
        f = make()
        values, each = PEERS["cma"](f.space, f, LONG[-1], seed)
        long.append((np.minimum.accumulate(values) - f.minimum)[np.array(LONG) - 1])
        mean.append(each)
    return {"seconds": np.array(seconds), "cma_long": np.array(long), "cma_seconds": np.array(mean)}


def overhead(seed: int) -> dict[str, Any]:
    out = np.full((len(RIVALS), 2), np.nan)
    for j, f in enumerate((hartmann(6), table_objective("hpobench_vehicle"))):
        for i, name in enumerate(RIVALS):
            run: Any = PEERS[name] if name in PEERS else ours(name, {})
            run(f.space, f, 12, seed + 1000)  # imports
            start = time.process_time()
            run(f.space, f, 40, seed)
            out[i, j] = (time.process_time() - start) / 40
    return {"overhead": out}


EXPERIMENTS: dict[str, Callable[[int], dict[str, Any]]] = {
    "crash": crash,
    "stopping": stopping,
    "noise": noise,
    "workers": workers,
    "dimension": dimension,
    "cost": cost,
    "crash6": crash6,
    "overhead": overhead,
}
META = {
    "what": f"Where Bayesian optimisation is troubled, {N_SEEDS} seeds",
    "names": ["seed"],
    "choices": {
        "noise": list(NOISES),
        "searches": list(SEARCHES),
        "handed over": ["lowest seen", "lowest posterior mean"],
        "dimensions": list(DIMENSIONS),
        "methods": list(METHODS),
        "told": list(TOLD),
        "rivals": list(RIVALS),
        "modes": list(MODES),
        "times": TIMES.tolist(),
        "long": list(LONG),
        "sizes": list(SIZES),
        "closed forms": ["branin", "hartmann6", "rosenbrock4"],
    },
    "quantities": {
        "noise": "(seed, noise, search, handed over, 2): error rate above the minimum; what was said less the truth",
        "dimension": "best so far, (seed, dimension, method, trial)",
        "crash": "log-loss above the minimum of the best so far, (seed, told, trial); ln 10 while all failed",
        "crash_failed": "failures among the trials, (seed, told)",
        "crash6": "Hartmann's function above its minimum, best so far, (seed, told, trial)",
        "crash6_failed": "failures among the trials, (seed, told)",
        "workers": "regret of the best that has ended by a time, in mean lengths of a trial, (seed, mode, time)",
        "workers_last": "regret after the last trial, (seed, mode)",
        "stopping": "bound on the regret, regret, spread over folds at the best, (seed, 3, trial), error rate",
        "seconds": "CPU seconds of one ask after n trials, (seed, size), one thread",
        "overhead": "CPU seconds a trial, (seed, method, problem), 5 seeds",
        "cma_long": "best so far of CMA-ES, (seed, closed form, long)",
        "cma_seconds": "mean seconds an ask of CMA-ES, (seed, closed form)",
    },
    "metric": "regret",
    "direction": "minimise",
    "source": "benchmarks/record/bayesopt_limits.py",
    "licence": "MIT",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("only", nargs="*", help=f"some of {', '.join(EXPERIMENTS)}")
    parser.add_argument("--output", type=Path, default=OUTPUT)
    parser.add_argument("--seeds", type=int, default=N_SEEDS)
    options = parser.parse_args()
    partial = options.output.with_suffix(".partial.npz")
    rows: dict[str, Any] = {}
    if partial.exists():
        with np.load(partial) as known:
            rows = {name: known[name] for name in known.files}
    for name in options.only or EXPERIMENTS:
        if name == "overhead" and not find_spec("torch"):
            print("overhead is left out: optuna-gp needs torch")
            continue
        for seed in range(min(options.seeds, 5) if name == "overhead" else options.seeds):
            if f"{name}/{seed}" in rows:
                continue
            with warnings.catch_warnings(), threadpool_limits(1):
                warnings.simplefilter("ignore")
                found = EXPERIMENTS[name](seed)
            rows |= {f"{key}@{seed}": array for key, array in found.items()} | {f"{name}/{seed}": np.array(1)}
            np.savez(partial, **rows)
        print(name, flush=True)
    keys = dict.fromkeys(key.split("@")[0] for key in rows if "@" in key)
    arrays = {
        key: np.stack([rows[f"{key}@{i}"] for i in range(options.seeds) if f"{key}@{i}" in rows]).astype(np.float32)
        for key in keys
    }
    np.savez_compressed(options.output, **arrays, meta=np.array(json.dumps(META)))
    print(f"wrote {options.output.name}, {options.output.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
