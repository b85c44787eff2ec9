"""How do you write "relu, 3 layers, 1e-3" as a vector?

A space names the hyperparameters, gives each a distribution, says when each is active and which combinations are
allowed. It knows one encoding, the unit cube: column by column the probability integral transform u = F(x).

Taught in chapter 05 (``vectors_matrices``); used from chapter 00 on. Read `Space.to_unit` and `Space.from_unit` first:
everything else serves them.

Symbols: a configuration is a dict of plain values that holds the active hyperparameters only; n configurations are a
list of n dicts; U, shape (n, d), are their images, one column a hyperparameter, NaN where one is inactive.

Garrido-Merchán & Hernández-Lobato (2020) on what the encoding does to a model.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import compress
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hpmath._checks import RNG, FloatArray, as_count, as_floats, as_rng
from hpmath._conditions import Condition, parents_first, read_conditions, unknown_name
from hpmath._scipy_distributions import as_distribution
from hpmath._values import copy_value, python_value
from hpmath.distributions import Distribution

if TYPE_CHECKING:
    from hpmath._grid import Grid

__all__ = ["Column", "Space"]

Config = dict[str, Any]
Constraint = Callable[[Config], Any]
MAX_TRIES = 10_000  # draws refused in a row before sampling gives up


class Column(NamedTuple):
    """What a column of the unit cube stands for.

    Examples
    --------
    >>> from hpmath import Space
    >>> Space({"act": ["relu", "tanh"]}).columns
    (Column(name='act', kind='categorical', cardinality=2),)
    """

    name: str
    kind: str
    cardinality: int | None


class _Outside(ValueError):
    """Why a configuration does not lie in a space."""


class Space:
    """Named hyperparameters, when each is active, and which combinations are allowed. Immutable.

    Parameters
    ----------
    hyperparameters : mapping of str to distribution, or iterable of such pairs
        At least one. Values as scikit-learn's ``param_distributions`` accepts them: a `Distribution`, a list of
        choices, or a frozen distribution of ``scipy.stats``. The order is the order of the columns.
    conditions : mapping of str to (str, values), optional
        ``{"gamma": ("kernel", ["rbf"])}``: gamma is active if kernel is and has one of the values. Otherwise it is
        absent from the configuration. For a parent that is an integer or a list of choices, the values are a list
        (or range) of its values, for a continuous parent the closed interval ``(low, high)``. Chains are allowed,
        circles are not.
    constraints : iterable of callables
        Predicates on a configuration, True where allowed. They see every configuration of the space: an inactive
        hyperparameter is absent, so use ``config.get``.

    Raises
    ------
    TypeError
        If a name is no string, a value no distribution, a constraint not callable.
    ValueError
        If there is no hyperparameter or one comes twice; if a condition names an unknown hyperparameter, a value that
        its parent cannot have, or goes in a circle.

    Notes
    -----
    Two spaces are equal if they have the same hyperparameters in the same order, the same conditions and the same
    constraints (the same function objects). Spaces pickle; with lambdas as constraints use cloudpickle.

    Examples
    --------
    >>> from hpmath import LogUniform, Space
    >>> space = Space(
    ...     {"kernel": ["linear", "rbf"], "C": LogUniform(1e-2, 1e4), "gamma": LogUniform(1e-6, 1e-1)},
    ...     conditions={"gamma": ("kernel", ["rbf"])},
    ... )
    >>> space.to_unit([{"kernel": "rbf", "C": 10.0, "gamma": 1e-6}, {"kernel": "linear", "C": 1e4}])
    array([[0.75, 0.5 , 0.  ],
           [0.25, 1.  ,  nan]])
    >>> space.from_unit([[0.1, 0.5, 0.5]])
    [{'kernel': 'linear', 'C': 10.0}]
    """

    __slots__ = ("_conditions", "_constraints", "_distributions", "_order")
    _distributions: dict[str, Distribution]
    _conditions: dict[str, Condition]
    _constraints: tuple[Constraint, ...]
    _order: tuple[str, ...]

    def __init__(
        self,
        hyperparameters: Mapping[str, Any] | Iterable[tuple[str, Any]],
        *,
        conditions: Mapping[str, tuple[str, Any]] | None = None,
        constraints: Iterable[Constraint] = (),
    ) -> None:
        distributions = _distributions(hyperparameters)
        parents = read_conditions(distributions, conditions)
        constraints = (constraints,) if callable(constraints) else tuple(constraints)
        for constraint in constraints:
            if not callable(constraint):
                raise TypeError(f"constraints must be callables that take a configuration, got {constraint!r}")
        for name, value in {
            "_distributions": distributions,
            "_conditions": parents,
            "_constraints": constraints,
            "_order": parents_first(distributions, parents),
        }.items():
            object.__setattr__(self, name, value)

    # What it is

    @property
    def names(self) -> tuple[str, ...]:
        """The hyperparameters' names, in the order of the columns.

        Examples
        --------
        >>> from hpmath import LogUniform, Space
        >>> Space({"C": LogUniform(1e-2, 1e4), "gamma": LogUniform(1e-6, 1e-1)}).names
        ('C', 'gamma')
        """
        return tuple(self._distributions)

    @property
    def distributions(self) -> Mapping[str, Distribution]:
        """Name to distribution, read-only; ``space["lr"]`` is short for one of them.

        Examples
        --------
        >>> from hpmath import Integer, Space
        >>> Space({"layers": Integer(1, 5)}).distributions["layers"]
        Integer(1, 5)
        """
        return MappingProxyType(self._distributions)

    @property
    def conditions(self) -> Mapping[str, tuple[str, Any]]:
        """Each conditional hyperparameter's parent and the values of it that make it active.

        Examples
        --------
        >>> from hpmath import Uniform, Space
        >>> dict(Space({"k": ["a", "b"], "x": Uniform(0, 1)}, conditions={"x": ("k", ["b"])}).conditions)
        {'x': ('k', ['b'])}
        """
        return MappingProxyType({child: (c.parent, copy_value(c.shown)) for child, c in self._conditions.items()})

    @property
    def constraints(self) -> tuple[Constraint, ...]:
        """The predicates that an allowed configuration satisfies.

        Examples
        --------
        >>> from hpmath import Uniform, Space
        >>> Space({"x": Uniform(0, 1)}).constraints
        ()
        """
        return self._constraints

    @property
    def columns(self) -> tuple[Column, ...]:
        """Name, kind and cardinality of each column of the unit cube; a cardinality of None is infinite.

        Examples
        --------
        >>> from hpmath import Integer, LogUniform, Space
        >>> for column in Space({"lr": LogUniform(1e-5, 1e-1), "layers": Integer(1, 5)}).columns:
        ...     print(*column)
        lr continuous None
        layers integer 5
        """
        return tuple(Column(name, dist.kind, dist.cardinality) for name, dist in self._distributions.items())

    @property
    def cardinality(self) -> int | None:
        """How many configurations there are, constraints not counted; None for infinitely many.

        Examples
        --------
        A linear kernel, and an RBF kernel with each of three widths:

        >>> from hpmath import Space
        >>> Space({"k": ["linear", "rbf"], "g": [1, 2, 3]}, conditions={"g": ("k", ["rbf"])}).cardinality
        4
        """
        return None if any(column.cardinality is None for column in self.columns) else self.grid().size

    # Configurations

    def sample(self, n: int = 1, rng: RNG = None) -> list[Config]:
        """Draw ``n`` independent configurations; with constraints, by rejection.

        Parameters
        ----------
        n : int
            How many.
        rng : None, int or numpy.random.Generator
            Source of randomness.

        Returns
        -------
        list of n dicts

        Raises
        ------
        ValueError
            If the constraints refuse 10,000 draws in a row.

        Examples
        --------
        >>> from hpmath import Integer, Space
        >>> Space({"layers": Integer(1, 5), "act": ["relu", "tanh"]}).sample(2, rng=0)
        [{'layers': 4, 'act': 'relu'}, {'layers': 1, 'act': 'relu'}]
        """
        n, rng = as_count(n, "n", least=0), as_rng(rng)
        if not self._constraints:
            return self._decode(rng.random((n, len(self))))
        return self._until_allowed(n, lambda missing: self._decode(rng.random((missing, len(self)))))

    def _until_allowed(self, n: int, draw: Callable[[int], Iterable[Config]]) -> list[Config]:
        """Take the first ``n`` allowed ones of what ``draw`` returns, which is told how many are missing."""
        found: list[Config] = []
        drawn = in_vain = 0
        while len(found) < n:
            for config in draw(n - len(found)):
                drawn, in_vain = drawn + 1, in_vain + 1
                if self.allows(config):
                    found.append(config)
                    in_vain = 0
                elif in_vain == MAX_TRIES:
                    raise ValueError(
                        f"constraints refused {MAX_TRIES} draws in a row and allowed {len(found)} of {drawn} in all: "
                        f"{', '.join(map(_name, self._constraints))}"
                    )
        return found[:n]

    def to_unit(self, configs: Iterable[Mapping[str, Any]]) -> FloatArray:
        """Map configurations to the unit cube: each value to F(x), the midpoint of its cell if F has steps.

        Constraints are not asked: what they forbid has its place in the cube too.

        Parameters
        ----------
        configs : iterable of n dicts

        Returns
        -------
        ndarray, shape (n, d)
            NaN where a hyperparameter is inactive.

        Raises
        ------
        TypeError
            If ``configs`` is no list of dicts.
        ValueError
            If a configuration does not fit, naming it and the hyperparameter.

        Examples
        --------
        >>> from hpmath import Integer, LogUniform, Space
        >>> Space({"lr": LogUniform(1e-4, 1.0), "layers": Integer(1, 5)}).to_unit([{"lr": 0.01, "layers": 3}])
        array([[0.5, 0.5]])
        """
        if isinstance(configs, (Mapping, str)) or not isinstance(configs, Iterable):
            raise TypeError(f"configs must be a list of configurations, got {configs!r}")
        rows = []
        for i, config in enumerate(configs):
            try:
                rows.append(self._codes(config))
            except _Outside as reason:
                raise ValueError(f"configs[{i}]: {reason}") from None
        U = np.full((len(rows), len(self)), np.nan)
        for j, (name, dist) in enumerate(self._distributions.items()):
            active = [i for i, row in enumerate(rows) if name in row]
            if active:
                U[active, j] = dist._to_unit(np.array([rows[i][name] for i in active]))
        return U

    def from_unit(self, U: ArrayLike) -> list[Config]:
        """Map points of the unit cube to configurations: F⁻¹ in each column, finite at 0 and 1 too.

        Coordinates of inactive hyperparameters are ignored, whatever they are. Constraints are not asked.

        ``from_unit(to_unit(configs))`` gives back integers and choices exactly, floats to 1e-12 of their range or,
        log-uniform, of their value (a `Normal` only to 4 standard deviations above its mean; a distribution of SciPy as
        well as its own functions do).

        Parameters
        ----------
        U : array_like, shape (n, d)
            Between 0 and 1.

        Returns
        -------
        list of n dicts

        Raises
        ------
        ValueError
            If the shape is wrong, a coordinate leaves [0, 1], or one that is needed is NaN.

        Examples
        --------
        >>> from hpmath import Integer, LogUniform, Space
        >>> Space({"lr": LogUniform(1e-4, 1.0), "layers": Integer(1, 5)}).from_unit([[0.5, 0.5], [1, 0]])
        [{'lr': 0.01, 'layers': 3}, {'lr': 1.0, 'layers': 1}]
        """
        U = as_floats(U, "U")
        if U.ndim != 2 or U.shape[1] != len(self):
            raise ValueError(f"U must have shape (n, {len(self)}) to match the space, got {U.shape}")
        if ((U < 0) | (U > 1)).any():
            i, j = np.argwhere((U < 0) | (U > 1))[0]
            raise ValueError(f"U must lie in [0, 1], got {U[i, j]} for {self.names[j]!r} in row {i}")
        return self._decode(U)

    def _decode(self, U: FloatArray) -> list[Config]:
        missing = np.isnan(U)
        if not self._conditions and not missing.any():
            columns = [dist._decode(dist._draw(U[:, j])) for j, dist in enumerate(self._distributions.values())]
            return [dict(zip(self._distributions, row, strict=True)) for row in zip(*columns, strict=True)]
        place = {name: j for j, name in enumerate(self._distributions)}
        values: dict[str, list[Any]] = {}
        codes: dict[str, NDArray[Any]] = {}
        active: dict[str, NDArray[np.bool_]] = {}
        for name in self._order:
            j, dist, condition = place[name], self._distributions[name], self._conditions.get(name)
            on = np.ones(len(U), dtype=bool)
            if condition is not None:
                on = active[condition.parent] & condition.mask(codes[condition.parent])
            if (on & missing[:, j]).any():
                i = int(np.argmax(on & missing[:, j]))
                raise ValueError(f"U must give {name!r} a coordinate in row {i}, where it is active, got NaN")
            active[name], codes[name] = on, dist._draw(np.where(on, U[:, j], 0.5))
            values[name] = dist._decode(codes[name])
        rows = zip(*(values[name] for name in place), strict=True)
        masks = zip(*(active[name].tolist() for name in place), strict=True)
        return [dict(compress(zip(place, row, strict=True), mask)) for row, mask in zip(rows, masks, strict=True)]

    def contains(self, config: Any) -> bool:
        """Whether a configuration has exactly the active hyperparameters, each in its range, and is allowed.

        Examples
        --------
        >>> from hpmath import Integer, LogUniform, Space
        >>> space = Space({"lr": LogUniform(1e-4, 1.0), "layers": Integer(1, 5)})
        >>> space.contains({"lr": 0.01, "layers": 3}), space.contains({"lr": 0.01, "layers": 6})
        (True, False)
        """
        return self.explain(config) is None

    def explain(self, config: Any) -> str | None:
        """Say why a configuration does not lie in the space; None if it does.

        Examples
        --------
        >>> from hpmath import Integer, LogUniform, Space
        >>> Space({"lr": LogUniform(1e-4, 1.0), "layers": Integer(1, 5)}).explain({"lr": 0.01, "layers": 6})
        "'layers' must be a value of Integer(1, 5), got 6"
        """
        try:
            self._codes(config)
        except _Outside as reason:
            return str(reason)
        return self._forbidden_by(config)

    def allows(self, config: Config) -> bool:
        """Whether the constraints allow a configuration, taken to be one of the space.

        Raises
        ------
        ValueError
            If a predicate raises.
        TypeError
            If a predicate returns neither True nor False.

        Examples
        --------
        >>> from hpmath import Uniform, Space
        >>> space = Space({"a": Uniform(0, 1), "b": Uniform(0, 1)}, constraints=[lambda c: c["a"] <= c["b"]])
        >>> space.allows({"a": 0.2, "b": 0.1})
        False
        """
        return self._forbidden_by(config) is None

    def canonical(self, config: Mapping[str, Any]) -> Config:
        """Return a configuration as the space itself writes it: plain values, its own choices, its own order.

        Raises
        ------
        ValueError
            If it does not fit. Constraints are not asked.

        Examples
        --------
        >>> from hpmath import Integer, Space
        >>> Space({"layers": Integer(1, 5), "units": [(32,), (32, 32)]}).canonical({"units": [32, 32], "layers": 3.0})
        {'layers': 3, 'units': (32, 32)}
        """
        return self._values(self._codes(config))

    def key(self, config: Mapping[str, Any]) -> tuple[float | int | None, ...]:
        """Return what equal configurations share and different ones don't, for sets and dicts.

        Raises
        ------
        ValueError
            If it does not fit. Constraints are not asked.

        Examples
        --------
        >>> from hpmath import Integer, Space
        >>> space = Space({"layers": Integer(1, 5), "act": ["relu", "tanh"]})
        >>> space.key({"act": "tanh", "layers": 3})
        (3, 1)
        """
        return self._key(self._codes(config))

    def to_json(self, config: Mapping[str, Any]) -> Config:
        """Return a configuration that JSON can hold: a choice that JSON would change is written by its place.

        What a searcher adds to a configuration, such as a fidelity, is passed on as it is.

        Examples
        --------
        >>> from hpmath import Integer, Space
        >>> space = Space({"layers": Integer(1, 5), "units": [(32,), (32, 32)]})
        >>> space.to_json({"layers": 3, "units": (32, 32)})
        {'layers': 3, 'units': {'choice': 1}}
        """
        stored = {name: python_value(value) for name, value in config.items()}
        for name, value in stored.items():
            if not _is_json(value) and name in self._distributions:
                stored[name] = {"choice": self._distributions[name]._code(value)}
        return stored

    def from_json(self, stored: Mapping[str, Any]) -> Config:
        """Return the configuration that `to_json` wrote.

        Raises
        ------
        ValueError
            If a choice is not there.

        Examples
        --------
        >>> from hpmath import Integer, Space
        >>> space = Space({"layers": Integer(1, 5), "units": [(32,), (32, 32)]})
        >>> space.from_json({"layers": 3, "units": {"choice": 1}})
        {'layers': 3, 'units': (32, 32)}
        """
        config = dict(stored)
        for name, value in stored.items():
            if isinstance(value, dict) and set(value) == {"choice"} and name in self._distributions:
                choices, place = self._distributions[name].values or (), value["choice"]
                if not (type(place) is int and 0 <= place < len(choices)):
                    raise ValueError(f"{name!r} must have a choice from 0 to {len(choices) - 1}, got {place!r}")
                config[name] = choices[place]
        return config

    def grid(self, levels: Mapping[str, Sequence[Any]] | None = None) -> Grid:
        """Return the grid of all combinations of some levels, each configuration once.

        Parameters
        ----------
        levels : mapping of str to sequence, optional
            Values of each hyperparameter; where none are given, all it has.

        Returns
        -------
        Grid

        Raises
        ------
        ValueError
            If a name is unknown, a level is no value of its hyperparameter, or a continuous one has no levels.

        Examples
        --------
        >>> from hpmath import LogUniform, Space
        >>> grid = Space({"lr": LogUniform(1e-4, 1.0), "act": ["relu", "tanh"]}).grid({"lr": [0.01, 0.1]})
        >>> grid.size, grid[1]
        (4, {'lr': 0.01, 'act': 'tanh'})
        """
        from hpmath._grid import Grid

        return Grid(self, {} if levels is None else levels)

    # Fingerprint

    def describe(self) -> dict[str, Any]:
        """Describe the space in JSON, to tell in another process whether it is the same.

        Distributions and choices are described by their ``repr`` without memory addresses, constraints by name: a
        changed body of a function is not seen.

        Examples
        --------
        >>> from hpmath import LogUniform, Space
        >>> Space({"lr": LogUniform(1e-4, 1.0)}).describe()
        {'hyperparameters': {'lr': 'LogUniform(0.0001, 1.0)'}, 'conditions': {}, 'constraints': []}
        """
        return {
            "hyperparameters": {name: _described(dist) for name, dist in self._distributions.items()},
            "conditions": {child: f"{c.parent} in {_described(c.shown)}" for child, c in self._conditions.items()},
            "constraints": [_name(constraint) for constraint in self._constraints],
        }

    def differences(self, description: Mapping[str, Any]) -> list[str]:
        """Say in what this space differs from another's `describe`; nothing if in nothing.

        Examples
        --------
        >>> from hpmath import LogUniform, Space
        >>> before = Space({"lr": LogUniform(1e-4, 1.0)}).describe()
        >>> Space({"lr": LogUniform(1e-5, 1.0)}).differences(before)
        ["hyperparameter 'lr' is LogUniform(1e-05, 1.0), was LogUniform(0.0001, 1.0)"]
        """
        now, found = self.describe(), []
        for part, word in (("hyperparameters", "hyperparameter"), ("conditions", "condition on")):
            new, old = now[part], description.get(part, {})
            for name in [*new, *(name for name in old if name not in new)]:
                if new.get(name) != old.get(name):
                    is_, was = new.get(name, "absent"), old.get(name, "absent")
                    found.append(f"{word} {name!r} is {is_}, was {was}")
        order, before = list(now["hyperparameters"]), list(description.get("hyperparameters", {}))
        if order != before and sorted(order) == sorted(before):
            found.append(f"the order is {order}, was {before}")
        if now["constraints"] != list(description.get("constraints", [])):
            found.append(f"constraints are {now['constraints']}, were {list(description.get('constraints', []))}")
        return found

    # Python's habits

    def __len__(self) -> int:
        return len(self._distributions)

    def __iter__(self) -> Iterator[str]:
        return iter(self._distributions)

    def __getitem__(self, name: str) -> Distribution:
        if name not in self._distributions:
            raise KeyError(unknown_name(name, self._distributions))
        return self._distributions[name]

    def __contains__(self, item: object) -> bool:
        return item in self._distributions if isinstance(item, str) else self.contains(item)

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"a Space is immutable: build a new one instead of setting {name!r}")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"a Space is immutable: build a new one instead of deleting {name!r}")

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Space):
            return NotImplemented
        return self._identity() == other._identity()

    def __hash__(self) -> int:
        return hash(self._identity())

    def _identity(self) -> tuple[Any, ...]:
        conditions = frozenset((child, c.parent, c.codes, c.bounds) for child, c in self._conditions.items())
        return tuple(self._distributions.items()), conditions, self._constraints

    def __repr__(self) -> str:
        parts = [repr(self._distributions)]
        if self._conditions:
            parts.append(f"conditions={dict(self.conditions)!r}")
        if self._constraints:
            parts.append(f"constraints=[{', '.join(map(_name, self._constraints))}]")
        return f"Space({', '.join(parts)})"

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (self._distributions, dict(self.conditions), self._constraints)

    # In codes: the number that stands for a value, see `Distribution`

    def _codes(self, config: Any) -> dict[str, Any]:
        """The code of each active hyperparameter, parents first."""
        if not isinstance(config, Mapping):
            raise _Outside(f"a configuration must be a dict, got {config!r}")
        codes: dict[str, Any] = {}
        if not self._conditions and config.keys() == self._distributions.keys():  # the common case, with no detours
            codes = {name: dist._code(config[name]) for name, dist in self._distributions.items()}
            if None not in codes.values():
                return codes
            codes = {}
        for name in self._order:
            condition = self._conditions.get(name)
            active = condition is None or (condition.parent in codes and condition.holds(codes[condition.parent]))
            if not active:
                if name in config and condition is not None:
                    raise _Outside(f"{name!r} must be absent unless {condition.parent!r} is in {condition.shown!r}")
            elif name not in config:
                raise _Outside(f"{name!r} is missing from {dict(config)!r}")
            else:
                code = self._distributions[name]._code(config[name])
                if code is None:
                    raise _Outside(f"{name!r} must be a value of {self._distributions[name]!r}, got {config[name]!r}")
                codes[name] = code
        if len(codes) != len(config):
            raise _Outside(unknown_name(next(name for name in config if name not in codes), self._distributions))
        return codes

    def _values(self, codes: Mapping[str, Any]) -> Config:
        dists = self._distributions.items()
        return {name: dist._decode_one(codes[name]) for name, dist in dists if name in codes}

    def _key(self, codes: Mapping[str, Any]) -> tuple[float | int | None, ...]:
        return tuple(map(codes.get, self._distributions))

    def _forbidden_by(self, config: Mapping[str, Any]) -> str | None:
        for constraint in self._constraints:
            try:
                verdict = constraint(dict(config))
            except Exception as error:
                raise ValueError(
                    f"constraint {_name(constraint)} raised {type(error).__name__}: {error} on {dict(config)!r}; "
                    "an inactive hyperparameter is absent"
                ) from error
            if not isinstance(verdict, (bool, np.bool_)):
                raise TypeError(f"constraint {_name(constraint)} must return True or False, got {verdict!r}")
            if not verdict:
                return f"constraint {_name(constraint)} forbids {dict(config)!r}"
        return None


def _distributions(hyperparameters: Any) -> dict[str, Distribution]:
    if isinstance(hyperparameters, str) or not isinstance(hyperparameters, Iterable):
        raise TypeError(f"a space needs a dict or a list of (name, distribution) pairs, got {hyperparameters!r}")
    pairs = list(hyperparameters.items() if isinstance(hyperparameters, Mapping) else hyperparameters)
    found: dict[str, Distribution] = {}
    for pair in pairs:
        if isinstance(pair, (str, Mapping)) or not isinstance(pair, Sequence) or len(pair) != 2:
            raise TypeError(f"a space needs a dict or a list of (name, distribution) pairs, got {pair!r} in the list")
        name, value = pair
        if not isinstance(name, str) or not name:
            raise TypeError(f"the name of a hyperparameter must be a string, got {name!r}")
        if name in found:
            raise ValueError(f"hyperparameter {name!r} comes twice")
        try:
            found[name] = as_distribution(value)
        except (TypeError, ValueError) as error:
            raise type(error)(f"{error} for hyperparameter {name!r}") from error
    if not found:
        raise ValueError("a space needs at least one hyperparameter, got none")
    return found


def _rebuild(distributions: Any, conditions: Any, constraints: Any) -> Space:
    return Space(distributions, conditions=conditions, constraints=constraints)


def _name(constraint: Any) -> str:
    return getattr(constraint, "__qualname__", None) or _described(constraint)


def _described(thing: Any) -> str:
    return re.sub(r" at 0x[0-9A-Fa-f]+", "", repr(thing))


def _is_json(value: Any) -> bool:
    """Whether JSON gives back exactly this value."""
    return value is None or type(value) in (bool, int, str) or (type(value) is float and math.isfinite(value))
