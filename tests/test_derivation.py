"""Derivation: right chains pass, wrong steps name themselves, spoiled copies are always caught."""

import numpy as np
import pytest
import sympy as sp

from hpmath import Derivation, WrongStep

x, y, t = sp.symbols("x y t", real=True)
a, b, s, h = sp.symbols("a b s h", positive=True)
n, k = sp.symbols("n k", integer=True, positive=True)
f = sp.Function("f", real=True)
Phi, phi = sp.Function("Phi"), sp.Function("phi")
NORMAL = {
    Phi: sp.Lambda(t, (1 + sp.erf(t / sp.sqrt(2))) / 2),
    phi: sp.Lambda(t, sp.exp(-(t**2) / 2) / sp.sqrt(2 * sp.pi)),
}


def binomial():
    return Derivation("Square of a sum").start((x + y) ** 2, "start").step(x**2 + 2 * x * y + y**2, "expand")


def partial_normal_mean():
    return (
        Derivation("Partial expectation", over={y: (-2, 2)}, where=NORMAL)
        .start(sp.Integral(t * phi(t), (t, -sp.oo, y)), "definition")
        .step(-phi(y), "φ' = −uφ")
    )


def chain_rule():
    return (
        Derivation("Slope in ln λ")
        .start(sp.Derivative(f(sp.exp(y)), y), "definition")
        .step(sp.exp(y) * sp.Subs(sp.Derivative(f(a), a), a, sp.exp(y)), "chain rule")
    )


def log_uniform():
    return (
        Derivation("Probability of a decade", over={a: (0.1, 1), b: (2, 9)})
        .start(sp.Integral(1 / (t * sp.log(b / a)), (t, a, b)), "mass")
        .step(sp.Integer(1), "a density")
    )


def geometric():
    return (
        Derivation("Geometric sum", over={n: (1, 12), s: (0.1, 0.9)})
        .start(sp.Sum(s**k, (k, 1, n)), "definition")
        .step(s * (1 - s**n) / (1 - s), "telescope")
        .step(s / (1 - s), "s > 0", relation="<=")
    )


def total_error():
    return (
        Derivation("Total error", over={h: (1e-4, 1e-1), a: (1e-16, 1e-12)})
        .start(h / 2 + 2 * a / h, "truncation plus rounding")
        .step((sp.sqrt(h / 2) - sp.sqrt(2 * a / h)) ** 2 + 2 * sp.sqrt(a), "complete the square")
        .step(2 * sp.sqrt(a), "a square is not negative", relation=">=")
    )


def matrix_inverse():
    A = sp.Matrix([[a + 1, x], [x, b + 5]])
    return (
        Derivation("Inverse of a 2 × 2 matrix", over={x: (-1, 1)})
        .start(A.inv(), "definition")
        .step(sp.Matrix([[b + 5, -x], [-x, a + 1]]) / ((a + 1) * (b + 5) - x**2), "adjugate over determinant")
    )


RIGHT = [binomial, partial_normal_mean, chain_rule, log_uniform, geometric, total_error, matrix_inverse]


@pytest.mark.parametrize("make", RIGHT)
def test_a_right_derivation_passes_and_says_how(make):
    report = make().check()
    assert bool(report)
    assert len(report.how) == len(make().lines) - 1
    assert all("proved by algebra" in line or "digits" in line or "tested" in line for line in report.how)


@pytest.mark.parametrize("make", RIGHT)
@pytest.mark.parametrize("seed", range(7))
def test_a_spoiled_copy_is_caught(make, seed):
    right, wrong = make(), make().spoiled(seed)
    changed = [i for i, (p, q) in enumerate(zip(right.lines, wrong.lines, strict=True)) if p != q]
    assert len(changed) == 1, "one line is wrong"
    with pytest.raises(WrongStep) as caught:
        wrong.check()
    assert caught.value.line == changed[0] + 1


def test_fifty_spoiled_copies_of_one_derivation_are_all_caught():
    right = geometric()
    expressions = set()
    for seed in range(50):
        wrong = right.spoiled(seed)
        expressions.add(tuple(line.expression for line in wrong.lines))
        with pytest.raises(WrongStep):
            wrong.check()
    assert len(expressions) >= 5, "the mistakes differ"
    assert tuple(line.expression for line in right.lines) not in expressions


def test_spoiling_is_a_function_of_the_seed_and_leaves_the_original_alone():
    right = binomial()
    assert [right.spoiled(3).lines] == [right.spoiled(3).lines]
    right.check()


def test_a_wrong_step_names_its_line_rule_and_a_witness():
    wrong = Derivation("Freshman").start((x + 1) ** 2, "start").step(x**2 + 1, "powers add")
    with pytest.raises(
        WrongStep, match=r"Freshman: line 2 \(powers add\) does not follow from line 1: at x = "
    ) as caught:
        wrong.check()
    assert caught.value.line == 2


def test_a_root_that_loses_its_sign_is_caught_on_the_negative_half():
    with pytest.raises(WrongStep, match="line 2"):
        Derivation("Root").start(sp.sqrt(x**2), "").step(x, "root of a square").check()
    assert Derivation("Root").start(sp.sqrt(a**2), "").step(a, "root of a square").check()


def test_a_relative_error_of_a_billionth_is_caught():
    tiny = sp.Rational(1, 10**9)
    with pytest.raises(WrongStep):
        Derivation("Nearly").start(sp.sin(x) ** 2 + 2, "").step(3 - sp.cos(x) ** 2 + tiny, "").check()


def test_a_small_quantity_is_compared_relatively():
    with pytest.raises(WrongStep):
        Derivation("Rounding", over={a: (1e-16, 1e-15)}).start(2 * a, "").step(a, "").check()


def test_a_false_bound_is_caught_in_the_corner_where_it_breaks():
    # x (1 - x) <= 0.2499 on (0, 1) breaks only within 0.01 of one half
    with pytest.raises(WrongStep):
        Derivation("Bound", over={x: (0, 1)}).start(x * (1 - x), "").step(sp.Rational(2499, 10000), "", "<=").check()
    assert Derivation("Bound", over={x: (0, 1)}).start(x * (1 - x), "").step(sp.Rational(1, 4), "", "<=").check()


def test_kinks_inside_an_integral_are_integrated_exactly():
    chain = (
        Derivation("Mean distance", over={y: (0.1, 0.9)})
        .start(sp.Integral(sp.Abs(t - y), (t, 0, 1)), "definition")
        .step(y**2 / 2 + (1 - y) ** 2 / 2, "two triangles")
    )
    assert "30 digits" in repr(chain.check())


def test_infinite_sums_products_limits_and_double_integrals_are_evaluated():
    assert Derivation("Basel").start(sp.Sum(1 / k**2, (k, 1, sp.oo)), "").step(sp.pi**2 / 6, "Euler").check()
    assert Derivation("Factorial").start(sp.Product(k, (k, 1, n)), "").step(sp.factorial(n), "").check()
    gauss = sp.Integral(sp.exp(-(x**2) - y**2), (x, -sp.oo, sp.oo), (y, -sp.oo, sp.oo))
    assert Derivation("Gauss").start(gauss, "").step(sp.pi, "polar coordinates").check()


def test_abbreviations_may_use_each_other():
    z, m = sp.symbols("z m", real=True)
    chain = Derivation("Abbreviated", where={z: (m - x) / s, m: y + 1}).start(s * z, "").step(y + 1 - x, "")
    assert chain.check()


def test_domains_may_be_lists_and_names():
    assert Derivation("Even powers", over={"n": [2, 4, 6]}).start((-x) ** n, "").step(x**n, "n is even").check()
    with pytest.raises(WrongStep):
        Derivation("All powers", over={n: range(1, 4)}).start((-x) ** n, "").step(x**n, "n is any").check()


def test_shapes_of_matrices_must_agree():
    row, column = sp.Matrix([[1, x]]), sp.Matrix([[1], [x]])
    with pytest.raises(WrongStep):
        Derivation("Transpose").start(row, "").step(column, "transpose").check()


def test_an_explicit_matrix_may_hold_derivatives_of_any_function():
    mixed = sp.Derivative(f(sp.exp(x) + sp.exp(y)), x, y)
    chain = Derivation("A 1 × 1 matrix").start(sp.Matrix([[mixed]]), "").step(sp.Matrix([[mixed + 0]]), "the same")
    assert chain.check()


def test_latex_has_one_row_a_line_with_the_rule_beside_it():
    latex = geometric().latex()
    assert latex.count(r"\\[4pt]") == 2
    assert r"\le" in latex
    assert r"\text{telescope}" in latex
    assert geometric()._repr_latex_().startswith("$$")
    assert r"\text{(2)}" in geometric().spoiled(0).latex(), "a spoiled copy numbers its lines"


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: Derivation("d").step(x, ""), r"call start\(\) first"),
        (lambda: Derivation("d").start(x).start(x), r"start\(\) was called twice"),
        (lambda: Derivation("d").start(x).check(), "nothing to check"),
        (lambda: Derivation("d").start(x).step(x, "", "<"), "relation must be one of '=', '<=', '>=', got '<'"),
        (lambda: Derivation("d", over={x: (1, 1)}), r"over\[x\] needs finite low < high, got \(1, 1\)"),
        (lambda: Derivation("d", over={x: (0, np.inf)}), "finite low < high"),
        (lambda: Derivation("d", over={x: []}), "at least one value"),
        (lambda: Derivation("d", over={x: 3}), r"\(low, high\) or a list"),
        (lambda: Derivation("d").start(sp.Eq(x, y)), "must be a SymPy expression or matrix"),
        (lambda: Derivation("d").start(1 / (x - x * 1.0), "").step(x, "").check(), "no value|has the value"),
        (lambda: Derivation("d").start(sp.Integral(t, t), "").step(t**2 / 2, "").check(), "give its limits"),
    ],
)
def test_misuse_gets_one_sentence(build, message):
    with pytest.raises((ValueError, TypeError), match=message):
        build()
