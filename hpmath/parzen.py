r"""Where did the good trials lie? A density made of one bump around each of them.

A Parzen estimator puts a kernel around each observed configuration and averages. Nothing is fitted but the width of the
bumps. Its kernels live on the space of the search: they stop at the bounds, a whole number has the mass of its cell, a
choice lends a little of its mass to the others. One more component, the prior, keeps every value possible.

Taught in chapter 17 (``tpe``). Start at :meth:`ParzenEstimator.fit` and its formula, then read the three kernels at the
end of the file: `_Line`, `_Cells`, `_Choices`.

All work is done on the unit cube, where each hyperparameter is its own probability integral transform u = F(x). For
uniform, log-uniform and whole numbers that *is* their natural scale, or its logarithm, brought to [0, 1]; for a normal
prior it is the scale on which the prior is flat. There the prior component is the constant 1, a bandwidth means the
same for every hyperparameter, and a density is one *relative to the prior*: how many times more likely than before the
first trial. A ratio of two densities is the same on any scale, so a search needs no other.

Symbols: n observations of d hyperparameters; z, shape (c, d), are c points in the kernels' coordinates, NaN where a
hyperparameter is inactive; u in [0, 1] the place of a point, μ that of a kernel, h its bandwidth, w its weight.

Parzen (1962); Bergstra, Bardenet, Bengio & Kégl (2011), sec. 4; Aitchison & Aitken (1976) for choices; Scott (1992) and
Falkner, Klein & Hutter (2018) for product kernels; Watanabe (2023), arXiv:2304.11127, on what matters.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr, ndtri

from hpmath._checks import RNG, FloatArray, as_count, as_floats, as_number, as_rng, one_of
from hpmath._values import is_number
from hpmath.distributions import Categorical, Continuous, Distribution
from hpmath.space import Config, Space

__all__ = ["ParzenEstimator"]

_RULES = ("scott", "neighbours", "range")
_MOST_LISTED = 4096  # values of an integer whose cells are kept in a table
_NARROW = 2e-5  # width of a cell, in bandwidths, below which rounding is worse than the midpoint rule: 2e-11
_LEAST = 1e-6  # bandwidth of equal observations, where the floor is 0
_LOG_ROOT_TAU = float(np.log(2 * np.pi) / 2)


class ParzenEstimator:
    r"""A density on a space of hyperparameters: a kernel around each observed configuration, and the prior.

    Relative to the prior, with weights :math:`w_0 + \sum_i w_i = 1`:

    .. math:: p(x) = w_0 + \sum_{i=1}^n w_i \prod_j k_j(x_j \mid x_{ij}) \quad\text{(multivariate)}, \qquad
              p(x) = \prod_j \Big( w_0 + \sum_{i=1}^n w_i\, k_j(x_j \mid x_{ij}) \Big) \quad\text{(univariate)}

    The first shares the component i between the hyperparameters and so knows which values go together; the second
    multiplies their marginals and does not. Each :math:`k_j` has mean 1 under the prior:

    - a continuous hyperparameter has a normal kernel, cut at the bounds and normalised between them;
    - a whole number has that kernel's mass on its cell; so has a list of three or more numbers, in ascending order;
    - any other choice keeps 1 − h of its mass and gives h to the prior over all choices (Aitchison & Aitken 1976).

    A hyperparameter that is inactive in the observation has the prior as its kernel (multivariate), or the observation
    is left out of its marginal (univariate): one density for the whole tree of a conditional space.

    Parameters
    ----------
    space : Space, or what makes one
        Write choices that are numbers without an order as strings.
    multivariate : bool
        Product kernels that share their component, or independent marginals.
    bandwidth : {"scott", "neighbours", "range"} or float, optional
        Of normal kernels, in units of the prior's range (the unit interval). ``"scott"``, the default if multivariate:
        :math:`\hat\sigma n^{-1/(d+4)}` with the smaller of the standard deviation and the interquartile range / 1.349
        (Scott 1992); d is 1 if univariate. ``"neighbours"``, the default if univariate: for each kernel the larger
        distance to its neighbours in that coordinate (Bergstra et al. 2011). ``"range"``: :math:`0.2\, n^{-1/(d+4)}`,
        whatever the data. A number: that number.
    floor : float
        The rules give no bandwidth below ``floor / (n + 2)``, so that few observations make wide bumps; nor below half
        a cell of K values, 1 / 2K, so that kernels reach the neighbours.
    prior_weight : float
        Weight of the prior, in observations.

    Attributes
    ----------
    bandwidths_ : list of d floats, or arrays of shape (n,)
        Of choices the mass h that a kernel gives away: K / (K + n + 1) for K choices.
    weights_ : ndarray, shape (n,)
        Of the kernels; with the prior's, ``prior_weight_``, they sum to one.

    References
    ----------
    Bergstra, Bardenet, Bengio & Kégl (2011), sec. 4; Falkner, Klein & Hutter (2018) (product kernels).

    Examples
    --------
    >>> from hpmath import LogUniform, ParzenEstimator
    >>> good = ParzenEstimator({"lr": LogUniform(1e-5, 1e-1), "act": ["relu", "tanh"]}).fit(
    ...     [{"lr": 1e-3, "act": "relu"}, {"lr": 2e-3, "act": "relu"}, {"lr": 3e-3, "act": "tanh"}]
    ... )
    >>> near, far = good.pdf([{"lr": 2e-3, "act": "relu"}, {"lr": 1e-5, "act": "relu"}], relative=True)
    >>> near > 1 > far  # more likely than the prior has it, and less
    np.True_
    >>> len(good.sample(5, rng=0))
    5
    """

    def __init__(
        self,
        space: Space | Mapping[str, Any],
        *,
        multivariate: bool = True,
        bandwidth: str | float | None = None,
        floor: float = 0.7,
        prior_weight: float = 1.0,
    ) -> None:
        self.space = space if isinstance(space, Space) else Space(space)
        self.multivariate = bool(multivariate)
        if bandwidth is None:
            bandwidth = "scott" if self.multivariate else "neighbours"
        words = isinstance(bandwidth, str)
        self.bandwidth = one_of(bandwidth, "bandwidth", _RULES) if words else as_number(bandwidth, "bandwidth", above=0)
        self.floor = as_number(floor, "floor", least=0)
        self.prior_weight = as_number(prior_weight, "prior_weight", least=0)
        self._axes = [_axis(dist) for dist in self.space.distributions.values()]

    # What is asked of it

    def fit(self, configs: Iterable[Mapping[str, Any]], weights: ArrayLike | None = None) -> ParzenEstimator:
        """Put a kernel around each configuration.

        Parameters
        ----------
        configs : iterable of n dicts
            May be none: then only the prior is left.
        weights : array_like, shape (n,), optional
            Non-negative, in observations: the prior has ``prior_weight``. By default all 1.

        Returns
        -------
        ParzenEstimator
            Itself.

        Raises
        ------
        ValueError
            If a configuration does not fit the space, the weights do not fit the configurations, or nothing has a
            weight.

        Examples
        --------
        >>> from hpmath import ParzenEstimator, Uniform
        >>> ParzenEstimator({"x": Uniform(0, 1)}).fit([{"x": 0.2}, {"x": 0.3}]).weights_.round(3)
        array([0.333, 0.333])
        """
        z = self._encode(self.space.to_unit(configs))
        if weights is None:
            return self._fit(z)
        weights = as_floats(weights, "weights")
        if weights.shape != (len(z),):
            raise ValueError(f"weights must have shape ({len(z)},), one a configuration, got {weights.shape}")
        if not (np.isfinite(weights) & (weights >= 0)).all():
            raise ValueError(f"weights must be finite and non-negative, got {weights.tolist()}")
        return self._fit(z, weights)

    def logpdf(self, configs: Iterable[Mapping[str, Any]], *, relative: bool = False) -> FloatArray:
        """Logarithm of the density of each configuration.

        Constraints of the space are not asked: the density integrates to one over the space without them.

        Parameters
        ----------
        configs : iterable of c dicts
        relative : bool
            Relative to the prior, the density on the unit cube; else per unit of each continuous hyperparameter that
            is active, times the probabilities of the others.

        Returns
        -------
        ndarray, shape (c,)
            In nats.

        Raises
        ------
        ValueError
            If a configuration does not fit the space.

        Examples
        --------
        >>> from hpmath import ParzenEstimator, Uniform
        >>> one = ParzenEstimator({"x": Uniform(0, 10)}, bandwidth=0.1, prior_weight=0).fit([{"x": 5.0}])
        >>> one.logpdf([{"x": 5.0}]).round(4), round(-np.log(np.sqrt(2 * np.pi)), 4)
        (array([-0.9189]), np.float64(-0.9189))
        """
        self._check_fitted("logpdf")
        configs = list(configs)
        log_density = self._log_relative(self._encode(self.space.to_unit(configs)))
        return log_density if relative else np.asarray(log_density + self._log_prior(configs))

    def pdf(self, configs: Iterable[Mapping[str, Any]], *, relative: bool = False) -> FloatArray:
        """Density of each configuration; see `logpdf`.

        Examples
        --------
        Masses of choices: 2/3 of the kernel, which keeps 1 − 2/(2 + 2 + 1) of its own, and 1/3 of the prior.

        >>> from hpmath import ParzenEstimator
        >>> acts = ParzenEstimator({"act": ["relu", "tanh"]}).fit([{"act": "relu"}] * 2)
        >>> acts.pdf([{"act": "relu"}, {"act": "tanh"}]).round(4)
        array([0.7, 0.3])
        """
        return np.exp(self.logpdf(configs, relative=relative))

    def sample(self, n: int = 1, rng: RNG = None) -> list[Config]:
        """Draw ``n`` independent configurations; with constraints, by rejection.

        Parameters
        ----------
        n : int
            How many.
        rng : None, int or numpy.random.Generator
            Source of randomness.

        Returns
        -------
        list of n dicts

        Raises
        ------
        ValueError
            If the constraints refuse 10,000 draws in a row.

        Examples
        --------
        >>> from hpmath import Integer, ParzenEstimator
        >>> layers = ParzenEstimator({"layers": Integer(1, 9)}, bandwidth=0.01, prior_weight=0).fit([{"layers": 5}])
        >>> layers.sample(2, rng=0)
        [{'layers': 5}, {'layers': 5}]
        """
        self._check_fitted("sample")
        n, rng = as_count(n, "n", least=0), as_rng(rng)
        least = 100 if self.space.constraints else 0
        return self.space._until_allowed(n, lambda missing: self._configs(self._draw(max(missing, least), rng)))

    def _check_fitted(self, method: str) -> None:
        if not hasattr(self, "weights_"):
            raise ValueError(f"this ParzenEstimator has seen no data: call fit(configs) before {method}")

    # In the kernels' coordinates z, where a search keeps what it was told

    def _encode(self, U: FloatArray) -> FloatArray:
        z = np.full(U.shape, np.nan)
        for j, axis in enumerate(self._axes):
            on = ~np.isnan(U[:, j])
            z[on, j] = axis.encode(U[on, j])
        return z

    def _configs(self, z: FloatArray) -> list[Config]:
        """Configurations of points that have all coordinates: those of inactive hyperparameters are left out."""
        columns = [axis.decode(z[:, j]) for j, axis in enumerate(self._axes)]
        return self.space.from_unit(np.column_stack(columns))

    def _fit(self, z: FloatArray, weights: FloatArray | None = None) -> ParzenEstimator:
        weights = np.ones(len(z)) if weights is None else weights
        total = float(weights.sum()) + self.prior_weight
        if not total > 0:
            raise ValueError("a density needs a configuration with a weight, or a prior_weight above 0, got neither")
        self._z, self.weights_, self.prior_weight_ = z, weights / total, self.prior_weight / total
        self._on = ~np.isnan(z) if self.space.conditions else np.ones(z.shape, dtype=bool)
        d = self._on.sum() / max(len(z), 1) if self.multivariate else 1.0
        self.bandwidths_ = [self._bandwidth(j, d) for j in range(len(self._axes))]
        return self

    def _bandwidth(self, j: int, d: float) -> Any:
        """Bandwidth of the kernels in column j: one for all, or (n,); d coordinates share a component."""
        axis, on = self._axes[j], self._on[:, j]
        u = axis.place(self._z[on, j])
        n = len(u)
        if isinstance(axis, _Choices):
            return axis.n_choices / (axis.n_choices + n + 1)
        if not isinstance(self.bandwidth, str):
            return self.bandwidth
        if n == 0:
            return 1.0
        least = max(self.floor / (n + 2), axis.half_cell, _LEAST)
        if self.bandwidth == "neighbours":
            h = np.full(len(on), np.nan)
            h[on] = np.clip(_neighbours(u), least, 1.0)
            return h
        spread = _spread(u) if self.bandwidth == "scott" else 0.2
        return float(np.clip(spread * n ** (-1 / (d + 4)), least, 1.0))

    def _log_relative(self, z: FloatArray) -> FloatArray:
        """Logarithm of the density relative to the prior, (c,)."""
        if not self.multivariate:
            return np.asarray(np.nansum(self._log_marginals(z), axis=1))
        log_kernels, one = np.empty((2, len(z), len(self._z)))  # in one piece, or the memory is fetched anew each time
        log_kernels[:] = 0.0
        for j, axis in enumerate(self._axes):
            on, here, h = self._on[:, j], ~np.isnan(z[:, j]), self.bandwidths_[j]
            if on.all() and here.all():
                log_kernels += axis.log_kernels(z[:, j], self._z[:, j], h, one)
            else:
                h = h if np.ndim(h) == 0 else h[on]
                log_kernels[np.ix_(here, on)] += axis.log_kernels(z[here, j], self._z[on, j], h)
        return _log_mixture(log_kernels, self.weights_, self.prior_weight_)

    def _log_marginals(self, z: FloatArray) -> FloatArray:
        """Logarithm of each marginal relative to its prior, (c, d), NaN where a hyperparameter is inactive."""
        out, room = np.full(z.shape, np.nan), np.empty(len(z) * len(self._z))
        for j, axis in enumerate(self._axes):
            on, here, h = self._on[:, j], ~np.isnan(z[:, j]), self.bandwidths_[j]
            centres, weights, at = self._z[on, j], self.weights_[on], z[here, j]
            h = h[on] if np.ndim(h) else h
            if axis.listed:
                centres, weights, h = _together(centres, weights, h)
            total = self.prior_weight_ + weights.sum()
            part = room[: at.size * centres.size].reshape(at.size, centres.size)
            log_kernels = axis.log_kernels(at, centres, h, part)
            out[here, j] = _log_mixture(log_kernels, weights / total, self.prior_weight_ / total)
        return out

    def _draw(self, c: int, rng: np.random.Generator) -> FloatArray:
        """Draw c points, (c, d): the inactive coordinates too, so that each is ready whatever its parent will be."""
        d = len(self._axes)
        z = self._encode(rng.random((c, d)))  # from the prior
        which, u = rng.random((c, 1 if self.multivariate else d)), rng.random((c, d))
        for j, axis in enumerate(self._axes):
            on = self._on[:, j]
            weights = self.weights_ if self.multivariate else self.weights_ * on
            ends = np.cumsum(weights)
            total = (ends[-1] if len(ends) else 0.0) + self.prior_weight_
            i = np.searchsorted(ends, total * which[:, 0 if self.multivariate else j], side="right")
            rows = np.flatnonzero(i < len(on))
            rows = rows[on[i[rows]]]
            h = self.bandwidths_[j]
            h = h if np.ndim(h) == 0 else h[i[rows]]
            z[rows, j] = axis.draw(self._z[i[rows], j], h, u[rows, j], z[rows, j])
        return z

    def _log_prior(self, configs: list[Mapping[str, Any]]) -> FloatArray:
        out = np.zeros(len(configs))
        for j, name in enumerate(self.space.names):
            on = [i for i, config in enumerate(configs) if name in config]
            out[on] += self._axes[j].log_prior([configs[i][name] for i in on])
        return out


def _spread(u: FloatArray) -> float:
    """Return the standard deviation, or the smaller one that the quartiles of a normal distribution tell of."""
    last = len(u) - 1
    low, high = np.interp([last / 4, last * 3 / 4], np.arange(len(u)), np.sort(u))
    robust = float(high - low) / 1.349
    return min(float(u.std()), robust) if robust > 0 else float(u.std())


def _neighbours(u: FloatArray) -> FloatArray:
    """Return for each place the larger of the distances to its neighbours; the outermost have one."""
    if len(u) == 1:
        return np.maximum(u, 1 - u)
    order = np.argsort(u, kind="stable")
    gaps = np.diff(u[order])
    out = np.empty(len(u))
    out[order] = np.maximum(np.append(gaps[0], gaps), np.append(gaps, gaps[-1]))
    return out


def _log_mixture(log_kernels: FloatArray, weights: FloatArray, prior_weight: float) -> FloatArray:
    """Return ln(w₀ + Σ wᵢ kᵢ) for each row of ln k, shape (c, n), which is used up."""
    top = log_kernels.max(axis=1, initial=0.0 if prior_weight else -1e300)  # the prior's kernel is ln 1 = 0
    log_kernels -= top[:, None]
    np.maximum(log_kernels, -600.0, out=log_kernels)  # what underflows is slow, and nothing beside e^0
    with np.errstate(divide="ignore"):
        return np.asarray(top + np.log(np.exp(log_kernels, out=log_kernels) @ weights + prior_weight * np.exp(-top)))


# One hyperparameter. Kernels are relative to the prior and indexed (point, kernel); h is a number, or one a kernel;
# out is room for them, which may be used.


class _Line:
    """Continuous: z is u itself."""

    half_cell, listed = 0.0, False

    def __init__(self, dist: Continuous) -> None:
        self.dist = dist

    def encode(self, u: FloatArray) -> FloatArray:
        return u

    decode = place = encode

    def log_kernels(self, at: FloatArray, z: FloatArray, h: Any, out: FloatArray | None = None) -> FloatArray:
        scale = 1 / (np.sqrt(2) * h)
        if np.ndim(h):
            t = np.subtract.outer(at, z, out=out)
            t *= scale
        else:
            t = np.subtract.outer(at * scale, z * scale, out=out)
        t *= t  # in place: a new array of (c, n) costs more than its contents
        t += np.log(h * _inside(z, h)) + _LOG_ROOT_TAU
        return np.asarray(np.negative(t, out=t))

    def draw(self, z: FloatArray, h: Any, u: FloatArray, prior: FloatArray) -> FloatArray:
        return _cut_normal(z, h, u)

    def log_prior(self, values: list[Any]) -> FloatArray:
        return np.asarray(self.dist._logpdf(np.array(values, dtype=np.float64)))


class _Cells:
    """A whole number, or a choice of numbers: the normal kernel's mass on a cell, over the cell's width.

    z is the place of a value among all in ascending order or, if there are more than 4,096, the value itself.
    """

    def __init__(self, dist: Any) -> None:
        self.dist = dist
        self.listed = dist.cardinality is not None and dist.cardinality <= _MOST_LISTED
        self.half_cell = 0.5 / dist.cardinality if self.listed else 0.0
        if self.listed:
            values = np.array(dist.values)
            self.order = np.argsort(values, kind="stable")  # place of each value in the distribution's own list
            self.rank = np.argsort(self.order)
            self.codes = self.order if isinstance(dist, Categorical) else values
            edges = np.append(0.0, np.cumsum(self.dist._pmf(self.codes)))
            self.edges = edges / edges[-1]

    def encode(self, u: FloatArray) -> FloatArray:
        codes = self.dist._draw(u)
        if self.listed:
            codes = self.rank[codes] if self.dist.kind == "categorical" else self.codes.searchsorted(codes)
        return np.asarray(codes, dtype=np.float64)

    def decode(self, z: FloatArray) -> FloatArray:
        return np.asarray(self.dist._to_unit(self.codes[z.astype(np.intp)] if self.listed else z))

    def place(self, z: FloatArray) -> FloatArray:
        low, high = self._cell(z)
        return np.asarray((low + high) / 2)

    def log_kernels(self, at: FloatArray, z: FloatArray, h: Any, out: FloatArray | None = None) -> FloatArray:
        if np.ndim(h) == 0 and self.listed and len(z) > len(self.codes):  # some are equal
            every = np.arange(len(self.codes), dtype=np.float64)
            return self.log_kernels(at, every, h).take(z.astype(np.intp), axis=1, out=out, mode="clip")
        low, high = (edge[:, None] for edge in self._cell(at))
        centre = self.place(z)
        half, away = (high - low) / (2 * h), np.abs((low + high) / 2 - centre) / h
        with np.errstate(divide="ignore", invalid="ignore"):  # Φ(a + w) - Φ(a - w) in the lower tail keeps its digits
            log_mean = np.log((ndtr(half - away) - ndtr(-half - away)) / (high - low))
        if (narrow := np.broadcast_to(half < _NARROW / 2, away.shape)).any():
            log_mean[narrow] = (-(away**2) / 2 - np.log(h) - _LOG_ROOT_TAU)[narrow]  # the density at the middle
        return np.asarray(log_mean - np.log(_inside(centre, h)))

    def draw(self, z: FloatArray, h: Any, u: FloatArray, prior: FloatArray) -> FloatArray:
        u = _cut_normal(self.place(z), h, u)
        if self.listed:
            return np.asarray(np.clip(self.edges.searchsorted(u) - 1, 0, len(self.codes) - 1), dtype=np.float64)
        return self.encode(u)

    def log_prior(self, values: list[Any]) -> FloatArray:
        return np.asarray(np.log(self.dist._pmf(np.array([self.dist._code(value) for value in values]))))

    def _cell(self, z: FloatArray) -> tuple[FloatArray, FloatArray]:
        if not self.listed:
            return self.dist._cdf(z - 1), self.dist._cdf(z)
        i = z.astype(np.intp)
        return self.edges[i], self.edges[i + 1]


class _Choices:
    """Choices without an order: the kernel keeps 1 - h of its mass. z is the place in the list."""

    def __init__(self, dist: Categorical) -> None:
        self.dist = dist
        self.masses, self.n_choices, self.listed = dist._masses, len(dist._masses), True

    def encode(self, u: FloatArray) -> FloatArray:
        return np.asarray(self.dist._draw(u), dtype=np.float64)

    def decode(self, z: FloatArray) -> FloatArray:
        return np.asarray(self.dist._to_unit(z))

    place = decode

    def log_kernels(self, at: FloatArray, z: FloatArray, h: Any, out: FloatArray | None = None) -> FloatArray:
        table = np.full((self.n_choices, self.n_choices), np.log(h))
        np.fill_diagonal(table, np.log((1 - h) / self.masses + h))
        return table[at.astype(np.intp)].take(z.astype(np.intp), axis=1, out=out, mode="clip")

    def draw(self, z: FloatArray, h: Any, u: FloatArray, prior: FloatArray) -> FloatArray:
        return np.where(u < h, prior, z)

    def log_prior(self, values: list[Any]) -> FloatArray:
        return np.asarray(np.log(self.masses[[int(self.dist._code(value) or 0) for value in values]]))


def _axis(dist: Distribution) -> Any:
    if isinstance(dist, Categorical):
        ordered = len(dist.choices) > 2 and all(map(is_number, dist.choices)) and np.isfinite(dist.choices).all()
        return _Cells(dist) if ordered else _Choices(dist)
    return _Line(dist) if isinstance(dist, Continuous) else _Cells(dist)


def _inside(centre: FloatArray, h: Any) -> FloatArray:
    """Mass of a normal kernel between 0 and 1."""
    return np.asarray(ndtr((1 - centre) / h) - ndtr(-centre / h))


def _cut_normal(centre: FloatArray, h: Any, u: FloatArray) -> FloatArray:
    """Draws from normal kernels cut at 0 and 1, by inversion."""
    low, high = ndtr(-centre / h), ndtr((1 - centre) / h)
    return np.asarray(np.clip(centre + h * ndtri(low + u * (high - low)), 0.0, 1.0))


def _together(z: FloatArray, weights: FloatArray, h: Any) -> tuple[FloatArray, FloatArray, Any]:
    """One kernel for all that are equal in place and bandwidth, with the sum of their weights."""
    _, first, which = np.unique(z + np.asarray(h) / 2, return_index=True, return_inverse=True)  # z is whole, h <= 1
    return z[first], np.bincount(which, weights).astype(np.float64), h[first] if np.ndim(h) else h
