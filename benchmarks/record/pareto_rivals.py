"""Record NSGA-II of pymoo and of hpmath on ZDT1, ZDT2 and ZDT3: the hypervolume of the last population.

Ten coordinates, population 40, 60 generations after the first, 40 seeds; the reference point is (1.1, 1.1). pymoo
runs with its default operators and with Deb's tournament (by rank and crowding; its own default compares by
dominance). Chapter 18 runs its own lines on the same problems.

    python benchmarks/record/pareto_rivals.py               # about a minute on one core
"""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import pymoo
from pymoo.algorithms.moo.nsga2 import NSGA2 as Theirs
from pymoo.optimize import minimize
from pymoo.problems import get_problem
from tqdm import tqdm

from hpmath import NSGA2, hypervolume, zdt

OUTPUT = Path(__file__).parents[2] / "hpmath" / "data" / "pareto_rivals.npz"
PROBLEMS, D, POPULATION, GENERATIONS, REFERENCE = (1, 2, 3), 10, 40, 60, (1.1, 1.1)


def theirs(number: int, seed: int) -> float:
    algorithm = Theirs(pop_size=POPULATION)
    algorithm.tournament_type = "comp_by_rank_and_crowding"
    problem = get_problem(f"zdt{number}", n_var=D)
    result = minimize(problem, algorithm, ("n_gen", GENERATIONS + 1), seed=seed)
    return hypervolume(result.pop.get("F"), REFERENCE)


def ours(number: int, seed: int) -> float:
    f = zdt(number, d=D)
    search = NSGA2(f.space, population_size=POPULATION, rng=seed)
    for _ in range(GENERATIONS + 1):
        configs = search.ask(POPULATION)
        search.tell(configs, f(np.array([list(config.values()) for config in configs])))
    search.ask()  # selects the last survivors
    return hypervolume(search.values_[search.info_["population"]], REFERENCE)


def main() -> None:
    parser = argparse.ArgumentParser(description="Record NSGA-II of pymoo and of hpmath.")
    parser.add_argument("--seeds", type=int, default=40)
    parser.add_argument("--output", type=Path, default=OUTPUT)
    arguments = parser.parse_args()
    seeds = tqdm(range(arguments.seeds), mininterval=10)
    volume = np.array([[[run(z, s) for z in PROBLEMS] for run in (theirs, ours)] for s in seeds])
    meta = {
        "names": ["implementation", "problem", "seed"],
        "implementations": ["pymoo", "hpmath"],
        "problems": [f"ZDT{z}" for z in PROBLEMS],
        "quantities": {"hypervolume": f"of the last population, reference {REFERENCE}"},
        "setting": f"d = {D}, population {POPULATION}, {GENERATIONS} generations after the first",
        "direction": "maximize",
        "pymoo": pymoo.__version__,
        "source": "recorded by benchmarks/record/pareto_rivals.py",
        "licence": "MIT",
    }
    np.savez_compressed(arguments.output, meta=np.array(json.dumps(meta)), hypervolume=volume.transpose(1, 2, 0))
    print(f"wrote {arguments.output} ({arguments.output.stat().st_size / 1000:.0f} kB)")


if __name__ == "__main__":
    main()
