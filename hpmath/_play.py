"""How do you show a search as it went, step by step, on a page that knows no Python?

All is worked out here: for each step a :class:`Player` holds cells, lines and marks on a square of 1000 by 1000, and
the sentence. ``_play.js``, which every output carries, only draws them; matplotlib draws the picture of the last step
from the same numbers. Exported by :mod:`hpmath.plotting` as ``play``.

Start reading at :func:`play`, then at one panel, ``_map``.
"""

from __future__ import annotations

import html
import io
import json
import math
import re
from base64 import b64encode
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib import ticker

from hpmath._checks import FloatArray, as_count, one_of
from hpmath._style import palette_of, panels, style
from hpmath._trace import Step, Trace
from hpmath.pareto import non_dominated_mask

__all__ = ["Player", "play"]

_MOST_STEPS = 60
_MOST_PANELS = 6
_MOST_LISTED = 25  # values of an axis that stand side by side
_LEVELS = "0123456789abcdef"
_WORDS = {
    "b": "the best before this step",
    "g": "good",
    "o": "a trial",
    "f": "on the front",
    "d": "dominated",
    "p": "parents",
    "c": "proposed in this step",
    "w": "not come back yet",
    "x": "failed",
}
_HERE = Path(__file__).parent


def play(
    study: Any,
    *,
    scale: str | Sequence[str] = "linear",
    labels: str | Sequence[str] | None = None,
    every: int | None = None,
) -> Player:
    """Show a search step by step: what was predicted, where the acquisition was largest, what came out.

    As the last expression of a cell it stands in the notebook, in the book and in a saved HTML file, with buttons, a
    slider and a sentence for each step. Two hyperparameters make maps: of the prediction (or the density of the good
    trials) and of the acquisition, a stronger colour where a trial is better placed. One, or more than two, make a
    panel for each, the first six: the loss against it, with the prediction along it through the trial chosen. Several
    objectives are drawn against each other, with the front and the parents of a child.

    Parameters
    ----------
    study : Study or Trace
        Of ``minimize(..., trace=True)``, or the `hpmath.Trace` of a loop.
    scale : {"linear", "log"} or one for each objective
        Of the loss.
    labels : str or one for each objective, optional
        What the losses are, with units.
    every : int, optional
        Show each ``every``-th step, and the last; by default such that at most 60 are shown, 20 with six panels.

    Returns
    -------
    Player
        With ``save(path)``, which writes a page of its own that holds all it needs.

    Raises
    ------
    ValueError
        If there is no trace or no step, no trial has succeeded, the labels or scales don't match the objectives, or
        ``scale="log"`` meets a value <= 0.

    Examples
    --------
    >>> from hpmath import minimize, svm_map
    >>> from hpmath.plotting import play
    >>> svm = svm_map()
    >>> play(minimize(svm, svm.space, method="bo", n_trials=8, rng=0, trace=True))
    Player of 8 steps; the last: Trial 7: ...
    """
    trace = study if isinstance(study, Trace) else getattr(study, "trace", None)
    if not isinstance(trace, Trace):
        raise ValueError("study has no trace to play: run minimize(..., trace=True), or give a Trace")
    steps = trace.steps
    if not steps:
        raise ValueError("study has no step to play: nothing has been asked through its trace")
    if every is None:
        lines = len(trace.searcher.space) if trace.searcher.values_.ndim == 1 else 1
        every = -(-len(steps) // (_MOST_STEPS if lines < 3 else _MOST_STEPS // min(lines, _MOST_PANELS) + 10))
    shown = steps[:: as_count(every, "every")]
    shown += [] if shown[-1] is steps[-1] else [steps[-1]]
    return Player(_Run(trace, shown, scale, labels))


class Player:
    """A search to be played: HTML with a script, and a picture of the last step. Made by :func:`play`."""

    def __init__(self, run: _Run) -> None:
        self._panels = run.panels()
        self._sentences = [_typeset(step.sentence) for step in run.steps]
        self._first = next((k for k, step in enumerate(run.steps) if step.surfaces or step.parents), 0)
        self._numbers = [step.number for step in run.steps]
        self._marks = [run.marks(step) for step in run.steps]
        used = {mark for marks in self._marks for mark in marks} | {"c"}
        self._key = [(mark, words) for mark, words in _WORDS.items() if mark in used]
        if "g" in used:
            self._key[0] = ("b", "the best before this step, good as well")

    def __repr__(self) -> str:
        return f"Player of {len(self._sentences)} steps; the last: {self._sentences[-1]}"

    def _repr_html_(self) -> str:
        steps = [
            {"n": number, "s": sentence, "m": marks, "p": [panel.steps[k] for panel in self._panels]}
            for k, (number, sentence, marks) in enumerate(zip(self._numbers, self._sentences, self._marks, strict=True))
        ]
        heads = [panel.head() for panel in self._panels]
        whole = {"panels": heads, "steps": steps, "key": self._key, "first": self._first}
        data = json.dumps(whole, ensure_ascii=False, separators=(",", ":"))
        data = data.replace("&", "&amp;").replace("'", "&#39;").replace("<", "&lt;")
        last = html.escape(self._sentences[-1])
        return (
            f"<style>{_read('_play.css')}</style>\n"
            f'<div class="hpmath-play" data-lm-suppress-shortcuts="true" data-play=\'{data}\'>'  # JupyterLab's keys
            f"<p>{len(steps)} steps, to be played where scripts run. The last one: {last}</p></div>\n"
            f"<script>{_read('_play.js')}</script>"
        )

    def _repr_png_(self) -> bytes:
        return self._png()

    def _png(self, theme: str = "light") -> bytes:
        """The last step."""
        import matplotlib.pyplot as plt

        with style(theme):
            n = len(self._panels)
            figure, axes = panels(min(n, 3), -(-n // 3), height=4.2 if n < 3 else 2.8)
            axes = np.atleast_1d(np.asarray(axes, dtype=object)).ravel()
            for ax in axes[n:]:
                ax.set_axis_off()
            for ax, panel in zip(axes, self._panels, strict=False):
                panel.draw(ax, self._marks[-1])
            file = io.BytesIO()
            figure.savefig(file, format="png", dpi=110, bbox_inches="tight")
            plt.close(figure)  # or the notebook would show it too
        return file.getvalue()

    def save(self, path: Any) -> None:
        """Write a page that plays the search in any browser, with nothing else.

        Parameters
        ----------
        path : path
            Of the HTML file.

        Raises
        ------
        OSError
            If it can't be written.

        Examples
        --------
        >>> import os, tempfile
        >>> from hpmath import minimize
        >>> from hpmath.plotting import play
        >>> study = minimize(lambda c: c["x"], {"x": [1, 2]}, method="grid", trace=True)
        >>> path = os.path.join(tempfile.mkdtemp(), "search.html")
        >>> play(study).save(path)
        >>> os.path.getsize(path) > 1000
        True
        """
        picture = b64encode(self._png()).decode()
        Path(path).write_text(
            '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>A search, step by step</title>\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" '
            'content="light dark"></head>\n<body style="font-family: sans-serif; max-width: 60rem; margin: 1rem auto; '
            f'padding: 0 0.5rem">\n{self._repr_html_()}\n<noscript><img alt="The last step of the search" '
            f'style="max-width: 100%" src="data:image/png;base64,{picture}"></noscript>\n</body></html>\n',
            "utf8",
        )


def _typeset(sentence: str) -> str:
    """Numbers as in print: a minus that is none of a word, powers of ten without idle zeros."""
    sentence = re.sub(r"\d(?:\.\d+)?e\+0[3-5]", lambda number: f"{float(number[0]):.0f}", sentence)
    sentence = re.sub(r"(?<=\de)([+-])0*(?=\d)", lambda sign: "−" if sign[1] == "-" else "", sentence)
    return re.sub(r"(?<![\w)])-(?=[\d.])", "−", sentence)


def _read(name: str) -> str:
    return (_HERE / name).read_text("utf8")


# --- what is drawn


class _Panel:
    """A square with two axes, the places of all trials, and for each step cells, lines and the trial chosen."""

    def __init__(self, title: str, x: _Axis, y: _Axis, at: FloatArray, grid: tuple[int, int] | None = None) -> None:
        self.title, self.x, self.y, self.at, self.grid = title, x, y, at, grid
        self.steps: list[dict[str, Any]] = []

    def head(self) -> dict[str, Any]:
        axes = {
            letter: {"label": html.escape(axis.label), "ticks": [[_whole(v), html.escape(t)] for v, t in axis.ticks()]}
            for letter, axis in (("x", self.x), ("y", self.y))
        }
        return {"title": html.escape(self.title), **axes, "grid": self.grid, "at": _flat(self.at)}

    def add(self, cells: str | None = None, lines: Sequence[Any] = (), chosen: Any = None) -> None:
        """A step; lines are pairs of a kind and points, (k, 2), in the unit square."""
        step: dict[str, Any] = {}
        if cells is not None:
            step["c"] = cells
        if lines:
            step["l"] = [[kind, _flat(points)] for kind, points in lines]
        if chosen is not None and np.isfinite(chosen).all():
            step["w"] = _flat(np.asarray(chosen)[None])
        self.steps.append(step)

    def draw(self, ax: Any, marks: str) -> None:
        """The last step, by matplotlib."""
        palette, step = palette_of(ax), self.steps[-1]
        second = "better" in self.title
        if "c" in step and self.grid:
            levels = np.array([[_LEVELS.find(c) for c in row] for row in step["c"].split("/")])
            colour = palette["purple" if second else "blue"]
            edges = [np.linspace(0, 1000, n + 1) for n in self.grid]
            image = np.zeros((*levels.shape, 4))
            image[..., :3] = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
            image[..., 3] = np.maximum(levels, 0) / 19
            ax.pcolormesh(*edges, image, rasterized=True)
        for kind, points in step.get("l", []):
            x, y = points[::2], points[1::2]
            colours = {"mean": "blue", "band": "blue", "kin": "blue", "front": "green", "guide": "orange"}
            colour = palette[colours.get(kind, "purple")]
            if kind in ("band", "acquisition"):
                ax.fill(x, y, color=colour, alpha=0.25, linewidth=0)
            else:
                ax.plot(x, y, color=colour, linestyle="-" if kind == "front" else "--", linewidth=1.4)
        looks = {"o": ("o", "text", 4), "d": ("o", "quiet", 3), "f": ("o", "green", 5), "g": ("^", "green", 6)}
        looks |= {"p": ("s", "blue", 6), "b": ("*", "orange", 12), "x": ("x", "orange", 5), "w": ("v", "quiet", 6)}
        for place, mark in zip(self.at, marks, strict=False):
            if mark != "." and np.isfinite(place).all():
                shape, colour, size = looks[mark]
                edge = palette[colour if mark == "x" else "background"]
                ax.plot(*(1000 * place), shape, color=palette[colour], markersize=size, markeredgecolor=edge)
        if "w" in step:
            ax.plot(*step["w"], "D", color=palette["background"], markeredgecolor=palette["orange"], markersize=8)
        for letter, axis in (("x", self.x), ("y", self.y)):
            getattr(ax, f"set_{letter}ticks")([1000 * v for v, _ in axis.ticks()], [t for _, t in axis.ticks()])
            getattr(ax, f"set_{letter}label")(axis.label)
        ax.set(xlim=(0, 1000), ylim=(0, 1000))
        ax.set_title(self.title, fontsize=10)


class _Axis:
    """From values to the unit interval."""

    def __init__(self, label: str) -> None:
        self.label = label

    def places(self, values: Sequence[Any]) -> FloatArray:
        raise NotImplementedError

    def ticks(self) -> list[tuple[float, str]]:
        raise NotImplementedError


class _OfSpace(_Axis):
    """A hyperparameter: few values side by side, else by probability."""

    def __init__(self, name: str, dist: Any) -> None:
        super().__init__(name)
        self.dist = dist
        self.few = dist.cardinality is not None and dist.cardinality <= _MOST_LISTED

    def places(self, values: Sequence[Any]) -> FloatArray:
        known = [k for k, value in enumerate(values) if value is not None]
        out, of = np.full(len(values), np.nan), [values[k] for k in known]
        if self.few:
            codes = np.asarray(self.dist.to_unit(list(self.dist.values)))
            out[known] = [(np.abs(codes - u).argmin() + 0.5) / len(codes) for u in np.asarray(self.dist.to_unit(of))]
        elif known:
            out[known] = self.dist.to_unit(of)
        return out

    def ticks(self) -> list[tuple[float, str]]:
        if self.few:
            values = list(self.dist.values)
            values = values[:: -(-len(values) // 6)]
            words = [f"{v:.3g}" if isinstance(v, float) else str(v) for v in values]
            words = [word if len(word) <= 10 else word[:9] + "…" for word in words]
            return list(zip(self.places(values).tolist(), words, strict=True))
        low, high, middle = self.dist.from_unit([0.0, 1.0, 0.5])
        found = _round_values(low, high, log=low > 0 and middle < (low + high) / 4)
        if self.dist.kind == "integer":
            found = [round(v) for v in found if abs(v - round(v)) < 1e-9 and low <= round(v) <= high]
        return [(u, _number(v)) for u, v in zip(self.dist.to_unit(found).tolist(), found, strict=True)] if found else []


class _OfLoss(_Axis):
    """A loss from low to high, with room below."""

    def __init__(self, label: str, values: FloatArray, scale: str, below: float = 0.06) -> None:
        super().__init__(label)
        self.turn: Callable[[Any], FloatArray] = np.log10 if scale == "log" else np.asarray
        self.scale = scale
        z = self.turn(np.asarray(values[np.isfinite(values)]))
        low, high = float(z.min()), float(z.max())
        span = (high - low) or abs(low) or 1.0
        self.best, self.worst = low, low + span
        self.low, self.high = low - below * span, low + 1.06 * span

    def places(self, values: Any) -> FloatArray:
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray((self.turn(np.asarray(values, dtype=float)) - self.low) / (self.high - self.low))

    def ticks(self) -> list[tuple[float, str]]:
        low = max(self.low, self.best - 0.06 * (self.worst - self.best))  # none beside the acquisition
        ends = (10**low, 10**self.high) if self.scale == "log" else (low, self.high)
        found = _round_values(*ends, log=self.scale == "log")
        return [(float(u), _number(v)) for u, v in zip(self.places(found), found, strict=True)]


class _Run:
    """The trials and steps of a trace, and the panels that show them."""

    def __init__(self, trace: Trace, steps: list[Step], scale: Any, labels: Any) -> None:
        search = trace.searcher
        self.trace, self.steps, self.space = trace, steps, search.space
        self.Y = np.atleast_2d(search.values_.T).T.reshape(len(search.configs_), -1)
        worked = np.asarray(~np.isnan(self.Y).any(axis=1))
        if not worked.any():
            raise ValueError(f"study must have a trial that has succeeded to be played, got {len(self.Y)} trials")
        self.Y = np.where(worked[:, None], self.Y, np.nan)
        m = self.Y.shape[1]
        self.scales = [scale] * m if isinstance(scale, str) else list(scale)
        default = ["loss"] if m == 1 else [f"objective {j + 1}" for j in range(m)]
        self.labels = default if labels is None else [labels] if isinstance(labels, str) else list(labels)
        for name, given in (("scale", self.scales), ("labels", self.labels)):
            if len(given) != m:
                raise ValueError(f"{name} must be {m}, one for each objective, got {len(given)}")
        for j, word in enumerate(self.scales):
            if one_of(word, "scale", ("linear", "log")) == "log" and (least := np.nanmin(self.Y[:, j])) <= 0:
                raise ValueError(f"scale='log' needs positive values, got {least:.4g}")
        self.inner = [search._split(config)[0] for config in search.configs_]
        self.axes = {name: _OfSpace(name, self.space[name]) for name in self.space.names}
        self.place = {number: place for place, number in enumerate(trace.numbers) if number is not None}
        self.log_ei = getattr(search, "acquisition", "") == "log_ei"
        self.kind = next((set(s.layers) for step in steps for s in step.surfaces), set())
        letters = {"log_ei": "log-EI", "ei": "EI", "lcb": "confidence bound"}
        self.what = "ℓ/g" if "log_l" in self.kind else letters.get(getattr(search, "acquisition", ""), "")

    def marks(self, step: Step) -> str:
        """A letter for each trial told by then, and for those pending."""
        Y = self.Y[: step.n_told]
        worked = ~np.isnan(Y[:, 0])
        if self.Y.shape[1] == 1:
            marks = np.where(worked, "o", "x")
            marks[list(step.good or ())] = "g"
            if worked.any():
                marks[np.nanargmin(Y[:, 0])] = "b"
        else:
            marks = np.where(worked, "d", "x")
            marks[np.flatnonzero(worked)[non_dominated_mask(Y[worked])]] = "f"
            marks[list(step.parents or ())] = "p"
        told = {self.trace.numbers[place] for place in range(step.n_told)}
        waiting = [s.number for s in self.trace.steps if s.number < step.number and s.number not in told]
        late = {self.place[number] for number in waiting if number in self.place}
        return "".join(marks.tolist()) + "".join(
            "w" if place in late else "." for place in range(step.n_told, max(late, default=-1) + 1)
        )

    def panels(self) -> list[_Panel]:
        names = self.space.names
        out = [self._front()] if self.Y.shape[1] > 1 else []
        if len(names) == 2:
            layers: list[str] = [layer for layer in ("mean", "log_l", "acquisition") if layer in self.kind]
            return out + [self._map(layer) for layer in (layers[-1:] if out else layers) or [""]]
        return out or [self._line(name) for name in names[:_MOST_PANELS]]

    def _map(self, layer: str) -> _Panel:
        """Two hyperparameters."""
        x, y = (self.axes[name] for name in self.space.names)
        values = [[config.get(axis.label) for config in self.inner] for axis in (x, y)]
        at = np.column_stack([x.places(values[0]), y.places(values[1])])
        titles = {
            "": "trials",
            "mean": f"predicted {self.labels[0]}: stronger is lower",
            "log_l": "ℓ, where good trials are dense",
            "acquisition": f"{self.what}: stronger is better",
        }
        grid = next(((len(s.at[0]), len(s.at[1])) for step in self.steps for s in step.surfaces), None)
        panel = _Panel(titles[layer], x, y, at, grid)
        for step in self.steps:
            cells = None
            if step.surfaces and layer:
                v = self._strength(layer, step.surfaces[0].layers[layer])
                whole = np.where(np.isnan(v), -1, np.floor(np.clip(np.nan_to_num(v), 0, 1) * 15.999)).astype(int)
                cells = "/".join("".join(_LEVELS[k] if k >= 0 else "." for k in row) for row in whole.T.tolist())
            panel.add(cells, chosen=[axis.places([step.config.get(axis.label)])[0] for axis in (x, y)])
        return panel

    def _strength(self, layer: str, values: Any) -> FloatArray:
        """From 0 to 1, the better the more; NaN stays."""
        v = values.astype(float)
        if layer == "mean":
            loss = _OfLoss("", self.Y[:, 0], self.scales[0])
            least = 10**loss.best if self.scales[0] == "log" else -np.inf
            return np.asarray((loss.worst - loss.turn(np.maximum(v, least))) / (loss.worst - loss.best))
        top, low = np.nanmax(v, initial=-np.inf), np.nanmin(v, initial=np.inf)
        if layer == "log_l":
            return np.asarray(np.exp(v - top))
        if self.log_ei:
            return np.asarray(1 + (v - top) / 8)  # e^8 below the largest there is no colour
        return np.asarray((v - low) / ((top - low) or 1.0))

    def _line(self, name: str) -> _Panel:
        """The loss against one hyperparameter, the prediction through the trial chosen, and below the acquisition."""
        x, below = self.axes[name], 0.4 if "acquisition" in self.kind else 0.06
        y = _OfLoss(self.labels[0], self.Y[:, 0], self.scales[0], below)
        at = np.column_stack([x.places([config.get(name) for config in self.inner]), y.places(self.Y[:, 0])])
        title = {True: f"prediction, below it {self.what}", False: "prediction" if self.kind else "trials"}
        title[True] = title[True] if "mean" in self.kind else f"trials, below them {self.what}"
        panel = _Panel(title["acquisition" in self.kind], x, y, at)
        for step in self.steps:
            surface = next((s for s in step.surfaces if s.names == (name,)), None)
            here, lines = x.places([step.config.get(name)])[0], []
            if surface is not None:
                u, layers = x.places(surface.at[0]), surface.layers
                seen = ~np.isnan(next(iter(layers.values())))
                if len(u) > _MOST_LISTED and len(self.space) > 2:
                    seen &= np.arange(len(u)) % 3 == 1
                u = u[seen]
                if "mean" in layers and seen.any():
                    low, mean, high = (np.clip(y.places(layers[k][seen]), 0, 1) for k in ("low", "mean", "high"))
                    low, mean, high = (np.nan_to_num(v) for v in (low, mean, high))
                    lines += [("band", np.vstack([np.column_stack([u, high]), np.column_stack([u, low])[::-1]]))]
                    lines += [("mean", np.column_stack([u, mean]))]
                if "acquisition" in layers and seen.any():
                    v = np.clip(self._strength("acquisition", layers["acquisition"])[seen], 0, 1) * 0.24
                    ends = np.array([[u[-1], 0.0], [u[0], 0.0]])
                    lines += [("acquisition", np.vstack([np.column_stack([u, v]), ends]))]
            if np.isfinite(here):
                lines += [("guide", np.array([[here, 0.0], [here, 1.0]]))]
            came = y.places([step.values[0] if step.values else np.nan])[0]
            panel.add(None, lines, [here, came])
        return panel

    def _front(self) -> _Panel:
        """The first two objectives, the staircase of the front that was known, and a child's line to its parents."""
        x, y = (_OfLoss(self.labels[j], self.Y[:, j], self.scales[j]) for j in (0, 1))
        at = np.column_stack([x.places(self.Y[:, 0]), y.places(self.Y[:, 1])])
        more = self.Y.shape[1] - 2
        panel = _Panel("objectives" + (f", the first two of {more + 2}" if more else ""), x, y, at)
        for step in self.steps:
            known = self.Y[: step.n_told]
            worked = np.flatnonzero(~np.isnan(known[:, 0]))
            lines = []
            if len(worked) and not more:
                front = at[worked[non_dominated_mask(known[worked])]]
                front = front[np.argsort(front[:, 0], kind="stable")]
                corners = np.column_stack([front[1:, 0], front[:-1, 1]])
                stairs = np.empty((2 * len(front) - 1, 2))
                stairs[::2], stairs[1::2] = front, corners
                lines.append(("front", np.vstack([[front[0, 0], 1.0], stairs, [1.0, front[-1, 1]]])))
            place = self.place.get(step.number)
            chosen = at[place] if place is not None else None
            if step.parents and chosen is not None and np.isfinite(chosen).all():
                lines += [("kin", np.array([at[parent], chosen])) for parent in step.parents]
            panel.add(None, lines, chosen)
        return panel


# --- numbers


def _whole(v: float) -> int:
    return int(np.floor(1000 * v + 0.5))


def _flat(points: FloatArray) -> list[int]:
    """Thousandths; what is not known stands far outside."""
    return [_whole(v) if math.isfinite(v) else -9999 for v in np.asarray(points).ravel().tolist()]


def _round_values(low: float, high: float, *, log: bool) -> list[float]:
    if log and high > 10 * low:
        first, last = math.ceil(math.log10(low) - 1e-9), math.floor(math.log10(high) + 1e-9)
        return [10.0**k for k in range(first, last + 1, max(1, -(-(last - first) // 5)))]
    found = ticker.MaxNLocator(5).tick_values(low, high)
    return [float(v) for v in found if low - 1e-12 <= v <= high + 1e-12 and not (log and v <= 0)]


def _number(v: float) -> str:
    """``0.01``, ``100``, ``10⁻⁴``."""
    if v > 0 and (v < 1e-2 or v >= 1e4) and abs(math.log10(v) - round(math.log10(v))) < 1e-9:
        return "10" + str(round(math.log10(v))).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return f"{v:.4g}".replace("-", "−")
