"""How is an answer graded without giving it away?

A grader is a function ``answer -> Verdict``. It recomputes the truth, accepts every correct form (a number, an array, a
formula, a function tried on inputs that it has not seen), and meets a wrong answer with the most likely mistake. The
graders of a chapter are registered with :class:`Chapter`. Start reading at :func:`number`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

__all__ = ["Chapter", "Exercise", "Verdict", "array", "as_number", "called", "choice", "formula", "function", "number"]

UNANSWERED = "no answer yet."


@dataclass(frozen=True)
class Verdict:
    """Whether an answer is right, and one or two sentences on it. True in a condition when it is."""

    passed: bool
    message: str = ""
    exercise_id: str = ""

    def __bool__(self) -> bool:
        return self.passed

    @property
    def score(self) -> float:
        """1.0 for a right answer, 0.0 for a wrong one."""
        return float(self.passed)

    def __repr__(self) -> str:
        mark = "✓ right" if self.passed else "✗ not yet"
        return f"{self.exercise_id} {mark}{': ' + self.message if self.message else ''}".strip()

    def _ipython_display_(self) -> None:
        """Show nothing: ``check`` has printed the verdict already."""


Grader = Callable[[Any], Verdict]


@dataclass(frozen=True)
class Exercise:
    """An exercise as ``check`` and ``hint`` know it; its text stands in the chapter."""

    id: str
    title: str
    hints: tuple[str, ...]
    grade: Grader


class Chapter:
    """The exercises of one chapter, registered in the order of the page."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.exercises: dict[str, Exercise] = {}

    def exercise(self, k: int, title: str, *, hints: Sequence[str]) -> Callable[[Grader], Grader]:
        """Register the decorated function as the grader of exercise k."""

        def register(grade: Grader) -> Grader:
            name = f"{self.number}.{k}"
            self.exercises[name] = Exercise(name, title, tuple(hints), grade)
            return grade

        return register


def right(message: str = "") -> Verdict:
    """Return a passing verdict."""
    return Verdict(True, message)


def wrong(message: str) -> Verdict:
    """Return a failing verdict with the most likely mistake."""
    return Verdict(False, message)


def is_unanswered(answer: Any) -> bool:
    """Whether the answer is still the stub: None, ``...``, NotImplemented or an empty text or container."""
    if answer is None or answer is Ellipsis or answer is NotImplemented:
        return True
    return isinstance(answer, (str, list, tuple, dict, set)) and len(answer) == 0


def as_number(answer: Any) -> float | None:
    """Return a real number from any form of one (Python, NumPy, Fraction, SymPy, text), or None."""
    if answer is None or isinstance(answer, (bool, np.bool_)):
        return None
    if isinstance(answer, str):
        try:
            return float(Fraction(answer.strip())) if "/" in answer else float(answer)
        except (ValueError, ZeroDivisionError):
            return None
    try:
        value = np.asarray(answer, dtype=np.float64)
    except (TypeError, ValueError):
        return None
    return float(value.reshape(())) if value.size == 1 else None


def number(
    answer: Any,
    truth: float,
    *,
    rtol: float = 1e-2,
    atol: float = 0.0,
    mistakes: Iterable[tuple[float, str]] = (),
    otherwise: str = "that is not the number; work through the hints.",
    praise: str = "",
) -> Verdict:
    """Grade a number: within ``rtol`` of the truth, or else the first mistake whose value it has."""
    value = as_number(answer)
    if value is None:
        return wrong(f"one real number is wanted, got {_describe(answer)}.")
    if np.isnan(value):
        return wrong("the answer is NaN.")
    if np.isclose(value, truth, rtol=rtol, atol=atol):
        return right(praise)
    for slip, message in mistakes:
        if np.isclose(value, slip, rtol=rtol, atol=atol):
            return wrong(message)
    if truth != 0 and np.isclose(value, -truth, rtol=rtol, atol=atol):
        return wrong("the size is right, the sign is not.")
    return wrong(otherwise)


def array(
    answer: Any,
    truth: Any,
    *,
    rtol: float = 1e-6,
    atol: float = 1e-9,
    mistakes: Iterable[tuple[Any, str]] = (),
    otherwise: str = "the shape is right, the values are not.",
    praise: str = "",
) -> Verdict:
    """Grade an array by shape, then by value."""
    try:
        values = np.asarray(answer, dtype=np.float64)
    except (TypeError, ValueError):
        return wrong(f"an array of numbers is wanted, got {_describe(answer)}.")
    truth = np.asarray(truth, dtype=np.float64)
    for slip, message in mistakes:
        slip = np.asarray(slip, dtype=np.float64)
        if slip.shape == values.shape and np.allclose(values, slip, rtol=rtol, atol=atol):
            return wrong(message)
    if values.shape != truth.shape:
        return wrong(f"an array of shape {truth.shape} is wanted, got {values.shape}.")
    return right(praise) if np.allclose(values, truth, rtol=rtol, atol=atol) else wrong(otherwise)


def called(answer: Callable[..., Any], *arguments: Any) -> Any:
    """Return what a student's function returns, or the verdict on a stub, an error or a forgotten ``return``."""
    try:
        output = answer(*arguments)
    except NotImplementedError:
        return wrong(UNANSWERED)
    except Exception as error:  # a student's function may raise anything; the verdict passes it on
        return wrong(f"your function raised {type(error).__name__}: {error}")
    if output is None or output is Ellipsis:
        return wrong(f"your function returned {output}: does it have a return statement?")
    return output


def function(
    answer: Any,
    truth: Callable[..., Any],
    inputs: Iterable[tuple[Any, ...]],
    *,
    rtol: float = 1e-6,
    atol: float = 1e-9,
    mistakes: Iterable[tuple[Callable[..., Any], str]] = (),
    otherwise: str = "the function runs, but gives other values on inputs that you have not seen.",
    praise: str = "",
) -> Verdict:
    """Grade a function by what it returns on ``inputs``; a mistake matches if it agrees on all of them."""
    if not callable(answer):
        return wrong(f"a function is wanted, got {_describe(answer)}.")
    inputs = list(inputs)
    outputs = []
    for arguments in inputs:
        output = called(answer, *arguments)
        if isinstance(output, Verdict):
            return output
        try:
            outputs.append(np.asarray(output, dtype=np.float64))
        except (TypeError, ValueError):
            return wrong(f"your function must return numbers, it returned {_describe(output)}.")
    truths = [np.asarray(truth(*arguments), dtype=np.float64) for arguments in inputs]

    def agree(values: list[Any]) -> bool:
        return all(
            a.shape == b.shape and np.allclose(a, b, rtol=rtol, atol=atol) for a, b in zip(outputs, values, strict=True)
        )

    if agree(truths):
        return right(praise)
    for slip, message in mistakes:
        if agree([np.asarray(slip(*arguments), dtype=np.float64) for arguments in inputs]):
            return wrong(message)
    for output, expected in zip(outputs, truths, strict=True):
        if output.shape != expected.shape:
            return wrong(f"your function must return shape {expected.shape}, it returned {output.shape}.")
    return wrong(otherwise)


def formula(
    answer: Any,
    truth: Any,
    *,
    over: Mapping[str, tuple[float, float]],
    rtol: float = 1e-9,
    mistakes: Iterable[tuple[Any, str]] = (),
    otherwise: str = "the formula is not equal to the right one; try it on a number.",
    praise: str = "",
) -> Verdict:
    """Grade a formula, a SymPy expression or text in the symbols named in ``over``, at random points of their domain.

    Symbols are matched by name, so that assumptions (``positive=True``) do not matter; any equal form is accepted,
    and one with rounded constants if ``rtol`` allows it. Text may use ``log10``.
    """
    import sympy as sp
    from sympy.core.function import AppliedUndef

    names = {name: sp.Symbol(name) for name in over}
    try:
        expression = sp.sympify(answer, locals={"log10": lambda value: sp.log(value, 10)} | names)
        expression = expression.subs({s: names[s.name] for s in expression.free_symbols if s.name in names})
        unknown = sorted(s.name for s in expression.free_symbols if s.name not in names)
    except (sp.SympifyError, TypeError, AttributeError, SyntaxError):
        return wrong(f"a formula in {', '.join(over)} is wanted (SymPy or text), got {_describe(answer)}.")
    if unknown:
        return wrong(f"a formula in {', '.join(over)} is wanted, yours holds {', '.join(unknown)}.")
    if undefined := sorted({str(f.func) for f in expression.atoms(AppliedUndef)}):
        return wrong(f"no function is known by the name {', '.join(undefined)}.")
    rng = np.random.default_rng(0)
    points = [{names[n]: low + (high - low) * rng.random() for n, (low, high) in over.items()} for _ in range(8)]

    def equal(other: Any) -> bool:
        other = sp.sympify(other, locals=names)
        other = other.subs({s: names[s.name] for s in other.free_symbols})
        return all(
            abs(complex(sp.N(expression.subs(p))) - complex(sp.N(other.subs(p))))
            <= rtol * (abs(complex(sp.N(other.subs(p)))) + 1e-12)
            for p in points
        )

    try:
        if equal(truth):
            return right(praise)
        for slip, message in mistakes:
            if equal(slip):
                return wrong(message)
    except (TypeError, ValueError, ZeroDivisionError):
        return wrong("the formula has no value on part of the domain.")
    return wrong(otherwise)


def choice(
    answer: Any, truth: Any, *, options: Iterable[str], mistakes: Mapping[str, str] | None = None, praise: str = ""
) -> Verdict:
    """Grade one option, or a set of them when ``truth`` is a set."""
    options = list(options)
    given = {
        str(a).strip().lower() for a in ([answer] if isinstance(answer, str) or not np.iterable(answer) else answer)
    }
    wanted = {truth} if isinstance(truth, str) else set(truth)
    if not given <= set(options):
        many = "one of" if isinstance(truth, str) else "some of"
        return wrong(f"{many} {', '.join(map(repr, options))} is wanted, got {_describe(answer)}.")
    if given == wanted:
        return right(praise)
    for option in sorted(given - wanted):
        if mistakes and option in mistakes:
            return wrong(mistakes[option])
    if given < wanted:
        return wrong("right as far as it goes, but there is more of the kind.")
    return wrong("not this one." if isinstance(truth, str) else "one or more of these do not belong.")


def _describe(answer: Any) -> str:
    text = repr(answer)
    return f"{type(answer).__name__} {text if len(text) <= 60 else text[:57] + '...'}"
