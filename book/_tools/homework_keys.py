"""What is an answer worth? The words in which the keys of the graded sets are written.

A key stands in the hidden tests of a set in ``book/homework/``. It runs in the grader's own process; of the student's
notebook it sees nothing but what :func:`given` hands over: numbers, arrays, texts, or a function that it may call
through the notebook's kernel. Its last line is a :class:`Share` (or a number) between 0 and 1, the part of the
question's points that the answer earns. Start reading at :func:`number`.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
from scipy import special

__all__ = ["Share", "Source", "array", "choice", "formula", "function", "keyed", "number", "parts"]

RIGHT, NONE = "right.", "no answer."


class Share(float):
    """The part of a question's points that an answer earns, from 0 to 1, and one sentence on why."""

    message: str

    def __new__(cls, share: float, message: str = "") -> Share:
        share = float(share)
        if not 0 <= share <= 1:
            raise ValueError(f"a share must lie between 0 and 1, got {share}")
        made = super().__new__(cls, share)
        made.message = message
        return made


class Source(str):
    """An argument that the notebook's kernel makes from this Python expression: a function, say."""


class Called:
    """A function of the student's, which lives in the notebook's kernel: called with a list of argument tuples."""

    def __init__(self, call: Callable[[list[tuple[Any, ...]]], list[Any]]) -> None:
        self.call = call


class Failure(str):
    """What came instead of a value: the sentence that says why."""


def unanswered(answer: Any) -> bool:
    """Whether there is no answer: the stub, None, or nothing in it."""
    if isinstance(answer, list) and answer:
        return all(unanswered(each) for each in answer)
    return answer is None or (isinstance(answer, (str, list, dict)) and not isinstance(answer, Failure) and not answer)


def _numbers(answer: Any) -> np.ndarray | None:
    """Return an answer as an array of real numbers, or None."""
    if isinstance(answer, str):
        try:
            return np.array(float(answer))
        except ValueError:
            value = evaluate(answer, {})
            return None if value is None else np.array(value)
    try:
        if isinstance(answer, list):
            answer = [_numbers(a) for a in answer]
        values = np.asarray(answer)
        return values.astype(float) if values.dtype.kind in "iuf" else None
    except (TypeError, ValueError):
        return None


def _refused(answer: Any, wanted: str) -> Share | None:
    if isinstance(answer, Failure):
        return Share(0, str(answer))
    if unanswered(answer):
        return Share(0, NONE)
    if isinstance(answer, Called):
        return Share(0, f"{wanted} is wanted, a function came.")
    return None


def number(
    answer: Any,
    truth: float,
    *,
    rtol: float = 1e-2,
    atol: float = 0.0,
    partial: Iterable[tuple[float, float, str]] = (),
) -> Share:
    """Grade a number; ``partial`` lists (value, share, message) of mistakes that earn a part."""
    if refused := _refused(answer, "one number"):
        return refused
    value = _numbers(answer)
    if value is None or value.size != 1 or not np.isfinite(value).all():
        return Share(0, "one finite real number is wanted.")
    value = value.reshape(())
    if np.isclose(value, truth, rtol=rtol, atol=atol):
        return Share(1, RIGHT)
    for slip, share, message in partial:
        if np.isclose(value, slip, rtol=rtol, atol=atol):
            return Share(share, message)
    return Share(0, "not this number.")


def array(
    answer: Any,
    truth: Any,
    *,
    rtol: float = 1e-2,
    atol: float = 0.0,
    partial: Iterable[tuple[Any, float, str]] = (),
    whole: bool = False,
) -> Share:
    """Grade an array: each entry earns the same, or, with ``whole``, all or nothing."""
    if refused := _refused(answer, "an array"):
        return refused
    values, truth = _numbers(answer), np.asarray(truth, dtype=float)
    if values is None:
        return Share(0, "an array of numbers is wanted.")
    if values.shape != truth.shape and values.size == truth.size and max(truth.shape) == truth.size:
        values = values.reshape(truth.shape)  # a row, a column, a list: all the same vector
    if values.shape != truth.shape:
        return Share(0, f"shape {truth.shape} is wanted, {values.shape} came.")
    good = np.isclose(values, truth, rtol=rtol, atol=atol)
    if good.all():
        return Share(1, RIGHT)
    for slip, share, message in partial:
        slip = np.asarray(slip, dtype=float)
        if slip.shape == values.shape and np.allclose(values, slip, rtol=rtol, atol=atol):
            return Share(max(share, 0.0 if whole else float(good.mean())), message)
    if whole:
        return Share(0, "the shape is right, the values are not.")
    wrong = [", ".join(str(k + 1) for k in place) for place in np.argwhere(~good).tolist()]
    which = f"; not entry {wrong[0]}." if len(wrong) == 1 else "."
    return Share(float(good.mean()), f"{int(good.sum())} of {good.size} entries are right{which}")


def choice(answer: Any, truth: str | Iterable[str], *, options: Iterable[str]) -> Share:
    """Grade one option, or a set: of a set each option counts, a right decision on it adds, a wrong one takes away."""
    if isinstance(answer, list) and not answer and not isinstance(truth, str) and not set(truth):
        return Share(1, RIGHT)  # an empty set is an answer where it is the right one
    if refused := _refused(answer, "one of the options"):
        return refused
    options = [str(o).lower() for o in options]
    given = {str(a).strip().lower() for a in (answer if isinstance(answer, list) else [answer])}
    if not given <= set(options):
        return Share(0, f"only {', '.join(options)} can be chosen.")
    wanted = {truth.lower()} if isinstance(truth, str) else {str(t).lower() for t in truth}
    if given == wanted:
        return Share(1, RIGHT)
    if isinstance(truth, str):
        return Share(0, "another option is right.")
    slips = len(given ^ wanted)
    return Share(max(0.0, 1 - 2 * slips / len(options)), f"{slips} of the {len(options)} options are judged wrongly.")


def keyed(answer: Any, truth: Mapping[str, Any], grade: Callable[[Any, Any], Share] | None = None) -> Share:
    """Grade a dict: each key of ``truth`` earns the same; ``grade(answer, truth)`` is equality of text by default."""
    if refused := _refused(answer, "a dict"):
        return refused
    if not isinstance(answer, dict):
        return Share(0, f"a dict with the keys {', '.join(truth)} is wanted.")
    answer = {str(key): value for key, value in answer.items()}
    same = grade or (lambda a, t: Share(float(str(a).strip().lower() == str(t).lower())))
    shares = {key: same(answer.get(key), value) for key, value in truth.items()}
    wrong = [key for key, share in shares.items() if share < 1]
    return Share(sum(shares.values()) / len(shares), f"look again at {', '.join(wrong)}." if wrong else RIGHT)


def formula(
    answer: Any,
    truth: str,
    *,
    over: Mapping[str, tuple[float, float]],
    rtol: float = 1e-3,
    partial: Iterable[tuple[str, float, str]] = (),
) -> Share:
    """Grade a formula, text or SymPy, at random points of the ranges ``over``; every equal form is accepted.

    Constants may be rounded to four digits.
    """
    if refused := _refused(answer, "a formula"):
        return refused
    rng = np.random.default_rng(0)
    points = [{n: low + (high - low) * rng.random() for n, (low, high) in over.items()} for _ in range(12)]
    values = [evaluate(str(answer), point) for point in points]
    if any(value is None for value in values):
        return Share(0, f"a formula in {', '.join(over)} is wanted; functions such as log, exp, sqrt, Phi may be used.")

    def equal(other: str) -> bool:
        wanted = [evaluate(other, point) for point in points]
        if any(value is None for value in wanted):
            raise ValueError(f"the key's own formula {other!r} has no value on its ranges")
        return np.allclose(np.array(values, float), np.array(wanted, float), rtol=rtol, atol=1e-12)

    if equal(truth):
        return Share(1, RIGHT)
    for slip, share, message in partial:
        if equal(slip):
            return Share(share, message)
    return Share(0, "the formula gives other values than the right one.")


def function(
    answer: Any,
    truth: Callable[..., Any],
    inputs: Iterable[tuple[Any, ...]],
    *,
    inputs_for_truth: Iterable[tuple[Any, ...]] | None = None,
    rtol: float = 1e-6,
    atol: float = 1e-9,
    partial: Iterable[tuple[Callable[..., Any], float, str]] = (),
) -> Share:
    """Grade a function by what it returns on ``inputs``: each input earns the same.

    Inputs are numbers, texts, arrays, lists, dicts, or :class:`Source`; where they hold a ``Source``, the same inputs
    for the truth stand in ``inputs_for_truth``.
    """
    if isinstance(answer, Failure):
        return Share(0, str(answer))
    if unanswered(answer):
        return Share(0, NONE)
    if not isinstance(answer, Called):
        return Share(0, "a function is wanted.")
    inputs = list(inputs)
    known = inputs if inputs_for_truth is None else list(inputs_for_truth)
    outputs = answer.call(inputs)

    def agrees(output: Any, value: Any) -> bool:
        output = None if isinstance(output, Failure) else _numbers(output)
        value = np.asarray(value, dtype=float)
        return output is not None and output.shape == value.shape and np.allclose(output, value, rtol=rtol, atol=atol)

    good = [agrees(output, truth(*arguments)) for output, arguments in zip(outputs, known, strict=True)]
    if all(good):
        return Share(1, RIGHT)
    for slip, share, message in partial:
        if all(agrees(output, slip(*arguments)) for output, arguments in zip(outputs, known, strict=True)):
            return Share(max(share, float(np.mean(good))), message)
    failed = [str(output) for output in outputs if isinstance(output, Failure)]
    if all(output is None for output in outputs):
        return Share(0, NONE)
    return Share(float(np.mean(good)), failed[0] if failed else f"right on {sum(good)} of {len(good)} hidden inputs.")


def parts(*weighted: tuple[float, Share]) -> Share:
    """Add up the parts of a question, each with its weight; the weights sum to one."""
    if not math.isclose(sum(weight for weight, _ in weighted), 1.0):
        raise ValueError("the weights of the parts of a question must sum to 1")
    messages = [f"({'abcdefgh'[k]}) {share.message}" for k, (_, share) in enumerate(weighted)]
    return Share(min(1.0, sum(weight * share for weight, share in weighted)), " ".join(messages))


FUNCTIONS: dict[str, Callable[..., Any]] = {
    **{
        name: getattr(np, name)
        for name in ("exp", "sin", "cos", "tan", "tanh", "sqrt", "log", "log2", "log10", "log1p")
    },
    "ln": np.log,
    "abs": np.abs,
    "Abs": np.abs,
    "erf": special.erf,
    "Phi": special.ndtr,
    "phi": lambda z: np.exp(-z * z / 2) / np.sqrt(2 * np.pi),
    "Max": lambda *a: np.max(a),
    "Min": lambda *a: np.min(a),
    "max": lambda *a: np.max(a),
    "min": lambda *a: np.min(a),
}
OPERATIONS: dict[type, Callable[..., Any]] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.Div: lambda a, b: a / b,
    ast.Pow: lambda a, b: a**b,
    ast.USub: lambda a: -a,
    ast.UAdd: lambda a: +a,
}


def evaluate(text: str, values: Mapping[str, float]) -> float | None:
    """Return the value of a formula, read without running it as a program; None where it has none."""
    names = {"pi": math.pi, "E": math.e, **values}

    def value(node: ast.AST) -> Any:
        match node:
            case ast.Expression(body):
                return value(body)
            case ast.Constant(int() | float() as constant):
                return np.float64(constant)
            case ast.Name(name):
                return np.float64(names[name])
            case ast.BinOp(left, operator, right):
                return OPERATIONS[type(operator)](value(left), value(right))
            case ast.UnaryOp(operator, operand):
                return OPERATIONS[type(operator)](value(operand))
            case ast.Call(ast.Name(name), arguments, []):
                return FUNCTIONS[name](*map(value, arguments))
            case ast.Call(ast.Attribute(ast.Name("np" | "numpy" | "math" | "sp"), name), arguments, []):
                return FUNCTIONS[name](*map(value, arguments))
        raise ValueError("not a formula")

    if len(text) > 2000:
        return None
    try:
        with np.errstate(all="ignore"):
            result = float(value(ast.parse(text.replace("^", "**").strip(), mode="eval")))
    except (SyntaxError, ValueError, KeyError, TypeError, ArithmeticError, RecursionError, MemoryError):
        return None
    return result if math.isfinite(result) else None
