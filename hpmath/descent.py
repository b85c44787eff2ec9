r"""How do I walk downhill, and how many steps does it take?

Chapters: 02 hessians (why a valley slows the first two down and not the third), 12 convexity (when the end of the walk
may be trusted). Start reading at ``_descend``, the loop that all three share; a method is the rule for one step:

====================  ===================================================  ===================================
function              rule                                                 best rate on a quadratic
====================  ===================================================  ===================================
``gradient_descent``  ``x[k+1] = x[k] − η g[k]``                           (κ−1)/(κ+1), at η = 2/(L+m)
``momentum``          ``x[k+1] = x[k] − η g[k] + β (x[k] − x[k−1])``       (√κ−1)/(√κ+1), at the best η and β
``newton``            ``x[k+1] = x[k] + α p[k]``, ``H[k] p[k] = −g[k]``    one step does it
====================  ===================================================  ===================================

(the rate is the factor on the distance to the minimum in one step; on f − min f it is the square of it)

Symbols
-------
x : (d,), the point; g : (d,), gradient there; H : (d, d), Hessian there; p : (d,), direction of a step
η : ``step``, a length in units of x² per unit of f; β : ``momentum``, in [0, 1); α : share of the Newton step taken
m, L : smallest and largest eigenvalue of H; κ = L/m, condition number

References
----------
Nocedal & Wright (2006), Numerical Optimization, ch. 3; Polyak (1964), USSR Comput. Math. Math. Phys. 4(5), 1-17.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.linalg import cho_solve

from hpmath import calculus
from hpmath._checks import FloatArray, as_count, as_number, as_point, as_symmetric

Function = Callable[[Any], Any]
Rule = Callable[[FloatArray, float, FloatArray], tuple[FloatArray, float]]  # x, f(x), g -> the next x and f there

_EPS = float(np.finfo(np.float64).eps)
_SUFFICIENT = 1e-4  # c₁ of Armijo's condition, Nocedal & Wright's value
_HALVINGS = 60


@dataclass(frozen=True, eq=False, repr=False)
class Descent:
    """A walk downhill: where it ended, the way there, and why it stopped.

    Attributes
    ----------
    x : ndarray, shape (d,)
        The last point of the path.
    value : float
        f there.
    path : ndarray, shape (k + 1, d)
        All points, the start first, after k steps. Each is finite and has a finite value.
    values : ndarray, shape (k + 1,)
        f at each of them.
    converged : bool
        Whether the Euclidean norm of the gradient at ``x`` is at most the tolerance. A saddle has gradient zero too:
        :func:`classify_critical_point` tells what was found.
    message : str
        Why the walk stopped, in one sentence.
    gradient_norm : float
        Euclidean norm of the gradient at ``x``; NaN where it could not be computed.

    Examples
    --------
    >>> walk = gradient_descent(lambda x: x @ x, [1.0, -2.0], step=0.25)
    >>> walk.converged, walk.path.shape
    (True, (30, 2))
    >>> newton(lambda x: 2 * x @ x, [1.0, -2.0], gradient=lambda x: 4 * x, hessian=lambda x: 4 * np.eye(2))
    Descent(value=0, x=[0., 0.], converged: |gradient| = 0 <= tolerance 1e-08 after 1 step)
    """

    x: FloatArray
    value: float
    path: FloatArray
    values: FloatArray
    converged: bool
    message: str
    gradient_norm: float

    def __repr__(self) -> str:
        x = np.array2string(self.x, precision=6, threshold=8, edgeitems=3, separator=", ")
        return f"Descent(value={self.value:.6g}, x={x}, {self.message})"


def gradient_descent(
    f: Function,
    x0: ArrayLike,
    *,
    gradient: Function | None = None,
    step: float,
    n_steps: int = 100,
    tolerance: float = 1e-8,
) -> Descent:
    r"""Walk against the gradient with a fixed step.

    .. math:: x_{k+1} = x_k - \eta\, \nabla f(x_k)

    Where all eigenvalues of the Hessian lie in [m, L], :math:`m > 0`, f falls at each step if η ≤ 1/L, and the walk
    converges if η < 2/L. The best fixed step is 2/(L + m): f − min f then shrinks at least to the fraction
    :math:`((\kappa-1)/(\kappa+1))^2` a step. With a longer step than 2/L it runs away.

    Parameters
    ----------
    f : callable
        Takes one point (d,) and returns one number, to be minimised.
    x0 : array_like, shape (d,)
        The start.
    gradient : callable, optional
        The gradient of f, from (d,) to (d,). By default :func:`hpmath.gradient` by central differences, at 2d calls of
        f or more.
    step : float
        η > 0, in units of x² per unit of f.
    n_steps : int
        Stop after so many steps, if not before. 0 gives the start back.
    tolerance : float
        Stop where the Euclidean norm of the gradient is at most this; in units of f per unit of x.

    Returns
    -------
    Descent
        ``x, value, path (k+1, d), values (k+1,), converged, message, gradient_norm``. A walk that runs away until f, x
        or the gradient is no longer finite stops there: the path is kept up to the last finite point, ``converged`` is
        False and ``message`` says what happened.

    Raises
    ------
    ValueError
        If f or its gradient is not finite at ``x0``, a shape is wrong, or a setting is out of range.
    TypeError
        If f does not return a real number. What f itself raises is not caught, but for arithmetic errors
        (``OverflowError``) after the start, which count as infinite.

    References
    ----------
    Nocedal & Wright (2006), sec. 3.3, theorem 3.3; Boyd & Vandenberghe (2004), sec. 9.3.

    Examples
    --------
    >>> walk = gradient_descent(lambda x: x[0] ** 2 + 5 * x[1] ** 2, [1.0, 1.0], step=1 / 6)
    >>> walk.x.round(6), walk.converged
    (array([0., 0.]), True)
    """
    step = as_number(step, "step", above=0)

    def rule(x: FloatArray, value: float, g: FloatArray) -> tuple[FloatArray, float]:
        new = x - step * g
        if np.array_equal(new, x):
            raise _StoppedError(f"the step is lost in the rounding of x, |gradient| = {np.linalg.norm(g):.3g}")
        return new, _value(f, new)

    return _descend(f, x0, _gradient_of(f, gradient), rule, n_steps, tolerance)


def momentum(
    f: Function,
    x0: ArrayLike,
    *,
    gradient: Function | None = None,
    step: float,
    n_steps: int = 100,
    momentum: float = 0.9,
    tolerance: float = 1e-8,
) -> Descent:
    r"""Walk against the gradient and keep a share of the last move: Polyak's heavy ball.

    .. math:: x_{k+1} = x_k - \eta\, \nabla f(x_k) + \beta\,(x_k - x_{k-1}), \qquad x_{-1} = x_0

    On a quadratic with eigenvalues in [m, L] the best pair is :math:`\eta = 4/(\sqrt L+\sqrt m)^2` and
    :math:`\beta = ((\sqrt\kappa-1)/(\sqrt\kappa+1))^2`: the distance to the minimum then shrinks by
    :math:`\sqrt\beta` a step in the long run, with √κ where gradient descent has κ. It converges for
    0 < η < 2(1 + β)/L. f need not fall at every step.

    Parameters
    ----------
    f, x0, gradient, step, n_steps, tolerance
        As for :func:`gradient_descent`.
    momentum : float
        β, at least 0 and below 1. With 0 this is gradient descent.

    Returns
    -------
    Descent
        As for :func:`gradient_descent`.

    Raises
    ------
    ValueError, TypeError
        As :func:`gradient_descent`; and if ``momentum`` is not in [0, 1).

    References
    ----------
    Polyak (1964).

    Examples
    --------
    >>> narrow = lambda x: x[0] ** 2 / 2 + 50 * x[1] ** 2
    >>> ball = momentum(narrow, [1.0, 1.0], step=4 / 11**2, momentum=(9 / 11) ** 2)
    >>> plain = gradient_descent(narrow, [1.0, 1.0], step=2 / 101)
    >>> ball.value < 1e-6 < plain.value
    True
    """
    step = as_number(step, "step", above=0)
    beta = as_number(momentum, "momentum", least=0, below=1)
    move: Any = 0.0

    def rule(x: FloatArray, value: float, g: FloatArray) -> tuple[FloatArray, float]:
        nonlocal move
        move = beta * move - step * g
        return x + move, _value(f, x + move)

    return _descend(f, x0, _gradient_of(f, gradient), rule, n_steps, tolerance)


def newton(
    f: Function,
    x0: ArrayLike,
    *,
    gradient: Function | None = None,
    hessian: Function | None = None,
    n_steps: int = 100,
    tolerance: float = 1e-8,
) -> Descent:
    r"""Newton's method with a backtracking line search.

    .. math:: H_k\, p_k = -\nabla f(x_k), \qquad x_{k+1} = x_k + \alpha_k\, p_k

    α is the first of 1, ½, ¼, … at which f is finite and falls enough (Armijo):
    :math:`f(x + \alpha p) \le f(x) + 10^{-4}\, \alpha\, g^\top p`. On a quadratic with a minimum one step does it,
    whatever κ is, and a change of units x = Sz changes nothing but the units of the path.

    Where H is not positive definite its own Newton step may lead up. There each eigenvalue λ is replaced by its size
    :math:`|\lambda|`, and one of a size below :math:`\sqrt\varepsilon\,\max|\lambda|` by that (eigenvalue modification;
    all zero: by 1, which is plain gradient descent). The walk then leaves a saddle along its negative curvature instead
    of being drawn to it. A start with gradient zero is not left: that is a critical point, and
    :func:`classify_critical_point` says of which kind.

    Parameters
    ----------
    f, x0, gradient, n_steps, tolerance
        As for :func:`gradient_descent`. f may return NaN or infinity where it is not defined: the line search backs
        away from it.
    hessian : callable, optional
        The Hessian of f, from (d,) to (d, d). By default :func:`hpmath.hessian`: central differences of ``gradient``
        where that is given, else of f, at about 2d² calls or more a step.

    Returns
    -------
    Descent
        As for :func:`gradient_descent`. f falls at every step, except that near the minimum, where the fall is lost in
        the rounding of f, a full step is also taken if it makes the gradient smaller. Where not even that works the
        walk stops with ``converged`` False.

    Raises
    ------
    ValueError, TypeError
        As :func:`gradient_descent`; and if ``hessian`` does not return a symmetric matrix (d, d).

    References
    ----------
    Nocedal & Wright (2006), algorithms 3.1 and 3.2, and sec. 3.4, "Eigenvalue modification"; Dauphin et al. (2014),
    NeurIPS 27, on :math:`|\lambda|`.

    Examples
    --------
    >>> banana = lambda x: (1 - x[0]) ** 2 + 100 * (x[1] - x[0] ** 2) ** 2
    >>> walk = newton(banana, [-1.2, 1.0])
    >>> walk.x.round(6), walk.converged
    (array([1., 1.]), True)
    """
    slope = _gradient_of(f, gradient)
    curvature = _hessian_of(f, gradient, hessian)

    def rule(x: FloatArray, value: float, g: FloatArray) -> tuple[FloatArray, float]:
        p = _newton_direction(curvature(x), g)
        fall = float(g @ p)
        alpha = 1.0
        # A fall below the rounding of f cannot be seen in f: no use searching for it.
        for _ in range(_HALVINGS if -fall > 4 * _EPS * abs(value) else 0):
            there = _value(f, x + alpha * p)
            if there < value and there <= value + _SUFFICIENT * alpha * fall:  # eq. 3.4; False for NaN
                return x + alpha * p, there
            alpha /= 2
        there = _value(f, x + p)
        if np.isfinite(there) and np.linalg.norm(slope(x + p)) < np.linalg.norm(g):
            return x + p, there
        raise _StoppedError("no step along the Newton direction makes f smaller: its fall is lost in the rounding of f")

    return _descend(f, x0, slope, rule, n_steps, tolerance)


def _newton_direction(H: FloatArray, g: FloatArray) -> FloatArray:
    """Return p with H p = −g where H is positive definite, else with |H| in its place: always downhill."""
    try:
        L = np.linalg.cholesky(H)  # does not mind badly scaled coordinates, as a look at the eigenvalues would
        p: FloatArray = -cho_solve((L, True), g, check_finite=False)
        if np.isfinite(p).all() and g @ p < 0:
            return p
    except np.linalg.LinAlgError:
        pass
    eigenvalues, V = np.linalg.eigh(H)
    size = np.abs(eigenvalues)
    return np.asarray(-V @ ((V.T @ g) / np.maximum(size, np.sqrt(_EPS) * size.max() or 1.0)))


class _StoppedError(Exception):
    """The walk cannot go on; the sentence says why."""


def _descend(
    f: Function, x0: ArrayLike, slope: Callable[[FloatArray], FloatArray], rule: Rule, n_steps: int, tolerance: float
) -> Descent:
    """Step by ``rule`` until the gradient is small, the steps are spent or something is no longer finite."""
    x = as_point(x0, "x0").copy()
    n_steps, tolerance = as_count(n_steps, "n_steps", least=0), as_number(tolerance, "tolerance", least=0)
    value = _value(f, x, start=True)
    if not np.isfinite(value):
        raise ValueError(f"f must be finite at x0, got {value} at {_short(x)}")
    path, values, norm = [x], [value], np.nan
    try:
        while True:
            norm = np.nan
            g = slope(x)
            norm = float(np.linalg.norm(g))
            if norm <= tolerance:
                reason = f"converged: |gradient| = {norm:.3g} <= tolerance {tolerance:.3g} after {_steps(path)}"
                break
            if len(path) > n_steps:
                reason = f"stopped after {_steps(path)}: |gradient| = {norm:.3g} is above tolerance {tolerance:.3g}"
                reason += f", f rose from {values[0]:.3g}: try a smaller step" if value > values[0] else ""
                break
            new, there = rule(x, value, g)
            if not np.isfinite(there):
                raise _StoppedError(f"f is {there} at the next point {_short(new)}: try a smaller step")
            x, value = new, there
            path.append(x)
            values.append(value)
    except _StoppedError as stop:
        if len(path) == 1 and np.isnan(norm):
            raise ValueError(f"{stop}, at x0 = {_short(x)}") from stop.__cause__
        reason = f"stopped after {_steps(path)}: {stop}"
    return Descent(x.copy(), value, np.array(path), np.array(values), norm <= tolerance, reason, norm)


def _value(f: Function, x: FloatArray, *, start: bool = False) -> float:
    """Return f(x) as a float; NaN where x is not finite or f's arithmetic fails on the way."""
    if not callable(f):
        raise TypeError(f"f must be a function of one point, got {f!r}")
    if not np.isfinite(x).all():
        return np.nan
    try:
        answer = np.asarray(f(x.copy()))
    except ArithmeticError:  # math.exp(1000) raises where np.exp(1000) is inf
        if start:
            raise
        return np.nan
    if answer.dtype.kind not in "fiub":
        raise TypeError(f"f must return a real number, got {answer.tolist()!r}")
    if answer.size != 1:
        raise ValueError(f"f must return one number, got shape {answer.shape}")
    return float(answer.item())


def _gradient_of(f: Function, gradient: Function | None) -> Callable[[FloatArray], FloatArray]:
    """Return the gradient, checked; `_StoppedError` where it is not finite."""
    if gradient is None:
        return lambda x: _by_differences(lambda: calculus.gradient(f, x))
    return lambda x: _answer(gradient, x, x.shape, "gradient")


def _hessian_of(f: Function, gradient: Function | None, hessian: Function | None) -> Callable[[FloatArray], FloatArray]:
    """Return the Hessian, checked; `_StoppedError` where it is not finite."""
    if hessian is None:
        return lambda x: _by_differences(lambda: calculus.hessian(f, x, gradient=gradient))
    return lambda x: as_symmetric(_answer(hessian, x, x.shape * 2, "hessian"), "hessian(x)")


def _by_differences(derivative: Callable[[], FloatArray]) -> FloatArray:
    try:
        return derivative()
    except ValueError as error:
        if error.__cause__ is not None and not isinstance(error.__cause__, ArithmeticError):
            raise  # f itself raised something that is not arithmetic
        raise _StoppedError(str(error)) from error


def _answer(function: Function, x: FloatArray, shape: tuple[int, ...], name: str) -> FloatArray:
    if not callable(function):
        raise TypeError(f"{name} must be a function of one point, got {function!r}")
    answer = np.asarray(function(x.copy()))
    if answer.dtype.kind not in "fiub":
        raise TypeError(f"{name} must return real numbers, got {answer.tolist()!r}")
    if answer.shape != shape:
        raise ValueError(f"{name} must return shape {shape} for x of shape {x.shape}, got {answer.shape}")
    if not np.isfinite(answer).all():
        raise _StoppedError(f"{name} returned {answer[~np.isfinite(answer)][0]}")
    return np.asarray(answer, dtype=np.float64)


def _short(x: FloatArray) -> str:
    return np.array2string(x, precision=6, threshold=8, edgeitems=3, separator=", ")


def _steps(path: list[FloatArray]) -> str:
    k = len(path) - 1
    return f"{k} step{'' if k == 1 else 's'}"
