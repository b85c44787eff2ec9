r"""On what is a search tried out? Functions with a known answer.

Taught in chapters 00 (tuning_problem) and 01 (gradients); every later chapter searches on something from here.

Symbols: x is one point, shape (d,), X is n of them as rows, (n, d); f is what is minimised, x* a minimiser, f* the
minimum. A configuration is a dict in natural units: ``{"C": 1.0, "gamma": 0.001}``.

Start at :class:`Objective`, a function with all that is known about it, then read :func:`branin`. The losses of models
that were really trained are objectives too; they live in ``losses``. The formulas take coordinate i as ``x[..., i]``
and use NumPy's functions only, so the same line serves a point, a stack of points, complex numbers and
:class:`hpmath.Dual`.

Formulas and boxes are those of Surjanovic & Bingham, Virtual Library of Simulation Experiments (2013), unless a
docstring says otherwise; each names the original paper.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hpmath._checks import FloatArray, as_count, as_finite
from hpmath.dual import Dual

if TYPE_CHECKING:
    from hpmath.space import Space

__all__ = [
    "Objective",
    "ackley",
    "branin",
    "hartmann",
    "quadratic",
    "rastrigin",
    "rosenbrock",
    "xor_optimum",
]

_SCALES: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {  # scale: (to x, back to natural units)
    "linear": (float, float),
    "ln": (np.log, np.exp),
    "log10": (np.log10, partial(np.power, 10.0)),
}


@dataclass(frozen=True, eq=False, repr=False)
class Objective:
    """A function to minimise, with everything that is known about it.

    Call it with a point (d,), with n points as rows (n, d), or with a configuration. Complex points and
    :class:`hpmath.Dual` pass through, so that every method of :func:`hpmath.gradient` applies.

    Attributes
    ----------
    name : str
        What it is called in figures and messages.
    names : tuple of str
        The d hyperparameters, in the order of x.
    bounds : ndarray, shape (d, 2)
        Low and high of each coordinate of x. The closed forms may be called outside, recorded tables not.
    minimizers : ndarray, shape (k, d)
        All known global minimisers, as points x.
    minimum : float
        The value there.
    function : callable
        The bare formula, without checks; coordinates on the last axis.
    derivative : callable
        The gradient of the formula, coordinates on the last axis.
    scales : tuple of str
        How each coordinate of x measures its hyperparameter: ``"linear"``, ``"ln"`` or ``"log10"``.
    table, axes : ndarray and tuple of ndarray, or None
        For a recorded objective: the values on the grid, and the grid's coordinates along each axis of x.

    Examples
    --------
    >>> from hpmath import branin
    >>> f = branin()
    >>> f
    Objective('branin', names=('x1', 'x2'), minimum=0.397887)
    >>> f([0.0, 0.0]), f({"x1": 0.0, "x2": 0.0})
    (55.602112642270264, 55.602112642270264)
    >>> f(f.minimizers).round(6)
    array([0.397887, 0.397887, 0.397887])
    >>> f.gradient(f.minimizers[1]).round(6) + 0.0
    array([0., 0.])
    """

    name: str
    names: tuple[str, ...]
    bounds: FloatArray
    minimizers: FloatArray
    minimum: float
    function: Callable[[Any], Any]
    derivative: Callable[[Any], Any]
    scales: tuple[str, ...] = ()
    table: FloatArray | None = None
    axes: tuple[FloatArray, ...] | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "names", tuple(self.names))
        object.__setattr__(self, "scales", tuple(self.scales) or ("linear",) * len(self.names))
        object.__setattr__(self, "minimum", float(self.minimum))
        for attribute, shape in (("bounds", (self.d, 2)), ("minimizers", (-1, self.d))):
            array = np.array(getattr(self, attribute), dtype=float).reshape(shape)
            array.flags.writeable = False
            object.__setattr__(self, attribute, array)

    def __repr__(self) -> str:
        return f"Objective({self.name!r}, names={self.names}, minimum={self.minimum:.6g})"

    @property
    def d(self) -> int:
        """The number of coordinates of x."""
        return len(self.names)

    @property
    def space(self) -> Space:
        """The box as a :class:`hpmath.Space` in natural units: log-uniform where x is a logarithm, else uniform."""
        from hpmath.distributions import LogUniform, Uniform
        from hpmath.space import Space

        parts: dict[str, Any] = {}
        for name, scale, (low, high) in zip(self.names, self.scales, self.bounds, strict=True):
            back = _SCALES[scale][1]
            kind = Uniform if scale == "linear" else LogUniform
            parts[name] = kind(*(float(f"{back(end):.12g}") for end in (low, high)))  # e^(ln 0.001) is not 0.001
        return Space(parts)

    def encode(self, config: Mapping[str, float]) -> FloatArray:
        """Return the point x, shape (d,), of a configuration in natural units.

        Examples
        --------
        >>> from hpmath import svm_map
        >>> svm_map().encode({"C": 10.0, "gamma": 0.001}).round(6)
        array([ 1., -3.])
        """
        if set(config) != set(self.names):
            wanted = ", ".join(map(repr, self.names))
            raise ValueError(f"a configuration of {self.name} has exactly the keys {wanted}, got {list(config)}")
        x = np.empty(self.d)
        for i, (name, scale) in enumerate(zip(self.names, self.scales, strict=True)):
            value = as_finite(config[name], name)
            if value.ndim:
                raise TypeError(f"{name} must be one number, got {config[name]!r}")
            if scale != "linear" and value <= 0:
                raise ValueError(f"{name} must be positive, got {config[name]!r}")
            x[i] = _SCALES[scale][0](value)
        low, high = self.bounds.T  # the logarithm of a bound may lie a rounding error outside
        return np.where(np.abs(x - low) < 1e-12, low, np.where(np.abs(x - high) < 1e-12, high, x))

    def decode(self, x: ArrayLike) -> dict[str, float]:
        """Return the configuration, in natural units, of one point x.

        Examples
        --------
        >>> from hpmath import svm_map
        >>> svm_map().decode([1.0, -3.0])
        {'C': 10.0, 'gamma': 0.001}
        """
        point = self._points(x)
        if point.ndim != 1:
            raise ValueError(f"x must be one point of shape ({self.d},) to become a configuration, got {point.shape}")
        back = (_SCALES[scale][1] for scale in self.scales)
        return {name: float(f(value)) for name, f, value in zip(self.names, back, point, strict=True)}

    def __call__(self, x: Any) -> Any:
        """Return f(x): a number for a point or a configuration, shape (n,) for n points.

        Raises
        ------
        ValueError
            If the shape or the keys don't fit, an entry is not finite, or a recorded table is asked outside its box.
        """
        if isinstance(x, Dual) or (isinstance(x, (list, tuple)) and any(isinstance(part, Dual) for part in x)):
            return self.function(x if isinstance(x, Dual) else np.stack(x))
        points = self.encode(x) if isinstance(x, Mapping) else self._points(x)
        value = self.function(points)
        return value if points.ndim == 2 else value.item()

    def gradient(self, x: Any) -> FloatArray:
        """Return the exact gradient with respect to x: shape (d,) for a point, (n, d) for n points.

        Where f has a kink (Ackley's minimum, the lines of an interpolated table) it is one of the one-sided slopes, and
        zero at Ackley's minimum.

        Examples
        --------
        >>> from hpmath import rosenbrock
        >>> rosenbrock().gradient([-1.0, 1.0])
        array([-4.,  0.])
        """
        points = self.encode(x) if isinstance(x, Mapping) else self._points(x)
        if np.iscomplexobj(points):
            raise TypeError(f"x must be real for a gradient, got {x!r}")
        return np.asarray(self.derivative(points))

    def _points(self, x: Any) -> NDArray[Any]:
        if np.iscomplexobj(x):
            points: NDArray[Any] = np.asarray(x)
            as_finite([points.real, points.imag], "x")
        else:
            points = as_finite(x, "x")
        if points.ndim not in (1, 2) or points.shape[-1] != self.d:
            raise ValueError(f"x must have shape ({self.d},) or (n, {self.d}) for {self.name}, got {points.shape}")
        return points


def _coordinates(d: int) -> tuple[str, ...]:
    return tuple(f"x{i + 1}" for i in range(d))


# ---------------------------------------------------------------------------------------------------- closed forms


def quadratic(
    condition: float = 10.0, d: int = 2, *, rotation: Any = 0.0, minimizer: ArrayLike | None = None
) -> Objective:
    r"""Return the bowl :math:`f(x) = \tfrac12 (x-x^\ast)^\top H (x-x^\ast)` whose Hessian has a given condition number.

    The eigenvalues of H run geometrically from 1 (along the first axis before rotation) to ``condition`` (the last).

    Parameters
    ----------
    condition : float
        :math:`\kappa = \lambda_{\max}/\lambda_{\min} \ge 1`. With d = 1 there is one eigenvalue, 1.
    d : int
        Number of coordinates.
    rotation : float, array_like of shape (d, d), or numpy Generator
        For d = 2 an angle in radians, anticlockwise. For any d an orthogonal matrix Q, with H = Q diag(λ) Qᵀ, or a
        generator that draws one (uniformly over the orthogonal group). 0 leaves the axes as they are.
    minimizer : array_like, shape (d,), optional
        Where the minimum, 0, lies. Default: the origin.

    Returns
    -------
    Objective
        On the box [-5, 5]ᵈ around the minimiser.

    Examples
    --------
    >>> f = quadratic(condition=100.0)
    >>> f([2.0, 0.0]), f([0.0, 2.0])
    (2.0, 200.0)
    >>> quadratic(100.0, rotation=np.pi / 2)([2.0, 0.0])
    200.0
    """
    d = as_count(d, "d")
    kappa = as_finite(condition, "condition")
    if kappa.ndim or kappa < 1:
        raise ValueError(f"condition must be a number of at least 1, got {condition!r}")
    centre = np.zeros(d) if minimizer is None else as_finite(minimizer, "minimizer")
    if centre.shape != (d,):
        raise ValueError(f"minimizer must have shape ({d},), got {centre.shape}")
    Q = _rotation(rotation, d)
    H = (Q * np.geomspace(1.0, float(kappa), d)) @ Q.T
    return Objective(
        name="quadratic",
        names=_coordinates(d),
        bounds=np.column_stack([centre - 5, centre + 5]),
        minimizers=centre,
        minimum=0.0,
        function=partial(_quadratic, H=(H + H.T) / 2, centre=centre),
        derivative=partial(_quadratic_gradient, H=(H + H.T) / 2, centre=centre),
    )


def _rotation(rotation: Any, d: int) -> FloatArray:
    if isinstance(rotation, np.random.Generator):
        Q, R = np.linalg.qr(rotation.standard_normal((d, d)))
        return np.asarray(Q * np.sign(np.diag(R)))  # with these signs uniform over the group; Mezzadri (2007)
    Q = as_finite(rotation, "rotation")
    if Q.ndim == 0 and Q == 0:
        return np.eye(d)
    if Q.ndim == 0 and d == 2:
        return np.array([[np.cos(Q), -np.sin(Q)], [np.sin(Q), np.cos(Q)]])
    if Q.shape != (d, d) or not np.allclose(Q.T @ Q, np.eye(d), atol=1e-8):
        raise ValueError(
            f"rotation must be {'an angle, ' if d == 2 else '0, '}an orthogonal ({d}, {d}) matrix "
            f"or a numpy Generator, got {rotation!r}"
        )
    return Q


def _quadratic(x: Any, H: FloatArray, centre: FloatArray) -> Any:
    z = x - centre
    return np.sum(z * (z @ H), axis=-1) / 2


def _quadratic_gradient(x: FloatArray, H: FloatArray, centre: FloatArray) -> FloatArray:
    return np.asarray((x - centre) @ H)


def rosenbrock(d: int = 2) -> Objective:
    r"""Return Rosenbrock's banana valley, whose floor is nearly flat and curved.

    .. math:: f(x) = \sum_{i=1}^{d-1} 100\,(x_{i+1} - x_i^2)^2 + (1 - x_i)^2, \qquad x^\ast = (1, \dots, 1),\ f^\ast = 0

    Parameters
    ----------
    d : int
        At least 2. From d = 4 on there is a second, local minimum near (−1, 1, …, 1).

    Returns
    -------
    Objective
        On the box [-5, 10]ᵈ.

    References
    ----------
    Rosenbrock (1960), An automatic method for finding the greatest or least value of a function. The second minimum:
    Shang & Qiu (2006).

    Examples
    --------
    >>> rosenbrock(3)([0.0, 0.0, 0.0])
    2.0
    """
    d = as_count(d, "d", least=2)
    return Objective(
        "rosenbrock", _coordinates(d), np.tile([-5.0, 10.0], (d, 1)), np.ones(d), 0.0, _rosenbrock, _rosenbrock_gradient
    )


def _rosenbrock(x: Any) -> Any:
    here, after = x[..., :-1], x[..., 1:]
    return np.sum(100 * (after - here**2) ** 2 + (1 - here) ** 2, axis=-1)


def _rosenbrock_gradient(x: FloatArray) -> FloatArray:
    here, after = x[..., :-1], x[..., 1:]
    slope = np.zeros_like(x)
    slope[..., :-1] = -400 * here * (after - here**2) - 2 * (1 - here)
    slope[..., 1:] += 200 * (after - here**2)
    return slope


def branin() -> Objective:
    r"""Return Branin's function: two coordinates, three equal minima.

    .. math:: f(x) = \Big(x_2 - \frac{5.1}{4\pi^2} x_1^2 + \frac5\pi x_1 - 6\Big)^2
                     + 10\Big(1 - \frac1{8\pi}\Big)\cos x_1 + 10, \qquad f^\ast = \frac{10}{8\pi}

    At x₁ = −π, π and 3π the cosine is −1 and the square can be made 0: no point does better.

    Returns
    -------
    Objective
        On [-5, 10] × [0, 15].

    References
    ----------
    Branin (1972), Widely convergent method for finding multiple solutions of simultaneous nonlinear equations;
    Dixon & Szegö (1978).

    Examples
    --------
    >>> branin().minimizers.round(3)
    array([[-3.142, 12.275],
           [ 3.142,  2.275],
           [ 9.425,  2.475]])
    """
    best = np.pi * np.array([-1.0, 1.0, 3.0])
    return Objective(
        name="branin",
        names=_coordinates(2),
        bounds=np.array([[-5.0, 10.0], [0.0, 15.0]]),
        minimizers=np.column_stack([best, 5.1 / (4 * np.pi**2) * best**2 - 5 / np.pi * best + 6]),
        minimum=10 / (8 * np.pi),
        function=_branin,
        derivative=_branin_gradient,
    )


def _branin(x: Any) -> Any:
    x1, x2 = x[..., 0], x[..., 1]
    return (x2 - 5.1 / (4 * np.pi**2) * x1**2 + 5 / np.pi * x1 - 6) ** 2 + 10 * (1 - 1 / (8 * np.pi)) * np.cos(x1) + 10


def _branin_gradient(x: FloatArray) -> FloatArray:
    x1, x2 = x[..., 0], x[..., 1]
    root = x2 - 5.1 / (4 * np.pi**2) * x1**2 + 5 / np.pi * x1 - 6
    along_x1 = 2 * root * (5 / np.pi - 10.2 / (4 * np.pi**2) * x1) - 10 * (1 - 1 / (8 * np.pi)) * np.sin(x1)
    return np.stack([along_x1, 2 * root], axis=-1)


_HARTMANN_WEIGHTS = np.array([1.0, 1.2, 3.0, 3.2])
_HARTMANN = {  # d: (A, 10⁴ P, minimiser: published to six digits, here refined to the last)
    3: (
        np.array([[3, 10, 30], [0.1, 10, 35], [3, 10, 30], [0.1, 10, 35]]),
        np.array([[3689, 1170, 2673], [4699, 4387, 7470], [1091, 8732, 5547], [381, 5743, 8828]]),
        [0.11458887665506896, 0.5556488946169301, 0.8525469846866774],
    ),
    6: (
        np.array(
            [
                [10, 3, 17, 3.5, 1.7, 8],
                [0.05, 10, 17, 0.1, 8, 14],
                [3, 3.5, 1.7, 10, 17, 8],
                [17, 8, 0.05, 10, 0.1, 14],
            ]
        ),
        np.array(
            [
                [1312, 1696, 5569, 124, 8283, 5886],
                [2329, 4135, 8307, 3736, 1004, 9991],
                [2348, 1451, 3522, 2883, 3047, 6650],
                [4047, 8828, 8732, 5743, 1091, 381],
            ]
        ),
        [
            0.20168951100670543,
            0.15001069182345797,
            0.47687397422189703,
            0.2753324304940561,
            0.31165161660011326,
            0.6573005340656204,
        ],
    ),
}


def hartmann(d: int = 6) -> Objective:
    r"""Return Hartman's function of 3 or 6 coordinates: four overlapping Gaussian pits.

    .. math:: f(x) = -\sum_{k=1}^4 \alpha_k \exp\Big(-\sum_{i=1}^d A_{ki}\,(x_i - P_{ki})^2\Big)

    The minimum is −3.86278 for d = 3 and −3.32237 for d = 6.

    Parameters
    ----------
    d : int
        3 or 6.

    Returns
    -------
    Objective
        On the unit cube.

    References
    ----------
    Hartman (1973), Some experiments in global optimization; Dixon & Szegö (1978).

    Examples
    --------
    >>> f = hartmann(3)
    >>> f.minimizers.round(4), round(f.minimum, 5)
    (array([[0.1146, 0.5556, 0.8525]]), -3.86278)
    """
    d = as_count(d, "d")
    if d not in _HARTMANN:
        raise ValueError(f"hartmann has d = 3 or d = 6, got d={d}")
    A, P, published = _HARTMANN[d]
    best, function = np.array(published), partial(_hartmann, A=A, P=1e-4 * P)
    return Objective(
        name=f"hartmann{d}",
        names=_coordinates(d),
        bounds=np.tile([0.0, 1.0], (d, 1)),
        minimizers=best,
        minimum=function(best),
        function=function,
        derivative=partial(_hartmann_gradient, A=A, P=1e-4 * P),
    )


def _hartmann(x: Any, A: FloatArray, P: FloatArray) -> Any:
    return -sum(
        alpha * np.exp(-np.sum(a * (x - p) ** 2, axis=-1)) for alpha, a, p in zip(_HARTMANN_WEIGHTS, A, P, strict=True)
    )


def _hartmann_gradient(x: FloatArray, A: FloatArray, P: FloatArray) -> FloatArray:
    slope = np.zeros_like(x)
    for alpha, a, p in zip(_HARTMANN_WEIGHTS, A, P, strict=True):
        slope += 2 * a * (x - p) * (alpha * np.exp(-np.sum(a * (x - p) ** 2, axis=-1)))[..., None]
    return slope


def ackley(d: int = 2) -> Objective:
    r"""Return Ackley's function: one deep cone in a plain of small waves.

    .. math:: f(x) = -20 \exp\Big(-0.2 \sqrt{\tfrac1d \sum_i x_i^2}\Big)
                     - \exp\Big(\tfrac1d \sum_i \cos 2\pi x_i\Big) + 20 + e, \qquad x^\ast = 0,\ f^\ast = 0

    It has a kink at its minimum; the gradient given there is 0.

    Parameters
    ----------
    d : int
        Number of coordinates.

    Returns
    -------
    Objective
        On the box [-32.768, 32.768]ᵈ.

    References
    ----------
    Ackley (1987), A Connectionist Machine for Genetic Hillclimbing.

    Examples
    --------
    >>> f = ackley(3)
    >>> f([0.0, 0.0, 0.0]), round(f([1.0, 1.0, 1.0]), 4)
    (0.0, 3.6254)
    """
    d = as_count(d, "d")
    box = np.tile([-32.768, 32.768], (d, 1))
    return Objective("ackley", _coordinates(d), box, np.zeros(d), 0.0, _ackley, _ackley_gradient)


def _ackley(x: Any) -> Any:
    # expm1 keeps the digits that 20 - 20 e^(-0.2 r) and e - e^(mean cos) would cancel near the minimum
    radius = np.sqrt(np.mean(x**2, axis=-1))
    return -20 * np.expm1(-0.2 * radius) - np.e * np.expm1(np.mean(np.cos(2 * np.pi * x) - 1, axis=-1))


def _ackley_gradient(x: FloatArray) -> FloatArray:
    radius = np.sqrt(np.mean(x**2, axis=-1, keepdims=True))
    along_radius = np.divide(x, radius, out=np.zeros_like(x), where=radius > 0) / x.shape[-1]
    waves = np.exp(np.mean(np.cos(2 * np.pi * x), axis=-1, keepdims=True))
    return np.asarray(
        4 * np.exp(-0.2 * radius) * along_radius + 2 * np.pi / x.shape[-1] * np.sin(2 * np.pi * x) * waves
    )


def rastrigin(d: int = 2) -> Objective:
    r"""Return Rastrigin's function: a bowl with about 11ᵈ local minima in its box, near the points of whole numbers.

    .. math:: f(x) = 10\,d + \sum_i \big(x_i^2 - 10 \cos 2\pi x_i\big), \qquad x^\ast = 0,\ f^\ast = 0

    Parameters
    ----------
    d : int
        Number of coordinates.

    Returns
    -------
    Objective
        On the box [-5.12, 5.12]ᵈ.

    References
    ----------
    Rastrigin (1974), Systems of Extremal Control (d = 2); Mühlenbein, Schomisch & Born (1991) for any d.

    Examples
    --------
    >>> rastrigin()([1.0, 0.0])
    1.0
    """
    d = as_count(d, "d")
    box = np.tile([-5.12, 5.12], (d, 1))
    return Objective("rastrigin", _coordinates(d), box, np.zeros(d), 0.0, _rastrigin, _rastrigin_gradient)


def _rastrigin(x: Any) -> Any:
    return np.sum(x**2 + 10 - 10 * np.cos(2 * np.pi * x), axis=-1)


def _rastrigin_gradient(x: FloatArray) -> FloatArray:
    return np.asarray(2 * x + 20 * np.pi * np.sin(2 * np.pi * x))


def xor_optimum() -> Objective:
    r"""Return a function that is good in two opposite quadrants, so that neither coordinate alone says where.

    .. math:: f(x) = \tfrac12 \big(1 - \sin 2\pi x_1 \, \sin 2\pi x_2\big)

    The minima, 0, are at (¼, ¼) and (¾, ¾), the maxima, 1, at (¼, ¾) and (¾, ¼). Averaged over one coordinate it is ½
    whatever the other; and among the points below any level, each half of an axis holds half. A model of each axis by
    itself puts half of its mass into the wrong quadrants. This book's own.

    Returns
    -------
    Objective
        On the unit square.

    Examples
    --------
    >>> f = xor_optimum()
    >>> f([[0.25, 0.25], [0.75, 0.75], [0.25, 0.75], [0.5, 0.1]]).round(4)
    array([0. , 0. , 1. , 0.5])
    """
    return Objective(
        name="xor_optimum",
        names=_coordinates(2),
        bounds=np.tile([0.0, 1.0], (2, 1)),
        minimizers=np.array([[0.25, 0.25], [0.75, 0.75]]),
        minimum=0.0,
        function=_xor,
        derivative=_xor_gradient,
    )


def _xor(x: Any) -> Any:
    return (1 - np.sin(2 * np.pi * x[..., 0]) * np.sin(2 * np.pi * x[..., 1])) / 2


def _xor_gradient(x: FloatArray) -> FloatArray:
    sine, cosine = np.sin(2 * np.pi * x), np.cos(2 * np.pi * x)
    return -np.pi * cosine * sine[..., ::-1]
