r"""How can a program carry its own exact derivative along? Forward-mode dual numbers over NumPy arrays.

A dual number is :math:`a + b\,\varepsilon` with :math:`\varepsilon^2 = 0`. Put it through any function and Taylor's
series ends after one term: :math:`f(a + b\,\varepsilon) = f(a) + f'(a)\,b\,\varepsilon`. The value and its derivative
travel together, and nothing is subtracted, so no digits are lost.

Chapters: 01 gradients (what a dual number is, the V plot), 02 hessians (a Dual whose parts are Duals).

Symbols
-------
value : shape S, the number :math:`a`
derivative : shape S (one direction) or S + (k,) (k directions at once, the last axis), the number :math:`b`
tag : which differentiation a Dual belongs to; of two tags the larger is the inner differentiation

Start reading at ``Dual.rules`` (one line a function), then ``_apply`` (the chain rule, 20 lines). Functions of whole
arrays, ``np.sum``, ``np.stack``, ``@``, ``np.linalg.solve``, stand in ``_dual_arrays``.

References
----------
Griewank & Walther (2008), Evaluating Derivatives, ch. 3; Baydin et al. (2018), JMLR 18(153), sec. 3.1.
"""

from __future__ import annotations

import functools
import itertools
import operator
from collections.abc import Callable, Iterator, Sequence
from typing import Any, ClassVar

import numpy as np
import scipy.special
from numpy.lib.mixins import NDArrayOperatorsMixin

from hpmath._checks import as_floats
from hpmath._dual_arrays import (
    BY_VALUE,
    FUNCTIONS,
    REDUCTIONS,
    NoRuleError,
    Pair,
    along,
    as_array,
    at,
    direction_axes,
    leader,
    matmul,
    plain,
)

Rule = Callable[..., Any] | tuple[Callable[..., Any], ...]

_COMPARISONS = frozenset(
    ["greater", "greater_equal", "less", "less_equal", "equal", "not_equal", "isfinite", "isnan", "isinf", "signbit"]
    + ["logical_and", "logical_or", "logical_not", "logical_xor"]
)
_METHODS = frozenset(
    ["sum", "mean", "prod", "max", "min", "std", "var", "cumsum", "dot", "transpose", "ravel", "clip", "argmax"]
    + ["argmin", "trace", "squeeze"]
)
_fresh_tags = itertools.count(1000, 1000)  # gaps leave room for Duals that a user nests by hand


def _power_by_base(x: Any, y: Any) -> Any:
    if isinstance(y, (int, float)):  # the common case, x**2
        return 0.0 if y == 0 else y if y == 1 else y * x ** (y - 1)
    return np.where(np.equal(y, 0), 0.0, y * x ** (y - 1.0))


def _power_by_exponent(x: Any, y: Any) -> Any:
    # 0^y is constant for y > 0, though log 0 is not finite
    return np.where(np.equal(x, 0) & np.greater(y, 0), 0.0, np.power(x, y) * np.log(x))


def _share(larger: Any, smaller: Any) -> Any:
    """1 where the first is larger, 1/2 at a tie: the mean of the two one-sided slopes."""
    return 0.5 * np.greater(larger, smaller) + 0.5 * np.greater_equal(larger, smaller)


def _zero(*arguments: Any) -> float:
    return 0.0


def _normal_pdf(x: Any) -> Any:
    return np.exp(-0.5 * x * x) / np.sqrt(2 * np.pi)


class Dual(Pair, NDArrayOperatorsMixin):
    r"""A number, or an array of them, with its derivative: :math:`a + b\,\varepsilon`, where :math:`\varepsilon^2 = 0`.

    Use it like an array: operators, indexing, NumPy's ufuncs, ``np.sum``, ``np.where``, ``@``, ``np.linalg.solve`` …
    A function without a rule raises instead of dropping the derivative. Duals are never modified.

    At a kink the derivative is the mean of the two one-sided slopes: ``abs`` has slope 0 at 0, ``np.maximum`` gives
    each of two equal arguments 1/2, ``x.max()`` shares 1 evenly among equal entries, a norm has slope 0 at the origin.
    Steps (``sign``, ``floor``, comparisons) have slope 0. ``sqrt`` at 0 has slope inf.

    Parameters
    ----------
    value : array_like, shape S
        The number :math:`a`. May itself be a Dual, for second derivatives.
    derivative : array_like, shape S or S + (k,)
        The number :math:`b`, in one direction or in k directions at once; a single number stands for every entry.

    Attributes
    ----------
    value, derivative
        The two parts, as given.
    rules : dict
        One derivative for each ufunc, by the ufunc's name: a function of the ufunc's arguments, or a tuple of
        functions, one an argument. Add to it to teach ``Dual`` a new function.

    Raises
    ------
    ValueError
        If the shapes of value and derivative don't fit together.
    TypeError
        If a function has no rule, or a plain number is wanted where a Dual stands (``float``, ``math.exp``).

    References
    ----------
    Griewank & Walther (2008), ch. 3; Baydin et al. (2018), JMLR 18(153), sec. 3.1.

    Examples
    --------
    >>> x = Dual(3.0, 1.0)
    >>> x**2 + np.sin(x) * 0 + 1
    Dual(10., 6.)

    Two directions at once, here the two unit vectors, give the gradient:

    >>> x = Dual([1.0, 2.0], np.eye(2))
    >>> (x[0] * x[1] ** 2).derivative
    array([4., 4.])

    A Dual of Duals carries the second derivative, here of x³ at 2:

    >>> (Dual(Dual(2.0, 1.0), 1.0) ** 3).derivative.derivative
    np.float64(12.0)

    Teach it a function:

    >>> from scipy.special import j0, j1  # Bessel functions; the slope of the first is minus the second
    >>> Dual.rules["j0"] = lambda x: -j1(x)
    >>> j0(Dual(0.0, 1.0))
    Dual(1., -0.)
    >>> del Dual.rules["j0"]
    """

    __slots__ = ()
    __hash__ = None  # type: ignore[assignment]

    rules: ClassVar[dict[str, Rule]] = {
        "add": (lambda x, y: 1.0, lambda x, y: 1.0),
        "subtract": (lambda x, y: 1.0, lambda x, y: -1.0),
        "multiply": (lambda x, y: y, lambda x, y: x),
        "divide": (lambda x, y: np.divide(1.0, y), lambda x, y: -x / np.square(y)),
        "power": (_power_by_base, _power_by_exponent),
        "float_power": (_power_by_base, _power_by_exponent),
        "remainder": (lambda x, y: 1.0, lambda x, y: -np.floor(x / y)),
        "negative": lambda x: -1.0,
        "positive": lambda x: 1.0,
        "conjugate": lambda x: 1.0,
        "square": lambda x: 2.0 * x,
        "reciprocal": lambda x: -1.0 / (x * x),
        "sqrt": lambda x: 0.5 / np.sqrt(x),
        "cbrt": lambda x: 1.0 / (3.0 * np.cbrt(x) ** 2),
        "exp": np.exp,
        "exp2": lambda x: np.log(2.0) * np.exp2(x),
        "expm1": np.exp,
        "log": lambda x: 1.0 / x,
        "log2": lambda x: 1.0 / (x * np.log(2.0)),
        "log10": lambda x: 1.0 / (x * np.log(10.0)),
        "log1p": lambda x: 1.0 / (1.0 + x),
        "logaddexp": (lambda x, y: np.exp(x - np.logaddexp(x, y)), lambda x, y: np.exp(y - np.logaddexp(x, y))),
        "sin": np.cos,
        "cos": lambda x: -np.sin(x),
        "tan": lambda x: 1.0 + np.tan(x) ** 2,
        "arcsin": lambda x: 1.0 / np.sqrt((1.0 - x) * (1.0 + x)),
        "arccos": lambda x: -1.0 / np.sqrt((1.0 - x) * (1.0 + x)),
        "arctan": lambda x: 1.0 / (1.0 + x * x),
        "arctan2": (lambda y, x: x / (x * x + y * y), lambda y, x: -y / (x * x + y * y)),
        "hypot": (
            lambda x, y: np.where(np.hypot(x, y) == 0, 0.0, x / np.hypot(x, y)),
            lambda x, y: np.where(np.hypot(x, y) == 0, 0.0, y / np.hypot(x, y)),
        ),
        "sinh": np.cosh,
        "cosh": np.sinh,
        "tanh": lambda x: 1.0 - np.tanh(x) ** 2,
        "arcsinh": lambda x: 1.0 / np.hypot(1.0, x),
        "arccosh": lambda x: 1.0 / np.sqrt((x - 1.0) * (x + 1.0)),
        "arctanh": lambda x: 1.0 / ((1.0 - x) * (1.0 + x)),
        "deg2rad": lambda x: np.pi / 180,
        "radians": lambda x: np.pi / 180,
        "rad2deg": lambda x: 180 / np.pi,
        "degrees": lambda x: 180 / np.pi,
        "absolute": np.sign,
        "fabs": np.sign,
        "maximum": (lambda x, y: _share(x, y), lambda x, y: _share(y, x)),
        "fmax": (lambda x, y: _share(x, y), lambda x, y: _share(y, x)),
        "minimum": (lambda x, y: _share(y, x), lambda x, y: _share(x, y)),
        "fmin": (lambda x, y: _share(y, x), lambda x, y: _share(x, y)),
        **dict.fromkeys(("sign", "floor", "ceil", "rint", "trunc"), _zero),
        **dict.fromkeys(("floor_divide", "heaviside"), (_zero, _zero)),
        "erf": lambda x: 2.0 / np.sqrt(np.pi) * np.exp(-x * x),
        "erfc": lambda x: -2.0 / np.sqrt(np.pi) * np.exp(-x * x),
        "ndtr": _normal_pdf,
        # a ratio of two numbers that underflow together, taken in logarithms
        "log_ndtr": lambda x: np.exp(-0.5 * x * x - scipy.special.log_ndtr(x)) / np.sqrt(2 * np.pi),
        "ndtri": lambda p: 1.0 / _normal_pdf(scipy.special.ndtri(p)),
        "gammaln": scipy.special.psi,
        "psi": lambda x: scipy.special.zeta(2.0, x),
        "_zeta": (_zero, lambda s, x: -s * scipy.special.zeta(s + 1.0, x)),  # SciPy's name for zeta(s, x); in s: none
        "xlogy": (lambda x, y: np.log(y), lambda x, y: x / y),
        "xlog1py": (lambda x, y: np.log1p(y), lambda x, y: x / (1.0 + y)),
    }

    def __init__(self, value: Any, derivative: Any = 0.0) -> None:
        # [()] turns an array of one number and no axis into that number; + 0.0 copies
        value = value if isinstance(value, Dual) else (as_floats(value, "value") + 0.0)[()]
        derivative = derivative if isinstance(derivative, Dual) else (as_floats(derivative, "derivative") + 0.0)[()]
        shape = np.shape(value)
        if np.ndim(derivative) == 0 and shape:
            derivative = derivative * np.ones(shape)
        if np.shape(derivative)[: len(shape)] != shape or np.ndim(derivative) > len(shape) + 1:
            raise ValueError(
                f"derivative must have the shape of value, {shape}, or one axis more for k directions, "
                f"got {np.shape(derivative)}"
            )
        self._tag = 1 + max((part._tag for part in (value, derivative) if isinstance(part, Dual)), default=-1)
        self.value, self.derivative = value, derivative

    # -- looks like an array -------------------------------------------------------------------------------------

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the value."""
        return np.shape(self.value)

    @property
    def ndim(self) -> int:
        """Number of axes of the value."""
        return np.ndim(self.value)

    @property
    def size(self) -> int:
        """Number of entries of the value."""
        return int(np.size(self.value))

    @property
    def T(self) -> Any:
        """The transpose."""
        return np.transpose(self)

    def reshape(self, *shape: Any) -> Any:
        """Return the same entries in another shape."""
        value = np.reshape(self.value, shape[0] if len(shape) == 1 else shape)
        return self._like(value, np.reshape(self.derivative, np.shape(value) + direction_axes([self], self._tag)))

    def __getitem__(self, key: Any) -> Any:
        # after an ellipsis the axis of directions would be counted as one of the value's
        has_ellipsis = key is Ellipsis or (isinstance(key, tuple) and any(part is Ellipsis for part in key))
        inner = (*(key if isinstance(key, tuple) else (key,)), slice(None)) if has_ellipsis else key
        has_directions = np.ndim(self.derivative) > np.ndim(self.value)
        return self._like(self.value[key], self.derivative[inner if has_directions else key])

    def __setitem__(self, key: Any, value: Any) -> None:
        raise NoRuleError("a Dual cannot be changed in place: build the new one with np.where, np.stack or concatenate")

    def __len__(self) -> int:
        if self.ndim == 0:
            raise TypeError("a Dual that is one number has no len()")
        return self.shape[0]

    def __iter__(self) -> Iterator[Dual]:
        return (self[i] for i in range(len(self)))

    def __bool__(self) -> bool:
        return bool(self.value)

    def __repr__(self) -> str:
        parts = (repr(p) if isinstance(p, Dual) else np.array2string(p, separator=", ") for p in self._parts())
        return f"Dual({', '.join(parts)})"

    def _parts(self) -> tuple[Any, ...]:
        return tuple(p if isinstance(p, Dual) else np.asarray(p) for p in (self.value, self.derivative))

    def __float__(self) -> float:
        raise NoRuleError(
            "a Dual cannot become a plain number without losing its derivative: use np.exp, not math.exp; "
            "np.stack([...]), not assignment into an array; x, not float(x) or np.asarray(x, dtype=float)"
        )

    __int__ = __index__ = __complex__ = __float__  # type: ignore[assignment]

    def __getattr__(self, name: str) -> Any:
        # np.exp of an object array calls .exp() of each entry
        if name in Dual.rules:
            return functools.partial(getattr(np, name, None) or getattr(scipy.special, name), self)
        if name in _METHODS:
            return functools.partial(getattr(np, name), self)
        raise AttributeError(f"a Dual has no attribute {name!r}")

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        if dtype is not None and np.dtype(dtype) != object:
            float(self)  # raises
        entries = np.empty(self.size, dtype=object)
        for i, entry in enumerate([self] if self.ndim == 0 else np.ravel(self)):
            entries[i] = entry
        return entries.reshape(self.shape)

    # -- NumPy's two doors ---------------------------------------------------------------------------------------

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, out: Any = (), **kwargs: Any) -> Any:
        if not all(isinstance(target, Dual) for target in out):
            raise NoRuleError("a plain array cannot hold the derivative of a Dual: write y = y + x, not y += x")
        name = ufunc.__name__
        if method == "reduce" and name in REDUCTIONS:
            return REDUCTIONS[name](*inputs, **{"axis": 0, **kwargs})
        if method != "__call__" or kwargs:
            raise NoRuleError(f"Dual knows np.{name}(...) only, not its {method} with {sorted(kwargs) or 'no options'}")
        inputs = tuple(as_array(x) for x in inputs)
        return matmul(*inputs) if name == "matmul" else _apply(ufunc, inputs)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        if function in BY_VALUE:
            return function(*(plain(x) for x in args), **kwargs)
        if function not in FUNCTIONS:
            name = f"{function.__module__}.{function.__name__}"
            raise NoRuleError(f"Dual has no rule for {name}: write it with functions that have one, or use differences")
        return FUNCTIONS[function](*args, **kwargs)


def seed(x: Any, directions: Any) -> Dual:
    """Start a new differentiation at ``x`` (d,) along the columns of ``directions``, (d,) or (d, k)."""
    start = Dual.__new__(Dual)
    start._tag, start.value, start.derivative = next(_fresh_tags), x, directions
    return start


def parts(y: Any, tag: int) -> tuple[Any, Any]:
    """Return value and derivative of ``y`` with respect to the differentiation ``tag`` (None: it does not depend)."""
    y = as_array(y)
    return (y.value, y.derivative) if isinstance(y, Dual) and y._tag == tag else (y, None)


def _times(partial: Any, derivative: Any, n_axes: int) -> Any:
    """Multiply a partial (S) into a derivative (S + directions); 0 · ∞ is 0: what does not move adds nothing."""
    if not isinstance(partial, (int, float)):
        finite = bool(np.isfinite(partial).all())
        partial = partial[(..., *(None,) * n_axes)]
        if finite:
            return partial * derivative
    elif np.isfinite(partial):
        return partial * derivative
    return np.where(np.equal(derivative, 0), 0.0, partial * derivative)


def _apply(ufunc: Any, inputs: Sequence[Any]) -> Any:
    """Chain rule for an elementwise function: d f(x, y) = f_x dx + f_y dy."""
    lead = leader(inputs)
    tag = lead._tag
    values = [at(x, tag) for x in inputs]
    name = ufunc.__name__
    if name in _COMPARISONS:
        return ufunc(*values)
    if name not in Dual.rules:
        raise NoRuleError(f"Dual has no rule for {name}: give one as Dual.rules[{name!r}] = lambda x: its derivative")
    rule = Dual.rules[name]
    partials = rule if isinstance(rule, tuple) else (rule,)
    value = ufunc(*values)
    directions = direction_axes(inputs, tag)
    with np.errstate(all="ignore"):
        terms = [
            _times(partial(*values), along(x, tag, directions), len(directions))
            for x, partial in zip(inputs, partials, strict=True)
            if isinstance(x, Dual) and x._tag == tag
        ]
        total = functools.reduce(operator.add, terms)
    shape = np.shape(value) + directions
    return lead._like(value, total if np.shape(total) == shape else np.broadcast_to(total, shape))
