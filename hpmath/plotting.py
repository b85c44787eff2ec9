"""How does a picture say one thing, to every reader, in either theme?

Chapters: all; 00 (:func:`landscape`, :func:`walk`, :func:`projections`, :func:`anytime`) and 01 (:func:`error_curves`,
:func:`compare_directions`) first, 02 (:func:`principal_axes`), 03 (:func:`gradient_cones`), 06 (:func:`scree`,
:func:`subspace_plot`), 10 (:func:`posterior`, :func:`calibration`), 22 (:func:`acquisitions`, :func:`exploration`,
:func:`exploration_map`), 23 (:func:`slices`, :func:`parallel_coordinates`). Start with :func:`role`: it fixes what
every figure has in common. Then :func:`label_lines`, which puts names where other books put legends.

Every function takes results and ``ax=None`` and returns the Axes it drew on; without ``ax`` it makes a figure of page
width. Colours are those of the theme of the Axes at hand, so that one figure may be drawn in both. Three roles never
change: the **truth** is a solid line in the colour of the text, the **model** a dashed blue line, the **incumbent** an
orange-red star. Colour is never the only difference: lines differ in dashes and markers too.

Losses are shown in ``cividis`` (Nuñez, Anderton & Renslow 2018), dark where the loss is low. The palette and the
style themselves are in ``_style.py``.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri

try:
    from matplotlib import colors, ticker
    from matplotlib.patches import Wedge
except ModuleNotFoundError as error:
    raise ModuleNotFoundError("hpmath.plotting needs matplotlib: pip install matplotlib", name="matplotlib") from error

from hpmath._checks import (
    FloatArray,
    as_count,
    as_finite,
    as_floats,
    as_fraction,
    as_number,
    as_point,
    as_points,
    as_symmetric,
    as_unit,
    one_of,
)
from hpmath._play import play
from hpmath._study_figures import exploration, losses_of, parallel_coordinates, slices
from hpmath._style import (
    axes_or_new,
    halo,
    label_lines,
    looks,
    note,
    palette_of,
    panels,
    role,
    style,
    use_style,
    write_at,
)
from hpmath.hypervolume import hypervolume
from hpmath.pareto import non_dominated_mask, non_dominated_sort
from hpmath.stats import Interval, bootstrap_interval, t_interval

__all__ = [
    "acquisitions",
    "anytime",
    "attainment",
    "calibration",
    "compare_directions",
    "draw_path",
    "error_curves",
    "exploration",
    "exploration_map",
    "fronts",
    "good_and_bad",
    "gradient_cones",
    "hypervolume_boxes",
    "interval_bars",
    "label_lines",
    "landscape",
    "panels",
    "parallel_coordinates",
    "play",
    "posterior",
    "principal_axes",
    "projections",
    "role",
    "scree",
    "slices",
    "style",
    "subspace_plot",
    "tradeoff",
    "use_style",
    "walk",
]

# --- curves


def error_curves(
    steps: ArrayLike,
    errors: Mapping[str, ArrayLike],
    ax: Any = None,
    *,
    slopes: Mapping[str, float | Sequence[float]] | None = None,
    floor: float | None = None,
    xlabel: str = "step $h$",
    ylabel: str = "absolute error",
) -> Any:
    """Draw errors against the step on logarithmic axes; slopes read as orders of accuracy.

    Parameters
    ----------
    steps : array_like, shape (k,)
        Positive.
    errors : mapping of str to array_like, shape (k,)
        Non-negative errors of each method. An error of zero has no logarithm: it is drawn on a line of its own below
        all others, marked *exact*.
    slopes : mapping, optional
        Guides of a given order beside the method's curve: ``{"central": 2}``, or ``(2, -1)`` for both branches.
        Positive orders go with large steps (truncation), negative ones with small steps (rounding).
    floor : float, optional
        Where zeros are drawn; by default a decade and a half below the smallest positive error.
    xlabel, ylabel : str
        With units where there are any.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    ValueError
        If a step is not positive, an error negative or not finite, the shapes differ, or a slope names no method.

    Examples
    --------
    >>> import numpy as np
    >>> from hpmath.plotting import error_curves
    >>> h = np.logspace(-12, 0, 50)
    >>> ax = error_curves(h, {"forward": h + 1e-16 / h, "dual": 0 * h}, slopes={"forward": 1})
    >>> ax.get_xscale(), [label.get_text() for label in ax.get_yticklabels()][0]
    ('log', 'exact')
    """
    h, table = as_point(steps, "steps"), _as_curves(errors, "errors")
    if (h <= 0).any():
        raise ValueError(f"steps must be positive to stand on a logarithmic axis, got {h.min()}")
    for name, e in table.items():
        if e.shape != h.shape:
            raise ValueError(f"errors[{name!r}] must have shape {h.shape} to match the steps, got {e.shape}")
        if (as_finite(e, f"errors[{name!r}]") < 0).any():
            raise ValueError(f"errors[{name!r}] must not be negative, got {e.min()}; take absolute values")
    for name in slopes or {}:
        if name not in table:
            raise ValueError(f"slopes must name curves among {', '.join(map(repr, table))}, got {name!r}")

    ax = axes_or_new(ax)
    ax.set(xscale="log", yscale="log", xlabel=xlabel, ylabel=ylabel)
    order = np.argsort(h)
    h = h[order]
    positive = np.concatenate([e[e > 0] for e in table.values()])
    lowest = positive.min() if positive.size else 1e-16
    floor = lowest / 30 if floor is None else floor
    gap = max(1, len(h) // 8)
    for i, (look, (name, e)) in enumerate(zip(looks(palette_of(ax)), table.items(), strict=False)):
        ax.plot(h, np.where(e > 0, e, floor)[order], label=name, markevery=(i * gap // 5 % gap, gap), **look)
    if any((e == 0).any() for e in table.values()):
        _mark_floor(ax, h[[0, -1]], floor, lowest, positive.max() if positive.size else 1.0)
    for name, powers in (slopes or {}).items():
        for power in np.atleast_1d(powers):
            _slope_guide(ax, h, table[name][order], float(power))
    return label_lines(ax)


def anytime(
    curves: Mapping[str, Any],
    ax: Any = None,
    *,
    confidence: float = 0.95,
    statistic: str = "mean",
    best_so_far: bool = True,
    scale: str = "linear",
    xlabel: str = "trials",
    ylabel: str = "best loss so far",
) -> Any:
    """Draw the best value found so far against the number of trials, with an interval over seeds.

    Parameters
    ----------
    curves : mapping of str to array_like, shape (n_seeds, n_trials), or to a list of studies
        Each method's observed values in the order of evaluation, lower is better; two seeds or more. NaN is a failed
        trial; a curve begins where every seed has a value. A study that ended before the others keeps its best.
    confidence : float
        Of the band, at each trial by itself.
    statistic : {"mean", "median"}
        The line: the mean with Student's t interval, or the median with the bootstrap's (percentile, seed 0).
    best_so_far : bool
        Take the running minimum first. Switch it off for curves that are already one, or for regrets of another kind.
    scale : {"linear", "log"}
        Of the loss.
    xlabel, ylabel : str
        With units.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    ValueError
        If a curve has another shape, fewer than two seeds, a seed without any value, or a value <= 0 with
        ``scale="log"``.

    See Also
    --------
    hpmath.t_interval, hpmath.bootstrap_interval : the band.

    Examples
    --------
    >>> import numpy as np
    >>> from hpmath.plotting import anytime
    >>> rng = np.random.default_rng(0)
    >>> ax = anytime({"random": rng.random((20, 50)), "lucky": rng.random((20, 50)) ** 2})
    >>> ax.get_xlabel(), ax.get_title(loc="left")
    ('trials', 'mean of 20 seeds, bands: 95 % intervals')
    """
    one_of(statistic, "statistic", ("mean", "median"))
    one_of(scale, "scale", ("linear", "log"))
    if isinstance(curves, Mapping):
        curves = {name: _from_studies(curve) for name, curve in curves.items()}
    table = {name: _running(name, curve, best_so_far) for name, curve in _as_curves(curves, "curves").items()}
    ax = axes_or_new(ax)
    lowest = []
    for i, (look, (name, y)) in enumerate(zip(looks(palette_of(ax)), table.items(), strict=False)):
        interval = _over_seeds(y, statistic, confidence)
        if scale == "log" and interval.estimate.min() <= 0:
            raise ValueError(
                f"scale='log' needs positive values, got {interval.estimate.min():.4g} in curves[{name!r}]"
            )
        trials = np.arange(1, y.shape[1] + 1)
        start = len(trials) - len(interval.estimate)
        x = trials[start:]
        lowest.append(max(interval.estimate.min() / 1.5, interval.low.min()))
        ax.fill_between(x, *interval, step="post", color=look["color"], alpha=0.18, linewidth=0)
        ax.plot(x, interval.estimate, drawstyle="steps-post", label=name, markevery=(0.04 * (i % 5), 0.2), **look)
    seeds = sorted({len(y) for y in table.values()})
    how_many = f"{seeds[0]} seeds" if len(seeds) == 1 else f"{seeds[0]} to {seeds[-1]} seeds"
    ax.set(xlabel=xlabel, ylabel=ylabel, yscale=scale)
    if scale == "log":
        ax.yaxis.set_major_locator(ticker.LogLocator(subs=(1, 2, 5)))
        ax.yaxis.set_major_formatter(ticker.FormatStrFormatter("%g"))
        ax.yaxis.set_minor_locator(ticker.NullLocator())
        ax.set_ylim(bottom=min(lowest))  # a band that reaches to zero has no end here
    note(ax, f"{statistic} of {how_many}, bands: {100 * confidence:g} % intervals")
    last = max(y.shape[1] for y in table.values())
    ax.set_xlim(1, max(last, 2))
    ax.set_xticks(
        [1, *[t for t in ticker.MaxNLocator(6, integer=True).tick_values(1, last) if 1 + last / 16 < t <= last]]
    )
    return label_lines(ax)


def interval_bars(
    names: Sequence[str],
    estimates: ArrayLike,
    lows: ArrayLike,
    highs: ArrayLike,
    ax: Any = None,
    *,
    xlabel: str = "loss",
    reference: float | None = None,
) -> Any:
    """Draw one estimate with its interval per row, the first on top.

    Parameters
    ----------
    names : sequence of str, length k
        What each row is.
    estimates, lows, highs : array_like, shape (k,)
        With ``lows <= highs``; the estimate need not be in the middle.
    xlabel : str
        With units.
    reference : float, optional
        A value to compare with (a truth, a baseline), drawn as a line.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    ValueError
        If the lengths differ, a number is not finite, or a low end is above its high end.

    Examples
    --------
    >>> from hpmath.plotting import interval_bars
    >>> ax = interval_bars(["grid", "random"], [0.031, 0.027], [0.028, 0.025], [0.034, 0.030], xlabel="error")
    >>> [label.get_text() for label in ax.get_yticklabels()]
    ['grid', 'random']
    """
    columns = {"estimates": estimates, "lows": lows, "highs": highs}
    middle, low, high = (as_finite(values, name) for name, values in columns.items())
    for name, values in zip(columns, (middle, low, high), strict=True):
        if values.shape != (len(names),):
            raise ValueError(f"{name} must have shape ({len(names)},) to match the names, got {values.shape}")
    if (low > high).any():
        where = int(np.argmax(low > high))
        raise ValueError(f"lows must not exceed highs, got {low[where]} > {high[where]} for {names[where]!r}")
    ax = axes_or_new(ax, height=1.1 + 0.5 * len(names))
    rows = np.arange(len(names))
    if reference is not None:
        ax.axvline(reference, **role("guide", ax))
    ax.hlines(rows, low, high, color=palette_of(ax)["text"], linewidth=2.0)
    ax.plot(middle, rows, "o", color=palette_of(ax)["text"], markersize=7)
    ax.set(xlabel=xlabel, ylim=(len(names) - 0.5, -0.5))
    ax.set_yticks(rows, labels=names)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    return ax


# --- what a model says


def posterior(
    x: ArrayLike,
    mean: ArrayLike,
    std: ArrayLike,
    ax: Any = None,
    *,
    observed: tuple[ArrayLike, ArrayLike] | None = None,
    truth: ArrayLike | None = None,
    samples: ArrayLike | None = None,
    levels: Sequence[float] = (0.5, 0.95),
    xlabel: str = "$x$",
    ylabel: str = "loss",
) -> Any:
    """Draw what a model says along one coordinate: its mean, bands of given probability, and what it has seen.

    Parameters
    ----------
    x : array_like, shape (m,)
        Where the model was asked, in rising order.
    mean, std : array_like, shape (m,)
        Of its normal predictions, ``std >= 0``.
    observed : pair of array_like, shapes (n,) or (n, 1), and (n,), optional
        The points and values that the model was fitted to, drawn as dots.
    truth : array_like, shape (m,), optional
        The function itself, where it is known.
    samples : array_like, shape (k, m), optional
        Functions drawn from the model, one a row, as thin lines.
    levels : sequence of float
        Probabilities of the bands, each the interval of that probability at every x by itself.
    xlabel, ylabel : str
        With units.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    ValueError
        If the shapes do not match, x does not rise, a std is negative, a level is not inside (0, 1), or a number is
        not finite.

    Examples
    --------
    >>> import numpy as np
    >>> from hpmath import GaussianProcess
    >>> from hpmath.plotting import posterior
    >>> X, y = np.array([[0.1], [0.5], [0.9]]), np.array([1.0, 0.0, 2.0])
    >>> x = np.linspace(0, 1, 101)
    >>> ax = posterior(x, *GaussianProcess(rng=0).fit(X, y).predict(x[:, None], return_std=True), observed=(X, y))
    >>> ax.get_title(loc="left")
    'bands: 50 %, 95 %'
    """
    at = as_point(x, "x")
    if (np.diff(at) <= 0).any():
        raise ValueError(f"x must rise, got {at[int(np.argmax(np.diff(at) <= 0)) + 1]:g} after a value as large")
    table = {"mean": mean, "std": std} | ({} if truth is None else {"truth": truth})
    curves = {name: as_finite(values, name) for name, values in table.items()}
    for name, values in curves.items():
        if values.shape != at.shape:
            raise ValueError(f"{name} must have shape {at.shape} to match x, got {values.shape}")
    if (curves["std"] < 0).any():
        raise ValueError(f"std must not be negative, got {curves['std'].min():g}")
    probabilities = sorted(as_fraction(level, "levels") for level in levels)
    paths = None if samples is None else as_points(samples, "samples", len(at), "to match x")
    seen = None if observed is None else _observations(*observed)

    ax = axes_or_new(ax)
    model = role("model", ax)
    for level in reversed(probabilities):
        half = ndtri((1 + level) / 2) * curves["std"]
        low, high = curves["mean"] - half, curves["mean"] + half
        ax.fill_between(at, low, high, color=model["color"], alpha=0.18, linewidth=0)
    for path in [] if paths is None else paths:
        ax.plot(at, path, color=palette_of(ax)["quiet"], linestyle="-", linewidth=0.8, label="_sample")
    if truth is not None:
        ax.plot(at, curves["truth"], label="truth", **role("truth", ax))
    ax.plot(at, curves["mean"], label="mean", **model)
    if seen is not None:
        ax.plot(*seen, "o", color=palette_of(ax)["text"], markersize=6, label="_observed", zorder=5)
    if probabilities:
        note(ax, "bands: " + ", ".join(f"{100 * level:g} %" for level in probabilities))
    ax.set(xlabel=xlabel, ylabel=ylabel, xlim=(at[0], at[-1]) if len(at) > 1 else None)
    return label_lines(ax)


def good_and_bad(search: Any, ax: Any = None, *, n_points: int = 401) -> Any:
    """Draw what a TPE compared in its last ask: the densities of good and bad trials, and their ratio.

    All three are relative to the prior, so that 1 means: as likely as before the first trial. Ticks are the trials, the
    good ones above the bad; the triangle is the proposal.

    Parameters
    ----------
    search : TPE
        On a space of one hyperparameter that is a number, after an ask that was not random.
    n_points : int
        At how many values to draw.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    ValueError
        If there are more hyperparameters, it is no number, or the last proposal was random.

    Examples
    --------
    >>> from hpmath import TPE, Uniform
    >>> from hpmath.plotting import good_and_bad
    >>> search = TPE({"x": Uniform(0, 1)}, rng=0)
    >>> for _ in range(21):
    ...     configs = search.ask()
    ...     search.tell(configs, [(config["x"] - 0.3) ** 2 for config in configs])
    >>> ax = good_and_bad(search)
    >>> ax.get_xlabel(), [text.get_text() for text in ax.texts]
    ('x', ['$l$, good', '$g$, bad', 'ratio $l/g$'])
    """
    (name, *others), n = search.space.names, as_count(n_points, "n_points", least=2)
    dist, info = search.space[name], search.info_
    if others or dist.kind == "categorical":
        raise ValueError(f"search must have one hyperparameter, a number, got {search.space!r}")
    if not info:
        raise ValueError("search must have compared something: its last proposal was random, or there was none")
    values = list(dict.fromkeys(dist.from_unit(np.linspace(0, 1, n))))
    configs = [{name: value} for value in values]
    l, g = (density.pdf(configs, relative=True) for density in (search.good_, search.bad_))
    tried = np.array([config[name] for config in search.configs_])

    ax = axes_or_new(ax)
    ax.axhline(1.0, **role("guide", ax))
    marker = {"marker": "o" if dist.kind == "integer" and len(values) <= 40 else ""}
    styles = [look | marker for look in itertools.islice(looks(palette_of(ax)), 3)]
    curves = {"$l$, good": l, "$g$, bad": g, "ratio $l/g$": l / g}
    for look, (label, curve) in zip(styles, curves.items(), strict=True):
        ax.plot(values, curve, label=label, **look)
    top = 1.05 * max(curve.max() for curve in curves.values())
    for row, (look, part) in enumerate(zip(styles[:2], ("good", "bad"), strict=True)):
        here = np.full(len(info[part]), -(0.05 + 0.06 * row) * top)
        ax.plot(tried[info[part]], here, "|", color=look["color"], markersize=9, label=f"_{part}")
    if info["chosen"] is not None:
        i = info["chosen"]
        ratio = np.exp(info["log_l"][i] - info["log_g"][i])
        ax.plot(
            info["candidates"][i][name], ratio, "v", color=styles[2]["color"], markersize=9, label="_next", zorder=6
        )
    log = getattr(dist, "log", False) or type(dist).__name__ == "LogUniform"
    ax.set(xlabel=name, ylabel="density, relative to the prior", xscale="log" if log else "linear")
    ax.set(xlim=(values[0], values[-1]), ylim=(-0.15 * top, top))
    ax.yaxis.set_major_locator(ticker.FixedLocator([t for t in ax.get_yticks() if 0 <= t <= top]))
    return label_lines(ax)


def calibration(
    levels: ArrayLike,
    coverages: Mapping[str, ArrayLike],
    ax: Any = None,
    *,
    confidence: float = 0.95,
    xlabel: str = "nominal probability of the interval",
    ylabel: str = "share of values inside",
) -> Any:
    """Draw how often intervals hold the value against how often they say they do.

    On the diagonal a model keeps its word; below it, its intervals are too narrow.

    Parameters
    ----------
    levels : array_like, shape (k,)
        Nominal probabilities of the intervals, strictly between 0 and 1.
    coverages : mapping of str to array_like, shape (k,) or (n_seeds, k)
        The share of held-out values inside each model's intervals. With a row a repetition (a seed, a split) the mean
        is drawn, with Student's t interval.
    confidence : float
        Of those intervals, each level by itself.
    xlabel, ylabel : str
        Of the axes.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    ValueError
        If a level or a share is not a probability, the shapes do not match, or there is only one repetition.

    See Also
    --------
    hpmath.t_interval : the intervals.

    Examples
    --------
    >>> import numpy as np
    >>> from hpmath.plotting import calibration
    >>> shares = np.random.default_rng(0).binomial(100, [0.4, 0.7, 0.9], size=(20, 3)) / 100
    >>> ax = calibration([0.5, 0.8, 0.95], {"too sure": shares})
    >>> ax.get_title(loc="left")
    'mean of 20 repetitions with 95 % intervals'
    """
    nominal = np.array([as_fraction(level, "levels") for level in as_point(levels, "levels")])
    order = np.argsort(nominal)
    table = _as_curves(coverages, "coverages")
    for name, shares in table.items():
        as_unit(shares, f"coverages[{name!r}]")
        if shares.ndim not in (1, 2) or shares.shape[-1] != len(nominal):
            wanted = f"({len(nominal)},) or (n_seeds, {len(nominal)})"
            raise ValueError(f"coverages[{name!r}] must have shape {wanted} to match the levels, got {shares.shape}")

    ax = axes_or_new(ax, height=4.8)
    ax.plot([0, 1], [0, 1], label="_diagonal", **role("guide", ax))
    shift = 0.004 * (np.arange(len(table)) - (len(table) - 1) / 2)  # side by side, so that no bar hides another
    for move, look, (name, shares) in zip(shift, looks(palette_of(ax)), table.items(), strict=False):
        x = nominal[order] + move
        if shares.ndim == 2:
            interval = t_interval(shares[:, order], confidence)
            low, high = np.clip(interval, 0, 1)
            ax.vlines(x, low, high, color=look["color"], linewidth=3, alpha=0.4, label="_intervals")
        ax.plot(x, shares.mean(axis=0)[order] if shares.ndim == 2 else shares[order], label=name, **look)
    seeds = sorted({len(shares) for shares in table.values() if shares.ndim == 2})
    if seeds:
        how_many = f"{seeds[0]}" if len(seeds) == 1 else f"{seeds[0]} to {seeds[-1]}"
        note(ax, f"mean of {how_many} repetitions with {100 * confidence:g} % intervals")
    ax.set(xlabel=xlabel, ylabel=ylabel, xlim=(0, 1), ylim=(0, 1), aspect="equal")
    return label_lines(ax)


def acquisitions(
    x: ArrayLike,
    mean: ArrayLike,
    std: ArrayLike,
    values: Mapping[str, ArrayLike],
    ax: Any = None,
    *,
    xlabel: str = "$x$",
    **options: Any,
) -> Any:
    """Draw one prediction along one coordinate and, below it, what several rules make of it.

    Each rule has its own scale, so only the shape and the place of its largest value, a triangle, can be compared.
    Where a logarithm falls without end, beside what has been observed, the curve leaves its panel.

    Parameters
    ----------
    x, mean, std : array_like, shape (m,)
        As in :func:`posterior`.
    values : mapping of str to array_like, shape (m,)
        Each rule's values at x, larger is better; −inf is allowed.
    xlabel : str
        With units.
    **options
        Passed to :func:`posterior`: ``observed``, ``truth``, ``samples``, ``levels``, ``ylabel``.

    Returns
    -------
    matplotlib Axes
        The frame; the panels are its ``child_axes``, the prediction first.

    Raises
    ------
    ValueError
        As :func:`posterior`; and if a rule has another shape, a NaN, or no finite value.

    Examples
    --------
    >>> import numpy as np
    >>> from hpmath import expected_improvement, lower_confidence_bound
    >>> from hpmath.plotting import acquisitions
    >>> x = np.linspace(0, 1, 101)
    >>> mean, std = np.cos(6 * x), x * (1 - x)
    >>> rules = {"EI": expected_improvement(mean, std, -0.9), "LCB": lower_confidence_bound(mean, std, 2)}
    >>> len(acquisitions(x, mean, std, rules).child_axes)
    3
    """
    at = as_point(x, "x")
    curves = _as_curves(values, "values")
    for name, curve in curves.items():
        if curve.shape != at.shape:
            raise ValueError(f"values[{name!r}] must have shape {at.shape} to match x, got {curve.shape}")
        if np.isnan(curve).any() or not np.isfinite(curve).any() or curve.max() == np.inf:
            raise ValueError(f"values[{name!r}] must be finite, or -inf at some points, got {curve.min()} somewhere")
    share = 1 / (len(curves) + 2.6)  # the prediction is as high as 2.6 of the others
    ax = axes_or_new(ax, height=0.95 / share)
    ax.set_axis_off()
    top = ax.inset_axes((0, 1 - 2.4 * share, 1, 2.4 * share), facecolor=ax.get_facecolor())
    posterior(at, mean, std, top, xlabel="", **options)
    top.tick_params(labelbottom=False)
    for i, (look, (name, curve)) in enumerate(zip(looks(palette_of(ax)), curves.items(), strict=False)):
        bottom = (len(curves) - 1 - i) * share
        panel = ax.inset_axes((0, bottom, 1, 0.8 * share), sharex=top, facecolor=ax.get_facecolor())
        finite, best = curve[np.isfinite(curve)], int(curve.argmax())
        low, usual = finite.min(), np.quantile(finite, 0.3)
        if curve[best] - low > 4 * (curve[best] - usual):  # a few points far below all others
            low = usual - 0.2 * (curve[best] - usual)
        room = 0.15 * (curve[best] - low or 1.0)
        panel.plot(at, np.where(np.isfinite(curve), curve, np.nan), label="_rule", **look | {"marker": ""})
        panel.plot(
            at[best], curve[best], "v", color=look["color"], markersize=9, label="_next", clip_on=False, zorder=6
        )
        panel.axvline(at[best], **role("guide", ax))
        panel.set(ylim=(low - room, curve[best] + room), yticks=[])
        write_at(panel, name, (1, 0.5), (6, 0), color=look["color"], xycoords="axes fraction", annotation_clip=False)
        panel.tick_params(labelbottom=i == len(curves) - 1)
    panel.set_xlabel(xlabel)
    return ax


def exploration_map(
    acquisition: Callable[[FloatArray, FloatArray], ArrayLike],
    mean: ArrayLike,
    std: ArrayLike,
    ax: Any = None,
    *,
    name: str = "chosen",
    levels: int = 9,
    **options: Any,
) -> Any:
    """Draw a rule by its level lines over (standard deviation, mean), with the candidates and the one it chooses.

    The thick line goes through the chosen one: no candidate lies on its better side. The slope of the lines is the
    price of knowledge, how much mean the rule gives for how much deviation.

    Parameters
    ----------
    acquisition : callable
        Maps arrays of means and deviations to values, larger is better:
        ``lambda m, s: expected_improvement(m, s, best)``.
    mean, std : array_like, shape (n,)
        Prediction for each candidate, in units of the loss; ``std >= 0``.
    name : str
        Written at the chosen one.
    levels : int
        About how many lines.
    **options
        Passed to :func:`exploration`: ``best``, ``chosen`` for other rules, ``xlabel``, ``ylabel``.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    ValueError
        As :func:`exploration`; and if the rule has a NaN, or no finite value.

    Examples
    --------
    >>> from hpmath import expected_improvement
    >>> from hpmath.plotting import exploration_map
    >>> rule = lambda mean, std: expected_improvement(mean, std, 0.1)
    >>> ax = exploration_map(rule, [0.2, 0.1, 0.5], [0.1, 0.0, 0.3], name="EI", best=0.1)
    >>> [text.get_text() for text in ax.texts if text.get_text() in ("EI", "incumbent")]
    ['EI', 'incumbent']
    """
    mu, sigma = as_point(mean, "mean"), as_point(std, "std")
    count = as_count(levels, "levels")
    scores = as_floats(acquisition(mu, sigma), "acquisition's values")
    if scores.shape != mu.shape or np.isnan(scores).any() or not np.isfinite(scores).any():
        raise ValueError(f"acquisition must give a number for each of {len(mu)} candidates, got {scores}")
    best = int(scores.argmax())
    ax = exploration(mu, sigma, ax, chosen={name: best} | options.pop("chosen", {}), **options)
    ax.autoscale_view()
    (left, right), (bottom, top) = ax.get_xlim(), ax.get_ylim()
    right = right if right > max(left, 0) else 1.0
    s, m = np.linspace(max(left, 0), right, 201), np.linspace(bottom, top, 201)
    with np.errstate(invalid="ignore"):
        grid = as_floats(acquisition(*np.meshgrid(m, s, indexing="ij")), "acquisition's values")
    grid = np.ma.masked_invalid(grid)
    low, high = np.quantile(grid.compressed(), [0.2, 1.0])
    palette = palette_of(ax)
    if high > low:
        steps = ticker.MaxNLocator(count).tick_values(low, high)
        lines = ax.contour(
            s, m, grid, steps[steps > low], colors=palette["bronze"], linewidths=0.9, linestyles="-", zorder=1
        )
        ax.clabel(lines, fontsize=9, fmt="%g")
        ax.contour(s, m, grid, [scores[best]], colors=palette["indigo"], linewidths=2.0, linestyles="-", zorder=2)
    ax.set(xlim=(left, right), ylim=(bottom, top))
    return ax


# --- many hyperparameters


def scree(
    eigenvalues: ArrayLike,
    ax: Any = None,
    *,
    intervals: ArrayLike | None = None,
    label: str | None = None,
    scale: str = "linear",
    ylabel: str = "eigenvalue",
) -> Any:
    """Draw eigenvalues in falling order; where the line drops and then runs flat, the directions that matter end.

    Call it again on the same Axes to compare two matrices: the second one gets other marks, and its label its colour.

    Parameters
    ----------
    eigenvalues : array_like, shape (d,)
        Or shares of their sum. They are drawn in the order given.
    intervals : array_like, shape (d, 2), optional
        Low and high of each, as :func:`hpmath.active_subspace` returns them.
    label : str, optional
        Written at the end of the line.
    scale : {"linear", "log"}
        With ``"log"`` every eigenvalue must be positive; an interval that reaches zero is cut at the axis.
    ylabel : str
        With units.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    ValueError
        If there is no eigenvalue, one is not finite, an interval does not fit, or ``scale="log"`` meets a value <= 0.

    Examples
    --------
    >>> from hpmath.plotting import scree
    >>> ax = scree([0.7, 0.2, 0.1], intervals=[[0.6, 0.8], [0.1, 0.3], [0.05, 0.15]], label="gradients")
    >>> ax.get_xlabel(), [text.get_text() for text in ax.texts]
    ('component', ['gradients'])
    """
    one_of(scale, "scale", ("linear", "log"))
    values = as_point(eigenvalues, "eigenvalues")
    if scale == "log" and values.min() <= 0:
        raise ValueError(f"scale='log' needs positive values, got {values.min():.4g}")
    ends = None if intervals is None else as_finite(intervals, "intervals")
    if ends is not None and ends.shape != (len(values), 2):
        raise ValueError(f"intervals must have shape ({len(values)}, 2) to match the eigenvalues, got {ends.shape}")
    if ends is not None and (ends[:, 0] > ends[:, 1]).any():
        where = int(np.argmax(ends[:, 0] > ends[:, 1]))
        raise ValueError(f"intervals must have low <= high, got {ends[where, 0]:.4g} > {ends[where, 1]:.4g}")
    ax = axes_or_new(ax)
    before = sum(line.get_gid() == "scree" for line in ax.lines)
    look = list(itertools.islice(looks(palette_of(ax)), before + 1))[-1]
    component = np.arange(1, len(values) + 1)
    if ends is not None:
        ax.vlines(component, *ends.T, color=look["color"], linewidth=4, alpha=0.4, label="_intervals")
    ax.plot(component, values, label=label or "_scree", gid="scree", **look | {"linewidth": 1.2})
    ax.set(xlabel="component", ylabel=ylabel, yscale=scale)
    ax.xaxis.set_major_locator(ticker.MaxNLocator(integer=True))
    if scale == "linear":
        ax.update_datalim([(1, 0)])  # not set_ylim: a second scree may be higher
    return label_lines(ax)


def subspace_plot(
    projection: ArrayLike,
    values: ArrayLike,
    ax: Any = None,
    *,
    xlabel: str | Sequence[str] = "projection",
    ylabel: str = "loss",
) -> Any:
    """Draw a function of many variables against one projection of them, or two: a sufficient summary plot.

    If the points lie close to one curve, the function is nearly one of that number, whatever else varies. If they fill
    a cloud, the projection explains nothing. With two projections the value is the colour.

    Parameters
    ----------
    projection : array_like, shape (n,), (n, 1) or (n, 2)
        The points times one direction or two, ``X @ W[:, :k]``.
    values : array_like, shape (n,)
        Of the function at the points.
    xlabel : str or pair of str
        What is projected on; a pair for two projections.
    ylabel : str
        Of the values, with units: the vertical axis, or the colour bar.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    ValueError
        If there are more than two projections, the lengths differ, or a number is not finite.

    References
    ----------
    Constantine (2015), Active Subspaces, sec. 1.3; Cook (1998), Regression Graphics, for the name.

    Examples
    --------
    >>> import numpy as np
    >>> from hpmath.plotting import subspace_plot
    >>> X = np.random.default_rng(0).uniform(-1, 1, (50, 3))
    >>> ax = subspace_plot(X @ [0.6, 0.8, 0.0], np.exp(X @ [0.6, 0.8, 0.0]), xlabel="$w_1^T x$")
    >>> ax.get_xlabel(), ax.get_ylabel()
    ('$w_1^T x$', 'loss')
    """
    Z, y = as_finite(projection, "projection"), as_point(values, "values")
    Z = Z[:, None] if Z.ndim == 1 else Z
    if Z.ndim != 2 or Z.shape[1] not in (1, 2):
        raise ValueError(f"projection must have shape (n,), (n, 1) or (n, 2) to be drawn, got {np.shape(projection)}")
    if len(Z) != len(y):
        raise ValueError(f"values must have shape ({len(Z)},) to match the projection, got {y.shape}")
    ax = axes_or_new(ax)
    size = float(np.clip(4000 / max(len(y), 1), 4, 24))
    if Z.shape[1] == 1:
        ax.scatter(Z[:, 0], y, s=size, color=palette_of(ax)["indigo"], alpha=0.5, linewidth=0)
        ax.set(xlabel=xlabel if isinstance(xlabel, str) else xlabel[0], ylabel=ylabel)
        return ax
    names = (f"first {xlabel}", f"second {xlabel}") if isinstance(xlabel, str) else xlabel
    order = np.argsort(-y)  # low losses on top
    points = ax.scatter(*Z[order].T, c=y[order], s=2 * size, cmap="cividis", linewidth=0)
    bar = ax.figure.colorbar(points, ax=ax, pad=0.02, aspect=30)
    bar.set_label(ylabel)
    bar.outline.set_visible(False)
    ax.set(xlabel=names[0], ylabel=names[1])
    return ax


# --- two hyperparameters


def landscape(
    objective: Any,
    ax: Any = None,
    *,
    n: int = 101,
    levels: int | ArrayLike = 12,
    scale: str = "linear",
    label: str = "loss",
    aspect: str = "auto",
    minimizers: bool = True,
) -> Any:
    """Draw an objective of two hyperparameters as a filled contour map, dark where it is low.

    Parameters
    ----------
    objective : callable
        Maps points (n, 2) to values (n,) and has ``bounds``, shape (2, 2): an :class:`hpmath.Objective`, or anything
        alike. Its ``names`` label the axes; where its ``scales`` say ``"log10"``, the ticks are powers of ten.
    n : int
        Grid points along each axis.
    levels : int or array_like
        About how many steps of colour, or their edges.
    scale : {"linear", "log"}
        Whether the steps are equal in the loss or in its logarithm. Take ``"log"`` where the interesting differences
        are small beside the largest loss; it needs positive values.
    label : str
        Of the colour bar, with units; "loss" by default.
    aspect : {"auto", "equal"}
        ``"equal"`` keeps right angles right, as pictures of gradients need.
    minimizers : bool
        Mark the known minimisers, if the objective has any.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    ValueError
        If the objective is not of two variables, a value is not finite, or ``scale="log"`` meets a value <= 0.

    Examples
    --------
    >>> from hpmath import branin
    >>> from hpmath.plotting import landscape
    >>> ax = landscape(branin(), scale="log")
    >>> ax.get_xlim() == tuple(branin().bounds[0])
    True
    """
    one_of(scale, "scale", ("linear", "log"))
    bounds = as_finite(objective.bounds, "objective.bounds")
    if bounds.shape != (2, 2):
        raise ValueError(f"objective must have two variables to be drawn as a map, got bounds of shape {bounds.shape}")
    n = as_count(n, "n", least=2)
    ax = axes_or_new(ax, height=4.8)
    x, y = np.linspace(bounds[:, 0], bounds[:, 1], n).T
    grid = np.stack(np.meshgrid(x, y), axis=-1)
    z = as_finite(objective(grid.reshape(-1, 2)), "objective's values").reshape(n, n)
    if scale == "log" and z.min() <= 0:
        raise ValueError(f"scale='log' needs positive values, got {z.min():.4g}; use scale='linear'")
    norm = colors.LogNorm(z.min(), z.max()) if scale == "log" else None
    beyond = "neither" if np.ndim(levels) == 0 else "both"  # given edges need not reach the extremes
    contours = ax.contourf(x, y, z, _levels(z, levels, scale), norm=norm, cmap="cividis", extend=beyond)
    contours.set_edgecolor("face")  # or thin seams show between the bands
    bar = ax.figure.colorbar(contours, ax=ax, pad=0.02, aspect=30)
    bar.set_label(label)
    bar.outline.set_visible(False)
    bar.ax.minorticks_off()
    bar.locator = ticker.MaxNLocator(6)
    if scale == "log":
        round_numbers = _one_two_five(z.min(), z.max())
        bar.set_ticks(round_numbers, labels=[f"{number:g}" for number in round_numbers])
    ax.set(xlim=bounds[0], ylim=bounds[1])
    ax.set_aspect(aspect)
    names = getattr(objective, "names", ("x1", "x2"))
    scales = getattr(objective, "scales", ("linear", "linear"))
    for axis, name, unit in zip((ax.xaxis, ax.yaxis), names, scales, strict=True):
        _name_axis(axis, name, unit)
    known = getattr(objective, "minimizers", None)
    if minimizers and known is not None:
        for point in np.atleast_2d(np.asarray(known, dtype=float)):
            ax.plot(*point, "x", color="white", markersize=9, markeredgewidth=2.2, path_effects=halo(), zorder=5)
    return ax


def draw_path(
    path: ArrayLike,
    ax: Any,
    *,
    values: ArrayLike | None = None,
    connect: bool = True,
    label: str | None = None,
    dashes: Any = "-",
) -> Any:
    """Draw visited points on a map that is already there.

    Parameters
    ----------
    path : array_like, shape (k, 2)
        The points in the order of their visit.
    ax : matplotlib Axes
        The map.
    values : array_like, shape (k,), optional
        Their losses: the lowest is marked as the incumbent.
    connect : bool
        Join the points by a line from an open circle (start) to a square (end), or leave them scattered, with
        their numbers inside if there are at most 30.
    label : str, optional
        Written beside the last point.
    dashes : matplotlib line style
        To tell two paths apart.

    Returns
    -------
    matplotlib Axes
        ``ax``.

    Raises
    ------
    ValueError
        If ``path`` is not a list of finite points in the plane or ``values`` has another length.

    Examples
    --------
    >>> from hpmath import branin
    >>> from hpmath.plotting import draw_path, landscape
    >>> ax = draw_path([[0.0, 0.0], [2.0, 1.0], [3.0, 2.0]], landscape(branin()), label="descent")
    """
    points = as_points(path, "path", width=2, reason="to be drawn on a map")
    if len(points) == 0:
        raise ValueError("path must hold at least one point, got none")
    best = None
    if values is not None:
        losses = as_floats(values, "values")
        if losses.shape != (len(points),):
            raise ValueError(f"values must have shape ({len(points)},) to match the path, got {losses.shape}")
        best = None if np.isnan(losses).all() else int(np.nanargmin(losses))

    numbered = not connect and len(points) <= 30
    look = {"color": "white", "zorder": 4, "clip_on": False}
    if connect:
        look["path_effects"] = halo()
        ax.plot(*points.T, linestyle=dashes, linewidth=1.8, marker=".", markersize=5, label="_path", **look)
        ax.plot(*points[0], "o", markerfacecolor="none", markersize=10, markeredgewidth=2, **look)
        ax.plot(*points[-1], "s", markersize=7, **look)
    else:
        ax.plot(*points.T, "o", markersize=15 if numbered else 6, markeredgecolor="#1b1b1b", label="_path", **look)
    if best is not None:
        ax.plot(*points[best], label="_incumbent", **role("incumbent", ax) | ({"markersize": 30} if numbered else {}))
    for i, point in enumerate(points if numbered else []):
        ink = {"color": "#1b1b1b", "zorder": 5} if i != best else {"color": "white", "zorder": 7, "weight": "bold"}
        ax.annotate(str(i + 1), point, ha="center", va="center_baseline", fontsize=9, **ink)
    if label:
        write_at(ax, label, points[-1], (9, -3))
    return ax


def walk(objective: Any, path: Any, ax: Any = None, *, connect: bool | None = None, **options: Any) -> Any:
    """Draw a map and the points that a method visited on it; the best of them is the incumbent, a star.

    Parameters
    ----------
    objective : callable
        As in :func:`landscape`. It is called once more at the path's points, to find the best.
    path : array_like, shape (k, 2), or Study
        The points in the order of their visit. A study's hyperparameters are found by the objective's ``names``, and
        logarithms taken where its ``scales`` say so; the best is the best of its own values; what failed is left out.
    connect : bool, optional
        A descent path, or scattered and numbered evaluations: see :func:`draw_path`. By default a path is connected
        and a study is scattered.
    **options
        Passed to :func:`landscape`.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    ValueError
        As :func:`landscape` and :func:`draw_path`.

    Examples
    --------
    >>> from hpmath import branin
    >>> from hpmath.plotting import walk
    >>> ax = walk(branin(), [[0.0, 0.0], [2.0, 1.0], [3.0, 2.0]], scale="log")
    """
    if hasattr(path, "trials"):
        points, values = _visits(path, objective)
        connect = bool(connect)
    else:
        points, values = as_points(path, "path", width=2, reason="to be drawn on a map"), None
        connect = connect is not False
    ax = landscape(objective, ax, **options)
    return draw_path(points, ax, values=objective(points) if values is None else values, connect=connect)


def _visits(study: Any, objective: Any) -> tuple[FloatArray, FloatArray]:
    """A study's points in the coordinates of a map, (k, 2), and their losses."""
    names = getattr(objective, "names", ("x1", "x2"))
    measure: dict[str, Callable[[float], float]] = {"log10": math.log10, "ln": math.log, "linear": float}
    scales = [measure[scale] for scale in getattr(objective, "scales", ("linear", "linear"))]
    complete = [trial for trial in study.trials if trial.state == "complete"]
    for name in names:
        if any(name not in trial.config for trial in complete):
            raise ValueError(
                f"path must be a study of {' and '.join(names)} to be drawn on this map, {name!r} is missing"
            )
    points = [[f(trial.config[name]) for f, name in zip(scales, names, strict=True)] for trial in complete]
    return np.array(points, dtype=np.float64).reshape(-1, 2), np.array([trial.values[0] for trial in complete])


def compare_directions(
    origin: ArrayLike, directions: Mapping[str, ArrayLike], ax: Any = None, *, length: float | None = None
) -> Any:
    """Draw arrows from one point, each with its name at the tip.

    Parameters
    ----------
    origin : array_like, shape (2,)
        Where the arrows begin.
    directions : mapping of str to array_like, shape (2,)
        In the units of the axes. Angles are true only where the axes have equal scales (``aspect="equal"``).
    length : float, optional
        Give all arrows this length, in units of the axes; by default each has its own.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    ValueError
        If a vector is not of shape (2,), not finite, or zero while ``length`` is given.

    Examples
    --------
    >>> from hpmath.plotting import compare_directions
    >>> ax = compare_directions([0, 0], {"in log10": [-1, 0.2], "in ln": [-0.4, 1]}, length=1.0)
    >>> [text.get_text() for text in ax.texts if text.get_text()]
    ['in log10', 'in ln']
    """
    start = as_point(origin, "origin")
    vectors = {name: as_point(v, f"directions[{name!r}]") for name, v in directions.items()}
    for name, v in {"origin": start, **{f"directions[{k!r}]": v for k, v in vectors.items()}}.items():
        if v.shape != (2,):
            raise ValueError(f"{name} must have shape (2,) to be drawn in the plane, got {v.shape}")
        if name != "origin" and length is not None and not v.any():
            raise ValueError(f"{name} must not be zero if it is to be drawn with length {length}")
    on_map = ax is not None and bool(ax.collections)
    ax = axes_or_new(ax, height=4.8)
    if not on_map:
        ax.set_aspect("equal", adjustable="datalim")
    for look, (name, v) in zip(looks(palette_of(ax)), vectors.items(), strict=False):
        step = v if length is None else length * v / np.linalg.norm(v)
        colour = "white" if on_map else look["color"]
        arrow = {"arrowstyle": "-|>,head_width=0.35,head_length=0.7", "color": colour, "linewidth": 2.2}
        arrow |= {"linestyle": look["linestyle"], "shrinkA": 0, "shrinkB": 0}
        if on_map:
            arrow["path_effects"] = halo()
        ax.annotate("", start + step, start, arrowprops=arrow, zorder=5)
        side = np.sign(ax.transData.transform(start + step) - ax.transData.transform(start))
        ha = {-1: "right", 0: "center", 1: "left"}[int(side[0])]
        write_at(ax, name, start + step, (6 * side[0], 6 * side[1]), ha=ha, color=None if on_map else colour)
        ax.update_datalim([start, start + step])
    ax.plot(*start, "o", color="white" if on_map else palette_of(ax)["text"], path_effects=halo() if on_map else None)
    if not on_map:
        ax.margins(0.15)
        ax.autoscale_view()
    return ax


def gradient_cones(
    gradients: ArrayLike,
    origin: ArrayLike = (0.0, 0.0),
    ax: Any = None,
    *,
    length: float | None = None,
    names: Sequence[str] = ("∇f₁", "∇f₂"),
) -> Any:
    """Draw two gradients at a point, the cone of moves that lower both objectives, and the multi-gradient direction.

    The dotted line joins the tips of the gradients. Its point nearest to the origin, a diamond, is g⋆; the arrow −g⋆
    shows the multi-gradient direction, as long as the cone. Where g⋆ = 0 (the gradients point in opposite directions,
    or one is zero) no move lowers both to first order: there is no cone, and the place is marked by a ring.

    Parameters
    ----------
    gradients : array_like, shape (2, 2)
        Row i is the gradient of objective i: a Jacobian of two outputs. In units of the axes; angles are true only
        where the axes have equal scales (``aspect="equal"``).
    origin : array_like, shape (2,)
        The point where they were taken.
    length : float, optional
        Draw the longer gradient with this length, in units of the axes, and the other in proportion; by default
        each has its own.
    names : pair of str
        Written at the tips; ``""`` for none.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    ValueError
        If ``gradients`` is not of shape (2, 2) or not finite, ``origin`` is not a point of the plane, ``length`` is
        not positive, or there are not two names.

    References
    ----------
    Désidéri (2012), Multiple-gradient descent algorithm (MGDA) for multiobjective optimization, C. R. Math. 350.

    Examples
    --------
    >>> from hpmath.plotting import gradient_cones
    >>> ax = gradient_cones([[1.0, 0.2], [-0.3, 0.8]], names=("error", "time"))
    >>> [text.get_text() for text in ax.texts if text.get_text()]
    ['error', 'time', '−g⋆']
    """
    J, start = as_finite(gradients, "gradients"), as_point(origin, "origin")
    if J.shape != (2, 2):
        raise ValueError(f"gradients must have shape (2, 2), two gradients in the plane, got {J.shape}")
    if start.shape != (2,):
        raise ValueError(f"origin must have shape (2,) to be drawn in the plane, got {start.shape}")
    if length is not None and not length > 0:
        raise ValueError(f"length must be positive, got {length}")
    if len(names) != 2 or isinstance(names, str):
        raise ValueError(f"names must be a pair, one for each gradient, got {names!r}")
    on_map = ax is not None and bool(ax.collections)
    ax = axes_or_new(ax, height=4.8)
    if not on_map:
        ax.set_aspect("equal", adjustable="datalim")
    palette = palette_of(ax)
    longest = np.linalg.norm(J, axis=1).max()
    J = J if length is None or longest == 0 else J * (length / longest)
    w = _nearest_to_zero(J)
    stationary = np.linalg.norm(w) <= 1e-9 * np.linalg.norm(J, axis=1).max()
    colours = ("white", "white", "white") if on_map else (palette["indigo"], palette["bronze"], palette["orange"])
    if not stationary:
        _shade_cone(ax, start, J, colours[2])
    edge = {"path_effects": halo()} if on_map else {}
    ax.plot(*(start + J).T, color="white" if on_map else palette["quiet"], linestyle=":", linewidth=1.4, **edge)
    down = np.zeros(2) if stationary else -w * (np.linalg.norm(J, axis=1).max() / np.linalg.norm(w))
    for name, v, colour, dashes in zip((*names, "−g⋆"), (*J, down), colours, ("-", "-", (0, (2.5, 1))), strict=True):
        if not v.any():
            continue
        arrow = {"arrowstyle": "-|>,head_width=0.3,head_length=0.6", "color": colour, "linewidth": 2.2}
        ax.annotate("", start + v, start, arrowprops=arrow | {"linestyle": dashes, "shrinkA": 0, "shrinkB": 0} | edge)
        side = np.sign(np.round(v / np.abs(v).max(), 1))
        ha = {-1: "right", 0: "center", 1: "left"}[int(side[0])]
        write_at(ax, name, start + v, (5 * side[0], 8 * side[1]), ha=ha, color=None if on_map else colour)
    if not stationary:
        ax.plot(*(start + w), "D", color=colours[2], markersize=5, label="_w", zorder=5, **edge)
    ring = {"markersize": 11, "markerfacecolor": "none", "markeredgewidth": 2} if stationary else {"markersize": 5}
    ax.plot(*start, "o", color="white" if on_map else palette["text"], label="_origin", **ring, **edge)
    if not on_map:
        ax.update_datalim(start + np.vstack([J, down, np.zeros(2)]))
        ax.margins(0.18)
        ax.autoscale_view()
    return ax


def _nearest_to_zero(J: FloatArray) -> FloatArray:
    """Return the point of the segment between the two rows that is nearest to the origin."""
    apart = J[0] - J[1]
    alpha = np.clip(-apart @ J[1] / (apart @ apart), 0, 1) if apart.any() else 1.0
    return np.asarray(alpha * J[0] + (1 - alpha) * J[1])


def _shade_cone(ax: Any, start: FloatArray, J: FloatArray, colour: str) -> None:
    """Shade the moves v with J v < 0: half a turn, less the angle between the gradients, about minus their bisector."""
    units = J / np.linalg.norm(J, axis=1, keepdims=True)
    middle = -units.sum(axis=0)
    half = 90 - np.degrees(np.arccos(np.clip(units[0] @ units[1], -1, 1))) / 2
    toward = np.degrees(np.arctan2(middle[1], middle[0]))
    radius = np.linalg.norm(J, axis=1).max()
    cone = Wedge(
        (start[0], start[1]),
        radius,
        toward - half,
        toward + half,
        facecolor=colour,
        alpha=0.25,
        linewidth=0,
        label="_cone",
    )
    ax.add_patch(cone)


def principal_axes(H: ArrayLike, centre: ArrayLike, ax: Any, *, level: float) -> Any:
    r"""Draw the ellipse on which a quadratic model has risen by ``level``, with its principal axes.

    .. math:: \tfrac12\,\Delta^\top H \Delta = \text{level}, \qquad \Delta = x - \text{centre}

    Parameters
    ----------
    H : array_like, shape (2, 2)
        Hessian at a minimum: symmetric, positive definite. In units of the loss per squared unit of the axes.
    centre : array_like, shape (2,)
        The minimum, in the units of the axes.
    ax : matplotlib Axes
        A map, whose limits stay, or empty Axes.
    level : float
        Positive, in units of the loss. Half an axis is :math:`\sqrt{2\,\text{level}/\lambda_i}` long.

    Returns
    -------
    matplotlib Axes
        ``ax``.

    Raises
    ------
    ValueError
        If H is not symmetric and positive definite of shape (2, 2): its level sets are no ellipses then.

    Examples
    --------
    >>> from hpmath import hessian, quadratic
    >>> from hpmath.plotting import landscape, principal_axes
    >>> bowl = quadratic(condition=9.0)
    >>> x = bowl.minimizers[0]
    >>> ax = principal_axes(hessian(bowl, x), x, landscape(bowl), level=1.0)
    """
    H = as_symmetric(H, "H")
    if H.shape != (2, 2):
        raise ValueError(f"H must have shape (2, 2) to be drawn in the plane, got {H.shape}")
    middle, level = as_point(centre, "centre"), as_number(level, "level", above=0)
    if middle.shape != (2,):
        raise ValueError(f"centre must have shape (2,) to be drawn in the plane, got {middle.shape}")
    curvatures, V = np.linalg.eigh(H)
    if curvatures[0] <= 0:
        low, high = curvatures
        raise ValueError(
            f"H must be positive definite to have an ellipse, got the eigenvalues {low:.4g} and {high:.4g}"
        )
    on_map, limits = bool(ax.collections), (ax.get_xlim(), ax.get_ylim())
    look = {"color": "white", "path_effects": halo()} if on_map else {"color": palette_of(ax)["blue"]}
    arms = V * np.sqrt(2 * level / curvatures)  # the columns are half axes
    turn = np.linspace(0, 2 * np.pi, 361)
    ellipse = middle[:, None] + arms @ np.array([np.cos(turn), np.sin(turn)])
    ax.plot(*ellipse, linestyle="--", linewidth=2.0, zorder=4, label="_ellipse", **look)
    for arm in arms.T:
        ax.plot(*np.stack([middle - arm, middle + arm], axis=1), linewidth=1.4, zorder=4, label="_axis", **look)
    if on_map:
        ax.set(xlim=limits[0], ylim=limits[1])
    return ax


def projections(
    points: ArrayLike,
    ax: Any = None,
    *,
    profile: Callable[[FloatArray], ArrayLike] | None = None,
    names: tuple[str, str] = ("the axis that matters", "the axis that does not"),
) -> Any:
    """Draw points in the unit square with their projections on both axes, and count the distinct ones.

    Nine points of a 3 × 3 grid test three values of each hyperparameter, nine random points test nine.

    Parameters
    ----------
    points : array_like, shape (n, 2)
        In the unit square.
    profile : callable, optional
        The loss as a function of the first axis alone, (k,) -> (k,): drawn above the square with the points on it,
        the best of them as the incumbent.
    names : pair of str
        Labels of the axes.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    ValueError
        If a point lies outside the unit square.

    References
    ----------
    After figure 1 of Bergstra & Bengio (2012), Random search for hyper-parameter optimization, JMLR 13.

    Examples
    --------
    >>> import numpy as np
    >>> from hpmath.plotting import projections
    >>> ax = projections(np.random.default_rng(0).random((9, 2)))
    >>> ax.get_xlabel()
    'the axis that matters: 9 values'
    """
    X = as_points(points, "points", width=2, reason="to be projected on two axes")
    if X.size and (X.min() < 0 or X.max() > 1):
        raise ValueError(f"points must lie in the unit square, got values from {X.min():.4g} to {X.max():.4g}")
    ax = axes_or_new(ax, height=5.2)
    palette = palette_of(ax)
    top = 1.03 if profile is None else 1.42
    ax.set(xlim=(-0.06, 1.03), ylim=(-0.06, top), aspect="equal", xticks=[], yticks=[])
    for spine in ax.spines.values():
        spine.set_visible(False)
    ax.plot([0, 1, 1, 0, 0], [0, 0, 1, 1, 0], color=palette["quiet"], linewidth=1.0, label="_square")
    thin = {"color": palette["quiet"], "linewidth": 0.8, "alpha": 0.6}
    ax.vlines(X[:, 0], 0, X[:, 1], **thin)
    ax.hlines(X[:, 1], 0, X[:, 0], **thin)
    thick = {"color": palette["blue"], "linewidth": 2.5}
    ax.vlines(X[:, 0], -0.05, -0.015, **thick)
    ax.hlines(X[:, 1], -0.05, -0.015, **thick)
    ax.plot(*X.T, "o", color=palette["text"], markersize=7, label="_points")
    across, up = (len(np.unique(np.round(column, 12))) for column in X.T)
    ax.set_xlabel(f"{names[0]}: {_values(across)}")
    ax.set_ylabel(f"{names[1]}: {_values(up)}", y=0.56 / (top + 0.06))
    if profile is not None and len(X):
        t = np.linspace(0, 1, 401)
        curve, losses = np.asarray(profile(t)), np.asarray(profile(X[:, 0]))
        low, high = curve.min(), curve.max()

        def above(loss: Any) -> Any:
            return 1.1 + 0.28 * (loss - low) / (high - low or 1.0)

        ax.plot(t, above(curve), label="_profile", **role("truth", ax))
        ax.plot(X[:, 0], above(losses), "o", color=palette["blue"], markersize=6, label="_losses")
        ax.plot(X[losses.argmin(), 0], above(losses.min()), label="_incumbent", **role("incumbent", ax))
    return ax


# --- several objectives


def fronts(
    Y: ArrayLike,
    ax: Any = None,
    *,
    n_fronts: int = 4,
    xlabel: str = "first objective",
    ylabel: str = "second objective",
) -> Any:
    """Draw points in two objectives, peeled front by front: those that nothing dominates, those that only they do, ...

    Parameters
    ----------
    Y : array_like, shape (n, 2)
        Lower is better in both.
    n_fronts : int
        How many fronts are joined by lines; the points of deeper ones are small dots.
    xlabel, ylabel : str
        With units.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    ValueError
        If Y is not a list of finite points in two objectives.

    See Also
    --------
    hpmath.non_dominated_sort : the ranks.

    Examples
    --------
    >>> import numpy as np
    >>> from hpmath.plotting import fronts
    >>> ax = fronts(np.random.default_rng(0).random((40, 2)), n_fronts=2)
    >>> [line.get_label() for line in ax.lines]
    ['_deeper', 'rank 0', 'rank 1']
    """
    points = as_points(Y, "Y", 2, "to be drawn in the plane")
    n_fronts = as_count(n_fronts, "n_fronts")
    ranks = non_dominated_sort(points)
    ax = axes_or_new(ax)
    palette = palette_of(ax)
    ax.plot(*points[ranks >= n_fronts].T, ".", color=palette["quiet"], markersize=5, label="_deeper")
    for r, look in zip(range(min(n_fronts, ranks.max(initial=-1) + 1)), looks(palette), strict=False):
        front = points[ranks == r]
        front = front[np.lexsort((-front[:, 1], front[:, 0]))]
        ax.plot(*front.T, drawstyle="steps-post", label=f"rank {r}", markersize=6, **look)
    ax.set(xlabel=xlabel, ylabel=ylabel)
    return label_lines(ax)


def hypervolume_boxes(
    Y: ArrayLike,
    reference: ArrayLike,
    ax: Any = None,
    *,
    xlabel: str = "first objective",
    ylabel: str = "second objective",
) -> Any:
    """Draw the area that a front dominates, and in it what each of its points adds to the others.

    Parameters
    ----------
    Y : array_like, shape (n, 2)
        Lower is better in both. Points that are dominated or not below the reference are dots that add nothing.
    reference : array_like, shape (2,)
        The worst point that counts.
    xlabel, ylabel : str
        With units.

    Returns
    -------
    matplotlib Axes
        The hypervolume stands in its title.

    Raises
    ------
    ValueError
        If Y is not a list of finite points in two objectives or the reference doesn't fit.

    See Also
    --------
    hpmath.hypervolume, hpmath.hypervolume_contributions : the areas.

    Examples
    --------
    >>> from hpmath.plotting import hypervolume_boxes
    >>> ax = hypervolume_boxes([[1, 3], [2, 2], [3, 1]], [4, 4])
    >>> ax.get_title(loc="left")
    'hypervolume 6; dark: what one point adds to the others'
    """
    points = as_points(Y, "Y", 2, "to be drawn in the plane")
    volume = hypervolume(points, reference)  # checks the reference
    corner = as_finite(reference, "reference")
    ax = axes_or_new(ax)
    palette = palette_of(ax)
    counts = non_dominated_mask(points) & (points < corner).all(axis=1)
    front = np.unique(points[counts], axis=0)
    steps = np.vstack([front, corner])
    left, right = steps[:-1, 0], steps[1:, 0]
    tops = np.append(corner[1], front[:-1, 1]) if len(front) else np.empty(0)
    ax.bar(left, corner[1] - front[:, 1], right - left, front[:, 1], align="edge", color=palette["blue"], alpha=0.25)
    ax.bar(left, tops - front[:, 1], right - left, front[:, 1], align="edge", color=palette["blue"], alpha=0.35)
    if len(front):
        ax.stairs(front[:, 1], steps[:, 0], baseline=None, color=palette["text"])
    ax.plot(*points[~counts].T, ".", color=palette["quiet"], markersize=6, label="_adds nothing")
    ax.plot(*front.T, "o", color=palette["text"], markersize=6, label="_front")
    ax.plot(*corner, "P", color=palette["text"], markersize=9, label="_reference")
    write_at(ax, "reference", corner, (-8, -10), color=palette["text"], ha="right")
    ax.use_sticky_edges = False  # or the lowest points stand on the axis
    ax.autoscale_view()
    note(ax, f"hypervolume {volume:.6g}; dark: what one point adds to the others")
    ax.set(xlabel=xlabel, ylabel=ylabel)
    return ax


def tradeoff(
    Y: ArrayLike,
    chosen: int,
    ax: Any = None,
    *,
    errors: ArrayLike | None = None,
    xlabel: str = "first objective",
    ylabel: str = "second objective",
) -> Any:
    """Draw a front with the chosen point, and what the next step to either side would cost and buy.

    The rate at a step is the change of the second objective for a unit of the first: a price, in the units of the axes.

    Parameters
    ----------
    Y : array_like, shape (n, 2)
        Lower is better in both. Dominated points are dots.
    chosen : int
        A row of Y on its front.
    errors : array_like, shape (n, 2), optional
        Half the width of each point's interval along each axis.
    xlabel, ylabel : str
        With units.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    ValueError
        If Y is not a list of finite points in two objectives, the chosen one is not on its front, or the errors don't
        fit.

    See Also
    --------
    hpmath.knee_point : a way to choose.

    Examples
    --------
    >>> from hpmath import knee_point
    >>> from hpmath.plotting import tradeoff
    >>> Y = [[1, 9], [2, 4], [4, 3], [9, 2], [9, 9]]
    >>> ax = tradeoff(Y, knee_point(Y), xlabel="latency, ms", ylabel="error, %")
    >>> [text.get_text() for text in ax.texts]
    ['−5', '−0.5']
    """
    points = as_points(Y, "Y", 2, "to be drawn in the plane")
    mask = non_dominated_mask(points)
    if not (0 <= as_count(chosen, "chosen", least=0) < len(points) and mask[chosen]):
        raise ValueError(
            f"chosen must be a row of Y on its front, one of {np.flatnonzero(mask).tolist()}, got {chosen}"
        )
    ax = axes_or_new(ax)
    palette = palette_of(ax)
    if errors is not None:
        half = as_points(errors, "errors", 2, "to match Y")
        if len(half) != len(points) or (half < 0).any():
            raise ValueError(f"errors must hold {len(points)} rows, none negative, got {half.shape}")
        for shown, colour, alpha in ((~mask, palette["quiet"], 0.35), (mask, palette["text"], 0.8)):
            rows, widths = points[shown], half[shown]
            ax.errorbar(*rows.T, widths[:, 1], widths[:, 0], fmt="none", ecolor=colour, alpha=alpha, linewidth=1)
    front = np.unique(points[mask], axis=0)
    ax.plot(*points[~mask].T, ".", color=palette["quiet"], markersize=6, label="_dominated")
    ax.plot(*front.T, "o-", color=palette["text"], markersize=6, linewidth=1.4, label="_front")
    at = int(np.flatnonzero((front == points[chosen]).all(axis=1))[0])
    for i in (at - 1, at):
        if 0 <= i < len(front) - 1:
            step = front[i + 1] - front[i]
            ax.plot(*front[i : i + 2].T, color=palette["orange"], linewidth=3.5, alpha=0.6, label="_rate")
            rate = f"{step[1] / step[0]:.3g}".replace("-", "−")
            write_at(ax, rate, front[i : i + 2].mean(axis=0), (7, 7), color=palette["orange"])
    ax.plot(*points[chosen], label="_chosen", **role("incumbent", ax))
    note(ax, f"beside the chosen point: change of {ylabel.split(',')[0]} for a unit of {xlabel.split(',')[0]}")
    ax.set(xlabel=xlabel, ylabel=ylabel)
    return ax


def attainment(
    runs: Mapping[str, Sequence[ArrayLike]],
    ax: Any = None,
    *,
    truth: ArrayLike | None = None,
    xlabel: str = "first objective",
    ylabel: str = "second objective",
) -> Any:
    """Draw what each method attains over its seeds: the front that half of the runs reach, and the quartiles around it.

    A point is attained by a run that has a point as good in both objectives. The surfaces of a quarter, half and three
    quarters of the runs bound the points that at least so many attain.

    Parameters
    ----------
    runs : mapping of str to sequence of array_like, shape (n_i, 2)
        For each method the points that each seed found, at least one run; lower is better in both.
    truth : array_like, shape (k, 2), optional
        The true front, where it is known.
    xlabel, ylabel : str
        With units.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    ValueError
        If a run is not a list of finite points in two objectives or a method has none.

    References
    ----------
    Fonseca & Fleming (1996), PPSN IV; Grunert da Fonseca, Fonseca & Hall (2001), EMO.

    Examples
    --------
    >>> from hpmath.plotting import attainment
    >>> ax = attainment({"random": [[[1, 3], [3, 1]], [[2, 2]], [[2, 4], [4, 1]]]})
    >>> ax.get_title(loc="left")
    'lines: attained by half of the runs; bands: by a quarter to three quarters'
    """
    if not isinstance(runs, Mapping) or not runs:
        raise TypeError(
            f"runs must be a dict of names and lists of runs with at least one entry, got {type(runs).__name__}"
        )
    fronts_ = {
        name: [as_points(run, f"runs[{name!r}][{i}]", 2, "to be drawn in the plane") for i, run in enumerate(found)]
        for name, found in runs.items()
    }
    for name, found in fronts_.items():
        if not any(len(run) for run in found):
            raise ValueError(f"runs[{name!r}] must hold at least one run with a point, got none")
    ax = axes_or_new(ax)
    if truth is not None:
        known = as_points(truth, "truth", 2, "to be drawn in the plane")
        ax.plot(*known[np.argsort(known[:, 0])].T, label="truth", **role("truth", ax))
    everything = np.vstack([run for found in fronts_.values() for run in found])
    (x_end, y_end), (x_low, y_low) = everything.max(axis=0), everything.min(axis=0)
    for (name, found), look in zip(fronts_.items(), looks(palette_of(ax)), strict=False):
        x = np.unique(np.concatenate([run[:, 0] for run in found] + [[x_end + 0.04 * (x_end - x_low)]]))
        levels = _attained(found, x, (0.25, 0.5, 0.75))
        shown = np.where(np.isinf(levels), y_end + 0.1 * (y_end - y_low), levels)
        ax.fill_between(x, shown[0], shown[2], step="post", color=look["color"], alpha=0.18, linewidth=0)
        reached = np.isfinite(levels[1])
        look = {key: value for key, value in look.items() if key != "marker"}
        ax.plot(x[reached], levels[1][reached], drawstyle="steps-post", label=name, **look)
    note(ax, "lines: attained by half of the runs; bands: by a quarter to three quarters")
    margin = 0.05 * (y_end - y_low)
    ax.set(xlabel=xlabel, ylabel=ylabel, ylim=(y_low - margin, y_end + margin) if margin else None)
    return label_lines(ax)


def _attained(found: Sequence[FloatArray], x: FloatArray, shares: Sequence[float]) -> FloatArray:
    """At each x the lowest y that so large a share of the runs attains, infinite where none is, (shares, len(x))."""
    lowest = np.full((len(found), len(x)), np.inf)
    for row, run in zip(lowest, found, strict=True):
        order = np.argsort(run[:, 0])
        best = np.minimum.accumulate(run[order, 1]) if len(run) else np.empty(0)
        place = np.searchsorted(run[order, 0], x, side="right") - 1
        row[place >= 0] = best[place[place >= 0]]
    needed = [int(np.ceil(share * len(found))) - 1 for share in shares]
    return np.asarray(np.sort(lowest, axis=0)[needed])


# --- the workshop


def _as_curves(curves: Mapping[str, ArrayLike], name: str) -> dict[str, FloatArray]:
    if not isinstance(curves, Mapping) or not curves:
        raise TypeError(f"{name} must be a dict of names and arrays with at least one entry, got {curves!r}")
    return {str(key): as_floats(values, f"{name}[{key!r}]") for key, values in curves.items()}


def _observations(X: ArrayLike, y: ArrayLike) -> tuple[FloatArray, FloatArray]:
    points, values = as_finite(X, "observed points"), as_finite(y, "observed values")
    if points.ndim == 2 and points.shape[1] == 1:
        points = points[:, 0]
    if points.ndim != 1 or points.shape != values.shape:
        raise ValueError(f"observed must be points (n,) or (n, 1) and values (n,), got {points.shape}, {values.shape}")
    return points, values


def _from_studies(curve: Any) -> Any:
    """The values of a list of studies as rows; anything else as it is."""
    if hasattr(curve, "trials"):
        curve = [curve]
    if not isinstance(curve, (list, tuple)) or not curve or not all(hasattr(study, "trials") for study in curve):
        return curve
    rows = [losses_of(study) for study in curve]
    table = np.full((len(rows), max(map(len, rows))), np.nan)
    for line, row in zip(table, rows, strict=True):
        line[: len(row)] = row
    return table


def _running(name: str, curve: FloatArray, best_so_far: bool) -> FloatArray:
    if curve.ndim != 2 or curve.shape[0] < 2 or curve.shape[1] < 1:
        raise ValueError(
            f"curves[{name!r}] must have shape (n_seeds, n_trials) with 2 seeds or more, got shape {curve.shape}"
        )
    if np.isnan(curve).all(axis=1).any():
        raise ValueError(f"curves[{name!r}] must have a value in each row, got only NaN in row {_first_empty(curve)}")
    return np.fmin.accumulate(curve, axis=1) if best_so_far else curve


def _first_empty(curve: FloatArray) -> int:
    return int(np.argmax(np.isnan(curve).all(axis=1)))


def _over_seeds(y: FloatArray, statistic: str, confidence: float) -> Interval:
    """Intervals at the trials from which on every seed has a value."""
    begun = y[:, ~np.isnan(y).any(axis=0)]
    if statistic == "mean":
        return t_interval(begun, confidence)
    return bootstrap_interval(begun, np.median, confidence, n_resamples=1999, method="percentile", rng=0)


def _mark_floor(ax: Any, span: FloatArray, floor: float, lowest: float, highest: float) -> None:
    """Put a line, and the word "exact" among the ticks, where errors of zero are drawn."""
    ax.hlines(floor, *span, color=palette_of(ax)["quiet"], linestyle=":", linewidth=1.2, zorder=0)
    decades = np.arange(np.ceil(np.log10(lowest)), np.floor(np.log10(highest)) + 1)
    ticks = 10.0 ** decades[:: max(1, -(-len(decades) // 7))]
    ax.set_yticks([floor, *ticks], labels=["exact", *[f"$10^{{{np.log10(t):.0f}}}$" for t in ticks]])
    ax.minorticks_off()
    ax.set_ylim(bottom=floor / 3)


def _slope_guide(ax: Any, h: FloatArray, e: FloatArray, power: float) -> None:
    """Draw a short line of slope ``power`` just above the middle of the branch that it belongs to."""
    best = int(np.argmin(np.where(e > 0, e, np.inf)))
    middle = (best + (len(h) - 1 if power > 0 else 0)) // 2
    x = h[middle] * np.array([10**-0.7, 10**0.7])
    y = 5 * e[middle] * (x / h[middle]) ** power
    ax.plot(x, y, label="_slope", **{**role("guide", ax), "linestyle": "-"})
    side = "right" if power > 0 else "left"
    name = "$h$" if power == 1 else f"$h^{{{power:g}}}$"
    write_at(ax, name, (h[middle], 5 * e[middle]), (0, 9), ha=side, color=palette_of(ax)["quiet"])


def _levels(z: FloatArray, levels: int | ArrayLike, scale: str) -> FloatArray:
    """Edges of the bands of colour, with every value inside."""
    if not isinstance(levels, (int, np.integer)):
        return np.sort(as_finite(levels, "levels"))
    bands = as_count(levels, "levels", least=2)
    low, high = float(z.min()), float(z.max())
    if low == high:  # a flat map still needs one band
        low, high = low - 0.01 * abs(low), high + 0.01 * (abs(high) or 1)
    if scale == "linear":
        return np.asarray(ticker.MaxNLocator(bands).tick_values(low, high))  # round numbers, from below to above
    edges = np.geomspace(low, high, bands + 1)
    edges[-1] = np.nextafter(edges[-1], np.inf)
    return np.asarray(edges)


def _one_two_five(low: float, high: float) -> list[float]:
    """Round numbers from low to high that are about equally far apart on a logarithmic scale."""
    decades = range(int(np.floor(np.log10(low))), int(np.ceil(np.log10(high))) + 1)
    ticks = [m * 10.0**e for e in decades for m in (1, 2, 5) if low <= m * 10.0**e <= high]
    return ticks if len(ticks) <= 9 else [t for t in ticks if np.isclose(np.log10(t) % 1, [0, 1]).any()]


def _name_axis(axis: Any, name: str, scale: str) -> None:
    """Label an axis in natural units where it measures a log10 (powers of ten), else with the logarithm named."""
    letter = re.fullmatch(r"(?:gamma|lambda|alpha|beta|eta|[A-Za-z])(\d*)", name)
    if letter:  # a formula's own letters are set as in a formula
        symbol = name.removesuffix(letter[1])
        name = ("\\" if len(symbol) > 1 else "") + symbol + (f"_{{{letter[1]}}}" if letter[1] else "")
        name = f"${name}$"
    axis.set_label_text(f"ln {name}" if scale == "ln" else name)
    if scale == "log10":
        axis.set_major_locator(ticker.MaxNLocator(7, integer=True))
        axis.set_major_formatter(ticker.FuncFormatter(lambda value, _: f"$10^{{{value:g}}}$"))


def _values(k: int) -> str:
    return f"{k} value" if k == 1 else f"{k} values"
