"""Test functions with a known front: formulas by hand, their fronts, and what they refuse."""

from __future__ import annotations

import numpy as np
import pytest

from hpmath import dtlz2, hypervolume, non_dominated_mask, zdt

ALL = [*(zdt(k) for k in (1, 2, 3, 4, 6)), dtlz2(2), dtlz2(3), dtlz2(5)]


def named(f):
    return repr(f)


def on_the_front(f, n, rng):
    """Points of the box with the best g: x2, … at 0, or at 1/2 for DTLZ2."""
    X = np.full((n, len(f.bounds)), 0.5 if f.name == "DTLZ2" else 0.0)
    k = f.m - 1 if f.name == "DTLZ2" else 1
    X[:, :k] = rng.random((n, k))
    return X


@pytest.mark.parametrize("f", ALL, ids=named)
def test_no_point_of_the_box_dominates_the_front(f):
    rng = np.random.default_rng(0)
    low, high = f.bounds.T
    X = low + (high - low) * rng.random((300, len(low)))
    Y = np.vstack([f(X), f(on_the_front(f, 300, rng))])
    front = f.front(200)
    assert front.shape == (200, f.m)
    assert non_dominated_mask(np.round(front, 9)).all()
    for y in Y:
        assert not ((y <= front - 1e-9).all(axis=1)).any()


@pytest.mark.parametrize("f", ALL, ids=named)
def test_the_front_is_reached(f):
    reached = f(on_the_front(f, 4000 if f.m < 4 else 40_000, np.random.default_rng(1)))
    near = 0.02 if f.m == 2 else 0.1 if f.m == 3 else 0.35
    for z in f.front(30):
        assert np.abs(reached - z).max(axis=1).min() < near


def test_formulas_by_hand():
    np.testing.assert_allclose(zdt(1)([0.25] + 29 * [0.5]), [0.25, 5.5 * (1 - np.sqrt(0.25 / 5.5))])
    np.testing.assert_allclose(zdt(2)([0.5] + 29 * [1.0]), [0.5, 10 * (1 - 0.05**2)])
    np.testing.assert_allclose(zdt(3)([0.05] + 29 * [0.0]), [0.05, 1 - np.sqrt(0.05) - 0.05])  # the sine is 1
    g4 = 1 + 90 + 9 * (0.25**2 + 10)  # cos π = -1
    np.testing.assert_allclose(zdt(4)([1.0] + 9 * [0.25]), [1.0, g4 * (1 - np.sqrt(1 / g4))])
    np.testing.assert_allclose(zdt(6)([0.0] + 9 * [1.0]), [1.0, 10 * (1 - 0.01)])
    np.testing.assert_allclose(dtlz2(3)([0, 0] + 10 * [0.0]), [3.5, 0, 0], atol=1e-12)  # g = 10/4


@pytest.mark.parametrize(("k", "under"), [(1, 1 / 3), (2, 2 / 3), (4, 1 / 3)])
def test_the_hypervolume_of_the_front_is_the_square_less_the_integral_under_it(k, under):
    assert hypervolume(zdt(k).front(20_000), [1.1, 1.1]) == pytest.approx(1.21 - under, abs=2e-4)


def test_a_configuration_and_a_batch_agree_with_a_point():
    for f in ALL:
        config = f.space.sample(1, rng=0)[0]
        x = list(config.values())
        np.testing.assert_array_equal(f(config), f(x))
        np.testing.assert_allclose(f([x, x]), [f(x), f(x)], rtol=1e-14)


def test_what_is_refused():
    for number in (0, 5, 7, "1", True):
        with pytest.raises(ValueError, match="number must be one of 1, 2, 3, 4, 6"):
            zdt(number)
    with pytest.raises(ValueError, match="d must be at least 2"):
        zdt(1, d=1)
    with pytest.raises(ValueError, match="m must be at least 2"):
        dtlz2(1)
    with pytest.raises(ValueError, match="d must be at least 3"):
        dtlz2(3, d=2)
    f = zdt(1, d=3)
    with pytest.raises(ValueError, match=r"x must have shape \(3,\) or \(n, 3\) for ZDT1"):
        f([0.1, 0.2])
    with pytest.raises(ValueError, match="x must lie within the bounds of ZDT1"):
        f([0.1, 0.2, 1.5])
    with pytest.raises(ValueError, match="a configuration of ZDT1 has the keys x1 … x3"):
        f({"x1": 0.1})
    with pytest.raises(ValueError, match="n must be at least 1"):
        f.front(0)
