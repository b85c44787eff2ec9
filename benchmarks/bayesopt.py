"""How long does the next proposal take? Ask (fit and maximise) beside Optuna's GPSampler, one thread, five dimensions.

``python benchmarks/bayesopt.py`` writes ``benchmarks/results/bayesopt.md``; the rows of the GPSampler need torch. Both
are told the same n random trials and then asked once, by turns; the regret of both stands in ``results/regret.md``.
"""

from __future__ import annotations

import time
import warnings
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

from hpmath import BayesianOptimization, Space, Uniform, rosenbrock

try:
    import torch

    torch.set_num_threads(1)
except ImportError:
    torch = None

RESULTS = Path(__file__).parent / "results" / "bayesopt.md"
REPEATS = 7
D = 5
SPACE = Space({f"x{i + 1}": Uniform(-2.0, 2.0) for i in range(D)})


def told(n: int, seed: int) -> tuple[list[dict[str, float]], list[float]]:
    f, configs = rosenbrock(D), SPACE.sample(n, rng=seed)
    return configs, [float(f.function(np.array(list(config.values())))) for config in configs]


def ours(configs: list[dict[str, float]], values: list[float], seed: int, **settings: Any) -> float:
    search = BayesianOptimization(SPACE, rng=seed, **settings)
    search.tell(configs, values)
    start = time.perf_counter()
    search.ask()
    return time.perf_counter() - start


def optuna_gp(configs: list[dict[str, float]], values: list[float], seed: int) -> float:
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(sampler=optuna.samplers.GPSampler(seed=seed, n_startup_trials=10))
    axes = {name: optuna.distributions.FloatDistribution(-2.0, 2.0) for name in SPACE.names}
    study.add_trials(
        [optuna.create_trial(params=c, distributions=axes, value=v) for c, v in zip(configs, values, strict=True)]
    )
    start = time.perf_counter()
    trial = study.ask()
    for name in axes:
        trial.suggest_float(name, -2.0, 2.0)
    return time.perf_counter() - start


def main() -> None:
    warnings.filterwarnings("ignore")
    contenders = {
        "ask, all trials": lambda *a: ours(*a, local=False),
        "ask, default (the best third, every other time)": ours,
    }
    if torch is not None:
        contenders["Optuna's GPSampler"] = optuna_gp
    sizes = (50, 100, 200, 400)
    seconds = {name: np.empty((len(sizes), REPEATS)) for name in contenders}
    for i, n in enumerate(sizes):
        for repeat in range(REPEATS):
            configs, values = told(n + repeat % 2, repeat)  # odd and even: both kinds of proposal
            for name, run in contenders.items():
                seconds[name][i, repeat] = run(configs, values, repeat)
    versions = f"NumPy {np.__version__}, SciPy {version('scipy')}"
    for package in ("optuna", "torch"):
        try:
            versions += f", {package} {version(package)}"
        except PackageNotFoundError:
            continue
    lines = [
        "Median ms of one `ask` after n random trials on Rosenbrock's function in five dimensions, one thread; a fresh",
        f"searcher each time. {versions}.",
        "",
        "| | " + " | ".join(f"n = {n}" for n in sizes) + " |",
        "|---|" + "---|" * len(sizes),
    ]
    for name, table in seconds.items():
        lines.append(
            f"| {name} | " + " | ".join(f"{1e3 * value:.0f}" for value in np.median(table[:, 1:], axis=1)) + " |"
        )
    RESULTS.write_text("\n".join(lines) + "\n")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
