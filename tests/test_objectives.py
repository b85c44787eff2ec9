"""Test functions: closed-form values, published minima, exact gradients, and what an Objective accepts and refuses."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest
import scipy.optimize
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from hpmath import Dual, Objective, Space, ackley, branin, hartmann, quadratic, rastrigin, rosenbrock, xor_optimum

FUNCTIONS = [
    quadratic(),
    quadratic(1e4, rotation=0.7, minimizer=[1.0, -2.0]),
    quadratic(50.0, d=5, rotation=np.random.default_rng(0)),
    rosenbrock(),
    rosenbrock(6),
    branin(),
    hartmann(3),
    hartmann(6),
    ackley(),
    ackley(4),
    rastrigin(),
    rastrigin(3),
    xor_optimum(),
]
each = pytest.mark.parametrize("f", FUNCTIONS, ids=lambda f: f"{f.name}-{f.d}")


def sample(f: Objective, n: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).uniform(f.bounds[:, 0], f.bounds[:, 1], (n, f.d))


# --- what is said to be known is true


@each
def test_the_minimum_is_attained_at_every_minimizer_inside_the_box(f):
    np.testing.assert_allclose(f(f.minimizers), f.minimum, rtol=0, atol=1e-12)
    assert ((f.minimizers >= f.bounds[:, 0]) & (f.minimizers <= f.bounds[:, 1])).all()


@each
def test_the_gradient_vanishes_at_every_minimizer(f):
    np.testing.assert_allclose(f.gradient(f.minimizers), 0.0, atol=1e-9)


@each
def test_no_start_leads_below_the_minimum_and_some_start_reaches_it(f):
    ends = []
    starts = sample(f, 60)
    if f.name in ("ackley", "rastrigin"):  # 11 or 65 waves a coordinate: a local method needs starts nearby
        starts = starts / 50
    for x in starts:
        end = scipy.optimize.minimize(f, x, jac=f.gradient, bounds=f.bounds, options={"ftol": 1e-15, "gtol": 1e-10})
        ends.append(end.fun)
    assert min(ends) >= f.minimum - 1e-12
    assert min(ends) == pytest.approx(f.minimum, abs=1e-6)


@pytest.mark.parametrize("f", [branin(), xor_optimum()], ids=["branin", "xor"])
def test_multistart_finds_every_listed_minimizer_and_no_other(f):
    found = []
    for x in sample(f, 100):
        end = scipy.optimize.minimize(f, x, jac=f.gradient, bounds=f.bounds, options={"ftol": 1e-15, "gtol": 1e-10})
        if end.fun < f.minimum + 1e-9:
            found.append(end.x)
    distance = np.linalg.norm(np.array(found)[:, None] - f.minimizers, axis=-1)
    assert distance.min(axis=1).max() < 1e-4
    assert distance.min(axis=0).max() < 1e-4


def test_minima_published_by_surjanovic_and_bingham():
    assert branin().minimum == pytest.approx(0.397887, abs=5e-7)
    np.testing.assert_allclose(branin().minimizers, [[-np.pi, 12.275], [np.pi, 2.275], [9.42478, 2.475]], atol=1e-5)
    assert hartmann(3).minimum == pytest.approx(-3.86278, abs=5e-6)
    np.testing.assert_allclose(hartmann(3).minimizers, [[0.114614, 0.555649, 0.852547]], atol=5e-5)
    assert hartmann(6).minimum == pytest.approx(-3.32237, abs=5e-6)
    np.testing.assert_allclose(
        hartmann(6).minimizers, [[0.20169, 0.150011, 0.476874, 0.275332, 0.311652, 0.6573]], atol=5e-6
    )


# --- values: by hand, by another library


def test_values_by_hand():
    assert quadratic(9.0)([1.0, 2.0]) == pytest.approx(0.5 * (1 + 9 * 4))
    assert rosenbrock()([-1.0, 2.0]) == 104.0
    assert rastrigin()([0.5, 0.0]) == pytest.approx(0.25 + 20)
    assert ackley(1)([0.5]) == pytest.approx(20 + np.e - 20 * np.exp(-0.1) - np.exp(-1))
    assert xor_optimum()([0.75, 0.25]) == pytest.approx(1.0)
    assert branin()([0.0, 6.0]) == pytest.approx(20 - 10 / (8 * np.pi))


@pytest.mark.parametrize("d", [2, 5])
def test_rosenbrock_matches_scipy(d):
    f = rosenbrock(d)
    for x in sample(f, 20):
        assert f(x) == pytest.approx(scipy.optimize.rosen(x), rel=1e-12)
        np.testing.assert_allclose(f.gradient(x), scipy.optimize.rosen_der(x), rtol=1e-10)


def test_ackley_keeps_its_digits_near_the_minimum():
    # f = 4 r/√(2d)… to first order: 20 · 0.2 · √(mean x²)
    assert ackley()([1e-12, 0.0]) == pytest.approx(4e-12 / np.sqrt(2), rel=1e-9)


@given(st.floats(1.0, 1e6), st.integers(1, 6), st.integers(0, 100))
@settings(max_examples=30)
def test_a_quadratic_has_the_condition_number_asked_for(condition, d, seed):
    f = quadratic(condition, d, rotation=np.random.default_rng(seed))
    H = np.array([f.gradient(row) for row in np.eye(d)])
    eigenvalues = np.linalg.eigvalsh((H + H.T) / 2)
    np.testing.assert_allclose(eigenvalues[[0, -1]], [1.0, condition if d > 1 else 1.0], rtol=1e-8)


def test_an_angle_turns_the_steep_axis_anticlockwise():
    angle = 0.3
    steep = np.array([-np.sin(angle), np.cos(angle)])  # the second axis, turned
    assert quadratic(100.0, rotation=angle)(steep) == pytest.approx(50.0)
    Q = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    x = np.array([0.4, -1.3])
    assert quadratic(100.0, rotation=Q)(x) == pytest.approx(quadratic(100.0, rotation=angle)(x))


def test_a_drawn_rotation_favours_no_direction():
    # E[Q Qᵀ e₁e₁ᵀ …]: each squared entry of a uniform orthogonal matrix has mean 1/d; without the sign fix det and
    # entries of QR's Q are biased
    rng = np.random.default_rng(3)
    d = 3
    corner = [quadratic(1e12, d, rotation=rng).gradient(np.eye(d)[0])[0] / 1e12 for _ in range(2000)]
    # corner = q², q the first entry of a uniform unit vector: mean 1/3, standard deviation √(4/45)
    assert np.mean(corner) == pytest.approx(1 / 3, abs=4 * np.sqrt(4 / 45 / 2000))


@given(st.floats(0, 1), st.integers(0, 10**6))
@settings(max_examples=20)
def test_no_coordinate_of_the_xor_optimum_tells_anything_on_average(x1, seed):
    f, grid = xor_optimum(), (np.arange(64) + 0.5) / 64
    assert f(np.column_stack([np.full(64, x1), grid])).mean() == pytest.approx(0.5)
    x = np.random.default_rng(seed).uniform(size=(100, 2))
    np.testing.assert_allclose(f(x), f(1 - x), atol=1e-12)  # both halves of an axis hold the same values
    np.testing.assert_allclose(f(x), f(x[:, ::-1]), atol=1e-12)


# --- gradients


@each
def test_the_gradient_matches_the_complex_step(f):
    for x in sample(f, 10):
        step = [np.imag(f(x + 1e-30j * direction)) / 1e-30 for direction in np.eye(f.d)]
        np.testing.assert_allclose(f.gradient(x), step, rtol=1e-9, atol=1e-9 * np.abs(step).max())


@each
def test_the_gradient_matches_dual_numbers(f):
    for x in sample(f, 10):
        y = f(Dual(x, np.eye(f.d)))
        assert y.value == pytest.approx(f(x), rel=1e-12, abs=1e-12)
        np.testing.assert_allclose(f.gradient(x), y.derivative, rtol=1e-9, atol=1e-9 * np.abs(y.derivative).max())


@each
def test_the_gradient_matches_finite_differences(f):
    x = sample(f, 1)[0]
    assert scipy.optimize.check_grad(f, f.gradient, x) < 1e-4 * (1 + np.abs(f.gradient(x)).max())


def test_the_gradient_matches_autograd():
    autograd = pytest.importorskip("autograd")
    anp = pytest.importorskip("autograd.numpy")

    def branin_again(x):
        root = x[1] - 5.1 / (4 * anp.pi**2) * x[0] ** 2 + 5 / anp.pi * x[0] - 6
        return root**2 + 10 * (1 - 1 / (8 * anp.pi)) * anp.cos(x[0]) + 10

    for x in sample(branin(), 10):
        np.testing.assert_allclose(branin().gradient(x), autograd.grad(branin_again)(x), rtol=1e-10)


# --- what a call accepts


@each
def test_points_stacks_lists_and_configurations_agree(f):
    X = sample(f, 7)
    values = f(X)
    assert values.shape == (7,)
    assert f.gradient(X).shape == (7, f.d)
    for x, value in zip(X, values, strict=True):
        assert type(f(x)) is float
        assert f(x) == pytest.approx(value, rel=1e-12)
        assert f(list(x)) == f(x) == f(dict(zip(f.names, x, strict=True)))
        np.testing.assert_allclose(f.gradient(x), f.gradient(x[None])[0], rtol=1e-12)
        np.testing.assert_array_equal(f.gradient(f.decode(x)), f.gradient(x))


@each
def test_no_points_give_no_values(f):
    assert f(np.empty((0, f.d))).shape == (0,)
    assert f.gradient(np.empty((0, f.d))).shape == (0, f.d)


@each
def test_inputs_are_left_as_they_were(f):
    X = sample(f, 3)
    before = X.copy()
    f(X), f.gradient(X)
    np.testing.assert_array_equal(X, before)


@each
def test_an_objective_survives_pickling_and_copying(f):
    x = sample(f, 1)[0]
    for again in (pickle.loads(pickle.dumps(f)), copy.deepcopy(f)):
        assert again(x) == f(x)
        np.testing.assert_array_equal(again.gradient(x), f.gradient(x))
        assert repr(again) == repr(f)


@each
def test_the_space_is_the_box(f):
    space = f.space
    assert isinstance(space, Space)
    corners = np.array([[config[name] for name in f.names] for config in space.from_unit([[0.0] * f.d, [1.0] * f.d])])
    np.testing.assert_allclose(corners.T, f.bounds)
    for config in space.sample(5, rng=0):
        assert np.isfinite(f(config))


def test_integers_and_numpy_scalars_are_numbers():
    f = rosenbrock()
    assert f([0, 0]) == f((np.float32(0), np.int64(0))) == f({"x1": 0, "x2": np.int8(0)}) == 1.0


def test_a_list_of_duals_is_a_point():
    y = rosenbrock()([Dual(-1.0, 1.0), Dual(1.0, 0.0)])
    assert (y.value, y.derivative) == (4.0, -4.0)


def test_what_is_known_cannot_be_overwritten():
    f = branin()
    with pytest.raises(AttributeError):
        f.minimum = 0.0
    with pytest.raises(ValueError, match="read-only"):
        f.minimizers[0, 0] = 0.0


# --- what is refused, and in which words


@pytest.mark.parametrize(
    ("x", "message"),
    [
        ([1.0, 2.0, 3.0], r"x must have shape \(2,\) or \(n, 2\) for branin, got \(3,\)"),
        (1.0, r"x must have shape \(2,\) or \(n, 2\) for branin, got \(\)"),
        (np.zeros((2, 2, 2)), r"x must have shape \(2,\) or \(n, 2\) for branin, got \(2, 2, 2\)"),
        ([1.0, np.nan], r"x must be finite, got nan at index \[1\]"),
        ([1.0, np.inf * 1j], "x must be finite"),
        ({"x1": 1.0}, r"a configuration of branin has exactly the keys 'x1', 'x2', got \['x1'\]"),
        ({"x1": 1.0, "x2": 0.0, "y": 1}, r"exactly the keys 'x1', 'x2', got \['x1', 'x2', 'y'\]"),
        ({"x1": np.inf, "x2": 0.0}, "x1 must be finite"),
    ],
)
def test_a_wrong_point_is_refused(x, message):
    with pytest.raises(ValueError, match=message):
        branin()(x)


@pytest.mark.parametrize(
    ("x", "message"),
    [
        (["a", "b"], "x must be numbers"),
        ({"x1": "a", "x2": 0.0}, "x1 must be numbers"),
        ({"x1": [1.0, 2.0], "x2": 0.0}, r"x1 must be one number, got \[1.0, 2.0\]"),
    ],
)
def test_what_is_no_number_is_refused(x, message):
    with pytest.raises(TypeError, match=message):
        branin()(x)


def test_a_gradient_is_taken_at_real_points():
    with pytest.raises(TypeError, match="x must be real for a gradient"):
        branin().gradient([1.0, 1j])


def test_a_stack_is_no_configuration():
    with pytest.raises(
        ValueError, match=r"x must be one point of shape \(2,\) to become a configuration, got \(1, 2\)"
    ):
        branin().decode([[0.0, 0.0]])


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: quadratic(0.5), "condition must be a number of at least 1, got 0.5"),
        (lambda: quadratic([1.0, 2.0]), "condition must be a number of at least 1"),
        (lambda: quadratic(np.nan), "condition must be finite"),
        (lambda: quadratic(d=0), "d must be at least 1, got 0"),
        (
            lambda: quadratic(d=3, rotation=0.1),
            r"rotation must be 0, an orthogonal \(3, 3\) matrix or a numpy Generator",
        ),
        (lambda: quadratic(rotation=np.ones((2, 2))), r"rotation must be an angle, an orthogonal \(2, 2\) matrix or"),
        (lambda: quadratic(minimizer=[1.0]), r"minimizer must have shape \(2,\), got \(1,\)"),
        (lambda: rosenbrock(1), "d must be at least 2, got 1"),
        (lambda: hartmann(4), "hartmann has d = 3 or d = 6, got d=4"),
        (lambda: ackley(0), "d must be at least 1, got 0"),
        (lambda: rastrigin(-1), "d must be at least 1, got -1"),
    ],
)
def test_a_function_that_does_not_exist_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize("make", [quadratic, rosenbrock, hartmann, ackley, rastrigin])
def test_a_dimension_is_a_whole_number(make):
    with pytest.raises(TypeError, match=r"d must be a whole number, got 2\.5"):
        make(d=2.5)
