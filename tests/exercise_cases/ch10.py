"""Answers to the exercises of chapter 10."""

import numpy as np
from scipy.linalg import cho_factor, cho_solve

from hpmath.exercises.ch10 import _left_out, _posterior
from tests.exercise_cases import Case


def _stub(*arguments):
    raise NotImplementedError


def _by_package(X, y, X_new, length_scale, noise):
    from hpmath import GaussianProcess, Matern52

    gp = GaussianProcess(Matern52(length_scale), noise=noise * np.var(y), optimize=False).fit(X, y)
    return gp.predict(X_new, return_std=True)


def _by_deleting(K, y):
    means, stds = [], []
    for i in range(len(y)):
        rest = np.delete(np.arange(len(y)), i)
        b = cho_solve(cho_factor(K[np.ix_(rest, rest)]), K[rest, i])
        means.append(b @ y[rest])
        stds.append(np.sqrt(K[i, i] - b @ K[rest, i]))
    return np.array(means), np.array(stds)


def _slip(name):
    return lambda *arguments: _posterior(*arguments, slip=name)


def _left(name):
    return lambda K, y: tuple(_left_out(K, y, name))


def _verdicts(**changed):
    right = {
        "svm_map": "unsettled",
        "hpobench_segment": "hurts",
        "hpobench_vehicle": "unsettled",
        "hpolib_protein": "unsettled",
    }
    return right | changed


CASES = {
    "10.1": Case(
        [16 / 15, 23 / 75],
        wrong=[
            ([16 / 15, np.sqrt(23 / 75)], "standard deviation"),
            ([1.0, 0.0], "left K_y out"),
            ([16 / 15, 52 / 75], "subtract it"),
            ([16 / 15, 1 + 52 / 75], "less certain"),
            ([23 / 75, 16 / 15], "swapped"),
            ([16 / 15], "shape"),
            ([1.2, 0.7], "values are not"),
        ],
        also_right=[(1.067, 0.3067), np.array([1.0667, 0.30667])],
    ),
    "10.2": Case(
        {"b", "c"},
        wrong=[
            ({"a", "b", "c"}, "back near the prior"),
            ({"b", "c", "d"}, "volume grows"),
            ({"b"}, "more of the kind"),
        ],
        also_right=[["c", "B"]],
    ),
    "10.3": Case(
        _posterior,
        wrong=[
            (_slip("predictive"), "next trial"),
            (_slip("variance"), "instead of its root"),
            (_slip("raw"), "standardise y"),
            (_slip("units"), "units of the standardised"),
            (_slip("square"), "a variance already"),
            (lambda X, y, X_new, length_scale, noise: (np.zeros(len(X_new)), np.ones(len(X_new))), "other"),
            (lambda X, y, X_new, length_scale, noise: None, "return statement"),
            (lambda: 0, "raised TypeError"),
            (1.0, "function is wanted"),
        ],
        stub=_stub,
        also_right=[_by_package],
    ),
    "10.4": Case(
        {"b", "c"},
        wrong=[({"a", "b", "c"}, "is rough"), ({"b", "c", "d"}, "starts like r"), ({"c"}, "more of the kind")],
    ),
    "10.5": Case(
        (5, "s2*exp(-r**2/2)*r**2"),
        wrong=[
            ((6, "s2"), "its own derivative"),
            ((2, "s2"), "product rule"),
            ((4, "s2"), "Jacobi"),
            ((7, "s2"), "from 1 to 6"),
            ((5, "s2*exp(-r**2/2)*r**2/l"), "as it stands"),
            ((5, "-s2*exp(-r**2/2)*r**2"), "more alike"),
            ((5, "s2*exp(-r**2/2)*r"), "exponent"),
            ((5, "s2"), "right-hand side is not"),
            (5, "two things"),
        ],
        also_right=[["5", "r**2*s2/exp(r**2/2)"]],
    ),
    "10.6": Case(
        _left(""),
        wrong=[
            (_left("variance"), "not their roots"),
            (_left("residual"), "residuals"),
            (_left("sign"), "the sign"),
            (_left("diagonal"), "diagonal of the inverse"),
            (_left("all"), "must be divided"),
            (lambda K, y: (y, y), "deleting one row"),
            (lambda K, y: y, "shape"),
        ],
        stub=_stub,
        also_right=[_by_deleting],
    ),
    "10.7": Case(
        "s*sqrt(5/3)/l",
        wrong=[
            ("5*s/(3*l)", "root of the whole"),
            ("s*sqrt(5/6)/l", "twice"),
            ("s/l", "RBF"),
            ("s*sqrt(3)/l", "3/2"),
            ("s*sqrt(5/3)*l", "more slowly"),
            ("0", "slope zero"),
            ("s*l", "not the slope"),
        ],
        also_right=["sqrt(15)*s/(3*l)"],
    ),
    "10.8": Case(
        _verdicts(),
        wrong=[
            (_verdicts(hpobench_segment="helps"), "the sign"),
            (_verdicts(hpobench_segment="unsettled"), "pair the seeds"),
            (_verdicts(hpobench_segment="unsettled", hpolib_protein="hurts"), "sign test"),
            (_verdicts(svm_map="hurts"), "all four together"),
            (_verdicts(hpobench_vehicle="maybe"), "one of"),
            ({"svm_map": "hurts"}, "dict is wanted"),
            ("hurts", "dict is wanted"),
        ],
        also_right=[_verdicts(hpolib_protein="hurts")],
    ),
    "10.9": Case(
        (0.198, 2.10),
        wrong=[
            ((0.198, -2.10), "the sign"),
            ((0.5, -61.3), "where the figure starts"),
            ((0.5, 61.3), "where the figure starts"),
            ((0.171, 2.10), "Matérn-1/2's"),
            ((0.198, -6.33), "difference of two"),
            ((0.198, -8.43), "difference of two"),
            ((0.198, 0.911), "powers of ten"),
            ((0.5, 2.0), "did you move it"),
            ((0.198, 3.0), "both tops"),
            ((0.21, 2.03), "both tops"),
            ((0.3, 2.10), "not at its top"),
            ((0.3, 5.0), "neither"),
            (0.198, "two numbers"),
            ((0.198, 2.1, 0.5), "two numbers"),
            (("wide", 2.1), "two numbers"),
        ],
        also_right=[[0.2, "2.1"], np.array([0.196, 2.097]), (0.19, 2.08)],
    ),
}
