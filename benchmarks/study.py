"""What a trial costs besides its objective: `minimize` on every executor, with and without a log, beside Optuna.

``python benchmarks/study.py`` writes ``benchmarks/results/study.md``. The objective does nothing, so all the time is
overhead. Contenders take turns, round after round; a row is the median round.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import distributed
import loky
import numpy as np
import optuna
from threadpoolctl import threadpool_limits

import hpmath
from hpmath import Integer, LogUniform, minimize

RESULTS = Path(__file__).parent / "results" / "study.md"
SPACE = {"lr": LogUniform(1e-5, 1e-1), "layers": Integer(1, 5), "act": ["relu", "tanh"]}
FLYING = 2


def nothing(config: Any) -> float:
    return 0.0


def ours(n: int, folder: str, log: bool, **options: Any) -> Callable[[], None]:
    def run() -> None:
        path = tempfile.mktemp(suffix=".jsonl", dir=folder) if log else None
        study = minimize(nothing, SPACE, method="random", n_trials=n, rng=0, log=path, **options)
        assert len(study.trials) == n

    return run


def theirs(n: int, folder: str, log: bool) -> Callable[[], None]:
    def objective(trial: Any) -> float:
        trial.suggest_float("lr", 1e-5, 1e-1, log=True)
        trial.suggest_int("layers", 1, 5)
        trial.suggest_categorical("act", ["relu", "tanh"])
        return 0.0

    def run() -> None:
        storage = None
        if log:
            backend = optuna.storages.journal.JournalFileBackend(tempfile.mktemp(suffix=".log", dir=folder))
            storage = optuna.storages.JournalStorage(backend)
        study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0), storage=storage)
        study.optimize(objective, n_trials=n)

    return run


def raw_dask(client: Any, n: int) -> Callable[[], None]:
    """Submit and wait, FLYING at a time: Dask alone."""

    def run() -> None:
        flying = distributed.as_completed([client.submit(nothing, {}, pure=False) for _ in range(FLYING)])
        started = FLYING
        for future in flying:
            future.result()
            if started < n:
                flying.add(client.submit(nothing, {}, pure=False))
                started += 1

    return run


def per_trial(contenders: dict[str, tuple[int, Callable[[], None]]], rounds: int = 5) -> dict[str, float]:
    """Median ms a trial of each, over rounds in which they take turns; one more before them to warm up."""
    seconds: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(rounds + 1):
        for name, (n, run) in contenders.items():
            start = time.perf_counter()
            run()
            seconds[name].append((time.perf_counter() - start) / n)
    return {name: 1e3 * statistics.median(times[1:]) for name, times in seconds.items()}


def fsync_alone(folder: str) -> float:
    """Median ms of a line written and fsynced."""
    file = os.open(os.path.join(folder, "raw"), os.O_CREAT | os.O_WRONLY | os.O_APPEND)
    seconds = []
    for _ in range(200):
        start = time.perf_counter()
        os.write(file, b"x" * 200)
        os.fsync(file)
        seconds.append(time.perf_counter() - start)
    os.close(file)
    return 1e3 * statistics.median(seconds)


def executors(folder: str) -> list[str]:
    n = 500
    rows = []
    with ProcessPoolExecutor(FLYING, mp_context=get_context("spawn")) as pool:
        where = {
            "inline": {},
            "threads": {"n_workers": FLYING},
            "process pool": {"executor": pool, "n_workers": FLYING},
            "loky": {"executor": loky.get_reusable_executor(FLYING), "n_workers": FLYING},
        }
        contenders = {}
        for name, options in where.items():
            for log in (False, True):
                contenders[f"{name}{log}"] = (n, ours(n, folder, log, **options))
        for log in (False, True):
            contenders[f"optuna{log}"] = (100 if log else n, theirs(100 if log else n, folder, log))
        took = per_trial(contenders)
        loky.get_reusable_executor().shutdown()
    for name in [*where, "optuna"]:
        shown = "Optuna, inline, random; with its journal file" if name == "optuna" else f"hpmath, {name}"
        rows.append(f"| {shown} | {took[f'{name}False']:.2g} | {took[f'{name}True']:.2g} |")
    rows.append(f"| a line written and fsynced by itself | | {fsync_alone(folder):.2g} |")
    return rows


def dask(folder: str) -> list[str]:
    n = 200
    rows = []
    for processes in (False, True):
        with (
            distributed.LocalCluster(
                n_workers=1, threads_per_worker=FLYING, processes=processes, dashboard_address=None
            ) as cluster,
            distributed.Client(cluster) as client,
        ):
            options = {"executor": client.get_executor(pure=False), "n_workers": FLYING}
            took = per_trial(
                {
                    "raw": (n, raw_dask(client, n)),
                    "plain": (n, ours(n, folder, False, **options)),
                    "log": (n, ours(n, folder, True, **options)),
                }
            )
        where = "a worker in a process of its own" if processes else "a worker in this process"
        times = " | ".join(f"{took[name]:.2g}" for name in ("raw", "plain", "log"))
        rows.append(f"| {where} | {times} | {took['log'] / took['raw']:.2f} |")
    return rows


def growth(folder: str) -> list[str]:
    """ms a trial in each thousand of ten thousand, median of three runs."""
    table = []
    for i in range(3):
        stamps = [time.perf_counter()]
        minimize(
            nothing,
            SPACE,
            method="random",
            n_trials=10_000,
            rng=i,
            log=os.path.join(folder, f"long{i}.jsonl"),
            callbacks=lambda study, trial, stamps=stamps: stamps.append(time.perf_counter()),
        )
        table.append(np.diff(stamps).reshape(10, 1000).mean(axis=1))
    means = 1e3 * np.median(table, axis=0)
    start = time.perf_counter()
    minimize(nothing, SPACE, method="random", n_trials=10_001, rng=0, log=os.path.join(folder, "long0.jsonl"))
    resumed = time.perf_counter() - start
    return [
        "| trials | ms a trial |",
        "| --- | --- |",
        *(f"| {1000 * i + 1:,} to {1000 * (i + 1):,} | {mean:.2g} |" for i, mean in enumerate(means)),
        f"| resuming from the log of 10,000, in all | {1e3 * resumed:.0f} |",
    ]


def main() -> None:
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    with threadpool_limits(1), tempfile.TemporaryDirectory(dir=RESULTS.parent) as folder:
        lines = [
            f"Overhead of a trial whose objective does nothing, ms, {FLYING} in flight where there are workers; "
            f"hpmath {hpmath.__version__}, Optuna {optuna.__version__}, loky {loky.__version__}, "
            f"Dask {distributed.__version__}.",
            "",
            "| driver | without a log | with a log |",
            "| --- | --- | --- |",
            *executors(folder),
            "",
            "The log is written at once and fsynced by a thread, which makes one fsync of all lines that came while",
            "the disk was busy: that is why a trial may take less time than an fsync.",
            "",
            f"Dask, {FLYING} in flight, ms a trial:",
            "",
            "| cluster | Dask alone: submit, as_completed | hpmath | hpmath with a log | ratio |",
            "| --- | --- | --- | --- | --- |",
            *dask(folder),
            "",
            "Random search, inline, with a log: does a trial cost more when there are many before it?",
            "",
            *growth(folder),
        ]
    RESULTS.write_text("\n".join(lines) + "\n")
    print(RESULTS.read_text())


if __name__ == "__main__":
    main()
