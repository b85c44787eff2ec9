"""Kernels: their formulas at hand-worked points, scikit-learn's on random ones, and every derivative by differences."""

from __future__ import annotations

import pickle

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.gaussian_process import kernels as peers

from hpmath import RBF, Constant, Kernel, Matern12, Matern32, Matern52, White
from hpmath.kernels import Pairs

STATIONARY = [RBF, Matern12, Matern32, Matern52]
NU = {RBF: np.inf, Matern12: 0.5, Matern32: 1.5, Matern52: 2.5}
COMPOSED = {
    "sum": lambda: Matern52([0.5, 2.0]) + 0.3 * RBF(0.7),
    "product": lambda: Constant(2.0) * Matern32(0.4) * RBF([0.9, 3.0]),
    "all": lambda: (Constant(0.5) + Matern12([1.0, 0.3])) * Constant(3.0) * (RBF(2.0) + White(0.2)) + White(0.1),
}
ALL = {kind.__name__: lambda kind=kind: kind([0.6, 1.7]) for kind in STATIONARY} | COMPOSED
seeds = st.integers(0, 10**6)


def points(n, seed=0, d=2):
    return np.random.default_rng(seed).random((n, d))


def differences(f, x, step=1e-6):
    """Central differences of f at x, along a new last axis."""
    columns = []
    for j in range(len(x)):
        e = np.zeros(len(x))
        e[j] = step
        columns.append((f(x + e) - f(x - e)) / (2 * step))
    return np.stack(columns, axis=-1)


# --- formulas


@pytest.mark.parametrize(
    ("kernel", "value"),
    [
        (RBF(2.0), np.exp(-0.5)),
        (Matern12(2.0), np.exp(-1)),
        (Matern32(2.0), (1 + np.sqrt(3)) * np.exp(-np.sqrt(3))),
        (Matern52(2.0), (1 + np.sqrt(5) + 5 / 3) * np.exp(-np.sqrt(5))),
    ],
)
def test_one_length_scale_away(kernel, value):
    assert kernel([[1.0]], [[3.0]])[0, 0] == pytest.approx(value, rel=1e-15)
    assert kernel([[1.0]], [[1.0]])[0, 0] == 1.0


@pytest.mark.parametrize("kind", STATIONARY)
def test_matern_kernels_are_the_bessel_function_of_their_order(kind):
    """Rasmussen & Williams (2006), eq. 4.14, to 30 digits; the RBF is its limit."""
    mpmath.mp.dps = 30
    for r in (0.1, 0.7, 2.0):
        if kind is RBF:
            truth = mpmath.exp(-(mpmath.mpf(r) ** 2) / 2)
        else:
            nu = mpmath.mpf(NU[kind])
            a = mpmath.sqrt(2 * nu) * mpmath.mpf(r)
            truth = 2 ** (1 - nu) / mpmath.gamma(nu) * a**nu * mpmath.besselk(nu, a)
        assert kind()([[0.0]], [[r]])[0, 0] == pytest.approx(float(truth), rel=1e-13)


@pytest.mark.parametrize("kind", STATIONARY)
@pytest.mark.parametrize("scale", [0.4, [0.2, 1.0, 5.0]])
def test_kernels_and_their_gradients_are_scikit_learns(kind, scale):
    X, Z = points(30, d=3), points(20, 1, d=3)
    ours, theirs = kind(scale), peers.Matern(scale, nu=NU[kind])
    np.testing.assert_allclose(ours(X, Z), theirs(X, Z), rtol=1e-12)
    K, gradient = theirs(X, eval_gradient=True)
    np.testing.assert_allclose(ours(X), K, rtol=1e-12)
    W = np.random.default_rng(2).normal(size=K.shape)
    np.testing.assert_allclose(ours.contracted_gradient(X, W), np.einsum("ij,ijp->p", W, gradient), rtol=1e-10)


def test_arithmetic_is_scikit_learns():
    X = points(10)
    ours = Constant(2.0) * Matern52([0.5, 2.0]) + White(0.1)
    theirs = peers.ConstantKernel(2.0) * peers.Matern([0.5, 2.0], nu=2.5) + peers.WhiteKernel(0.1)
    np.testing.assert_allclose(ours(X), theirs(X), rtol=1e-13)
    np.testing.assert_allclose(ours(X, X), theirs(X, X), rtol=1e-13)  # another measurement: no noise in common
    np.testing.assert_allclose(ours.diag(X), theirs.diag(X))
    np.testing.assert_allclose(ours.theta, theirs.theta)


def test_an_infinitely_long_length_scale_takes_a_column_out():
    X = points(8)
    np.testing.assert_allclose(Matern52([0.5, 1e9])(X), Matern52(0.5)(X[:, :1]), rtol=1e-12)


# --- what a covariance must be


@settings(max_examples=30)
@given(st.sampled_from(sorted(ALL)), st.integers(1, 12), seeds)
def test_a_kernel_matrix_is_symmetric_and_positive_semidefinite_with_diag_on_its_diagonal(name, n, seed):
    kernel, X = ALL[name](), points(n, seed)
    K = kernel(X)
    np.testing.assert_array_equal(K, K.T)
    np.testing.assert_allclose(K.diagonal(), kernel.diag(X), rtol=1e-14)
    assert np.linalg.eigvalsh(K)[0] >= -1e-12 * n


@settings(max_examples=30)
@given(st.sampled_from(sorted(ALL)), st.integers(1, 8), seeds)
def test_pairs_hold_the_lower_triangle(name, n, seed):
    kernel, X = ALL[name](), points(n, seed)
    packed = np.broadcast_to(kernel.on_pairs(Pairs(X))[0], n * (n + 1) // 2)
    np.testing.assert_allclose(packed, kernel(X)[np.tril_indices(n)], rtol=1e-13)


# --- derivatives


@settings(max_examples=30)
@given(st.sampled_from(sorted(ALL)), st.integers(1, 6), seeds)
def test_gradients_in_theta_agree_with_differences(name, n, seed):
    kernel, X = ALL[name](), points(n, seed)
    W = np.random.default_rng(seed).normal(size=(n, n))  # not symmetric on purpose
    dK = differences(lambda theta: kernel.with_theta(theta)(X), kernel.theta)
    np.testing.assert_allclose(kernel.contracted_gradient(X, W), np.einsum("ij,ijp->p", W, dK), atol=1e-7)


@settings(max_examples=30)
@given(st.sampled_from(sorted(ALL)), seeds)
def test_gradients_in_x_agree_with_differences(name, seed):
    kernel, X, Z = ALL[name](), points(3, seed), points(4, seed + 1) + 0.01
    gradient = kernel.gradient_x(X, Z)
    assert gradient.shape == (3, 4, 2)
    for x, slopes in zip(X, gradient, strict=True):
        numeric = differences(lambda x: kernel(x[None], Z)[0], x)
        distance = np.abs(x - Z).max(axis=1)
        smooth = distance > 1e-3  # beside a kink of Matérn-1/2 differences mean little
        np.testing.assert_allclose(slopes[smooth], numeric[smooth], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("kind", STATIONARY)
def test_the_gradient_on_top_of_a_point_is_zero(kind):
    """Smooth kernels have their maximum there; Matérn-1/2 has a kink, and 0 is the mean of its two slopes."""
    np.testing.assert_array_equal(kind()(np.ones((1, 2)), np.ones((1, 2))), [[1.0]])
    np.testing.assert_array_equal(kind().gradient_x([[1.0, 2.0]], [[1.0, 2.0]]), np.zeros((1, 1, 2)))


@pytest.mark.parametrize(("kind", "times"), [(Matern12, 0), (Matern32, 1), (Matern52, 2)])
def test_smoothness_at_zero(kind, times):
    """κ(0) − κ(h) shrinks like h for Matérn-1/2 and like h² for the others; the next odd power tells them apart."""
    h = np.array([1e-2, 5e-3])
    k = kind()([[0.0]], h[:, None])[0]
    a = {0: 0.0, 1: 1.5, 2: 5 / 6}[times]
    rest = np.abs(k - 1 + a * h**2)
    assert np.log2(rest[0] / rest[1]) == pytest.approx({0: 1, 1: 3, 2: 4}[times], abs=0.05)


# --- objects


def test_theta_is_read_and_replaced_in_the_order_of_printing():
    kernel = Constant(2.0) * Matern52([0.5, 3.0]) + White(0.1)
    np.testing.assert_allclose(np.exp(kernel.theta), [2.0, 0.5, 3.0, 0.1])
    assert [h.name for h in kernel.hyperparameters] == ["variance", "length_scale", "length_scale", "noise"]
    other = kernel.with_theta(np.log([3.0, 1.0, 2.0, 0.2]))
    assert repr(other) == "Constant(3) * Matern52(length_scale=[1, 2]) + White(0.2)"
    np.testing.assert_allclose(np.exp(kernel.theta), [2.0, 0.5, 3.0, 0.1])  # the first one is as it was
    assert repr(kernel * 2.0) == "(Constant(2) * Matern52(length_scale=[0.5, 3]) + White(0.1)) * Constant(2)"


def test_numbers_become_constants():
    X = points(4)
    np.testing.assert_allclose((2 * RBF() + 1)(X), (Constant(2.0) * RBF() + Constant(1.0))(X))
    np.testing.assert_allclose((1 + RBF() * 2)(X), (2 * RBF() + 1)(X))


def test_equal_kernels_are_equal_and_survive_pickling():
    kernel = COMPOSED["all"]()
    assert kernel == COMPOSED["all"]()
    assert kernel == pickle.loads(pickle.dumps(kernel))
    assert hash(kernel) == hash(COMPOSED["all"]())
    assert RBF(1.0) != RBF(1.0 + 1e-12)
    assert RBF() != Matern52()


def test_arguments_are_copied():
    scales = np.array([1.0, 2.0])
    kernel = RBF(scales)
    scales[0] = 9.0
    np.testing.assert_array_equal(kernel.length_scale, [1.0, 2.0])


def test_lists_integers_and_numpy_scalars_are_accepted():
    assert RBF(2)([[0], [2]]).shape == (2, 2)
    assert Constant(np.float64(2)).variance == 2.0
    assert RBF(np.int64(2)).length_scale == 2.0


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: RBF(0.0), ValueError, "length_scale must be positive, got 0"),
        (lambda: RBF([1.0, -2.0]), ValueError, "length_scale must be positive, got -2"),
        (lambda: RBF(np.nan), ValueError, "length_scale must be finite, got nan"),
        (lambda: RBF([]), ValueError, r"length_scale must be a number or have shape \(d,\), got shape \(0,\)"),
        (lambda: RBF("long"), TypeError, "length_scale must be numbers, got 'long'"),
        (lambda: Constant(-1.0), ValueError, "variance must be a finite number above 0, got -1"),
        (lambda: White([1.0]), TypeError, r"variance must be a number, got \[1.0\]"),
        (lambda: RBF() * "2", TypeError, "a kernel's factor or term must be a number, got '2'"),
        (lambda: RBF() + 0, ValueError, "a kernel's factor or term must be a finite number above 0, got 0"),
        (lambda: RBF([1.0, 2.0])([[1.0]]), ValueError, "X must have 2 columns, one for each length scale of RBF"),
        (lambda: (1 + RBF([1.0, 2.0])).diag([[1.0]]), ValueError, "X must have 2 columns"),
        (lambda: RBF()([1.0]), ValueError, r"X must have shape \(n, d\), got \(1,\)"),
        (lambda: RBF()([[1.0]], [[1.0, 2.0]]), ValueError, r"Z must have shape \(n, 1\) to match X, got \(1, 2\)"),
        (lambda: RBF()([[np.inf]]), ValueError, "X must be finite, got inf"),
        (lambda: RBF().with_theta([1.0, 2.0]), ValueError, r"theta must have shape \(1,\), .* got shape \(2,\)"),
        (
            lambda: RBF().contracted_gradient([[1.0]], [1.0]),
            ValueError,
            r"W must have shape \(1, 1\) to match X, got \(1,\)",
        ),
    ],
)
def test_each_refusal_is_one_sentence(call, error, message):
    with pytest.raises(error, match=message) as caught:
        call()
    assert "\n" not in str(caught.value)


def test_kernel_is_the_common_class():
    assert all(isinstance(make(), Kernel) for make in ALL.values())
