"""What our searchers cost inside Optuna: milliseconds a trial, beside Optuna's own samplers and our bare loop.

``python benchmarks/optuna_bridge.py`` writes ``benchmarks/results/optuna_bridge.md``. The objective is a sum of its six
parameters, so what is measured is the study and the sampler. Contenders take turns; the median of the rounds stands in
the table. The bare loop asks and tells the same searcher in the same space without a study.
"""

from __future__ import annotations

import math
import statistics
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import optuna
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend

from hpmath import Integer, LogUniform, Space, Uniform
from hpmath.bridges.optuna import HpmathSampler
from hpmath.searchers import METHODS

RESULTS = Path(__file__).parent / "results" / "optuna_bridge.md"
SPACE = Space(
    {
        "lr": LogUniform(1e-5, 1e-1),
        "momentum": Uniform(0, 1),
        "drop": Uniform(0, 0.5),
        "units": Integer(1, 512, log=True),
        "layers": Integer(1, 8),
        "act": ["relu", "tanh", "gelu"],
    }
)


def loss(config: dict[str, Any]) -> float:
    distance = abs(math.log10(config["lr"]) + 3) + config["momentum"] + config["drop"]
    return float(distance + config["units"] / 512 + config["layers"] / 8 + (config["act"] == "relu"))


def objective(trial: optuna.Trial) -> float:
    return loss(
        {
            "lr": trial.suggest_float("lr", 1e-5, 1e-1, log=True),
            "momentum": trial.suggest_float("momentum", 0, 1),
            "drop": trial.suggest_float("drop", 0, 0.5),
            "units": trial.suggest_int("units", 1, 512, log=True),
            "layers": trial.suggest_int("layers", 1, 8),
            "act": trial.suggest_categorical("act", ["relu", "tanh", "gelu"]),
        }
    )


def in_a_study(sampler: Callable[[int], Any], n: int, seed: int, storage: Any = None) -> float:
    study = optuna.create_study(sampler=sampler(seed), storage=storage)
    start = time.perf_counter()
    study.optimize(objective, n_trials=n)
    return 1e3 * (time.perf_counter() - start) / n


def in_a_loop(method: str, n: int, seed: int) -> float:
    search = METHODS[method](SPACE, rng=seed)
    start = time.perf_counter()
    for _ in range(n):
        configs = search.ask()
        search.tell(configs, [loss(config) for config in configs])
    return 1e3 * (time.perf_counter() - start) / n


def in_turn(contenders: dict[str, Callable[[int], float]], rounds: int) -> dict[str, float]:
    times: dict[str, list[float]] = {name: [] for name in contenders}
    for seed in range(rounds):
        for name, run in contenders.items():
            times[name].append(run(seed))
    return {name: statistics.median(row) for name, row in times.items()}


def table(n: int, samplers: dict[str, Callable[[int], Any]], methods: tuple[str, ...], rounds: int) -> list[str]:
    contenders: dict[str, Callable[[int], float]] = {
        name: lambda seed, make=make: in_a_study(make, n, seed) for name, make in samplers.items()
    }
    contenders |= {f"our {method}, alone": lambda seed, method=method: in_a_loop(method, n, seed) for method in methods}
    found = in_turn(contenders, rounds)
    floor = found["RandomSampler"]
    rows = [f"**{n:,} trials in memory**", "", "| sampler | ms a trial | over RandomSampler |", "|---|---|---|"]
    return rows + [
        f"| {name} | {ms:.2f} | {'' if name.startswith('our ') else f'{ms - floor:+.2f}'} |"
        for name, ms in found.items()
    ]


def ours(method: str, space: Space | None = None) -> Callable[[int], Any]:
    return lambda seed: HpmathSampler(method, space, seed=seed)


def stored(n: int, rounds: int) -> list[str]:
    def run(kind: str, make: Callable[[int], Any]) -> Callable[[int], float]:
        def once(seed: int) -> float:
            with tempfile.TemporaryDirectory() as folder:
                if kind == "SQLite":
                    return in_a_study(make, n, seed, f"sqlite:///{folder}/study.db")
                return in_a_study(make, n, seed, JournalStorage(JournalFileBackend(f"{folder}/study.log")))

        return once

    random = {"RandomSampler": lambda seed: optuna.samplers.RandomSampler(seed), '`"random"`': ours("random", SPACE)}
    found = in_turn(
        {f"{kind} | {name}": run(kind, make) for kind in ("SQLite", "journal") for name, make in random.items()}, rounds
    )
    rows = [f"**{n:,} trials in a storage on the disk**", "", "| storage | sampler | ms a trial |", "|---|---|---|"]
    return rows + [f"| {name} | {ms:.1f} |" for name, ms in found.items()]


def main() -> None:
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    warnings.simplefilter("ignore")
    samplers: dict[str, Callable[[int], Any]] = {
        "RandomSampler": lambda seed: optuna.samplers.RandomSampler(seed),
        '`"random"`': ours("random"),
        '`"random"`, space given': ours("random", SPACE),
        '`"sobol"`': ours("sobol"),
        '`"nsga2"`': ours("nsga2"),
        '`"tpe"`': ours("tpe"),
        "TPESampler": lambda seed: optuna.samplers.TPESampler(seed=seed),
        "NSGAIISampler": lambda seed: optuna.samplers.NSGAIISampler(seed=seed),
    }
    for make in samplers.values():
        in_a_study(make, 20, 0)  # imports
    parts = [
        table(1_000, samplers, ("random", "tpe"), rounds=5),
        table(60, {"RandomSampler": samplers["RandomSampler"], '`"bo"`': ours("bo")}, ("bo",), rounds=3),
        stored(60, rounds=3),
    ]
    lines = [
        "Milliseconds a trial of an objective that costs nothing, six parameters, one thread, median of rounds.",
        '`"random"` and the others are `HpmathSampler`s; *alone* is `ask` and `tell` in a loop, without Optuna.',
        "Times on the disk are those of a disk that others used too: compare neighbours only.",
        f"NumPy {np.__version__}, Optuna {optuna.__version__}.",
    ]
    RESULTS.write_text("\n".join([*lines, *(line for part in parts for line in ["", *part])]) + "\n", "utf8")
    print(RESULTS.read_text("utf8"))


if __name__ == "__main__":
    main()
