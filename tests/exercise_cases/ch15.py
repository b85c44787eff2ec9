"""Answers to the exercises of chapter 15."""

import numpy as np
import sympy as sp

from hpmath import recorded, t_interval
from hpmath.linalg import log_determinant
from tests.exercise_cases import Case

m, r, rho, gamma = sp.symbols("m r rho gamma", positive=True)


def _batch(K, noise):
    return 0.5 * np.linalg.slogdet(np.eye(len(K)) + K / noise[:, None])[1]  # not symmetric, the same determinant


def _batch_by_cholesky(K, noise):
    return 0.5 * log_determinant(np.eye(len(K)) + K / np.sqrt(np.outer(noise, noise)))


def _alone(K, noise):
    return 0.5 * np.log(1 + K.diagonal() / noise).sum()


def _of_y(K, noise):
    return 0.5 * np.linalg.slogdet(K + np.diag(noise))[1]


def _one_noise(K, noise):
    return _batch(K, np.full(len(K), noise.mean()))


def _greedy(K, noise, k):
    chosen = []
    for _ in range(k):
        rest = [i for i in range(len(K)) if i not in chosen]
        gains = [_batch(K[np.ix_(a, a)], noise[a]) for a in ([*chosen, i] for i in rest)]
        chosen.append(rest[int(np.argmax(gains))])
    return chosen


def _at_once(K, noise, k):
    return list(np.argsort(-K.diagonal() / noise)[:k])


def _by_variance(K, noise, k, weight=0.0):
    chosen = []
    for _ in range(k):
        score = K.diagonal() + weight * noise
        score[chosen] = -1
        i = int(score.argmax())
        chosen.append(i)
        K = K - np.outer(K[i], K[i]) / (K[i, i] + noise[i])
    return chosen


def _stub(*_):
    raise NotImplementedError


def _difference(t, paired=True):
    table = recorded("information_search")
    rules = table["meta"]["rules"]
    best = np.minimum.accumulate(table["value"][1], axis=-1)[:, :, t - 1].astype(float)
    a, b = best[rules.index("minimum")], best[rules.index("bound")]
    if paired:
        return t_interval(a - b)
    half = np.hypot(t_interval(a).width, t_interval(b).width) / 2
    return a.mean() - b.mean() - half, a.mean() - b.mean() + half


def _verdict(t):
    low, high = _difference(t)
    return (t, low, high, "minimum" if high < 0 else "bound" if low > 0 else "undecided")


low, high = _difference(20)
other = "undecided" if _verdict(20)[3] != "undecided" else "minimum"

CASES = {
    "15.1": Case(
        [3.178, 2.197, 0.981],
        wrong=[
            ([4.585, 3.170, 1.415], "bits"),
            ([24, 9, 15], "logarithm"),
            ([3.178, 2.197, 2.079], "still open"),
            ([3.178, 2.197, 1.2], "form is right"),
            (3.178, "shape"),
        ],
        also_right=[(np.log(24), np.log(9), np.log(24 / 9)), np.array([3.178, 2.197, 0.981])],
    ),
    "15.2": Case(
        [6.908, 0, 0],
        wrong=[
            ([-6.908, 0, 0], "sign"),
            ([6.908, 6.908, 0], "shift"),
            ([6.908, 0, 6.908], "stretched alike"),
            ([0, 0, 0], "by how much"),
            ([3, 0, 0], "nats"),
            ([2, 0, 0], "three changes"),
        ],
        also_right=[(np.log(1000), 0.0, 0.0)],
    ),
    "15.3": Case(
        "1 + log(m)",
        wrong=[
            ("log(m)", "adds something"),
            (sp.log(2 * m), "another one"),
            (sp.log(2 * sp.pi * sp.E * m**2) / 2, "below zero"),
            ("1 + log(s)", "yours holds s"),
            ("m", "not the largest"),
        ],
        also_right=[1 + sp.log(m), sp.log(sp.E * m), -sp.log(1 / m) + 1],
    ),
    "15.4": Case(
        _batch,
        wrong=[
            (lambda K, noise: 2 * _batch(K, noise), "half"),
            (lambda K, noise: _batch(K, noise) / np.log(2), "bits"),
            (_alone, "twice"),
            (_of_y, "subtract"),
            (_one_noise, "own noise"),
            (lambda K, noise: 0.5 * np.log(np.linalg.det(np.eye(len(K)) + K / noise)), "not the information"),
            (lambda K, noise: None, "return statement"),
        ],
        stub=_stub,
        also_right=[_batch_by_cholesky],
    ),
    "15.5": Case(
        _greedy,
        wrong=[
            (_at_once, "at once"),
            (_by_variance, "divide by the noise"),
            (lambda K, noise, k: _by_variance(K, noise, k, weight=1.0), "prefers noise"),
            (lambda K, noise, k: list(range(k)), "not the greedy"),
        ],
        stub=_stub,
        also_right=[lambda K, noise, k: set(_greedy(K, noise, k)), lambda K, noise, k: np.array(_greedy(K, noise, k))],
    ),
    "15.6": Case(
        "CBA",
        wrong=[("BBA", "first letter"), ("CCA", "second letter"), ("CBB", "third letter"), ("CB", "three letters")],
        also_right=["cba", ["C", "B", "A"], "C, B, A"],
    ),
    "15.7": Case(
        "-log(1 - rho**2*r*(r + gamma))/2",
        wrong=[
            ("log(1 - rho**2*r*(r + gamma))/2", "sign"),
            ("-log(1 - rho**2*r*(r + gamma))", "factor"),
            ("-log(1 - r*(r + gamma))/2", "without noise"),
            ("-log(1 - rho**2*r*(r - gamma))/2", "sign of γ"),
            (-sp.log(1 - rho**2 * r**2) / 2, "term with γ"),
            ("rho", "not the bound"),
        ],
        also_right=[
            -sp.log(1 - rho**2 * r * (r + gamma)) / 2,
            sp.log(1 / (1 - rho**2 * (r**2 + gamma * r))) / 2,
        ],
    ),
    "15.8": Case(
        _verdict(20),
        wrong=[
            ((20, low, high, other), "does not follow"),
            ((20, -high, -low, "undecided"), "sign"),
            ((20, low - 1, high + 1, "undecided"), "another interval"),
            ((3, low, high, "undecided"), "same trials"),
            ((20, low, high, "yes"), "one of"),
            (0.1, "four things"),
        ],
        also_right=[list(_verdict(30)), _verdict(12)],
    ),
}
