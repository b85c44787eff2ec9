"""Does a model of the scores help where people tune with scikit-learn? `SearchCV` beside its peers, and what it costs.

    python benchmarks/sklearn_bridge.py run       # the searches; goes on where it stopped; half an hour of one core
    python benchmarks/sklearn_bridge.py report    # measures the overhead, writes the tables
    python benchmarks/sklearn_bridge.py           # both

**Searches.** Breast cancer, digits (400 images) and wine, each with an SVM behind a scaler (accuracy) and with gradient
boosting (log loss); 30 candidates; three folds, stratified and shuffled. A seed draws the part that is searched on
(half of the data; of digits 400 images) and the folds, the same for all contenders, and seeds the contender. Two scores
of the best candidate: its mean over the folds, which the search maximised, and, refitted, that on data it has not seen.
``HalvingRandomSearchCV`` starts with 30 candidates on few samples and keeps a third at a time; its best candidate is
scored over the same folds as the others'. What has run is kept in ``results/sklearn_bridge/runs.jsonl``.

**Overhead.** 500 candidates of an estimator that does nothing, five folds; processor time, contenders in turn.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import optuna
import scipy
import sklearn
from scipy.stats import loguniform, randint
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.datasets import load_breast_cancer, load_digits, load_wine
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.model_selection import (
    HalvingRandomSearchCV,
    RandomizedSearchCV,
    StratifiedKFold,
    cross_val_score,
    train_test_split,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from threadpoolctl import threadpool_limits

from hpmath import t_interval
from hpmath.bridges.sklearn import SearchCV

RESULTS = Path(__file__).parent / "results"
RUNS = RESULTS / "sklearn_bridge" / "runs.jsonl"
N_CANDIDATES = 30

DATA = {"breast cancer": (load_breast_cancer, 0.5), "digits": (load_digits, 400), "wine": (load_wine, 0.5)}
MODELS = {
    "SVM": (
        make_pipeline(StandardScaler(), SVC(max_iter=100_000)),
        {"svc__C": loguniform(1e-3, 1e4), "svc__gamma": loguniform(1e-6, 1e1), "svc__kernel": ["rbf", "sigmoid"]},
        "accuracy",
    ),
    "boosting": (
        HistGradientBoostingClassifier(early_stopping=False, random_state=0),
        {
            "learning_rate": loguniform(1e-2, 1.0),
            "max_iter": randint(5, 31),
            "max_leaf_nodes": randint(2, 32),
            "min_samples_leaf": randint(1, 31),
            "l2_regularization": loguniform(1e-6, 1e1),
        },
        "neg_log_loss",
    ),
}
OPTUNA = {
    "SVM": {
        "svc__C": optuna.distributions.FloatDistribution(1e-3, 1e4, log=True),
        "svc__gamma": optuna.distributions.FloatDistribution(1e-6, 1e1, log=True),
        "svc__kernel": optuna.distributions.CategoricalDistribution(["rbf", "sigmoid"]),
    },
    "boosting": {
        "learning_rate": optuna.distributions.FloatDistribution(1e-2, 1.0, log=True),
        "max_iter": optuna.distributions.IntDistribution(5, 30),
        "max_leaf_nodes": optuna.distributions.IntDistribution(2, 31),
        "min_samples_leaf": optuna.distributions.IntDistribution(1, 30),
        "l2_regularization": optuna.distributions.FloatDistribution(1e-6, 1e1, log=True),
    },
}


def optuna_search(estimator: Any, space: Any, model: str, settings: dict[str, Any], seed: int) -> Any:
    from optuna_integration import OptunaSearchCV

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(direction="maximize", sampler=optuna.samplers.TPESampler(seed=seed))
    return OptunaSearchCV(estimator, OPTUNA[model], n_trials=N_CANDIDATES, max_iter=10**6, study=study, **settings)


def randomized(estimator: Any, space: Any, model: str, settings: dict[str, Any], seed: int) -> Any:
    return RandomizedSearchCV(estimator, space, n_iter=N_CANDIDATES, random_state=seed, **settings)


def halving(estimator: Any, space: Any, model: str, settings: dict[str, Any], seed: int) -> Any:
    return HalvingRandomSearchCV(estimator, space, n_candidates=N_CANDIDATES, random_state=seed, **settings)


def ours(method: str) -> Callable[..., Any]:
    def make(estimator: Any, space: Any, model: str, settings: dict[str, Any], seed: int) -> Any:
        return SearchCV(estimator, space, method=method, n_iter=N_CANDIDATES, random_state=seed, **settings)

    return make


CONTENDERS: dict[str, Callable[..., Any]] = {
    "RandomizedSearchCV": randomized,
    "HalvingRandomSearchCV": halving,
    "OptunaSearchCV": optuna_search,
    'SearchCV "tpe"': ours("tpe"),
    'SearchCV "bo"': ours("bo"),
}


# --- the searches


def search(data: str, model: str, contender: str, seed: int) -> dict[str, Any]:
    load, train_size = DATA[data]
    X, y = load(return_X_y=True)
    X, X_test, y, y_test = train_test_split(X, y, train_size=train_size, stratify=y, random_state=seed)
    estimator, space, scoring = MODELS[model]
    cv = StratifiedKFold(3, shuffle=True, random_state=seed)
    found = CONTENDERS[contender](clone(estimator), space, model, {"cv": cv, "scoring": scoring}, seed)
    start = time.process_time()
    found.fit(X, y)
    seconds = time.process_time() - start
    cv_score = found.best_score_
    if contender == "HalvingRandomSearchCV":
        best = clone(estimator).set_params(**found.best_params_)
        cv_score = cross_val_score(best, X, y, cv=cv, scoring=scoring).mean()
    return {
        "data": data,
        "model": model,
        "contender": contender,
        "seed": seed,
        "cv": float(cv_score),
        "test": float(found.score(X_test, y_test)),
        "seconds": seconds,
    }


def finished() -> list[dict[str, Any]]:
    return [json.loads(line) for line in RUNS.read_text().splitlines()] if RUNS.exists() else []


def run(n_seeds: int) -> None:
    done = {(r["data"], r["model"], r["contender"], r["seed"]) for r in finished()}
    with RUNS.open("a") as file, threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for seed in range(n_seeds):
            for data in DATA:
                for model in MODELS:
                    for contender in CONTENDERS:
                        if (data, model, contender, seed) not in done:
                            file.write(json.dumps(search(data, model, contender, seed)) + "\n")
                            file.flush()


# --- the overhead


class Nothing(ClassifierMixin, BaseEstimator):
    """Fits nothing."""

    def __init__(self, a: float = 1.0, b: float = 1.0, c: int = 1, d: str = "x") -> None:
        self.a, self.b, self.c, self.d = a, b, c, d

    def fit(self, X: Any, y: Any) -> Nothing:
        """Note the classes."""
        self.classes_ = np.unique(y)
        return self

    def score(self, X: Any, y: Any) -> float:
        """Score by the parameters alone."""
        return -(np.log(self.a) ** 2) - np.log(self.b) ** 2 - self.c / 50


def overhead(n: int = 500, rounds: int = 5) -> dict[str, float]:
    """Milliseconds a candidate."""
    space = {"a": loguniform(1e-3, 1e3), "b": loguniform(1e-3, 1e3), "c": randint(1, 50), "d": ["x", "y", "z"]}
    X, y = np.random.default_rng(0).random((100, 3)), np.arange(100) % 2

    def bo_100() -> Any:
        return SearchCV(Nothing(), space, method="bo", n_iter=100, cv=5, random_state=0, refit=False)

    makers: dict[str, tuple[int, Callable[[], Any]]] = {
        "RandomizedSearchCV": (n, lambda: RandomizedSearchCV(Nothing(), space, n_iter=n, cv=5, refit=False))
    }
    for method in ("random", "sobol", "tpe"):
        makers[f'SearchCV "{method}"'] = (
            n,
            lambda method=method: SearchCV(Nothing(), space, method=method, n_iter=n, cv=5, refit=False),
        )
    makers['SearchCV "bo", 100 candidates'] = (100, bo_100)
    seconds: dict[str, list[float]] = {name: [] for name in makers}
    for _ in range(rounds):
        for name, (size, make) in makers.items():
            start = time.process_time()
            make().fit(X, y)
            seconds[name].append((time.process_time() - start) / size)
    return {name: 1e3 * statistics.median(times) for name, times in seconds.items()}


# --- the report


def shown(differences: np.ndarray) -> str:
    interval = t_interval(differences)
    return f"{interval.estimate:+.2f} ({interval.low:+.2f}, {interval.high:+.2f})"


def report() -> None:
    table: dict[tuple[str, str, str], dict[int, dict[str, Any]]] = {}
    for row in finished():
        table.setdefault((row["data"], row["model"], row["contender"]), {})[row["seed"]] = row
    seeds = sorted(set.intersection(*(set(runs) for runs in table.values())))
    scores = {
        key: {name: np.array([runs[s][key] for s in seeds]) for name, runs in table.items()} for key in ("cv", "test")
    }
    n = len(seeds)

    details = ["| problem | search | over the folds | unseen | s |", "|---|---|--:|--:|--:|"]
    pooled: dict[str, dict[str, list[Any]]] = {name: {"cv": [], "test": []} for name in CONTENDERS}
    for data in DATA:
        for model in MODELS:
            for contender in CONTENDERS:
                cells = []
                for key in ("cv", "test"):
                    mine, base = scores[key][data, model, contender], scores[key][data, model, "RandomizedSearchCV"]
                    pooled[contender][key].append((mine - base) / base.std(ddof=1))
                    first = contender == "RandomizedSearchCV"
                    cells.append(f"{100 * mine.mean():.2f}" if first else shown(100 * (mine - base)))
                seconds = statistics.median(table[data, model, contender][s]["seconds"] for s in seeds)
                details.append(f"| {data}, {model} | {contender} | {' | '.join(cells)} | {seconds:.1f} |")
    worst = min(
        (float(difference), contender, problem, seeds[s])
        for contender, columns in pooled.items()
        for problem, row in zip(((d, m) for d in DATA for m in MODELS), columns["cv"], strict=True)
        for s, difference in enumerate(row)
    )
    overall = ["| search | over the folds | unseen |", "|---|--:|--:|"]
    for contender in list(CONTENDERS)[1:]:
        cells = [shown(np.mean(pooled[contender][key], axis=0)) for key in ("cv", "test")]
        overall.append(f"| {contender} | {' | '.join(cells)} |")

    with threadpool_limits(1):
        costs = overhead()
    base_cost = costs["RandomizedSearchCV"]
    costly = ["| search | ms a candidate | ratio |", "|---|--:|--:|"]
    costly += [f"| {name} | {ms:.2f} | {ms / base_cost:.2f} |" for name, ms in costs.items()]

    head = f"""\
Breast cancer, digits (400 images) and wine, each with an SVM and with gradient boosting; 30 candidates, three folds,
{n} seeds, each with the same splits for all. *Over the folds* is the score of the best candidate that the search found,
*unseen* its score, refitted, on data held out from the search. Differences to `RandomizedSearchCV`, seed by seed, over
all six problems; in units of the standard deviation of its score over the seeds; more is better; with 95 % intervals.

{chr(10).join(overall)}

The worst of the single differences over the folds, {worst[0]:.0f}, is that of {worst[1]} on
{" with ".join(worst[2])}, seed {worst[3]}.
"""
    versions = f"""\
scikit-learn {sklearn.__version__}, Optuna {optuna.__version__} with optuna-integration (`TPESampler` as it comes), \
NumPy {np.__version__}, SciPy {scipy.__version__}; one thread.
"""
    text = f"""\
{head}
Problem by problem: accuracy in % of the SVM, minus the log loss of boosting times 100. Rows of `RandomizedSearchCV` are
means, the others differences to it; the last column is the median of a search's processor time.

{chr(10).join(details)}

What a candidate costs besides its fits, on an estimator that does nothing: 500 candidates, five folds, processor time.

{chr(10).join(costly)}

{versions}"""
    (RESULTS / "sklearn_bridge.md").write_text(text)
    (RESULTS / "sklearn_bridge" / "overall.md").write_text(f"{head}\n{versions}")
    print(text)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["run", "report", "both"], nargs="?", default="both")
    parser.add_argument("--seeds", type=int, default=20)
    arguments = parser.parse_args()
    if arguments.what != "report":
        run(arguments.seeds)
    if arguments.what != "run":
        report()
