"""The checks that stand at the top of public functions: each returns clean input or raises one clear sentence.

A message names the argument, says what came and what is wanted.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]
RNG = int | np.integer[Any] | np.random.Generator | np.random.SeedSequence | None


def as_rng(rng: RNG) -> np.random.Generator:
    """Return a generator from whatever ``numpy.random.default_rng`` accepts."""
    try:
        return np.random.default_rng(rng)
    except (TypeError, ValueError) as error:
        raise TypeError(f"rng must be None, a non-negative integer or a numpy Generator, got {rng!r}") from error


def as_floats(values: ArrayLike, name: str) -> FloatArray:
    """Return a float64 array (a copy when a conversion is needed, never the caller's array changed)."""
    try:
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise TypeError(f"{name} must be numbers, got {values!r}") from error
    suspect = not isinstance(values, np.ndarray) and array.size <= 10_000 and np.isnan(array).any()
    if suspect and any(value is None for value in np.asarray(values, dtype=object).flat):  # NumPy reads None as NaN
        raise TypeError(f"{name} must be numbers, got None in {values!r}")
    return array


def as_finite(values: ArrayLike, name: str) -> FloatArray:
    """Return a float64 array without NaN or infinity."""
    array = as_floats(values, name)
    if not np.isfinite(array).all():
        where = np.argwhere(~np.isfinite(array))[0].tolist()
        raise ValueError(f"{name} must be finite, got {array[tuple(where)]} at index {where}")
    return array


def as_point(x: ArrayLike, name: str = "x") -> FloatArray:
    """Return one finite point, shape (d,) with d >= 1."""
    array = as_finite(x, name)
    if array.ndim != 1 or array.size == 0:
        raise ValueError(f"{name} must be one point of shape (d,) with d >= 1, got shape {array.shape}")
    return array


def as_points(X: ArrayLike, name: str = "X", width: int | None = None, reason: str = "") -> FloatArray:
    """Return n finite points as rows, shape (n, d); ``width`` fixes d and ``reason`` says why."""
    array = as_finite(X, name)
    wanted = f"(n, {'d' if width is None else width})"
    if array.ndim != 2 or (width is not None and array.shape[1] != width):
        raise ValueError(f"{name} must have shape {wanted}{' ' + reason if reason else ''}, got {array.shape}")
    return array


def as_count(value: Any, name: str, least: int = 1) -> int:
    """Return a whole number that is at least ``least``."""
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, np.integer)):
        raise TypeError(f"{name} must be a whole number, got {value!r}")
    if value < least:
        raise ValueError(f"{name} must be at least {least}, got {value}")
    return int(value)


def one_of(value: Any, name: str, allowed: tuple[str, ...]) -> str:
    """Return ``value`` if it is one of the allowed words."""
    if value not in allowed:
        raise ValueError(f"{name} must be one of {', '.join(map(repr, allowed))}, got {value!r}")
    return str(value)


def as_fraction(value: Any, name: str) -> float:
    """Return a number strictly between 0 and 1, such as a confidence."""
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, float, np.integer, np.floating)):
        raise TypeError(f"{name} must be a number strictly between 0 and 1, got {value!r}")
    if not 0 < value < 1:
        raise ValueError(f"{name} must lie strictly between 0 and 1, got {value}")
    return float(value)


def as_repetitions(values: ArrayLike, name: str = "values") -> FloatArray:
    """Return at least two finite repetitions as rows, shape (n,) or (n, k)."""
    array = as_finite(values, name)
    if array.ndim == 0 or array.size == 0:
        raise ValueError(f"{name} must have shape (n,) or (n, k) with repetitions as rows, got shape {array.shape}")
    if len(array) < 2:
        raise ValueError(f"{name} must hold at least 2 repetitions to say how much they vary, got {len(array)}")
    return array


def as_unit(values: ArrayLike, name: str = "u") -> FloatArray:
    """Return numbers between 0 and 1, of any shape."""
    array = as_floats(values, name)
    inside = (array >= 0) & (array <= 1)  # False for NaN
    if not inside.all():
        raise ValueError(f"{name} must lie in [0, 1], got {array[~inside].flat[0]}")
    return array


def as_values(values: Any, n: int) -> FloatArray:
    """Return what n configurations scored, (n,) or with m objectives (n, m); (n, 1) becomes (n,).

    NaN and infinity are failures: a row that has one becomes all NaN.
    """
    try:
        array = np.asarray(list(values) if isinstance(values, Iterator) else values)
    except ValueError as error:
        raise ValueError(f"values must have as many objectives in each row, got {values!r}") from error
    if array.size and array.dtype.kind not in "biuf":
        raise TypeError(f"values must be numbers, NaN for a failure, got {values!r}")
    if array.ndim not in (1, 2) or len(array) != n or 0 in array.shape[1:]:
        raise ValueError(f"values must have shape ({n},) or ({n}, m), one row for each of configs, got {array.shape}")
    array = array.astype(np.float64)
    if array.ndim == 1:
        array[~np.isfinite(array)] = np.nan
        return array
    array[~np.isfinite(array).all(axis=1)] = np.nan
    return array[:, 0] if array.shape[1] == 1 else array


def as_number(
    value: Any, name: str, *, least: float | None = None, above: float | None = None, below: float | None = None
) -> float:
    """Return one finite number, within the limits that are given."""
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, float, np.integer, np.floating)):
        raise TypeError(f"{name} must be a number, got {value!r}")
    limits = [("at least", least), ("above", above), ("below", below)]
    wanted = " and ".join(f"{word} {limit:g}" for word, limit in limits if limit is not None)
    if (
        not np.isfinite(value)
        or (least is not None and value < least)
        or (above is not None and value <= above)
        or (below is not None and value >= below)
    ):
        raise ValueError(f"{name} must be a finite number{' ' if wanted else ''}{wanted}, got {value}")
    return float(value)


def as_square(A: ArrayLike, name: str = "A") -> FloatArray:
    """Return a finite square matrix, shape (n, n) with n >= 1."""
    array = as_finite(A, name)
    if array.ndim != 2 or array.shape[0] != array.shape[1] or array.size == 0:
        raise ValueError(f"{name} must be a square matrix of shape (n, n) with n >= 1, got shape {array.shape}")
    return array


def as_symmetric(A: ArrayLike, name: str = "A") -> FloatArray:
    """Return a symmetric matrix; entries that differ by rounding, up to 1.5e-8 of the largest, are averaged."""
    from scipy.linalg import (
        issymmetric,
    )  # here, because it is slow to import; compiled, and stops at the first difference

    array = as_square(A, name)
    if issymmetric(array):
        return array
    apart = np.abs(array - array.T)
    if apart.max() > np.sqrt(np.finfo(np.float64).eps) * np.abs(array).max():
        i, j = np.unravel_index(int(apart.argmax()), array.shape)
        both = f"{name}[{i}, {j}] = {array[i, j]:.6g} and {name}[{j}, {i}] = {array[j, i]:.6g}"
        raise ValueError(f"{name} must be symmetric, got {both}")
    return array / 2 + array.T / 2


def as_objectives(Y: ArrayLike, name: str = "Y", *, m: int | None = None, least: int = 0) -> FloatArray:
    """Return n points in m objectives as rows, (n, m), without NaN; an empty list is no point. Infinity is allowed."""
    array = as_floats(Y, name)
    if array.shape == (0,):
        array = array.reshape(0, 1 if m is None else m)
    if array.ndim != 2 or array.shape[1] == 0 or (m is not None and array.shape[1] != m):
        raise ValueError(f"{name} must have shape (n, {'m' if m is None else m}), got {array.shape}")
    if len(array) < least:
        raise ValueError(f"{name} must hold at least {least} point{'s' if least > 1 else ''}, got {len(array)}")
    if np.isnan(array).any():
        where = np.argwhere(np.isnan(array))[0].tolist()
        raise ValueError(f"{name} must not hold NaN, got one at index {where}; leave failed trials out")
    return array


def as_probabilities(p: ArrayLike, name: str = "p") -> FloatArray:
    """Return non-negative numbers of any shape but a scalar's, made to sum to one where they did to 1e-8."""
    array = as_finite(p, name)
    if array.ndim == 0 or array.size == 0:
        raise ValueError(f"{name} must be an array of at least one probability, got shape {array.shape}")
    if array.min() < 0:
        where = np.argwhere(array < 0)[0].tolist()
        raise ValueError(f"{name} must not be negative, got {array[tuple(where)]} at index {where}")
    total = array.sum()
    if abs(total - 1) > 1e-8:
        raise ValueError(f"{name} must sum to one, got {total:.9g}; divide counts or weights by their sum")
    return np.asarray(array / total)


def as_prediction(mean: ArrayLike, std: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Return finite means and non-negative standard deviations whose shapes broadcast."""
    means, stds = as_finite(mean, "mean"), as_finite(std, "std")
    if stds.size and stds.min() < 0:
        raise ValueError(f"std must not be negative, got {stds.min():g}")
    as_broadcast(mean=means, std=stds)
    return means, stds


def as_broadcast(**arrays: FloatArray) -> None:
    """Refuse named arrays whose shapes don't broadcast."""
    try:
        np.broadcast_shapes(*(array.shape for array in arrays.values()))
    except ValueError:
        names, shapes = (", ".join(map(str, what)) for what in (arrays, [a.shape for a in arrays.values()]))
        raise ValueError(f"{names} must have shapes that broadcast, got {shapes}") from None
