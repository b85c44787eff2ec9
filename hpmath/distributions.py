"""Where does a hyperparameter live, and how likely is each of its values before the first trial?

A distribution is a prior on one hyperparameter: the set of its values and a measure on them. Random search draws from
it; every other searcher works with the map it gives to the unit interval, the probability integral transform u = F(x).

Taught in chapter 08 (``distributions``); used from chapter 00 on. Read `LogUniform` first: density, distribution
function and quantile function are three lines. Then `Integer`, whose steps are the cells of the unit interval.

Symbols: x is a value, F the distribution function (``cdf``), F⁻¹ the quantile function (``ppf``), u in [0, 1] its
argument; arrays of any shape in, arrays of that shape out, a number for a number.

Values are plain Python numbers, strings, booleans and None, so that a configuration can be written as JSON. A
categorical choice may be any object; it is told from the others by type and value (1, 1.0 and True are three choices).

Devroye (1986), Non-Uniform Random Variate Generation, ch. II.2 (inversion).
"""

from __future__ import annotations

import math
import sys
from abc import ABC, abstractmethod
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import MISSING, dataclass, field, fields
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import entr, ndtr, ndtri

from hpmath._checks import RNG, FloatArray, as_count, as_floats, as_rng, as_unit
from hpmath._values import copy_value, is_number, python_value, value_key

__all__ = ["Categorical", "Distribution", "Integer", "LogUniform", "Normal", "Uniform"]

IntArray = NDArray[np.int64]
Kind = Literal["continuous", "integer", "categorical"]

# The outermost quantiles a value is made from where the support is unbounded: 2^-53 is half the gap below 1.
TAIL = 2.0**-53
_MOST_VALUES = 2**40  # an integer's cell in [0, 1] must stay far wider than the rounding of u


class Distribution(ABC):
    """What all distributions can do; use one of its kinds.

    Attributes
    ----------
    kind : {"continuous", "integer", "categorical"}
        What the values are: floats, whole numbers, or choices without an order.

    Examples
    --------
    >>> [dist.kind for dist in (LogUniform(1e-5, 1e-1), Integer(1, 4), Categorical(["relu", "tanh"]))]
    ['continuous', 'integer', 'categorical']
    """

    kind: ClassVar[Kind]

    @property
    def values(self) -> Sequence[Any] | None:
        """All values in order, where they are finitely many; else None.

        Examples
        --------
        >>> list(Integer(1, 4).values)
        [1, 2, 3, 4]
        """
        return self._values()

    @property
    def cardinality(self) -> int | None:
        """How many values there are; None for infinitely many.

        Examples
        --------
        >>> Integer(1, 4).cardinality, Uniform(0, 1).cardinality
        (4, None)
        """
        values = self._values()
        return None if values is None else len(values)

    def cdf(self, x: ArrayLike) -> Any:
        """Probability of a value of at most ``x``.

        For choices: the probability of ``x`` and of all that stand before it in the list.

        Parameters
        ----------
        x : array_like
            Values, of any shape.

        Returns
        -------
        float or ndarray
            Between 0 and 1, of the shape of ``x``.

        Examples
        --------
        >>> Uniform(0, 2).cdf([-1, 0.5, 3])
        array([0.  , 0.25, 1.  ])
        """
        return _scalar(self._cdf(_not_nan(x)))

    def ppf(self, u: ArrayLike) -> Any:
        """Quantile function: the smallest value whose distribution function reaches ``u``.

        Parameters
        ----------
        u : array_like
            Probabilities in [0, 1], of any shape.

        Returns
        -------
        float, int, choice or ndarray
            Of the shape of ``u``. At 0 and 1 the ends of the support, which may be infinite.

        Raises
        ------
        ValueError
            If ``u`` leaves [0, 1] or is NaN.

        Examples
        --------
        >>> Integer(1, 4).ppf([0.0, 0.25, 0.3, 1.0])
        array([1, 1, 2, 4])
        """
        return _scalar(self._ppf(as_unit(u)))

    def sample(self, n: int = 1, rng: RNG = None) -> NDArray[Any]:
        """Draw ``n`` independent values by inversion: F⁻¹(U) has the distribution function F.

        Parameters
        ----------
        n : int
            How many.
        rng : None, int or numpy.random.Generator
            Source of randomness.

        Returns
        -------
        ndarray, shape (n,)
            Floats, integers, or objects for choices.

        Examples
        --------
        >>> Integer(1, 6).sample(4, rng=0)
        array([4, 2, 1, 1])
        """
        return self._array(self._draw(as_rng(rng).random(as_count(n, "n", least=0))))

    def entropy(self) -> float:
        """Entropy in nats: of the masses, or differential (which may be negative) where there is a density.

        Examples
        --------
        >>> round(Uniform(0, 0.5).entropy(), 4)
        -0.6931
        """
        return self._entropy()

    def contains(self, value: Any) -> bool:
        """Whether ``value`` is one of the values.

        NumPy scalars count as the Python values they hold, and a whole float as an integer: tables read from a file
        turn 3 into 3.0. A boolean is no number.

        Examples
        --------
        >>> Integer(1, 5).contains(3), Integer(1, 5).contains(6), Uniform(0, 1).contains("a")
        (True, False, False)
        """
        return self._code(value) is not None

    def to_unit(self, values: Iterable[Any]) -> FloatArray:
        """Map values to the unit interval: F(x), and for integers and choices the midpoint of their cell.

        The cell of a value is what `from_unit` maps to it: (F(x−), F(x)].

        Parameters
        ----------
        values : iterable of n values

        Returns
        -------
        ndarray, shape (n,)

        Raises
        ------
        ValueError
            If one lies outside.

        Examples
        --------
        >>> Categorical(["relu", "tanh"]).to_unit(["relu", "tanh", "relu"])
        array([0.25, 0.75, 0.25])
        """
        codes = []
        for value in values:
            code = self._code(value)
            if code is None:
                raise ValueError(f"{value!r} is not a value of {self!r}")
            codes.append(code)
        return self._to_unit(np.asarray(codes))

    def from_unit(self, u: ArrayLike) -> list[Any]:
        """Map points of the unit interval to values, finite at 0 and 1 too.

        This is `ppf`, but where the support is unbounded ``u`` is first brought into [2⁻⁵³, 1 − 2⁻⁵³]: a normal
        value stays within 8.21 standard deviations.

        Parameters
        ----------
        u : array_like, shape (n,)

        Returns
        -------
        list of n values
            Plain Python values.

        Examples
        --------
        >>> LogUniform(1e-4, 1.0).from_unit([0.0, 0.5, 1.0])
        [0.0001, 0.01, 1.0]
        """
        return self._decode(self._draw(np.atleast_1d(as_unit(u))))

    # A code is the number that stands for a value: a float itself, an integer itself, the place of a choice in its
    # list. What follows speaks codes; `Space` uses it directly, column by column.

    @abstractmethod
    def _code(self, value: Any) -> float | int | None:
        """The code of a value; None for what is no value."""

    @abstractmethod
    def _entropy(self) -> float: ...

    def _values(self) -> Sequence[Any] | None:
        return None

    @abstractmethod
    def _cdf(self, x: FloatArray) -> Any: ...

    @abstractmethod
    def _ppf(self, u: FloatArray) -> Any: ...

    def _to_unit(self, codes: NDArray[Any]) -> FloatArray:
        return np.asarray(self._cdf(codes), dtype=np.float64)

    def _draw(self, u: FloatArray) -> NDArray[Any]:
        return np.asarray(self._ppf(u))

    def _decode(self, codes: NDArray[Any]) -> list[Any]:
        return codes.tolist()  # type: ignore[no-any-return]

    def _decode_one(self, code: Any) -> Any:
        return code

    def _array(self, codes: NDArray[Any]) -> NDArray[Any]:
        return codes

    def __repr__(self) -> str:
        shown = []
        for f in fields(self):  # type: ignore[arg-type]
            value = getattr(self, f.name)
            if f.default is MISSING:
                shown.append(repr(value))
            elif value != f.default:
                shown.append(f"{f.name}={value!r}")
        return f"{type(self).__name__}({', '.join(shown)})"


class Continuous(Distribution):
    """A density on the real line."""

    kind: ClassVar[Kind] = "continuous"

    def pdf(self, x: ArrayLike) -> Any:
        """Density at ``x``: per unit of the hyperparameter, zero outside the support.

        Parameters
        ----------
        x : array_like

        Returns
        -------
        float or ndarray
            Of the shape of ``x``.

        Examples
        --------
        >>> Uniform(0, 2).pdf([-1.0, 1.0])
        array([0. , 0.5])
        """
        return _scalar(self._pdf(_not_nan(x)))

    def logpdf(self, x: ArrayLike) -> Any:
        """Natural logarithm of the density, minus infinity outside the support.

        Parameters
        ----------
        x : array_like

        Returns
        -------
        float or ndarray
            Of the shape of ``x``.

        Examples
        --------
        >>> round(Normal(0, 1).logpdf(40.0), 4)
        -800.9189
        """
        return _scalar(self._logpdf(_not_nan(x)))

    @property
    def support(self) -> tuple[float, float]:
        """Lowest and highest value; infinite where there is none.

        Examples
        --------
        >>> Uniform(0, 2).support, Normal(0, 1).support
        ((0.0, 2.0), (-inf, inf))
        """
        return self._support()

    def _support(self) -> tuple[float, float]:
        return -math.inf, math.inf

    @abstractmethod
    def _pdf(self, x: FloatArray) -> Any: ...

    def _logpdf(self, x: FloatArray) -> Any:
        with np.errstate(divide="ignore"):
            return np.log(self._pdf(x))

    def _code(self, value: Any) -> float | None:
        low, high = self._support()
        if type(value) is float:  # nearly always, and a searcher asks for every hyperparameter of every trial
            return value if low <= value <= high and abs(value) <= sys.float_info.max else None
        if not is_number(value):
            return None
        value = python_value(value)
        inside = low <= value <= high and abs(value) <= sys.float_info.max  # an int may be larger than any float
        return float(value) if inside else None

    def _draw(self, u: FloatArray) -> NDArray[Any]:
        low, high = self._support()
        u = np.maximum(u, TAIL) if low == -math.inf else u
        u = np.minimum(u, 1 - TAIL) if high == math.inf else u
        return np.asarray(self._ppf(u))


class Discrete(Distribution):
    """Masses on whole numbers, which are the values or the places of the choices."""

    def pmf(self, x: ArrayLike) -> Any:
        """Probability of ``x``; zero for what is no value.

        Parameters
        ----------
        x : array_like
            Values, of any shape; for choices one choice or a list of them.

        Returns
        -------
        float or ndarray
            Of the shape of ``x``.

        Examples
        --------
        >>> Integer(1, 4).pmf([0, 1, 2.5])
        array([0.  , 0.25, 0.  ])
        """
        return _scalar(self._pmf(_not_nan(x)))

    def logpmf(self, x: ArrayLike) -> Any:
        """Natural logarithm of the probability, minus infinity for what is no value.

        Parameters
        ----------
        x : array_like

        Returns
        -------
        float or ndarray

        Examples
        --------
        >>> round(Integer(1, 4).logpmf(2), 4)
        -1.3863
        """
        with np.errstate(divide="ignore"):
            return _scalar(np.log(self.pmf(x)))

    @abstractmethod
    def _pmf(self, x: FloatArray) -> Any: ...

    def _to_unit(self, codes: NDArray[Any]) -> FloatArray:
        k = np.asarray(codes, dtype=np.float64)
        return np.asarray((self._cdf(k - 1) + self._cdf(k)) / 2, dtype=np.float64)


@dataclass(frozen=True, repr=False)
class Uniform(Continuous):
    """Every value between two bounds equally likely.

    Parameters
    ----------
    low, high : float
        Finite, ``low < high``, both included.

    Raises
    ------
    ValueError
        If the bounds are not finite or not in order.

    Examples
    --------
    >>> momentum = Uniform(0.5, 1.0)
    >>> momentum.cdf(0.75), momentum.ppf(0.1), momentum.pdf(0.7)
    (0.5, 0.55, 2.0)
    """

    low: float
    high: float

    def __post_init__(self) -> None:
        _set_floats(self)
        if not (self.low < self.high and math.isfinite(self.high - self.low)):
            raise ValueError(f"Uniform needs finite low < high, got low={self.low}, high={self.high}")

    def _support(self) -> tuple[float, float]:
        return self.low, self.high

    def _entropy(self) -> float:
        return math.log(self.high - self.low)

    def _pdf(self, x: FloatArray) -> Any:
        return np.where((x >= self.low) & (x <= self.high), 1 / (self.high - self.low), 0.0)

    def _cdf(self, x: FloatArray) -> Any:
        return (np.minimum(np.maximum(x, self.low), self.high) - self.low) / (self.high - self.low)

    def _ppf(self, u: FloatArray) -> Any:
        x = (1 - u) * self.low + u * self.high  # exact at both ends, unlike low + u (high - low)
        return np.minimum(np.maximum(x, self.low), self.high)


@dataclass(frozen=True, repr=False)
class LogUniform(Continuous):
    r"""Equal ratios equally likely: ln x is uniform. The usual prior of a learning rate or a penalty.

    .. math:: p(x) = \frac{1}{x \ln(b/a)}, \qquad F(x) = \frac{\ln(x/a)}{\ln(b/a)}, \qquad F^{-1}(u) = a\,(b/a)^u

    Parameters
    ----------
    low, high : float
        The bounds a and b, finite, ``0 < low < high``, both included.

    Raises
    ------
    ValueError
        If the bounds are not positive, not finite or not in order.

    Examples
    --------
    Every decade has the same probability.

    >>> lr = LogUniform(1e-5, 1e-1)
    >>> lr.cdf([1e-4, 1e-3, 1e-2]).round(12)
    array([0.25, 0.5 , 0.75])
    >>> lr
    LogUniform(1e-05, 0.1)
    """

    low: float
    high: float

    def __post_init__(self) -> None:
        _set_floats(self)
        if not (0 < self.low < self.high and math.isfinite(self.high)):
            raise ValueError(f"LogUniform needs 0 < low < high, got low={self.low}, high={self.high}")

    def _support(self) -> tuple[float, float]:
        return self.low, self.high

    def _entropy(self) -> float:
        return (math.log(self.low) + math.log(self.high)) / 2 + math.log(self._width)  # E[ln x] + ln ln(b/a)

    @property
    def _width(self) -> float:
        return math.log(self.high) - math.log(self.low)  # high / low may overflow

    def _pdf(self, x: FloatArray) -> Any:
        inside = (x >= self.low) & (x <= self.high)
        return np.where(inside, 1 / (np.where(inside, x, 1.0) * self._width), 0.0)

    def _cdf(self, x: FloatArray) -> Any:
        start = math.log10(self.low)
        u = (np.log10(np.minimum(np.maximum(x, self.low), self.high)) - start) / (math.log10(self.high) - start)
        return np.minimum(np.maximum(u, 0.0), 1.0)  # NumPy's logarithm of a bound may differ in its last digit

    def _ppf(self, u: FloatArray) -> Any:
        # base ten: a grid over decades then has round values
        start = math.log10(self.low)
        x = np.power(10.0, start + u * (math.log10(self.high) - start))
        x = np.minimum(np.maximum(x, self.low), self.high)
        return np.where(u <= 0, self.low, np.where(u >= 1, self.high, x))  # a rounded power may miss high


@dataclass(frozen=True, repr=False)
class Normal(Continuous):
    """The normal distribution, unbounded: `from_unit` and `sample` stay within 8.21 standard deviations.

    Parameters
    ----------
    mean, std : float
        Finite; ``std > 0`` is the standard deviation, not the variance.

    Raises
    ------
    ValueError
        If ``std`` is not positive or one of both is not finite.

    Notes
    -----
    The unit interval keeps the digits of the lower tail, where u is small, but not of the upper one: beyond 4 standard
    deviations above the mean, u is so close to 1 that ``from_unit(to_unit(x))`` has less than 12 digits of x.

    Examples
    --------
    >>> x = Normal(0.01, 0.005)
    >>> round(x.cdf(0.0), 4)
    0.0228
    """

    mean: float
    std: float

    def __post_init__(self) -> None:
        _set_floats(self)
        if not (math.isfinite(self.mean) and 0 < self.std < math.inf):
            raise ValueError(f"Normal needs a finite mean and a finite std > 0, got mean={self.mean}, std={self.std}")

    def _entropy(self) -> float:
        return 0.5 + math.log(self.std) + math.log(2 * math.pi) / 2

    def _pdf(self, x: FloatArray) -> Any:
        return np.exp(self._logpdf(x))

    def _logpdf(self, x: FloatArray) -> Any:
        return -(((x - self.mean) / self.std) ** 2) / 2 - math.log(self.std) - math.log(2 * math.pi) / 2

    def _cdf(self, x: FloatArray) -> Any:
        return ndtr((x - self.mean) / self.std)

    def _ppf(self, u: FloatArray) -> Any:
        return self.mean + self.std * ndtri(u)


@dataclass(frozen=True, repr=False)
class Integer(Discrete):
    r"""Whole numbers between two bounds, equally likely or (``log=True``) in equal shares for equal ratios.

    With ``log=True`` the value is :math:`\lfloor X \rfloor` of a log-uniform X on [low, high + 1):

    .. math:: P(k) = \frac{\ln\frac{k+1}{k}}{\ln\frac{b+1}{a}}, \qquad
              P(k \le X < m) = \frac{\ln(m/k)}{\ln\frac{b+1}{a}}

    so that every doubling (k, …, 2k − 1) and every decade (1–9, 10–99, …) has exactly the same probability: what one
    means by log-uniform, exactly, on whole numbers too. (With low = 1 and high = 9 it is Benford's law.) The other
    usual definition rounds to the nearest integer, cells [k − ½, k + ½]; it gives k = 1 more, ln 3 against ln 2, and
    equal shares only in the limit.

    Parameters
    ----------
    low, high : int
        ``low <= high``, both included; with ``log=True``, ``low >= 1``. Fewer than 2⁴⁰ values, none beyond ±2⁵³.
    log : bool
        Equal shares for equal ratios.

    Raises
    ------
    TypeError
        If a bound is no whole number.
    ValueError
        If the bounds are out of order or too far apart, or ``low < 1`` with ``log=True``.

    Examples
    --------
    >>> layers = Integer(1, 5)
    >>> layers.pmf(3), layers.cdf(3), layers.ppf(0.5), layers.to_unit([1, 3])
    (0.2, 0.6, 3, array([0.1, 0.5]))
    >>> Integer(1, 999, log=True).cdf([9, 99, 999]).round(12)  # each decade a third
    array([0.33333333, 0.66666667, 1.        ])
    """

    kind: ClassVar[Kind] = "integer"
    low: int
    high: int
    log: bool = False

    def __post_init__(self) -> None:
        for name in ("low", "high"):
            value = getattr(self, name)
            if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, np.integer)):
                raise TypeError(f"Integer needs whole numbers, got {name}={value!r}")
            object.__setattr__(self, name, int(value))
        if not isinstance(self.log, (bool, np.bool_)):
            raise TypeError(f"Integer needs log=True or False, got log={self.log!r}")
        object.__setattr__(self, "log", bool(self.log))
        got = f"got low={self.low}, high={self.high}"
        if self.low > self.high:
            raise ValueError(f"Integer needs low <= high, {got}")
        if self.log and self.low < 1:
            raise ValueError(f"Integer with log=True needs 1 <= low <= high, {got}")
        if self.high - self.low >= _MOST_VALUES or max(abs(self.low), abs(self.high)) > 2**53:
            raise ValueError(f"Integer needs fewer than 2**40 values, none beyond 2**53, {got}")

    def _values(self) -> range:
        return range(self.low, self.high + 1)

    @property
    def _n(self) -> int:
        return self.high - self.low + 1

    def _entropy(self) -> float:
        if not self.log:
            return math.log(self._n)
        # H = ln L - (1/L) sum g ln g, g = ln(1 + 1/k). Beyond a million terms the sum is an integral to 1e-12
        # (midpoint rule, g = 1/m + O(1/m³) at m = k + 1/2): the integral of -(ln m)/m.
        width, start = math.log1p(self._n / self.low), max(self.low, min(self.high + 1, 2**20))
        k = np.arange(self.low, start, dtype=np.float64)
        total = float(entr(np.log1p(1 / k)).sum())
        if start <= self.high:
            total += (math.log(self.high + 1) ** 2 - math.log(start) ** 2) / 2
        return math.log(width) + total / width

    def _code(self, value: Any) -> int | None:
        if not is_number(value) or not self.low <= value <= self.high or value != int(value):
            return None
        return int(value)

    def _pmf(self, x: FloatArray) -> Any:
        inside = (x >= self.low) & (x <= self.high) & (np.floor(x) == x)
        if not self.log:
            return np.where(inside, 1 / self._n, 0.0)
        return np.where(inside, np.log1p(1 / np.where(inside, x, 1.0)) / math.log1p(self._n / self.low), 0.0)

    def _share(self, n: Any) -> Any:
        """Probability of the first n values."""
        return np.log1p(n / self.low) / math.log1p(self._n / self.low) if self.log else n / self._n

    def _cdf(self, x: FloatArray) -> Any:
        return self._share(np.minimum(np.maximum(np.floor(x) - (self.low - 1), 0.0), float(self._n)))

    def _ppf(self, u: FloatArray) -> Any:
        n = self.low * np.expm1(u * math.log1p(self._n / self.low)) if self.log else u * self._n
        n = np.maximum(np.ceil(n), 1.0)
        # rounding can put u = F(k) on either side of k: settle it by F itself, so that ppf(cdf(k)) == k
        n = n - (self._share(n - 1) >= u)
        n = n + (self._share(n) < u)
        return (self.low - 1 + np.minimum(np.maximum(n, 1.0), float(self._n))).astype(np.int64)


@dataclass(frozen=True, repr=False, eq=False)
class Categorical(Discrete):
    """A list of choices without an order, equally likely or with given probabilities.

    Parameters
    ----------
    choices : sequence
        At least one, all different. Any objects: strings, numbers, booleans, None, tuples, functions, estimators.
        NumPy scalars become the Python values they hold. Two choices differ by type or value: 1, 1.0 and True are
        three, two functions are two.
    probabilities : sequence of float, optional
        One for each choice, positive, of sum one (to 1e-8).

    Raises
    ------
    TypeError
        If ``choices`` is no sequence (a set has no order, a string is one choice).
    ValueError
        If there is none or one comes twice, or the probabilities don't fit.

    Notes
    -----
    A value that equals a choice only loosely stands for it where no choice equals it exactly: 32.0 for 32, and the
    list [64, 64], as read from JSON, for the tuple (64, 64). Lists and dicts among the choices are handed out as
    copies. In a log's fingerprint a choice is its ``repr`` without memory addresses.

    Examples
    --------
    >>> activation = Categorical(["relu", "tanh", "gelu"], [0.5, 0.25, 0.25])
    >>> activation.pmf("tanh"), activation.ppf(0.6)
    (0.25, 'tanh')
    >>> activation.to_unit(["relu", "gelu"])
    array([0.25 , 0.875])
    """

    kind: ClassVar[Kind] = "categorical"
    choices: Sequence[Any]
    probabilities: Sequence[float] | None = None
    _keys: dict[Hashable, int] = field(init=False)
    _loose: dict[Hashable, int] = field(init=False)
    _masses: FloatArray = field(init=False)
    _edges: FloatArray = field(init=False)  # (k + 1,): choice i has the cell (edges[i], edges[i + 1]]

    def __post_init__(self) -> None:
        choices = self.choices
        if isinstance(choices, (str, bytes)) or not isinstance(choices, (Sequence, np.ndarray)):
            raise TypeError(f"Categorical needs a list of choices, got {choices!r}")
        if isinstance(choices, np.ndarray) and choices.ndim != 1:
            raise ValueError(f"Categorical needs choices of shape (k,), got shape {choices.shape}")
        choices = tuple(python_value(choice) for choice in choices)
        if not choices:
            raise ValueError("Categorical needs at least one choice, got none")
        keys: dict[Hashable, int] = {}
        loose: dict[Hashable, int] = {}
        for i, choice in enumerate(choices):
            loose.setdefault(value_key(choice, loose=True), i)
            if keys.setdefault(value_key(choice), i) != i:
                raise ValueError(f"Categorical needs different choices, got {choice!r} twice")
        p = np.full(len(choices), 1 / len(choices))
        if self.probabilities is not None:
            p = as_floats(self.probabilities, "probabilities")
            if p.shape != (len(choices),):
                raise ValueError(f"probabilities must have shape ({len(choices)},), one a choice, got {p.shape}")
            if not ((p > 0).all() and abs(p.sum() - 1) <= 1e-8):
                raise ValueError(f"probabilities must be positive and sum to one, got {p.tolist()}, sum {p.sum():.10g}")
            object.__setattr__(self, "probabilities", tuple(p.tolist()))
        p = p / p.sum()
        edges = np.append(0.0, np.cumsum(p))
        edges[-1] = 1.0
        middle = (edges[:-1] + edges[1:]) / 2
        if not ((edges[:-1] < middle) & (middle < edges[1:])).all():
            raise ValueError(f"probabilities must be large enough to leave each choice a cell, got {p.tolist()}")
        tables = {"_keys": keys, "_loose": loose, "_masses": p, "_edges": edges}
        for name, value in {"choices": choices, **tables}.items():
            object.__setattr__(self, name, value)

    def _values(self) -> tuple[Any, ...]:
        return tuple(map(copy_value, self.choices))

    def _entropy(self) -> float:
        return float(entr(self._masses).sum())

    def pmf(self, x: Any) -> Any:
        """Probability of a choice, or of each in a list; zero for what is no choice.

        Examples
        --------
        >>> Categorical(["sgd", "adam"]).pmf(["adam", "lion"])
        array([0.5, 0. ])
        """
        return self._look_up(x, self._masses, missing=0.0)

    def cdf(self, x: Any) -> Any:
        """Probability of a choice and of all that stand before it; of each in a list.

        Examples
        --------
        >>> Categorical(["sgd", "adam"]).cdf("sgd")
        0.5
        """
        return self._look_up(x, self._edges[1:], missing=None)

    def ppf(self, u: ArrayLike) -> Any:
        """The choice in whose cell ``u`` falls: a choice for a number, an array of objects for an array.

        Examples
        --------
        >>> Categorical(["sgd", "adam"]).ppf(0.7)
        'adam'
        """
        codes = np.asarray(self._ppf(as_unit(u)))
        return copy_value(self.choices[int(codes)]) if codes.ndim == 0 else self._array(codes)

    def _look_up(self, x: Any, table: FloatArray, missing: float | None) -> Any:
        code = self._code(x)
        if code is not None:
            return float(table[code])
        if isinstance(x, (list, np.ndarray)):
            return np.array([self._look_up(value, table, missing) for value in x], dtype=np.float64)
        if missing is None:
            raise ValueError(f"{x!r} is not a value of {self!r}")
        return missing

    def _code(self, value: Any) -> int | None:
        value = python_value(value)
        code = self._keys.get(value_key(value))
        return self._loose.get(value_key(value, loose=True)) if code is None else code

    def _pmf(self, x: FloatArray) -> Any:
        return self._masses[np.asarray(x, dtype=np.int64)]

    def _cdf(self, x: FloatArray) -> Any:
        return self._edges[np.asarray(x, dtype=np.int64) + 1]

    def _ppf(self, u: FloatArray) -> Any:
        return np.maximum(np.searchsorted(self._edges, u, side="left") - 1, 0)

    def _decode_one(self, code: Any) -> Any:
        return copy_value(self.choices[code])

    def _decode(self, codes: NDArray[Any]) -> list[Any]:
        return [copy_value(self.choices[code]) for code in codes.tolist()]

    def _array(self, codes: NDArray[Any]) -> NDArray[Any]:
        out = np.empty(codes.shape, dtype=object)
        for index, code in np.ndenumerate(codes):
            out[index] = copy_value(self.choices[code])
        return out

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Categorical):
            return NotImplemented
        return tuple(self._keys) == tuple(other._keys) and self.probabilities == other.probabilities

    def __hash__(self) -> int:
        return hash((tuple(self._keys), self.probabilities))

    def __repr__(self) -> str:
        more = "" if self.probabilities is None else f", {list(self.probabilities)!r}"
        return f"Categorical({list(self.choices)!r}{more})"

    def __reduce__(self) -> tuple[Any, ...]:  # the tables hold identities, which do not survive pickling
        return Categorical, (self.choices, self.probabilities)


def _set_floats(distribution: Distribution) -> None:
    """Turn a frozen dataclass's fields into Python floats; its own check then judges their order."""
    for f in fields(distribution):  # type: ignore[arg-type]
        value = getattr(distribution, f.name)
        if not is_number(value):
            raise TypeError(f"{type(distribution).__name__} needs numbers, got {f.name}={value!r}")
        object.__setattr__(distribution, f.name, float(value))


def _not_nan(x: ArrayLike) -> FloatArray:
    array = as_floats(x, "x")
    if np.isnan(array).any():
        raise ValueError("x must not be NaN")
    return array


def _scalar(out: Any) -> Any:
    """A Python number for an array without dimensions."""
    out = np.asarray(out)
    return out.item() if out.ndim == 0 else out
