"""Answers to the exercises of chapter 15."""

import numpy as np
import sympy as sp

from hpmath import recorded, t_interval
from hpmath.linalg import log_determinant
from tests.exercise_cases import Case

m, r, rho, gamma = sp.symbols("m r rho gamma", positive=True)


def _of_f(K, noise):
    return 0.5 * np.linalg.slogdet(np.eye(len(K)) + K / noise[:, None])[1]  # not symmetric, the same determinant


def _told(K, noise, batch, target):
    seen = K[np.ix_(batch, batch)] + np.diag(noise[batch])
    k = K[batch, target]
    return 0.5 * np.log(K[target, target] / (K[target, target] - k @ np.linalg.inv(seen) @ k))


def _told_by_determinants(K, noise, batch, target):
    seen = K[np.ix_(batch, batch)] + np.diag(noise[batch])
    k = K[batch, target]
    return 0.5 * (log_determinant(seen) - log_determinant(seen - np.outer(k, k) / K[target, target]))


def _alone(K, noise, batch, target):
    return sum(_told(K, noise, np.array([i]), target) for i in batch)


def _with_noise_of_target(K, noise, batch, target):
    after = K[target, target] / np.exp(2 * _told(K, noise, batch, target))
    return 0.5 * np.log((K[target, target] + noise[target]) / (after + noise[target]))


def _greedy(K, noise, cost, budget):
    chosen = []
    while True:
        rest = [i for i in range(len(K)) if i not in chosen and cost[[*chosen, i]].sum() <= budget]
        if not rest:
            return chosen
        before = _of_f(K[np.ix_(chosen, chosen)], noise[chosen]) if chosen else 0.0
        batches = ([*chosen, i] for i in rest)
        gains = [_of_f(K[np.ix_(a, a)], noise[a]) - before for a in batches]
        chosen.append(rest[int(np.argmax(np.array(gains) / cost[rest]))])


def _greedy_that(value, update=True, stop=False):
    def choose(K, noise, cost, budget):
        chosen = []
        while True:
            score = value(K.diagonal(), noise, cost)
            score[chosen] = -1
            if not stop:
                score[cost > budget - cost[chosen].sum()] = -1
            i = int(score.argmax())
            if score[i] < 0 or cost[i] > budget - cost[chosen].sum():
                return chosen
            chosen.append(i)
            if update:
                K = K - np.outer(K[i], K[i]) / (K[i, i] + noise[i])

    return choose


def _per_cost(v, noise, cost):
    return np.log1p(v / noise) / cost


def _stub(*_):
    raise NotImplementedError


def _interval(t, kind="paired"):
    table = recorded("information_search")
    rules, value = table["meta"]["rules"], table["value"].astype(float)
    best = value[1] if kind == "alone" else np.minimum.accumulate(value[1], axis=-1)
    best = np.exp(best) if kind == "loss" else best
    a, b = best[rules.index("minimum"), :, t - 1], best[rules.index("sobol"), :, t - 1]
    if kind != "apart":
        return tuple(t_interval(a - b))[-2:]
    half = np.hypot(t_interval(a).width, t_interval(b).width) / 2
    return a.mean() - b.mean() - half, a.mean() - b.mean() + half


def _verdict(t, digits=10):
    low, high = (round(float(end), digits) for end in _interval(t))
    return (t, low, high, "minimum" if high < 0 else "sobol" if low > 0 else "undecided")


low, high = _interval(20)
other = "undecided" if _verdict(20)[3] != "undecided" else "minimum"

CASES = {
    "15.1": Case(
        [3.178, 2.197, 0.981],
        wrong=[
            ([4.585, 3.170, 1.415], "bits"),
            ([24, 9, 15], "logarithm"),
            ([3.178, 2.197, 2.079], "still open"),
            ([3.178, 2.197, 1.2], "form is right"),
            ([3.178, 2.485, 0.693], "first half"),
            ([3.178, 2.197, -0.981], "positive"),
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
        _told,
        wrong=[
            (lambda *given: 2 * _told(*given), "half"),
            (lambda *given: -_told(*given), "sign"),
            (lambda *given: _told(*given) / np.log(2), "bits"),
            (lambda K, noise, batch, target: _of_f(K[np.ix_(batch, batch)], noise[batch]), "as a whole"),
            (_alone, "twice"),
            (_with_noise_of_target, "its noise has no part"),
            (lambda K, noise, batch, target: _told(K, np.full(len(K), noise.mean()), batch, target), "own noise"),
            (lambda K, noise, batch, target: _told(K, noise**2, batch, target), "square"),
            (
                lambda K, noise, batch, target: K[target, target] * (1 - np.exp(-2 * _told(K, noise, batch, target))),
                "variance taken away",
            ),
            (lambda K, noise, batch, target: 0.5 * np.log1p(K[target, target] / noise[target]), "one trial it is"),
            (lambda *given: None, "return statement"),
        ],
        stub=_stub,
        also_right=[_told_by_determinants],
    ),
    "15.5": Case(
        _greedy,
        wrong=[
            (_greedy_that(lambda v, noise, cost: np.log1p(v / noise)), "whatever it costs"),
            (_greedy_that(lambda v, noise, cost: v / noise / cost), "logarithm does matter"),
            (_greedy_that(lambda v, noise, cost: v / cost), "variance per cost"),
            (_greedy_that(_per_cost, update=False), "K changes"),
            (_greedy_that(_per_cost, stop=True), "cheaper one"),
            (lambda K, noise, cost, budget: list(range(2)), "not the greedy"),
        ],
        stub=_stub,
        also_right=[
            lambda *given: set(_greedy(*given)),
            lambda *given: np.array(_greedy(*given), dtype=int),
            _greedy_that(_per_cost),
        ],
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
            ((20, high, low, "undecided"), "above high"),
            *(((t, *_interval(t, "apart"), "undecided"), "seed by seed") for t in (10, 20, 30, 40)),
            *(((t, *_interval(t + 1), "minimum"), "column") for t in (10, 20, 30, 39)),
            ((20, *_interval(20, "alone"), "undecided"), "trial t alone"),
            ((20, *_interval(20, "loss"), "minimum"), "logarithms"),
            (0.1, "four things"),
        ],
        also_right=[list(_verdict(30)), *(_verdict(t, digits=4) for t in range(6, 41))],
    ),
}
