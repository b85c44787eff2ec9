r"""Which way is downhill, how curved is the valley, is this point a minimum? Derivatives of functions given as code.

Chapters: 01 gradients (``gradient``, ``directional_derivative``), 02 hessians (``hessian``,
``classify_critical_point``), 03 jacobians (``jacobian``).

Symbols
-------
x : (d,), the point; e[j] : the j-th unit vector, counted from 0; f : the function, called with one point at a time
h : the step, a length in the units of x_j; ε = 2.2e-16, the relative rounding error of a double
g : (d,), gradient; J : (m, d), Jacobian, row i is the gradient of output i; H : (d, d), Hessian

Five methods, one word each:

============  ====================================  ==========================  ==============================
method        formula, for one coordinate           error                       step η where x is of order 1
============  ====================================  ==========================  ==============================
"forward"     [f(x+h) − f(x)] / h                   h f″/2 + O(ε f/h)           ε^(1/2) ≈ 1.5e-8
"central"     D(h) = [f(x+h) − f(x−h)] / 2h         h² f‴/6 + O(ε f/h)          ε^(1/3) ≈ 6.1e-6
"richardson"  [4 D(h/2) − D(h)] / 3                 −h⁴ f⁽⁵⁾/480 + O(ε f/h)     ε^(1/5) ≈ 7.4e-4
"complex"     Im f(x + ih) / h                      −h² f‴/6, no cancellation   1e-20
"dual"        the ε-part of f(x + ε), ε² = 0        none but rounding           none
============  ====================================  ==========================  ==============================

The first three, with the choice of the step, stand in ``_differences``; the fifth in ``dual``. Start reading at
``gradient``, then ``_first_derivatives``.

References
----------
Nocedal & Wright (2006), Numerical Optimization, ch. 8; Squire & Trapp (1998), SIAM Review 40, 110-112;
Griewank & Walther (2008), ch. 3.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hpmath import dual
from hpmath._asked import Asked, Function, call, number, short, vector, want_finite
from hpmath._checks import FloatArray, as_finite, as_point, one_of
from hpmath._differences import as_bounds, as_step, quotients, second_differences
from hpmath._dual_arrays import NoRuleError, as_dual, holds_dual, plain

METHODS = ("forward", "central", "richardson", "complex", "dual")
_EPS = float(np.finfo(np.float64).eps)


def gradient(
    f: Function,
    x: ArrayLike,
    *,
    method: str = "central",
    step: ArrayLike | None = None,
    bounds: ArrayLike | None = None,
) -> FloatArray:
    r"""Gradient of a function of d variables at one point.

    .. math:: g_j = \partial f / \partial x_j

    Parameters
    ----------
    f : callable
        Takes one point, an array of shape (d,), and returns one number (an array of size 1 will do). ``"complex"``
        calls it with complex numbers and ``"dual"`` with a :class:`Dual`; the others with floats.
    x : array_like, shape (d,)
        The point. Inside a differentiation by ``"dual"`` it may be a Dual, and then ``method`` is ``"dual"`` too.
    method : {"forward", "central", "richardson", "complex", "dual"}
        How: see the table at the head of the module. ``"complex"`` wants f analytic and written for complex numbers:
        an ``abs`` or ``max`` in the middle of f silently gives a wrong answer. ``"dual"`` wants f made of NumPy
        functions.
    step : float or array_like of shape (d,), optional
        Step h in the units of x, used as it is: d + 1, 2d or 4d calls (forward, central, Richardson), no point
        farther from x than h. By default each coordinate's step is chosen: the larger of a relative one, η|x_j|, and
        an absolute one, η, is checked for all coordinates together by the slope along one direction; where the check
        fails, estimates at h and 2h are compared, at the smaller of the two steps too, and, where neither gives seven
        digits, at steps between and beyond. That is d + 2, 2d + 3, 4d + 5 calls where the first steps serve, a few
        times more where they don't (at a critical point, say), none with a coordinate farther away than
        2 max(1, |x_j|); calls that fail on the way are passed over. Of no effect on ``"dual"``. For a noisy f (a
        cross-validated loss) give a step: the noise sets it, not the rounding.
    bounds : array_like, shape (d, 2), optional
        Lowest and highest value of each coordinate. f is asked inside only, at a wall by one-sided differences (of
        second order for ``"central"``).

    Returns
    -------
    ndarray, shape (d,)
        In units of f per unit of x. An infinite slope comes back as inf by ``"dual"``.

    Raises
    ------
    ValueError
        If f raises or returns something other than one finite number at a point that is needed (the message names the
        coordinate, the step and the point), if x lies outside the bounds, or if the step is not positive or is lost
        beside x. ``"complex"``: if f returns a real number.
    TypeError
        If f does not return real numbers, or ``"dual"`` meets a function that has no rule.

    References
    ----------
    Nocedal & Wright (2006), sec. 8.1; Squire & Trapp (1998) for ``"complex"``; Griewank & Walther (2008), ch. 3, for
    ``"dual"``.

    Examples
    --------
    >>> f = lambda x: x[0] ** 2 * np.exp(x[1])
    >>> gradient(f, [3.0, 0.0]).round(8)
    array([6., 9.])
    >>> gradient(f, [3.0, 0.0], method="dual")
    array([6., 9.])

    The step follows each coordinate's scale:

    >>> g = gradient(lambda x: np.sin(x[0] / 1e6) + np.sin(x[1] * 1e6), [1e6, 1e-6])
    >>> (g * [1e6, 1e-6] / np.cos(1)).round(8)
    array([1., 1.])
    """
    return _first_derivatives(f, x, method, step, bounds, number)[0]  # type: ignore[no-any-return]


def directional_derivative(
    f: Function, x: ArrayLike, v: ArrayLike, *, method: str = "central", step: float | None = None
) -> float:
    r"""Rate of change of f at x along v: the slope of :math:`t \mapsto f(x + t v)` at :math:`t = 0`.

    .. math:: D_v f(x) = \nabla f(x)^\top v

    One direction costs as much as one coordinate of a gradient, however many coordinates there are.

    Parameters
    ----------
    f : callable
        As for :func:`gradient`.
    x : array_like, shape (d,)
        The point.
    v : array_like, shape (d,)
        The direction; **not** normalised: twice the v is twice the derivative.
    method : {"forward", "central", "richardson", "complex", "dual"}
        As for :func:`gradient`.
    step : float, optional
        Step in t: f is asked at x ± step·v. By default chosen as in :func:`gradient`.

    Returns
    -------
    float
        In units of f per unit of t.

    Raises
    ------
    ValueError, TypeError
        As :func:`gradient`; and if v has another shape than x.

    References
    ----------
    Nocedal & Wright (2006), sec. 8.1 and appendix A.2.

    Examples
    --------
    >>> directional_derivative(lambda x: x[0] * x[1], [2.0, 3.0], [1.0, 1.0], method="dual")
    5.0
    """
    point, v = _start(f, x, method), as_finite(v, "v")
    if v.shape != np.shape(point):
        raise ValueError(f"v must have the shape of x, {np.shape(point)}, got {v.shape}")
    if method == "dual":
        slope = _by_dual(f, point, v, number)[0]
        return slope if isinstance(slope, dual.Dual) else float(slope)  # type: ignore[return-value]
    if method == "complex":
        longest = np.abs(v).max() or 1.0
        h = _imaginary_step(np.atleast_1d(np.abs(point).max() / longest), step)[0]
        return float(_by_complex(f, point, h * v, number)[0] / h)
    given = None if step is None else as_step(step, 1)
    if given is not None and v.any() and np.array_equal(point + given * v, point):
        raise ValueError(f"step {given[0]:.3g} is lost beside x: x + step v rounds to x")
    if not v.any():
        return 0.0 * float(Asked(f, point, number).ask_origin()[0])

    moving = v != 0
    absolute = 1 / np.abs(v).max()
    relative = np.abs(point[moving] / v[moving])
    relative = relative[relative > 0].min(initial=np.inf)
    finest = np.min(np.spacing(np.abs(point[moving])) / np.abs(v[moving]))
    asked = Asked(lambda t: f(point + t[0] * v), np.zeros(1), number, shown=point, axis="v")
    sizes = np.array([[absolute, relative if np.isfinite(relative) else absolute]])
    return float(quotients(asked, method, given, sizes, np.array([finest]), None)[0, 0])


def jacobian(f: Function, x: ArrayLike, *, method: str = "central", step: ArrayLike | None = None) -> FloatArray:
    r"""Jacobian of a function with m outputs: row i is the gradient of output i.

    .. math:: J_{ij} = \partial f_i / \partial x_j

    Parameters
    ----------
    f : callable
        Takes one point (d,) and returns its m outputs, shape (m,) or a list; a single number counts as m = 1.
    x : array_like, shape (d,)
        The point.
    method, step
        As for :func:`gradient`; the step is chosen for each entry of J.

    Returns
    -------
    ndarray, shape (m, d)

    Raises
    ------
    ValueError, TypeError
        As :func:`gradient`; and if f does not return a row of m numbers, as many at each point.

    References
    ----------
    Nocedal & Wright (2006), sec. 8.1, "Approximating a sparse Jacobian".

    Examples
    --------
    >>> jacobian(lambda x: [x[0] * x[1], x[0] ** 2], [2.0, 3.0], method="dual")
    array([[3., 2.],
           [4., 0.]])
    """
    return _first_derivatives(f, x, method, step, None, vector)  # type: ignore[no-any-return]


def hessian(
    f: Function,
    x: ArrayLike,
    *,
    method: str = "central",
    step: ArrayLike | None = None,
    gradient: Function | None = None,
) -> FloatArray:
    r"""Hessian of a function of d variables: the matrix of its second derivatives, exactly symmetric.

    .. math:: H_{ij} = \partial^2 f / \partial x_i \partial x_j

    Parameters
    ----------
    f : callable
        As for :func:`gradient`.
    x : array_like, shape (d,)
        The point.
    method : {"forward", "central", "richardson", "complex", "dual"}
        ``"forward"``, ``"central"`` and ``"richardson"`` take second differences of f: with errors O(h), O(h²) and
        O(h⁴) in truncation and O(ε f/h²) in rounding, so about 5, 8 and 10 digits on a well-scaled function.
        ``"complex"`` takes central differences of the complex-step gradient, ``"dual"`` a Dual of Duals: exact.
    step : float or array_like of shape (d,), optional
        As for :func:`gradient`; the default η is ε^(1/3), ε^(1/4), ε^(1/6) for the second differences.
    gradient : callable, optional
        The gradient of f, from a point (d,) to (d,). H is then its Jacobian by ``method``, made symmetric, and f is
        not called.

    Returns
    -------
    ndarray, shape (d, d)
        ``H == H.T`` holds exactly.

    Raises
    ------
    ValueError, TypeError
        As :func:`gradient`; and if ``gradient`` does not return shape (d,).

    References
    ----------
    Nocedal & Wright (2006), sec. 8.1; Abramowitz & Stegun (1964), 25.3.23 and 25.3.26.

    Examples
    --------
    >>> f = lambda x: x[0] ** 3 + x[0] * x[1]
    >>> hessian(f, [1.0, 2.0], method="dual")
    array([[6., 1.],
           [1., 0.]])
    >>> abs(hessian(f, [1.0, 2.0]) - [[6, 1], [1, 0]]).max() < 1e-7
    np.True_
    """
    point = _start(f, x, method)
    if gradient is not None:
        shape = np.shape(call(gradient, point, lambda: f"x = {short(point)}", "gradient"))
        if shape != np.shape(point):
            raise ValueError(f"gradient must return shape {np.shape(point)} like x, got {shape}")
        H = _first_derivatives(gradient, point, method, step, None, vector)
    elif method == "dual":
        inner = dual.seed(point, np.eye(len(point)))
        slopes = _by_dual(f, inner, np.eye(len(point)), number)[0]
        H = dual.parts(slopes, inner._tag)[1]
        H = np.zeros((len(point), len(point))) if H is None else H
        if np.isnan(plain(H)).any():
            raise ValueError(f"a second derivative of f is nan at x = {short(point)}, though f is finite there")
    elif method == "complex":
        H = _first_derivatives(lambda y: _complex_columns(f, y, None, number)[0], point, "central", step, None, vector)
    else:
        H = second_differences(f, point, method, step)
    return (H + np.transpose(H)) / 2  # type: ignore[no-any-return]


def classify_critical_point(H: ArrayLike, *, tolerance: float | None = None) -> str:
    r"""Tell what the Hessian at a critical point proves: a minimum, a maximum, a saddle, or nothing.

    All eigenvalues positive: minimum. All negative: maximum. Both signs: saddle, whatever the others are. Otherwise
    some are zero and the second derivatives do not decide (:math:`x^4`, :math:`-x^4` and :math:`x^3` share H = 0).
    That f's gradient is zero there is for the caller to know.

    Parameters
    ----------
    H : array_like, shape (d, d)
        Symmetric, up to :math:`\sqrt\varepsilon` of its largest entry.
    tolerance : float, optional
        Eigenvalues with :math:`|\lambda| \le` tolerance count as zero; in the units of H. By default
        :math:`d\,\sqrt\varepsilon\,\max|H_{ij}|`: entries that are known to :math:`\sqrt\varepsilon` = 1.5e-8 of the
        largest, as central differences deliver on a well-scaled function, move an eigenvalue by no more (Weyl). An
        exact H (from ``"dual"`` or a formula) deserves 0 or a few ε; noise in f deserves more. If the coordinates'
        scales differ by orders of magnitude, rescale first: D H D has the same signs.

    Returns
    -------
    {"minimum", "maximum", "saddle", "inconclusive"}

    Raises
    ------
    ValueError
        If H is not a square, non-empty, finite and symmetric matrix, or the tolerance is negative.

    References
    ----------
    Nocedal & Wright (2006), theorems 2.3 and 2.4.

    Examples
    --------
    >>> classify_critical_point([[2.0, 0.0], [0.0, 1.0]])
    'minimum'
    >>> classify_critical_point([[2.0, 0.0], [0.0, 0.0]])
    'inconclusive'
    """
    H = as_finite(H, "H")
    if H.ndim != 2 or H.shape[0] != H.shape[1] or H.size == 0:
        raise ValueError(f"H must be a square matrix of shape (d, d) with d >= 1, got shape {H.shape}")
    largest = float(np.abs(H).max())
    apart = np.abs(H - H.T)
    if apart.max() > np.sqrt(_EPS) * largest:
        i, j = np.unravel_index(int(apart.argmax()), H.shape)
        raise ValueError(f"H must be symmetric, got H[{i}, {j}] = {H[i, j]:.6g} and H[{j}, {i}] = {H[j, i]:.6g}")
    if tolerance is None:
        tolerance = len(H) * float(np.sqrt(_EPS)) * largest
    if not tolerance >= 0:
        raise ValueError(f"tolerance must be a number >= 0, got {tolerance}")
    eigenvalues = np.linalg.eigvalsh((H + H.T) / 2)
    up, down = eigenvalues > tolerance, eigenvalues < -tolerance
    if up.any() and down.any():
        return "saddle"
    return "minimum" if up.all() else "maximum" if down.all() else "inconclusive"


def _start(f: Any, x: Any, method: str) -> Any:
    """Return the point; a Dual stays one, for a differentiation inside another."""
    one_of(method, "method", METHODS)
    if not callable(f):
        raise TypeError(f"f must be a function of one point, got {f!r}")
    if not holds_dual(x):
        return as_point(x)
    if method != "dual":
        raise NoRuleError(
            f"x is a Dual, so this differentiation lies inside another: use method='dual', not {method!r}"
        )
    return as_dual(x)


def _first_derivatives(
    f: Function, x: Any, method: str, step: Any, bounds: Any, outputs: Callable[[Any], NDArray[Any]]
) -> Any:
    """Jacobian (m, d) by any of the five methods."""
    x = _start(f, x, method)
    walls = None if bounds is None else as_bounds(bounds, x)
    if step is not None:
        step = as_step(step, len(x))
    if method == "dual":
        return _by_dual(f, x, np.eye(len(x)), outputs)
    if method == "complex":
        return _complex_columns(f, x, step, outputs)
    size = np.abs(x)
    sizes = np.stack([np.ones(len(x)), np.where(size > 0, size, 1.0)], axis=1)
    return quotients(Asked(f, x, outputs), method, step, sizes, np.spacing(size), walls).T


def _by_dual(f: Function, x: Any, directions: FloatArray, outputs: Callable[[Any], NDArray[Any]]) -> Any:
    """Derivatives of each output along each direction: (m, k), or (m,) for one direction (d,)."""

    def where() -> str:
        return f"x = {short(x)} (method='dual' calls f with a Dual: build arrays with np.stack, don't write into them)"

    start = dual.seed(x, directions)
    value, derivative = dual.parts(call(f, start, where), start._tag)
    answer = outputs(plain(value))
    want_finite(answer, lambda: f"x = {short(x)}")
    shape = (len(answer), *directions.shape[1:])
    if derivative is None:
        return np.zeros(shape)
    if np.isnan(plain(derivative)).any():
        raise ValueError(f"the derivative of f is nan at x = {short(x)}, though f is finite there")
    return np.reshape(derivative, shape)


def _by_complex(f: Function, x: FloatArray, move: FloatArray, outputs: Callable[[Any], NDArray[Any]]) -> FloatArray:
    """Imaginary parts of the outputs at x + i·move."""

    def where() -> str:
        return f"x = {short(x)} + i {short(move)} (method='complex' calls f with complex numbers)"

    answer = outputs(call(f, x + 1j * move, where))
    if answer.dtype.kind != "c":
        raise ValueError(
            "f returned a real number for a complex point: something in it (abs, max, float, a norm) dropped the "
            "imaginary part, or it does not depend on x; use another method"
        )
    want_finite(answer, where)
    return answer.imag


def _imaginary_step(size: FloatArray, step: ArrayLike | None) -> FloatArray:
    if step is not None:
        return as_step(step, len(size))
    return np.maximum(1e-20 * np.where(size == 0, 1.0, size), 1e-200)


def _complex_columns(f: Function, x: FloatArray, step: Any, outputs: Callable[[Any], NDArray[Any]]) -> FloatArray:
    h = _imaginary_step(np.abs(x), step)
    return np.stack([_by_complex(f, x, move, outputs) / move.sum() for move in np.diag(h)], axis=1)
