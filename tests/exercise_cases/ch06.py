"""Answers to the exercises of chapter 06."""

import numpy as np
from scipy.linalg import eigh

from tests.exercise_cases import Case


def _components(X, *, centre=True, ddof=1, transpose=False):
    X = np.asarray(X, dtype=float)
    _, s, Vt = np.linalg.svd(X - X.mean(axis=0) * centre, full_matrices=False)
    return s**2 / (len(X) - ddof), (Vt.T if transpose and Vt.shape[0] == Vt.shape[1] else Vt)


def _by_product(X):
    X = np.asarray(X, dtype=float) - np.mean(X, axis=0)
    values, vectors = np.linalg.eigh(X.T @ X / (len(X) - 1))
    k = min(X.shape)
    return values[::-1][:k], vectors.T[::-1][:k]


def _standardised(X, y, share, back=False):
    v = _direction(X / X.std(axis=0), y, share, whiten=False) / (X.std(axis=0) if back else 1)
    return v / np.linalg.norm(v)


def _negative_signs(X):
    variances, components = _components(X)
    return list(variances), -components


def _iterate(A, deflate, seed=1):
    rng, V = np.random.default_rng(seed), []
    for _ in range(1 + deflate):
        v = rng.normal(size=len(A))
        for _ in range(3000):
            v = A @ v
            length = np.linalg.norm(v)
            v = v / (length if length > 1e-200 else 1)
        value = v @ A @ v
        V.append(value)
        A = A - value * np.outer(v, v)
    return V[-1]


def _direction(X, y, share, *, whiten=True, which=0, worst=False):
    order = np.argsort(y)[::-1] if worst else np.argsort(y)
    best = X[order[: int(share * len(X))]]
    b = np.cov(X.T) if whiten else np.eye(X.shape[1])
    v = eigh(np.cov(best.T), b)[1][:, which]
    return v / np.linalg.norm(v)


def _rows(f, rng, n=None):
    """Pick and freeze: values at A and B, and with each coordinate of B in A."""
    n = n or 4000 // (f.ndim + 2)
    A, B = (np.array([rng.integers(0, size, n) for size in f.shape]) for _ in range(2))
    mixed = []
    for i in range(f.ndim):
        C = A.copy()
        C[i] = B[i]
        mixed.append(f[tuple(C)])
    return f[tuple(A)], f[tuple(B)], np.array(mixed)


def _indices(fA, fB, fAB, first=False):
    both = np.concatenate([fA, fB])
    if first:
        return np.mean((fB - both.mean()) * (fAB - fA), axis=1) / both.var()
    return np.mean((fA - fAB) ** 2, axis=1) / 2 / both.var()


def _leader(f, rng, n=None, shift=0.0, first=False):
    fA, fB, fAB = _rows(f, rng, n)
    axis = np.argmax(_indices(fA, fB, fAB))
    draws = rng.integers(0, len(fA), (400, len(fA)))
    again = [_indices(fA[k], fB[k], fAB[:, k], first)[axis] for k in draws]
    return axis, *(np.quantile(again, [0.025, 0.975]) + shift)


def _by_normal(f, rng):
    """The same estimate with the delta method instead of the bootstrap."""
    fA, fB, fAB = _rows(f, rng)
    T = _indices(fA, fB, fAB)
    axis, both = np.argmax(T), np.concatenate([fA, fB])
    square = ((fA - both.mean()) ** 2 + (fB - both.mean()) ** 2) / 2
    influence = ((fA - fAB[axis]) ** 2 / 2 - T[axis] * square) / both.var()
    half = 1.96 * influence.std() / np.sqrt(len(fA))
    return axis, T[axis] - half, T[axis] + half


def _by_all(f):
    total = np.array([f.var(axis=i).mean() for i in range(f.ndim)]) / f.var()
    return np.argmax(total), total.max() - 0.01, total.max() + 0.01


def _stub(*arguments):
    raise NotImplementedError


CASES = {
    "6.1": Case(
        [6, 1, 6 / 7],
        wrong=[
            ([1, 6, 6 / 7], "largest eigenvalue comes first"),
            ([6, 1, 6], "total variance"),
            ([6, 1, 5 / 7], "share of the first column"),
            ([5, 2, 5 / 7], "turns the axes"),
            ([6, 1], "shape"),
            ([4, 3, 4 / 7], "trace"),
        ],
        also_right=[(6.0, 1.0, 0.857), np.array([6, 1, 0.857])],
    ),
    "6.2": Case("c", wrong=[("a", "infinitely many"), ("b", "square root"), ("d", "as few trials"), ("e", "one of")]),
    "6.3": Case(
        _components,
        wrong=[
            (lambda X: _components(X, centre=False), "subtract the mean"),
            (lambda X: _components(X, ddof=0), "n − 1, not by n"),
            (lambda X: _components(X, transpose=True), "yours are the columns"),
            (lambda X: _components(X)[::-1], "variances come first"),
            (lambda X: _components(X)[0], "two arrays"),
            (lambda X: (_components(X)[0] ** 0.5, _components(X)[1]), "standard deviations"),
            (_by_product, "ill-conditioned"),
            (lambda X: None, "return statement"),
            (lambda: 0, "raised TypeError"),
            (1.0, "function is wanted"),
        ],
        stub=_stub,
        also_right=[_negative_signs],
    ),
    "6.4": Case(
        lambda A: _iterate(A, 1),
        wrong=[
            (lambda A: _iterate(A, 0), "first eigenvalue"),
            (lambda A: np.linalg.eigvalsh(A)[0], "smallest"),
            (lambda A: A[0, 0], "not the second"),
            (lambda A: _iterate(A - np.linalg.eigvalsh(A)[-1] * np.eye(len(A)), 0), "λ₁I"),
        ],
        stub=_stub,
        also_right=[lambda A: np.linalg.eigvalsh(A)[-2]],
    ),
    "6.5": Case(
        {"a", "b", "e"},
        wrong=[({"a", "b", "c", "e"}, "(1, 1)"), ({"a", "b", "d", "e"}, "(1, 3)"), ({"b"}, "more of the kind")],
        also_right=[["E", "a", "b"]],
    ),
    "6.6": Case(
        5 / 6,
        wrong=[
            (9 / 13.6, "noise in it"),
            (8 / 13.6, "below the line"),
            (8 / 12.6, "not from one"),
            (83.3, "between 0 and 1"),
            (0.5, "hints"),
        ],
        also_right=["5/6", 0.8333],
    ),
    "6.7": Case(
        [1.6, 64],
        wrong=[
            ([0.025, 64], "vary least"),
            ([0.02 / (3 * 0.0025), 64], "d + 2"),
            ([0.8, 64], "factor 2"),
            ([3.2, 64], "enters once"),
            ([1.6, 8], "squares"),
            ([0.08, 8], "squared"),
            ([1.6, 1 / 64], "at least 1"),
        ],
        also_right=[(1.6, 64.0)],
    ),
    "6.8": Case(
        _direction,
        wrong=[
            (lambda X, y, share: _direction(X, y, share, whiten=False), "plain last component"),
            (lambda X, y, share: _direction(X, y, share, whiten=False, which=-1), "backwards"),
            (lambda X, y, share: _direction(X, y, share, which=-1), "largest quotient"),
            (lambda X, y, share: _direction(X, y, share, worst=True), "lower is better"),
            (_standardised, "correlation is not removed"),
            (lambda X, y, share: _standardised(X, y, share, back=True), "correlation is not removed"),
            (lambda X, y, share: 2 * _direction(X, y, share), "length one"),
            (lambda X, y, share: np.eye(2), "shape"),
            (None, "no answer"),
        ],
        stub=_stub,
        also_right=[lambda X, y, share: -_direction(X, y, share)],
    ),
    "6.9": Case(
        _leader,
        wrong=[
            (lambda f, rng: (0, 0.45, 0.75), "on another it names the wrong axis"),
            (lambda f, rng: (1, 0.45, 0.75), "another axis has the largest"),
            (lambda f, rng: _leader(f, rng, n=128), "too wide"),
            (lambda f, rng: (rng.integers(2), 0.45, 0.75), "few pairs"),
            (lambda f, rng: _leader(f, rng, shift=0.25), "the right axes, but only"),
            (lambda f, rng: _leader(f, rng, first=True), "first-order"),
            (lambda f, rng: _by_all(f), "narrower than"),
            (lambda f, rng: _leader(f, rng)[::-1], "low must lie below"),
            (lambda f, rng: 0.6, "three things"),
            (lambda f: 0, "raised TypeError"),
            (("alpha", 0.45, 0.75), "function is wanted"),
        ],
        stub=_stub,
        also_right=[_by_normal],
    ),
}
