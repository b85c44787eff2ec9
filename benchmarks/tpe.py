"""TPE beside Optuna's and Hyperopt's: time of one ask and tell with many trials behind it, and what the kernels cost.

``python benchmarks/tpe.py`` writes ``benchmarks/results/tpe.md``. The contenders take turns, trial by trial, so that a
busy moment of the machine hits all; times are CPU times of the one thread. ``benchmarks/regret.py`` measures regret.

The space has five hyperparameters: log-uniform, uniform, an integer of 5 values, a logarithmic one of 505, and three
choices. Past trials are random ones; none is failed or pending. Every contender draws 24 candidates from l, and has at
most 25 good trials.
"""

from __future__ import annotations

import functools
import time
import warnings
from collections.abc import Callable
from importlib.metadata import version
from typing import Any

import numpy as np
from _tables import publish
from threadpoolctl import threadpool_limits

from hpmath import TPE, Integer, LogUniform, Space, Uniform

SIZES = (100, 1000, 5000)
SPACE = Space(
    {
        "lr": LogUniform(1e-5, 1e-1),
        "momentum": Uniform(0.5, 0.99),
        "layers": Integer(1, 5),
        "width": Integer(8, 512, log=True),
        "act": ["relu", "tanh", "gelu"],
    }
)


def loss(config: dict[str, Any]) -> float:
    smooth = abs(np.log10(config["lr"]) + 3) + abs(config["momentum"] - 0.9) + abs(np.log(config["width"]) - 4) / 5
    return float(smooth + abs(config["layers"] - 3) / 10 + (config["act"] == "tanh") / 10)


# Each contender is given the past and returns a step: one ask, the loss, one tell


def ours(past: list[dict[str, Any]], **settings: Any) -> Callable[[], None]:
    search = TPE(SPACE, rng=0, **settings)
    search.tell(past, [loss(config) for config in past])

    def step() -> None:
        configs = search.ask()
        search.tell(configs, [loss(config) for config in configs])

    return step


def optuna_tpe(past: list[dict[str, Any]], *, multivariate: bool) -> Callable[[], None]:
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    distributions = {
        "lr": optuna.distributions.FloatDistribution(1e-5, 1e-1, log=True),
        "momentum": optuna.distributions.FloatDistribution(0.5, 0.99),
        "layers": optuna.distributions.IntDistribution(1, 5),
        "width": optuna.distributions.IntDistribution(8, 512, log=True),
        "act": optuna.distributions.CategoricalDistribution(["relu", "tanh", "gelu"]),
    }
    sampler = optuna.samplers.TPESampler(
        seed=0, n_startup_trials=10, n_ei_candidates=24, multivariate=multivariate, constant_liar=False
    )
    study = optuna.create_study(sampler=sampler)
    make = optuna.trial.create_trial
    study.add_trials([make(params=config, distributions=distributions, value=loss(config)) for config in past])

    def step() -> None:
        trial = study.ask(distributions)
        study.tell(trial, loss(trial.params))

    return step


def hyperopt_tpe(past: list[dict[str, Any]]) -> Callable[[], None]:
    from hyperopt import Trials, hp, tpe
    from hyperopt.base import JOB_STATE_DONE, Domain

    space = {
        "lr": hp.loguniform("lr", np.log(1e-5), np.log(1e-1)),
        "momentum": hp.uniform("momentum", 0.5, 0.99),
        "layers": hp.uniformint("layers", 1, 5),
        "width": hp.qloguniform("width", np.log(8), np.log(512), 1),
        "act": hp.choice("act", ["relu", "tanh", "gelu"]),
    }
    acts, trials = ["relu", "tanh", "gelu"], Trials()
    domain = Domain(loss, space)

    def told(docs: list[Any], values: list[float]) -> None:
        for doc, value in zip(docs, values, strict=True):
            doc["state"], doc["result"] = JOB_STATE_DONE, {"loss": value, "status": "ok"}
        trials.insert_trial_docs(docs)
        trials.refresh()

    docs = []
    for i, config in enumerate(past):
        stored = {**config, "act": acts.index(config["act"])}
        misc = {"tid": i, "cmd": domain.cmd, "workdir": None}
        misc |= {"idxs": {name: [i] for name in stored}, "vals": {name: [value] for name, value in stored.items()}}
        docs += trials.new_trial_docs([i], [None], [{"status": "new"}], [misc])
    told(docs, [loss(config) for config in past])

    def step() -> None:
        (i,) = trials.new_trial_ids(1)
        docs = tpe.suggest([i], domain, trials, seed=i, n_startup_jobs=10, n_EI_candidates=24, gamma=0.25)
        values = {name: value[0] for name, value in docs[0]["misc"]["vals"].items()}
        told(docs, [loss({**values, "act": acts[int(values["act"])]})])

    return step


CONTENDERS: dict[str, Callable[[list[dict[str, Any]]], Callable[[], None]]] = {
    "hpmath, multivariate": ours,
    "hpmath, univariate": functools.partial(ours, multivariate=False),
    "Optuna, multivariate": functools.partial(optuna_tpe, multivariate=True),
    "Optuna, univariate": functools.partial(optuna_tpe, multivariate=False),
    "Hyperopt": hyperopt_tpe,
}


def medians(n: int, repeats: int) -> dict[str, float]:
    """Median CPU ms of a step of each contender with n past trials and few more."""
    past = SPACE.sample(n, rng=1)
    steps = {name: make(past) for name, make in CONTENDERS.items()}
    seconds: dict[str, list[float]] = {name: [] for name in steps}
    for _ in range(repeats):
        for name, step in steps.items():
            start = time.process_time()
            step()
            seconds[name].append(time.process_time() - start)
    return {name: 1e3 * float(np.median(found[2:])) for name, found in seconds.items()}


def main() -> None:
    found = {n: medians(n, repeats=42) for n in SIZES}
    lines = [
        f"One thread; NumPy {np.__version__}, Optuna {version('optuna')}, Hyperopt {version('hyperopt')}. "
        "Median CPU ms of one ask and tell, five mixed hyperparameters, 24 candidates, at most 25 good trials.",
        "To reach at 1,000 and 5,000: a tenth of each of the others.",
        "",
        "| past trials | " + " | ".join(f"{n:,}" for n in SIZES) + " |",
        "|---|" + "---|" * len(SIZES),
    ]
    lines += [f"| {name} | " + " | ".join(f"{found[n][name]:.2g}" for n in SIZES) + " |" for name in CONTENDERS]
    lines += ["", "Their time over ours:", "", "| | " + " | ".join(f"{n:,}" for n in SIZES) + " |"]
    lines.append("|---|" + "---|" * len(SIZES))
    for mine, other in [
        ("multivariate", "Optuna, multivariate"),
        ("univariate", "Optuna, univariate"),
        ("multivariate", "Hyperopt"),
        ("univariate", "Hyperopt"),
        ("univariate", "Optuna, multivariate"),
    ]:
        ratios = [found[n][other] / found[n][f"hpmath, {mine}"] for n in SIZES]
        lines.append(f"| {mine} against {other} | " + " | ".join(f"{ratio:.1f}" for ratio in ratios) + " |")
    publish("tpe", lines)


if __name__ == "__main__":
    warnings.filterwarnings("ignore")
    with threadpool_limits(1):
        main()
