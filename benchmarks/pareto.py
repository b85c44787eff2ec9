"""Fronts and hypervolumes beside Optuna's and moocore's (C): median CPU time of one thread, and relative errors.

``python benchmarks/pareto.py`` writes ``benchmarks/results/pareto.md``. The contenders of a row take turns, so that a
busy moment of the machine hits all.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import moocore
import numpy as np
import optuna
from _tables import publish
from optuna._hypervolume.wfg import compute_hypervolume
from optuna.study._multi_objective import _fast_non_domination_rank
from threadpoolctl import threadpool_limits

from hpmath import hypervolume, hypervolume_contributions, non_dominated_mask, non_dominated_sort


def medians(*contenders: Callable[[], Any], repeats: int = 25, budget: float = 8.0) -> list[float]:
    """Median time of each in ms, without the first round; fewer rounds where one takes long."""
    seconds: list[list[float]] = []
    begin = time.perf_counter()
    while len(seconds) < repeats and (len(seconds) < 4 or time.perf_counter() - begin < budget):
        row = []
        for run in contenders:
            start = time.process_time()  # a busy machine takes turns, which counts here for nobody
            run()
            row.append(time.process_time() - start)
        seconds.append(row)
    return list(1e3 * np.median(seconds[1:], axis=0))


def uniform(n: int, m: int) -> np.ndarray:
    return np.random.default_rng(n + m).random((n, m))


def front(n: int, m: int) -> np.ndarray:
    """Points of which none dominates another, on the inner side of a sphere."""
    P = np.abs(np.random.default_rng(n + m).normal(size=(n, m)))
    return 1 - P / np.linalg.norm(P, axis=1, keepdims=True)


def row(what: str, times: list[float], error: float | str) -> str:
    mine, optunas, moocores = times
    against = f"{optunas:.3g} | {optunas / mine:.2g}" if np.isfinite(optunas) else "— | —"
    error = error if isinstance(error, str) else f"{error:.0e}"
    return f"| {what} | {mine:.3g} | {against} | {moocores:.3g} | {moocores / mine:.2g} | {error} |"


def sorting() -> list[str]:
    rows = []
    for n, m in [(1_000, 2), (10_000, 2), (100_000, 2), (5_000, 3), (5_000, 5)]:
        Y = uniform(n, m)
        assert (non_dominated_sort(Y) == moocore.pareto_rank(Y)).all()
        contenders = [lambda Y=Y: non_dominated_sort(Y), lambda Y=Y: moocore.pareto_rank(Y)]
        if n <= 10_000:
            contenders.insert(1, lambda Y=Y: _fast_non_domination_rank(Y))
        times = medians(*contenders)
        if len(times) == 2:
            times.insert(1, np.nan)
        rows.append(row(f"`non_dominated_sort`, {n:,} points, {m} objectives", times, "none"))
    for n, m in [(10_000, 2), (10_000, 3)]:
        Y = uniform(n, m)
        assert (non_dominated_mask(Y) == moocore.is_nondominated(Y)).all()
        times = medians(lambda Y=Y: non_dominated_mask(Y), lambda Y=Y: moocore.is_nondominated(Y))
        rows.append(row(f"`non_dominated_mask`, {n:,} points, {m} objectives", [times[0], np.nan, times[1]], "none"))
    return rows


def growth() -> str:
    """The time of the two-objective sort over n log n, relative to n = 1,000."""
    sizes = [1_000, 4_000, 16_000, 64_000, 256_000]
    times = []
    for n in sizes:
        Y = uniform(n, 2)
        times.append(medians(lambda Y=Y: non_dominated_sort(Y))[0] / (n * np.log(n)))
    return ", ".join(f"{n:,}: {t / times[0]:.2f}" for n, t in zip(sizes, times, strict=True))


def volumes() -> list[str]:
    rows = []
    for n, m in [(1_000, 2), (1_000, 3), (100, 4), (100, 5), (50, 6), (20, 10)]:
        Y, reference = front(n, m), np.ones(m)
        exact = moocore.hypervolume(Y, reference)
        times = medians(
            lambda Y=Y, r=reference: hypervolume(Y, r),
            lambda Y=Y, r=reference: compute_hypervolume(Y, r),
            lambda Y=Y, r=reference: moocore.hypervolume(Y, r),
        )
        rows.append(
            row(f"`hypervolume`, {n:,} points, {m} objectives", times, abs(hypervolume(Y, reference) / exact - 1))
        )
    for n, m in [(200, 2), (100, 3)]:
        Y, reference = front(n, m), np.ones(m)
        exact = moocore.hv_contributions(Y, reference)
        ours = hypervolume_contributions(Y, reference)
        times = medians(
            lambda Y=Y, r=reference: hypervolume_contributions(Y, r),
            lambda Y=Y, r=reference: moocore.hv_contributions(Y, r),
        )
        error = np.abs(ours - exact).max() / exact.max()
        rows.append(
            row(f"`hypervolume_contributions`, {n:,} points, {m} objectives", [times[0], np.nan, times[1]], error)
        )
    return rows


def main() -> None:
    lines = [
        f"CPU time of one thread; NumPy {np.__version__}, Optuna {optuna.__version__}, moocore {moocore.__version__}",
        "(C). A ratio is the peer's time over ours. To reach beside Optuna: 3 for the sort of 10,000 in two",
        "objectives, 2 for 5,000 in three; 8 for the hypervolume in three objectives, 3 in four and five; beside",
        "moocore, 0.33 for the hypervolume in two. Errors are relative to moocore; ranks are equal. Points to sort are",
        "uniform in the cube, fronts lie on a sphere.",
        "",
        "| work | hpmath, ms | Optuna, ms | ratio | moocore, ms | ratio | error |",
        "|---|---|---|---|---|---|---|",
        *sorting(),
        *volumes(),
        "",
        f"Time of the two-objective sort over n ln n, relative to that of n = 1,000: {growth()}.",
    ]
    publish("pareto", lines)


if __name__ == "__main__":
    with threadpool_limits(1):
        main()
