"""Answers to the exercises of chapter 01."""

import numpy as np
import sympy as sp
from scipy.special import expit

from tests.exercise_cases import Case

eps, f, F3 = sp.symbols("eps f F3")


def _central(f, x, h):
    return [(f(x + h * e) - f(x - h * e)) / (2 * h) for e in np.eye(len(x))]


def _forward(f, x, h):
    return [(f(x + h * e) - f(x)) / h for e in np.eye(len(x))]


def _not_halved(f, x, h):
    return 2 * np.array(_central(f, x, h))


def _all_at_once(f, x, h):
    ones = np.ones(len(x))
    return [(f(x + h * ones) - f(x - h * ones)) / (2 * h)] * len(x)


def _stub(f, x, h):
    raise NotImplementedError


CASES = {
    "1.1": Case(
        [-0.0277, -0.0921],
        wrong=[
            ([-0.04, -0.04], "per unit"),
            ([-11.1, -36.8], "not f′/λ"),
            ([0.0277, 0.0921], "signs"),
            ([-0.5545, -1.842], "where is λ"),
            (-0.0277, "shape"),
        ],
        also_right=[(-0.8 * 0.05 * np.log(2), -0.8 * 0.05 * np.log(10)), np.array([-0.02772, -0.0921])],
    ),
    "1.2": Case("b", wrong=[("a", "1 and 100"), ("c", "flatter"), ("d", "one of")], also_right=["B", " b "]),
    "1.3": Case(
        "(6*eps*f/F3)**(1/3)",
        wrong=[
            ("(3*eps*f/F3)**(1/3)", "central"),
            ("sqrt(6*eps*f/F3)", "h³"),
            ((12 * eps * f / F3) ** sp.Rational(1, 3), "factor 2"),
            ("6*h", "yours holds h"),
            ("eps", "smallest bound"),
        ],
        also_right=[(6 * eps * f / F3) ** sp.Rational(1, 3), sp.cbrt(6) * sp.cbrt(eps * f / F3)],
    ),
    "1.4": Case(
        _central,
        wrong=[
            (_forward, "forward"),
            (_not_halved, "2h apart"),
            (_all_at_once, "one at a time"),
            (lambda f, x, h: None, "return statement"),
            (lambda f, x: 0, "raised TypeError"),
            (0.3, "function is wanted"),
        ],
        stub=_stub,
        also_right=[lambda f, x, h: np.array(_central(f, x, h))],
    ),
    "1.5": Case(
        {"b", "d"},
        wrong=[
            ({"b", "c", "d"}, "follow the root"),
            ({"a", "b"}, "analytic"),
            ("b", "there is more"),
            ({"e"}, "some of"),
        ],
        also_right=[["d", "b"], ("B", "D")],
    ),
    "1.6": Case(
        lambda z: expit(z) * (1 - expit(z)),
        wrong=[
            (expit, "value"),
            (lambda z: z * (1 - z), "argument z"),
            (lambda z: np.exp(-z) / (1 + np.exp(-z)), "squared"),
            (lambda z: 1.0 + 0 * z, "central difference"),
        ],
        stub=lambda z: ...,
        also_right=[lambda z: expit(z) * expit(-z), lambda z: 1 / (np.exp(z / 2) + np.exp(-z / 2)) ** 2],
    ),
    "1.7": Case(
        0.476,
        wrong=[(0.622, "leaves ρ out"), (0.318, "forward"), (0.227, "h⁶"), (5, "hints"), (-0.476, "sign")],
        also_right=["0.476", (9 * 0.004**2 * 0.2 / 0.05**2) ** (1 / 6)],
    ),
    "1.8": Case(
        {"a", "c", "e"},
        wrong=[({"a", "b", "c", "e"}, "upper edge"), ({"a", "c", "d", "e"}, "inside"), ({"e"}, "there is more")],
        also_right=[["e", "c", "a"]],
    ),
    "1.9": Case(
        (0.05, -0.0551, -0.0442),
        wrong=[
            ((0.01, -0.6, 0.4), "zero"),
            ((0.2, -0.0458, -0.0364), "misses the slope"),
            ((1.0, -0.0551, -0.0442), "another interval"),
            ((0.05, -0.05, -0.0499), "another interval"),
            ((0.1, -10, -1e-9), "another interval"),
            ((0.3, -0.06, -0.04), "no two points"),
            ((0.1, -0.04, -0.06), "low must lie below high"),
            (-0.05, "three numbers"),
        ],
        also_right=[(0.02, -0.0580, -0.0458), [0.05, -0.0545, -0.0450]],
    ),
    "1.10": Case(
        (0.43, 9.35),
        wrong=[
            ((9.35, 0.43), "swapped"),
            ((0.224, 1.0), "rotation 0"),
            ((1.0, 20.0), "move the unit"),
            ((2.35, 9.35), "upside down"),
            ((0.181, 9.35), "squared"),
            ((0.7, 9.35), "rises on both sides"),
            ((0.43, 12.0), "not the one given"),
            ((0.43, 8.0), "the unit is right"),
            ((0.6, 10.7), "go on"),
            ((0.6, 7.0), "neither"),
            ((-0.43, 9.35), "positive"),
            (9.35, "two numbers"),
            ((0.43, 9.35, 1), "two numbers"),
            (("small", 9.35), "two numbers"),
        ],
        also_right=[[0.426, "9.35"], np.array([0.417, 9.355]), (0.41, 9.37)],
    ),
}
