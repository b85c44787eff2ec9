r"""What if a function is wiggly at one end of an axis and flat at the other?

Chapters: 10 gaussian_process (warped inputs against a log-transformed loss), 23 bayesopt.

A stationary kernel knows one length scale for a whole column. Warping bends the axis first, so that equal steps mean
about equal changes; how it is bent is learned with the other hyperparameters (``GaussianProcess(warp=True)``).

Symbols: u ∈ [0, 1], one coordinate of a point in the unit cube; a, b > 0, one pair for each column;
w = 1 − (1 − uᵃ)ᵇ, the warped coordinate, again in [0, 1]. a = b = 1 leaves everything as it is.

Start reading at ``KumaraswamyWarp.__call__``.

References
----------
Snoek, Swersky, Zemel & Adams (2014), Input Warping for Bayesian Optimization of Non-Stationary Functions (with the
Beta distribution); Kumaraswamy (1980), whose distribution function needs no integral.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import xlog1py, xlogy

from hpmath._checks import FloatArray, as_finite, as_unit

__all__ = ["KumaraswamyWarp"]


class KumaraswamyWarp:
    r"""The distribution function of Kumaraswamy as a rising map of [0, 1] onto itself.

    .. math:: w(u) = 1 - (1 - u^a)^b

    With a < 1 = b the axis is stretched near 0, with b < 1 = a near 1; above 1 it is squeezed there.

    Parameters
    ----------
    a, b : float or array_like, shape (d,)
        Positive; one pair for all columns or one for each.

    Raises
    ------
    ValueError
        If a or b is not positive and finite, or they do not broadcast.

    References
    ----------
    Kumaraswamy (1980); Snoek et al. (2014).

    Examples
    --------
    >>> warp = KumaraswamyWarp(0.5, 1.0)
    >>> warp([0.0, 0.25, 1.0])
    array([0. , 0.5, 1. ])
    >>> warp.inverse(warp([0.1, 0.9])).round(12)
    array([0.1, 0.9])
    >>> warp.derivative([0.25])
    array([1.])
    """

    def __init__(self, a: ArrayLike, b: ArrayLike) -> None:
        self.a, self.b = as_finite(a, "a"), as_finite(b, "b")
        for name, values in (("a", self.a), ("b", self.b)):
            if values.ndim > 1 or (values <= 0).any():
                raise ValueError(f"{name} must be a positive number or have shape (d,) with positive entries, got "
                                 f"{values.tolist()}")  # fmt: skip
        if self.a.ndim == self.b.ndim == 1 and len(self.a) != len(self.b):
            raise ValueError(f"a and b must have one entry for each column, got {len(self.a)} and {len(self.b)}")

    def __call__(self, U: ArrayLike) -> FloatArray:
        """Warp coordinates in [0, 1], shape (..., d)."""
        return np.asarray(-np.expm1(self.b * self._log_rest(self._as_unit(U, "U"))))  # 1 − (1 − uᵃ)ᵇ, exact near 0

    def inverse(self, W: ArrayLike) -> FloatArray:
        """Undo it: u with w(u) = W."""
        with np.errstate(divide="ignore"):
            rest = np.log1p(-self._as_unit(W, "W")) / self.b
        return np.asarray((-np.expm1(rest)) ** (1 / self.a))

    def derivative(self, U: ArrayLike) -> FloatArray:
        """dw/du = a b uᵃ⁻¹ (1 − uᵃ)ᵇ⁻¹; infinite at 0 if a < 1, and at 1 if b < 1."""
        u = self._as_unit(U, "U")
        with np.errstate(divide="ignore"):
            return np.asarray(self.a * self.b * u ** (self.a - 1) * (1 - u**self.a) ** (self.b - 1))

    def gradient(self, U: ArrayLike) -> tuple[FloatArray, FloatArray]:
        """Derivatives of w in log a and in log b, shape of U each: what a fit needs."""
        u = self._as_unit(U, "U")
        log_rest = self._log_rest(u)
        ua = u**self.a
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            # ∂w/∂a = b (1 − uᵃ)ᵇ⁻¹ uᵃ log u; at u = 1 the last factor wins. ∂w/∂b = −(1 − uᵃ)ᵇ log(1 − uᵃ)
            in_a = np.where(ua < 1, self.a * self.b * np.exp((self.b - 1) * log_rest) * xlogy(ua, u), 0.0)
            in_b = np.where(ua < 1, -self.b * np.exp(self.b * log_rest) * log_rest, 0.0)
        return in_a, in_b

    def _log_rest(self, u: FloatArray) -> FloatArray:
        """log(1 − uᵃ)."""
        with np.errstate(divide="ignore"):
            return np.asarray(xlog1py(1.0, -(u**self.a)))

    def _as_unit(self, U: ArrayLike, name: str) -> FloatArray:
        u = as_unit(U, name)
        d = max(self.a.size, self.b.size)
        if d > 1 and (u.ndim == 0 or u.shape[-1] != d):
            raise ValueError(f"{name} must have {d} columns, one for each pair of a and b, got shape {u.shape}")
        return u

    def __repr__(self) -> str:
        a, b = (np.array2string(v, precision=4, separator=", ") for v in (self.a, self.b))
        return f"KumaraswamyWarp(a={a}, b={b})"
