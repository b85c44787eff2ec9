"""Dual numbers: Taylor's series to first order, carried through NumPy."""

import math

import mpmath
import numpy as np
import pytest
import scipy.special
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from hpmath import Dual, gradient, hessian, jacobian

finite = st.floats(-3, 3)
vectors = arrays(float, 3, elements=finite)


def slope(f, x):
    """The derivative that a dual number gives."""
    return f(Dual(x, 1.0)).derivative


# -- closed forms ----------------------------------------------------------------------------------------------------


def test_epsilon_squared_is_zero():
    epsilon = Dual(0.0, 1.0)
    square = epsilon * epsilon
    assert (square.value, square.derivative) == (0.0, 0.0)


def test_a_polynomial_has_its_textbook_derivative():
    y = 3 * Dual(2.0, 1.0) ** 3 - Dual(2.0, 1.0) / 4 + 7
    assert y.value == 3 * 8 - 0.5 + 7
    assert y.derivative == 36 - 0.25


def test_the_direction_scales_the_derivative():
    assert (Dual(2.0, 10.0) ** 2).derivative == 40.0


def test_many_directions_at_once_are_a_gradient():
    x = Dual([1.0, 2.0, 3.0], np.eye(3))
    y = x[0] * x[1] ** 2 + np.exp(x[2])
    np.testing.assert_allclose(y.derivative, [4.0, 4.0, math.exp(3)], rtol=1e-15)


@pytest.mark.parametrize(
    ("base", "exponent", "value", "derivative"),
    [(0.0, 2, 0.0, 0.0), (0.0, 1, 0.0, 1.0), (0.0, 0, 1.0, 0.0), (-2.0, 3, -8.0, 12.0), (-2.0, -1, -0.5, -0.25)]
    + [(-2.0, np.array(2.0), 4.0, -4.0), (0.0, np.array(0), 1.0, 0.0), (4.0, 0.5, 2.0, 0.25), (-2.0, 0, 1.0, 0.0)],
)
def test_powers_where_the_formula_through_logarithms_fails(base, exponent, value, derivative):
    y = Dual(base, 1.0) ** exponent
    assert (y.value, y.derivative) == (value, derivative)


def test_powers_differentiate_in_the_exponent_too():
    assert (2.0 ** Dual(3.0, 1.0)).derivative == pytest.approx(8 * math.log(2), rel=1e-15)
    x = Dual(1.5, 1.0)
    assert (x**x).derivative == pytest.approx(1.5**1.5 * (math.log(1.5) + 1), rel=1e-15)
    assert (0.0 ** Dual(2.0, 1.0)).derivative == 0.0


def test_at_a_kink_the_slope_is_the_mean_of_the_two_sides():
    x = Dual(0.0, 1.0)
    assert np.abs(x).derivative == 0.0
    assert np.maximum(x, 0).derivative == 0.5
    assert np.minimum(x, 0).derivative == 0.5
    assert np.sign(x).derivative == 0.0
    np.testing.assert_array_equal(Dual([2.0, 5.0, 5.0], np.eye(3)).max().derivative, [0, 0.5, 0.5])
    np.testing.assert_array_equal(np.linalg.norm(Dual([0.0, 0.0], np.eye(2))).derivative, [0, 0])
    np.testing.assert_array_equal(np.hypot(Dual(0.0, 1.0), 0.0).derivative, 0.0)


def test_the_square_root_at_zero_is_infinitely_steep_and_leaves_the_other_coordinates_alone():
    x = Dual([0.0, 1.0], np.eye(2))
    np.testing.assert_array_equal((np.sqrt(x[0]) + x[1]).derivative, [np.inf, 1.0])


# -- peers -----------------------------------------------------------------------------------------------------------

t = sympy.Symbol("t")
ELEMENTARY = {
    "square": t**2, "reciprocal": 1 / t, "sqrt": sympy.sqrt(t), "cbrt": t ** sympy.Rational(1, 3), "exp": sympy.exp(t),
    "exp2": 2**t, "expm1": sympy.exp(t) - 1, "log": sympy.log(t), "log2": sympy.log(t, 2), "log10": sympy.log(t, 10),
    "log1p": sympy.log(1 + t), "sin": sympy.sin(t), "cos": sympy.cos(t), "tan": sympy.tan(t), "arcsin": sympy.asin(t),
    "arccos": sympy.acos(t), "arctan": sympy.atan(t), "sinh": sympy.sinh(t), "cosh": sympy.cosh(t),
    "tanh": sympy.tanh(t), "arcsinh": sympy.asinh(t), "arctanh": sympy.atanh(t), "negative": -t, "positive": t,
    "absolute": t, "fabs": t, "conjugate": t, "deg2rad": t * sympy.pi / 180, "radians": t * sympy.pi / 180,
    "rad2deg": t * 180 / sympy.pi, "degrees": t * 180 / sympy.pi, "sign": sympy.Integer(1), "floor": sympy.Integer(0),
    "ceil": sympy.Integer(1), "rint": sympy.Integer(1), "trunc": sympy.Integer(0), "erf": sympy.erf(t),
    "erfc": sympy.erfc(t), "ndtr": (1 + sympy.erf(t / sympy.sqrt(2))) / 2,
    "log_ndtr": sympy.log((1 + sympy.erf(t / sympy.sqrt(2))) / 2), "gammaln": sympy.loggamma(t),
    "psi": sympy.digamma(t), "arccosh": sympy.acosh(1 + t), "ndtri": sympy.sqrt(2) * sympy.erfinv(2 * t - 1),
}  # fmt: skip


@pytest.mark.parametrize("name", ELEMENTARY)
def test_the_rule_of_each_function_is_the_derivative_that_sympy_finds(name):
    ufunc = getattr(np, name, None) or getattr(scipy.special, name)
    at = 0.7
    x = Dual(at, 1.0)
    y = ufunc(1 + x if name == "arccosh" else x)
    truth = sympy.diff(ELEMENTARY[name], t).evalf(30, subs={t: sympy.Rational(7, 10)})
    assert y.derivative == pytest.approx(float(truth), rel=2e-15, abs=1e-300)


@pytest.mark.parametrize("name", ELEMENTARY)
def test_and_its_second_derivative_too(name):
    ufunc = getattr(np, name, None) or getattr(scipy.special, name)
    x = Dual(Dual(0.7, 1.0), 1.0)
    y = ufunc(1 + x if name == "arccosh" else x)
    second = y.derivative.derivative if isinstance(y.derivative, Dual) else 0.0
    truth = sympy.diff(ELEMENTARY[name], t, 2).evalf(30, subs={t: sympy.Rational(7, 10)})
    assert second == pytest.approx(float(truth), rel=1e-14, abs=1e-300)


TWO = {
    "add": lambda x, y: x + y, "subtract": lambda x, y: x - y, "multiply": lambda x, y: x * y,
    "divide": lambda x, y: x / y, "power": lambda x, y: x**y, "float_power": lambda x, y: x**y,
    "arctan2": lambda x, y: mpmath.atan2(x, y), "hypot": lambda x, y: mpmath.hypot(x, y), "maximum": max, "fmax": max,
    "minimum": min, "fmin": min, "logaddexp": lambda x, y: mpmath.log(mpmath.exp(x) + mpmath.exp(y)),
    "remainder": lambda x, y: x - y * mpmath.floor(x / y), "xlogy": lambda x, y: x * mpmath.log(y),
    "xlog1py": lambda x, y: x * mpmath.log1p(y), "floor_divide": lambda x, y: mpmath.floor(x / y),
    "heaviside": lambda x, y: mpmath.mpf(1),
}  # fmt: skip


@pytest.mark.parametrize("name", TWO)
def test_functions_of_two_arguments_against_mpmath_at_40_digits(name):
    ufunc = getattr(np, name, None) or getattr(scipy.special, name)
    x, y = 1.7, 0.6
    ours = ufunc(Dual(x, [1.0, 0.0]), Dual(y, [0.0, 1.0])).derivative
    with mpmath.workdps(40):
        truth = [float(mpmath.diff(TWO[name], (x, y), order)) for order in ((1, 0), (0, 1))]
    np.testing.assert_allclose(ours, truth, rtol=2e-15, atol=1e-30)


def test_every_rule_is_tested():
    assert set(Dual.rules) - set(ELEMENTARY) - set(TWO) == {"_zeta"}


def test_log_ndtr_keeps_its_digits_where_both_parts_underflow():
    with mpmath.workdps(60):
        truth = float(mpmath.npdf(-40) / mpmath.ncdf(-40))
    assert slope(scipy.special.log_ndtr, -40.0) == pytest.approx(truth, rel=1e-12)


# -- properties ------------------------------------------------------------------------------------------------------


@given(finite, finite, finite, finite)
def test_product_rule(a, da, b, db):
    y = Dual(a, da) * Dual(b, db)
    assert y.derivative == da * b + a * db


@given(finite, finite)
def test_chain_rule(a, da):
    inner, outer = np.sin, np.exp
    by_hand = slope(outer, inner(a)) * slope(inner, a) * da
    assert outer(inner(Dual(a, da))).derivative == pytest.approx(by_hand, rel=1e-14, abs=1e-300)


@given(vectors, vectors)
def test_a_derivative_is_linear_in_its_direction(x, v):
    def f(x):
        return np.sum(np.tanh(x) * x[::-1]) + np.prod(x)

    whole = f(Dual(x, np.eye(3))).derivative
    np.testing.assert_allclose(f(Dual(x, v)).derivative, whole @ v, rtol=1e-12, atol=1e-12)


@given(arrays(float, (3, 4), elements=finite))
@settings(max_examples=30)
def test_moving_entries_about_moves_their_derivatives_along(X):
    x = Dual(X, np.arange(12.0).reshape(3, 4))
    for move in (
        np.transpose, np.ravel, np.flip, lambda a: a.reshape(2, 6), lambda a: np.roll(a, 1, axis=1),
        lambda a: a[1:, ::2], lambda a: a[..., 2], lambda a: a[X[:, 0].argsort()],
        lambda a: np.concatenate([a, a], axis=1), lambda a: np.stack([a, a], axis=-1), lambda a: np.vstack([a, a]),
        lambda a: np.swapaxes(a, 0, 1), lambda a: np.take(a, [2, 0], axis=0), lambda a: np.repeat(a, 2, axis=0),
        lambda a: np.tril(a), lambda a: np.diagonal(a), lambda a: np.expand_dims(a, 1), lambda a: np.tile(a, 2),
        lambda a: np.diff(a, axis=0), lambda a: np.cumsum(a, axis=1), lambda a: np.cumsum(a), lambda a: a.T,
        lambda a: np.sum(a, axis=-1), lambda a: np.mean(a, axis=(0, 1)), lambda a: np.column_stack([a[:, 0], a[:, 1]]),
        lambda a: a[:, None, 1:3], lambda a: np.hstack([a, a]), lambda a: np.moveaxis(a, 0, -1),
        lambda a: a[[0, 2], [1, 3]], lambda a: np.broadcast_to(a, (2, 3, 4)),
        lambda a: np.squeeze(a[:1]), lambda a: np.add.reduce(a),
    ):  # fmt: skip
        moved = move(x)
        np.testing.assert_allclose(moved.value, move(X), rtol=1e-13, atol=1e-13)
        np.testing.assert_allclose(moved.derivative, move(x.derivative), rtol=1e-13, atol=1e-13)


FUNCTIONS = {
    "var": lambda x: np.var(x, ddof=1) + np.std(x.reshape(3, 2), axis=0)[1],
    "prod": lambda x: np.prod(x) + np.prod(x.reshape(2, 3), axis=1)[0] + np.prod(x.reshape(3, 2), axis=0)[1],
    "extremes": lambda x: np.max(x) * np.min(x) + x.reshape(2, 3).max(axis=1)[0] + np.maximum.reduce(x) * x[0],
    "sort": lambda x: np.sort(x) @ np.arange(6.0) ** 2,
    "clip": lambda x: np.sum(np.clip(x, -0.5, 0.5) ** 2) + np.clip(x, None, 0.1)[2] + np.clip(x, min=0.25).sum(),
    "where": lambda x: np.where(x > 0, np.sin(x), x**2).sum() + np.where(x > 0, 1.0, x)[0],
    "matrix": lambda x: (x[:4].reshape(2, 2) @ x[2:].reshape(2, 2) @ x[:2])[1] + x[:3] @ x[3:] + np.dot(x, x) * x[0],
    "vector-matrix": lambda x: (x[:2] @ x[2:].reshape(2, 2))[0] + np.inner(x, np.arange(6.0)) + np.dot(2.0, x)[1],
    "outer": lambda x: np.outer(x[:3], x[3:])[1, 2] + np.trace(np.outer(x, x)) + np.diag(x[:3])[1, 1],
    "einsum": lambda x: np.einsum("ij,j,i->", x[:4].reshape(2, 2), x[:2], np.exp(x[4:])) + np.einsum("i,i", x, x),
    "norms": lambda x: np.linalg.norm(x) + np.linalg.norm(x, 1) + np.linalg.norm(x, np.inf)
    + np.linalg.norm(x.reshape(2, 3)) + np.linalg.norm(x.reshape(2, 3), axis=1)[1],
    "solve": lambda x: np.linalg.solve(spd(x), x[:3])[0] + np.linalg.solve(spd(x), spd(x) * x[0])[1, 1],
    "inverse": lambda x: np.sum(np.linalg.inv(spd(x)) ** 2) + np.linalg.solve(np.eye(3), x[:3])[1],
    "determinant": lambda x: np.linalg.slogdet(spd(x))[1] + np.linalg.det(spd(x)),
    "cholesky": lambda x: np.sum(np.sin(np.linalg.cholesky(spd(x)))),
}  # fmt: skip


def spd(x):
    root = np.reshape(x, (2, 3))
    return root.T @ root + np.eye(3)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_of_arrays_against_the_complex_step_or_richardson(name):
    f = FUNCTIONS[name]
    x = np.array([0.9, -0.4, 1.3, 0.2, -1.1, 0.6])
    np.testing.assert_allclose(gradient(f, x, method="dual"), gradient(f, x, method="richardson"), rtol=1e-9, atol=1e-9)
    by_gradients = hessian(f, x, gradient=lambda x: gradient(f, x, method="dual"))
    np.testing.assert_allclose(hessian(f, x, method="dual"), by_gradients, rtol=1e-7, atol=1e-7)
    assert f(Dual(x, np.ones(6))).derivative == pytest.approx(gradient(f, x, method="dual").sum(), rel=1e-12)


def test_a_gaussian_process_likelihood_goes_through():
    X = np.linspace(0, 1, 7)[:, None]
    y = np.sin(5 * X[:, 0])

    def log_likelihood(theta):
        K = np.exp(theta[0]) * np.exp(-0.5 * (X - X.T) ** 2 / np.exp(2 * theta[1])) + np.exp(theta[2]) * np.eye(7)
        return -0.5 * y @ np.linalg.solve(K, y) - np.sum(np.log(np.diag(np.linalg.cholesky(K))))

    theta = np.array([0.1, -1.0, -4.0])
    by_differences = gradient(log_likelihood, theta, method="richardson")
    np.testing.assert_allclose(gradient(log_likelihood, theta, method="dual"), by_differences, rtol=1e-8)


# -- nested ----------------------------------------------------------------------------------------------------------


def test_a_dual_of_duals_gives_second_derivatives():
    y = np.exp(2 * Dual(Dual(0.5, 1.0), 1.0))
    assert y.derivative.derivative == pytest.approx(4 * math.exp(1), rel=1e-15)


def test_three_deep():
    x = Dual(Dual(Dual(2.0, 1.0), 1.0), 1.0)
    assert (x**5).derivative.derivative.derivative == pytest.approx(60 * 4)


def test_perturbations_are_not_confused():
    # d/dx [x · d/dy (x + y)] = 1; with one ε for both it would be 2 (Siskind & Pearlmutter 2005)
    def outer(x):
        return x[0] * gradient(lambda y: x[0] + y[0], [1.0], method="dual")[0]

    np.testing.assert_array_equal(gradient(outer, [1.0], method="dual"), [1.0])


def test_a_gradient_within_a_gradient():
    def norm_of_slope(x):
        g = gradient(lambda y: y[0] ** 2 * y[1], x, method="dual")
        return g @ g

    # |∇f|² = 4 x²y² + x⁴
    np.testing.assert_allclose(gradient(norm_of_slope, [2.0, 3.0], method="dual"), [8 * 2 * 9 + 4 * 8, 8 * 4 * 3])


# -- an array among arrays -------------------------------------------------------------------------------------------


def test_object_arrays_and_lists_of_duals_work():
    x = Dual([0.3, 0.4], np.eye(2))
    entries = np.array([x[0], x[1]])
    assert entries.dtype == object
    assert np.exp(entries)[0].derivative[0] == pytest.approx(math.exp(0.3))
    J = jacobian(lambda x: [x[0] * x[1], 3.0, np.sin(x[1])], [2.0, 1.0], method="dual")
    np.testing.assert_allclose(J, [[1, 2], [0, 0], [0, math.cos(1)]])
    J = jacobian(lambda x: np.array([x[0] * x[1], x[0]]) + x, [2.0, 1.0], method="dual")
    np.testing.assert_allclose(J, [[2, 2], [1, 1]])


def test_it_has_the_manners_of_an_array():
    x = Dual(np.arange(6.0).reshape(2, 3), 1.0)
    assert (x.shape, x.ndim, x.size, len(x), x.T.shape) == ((2, 3), 2, 6, 2, (3, 2))
    assert [row.shape for row in x] == [(3,), (3,)]
    assert (x > 2).tolist() == [[False] * 3, [True] * 3]
    assert x.argmax() == 5
    assert bool(Dual(1.0, 0.0))
    assert not np.isnan(x).any()
    np.testing.assert_array_equal(np.zeros_like(x), np.zeros((2, 3)))
    assert repr(Dual([1.0, 2.0], [0.5, 0.0])) == "Dual([1., 2.], [0.5, 0. ])"
    assert repr(Dual(Dual(2.0, 1.0), 1.0)) == "Dual(Dual(2., 1.), 1.)"


def test_duals_are_never_modified():
    value = np.ones(2)
    x = Dual(value, np.ones(2))
    value[0] = 9.0
    y = x
    y += 1
    np.testing.assert_array_equal(x.value, [1, 1])
    np.testing.assert_array_equal(y.value, [2, 2])


def test_one_direction_is_shared_by_many():
    y = Dual(2.0, 1.0) * Dual(3.0, [1.0, 0.0])
    np.testing.assert_array_equal(y.derivative, [5.0, 3.0])


def test_a_reader_can_teach_it_a_function():
    with pytest.raises(TypeError, match=r"no rule for expit: give one as Dual.rules\['expit'\]"):
        scipy.special.expit(Dual(0.0, 1.0))
    Dual.rules["expit"] = lambda x: scipy.special.expit(x) * (1 - scipy.special.expit(x))
    try:
        assert scipy.special.expit(Dual(0.0, 1.0)).derivative == 0.25
    finally:
        del Dual.rules["expit"]


# -- errors ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("misuse", "sentence"),
    [
        (lambda x: math.exp(x[0]), "use np.exp, not math.exp"),
        (lambda x: float(x[0]), "cannot become a plain number"),
        (lambda x: int(x[0]), "cannot become a plain number"),
        (lambda x: np.asarray(x, dtype=float), "cannot become a plain number"),
        (lambda x: np.linalg.eigh(np.outer(x, x)), "no rule for numpy.linalg.eigh"),
        (lambda x: np.linalg.norm(np.outer(x, x), 2), "no rule for this norm"),
        (lambda x: np.sinc(x), "no rule for numpy.sinc"),
        (lambda x: np.spacing(x), "no rule for spacing"),
        (lambda x: np.add(x, 1, where=[True, False]), "not its __call__ with"),
        (lambda x: np.add.outer(x, x), "not its outer"),
        (lambda x: np.stack([np.outer(x, x)] * 2) @ x, r"use np\.einsum"),
        (lambda x: np.linalg.solve(np.ones((2, 2, 2)), np.outer(x, x)), "one matrix at a time"),
        (lambda x: len(x[0]), r"no len\(\)"),
    ],
)
def test_what_would_lose_the_derivative_raises(misuse, sentence):
    with pytest.raises(TypeError, match=sentence):
        misuse(Dual([1.0, 2.0], np.eye(2)))


def test_writing_into_arrays_raises():
    x = Dual([1.0, 2.0], np.eye(2))
    plain = np.zeros(2)
    with pytest.raises(TypeError, match="write y = y \\+ x, not y \\+= x"):
        plain += x
    with pytest.raises(TypeError, match="cannot be changed in place"):
        x[0] = 3.0
    with pytest.raises(ValueError, match="array element"):
        plain[0] = x[0]


def test_shapes_that_do_not_fit_raise():
    with pytest.raises(ValueError, match=r"derivative must have the shape of value, \(3,\), .* got \(2,\)"):
        Dual(np.ones(3), np.ones(2))
    with pytest.raises(ValueError, match=r"or one axis more .* got \(3, 2, 2\)"):
        Dual(np.ones(3), np.ones((3, 2, 2)))
    with pytest.raises(ValueError, match="Duals with 2 and 3 directions don't mix"):
        Dual(1.0, np.ones(2)) + Dual(1.0, np.ones(3))
    with pytest.raises(TypeError, match="value must be numbers"):
        Dual("three", 1.0)
    with pytest.raises(AttributeError, match="no attribute 'gradient'"):
        Dual(1.0, 1.0).gradient
