"""Answers to the exercises of chapter 23."""

import numpy as np

from tests.exercise_cases import Case


def _believe(mean, cov, noise, i):
    cov = np.asarray(cov)
    return np.sqrt(np.maximum(np.diag(cov) - cov[:, i] ** 2 / (cov[i, i] + noise), 0))


def _with_matrix(mean, cov, noise, i):
    cov = np.asarray(cov)
    new = cov - np.outer(cov[:, i], cov[i]) / (cov[i, i] + noise)
    return np.sqrt(np.maximum(np.diag(new), 0))


def _noiseless(mean, cov, noise, i):
    return _believe(mean, cov, 0.0, i)


def _variances(mean, cov, noise, i):
    return _believe(mean, cov, noise, i) ** 2


def _unmoved(mean, cov, noise, i):
    return np.sqrt(np.diag(cov))


def _stub(*arguments):
    raise NotImplementedError


def _bound(mean, std, tried, width):
    return (mean + width * std)[tried].min() - (mean - width * std).min()


def _everywhere(mean, std, tried, width):
    return (mean + width * std).min() - (mean - width * std).min()


def _only_tried(mean, std, tried, width):
    return _bound(mean[tried], std[tried], np.ones(tried.sum(), dtype=bool), width)


def _means(mean, std, tried, width):
    return mean[tried].min() - (mean - width * std).min()


def _quadratic(U, y, rng):
    """A parabola through the best trials; near the best one where that has no minimum."""
    best = np.argsort(y)[:7]
    A = np.column_stack([np.ones(len(best)), U[best], U[best] ** 2, U[best, 0] * U[best, 1]])
    b = np.linalg.lstsq(A, y[best], rcond=None)[0]
    H = np.array([[2 * b[3], b[5]], [b[5], 2 * b[4]]])
    if np.linalg.eigvalsh(H)[0] > 0:
        u = np.linalg.solve(H, -b[1:3])
        if np.abs(u - U[best[0]]).max() < 0.3 and np.abs(U - u).max(axis=1).min() > 1e-3:
            return u
    return U[best[0]] + 0.05 * rng.standard_normal(2)


def _gaussian_process(U, y, rng):
    from hpmath import Constant, GaussianProcess, Matern52, log_expected_improvement

    z = np.log1p(y - y.min())
    gp = GaussianProcess(Constant(1.0) * Matern52([0.7, 0.7]), n_restarts=0).fit(U, (z - z.mean()) / z.std())
    candidates = np.vstack([rng.random((1000, 2)), np.clip(U[y.argmin()] + 0.03 * rng.standard_normal((500, 2)), 0, 1)])
    mean, std = gp.predict(candidates, return_std=True)
    return candidates[log_expected_improvement(mean, std, gp.predict(U).min()).argmax()]


CASES = {
    "23.1": Case(
        0.00221,
        wrong=[
            (0.99779, "crash"),
            (1.108e-4, "one of twenty"),
            (0.001996, "0.5"),
            (0.0217, "variance already"),
            (0.3, "hints"),
        ],
        also_right=[0.01 / (0.01 + 90.25 / 20)],
    ),
    "23.2": Case(
        [1 / 3, 1, 1, 0],
        wrong=[
            ([1 / 3, 1, np.sqrt(2), 0], "√2"),
            ([1 / 7, 1, 1, 0], "evenly"),
            ([1, 1, 1, 0], "closer"),
            ([0.25, 0.75, 1, 0], "three steps"),
            ([1 / 3, 1, 1, 0.5], "not all"),
        ],
        also_right=[np.array([0.3333, 1.0, 1.0, 0.0])],
    ),
    "23.3": Case(
        _believe,
        wrong=[
            (_noiseless, "noise variance"),
            (_variances, "variances"),
            (_unmoved, "nothing has changed"),
            (3, "function is wanted"),
        ],
        stub=_stub,
        also_right=[_with_matrix],
    ),
    "23.4": Case(
        0.48,
        wrong=[(25 / 12, "share"), (0.52, "wait"), (0.25, "1/4"), (1, "equal"), (0.6, "hints")],
        also_right=["12/25"],
    ),
    "23.5": Case(
        _bound,
        wrong=[
            (_everywhere, "what was tried"),
            (_only_tried, "nobody looked"),
            (_means, "ucb"),
            ("x", "function is wanted"),
        ],
        stub=_stub,
        also_right=[lambda m, s, t, w: min(m[t] + w * s[t]) - min(m - w * s)],
    ),
    "23.6": Case(
        "(n*a - N*b)/(N - n)",
        wrong=[
            ("n*a/(N - n)", "spends b"),
            ("(n*a - N*b)/(n - N)", "positive"),
            ("n*(a - b)/(N - n)", "N proposals"),
            ("(n*a - N*b)/N", "both sides"),
        ],
        also_right=["(N*b - n*a)/(n - N)"],
    ),
    "23.7": Case(
        _gaussian_process,
        wrong=[
            (lambda U, y, rng: rng.random(2), "random search has"),
            (lambda U, y, rng: rng.random(3), "shape"),
            (lambda U, y, rng: None, "return statement"),
            (lambda U: U, "raised TypeError"),
            (5, "function"),
        ],
        stub=_stub,
    ),
    "23.8": Case(
        [11, 4, 0],
        wrong=[
            ([12, 4, 0], "first line"),
            ([20, 4, 0], "not evaluated again"),
            ([11, 0, 0], "knows nothing"),
            ([7, 0, 0], "finished trials"),
            ([11, 4, 20], "third call"),
            ([1, 2, 3], "counts"),
        ],
        also_right=[(11, 4, 0), np.array([11, 4, 0])],
    ),
}
