"""What did a search try, and where was it good? Figures of a `hpmath.Study`, exported by :mod:`hpmath.plotting`.

Start with :func:`slices`, a panel for each hyperparameter. A study is anything with ``trials`` (of ``config``,
``values``, ``state``) and ``space``. Failed trials are drawn too: where a search fails is often what one needs to see.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from matplotlib import collections, colors, ticker
from matplotlib import patheffects as effects
from numpy.typing import ArrayLike

from hpmath._checks import FloatArray, as_point, one_of
from hpmath._style import axes_or_new, palette_of, panels, role, write_at

__all__ = ["exploration", "parallel_coordinates", "slices"]

_MOST_CHOICES = 8  # whose names are written


def slices(
    study: Any,
    axes: Any = None,
    *,
    names: Sequence[str] | None = None,
    objective: int = 0,
    scale: str = "linear",
    ylabel: str = "loss",
) -> Any:
    """Draw the loss against each hyperparameter, a panel each; darker points are later trials.

    A slope that shows through the scatter is an effect of that hyperparameter on average over the others, as they were
    sampled. The best trial is a star in each panel. Trials that failed stand as crosses at the upper edge.

    Parameters
    ----------
    study : Study
    axes : array of matplotlib Axes, optional
        As many as there are hyperparameters.
    names : sequence of str, optional
        Which hyperparameters, by default all. One that is inactive in a trial leaves that trial out.
    objective : int
        Which of several.
    scale : {"linear", "log"}
        Of the loss.
    ylabel : str
        With units.

    Returns
    -------
    ndarray of matplotlib Axes

    Raises
    ------
    ValueError
        If no trial has succeeded, a name is unknown, the axes are too few, or ``scale="log"`` meets a value <= 0.

    Examples
    --------
    >>> from hpmath import LogUniform, minimize
    >>> from hpmath.plotting import slices
    >>> space = {"lr": LogUniform(1e-5, 1e-1), "act": ["relu", "tanh"]}
    >>> axes = slices(minimize(lambda config: config["lr"], space, method="random", n_trials=20, rng=0))
    >>> [ax.get_xlabel() for ax in axes]
    ['lr', 'act']
    """
    trials, y, names = _read(study, names, objective, scale)
    if axes is None:
        columns = min(len(names), 3)
        _, axes = panels(columns, -(-len(names) // columns), sharey=True)
    axes = np.atleast_1d(np.asarray(axes, dtype=object)).ravel()
    if len(axes) < len(names):
        raise ValueError(f"axes must be {len(names)}, one for each hyperparameter, got {len(axes)}")
    for ax in axes[len(names) :]:
        ax.set_axis_off()
    best = int(np.nanargmin(y))
    for i, (ax, name) in enumerate(zip(axes, names, strict=False)):
        ax.set(yscale=scale, xlabel=name)
        active = np.array([name in trial.config for trial in trials])
        _, x = _positions(study.space[name], [trial.config.get(name) for trial in trials], active)
        good = active & ~np.isnan(y)
        shade = colors.LinearSegmentedColormap.from_list("age", [palette_of(ax)["quiet"], palette_of(ax)["indigo"]])
        points = {"s": 22, "alpha": 0.75, "linewidth": 0, "cmap": shade, "vmin": 0, "vmax": max(len(y) - 1, 1)}
        ax.scatter(x[good], y[good], c=np.arange(len(y))[good], label="_trials", **points)
        failed = active & np.isnan(y)
        top = ax.get_xaxis_transform()
        cross = {"linestyle": "none", "marker": "x", "color": palette_of(ax)["orange"], "markersize": 5}
        ax.plot(x[failed], np.full(failed.sum(), 0.985), transform=top, label="_failed", **cross)
        if active[best]:
            ax.plot(x[best], y[best], label="_incumbent", **role("incumbent", ax))
        _native_axis(ax, study.space[name])
        if i % 3 == 0 or ax.get_subplotspec() is None:
            ax.set_ylabel(ylabel)
    return axes[: len(names)]


def parallel_coordinates(
    study: Any,
    ax: Any = None,
    *,
    names: Sequence[str] | None = None,
    objective: int = 0,
    scale: str = "linear",
    ylabel: str = "loss",
) -> Any:
    """Draw each trial as a line through its hyperparameters to its loss; dark, thick lines are low.

    Each vertical axis is the unit interval of one hyperparameter, labelled with its values. The best trial is drawn
    over the others and ends in a star. A line is broken where a hyperparameter is inactive. Failed trials have no loss
    and end, dotted, before the last axis.

    Parameters
    ----------
    study : Study
    names : sequence of str, optional
        Which hyperparameters in which order, by default all. What stands side by side is what can be compared.
    objective : int
        Which of several.
    scale : {"linear", "log"}
        Of the loss.
    ylabel : str
        Name of the loss, with units.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    ValueError
        If no trial has succeeded, a name is unknown, or ``scale="log"`` meets a value <= 0.

    References
    ----------
    Inselberg (1985), The plane with parallel coordinates, The Visual Computer 1.

    Examples
    --------
    >>> from hpmath import LogUniform, minimize
    >>> from hpmath.plotting import parallel_coordinates
    >>> space = {"lr": LogUniform(1e-5, 1e-1), "act": ["relu", "tanh"]}
    >>> ax = parallel_coordinates(minimize(lambda config: config["lr"], space, method="random", n_trials=20, rng=0))
    >>> [label.get_text() for label in ax.get_xticklabels()]
    ['lr', 'act', 'loss']
    """
    trials, y, names = _read(study, names, objective, scale)
    ax = axes_or_new(ax)
    palette = palette_of(ax)
    table = np.full((len(trials), len(names) + 1), np.nan)
    for j, name in enumerate(names):
        active = np.array([name in trial.config for trial in trials])
        table[:, j] = _positions(study.space[name], [trial.config.get(name) for trial in trials], active)[0]
    low, high = np.nanmin(y), np.nanmax(y)
    norm = (colors.LogNorm if scale == "log" else colors.Normalize)(low, high if high > low else low + (abs(low) or 1))
    table[:, -1] = np.ma.filled(norm(np.ma.masked_invalid(y)), np.nan)
    across = np.arange(len(names) + 1)
    good, best = ~np.isnan(y), int(np.nanargmin(y))
    for x in across.tolist():
        ax.axvline(x, color=palette["quiet"], linewidth=1.0, zorder=1)
    for row in table[~good]:
        ax.plot(across, row, color=palette["quiet"], linewidth=0.8, linestyle=":", alpha=0.7, label="_failed")
    order = np.flatnonzero(good)[np.argsort(-y[good], kind="stable")]  # low losses on top
    lines = collections.LineCollection(
        [np.column_stack([across, table[i]]) for i in order],
        cmap="cividis",
        norm=norm,
        linewidths=1.8 - 1.2 * table[order, -1],  # low ones are thick too: dark on a dark page is not enough
        alpha=0.8,
    )
    lines.set_array(y[order])
    lines.set_label("_trials")
    ax.add_collection(lines)
    star = role("incumbent", ax)
    ax.plot(across, table[best], color=star["color"], linewidth=2.2, zorder=5, label="_best")
    ax.plot(across[-1], table[best, -1], label="_incumbent", **star)
    edge = [effects.withStroke(linewidth=3.0, foreground=palette["background"])]
    for j, name in enumerate(names):
        for place, text in _ticks(study.space[name]):
            write_at(ax, text, (j, place), (4, 0), color=palette["text"], fontsize=9, path_effects=edge)
    for place in (0.0, 0.5, 1.0):
        write_at(
            ax, f"{norm.inverse(place):.3g}", (across[-1], place), (9, 0), color=palette["text"], fontsize=9,
            path_effects=edge,
        )  # fmt: skip
    ax.set(xlim=(-0.1, across[-1] + 0.45), ylim=(-0.05, 1.05), yticks=[])
    ax.set_xticks(across, labels=[*names, ylabel])
    ax.tick_params(axis="x", length=0)
    for spine in ax.spines.values():
        spine.set_visible(False)
    return ax


def exploration(
    mean: ArrayLike,
    std: ArrayLike,
    ax: Any = None,
    *,
    best: float | None = None,
    chosen: dict[str, int] | None = None,
    xlabel: str = "standard deviation (what is not known)",
    ylabel: str = "mean (what is expected)",
) -> Any:
    """Draw candidates by what a model expects of them and what it does not know.

    An acquisition that likes low means and large deviations chooses on the lower right edge, which is drawn: the
    candidates that no other beats in both. Which place on the edge is the choice between exploiting and exploring.

    Parameters
    ----------
    mean, std : array_like, shape (n,)
        Prediction for each candidate, in units of the loss; ``std >= 0``.
    best : float, optional
        The incumbent's value, drawn as a line.
    chosen : mapping of str to int, optional
        What each rule chose: its name, and a row.
    xlabel, ylabel : str
        With units.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    ValueError
        If the shapes differ, a deviation is negative, or a row is not there.

    Examples
    --------
    >>> from hpmath.plotting import exploration
    >>> ax = exploration([0.2, 0.1, 0.5], [0.1, 0.0, 0.3], best=0.1, chosen={"lowest mean": 1})
    >>> [text.get_text() for text in ax.texts]
    ['lowest mean', 'incumbent']
    """
    mu, sigma = as_point(mean, "mean"), as_point(std, "std")
    if mu.shape != sigma.shape:
        raise ValueError(f"std must have shape {mu.shape} to match the mean, got {sigma.shape}")
    if sigma.min() < 0:
        raise ValueError(f"std must not be negative, got {sigma.min():.4g}")
    for name, row in (chosen or {}).items():
        if not 0 <= row < len(mu):
            raise ValueError(f"chosen[{name!r}] must be a row from 0 to {len(mu) - 1}, got {row}")
    ax = axes_or_new(ax)
    palette = palette_of(ax)
    ax.scatter(sigma, mu, s=10, color=palette["quiet"], alpha=0.5, linewidth=0, label="_candidates")
    order = np.lexsort((mu, -sigma))  # from the largest deviation on, keep what lowers the mean
    edge = order[np.concatenate([[True], np.minimum.accumulate(mu[order])[:-1] > mu[order][1:]])]
    ax.plot(sigma[edge], mu[edge], drawstyle="steps-pre", label="_edge", **role("model", ax))
    for (name, row), marker in zip((chosen or {}).items(), "osD^vP*X" * (len(chosen or {}) // 8 + 1), strict=False):
        ax.plot(sigma[row], mu[row], marker, color=palette["indigo"], markersize=8, label="_chosen", zorder=5)
        write_at(ax, name, (sigma[row], mu[row]), (8, -7), color=palette["indigo"])
    if best is not None:
        ax.axhline(best, **role("guide", ax))
        write_at(ax, "incumbent", (sigma.max(), best), (0, 8), color=palette["orange"], ha="right")
    ax.set(xlabel=xlabel, ylabel=ylabel)
    ax.margins(x=0.12)
    return ax


# --- the workshop


def losses_of(study: Any, objective: int = 0) -> FloatArray:
    """The losses of a study's trials in the order in which they finished, NaN for a failure."""
    return np.array([trial.values[objective] for trial in study.trials], dtype=np.float64)


def _read(
    study: Any, names: Iterable[str] | None, objective: int, scale: str
) -> tuple[list[Any], FloatArray, list[str]]:
    one_of(scale, "scale", ("linear", "log"))
    if getattr(study, "space", None) is None:
        raise ValueError("study must know its space to be drawn: give it to Study.load(path, space=...)")
    names = list(study.space) if names is None else list(names)
    for name in names:
        if name not in study.space.names:
            raise ValueError(f"names must be hyperparameters among {', '.join(study.space.names)}, got {name!r}")
    trials = list(study.trials)
    if not any(trial.state == "complete" for trial in trials):
        raise ValueError(f"study must have a trial that has succeeded to be drawn, got {len(trials)} trials")
    m = len(trials[0].values)
    if not 0 <= objective < m:
        raise ValueError(f"objective must be from 0 to {m - 1}, got {objective}")
    y = losses_of(study, objective)
    if scale == "log" and np.nanmin(y) <= 0:
        raise ValueError(f"scale='log' needs positive values, got {np.nanmin(y):.4g}")
    return trials, y, names


def _positions(dist: Any, values: list[Any], active: Any) -> tuple[FloatArray, FloatArray]:
    """Where values stand: in the unit interval, and on the hyperparameter's own axis."""
    u = np.full(len(values), np.nan)
    u[active] = dist.to_unit([value for value, on in zip(values, active, strict=True) if on])
    if dist.kind == "categorical":
        x = np.array([dist._code(value) if on else math.nan for value, on in zip(values, active, strict=True)])
        return u, x.astype(np.float64)
    return u, np.array([value if on else math.nan for value, on in zip(values, active, strict=True)], dtype=np.float64)


def _native_axis(ax: Any, dist: Any) -> None:
    if dist.kind == "categorical":
        ticks = [(i, _named(choice)) for i, choice in enumerate(dist.values)]
        shown = ticks if len(ticks) <= _MOST_CHOICES else [ticks[0], ticks[-1]]
        ax.set_xticks([i for i, _ in shown], labels=[text for _, text in shown])
        ax.set_xlim(-0.5, len(ticks) - 0.5)
        return
    low, high, middle = dist.from_unit([0.0, 1.0, 0.5])
    if low > 0 and middle < (low + high) / 4:  # most of its probability lies in the lower decades
        ax.set_xscale("log")
        ax.xaxis.set_major_locator(ticker.LogLocator(numticks=5))
        ax.xaxis.set_minor_locator(ticker.NullLocator())
    elif dist.kind == "integer":
        ax.xaxis.set_major_locator(ticker.MaxNLocator(5, integer=True))
    else:
        ax.xaxis.set_major_locator(ticker.MaxNLocator(5))


def _ticks(dist: Any) -> list[tuple[float, str]]:
    """Places in the unit interval, and the values there."""
    if dist.kind == "categorical":
        choices = list(dist.values)
        shown = choices if len(choices) <= _MOST_CHOICES else [choices[0], choices[-1]]
        return list(zip(dist.to_unit(shown).tolist(), map(_named, shown), strict=True))
    return [(u, f"{value:.3g}") for u, value in zip((0.0, 0.5, 1.0), dist.from_unit([0.0, 0.5, 1.0]), strict=True)]


def _named(choice: Any) -> str:
    text = choice if isinstance(choice, str) else repr(choice)
    return text if len(text) <= 14 else f"{text[:12]}…"
