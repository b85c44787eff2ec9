"""What does a cross-validated search remember while it runs, and how does its log know it again? Part of ``sklearn``.

Start reading at `Run.ask` and `Run.tell`, the searcher's side of the loop in `SearchCV`; then `Run.begin`, where a log
is refused or taken in, and `Run.take`, which receives scikit-learn's results.

Symbols: a fold is the dict that scikit-learn reports of one fit (``test_scores``, ``fit_time`` ...; ``test_scores`` is
None if all fits of its candidate failed); a candidate has k of them. Values are minus mean scores.
"""

from __future__ import annotations

import copy
import hashlib
import inspect
import math
import os
import re
import sys
import sysconfig
import warnings
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import replace
from functools import partial
from types import CodeType, FunctionType
from typing import Any

import joblib  # type: ignore[import-untyped,unused-ignore]
import numpy as np
from sklearn.exceptions import FitFailedWarning
from sklearn.utils import check_random_state

from hpmath._checks import as_count
from hpmath._log import Log, Row, differences, header_of, refuse
from hpmath._trial import Trial, row_of, trial_of
from hpmath._values import is_number, python_value, value_key
from hpmath.distributions import Categorical, Distribution
from hpmath.searchers import NSGA2, BayesianOptimization, GridSearch, QuasiRandomSearch, RandomSearch, Searcher
from hpmath.space import Config, Space
from hpmath.study import Study, _as_searcher

__all__ = ["Run", "as_path", "is_all_failed"]

Fold = dict[str, Any]
_BLIND = (RandomSearch, GridSearch, QuasiRandomSearch)  # learn nothing: they need not wait for scores
_ALL_FAILED = re.compile(r"\s*All the \d+ fits failed")  # how scikit-learn gives up on a batch


class Run:
    """A search that runs: its candidates so far, whom it asks, and the log.

    Parameters
    ----------
    search : SearchCV
    log : Log or None
        Open.
    X, y : array-like
        The data.
    params : dict
        What was passed to ``fit`` beside them.
    """

    def __init__(self, search: Any, log: Log | None, X: Any, y: Any, params: Row) -> None:
        self.search, self.log, self.data = search, log, (X, y, params)
        self.n_iter = as_count(search.n_iter, "n_iter")
        header = None if log is None else log.header
        given = isinstance(search.method, Searcher)
        rng = _seed(search.random_state, given, header)
        self.searcher, self.seed = _as_searcher(search.method, _as_space(search.param_distributions), rng, header)
        self.searcher = copy.deepcopy(self.searcher) if given else self.searcher
        self.rest = None if given else _all_candidates(self.searcher, self.n_iter)
        self.metrics = _metrics(search.scoring)  # None: a callable's are not known before it was called
        self.objectives = ["score"]
        self.configs: list[Config] = []
        self.folds: list[list[Fold]] = []
        self.trials: list[Trial] = []
        self.known: dict[Hashable, list[Fold]] = {}  # the folds of each configuration evaluated
        self.errors: dict[Hashable, str] = {}
        self.results: Row = {}  # what will be cv_results_
        self.splits: list[Any] = []
        self.marks: Row = {}
        self.n_told = self.n_written = self.n_taken = self.n_logged = 0
        self.recording = True

    @property
    def n_splits(self) -> int:
        """How many fits a candidate takes."""
        return max(1, len(self.splits))

    # --- the searcher

    def ask(self) -> list[Config]:
        """The candidates to evaluate next; none if there are enough, or no others."""
        wanted = self.n_iter - len(self.trials)
        if wanted <= 0:
            return []
        if self.rest is not None:
            self.rest = [config for config in self.rest if self._key(config) not in self.known]
            return self.rest[: min(wanted, self._size())]
        # those logged of a batch that was cut off are asked for with it, and told with it, as if it had not been
        ahead = Counter(map(self._key, self.configs[self.n_told :]))
        fresh = []
        for config in self.searcher.ask(min(self._size(), self.n_iter - self.n_told)):
            key = self._key(config)
            if ahead[key]:
                ahead[key] -= 1
            else:
                fresh.append(config)
        return fresh[:wanted]

    def unknown(self, configs: list[Config]) -> list[Config]:
        """Those of the candidates that have not been evaluated, each once."""
        new = {self._key(config): config for config in configs}
        return [config for key, config in new.items() if key not in self.known]

    def take(self, config: Config, folds: list[Fold]) -> None:
        """Remember what scikit-learn found of a candidate."""
        if not self.recording:
            self._compare(config, folds)
            return
        self.known[self._key(config)] = folds
        errors = [fold["fit_error"] for fold in folds if fold["fit_error"] is not None]
        if errors:
            self.errors[self._key(config)] = _last_line(errors[-1])
        if len(errors) == len(folds):
            folds[:] = [{**fold, "test_scores": None, "train_scores": None} for fold in folds]
        elif self.metrics is None:
            scores = next(fold["test_scores"] for fold in folds if fold["fit_error"] is None)
            self._follow(list(scores) if isinstance(scores, dict) else ["score"])

    def _compare(self, config: Config, folds: list[Fold]) -> None:
        """Say so if a candidate of a complete log scores otherwise today."""
        now, before = self._values(folds), self._values(self.known[self._key(config)])
        if not np.allclose(now, before, rtol=1e-6, atol=1e-9, equal_nan=True):
            shown = ["(" + ", ".join(f"{-value:.6g}" for value in values) + ")" for values in (now, before)]
            warnings.warn(
                f"the candidate that was fitted again scores {shown[0]}, the log has {shown[1]}: the log is of another "
                "estimator or metric, or they are random (give them a random_state)",
                stacklevel=6,
            )

    def take_failures(self, configs: list[Config], error: Exception, seconds: float) -> None:
        """Remember candidates of which every fit failed."""
        for config in configs:
            time = {"fit_time": seconds / (len(configs) * self.n_splits), "score_time": 0.0, "n_test_samples": 0}
            fold = {"fit_error": str(error), "test_scores": None, "train_scores": None, **time}
            self.known[self._key(config)] = [dict(fold) for _ in range(self.n_splits)]
            self.errors[self._key(config)] = _last_line(str(error))

    def tell(self, configs: list[Config], started: float) -> None:
        """Add evaluated candidates to the search, its log and its searcher."""
        for config in configs:
            folds = self.known[self._key(config)]
            values, error = self._values(folds), self.errors.get(self._key(config))
            complete = all(map(math.isfinite, values))
            if not complete:
                values, error = (math.nan,) * len(values), error or "a score is not finite"
            seconds = sum(fold["fit_time"] + fold["score_time"] for fold in folds)
            state = "complete" if complete else "failed"
            error = None if complete else error
            self._add(config, folds, Trial(len(self.trials), config, values, state, float(seconds), error, started))
        self._write()
        self._tell(len(self.trials))

    def _tell(self, until: int) -> None:
        new = self.trials[self.n_told : until]
        if new:
            self.searcher.tell([trial.config for trial in new], [list(trial.values) for trial in new])
        self.n_told = until

    def _add(self, config: Config, folds: list[Fold], trial: Trial) -> None:
        self.configs.append(config)
        self.folds.append(folds)
        self.trials.append(trial)

    def _values(self, folds: list[Fold]) -> tuple[float, ...]:
        if folds[0]["test_scores"] is None:
            return (math.nan,) * len(self.objectives)
        scores = [fold["test_scores"] for fold in folds]
        if not isinstance(next((s for s in scores if isinstance(s, dict)), None), dict):
            return (-float(np.mean(scores)),)
        return tuple(-float(np.mean([score[name] for score in scores])) for name in self.objectives)

    def _key(self, config: Config) -> Hashable:
        return self.searcher._key(config)

    def _size(self) -> int:
        """How many candidates to evaluate at a time."""
        if self.log is None and (self.rest is not None or isinstance(self.searcher, _BLIND)):
            return self.n_iter
        n_jobs: int = joblib.effective_n_jobs(self.search.n_jobs)
        return math.ceil(n_jobs / self.n_splits)

    def _follow(self, metrics: list[str]) -> None:
        """Settle which metrics are the objectives."""
        search, shown = self.search, ", ".join(map(repr, metrics))
        self.metrics = metrics
        if len(metrics) == 1:
            self.objectives = metrics
        elif isinstance(search.refit, str) and not isinstance(self.searcher, NSGA2):
            if search.refit not in metrics:
                raise ValueError(f"refit must be one of the metrics {shown}, got {search.refit!r}")
            self.objectives = [search.refit]
        elif search.refit is True:
            raise ValueError(f"refit must be False, callable or one of the metrics {shown}, got True")
        elif isinstance(self.searcher, BayesianOptimization):
            raise ValueError(
                f"method 'bo' follows one metric and scoring has {len(metrics)}: "
                f"give refit one of {shown}, or use method 'nsga2' or 'tpe', which follow several"
            )
        else:
            self.objectives = metrics
        self.trials = [replace(trial, values=(math.nan,) * len(self.objectives)) for trial in self.trials]

    # --- the log

    def begin(self, splits: list[Any]) -> None:
        """Know the folds, refuse another search's log, and take in the candidates of ours."""
        self.splits = splits
        if self.metrics is not None:
            self._follow(self.metrics)
        if self.log is None:
            return
        self.marks = _marks(self.search, *self.data, splits)
        if self.log.header is None:
            return
        before = self.log.header.get("sklearn")
        if before is None:
            raise ValueError(f"log {self.log.path} is of no SearchCV: give it another file")
        if self.metrics is None:
            self._follow(before["metrics"])
        found = differences(self.searcher, len(self.objectives), self.log.header)
        refuse(found + _differing(self._all_marks(), before), self.log.path)
        self.log.start(self.log.header)
        decode, m = self.searcher.space.from_json, len(self.objectives)
        for row in self.log.rows[: self.n_iter]:
            trial, folds = trial_of(row, decode, m, self.log.path), _folds_of(row, self.log.path)
            self.known[self._key(trial.config)] = folds
            if trial.error is not None:
                self.errors[self._key(trial.config)] = trial.error
            self._add(trial.config, folds, trial)
        self.n_written = self.n_logged = len(self.trials)
        self._tell(self.n_written // self._size() * self._size())

    def _all_marks(self) -> Row:
        return {**self.marks, "metrics": self.metrics, "objectives": self.objectives}

    def _write(self) -> None:
        """Write what is not written, once it is known of how many objectives."""
        if self.log is None or self.metrics is None:
            return
        if self.log.header is None:
            header = header_of(self.searcher, len(self.objectives), self.seed)
            self.log.start({**header, "sklearn": self._all_marks()})
        for i in range(self.n_written, len(self.trials)):
            self.log.append({**row_of(self.trials[i], self.searcher.space), "folds": _row_of(self.folds[i])})
        self.n_written = len(self.trials)

    # --- the end

    def finish(self) -> None:
        """Tell what is left, and say how many failed.

        Raises
        ------
        ValueError
            If all did.
        """
        self._tell(len(self.trials))
        n, failed = len(self.trials), [i for i, folds in enumerate(self.folds) if folds[0]["test_scores"] is None]
        if failed:
            last, n_old = self.trials[failed[-1]].error, sum(i < self.n_logged for i in failed)
            if n_old and self.log is not None:
                last = (
                    f"{last}; {n_old} of these candidates come from the log {self.log.path} and were not fitted now: "
                    "to try them again delete it, or its lines from the first failure on"
                )
            if len(failed) == n:
                raise ValueError(
                    f"All the {n * self.n_splits} fits failed, so the estimator or the space is probably wrong "
                    f"(error_score='raise' stops at the first); the last error: {last}"
                )
            warnings.warn(
                f"{len(failed)} of {n} candidates failed in every fit, their scores are {self.search.error_score}; "
                f"the last error: {last}",
                FitFailedWarning,
                stacklevel=5,
            )

    def look(self) -> None:
        """Say so if no candidate has a score: the last warning, after all of scikit-learn's."""
        if all(trial.state == "failed" for trial in self.trials):
            warnings.warn(
                "no candidate has a score, so best_params_ is only the first: the mean of each one's scores is NaN, "
                f"look at scoring={self.search.scoring!r}; the last error: {self.trials[-1].error}",
                stacklevel=5,
            )

    def quickest(self) -> Config:
        """The candidate that is evaluated again most cheaply."""
        sound = [trial for trial in self.trials if self.known[self._key(trial.config)][0]["test_scores"] is not None]
        return min(sound, key=lambda trial: (trial.state == "failed", trial.seconds)).config

    def all_folds(self) -> list[Fold]:
        """All folds, as scikit-learn wants them: with the error score for what failed."""
        folds = [fold for of_one in self.folds for fold in of_one]
        shape = next(fold["test_scores"] for fold in folds if fold["test_scores"] is not None)
        score = self.search.error_score
        missing = dict.fromkeys(shape, score) if isinstance(shape, dict) else score
        names = ["test_scores", "train_scores"] if self.search.return_train_score else ["test_scores"]
        return [
            {**{name: missing if fold[name] is None else fold[name] for name in names},
             "fit_time": fold["fit_time"], "score_time": fold["score_time"]}
            for fold in folds
        ]  # fmt: skip

    def study(self) -> Study:
        """The candidates as trials."""
        return Study(self.searcher.space, n_objectives=len(self.objectives), trials=self.trials, searcher=self.searcher)


def is_all_failed(error: Exception) -> bool:
    """Whether scikit-learn gave up because every fit of a batch failed."""
    return _ALL_FAILED.match(str(error)) is not None


# --- the arguments


def as_path(log: Any) -> str:
    """Return the path of a log."""
    if not isinstance(log, (str, os.PathLike)):
        raise TypeError(f"log must be the path of a file or None, got {log!r}")
    return str(os.fspath(log))


def _as_space(given: Any) -> Space | None:
    if given is None or isinstance(given, Space):
        return given
    if not isinstance(given, Mapping):
        hint = " (several dicts are one Space with conditions)" if isinstance(given, (list, tuple)) else ""
        raise TypeError(f"param_distributions must be a dict or a Space{hint}, got {given!r}")
    return Space({name: _as_choices(_checked(value, name)) for name, value in given.items()})


def _checked(value: Any, name: str) -> Any:
    """What comes from skopt, or is not finished, is answered before it is taken for something else."""
    if hasattr(value, "rvs") and hasattr(value, "freeze"):
        raise TypeError(f"hyperparameter {name!r} needs a frozen distribution, {value.name}(...) with its arguments")
    if not isinstance(value, tuple) or not 2 <= len(value) <= 4 or not all(map(is_number, value[:2])):
        return value
    low, high = value[:2]
    if low < high and len(value) > 2 and value[2] in ("uniform", "log-uniform"):
        whole = isinstance(low, int) and isinstance(high, int)
        logarithmic = value[2] == "log-uniform"
        if whole:
            ours = f"Integer({low}, {high}{', log=True' * logarithmic})"
        else:
            ours = f"{'Log' * logarithmic}Uniform({low}, {high})"
        raise ValueError(f"hyperparameter {name!r}: {value!r} is no range here but a tuple of choices, write {ours}")
    if low < high and len(value) == 2:
        warnings.warn(
            f"hyperparameter {name!r}: {value!r} is two choices, no range; write a list if you mean them, "
            "Uniform, LogUniform or Integer if you mean what lies between",
            stacklevel=5,
        )
    return value


def _as_choices(value: Any) -> Any:
    """A list with what comes several times as a weight; anything else as it is."""
    listed = hasattr(value, "__len__") and hasattr(value, "__iter__") and not hasattr(value, "rvs")
    if not listed or isinstance(value, (str, bytes, Mapping, Distribution)) or getattr(value, "ndim", 1) != 1:
        return value
    choices = [python_value(choice) for choice in value]
    different = {value_key(choice): choice for choice in choices}
    if len(different) == len(choices):
        return choices
    counts = Counter(map(value_key, choices))
    return Categorical(list(different.values()), [counts[key] / len(choices) for key in different])


def _seed(random_state: Any, given: bool, header: Row | None) -> Any:
    """What a searcher is seeded with; scikit-learn's generators give a number."""
    if given:
        if random_state is not None:
            raise ValueError(
                f"random_state belongs to a method given by name: a searcher has rng, got {random_state!r}"
            )
        return None
    if isinstance(random_state, np.random.Generator):
        return random_state
    if random_state is None and header is not None and header.get("seed") is not None:
        return header["seed"]
    state = check_random_state(random_state)
    return random_state if isinstance(random_state, (int, np.integer)) else int(state.randint(2**31 - 1))


def _metrics(scoring: Any) -> list[str] | None:
    if scoring is None or isinstance(scoring, str):
        return ["score"]
    return None if callable(scoring) else list(scoring)


def _all_candidates(searcher: Searcher, n_iter: int) -> list[Config] | None:
    """All candidates, if there are no more than are wanted."""
    space = searcher.space
    size = space.cardinality
    if size is None or size > n_iter:
        if isinstance(searcher, GridSearch) and searcher.grid.size > n_iter:
            warnings.warn(f"n_iter={n_iter} takes the first of the grid's {searcher.grid.size}", stacklevel=4)
        return None
    grid = space.grid()
    found = [grid[i] for i in range(size) if space.allows(grid[i])]
    if not found:
        raise ValueError(f"the constraints of param_distributions allow none of its {size} candidates")
    if len(found) < n_iter:
        warnings.warn(f"n_iter={n_iter} but there are only {len(found)} candidates: each is tried once", stacklevel=4)
    return found


# --- what tells one search from another


def _marks(search: Any, X: Any, y: Any, params: Row, splits: list[Any]) -> Row:
    error_score = search.error_score
    return {
        "estimator": _parts(search.estimator),
        "scoring": _text(search.scoring),
        "error_score": "nan" if error_score == "raise" else str(float(error_score)),
        "return_train_score": bool(search.return_train_score),
        "data": joblib.hash((_plain(X), _plain(y), {name: _plain(value) for name, value in params.items()})),
        "splits": joblib.hash([(np.asarray(train), np.asarray(test)) for train, test in splits]),
    }


def _differing(now: Row, before: Row) -> list[str]:
    """In what a search differs from the one of a log."""
    found = []
    mine, theirs = now["estimator"], before["estimator"]
    if mine[""] != theirs[""]:
        found.append(f"estimator is {mine['']}, was {theirs['']}")
    else:
        names = [name for name in {**mine, **theirs} if mine.get(name) != theirs.get(name)]
        found += [f"the estimator's {n} is {mine.get(n, 'absent')}, was {theirs.get(n, 'absent')}" for n in names]
    for name in ("scoring", "metrics", "objectives", "error_score"):
        if now[name] != before[name]:
            found.append(f"{name} is {now[name]}, was {before[name]}")
    if now["return_train_score"] and not before["return_train_score"]:
        found.append("return_train_score is True, was False")
    if now["data"] != before["data"]:
        found.append("the data are others (X, y, or what is passed to fit beside them)")
    elif now["splits"] != before["splits"]:
        found.append("cv splits the data otherwise (a splitter that shuffles needs an int as random_state)")
    return found


def _parts(estimator: Any) -> dict[str, str]:
    """An estimator's class and settings, those of its parts among them, as text."""
    parts = {}
    for name, value in sorted(estimator.get_params(deep=True).items()):
        if hasattr(value, "get_params"):
            parts[name] = _text(value if isinstance(value, type) else type(value))
        elif not _holds_estimators(value):
            parts[name] = _text(value)
    return {"": _text(type(estimator)), **parts}


def _holds_estimators(value: Any) -> bool:
    if isinstance(value, (list, tuple)):
        return any(map(_holds_estimators, value))
    return hasattr(value, "get_params")


def _text(value: Any) -> str:
    """A setting as text, the same in each process; code of the user's own with a mark of what it does."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{name}: {_text(item)}" for name, item in value.items()) + "}"
    named = callable(value) and hasattr(value, "__qualname__")
    text = str(value.__qualname__) if named else re.sub(r" at 0x[0-9A-Fa-f]+", "", repr(value))
    code = _code_of(value) if callable(value) else ""
    return f"{text} (code {hashlib.sha256(code.encode()).hexdigest()[:8]})" if code else text


def _code_of(value: Any) -> str:
    """What a function or class of the user's own does, as text; nothing for those of installed packages."""
    if isinstance(value, partial):
        return repr((_code_of(value.func), _const(value.args), _const(value.keywords)))
    if isinstance(value, type):
        own = [cls for cls in value.__mro__ if not _installed(getattr(sys.modules.get(cls.__module__), "__file__", ""))]
        parts = {name: getattr(part, "fget", part) for cls in own for name, part in sorted(vars(cls).items())}
        codes = {name: _code_of(part) for name, part in parts.items() if not isinstance(part, type)}
        return "".join(f"{name}: {code}; " for name, code in codes.items() if code)
    value = inspect.unwrap(getattr(value, "_score_func", value))  # make_scorer's, and what is decorated
    value = getattr(value, "__func__", value)
    if not isinstance(value, FunctionType):
        value = inspect.getattr_static(type(value), "__call__", None)
    if not isinstance(value, FunctionType) or _installed(value.__code__.co_filename):
        return ""
    kept = tuple(cell.cell_contents for cell in value.__closure__ or () if _is_set(cell))
    return "; ".join(map(_const, (value.__code__, value.__defaults__, value.__kwdefaults__, kept)))


def _const(value: Any) -> str:
    """A constant of a function as text; what may change while it runs, such as a list it fills, has none."""
    if isinstance(value, CodeType):
        return repr((value.co_code, value.co_names, value.co_freevars, [_const(const) for const in value.co_consts]))
    if isinstance(value, tuple):
        return f"({', '.join(map(_const, value))})"
    if isinstance(value, frozenset):
        return f"{{{', '.join(sorted(map(_const, value)))}}}"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{name}: {_const(item)}' for name, item in value.items())}}}"
    if isinstance(value, FunctionType):  # without what it closes over, which may be itself
        return value.__qualname__ if _installed(value.__code__.co_filename) else _const(value.__code__)
    return repr(value) if isinstance(value, (int, float, complex, str, bytes, np.generic, type(None))) else ""


def _is_set(cell: Any) -> bool:
    try:
        return cell.cell_contents is not None
    except ValueError:  # a function that will be defined later
        return False


def _installed(path: str | None) -> bool:
    """Whether a file belongs to Python or an installed package, whose versions a log does not tell apart."""
    folders = {sysconfig.get_path(name) + os.sep for name in ("stdlib", "purelib", "platlib")}
    return path is None or os.path.abspath(path).startswith(tuple(folders)) or path.startswith("<frozen")


def _plain(data: Any) -> Any:
    """Data without what changes from process to process; tables as their columns."""
    if hasattr(data, "columns") and hasattr(data, "dtypes"):
        return list(map(str, data.columns)), [np.asarray(data[name]) for name in data.columns]
    return data


# --- folds in JSON


def _row_of(folds: list[Fold]) -> Row:
    row: Row = {name: [float(fold[name]) for fold in folds] for name in ("fit_time", "score_time")}
    for name in ("test_scores", "train_scores"):
        failed = any(fold.get(name) is None for fold in folds)
        row[name] = None if failed else [_each(fold[name], _to_json) for fold in folds]
    return row


def _folds_of(row: Row, path: str) -> list[Fold]:
    try:
        stored = row["folds"]
        k = len(stored["fit_time"])
        scores = {
            name: [None] * k if stored[name] is None else [_each(score, _from_json) for score in stored[name]]
            for name in ("test_scores", "train_scores")
        }
        times = {name: stored[name] for name in ("fit_time", "score_time")}
        columns: dict[str, Iterable[Any]] = {**times, **scores}
        return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"log {path} can't be read at trial {row.get('number')}: its folds are damaged") from error


def _each(score: Any, convert: Callable[[Any], Any]) -> Any:
    return {name: convert(value) for name, value in score.items()} if isinstance(score, dict) else convert(score)


def _to_json(score: Any) -> float | str:
    return float(score) if math.isfinite(score) else str(float(score))


def _from_json(score: Any) -> float:
    return float(score)


def _last_line(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[-1].strip() if lines else "it failed"
