"""How do you try the next configuration without caring who evaluates it, when, and in which order?

By asking and telling. A searcher proposes configurations (`Searcher.ask`) and is told what they scored
(`Searcher.tell`), lower is better. Between the two anything may happen: an hour of training, a cluster, a crash. The
loop belongs to the caller; `hpmath.minimize` is one such loop.

Taught in chapter 13 (``global_search``); used from chapter 00 on. Read `Searcher` here, then `RandomSearch` in
``searchers/sampling``: a searcher is one method, ``_next``.

The contract, which ``tests/test_searcher_contract.py`` puts to every searcher:

- ``ask(n)`` gives at most n configurations. ``[]`` with nothing pending: finished. ``[]`` otherwise: wait for a tell.
- ``tell`` accepts configurations in any order, and ones never asked: a warm start, or the log of a run that was killed.
- Configurations asked and not yet told are pending. They are a multiset: equal ones are exchangeable.
- Constraints whose value only the trial shows may be told with it: numbers, met where at most 0. Who breaks one is
  never the best. Searchers that know nothing of them ignore them.
- A value that is NaN or infinite is a failure. It is recorded, never the best, and its configuration is not proposed
  again while the space has others.
- Randomness comes from the seed and the count of configurations asked or told so far (one asked and then told counts
  once), and what a searcher knows is a function of what it was told. So a serial run resumed from its log goes on as
  if it had not stopped: a new searcher of the same seed, told the log, makes the proposal the old one would have made.

Symbols: ``configs_`` is a list of n dicts, ``values_`` has shape (n,) or, with m objectives, (n, m).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Hashable, Iterable, Mapping
from typing import Any

import numpy as np

from hpmath._checks import RNG, FloatArray, as_count, as_floats, as_rng, as_values
from hpmath._grid import Grid
from hpmath._values import copy_value
from hpmath.space import Config, Space

_MOST_REDRAWS = 1_000  # random draws refused before the rest of a finite space is listed
_MOST_LISTED = 100_000  # configurations looked at, in one ask, for one that has not failed


class Searcher(ABC):
    """Proposes configurations and learns from what they scored. Base of all searchers; lower is better.

    Parameters
    ----------
    space : Space, or what makes one
        Where to search.
    rng : None, int or numpy.random.Generator
        Seed. A generator is drawn from once, here.

    Attributes
    ----------
    configs_ : list of n dicts
        The configurations told, in the order of telling.
    values_ : ndarray, shape (n,) or (n, m)
        What they scored, NaN for a failure. Read-only.
    constraints_ : ndarray, shape (n, c), or None
        What their constraints were, feasible where all are at most 0; None if none were told. Read-only.
    pending_ : list of dicts
        Asked and not yet told.
    best_ : tuple (dict, float) or None
        The configuration of the lowest feasible value, and that value.
    info_ : dict
        What the last ``ask`` looked at; figures read it.

    Notes
    -----
    To write a searcher, write ``_next(rng)``: the next configuration, or None if there is none now. It may read
    everything above, and must not remember anything that it could not work out again from ``configs_``, ``values_``
    and ``pending_``.

    Examples
    --------
    >>> from hpmath import RandomSearch, Searcher, Uniform
    >>> search = RandomSearch({"x": Uniform(-1, 1)}, rng=0)
    >>> isinstance(search, Searcher)
    True
    >>> for _ in range(20):
    ...     configs = search.ask()
    ...     search.tell(configs, [config["x"] ** 2 for config in configs])
    >>> config, value = search.best_
    >>> len(search.configs_), value < 0.05
    (20, True)
    """

    def __init__(self, space: Space | Mapping[str, Any], *, rng: RNG = None) -> None:
        self.space = space if isinstance(space, Space) else Space(space)
        self.rng = rng
        self.configs_: list[Config] = []
        self.info_: dict[str, Any] = {}
        self._seed = int.from_bytes(as_rng(rng).bytes(16), "little")
        self._pending: dict[Hashable, list[Config]] = {}
        self._n_pending = 0
        self._n_objectives: int | None = None  # not known while all failed
        self._rows: list[Any] = []
        self._array: FloatArray | None = None
        self._constraint_rows: list[list[float]] = []  # empty until constraints are told
        self._constraint_array: FloatArray | None = None
        self._failed: set[Hashable] = set()  # keys in the space, of failures and of successes
        self._succeeded: set[Hashable] = set()
        self._infinite = any(column.cardinality is None for column in self.space.columns)
        self._grid: Grid | None = None  # of a finite space, whose configurations before `_grid_from` all failed
        self._grid_from = 0

    # What a searcher writes

    @abstractmethod
    def _next(self, rng: np.random.Generator) -> Config | None:
        """The next configuration, or None if there is none now. ``rng`` is this proposal's own."""

    def _proposal(self, seen: int) -> Config | None:
        """The next configuration after ``seen`` asked or told. Written anew only where most need no generator."""
        return self._next(np.random.default_rng(np.random.SeedSequence(self._seed, spawn_key=(seen,))))

    def _split(self, config: Config) -> tuple[Config, Config]:
        """Part a configuration into the space's share and what the searcher adds to it, such as a fidelity."""
        return config, {}

    def _met(self, config: Config) -> None:  # noqa: B027  (most have no use for it)
        """Take note of a configuration that was told but is not pending."""

    # What everyone uses

    def ask(self, n: int = 1) -> list[Config]:
        """Propose up to ``n`` configurations, and remember them as pending.

        Asking for three is asking three times for one.

        Parameters
        ----------
        n : int
            How many, at least 1.

        Returns
        -------
        list of at most n dicts
            The caller's own. Empty: finished if nothing is pending, else wait for a tell.

        Examples
        --------
        >>> from hpmath import GridSearch
        >>> search = GridSearch({"layers": [1, 2, 3]})
        >>> search.ask(2), search.ask(2), search.ask(2)
        ([{'layers': 1}, {'layers': 2}], [{'layers': 3}], [])
        """
        proposals = []
        for _ in range(as_count(n, "n")):
            config = self._proposal(len(self.configs_) + self._n_pending)
            if config is None:
                break
            self._pending.setdefault(self._key(config), []).append(config)
            self._n_pending += 1
            proposals.append(copy_value(config))
        return proposals

    def tell(self, configs: Iterable[Mapping[str, Any]], values: Any, *, constraints: Any = None) -> None:
        """Record what configurations scored.

        Parameters
        ----------
        configs : iterable of n dicts
            Asked or not, in any order.
        values : array_like, shape (n,) or (n, m)
            Lower is better; NaN or infinity in a row is a failure.
        constraints : array_like, shape (n,) or (n, c), optional
            Feasible where all c are at most 0; NaN, not measured, counts as broken. Once told they are told with
            every configuration that does not fail.

        Raises
        ------
        TypeError
            If ``configs`` is no list of dicts or a value no number.
        ValueError
            If the shapes don't match each other or what was told before, or a configuration does not lie in the
            space. Nothing is recorded then.

        Examples
        --------
        >>> from hpmath import RandomSearch, Uniform
        >>> search = RandomSearch({"x": Uniform(-1, 1)}, rng=0)
        >>> search.tell([{"x": 0.5}, {"x": -0.1}], [0.25, 0.01])
        >>> search.best_
        ({'x': -0.1}, 0.01)
        >>> search = RandomSearch({"x": Uniform(-1, 1)}, rng=0)
        >>> search.tell([{"x": 0.5}, {"x": -0.1}], [0.25, 0.01], constraints=[-0.5, 0.1])
        >>> search.best_
        ({'x': 0.5}, 0.25)
        """
        if isinstance(configs, (Mapping, str)) or not isinstance(configs, Iterable):
            raise TypeError(f"configs must be a list of configurations (for one, [config]), got {configs!r}")
        told = [self._checked(config, f"configs[{i}]") for i, config in enumerate(configs)]
        rows = as_values(values, len(told))
        failures = np.isnan(rows if rows.ndim == 1 else rows[:, 0]).tolist()  # a failed row is all NaN
        limits = self._with_constraints(constraints, failures)
        rows = self._with_objectives(rows)
        self._constraint_rows += limits
        for (config, key), row, failed in zip(told, rows.tolist(), failures, strict=True):
            if key in self._pending:
                self._pending[key].pop()
                self._n_pending -= 1
                if not self._pending[key]:
                    del self._pending[key]
            else:
                self._met(config)
            self.configs_.append(config)
            self._rows.append(row)
            (self._failed if failed else self._succeeded).add(key[0])
        self._array = self._constraint_array = None

    @property
    def values_(self) -> FloatArray:
        """What was told, shape (n,) or (n, m), NaN for a failure; read-only.

        Examples
        --------
        >>> from hpmath import RandomSearch
        >>> search = RandomSearch({"layers": [1, 2, 3]})
        >>> search.tell([{"layers": 1}, {"layers": 2}], [0.3, float("nan")])
        >>> search.values_
        array([0.3, nan])
        """
        if self._array is None:
            m = self._n_objectives or 1
            rows = self._rows if m == 1 else [row if isinstance(row, list) else [row] * m for row in self._rows]
            self._array = np.array(rows, dtype=np.float64).reshape((-1,) if m == 1 else (-1, m))
            self._array.flags.writeable = False
        return self._array

    @property
    def constraints_(self) -> FloatArray | None:
        """The constraints told, shape (n, c), feasible where all are at most 0; None if none were; read-only.

        Examples
        --------
        >>> from hpmath import RandomSearch
        >>> search = RandomSearch({"layers": [1, 2, 3]})
        >>> search.constraints_ is None
        True
        >>> search.tell([{"layers": 1}, {"layers": 3}], [0.3, 0.2], constraints=[[-1.0, 0.0], [0.5, -2.0]])
        >>> search.constraints_
        array([[-1. ,  0. ],
               [ 0.5, -2. ]])
        """
        if self._constraint_array is None and self._constraint_rows:
            self._constraint_array = np.array(self._constraint_rows, dtype=np.float64)
            self._constraint_array.flags.writeable = False
        return self._constraint_array

    @property
    def pending_(self) -> list[Config]:
        """The configurations asked and not yet told.

        Examples
        --------
        >>> from hpmath import GridSearch
        >>> search = GridSearch({"layers": [1, 2, 3]})
        >>> configs = search.ask(2)
        >>> search.tell(configs[:1], [0.3])
        >>> search.pending_
        [{'layers': 2}]
        """
        return [config for equal in self._pending.values() for config in equal]

    @property
    def best_(self) -> tuple[Config, float] | None:
        """The configuration of the lowest feasible value told, the first of them, and that value; None without one.

        Raises
        ------
        ValueError
            If there are several objectives: then there is a front, no best.

        Examples
        --------
        >>> from hpmath import GridSearch
        >>> search = GridSearch({"layers": [1, 2, 3]})
        >>> search.tell(search.ask(3), [0.3, 0.1, float("nan")])
        >>> search.best_
        ({'layers': 2}, 0.1)
        """
        if self.values_.ndim == 2:
            raise ValueError(f"best_ needs one objective, got {self.values_.shape[1]}: look at configs_ and values_")
        values = self.values_
        if self.constraints_ is not None:
            values = np.where((self.constraints_ <= 0).all(axis=1), values, np.nan)
        if np.isnan(values).all():
            return None
        i = int(np.nanargmin(values))
        return copy_value(self.configs_[i]), float(values[i])

    # What searchers share

    def _random(self, rng: np.random.Generator) -> Config:
        """A random configuration of the space that is not spent."""
        for _ in range(_MOST_REDRAWS):
            config = self.space.sample(1, rng)[0]
            if not self._spent(config):
                return config
        return self._another() or config

    def _spent(self, config: Config) -> bool:
        """Whether not to propose a configuration of the space: it failed and there are others, or it repeats one.

        A repeat is a fault only where a float is drawn: chance does not repeat one, but a resumed run that lost its
        pending configurations would.
        """
        if not self.configs_:
            return False
        key = self.space.key(config)
        if key in self._failed and key not in self._succeeded:
            return self._infinite or self._another() is not None
        return key in self._succeeded and any(type(code) is float for code in key)

    def _another(self) -> Config | None:
        """The first configuration of a finite space, in the order of its grid, that has not failed; None if all have.

        At most 100,000 are looked at, and no list of an infinite space: None then too.
        """
        if self._infinite:
            return None
        self._grid = self._grid or self.space.grid()
        for i in range(self._grid_from, min(self._grid.size, self._grid_from + _MOST_LISTED)):
            config = self._grid[i]
            key = self.space.key(config)
            if (key not in self._failed or key in self._succeeded) and self.space.allows(config):
                return config
            self._grid_from = i + 1
        return None

    def _key(self, config: Config) -> tuple[Hashable, Hashable]:
        """What equal configurations share: their key in the space, and what the searcher added."""
        inner, extra = self._split(config)
        return self.space.key(inner), tuple(extra.items())

    def _checked(self, config: Any, name: str) -> tuple[Config, tuple[Hashable, Hashable]]:
        """The configuration as the space writes it and its key, or why it can't be told."""
        if not isinstance(config, Mapping):
            raise TypeError(f"{name} must be a configuration, a dict, got {config!r}")
        inner, extra = self._split(dict(config))
        try:
            codes = self.space._codes(inner)
        except ValueError as reason:
            raise ValueError(f"{name} does not lie in the space: {reason}") from None
        inner, key = self.space._values(codes), (self.space._key(codes), tuple(extra.items()))
        if self.space.constraints and key not in self._pending and not self.space.allows(inner):
            raise ValueError(f"{name} does not lie in the space: {self.space.explain(inner)}")
        return {**inner, **extra}, key

    def _with_constraints(self, constraints: Any, failures: list[bool]) -> list[list[float]]:
        """The rows of constraints to record: all NaN for a failure that has none, nothing while none were told."""
        n, known = len(failures), len(self._constraint_rows[0]) if self._constraint_rows else None
        if constraints is None:
            if known is None:
                return []
            if not all(failures):
                raise ValueError(f"constraints must be told with every configuration, {known} as before, got None")
            return [[np.nan] * known] * n
        array = as_floats(constraints, "constraints")
        array = array[:, None] if array.ndim == 1 else array
        if array.ndim != 2 or len(array) != n or 0 in array.shape[1:]:
            wanted = f"({n},) or ({n}, c), one row a configuration"
            raise ValueError(f"constraints must have shape {wanted}, got {array.shape}")
        if known is not None and array.shape[1] != known:
            raise ValueError(f"constraints must have {known} a configuration as before, got {array.shape[1]}")
        before = 0
        if known is None and n:
            before = len(self.configs_)
            if not np.isnan(self.values_).all():
                raise ValueError("constraints must be told from the first configuration on, got some told without")
        rows: list[list[float]] = array.tolist()
        return [[np.nan] * array.shape[1]] * before + rows

    def _with_objectives(self, rows: FloatArray) -> FloatArray:
        """Check the number of objectives against what was told before; a lone NaN fits any number."""
        m = 1 if rows.ndim == 1 else rows.shape[1]
        known = self._n_objectives
        if rows.ndim == 1 and np.isnan(rows).all():
            return rows if known in (None, 1) else np.full((len(rows), known or 1), np.nan)
        if known is not None and m != known:
            plural = "s" if known > 1 else ""
            raise ValueError(f"values must have {known} objective{plural} as those told before, got {m}")
        self._n_objectives = m
        return rows
