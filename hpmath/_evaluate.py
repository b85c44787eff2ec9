"""What is the value of this SymPy expression at this point?

The part of :mod:`hpmath.derivation` that turns sums, products, integrals and derivatives into mpmath numbers: each
expression is compiled once, then called with a dict from symbols to values. Undefined functions are replaced by random
smooth ones. Start reading at :func:`compile_expression`.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import mpmath as mp
import numpy as np
import sympy as sp
from sympy.core.function import AppliedUndef

__all__ = ["Evaluator", "compile_expression", "integral_depth", "random_functions", "replace_functions"]

Evaluator = Callable[[dict[Any, Any]], Any]
_HEAVY = (sp.Integral, sp.Sum, sp.Product, sp.Derivative, sp.Subs, sp.Limit)


def compile_expression(expression: sp.Expr) -> Evaluator:
    """Return a function from {symbol: value} to an mpmath number."""
    if expression.has(sp.zoo, sp.nan):
        raise ValueError(f"{expression} has no value")
    heavy = list(_outermost_heavy(expression))
    names = {node: sp.Dummy(f"v{i}") for i, node in enumerate(heavy)}
    rest = expression.xreplace(names)
    values = {names[node]: _compile_heavy(node) for node in heavy}
    symbols = sorted(rest.free_symbols, key=sp.default_sort_key)
    f = sp.lambdify(symbols, rest, "mpmath")

    def evaluate(point: dict[sp.Symbol, Any]) -> Any:
        value = f(*(values[s](point) if s in values else point[s] for s in symbols))
        return value if isinstance(value, (mp.mpf, mp.mpc)) else mp.mpmathify(value)

    return evaluate


def _compile_heavy(node: sp.Expr) -> Evaluator:
    if isinstance(node, sp.Derivative):
        result = node.expr.diff(*node.variable_count)
        if result.has(AppliedUndef) or isinstance(result, sp.Derivative):
            raise ValueError(f"cannot evaluate {node}")
        return compile_expression(result)
    if isinstance(node, (sp.Integral, sp.Sum, sp.Product)):
        body = node.function
        for limit in node.limits:
            if len(limit) != 3:
                raise ValueError(f"cannot evaluate {node}: give its limits, ({limit[0]}, low, high)")
            body = _Ranged(type(node), body, limit)
        evaluate: Evaluator = body.evaluate
        return evaluate
    result = node.doit()
    if isinstance(result, (sp.Subs, sp.Limit)):
        raise ValueError(f"cannot evaluate {node}")
    return compile_expression(result)


class _Ranged:
    """An integral, sum or product over one variable; nested ones hold each other."""

    def __init__(self, kind: type, body: Any, limit: Any) -> None:
        self.kind, (self.variable, low, high) = kind, limit
        self.low, self.high = compile_expression(low), compile_expression(high)
        if isinstance(body, _Ranged):
            self.body: Evaluator = body.evaluate
            self.kinks: list[Evaluator] = []
        else:
            self.body = compile_expression(body)
            self.kinks = [compile_expression(k) for k in _kinks(body, self.variable)] if kind is sp.Integral else []

    def evaluate(self, point: dict[sp.Symbol, Any]) -> Any:
        low, high = self.low(point), self.high(point)

        def at(value: Any) -> Any:
            return self.body({**point, self.variable: value})

        if self.kind is sp.Integral:
            inside = sorted(k for k in (kink(point) for kink in self.kinks) if min(low, high) < k < max(low, high))
            value, error = mp.quad(at, [low, *(inside if low <= high else inside[::-1]), high], error=True)
            if error > mp.mpf("1e-9") * (1 + abs(value)):
                raise ValueError(f"the integral over {self.variable} converges too slowly (error {mp.nstr(error)})")
            return value
        if mp.isinf(high) or mp.isinf(low):
            return (mp.nsum if self.kind is sp.Sum else mp.nprod)(at, [low, high])
        terms = (at(mp.mpf(i)) for i in range(int(low), int(high) + 1))
        return mp.fsum(terms) if self.kind is sp.Sum else mp.fprod(terms)


def _outermost_heavy(expression: sp.Expr) -> Iterator[sp.Expr]:
    if isinstance(expression, _HEAVY):
        yield expression
    else:
        seen: set[sp.Expr] = set()
        for argument in expression.args:
            for node in _outermost_heavy(argument):
                if node not in seen:
                    seen.add(node)
                    yield node


def integral_depth(expression: sp.Basic) -> int:
    inside = max((integral_depth(a) for a in expression.args), default=0)
    if isinstance(expression, sp.Integral):
        return inside + len(expression.limits)
    if isinstance(expression, sp.Sum) and any(limit.has(sp.oo, -sp.oo) for limit in expression.limits):
        return inside + 1
    return inside


def _kinks(body: sp.Expr, variable: sp.Symbol) -> list[sp.Expr]:
    """Where an integrand may break in ``variable``: quadrature is exact to 30 digits only between such points."""
    edges: list[sp.Expr] = []
    for node in sp.preorder_traversal(body):
        if isinstance(node, (sp.Abs, sp.sign, sp.Heaviside)):
            edges.append(node.args[0])
        elif isinstance(node, (sp.Max, sp.Min)):
            edges += [a - b for a, b in itertools.combinations(node.args, 2)]
        elif isinstance(node, sp.core.relational.Relational):
            edges.append(node.lhs - node.rhs)
    kinks = []
    for edge in edges:
        polynomial = sp.Poly(edge, variable) if edge.is_polynomial(variable) else None
        if polynomial is not None and polynomial.degree() == 1:
            slope, offset = polynomial.all_coeffs()
            kinks.append(-offset / slope)
    return kinks


def random_functions(expressions: Sequence[sp.Expr], rng: np.random.Generator) -> dict[Any, sp.Lambda]:
    """Draw a smooth function for each undefined one: a quadratic plus a wave, positive where it is declared so."""
    applied = sorted(set().union(*(e.atoms(AppliedUndef) for e in expressions)), key=str)
    functions: dict[Any, sp.Lambda] = {}
    for node in applied:
        if node.func in functions:
            continue
        arguments = [sp.Dummy(f"t{i}", real=True) for i in range(len(node.args))]
        c = iter(sp.Rational(int(k), 16) for k in rng.integers(5, 40, size=3 + 3 * len(arguments) ** 2))
        body = next(c) + sum(next(c) * t for t in arguments)
        body += sum(next(c) * s * t for s, t in itertools.combinations_with_replacement(arguments, 2)) / 2
        body += next(c) * sp.sin(sum(next(c) * t for t in arguments) + next(c))
        functions[node.func] = sp.Lambda(tuple(arguments), sp.exp(body / 8) if node.is_positive else body)
    return functions


def replace_functions(expression: sp.Expr, functions: Mapping[Any, sp.Lambda]) -> sp.Expr:
    for name, stand_in in functions.items():
        expression = expression.replace(name, stand_in)
    return expression
