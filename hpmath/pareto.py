r"""There is no best model; which ones are not stupid?

A configuration is stupid if another is as good in every objective and better in one. What is left is the front.

Taught in chapter 18 (``pareto``). Start at `dominates`, then read ``_two_objectives``: non-dominated sorting in a
short loop. What a front is worth is measured here by its distance from a known one, and in ``hypervolume``; how to
choose from it, in ``scalarization``.

Symbols: Y, shape (n, m), n points in m objectives, lower is better; y, z two of its rows. z dominates y, written z ≺ y,
if z ≤ y in every objective and z < y in one. The front of rank 0 is what nothing dominates; rank k + 1 is the front of
what is left when ranks 0 … k are taken away.

Conventions: equal rows don't dominate each other, so they share a rank. Infinite values are ordinary (very bad, or very
good); NaN is refused, because it has no order. No row at all is an empty front, not an error.

Deb, Pratap, Agarwal & Meyarivan (2002), IEEE Transactions on Evolutionary Computation 6; Kung, Luccio & Preparata
(1975), Journal of the ACM 22 (two objectives in n log n).
"""

from __future__ import annotations

from bisect import bisect_right

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hpmath._checks import FloatArray, as_count, as_floats, as_objectives

__all__ = [
    "crowding_distance",
    "dominates",
    "epsilon_indicator",
    "expected_front_size",
    "inverted_generational_distance",
    "non_dominated_mask",
    "non_dominated_sort",
]

_BLOCK = 256  # rows compared with all before them at a time


# -- dominance -------------------------------------------------------------------------------------------------------


def dominates(a: ArrayLike, b: ArrayLike) -> bool:
    r"""Whether a is as good as b in every objective and better in one.

    .. math:: a \prec b \iff a_j \le b_j \text{ for all } j \text{ and } a_j < b_j \text{ for some } j

    A strict partial order: nothing dominates itself, and what a dominates, everything that dominates a dominates too.
    Of two points neither may dominate the other.

    Parameters
    ----------
    a, b : array_like, shape (m,)
        Two points; lower is better.

    Returns
    -------
    bool

    Raises
    ------
    ValueError
        If a and b are not two points with as many objectives, or one has a NaN.

    References
    ----------
    Deb et al. (2002), section III.

    Examples
    --------
    >>> dominates([0.05, 10], [0.05, 12]), dominates([0.05, 10], [0.04, 12]), dominates([0.05, 10], [0.05, 10])
    (True, False, False)
    """
    y, z = as_floats(a, "a"), as_floats(b, "b")
    if y.ndim != 1 or y.shape != z.shape or not y.size:
        raise ValueError(f"a and b must be two points of shape (m,), got {y.shape} and {z.shape}")
    for point, name in ((y, "a"), (z, "b")):
        as_objectives(point[None], name)
    return bool((y <= z).all() and (y < z).any())


def non_dominated_mask(Y: ArrayLike) -> NDArray[np.bool_]:
    """Which points no other point dominates.

    Parameters
    ----------
    Y : array_like, shape (n, m)
        Lower is better.

    Returns
    -------
    ndarray of bool, shape (n,)
        True on the front. Equal rows are all on it or all off it.

    Raises
    ------
    ValueError
        If Y has another shape or a NaN.

    Notes
    -----
    Two objectives take O(n log n), more take O(n F m) for a front of F points.

    Examples
    --------
    >>> non_dominated_mask([[1, 4], [2, 2], [3, 3], [4, 1], [2, 2]])
    array([ True,  True, False,  True,  True])
    """
    S, place = distinct_rows(as_objectives(Y))
    n, m = S.shape
    on_front = np.zeros(n, dtype=bool)
    if m <= 2:
        # in this order a row is dominated if one before it is as good in the last objective
        best_before = np.concatenate([[np.inf], np.minimum.accumulate(S[:-1, -1])]) if n else np.empty(0)
        on_front = S[:, -1] < best_before
        on_front[:1] = True
        return on_front[place]
    C = _ordinals(S[:, 1:])
    front = C[:, :0]
    for start in range(0, n, _BLOCK):
        rows = np.arange(start, min(start + _BLOCK, n))
        rows = rows[~_no_worse(front, C[:, rows]).any(axis=0)]
        rows = rows[~np.triu(_no_worse(C[:, rows], C[:, rows]), 1).any(axis=0)]
        on_front[rows] = True
        front = np.concatenate([front, C[:, rows]], axis=1)
    return on_front[place]


def non_dominated_sort(Y: ArrayLike) -> NDArray[np.intp]:
    """The rank of each point: 0 on the front, 1 on the front of the rest, and so on.

    The rank is the length of the longest chain of points, each dominating the next, that ends there. Only the order
    within each objective counts: rescaling one by an increasing function changes no rank.

    Parameters
    ----------
    Y : array_like, shape (n, m)
        Lower is better.

    Returns
    -------
    ndarray of int, shape (n,)
        Equal rows share a rank.

    Raises
    ------
    ValueError
        If Y has another shape or a NaN.

    Notes
    -----
    One objective: the place among the distinct values. Two: O(n log n), a search by bisection for each point. Three and
    more: O(m n²) comparisons, in compiled blocks.

    References
    ----------
    Deb et al. (2002), section III-A, define the ranks. Two objectives: the fronts are the piles of patience sorting.

    Examples
    --------
    >>> non_dominated_sort([[1, 4], [2, 2], [3, 3], [4, 1], [4, 4]])
    array([0, 0, 1, 0, 2])
    """
    S, place = distinct_rows(as_objectives(Y))
    n, m = S.shape
    if m == 1:
        return np.arange(n)[place]
    return (_two_objectives(S) if m == 2 else _by_blocks(S))[place]


def _two_objectives(S: FloatArray) -> NDArray[np.intp]:
    """Ranks of distinct rows in lexicographic order."""
    lowest: list[float] = []  # in the second objective, of each front so far; never decreasing
    ranks = []
    for y in S[:, 1].tolist():
        rank = bisect_right(lowest, y)  # fronts whose lowest is at most y dominate this point
        if rank == len(lowest):
            lowest.append(y)
        else:
            lowest[rank] = y
        ranks.append(rank)
    return np.array(ranks, dtype=np.intp)


def _by_blocks(S: FloatArray) -> NDArray[np.intp]:
    """Ranks of distinct rows in lexicographic order: 1 + the highest rank among those that dominate."""
    C = _ordinals(S[:, 1:])  # in this order a row is dominated by earlier ones only, if no worse in the other columns
    n = len(S)
    after = np.zeros(n, dtype=C.dtype)  # rank + 1
    for start in range(0, n, _BLOCK):
        new = slice(start, min(start + _BLOCK, n))
        floor = (_no_worse(C[:, :start], C[:, new]) * after[:start, None]).max(axis=0, initial=0) + 1
        among = np.triu(_no_worse(C[:, new], C[:, new]), 1)
        ranks = floor
        while ((higher := np.maximum(floor, (among * ranks[:, None]).max(axis=0) + 1)) != ranks).any():
            ranks = higher
        after[new] = ranks
    return after.astype(np.intp) - 1


def distinct_rows(Y: FloatArray) -> tuple[FloatArray, NDArray[np.intp]]:
    """The distinct rows in lexicographic order, and for each row of Y its place among them."""
    order = np.argsort(Y[:, 0])
    first = Y[order, 0]
    ties = (first[1:] == first[:-1]).any()
    if ties:
        order = np.lexsort(Y.T[::-1])  # several times slower
    S = Y[order]
    place = np.empty(len(S), dtype=np.intp)
    if not ties:
        place[order] = np.arange(len(S))
        return S, place
    new = np.ones(len(S), dtype=bool)
    new[1:] = (S[1:] != S[:-1]).any(axis=1)
    place[order] = np.cumsum(new) - 1
    return S[new], place


def _ordinals(S: FloatArray) -> NDArray[np.integer]:
    """Each column's values by their places among the distinct ones, (m, n): small integers compare faster."""
    small = np.int16 if len(S) < 2**15 else np.int32
    return np.array([np.unique(column, return_inverse=True)[1] for column in S.T], dtype=small)


def _no_worse(before: NDArray[np.integer], after: NDArray[np.integer]) -> NDArray[np.bool_]:
    """Whether point i of ``before`` is at most point k of ``after`` in every row, (a, b)."""
    result: NDArray[np.bool_] = before[0][:, None] <= after[0]
    for low, high in zip(before[1:], after[1:], strict=True):
        result &= low[:, None] <= high
    return result


def crowding_distance(Y: ArrayLike) -> FloatArray:
    r"""How much room each point of a front has: half the perimeter of the box between its neighbours, scaled.

    .. math:: c_i = \sum_{j=1}^{m} \frac{y_j^{(i+1)} - y_j^{(i-1)}}{\max y_j - \min y_j}

    where :math:`y_j^{(i \pm 1)}` are the values next to the point's own in objective j.

    Parameters
    ----------
    Y : array_like, shape (n, m)
        The points of one front, finite. Of any other set it says how crowded the projections are.

    Returns
    -------
    ndarray, shape (n,)
        Infinite for the first and the last in each objective, at most 1 for each objective otherwise.

    Raises
    ------
    ValueError
        If Y has another shape, a NaN or an infinite entry.

    Notes
    -----
    Where the paper leaves room: of equal rows the first counts and the others get 0; ties in one objective are ordered
    by the others, so that the order of the rows doesn't matter; an objective in which all agree adds nothing and has no
    ends, unless all rows are equal: then the first is an end.

    References
    ----------
    Deb et al. (2002), section III-B.

    Examples
    --------
    >>> crowding_distance([[0, 4], [1, 2], [3, 1], [4, 0]])
    array([ inf, 1.5 , 1.25,  inf])
    """
    Y = as_objectives(Y)
    if not np.isfinite(Y).all():
        raise ValueError("Y must be finite to have distances, got an infinite entry")
    S, place = distinct_rows(Y)
    distance = np.zeros(len(S))
    if len(S) <= 2:
        distance[:] = np.inf
    else:
        for y in S.T / 4:  # or the spread of the largest floats overflows
            order = np.argsort(y, kind="stable")
            spread = y[order[-1]] - y[order[0]]
            if spread > 0:
                distance[order[1:-1]] += (y[order[2:]] - y[order[:-2]]) / spread
                distance[order[[0, -1]]] = np.inf
    first = np.zeros(len(Y), dtype=bool)
    first[np.unique(place, return_index=True)[1]] = True
    return np.where(first, distance[place], 0.0)


# -- how far from a known front --------------------------------------------------------------------------------------


def inverted_generational_distance(Y: ArrayLike, front: ArrayLike, *, plus: bool = False) -> float:
    r"""Mean distance from the points of a known front to what was found: IGD, or IGD+.

    .. math:: \mathrm{IGD} = \frac1k \sum_{z \in \text{front}} \min_{y \in Y} \lVert y - z \rVert, \qquad
              \mathrm{IGD}^+ = \frac1k \sum_{z \in \text{front}} \min_{y \in Y} \lVert \max(y - z, 0) \rVert

    IGD can prefer a set that another dominates; IGD+ counts only the objectives in which y is worse, and can't.

    Parameters
    ----------
    Y : array_like, shape (n, m)
        What was found; lower is better.
    front : array_like, shape (k, m)
        Points of the true front, at least one.
    plus : bool
        IGD+ instead of IGD.

    Returns
    -------
    float
        In units of the objectives, which therefore should have the same; 0 is best. Infinite if nothing was found.

    Raises
    ------
    ValueError
        If the shapes don't fit, the front is empty, or an entry is NaN or infinite.

    References
    ----------
    Coello Coello & Reyes Sierra (2004) (IGD); Ishibuchi, Masuda, Tanigaki & Nojima (2015) (IGD+).

    Examples
    --------
    >>> inverted_generational_distance([[1, 1]], [[0, 1], [1, 0]])
    1.0
    >>> inverted_generational_distance([[0, 0]], [[0, 1], [1, 0]], plus=True)
    0.0
    """
    Y, front = _found_and_true(Y, front)
    if not len(Y):
        return float("inf")
    gaps = (Y - z for z in front)
    return float(np.mean([np.sqrt(np.square(np.maximum(g, 0) if plus else g).sum(axis=1).min()) for g in gaps]))


def epsilon_indicator(Y: ArrayLike, front: ArrayLike) -> float:
    r"""By how much Y must be improved in every objective to be as good as each point of a front.

    .. math:: \varepsilon = \max_{z \in \text{front}} \min_{y \in Y} \max_j\, (y_j - z_j)

    Parameters
    ----------
    Y : array_like, shape (n, m)
        What was found; lower is better.
    front : array_like, shape (k, m)
        What it is measured against, at least one point.

    Returns
    -------
    float
        In units of the objectives. At most 0 if every point of the front is dominated by one of Y or equals one.
        Infinite if nothing was found.

    Raises
    ------
    ValueError
        If the shapes don't fit, the front is empty, or an entry is NaN or infinite.

    References
    ----------
    Zitzler, Thiele, Laumanns, Fonseca & Grunert da Fonseca (2003), the additive version.

    Examples
    --------
    >>> epsilon_indicator([[1, 3], [3, 1]], [[0, 3], [2, 2]])
    1.0
    """
    Y, front = _found_and_true(Y, front)
    if not len(Y):
        return float("inf")
    return float(max((Y - z).max(axis=1).min() for z in front))


def _found_and_true(Y: ArrayLike, front: ArrayLike) -> tuple[FloatArray, FloatArray]:
    front = as_objectives(front, "front", least=1)
    Y = as_objectives(Y, m=front.shape[1])
    for array, name in ((Y, "Y"), (front, "front")):
        if not np.isfinite(array).all():
            raise ValueError(f"{name} must be finite to have distances, got an infinite entry")
    return Y, front


def expected_front_size(n: int, m: int) -> float:
    r"""How many of n points nothing dominates, on average, if m objectives are independent and continuous.

    .. math:: H_n^{(1)} = 1, \qquad H_n^{(m)} = \sum_{k=1}^{n} \frac{H_k^{(m-1)}}{k}

    With two objectives it is the harmonic number 1 + 1/2 + … + 1/n. Which distributions the objectives have doesn't
    matter: only their order does.

    Parameters
    ----------
    n : int
        Points, at least 1.
    m : int
        Objectives, at least 1.

    Returns
    -------
    float
        Between 1 and n.

    References
    ----------
    Bentley, Kung, Schkolnick & Thompson (1978), Journal of the ACM 25.

    Examples
    --------
    Of 100 random configurations:

    >>> [round(expected_front_size(100, m), 1) for m in (1, 2, 3, 5, 10)]
    [1.0, 5.2, 14.3, 43.9, 93.8]
    """
    n, m = as_count(n, "n"), as_count(m, "m")
    H = np.ones(n)
    for _ in range(m - 1):
        H = np.cumsum(H / np.arange(1, n + 1))
    return float(H[-1])
