"""How do you run a search that takes a night, on eight workers, and is killed at four in the morning?

All of it is this loop, ask, evaluate, tell:

>>> from hpmath import LogUniform, RandomSearch
>>> search = RandomSearch({"lr": LogUniform(1e-5, 1e-1)}, rng=0)
>>> for _ in range(50):
...     configs = search.ask()
...     search.tell(configs, [abs(config["lr"] - 1e-3) for config in configs])
>>> config, loss = search.best_
>>> round(config["lr"], 4)
0.001

`minimize` is the same loop for an objective that may be slow, may raise, may hang, and may be evaluated elsewhere. It
adds workers (``_workers``), a log that a killed run resumes from (``_log``), and failures that don't end the search.
Start reading at ``_drive``, where the loop is again.

Taught in chapter 23 (``bayesopt``); used from chapter 13 on.

Symbols: n trials, each a configuration (a dict) and its m values, lower is better.
"""

from __future__ import annotations

import html
import inspect
import itertools
import math
import os
import secrets
import sys
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack, nullcontext, suppress
from dataclasses import dataclass
from typing import Any

import numpy as np

from hpmath._checks import RNG, as_count, as_number
from hpmath._log import Log, Row, decoder, differences, header_of, read, refuse, space_of
from hpmath._trace import Trace
from hpmath._trial import Trial, row_of, trial_of
from hpmath._workers import Crew, Finished, Interrupts, check_executor
from hpmath.searchers import METHODS, Searcher
from hpmath.space import Config, Space

__all__ = ["Study", "Trace", "Trial", "minimize"]

DEFAULT_METHOD = next(name for name in ("tpe", "bo", "random") if name in METHODS)

Objective = Callable[[Config], Any]
Callback = Callable[["Study", "Trial"], Any]


def minimize(
    objective: Objective,
    space: Space | Mapping[str, Any] | None = None,
    *,
    method: str | Searcher = DEFAULT_METHOD,
    n_trials: int = 100,
    n_objectives: int = 1,
    executor: Any = None,
    n_workers: int = 1,
    log: str | os.PathLike[str] | None = None,
    callbacks: Callback | Iterable[Callback] = (),
    progress: bool | None = None,
    rng: RNG = None,
    timeout: float | None = None,
    trace: bool = False,
) -> Study:
    """Search for the configuration of the lowest value.

    A trial whose evaluation raises, or returns anything but finite numbers, is recorded as failed, with its message;
    the search goes on. Ctrl-C stops asking, waits for nothing and returns the study so far. Trials run asynchronously:
    a slow one holds up no other.

    Parameters
    ----------
    objective : callable
        Takes a configuration, a dict of its own, and returns a number, or with several objectives as many numbers;
        lower is better.
    space : Space, or what makes one
        Where to search. With a searcher as ``method`` it may be left out.
    method : str, Searcher or its class
        ``"random"``, ``"sobol"``, ``"grid"`` ... (an unknown name is answered with all of them), or a searcher with
        settings of its own. One that has been told something goes on from there.
    n_trials : int
        How many trials the study has in the end, failed ones and resumed ones included.
    n_objectives : int
        How many numbers the objective returns.
    executor : executor, optional
        Anything with the interface of ``concurrent.futures.Executor``: a process pool, loky's, MPI's, or
        ``client.get_executor(pure=False)`` of Dask. It stays open. A pool of threads calls the objective itself, any
        other gets it pickled once, by cloudpickle: lambdas and functions of a notebook work. Without one, trials run
        here, one by one, or with ``n_workers`` > 1 in that many threads.
    n_workers : int
        How many trials are in flight at a time: one unless given, whatever the executor. For an executor give its
        size, or twice as much for Dask.
    log : path, optional
        A file of JSON lines, one for each finished trial, written before the next is asked and on the disk a few
        milliseconds later. If it is there, its trials are part of the study, nothing in it is evaluated again, and
        the searcher is told them: a serial run goes on exactly as if it had not stopped (with ``rng=None`` too: the log
        keeps the seed). It knows the space and the method, not the objective: give another objective another file.
    callbacks : callable or iterable of callables
        Called ``callback(study, trial)`` after each new trial, in this thread. One that raises StopIteration ends the
        run.
    progress : bool, optional
        Show a bar with the incumbent. By default if stderr is a terminal.
    rng : None, int or numpy.random.Generator
        Seed of a method given by name.
    timeout : float, optional
        Seconds for the whole run, after which no trial is begun. With workers the run then returns without those that
        are still being evaluated, even if they hang (an executor of yours may wait for them when it is shut down).
        Without workers a trial can't be left behind: the clock is looked at between trials only.
    trace : bool
        Keep what the searcher saw at each step, in ``study.trace``; ``plotting.play(study)`` shows it. The search is
        the same with and without. Trials that come from the log have steps too, but what was seen then is not in it.

    Returns
    -------
    Study

    Raises
    ------
    TypeError
        If the objective is not callable, can't be pickled for the executor, or another argument has a wrong type.
    ValueError
        If the method is unknown, the log is not of this space, method and number of objectives, or it is no log.
    RuntimeError
        If another run uses the log, or the executor fails: a killed worker breaks a process pool
        (``concurrent.futures.BrokenExecutor``). Dask reruns its trial instead. The log goes on with a new executor.
    OSError
        If the log can't be written, because the disk is full.

    Warns
    -----
    UserWarning
        If all trials failed; if the executor is Dask's with ``pure=True``, its default; if a pool has several workers
        and ``n_workers`` is 1.

    Notes
    -----
    Tested with threads, process pools, loky and Dask; of MPI's pool only that it has the same interface.

    Examples
    --------
    >>> from hpmath import LogUniform, minimize
    >>> space = {"lr": LogUniform(1e-5, 1e-1)}
    >>> study = minimize(lambda config: abs(config["lr"] - 1e-3), space, method="random", rng=0)
    >>> len(study.trials), round(study.best.config["lr"], 4)
    (100, 0.001)

    With a log, ask for more later; only the new ones are evaluated:

    >>> import tempfile, os
    >>> path = os.path.join(tempfile.mkdtemp(), "run.jsonl")
    >>> for n in (10, 15):
    ...     study = minimize(lambda c: c["x"] ** 2, {"x": [1, 2, 3]}, method="random", n_trials=n, log=path)
    >>> len(study.trials)
    15
    """
    if not callable(objective):
        raise TypeError(f"objective must be a function of a configuration, got {objective!r}")
    n_trials, n_workers = as_count(n_trials, "n_trials"), as_count(n_workers, "n_workers")
    m = as_count(n_objectives, "n_objectives")
    deadline = time.monotonic() + (math.inf if timeout is None else as_number(timeout, "timeout", above=0))
    check_executor(executor, n_workers)
    listeners = _as_callbacks(callbacks)
    if not isinstance(trace, bool):
        raise TypeError(f"trace must be True or False, got {trace!r}")

    with ExitStack() as stack:
        interrupts = stack.enter_context(Interrupts())
        file = None if log is None else stack.enter_context(Log(log))
        searcher, seed = _as_searcher(method, space, rng, file.header if file is not None else None)
        study = Study(searcher.space, n_objectives=m, searcher=searcher)
        resumed = _resume(study, searcher, file, header_of(searcher, m, seed)) if file is not None else []
        if trace:
            study.trace = Trace(searcher)
            study.trace.take_over([trial.number for trial in resumed])
        crew = stack.enter_context(Crew(objective, m, executor, n_workers))
        bar = stack.enter_context(_bar(study, n_trials, progress))
        run = _Run(study, searcher, crew, file, listeners, bar, interrupts)
        try:
            with interrupts.allowed():
                _drive(run, n_trials, n_workers, deadline)
            run.collect()
        except KeyboardInterrupt:
            run.collect()
            if interrupts.nested:
                raise
        except Exception:
            with suppress(Exception):  # the first error says more
                run.collect()
            raise
    if study.trials and study.n_failed == len(study.trials):
        warnings.warn(f"all {study.n_failed} trials failed, the last one with: {study.last_error}", stacklevel=2)
    return study


def _drive(run: _Run, n_trials: int, n_workers: int, deadline: float) -> None:
    """Ask, evaluate, tell, with up to ``n_workers`` trials in flight."""
    taken = {trial.number for trial in run.study.trials}
    numbers = (number for number in itertools.count() if number not in taken)
    while (missing := n_trials - run.study._n) > 0:
        while len(run.crew) < min(n_workers, missing) and time.monotonic() < deadline:
            configs = run.searcher.ask()
            if not configs:  # it waits for a tell, or has finished
                break
            number = next(numbers)
            if run.study.trace is not None:
                run.study.trace.asked(number, configs[0])
            run.crew.start(number, configs[0])
        if not len(run.crew):
            return
        finished = run.crew.next(deadline - time.monotonic())
        if run.crew.broken is not None:
            raise run.crew.broken
        if finished is None:
            return  # time is up: those that hang are left behind
        trial = run.record(finished)
        if not run.react(trial):
            return


@dataclass
class _Run:
    """What a run consists of, and what is done with trials that have finished."""

    study: Study
    searcher: Searcher
    crew: Crew
    log: Log | None
    callbacks: list[Callback]
    bar: Any
    interrupts: Interrupts

    def record(self, finished: Finished) -> Trial:
        """Write, then remember, then tell; Ctrl-C comes before or after."""
        number, config, answer = finished
        state, values = "complete", answer.values
        if values is None:
            state, values = "failed", (math.nan,) * self.study.n_objectives
        trial = Trial(number, config, values, state, answer.seconds, answer.error, answer.started)
        with self.interrupts.held():
            if self.log is not None:
                self.log.append(row_of(trial, self.searcher.space))
            self.study._add(trial)
            _tell(self.searcher, [trial])
            if self.study.trace is not None:
                self.study.trace.told(number)
        return trial

    def react(self, trial: Trial) -> bool:
        """Show and call back; False if a callback wants the run to end."""
        _advance(self.bar, self.study)
        try:
            for callback in self.callbacks:
                callback(self.study, trial)
        except StopIteration:
            return False
        return True

    def collect(self) -> None:
        """Record what else has finished when the run ends."""
        for finished in self.crew.leftovers():
            self.record(finished)
            _advance(self.bar, self.study)


class Study:
    """What a search has found: its trials in the order in which they finished, and the best of them.

    Made by `minimize`, `Study.load` and `Study.from_optuna`.

    Attributes
    ----------
    space : Space or None
        What was searched; None if it is not known.
    n_objectives : int
    n_failed : int
        How many trials failed.
    last_error : str or None
        Why the last one of them did.
    searcher : Searcher or None
        The searcher of the run, with what it has learned.
    trace : Trace or None
        What the searcher saw at each step, if ``minimize`` was asked to keep it.

    Examples
    --------
    >>> from hpmath import Uniform, minimize
    >>> study = minimize(lambda config: config["x"] ** 2, {"x": Uniform(-1, 1)}, method="sobol", n_trials=32, rng=0)
    >>> study
    Study of 32 trials: best 0.0001758 at {'x': 0.01326} (trial 17)
    """

    def __init__(
        self,
        space: Space | None,
        *,
        n_objectives: int = 1,
        trials: Iterable[Trial] = (),
        searcher: Searcher | None = None,
    ) -> None:
        self.space, self.n_objectives, self.searcher = space, n_objectives, searcher
        self.trace: Trace | None = None
        self.n_failed = 0
        self.last_error: str | None = None
        self._trials: list[Trial] = []
        self._lowest: list[Trial | None] = [None] * n_objectives
        for trial in trials:
            self._add(trial)

    def _add(self, trial: Trial) -> None:
        self._trials.append(trial)
        if trial.state == "failed":
            self.n_failed += 1
            self.last_error = trial.error
            return
        for i, (value, lowest) in enumerate(zip(trial.values, self._lowest, strict=True)):
            if lowest is None or value < lowest.values[i]:
                self._lowest[i] = trial

    @property
    def _n(self) -> int:
        return len(self._trials)

    @property
    def trials(self) -> list[Trial]:
        """The trials in the order in which they finished.

        Examples
        --------
        >>> from hpmath import minimize
        >>> study = minimize(lambda config: config["x"], {"x": [1, 2]}, method="grid")
        >>> [(trial.number, trial.config, trial.value) for trial in study.trials]
        [(0, {'x': 1}, 1.0), (1, {'x': 2}, 2.0)]
        """
        return list(self._trials)

    @property
    def best(self) -> Trial:
        """The trial of the lowest value; of equal ones the first.

        Raises
        ------
        ValueError
            If no trial has succeeded, or there are several objectives.

        Examples
        --------
        >>> from hpmath import minimize
        >>> minimize(lambda config: config["x"], {"x": [2, 1]}, method="grid").best.config
        {'x': 1}
        """
        if self.n_objectives > 1:
            raise ValueError(f"a study of {self.n_objectives} objectives has no single best trial: see best_trials")
        if self._lowest[0] is None:
            raise ValueError(self._why_none())
        return self._lowest[0]

    @property
    def best_value(self) -> float:
        """The lowest value.

        Raises
        ------
        ValueError
            As `best`.

        Examples
        --------
        >>> from hpmath import minimize
        >>> minimize(lambda config: config["x"], {"x": [2, 1]}, method="grid").best_value
        1.0
        """
        return self.best.value

    @property
    def best_trials(self) -> list[Trial]:
        """The Pareto set: the trials that no other is at least as good as in all values and better in one.

        With one objective, all trials of the lowest value. In the order in which they finished; empty if all failed.

        Examples
        --------
        >>> from hpmath import minimize
        >>> study = minimize(lambda config: config["x"] ** 2, {"x": [-1, 0, 1, 2]}, method="grid")
        >>> [trial.config for trial in study.best_trials]
        [{'x': 0}]
        """
        complete = [trial for trial in self._trials if trial.state == "complete"]
        if self.n_objectives == 1 or not complete:
            return [trial for trial in complete if trial.value == self.best_value]
        from hpmath.pareto import non_dominated_mask

        mask = non_dominated_mask(np.array([trial.values for trial in complete]))
        return list(itertools.compress(complete, mask.tolist()))

    def to_frame(self) -> Any:
        """Return the trials as a pandas DataFrame, a row each, in the order in which they finished.

        Returns
        -------
        pandas.DataFrame
            Columns ``number``, one for each hyperparameter (missing where it is inactive; a searcher's own, such as a
            fidelity, after them), ``value`` or with several objectives ``value_0``, ``value_1``, ..., ``state``,
            ``seconds``, ``error``. A hyperparameter that has one of these names becomes ``config_value`` and so on.

        Raises
        ------
        ModuleNotFoundError
            If pandas is not installed.

        Examples
        --------
        >>> from hpmath import minimize
        >>> study = minimize(lambda config: config["x"], {"x": [1, 2]}, method="grid")
        >>> list(study.to_frame())
        ['number', 'x', 'value', 'state', 'seconds', 'error']
        """
        try:
            import pandas as pd
        except ModuleNotFoundError as error:
            raise ModuleNotFoundError("to_frame needs pandas: pip install pandas", name="pandas") from error
        trials, m = self._trials, self.n_objectives
        values = ["value"] if m == 1 else [f"value_{i}" for i in range(m)]
        own = {"number", *values, "state", "seconds", "error"}
        names = dict.fromkeys([*(self.space or ()), *(name for trial in trials for name in trial.config)])
        columns: dict[str, list[Any]] = {"number": [trial.number for trial in trials]}
        for name in names:
            columns[f"config_{name}" if name in own else name] = [trial.config.get(name) for trial in trials]
        for i, name in enumerate(values):
            columns[name] = [trial.values[i] for trial in trials]
        for name in ("state", "seconds", "error"):
            columns[name] = [getattr(trial, name) for trial in trials]
        return pd.DataFrame(columns)

    def to_optuna(self, **options: Any) -> Any:
        """Return the trials as an Optuna study, for its dashboard and its plots.

        Choices that Optuna can't store (tuples, estimators, and 1 beside True) become strings; a `Normal` gets the
        bounds that its values can reach.

        Parameters
        ----------
        **options
            Passed to ``optuna.create_study``: ``study_name``, ``storage``.

        Returns
        -------
        optuna.Study

        Raises
        ------
        ModuleNotFoundError
            If Optuna is not installed.
        ValueError
            If the space is not known: ``Study.load`` takes it.

        Examples
        --------
        >>> from hpmath import minimize
        >>> study = minimize(lambda config: config["x"], {"x": [1, 2]}, method="grid")
        >>> study.to_optuna().best_params  # doctest: +SKIP
        {'x': 1}
        """
        from hpmath._optuna import export

        if self.space is None:
            raise ValueError("to_optuna needs the space: give it to Study.load(path, space=...)")
        return export(self._trials, self.space, self.n_objectives, options)

    @classmethod
    def from_optuna(cls, study: Any, space: Space | Mapping[str, Any] | None = None) -> Study:
        """Return an Optuna study's finished trials as a `Study`.

        What Optuna maximises is negated. A pruned trial counts as failed; one that still runs is left out. A `Trial`
        has no constraints, so one that breaks a constraint of Optuna's counts as failed too: it is never the best, and
        its error says ``"infeasible: c = 0.4 > 0"``.

        Parameters
        ----------
        study : optuna.Study
        space : Space, optional
            Give it to get conditions and the choices of `to_optuna` back. Otherwise it is put together from the
            trials' distributions, without conditions; steps become all values between.

        Returns
        -------
        Study

        Raises
        ------
        ModuleNotFoundError
            If Optuna is not installed.
        ValueError
            If a trial doesn't fit the space.

        Warns
        -----
        UserWarning
            If trials break a constraint.

        Examples
        --------
        >>> from hpmath import Study, minimize
        >>> study = minimize(lambda config: config["x"], {"x": [1, 2]}, method="grid")
        >>> Study.from_optuna(study.to_optuna()).best.config  # doctest: +SKIP
        {'x': 1}
        """
        from hpmath._optuna import bring_in

        found, m, trials = bring_in(study, _as_space(space))
        return cls(found, n_objectives=m, trials=trials)

    @classmethod
    def load(cls, path: str | os.PathLike[str], space: Space | Mapping[str, Any] | None = None) -> Study:
        """Read a log; nothing is written, and it may still be in use.

        Parameters
        ----------
        path : path
            Of a log that `minimize` wrote.
        space : Space, optional
            The space that was searched. Give it if choices are objects such as estimators: without it they are read
            as strings.

        Returns
        -------
        Study

        Raises
        ------
        FileNotFoundError
            If there is no such file.
        ValueError
            If it is no log, or one of another space.

        Examples
        --------
        >>> import os, tempfile
        >>> from hpmath import Study, minimize
        >>> path = os.path.join(tempfile.mkdtemp(), "run.jsonl")
        >>> study = minimize(lambda config: config["x"], {"x": [1, 2]}, method="grid", log=path)
        >>> Study.load(path).trials == study.trials
        True
        """
        contents = read(path)
        given, name = _as_space(space), os.fspath(path)
        if contents.header is None:
            return cls(given)
        if given is not None:
            refuse(given.differences(contents.header["space"]), name)
        m = contents.header["n_objectives"]
        decode = decoder(contents.header) if given is None else given.from_json
        return cls(
            given or space_of(contents.header),
            n_objectives=m,
            trials=[trial_of(row, decode, m, name) for row in contents.rows],
        )

    def _why_none(self) -> str:
        if not self._trials:
            return "no trial has finished yet"
        return f"no trial has succeeded: all {self._n} failed, the last one with: {self.last_error}"

    def _summary(self) -> list[str]:
        """What there is to say, a clause each."""
        said = []
        if self._n == self.n_failed:
            said.append(self._why_none())
        elif self.n_objectives == 1:
            said.append(f"best {self.best_value:.4g} at {_short(self.best.config)} (trial {self.best.number})")
        else:
            lowest = ", ".join(f"{trial.values[i]:.4g}" for i, trial in enumerate(self._lowest) if trial)
            said.append(f"{self.n_objectives} objectives, the lowest values {lowest}")
        if 0 < self.n_failed < self._n:
            said.append(f"{self.n_failed} failed, the last one with: {str(self.last_error)[:200]}")
        return said

    def __repr__(self) -> str:
        return f"Study of {self._n} trial{'s' * (self._n != 1)}: {'; '.join(self._summary())}"

    def _repr_html_(self) -> str:
        rows = [("trials", f"{self._n}, {self.n_failed} failed" if self.n_failed else str(self._n))]
        if self._n > self.n_failed and self.n_objectives == 1:
            rows.append(("best value", f"{self.best_value:.6g} (trial {self.best.number})"))
            rows += [(name, _short(value)) for name, value in self.best.config.items()]
        elif self._n > self.n_failed:
            rows += [(f"lowest value_{i}", f"{t.values[i]:.6g}") for i, t in enumerate(self._lowest) if t]
        if self.last_error:
            rows.append(("last error", self.last_error[:200]))
        cells = (f"<tr><th>{html.escape(a)}</th><td>{html.escape(b)}</td></tr>" for a, b in rows)
        return f"<table><caption>Study</caption>{''.join(cells)}</table>"


# --- the workshop


def _as_space(space: Any) -> Space | None:
    return space if space is None or isinstance(space, Space) else Space(space)


def _as_callbacks(callbacks: Any) -> list[Callback]:
    found = [callbacks] if callable(callbacks) else list(callbacks)
    for callback in found:
        if not callable(callback):
            raise TypeError(f"callbacks must be functions of a study and a trial, got {callback!r}")
    return found


def _as_searcher(method: Any, space: Any, rng: RNG, header: Row | None) -> tuple[Searcher, int | None]:
    """The searcher, and the seed that would make it again if it is known."""
    if isinstance(method, Searcher):
        given = _as_space(space)
        if given is not None and given != method.space:
            differ = given.differences(method.space.describe()) or ["the constraints are other functions"]
            raise ValueError(f"space must be the searcher's own or left out, but {'; '.join(differ)}")
        if rng is not None:
            raise ValueError("rng belongs to a method given by name: a searcher has its own")
        return method, int(method.rng) if isinstance(method.rng, (int, np.integer)) else None
    kind = isinstance(method, type) and issubclass(method, Searcher)
    if not kind and (not isinstance(method, str) or method not in METHODS):
        raise ValueError(f"method must be a searcher or one of {', '.join(map(repr, METHODS))}, got {method!r}")
    given = _as_space(space)
    make = method if kind else METHODS[method]
    name_of = make.__name__ if kind else repr(method)
    if given is None:
        raise TypeError(f"space is missing: method={name_of} needs one")
    for name, parameter in list(inspect.signature(make).parameters.items())[1:]:
        if parameter.default is parameter.empty and parameter.kind is not parameter.VAR_KEYWORD:
            raise ValueError(f"method {name_of} needs {name}: give a searcher, {make.__name__}(space, {name}=...)")
    seed = int(rng) if isinstance(rng, (int, np.integer)) else None
    if rng is None:  # so that the log can keep it
        seed = (header or {}).get("seed")
        seed = secrets.randbits(48) if seed is None else seed
    return make(given, rng=rng if seed is None else seed), seed


def _resume(study: Study, searcher: Searcher, log: Log, header: Row) -> list[Trial]:
    """Refuse another search's log; take in the trials of ours. Return those that the searcher did not know."""
    if log.header is not None:
        if "sklearn" in log.header:
            raise ValueError(f"log {log.path} is of a SearchCV: give it another file")
        refuse(differences(searcher, study.n_objectives, log.header), log.path)
    log.start(header)
    for row in log.rows:
        study._add(trial_of(row, searcher.space.from_json, study.n_objectives, log.path))
    known = Counter(_told(config, row) for config, row in zip(searcher.configs_, searcher.values_, strict=True))
    new = []
    for trial in study.trials:  # a searcher used twice on one log knows the first run's
        mark = _told(trial.config, trial.values)
        known[mark] -= 1
        if known[mark] < 0:
            new.append(trial)
    try:
        _tell(searcher, new)
    except ValueError as error:
        raise ValueError(f"log {log.path} does not fit this search: {error}") from error
    return new


def _told(config: Config, values: Any) -> str:
    losses = np.ravel(values)
    return repr((sorted(config.items()), None if np.isnan(losses).all() else losses.tolist()))


def _tell(searcher: Searcher, trials: Sequence[Trial]) -> None:
    if trials:
        values = [trial.values if len(trial.values) > 1 else trial.value for trial in trials]
        searcher.tell([trial.config for trial in trials], values)


def _short(thing: Any) -> str:
    """A configuration as text, floats to four digits."""
    if isinstance(thing, float):
        return f"{thing:.4g}"
    if isinstance(thing, dict):
        return "{" + ", ".join(f"{name!r}: {_short(value)}" for name, value in thing.items()) + "}"
    return repr(thing)


def _bar(study: Study, n_trials: int, progress: bool | None) -> Any:
    if progress is None:
        progress = bool(sys.stderr and sys.stderr.isatty())
    if not progress:
        return nullcontext()
    from tqdm import tqdm  # the plain one: a notebook's widget would be stored in it, and load scripts

    return tqdm(total=n_trials, initial=study._n, unit="trial", dynamic_ncols=True)


def _advance(bar: Any, study: Study) -> None:
    if bar is not None:
        bar.set_postfix_str("; ".join(study._summary())[:200], refresh=False)
        bar.update()
