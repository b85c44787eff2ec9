"""Acquisitions: closed forms, 50 digits, quadrature, Monte Carlo, differences, and what is no prediction."""

from __future__ import annotations

import re
import subprocess
import sys
import warnings
from itertools import pairwise

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import dblquad, quad
from scipy.linalg import sqrtm
from scipy.stats import norm, truncnorm

from hpmath import (
    batch_expected_improvement,
    expected_hypervolume_improvement,
    expected_improvement,
    feasibility,
    gradient,
    log_expected_improvement,
    lower_confidence_bound,
    max_value_entropy_search,
    probability_of_improvement,
    sample_minima,
    thompson_sample,
)
from hpmath._normal import by_blocks, excess

means, stds = st.floats(-5, 5), st.floats(0.05, 5)
seeds = st.integers(0, 10**6)
RULES = {
    "pi": probability_of_improvement,
    "ei": expected_improvement,
    "log_ei": log_expected_improvement,
    "lcb": lambda mean, std, best, **kw: lower_confidence_bound(mean, std, abs(best), **kw),
    "mes": lambda mean, std, best, **kw: max_value_entropy_search(mean, std, [best, best - 1], **kw),
    "feasibility": feasibility,
}
each_rule = pytest.mark.parametrize("rule", RULES.values(), ids=RULES)


@pytest.fixture(autouse=True)
def _no_warnings():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


# --- the truth to 50 digits


def digits_for(z):
    """Working digits that leave 50 after all cancellation: φ + zΦ loses z², and z²/2 is subtracted in the exponent."""
    return 60 + int(4 * np.log10(1 + abs(z)))


def mills(t):
    """Φ(−t)/φ(t) at t > 0 by Laplace's continued fraction 1/(t + 1/(t + 2/(t + …)))."""
    value = t
    for k in range(400, 0, -1):
        value = t + k / value
    return 1 / value


def true_log_ei(z):
    """log E (z + Z)₊, with φ(z) taken out where it is tiny."""
    with mpmath.workdps(digits_for(z)):
        z = mpmath.mpf(z)
        if z > -10:
            return mpmath.log(z * mpmath.ncdf(z) + mpmath.npdf(z))
        return -z * z / 2 - mpmath.log(2 * mpmath.pi) / 2 + mpmath.log(1 + z * mills(-z))


def relative_error(value, truth):
    with mpmath.workdps(50):
        return float(abs(mpmath.mpf(float(value)) / truth - 1))


Z = [-1e6, -12345.0, -1e3, -300.0, -50.0, -38.7, -30.0, -20.0, -15.0, -12.0, -8.0, -5.0, -3.0]
Z += [-2.0, -1.5, -1.0 - 1e-12, -1.0, -0.5, -1e-3, 0.0, 1e-9, 0.4, 1.0, 1.5, 3.0, 7.0, 20.0, 1e3]


def test_the_truth_agrees_with_itself_where_its_two_forms_meet():
    with mpmath.workdps(60):
        for z in (-10, -15, -25):
            z = mpmath.mpf(z)
            mill = mpmath.ncdf(z) / mpmath.npdf(z)
            assert abs(mills(-z) / mill - 1) < 1e-40


@pytest.mark.parametrize("z", Z)
def test_log_ei_to_twelve_digits(z):
    assert relative_error(log_expected_improvement(-z, 1.0, 0.0), true_log_ei(z)) < 1e-12


def test_log_ei_to_twelve_digits_all_the_way():
    z = np.concatenate([-np.geomspace(1e-6, 1e6, 60), np.geomspace(1e-6, 0.8, 15), np.geomspace(1, 1e3, 20)])
    ours = log_expected_improvement(-z, 1.0, 0.0)
    assert max(relative_error(a, true_log_ei(b)) for a, b in zip(ours, z, strict=True)) < 1e-12


def test_ei_keeps_its_digits_until_it_underflows():
    z = np.linspace(-37, 5, 85)
    for value, score in zip(expected_improvement(-z, 1.0, 0.0), z, strict=True):
        assert relative_error(value, mpmath.exp(true_log_ei(score))) < 2e-13  # z² ε/2 is lost in e^(−z²/2) alone


def test_slopes_of_log_ei_keep_their_digits_in_the_tail():
    for z in (-1e6, -1e3, -100.0, -30.0, -3.0, -1.5, -0.7, 0.5, 4.0):
        with mpmath.workdps(digits_for(z)):
            x = mpmath.mpf(z)
            m = mills(-x) if x < -10 else mpmath.ncdf(x) / mpmath.npdf(x)
            d_mean, d_std = -m / (1 + x * m) / 2, 1 / (1 + x * m) / 2  # at std = 2
        _, by_mean, by_std = log_expected_improvement(-2 * z, 2.0, 0.0, gradient=True)
        assert relative_error(by_mean, d_mean) < 2e-13
        assert relative_error(by_std, d_std) < 2e-13


def test_moments_beyond_a_threshold_by_quadrature():
    """E[(Z − t)₊ᵏ]/φ(t) = ∫ xᵏ exp(−tx − x²/2) dx."""
    for t in (0.0, 0.3, 2.0, 9.0, 80.0, 1e4):
        for k in range(3):
            with mpmath.workdps(30):
                truth = mpmath.quad(
                    lambda s, t=t, k=k: s**k * mpmath.exp(-t / (t + 1) * s - (s / (t + 1)) ** 2 / 2),
                    [0, 1, 4, 16, 40, 90],
                ) / mpmath.mpf(t + 1) ** (k + 1)
            assert relative_error(excess(np.array([t]), k)[0], truth) < 1e-13
    assert [excess(np.array([np.inf]), k)[0] for k in range(3)] == [0, 0, 0]


# --- improvement: closed forms


def test_improvement_by_hand():
    assert expected_improvement(0.0, 1.0, 0.0) == pytest.approx(1 / np.sqrt(2 * np.pi), rel=1e-15)
    assert log_expected_improvement(0.0, 1.0, 0.0) == pytest.approx(-np.log(2 * np.pi) / 2, rel=1e-15)
    assert probability_of_improvement(0.0, 1.0, 0.0) == 0.5
    assert probability_of_improvement(-1.0, 0.5, 0.0) == pytest.approx(0.9772498680518208)  # Φ(2)
    np.testing.assert_allclose(lower_confidence_bound([1, -2], [3, 0], 2), [5, 2])
    np.testing.assert_array_equal(lower_confidence_bound([1, -2], [3, 0], 0), [-1, 2])


@given(means, stds, means, st.floats(0, 2))
@settings(max_examples=60)
def test_improvement_is_the_integral_it_stands_for(mean, std, best, xi):
    target = best - xi
    edge = max(target, mean - 12 * std)
    integral = quad(lambda y: max(target - y, 0) * norm.pdf(y, mean, std), mean - 12 * std, edge, epsabs=1e-12)[0]
    assert expected_improvement(mean, std, best, xi=xi) == pytest.approx(integral, rel=1e-7, abs=1e-9)
    assert probability_of_improvement(mean, std, best, xi=xi) == pytest.approx(norm.cdf(target, mean, std), rel=1e-12)


@given(means, stds, means)
@settings(max_examples=60)
def test_units_and_origin_of_the_objective_do_not_matter(mean, std, best):
    ei, log_ei = expected_improvement(mean, std, best), log_expected_improvement(mean, std, best)
    for scale in (1e-8, 1e8):
        assert expected_improvement(scale * mean, scale * std, scale * best) == pytest.approx(scale * ei, rel=1e-10)
        scaled = log_expected_improvement(scale * mean, scale * std, scale * best)
        assert scaled == pytest.approx(log_ei + np.log(scale), rel=1e-10, abs=1e-10)
    assert expected_improvement(mean - best, std, 0.0) == pytest.approx(ei, rel=1e-12)
    assert np.exp(log_ei) == pytest.approx(ei, rel=1e-10)
    assert ei >= max(best - mean, 0)  # Jensen
    assert ei - expected_improvement(-mean, std, -best) == pytest.approx(best - mean, abs=1e-13)  # E(x)₊ − E(−x)₊ = Ex


@given(means, stds, means, st.floats(0.01, 3))
@settings(max_examples=60)
def test_improvement_falls_with_the_mean_and_grows_with_the_spread(mean, std, best, more):
    for rule in (expected_improvement, log_expected_improvement):
        assert rule(mean + more, std, best) <= rule(mean, std, best)
        assert rule(mean, std + more, best) >= rule(mean, std, best)
    assert probability_of_improvement(mean + more, std, best) <= probability_of_improvement(mean, std, best)


def test_probability_of_improvement_shuns_the_spread_where_the_mean_is_already_better():
    assert probability_of_improvement(-1.0, 2.0, 0.0) < probability_of_improvement(-1.0, 1.0, 0.0)
    assert probability_of_improvement(1.0, 2.0, 0.0) > probability_of_improvement(1.0, 1.0, 0.0)


def test_log_ei_still_has_a_slope_where_ei_is_flat():
    mean = np.array([50.0, 100.0])
    assert (expected_improvement(mean, 1.0, 0.0) == 0).all()
    value, d_mean, d_std = log_expected_improvement(mean, 1.0, 0.0, gradient=True)
    assert value[0] > value[1]
    np.testing.assert_allclose(d_mean, -mean, rtol=1e-3)  # −z²/2 in z
    np.testing.assert_allclose(d_std, mean**2, rtol=3e-3)


# --- gradients


@each_rule
@given(mean=means, std=st.floats(0.3, 5), best=means)
@settings(max_examples=25)
def test_gradients_are_those_of_differences(rule, mean, std, best):
    value, d_mean, d_std = rule([mean], [std], best, gradient=True)
    np.testing.assert_array_equal(value, rule([mean], [std], best))
    f = lambda p: rule(p[0], p[1], best)  # noqa: E731
    np.testing.assert_allclose([d_mean[0], d_std[0]], gradient(f, [mean, std], step=1e-5), rtol=1e-4, atol=1e-7)


def test_the_two_derivatives_of_ei():
    """∂EI/∂μ = −Φ(z) and ∂EI/∂σ = φ(z)."""
    z = np.linspace(-5, 5, 11)
    _, d_mean, d_std = expected_improvement(1.0 - 2 * z, 2.0, 1.0, gradient=True)
    np.testing.assert_allclose(d_mean, -norm.cdf(z), rtol=1e-14)
    np.testing.assert_allclose(d_std, norm.pdf(z), rtol=1e-14)


# --- certainty


def test_without_spread_the_mean_decides():
    mean = [-1.0, 0.0, 1.0]
    np.testing.assert_array_equal(expected_improvement(mean, 0.0, 0.0), [1, 0, 0])
    np.testing.assert_array_equal(expected_improvement(mean, 0.0, 0.0, xi=0.5), [0.5, 0, 0])
    np.testing.assert_array_equal(log_expected_improvement(mean, 0.0, 0.0), [0, -np.inf, -np.inf])
    np.testing.assert_array_equal(probability_of_improvement(mean, 0.0, 0.0), [1, 0, 0])
    np.testing.assert_array_equal(feasibility(mean, 0.0, 0.0), [1, 1, 0])
    np.testing.assert_array_equal(max_value_entropy_search(mean, 0.0, [-2.0, 0.0, 3.0]), [0, 0, 0])


def test_gradients_without_spread_are_finite_and_those_of_a_little_spread():
    mean = np.array([-1.0, 1.0])
    for rule in RULES.values():
        certain, nearly = (rule(mean, std, 0.0, gradient=True)[1:] for std in (0.0, 1e-4))
        for exact, near in zip(certain, nearly, strict=True):
            assert np.isfinite(exact).all()
            if rule not in (log_expected_improvement, RULES["mes"]):
                np.testing.assert_allclose(exact, near, atol=1e-12)
    _, d_mean, d_std = log_expected_improvement(mean, 0.0, 0.0, gradient=True)
    np.testing.assert_array_equal(d_mean, [-1, 0])  # −1/gain; none where the value is −inf
    np.testing.assert_array_equal(d_std, [0, 0])
    _, d_mean, d_std = expected_improvement(0.0, 0.0, 0.0, gradient=True)
    assert (d_mean, d_std) == (-0.5, pytest.approx(norm.pdf(0)))


@each_rule
def test_extreme_predictions_give_numbers_without_warnings(rule):
    mean = np.array([-1e300, -1.0, -1e-300, 0.0, 1e-300, 1.0, 1e300])
    for std in (0.0, 5e-324, 1e-300, 1.0, 1e300):
        for array in rule(mean, std, 0.0, gradient=True):
            assert not np.isnan(array).any()


# --- max-value entropy search


@given(means, st.floats(0.2, 3), st.floats(-6, 2))
@settings(max_examples=40)
def test_mes_is_the_entropy_that_truncation_takes(mean, std, gap):
    f_min = mean + std * gap
    truncated = truncnorm((f_min - mean) / std, 40, loc=mean, scale=std)  # at infinity SciPy multiplies inf by 0
    lost = norm(mean, std).entropy() - truncated.entropy()
    assert max_value_entropy_search(mean, std, [f_min]) == pytest.approx(lost, rel=1e-6, abs=1e-9)


def test_mes_by_quadrature_and_as_a_mean_over_minima():
    mean, std, minima = 0.7, 1.3, [-1.0, 0.2, 1.9]
    lost = []
    for f_min in minima:
        mass = norm.sf(f_min, mean, std)
        density = lambda y, mass=mass: norm.pdf(y, mean, std) / mass  # noqa: E731
        entropy = -quad(lambda y, density=density: density(y) * np.log(density(y)), f_min, mean + 12 * std)[0]
        lost.append(norm(mean, std).entropy() - entropy)
    assert max_value_entropy_search(mean, std, minima) == pytest.approx(np.mean(lost), rel=1e-9)
    for f_min, one in zip(minima, lost, strict=True):
        assert max_value_entropy_search(mean, std, f_min) == pytest.approx(one, rel=1e-9)


def test_mes_by_monte_carlo():
    """The entropy of N(0, 1) above −1/2 as minus the mean log density of 10⁶ draws, to 4 standard errors."""
    draws = np.random.default_rng(0).normal(size=10**6)
    draws = draws[draws > -0.5]
    surprise = -norm.logpdf(draws) + np.log(norm.sf(-0.5))
    error = surprise.std() / np.sqrt(len(draws))
    assert abs(max_value_entropy_search(0.0, 1.0, [-0.5]) - (norm.entropy() - surprise.mean())) < 4 * error


def test_mes_is_stable_for_minima_far_on_either_side():
    for gamma in (-1e8, -1e5, -1e3, -50.0, -5.0, -1e-3, 0.0, 2.0, 20.0, 37.0):
        with mpmath.workdps(digits_for(gamma)):
            g = mpmath.mpf(gamma)
            inverse = 1 / mills(-g) if g < -10 else mpmath.npdf(g) / mpmath.ncdf(g)
            log_phi = -g * g / 2 - mpmath.log(2 * mpmath.pi) / 2
            # for large γ, log Φ = log(1 − Φ(−γ)) needs the digits of Φ(−γ)
            log_Phi = log_phi - mpmath.log(inverse) if g < 0 else mpmath.log1p(-mpmath.erfc(g / mpmath.sqrt(2)) / 2)
            truth = g * inverse / 2 - log_Phi
            slope = -inverse * (1 + g * (g + inverse)) / 2
        value, d_mean, _ = max_value_entropy_search(gamma, 1.0, [0.0], gradient=True)
        assert relative_error(value, truth) < 1e-12
        assert relative_error(d_mean, slope) < 1e-12
    assert max_value_entropy_search(1e5, 1.0, [0.0]) == 0


def test_mes_prefers_the_point_that_may_hold_the_minimum():
    assert np.argmax(max_value_entropy_search([0.0, 2.0, 2.0], [1.0, 1.0, 0.1], [-1.5, -1.0])) == 0


# --- constraints


def test_feasibility_is_a_probability():
    np.testing.assert_allclose(feasibility([0, 1, -3], [1, 2, 0.5], 0.0), norm.cdf([0, -0.5, 6]))
    assert feasibility(2.0, 1.0, threshold=2.0) == 0.5


# --- models that can be sampled


class Independent:
    """Normal values of known mean and spread at every point."""

    def __init__(self, mean, std):
        self.mean, self.std = np.asarray(mean), np.asarray(std)

    def sample(self, X, n, rng):
        return self.mean + self.std * rng.normal(size=(n, len(X)))


def test_thompson_proposes_each_point_as_often_as_it_is_best():
    """P(N(0, 1) < N(1, 1)) = Φ(1/√2), in 4,000 draws to 4 standard errors."""
    model, X = Independent([0.0, 1.0], [1.0, 1.0]), [[0.0], [1.0]]
    rng = np.random.default_rng(0)
    wins = np.mean([thompson_sample(model, X, rng).argmax() == 0 for _ in range(4000)])
    p = norm.cdf(1 / np.sqrt(2))
    assert abs(wins - p) < 4 * np.sqrt(p * (1 - p) / 4000)
    np.testing.assert_array_equal(thompson_sample(model, X, 7), -model.sample(X, 1, np.random.default_rng(7))[0])
    assert thompson_sample(model, X, 7).shape == (2,)


def test_sampled_minima_have_the_distribution_of_the_minimum():
    """The minimum of m independent N(0, 1) has mean −∫ … ; three of them: −3/(2√π) (order statistics), to 4 errors."""
    minima = sample_minima(Independent(np.zeros(3), np.ones(3)), np.zeros((3, 1)), n=20_000, rng=0)
    assert minima.shape == (20_000,)
    assert abs(minima.mean() + 3 / (2 * np.sqrt(np.pi))) < 4 * minima.std() / np.sqrt(20_000)


def test_a_gaussian_process_can_be_sampled():
    from hpmath import GaussianProcess

    X = np.linspace(0, 1, 6)[:, None]
    y = np.sin(6 * X[:, 0])
    model = GaussianProcess(noise=1e-6, rng=0).fit(X, y)
    grid = np.linspace(0, 1, 50)[:, None]
    assert thompson_sample(model, grid, 0).shape == (50,)
    minima = sample_minima(model, grid, 8, 0)
    mean, std = model.predict(grid, return_std=True)
    information = max_value_entropy_search(mean, std, minima)
    assert information.shape == (50,)
    assert (information >= 0).all()


# --- batches


def test_a_batch_of_one_is_ei_and_a_certain_batch_its_best_gain():
    assert batch_expected_improvement([0.3], [[0.49]], 0.1, n_samples=2**14, rng=0) == pytest.approx(
        expected_improvement(0.3, 0.7, 0.1), rel=1e-3
    )
    assert batch_expected_improvement([0.3, -1.0], np.zeros((2, 2)), 0.1, rng=0) == pytest.approx(1.1)


def test_two_independent_points_by_quadrature():
    mean, std, best = np.array([0.2, -0.1]), np.array([0.5, 1.0]), 0.0
    survive = lambda y: norm.sf(y, mean[0], std[0]) * norm.sf(y, mean[1], std[1])  # noqa: E731
    truth = quad(lambda y: 1 - survive(y), -12, best)[0]  # E(f⋆ − min)₊ = ∫ P(min < y) dy
    ours = batch_expected_improvement(mean, np.diag(std**2), best, n_samples=2**14, rng=0)
    assert ours == pytest.approx(truth, rel=1e-3)


def test_correlated_points_by_monte_carlo():
    """2·10⁶ draws, to 4 standard errors (the quasi-random estimate's own error is far below)."""
    mean, cov = np.array([0.1, 0.0, 0.3]), np.array([[1.0, 0.8, 0.1], [0.8, 1.0, 0.0], [0.1, 0.0, 0.3]])
    draws = np.random.default_rng(1).multivariate_normal(mean, cov, size=2 * 10**6)
    gains = np.maximum(-0.2 - draws.min(axis=1), 0)
    ours = batch_expected_improvement(mean, cov, -0.1, xi=0.1, n_samples=2**15, rng=0)
    assert abs(ours - gains.mean()) < 4 * gains.std() / np.sqrt(len(gains))


@given(seeds, st.integers(1, 4))
@settings(max_examples=20)
def test_a_batch_is_worth_its_best_point_at_least_and_the_sum_at_most(seed, q):
    rng = np.random.default_rng(seed)
    A = rng.normal(size=(q, q))
    mean, cov = rng.normal(size=q), A @ A.T + 0.01 * np.eye(q)
    u = rng.normal(size=(4000, q))
    joint = batch_expected_improvement(mean, cov, 0.0, base_samples=u)
    f = mean + u @ sqrtm(cov)
    alone = np.maximum(-f, 0).mean(axis=0)
    assert alone.max() - 1e-9 <= joint <= alone.sum() + 1e-9
    assert joint == batch_expected_improvement(mean, cov, 0.0, base_samples=u)


def test_a_batch_with_a_point_twice_is_the_batch_without():
    cov = np.array([[1.0, 0.5, 0.5], [0.5, 1.0, 1.0], [0.5, 1.0, 1.0]])
    three = batch_expected_improvement(np.zeros(3), cov, 0.0, n_samples=2**14, rng=0)
    two = batch_expected_improvement(np.zeros(2), cov[:2, :2], 0.0, n_samples=2**14, rng=0)
    assert three == pytest.approx(two, rel=2e-3)


def test_n_samples_need_no_power_of_two_and_the_seed_decides():
    values = [batch_expected_improvement([0, 0], np.eye(2), 0, n_samples=n, rng=3) for n in (1, 100, 1000, 1000)]
    assert values[2] == values[3]
    assert values[2] == pytest.approx((1 + np.sqrt(0.5)) / np.sqrt(2 * np.pi), abs=0.01)  # E max(X, Y)₊


# --- two objectives


def area(Y, reference):
    """Dominated area by counting, cell by cell, for tests."""
    a = np.unique(np.append(Y[:, 0], reference[0]))
    b = np.unique(np.append(Y[:, 1], reference[1]))
    a, b = a[a <= reference[0]], b[b <= reference[1]]
    lower = np.stack(np.meshgrid(a[:-1], b[:-1], indexing="ij"), axis=-1)
    dominated = (Y[:, None, None] <= lower).all(-1).any(0)
    return float((np.outer(np.diff(a), np.diff(b)) * dominated).sum())


FRONT = np.array([[0.0, 1.0], [0.4, 0.5], [1.0, 0.1]])
REFERENCE = np.array([1.5, 1.2])


def test_without_a_front_ehvi_is_the_product_of_two_improvements():
    mean, std = np.array([[0.3, 0.9], [2.0, 1.0]]), np.array([[0.5, 0.2], [1.0, 1.0]])
    product = expected_improvement(mean, std, [1.5, 1.2]).prod(axis=1)
    for empty in ([], np.empty((0, 2)), [[2.0, 0.0]], [[1.5, 1.2]]):
        ours = expected_hypervolume_improvement(mean, std, empty, REFERENCE)
        np.testing.assert_allclose(ours, product, rtol=1e-14)


def test_a_certain_point_gains_the_area_it_adds():
    rng = np.random.default_rng(0)
    points = rng.uniform(-0.5, 1.7, (200, 2))
    ours = expected_hypervolume_improvement(points, np.zeros((200, 2)), FRONT, REFERENCE)
    gains = [area(np.vstack([FRONT, p]), REFERENCE) - area(FRONT, REFERENCE) for p in points]
    np.testing.assert_allclose(ours, gains, atol=1e-14)
    assert (ours == 0).any()


def test_ehvi_by_quadrature():
    mean, std = np.array([0.3, 0.45]), np.array([0.4, 0.3])
    base = area(FRONT, REFERENCE)

    def integrand(y2, y1):
        gain = area(np.vstack([FRONT, [y1, y2]]), REFERENCE) - base
        return gain * norm.pdf(y1, mean[0], std[0]) * norm.pdf(y2, mean[1], std[1])

    cuts1, cuts2 = [-2.1, 0.0, 0.4, 1.0, 1.5], [-1.4, 0.1, 0.5, 1.0, 1.2]
    boxes = [(a, b) for a in pairwise(cuts1) for b in pairwise(cuts2)]
    truth = sum(dblquad(integrand, *a, *b, epsabs=1e-7, epsrel=1e-6)[0] for a, b in boxes)
    assert expected_hypervolume_improvement([mean], [std], FRONT, REFERENCE)[0] == pytest.approx(truth, abs=2e-6)


@pytest.mark.parametrize("seed", range(4))
def test_ehvi_by_monte_carlo(seed):
    """20,000 draws of a random prediction beside a random front, to 4 standard errors."""
    rng = np.random.default_rng(seed)
    Y, mean, std = rng.uniform(0, 1, (6, 2)), rng.uniform(0, 1, 2), rng.uniform(0.1, 0.6, 2)
    base = area(Y, [1, 1])
    gains = [area(np.vstack([Y, y]), [1, 1]) - base for y in rng.normal(mean, std, (20_000, 2))]
    ours = expected_hypervolume_improvement([mean], [std], Y, [1, 1])[0]
    assert abs(ours - np.mean(gains)) < 4 * np.std(gains) / np.sqrt(len(gains))


@given(seeds, st.integers(0, 6))
@settings(max_examples=30)
def test_what_is_dominated_or_beyond_the_reference_changes_nothing(seed, k):
    rng = np.random.default_rng(seed)
    mean, std, front = rng.normal(size=(3, 2)), rng.uniform(0.1, 1, (3, 2)), rng.normal(size=(k, 2))
    value = expected_hypervolume_improvement(mean, std, front, [1.0, 1.0])
    more = np.vstack([front, front + [0.1, 0.0], front, [[5.0, -9.0], [0.0, 1.0]]])
    again = expected_hypervolume_improvement(mean, std, rng.permutation(more), [1.0, 1.0])
    np.testing.assert_allclose(again, value, rtol=1e-11, atol=1e-15)
    swapped = expected_hypervolume_improvement(mean[:, ::-1], std[:, ::-1], front[:, ::-1], [1.0, 1.0])
    np.testing.assert_allclose(swapped, value, rtol=1e-10, atol=1e-14)
    larger = expected_hypervolume_improvement(mean, std, np.vstack([front, [-0.5, -0.5]]), [1.0, 1.0])
    assert (larger <= value * (1 + 1e-12)).all()
    assert (value >= 0).all()


@given(seeds)
@settings(max_examples=20)
def test_gradients_of_ehvi_are_those_of_differences(seed):
    rng = np.random.default_rng(seed)
    mean, std, front = rng.normal(size=(1, 2)), rng.uniform(0.3, 1, (1, 2)), rng.normal(size=(4, 2))
    value, d_mean, d_std = expected_hypervolume_improvement(mean, std, front, [1, 1], gradient=True)
    assert value[0] == expected_hypervolume_improvement(mean, std, front, [1, 1])[0]
    f = lambda p: expected_hypervolume_improvement([p[:2]], [p[2:]], front, [1, 1])[0]  # noqa: E731
    slopes = gradient(f, np.concatenate([mean[0], std[0]]), step=1e-5)
    np.testing.assert_allclose(np.concatenate([d_mean[0], d_std[0]]), slopes, rtol=1e-5, atol=1e-8)


# --- shapes


@each_rule
def test_lists_numbers_and_arrays_of_any_shape(rule):
    rng = np.random.default_rng(0)
    mean, std = rng.normal(size=(3, 4)), rng.uniform(0.1, 1, (3, 4))
    table = rule(mean, std, 0)
    assert table.shape == (3, 4)
    np.testing.assert_allclose(table.ravel(), rule(mean.ravel().tolist(), std.ravel().tolist(), 0), rtol=1e-14)
    assert rule(mean[:, :1], std[0], 0).shape == (3, 4)
    assert rule([], [], 0).shape == (0,)
    assert all(array.shape == (3, 4) for array in rule(mean, std[0], 0, gradient=True))
    one = rule(1, np.float32(0.5), 0)
    assert isinstance(one, float)
    assert one == rule([1.0], [0.5], 0.0)[0]


@each_rule
def test_many_points_are_worth_what_each_is(rule):
    rng = np.random.default_rng(0)
    mean, std = rng.normal(size=20_001), rng.uniform(0.1, 1, 20_001)
    before = mean.copy(), std.copy()
    many = rule(mean, std, 0.2)
    some = rng.integers(0, 20_001, 50)
    np.testing.assert_allclose(many[some], [rule(mean[i], std[i], 0.2) for i in some], rtol=1e-13)
    assert (mean == before[0]).all()
    assert (std == before[1]).all()


def test_an_uncertain_incumbent_broadcasts():
    incumbents = np.array([[-0.1], [0.0], [0.3]])
    table = expected_improvement([0.0, 1.0], [1.0, 0.5], incumbents)
    assert table.shape == (3, 2)
    np.testing.assert_allclose(table[2], expected_improvement([0.0, 1.0], [1.0, 0.5], 0.3))


def test_blocks_are_put_together_in_order():
    x = np.arange(100_000.0).reshape(100, 1000)
    double, shifted = by_blocks(lambda x, y: (2 * x, x + y), x.T, np.array([5.0]), outputs=2)
    np.testing.assert_array_equal(double, 2 * x.T)
    np.testing.assert_array_equal(shifted, x.T + 5)


def test_no_statistics_are_imported_before_a_batch_needs_them():
    code = "import sys, hpmath; hpmath.expected_improvement(0, 1, 0); print('scipy.stats' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "False\n"


# --- errors


def refused(error, message):
    return pytest.raises(error, match=re.escape(message))


@each_rule
def test_no_prediction(rule):
    with refused(ValueError, "std must not be negative, got -1"):
        rule([0.0, 0.0], [1.0, -1.0], 0.0)
    with refused(ValueError, "mean must be finite, got nan at index [1]"):
        rule([0.0, np.nan], [1.0, 1.0], 0.0)
    with refused(ValueError, "std must be finite, got inf at index [0]"):
        rule([0.0], [np.inf], 0.0)
    with refused(ValueError, "mean, std must have shapes that broadcast, got (2,), (3,)"):
        rule([0.0, 0.0], [1.0, 1.0, 1.0], 0.0)
    with refused(TypeError, "mean must be numbers"):
        rule(["low"], [1.0], 0.0)


@pytest.mark.parametrize("rule", [expected_improvement, log_expected_improvement, probability_of_improvement])
def test_no_incumbent(rule):
    for best in (np.nan, np.inf, -np.inf):
        with refused(ValueError, f"best must be finite, got {best}"):
            rule([0.0], [1.0], best)
    with refused(TypeError, "best must be numbers, got None in None"):
        rule([0.0], [1.0], None)
    with refused(ValueError, "xi must be a finite number, got nan"):
        rule([0.0], [1.0], 0.0, xi=np.nan)
    with refused(ValueError, "mean, std, best must have shapes that broadcast, got (2,), (2,), (3,)"):
        rule([0.0, 1.0], [1.0, 1.0], [0.0, 0.0, 0.0])


def test_no_threshold_beta_or_minima():
    with refused(ValueError, "threshold must be finite, got nan"):
        feasibility([0.0], [1.0], np.nan)
    with refused(ValueError, "mean, std, threshold must have shapes that broadcast, got (2,), (2,), (3,)"):
        feasibility([0.0, 1.0], [1.0, 1.0], [0.0, 0.0, 0.0])
    with refused(ValueError, "beta must be a finite number at least 0, got -1"):
        lower_confidence_bound([0.0], [1.0], -1)
    with refused(TypeError, "beta must be a number, got '2'"):
        lower_confidence_bound([0.0], [1.0], "2")
    for minima, shape in (([], "(0,)"), ([[1.0]], "(1, 1)")):
        with refused(ValueError, f"minima must have shape (k,) with k >= 1, got {shape}"):
            max_value_entropy_search([0.0], [1.0], minima)
    with refused(ValueError, "minima must be finite, got nan at index [0]"):
        max_value_entropy_search([0.0], [1.0], [np.nan])


def test_no_model_to_sample():
    class Wrong:
        def sample(self, X, n, rng):
            return np.zeros(len(X))

    class Lost:
        def sample(self, X, n, rng):
            return np.full((n, len(X)), np.nan)

    X = [[0.0], [1.0]]
    with refused(TypeError, "model must have a method sample(X, n, rng), got object"):
        thompson_sample(object(), X)
    with refused(ValueError, "X must hold at least one point, got none"):
        thompson_sample(Wrong(), np.empty((0, 1)))
    with refused(ValueError, "model.sample must return shape (1, 2), draws as rows, got (2,)"):
        thompson_sample(Wrong(), X)
    with refused(ValueError, "draws of the model must be finite, got nan at index [0, 0]"):
        sample_minima(Lost(), X, 3)
    with refused(ValueError, "n must be at least 1, got 0"):
        sample_minima(Wrong(), X, 0)
    with refused(TypeError, "rng must be None, a non-negative integer or a numpy Generator, got 'seed'"):
        thompson_sample(Wrong(), X, "seed")


def test_no_batch():
    eye = np.eye(2)
    with refused(ValueError, "mean must be one point of shape (d,) with d >= 1, got shape (0,)"):
        batch_expected_improvement([], eye, 0.0)
    with refused(ValueError, "cov must have shape (3, 3) to match the mean, got (2, 2)"):
        batch_expected_improvement([0, 0, 0], eye, 0.0)
    with refused(ValueError, "cov must be a square matrix of shape (n, n) with n >= 1, got shape (2,)"):
        batch_expected_improvement([0, 0], [1, 1], 0.0)
    with refused(ValueError, "cov must be symmetric, got cov[0, 1] = 1 and cov[1, 0] = 0"):
        batch_expected_improvement([0, 0], [[1, 1], [0, 1]], 0.0)
    with refused(ValueError, "cov must be positive semidefinite, got the eigenvalue -1"):
        batch_expected_improvement([0, 0], [[1, 2], [2, 1]], 0.0)
    with refused(ValueError, "best must be a finite number, got nan"):
        batch_expected_improvement([0, 0], eye, np.nan)
    with refused(ValueError, "n_samples must be at least 1, got 0"):
        batch_expected_improvement([0, 0], eye, 0.0, n_samples=0)
    with refused(ValueError, "base_samples must have shape (n, 2) to match the mean, got (5, 3)"):
        batch_expected_improvement([0, 0], eye, 0.0, base_samples=np.zeros((5, 3)))
    with refused(ValueError, "base_samples must hold at least one row, got none"):
        batch_expected_improvement([0, 0], eye, 0.0, base_samples=np.zeros((0, 2)))


def test_no_front():
    ok = np.ones((4, 2))
    for mean in (np.zeros((4, 3)), np.zeros(2)):
        with refused(ValueError, f"mean and std must have shape (n, 2), two objectives, got {mean.shape}"):
            expected_hypervolume_improvement(mean, np.ones_like(mean), FRONT, REFERENCE)
    with refused(ValueError, "front must have shape (n, 2) to match the predictions, got (3, 3)"):
        expected_hypervolume_improvement(ok, ok, np.zeros((3, 3)), REFERENCE)
    with refused(ValueError, "front must be finite, got nan at index [0, 1]"):
        expected_hypervolume_improvement(ok, ok, [[0.0, np.nan]], REFERENCE)
    with refused(ValueError, "reference must have shape (2,), one number for each objective, got (3,)"):
        expected_hypervolume_improvement(ok, ok, FRONT, [1.0, 1.0, 1.0])
    with refused(ValueError, "reference must be finite, got inf at index [0]"):
        expected_hypervolume_improvement(ok, ok, FRONT, [np.inf, 1.0])
    with refused(ValueError, "std must not be negative, got -1"):
        expected_hypervolume_improvement(ok, -ok, FRONT, REFERENCE)
