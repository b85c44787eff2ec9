"""Answers to the exercises of chapter 22."""

import numpy as np
from scipy.special import erfc, erfcx, log_ndtr, ndtr
from scipy.stats import norm

from hpmath import expected_improvement, feasibility, recorded, t_interval
from tests.exercise_cases import Case


def _worth(mean, std, best, seconds, c_mean, c_std):
    return expected_improvement(mean, std, best) * feasibility(c_mean, c_std, 0.0) / np.asarray(seconds)


def _without_seconds(mean, std, best, seconds, c_mean, c_std):
    return expected_improvement(mean, std, best) * feasibility(c_mean, c_std, 0.0)


def _forbidden(mean, std, best, seconds, c_mean, c_std):
    return expected_improvement(mean, std, best) * (1 - feasibility(c_mean, c_std, 0.0)) / seconds


def _unconstrained(mean, std, best, seconds, c_mean, c_std):
    return expected_improvement(mean, std, best) / seconds


def _by_sign(mean, std, best, seconds, c_mean, c_std):
    return expected_improvement(mean, std, best) * (c_mean <= 0) / seconds


def _worth_stub(mean, std, best, seconds, c_mean, c_std):
    raise NotImplementedError


def _log_pi(z):
    below, above = np.minimum(z, 0.0), np.maximum(z, 0.0)
    tail = np.log(erfcx(-below / np.sqrt(2)) / 2) - below**2 / 2
    return np.where(z < 0, tail, np.log1p(-ndtr(-above)))


def _one_branch(z):
    return np.log(erfcx(-z / np.sqrt(2)) / 2) - z**2 / 2


def _without_half(z):
    return np.where(z < 0, np.log(erfcx(-np.minimum(z, 0) / np.sqrt(2))) - z**2 / 2, log_ndtr(z))


def _plain(z):
    return np.log(erfc(-z / np.sqrt(2)) / 2)


def _log_pi_stub(z):
    raise NotImplementedError


def _interval(problem, trials, a, b, seeds):
    table = recorded("acquisition_rules")
    names = table["meta"]["rules"]
    regret = table[f"{problem}_regret"][:, seeds, :trials].min(axis=2).astype(float)
    return t_interval(regret[names.index(b)] - regret[names.index(a)])


def _claim(problem, trials, a, b, seeds=slice(15, 30)):
    return (problem, trials, a, b, *_interval(problem, trials, a, b, seeds))


CASES = {
    "22.1": Case(
        [0.841, 0.0108, 0.309, 0.0198],
        wrong=[
            ([0.1587, 0.000833, 0.6915, 0.0698], "maximisation"),
            ([0.841, 1.083, 0.309, 0.198], "factor σ"),
            ([0.0108, 0.841, 0.0198, 0.309], "swapped"),
            ([0.841, 0.309, 0.0108, 0.0198], "order"),
            ([0.8, 0.01, 0.3, 0.02], "at least one"),
            ([0.841, 0.309], "shape"),
        ],
        also_right=[(0.84134, 0.010833, 0.30854, 0.01978), np.array([0.84, 0.0108, 0.31, 0.0198])],
    ),
    "22.2": Case("b", wrong=[("a", "luck"), ("c", "price"), ("d", "one of")], also_right=["B", " b ", "(b)"]),
    "22.3": Case(
        0.798,
        wrong=[(0.399, "divide by the size"), (0.1995, "not multiply"), (1.2533, "inverse"), (2.0, "hints")],
        also_right=["0.8", np.sqrt(2 / np.pi)],
    ),
    "22.4": Case(
        _worth,
        wrong=[
            (_without_seconds, "seconds"),
            (_forbidden, "not* allowed"),
            (_unconstrained, "where is the constraint"),
            (_by_sign, "predicted, not known"),
            (0.3, "function is wanted"),
        ],
        stub=_worth_stub,
    ),
    "22.5": Case(
        _log_pi,
        wrong=[
            (_plain, "underflows"),
            (_one_branch, "cancel"),
            (_without_half, "1/2"),
            (lambda z: 0.0, "shape"),
            (log_ndtr, "library's"),
            (lambda z: log_ndtr(z), "library's"),
            (lambda z: norm.logcdf(z), "library's"),
            (norm.logcdf, "library's"),
            (lambda z: 0.9 * log_ndtr(z), "off by"),
            (0.3, "function is wanted"),
        ],
        stub=_log_pi_stub,
    ),
    "22.6": Case(
        6.25,
        wrong=[
            (39.1, "square root"),
            (5.10, "added: multiply"),
            (5.72, "t is squared"),
            (5.12, "t² is missing"),
            (4.42, "factor 2"),
            (7.0, "hints"),
        ],
        also_right=["6.25", np.float64(6.2513)],
    ),
    "22.7": Case(
        {"d", "f"},
        wrong=[
            ({"a", "d"}, "scales"),
            ({"d", "f", "g"}, "in percent"),
            ({"d"}, "there is more"),
            ({"h"}, "some of"),
        ],
        also_right=[["f", "d"], ("D", "F")],
    ),
    "22.8": Case(
        _claim("segment", 30, "EI", "random"),
        wrong=[
            (_claim("valleys", 30, "EI", "random", slice(0, 15)), "seeds 0 to 14"),
            (_claim("segment", 30, "EI", "random", slice(0, 15)), "seeds 0 to 14"),
            (_claim("segment", 30, "EI", "random", slice(0, 30)), "all 30"),
            (("segment", 30, "EI", "chance", 0.1, 0.2), "rules are"),
            (("segments", 30, "EI", "random", 0.1, 0.2), "problem is"),
            (("segment", 3, "EI", "random", 0.1, 0.2), "from 10 to 30"),
            (("segment", 30, "EI", "random", 0.2, 0.1), "low < high"),
            (("segment", 30, "EI", "EI", 0.0, 0.0), "same rule"),
            (("segment", 30, "EI", "random", 5.0, 6.0), "not that of"),
            ("EI", "six entries"),
        ],
        also_right=[
            list(_claim("valleys", 30, "KG", "random")),
            _claim("segment", 30, "random", "EI"),  # the wrong way round, and correctly computed
            _claim("segment", 10, "EI", "KG"),  # settles nothing, and correctly computed
            ("svm", 10, "PI, ξ=0.1", "LCB, β=2", -0.0340, 0.0510),
        ],
    ),
    "22.9": Case(
        (2.30, 0.675),
        wrong=[
            ((5.29, 0.675), "squared"),
            ((2.30, 0.315), "that of EI"),
            ((2.30, 0.9), "read the point"),
            ((1, 0.315), "still suggests"),
            ((2.25, 0.675), "still suggests"),
            ((2.6, 0.675), "had left"),
            ((3.0, 0.9), "at a smaller"),
            (2.30, "two numbers"),
            (("much", 0.675), "two numbers"),
        ],
        also_right=[[2.3, 0.68], ("2.28", "0.675"), np.array([2.27, 0.67]), (2.3, 27 / 40)],
    ),
}
