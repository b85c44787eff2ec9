"""What ``check`` knows of chapter 01, gradients."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from hpmath.exercises._grading import (
    Chapter,
    Verdict,
    array,
    as_number,
    choice,
    formula,
    function,
    number,
    right,
    wrong,
)

chapter = Chapter(1)


@chapter.exercise(
    1,
    "From units to doublings",
    hints=(
        r"First the slope in $\ln\lambda$: it is $\lambda f'(\lambda)$. Then the length of a doubling in $\ln\lambda$.",
        r"A doubling is a step of $\ln 2 \approx 0.69$ in $\ln\lambda$, a decade one of $\ln 10 \approx 2.30$.",
    ),
)
def units_to_doublings(answer: Any) -> Verdict:
    slope, at = -0.8, 0.05
    return array(
        answer,
        [np.log(2) * at * slope, np.log(10) * at * slope],
        rtol=1e-2,
        mistakes=[
            ([at * slope] * 2, "both are slopes per unit of ln λ; how long is a doubling there, how long a decade?"),
            ([slope / at * np.log(2), slope / at * np.log(10)], "the slope in ln λ is λ f′, not f′/λ."),
            ([np.log10(2) * at * slope, at * slope], "you measured the steps in log10; λ f′ is the slope in ln λ."),
            ([at * slope / np.log(2), at * slope / np.log(10)], "you divided by the length of the step; multiply."),
            (
                [np.log(2) * slope, np.log(10) * slope],
                "the slope in ln λ is λ f′: where is λ = 0.05?",
            ),
            ([-np.log(2) * at * slope, -np.log(10) * at * slope], "the sizes are right, the signs are not."),
            ([np.log(10) * at * slope, np.log(2) * at * slope], "the two answers are swapped."),
        ],
        otherwise="the form is right, [per doubling, per decade]; the values are not.",
        praise="and neither number depends on the unit of λ.",
    )


@chapter.exercise(
    2,
    "Three units, one loss",
    hints=(
        r"Write $f$ in the new coordinates. A quadratic with curvatures $a$ and $b$ has condition number $a/b$.",
        r"With $u_2 = 10x_2$ the second term is $50\,(u_2/10)^2$. What are the two curvatures now?",
    ),
)
def three_units(answer: Any) -> Verdict:
    curvatures = {"a": (1.0, 100.0), "b": (1.0, 100.0 / 10**2), "c": (1.0 / 10**2, 100.0)}
    condition = {name: max(pair) / min(pair) for name, pair in curvatures.items()}
    return choice(
        answer,
        min(condition, key=lambda name: condition[name]),
        options="abc",
        mistakes={
            "a": "in the original units the curvatures are 1 and 100; one of the changes of unit makes them equal.",
            "c": "this change makes the flat direction flatter still: substitute x₁ = u₁/10 and look at the curvature.",
        },
        praise="the level sets become circles, and the first step lands in the minimum.",
    )


@chapter.exercise(
    3,
    "A quotient for the edge",
    hints=(
        r"Rounding: the numerator holds values with the weights $3$, $4$, $1$, each wrong by at most $\epsilon|f|$.",
        r"So $E(h) = \tfrac13F_3h^2 + 4\epsilon|f|/h$. Set $E'(h)=0$.",
    ),
)
def edge_quotient(answer: Any) -> Verdict:
    return formula(
        answer,
        "(6*eps*f/F3)**(1/3)",
        over={"eps": (0.1, 0.9), "f": (0.5, 3.0), "F3": (0.5, 3.0)},
        mistakes=[
            ("(3*eps*f/F3)**(1/3)", "that is the central quotient's step; here both error terms are larger."),
            ("(6*eps*f/F3)**(1/2)", "the exponent: E'(h) = 0 is an equation in h³."),
            ("(12*eps*f/F3)**(1/3)", "one factor 2 went missing: differentiate the first term again."),
            ("(3*eps*f/(2*F3))**(1/3)", "the weights 3, 4, 1 add up to 8, divided by 2h: rounding is 4εf/h."),
        ],
        otherwise="not the step with the smallest bound; a formula in eps, f and F3 is wanted.",
        praise="the same power of ε as the central quotient; the step is about a quarter longer.",
    )


def _slopes(rule: Callable[[Any, np.ndarray, np.ndarray, float], float]) -> Callable[[Any, Any, float], np.ndarray]:
    """Turn a rule for one coordinate into a gradient, to grade programs against."""

    def gradient(f: Any, x: Any, h: float) -> np.ndarray:
        x = np.asarray(x, dtype=float)
        return np.array([rule(f, x, e, h) for e in np.eye(len(x))])

    return gradient


@chapter.exercise(
    4,
    "Central differences",
    hints=(
        "Step in one coordinate at a time: `np.eye(len(x))` has the unit vectors as rows.",
        "For each unit vector $e$: the values at $x+he$ and $x-he$, their difference, divided by $2h$.",
    ),
)
def central_differences(answer: Any) -> Verdict:
    def bowl(x: Any) -> Any:
        return np.sum(np.arange(1, len(x) + 1) * np.asarray(x) ** 3)

    def wave(x: Any) -> Any:
        return np.exp(x[0] / 2) * np.cos(x[-1]) + x[0] * x[-1]

    inputs = [(bowl, np.array([0.4, -1.0, 2.0]), 0.1), (wave, np.array([0.3, 1.2]), 0.25), (wave, [1.0, -0.5], 1e-3)]
    return function(
        answer,
        _slopes(lambda f, x, e, h: (f(x + h * e) - f(x - h * e)) / (2 * h)),
        inputs,
        rtol=1e-7,
        mistakes=[
            (_slopes(lambda f, x, e, h: (f(x + h * e) - f(x)) / h), "that is the forward quotient; step both ways."),
            (_slopes(lambda f, x, e, h: (f(x + h * e) - f(x - h * e)) / h), "the two points are 2h apart, not h."),
            (_slopes(lambda f, x, e, h: (f(x - h * e) - f(x + h * e)) / (2 * h)), "the sign: ahead minus behind."),
            (_slopes(lambda f, x, e, h: (f(x + h * e) - f(x - h * e)) / 2), "divide by the distance, 2h."),
            (
                _slopes(lambda f, x, e, h: (f(x + h * np.ones_like(e)) - f(x - h * np.ones_like(e))) / (2 * h)),
                "you moved all coordinates at once; move one at a time.",
            ),
        ],
        otherwise="it runs, but the slopes are others; try it on a function whose gradient you know.",
    )


@chapter.exercise(
    5,
    "Where the complex step lies",
    hints=(
        r"Put in $x = -2 + ih$ and follow the imaginary part through each program.",
        r"`np.abs` returns the length of a complex number, which is real; $\bar z z$ is real as well.",
        r"$\sqrt{(x+ih)^2}$ is the root with the positive real part: here $-(x+ih)$.",
    ),
)
def complex_step_lies(answer: Any) -> Verdict:
    programs: dict[str, Callable[[Any], Any]] = {
        "a": lambda x: x**3 * np.exp(-x),
        "b": lambda x: np.abs(x) ** 3 + x,
        "c": lambda x: np.sqrt(x * x) * x,
        "d": lambda x: x * np.conj(x) + 3 * x,
    }
    x, h = -2.0, 1e-20
    slopes = {name: np.imag(p(x + 1j * h)) / h for name, p in programs.items()}
    truth = {name: (p(x + 1e-6) - p(x - 1e-6)) / 2e-6 for name, p in programs.items()}
    wrong_ones = {name for name in programs if abs(slopes[name] - truth[name]) > 1e-3}
    return choice(
        answer,
        wrong_ones,
        options="abcd",
        mistakes={
            "a": "powers and exp are analytic: (a) is right.",
            "c": "follow the root: √((x+ih)²) = −(x+ih) at x = −2, and −1 is the slope of |x| there. (c) is right.",
        },
        praise="two of the four are wrong, and neither complains.",
    )


@chapter.exercise(
    6,
    "Teach the dual number a function",
    hints=(
        "A rule maps the value to the slope of the function there; the chain rule is the class's business.",
        r"Write $\sigma(z) = 1/(1+e^{-z})$ and differentiate: the result can be written in $\sigma$ alone.",
    ),
)
def teach_dual(answer: Any) -> Verdict:
    from scipy.special import expit

    inputs = [(np.array([-3.0, -0.5, 0.0, 1.5]),), (np.array([15.0, -15.0]),), (np.array(2.0),)]
    return function(
        answer,
        lambda z: expit(z) * expit(-z),
        inputs,
        atol=0.0,
        rtol=1e-3,
        mistakes=[
            (lambda z: expit(z), "that is the function's value; its slope is wanted."),
            (lambda z: z * (1 - z), "that is right if z were σ already; the rule gets the argument z."),
            (lambda z: expit(z) * (1 + expit(z)), "the sign inside: differentiate 1/(1+e^{-z}) again."),
            (lambda z: np.exp(-z) / (1 + np.exp(-z)), "the denominator is squared."),
        ],
        otherwise="not the slope of the logistic function; compare it with a central difference at z = 1.",
    )


@chapter.exercise(
    7,
    "The best step in noise",
    hints=(
        r"The correlation is the same at every distance, so the formula for a constant $\rho$ applies.",
        r"A difference keeps the noise variance $2\sigma^2(1-\rho)$; the best step solves an equation in $h^6$.",
    ),
)
def best_step_in_noise(answer: Any) -> Verdict:
    sigma, rho, third = 0.004, 0.8, 0.05
    return number(
        answer,
        (9 * sigma**2 * (1 - rho) / third**2) ** (1 / 6),
        rtol=2e-2,
        mistakes=[
            (
                (9 * sigma**2 / third**2) ** (1 / 6),
                "that leaves ρ out: the shared folds cancel a part of the noise.",
            ),
            ((8 * sigma**2 * (1 - rho) / third**2) ** (1 / 4), "that is the forward quotient's formula."),
            ((9 * sigma * (1 - rho) / third**2) ** (1 / 6), "σ enters squared."),
            ((9 * sigma**2 * (1 - rho) / third**2) ** (1 / 3), "the equation is one in h⁶."),
            ((9 * sigma**2 * (1 + rho) / third**2) ** (1 / 6), "a shared fold cancels: 1 − ρ, not 1 + ρ."),
            ((9 * sigma**2 * rho / third**2) ** (1 / 6), "what cancels is the share ρ; 1 − ρ is left."),
        ],
        praise="half a decade: with noise, the step is no longer small.",
    )


@chapter.exercise(
    8,
    "Is it a minimum of the box?",
    hints=(
        r"Inside, the slope must be zero. A lower edge allows a positive one, an upper edge a negative one.",
        "Ask of each point: is there a move that stays in the box and goes downhill?",
    ),
)
def box_minimum(answer: Any) -> Verdict:
    low, high = np.zeros(2), np.ones(2)
    points = {
        "a": ([0.0, 0.5], [0.3, 0.0]),
        "b": ([1.0, 0.5], [0.3, 0.0]),
        "c": ([0.0, 1.0], [0.2, -0.7]),
        "d": ([0.5, 1.0], [0.1, -0.4]),
        "e": ([0.4, 0.6], [0.0, 0.0]),
    }

    def stationary(x: list[float], g: list[float]) -> bool:
        moved = np.clip(np.array(x) - np.array(g), low, high)
        return bool(np.allclose(moved, x))

    return choice(
        answer,
        {name for name, (x, g) in points.items() if stationary(x, g)},
        options="abcde",
        mistakes={
            "b": "at (b) the first knob stands at its upper edge and its slope is positive: turn it down.",
            "d": "at (d) the first knob is inside with the slope 0.1: turn it down.",
        },
        praise="first order only: of (e) nothing more is known than that it is flat.",
    )


@chapter.exercise(
    9,
    "A slope you would sign",
    hints=(
        "`t_interval` takes one quotient per repetition; both points of a quotient should share their folds.",
        "With fresh folds a small $h$ leaves zero inside; a large $h$ is biased. Compare steps by paired differences.",
    ),
)
def signed_slope(answer: Any) -> Verdict:
    try:
        step, low, high = (float(value) for value in answer)
    except (TypeError, ValueError):
        return wrong("three numbers are wanted: (h, low, high), the step in decades and the interval for the slope.")
    if not (low < high and step > 0):
        return wrong("the step must be positive and low must lie below high.")
    from hpmath.losses import recorded
    from hpmath.stats import t_interval

    table = recorded("cv_noise")
    gamma, losses = table["log10_gamma"], table["log_loss"].mean(axis=2)

    def column(where: float) -> Any:
        return losses[:, np.argmin(abs(gamma - where))]

    if not all(np.isclose(gamma, -4 + shift).any() for shift in (step, -step)):
        return wrong("the table has no two points at that distance on either side of γ = 1e-4.")
    if low <= 0 <= high:
        return wrong("the interval holds zero, so the sign of the slope is not known yet: noise is divided by h.")
    quotients = {h: (column(-4 + h) - column(-4 - h)) / (2 * h) for h in (0.01, 0.02, 0.05, step)}
    honest = t_interval(quotients[step][:10])
    if max(abs(low - honest.low), abs(high - honest.high)) > 0.3 * honest.width:
        return wrong("the first ten repetitions, with common folds at that h, give another interval.")
    truth = t_interval(np.mean([quotients[h] for h in (0.01, 0.02, 0.05)], axis=0))  # of all, where no bias shows
    if high < truth.low or truth.high < low:
        return wrong("the interval is narrow but misses the slope: is h so large that bias shows?")
    return right("the sign is settled, and the interval is one that you can defend.")


@chapter.exercise(
    10,
    "What a unit can mend",
    hints=(
        "Focus the slider “Your unit of x₂” and use the arrow keys; the number in your units falls, then rises.",
        r"With $x_2 = su_2$ the Hessian's entries are $H_{11}$, $sH_{12}$, $s^2H_{22}$. Make the diagonal equal.",
    ),
)
def unit_can_mend(answer: Any) -> Verdict:
    from hpmath.objectives import quadratic

    try:
        unit, condition = (as_number(part) for part in answer)
    except (TypeError, ValueError):
        return wrong("two numbers are wanted: (unit, condition).")
    if unit is None or condition is None:
        return wrong("two numbers are wanted: (unit, condition).")
    if unit <= 0 or condition <= 0:
        return wrong("a unit is positive, and a condition number is at least 1.")
    kappa = 20.0
    slope = quadratic(kappa, rotation=np.radians(20)).gradient
    H = np.array([slope(e) for e in np.eye(2)])  # the gradient of a bowl at a unit vector is a column of its Hessian
    best = float(np.sqrt(H[0, 0] / H[1, 1]))

    def seen(s: float) -> float:
        return float(np.linalg.cond(np.diag([1, s]) @ H @ np.diag([1, s])))

    least = seen(best)
    near, low = abs(unit / best - 1) <= 0.06, abs(condition / least - 1) <= 0.01
    if near and low:
        return right("one unit makes the diagonal equal; the tilt between the axes stays.")
    if abs(unit / least - 1) <= 0.01 and abs(condition / best - 1) <= 0.06:
        return wrong("the two answers are swapped: (unit, condition).")
    if abs(condition - 1) <= 0.02:
        return wrong("circles are in reach at rotation 0; the question is about the rotation of 20°.")
    if abs(condition / kappa - 1) <= 0.01:
        return wrong("that is where the figure starts, in the units given: move the unit of x₂.")
    if low and abs(unit * best - 1) <= 0.06:
        return wrong("the unit is upside down: how much of the old x₂ is one of yours?")
    if low and abs(unit / best**2 - 1) <= 0.06:
        return wrong("the condition number is right; the unit is the root of that: it enters the Hessian squared.")
    if low:
        return wrong("the condition number will do; the unit is not at the bottom: see where it rises on both sides.")
    if near:
        return wrong("the unit is right; read the condition number in your units, not the one given.")
    if abs(condition / seen(unit) - 1) <= 0.02:
        return wrong("these belong together, but another unit does better: go on while the number falls.")
    return wrong("neither; start again, leave κ at 20 and the rotation at 20°, and move the unit alone.")
