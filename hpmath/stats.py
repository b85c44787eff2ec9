r"""How far may the number I report be off?

Chapters: 00 (intervals over seeds in every comparison), 11 (where they come from, and where they fail).
Start with :func:`t_interval`: six lines that every figure of this book leans on. Then :func:`bootstrap_interval`,
for statistics that have no such formula.

Symbols: n independent repetitions (seeds, splits) are the rows of ``values``, shape (n,) or (n, k) for k quantities
measured in each of them (trials of a curve); s is their standard deviation with n − 1; B the number of resamples,
:math:`\hat\theta` the statistic of the data, :math:`\hat\theta^{*}_b` that of resample b.

**What 95 % means.** Not that the truth lies in *this* interval with probability .95: once the numbers are in, it does
or it doesn't. It is a property of the procedure. Whoever repeats the whole experiment many times, computing a new
interval each time, covers the truth in 95 % of the repetitions, as far as the assumptions hold. The first of them is
that the rows are independent. The k scores of one k-fold cross-validation are not.

Papers: Student (1908); Efron (1987); Efron & Tibshirani (1993); DiCiccio & Efron (1996).
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr, ndtri, stdtrit

from hpmath._checks import RNG, FloatArray, as_count, as_fraction, as_repetitions, as_rng, one_of

__all__ = ["Interval", "bootstrap_interval", "t_interval"]

_BATCH = 2_000_000  # numbers resampled at a time: 16 MB


class _Ends(NamedTuple):
    low: Any
    high: Any


class Interval(_Ends):
    """An interval that unpacks as two numbers: ``low, high = t_interval(values)``.

    Attributes
    ----------
    low, high : float or ndarray, shape (k,)
        The two ends, in units of the values.
    estimate : float or ndarray, shape (k,)
        The statistic of the data itself. Not always the midpoint, and not always inside a BCa interval.
    confidence : float
        The share of repetitions of the whole experiment in which the interval is meant to cover the truth.

    Examples
    --------
    >>> from hpmath import t_interval
    >>> interval = t_interval([2.1, 2.4, 1.9, 2.0])
    >>> interval
    Interval(low=1.756, high=2.444, estimate=2.1, confidence=0.95)
    >>> low, high = interval
    >>> low == interval.low, round(interval.width, 4)
    (True, 0.6875)
    """

    estimate: Any
    confidence: float

    def __new__(cls, low: Any, high: Any, estimate: Any = None, confidence: float = 0.95) -> Interval:
        """Pair the two ends with what they are about."""
        self = super().__new__(cls, low, high)
        self.__dict__.update(estimate=estimate, confidence=confidence)
        return self

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"an Interval is frozen; make a new one to change {name}")

    def __repr__(self) -> str:
        def show(value: Any) -> str:
            return format(value, ".4g") if np.ndim(value) == 0 and value is not None else repr(value)

        fields = [("low", self.low), ("high", self.high), ("estimate", self.estimate), ("confidence", self.confidence)]
        return f"Interval({', '.join(f'{name}={show(value)}' for name, value in fields)})"

    @property
    def width(self) -> Any:
        """``high - low``, in units of the values."""
        return self.high - self.low


def t_interval(values: ArrayLike, confidence: float = 0.95) -> Interval:
    r"""Student's t interval for a mean.

    .. math:: \bar x \pm t_{n-1,\,(1+c)/2}\; s/\sqrt n, \qquad s^2 = \frac{1}{n-1}\sum_{i=1}^n (x_i-\bar x)^2

    Exact for independent normal values, and close for others once n is in the tens and the values are not too skewed.
    The confidence is a property of the procedure: over many repetitions of the whole experiment a share ``confidence``
    of the intervals covers the true mean. It says nothing about where the next *single* value falls.

    Parameters
    ----------
    values : array_like, shape (n,) or (n, k)
        Rows are independent repetitions, n >= 2. With k columns (a curve per seed) each column gets its own interval:
        the k statements hold one at a time, not all at once.
    confidence : float
        Strictly between 0 and 1.

    Returns
    -------
    Interval
        ``low, high`` (floats for shape (n,), else arrays of shape (k,)), with ``estimate`` the mean. Values that are
        all equal give an interval of width zero.

    Raises
    ------
    ValueError
        If there are fewer than two rows, a value is NaN or infinite, or ``confidence`` is not inside (0, 1).

    References
    ----------
    Student (1908), The probable error of a mean, Biometrika 6.

    Examples
    --------
    >>> low, high = t_interval([0.031, 0.028, 0.035, 0.030, 0.026])
    >>> print(f"{low:.4f} to {high:.4f}")
    0.0258 to 0.0342
    >>> curves = [[0.9, 0.5, 0.3], [0.8, 0.6, 0.2], [0.7, 0.4, 0.4]]
    >>> t_interval(curves).low.round(3)
    array([0.552, 0.252, 0.052])
    """
    x = as_repetitions(values)
    confidence = as_fraction(confidence, "confidence")
    mean, std = _mean_and_std(x)
    n = len(x)
    half = stdtrit(n - 1, (1 + confidence) / 2) * std / np.sqrt(n)
    return _interval(mean - half, mean + half, mean, confidence)


def bootstrap_interval(
    values: ArrayLike,
    statistic: Callable[..., Any] = np.mean,
    confidence: float = 0.95,
    *,
    n_resamples: int = 9999,
    method: str = "bca",
    rng: RNG = None,
) -> Interval:
    r"""Bootstrap interval for any statistic of independent repetitions.

    Draw n rows with replacement, compute the statistic, and do so B times: how much it varies from resample to
    resample stands in for how much it would vary from experiment to experiment. ``"percentile"`` takes the quantiles
    :math:`(1\mp c)/2` of the B numbers. ``"bca"`` moves these two levels to

    .. math:: \alpha' = \Phi\!\left(z_0 + \frac{z_0 + z_\alpha}{1 - a\,(z_0 + z_\alpha)}\right),

    where the bias correction :math:`z_0 = \Phi^{-1}(\#\{\hat\theta^*_b < \hat\theta\}/B)` (ties count half) puts right
    a median-biased statistic, and the acceleration a, from the jackknife, one whose standard error changes with its
    value. The error in the coverage of either end is then O(1/n) instead of O(1/√n). With n below 10 or so
    bootstrap intervals tend to be too narrow; for a mean prefer :func:`t_interval` there.

    Parameters
    ----------
    values : array_like, shape (n,) or (n, k)
        Rows are independent repetitions, n >= 2. Rows are resampled whole, so k columns stay together.
    statistic : callable
        Takes a sample and returns a number. If it has an ``axis`` argument (``np.mean``, ``np.median``) it is called
        on many resamples at once; otherwise with one sample of shape (n,) at a time, which is slower.
    confidence : float
        Strictly between 0 and 1.
    n_resamples : int
        B. Below 1,000 the ends themselves are noisy.
    method : {"bca", "percentile"}
        Bias-corrected and accelerated, or plain quantiles.
    rng : None, int or numpy.random.Generator
        Source of the resamples. The same seed gives the same interval.

    Returns
    -------
    Interval
        ``low, high`` (floats for shape (n,), else arrays of shape (k,)), with ``estimate`` the statistic of the data.
        Values that are all equal give an interval of width zero.

    Raises
    ------
    ValueError
        If there are fewer than two rows, a value or a statistic is not finite, the statistic does not return one
        number per sample, ``method`` is unknown, ``confidence`` is not inside (0, 1), or every resampled statistic
        falls on one side of the estimate, where BCa is not defined.

    References
    ----------
    Efron (1987), Better bootstrap confidence intervals, JASA 82. Efron & Tibshirani (1993), An introduction to the
    bootstrap, chapter 14, eqs. 14.9 to 14.15. DiCiccio & Efron (1996), Bootstrap confidence intervals, Stat. Sci. 11.

    Examples
    --------
    >>> seconds = [1.2, 1.4, 0.9, 6.0, 1.1, 2.3, 1.0, 1.6]
    >>> low, high = bootstrap_interval(seconds, np.median, rng=0)
    >>> print(f"{low:.2f} to {high:.2f}")
    1.00 to 2.30
    """
    x = as_repetitions(values)
    confidence = as_fraction(confidence, "confidence")
    n_resamples = as_count(n_resamples, "n_resamples")
    if not callable(statistic):
        raise TypeError(f"statistic must be a function of a sample such as np.median, got {statistic!r}")
    one_of(method, "method", ("bca", "percentile"))
    generator = as_rng(rng)

    n = len(x)
    estimate = _apply(statistic, x[None])[0]
    batch = max(1, _BATCH // x.size)
    resampled = np.concatenate(
        [
            _apply(statistic, x[generator.integers(0, n, (min(batch, n_resamples - start), n))])
            for start in range(0, n_resamples, batch)
        ]
    )
    levels = np.multiply.outer([(1 - confidence) / 2, (1 + confidence) / 2], np.ones_like(estimate))
    if method == "bca":
        levels = _bca_levels(levels, estimate, resampled, _jackknife(statistic, x))
    low, high = _quantiles(resampled, levels)
    return _interval(low, high, estimate, confidence)


def _bca_levels(levels: FloatArray, estimate: FloatArray, resampled: FloatArray, left_out: FloatArray) -> FloatArray:
    """Efron & Tibshirani (1993), section 14.3: the levels (2, ...) at which BCa reads the bootstrap distribution."""
    # The same rows summed in another order differ in the last digit; such a tie must not count as "below".
    near = 8 * np.finfo(float).eps * np.abs(resampled).max(axis=0)
    below = (resampled < estimate - near).mean(axis=0) + 0.5 * (np.abs(resampled - estimate) <= near).mean(axis=0)
    if np.any((below == 0) | (below == 1)):
        side = "above" if np.any(below == 0) else "below"
        raise ValueError(
            f"method='bca' needs resampled statistics on both sides of the estimate, got all of them {side} it; "
            "use method='percentile'"
        )
    z0 = ndtri(below)  # eq. 14.14
    d = left_out.mean(axis=0) - left_out
    cubes, squares = (d**3).sum(axis=0), (d**2).sum(axis=0)
    a = cubes / (6 * np.where(squares > 0, squares, 1.0) ** 1.5)  # eq. 14.15; 0 where leaving one out changes nothing
    z = z0 + ndtri(levels)
    # Past its pole the formula would jump to the other tail; held at the pole, the end is the last resample.
    return np.asarray(ndtr(z0 + z / np.maximum(1 - a * z, 1e-300)))  # eq. 14.10


def _jackknife(statistic: Callable[..., Any], x: FloatArray) -> FloatArray:
    """Return the statistic with row i left out, for each i: shape (n, ...)."""
    n = len(x)
    others = np.arange(n - 1) + (np.arange(n - 1) >= np.arange(n)[:, None])  # row i: all indices but i
    batch = max(1, _BATCH // x.size)
    return np.concatenate([_apply(statistic, x[others[start : start + batch]]) for start in range(0, n, batch)])


def _apply(statistic: Callable[..., Any], samples: FloatArray) -> FloatArray:
    """Return the statistic of each of b samples: (b, n, ...) -> (b, ...)."""
    if _takes_axis(statistic):
        result = np.asarray(statistic(samples, axis=1), dtype=np.float64)
    else:
        columns = np.moveaxis(samples, 1, -1)
        rows = columns.reshape(-1, columns.shape[-1])
        result = np.array([statistic(row) for row in rows], dtype=np.float64)
        if result.shape == (len(rows),):
            result = result.reshape(columns.shape[:-1])
    wanted = samples.shape[:1] + samples.shape[2:]
    if result.shape != wanted:
        raise ValueError(f"statistic must return one number per sample, got shape {result.shape} instead of {wanted}")
    if not np.isfinite(result).all():
        raise ValueError(f"statistic must return finite numbers, got {result[~np.isfinite(result)][0]} for a resample")
    return result


def _takes_axis(statistic: Callable[..., Any]) -> bool:
    try:
        return "axis" in inspect.signature(statistic).parameters
    except (TypeError, ValueError):  # some compiled functions have no signature
        return False


def _quantiles(resampled: FloatArray, levels: FloatArray) -> FloatArray:
    """Linear interpolation in the sorted resamples (B, ...), each column at its own levels (2, ...)."""
    ordered = np.sort(resampled, axis=0)
    position = levels * (len(ordered) - 1)
    below = np.clip(np.floor(position).astype(int), 0, max(len(ordered) - 2, 0))
    left = np.take_along_axis(ordered, below, axis=0)
    right = np.take_along_axis(ordered, np.minimum(below + 1, len(ordered) - 1), axis=0)
    return np.asarray(left + (position - below) * (right - left))


def _mean_and_std(x: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Mean and standard deviation (n − 1) over rows, to the last digits even when the mean is 10⁸ times the spread."""
    mean = x.mean(axis=0)
    mean = mean + (x - mean).mean(axis=0)  # the first pass rounds at the size of x, the second at that of the spread
    d = x - mean
    # Chan, Golub & LeVeque (1983), eq. 1.7: the second term removes what is left of the error in the mean.
    variance = ((d**2).sum(axis=0) - d.sum(axis=0) ** 2 / len(x)) / (len(x) - 1)
    return mean, np.sqrt(variance)


def _interval(low: Any, high: Any, estimate: Any, confidence: float) -> Interval:
    if np.ndim(estimate) == 0:
        low, high, estimate = float(low), float(high), float(estimate)
    return Interval(low, high, estimate, confidence)
