r"""How do you search when a trial costs an hour and thinking about it costs a tenth of a second?

Model the loss from the trials so far, with its uncertainty; try where the model promises most; look; repeat. The model
is a Gaussian process, the promise an acquisition function.

Taught in chapter 23 (``bayesopt``); the model in chapter 10, the promise in chapter 22. Read
`BayesianOptimization._next` first: design, model, acquisition, choice. How a configuration becomes features is in
``_encoding``, how the acquisition is maximised in ``searchers/_maximise``.

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
from typing import Any

import numpy as np
from scipy.special import log_ndtr

from hpmath._checks import RNG, FloatArray, as_count, as_number, one_of
from hpmath._encoding import Encoding
from hpmath._normal import normal_pdf
from hpmath.acquisition import (
    expected_improvement,
    log_expected_improvement,
    lower_confidence_bound,
    max_value_entropy_search,
    sample_minima,
    thompson_sample,
)
from hpmath.gaussian_process import GaussianProcess
from hpmath.kernels import RBF, Constant, Kernel, Matern12, Matern32, Matern52
from hpmath.searchers._base import Searcher
from hpmath.searchers._maximise import MOST_EXHAUSTED, Found, maximise
from hpmath.space import Config, Space

__all__ = ["BayesianOptimization"]

_KERNELS = {"matern52": Matern52, "matern32": Matern32, "matern12": Matern12, "rbf": RBF}
_ACQUISITIONS = ("log_ei", "ei", "lcb", "thompson", "mes")
_TRANSFORMS = ("yeo_johnson", "none")
Rule = Callable[[FloatArray, FloatArray], tuple[FloatArray, FloatArray, FloatArray]]
_CLOSE = 1e-9  # two points of the cube are one if no feature differs by more


class BayesianOptimization(Searcher):
    """Fit a Gaussian process to the trials, try next where its acquisition function is largest.

    The first ``n_initial`` configurations are those of a scrambled Sobol' sequence. After that each ``ask`` fits the
    model to everything that was told, afresh and from the same start, so that a resumed run goes on as it would have.

    A list of numbers among the choices is taken as ordered, other lists as unordered; integers and choices are climbed
    from neighbour to neighbour, continuous hyperparameters along the exact gradient of the acquisition, in turn.
    Pending trials are believed at the model's mean (so ``ask(n)`` spreads its proposals), failed ones are taken for as
    bad as the worst. Constraints told with a trial get a model each: the acquisition is multiplied by the probability
    that all hold; until a trial holds them, that probability alone is maximised. A configuration without a continuous
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
    n_initial : int, optional
        Size of the initial design; by default 2 d + 2, at most 10.
    beta : float
        Width of the confidence bound in standard deviations, for ``"lcb"``.
    rng : None, int or numpy.random.Generator
        Seed.

    Attributes
    ----------
    info_ : dict
        ``"phase"``, ``"initial"`` or ``"model"``; in the latter ``"model"``, the process with pending trials believed;
        ``"points"``, (m, d), what was compared, in the unit cube, and ``"acquisition"``, (m,), best first; ``"best"``,
        the incumbent in units of the transformed losses; ``"chosen"``, the row that was proposed, −1 for a random one.

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
        n_initial: int | None = None,
        beta: float = 2.0,
        rng: RNG = None,
    ) -> None:
        super().__init__(space, rng=rng)
        self.acquisition = one_of(acquisition, "acquisition", _ACQUISITIONS)
        self.kernel = one_of(kernel, "kernel", tuple(_KERNELS))
        self.transform = one_of(transform, "transform", _TRANSFORMS)
        self.ard, self.noise, self.beta = bool(ard), noise, as_number(beta, "beta", least=0)
        d = sum(axis.width > 0 for axis in Encoding(self.space).axes)
        self.n_initial = min(2 * d + 2, 10) if n_initial is None else as_count(n_initial, "n_initial")
        self._encoding = Encoding(self.space)
        self._design: FloatArray | None = None
        self._fitted: tuple[int, Any] = (-1, None)

    # The loop

    def _next(self, rng: np.random.Generator) -> Config | None:
        if self.values_.ndim == 2:
            raise ValueError(
                f"BayesianOptimization minimises one objective, got {self.values_.shape[1]}: "
                "scalarise them (hpmath.chebyshev) or search with NSGA2"
            )
        seen = len(self.configs_) + self._n_pending
        worked = np.isfinite(self.values_)
        if seen < self.n_initial or worked.sum() < 2:
            self.info_ = {"phase": "initial"}
            return self._initial(seen, rng)
        model, limits, U = self._model()
        U, model, limits = self._with_pending(U, model, limits)
        found, best = self._propose(model, limits, U, rng)
        config, place = self._first_free(found, U, rng)
        self.info_ = {
            "phase": "model",
            "model": model,
            "points": found.points,
            "acquisition": found.scores,
            "best": best,
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
        config = self._random(rng)
        for _ in range(100):
            if not self._taken(config):
                break
            config = self._random(rng)
        return config

    # The model

    def _model(self) -> tuple[GaussianProcess, list[GaussianProcess], FloatArray]:
        """The process of the losses and one for each constraint, fitted to all that was told, and the points U."""
        n = len(self.configs_)
        if self._fitted[0] != n:
            U = self._encoding.fill(self.configs_)
            F = self._encoding.features(U)
            y = self.values_
            worked = np.isfinite(y)
            z = np.empty(n)
            z[worked] = transformed(y[worked], self.transform)
            z[~worked] = z[worked].max()  # no better than the worst
            limits = []
            if self.constraints_ is not None:
                for g in self.constraints_.T:
                    known = np.isfinite(g)
                    if known.sum() > 1:
                        limits.append(self._process("fit", F).fit(F[known], g[known]))
            self._fitted = n, (self._process(self.noise, F).fit(F, z), limits, U)
        model, limits, U = self._fitted[1]
        return model, limits, U

    def _process(self, noise: Any, F: FloatArray) -> GaussianProcess:
        p = F.shape[1]
        scale = 0.5 * np.sqrt(p)
        kernel: Kernel = Constant(1.0) * _KERNELS[self.kernel](np.full(p, scale) if self.ard else scale)
        return GaussianProcess(kernel, noise=noise, n_restarts=0)

    def _with_pending(
        self, U: FloatArray, model: GaussianProcess, limits: list[GaussianProcess]
    ) -> tuple[FloatArray, GaussianProcess, list[GaussianProcess]]:
        """Believe that each pending trial will give what the model expects of it."""
        if not self._n_pending:
            return U, model, limits
        V = self._encoding.fill(self.pending_)
        F = self._encoding.features(V)
        believed = [copy.copy(process).update(F, process.predict(F)) for process in (model, *limits)]
        return np.concatenate([U, V]), believed[0], believed[1:]

    # The choice

    def _propose(
        self, model: GaussianProcess, limits: list[GaussianProcess], U: FloatArray, rng: np.random.Generator
    ) -> tuple[Found, float]:
        encoding = self._encoding
        F = encoding.features(U)
        mean = model.predict(F)
        feasible = np.ones(len(U), dtype=bool)
        if self.constraints_ is not None:
            told = (self.constraints_ <= 0).all(axis=1)
            feasible[: len(told)] = told
        order = np.argsort(np.where(feasible, mean, np.inf), kind="stable")
        best = float(mean[order[0]]) if feasible.any() else None

        rule = self._rule(model, best, F, rng)

        def score(F: FloatArray) -> FloatArray:
            return self._value(model, limits, rule, F, gradient=False)[0]

        def slope(F: FloatArray) -> tuple[FloatArray, FloatArray]:
            return self._value(model, limits, rule, F, gradient=True)

        fixed = None
        if encoding.size <= MOST_EXHAUSTED:
            grid = self.space.grid()
            fixed = encoding.fill([grid[i] for i in range(grid.size)])
        climb = self.acquisition != "thompson"  # one draw, of all candidates together
        found = maximise(encoding, score, slope, U[order[:4]], rng, fixed=fixed, climb=climb)
        return found, best if best is not None else np.nan

    def _value(
        self,
        model: GaussianProcess,
        limits: list[GaussianProcess],
        rule: Rule | None,
        F: FloatArray,
        *,
        gradient: bool,
    ) -> tuple[FloatArray, FloatArray]:
        """The acquisition of features, times the probability of being feasible; and its gradient in the features."""
        total, slopes = np.zeros(len(F)), np.zeros_like(F)
        if rule is not None and self.acquisition == "thompson":
            total = thompson_sample(model, F, self._draws)
        elif rule is not None:
            mean, std = model.predict(F, return_std=True)
            total, d_mean, d_std = rule(mean, np.maximum(std, 1e-12 * model.y_std_))
            if gradient:
                slope_mean, slope_std = model.predict_gradient(F)
                slopes = d_mean[:, None] * slope_mean + d_std[:, None] * slope_std
        for process in limits:
            mean, std = process.predict(F, return_std=True)
            std = np.maximum(std, 1e-9 * process.y_std_)
            t = -mean / std
            log_p = log_ndtr(t)
            total = total + log_p
            if gradient:
                slope_mean, slope_std = process.predict_gradient(F)
                hazard = np.exp(np.log(np.maximum(normal_pdf(t), 1e-300)) - log_p)
                slopes = slopes - (hazard / std)[:, None] * (slope_mean + t[:, None] * slope_std)
        return total, slopes

    def _rule(self, model: GaussianProcess, best: float | None, F: FloatArray, rng: np.random.Generator) -> Rule | None:
        """The acquisition as a function of mean and standard deviation; None while nothing feasible is known."""
        if best is None:
            return None
        if self.acquisition == "lcb":
            return partial(lower_confidence_bound, beta=self.beta, gradient=True)
        if self.acquisition == "mes":
            minima = sample_minima(
                model, np.concatenate([F, self._encoding.features(rng.random((256, len(self.space))))]), 16, rng
            )
            return partial(max_value_entropy_search, minima=minima, gradient=True)
        self._draws = rng
        rule = log_expected_improvement if self.acquisition == "log_ei" else expected_improvement
        return partial(rule, best=best, gradient=True)

    def _first_free(self, found: Found, U: FloatArray, rng: np.random.Generator) -> tuple[Config, int]:
        """The best point found that is allowed and new; if there is none, a random configuration."""
        finite = self._encoding.size < np.inf
        taken = set(self._encoding.keys(U)) if finite else set()
        F = self._encoding.features(U)
        tried: set[bytes] = set()
        for i, u in enumerate(found.points[:500]):
            key = self._encoding.keys(u[None])[0]
            if key in taken or key in tried:
                continue
            tried.add(key)
            if not finite and np.abs(self._encoding.features(u[None]) - F).max(axis=1).min() < _CLOSE:
                continue
            config = self.space.from_unit(u[None])[0]
            if self.space.allows(config) and not self._spent(config):
                return config, i
        return self._untried(rng), -1

    def _untried(self, rng: np.random.Generator) -> Config:
        config = self._random(rng)
        for _ in range(100):
            if not self._taken(config):
                return config
            config = self._random(rng)
        return config

    def _taken(self, config: Config) -> bool:
        key = self.space.key(config)
        return key in self._succeeded or key in self._failed or self._key(config) in self._pending


def transformed(y: FloatArray, transform: str) -> FloatArray:
    """Losses on a scale on which a Gaussian process may believe them, standardised."""
    std = float(y.std())
    if not std > 1e-300:
        return np.zeros(len(y))
    z = (y - y.mean()) / std
    if transform == "none":
        return z
    return yeo_johnson(z)


_POWERS = np.linspace(-4.0, 4.0, 33)


def yeo_johnson(z: FloatArray) -> FloatArray:
    """The power transform of Yeo & Johnson (2000) of the highest likelihood, standardised."""
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
    w = _profile(z, (low + high) / 2)[1]
    std = float(w.std())
    return (w - w.mean()) / std if np.isfinite(std) and std > 0 else z


def _profile(z: FloatArray, power: float) -> tuple[float, FloatArray]:
    """Log-likelihood of a power, mean and variance being the best, and the transformed values: eq. 2.1 and 3.1."""
    up, down = np.log1p(np.maximum(z, 0)), np.log1p(np.maximum(-z, 0))
    w = np.where(z >= 0, _boxcox(up, power), -_boxcox(down, 2 - power))
    variance = float(w.var())
    if not variance > 0 or not np.isfinite(variance):
        return -np.inf, w
    return float(-0.5 * len(z) * np.log(variance) + (power - 1) * (up - down).sum()), w


def _boxcox(log1p: FloatArray, power: float) -> FloatArray:
    return np.expm1(power * log1p) / power if abs(power) > 1e-8 else log1p
