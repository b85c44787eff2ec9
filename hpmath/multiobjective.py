r"""On what is a search for a front tried out? Functions whose front is known.

Taught in chapter 18 (``pareto``). Start at `zdt`: one coordinate runs along the front, the others measure the distance
to it.

Symbols: x is one point of the unit cube (but for `zdt` 4), shape (d,), X is n of them as rows, (n, d); f has m values,
lower is better; g is 1 on the front (0 in `dtlz2`) and larger elsewhere.

Zitzler, Deb & Thiele (2000), Evolutionary Computation 8; Deb, Thiele, Laumanns & Zitzler (2002), CEC.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import ndtri

from hpmath._checks import FloatArray, as_count, as_finite
from hpmath.pareto import non_dominated_mask

if TYPE_CHECKING:
    from hpmath.space import Space

__all__ = ["MultiObjective", "dtlz2", "zdt"]


@dataclass(frozen=True, eq=False, repr=False)
class MultiObjective:
    """Several functions to minimise at once, and their Pareto front.

    Call it with a point (d,), with n points as rows (n, d), or with a configuration.

    Attributes
    ----------
    name : str
        What it is called.
    m : int
        How many objectives it has.
    bounds : ndarray, shape (d, 2)
        Low and high of each coordinate, which are called x1, x2, … in a configuration.
    function : callable
        The bare formula, (n, d) to (n, m).
    front_function : callable
        A number of points to that many points of the front.

    Examples
    --------
    >>> from hpmath import zdt
    >>> f = zdt(1)
    >>> f, f([0.25] + 29 * [0.0])
    (MultiObjective('ZDT1', d=30, m=2), array([0.25, 0.5 ]))
    """

    name: str
    m: int
    bounds: FloatArray
    function: Callable[[FloatArray], FloatArray]
    front_function: Callable[[int], FloatArray]

    def __repr__(self) -> str:
        return f"MultiObjective({self.name!r}, d={len(self.bounds)}, m={self.m})"

    @property
    def names(self) -> tuple[str, ...]:
        """The coordinates' names in a configuration."""
        return tuple(f"x{i + 1}" for i in range(len(self.bounds)))

    @property
    def space(self) -> Space:
        """The box as a :class:`hpmath.Space`."""
        from hpmath.distributions import Uniform
        from hpmath.space import Space

        return Space({name: Uniform(*ends) for name, ends in zip(self.names, self.bounds.tolist(), strict=True)})

    def __call__(self, x: Any) -> FloatArray:
        """Return f(x): shape (m,) for a point or a configuration, (n, m) for n points.

        Raises
        ------
        ValueError
            If the shape or the keys don't fit, or an entry is not finite or outside the box.
        """
        d = len(self.bounds)
        if isinstance(x, Mapping):
            if set(x) != set(self.names):
                raise ValueError(f"a configuration of {self.name} has the keys x1 … x{d}, got {list(x)}")
            x = [x[name] for name in self.names]
        points = as_finite(x, "x")
        if points.ndim not in (1, 2) or points.shape[-1] != d:
            raise ValueError(f"x must have shape ({d},) or (n, {d}) for {self.name}, got {points.shape}")
        low, high = self.bounds.T
        if ((points < low) | (points > high)).any():
            raise ValueError(f"x must lie within the bounds of {self.name}, got {points.min():g} to {points.max():g}")
        values = self.function(np.atleast_2d(points))
        return values if points.ndim == 2 else values[0]

    def front(self, n: int = 500) -> FloatArray:
        """Return ``n`` points spread over the Pareto front, shape (n, m).

        Examples
        --------
        >>> from hpmath import zdt
        >>> zdt(2).front(3)
        array([[0.  , 1.  ],
               [0.5 , 0.75],
               [1.  , 0.  ]])
        """
        return self.front_function(as_count(n, "n"))


_SHAPES: dict[int, Callable[[Any, Any], Any]] = {  # h(f1, g), the second objective over g
    1: lambda f1, g: 1 - np.sqrt(f1 / g),
    2: lambda f1, g: 1 - (f1 / g) ** 2,
    3: lambda f1, g: 1 - np.sqrt(f1 / g) - f1 / g * np.sin(10 * np.pi * f1),
    4: lambda f1, g: 1 - np.sqrt(f1 / g),
    6: lambda f1, g: 1 - (f1 / g) ** 2,
}


def zdt(number: int, d: int | None = None) -> MultiObjective:
    r"""Return one of the two-objective functions of Zitzler, Deb and Thiele.

    .. math:: f_1 = f_1(x_1), \qquad f_2 = g(x_2, \dots, x_d)\; h(f_1, g), \qquad g \ge 1,\ g = 1 \text{ on the front}

    Parameters
    ----------
    number : {1, 2, 3, 4, 6}
        1: convex front. 2: concave. 3: in five pieces. 4: convex, behind 21⁹ local fronts (d = 10). 6: concave, few
        points near it and unevenly spread. (5 is about bit strings.)
    d : int, optional
        At least 2; by default 30, for 4 and 6 it is 10.

    Returns
    -------
    MultiObjective
        On [0, 1]ᵈ; for 4, all but the first coordinate on [-5, 5].

    Raises
    ------
    ValueError
        If there is no such number.

    References
    ----------
    Zitzler, Deb & Thiele (2000).

    Examples
    --------
    >>> zdt(4)(10 * [0.0]), zdt(4)([0.0, 1] + 8 * [0])
    (array([0., 1.]), array([0., 2.]))
    """
    if number not in _SHAPES or isinstance(number, bool):
        raise ValueError(f"number must be one of 1, 2, 3, 4, 6, got {number!r}")
    number = int(number)
    d = as_count((10 if number >= 4 else 30) if d is None else d, "d", least=2)
    bounds = np.tile([0.0, 1.0], (d, 1))
    if number == 4:
        bounds[1:] = -5.0, 5.0
    bounds.flags.writeable = False
    return MultiObjective(f"ZDT{number}", 2, bounds, partial(_zdt, number=number), partial(_zdt_front, number=number))


def _first(x1: FloatArray, number: int) -> FloatArray:
    return 1 - np.exp(-4 * x1) * np.sin(6 * np.pi * x1) ** 6 if number == 6 else x1


def _zdt(X: FloatArray, number: int) -> FloatArray:
    f1, rest = _first(X[:, 0], number), X[:, 1:]
    if number == 4:
        g = 1 + 10 * rest.shape[1] + (rest**2 - 10 * np.cos(4 * np.pi * rest)).sum(axis=1)
    else:
        g = 1 + 9 * rest.mean(axis=1) ** (0.25 if number == 6 else 1.0)
    return np.column_stack([f1, g * _SHAPES[number](f1, g)])


def _zdt_front(n: int, number: int) -> FloatArray:
    f1 = np.linspace(_first(np.linspace(0, 0.2, 100_001), number).min(), 1.0, n if number != 3 else 20 * n)
    front = np.column_stack([f1, _SHAPES[number](f1, 1.0)])
    if number == 3:  # only the falling pieces; about two fifths of the line
        front = front[non_dominated_mask(front)]
        front = front[np.linspace(0, len(front) - 1, n).round().astype(int)]
    return front


def dtlz2(m: int = 3, d: int | None = None) -> MultiObjective:
    r"""Return DTLZ2: its front is the part of the unit sphere where all m objectives are positive.

    .. math:: f = (1 + g)\,(\text{a point of the sphere with angles } \tfrac\pi2 x_1, \dots, \tfrac\pi2 x_{m-1}),
              \qquad g = \sum_{i \ge m} (x_i - \tfrac12)^2

    Parameters
    ----------
    m : int
        Objectives, at least 2.
    d : int, optional
        Coordinates, at least m; by default m + 9.

    Returns
    -------
    MultiObjective
        On [0, 1]ᵈ.

    References
    ----------
    Deb, Thiele, Laumanns & Zitzler (2002).

    Examples
    --------
    >>> dtlz2(3)(12 * [0.5]).round(4)
    array([0.5   , 0.5   , 0.7071])
    """
    m = as_count(m, "m", least=2)
    d = as_count(m + 9 if d is None else d, "d", least=m)
    bounds = np.tile([0.0, 1.0], (d, 1))
    bounds.flags.writeable = False
    return MultiObjective("DTLZ2", m, bounds, partial(_dtlz2, m=m), partial(_sphere, m=m))


def _dtlz2(X: FloatArray, m: int) -> FloatArray:
    angles = np.pi / 2 * X[:, : m - 1]
    radius = 1 + ((X[:, m - 1 :] - 0.5) ** 2).sum(axis=1, keepdims=True)
    ones = np.ones((len(X), 1))
    cosines = np.hstack([ones, np.cumprod(np.cos(angles), axis=1)])  # 1, cos a1, cos a1 cos a2, …
    sines = np.hstack([np.sin(angles), ones])
    return np.asarray(radius * (cosines * sines)[:, ::-1])


def _sphere(n: int, m: int) -> FloatArray:
    """Points spread evenly over the positive part of the sphere: absolute normal quantiles of a lattice, scaled."""
    if m == 2:
        a = np.linspace(0, np.pi / 2, n)
        return np.column_stack([np.cos(a), np.sin(a)])
    golden = np.roots([1.0, *[0.0] * (m - 1), -1.0, -1.0]).real.max()  # x^(m+1) = x + 1
    lattice = (0.5 + np.arange(1, n + 1)[:, None] * golden ** -np.arange(1.0, m + 1)) % 1
    points = ndtri((1 + lattice) / 2)
    return np.asarray(points / np.linalg.norm(points, axis=1, keepdims=True))
