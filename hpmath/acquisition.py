r"""Where next? What a trial is worth, judged by a prediction before it is run.

Chapters: 22 acquisition; 15 entropy (:func:`max_value_entropy_search`), 23 bayesopt, 18 pareto
(:func:`expected_hypervolume_improvement`).

Symbols
-------
mean, std : (n,), a model's prediction μ, σ of an objective at n points, without observation noise; to be minimised
best : f⋆, the incumbent's value: the lowest observed or, with noise, the lowest posterior mean
gain : f⋆ − ξ − μ, what the mean promises; z = gain/σ; φ, Φ : density and distribution function of N(0, 1)

Every acquisition is larger where a trial is worth more. They are functions of arrays and know no model, except for
:func:`thompson_sample` and :func:`sample_minima`. ``gradient=True`` returns ``(value, d_mean, d_std)``: with the
model's derivatives of mean and standard deviation, the chain rule gives the gradient in x. Start reading at
:func:`expected_improvement`, then :func:`log_expected_improvement`, which is the one to maximise.

References
----------
Jones, Schonlau & Welch (1998), Efficient global optimization of expensive black-box functions; Ament et al. (2023),
Unexpected improvements to expected improvement for Bayesian optimization; Garnett (2023), Bayesian Optimization, ch. 7.
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import log_ndtr, ndtr, ndtri

from hpmath._checks import (
    RNG,
    FloatArray,
    as_broadcast,
    as_count,
    as_finite,
    as_number,
    as_point,
    as_points,
    as_prediction,
    as_rng,
    as_symmetric,
)
from hpmath._normal import LOG_SQRT_2PI, by_blocks, excess, normal_pdf, standardised

__all__ = [
    "batch_expected_improvement",
    "expected_hypervolume_improvement",
    "expected_improvement",
    "feasibility",
    "log_expected_improvement",
    "lower_confidence_bound",
    "max_value_entropy_search",
    "probability_of_improvement",
    "sample_minima",
    "thompson_sample",
]


class Sampler(Protocol):
    """A model that can draw functions from its posterior, such as :class:`hpmath.GaussianProcess`."""

    def sample(self, X: Any, n: int, rng: Any) -> FloatArray:
        """Return n draws at the points X, shape (n, len(X))."""
        ...


# --- improvement on the incumbent


def probability_of_improvement(
    mean: ArrayLike, std: ArrayLike, best: ArrayLike, *, xi: float = 0.0, gradient: bool = False
) -> Any:
    r"""Probability that a point beats the incumbent by more than a margin, for minimisation.

    .. math:: \mathrm{PI}(x) = P(f(x) < f^\ast - \xi) = \Phi(z), \qquad z = (f^\ast - \xi - \mu)/\sigma

    It counts how often, not by how much: without a margin it stays beside the incumbent.

    Parameters
    ----------
    mean, std : array_like, shape (n,)
        The prediction; ``std >= 0``. In units of the objective. Any shapes that broadcast will do.
    best : float
        The incumbent :math:`f^\ast`. An array broadcasts, too: draws of an uncertain incumbent, say.
    xi : float
        Margin by which the incumbent must be beaten, in units of the objective.
    gradient : bool
        Also return the derivatives.

    Returns
    -------
    value : ndarray, shape (n,)
        Between 0 and 1. Where ``std == 0``, 1 if ``mean < best - xi``, else 0.
    d_mean, d_std : ndarray, shape (n,)
        Only with ``gradient``: :math:`-\varphi(z)/\sigma` and :math:`-z\,\varphi(z)/\sigma`; 0 where ``std == 0``.

    Raises
    ------
    ValueError
        If ``std`` has a negative entry, a number is not finite, or the shapes don't broadcast.

    References
    ----------
    Kushner (1964), A new method of locating the maximum point of an arbitrary multipeak curve in the presence of noise.

    Examples
    --------
    >>> probability_of_improvement([0.0, -1.0], [1.0, 1.0], best=0.0).round(4)
    array([0.5   , 0.8413])
    """
    return _below(*_prediction(mean, std, best, xi), gradient=gradient, or_equal=False)


def expected_improvement(
    mean: ArrayLike, std: ArrayLike, best: ArrayLike, *, xi: float = 0.0, gradient: bool = False
) -> Any:
    r"""Expected improvement of a Gaussian prediction over the incumbent, for minimisation.

    .. math:: \mathrm{EI}(x) = E\,(f^\ast - \xi - f(x))_+ = \sigma\,[z\,\Phi(z) + \varphi(z)],
              \qquad z = (f^\ast - \xi - \mu)/\sigma

    Computed as :math:`\max(f^\ast - \xi - \mu, 0) + \sigma\,\varphi(z)\,G_1(|z|)`, the gain of the mean plus what luck
    adds: both are positive, so the tail keeps its digits until it underflows, below z = −38.

    Parameters
    ----------
    mean, std : array_like, shape (n,)
        The prediction; ``std >= 0``. In units of the objective. Any shapes that broadcast will do.
    best : float
        The incumbent :math:`f^\ast`, the lowest value observed (for noisy data: the lowest posterior mean). An array
        broadcasts, too: draws of an uncertain incumbent, say.
    xi : float
        Margin by which a point must beat the incumbent, in units of the objective.
    gradient : bool
        Also return the derivatives.

    Returns
    -------
    value : ndarray, shape (n,)
        Non-negative, in units of the objective. Where ``std == 0`` it is ``max(best - xi - mean, 0)``.
    d_mean, d_std : ndarray, shape (n,)
        Only with ``gradient``: :math:`-\Phi(z)` and :math:`\varphi(z)`. Where ``std == 0``, their limits; at
        ``mean == best - xi`` the slope in the mean jumps there, and −1/2 stands in the middle.

    Raises
    ------
    ValueError
        If ``std`` has a negative entry, a number is not finite, or the shapes don't broadcast.

    References
    ----------
    Jones, Schonlau & Welch (1998), eq. 15. Derived in the book: chapter 22.

    Examples
    --------
    >>> expected_improvement([0.0], [1.0], best=0.0).round(4)
    array([0.3989])
    >>> value, d_mean, d_std = expected_improvement([0.0], [1.0], best=0.0, gradient=True)
    >>> d_mean, d_std.round(4)
    (array([-0.5]), array([0.3989]))
    """

    def of_block(mean: FloatArray, std: FloatArray, target: FloatArray) -> tuple[FloatArray, ...]:
        gain = target - mean
        z = standardised(gain, std)
        ei = np.maximum(gain, 0.0) + std * normal_pdf(z) * excess(np.abs(z), 1)  # eq. 15, as z Φ(z) = z − z Φ(−z)
        return (ei, -ndtr(z), normal_pdf(z)) if gradient else (ei,)

    return _answer(by_blocks(of_block, *_prediction(mean, std, best, xi), outputs=3 if gradient else 1))


def log_expected_improvement(
    mean: ArrayLike, std: ArrayLike, best: ArrayLike, *, xi: float = 0.0, gradient: bool = False
) -> Any:
    r"""Logarithm of the expected improvement, with digits and a slope where the improvement itself is 0.

    .. math:: \log \mathrm{EI}(x) = \log\sigma + \log\varphi(z) + \log G_1(-z), \qquad z \le 0,

    where :math:`G_1(t) = 1 - t\,\Phi(-t)/\varphi(t)` falls like :math:`1/t^2`. It has the same maximiser as
    the expected improvement, but a gradient that leads there from everywhere.

    Parameters
    ----------
    mean, std, best, xi, gradient
        As in :func:`expected_improvement`.

    Returns
    -------
    value : ndarray, shape (n,)
        In log units of the objective. Where ``std == 0`` it is the logarithm of ``max(best - xi - mean, 0)``: −inf
        where nothing can be gained. (Also where z < −1e154, whose square is no number.)
    d_mean, d_std : ndarray, shape (n,)
        Only with ``gradient``: :math:`-\Phi(z)/\mathrm{EI}` and :math:`\varphi(z)/\mathrm{EI}`. Where the value is
        −inf there is none, and 0 is returned.

    Raises
    ------
    ValueError
        If ``std`` has a negative entry, a number is not finite, or the shapes don't broadcast.

    References
    ----------
    Ament et al. (2023), who compute the same in another way.

    Examples
    --------
    >>> log_expected_improvement([0.0, 1000.0], [1.0, 1.0], best=0.0)
    array([-9.18938533e-01, -5.00014734e+05])
    >>> expected_improvement([1000.0], [1.0], best=0.0)
    array([0.])
    """

    def of_block(mean: FloatArray, std: FloatArray, target: FloatArray) -> tuple[FloatArray, ...]:
        gain = target - mean
        z = standardised(gain, std)
        tail, t = z < -1, np.abs(z)
        G = excess(t, 1)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            ei = np.maximum(gain, 0.0) + std * normal_pdf(z) * G
            log_ei = np.where(tail, np.log(std) + np.log(G) - 0.5 * t * t - LOG_SQRT_2PI, np.log(ei))
            if not gradient:
                return (log_ei,)
            mills = (1 - G) / t  # Φ(z)/φ(z) for z < 0
            d_mean = -np.where(tail, mills / G / std, ndtr(z) / ei)
            d_std = np.where(tail, 1 / G / std, normal_pdf(z) / ei)
        nowhere = log_ei == -np.inf
        d_mean[nowhere] = d_std[nowhere] = 0.0
        return log_ei, d_mean, d_std

    return _answer(by_blocks(of_block, *_prediction(mean, std, best, xi), outputs=3 if gradient else 1))


def batch_expected_improvement(
    mean: ArrayLike,
    cov: ArrayLike,
    best: float,
    *,
    xi: float = 0.0,
    n_samples: int = 1024,
    base_samples: ArrayLike | None = None,
    rng: RNG = None,
) -> float:
    r"""Expected improvement of the best of q points that are run at the same time, by quasi-Monte Carlo.

    .. math:: \mathrm{qEI}(X) = E \max_j (f^\ast - \xi - f(x_j))_+
              \approx \frac1N \sum_{i=1}^N \max_j (f^\ast - \xi - \mu_j - (\Sigma^{1/2} u_i)_j)_+

    With the same ``base_samples`` at every call it is a continuous function of mean and covariance (the square root
    taken is the symmetric one), which an ordinary optimiser can climb.

    Parameters
    ----------
    mean : array_like, shape (q,)
        The joint prediction at the batch, in units of the objective.
    cov : array_like, shape (q, q)
        Its covariance matrix, positive semidefinite up to rounding.
    best : float
        The incumbent :math:`f^\ast`.
    xi : float
        Margin by which the incumbent must be beaten, in units of the objective.
    n_samples : int
        Number of samples N, best a power of two. Without meaning if ``base_samples`` are given.
    base_samples : array_like, shape (N, q), optional
        Standard normal numbers u; by default scrambled Sobol' points through the normal quantile function.
    rng : optional
        Seed of the scrambling.

    Returns
    -------
    float
        Non-negative, in units of the objective.

    Raises
    ------
    ValueError
        If the shapes don't fit, a number is not finite, or ``cov`` is no covariance matrix.

    References
    ----------
    Ginsbourger, Le Riche & Carraro (2010), Kriging is well-suited to parallelize optimization; Wilson, Hutter &
    Deisenroth (2018), Maximizing acquisition functions for Bayesian optimization, on the fixed samples.

    Examples
    --------
    >>> one = batch_expected_improvement([0.0], [[1.0]], best=0.0, rng=0)
    >>> twice_the_same = batch_expected_improvement([0.0, 0.0], [[1.0, 1.0], [1.0, 1.0]], best=0.0, rng=0)
    >>> two = batch_expected_improvement([0.0, 0.0], [[1.0, 0.0], [0.0, 1.0]], best=0.0, rng=0)
    >>> round(one, 2), round(twice_the_same, 2), round(two, 2)
    (0.4, 0.4, 0.68)
    """
    mean, cov = as_point(mean, "mean"), as_symmetric(cov, "cov")
    if len(cov) != len(mean):
        raise ValueError(f"cov must have shape ({len(mean)}, {len(mean)}) to match the mean, got {cov.shape}")
    gain = as_number(best, "best") - as_number(xi, "xi") - mean
    if base_samples is None:
        u = _normal_points(as_count(n_samples, "n_samples"), len(mean), rng)
    else:
        u = as_points(base_samples, "base_samples", width=len(mean), reason="to match the mean")
        if not len(u):
            raise ValueError("base_samples must hold at least one row, got none")
    variances, V = np.linalg.eigh(cov)
    if variances[0] < -1e-8 * max(variances[-1], (gain * gain).max()):
        raise ValueError(f"cov must be positive semidefinite, got the eigenvalue {variances[0]:.4g}")
    S = V * np.sqrt(np.maximum(variances, 0.0)) @ V.T
    return float(np.maximum((gain - u @ S).max(axis=1), 0.0).mean())


# --- other rules


def lower_confidence_bound(mean: ArrayLike, std: ArrayLike, beta: float, *, gradient: bool = False) -> Any:
    r"""How low the objective may plausibly be, with its sign turned: optimism, for minimisation.

    .. math:: \mathrm{LCB}(x) = \beta\,\sigma - \mu

    Its maximiser is the minimiser of :math:`\mu - \beta\sigma`. What theory calls :math:`\sqrt{\beta_t}` is our
    ``beta``.

    Parameters
    ----------
    mean, std : array_like, shape (n,)
        The prediction; ``std >= 0``. In units of the objective. Any shapes that broadcast will do.
    beta : float
        At least 0: how many standard deviations of optimism.
    gradient : bool
        Also return the derivatives.

    Returns
    -------
    value : ndarray, shape (n,)
        In units of the objective.
    d_mean, d_std : ndarray, shape (n,)
        Only with ``gradient``: −1 and ``beta``.

    Raises
    ------
    ValueError
        If ``beta`` or an entry of ``std`` is negative, a number is not finite, or the shapes don't broadcast.

    References
    ----------
    Cox & John (1992), A statistical method for global optimization; Srinivas et al. (2010), Gaussian process
    optimization in the bandit setting, for maximisation.

    Examples
    --------
    >>> lower_confidence_bound([1.0, 2.0], [0.1, 1.0], beta=2.0)
    array([-0.8,  0. ])
    """
    mean, std = as_prediction(mean, std)
    beta = as_number(beta, "beta", least=0)
    value = beta * std - mean
    return _answer((value, np.full_like(value, -1.0), np.full_like(value, beta)) if gradient else (value,))


def thompson_sample(model: Sampler, X: ArrayLike, rng: RNG = None) -> FloatArray:
    """Minus one draw of the objective from the posterior, for minimisation: where it is largest, try next.

    A point is proposed as often as the model believes that it is the best of ``X``.

    Parameters
    ----------
    model : object
        With ``sample(X, n, rng)`` returning draws as rows, (n, len(X)), such as :class:`hpmath.GaussianProcess`.
    X : array_like, shape (n, d)
        The candidates.
    rng : optional
        Seed of the draw.

    Returns
    -------
    ndarray, shape (n,)
        In units of the objective.

    Raises
    ------
    TypeError
        If the model has no ``sample``.
    ValueError
        If there is no candidate, or the draw has another shape or is not finite.

    References
    ----------
    Thompson (1933), On the likelihood that one unknown probability exceeds another in view of the evidence of two
    samples.

    Examples
    --------
    >>> class Coin:
    ...     def sample(self, X, n, rng):
    ...         return rng.choice([-1.0, 1.0], size=(n, 1)) * np.ravel(X)
    >>> np.abs(thompson_sample(Coin(), [[1.0], [2.0]], rng=0))
    array([1., 2.])
    """
    (draw,) = _draws(model, X, 1, rng)
    return np.asarray(-draw)


def sample_minima(model: Sampler, X: ArrayLike, n: int = 16, rng: RNG = None) -> FloatArray:
    """Lowest values of n draws of the objective from the posterior, over a set of points.

    What :func:`max_value_entropy_search` needs. The points should be many and dense where the mean is low: the minimum
    over them is never below that over the whole space.

    Parameters
    ----------
    model : object
        With ``sample(X, n, rng)``, as in :func:`thompson_sample`. A draw at m points takes a matrix of m × m.
    X : array_like, shape (m, d)
        The points.
    n : int
        Number of draws.
    rng : optional
        Seed of the draws.

    Returns
    -------
    ndarray, shape (n,)
        In units of the objective.

    Raises
    ------
    TypeError
        If the model has no ``sample``, or n is no whole number.
    ValueError
        If n is below 1, there is no point, or the draws have another shape or are not finite.

    References
    ----------
    Wang & Jegelka (2017), Max-value entropy search for efficient Bayesian optimization, sec. 3, which also gives a
    cheaper approximation by a Gumbel distribution, for which the points are independent.

    Examples
    --------
    >>> class Waves:
    ...     def sample(self, X, n, rng):
    ...         return np.sin(np.ravel(X) + rng.uniform(0, 6, size=(n, 1)))
    >>> sample_minima(Waves(), np.linspace(0, 7, 99), n=3, rng=0).round(2)
    array([-1., -1., -1.])
    """
    return np.asarray(_draws(model, X, as_count(n, "n"), rng).min(axis=1))


def max_value_entropy_search(mean: ArrayLike, std: ArrayLike, minima: ArrayLike, *, gradient: bool = False) -> Any:
    r"""Information, in nats, that the objective's value at a point gives about its minimum.

    .. math:: \mathrm{MES}(x) = \frac1k \sum_{i=1}^k \left[ \frac{\gamma_i\,\varphi(\gamma_i)}{2\,\Phi(\gamma_i)}
              - \log \Phi(\gamma_i) \right], \qquad \gamma_i = (\mu - f^\ast_i)/\sigma

    The entropy of the prediction less the mean entropy once the minimum is known, which cuts the prediction off below
    it. (That knowing the minimum does no more than this is the method's approximation.) For :math:`\gamma < 0` the
    terms nearly cancel; there, with :math:`t = -\gamma`, it is
    :math:`\log\sqrt{2\pi} - \log G_0(t) - t\,G_1(t)/2\,G_0(t)`, which grows like log t.

    Parameters
    ----------
    mean, std : array_like, shape (n,)
        The prediction of the objective without noise; ``std >= 0``. Any shapes that broadcast will do.
    minima : array_like, shape (k,)
        Samples of the objective's minimum :math:`f^\ast`, as :func:`sample_minima` draws them.
    gradient : bool
        Also return the derivatives.

    Returns
    -------
    value : ndarray, shape (n,)
        Non-negative, in nats; 0 where ``std == 0``: nothing is left to be learned.
    d_mean, d_std : ndarray, shape (n,)
        Only with ``gradient``, in nats per unit of the objective; 0 where ``std == 0``.

    Raises
    ------
    ValueError
        If there are no minima, ``std`` has a negative entry, a number is not finite, or the shapes don't broadcast.

    References
    ----------
    Wang & Jegelka (2017), Max-value entropy search for efficient Bayesian optimization; theirs is for
    maximisation.

    Examples
    --------
    >>> max_value_entropy_search([0.0, 3.0], [1.0, 1.0], minima=[0.0, -0.5]).round(4)
    array([0.5947, 0.0049])
    """
    mean, std = as_prediction(mean, std)
    f_min = np.atleast_1d(as_finite(minima, "minima"))
    if f_min.ndim != 1 or not f_min.size:
        raise ValueError(f"minima must have shape (k,) with k >= 1, got {f_min.shape}")

    def of_block(mean: FloatArray, std: FloatArray, f_min: FloatArray) -> tuple[FloatArray, ...]:
        gamma = np.clip(standardised(mean - f_min, std), -1e100, 1e100)
        known, likely, t = std == 0, gamma >= 0, np.abs(gamma)
        ratio = normal_pdf(t) / ndtr(t)  # φ/Φ at γ >= 0; at γ < 0 it is 1/G₀
        G0, G1 = excess(t, 0), excess(t, 1)
        below = LOG_SQRT_2PI - np.log(G0) - 0.5 * t * G1 / G0
        value = np.where(likely, 0.5 * t * ratio - log_ndtr(t), below)
        value[known] = 0.0
        if not gradient:
            return (value,)
        slope = -0.5 * np.where(likely, ratio * (1 + t * (t + ratio)), excess(t, 2) / G0 / G0)  # in γ
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            d_mean, d_std = slope / std, -gamma * slope / std
        d_mean[known] = d_std[known] = 0.0
        return value, d_mean, d_std

    terms = by_blocks(of_block, mean[..., None], std[..., None], f_min, outputs=3 if gradient else 1)
    return _answer(tuple(term.mean(axis=-1) for term in terms))


def feasibility(mean: ArrayLike, std: ArrayLike, threshold: ArrayLike, *, gradient: bool = False) -> Any:
    r"""Probability that a black-box constraint holds, :math:`P(c \le \text{threshold})`.

    The expected improvement times this is the expected improvement of a point that counts only if it is allowed.

    Parameters
    ----------
    mean, std : array_like, shape (n,)
        The prediction of the constraint's value c; ``std >= 0``. Any shapes that broadcast will do.
    threshold : float
        The largest value allowed; 0 for the constraints told with a trial.
    gradient : bool
        Also return the derivatives.

    Returns
    -------
    value : ndarray, shape (n,)
        Between 0 and 1. Where ``std == 0``, 1 if ``mean <= threshold``, else 0.
    d_mean, d_std : ndarray, shape (n,)
        Only with ``gradient``; 0 where ``std == 0``.

    Raises
    ------
    ValueError
        If ``std`` has a negative entry, a number is not finite, or the shapes don't broadcast.

    References
    ----------
    Gardner et al. (2014), Bayesian optimization with inequality constraints.

    Examples
    --------
    >>> feasibility([0.0, 0.0], [1.0, 0.0], threshold=0.0)
    array([0.5, 1. ])
    """
    mean, std = as_prediction(mean, std)
    limit = as_finite(threshold, "threshold")
    as_broadcast(mean=mean, std=std, threshold=limit)
    return _below(mean, std, limit, gradient=gradient, or_equal=True)


# --- two objectives


def expected_hypervolume_improvement(
    mean: ArrayLike, std: ArrayLike, front: ArrayLike, reference: ArrayLike, *, gradient: bool = False
) -> Any:
    r"""Expected gain in the area that a front dominates, for two objectives to be minimised.

    The points :math:`a_1 < \dots < a_k` of the front in the first objective, with :math:`b_1 > \dots > b_k` in the
    second, cut the part of the plane that beats it into strips :math:`a_i < y_1 < a_{i+1}`, :math:`y_2 < b_i`, from
    :math:`a_0 = -\infty`, :math:`b_0 = r_2` up to :math:`a_{k+1} = r_1`. For independent predictions each
    strip's share is a product, with :math:`\mathrm{EI}_j(c) = E(c - y_j)_+`:

    .. math:: \mathrm{EHVI} = \sum_{i=0}^{k} [\mathrm{EI}_1(a_{i+1}) - \mathrm{EI}_1(a_i)]\;\mathrm{EI}_2(b_i)

    Parameters
    ----------
    mean, std : array_like, shape (n, 2)
        Predictions of both objectives; ``std >= 0``.
    front : array_like, shape (k, 2)
        Observed values. Rows that others dominate or that don't beat the reference in both objectives count nothing.
        Without any, the value is the product of two expected improvements on the reference.
    reference : array_like, shape (2,)
        The corner of the area, worse than what is worth having.
    gradient : bool
        Also return the derivatives.

    Returns
    -------
    value : ndarray, shape (n,)
        Non-negative, in units of the first objective times the second.
    d_mean, d_std : ndarray, shape (n, 2)
        Only with ``gradient``; see :func:`expected_improvement` for ``std == 0``.

    Raises
    ------
    ValueError
        If a shape is another, ``std`` has a negative entry, or a number is not finite.

    References
    ----------
    Emmerich, Deutz & Klinkenberg (2011), Hypervolume-based expected improvement: monotonicity properties and exact
    computation; Yang et al. (2019), Efficient computation of expected hypervolume improvement using box decomposition
    algorithms, for the strips.

    Examples
    --------
    >>> front = [[0.0, 1.0], [1.0, 0.0]]
    >>> expected_hypervolume_improvement([[0.5, 0.5], [0.0, 0.0]], np.zeros((2, 2)), front, reference=[2.0, 2.0])
    array([0.25, 1.  ])
    """
    mean, std = np.broadcast_arrays(*as_prediction(mean, std))
    if mean.ndim != 2 or mean.shape[1] != 2:
        raise ValueError(f"mean and std must have shape (n, 2), two objectives, got {mean.shape}")
    a, b = _staircase(front, reference)
    value1, *slopes1 = expected_improvement(mean[:, :1], std[:, :1], a[1:], gradient=True)  # (n, k + 1), at a_i+1
    value2, *slopes2 = expected_improvement(mean[:, 1:], std[:, 1:], b, gradient=True)
    width = np.diff(value1, prepend=0.0)
    value = (width * value2).sum(axis=1)
    if not gradient:
        return value
    pairs = zip(slopes1, slopes2, strict=True)
    d1, d2 = ([(np.diff(s1, prepend=0.0) * value2).sum(1), (width * s2).sum(1)] for s1, s2 in pairs)
    return value, np.stack(d1, axis=1), np.stack(d2, axis=1)


def _staircase(front: ArrayLike, reference: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Return a_0, …, a_k+1 (the first stands for −∞ and is never used) and b_0, …, b_k."""
    corner = as_point(reference, "reference")
    if corner.shape != (2,):
        raise ValueError(f"reference must have shape (2,), one number for each objective, got {corner.shape}")
    Y = as_finite(front, "front")
    Y = as_points(Y if Y.size else np.empty((0, 2)), "front", width=2, reason="to match the predictions")
    Y = Y[(corner > Y).all(axis=1)]
    Y = Y[np.lexsort(Y.T[::-1])]  # by the first objective, then the second
    lowest = np.minimum.accumulate(np.append(np.inf, Y[:, 1]))
    Y = Y[Y[:, 1] < lowest[:-1]]
    return np.r_[-np.inf, Y[:, 0], corner[0]], np.r_[corner[1], Y[:, 1]]


# --- the workshop


def _prediction(mean: ArrayLike, std: ArrayLike, best: ArrayLike, xi: float) -> tuple[FloatArray, ...]:
    """Return checked mean, std, and the value to beat, f⋆ − ξ."""
    mean, std = as_prediction(mean, std)
    target = as_finite(best, "best") - as_number(xi, "xi")
    as_broadcast(mean=mean, std=std, best=target)
    return mean, std, target


def _below(mean: FloatArray, std: FloatArray, limit: FloatArray, *, gradient: bool, or_equal: bool) -> Any:
    """Return P(f < limit), or P(f <= limit), which differ only where std is 0; and the derivatives."""

    def of_block(mean: FloatArray, std: FloatArray, limit: FloatArray) -> tuple[FloatArray, ...]:
        z = np.clip(standardised(limit - mean, std), -1e100, 1e100)
        known = std == 0
        value = ndtr(z)
        value[known & (z == 0)] = or_equal
        if not gradient:
            return (value,)
        with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
            d_mean, d_std = -normal_pdf(z) / std, -z * normal_pdf(z) / std
        d_mean[known] = d_std[known] = 0.0
        return value, d_mean, d_std

    return _answer(by_blocks(of_block, mean, std, limit, outputs=3 if gradient else 1))


def _draws(model: Sampler, X: ArrayLike, n: int, rng: RNG) -> FloatArray:
    """Return n draws at the rows of X, checked."""
    if not callable(getattr(model, "sample", None)):
        raise TypeError(f"model must have a method sample(X, n, rng), got {type(model).__name__}")
    m = len(np.atleast_1d(X))  # what a point is, the model knows
    if not m:
        raise ValueError("X must hold at least one point, got none")
    draws = as_finite(model.sample(X, n, as_rng(rng)), "draws of the model")
    if draws.shape != (n, m):
        raise ValueError(f"model.sample must return shape ({n}, {m}), draws as rows, got {draws.shape}")
    return draws


def _normal_points(n: int, q: int, rng: RNG) -> FloatArray:
    """Return n quasi-random standard normal points, (n, q)."""
    from scipy.stats import qmc  # takes a second to import

    generator = as_rng(rng)
    try:
        sobol = qmc.Sobol(q, rng=generator)
    except TypeError:  # SciPy before 1.15
        sobol = qmc.Sobol(q, seed=generator)
    u = sobol.random_base2((n - 1).bit_length())[:n]
    return np.asarray(ndtri(np.clip(u, 2.0**-54, 1 - 2.0**-53)))


def _answer(outputs: tuple[FloatArray, ...]) -> Any:
    """Return one array, or a tuple of several; numbers where numbers came in."""
    plain = tuple(array[()] for array in outputs)
    return plain if len(plain) > 1 else plain[0]
