r"""How far beyond a point does a normal variable lie, where hardly any of it lies there at all?

Chapters: 22 acquisition, 15 entropy. Read by :mod:`hpmath.acquisition`. Start with :func:`excess`.

Symbols
-------
Z : a standard normal variable; φ, Φ : its density and distribution function; z : any numbers; t >= 0 : thresholds
G_k(t) : E[(Z − t)₊ᵏ] / φ(t) = ∫₀^∞ xᵏ exp(−t x − x²/2) dx. G₀ = (1 − Φ(t)) / φ(t) is Mills' ratio; G₁ = 1 − t G₀;
G₂ = G₀ − t G₁. Far out, G_k falls like k!/t^(k+1), and the differences lose every digit at t = 1e8

Dividing by φ(t), which is 0 in double precision beyond t = 38.6, leaves a function without underflow and so smooth
that a polynomial of degree 22 gives it to 13 digits. Evaluating that takes multiplications and additions only, which
NumPy does faster than SciPy's ``erfcx``.

References
----------
Abramowitz & Stegun (1964), Handbook of Mathematical Functions, 7.2, on the repeated integrals of the error function;
Shepherd & Laframboise (1981), Chebyshev approximation of (1 + 2x) exp(x²) erfc x, Mathematics of Computation 36, for
the change of variable; Ament et al. (2023), Unexpected improvements to expected improvement, on why it is needed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.polynomial.chebyshev import cheb2poly, chebinterpolate

from hpmath._checks import FloatArray

LOG_SQRT_2PI = float(0.5 * np.log(2 * np.pi))
_C = 4.0  # w = 1/(t + 4) maps all thresholds into (0, 1/4]; other constants need more terms


def normal_pdf(z: FloatArray) -> FloatArray:
    """Return φ(z)."""
    with np.errstate(over="ignore", under="ignore"):
        return np.asarray(np.exp(-0.5 * z * z - LOG_SQRT_2PI))


def standardised(gain: FloatArray, std: FloatArray) -> FloatArray:
    """Return gain/std; where ``std`` is 0, ±infinity by the sign of the gain, and 0 for no gain."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        z = gain / std
    z[np.isnan(z)] = 0.0
    return z


def _polynomial(k: int, degree: int = 22) -> list[float]:
    r"""Return the coefficients, highest first, of G_k(t) (t + 4)^(k+1) as a polynomial in y = 1 − 8w.

    .. math:: \frac{G_k(t)}{w^{k+1}} = \int_0^\infty s^k e^{-(1 - 4w)\,s - w^2 s^2/2}\,ds, \qquad s = x / w
    """
    u = np.arange(-40, 6, 1 / 8)  # the trapezoidal rule in u = log s; no term is negative, so no digit is lost
    s = np.exp(u)

    def integral(y: FloatArray) -> FloatArray:
        w = (1 - y[:, None]) / (2 * _C)
        return np.asarray(np.exp((k + 1) * u - (1 - _C * w) * s - (w * s) ** 2 / 2).sum(axis=1) / 8)

    series: FloatArray = chebinterpolate(integral, degree)  # type: ignore[type-var, arg-type, assignment]
    return [float(c) for c in cheb2poly(series)[::-1]]


_POLYNOMIALS = [_polynomial(k) for k in range(3)]


def excess(t: FloatArray, k: int) -> FloatArray:
    """Return G_k(t) for k = 0, 1 or 2 and t >= 0, infinity included, to a relative 5e-14."""
    w = 1 / (t + _C)
    y = 1 - 2 * _C * w
    first, *others = _POLYNOMIALS[k]
    total = np.full_like(y, first)
    for coefficient in others:  # Horner's rule, in place
        total *= y
        total += coefficient
    for _ in range(k + 1):
        total *= w
    return total


def by_blocks(f: Callable[..., Sequence[FloatArray]], *arrays: FloatArray, outputs: int = 1) -> tuple[FloatArray, ...]:
    """Broadcast the arrays, call ``f`` with 8192 numbers of each at a time, and put its ``outputs`` together.

    What ``f`` makes on the way then stays in the processor's cache: a million points take half the time.
    """
    n = len(arrays)
    with np.nditer(  # type: ignore[call-overload]
        [*arrays, *[None] * outputs],
        flags=["external_loop", "buffered", "zerosize_ok"],
        op_flags=[["readonly"]] * n + [["writeonly", "allocate"]] * outputs,
        op_dtypes=[np.dtype(np.float64)] * (n + outputs),
        order="C",
        buffersize=8192,
    ) as blocks:
        for block in blocks:
            for out, values in zip(block[n:], f(*block[:n]), strict=True):
                out[...] = values
        return tuple(blocks.operands[n:])
