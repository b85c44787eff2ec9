"""Record rivals of chapter 18's NSGA-II on ZDT1, ZDT2 and ZDT3, and what its bounds do when the optimum moves inside.

*Rivals*: NSGA-II of pymoo and of hpmath, the hypervolume of the last population. Ten coordinates, population 40, 60
generations after the first, 40 seeds; the reference point is (1.1, 1.1). pymoo runs with its default operators and with
Deb's tournament (by rank and crowding; its own default compares by dominance).

*Walls*: the lines printed in the chapter, read from its notebook, with bounded operators and with what falls outside
put on the wall, on ZDT1 and ZDT2 with the optimum of x_2, …, x_d moved from 0 to c: x_j is replaced by
|x_j - c| / max(c, 1 - c). The Pareto front stays the same; x_1 is left alone.

*Which*: the same lines with some coordinates put on their walls and the others bounded: none, all, x_1 only, all but
x_1; three times the seeds, since these differences are small against the runs' scatter. Each last population's
hypervolume, and its largest f_1, which is x_1 on these problems.

    python benchmarks/record/pareto_rivals.py               # about two minutes on one core
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import pymoo
from numpy.typing import NDArray
from pymoo.algorithms.moo.nsga2 import NSGA2 as Theirs
from pymoo.optimize import minimize
from pymoo.problems import get_problem
from tqdm import tqdm

from hpmath import NSGA2, hypervolume, zdt

ROOT = Path(__file__).parents[2]
OUTPUT = ROOT / "hpmath" / "data" / "pareto_rivals.npz"
PROBLEMS, D, POPULATION, GENERATIONS, REFERENCE = (1, 2, 3), 10, 40, 60, (1.1, 1.1)
WALLED, OPTIMA = (1, 2), (0.0, 0.1, 0.3, 0.5)
FIRST = np.arange(D) == 0
BOUNDED = {"none clipped": True, "all clipped": False, "x_1 clipped": ~FIRST, "the others clipped": FIRST}


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


def chapter_lines() -> dict[str, Any]:
    """The functions printed in the chapter, from ``peel_two`` to ``evolve``."""
    cells = json.loads((ROOT / "notebooks" / "18_pareto.ipynb").read_text(encoding="utf-8"))["cells"]
    names: dict[str, Any] = {}
    exec("import numpy as np\nfrom bisect import bisect_right", names)
    for cell in cells:
        source = "".join(cell["source"])
        if cell["cell_type"] == "code" and source.startswith(("def peel_two", "def room", "def spread", "def evolve")):
            only = source.split("\n\n\nforests =")[0].split("\n\n\nparts =")[0]
            exec(only, names)
    return names


def moved(number: int, c: float) -> Callable[[NDArray[np.float64]], NDArray[np.float64]]:
    """ZDT with the optimum of x_2, ..., x_d at c."""
    f = zdt(number, d=D)

    def g(X: NDArray[np.float64]) -> NDArray[np.float64]:
        inside = np.abs(X[:, 1:] - c) / max(c, 1 - c)
        return np.asarray(f(np.column_stack([X[:, :1], inside])))

    return g


def walls(number: int, c: float, bounded: Any, seed: int, evolve: Callable[..., Any]) -> tuple[float, float]:
    last = list(evolve(moved(number, c), D, POPULATION, GENERATIONS, seed=seed, bounded=bounded))[-1]
    return hypervolume(last, REFERENCE), last[:, 0].max()


def main() -> None:
    parser = argparse.ArgumentParser(description="Record NSGA-II of pymoo and of hpmath, and the control for walls.")
    parser.add_argument("--seeds", type=int, default=40)
    parser.add_argument("--output", type=Path, default=OUTPUT)
    arguments = parser.parse_args()
    seeds = range(arguments.seeds)
    evolve = chapter_lines()["evolve"]
    shifted = np.array(
        [
            [[[walls(z, c, bounded, s, evolve)[0] for s in seeds] for bounded in (True, False)] for c in OPTIMA]
            for z in tqdm(WALLED, mininterval=10)
        ]
    )
    which = np.array(
        [
            [
                [[walls(z, c, mask, s, evolve) for s in range(3 * len(seeds))] for mask in BOUNDED.values()]
                for c in (OPTIMA[0], OPTIMA[-1])
            ]
            for z in tqdm(WALLED, mininterval=10)
        ]
    )
    volume = np.array([[[run(z, s) for z in PROBLEMS] for run in (theirs, ours)] for s in tqdm(seeds, mininterval=10)])
    meta = {
        "names": ["implementation", "problem", "seed"],
        "implementations": ["pymoo", "hpmath"],
        "problems": [f"ZDT{z}" for z in PROBLEMS],
        "optima": list(OPTIMA),
        "quantities": {
            "hypervolume": f"of the last population, reference {REFERENCE}",
            "walls": "the same of the chapter's own lines; axes problem (ZDT1, ZDT2), optimum c of x_2 ... x_d, "
            "operators (bounded, clipped to the walls), seed",
            "which": "the same at the first and the last c, by the coordinates that are clipped (see clipped); axes "
            "problem, c, clipped, seed, (hypervolume, largest f_1 of the last population)",
        },
        "clipped": list(BOUNDED),
        "setting": f"d = {D}, population {POPULATION}, {GENERATIONS} generations after the first",
        "direction": "maximize",
        "pymoo": pymoo.__version__,
        "source": "recorded by benchmarks/record/pareto_rivals.py",
        "licence": "MIT",
    }
    np.savez_compressed(
        arguments.output,
        meta=np.array(json.dumps(meta)),
        hypervolume=volume.transpose(1, 2, 0),
        walls=shifted,
        which=which,
    )
    print(f"wrote {arguments.output} ({arguments.output.stat().st_size / 1000:.0f} kB)")


if __name__ == "__main__":
    main()
