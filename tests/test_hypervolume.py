"""Hypervolume: areas and volumes by hand, against moocore and Monte Carlo, its properties, and what fails."""

from __future__ import annotations

import re
import subprocess
import sys

import moocore
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import hpmath
from hpmath import hypervolume, hypervolume_contributions, non_dominated_mask


@st.composite
def fronts(draw, n=(0, 12), m=(1, 6)):
    """Any points in [0, 5]ᵐ, with many ties or none; the reference is (4, …, 4)."""
    shape = draw(st.integers(*n)), draw(st.integers(*m))
    coarse, fine = st.sampled_from([0.0, 1.0, 2.0, 3.0, 4.0, 5.0]), st.floats(0, 5, width=32)
    return draw(arrays(np.float64, shape, elements=draw(st.sampled_from([coarse, fine]))))


def union_of_boxes(Y, reference):
    """By inclusion and exclusion over all subsets, for a few points: 2ⁿ terms."""
    inside = [y for y in Y if (y < reference).all()]
    total = 0.0
    for subset in range(1, 2 ** len(inside)):
        chosen = [y for i, y in enumerate(inside) if subset >> i & 1]
        total += (-1) ** (len(chosen) + 1) * np.prod(reference - np.max(chosen, axis=0))
    return total


def spherical(n, m, seed):
    P = np.abs(np.random.default_rng(seed).normal(size=(n, m)))
    return 1 - P / np.linalg.norm(P, axis=1, keepdims=True)


# --- the volume -------------------------------------------------------------------------------------------------------


def test_by_hand():
    assert hypervolume([[1, 2], [2, 1]], [4, 4]) == 8  # 6 + 6 - 4
    assert hypervolume([[1, 2], [2, 1], [3, 3], [1, 2]], [4, 4]) == 8  # dominated and equal ones add nothing
    assert hypervolume([[3], [1], [2]], [5]) == 4
    assert hypervolume([[3], [1], [2]], 5) == 4
    assert (
        hypervolume([[0, 1, 1], [1, 0, 1], [1, 1, 0]], [2, 2, 2]) == 4
    )  # a cube and three halves of a slab: 1 + 3 · 1
    assert hypervolume(np.zeros((1, 10)), 10 * [2]) == 1024
    assert type(hypervolume([[1, 2]], [4, 4])) is float


def test_points_outside_count_nothing():
    assert hypervolume([[5, 0], [4, 0], [0, 4]], [4, 4]) == 0
    assert hypervolume([[5, 0], [1, 2], [2, 1], [np.inf, 0]], [4, 4]) == 8
    for m in (1, 2, 3, 5):
        assert hypervolume(np.full((3, m), 2.0), m * [1]) == 0.0
        assert hypervolume(np.empty((0, m)), m * [1]) == 0.0
        assert hypervolume([], m * [1]) == 0.0


@given(fronts(n=(0, 7)))
@settings(max_examples=150, deadline=None)
def test_the_volume_is_that_of_the_union(Y):
    reference = np.full(Y.shape[1], 4.0)
    assert hypervolume(Y, reference) == pytest.approx(union_of_boxes(Y, reference), rel=1e-10, abs=1e-10)


@given(fronts(n=(1, 30), m=(2, 6)))
@settings(max_examples=100, deadline=None)
def test_matches_moocore(Y):
    reference = np.full(Y.shape[1], 4.0)
    assert hypervolume(Y, reference) == pytest.approx(moocore.hypervolume(Y, reference), rel=1e-10, abs=1e-12)


@pytest.mark.parametrize(("n", "m"), [(1000, 2), (1000, 3), (100, 4), (100, 5), (30, 6), (12, 10)])
@pytest.mark.parametrize("shape", ["spherical", "inverted", "linear", "random"])
def test_matches_moocore_to_ten_digits(n, m, shape):
    Y = {
        "spherical": spherical(n, m, 0),
        "inverted": 1 - spherical(n, m, 1),
        "linear": np.random.default_rng(2).dirichlet(np.ones(m), n),
        "random": np.random.default_rng(3).random((n, m)),
    }[shape]
    reference = np.full(m, 1.1)
    assert hypervolume(Y, reference) == pytest.approx(moocore.hypervolume(Y, reference), rel=1e-10)


@pytest.mark.parametrize("m", [2, 3, 4, 6])
def test_matches_monte_carlo(m):
    Y = spherical(15, m, 5)
    Z = np.random.default_rng(6).random((100_000, m))
    share = (Y[:, None] <= Z).all(axis=2).any(axis=0)
    error = share.std() / np.sqrt(len(Z))
    assert abs(hypervolume(Y, np.ones(m)) - share.mean()) < 4 * error


@given(fronts(n=(1, 10), m=(2, 5)), st.integers(0, 10**6))
@settings(max_examples=100, deadline=None)
def test_grows_with_every_point_that_is_not_dominated(Y, seed):
    reference = np.full(Y.shape[1], 4.0)
    new = np.random.default_rng(seed).uniform(0, 4, Y.shape[1])
    before, after = hypervolume(Y, reference), hypervolume(np.vstack([Y, new]), reference)
    if any((y <= new).all() for y in Y):
        assert after == pytest.approx(before, rel=1e-12, abs=1e-12)
    else:
        assert after > before


@given(fronts(n=(1, 10), m=(1, 5)), st.integers(0, 10**6))
@settings(max_examples=60, deadline=None)
def test_order_units_and_dominated_points_do_not_matter(Y, seed):
    rng = np.random.default_rng(seed)
    reference = np.full(Y.shape[1], 4.0)
    volume = hypervolume(Y, reference)
    rows, columns, units = rng.permutation(len(Y)), rng.permutation(Y.shape[1]), rng.uniform(0.5, 2, Y.shape[1])
    same = pytest.approx(volume, rel=1e-12, abs=1e-12)
    assert hypervolume(Y[rows][:, columns], reference) == same
    assert hypervolume(Y[non_dominated_mask(Y)], reference) == same
    assert hypervolume(Y - 3, reference - 3) == same
    assert hypervolume(Y * units, reference * units) == pytest.approx(volume * units.prod(), rel=1e-12, abs=1e-12)


def test_a_line_of_points():
    """n points on the diagonal of the square leave out n small triangles' worth of steps: 1/2 - 1/(2 n)."""
    for n in (2, 11, 101):
        t = np.linspace(0, 1, n)
        assert hypervolume(np.column_stack([t, 1 - t]), [1, 1]) == pytest.approx(0.5 - 0.5 / (n - 1), rel=1e-12)
        Y = np.column_stack([t, t, t])
        assert hypervolume(Y, [1, 1, 1]) == 1


# --- contributions ----------------------------------------------------------------------------------------------------


def test_contributions_by_hand():
    Y = [[1, 3], [2, 2], [3, 1], [3, 3], [9, 0]]
    np.testing.assert_array_equal(hypervolume_contributions(Y, [4, 4]), [1, 1, 1, 0, 0])
    np.testing.assert_array_equal(hypervolume_contributions([[1, 2], [1, 2]], [4, 4]), [0, 0])
    np.testing.assert_array_equal(
        hypervolume_contributions([[1, 1], [2, 2]], [4, 4]), [5, 0]
    )  # the second would step in
    assert hypervolume_contributions([], [4, 4]).shape == (0,)


@given(fronts(n=(1, 10), m=(1, 5)))
@settings(max_examples=100, deadline=None)
def test_contributions_are_what_is_lost(Y):
    reference = np.full(Y.shape[1], 4.0)
    whole = hypervolume(Y, reference)
    lost = [whole - hypervolume(np.delete(Y, i, axis=0), reference) for i in range(len(Y))]
    ours = hypervolume_contributions(Y, reference)
    np.testing.assert_allclose(ours, lost, rtol=1e-9, atol=1e-9)
    assert (ours >= 0).all()
    if Y.shape[1] > 1:
        coarse = Y.round(6)  # of a point nearer than that to another moocore may say that it adds nothing
        theirs = moocore.hv_contributions(coarse, reference, ignore_dominated=False)
        np.testing.assert_allclose(hypervolume_contributions(coarse, reference), theirs, rtol=1e-9, atol=1e-9)


# --- the rest ---------------------------------------------------------------------------------------------------------


def test_input_is_left_alone():
    for m in (2, 3, 4):
        Y, reference = np.random.default_rng(0).random((9, m)), np.ones(m)
        before = Y.copy()
        hypervolume(Y, reference)
        hypervolume_contributions(Y, reference)
        np.testing.assert_array_equal(Y, before)


def test_the_name_is_the_function_even_after_the_module_is_imported():
    for first in ("import hpmath.hypervolume", "from hpmath.hypervolume import hypervolume_contributions"):
        code = f"{first}; import hpmath; print(hpmath.hypervolume([[1, 2]], [4, 4]))"
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert done.stdout == "6.0\n"
    assert hpmath.hypervolume is hypervolume


@pytest.mark.parametrize("function", [hypervolume, hypervolume_contributions])
def test_what_is_refused(function):
    for Y, reference, error, message in [
        ([[1, 2]], [1, 2, 3], ValueError, "reference must have shape (2,), a number for each objective, got (3,)"),
        ([[1, 2]], 4, ValueError, "reference must have shape (2,), a number for each objective, got (1,)"),
        ([[1, 2]], [[4, 4]], ValueError, "reference must have shape (2,), a number for each objective, got (1, 2)"),
        ([[1, 2]], [4, np.inf], ValueError, "reference must be finite, got inf at index [1]"),
        ([[1, 2]], [4, np.nan], ValueError, "reference must be finite, got nan at index [1]"),
        ([[1, np.nan]], [4, 4], ValueError, "Y must not hold NaN, got one at index [0, 1]; leave failed trials out"),
        ([[1, -np.inf]], [4, 4], ValueError, "Y must not hold -inf, which would dominate an infinite volume"),
        ([1, 2], [4, 4], ValueError, "Y must have shape (n, m), got (2,)"),
        ([["a", "b"]], [4, 4], TypeError, "Y must be numbers"),
        ([[1, 2]], "ab", TypeError, "reference must be numbers"),
    ]:
        with pytest.raises(error, match=re.escape(message)):
            function(Y, reference)
