"""When is a hyperparameter active? Conditions of a space, read and checked.

``{"gamma": ("kernel", ["rbf"])}``: gamma is active if kernel is and has one of the values. Each hyperparameter has at
most one parent, so that conditions make a forest, and what is active is told from the roots up. A code is the number
that stands for a value, see `hpmath.Distribution`.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hpmath._values import is_number
from hpmath.distributions import Distribution

_MOST_PARENT_VALUES = 100_000


class Condition(NamedTuple):
    """When a hyperparameter is active: its parent has one of these codes, or lies between these bounds."""

    parent: str
    codes: frozenset[int] | None
    bounds: tuple[float, float]
    shown: Any

    def holds(self, code: float) -> bool:
        return code in self.codes if self.codes is not None else self.bounds[0] <= code <= self.bounds[1]

    def mask(self, codes: NDArray[Any]) -> NDArray[np.bool_]:
        if self.codes is not None:
            return np.isin(codes, list(self.codes))
        return (codes >= self.bounds[0]) & (codes <= self.bounds[1])


def read_conditions(distributions: Mapping[str, Distribution], conditions: Any) -> dict[str, Condition]:
    """Check ``{child: (parent, values)}`` against the distributions and return it in codes."""
    if conditions is None:
        return {}
    if not isinstance(conditions, Mapping):
        raise TypeError(f"conditions must be a dict of (parent, values), got {conditions!r}")
    found: dict[str, Condition] = {}
    for child, condition in conditions.items():
        if child not in distributions:
            raise ValueError(f"conditions: {unknown_name(child, distributions)}")
        if isinstance(condition, str) or not isinstance(condition, Sequence) or len(condition) != 2:
            raise TypeError(f"conditions: {child!r} needs (parent, values), got {condition!r}")
        parent, values = condition
        if parent not in distributions:
            raise ValueError(f"conditions: {child!r} depends on an {unknown_name(parent, distributions)}")
        found[child] = _read_condition(child, parent, distributions[parent], values)
    for child in found:
        path = [child]
        while path[-1] in found:
            path.append(found[path[-1]].parent)
            if path[-1] in path[:-1]:
                circle = path[path.index(path[-1]) :]
                raise ValueError(f"conditions go in a circle: {' depends on '.join(map(repr, circle))}")
    return found


def _read_condition(child: str, parent: str, dist: Distribution, values: Any) -> Condition:
    if isinstance(values, (str, bytes)) or not isinstance(values, (Collection, np.ndarray)):
        values = [values]  # ("kernel", "rbf") means ("kernel", ["rbf"])
    values = list(values)
    if dist.kind == "continuous":
        numbers = len(values) == 2 and all(is_number(value) for value in values)
        if not numbers or not values[0] <= values[1] or dist.cdf(values[1]) <= dist.cdf(values[0]):
            raise ValueError(
                f"conditions: {child!r} needs an interval (low, high) of {parent!r}, {dist!r}, got {values!r}"
            )
        return Condition(parent, None, (float(values[0]), float(values[1])), tuple(map(float, values)))
    if (dist.cardinality or 0) > _MOST_PARENT_VALUES:
        raise ValueError(f"conditions: the parent {parent!r} of {child!r} has more than {_MOST_PARENT_VALUES} values")
    codes = []
    for value in values:
        codes.append(dist._code(value))
        if codes[-1] is None:
            raise ValueError(f"conditions: {child!r} waits for {parent!r} to be {value!r}, no value of {dist!r}")
    if not codes:
        raise ValueError(f"conditions: {child!r} needs at least one value of {parent!r}, got none")
    whole = frozenset(int(code) for code in codes if code is not None)
    return Condition(parent, whole, (-math.inf, math.inf), dist._decode(np.array(sorted(whole))))


def parents_first(names: Iterable[str], conditions: Mapping[str, Condition]) -> tuple[str, ...]:
    """The order in which what is active can be told: each hyperparameter, then its descendants."""
    children: dict[str | None, list[str]] = {}
    for name in names:
        children.setdefault(conditions[name].parent if name in conditions else None, []).append(name)
    order: list[str] = []
    waiting = children[None][::-1]
    while waiting:
        order.append(waiting.pop())
        waiting += children.get(order[-1], [])[::-1]
    return tuple(order)


def unknown_name(name: object, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(str(name), list(known), n=1)
    return f"unknown hyperparameter {name!r}; " + (f"did you mean {near[0]!r}?" if near else f"there is {list(known)}")
