r"""How do you turn two wishes into one number, and what does it cost?

Each function maps n points in m objectives to n numbers, smaller is better, so that any searcher for one objective can
be used. Which points can win differs: a weighted sum reaches only the convex hull of the front, Chebyshev's distance
and an ε-constraint reach all of it.

Taught in chapters 18 (``pareto``) and 19 (``scalarization``); `knee_point` in 20 (``speed_accuracy``). Start at
`weighted_sum` and `chebyshev`, one line each.

Symbols: Y, shape (n, m), lower is better, y one of its rows; w, shape (m,), weights; z, shape (m,), a reference point,
which should lie below every point: the ideal point, the best of each objective, less a little.

Miettinen (1999), Nonlinear Multiobjective Optimization, part II; Knowles (2006), IEEE Transactions on Evolutionary
Computation 10 (ParEGO).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike

from hpmath._checks import FloatArray, as_count, as_finite, as_floats, as_number, as_objectives
from hpmath.pareto import non_dominated_mask

__all__ = ["augmented_chebyshev", "chebyshev", "epsilon_constraint", "knee_point", "weighted_sum"]


def weighted_sum(Y: ArrayLike, weights: ArrayLike) -> FloatArray:
    r"""Price each objective and add.

    .. math:: s(y) = \sum_j w_j\, y_j

    A point that minimises it with positive weights is Pareto optimal. The converse holds on convex fronts only: a point
    above the chord of two others is never the best, whatever the weights.

    Parameters
    ----------
    Y : array_like, shape (n, m)
        Lower is better, finite.
    weights : array_like, shape (m,)
        Not negative, not all 0; they need not sum to 1. In 1 / units of the objectives.

    Returns
    -------
    ndarray, shape (n,)

    Raises
    ------
    ValueError
        If the shapes don't fit, Y is not finite, or the weights are negative or all 0.

    References
    ----------
    Miettinen (1999), part II, chapter 3 (the weighting method).

    Examples
    --------
    An error in points and a latency in milliseconds, at a quarter of a point for 10 ms:

    >>> weighted_sum([[5.0, 100], [4.0, 160]], [1, 0.025])
    array([7.5, 8. ])
    """
    Y = _finite(Y)
    return np.asarray(Y @ _weights(weights, Y))


def chebyshev(Y: ArrayLike, weights: ArrayLike, reference: ArrayLike) -> FloatArray:
    r"""The worst of the weighted distances to a reference point.

    .. math:: s(y) = \max_j\, w_j\, (y_j - z_j)

    With z below every point, each Pareto optimal point is the best for some weights, on fronts of any shape. Points
    that are only weakly optimal may tie with it: see `augmented_chebyshev`.

    Parameters
    ----------
    Y : array_like, shape (n, m)
        Lower is better, finite.
    weights : array_like, shape (m,)
        Not negative, not all 0.
    reference : array_like, shape (m,)
        The point z, in units of the objectives. The formula has no absolute values, so that a point better than the
        reference is never worse for it; below the reference it may be negative (Wierzbicki's achievement function).

    Returns
    -------
    ndarray, shape (n,)

    Raises
    ------
    ValueError
        As `weighted_sum`, and if the reference doesn't fit or is not finite.

    References
    ----------
    Miettinen (1999), part II, chapter 3 (weighted metrics); Wierzbicki (1980).

    Examples
    --------
    The middle of a concave front, which no weighted sum would choose:

    >>> chebyshev([[0, 1], [0.6, 0.6], [1, 0]], [1, 1], [0, 0])
    array([1. , 0.6, 1. ])
    """
    Y = _finite(Y)
    return np.asarray((_weights(weights, Y) * (Y - _reference(reference, Y))).max(axis=1))


def augmented_chebyshev(Y: ArrayLike, weights: ArrayLike, reference: ArrayLike, *, rho: float = 0.05) -> FloatArray:
    r"""Chebyshev's distance and a little of the weighted sum, which breaks ties between weakly optimal points.

    .. math:: s(y) = \max_j\, w_j\, (y_j - z_j) + \rho \sum_j w_j\, (y_j - z_j)

    Parameters
    ----------
    Y : array_like, shape (n, m)
        Lower is better, finite.
    weights : array_like, shape (m,)
        Not negative, not all 0.
    reference : array_like, shape (m,)
        The point z; ParEGO scales the objectives to [0, 1] and takes 0.
    rho : float
        Not negative. The larger it is, the more Pareto optimal points with steep trade-offs are lost too.

    Returns
    -------
    ndarray, shape (n,)

    Raises
    ------
    ValueError
        As `chebyshev`, and if ``rho`` is negative.

    References
    ----------
    Knowles (2006); Steuer & Choo (1983).

    Examples
    --------
    The first is as good in one objective and better in the other:

    >>> augmented_chebyshev([[0.6, 0.2], [0.6, 0.5]], [1, 1], [0, 0]).round(3)
    array([0.64 , 0.655])
    """
    Y, rho = _finite(Y), as_number(rho, "rho", least=0)
    gaps = _weights(weights, Y) * (Y - _reference(reference, Y))
    return np.asarray(gaps.max(axis=1) + rho * gaps.sum(axis=1))


def epsilon_constraint(Y: ArrayLike, primary: int, bounds: ArrayLike | Mapping[int, float]) -> FloatArray:
    r"""One objective, with bounds on the others.

    .. math:: s(y) = y_p \text{ where } y_j \le \varepsilon_j \text{ for all } j, \quad \infty \text{ elsewhere}

    Parameters
    ----------
    Y : array_like, shape (n, m)
        Lower is better, finite.
    primary : int
        The objective p that is minimised; negative ones count from the end.
    bounds : array_like, shape (m,) or (m - 1,), or mapping of int to float
        The highest value allowed: of each objective (infinite for no bound), of each but the primary one, or by number.
        With m = 2 one number bounds the other objective.

    Returns
    -------
    ndarray, shape (n,)
        Infinite where a bound is broken.

    Raises
    ------
    ValueError
        If there is no such objective, the bounds don't fit or are NaN, or Y is not finite.

    References
    ----------
    Haimes, Lasdon & Wismer (1971); Miettinen (1999), part II, chapter 3.

    Examples
    --------
    The lowest error within 120 ms:

    >>> epsilon_constraint([[5.0, 100], [4.0, 160], [4.5, 120]], 0, [np.inf, 120])
    array([5. , inf, 4.5])
    """
    Y = _finite(Y)
    m = Y.shape[1]
    limit = _limits(bounds, _objective(primary, m, "primary"), m)
    return np.where((limit >= Y).all(axis=1), Y[:, primary], np.inf)


def _limits(bounds: ArrayLike | Mapping[int, float], primary: int, m: int) -> FloatArray:
    limit = np.full(m, np.inf)
    if isinstance(bounds, Mapping):
        for j, bound in bounds.items():
            limit[_objective(j, m, "bounds")] = as_floats(bound, f"bounds[{j}]")
    else:
        given = np.atleast_1d(as_floats(bounds, "bounds"))
        if given.shape == (m,):
            limit = given
        elif given.shape == (m - 1,):
            limit[np.arange(m) != primary] = given
        else:
            raise ValueError(
                f"bounds must have shape ({m},) or, without the primary one, ({m - 1},), got {given.shape}"
            )
    if np.isnan(limit).any():
        raise ValueError(f"bounds must be numbers, infinite for no bound, got {bounds!r}")
    return limit


def knee_point(Y: ArrayLike) -> int:
    r"""The point of the front that bulges most: farthest below the plane through the ends.

    Each objective of the front is scaled to [0, 1], from its ideal to its nadir; the knee is

    .. math:: \arg\min_i \sum_j \frac{y_{ij} - z^{\text{ideal}}_j}{z^{\text{nadir}}_j - z^{\text{ideal}}_j}

    With two objectives the scaled ends are (0, 1) and (1, 0), and the sum falls by √2 for each unit of distance from
    their chord: this is the knee of greatest distance to the chord. Scaling an objective doesn't move it; taking its
    logarithm does, and so does another end.

    Parameters
    ----------
    Y : array_like, shape (n, m)
        Lower is better, finite; at least one point. Dominated points are left out.

    Returns
    -------
    int
        A row of Y on its front; of ties (to 1e-12) the first. On a line every point ties; on a front that bulges the
        other way it is an end.

    Raises
    ------
    ValueError
        If Y is empty or has another shape, a NaN or an infinite entry.

    References
    ----------
    Das (1999), Structural Optimization 18, for two objectives; Branke et al. (2004) discuss other knees.

    Examples
    --------
    >>> knee_point([[10, 0], [2, 1], [1, 8], [0, 10], [9, 9]])
    1
    """
    Y = _finite(Y, least=1)
    rows = np.flatnonzero(non_dominated_mask(Y))
    front = Y[rows]
    ideal, spread = front.min(axis=0), np.ptp(front, axis=0)
    level = ((front - ideal) / np.where(spread > 0, spread, 1.0)).sum(axis=1)
    return int(rows[np.argmax(level <= level.min() + 1e-12)])


def _finite(Y: ArrayLike, least: int = 0) -> FloatArray:
    Y = as_objectives(Y, least=least)
    if not np.isfinite(Y).all():
        raise ValueError(f"Y must be finite, got {Y[~np.isfinite(Y)][0]}")
    return Y


def _weights(weights: ArrayLike, Y: FloatArray) -> FloatArray:
    w = as_finite(weights, "weights")
    if w.shape != Y.shape[1:]:
        raise ValueError(f"weights must have shape {Y.shape[1:]}, a number for each objective, got {w.shape}")
    if (w < 0).any() or not w.any():
        raise ValueError(f"weights must not be negative nor all 0, got {w}")
    return w


def _reference(reference: ArrayLike, Y: FloatArray) -> FloatArray:
    z = as_finite(reference, "reference")
    if z.shape != Y.shape[1:]:
        raise ValueError(f"reference must have shape {Y.shape[1:]}, a number for each objective, got {z.shape}")
    return z


def _objective(j: int, m: int, name: str) -> int:
    if not -m <= as_count(j, name, least=-m) < m:
        raise ValueError(f"{name} must name one of {m} objectives, 0 to {m - 1}, got {j}")
    return j % m
