"""How fast and how exact are the derivatives, beside numdifftools, SciPy and autograd?

Run `python benchmarks/calculus.py` (with the extra `bench` installed); it writes `results/calculus.md` and
`results/calculus.json`. Everything is timed in one process, on one thread, as CPU time: the rows take turns, and the
median of 15 rounds counts. Compare the ratios between rows, not the milliseconds. `f` takes one point and is called
once a point by everyone but SciPy, which wants a function of many points at once and gets one.
"""

from __future__ import annotations

import os

os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"))

import json
import platform
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import autograd
import autograd.numpy as anp
import numdifftools
import numpy as np
import scipy.differentiate

import hpmath

RESULTS = Path(__file__).parent / "results"
OURS = ("forward", "central", "richardson", "complex", "dual")


def rosenbrock(x: Any) -> Any:
    return np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def rosenbrock_many(X: Any) -> Any:
    """SciPy's convention: coordinates along the first axis."""
    return np.sum(100 * (X[1:] - X[:-1] ** 2) ** 2 + (1 - X[:-1]) ** 2, axis=0)


def rosenbrock_autograd(x: Any) -> Any:
    return anp.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def exact_gradient(x: Any) -> Any:
    g, a = np.zeros_like(x), x[1:] - x[:-1] ** 2
    g[:-1] = -400 * a * x[:-1] - 2 * (1 - x[:-1])
    g[1:] += 200 * a
    return g


def exact_hessian(x: Any) -> Any:
    diagonal = np.zeros_like(x)
    diagonal[:-1] = 1200 * x[:-1] ** 2 - 400 * x[1:] + 2
    diagonal[1:] += 200
    return np.diag(diagonal) + np.diag(-400 * x[:-1], 1) + np.diag(-400 * x[:-1], -1)


def milliseconds(calls: dict[str, Callable[[], Any]], rounds: int = 15, least: float = 0.02) -> dict[str, float]:
    """Median CPU time of a call; the rows take turns, so that a busy moment of the machine falls on all of them."""
    repeats: dict[str, int] = {}
    for who, call in calls.items():
        call()
        start = time.process_time()
        call()
        repeats[who] = 1 + int(least / max(time.process_time() - start, 1e-5))
    times: dict[str, list[float]] = {who: [] for who in calls}
    for _ in range(rounds):
        for who, call in calls.items():
            start = time.process_time()
            for _ in range(repeats[who]):
                call()
            times[who].append((time.process_time() - start) / repeats[who])
    return {who: float(np.median(seen)) * 1e3 for who, seen in times.items()}


def import_milliseconds(modules: list[str], repeats: int = 15) -> dict[str, float]:
    """Median of fresh interpreters, taken in turns, less the interpreter's own start."""
    times: dict[str, list[float]] = {module: [] for module in ["sys", *modules]}
    for _ in range(repeats):
        for module, seen in times.items():
            start = time.perf_counter()
            subprocess.run([sys.executable, "-c", f"import {module}"], check=True)
            seen.append(time.perf_counter() - start)
    medians = {module: float(np.median(seen)) * 1e3 for module, seen in times.items()}
    return {module: medians[module] - medians["sys"] for module in modules}


def calls_of(run: Callable[[Any], Any]) -> int:
    count = 0

    def counted(x: Any) -> Any:
        nonlocal count
        count += 1
        return rosenbrock(x)

    run(counted)
    return count


def compare(rows: dict[str, Callable[[], Any]], truth: Any, error: Callable[[Any, Any], float]) -> list[dict[str, Any]]:
    times = milliseconds(rows)
    return [{"who": who, "ms": times[who], "error": error(run(), truth)} for who, run in rows.items()]


def gradients(d: int = 50) -> list[dict[str, Any]]:
    x = np.random.default_rng(0).uniform(-2, 2, d)
    rows: dict[str, Callable[[], Any]] = {
        f"hpmath, {method}": lambda method=method: hpmath.gradient(rosenbrock, x, method=method) for method in OURS
    }
    rows["hpmath, central, step=1e-5"] = lambda: hpmath.gradient(rosenbrock, x, step=1e-5)
    theirs = numdifftools.Gradient(rosenbrock)
    plainest = numdifftools.Gradient(rosenbrock, step=1e-5)
    reverse = autograd.grad(rosenbrock_autograd)
    rows["numdifftools.Gradient, step=1e-5"] = lambda: plainest(x)
    rows["numdifftools.Gradient"] = lambda: theirs(x)
    rows["scipy.differentiate.jacobian (f of many points)"] = lambda: (
        scipy.differentiate.jacobian(rosenbrock_many, x).df
    )
    rows["autograd.grad"] = lambda: reverse(x)
    found = compare(rows, exact_gradient(x), lambda ours, truth: float(np.max(np.abs(ours / truth - 1))))
    for row, method in zip(found, OURS, strict=False):
        row["calls"] = calls_of(lambda f, method=method: hpmath.gradient(f, x, method=method))
    found[5]["calls"] = calls_of(lambda f: hpmath.gradient(f, x, step=1e-5))
    found[6]["calls"] = calls_of(lambda f: numdifftools.Gradient(f, step=1e-5)(x))
    found[7]["calls"] = calls_of(lambda f: numdifftools.Gradient(f)(x))
    return found


def hessians(d: int = 10) -> list[dict[str, Any]]:
    x = np.random.default_rng(0).uniform(-2, 2, d)
    rows: dict[str, Callable[[], Any]] = {
        f"hpmath, {method}": lambda method=method: hpmath.hessian(rosenbrock, x, method=method) for method in OURS
    }
    rows["hpmath, central differences of dual gradients"] = lambda: hpmath.hessian(
        rosenbrock, x, gradient=lambda x: hpmath.gradient(rosenbrock, x, method="dual")
    )
    theirs = numdifftools.Hessian(rosenbrock)
    reverse = autograd.hessian(rosenbrock_autograd)
    rows["numdifftools.Hessian"] = lambda: theirs(x)
    rows["scipy.differentiate.hessian (f of many points)"] = lambda: scipy.differentiate.hessian(rosenbrock_many, x).ddf
    rows["autograd.hessian"] = lambda: reverse(x)
    found = compare(
        rows, exact_hessian(x), lambda ours, truth: float(np.max(np.abs(ours - truth)) / np.max(np.abs(truth)))
    )
    for row, method in zip(found, OURS, strict=False):
        row["calls"] = calls_of(lambda f, method=method: hpmath.hessian(f, x, method=method))
    found[6]["calls"] = calls_of(lambda f: numdifftools.Hessian(f)(x))
    return found


# name, f in NumPy, x, the exact gradient by hand
ILL_SCALED: list[tuple[str, Callable[[Any], Any], list[float], list[float]]] = [
    (
        "sin(x/1e6) + exp(1e6 y) at (1e6, 1e-6)",
        lambda x: np.sin(x[0] / 1e6) + np.exp(1e6 * x[1]),
        [1e6, 1e-6],
        [np.cos(1) / 1e6, 1e6 * np.e],
    ),
    ("exp(x) + sin(y) at (0, 0)", lambda x: np.exp(x[0]) + np.sin(x[1]), [0.0, 0.0], [1.0, 1.0]),
    ("sin(1e6 x + 1) at 0", lambda x: np.sin(1e6 * x[0] + 1), [0.0], [1e6 * np.cos(1)]),
    ("exp(x/1e6) at 0", lambda x: np.exp(x[0] / 1e6), [0.0], [1e-6]),
    ("sin(x) at 1e6", lambda x: np.sin(x[0]), [1e6], [float(np.cos(1e6))]),
    ("1e4 + sin(x) at 1", lambda x: 1e4 + np.sin(x[0]), [1.0], [float(np.cos(1))]),
    ("(log10 x + 3)² at 3e-5", lambda x: (np.log10(x[0]) + 3) ** 2, [3e-5], [
        float(2 * (np.log10(3e-5) + 3) / (3e-5 * np.log(10)))
    ]),
]  # fmt: skip


def ill_scaled() -> list[dict[str, Any]]:
    table = []
    for name, f, x, exact in ILL_SCALED:
        point = np.array(x)
        row: dict[str, Any] = {"case": name}
        candidates: dict[str, Callable[[], Any]] = {
            f"hpmath, {method}": lambda f=f, point=point, method=method: hpmath.gradient(f, point, method=method)
            for method in OURS
        }
        candidates["numdifftools"] = lambda f=f, point=point: np.atleast_1d(numdifftools.Gradient(f)(point))
        candidates["scipy"] = lambda f=f, point=point: np.atleast_1d(scipy.differentiate.jacobian(f, point).df)
        for who, run in candidates.items():
            with np.errstate(all="ignore"):
                row[who] = float(np.max(np.abs(run() / np.array(exact) - 1)))
        table.append(row)
    return table


def report(found: dict[str, Any]) -> str:
    def timed(rows: list[dict[str, Any]], reference: str) -> list[str]:
        (base,) = [row["ms"] for row in rows if row["who"] == reference]
        lines = [
            f"| method | median ms | × {reference} | calls of f | largest relative error |",
            "|---|---:|---:|---:|---:|",
        ]
        for row in rows:
            calls = row.get("calls", "")
            lines.append(f"| {row['who']} | {row['ms']:.2f} | {row['ms'] / base:.2f} | {calls} | {row['error']:.0e} |")
        return [*lines, ""]

    imports = found["import"]
    lines = [
        "# Derivatives: time and error",
        "",
        f"One thread of 2 cores; Python {found['machine']['python']}, NumPy {found['machine']['numpy']}, SciPy "
        f"{found['machine']['scipy']}, numdifftools {found['machine']['numdifftools']}, autograd "
        f"{found['machine']['autograd']}. Median CPU times in one run; written by `benchmarks/calculus.py`.",
        "",
        "## Gradient of Rosenbrock's function, d = 50",
        "",
        "The error is the largest over the coordinates, each relative to its own derivative.",
        "",
        *timed(found["gradient"], "numdifftools.Gradient"),
        "## Hessian of Rosenbrock's function, d = 10",
        "",
        "The error is relative to the largest entry.",
        "",
        *timed(found["hessian"], "numdifftools.Hessian"),
        "## Gradients of ill-scaled functions, no step given",
        "",
        "Largest relative error over the coordinates.",
        "",
    ]
    columns = [name for name in found["ill_scaled"][0] if name != "case"]
    lines += ["| function | " + " | ".join(columns) + " |", "|---|" + "---:|" * len(columns)]
    lines += [
        f"| {row['case']} | " + " | ".join(f"{row[name]:.0e}" for name in columns) + " |" for row in found["ill_scaled"]
    ]
    lines += [
        "",
        "## Import",
        "",
        "Median of 15 fresh interpreters, less the interpreter's own start.",
        "",
        "| module | ms | × numpy |",
        "|---|---:|---:|",
        *(f"| {name} | {ms:.0f} | {ms / imports['numpy']:.2f} |" for name, ms in imports.items()),
        "",
    ]
    return "\n".join(lines)


def main() -> None:
    packages = ("numpy", "scipy", "numdifftools", "autograd")
    found: dict[str, Any] = {
        "machine": {"python": platform.python_version(), **{name: version(name) for name in packages}},
        "gradient": gradients(),
        "hessian": hessians(),
        "ill_scaled": ill_scaled(),
        "import": import_milliseconds(["numpy", "hpmath"]),
    }
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "calculus.json").write_text(json.dumps(found, indent=1) + "\n")
    (RESULTS / "calculus.md").write_text(report(found))
    print(report(found))


if __name__ == "__main__":
    main()
