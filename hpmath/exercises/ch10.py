"""What ``check`` knows of chapter 10, Gaussian processes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from hpmath.exercises._grading import Chapter, Verdict, array, as_number, choice, formula, function, right, wrong

chapter = Chapter(10)


@chapter.exercise(
    1,
    "Two trials, one prediction",
    hints=(
        "To invert a matrix with 1 on the diagonal and $c$ beside it: put $-c$ beside it and divide by $1-c^2$.",
        r"First $b = K_y^{-1}k_\ast$, two numbers. Then $\mu = b^\top y$ and $\sigma^2 = k(x,x) - b^\top k_\ast$.",
    ),
)
def two_trials(answer: Any) -> Verdict:
    K, k, y = np.array([[1.0, 0.5], [0.5, 1.0]]), np.array([0.8, 0.6]), np.array([2.0, -1.0])
    b = np.linalg.solve(K, k)
    mean, variance = b @ y, 1 - b @ k
    return array(
        answer,
        [mean, variance],
        rtol=1e-2,
        mistakes=[
            ([mean, np.sqrt(variance)], "the second number is the standard deviation; the variance is wanted."),
            ([k @ y, 1 - k @ k], "you left K_y out: the two trials are correlated, so solve with K_y first."),
            ([mean, 1 - k @ k], "the mean is right; in the variance K_y is missing."),
            ([mean, b @ k], "that is what the trials explain of the variance; subtract it from k(x, x)."),
            ([mean, 1 + b @ k], "a trial cannot make the prediction less certain: look at the sign in the variance."),
            ([variance, mean], "the two answers are swapped."),
            ([K @ k @ y, 1 - k @ K @ k], "you multiplied by K_y; its inverse is wanted."),
        ],
        otherwise="the form is right, [mean, variance]; the values are not (give fractions, or three digits).",
        praise="and the variance did not need y.",
    )


def _ten_trials() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The ten trials of the chapter on [0, 1], standardised, and the point that is asked for."""
    from hpmath.losses import recorded

    table = recorded("svm_map")
    log_C, log_gamma = (np.log10(choices) for choices in table["meta"]["choices"])
    line = table["error"].mean(axis=2)[np.argmin(abs(log_C - 1))]
    u = (log_gamma + 6) / 5
    tried = np.sort(np.random.default_rng(12).choice(41, 10, replace=False))
    z = line[tried]
    return u[tried, None], (z - z.mean()) / z.std(), np.array([[0.7]])


@chapter.exercise(
    2,
    "What a length scale does",
    hints=(
        "The nearest trial is 0.6 length scales away, then 2.5. What does the kernel say there?",
        "(c) and (d) are the two terms of the log marginal likelihood. Which of them pays for flexibility?",
    ),
)
def length_scale(answer: Any) -> Verdict:
    from hpmath.gaussian_process import GaussianProcess
    from hpmath.kernels import Matern52

    X, z, asked = _ten_trials()
    numbers = []
    for scale in (0.2, 0.05):
        gp = GaussianProcess(Matern52(scale), noise=1e-3, normalize_y=False, optimize=False).fit(X, z)
        mean, std = gp.predict(asked, return_std=True)
        complexity = -np.log(gp.L_.diagonal()).sum()
        numbers.append([abs(mean[0]), std[0], -0.5 * z @ gp.alpha_, complexity])
    grows = {name for name, before, after in zip("abcd", *numbers, strict=True) if after > before}
    return choice(
        answer,
        grows,
        options="abcd",
        mistakes={
            "a": "(a): at 0.05 the nearest trial is 2.5 length scales away, and the mean is back near the prior's, 0.",
            "d": "(d): a shorter length scale allows more functions, the volume grows, and the term falls.",
        },
        praise="here the shorter length scale is less sure, fits better, and pays for it.",
    )


def _kernel(A: np.ndarray, B: np.ndarray, length_scale: float) -> np.ndarray:
    r = np.sqrt(5) * np.sqrt(((A[:, None, :] - B[None, :, :]) ** 2).sum(axis=2)) / length_scale
    return np.asarray((1 + r + r**2 / 3) * np.exp(-r))


def _posterior(
    X: Any, y: Any, X_new: Any, length_scale: float, noise: float, *, slip: str = ""
) -> tuple[np.ndarray, np.ndarray]:
    from scipy.linalg import solve_triangular

    X, y, X_new = (np.asarray(values, dtype=float) for values in (X, y, X_new))
    mean, std = (0.0, 1.0) if slip == "raw" else (y.mean(), y.std())
    K = _kernel(X, X, length_scale) + (noise**2 if slip == "square" else noise) * np.eye(len(X))
    L, k = np.linalg.cholesky(K), _kernel(X, X_new, length_scale)
    v = solve_triangular(L, k, lower=True)
    half = solve_triangular(L, (y - mean) / std, lower=True)
    variance = 1 - np.sum(v**2, axis=0) + (noise if slip == "predictive" else 0)
    unit = 1.0 if slip == "units" else std
    if slip == "variance":
        return mean + std * (v.T @ half), std**2 * variance
    return mean + std * (v.T @ half), unit * np.sqrt(variance)


@chapter.exercise(
    3,
    "The posterior, with Cholesky",
    hints=(
        "First $L$ from $K_y$, then $v = L^{-1}k_*$ and $w = L^{-1}z$ by `solve_triangular(L, …, lower=True)`.",
        r"$k_\ast^\top K_y^{-1}z = v^\top w$, and $k_\ast^\top K_y^{-1}k_\ast$ sums the squares of a column of $v$.",
        "Standardise first, and put mean and standard deviation back into the units of y at the end.",
    ),
)
def cholesky_posterior(answer: Any) -> Verdict:
    rng = np.random.default_rng(0)
    inputs: list[tuple[Any, ...]] = []
    for n, d, scale, noise in ((3, 1, 0.4, 0.01), (12, 2, 0.7, 1e-3), (10, 3, 1.5, 0.2)):
        X = rng.random((n, d))
        inputs.append((X, 5 + 2 * np.sin(4 * X.sum(axis=1)), rng.random((4, d)), scale, noise))

    def stacked(slip: str) -> Callable[..., Any]:
        return lambda *arguments: np.array(_posterior(*arguments, slip=slip))

    return function(
        answer,
        stacked(""),
        inputs,
        rtol=1e-8,
        atol=1e-10,
        mistakes=[
            (stacked("predictive"), "the mean is right; the standard deviation is the next trial's, with its noise."),
            (stacked("variance"), "the mean is right; you return the variance instead of its root."),
            (stacked("raw"), "standardise y first (mean 0, standard deviation 1) and undo it at the end."),
            (stacked("units"), "the mean is right; the standard deviation is still in units of the standardised y."),
            (stacked("square"), "noise is a variance already; do not square it."),
        ],
        otherwise="it runs, but the numbers are others; compare with hpmath.GaussianProcess(..., optimize=False).",
        praise="the numbers agree; whether an inverse was formed, only you can see.",
    )


@chapter.exercise(
    4,
    "Which sums stay smooth",
    hints=(
        r"What counts is how $1-k(r)$ starts at $r=0$: like $r^2$, or like $r$?",
        r"Multiply out the first terms: $(1-a r^2)(1-b r^2)$, and $(1-ar^2)(1-br)$.",
    ),
)
def smooth_sums(answer: Any) -> Verdict:
    from hpmath.kernels import RBF, Matern12, Matern32, Matern52

    kernels = {
        "a": RBF() + Matern12(),
        "b": RBF() * Matern32(),
        "c": Matern52() + Matern32(),
        "d": RBF() * Matern12(),
    }

    def quotient(k: Any, h: float) -> float:
        return float(2 * (k([[0.0]])[0, 0] - k([[0.0]], [[h]])[0, 0]) / h**2)

    smooth = {name for name, k in kernels.items() if quotient(k, 1e-4) < 2 * quotient(k, 1e-3)}
    return choice(
        answer,
        smooth,
        options="abcd",
        mistakes={
            "a": "(a): the sum of a smooth and a rough function is rough.",
            "d": "(d): times a smooth function, a rough one stays rough: 1 − k starts like r.",
        },
        praise="the rougher of the two decides.",
    )


@chapter.exercise(
    5,
    "The wrong step",
    hints=(
        "Five lines are right. Lines (1) to (4) hold for any kernel; (5) and (6) are two special cases.",
        r"The chain rule: $\partial r/\partial\ln\ell = \ell\,\partial r/\partial\ell$.",
    ),
)
def wrong_step(answer: Any) -> Verdict:
    try:
        line, corrected = answer
    except (TypeError, ValueError):
        return wrong('two things are wanted: the number of the line and the right-hand side, such as (3, "s2*r").')
    number = as_number(line)
    reasons = {
        1: "line (1) is the log marginal likelihood differentiated term by term; the constant drops out.",
        2: "line (2) is right: differentiate K K⁻¹ = I by the product rule.",
        3: "line (3) follows from (2): two minus signs, and K_y is symmetric.",
        4: "line (4) is Jacobi's formula, with the sign of the term.",
        6: "line (6) is right: σ_n² = e^θ is its own derivative.",
    }
    if number in reasons:
        return wrong(reasons[int(number)])
    if number != 5:
        return wrong("the lines are numbered from 1 to 6.")
    return formula(
        corrected,
        "s2*exp(-r**2/2)*r**2",
        over={"s2": (0.5, 3.0), "r": (0.3, 2.0), "l": (0.4, 3.0)},
        mistakes=[
            ("s2*exp(-r**2/2)*r**2/l", "that is the line as it stands: the slope in ℓ, not in ln ℓ."),
            ("s2*exp(-r**2/2)*r**2*l", "one factor ℓ too many: r²/ℓ times ℓ."),
            ("-s2*exp(-r**2/2)*r**2", "the sign: a longer length scale makes points more alike."),
            ("s2*exp(-r**2/2)*r", "differentiate the exponent −r²/2 again: r² is proportional to 1/ℓ²."),
            ("2*s2*exp(-r**2/2)*r**2", "the ½ in the exponent cancels the 2."),
        ],
        otherwise="the line is the right one; the right-hand side is not: write r = D/ℓ and ℓ = exp(θ).",
        praise="no ℓ is left over, which is why one works with logarithms.",
    )


def _left_out(K: Any, y: Any, slip: str = "") -> np.ndarray:
    K, y = np.asarray(K, dtype=float), np.asarray(y, dtype=float)
    P = np.linalg.inv(K)
    precision, alpha = P.diagonal(), P @ y
    if slip == "diagonal":
        return np.array([y - alpha * K.diagonal(), 1 / np.sqrt(precision)])
    if slip == "all":
        return np.array([y - alpha, np.sqrt(1 / precision)])
    if slip == "variance":
        return np.array([y - alpha / precision, 1 / precision])
    if slip == "sign":
        return np.array([y + alpha / precision, 1 / np.sqrt(precision)])
    if slip == "residual":
        return np.array([alpha / precision, 1 / np.sqrt(precision)])
    return np.array([y - alpha / precision, 1 / np.sqrt(precision)])


@chapter.exercise(
    6,
    "Every trial left out",
    hints=(
        r"One inverse is allowed. $\alpha = K_y^{-1}y$; the diagonal of $K_y^{-1}$ is `np.linalg.inv(K_y).diagonal()`.",
        "Test it: delete row and column i of $K_y$ and entry i of y, and predict trial i by the conditioning formula.",
    ),
)
def left_out(answer: Any) -> Verdict:
    rng = np.random.default_rng(1)
    inputs = []
    for n in (2, 5, 9):
        A = rng.normal(size=(n, n + 3))
        inputs.append((A @ A.T / n + 0.1 * np.eye(n), rng.normal(size=n)))

    def slip(name: str) -> Callable[..., Any]:
        return lambda K, y: _left_out(K, y, name)

    return function(
        answer,
        slip(""),
        inputs,
        rtol=1e-8,
        mistakes=[
            (slip("variance"), "the means are right; the second row holds variances, not their roots."),
            (slip("residual"), "the first row holds the residuals y_i − μ_i; the means are wanted."),
            (slip("sign"), "the sign: y minus α over the diagonal."),
            (slip("diagonal"), "divide by the diagonal of the inverse, which is not one over the diagonal of K_y."),
            (slip("all"), "α_i must be divided by the diagonal of the inverse."),
        ],
        otherwise="it runs, but the numbers are others; compare with deleting one row and column.",
        praise="the numbers agree; by the formula they cost one inverse, by refits n of them.",
    )


@chapter.exercise(
    7,
    "How uncertainty starts",
    hints=(
        r"With one noiseless trial $\sigma^2(h) = s^2(1-k(r)^2)$ with $r = h/\ell$ and $k$ of variance one.",
        r"Expand: $k(r) = 1 - \tfrac56r^2 + O(r^3)$ for Matérn-5/2 (multiply by the series of $e^{-\sqrt5r}$).",
        r"So $1-k^2 \approx 2(1-k)$, a multiple of $r^2$; then take the root.",
    ),
)
def uncertainty_starts(answer: Any) -> Verdict:
    return formula(
        answer,
        "s*sqrt(5/3)/l",
        over={"s": (0.5, 3.0), "l": (0.3, 2.0)},
        mistakes=[
            ("s*5/(3*l)", "σ² grows like 5/3 (h/ℓ)²: the root of the whole is still to be taken."),
            ("s*sqrt(5/6)/l", "1 − k² is (1 − k)(1 + k), about twice 1 − k."),
            ("s/l", "that is the RBF's slope; expand the Matérn-5/2 kernel to second order."),
            ("s*sqrt(3)/l", "that is the slope of the Matérn-3/2 kernel."),
            ("s**2*sqrt(5/3)/l", "s² is the variance; the standard deviation carries s."),
            ("s**2*5/(3*l**2)", "that is the coefficient of h² in σ²; the slope of σ is wanted."),
            ("s*sqrt(5/3)*l", "a longer length scale makes uncertainty grow more slowly."),
            ("0", "σ² has slope zero at the trial, σ has not: take the root before you differentiate."),
        ],
        otherwise="not the slope; try it on a number with GaussianProcess(Matern52(l), noise=0.0, optimize=False).",
        praise="on the other side it is minus that: a kink.",
    )


@chapter.exercise(
    8,
    "To warp or not to warp",
    hints=(
        'Paired differences, seed by seed: the log-density of "Matern52 log prior warped" minus that without warping.',
        "Four tables, so four chances to be fooled: give each interval the confidence 1 − 0.05/4.",
    ),
)
def to_warp(answer: Any) -> Verdict:
    from hpmath.losses import recorded
    from hpmath.stats import t_interval

    record = recorded("gp_calibration")
    meta = record["meta"]
    tables, options = list(meta["tables"]), ("helps", "hurts", "unsettled")
    if not hasattr(answer, "items") or set(answer) != set(tables):
        return wrong(f"a dict is wanted with the keys {', '.join(tables)}.")
    given = {name: str(value).strip().lower() for name, value in answer.items()}
    if not set(given.values()) <= set(options):
        return wrong(f"each verdict is one of {', '.join(options)}.")
    warped, plain = (meta["models"].index(f"Matern52 log prior{end}") for end in (" warped", ""))
    n = meta["n_trials"].index(100)
    wrong_ones = []
    for i, name in enumerate(tables):
        difference = record["log_density"][i, n, warped].astype(float) - record["log_density"][i, n, plain]
        verdicts = set()
        for confidence in (0.98, 0.9875, 0.995):  # any careful method near Bonferroni's
            low, high = t_interval(difference, confidence)
            verdicts.add("helps" if low > 0 else "hurts" if high < 0 else "unsettled")
        if given[name] not in verdicts:
            wrong_ones.append((name, given[name], difference))
    if not wrong_ones:
        return right("four verdicts that hold together; on another table, measure again.")
    name, verdict, difference = wrong_ones[0]
    if verdict == "unsettled":
        return wrong(
            f"{name}: pair the seeds, whose trials are the same with and without warping, and ask for the mean: "
            "a sign test answers another question."
        )
    opposite = (difference.mean() > 0) == (verdict == "hurts")
    if opposite:
        return wrong(f"{name}: the sign; a higher log-density is better.")
    return wrong(f"{name}: does that interval exclude zero at a confidence that holds for all four together?")


def _tops() -> dict[str, tuple[float, float, float]]:
    """The trials of the figure that moves: best length scale, log likelihood there and at 0.5, by kernel."""
    from hpmath.gaussian_process import GaussianProcess
    from hpmath.kernels import RBF, Matern12

    X, y = np.array([[0.05, 0.18, 0.31, 0.47, 0.62, 0.78, 0.93]]).T, [1.2, 0.3, -0.9, -1.1, 0.2, 0.9, -0.1]

    def height(kernel: Any) -> float:
        gp = GaussianProcess(kernel, noise=0.1**2, normalize_y=False, optimize=False).fit(X, y)
        return float(gp.log_marginal_likelihood_)

    scales, found = np.geomspace(0.02, 1, 400), {}
    for name, kernel in {"rbf": RBF, "matern12": Matern12}.items():
        heights = [height(kernel(scale)) for scale in scales]
        found[name] = float(scales[np.argmax(heights)]), max(heights), height(kernel(0.5))
    return found


@chapter.exercise(
    9,
    "What the trials speak for",
    hints=(
        r"Focus the slider of $\ell$ and use the arrow keys; the log likelihood rises, then falls.",
        "Note the top of the RBF. Then change the kernel and look for the top anew: it has an ℓ of its own.",
    ),
)
def trials_speak(answer: Any) -> Verdict:
    try:
        scale, nats = (as_number(part) for part in answer)
    except (TypeError, ValueError):
        return wrong("two numbers are wanted: (length_scale, nats).")
    if scale is None or nats is None:
        return wrong("two numbers are wanted: (length_scale, nats).")
    found = _tops()
    (best, top, start), (rough, rough_top, rough_start) = found["rbf"], found["matern12"]
    length, gain = abs(scale / best - 1) <= 0.08, abs(nats - (top - rough_top)) <= 0.05
    if length and gain:
        return right("ℓ = 0.5 would have told you the opposite: compare kernels each at its best.")
    if abs(nats / (start - rough_start) - 1) <= 0.02 or abs(nats / (rough_start - start) - 1) <= 0.02:
        return wrong("that is the difference at ℓ = 0.5, where the figure starts: each kernel at its own best ℓ.")
    if abs(nats + top - rough_top) <= 0.05:
        return wrong("the size of the difference is right, the sign is not: the RBF's minus Matérn-1/2's.")
    if abs(nats - top) <= 0.05 or abs(nats - rough_top) <= 0.05:
        return wrong("the second number is one log likelihood; the difference of two is wanted.")
    if abs(nats - (top - rough_top) / np.log(10)) <= 0.03:
        return wrong("that is in powers of ten; nats are natural logarithms, as the figure says them.")
    if abs(scale / rough - 1) <= 0.03 and gain:
        return wrong("the nats are right; that ℓ is Matérn-1/2's, the RBF's is asked for.")
    if abs(scale - 0.5) < 1e-9:
        return wrong("at ℓ = 0.5 the figure starts: did you move it, and is the likelihood higher nowhere else?")
    if length:
        return wrong("the length scale will do; for the nats climb both tops in small steps, each at its own ℓ.")
    if gain:
        return wrong("the nats are right; at that ℓ the RBF's likelihood is not at its top.")
    return wrong("neither; is a trial moved, or the noise? Start again, and go on while the likelihood rises.")
