"""What ``check`` knows of chapter 06, principal components."""

from __future__ import annotations

from typing import Any

import numpy as np

from hpmath._checks import FloatArray
from hpmath.exercises._grading import Chapter, Verdict, array, called, choice, function, number, right, wrong

chapter = Chapter(6)


@chapter.exercise(
    1,
    "Two components by hand",
    hints=(
        r"The eigenvalues solve $\det(\Sigma-\lambda I)=(5-\lambda)(2-\lambda)-4=0$.",
        "Their sum is the trace, their product the determinant: that is a check, and the sum is the total variance.",
    ),
)
def two_components(answer: Any) -> Verdict:
    small, large = np.linalg.eigvalsh([[5.0, 2.0], [2.0, 2.0]])
    share = large / (large + small)
    try:
        given = np.asarray(answer, dtype=float)
    except (TypeError, ValueError):
        given = np.array([])
    pair = given.shape == (3,) and np.allclose(given[:2], [large, small], rtol=5e-3)
    return array(
        answer,
        [large, small, share],
        rtol=5e-3,
        mistakes=[
            ([small, large, small / (large + small)], "the largest eigenvalue comes first."),
            ([small, large, share], "the largest eigenvalue comes first."),
            ([large, small, large / small], "the share is of the total variance, the sum of both eigenvalues."),
            (
                [large, small, large**2 / (large**2 + small**2)],
                "the eigenvalues are variances already: the share takes them as they are, not squared.",
            ),
            ([large, small, 5 / 7], "5/7 is the share of the first column; the component turns away from it."),
            ([large, small, 100 * share], "the share is a number between 0 and 1."),
            ([5, 2, 5 / 7], "those are the variances of the columns; the 2 off the diagonal turns the axes."),
            ([9, 2, 9 / 11], "the determinant subtracts the product of the off-diagonal entries: 5·2 − 2·2."),
        ],
        otherwise="both eigenvalues are right, the share is not: the first of their sum."
        if pair
        else "check them: the eigenvalues add up to the trace 7, and their product is the determinant.",
        praise="and the component itself is (2, 1)/√5.",
    )


@chapter.exercise(
    2,
    "A scree plot of nothing",
    hints=(
        r"Use the upper edge $\sigma^2(1+\sqrt{d/n})^2$ of the chance spread, divided by the total, $d\sigma^2$.",
        r"$\sqrt{8/40}\approx0.45$. The edge is a limit for large tables; a small one stays a little below it.",
    ),
)
def scree_of_nothing(answer: Any) -> Verdict:
    n, d = 40, 8
    options = {"a": 0.125, "b": 0.15, "c": 0.22, "d": 0.5}
    rng = np.random.default_rng(0)
    shares = []
    for _ in range(100):
        X = rng.random((n, d))
        variances = np.linalg.svd(X - X.mean(axis=0), compute_uv=False) ** 2
        shares.append(variances[0] / variances.sum())
    return choice(
        answer,
        min(options, key=lambda letter: abs(options[letter] - np.mean(shares))),
        options="abcd",
        mistakes={
            "a": "that is 1/d, the share with infinitely many trials; forty scatter.",
            "b": "the scatter is larger: it goes with the square root of d/n, not with d/n.",
            "d": "that much by chance would need about as few trials as hyperparameters.",
        },
        praise="nearly twice the share of a flat plot, from nothing.",
    )


@chapter.exercise(
    3,
    "Principal components in four lines",
    hints=(
        "Subtract the mean of each column first; `np.linalg.svd(..., full_matrices=False)` returns U, s, Vt.",
        "Variances are squared singular values over n − 1; the rows of Vt are the components.",
    ),
)
def components_by_svd(answer: Any) -> Verdict:
    if not callable(answer):
        return wrong("a function is wanted: principal_components(X) that returns (variances, components).")
    rng = np.random.default_rng(6)
    mixing = np.array([[3.0, 1.0, 0.0], [0.0, 1.0, 0.5], [0.0, 0.0, 0.3]])
    inputs = [rng.normal(size=(40, 3)) @ mixing + [5.0, -2.0, 9.0], rng.normal(size=(4, 6)) * [6, 5, 4, 3, 2, 1] + 3.0]
    for X in inputs:
        given = called(answer, X.copy())
        if isinstance(given, Verdict):
            return given
        verdict = _compare_components(given, X)
        if not verdict:
            return verdict
    stiff = inputs[0] @ np.diag([1e5, 1.0, 1e-3]) @ np.linalg.qr(rng.normal(size=(3, 3)))[0]
    smallest = np.asarray(answer(stiff)[0], dtype=float)[-1]
    s = np.linalg.svd(stiff - stiff.mean(axis=0), compute_uv=False)[-1]
    if not np.isclose(smallest, s**2 / (len(stiff) - 1), rtol=1e-3, atol=0):
        return wrong("right on ordinary data, but with ill-conditioned columns the smallest variance is lost: no XᵀX.")
    return right("centred, and without squaring the condition number.")


def _compare_components(given: Any, X: np.ndarray) -> Verdict:
    n, k = len(X), min(X.shape)
    try:
        variances, components = (np.asarray(part, dtype=float) for part in given)
    except (TypeError, ValueError):
        return wrong("two arrays are wanted: (variances, components).")
    if variances.shape != (k,) or components.shape != (k, X.shape[1]):
        if variances.ndim == 2 and components.ndim == 1:
            return wrong("the variances come first, then the components.")
        return wrong(
            f"for X of shape {X.shape} the shapes must be ({k},) and ({k}, {X.shape[1]}), "
            f"got {variances.shape} and {components.shape}."
        )
    _, s, Vt = np.linalg.svd(X - X.mean(axis=0), full_matrices=False)
    _, raw, _ = np.linalg.svd(X, full_matrices=False)
    for slip, message in (
        (raw**2 / (n - 1), "subtract the mean of each column first: the first component points at the mean."),
        (s**2 / n, "divide by n − 1, not by n."),
        (s**2, "those are squared singular values; divide by n − 1."),
        (s / (n - 1), "the singular values enter squared."),
        (s, "those are singular values; square them and divide by n − 1."),
        (s / np.sqrt(n - 1), "those are standard deviations; the variances are wanted."),
        ((s**2 / (n - 1))[::-1], "the largest variance comes first."),
        (s**2 / np.sum(s**2), "those are shares; the variances themselves are wanted."),
    ):
        if np.allclose(variances, slip, rtol=1e-8, atol=1e-10):
            return wrong(message)
    if not np.allclose(variances, s**2 / (n - 1), rtol=1e-6, atol=1e-9):
        return wrong("the variances are not those of the centred data along its components.")
    defined = slice(0, min(k, n - 1))  # centring takes one dimension away; a component without variance is arbitrary

    def agree(rows: np.ndarray) -> bool:
        return bool(np.allclose(np.abs(np.sum(rows[defined] * Vt[defined], axis=1)), 1, atol=1e-6))

    if agree(components):
        return right()
    if components.shape[0] == components.shape[1] and agree(components.T):
        return wrong("the variances are right; the components must be the rows, yours are the columns.")
    return wrong("the variances are right, the components are not their directions.")


@chapter.exercise(
    4,
    "The second eigenvalue by products",
    hints=(
        r"Deflation: $A-\lambda_1w_1w_1^\top$ has the eigenvectors of $A$, and 0 in the place of $\lambda_1$.",
        r"Start at random; `v = product(v)`, divide by the length, repeat; at the end $v^\top Av$. Then again, with "
        r"$Av-\lambda_1w_1(w_1^\top v)$ as the product.",
    ),
)
def second_by_products(answer: Any) -> Verdict:
    rng = np.random.default_rng(3)
    matrices = [np.array([[2.0, -1.0, 0.0], [-1.0, 2.0, 0.0], [0.0, 0.0, 0.5]]), np.diag([1.0, 3.0, 2.0])]
    for spectrum in ([5.0, 3.0, 1.0], [2.0, 1.2, 1.1, 0.1, 0.0], [7.0, 7.0, 2.0], [1.0, 0.0]):
        Q = np.linalg.qr(rng.normal(size=(len(spectrum), len(spectrum))))[0]
        matrices.append((Q * spectrum) @ Q.T)
    inputs = [(lambda v, A=A: A @ np.asarray(v, dtype=float), len(A)) for A in matrices]

    def spectrum_of(product: Any, d: int) -> FloatArray:
        return np.asarray(np.linalg.eigvalsh(np.column_stack([product(e) for e in np.eye(d)])))

    def nth(k: int) -> Any:
        return lambda product, d: spectrum_of(product, d)[k]

    def started_at(start: Any) -> Any:
        """Return power iteration and deflation from a fixed start, which two of the matrices defeat."""

        def second(product: Any, d: int) -> float:
            def leading(times: Any) -> tuple[float, FloatArray]:
                v = np.asarray(start(d), dtype=float)
                for _ in range(2000):
                    v = times(v)
                    length = float(np.linalg.norm(v))
                    if length == 0:
                        return 0.0, v
                    v = v / length
                return float(v @ times(v)), v

            value, w = leading(product)
            return leading(lambda v: product(v) - value * w * (w @ v))[0]

        return second

    fixed = "right for most matrices; here and there your start is perpendicular to the wanted vector. Start at random."
    return function(
        answer,
        nth(-2),
        inputs,
        rtol=1e-5,
        atol=1e-7,
        mistakes=[
            (nth(-1), "that is the first eigenvalue: take its part out of A and repeat."),
            (nth(0), "that is the smallest eigenvalue; the second largest is wanted."),
            (
                lambda product, d: nth(0)(product, d) - nth(-1)(product, d),
                "that is A − λ₁I: it shifts all eigenvalues. Take out λ₁w₁w₁ᵀ, which moves one.",
            ),
            (lambda product, d: np.sqrt(max(nth(-2)(product, d), 0)), "vᵀAv is the eigenvalue itself, no root."),
            (started_at(np.ones), fixed),
            (started_at(lambda d: np.eye(d)[0]), fixed),
        ],
        otherwise="not the second largest eigenvalue on matrices that you have not seen; one has a double first one.",
    )


@chapter.exercise(
    5,
    "Which losses have an active direction?",
    hints=(
        r"Write down $\nabla f=(f_1,f_2)$ and average: $\mathrm{E}\,f_1^2$, $\mathrm{E}\,f_2^2$, $\mathrm{E}\,f_1f_2$.",
        "Equal diagonal entries and a zero beside them make a multiple of the identity. In which cases does the "
        "gradient always point the same way?",
    ),
)
def which_have_active(answer: Any) -> Verdict:
    node, weight = np.polynomial.legendre.leggauss(40)
    u, v = np.meshgrid(node, node)
    w = np.outer(weight, weight) / 4
    gradients = {
        "a": (v, u),
        "b": (2 * u, 2 * v),
        "c": (2 * (u + v), 2 * (u + v)),
        "d": (np.ones_like(u), 3 * np.ones_like(u)),
        "e": (-np.pi * np.sin(np.pi * u), -np.pi * np.sin(np.pi * v)),
    }
    equal = set()
    for name, g in gradients.items():
        low, high = np.linalg.eigvalsh([[np.sum(w * p * q) for p in g] for q in g])
        if np.isclose(low, high):
            equal.add(name)
    return choice(
        answer,
        equal,
        options="abcde",
        mistakes={
            "c": "in (c) the gradient is 2(x₁+x₂)(1, 1): it always points along (1, 1), which is an active direction.",
            "d": "in (d) the gradient is (1, 3) everywhere: one eigenvalue is 10, the other 0.",
        },
        praise="a pure interaction has no preferred direction in C, though a rotation by 45° makes it additive.",
    )


@chapter.exercise(
    6,
    "Noise in the gradients",
    hints=(
        r"Multiply out $\mathrm{E}(g+e)(g+e)^\top$; $e$ has mean zero and is independent of $g$.",
        r"What does a multiple of the identity, added to a matrix, do to its eigenvalues? Undo that before the share.",
    ),
)
def noisy_gradients(answer: Any) -> Verdict:
    seen = np.array([9.0, 2.5, 1.1, 1.0])
    clean = seen - 1.0
    return number(
        answer,
        clean[0] / clean.sum(),
        rtol=5e-3,
        mistakes=[
            (seen[0] / seen.sum(), "that is the share with the noise in it; every eigenvalue is too large by s²."),
            (clean[0] / seen.sum(), "subtract the noise from all four eigenvalues, below the line too."),
            (clean[0] / (seen.sum() - 1), "subtract the noise from all four eigenvalues, not from one."),
            (seen[0] / clean.sum(), "subtract the noise from the first eigenvalue as well, above the line."),
            (100 * clean[0] / clean.sum(), "the share is a number between 0 and 1."),
            ((seen[0] + 1) / (seen.sum() + 4), "noise adds to the eigenvalues that you see; take it away."),
        ],
        praise="and the eigenvectors of the expected matrix stay: the noise is the same in every direction.",
    )


@chapter.exercise(
    7,
    "From good trials to curvatures",
    hints=(
        r"The covariance of the good settings along one component: $\sigma^2 = 2\delta/((d+2)h)$ with $d=3$.",
        "The smallest deviation belongs to the largest curvature. Curvatures go with the squares of deviations.",
    ),
)
def good_to_curvatures(answer: Any) -> Verdict:
    delta, deviations = 0.01, np.array([0.4, 0.1, 0.05])
    d = len(deviations)
    h = 2 * delta / ((d + 2) * deviations**2)
    top, kappa = h.max(), h.max() / h.min()
    linear = 2 * delta / ((d + 2) * deviations)
    try:
        given = np.asarray(answer, dtype=float)
    except (TypeError, ValueError):
        given = np.array([])
    otherwise = "the form is right, [curvature, condition number]; neither value is."
    if given.shape == (2,):
        if np.isclose(given[0], top, rtol=1e-2):
            otherwise = "the curvature is right; the condition number is not: largest over smallest curvature."
        elif np.isclose(given[1], kappa, rtol=1e-2):
            otherwise = "the condition number is right; the curvature is not."
    return array(
        answer,
        [top, kappa],
        rtol=1e-2,
        mistakes=[
            ([h.min(), kappa], "the curvature is largest where the good trials vary least."),
            (
                [2 * delta / (d * deviations.min() ** 2), kappa],
                "divide by d + 2: a ball has less variance than its rim.",
            ),
            ([delta / ((d + 2) * deviations.min() ** 2), kappa], "δ = ½hΔ²: the factor 2 is missing."),
            ([2 * top, kappa], "δ = ½hΔ²: the factor 2 enters once."),
            (
                [2 * delta / deviations.min() ** 2, kappa],
                "those are standard deviations, not half-axes: a ball has less variance than its rim.",
            ),
            ([top, kappa**2], "that is the condition number of C = H²; the Hessian's is wanted."),
            ([top, np.sqrt(kappa)], "curvatures go with the squares of the deviations."),
            (
                [linear.max(), linear.max() / linear.min()],
                "the deviations enter squared: it is about variances.",
            ),
            ([top, 1 / kappa], "the condition number is largest over smallest, at least 1."),
        ],
        otherwise=otherwise,
        praise="a Hessian from a table of trials.",
    )


@chapter.exercise(
    8,
    "Read good trials under any sampler",
    hints=(
        r"Two covariances: of the best trials and of all. The quotient is a generalised eigenproblem.",
        r"`scipy.linalg.eigh(a, b)` solves $av=\mu bv$ with increasing $\mu$. Or transform the trials so that all of "
        r"them have covariance $I$, and transform the direction back.",
    ),
)
def any_sampler(answer: Any) -> Verdict:
    if not callable(answer):
        return wrong("a function is wanted: sensitive_direction(X, y, share).")
    for seed in (1, 2):
        X, y, truth, others = _sampled(seed)
        given = called(answer, X.copy(), y.copy(), 0.1)
        if isinstance(given, Verdict):
            return given
        try:
            v = np.asarray(given, dtype=float)
        except (TypeError, ValueError):
            return wrong("one direction is wanted, an array of shape (d,).")
        if v.shape != truth.shape:
            return wrong(f"one direction of shape {truth.shape} is wanted, got shape {v.shape}.")
        if not np.isclose(np.linalg.norm(v), 1, atol=1e-6):
            return wrong(f"the direction must have length one, yours has {np.linalg.norm(v):.4g}.")
        if abs(v @ truth) < 0.97:
            for direction, message in others:
                if abs(v @ direction) > (1 - 1e-6) * np.linalg.norm(direction):
                    return wrong(message)
            return wrong("not the direction in which the good trials vary least in proportion to all trials.")
    return right("whitened by the sampler, the last component is the sensitive direction again.")


def _sampled(seed: int) -> tuple[FloatArray, FloatArray, FloatArray, list[tuple[FloatArray, str]]]:
    """Return correlated trials, losses, the sensitive direction, and what typical slips find."""
    rng = np.random.default_rng(seed)
    d = 4
    mixing = np.linalg.qr(rng.normal(size=(d, d)))[0] * [0.1, 0.7, 1.5, 3.0]
    X = rng.normal(size=(5000, d)) @ mixing.T
    truth = rng.normal(size=d)
    truth /= np.linalg.norm(truth)
    y = np.tanh((X @ truth) / np.std(X @ truth) - 0.3) ** 2
    order = np.argsort(y)
    good, bad = np.cov(X[order[:500]].T), np.cov(X[order[-500:]].T)
    every = np.cov(X.T)
    L = np.linalg.cholesky(every)
    spread = np.sqrt(np.diag(every))
    scaled = np.linalg.eigh(good / np.outer(spread, spread))[1][:, 0]

    fit = np.linalg.lstsq(X - X.mean(axis=0), y - y.mean(), rcond=None)[0]
    fitted = "that is the slope of a linear fit: here the loss falls and rises, and most of the slope cancels."

    def relative(of: np.ndarray, which: int, back: bool = True) -> np.ndarray:
        whitened = np.linalg.solve(L, np.linalg.solve(L, of).T)
        u = np.linalg.eigh((whitened + whitened.T) / 2)[1][:, which]
        v = np.linalg.solve(L.T, u) if back else u
        return np.asarray(v / np.linalg.norm(v))

    return (
        X,
        y,
        truth,
        [
            (
                np.linalg.eigh(good)[1][:, 0],
                "that is the plain last component: small where the sampler is narrow.",
            ),
            (np.linalg.eigh(good)[1][:, -1], "that is the first component of the good trials; read them backwards."),
            (relative(good, -1), "that is the direction of the largest quotient; the smallest is wanted."),
            (relative(good, 0, back=False), "the direction is still in whitened coordinates: transform it back."),
            (fit, fitted),
            (fit * spread, fitted),
            (every @ fit, fitted),
            (
                np.linalg.eigh(good - every)[1][:, 0],
                "a difference favours wide directions; take the quotient.",
            ),
            (L @ relative(good, 0, back=False), "the way back is v = L⁻ᵀu; yours multiplies by L."),
            (np.linalg.solve(L, relative(good, 0, back=False)), "the way back is v = L⁻ᵀu; yours is L⁻¹u."),
            (scaled / spread, "standardising the columns removes their spreads; their correlation is not removed."),
            (scaled, "standardising the columns removes their spreads; their correlation is not removed."),
            (relative(bad, 0), "those are the trials with the largest losses; lower is better."),
            (relative(bad, -1), "those are the trials with the largest losses; lower is better."),
        ],
    )


class _Counted:
    """A table that hands out entries and counts them: ``f.shape``, ``f.ndim`` and ``f[...]``."""

    def __init__(self, values: FloatArray) -> None:
        self._values = values
        self.shape, self.ndim, self.size, self.read = values.shape, values.ndim, values.size, 0

    def __len__(self) -> int:
        return int(self.shape[0])

    def __getitem__(self, key: Any) -> Any:
        entries = self._values[key]
        self.read += np.size(entries)
        return np.array(entries)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        self.read += self._values.size
        return np.array(self._values, dtype=dtype)

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"f hands out entries, f[...], and counts them; it has shape and ndim, but no {name}")


def _tables() -> list[tuple[FloatArray, bool | None]]:
    """Return tables with whether the lead is clear: the recorded one (None: near the border), and made-up ones."""
    from hpmath.losses import recorded

    kept = np.log(recorded("hpobench_segment")["error"])[:, :, :, 2:7]

    def grid(*sizes: int) -> list[FloatArray]:
        return list(np.meshgrid(*(np.linspace(-1, 1, size) for size in sizes), indexing="ij"))

    u, v, w = grid(9, 7, 8)
    a = grid(8, 6, 7, 9, 5)
    return [
        (kept, None),
        (kept.transpose(4, 1, 0, 3, 2), None),
        (0.3 * u + 0.4 * v + 2 * u * w + w, True),
        (0.8 * a[0] + 0.75 * a[1] + 0.8 * a[2] + 1.6 * a[3] + 0.75 * a[4], True),
        (np.exp(4 * u) * (1 + v) + w, True),
        (v + 0.99 * w + 0.2 * u, False),
    ]


def _honest_width(f: FloatArray, axis: int) -> float:
    """Return the width of the normal 95 % interval of one total index from 4000 entries, by the delta method."""
    rng, n = np.random.default_rng(0), 40_000
    A, B = (rng.integers(0, np.array(f.shape)[:, None], (f.ndim, n)) for _ in range(2))
    C = A.copy()
    C[axis] = B[axis]
    fA, fB, fC = (f[tuple(points)] for points in (A, B, C))
    total = f.var(axis=axis).mean() / f.var()
    square = ((fA - f.mean()) ** 2 + (fB - f.mean()) ** 2) / 2
    influence = ((fA - fC) ** 2 / 2 - total * square) / f.var()
    return float(2 * 1.96 * influence.std() / np.sqrt(4000 // (f.ndim + 2)))


@chapter.exercise(
    9,
    "An importance you would sign",
    hints=(
        "With d axes a pair costs d + 2 values: for d = 5, 571 pairs cost 3997 entries.",
        "For the intervals resample the rows, all values of a row together: each depends on the same settings. The "
        "lead has an interval of its own: subtract the two indices in each resample.",
    ),
)
def signed_importance(answer: Any) -> Verdict:
    if not callable(answer):
        return wrong("a function is wanted: leader(f, rng), which returns (axis, low, high, decided).")
    seeds, holding, holding_first, count = range(6), 0, 0, 0
    for k, (f, clear) in enumerate(_tables()):
        total = np.array([f.var(axis=i).mean() for i in range(f.ndim)]) / f.var()
        first = (
            np.array([f.mean(axis=tuple(j for j in range(f.ndim) if j != i)).var() for i in range(f.ndim)]) / f.var()
        )
        top, widths, hits, decided = int(np.argmax(total)), [], 0, 0
        of = "on the table of the exercise" if k == 0 else "right on the table of the exercise, but on another"
        for seed in seeds:
            table = _Counted(f.copy())
            given = called(answer, table, np.random.default_rng(seed))
            if isinstance(given, Verdict):
                return given
            try:
                axis, low, high = int(given[0]), float(given[1]), float(given[2])
                decided += bool(given[3])
            except (TypeError, ValueError, IndexError):
                return wrong("four things are wanted: (axis, low, high, decided), the number of the axis first.")
            if table.read > 4000:
                return wrong(f"that read {table.read} entries of the table; at most 4000 are allowed.")
            if not low < high:
                return wrong("low must lie below high.")
            widths.append(high - low)
            hits += axis == top
            if axis == top:  # where the lead is a tie another axis may be named; its interval is about that axis
                holding += low <= total[top] <= high
                holding_first += low <= first[top] <= high
                count += 1
        if clear is not False and hits < 4:
            if k == 0 and hits == 0:
                return wrong(f"{of} another axis has the largest total index.")
            return wrong(f"{of} it names the wrong axis in {6 - hits} of 6 draws: few pairs often do.")
        width, honest = np.median(widths), _honest_width(f, top)
        if width > 1.5 * honest:
            return wrong(f"{of} the interval is {width:.2f} wide; 4000 entries allow a narrower one.")
        if width < 0.6 * honest:
            return wrong(f"{of} the interval is {width:.2f} wide: narrower than 4000 entries allow.")
        if clear is True and decided < 4:
            return wrong(f"{of} the lead is decided, and in {6 - decided} of 6 draws yours is not.")
        if clear is False and decided > 2:
            return wrong(
                f"{of} two axes are all but equal, and in {decided} of 6 draws yours calls the lead decided: give the "
                "difference of the two indices its own interval."
            )
    if holding < 0.75 * count:
        if holding_first > holding:
            return wrong("those intervals hold the first-order index; the total one counts interactions as well.")
        return wrong(f"the right axes, but only {holding} of {count} intervals hold the index: 95 % do.")
    return right("named, with its interval; say the range with it.")
