"""How much regret is left after t trials? Searchers of this package beside their peers, on tables and on BBOB.

    python benchmarks/regret.py run tables random bo tpe optuna-tpe --seeds 20
    python benchmarks/regret.py run bbob random bo optuna-tpe cma --instances 3
    python benchmarks/regret.py run tables bo --set kernel=rbf --label bo-rbf     # a variant: keywords of the searcher
    python benchmarks/regret.py report                                          # writes results/regret.md

A method is a name of ``hpmath.searchers.METHODS`` or one of ``PEERS``; ``optuna-gp`` needs torch. What has run is kept
in ``results/regret/<suite>/<label>.json``, one entry a run, and is not run again unless ``--again``: delete the file
of one method, or give ``--again``, after changing it. ``--jobs`` processes share the runs (1).

**tables**: the four recorded tables of ``hpmath.table_objective``, each axis a list of choices (numbers stay numbers);
Optuna gets an index (``suggest_int``) for an axis of numbers and ``suggest_categorical`` for one of names, or, as
``optuna-tpe-choices``, ``suggest_categorical`` for all. The score is the normalised regret of the best of 25, 50, 100
trials, averaged over tables and seeds.

**bbob**: the 24 functions of ``coco-experiment`` in d = 2 and 5 on [−5, 5]^d, instances 1, 2, …, one run each, 100
evaluations. The score is log10 of the best value less the minimum, at least 1e-8 (COCO's last target), averaged over
functions and instances.
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import tempfile
import time
import warnings
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from hpmath import Space, Uniform, table_objective
from hpmath.searchers import METHODS

HERE = Path(__file__).parent / "results"
CACHE = HERE / "regret"
TABLES = ("hpobench_segment", "hpobench_vehicle", "hpolib_protein", "nasbench201_cifar10")
CHECKPOINTS = (25, 50, 100)
FLOOR = 1e-8
Loss = Callable[[dict[str, Any]], float]
Run = Callable[[Space, Loss, int, int], tuple[list[float], float]]  # values of the trials, seconds an ask


# ------------------------------------------------------------------------------------------------------- who searches


def ours(method: str, settings: dict[str, Any]) -> Run:
    def run(space: Space, loss: Loss, n: int, seed: int) -> tuple[list[float], float]:
        search, values, seconds = METHODS[method](space, rng=seed, **settings), [], 0.0
        while len(values) < n:
            start = time.perf_counter()
            configs = search.ask()
            seconds += time.perf_counter() - start
            if not configs:
                break
            values.append(loss(configs[0]))
            search.tell(configs, values[-1:])
        return values, seconds / n

    return run


def optuna_with(sampler: Callable[[int], Any], *, ordered: bool = True) -> Run:
    def run(space: Space, loss: Loss, n: int, seed: int) -> tuple[list[float], float]:
        import optuna

        optuna.logging.set_verbosity(optuna.logging.ERROR)
        study, values, seconds = optuna.create_study(sampler=sampler(seed)), [], 0.0
        for _ in range(n):
            start = time.perf_counter()
            trial, config = study.ask(), {}
            for name, distribution in space.distributions.items():
                if (choices := distribution.values) is None:
                    config[name] = trial.suggest_float(name, *distribution.support)
                elif ordered and not isinstance(choices[0], str):
                    config[name] = choices[trial.suggest_int(name, 0, len(choices) - 1)]
                else:
                    config[name] = trial.suggest_categorical(name, list(choices))
            seconds += time.perf_counter() - start
            values.append(loss(config))
            study.tell(trial, values[-1])
        return values, seconds / n

    return run


def optuna_tpe(seed: int) -> Any:
    """Every setting of Optuna 5's default, named."""
    import optuna

    return optuna.samplers.TPESampler(seed=seed, n_startup_trials=10, n_ei_candidates=24, multivariate=True)


def optuna_tpe_univariate(seed: int) -> Any:
    import optuna

    return optuna.samplers.TPESampler(
        seed=seed, n_startup_trials=10, n_ei_candidates=24, multivariate=False, constant_liar=False
    )


def optuna_gp(seed: int) -> Any:
    import optuna

    return optuna.samplers.GPSampler(seed=seed, n_startup_trials=10, deterministic_objective=False)


def cma_es(space: Space, loss: Loss, n: int, seed: int) -> tuple[list[float], float]:
    """pycma from the middle of the unit cube, σ₀ = 1/4, its own population; random restarts where it stops early."""
    import cma

    rng, values, seconds = np.random.default_rng(seed), [], 0.0
    d = len(space)
    while len(values) < n:
        options = {"bounds": [0, 1], "seed": int(rng.integers(1, 2**31)), "verbose": -9}
        start_at = rng.random(max(d, 2)) if values else np.full(max(d, 2), 0.5)
        search = cma.CMAEvolutionStrategy(start_at, 0.25, options)
        while not search.stop() and len(values) < n:
            start = time.perf_counter()
            X = search.ask()
            seconds += time.perf_counter() - start
            found = [loss(config) for config in space.from_unit(np.clip(np.array(X)[:, :d], 0, 1))]
            start = time.perf_counter()
            search.tell(X, found)
            seconds += time.perf_counter() - start
            values += found
    return values[:n], seconds / n


class Spent(Exception):
    """No trials are left."""


def nelder_mead(space: Space, loss: Loss, n: int, seed: int) -> tuple[list[float], float]:
    """SciPy's Nelder-Mead in the unit cube from uniform starts, one after the other."""
    from scipy.optimize import minimize

    rng, values = np.random.default_rng(seed), []

    def objective(u: np.ndarray) -> float:
        if len(values) == n:
            raise Spent
        values.append(loss(space.from_unit(u[None])[0]))
        return values[-1]

    try:
        while True:
            start, d = rng.random(len(space)), len(space)
            simplex = np.clip(
                np.vstack([start, start + 0.25 * np.where(start > 0.5, -1, 1)[:, None] * np.eye(d)]), 0, 1
            )
            options = {"initial_simplex": simplex, "xatol": 1e-4, "fatol": 1e-8}
            minimize(objective, start, method="Nelder-Mead", bounds=[(0, 1)] * d, options=options)
    except Spent:
        return values, 0.0


PEERS: dict[str, Run] = {
    "optuna-tpe": optuna_with(optuna_tpe),
    "optuna-tpe-choices": optuna_with(optuna_tpe, ordered=False),
    "optuna-tpe-univariate": optuna_with(optuna_tpe_univariate),
    "optuna-gp": optuna_with(optuna_gp),
    "cma": cma_es,
    "nelder-mead": nelder_mead,
}


# ------------------------------------------------------------------------------------------------- what is searched on


def on_table(run: Run, name: str, seed: int, n: int) -> dict[str, Any]:
    f = table_objective(name)
    values, seconds = run(f.space, f, n, seed)
    return scored(np.asarray(f.regret(values)), n, seconds)


def on_bbob(run: Run, function: int, d: int, instance: int, n: int) -> dict[str, Any]:
    problem, minimum = bbob(function, d, instance)
    names = [f"x{i + 1}" for i in range(d)]
    space = Space({name: Uniform(-5, 5) for name in names})
    values, seconds = run(space, lambda config: float(problem([config[name] for name in names])), n, instance)
    return scored(np.asarray(values) - minimum, n, seconds)


def bbob(function: int, d: int, instance: int) -> tuple[Any, float]:
    """The problem, and its minimum: COCO writes the minimiser to a file in the working directory."""
    import cocoex

    def made() -> Any:
        suite = cocoex.Suite("bbob", f"instances: {instance}", f"dimensions: {d} function_indices: {function}")
        return suite[0], suite  # the suite owns its problems

    here = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            known, suite = made()
            known._best_parameter("print")
            minimum = float(known(np.loadtxt("._bbob_problem_best_parameter.txt", ndmin=1)))
        finally:
            os.chdir(here)
    problem, suite = made()

    def evaluate(x: Any, suite: Any = suite) -> float:
        return float(problem(x))

    return evaluate, minimum


def scored(regrets: np.ndarray, n: int, seconds: float) -> dict[str, Any]:
    best = np.minimum.accumulate(np.append(regrets, [np.inf] * (n - len(regrets))))
    return {"regret": [float(f"{best[t - 1]:.6g}") for t in CHECKPOINTS if t <= n], "ms": round(1e3 * seconds, 2)}


# ---------------------------------------------------------------------------------------------------------- the runs


def runs_of(suite: str, options: argparse.Namespace) -> dict[str, tuple[Any, ...]]:
    if suite == "tables":
        return {f"{name} {seed}": (name, seed) for name in options.tables for seed in range(options.seeds)}
    which = range(1, 25) if options.functions is None else options.functions
    return {
        f"f{function} d{d} i{i}": (function, d, i)
        for d in options.dimensions
        for function in which
        for i in range(1, options.instances + 1)
    }


def one(suite: str, method: str, settings: dict[str, Any], key: tuple[Any, ...], n: int) -> dict[str, Any]:
    warnings.filterwarnings("ignore")
    run = PEERS[method] if method in PEERS else ours(method, settings)
    with threadpool_limits(1):
        return on_table(run, *key, n) if suite == "tables" else on_bbob(run, *key, n)


def cached(suite: str, label: str) -> dict[str, Any]:
    path = CACHE / suite / f"{label}.json"
    return json.loads(path.read_text()) if path.exists() else {}


def keep(suite: str, label: str, found: dict[str, Any]) -> None:
    path = CACHE / suite / f"{label}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = ",\n".join(f"{json.dumps(key)}: {json.dumps(found[key])}" for key in sorted(found))
    path.write_text("{\n" + rows + "\n}\n")


def run_all(options: argparse.Namespace) -> None:
    settings = dict(pair.split("=", 1) for pair in options.set)
    settings = {name: literal(value) for name, value in settings.items()}
    for method in options.methods:
        label = options.label or method
        found = {} if options.again else cached(options.suite, label)
        wanted = runs_of(options.suite, options)
        left = {key: arguments for key, arguments in wanted.items() if key not in found}
        with ProcessPoolExecutor(options.jobs) as pool:
            jobs = [pool.submit(one, options.suite, method, settings, a, options.trials) for a in left.values()]
            for count, (key, job) in enumerate(zip(left, jobs, strict=True)):
                found[key] = job.result()
                if count % 10 == 9:
                    keep(options.suite, label, found)
        keep(options.suite, label, found)
        print(summary(options.suite, label, {key: found[key] for key in wanted}, detailed=options.detailed), flush=True)


def literal(text: str) -> Any:
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text


# -------------------------------------------------------------------------------------------------------- the report


def score(suite: str, regrets: np.ndarray) -> np.ndarray:
    return regrets if suite == "tables" else np.log10(np.maximum(regrets, FLOOR))


def groups(suite: str, found: dict[str, Any]) -> dict[str, np.ndarray]:
    """One group a table, or a dimension: scores, shape (runs, checkpoints)."""
    parts: dict[str, list[Any]] = {}
    for key in sorted(found):
        parts.setdefault(key.split()[0 if suite == "tables" else 1], []).append(found[key]["regret"])
    return {name: score(suite, np.array(rows)) for name, rows in sorted(parts.items())}


def interval(found: dict[str, Any], suite: str, part: str | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Mean score and half-width of its 95 % interval: of the runs, the tables or functions being given."""
    cells: dict[str, list[Any]] = {}
    for key, entry in found.items():
        words = key.split()
        if part is None or part in words:
            cells.setdefault(words[0] if suite == "tables" else " ".join(words[:2]), []).append(entry["regret"])
    means, variances = [], []
    for rows in cells.values():
        scores = score(suite, np.array(rows))
        means.append(scores.mean(axis=0))
        variances.append(scores.var(axis=0, ddof=1) / len(scores) if len(scores) > 1 else np.full(scores.shape[1], 0.0))
    return np.mean(means, axis=0), 1.96 * np.sqrt(np.mean(variances, axis=0) / len(cells))


def summary(suite: str, label: str, found: dict[str, Any], *, detailed: bool = False) -> str:
    ms = np.mean([entry["ms"] for entry in found.values()])
    parts = groups(suite, found)
    lines = [f"{suite} {label} ({len(found)} runs, {ms:.1f} ms an ask)"]
    if suite == "tables":
        mean, half = interval(found, suite)
        lines.append("   all " + "  ".join(f"{m:.4f} ± {h:.4f}" for m, h in zip(mean, half, strict=True)))
    for part, scores in parts.items():
        lines.append(f"   {part:20s} " + "  ".join(f"{m:.4f}" for m in scores.mean(axis=0)))
    if detailed and suite == "bbob":
        for key in sorted(found, key=lambda key: (key.split()[1], int(key.split()[0][1:]))):
            lines.append(f"   {key:12s} " + "  ".join(f"{r:.2e}" for r in found[key]["regret"]))
    return "\n".join(lines)


def report(options: argparse.Namespace) -> None:
    from importlib.metadata import version

    lines = [
        "Regret after 25, 50 and 100 trials; lower is better. Intervals are 95 %, over seeds or instances.",
        f"Optuna {version('optuna')}, coco-experiment {version('coco-experiment')}, cma {version('cma')}.",
        "",
        "**Normalised regret on the four recorded tables**, mean over tables and seeds.",
        "",
        "| searcher | 25 | 50 | 100 | runs | ms an ask |",
        "|---|---|---|---|---|---|",
    ]
    lines += rows_of("tables", None)
    for d in (2, 5):
        lines += [
            "",
            f"**log10 regret on BBOB, d = {d}**, mean over 24 functions, at least 1e-8.",
            "",
            "| searcher | 25 | 50 | 100 | runs | ms an ask |",
            "|---|---|---|---|---|---|",
            *rows_of("bbob", f"d{d}"),
        ]
    (HERE / "regret.md").write_text("\n".join(lines) + "\n")
    print("\n".join(lines))


def rows_of(suite: str, part: str | None) -> list[str]:
    rows = []
    for path in (CACHE / suite).glob("*.json"):
        found = {key: entry for key, entry in cached(suite, path.stem).items() if part is None or part in key.split()}
        if not found or any(len(entry["regret"]) < len(CHECKPOINTS) for entry in found.values()):
            continue
        if len({key.split()[0] for key in found}) < (len(TABLES) if suite == "tables" else 24):
            continue  # a mean over some of the functions would compare with nothing
        mean, half = interval(found, suite)
        cells = " | ".join(f"{m:.3f} ± {h:.3f}" for m, h in zip(mean, half, strict=True))
        ms = np.mean([entry["ms"] for entry in found.values()])
        rows.append((mean[-1], f"| {path.stem} | {cells} | {len(found)} | {ms:.2g} |"))
    return [row for _, row in sorted(rows)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    run = commands.add_parser("run")
    run.add_argument("suite", choices=("tables", "bbob"))
    run.add_argument("methods", nargs="+", metavar="method", help=", ".join([*METHODS, *PEERS]))
    run.add_argument("--label", help="name of the results, for a variant of one method")
    run.add_argument("--set", nargs="*", default=[], metavar="name=value", help="keywords of the searcher")
    run.add_argument("--seeds", type=int, default=20)
    run.add_argument("--tables", nargs="*", default=TABLES)
    run.add_argument("--instances", type=int, default=1)
    run.add_argument("--functions", nargs="*", type=int)
    run.add_argument("--dimensions", nargs="*", type=int, default=[2, 5])
    run.add_argument("--trials", type=int, default=100)
    run.add_argument("--jobs", type=int, default=1)
    run.add_argument("--again", action="store_true", help="forget what has run")
    run.add_argument("--detailed", action="store_true")
    run.set_defaults(do=run_all)
    commands.add_parser("report").set_defaults(do=report)
    options = parser.parse_args()
    if hasattr(options, "methods"):
        for method in options.methods:
            if method not in METHODS and method not in PEERS:
                parser.error(f"unknown method {method!r}; there is {[*METHODS, *PEERS]}")
    options.do(options)


if __name__ == "__main__":
    main()
