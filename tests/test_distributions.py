"""Distributions: closed forms, SciPy's own, the probability integral transform, and what is refused."""

import math
import pickle

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad

from hpmath import Categorical, Distribution, Integer, LogUniform, Normal, Uniform
from hpmath._scipy_distributions import as_distribution

CONTINUOUS = [Uniform(-2, 3), LogUniform(1e-5, 10.0), Normal(1.5, 0.3)]
FINITE = [
    Integer(-3, 4),
    Integer(3, 3),
    Integer(1, 40, log=True),
    Integer(3, 3, log=True),
    Categorical(["relu", "tanh", "gelu"]),
    Categorical(["a", "b", "c"], [0.7, 0.2, 0.1]),
    Categorical([None]),
]
SAME_IN_SCIPY = [
    (Uniform(-2, 3), scipy.stats.uniform(-2, 5)),
    (LogUniform(1e-5, 10.0), scipy.stats.loguniform(1e-5, 10.0)),
    (Normal(1.5, 0.3), scipy.stats.norm(1.5, 0.3)),
]


@st.composite
def continuous(draw):
    a, b = sorted(draw(st.tuples(*[st.floats(-6, 6)] * 2).filter(lambda ab: abs(ab[0] - ab[1]) > 1e-3)))
    return draw(st.sampled_from([Uniform(a, b), LogUniform(10**a, 10**b), Normal(a, b - a)]))


@st.composite
def finite(draw):
    low, width = draw(st.integers(-1000, 1000)), draw(st.integers(0, 10**9))
    weights = draw(st.lists(st.floats(0.01, 1), min_size=1, max_size=8))
    p = np.array(weights) / sum(weights)
    kinds = [Integer(low, low + width), Integer(abs(low) + 1, abs(low) + 1 + width, log=True)]
    return draw(
        st.sampled_from([*kinds, Categorical(list(range(len(p))), p), Categorical([str(k) for k in range(len(p))])])
    )


# The mathematics


def test_log_uniform_gives_every_decade_the_same_probability():
    np.testing.assert_allclose(np.diff(LogUniform(1e-5, 1e-1).cdf([1e-5, 1e-4, 1e-3, 1e-2, 1e-1])), 0.25, rtol=1e-12)


def test_log_uniform_quantiles_are_numpys_logspace_and_decades_are_round():
    dist = LogUniform(1e-2, 1e4)
    np.testing.assert_allclose(dist.ppf(np.linspace(0, 1, 13)), np.logspace(-2, 4, 13), rtol=1e-14)
    assert dist.ppf(np.linspace(0, 1, 7)).tolist() == [0.01, 0.1, 1.0, 10.0, 100.0, 1000.0, 10000.0]


@pytest.mark.parametrize(("ours", "theirs"), SAME_IN_SCIPY, ids=lambda value: repr(value).split(" object at")[0])
def test_continuous_distributions_equal_scipys(ours, theirs):
    u = np.linspace(0.001, 0.999, 101)
    x = np.concatenate([theirs.ppf(u), [-100.0, 0.0, 100.0]])
    np.testing.assert_allclose(ours.ppf(u), theirs.ppf(u), rtol=1e-12)
    np.testing.assert_allclose(ours.cdf(x), theirs.cdf(x), rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(ours.pdf(x), theirs.pdf(x), rtol=1e-12)
    np.testing.assert_allclose(ours.logpdf(x), theirs.logpdf(x), rtol=1e-12)
    np.testing.assert_allclose(ours.entropy(), theirs.entropy(), rtol=1e-12)


def test_integer_equals_scipys_randint():
    ours, theirs = Integer(-3, 4), scipy.stats.randint(-3, 5)
    k, u = np.arange(-6, 8), np.linspace(1e-6, 1, 400)
    np.testing.assert_allclose(ours.pmf(k), theirs.pmf(k), rtol=1e-14)
    np.testing.assert_allclose(ours.cdf(k + 0.4), theirs.cdf(k + 0.4), rtol=1e-14)
    np.testing.assert_array_equal(ours.ppf(u), theirs.ppf(u))
    assert ours.entropy() == pytest.approx(theirs.entropy(), rel=1e-12)


@pytest.mark.parametrize("dist", CONTINUOUS, ids=repr)
def test_the_density_integrates_to_the_distribution_function(dist):
    low, high = np.maximum(dist.support[0], -1.0), dist.ppf(0.6)
    area, _ = quad(dist.pdf, low, high, epsabs=1e-12, limit=500, points=[dist.ppf(0.3)])
    assert area == pytest.approx(dist.cdf(high) - dist.cdf(low), abs=1e-9)


@pytest.mark.parametrize("dist", CONTINUOUS, ids=repr)
def test_differential_entropy_is_minus_the_mean_log_density(dist):
    # substitute u = F(x): the integral of -ln p(F^-1(u)) over the unit interval
    value, _ = quad(lambda u: -dist.logpdf(dist.ppf(u)), 0, 1, limit=500)
    assert dist.entropy() == pytest.approx(value, abs=1e-7)


@pytest.mark.parametrize("dist", FINITE, ids=repr)
def test_masses_are_the_steps_of_the_distribution_function_and_sum_to_one(dist):
    masses = np.array([dist.pmf(value) for value in dist.values])
    np.testing.assert_allclose(np.cumsum(masses), [dist.cdf(value) for value in dist.values], rtol=1e-12)
    assert masses.sum() == pytest.approx(1, rel=1e-12)
    assert dist.entropy() == pytest.approx(-np.sum(masses * np.log(masses)), rel=1e-12, abs=1e-12)
    np.testing.assert_allclose([dist.logpmf(value) for value in dist.values], np.log(masses), atol=1e-12)


@given(st.integers(1, 1000), st.integers(2, 9), st.integers(0, 10**6))
def test_log_integer_gives_equal_ratios_equal_probability(k, ratio, more):
    dist = Integer(1, k * ratio + more, log=True)
    expected = math.log(ratio) / math.log(k * ratio + more + 1)  # P(k <= X < ratio k), whatever k
    assert dist.cdf(ratio * k - 1) - dist.cdf(k - 1) == pytest.approx(expected, rel=1e-9)


def test_log_integer_over_one_decade_is_benfords_law():
    digits = np.arange(1, 10)
    np.testing.assert_allclose(Integer(1, 9, log=True).pmf(digits), np.log10(1 + 1 / digits), rtol=1e-14)


@pytest.mark.parametrize(("low", "high"), [(1, 2**21), (7, 3_000_000), (2**20 + 5, 2**20 + 900_000)])
def test_entropy_of_a_wide_log_integer_equals_the_whole_sum(low, high):
    dist = Integer(low, high, log=True)
    p = dist.pmf(np.arange(low, high + 1))
    assert dist.entropy() == pytest.approx(-np.sum(p * np.log(p)), rel=1e-11)


def test_normal_keeps_its_digits_far_out():
    assert Normal(0, 1).cdf(-30.0) == pytest.approx(scipy.stats.norm.cdf(-30.0), rel=1e-12)
    assert Normal(0, 1).logpdf(1e8) == pytest.approx(-5e15, rel=1e-12)


def test_the_articles_normal_learning_rate_has_mass_below_zero():
    assert Normal(0.01, 0.005).cdf(0) == pytest.approx(0.02275, abs=1e-5)


# The probability integral transform


@settings(max_examples=60)
@given(continuous(), st.floats(0, 1))
def test_quantile_function_inverts_the_distribution_function(dist, u):
    x = dist.from_unit([u])[0]
    assert type(x) is float
    assert dist.support[0] <= x <= dist.support[1]
    assert dist.contains(x)
    assert dist.cdf(x) == pytest.approx(u, abs=1e-11)


@settings(max_examples=60)
@given(continuous(), st.floats(0, 0.9999))
def test_a_float_comes_back_from_the_unit_interval(dist, u):
    x = dist.from_unit([u])[0]
    back = dist.from_unit(dist.to_unit([x]))[0]
    scale = abs(x) if isinstance(dist, LogUniform) else max(abs(x), dist.ppf(0.9) - dist.ppf(0.1))
    assert abs(back - x) <= 1e-12 * scale


@settings(max_examples=60)
@given(finite(), st.floats(0, 1))
def test_quantiles_of_steps_are_the_smallest_value_that_reaches_u(dist, u):
    value = dist.ppf(u)
    place = dist.to_unit([value])
    assert dist.cdf(value) >= u
    assert dist.from_unit(place) == [value]
    below = dist.cdf(value) - dist.pmf(value)
    assert below <= u + 1e-12
    assert place[0] == pytest.approx(below + dist.pmf(value) / 2, abs=1e-12)


@pytest.mark.parametrize("dist", FINITE, ids=repr)
def test_every_value_comes_back_from_the_middle_of_its_cell(dist):
    values = list(dist.values)
    u = dist.to_unit(values)
    assert dist.from_unit(u) == values
    assert ((u > 0) & (u < 1)).all()
    assert (np.diff(u) > 0).all()


@pytest.mark.parametrize(
    "dist",
    [
        Integer(0, 2**40 - 1),
        Integer(1, 2**40 - 1, log=True),
        Integer(2**53 - 2**39, 2**53, log=True),
        Integer(10**15, 10**15 + 5, log=True),
    ],
    ids=repr,
)
def test_integers_come_back_exactly_at_the_widest_ranges_allowed(dist):
    rng = np.random.default_rng(0)
    k = np.concatenate([rng.integers(dist.low, dist.high + 1, 2000), dist.sample(2000, rng), [dist.low, dist.high]])
    assert dist.from_unit(dist.to_unit(k)) == k.tolist()
    np.testing.assert_array_equal(dist.ppf(dist.cdf(k)), k)


@pytest.mark.parametrize(
    "dist", [Uniform(0.1, 0.3), LogUniform(1e-5, 0.1), LogUniform(3e-7, 7e5), Uniform(-1e308, 7e307)]
)
def test_the_ends_of_the_unit_interval_are_the_bounds_exactly(dist):
    assert dist.from_unit([0.0, 1.0]) == [dist.low, dist.high]
    inside = dist.ppf(np.nextafter([0.0, 1.0], 0.5))
    assert dist.low <= inside[0] <= inside[1] <= dist.high


def test_bounds_at_the_ends_of_the_floats():
    dist = LogUniform(5e-324, 1.7e308)
    assert dist.from_unit([0.0, 1.0]) == [5e-324, 1.7e308]
    assert np.isfinite(dist.ppf(np.linspace(0, 1, 99))).all()


def test_an_unbounded_value_is_finite_at_the_ends_of_the_unit_interval():
    low, high = Normal(10, 2).from_unit([0, 1])
    assert (10 - low) / 2 == pytest.approx((high - 10) / 2) == pytest.approx(8.2095, abs=1e-4)
    assert Normal(10, 2).ppf([0, 1]).tolist() == [-math.inf, math.inf]  # the mathematics stays as it is


def test_u_on_the_edge_of_a_cell_belongs_to_the_lower_one():
    assert Integer(1, 10).ppf(np.arange(1, 11) / 10).tolist() == list(range(1, 11))
    assert Categorical(list("abcd")).ppf([0, 0.25, 0.250001, 1]).tolist() == ["a", "a", "b", "d"]


# Sampling


@pytest.mark.parametrize("dist", CONTINUOUS, ids=repr)
def test_samples_follow_the_distribution(dist):
    sample = dist.sample(5000, rng=1)
    assert sample.shape == (5000,)
    assert sample.dtype == np.float64
    assert scipy.stats.kstest(sample, dist.cdf).pvalue > 0.001


@pytest.mark.parametrize("dist", [d for d in FINITE if d.cardinality > 1], ids=repr)
def test_samples_have_the_masses(dist):
    sample = dist.sample(20_000, rng=2).tolist()
    counts = [sample.count(value) for value in dist.values]
    assert sum(counts) == 20_000
    assert scipy.stats.chisquare(counts, 20_000 * np.array([dist.pmf(v) for v in dist.values])).pvalue > 0.001


def test_log_uniform_samples_equal_scipys_in_distribution():
    ours = LogUniform(1e-4, 1e2).sample(4000, rng=0)
    theirs = scipy.stats.loguniform(1e-4, 1e2).rvs(4000, random_state=0)
    assert scipy.stats.ks_2samp(ours, theirs).pvalue > 0.001


@pytest.mark.parametrize("dist", [*CONTINUOUS, *FINITE], ids=repr)
def test_same_seed_same_sample_and_no_global_state(dist):
    np.random.seed(0)  # noqa: NPY002
    first = dist.sample(5, rng=3).tolist()
    np.random.seed(1)  # noqa: NPY002
    assert dist.sample(5, rng=np.random.default_rng(3)).tolist() == first
    assert dist.sample(0).shape == (0,)


def test_a_number_gives_a_number_and_an_array_its_shape():
    for dist in CONTINUOUS:
        assert type(dist.cdf(1)) is type(dist.pdf(1)) is type(dist.ppf(0.5)) is type(dist.entropy()) is float
        assert dist.cdf(np.ones((2, 3))).shape == dist.ppf(np.full((2, 3), 0.5)).shape == (2, 3)
    assert type(Integer(1, 5).ppf(0.5)) is int
    assert Integer(1, 5).pmf([[1, 2], [3, 9]]).shape == (2, 2)
    assert Categorical(["a", "b"]).ppf([[0.1, 0.9]]).tolist() == [["a", "b"]]


# As Python objects


@pytest.mark.parametrize("dist", [*CONTINUOUS, *FINITE], ids=repr)
def test_repr_pickle_and_hash_round_trip(dist):
    assert eval(repr(dist)) == dist == pickle.loads(pickle.dumps(dist))
    assert hash(eval(repr(dist))) == hash(dist)
    assert isinstance(dist, Distribution)


def test_distributions_are_frozen_and_differ_by_kind_and_arguments():
    with pytest.raises(AttributeError):
        Uniform(0, 1).low = 2
    with pytest.raises(AttributeError):
        Categorical(["a"]).choices = ("b",)
    assert len({Uniform(1, 2), Uniform(1.0, 2.0), LogUniform(1, 2), Integer(1, 2), Integer(1, 2, log=True)}) == 4
    assert repr(Uniform(np.int64(0), np.float32(1))) == "Uniform(0.0, 1.0)"
    assert repr(Integer(np.int8(1), 5, log=True)) == "Integer(1, 5, log=True)"


def test_what_is_a_value():
    assert Integer(1, 5).contains(np.int64(5))
    assert Integer(1, 5).contains(3.0)  # as a table with a gap in the column stores it
    assert not any(Integer(1, 5).contains(v) for v in (0, 6, 2.5, True, "3", None, math.nan, math.inf, [3], 10**400))
    assert Uniform(0, 5).contains(3)
    assert Uniform(0, 5).contains(np.float32(0.5))
    assert not any(Uniform(0, 5).contains(v) for v in (-1, 5.1, True, "3", None, math.nan, math.inf, [3], 10**400))
    assert not Normal(0, 1).contains(math.inf)
    assert not any(Categorical(["a", 1]).contains(v) for v in ("b", True, None, {}, set(), [1]))


# Choices


def test_choices_differ_by_type_and_value():
    dist = Categorical([1, 1.0, True, "1", None])
    assert [dist._code(v) for v in (1, 1.0, True, "1", None)] == [0, 1, 2, 3, 4]
    assert [type(v) for v in dist.from_unit([0.1, 0.3, 0.5, 0.7, 0.9])] == [int, float, bool, str, type(None)]
    assert Categorical([1]) != Categorical([True]) != Categorical([1.0])


def test_a_choice_is_recognised_by_value_where_none_equals_it_exactly():
    dist = Categorical([16, 32, (64, 64), math.nan])
    assert [dist._code(v) for v in (32.0, [64, 64], np.int32(16), float("nan"))] == [1, 2, 0, 3]
    assert dist._code(True) is None


def test_numpy_scalars_among_the_choices_become_python_values():
    assert [type(c) for c in Categorical(np.array([1, 2])).choices] == [int, int]
    assert [type(c) for c in Categorical(np.array(["a", "b"])).choices] == [str, str]
    assert [type(c) for c in Categorical([np.float64(0.5), np.True_]).choices] == [float, bool]
    assert Categorical(range(3)).choices == (0, 1, 2)


def test_choices_may_be_any_objects_and_containers_are_handed_out_as_copies():
    class Thing:
        __hash__ = None

    thing = Thing()
    dist = Categorical([thing, [1, [2]], {"a": [3]}, len, Thing])
    assert [dist._code(v) for v in (thing, [1, [2]], {"a": [3]}, len, Thing, Thing())] == [0, 1, 2, 3, 4, None]
    dist.from_unit([0.3])[0][1].append("spoiled")
    dist.values[2]["a"].append("spoiled")
    dist.ppf(0.3).append("spoiled")
    assert dist.from_unit([0.1, 0.3, 0.5]) == [thing, [1, [2]], {"a": [3]}]
    copy = pickle.loads(pickle.dumps(Categorical([len, [1]])))
    assert copy._code([1]) == 1


def test_masses_of_choices_one_by_one_and_in_a_list():
    dist = Categorical(["a", "b", (1, 2)], [0.5, 0.3, 0.2])
    assert dist.pmf("b") == 0.3
    np.testing.assert_allclose(dist.pmf(["b", "z", (1, 2)]), [0.3, 0, 0.2], rtol=1e-12)
    assert dist.cdf("b") == pytest.approx(0.8)
    assert dist.logpmf("z") == -math.inf
    with pytest.raises(ValueError, match="'z' is not a value of Categorical"):
        dist.cdf("z")


# Lists and SciPy's distributions


@pytest.mark.parametrize(
    ("given_", "expected"),
    [
        (["a", "b"], Categorical(["a", "b"])),
        ((1, 2), Categorical([1, 2])),
        (range(3), Categorical([0, 1, 2])),
        (np.logspace(-3, 0, 4), Categorical([1e-3, 1e-2, 1e-1, 1.0])),
        (scipy.stats.loguniform(1e-6, 1e-2), LogUniform(1e-6, 1e-2)),
        (scipy.stats.reciprocal(a=1e-6, b=1e-2, scale=2), LogUniform(2e-6, 2e-2)),
        (scipy.stats.uniform(loc=1, scale=2), Uniform(1, 3)),
        (scipy.stats.uniform, Uniform(0, 1)),
        (scipy.stats.norm(3), Normal(3, 1)),
        (scipy.stats.randint(1, 10), Integer(1, 9)),
        (scipy.stats.randint(low=1, high=10, loc=2), Integer(3, 11)),
        (Uniform(0, 1), Uniform(0, 1)),
    ],
    ids=lambda value: repr(value).split(" object at")[0],  # parallel workers must agree on names
)
def test_what_scikit_learn_accepts_is_accepted(given_, expected):
    assert as_distribution(given_) == expected


@pytest.mark.parametrize(
    "frozen",
    [
        scipy.stats.truncnorm(-2, 2, loc=0.01, scale=0.005),
        scipy.stats.beta(2, 5),
        scipy.stats.loguniform(1, 10, loc=3),
        scipy.stats.gamma(2),
        scipy.stats.rv_histogram(np.histogram([1.0, 2.0, 2.5, 4.0], bins=4)),
    ],
    ids=["truncnorm", "beta", "shifted loguniform", "gamma", "histogram"],
)
def test_other_continuous_distributions_of_scipy_are_asked(frozen):
    dist = as_distribution(frozen)
    u = np.linspace(0.01, 0.99, 30)
    x = frozen.ppf(u)
    np.testing.assert_array_equal(dist.ppf(u), x)
    np.testing.assert_array_equal(dist.pdf(x), frozen.pdf(x))
    np.testing.assert_array_equal(dist.logpdf(x), frozen.logpdf(x))
    np.testing.assert_allclose(dist.to_unit(x), u, rtol=1e-10)
    assert dist.entropy() == pytest.approx(float(frozen.entropy()))
    assert dist.kind == "continuous"
    assert dist.cardinality is None
    ends = dist.from_unit([0, 1])
    assert np.isfinite(ends).all()
    assert all(map(dist.contains, ends))
    assert not dist.contains(-1e9)
    assert dist == as_distribution(pickle.loads(pickle.dumps(frozen))) == pickle.loads(pickle.dumps(dist))


@pytest.mark.parametrize(
    ("frozen", "cardinality"),
    [
        (scipy.stats.binom(10, 0.3), 11),
        (scipy.stats.poisson(4), None),
        (scipy.stats.geom(0.2), None),
        (scipy.stats.skellam(9, 4), None),
        (scipy.stats.rv_discrete(values=([1, 5, 10], [0.2, 0.3, 0.5])), 3),
    ],
    ids=["binom", "poisson", "geom", "skellam", "table"],
)
def test_other_discrete_distributions_of_scipy_are_asked(frozen, cardinality):
    dist = as_distribution(frozen)
    assert (dist.kind, dist.cardinality) == ("integer", cardinality)
    assert all(type(v) is int and dist.contains(v) for v in dist.from_unit([0, 1]))
    values = dist.from_unit(np.linspace(0.001, 0.999, 101))
    assert all(type(v) is int and dist.contains(v) for v in values)
    assert dist.from_unit(dist.to_unit(values)) == values
    np.testing.assert_allclose(dist.pmf(values), frozen.pmf(values))
    if cardinality is not None:
        assert sum(dist.pmf(v) for v in dist.values) == pytest.approx(1)
    assert not dist.contains(2.5)
    assert not any(map(dist.contains, (10**9, 10**400, math.inf, math.nan, True)))


def test_frozen_distributions_are_equal_if_family_and_arguments_are():
    one, two = as_distribution(scipy.stats.beta(2, 5)), as_distribution(scipy.stats.beta(2, 6))
    assert one == as_distribution(scipy.stats.beta(2, 5)) != two
    assert repr(one) == "scipy.stats.beta(2, 5)"
    histograms = [as_distribution(scipy.stats.rv_histogram(np.histogram([0.0, a, 9.0], bins=3))) for a in (1.0, 8.0)]
    assert histograms[0] != histograms[1]


# What is refused


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: LogUniform(0, 0.1), ValueError, r"LogUniform needs 0 < low < high, got low=0\.0, high=0\.1"),
        (lambda: LogUniform(0.1, 0.01), ValueError, r"LogUniform needs 0 < low < high, got low=0\.1, high=0\.01"),
        (lambda: LogUniform(1, math.inf), ValueError, "got low=1.0, high=inf"),
        (lambda: LogUniform(math.nan, 1), ValueError, "got low=nan"),
        (lambda: Uniform(1, 1), ValueError, r"Uniform needs finite low < high, got low=1\.0, high=1\.0"),
        (lambda: Uniform(0, math.inf), ValueError, "Uniform needs finite low < high"),
        (lambda: Uniform(-1e308, 1e308), ValueError, "Uniform needs finite low < high"),
        (lambda: Uniform("0", 1), TypeError, "Uniform needs numbers, got low='0'"),
        (lambda: Uniform(0, True), TypeError, "Uniform needs numbers, got high=True"),
        (lambda: Normal(0, 0), ValueError, r"Normal needs a finite mean and a finite std > 0, got mean=0\.0, std=0\.0"),
        (lambda: Normal(math.nan, 1), ValueError, "Normal needs a finite mean"),
        (lambda: Integer(5, 1), ValueError, "Integer needs low <= high, got low=5, high=1"),
        (
            lambda: Integer(0, 9, log=True),
            ValueError,
            "Integer with log=True needs 1 <= low <= high, got low=0",
        ),
        (lambda: Integer(1.0, 5), TypeError, "Integer needs whole numbers, got low=1.0"),
        (lambda: Integer(1, True), TypeError, "Integer needs whole numbers, got high=True"),
        (lambda: Integer(1, 5, log="yes"), TypeError, "Integer needs log=True or False, got log='yes'"),
        (lambda: Integer(0, 2**40), ValueError, r"Integer needs fewer than 2\*\*40 values"),
        (lambda: Categorical([]), ValueError, "Categorical needs at least one choice, got none"),
        (lambda: Categorical("abc"), TypeError, "Categorical needs a list of choices, got 'abc'"),
        (lambda: Categorical({1, 2}), TypeError, r"Categorical needs a list of choices, got \{1, 2\}"),
        (lambda: Categorical(["a", "a"]), ValueError, "Categorical needs different choices, got 'a' twice"),
        (lambda: Categorical([[1], [1]]), ValueError, r"got \[1\] twice"),
        (lambda: Categorical(np.ones((2, 2))), ValueError, r"choices of shape \(k,\), got shape \(2, 2\)"),
        (lambda: Categorical(["a", "b"], [1]), ValueError, r"must have shape \(2,\), one a choice, got \(1,\)"),
        (lambda: Categorical(["a", "b"], [0.5, 0.6]), ValueError, "probabilities must be positive and sum to one"),
        (lambda: Categorical(["a", "b"], [1, 0]), ValueError, "probabilities must be positive and sum to one"),
        (lambda: Categorical(["a", "b"], [math.nan, 1]), ValueError, "probabilities must be positive"),
        (lambda: Categorical(["a", "b"], [1, 1e-20]), ValueError, "large enough to leave each choice a cell"),
        (lambda: Categorical(["a", "b"], ["x", "y"]), TypeError, "probabilities must be numbers"),
        (lambda: Uniform(0, 1).ppf(1.5), ValueError, r"u must lie in \[0, 1\], got 1.5"),
        (lambda: Uniform(0, 1).ppf([0.5, math.nan]), ValueError, r"u must lie in \[0, 1\], got nan"),
        (lambda: Uniform(0, 1).cdf(math.nan), ValueError, "x must not be NaN"),
        (lambda: Uniform(0, 1).pdf("a"), TypeError, "x must be numbers"),
        (lambda: Uniform(0, 1).sample(-1), ValueError, "n must be at least 0, got -1"),
        (lambda: Uniform(0, 1).sample(2.5), TypeError, "n must be a whole number"),
        (lambda: Uniform(0, 1).to_unit([0.5, 2.0]), ValueError, r"2.0 is not a value of Uniform\(0.0, 1.0\)"),
        (
            lambda: as_distribution("relu"),
            TypeError,
            r"got 'relu' \(a constant is a list of one, \['relu'\]\)",
        ),
        (lambda: as_distribution({1, 2}), TypeError, "list of choices or frozen scipy.stats one is needed"),
        (lambda: as_distribution(LogUniform), TypeError, "with its arguments is needed, such as Uniform"),
        (lambda: as_distribution(scipy.stats.uniform([0, 1], 1)), ValueError, "got several at once"),
        (lambda: as_distribution(scipy.stats.gamma([1, 2])), ValueError, "got several at once"),
        (lambda: as_distribution(scipy.stats.gamma(-1)), ValueError, "arguments outside its family"),
        (lambda: as_distribution(scipy.stats.loguniform(0, 0.1)), ValueError, "LogUniform needs 0 < low < high"),
        (
            lambda: as_distribution(scipy.stats.rv_discrete(values=([0.1, 0.5], [0.5, 0.5]))),
            ValueError,
            "no whole numbers: use Categorical with probabilities",
        ),
    ],
)
def test_what_is_refused_and_how(make, error, message):
    with pytest.raises(error, match=message):
        make()


def test_the_ends_of_a_log_uniform_are_the_ends_of_the_unit_interval():
    for low in np.random.default_rng(0).uniform(1, 2, 2000):  # a rounded logarithm may leave it
        dist = LogUniform(low, 10.0)
        u = dist.to_unit([dist.low, dist.high])
        assert 0 <= u[0] < 1e-15
        assert 1 - 1e-15 < u[1] <= 1
