"""How does a hyperparameter come in from outside: as a list, or as a frozen distribution of SciPy?

What scikit-learn's ``param_distributions`` accepts, `Space` accepts. `as_distribution` sorts it out: lists become
choices, SciPy's families that this package has become its own, and any other one is wrapped and asked for its ``cdf``
and ``ppf``. SciPy's statistics are not imported here: who holds one of its distributions has them loaded.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from hpmath._checks import FloatArray
from hpmath._values import is_number, python_value
from hpmath.distributions import (
    TAIL,
    Categorical,
    Continuous,
    Discrete,
    Distribution,
    Integer,
    Kind,
    LogUniform,
    Normal,
    Uniform,
)

_MOST_LISTED = 10_000  # values of a discrete distribution; with more it counts as infinite


class _FrozenSciPy(Distribution):
    """What both adapters of frozen SciPy distributions share; two are equal if family and arguments are."""

    def __init__(self, frozen: Any) -> None:
        self.frozen = frozen
        self._name = _scipy_name(frozen)
        low, high = frozen.support()
        if np.ndim(low) or np.ndim(high):
            raise ValueError(f"one distribution is needed, got several at once in {self._name}")
        if not low < high and not (low == high and self.kind == "integer"):  # NaN where the arguments are impossible
            raise ValueError(f"{self._name} has arguments outside its family, got support [{low}, {high}]")
        self._bounds = (float(low), float(high))

    def _entropy(self) -> float:
        return float(self.frozen.entropy())

    def _support(self) -> tuple[float, float]:
        return self._bounds

    def _cdf(self, x: FloatArray) -> Any:
        return self.frozen.cdf(x)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _FrozenSciPy) and self._name == other._name

    def __hash__(self) -> int:
        return hash(self._name)

    def __repr__(self) -> str:
        return self._name


class _SciPyContinuous(_FrozenSciPy, Continuous):
    """A frozen continuous distribution of scipy.stats."""

    def _pdf(self, x: FloatArray) -> Any:
        return self.frozen.pdf(x)

    def _logpdf(self, x: FloatArray) -> Any:
        return self.frozen.logpdf(x)

    def _ppf(self, u: FloatArray) -> Any:
        return np.minimum(np.maximum(self.frozen.ppf(u), self._bounds[0]), self._bounds[1])


class _SciPyDiscrete(_FrozenSciPy, Discrete):
    """A frozen discrete distribution of scipy.stats, whose values are whole numbers."""

    kind: ClassVar[Kind] = "integer"

    def __init__(self, frozen: Any) -> None:
        super().__init__(frozen)
        quantiles = frozen.ppf(np.arange(1, 10) / 10)
        if (quantiles != np.floor(quantiles)).any():
            raise ValueError(f"{self._name} has values that are no whole numbers: use Categorical with probabilities")
        low, high = self._bounds
        self._listed = None
        if high - low < _MOST_LISTED:
            self._listed = tuple(k for k in range(int(low), int(high) + 1) if self._code(k) is not None)

    def _values(self) -> tuple[int, ...] | None:
        return self._listed

    def _code(self, value: Any) -> int | None:
        low, high = max(self._bounds[0], -(2.0**53)), min(self._bounds[1], 2.0**53)
        if not is_number(value) or not low <= value <= high or value != int(value):
            return None
        return int(value) if self.frozen.pmf(int(value)) > 0 else None

    def _pmf(self, x: FloatArray) -> Any:
        return self.frozen.pmf(x)

    def _ppf(self, u: FloatArray) -> Any:
        return np.maximum(self.frozen.ppf(u), self._bounds[0])  # SciPy gives low - 1 at u = 0

    def _draw(self, u: FloatArray) -> NDArray[Any]:
        u = np.maximum(u, TAIL) if self._bounds[0] == -math.inf else u
        u = np.minimum(u, 1 - TAIL) if self._bounds[1] == math.inf else u
        return np.asarray(self._ppf(u)).astype(np.int64)


def as_distribution(value: Any) -> Distribution:
    """Return a distribution from whatever scikit-learn's ``param_distributions`` accepts.

    Parameters
    ----------
    value : Distribution, sequence, or frozen distribution of scipy.stats
        A list, tuple, range or one-dimensional array is a `Categorical`. SciPy's ``uniform``, ``loguniform``, ``norm``
        and ``randint`` become `Uniform`, `LogUniform`, `Normal` and `Integer`; any other univariate one is kept and
        asked for its ``cdf`` and ``ppf``.

    Returns
    -------
    Distribution

    Raises
    ------
    TypeError
        If it is none of these.
    ValueError
        If its arguments are impossible.

    Examples
    --------
    >>> import scipy.stats
    >>> as_distribution(scipy.stats.loguniform(1e-6, 1e-2)), as_distribution(scipy.stats.randint(1, 6))
    (LogUniform(1e-06, 0.01), Integer(1, 5))
    >>> as_distribution(scipy.stats.truncnorm(-2, 2))
    scipy.stats.truncnorm(-2, 2)
    """
    if isinstance(value, Distribution):
        return value
    if isinstance(value, type) and issubclass(value, Distribution):
        raise TypeError(f"a distribution with its arguments is needed, such as Uniform(0, 1), got the class {value!r}")
    if hasattr(value, "freeze") and hasattr(value, "ppf"):
        value = value.freeze()  # scipy.stats.uniform, or a histogram, without arguments
    if not all(hasattr(value, name) for name in ("dist", "args", "kwds", "cdf", "ppf", "support")):
        if isinstance(value, (Sequence, np.ndarray)) and not isinstance(value, (str, bytes)):
            choices: Any = value
            return Categorical(choices)
        constant = value is None or isinstance(value, (str, int, float))
        hint = f" (a constant is a list of one, [{value!r}])" if constant else ""
        raise TypeError(f"a distribution, list of choices or frozen scipy.stats one is needed, got {value!r}{hint}")
    names = [*(value.dist.shapes or "").replace(" ", "").split(","), "loc", "scale"]
    given = {"loc": 0.0, "scale": 1.0, **dict(zip(filter(None, names), value.args, strict=False)), **value.kwds}
    family, loc, scale = value.dist.name, given["loc"], given["scale"]
    if any(np.ndim(argument) for argument in given.values()):
        raise ValueError(f"one distribution is needed, got several at once in {_scipy_name(value)}")
    if family == "uniform":
        return Uniform(loc, loc + scale)
    if family == "norm":
        return Normal(loc, scale)
    if family in ("loguniform", "reciprocal") and loc == 0:
        return LogUniform(given["a"] * scale, given["b"] * scale)
    if family == "randint" and all(float(given[name]).is_integer() for name in ("low", "high", "loc")):
        return Integer(int(given["low"] + loc), int(given["high"] + loc) - 1)
    return _SciPyContinuous(value) if hasattr(value, "pdf") else _SciPyDiscrete(value)


def _scipy_name(frozen: Any) -> str:
    """How a frozen distribution is written; with its quantiles where SciPy has no family of that name (histograms)."""
    import scipy.stats

    name = frozen.dist.name
    shown = [repr(python_value(a)) for a in frozen.args] + [f"{k}={python_value(v)!r}" for k, v in frozen.kwds.items()]
    if type(getattr(scipy.stats, str(name), None)) is type(frozen.dist):
        return f"scipy.stats.{name}({', '.join(shown)})"
    quantiles = [float(f"{q:.10g}") for q in frozen.ppf(np.arange(1, 10) / 10)]
    return f"{type(frozen.dist).__name__}({', '.join(shown)}) with deciles {quantiles}"
