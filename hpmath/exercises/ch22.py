"""What ``check`` knows of chapter 22, acquisition."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import erfcx, log_ndtr, ndtr

from hpmath.acquisition import (
    expected_improvement,
    feasibility,
    lower_confidence_bound,
    probability_of_improvement,
)
from hpmath.exercises._grading import Chapter, Verdict, array, as_number, called, choice, function, number, right, wrong
from hpmath.losses import recorded
from hpmath.stats import t_interval

chapter = Chapter(22)


@chapter.exercise(
    1,
    "Two candidates by hand",
    hints=(
        r"$z = (f^\ast - \mu)/\sigma$ for each: how many standard deviations does the mean promise?",
        r"PI is $\Phi(z)$; EI is $\sigma\,[z\,\Phi(z) + \varphi(z)]$, with $\Phi(1) \approx 0.841$, $\varphi(1) \approx 0.242$, $\Phi(-0.5) \approx 0.309$, $\varphi(-0.5) \approx 0.352$.",  # noqa: E501
    ),
)
def two_candidates(answer: Any) -> Verdict:
    mean, std, best = np.array([0.29, 0.35]), np.array([0.01, 0.10]), 0.30
    pi, ei = probability_of_improvement(mean, std, best), expected_improvement(mean, std, best)
    z = (best - mean) / std
    upside_down = ndtr(-z), std * (-z * ndtr(-z) + np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi))

    def order(p: Any, e: Any) -> list[float]:
        return [p[0], e[0], p[1], e[1]]

    return array(
        answer,
        order(pi, ei),
        rtol=2e-2,
        atol=0.0,
        mistakes=[
            (order(*upside_down), "that is for maximisation: z = (f⋆ − μ)/σ, positive where the mean is *below*."),
            (order(pi, ei / std), "EI is in units of the loss: where is the factor σ?"),
            (order(ei, pi), "PI and EI are swapped."),
            ([pi[0], pi[1], ei[0], ei[1]], "the order is PI_A, EI_A, PI_B, EI_B."),
        ],
        otherwise="the form is right, [PI_A, EI_A, PI_B, EI_B]; at least one value is not, to two significant digits.",
        praise="PI takes A and gains a hundredth; EI takes B.",
    )


@chapter.exercise(
    2,
    "A lucky incumbent",
    hints=(
        r"How much mean does EI give for a unit of deviation, and how does that change with $z$?",
        r"$\varphi(z)/\Phi(z)$ rises as $z$ falls, and a lower $f^\ast$ lowers every $z$.",
    ),
)
def lucky_incumbent(answer: Any) -> Verdict:
    return choice(
        answer.strip().strip("()") if isinstance(answer, str) else answer,
        "b",
        options="abc",
        mistakes={
            "a": "a target further away can be met by luck only: which candidates have more of it?",
            "c": "it may stay for a small change; but the price of uncertainty changes with f⋆, and the level lines with it.",  # noqa: E501
        },
        praise="an incumbent that flatters itself makes EI explore more than you meant.",
    )


@chapter.exercise(
    3,
    "The price of uncertainty",
    hints=(
        r"On a level line EI does not change: $-\Phi(z)\,\mathrm{d}\mu + \varphi(z)\,\mathrm{d}\sigma = 0$.",
        r"At $\mu = f^\ast$, $z = 0$: $\varphi(0) = 1/\sqrt{2\pi}$ and $\Phi(0) = 1/2$.",
    ),
)
def price_of_uncertainty(answer: Any) -> Verdict:
    density = 1 / np.sqrt(2 * np.pi)
    return number(
        answer,
        2 * density,
        rtol=2e-2,
        mistakes=[
            (density, "that is ∂EI/∂σ; divide by the size of ∂EI/∂μ."),
            (density / 2, "divide by Φ(0), not multiply."),
            (1 / (2 * density), "that is dσ/dμ, the inverse."),
        ],
        praise="about 0.8 where μ = f⋆, more where z is negative.",
    )


def _worth(mean: Any, std: Any, best: Any, seconds: Any, c_mean: Any, c_std: Any) -> Any:
    return expected_improvement(mean, std, best) * feasibility(c_mean, c_std, 0.0) / seconds


@chapter.exercise(
    4,
    "Worth the seconds, and allowed",
    hints=(
        "Independent: the expectation of a product is the product of the expectations.",
        "`feasibility(c_mean, c_std, 0.0)` is the probability that the constraint holds.",
    ),
)
def worth(answer: Any) -> Verdict:
    rng = np.random.default_rng(22)

    def columns(n: int) -> tuple[Any, ...]:
        m, s = rng.normal(0.3, 0.1, n), rng.uniform(0.02, 0.2, n)
        return m, s, 0.25, rng.uniform(0.5, 5, n), rng.normal(0, 1, n), rng.uniform(0.3, 2, n)

    return function(
        answer,
        _worth,
        [columns(1), columns(7)],
        rtol=1e-6,
        atol=1e-12,
        mistakes=[
            (
                lambda m, s, b, t, cm, cs: expected_improvement(m, s, b) * (1 - feasibility(cm, cs, 0.0)) / t,
                "you counted the trials that are *not* allowed.",
            ),
            (
                lambda m, s, b, t, cm, cs: expected_improvement(m, s, b) * feasibility(cm, cs, 0.0),
                "where are the seconds?",
            ),
            (
                lambda m, s, b, t, cm, cs: expected_improvement(m, s, b) * feasibility(cm, cs, 0.0) * t,
                "per second: divide by the seconds.",
            ),
            (lambda m, s, b, t, cm, cs: expected_improvement(m, s, b) / t, "where is the constraint?"),
            (
                lambda m, s, b, t, cm, cs: expected_improvement(m, s, b) * (np.asarray(cm) <= 0) / t,
                "the constraint is predicted, not known: its probability counts, not the sign of its mean.",
            ),
        ],
        praise="in logarithms it is a sum, which does not underflow.",
    )


def _log_pi(z: Any) -> Any:
    z = np.asarray(z, dtype=float)
    low = np.minimum(z, 0.0)
    return np.where(z < 0, np.log(erfcx(-low / np.sqrt(2)) / 2) - low**2 / 2, np.log1p(-ndtr(-np.maximum(z, 0.0))))


@chapter.exercise(
    5,
    "The logarithm of a probability",
    hints=(
        r"$\Phi(z) = \frac12 \mathrm{erfc}(-z/\sqrt2)$; $\mathrm{erfcx}(u) = e^{u^2}\mathrm{erfc}(u)$ keeps digits.",
        r"Take the logarithm of the product by hand. For $z \ge 0$ use another form: erfcx is huge there.",
    ),
)
def log_probability(answer: Any) -> Verdict:
    z = np.array([-1e6, -1e3, -40.0, -9.0, -1.0, -1e-3, 0.0, 0.5, 3.0, 8.0, 10.0])
    if not callable(answer):
        return function(answer, _log_pi, [(z,)])
    with np.errstate(all="ignore"):
        given = called(answer, z.copy())
    if isinstance(given, Verdict):
        return given
    try:
        values = np.asarray(given, dtype=float)
    except (TypeError, ValueError):
        return wrong("your function must return numbers.")
    if values.shape != z.shape:
        return wrong(f"your function must return shape {z.shape} for z of that shape, it returned {values.shape}.")
    off = np.abs(values - log_ndtr(z)) > 1e-8 * np.abs(log_ndtr(z)) + 1e-15
    if not off.any():
        used = getattr(getattr(answer, "__code__", None), "co_names", ())
        if answer is log_ndtr or getattr(answer, "__name__", "") == "logcdf" or {"log_ndtr", "logcdf"} & set(used):
            return wrong("right, but that is the library's: write it yourself, with erfcx.")
        return right("and the slope of it, φ/Φ, is as safe.")
    if np.isneginf(values[z < -30]).any():
        return wrong("it is −inf far out: Φ underflows before the logarithm is taken.")
    if not np.isfinite(values[z >= 0]).all():
        return wrong("for large z erfcx overflows: use another form for z ≥ 0.")
    if np.allclose(values[z < 0], log_ndtr(z[z < 0]) + np.log(2), rtol=1e-8):
        return wrong("a factor 1/2 went missing: Φ(z) is half of erfc.")
    if off[z >= 0].any() and not off[z < 0].any():
        return wrong("right for z < 0; for z ≥ 0 two large numbers cancel: use another form there.")
    return wrong(f"at z = {z[np.argmax(off)]:g} it is off by more than eight digits.")


@chapter.exercise(
    6,
    "The β of the theorem",
    hints=(
        r"How many settings are there? Multiply.",
        r"$\beta_t = 2\ln(|D|\,t^2\pi^2/6\delta)$ is theory's; the function's `beta` multiplies $\sigma$.",
    ),
)
def beta_of_the_theorem(answer: Any) -> Verdict:
    size, t, delta = 10 * 10 * 3 * 10 * 10, 25, 0.1

    def beta(size: float, t: float, inside: float = 1.0) -> float:
        return float(2 * np.log(size * t * np.pi**2 / (6 * delta) * inside))

    low = "either t² is missing inside the logarithm, or the numbers of levels were added: multiply them."
    return number(
        answer,
        np.sqrt(beta(size, t**2)),
        rtol=8e-3,
        mistakes=[
            (beta(size, t**2), "that is theory's β_t; what multiplies σ is its square root."),
            (np.sqrt(beta(size, t)), "t is squared inside the logarithm."),
            *((slip, low) for slip in (np.sqrt(beta(size, 1)), np.sqrt(beta(43, t**2)))),  # 5.12 and 5.10
            (np.sqrt(beta(size, t**2) / 2), "a factor 2 stands before the logarithm."),
            (np.sqrt(beta(size, t**2, delta**2)), "δ stands in the denominator."),
        ],
        praise="with 10⁵ times as many settings it grows by a quarter; the logarithm is kind, the bound is not.",
    )


@chapter.exercise(
    7,
    "Percent instead of shares",
    hints=(
        r"Which rules depend on $z = (f^\ast - \mu)/\sigma$ only? What happens to $z$?",
        "A rule that becomes 100 times as large everywhere chooses the same trial.",
        r"$\xi$ is in units of the loss. In percent the old margin would be $100\,\xi$.",
    ),
)
def percent(answer: Any) -> Verdict:
    same = "it scales with the loss, or not at all: write it with 100μ, 100σ, 100f⋆."
    return choice(
        answer,
        {"d", "f"},
        options="abcdefg",
        mistakes=dict.fromkeys("abce", same)
        | {"g": "γ = (μ − minimum)/σ does not change when all three are in percent."},
        praise="a margin is a number with a unit.",
    )


@chapter.exercise(
    8,
    "A claim that you would sign",
    hints=(
        "Regret so far: the minimum over the first `trials` columns of `table[problem + '_regret']`, rules × seeds × trials.",  # noqa: E501
        "On the first 15 seeds look for a difference that is large beside its scatter, not the largest mean.",
        "`t_interval(B - A)` on the seeds 15 to 29, the difference taken seed by seed.",
    ),
)
def claim(answer: Any) -> Verdict:
    try:
        problem, trials, a, b, low, high = answer
    except (TypeError, ValueError):
        return wrong("six entries are wanted: problem, trials, A, B, low, high.")
    table = recorded("acquisition_rules")
    names = table["meta"]["rules"]
    if problem not in ("svm", "segment", "valleys"):
        return wrong(f"the problem is 'svm', 'segment' or 'valleys', got {problem!r}.")
    for name in (a, b):
        if name not in names:
            return wrong(f"the rules are {', '.join(names)}; got {name!r}.")
    if a == b:
        return wrong("A and B are the same rule: a claim compares two.")
    count, bottom, top = as_number(trials), as_number(low), as_number(high)
    if count is None or count != int(count) or not 10 <= count <= 30:
        return wrong(f"trials is a whole number from 10 to 30, got {trials!r}.")
    if bottom is None or top is None or not bottom < top:
        return wrong("low and high are two numbers, low < high.")
    ends = (bottom, top)
    regret = table[f"{problem}_regret"][:, :, : int(count)].min(axis=2).astype(float)
    gain = regret[names.index(b)] - regret[names.index(a)]

    def near(interval: Any) -> bool:
        slack = 0.12 * max(interval.high - interval.low, 1e-12)  # a bootstrap's ends differ from Student's
        return bool(abs(ends[0] - interval.low) <= slack and abs(ends[1] - interval.high) <= slack)

    fresh, old, everything = t_interval(gain[15:]), t_interval(gain[:15]), t_interval(gain)
    if np.allclose(ends, [old.low, old.high], rtol=1e-6) and not np.allclose(ends, [fresh.low, fresh.high], rtol=1e-6):
        return wrong("that is the interval of the seeds 0 to 14, which chose the claim.")
    if near(fresh):
        caution = "The check cannot know which seeds chose it; a second try is chosen on these."
        if ends[0] > 0:
            verdict = "your claim survived on seeds 15 to 29, if they had no part in choosing it."
        elif ends[1] < 0:
            verdict = "your claim did not survive: on seeds 15 to 29 it is the wrong way round."
        else:
            verdict = "your claim did not survive: on seeds 15 to 29 the interval does not settle the sign."
        return right(f"the interval is correct; {verdict} {caution}")
    if near(t_interval(-gain[15:])):
        return wrong("the difference is regret(B) − regret(A), positive where A is better.")
    if near(old):
        return wrong("that is the interval of the seeds 0 to 14, which chose the claim.")
    if near(everything):
        return wrong("that is the interval of all 30 seeds; half of them chose the claim.")
    return wrong("the interval is not that of the paired differences on the seeds 15 to 29.")


@chapter.exercise(
    9,
    "How optimistic",
    hints=(
        "Focus the slider of β and use the arrow keys; the dashed line creeps, and then it jumps.",
        "Go back one step, to see that it was the first: LCB must still suggest a point in the valley there.",
    ),
)
def how_optimistic(answer: Any) -> Verdict:
    from hpmath.gaussian_process import GaussianProcess
    from hpmath.kernels import Matern52

    try:
        beta, x = (as_number(part) for part in answer)
    except (TypeError, ValueError):
        return wrong("two numbers are wanted: (beta, x).")
    if beta is None or x is None:
        return wrong("two numbers are wanted: (beta, x).")
    X, y, grid = np.array([[0.08, 0.22, 0.34, 0.46, 0.9]]).T, [0.9, -0.3, -0.9, -0.1, 0.8], np.linspace(0, 1, 201)
    gp = GaussianProcess(Matern52(0.2), noise=0.05**2, normalize_y=False, optimize=False).fit(X, y)
    mean, std = gp.predict(grid[:, None], return_std=True)

    def suggested(beta: float) -> float:
        return float(grid[np.argmax(lower_confidence_bound(mean, std, beta))])

    betas = np.arange(0, 5, 0.005)
    switch = float(next(beta for beta in betas if suggested(beta) > 0.46))
    best = float(gp.predict(X).min())
    beside = float(grid[np.argmax(expected_improvement(mean, std, best))])
    first = switch - 0.015 <= beta <= switch + 0.06  # the slider goes in steps of 0.05
    there = abs(x - suggested(switch)) <= 0.02
    if first and there:
        return right("β = 1 was far from enough, and scikit-optimize's default of 1.96 would not have been either.")
    if any(abs(beta - other) <= 0.06 for other in (switch**2, (switch + 0.02) ** 2)):
        return wrong("that is β squared, as theory writes it; what multiplies σ is asked for.")
    if first and abs(x - beside) <= 0.02:
        return wrong("β is right; the point is still that of EI, in the valley. Where does the dashed line jump to?")
    if first:
        return wrong("β is right; read the point from the sentence, “LCB suggests …”.")
    if beta < switch:
        return wrong(f"at β = {beta:g} LCB still suggests a point in the valley; is the rule LCB, and no trial moved?")
    if there:
        return wrong("the point is right, but LCB had left the valley before: go back while it stays there.")
    return wrong("at a smaller β it has left the valley already; and that is not where it goes.")
