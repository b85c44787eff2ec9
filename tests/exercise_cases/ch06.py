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


def _iterate(product, d, deflate=1, start=None):
    rng, values = np.random.default_rng(1), []
    for _ in range(1 + deflate):
        v = rng.normal(size=d) if start is None else start(d)
        for _ in range(3000):
            v = product(v)
            length = np.linalg.norm(v)
            v = v / (length if length > 1e-200 else 1)
        value = v @ product(v)
        values.append(value)
        product = _deflated(product, value, v)
    return values[-1]


def _deflated(product, value, w):
    return lambda v: product(v) - value * w * (w @ v)


def _shifted(product, d):
    first = _iterate(product, d, 0)
    return _iterate(lambda v: product(v) - first * v, d, 0)


def _rebuilt(product, d, k=-2):
    return np.linalg.eigvalsh(np.column_stack([product(e) for e in np.eye(d)]))[k]


def _direction(X, y, share, *, whiten=True, which=0, worst=False):
    order = np.argsort(y)[::-1] if worst else np.argsort(y)
    best = X[order[: int(share * len(X))]]
    b = np.cov(X.T) if whiten else np.eye(X.shape[1])
    v = eigh(np.cov(best.T), b)[1][:, which]
    return v / np.linalg.norm(v)


def _unit(v):
    return v / np.linalg.norm(v)


def _slope(X, y):
    return np.linalg.lstsq(X - X.mean(axis=0), y - y.mean(), rcond=None)[0]


def _difference(X, y, share):
    best = X[np.argsort(y)[: int(share * len(X))]]
    return np.linalg.eigh(np.cov(best.T) - np.cov(X.T))[1][:, 0]


def _whitened(X, y, share, back):
    L = np.linalg.cholesky(np.cov(X.T))
    best = np.linalg.solve(L, X[np.argsort(y)[: int(share * len(X))]].T)
    return _unit(back(L, np.linalg.eigh(np.cov(best))[1][:, 0]))


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


def _leader(f, rng, n=None, shift=0.0, first=False, half=None, decide=None):
    fA, fB, fAB = _rows(f, rng, n)
    T = _indices(fA, fB, fAB)
    second, axis = np.argsort(T)[-2:]
    draws = rng.integers(0, len(fA), (400, len(fA)))
    again = np.array([_indices(fA[k], fB[k], fAB[:, k]) for k in draws])
    of = np.array([_indices(fA[k], fB[k], fAB[:, k], True)[axis] for k in draws]) if first else again[:, axis]
    low, high = np.quantile(of, [0.025, 0.975]) + shift if half is None else (T[axis] - half, T[axis] + half)
    decided = np.quantile(again[:, axis] - again[:, second], 0.025) > 0
    return axis, low, high, decided if decide is None else decide


def _by_normal(f, rng):
    """The same estimate with the delta method instead of the bootstrap."""
    fA, fB, fAB = _rows(f, rng)
    T = _indices(fA, fB, fAB)
    both = np.concatenate([fA, fB])
    second, axis = np.argsort(T)[-2:]
    square = ((fA - both.mean()) ** 2 + (fB - both.mean()) ** 2) / 2
    influence = ((fA - fAB) ** 2 / 2 - T[:, None] * square) / both.var()
    half, lead = (1.96 * x.std() / np.sqrt(len(fA)) for x in (influence[axis], influence[axis] - influence[second]))
    return axis, T[axis] - half, T[axis] + half, T[axis] - T[second] > lead


def _by_all(f, convert=np.asarray):
    f = convert(f)
    total = np.array([f.var(axis=i).mean() for i in range(f.ndim)]) / f.var()
    return np.argmax(total), total.max() - 0.05, total.max() + 0.05, True


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
            ([6, 1, 36 / 37], "not squared"),
            ([6, 1, 0.7], "both eigenvalues are right"),
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
        _iterate,
        wrong=[
            (lambda product, d: _iterate(product, d, 0), "first eigenvalue"),
            (lambda product, d: _rebuilt(product, d, 0), "smallest"),
            (lambda product, d: product(np.ones(d))[0], "not the second"),
            (_shifted, "λ₁I"),
            (lambda product, d: _iterate(product, d, start=np.ones), "Start at random"),
            (lambda product, d: _iterate(product, d, start=lambda d: np.eye(d)[0]), "Start at random"),
            (lambda A: np.linalg.eigvalsh(A)[-2], "raised TypeError"),
        ],
        stub=_stub,
        also_right=[_rebuilt],
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
            (9 / 9.6, "above the line"),
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
            ([8, 64], "half-axes"),
            ([1.6, 4096], "C = H²"),
            ([1.6, 30], "curvature is right"),
            ([5, 64], "condition number is right"),
            ([5, 30], "neither"),
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
            (lambda X, y, share: _unit(_slope(X, y)), "linear fit"),
            (lambda X, y, share: _unit(_slope(X / X.std(axis=0), y)), "linear fit"),
            (lambda X, y, share: _unit(np.cov(X.T) @ _slope(X, y)), "linear fit"),
            (lambda X, y, share: _difference(X, y, share), "a difference favours"),
            (lambda X, y, share: _whitened(X, y, share, lambda L, u: L @ u), "multiplies by L"),
            (lambda X, y, share: _whitened(X, y, share, np.linalg.solve), "L⁻¹u"),
            (lambda X, y, share: _whitened(X, y, share, lambda L, u: u), "transform it back"),
            (lambda X, y, share: np.eye(4)[0], "in proportion to all trials"),
            (lambda X, y, share: 2 * _direction(X, y, share), "length one"),
            (lambda X, y, share: np.eye(2), "shape"),
            (None, "no answer"),
        ],
        stub=_stub,
        also_right=[
            lambda X, y, share: -_direction(X, y, share),
            lambda X, y, share: _whitened(X, y, share, lambda L, u: np.linalg.solve(L.T, u)),
        ],
    ),
    "6.9": Case(
        _leader,
        wrong=[
            (lambda f, rng: (0, 0.48, 0.73, False), "on another it names the wrong axis"),
            (lambda f, rng: (1, 0.45, 0.75, False), "another axis has the largest"),
            (lambda f, rng: _leader(f, rng, n=128), "narrower one"),
            (lambda f, rng: (rng.integers(2), 0.45, 0.75, False), "few pairs"),
            (lambda f, rng: _leader(f, rng, shift=0.25), "the right axes, but only"),
            (lambda f, rng: _leader(f, rng, first=True), "first-order"),
            (lambda f, rng: _leader(f, rng, half=0.1), "narrower one"),
            (lambda f, rng: _leader(f, rng, half=0.2), "narrower one"),
            (lambda f, rng: _leader(f, rng, half=0.05), "narrower than"),
            (lambda f, rng: _leader(f, rng, n=8000 // (f.ndim + 2)), "at most 4000"),
            (lambda f, rng: _leader(f, rng, decide=True), "all but equal"),
            (lambda f, rng: _leader(f, rng, decide=False), "the lead is decided"),
            (lambda f, rng: _by_all(f), "at most 4000"),
            (lambda f, rng: _by_all(f, lambda f: f[...]), "at most 4000"),
            (lambda f, rng: _by_all(f, lambda f: f), "no var"),
            (lambda f, rng: (_leader(f, rng)[0], 0.7, 0.5, True), "low must lie below"),
            (lambda f, rng: _leader(f, rng)[:3], "four things"),
            (lambda f, rng: 0.6, "four things"),
            (lambda f: 0, "raised TypeError"),
            (("alpha", 0.45, 0.75, True), "function is wanted"),
        ],
        stub=_stub,
        also_right=[_by_normal],
    ),
}
