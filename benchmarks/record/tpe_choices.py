"""Record what the choices of a Parzen estimator do to a search, the XOR experiment, and TPE beside its peers.

Four experiments, 20 seeds each, 40 for the XOR:

- **choices**: TPE with one setting changed at a time, on the four recorded tables and four toys, 100 trials; the regret
  of the best after 25, 50 and 100. On tables it is normalised, on toys the value less the minimum. The last row is the
  default again with other seeds: what a change that changes nothing looks like.
- **xor**: `hpmath.xor_optimum`, independent marginals against product kernels, each with both rules of bandwidth, so
  that the two can be told apart. Frozen: the best 15 of 150 random points
  are fitted, and the density's mass in the two bad quadrants is estimated from 4,000 draws. In the loop: 100 trials,
  the regret of the best so far and the quadrant of each proposal.
- **rivals**: TPE in both modes, Optuna's in both modes (version 5, 10 random trials, 24 candidates, its own bandwidths,
  prior weight 1; constant liar in the multivariate mode as by default; an axis of numbers is a whole number to it, one
  of names a category), Hyperopt's (20 random trials, 24 candidates, gamma 0.25: its defaults; an axis of numbers is a
  ``uniformint``) and random search on the four tables; the normalised regret of the best so far after each trial.
- **fresh**: the same rivals on losses on which no default of `TPE` was chosen: the four toys and `hpmath.svm_map`, all
  on the unit cube; value less minimum, as above.

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
    Space,
    Uniform,
    ackley,
    branin,
    hartmann,
    rosenbrock,
    svm_map,
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
    "default, other seeds": {},
}
TOYS = {"branin": branin(), "hartmann 6": hartmann(6), "ackley 3": ackley(3), "rosenbrock 4": rosenbrock(4)}
FRESH = TOYS | {"svm map": svm_map()}
XOR: dict[str, dict[str, Any]] = {  # the first two are the defaults of their kind
    "independent, neighbours": {"multivariate": False, "bandwidth": "neighbours"},
    "joint, scott": {"multivariate": True, "bandwidth": "scott"},
    "independent, scott": {"multivariate": False, "bandwidth": "scott"},
    "joint, neighbours": {"multivariate": True, "bandwidth": "neighbours"},
}
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


# -- the four experiments: each gives (array, index, how to compute it), one entry at a time ------------------------

Job = tuple[str, tuple[int, ...], Callable[[], Any]]


def choices(seeds: int) -> Iterator[Job]:
    for k, (label, settings) in enumerate(CHOICES.items()):
        first = 1000 if label == "default, other seeds" else 0
        for i, name in enumerate([*harness.TABLES, *TOYS]):
            for j in range(seeds):
                yield "choice_regret", (k, i, j), lambda s=settings, n=name, seed=first + j: one_choice(n, s, seed)


def one_choice(name: str, settings: dict[str, Any], seed: int) -> np.ndarray:
    f = TOYS[name] if name in TOYS else table_objective(name)
    values = searched(TPE(f.space, rng=seed, **settings), lambda config: float(f(config)))
    best = np.minimum.accumulate(values)[np.array(CHECKPOINTS) - 1]
    return best - f.minimum if name in TOYS else f.regret(best)


def xor(seeds: int) -> Iterator[Job]:
    for k, settings in enumerate(XOR.values()):
        for seed in range(2 * seeds):
            yield "xor_frozen", (k, seed), lambda s=settings, seed=seed: wrong_mass(s, seed)
            yield "xor_loop", (k, seed), lambda s=settings, seed=seed: in_the_loop(s, seed)


def quadrants(configs: list[dict[str, Any]]) -> np.ndarray:
    """0 and 3 hold an optimum each, 1 and 2 none."""
    return np.array([2 * (config["x1"] > 0.5) + (config["x2"] > 0.5) for config in configs])


def wrong_mass(settings: dict[str, Any], seed: int) -> float:
    f, rng = xor_optimum(), np.random.default_rng(seed)
    X = rng.random((150, 2))
    best = X[np.argsort(f(X))[:15]]
    model = ParzenEstimator(f.space, **settings).fit([dict(zip(f.names, x, strict=True)) for x in best])
    return float(np.isin(quadrants(model.sample(4000, rng)), (1, 2)).mean())


def in_the_loop(settings: dict[str, Any], seed: int) -> np.ndarray:
    """Regret of the best so far and the quadrant of each proposal, (2, n)."""
    f = xor_optimum()
    search = TPE(f.space, rng=seed, **settings)
    values = searched(search, lambda config: float(f(config)))
    return np.stack([np.minimum.accumulate(values), quadrants(search.configs_)])


def rivals(seeds: int) -> Iterator[Job]:
    for k, name in enumerate(RIVALS):
        for i, table in enumerate(harness.TABLES):
            for seed in range(seeds):
                yield "rival_regret", (k, i, seed), lambda n=name, t=table, seed=seed: one_rival(n, t, seed)


def fresh(seeds: int) -> Iterator[Job]:
    for k, name in enumerate(RIVALS):
        for i, loss in enumerate(FRESH):
            for seed in range(seeds):
                yield "fresh_regret", (k, i, seed), lambda n=name, f=loss, seed=seed: one_fresh(n, f, seed)


class OnUnitCube:
    """A loss in the coordinates in which its prior is uniform: every rival gets the same space."""

    def __init__(self, f: Any) -> None:
        self.f, self.space = f, Space({name: Uniform(0, 1) for name in f.space.names})

    def __call__(self, config: dict[str, float]) -> float:
        return float(self.f(self.f.space.from_unit([list(config.values())])[0]))


def one_fresh(name: str, loss: str, seed: int) -> np.ndarray:
    best = np.minimum.accumulate(values_of(name, OnUnitCube(FRESH[loss]), seed))
    return best[np.array(CHECKPOINTS) - 1] - FRESH[loss].minimum


def one_rival(name: str, table: str, seed: int) -> np.ndarray:
    f = table_objective(table)
    return f.regret(np.minimum.accumulate(values_of(name, f, seed)))


def values_of(name: str, f: Any, seed: int) -> np.ndarray:
    if name == "Hyperopt":
        return hyperopt(f, seed)
    elif name.startswith("Optuna"):
        sampler = harness.optuna_tpe if name == "Optuna, multivariate" else harness.optuna_tpe_univariate
        return np.array(harness.optuna_with(sampler)(f.space, f, N_TRIALS, seed)[0])
    searcher = RandomSearch(f.space, rng=seed)
    if name != "random":
        searcher = TPE(f.space, rng=seed, multivariate=name == "hpmath, multivariate")
    return searched(searcher, f)


def hyperopt(f: Any, seed: int) -> np.ndarray:
    import hyperopt as hp

    space = {
        name: hp.hp.uniform(name, *dist.support)
        if dist.values is None
        else hp.hp.choice(name, list(dist.values))
        if isinstance(dist.values[0], str)
        else hp.hp.uniformint(name, 0, len(dist.values) - 1)
        for name, dist in f.space.distributions.items()
    }

    def loss(point: dict[str, Any]) -> float:
        plain = {n for n, v in point.items() if isinstance(v, str) or f.space[n].values is None}
        return f({n: point[n] if n in plain else f.space[n].values[int(point[n])] for n in f.space.names})

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
        "xor_frozen": (len(XOR), 2 * seeds),
        "xor_loop": (len(XOR), 2 * seeds, 2, N_TRIALS),
        "rival_regret": (len(RIVALS), len(harness.TABLES), seeds, N_TRIALS),
        "fresh_regret": (len(RIVALS), len(FRESH), seeds, len(CHECKPOINTS)),
    }
    return {name: np.full(shape, np.nan) for name, shape in shapes.items()}


def write(path: Path, arrays: dict[str, np.ndarray]) -> None:
    meta = {
        "names": ["choice", "task", "seed", "checkpoint"],
        "choices": [list(CHOICES), [*harness.TABLES, *TOYS], None, list(CHECKPOINTS)],
        "settings": {name: {k: str(v) for k, v in settings.items()} for name, settings in CHOICES.items()},
        "rivals": list(RIVALS),
        "tables": list(harness.TABLES),
        "xor": list(XOR),
        "fresh": list(FRESH),
        "metric": "choice_regret",
        "direction": "minimize",
        "quantities": {
            "choice_regret": "regret of the best after 25, 50, 100 trials; axes choice, task (four tables, normalised; "
            "four toys, value less minimum), seed, checkpoint",
            "xor_frozen": "mass of the fitted density in the two bad quadrants; axes kernels (see xor), seed",
            "xor_loop_regret": "regret of the best so far; axes kernels (see xor), seed, trial",
            "xor_loop_quadrant": "quadrant of each proposal, 0 and 3 good; axes kernels (see xor), seed, trial",
            "rival_regret": "normalised regret of the best so far; axes rival, table, seed, trial",
            "fresh_regret": "value less minimum after 25, 50, 100 trials; axes rival, loss, seed, checkpoint",
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
        fresh_regret=arrays["fresh_regret"].astype(np.float32),
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
    jobs = [job for part in (xor, rivals, choices, fresh) for job in part(arguments.seeds)]
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
