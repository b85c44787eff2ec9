"""What does a searcher see of a study that Optuna keeps? Part of ``bridges/optuna``.

`Mirror` remembers which trials have finished and which of them the searcher was told; start at `Mirror.look`. `Axis`
turns a distribution of Optuna into one of ours, and values there and back: a parameter with a step becomes a number of
steps.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from optuna.distributions import CategoricalDistribution, IntDistribution
from optuna.trial import TrialState

from hpmath._optuna import _as_ours, constraints_of
from hpmath.distributions import Categorical, Distribution, Integer
from hpmath.searchers import Searcher
from hpmath.space import Config, Space

__all__ = ["Axis", "Mirror"]


@dataclass
class Mirror:
    """A study as its searcher sees it: what has finished, whom it waits for."""

    storage: Any
    study_id: int
    # the study
    n_seen: int = 0  # all trials before this one have been seen to have finished
    later: set[int] = field(default_factory=set)  # and these after it
    finished: list[Any] = field(default_factory=list)
    running: list[Any] = field(default_factory=list)
    shared: dict[str, Any] | None = None  # the ranges that all have suggested
    constraints: dict[str, None] = field(default_factory=dict)  # the names of all
    looked_for: int = -1
    accepted: int = 1  # so many objectives
    # the searcher
    searcher: Searcher | None = None
    ranges: dict[str, Any] = field(default_factory=dict)  # their distributions, where no space was given
    axes: dict[str, Axis] = field(default_factory=dict)
    n_told: int = 0  # of those that have finished
    n_constraints: int = 0
    pending: dict[int, Config] = field(default_factory=dict)
    ahead: list[Config] = field(default_factory=list)  # proposed, for trials to come
    best: float = math.inf

    def look(self, trial: Any) -> None:
        """Take note of what has happened in the study, once for each trial."""
        if self.looked_for == trial._trial_id:
            return
        self.looked_for, self.running = trial._trial_id, []
        for other in self.storage.get_all_trials(self.study_id, deepcopy=False)[self.n_seen :]:
            if other.state == TrialState.RUNNING:
                self.running.append(other)
            elif other.state.is_finished() and other.number not in self.later:
                self.later.add(other.number)
                self.finished.append(other)
                self.constraints |= dict.fromkeys(constraints_of(other))
                if other.state != TrialState.FAIL:
                    known = other.distributions if self.shared is None else self.shared
                    shared = {n: dist for n, dist in known.items() if other.distributions.get(n) == dist}
                    self.shared = {name: shared[name] for name in sorted(shared) if not shared[name].single()}
        while self.n_seen in self.later:
            self.later.discard(self.n_seen)
            self.n_seen += 1

    def start(self, searcher: Searcher, ranges: dict[str, Any] | None = None, axes: Any = None) -> None:
        """Begin with a new searcher, that knows nothing of the study."""
        self.searcher, self.ranges, self.axes = searcher, ranges or {}, axes or {}
        self.n_told, self.n_constraints, self.best = 0, len(self.constraints), math.inf
        self.pending, self.ahead = {}, []

    def has_new_constraint(self) -> bool:
        """Whether there is one that earlier trials were not told with."""
        if self.n_told == 0:
            self.n_constraints = len(self.constraints)
        return self.n_constraints != len(self.constraints)

    @property
    def space(self) -> Space:
        assert self.searcher is not None
        return self.searcher.space

    def wait_for(self, number: int, config: Config) -> None:
        assert self.searcher is not None
        self.pending[number] = config
        self.searcher._pending.setdefault(self.searcher._key(config), []).append(config)
        self.searcher._n_pending += 1

    def end(self, number: int, used: Config | None) -> None:
        """Forget what was pending if something else was used: the searcher would wait for ever."""
        assert self.searcher is not None
        asked = self.pending.pop(number, None)
        if asked is None or (used is not None and self.searcher._key(used) == self.searcher._key(asked)):
            return
        key = self.searcher._key(asked)
        self.searcher._pending[key].pop()
        self.searcher._n_pending -= 1
        if not self.searcher._pending[key]:
            del self.searcher._pending[key]

    def losses(self, trial: Any, signs: Sequence[float]) -> list[float]:
        """What a finished trial is told with."""
        if trial.state == TrialState.COMPLETE:
            row = [sign * value for sign, value in zip(signs, trial.values, strict=True)]
            if len(row) == 1 and math.isfinite(row[0]):
                self.best = min(self.best, row[0])
            return row
        reported = trial.intermediate_values
        if trial.state == TrialState.PRUNED and len(signs) == 1 and reported:
            last = signs[0] * reported[max(reported)]
            return [last if self.best == math.inf else max(last, self.best)]
        return [math.nan] * len(signs)


@dataclass
class Axis:
    """A distribution of Optuna as one of ours, and the way from our values to theirs and back."""

    ours: Distribution
    out: Callable[[Any], Any]
    back: Callable[[Any], Any]

    @classmethod
    def of(cls, name: str, theirs: Any) -> Axis:
        try:
            return cls._of(theirs)
        except (TypeError, ValueError) as error:
            raise type(error)(f"parameter {name!r}, {theirs!r}: {error}") from error

    @classmethod
    def _of(cls, theirs: Any) -> Axis:
        if isinstance(theirs, CategoricalDistribution):
            places = list(dict.fromkeys(int(theirs.to_internal_repr(choice)) for choice in theirs.choices))
            choices = [theirs.choices[i] for i in places]  # of equal ones the first: Optuna can't tell 1 from True
            return cls(Categorical(choices), _same, lambda value: theirs.choices[int(theirs.to_internal_repr(value))])
        whole = isinstance(theirs, IntDistribution)
        if theirs.step is None or (whole and theirs.step == 1):
            return cls(_as_ours(theirs), _same, _same)
        low, high, step = theirs.low, theirs.high, theirs.step
        last = round((high - low) / step)

        def out(k: int) -> Any:
            return min(low + k * step, high)

        def back(value: Any) -> Any:
            return round((value - low) / step) if theirs._contains(float(value)) else value

        return cls(Integer(0, last), out, back)


def _same(value: Any) -> Any:
    return value
