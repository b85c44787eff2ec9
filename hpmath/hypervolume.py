r"""How good is a whole front, as one number?

The hypervolume: the volume of what the front dominates, up to a reference point that marks the worst worth counting.
If one front dominates another, its hypervolume is larger, and to say so it doesn't need to know the true front.

Taught in chapter 18 (``pareto``). Start at ``_two``, the sum of strips, then ``_three``, which sweeps a staircase of
such strips through the third objective, then ``_more``, which takes one objective off at a time.

Symbols: Y, shape (n, m), n points in m objectives, lower is better; r, shape (m,), the reference point; the volume is
that of the union of the boxes [y, r] over the rows y of Y.

Zitzler & Thiele (1998), PPSN V; Fonseca, Paquete & López-Ibáñez (2006), CEC (the sweep); While, Bradstreet & Barone
(2012), IEEE Transactions on Evolutionary Computation 16 (limit sets).
"""

from __future__ import annotations

from bisect import bisect_left

import numpy as np
from numpy.typing import ArrayLike

from hpmath._checks import FloatArray, as_finite, as_objectives

__all__ = ["hypervolume", "hypervolume_contributions"]


def hypervolume(Y: ArrayLike, reference: ArrayLike) -> float:
    r"""Volume of the space that is dominated by Y and dominates the reference point.

    .. math:: \mathrm{HV}(Y) = \operatorname{vol} \bigcup_{y \in Y} \{\, z : y \le z \le r \,\}

    Parameters
    ----------
    Y : array_like, shape (n, m)
        Lower is better. Dominated and equal rows are welcome: they add nothing.
    reference : array_like, shape (m,)
        The reference point r, finite. Only points below it in every objective count; the others add nothing, as is the
        field's convention.

    Returns
    -------
    float
        In the product of the objectives' units; exact up to rounding. 0.0 if no point is below the reference.

    Raises
    ------
    ValueError
        If the shapes don't fit, an entry is NaN or an objective −∞.

    Notes
    -----
    One or two objectives take O(n log n), three O(n log n) searches (and O(n) moves of memory in each insertion), more
    take time that grows exponentially with m: seconds for 100 points and m = 8.

    References
    ----------
    Zitzler & Thiele (1998); While, Bradstreet & Barone (2012) for four objectives and more.

    Examples
    --------
    Boxes of area 6 and 6 that share 4:

    >>> hypervolume([[1, 2], [2, 1]], [4, 4])
    8.0
    >>> hypervolume([[5, 0]], [4, 4])
    0.0
    """
    Y, r = _points_and_reference(Y, reference)
    return _volume(Y[(r > Y).all(axis=1)], r)


def hypervolume_contributions(Y: ArrayLike, reference: ArrayLike) -> FloatArray:
    r"""What would be lost without each point: HV(Y) − HV(Y without it).

    Parameters
    ----------
    Y : array_like, shape (n, m)
        Lower is better.
    reference : array_like, shape (m,)
        As in `hypervolume`.

    Returns
    -------
    ndarray, shape (n,)
        Non-negative. 0 for a dominated point, for one that is not below the reference, and for equal rows, as each is
        covered by the other. A dominated point lessens the contribution of the one that dominates it, since it would
        take its place; leave dominated points out to have it otherwise.

    Raises
    ------
    ValueError
        As `hypervolume`.

    References
    ----------
    While, Bradstreet & Barone (2012): a point's own box, less what the others, limited to that box, cover of it.

    Examples
    --------
    >>> hypervolume_contributions([[1, 3], [2, 2], [3, 1], [3, 3]], [4, 4])
    array([1., 1., 1., 0.])
    """
    Y, r = _points_and_reference(Y, reference)
    inside = np.flatnonzero((r > Y).all(axis=1))
    P = Y[inside]
    lost = np.zeros(len(Y))
    for i, p in zip(inside, P, strict=True):
        limited = np.maximum(P[inside != i], p)
        lost[i] = max(np.prod(r - p) - _volume(limited, r), 0.0)
    return lost


def _points_and_reference(Y: ArrayLike, reference: ArrayLike) -> tuple[FloatArray, FloatArray]:
    r = np.atleast_1d(as_finite(reference, "reference"))
    Y = as_objectives(Y, m=r.size if np.shape(Y) == (0,) else None)
    if r.shape != Y.shape[1:]:
        raise ValueError(f"reference must have shape {Y.shape[1:]}, a number for each objective, got {r.shape}")
    if np.isneginf(Y).any():
        raise ValueError("Y must not hold -inf, which would dominate an infinite volume")
    return Y, r


def _volume(P: FloatArray, r: FloatArray) -> float:
    """Hypervolume of points that are nowhere above r."""
    n, m = P.shape
    if n == 0:
        return 0.0
    if n == 1:
        return float(np.prod(r - P[0]))
    if m == 1:
        return float(r[0] - P.min())
    if n == 2:
        a, b, both = np.prod(r - np.concatenate([P, P.max(axis=0, keepdims=True)]), axis=1).tolist()
        return float(a + b - both)
    if m == 2:
        return _two(P, r)
    return _three(P, r) if m == 3 else _more(_undominated(P), r)


def _two(P: FloatArray, r: FloatArray) -> float:
    """Strips side by side, each as high as the lowest point to its left."""
    order = np.argsort(P[:, 0])
    x, lowest = P[order, 0], np.minimum.accumulate(P[order, 1])
    return float(np.diff(x, append=r[0]) @ (r[1] - lowest))


def _three(P: FloatArray, r: FloatArray) -> float:
    """Sweep the third objective upwards and keep the area that is dominated so far, bounded by a staircase.

    The staircase has its steps' x in rising and their y in falling order, between two sentinels.
    """
    xs, ys = [-np.inf, float(r[0])], [float(r[1]), -np.inf]
    area = volume = height = 0.0
    for z, x, y in sorted(P[:, (2, 0, 1)].tolist()):
        i = bisect_left(xs, x)
        if ys[i - 1] <= y or (xs[i] == x and ys[i] <= y):
            continue  # dominated
        volume += area * (z - height)
        height = z
        j, left, top = i, x, ys[i - 1]
        while True:  # from x to the right, over the steps that the new point cuts off
            area += (xs[j] - left) * (top - y)
            if ys[j] < y:
                break
            left, top = xs[j], ys[j]
            j += 1
        xs[i:j], ys[i:j] = [x], [y]
    return volume + area * (float(r[2]) - height)


def _more(P: FloatArray, r: FloatArray) -> float:
    """Sweep the last objective: each point adds its box, less what those before it cover of it, times its height.

    What they cover of it is the hypervolume, with one objective fewer, of the points limited to the box. Most of them
    are then dominated, which is what makes this fast.
    """
    P = P[np.argsort(P[:, -1])]
    heights: list[float] = (r[-1] - P[:, -1]).tolist()
    P, r = P[:, :-1], r[:-1]
    boxes: list[float] = np.prod(r - P, axis=1).tolist()
    covered = (_volume(np.maximum(P[:i], P[i]), r) for i in range(len(P)))
    return sum((h * (box - c) for h, box, c in zip(heights, boxes, covered, strict=True)), 0.0)


def _undominated(P: FloatArray) -> FloatArray:
    """Without the rows that another is as good as everywhere; of equal rows the first is kept. For a few rows."""
    as_good = P[:, None, 0] <= P[:, 0]
    for y in P.T[1:]:
        as_good &= y[:, None] <= y
    return P[~np.triu(as_good, 1).any(axis=0) & ~np.tril(as_good & ~as_good.T, -1).any(axis=0)]
