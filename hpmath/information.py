r"""How uncertain is this, in nats, and how much of that would knowing the other one take away?

Chapters: 15 entropy (``entropy``, ``gaussian_entropy``, ``differential_entropy``, ``cross_entropy``,
``kl_divergence``, ``gaussian_kl``), 16 mutual_information (``mutual_information``, ``mutual_information_knn``,
``mutual_information_histogram``, ``permutation_test``), 17 tpe (``information_gain``, ``variance_reduction``,
``best_split``).

Symbols
-------
p, q : any shape, probabilities that sum to one; 0 ln 0 = 0
joint : (r, c), the table p(x, y); its row sums are p(x), its column sums p(y)
x, y : (n,) or (n, d), n samples as rows; k : which neighbour counts as near
ε : (n,), twice the distance from a sample to its k-th neighbour; ψ : the digamma function, about a logarithm

Everything is in nats unless ``base`` says otherwise: base 2 gives bits, and 1 nat is 1.44 bits. Start reading at
``entropy`` and ``kl_divergence``, a line each; ``mutual_information`` is the second of a table and of the product of
its margins. Then ``mutual_information_knn``, which needs no table.

References
----------
Cover & Thomas (2006), Elements of Information Theory, ch. 2 and 8; Kraskov, Stögbauer & Grassberger (2004), Estimating
mutual information, Phys. Rev. E 69, 066138; Phipson & Smyth (2010); Quinlan (1986), Induction of decision trees.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import solve_triangular
from scipy.special import digamma, entr, rel_entr, xlogy

from hpmath._checks import (
    RNG,
    FloatArray,
    as_count,
    as_finite,
    as_number,
    as_point,
    as_probabilities,
    as_rng,
    as_symmetric,
    one_of,
)

__all__ = [
    "PermutationTest",
    "Split",
    "best_split",
    "cross_entropy",
    "differential_entropy",
    "entropy",
    "gaussian_entropy",
    "gaussian_kl",
    "information_gain",
    "kl_divergence",
    "mutual_information",
    "mutual_information_histogram",
    "mutual_information_knn",
    "permutation_test",
    "variance_reduction",
]

_EPS = float(np.finfo(np.float64).eps)


# -- probabilities -----------------------------------------------------------------------------------------------------


def entropy(p: ArrayLike, base: float | None = None) -> float:
    r"""Shannon entropy of a distribution: how uncertain its outcome is.

    .. math:: H(p) = -\sum_i p_i \ln p_i, \qquad 0 \ln 0 = 0

    Zero where one outcome is certain; at most the logarithm of the number of outcomes, where all are equally probable.

    Parameters
    ----------
    p : array_like, any shape
        Probabilities: not negative, summing to one (to 1e-8). A table has the entropy of all its cells, H(X, Y).
    base : float, optional
        Of the logarithm, above 1. By default e, for nats; 2 for bits.

    Returns
    -------
    float
        In nats, or as ``base`` says. Never negative.

    Raises
    ------
    ValueError
        If ``p`` is empty, negative, not finite or does not sum to one, or ``base`` is not above 1.

    References
    ----------
    Shannon (1948); Cover & Thomas (2006), eq. 2.1.

    Examples
    --------
    >>> entropy([0.5, 0.25, 0.25], base=2)
    1.5
    >>> entropy([1.0, 0.0])
    0.0
    """
    return _in_base(entr(as_probabilities(p)).sum(), base)


def cross_entropy(p: ArrayLike, q: ArrayLike, base: float | None = None) -> float:
    r"""Mean surprise of who believes ``q`` while ``p`` is true.

    .. math:: H(p, q) = -\sum_i p_i \ln q_i = H(p) + D(p \,\|\, q)

    With p the observed labels and q a classifier's probabilities this is the log loss.

    Parameters
    ----------
    p, q : array_like, the same shape
        Probabilities: not negative, each summing to one (to 1e-8).
    base : float, optional
        Of the logarithm, above 1. By default e, for nats; 2 for bits.

    Returns
    -------
    float
        In nats, or as ``base`` says. ``inf`` where q is zero and p is not. Not symmetric in p and q.

    Raises
    ------
    ValueError
        If the shapes differ, or either is empty, negative, not finite or does not sum to one.

    References
    ----------
    MacKay (2003), Information Theory, Inference, and Learning Algorithms, ch. 2.

    Examples
    --------
    >>> cross_entropy([0.5, 0.5], [0.25, 0.75], base=2)
    1.20751...
    >>> cross_entropy([0.5, 0.5], [1.0, 0.0])
    inf
    """
    p, q = _as_pair(p, q)
    return _in_base(-xlogy(p, q).sum(), base)


def kl_divergence(p: ArrayLike, q: ArrayLike, base: float | None = None) -> float:
    r"""Kullback-Leibler divergence: what believing ``q`` costs while ``p`` is true.

    .. math:: D(p \,\|\, q) = \sum_i p_i \ln \frac{p_i}{q_i} \ge 0

    Zero only where p = q. Not symmetric, and no distance. Unlike a differential entropy, the divergence between two
    densities does not change when x is measured on another scale.

    Parameters
    ----------
    p, q : array_like, the same shape
        Probabilities: not negative, each summing to one (to 1e-8).
    base : float, optional
        Of the logarithm, above 1. By default e, for nats; 2 for bits.

    Returns
    -------
    float
        In nats, or as ``base`` says. ``inf`` where q is zero and p is not.

    Raises
    ------
    ValueError
        If the shapes differ, or either is empty, negative, not finite or does not sum to one.

    References
    ----------
    Kullback & Leibler (1951); Cover & Thomas (2006), eq. 2.26 and theorem 2.6.3.

    Examples
    --------
    >>> print(round(kl_divergence([0.5, 0.5], [0.25, 0.75]), 6))
    0.143841
    >>> kl_divergence([1.0, 0.0], [0.5, 0.5], base=2), kl_divergence([0.5, 0.5], [1.0, 0.0])
    (1.0, inf)
    """
    p, q = _as_pair(p, q)
    return _in_base(max(rel_entr(p, q).sum(), 0.0), base)  # rounding may fall below zero where p and q nearly agree


def mutual_information(joint: ArrayLike, base: float | None = None) -> float:
    r"""Mutual information of two variables from the table of their joint probabilities.

    .. math:: I(X; Y) = \sum_{x, y} p(x, y) \ln \frac{p(x, y)}{p(x)\,p(y)} = D\bigl(p(x, y) \,\|\, p(x)\,p(y)\bigr)

    What knowing one takes from the entropy of the other, :math:`H(X) - H(X \mid Y)`. Zero only where they are
    independent. Counts divided by their sum are allowed, and their mutual information is then that of the sample, too
    large on average: see :func:`mutual_information_histogram`.

    Parameters
    ----------
    joint : array_like, shape (r, c)
        Probabilities, not counts: not negative, summing to one (to 1e-8).
    base : float, optional
        Of the logarithm, above 1. By default e, for nats; 2 for bits.

    Returns
    -------
    float
        In nats, or as ``base`` says. Between 0 and the smaller of the two entropies.

    Raises
    ------
    ValueError
        If ``joint`` is no table, or is empty, negative, not finite or does not sum to one.

    References
    ----------
    Cover & Thomas (2006), eq. 2.28.

    Examples
    --------
    Two knobs that agree always tell one bit about each other; two that ignore each other, none.

    >>> mutual_information([[0.5, 0.0], [0.0, 0.5]], base=2)
    1.0
    >>> mutual_information([[0.25, 0.25], [0.25, 0.25]])
    0.0
    """
    p = as_probabilities(joint, "joint")
    if p.ndim != 2:
        raise ValueError(f"joint must be a table of shape (r, c), got shape {p.shape}")
    p = np.asarray(p[p.any(axis=1)][:, p.any(axis=0)])  # what never happens tells nothing
    ratio = p / p.sum(axis=1, keepdims=True) / p.sum(axis=0)  # p(x) p(y) may underflow where p(x, y) does not
    return _in_base(max(xlogy(p, ratio).sum(), 0.0), base)


# -- Gaussians ---------------------------------------------------------------------------------------------------------


def gaussian_entropy(cov: ArrayLike) -> float:
    r"""Differential entropy of a normal distribution.

    .. math:: h = \tfrac12 \ln \det(2 \pi e\, \Sigma)

    The largest that any distribution with this covariance has. In one dimension it grows with ln σ, so for normal
    predictions "the highest entropy" and "the highest variance" pick the same point. It depends on the units: it is
    negative for σ below 0.242, whatever σ measures.

    Parameters
    ----------
    cov : float or array_like, shape (d, d)
        Covariance, symmetric and positive definite; a number is a variance.

    Returns
    -------
    float
        In nats.

    Raises
    ------
    ValueError
        If ``cov`` is not square, not symmetric, not positive definite (singular ones have entropy −∞) or not finite.

    References
    ----------
    Cover & Thomas (2006), theorem 8.4.1; that it is the maximum, theorem 8.6.5.

    Examples
    --------
    >>> print(round(gaussian_entropy(1.0), 6))
    1.418939
    >>> print(round(gaussian_entropy([[1.0, 0.9], [0.9, 1.0]]), 3))
    2.008
    """
    L = _factor(cov, "cov")
    return float(len(L) * (1 + np.log(2 * np.pi)) / 2 + np.log(L.diagonal()).sum())


def gaussian_kl(mean_p: ArrayLike, cov_p: ArrayLike, mean_q: ArrayLike, cov_q: ArrayLike) -> float:
    r"""Kullback-Leibler divergence from one normal distribution to another.

    .. math::
        D(p \,\|\, q) = \tfrac12 \Bigl[ \operatorname{tr}(\Sigma_q^{-1} \Sigma_p)
        + (\mu_q - \mu_p)^\top \Sigma_q^{-1} (\mu_q - \mu_p) - d + \ln \frac{\det \Sigma_q}{\det \Sigma_p} \Bigr]

    Parameters
    ----------
    mean_p, mean_q : float or array_like, shape (d,)
        Means.
    cov_p, cov_q : float or array_like, shape (d, d)
        Covariances, symmetric and positive definite; a number is a variance.

    Returns
    -------
    float
        In nats. Not negative, zero only where the two agree, and the same in any units of x.

    Raises
    ------
    ValueError
        If the dimensions differ, or a covariance is not square, not symmetric, not positive definite or not finite.

    References
    ----------
    Rasmussen & Williams (2006), eq. A.23.

    Examples
    --------
    >>> gaussian_kl(0.0, 1.0, 2.0, 1.0)
    2.0
    >>> print(round(gaussian_kl([0, 0], [[2, 0], [0, 1]], [0, 0], [[1, 0], [0, 1]]), 6))
    0.153426
    """
    means = [as_point(np.atleast_1d(as_finite(m, name)), name) for m, name in ((mean_p, "mean_p"), (mean_q, "mean_q"))]
    P, Q = _factor(cov_p, "cov_p"), _factor(cov_q, "cov_q")
    d = len(means[0])
    for name, length in (("cov_p", len(P)), ("mean_q", len(means[1])), ("cov_q", len(Q))):
        if length != d:
            raise ValueError(f"{name} must have dimension {d} to match mean_p, got {length}")
    A = solve_triangular(Q, P, lower=True)  # A Aᵀ is cov_p in the coordinates where cov_q = I
    z = solve_triangular(Q, means[1] - means[0], lower=True)
    log_ratio = 2 * np.log(Q.diagonal() / P.diagonal()).sum()
    return float(max(((A**2).sum() + z @ z - d + log_ratio) / 2, 0.0))


# -- samples -----------------------------------------------------------------------------------------------------------


def differential_entropy(samples: ArrayLike, k: int = 3) -> float:
    r"""Differential entropy from samples, by the distance to the k-th neighbour (Kozachenko & Leonenko).

    .. math:: \hat h = \psi(n) - \psi(k) + \frac{d}{n} \sum_{i=1}^n \ln \varepsilon_i

    :math:`\varepsilon_i` is the side of the cube around sample i that reaches to its k-th neighbour. The estimate is of
    the entropy of a density: it is in units of ln(unit of x), may be negative, and changes with the scale on which x is
    measured: by :math:`\mathrm E \ln |g'(X)|` when x becomes g(x). Columns are brought to unit variance first and the
    change is added back, so the units of one column do not decide who is a neighbour.

    A larger k lowers the variance and raises the bias. It assumes that the density is about constant in the cube, which
    is worst in many dimensions, at sharp edges and for columns that are functions of each other: those have −∞.

    Parameters
    ----------
    samples : array_like, shape (n,) or (n, d)
        Independent samples as rows, n > k.
    k : int
        Which neighbour, from 1 to n − 1.

    Returns
    -------
    float
        In nats.

    Raises
    ------
    ValueError
        If ``samples`` is not finite or has no rows, k is not below n, a column is constant, or a row comes more than k
        times: its neighbour is then at distance 0, and what has such atoms has no density.

    References
    ----------
    Kozachenko & Leonenko (1987), Probl. Inf. Transm. 23; as in Kraskov et al. (2004), with the maximum norm.

    Examples
    --------
    >>> x = np.random.default_rng(0).normal(size=2000)
    >>> print(round(differential_entropy(x), 2), round(gaussian_entropy(1.0), 2))
    1.44 1.42
    """
    X = _as_samples(samples, "samples")
    n, d = X.shape
    k = _as_neighbour(k, n)
    Z, scale = _standardised(X)
    if (scale == 0).any():
        column = int(np.flatnonzero(scale == 0)[0])
        raise ValueError(f"samples must vary to have a density, got column {column} constant at {X[0, column]}")
    distance = _distance_to_neighbour(Z, k)
    if not distance.all():
        row = int(np.flatnonzero(distance == 0)[0])
        raise ValueError(
            f"samples must not repeat a row more than k = {k} times to have a density, got row {row} too often; "
            f"use a larger k, or entropy of the frequencies for discrete values"
        )
    return float(digamma(n) - digamma(k) + d * np.log(2 * distance).mean() + np.log(scale).sum())  # c_d = 1


def mutual_information_knn(x: ArrayLike, y: ArrayLike, k: int = 3, rng: RNG = None) -> float:
    r"""Mutual information from samples, by counting neighbours: the first estimator of Kraskov et al. (KSG).

    .. math:: \hat I = \psi(k) + \psi(n) - \frac1n \sum_{i=1}^n \bigl[\psi(n_{x,i} + 1) + \psi(n_{y,i} + 1)\bigr]

    Around sample i lies the square in the (x, y) plane that just reaches its k-th neighbour; :math:`n_{x,i}` samples
    lie strictly within its width and :math:`n_{y,i}` within its height. If x and y are independent these strips are
    full of others; if y follows x, the strip holds little more than the square. No bins, and the biases of the three
    entropies nearly cancel.

    The true value does not change under one-to-one maps of x or of y. The estimate is unchanged by a shift, a scale or
    a change of sign, as each column is brought to unit variance first; under other monotone maps it stays about the
    same while the map is about straight across a neighbourhood. Take logarithms of what spans decades. It is too low
    for strong dependence: the sample must resolve the width of the relation, and with n samples no more than
    :math:`\psi(n) - \psi(k) - 1/k` nats can be seen.

    Ties: to every column is added normal noise of standard deviation 1e-10 in units of its own, drawn from ``rng``.
    Values that are all different lose nothing; equal ones are put in random order, which leaves the true mutual
    information of the recorded values as it is. For two discrete variables a table of frequencies does better.

    Parameters
    ----------
    x, y : array_like, shape (n,) or (n, d)
        Samples as rows, n > k; the two may have different d.
    k : int
        Which neighbour, from 1 to n − 1. Small k has low bias, large k low variance. 3 is usual.
    rng : None, int or numpy.random.Generator
        Source of the noise that breaks ties.

    Returns
    -------
    float
        In nats. The mean over many samples is about right, so of independent x and y about half of the estimates are
        below zero; it is not cut there. A column that is constant tells nothing and is left out; if none remains, 0.0.

    Raises
    ------
    ValueError
        If x and y differ in their number of rows, k is not below n, or a value is not finite.

    References
    ----------
    Kraskov, Stögbauer & Grassberger (2004), eq. 8; the noise is theirs too.

    Examples
    --------
    Correlation 0.9 has mutual information −½ ln(1 − 0.81) = 0.830:

    >>> x, e = np.random.default_rng(0).normal(size=(2, 2000))
    >>> print(round(mutual_information_knn(x, 0.9 * x + np.sqrt(0.19) * e, rng=0), 2))
    0.84

    A circle, which correlation does not see:

    >>> t = np.random.default_rng(1).uniform(0, 2 * np.pi, 500)
    >>> x, y = np.cos(t), np.sin(t) + 0.1 * np.random.default_rng(2).normal(size=500)
    >>> print(round(abs(np.corrcoef(x, y)[0, 1]), 2), mutual_information_knn(x, y, rng=0) > 1)
    0.01 True
    """
    X, Y = _as_samples(x, "x"), _as_samples(y, "y")
    n = _same_length(X, Y)
    k = _as_neighbour(k, n)
    generator = _own_stream(rng)
    X, Y = _without_ties(X, generator), _without_ties(Y, generator)
    if X.size == 0 or Y.size == 0:
        return 0.0
    radius = _distance_to_neighbour(np.hstack([X, Y]), k)
    near = digamma(_within(X, radius) + 1) + digamma(_within(Y, radius) + 1)
    return float(digamma(k) + digamma(n) - near.mean())  # eq. 8


def mutual_information_histogram(
    x: ArrayLike, y: ArrayLike, bins: int | tuple[int, int] = 8, correct: bool = True
) -> float:
    r"""Mutual information of a histogram, less its bias: for comparison with :func:`mutual_information_knn`.

    .. math:: \hat I = I(\text{counts}/n) - \frac{(r - 1)(c - 1)}{2n}

    The frequencies of a sample scatter about their probabilities, and any scatter looks like dependence: the estimate
    from counts is too large by the last term, to first order in 1/n (Miller and Madow's correction, for each of the
    three entropies). That holds **only where every one of the r × c cells has positive probability**. Where just m of
    them have, the bias is :math:`(m - r - c + 1)/2n`, and this takes away too much; with n of the order of r c, no
    correction of the kind is right. What is left after it is an estimate for the binned variables, which know less
    about each other than x and y do.

    Parameters
    ----------
    x, y : array_like, shape (n,)
        Samples.
    bins : int or (int, int)
        Bins of equal width between the smallest and the largest value, for each or for x and y.
    correct : bool
        Whether to subtract the bias. Bins that stay empty for all of x (of y) do not count in r (in c).

    Returns
    -------
    float
        In nats. With ``correct`` it may be below zero.

    Raises
    ------
    ValueError
        If x and y are not finite, of shape (n,) and of one length, or there is less than one bin.

    References
    ----------
    Miller (1955), Note on the bias of information estimates; Paninski (2003), Estimation of entropy and mutual
    information, Neural Computation 15.

    Examples
    --------
    Two independent knobs, truth 0:

    >>> x, y = np.random.default_rng(3).uniform(size=(2, 500))
    >>> for correct in (False, True):
    ...     print(round(mutual_information_histogram(x, y, bins=8, correct=correct), 3))
    0.054
    0.005
    """
    x, y = as_point(x, "x"), as_point(y, "y")
    n = _same_length(x, y)
    pair: Any = bins if np.ndim(bins) else (bins, bins)
    if len(pair) != 2:
        raise ValueError(f"bins must be one number or two, for x and for y, got {bins!r}")
    r, c = (as_count(number, "bins") for number in pair)
    counts = np.histogram2d(x, y, bins=(r, c))[0]
    r, c = int(counts.any(axis=1).sum()), int(counts.any(axis=0).sum())
    return mutual_information(counts / n) - correct * (r - 1) * (c - 1) / (2 * n)


class _Test(NamedTuple):  # under the class that documents them, or each field is listed twice
    statistic: float
    pvalue: float
    null: FloatArray


class PermutationTest(_Test):
    """What :func:`permutation_test` returns: unpacks as ``statistic, pvalue, null``.

    Attributes
    ----------
    statistic : float
        Of the data as they are.
    pvalue : float
        (1 + b)/(1 + B), with b of the B permutations reaching the statistic. Never zero.
    null : ndarray, shape (B,)
        The statistic of each permutation.

    Examples
    --------
    >>> test = permutation_test([1, 2, 3, 4, 5], [2, 4, 6, 8, 11], lambda x, y: x @ y, n_permutations=199, rng=0)
    >>> test.statistic, test.null.shape
    (115.0, (199,))
    """


def permutation_test(
    x: ArrayLike,
    y: ArrayLike,
    statistic: Callable[[Any, Any], Any] | None = None,
    n_permutations: int = 999,
    rng: RNG = None,
) -> PermutationTest:
    r"""Are x and y independent? Compare their statistic with that of x and shuffled y.

    .. math:: p = \frac{1 + \#\{b : T_b \ge T\}}{1 + B}

    Shuffling the rows of y breaks any tie to x and leaves both margins as they are, and with them the bias of an
    estimator. If the rows are exchangeable and x and y independent, p is at most α in at most a share α of samples,
    whatever the statistic and for any B. The data count as one of the permutations: p is never zero.

    Rows must be exchangeable: trials proposed by a searcher that learns are not, and the test then answers another
    question.

    Parameters
    ----------
    x, y : array_like, shape (n,) or (n, d)
        Samples as rows, of any type that the statistic takes.
    statistic : callable, optional
        Takes x and y, returns a number that is large where they depend on each other. By default
        :func:`mutual_information_knn` with k = 3. Take the absolute value of a correlation.
    n_permutations : int
        B. The smallest p is 1/(1 + B).
    rng : None, int or numpy.random.Generator
        Source of the permutations, and of the default statistic's noise.

    Returns
    -------
    PermutationTest
        Unpacks as ``statistic, pvalue, null``.

    Raises
    ------
    ValueError
        If x and y differ in their number of rows or have less than two, the statistic is not one finite number, or
        ``n_permutations`` is below 1.

    References
    ----------
    Phipson & Smyth (2010), Permutation P-values should never be zero, Stat. Appl. Genet. Mol. Biol. 9, article 39.

    Examples
    --------
    >>> x, e = np.random.default_rng(0).normal(size=(2, 100))
    >>> permutation_test(x, x**2 + 0.3 * e, n_permutations=99, rng=0).pvalue
    0.01
    """
    x, y = np.asarray(x), np.asarray(y)
    for name, array in (("x", x), ("y", y)):
        if array.ndim == 0 or len(array) < 2:
            raise ValueError(f"{name} must have at least 2 samples as rows, got shape {array.shape}")
    n = _same_length(x, y)
    n_permutations = as_count(n_permutations, "n_permutations")
    generator = _own_stream(rng)
    if statistic is None:
        statistic = lambda x, y: mutual_information_knn(x, y, rng=generator)  # noqa: E731
    elif not callable(statistic):
        raise TypeError(f"statistic must be a function of x and y, got {statistic!r}")
    observed = _statistic(statistic, x, y)
    null = np.array([_statistic(statistic, x, y[generator.permutation(n)]) for _ in range(n_permutations)])
    # The same numbers summed in another order differ in the last digits; such a tie counts as reached.
    rounding = 1e-12 * max(abs(observed), float(np.abs(null).max()))
    reached = int((null >= observed - rounding).sum())
    return PermutationTest(observed, (1 + reached) / (1 + n_permutations), null)


# -- splits ------------------------------------------------------------------------------------------------------------


def information_gain(labels: ArrayLike, split: ArrayLike, base: float | None = None) -> float:
    r"""What a split of the samples tells about their class: the mutual information of branch and label.

    .. math:: \text{gain} = H(\text{labels}) - \sum_b \frac{n_b}{n} H(\text{labels in branch } b)

    Of the sample, so never negative, and never larger than for the finest split: one branch a row tells everything
    about the labels at hand and nothing about others.

    Parameters
    ----------
    labels : array_like, shape (n,)
        The class of each row: whole numbers, booleans or strings.
    split : array_like, shape (n,)
        The branch of each row: booleans such as ``x <= 3``, whole numbers or strings.
    base : float, optional
        Of the logarithm, above 1. By default e, for nats; 2 for bits, as scikit-learn counts.

    Returns
    -------
    float
        In nats, or as ``base`` says.

    Raises
    ------
    ValueError
        If the two are not of one length, are empty, or have numbers that are not whole.

    References
    ----------
    Quinlan (1986), Induction of decision trees, Machine Learning 1.

    Examples
    --------
    >>> information_gain(["good", "good", "bad", "bad"], [True, True, False, False], base=2)
    1.0
    >>> information_gain([0, 1, 0, 1], [True, True, False, False])
    0.0
    """
    (codes, _), (branch, branches) = _as_codes(labels, "labels"), _as_codes(split, "split")
    n = _same_length(codes, branch, "labels", "split")
    pairs, counts = np.unique(codes * branches + branch, return_counts=True)  # the cells of the table that occur
    in_class, in_branch = np.bincount(codes)[pairs // branches], np.bincount(branch)[pairs % branches]
    return _in_base(max(counts @ np.log(counts / in_branch * (n / in_class)) / n, 0.0), base)


def variance_reduction(values: ArrayLike, split: ArrayLike) -> float:
    r"""What a split of the samples takes from the variance of a number: the gain of a regression tree.

    .. math:: \text{gain} = \operatorname{Var}(\text{values}) - \sum_b \frac{n_b}{n} \operatorname{Var}(\text{values in
        branch } b) = \sum_b \frac{n_b}{n} (\bar y_b - \bar y)^2

    Variances with n, not n − 1, as in scikit-learn's ``squared_error``.

    Parameters
    ----------
    values : array_like, shape (n,)
        Finite numbers.
    split : array_like, shape (n,)
        The branch of each row: booleans such as ``x <= 3``, whole numbers or strings.

    Returns
    -------
    float
        In units of the values squared; never negative.

    Raises
    ------
    ValueError
        If the two are not of one length, are empty, a value is not finite or a branch is not a whole number.

    References
    ----------
    Breiman, Friedman, Olshen & Stone (1984), Classification and Regression Trees, ch. 8.

    Examples
    --------
    >>> variance_reduction([1.0, 1.0, 3.0, 3.0], [True, True, False, False])
    1.0
    """
    values, (branch, _) = as_point(values, "values"), _as_codes(split, "split")
    n = _same_length(values, branch, "values", "split")
    counts, sums = np.bincount(branch), np.bincount(branch, weights=_centred(values))
    return float((sums**2 / counts).sum() / n)


class _Cut(NamedTuple):
    threshold: float
    gain: float


class Split(_Cut):
    """What :func:`best_split` returns: unpacks as ``threshold, gain``.

    Attributes
    ----------
    threshold : float
        Rows with ``x <= threshold`` go left; halfway between two neighbouring values of x.
    gain : float
        In nats, or in units of y squared.

    Examples
    --------
    >>> best_split([1, 2, 3, 4], [0, 0, 1, 1]).threshold
    2.5
    """


def best_split(x: ArrayLike, y: ArrayLike, criterion: str = "information") -> Split:
    r"""Find the threshold on x that tells most about y: one node of a decision tree.

    Every threshold between two neighbouring values of x is tried, in one pass over the sorted rows. Of several that are
    equally good the lowest is taken.

    Parameters
    ----------
    x : array_like, shape (n,)
        Finite numbers, at least two different ones.
    y : array_like, shape (n,)
        Classes for ``"information"``, numbers for ``"variance"``.
    criterion : {"information", "variance"}
        :func:`information_gain`, or :func:`variance_reduction`.

    Returns
    -------
    Split
        Unpacks as ``threshold, gain``. The gain is zero where no threshold tells anything.

    Raises
    ------
    ValueError
        If x and y are not of one length, x has one value only, a number is not finite, a class is not a whole number
        or a string, or the criterion is unknown.

    References
    ----------
    Breiman, Friedman, Olshen & Stone (1984), Classification and Regression Trees, ch. 2.4 and 8.

    Examples
    --------
    >>> threshold, gain = best_split([0.1, 0.2, 0.6, 0.9], ["good", "good", "bad", "bad"])
    >>> print(round(threshold, 6), round(gain / np.log(2), 6))
    0.4 1.0
    >>> best_split([1, 2, 3, 4], [1.0, 1.0, 3.0, 3.0], criterion="variance")
    Split(threshold=2.5, gain=1.0)
    """
    gains_of = {"information": _information_gains, "variance": _variance_gains}[
        one_of(criterion, "criterion", ("information", "variance"))
    ]
    x, y = as_point(x, "x"), np.asarray(y)
    if y.ndim != 1:
        raise ValueError(f"y must have shape (n,), got {y.shape}")
    _same_length(x, y)
    order = np.argsort(x, kind="stable")
    x = x[order]
    ends = np.flatnonzero(x[1:] > x[:-1])  # the last row on the left
    if len(ends) == 0:
        raise ValueError(f"x must have two different values to be split between, got {x[0]} only")
    gains = gains_of(y[order])[ends]
    best = int((gains >= gains.max() * (1 - 1e-12)).argmax())  # equal gains differ by rounding
    left, right = x[ends[best]], x[ends[best] + 1]
    middle = left / 2 + right / 2
    return Split(float(middle if middle < right else left), float(gains[best]))


def _information_gains(labels: NDArray[Any]) -> FloatArray:
    """Return the gain of cutting after each row but the last, (n − 1,)."""
    codes, classes = _as_codes(labels, "y")
    n = len(codes)
    left = np.arange(1, n)
    # n H = n ln n − Σ c ln c, for the whole and for either side; what each class has on the left, one class at a time.
    gains = np.asarray(xlogy(n, n) - xlogy(left, left) - xlogy(n - left, n - left))
    for one_class in range(classes):
        count = np.cumsum(codes == one_class)
        total, count = count[-1], count[:-1]
        gains += xlogy(count, count) + xlogy(total - count, total - count) - xlogy(total, total)
    return np.asarray(np.maximum(gains / n, 0.0))


def _variance_gains(values: NDArray[Any]) -> FloatArray:
    """As `_information_gains`: with S the sum of centred values on the left, S²/(n_left n_right)."""
    y = _centred(as_finite(values, "y"))
    left = np.arange(1, len(y))
    return np.asarray(np.cumsum(y)[:-1] ** 2 / (left * (len(y) - left)))


def _centred(values: FloatArray) -> FloatArray:
    d = values - values.mean()
    return np.asarray(d - d.mean())  # the first mean is rounded at the size of the values, this one at their spread's


# -- helpers -----------------------------------------------------------------------------------------------------------


def _in_base(nats: float, base: float | None) -> float:
    return float(nats) if base is None else float(nats / np.log(as_number(base, "base", above=1)))


def _as_pair(p: ArrayLike, q: ArrayLike) -> tuple[FloatArray, FloatArray]:
    p, q = as_probabilities(p, "p"), as_probabilities(q, "q")
    if p.shape != q.shape:
        raise ValueError(f"q must have the shape of p, {p.shape}, got {q.shape}")
    return p, q


def _factor(cov: ArrayLike, name: str) -> FloatArray:
    """Return the Cholesky factor of a covariance, or say that it is none."""
    given = as_finite(cov, name)
    S = as_symmetric(given.reshape(1, 1) if given.ndim == 0 else given, name)
    try:
        L = np.linalg.cholesky(S)
    except np.linalg.LinAlgError:
        L = np.zeros_like(S)
    if not (L.diagonal() ** 2 > len(S) * _EPS * np.abs(S.diagonal())).all():  # what the others leave of each variance
        smallest = np.linalg.eigvalsh(S)[0]
        raise ValueError(f"{name} must be positive definite, got one whose smallest eigenvalue is {smallest:.3g}")
    return np.asarray(L)


def _as_samples(x: ArrayLike, name: str) -> FloatArray:
    """Return samples as rows, (n,) becoming (n, 1)."""
    array = as_finite(x, name)
    if array.ndim not in (1, 2) or array.size == 0:
        raise ValueError(f"{name} must have shape (n,) or (n, d) with samples as rows, got {array.shape}")
    return array[:, None] if array.ndim == 1 else array


def _same_length(x: NDArray[Any], y: NDArray[Any], first: str = "x", second: str = "y") -> int:
    if len(x) != len(y):
        raise ValueError(f"{second} must have as many rows as {first}, {len(x)}, got {len(y)}")
    return len(x)


def _as_neighbour(k: int, n: int) -> int:
    k = as_count(k, "k")
    if k >= n:
        raise ValueError(f"k must be below the number of samples, {n}, got {k}")
    return k


def _standardised(X: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return columns with mean 0 and variance 1, and what they were divided by: 0 for those that are constant."""
    Z = X - X[0]
    peak = np.abs(Z).max(axis=0)  # divided out first, or squares overflow
    Z = np.divide(Z, peak, out=Z, where=peak > 0)
    Z -= Z.mean(axis=0)
    std = np.where(peak > 0, Z.std(axis=0), 1.0)
    return Z / std, peak * std


def _own_stream(rng: RNG) -> np.random.Generator:
    """Return a generator that follows ``rng`` but never draws the same numbers as the caller did.

    Data are often made from the seed that is given here too. Noise that repeats them would betray them.
    """
    return np.random.default_rng(as_rng(rng).integers(2**63, size=2))


def _without_ties(X: FloatArray, generator: np.random.Generator) -> FloatArray:
    """Return the columns that vary, at unit variance, with the noise that breaks ties."""
    Z, scale = _standardised(X)
    Z = Z[:, scale > 0]
    return np.asarray(Z + 1e-10 * generator.normal(size=Z.shape))


def _distance_to_neighbour(Z: FloatArray, k: int) -> FloatArray:
    """Return the distance of each row to its k-th neighbour, in the maximum norm."""
    from scipy.spatial import cKDTree  # here, because it is slow to import

    tree = cKDTree(Z, balanced_tree=False, compact_nodes=False)  # quicker to build, and rows are without order
    distance, _ = tree.query(Z, k=[k + 1], p=np.inf)  # the nearest is the row itself
    return np.asarray(distance).reshape(len(Z))


def _within(Z: FloatArray, radius: FloatArray) -> NDArray[np.intp]:
    """Count for each row the others strictly nearer than its radius, in the maximum norm."""
    if Z.shape[1] == 1:
        z = Z[:, 0]
        in_order = np.sort(z)
        reach = radius - 4 * _EPS * np.abs(z).max()  # z + radius is rounded: whom it just reaches is not within
        return np.asarray(in_order.searchsorted(z + reach) - in_order.searchsorted(z - reach) - 1)  # less itself
    from scipy.spatial import cKDTree

    found = cKDTree(Z).query_ball_point(Z, np.nextafter(radius, 0), p=np.inf, return_length=True)
    return np.asarray(found, dtype=np.intp) - np.intp(1)


def _statistic(statistic: Callable[[Any, Any], Any], x: NDArray[Any], y: NDArray[Any]) -> float:
    value = np.asarray(statistic(x, y), dtype=np.float64)
    if value.ndim != 0 or not np.isfinite(value):
        raise ValueError(f"statistic must return one finite number, got {value}")
    return float(value)


def _as_codes(values: ArrayLike, name: str) -> tuple[NDArray[np.intp], int]:
    """Return classes as whole numbers from 0, (n,), and how many there are."""
    array = np.asarray(values)
    if array.ndim != 1 or array.size == 0:
        raise ValueError(f"{name} must have shape (n,) with n >= 1, got {array.shape}")
    if array.dtype.kind == "f" and not (np.isfinite(array) & (array == np.round(array))).all():
        wrong = array[~(np.isfinite(array) & (array == np.round(array)))][0]
        raise ValueError(f"{name} must be whole numbers, booleans or strings that name classes, got {wrong}")
    try:
        names, codes = np.unique(array, return_inverse=True)
    except TypeError as error:
        raise TypeError(f"{name} must be whole numbers, booleans or strings, not a mixture, got {values!r}") from error
    return codes, len(names)
