r"""How alike are two configurations, and so how much does one loss say about the other?

Chapters: 10 gaussian_process, 23 bayesopt.

A kernel k(x, z) is the covariance of a random function's values at x and z. Kernels are plain objects: they evaluate,
add, multiply and print, and know their hyperparameters as one vector of logarithms, ``theta``.

Symbols
-------
X : (n, d), Z : (m, d), points as rows; k(X, Z) : (n, m), the matrix of covariances
ℓ : a length scale, or d of them (ARD); r² = Σ_j (x_j − z_j)²/ℓ_j², the squared distance in length scales
θ : (p,), log hyperparameters in the order in which they are written; optimisation is on θ, so all stay positive
κ(r²) : the profile of a stationary kernel, k(x, z) = κ(r²), and its slope dκ/d(r²)
s : (d, n(n+1)/2), squared differences of all pairs of n points, one row a coordinate: :class:`Pairs`

Start reading at :class:`RBF`, whose profile takes two lines, then ``_Stationary``, where length scales come in.
All derivatives go through ``on_pairs``: it returns the covariances of all pairs and a function that takes weights
W to Σ W_ij ∂K_ij/∂θ. Sums and products of kernels are then the sum and product rule, and no matrix of derivatives is
ever formed.

References
----------
Rasmussen & Williams (2006), Gaussian Processes for Machine Learning, ch. 4 (kernels) and sec. 5.1 (ARD).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hpmath._checks import FloatArray, as_finite, as_number, as_points

__all__ = ["RBF", "Constant", "Kernel", "Matern12", "Matern32", "Matern52", "White"]

Pull = Callable[[FloatArray], FloatArray]  # weights of the pairs -> Σ weight × ∂k/∂θ, shape (p,)


class Hyperparameter(NamedTuple):
    """What one entry of ``theta`` is the logarithm of."""

    name: str  # "variance", "noise" or "length_scale"
    column: int | None = None  # whose length scale; None for one that all columns share


class Pairs:
    """All pairs of n points, each once: the lower triangle of an n × n matrix, row after row.

    ``squares`` has shape (d, n(n+1)/2): the squared difference of each pair in each coordinate. It does not depend on
    hyperparameters, so one of these serves a whole fit. ``diagonal`` is where the pairs of a point with itself are.
    """

    def __init__(self, X: FloatArray) -> None:
        n = len(X)
        first, second = np.tril_indices(n)
        columns = np.ascontiguousarray(X.T)
        self.squares = columns[:, first]
        self.squares -= columns[:, second]
        self.squares *= self.squares
        self.n, self.size = n, len(first)
        self.diagonal: NDArray[np.int64] = np.flatnonzero(first == second)


class Kernel(ABC):
    """A covariance function: evaluates as ``k(X)`` and ``k(X, Z)``, adds and multiplies with others and with numbers.

    Kernels never change; :meth:`with_theta` returns a copy with other hyperparameters.

    Examples
    --------
    >>> k = Constant(2.0) * Matern52(length_scale=[0.5, 3.0]) + White(0.1)
    >>> k
    Constant(2) * Matern52(length_scale=[0.5, 3]) + White(0.1)
    >>> k([[0.0, 0.0], [0.5, 0.0]]).round(3)
    array([[2.1  , 1.048],
           [1.048, 2.1  ]])
    >>> k.theta.round(3)
    array([ 0.693, -0.693,  1.099, -2.303])
    """

    @property
    @abstractmethod
    def theta(self) -> FloatArray:
        """Logarithms of the hyperparameters, shape (p,), in the order in which the kernel prints them."""

    @property
    @abstractmethod
    def hyperparameters(self) -> tuple[Hyperparameter, ...]:
        """What each entry of ``theta`` stands for."""

    @property
    @abstractmethod
    def size(self) -> int:
        """Number of hyperparameters, p."""

    @abstractmethod
    def replaced(self, theta: FloatArray) -> Kernel:
        """As :meth:`with_theta`, without a check: for the steps of an optimiser."""

    def __call__(self, X: ArrayLike, Z: ArrayLike | None = None) -> FloatArray:
        """Covariances of all points of X with all of Z, (n, m); ``k(X)`` of the points of X with one another."""
        X = self._as_points(X)
        Z = None if Z is None else as_points(Z, "Z", X.shape[1], "to match X")
        k = self.matrix(X, Z)
        return k if isinstance(k, np.ndarray) else np.full((len(X), len(X if Z is None else Z)), k)

    def diag(self, X: ArrayLike) -> FloatArray:
        """Prior variances, (n,): the diagonal of ``k(X)`` without the rest of it."""
        return np.full(len(self._as_points(X)), self._variance)

    def gradient_x(self, X: ArrayLike, Z: ArrayLike) -> FloatArray:
        r"""Gradients :math:`\partial k(x, z)/\partial x` for all x in X and z in Z, (n, m, d)."""
        X = self._as_points(X)
        return self._gradient_x(X, as_points(Z, "Z", X.shape[1], "to match X"))

    def _as_points(self, X: ArrayLike) -> FloatArray:
        X = as_points(X)
        self.check_width(X.shape[1])
        return X

    @property
    @abstractmethod
    def _variance(self) -> float:
        """k(x, x), the same at every x."""

    @abstractmethod
    def matrix(self, X: FloatArray, Z: FloatArray | None) -> FloatArray | float:
        """As ``k(X, Z)``, without checks; one number where all covariances are the same."""

    @abstractmethod
    def _gradient_x(self, X: FloatArray, Z: FloatArray) -> FloatArray: ...

    @abstractmethod
    def check_width(self, d: int) -> None:
        """Raise if the kernel has length scales for another number of columns than d."""

    @abstractmethod
    def on_pairs(self, pairs: Pairs) -> tuple[FloatArray | float, Pull]:
        """Covariances of the pairs, (n(n+1)/2,), and the function that contracts their gradient in theta."""

    def with_theta(self, theta: ArrayLike) -> Kernel:
        """Return the same kernel with other hyperparameters, given as logarithms, shape (p,)."""
        values = as_finite(theta, "theta")
        p = len(self.hyperparameters)
        if values.shape != (p,):
            raise ValueError(f"theta must have shape ({p},), one entry for each hyperparameter of {self!r}, got shape "
                             f"{values.shape}")  # fmt: skip
        return self.replaced(values)

    def contracted_gradient(self, X: ArrayLike, W: ArrayLike) -> FloatArray:
        r"""Return :math:`\sum_{ij} W_{ij}\,\partial k(x_i, x_j)/\partial\theta`, (p,), for a weight matrix (n, n).

        This is all that the gradient of a likelihood needs of the kernel: no n × n matrix per hyperparameter is made.

        Examples
        --------
        >>> RBF(2.0).contracted_gradient([[0.0], [2.0]], [[0.0, 0.5], [0.5, 0.0]])  # exp(−r²/2) r² at r = 1
        array([0.60653066])
        """
        X, weights = self._as_points(X), as_finite(W, "W")
        if weights.shape != (len(X), len(X)):
            raise ValueError(f"W must have shape ({len(X)}, {len(X)}) to match X, got {weights.shape}")
        pairs = Pairs(X)
        both = weights + weights.T  # a pair of two points stands in the matrix twice, a point with itself once
        np.fill_diagonal(both, weights.diagonal())
        return self.on_pairs(pairs)[1](both[np.tril_indices(len(X))])

    def __add__(self, other: Kernel | float) -> Kernel:
        return Sum(self, _as_kernel(other))

    def __radd__(self, other: float) -> Kernel:
        return Sum(_as_kernel(other), self)

    def __mul__(self, other: Kernel | float) -> Kernel:
        return Product(self, _as_kernel(other))

    def __rmul__(self, other: float) -> Kernel:
        return Product(_as_kernel(other), self)

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and repr(self) == repr(other) and bool((self.theta == other.theta).all())  # type: ignore[attr-defined]

    def __hash__(self) -> int:
        return hash((type(self), self.theta.tobytes()))


def _as_kernel(value: Any) -> Kernel:
    return value if isinstance(value, Kernel) else Constant(as_number(value, "a kernel's factor or term", above=0))


# -- stationary kernels ----------------------------------------------------------------------------------------------


class _Stationary(Kernel):
    """A function κ of r², the squared distance in length scales; κ(0) = 1."""

    def __init__(self, length_scale: ArrayLike = 1.0) -> None:
        scales = as_finite(length_scale, "length_scale").copy()
        if scales.ndim > 1 or scales.size == 0:
            raise ValueError(f"length_scale must be a number or have shape (d,), got shape {scales.shape}")
        if (scales <= 0).any():
            raise ValueError(f"length_scale must be positive, got {scales.min():g}")
        self.length_scale: Any = float(scales) if scales.ndim == 0 else scales

    @staticmethod
    @abstractmethod
    def _profile(r2: FloatArray, slope: bool) -> tuple[FloatArray, Any]:
        """Return κ(r²), and dκ/d(r²) where it is asked for."""

    @property
    def theta(self) -> FloatArray:
        return np.log(np.atleast_1d(np.asarray(self.length_scale, dtype=np.float64)))

    @property
    def hyperparameters(self) -> tuple[Hyperparameter, ...]:
        if np.ndim(self.length_scale) == 0:
            return (Hyperparameter("length_scale"),)
        return tuple(Hyperparameter("length_scale", j) for j in range(len(self.length_scale)))

    @property
    def size(self) -> int:
        return int(np.size(self.length_scale))

    def replaced(self, theta: FloatArray) -> Kernel:
        new = object.__new__(type(self))
        new.length_scale = float(np.exp(theta[0])) if np.ndim(self.length_scale) == 0 else np.exp(theta)
        return new

    @property
    def _variance(self) -> float:
        return 1.0

    def matrix(self, X: FloatArray, Z: FloatArray | None) -> FloatArray:
        return self._profile(self._r2(X, X if Z is None else Z), slope=False)[0]

    def _gradient_x(self, X: FloatArray, Z: FloatArray) -> FloatArray:
        slope = self._profile(self._r2(X, Z), slope=True)[1]
        scale: FloatArray = 2 / np.square(self.length_scale)  # chain rule: ∂r²/∂x_j = 2 (x_j − z_j)/ℓ_j²
        return np.asarray(slope[..., None] * (X[:, None, :] - Z) * scale)

    def on_pairs(self, pairs: Pairs) -> tuple[FloatArray, Pull]:
        inverse = 1 / np.square(self.length_scale)
        if np.ndim(self.length_scale) == 0:
            inverse = np.full(len(pairs.squares), inverse)
        k, slope = self._profile(inverse @ pairs.squares, slope=True)

        def pull(weights: FloatArray) -> FloatArray:
            # ∂r²/∂ log ℓ_j = −2 (x_j − z_j)²/ℓ_j²; the sum over pairs is one product of a matrix and a vector
            gradient: FloatArray = -2 * inverse * (pairs.squares @ (weights * slope))
            return gradient if np.ndim(self.length_scale) else np.array([gradient.sum()])

        return k, pull

    def _r2(self, X: FloatArray, Z: FloatArray) -> FloatArray:
        from scipy.spatial.distance import cdist  # here, because it is slow to import

        # by differences: |x|² + |z|² − 2 x·z would be a product of matrices, and lose the digits of close points
        return cdist(X / self.length_scale, Z / self.length_scale, "sqeuclidean")  # type: ignore[no-any-return]

    def check_width(self, d: int) -> None:
        if np.ndim(self.length_scale) and len(self.length_scale) != d:
            raise ValueError(f"X must have {len(self.length_scale)} columns, one for each length scale of {self!r}, "
                             f"got {d}")  # fmt: skip

    def __repr__(self) -> str:
        scales = np.asarray(self.length_scale)
        text = f"{scales:.4g}" if scales.ndim == 0 else f"[{', '.join(f'{scale:.4g}' for scale in scales)}]"
        return f"{type(self).__name__}(length_scale={text})"


class RBF(_Stationary):
    r"""Radial basis function, also called squared exponential: infinitely smooth.

    .. math:: k(x, z) = \exp(-r^2/2)

    Parameters
    ----------
    length_scale : float or array_like, shape (d,)
        How far one must go along a coordinate for values to become nearly unrelated, in units of x: one for all
        columns, or one for each (automatic relevance determination: a column with a long one hardly matters).

    Raises
    ------
    ValueError
        If a length scale is not positive and finite.

    References
    ----------
    Rasmussen & Williams (2006), eq. 4.9, and eq. 5.2 for ARD.

    Examples
    --------
    >>> RBF(length_scale=2.0)([[0.0]], [[0.0], [2.0]]).round(4)
    array([[1.    , 0.6065]])
    """

    @staticmethod
    def _profile(r2: FloatArray, slope: bool) -> tuple[FloatArray, Any]:
        k = np.exp(-0.5 * r2)
        return k, -0.5 * k if slope else None


class Matern12(_Stationary):
    r"""Matérn kernel with ν = 1/2, the exponential kernel: continuous, nowhere differentiable.

    .. math:: k(x, z) = e^{-r}

    Parameters
    ----------
    length_scale : float or array_like, shape (d,)
        As for :class:`RBF`.

    Notes
    -----
    At x = z the kernel has a kink; ``gradient_x`` returns 0 there, the mean of its one-sided slopes.

    References
    ----------
    Rasmussen & Williams (2006), eq. 4.18.

    Examples
    --------
    >>> Matern12()([[0.0]], [[0.0], [1.0]]).round(4)
    array([[1.    , 0.3679]])
    """

    @staticmethod
    def _profile(r2: FloatArray, slope: bool) -> tuple[FloatArray, Any]:
        r = np.sqrt(r2)
        k = np.exp(-r)
        if not slope:
            return k, None
        with np.errstate(divide="ignore", invalid="ignore"):
            return k, np.where(r > 0, -0.5 * k / r, 0.0)  # dk/d(r²) = −k/2r


class Matern32(_Stationary):
    r"""Matérn kernel with ν = 3/2: once differentiable.

    .. math:: k(x, z) = (1 + \sqrt3\,r)\,e^{-\sqrt3\,r}

    Parameters
    ----------
    length_scale : float or array_like, shape (d,)
        As for :class:`RBF`.

    References
    ----------
    Rasmussen & Williams (2006), eq. 4.17.

    Examples
    --------
    >>> Matern32()([[0.0]], [[0.0], [1.0]]).round(4)
    array([[1.    , 0.4834]])
    """

    @staticmethod
    def _profile(r2: FloatArray, slope: bool) -> tuple[FloatArray, Any]:
        a = np.sqrt(3 * r2)
        e = np.exp(-a)
        return (1 + a) * e, -1.5 * e if slope else None


class Matern52(_Stationary):
    r"""Matérn kernel with ν = 5/2: twice differentiable; the usual one for tuning.

    .. math:: k(x, z) = \left(1 + \sqrt5\,r + \tfrac53 r^2\right) e^{-\sqrt5\,r}

    Parameters
    ----------
    length_scale : float or array_like, shape (d,)
        As for :class:`RBF`.

    References
    ----------
    Rasmussen & Williams (2006), eq. 4.17; Snoek, Larochelle & Adams (2012), on why not the RBF.

    Examples
    --------
    >>> Matern52()([[0.0]], [[0.0], [1.0]]).round(4)
    array([[1.    , 0.524]])
    """

    @staticmethod
    def _profile(r2: FloatArray, slope: bool) -> tuple[FloatArray, Any]:
        a = np.sqrt(5 * r2)
        e = np.exp(-a)
        a += 1  # 1 + √5 r, in place: this is where a fit spends what LAPACK leaves
        k = r2 * (5 / 3)
        k += a
        k *= e
        if not slope:
            return k, None
        a *= e
        a *= -5 / 6
        return k, a  # dk/d(r²) = −5/6 (1 + √5 r) e^{−√5 r}


# -- constants and noise ---------------------------------------------------------------------------------------------


class _OneVariance(Kernel):
    """A kernel with one hyperparameter, a variance."""

    _kind = "variance"

    def __init__(self, variance: float = 1.0) -> None:
        self.variance = as_number(variance, "variance", above=0)

    @property
    def theta(self) -> FloatArray:
        return np.log([self.variance])

    @property
    def hyperparameters(self) -> tuple[Hyperparameter, ...]:
        return (Hyperparameter(self._kind),)

    @property
    def size(self) -> int:
        return 1

    def replaced(self, theta: FloatArray) -> Kernel:
        new = object.__new__(type(self))
        new.variance = float(np.exp(theta[0]))
        return new

    @property
    def _variance(self) -> float:
        return self.variance

    def _gradient_x(self, X: FloatArray, Z: FloatArray) -> FloatArray:
        return np.zeros((len(X), *Z.shape))

    def check_width(self, d: int) -> None:
        pass

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.variance:.4g})"


class Constant(_OneVariance):
    r"""The same covariance everywhere, :math:`k(x, z) = c`: as a factor the signal's variance, as a term a mean.

    Parameters
    ----------
    variance : float
        c > 0, in units of y² (of the standardised y where a Gaussian process normalises it).

    Examples
    --------
    >>> (Constant(4.0) * RBF()).diag([[0.0], [1.0]])
    array([4., 4.])
    """

    def matrix(self, X: FloatArray, Z: FloatArray | None) -> float:
        """One number for all points."""
        return self.variance

    def on_pairs(self, pairs: Pairs) -> tuple[float, Pull]:
        """One number for all pairs."""
        return self.variance, lambda weights: np.array([self.variance * weights.sum()])


class White(_OneVariance):
    r"""Noise as a kernel: :math:`k(x_i, x_j) = \sigma^2` for i = j and 0 otherwise.

    ``White()(X)`` is diagonal, and ``White()(X, Z)`` is zero even where a row of Z equals one of X: another
    measurement has other noise.

    Parameters
    ----------
    variance : float
        σ² > 0, in units of y² (of the standardised y where a Gaussian process normalises it).

    Examples
    --------
    >>> White(0.5)([[1.0], [1.0]])
    array([[0.5, 0. ],
           [0. , 0.5]])
    """

    _kind = "noise"

    def matrix(self, X: FloatArray, Z: FloatArray | None) -> FloatArray:
        """Zero but on the diagonal."""
        return np.zeros((len(X), len(Z))) if Z is not None else self.variance * np.eye(len(X))

    def on_pairs(self, pairs: Pairs) -> tuple[FloatArray, Pull]:
        """Zero but for the pairs of a point with itself."""
        k = np.zeros(pairs.size)
        k[pairs.diagonal] = self.variance
        return k, lambda weights: np.array([self.variance * weights[pairs.diagonal].sum()])


# -- arithmetic ------------------------------------------------------------------------------------------------------


class _Two(Kernel):
    """Two kernels, left and right; theta is that of the left one, then that of the right one."""

    def __init__(self, left: Kernel, right: Kernel) -> None:
        self.left, self.right = left, right

    @property
    def theta(self) -> FloatArray:
        return np.concatenate([self.left.theta, self.right.theta])

    @property
    def hyperparameters(self) -> tuple[Hyperparameter, ...]:
        return self.left.hyperparameters + self.right.hyperparameters

    @property
    def size(self) -> int:
        return self.left.size + self.right.size

    def replaced(self, theta: FloatArray) -> Kernel:
        cut = self.left.size
        return type(self)(self.left.replaced(theta[:cut]), self.right.replaced(theta[cut:]))

    def check_width(self, d: int) -> None:
        self.left.check_width(d)
        self.right.check_width(d)


class Sum(_Two):
    """k₁ + k₂: two independent functions added."""

    @property
    def _variance(self) -> float:
        return self.left._variance + self.right._variance

    def matrix(self, X: FloatArray, Z: FloatArray | None) -> FloatArray | float:
        return self.left.matrix(X, Z) + self.right.matrix(X, Z)

    def _gradient_x(self, X: FloatArray, Z: FloatArray) -> FloatArray:
        return self.left._gradient_x(X, Z) + self.right._gradient_x(X, Z)

    def on_pairs(self, pairs: Pairs) -> tuple[FloatArray | float, Pull]:
        (a, pull_a), (b, pull_b) = self.left.on_pairs(pairs), self.right.on_pairs(pairs)
        return a + b, lambda weights: np.concatenate([pull_a(weights), pull_b(weights)])

    def __repr__(self) -> str:
        return f"{self.left!r} + {self.right!r}"


class Product(_Two):
    """k₁ k₂: two points are alike only if both kernels say so."""

    @property
    def _variance(self) -> float:
        return self.left._variance * self.right._variance

    def matrix(self, X: FloatArray, Z: FloatArray | None) -> FloatArray | float:
        return self.left.matrix(X, Z) * self.right.matrix(X, Z)

    def _gradient_x(self, X: FloatArray, Z: FloatArray) -> FloatArray:
        a, b = (np.asarray(k.matrix(X, Z))[..., None] for k in (self.left, self.right))
        return np.asarray(self.left._gradient_x(X, Z) * b + a * self.right._gradient_x(X, Z))

    def on_pairs(self, pairs: Pairs) -> tuple[FloatArray | float, Pull]:
        (a, pull_a), (b, pull_b) = self.left.on_pairs(pairs), self.right.on_pairs(pairs)
        return a * b, lambda weights: np.concatenate([pull_a(weights * b), pull_b(weights * a)])

    def __repr__(self) -> str:
        return " * ".join(f"({k!r})" if isinstance(k, Sum) else repr(k) for k in (self.left, self.right))
