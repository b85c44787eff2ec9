r"""What do NumPy's array functions do to a value and its derivative? The floor beneath ``dual``.

Chapters: 01 gradients (read ``dual`` first; this is for whoever wonders how ``np.stack`` or ``np.linalg.solve`` work).

Symbols
-------
value : shape S; derivative : shape S + directions, where directions is () for one direction, (k,) for k of them
tag : which differentiation a pair belongs to; a pair's parts may be pairs with smaller tags, to be differentiated again

Functions that only move entries about, like ``reshape`` and ``stack``, all go through ``_move``. Sums and products
follow, then linear algebra, where each rule differentiates the defining equation (A x = b, A = L Lᵀ) as it stands.

References
----------
Griewank & Walther (2008), Evaluating Derivatives, ch. 3; Giles (2008), Collected matrix derivative results for forward
and reverse mode algorithmic differentiation, sec. 2.
"""

from __future__ import annotations

import functools
import operator
import string
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple


class NoRuleError(TypeError):
    """A Dual went into something that would lose or falsify its derivative."""


class Pair:
    """A value, its derivative, and the tag of the differentiation they belong to; ``Dual`` makes a number of it."""

    __slots__ = ("_tag", "derivative", "value")

    _tag: int
    value: Any
    derivative: Any

    def _like(self, value: Any, derivative: Any) -> Any:
        """Return another pair of the same differentiation, unchecked."""
        made = object.__new__(type(self))
        made._tag, made.value, made.derivative = self._tag, value, derivative
        return made


def plain(x: Any) -> Any:
    """Strip every derivative."""
    if isinstance(x, (list, tuple)):
        return type(x)(plain(part) for part in x)
    return plain(x.value) if isinstance(x, Pair) else x


def holds_dual(x: Any) -> bool:
    """Tell whether x is a Dual, or a list or object array with a Dual in it."""
    if isinstance(x, np.ndarray):
        return x.dtype == object and any(holds_dual(entry) for entry in x.flat)
    return isinstance(x, Pair) or (isinstance(x, (list, tuple)) and any(holds_dual(entry) for entry in x))


def as_dual(x: Any) -> Any:
    """Return lists and object arrays that hold Duals as one Dual; everything else as it is."""
    return as_array(x) if holds_dual(x) else x


def as_array(x: Any) -> Any:
    """Lists become arrays, and an object array with Duals in it becomes one Dual."""
    if isinstance(x, (list, tuple)):
        x = np.array(x, dtype=object) if any(isinstance(part, Pair) for part in x) else np.asarray(x)
    if isinstance(x, np.ndarray) and x.dtype == object and x.size:
        return np.reshape(np.stack([as_array(entry) for entry in x.ravel()]), x.shape)
    return x


def leader(inputs: Sequence[Any]) -> Any:
    """Return the one that belongs to the innermost differentiation; to it the others may be constants."""
    return max((x for x in inputs if isinstance(x, Pair)), key=lambda x: x._tag)


def at(x: Any, tag: int) -> Any:
    """Return the value that x has for the differentiation ``tag``; everything else is a constant to it."""
    return x.value if isinstance(x, Pair) and x._tag == tag else x


def direction_axes(inputs: Sequence[Any], tag: int) -> tuple[int, ...]:
    """Return () for one direction, (k,) for k of them."""
    found = {np.shape(x.derivative)[np.ndim(x.value) :] for x in inputs if isinstance(x, Pair) and x._tag == tag}
    if len(found - {()}) > 1:
        raise ValueError(f"Duals with {' and '.join(str(k[0]) for k in sorted(found - {()}))} directions don't mix")
    return max(found)


def along(x: Any, tag: int, directions: tuple[int, ...]) -> Any:
    """Return the derivative of x, shape x.shape + directions; zero for a constant."""
    if not (isinstance(x, Pair) and x._tag == tag):
        return np.zeros(np.shape(x) + directions)
    if np.ndim(x.derivative) == np.ndim(x.value) + len(directions):
        return x.derivative
    return np.broadcast_to(x.derivative[..., None], np.shape(x.value) + directions)


# -- functions that move entries about -------------------------------------------------------------------------------


def _move(select: Callable[..., Any], *inputs: Any) -> Any:
    """Ask with an array of indices where each entry goes, then send values and derivatives there; index 0 is a zero."""
    inputs = tuple(as_array(x) for x in inputs)
    lead = leader(inputs)
    tag = lead._tag
    directions = direction_axes(inputs, tag)
    sizes = [int(np.size(x)) for x in inputs]
    starts = np.cumsum([1, *sizes])
    index = select(*(np.arange(s, s + n).reshape(np.shape(x)) for s, n, x in zip(starts, sizes, inputs, strict=False)))
    value = np.concatenate([np.zeros(1), *(np.ravel(at(x, tag)) for x in inputs)])
    derivative = np.concatenate(
        [
            np.zeros((1, *directions)),
            *(np.reshape(along(x, tag, directions), (n, *directions)) for x, n in zip(inputs, sizes, strict=True)),
        ]
    )
    return lead._like(value[index], derivative[index])


def _moving(function: Any) -> Callable[..., Any]:
    return lambda array, *args, **kwargs: _move(lambda index: function(index, *args, **kwargs), array)


def _joining(function: Any) -> Callable[..., Any]:
    return lambda arrays, *args, **kwargs: _move(lambda *indices: function(indices, *args, **kwargs), *arrays)


def _where(condition: Any, x: Any, y: Any) -> Any:
    condition = plain(condition)
    if not any(isinstance(as_array(branch), Pair) for branch in (x, y)):
        return np.where(condition, x, y)
    return _move(lambda i, j: np.where(condition, i, j), x, y)


def _sort(x: Any, axis: int = -1) -> Any:
    order = np.argsort(plain(x), axis=axis, kind="stable")
    return _move(lambda index: np.take_along_axis(index, order, axis), x)


# -- sums and what follows from them ---------------------------------------------------------------------------------


def _axes(x: Any, axis: Any) -> tuple[int, ...]:
    """Return the axes counted from the front, where the axis of directions does not disturb them."""
    return tuple(range(np.ndim(x))) if axis is None else normalize_axis_tuple(axis, np.ndim(x))


def _sum(x: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    axes = _axes(x, axis)
    return x._like(np.sum(x.value, axis=axes, keepdims=keepdims), np.sum(x.derivative, axis=axes, keepdims=keepdims))


def _mean(x: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    return _sum(x, axis, keepdims=keepdims) / float(np.prod([x.shape[a] for a in _axes(x, axis)]))


def _var(x: Any, axis: Any = None, *, ddof: float = 0, keepdims: bool = False) -> Any:
    n = np.prod([x.shape[a] for a in _axes(x, axis)])
    return _sum(np.square(x - _mean(x, axis, keepdims=True)), axis, keepdims=keepdims) / float(n - ddof)


def _std(x: Any, axis: Any = None, *, ddof: float = 0, keepdims: bool = False) -> Any:
    return np.sqrt(_var(x, axis, ddof=ddof, keepdims=keepdims))


def _cumsum(x: Any, axis: int | None = None) -> Any:
    if axis is None:
        return _cumsum(x.reshape(-1), 0)
    (front,) = _axes(x, axis)
    return x._like(np.cumsum(x.value, axis=front), np.cumsum(x.derivative, axis=front))


def _prod(x: Any, axis: int | None = None, *, keepdims: bool = False) -> Any:
    # multiplied out, not exp(sum(log)): exact with zeros and negative factors
    factors = x.reshape(-1) if axis is None else np.moveaxis(x, axis, 0)
    product = functools.reduce(operator.mul, factors, np.ones(np.shape(factors)[1:])[()])
    if not keepdims:
        return product
    return product.reshape((1,) * x.ndim) if axis is None else np.expand_dims(product, axis)


def _largest(x: Any, axis: Any = None, *, keepdims: bool = False, pick: Any = np.max) -> Any:
    axes = _axes(x, axis)
    value = pick(x.value, axis=axes, keepdims=True)
    tied = np.equal(plain(x), plain(value))
    directions = direction_axes([x], x._tag)
    weights = (tied / tied.sum(axis=axes, keepdims=True))[(..., *(None,) * len(directions))]
    kept = np.sum(weights * x.derivative, axis=axes, keepdims=keepdims)
    return x._like(np.max(value, axis=axes, keepdims=keepdims), kept)


def _clip(x: Any, a_min: Any = None, a_max: Any = None, *, min: Any = None, max: Any = None) -> Any:
    low, high = (a_min if min is None else min), (a_max if max is None else max)
    x = x if low is None else np.maximum(x, low)
    return x if high is None else np.minimum(x, high)


def _diff(x: Any, n: int = 1, axis: int = -1) -> Any:
    moved = np.moveaxis(x, axis, 0)
    for _ in range(n):
        moved = moved[1:] - moved[:-1]
    return np.moveaxis(moved, 0, axis)


def _norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    if ord in (None, 2, "fro") and (axis is not None or x.ndim == 1 or ord != 2):
        return np.sqrt(_sum(np.square(x), axis, keepdims=keepdims))
    if (axis is None and x.ndim == 1) or isinstance(axis, int):
        if ord == 1:
            return _sum(np.abs(x), axis, keepdims=keepdims)
        if ord == np.inf:
            return _largest(np.abs(x), axis, keepdims=keepdims)
    raise NoRuleError(f"Dual has no rule for this norm (ord={ord!r}); it knows 1, 2, inf of vectors and Frobenius'")


# -- products of matrices and what is solved with them ---------------------------------------------------------------


def _contract(a: Any, derivative: Any) -> Any:
    """Multiply a (n,) or (m, n) into the first axis of (n, ...)."""
    n, *rest = np.shape(derivative)
    return np.reshape(np.matmul(a, np.reshape(derivative, (n, -1))), (*np.shape(a)[:-1], *rest))


def matmul(a: Any, b: Any) -> Any:
    if not (1 <= np.ndim(a) <= 2 and 1 <= np.ndim(b) <= 2):
        raise NoRuleError(f"Dual multiplies vectors and matrices, got {np.shape(a)} @ {np.shape(b)}: use np.einsum")
    lead = leader([a, b])
    tag = lead._tag
    directions = direction_axes([a, b], tag)
    left, right = at(a, tag), at(b, tag)
    value = np.matmul(left, right)
    total: Any = 0.0
    if left is not a:  # (dA) B is read off its transpose, Bᵀ (dA)ᵀ
        da = along(a, tag, directions)
        total = _contract(right if np.ndim(b) == 1 else np.transpose(right), np.swapaxes(da, 0, np.ndim(a) - 1))
        total = np.swapaxes(total, 0, 1) if np.ndim(a) == np.ndim(b) == 2 else total
    if right is not b:
        total = total + _contract(left, along(b, tag, directions))
    return lead._like(value, total)


def _dot(a: Any, b: Any) -> Any:
    a, b = as_array(a), as_array(b)
    return np.multiply(a, b) if np.ndim(a) == 0 or np.ndim(b) == 0 else matmul(a, b)


def _einsum(subscripts: str, *operands: Any, optimize: Any = False) -> Any:
    operands = tuple(as_array(x) for x in operands)
    subscripts = subscripts.replace(" ", "")
    if "->" not in subscripts:
        once = sorted(c for c in set(subscripts) if c.isalpha() and subscripts.count(c) == 1)
        subscripts += "->" + "..." * ("..." in subscripts) + "".join(once)
    left, output = subscripts.split("->")
    terms = left.split(",")
    lead = leader(operands)
    tag = lead._tag
    free = next(letter for letter in string.ascii_letters if letter not in subscripts)
    axis = free * len(direction_axes(operands, tag))  # the letter of the axis of directions
    values = [at(x, tag) for x in operands]
    total: Any = 0.0
    for i, x in enumerate(operands):  # product rule: one factor at a time
        if isinstance(x, Pair) and x._tag == tag:
            spec = ",".join([*terms[:i], terms[i] + axis, *terms[i + 1 :]]) + "->" + output + axis
            factors = [*values[:i], along(x, tag, direction_axes(operands, tag)), *values[i + 1 :]]
            total = total + np.einsum(spec, *factors, optimize=optimize)
    return lead._like(np.einsum(f"{left}->{output}", *values, optimize=optimize), total)


def _solve(A: Any, b: Any) -> Any:
    """Differentiate A x = b as it stands: A dx = db − dA x."""
    A, b = as_array(A), as_array(b)
    if np.ndim(A) != 2:
        raise NoRuleError(f"Dual solves with one matrix at a time, got A of shape {np.shape(A)}")
    lead = leader([A, b])
    tag = lead._tag
    matrix = at(A, tag)
    x = np.linalg.solve(matrix, at(b, tag))
    residual: Any = b - np.matmul(A, x)  # its value is zero; its derivative is db − dA x
    right = np.reshape(residual.derivative, (np.shape(matrix)[0], -1))
    return lead._like(x, np.reshape(np.linalg.solve(matrix, right), np.shape(residual.derivative)))


def _inv(A: Any) -> Any:
    return _solve(A, np.eye(len(A)))


def _slogdet(A: Any) -> tuple[Any, Any]:
    """Jacobi's formula: d log |det A| = tr(A⁻¹ dA)."""
    sign, value = np.linalg.slogdet(A.value)
    directions = direction_axes([A], A._tag)
    inverse = np.transpose(np.linalg.inv(A.value))[(..., *(None,) * len(directions))]
    return plain(sign), A._like(value, np.sum(inverse * A.derivative, axis=(0, 1)))


def _det(A: Any) -> Any:
    sign, logdet = _slogdet(A)
    return sign * np.exp(logdet)


def _cholesky(A: Any) -> Any:
    """Differentiate A = L Lᵀ: L⁻¹ dL is the lower half of L⁻¹ dA L⁻ᵀ, with half of its diagonal."""
    L = np.linalg.cholesky(A.value)
    middle = np.linalg.solve(L, np.transpose(np.linalg.solve(L, A)))
    half = np.tril(np.ones(A.shape)) - 0.5 * np.eye(len(A))
    return A._like(L, np.matmul(L, np.transpose(middle) * half).derivative)


REDUCTIONS: dict[str, Callable[..., Any]] = {
    "add": _sum,
    "multiply": _prod,
    "maximum": _largest,
    "minimum": functools.partial(_largest, pick=np.min),
}
BY_VALUE = frozenset(
    [np.argmax, np.argmin, np.argsort, np.isclose, np.allclose, np.array_equal, np.shape, np.ndim, np.size]
    + [np.zeros_like, np.ones_like, np.full_like, np.empty_like, np.any, np.all, np.count_nonzero, np.nonzero]
)
FUNCTIONS: dict[Any, Callable[..., Any]] = {
    **{f: _moving(f) for f in (np.transpose, np.ravel, np.squeeze, np.expand_dims, np.swapaxes, np.moveaxis)},
    **{f: _moving(f) for f in (np.broadcast_to, np.roll, np.flip, np.repeat, np.tile, np.take, np.atleast_1d)},
    **{f: _moving(f) for f in (np.diag, np.diagonal, np.tril, np.triu, np.atleast_2d)},
    **{f: _joining(f) for f in (np.concatenate, np.stack, np.vstack, np.hstack, np.column_stack)},
    np.reshape: lambda x, shape: x.reshape(shape),
    np.copy: lambda x: x,
    np.where: _where,
    np.sort: _sort,
    np.sum: _sum,
    np.mean: _mean,
    np.var: _var,
    np.std: _std,
    np.prod: _prod,
    np.cumsum: _cumsum,
    np.diff: _diff,
    np.max: _largest,
    np.min: REDUCTIONS["minimum"],
    np.clip: _clip,
    np.trace: lambda x: _sum(np.diagonal(x)),
    np.dot: _dot,
    np.inner: lambda a, b: _dot(a, b if np.ndim(b) < 2 else np.transpose(b)),
    np.outer: lambda a, b: np.ravel(a)[:, None] * np.ravel(b)[None, :],
    np.einsum: _einsum,
    np.linalg.norm: _norm,
    np.linalg.solve: _solve,
    np.linalg.inv: _inv,
    np.linalg.slogdet: _slogdet,
    np.linalg.det: _det,
    np.linalg.cholesky: _cholesky,
}
