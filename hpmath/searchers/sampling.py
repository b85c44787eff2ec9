"""Which configurations do you try when you learn nothing from those before?

Three answers: all combinations of a few levels, independent draws, or points spread more evenly than chance would.
They are the baseline that every other method has to beat, and the first points of most of them.

Taught in chapters 00 (``tuning_problem``), 08 (``distributions``) and 13 (``global_search``). Start with
`RandomSearch`, which is one line.

Symbols: d hyperparameters, u in [0, 1]^d a point of the unit cube, which the space maps to a configuration.

Bergstra & Bengio (2012), JMLR 13 (random against grid); Sobol' (1967); Matoušek (1998) (scrambling by a random linear
matrix and a digital shift); McKay, Beckman & Conover (1979) (Latin hypercubes).
"""

from __future__ import annotations

from abc import abstractmethod
from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import numpy as np

from hpmath._checks import RNG, FloatArray, as_count, one_of
from hpmath._conditions import unknown_name
from hpmath.distributions import Distribution
from hpmath.searchers._base import Searcher
from hpmath.space import MAX_TRIES, Config, Space

__all__ = ["GridSearch", "QuasiRandomSearch", "RandomSearch"]

_BLOCK = 256  # points made at a time
_MOST_SHUFFLED = 10_000_000
_LATTICE = 2.0**30  # Sobol' points have 30 binary digits


class RandomSearch(Searcher):
    """Independent draws from the space's distributions. It never finishes.

    The i-th proposal depends on the seed and i alone, so it is the same for any number of workers. In a finite space
    draws repeat, as chance has it; only failed configurations are passed over while there are others. If all have
    failed it draws from them again.

    Parameters
    ----------
    space : Space, or what makes one
        Where to search.
    rng : None, int or numpy.random.Generator
        Seed.

    Raises
    ------
    ValueError
        From ``ask``, if the constraints refuse 10,000 draws in a row.

    References
    ----------
    Bergstra & Bengio (2012).

    Examples
    --------
    >>> from hpmath import LogUniform, RandomSearch
    >>> search = RandomSearch({"C": LogUniform(1e-2, 1e4), "gamma": LogUniform(1e-6, 1e-1)}, rng=0)
    >>> configs = search.ask(3)
    >>> len(configs), sorted(configs[0])
    (3, ['C', 'gamma'])
    """

    def _next(self, rng: np.random.Generator) -> Config | None:
        return self._random(rng)


class _SequenceSearch(Searcher):
    """Proposes the elements of a fixed sequence in order.

    The next proposal is the first element that what was asked or told does not account for, as a multiset. So a
    resumed run goes on where it stopped and first makes up for what was pending when it was killed.
    """

    _endless = True

    def __init__(self, space: Space | Mapping[str, Any], *, rng: RNG = None) -> None:
        super().__init__(space, rng=rng)
        self._position = 0
        self._accounted: Counter[Hashable] = Counter()

    @abstractmethod
    def _element(self, i: int) -> Config | None:
        """The i-th of the sequence, None past its end. Called with growing i."""

    def _mark(self, config: Config) -> Hashable:
        """What equal elements share."""
        return self.space.key(config)

    def _met(self, config: Config) -> None:
        self._accounted[self._mark(config)] += 1

    def _next(self, rng: np.random.Generator) -> Config | None:
        in_vain = 0
        while (config := self._element(self._position)) is not None:
            self._position += 1
            if self._is_accounted_for(config):
                continue
            allowed = self.space.allows(config)
            if allowed and not self._spent(config):
                self.info_ = {"index": self._position - 1}
                return config
            in_vain += 1
            if in_vain == MAX_TRIES and self._endless:
                if not allowed:
                    raise ValueError(f"constraints refused {MAX_TRIES} points of the sequence in a row")
                return self._another() or config
        return None

    def _is_accounted_for(self, config: Config) -> bool:
        if not self._accounted or (mark := self._mark(config)) not in self._accounted:
            return False
        self._accounted[mark] -= 1
        if not self._accounted[mark]:
            del self._accounted[mark]
        return True


class GridSearch(_SequenceSearch):
    """All combinations of a few levels of each hyperparameter, each once; then it has finished.

    The order is lexicographic: the first hyperparameter varies slowest, a conditional one follows its parent. With
    ``shuffle`` it is random, so that a search which stops early has not just seen one corner. Combinations that differ
    only in inactive hyperparameters are one; combinations that the constraints forbid are left out; combinations told
    before are not asked for again.

    Parameters
    ----------
    space : Space, or what makes one
        Where to search.
    points : int, or mapping of str to int or sequence
        How many levels a hyperparameter has (those not in a mapping: 5), or the levels themselves. Levels are evenly
        spaced in the unit cube: a log-uniform one gets a geometric series. The ends are among them; one level is the
        median; an unbounded hyperparameter gets the quantiles (i + ½) / points. Integers are rounded to the cell that
        they fall in and taken once, so there may be fewer. Of choices, all are taken.
    shuffle : bool
        Random order, up to ten million combinations.
    rng : None, int or numpy.random.Generator
        Seed of the order.

    Attributes
    ----------
    grid : Grid
        ``grid.size`` combinations, constraints not counted; ``grid[i]`` is the i-th in lexicographic order.

    Raises
    ------
    ValueError
        If a name is unknown, a level is no value of its hyperparameter or comes twice, or there are too many
        combinations to shuffle; from ``ask``, if the constraints forbid them all.

    Examples
    --------
    >>> from hpmath import GridSearch, LogUniform
    >>> search = GridSearch({"C": LogUniform(1e-2, 1e4), "kernel": ["linear", "rbf"]}, points=3)
    >>> while configs := search.ask(3):
    ...     print([tuple(config.values()) for config in configs])
    [(0.01, 'linear'), (0.01, 'rbf'), (10.0, 'linear')]
    [(10.0, 'rbf'), (10000.0, 'linear'), (10000.0, 'rbf')]
    """

    _endless = False

    def __init__(
        self,
        space: Space | Mapping[str, Any],
        points: int | Mapping[str, int | Sequence[Any]] = 5,
        *,
        shuffle: bool = False,
        rng: RNG = None,
    ) -> None:
        super().__init__(space, rng=rng)
        self.points, self.shuffle = points, shuffle
        wanted: Mapping[str, Any] = points if isinstance(points, Mapping) else dict.fromkeys(self.space.names, points)
        for name in wanted:
            if name not in self.space.names:
                raise ValueError(f"points: {unknown_name(name, self.space.names)}")
        self.grid = self.space.grid({name: _levels(self.space[name], wanted.get(name, 5), name) for name in self.space})
        self._order = None
        if shuffle:
            if self.grid.size > _MOST_SHUFFLED:
                raise ValueError(f"shuffle takes up to {_MOST_SHUFFLED} combinations, got {self.grid.size}")
            self._order = np.random.default_rng(self._seed).permutation(self.grid.size)

    def _element(self, i: int) -> Config | None:
        if i < self.grid.size:
            return self.grid[i if self._order is None else int(self._order[i])]
        if not self.configs_ and not self._n_pending:
            raise ValueError(f"constraints forbid all {self.grid.size} points of the grid")
        return None


class QuasiRandomSearch(_SequenceSearch):
    """Points that fill the unit cube more evenly than independent draws. It never finishes.

    ``"sobol"``: the scrambled Sobol' sequence. Its first 2ᵐ points are balanced: every interval
    [k/2ᵐ, (k + 1)/2ᵐ) of every coordinate has exactly one. Other numbers of points are less even: prefer 16, 32, 64 ….

    ``"latin hypercube"``: blocks of ``n_points``, each of which has exactly one point in every interval of length
    1/n_points of every coordinate; blocks are independent. It must know its number of points beforehand.

    Scrambling makes each single point uniform, so a proposal has the distribution of a random draw. Points that the
    constraints forbid are left out, and the others keep their order. Conditional hyperparameters use their coordinate
    where they are active. In a finite space configurations come back in equal shares; failed ones are passed over
    while there are others. What was told before without being asked for takes the place of the equal point.

    Parameters
    ----------
    space : Space, or what makes one
        Where to search.
    method : {"sobol", "latin hypercube"}
        The kind of points.
    n_points : int
        Size of a Latin hypercube: give the number of trials. Not used by Sobol'.
    rng : None, int or numpy.random.Generator
        Seed of the scrambling.

    Raises
    ------
    ValueError
        If ``method`` is unknown; from ``ask``, if the constraints refuse 10,000 points in a row.

    References
    ----------
    Sobol' (1967); Matoušek (1998); McKay, Beckman & Conover (1979). The points are made by ``scipy.stats.qmc``.

    Examples
    --------
    One point in each eighth of the range:

    >>> from hpmath import QuasiRandomSearch, Uniform
    >>> configs = QuasiRandomSearch({"x": Uniform(0, 8)}, rng=0).ask(8)
    >>> sorted(int(config["x"]) for config in configs)
    [0, 1, 2, 3, 4, 5, 6, 7]
    """

    def __init__(
        self,
        space: Space | Mapping[str, Any],
        method: str = "sobol",
        *,
        n_points: int = 64,
        rng: RNG = None,
    ) -> None:
        super().__init__(space, rng=rng)
        self.method = one_of(method, "method", ("sobol", "latin hypercube"))
        self.n_points = as_count(n_points, "n_points")
        self._engine: Any = None
        self._block: list[Config] = []
        self._block_from = 0

    def _element(self, i: int) -> Config | None:
        while i >= self._block_from + len(self._block):
            self._block_from += len(self._block)
            self._block = self.space.from_unit(self._points())
        return self._block[i - self._block_from]

    def _points(self) -> FloatArray:
        """The next block of the sequence, (k, d)."""
        if self._engine is None:
            from scipy.stats import qmc  # takes a second to import

            make = qmc.Sobol if self.method == "sobol" else qmc.LatinHypercube
            rng = np.random.default_rng(self._seed)
            try:
                self._engine = make(len(self.space), rng=rng)
            except TypeError:  # SciPy before 1.15
                self._engine = make(len(self.space), seed=rng)
        return np.asarray(self._engine.random(_BLOCK if self.method == "sobol" else self.n_points))

    def _mark(self, config: Config) -> Hashable:
        # the coordinates on Sobol's own lattice: another machine's last digit makes no difference
        u = self.space.to_unit([config])[0]
        return np.where(np.isnan(u), -1.0, np.rint(u * _LATTICE)).tobytes()


def _levels(distribution: Distribution, points: Any, name: str) -> Sequence[Any]:
    if isinstance(points, (Sequence, np.ndarray)) and not isinstance(points, str):
        return list(points)
    n = as_count(points, f"points of {name!r}")
    cardinality = distribution.cardinality
    if distribution.kind == "categorical" or (cardinality is not None and cardinality <= n):
        return list(distribution.values or ())
    bounded = np.isfinite(distribution.ppf([0.0, 1.0])).all()
    u = np.linspace(0, 1, n) if bounded and n > 1 else (np.arange(n) + 0.5) / n
    return list(dict.fromkeys(distribution.from_unit(u)))
