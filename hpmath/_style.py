"""What does every figure of the book have in common?

Read by :mod:`hpmath.plotting`, which exports the public names of this module. Start with :data:`PALETTES` and
:func:`role`, then :func:`label_lines`.

The colours keep a distance of 20 in CIELAB for readers without red or green cones, as simulated by Machado, Oliveira &
Fernandes (2009), and a contrast of 4.5 to the background; the hues are near Okabe & Ito's (2008).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import count, islice
from typing import Any

import matplotlib as mpl
import matplotlib.patheffects as effects
import matplotlib.pyplot as plt
import numpy as np
from cycler import cycler
from matplotlib import colors
from scipy.optimize import isotonic_regression

from hpmath._checks import FloatArray, as_count, one_of

WIDTH = 7.5  # inches: the 720 pixels of a page column at 96 to the inch, so that 11 pt reads as 11 pt
PALETTES = {
    "light": {
        "background": "#ffffff",
        "text": "#1b1b1b",
        "quiet": "#6b6b6b",
        "blue": "#0072b2",
        "orange": "#c94a00",
        "indigo": "#2f1a93",
        "bronze": "#5c3a00",
        "green": "#1c8450",
        "purple": "#9e2a74",
    },
    "dark": {
        "background": "#121212",
        "text": "#e8e8e8",
        "quiet": "#9a9a9a",
        "blue": "#3dbbf5",
        "orange": "#ff7a1a",
        "indigo": "#5a84ff",
        "bronze": "#f0c674",
        "green": "#3c9d66",
        "purple": "#c26ca8",
    },
}
# Blue comes last: it is the model's, and five curves at once are rare.
CYCLE = ("indigo", "bronze", "green", "purple", "blue")
DASHES: tuple[Any, ...] = ("-", (0, (5, 1.5)), (0, (1, 1.2)), (0, (6, 1.5, 1, 1.5)), (0, (3, 1, 1, 1, 1, 1)))
MARKERS = ("o", "s", "^", "D", "v")


def use_style(theme: str = "light") -> None:
    """Set the book's style for every figure made from here on.

    Parameters
    ----------
    theme : {"light", "dark"}
        Dark text on white, or light text on the dark theme's grey.

    Raises
    ------
    ValueError
        If the theme has another name.

    Examples
    --------
    >>> from hpmath.plotting import use_style
    >>> use_style("light")
    """
    mpl.rcParams.update(_settings(theme))


@contextmanager
def style(theme: str = "light") -> Iterator[None]:
    """Use the book's style inside a ``with`` block only.

    Parameters
    ----------
    theme : {"light", "dark"}
        As in :func:`use_style`.

    Raises
    ------
    ValueError
        If the theme has another name.

    Examples
    --------
    >>> from hpmath.plotting import panels, style
    >>> with style("dark"):
    ...     figure, ax = panels()
    >>> ax.get_facecolor()[:3] < (0.1, 0.1, 0.1)
    True
    """
    with mpl.rc_context(_settings(theme)):
        yield


def panels(columns: int = 1, rows: int = 1, *, height: float | None = None, **options: Any) -> tuple[Any, Any]:
    """Make a figure of page width with a row, a column or a grid of Axes.

    Parameters
    ----------
    columns, rows : int
        Number of panels across and down.
    height : float, optional
        Height of one row of panels in inches; 4.2 for one column, 3.4 for more.
    **options
        Passed to ``matplotlib.pyplot.subplots``: ``sharex``, ``sharey``, ``width_ratios``, ...

    Returns
    -------
    figure, axes
        One Axes, or an array of them, as ``subplots`` returns it.

    Examples
    --------
    >>> from hpmath.plotting import panels
    >>> figure, (left, right) = panels(2, sharey=True)
    >>> print(figure.get_size_inches())
    [7.5 3.4]
    """
    columns, rows = as_count(columns, "columns"), as_count(rows, "rows")
    height = (4.2 if columns == 1 else 3.4) if height is None else height
    options = {"layout": "constrained"} | options
    figure, axes = plt.subplots(rows, columns, figsize=(WIDTH, rows * height), **options)
    return figure, axes


def role(name: str, ax: Any = None) -> dict[str, Any]:
    """Return how a role is drawn throughout the book, as keywords for ``ax.plot``.

    Parameters
    ----------
    name : {"truth", "model", "incumbent", "guide"}
        The function itself; what a model says of it; the best point so far; lines that only guide the eye.
    ax : matplotlib Axes, optional
        Whose theme to use; without it, that of the current style.

    Returns
    -------
    dict
        Colour, dashes, width, marker.

    Raises
    ------
    ValueError
        If there is no such role.

    Examples
    --------
    >>> from hpmath.plotting import panels, role
    >>> figure, ax = panels()
    >>> lines = ax.plot([0, 1], [0, 1], **role("truth", ax))
    >>> role("model")["linestyle"]
    '--'
    """
    one_of(name, "name", ("truth", "model", "incumbent", "guide"))
    palette = palette_of(ax)
    star = {"marker": "*", "markersize": 17, "markeredgecolor": "white", "markeredgewidth": 1.0, "zorder": 6}
    return {
        "truth": {"color": palette["text"], "linestyle": "-", "linewidth": 2.0},
        "model": {"color": palette["blue"], "linestyle": "--", "linewidth": 2.0},
        "incumbent": {"color": palette["orange"], "linestyle": "none", **star},
        "guide": {"color": palette["quiet"], "linestyle": ":", "linewidth": 1.2},
    }[name]


def label_lines(ax: Any, *, pad: float = 6.0) -> Any:
    """Write each line's label at its right end, in its colour, without collisions.

    All stand at the end of the longest line, so that none is written over a line that goes on.
    The labels keep the order of the line ends and move as little as possible (in the sense of least squares) to stand
    a line of text apart: an isotonic regression. Call it last; called again after a change of scale or limits, it
    replaces its earlier labels.

    Parameters
    ----------
    ax : matplotlib Axes
        Its lines with a label that does not begin with an underscore are labelled.
    pad : float
        Gap between line end and text, in points.

    Returns
    -------
    matplotlib Axes
        ``ax``.

    Examples
    --------
    >>> from hpmath.plotting import label_lines, panels
    >>> figure, ax = panels()
    >>> lines = ax.plot([0, 1], [1.00, 2.00], label="random") + ax.plot([0, 1], [1.50, 2.01], label="grid")
    >>> ax = label_lines(ax)
    >>> [text.get_text() for text in ax.texts]
    ['random', 'grid']
    """
    for text in [text for text in ax.texts if text.get_gid() == "line label"]:
        text.remove()
    lines = [line for line in ax.lines if not line.get_label().startswith("_") and len(line.get_xdata())]
    if not lines:
        return ax
    ax.autoscale_view()
    size = mpl.rcParams["font.size"]
    to_points = 72 / ax.figure.dpi
    ends = np.array([_end(line) for line in lines])
    wanted = ax.transData.transform(ends)[:, 1] * to_points
    order = np.argsort(wanted, kind="stable")
    slots = 1.25 * size * np.arange(len(lines))
    placed = np.empty(len(lines))
    placed[order] = isotonic_regression(wanted[order] - slots).x + slots
    for line, end, shift in zip(lines, ends, placed - wanted, strict=True):
        ax.annotate(
            line.get_label(),
            (ends[:, 0].max(), end[1]),
            (pad, shift),
            textcoords="offset points",
            color=line.get_color(),
            fontsize=size,
            va="center",
            annotation_clip=False,
            gid="line label",
        )
    return ax


def axes_or_new(ax: Any, height: float = 4.2) -> Any:
    return panels(height=height)[1] if ax is None else ax


def palette_of(ax: Any = None) -> dict[str, str]:
    """Return the colours of the theme that the Axes (or else the current style) was made in, told by its background."""
    background = mpl.rcParams["axes.facecolor"] if ax is None else ax.get_facecolor()
    red, green, blue = colors.to_rgb(background)
    return PALETTES["dark" if 0.2126 * red + 0.7152 * green + 0.0722 * blue < 0.5 else "light"]


def looks(palette: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """Yield colour, dashes and marker of curve after curve, without end."""
    for i in count():
        dashes = DASHES[(i + i // len(CYCLE)) % len(DASHES)]  # the second time round each colour has other dashes
        yield {"color": palette[CYCLE[i % len(CYCLE)]], "linestyle": dashes, "marker": MARKERS[i % len(MARKERS)]}


def halo() -> list[Any]:
    """Dark edge that keeps a white mark visible on any colour of the map."""
    return [effects.withStroke(linewidth=4.0, foreground="#1b1b1b")]


def write_at(ax: Any, text: str, point: Any, offset: tuple[float, float], *, color: Any = None, **options: Any) -> None:
    """Write beside a point: in the given colour, or white with a dark edge to stand on a map."""
    halo = [effects.withStroke(linewidth=2.5, foreground="#1b1b1b")] if color is None else None
    options = {"color": color or "white", "path_effects": halo, "zorder": 7, "va": "center"} | options
    ax.annotate(text, point, offset, textcoords="offset points", **options)


def note(ax: Any, text: str) -> None:
    ax.set_title(text, loc="left", fontsize=10, color=palette_of(ax)["quiet"])


def _end(line: Any) -> FloatArray:
    """Return the last finite point of a line, in data coordinates."""
    xy = np.column_stack([np.asarray(line.get_xdata(), float), np.asarray(line.get_ydata(), float)])
    finite = xy[np.isfinite(xy).all(axis=1)]
    return np.asarray(finite[np.argmax(finite[:, 0])] if len(finite) else [np.nan, np.nan])


def _settings(theme: str) -> dict[str, Any]:
    one_of(theme, "theme", tuple(PALETTES))
    palette = PALETTES[theme]
    text, background = palette["text"], palette["background"]
    cycle = list(islice(looks(palette), 2 * len(CYCLE)))
    return {
        "figure.figsize": (WIDTH, 4.2),
        "figure.dpi": 144,
        "savefig.dpi": 144,
        "figure.constrained_layout.use": True,
        "figure.facecolor": background,
        "savefig.facecolor": background,
        "axes.facecolor": background,
        "font.family": "sans-serif",
        "font.sans-serif": ["DejaVu Sans"],
        "font.size": 11,
        "axes.labelsize": 11,
        "axes.titlesize": 11,
        "axes.titlelocation": "left",
        "figure.titlesize": 12,
        "xtick.labelsize": 10,
        "ytick.labelsize": 10,
        "legend.fontsize": 11,
        "legend.frameon": False,
        "text.color": text,
        "axes.labelcolor": text,
        "axes.edgecolor": palette["quiet"],
        "xtick.color": palette["quiet"],
        "ytick.color": palette["quiet"],
        "xtick.labelcolor": text,
        "ytick.labelcolor": text,
        "axes.linewidth": 0.8,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.prop_cycle": cycler(color=[look["color"] for look in cycle])
        + cycler(linestyle=[look["linestyle"] for look in cycle]),
        "axes.formatter.use_mathtext": True,
        "lines.linewidth": 2.0,
        "lines.dash_capstyle": "round",
        "grid.color": palette["quiet"],
        "grid.alpha": 0.25,
        "grid.linewidth": 0.8,
        "image.cmap": "cividis",
    }
