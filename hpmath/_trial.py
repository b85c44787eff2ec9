"""What is kept of one evaluation, and how is it written as a line of the log? Part of `hpmath.study`."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from hpmath.space import Config, Space

__all__ = ["Trial", "row_of", "trial_of"]

Row = dict[str, Any]


@dataclass(frozen=True)
class Trial:
    """One evaluation of the objective that has finished.

    Attributes
    ----------
    number : int
        Its place in the order of asking, from 0.
    config : dict
        What was evaluated.
    values : tuple of floats
        What came back, one for each objective; NaN if it failed.
    state : {"complete", "failed"}
    seconds : float
        How long the evaluation took.
    error : str or None
        Why it failed.
    started : float or None
        When it began, in seconds since 1970.

    Examples
    --------
    >>> from hpmath import minimize
    >>> study = minimize(lambda config: 1 / config["x"], {"x": [0, 4]}, method="grid")
    >>> for trial in study.trials:
    ...     print(trial.number, trial.config, trial.value, trial.error)
    0 {'x': 0} nan ZeroDivisionError: division by zero
    1 {'x': 4} 0.25 None
    """

    number: int
    config: Config
    values: tuple[float, ...]
    state: str
    seconds: float
    error: str | None = None
    started: float | None = field(default=None, repr=False, compare=False)

    @property
    def value(self) -> float:
        """What came back, with one objective; NaN if it failed.

        Raises
        ------
        AttributeError
            With several objectives: they have ``values``.

        Examples
        --------
        >>> from hpmath import Trial
        >>> Trial(0, {"x": 1.0}, (0.5,), "complete", 0.01).value
        0.5
        """
        if len(self.values) != 1:
            raise AttributeError(f"a trial of {len(self.values)} objectives has values, {self.values}, not one value")
        return self.values[0]


def row_of(trial: Trial, space: Space) -> Row:
    """A trial as the log holds it; choices that JSON does not know by their place."""
    values: Any = None
    if trial.state == "complete":
        values = trial.values if len(trial.values) > 1 else trial.value
    return {
        "number": trial.number,
        "config": space.to_json(trial.config),
        "value" if len(trial.values) == 1 else "values": values,
        "state": trial.state,
        "seconds": trial.seconds,
        "error": trial.error,
        "started": trial.started,
    }


def trial_of(row: Row, decode: Callable[[Row], Config], m: int, name: str) -> Trial:
    """A line of the log ``name`` as a trial of ``m`` values."""
    try:
        stored = row.get("value") if m == 1 else row.get("values")
        values = [math.nan] * m if stored is None else [stored] if m == 1 else stored
        state, error, started = row["state"], row.get("error"), row.get("started")
        if len(values) != m or state not in ("complete", "failed"):
            raise ValueError(f"{m} values and a state are wanted, got {stored!r} and {state!r}")
        return Trial(
            row["number"], decode(row["config"]), tuple(map(float, values)), state, row["seconds"], error, started
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"log {name} can't be read at trial {row.get('number')}: {error}") from error
