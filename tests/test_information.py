"""Entropy, divergence and mutual information: by hand, against SciPy and scikit-learn, and what the theorems say."""

from __future__ import annotations

import re

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import digamma
from sklearn.feature_selection import mutual_info_regression
from sklearn.metrics import log_loss, mutual_info_score
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from hpmath import (
    best_split,
    cross_entropy,
    differential_entropy,
    entropy,
    gaussian_entropy,
    gaussian_kl,
    information_gain,
    kl_divergence,
    mutual_information,
    mutual_information_histogram,
    mutual_information_knn,
    permutation_test,
    variance_reduction,
)

seeds = st.integers(0, 10**6)
sizes = st.integers(1, 8)
LN2 = np.log(2)


def probabilities(shape, seed, zeros=True):
    """A random distribution, with some cells that never happen."""
    rng = np.random.default_rng(seed)
    p = rng.exponential(size=shape) ** 3
    if zeros:
        p *= rng.uniform(size=shape) < 0.8
    p.flat[0] += 1e-3
    return p / p.sum()


def covariance(d, seed):
    A = np.random.default_rng(seed).normal(size=(d, d))
    return A @ A.T + 0.1 * np.eye(d)


def correlated(rho, n, seed):
    x, e = np.random.default_rng(seed).normal(size=(2, n))
    return x, rho * x + np.sqrt(1 - rho**2) * e


# --- entropy, cross-entropy, divergence -------------------------------------------------------------------------------


@pytest.mark.parametrize("k", [1, 2, 7, 1000])
def test_equal_probabilities_have_the_logarithm_of_their_number(k):
    assert entropy(np.full(k, 1 / k)) == pytest.approx(np.log(k), abs=1e-14)
    assert entropy(np.full(k, 1 / k), base=2) == pytest.approx(np.log2(k), abs=1e-14)


def test_a_certain_outcome_has_no_entropy():
    assert entropy([1]) == 0.0
    assert entropy([0, 1.0, 0]) == 0.0
    assert entropy(np.array([True, False])) == 0.0


@given(st.integers(1, 30), seeds, st.sampled_from([None, 2, 10, 1.5]))
@settings(max_examples=40, deadline=None)
def test_entropy_is_scipys_and_lies_between_zero_and_the_logarithm(k, seed, base):
    p = probabilities(k, seed)
    assert entropy(p, base=base) == pytest.approx(scipy.stats.entropy(p, base=base), rel=1e-12, abs=1e-15)
    assert 0 <= entropy(p) <= np.log(k) + 1e-14


@given(sizes, seeds, st.integers(0, 7), st.integers(0, 7))
@settings(max_examples=40, deadline=None)
def test_mixing_two_outcomes_never_lowers_entropy(k, seed, i, j):
    p = probabilities(k, seed)
    mixed = p.copy()
    mixed[[i % k, j % k]] = (p[i % k] + p[j % k]) / 2
    if i % k != j % k:
        assert entropy(mixed) >= entropy(p) - 1e-14


@given(sizes, seeds, seeds, st.sampled_from([None, 2, 10]))
@settings(max_examples=60, deadline=None)
def test_divergence_is_scipys_not_negative_and_what_cross_entropy_adds(k, seed, other, base):
    p, q = probabilities(k, seed), probabilities(k, other, zeros=False)
    divergence = kl_divergence(p, q, base=base)
    assert divergence == pytest.approx(scipy.stats.entropy(p, q, base=base), rel=1e-10, abs=1e-14)
    assert cross_entropy(p, q, base=base) == pytest.approx(entropy(p, base=base) + divergence, abs=1e-12)
    assert cross_entropy(p, p) == pytest.approx(entropy(p), abs=1e-14)


@given(sizes, seeds, st.floats(1e-5, 1.0))
@settings(max_examples=60, deadline=None)
def test_divergence_is_zero_only_where_the_two_are_equal(k, seed, share):
    """Pinsker: D >= ‖p − q‖₁²/2, so a difference of any size shows."""
    p = probabilities(k, seed)
    q = (1 - share) * p + share * np.full(k, 1 / k)
    assert kl_divergence(p, p) == 0.0
    assert kl_divergence(p, q) >= np.abs(p - q).sum() ** 2 / 2 - 1e-15


def test_what_was_held_impossible_and_happens_costs_infinitely_much():
    assert kl_divergence([0.5, 0.5], [1, 0]) == np.inf
    assert cross_entropy([0.5, 0.5], [1, 0], base=2) == np.inf
    assert kl_divergence([1, 0], [0.5, 0.5]) == pytest.approx(LN2, rel=1e-15)
    assert kl_divergence([1, 0], [1, 0]) == 0.0


def test_cross_entropy_with_the_observed_frequencies_is_the_log_loss():
    labels, q = [0, 0, 1, 2], [0.5, 0.3, 0.2]
    assert cross_entropy([0.5, 0.25, 0.25], q) == pytest.approx(log_loss(labels, [q] * 4), rel=1e-14)


def test_a_sum_that_is_one_to_1e_8_is_allowed_and_made_exact():
    p = np.array([0.5, 0.5 + 9e-9])
    assert kl_divergence(p, [0.5, 0.5]) == pytest.approx(0.0, abs=1e-15)
    np.testing.assert_array_equal(p, [0.5, 0.5 + 9e-9])


FUNCTIONS_OF_P = [
    (entropy, "p"),
    (lambda p: cross_entropy(p, [0.5, 0.5]), "p"),
    (lambda p: kl_divergence(p, [0.5, 0.5]), "p"),
    (lambda p: kl_divergence([0.5, 0.5], p), "q"),
    (lambda p: cross_entropy([0.5, 0.5], p), "q"),
    (mutual_information, "joint"),
]


@pytest.mark.parametrize(("function", "name"), FUNCTIONS_OF_P)
@pytest.mark.parametrize(
    ("p", "message"),
    [
        ([1.5, -0.5], "must not be negative, got -0.5 at index [1]"),
        ([0.5, 0.4], "must sum to one, got 0.9; divide counts or weights by their sum"),
        ([3, 1], "must sum to one, got 4; divide counts or weights by their sum"),
        ([0.5, 0.5 + 2e-8], "must sum to one, got 1.00000002; divide counts or weights by their sum"),
        ([0.5, np.nan], "must be finite, got nan at index [1]"),
        ([], "must be an array of at least one probability, got shape (0,)"),
        (1.0, "must be an array of at least one probability, got shape ()"),
    ],
)
def test_what_are_no_probabilities_is_named(function, name, p, message):
    with pytest.raises(ValueError, match=re.escape(f"{name} {message}")):
        function(p)


def test_words_are_no_probabilities():
    with pytest.raises(TypeError, match="p must be numbers, got"):
        entropy(["half", "half"])


@pytest.mark.parametrize("function", [cross_entropy, kl_divergence])
def test_two_distributions_have_one_shape(function):
    with pytest.raises(ValueError, match=re.escape("q must have the shape of p, (2,), got (3,)")):
        function([0.5, 0.5], [0.2, 0.3, 0.5])


@pytest.mark.parametrize("base", [1, 0, -2, 0.5, np.inf])
def test_a_base_is_above_one(base):
    with pytest.raises(ValueError, match=f"base must be a finite number above 1, got {base}"):
        entropy([0.5, 0.5], base=base)
    with pytest.raises(TypeError, match="base must be a number, got 'e'"):
        entropy([0.5, 0.5], base="e")


# --- mutual information of a table ------------------------------------------------------------------------------------


def test_a_table_by_hand():
    """Cover & Thomas (2006), example 2.2.1 and section 2.4: H(X) = 7/4, H(Y) = 2, H(X, Y) = 27/8, I = 3/8 bits."""
    joint = np.array([[4, 2, 1, 1], [2, 4, 1, 1], [2, 2, 2, 2], [8, 0, 0, 0]]) / 32
    assert entropy(joint.sum(0), base=2) == pytest.approx(7 / 4)
    assert entropy(joint.sum(1), base=2) == pytest.approx(2)
    assert entropy(joint, base=2) == pytest.approx(27 / 8)
    assert mutual_information(joint, base=2) == pytest.approx(3 / 8)


@given(sizes, sizes, seeds)
@settings(max_examples=60, deadline=None)
def test_three_forms_of_mutual_information_agree(r, c, seed):
    joint = probabilities((r, c), seed)
    p_x, p_y = joint.sum(1), joint.sum(0)
    value = mutual_information(joint)
    assert value == pytest.approx(kl_divergence(joint, np.outer(p_x, p_y)), abs=1e-13)
    assert value == pytest.approx(entropy(p_x) + entropy(p_y) - entropy(joint), abs=1e-13)
    conditional = sum(p * entropy(row / p) for p, row in zip(p_x, joint, strict=True) if p > 0)  # H(Y | X)
    assert value == pytest.approx(entropy(p_y) - conditional, abs=1e-13)
    assert -1e-15 <= value <= min(entropy(p_x), entropy(p_y)) + 1e-13
    assert mutual_information(joint.T) == pytest.approx(value, abs=1e-13)


@given(sizes, sizes, seeds)
@settings(max_examples=30, deadline=None)
def test_independent_variables_share_nothing(r, c, seed):
    joint = np.outer(probabilities(r, seed), probabilities(c, seed + 1))
    assert mutual_information(joint) == pytest.approx(0, abs=1e-14)


@given(st.integers(1, 5), st.integers(1, 5), st.integers(1, 5), seeds)
@settings(max_examples=60, deadline=None)
def test_no_processing_of_y_adds_information_about_x(r, c, to, seed):
    joint = probabilities((r, c), seed)
    channel = np.random.default_rng(seed).dirichlet(np.ones(to), size=c)
    assert mutual_information(joint @ channel) <= mutual_information(joint) + 1e-13


@given(st.integers(1, 4), st.integers(1, 4), st.integers(1, 4), seeds)
@settings(max_examples=40, deadline=None)
def test_the_chain_rule(a, b, c, seed):
    """I(X, Y; Z) = I(X; Z) + I(Y; Z | X)."""
    joint = probabilities((a, b, c), seed)
    p_x = joint.sum((1, 2))
    conditional = sum(p * mutual_information(joint[i] / p) for i, p in enumerate(p_x) if p > 0)
    whole = mutual_information(joint.reshape(a * b, c))
    assert whole == pytest.approx(mutual_information(joint.sum(1)) + conditional, abs=1e-13)


def test_xor_shares_nothing_by_pairs_and_one_bit_by_three():
    joint = np.zeros((2, 2, 2))  # x, y, x xor y
    for x in (0, 1):
        for y in (0, 1):
            joint[x, y, x ^ y] = 0.25
    for pair in range(3):
        assert mutual_information(joint.sum(pair)) == 0.0
    assert mutual_information(joint.reshape(4, 2), base=2) == 1.0


def test_cells_so_improbable_that_the_product_of_their_margins_underflows():
    tiny = 1e-200
    assert mutual_information([[1.0, 0.0], [0.0, tiny]]) == pytest.approx(-tiny * np.log(tiny), rel=1e-12)


@given(seeds)
@settings(max_examples=20, deadline=None)
def test_of_counts_it_is_scikit_learns(seed):
    rng = np.random.default_rng(seed)
    a, b = rng.integers(0, 4, 50), rng.integers(0, 3, 50)
    counts = np.histogram2d(a, b, bins=(4, 3))[0]
    assert mutual_information(counts / 50) == pytest.approx(mutual_info_score(a, b), abs=1e-13)


def test_a_joint_distribution_is_a_table():
    with pytest.raises(ValueError, match=re.escape("joint must be a table of shape (r, c), got shape (2,)")):
        mutual_information([0.5, 0.5])


# --- Gaussians --------------------------------------------------------------------------------------------------------


@given(st.integers(1, 6), seeds)
@settings(max_examples=30, deadline=None)
def test_the_entropy_of_a_gaussian_is_scipys(d, seed):
    cov = covariance(d, seed)
    assert gaussian_entropy(cov) == pytest.approx(scipy.stats.multivariate_normal(cov=cov).entropy(), rel=1e-10)


def test_a_variance_is_a_covariance_in_one_dimension():
    assert gaussian_entropy(4.0) == gaussian_entropy([[4.0]]) == pytest.approx(scipy.stats.norm(scale=2).entropy())
    assert gaussian_entropy(1 / (2 * np.pi * np.e)) == pytest.approx(0, abs=1e-15)  # narrower ones are below zero
    assert gaussian_kl(0, 1, 3, 1) == gaussian_kl([0], [[1]], [3], [[1]]) == 4.5


def test_entropy_of_hundreds_of_dimensions_does_not_overflow():
    assert gaussian_entropy(1e10 * np.eye(500)) == pytest.approx(500 * gaussian_entropy(1e10))
    assert gaussian_entropy(np.diag([1e-30, 1e30])) == pytest.approx(gaussian_entropy(1e-30) + gaussian_entropy(1e30))


@given(st.floats(0.1, 10), st.floats(0.1, 10), st.floats(-5, 5))
@settings(max_examples=40, deadline=None)
def test_gaussian_divergence_in_one_dimension_by_quadrature(s, t, m):
    x, dx = np.linspace(-12 * s, 12 * s, 4001, retstep=True)
    p, q = scipy.stats.norm(0, s), scipy.stats.norm(m, t)
    truth = (p.pdf(x) * (p.logpdf(x) - q.logpdf(x))).sum() * dx
    assert gaussian_kl(0, s**2, m, t**2) == pytest.approx(truth, rel=1e-9, abs=1e-12)


def test_gaussian_divergence_against_monte_carlo_within_four_standard_errors():
    n, d = 200_000, 3
    P, Q, mean_p, mean_q = covariance(d, 1), covariance(d, 2), np.zeros(d), np.array([0.5, -0.2, 0.1])
    p, q = scipy.stats.multivariate_normal(mean_p, P), scipy.stats.multivariate_normal(mean_q, Q)
    X = p.rvs(n, random_state=np.random.default_rng(0))
    ratio = p.logpdf(X) - q.logpdf(X)
    assert abs(ratio.mean() - gaussian_kl(mean_p, P, mean_q, Q)) < 4 * ratio.std() / np.sqrt(n)


@given(st.integers(1, 5), seeds)
@settings(max_examples=40, deadline=None)
def test_gaussian_divergence_is_not_negative_zero_at_itself_and_the_same_in_any_units(d, seed):
    rng = np.random.default_rng(seed)
    P, Q, m, k = covariance(d, seed), covariance(d, seed + 1), rng.normal(size=d), rng.normal(size=d)
    value = gaussian_kl(m, P, k, Q)
    assert value > 0
    assert gaussian_kl(m, P, m, P) == pytest.approx(0, abs=1e-12)
    T = covariance(d, seed + 2)
    assert gaussian_kl(T @ m, T @ P @ T.T, T @ k, T @ Q @ T.T) == pytest.approx(value, rel=1e-5)


@pytest.mark.parametrize("rho", [-0.99, 0.0, 0.5, 0.9])
def test_information_between_two_gaussians_in_three_ways(rho):
    cov = np.array([[1, rho], [rho, 1]])
    truth = -0.5 * np.log(1 - rho**2)
    assert 2 * gaussian_entropy(1.0) - gaussian_entropy(cov) == pytest.approx(truth, abs=1e-13)
    assert gaussian_kl([0, 0], cov, [0, 0], np.eye(2)) == pytest.approx(truth, abs=1e-13)


@pytest.mark.parametrize(
    ("cov", "message"),
    [
        ([[1, 2], [2, 1]], "must be positive definite, got one whose smallest eigenvalue is -1"),
        (-np.eye(2), "must be positive definite, got one whose smallest eigenvalue is -1"),
        ([[0.1, 0.3], [0.3, 0.9]], "must be positive definite, got one whose smallest eigenvalue is"),  # singular
        (0.0, "must be positive definite, got one whose smallest eigenvalue is 0"),
        ([[1, 0.5], [0.2, 1]], "must be symmetric, got"),
        ([1.0, 2.0], "must be a square matrix of shape (n, n) with n >= 1, got shape (2,)"),
        ([[1, np.inf], [np.inf, 1]], "must be finite, got inf at index [0, 1]"),
    ],
)
def test_what_is_no_covariance_is_named(cov, message):
    for function, name in (
        (gaussian_entropy, "cov"),
        (lambda cov: gaussian_kl([0, 0], cov, [0, 0], np.eye(2)), "cov_p"),
        (lambda cov: gaussian_kl([0, 0], np.eye(2), [0, 0], cov), "cov_q"),
    ):
        with pytest.raises(ValueError, match=re.escape(f"{name} {message}")):
            function(cov)


def test_the_two_gaussians_live_in_one_space():
    eye = np.eye
    for arguments, message in (
        (([0, 0], eye(3), [0, 0], eye(2)), "cov_p must have dimension 2 to match mean_p, got 3"),
        (([0, 0], eye(2), [0], eye(2)), "mean_q must have dimension 2 to match mean_p, got 1"),
        (([0, 0], eye(2), [0, 0], eye(1)), "cov_q must have dimension 2 to match mean_p, got 1"),
        (([[0, 0]], eye(2), [0, 0], eye(2)), "mean_p must be one point of shape (d,) with d >= 1, got shape (1, 2)"),
        (([0, 0], eye(2), [0, np.nan], eye(2)), "mean_q must be finite, got nan at index [1]"),
    ):
        with pytest.raises(ValueError, match=re.escape(message)):
            gaussian_kl(*arguments)


# --- differential entropy from samples --------------------------------------------------------------------------------

DENSITIES = {
    "normal": (lambda rng, n: rng.normal(size=n), gaussian_entropy(1.0)),
    "uniform": (lambda rng, n: rng.uniform(size=n), 0.0),
    "exponential": (lambda rng, n: rng.exponential(size=n), 1.0),
    "correlated pair": (
        lambda rng, n: rng.multivariate_normal([0, 0], [[1, 0.9], [0.9, 1]], n),
        gaussian_entropy([[1, 0.9], [0.9, 1]]),
    ),
    "units far apart": (lambda rng, n: rng.normal(size=(n, 2)) * [1e-6, 1e6], 2 * gaussian_entropy(1.0)),
}


@pytest.mark.parametrize("name", DENSITIES)
def test_entropy_from_samples_is_about_the_truth(name):
    """The mean of 20 samples of 1,000: its standard error is near 0.01, and the bias that is left of that order."""
    draw, truth = DENSITIES[name]
    estimates = [differential_entropy(draw(np.random.default_rng(seed), 1000)) for seed in range(20)]
    assert np.mean(estimates) == pytest.approx(truth, abs=0.03)


@pytest.mark.parametrize("k", [1, 3, 10])
def test_entropy_from_samples_against_scipys_other_estimator(k):
    x = np.random.default_rng(0).gamma(2.0, size=5000)
    assert differential_entropy(x, k=k) == pytest.approx(scipy.stats.differential_entropy(x), abs=0.06)


@given(seeds, st.floats(-20, 20), st.sampled_from([1e-200, 1e-6, 3.0, 1e200]))
@settings(max_examples=20, deadline=None)
def test_entropy_from_samples_moves_by_the_logarithm_of_the_unit(seed, shift, unit):
    X = np.random.default_rng(seed).normal(size=(60, 2))
    moved = X * [unit, 1] + [0, shift]
    assert differential_entropy(moved) == pytest.approx(differential_entropy(X) + np.log(unit), abs=1e-9)


def test_entropy_depends_on_the_scale_where_divergence_does_not():
    """A log-uniform learning rate: h(ln lr) = ln ln 10⁴; in lr it is larger by E ln lr = the middle of the range."""
    u = np.random.default_rng(0).uniform(np.log(1e-5), np.log(1e-1), 5000)
    assert differential_entropy(u) == pytest.approx(np.log(np.log(1e4)), abs=0.04)
    assert differential_entropy(np.exp(u)) == pytest.approx(np.log(np.log(1e4)) + np.log(1e-3), abs=0.1)


def test_entropy_from_samples_by_hand():
    """x = 0, 1, 3 and k = 1: nearest at 1, 1, 2; h = ψ(3) − ψ(1) + (ln 2 + ln 2 + ln 4)/3 and ψ(3) − ψ(1) = 3/2."""
    assert differential_entropy([0, 1, 3], k=1) == pytest.approx(1.5 + 4 * LN2 / 3)


def test_what_has_no_density_is_refused():
    with pytest.raises(ValueError, match="samples must vary to have a density, got column 0 constant at 2"):
        differential_entropy([2.0, 2.0, 2.0, 2.0, 2.0])
    with pytest.raises(ValueError, match="samples must vary to have a density, got column 1 constant at 7"):
        differential_entropy([[i, 7] for i in range(9)])
    with pytest.raises(ValueError, match=re.escape("must not repeat a row more than k = 3 times to have a density")):
        differential_entropy([1, 2, 2, 2, 2, 3, 4])
    assert np.isfinite(differential_entropy([1, 2, 2, 2, 3, 4]))


# --- mutual information from samples ----------------------------------------------------------------------------------


def brute_force(x, y, k):
    """Equation 8 of Kraskov et al. (2004), sample by sample."""
    X, Y = (np.asarray(a, float).reshape(len(a), -1) for a in (x, y))
    X, Y = X / X.std(0), Y / Y.std(0)
    n, total = len(X), 0.0
    for i in range(n):
        dx, dy = np.abs(X - X[i]).max(1), np.abs(Y - Y[i]).max(1)
        half = np.sort(np.maximum(dx, dy))[k]
        total += digamma((dx < half).sum()) + digamma((dy < half).sum())  # the sample itself is the "+ 1"
    return digamma(k) + digamma(n) - total / n


@given(seeds, st.integers(1, 6), st.sampled_from([(1, 1), (1, 2), (3, 2)]), st.sampled_from([1.0, 1e-9, 1e150]))
@settings(max_examples=40, deadline=None)
def test_neighbours_are_counted_as_in_the_formula(seed, k, dimensions, unit):
    rng = np.random.default_rng(seed)
    x, y = (rng.standard_t(2, size=(40, d)) for d in dimensions)
    if dimensions == (1, 1):
        x, y = x[:, 0], y[:, 0] + x[:, 0]
    # A count may differ where the noise that breaks ties turns round two neighbours; seen in no example.
    assert mutual_information_knn(unit * x, y, k=k, rng=0) == pytest.approx(brute_force(x, y, k), abs=1e-10)


@pytest.mark.parametrize("rho", [0.0, 0.5, 0.9])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_it_is_scikit_learns_where_that_is_not_cut_at_zero(rho, seed):
    x, y = correlated(rho, 500, seed)
    theirs = mutual_info_regression(x[:, None], y, n_neighbors=3, random_state=0)[0]
    assert max(mutual_information_knn(x, y, rng=0), 0.0) == pytest.approx(theirs, abs=1e-9)


@pytest.mark.parametrize("rho", [0.0, 0.5, 0.9])
def test_correlated_normals_have_their_closed_form_within_003_nats(rho):
    estimates = [mutual_information_knn(*correlated(rho, 2000, seed), rng=seed) for seed in range(20)]
    assert np.mean(estimates) == pytest.approx(-0.5 * np.log(1 - rho**2), abs=0.03)


def test_several_columns_on_either_side():
    """x and y of two columns each, correlated by pairs: the two pairs add up."""
    estimates = []
    for seed in range(5):
        (a, b), (c, d) = correlated(0.8, 2000, seed), correlated(0.5, 2000, seed + 100)
        estimates.append(mutual_information_knn(np.c_[a, c], np.c_[b, d], rng=0))
    assert np.mean(estimates) == pytest.approx(-0.5 * np.log(1 - 0.8**2) - 0.5 * np.log(1 - 0.5**2), abs=0.06)


@given(seeds, st.floats(-1e3, 1e3), st.sampled_from([-1.0, 1e-12, 2.0, 1e12]))
@settings(max_examples=20, deadline=None)
def test_units_and_order_change_nothing(seed, shift, unit):
    x, y = correlated(0.7, 60, seed)
    value = mutual_information_knn(x, y, rng=0)
    assert mutual_information_knn(unit * x, y + shift, rng=0) == pytest.approx(value, abs=1e-9)
    assert mutual_information_knn(y, x, rng=0) == pytest.approx(value, abs=1e-9)
    assert mutual_information_knn(x[::-1], y[::-1], rng=0) == pytest.approx(value, abs=1e-9)


@pytest.mark.parametrize("bend", [np.arctan, np.exp, lambda x: x + x**3])
def test_monotone_maps_change_the_estimate_little_where_the_truth_does_not_change(bend):
    """Within 0.03 at ρ = 0.5, the mean of ten samples of 1,000; the maps bend by a factor of up to a hundred."""
    changes = []
    for seed in range(10):
        x, y = correlated(0.5, 1000, seed)
        changes.append(mutual_information_knn(bend(x), bend(y), rng=0) - mutual_information_knn(x, y, rng=0))
    assert abs(np.mean(changes)) < 0.03


def test_dependence_without_correlation_is_seen():
    x, y = np.random.default_rng(0).uniform(size=(2, 1000))
    z = np.where((x < 0.5) == (y < 0.5), 0.0, 1.0) + 0.1 * np.random.default_rng(1).normal(size=1000)
    assert abs(np.corrcoef(x, z)[0, 1]) < 0.1
    assert abs(mutual_information_knn(x, z, rng=0)) < 0.1
    assert mutual_information_knn(np.c_[x, y], z, rng=0) > 0.5 * LN2


@pytest.mark.parametrize("k", [1, 3, 8])
def test_a_copy_shows_the_most_that_a_sample_can_show(k):
    x = np.random.default_rng(0).normal(size=300)
    assert mutual_information_knn(x, x, k=k, rng=0) == pytest.approx(digamma(300) - digamma(k) - 1 / k, abs=1e-9)


def test_ties_are_broken_by_noise_from_the_seed():
    rng = np.random.default_rng(0)
    x = rng.integers(0, 4, 1000)
    y = (x + (rng.uniform(size=1000) < 0.3)) % 4
    truth = LN2 * 2 - entropy([0.7, 0.3])
    value = mutual_information_knn(x, y, rng=1)
    assert value == mutual_information_knn(x, y, rng=1) == mutual_information_knn(x.tolist(), y.tolist(), rng=1)
    assert value != mutual_information_knn(x, y, rng=2)
    assert value == pytest.approx(truth, abs=0.1)


@pytest.mark.parametrize(("rho", "truth"), [(0.0, 0.0), (0.5, 0.144), (0.9, 0.830)])
def test_noise_from_the_seed_of_the_data_is_not_the_data(rho, truth):
    x, y = (np.round(a, 1) for a in correlated(rho, 2000, seed=0))
    assert mutual_information_knn(x, y, rng=0) == pytest.approx(truth, abs=0.1)
    assert mutual_information_knn(x, y, rng=np.random.default_rng(0)) == pytest.approx(truth, abs=0.1)


def test_the_seed_changes_nothing_where_there_are_no_ties():
    x, y = correlated(0.6, 500, 0)
    assert mutual_information_knn(x, y, rng=0) == mutual_information_knn(x, y, rng=1) == mutual_information_knn(x, y)


def test_equally_spaced_values_tie_in_their_distances_and_are_handled():
    ranks = np.arange(1000)
    shuffled = np.random.default_rng(0).permutation(1000)
    assert abs(mutual_information_knn(ranks, shuffled, rng=0)) < 0.1
    assert mutual_information_knn(ranks, ranks, rng=0) > 5


def test_a_constant_tells_nothing():
    x, y = correlated(0.6, 100, 0)
    assert mutual_information_knn(np.full(100, 0.1), y, rng=0) == 0.0
    assert mutual_information_knn(x, np.full((100, 2), 7), rng=0) == 0.0
    both = np.c_[x, np.full(100, 0.1)]
    assert mutual_information_knn(both, y, rng=0) == pytest.approx(mutual_information_knn(x, y, rng=0), abs=1e-9)


def test_the_smallest_sample():
    assert np.isfinite(mutual_information_knn([1, 2], [3, 5], k=1, rng=0))


def test_samples_are_left_alone():
    x, y = correlated(0.6, 50, 0)
    before = x.copy(), y.copy()
    mutual_information_knn(x, y)
    mutual_information_histogram(x, y)
    differential_entropy(x)
    permutation_test(x, y, n_permutations=3, rng=0)
    np.testing.assert_array_equal((x, y), before)


@pytest.mark.parametrize(
    ("x", "y", "k", "error", "message"),
    [
        ([1, 2, 3], [1, 2, 3], 3, ValueError, "k must be below the number of samples, 3, got 3"),
        ([1, 2, 3], [1, 2, 3], 0, ValueError, "k must be at least 1, got 0"),
        ([1, 2, 3], [1, 2, 3], 1.5, TypeError, "k must be a whole number, got 1.5"),
        ([1, 2, 3], [1, 2], 1, ValueError, "y must have as many rows as x, 3, got 2"),
        ([1, 2, np.nan], [1, 2, 3], 1, ValueError, "x must be finite, got nan at index [2]"),
        ([1, 2, 3], [1, 2, -np.inf], 1, ValueError, "y must be finite, got -inf at index [2]"),
        (1.0, [1, 2, 3], 1, ValueError, "x must have shape (n,) or (n, d) with samples as rows, got ()"),
        ([], [], 1, ValueError, "x must have shape (n,) or (n, d) with samples as rows, got (0,)"),
    ],
)
def test_bad_samples_are_named(x, y, k, error, message):
    with pytest.raises(error, match=re.escape(message)):
        mutual_information_knn(x, y, k=k)


def test_bad_samples_of_an_entropy_are_named():
    for samples, k, message in (
        ([1, 2, 3], 3, "k must be below the number of samples, 3, got 3"),
        ([1, np.inf, 3], 1, "samples must be finite, got inf at index [1]"),
        (np.zeros((2, 2, 2)), 1, "samples must have shape (n,) or (n, d) with samples as rows, got (2, 2, 2)"),
    ):
        with pytest.raises(ValueError, match=re.escape(message)):
            differential_entropy(samples, k=k)


def test_a_seed_is_a_seed():
    with pytest.raises(TypeError, match="rng must be None, a non-negative integer or a numpy Generator, got 'seed'"):
        mutual_information_knn([1, 2, 3, 4], [1, 2, 3, 4], k=1, rng="seed")


# --- the histogram ----------------------------------------------------------------------------------------------------


def test_the_histogram_by_hand():
    """Two bins each, counts [[2, 0], [0, 2]]: ln 2, less 1 · 1/(2 · 4)."""
    x = [0, 0.1, 0.9, 1]
    assert mutual_information_histogram(x, x, bins=2, correct=False) == pytest.approx(LN2)
    assert mutual_information_histogram(x, x, bins=2) == pytest.approx(LN2 - 1 / 8)


def test_the_correction_removes_the_bias_where_every_cell_is_possible():
    """500 samples of independent uniform knobs, 8 x 8 bins: bias 0.049 before; after, less than a tenth of it."""
    raw, corrected = (
        np.array(
            [
                mutual_information_histogram(*np.random.default_rng(seed).uniform(size=(2, 500)), 8, correct)
                for seed in range(200)
            ]
        )
        for correct in (False, True)
    )
    assert raw.mean() > 0.045
    assert abs(corrected.mean()) < 0.005


def test_the_correction_takes_away_too_much_where_cells_are_impossible():
    """x = y on 8 values: 8 cells of 64 are possible, the bias is that of one entropy, −7/2n, and its sign is other."""
    n, truth = 200, np.log(8)
    estimates = []
    for seed in range(200):
        x = np.random.default_rng(seed).integers(0, 8, n)
        estimates.append(mutual_information_histogram(x, x, bins=8, correct=False))
    assert np.mean(estimates) == pytest.approx(truth - 7 / (2 * n), abs=0.003)
    assert np.mean(estimates) < truth


def test_the_histogram_of_what_does_not_vary():
    assert mutual_information_histogram([1.0] * 9, np.arange(9)) == 0.0
    assert mutual_information_histogram([1.0], [2.0]) == 0.0


def test_bins_for_x_and_y():
    x, y = correlated(0.5, 300, 0)
    assert mutual_information_histogram(x, y, bins=(4, 6)) == pytest.approx(
        mutual_information_histogram(y, x, bins=[6, 4]), abs=1e-14
    )
    assert mutual_information_histogram(x, y, bins=np.array([5, 5])) == mutual_information_histogram(x, y, bins=5)
    for bins, error, message in (
        (0, ValueError, "bins must be at least 1, got 0"),
        ((3, 4, 5), ValueError, "bins must be one number or two, for x and for y, got (3, 4, 5)"),
        (2.5, TypeError, "bins must be a whole number, got 2.5"),
    ):
        with pytest.raises(error, match=re.escape(message)):
            mutual_information_histogram(x, y, bins=bins)
    with pytest.raises(ValueError, match="y must have as many rows as x, 300, got 299"):
        mutual_information_histogram(x, y[1:])


# --- permutation test -------------------------------------------------------------------------------------------------


def correlation(x, y):
    return abs(np.corrcoef(x, y)[0, 1])


def test_the_p_value_counts_the_data_as_one_of_the_permutations():
    x, y = correlated(0.95, 50, 0)
    statistic, pvalue, null = permutation_test(x, y, correlation, n_permutations=99, rng=0)
    assert statistic == correlation(x, y)
    assert null.shape == (99,)
    assert pvalue == 1 / 100


def test_a_statistic_that_never_changes_has_p_value_one():
    assert permutation_test([1, 2, 3], [4, 5, 6], lambda x, y: 0.1 + 0.2, n_permutations=9, rng=0).pvalue == 1.0


def test_equal_permutations_count_though_their_sums_are_rounded_otherwise():
    """y has one 1 among n zeros: |corr| of x = 0.1 everywhere but there takes one of two values."""
    x, y = np.full(10, 0.1), np.zeros(10)
    x[0] = y[0] = 1
    test = permutation_test(x, y, lambda x, y: np.sum(x * y) + 1e6 * np.sum(x), n_permutations=499, rng=0)
    assert test.pvalue == pytest.approx(0.1, abs=0.05)


def test_p_values_of_independent_samples_are_uniform():
    """300 samples of 12 rows, 19 permutations: p takes 1/20, ..., 20/20 equally often (chi-squared, 19 degrees)."""
    rng = np.random.default_rng(0)
    pvalues = [
        permutation_test(*rng.normal(size=(2, 12)), correlation, n_permutations=19, rng=rng).pvalue for _ in range(400)
    ]
    counts = np.bincount(np.round(np.multiply(pvalues, 20)).astype(int), minlength=21)[1:]
    assert counts.sum() == 400
    assert scipy.stats.chisquare(counts).pvalue > 0.001


def test_it_agrees_with_scipys_on_the_same_null():
    x, y = correlated(0.4, 25, 3)
    ours = permutation_test(x, y, correlation, n_permutations=1999, rng=0).pvalue
    theirs = scipy.stats.permutation_test(
        (y,), lambda y: correlation(x, y), permutation_type="pairings", n_resamples=1999, alternative="greater", rng=1
    ).pvalue
    spread = np.sqrt(2 * theirs * (1 - theirs) / 2000)
    assert abs(ours - theirs) < 4 * spread


def test_the_default_statistic_is_the_neighbours_and_follows_the_seed():
    rng = np.random.default_rng(0)
    x = rng.uniform(-1, 1, 150).round(1)  # with ties
    y = np.abs(x) + 0.1 * rng.normal(size=150)
    first, second = (permutation_test(x, y, n_permutations=49, rng=5) for _ in range(2))
    assert first.statistic == second.statistic
    np.testing.assert_array_equal(first.null, second.null)
    assert first.pvalue == 1 / 50
    independent = [permutation_test(x, rng.normal(size=150), n_permutations=19, rng=5).pvalue for _ in range(12)]
    assert 0.2 < np.mean(independent) < 0.8  # 3.6 standard errors about 1/2


def test_rows_of_any_type_are_shuffled_whole():
    labels, split = np.array(["good", "bad"] * 10), np.arange(20) % 2 == 0
    assert permutation_test(labels, split, information_gain, n_permutations=99, rng=0).pvalue == 0.01
    Y = np.arange(12).reshape(6, 2)
    permutation_test(range(6), Y, lambda x, y: float((y[:, 1] - y[:, 0] == 1).all()), n_permutations=5, rng=0)


@pytest.mark.parametrize(
    ("x", "y", "statistic", "n_permutations", "error", "message"),
    [
        ([1, 2], [1, 2, 3], None, 9, ValueError, "y must have as many rows as x, 2, got 3"),
        ([1], [1], None, 9, ValueError, "x must have at least 2 samples as rows, got shape (1,)"),
        ([1, 2], 3, None, 9, ValueError, "y must have at least 2 samples as rows, got shape ()"),
        ([1, 2], [1, 2], "ksg", 9, TypeError, "statistic must be a function of x and y, got 'ksg'"),
        ([1, 2], [1, 2], lambda x, y: x, 9, ValueError, "statistic must return one finite number, got [1. 2.]"),
        ([1, 2], [1, 2], lambda x, y: np.nan, 9, ValueError, "statistic must return one finite number, got nan"),
        ([1, 2], [1, 2], correlation, 0, ValueError, "n_permutations must be at least 1, got 0"),
    ],
)
def test_bad_permutation_tests_are_named(x, y, statistic, n_permutations, error, message):
    with pytest.raises(error, match=re.escape(message)):
        permutation_test(x, y, statistic, n_permutations=n_permutations, rng=0)


# --- splits -----------------------------------------------------------------------------------------------------------


def test_the_gain_of_quinlans_outlook():
    """Quinlan (1986), the weather example: 14 mornings, outlook gains 0.246 bits (0.247 without his rounding)."""
    labels = [*"NNNPP", *"PPPP", *"PPPNN"]
    outlook = ["sunny"] * 5 + ["overcast"] * 4 + ["rain"] * 5
    assert information_gain(labels, outlook, base=2) == pytest.approx(0.2467, abs=5e-5)


@given(seeds, st.integers(1, 40), st.integers(1, 4), st.integers(1, 4))
@settings(max_examples=40, deadline=None)
def test_gains_are_what_is_taken_from_entropy_and_variance(seed, n, classes, branches):
    rng = np.random.default_rng(seed)
    labels, split, values = rng.integers(0, classes, n), rng.integers(-1, branches, n), rng.normal(5, 2, n)

    def left_over(measure, numbers):
        return measure(numbers) - sum(
            (split == b).mean() * measure(numbers[split == b]) for b in range(-1, branches) if (split == b).any()
        )

    gain = information_gain(labels, split)
    assert gain == pytest.approx(left_over(lambda a: entropy(np.bincount(a) / len(a)), labels), abs=1e-13)
    assert gain == pytest.approx(mutual_info_score(labels, split), abs=1e-13)
    assert variance_reduction(values, split) == pytest.approx(left_over(np.var, values), abs=1e-12)
    assert 0 <= variance_reduction(values, split) <= values.var() + 1e-12


def test_as_many_classes_and_branches_as_rows_take_no_table_of_them_all():
    n = 200_000
    assert information_gain(np.arange(n), np.arange(n)) == pytest.approx(np.log(n))


def trees(criterion, x, y):
    make = DecisionTreeClassifier if criterion == "entropy" else DecisionTreeRegressor
    tree = make(criterion=criterion, max_depth=1, random_state=0).fit(x[:, None], y).tree_
    return tree.threshold[0], tree.compute_feature_importances(normalize=False)[0]


@given(seeds, st.integers(10, 80))
@settings(max_examples=30, deadline=None)
def test_the_best_split_is_scikit_learns(seed, n):
    rng = np.random.default_rng(seed)
    x = rng.permutation(n) / 64.0  # exact in scikit-learn's single precision
    y = np.where(x > n / 160, rng.normal(1, 1, n), rng.normal(0, 1, n))
    threshold, gain = best_split(x, y, criterion="variance")
    their_threshold, their_decrease = trees("squared_error", x, y)
    assert threshold == their_threshold
    assert gain == pytest.approx(their_decrease, rel=1e-9)
    assert gain == pytest.approx(variance_reduction(y, x <= threshold), rel=1e-12)

    labels = np.digitize(y, [-0.5, 1.0])
    threshold, gain = best_split(x, labels)
    their_threshold, their_decrease = trees("entropy", x, labels)
    assert gain / LN2 == pytest.approx(their_decrease, abs=1e-12)
    assert gain == pytest.approx(information_gain(labels, x <= threshold), abs=1e-13)
    if threshold != their_threshold:  # two thresholds that are equally good
        assert information_gain(labels, x <= their_threshold) == pytest.approx(gain, abs=1e-13)
        assert threshold < their_threshold


@given(seeds, st.integers(2, 25))
@settings(max_examples=40, deadline=None)
def test_no_threshold_is_better(seed, n):
    rng = np.random.default_rng(seed)
    x, y = rng.integers(0, 8, n).astype(float), rng.integers(0, 3, n)
    x[:2] = 0, 7
    for criterion, gain_of in (("information", information_gain), ("variance", variance_reduction)):
        threshold, gain = best_split(x, y, criterion=criterion)
        assert gain == pytest.approx(gain_of(y, x <= threshold), abs=1e-13)
        for other in np.unique(x)[:-1]:
            assert gain_of(y, x <= other) <= gain + 1e-13


def test_equal_values_stay_on_one_side():
    assert best_split([1, 1, 1, 2], [0, 0, 1, 1]).threshold == 1.5
    assert best_split([2, 1], ["b", "a"]) == (1.5, pytest.approx(LN2))


def test_of_equal_splits_the_lowest_is_taken():
    assert best_split([1, 2, 3, 4], [0, 1, 1, 0]).threshold == 1.5
    assert best_split([1, 2, 3], [0.3, 0.3, 0.3], criterion="variance") == (1.5, 0.0)
    assert best_split([1, 2, 3], ["a", "a", "a"]) == (1.5, 0.0)


def test_the_threshold_lies_between_the_two_values_though_they_be_neighbours_or_huge():
    a = 1.0
    b = np.nextafter(a, 2)
    assert best_split([a, b], [0, 1]).threshold == a
    assert best_split([1e308, 1.6e308], [0, 1]).threshold == pytest.approx(1.3e308)


def test_values_far_from_zero_keep_their_digits():
    y = 1e8 + np.array([0.0, 1e-3, 2e-3, 5e-3])
    exact = y - 1e8
    assert best_split(range(4), y, "variance").gain == pytest.approx(best_split(range(4), exact, "variance").gain)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: information_gain([0, 1], [True]), ValueError, "split must have as many rows as labels, 2, got 1"),
        (lambda: information_gain([], []), ValueError, "labels must have shape (n,) with n >= 1, got (0,)"),
        (
            lambda: information_gain([0, 1], [0.2, 0.3]),
            ValueError,
            "split must be whole numbers, booleans or strings that name classes, got 0.2",
        ),
        (
            lambda: information_gain([0, np.nan], [0, 1]),
            ValueError,
            "labels must be whole numbers, booleans or strings that name classes, got nan",
        ),
        (
            lambda: information_gain([0, None], [0, 1]),
            TypeError,
            "labels must be whole numbers, booleans or strings, not a mixture, got [0, None]",
        ),
        (lambda: variance_reduction([0, 1], [0]), ValueError, "split must have as many rows as values, 2, got 1"),
        (lambda: variance_reduction([0, np.nan], [0, 1]), ValueError, "values must be finite, got nan at index [1]"),
        (lambda: best_split([1, 2], [0, 1, 1]), ValueError, "y must have as many rows as x, 2, got 3"),
        (
            lambda: best_split([2, 2], [0, 1]),
            ValueError,
            "x must have two different values to be split between, got 2.0 only",
        ),
        (lambda: best_split([1, np.inf], [0, 1]), ValueError, "x must be finite, got inf at index [1]"),
        (
            lambda: best_split([1, 2], [0.5, 1]),
            ValueError,
            "y must be whole numbers, booleans or strings that name classes, got 0.5",
        ),
        (lambda: best_split([1, 2], [[0], [1]]), ValueError, "y must have shape (n,), got (2, 1)"),
        (
            lambda: best_split([1, 2], [0.5, np.nan], criterion="variance"),
            ValueError,
            "y must be finite, got nan at index [1]",
        ),
        (
            lambda: best_split([1, 2], [0, 1], criterion="gini"),
            ValueError,
            "criterion must be one of 'information', 'variance', got 'gini'",
        ),
    ],
)
def test_bad_splits_are_named(call, error, message):
    with pytest.raises(error, match=re.escape(message)):
        call()
