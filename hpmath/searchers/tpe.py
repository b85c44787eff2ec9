r"""Where did the good trials lie, and where the bad ones? Look where the first are dense and the second are not.

The tree-structured Parzen estimator turns regression upside down. Instead of a model of the loss at x it has two models
of x: l, a density of the good trials (the best share γ of them), and g, a density of the others. It draws candidates
from l and proposes the one of the largest l(x)/g(x). If a share γ of all losses lies below the split :math:`y^\gamma`,
the expected improvement on it is proportional to

.. math:: \Big(\gamma + (1 - \gamma)\,\frac{g(x)}{l(x)}\Big)^{-1},

so the largest ratio is the largest expected improvement (Bergstra et al. 2011, sec. 4.1; derived in the chapter).

Taught in chapter 17 (``tpe``). Read `TPE._next`, the whole algorithm, then `TPE._good`, the split; then
``parzen.py``, the densities.

Symbols: n trials told, the first n_good of their order are good; z, shape (n, d), are their configurations in the
coordinates of the kernels; c candidates.

Bergstra, Bardenet, Bengio & Kégl (2011), Algorithms for Hyper-Parameter Optimization; Bergstra, Yamins & Cox (2013);
Ozaki et al. (2020, 2022), several objectives; Watanabe (2023), arXiv:2304.11127, what matters in practice.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hpmath._checks import RNG, FloatArray, as_count, as_fraction, one_of
from hpmath.pareto import crowding_distance, non_dominated_sort
from hpmath.parzen import ParzenEstimator
from hpmath.searchers._base import Searcher
from hpmath.space import Config, Space

__all__ = ["TPE"]

Gamma = str | float | Callable[[int], int]
Key = tuple[float, float, int]  # what trials are ordered by: violation of constraints, value or rank, index

_SCHEDULES: dict[str, Callable[[int], int]] = {
    "linear": lambda n: min(math.ceil(0.15 * n), 25),
    "sqrt": lambda n: min(math.ceil(0.25 * math.sqrt(n)), 25),
}
_RECENT = 25  # trials that "recency" gives their full weight
_MOST_REDRAWS = 100  # random draws for a new configuration where all candidates are known


class TPE(Searcher):
    r"""Tree-structured Parzen estimator: propose where good trials are dense and bad ones are not. It never finishes.

    The first ``n_initial`` proposals are random. Then each ``ask`` parts the trials told into good and bad, fits a
    `ParzenEstimator` to either, draws candidates from that of the good, and proposes the candidate of the largest ratio
    that is allowed and new. If all are known it proposes a random one that is not, and where nothing is new, the best.

    *Good* are the first ``gamma(n)`` of n in this order: feasible ones by value, then those that break constraints by
    how much, then failures. Of several that tie at the boundary all are bad, unless they are the best: then all are
    good. Where nothing tells trials apart proposals are random.

    With several objectives the order is that of non-domination ranks, and within a rank the crowding distance, the
    loneliest first (Deb et al. 2002): the good ones spread along the front.

    *Pending* configurations count as bad, which keeps parallel proposals apart (the constant liar of Ginsbourger et al.
    2010).

    *Conditional* spaces are trees: one density for all branches, see `ParzenEstimator`. A candidate's branch is part of
    what is compared.

    Parameters
    ----------
    space : Space, or what makes one
        Where to search. Lists of numbers count as ordered.
    gamma : {"linear", "sqrt"}, float or callable
        How many of n trials are good, at least 1 and at most n − 1: ``"linear"``, ⌈0.15 n⌉ up to 25
        (Optuna has 0.1 n); ``"sqrt"``, ⌈0.25 √n⌉ up to 25 (Hyperopt's, Bergstra et al. 2013); a number γ, ⌈γ n⌉; or a
        function of n.
    n_candidates : int
        How many draws from l are compared. More search the ratio's maximum harder, and explore less.
    multivariate : bool
        Product kernels, which know which values go together; else each hyperparameter is chosen by itself, the best of
        its own draws, as in the original.
    n_initial : int
        How many trials are told before densities are used.
    weights : {"improvement", "uniform", "recency"}
        Of the trials. ``"improvement"``: the good ones by :math:`y^\gamma - y`, with which l is the numerator of the
        expected improvement whatever p(x | y) is (Song et al. 2022); uniform where there is no such number.
        ``"recency"``: both kinds by age, as Hyperopt and Optuna do, 1 for the last 25 of each, less for older ones.
    bandwidth, floor, prior_weight
        Of the kernels, see `ParzenEstimator`.
    rng : None, int or numpy.random.Generator
        Seed.

    Attributes
    ----------
    good_, bad_ : ParzenEstimator
        l and g, as the last ``ask`` fitted them.
    info_ : dict
        What the last ``ask`` compared: ``"candidates"`` and their ``"log_l"`` and ``"log_g"``, shape (c,), relative to
        the prior; ``"chosen"``, the place of the proposal among them (None if all were known); ``"good"`` and
        ``"bad"``, the places of these trials in ``configs_``; ``"split"``, the lowest value of a bad trial (None with
        several objectives or where others failed or broke constraints). Empty after a random proposal.

    Raises
    ------
    TypeError, ValueError
        If a setting is not one of those named; from ``ask``, if the constraints of the space refuse 10,000 random draws
        in a row.

    References
    ----------
    Bergstra, Bardenet, Bengio & Kégl (2011), sec. 4; Bergstra, Yamins & Cox (2013); Ozaki et al. (2020) (several
    objectives); Watanabe (2023), arXiv:2304.11127 (settings); Song et al. (2022), LFBO (weights).

    Examples
    --------
    >>> from hpmath import TPE, LogUniform
    >>> search = TPE({"lr": LogUniform(1e-5, 1e-1), "act": ["relu", "tanh"]}, rng=0)
    >>> for _ in range(40):
    ...     (config,) = search.ask()
    ...     search.tell([config], [abs(np.log10(config["lr"]) + 3) + (config["act"] == "tanh")])
    >>> config, value = search.best_
    >>> config["act"], value < 0.2
    ('relu', True)
    """

    def __init__(
        self,
        space: Space | Mapping[str, Any],
        *,
        rng: RNG = None,
        gamma: Gamma = "linear",
        n_candidates: int = 24,
        multivariate: bool = True,
        n_initial: int = 10,
        weights: str = "improvement",
        bandwidth: str | float | None = None,
        floor: float = 0.7,
        prior_weight: float = 1.0,
    ) -> None:
        super().__init__(space, rng=rng)
        if not callable(gamma):
            words = isinstance(gamma, str)
            gamma = one_of(gamma, "gamma", tuple(_SCHEDULES)) if words else as_fraction(gamma, "gamma")
        self.gamma: Gamma = gamma
        self.n_candidates = as_count(n_candidates, "n_candidates")
        self.multivariate = bool(multivariate)
        self.n_initial = as_count(n_initial, "n_initial")
        self.weights = one_of(weights, "weights", ("improvement", "uniform", "recency"))
        self.good_, self.bad_ = (
            ParzenEstimator(
                self.space, multivariate=multivariate, bandwidth=bandwidth, floor=floor, prior_weight=prior_weight
            )
            for _ in range(2)
        )
        self._z = np.empty((0, len(self.space)))  # rows beyond the trials noted are room to grow
        self._n_noted = 0
        self._order: list[Key] = []  # of one objective, best first

    def _next(self, rng: np.random.Generator) -> Config | None:
        self._note()
        self.info_ = {}
        n, order = len(self.configs_), self._best_first()
        n_good = self._n_good(order) if n >= self.n_initial else 0
        if n_good in (0, n):
            return self._random(rng)

        good = np.sort([index for *_, index in order[:n_good]])
        bad = np.delete(np.arange(n), good)
        split = self._split_value(order[n_good])
        z_bad = self._z[bad]
        if self.pending_:  # taken to be bad
            z_bad = np.vstack([z_bad, self._encoded(self.pending_)])
        l = self.good_._fit(self._z[good], self._weights(good, split))
        g = self.bad_._fit(z_bad, _recency(len(z_bad)) if self.weights == "recency" else None)

        candidates, log_l, log_g = self._compare(l, g, rng)
        ranking = np.argsort(log_g - log_l, kind="stable").tolist()
        chosen = next((i for i in ranking if self._is_new(candidates[i])), None)
        self.info_ = {"candidates": candidates, "log_l": log_l, "log_g": log_g, "chosen": chosen}
        self.info_ |= {"good": good, "bad": bad, "split": split}
        return candidates[chosen] if chosen is not None else self._where_all_are_known(candidates, ranking, rng)

    # What is good

    def _note(self) -> None:
        """Encode what was told since the last ask, and put it in its place in the order."""
        first, n = self._n_noted, len(self.configs_)
        if n > len(self._z):
            self._z = np.vstack([self._z, np.empty((n, len(self.space)))])  # room for twice as many
        if n > first:
            self._z[first:n] = self._encoded(self.configs_[first:])
        if self._n_objectives in (None, 1):
            for i in range(first, n):
                insort(self._order, (*self._worth(i, self._rows[i]), i))
        self._n_noted = n

    def _encoded(self, configs: list[Config]) -> FloatArray:
        return self.good_._encode(self.space.to_unit(configs))

    def _worth(self, i: int, value: float) -> tuple[float, float]:
        """By how much trial i breaks its constraints, and its value; infinite for a failure."""
        if math.isnan(value):
            return math.inf, math.inf
        broken = [max(c, 0.0) for c in self._constraint_rows[i]] if self._constraint_rows else []
        return (math.inf if any(map(math.isnan, broken)) else math.fsum(broken)), value

    def _best_first(self) -> list[Key]:
        """All trials in order; those that nothing tells apart differ in their index only."""
        if self._n_objectives in (None, 1):
            return self._order
        Y = self.values_
        worth = np.array([self._worth(i, y) for i, y in enumerate(Y[:, 0].tolist())])
        feasible = np.flatnonzero(worth[:, 0] == 0)
        worth[:, 1] = 0.0
        for rank, front in enumerate(_fronts(Y[feasible])):
            lonely = crowding_distance(Y[feasible[front]])
            worth[feasible[front], 1] = rank + 1 / (2 + lonely)  # within a rank the loneliest come first
        return sorted(zip(*worth.T.tolist(), range(len(Y)), strict=True))

    def _n_good(self, order: list[Key]) -> int:
        """How many of the order are good: of those that tie at the boundary none, unless they are the best."""
        n = len(order)
        wanted = min(max(as_count(_schedule(self.gamma)(n), f"gamma({n})", least=0), 1), n - 1)
        boundary = order[wanted - 1][:2] if wanted else (0.0, 0.0)
        if not wanted or boundary < order[wanted][:2]:
            return wanted
        return bisect_left(order, boundary) or bisect_right(order, (*boundary, n))

    def _split_value(self, first_bad: Key) -> float | None:
        """The value below which trials are good, if they are because of their values."""
        violation, value, _ = first_bad
        return value if violation == 0 and self._n_objectives == 1 else None

    def _weights(self, good: NDArray[np.intp], split: float | None) -> FloatArray:
        """Weights of the good trials, in order of telling."""
        if self.weights == "recency":
            return _recency(len(good))
        if self.weights == "improvement" and split is not None:
            gain = split / 2 - np.array([self._rows[i] for i in good]) / 2  # halves, whose difference does not overflow
            if (most := gain.max()) > 0:
                return np.asarray(gain / most / np.mean(gain / most))
        return np.ones(len(good))

    # What is compared

    def _compare(
        self, l: ParzenEstimator, g: ParzenEstimator, rng: np.random.Generator
    ) -> tuple[list[Config], FloatArray, FloatArray]:
        """Draw c configurations from l and give the logarithms of both densities there."""
        z = l._draw(self.n_candidates, rng)
        if self.multivariate:
            candidates = l._configs(z)
            z = self._encoded(candidates) if self.space.conditions else z  # without what is inactive
            return candidates, l._log_relative(z), g._log_relative(z)
        log_l, log_g = l._log_marginals(z), g._log_marginals(z)
        # the best value of each hyperparameter by itself, put together, is one candidate more
        best = (log_l - log_g).argmax(axis=0), np.arange(len(self.space))
        z, log_l, log_g = (np.vstack([array, array[best]]) for array in (z, log_l, log_g))
        candidates = l._configs(z)
        active = np.array([[name in config for name in self.space.names] for config in candidates])
        return candidates, np.where(active, log_l, 0.0).sum(axis=1), np.where(active, log_g, 0.0).sum(axis=1)

    def _is_new(self, config: Config) -> bool:
        """Whether a candidate is allowed, was not told and is not pending."""
        if not self.space.allows(config) or self._spent(config):
            return False
        return self.space.key(config) not in self._succeeded and self._key(config) not in self._pending

    def _where_all_are_known(self, candidates: list[Config], best_first: list[int], rng: np.random.Generator) -> Config:
        """A new configuration drawn at random or, where there is none, the best candidate that has not failed."""
        new = (config for config in self.space.sample(_MOST_REDRAWS, rng) if self._is_new(config))
        again = (candidates[i] for i in best_first)
        again = (config for config in again if self.space.allows(config) and not self._spent(config))
        return next(new, None) or next(again, None) or self._random(rng)


def _schedule(gamma: Gamma) -> Callable[[int], int]:
    if isinstance(gamma, str):
        return _SCHEDULES[gamma]
    return gamma if callable(gamma) else lambda n: math.ceil(gamma * n)


def _recency(n: int) -> FloatArray:
    """Weights that let trials fade: 1 for the last 25, for those before a ramp from 1/n to 1."""
    return np.append(np.linspace(1 / n, 1, max(n - _RECENT, 0)), np.ones(min(n, _RECENT)))


def _fronts(Y: FloatArray) -> list[NDArray[np.intp]]:
    """Rows of each rank of non-domination, best first."""
    ranks = non_dominated_sort(Y)
    return [np.flatnonzero(ranks == rank) for rank in range(int(ranks.max(initial=-1)) + 1)]
