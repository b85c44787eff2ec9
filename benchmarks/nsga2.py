"""NSGA-II beside pymoo's: hypervolume reached and time a run, population 100, 100 generations, ten seeds.

``python benchmarks/nsga2.py`` writes ``benchmarks/results/nsga2.md`` (about three minutes). Ours and theirs take
turns, seed by seed. The hypervolume is that of the last population, below (1.1, …, 1.1).
"""

from __future__ import annotations

import argparse
import time

import numpy as np
import pymoo
from _tables import publish
from pymoo.algorithms.moo.nsga2 import NSGA2 as Theirs
from pymoo.core.problem import Problem
from pymoo.optimize import minimize
from threadpoolctl import threadpool_limits

from hpmath import NSGA2, MultiObjective, dtlz2, hypervolume, t_interval, zdt

POPULATION, GENERATIONS = 100, 100


def ours(problem: MultiObjective, seed: int, batch: int = POPULATION) -> np.ndarray:
    search = NSGA2(problem.space, population_size=POPULATION, rng=seed)
    for _ in range(POPULATION * GENERATIONS // batch):
        configs = search.ask(batch)
        search.tell(configs, problem(np.array([list(config.values()) for config in configs])))
    search.ask()  # selects the last survivors
    return search.values_[search.info_["population"]]


def theirs(problem: MultiObjective, seed: int) -> np.ndarray:
    low, high = problem.bounds.T

    class Wrapped(Problem):
        def __init__(self):
            super().__init__(n_var=len(low), n_obj=problem.m, xl=low, xu=high)

        def _evaluate(self, X, out, *args, **kwargs):
            out["F"] = problem(X)

    result = minimize(Wrapped(), Theirs(pop_size=POPULATION), ("n_gen", GENERATIONS), seed=seed, verbose=False)
    return result.pop.get("F")


def compare(problem: MultiObjective, seeds: int) -> str:
    reference = np.full(problem.m, 1.1)
    volumes, seconds = np.empty((2, seeds)), np.empty((2, seeds))
    for seed in range(seeds):
        for i, run in enumerate((ours, theirs)):
            start = time.process_time()
            Y = run(problem, seed)
            seconds[i, seed] = time.process_time() - start
            volumes[i, seed] = hypervolume(Y, reference)
    front = hypervolume(problem.front(5_000 if problem.m == 2 else 1_000), reference)
    mine, other = (f"{v.mean():.4f} ± {v.mean() - t_interval(v).low:.4f}" for v in volumes)
    difference = t_interval(volumes[0] - volumes[1])
    times = np.median(seconds, axis=1)
    name = f"{problem.name}, {problem.m} objectives" if problem.m > 2 else problem.name
    gain = f"[{difference.low:+.4f}, {difference.high:+.4f}]"
    return (
        f"| {name} | {front:.3f} | {mine} | {other} | {gain} | {times[0]:.2f} | {times[1]:.2f} | "
        f"{times[0] / times[1]:.2f} |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description="NSGA-II beside pymoo's.")
    parser.add_argument("--seeds", type=int, default=10)
    seeds = parser.parse_args().seeds
    problems = [zdt(1), zdt(2), zdt(3), zdt(4), zdt(6), dtlz2(3)]
    ours(problems[0], 0)
    theirs(problems[0], 0)
    rows = [compare(problem, seeds) for problem in problems]
    one = []
    for seed in range(3):
        start = time.process_time()
        ours(problems[0], seed, batch=1)
        one.append(time.process_time() - start)
    lines = [
        f"One thread; NumPy {np.__version__}, pymoo {pymoo.__version__}. Population {POPULATION}, {GENERATIONS}",
        f"generations, {seeds} seeds. Hypervolume of the last population below (1.1, …, 1.1), mean ± half a 95 %",
        "interval; its difference, ours less theirs, as a 95 % interval over seeds; median CPU seconds of a run. To",
        "reach: no worse, and at most twice the time.",
        "",
        "| problem | true front | hpmath | pymoo | difference | hpmath, s | pymoo, s | ratio of times |",
        "|---|---|---|---|---|---|---|---|",
        *rows,
        "",
        f"Asked and told one by one, ZDT1 takes {np.median(one):.2f} s and proposes the same configurations.",
    ]
    publish("nsga2", lines)


if __name__ == "__main__":
    with threadpool_limits(1):
        main()
