r"""How do you search when a trial costs an hour and thinking about it costs a tenth of a second?

Model the loss from the trials so far, with its uncertainty; try where the model promises most; look; repeat. The model
is a Gaussian process, the promise an acquisition function.

Taught in chapter 23 (``bayesopt``); the model in chapter 10, the promise in chapter 22. Read
`BayesianOptimization._next` first: design, model, acquisition, choice. How a configuration becomes features is in
``_encoding``, how the acquisition is maximised in ``searchers/_maximise``.

Every other proposal is made through a magnifying glass: a second model, of the best third of the trials only, with an
output transform and length scales of its own, proposes within the box that they span. The first model has to explain
losses that may differ by a factor of a million; near the minimum they all look alike to it.

Symbols: U, (n, d), points of the unit cube; F, (n, p), their features; z, (n,), losses after the output transform;
μ, σ, the model's prediction in units of z; f⋆, the incumbent: the lowest posterior mean among the trials.

Jones, Schonlau & Welch (1998) (the loop); Snoek, Larochelle & Adams (2012) (for tuning); Ginsbourger, Le Riche &
Carraro (2010) (pending trials believed at their mean); Yeo & Johnson (2000) (the output transform); Ament et al. (2023)
(log-EI); Gardner et al. (2014) (constraints told with a trial).
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_ndtr

from hpmath._checks import RNG, FloatArray, as_count, as_number, one_of
from hpmath._encoding import Encoding
from hpmath._normal import LOG_SQRT_2PI
from hpmath.acquisition import (
    expected_improvement,
    log_expected_improvement,
    lower_confidence_bound,
    max_value_entropy_search,
    sample_minima,
    thompson_sample,
)
from hpmath.gaussian_process import GaussianProcess
from hpmath.kernels import RBF, Constant, Matern12, Matern32, Matern52
from hpmath.searchers._base import Searcher
from hpmath.searchers._maximise import MOST_EXHAUSTED, Found, maximise
from hpmath.space import Config, Space

__all__ = ["BayesianOptimization"]

_KERNELS: dict[str, Any] = {"matern52": Matern52, "matern32": Matern32, "matern12": Matern12, "rbf": RBF}
_ACQUISITIONS = ("log_ei", "ei", "lcb", "thompson", "mes")
_TRANSFORMS = ("yeo_johnson", "none")
Rule = Callable[[FloatArray, bool], tuple[FloatArray, FloatArray]]
_CLOSE = 1e-9  # two points are one if no feature differs by more
_SMALLEST = 1e-6  # margin of the box of the best trials, in features
_MOST_TRIED = 300  # points found that are tried for being free
_MOST_FITTED = 256  # trials that hyperparameters are fitted to; predictions use all
_MOST_DRAWN = 300  # points of a draw of the posterior, beside the trials


class Trials(NamedTuple):
    """What is known before any model of the losses."""

    U: FloatArray  # (n, d)
    F: FloatArray  # (n, p), their features
    feasible: NDArray[np.bool_]  # (n,)
    limits: list[GaussianProcess]  # one for each constraint told with the trials, in features

    def of(self, rows: NDArray[np.int64]) -> Trials:
        return Trials(self.U[rows], self.F[rows], self.feasible[rows], self.limits)


class View(NamedTuple):
    """A model of some of the trials and the box it looks at, as the acquisition sees them."""

    model: GaussianProcess  # of the transformed losses, in coordinates of the box
    trials: Trials
    low: FloatArray  # (p,), the box
    width: FloatArray

    def inputs(self, F: FloatArray) -> FloatArray:
        """Features in coordinates of the box, which the model was fitted in."""
        return np.asarray((F - self.low) / self.width)

    def of_prediction(self, function: Any, F: FloatArray, gradient: bool) -> tuple[FloatArray, FloatArray]:
        """An acquisition of mean and standard deviation at features, and by the chain rule its gradient in them."""
        X = self.inputs(F)
        mean, std = self.model.predict(X, return_std=True)
        value, d_mean, d_std = function(mean, np.maximum(std, 1e-12 * self.model.y_std_), gradient=True)
        if not gradient:
            return value, np.zeros_like(F)
        slope_mean, slope_std = self.model.predict_gradient(X)
        return value, (d_mean[:, None] * slope_mean + d_std[:, None] * slope_std) / self.width

    def value(self, rule: Rule | None, F: FloatArray, *, gradient: bool) -> tuple[FloatArray, FloatArray]:
        """The acquisition plus the log-probability that all constraints hold, and the gradient in the features."""
        total, slopes = (np.zeros(len(F)), np.zeros_like(F)) if rule is None else rule(F, gradient)
        for process in self.trials.limits:
            mean, std = process.predict(F, return_std=True)
            std = np.maximum(std, 1e-9 * process.y_std_)
            t = np.maximum(-mean / std, -1e6)  # beyond that φ/Φ is rounding
            log_p = log_ndtr(t)
            total = total + log_p
            if gradient:
                slope_mean, slope_std = process.predict_gradient(F)
                hazard = np.exp(-0.5 * t**2 - LOG_SQRT_2PI - log_p)  # φ(t)/Φ(t)
                slopes = slopes - (hazard / std)[:, None] * (slope_mean + t[:, None] * slope_std)
        return total, slopes


class BayesianOptimization(Searcher):
    """Fit a Gaussian process to the trials, try next where its acquisition function is largest.

    The first ``n_initial`` configurations are those of a scrambled Sobol' sequence. After that each ``ask`` fits the
    model to everything that was told, afresh and from the same start, so that a resumed run goes on as it would have.

    A list of numbers among the choices is taken as ordered, other lists as unordered; integers and choices are climbed
    from neighbour to neighbour, continuous hyperparameters along the exact gradient of the acquisition, in turn.
    Pending trials are believed at the model's mean (so ``ask(n)`` spreads its proposals), failed ones are taken for as
    bad as the worst. Constraints told with a trial get a model each: expected improvement is multiplied by the
    probability that all hold (to the other acquisitions its logarithm is added); until a trial holds them, that
    probability alone is maximised. A configuration without a continuous
    hyperparameter is not repeated while the space has others.

    Parameters
    ----------
    space : Space, or what makes one
        Where to search.
    acquisition : {"log_ei", "ei", "lcb", "thompson", "mes"}
        What is maximised: expected improvement over the incumbent or its logarithm, minus the lower confidence bound, a
        draw of the posterior, or the information about the minimum.
    kernel : {"matern52", "matern32", "matern12", "rbf"}
        Covariance of the model.
    ard : bool
        A length scale for each feature, or one for all.
    transform : {"yeo_johnson", "none"}
        What is done to the losses before the model sees them: a power transform, or standardised only.
    noise : "fit" or float
        Noise variance, as a share of the variance of the transformed losses.
    n_initial : int
        Size of the initial design.
    local : bool
        Whether every other proposal comes from a model of the best third of the trials, where there are enough of them
        and anything is continuous.
    beta : float
        Width of the confidence bound in standard deviations, for ``"lcb"``.
    rng : None, int or numpy.random.Generator
        Seed.

    Attributes
    ----------
    info_ : dict
        ``"phase"``: ``"initial"``, ``"model"`` or ``"local model"``. In the latter two also ``"model"``, the process,
        fitted to features in coordinates of ``"box"``, (low, high); ``"points"``, (m, d), what was compared, in the
        unit cube, and ``"acquisition"``, (m,), best first; ``"best"``, the incumbent in units of the transformed
        losses; ``"chosen"``, the row that was proposed, −1 for a random one.

    Raises
    ------
    ValueError
        If an argument is none of those listed; from ``ask``, if trials were told with several objectives.

    References
    ----------
    Jones, Schonlau & Welch (1998); Snoek, Larochelle & Adams (2012); Ament et al. (2023).

    Examples
    --------
    >>> from hpmath import BayesianOptimization, branin
    >>> f = branin()
    >>> search = BayesianOptimization(f.space, rng=0)
    >>> for _ in range(30):
    ...     configs = search.ask()
    ...     search.tell(configs, [f(config) for config in configs])
    >>> bool(search.best_[1] - f.minimum < 1e-3)
    True
    """

    def __init__(
        self,
        space: Space | Mapping[str, Any],
        *,
        acquisition: str = "log_ei",
        kernel: str = "matern52",
        ard: bool = True,
        transform: str = "yeo_johnson",
        noise: Any = "fit",
        n_initial: int = 6,
        local: bool = True,
        beta: float = 2.0,
        rng: RNG = None,
    ) -> None:
        super().__init__(space, rng=rng)
        self.acquisition = one_of(acquisition, "acquisition", _ACQUISITIONS)
        self.kernel = one_of(kernel, "kernel", tuple(_KERNELS))
        self.transform = one_of(transform, "transform", _TRANSFORMS)
        self.ard, self.local, self.beta = bool(ard), bool(local), as_number(beta, "beta", least=0)
        self.noise = GaussianProcess(noise=noise).noise  # the checks
        self.n_initial = as_count(n_initial, "n_initial")
        self._encoding = Encoding(self.space)
        self._n_axes = sum(axis.width > 0 for axis in self._encoding.axes)
        self._design: FloatArray | None = None
        self._listed: FloatArray | None = None
        self._told: Trials | None = None
        self._views: dict[str, View] = {}  # fitted once for all proposals between two tells

    # The loop

    def _next(self, rng: np.random.Generator) -> Config | None:
        if self.values_.ndim == 2:
            raise ValueError(
                f"BayesianOptimization minimises one objective, got {self.values_.shape[1]}: "
                "make one of them (hpmath.chebyshev) or search with NSGA2"
            )
        seen = len(self.configs_) + self._n_pending
        if seen < self.n_initial or np.isfinite(self.values_).sum() < 2:
            self.info_ = {"phase": "initial"}
            return self._initial(seen, rng)
        near = self._near() if self.local and seen % 2 else None
        view = self._view() if near is None else near
        found, best = self._look(self._with_pending(view), rng)
        config, place = self._first_free(found, rng)
        self.info_ = {
            "phase": "model" if near is None else "local model",
            "model": view.model,  # without pending trials
            "points": found.points,
            "acquisition": found.scores,
            "best": best,
            "box": (view.low, view.low + view.width),
            "chosen": place,
        }
        return config

    def _initial(self, i: int, rng: np.random.Generator) -> Config:
        """The i-th point of a scrambled Sobol' sequence; a random one where that is taken or not allowed."""
        if i < self.n_initial:
            if self._design is None:
                from scipy.stats import qmc  # takes a second to import

                generator = np.random.default_rng(self._seed)
                try:
                    engine = qmc.Sobol(len(self.space), rng=generator)
                except TypeError:  # SciPy before 1.15
                    engine = qmc.Sobol(len(self.space), seed=generator)
                self._design = engine.random(1 << (self.n_initial - 1).bit_length())
            config = self.space.from_unit(self._design[i : i + 1])[0]
            if self.space.allows(config) and not self._taken(config):
                return config
        return self._untried(rng)

    # The models

    def _trials(self) -> Trials:
        """What all models of the trials told so far share."""
        if self._told is None or len(self._told.U) != len(self.configs_):
            U = self._encoding.fill(self.configs_)
            F = self._encoding.features(U)
            feasible, limits = np.ones(len(U), dtype=bool), []
            if self.constraints_ is not None:
                feasible = np.asarray((self.constraints_ <= 0).all(axis=1))
                known = np.isfinite(self.constraints_).all(axis=1)
                limits = [
                    self._process("fit", F[known], g / (np.abs(g).max() or 1.0))  # the sign is all that counts
                    for g in self.constraints_[known].T
                    if known.sum() > 1
                ]
            self._told = Trials(U, F, feasible, limits)
            self._views = {}
        return self._told

    def _view(self) -> View:
        """The model of all trials."""
        trials, p = self._trials(), self._encoding.width
        if "all" not in self._views:
            model = self._process(self.noise, trials.F, self._losses(np.arange(len(trials.U))))
            self._views["all"] = View(model, trials, np.zeros(p), np.ones(p))
        return self._views["all"]

    def _near(self) -> View | None:
        """The model of the best third, in the box that it spans; None if there is nothing to look closer at."""
        trials, climbed = self._trials(), self._encoding.climbed
        rank = np.where(trials.feasible, self.values_, np.nan)
        n = int(np.isfinite(rank).sum())
        k = max(n // 3, 3 * self._n_axes)
        if not len(climbed) or k > 0.7 * n:
            return None
        if "near" not in self._views:
            rows = np.argsort(rank, kind="stable")[:k]
            low, high = np.zeros(self._encoding.width), np.ones(self._encoding.width)
            F = trials.F[rows][:, climbed]
            least, most = F.min(axis=0), F.max(axis=0)
            margin = np.maximum(0.1 * (most - least), _SMALLEST)
            low[climbed], high[climbed] = np.maximum(least - margin, 0), np.minimum(most + margin, 1)
            inside = ((trials.F >= low) & (trials.F <= high)).all(axis=1)  # noqa: SIM300
            rows = np.concatenate([rows, np.flatnonzero(np.isnan(self.values_) & inside)])
            near = trials.of(rows)
            model = self._process(self.noise, (near.F - low) / (high - low), self._losses(rows))
            self._views["near"] = View(model, near, low, high - low)
        return self._views["near"]

    def _losses(self, rows: NDArray[np.int64]) -> FloatArray:
        """The transformed losses of trials; a failure is no better than the worst of them."""
        y = self.values_[rows]
        worked = np.isfinite(y)
        z = np.empty(len(y))
        z[worked] = transformed(y[worked], self.transform)
        z[~worked] = z[worked].max()
        return z

    def _process(self, noise: Any, F: FloatArray, z: FloatArray) -> GaussianProcess:
        """Fit; of many trials, hyperparameters to a part that is spread evenly over the ranks of z."""
        scale = 0.5 * np.sqrt(F.shape[1])
        kernel = Constant(1.0) * _KERNELS[self.kernel](np.full(F.shape[1], scale) if self.ard else scale)
        process = GaussianProcess(kernel, noise=noise, n_restarts=0)
        if len(z) <= _MOST_FITTED:
            return process.fit(F, z)
        rows = np.argsort(z, kind="stable")[np.linspace(0, len(z) - 1, _MOST_FITTED).astype(int)]
        process.fit(F[rows], z[rows])
        return GaussianProcess(process.kernel_, noise=process.noise_, optimize=False).fit(F, z)

    def _with_pending(self, view: View) -> View:
        """Believe that each pending trial will give what the model expects of it."""
        if not self._n_pending:
            return view
        U = self._encoding.fill(self.pending_)
        F = self._encoding.features(U)
        G = view.inputs(F)
        model = copy.deepcopy(view.model).update(G, view.model.predict(G))  # a factor grows in place
        trials = view.trials
        limits = [copy.deepcopy(process).update(F, process.predict(F)) for process in trials.limits]
        expected = np.array([process.predict(F) for process in limits]).reshape(-1, len(F))
        feasible = np.concatenate([trials.feasible, (expected <= 0).all(axis=0)])
        trials = Trials(np.concatenate([trials.U, U]), np.concatenate([trials.F, F]), feasible, limits)
        return View(model, trials, view.low, view.width)

    # The choice

    def _look(self, view: View, rng: np.random.Generator) -> tuple[Found, float]:
        encoding, trials = self._encoding, view.trials
        mean = view.model.predict(view.inputs(trials.F))
        order = np.argsort(np.where(trials.feasible, mean, np.inf), kind="stable")
        best = float(mean[order[0]]) if trials.feasible.any() else np.nan
        top = trials.U[order[:4]]
        whole = encoding.size <= MOST_EXHAUSTED
        candidates = self._all() if whole else encoding.candidates(top, view.low, view.width, rng)
        rule = self._rule(view, best, candidates, rng)

        def value(F: FloatArray, gradient: bool = True) -> tuple[FloatArray, FloatArray]:
            return view.value(rule, F, gradient=gradient)

        climb = self.acquisition != "thompson" and not whole  # a draw is of all points together
        return maximise(encoding, value, candidates, view.low, view.width, climb=climb), best

    def _all(self) -> FloatArray:
        """The points of all configurations of a small finite space that its constraints allow."""
        if self._listed is None:
            grid = self.space.grid()
            configs = (grid[i] for i in range(grid.size))
            self._listed = self._encoding.fill([config for config in configs if self.space.allows(config)])
        return self._listed

    def _rule(self, view: View, best: float, candidates: FloatArray, rng: np.random.Generator) -> Rule | None:
        """The acquisition as a function of features: value, and its gradient in the features if asked for.

        None while nothing is known to be feasible.
        """
        if np.isnan(best):
            return None
        if self.acquisition == "thompson":
            return lambda F, gradient: (thompson_sample(view.model, view.inputs(F), rng), np.zeros_like(F))
        by_name: dict[str, Any] = {
            "log_ei": partial(log_expected_improvement, best=best),
            "ei": partial(log_expected_improvement if view.trials.limits else expected_improvement, best=best),
            "lcb": partial(lower_confidence_bound, beta=self.beta),
        }
        if self.acquisition == "mes":
            F = np.concatenate([view.trials.F, self._encoding.features(candidates[:_MOST_DRAWN])])
            by_name["mes"] = partial(
                max_value_entropy_search, minima=sample_minima(view.model, view.inputs(F), 16, rng)
            )
        return partial(view.of_prediction, by_name[self.acquisition])

    def _first_free(self, found: Found, rng: np.random.Generator) -> tuple[Config, int]:
        """The best point found that is allowed and new; if there is none, a random configuration."""
        encoding, U = self._encoding, self._encoding.fill(self.configs_ + self.pending_)
        points = found.points
        if encoding.size < np.inf:
            taken = set(encoding.keys(U))
            free = np.array([key not in taken for key in encoding.keys(points)])
        else:
            from scipy.spatial.distance import cdist  # here, because it is slow to import

            points = points[:_MOST_TRIED]
            free = cdist(encoding.features(points), encoding.features(U), "chebyshev").min(axis=1) > _CLOSE
        for i in np.flatnonzero(free):
            config = self.space.from_unit(points[i : i + 1])[0]
            if self.space.allows(config) and not self._spent(config):
                return config, int(i)
        return self._untried(rng), -1

    def _untried(self, rng: np.random.Generator) -> Config:
        for _ in range(100):
            config = self._random(rng)
            if not self._taken(config):
                break
        return config

    def _taken(self, config: Config) -> bool:
        key = self.space.key(config)
        return key in self._succeeded or key in self._failed or self._key(config) in self._pending


def transformed(y: FloatArray, transform: str) -> FloatArray:
    """Losses on a scale on which a Gaussian process may believe them, standardised."""
    y = y / (np.abs(y).max() or 1.0)  # squares of huge numbers overflow
    std = float(y.std())
    if std < 1e-15:
        return np.zeros(len(y))
    z: FloatArray = (y - y.mean()) / std
    if transform == "none":
        return z
    return yeo_johnson(z)


_POWERS = np.linspace(-4.0, 4.0, 33)


def yeo_johnson(z: FloatArray) -> FloatArray:
    """The power transform of Yeo & Johnson (2000) of the highest likelihood, standardised."""
    w = _profile(z, likeliest_power(z))[1]
    std = float(w.std())
    return np.asarray((w - w.mean()) / std) if np.isfinite(std) and std > 0 else z


def likeliest_power(z: FloatArray) -> float:
    """The power of that transform: the best of a grid, then golden section."""
    heights = [_profile(z, power)[0] for power in _POWERS]
    k = int(np.argmax(heights))
    low, high = _POWERS[max(k - 1, 0)], _POWERS[min(k + 1, len(_POWERS) - 1)]
    golden = (np.sqrt(5) - 1) / 2
    for _ in range(12):
        a, b = high - golden * (high - low), low + golden * (high - low)
        if _profile(z, a)[0] > _profile(z, b)[0]:
            high = b
        else:
            low = a
    return float((low + high) / 2)


def back_transformed(y: FloatArray, transform: str) -> Callable[[FloatArray], FloatArray]:
    """The inverse of what `transformed` makes of losses y, cut off where it is their range beyond them."""
    size = float(np.abs(y).max()) or 1.0
    mean, std = float((y / size).mean()), float((y / size).std())
    if std < 1e-15:
        return lambda t: np.full(np.shape(t), y[0])
    power, shift, scale = None, 0.0, 1.0
    if transform != "none":
        z = (y / size - mean) / std
        power = likeliest_power(z)
        w = _profile(z, power)[1]
        shift, scale = float(w.mean()), float(w.std())
        if not (np.isfinite(scale) and scale > 0):
            power, shift, scale = None, 0.0, 1.0

    def back(t: FloatArray) -> FloatArray:
        w = np.asarray(t) * scale + shift
        with np.errstate(all="ignore"):  # beyond the transform's image is cut off
            z = w if power is None else np.where(w >= 0, _unboxcox(w, power), -_unboxcox(-w, 2 - power))
            z = np.where(np.isnan(z), np.sign(w) * np.inf, z)
            return np.clip((z * std + mean) * size, 2 * y.min() - y.max(), 2 * y.max() - y.min())

    return back


def _unboxcox(w: FloatArray, power: float) -> FloatArray:
    """The inverse of `_boxcox`, less one; NaN beyond its image."""
    return np.expm1(np.log1p(power * w) / power if abs(power) > 1e-8 else w)


def _profile(z: FloatArray, power: float) -> tuple[float, FloatArray]:
    """Log-likelihood of a power, mean and variance being the best, and the transformed values: Yeo & Johnson (2000)."""
    up, down = np.log1p(np.maximum(z, 0)), np.log1p(np.maximum(-z, 0))
    w: FloatArray = np.where(z >= 0, _boxcox(up, power), -_boxcox(down, 2 - power))
    variance = float(w.var())
    if not variance > 0 or not np.isfinite(variance):
        return -np.inf, w
    return float(-0.5 * len(z) * np.log(variance) + (power - 1) * (up - down).sum()), w


def _boxcox(log1p: FloatArray, power: float) -> FloatArray:
    return np.expm1(power * log1p) / power if abs(power) > 1e-8 else log1p
