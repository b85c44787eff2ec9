"""Where is an acquisition largest? Many candidates, then a climb from the best few.

A space mixes what has a slope with what has only neighbours, so both are climbed in turn:

1. score the candidates, and take a few good ones that lie apart;
2. step to the best neighbour while that helps: one integer or choice is changed at a time, which is all that a category
   allows, and enough for the others;
3. climb the continuous coordinates of all starts at once, by L-BFGS-B with the exact gradient.

Read by ``searchers/bayesopt``. Symbols: U, (n, d), points of the unit cube; F, (n, p), their features.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple, Protocol

import numpy as np

from hpmath._checks import FloatArray
from hpmath._encoding import Encoding

MOST_EXHAUSTED = 2_000  # configurations of a finite space that are all scored instead
_N_STARTS = 4
_APART = 0.05  # starts differ by that much of the box in some feature
_MOST_STEPS = 20
_WAY_BACK = np.array([0.5, 0.8, 0.9, 0.95, 0.99])  # shares of a climb, where constraints forbid its end


class Value(Protocol):
    """Features (n, p) to an acquisition (n,), larger is better, and its gradient (n, p)."""

    def __call__(self, F: FloatArray, gradient: bool = True) -> tuple[FloatArray, FloatArray]: ...


class Found(NamedTuple):
    """Points that were scored, (m, d), and their scores, (m,), best first."""

    points: FloatArray
    scores: FloatArray


def maximise(
    encoding: Encoding, value: Value, candidates: FloatArray, low: FloatArray, width: FloatArray, *, climb: bool = True
) -> Found:
    """Score candidates, (m, d), and climb from the best of them within a box of features."""
    scores = value(encoding.features(candidates), False)[0]
    blocks = [Found(candidates, scores)]
    if climb:
        starts = _apart(encoding, candidates, scores, width)
        blocks += _climb(encoding, value, Found(candidates[starts], scores[starts]), low, width)
    points, scores = (np.concatenate(parts) for parts in zip(*blocks, strict=True))
    order = np.argsort(-scores, kind="stable")
    return Found(points[order], scores[order])


def _apart(encoding: Encoding, U: FloatArray, scores: FloatArray, width: FloatArray) -> list[int]:
    """The places of the best points of which no two are close to each other."""
    order = np.argsort(-scores, kind="stable")[: 50 * _N_STARTS]
    F = encoding.features(U[order]) / width
    chosen: list[int] = []
    for i in range(len(order)):
        if all(np.abs(F[i] - F[j]).max() > _APART for j in chosen):
            chosen.append(i)
            if len(chosen) == _N_STARTS:
                break
    return [int(order[i]) for i in chosen]


def _climb(encoding: Encoding, value: Value, now: Found, low: FloatArray, width: FloatArray) -> Iterator[Found]:
    """Climb in turn; yields what was scored on the way."""
    both = bool(encoding.stepped) and len(encoding.climbed) > 0
    for _ in range(2 if both else 1):
        if encoding.stepped:
            now, around = _step(encoding, value, now)
            yield around
        if len(encoding.climbed):
            start, now = now, _slide(encoding, value, now, low, width)
            yield now
            if encoding.space.constraints:
                back = start.points + _WAY_BACK[:, None, None] * (now.points - start.points)
                back = back.reshape(-1, start.points.shape[1])
                yield Found(back, value(encoding.features(back), False)[0])


def _step(encoding: Encoding, value: Value, now: Found) -> tuple[Found, Found]:
    """Move each start to its best neighbour until none gains: where they are then, and all that was scored."""
    U, scores = now.points.copy(), now.scores.copy()
    seen = [now]
    moving = list(range(len(U)))
    for _ in range(_MOST_STEPS):
        blocks = [encoding.neighbours(U[i]) for i in moving]
        around = np.concatenate(blocks) if blocks else U[:0]
        if not len(around):
            break
        seen.append(Found(around, value(encoding.features(around), False)[0]))
        first, still = 0, []
        for i, block in zip(moving, blocks, strict=True):
            own = seen[-1].scores[first : first + len(block)]
            first += len(block)
            if len(own) and own.max() > scores[i]:
                U[i], scores[i] = block[own.argmax()], own.max()
                still.append(i)
        moving = still
    points, values = (np.concatenate(parts) for parts in zip(*seen, strict=True))
    return Found(U, scores), Found(points, values)


def _slide(encoding: Encoding, value: Value, now: Found, low: FloatArray, width: FloatArray) -> Found:
    """Climb the continuous coordinates of all starts at once: the sum over starts has its maxima where each has."""
    from scipy.optimize import minimize  # here, because it is slow to import

    F, climbed = encoding.features(now.points), encoding.climbed
    shape = (len(F), len(climbed))
    low, width = low[climbed], width[climbed]

    def objective(x: Any) -> Any:
        F[:, climbed] = low + width * x.reshape(shape)
        values, gradient = value(F)
        return -float(values.sum()), -(gradient[:, climbed] * width).ravel()

    start: Any = np.clip((F[:, climbed] - low) / width, 0.0, 1.0).ravel()
    options: Any = {"maxiter": 60, "ftol": 1e-9}
    end = minimize(objective, start, jac=True, method="L-BFGS-B", bounds=[(0.0, 1.0)] * start.size, options=options)
    moved = now.points.copy()
    moved[:, encoding.climbed_columns] = np.clip(low + width * end.x.reshape(shape), 0.0, 1.0)
    scores = value(encoding.features(moved), False)[0]
    better = scores > now.scores
    return Found(np.where(better[:, None], moved, now.points), np.where(better, scores, now.scores))
