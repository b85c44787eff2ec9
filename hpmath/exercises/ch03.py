"""What ``check`` knows of chapter 03, Jacobians."""

from __future__ import annotations

from typing import Any

import numpy as np

from hpmath._checks import FloatArray
from hpmath.dual import Dual
from hpmath.exercises._grading import Chapter, Verdict, array, called, choice, formula, function, right, wrong
from hpmath.stats import t_interval

chapter = Chapter(3)


@chapter.exercise(
    1,
    "Two prices",
    hints=(
        "The local price: the time that the move costs, divided by the error that it takes away.",
        r"Doubling both is $v = (1, 1)$: add up the columns of $J$ first, then divide once.",
    ),
)
def two_prices(answer: Any) -> Verdict:
    J = np.array([[-0.8, -2.0], [40.0, 50.0]])
    moves = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    bought, paid = moves @ J.T @ np.diag([-1.0, 1.0]) @ np.eye(2)[0], moves @ J[1]
    truth = paid / bought
    return array(
        answer,
        truth,
        rtol=1e-2,
        mistakes=[
            (
                -truth,
                "the sizes are right, the signs are not: error that falls is bought, so the price is positive.",
            ),
            (1 / truth, "that is points per millisecond; the price is milliseconds per point."),
            (
                [*truth[:2], truth[:2].mean()],
                "the third is no average of the others: add up the columns, then divide.",
            ),
            ([*truth[:2], truth[:2].sum()], "the third is not the sum of the first two: both moves also buy."),
            (truth[[1, 0, 2]], "width and epochs are swapped: the columns of J are the knobs."),
            (truth[:2], "the third is missing: both doublings at once."),
            (paid, "that is what each move costs; divide by the points that it buys."),
        ],
        otherwise="the form is right, [width, epochs, both]; the values are not.",
        praise="the joint price lies between the two, nearer to that of the knob that buys more.",
    )


@chapter.exercise(
    2,
    "Conflict or agreement?",
    hints=(
        r"Look for weights $w \ge 0$ with sum 1 that make the weighted sum of the rows zero.",
        r"Or look for a move $v$ that makes every entry of $Jv$ negative: it exists exactly where the weights don't.",
    ),
)
def conflict_or_agreement(answer: Any) -> Verdict:
    from scipy.optimize import nnls

    cases = {
        "a": [[1, 2], [2, 4]],
        "b": [[1, 2], [-3, -6]],
        "c": [[1, 0], [0, 0]],
        "d": [[1, 0], [-1, 0.01]],
        "e": [[1, 0], [0, 1], [-1, -1]],
    }

    def stationary(J: FloatArray) -> bool:
        stacked = np.vstack([J.T, np.ones(len(J))])
        return bool(nnls(stacked, np.r_[np.zeros(J.shape[1]), 1.0])[1] < 1e-6)

    return choice(
        answer,
        {name for name, J in cases.items() if stationary(np.array(J, dtype=float))},
        options="abcde",
        mistakes={
            "a": "in (a) both gradients point the same way: step against both. Rank one alone is no conflict.",
            "d": "in (d) the gradients are not quite opposite: move along (0, −1) with a little of the first knob.",
        },
        praise="a rank says how many directions there are, not whether they agree.",
    )


def _alpha(g1: Any, g2: Any) -> float:
    g1, g2 = np.asarray(g1, dtype=float), np.asarray(g2, dtype=float)
    return float(np.clip((g2 - g1) @ g2 / np.sum((g1 - g2) ** 2), 0, 1))


@chapter.exercise(
    3,
    "The same trade, in seconds",
    hints=(
        r"First the difference $g_2 - g_1$, then its product with $g_2$ and its squared length.",
        r"$\alpha$ is the weight of $g_1$. With a short $g_2$ the shortest vector of the segment is near $g_2$.",
    ),
)
def same_trade(answer: Any) -> Verdict:
    g1, g2, g3 = [3, 1], [-1, 2], [-0.1, 0.2]
    truth = np.array([_alpha(g1, g2), _alpha(g1, g3)])
    return array(
        answer,
        truth,
        rtol=1e-2,
        mistakes=[
            (1 - truth, "that is the weight of the second gradient; alpha belongs to the first."),
            (np.repeat(truth[0], 2), "the unit does matter: put the shorter second gradient into the formula."),
            (truth[::-1], "the two answers are swapped."),
            *(
                ([truth[0], kept], "rescaling the old weights fits a stationary point only; here minimise anew.")
                for kept in (truth[0] / (truth[0] + 10 * (1 - truth[0])), truth[0] / (truth[0] + 0.1 * (1 - truth[0])))
            ),
        ],
        otherwise="the form is right, [alpha, alpha_new]; the values are not, or not to three digits.",
        praise="a change of unit by ten moves alpha by more than a factor of twenty.",
    )


@chapter.exercise(
    4,
    "The multi-gradient in three lines",
    hints=(
        "Compute the unclipped weight, clip it with `np.clip`, and mix the two gradients with it.",
        "If both gradients are equal the formula divides by zero; then every weight gives the same vector.",
    ),
)
def multi_gradient(answer: Any) -> Verdict:
    def mix(alpha: float, g1: Any, g2: Any) -> FloatArray:
        return alpha * np.asarray(g1, dtype=float) + (1 - alpha) * np.asarray(g2, dtype=float)

    def hat(g1: Any, g2: Any) -> float:
        g1, g2 = np.asarray(g1, dtype=float), np.asarray(g2, dtype=float)
        gap = float(np.sum((g1 - g2) ** 2))
        return float((g2 - g1) @ g2) / gap if gap else 0.5

    inputs = [
        (np.array([1.0, 0.2]), np.array([-0.3, 0.8])),
        (np.array([3.0, 0.1]), np.array([0.5, 0.2])),
        (np.array([0.5, 0.2]), np.array([3.0, 0.1])),
        (np.array([1.0, -2.0, 0.5]), np.array([-2.0, 1.0, 0.3])),
        (np.array([2.0, 1.0]), np.array([-4.0, -2.0])),
    ]
    verdict = function(
        answer,
        lambda g1, g2: mix(float(np.clip(hat(g1, g2), 0, 1)), g1, g2),
        inputs,
        mistakes=[
            (lambda g1, g2: mix(hat(g1, g2), g1, g2), "the weight is not clipped: it may leave [0, 1]."),
            (
                lambda g1, g2: -mix(float(np.clip(hat(g1, g2), 0, 1)), g1, g2),
                "the vector of the hull is wanted, not the step against it.",
            ),
            (
                lambda g1, g2: mix(1 - float(np.clip(hat(g1, g2), 0, 1)), g1, g2),
                "the weights are swapped: alpha belongs to the first gradient.",
            ),
            (lambda g1, g2: mix(0.5, g1, g2), "that is the mean of the gradients, not the shortest vector."),
            (lambda g1, g2: np.clip(hat(g1, g2), 0, 1), "that is the weight; the vector is wanted."),
        ],
        otherwise="it runs, but is not the shortest vector between the two; compare its length with the mean's.",
    )
    if not verdict:
        return verdict
    same = np.array([0.3, -0.7])
    with np.errstate(all="ignore"):
        try:
            equal = np.asarray(answer(same, same.copy()), dtype=float)
        except (ZeroDivisionError, FloatingPointError, ValueError):
            equal = np.full(2, np.nan)
    if equal.shape != same.shape or not np.allclose(equal, same):
        return wrong("for two equal gradients it must return them, and yours divides zero by zero there.")
    return right("and where it is zero there is nothing left to gain for both.")


@chapter.exercise(
    5,
    "What you believe about momentum",
    hints=(
        r"The rule for densities with $u = \ln(1-\beta)$, which is uniform. How long is its interval?",
        r"$|\mathrm d\beta/\mathrm du| = 1-\beta$, and the density is divided by it.",
    ),
)
def momentum_density(answer: Any) -> Verdict:
    return formula(
        answer,
        "1/((1 - beta)*log(100))",
        over={"beta": (0.9, 0.999)},
        rtol=1e-3,  # a rounded constant is no mistake
        mistakes=[
            ("(1 - beta)/log(100)", "divide by |dβ/du|, don't multiply: where β moves slowly, draws pile up."),
            ("1/(beta*log(100))", "it is 1 − β that is log-uniform, not β."),
            ("1/(beta*log(0.999/0.9))", "it is 1 − β that is log-uniform, not β."),
            ("1/((1 - beta)*2)", "decades are in log10; the density needs the natural logarithm of the range, ln 100."),
            ("1/(1 - beta)", "it must integrate to one over [0.9, 0.999]."),
            ("-1/((1 - beta)*log(100))", "a density is positive: take the absolute value of the determinant."),
        ],
        otherwise="not that density; it must integrate to one over [0.9, 0.999] and grow towards 0.999.",
    )


@chapter.exercise(
    6,
    "Stationary and then?",
    hints=(
        "Whatever dominates the origin has both objectives at most zero, and their sum below zero. Can it be?",
        "Such a sum decides only if both of its weights are positive. Where it decides nothing, try to let both fall: "
        r"along parabolas $x_1 = a\,x_2^2$, and along each axis.",
    ),
)
def stationary_and_then(answer: Any) -> Verdict:
    pairs = {
        "a": lambda x, y: (x + y**2, -x + y**2),
        "b": lambda x, y: (x + y**2, -x - 2 * y**2),
        "c": lambda x, y: (x - y**2, -x + 2 * y**2),
        "d": lambda x, y: (x, -(x**2) + y**2),
    }
    y = np.linspace(-0.1, 0.1, 41)
    x, y = (a.ravel() for a in np.meshgrid(np.linspace(-0.03, 0.03, 61), y))
    x = np.concatenate([x, *(a * y**2 for a in np.linspace(-3, 3, 25))])
    y = np.concatenate([y, *[y] * 25])

    def optimal(f: Any) -> bool:
        f1, f2 = f(x, y)
        return not bool(np.any((f1 < 1e-12) & (f2 < 1e-12) & ((f1 < -1e-7) | (f2 < -1e-7))))

    return choice(
        answer,
        {name for name, f in pairs.items() if optimal(f)},
        options="abcd",
        mistakes={
            "b": "in (b) some parabola x₁ = a x₂² lowers both: which a?",
            "d": "in (d) the weight of the first objective is zero; step to a small negative x₁.",
        },
        praise="the second derivatives decide, in the weights of the first.",
    )


@chapter.exercise(
    7,
    "One call for a move",
    hints=(
        "`Dual(x, v)` is the point x with the derivative v: what f returns then carries the slopes along v.",
        "An output that is a plain number does not depend on x; its slope is 0.",
    ),
)
def push(answer: Any) -> Verdict:
    def curve(x: Any) -> Any:
        return [x[0] * x[1], np.exp(x[0] / 2) + x[1] ** 2, np.sin(x[1]) + np.abs(x[0])]

    def with_constant(x: Any) -> Any:
        return [np.sum(x**2), 4.0, x[0] - np.log(x[2])]

    cases = [
        (curve, np.array([0.4, -1.2]), np.array([0.5, 2.0])),
        (with_constant, np.array([1.0, 2.0, 0.5]), np.array([1.0, 0.0, -1.0])),
    ]
    exact = [
        lambda x, v: [
            x[1] * v[0] + x[0] * v[1],
            np.exp(x[0] / 2) / 2 * v[0] + 2 * x[1] * v[1],
            np.cos(x[1]) * v[1] + v[0],
        ],  # x0 > 0
        lambda x, v: [2 * x @ v, 0.0, v[0] - v[2] / x[2]],
    ]
    calls, widest = [0], [0]

    def counted(f: Any) -> Any:
        def g(x: Any) -> Any:
            calls[0] += 1
            if isinstance(x, Dual):  # how many directions it carries
                widest[0] = max(widest[0], np.size(x.derivative) // np.size(x.value))
            return f(x)

        return g

    truths = {id(f): slope for (f, _, _), slope in zip(cases, exact, strict=True)}
    originals: dict[int, Any] = {}
    inputs = []
    for f, x, v in cases:
        g = counted(f)
        originals[id(g)] = truths[id(f)]
        inputs.append((g, x, v))
    verdict = function(
        answer,
        lambda g, x, v: originals[id(g)](x, v),
        inputs,
        rtol=1e-5,
        mistakes=[
            (
                lambda g, x, v: np.asarray(originals[id(g)](x, v)) / np.linalg.norm(v),
                "you normalised v; J v is wanted for v as it is.",
            ),
            (
                lambda g, x, v: np.asarray(originals[id(g)](x, v)) - (np.array([0, 0, v[0]]) if len(x) == 2 else 0),
                "right until f takes an absolute value: a complex step is lost there, a dual number is not.",
            ),
        ],
        otherwise="it runs, but does not return J v; compare it with jacobian(f, x) @ v.",
    )
    if "AttributeError" in verdict.message and "derivative" in verdict.message:
        return wrong("an output that does not depend on x comes back as a plain number: it has no slope to ask for.")
    if not verdict:
        return verdict
    if widest[0] > 1:
        return wrong("right values, but that call carries a slope for every knob, the whole Jacobian; one is enough.")
    if calls[0] > len(cases):
        return wrong(f"right values, but {calls[0] // len(cases)} calls of f; one with a dual number is enough.")
    if not function(answer, lambda g, x, v: originals[id(g)](x, v), inputs, rtol=1e-12, atol=1e-13):
        return wrong("close, but not exact: no step is needed, let a dual number carry v.")
    return right("one call, whatever the number of knobs and outputs.")


def _slopes_at(table: dict[str, Any], x: FloatArray, values: FloatArray) -> FloatArray:
    """Return slopes by width and epochs, a row a repetition: a quadratic for ln(values) within a doubling of x."""
    axes = [np.log2(np.array(c, dtype=float)) for c in table["meta"]["choices"]]
    grid = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)
    near = (np.abs(grid - x) < 1.01).all(axis=-1)
    u, v = (grid[near] - x).T
    A = np.column_stack([np.ones(len(u)), u, v, u * u, u * v, v * v])
    level, *slopes = np.linalg.lstsq(A, np.log(values[near]), rcond=None)[0][:3]
    return np.asarray((np.exp(level) * slopes).T)


def _repetitions() -> list[tuple[FloatArray, FloatArray]]:
    """Slopes of time and of error: the recorded ones along epochs at 64 units and 16 epochs, then two made up."""
    from hpmath.losses import recorded

    table, x = recorded("mlp_tradeoff"), np.log2([64.0, 16.0])
    E = _slopes_at(table, x, table["wrong"] * (100 / 599))[:, 1]
    T = _slopes_at(table, x, table["seconds"] * 1000.0)[:, 1]
    pairs = [(T, E)]
    for n, time, error, scatter in ((24, 40.0, -2.0, 0.1), (60, 9.0, -0.5, 0.3)):
        e1, e2 = np.random.default_rng(n).normal(size=(2, n))
        pairs.append((time * (1 + 0.2 * (0.5 * e1 + e2)), error * (1 + scatter * e1)))
    return pairs


def _by_delta(T: FloatArray, E: FloatArray) -> FloatArray:
    """Return the interval of the price −mean(T)/mean(E) by the delta method."""
    price = -T.mean() / E.mean()
    linear = price - (T - T.mean()) / E.mean() + T.mean() / E.mean() ** 2 * (E - E.mean())
    return np.array(t_interval(linear))


@chapter.exercise(
    8,
    "A rate you would sign",
    hints=(
        "The recorded slopes are `slopes_at(x, T_seen) @ v` and `slopes_at(x, E_seen) @ v`: which $x$ and which $v$?",
        r"$x = \log_2(64, 16)$, $v = (0, 1)$. Inside `price_with_intervals` the interval is made of such slopes alone. "
        "Compare the delta method with the bootstrap before you sign either.",
    ),
)
def signed_rate(answer: Any) -> Verdict:
    if not callable(answer):
        return wrong("a function is wanted: interval(T, E), which returns (low, high).")
    for k, (T, E) in enumerate(_repetitions()):
        given = called(answer, T.copy(), E.copy())
        if isinstance(given, Verdict):
            return given
        try:
            low, high = (float(value) for value in given)
        except (TypeError, ValueError):
            return wrong("your function must return two numbers: (low, high).")
        if not low < high:
            return wrong("low must lie below high.")
        message = _off(np.array([low, high]), T, E)
        if message:
            return wrong(message if k == 0 else f"right for the recorded repetitions, not for others: {message}")
    return right("as wide as the repetitions warrant; the price of thirty new ones would lie in it five times in six.")


def _off(given: FloatArray, T: FloatArray, E: FloatArray) -> str:
    """Return what is wrong with this interval for the price, or nothing."""
    truth, of_ratios = _by_delta(T, E), np.array(t_interval(-T / E))
    width = float(np.ptp(truth))

    def near(other: FloatArray) -> bool:
        return bool(np.all(np.abs(given - other) <= 0.12 * np.ptp(other)))  # 99 % instead of 95: 0.16

    if near(truth):
        return ""
    price = float(-T.mean() / E.mean())
    if near(of_ratios):
        return "that is the mean of the repetitions' ratios; average the slopes first, then divide once."
    low, high = given
    if low <= price <= high:
        if high - low > 1.24 * width:
            return "it holds the price, but the repetitions allow a narrower interval."
        if high - low < 0.76 * width:
            return "it holds the price, but the repetitions scatter too much for an interval so narrow."
        return "it holds the price, but not in its middle: neither the delta method nor the bootstrap ends there."
    if low <= -price <= high:
        return "the sign: an error that falls is bought, so the price is positive."
    if low <= 1 / price <= high:
        return "those are points per millisecond; the price is milliseconds per point."
    return "the interval misses the price of the mean slopes."
