r"""How do you compare searchers on real losses, without training? On tables of everything that could be trained.

Others have trained a network at every point of a grid and recorded the losses. A search on such a table costs a look-up
a trial, has a known minimum, and its losses are as rugged, flat and heavy-tailed as real ones are.

Taught in chapter 13 (``global_search``); every searcher's chapter from there on compares on the four tables. Start at
:func:`table_objective`.

Symbols: y is the loss of a configuration, y* the lowest of the table, ỹ its median over all configurations. What is
reported is the normalised regret of the best of t trials, :math:`(y - y^\ast) / (\tilde y - y^\ast)`: 0 at the minimum,
1 where a coin toss between the worse and the better half would end.

Papers: Eggensperger et al. (2021), HPOBench; Klein & Hutter (2019), HPOLib; Dong & Yang (2020), NAS-Bench-201.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from hpmath._checks import FloatArray, one_of
from hpmath.losses import recorded
from hpmath.space import Config, Space

__all__ = ["Table", "table_objective"]

_TABLES = {  # name: (the quantity that is minimised, what it is called)
    "hpobench_segment": ("error", "MLP on segment, error"),
    "hpobench_vehicle": ("error", "MLP on vehicle, error"),
    "hpolib_protein": ("loss", "two-layer network on protein structure, squared error"),
    "nasbench201_cifar10": ("error", "cell of NAS-Bench-201 on CIFAR-10, error"),
}


@dataclass(frozen=True, eq=False, repr=False)
class Table:
    """A recorded loss at every configuration of a finite space. Call it with a configuration, or a list of them.

    Attributes
    ----------
    name : str
        What it is called in figures and messages.
    space : Space
        A list of choices for each hyperparameter, in the order of the table's axes. Numbers are ascending.
    values : ndarray
        The losses, one axis a hyperparameter. Read-only.
    minimum, median : float
        The lowest loss of the table, and the median over all its configurations.

    Examples
    --------
    >>> f = table_objective("hpobench_vehicle")
    >>> f
    Table('MLP on vehicle, error', 30000 configurations, minimum=0.0484321)
    >>> f({"alpha": 1e-08, "batch_size": 4, "depth": 1, "learning_rate_init": 1e-05, "width": 16})
    0.433...
    >>> f(f.minimizers) == f.minimum
    array([ True])
    """

    name: str
    space: Space
    values: FloatArray
    minimum: float
    median: float

    def __repr__(self) -> str:
        return f"Table({self.name!r}, {self.values.size} configurations, minimum={self.minimum:.6g})"

    @property
    def names(self) -> tuple[str, ...]:
        """The hyperparameters, in the order of the axes.

        Examples
        --------
        >>> table_objective("nasbench201_cifar10").names
        ('Op0', 'Op1', 'Op2', 'Op3', 'Op4', 'Op5')
        """
        return self.space.names

    @property
    def minimizers(self) -> list[Config]:
        """Every configuration of the lowest loss.

        Examples
        --------
        >>> len(table_objective("nasbench201_cifar10").minimizers)
        1
        """
        found = []
        for place in np.argwhere(self.values == self.minimum):
            pairs = zip(self.space.names, place, strict=True)
            found.append({name: (self.space[name].values or ())[int(i)] for name, i in pairs})
        return found

    def __call__(self, config: Mapping[str, Any] | Iterable[Mapping[str, Any]]) -> Any:
        """Return the loss of a configuration, a float, or of n of them, shape (n,).

        Raises
        ------
        ValueError
            If a configuration is not in the table; it says why.
        TypeError
            If it is no configuration.
        """
        if isinstance(config, Mapping):
            return float(self.values[self._place(config)])
        if isinstance(config, str) or not isinstance(config, Iterable):
            raise TypeError(f"a table is called with a configuration or a list of them, got {config!r}")
        return np.array([self.values[self._place(one)] for one in config], dtype=np.float64)

    def _place(self, config: Mapping[str, Any]) -> tuple[int, ...]:
        try:
            return tuple(int(code) for code in self.space.key(config) if code is not None)
        except ValueError as reason:
            raise ValueError(f"not in the table: {reason}") from None

    def regret(self, value: ArrayLike) -> Any:
        """Normalised regret of a loss, or of an array of them: 0 at the table's minimum, 1 at its median.

        Examples
        --------
        >>> f = table_objective("hpobench_vehicle")
        >>> f.regret([f.minimum, f.median])
        array([0., 1.])
        """
        out = (np.asarray(value, dtype=np.float64) - self.minimum) / (self.median - self.minimum)
        return out if out.ndim else float(out)


def table_objective(name: str) -> Table:
    """Return a recorded table as something to search.

    Parameters
    ----------
    name : str
        - ``"hpobench_segment"``, ``"hpobench_vehicle"``: a scikit-learn MLP, five hyperparameters, 30,000
          configurations, mean error of 5 seeds;
        - ``"hpolib_protein"``: a two-layer network for regression, nine hyperparameters, three of them unordered,
          62,208 configurations, mean squared error of 4 seeds, up to 2,000 times its median;
        - ``"nasbench201_cifar10"``: six unordered choices of an operation, 15,625 networks, mean error of 3 seeds.

    Returns
    -------
    Table

    Raises
    ------
    ValueError
        If there is no such table.

    Examples
    --------
    >>> from hpmath import RandomSearch
    >>> f = table_objective("nasbench201_cifar10")
    >>> configs = RandomSearch(f.space, rng=0).ask(50)
    >>> bool(0 < f.regret(f(configs).min()) < 0.5)
    True
    """
    return _table(one_of(name, "name", tuple(_TABLES)))


@lru_cache
def _table(name: str) -> Table:
    quantity, title = _TABLES[name]
    recording = recorded(name)
    values = recording[quantity].astype(np.float64)
    values.flags.writeable = False
    space = Space(dict(zip(recording["meta"]["names"], recording["meta"]["choices"], strict=True)))
    return Table(title, space, values, float(values.min()), float(np.median(values)))
