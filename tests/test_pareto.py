"""Dominance, ranks, crowding and distances: by definition on small sets, against moocore and Optuna, and what fails."""

from __future__ import annotations

import re
import time

import moocore
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from optuna.study._multi_objective import _fast_non_domination_rank

from hpmath import (
    crowding_distance,
    dominates,
    epsilon_indicator,
    expected_front_size,
    inverted_generational_distance,
    non_dominated_mask,
    non_dominated_sort,
)


@st.composite
def points(draw, n=(1, 40), m=(1, 5)):
    """Rows with many ties, a few of them infinite."""
    shape = draw(st.integers(*n)), draw(st.integers(*m))
    levels = st.sampled_from([*map(float, range(draw(st.integers(1, 8)))), np.inf, -np.inf, -0.0])
    smooth = st.floats(-1e3, 1e3, width=32)
    return draw(arrays(np.float64, shape, elements=draw(st.sampled_from([levels, smooth]))))


def ranks_by_definition(Y):
    """Peel off what nothing dominates, again and again."""
    ranks, left, k = np.empty(len(Y), dtype=int), list(range(len(Y))), 0
    while left:
        front = [i for i in left if not any(dominates(Y[j], Y[i]) for j in left)]
        ranks[front] = k
        left, k = [i for i in left if i not in front], k + 1
    return ranks


# --- dominance --------------------------------------------------------------------------------------------------------


def test_dominance_by_hand():
    assert dominates([1, 2], [1, 3])
    assert not dominates([1, 3], [1, 2])
    assert not dominates([1, 2], [1, 2])
    assert not dominates([1, 3], [2, 1])
    assert dominates([3], [4])
    assert dominates((0, -np.inf), (0, 1))
    assert not dominates([np.inf, 0], [np.inf, 0])
    assert type(dominates([1, 2], [1, 3])) is bool


@given(points(n=(3, 3)))
@settings(max_examples=200, deadline=None)
def test_dominance_is_a_strict_partial_order(Y):
    a, b, c = Y
    assert not dominates(a, a)
    assert not (dominates(a, b) and dominates(b, a))
    if dominates(a, b) and dominates(b, c):
        assert dominates(a, c)


# --- mask and ranks ---------------------------------------------------------------------------------------------------


@given(points())
@settings(max_examples=200, deadline=None)
def test_every_point_is_dominated_by_the_front_or_on_it(Y):
    mask = non_dominated_mask(Y)
    front = Y[mask]
    assert len(front)
    for y, on_front in zip(Y, mask, strict=True):
        assert any((f <= y).all() for f in front)
        assert on_front == (not any(dominates(f, y) for f in front))


@given(points())
@settings(max_examples=200, deadline=None)
def test_ranks_are_those_of_the_definition(Y):
    ranks = non_dominated_sort(Y)
    np.testing.assert_array_equal(ranks, ranks_by_definition(Y))
    np.testing.assert_array_equal(non_dominated_mask(Y), ranks == 0)


@given(points(), st.integers(0, 10**6))
@settings(max_examples=100, deadline=None)
def test_ranks_follow_the_rows_and_ignore_the_scale(Y, seed):
    rng = np.random.default_rng(seed)
    order, columns = rng.permutation(len(Y)), rng.permutation(Y.shape[1])
    ranks = non_dominated_sort(Y)
    np.testing.assert_array_equal(non_dominated_sort(Y[order]), ranks[order])
    np.testing.assert_array_equal(non_dominated_sort(Y[:, columns]), ranks)
    j = rng.integers(Y.shape[1])
    stretched = Y.copy()
    stretched[:, j] = np.unique(Y[:, j], return_inverse=True)[1] ** 3 - 7.0  # increasing
    np.testing.assert_array_equal(non_dominated_sort(stretched), ranks)
    np.testing.assert_array_equal(non_dominated_mask(stretched), ranks == 0)


@pytest.mark.parametrize(("n", "m"), [(1000, 2), (700, 3), (600, 4), (300, 10)])
@pytest.mark.parametrize("kind", ["random", "ties", "correlated", "opposed"])
def test_ranks_match_moocore_and_optuna(n, m, kind):
    rng = np.random.default_rng(n + m)
    Y = rng.random((n, m))
    if kind == "ties":
        Y = np.round(Y, 1)
    elif kind == "correlated":
        Y = Y[:, :1] + 0.1 * Y
    elif kind == "opposed":
        Y /= Y.sum(axis=1, keepdims=True)
    ranks = non_dominated_sort(Y)
    np.testing.assert_array_equal(ranks, moocore.pareto_rank(Y))
    np.testing.assert_array_equal(ranks, _fast_non_domination_rank(Y))
    np.testing.assert_array_equal(non_dominated_mask(Y), ranks == 0)


def test_more_rows_than_small_integers_hold():
    Y = np.arange(40_000.0)[:, None] * [1, 0, 0] + [0, 0, 1]  # only the first objective differs
    assert non_dominated_mask(Y).sum() == 1
    Y = np.random.default_rng(0).random((40_000, 3))
    np.testing.assert_array_equal(non_dominated_mask(Y), moocore.is_nondominated(Y))


def test_chains_and_fronts():
    chain = np.repeat(np.arange(600.0)[:, None], 3, axis=1)
    np.testing.assert_array_equal(non_dominated_sort(chain), np.arange(600))
    np.testing.assert_array_equal(non_dominated_sort(chain[:, :2]), np.arange(600))
    np.testing.assert_array_equal(non_dominated_sort(chain[:, :1][::-1]), np.arange(600)[::-1])
    line = np.column_stack([np.arange(600.0), -np.arange(600.0), np.zeros(600)])
    assert not non_dominated_sort(line).any()
    assert not non_dominated_sort(line[:, :2]).any()


def test_few_points():
    for m in (1, 2, 3, 10):
        for Y in (np.zeros((1, m)), np.full((7, m), 3.0)):
            assert non_dominated_mask(Y).all()
            assert not non_dominated_sort(Y).any()
        nothing = np.empty((0, m))
        assert non_dominated_mask(nothing).shape == non_dominated_sort(nothing).shape == (0,)
        assert crowding_distance(nothing).shape == (0,)
    assert non_dominated_mask([]).shape == (0,)
    assert non_dominated_mask([[1]]).tolist() == [True]
    mask, ranks = non_dominated_mask([[1, 2]]), non_dominated_sort(((1, 2), (2, 3)))
    assert mask.dtype == bool
    assert np.issubdtype(ranks.dtype, np.integer)


def test_input_is_left_alone():
    Y = np.random.default_rng(0).random((50, 3))
    before = Y.copy()
    for function in (non_dominated_mask, non_dominated_sort, crowding_distance):
        function(Y)
    np.testing.assert_array_equal(Y, before)


def test_two_objectives_take_n_log_n():
    """32 times as many points may take 32 · log ratio = 48 times as long, n² would take 1024."""
    rng = np.random.default_rng(0)
    small, large = rng.random((2_000, 2)), rng.random((64_000, 2))

    def fastest(Y):
        times = []
        for _ in range(5):
            start = time.process_time()
            non_dominated_sort(Y)
            times.append(time.process_time() - start)
        return min(times)

    assert fastest(large) < 200 * fastest(small)


# --- crowding ---------------------------------------------------------------------------------------------------------


def test_crowding_by_hand():
    """Along objective 1: (3 - 0)/4, (4 - 1)/4; along objective 2: (4 - 1)/4, (2 - 0)/4."""
    np.testing.assert_allclose(crowding_distance([[0, 4], [1, 2], [3, 1], [4, 0]]), [np.inf, 1.5, 1.25, np.inf])


@given(points(n=(3, 30), m=(2, 4)), st.integers(0, 10**6))
@settings(max_examples=100, deadline=None)
def test_crowding_ignores_scale_and_order(Y, seed):
    Y = np.where(np.isinf(Y), 9.0, Y)
    distance = crowding_distance(Y)
    assert (distance >= 0).all()
    np.testing.assert_allclose(crowding_distance(4 * Y), distance, rtol=1e-9)
    _, first = np.unique(Y, axis=0, return_index=True)
    order = np.random.default_rng(seed).permutation(first)  # distinct rows
    np.testing.assert_allclose(crowding_distance(Y[order]), distance[order], rtol=1e-9)
    repeats = np.delete(distance, first)
    assert not repeats.any()


def test_crowding_matches_pymoo_without_ties():
    from pymoo.operators.survival.rank_and_crowding import metrics

    Y = np.random.default_rng(1).random((60, 3))
    theirs = metrics.calc_crowding_distance(Y)  # a mean over the objectives, ours is a sum
    np.testing.assert_allclose(crowding_distance(Y), 3 * theirs, rtol=1e-12)


def test_crowding_where_the_paper_leaves_room():
    inf = np.inf
    np.testing.assert_array_equal(crowding_distance([[1, 2]]), [inf])
    np.testing.assert_array_equal(crowding_distance([[1, 2], [2, 1]]), [inf, inf])
    np.testing.assert_array_equal(crowding_distance([[1, 2]] * 4), [inf, 0, 0, 0])
    np.testing.assert_array_equal(crowding_distance([[0, 5], [1, 5], [3, 5], [4, 5]]), [inf, 0.75, 0.75, inf])
    np.testing.assert_array_equal(crowding_distance([[0, 2], [0, 2], [1, 1], [2, 0]]), [inf, 0, 2, inf])
    np.testing.assert_array_equal(crowding_distance([[3], [1], [2]]), [inf, inf, 1])
    np.testing.assert_array_equal(crowding_distance([[-1e308, 2], [0, 1], [1e308, 0]]), [inf, 2, inf])


# --- distances to a known front ---------------------------------------------------------------------------------------


def test_distances_by_hand():
    front = [[0, 1], [1, 0]]
    assert inverted_generational_distance([[0, 1], [1, 0], [5, 5]], front) == 0
    assert inverted_generational_distance([[1, 1]], front) == 1
    assert inverted_generational_distance([[0, 0]], front) == 1
    assert inverted_generational_distance([[0, 0]], front, plus=True) == 0
    assert inverted_generational_distance([[3, 5]], [[0, 1]]) == 5  # a 3-4-5 triangle
    assert epsilon_indicator([[1, 3], [3, 1]], [[0, 3], [2, 2]]) == 1
    assert epsilon_indicator([[0, 0]], [[1, 2], [2, 1]]) == -1


@given(st.integers(1, 30), st.integers(1, 30), st.integers(2, 5), st.integers(0, 10**6))
@settings(max_examples=50, deadline=None)
def test_distances_match_moocore(n, k, m, seed):
    rng = np.random.default_rng(seed)
    Y, front = rng.random((n, m)), rng.random((k, m))
    assert inverted_generational_distance(Y, front) == pytest.approx(moocore.igd(Y, ref=front), rel=1e-12)
    plus = inverted_generational_distance(Y, front, plus=True)
    assert plus == pytest.approx(moocore.igd_plus(Y, ref=front), rel=1e-12, abs=1e-15)
    assert epsilon_indicator(Y, front) == pytest.approx(moocore.epsilon_additive(Y, ref=front), rel=1e-12)


@given(points(n=(1, 10), m=(2, 3)), st.integers(0, 10**6))
@settings(max_examples=60, deadline=None)
def test_igd_plus_and_epsilon_never_prefer_a_dominated_set(Y, seed):
    Y = np.clip(Y, -10, 10)
    rng = np.random.default_rng(seed)
    worse = Y + rng.random(Y.shape)
    front = rng.normal(size=(8, Y.shape[1]))
    for distance in (
        lambda A: inverted_generational_distance(A, front, plus=True),
        lambda A: epsilon_indicator(A, front),
    ):
        assert distance(Y) <= distance(worse)


def test_igd_can_prefer_a_dominated_set():
    front = [[0.0, 10.0], [10.0, 0.0]]
    good, dominated = [[5.0, 1.0]], [[6.0, 4.0]]
    assert dominates(good[0], dominated[0])
    assert inverted_generational_distance(good, front) > inverted_generational_distance(dominated, front)
    assert inverted_generational_distance(good, front, plus=True) < inverted_generational_distance(
        dominated, front, plus=True
    )


def test_nothing_found_is_infinitely_far():
    for nothing in ([], np.empty((0, 2))):
        assert inverted_generational_distance(nothing, [[0, 1]]) == np.inf
        assert epsilon_indicator(nothing, [[0, 1]]) == np.inf


# --- how many are not dominated ---------------------------------------------------------------------------------------


def test_expected_front_size_by_hand():
    assert expected_front_size(1, 5) == 1
    assert expected_front_size(7, 1) == 1
    assert expected_front_size(4, 2) == pytest.approx(1 + 1 / 2 + 1 / 3 + 1 / 4)
    assert expected_front_size(2, 3) == pytest.approx(1.75)  # two points: 2 - P(one dominates) = 2 - 2/8


@pytest.mark.parametrize("m", [2, 3, 5, 10])
def test_expected_front_size_is_what_is_measured(m):
    rng = np.random.default_rng(m)
    sizes = np.array([non_dominated_mask(rng.random((50, m))).sum() for _ in range(600)])
    error = sizes.std(ddof=1) / np.sqrt(len(sizes))
    assert abs(sizes.mean() - expected_front_size(50, m)) < 4 * error


# --- what is refused --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("function", [non_dominated_mask, non_dominated_sort, crowding_distance])
def test_points_that_are_none(function):
    nan = r"Y must not hold NaN, got one at index [1, 0]; leave failed trials out"
    for Y, error, message in [
        ([[1, 2], [np.nan, 3]], ValueError, nan),
        ([1, 2, 3], ValueError, "Y must have shape (n, m), got (3,)"),
        (np.zeros((2, 3, 4)), ValueError, "Y must have shape (n, m), got (2, 3, 4)"),
        (np.zeros((3, 0)), ValueError, "Y must have shape (n, m), got (3, 0)"),
        (5.0, ValueError, "Y must have shape (n, m), got ()"),
        ([["a", "b"]], TypeError, "Y must be numbers"),
        ([[1, None]], TypeError, "Y must be numbers, got None"),
        ([[1, 2], [3]], TypeError, "Y must be numbers"),
    ]:
        with pytest.raises(error, match=re.escape(message)):
            function(Y)


def test_other_refusals():
    for a, b, message in [
        ([1, 2], [1, 2, 3], "a and b must be two points of shape (m,), got (2,) and (3,)"),
        ([[1, 2]], [[1, 2]], "a and b must be two points of shape (m,), got (1, 2) and (1, 2)"),
        ([], [], "a and b must be two points of shape (m,), got (0,) and (0,)"),
        ([1, np.nan], [1, 2], "a must not hold NaN"),
        ([1, 2], [1, np.nan], "b must not hold NaN"),
    ]:
        with pytest.raises(ValueError, match=re.escape(message)):
            dominates(a, b)
    with pytest.raises(ValueError, match="Y must be finite to have distances"):
        crowding_distance([[1, np.inf]])
    for function in (inverted_generational_distance, epsilon_indicator):
        for Y, front, message in [
            ([[1, 2]], [], "front must hold at least 1 point, got 0"),
            ([[1, 2, 3]], [[1, 2]], r"Y must have shape \(n, 2\), got \(1, 3\)"),
            ([[1, np.nan]], [[1, 2]], "Y must not hold NaN"),
            ([[1, 2]], [[np.nan, 2]], "front must not hold NaN"),
            ([[1, np.inf]], [[1, 2]], "Y must be finite to have distances"),
            ([[1, 2]], [[1, -np.inf]], "front must be finite to have distances"),
        ]:
            with pytest.raises(ValueError, match=message):
                function(Y, front)
    for n, m, name in ((0, 2, "n"), (3, 0, "m")):
        with pytest.raises(ValueError, match=f"{name} must be at least 1, got 0"):
            expected_front_size(n, m)
    with pytest.raises(TypeError, match="n must be a whole number"):
        expected_front_size(2.5, 2)
