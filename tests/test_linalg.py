"""Factorisations and eigenpairs: by hand on small matrices, against NumPy and SciPy on random ones, and what fails."""

from __future__ import annotations

import copy
import pickle
import re

import numpy as np
import pytest
import scipy.linalg
from hypothesis import given, settings
from hypothesis import strategies as st

from hpmath import (
    active_subspace,
    cholesky,
    cholesky_append,
    log_determinant,
    lu,
    power_iteration,
    solve_cholesky,
)
from hpmath.linalg import with_fixed_signs

EPS = np.finfo(float).eps
seeds = st.integers(0, 10**6)
sizes = st.integers(1, 12)


def with_eigenvalues(eigenvalues, seed):
    rng = np.random.default_rng(seed)
    Q = np.linalg.qr(rng.normal(size=(len(eigenvalues), len(eigenvalues))))[0]
    A = Q * np.asarray(eigenvalues, dtype=float) @ Q.T
    return (A + A.T) / 2


def positive_definite(n, seed, kappa=1e4):
    return with_eigenvalues(np.geomspace(1, 1 / kappa, n), seed)


def rbf(X, length=1.0):
    return np.exp(-0.5 * ((X[:, None] - X[None]) ** 2).sum(-1) / length**2)


# --- lu ---------------------------------------------------------------------------------------------------------------


def test_lu_by_hand():
    """Column 0: 8 is swapped up, multipliers 1/4, 1/2, 3/4 (Trefethen & Bau, lecture 21)."""
    A = [[2, 1, 1, 0], [4, 3, 3, 1], [8, 7, 9, 5], [6, 7, 9, 8]]
    P, L, U = lu(A)
    np.testing.assert_allclose(L, [[1, 0, 0, 0], [3 / 4, 1, 0, 0], [1 / 2, -2 / 7, 1, 0], [1 / 4, -3 / 7, 1 / 3, 1]])
    np.testing.assert_allclose(U, [[8, 7, 9, 5], [0, 7 / 4, 9 / 4, 17 / 4], [0, 0, -6 / 7, -2 / 7], [0, 0, 0, 2 / 3]])
    np.testing.assert_allclose(P @ L @ U, A, atol=1e-14)


@given(sizes, seeds, st.sampled_from(["random", "nearly singular", "singular", "integers", "badly scaled"]))
@settings(max_examples=60)
def test_lu_has_its_shape_and_gives_the_matrix_back(n, seed, kind):
    rng = np.random.default_rng(seed)
    A = rng.normal(size=(n, n))
    if kind == "nearly singular":
        A[-1] = A[0] * (1 + 1e-14)
    elif kind == "singular":
        A[:, n // 2] = 0
    elif kind == "integers":
        A = rng.integers(-1, 2, size=(n, n))
    elif kind == "badly scaled":
        A = A * np.geomspace(1e-8, 1e8, n)
    P, L, U = lu(A)
    assert (np.abs(L) <= 1).all()
    assert (np.triu(L, 1) == 0).all()
    assert (np.diag(L) == 1).all()
    assert (np.tril(U, -1) == 0).all()
    assert ((P == 0) | (P == 1)).all()
    np.testing.assert_array_equal(P @ P.T, np.eye(n))
    # Backward error, Higham (2002) theorem 9.3: |A − P L U| <= n ε |L| |U|.
    assert (np.abs(A - P @ L @ U) <= 2 * n * EPS * (P @ np.abs(L) @ np.abs(U))).all()


def test_lu_is_scipys():
    A = np.random.default_rng(1).normal(size=(20, 20))
    for ours, theirs in zip(lu(A), scipy.linalg.lu(A), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-13)


def test_the_growth_of_partial_pivoting_reaches_its_worst_case():
    """Wilkinson's matrix: the last column doubles at every step, to 2^(n−1)."""
    n = 30
    A = np.eye(n) - np.tril(np.ones((n, n)), -1)
    A[:, -1] = 1
    assert lu(A)[2][-1, -1] == 2.0 ** (n - 1)


def test_lu_leaves_its_argument_alone():
    A = np.array([[0.0, 1.0], [2.0, 3.0]])
    lu(A)
    np.testing.assert_array_equal(A, [[0, 1], [2, 3]])


# --- cholesky ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["lapack", "textbook"])
def test_cholesky_by_hand(method):
    L, jitter = cholesky([[4, 12, -16], [12, 37, -43], [-16, -43, 98]], method=method)
    np.testing.assert_allclose(L, [[2, 0, 0], [6, 1, 0], [-8, 5, 3]])
    assert jitter == 0.0


@given(sizes, seeds)
@settings(max_examples=40)
def test_both_methods_give_numpys_factor(n, seed):
    A = positive_definite(n, seed)
    theirs = np.linalg.cholesky(A)
    for method in ("lapack", "textbook"):
        L, jitter = cholesky(A, method=method)
        assert jitter == 0
        assert (np.triu(L, 1) == 0).all()
        np.testing.assert_allclose(L, theirs, atol=1e-11)
        np.testing.assert_allclose(L @ L.T, A, atol=1e-14)


def test_one_number_has_its_square_root_as_factor():
    L, jitter = cholesky([[9]])
    assert (L.tolist(), jitter) == ([[3.0]], 0.0)


@given(st.integers(2, 12), seeds, st.sampled_from([1e-6, 1.0, 1e6]))
@settings(max_examples=40)
def test_duplicated_configurations_take_a_jitter_that_is_reported_and_tiny(n, seed, unit):
    X = np.random.default_rng(seed).uniform(size=(n, 2))
    K = unit * rbf(np.vstack([X, X]))
    L, jitter = cholesky(K)
    assert 0 <= jitter <= 1.5e-8 * unit
    np.testing.assert_allclose(L @ L.T, K + jitter * np.eye(2 * n), atol=1e-13 * unit)


def test_the_jitter_is_the_first_that_serves_of_a_tenfold_ladder():
    A = with_eigenvalues([1, 1, 1, -1e-9], 0)
    L, jitter = cholesky(A, max_jitter=1e-6)
    start = 4 * EPS * np.diag(A).mean()
    steps = np.log10(jitter / start)
    assert steps == pytest.approx(round(steps))
    assert 1e-9 < jitter <= 1e-8
    np.testing.assert_allclose(L @ L.T, A + jitter * np.eye(4), atol=1e-15)


def test_the_last_jitter_tried_is_the_largest_allowed():
    A = with_eigenvalues([1, 1, 1, -1e-9], 0)
    assert cholesky(A, max_jitter=1.01e-9)[1] == 1.01e-9
    with pytest.raises(ValueError, match="not positive definite"):
        cholesky(A, max_jitter=0.99e-9)


@pytest.mark.parametrize("method", ["lapack", "textbook"])
def test_a_failure_names_the_minor_the_pivot_the_eigenvalue_and_the_remedy(method):
    A = np.array([[4.0, 2, 0], [2, 1, 0.5], [0, 0.5, -3]])
    A[1, 1] = 0.75  # pivots: 4, 0.75 − 1 = −0.25
    with pytest.raises(ValueError, match="not positive definite") as caught:
        cholesky(A, method=method)
    message = str(caught.value)
    assert "its leading minor of order 2 is negative (pivot -0.25)" in message
    assert f"its smallest eigenvalue is {np.linalg.eigvalsh(A)[0]:.3g}" in message
    enough = float(re.search(r"a jitter of (\S+) would be enough", message)[1])
    cholesky(A, max_jitter=enough)


@given(st.integers(1, 10), seeds, st.floats(-12, 2))
@settings(max_examples=60)
def test_the_jitter_that_a_failure_asks_for_is_enough_and_little_more_than_needed(n, seed, exponent):
    low = -(10.0**exponent)
    eigenvalues = np.geomspace(1, 0.01, n)
    eigenvalues[-1] = low
    A = with_eigenvalues(eigenvalues, seed)
    with pytest.raises(ValueError, match="would be enough") as caught:
        cholesky(A, max_jitter=0)
    enough = float(re.search(r"a jitter of (\S+) would be enough", str(caught.value))[1])
    cholesky(A, max_jitter=enough)
    assert enough <= 1.05 * -low + 4 * n * EPS * np.abs(eigenvalues).max()


def test_a_zero_pivot_is_called_zero():
    with pytest.raises(ValueError, match=r"order 2 is zero to rounding \(pivot 0\)"):
        cholesky([[1, 1], [1, 1]], max_jitter=0)


def test_the_zero_matrix_is_refused():
    with pytest.raises(ValueError, match=r"leading minor of order 1 is zero to rounding"):
        cholesky(np.zeros((3, 3)))


def test_a_really_indefinite_matrix_is_refused_by_default():
    with pytest.raises(ValueError, match="not positive definite"):
        cholesky(with_eigenvalues([1, 1, -1e-6], 0))


def test_an_asymmetry_of_rounding_is_forgiven():
    A = positive_definite(4, 0)
    skewed = A.copy()
    skewed[0, 1] *= 1 + 1e-12
    np.testing.assert_allclose(cholesky(skewed)[0], cholesky(A)[0], atol=1e-11)


# --- solving, determinants, appending ---------------------------------------------------------------------------------


@given(sizes, seeds, st.sampled_from([None, 1, 4]))
@settings(max_examples=40)
def test_solve_cholesky_solves(n, seed, k):
    A = positive_definite(n, seed, kappa=100)
    b = np.random.default_rng(seed).normal(size=n if k is None else (n, k))
    x = solve_cholesky(cholesky(A)[0], b)
    assert x.shape == b.shape
    np.testing.assert_allclose(x, np.linalg.solve(A, b), atol=1e-11)


def test_no_right_hand_sides_have_no_solutions():
    assert solve_cholesky(np.eye(3), np.zeros((3, 0))).shape == (3, 0)


@given(sizes, seeds)
@settings(max_examples=40)
def test_the_log_determinant_is_numpys(n, seed):
    A = positive_definite(n, seed)
    sign, theirs = np.linalg.slogdet(A)
    assert sign == 1
    assert log_determinant(A) == pytest.approx(theirs, abs=1e-10)


def test_the_log_determinant_survives_where_the_determinant_overflows():
    assert log_determinant(11 * np.eye(400)) == pytest.approx(400 * np.log(11))
    with np.errstate(over="ignore"):
        assert np.linalg.det(11 * np.eye(400)) == np.inf


def test_the_log_determinant_adds_no_jitter():
    with pytest.raises(ValueError, match="max_jitter allows 0"):
        log_determinant([[1, 1], [1, 1]])


@given(st.integers(1, 10), st.integers(1, 5), seeds)
@settings(max_examples=60)
def test_appended_rows_give_the_factor_of_the_whole(n, m, seed):
    A = positive_definite(n + m, seed)
    L = cholesky(A[:n, :n])[0]
    np.testing.assert_allclose(cholesky_append(L, A[:n, n:], A[n:, n:]), cholesky(A)[0], atol=1e-10)
    for i in range(n, n + m):  # one at a time
        L = cholesky_append(L, A[:i, i], A[i, i])
    np.testing.assert_allclose(L, cholesky(A)[0], atol=1e-10)


def test_appending_leaves_the_old_factor_alone():
    L = np.array([[2.0]])
    cholesky_append(L, [2.0], 5.0)
    assert L.tolist() == [[2.0]]


def test_an_appended_duplicate_is_refused_with_its_pivot():
    K = rbf(np.array([[0.0], [1.0]]))
    with pytest.raises(ValueError, match=r"the matrix with the new rows is not positive definite: .*order 1 is"):
        cholesky_append(cholesky(K)[0], K[0], 1.0 - 1e-6)


# --- power iteration --------------------------------------------------------------------------------------------------


def test_the_leading_pair_of_a_small_matrix():
    value, vector = power_iteration([[2, 1], [1, 2]])
    assert isinstance(value, float)
    assert value == pytest.approx(3)
    np.testing.assert_allclose(vector, [np.sqrt(0.5)] * 2)


@given(st.integers(1, 8), seeds)
@settings(max_examples=30)
def test_all_pairs_are_eighs(n, seed):
    rng = np.random.default_rng(seed)
    eigenvalues = 2.0 ** -np.arange(n) * rng.choice([-1, 1], n)
    A = with_eigenvalues(eigenvalues, seed)
    result = power_iteration(A, n)
    assert result.converged.all()
    np.testing.assert_allclose(result.eigenvalues, eigenvalues, atol=1e-10)
    theirs = np.linalg.eigh(A)
    for value, vector in zip(result.eigenvalues, result.eigenvectors.T, strict=True):
        j = np.abs(theirs[0] - value).argmin()
        assert abs(vector @ theirs[1][:, j]) == pytest.approx(1, abs=1e-10)
    np.testing.assert_allclose(result.eigenvectors.T @ result.eigenvectors, np.eye(n), atol=1e-12)


def test_the_residual_is_the_true_one_and_bounds_the_error_of_the_eigenvalue():
    A = positive_definite(6, 0, kappa=50)
    result = power_iteration(A, 3, tolerance=1e-3)
    V, values = result.eigenvectors, result.eigenvalues
    np.testing.assert_allclose(result.residuals, np.linalg.norm(A @ V - V * values, axis=0), atol=1e-14)
    nearest = np.abs(np.linalg.eigvalsh(A)[:, None] - values).min(axis=0)
    assert (nearest <= result.residuals).all()


def test_the_error_falls_by_the_ratio_of_the_two_leading_eigenvalues():
    """With a ratio of 1/2 the steps to 1e-12 are about log(1e-12)/log(1/2) = 40."""
    steps = power_iteration(with_eigenvalues([1, 0.5, 0.1], 3)).n_steps[0]
    assert 30 <= steps <= 45


def test_equal_eigenvalues_are_found_both_with_vectors_that_span_their_plane():
    A = with_eigenvalues([2, 2, 1], 4)
    result = power_iteration(A, 3)
    assert result.converged.all()
    np.testing.assert_allclose(result.eigenvalues, [2, 2, 1])
    np.testing.assert_allclose(A @ result.eigenvectors, result.eigenvectors * result.eigenvalues, atol=1e-10)


def test_eigenvalues_of_opposite_sign_and_equal_size_are_reported_as_not_converged():
    with pytest.warns(RuntimeWarning, match="eigenpair 0 has not converged in 500 steps .* perhaps of opposite sign"):
        result = power_iteration(with_eigenvalues([2, -2, 1], 5), n_steps=500)
    assert not result.converged[0]
    assert result.residuals[0] > 0.1


def test_the_rest_of_a_singular_matrix_has_eigenvalue_zero():
    A = np.outer([1.0, 2, 2], [1, 2, 2])
    result = power_iteration(A, 3)
    assert result.converged.all()
    np.testing.assert_allclose(result.eigenvalues, [9, 0, 0], atol=1e-14)
    assert power_iteration(np.zeros((2, 2)), 2).eigenvalues.tolist() == [0, 0]


def test_signs_and_starts_are_the_same_every_time():
    A = positive_definite(5, 7)
    one, two = power_iteration(A, 5), power_iteration(A, 5)
    np.testing.assert_array_equal(one.eigenvectors, two.eigenvectors)
    other = power_iteration(A, 5, rng=11)
    np.testing.assert_allclose(one.eigenvectors, other.eigenvectors, atol=1e-7)
    V = one.eigenvectors
    assert (V[np.abs(V).argmax(axis=0), range(5)] > 0).all()


def test_a_tie_for_the_largest_entry_is_decided_by_the_first():
    h = np.sqrt(0.5)
    V = np.array([[-h, h], [h * (1 + EPS), -h * (1 + EPS)]])
    np.testing.assert_allclose(with_fixed_signs(V), [[h, h], [-h, -h]])


def test_results_unpack_are_frozen_and_can_be_copied():
    result = power_iteration([[2, 1], [1, 2]], 1)
    values, vectors = result
    assert values is result.eigenvalues
    assert vectors is result.eigenvectors
    assert repr(result).startswith("PowerIteration(eigenvalues=")
    with pytest.raises(AttributeError):
        result.converged = True
    for twin in (copy.deepcopy(result), pickle.loads(pickle.dumps(result))):
        np.testing.assert_array_equal(twin.residuals, result.residuals)
        np.testing.assert_array_equal(twin.eigenvectors, result.eigenvectors)


# --- active subspace --------------------------------------------------------------------------------------------------


def test_the_active_subspace_of_a_ridge_function_is_its_direction():
    """f(x) = sin(a·x): every gradient is a multiple of a."""
    a = np.array([3.0, 0.0, -4.0])
    X = np.random.default_rng(0).normal(size=(50, 3))
    eigenvalues, eigenvectors = active_subspace(np.cos(X @ a)[:, None] * a)
    np.testing.assert_allclose(eigenvectors[:, 0], [-0.6, 0, 0.8], atol=1e-12)
    assert eigenvalues[0] == pytest.approx(25 * np.mean(np.cos(X @ a) ** 2))
    np.testing.assert_allclose(eigenvalues[1:], 0, atol=1e-14)


def test_on_a_quadratic_the_eigenvalues_are_those_of_the_squared_hessian():
    """f = ½ xᵀHx with x ~ N(0, I): C = E[H x xᵀ H] = H²."""
    H = with_eigenvalues([3, 1, 0.5], 1)
    X = np.random.default_rng(1).normal(size=(200_000, 3))
    eigenvalues, eigenvectors = active_subspace(X @ H)
    np.testing.assert_allclose(eigenvalues, [9, 1, 0.25], rtol=0.02)
    np.testing.assert_allclose(abs(eigenvectors.T @ np.linalg.eigh(H)[1][:, ::-1]), np.eye(3), atol=0.02)


@given(st.integers(1, 15), st.integers(1, 6), seeds)
@settings(max_examples=40)
def test_it_is_the_eigendecomposition_of_the_mean_outer_product(n, d, seed):
    G = np.random.default_rng(seed).normal(size=(n, d))
    eigenvalues, W = active_subspace(G)
    assert eigenvalues.shape == (d,)
    assert W.shape == (d, d)
    assert (np.diff(eigenvalues) <= 0).all()
    np.testing.assert_allclose(W * eigenvalues @ W.T, G.T @ G / n, atol=1e-12)
    np.testing.assert_allclose(W.T @ W, np.eye(d), atol=1e-12)
    assert (eigenvalues[n:] == 0).all()


def test_small_eigenvalues_keep_their_digits_because_C_is_never_formed():
    rng = np.random.default_rng(2)
    Q = np.linalg.qr(rng.normal(size=(40, 3)))[0]
    W = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    truth = np.array([1.0, 1e-8, 1e-16])
    G = np.sqrt(40) * Q * np.sqrt(truth) @ W.T
    np.testing.assert_allclose(active_subspace(G).eigenvalues, truth, rtol=1e-6)
    assert abs(np.linalg.eigvalsh(G.T @ G / 40)[0] - 1e-16) > 1e-17  # a rounding of C is as large as that


def test_bootstrap_intervals_cover_the_truth_about_as_often_as_they_say():
    """x ~ N(0, I), H diagonal: the true eigenvalues are 9 and 1."""
    rng = np.random.default_rng(3)
    covered = np.zeros(2)
    for _ in range(200):
        G = rng.normal(size=(80, 2)) * [3, 1]
        low, high = active_subspace(G, n_bootstrap=200, confidence=0.9, rng=rng).intervals.T
        covered += (low <= [9, 1]) & (high >= [9, 1])
    assert ((covered > 0.8 * 200) & (covered < 0.97 * 200)).all()


def test_the_subspace_error_is_small_at_a_gap_and_large_where_there_is_none():
    G = np.random.default_rng(4).normal(size=(300, 4)) * [10, 1, 1, 0.01]
    result = active_subspace(G, n_bootstrap=100, rng=0)
    assert result.subspace_error.shape == (3,)
    assert result.subspace_error[1] > 10 * result.subspace_error[[0, 2]].max()
    assert result.intervals.shape == (4, 2)
    assert (result.intervals[:, 0] <= result.intervals[:, 1]).all()


def test_the_subspace_error_is_the_distance_of_projectors():
    """Recomputed from the resampled gradients themselves: ‖Ŵ Ŵᵀ − W* W*ᵀ‖₂, Golub & Van Loan sec. 2.5.3."""
    G = np.random.default_rng(8).normal(size=(20, 3)) * [3, 2, 1]
    W, rng, errors, values = active_subspace(G).eigenvectors, np.random.default_rng(1), [], []
    for _ in range(30):
        again = active_subspace(G[rng.integers(0, 20, 20)])
        V = again.eigenvectors
        errors.append([np.linalg.norm(W[:, :k] @ W[:, :k].T - V[:, :k] @ V[:, :k].T, 2) for k in (1, 2)])
        values.append(again.eigenvalues)
    result = active_subspace(G, n_bootstrap=30, confidence=0.8, rng=1)
    np.testing.assert_allclose(result.subspace_error, np.mean(errors, axis=0), rtol=1e-10)
    np.testing.assert_allclose(result.intervals, np.quantile(values, [0.1, 0.9], axis=0).T, rtol=1e-10)


def test_the_same_seed_gives_the_same_intervals():
    G = np.random.default_rng(5).normal(size=(30, 3))
    one, two = (active_subspace(G, n_bootstrap=50, rng=6) for _ in range(2))
    np.testing.assert_array_equal(one.intervals, two.intervals)


def test_one_gradient_has_one_active_direction():
    eigenvalues, eigenvectors = active_subspace([[3.0, 4.0]])
    np.testing.assert_allclose(eigenvalues, [25, 0])
    np.testing.assert_allclose(eigenvectors[:, 0], [0.6, 0.8])


# --- what is refused --------------------------------------------------------------------------------------------------

TAKES_A_SQUARE = {
    "lu": lu,
    "cholesky": cholesky,
    "log_determinant": log_determinant,
    "power_iteration": power_iteration,
}


@pytest.mark.parametrize("function", TAKES_A_SQUARE.values(), ids=TAKES_A_SQUARE)
@pytest.mark.parametrize(
    ("A", "error", "message"),
    [
        ([[1.0, 2.0]], ValueError, r"A must be a square matrix of shape \(n, n\) with n >= 1, got shape \(1, 2\)"),
        ([1.0, 2.0], ValueError, r"A must be a square matrix of shape \(n, n\) with n >= 1, got shape \(2,\)"),
        (np.zeros((0, 0)), ValueError, r"A must be a square matrix of shape \(n, n\) with n >= 1, got shape \(0, 0\)"),
        ([[1.0, np.nan], [np.nan, 1.0]], ValueError, r"A must be finite, got nan at index \[0, 1\]"),
        ([["a"]], TypeError, "A must be numbers"),
    ],
)
def test_what_is_no_square_matrix_of_numbers_is_refused(function, A, error, message):
    with pytest.raises(error, match=message):
        function(A)


@pytest.mark.parametrize("function", [cholesky, log_determinant, power_iteration])
def test_what_is_not_symmetric_is_refused(function):
    with pytest.raises(ValueError, match=r"A must be symmetric, got A\[0, 1\] = 2 and A\[1, 0\] = 0"):
        function([[1.0, 2.0], [0.0, 1.0]])


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda: cholesky(np.eye(2), max_jitter=-1),
            ValueError,
            "max_jitter must be a finite number at least 0, got -1",
        ),
        (lambda: cholesky(np.eye(2), method="lu"), ValueError, "method must be one of 'lapack', 'textbook', got 'lu'"),
        (lambda: solve_cholesky(np.ones((2, 3)), [1, 2]), ValueError, r"L must be a square matrix"),
        (lambda: solve_cholesky([[1, 2], [0, 1]], [1, 2]), ValueError, "L must be lower triangular, got entries above"),
        (
            lambda: solve_cholesky([[1, 0], [2, 0]], [1, 2]),
            ValueError,
            "L must have no zero on its diagonal, got one in row 1",
        ),
        (
            lambda: solve_cholesky(np.eye(2), [1, 2, 3]),
            ValueError,
            r"b must have shape \(2,\) or \(2, k\) to match L, got \(3,\)",
        ),
        (
            lambda: solve_cholesky(np.eye(2), 1.0),
            ValueError,
            r"b must have shape \(2,\) or \(2, k\) to match L, got \(\)",
        ),
        (lambda: solve_cholesky(np.eye(2), [1, np.inf]), ValueError, r"b must be finite, got inf at index \[1\]"),
        (lambda: cholesky_append(np.eye(2), [1], 2), ValueError, r"k must have shape \(2,\) or \(2, m\) .* got \(1,\)"),
        (lambda: cholesky_append(np.eye(2), np.zeros((2, 0)), 2), ValueError, r"k must have shape .* m >= 1"),
        (lambda: cholesky_append(np.eye(2), [0, 0], [1, 2]), ValueError, "kappa must be a number to match k, got"),
        (lambda: cholesky_append(np.eye(2), np.eye(2), 1), ValueError, r"kappa must be of shape \(2, 2\) to match k"),
        (lambda: cholesky_append(np.eye(2), np.eye(2), [[1, 2], [0, 1]]), ValueError, "kappa must be symmetric"),
        (lambda: power_iteration(np.eye(2), 3), ValueError, "k must be at most 2, the number of rows of A, got 3"),
        (lambda: power_iteration(np.eye(2), 0), ValueError, "k must be at least 1, got 0"),
        (lambda: power_iteration(np.eye(2), n_steps=0), ValueError, "n_steps must be at least 1, got 0"),
        (lambda: power_iteration(np.eye(2), tolerance=-1), ValueError, "tolerance must be a finite number at least 0"),
        (lambda: active_subspace([1.0, 2.0]), ValueError, r"gradients must have shape \(n, d\), got \(2,\)"),
        (lambda: active_subspace(np.zeros((0, 2))), ValueError, r"at least one row and one column, got shape \(0, 2\)"),
        (lambda: active_subspace([[1.0, np.nan]]), ValueError, r"gradients must be finite, got nan at index \[0, 1\]"),
        (
            lambda: active_subspace([[1.0]], n_bootstrap=9),
            ValueError,
            "gradients must have at least 2 rows to be resampled",
        ),
        (lambda: active_subspace([[1.0]], confidence=95), ValueError, "confidence must lie strictly between 0 and 1"),
        (lambda: active_subspace([[1.0]], n_bootstrap=-1), ValueError, "n_bootstrap must be at least 0, got -1"),
    ],
)
def test_each_wrong_argument_gets_its_sentence(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_a_zero_matrix_takes_a_tiny_jitter_and_ends():
    L, jitter = cholesky(np.zeros((2, 2)), max_jitter=1e-8)
    assert 0 < jitter <= 1e-8
    np.testing.assert_allclose(L @ L.T, jitter * np.eye(2))
