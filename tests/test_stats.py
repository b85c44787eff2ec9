"""Intervals: certified arithmetic, coverage by simulation, agreement with SciPy, and what they refuse."""

from __future__ import annotations

import copy
import pickle
from fractions import Fraction

import mpmath
import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from hpmath import Interval, bootstrap_interval, t_interval
from hpmath.stats import _mean_and_std

# --- NIST's Statistical Reference Datasets, univariate (www.itl.nist.gov/div898/strd/univ): data and certified values.

LEW = """
-213 -564 -35 -15 141 115 -420 -360 203 -338 -431 194 -220 -513 154 -125 -559 92 -21 -579 -52 99 -543 -175 162 -457
-346 204 -300 -474 164 -107 -572 -8 83 -541 -224 180 -420 -374 201 -236 -531 83 27 -564 -112 131 -507 -254 199 -311
-495 143 -46 -579 -90 136 -472 -338 202 -287 -477 169 -124 -568 17 48 -568 -135 162 -430 -422 172 -74 -577 -13 92 -534
-243 194 -355 -465 156 -81 -578 -64 139 -449 -384 193 -198 -538 110 -44 -577 -6 66 -552 -164 161 -460 -344 205 -281
-504 134 -28 -576 -118 156 -437 -381 200 -220 -540 83 11 -568 -160 172 -414 -408 188 -125 -572 -32 139 -492 -321 205
-262 -504 142 -83 -574 0 48 -571 -106 137 -501 -266 190 -391 -406 194 -186 -553 83 -13 -577 -49 103 -515 -280 201 300
-506 131 -45 -578 -80 138 -462 -361 201 -211 -554 32 74 -533 -235 187 -372 -442 182 -147 -566 25 68 -535 -244 194 -351
-463 174 -125 -570 15 72 -550 -190 172 -424 -385 198 -218 -536 96
"""
LOTTERY = """
162 671 933 414 788 730 817 33 536 875 670 236 473 167 877 980 316 950 456 92 517 557 956 954 104 178 794 278 147 773
437 435 502 610 582 780 689 562 964 791 28 97 848 281 858 538 660 972 671 613 867 448 738 966 139 636 847 659 754 243
122 455 195 968 793 59 730 361 574 522 97 762 431 158 429 414 22 629 788 999 187 215 810 782 47 34 108 986 25 644 829
630 315 567 919 331 207 412 242 607 668 944 749 168 864 442 533 805 372 63 458 777 416 340 436 140 919 350 510 572 905
900 85 389 473 758 444 169 625 692 140 897 672 288 312 860 724 226 884 508 976 741 476 417 831 15 318 432 241 114 799
955 833 358 935 146 630 830 440 642 356 373 271 715 367 393 190 669 8 861 108 795 269 590 326 866 64 523 862 840 219
382 998 4 628 305 747 247 34 747 729 645 856 974 24 568 24 694 608 480 410 729 947 293 53 930 223 203 677 227 62 455
387 318 562 242 428 968
"""
MAVRO = """
2.0018 2.0017 2.0018 2.0019 2.0018 2.0017 2.0015 2.0014 2.0015 2.0015 2.0017 2.0018 2.0018 2.0019 2.0019 2.0021 2.0020
2.0016 2.0014 2.0013 2.0013 2.0015 2.0015 2.0016 2.0015 2.0014 2.0013 2.0014 2.0015 2.0014 2.0015 2.0016 2.0015 2.0016
2.0019 2.0020 2.0020 2.0021 2.0022 2.0023 2.0024 2.0025 2.0027 2.0026 2.0026 2.0026 2.0027 2.0026 2.0025 2.0024
"""
MICHELSO = """
299.85 299.74 299.90 300.07 299.93 299.85 299.95 299.98 299.98 299.88 300.00 299.98 299.93 299.65 299.76 299.81 300.00
300.00 299.96 299.96 299.96 299.94 299.96 299.94 299.88 299.80 299.85 299.88 299.90 299.84 299.83 299.79 299.81 299.88
299.88 299.83 299.80 299.79 299.76 299.80 299.88 299.88 299.88 299.86 299.72 299.72 299.62 299.86 299.97 299.95 299.88
299.91 299.85 299.87 299.84 299.84 299.85 299.84 299.84 299.84 299.89 299.81 299.81 299.82 299.80 299.77 299.76 299.74
299.75 299.76 299.91 299.92 299.89 299.86 299.88 299.72 299.84 299.85 299.85 299.78 299.89 299.84 299.78 299.81 299.76
299.81 299.79 299.81 299.82 299.85 299.87 299.87 299.81 299.74 299.81 299.94 299.95 299.80 299.81 299.87
"""


def sawtooth(base: str) -> list[float]:
    """NumAcc2 to 4: base + .2 once, then base + .1 and base + .3 five hundred times."""
    return [float(f"{base}.2"), *[float(f"{base}.1"), float(f"{base}.3")] * 500]


# name: (data, certified mean, certified standard deviation, digits of the latter that doubles can hold)
STRD = {
    "Lottery": ([float(v) for v in LOTTERY.split()], 518.958715596330, 291.699727470969, 14),
    "Lew": ([float(v) for v in LEW.split()], -177.435000000000, 277.332168044316, 14),
    "Mavro": ([float(v) for v in MAVRO.split()], 2.00185600000000, 0.000429123454003053, 12),
    "Michelso": ([float(v) for v in MICHELSO.split()], 299.852400000000, 0.0790105478190518, 12),
    "NumAcc1": ([10000001.0, 10000003.0, 10000002.0], 10000002.0, 1.0, 14),
    "NumAcc2": (sawtooth("1"), 1.2, 0.1, 14),
    "NumAcc3": (sawtooth("1000000"), 1000000.2, 0.1, 9),
    "NumAcc4": (sawtooth("10000000"), 10000000.2, 0.1, 8),
}


@pytest.mark.parametrize("name", STRD)
def test_mean_and_standard_deviation_reach_nists_certified_digits(name):
    data, mean, std, digits = STRD[name]
    ours_mean, ours_std = _mean_and_std(np.array(data))
    assert abs(ours_mean - mean) <= 2e-15 * abs(mean)
    assert abs(ours_std - std) <= 10.0**-digits * std


@pytest.mark.parametrize("name", STRD)
def test_no_digit_is_lost_beyond_what_rounding_the_data_to_doubles_costs(name):
    # NumAcc4's certified 0.1 belongs to decimals; exact rational arithmetic on the doubles is the stricter judge.
    exact = [Fraction(value) for value in map(float, STRD[name][0])]
    centre = sum(exact) / len(exact)
    variance = sum((value - centre) ** 2 for value in exact) / (len(exact) - 1)
    with mpmath.workdps(40):
        std = float(mpmath.sqrt(mpmath.mpf(variance.numerator) / variance.denominator))
    ours_mean, ours_std = _mean_and_std(np.array(STRD[name][0], dtype=float))
    np.testing.assert_allclose(ours_mean, float(centre), rtol=5e-16)
    np.testing.assert_allclose(ours_std, std, rtol=2e-14)


def test_the_textbook_one_pass_formula_fails_where_ours_does_not():
    data = np.array(STRD["NumAcc4"][0])
    n = len(data)
    one_pass = ((data**2).sum() - data.sum() ** 2 / n) / (n - 1)
    assert abs(one_pass - 0.01) > 1e-3  # not even the second digit of the variance
    assert abs(_mean_and_std(data)[1] ** 2 - 0.01) < 1e-9


# --- Student's t


def test_two_values_give_the_cauchy_quantile():
    # n = 2: s/√n is half the distance of the two values, and t with 1 degree of freedom at .975 is tan(.475 π).
    low, high = t_interval([3.0, 5.0])
    half = np.tan(0.475 * np.pi)
    np.testing.assert_allclose([low, high], [4 - half, 4 + half], rtol=1e-12)


def test_five_values_by_hand_with_a_printed_t_table():
    # mean 5, s² = 10/4, t(4, .975) = 2.776 in every printed table
    low, high = t_interval([3, 4, 5, 6, 7])
    half = 2.776 * np.sqrt(2.5 / 5)
    np.testing.assert_allclose([low, high], [5 - half, 5 + half], atol=1e-3)


@pytest.mark.parametrize("confidence", [0.01, 0.5, 0.9, 0.95, 0.999])
def test_t_interval_matches_scipy(confidence):
    x = np.random.default_rng(4).normal(3, 2, size=13)
    theirs = scipy.stats.ttest_1samp(x, 0).confidence_interval(confidence)
    np.testing.assert_allclose(t_interval(x, confidence), theirs, rtol=1e-10)


def coverage_bounds(n: int, p: float, risk: float = 1e-6) -> tuple[float, float]:
    """Between these counts a correct procedure falls in all but a share ``risk`` of the runs."""
    low, high = scipy.stats.binom.interval(1 - risk, n, p)
    return float(low), float(high)


@pytest.mark.parametrize("n", [2, 5, 30])
def test_95_percent_of_the_intervals_cover_the_true_mean_of_normal_values(n):
    experiments = 20_000
    values = np.random.default_rng(n).normal(10.0, 3.0, size=(n, experiments))  # a column is an experiment
    low, high = t_interval(values)
    fewest, most = coverage_bounds(experiments, 0.95)
    assert fewest <= ((low <= 10) & (high >= 10)).sum() <= most


def test_the_coverage_test_notices_a_normal_quantile_in_place_of_students():
    experiments, n = 20_000, 5
    values = np.random.default_rng(n).normal(10.0, 3.0, size=(n, experiments))
    mean, std = _mean_and_std(values)
    half = 1.96 * std / np.sqrt(n)
    covered = (np.abs(mean - 10) <= half).sum()
    assert covered < coverage_bounds(experiments, 0.95)[0]


samples = arrays(
    np.float64, st.integers(2, 12), elements=st.floats(-1e3, 1e3).map(lambda v: round(v, 3)), fill=st.nothing()
)


@settings(max_examples=50, deadline=None)
@given(samples, st.floats(-100, 100), st.sampled_from([0.25, 0.5, 2.0, 8.0]))
def test_t_interval_moves_and_stretches_with_the_units(x, shift, scale):
    low, high = t_interval(x)
    moved = t_interval(shift + scale * x)
    np.testing.assert_allclose(moved, [shift + scale * low, shift + scale * high], rtol=1e-9, atol=1e-7)
    np.testing.assert_allclose(t_interval(-x), [-high, -low], rtol=1e-9, atol=1e-7)


@settings(max_examples=50, deadline=None)
@given(samples, st.floats(0.05, 0.9))
def test_more_confidence_never_narrows_the_interval_and_the_mean_lies_inside(x, confidence):
    narrow, wide = t_interval(x, confidence), t_interval(x, confidence + 0.05)
    assert wide.low <= narrow.low <= narrow.estimate <= narrow.high <= wide.high


# --- the bootstrap


@pytest.mark.parametrize("method", ["bca", "percentile"])
@pytest.mark.parametrize("statistic", [np.mean, np.median, np.std])
@pytest.mark.parametrize("n", [15, 40])
def test_bootstrap_equals_scipys_on_the_same_resamples(method, statistic, n):
    x = np.random.default_rng(n).lognormal(size=n)
    name = {"bca": "BCa", "percentile": "percentile"}[method]
    theirs = scipy.stats.bootstrap((x,), statistic, method=name, rng=3, n_resamples=1999, confidence_level=0.9)
    ours = bootstrap_interval(x, statistic, 0.9, method=method, rng=3, n_resamples=1999)
    np.testing.assert_allclose(ours, theirs.confidence_interval, rtol=1e-12)
    assert ours.estimate == pytest.approx(statistic(x), rel=1e-15)


def test_resamples_that_only_reorder_the_data_are_ties():
    # At n = 7 a share 7!/7⁷ = .6 % of the resamples holds every row once. Summed in another order their mean differs
    # from the data's in the last digit; with integers it does not, and there SciPy's exact comparison sees the ties.
    x = np.array([1, 2, 4, 8, 16, 32, 64])
    theirs = scipy.stats.bootstrap((x,), np.mean, method="BCa", rng=3).confidence_interval
    np.testing.assert_allclose(bootstrap_interval(x, rng=3), theirs, rtol=1e-12)
    np.testing.assert_allclose(bootstrap_interval(x / 10, rng=3), np.divide(theirs, 10), rtol=1e-12)


def test_all_27_resamples_of_three_values_give_the_percentiles_in_closed_form():
    # The median of 3 draws from (0, 1, 2) is 0, 1, 2 in 7, 13 and 7 of the 27 equally likely resamples.
    low, high = bootstrap_interval([0, 1, 2], np.median, 0.5, method="percentile", rng=0)
    assert (low, high) == (0.0, 2.0)  # 7/27 = .26 > .25
    low, high = bootstrap_interval([0, 1, 2], np.median, 0.4, method="percentile", rng=0)
    assert (low, high) == (1.0, 1.0)  # 7/27 < .30


def test_percentile_interval_of_the_median_commutes_with_a_monotone_map():
    x = np.random.default_rng(0).lognormal(size=15)
    confidence = 1 - 2 * 25 / 998  # so that the ends are resamples 25 and 973 of 0..998, with nothing interpolated
    plain = bootstrap_interval(x, np.median, confidence, method="percentile", n_resamples=999, rng=1)
    logged = bootstrap_interval(np.log(x), np.median, confidence, method="percentile", n_resamples=999, rng=1)
    np.testing.assert_allclose(np.log(plain), logged, rtol=1e-9)


@settings(max_examples=25, deadline=None)
@given(samples, st.sampled_from(["bca", "percentile"]), st.floats(-100, 100), st.sampled_from([0.5, 4.0]))
def test_bootstrap_moves_and_stretches_with_the_units(x, method, shift, scale):
    def ends(values):
        return bootstrap_interval(values, method=method, n_resamples=199, rng=0)

    low, high = ends(x)
    np.testing.assert_allclose(ends(shift + scale * x), [shift + scale * low, shift + scale * high], atol=1e-6)


def test_bca_covers_a_skewed_mean_more_often_than_the_percentile_interval():
    rng = np.random.default_rng(7)
    truth, covered = np.exp(0.5), {"bca": 0, "percentile": 0}
    for _ in range(400):
        x = rng.lognormal(size=25)
        for method in covered:
            low, high = bootstrap_interval(x, method=method, n_resamples=599, rng=rng)
            covered[method] += low <= truth <= high
    assert covered["percentile"] < covered["bca"] < 0.95 * 400  # better, and still short at n = 25


def test_a_statistic_without_axis_is_called_once_per_resample_and_agrees():
    x = np.random.default_rng(2).normal(size=(9, 3))
    fast = bootstrap_interval(x, np.mean, n_resamples=99, rng=5)
    slow = bootstrap_interval(x, lambda sample: sample.mean(), n_resamples=99, rng=5)
    np.testing.assert_allclose(fast, slow, rtol=1e-12)
    assert bootstrap_interval([1.0, 2.0, 4.0], max, method="percentile", rng=0).high == 4.0


def test_resampling_in_batches_changes_nothing(monkeypatch):
    x = np.random.default_rng(2).normal(size=(11, 4))
    whole = bootstrap_interval(x, n_resamples=501, rng=8)
    monkeypatch.setattr("hpmath.stats._BATCH", 700)
    np.testing.assert_array_equal(whole, bootstrap_interval(x, n_resamples=501, rng=8))


# --- both


@pytest.mark.parametrize("interval", [t_interval, lambda x: bootstrap_interval(x, n_resamples=199, rng=0)])
def test_columns_are_intervals_of_their_own(interval):
    x = np.random.default_rng(0).normal(size=(6, 4))
    low, high = interval(x)
    assert low.shape == high.shape == interval(x).estimate.shape == (4,)
    for k in range(4):
        np.testing.assert_allclose(interval(x[:, k]), [low[k], high[k]], rtol=1e-12)


@pytest.mark.parametrize("interval", [t_interval, lambda x: bootstrap_interval(x, n_resamples=199, rng=0)])
@pytest.mark.parametrize("shape", [(2,), (10,), (10, 1), (7, 3)])
def test_equal_values_give_width_zero(interval, shape):
    low, high = interval(np.full(shape, 0.1))
    np.testing.assert_allclose(low, 0.1, rtol=1e-15)
    np.testing.assert_allclose(high, 0.1, rtol=1e-15)


def test_an_interval_is_two_numbers_with_a_memory():
    interval = t_interval([1, 2, 3, 4])
    low, high = interval
    assert (low, high) == (interval.low, interval.high) == interval
    assert isinstance(low, float)
    assert isinstance(interval, Interval)
    assert interval.estimate == 2.5
    assert interval.confidence == 0.95
    assert interval.width == high - low
    for twin in (pickle.loads(pickle.dumps(interval)), copy.deepcopy(interval)):
        assert twin == interval
        assert twin.estimate == 2.5
    with pytest.raises(AttributeError, match="an Interval is frozen; make a new one to change estimate"):
        interval.estimate = 3.0


def test_inputs_are_not_modified():
    x = np.array([[3.0, 1.0], [2.0, 5.0], [4.0, 4.0]])
    before = x.copy()
    t_interval(x)
    bootstrap_interval(x, n_resamples=50, rng=0)
    np.testing.assert_array_equal(x, before)


def test_same_seed_same_interval():
    x = [1.0, 4.0, 2.0, 8.0]
    assert bootstrap_interval(x, rng=1) == bootstrap_interval(x, rng=1)
    assert bootstrap_interval(x, rng=1, n_resamples=50) != bootstrap_interval(x, rng=2, n_resamples=50)


def any_axis_nan(sample, axis):
    return np.full(np.delete(sample.shape, axis), np.nan)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: t_interval([1.0]), ValueError, "values must hold at least 2 repetitions .* got 1"),
        (lambda: bootstrap_interval([[1.0, 2.0]]), ValueError, "at least 2 repetitions .* got 1"),
        (lambda: t_interval([]), ValueError, r"values must have shape \(n,\) or \(n, k\) .* got shape \(0,\)"),
        (lambda: t_interval(3.0), ValueError, r"values must have shape .* got shape \(\)"),
        (lambda: t_interval([1.0, np.nan]), ValueError, r"values must be finite, got nan at index \[1\]"),
        (lambda: bootstrap_interval([1.0, np.inf]), ValueError, r"values must be finite, got inf at index \[1\]"),
        (lambda: t_interval(["a", "b"]), TypeError, "values must be numbers"),
        (lambda: t_interval([1, 2], 95), ValueError, "confidence must lie strictly between 0 and 1, got 95"),
        (lambda: t_interval([1, 2], 1.0), ValueError, "confidence must lie strictly between 0 and 1, got 1.0"),
        (lambda: t_interval([1, 2], float("nan")), ValueError, "strictly between 0 and 1, got nan"),
        (lambda: t_interval([1, 2], "95%"), TypeError, "confidence must be a number .* got '95%'"),
        (lambda: bootstrap_interval([1, 2], n_resamples=0), ValueError, "n_resamples must be at least 1, got 0"),
        (lambda: bootstrap_interval([1, 2], n_resamples=1e4), TypeError, "n_resamples must be a whole number"),
        (lambda: bootstrap_interval([1, 2], method="basic"), ValueError, "method must be one of 'bca', 'percentile'"),
        (lambda: bootstrap_interval([1, 2], "mean"), TypeError, "statistic must be a function .* got 'mean'"),
        (lambda: bootstrap_interval([1, 2], rng="x"), TypeError, "rng must be"),
        (lambda: bootstrap_interval([1, 2], lambda s: s), ValueError, "statistic must return one number per sample"),
        (lambda: bootstrap_interval([1, 2], any_axis_nan), ValueError, "statistic must return finite numbers, got nan"),
        (
            lambda: bootstrap_interval(np.arange(30.0), lambda s: len(set(s)), n_resamples=99, rng=0),
            ValueError,
            "method='bca' needs resampled statistics on both sides .* all of them below it; use method='percentile'",
        ),
    ],
)
def test_each_refusal_is_one_sentence(call, error, message):
    with pytest.raises(error, match=message) as caught:
        call()
    assert "\n" not in str(caught.value)


def test_none_is_not_a_number():
    with pytest.raises(TypeError, match="values must be numbers, got None"):
        t_interval([1.0, None, 2.0])
