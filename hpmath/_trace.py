"""What did the searcher see when it chose, and why did it choose that?

A `Trace` stands between a searcher and whoever asks it. After each ask it writes down what the proposal was made from:
predictions or densities on a grid, the acquisition, ranks, parents; and says in a sentence why. When the value comes
back it says what became of it. It draws no random numbers and sets nothing in the searcher, which proposes what it
would have proposed anyway.

Part of `hpmath.study`; used in chapters 17 (``tpe``), 18 (``pareto``) and 23 (``bayesopt``), and drawn by
``plotting.play``. Start reading at `Trace.asked`, then at the reader of one searcher, ``_of_bo``.

Symbols: n trials told when a step was asked for; a grid has c places along an axis.
"""

from __future__ import annotations

import copy
import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from hpmath._checks import FloatArray, as_count
from hpmath._values import copy_value
from hpmath.pareto import non_dominated_mask, non_dominated_sort
from hpmath.searchers import NSGA2, TPE, BayesianOptimization, Searcher
from hpmath.searchers.bayesopt import back_transformed
from hpmath.space import Config, Space

__all__ = ["Step", "Surface", "Trace"]

_ON_A_LINE = 101
_SAYS = {
    "log_ei": "EI is largest",
    "ei": "EI is largest",
    "lcb": "the confidence bound is lowest",
    "mes": "what the minimum's value would tell is most",
    "thompson": "a draw from the posterior is lowest",
}


@dataclass(frozen=True)
class Surface:
    """What was seen on a grid: of the whole space if it has one or two hyperparameters, else along one.

    Attributes
    ----------
    names : tuple of one or two str
    at : tuple of lists
        The places along each axis, in the hyperparameter's own values.
    layers : dict of str to ndarray, shape (c,) or (c, c)
        float32; the second index belongs to the second name. Bayesian optimisation has ``"mean"``, the predicted loss
        (its median), ``"low"`` and ``"high"``, a standard deviation away, and ``"acquisition"``, larger is better; TPE
        ``"log_l"``, ``"log_g"`` and ``"acquisition"``, their difference. NaN where the searcher did not look: outside
        of a local model's box, and where the space's constraints forbid.
    """

    names: tuple[str, ...]
    at: tuple[list[Any], ...]
    layers: dict[str, Any]


@dataclass
class Step:
    """One proposal: what it was made from, why, and what became of it.

    Attributes
    ----------
    number : int
        The trial's, in the order of asking.
    config : dict
        What was proposed.
    phase : str
        ``"initial"``, ``"random"``, ``"model"``, ``"local model"``, ``"densities"``, ``"generation 3"``, ``"proposed"``
        (nothing is known of how), or ``"log"``: taken over from an earlier run.
    n_told : int
        How many trials the searcher knew.
    surfaces : tuple of Surface
        Empty where no model was asked, and where the trace was thinned.
    predicted : tuple of two floats, or None
        What the model expected of it, and the standard deviation, in units of the loss.
    good : tuple of ints, or None
        TPE's good trials, by their places in ``searcher.configs_``.
    ranks : ndarray of int, shape (n_told,), or None
        Ranks of non-domination with several objectives; −1 for a failure. The front has rank 0.
    parents : tuple of two ints, or None
        Places in ``searcher.configs_``.
    values : tuple of floats, or None
        What came back, NaN for a failure; None while it is pending.
    sentence : str
        All of it in words.
    """

    number: int
    config: Config
    phase: str
    n_told: int
    why: str
    surfaces: tuple[Surface, ...] = ()
    predicted: tuple[float, float] | None = None
    good: tuple[int, ...] | None = None
    ranks: Any = None
    parents: tuple[int, int] | None = None
    values: tuple[float, ...] | None = None
    became: str = field(default="it has not come back")

    @property
    def sentence(self) -> str:
        return f"Trial {self.number}: {self.why}; {self.became}."


class Trace:
    """Ask and tell through it: a searcher proposes the same, and each step is kept.

    ``minimize(..., trace=True)`` makes one, ``study.trace``; in a loop of your own it takes the searcher's place.
    ``plotting.play`` draws it.

    Parameters
    ----------
    searcher : Searcher
        What it was told before is known, but has no steps.
    cells : int
        Places along an axis of a grid in two dimensions; a line has 101. An axis of fewer values has all of them.
    most : int
        How many steps keep their grids and ranks. When there are more every other step loses them, over the whole run;
        its sentence stays. So memory is bounded, but for some hundred bytes a step.

    Attributes
    ----------
    searcher : Searcher

    Raises
    ------
    TypeError, ValueError
        If the searcher is none, or a count is no whole number of at least 2.

    Notes
    -----
    Thompson sampling and max-value entropy search have no ``"acquisition"`` layer: theirs is made of random draws.
    Predictions are brought back to the units of the loss by the inverse of the searcher's transform, and cut off where
    they are as far beyond the losses told as those are apart.

    Examples
    --------
    >>> from hpmath import BayesianOptimization, LogUniform, Trace
    >>> trace = Trace(BayesianOptimization({"C": LogUniform(1e-2, 1e2)}, rng=0))
    >>> for _ in range(8):
    ...     configs = trace.ask()
    ...     trace.tell(configs, [np.log10(config["C"]) ** 2 for config in configs])
    >>> print(trace.steps[6].sentence)
    Trial 6: EI is largest at C = 0.999, predicted ... ± ...; it came out 3.48e-07, the best so far.
    >>> sorted(trace.steps[6].surfaces[0].layers)
    ['acquisition', 'high', 'low', 'mean']
    """

    def __init__(self, searcher: Searcher, *, cells: int = 25, most: int = 200) -> None:
        if not isinstance(searcher, Searcher):
            raise TypeError(f"searcher must be a Searcher, got {searcher!r}")
        self.searcher = searcher
        self.cells, self.most = as_count(cells, "cells", least=2), as_count(most, "most", least=2)
        self._steps: dict[int, Step] = {}
        self._numbers: list[int | None] = []  # of what the searcher was told, by place
        self._stride = 1  # of the steps that keep their grids
        self._full: list[Step] = []
        self._whole: list[_Grid] | None = None

    @property
    def steps(self) -> list[Step]:
        """The steps in the order of asking.

        Each has ``number``, ``config``, ``phase``, ``n_told`` (trials known then), ``surfaces`` (each with ``names``,
        ``at`` and ``layers``), ``predicted``, ``good``, ``ranks``, ``parents``, ``values`` and ``sentence``.

        Examples
        --------
        >>> from hpmath import minimize
        >>> study = minimize(lambda config: config["x"], {"x": [2, 1]}, method="grid", trace=True)
        >>> for step in study.trace.steps:
        ...     print(step.sentence)
        Trial 0: x = 2 is proposed; it came out 2, the best so far.
        Trial 1: x = 1 is proposed; it came out 1, the best so far.
        """
        return [self._steps[number] for number in sorted(self._steps)]

    @property
    def numbers(self) -> list[int | None]:
        """The trial number of each configuration that the searcher was told, in that order; None if it has no step.

        Examples
        --------
        >>> from hpmath import GridSearch, Trace
        >>> search = GridSearch({"x": [1, 2]})
        >>> search.tell([{"x": 2}], [0.1])
        >>> trace = Trace(search)
        >>> trace.tell(trace.ask(), [0.2])
        >>> trace.numbers
        [None, 0]
        """
        return [*self._numbers, *[None] * (len(self.searcher.configs_) - len(self._numbers))]

    def ask(self, n: int = 1) -> list[Config]:
        """Ask the searcher, and keep what it saw. As `Searcher.ask`.

        Examples
        --------
        >>> from hpmath import RandomSearch, Trace
        >>> Trace(RandomSearch({"x": [1, 2, 3]}, rng=0)).ask(2) == RandomSearch({"x": [1, 2, 3]}, rng=0).ask(2)
        True
        """
        proposals: list[Config] = []
        for _ in range(as_count(n, "n")):
            if not (configs := self.searcher.ask()):
                break
            self.asked(max(self._steps, default=-1) + 1, configs[0])
            proposals += configs
        return proposals

    def tell(self, configs: Iterable[Mapping[str, Any]], values: Any, *, constraints: Any = None) -> None:
        """Tell the searcher, and keep what became of its steps. As `Searcher.tell`.

        Examples
        --------
        >>> from hpmath import RandomSearch, Trace
        >>> trace = Trace(RandomSearch({"x": [1, 2, 3]}, rng=0))
        >>> trace.tell(trace.ask(), [float("nan")])
        >>> trace.steps[0].sentence
        'Trial 0: x = 2 is drawn at random; it failed.'
        """
        first = len(self.searcher.configs_)
        self.searcher.tell(configs, values, constraints=constraints)
        key = self.searcher._key
        for place in range(first, len(self.searcher.configs_)):
            mark = key(self.searcher.configs_[place])
            waiting = (s.number for s in self.steps if s.values is None and key(s.config) == mark)
            if (number := next(waiting, None)) is not None:
                self.told(number, place)

    def asked(self, number: int, config: Config) -> None:
        """Keep what the searcher's last ask saw, which proposed ``config`` as trial ``number``.

        Examples
        --------
        >>> from hpmath import RandomSearch, Trace
        >>> trace = Trace(search := RandomSearch({"x": [1, 2, 3]}, rng=0))
        >>> trace.asked(7, search.ask()[0])
        >>> trace.steps[0].number
        7
        """
        search = self.searcher
        config, n = copy_value(config), len(search.configs_)
        seen = _reader(search)(self, config)
        step = Step(number, config, n_told=n, **seen)
        if search.values_.ndim == 2:
            step.ranks = _ranks(search.values_)
        self._steps[number] = step
        self._thin(step)

    def told(self, number: int, place: int = -1) -> None:
        """Keep what became of trial ``number``: the searcher was told it at ``place``, by default the last.

        Examples
        --------
        >>> from hpmath import RandomSearch, Trace
        >>> trace = Trace(search := RandomSearch({"x": [1, 2, 3]}, rng=0))
        >>> trace.asked(0, search.ask()[0])
        >>> search.tell([trace.steps[0].config], [0.5])
        >>> trace.told(0)
        >>> trace.steps[0].values
        (0.5,)
        """
        self._numbers = self.numbers
        place %= len(self._numbers)
        self._numbers[place] = number
        step = self._steps[number]
        step.values = tuple(np.atleast_1d(self.searcher.values_[place]).tolist())
        step.became = self._became(place)

    def take_over(self, numbers: Sequence[int]) -> None:
        """Give trials that were told from a log, the last ones, their numbers; they have steps without surfaces.

        Examples
        --------
        >>> from hpmath import RandomSearch, Trace
        >>> trace = Trace(search := RandomSearch({"x": [1, 2, 3]}, rng=0))
        >>> search.tell([{"x": 3}], [0.5])
        >>> trace.take_over([0])
        >>> trace.steps[0].sentence
        'Trial 0: x = 3 comes from the log; it came out 0.5, the best so far.'
        """
        first = len(self.searcher.configs_) - len(numbers)
        for place, number in enumerate(numbers, first):
            config = copy_value(self.searcher.configs_[place])
            self._steps[number] = Step(number, config, "log", place, f"{said(config)} comes from the log")
            self.told(number, place)

    def _became(self, place: int) -> str:
        """In words, among what was told up to then."""
        values = self.searcher.values_[: place + 1]
        if np.isnan(values[-1]).any():
            return "it failed"
        if values.ndim == 1:
            worked = values[:-1][~np.isnan(values[:-1])]
            best = not len(worked) or values[-1] < worked.min()
            stays = "the best so far" if best else f"the best so far is {worked.min():.3g}"
            return f"it came out {values[-1]:.3g}, {stays}"
        worked = values[~np.isnan(values).any(axis=1)]
        came = "it came out " + ", ".join(f"{value:.3g}" for value in values[-1])
        over = int(((worked <= worked[-1]).all(axis=1) & (worked < worked[-1]).any(axis=1)).sum())
        if over:
            return f"{came}; {over} of {len(worked) - 1} others dominate{'s' * (over == 1)} it"
        size = int(non_dominated_mask(worked).sum())
        return f"{came}; none dominates it, with it the front has {size} trial{'s' * (size != 1)}"

    def _thin(self, step: Step) -> None:
        """Let no more than ``most`` steps keep their arrays."""
        if not step.surfaces and step.ranks is None:
            return
        self._full.append(step)
        while len(self._full) > self.most:
            for out in self._full[1:-1:2]:  # the first and the last stay
                out.surfaces, out.ranks = (), None
            self._full = [s for s in self._full if s.surfaces or s.ranks is not None]

    def grids(self, config: Config) -> list[_Grid]:
        """Where surfaces are looked at: everywhere in one or two dimensions, else along each axis through config."""
        space = self.searcher.space
        if len(space) > 2:
            return [_grid(space, (name,), self.cells, config) for name in space.names if name in config]
        self._whole = self._whole or [_grid(space, space.names, self.cells, None)]
        return self._whole


# --- grids


@dataclass(frozen=True)
class _Grid:
    names: tuple[str, ...]
    at: tuple[list[Any], ...]
    configs: list[Config]
    allowed: Any  # (c,) or (c, c)

    def surface(self, layers: Mapping[str, FloatArray]) -> Surface:
        shape = tuple(map(len, self.at))
        cut = {
            name: np.where(self.allowed, np.reshape(layer, shape), np.nan).astype(np.float32)
            for name, layer in layers.items()
        }
        return Surface(self.names, self.at, cut)


def _grid(space: Space, names: tuple[str, ...], cells: int, through: Config | None) -> _Grid:
    axes = []
    for name in names:
        dist, c = space[name], cells if len(names) == 2 else _ON_A_LINE
        few = dist.cardinality is not None and dist.cardinality <= c
        axes.append(np.asarray(dist.to_unit(list(dist.values or ())) if few else (np.arange(c) + 0.5) / c))
    places = np.array(list(itertools.product(*axes)))
    U = np.full((len(places), len(space)), 0.5)
    if through is not None:
        U = np.where(np.isnan(u := space.to_unit([through])), 0.5, u).repeat(len(places), axis=0)
    for name, column in zip(names, places.T, strict=True):
        U[:, space.names.index(name)] = column
    configs = space.from_unit(U)
    allowed = np.array([space.allows(config) for config in configs]) if space.constraints else np.ones(len(U), bool)
    at = tuple(list(space[name].from_unit(axis)) for name, axis in zip(names, axes, strict=True))
    return _Grid(names, at, configs, allowed.reshape([len(axis) for axis in axes]))


# --- the searchers


def _reader(searcher: Searcher) -> Any:
    readers = {BayesianOptimization: _of_bo, TPE: _of_tpe, NSGA2: _of_nsga2}
    return next((read for kind, read in readers.items() if isinstance(searcher, kind)), _of_any)


def _of_any(trace: Trace, config: Config) -> dict[str, Any]:
    if type(trace.searcher).__name__ == "RandomSearch":
        return {"phase": "random", "why": f"{said(config)} is drawn at random"}
    return {"phase": "proposed", "why": f"{said(config)} is proposed"}


def _of_bo(trace: Trace, config: Config) -> dict[str, Any]:
    search, info = trace.searcher, trace.searcher.info_
    assert isinstance(search, BayesianOptimization)
    if info["phase"] == "initial":
        return {"phase": "initial", "why": f"{said(config)} is of the initial design"}
    near = info["phase"] == "local model"
    view = _before(search, config)._with_pending(search._views["near" if near else "all"])
    back = _units_of_loss(search, near)
    rule = None
    if search.acquisition in ("log_ei", "ei", "lcb"):
        rule = search._rule(view, info["best"], np.empty((0, 0)), np.random.default_rng(0))  # draws nothing
    surfaces = []
    for grid in trace.grids(config):
        F = search._encoding.features(search._encoding.fill(grid.configs))
        half_cell = 0.5 / max(map(len, grid.at)) + 1e-9
        inside = (np.abs(F - view.low - view.width / 2) <= view.width / 2 + half_cell).all(axis=1)
        mean, std = view.model.predict(view.inputs(F), return_std=True)
        layers = {"mean": back(mean), "low": back(mean - std), "high": back(mean + std)}
        if rule is not None or (view.trials.limits and np.isnan(info["best"])):
            layers["acquisition"] = view.value(rule, F, gradient=False)[0]
        surfaces.append(grid.surface({name: np.where(inside, layer, np.nan) for name, layer in layers.items()}))
    mean, std = view.model.predict(
        view.inputs(search._encoding.features(search._encoding.fill([config]))), return_std=True
    )
    low, middle, high = (float(back(mean + k * std)[0]) for k in (-1, 0, 1))
    predicted = middle, (high - low) / 2
    what = ("within the box of the best trials " if near else "") + _SAYS[search.acquisition]
    why = f"{what} at {said(config)}, predicted {middle:.3g} ± {predicted[1]:.2g}"
    if np.isnan(info["best"]):
        why = f"nothing is known to be feasible, {said(config)} is likeliest to be"
    elif info["chosen"] < 0:
        why = f"where {what} nothing is new, {said(config)} is drawn at random"
    return {"phase": info["phase"], "why": why, "surfaces": tuple(surfaces), "predicted": predicted}


def _before(search: BayesianOptimization, config: Config) -> BayesianOptimization:
    """The searcher as it was when it was asked: ``config`` is not pending yet."""
    before, key = copy.copy(search), search._key(config)
    before._pending = {k: equal[:-1] if k == key else equal for k, equal in search._pending.items()}
    before._n_pending -= 1
    return before


def _units_of_loss(search: BayesianOptimization, near: bool) -> Any:
    """A function from the model's scale back to losses: the inverse of the transform of those it was fitted to."""
    y = search.values_
    if near:
        rank = np.where(search._trials().feasible, y, np.nan)
        n = int(np.isfinite(rank).sum())
        y = y[np.argsort(rank, kind="stable")[: max(n // 3, 3 * search._n_axes)]]
    return back_transformed(y[np.isfinite(y)], search.transform)


def _of_tpe(trace: Trace, config: Config) -> dict[str, Any]:
    search, info = trace.searcher, trace.searcher.info_
    assert isinstance(search, TPE)
    if not info or info["chosen"] is None:
        return {"phase": "random", "why": f"{said(config)} is drawn at random"}
    surfaces = []
    for grid in trace.grids(config):
        log_l, log_g = (
            density._log_relative(density._encode(search.space.to_unit(grid.configs)))
            for density in (search.good_, search.bad_)
        )
        surfaces.append(grid.surface({"log_l": log_l, "log_g": log_g, "acquisition": log_l - log_g}))
    i = info["chosen"]
    ratio = math.exp(min(info["log_l"][i] - info["log_g"][i], 700.0))
    n, good = len(info["candidates"]), tuple(info["good"].tolist())
    why = (
        f"of {n} candidates {said(config)} has the largest ratio of densities, {ratio:.3g}, "
        f"with {len(good)} good trials and {len(info['bad'])} bad ones"
    )
    return {"phase": "densities", "why": why, "surfaces": tuple(surfaces), "good": good}


def _of_nsga2(trace: Trace, config: Config) -> dict[str, Any]:
    info = trace.searcher.info_
    if info["parents"] is None:
        return {"phase": "generation 0", "why": f"{said(config)} is of the first population"}
    numbers, parents = trace.numbers, info["parents"]
    names = ["one told before" if numbers[i] is None else f"trial {numbers[i]}" for i in parents]
    ranks = dict(zip(info["population"].tolist(), info["rank"].tolist(), strict=True))
    who = " and ".join(f"{name} (rank {ranks[i]})" for name, i in zip(names, parents, strict=True))
    why = f"{said(config)} is a child of {who}"
    return {"phase": f"generation {info['generation']}", "why": why, "parents": parents}


def _ranks(Y: FloatArray) -> Any:
    worked = ~np.isnan(Y).any(axis=1)
    ranks = np.full(len(Y), -1, dtype=np.int32)
    ranks[worked] = non_dominated_sort(Y[worked])
    return ranks


def said(config: Mapping[str, Any]) -> str:
    """A configuration in words: ``C = 3.2, kernel = rbf``."""
    parts = (
        f"{name} = {value:.3g}" if isinstance(value, float) else f"{name} = {value}" for name, value in config.items()
    )
    return ", ".join(parts)
