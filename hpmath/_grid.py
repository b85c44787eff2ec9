"""What is the i-th of all combinations, where some of them coincide because a hyperparameter is inactive?

A grid counts a conditional space as a forest: the configurations below a value are the product over its active
children, those of a hyperparameter the sum over its values. The i-th is found by undoing the count: mixed radix.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from hpmath._conditions import unknown_name

if TYPE_CHECKING:
    from hpmath.space import Config, Space


class Grid:
    """All combinations of some levels of each hyperparameter: the i-th is found without walking through the others.

    The order is lexicographic: the first hyperparameter varies slowest; a conditional one follows its parent. What
    differs only in inactive hyperparameters is one configuration and counted once. Constraints are not asked.

    Parameters
    ----------
    space : Space
    levels : mapping of str to sequence
        As for `Space.grid`, which is the way to make one.

    Examples
    --------
    >>> from hpmath import Space
    >>> space = Space({"k": ["linear", "rbf"], "g": [1, 2, 3]}, conditions={"g": ("k", ["rbf"])})
    >>> [space.grid()[i] for i in range(3)]
    [{'k': 'linear'}, {'k': 'rbf', 'g': 1}, {'k': 'rbf', 'g': 2}]
    """

    def __init__(self, space: Space, levels: Mapping[str, Sequence[Any]]) -> None:
        self.space = space
        for name in levels:
            if name not in space.names:
                raise ValueError(unknown_name(name, space.distributions))
        self._levels = {name: self._codes_of(name, levels.get(name)) for name in space.names}
        self._children: dict[str | None, list[str]] = {None: []}
        for name in space._order:
            condition = space._conditions.get(name)
            self._children.setdefault(None if condition is None else condition.parent, []).append(name)
        # ends[parent][i]: how many configurations of it and its descendants its levels up to the i-th have
        self._ends: dict[str, list[int]] = {}
        self._sizes: dict[str, int] = {}
        for name in reversed(space._order):
            self._sizes[name] = len(self._levels[name])
            if name in self._children:
                self._ends[name] = list(accumulate(self._size(self._active(name, c)) for c in self._levels[name]))
                self._sizes[name] = self._ends[name][-1]
        self.size = self._size(self._children[None])

    def _codes_of(self, name: str, levels: Sequence[Any] | None) -> Sequence[Any]:
        dist = self.space[name]
        if levels is None:
            if dist.values is None:
                raise ValueError(f"a grid needs levels for {name!r}, which has infinitely many values")
            return dist.values if isinstance(dist.values, range) else [dist._code(value) for value in dist.values]
        codes = [dist._code(level) for level in levels]
        for code, level in zip(codes, levels, strict=True):
            if code is None:
                raise ValueError(f"levels of {name!r} must be values of {dist!r}, got {level!r}")
        if not codes or len(set(codes)) < len(codes):
            raise ValueError(f"levels of {name!r} must be at least one, each once, got {list(levels)!r}")
        return codes

    def _active(self, parent: str, code: Any) -> list[str]:
        return [child for child in self._children[parent] if self.space._conditions[child].holds(code)]

    def _size(self, names: list[str]) -> int:
        return math.prod(self._sizes[name] for name in names)

    def __getitem__(self, i: int) -> Config:
        if not 0 <= i < self.size:
            raise IndexError(f"the grid has {self.size} configurations, got index {i}")
        codes: dict[str, Any] = {}
        self._place(self._children[None], int(i), codes)
        return self.space._values(codes)

    def __iter__(self) -> Iterator[Config]:
        return (self[i] for i in range(self.size))

    def _place(self, names: list[str], i: int, codes: dict[str, Any]) -> None:
        """Write the codes of the i-th combination of ``names`` and their descendants."""
        for name in reversed(names):  # the last varies fastest
            i, rest = divmod(i, self._sizes[name])
            if name in self._ends:
                ends = self._ends[name]
                level = bisect_right(ends, rest)
                codes[name] = self._levels[name][level]
                inner = rest - (ends[level - 1] if level else 0)
                self._place(self._active(name, codes[name]), inner, codes)
            else:
                codes[name] = self._levels[name][rest]
