"""Record what the choices of a Parzen estimator do to a search, the XOR experiment, and TPE beside its peers.

Three experiments, 20 seeds each, 40 for the XOR:

- **choices**: TPE with one setting changed at a time, on the four recorded tables and four toys, 100 trials; the regret
  of the best after 25, 50 and 100. On tables it is normalised, on toys the value less the minimum.
- **xor**: `hpmath.xor_optimum`, independent marginals against product kernels. Frozen: the best 15 of 150 random points
  are fitted, and the density's mass in the two bad quadrants is estimated from 4,000 draws. In the loop: 100 trials,
  the regret of the best so far and the quadrant of each proposal.
- **rivals**: TPE in both modes, Optuna's in both modes (version 5, 10 random trials, 24 candidates, its own bandwidths,
  prior weight 1; constant liar in the multivariate mode as by default; an axis of numbers is a whole number to it, one
  of names a category), Hyperopt's (20 random trials, 24 candidates, gamma 0.25: its defaults; an axis of numbers is a
  ``uniformint``) and random search on the four tables; the normalised regret of the best so far after each trial.

    OMP_NUM_THREADS=1 python benchmarks/record/tpe_choices.py        # some 12 minutes on one core; rerun it to resume
    python benchmarks/record/tpe_choices.py --seeds 2 --output small.npz
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import warnings
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from tqdm import tqdm

sys.path.insert(0, str(Path(__file__).parents[1]))
import regret as harness

from hpmath import (
    TPE,
    ParzenEstimator,
    RandomSearch,
    ackley,
    branin,
    hartmann,
    rosenbrock,
    table_objective,
    xor_optimum,
)

OUTPUT = Path(__file__).parents[2] / "hpmath" / "data" / "tpe_choices.npz"
N_TRIALS, CHECKPOINTS = 100, (25, 50, 100)
CHOICES: dict[str, dict[str, Any]] = {
    "default": {},
    "bandwidth: neighbours": {"bandwidth": "neighbours"},
    "bandwidth: range": {"bandwidth": "range"},
    "bandwidth: 0.1": {"bandwidth": 0.1},
    "floor: 0": {"floor": 0.0},
    "floor: 0.3": {"floor": 0.3},
    "floor: 1.5": {"floor": 1.5},
    "prior weight: 0.1": {"prior_weight": 0.1},
    "prior weight: 5": {"prior_weight": 5.0},
    "gamma: 0.05": {"gamma": 0.05},
    "gamma: 0.1": {"gamma": 0.1},
    "gamma: 0.3": {"gamma": 0.3},
    "gamma: sqrt": {"gamma": "sqrt"},
    "candidates: 4": {"n_candidates": 4},
    "candidates: 100": {"n_candidates": 100},
    "weights: uniform": {"weights": "uniform"},
    "weights: recency": {"weights": "recency"},
    "first random: 20": {"n_initial": 20},
    "univariate": {"multivariate": False},
}
TOYS = {"branin": branin(), "hartmann 6": hartmann(6), "ackley 3": ackley(3), "rosenbrock 4": rosenbrock(4)}
RIVALS = (
    "hpmath, multivariate",
    "hpmath, univariate",
    "Optuna, multivariate",
    "Optuna, univariate",
    "Hyperopt",
    "random",
)


def searched(search: Any, loss: Callable[[dict[str, Any]], float], n: int = N_TRIALS) -> np.ndarray:
    values = []
    for _ in range(n):
        (config,) = search.ask()
        values.append(loss(config))
        search.tell([config], values[-1:])
    return np.array(values)


# -- the three experiments: each gives (array, index, how to compute it), one entry at a time ------------------------

Job = tuple[str, tuple[int, ...], Callable[[], Any]]


def choices(seeds: int) -> Iterator[Job]:
    for k, settings in enumerate(CHOICES.values()):
        for i, name in enumerate([*harness.TABLES, *TOYS]):
            for seed in range(seeds):
                yield "choice_regret", (k, i, seed), lambda s=settings, n=name, seed=seed: one_choice(n, s, seed)


def one_choice(name: str, settings: dict[str, Any], seed: int) -> np.ndarray:
    f = TOYS[name] if name in TOYS else table_objective(name)
    values = searched(TPE(f.space, rng=seed, **settings), lambda config: float(f(config)))
    best = np.minimum.accumulate(values)[np.array(CHECKPOINTS) - 1]
    return best - f.minimum if name in TOYS else f.regret(best)


def xor(seeds: int) -> Iterator[Job]:
    for k, multivariate in enumerate((False, True)):
        for seed in range(2 * seeds):
            yield "xor_frozen", (k, seed), lambda m=multivariate, seed=seed: wrong_mass(m, seed)
            yield "xor_loop", (k, seed), lambda m=multivariate, seed=seed: in_the_loop(m, seed)


def quadrants(configs: list[dict[str, Any]]) -> np.ndarray:
    """0 and 3 hold an optimum each, 1 and 2 none."""
    return np.array([2 * (config["x1"] > 0.5) + (config["x2"] > 0.5) for config in configs])


def wrong_mass(multivariate: bool, seed: int) -> float:
    f, rng = xor_optimum(), np.random.default_rng(seed)
    X = rng.random((150, 2))
    best = X[np.argsort(f(X))[:15]]
    model = ParzenEstimator(f.space, multivariate=multivariate).fit([dict(zip(f.names, x, strict=True)) for x in best])
    return float(np.isin(quadrants(model.sample(4000, rng)), (1, 2)).mean())


def in_the_loop(multivariate: bool, seed: int) -> np.ndarray:
    """Regret of the best so far and the quadrant of each proposal, (2, n)."""
    f = xor_optimum()
    search = TPE(f.space, rng=seed, multivariate=multivariate)
    values = searched(search, lambda config: float(f(config)))
    return np.stack([np.minimum.accumulate(values), quadrants(search.configs_)])


def rivals(seeds: int) -> Iterator[Job]:
    for k, name in enumerate(RIVALS):
        for i, table in enumerate(harness.TABLES):
            for seed in range(seeds):
                yield "rival_regret", (k, i, seed), lambda n=name, t=table, seed=seed: one_rival(n, t, seed)


def one_rival(name: str, table: str, seed: int) -> np.ndarray:
    f = table_objective(table)
    if name == "Hyperopt":
        values = hyperopt(f, seed)
    elif name.startswith("Optuna"):
        sampler = harness.optuna_tpe if name == "Optuna, multivariate" else harness.optuna_tpe_univariate
        values = np.array(harness.optuna_with(sampler)(f.space, f, N_TRIALS, seed)[0])
    else:
        searcher = RandomSearch(f.space, rng=seed)
        if name != "random":
            searcher = TPE(f.space, rng=seed, multivariate=name == "hpmath, multivariate")
        values = searched(searcher, f)
    return f.regret(np.minimum.accumulate(values))


def hyperopt(f: Any, seed: int) -> np.ndarray:
    import hyperopt as hp

    space = {
        name: hp.hp.choice(name, list(dist.values))
        if isinstance(dist.values[0], str)
        else hp.hp.uniformint(name, 0, len(dist.values) - 1)
        for name, dist in f.space.distributions.items()
    }

    def loss(point: dict[str, Any]) -> float:
        return f({n: v if isinstance(v, str) else f.space[n].values[int(v)] for n, v in point.items()})

    trials = hp.Trials()
    hp.fmin(
        loss,
        space,
        algo=hp.tpe.suggest,
        max_evals=N_TRIALS,
        trials=trials,
        rstate=np.random.default_rng(seed),
        show_progressbar=False,
        verbose=False,
    )
    return np.array(trials.losses())


# -- recording -------------------------------------------------------------------------------------------------------


def empty(seeds: int) -> dict[str, np.ndarray]:
    tasks = len(harness.TABLES) + len(TOYS)
    shapes = {
        "choice_regret": (len(CHOICES), tasks, seeds, len(CHECKPOINTS)),
        "xor_frozen": (2, 2 * seeds),
        "xor_loop": (2, 2 * seeds, 2, N_TRIALS),
        "rival_regret": (len(RIVALS), len(harness.TABLES), seeds, N_TRIALS),
    }
    return {name: np.full(shape, np.nan) for name, shape in shapes.items()}


def write(path: Path, arrays: dict[str, np.ndarray]) -> None:
    meta = {
        "names": ["choice", "task", "seed", "checkpoint"],
        "choices": [list(CHOICES), [*harness.TABLES, *TOYS], None, list(CHECKPOINTS)],
        "settings": {name: {k: str(v) for k, v in settings.items()} for name, settings in CHOICES.items()},
        "rivals": list(RIVALS),
        "tables": list(harness.TABLES),
        "metric": "choice_regret",
        "direction": "minimize",
        "quantities": {
            "choice_regret": "regret of the best after 25, 50, 100 trials; axes choice, task (four tables, normalised; "
            "four toys, value less minimum), seed, checkpoint",
            "xor_frozen": "mass of the fitted density in the two bad quadrants; axes univariate/multivariate, seed",
            "xor_loop_regret": "regret of the best so far; axes univariate/multivariate, seed, trial",
            "xor_loop_quadrant": "quadrant of each proposal, 0 and 3 good; axes univariate/multivariate, seed, trial",
            "rival_regret": "normalised regret of the best so far; axes rival, table, seed, trial",
        },
        "versions": {name: version(name) for name in ("optuna", "hyperopt", "numpy")},
        "source": "recorded by benchmarks/record/tpe_choices.py",
        "licence": "MIT; tables: see NOTICE.md",
    }
    np.savez_compressed(
        path,
        meta=np.array(json.dumps(meta)),
        choice_regret=arrays["choice_regret"].astype(np.float32),
        xor_frozen=arrays["xor_frozen"].astype(np.float32),
        xor_loop_regret=arrays["xor_loop"][:, :, 0].astype(np.float32),
        xor_loop_quadrant=arrays["xor_loop"][:, :, 1].astype(np.uint8),
        rival_regret=arrays["rival_regret"].astype(np.float32),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description="Record the choices of TPE.")
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--output", type=Path, default=OUTPUT)
    arguments = parser.parse_args()
    warnings.filterwarnings("ignore")
    partial = arguments.output.with_suffix(".partial.npz")
    arrays = empty(arguments.seeds)
    if partial.exists():
        arrays = dict(np.load(partial))
    jobs = [job for part in (xor, rivals, choices) for job in part(arguments.seeds)]
    for count, (name, index, compute) in enumerate(tqdm(jobs, mininterval=10)):
        if np.isnan(arrays[name][index]).any():
            arrays[name][index] = compute()
            if count % 200 == 199:
                np.savez(partial, **arrays)
    write(arguments.output, arrays)
    partial.unlink(missing_ok=True)
    print(f"wrote {arguments.output} ({arguments.output.stat().st_size / 1000:.0f} kB)")


if __name__ == "__main__":
    main()
