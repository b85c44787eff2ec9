"""Descent: closed-form iterates on quadratics, SciPy's minima, and walks that cannot go on."""

from __future__ import annotations

import math

import numpy as np
import pytest
import scipy.optimize
from hypothesis import given, settings
from hypothesis import strategies as st

import hpmath
from hpmath import gradient_descent, momentum, newton


def bowl(eigenvalues, seed=0):
    """A quadratic with these eigenvalues, turned at random: f, its gradient, its Hessian."""
    rng = np.random.default_rng(seed)
    Q = np.linalg.qr(rng.normal(size=(len(eigenvalues), len(eigenvalues))))[0]
    H = Q * eigenvalues @ Q.T
    H = (H + H.T) / 2
    return lambda x: 0.5 * x @ H @ x, lambda x: H @ x, lambda x: H


def banana(x):
    return (1 - x[0]) ** 2 + 100 * (x[1] - x[0] ** 2) ** 2


def banana_gradient(x):
    return np.array([-2 * (1 - x[0]) - 400 * x[0] * (x[1] - x[0] ** 2), 200 * (x[1] - x[0] ** 2)])


def banana_hessian(x):
    return np.array([[2 - 400 * (x[1] - 3 * x[0] ** 2), -400 * x[0]], [-400 * x[0], 200.0]])


eigenvalues = st.lists(st.floats(0.1, 100), min_size=1, max_size=5).map(np.array)
seeds = st.integers(0, 10**6)


# --- what a walk is ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", [gradient_descent, momentum, newton])
def test_a_walk_starts_at_the_start_and_ends_at_its_last_point(method):
    f, g, _ = bowl([1.0, 3.0])
    settings = {} if method is newton else {"step": 0.1}
    walk = method(f, [1, 2], gradient=g, n_steps=7, **settings)
    k = len(walk.path) - 1
    assert walk.path.shape == (k + 1, 2)
    assert walk.values.shape == (k + 1,)
    np.testing.assert_array_equal(walk.path[0], [1, 2])
    np.testing.assert_array_equal(walk.path[-1], walk.x)
    assert walk.value == walk.values[-1]
    np.testing.assert_array_equal(walk.values, [f(x) for x in walk.path])
    assert walk.gradient_norm == np.linalg.norm(g(walk.x))
    assert walk.converged == (walk.gradient_norm <= 1e-8)


def test_no_steps_gives_the_start_back():
    walk = gradient_descent(lambda x: x @ x, [3.0], step=0.1, n_steps=0)
    assert walk.path.tolist() == [[3.0]]
    assert not walk.converged
    assert "stopped after 0 steps" in walk.message


def test_a_start_at_the_minimum_has_converged_in_no_steps():
    for walk in (gradient_descent(lambda x: x @ x, [0.0], step=0.1), newton(lambda x: x @ x, [0.0])):
        assert walk.converged
        assert len(walk.path) == 1


def test_the_start_is_not_modified_even_by_a_function_that_writes_into_its_argument():
    def f(x):
        x *= 2
        return x @ x

    x0 = np.array([1.0, 2.0])
    walk = gradient_descent(f, x0, step=0.01, n_steps=3)
    np.testing.assert_array_equal(x0, [1, 2])
    np.testing.assert_array_equal(walk.path[0], [1, 2])


def test_a_result_is_frozen_and_says_in_one_line_what_happened():
    walk = gradient_descent(lambda x: x @ x, [1.0], step=0.25, gradient=lambda x: 2 * x)
    assert repr(walk).startswith("Descent(value=")
    assert "converged: |gradient| = " in repr(walk)
    with pytest.raises(AttributeError):
        walk.value = 0.0


def test_lists_integers_and_one_element_arrays_are_accepted():
    walk = gradient_descent(lambda x: np.array([x[0] ** 2]), [1], gradient=lambda x: [2 * x[0]], step=np.float32(0.5))
    assert walk.converged
    assert walk.value == 0


# --- closed forms -----------------------------------------------------------------------------------------------------


def test_gradient_descent_on_a_quadratic_multiplies_each_eigendirection_by_one_minus_step_times_eigenvalue():
    lam, x0, step = np.array([1.0, 4.0, 9.0]), np.array([1.0, -2.0, 3.0]), 0.15
    walk = gradient_descent(lambda x: 0.5 * lam @ x**2, x0, gradient=lambda x: lam * x, step=step, n_steps=20)
    expected = x0 * (1 - step * lam) ** np.arange(21)[:, None]
    np.testing.assert_allclose(walk.path, expected, rtol=1e-12)


@pytest.mark.parametrize("kappa", [2.0, 10.0, 100.0])
def test_the_best_fixed_step_loses_exactly_the_fraction_of_the_theorem_in_the_worst_case(kappa):
    lam = np.array([1.0, kappa])
    walk = gradient_descent(
        lambda x: 0.5 * lam @ x**2, [kappa, 1.0], gradient=lambda x: lam * x, step=2 / (1 + kappa), n_steps=15
    )
    ratios = walk.values[1:] / walk.values[:-1]
    np.testing.assert_allclose(ratios, ((kappa - 1) / (kappa + 1)) ** 2, rtol=1e-10)


@given(eigenvalues, seeds)
@settings(max_examples=30)
def test_no_quadratic_is_slower_than_the_theorem_says(lam, seed):
    f, g, _ = bowl(lam, seed)
    kappa = lam.max() / lam.min()
    x0 = np.random.default_rng(seed).normal(size=len(lam))
    walk = gradient_descent(f, x0, gradient=g, step=2 / (lam.max() + lam.min()), n_steps=20)
    bound = ((kappa - 1) / (kappa + 1)) ** 2
    assert (walk.values[1:] <= bound * walk.values[:-1] * (1 + 1e-9) + 1e-14 * walk.values[0]).all()


def test_the_heavy_ball_follows_its_two_term_recursion():
    lam, x0, step, beta = 3.0, 2.0, 0.1, 0.6
    walk = momentum(lambda x: 1.5 * x[0] ** 2, [x0], gradient=lambda x: lam * x, step=step, momentum=beta, n_steps=15)
    expected = [x0, x0 * (1 - step * lam)]
    for _ in range(14):
        expected.append((1 + beta - step * lam) * expected[-1] - beta * expected[-2])
    np.testing.assert_allclose(walk.path[:, 0], expected, rtol=1e-12)


def test_the_best_heavy_ball_has_the_rate_with_the_square_root_of_kappa():
    kappa = 100.0
    lam, root = np.array([1.0, kappa]), math.sqrt(kappa)
    rate = (root - 1) / (root + 1)
    f, x0, n = (lambda x: 0.5 * lam @ x**2), [1.0, 1.0], 150
    ball = momentum(
        f, x0, gradient=lambda x: lam * x, step=4 / (root + 1) ** 2, momentum=rate**2, n_steps=n, tolerance=0
    )
    # At either end of the spectrum the recursion has the double root ±√β: the distance goes like (a + b k) √βᵏ.
    distance = np.linalg.norm(ball.path, axis=1)
    observed = (distance[150] / 150 / (distance[100] / 100)) ** (1 / 50)
    assert observed == pytest.approx(rate, rel=2e-3)


def test_without_momentum_the_ball_is_gradient_descent():
    f, g, _ = bowl([1.0, 5.0, 7.0])
    ball = momentum(f, [1, 2, 3], gradient=g, step=0.1, momentum=0, n_steps=30)
    plain = gradient_descent(f, [1, 2, 3], gradient=g, step=0.1, n_steps=30)
    np.testing.assert_array_equal(ball.path, plain.path)


@given(eigenvalues, seeds)
@settings(max_examples=30)
def test_newton_solves_a_quadratic_in_one_step_whatever_its_condition(lam, seed):
    f, g, H = bowl(lam, seed)
    x0 = np.random.default_rng(seed).normal(size=len(lam))
    walk = newton(f, x0, gradient=g, hessian=H, tolerance=1e-9)
    assert walk.converged
    assert len(walk.path) == 2
    np.testing.assert_allclose(walk.x, 0, atol=1e-12)


# --- properties -------------------------------------------------------------------------------------------------------


@given(eigenvalues, seeds, st.floats(0.01, 1.0))
@settings(max_examples=30)
def test_with_a_step_of_at_most_one_over_L_f_never_rises(lam, seed, share):
    f, g, _ = bowl(lam, seed)
    x0 = np.random.default_rng(seed).normal(size=len(lam))
    walk = gradient_descent(f, x0, gradient=g, step=share / lam.max(), n_steps=30)
    assert (np.diff(walk.values) <= 1e-15 * walk.values[0]).all()


@given(seeds)
@settings(max_examples=30)
def test_newton_never_climbs_and_goes_to_the_minimum_of_the_banana(seed):
    x0 = np.random.default_rng(seed).uniform(-2, 2, 2)
    walk = newton(banana, x0, gradient=banana_gradient, hessian=banana_hessian)
    assert walk.converged
    assert (np.diff(walk.values) < 1e-20).all()
    np.testing.assert_allclose(walk.x, [1, 1], atol=1e-8)


@given(seeds)
@settings(max_examples=25)
def test_a_change_of_units_changes_only_the_units_of_newtons_path(seed):
    """With x = S z + b Newton on f(S z + b) visits the same points; gradient descent does not."""
    rng = np.random.default_rng(seed)
    S = rng.normal(size=(2, 2)) + 3 * np.eye(2)
    b, z0 = rng.normal(size=2), rng.normal(size=2)

    def f(x):  # strictly convex
        return np.log(np.exp(x[0]) + np.exp(-x[0])) + np.log(np.exp(x[1] - x[0]) + np.exp(x[0] - x[1])) + 0.1 * x @ x

    def g(x):
        t, u = np.tanh(x[0]), np.tanh(x[1] - x[0])
        return np.array([t - u, u]) + 0.2 * x

    def H(x):
        t, u = 1 - np.tanh(x[0]) ** 2, 1 - np.tanh(x[1] - x[0]) ** 2
        return np.array([[t + u, -u], [-u, u]]) + 0.2 * np.eye(2)

    in_x = newton(f, S @ z0 + b, gradient=g, hessian=H, n_steps=4, tolerance=0)
    in_z = newton(
        lambda z: f(S @ z + b),
        z0,
        gradient=lambda z: S.T @ g(S @ z + b),
        hessian=lambda z: S.T @ H(S @ z + b) @ S,
        n_steps=4,
        tolerance=0,
    )
    k = min(len(in_x.path), len(in_z.path))
    assert k >= 3
    np.testing.assert_allclose(in_z.path[:k] @ S.T + b, in_x.path[:k], atol=1e-8)


# --- peers ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("x0", [[-1.2, 1.0], [0.0, 0.0], [2.0, -2.0]])
def test_newton_with_nothing_but_f_ends_where_scipy_ends(x0):
    walk = newton(banana, x0)
    theirs = scipy.optimize.minimize(banana, x0, jac=banana_gradient, method="BFGS", tol=1e-10)
    assert walk.converged
    np.testing.assert_allclose(walk.x, theirs.x, atol=1e-6)


def test_newton_with_a_gradient_only_ends_where_scipy_ends_in_ten_dimensions():
    f, g = scipy.optimize.rosen, scipy.optimize.rosen_der
    x0 = np.full(10, 0.5)
    walk = newton(f, x0, gradient=g)
    theirs = scipy.optimize.minimize(f, x0, jac=g, hess=scipy.optimize.rosen_hess, method="Newton-CG", tol=1e-12)
    assert walk.converged
    np.testing.assert_allclose(walk.x, theirs.x, atol=1e-6)


def test_all_three_find_the_minimum_of_a_logistic_regression():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 3))
    y = np.where(X @ [1, -2, 0.5] + rng.normal(size=60) > 0, 1.0, -1.0)

    def loss(w):
        return np.logaddexp(0, -y * (X @ w)).mean() + 0.05 * w @ w

    truth = scipy.optimize.minimize(loss, np.zeros(3), method="BFGS", tol=1e-12).x
    for walk in (
        gradient_descent(loss, np.zeros(3), step=1.0, n_steps=500, tolerance=1e-7),
        momentum(loss, np.zeros(3), step=0.5, momentum=0.5, n_steps=500, tolerance=1e-7),
        newton(loss, np.zeros(3), tolerance=1e-7),
    ):
        assert walk.converged, walk
        np.testing.assert_allclose(walk.x, truth, atol=1e-6)


# --- newton where the Hessian is not positive definite ----------------------------------------------------------------


def test_newton_leaves_a_saddle_along_its_negative_curvature():
    f = lambda x: x[0] ** 2 - x[1] ** 2 + x[1] ** 4 / 4  # noqa: E731  saddle at 0, minima at (0, ±√2)
    walk = newton(f, [1.0, 0.01])
    assert walk.converged
    np.testing.assert_allclose(walk.x, [0, math.sqrt(2)], atol=1e-6)


def test_newton_climbs_down_from_a_maximum_instead_of_up_to_it():
    walk = newton(lambda x: math.cos(x[0]), [0.3])
    assert walk.converged
    assert walk.value == pytest.approx(-1)


def test_a_zero_hessian_means_a_step_along_the_gradient():
    walk = newton(lambda x: x[0], [0.0], gradient=lambda x: [1.0], hessian=lambda x: [[0.0]], n_steps=3)
    np.testing.assert_array_equal(walk.path[:, 0], [0, -1, -2, -3])


def test_a_start_on_a_critical_point_stays_there():
    walk = newton(lambda x: x[0] ** 2 - x[1] ** 2, [0.0, 0.0], gradient=lambda x: np.array([2, -2]) * x)
    assert walk.converged
    assert hpmath.classify_critical_point(hpmath.hessian(lambda x: x[0] ** 2 - x[1] ** 2, walk.x)) == "saddle"


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_the_line_search_backs_away_from_where_f_is_not_defined():
    """x − ln x has its minimum at 1; from 3 Newton's full step lands at −3."""
    walk = newton(
        lambda x: x[0] - np.log(x[0]), [3.0], gradient=lambda x: 1 - 1 / x, hessian=lambda x: [[1 / x[0] ** 2]]
    )
    assert walk.converged
    assert walk.path.min() > 0
    assert walk.x[0] == pytest.approx(1)


def test_a_minimum_far_above_zero_does_not_stop_newton_short():
    """f − min f is lost in the rounding of f at a distance of 1e-5 from the minimum; the gradient still leads there."""
    walk = newton(lambda x: 1e6 + np.cosh(x[0]), [2.0], gradient=np.sinh, hessian=lambda x: [[np.cosh(x[0])]])
    assert walk.converged
    assert abs(walk.x[0]) < 1e-8


def test_a_gradient_that_contradicts_f_ends_the_walk_with_a_sentence():
    walk = newton(lambda x: x[0] ** 2, [1.0], gradient=lambda x: -2 * x - 3, hessian=lambda x: [[2.0]], n_steps=10)
    assert not walk.converged
    assert "no step along the Newton direction makes f smaller" in walk.message


# --- walks that run away ----------------------------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("method", [gradient_descent, momentum])
def test_a_walk_that_runs_away_keeps_what_there_is(method):
    walk = method(lambda x: np.exp(x @ x), [1.0], gradient=lambda x: 2 * x * np.exp(x @ x), step=10.0)
    assert not walk.converged
    assert np.isfinite(walk.path).all()
    assert np.isfinite(walk.values).all()
    assert len(walk.path) >= 1
    assert "f is inf at the next point" in walk.message or "f is nan at the next point" in walk.message
    assert "smaller step" in walk.message


def test_a_quadratic_with_too_long_a_step_runs_away_at_the_rate_of_the_theorem():
    walk = gradient_descent(lambda x: 0.5 * x @ x, [1.0], gradient=lambda x: x, step=3.0, n_steps=20)
    np.testing.assert_allclose(walk.path[:, 0], (-2.0) ** np.arange(21))
    assert "f rose from 0.5: try a smaller step" in walk.message


def test_an_overflow_of_pythons_own_arithmetic_counts_as_infinite():
    walk = gradient_descent(lambda x: math.exp(x[0] ** 2), [2.0], step=10.0)
    assert not walk.converged
    assert walk.path.tolist() == [[2.0]]


def test_differences_that_meet_infinity_stop_the_walk_with_their_own_sentence():
    def f(x):  # finite only where x > 0
        return float("inf") if x[0] <= 0 else x[0]

    walk = gradient_descent(f, [0.3], step=0.1, n_steps=10)
    assert not walk.converged
    assert 2 <= len(walk.path) <= 4


def test_a_gradient_that_turns_nan_stops_the_walk():
    walk = gradient_descent(
        lambda x: x[0], [1.0], gradient=lambda x: [1.0 if x[0] > 0.5 else np.nan], step=0.2, n_steps=10
    )
    assert len(walk.path) == 4
    assert "gradient returned nan" in walk.message
    assert np.isnan(walk.gradient_norm)
    assert not walk.converged


def test_a_step_lost_in_rounding_stops_the_walk():
    walk = gradient_descent(lambda x: x[0], [1e20], gradient=lambda x: [1.0], step=1.0)
    assert len(walk.path) == 1
    assert "lost in the rounding of x" in walk.message


def test_what_f_itself_raises_comes_through():
    def f(x):
        if x[0] < 0.5:
            raise KeyError("data")
        return x[0] ** 2

    with pytest.raises(KeyError):
        gradient_descent(f, [1.0], gradient=lambda x: 2 * x, step=0.4)


# --- what is refused --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"f": 3}, TypeError, "f must be a function of one point, got 3"),
        ({"f": lambda x: x}, ValueError, r"f must return one number, got shape \(2,\)"),
        ({"f": lambda x: 1j}, TypeError, "f must return a real number, got 1j"),
        ({"f": lambda x: None}, TypeError, "f must return a real number, got None"),
        ({"f": lambda x: np.nan}, ValueError, r"f must be finite at x0, got nan at \[1\., 2\.\]"),
        ({"x0": [[1.0]]}, ValueError, r"x0 must be one point of shape \(d,\)"),
        ({"x0": []}, ValueError, r"x0 must be one point of shape \(d,\)"),
        ({"x0": [np.inf, 0]}, ValueError, "x0 must be finite, got inf"),
        ({"gradient": 2}, TypeError, "gradient must be a function of one point, got 2"),
        (
            {"gradient": lambda x: [1.0]},
            ValueError,
            r"gradient must return shape \(2,\) for x of shape \(2,\), got \(1,\)",
        ),
        ({"gradient": lambda x: ["a", "b"]}, TypeError, r"gradient must return real numbers, got \['a', 'b'\]"),
        ({"gradient": lambda x: [1, np.inf]}, ValueError, r"gradient returned inf, at x0 = \[1\., 2\.\]"),
        ({"step": 0}, ValueError, "step must be a finite number above 0, got 0"),
        ({"step": np.inf}, ValueError, "step must be a finite number above 0, got inf"),
        ({"step": "auto"}, TypeError, "step must be a number, got 'auto'"),
        ({"n_steps": -1}, ValueError, "n_steps must be at least 0, got -1"),
        ({"n_steps": 2.5}, TypeError, "n_steps must be a whole number, got 2.5"),
        ({"tolerance": -1e-3}, ValueError, "tolerance must be a finite number at least 0, got -0.001"),
        ({"momentum": 1}, ValueError, "momentum must be a finite number at least 0 and below 1, got 1"),
    ],
)
def test_each_wrong_argument_gets_its_sentence(change, error, message):
    arguments = {"f": lambda x: x @ x, "x0": [1.0, 2.0], "gradient": None, "step": 0.1, **change}
    f, x0 = arguments.pop("f"), arguments.pop("x0")
    with pytest.raises(error, match=message):
        (momentum if "momentum" in change else gradient_descent)(f, x0, **arguments)


@pytest.mark.parametrize(
    ("hessian", "message"),
    [
        (lambda x: [1.0, 1.0], r"hessian must return shape \(2, 2\) for x of shape \(2,\), got \(2,\)"),
        (lambda x: [[1.0, 2.0], [0.0, 1.0]], r"hessian\(x\) must be symmetric, got hessian\(x\)\[0, 1\] = 2"),
    ],
)
def test_each_wrong_hessian_gets_its_sentence(hessian, message):
    with pytest.raises(ValueError, match=message):
        newton(lambda x: x @ x, [1.0, 2.0], hessian=hessian)


def test_a_hessian_that_is_not_finite_stops_the_walk():
    walk = newton(lambda x: x @ x, [1.0], hessian=lambda x: [[np.nan]])
    assert not walk.converged
    assert "hessian returned nan" in walk.message
