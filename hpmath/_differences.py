r"""How far must one step to measure a slope? Differences of f's values, and the choice of their steps.

Chapters: 01 gradients (the total error and its best step), 02 hessians. ``calculus`` is the public floor above this.

Symbols
-------
x : (d,), the point; h : (n,), steps, one a row (a row is a coordinate, or a pair of them); F : (n, m), values of f
stencil : {t: w}, the formula Σ w f(x + t h) / h^power; ε = 2.2e-16

Start reading at ``_FIRST``, the formulas as tables, then ``_difference`` (one quotient and what it knows of its own
error) and ``_settle`` (how a step is chosen when none is given). A step is a power of two, so that x + h is exact.

References
----------
Nocedal & Wright (2006), Numerical Optimization, sec. 8.1; Abramowitz & Stegun (1964), ch. 25.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hpmath._asked import Asked, Function, number, short
from hpmath._checks import FloatArray, as_floats
from hpmath._dual_arrays import plain

Node = tuple[float, ...]  # where f is asked, in steps from x: one number an axis

_ORDER = {"forward": 1, "central": 2, "richardson": 4}  # the error is O(h^order)
_EPS = float(np.finfo(np.float64).eps)
_ROUNDS = 8  # steps tried beyond the first two

# f′ = Σ w f(x + t h) / h over {t: w}
_FIRST: dict[str, dict[Node, float]] = {
    "forward": {(0,): -1, (1,): 1},
    "central": {(-1,): -1 / 2, (1,): 1 / 2},
    "richardson": {(-1,): 1 / 6, (-1 / 2,): -4 / 3, (1 / 2,): 4 / 3, (1,): -1 / 6},
}
# the same beside a wall, with points on one side only (Richardson's is then O(h³))
_INWARD: dict[str, dict[Node, float]] = {
    "forward": _FIRST["forward"],
    "central": {(0,): -3 / 2, (1,): 2, (2,): -1 / 2},
    "richardson": {(0,): -7 / 2, (1 / 2,): 16 / 3, (1,): -2, (2,): 1 / 6},
}
# f″ = Σ w f(x + t h) / h²; the mixed ∂²f/∂x∂y is _FIRST in x times _FIRST in y
_SECOND: dict[str, dict[Node, float]] = {
    "forward": {(0,): 1, (1,): -2, (2,): 1},
    "central": {(-1,): 1, (0,): -2, (1,): 1},
    "richardson": {(-1,): -1 / 3, (-1 / 2,): 16 / 3, (0,): -10, (1 / 2,): 16 / 3, (1,): -1 / 3},
}


class _Difference(NamedTuple):
    """Quotients at one step each, (n, m), and what each knows of its own error."""

    value: FloatArray
    truncation: FloatArray  # |value at 2h − value at h|
    rounding: FloatArray  # ε Σ|w| |f| / h^power
    step: FloatArray
    floor: FloatArray  # a value smaller than this need not be known to all digits
    error: FloatArray  # truncation + rounding; inf where f failed


def _assess(value: FloatArray, truncation: Any, rounding: Any, step: Any, floor: Any = 0.0) -> _Difference:
    total = truncation + rounding
    same = np.zeros_like(value)  # everything in the shape of value
    return _Difference(
        value,
        truncation + same,
        rounding + same,
        step + same,
        floor + same,
        np.where(np.isfinite(total), total, np.inf),
    )


def _difference(
    ask: Callable[[Node], FloatArray], stencil: dict[Node, float], h: FloatArray, power: int, compare: bool, eps: float
) -> _Difference:
    """Σ w f(x + t h) / h^power, and again at 2h to see how far it is to be trusted."""
    wide = {tuple(2 * t for t in node): w for node, w in stencil.items()} if compare else {}
    F = {node: ask(node) for node in {**stencil, **wide}}
    unit = h[:, None] ** power
    value = sum(w * F[node] for node, w in stencil.items()) / unit
    sizes = np.max([np.abs(row) for row in F.values()], axis=0)
    rounding = eps * sum(map(abs, stencil.values())) * sizes / unit
    if not compare:
        return _assess(value, 0.0, rounding, h[:, None])
    truncation = np.abs(sum(w * F[node] for node, w in wide.items()) / (2**power * unit) - value)
    if power == 1:  # x may sit on a spike narrower than h: then the bend of f does not grow as h² does
        start = ask((0,))
        near, far = (
            np.max([np.abs(F[n] - start - n[0] * unit * value) / unit for n in nodes], axis=0)
            for nodes in (stencil, wide)
        )
        truncation = np.where(np.abs(far - 4 * near) < near, truncation, np.maximum(truncation, near))
    return _assess(value, truncation, rounding, h[:, None])


def _settle(
    trial: Callable[[NDArray[Any], FloatArray], _Difference],
    first: FloatArray,
    second: FloatArray,
    limits: tuple[FloatArray, FloatArray],
    order: int,
    power: int,
    together: Callable[[FloatArray], _Difference] | None = None,
) -> _Difference:
    """Choose each quotient's step: the first, or else the second, or else the one where both errors balance.

    ``trial(rows, h)`` returns the quotients of some rows at steps h, and ``together(h)``, cheaper, those of all rows.
    The second step is tried where the first has not all the digits that the method can give, and truncation is to
    blame; a search follows where neither has seven.
    """
    usual = _EPS ** (order / (order + power))  # the method's relative error on a well-scaled function
    good = 30 * usual
    enough = max(1e-7, good)
    every = np.arange(len(first))
    start = _dyadic(first, limits, every)
    best = _Difference(*(np.array(part) for part in (trial(every, start) if together is None else together(start))))

    def doubt(found: _Difference, level: float = enough) -> FloatArray:
        """Error as a multiple of what is enough; comparable between steps, as an absolute error is not."""
        ratio = found.error / np.fmax(level * (np.abs(found.value) + found.floor), 1e-300)
        return np.where(np.isinf(found.error), np.inf, ratio)

    def unsettled(level: float) -> Any:
        return np.any(doubt(best, level) > 1, axis=1)

    def try_out(rows: NDArray[Any], h: FloatArray) -> Any:
        new, old = trial(rows, h), _Difference(*(part[rows] for part in best))
        # where more than a tenth may be error, the ratio says nothing: an entry that is zero has no relative error
        now, before = (np.where(q.error > 0.1 * (np.abs(q.value) + q.floor), np.inf, doubt(q)) for q in (new, old))
        alike = (now < 2 * before) | (np.isinf(now) & np.isinf(before))
        better = (now < before / 2) | (alike & (new.error < old.error)) | np.isinf(old.error)
        for part, candidate in zip(best, new, strict=True):
            part[rows] = np.where(better, candidate, part[rows])
        return np.any(better, axis=1)

    rows = every[unsettled(enough)]
    if together is not None and rows.size:
        for part, alone in zip(best, trial(rows, start[rows]), strict=True):
            part[rows] = alone
    truncated = np.any(~(best.truncation < best.rounding), axis=1)
    rows = every[unsettled(good) & truncated & (np.abs(np.log2(first / second)) > 2)]
    if rows.size:
        try_out(rows, _dyadic(second[rows], limits, rows))
    misses = np.zeros(len(first), dtype=int)
    for _ in range(_ROUNDS):
        rows = every[unsettled(enough) & (misses < 3)]
        if not rows.size:
            break
        at = (rows, np.argmax(doubt(best)[rows], axis=1))
        # a h^order + r/h^power is least where its derivative is zero
        factor = (power * best.rounding[at] / (order * best.truncation[at])) ** (1 / (order + power))
        factor = np.where(np.isinf(best.error[at]), 1e-3, np.fmax(np.fmin(factor, 1e3), 1e-3))  # nan from 0/0: 1e3
        # a difference as small as rounding says nothing on truncation: go up
        factor = np.where(best.truncation[at] < 4 * best.rounding[at], np.fmax(factor, 16.0), factor)
        # after a miss back, as noise can look like truncation; but first farther, if most may be error
        lost = best.error[at] > 0.1 * (np.abs(best.value[at]) + best.floor[at])
        factor = factor ** np.where(lost, np.array([1, 2, -1])[misses[rows]], np.array([1, -1, 0])[misses[rows]])
        flat = (best.value[at] == 0) & (best.truncation[at] == 0) & (misses[rows] == 0)
        h = _dyadic(np.where(flat, np.inf, best.step[at] * factor), limits, rows)
        moved = h != best.step[at]
        misses[rows[~moved]] = 3
        if moved.any():
            gained = try_out(rows[moved], h[moved])
            misses[rows[moved]] = np.where(gained, 0, misses[rows[moved]] + 1)
    return best


def _dyadic(h: FloatArray, limits: tuple[FloatArray, FloatArray], rows: NDArray[Any]) -> FloatArray:
    """Round a step to a power of two within limits: then x + h is exact, and h is the step that f feels."""
    low, high = (limit[rows] for limit in limits)
    return np.exp2(np.round(np.log2(np.clip(h, low, high))))  # type: ignore[no-any-return]


@functools.cache
def _mixture(d: int) -> FloatArray:
    """Weights of one to two with changing signs, all different, so that errors of like coordinates don't cancel."""
    rng = np.random.default_rng(d)
    weights: FloatArray = rng.uniform(1, 2, d) * rng.choice([-1.0, 1.0], d)
    return weights


def quotients(
    asked: Asked, method: str, step: Any, sizes: FloatArray, finest: FloatArray, walls: FloatArray | None
) -> FloatArray:
    """First derivatives along each axis, (d, m). ``sizes`` (d, 2): the lengths that a step may be a fraction of."""
    x, order, compare = asked.x, _ORDER[method], step is None
    if compare or method == "forward" or walls is not None:
        asked.ask_origin()
    if walls is not None:
        asked.limits = (walls[:, 0], walls[:, 1])

    def along(
        rows: NDArray[Any], h: FloatArray, stencil: dict[Node, float], side: int = 1, compare: bool = compare
    ) -> _Difference:
        def ask(node: Node) -> FloatArray:
            return asked.rows([((int(j), side * node[0] * t),) for j, t in zip(rows, h, strict=True)])

        found = _difference(ask, stencil, h, 1, compare, asked.eps)
        return found._replace(value=side * found.value)

    def trial(rows: NDArray[Any], h: FloatArray) -> _Difference:
        if walls is None:
            return along(rows, h, _FIRST[method])
        pieces = []
        for j, t in zip(rows, h, strict=True):
            stencil, side, t = _beside_walls(x[j], walls[j], t, method, compare)
            pieces.append(along(np.array([j]), np.array([t]), stencil, side))
        return _Difference(*(np.concatenate(parts) for parts in zip(*pieces, strict=True)))

    def together(h: FloatArray) -> _Difference:
        """All quotients, and one check for all of them: along v the slope must be g · v."""
        found = along(np.arange(len(x)), h, _FIRST[method], compare=False)
        v = h * _mixture(len(x))
        moves = {t: tuple((j, t * length) for j, length in enumerate(v.tolist())) for (t,) in _FIRST[method]}
        slope = sum(w * asked.rows([moves[t]])[0, 0] for (t,), w in _FIRST[method].items())
        return _assess(found.value, np.abs(slope - v @ found.value) / h[:, None], found.rounding, h[:, None])

    with np.errstate(all="ignore"):
        if step is not None:
            if not asked.axis:
                step = _felt(x, step)
            return trial(np.arange(len(x)), step).value
        asked.failures = {}
        eta = _EPS ** (1 / (order + 1))
        limits = (4 * np.maximum(finest, 1e-290), sizes.max(axis=1) / 4)
        all_at_once = together if asked.outputs is number and walls is None and len(x) > 1 else None
        best = _settle(trial, eta * sizes.max(axis=1), eta * sizes.min(axis=1), limits, order, 1, all_at_once)
    _raise_failure(asked, best, [(j,) for j in range(len(x))])
    return best.value


def _beside_walls(
    x: float, wall: FloatArray, h: float, method: str, compare: bool
) -> tuple[dict[Node, float], int, float]:
    """Return the formula, its side and its step, so that f is asked between the walls only."""
    below, above = x - wall[0], wall[1] - x
    wide = 2 if compare else 1
    if above >= wide * h and (method == "forward" or below >= wide * h):
        return _FIRST[method], 1, h
    stencil = _INWARD[method]
    reach = wide * max(t for (t,) in stencil)
    if compare:
        h = min(h, max(below, above) / reach)
    elif max(below, above) < reach * h * (1 - 1e-9):
        raise ValueError(
            f"step {h:.3g} does not fit between the bounds {wall} on one side of {x:.6g}; give a smaller one"
        )
    return stencil, 1 if above >= below else -1, h


def second_differences(f: Function, x: FloatArray, method: str, step: Any) -> FloatArray:
    """Hessian (d, d) by differences of f's values: the diagonal first, whose steps and sizes serve the rest."""
    d, order, compare = len(x), _ORDER[method], step is None
    asked = Asked(f, x, number)
    asked.ask_origin()
    size, eta = np.abs(x), _EPS ** (1 / (order + 2))
    H = np.zeros((d, d))

    def own(rows: NDArray[Any], h: FloatArray) -> _Difference:
        def ask(node: Node) -> FloatArray:
            return asked.rows([((int(j), node[0] * t),) for j, t in zip(rows, h, strict=True)])

        return _difference(ask, _SECOND[method], h, 2, compare, asked.eps)

    with np.errstate(all="ignore"):
        if step is not None:
            h = _felt(x, as_step(step, d))
            diagonal = own(np.arange(d), h)
        else:
            asked.failures = {}
            large, small = np.maximum(size, 1), np.where(size > 0, np.minimum(size, 1), 1.0)
            limits = (4 * np.maximum(np.spacing(size), 1e-145), large / 4)
            diagonal = _settle(own, eta * large, eta * small, limits, order, 2)
            _raise_failure(asked, diagonal, [(j,) for j in range(d)])
            h = diagonal.step[:, 0]
    np.fill_diagonal(H, diagonal.value)
    if d == 1:
        return H

    pairs = np.stack(np.triu_indices(d, 1), axis=1)
    mixed: dict[Node, float] = {
        (a, b): u * w for ((a,), u), ((b,), w) in itertools.product(_FIRST[method].items(), repeat=2)
    }
    # an entry far smaller than the two curvatures it stands between need not be known so well
    floor = np.sqrt(np.abs(H[pairs[:, 0], pairs[:, 0]] * H[pairs[:, 1], pairs[:, 1]]))

    def cross(rows: NDArray[Any], t: FloatArray, compare: bool = True) -> _Difference:
        ends = [(int(i), h[i] * s, int(j), h[j] * s) for (i, j), s in zip(pairs[rows], t, strict=True)]

        def ask(node: Node) -> FloatArray:
            return asked.rows([((i, node[0] * hi), (j, node[1] * hj)) for i, hi, j, hj in ends])

        found = _difference(ask, mixed, t * np.sqrt(h[pairs[rows, 0]] * h[pairs[rows, 1]]), 2, compare, asked.eps)
        return _assess(found.value, found.truncation, found.rounding, t[:, None], floor[rows, None])

    with np.errstate(all="ignore"):
        ones = np.ones(len(pairs))
        entries = cross(np.arange(len(pairs)), ones, compare=False).value
        if compare:  # long steps, along axes on which f is flat or straight, may be too long between the axes
            long = h > 4 * eta * np.maximum(size, 1)
            rows = np.flatnonzero(long[pairs].any(axis=1) | np.isnan(entries[:, 0]) | (order == 1))
        if compare and rows.size:
            ones = ones[rows]
            again = _settle(lambda r, t: cross(rows[r], t), ones, ones, (ones * 2.0**-40, ones * 2.0**20), order, 2)
            _raise_failure(asked, again, [(int(i), int(j)) for i, j in pairs[rows]])
            entries[rows] = again.value
    H[tuple(pairs.T)] = entries[:, 0]
    return H + np.triu(H, 1).T


def _raise_failure(asked: Asked, best: _Difference, keys: Sequence[tuple[int, ...]]) -> None:
    """Where no step served, say what happened at the first one tried."""
    for row in np.flatnonzero(np.isinf(best.error).any(axis=1)).tolist():
        if asked.failures:
            raise asked.failures[keys[row]]


def as_step(step: ArrayLike, d: int) -> FloatArray:
    h = as_floats(step, "step")
    if h.shape not in ((), (d,)):
        raise ValueError(f"step must be one number or have shape ({d},) to match x, got shape {h.shape}")
    if not (np.isfinite(h).all() and (h > 0).all()):
        raise ValueError(f"step must be positive and finite, got {short(h)}")
    return np.broadcast_to(h, (d,))


def _felt(x: FloatArray, step: FloatArray) -> FloatArray:
    """Return the step that f feels: (x + h) − x, exactly."""
    h = (x + step) - x
    if not h.all():
        j = int(np.flatnonzero(h == 0)[0])
        raise ValueError(f"step {step[j]:.3g} is lost beside x[{j}] = {x[j]:.6g}: x + step rounds to x")
    return h


def as_bounds(bounds: ArrayLike, x: Any) -> FloatArray:
    walls = as_floats(bounds, "bounds")
    x = np.asarray(plain(x))
    if walls.shape != (len(x), 2):
        raise ValueError(f"bounds must have shape ({len(x)}, 2), a low and a high a coordinate, got {walls.shape}")
    wrong = np.flatnonzero(~(walls[:, 0] < walls[:, 1]))
    if wrong.size:
        raise ValueError(f"bounds need low < high, got {walls[wrong[0]]} for coordinate {wrong[0]}")
    outside = np.flatnonzero((x < walls[:, 0]) | (x > walls[:, 1]))
    if outside.size:
        j = outside[0]
        raise ValueError(f"x must lie inside the bounds, got x[{j}] = {x[j]:.6g} outside {walls[j]}")
    return walls
