"""Derivatives of functions given as code: five methods, and steps that find their own scale."""

import math
import warnings

import mpmath
import numpy as np
import pytest
import scipy.differentiate
import sympy
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from hpmath import Dual, classify_critical_point, directional_derivative, gradient, hessian, jacobian

DIFFERENCES = ("forward", "central", "richardson")
METHODS = (*DIFFERENCES, "complex", "dual")
# relative errors to be had on a well-scaled function: about ten times ε^(1/2), ε^(2/3), ε^(4/5), ε, ε
FIRST = {"forward": 5e-7, "central": 5e-10, "richardson": 1e-11, "complex": 1e-14, "dual": 1e-14}
SECOND = {"forward": 1e-4, "central": 5e-7, "richardson": 5e-9, "complex": 5e-9, "dual": 1e-13}

moderate = st.floats(-2, 2, width=16)


def rosenbrock(x):
    return np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def rosenbrock_gradient(x):
    g, a = np.zeros_like(x), x[1:] - x[:-1] ** 2
    g[:-1] = -400 * a * x[:-1] - 2 * (1 - x[:-1])
    g[1:] += 200 * a
    return g


def smooth(A, b):
    """A smooth function with everything coupled to everything."""
    return lambda x: np.sum(np.sin(A @ x + b)) + np.exp(0.3 * x @ b) + np.log1p(x @ x)


def asked(f):
    """f, and the list of the points at which it was called."""
    points = []

    def spy(x):
        points.append(x if isinstance(x, Dual) else x.copy())
        return f(x)

    return spy, points


# -- gradient --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", METHODS)
def test_the_gradient_in_closed_form(method):
    g = gradient(lambda x: x[0] ** 2 * np.exp(x[1]), [3.0, 0.5], method=method)
    np.testing.assert_allclose(g, [6 * math.exp(0.5), 9 * math.exp(0.5)], rtol=FIRST[method])
    assert g.shape == (2,)
    assert g.dtype == float


def test_dual_is_exact_to_fourteen_digits():
    x = np.random.default_rng(0).uniform(-2, 2, 50)
    np.testing.assert_allclose(gradient(rosenbrock, x, method="dual"), rosenbrock_gradient(x), rtol=1e-14)


def test_against_scipy_differentiate():
    rng = np.random.default_rng(1)
    f, x = smooth(rng.normal(size=(4, 4)), rng.normal(size=4)), rng.normal(size=4)
    theirs = scipy.differentiate.jacobian(lambda X: np.apply_along_axis(f, 0, X), x).df
    np.testing.assert_allclose(gradient(f, x), theirs, rtol=1e-8)
    np.testing.assert_allclose(gradient(f, x, method="dual"), theirs, rtol=1e-8)


@given(arrays(float, 3, elements=moderate), arrays(float, 3, elements=moderate), st.sampled_from(METHODS))
def test_a_linear_function_has_its_coefficients_for_gradient(a, x, method):
    g = gradient(lambda x: a @ x + 0 * x[0], x, method=method)
    np.testing.assert_allclose(g, a, rtol=1e-7 if method in DIFFERENCES else 1e-15, atol=1e-7 * np.abs(a).max())


@given(st.integers(0, 10_000))
@settings(max_examples=40, deadline=None)
def test_the_methods_agree_on_random_smooth_functions(seed):
    rng = np.random.default_rng(seed)
    f, x = smooth(rng.normal(size=(4, 4)), rng.normal(size=4)), rng.normal(size=4)
    truth = gradient(f, x, method="dual")
    for method in METHODS:
        tolerance = 10 * FIRST[method] * max(1, np.abs(truth).max())
        np.testing.assert_allclose(gradient(f, x, method=method), truth, rtol=0, atol=tolerance)


def test_truncation_errors_have_the_orders_of_the_table():
    def error(method, h):
        return gradient(lambda x: np.exp(x[0]), [0.0], method=method, step=h)[0] - 1

    h = 0.01
    assert error("forward", h) == pytest.approx(h / 2, rel=1e-2)
    assert error("central", h) == pytest.approx(h**2 / 6, rel=1e-2)
    assert error("richardson", 10 * h) == pytest.approx(-((10 * h) ** 4) / 480, rel=1e-2)
    assert error("complex", h) == pytest.approx(-(h**2) / 6, rel=1e-2)


def test_a_given_step_is_used_as_it_is():
    f, points = asked(lambda x: x[0] ** 3 + x[1])
    g = gradient(f, [1.0, 10.0], step=[0.5, 2.0])
    np.testing.assert_allclose(g, [3.25, 1.0])
    assert sorted(map(tuple, points)) == [(0.5, 10), (1.0, 8), (1.0, 12), (1.5, 10)]
    assert gradient(lambda x: x[0] ** 3, [1.0], step=0.5)[0] == 3.25
    np.testing.assert_array_equal(gradient(lambda x: x[0] ** 3, [1.0], method="dual", step=0.5), [3.0])


@pytest.mark.parametrize(
    ("method", "calls"), [("forward", 5), ("central", 9), ("richardson", 17), ("complex", 3), ("dual", 1)]
)
def test_the_calls_it_takes_where_the_first_step_serves(method, calls):
    f, points = asked(lambda x: np.exp(x[0] + x[1] + x[2]))
    gradient(f, [1.0, 0.5, 0.2], method=method)
    assert len(points) == calls


# -- scales ----------------------------------------------------------------------------------------------------------

ILL_SCALED = {
    "1e6 beside 1e-6": (lambda x: np.sin(x[0] / 1e6) + np.exp(x[1] * 1e6), [1e6, 1e-6]),
    "a coupled pair of them": (lambda x: np.exp(np.log(x[0]) * np.log(1e7 * x[1]) / 10), [1e6, 1e-6]),
    "at zero, with scale 1": (lambda x: np.exp(x[0]) + np.sin(x[1]), [0.0, 0.0]),
    "at zero, with scale 1e6": (lambda x: np.exp(x[0] / 1e6), [0.0]),
    "at zero, with scale 1e-6": (lambda x: np.sin(x[0] * 1e6 + 1), [0.0]),
    "at zero, on a spike": (lambda x: 1 / (1 + (x[0] * 1e6 + 0.3) ** 2), [0.0]),
    "at 1e-6, with scale 1": (lambda x: np.cos(1 + x[0]) + x[1] ** 2, [1e-6, 1e-6]),
    "at 1e6, with scale 1": (lambda x: np.sin(x[0]), [1e6]),
    "at 1e6, with scale 1e6": (lambda x: np.log(x[0]) ** 2, [1e6]),
    "beside a large constant": (lambda x: 1e4 + np.sin(x[0]) + np.exp(x[1]), [1.0, 0.0]),
    "tiny values": (lambda x: 1e-30 * np.sin(x[0] + 1e6 * x[1]), [0.3, 1e-6]),
    "huge values": (lambda x: 1e30 * np.sin(x[0] + 1e6 * x[1]), [0.3, 1e-6]),
    "a learning rate": (lambda x: (np.log10(x[0]) + 3) ** 2 + (np.log2(x[1]) - 6) ** 2, [3e-5, 250.0]),
}


@pytest.mark.parametrize("name", ILL_SCALED)
def test_ill_scaled_gradients_keep_seven_digits_without_a_step(name):
    f, x = ILL_SCALED[name]
    truth = gradient(f, x, method="dual")
    np.testing.assert_allclose(gradient(f, x), truth, rtol=1e-7)
    np.testing.assert_allclose(gradient(f, x, method="richardson"), truth, rtol=1e-7)


@given(st.lists(st.tuples(st.floats(-8, 8), st.floats(0.2, 1.5)), min_size=1, max_size=4))
@settings(max_examples=60, deadline=None)
def test_a_gradient_follows_a_change_of_units(coordinates):
    scales, u = 10.0 ** np.array([c[0] for c in coordinates]), np.array([c[1] for c in coordinates])

    def f(x):
        return np.sum(np.exp(x / scales)) * np.log(2 + np.sum(x / scales))

    g = gradient(f, u * scales)
    np.testing.assert_allclose(g * scales, gradient(f, u * scales, method="dual") * scales, rtol=1e-7)


# The models of NIST's Statistical Reference Datasets for nonlinear regression, at the certified parameters
NIST = {
    "Misra1a": (lambda b, x: b[0] * (1 - np.exp(-b[1] * x)), [2.3894212918e2, 5.5015643181e-4], (77.6, 760)),
    "MGH10": (
        lambda b, x: b[0] * np.exp(b[1] / (x + b[2])),
        [5.6096364710e-3, 6.1813463463e3, 3.4522363462e2],
        (50, 125),
    ),
    "Bennett5": (
        lambda b, x: b[0] * (b[1] + x) ** (-1 / b[2]),
        [-2.5235058043e3, 4.6736564644e1, 9.3218483193e-1],
        (7.4, 18),
    ),
    "Thurber": (
        lambda b, x: (b[0] + b[1] * x + b[2] * x**2 + b[3] * x**3) / (1 + b[4] * x + b[5] * x**2 + b[6] * x**3),
        [1.2881396800e3, 1.4910792535e3, 5.8323836877e2, 7.5416644291e1, 9.6629502864e-1, 3.9797285797e-1]
        + [4.9727297349e-2],
        (-3.0, 2.2),
    ),
    "Eckerle4": (
        lambda b, x: b[0] / b[1] * np.exp(-0.5 * ((x - b[2]) / b[1]) ** 2),
        [1.5543827178e0, 4.0888321754e0, 4.5154121844e2],
        (435, 470),
    ),
    "Hahn1": (
        lambda b, x: (b[0] + b[1] * x + b[2] * x**2 + b[3] * x**3) / (1 + b[4] * x + b[5] * x**2 + b[6] * x**3),
        [1.0776351733, -1.2269296921e-1, 4.0863750610e-3, -1.4262662514e-6, -5.7609940901e-3, 2.4053735503e-4]
        + [-1.2314450199e-7],
        (14, 851),
    ),
    "Rat43": (
        lambda b, x: b[0] / (1 + np.exp(b[1] - b[2] * x)) ** (1 / b[3]),
        [6.9964151270e2, 5.2771253025, 7.5962938329e-1, 1.2792483859],
        (1, 15),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", NIST)
def test_jacobians_of_the_nist_models(name):
    model, b, (low, high) = NIST[name]
    x = np.linspace(low, high, 15)
    exact = jacobian(lambda b: model(b, x), b, method="dual")
    with mpmath.workdps(50):
        for i in (0, 7, 14):
            for j in range(len(b)):
                one = mp_model(model, x[i])
                order = tuple(int(k == j) for k in range(len(b)))
                assert exact[i, j] == pytest.approx(float(mpmath.diff(one, tuple(b), order)), rel=1e-12)
    np.testing.assert_allclose(jacobian(lambda b: model(b, x), b), exact, rtol=1e-7)
    np.testing.assert_allclose(jacobian(lambda b: model(b, x), b, method="complex"), exact, rtol=1e-12)


def mp_model(model, x):
    class Functions:  # the same formula, with mpmath's exponential
        exp = staticmethod(mpmath.exp)

    code = type(model)(model.__code__, {"np": Functions})
    return lambda *b: code(b, mpmath.mpf(x))


@pytest.mark.parametrize("name", NIST)
def test_hessians_of_their_sums_of_squares(name):
    model, b, (low, high) = NIST[name]
    x = np.linspace(low, high, 15)
    y = 1.01 * model(np.array(b), x)

    def loss(b):
        return np.sum((model(b, x) - y) ** 2)

    exact = hessian(loss, b, method="dual")
    sizes = np.sqrt(np.outer(exact.diagonal(), exact.diagonal()))
    assert np.max(np.abs(hessian(loss, b) - exact) / sizes) < 1e-6
    by_gradients = hessian(loss, b, gradient=lambda b: gradient(loss, b, method="dual"))
    assert np.max(np.abs(by_gradients - exact) / sizes) < 1e-7


# -- walls -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("method", "tolerance"), [("forward", 1e-6), ("central", 1e-8), ("richardson", 1e-9)])
@pytest.mark.parametrize("x", [[1.0, 0.0], [1.5, 1.0], [4.0, 0.5]])
def test_with_bounds_f_is_asked_inside_only(method, tolerance, x):
    bounds = np.array([[1.0, 4.0], [0.0, 1.0]])
    for step in (None, 1e-4):
        f, points = asked(lambda x: np.sqrt(x[0]) * np.exp(x[1]))
        g = gradient(f, x, method=method, bounds=bounds, step=step)
        truth = gradient(lambda x: np.sqrt(x[0]) * np.exp(x[1]), x, method="dual", bounds=bounds)
        np.testing.assert_allclose(g, truth, rtol=tolerance if step is None else 1e-4)
        assert (bounds[:, 0] <= np.array(points)).all()
        assert (np.array(points) <= bounds[:, 1]).all()


def test_a_box_narrower_than_the_step():
    f, points = asked(lambda x: np.exp(x[0]))
    assert gradient(f, [1e-9], bounds=[[0, 2e-9]])[0] == pytest.approx(1, rel=1e-3)
    assert all(0 <= p[0] <= 2e-9 for p in points)


# -- directional derivative ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", METHODS)
def test_the_directional_derivative_is_the_gradient_times_the_direction(method):
    v = np.array([2.0, -1.0])
    slope = directional_derivative(lambda x: np.exp(x[0]) * x[1], [1.0, 2.0], v, method=method)
    assert slope == pytest.approx(math.e * (2 * 2.0 - 1), rel=FIRST[method])
    assert isinstance(slope, float)


@given(st.floats(-3, 3).filter(lambda c: abs(c) > 1e-3))
def test_the_direction_is_not_normalised(c):
    one = directional_derivative(np.prod, [2.0, 3.0], [1.0, 1.0])
    assert directional_derivative(np.prod, [2.0, 3.0], [c, c]) == pytest.approx(c * one, rel=1e-8)


@pytest.mark.parametrize("method", METHODS)
def test_along_a_direction_of_mixed_scales(method):
    def f(x):
        return np.sin(x[0] / 1e6 + x[1] * 1e6)

    slope = directional_derivative(f, [1e6, 1e-6], [1e6, 2e-6], method=method)
    assert slope == pytest.approx(3 * math.cos(2), rel=1e-6 if method == "forward" else 1e-8)


def test_no_direction_no_slope():
    assert directional_derivative(np.sum, [1.0, 2.0], [0.0, 0.0]) == 0.0


def test_its_step_counts_in_directions():
    f, points = asked(lambda x: x[0] ** 3)
    assert directional_derivative(f, [1.0, 0.0], [2.0, 1.0], step=0.25) == pytest.approx(6.5)
    assert sorted(map(tuple, points)) == [(0.5, -0.25), (1.5, 0.25)]


# -- jacobian --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", METHODS)
def test_row_i_of_the_jacobian_is_the_gradient_of_output_i(method):
    def f(x):
        return [x[0] * x[1], np.sin(x[1]) + 0 * x[0], x[0] ** 2 + x[2]]

    J = jacobian(f, [2.0, 0.5, 1.0], method=method)
    np.testing.assert_allclose(J, [[0.5, 2, 0], [0, math.cos(0.5), 0], [4, 0, 1]], rtol=FIRST[method], atol=1e-9)


def test_one_output_is_one_row():
    np.testing.assert_allclose(jacobian(lambda x: x[0] * x[1], [2.0, 3.0]), [[3, 2]])
    np.testing.assert_allclose(jacobian(lambda x: x[0] * x[1], [2.0, 3.0], method="dual"), [[3, 2]])


def test_each_entry_of_the_jacobian_finds_its_own_scale():
    def f(x):
        return np.stack([np.sin(x[0]), np.exp(1e6 * x[0] - 1), 1e8 * np.exp(x[1] / 1e5)])

    x = [1e-6, 3e5]
    np.testing.assert_allclose(jacobian(f, x), jacobian(f, x, method="dual"), rtol=1e-7)


# -- hessian ---------------------------------------------------------------------------------------------------------

a, b, c = sympy.symbols("a b c")
FORMULA = sympy.exp(a * b) * sympy.sin(c) + a**3 / (1 + c**2) - b**2 * c


@pytest.mark.parametrize("method", METHODS)
def test_the_hessian_that_sympy_finds(method):
    f = sympy.lambdify([(a, b, c)], FORMULA, "numpy")
    at = (0.7, -0.4, 1.3)
    truth = np.array(
        sympy.hessian(FORMULA, (a, b, c)).evalf(20, subs=dict(zip((a, b, c), at, strict=True))), dtype=float
    )
    H = hessian(f, at, method=method)
    assert np.abs(H - truth).max() < SECOND[method] * np.abs(truth).max()
    np.testing.assert_array_equal(H, H.T)


@given(st.integers(0, 10_000), st.sampled_from(METHODS))
@settings(max_examples=30, deadline=None)
def test_a_hessian_is_exactly_symmetric_and_the_jacobian_of_the_gradient(seed, method):
    rng = np.random.default_rng(seed)
    f, x = smooth(rng.normal(size=(3, 3)), rng.normal(size=3)), rng.normal(size=3)
    H = hessian(f, x, method=method)
    np.testing.assert_array_equal(H, H.T)
    J = jacobian(lambda x: gradient(f, x, method="dual"), x, method="dual")
    assert np.abs(H - J).max() < 10 * SECOND[method] * max(1, np.abs(J).max())


@pytest.mark.parametrize("method", METHODS)
def test_differences_of_a_given_gradient(method):
    x = np.random.default_rng(2).uniform(-1, 1, 5)

    def exact_gradient(x):
        a = x[1:] - x[:-1] ** 2
        zero = x[:1] * 0
        return np.concatenate([-400 * a * x[:-1] - 2 * (1 - x[:-1]), zero]) + np.concatenate([zero, 200 * a])

    H = hessian(rosenbrock, x, method=method, gradient=exact_gradient)
    truth = hessian(rosenbrock, x, method="dual")
    np.testing.assert_array_equal(H, H.T)
    assert np.abs(H - truth).max() < 10 * FIRST[method] * np.abs(truth).max()


@pytest.mark.parametrize("method", METHODS)
def test_a_mixed_derivative_between_flat_coordinates(method):
    H = hessian(lambda x: np.exp(x[0] * x[1]), [0.0, 0.0], method=method)
    np.testing.assert_allclose(H, [[0, 1], [1, 0]], atol=SECOND[method])


@pytest.mark.parametrize("method", METHODS)
def test_flat_and_one_dimensional_functions(method):
    np.testing.assert_allclose(
        hessian(lambda x: 2 * x[0] + 3 * x[1], [1.0, 5.0], method=method), np.zeros((2, 2)), atol=1e-6
    )
    np.testing.assert_allclose(hessian(lambda x: x[0] ** 4, [1.0], method=method), [[12.0]], rtol=SECOND[method])


def test_a_given_step_serves_the_hessian_too():
    f, points = asked(lambda x: x[0] ** 4 + x[0] * x[1])
    H = hessian(f, [1.0, 0.0], step=[0.5, 0.25])
    np.testing.assert_allclose(H, [[(1.5**4 - 2 + 0.5**4) / 0.25, 1], [1, 0]])
    assert max(abs(p[0] - 1) for p in points) == 0.5


# -- critical points -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("f", "verdict"),
    [
        (lambda x: x[0] ** 2 + 3 * x[1] ** 2, "minimum"),
        (lambda x: -(x[0] ** 2) - x[0] * x[1] - x[1] ** 2, "maximum"),
        (lambda x: np.sin(x[0]) ** 2 - x[1] ** 2, "saddle"),
        (lambda x: x[0] ** 2 + x[1] ** 4, "inconclusive"),
        (lambda x: x[0] ** 3 - 3 * x[0] * x[1] ** 2, "inconclusive"),
        (lambda x: np.cos(x[0]) + x[1] ** 3, "inconclusive"),
        (lambda x: 5.0 + 0 * x[0], "inconclusive"),
    ],
)
@pytest.mark.parametrize("method", ["central", "dual"])
def test_what_the_hessian_proves_at_the_origin(f, verdict, method):
    assert classify_critical_point(hessian(f, [0.0, 0.0], method=method)) == verdict


def test_the_verdicts_on_plain_matrices():
    assert classify_critical_point([[2, 0], [0, 1]]) == "minimum"
    assert classify_critical_point([[-2, 1], [1, -2]]) == "maximum"
    assert classify_critical_point([[0, 1], [1, 0]]) == "saddle"
    assert classify_critical_point(np.diag([1.0, 0.0, -1.0])) == "saddle"
    assert classify_critical_point(np.diag([1.0, 0.0])) == "inconclusive"
    assert classify_critical_point(np.diag([-1.0, 0.0])) == "inconclusive"
    assert classify_critical_point(np.zeros((3, 3))) == "inconclusive"
    assert classify_critical_point([[4.0]]) == "minimum"


@given(arrays(float, (3, 3), elements=st.floats(-2, 2)), arrays(float, 3, elements=st.sampled_from([-1.0, 0.0, 1.0])))
def test_the_verdict_does_not_depend_on_the_axes(A, signs):
    Q, R = np.linalg.qr(A)
    assume(np.abs(R.diagonal()).min() > 1e-3)
    H = Q @ np.diag(signs) @ Q.T
    assert classify_critical_point((H + H.T) / 2) == classify_critical_point(np.diag(signs))


def test_the_tolerance_decides_what_counts_as_zero():
    H = np.diag([1.0, 1e-6])
    assert classify_critical_point(H) == "minimum"
    assert classify_critical_point(H, tolerance=1e-5) == "inconclusive"
    assert classify_critical_point(np.diag([1.0, 1e-9])) == "inconclusive"
    assert classify_critical_point(np.diag([1.0, 1e-9]), tolerance=0) == "minimum"


@pytest.mark.parametrize(
    ("H", "sentence"),
    [
        ([[1, 2], [3, 4]], r"H must be symmetric, got H\[0, 1\] = 2 and H\[1, 0\] = 3"),
        ([[1, 2]], r"H must be a square matrix of shape \(d, d\) with d >= 1, got shape \(1, 2\)"),
        ([], "got shape \\(0,\\)"),
        (3.0, "got shape \\(\\)"),
        ([[np.nan]], r"H must be finite, got nan at index \[0, 0\]"),
        ([[np.inf, 0], [0, 1]], "H must be finite"),
    ],
)
def test_matrices_that_are_no_hessian(H, sentence):
    with pytest.raises(ValueError, match=sentence):
        classify_critical_point(H)


@pytest.mark.parametrize("tolerance", [-1.0, np.nan])
def test_a_tolerance_is_not_negative(tolerance):
    with pytest.raises(ValueError, match="tolerance must be a number >= 0"):
        classify_critical_point([[1.0]], tolerance=tolerance)


# -- manners ---------------------------------------------------------------------------------------------------------


def test_the_point_is_never_modified_even_by_a_function_that_writes_into_it():
    def rude(x):
        value = x @ x
        x[:] = 99
        return value

    x = np.array([1.0, 2.0])
    np.testing.assert_allclose(gradient(rude, x), [2, 4], rtol=1e-8)
    np.testing.assert_array_equal(x, [1.0, 2.0])


@pytest.mark.parametrize("x", [(1, 2), [1, 2], np.array([1, 2]), np.array([1, 2], dtype=np.float32)])
def test_points_of_every_kind(x):
    for method in METHODS:
        np.testing.assert_allclose(gradient(lambda x: x @ x, x, method=method), [2, 4], rtol=1e-6)


def test_values_of_every_kind():
    for wrap in (float, np.array, lambda v: np.array([v]), lambda v: [v], np.float64, lambda v: np.array([[v]])):
        np.testing.assert_allclose(gradient(lambda x, wrap=wrap: wrap(x[0] ** 2), [3.0]), [6], rtol=1e-8)
    assert gradient(lambda x: 7, [3.0])[0] == 0
    # single precision: the step grows with the rounding error
    assert gradient(lambda x: np.float32(np.exp(x[0])), [1.0])[0] == pytest.approx(math.e, rel=1e-4)


def test_no_warnings_while_it_looks_for_a_step():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert gradient(lambda x: np.log(x[0]), [1e-9])[0] == pytest.approx(1e9, rel=1e-7)
        gradient(lambda x: np.exp(1e6 * x[0]), [0.0])


def test_a_step_that_leaves_the_domain_is_not_used():
    assert gradient(lambda x: math.log(x[0]), [1e-9])[0] == pytest.approx(1e9, rel=1e-7)
    assert gradient(lambda x: math.asin(x[0]), [1 - 1e-9])[0] == pytest.approx(1 / math.sqrt(2e-9), rel=1e-6)
    H = hessian(lambda x: math.log(x[0]) * math.log(x[1]), [1e-7, 1e3])
    assert H[0, 0] == pytest.approx(-math.log(1e3) * 1e14, rel=1e-6)
    assert H[0, 1] == pytest.approx(1e4, rel=1e-6)


def test_a_slope_may_be_infinite_but_not_undefined():
    np.testing.assert_array_equal(gradient(lambda x: np.sqrt(x[0]) + x[1], [0.0, 1.0], method="dual"), [np.inf, 1])
    with pytest.raises(ValueError, match=r"derivative of f is nan at x = \[0\.\], though f is finite there"):
        gradient(lambda x: np.sqrt(x[0]) - np.sqrt(2 * x[0]), [0.0], method="dual")


def test_differences_of_duals_and_duals_of_differences():
    def slope(x):
        return gradient(lambda y: y[0] ** 3, x, method="dual")[0]

    np.testing.assert_allclose(gradient(slope, [2.0]), [12], rtol=1e-9)
    with pytest.raises(TypeError, match="x is a Dual, so this differentiation lies inside another: use method='dual'"):
        gradient(lambda x: gradient(lambda y: y[0] ** 3, x)[0], [2.0], method="dual")
    with pytest.raises(TypeError, match=r"f returned a Dual: .* use method='dual' here too"):
        gradient(lambda x: gradient(lambda y: y[0] * x[0], [1.0])[0], [2.0], method="dual")


# -- errors ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: gradient(np.sum, [1.0], method="exact"), "method must be one of 'forward', .* got 'exact'"),
        (lambda: gradient(np.sum, [[1.0]]), r"x must be one point of shape \(d,\) with d >= 1, got shape \(1, 1\)"),
        (lambda: gradient(np.sum, []), "x must be one point"),
        (lambda: gradient(np.sum, [1.0, np.nan]), r"x must be finite, got nan at index \[1\]"),
        (lambda: gradient(np.sum, [1.0], step=0), "step must be positive and finite, got 0"),
        (lambda: gradient(np.sum, [1.0], step=-1e-3), "step must be positive and finite, got -0.001"),
        (lambda: gradient(np.sum, [1.0], step=[1, 2]), r"step must be one number or have shape \(1,\) .* shape \(2,\)"),
        (lambda: gradient(np.sum, [1e6], step=1e-12), r"step 1e-12 is lost beside x\[0\] = 1e\+06"),
        (lambda: hessian(np.sum, [1e6], step=1e-12), "step 1e-12 is lost"),
        (lambda: directional_derivative(np.sum, [1e6], [1.0], step=1e-12), "step 1e-12 is lost beside x"),
        (lambda: directional_derivative(np.sum, [1.0, 2.0], [1.0]), r"v must have the shape of x, \(2,\), got \(1,\)"),
        (lambda: directional_derivative(np.sum, [1.0], [np.inf]), "v must be finite"),
        (lambda: gradient(np.sum, [2.0], bounds=[[0, 1]]), r"x must lie inside the bounds, got x\[0\] = 2 outside"),
        (lambda: gradient(np.sum, [2.0], bounds=[0, 1]), r"bounds must have shape \(1, 2\)"),
        (lambda: gradient(np.sum, [2.0], bounds=[[3, 1]]), "bounds need low < high"),
        (lambda: gradient(np.sum, [0.0], bounds=[[0, 1]], step=0.7), "step 0.7 does not fit between the bounds"),
        (lambda: gradient(lambda x: x, [1.0, 2.0]), r"f must return one number, got shape \(2,\); .* use jacobian"),
        (lambda: gradient(lambda x: x, [1.0, 2.0], method="dual"), r"f must return one number, got shape \(2,\)"),
        (lambda: gradient(lambda x: x, [1.0, 2.0], method="complex"), r"f must return one number, got shape \(2,\)"),
        (lambda: jacobian(lambda x: np.eye(2), [1.0]), r"one row of shape \(m,\), got shape \(2, 2\)"),
        (lambda: jacobian(lambda x: np.outer(x, x), [1.0, 2.0], method="dual"), r"one row of shape \(m,\)"),
        (lambda: jacobian(lambda x: [], [1.0]), r"one row of shape \(m,\), got shape \(0,\)"),
        (lambda: jacobian(lambda x: [1.0, [2.0, 3.0]], [1.0]), "numbers in one regular array"),
        (lambda: jacobian(lambda x: np.ones(1 + (x[0] == 2)), [2.0]), "as many outputs at each point, got 1 and 2"),
        (lambda: hessian(np.sum, [1.0], gradient=lambda x: [1, 2]), r"gradient must return shape \(1,\) like x"),
        (
            lambda: gradient(lambda x: np.nan, [1.0]),
            r"f returned nan at x = \[1\.\]: a derivative needs a finite value",
        ),
        (lambda: gradient(lambda x: x[0] * np.inf, [1.0], method="dual"), r"f returned inf at x = \[1\.\]"),
        (lambda: gradient(lambda x: x[0] * np.nan, [1.0], method="complex"), "f returned .*nan.* at x"),
        (lambda: gradient(lambda x: 1 / 0, [1.0]), r"f raised ZeroDivisionError: division by zero; at x = \[1\.\]"),
        (
            lambda: gradient(lambda x: np.sqrt(x[1]), [1.0, 0.0]),
            r"f returned nan at x - 7.63e-06 e\[1\] \(x = \[1\., 0\.\]\): the difference needs a finite value there; "
            "give a smaller step=, or another method",
        ),
        (lambda: gradient(lambda x: np.log(x[0]), [1e-3], step=0.01), r"f returned nan at x - 0.01 e\[0\]"),
        (lambda: gradient(lambda x: math.log(x[0]), [0.1], step=0.2), r"f raised ValueError: .*; at x - 0.2 e\[0\]"),
        (lambda: hessian(lambda x: np.sqrt(x[0]), [0.0]), r"f returned nan at x - 0.000122 e\[0\]"),
        (
            lambda: hessian(lambda x: np.sqrt(x[0] - x[1]), [1.0, 0.999], step=6e-4),
            r"x - 0.0006 e\[0\] \+ 0.0006 e\[1\]",
        ),
        (lambda: directional_derivative(lambda x: np.sqrt(x[0]), [0.0], [2.0]), "f returned nan at x - .* v"),
        (
            lambda: gradient(lambda x: abs(x[0]), [1.0], method="complex"),
            "f returned a real number for a complex point",
        ),
        (
            lambda: gradient(lambda x: np.floor(x[0]), [1.0], method="complex"),
            "f raised TypeError: .* calls f with complex",
        ),
    ],
)
def test_bad_input_is_answered_in_one_sentence(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call()


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: gradient(3.0, [1.0]), "f must be a function of one point, got 3.0"),
        (lambda: gradient(np.sum, ["a"]), "x must be numbers"),
        (lambda: gradient(lambda x: None, [1.0]), "f must return numbers, got None"),
        (lambda: gradient(lambda x: None, [1.0], method="dual"), "f must return numbers, got None"),
        (lambda: gradient(lambda x: 1j * x[0], [1.0]), "f must return real numbers for a real point, got 1j"),
        (lambda: gradient(lambda x: math.exp(x[0]), [1.0], method="dual"), "use np.exp, not math.exp"),
        (lambda: gradient(lambda x: np.sinc(x[0]), [1.0], method="dual"), "no rule for numpy.sinc"),
    ],
)
def test_things_of_the_wrong_kind(call, sentence):
    with pytest.raises(TypeError, match=sentence):
        call()


def test_an_error_in_f_keeps_its_cause():
    with pytest.raises(ValueError, match="f raised KeyError") as caught:
        gradient(lambda x: {}["missing"], [1.0])
    assert isinstance(caught.value.__cause__, KeyError)
    with pytest.raises(ValueError, match=r"build arrays with np\.stack"):
        gradient(writes_into_an_array, [1.0, 2.0], method="dual")


def writes_into_an_array(x):
    out = np.zeros(2)
    out[0] = x[0]
    return out.sum()


def test_the_trap_of_the_complex_step_that_nobody_can_see():
    # |x| in the middle of f is real, and the sum is complex all the same: the slope of the first term is lost
    g = gradient(lambda x: abs(x[0]) + x[1], [3.0, 1.0], method="complex")
    np.testing.assert_array_equal(g[1:], [1.0])
    assert g[0] == 0.0
    assert gradient(lambda x: abs(x[0]) + x[1], [3.0, 1.0], method="dual")[0] == 1.0


def test_a_dual_point_gives_a_dual_gradient():
    g = gradient(lambda y: y[0] ** 3, Dual([2.0], [1.0]), method="dual")
    assert isinstance(g, Dual)
    np.testing.assert_array_equal(g.derivative, [12.0])
