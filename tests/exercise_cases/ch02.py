"""Answers to the exercises of chapter 02."""

import numpy as np
import sympy as sp

from tests.exercise_cases import Case

lam, a, b = sp.symbols("lam a b", positive=True)


def _corners(f, x, p, q):
    return f(x + p + q) - f(x + p - q) - f(x - p + q) + f(x - p - q)


def _all_corners(f, x, h):
    x, steps = np.asarray(x, dtype=float), h * np.eye(len(x))
    return np.array([[_corners(f, x, p, q) for q in steps] for p in steps]) / (4 * h**2)


def _three_and_corners(f, x, h, share=4):
    x, steps = np.asarray(x, dtype=float), h * np.eye(len(x))
    H = np.diag([(f(x + p) - 2 * f(x) + f(x - p)) / h**2 for p in steps])
    for i in range(len(x)):
        for j in range(i):
            H[i, j] = H[j, i] = _corners(f, x, steps[i], steps[j]) / (share * h**2)
    return H


def _corners_once(f, x, h):
    """Three values on the diagonal, the middle one computed once, with twice the step."""
    x, steps, middle = np.asarray(x, dtype=float), h * np.eye(len(x)), f(np.asarray(x, dtype=float))
    H = np.diag([(f(x + 2 * p) - 2 * middle + f(x - 2 * p)) / (4 * h**2) for p in steps])
    for i in range(len(x)):
        for j in range(i):
            H[i, j] = H[j, i] = _corners(f, x, steps[i], steps[j]) / (4 * h**2)
    return H


def _forward(f, x, h):
    x, steps = np.asarray(x, dtype=float), h * np.eye(len(x))
    return np.array([[f(x + p + q) - f(x + p) - f(x + q) + f(x) for q in steps] for p in steps]) / h**2


def _stub(f, x, h):
    raise NotImplementedError


ELLIPSE = 0.8518  # half-width of draw 5 in ln λ, gamma held: by the level, not along the axis

CASES = {
    "2.1": Case(
        [0.3162, 0.0632],
        wrong=[
            ([0.2236, 0.0447], "½"),
            ([0.1, 0.004], "squared"),
            ([0.0632, 0.3162], "swapped"),
            ([0.00632, 0.0316], "denominator"),
            ([1.0, 2.0], "flat, steep"),
            ([0.32, 0.06], "three decimals"),
        ],
        also_right=[np.sqrt([0.1, 0.004]), (0.1**0.5, 0.004**0.5)],
    ),
    "2.2": Case(
        {"b", "e"},
        wrong=[
            ({"a", "b", "e"}, "no eigenvalue zero"),
            ({"b", "d", "e"}, "second degree"),
            ({"b", "c", "e"}, "singular"),
            ({"b"}, "more of the kind"),
            ({"f"}, "some of"),
        ],
        also_right=[["e", "b"], ("B", "E")],
    ),
    "2.3": Case(
        _three_and_corners,
        wrong=[
            (lambda f, x, h: _three_and_corners(f, x, h, share=1), "4h²"),
            (lambda f, x, h: 4 * _all_corners(f, x, h), "divide by 4h²"),
            (lambda f, x, h: np.diag(np.diag(_all_corners(f, x, h))), "mixed entries"),
            (_forward, "forward"),
            (lambda f, x, h: -_all_corners(f, x, h), "whose Hessian you know"),
            (lambda f, x, h: None, "return statement"),
            (lambda f, x, h: _corners_once(f, x, 1e-3), "is to be h"),
            (_all_corners, "are enough"),
        ],
        stub=_stub,
        also_right=[_corners_once],
    ),
    "2.4": Case(
        173,
        wrong=[
            (345.4, "square"),
            (341.9, "1/L"),
            (75, "natural logarithm"),
            (24.3, "momentum"),
            (175, "rule of thumb"),
            (50, "which fraction"),
        ],
        also_right=["173", 172.68, np.float64(172.7)],
    ),
    "2.5": Case(
        "log(10)**2*(lam**2*b + lam*a)",
        wrong=[
            ("lam**2*b + lam*a", "ln λ"),
            ("log(10)**2*lam**2*b", "term of its own"),
            ("log(10)*(lam**2*b + lam*a)", "twice"),
            ("(lam**2*b + lam*a)/log(10)**2", "multiply"),
            ("log(10)**2*(lam*b + a)", "one factor"),
            ("b", "not equal"),
            ("x*b", "yours holds x"),
        ],
        also_right=[sp.log(10) ** 2 * lam * (lam * b + a), (lam * sp.log(10)) ** 2 * b + lam * a * sp.log(10) ** 2],
    ),
    "2.6": Case(
        0.611,
        wrong=[
            (0.685, "independent"),
            (0.643, "shared part"),
            (1.263, "σ enters squared"),
            (0.545, "derivative enters squared"),
            (0.243, "slope"),
            (0.3734, "h⁸"),
            (0.6, "one decimal"),
            (5, "minimise"),
        ],
        also_right=["0.61", "0.611", (864 * 0.003**2 * 0.4 / 0.16) ** 0.125],
    ),
    "2.7": Case(
        0.0786,
        wrong=[
            (0.5, "without knowing"),
            (0.1241, "variance"),
            (0.02275, "subtract"),
            (0.9214, "positive"),
            (0.1587, "not 2/2"),
            (0.3, "mean and variance"),
        ],
        also_right=[0.07865, "0.0786"],
    ),
    "2.8": Case(
        (5, 0.554, 1.41, -6.9, 0.5),
        wrong=[
            ((5, 1.0, 0.0), "five numbers"),
            ((0, 0.5, 1.0, -3.0, 1.0), "draw must be"),
            ((5, 20.0, 1.41, -6.9, 0.5), "half-width alone is another"),
            ((5, 0.277, 1.41, -6.9, 0.5), "factor of 2"),
            ((5, ELLIPSE, 1.41, -6.9, 0.5), "averaged over directions"),
            ((5, 0.554, ELLIPSE, -6.9, 0.5), "holds γ still"),
            ((5, 0.554, 1.41 / np.sqrt(2), -6.9, 0.5), "√2"),
            ((5, 0.554, 20.0, -6.9, 0.5), "half-width retuned is another"),
            ((5, 0.554, 1.41, -2.0, 0.5), "range is another"),
            ((19, 1, 1, 0, 1), "edge of the table"),
        ],
    ),
    "2.9": Case(
        (1.9, 70),
        wrong=[
            ((1, 135), "not the fastest"),
            ((1.95, 135), "needs fewer"),
            ((1.5, 89), "it takes 89"),
            ((2, 70), "2/L"),
            ((70, 1.9), "the order"),
            ((1.91, 74), "it takes 74"),
            ((1.91, 70), "it takes 74"),
            ((1.9, 69), "round up"),
            ((40 / 21, 71), "how often"),
            ((40 / 21 / 20, 70), "units of 1/L"),
            ((1.9, 35), "f − f"),
            ((1.9, 139), "millionth"),
            ((1.9, 135), "that of 1/L"),
            ((1.9, 30), "natural logarithm"),
            ((1.9, 10), "how often"),
            ((-1.9, 70), "positive"),
            ((float("nan"), 70), "positive"),
            (1.9, "two numbers"),
            ((1.9, 70, 1), "two numbers"),
        ],
        also_right=[(40 / 21, 69.02), [1.88, 70], ("1.905", "70"), np.array([1.89, 70])],
    ),
}
