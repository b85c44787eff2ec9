"""Answers to the exercises of chapter 17."""

import numpy as np
import sympy as sp
from scipy.special import ndtr
from scipy.stats import truncnorm

from hpmath import recorded, t_interval, variance_reduction
from tests.exercise_cases import Case


def _gain(values, left):
    share = np.mean(left)
    return share * (1 - share) * (values[left].mean() - values[~left].mean()) ** 2


def _no_shares(values, left):
    return (values[left].mean() - values[~left].mean()) ** 2


def _unweighted(values, left):
    return values.var() - values[left].var() - values[~left].var()


def _gain_stub(values, left):
    raise NotImplementedError


def _kernel(u, centre, h):
    return truncnorm.pdf(u, -centre / h, (1 - centre) / h, loc=centre, scale=h)


def _uncut(u, centre, h):
    inside = (u >= 0) & (u <= 1)
    return inside * np.exp(-(((u - centre) / h) ** 2) / 2) / (h * np.sqrt(2 * np.pi))


def _everywhere(u, centre, h):
    mass = ndtr((1 - centre) / h) - ndtr(-centre / h)
    return np.exp(-(((u - centre) / h) ** 2) / 2) / (h * np.sqrt(2 * np.pi)) / mass


def _plain(u, centre, h):
    return np.exp(-(((u - centre) / h) ** 2) / 2) / (h * np.sqrt(2 * np.pi))


def _kernel_stub(u, centre, h):
    raise NotImplementedError


def _claim(table, trials, a, b, seeds=slice(10, 20)):
    data = recorded("tpe_choices")
    rivals, tables = data["meta"]["rivals"], data["meta"]["tables"]
    regret = data["rival_regret"][:, tables.index(table), seeds, trials - 1].astype(float)
    interval = t_interval(regret[rivals.index(b)] - regret[rivals.index(a)])
    return table, trials, a, b, interval.low, interval.high


_r, _gamma, _delta = sp.symbols("r gamma delta", positive=True)

CASES = {
    "17.1": Case(
        [0.4138, 5.667],
        wrong=[
            ([0.8, 1.0], "equally frequent"),
            ([0.8, 5.667], "only a share"),
            ([0.7059, 5.667], "odds"),
            ([0.4138, 1.0], "nothing new"),
            ([0.4138, 0.1765], "upside down"),
            ([0.2, 3.0], "at least one"),
            ([0.4138, 9], "γ = 0.1"),
        ],
        also_right=[(0.414, 5.67), np.array([12 / 29, 17 / 3])],
    ),
    "17.2": Case(
        "delta*gamma*r/(gamma*r + 1 - gamma)",
        wrong=[
            ("delta*r/(gamma*r + 1 - gamma)", "γ δ"),
            ("gamma*r/(gamma*r + 1 - gamma)", "probability of improvement"),
            ("1/(gamma + (1 - gamma)/r)", "proportional"),
            ("delta*gamma/(gamma + (1 - gamma)*r)", "not g/ℓ"),
            ("delta*r", "p(x)"),
            ("delta", "try it"),
        ],
        also_right=[_delta * _gamma / (_gamma + (1 - _gamma) / _r)],
    ),
    "17.3": Case(
        0.4669,
        wrong=[(0.3236, "nats"), (0.8113, "before"), (0.3444, "left after"), (-0.107, "share"), (0.7, "hints")],
        also_right=["0.467"],
    ),
    "17.4": Case(
        _gain,
        wrong=[
            (_no_shares, "shares"),
            (_unweighted, "share"),
            (lambda values, left: _no_shares(values, left) / 4, "equal branches"),
            (0.3, "function is wanted"),
        ],
        stub=_gain_stub,
        also_right=[variance_reduction],
    ),
    "17.5": Case(
        _kernel,
        wrong=[
            (_uncut, "lost"),
            (_everywhere, "outside"),
            (_plain, "whole normal bump"),
            (0.3, "function is wanted"),
        ],
        stub=_kernel_stub,
    ),
    "17.6": Case(
        {"b", "c"},
        wrong=[({"a", "b"}, "order"), ({"b"}, "there is more"), ({"e"}, "some of")],
        also_right=[["c", "b"], ("B", "C")],
    ),
    "17.7": Case(
        0.75, wrong=[(0.25, "right octants"), (0.5, "plane"), (0.125, "one octant"), (0.6, "hints")], also_right=["3/4"]
    ),
    "17.8": Case(
        _claim("hpobench_segment", 50, "Optuna, multivariate", "random"),
        wrong=[
            (_claim("hpobench_segment", 50, "Optuna, multivariate", "random", slice(0, 10)), "chose"),
            (_claim("hpobench_segment", 50, "Optuna, multivariate", "random", slice(0, 20)), "all 20"),
            (_claim("hpobench_segment", 50, "random", "Optuna, multivariate"), "lower mean regret"),
            (_claim("hpolib_protein", 50, "hpmath, multivariate", "random"), "chosen on these tables"),
            (("hpobench", 50, "random", "Hyperopt", 0.1, 0.2), "tables are"),
            (("hpobench_segment", 50, "TPE", "Hyperopt", 0.1, 0.2), "rivals are"),
            (("hpobench_segment", 5, "random", "Hyperopt", 0.1, 0.2), "from 25"),
            (("hpobench_segment", 50, "Optuna, multivariate", "random", 5.0, 6.0), "not the paired"),
            ("EI", "six entries"),
        ],
        also_right=[list(_claim("nasbench201_cifar10", 100, "Hyperopt", "random"))],
    ),
    "17.9": Case(
        0.32,
        wrong=[
            (0.15, "still in the narrow"),
            (0.31, "still in the narrow"),
            (0.314, "still in the narrow"),
            (0.33, "smaller share"),
            (0.4, "smaller share"),
            (7, "not a number of trials"),
            (-0.3, "between 0 and 1"),
            ("later", "one number"),
        ],
        also_right=["0.32", 6 / 19, np.float64(0.32)],
    ),
}
