"""What ``check`` knows of chapter 02, hessians."""

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

chapter = Chapter(2)


@chapter.exercise(
    1,
    "Room in each direction",
    hints=(
        "Along an eigenvector the loss rises by ½λt² over the distance t; λ is the eigenvalue.",
        "Solve ½λt² = 0.001 for t, once for each eigenvalue.",
    ),
)
def room(answer: Any) -> Verdict:
    curvatures, rise = np.array([0.02, 0.5]), 0.001
    truth = np.sqrt(2 * rise / curvatures)
    return array(
        answer,
        truth,
        rtol=1e-2,
        mistakes=[
            (np.sqrt(rise / curvatures), "the model is ½λt²: where did the ½ go?"),
            (2 * rise / curvatures, "that is the distance squared."),
            (truth[::-1], "the two answers are swapped: the small eigenvalue leaves the larger room."),
            (np.sqrt(2 * rise * curvatures), "the eigenvalue belongs in the denominator: more curvature, less room."),
        ],
        otherwise="not these two values; give three decimals, [flat, steep].",
        praise="a factor of two one way, of 1.16 the other, and the axes need not be those of the knobs.",
    )


@chapter.exercise(
    2,
    "Which does the Hessian decide?",
    hints=(
        "Only terms of second degree reach the Hessian at the origin. Which of the eigenvalues are zero?",
        "A zero eigenvalue leaves the question open only if the others do not already have both signs.",
    ),
)
def undecided(answer: Any) -> Verdict:
    hessians = {
        "a": [[2, 1], [1, 2]],
        "b": [[2, -2], [-2, 2]],
        "c": np.diag([2, -2, 0]),
        "d": np.diag([-1, -2]),
        "e": np.zeros((3, 3)),
    }

    def is_open(H: Any) -> bool:
        values = np.linalg.eigvalsh(np.asarray(H, dtype=float))
        zero, up, down = np.abs(values) < 1e-12, values > 1e-12, values < -1e-12
        return bool(zero.any() and not (up.any() and down.any()))

    return choice(
        answer,
        {name for name, H in hessians.items() if is_open(H)},
        options="abcde",
        mistakes={
            "a": "(a) has no eigenvalue zero.",
            "c": "a singular Hessian does not always leave the question open: look at the signs of the eigenvalues.",
            "d": "cos x has a term of second degree.",
        },
        praise="and what these two are, no second derivative at the origin can tell.",
    )


def _matrix(entry: Callable[[Any, Any, Any, Any], float]) -> Callable[[Any, Any, float], np.ndarray]:
    """Turn a rule for one entry, f, x and two steps, into a Hessian, to grade programs against."""

    def hessian(f: Any, x: Any, h: float) -> np.ndarray:
        x, steps = np.asarray(x, dtype=float), h * np.eye(len(x))
        return np.array([[entry(f, x, a, b) for b in steps] for a in steps]) / h**2

    return hessian


def _corners(f: Any, x: Any, a: Any, b: Any) -> Any:
    return f(x + a + b) - f(x + a - b) - f(x - a + b) + f(x - a - b)


def _three(f: Any, x: Any, a: Any, b: Any) -> Any:
    return f(x + a) - 2 * f(x) + f(x - a)


@chapter.exercise(
    3,
    "A Hessian from values",
    hints=(
        "`h * np.eye(len(x))` has the steps as rows; the formula with four corners takes two different ones.",
        "By symmetry each pair is needed once; on the diagonal the second difference of chapter 01 needs three values.",
    ),
)
def from_values(answer: Any) -> Verdict:
    def bowl(x: Any) -> Any:
        return x[0] ** 2 + 3 * x[0] * x[1] + x[1] ** 3 + x[1] * x[2] ** 2

    def wave(x: Any) -> Any:
        return np.exp(x[0] / 2) * np.cos(x[1]) + x[0] ** 2 * x[1]

    def truth(f: Any, x: Any, h: float) -> np.ndarray:
        if f is bowl:
            return np.array([[2, 3, 0], [3, 6 * x[1], 2 * x[2]], [0, 2 * x[2], 2 * x[1]]])
        e, c, s = np.exp(x[0] / 2), np.cos(x[1]), np.sin(x[1])
        return np.array([[e * c / 4 + 2 * x[1], 2 * x[0] - e * s / 2], [2 * x[0] - e * s / 2, -e * c]])

    inputs = [(bowl, np.array([0.4, -1.0, 2.0]), 1e-3), (wave, np.array([0.3, 1.2]), 1e-3), (wave, [1.0, -0.5], 1e-3)]
    verdict = function(
        answer,
        truth,
        inputs,
        rtol=1e-4,
        atol=1e-4,
        mistakes=[
            (
                _matrix(lambda f, x, a, b: _three(f, x, a, b) if (a == b).all() else _corners(f, x, a, b)),
                "the corners are 2h apart both ways: divide the mixed difference by 4h².",
            ),
            (_matrix(_corners), "with steps of h both ways the corners are 2h apart: divide by 4h²."),
            (
                _matrix(lambda f, x, a, b: _three(f, x, a, b) if (a == b).all() else 0.0),
                "the mixed entries are missing.",
            ),
            (
                _matrix(lambda f, x, a, b: f(x + a + b) - f(x + a) - f(x + b) + f(x)),
                "that is the forward difference, wrong by a multiple of h; step both ways.",
            ),
        ],
        otherwise="it runs, but the entries are others; try it on x² + 3xy, whose Hessian you know.",
    )
    if not verdict:
        return verdict
    calls = []

    def quartic(x: Any) -> Any:
        calls.append(1)
        return x[0] ** 4 + x[1] ** 2 + x[2] ** 2

    corner = float(np.asarray(answer(quartic, np.zeros(3), 0.5))[0, 0])  # 2h² with three values, 8h² with corners
    if not 0.4 < corner < 2.1:
        return wrong("the step is to be h: on x⁴ at zero with h = 0.5 the second difference differs from zero.")
    if len(calls) > 21:
        return wrong(f"the entries are right, with {len(calls)} calls of f for d = 3; 2d² + d = 21 are enough.")
    return verdict


@chapter.exercise(
    4,
    "Steps in a valley",
    hints=(
        "κ = 5/0.1. Which fraction of f − f* does one step leave, by the theorem on the best fixed step?",
        "After n steps n such factors are left; take logarithms.",
    ),
)
def steps_in_a_valley(answer: Any) -> Verdict:
    kappa, goal = 5 / 0.1, np.log(1e6)
    rate = np.log((kappa - 1) / (kappa + 1))
    return number(
        answer,
        goal / (-2 * rate),
        rtol=5e-3,
        mistakes=[
            (goal / -rate, "that is for the distance; f − f* shrinks by its square."),
            (goal / (-2 * np.log(1 - 1 / kappa)), "that is the step 1/L; the best fixed step is twice as fast here."),
            (3.5 * kappa, "that is the rule of thumb 3.5 κ; take the rate itself."),
            (6 / (-2 * rate), "take the natural logarithm of a million, as of the rate."),
            (
                goal / (-2 * np.log((np.sqrt(kappa) - 1) / (np.sqrt(kappa) + 1))),
                "that is momentum's rate, with the root of κ.",
            ),
        ],
        otherwise="that is not the number of steps; which fraction of f − f* does one step leave?",
        praise="the rule of thumb 3.5 κ is close, 175.",
    )


@chapter.exercise(
    5,
    "A curvature in decades",
    hints=(
        "First in u = ln λ: the chain rule applied twice leaves two terms.",
        "A decade is ln 10 units of u. How often does a second derivative take such a factor?",
    ),
)
def curvature_in_decades(answer: Any) -> Verdict:
    return formula(
        answer,
        "log(10)**2*(lam**2*b + lam*a)",
        over={"lam": (0.2, 3.0), "a": (-2.0, 2.0), "b": (0.5, 3.0)},
        mistakes=[
            ("lam**2*b + lam*a", "that is the curvature in ln λ; a decade is longer than one unit of it."),
            ("log(10)**2*lam**2*b", "away from a critical point the slope has a term of its own."),
            ("log(10)*(lam**2*b + lam*a)", "a second derivative takes the factor of the unit twice."),
            ("(lam**2*b + lam*a)/log(10)**2", "a decade is longer than a unit of ln λ: multiply."),
            ("log(10)**2*(lam*b + a)", "one factor λ for each derivative: λ² at the curvature, λ at the slope."),
        ],
        otherwise="not equal to the right one; try it on f = λ², where f is 10^(2t) in decades t.",
        praise="at a critical point only λ² b ln² 10 is left.",
    )


@chapter.exercise(
    6,
    "A step for a curvature",
    hints=(
        "The bias of a second difference grows like h², its variance like h⁻⁴: the section on noisy values has both.",
        "At the best step the bias and the standard deviation are equal. Which part of σ² does a difference keep?",
    ),
)
def step_for_curvature(answer: Any) -> Verdict:
    sigma, rho, fourth = 0.003, 0.6, 0.4
    return number(
        answer,
        (864 * sigma**2 * (1 - rho) / fourth**2) ** (1 / 8),
        rtol=1e-2,
        mistakes=[
            ((864 * sigma**2 / fourth**2) ** (1 / 8), "that is for independent values; what is shared cancels."),
            (
                (864 * sigma**2 * rho / fourth**2) ** (1 / 8),
                "that is the shared part of the noise; in a difference, what becomes of it?",
            ),
            ((864 * sigma * (1 - rho) / fourth**2) ** (1 / 8), "σ enters squared."),
            ((864 * sigma**2 * (1 - rho) / fourth) ** (1 / 8), "the fourth derivative enters squared."),
            ((9 * sigma**2 * (1 - rho) / fourth**2) ** (1 / 6), "that is the best step for a slope."),
            ((864 * sigma**2 * (1 - rho) / fourth**2) ** (1 / 4), "the equation is one in h⁸."),
            (0.6, "right to one decimal; give two."),
        ],
        otherwise="that is not the step; minimise squared bias plus variance.",
        praise="six tenths of a decade, a factor of four in the knob; bias and standard deviation are equal there.",
    )


@chapter.exercise(
    7,
    "What the process expects",
    hints=(
        "Of two jointly normal variables, f″ given f is normal with the mean f · Cov(f, f″) / Var f.",
        "Its variance is Var f″ − Cov(f, f″)² / Var f; the chapter has these moments for the RBF kernel.",
    ),
)
def process_expects(answer: Any) -> Verdict:
    from scipy.special import ndtr

    return number(
        answer,
        float(ndtr(-np.sqrt(2.0))),
        rtol=1e-2,
        mistakes=[
            (0.5, "that is without knowing the value; at a low point the process bends up."),
            (float(ndtr(-2 / np.sqrt(3))), "the variance: knowing f takes away a part of 3s²/ℓ⁴."),
            (float(ndtr(-2)), "the conditional variance of the curvature is not s²/ℓ⁴; subtract from 3s²/ℓ⁴."),
            (float(ndtr(np.sqrt(2.0))), "that is the probability of a positive curvature."),
            (float(ndtr(-1)), "mean over standard deviation is 2/√2, not 2/2."),
        ],
        otherwise="that is not the probability; find mean and variance of f″ given f first.",
        praise="one in thirteen: low does not quite mean valley.",
    )


@chapter.exercise(
    8,
    "How precisely must λ be tuned?",
    hints=(
        "`examine(errors[draw])` of the chapter returns H, Sigma, the level, the rise and its standard error.",
        "(i) needs Sigma and H, (ii) the level and the inverse of H, (iii) the points where `rise <= se`.",
    ),
)
def how_precisely(answer: Any) -> Verdict:
    try:
        draw, alone, retuned, low, high = (float(value) for value in answer)
    except (TypeError, ValueError):
        return wrong("five numbers are wanted: (draw, alone, retuned, lowest, highest), the last four in ln λ.")
    if draw not in range(1, 24):
        return wrong("draw must be one of 1 … 23; draw 0 is the chapter's.")
    x, H, level, single, reach = _flatness(int(draw))
    if np.linalg.eigvalsh(H)[0] <= 0 or not -6.9 < x < 2.7:
        return wrong("the minimum of this draw lies on the edge of the table: its Hessian is no guide, take another.")
    ellipse, tuned = np.sqrt(2 * level / H[0, 0]), np.sqrt(2 * level * np.linalg.inv(H)[0, 0])
    if not np.isclose(alone, single, rtol=0.05):
        if np.isclose(alone, ellipse, rtol=0.03):
            return wrong("(i): that is the ellipse's, averaged over directions; along one axis the error is known.")
        if np.isclose(2 * alone, single, rtol=0.03):
            return wrong("(i): off by a factor of 2: the model is ½H₁₁t², its error √Σ₁₁ t.")
        return wrong("(i): the half-width alone is another; where does ½H₁₁t² equal √Σ₁₁ t?")
    if np.isclose(retuned, ellipse, rtol=0.03):
        return wrong("(ii): that half-width holds γ still; if γ is tuned again, the inverse of H decides.")
    if np.isclose(retuned, tuned / np.sqrt(2), rtol=0.03) or np.isclose(retuned, tuned * np.sqrt(2), rtol=0.03):
        return wrong("(ii): off by √2: the model is ½ΔᵀHΔ, and δ = (2/d) tr(H⁻¹Σ) with d = 2.")
    if not np.isclose(retuned, tuned, rtol=0.05):
        return wrong("(ii): the half-width retuned is another: how far does the ellipse reach along ln λ?")
    if not (abs(low - reach[0]) <= 0.25 and abs(high - reach[1]) <= 0.25):
        return wrong(
            "(iii): the range is another: over all γ, where is the paired difference at most its standard error?"
        )
    edge = " The lowest value is censored: the table ends there." if reach[0] < -6.85 else ""
    return right(f"which of them belongs into the report depends on whether γ will follow.{edge}")


def _flatness(draw: int) -> tuple[float, np.ndarray, float, float, tuple[float, float]]:
    """Return ln λ at the minimum, H, the level, the half-width for λ alone, and the range within one standard error."""
    from scipy.interpolate import RectBivariateSpline
    from scipy.optimize import minimize

    from hpmath.losses import recorded

    table = recorded("ridge_folds")
    axes, errors = (table["ln_lambda"], table["ln_gamma"]), table["mse"][draw].astype(float)
    folds = [RectBivariateSpline(*axes, errors[..., j]) for j in range(errors.shape[-1])]
    mean = RectBivariateSpline(*axes, errors.mean(axis=-1))
    fine = np.linspace(axes[0][0], axes[0][-1], 193), np.linspace(axes[1][0], axes[1][-1], 141)
    i, j = np.unravel_index(mean(*fine).argmin(), (193, 141))

    def slope(surface: Any, x: Any) -> np.ndarray:
        return np.array([surface.ev(x[0], x[1], dx=1), surface.ev(x[0], x[1], dy=1)])

    def value(x: Any) -> float:
        return float(mean.ev(x[0], x[1]))

    start, box = np.array([fine[0][i], fine[1][j]]), [(axis[0], axis[-1]) for axis in axes]
    settings: dict[str, Any] = {"jac": lambda x: slope(mean, x), "bounds": box, "method": "L-BFGS-B"}
    x = minimize(value, start, **settings).x
    mixed = mean.ev(x[0], x[1], dx=1, dy=1)
    H = np.array([[mean.ev(x[0], x[1], dx=2), mixed], [mixed, mean.ev(x[0], x[1], dy=2)]])
    slopes = np.array([slope(fold, x) for fold in folds])
    spread = np.cov(slopes, rowvar=False) / len(folds)
    level = float(np.trace(np.linalg.solve(H, spread)))
    gaps = np.stack([fold(*fine) - fold.ev(x[0], x[1]) for fold in folds], axis=-1)
    near = (gaps.mean(axis=-1) <= gaps.std(axis=-1, ddof=1) / np.sqrt(len(folds))).any(axis=1)
    alone = float(2 * np.sqrt(spread[0, 0]) / abs(H[0, 0]))
    return float(x[0]), H, level, alone, (float(fine[0][near].min()), float(fine[0][near].max()))


@chapter.exercise(
    9,
    "The longest stride",
    hints=(
        "The slider “Step α” is already in units of 1/L; the sentence counts the steps. Go past 1.",
        "Along the flat axis a step leaves |1 − αm| of the distance, along the steep one |1 − αL|. The larger decides.",
    ),
)
def longest_stride(answer: Any) -> Verdict:
    from hpmath.objectives import quadratic

    try:
        pace, steps = (as_number(value) for value in answer)
    except (TypeError, ValueError):
        pace = steps = None
    if pace is None or steps is None:
        return wrong("two numbers are wanted: (alpha_L, steps), the step times L and the number of steps.")
    bowl = quadratic(20.0)
    m, L = np.linalg.eigvalsh([bowl.gradient(e) for e in np.eye(2)])  # the columns of the Hessian of a bowl

    def needed(pace: Any, goal: float = 1e-3) -> np.ndarray:
        """Count the steps to a share of the distance, from the worst start."""
        worst = np.maximum(np.abs(1 - np.asarray(pace) * m / L), np.abs(1 - np.asarray(pace)))
        return np.asarray(np.ceil(np.log(goal) / np.log(worst)))

    best = 2 * L / (m + L)
    least = int(needed(best))
    if not np.isfinite(pace) or pace <= 0:
        return wrong("the step is positive.")
    if abs(pace - least) <= 1 and 0 < steps < 2:
        return wrong("the order is (alpha_L, steps): the step first.")
    if pace >= 2:
        return wrong("from 2/L on no step comes nearer along the steep axis.")
    if abs(pace - best / L) < 2e-3:
        return wrong("the step is to be given in units of 1/L: multiply your α by L.")
    own = int(needed(pace))
    if own > least and abs(pace - best) > 1e-3:
        if abs(pace - 1) < 5e-3:
            return wrong("1/L is the step of the proofs, not the fastest: what does the figure count a little further?")
        return wrong(f"with this step it takes {own}; another one needs fewer.")
    exact = np.log(1e-3) / np.log((L - m) / (L + m))
    if abs(steps - least) < 1e-6 or abs(steps - exact) < 0.01:
        return right("nearly twice 1/L, and almost at the edge: a little more and it diverges.")
    if abs(steps - least + 1) < 1e-6:
        return wrong("the step is right; so many steps leave a little more than a thousandth: round up.")
    if abs(steps - needed(best, 1e-3**0.5)) <= 1:
        return wrong("the step is right; the count is for f − f*, which shrinks by the square: the distance is asked.")
    if abs(steps - 2 * least) <= 2:
        return wrong("the step is right; the count is for a millionth of the distance.")
    if abs(steps - needed(1.0)) <= 1:
        return wrong("the step is right; the count is that of 1/L.")
    if abs(steps - 3 / -np.log((L - m) / (L + m))) <= 1:
        return wrong("the step is right; take the natural logarithm of a thousandth, as of the factor.")
    return wrong("the step is right, the count is not: how often must the factor be taken to leave a thousandth?")
