"""How do you search with hpmath in a study that Optuna runs, stores and draws?

With `HpmathSampler`, which makes a sampler of any searcher. Optuna keeps the trials, in memory, SQLite or a journal;
the searcher is told those that have finished and asked for the next. For the other way, a search of ours shown by
Optuna's plots, see `hpmath.Study.to_optuna`.

Taught on the page *At work with Optuna*. Start reading at `HpmathSampler._ask`: tell what is new, then propose. What it
knows of the study is in ``_optuna_study``.

Two rules keep a study the same however it is run. The proposal of trial i has a generator of its own, made from the
seed and i, so threads and processes that share a study don't repeat each other. And what the searcher knows is a
function of the trials in the storage, so a study that is loaded again goes on as if it had not stopped.

Symbols: ours is a distribution or value of hpmath, theirs one of Optuna.
"""

from __future__ import annotations

import copy
import inspect
import math
import threading
import warnings
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import numpy as np

from hpmath._checks import RNG, as_rng, one_of
from hpmath._conditions import unknown_name
from hpmath._optuna import CONSTRAINTS, _names, constraints_of
from hpmath._values import is_number, value_key
from hpmath.distributions import Categorical, Distribution, Uniform
from hpmath.searchers import METHODS, Searcher
from hpmath.space import Config, Space

try:
    from optuna.distributions import BaseDistribution, CategoricalDistribution, IntDistribution
    from optuna.samplers import BaseSampler
    from optuna.study import StudyDirection
    from optuna.trial import TrialState
except ModuleNotFoundError as missing:
    raise ModuleNotFoundError("Optuna is needed here: pip install 'hpmath[optuna]'", name="optuna") from missing

from hpmath.bridges._optuna_study import Axis, Mirror

__all__ = ["HpmathSampler"]

_ASKED = "hpmath:asked"  # what was proposed, kept with a trial that used something else
_LISTED = 1_000  # values of a hyperparameter looked at to see whether a suggest call takes them all


class HpmathSampler(BaseSampler):  # type: ignore[misc]
    """Any searcher of hpmath as a sampler of Optuna.

    Parameters
    ----------
    method : str, Searcher, or callable
        ``"tpe"``, ``"bo"``, ``"nsga2"``, ``"sobol"``, ``"grid"``, ``"random"`` ... (an unknown name is answered with
        all of them); a searcher's class or a function ``f(space, rng=...)`` that makes one; or a searcher with settings
        of its own, which may have been told something.
    space : Space, or what makes one, optional
        Where to search. Values may be distributions of Optuna too. Without it the space is that of Optuna's other
        samplers: what all finished trials have suggested in the same range. The first trial and what only some trials
        suggest are then drawn at random, so give the space if it has conditions.
    rng : None, int or numpy.random.Generator
        Seed.
    seed : int, optional
        Optuna's name for ``rng``; give one of the two.
    constraints_func : callable, optional
        Takes a finished trial and returns its constraints, met where at most 0. Deprecated in Optuna 5, where the
        objective calls ``trial.set_constraint(name, value)``.
    **settings
        Passed to the searcher: ``n_initial=20``.

    Attributes
    ----------
    searcher_ : Searcher or None
        The searcher of the study in hand, with what it has learned; None before the first proposal.

    Raises
    ------
    TypeError
        If the searcher has no such setting.
    ValueError
        If the method is unknown, or ``space`` is not that of the searcher given. From ``study.optimize``: if the space
        does not match what the objective suggests, naming the parameter, or the searcher can't do several objectives.

    Notes
    -----
    *What is told.* Complete trials with their values, those to maximise negated. Failed ones as failures. Pruned ones
    with the last value they reported, but never as better than the best complete one: pruning says they are not;
    without such a value as failures. Trials that were enqueued, added or run by another sampler as any other, if they
    lie in the space. Those still running are pending.

    *Steps.* A parameter with a step is searched as a whole number of steps. Optuna's lists are choices; a list of
    numbers counts as ordered with the searchers that say so.

    *In parallel* nothing is reseeded, see the module. Give each process the same seed, or each another one.

    *A grid* that has been tried stops the study.

    *Choices* that Optuna can't store (tuples, estimators) may be suggested by their ``repr``, as `Study.to_optuna`
    writes them.

    Examples
    --------
    >>> import optuna
    >>> from hpmath import LogUniform
    >>> from hpmath.bridges.optuna import HpmathSampler
    >>> optuna.logging.set_verbosity(optuna.logging.WARNING)
    >>> sampler = HpmathSampler("tpe", {"lr": LogUniform(1e-5, 1e-1)}, rng=0)
    >>> study = optuna.create_study(sampler=sampler)
    >>> study.optimize(lambda trial: abs(trial.suggest_float("lr", 1e-5, 1e-1, log=True) - 1e-3), n_trials=50)
    >>> round(study.best_params["lr"], 4)
    0.001
    """

    def __init__(
        self,
        method: str | Searcher | Callable[..., Searcher] = "tpe",
        space: Space | Mapping[str, Any] | None = None,
        *,
        rng: RNG = None,
        seed: int | None = None,
        constraints_func: Callable[[Any], Sequence[float]] | None = None,
        **settings: Any,
    ) -> None:
        if rng is not None and seed is not None:
            raise ValueError(f"rng and seed are two names for one thing: give one, got {rng!r} and {seed!r}")
        rng = seed if rng is None else rng
        self._theirs: dict[str, BaseDistribution] = {}
        if isinstance(space, Mapping) and any(isinstance(dist, BaseDistribution) for dist in space.values()):
            self._theirs = {name: dist for name, dist in space.items() if isinstance(dist, BaseDistribution)}
            space = {name: Axis.of(name, dist).ours if name in self._theirs else dist for name, dist in space.items()}
        self._space = space if space is None or isinstance(space, Space) else Space(space)
        self._given: Searcher | None = None
        self._pristine: Searcher | None = None
        self._offset = 0  # what the searcher knew before
        if isinstance(method, Searcher):
            if self._space is not None and self._space != method.space:
                differ = self._space.differences(method.space.describe()) or ["the constraints are other functions"]
                raise ValueError(f"space must be the searcher's own or left out, but {'; '.join(differ)}")
            if rng is not None or settings:
                raise ValueError(f"a searcher has its own settings, got {', '.join(settings) or 'rng'} besides")
            self._space, self._given, self._pristine = method.space, method, _copy(method)
            self._seed, self._offset = method._seed, len(method.configs_) + len(method.pending_)
        else:
            if isinstance(method, str):
                method = METHODS[one_of(method, "method", tuple(METHODS))]
            elif not callable(method):
                names = ", ".join(map(repr, METHODS))
                raise TypeError(f"method must be a searcher, what makes one, or one of {names}, got {method!r}")
            self._seed = int(rng) if isinstance(rng, (int, np.integer)) else int(as_rng(rng).integers(2**63))
            _refuse_settings(method, settings)
        self._make, self._settings = method, settings
        self._constraints_func = constraints_func
        self._lock = threading.RLock()
        self._mirror: Mirror | None = None
        self._proposed: dict[int, Config] = {}  # by trial id, of the trials that this process runs
        self._matched: set[tuple[str, str]] = set()
        self._warned: set[str] = set()
        if self._space is not None and self._given is None:
            self._new_searcher(self._space)  # wrong settings are told at once

    @property
    def searcher_(self) -> Searcher | None:
        """The searcher of the study in hand.

        Examples
        --------
        >>> HpmathSampler("tpe").searcher_ is None
        True
        """
        return None if self._mirror is None else self._mirror.searcher

    # What Optuna calls, in this order

    def before_trial(self, study: Any, trial: Any) -> None:
        """Refuse several objectives where the searcher knows one: it says so when it is asked after one trial."""
        with self._lock, _failing(study, trial):
            self._refuse_several(study)

    def infer_relative_search_space(self, study: Any, trial: Any) -> dict[str, Any]:
        """Return the ranges that all trials share; nothing if the space was given, which `sample_independent` reads.

        Examples
        --------
        >>> import optuna
        >>> study = optuna.create_study(sampler=HpmathSampler("random"))
        >>> study.sampler.infer_relative_search_space(study, study.ask())
        {}
        """
        if self._space is not None:
            return {}
        with self._lock:
            mirror = self._mirror_of(study)
            mirror.look(trial)
            return dict(mirror.shared or {})

    def sample_relative(self, study: Any, trial: Any, search_space: dict[str, Any]) -> dict[str, Any]:
        """Ask the searcher for the trial's configuration."""
        with self._lock:
            self._refuse_several(study)
            if self._space is None and not search_space:
                return {}
            config = self._proposed[trial._trial_id] = self._ask(study, trial, search_space)
            if self._space is not None or self._mirror is None:
                return {}
            return {name: self._mirror.axes[name].out(value) for name, value in config.items()}

    def sample_independent(self, study: Any, trial: Any, param_name: str, param_distribution: Any) -> Any:
        """Hand out the trial's value of one parameter, or draw it where the searcher does not know the parameter."""
        if self._space is None:
            self.before_trial(study, trial)
            if self._mirror is not None and self._mirror.searcher is not None and param_name not in self._warned:
                self._warned.add(param_name)
                warnings.warn(
                    f"{param_name!r} is drawn at random, since not all trials suggest it in the same range: "
                    "give HpmathSampler the space",
                    stacklevel=2,
                )
            axis = Axis.of(param_name, param_distribution)
            return axis.out(self._draw(trial, param_name, axis.ours))
        with self._lock:
            proposed = self._proposed.get(trial._trial_id)
            if proposed is None:  # asked for outside of a trial's course
                proposed = self._proposed[trial._trial_id] = self._ask(study, trial, {})
        with _stopping(study):
            ours = self._expect(param_name, param_distribution)
            if param_name in proposed:
                return self._as_theirs(param_name, ours, param_distribution, proposed[param_name])
            if not self._departs(trial, proposed):
                parent, values = self._space.conditions[param_name]
                raise ValueError(
                    f"space: {param_name!r} is inactive unless {parent!r} is in {values!r}, "
                    f"but the objective suggests it in trial {trial.number}, with {proposed!r}"
                )
            value = self._draw(trial, param_name, ours)  # an enqueued value has opened another branch
            return self._as_theirs(param_name, ours, param_distribution, value)

    def after_trial(self, study: Any, trial: Any, state: Any, values: Sequence[float] | None) -> None:
        """Keep what was proposed where something else was used; stop the study after the last point of a grid."""
        with self._lock, _stopping(study):
            proposed, mirror = self._proposed.pop(trial._trial_id, None), self._mirror
            if self._constraints_func is not None and state in (TrialState.COMPLETE, TrialState.PRUNED):
                limits = [float(limit) for limit in self._constraints_func(trial)]
                if any(map(math.isnan, limits)):
                    raise ValueError(f"constraints_func must return numbers, got {limits}")
                study._storage.set_trial_system_attr(trial._trial_id, CONSTRAINTS, limits)
            if proposed is None or mirror is None or mirror.searcher is None or mirror is not self._mirror_of(study):
                return
            used, space = self._config(mirror, trial), mirror.searcher.space
            if self._space is not None and used is None and state == TrialState.COMPLETE:
                unused = [name for name in proposed if name not in trial.params]
                if unused and not self._departs(trial, proposed):
                    raise ValueError(
                        f"space: {unused[0]!r} is active in trial {trial.number}, but the objective does not suggest "
                        "it: leave it out, or say by conditions= when it is"
                    )
            if used != proposed:
                study._storage.set_trial_system_attr(trial._trial_id, _ASKED, space.to_json(proposed))
            if not getattr(mirror.searcher, "_endless", True) and not mirror.ahead:
                following = mirror.searcher._proposal(self._offset + trial.number + 1)
                if following is None:
                    _stop(study)
                else:
                    mirror.ahead.append(following)

    def reseed_rng(self) -> None:
        """Do nothing: each trial has a generator of its own.

        Examples
        --------
        >>> HpmathSampler("random", rng=0).reseed_rng()
        """

    # Ask and tell

    def _ask(self, study: Any, trial: Any, ranges: Mapping[str, Any]) -> Config:
        """The configuration of a trial, after the searcher was told what has finished."""
        mirror = self._mirror_of(study)
        mirror.look(trial)
        if mirror.searcher is None or (self._space is None and mirror.ranges != ranges):
            axes = {name: Axis.of(name, dist) for name, dist in ranges.items()}
            space = self._space or Space({name: axis.ours for name, axis in axes.items()})
            mirror.start(self._new_searcher(space), dict(ranges), axes)
        if mirror.has_new_constraint():
            mirror.start(self._new_searcher(mirror.space), mirror.ranges, mirror.axes)
        searcher = self._tell(study, mirror, trial.number)
        config = mirror.ahead.pop() if mirror.ahead else searcher._proposal(self._offset + trial.number)
        if config is None:
            warnings.warn(
                f"{type(searcher).__name__} has proposed all it has: trial {trial.number} is drawn at random",
                stacklevel=2,
            )
            _stop(study)
            config = mirror.space.sample(1, np.random.default_rng([self._seed, trial.number]))[0]
        mirror.wait_for(trial.number, config)
        return config

    def _tell(self, study: Any, mirror: Mirror, number: int) -> Searcher:
        """Tell the searcher of the trials that have finished since, and which are pending."""
        searcher = mirror.searcher
        assert searcher is not None
        signs = [-1.0 if direction == StudyDirection.MAXIMIZE else 1.0 for direction in study.directions]
        configs, rows, limits = [], [], []
        for trial in mirror.finished[mirror.n_told :]:
            config = self._config(mirror, trial)
            asked = None if trial.number in mirror.pending else self._asked(mirror, trial)
            if asked is not None and asked != config and mirror.space.contains(asked):
                searcher._met(asked)  # proposed before this process, and spent
            mirror.end(trial.number, config)
            if config is None:
                continue
            configs.append(config)
            row = mirror.losses(trial, signs)
            rows.append(row if len(row) > 1 else row[0])
            if mirror.constraints:
                measured = constraints_of(trial)
                limits.append([measured.get(name, math.nan) for name in mirror.constraints])
        if configs:
            searcher.tell(configs, rows, constraints=limits or None)
        mirror.n_told = len(mirror.finished)
        for trial in mirror.running:
            if trial.number not in (number, *mirror.pending):
                config = self._config(mirror, trial)
                if config is not None:  # another process runs it
                    searcher._met(config)
                    mirror.wait_for(trial.number, config)
        return searcher

    def _refuse_several(self, study: Any) -> None:
        m, mirror = len(study.directions), self._mirror_of(study)
        if m == 1 or m == mirror.accepted:
            return
        space = self._space or Space({"x": Uniform(0, 1)})
        try:
            probe = self._new_searcher(space) if self._pristine is None else _copy(self._pristine)
        except (TypeError, ValueError):  # settings that need the space itself
            return
        if not probe.configs_:
            probe.tell(space.sample(1, 0), [[0.0] * m])
        probe.ask()
        mirror.accepted = m

    def _mirror_of(self, study: Any) -> Mirror:
        mirror = self._mirror
        if mirror is None or mirror.storage is not study._storage or mirror.study_id != study._study_id:
            mirror = self._mirror = Mirror(study._storage, study._study_id)
        return mirror

    def _new_searcher(self, space: Space) -> Searcher:
        if self._pristine is not None:
            searcher, self._given = self._given or _copy(self._pristine), None
        else:
            assert callable(self._make)
            searcher = self._make(space, rng=self._seed, **self._settings)
            if not isinstance(searcher, Searcher):
                raise TypeError(f"method must make a searcher, got {searcher!r}")
        return searcher

    # From their values to ours and back

    def _config(self, mirror: Mirror, trial: Any) -> Config | None:
        """A trial's configuration in the searcher's space; if it ended too early, what was asked; None without one."""
        space, config = mirror.space, self._asked(mirror, trial) or {}
        used: Config = {}
        try:
            for name in space:
                if name in trial.params:
                    value = trial.params[name]
                    used[name] = self._as_ours(name, value) if self._space else mirror.axes[name].back(value)
                elif name not in space.conditions and space[name].cardinality == 1:
                    used[name] = (space[name].values or ())[0]
        except ValueError:  # a choice that is not there
            return None
        for known in (used, {**config, **used}):
            if space.contains(known):
                return space.canonical(known)
        return None

    def _asked(self, mirror: Mirror, trial: Any) -> Config | None:
        """What was proposed for a trial that used something else."""
        kept = trial.system_attrs.get(_ASKED)
        if kept is None:
            return None
        return {name: value for name, value in mirror.space.from_json(kept).items() if name in mirror.space}

    def _expect(self, name: str, theirs: Any) -> Distribution:
        """Our distribution of a parameter that is suggested; an error if the call does not take its values."""
        assert self._space is not None
        if name not in self._space.names:
            raise ValueError(f"space: {unknown_name(name, self._space.names)}, but the objective suggests it")
        ours = self._space[name]
        if (name, mark := repr(theirs)) not in self._matched:
            few = ours.cardinality is not None and ours.cardinality <= _LISTED
            for value in (ours.values or ()) if few else ours.from_unit([0.0, 1.0]):
                self._as_theirs(name, ours, theirs, value)
            self._matched.add((name, mark))
        return ours

    def _as_theirs(self, name: str, ours: Distribution, theirs: Any, value: Any) -> Any:
        if name in self._theirs:
            ours, value = self._theirs[name], Axis.of(name, self._theirs[name]).out(value)
        if isinstance(theirs, CategoricalDistribution):
            names = _names(ours) if isinstance(ours, Categorical) else None
            label = value if names is None else names[int(ours._code(value) or 0)]
            for wanted, loose in ((value, False), (value, True), (label, False)):
                for choice in theirs.choices:
                    if value_key(choice, loose=loose) == value_key(wanted, loose=loose):
                        return choice
        elif is_number(value) and theirs._contains(float(value)):
            whole = isinstance(theirs, IntDistribution)
            if not whole or int(value) == value:
                return int(value) if whole else float(value)
        raise ValueError(f"space: {name!r} is {ours!r}, but the objective suggests {theirs!r}, without {value!r}")

    def _as_ours(self, name: str, value: Any) -> Any:
        assert self._space is not None
        if name in self._theirs:
            return Axis.of(name, self._theirs[name]).back(value)
        ours = self._space[name]
        if isinstance(ours, Categorical) and ours._code(value) is None:
            names = _names(ours) or []
            return ours.choices[names.index(value)] if value in names else value
        return value

    def _departs(self, trial: Any, proposed: Config) -> bool:
        """Whether a trial uses other values than were proposed, because they were enqueued or fixed."""
        both = [(self._as_ours(name, trial.params[name]), proposed[name]) for name in proposed if name in trial.params]
        return any(value_key(used, loose=True) != value_key(asked, loose=True) for used, asked in both)

    def _draw(self, trial: Any, name: str, ours: Distribution) -> Any:
        rng = np.random.default_rng([self._seed, trial.number, zlib.crc32(name.encode())])
        return ours.from_unit([rng.random()])[0]

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_lock": None, "_mirror": None, "_proposed": {}, "_given": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._lock = threading.RLock()


def _copy(searcher: Searcher) -> Searcher:
    """A searcher's copy on the same space: choices that are objects stay themselves."""
    return copy.deepcopy(searcher, {id(searcher.space): searcher.space})


@contextmanager
def _failing(study: Any, trial: Any) -> Iterator[None]:
    """If the sampler raises before the objective is called, fail the trial: Optuna would leave it running for good."""
    try:
        yield
    except Exception as error:
        study._storage.set_trial_system_attr(trial._trial_id, "fail_reason", f"{type(error).__name__}: {error}")
        study._storage.set_trial_state_values(trial._trial_id, TrialState.FAIL)
        raise


@contextmanager
def _stopping(study: Any) -> Iterator[None]:
    """If the space does not match the objective, stop the study: ``catch=`` would fail every trial with it."""
    try:
        yield
    except ValueError:
        _stop(study)
        raise


def _refuse_settings(make: Callable[..., Any], settings: Mapping[str, Any]) -> None:
    """Say at once which settings a searcher has, if it hasn't these."""
    parameters = inspect.signature(make).parameters
    if any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters.values()):
        return
    known = [name for name in list(parameters)[1:] if name != "rng"]
    if unknown := [name for name in settings if name not in known]:
        name_of = getattr(make, "__name__", repr(make))
        has = f"has the settings {', '.join(known)}" if known else "has no settings"
        raise TypeError(f"{name_of} {has}, got {', '.join(unknown)}")


def _stop(study: Any) -> None:
    with suppress(RuntimeError):  # ask and tell by hand, nothing to stop
        study.stop()
