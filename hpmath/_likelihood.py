r"""Which hyperparameters explain the values, and how does a fit find them?

Read by :mod:`hpmath.gaussian_process`. Start with :class:`MarginalLikelihood`, then :func:`log_prior`.

Symbols
-------
z : (n,), the values, standardised or not; K = k(X, X) + σ² I, (n, n), L its Cholesky factor; α = K⁻¹ z
θ : (p,), log hyperparameters of the kernel, followed by log σ² where the noise is fitted
W : ½ (α αᵀ − K⁻¹), what a change of K is weighted with: ∂ log p(z | X, θ)/∂θ = Σ_ij W_ij ∂K_ij/∂θ

Triangles are packed: n(n+1)/2 numbers, row after row, as :class:`hpmath.kernels.Pairs` lists them. LAPACK's ``tpttr``
and ``trttp`` carry them to a matrix and back, at the price of a copy; all else is O(n²) too, but for one ``potrf`` and
one ``potri``. LAPACK reads matrices by columns. A lower triangle stored by rows is, unmoved, an upper one stored by
columns: hence ``lower=0`` and U = Lᵀ.

References
----------
Rasmussen & Williams (2006), Algorithm 2.1 and sec. 5.4.1; Hvarfner, Hellsten & Nardi (2024), Vanilla Bayesian
Optimization Performs Great in High Dimensions, for the prior on length scales.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from scipy.linalg.blas import dsyr
from scipy.linalg.lapack import dpotrf, dpotri, dpotrs, dtpttr, dtrttp

from hpmath._checks import FloatArray
from hpmath.kernels import Hyperparameter, Kernel, Pairs
from hpmath.warping import KumaraswamyWarp

JITTERS = (0.0, 1e-10, 1e-8, 1e-6)  # of the mean prior variance, tried in turn where rounding makes K indefinite


class Solved(NamedTuple):
    """What Algorithm 2.1 has computed before it predicts."""

    L: FloatArray  # (n, n), lower triangular, stored by rows
    alpha: FloatArray  # (n,)
    log_likelihood: float
    jitter: float


class MarginalLikelihood:
    """log p(z | X, θ) and its gradient, for one set of points and one form of kernel.

    ``noise`` is None where it is fitted, else the noise variance of each point in units of z², shape (n,).
    """

    def __init__(self, X: FloatArray, z: FloatArray, kernel: Kernel, noise: FloatArray | None) -> None:
        self.pairs, self.z, self.kernel, self.noise = Pairs(X), z, kernel, noise

    def split(self, theta: FloatArray) -> tuple[Kernel, FloatArray]:
        """Return the kernel and the noise variances that theta stands for."""
        if self.noise is not None:
            return self.kernel.replaced(theta), self.noise
        return self.kernel.replaced(theta[:-1]), np.full(len(self.z), np.exp(theta[-1]))

    def solve(self, theta: FloatArray) -> Solved | None:
        """Return L, α and the likelihood; None where K is not positive definite in spite of jitter."""
        kernel, noise = self.split(theta)
        return self._solve(kernel.on_pairs(self.pairs)[0], noise)

    def _solve(self, k: FloatArray | float, noise: FloatArray) -> Solved | None:
        """Rasmussen & Williams (2006), Algorithm 2.1, lines 2, 3 and 7."""
        n = len(self.z)
        packed = k if isinstance(k, np.ndarray) else np.full(self.pairs.size, k)  # a constant kernel is one number
        for share in JITTERS:
            K, _ = dtpttr(n, packed, uplo="U")
            jitter = share * float(packed[self.pairs.diagonal].mean()) if share else 0.0
            K.T.reshape(-1)[:: n + 1] += noise + jitter  # its diagonal
            U, failed = dpotrf(K, lower=0, clean=1, overwrite_a=1)  # line 2
            if not failed:
                alpha, _ = dpotrs(U, self.z, lower=0)  # line 3
                log_likelihood = -0.5 * self.z @ alpha - np.log(U.diagonal()).sum() - 0.5 * n * np.log(2 * np.pi)
                return Solved(U.T, alpha, float(log_likelihood), jitter)  # line 7
        return None

    def with_gradient(self, theta: FloatArray) -> tuple[float, FloatArray]:
        """Return log p(z | X, θ) and its gradient, shape (p,): eq. 5.9 of Rasmussen & Williams (2006)."""
        return self._with_weights(theta)[:2]

    def _with_weights(self, theta: FloatArray) -> tuple[float, FloatArray, FloatArray]:
        """As `with_gradient`, and W, packed."""
        kernel, noise = self.split(theta)
        k, pull = kernel.on_pairs(self.pairs)
        solved = self._solve(k, noise)
        if solved is None:
            return -np.inf, np.zeros(len(kernel.theta) + (self.noise is None)), np.zeros(self.pairs.size)
        inverse, _ = dpotri(solved.L.T, lower=0, overwrite_c=1)  # K⁻¹ in place of L
        inverse = dsyr(-1.0, solved.alpha, a=inverse, lower=0, overwrite_a=1)  # K⁻¹ − α αᵀ
        W, _ = dtrttp(inverse, uplo="U")
        W *= -1  # off the diagonal each pair stands for two entries of the matrix: −½ · 2
        W[self.pairs.diagonal] *= 0.5
        gradient = pull(W)
        if self.noise is None:  # ∂K/∂ log σ² = σ² I
            gradient = np.append(gradient, noise[0] * W[self.pairs.diagonal].sum())
        return solved.log_likelihood, gradient, W


class WarpedLikelihood(MarginalLikelihood):
    """The same for inputs that are warped first: theta ends with log a and log b of each column."""

    def __init__(self, X: FloatArray, z: FloatArray, kernel: Kernel, noise: FloatArray | None) -> None:
        super().__init__(X, z, kernel, noise)
        self.X = X

    def _bend(self, theta: FloatArray) -> tuple[FloatArray, KumaraswamyWarp]:
        cut = len(theta) - 2 * self.X.shape[1]
        return theta[:cut], KumaraswamyWarp(*np.exp(theta[cut:]).reshape(2, -1))

    def warp(self, theta: FloatArray) -> KumaraswamyWarp:
        return self._bend(theta)[1]

    def split(self, theta: FloatArray) -> tuple[Kernel, FloatArray]:
        return super().split(self._bend(theta)[0])

    def solve(self, theta: FloatArray) -> Solved | None:
        self.pairs = Pairs(self.warp(theta)(self.X))
        return super().solve(theta)

    def with_gradient(self, theta: FloatArray) -> tuple[float, FloatArray]:
        warp = self.warp(theta)
        U = warp(self.X)
        self.pairs = Pairs(U)
        value, gradient, W = self._with_weights(theta)
        upper = dtpttr(len(U), W, uplo="U")[0]
        # chain rule: each point moves the covariances of its row; those with itself are constant
        d_U = np.einsum("ij,ijd->id", upper + upper.T, self.split(theta)[0].gradient_x(U, U))
        return value, np.concatenate([gradient, *((d_U * bend).sum(axis=0) for bend in warp.gradient(self.X))])


# -- priors and the search ------------------------------------------------------------------------------------------

# Centre and scale of normal densities of the logarithms. For a length scale: the log-normal density of Hvarfner et al.
# (2024), location √2 + log(d)/2 and scale √3. Seen against log ℓ, the logarithm of that density of ℓ is a parabola with
# its top at location − scale². The log(d)/2 is in `Scales`.
PRIORS = {
    "length_scale": (np.sqrt(2) - 3, np.sqrt(3)),
    "variance": (0.0, 3.0),
    "noise": (-6.0, 3.0),
    "warp": (0.0, np.sqrt(0.75)),
}
BOUNDS = {"length_scale": (1e-5, 1e5), "variance": (1e-5, 1e5), "noise": (1e-8, 1e1), "warp": (0.1, 10.0)}
STARTS = {"length_scale": (0.05, 5.0), "variance": (0.1, 10.0), "noise": (1e-5, 1e-1), "warp": (0.5, 2.0)}


class Scales(NamedTuple):
    """Units of the hyperparameters: what the priors, bounds and starts are multiples of."""

    kinds: tuple[str, ...]
    units: FloatArray  # (p,), of the hyperparameter: the extent of its column, or the mean of z²
    roots: FloatArray  # (p,), √d for a length scale, else 1
    centre: FloatArray  # (p,), of the prior of theta
    scale: FloatArray  # (p,), of the same

    @classmethod
    def of(cls, X: FloatArray, z: FloatArray, hyperparameters: tuple[Hyperparameter, ...]) -> Scales:
        """Measure them on the data: a column inside [0, 1] has extent 1, as in the unit cube, another one its range."""
        low, high = X.min(axis=0), X.max(axis=0)
        extent = np.where((low >= 0) & (high <= 1) | (high == low), 1.0, high - low)
        power = float(np.mean(z**2)) or 1.0
        one = {"variance": power, "noise": power, "warp": 1.0}
        units = [
            one[name] if name in one else extent.mean() if column is None else extent[column]
            for name, column in hyperparameters
        ]
        kinds = tuple(name for name, _ in hyperparameters)
        roots = [np.sqrt(X.shape[1]) if kind == "length_scale" else 1.0 for kind in kinds]
        centre, scale = np.array([PRIORS[kind] for kind in kinds]).T
        return cls(kinds, np.array(units), np.array(roots), centre + np.log(units) + np.log(roots), scale)

    def table(self, of: dict[str, tuple[float, float]]) -> FloatArray:
        return np.array([of[kind] for kind in self.kinds]).reshape(-1, 2).T

    def bounds(self) -> FloatArray:
        """Bounds of theta, (2, p)."""
        bounds: FloatArray = np.log(self.table(BOUNDS) * self.units)
        return bounds

    def start(self, rng: np.random.Generator) -> FloatArray:
        """Draw a theta to start from."""
        low, high = np.log(self.table(STARTS) * self.units * self.roots)
        return np.asarray(rng.uniform(low, high))


def log_prior(theta: FloatArray, scales: Scales) -> tuple[float, FloatArray]:
    """Return the log density of the hyperparameters' priors, up to a constant, and its gradient in theta."""
    t = (theta - scales.centre) / scales.scale
    return float(-0.5 * t @ t), -t / scales.scale


def maximise(
    likelihood: MarginalLikelihood, scales: Scales, starts: list[FloatArray], *, prior: bool
) -> tuple[FloatArray, list[tuple[FloatArray, float]]]:
    """Climb from each start with L-BFGS-B; return the best theta, and where each climb ended and how high."""
    from scipy.optimize import minimize  # here, because it is slow to import

    low, high = scales.bounds()
    low, high = np.minimum(low, starts[0]), np.maximum(high, starts[0])  # a start that was asked for is allowed

    def objective(theta: Any) -> Any:
        value, gradient = likelihood.with_gradient(theta)
        if prior:
            more, slope = log_prior(theta, scales)
            value, gradient = value + more, gradient + slope
        return (-value, -gradient) if np.isfinite(value) else (1e25, np.zeros(len(theta)))

    ends = []
    for start in starts:
        found: Any = minimize(objective, start, jac=True, method="L-BFGS-B", bounds=list(zip(low, high, strict=True)))
        ends.append((np.asarray(found.x), -float(found.fun)))
    return max(ends, key=lambda end: end[1])[0], ends
