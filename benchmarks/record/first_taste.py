"""Record what Bayesian optimisation finds on the map of chapter 00 in 64 trials, beside searchers that learn nothing.

The map is `svm_map`: the cross-validated error of an SVM on digits over C and gamma, interpolated between 41 x 41
recorded machines. Each seed is one run of `hpmath.BayesianOptimization` with its defaults, one trial at a time. The CPU
seconds are those of the process while it asks and tells, divided by the number of trials; a look at the map costs
microseconds and is not counted.

    python benchmarks/record/first_taste.py                 # about 2 minutes on one core
"""

from __future__ import annotations

import argparse
import json
import os
import time
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from tqdm import tqdm

from hpmath import BayesianOptimization, svm_map

OUTPUT = Path(__file__).parents[2] / "hpmath" / "data" / "first_taste.npz"


def one_run(seed: int, trials: int) -> tuple[np.ndarray, float]:
    error, values, seconds = svm_map(), np.empty(trials), 0.0
    search = BayesianOptimization(error.space, rng=seed)
    for trial in range(trials):
        start = time.process_time()
        [config] = search.ask()
        seconds += time.process_time() - start
        values[trial] = error(config)
        start = time.process_time()
        search.tell([config], [values[trial]])
        seconds += time.process_time() - start
    return values, seconds / trials


def main() -> None:
    parser = argparse.ArgumentParser(description="Record Bayesian optimisation on the map of chapter 00.")
    parser.add_argument("--seeds", type=int, default=100)
    parser.add_argument("--trials", type=int, default=64)
    parser.add_argument("--output", type=Path, default=OUTPUT)
    arguments = parser.parse_args()
    runs = [one_run(seed, arguments.trials) for seed in tqdm(range(arguments.seeds), mininterval=10)]
    meta = {
        "names": ["seed", "trial"],
        "choices": [list(range(arguments.seeds)), list(range(1, arguments.trials + 1))],
        "metric": "error",
        "direction": "minimize",
        "quantities": {
            "error": "cross-validated error of the configuration tried, a share; axes seed, trial",
            "seconds": "CPU seconds of one ask and one tell, the mean over the trials of a run; axis seed",
        },
        "searcher": "BayesianOptimization(svm_map().space, rng=seed), one trial at a time",
        "source": "recorded by benchmarks/record/first_taste.py",
        "numpy": np.__version__,
        "licence": "MIT; data: UCI Optical Recognition of Handwritten Digits (Alpaydin & Kaynak 1998), CC BY 4.0",
    }
    np.savez_compressed(
        arguments.output,
        error=np.array([values for values, _ in runs]),
        seconds=np.array([seconds for _, seconds in runs], np.float32),
        meta=np.array(json.dumps(meta)),
    )
    print(f"wrote {arguments.output} ({arguments.output.stat().st_size / 1000:.0f} kB)")


if __name__ == "__main__":
    main()
