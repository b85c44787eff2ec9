r"""How do you search for a whole front at once?

By keeping a population, mating the better half of random pairs, and letting the best of parents and children survive:
first by rank (`hpmath.non_dominated_sort`), within the last rank that fits by room (`hpmath.crowding_distance`). Rank
pulls towards the front, room spreads along it.

Taught in chapter 18 (``pareto``). Read `NSGA2` for what an ask does, then ``_survivors``, ``_tournaments``,
``_crossover`` and ``_mutation``: they are the algorithm.

Symbols: P, the population size; U, shape (k, d), configurations as points of the unit cube; told configurations come in
blocks of P in the order of telling, and generation t has the survivors of the first t blocks.

Deb, Pratap, Agarwal & Meyarivan (2002), IEEE Transactions on Evolutionary Computation 6; Deb & Agrawal (1995), Complex
Systems 9 (simulated binary crossover); Deb & Goyal (1996) (polynomial mutation); Deb (2000) (constraints); Kukkonen &
Deb (2006) (thinning a front one by one).
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hpmath._checks import RNG, FloatArray, as_count
from hpmath.pareto import crowding_distance, distinct_rows, non_dominated_sort
from hpmath.searchers._base import Searcher
from hpmath.space import Config, Space

__all__ = ["NSGA2"]

IntArray = NDArray[np.intp]
_CROSSOVER_PROBABILITY = 0.9  # of a pair to mix; the others are copied and mutate only
_CROSSOVER_INDEX = 30.0  # of simulated binary crossover: the larger, the closer are children to their parents
_MUTATION_INDICES = (
    5.0,
    40.0,
)  # of polynomial mutation: steps of about 1/7 for half of the children, 1/42 for the others
_ENDLESS = 1e100  # the room of an end of the front, while others are taken out
_MOST_TRIES = 50  # mutations of a child that is forbidden or known already
_MOST_ROUNDS = 10  # of mating, to have a brood without clones


class _Population(NamedTuple):
    """Who survived, as places in ``configs_``, the best rank first."""

    members: IntArray
    rank: IntArray
    crowding: FloatArray
    U: FloatArray


class _Brood(NamedTuple):
    """Children not yet proposed, and their parents' places in ``configs_`` (none in the first generation)."""

    U: FloatArray
    configs: list[Config]
    parents: IntArray | None


class NSGA2(Searcher):
    r"""Non-dominated sorting genetic algorithm II: one population that moves to the front and spreads along it.

    The first P proposals are a Latin hypercube. After each P told, the P best of parents and children survive, and the
    next P proposals are their children. With one objective it is a genetic algorithm with elitism.

    Parameters
    ----------
    space : Space, or what makes one
        Where to search. A child that its constraints forbid is mutated until it is allowed.
    rng : None, int or numpy.random.Generator
        Seed.
    population_size : int
        P, at least 2. The literature takes 100, for ten thousand evaluations; the default suits a few hundred.

    Raises
    ------
    TypeError, ValueError
        If ``population_size`` is no whole number of at least 2.

    Notes
    -----
    *Numbers* (in the unit cube) mate by simulated binary crossover and mutate by polynomial mutation; an integer that
    mutates moves by one at least. *Choices* come from either parent and mutate to any other. One hyperparameter of a
    child mutates on average. A child that equals a configuration told or pending is mutated again.

    *Beyond the paper.* From the last front that fits, the most crowded point is taken out again and again, and room
    measured anew, instead of once for all (Kukkonen & Deb 2006). Half of the children mutate by large steps and half by
    small ones: with one size in between, a population may lose all but one corner of a front and not come back.

    *Constraints* told with the values follow Deb's rules: feasible before infeasible; of two infeasible the one with
    the smaller sum of violations, so scale them alike; of two feasible by rank and room. Failures don't survive.

    *Asynchronous.* Nobody waits: a proposal's parents are the survivors of all complete blocks of P told so far, in the
    order of telling, and randomness comes from the seed and the count. ``ask(P)`` equals P times ``ask()``.

    ``info_`` holds ``generation``, ``population`` (places in ``configs_``), their ``rank`` and ``crowding``, and the
    proposal's ``parents`` (two places, or None).

    References
    ----------
    Deb et al. (2002); Deb (2000).

    Examples
    --------
    Two wishes that pull x apart; every x between 0 and 1 is Pareto optimal:

    >>> from hpmath import NSGA2, Uniform, hypervolume
    >>> search = NSGA2({"x": Uniform(-10, 10)}, population_size=10, rng=0)
    >>> for _ in range(10):
    ...     configs = search.ask(10)
    ...     search.tell(configs, [(c["x"] ** 2, (c["x"] - 1) ** 2) for c in configs])
    >>> hypervolume(search.values_, [1, 1]) > 0.7  # the whole front has 5/6
    True
    """

    def __init__(self, space: Space | Mapping[str, Any], *, rng: RNG = None, population_size: int = 20) -> None:
        super().__init__(space, rng=rng)
        self.population_size = as_count(population_size, "population_size", least=2)
        self._choices = np.array([column.kind == "categorical" for column in self.space.columns])
        self._free = np.array([column.cardinality != 1 for column in self.space.columns])
        d = len(self.space)
        empty = np.empty(0, dtype=np.intp)
        # both follow from what was told, and are kept to save time
        self._population = (0, _Population(empty, empty, np.empty(0), np.empty((0, d))))
        self._brood: tuple[tuple[int, int], _Brood] | None = None
        self._last_key: tuple[Config, tuple[Hashable, Hashable]] | None = None

    def _proposal(self, seen: int) -> Config | None:
        P = self.population_size
        population = self._survive()
        generation = len(self.configs_) // P
        turn, child = divmod(seen, P)
        if self._brood is None or self._brood[0] != (generation, turn):
            self._brood = (generation, turn), self._breed(population, generation, turn)
        _, configs, parents = self._brood[1]
        self.info_ = {
            "generation": generation,
            "population": population.members,
            "rank": population.rank,
            "crowding": population.crowding,
            "parents": None if parents is None else tuple(parents[child].tolist()),
        }
        config = configs[child]
        return config if self._welcome(config) else super()._proposal(seen)

    def _next(self, rng: np.random.Generator) -> Config | None:
        """What takes the place of a child that is not welcome: the child mutated on, or else a random configuration."""
        assert self._brood is not None
        U, _, parents = self._brood[1]
        child = (len(self.configs_) + self._n_pending) % self.population_size
        u = U[child : child + 1]
        for _ in range(_MOST_TRIES if parents is not None else 0):
            u = self._mutation(u, rng, at_least=1)
            config = self.space.from_unit(u)[0]
            if self._welcome(config):
                return config
        return self._random(rng)

    def _welcome(self, config: Config) -> bool:
        """Whether a configuration is allowed and neither told nor pending."""
        key = self._key(config)
        known = key[0] in self._succeeded or key[0] in self._failed or key in self._pending
        return not known and self.space.allows(config)

    def _key(self, config: Config) -> tuple[Hashable, Hashable]:
        if self._last_key is None or self._last_key[0] is not config:  # asked for twice in each ask
            self._last_key = config, super()._key(config)
        return self._last_key[1]

    # -- survival

    def _survive(self) -> _Population:
        """The population after all complete blocks of P told."""
        P = self.population_size
        done, population = self._population
        for block in range(done, len(self.configs_) // P):
            told = np.arange(block * P, (block + 1) * P)
            members = np.concatenate([population.members, told])
            Y, violation = self._scores(members)
            worked = ~np.isnan(Y[:, 0])
            members, Y, violation = members[worked], Y[worked], violation[worked]
            keep, rank, crowding = _survivors(Y, violation, P)
            members, old = members[keep], keep < len(population.members)  # parents stand before children
            U = np.empty((len(keep), len(self.space)))
            U[old] = population.U[keep[old]]
            U[~old] = self.space.to_unit([self.configs_[i] for i in members[~old]])
            population = _Population(members, rank, crowding, U)
            self._population = block + 1, population
        return population

    def _scores(self, members: IntArray) -> tuple[FloatArray, FloatArray]:
        """Values (k, m) and sums of violations (k,) of told configurations."""
        m = self._n_objectives or 1
        rows = (self._rows[i] for i in members)
        Y = np.array([row if isinstance(row, list) else [row] * m for row in rows])
        if not self._constraint_rows:
            return Y, np.zeros(len(members))
        C = np.array([self._constraint_rows[i] for i in members])
        return Y, np.where(np.isnan(C), np.inf, np.maximum(C, 0)).sum(axis=1)

    # -- variation

    def _breed(self, population: _Population, generation: int, turn: int) -> _Brood:
        P, d = self.population_size, len(self.space)
        rng = np.random.default_rng(np.random.SeedSequence(self._seed, spawn_key=(generation, turn)))
        if not len(population.members):
            U = (rng.permuted(np.tile(np.arange(P), (d, 1)), axis=1).T + rng.random((P, d))) / P
            return _Brood(U, self.space.from_unit(U), None)
        brood, parents = np.empty((0, d)), np.empty((0, 2), dtype=np.intp)
        for attempt in range(_MOST_ROUNDS):
            U, both = self._mate(population, P - len(brood), rng)
            if attempt == _MOST_ROUNDS - 1:  # a small space may have nothing new
                fresh = np.ones(len(U), dtype=bool)
            else:
                fresh = self._fresh(U, np.concatenate([population.U, self._marked(brood)]))
            brood, parents = np.concatenate([brood, U[fresh]]), np.concatenate([parents, both[fresh]])
            if len(brood) == P:
                break
        return _Brood(brood, self.space.from_unit(brood), parents)

    def _mate(self, population: _Population, n: int, rng: np.random.Generator) -> tuple[FloatArray, IntArray]:
        """n children, and their parents' places in ``configs_``."""
        mates = _tournaments(population, 2 * -(-n // 2), rng).reshape(-1, 2)
        missing = np.isnan(population.U)  # genes of inactive hyperparameters are anything
        genes = np.where(missing, rng.random(missing.shape), population.U)
        U = np.concatenate(self._crossover(genes[mates[:, 0]], genes[mates[:, 1]], rng))[:n]
        return self._mutation(U, rng), population.members[np.concatenate([mates, mates])[:n]]

    def _marked(self, U: FloatArray) -> FloatArray:
        """With NaN for inactive hyperparameters."""
        if not self.space.conditions:
            return U
        return np.where(np.isnan(self.space.to_unit(self.space.from_unit(U))), np.nan, U)

    def _fresh(self, U: FloatArray, old: FloatArray) -> NDArray[np.bool_]:
        """Which children repeat neither one of the old rows nor an elder sibling, up to rounding."""
        seen = {row.tobytes() for row in old.round(12)}
        fresh = []
        for row in self._marked(U).round(12):
            fresh.append(row.tobytes() not in seen)
            seen.add(row.tobytes())
        return np.array(fresh)

    def _crossover(self, A: FloatArray, B: FloatArray, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
        """Simulated binary crossover of numbers, and choices from either parent."""
        mate = rng.random((len(A), 1)) < _CROSSOVER_PROBABILITY
        mix = (rng.random(A.shape) < 0.5) & mate
        low, high = np.minimum(A, B), np.maximum(A, B)
        cross = mix & ~self._choices & (high - low > 1e-14)
        near, far = _simulated_binary(low, high, rng.random(A.shape))
        near, far = np.where(cross, near, low), np.where(cross, far, high)
        swap = np.where(cross | (self._choices & mate), rng.random(A.shape) < 0.5, A > B)
        return np.where(swap, far, near), np.where(swap, near, far)

    def _mutation(self, U: FloatArray, rng: np.random.Generator, at_least: int = 0) -> FloatArray:
        """Polynomial mutation of numbers, an integer by one at least; a choice becomes any other."""
        hit = (rng.random(U.shape) < 1 / max(self._free.sum(), 1)) & self._free
        if at_least:
            forced = rng.random(U.shape) * self._free
            hit |= (forced == forced.max(axis=1, keepdims=True)) & ~hit.any(axis=1, keepdims=True)
        index = rng.choice(_MUTATION_INDICES, (len(U), 1))
        new = np.where(hit, _polynomial(U, rng.random(U.shape), index), U)
        for j, column in enumerate(self.space.columns):
            rows = np.flatnonzero(hit[:, j]) if column.kind != "continuous" else ()
            if not len(rows):
                continue
            dist = self.space[column.name]
            old = dist._draw(U[rows, j])
            if column.kind == "categorical":
                K = column.cardinality or 1
                codes = (old + rng.integers(1, K, len(rows))) % K if K > 1 else old
            else:
                codes = dist._draw(new[rows, j])
                codes = np.where(codes == old, old + np.where(new[rows, j] < U[rows, j], -1, 1), codes)
            new[rows, j] = np.clip(dist._to_unit(codes), 0.0, 1.0)
        return new


def _survivors(Y: FloatArray, violation: FloatArray, P: int) -> tuple[IntArray, IntArray, FloatArray]:
    """The P best by rank, then by room; their ranks and crowding distances. Infeasible ones rank last (Deb 2000)."""
    feasible = violation == 0
    rank = np.empty(len(Y), dtype=np.intp)
    rank[feasible] = non_dominated_sort(Y[feasible])
    worst = rank[feasible].max(initial=-1)
    rank[~feasible] = worst + 1 + np.unique(violation[~feasible], return_inverse=True)[1]
    keep: list[int] = []
    crowding = np.zeros(len(Y))
    for r in range(rank.max(initial=-1) + 1):
        front = np.flatnonzero(rank == r)
        crowding[front] = crowding_distance(Y[front])
        if len(keep) + len(front) > P:
            front = _thinned(Y, front, crowding, P - len(keep))
        keep += front.tolist()
        if len(keep) == P:
            break
    return np.array(keep, dtype=np.intp), rank[keep], crowding[keep]


def _thinned(Y: FloatArray, front: IntArray, crowding: FloatArray, n: int) -> IntArray:
    """Take the most crowded point out until n are left; ``crowding`` is brought up to date.

    In each objective the front is a chain. Who is taken out leaves its room to the points before and after it.
    """
    S, place = distinct_rows(Y[front])
    first = np.unique(place, return_index=True)[1]
    if len(S) <= n:
        repeats = np.delete(front, first)
        return np.concatenate([front[first], repeats[len(front) - n :]])
    front = front[first]
    room = np.minimum(crowding[front], _ENDLESS)
    chains = []
    for y in (S / 4).T[np.ptp(S / 4, axis=0) > 0]:  # as in `crowding_distance`
        order = np.argsort(y, kind="stable").tolist()
        after = dict(pairwise([*order, None]))
        chains.append(((y / np.ptp(y)).tolist(), {b: a for a, b in after.items()}, after))
    for _ in range(len(S) - n):
        i = int(room.argmin())
        room[i] = np.inf
        for y, before, after in chains:
            a, b = before.get(i), after[i]
            before[b], after[a] = a, b
            if a is not None:
                room[a] += _ENDLESS if b is None else y[b] - y[i]
            if b is not None:
                room[b] += _ENDLESS if a is None else y[i] - y[a]
    left = front[room < np.inf]
    crowding[left] = np.where(room >= _ENDLESS, np.inf, room)[room < np.inf]
    return left


def _tournaments(population: _Population, n: int, rng: np.random.Generator) -> IntArray:
    """n winners of binary tournaments; each member competes as often as any other, but for one."""
    size = len(population.members)
    a, b = np.concatenate([rng.permutation(size) for _ in range(-(-2 * n // size))])[: 2 * n].reshape(n, 2).T
    rank, room = population.rank, population.crowding
    return np.where((rank[b] < rank[a]) | ((rank[b] == rank[a]) & (room[b] > room[a])), b, a)


def _simulated_binary(low: FloatArray, high: FloatArray, u: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Two children, symmetric about their parents' middle but for the bounds 0 and 1, none of which they pass."""
    power = _CROSSOVER_INDEX + 1
    gap = np.where(high > low, high - low, 1.0)

    def spread(room: FloatArray) -> FloatArray:
        alpha = 2 - (1 + 2 * room / gap) ** -power  # so that the spread reaches the bound at u = 1
        v = u * alpha
        with np.errstate(divide="ignore"):
            return np.where(v <= 1, v, 1 / (2 - v)) ** (1 / power)

    middle = (low + high) / 2
    return (
        np.clip(middle - spread(low) * gap / 2, 0.0, 1.0),
        np.clip(middle + spread(1 - high) * gap / 2, 0.0, 1.0),
    )


def _polynomial(u: FloatArray, v: FloatArray, index: FloatArray) -> FloatArray:
    """A step of u within [0, 1], downwards for v < 1/2; small ones are likelier, the more so the larger the index."""
    power = index + 1
    down = (2 * v + (1 - 2 * v) * (1 - u) ** power) ** (1 / power) - 1
    up = 1 - (2 * (1 - v) + (2 * v - 1) * u**power) ** (1 / power)
    return np.clip(u + np.where(v < 0.5, down, up), 0.0, 1.0)
