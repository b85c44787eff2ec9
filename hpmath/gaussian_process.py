r"""What do ten trials say about the eleventh?

Chapters: 10 gaussian_process (all of it), 15 entropy (what an observation tells), 21 and 23 (Bayesian optimisation).

A Gaussian process says that the losses of any configurations are jointly normal, with covariances that a kernel gives.
Conditioning on the trials that were run leaves a normal distribution for those that were not: a mean and a standard
deviation for each, in closed form.

Symbols
-------
X : (n, d), y : (n,), the trials; X* : (m, d), new points
z = (y − ȳ)/s : (n,), standardised values (z = y without ``normalize_y``). Kernel and ``theta_`` speak of z; whatever is
predicted or sampled, and ``noise_``, of y.
K = k(X, X) + σ² I, (n, n), L : its lower Cholesky factor; α = K⁻¹ z, (n,)
k* = k(X, X*), (n, m); v = L⁻¹ k*, (n, m)

Start reading at :meth:`GaussianProcess.predict`, the second half of Rasmussen & Williams' Algorithm 2.1; the first
half, with the likelihood and its gradient, is ``MarginalLikelihood`` in ``_likelihood.py``. Line numbers of the
algorithm stand in the comments.

References
----------
Rasmussen & Williams (2006), Gaussian Processes for Machine Learning, ch. 2 and 5; Hvarfner, Hellsten & Nardi (2024),
Vanilla Bayesian Optimization Performs Great in High Dimensions, for the prior on length scales.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.linalg.lapack import dpotrf, dpotri, dpotrs, dtrtrs

from hpmath._checks import RNG, FloatArray, as_count, as_finite, as_number, as_points, as_rng, as_unit
from hpmath._likelihood import MarginalLikelihood, Scales, WarpedLikelihood, maximise
from hpmath._packed import PackedFactor
from hpmath.kernels import Constant, Hyperparameter, Kernel, Matern52

__all__ = ["GaussianProcess"]

_MANY = 4000  # points beyond which a fit warns
_EDGE = 1e-6  # distance from 0 and 1 at which a warp's slope is taken there


class GaussianProcess:
    r"""Gaussian process regression with a fitted kernel.

    .. math::
        \mu(x) = \bar y + s\, k_*^\top \alpha, \qquad
        \sigma^2(x) = s^2 \left( k(x, x) - v^\top v \right)

    Parameters
    ----------
    kernel : Kernel, optional
        Covariance of the standardised values, and where its hyperparameters start. By default
        ``Constant(1.0) * Matern52(length_scale)`` with a length scale for each column.
    noise : "fit", float or array_like of shape (n,)
        Variance of the observation noise in units of y². ``"fit"`` finds it with the other hyperparameters; a kernel
        that has a :class:`White` term has its noise there, and then no other is fitted.
    normalize_y : bool
        Whether to subtract the mean of y and divide by its standard deviation before the kernel sees the values.
    prior : "scaled" or None
        What is maximised: the posterior density of the hyperparameters under log-normal priors, or (None) the marginal
        likelihood alone. See Notes.
    warp : bool
        Whether to bend each column of the unit cube with a fitted :class:`KumaraswamyWarp` before the kernel sees it.
    n_restarts : int
        Random starts of the optimisation beside the kernel's own hyperparameters.
    optimize : bool
        Whether to fit the hyperparameters at all.
    rng : None, int or Generator
        For the random starts.

    Attributes
    ----------
    X_, y_ : ndarray, shapes (n, d) and (n,)
        The trials, with those of :meth:`update`.
    y_mean_, y_std_ : float
        ȳ and s; 0 and 1 without ``normalize_y``; s = 1 for values that are all equal.
    kernel_ : Kernel
        With the fitted hyperparameters; its variances are in units of s².
    noise_ : float or ndarray of shape (n,)
        Noise variance, in units of y².
    theta_ : ndarray, shape (p,)
        Log hyperparameters: ``kernel_.theta``, followed by log(``noise_``/s²) where the noise is fitted, and by log a
        and log b of each column with ``warp``.
    warp_ : KumaraswamyWarp or None
        What bends the columns.
    L_, alpha_ : ndarray, shapes (n, n) and (n,)
        Cholesky factor of K, and K⁻¹ z.
    log_marginal_likelihood_ : float
        log p(z | X, θ), in nats.
    jitter_ : float
        What had to be added to the diagonal of K for rounding; 0.0 where nothing had.
    starts_ : list of (theta, height)
        Where each climb ended, and the logarithm of what was maximised there; empty if ``optimize`` is False.

    Notes
    -----
    With few trials the likelihood alone may prefer a length scale that explains every value as a spike of its own, or
    none at all. The default prior of a length scale is that of Hvarfner et al. (2024), log-normal with location
    √2 + log(d)/2 and scale √3: typical distances in the unit cube grow with √d, and so do the length scales it
    expects. It is meant for inputs in the unit cube: a column that reaches outside [0, 1] is measured by its range.
    As in their work the density of ℓ itself is maximised, not that of log ℓ; its mode is 0.2 √d. The logarithms of the
    variances have wide normal priors, in units of the mean square of z: centred at 0 with scale 3 for the signal, at −6
    with scale 3 for the noise (0.25 % of the variance, give or take a factor of 20). These two are our choice: on nine
    functions with 8 to 60 points, the log density of held-out values suffered when either was much narrower.
    Hyperparameters stay within 1e-5 to 1e5 of these units, the noise within 1e-8 to 10.

    Fitting costs O(n³) a step, predicting O(n²) a point, appending a trial with :meth:`update` O(n²).

    References
    ----------
    Rasmussen & Williams (2006), Algorithm 2.1; Hvarfner, Hellsten & Nardi (2024).

    Examples
    --------
    >>> X, y = [[0.0], [0.4], [1.0]], [1.0, 0.0, 2.0]
    >>> gp = GaussianProcess(Matern52(0.5), noise=0.0, optimize=False).fit(X, y)
    >>> mean, std = gp.predict([[0.4], [0.7]], return_std=True)
    >>> mean.round(3), std.round(3)
    (array([0.   , 0.843]), array([0.   , 0.312]))
    """

    def __init__(
        self,
        kernel: Kernel | None = None,
        *,
        noise: Any = "fit",
        normalize_y: bool = True,
        prior: str | None = "scaled",
        warp: bool = False,
        n_restarts: int = 2,
        optimize: bool = True,
        rng: RNG = None,
    ) -> None:
        if kernel is not None and not isinstance(kernel, Kernel):
            raise TypeError(f"kernel must be a Kernel such as Matern52(), or None, got {kernel!r}")
        if prior not in ("scaled", None):
            raise ValueError(f"prior must be 'scaled' or None, got {prior!r}")
        self.kernel, self.noise, self.prior = kernel, _as_noise(noise), prior
        self.normalize_y, self.optimize, self.warp = bool(normalize_y), bool(optimize), bool(warp)
        self.n_restarts, self.rng = as_count(n_restarts, "n_restarts", least=0), rng
        as_rng(rng)

    # -- learning ----------------------------------------------------------------------------------------------------

    def fit(self, X: ArrayLike, y: ArrayLike, *, start: ArrayLike | None = None) -> GaussianProcess:
        """Learn from trials; what was learned before is forgotten.

        Parameters
        ----------
        X : array_like, shape (n, d)
            Points, n >= 1.
        y : array_like, shape (n,)
            Their values.
        start : array_like, shape (p,), optional
            Log hyperparameters to start from instead of the kernel's own, such as the ``theta_`` of a fit to one trial
            less. With ``n_restarts=0`` that is a warm start.

        Returns
        -------
        GaussianProcess
            Itself.

        Raises
        ------
        ValueError
            If the shapes do not match, a number is not finite, or the noise is zero and two equal points have
            different values.

        Warns
        -----
        UserWarning
            Beyond 4,000 points, with the memory that they take.
        """
        X, y = _as_trials(X, y)
        n, d = X.shape
        noise = self.noise
        if isinstance(noise, np.ndarray) and noise.shape != (n,):
            raise ValueError(f"noise must be a number or have shape ({n},) to match X, got shape {noise.shape}")
        if n > _MANY:
            memory = 8e-9 * n * n * (d / 2 + 5)
            warnings.warn(f"{n} points take about {memory:.1f} GB and time that grows with their cube; a Gaussian "
                          f"process is meant for at most a few thousand", stacklevel=2)  # fmt: skip
        kernel = _default_kernel(X) if self.kernel is None else self.kernel
        kernel.check_width(d)
        white = any(kind.name == "noise" for kind in kernel.hyperparameters)
        fitted = isinstance(noise, str) and not white
        fixed = np.broadcast_to(0.0 if isinstance(noise, str) else noise, n)
        if not (fitted or white):
            _refuse_contradictions(X, y, fixed)

        self.X_, self.y_ = X, y
        self.y_mean_, self.y_std_ = _standards(y) if self.normalize_y else (0.0, 1.0)
        self._fit_noise = fitted
        z = (y - self.y_mean_) / self.y_std_
        if self.warp:
            as_unit(X, "X")
        kind = WarpedLikelihood if self.warp else MarginalLikelihood
        likelihood = kind(X, z, kernel, None if fitted else fixed / self.y_std_**2)
        kinds = kernel.hyperparameters + (Hyperparameter("noise"),) * fitted
        theta = np.append(kernel.theta, np.log(1e-2 * (np.mean(z**2) or 1.0))) if fitted else kernel.theta
        if self.warp:
            kinds += (Hyperparameter("warp"),) * (2 * d)
            theta = np.append(theta, np.zeros(2 * d))  # a = b = 1: not bent
        scales = Scales.of(X, z, kinds)
        theta = theta if start is None else self._as_theta(start, len(kinds))
        self.starts_: list[tuple[FloatArray, float]] = []
        if self.optimize:
            rng = as_rng(self.rng)
            starts = [theta] + [scales.start(rng) for _ in range(self.n_restarts)]
            theta, self.starts_ = maximise(likelihood, scales, starts, prior=self.prior is not None)
        self.theta_ = theta
        self.kernel_, at = likelihood.split(theta)
        self.warp_ = likelihood.warp(theta) if isinstance(likelihood, WarpedLikelihood) else None
        self._inner = self._bent(X)
        self.noise_: Any = noise if not isinstance(noise, str) else float(at[0] * self.y_std_**2) if fitted else 0.0
        self._conclude(likelihood)
        return self

    def _conclude(self, likelihood: MarginalLikelihood) -> None:
        """Keep what Algorithm 2.1 computes before it predicts; the tensor of distances is let go."""
        solved = likelihood.solve(self.theta_)
        if solved is None:
            raise ValueError(f"the covariance matrix of {self.kernel_!r} on these points is not positive definite")
        self._L, self.alpha_, self.log_marginal_likelihood_, self.jitter_ = solved
        self._factor = PackedFactor(self._L)  # for `update`; L_ is unpacked from it when it is asked for
        self._likelihood: MarginalLikelihood | None = None

    def _marginal(self) -> MarginalLikelihood:
        if self._likelihood is None:
            noise = None if self._fit_noise else np.broadcast_to(self.noise_ / self.y_std_**2, len(self.y_))
            kind = WarpedLikelihood if self.warp else MarginalLikelihood
            self._likelihood = kind(self.X_, self._z(), self.kernel_, noise)
        return self._likelihood

    def _z(self) -> FloatArray:
        return (self.y_ - self.y_mean_) / self.y_std_

    def update(self, X: ArrayLike, y: ArrayLike, *, noise: ArrayLike | None = None) -> GaussianProcess:
        """Append trials; hyperparameters and normalisation stay as they are.

        The Cholesky factor gets new rows, at O(n²) each, instead of being computed anew.

        Parameters
        ----------
        X : array_like, shape (m, d)
            New points.
        y : array_like, shape (m,)
            Their values.
        noise : array_like, shape (m,), optional
            Their noise variances, in units of y²; wanted if and only if the model has one for each point.

        Returns
        -------
        GaussianProcess
            Itself.

        Raises
        ------
        ValueError
            As :meth:`fit`, or if it has not been called.
        """
        self._must_be_fitted("update")
        X, y = _as_trials(X, y, self.X_.shape[1])
        all_X, all_y = np.concatenate([self.X_, X]), np.concatenate([self.y_, y])
        n, m = len(self.y_), len(y)
        if isinstance(self.noise_, np.ndarray) != (noise is not None):
            raise ValueError(f"noise must be given to update if and only if fit had one for each point, got {noise!r}")
        if noise is not None:
            new = _as_noise(noise)
            if np.shape(new) != (m,):
                raise ValueError(f"noise must have shape ({m},) to match X, got shape {np.shape(new)}")
            all_noise = np.concatenate([self.noise_, new])
        else:
            new = np.full(m, self.noise_)
            all_noise = self.noise_
        if not new.all() and not any(kind.name == "noise" for kind in self.kernel_.hyperparameters):
            _refuse_contradictions(all_X, all_y, np.broadcast_to(all_noise, n + m), since=n)

        inner = np.concatenate([self._inner, self._bent(X)])
        k, kappa = self.kernel_(inner[n:], inner), self.kernel_.diag(X) + new / self.y_std_**2 + self.jitter_
        z = (all_y - self.y_mean_) / self.y_std_
        factor = self._factor
        appended = all(factor.append(k[i, : n + i], kappa[i]) for i in range(m))
        self.X_, self.y_, self.noise_, self._inner, self._likelihood = all_X, all_y, all_noise, inner, None
        if not appended:  # a point on top of another without noise: only jitter helps, and that changes every row
            self._conclude(self._marginal())
            return self
        half = factor.solve(z)  # L⁻¹ z
        self.alpha_ = factor.solve_transposed(half)
        self.log_marginal_likelihood_ = float(
            -0.5 * half @ half - np.log(factor.diagonal()).sum() - 0.5 * (n + m) * np.log(2 * np.pi)
        )
        return self

    @property
    def L_(self) -> FloatArray:
        """Cholesky factor of K, shape (n, n), lower triangular."""
        self._must_be_fitted("L_")
        if len(self._L) < len(self.y_):
            self._L = self._factor.square()
        return self._L

    def log_marginal_likelihood(self, theta: ArrayLike | None = None, gradient: bool = False) -> Any:
        r"""How probable are the values under the model, before any of them is seen?

        .. math:: \log p(z \mid X, \theta) = -\tfrac12 z^\top \alpha - \sum_i \log L_{ii} - \tfrac n2 \log 2\pi

        Parameters
        ----------
        theta : array_like, shape (p,), optional
            Log hyperparameters, as in ``theta_``; by default those.
        gradient : bool
            Whether to return the gradient in theta, too.

        Returns
        -------
        float, or (float, ndarray of shape (p,))
            In nats, for the standardised values, as scikit-learn has it, and without the prior of the hyperparameters.
            That of y itself is smaller by n log s. Minus infinity (and gradient zero) where K is not positive
            definite in spite of jitter.

        Raises
        ------
        ValueError
            If :meth:`fit` has not been called or theta has another shape.

        References
        ----------
        Rasmussen & Williams (2006), eq. 2.30 and 5.9.
        """
        self._must_be_fitted("log_marginal_likelihood")
        values = self.theta_ if theta is None else self._as_theta(theta, len(self.theta_))
        if gradient:
            return self._marginal().with_gradient(values)
        if theta is None:
            return self.log_marginal_likelihood_
        solved = self._marginal().solve(values)
        return -np.inf if solved is None else solved.log_likelihood

    def leave_one_out(self) -> tuple[FloatArray, FloatArray]:
        r"""Predict each trial from all others, without n refits.

        .. math:: \mu_i = y_i - \frac{[K^{-1} y]_i}{[K^{-1}]_{ii}}, \qquad \sigma_i^2 = \frac{1}{[K^{-1}]_{ii}}

        Returns
        -------
        means, stds : ndarray, shape (n,)
            Of the observation :math:`y_i`, its noise included, with hyperparameters and normalisation as they are.

        Raises
        ------
        ValueError
            If :meth:`fit` has not been called.

        References
        ----------
        Rasmussen & Williams (2006), eq. 5.12.
        """
        self._must_be_fitted("leave_one_out")
        precision = dpotri(self.L_.T)[0].diagonal()
        return self.y_ - self.y_std_ * self.alpha_ / precision, self.y_std_ / np.sqrt(precision)

    # -- predicting --------------------------------------------------------------------------------------------------

    def predict(
        self, X: ArrayLike, return_std: bool = False, return_cov: bool = False, *, include_noise: bool = False
    ) -> Any:
        """Predict the function at new points; before :meth:`fit`, that is the prior.

        Parameters
        ----------
        X : array_like, shape (m, d)
            New points.
        return_std, return_cov : bool
            Whether to return the standard deviations or the covariance matrix, too; at most one of them.
        include_noise : bool
            Whether they are those of a new *observation*, with its noise, or of the function itself. A :class:`White`
            term of the kernel is part of the function.

        Returns
        -------
        mean : ndarray, shape (m,)
            In units of y.
        std : ndarray, shape (m,)
            In units of y, if ``return_std``.
        cov : ndarray, shape (m, m)
            In units of y², if ``return_cov``.

        Raises
        ------
        ValueError
            If X has another number of columns than the trials, a number is not finite, both are asked for, or the
            noise of a new observation is asked for where each trial had its own.
        """
        if return_std and return_cov:
            raise ValueError("return_std and return_cov cannot both be True: the std is the root of cov's diagonal")
        X = self._as_new(X)
        noise = self._new_noise() if include_noise else 0.0
        if not hasattr(self, "alpha_"):
            kernel = self._prior_kernel(X)
            mean = np.zeros(len(X))
            if return_cov:
                return mean, kernel(X) + noise * np.eye(len(X))
            return (mean, np.sqrt(kernel.diag(X) + noise)) if return_std else mean
        X = self._bent(X)
        U = self.L_.T  # LAPACK's way to see a lower triangle stored by rows
        if return_cov:
            k = self.kernel_(X, self._inner)
            v = dtrtrs(U, k.T, trans=1)[0]
            cov = self.y_std_**2 * (self.kernel_(X) - v.T @ v) + noise * np.eye(len(X))
            return self.y_mean_ + self.y_std_ * (k @ self.alpha_), cov
        mean, variance = np.empty(len(X)), self.kernel_.diag(X)
        for rows in _blocks(len(X), len(self.y_)):
            k = self.kernel_(X[rows], self._inner)  # k*, one row a new point
            mean[rows] = self.y_mean_ + self.y_std_ * (k @ self.alpha_)  # line 4
            if return_std:
                v = dtrtrs(U, k.T, trans=1, overwrite_b=1)[0]  # line 5
                variance[rows] -= np.einsum("mn,mn->m", v.T, v.T)  # line 6
        if not return_std:
            return mean
        return mean, np.sqrt(self.y_std_**2 * np.maximum(variance, 0.0) + noise)  # rounding may leave −1e-16

    def predict_gradient(self, X: ArrayLike, *, return_prediction: bool = False) -> Any:
        r"""Gradients of mean and standard deviation in x.

        .. math::
            \nabla \mu = s \sum_i \alpha_i \nabla k(x, x_i), \qquad
            \nabla \sigma = -\frac{s^2}{\sigma} \sum_i [K^{-1} k_*]_i \nabla k(x, x_i)

        Parameters
        ----------
        X : array_like, shape (m, d)
            New points.
        return_prediction : bool
            Whether to return mean and std, too: they come with the gradients for nothing.

        Returns
        -------
        d_mean, d_std : ndarray, shape (m, d)
            In units of y over x. Without noise σ has a kink at each trial, where it is zero: its gradient is returned
            as zero there (σ grows in every direction). With :class:`Matern12` the mean has kinks at the trials, too,
            and what is returned there is the mean of the slopes on both sides. With ``warp`` the slope may be infinite
            at the ends of an axis: there the warp's slope is the one 1e-6 inside.
        mean, std : ndarray, shape (m,)
            As :meth:`predict` has them, if ``return_prediction``.

        Raises
        ------
        ValueError
            If X has another number of columns than the trials, or a number is not finite.
        """
        X = self._as_new(X)
        if not hasattr(self, "alpha_"):
            flat = np.zeros_like(X), np.zeros_like(X)
            return (*flat, *self.predict(X, return_std=True)) if return_prediction else flat
        bend = 1.0 if self.warp_ is None else self.warp_.derivative(np.clip(X, _EDGE, 1 - _EDGE))
        X, U = self._bent(X), self.L_.T
        d_mean, d_std = np.empty_like(X), np.empty_like(X)
        mean, std = np.empty((2, len(X)))
        for rows in _blocks(len(X), len(self.y_)):
            k, slopes = self.kernel_(X[rows], self._inner), self.kernel_.gradient_x(X[rows], self._inner)
            weights = dpotrs(U, k.T)[0].T  # K⁻¹ k*, one row a new point
            prior = self.kernel_.diag(X[rows])
            variance = prior - np.einsum("mn,mn->m", k, weights)
            mean[rows], std[rows] = k @ self.alpha_, np.sqrt(np.maximum(variance, 0.0))
            d_mean[rows] = np.einsum("n,mnd->md", self.alpha_, slopes)
            d_variance = -2 * np.einsum("mn,mnd->md", weights, slopes)  # all our k(x, x) are constant
            known = variance <= 1e-12 * prior  # σ is nothing but rounding
            twice_std = 2 * np.sqrt(np.where(known, 1.0, variance))
            d_std[rows] = np.where(known[:, None], 0.0, d_variance / twice_std[:, None])
        gradients = self.y_std_ * d_mean * bend, self.y_std_ * d_std * bend
        return (*gradients, self.y_mean_ + self.y_std_ * mean, self.y_std_ * std) if return_prediction else gradients

    def sample(
        self, X: ArrayLike, n: int = 1, rng: RNG = None, *, prior: bool = False, include_noise: bool = False
    ) -> FloatArray:
        """Draw functions from the posterior, or (before :meth:`fit`, or with ``prior=True``) from the prior.

        Parameters
        ----------
        X : array_like, shape (m, d)
            Where to evaluate them.
        n : int
            How many.
        rng : None, int or Generator
            Same seed, same functions.
        prior : bool
            Draw as if no trial had been seen, with the hyperparameters and the normalisation that were learned.
        include_noise : bool
            Add observation noise.

        Returns
        -------
        ndarray, shape (n, m)
            One function a row, in units of y.

        Raises
        ------
        ValueError
            As :meth:`predict`.
        """
        X, n, rng = self._as_new(X), as_count(n, "n"), as_rng(rng)
        fitted = hasattr(self, "alpha_")
        scale = self.y_std_ if fitted else 1.0
        noise = self._new_noise() if include_noise else 0.0
        kernel = self.kernel_ if fitted else self._prior_kernel(X)
        if prior or not fitted:
            mean = np.full(len(X), self.y_mean_ if fitted else 0.0)
            cov = scale**2 * kernel(self._bent(X)) + noise * np.eye(len(X))
        else:
            mean, cov = self.predict(X, return_cov=True, include_noise=include_noise)
        size = scale**2 * float(kernel.diag(X).mean()) + noise
        for jitter in (0.0, 1e-14, 1e-12, 1e-10, 1e-8):  # of the prior variance: the posterior's may be all rounding
            L, failed = dpotrf(cov + jitter * size * np.eye(len(X)), lower=1, clean=1)
            if not failed:
                paths: FloatArray = mean + rng.standard_normal((n, len(X))) @ L.T
                return paths
        raise ValueError(f"the covariance of the {len(X)} points is not positive definite under {kernel!r}")

    def _bent(self, X: FloatArray) -> FloatArray:
        """Return X as the kernel sees it."""
        warp = getattr(self, "warp_", None)
        return X if warp is None else warp(as_unit(X, "X"))

    # -- small things ------------------------------------------------------------------------------------------------

    def _as_new(self, X: ArrayLike) -> FloatArray:
        width = self.X_.shape[1] if hasattr(self, "X_") else None
        return as_points(X, "X", width, "to match the training data")

    def _as_theta(self, theta: ArrayLike, p: int) -> FloatArray:
        values = as_finite(theta, "theta")
        if values.shape != (p,):
            raise ValueError(f"theta must have shape ({p},), the kernel's hyperparameters"
                             f"{' and the noise' if self._fit_noise else ''}, got shape {values.shape}")  # fmt: skip
        return values

    def _must_be_fitted(self, what: str) -> None:
        if not hasattr(self, "alpha_"):
            raise ValueError(f"{what} needs trials: call fit(X, y) first")

    def _prior_kernel(self, X: FloatArray) -> Kernel:
        return _default_kernel(X) if self.kernel is None else self.kernel

    def _new_noise(self) -> float:
        noise = self.noise_ if hasattr(self, "noise_") else self.noise
        if isinstance(noise, np.ndarray):
            raise ValueError("include_noise needs one noise variance for all points, got one for each trial")
        return 0.0 if isinstance(noise, str) else float(noise)

    def __repr__(self) -> str:
        kernel = getattr(self, "kernel_", self.kernel)
        noise = getattr(self, "noise_", self.noise)
        return f"GaussianProcess({kernel!r}, noise={noise!r}, normalize_y={self.normalize_y})"


def _default_kernel(X: FloatArray) -> Kernel:
    """Constant · Matérn-5/2 with one length scale for each column, half the diagonal of what the points span."""
    d = X.shape[1]
    kinds = tuple(Hyperparameter("length_scale", j) for j in range(d))
    units = Scales.of(X, np.ones(1), kinds).units if len(X) else np.ones(d)
    return Constant(1.0) * Matern52(0.5 * np.sqrt(d) * units)


def _blocks(m: int, n: int) -> list[slice]:
    """Cut m rows into pieces whose covariances with n points fit a processor's cache: twice as fast, less memory."""
    step = max(128, 20_000 // n)
    return [slice(start, start + step) for start in range(0, m, step)]


def _as_noise(noise: Any) -> Any:
    """Return "fit", a number or an array of variances."""
    if isinstance(noise, str):
        if noise != "fit":
            raise ValueError(f"noise must be 'fit', a variance or an array of variances, got {noise!r}")
        return noise
    if np.ndim(noise) == 0:
        return as_number(np.asarray(noise).item() if isinstance(noise, np.ndarray) else noise, "noise", least=0)
    values = as_finite(noise, "noise").copy()
    if values.ndim != 1 or (values < 0).any():
        raise ValueError(f"noise must be a number or an array (n,) of variances >= 0, got {noise!r}")
    return values


def _as_trials(X: ArrayLike, y: ArrayLike, width: int | None = None) -> tuple[FloatArray, FloatArray]:
    X = as_points(X, "X", width, "to match the training data" if width else "").copy()
    y = as_finite(y, "y").copy()
    if len(X) == 0 or X.shape[1] == 0:
        raise ValueError(f"X must hold at least one point with one column, got shape {X.shape}")
    if y.shape != (len(X),):
        raise ValueError(f"y must have shape ({len(X)},) to match X, got {y.shape}")
    return X, y


def _standards(y: FloatArray) -> tuple[float, float]:
    """Mean and standard deviation; a deviation that is only rounding counts as none, and then the unit stays."""
    mean, std = float(y.mean()), float(y.std())
    return mean, std if std > 10 * np.finfo(float).eps * np.abs(y).max() else 1.0


def _refuse_contradictions(X: FloatArray, y: FloatArray, noise: FloatArray, since: int = 0) -> None:
    """Raise if two equal points have different values and no noise that could explain it."""
    order = np.lexsort(X.T[::-1])
    same = (X[order[1:]] == X[order[:-1]]).all(axis=1) & (y[order[1:]] != y[order[:-1]])
    for i, j in zip(order[:-1][same], order[1:][same], strict=True):
        if noise[i] == noise[j] == 0 and max(i, j) >= since:
            first, second = sorted((int(i), int(j)))
            raise ValueError(
                f"X has the same point in rows {first} and {second}, but y differs ({y[first]:g} and {y[second]:g}): "
                f"without noise no function has both values; pass noise='fit' or a variance"
            )
