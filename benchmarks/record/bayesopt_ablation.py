"""Record what each choice in Bayesian optimisation is worth, and what its rivals do, trial by trial.

`bayesopt_ablation.npz`: the default and variants that change one argument; `bayesopt_comparison.npz`: random search,
Sobol' points, Nelder-Mead with restarts, CMA-ES, two samplers of Optuna, and ours. Three closed forms and the four
recorded tables, 20 seeds, 40 trials, and for each the regret of the best so far: f − f* for the closed forms,
(f − f*)/(median − f*) for the tables.

    .venv/bin/python benchmarks/record/bayesopt_ablation.py             # about 20 minutes on a quiet core
    python benchmarks/record/bayesopt_ablation.py --only optuna-gp      # where torch is installed

Runs are kept in `bayesopt_*.partial.npz` beside the output and are not run again; delete these files afterwards.
"""

from __future__ import annotations

import argparse
import json
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from regret import PEERS, TABLES, ours

from hpmath import branin, hartmann, rosenbrock, table_objective

DATA = Path(__file__).resolve().parents[2] / "hpmath" / "data"
CLOSED = {"branin": branin, "hartmann6": lambda: hartmann(6), "rosenbrock4": lambda: rosenbrock(4)}
PROBLEMS = (*CLOSED, *TABLES)
VARIANTS: dict[str, dict[str, Any]] = {
    "default": {},
    "kernel=rbf": {"kernel": "rbf"},
    "ard=False": {"ard": False},
    "transform=none": {"transform": "none"},
    "acquisition=ei": {"acquisition": "ei"},
    "acquisition=lcb": {"acquisition": "lcb"},
    "acquisition=thompson": {"acquisition": "thompson"},
    "acquisition=mes": {"acquisition": "mes"},
    "n_initial=3": {"n_initial": 3},
    "n_initial=15": {"n_initial": 15},
    "noise=1e-6": {"noise": 1e-6},
    "local=False": {"local": False},
}
METHODS = ("random", "sobol", "nelder-mead", "cma", "optuna-tpe", "bo", "optuna-gp")


def record(output: Path, axis: str, names: tuple[str, ...], only: list[str] | None, n_seeds: int, n: int) -> None:
    output.parent.mkdir(parents=True, exist_ok=True)
    partial = output.with_suffix(".partial.npz")
    shape = (len(names), len(PROBLEMS), n_seeds)
    regret, seconds = np.full((*shape, n), np.nan, dtype=np.float32), np.full(shape, np.nan, dtype=np.float32)
    if partial.exists():
        with np.load(partial) as known:
            if list(known["names"]) == list(names) and known["regret"].shape == regret.shape:
                regret, seconds = known["regret"], known["seconds"]
    for i, name in enumerate(names):
        if only and name not in only:
            continue
        if axis == "variant":
            run = ours("bo", VARIANTS[name])
        else:
            run = PEERS[name] if name in PEERS else ours(name, {})
        for j, problem in enumerate(PROBLEMS):
            f: Any = CLOSED[problem]() if problem in CLOSED else table_objective(problem)
            for seed in range(n_seeds):
                if np.isfinite(seconds[i, j, seed]):
                    continue
                with warnings.catch_warnings(), threadpool_limits(1):
                    warnings.simplefilter("ignore")
                    values, seconds[i, j, seed] = run(f.space, f, n, seed)
                above = np.asarray(values) - f.minimum if problem in CLOSED else f.regret(values)
                regret[i, j, seed] = np.minimum.accumulate(above)
            np.savez(partial, regret=regret, seconds=seconds, names=np.array(names))
        print(
            axis, name, np.nanmean(regret[i, 3:, :, -1]).round(4), f"{1e3 * np.nanmean(seconds[i]):.1f} ms", flush=True
        )
    done = np.isfinite(seconds).all(axis=(1, 2))
    regret, seconds = regret[done], seconds[done]
    meta = {
        "what": f"Regret of the best of 1 to {n} trials of Bayesian optimisation and others, {n_seeds} seeds",
        "names": [axis, "problem"],
        "choices": [[name for name, there in zip(names, done, strict=True) if there], list(PROBLEMS)],
        "quantities": {
            "regret": f"best so far, ({axis}, problem, seed, trial): less the minimum for closed forms, normalised by "
            "the median for tables",
            "seconds": f"mean seconds an ask, ({axis}, problem), one thread of a busy two-core machine",
        },
        "metric": "regret",
        "direction": "minimise",
        "source": "benchmarks/record/bayesopt_ablation.py",
        "licence": "MIT",
    }
    arrays = {"regret": regret, "seconds": seconds.mean(axis=2)}
    np.savez_compressed(output, **arrays, meta=np.array(json.dumps(meta)))
    print(f"wrote {output.name}, {output.stat().st_size / 1000:.0f} kB")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=Path, default=DATA, help="folder")
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--trials", type=int, default=40)
    parser.add_argument("--only", nargs="*", help="variants or methods")
    options = parser.parse_args()
    sizes = options.only, options.seeds, options.trials
    if not options.only or set(options.only) & set(METHODS):
        record(options.output / "bayesopt_comparison.npz", "method", METHODS, *sizes)
    if not options.only or set(options.only) & set(VARIANTS):
        record(options.output / "bayesopt_ablation.npz", "variant", tuple(VARIANTS), *sizes)


if __name__ == "__main__":
    main()
