"""Answers to the exercises of chapter 03."""

import numpy as np
import sympy as sp
from scipy import stats

from hpmath import Dual, jacobian, t_interval
from tests.exercise_cases import Case

beta = sp.Symbol("beta")


def _mix(alpha, g1, g2):
    return alpha * np.asarray(g1, float) + (1 - alpha) * np.asarray(g2, float)


def _hat(g1, g2):
    return (g2 - g1) @ g2 / np.sum((g1 - g2) ** 2)


def _multi(g1, g2):
    if np.array_equal(g1, g2):
        return g1
    return _mix(np.clip(_hat(g1, g2), 0, 1), g1, g2)


def _by_angles(g1, g2):
    """The same by cases: an end of the segment where it is the nearest point, else the foot of the perpendicular."""
    if g1 @ g2 >= g1 @ g1:
        return g1
    if g1 @ g2 >= g2 @ g2:
        return g2
    along = (g2 - g1) / np.linalg.norm(g2 - g1)
    return g1 - (g1 @ along) * along


def _push(f, x, v):
    return [y.derivative if isinstance(y, Dual) else 0.0 for y in f(Dual(x, v))]


def _by_differences(f, x, v):
    h = 1e-6
    return (np.array(f(x + h * v)) - np.array(f(x - h * v))) / (2 * h)


def _signed(T, E, confidence=0.95):
    price, J = -T.mean() / E.mean(), np.array([-1 / E.mean(), T.mean() / E.mean() ** 2])
    spread = np.sqrt(J @ np.cov(T, E) @ J / len(T)) * stats.t.ppf((1 + confidence) / 2, len(T) - 1)
    return price - spread, price + spread


def _resampled(T, E):
    rows = np.random.default_rng(0).integers(0, len(T), (4000, len(T)))
    return tuple(np.quantile(-T[rows].mean(axis=1) / E[rows].mean(axis=1), [0.025, 0.975]))


def _fieller(T, E):
    """The prices r for which a t test does not reject that T + rE has mean zero: the roots of a quadratic."""
    t2, C = stats.t.ppf(0.975, len(T) - 1) ** 2 / len(T), np.cov(T, E)
    ends = np.roots(
        [E.mean() ** 2 - t2 * C[1, 1], 2 * (T.mean() * E.mean() - t2 * C[0, 1]), T.mean() ** 2 - t2 * C[0, 0]]
    )
    return tuple(sorted(ends))


def _unanswered(T, E):
    raise NotImplementedError


CASES = {
    "3.1": Case(
        [50, 25, 32.14],
        wrong=[
            ([-50, -25, -32.14], "signs"),
            ([0.02, 0.04, 0.0311], "milliseconds per point"),
            ([50, 25, 37.5], "no average"),
            ([50, 25, 75], "not the sum"),
            ([25, 50, 32.14], "swapped"),
            ([50, 25], "missing"),
            ([40, 50, 90], "divide"),
            ([1, 2, 3], "values are not"),
        ],
        also_right=[np.array([50.0, 25.0, 90 / 2.8])],
    ),
    "3.2": Case(
        {"b", "c", "e"},
        wrong=[
            ({"a", "b", "c", "e"}, "Rank one"),
            ({"b", "d"}, "not quite opposite"),
            ({"b"}, "there is more"),
            ("z", "some of"),
        ],
        also_right=[["E", "b", "c"]],
    ),
    "3.3": Case(
        [6 / 17, 0.15 / 10.25],
        wrong=[
            ([11 / 17, 1 - 0.15 / 10.25], "belongs to the first"),
            ([6 / 17, 6 / 17], "unit does matter"),
            ([0.15 / 10.25, 6 / 17], "swapped"),
            ([0.5, 0.5], "values are not"),
            ([6 / 17, 6 / 116], "minimise anew"),
            ([6 / 17, 60 / 71], "minimise anew"),
            ([0.353, 0.015], "three digits"),
        ],
        also_right=[(0.353, 0.01463)],
    ),
    "3.4": Case(
        _multi,
        wrong=[
            (lambda g1, g2: _mix(_hat(g1, g2), g1, g2), "not clipped"),
            (lambda g1, g2: -np.asarray(_multi(g1, g2)), "not the step"),
            (lambda g1, g2: _mix(1 - np.clip(_hat(g1, g2), 0, 1), g1, g2), "swapped"),
            (lambda g1, g2: (g1 + g2) / 2, "mean"),
            (lambda g1, g2: np.clip(_hat(g1, g2), 0, 1), "vector is wanted"),
            (lambda g1, g2: _mix(np.clip(_hat(g1, g2), 0, 1), g1, g2), "equal"),
            (lambda g1, g2: g1 - g2, "shortest"),
        ],
        stub=lambda g1, g2: ...,
        also_right=[_by_angles],
    ),
    "3.5": Case(
        "1/((1-beta)*log(100))",
        wrong=[
            ("(1-beta)/log(100)", "pile up"),
            ("1/(beta*log(100))", "not β"),
            ("1/(2*(1-beta))", "log10"),
            ("1/(1-beta)", "integrate"),
            ("-1/((1-beta)*log(100))", "positive"),
            ("beta", "not that density"),
            ("0.22/(1-beta)", "integrate"),
            ("1/((1-beta)*lg(100))", "by the name lg"),
        ],
        also_right=[
            "0.217/(1-beta)",
            "1/((1-beta)*log10(100)*log(10))",
            1 / ((1 - beta) * 2 * sp.log(10)),
            "-1/((beta-1)*log(100))",
        ],
    ),
    "3.6": Case(
        {"a", "c"},
        wrong=[({"a", "b", "c"}, "parabola"), ({"a", "c", "d"}, "weight of the first"), ({"a"}, "there is more")],
        also_right=[("c", "a")],
    ),
    "3.7": Case(
        _push,
        wrong=[
            (lambda f, x, v: jacobian(f, x, method="dual") @ v, "whole Jacobian"),
            (lambda f, x, v: jacobian(f, x) @ v, "calls of f"),
            (_by_differences, "calls of f"),
            (lambda f, x, v: np.array(_push(f, x, v)) / np.linalg.norm(v), "normalised"),
            (lambda f, x, v: [getattr(y, "value", y) for y in f(Dual(x, v))], "does not return J v"),
            (lambda f, x, v: None, "return statement"),
            (lambda f, x, v: [y.derivative for y in f(Dual(x, v))], "plain number"),
            (lambda f, x, v: np.imag(f(x + 1e-30j * v)) / 1e-30, "complex step"),
        ],
        stub=lambda f, x, v: ...,
        also_right=[lambda f, x, v: np.array(_push(f, x, v))],
    ),
    "3.8": Case(
        _signed,
        wrong=[
            (lambda T, E: (50.0, 57.0), "not for others"),
            (lambda T, E: _signed(T, E, 0.999), "narrower interval"),
            (lambda T, E: _signed(T, E, 0.5), "so narrow"),
            (lambda T, E: (_signed(T, E)[0] + 2, _signed(T, E)[1] + 2), "in its middle"),
            (lambda T, E: t_interval(-T / E), "then divide once"),
            (lambda T, E: [-end for end in _signed(T, E)][::-1], "sign"),
            (lambda T, E: [1 / end for end in _signed(T, E)][::-1], "milliseconds per point"),
            (lambda T, E: [end / 1000 for end in _signed(T, E)], "misses"),
            (lambda T, E: _signed(T, E)[::-1], "low must lie below"),
            (lambda T, E: -T.mean() / E.mean(), "two numbers"),
            (lambda T: 0, "raised TypeError"),
            ((50.0, 57.0), "function is wanted"),
        ],
        stub=_unanswered,
        also_right=[_resampled, _fieller],
    ),
}
