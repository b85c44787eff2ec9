"""The Gaussian process: by hand, beside scikit-learn and 50 digits, by differences, by refits, and what it refuses."""

from __future__ import annotations

import pickle
import warnings

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2, multivariate_normal
from sklearn.exceptions import ConvergenceWarning
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process import kernels as peers

from hpmath import RBF, Constant, GaussianProcess, KumaraswamyWarp, Matern12, Matern32, Matern52, White
from hpmath._likelihood import Scales, log_prior
from hpmath._packed import PackedFactor
from hpmath.kernels import Hyperparameter

KERNELS = [RBF, Matern12, Matern32, Matern52]
SMOOTH = [RBF, Matern32, Matern52]
seeds = st.integers(0, 10**6)


def trials(n, d=3, seed=0, noise=0.1):
    rng = np.random.default_rng(seed)
    X = rng.random((n, d))
    return X, np.sin(4 * X[:, 0]) + X.sum(axis=1) + noise * rng.normal(size=n)


def differences(f, x, step=1e-6):
    e = step * np.eye(len(x))
    return np.stack([(f(x + e[j]) - f(x - e[j])) / (2 * step) for j in range(len(x))], axis=-1)


# --- by hand


def test_two_trials_by_hand():
    """k = e^(−|x − z|), trials (0, 1) and (1, 3), no noise, at x = 2: only the nearer one counts (a Markov process)."""
    gp = GaussianProcess(Matern12(1.0), noise=0.0, normalize_y=False, optimize=False).fit([[0], [1]], [1, 3])
    mean, std = gp.predict([[2.0]], return_std=True)
    assert mean[0] == pytest.approx(3 * np.exp(-1))
    assert std[0] == pytest.approx(np.sqrt(1 - np.exp(-2)))


def test_one_trial_with_noise_by_hand():
    gp = GaussianProcess(RBF(1.0), noise=0.5, normalize_y=False, optimize=False).fit([[0.0]], [3.0])
    mean, std = gp.predict([[0.0]], return_std=True)
    assert mean[0] == pytest.approx(3.0 / 1.5)
    assert std[0] ** 2 == pytest.approx(1 - 1 / 1.5)
    assert gp.predict([[0.0]], return_std=True, include_noise=True)[1][0] ** 2 == pytest.approx(1 - 1 / 1.5 + 0.5)
    assert gp.log_marginal_likelihood() == pytest.approx(-0.5 * 9 / 1.5 - 0.5 * np.log(2 * np.pi * 1.5))


def test_the_likelihood_is_a_normal_density():
    X, y = trials(12)
    gp = GaussianProcess(Constant(2.0) * Matern52(0.7), noise=0.1, normalize_y=False, optimize=False).fit(X, y)
    density = multivariate_normal(np.zeros(12), gp.kernel_(X) + 0.1 * np.eye(12))
    assert gp.log_marginal_likelihood() == pytest.approx(density.logpdf(y), rel=1e-12)


# --- peers


@pytest.mark.parametrize("kind", KERNELS)
@pytest.mark.parametrize("normalize", [False, True])
def test_posterior_and_likelihood_are_scikit_learns(kind, normalize):
    nu = {RBF: np.inf, Matern12: 0.5, Matern32: 1.5, Matern52: 2.5}[kind]
    X, y = trials(60)
    y = 5 + 3 * y
    X_new = np.random.default_rng(1).random((50, 3))
    alpha = 0.01
    theirs = GaussianProcessRegressor(
        peers.ConstantKernel(1.7) * peers.Matern([0.5, 1.0, 2.0], nu=nu),
        alpha=alpha,
        optimizer=None,
        normalize_y=normalize,
    ).fit(X, y)
    noise = alpha * (y.var() if normalize else 1.0)  # ours is in units of y²
    kernel = Constant(1.7) * kind([0.5, 1.0, 2.0])
    ours = GaussianProcess(kernel, noise=noise, normalize_y=normalize, optimize=False).fit(X, y)
    for a, b in zip(ours.predict(X_new, return_std=True), theirs.predict(X_new, return_std=True), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-8)
    np.testing.assert_allclose(
        ours.predict(X_new, return_cov=True)[1], theirs.predict(X_new, return_cov=True)[1], atol=1e-10
    )
    theta = ours.theta_ + 0.1
    for a, b in zip(
        ours.log_marginal_likelihood(theta, gradient=True),
        theirs.log_marginal_likelihood(theta, eval_gradient=True),
        strict=True,
    ):
        np.testing.assert_allclose(a, b, rtol=1e-8, atol=1e-8)


def test_with_fitted_noise_theta_ends_with_it_as_scikit_learns_white_kernel():
    X, y = trials(40)
    ours = GaussianProcess(Constant(1.5) * Matern52([1.0, 1.0, 1.0]), optimize=False).fit(X, y)
    theirs = GaussianProcessRegressor(
        peers.ConstantKernel() * peers.Matern([1.0] * 3, nu=2.5) + peers.WhiteKernel(),
        alpha=0,
        optimizer=None,
        normalize_y=True,
    ).fit(X, y)
    theta = np.log([1.5, 0.4, 0.6, 2.0, 0.03])
    for a, b in zip(
        ours.log_marginal_likelihood(theta, gradient=True),
        theirs.log_marginal_likelihood(theta, eval_gradient=True),
        strict=True,
    ):
        np.testing.assert_allclose(a, b, rtol=1e-9)


def test_a_white_term_is_scikit_learns_and_is_the_noise_that_is_fitted():
    X, y = trials(30)
    ours = GaussianProcess(Constant(1.5) * Matern52(0.8) + White(0.05), optimize=False).fit(X, y)
    theirs = GaussianProcessRegressor(
        peers.ConstantKernel(1.5) * peers.Matern(0.8, nu=2.5) + peers.WhiteKernel(0.05),
        alpha=0,
        optimizer=None,
        normalize_y=True,
    ).fit(X, y)
    for a, b in zip(ours.predict(X, return_std=True), theirs.predict(X, return_std=True), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-9)
    assert ours.noise_ == 0.0
    assert len(ours.theta_) == 3
    assert ours.log_marginal_likelihood_ == pytest.approx(theirs.log_marginal_likelihood_value_, rel=1e-10)


def test_fifty_digits():
    """Posterior, likelihood and its gradient in mpmath, K of condition 1e3."""
    mpmath.mp.dps = 50
    n, scales, c, noise = 12, [0.5, 0.9], 1.3, 0.02
    X, y = trials(n, d=2)
    x = np.array([0.3, 0.8])

    def k(a, b, log_scales=None, log_c=None):
        ells = [mpmath.mpf(s) for s in scales] if log_scales is None else [mpmath.exp(s) for s in log_scales]
        r = mpmath.sqrt(5 * sum(((mpmath.mpf(p) - mpmath.mpf(q)) / s) ** 2 for p, q, s in zip(a, b, ells, strict=True)))
        amplitude = mpmath.mpf(c) if log_c is None else mpmath.exp(log_c)
        return amplitude * (1 + r + r**2 / 3) * mpmath.exp(-r)

    def likelihood(log_c, *rest):
        *log_scales, log_noise = rest
        K = mpmath.matrix(n, n)
        for i in range(n):
            for j in range(n):
                K[i, j] = k(X[i], X[j], log_scales, log_c) + (mpmath.exp(log_noise) if i == j else 0)
        L = mpmath.cholesky(K)
        half = mpmath.lu_solve(L, mpmath.matrix(y.tolist()))
        return -(half.T * half)[0] / 2 - sum(mpmath.log(L[i, i]) for i in range(n)) - n * mpmath.log(2 * mpmath.pi) / 2

    K = mpmath.matrix(n, n)
    for i in range(n):
        for j in range(n):
            K[i, j] = k(X[i], X[j]) + (mpmath.mpf(noise) if i == j else 0)
    k_star = mpmath.matrix([k(x, row) for row in X])
    weights = mpmath.lu_solve(K, k_star)
    mean = (weights.T * mpmath.matrix(y.tolist()))[0]
    variance = k(x, x) - (weights.T * k_star)[0]

    gp = GaussianProcess(Constant(c) * Matern52(scales), normalize_y=False, optimize=False).fit(X, y)
    theta = np.append(gp.kernel_.theta, np.log(noise))
    fixed = GaussianProcess(Constant(c) * Matern52(scales), noise=noise, normalize_y=False, optimize=False).fit(X, y)
    ours = fixed.predict(x[None], return_std=True)
    assert ours[0][0] == pytest.approx(float(mean), rel=1e-9)
    assert ours[1][0] == pytest.approx(float(mpmath.sqrt(variance)), rel=1e-9)
    exact = [mpmath.log(mpmath.mpf(v)) for v in (c, *scales, noise)]
    value, gradient = gp.log_marginal_likelihood(theta, gradient=True)
    assert value == pytest.approx(float(likelihood(*exact)), rel=1e-9)
    h = mpmath.mpf(10) ** -15
    for j in range(4):
        up, down = list(exact), list(exact)
        up[j] += h
        down[j] -= h
        assert gradient[j] == pytest.approx(float((likelihood(*up) - likelihood(*down)) / (2 * h)), rel=1e-9)


@pytest.mark.parametrize("seed", range(4))
def test_fitting_by_likelihood_alone_is_no_worse_than_scikit_learns_from_the_same_start(seed):
    X, y = trials(40, seed=seed)
    y = (y - y.mean()) / y.std()
    ours = GaussianProcess(Constant(1.0) * Matern52([1.0, 1.0, 1.0]), prior=None, n_restarts=0).fit(X, y)
    theirs = GaussianProcessRegressor(
        peers.ConstantKernel(1.0) * peers.Matern([1.0] * 3, nu=2.5) + peers.WhiteKernel(0.01, (1e-8, 10)), alpha=0
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        theirs.fit(X, y)
    assert ours.log_marginal_likelihood_ >= theirs.log_marginal_likelihood_value_ - 1e-3


# --- properties


@settings(max_examples=30)
@given(st.sampled_from(KERNELS), st.integers(1, 8), st.booleans(), seeds)
def test_without_noise_the_posterior_interpolates(kind, n, normalize, seed):
    rng = np.random.default_rng(seed)
    X = (np.arange(n)[:, None] + 0.5 * rng.random((n, 2))) / n  # apart from one another
    y = 10 * rng.normal(size=n)
    gp = GaussianProcess(kind(0.5 / n), noise=0.0, normalize_y=normalize, optimize=False).fit(X, y)
    mean, std = gp.predict(X, return_std=True)
    np.testing.assert_allclose(mean, y, atol=1e-9 * np.abs(y).max())
    assert (std <= 1e-6 * np.abs(y).max()).all()


@settings(max_examples=30)
@given(st.sampled_from(KERNELS), st.integers(1, 15), st.sampled_from([0.0, 0.1, 3.0]), seeds)
def test_variance_never_exceeds_the_priors_and_trials_never_add_to_it(kind, n, noise, seed):
    X, y = trials(n, d=2, seed=seed)
    X_new = np.random.default_rng(seed + 1).random((20, 2))
    gp = GaussianProcess(Constant(2.0) * kind(0.4), noise=noise, normalize_y=False, optimize=False)
    before = gp.predict(X_new, return_std=True)[1]
    np.testing.assert_allclose(before, np.sqrt(2.0))
    after = gp.fit(X, y).predict(X_new, return_std=True)[1]
    assert (after <= before * (1 + 1e-12)).all()
    more = gp.update(X_new[:1], [0.0]).predict(X_new, return_std=True)[1]
    assert (more**2 <= after**2 + 1e-10).all()


@settings(max_examples=30)
@given(st.sampled_from(KERNELS), st.integers(1, 10), seeds)
def test_gradients_of_the_likelihood_agree_with_differences(kind, n, seed):
    X, y = trials(n, d=2, seed=seed)
    gp = GaussianProcess(Constant(1.5) * kind([0.5, 1.0]) + Constant(0.3), optimize=False).fit(X, y)
    theta = gp.theta_ + 0.3 * np.random.default_rng(seed).normal(size=5)
    value, gradient = gp.log_marginal_likelihood(theta, gradient=True)
    assert value == pytest.approx(gp.log_marginal_likelihood(theta))
    numeric = differences(gp.log_marginal_likelihood, theta, 1e-5)
    np.testing.assert_allclose(gradient, numeric, rtol=1e-4, atol=1e-4 * max(1, np.abs(gradient).max()))


@settings(max_examples=30)
@given(st.sampled_from(SMOOTH), st.sampled_from([0.0, 0.05]), st.booleans(), seeds)
def test_gradients_of_mean_and_std_agree_with_differences(kind, noise, warp, seed):
    X, y = trials(8, d=2, seed=seed)
    gp = GaussianProcess(Constant(2.0) * kind([0.5, 1.0]), noise=noise, warp=warp, optimize=False)
    gp.fit(X, 100 + 7 * y, start=np.append(gp.kernel.theta, [0.3, -0.2, 0.1, 0.4]) if warp else None)
    x = 0.1 + 0.8 * np.random.default_rng(seed + 1).random(2)
    d_mean, d_std = gp.predict_gradient(x[None])
    assert d_mean.shape == d_std.shape == (1, 2)
    far = np.abs(x - X).max(axis=1).min() > 0.02 or noise > 0  # beside a trial without noise σ has a kink
    np.testing.assert_allclose(
        d_mean[0], differences(lambda x: gp.predict(x[None])[0], x), rtol=1e-5, atol=1e-5 * y.std()
    )
    if far:
        numeric = differences(lambda x: gp.predict(x[None], return_std=True)[1][0], x)
        np.testing.assert_allclose(d_std[0], numeric, rtol=1e-3, atol=1e-4)


def test_gradients_at_the_ends_of_a_warped_axis_are_finite_and_keep_their_sign():
    X = np.linspace(0, 1, 6)[:, None]
    gp = GaussianProcess(Constant(2.0) * Matern52([0.7]), noise=1e-3, warp=True, optimize=False)
    gp.fit(X, X[:, 0] ** 0.5, start=np.append(gp.kernel.theta, [-1.0, -0.5]))  # a, b < 1: infinite slopes at both ends
    assert np.isinf(gp.warp_.derivative([[0.0], [1.0]])).all()
    ends, inside = gp.predict_gradient([[0.0], [1.0]])[0], gp.predict_gradient([[1e-6], [1 - 1e-6]])[0]
    assert np.isfinite(ends).all()
    np.testing.assert_array_equal(np.sign(ends), np.sign(inside))


@pytest.mark.parametrize("n", [0, 7])
def test_gradients_bring_the_prediction_along(n):
    gp = GaussianProcess(Matern52([0.5, 1.0]), noise=0.01, optimize=False)
    if n:
        gp.fit(*trials(n, d=2))
    X_new = np.random.default_rng(1).random((300, 2))
    answer = gp.predict_gradient(X_new, return_prediction=True)
    for ours, other in zip(answer, (*gp.predict_gradient(X_new), *gp.predict(X_new, True)), strict=True):
        np.testing.assert_allclose(ours, other, rtol=1e-9, atol=1e-12)


def test_at_a_trial_without_noise_std_has_a_kink_and_its_gradient_is_given_as_zero():
    X, y = trials(5, d=2)
    gp = GaussianProcess(Matern52(0.5), noise=0.0, optimize=False).fit(X, y)
    d_mean, d_std = gp.predict_gradient(X)
    np.testing.assert_array_equal(d_std, 0.0)
    assert np.isfinite(d_mean).all()
    step = 1e-4 * np.array([1.0, 0.0])
    up, down = (gp.predict(X + s, return_std=True)[1] for s in (step, -step))
    assert (up > 1e-5).all()  # it grows on both sides
    assert (down > 1e-5).all()


def test_with_matern12_the_mean_has_a_kink_at_a_trial_and_the_mean_of_both_slopes_is_given():
    gp = GaussianProcess(Matern12(1.0), noise=0.0, normalize_y=False, optimize=False).fit([[0.0], [1.0]], [1.0, 3.0])
    h = 1e-6
    left = (gp.predict([[1.0]]) - gp.predict([[1.0 - h]]))[0] / h
    right = (gp.predict([[1.0 + h]]) - gp.predict([[1.0]]))[0] / h
    assert abs(left - right) > 1
    assert gp.predict_gradient([[1.0]])[0][0, 0] == pytest.approx((left + right) / 2, abs=1e-5)


@settings(max_examples=25)
@given(st.integers(1, 12), st.sampled_from([0.0, 0.2, "each"]), st.booleans(), seeds)
def test_leaving_one_out_equals_refits(n, noise, normalize, seed):
    X, y = trials(n, d=2, seed=seed)
    noise = np.random.default_rng(seed).uniform(0.1, 1, n) if noise == "each" else noise
    gp = GaussianProcess(Constant(2.0) * Matern32(0.3), noise=noise, normalize_y=normalize, optimize=False).fit(X, y)
    means, stds = gp.leave_one_out()
    kernel, s = gp.kernel_, gp.y_std_
    for i in range(n):
        keep = np.arange(n) != i
        if n == 1:
            assert means[0] == pytest.approx(gp.y_mean_, abs=1e-12)
            continue
        rest = GaussianProcess(
            Constant(s**2) * kernel,
            noise=noise[keep] if np.ndim(noise) else noise,
            normalize_y=False,
            optimize=False,
        ).fit(X[keep], y[keep] - gp.y_mean_)
        mean, std = rest.predict(X[i : i + 1], return_std=True)
        own = noise[i] if np.ndim(noise) else noise
        assert means[i] == pytest.approx(mean[0] + gp.y_mean_, rel=1e-6, abs=1e-8)
        assert stds[i] ** 2 == pytest.approx(std[0] ** 2 + own, rel=1e-6)


@settings(max_examples=25)
@given(st.integers(1, 10), st.integers(1, 6), st.sampled_from([1e-2, 0.0, "each"]), st.booleans(), seeds)
def test_update_equals_refit(n, m, noise, warp, seed):
    X, y = trials(n + m, d=2, seed=seed)
    each = np.random.default_rng(seed).uniform(0.1, 1, n + m) if noise == "each" else None
    kernel = Constant(2.0) * Matern32(0.3)
    options = {"normalize_y": False, "optimize": False, "warp": warp}
    start = np.append(kernel.theta, [0.3, -0.2, 0.1, 0.4]) if warp else None
    a = GaussianProcess(kernel, noise=noise if each is None else each[:n], **options).fit(X[:n], y[:n], start=start)
    a.update(X[n:], y[n:], noise=None if each is None else each[n:])
    b = GaussianProcess(kernel, noise=noise if each is None else each, **options).fit(X, y, start=start)
    np.testing.assert_allclose(a.L_, b.L_, atol=1e-9)
    X_new = np.random.default_rng(seed + 1).random((5, 2))
    for one, other in zip(a.predict(X_new, return_cov=True), b.predict(X_new, return_cov=True), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-6, atol=1e-9)
    assert a.log_marginal_likelihood_ == pytest.approx(b.log_marginal_likelihood_, rel=1e-7)
    np.testing.assert_allclose(
        a.log_marginal_likelihood(gradient=True)[1], b.log_marginal_likelihood(gradient=True)[1], rtol=1e-6, atol=1e-7
    )
    np.testing.assert_allclose(a.leave_one_out(), b.leave_one_out(), rtol=1e-5, atol=1e-7)


def test_update_keeps_hyperparameters_and_normalisation():
    X, y = trials(20)
    gp = GaussianProcess(rng=0).fit(X[:10], y[:10])
    theta, mean, std, noise = gp.theta_.copy(), gp.y_mean_, gp.y_std_, gp.noise_
    for i in range(10, 20):
        assert gp.update(X[i : i + 1], y[i : i + 1] + 50) is gp
    np.testing.assert_array_equal(gp.theta_, theta)
    assert (gp.y_mean_, gp.y_std_, gp.noise_) == (mean, std, noise)
    np.testing.assert_array_equal(gp.X_, X)
    np.testing.assert_allclose(gp.L_ @ gp.L_.T, gp.kernel_(X) + noise / std**2 * np.eye(20), atol=1e-12)


@settings(max_examples=20)
@given(st.integers(0, 6), st.booleans(), seeds)
def test_samples_agree_with_mean_and_covariance(n, prior, seed):
    """Whitened by what was predicted, 2,000 draws at 4 points are standard normal."""
    X_new = np.array([[0.0], [0.3], [0.5], [1.0]])
    gp = GaussianProcess(Constant(2.0) * Matern32(0.4), noise=0.05, optimize=False)
    if n:
        gp.fit(*trials(n, d=1, seed=seed))
    draws = gp.sample(X_new, 2000, seed, prior=prior)
    assert draws.shape == (2000, 4)
    if prior and n:
        mean, cov = np.full(4, gp.y_mean_), gp.y_std_**2 * gp.kernel_(X_new)
    else:
        mean, cov = gp.predict(X_new, return_cov=True)
    white = np.linalg.solve(np.linalg.cholesky(cov), (draws - mean).T)
    assert (np.abs(white.mean(axis=1)) < 5 / np.sqrt(2000)).all()
    total = (white**2).sum()
    assert chi2(8000).ppf(1e-7) < total < chi2(8000).ppf(1 - 1e-7)
    assert np.abs(np.cov(white) - np.eye(4)).max() < 0.2


def test_samples_are_repeatable_and_pass_through_noiseless_trials():
    X, y = trials(6)
    gp = GaussianProcess(Matern52(0.5), noise=0.0, optimize=False).fit(X, y)
    np.testing.assert_allclose(gp.sample(X, 3, rng=0), np.tile(y, (3, 1)), atol=1e-5)
    np.testing.assert_array_equal(gp.sample(X + 0.1, 3, rng=0), gp.sample(X + 0.1, 3, rng=0))
    assert gp.sample(X + 0.1, rng=np.random.default_rng(1)).shape == (1, 6)
    line = np.linspace(0, 1, 300)[:, None] * np.ones(3)
    assert np.isfinite(gp.sample(line, 5, rng=0)).all()  # a covariance that is singular to rounding


def test_noise_is_added_to_samples_on_request():
    gp = GaussianProcess(RBF(1.0), noise=0.5, normalize_y=False, optimize=False).fit([[0.0]], [0.0])
    plain, noisy = (gp.sample([[0.0]], 4000, 0, include_noise=noise).var() for noise in (False, True))
    assert noisy - plain == pytest.approx(0.5, abs=0.1)


# --- units


@settings(max_examples=20)
@given(st.floats(-1e3, 1e3), st.floats(1e-3, 1e3), st.booleans(), seeds)
def test_shift_and_scale_of_y_pass_through(shift, scale, fixed, seed):
    X, y = trials(12, seed=seed)
    noise = 0.05 if fixed else "fit"
    a = GaussianProcess(Constant(1.0) * Matern52([0.5, 1.0, 2.0]), noise=noise, optimize=False).fit(X, y)
    b = GaussianProcess(a.kernel, noise=noise if noise == "fit" else noise * scale**2, optimize=False).fit(
        X, shift + scale * y
    )
    X_new = X + 0.1
    for options in ({}, {"include_noise": True}):
        mean, std = a.predict(X_new, return_std=True, **options)
        mean_b, std_b = b.predict(X_new, return_std=True, **options)
        np.testing.assert_allclose(mean_b, shift + scale * mean, rtol=1e-8, atol=1e-8 * scale)
        np.testing.assert_allclose(std_b, scale * std, rtol=1e-7)
    np.testing.assert_allclose(
        b.predict(X_new, return_cov=True)[1], scale**2 * a.predict(X_new, return_cov=True)[1], atol=1e-9 * scale**2
    )
    np.testing.assert_allclose(b.sample(X_new, 2, 0), shift + scale * a.sample(X_new, 2, 0), atol=1e-5 * scale)
    np.testing.assert_allclose(b.predict_gradient(X_new), scale * np.array(a.predict_gradient(X_new)), rtol=1e-6)
    assert b.noise_ == pytest.approx(scale**2 * a.noise_)


def test_fitting_does_not_depend_on_the_units_of_y_or_of_columns_outside_the_unit_cube():
    X, y = trials(25, d=2)
    a = GaussianProcess(rng=0).fit(X * [10, 1e4], y)
    b = GaussianProcess(rng=0).fit(X * [1e3, 1e2], 1e3 * y - 7)
    np.testing.assert_allclose(
        b.predict(X * [1e3, 1e2] * 0.9), 1e3 * a.predict(X * [10, 1e4] * 0.9) - 7, rtol=1e-3, atol=1
    )


def test_noise_of_each_point_counts():
    X, y = np.array([[0.0], [1.0]]), np.array([1.0, -1.0])
    gp = GaussianProcess(RBF(0.1), noise=[0.0, 1.0], normalize_y=False, optimize=False).fit(X, y)
    np.testing.assert_allclose(gp.predict(X), [1.0, -0.5], atol=1e-9)
    np.testing.assert_array_equal(gp.noise_, [0.0, 1.0])
    with pytest.raises(ValueError, match="include_noise needs one noise variance for all points"):
        gp.predict(X, return_std=True, include_noise=True)


# --- fitting


def test_fitted_hyperparameters_are_a_maximum_of_what_is_maximised():
    X, y = trials(30)
    for prior in ("scaled", None):
        gp = GaussianProcess(prior=prior, rng=0).fit(X, y)
        value, gradient = gp.log_marginal_likelihood(gradient=True)
        if prior is not None:
            z = (y - gp.y_mean_) / gp.y_std_
            scales = Scales.of(X, z, (*gp.kernel_.hyperparameters, Hyperparameter("noise")))
            more, slope = log_prior(gp.theta_, scales)
            value, gradient = value + more, gradient + slope
        inside = np.abs(gp.theta_) < 9
        assert np.abs(gradient[inside]).max() < 0.05
        assert max(height for _, height in gp.starts_) == pytest.approx(value, abs=1e-6)
        assert len(gp.starts_) == 3


def test_the_default_prior_is_hvarfners():
    """Against log ℓ, up to a constant: the log-normal density with location √2 + log(d)/2 and scale √3."""
    d = 4
    X = np.random.default_rng(0).random((5, d))
    scales = Scales.of(X, np.ones(5), tuple(Hyperparameter("length_scale", j) for j in range(d)))
    ells = np.array([0.1, 1.0, 10.0])
    ours = np.array([log_prior(np.log([ell, 1, 1, 1]), scales)[0] for ell in ells])
    location = np.sqrt(2) + np.log(d) / 2
    log_density = -np.log(ells) - (np.log(ells) - location) ** 2 / (2 * 3)
    np.testing.assert_allclose(np.diff(ours), np.diff(log_density))
    theta = np.array([0.3, -1.0, 2.0, 0.0])
    numeric = differences(lambda theta: log_prior(theta, scales)[0], theta)
    np.testing.assert_allclose(log_prior(theta, scales)[1], numeric, atol=1e-7)


def test_the_prior_keeps_small_n_sane():
    """Pure noise in five dimensions, ten trials: the likelihood alone explains it, and is surer than it should be."""
    covered, sure = np.zeros(2), np.zeros(2)
    for seed in range(12):
        rng = np.random.default_rng(seed)
        X, y, X_new, y_new = rng.random((10, 5)), rng.normal(size=10), rng.random((100, 5)), rng.normal(size=100)
        for j, prior in enumerate((None, "scaled")):
            gp = GaussianProcess(prior=prior, rng=0, n_restarts=1).fit(X, y)
            mean, std = gp.predict(X_new, return_std=True, include_noise=True)
            covered[j] += np.mean(np.abs(y_new - mean) < 1.96 * std) / 12
            sure[j] += np.mean(std < 0.5 * y.std()) / 12
    assert covered[1] > covered[0] + 0.05
    assert sure[1] < 0.5 * sure[0]


def test_same_seed_same_fit_and_a_start_is_used():
    X, y = trials(20)
    a, b = (GaussianProcess(rng=3).fit(X, y) for _ in range(2))
    np.testing.assert_array_equal(a.theta_, b.theta_)
    warm = GaussianProcess(n_restarts=0).fit(X[:-1], y[:-1], start=a.theta_)
    assert len(warm.starts_) == 1
    assert GaussianProcess(optimize=False).fit(X, y, start=a.theta_).log_marginal_likelihood_ == pytest.approx(
        a.log_marginal_likelihood_
    )


def test_refitting_forgets():
    X, y = trials(20)
    gp = GaussianProcess(rng=0).fit(X, y)
    gp.update(X + 0.5, y)
    again = gp.fit(X[:, :2], y)
    np.testing.assert_array_equal(again.theta_, GaussianProcess(rng=0).fit(X[:, :2], y).theta_)
    assert gp.predict(X[:, :2]).shape == (20,)


def test_a_failed_factorisation_does_not_kill_the_fit():
    """A smooth kernel on close points without noise: K is singular to rounding for most length scales."""
    X = np.linspace(0, 1, 40)[:, None]
    gp = GaussianProcess(RBF(0.3), noise=0.0, rng=0).fit(X, np.sin(3 * X[:, 0]))
    np.testing.assert_allclose(gp.predict(X), np.sin(3 * X[:, 0]), atol=1e-3)
    assert np.isfinite(gp.log_marginal_likelihood_)


def test_a_hopeless_matrix_has_likelihood_zero():
    X, y = trials(5)
    gp = GaussianProcess(Constant(1.0), noise=0.0, normalize_y=False, optimize=False)
    value = gp.fit(X, y).log_marginal_likelihood()  # rank one: jitter helps
    assert np.isfinite(value)
    assert gp.jitter_ > 0


# --- small and degenerate


@pytest.mark.parametrize("n", [1, 2, 3])
@pytest.mark.parametrize("prior", ["scaled", None])
@pytest.mark.parametrize("warp", [False, True])
def test_a_handful_of_trials_is_enough(n, prior, warp):
    X, y = trials(n)
    gp = GaussianProcess(prior=prior, warp=warp, rng=0).fit(X, y)
    mean, std = gp.predict([[0.1, 0.5, 0.9]], return_std=True)
    assert np.isfinite([mean, std]).all()
    assert np.isfinite(gp.leave_one_out()).all()
    assert np.isfinite(gp.predict_gradient(X)).all()
    assert gp.update(X + 1e-3 if not warp else X * 0.9, y).predict(X).shape == (n,)


def test_constant_values_and_a_constant_column():
    X, _ = trials(10)
    X[:, 1] = 0.1
    gp = GaussianProcess(rng=0).fit(X, np.full(10, 0.1))
    assert (gp.y_mean_, gp.y_std_) == (pytest.approx(0.1), 1.0)
    mean, std = gp.predict(X + 0.2, return_std=True)
    np.testing.assert_allclose(mean, 0.1, atol=1e-6)
    assert np.isfinite(std).all()


def test_no_new_points():
    gp = GaussianProcess(rng=0).fit(*trials(5))
    mean, std = gp.predict(np.empty((0, 3)), return_std=True)
    assert mean.shape == std.shape == (0,)


def test_equal_points_are_explained_by_noise_and_equal_trials_by_jitter():
    X = np.array([[0.2], [0.2], [0.8]])
    gp = GaussianProcess(rng=0).fit(X, [1.0, 2.0, 0.0])
    assert 1.0 < gp.predict([[0.2]])[0] < 2.0
    assert gp.noise_ > 1e-3
    same = GaussianProcess(RBF(0.3), noise=0.0, optimize=False).fit(X, [1.0, 1.0, 0.0])
    assert same.jitter_ > 0
    assert same.predict([[0.2]])[0] == pytest.approx(1.0, abs=1e-6)


def test_updating_with_a_trial_that_is_there_already_needs_jitter_too():
    gp = GaussianProcess(RBF(0.3), noise=0.0, optimize=False).fit([[0.2], [0.8]], [1.0, 0.0])
    gp.update([[0.2]], [1.0])
    assert gp.jitter_ > 0
    assert gp.predict([[0.2]])[0] == pytest.approx(1.0, abs=1e-6)


def test_the_prior_is_predicted_before_any_fit():
    gp = GaussianProcess(Constant(4.0) * RBF(1.0), noise=0.5)
    mean, std = gp.predict([[0.0], [1.0]], return_std=True)
    np.testing.assert_array_equal(mean, 0.0)
    np.testing.assert_allclose(std, 2.0)
    np.testing.assert_allclose(gp.predict([[0.0]], return_std=True, include_noise=True)[1], np.sqrt(4.5))
    np.testing.assert_allclose(gp.predict([[0.0], [1.0]], return_cov=True)[1], gp.kernel([[0.0], [1.0]]))
    np.testing.assert_array_equal(gp.predict_gradient([[0.0]]), np.zeros((2, 1, 1)))
    assert GaussianProcess().sample([[0.0, 1.0]], 3, 0).shape == (3, 1)


def test_inputs_are_not_modified_nor_kept():
    X, y = trials(6)
    X_before, y_before = X.copy(), y.copy()
    gp = GaussianProcess(rng=0).fit(X, y)
    gp.predict(X, return_std=True)
    np.testing.assert_array_equal(X, X_before)
    np.testing.assert_array_equal(y, y_before)
    X[:] = 0
    np.testing.assert_array_equal(gp.X_, X_before)


def test_many_new_points_are_predicted_in_pieces_with_the_same_result():
    X, y = trials(30)
    gp = GaussianProcess(rng=0).fit(X, y)
    X_new = np.random.default_rng(1).random((2500, 3))
    mean, std = gp.predict(X_new, return_std=True)
    np.testing.assert_allclose(mean[-7:], gp.predict(X_new[-7:]), rtol=1e-12)
    np.testing.assert_allclose(std[-7:] ** 2, gp.predict(X_new[-7:], return_cov=True)[1].diagonal(), rtol=1e-6)
    np.testing.assert_allclose(
        gp.predict_gradient(X_new)[1][-7:], gp.predict_gradient(X_new[-7:])[1], rtol=1e-8, atol=1e-12
    )


def test_it_pickles_and_prints():
    gp = GaussianProcess(Matern52(0.5), noise=0.01, optimize=False)
    assert repr(gp) == "GaussianProcess(Matern52(length_scale=0.5), noise=0.01, normalize_y=True)"
    X, y = trials(8)
    again = pickle.loads(pickle.dumps(gp.fit(X, y)))
    np.testing.assert_array_equal(again.update(X + 0.1, y).predict(X), gp.update(X + 0.1, y).predict(X))


def test_a_packed_factor_grows_into_the_factor_of_the_whole():
    X = np.random.default_rng(0).random((40, 2))
    K = Matern12(0.5)(X)
    factor = PackedFactor(np.linalg.cholesky(K[:1, :1]))
    for i in range(1, 40):
        assert factor.append(K[i, :i], K[i, i])
    L = np.linalg.cholesky(K)
    np.testing.assert_allclose(factor.square(), L, atol=1e-13)
    np.testing.assert_allclose(factor.diagonal(), L.diagonal())
    np.testing.assert_allclose(factor.solve_transposed(factor.solve(X[:, 0])), np.linalg.solve(K, X[:, 0]), rtol=1e-8)
    assert not factor.append(K[0], K[0, 0])  # a point that is there already
    assert factor.n == 40


# --- warping


@settings(max_examples=40)
@given(st.floats(0.2, 5), st.floats(0.2, 5), seeds)
def test_a_warp_rises_from_zero_to_one_and_can_be_undone(a, b, seed):
    warp = KumaraswamyWarp(a, b)
    u = np.sort(np.random.default_rng(seed).uniform(0.01, 0.99, 20))
    w = warp(u)
    assert (np.diff(w) >= 0).all()
    np.testing.assert_array_equal(warp([0.0, 1.0]), [0.0, 1.0])
    middle = (w > 1e-6) & (w < 1 - 1e-6)  # beyond, the digits of u are no longer in w
    np.testing.assert_allclose(warp.inverse(w)[middle], u[middle], rtol=1e-7)
    h = 1e-6
    np.testing.assert_allclose(warp.derivative(u), (warp(u + h) - warp(u - h)) / (2 * h), rtol=1e-4, atol=1e-6)
    for j, slope in enumerate(warp.gradient(u)):
        up, down = (KumaraswamyWarp(*np.exp(np.log([a, b]) + s * h * np.eye(2)[j]))(u) for s in (1, -1))
        np.testing.assert_allclose(slope, (up - down) / (2 * h), rtol=1e-4, atol=1e-7)


def test_a_warp_by_hand():
    assert KumaraswamyWarp(2.0, 3.0)([0.5])[0] == pytest.approx(1 - (3 / 4) ** 3)
    np.testing.assert_allclose(KumaraswamyWarp([1.0, 1.0], 1.0)([[0.3, 0.7]]), [[0.3, 0.7]], rtol=1e-15)
    assert KumaraswamyWarp(1.0, 2.0)([1e-18])[0] == pytest.approx(2e-18)  # 1 − (1 − u)² would be 0
    assert np.isfinite(KumaraswamyWarp(0.3, 0.3).gradient([0.0, 1.0, 1 - 1e-16])).all()


def test_gradients_of_the_warped_likelihood_agree_with_differences():
    X, y = trials(9, d=2)
    X[0], X[1] = [0, 1], [1, 0]
    gp = GaussianProcess(Constant(1.5) * Matern52([0.5, 1.0]), warp=True, optimize=False).fit(X, y)
    theta = gp.theta_ + np.random.default_rng(0).normal(size=8) * 0.3
    value, gradient = gp.log_marginal_likelihood(theta, gradient=True)
    assert value == pytest.approx(gp.log_marginal_likelihood(theta))
    np.testing.assert_allclose(gradient, differences(gp.log_marginal_likelihood, theta, 1e-5), rtol=1e-5, atol=1e-5)


def test_a_fitted_warp_finds_the_bend():
    """A sine in u³: warped by a = 3 it is stationary."""
    rng = np.random.default_rng(0)
    X, X_new = rng.random((30, 1)), rng.random((200, 1))
    y, truth = (np.sin(15 * U[:, 0] ** 3) for U in (X, X_new))
    plain, warped = (GaussianProcess(noise=1e-6, warp=warp, rng=0).fit(X, y) for warp in (False, True))
    assert 2 < float(warped.warp_.a[0]) < 4.5
    errors = [np.abs(gp.predict(X_new) - truth).mean() for gp in (plain, warped)]
    assert errors[1] < 0.5 * errors[0]
    assert warped.log_marginal_likelihood_ > plain.log_marginal_likelihood_ + 5


# --- errors


def fitted():
    return GaussianProcess(Matern52(0.5), noise=0.1, optimize=False).fit(*trials(4))


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda: GaussianProcess(RBF(), noise=0.0).fit([[0.0], [1.0], [0.0]], [1.0, 0.0, 2.0]),
            ValueError,
            r"X has the same point in rows 0 and 2, but y differs \(1 and 2\): .* pass noise='fit' or a variance",
        ),
        (
            lambda: GaussianProcess(RBF(), noise=0.0, optimize=False).fit([[0.0]], [1.0]).update([[0.0]], [2.0]),
            ValueError,
            r"X has the same point in rows 0 and 1, but y differs",
        ),
        (lambda: fitted().predict(np.ones((10, 2))), ValueError,
         r"X must have shape \(n, 3\) to match the training data, got \(10, 2\)"),
        (lambda: fitted().update([[1, 2]], [1]), ValueError, r"X must have shape \(n, 3\) to match the training data"),
        (lambda: fitted().sample([[1]]), ValueError, r"X must have shape \(n, 3\) to match the training data"),
        (lambda: fitted().predict([[1, 2, np.nan]]), ValueError, r"X must be finite, got nan at index \[0, 2\]"),
        (lambda: GaussianProcess().fit([[np.inf]], [1]), ValueError, "X must be finite, got inf"),
        (lambda: GaussianProcess().fit([[1.0]], [np.nan]), ValueError, "y must be finite, got nan"),
        (lambda: GaussianProcess().fit([1.0], [1.0]), ValueError, r"X must have shape \(n, d\), got \(1,\)"),
        (lambda: GaussianProcess().fit([[1.0]], [1.0, 2.0]), ValueError, r"y must have shape \(1,\) to match X"),
        (lambda: GaussianProcess().fit(np.empty((0, 2)), []), ValueError, "X must hold at least one point"),
        (lambda: GaussianProcess(RBF([1, 2])).fit([[1.0]], [1]), ValueError, "X must have 2 columns, one for each len"),
        (lambda: GaussianProcess("rbf"), TypeError, "kernel must be a Kernel such as Matern52"),
        (lambda: GaussianProcess(noise="low"), ValueError, "noise must be 'fit', a variance or an array of variances"),
        (lambda: GaussianProcess(noise=-1.0), ValueError, "noise must be a finite number at least 0, got -1"),
        (lambda: GaussianProcess(noise=[1.0, -1.0]), ValueError, r"noise must be a number or an array \(n,\) of var"),
        (lambda: GaussianProcess(noise=[1.0, 1.0]).fit([[1.0]], [1]), ValueError,
         r"noise must be a number or have shape \(1,\) to match X, got shape \(2,\)"),
        (lambda: GaussianProcess(noise=None), TypeError, "noise must be a number, got None"),
        (lambda: GaussianProcess(prior="flat"), ValueError, "prior must be 'scaled' or None, got 'flat'"),
        (lambda: GaussianProcess(n_restarts=-1), ValueError, "n_restarts must be at least 0, got -1"),
        (lambda: GaussianProcess(rng="seed"), TypeError, "rng must be None, a non-negative integer or"),
        (lambda: GaussianProcess(warp=True).fit([[2.0]], [1]), ValueError, r"X must lie in \[0, 1\], got 2"),
        (lambda: GaussianProcess().leave_one_out(), ValueError, r"leave_one_out needs trials: call fit\(X, y\) first"),
        (lambda: GaussianProcess().update([[1.0]], [1.0]), ValueError, r"update needs trials: call fit"),
        (lambda: GaussianProcess().log_marginal_likelihood(), ValueError, "log_marginal_likelihood needs trials"),
        (lambda: fitted().log_marginal_likelihood([1.0, 2.0]), ValueError, r"theta must have shape \(1,\)"),
        (lambda: fitted().update([[1, 2, 3]], [1], noise=[0.1]), ValueError, "noise must be given to update if and on"),
        (lambda: fitted().predict([[1, 2, 3]], True, True), ValueError, "return_std and return_cov cannot both be"),
        (lambda: fitted().sample([[1, 2, 3]], 0), ValueError, "n must be at least 1, got 0"),
        (lambda: KumaraswamyWarp(0.0, 1.0), ValueError, "a must be a positive number or have shape"),
        (lambda: KumaraswamyWarp([1, 2], [1, 2, 3]), ValueError, "a and b must have one entry for each column"),
        (lambda: KumaraswamyWarp(1, 1)([1.5]), ValueError, r"U must lie in \[0, 1\], got 1.5"),
        (lambda: KumaraswamyWarp([1, 2], 1)([[0.5]]), ValueError, "U must have 2 columns"),
    ],
)  # fmt: skip
def test_each_refusal_is_one_sentence(call, error, message):
    with pytest.raises(error, match=message) as caught:
        call()
    assert "\n" not in str(caught.value)


def test_equal_points_without_noise_are_allowed_where_they_agree_or_have_noise():
    X = [[0.0], [0.0]]
    agree = GaussianProcess(RBF(), noise=0.0, optimize=False).fit(X, [1.0, 1.0])
    assert agree.predict([[0.0]]) == pytest.approx(1)
    one_exact = GaussianProcess(RBF(), noise=[0.0, 0.1], optimize=False).fit(X, [1.0, 2.0])
    assert one_exact.predict([[0.0]]) == pytest.approx(1)  # the noisy one adds nothing
    both_noisy = GaussianProcess(RBF() + White(0.1), noise=0.0, optimize=False).fit(X, [1.0, 2.0])
    assert both_noisy.predict([[0.0]]) == pytest.approx(1.5)


def test_too_many_points_are_warned_of_with_their_memory(monkeypatch):
    monkeypatch.setattr("hpmath.gaussian_process._MANY", 20)
    X, y = trials(30)
    with pytest.warns(UserWarning, match=r"30 points take about .* GB and time that grows with their cube"):
        GaussianProcess(optimize=False).fit(X, y)
