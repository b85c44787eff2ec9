r"""Which numbers does a model see of a configuration?

A space knows one encoding, the unit cube, where the third of five choices is 0.5 between its neighbours. A kernel
measures distances, so it needs another one: features, each about as long as the unit interval.

- a continuous hyperparameter: its place u in the unit cube; an integer: likewise, its first value at 0, its last at 1;
- a list of numbers is ordered by size, its levels evenly spaced: who lists 16, 32, 64 chose steps that matter equally;
- other choices: two are 0 and 1; k > 2 are the corners of a simplex with edges of length one (one-hot, divided by √2);
- an inactive hyperparameter stands at the middle of its range, so that it never tells two configurations apart: their
  parents do.

Read by ``searchers/bayesopt``; start at :meth:`Encoding.features`.

Symbols: U, (n, d), points of the unit cube with every coordinate filled; F, (n, p), their features.

Garrido-Merchán & Hernández-Lobato (2020) (snap before the kernel sees a point: it is constant within a cell).
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hpmath._checks import FloatArray
from hpmath._values import is_number
from hpmath.distributions import Distribution
from hpmath.space import Config, Space

_N_RANDOM, _N_ALLOWED, _N_COPIES = 500, 100, 10  # candidates
_RADII = (0.1, 0.01, 0.001)  # of the copies, in widths of the box
_MOST_LISTED = 4096  # values of an ordered hyperparameter that are kept in a list


class Axis(NamedTuple):
    """A column of the cube and its features."""

    column: int
    kind: str  # "continuous", "ordered" or "unordered"
    start: int  # its features are start … start + width − 1
    width: int
    levels: FloatArray | None  # u of all values in their order; None for infinitely (or very) many
    ranks: NDArray[np.int64] | None  # place of a choice, by its code, among the levels


class Encoding:
    """Features of the points of a space's unit cube."""

    def __init__(self, space: Space) -> None:
        self.space = space
        self.axes: list[Axis] = []
        start = 0
        for j, distribution in enumerate(space.distributions.values()):
            axis = _axis(j, distribution, start)
            self.axes.append(axis)
            start += axis.width
        self.width = max(start, 1)  # a space of one point has one feature, always zero
        climbed = [axis for axis in self.axes if axis.kind == "continuous" or (axis.levels is None and axis.width)]
        self.climbed = np.array([axis.start for axis in climbed], dtype=np.int64)  # the features with a slope
        self.climbed_columns = np.array([axis.column for axis in climbed], dtype=np.int64)
        self.stepped = [axis for axis in self.axes if axis.levels is not None and len(axis.levels) > 1]
        cardinalities = [column.cardinality for column in space.columns]
        self.size = math.inf if None in cardinalities else math.prod(c for c in cardinalities if c is not None)

    def fill(self, configs: list[Config]) -> FloatArray:
        """The points of configurations, (n, d), 1/2 where one is inactive."""
        U = self.space.to_unit(configs)
        return np.where(np.isnan(U), 0.5, U)

    def snap(self, U: FloatArray) -> tuple[FloatArray, NDArray[np.bool_]]:
        """Points with each value at the midpoint of its cell and 1/2 where inactive; and where they are active."""
        out, on = np.array(U), np.ones(U.shape, dtype=bool)
        codes: dict[str, Any] = {}
        place = {name: j for j, name in enumerate(self.space.names)}
        for name in self.space._order:
            j, distribution, condition = place[name], self.space._distributions[name], self.space._conditions.get(name)
            if condition is not None:
                on[:, j] = on[:, place[condition.parent]] & condition.mask(codes[condition.parent])
            if distribution.kind == "continuous":
                if self.space._conditions:
                    codes[name] = distribution._draw(U[:, j])
            else:
                codes[name] = distribution._draw(U[:, j])
                out[:, j] = distribution._to_unit(codes[name])
        out[~on] = 0.5
        return out, on

    def features(self, U: FloatArray) -> FloatArray:
        """What the model sees of points of the cube, (n, p)."""
        U, on = self.snap(U)
        F = np.zeros((len(U), self.width))
        for axis in self.axes:
            if not axis.width:
                continue
            column = slice(axis.start, axis.start + axis.width)
            if axis.levels is None:
                F[:, axis.start] = U[:, axis.column]
            elif axis.kind == "unordered" and axis.width > 1:
                F[:, column] = np.eye(axis.width)[self._places(axis, U)] / math.sqrt(2)
            elif axis.ranks is not None:
                F[:, axis.start] = self._places(axis, U) / (len(axis.levels) - 1)
            else:
                low, high = axis.levels[0], axis.levels[-1]
                F[:, axis.start] = (U[:, axis.column] - low) / (high - low)
            inactive = ~on[:, axis.column]
            if inactive.any():
                F[np.ix_(inactive, np.arange(axis.start, axis.start + axis.width))] = (
                    0.5 if axis.width == 1 else math.sqrt(0.5) / axis.width
                )
        return F

    def candidates(self, top: FloatArray, low: FloatArray, width: FloatArray, rng: np.random.Generator) -> FloatArray:
        """Points worth a look, (m, d): random ones, ever closer copies of the best trials, and their neighbours.

        Continuous coordinates stay in the box of features that begins at ``low``, (p,), and is ``width`` wide. Where
        the space has constraints, the points obey them.
        """
        d, columns, climbed = len(self.axes), self.climbed_columns, self.climbed
        if self.space.constraints:
            drawn = self.fill(self.space.sample(_N_ALLOWED, rng))
        else:
            drawn = rng.random((_N_RANDOM, d))
            drawn[:, columns] = low[climbed] + width[climbed] * drawn[:, columns]
        step = np.zeros(d)
        step[columns] = width[climbed]
        blocks = []
        for radius in _RADII if len(columns) else ():
            copies = np.repeat(top, _N_COPIES, axis=0)
            moved = copies + radius * step * rng.standard_normal(copies.shape)
            blocks.append(np.where((moved < 0) | (moved > 1), copies, moved))
        blocks += [self.neighbours(u) for u in top]
        close = np.concatenate(blocks)
        if self.space.constraints and len(close):
            close = close[[self.space.allows(config) for config in self.space.from_unit(close)]]
        return np.concatenate([drawn, close])

    def neighbours(self, u: FloatArray) -> FloatArray:
        """Points that differ from one point, (d,), in one hyperparameter of finitely many values, (m, d).

        Unordered: every other choice. Ordered: 1, 2, 4, … steps up and down.
        """
        snapped, on = self.snap(u[None])
        rows = []
        for axis in self.stepped:
            if not on[0, axis.column]:
                continue
            levels = axis.levels
            assert levels is not None
            here = int(self._places(axis, snapped)[0])
            k = len(levels)
            if axis.kind == "unordered":
                there = [i for i in range(k) if i != here]
            else:
                steps = [2**e for e in range(k.bit_length())]
                there = [i for step in steps for i in (here - step, here + step) if 0 <= i < k]
            block = np.repeat(u[None], len(there), axis=0)
            block[:, axis.column] = levels[there]
            rows.append(block)
        return np.concatenate(rows) if rows else np.empty((0, len(u)))

    def _places(self, axis: Axis, U: FloatArray) -> NDArray[np.int64]:
        """Where the values of a column stand among its levels."""
        assert axis.levels is not None
        distribution = self.space._distributions[self.space.names[axis.column]]
        codes = np.asarray(distribution._draw(U[:, axis.column]), dtype=np.int64)
        if axis.ranks is not None:
            return np.asarray(axis.ranks[codes])
        return codes - int((distribution.values or [0])[0])

    def keys(self, U: FloatArray) -> list[bytes]:
        """What points of the same configuration share, if nothing in it is continuous."""
        return [row.tobytes() for row in self.snap(U)[0]]


def _axis(j: int, distribution: Distribution, start: int) -> Axis:
    k = distribution.cardinality
    if k is None:
        return Axis(j, "continuous", start, 1, None, None)
    if k == 1:
        return Axis(j, "ordered", start, 0, distribution._to_unit(np.array([_only_code(distribution)])), None)
    if distribution.kind == "integer":
        if k > _MOST_LISTED:
            return Axis(j, "ordered", start, 1, None, None)
        return Axis(j, "ordered", start, 1, distribution._to_unit(np.array(distribution.values)), None)
    choices = list(distribution.values or ())
    u = distribution._to_unit(np.arange(k))
    numbers = all(is_number(choice) and math.isfinite(choice) for choice in choices)
    order = np.argsort([float(choice) for choice in choices], kind="stable") if numbers else np.arange(k)
    ranks = np.empty(k, dtype=np.int64)
    ranks[order] = np.arange(k)
    ordered = numbers or k == 2
    return Axis(j, "ordered" if ordered else "unordered", start, 1 if ordered else k, u[order], ranks)


def _only_code(distribution: Distribution) -> int:
    return 0 if distribution.kind == "categorical" else int((distribution.values or [0])[0])
