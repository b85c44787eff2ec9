"""Where is an acquisition largest? Many candidates, then a climb from the best few.

A space mixes what has a slope with what has only neighbours, so both are climbed in turn:

1. score random points of the cube, and ever closer copies of the best trials;
2. from a few good ones that lie apart, step to the best neighbour while that helps: one integer or choice is changed at
   a time, which is all that a category allows, and enough for the others;
3. climb the continuous coordinates, all starts at once, by L-BFGS-B with the exact gradient.

A finite space of at most 2,000 configurations is scored whole instead.

Read by ``searchers/bayesopt``. Symbols: U, (n, d), points of the unit cube; F, (n, p), their features.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from hpmath._checks import FloatArray
from hpmath._encoding import Encoding

MOST_EXHAUSTED = 2_000
_RADII = (0.1, 0.01, 0.001)  # of the copies of the best trials
_APART = 0.05  # starts differ by that much in some feature
_MOST_STEPS = 20

Score = Callable[[FloatArray], FloatArray]  # features (n, p) -> (n,), larger is better
Slope = Callable[[FloatArray], tuple[FloatArray, FloatArray]]  # the same, and its gradient (n, p)


class Found(NamedTuple):
    """Points that were scored, (m, d), and their scores, (m,), best first."""

    points: FloatArray
    scores: FloatArray


def maximise(
    encoding: Encoding,
    score: Score,
    slope: Slope,
    best: FloatArray,
    rng: np.random.Generator,
    *,
    n_candidates: int = 500,
    n_starts: int = 4,
    fixed: FloatArray | None = None,
    climb: bool = True,
) -> Found:
    """Score candidates and climb from the best of them. ``best`` holds the points of the best trials, (k, d)."""
    if fixed is not None:
        return _sorted(fixed, score(encoding.features(fixed)))
    d = len(encoding.axes)
    candidates = [rng.random((n_candidates, d))]
    for radius in _RADII if len(best) and len(encoding.climbed) else _RADII[:1] if len(best) else ():
        copies = np.repeat(best, 10, axis=0)
        moved = copies + radius * rng.standard_normal(copies.shape)
        candidates.append(np.where((moved < 0) | (moved > 1), copies, moved))
    if len(best) and encoding.stepped:
        candidates += [encoding.neighbours(u) for u in best]
    U = np.concatenate(candidates)
    scores = score(encoding.features(U))
    starts = _apart(encoding, U, scores, n_starts)
    if not climb:
        return _sorted(U, scores)
    points, values = [U], [scores]
    for block in _climb(encoding, score, slope, U[starts], scores[starts]):
        points.append(block.points)
        values.append(block.scores)
    return _sorted(np.concatenate(points), np.concatenate(values))


def _sorted(U: FloatArray, scores: FloatArray) -> Found:
    order = np.argsort(-scores, kind="stable")
    return Found(U[order], scores[order])


def _apart(encoding: Encoding, U: FloatArray, scores: FloatArray, n: int) -> list[int]:
    """The places of the n best points of which no two are close to each other."""
    order = np.argsort(-scores, kind="stable")[: 50 * n]
    F = encoding.features(U[order])
    chosen: list[int] = []
    for i in range(len(order)):
        if all(np.abs(F[i] - F[j]).max(initial=0.0) > _APART for j in chosen):
            chosen.append(i)
            if len(chosen) == n:
                break
    return [int(order[i]) for i in chosen]


def _climb(encoding: Encoding, score: Score, slope: Slope, U: FloatArray, scores: FloatArray) -> Iterator[Found]:
    for _ in range(2 if encoding.stepped and len(encoding.climbed) else 1):
        if encoding.stepped:
            for found in _step(encoding, score, U, scores):
                yield found
                U, scores = found.points[: len(U)], found.scores[: len(U)]
        if len(encoding.climbed):
            U, scores = _slide(encoding, score, slope, U, scores)
            yield Found(U, scores)


def _step(encoding: Encoding, score: Score, U: FloatArray, scores: FloatArray) -> Iterator[Found]:
    """Move each start to its best neighbour until none gains; yields what was scored, the starts' new places first."""
    U, scores = U.copy(), scores.copy()
    moving = list(range(len(U)))
    for _ in range(_MOST_STEPS):
        blocks = [encoding.neighbours(U[i]) for i in moving]
        around = np.concatenate(blocks)
        if not len(around):
            return
        values = score(encoding.features(around))
        first, still = 0, []
        for i, block in zip(moving, blocks, strict=True):
            own = values[first : first + len(block)]
            if len(own) and own.max() > scores[i]:
                k = int(own.argmax())
                U[i], scores[i] = block[k], own[k]
                still.append(i)
            first += len(block)
        yield Found(np.concatenate([U, around]), np.concatenate([scores, values]))
        moving = still
        if not moving:
            return


def _slide(
    encoding: Encoding, score: Score, slope: Slope, U: FloatArray, scores: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Climb the continuous coordinates of all starts at once: the sum over starts has its maxima where each has."""
    from scipy.optimize import minimize  # here, because it is slow to import

    F, features, columns = encoding.features(U), encoding.climbed, encoding.climbed_columns
    shape = (len(U), len(features))

    def objective(x: FloatArray) -> tuple[float, FloatArray]:
        F[:, features] = x.reshape(shape)
        value, gradient = slope(F)
        return -float(value.sum()), -gradient[:, features].ravel()

    start = F[:, features].ravel()
    bounds = [(0.0, 1.0)] * start.size
    options = {"maxiter": 60, "maxcor": 10, "ftol": 1e-9}
    end: Any = minimize(objective, start, jac=True, method="L-BFGS-B", bounds=bounds, options=options)
    moved = U.copy()
    moved[:, columns] = np.clip(end.x.reshape(shape), 0.0, 1.0)
    values = score(encoding.features(moved))
    better = values > scores
    return np.where(better[:, None], moved, U), np.where(better, values, scores)
