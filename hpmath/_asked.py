r"""What did f answer, and where did it fail? The manners of asking a function that belongs to someone else.

Chapters: none of its own; ``calculus`` and ``_differences`` ask through it.

Symbols
-------
x : (d,), the point; a move : ((coordinate, length), ...), the way from x to where f is asked
m : number of outputs; an answer is a row, shape (m,)

Start reading at ``Asked``: f gets a fresh copy of each point, its errors and NaNs become one sentence that names the
coordinate, the step and the point, and a failure is raised or, while a step is being sought, remembered.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hpmath._checks import FloatArray
from hpmath._dual_arrays import NoRuleError, Pair, holds_dual, plain

Function = Callable[[Any], Any]
Move = tuple[tuple[int, float], ...]

_EPS = float(np.finfo(np.float64).eps)


def short(x: Any) -> str:
    return np.array2string(np.asarray(plain(x)), precision=6, threshold=8, edgeitems=3, separator=", ")


def call(f: Function, point: Any, where: Callable[[], str], name: str = "f") -> Any:
    try:
        return f(point if isinstance(point, Pair) else point.copy())
    except NoRuleError:
        raise  # its own sentence names the function that is missing
    except Exception as error:
        raise ValueError(f"{name} raised {type(error).__name__}: {error}; at {where()}") from error


def _numbers(value: Any) -> NDArray[Any]:
    if holds_dual(value):
        raise NoRuleError("f returned a Dual: inside a differentiation by method='dual', use method='dual' here too")
    try:
        array = np.asarray(value)
    except ValueError as error:
        raise ValueError(f"f must return numbers in one regular array, got {value!r}") from error
    if array.dtype.kind not in "fiubc":
        raise TypeError(f"f must return numbers, got {value!r}")
    return array


def number(value: Any) -> NDArray[Any]:
    """Return f's one output, shape (1,)."""
    if isinstance(value, float):
        return np.array([value])
    array = _numbers(value)
    if array.size != 1:
        raise ValueError(f"f must return one number, got shape {array.shape}; for several outputs use jacobian")
    return array.reshape(1)


def vector(value: Any) -> NDArray[Any]:
    """Return f's outputs, shape (m,)."""
    array = np.atleast_1d(_numbers(value))
    if array.ndim != 1 or array.size == 0:
        raise ValueError(f"f must return its outputs in one row of shape (m,), got shape {array.shape}")
    return array


class Asked:
    """A function and the point it is asked around; knows where an answer failed."""

    def __init__(
        self, f: Function, x: FloatArray, outputs: Callable[[Any], NDArray[Any]], *, shown: Any = None, axis: str = ""
    ) -> None:
        self.f, self.x, self.outputs = f, x, outputs
        self.shown, self.axis = x if shown is None else shown, axis
        self.origin: FloatArray | None = None
        self.seen: dict[Move, Any] = {}  # steps of powers of two meet again and again
        self.eps = _EPS
        self.limits: tuple[FloatArray, FloatArray] | None = None
        # a dict collects them; with None the first one raises
        self.failures: dict[tuple[int, ...], ValueError] | None = None

    def ask_origin(self) -> FloatArray:
        answer = self.outputs(call(self.f, self.x, lambda: f"x = {short(self.shown)}"))
        refuse_complex(answer)
        want_finite(answer, lambda: f"x = {short(self.shown)}")
        if answer.dtype.kind == "f":  # a network may answer in single precision
            self.eps = float(max(np.finfo(answer.dtype).eps, _EPS))
        self.origin = answer.astype(np.float64)
        return self.origin

    def rows(self, moves: Sequence[Move]) -> FloatArray:
        """Return f at x plus each move, (n, m); NaN where it failed."""
        if self.origin is not None and not any(length for _, length in moves[0]):
            return np.broadcast_to(self.origin, (len(moves), len(self.origin)))
        for move in moves:
            if move not in self.seen:
                self.seen[move] = self._row(move)
        return np.array([self.seen[move] for move in moves]).reshape(len(moves), -1)

    def _row(self, move: Move) -> NDArray[Any] | float:
        point = self.x.copy()
        for j, length in move:
            point[j] += length
        if self.limits is not None:
            point = point.clip(*self.limits)
        try:
            answer = self.f(point)
        except NoRuleError:
            raise
        except Exception as error:
            return self._failed(move, f"raised {type(error).__name__}: {error};", error)
        if isinstance(answer, float) and math.isfinite(answer) and self.outputs is number:
            return answer  # the usual case, kept quick
        row = self.outputs(answer)
        refuse_complex(row)
        if self.origin is not None and row.shape != self.origin.shape:
            raise ValueError(f"f must return as many outputs at each point, got {len(row)} and {len(self.origin)}")
        if not np.isfinite(row).all():
            self._failed(move, f"returned {_strange(row)}")
            row = np.where(np.isfinite(row), row, np.nan)
        return self._plain(row)

    def _plain(self, row: NDArray[Any]) -> NDArray[Any] | float:
        return float(row[0]) if self.outputs is number else row

    def _failed(self, move: Move, what: str, cause: Exception | None = None) -> FloatArray | float:
        steps = "".join(f" {'-' if h < 0 else '+'} {abs(h):.3g} {self.axis or f'e[{j}]'}" for j, h in move if h)
        failure = ValueError(
            f"f {what} at x{steps} (x = {short(self.shown)}): the difference needs a finite value there; "
            f"give a smaller step=, or another method"
        )
        failure.__cause__ = cause
        if self.failures is None:
            raise failure
        self.failures.setdefault(tuple(j for j, _ in move), failure)  # the first says most
        return self._plain(np.full(1 if self.origin is None else len(self.origin), np.nan))


def want_finite(answer: NDArray[Any], where: Callable[[], str]) -> None:
    if not np.isfinite(answer).all():
        raise ValueError(f"f returned {_strange(answer)} at {where()}: a derivative needs a finite value there")


def _strange(answer: NDArray[Any]) -> str:
    return str(answer[~np.isfinite(answer)][0])


def refuse_complex(answer: NDArray[Any]) -> None:
    if answer.dtype.kind == "c":
        raise TypeError(f"f must return real numbers for a real point, got {answer[0]}")
