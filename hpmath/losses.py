r"""What does a real loss look like? Models that were really trained, as objectives.

Taught in chapters 00 (the map, the design of a split), 01 (a gradient of a real loss) and 06 (ten hyperparameters); the
running example of all.

Symbols: C and γ are the hyperparameters of a support vector machine with kernel exp(−γ‖x − x′‖²), λ and γ those of
kernel ridge regression; d, shape (n, K, K), holds the one-against-one decision values ("duels") of n images and K
classes; T is a temperature.

Start at :func:`svm_map`: 41 × 41 machines, trained once and interpolated. :func:`svm_digits` is the training behind one
of its points, :func:`coupled_log_loss` its smooth loss, :func:`recorded` the raw tables.
:func:`kernel_ridge_diabetes` (two hyperparameters) and :func:`generalised_ridge_diabetes` (ten) are smooth losses with
an exact gradient.

Papers: Price et al. (1995) and Guo et al. (2017) for the smooth loss; Alpaydin & Kaynak (1998) for the digits.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from importlib import import_module
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import cho_factor, cho_solve, eigh
from scipy.spatial.distance import cdist
from scipy.special import logsumexp

from hpmath._checks import RNG, FloatArray, as_count, as_finite, as_points, as_rng, one_of
from hpmath.dual import Dual
from hpmath.objectives import Objective

__all__ = [
    "coupled_log_loss",
    "fit_temperature",
    "generalised_ridge_diabetes",
    "kernel_ridge_diabetes",
    "recorded",
    "svm_digits",
    "svm_map",
]


# ------------------------------------------------------------------------------------------------- recorded tables


_RECORDED = (
    "svm_map",
    "optimism",
    "cv_noise",
    "ridge_folds",
    "mlp_tradeoff",
    "tradeoff_latency",
    "pareto_forest",
    "pareto_rivals",
    "information_search",
    "hpobench_segment",
    "hpobench_vehicle",
    "hpolib_protein",
    "nasbench201_cifar10",
    "gp_calibration",
    "acquisition_rules",
    "late_search",
    "bayesopt_comparison",
    "bayesopt_ablation",
    "bayesopt_limits",
    "tpe_choices",
    "first_taste",
)


def recorded(name: str) -> dict[str, Any]:
    """Return a table that the book has recorded: its arrays by name, and ``"meta"``, a dict that explains them.

    Parameters
    ----------
    name : str
        - ``"svm_map"``: see :func:`svm_map`;
        - ``"optimism"``: the best of n seeds against the truth;
        - ``"cv_noise"``: a cross-validated loss along a line, with its folds drawn again and again;
        - ``"ridge_folds"``: the loss of :func:`kernel_ridge_diabetes` fold by fold, for many draws of the folds;
        - ``"mlp_tradeoff"``: error, log-loss, training time and size of a small network against width and epochs, 30
          times;
        - ``"tradeoff_latency"``: error, 20 splits, and latency, 800 calls, of 76 networks and forests;
        - ``"pareto_forest"``: 20 searches of NSGA-II and of random search for forests, cheap and accurate on digits;
        - ``"pareto_rivals"``: the hypervolume that NSGA-II reaches in pymoo and here, 40 seeds, and whose walls matter;
        - ``"information_search"``: what six rules for the next trial learn of two losses, 40 seeds;
        - ``"hpobench_segment"``, ``"hpobench_vehicle"``: a neural network at 30,000 settings of five hyperparameters,
          trained for HPOBench;
        - ``"hpolib_protein"``: a network for regression at 62,208 settings of nine, trained for HPOLib;
        - ``"nasbench201_cifar10"``: error, latency and size of the 15,625 networks of NAS-Bench-201;
        - ``"gp_calibration"``: how many unseen trials lie in the intervals of Gaussian processes, for three kernels;
        - ``"acquisition_rules"``: searches with 13 acquisition rules; under noise, by cost, on a bowl;
        - ``"late_search"``: the trials of searches that went on when EI was small everywhere;
        - ``"bayesopt_ablation"``: regret of Bayesian optimisation trial by trial, one choice changed at a time;
        - ``"bayesopt_comparison"``: the same of several searchers;
        - ``"bayesopt_limits"``: the same under noise, in many dimensions, with crashes and workers; stopping bounds;
        - ``"tpe_choices"``: what each setting of TPE does to its regret, the XOR experiment, and TPE beside its peers;
        - ``"first_taste"``: 100 runs of Bayesian optimisation on :func:`svm_map`.

        ``benchmarks/record/`` has the scripts.

    Returns
    -------
    dict
        Read-only arrays; ``meta["quantities"]`` says what each one is and what its axes are.

    Examples
    --------
    >>> table = recorded("svm_map")
    >>> table["error"].shape, table["meta"]["names"]
    ((41, 41, 5), ['C', 'gamma'])
    """
    return dict(_load(one_of(name, "name", _RECORDED)))


@lru_cache
def _load(name: str) -> dict[str, Any]:
    with (files("hpmath") / "data" / f"{name}.npz").open("rb") as file:
        table: dict[str, Any] = dict(np.load(file))
    meta = json.loads(str(table.pop("meta")))
    for quantity, step in meta.get("stored_in_steps_of", {}).items():
        table[quantity] = table[quantity] * step
    for array in table.values():
        array.flags.writeable = False
    return table | {"meta": meta}


@dataclass(frozen=True, eq=False)
class _Surface:
    """A piecewise polynomial on a grid: degree 1 joins the table's values by straight lines, degree 3 smoothly.

    ``coefficients[a, i, b, j]`` belongs to the a-th highest power of u and the b-th highest of v in cell (i, j).
    """

    axes: tuple[FloatArray, FloatArray]
    coefficients: FloatArray
    names: tuple[str, str]

    def __call__(self, x: Any) -> Any:
        (i, u), (j, v) = (self._cell(x[..., axis], axis) for axis in (0, 1))
        powers_u, powers_v = self.coefficients.shape[::2]
        value: Any = 0.0
        for a in range(powers_u):  # Horner's rule in u, whose coefficients are polynomials in v
            inner: Any = 0.0
            for b in range(powers_v):
                inner = inner * v + self.coefficients[a, i, b, j]
            value = value * u + inner
        return value

    def gradient(self, x: Any) -> FloatArray:
        return np.stack([self._derivative(axis)(x) for axis in (0, 1)], axis=-1)

    def _derivative(self, axis: int) -> _Surface:
        highest_first = np.moveaxis(self.coefficients, 2 * axis, -1)
        powers = np.arange(highest_first.shape[-1] - 1, 0, -1)
        return _Surface(self.axes, np.moveaxis(highest_first[..., :-1] * powers, -1, 2 * axis), self.names)

    def _cell(self, coordinate: Any, axis: int) -> tuple[Any, Any]:
        knots, place = self.axes[axis], coordinate
        while isinstance(place, Dual):
            place = place.value
        place = np.real(place)
        # to the last digit: differences that find room beyond an edge shrink into it until rounding is all they see
        outside = (place < knots[0]) | (place > knots[-1])
        if np.any(outside):
            raise ValueError(
                f"log10 {self.names[axis]} must lie in [{knots[0]:g}, {knots[-1]:g}], where the map was recorded, "
                f"got {np.extract(outside, place)[0]:.6g}"
            )
        cell = np.clip(np.searchsorted(knots, place, side="right") - 1, 0, len(knots) - 2)
        return cell, coordinate - knots[cell]


def _surface(axes: tuple[FloatArray, FloatArray], table: FloatArray, degree: int, names: tuple[str, str]) -> _Surface:
    along_u = _pieces(axes[0], table, degree)  # (powers of u, cells of u, knots of v)
    both = _pieces(axes[1], np.moveaxis(along_u, -1, 0), degree)  # (powers of v, cells of v, powers of u, cells of u)
    return _Surface(axes, np.transpose(both, (2, 3, 0, 1)), names)


def _pieces(knots: FloatArray, values: FloatArray, degree: int) -> FloatArray:
    """Interpolate along the first axis: (n, rest) to coefficients (degree + 1, n - 1, rest), highest power first."""
    from scipy.interpolate import CubicSpline

    if degree == 3:
        return np.asarray(CubicSpline(knots, values).c)
    widths = np.diff(knots).reshape(-1, *[1] * (values.ndim - 1))
    return np.stack([np.diff(values, axis=0) / widths, values[:-1]])


_MAP_LOSSES = {  # name: (recorded quantity, degree of the interpolation)
    "error": ("error", 1),
    "log loss": ("log_loss", 3),
    "fit seconds": ("fit_seconds", 1),
    "predict seconds": ("predict_seconds", 1),
    "support vectors": ("n_support", 1),
}


def svm_map(loss: str = "error", fold: int | str | None = None) -> Objective:
    """Return the map: the recorded loss of an RBF-kernel SVM on digits, interpolated between 41 × 41 trainings.

    x = (log10 C, log10 γ), on [-2, 4] × [-6, -1]; in a configuration C and γ stand in natural units. Raw pixels 0…16,
    5 shuffled, stratified folds with seed 0, the same at every point.

    Parameters
    ----------
    loss : str
        - ``"error"``: share of validation images misclassified; joined bilinearly. A step function in truth, with
          kinks and ties here.
        - ``"log loss"``: the smooth loss, :func:`coupled_log_loss`, nats an image; a bicubic spline, twice
          differentiable. Between grid points it is within 1 % of the training where the loss is below 0.1.
        - ``"fit seconds"``, ``"predict seconds"``: CPU seconds of one fold, one thread; bilinear.
        - ``"support vectors"``: their number; bilinear.
    fold : int or "mean", optional
        One of the folds 0…4, or (``"mean"``, None) the mean over them.

    Returns
    -------
    Objective
        With ``table``, shape (41, 41), and ``axes``, its coordinates in x. ``minimizers`` holds every tied minimum of a
        bilinear map (they are grid points), and the lowest point of the spline. Outside the box it raises.

    References
    ----------
    Recorded by ``benchmarks/record/svm_map.py``; images: Alpaydin & Kaynak (1998), UCI, CC BY 4.0.

    Examples
    --------
    >>> error = svm_map()
    >>> round(error({"C": 10.0, "gamma": 0.001}), 4), round(error.minimum, 4)
    (0.0117, 0.0095)
    >>> smooth = svm_map("log loss")
    >>> smooth.gradient([0.0, -4.0]).round(3)
    array([-0.09 , -0.103])
    """
    loss = one_of(loss.replace("_", " ") if isinstance(loss, str) else loss, "loss", tuple(_MAP_LOSSES))
    if fold is None or fold == "mean":
        return _svm_map(loss, None)
    if isinstance(fold, str) or as_count(fold, "fold", least=0) > 4:
        raise ValueError(f"fold must be one of 0, 1, 2, 3, 4 or 'mean', got {fold!r}")
    return _svm_map(loss, int(fold))


@lru_cache
def _svm_map(loss: str, fold: int | None) -> Objective:
    quantity, degree = _MAP_LOSSES[loss]
    recording = _load("svm_map")
    per_fold = recording[quantity].astype(float)
    table = per_fold.mean(axis=2) if fold is None else per_fold[:, :, fold]
    u, v = (np.log10(choices) for choices in recording["meta"]["choices"])
    surface = _surface((u, v), table, degree, ("C", "gamma"))
    bounds = np.array([[u[0], u[-1]], [v[0], v[-1]]])
    lowest = np.argwhere(np.isclose(table, table.min(), rtol=1e-6, atol=0))
    minimizers = np.column_stack([u[lowest[:, 0]], v[lowest[:, 1]]])
    if degree == 3:
        minimizers = _descend(surface, surface.gradient, minimizers, bounds)
    table.flags.writeable = u.flags.writeable = v.flags.writeable = False
    return Objective(
        name=f"SVM on digits, {loss}" + ("" if fold is None else f", fold {fold}"),
        names=("C", "gamma"),
        bounds=bounds,
        minimizers=minimizers,
        minimum=float(surface(minimizers).min()),
        function=surface,
        derivative=surface.gradient,
        scales=("log10", "log10"),
        table=table,
        axes=(u, v),
    )


def _descend(
    f: Callable[[Any], Any], gradient: Callable[[Any], Any], starts: FloatArray, bounds: FloatArray
) -> FloatArray:
    """Return the lowest point, shape (1, d), that a quasi-Newton method with bounds finds from the starts."""
    from scipy.optimize import minimize

    settings: dict[str, Any] = {"method": "L-BFGS-B", "bounds": bounds, "options": {"ftol": 1e-15, "gtol": 1e-12}}
    ends = [minimize(f, x, jac=gradient, **settings) for x in starts]
    return np.array([min(ends, key=lambda end: end.fun).x])


# ------------------------------------------------------------------------------------------ models that are trained


def svm_digits(config: Mapping[str, float], *, n_folds: int = 5, rng: RNG = 0, loss: str = "error") -> float:
    """Train the SVM behind the map on scikit-learn's digits and return its cross-validated loss.

    With the defaults, and the scikit-learn of the recording, it returns what :func:`svm_map` has at a grid point.

    Parameters
    ----------
    config : dict
        ``{"C": …, "gamma": …}``, both positive.
    n_folds : int
        Number of shuffled, stratified folds.
    rng : None, int, or Generator
        Who shuffles; 0 gives the folds of the map.
    loss : {"error", "log loss"}
        Mean over the folds of the validation error, or of :func:`coupled_log_loss`, nats an image.

    Returns
    -------
    float
        Lower is better. Takes about half a second.

    Raises
    ------
    ModuleNotFoundError
        If scikit-learn is not installed.

    Examples
    --------
    >>> round(svm_digits({"C": 10.0, "gamma": 0.001}), 4)
    0.0117
    """
    _svm_map("error", None).encode(config)  # the checks of names and values
    loss = one_of(loss.replace("_", " ") if isinstance(loss, str) else loss, "loss", ("error", "log loss"))
    n_folds, seed = as_count(n_folds, "n_folds", least=2), _seed(rng)
    datasets, model_selection, svm = (_sklearn(part) for part in ("datasets", "model_selection", "svm"))
    X, y = datasets.load_digits(return_X_y=True)
    splitter = model_selection.StratifiedKFold(n_folds, shuffle=True, random_state=seed)
    folds, wrong, decisions = [], np.empty(len(y), dtype=bool), np.empty((len(y), 45))
    for train, valid in splitter.split(X, y):
        model = svm.SVC(C=config["C"], gamma=config["gamma"], decision_function_shape="ovo").fit(X[train], y[train])
        wrong[valid] = model.predict(X[valid]) != y[valid]
        decisions[valid] = model.decision_function(X[valid])
        folds.append(valid)
    if loss == "error":
        return float(np.mean([wrong[valid].mean() for valid in folds]))
    temperature = fit_temperature(decisions, y)
    return float(np.mean([coupled_log_loss(decisions[valid], y[valid], temperature) for valid in folds]))


def _sklearn(part: str) -> Any:
    try:
        return import_module(f"sklearn.{part}")
    except ImportError as error:
        raise ModuleNotFoundError(
            "this objective trains a model of scikit-learn, which is not installed: pip install 'hpmath[sklearn]'"
        ) from error


def _seed(rng: RNG) -> int:
    """Return an integer for scikit-learn: the given one, or one drawn."""
    generator = as_rng(rng)
    return int(rng) if isinstance(rng, (int, np.integer)) else int(generator.integers(2**32))


def coupled_log_loss(decisions: ArrayLike, labels: ArrayLike, temperature: float = 1.0) -> float:
    r"""Cross-entropy of class probabilities coupled from one-against-one decision values: the map's smooth loss.

    A support vector machine for K classes decides K(K−1)/2 duels. With :math:`d_{kj} = -d_{jk} > 0` where class k wins
    against j,

    .. math:: q_k = \frac{1}{1 + \sum_{j \ne k} e^{-d_{kj}/T}}, \qquad p_k = \frac{q_k}{\sum_j q_j},
              \qquad \text{loss} = -\operatorname{mean} \ln p_{\text{label}}

    A class is as probable as its worst duel allows. Where the duels are consistent, :math:`d_{kj} = z_k - z_j`, this is
    the softmax of z/T exactly. T → ∞ gives ln K, knowing nothing. Unlike the error it has a slope everywhere; unlike
    the sum of a class's duels it ranks the classes as the duels' votes do, so both losses are low in the same place.

    Parameters
    ----------
    decisions : array_like, shape (n, K(K-1)/2)
        ``SVC(decision_function_shape="ovo").decision_function(X)``: duels (0, 1), (0, 2), …, (K−2, K−1), positive for
        the first.
    labels : array_like of int, shape (n,)
        True classes, 0 … K−1.
    temperature : float
        T > 0, in units of the decision values; :func:`fit_temperature` fits it.

    Returns
    -------
    float
        Nats an image, non-negative.

    References
    ----------
    Price, Knerr, Personnaz & Dreyfus (1995), Pairwise neural network classifiers with probabilistic outputs, NIPS 7
    (the coupling of duel probabilities :math:`1/(1 + e^{-d/T})`, here normalised); Guo et al. (2017), ICML (the
    temperature).

    Examples
    --------
    Three classes with consistent duels, z = (2, 1, 0): the softmax.

    >>> round(coupled_log_loss([[1.0, 2.0, 1.0]], [0]), 6), round(np.log(1 + np.exp(-1) + np.exp(-2)), 6)
    (0.407606, np.float64(0.407606))
    """
    duels, labels = _duels(decisions, labels)
    T = as_finite(temperature, "temperature")
    if T.ndim or T <= 0:
        raise ValueError(f"temperature must be a positive number, got {temperature!r}")
    return _coupled_log_loss(duels, labels, float(T))


def _duels(decisions: ArrayLike, labels: ArrayLike) -> tuple[FloatArray, NDArray[np.intp]]:
    """Return d[n, k, j] for every pair of classes, and the labels."""
    d, y = as_points(decisions, "decisions"), np.asarray(labels)
    n_classes = round((1 + np.sqrt(1 + 8 * d.shape[1])) / 2)
    if n_classes * (n_classes - 1) // 2 != d.shape[1]:
        raise ValueError(f"decisions must have K(K-1)/2 columns for K classes, got {d.shape[1]}")
    if y.shape != (len(d),) or y.dtype.kind not in "iu" or not len(y) or y.min() < 0 or y.max() >= n_classes:
        raise ValueError(f"labels must be {len(d)} whole numbers from 0 to {n_classes - 1}, got {labels!r}")
    duels = np.zeros((len(d), n_classes, n_classes))
    first, second = np.triu_indices(n_classes, 1)
    duels[:, first, second], duels[:, second, first] = d, -d
    return duels, y


def _coupled_log_loss(duels: FloatArray, labels: NDArray[np.intp], T: float) -> float:
    ln_q = -logsumexp(-duels / T, axis=2)  # the diagonal's e^0 is the 1 of the denominator
    return float(np.mean(logsumexp(ln_q, axis=1) - ln_q[np.arange(len(labels)), labels]))


def fit_temperature(decisions: ArrayLike, labels: ArrayLike) -> float:
    """Return the temperature that minimises :func:`coupled_log_loss`, searched between e⁻⁸ and e⁸.

    One number for all images. It puts decision values of any scale on the scale of logarithms of probabilities and
    leaves the ranking of the classes in each duel as it is. The map fits it to the out-of-fold decisions of all folds
    together, where it can overfit by little: one number from 1,797 images.

    Parameters
    ----------
    decisions, labels : array_like
        As for :func:`coupled_log_loss`.

    Returns
    -------
    float
        Near e⁻⁸ where every label wins all its duels (the colder, the better), near e⁸ where the decisions mislead.

    References
    ----------
    Guo et al. (2017), On calibration of modern neural networks, ICML, sec. 4.2.

    Examples
    --------
    Seven of ten images favour their label by 1: the best odds are 7 to 3.

    >>> T = fit_temperature([[1.0]] * 7 + [[-1.0]] * 3, [0] * 10)
    >>> round(np.exp(1 / T), 4)
    np.float64(2.3333)
    """
    from scipy.optimize import minimize_scalar

    duels, y = _duels(decisions, labels)

    def loss(ln_T: float) -> float:
        return _coupled_log_loss(duels, y, float(np.exp(ln_T)))

    start = min(range(-7, 8), key=loss)  # odd decisions can make more than one valley
    found = minimize_scalar(loss, bounds=(start - 1.0, start + 1.0), method="bounded", options={"xatol": 1e-6})
    return float(np.exp(found.x))


def kernel_ridge_diabetes(*, n_folds: int = 5, rng: RNG = 0) -> Objective:
    r"""Return the cross-validated squared error of kernel ridge regression on diabetes, smooth in both hyperparameters.

    With :math:`K_{ij} = e^{-\gamma\lVert x_i - x_j\rVert^2}` the prediction at new points is
    :math:`K_{\text{new}}(K + \lambda I)^{-1}(y - \bar y) + \bar y`; features are standardised and the target centred
    on each fold's training part. x = (ln λ, ln γ). The gradient is exact, in reverse mode: one Cholesky factor and two
    solves a fold. (What scikit-learn's ``KernelRidge`` calls ``alpha`` is λ.) A call takes 8 ms with one BLAS thread,
    ``OMP_NUM_THREADS=1``; on matrices this small two threads that share a busy machine are slower than one.

    Parameters
    ----------
    n_folds : int
        Number of shuffled folds.
    rng : None, int, or Generator
        Who shuffles.

    Returns
    -------
    Objective
        Mean over the folds of the mean squared error, in squared units of the target, for λ in [1e-3, 1e2] and γ in
        [1e-5, 1]. Its minimum is found by a quasi-Newton method from the best point of a grid.

    Raises
    ------
    ModuleNotFoundError
        If scikit-learn, which ships the data, is not installed.

    References
    ----------
    Saunders, Gammerman & Vovk (1998) (kernel ridge); Efron et al. (2004) (the data, 442 patients).

    Examples
    --------
    >>> f = kernel_ridge_diabetes()
    >>> f({"lambda": 1.0, "gamma": 0.01}) > f.minimum
    True
    """
    n_folds, seed = as_count(n_folds, "n_folds", least=2), _seed(rng)
    _diabetes_folds(n_folds, seed)
    return _kernel_ridge(n_folds, seed)


@lru_cache(maxsize=8)
def _diabetes_folds(n_folds: int, seed: int) -> list[tuple[FloatArray, FloatArray, FloatArray, FloatArray]]:
    """Return squared distances among the training points, from them to the validation points, and both targets."""
    datasets, model_selection = _sklearn("datasets"), _sklearn("model_selection")
    X, y = datasets.load_diabetes(return_X_y=True, scaled=False)
    parts = []
    for train, valid in model_selection.KFold(n_folds, shuffle=True, random_state=seed).split(X):
        Z = (X - X[train].mean(axis=0)) / X[train].std(axis=0)
        D = cdist(Z, Z[train], "sqeuclidean")
        parts.append((D[train], D[valid], y[train] - y[train].mean(), y[valid] - y[train].mean()))
    return parts


@lru_cache(maxsize=8)
def _kernel_ridge(n_folds: int, seed: int) -> Objective:
    bounds = np.log([[1e-3, 1e2], [1e-5, 1.0]])
    f, gradient = (partial(g, n_folds=n_folds, seed=seed) for g in (_ridge_error, _ridge_gradient))
    ticks = (np.linspace(low, high, 6)[1:-1] for low, high in bounds)
    grid = np.stack(np.meshgrid(*ticks), axis=-1).reshape(-1, 2)
    best = _descend(f, gradient, grid[[np.argmin(f(grid))]], bounds)
    return Objective(
        name="kernel ridge on diabetes",
        names=("lambda", "gamma"),
        bounds=bounds,
        minimizers=best,
        minimum=float(f(best[0])),
        function=f,
        derivative=gradient,
        scales=("ln", "ln"),
    )


def _ridge_error(x: Any, n_folds: int, seed: int) -> Any:
    if np.ndim(x) == 2:
        if not isinstance(x, Dual) and not np.iscomplexobj(x):
            return _ridge_errors(x, n_folds, seed)
        return np.stack([_ridge_error(row, n_folds, seed) for row in x])
    if not isinstance(x, Dual) and not np.iscomplexobj(x):
        return _ridge(x, n_folds, seed)[0]
    # the same formula in NumPy's functions only, for numbers that Cholesky does not take
    penalty, gamma = np.exp(x[0]), np.exp(x[1])
    total: Any = 0.0
    for D, D_valid, y, y_valid in _diabetes_folds(n_folds, seed):
        weights = np.linalg.solve(np.exp(-gamma * D) + penalty * np.eye(len(y)), y)
        total = total + np.mean((np.exp(-gamma * D_valid) @ weights - y_valid) ** 2)
    return total / n_folds


def _ridge_errors(X: FloatArray, n_folds: int, seed: int) -> FloatArray:
    """Return the error at each row; many rows with one γ, as on a grid, share one eigendecomposition a fold."""
    errors = np.zeros(len(X))
    for log_gamma in np.unique(X[:, 1]):
        rows = np.flatnonzero(X[:, 1] == log_gamma)
        if len(rows) < 10:  # an eigendecomposition costs about ten Cholesky factors
            errors[rows] = [_ridge(X[i], n_folds, seed)[0] for i in rows]
            continue
        penalty, gamma = np.exp(X[rows, 0]), np.exp(log_gamma)
        for D, D_valid, y, y_valid in _diabetes_folds(n_folds, seed):
            values, Q = eigh(np.exp(-gamma * D), overwrite_a=True, check_finite=False)
            weights = (Q.T @ y)[:, None] / (values[:, None] + penalty)  # (K + λI)⁻¹ = Q (Λ + λI)⁻¹ Qᵀ
            residual = np.exp(-gamma * D_valid) @ Q @ weights - y_valid[:, None]
            errors[rows] += np.mean(residual**2, axis=0) / n_folds
    return errors


def _ridge_gradient(x: Any, n_folds: int, seed: int) -> FloatArray:
    if np.ndim(x) == 2:
        return np.array([_ridge_gradient(row, n_folds, seed) for row in x]).reshape(-1, 2)
    return _ridge(x, n_folds, seed)[1]


def _ridge(x: FloatArray, n_folds: int, seed: int) -> tuple[Any, FloatArray]:
    """Return the mean squared error and its gradient in (ln λ, ln γ)."""
    penalty, gamma = np.exp(x)
    error, slope = 0.0, np.zeros(2)
    for D, D_valid, y, y_valid in _diabetes_folds(n_folds, seed):
        K, K_valid = np.exp(-gamma * D), np.exp(-gamma * D_valid)
        factor = cho_factor(K + penalty * np.eye(len(y)), lower=True, overwrite_a=True, check_finite=False)
        w = cho_solve(factor, y, check_finite=False)  # the weights (K + λI)⁻¹ y
        residual = K_valid @ w - y_valid
        error += residual @ residual / len(residual)
        v = cho_solve(factor, K_valid.T @ residual, check_finite=False)  # the adjoint of w
        along_gamma = -gamma * (residual @ ((D_valid * K_valid) @ w) - v @ ((D * K) @ w))
        slope += 2 / len(residual) * np.array([-penalty * (v @ w), along_gamma])
    return np.float64(error / n_folds), slope / n_folds


_LN10 = float(np.log(10.0))
_AT_ONCE = 256  # configurations whose n residuals are held in memory together: 1 MB an array


def generalised_ridge_diabetes() -> Objective:
    r"""Return the leave-one-out error of ridge regression on diabetes with a penalty for each of the ten features.

    With standardised features X, centred target y, n = 442 patients and Λ = diag(λ), the weights minimise
    :math:`\tfrac1n\lVert y - Xw\rVert^2 + w^\top\Lambda w`, so a penalty of 1 halves the weight of a feature that is
    uncorrelated with the others. Leaving each patient out in turn costs no further fit:

    .. math::
        f = \frac1n\sum_i\Big(\frac{y_i - x_i^\top w}{1-h_i}\Big)^2, \qquad
        h_i = \frac1n + \frac1n\,x_i^\top\big(\tfrac1nX^\top X + \Lambda\big)^{-1}x_i

    x = log10 λ, one a feature, on [-2, 2]. The gradient is exact, in closed form; a thousand points with their
    gradients take some 10 ms. The standardisation uses all patients, the intercept is refitted for each one left out.

    Returns
    -------
    Objective
        In squared units of the target. The best of four runs of a quasi-Newton method is given as its minimiser;
        half of its penalties lie on the edge of the box.

    Raises
    ------
    ModuleNotFoundError
        If scikit-learn, which ships the data, is not installed.

    References
    ----------
    Hoerl & Kennard (1970), Technometrics 12 (one penalty a coefficient); Allen (1974), Technometrics 16 (leaving one
    out); Efron et al. (2004) (the data).

    Examples
    --------
    >>> f = generalised_ridge_diabetes()
    >>> f.names
    ('age', 'sex', 'bmi', 'bp', 's1', 's2', 's3', 's4', 's5', 's6')
    >>> f(np.zeros(10)) > f(f.minimizers[0]), f.gradient(np.zeros((5, 10))).shape
    (True, (5, 10))
    """
    _diabetes()
    return _generalised_ridge()


@lru_cache
def _diabetes() -> tuple[FloatArray, FloatArray, tuple[str, ...]]:
    """Return standardised features, centred target, and the names of the features."""
    data = _sklearn("datasets").load_diabetes(scaled=False)
    X, y = data.data, data.target
    return (X - X.mean(axis=0)) / X.std(axis=0), y - y.mean(), tuple(data.feature_names)


@lru_cache
def _generalised_ridge() -> Objective:
    names = _diabetes()[2]
    low, high, d = -2.0, 2.0, len(names)
    bounds = np.tile([low, high], (d, 1))
    starts = np.vstack([np.zeros(d), np.random.default_rng(0).uniform(low, high, (3, d))])
    best = _descend(_penalties_error, _penalties_gradient, starts, bounds)
    return Objective(
        name="generalised ridge on diabetes",
        names=names,
        bounds=bounds,
        minimizers=best,
        minimum=float(_penalties_error(best[0])),
        function=_penalties_error,
        derivative=_penalties_gradient,
        scales=("log10",) * d,
    )


def _penalties_error(x: Any) -> Any:
    if not isinstance(x, Dual) and not np.iscomplexobj(x):
        return _penalties(x)[0]
    if np.ndim(x) == 2:
        return np.stack([_penalties_error(row) for row in x])
    # the same formula in NumPy's functions only, as in _ridge_error
    X, y, _ = _diabetes()
    A = X.T @ X / len(y) + np.eye(X.shape[1]) * np.exp(_LN10 * x)
    leverage = (1 + np.sum(X.T * np.linalg.solve(A, X.T), axis=0)) / len(y)
    return np.mean(((y - X @ np.linalg.solve(A, X.T @ y / len(y))) / (1 - leverage)) ** 2)


def _penalties_gradient(x: Any) -> FloatArray:
    return _penalties(x)[1]


def _penalties(x: FloatArray) -> tuple[Any, FloatArray]:
    """Return the leave-one-out error and its gradient in log10 λ: of one point, or of each row."""
    X, y, _ = _diabetes()
    n, d = X.shape
    gram, moment = X.T @ X / n, X.T @ y / n
    products = (X[:, :, None] * X[:, None, :]).reshape(n, d * d)  # row i holds xᵢ xᵢᵀ: all below is matrix products
    points = np.atleast_2d(x)
    errors, slopes = np.empty(len(points)), np.empty((len(points), d))
    for start in range(0, len(points), _AT_ONCE):
        part = slice(start, start + _AT_ONCE)
        penalty = 10.0 ** points[part]
        inverse = np.linalg.inv(gram + penalty[:, :, None] * np.eye(d))
        w = inverse @ moment
        rest = 1 - (1 + inverse.reshape(-1, d * d) @ products.T) / n  # 1 − hᵢ
        left_out = (y - w @ X.T) / rest
        errors[part] = np.mean(left_out**2, axis=1)
        # With zᵢ = (XᵀX/n + Λ)⁻¹ xᵢ: ∂residualᵢ/∂λⱼ = zᵢⱼ wⱼ and ∂hᵢ/∂λⱼ = −zᵢⱼ²/n.
        u = left_out / rest
        through_w = w * np.einsum("kij,kj->ki", inverse, u @ X)  # Σᵢ uᵢ zᵢⱼ wⱼ
        squares = ((u * left_out) @ products).reshape(-1, d, d)
        through_h = np.sum((inverse @ squares) * inverse, axis=2) / n
        slopes[part] = 2 / n * _LN10 * penalty * (through_w - through_h)
    return (np.float64(errors[0]), slopes[0]) if np.ndim(x) == 1 else (errors, slopes)
