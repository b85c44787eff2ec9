r"""How do I know that no line of this derivation is wrong?

Every key formula of the book is a :class:`Derivation`: a chain of SymPy expressions, each with the rule that gives it
from the line before. ``check()`` proves each step, by algebra where SymPy finds the proof, otherwise by evaluating both
lines to 30 digits at random points of the stated domain. A step that does not hold raises :class:`WrongStep`.

Start reading at ``Derivation.check``; ``_evaluate.py`` turns sums, integrals and derivatives into numbers. Used in
every chapter.

Two expressions that agree to 30 digits at random points of an open set are equal with probability one if they are
analytic there (Schwartz 1980 and Zippel 1979 prove it, with the probability of a false yes, for polynomials). For a
bound there is no such theorem: a bound that was tested and not proved says so.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

try:
    import mpmath as mp
    import sympy as sp
    from sympy.integrals.manualintegrate import manualintegrate
except ModuleNotFoundError as error:
    raise ModuleNotFoundError("hpmath.derivation needs sympy: pip install sympy", name="sympy") from error

from hpmath._checks import RNG, as_rng, one_of
from hpmath._evaluate import Evaluator, compile_expression, integral_depth, random_functions, replace_functions

__all__ = ["Derivation", "DerivationReport", "WrongStep"]

DIGITS = 30
RELATIONS = {"=": "=", "<=": r"\le", ">=": r"\ge"}


class WrongStep(ValueError):
    """Raised by :meth:`Derivation.check`; ``line`` is the number of the line that does not follow (the start is 1)."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.line = line


@dataclass(frozen=True)
class Line:
    """One line of a derivation: the expression, the rule that gives it, and its relation to the line before."""

    expression: Any
    rule: str
    relation: str = "="


@dataclass(frozen=True)
class DerivationReport:
    """What :meth:`Derivation.check` found: one sentence for each step, in order. True in a condition."""

    title: str
    how: tuple[str, ...]

    def __bool__(self) -> bool:
        return True

    def __repr__(self) -> str:
        head = f"{self.title}: {len(self.how)} step{'s' if len(self.how) != 1 else ''} hold"
        return "\n".join([head + ("s" if len(self.how) == 1 else "")] + [f"  {line}" for line in self.how])


class Derivation:
    r"""A chain of expressions, each proved from the one before.

    Parameters
    ----------
    title : str
        What is derived; it stands in the report and in the error of a wrong step.
    over : mapping of symbol to domain, optional
        The domain on which the steps are claimed: ``(low, high)`` for an interval (whole numbers when the symbol is
        declared ``integer=True``), or a list, ``range`` or set of values. A symbol without an entry is drawn by its
        assumptions: positive ones from (0.2, 3), other real ones from (-2, 2), integers likewise.
    where : mapping, optional
        Abbreviations: a symbol, or an undefined function, and what it stands for
        (``{z: (best - mu) / sigma, Phi: sp.Lambda(t, (1 + sp.erf(t / sp.sqrt(2))) / 2)}``). Lines are shown with the
        abbreviation and proved with its meaning.
    lhs : str, optional
        LaTeX that stands left of the first relation sign.

    Notes
    -----
    An undefined function that ``where`` does not explain stands for any smooth function: the numerical test tries the
    step on random ones. Expressions may hold sums, products, integrals, derivatives and explicit matrices.

    References
    ----------
    Schwartz (1980), Fast probabilistic algorithms for verification of polynomial identities, J. ACM 27.

    Examples
    --------
    >>> import sympy as sp
    >>> x, h = sp.symbols("x h", positive=True)
    >>> quotient = (
    ...     Derivation("Central difference of a cubic", over={x: (1, 2), h: (0.01, 0.1)})
    ...     .start(((x + h)**3 - (x - h)**3) / (2*h), "definition")
    ...     .step(3*x**2 + h**2, "expand")
    ...     .step(3*x**2, "h² > 0", relation=">=")
    ... )
    >>> quotient.check()
    Central difference of a cubic: 2 steps hold
      line 2: = proved by algebra
      line 3: >= proved by algebra
    """

    def __init__(
        self,
        title: str,
        over: Mapping[Any, Any] | None = None,
        *,
        where: Mapping[Any, Any] | None = None,
        lhs: str | None = None,
    ) -> None:
        self.title = title
        self.over = {str(symbol): _domain(symbol, values) for symbol, values in (over or {}).items()}
        self.where = dict(where or {})
        self.lhs = lhs
        self.lines: list[Line] = []
        self._numbered = False

    def start(self, expression: Any, rule: str = "") -> Derivation:
        """Set the first line.

        Parameters
        ----------
        expression : SymPy expression or explicit matrix
        rule : str
            What it is, in words; ``$...$`` is mathematics.

        Returns
        -------
        Derivation
            The same object, so that calls chain.
        """
        if self.lines:
            raise ValueError(f"{self.title}: start() was called twice; use step() for the lines that follow")
        self.lines.append(Line(_as_expression(expression), rule))
        return self

    def step(self, expression: Any, rule: str, relation: str = "=") -> Derivation:
        """Add the next line.

        Parameters
        ----------
        expression : SymPy expression or explicit matrix
        rule : str
            Why it follows from the line before; ``$...$`` is mathematics.
        relation : {"=", "<=", ">="}
            How the line before relates to this one: ``"<="`` reads "line before <= this line".

        Returns
        -------
        Derivation
            The same object, so that calls chain.
        """
        if not self.lines:
            raise ValueError(f"{self.title}: step() needs a line to follow from; call start() first")
        self.lines.append(Line(_as_expression(expression), rule, one_of(relation, "relation", tuple(RELATIONS))))
        return self

    def check(self, rng: RNG = 0) -> DerivationReport:
        """Prove every step.

        Parameters
        ----------
        rng : seed or Generator
            Where the random points come from.

        Returns
        -------
        DerivationReport
            For each step whether algebra proved it or numbers did, and on how many points.

        Raises
        ------
        WrongStep
            If a step does not hold; the message names the line, its rule and a point where the two lines differ.
        ValueError
            If there is no step, or a line has no value on the stated domain.
        """
        if len(self.lines) < 2:
            raise ValueError(f"{self.title}: nothing to check, give start() and at least one step()")
        generator = as_rng(rng)
        return DerivationReport(self.title, tuple(self._check_step(k, generator) for k in range(1, len(self.lines))))

    def spoiled(self, rng: RNG = None) -> Derivation:
        """Return a copy in which one line is wrong in a plausible way: a sign, a factor, an exponent, a lost term.

        The copy differs from this derivation in that line only, and :meth:`check` raises on it.

        Parameters
        ----------
        rng : seed or Generator
            Chooses the line and the mistake.

        Returns
        -------
        Derivation

        Raises
        ------
        ValueError
            If no such mistake can be made.
        """
        generator = as_rng(rng)
        for k in generator.permutation(np.arange(1, len(self.lines))).tolist():
            mutants = list(_mutants(self.lines[k].expression))
            for i in generator.permutation(len(mutants)).tolist():
                wrong = self._copy()
                wrong.lines[k] = Line(mutants[i], self.lines[k].rule, self.lines[k].relation)
                try:
                    if wrong._is_visibly_wrong(k):
                        wrong._numbered = True
                        return wrong
                except (ValueError, TypeError, ArithmeticError, NotImplementedError):
                    continue  # the mutant has no value on the domain: not plausible
        raise ValueError(f"{self.title}: no line could be made wrong")

    def latex(self, *, numbered: bool | None = None) -> str:
        """Return the derivation as an ``aligned`` block, the rules beside the lines."""
        numbered = self._numbered if numbered is None else numbered
        rows = []
        for k, line in enumerate(self.lines):
            sign = "" if k == 0 and self.lhs is None else RELATIONS[line.relation]
            left = (self.lhs or "") if k == 0 else ""
            number = rf"\text{{({k + 1})}}\quad " if numbered else ""
            rule = rf" && {{\small\text{{{_escape(line.rule)}}}}}" if line.rule else ""
            rows.append(f"{number}{left} &{sign} {sp.latex(line.expression, ln_notation=True)}{rule}")
        return "\\begin{aligned}\n" + " \\\\[4pt]\n".join(rows) + "\n\\end{aligned}"

    def _repr_latex_(self) -> str:
        return f"$$\n{self.latex()}\n$$"

    def __repr__(self) -> str:
        rows = [self.title]
        for k, line in enumerate(self.lines):
            sign = "  " if k == 0 else f"{line.relation:2s}"
            rows.append(f"  {k + 1} {sign} {line.expression}    [{line.rule}]")
        return "\n".join(rows)

    # How a step is proved

    def _check_step(self, k: int, rng: np.random.Generator) -> str:
        relation = self.lines[k].relation
        before, after = self._pair(k)
        if len(before) != len(after):
            raise WrongStep(f"{self._name(k)} has another shape than line {k}", k + 1)
        numeric = _Numeric(self, before + after, rng)
        # Always, also before algebra: a formal proof may pass over a branch or a pole that the domain holds.
        worst, n = numeric.worst(relation)
        if worst.margin < -worst.tolerance:
            raise WrongStep(
                f"{self._name(k)} does not follow from line {k}: at {_show_point(worst.point)} "
                f"line {k} is {mp.nstr(worst.left, 8)} and line {k + 1} is {mp.nstr(worst.right, 8)}",
                k + 1,
            )
        if all(_proved(a, b, relation) for a, b in zip(before, after, strict=True)):
            return f"line {k + 1}: {relation} proved by algebra"
        where = f"at {n} random points" if numeric.symbols else "by its value"
        if relation == "=":
            return f"line {k + 1}: = to {worst.digits} digits {where}"
        return f"line {k + 1}: {relation} tested {where}, smallest margin {mp.nstr(worst.margin, 2)}"

    def _is_visibly_wrong(self, k: int) -> bool:
        """Whether line k fails by a margin that nobody can take for rounding, at a third of the points or more."""
        relation = self.lines[k].relation
        before, after = self._pair(k)
        numeric = _Numeric(self, before + after, np.random.default_rng(0))
        gaps = [numeric.compare(point, relation) for point in numeric.points()]
        broken = sum(gap.margin < -1e-3 * max(abs(gap.left), abs(gap.right)) for gap in gaps)
        return bool(3 * broken >= len(gaps))

    def _pair(self, k: int) -> tuple[list[sp.Expr], list[sp.Expr]]:
        return _entries(self._explain(self.lines[k - 1].expression)), _entries(self._explain(self.lines[k].expression))

    def _explain(self, expression: Any) -> Any:
        """Replace abbreviations by what they stand for, also those that stand inside another one's meaning."""
        for _ in range(len(self.where) + 1):
            before = expression
            for short, meaning in self.where.items():
                if isinstance(short, sp.core.function.UndefinedFunction):
                    expression = expression.replace(short, meaning)
                else:
                    expression = expression.subs(short, meaning)
            if expression == before:
                break
        return expression

    def _name(self, k: int) -> str:
        rule = self.lines[k].rule
        return f"{self.title}: line {k + 1}" + (f" ({rule})" if rule else "")

    def _copy(self) -> Derivation:
        copy = Derivation(self.title, where=self.where, lhs=self.lhs)
        copy.over, copy.lines = dict(self.over), list(self.lines)
        return copy


class _Gap(NamedTuple):
    """By how much a relation holds at a point (negative: broken), and the two values."""

    margin: Any
    left: Any
    right: Any
    tolerance: Any
    point: dict[sp.Symbol, Any]

    @property
    def digits(self) -> int:
        """How many digits the two values share, at most 30."""
        if self.margin == 0:
            return DIGITS
        return min(DIGITS, int(-mp.log10(abs(self.margin) / max(abs(self.left), abs(self.right)))))


class _Numeric:
    """Evaluates expressions at random points with mpmath; undefined functions are replaced by random ones."""

    def __init__(self, derivation: Derivation, expressions: Sequence[sp.Expr], rng: np.random.Generator) -> None:
        stand_ins = random_functions(expressions, rng)
        expressions = [replace_functions(e, stand_ins) for e in expressions]
        self.depth = max((integral_depth(e) for e in expressions), default=0)
        self.over, self.title, self.rng = derivation.over, derivation.title, rng
        self.symbols = sorted(set().union(*(e.free_symbols for e in expressions)), key=str)
        with mp.workdps(DIGITS + 5):
            compiled = [compile_expression(e) for e in expressions]
        self.half = len(compiled) // 2
        self.before, self.after = compiled[: self.half], compiled[self.half :]

    def points(self) -> list[dict[sp.Symbol, Any]]:
        if not self.symbols:
            return [{}]
        n = {0: 12, 1: 5}.get(self.depth, 2)
        return [{s: self._draw(s) for s in self.symbols} for _ in range(n)]

    def worst(self, relation: str) -> tuple[_Gap, int]:
        """Return the point where the relation holds least, and how many points were tried."""
        points = self.points()
        if relation != "=" and self.symbols and self.depth == 0:  # bounds break in corners
            points += self.points() + self.points()
            ends = [self._ends(s) for s in self.symbols]
            points += [dict(zip(self.symbols, c, strict=True)) for c in itertools.islice(itertools.product(*ends), 64)]
        gaps = [self.compare(point, relation) for point in points]
        worst = min(gaps, key=lambda gap: gap.margin + gap.tolerance)
        if relation == "=" or not self.symbols or self.depth > 0:
            return worst, len(gaps)
        for k in range(60):  # descend on the margin, one coordinate at a time, in shrinking steps
            symbol = self.symbols[k % len(self.symbols)]
            ends = self._ends(symbol)
            if not isinstance(ends[0], float):
                continue
            shift = float(self.rng.normal()) * (ends[1] - ends[0]) * 0.5 ** (1 + k // 10)
            moved = {**worst.point, symbol: min(max(worst.point[symbol] + shift, ends[0]), ends[1])}
            worst = min(worst, self.compare(moved, relation), key=lambda gap: gap.margin + gap.tolerance)
        return worst, len(gaps) + 60

    def compare(self, point: dict[sp.Symbol, Any], relation: str) -> _Gap:
        with mp.workdps({0: DIGITS + 20, 1: DIGITS + 5}.get(self.depth, 20)):
            gaps = []
            for f, g in zip(self.before, self.after, strict=True):
                left, right = self._value(f, point), self._value(g, point)
                # closed forms lose some of their 30 digits to rounding; quadrature is trusted for 8
                accuracy = mp.mpf(10) ** -(DIGITS - 6 if self.depth == 0 else 8)
                tolerance = accuracy * max(abs(left), abs(right)) + mp.mpf(10) ** -DIGITS
                if relation == "=":
                    margin = -abs(right - left)
                elif mp.im(left) != 0 or mp.im(right) != 0:
                    raise ValueError(f"{self.title}: a bound between complex values, {mp.nstr(left)}, {mp.nstr(right)}")
                else:
                    margin = mp.re(right - left) if relation == "<=" else mp.re(left - right)
                gaps.append(_Gap(margin, left, right, tolerance, point))
            return min(gaps, key=lambda gap: gap.margin + gap.tolerance)

    def _value(self, f: Evaluator, point: dict[sp.Symbol, Any]) -> Any:
        try:
            value = f({s: mp.mpf(v) for s, v in point.items()})
        except (ArithmeticError, NameError, TypeError) as error:  # a pole, or a name that mpmath lacks
            raise ValueError(f"{self.title}: a line has no value at {_show_point(point)} ({error})") from error
        if not (mp.isfinite(mp.re(value)) and mp.isfinite(mp.im(value))):
            raise ValueError(f"{self.title}: a line has the value {mp.nstr(value)} at {_show_point(point)}")
        return value

    def _draw(self, symbol: sp.Symbol) -> Any:
        domain = self.over.get(str(symbol)) or _default_domain(symbol)
        if isinstance(domain, list):
            return domain[self.rng.integers(len(domain))]
        low, high = domain
        if symbol.is_integer:
            return int(self.rng.integers(int(np.ceil(low)), int(np.floor(high)) + 1))
        return low + (high - low) * self.rng.random()

    def _ends(self, symbol: sp.Symbol) -> list[Any]:
        domain = self.over.get(str(symbol)) or _default_domain(symbol)
        if isinstance(domain, list):
            return domain[:1] + domain[-1:]
        low, high = domain
        if symbol.is_integer:
            return [int(np.ceil(low)), int(np.floor(high))]
        inset = 1e-6 * (high - low)  # the domain is open
        return [low + inset, high - inset]


# Algebra


def _proved(before: sp.Expr, after: sp.Expr, relation: str) -> bool:
    """Whether SymPy finds a proof at small cost."""
    if before == after:
        return True
    gap = _tidy(after) - _tidy(before)
    if gap == 0:
        return True
    if gap.has(sp.Integral, sp.Limit) or gap.count_ops() > 250:
        return False
    attempts = (sp.expand, sp.factor, sp.simplify)
    for attempt in attempts:
        try:
            result = attempt(gap)
        except Exception:  # SymPy raises many kinds here, and a proof not found is no error
            continue
        if result == 0:
            return True
        if (relation == "<=" and result.is_nonnegative) or (relation == ">=" and result.is_nonpositive):
            return True
    return False


def _tidy(expression: sp.Expr) -> sp.Expr:
    """Carry out derivatives, finite sums and elementary integrals."""

    def integral(node: sp.Integral) -> sp.Expr:
        result = node.function
        for limit in node.limits:
            if len(limit) != 3 or limit[1].is_infinite or limit[2].is_infinite or result.count_ops() > 40:
                return node
            variable, low, high = limit
            primitive = manualintegrate(result, variable)
            if primitive.has(sp.Integral, sp.Piecewise):
                return node
            result = primitive.subs(variable, high) - primitive.subs(variable, low)
        return result

    try:
        tidy = expression.replace(lambda node: isinstance(node, sp.Integral), integral)
        return tidy.doit(integrals=False)
    except Exception:  # as above: no proof this way
        return expression


# Mistakes


def _mutants(expression: Any) -> Iterator[Any]:
    """Yield the expression with one plausible mistake in one place."""
    if isinstance(expression, (sp.MatrixBase, sp.MatrixExpr)):
        explicit = sp.Matrix(expression.as_explicit() if hasattr(expression, "as_explicit") else expression)
        for i, entry in enumerate(explicit):
            for mutant in _mutants(entry):
                yield sp.ImmutableMatrix(*explicit.shape, [mutant if j == i else e for j, e in enumerate(explicit)])
        return
    yield from _slips(expression)
    for i, argument in enumerate(expression.args):
        if isinstance(argument, (sp.Expr,)) and not isinstance(expression, (sp.Subs,)):
            if isinstance(expression, (sp.Integral, sp.Sum, sp.Product, sp.Derivative)) and i > 0:
                continue  # limits and variables stay
            for mutant in _mutants(argument):
                yield expression.func(*expression.args[:i], mutant, *expression.args[i + 1 :])


def _slips(node: sp.Expr) -> Iterator[sp.Expr]:
    if isinstance(node, sp.Add):
        for term in node.args:
            yield node - 2 * term  # the sign of one term
            yield node - term  # a term forgotten
    elif isinstance(node, sp.Mul):
        coefficient, rest = node.as_coeff_Mul()
        if coefficient not in (1, -1):
            yield 2 * node
            yield rest
        for factor in rest.args if isinstance(rest, sp.Mul) else ():
            yield node / factor  # a factor forgotten
        yield -node
        yield node / 2
    elif isinstance(node, sp.Pow):
        base, exponent = node.args
        if exponent.is_Rational:
            yield base ** (exponent + 1)
            yield base ** (-exponent)
            if exponent != 2:
                yield base ** (2 * exponent)
    elif isinstance(node, sp.exp):
        yield sp.exp(-node.args[0])
    elif isinstance(node, (sp.sin, sp.cos)):
        yield (sp.cos if isinstance(node, sp.sin) else sp.sin)(node.args[0])
    elif isinstance(node, (sp.Symbol, sp.Integral, sp.Sum, sp.Derivative, sp.Function)):
        yield 2 * node
        yield -node
    elif isinstance(node, sp.Number):
        yield node + 1
        yield -node


# Small matters


def _domain(symbol: Any, values: Any) -> Any:
    if isinstance(values, tuple) and len(values) == 2:
        low, high = (float(sp.N(v)) for v in values)
        if not (np.isfinite(low) and np.isfinite(high) and low < high):
            raise ValueError(f"over[{symbol}] needs finite low < high, got {values}")
        return (low, high)
    try:
        choices = sorted(values)
    except TypeError as error:
        raise TypeError(f"over[{symbol}] must be (low, high) or a list of values, got {values!r}") from error
    if not choices:
        raise ValueError(f"over[{symbol}] must hold at least one value, got {values!r}")
    return choices


def _default_domain(symbol: sp.Symbol) -> tuple[float, float]:
    if symbol.is_integer:
        return (1, 8) if symbol.is_positive else (0, 8) if symbol.is_nonnegative else (-4, 4)
    if symbol.is_nonnegative:
        return (0.2, 3.0)
    return (-3.0, -0.2) if symbol.is_nonpositive else (-2.0, 2.0)


def _as_expression(expression: Any) -> Any:
    value = sp.sympify(expression)
    if isinstance(value, sp.MatrixBase):
        return value.as_immutable()
    if not isinstance(value, (sp.Expr, sp.MatrixExpr)):
        raise TypeError(f"a line must be a SymPy expression or matrix, got {value!r}; a bound is a step's relation=")
    return value


def _entries(expression: Any) -> list[sp.Expr]:
    """Return the scalar itself, or a matrix's width and entries (so that shapes are compared too)."""
    if isinstance(expression, sp.MatrixExpr) and not isinstance(expression, sp.MatrixBase):  # an explicit one is both
        expression = expression.doit()
        expression = expression.as_explicit() if isinstance(expression, sp.MatrixExpr) else expression
    if isinstance(expression, sp.MatrixBase):
        return [sp.Integer(expression.shape[1]), *expression]
    if expression.has(sp.MatrixExpr):
        expression = expression.doit()
    return [expression]


def _show_point(point: Mapping[sp.Symbol, Any]) -> str:
    return ", ".join(f"{s} = {float(v):.6g}" for s, v in point.items()) or "the only point"


def _escape(rule: str) -> str:
    """Escape what \\text{} cannot hold outside of $...$."""
    parts = rule.split("$")
    for i in range(0, len(parts), 2):
        for sign in "%&#_":
            parts[i] = parts[i].replace(sign, "\\" + sign)
        parts[i] = parts[i].replace("^", r"\hat{}")
    return "$".join(parts)
