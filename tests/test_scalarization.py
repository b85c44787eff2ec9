"""Scalarisations: the formulas by hand, which points can win, the knee, and what fails."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hpmath import (
    augmented_chebyshev,
    chebyshev,
    epsilon_constraint,
    knee_point,
    non_dominated_mask,
    non_dominated_sort,
    weighted_sum,
)

CONCAVE = np.column_stack([np.sin(np.linspace(0, np.pi / 2, 21)), np.cos(np.linspace(0, np.pi / 2, 21))])
sets = st.tuples(st.integers(1, 20), st.integers(2, 4), st.integers(0, 10**6))


def random_points(case, ties=True):
    n, m, seed = case
    rng = np.random.default_rng(seed)
    return (rng.integers(0, 6, (n, m)).astype(float) if ties and seed % 2 else rng.normal(size=(n, m))), rng


# --- formulas ---------------------------------------------------------------------------------------------------------


def test_formulas_by_hand():
    Y = [[5.0, 100.0], [4.0, 160.0]]
    np.testing.assert_allclose(weighted_sum(Y, [1, 0.025]), [7.5, 8])
    np.testing.assert_allclose(chebyshev(Y, [1, 0.05], [3, 80]), [2, 4])
    np.testing.assert_allclose(augmented_chebyshev(Y, [1, 0.05], [3, 80]), [2 + 0.05 * 3, 4 + 0.05 * 5])
    np.testing.assert_allclose(augmented_chebyshev(Y, [1, 0.05], [3, 80], rho=0), [2, 4])
    np.testing.assert_allclose(chebyshev(Y, [1, 1], [6, 200]), [-1, -2])  # better than the reference: no absolute value
    for function in (weighted_sum, lambda Y, w: chebyshev(Y, w, [0, 0])):
        assert function(np.empty((0, 2)), [1, 1]).shape == (0,)


def test_bounds_may_be_given_in_three_ways():
    Y = [[5.0, 100.0, 1.0], [4.0, 160.0, 1.0], [4.5, 120.0, 2.0]]
    np.testing.assert_array_equal(epsilon_constraint(Y, 0, [np.inf, 120, np.inf]), [5, np.inf, 4.5])
    np.testing.assert_array_equal(epsilon_constraint(Y, 0, [120, 1]), [5, np.inf, np.inf])
    np.testing.assert_array_equal(epsilon_constraint(Y, 0, {1: 120}), [5, np.inf, 4.5])
    np.testing.assert_array_equal(epsilon_constraint(Y, 1, [4.5, 2]), [np.inf, 160, 120])
    np.testing.assert_array_equal(epsilon_constraint(Y, -3, {-2: 120}), [5, np.inf, 4.5])
    np.testing.assert_array_equal(epsilon_constraint(Y, 0, [4.5, 120, 5]), [np.inf, np.inf, 4.5])  # on itself too
    np.testing.assert_array_equal(epsilon_constraint([[1.0, 2.0], [0.0, 3.0]], 0, 2), [1, np.inf])
    np.testing.assert_array_equal(epsilon_constraint([[1.0], [2.0]], 0, []), [1, 2])


# --- who can win ------------------------------------------------------------------------------------------------------


@given(sets)
@settings(max_examples=80, deadline=None)
def test_positive_weights_choose_from_the_front(case):
    Y, rng = random_points(case)
    w = rng.uniform(0.1, 1, Y.shape[1])
    mask = non_dominated_mask(Y)
    assert mask[np.argmin(weighted_sum(Y, w))]
    assert mask[np.argmin(augmented_chebyshev(Y, w, Y.min(axis=0) - 1))]
    values = chebyshev(Y, w, Y.min(axis=0) - 1)
    assert mask[values == values.min()].any()  # some are only weakly optimal


@given(sets)
@settings(max_examples=80, deadline=None)
def test_chebyshev_never_prefers_a_dominated_point(case):
    Y, rng = random_points(case)
    w, reference = rng.uniform(0.1, 1, Y.shape[1]), rng.normal(size=Y.shape[1])  # wherever the reference lies
    better = Y - rng.random(Y.shape)
    assert (chebyshev(better, w, reference) <= chebyshev(Y, w, reference)).all()
    assert (augmented_chebyshev(better, w, reference) < augmented_chebyshev(Y, w, reference)).all()


@given(sets)
@settings(max_examples=50, deadline=None)
def test_chebyshev_reaches_every_point_of_the_front(case):
    """With weights 1 / (y - z) the point y itself scores 1 and only what dominates it could score less."""
    Y, _ = random_points(case)
    z = Y.min(axis=0) - 1
    for i in np.flatnonzero(non_dominated_mask(Y)):
        values = chebyshev(Y, 1 / (Y[i] - z), z)
        assert values[i] <= values.min() + 1e-12


def test_a_weighted_sum_reaches_only_the_ends_of_a_concave_front():
    chosen = {int(np.argmin(weighted_sum(CONCAVE, [w, 1 - w]))) for w in np.linspace(0, 1, 201)}
    assert chosen == {0, 20}
    chosen = {int(np.argmin(chebyshev(CONCAVE, [w, 1 - w], [-0.01, -0.01]))) for w in np.linspace(0.001, 0.999, 2001)}
    assert chosen == set(range(21))
    chosen = {int(np.argmin(epsilon_constraint(CONCAVE, 0, b))) for b in CONCAVE[:, 1]}
    assert chosen == set(range(21))


def test_augmentation_drops_the_weakly_optimal_point():
    Y = [[1.0, 2.0], [1.0, 1.0]]
    assert len(set(chebyshev(Y, [1, 0.1], [0, 0]))) == 1
    assert np.argmin(augmented_chebyshev(Y, [1, 0.1], [0, 0])) == 1


# --- the knee ---------------------------------------------------------------------------------------------------------


def test_the_knee_is_farthest_from_the_chord():
    rng = np.random.default_rng(0)
    for _ in range(50):
        Y = np.sort(rng.random((20, 2)), axis=0)
        Y[:, 1] = Y[::-1, 1]
        (x0, y0), (x1, y1) = Y[0], Y[-1]
        below = (x1 - x0) * (y0 - Y[:, 1]) - (Y[:, 0] - x0) * (y0 - y1)  # twice a triangle's area
        assert knee_point(Y) == np.argmax(below)


@given(sets)
@settings(max_examples=80, deadline=None)
def test_the_knee_is_on_the_front_and_scaling_does_not_move_it(case):
    Y, rng = random_points(case, ties=False)
    knee = knee_point(Y)
    assert type(knee) is int
    assert non_dominated_sort(Y)[knee] == 0
    assert knee_point(Y * rng.uniform(0.1, 10, Y.shape[1]) + rng.normal(size=Y.shape[1])) == knee
    front = Y[non_dominated_mask(Y)]
    if len(front) > Y.shape[1]:  # of two points in two objectives, both ends, the first is taken
        bulge = ((Y[knee] - front.min(axis=0)) / np.ptp(front, axis=0)).sum()
        order = rng.permutation(len(Y))
        assert order[knee_point(Y[order])] == knee or bulge == pytest.approx(1)


def test_the_logarithm_of_an_axis_moves_the_knee():
    t = np.linspace(0.01, 1, 100)
    Y = np.column_stack([t, 0.01 / t])
    assert knee_point(Y) == 9  # x = y = 0.1
    assert knee_point(np.log(Y)) == 0  # a line: every point ties


def test_knees_where_there_is_none():
    assert knee_point([[3, 4]]) == 0
    assert knee_point([[3, 4]] * 5) == 0
    assert knee_point([[9, 9], [0, 2], [1, 1], [2, 0]]) == 1  # a line: the first of its points
    assert knee_point(CONCAVE) in (0, 20)
    assert knee_point([[4], [1], [3]]) == 1
    assert knee_point([[1, 5, 0], [5, 1, 0], [2, 2, 0]]) == 2


# --- what is refused --------------------------------------------------------------------------------------------------

Y = [[1.0, 2.0], [2.0, 1.0]]


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: weighted_sum([[1, np.nan]], [1, 1]), ValueError, "Y must not hold NaN"),
        (lambda: weighted_sum([[1, np.inf]], [1, 1]), ValueError, "Y must be finite, got inf"),
        (lambda: weighted_sum([1, 2], [1, 1]), ValueError, "Y must have shape (n, m), got (2,)"),
        (
            lambda: weighted_sum(Y, [1]),
            ValueError,
            "weights must have shape (2,), a number for each objective, got (1,)",
        ),
        (lambda: weighted_sum(Y, [1, -1]), ValueError, "weights must not be negative nor all 0, got [ 1. -1.]"),
        (lambda: weighted_sum(Y, [0, 0]), ValueError, "weights must not be negative nor all 0, got [0. 0.]"),
        (lambda: weighted_sum(Y, [1, np.nan]), ValueError, "weights must be finite"),
        (lambda: weighted_sum(Y, "ab"), TypeError, "weights must be numbers"),
        (lambda: chebyshev(Y, [1, 1], [0]), ValueError, "reference must have shape (2,), a number for each objective"),
        (lambda: chebyshev(Y, [1, 1], [0, np.inf]), ValueError, "reference must be finite"),
        (
            lambda: augmented_chebyshev(Y, [1, 1], [0, 0], rho=-0.1),
            ValueError,
            "rho must be a finite number at least 0",
        ),
        (lambda: epsilon_constraint(Y, 2, [1]), ValueError, "primary must name one of 2 objectives, 0 to 1, got 2"),
        (lambda: epsilon_constraint(Y, -3, [1]), ValueError, "primary must"),
        (lambda: epsilon_constraint(Y, 0.5, [1]), TypeError, "primary must be a whole number"),
        (
            lambda: epsilon_constraint(Y, 0, [1, 2, 3]),
            ValueError,
            "bounds must have shape (2,) or, without the primary",
        ),
        (lambda: epsilon_constraint(Y, 0, [np.nan]), ValueError, "bounds must be numbers, infinite for no bound"),
        (lambda: epsilon_constraint(Y, 0, {3: 1.0}), ValueError, "bounds must name one of 2 objectives, 0 to 1, got 3"),
        (lambda: knee_point([]), ValueError, "Y must hold at least 1 point, got 0"),
        (lambda: knee_point([[1, np.inf]]), ValueError, "Y must be finite, got inf"),
    ],
)
def test_what_is_refused(call, error, message):
    with pytest.raises(error, match=re.escape(message)):
        call()
