"""A kernel around each observation: masses, bandwidths, what is shared, what is cut, and that it all adds up to one."""

import itertools

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.neighbors import KernelDensity

from hpmath import Categorical, Integer, LogUniform, Normal, ParzenEstimator, Space, Uniform, xor_optimum

CONTINUOUS = {
    "uniform": Uniform(-2, 3),
    "log-uniform": LogUniform(1e-4, 10),
    "normal": Normal(1, 2),
    "beta": scipy.stats.beta(2, 5),
}
DISCRETE = {
    "integer": Integer(-3, 8),
    "log integer": Integer(1, 40, log=True),
    "long integer": Integer(1, 6000, log=True),  # more values than a table of cells has
    "poisson-like": scipy.stats.binom(30, 0.2),
    "ordered choices": Categorical([0.1, 10.0, 1.0, 3.0]),
    "weighted numbers": Categorical([8, 2, 4], [0.2, 0.5, 0.3]),
    "choices": Categorical(["a", "b", "c"]),
    "weighted choices": Categorical(["a", "b", "c"], [0.7, 0.2, 0.1]),
    "flags": Categorical([True, False]),
    "one value": Integer(3, 3),
}
MIXED = Space({"x": Uniform(0, 4), "lr": LogUniform(1e-4, 1), "n": Integer(1, 5), "c": ["a", "b", "c"]})
TREE = Space(
    {"kernel": ["linear", "rbf"], "x": Uniform(0, 2), "gamma": LogUniform(1e-3, 1), "n": Integer(1, 3)},
    conditions={"gamma": ("kernel", ["rbf"]), "n": ("gamma", (0.1, 1.0))},
)
MODES = pytest.mark.parametrize("multivariate", [True, False], ids=["multivariate", "univariate"])
RULES = pytest.mark.parametrize("bandwidth", ["scott", "neighbours", "range", 0.05])


def fitted(space, n=8, seed=0, **settings):
    space = space if isinstance(space, Space) else Space({"x": space})
    return ParzenEstimator(space, **settings).fit(space.sample(n, rng=seed))


def values_of(dist):
    return list(Space({"x": dist})["x"].values)


# It adds up to one


@RULES
@pytest.mark.parametrize("name", CONTINUOUS)
def test_a_density_on_a_continuous_hyperparameter_integrates_to_one(name, bandwidth):
    model = fitted(CONTINUOUS[name], bandwidth=bandwidth)
    dist = model.space["x"]
    # Gauss's rule on each of 60 parts between the prior's quantiles, in which the density is smooth
    u = np.concatenate(
        [[1e-14, 1e-9, 1e-6, 1e-3], np.linspace(0.01, 0.99, 51), 1 - np.array([1e-3, 1e-6, 1e-9, 1e-14])]
    )
    ends = dist.ppf(u)
    t, w = np.polynomial.legendre.leggauss(20)
    x = (ends[:-1, None] + ends[1:, None]) / 2 + np.diff(ends)[:, None] / 2 * t
    f = model.pdf([{"x": value} for value in x.ravel()]).reshape(x.shape)
    assert np.sum(f @ w * np.diff(ends) / 2) == pytest.approx(1, abs=1e-8)


@RULES
@pytest.mark.parametrize("name", DISCRETE)
def test_masses_on_a_discrete_hyperparameter_sum_to_one(name, bandwidth):
    for n in (0, 1, 4, 60):
        model = fitted(DISCRETE[name], n, bandwidth=bandwidth)
        masses = model.pdf([{"x": value} for value in values_of(DISCRETE[name])])
        assert (masses > 0).all()
        assert masses.sum() == pytest.approx(1, abs=1e-12)


def integral(model, branches, nodes=30):
    """Integral of the density relative to the prior; a branch is (k, the prior's share of it, [0, 1]^k -> config)."""
    t, w = np.polynomial.legendre.leggauss(nodes)
    total = 0.0
    for k, share, make in branches:
        weights = [np.prod(ws) / 2**k for ws in itertools.product(w, repeat=k)]
        configs = [make(*(np.array(ts) + 1) / 2) for ts in itertools.product(t, repeat=k)]
        total += share * model.pdf(configs, relative=True) @ weights
    return total


@MODES
def test_a_density_on_a_tree_of_conditions_integrates_to_one(multivariate):
    model = fitted(TREE, 12, seed=1, multivariate=multivariate, bandwidth=0.3)
    # gamma = 1e-3 * 1000^u is below 0.1 with probability 2/3; above, n is active
    branches = [
        (1, 1 / 2, lambda u: {"kernel": "linear", "x": 2 * u}),
        (2, 1 / 3, lambda u, v: {"kernel": "rbf", "x": 2 * u, "gamma": 1e-3 * 1000 ** (v * 2 / 3)}),
        *(
            (
                2,
                1 / 18,
                lambda u, v, n=n: {"kernel": "rbf", "x": 2 * u, "gamma": 1e-3 * 1000 ** ((2 + v) / 3), "n": n},
            )
            for n in (1, 2, 3)
        ),
    ]
    assert {tuple(config) for config in TREE.sample(50, rng=1)} == {
        ("kernel", "x"),
        ("kernel", "x", "gamma"),
        ("kernel", "x", "gamma", "n"),
    }
    assert integral(model, branches) == pytest.approx(1, abs=1e-6)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 4), st.sampled_from("abc"), st.sampled_from([1, 10, 100])), max_size=12),
    st.booleans(),
    st.floats(0.01, 5),
)
def test_masses_sum_to_one_whatever_was_observed(rows, multivariate, prior_weight):
    space = Space({"n": Integer(1, 4), "c": ["a", "b", "c"], "o": [1, 10, 100]})
    configs = [dict(zip("nco", row, strict=True)) for row in rows]
    model = ParzenEstimator(space, multivariate=multivariate, prior_weight=prior_weight).fit(configs)
    assert model.pdf(space.grid()).sum() == pytest.approx(1, abs=1e-12)
    assert (model.pdf(space.grid(), relative=True) > 0).all()


# Closed forms


@MODES
def test_without_observations_it_is_the_prior(multivariate):
    model = ParzenEstimator(MIXED, multivariate=multivariate).fit([])
    configs = MIXED.sample(5, rng=0)
    np.testing.assert_allclose(model.pdf(configs, relative=True), 1, rtol=1e-14)
    prior = [1 / 4 / (c["lr"] * np.log(1e4)) / 5 / 3 for c in configs]
    np.testing.assert_allclose(model.pdf(configs), prior, rtol=1e-12)
    assert model.sample(4, rng=3) != model.sample(4, rng=4)


def test_one_kernel_is_a_normal_cut_at_the_bounds():
    model = ParzenEstimator({"x": Uniform(-1, 3)}, bandwidth=0.25, prior_weight=0).fit([{"x": 2.5}])
    x = np.linspace(-1, 3, 9)
    peer = scipy.stats.truncnorm((-1 - 2.5) / 1, (3 - 2.5) / 1, loc=2.5, scale=1)  # a quarter of the range is 1
    np.testing.assert_allclose(model.pdf([{"x": v} for v in x]), peer.pdf(x), rtol=1e-12)


def test_log_uniform_kernels_are_normal_in_the_logarithm():
    at = np.geomspace(1e-3, 1, 7)
    log = fitted(LogUniform(1e-3, 1), bandwidth="scott").fit([{"x": 0.01}, {"x": 0.02}, {"x": 0.5}])
    plain = ParzenEstimator({"x": Uniform(-3, 0)}).fit([{"x": np.log10(v)} for v in (0.01, 0.02, 0.5)])
    np.testing.assert_allclose(
        log.pdf([{"x": v} for v in at]),
        plain.pdf([{"x": np.log10(v)} for v in at]) / (at * np.log(10)),
        rtol=1e-12,
    )


def test_a_whole_number_has_the_kernels_mass_on_its_cell():
    model = ParzenEstimator({"n": Integer(0, 9)}, bandwidth=0.2, prior_weight=0).fit([{"n": 1}])
    peer = scipy.stats.truncnorm(-0.15 / 0.2, 0.85 / 0.2, loc=0.15, scale=0.2)
    masses = np.diff(peer.cdf(np.arange(11) / 10))
    np.testing.assert_allclose(model.pdf([{"n": n} for n in range(10)]), masses, rtol=1e-9)


def test_far_tails_keep_their_digits():
    model = ParzenEstimator({"n": Integer(0, 99)}, bandwidth=0.02, prior_weight=0).fit([{"n": 10}, {"n": 89}])
    masses = model.pdf([{"n": n} for n in range(100)])
    np.testing.assert_allclose(masses, masses[::-1], rtol=1e-9)  # symmetric, so both tails are right or both wrong
    one = ParzenEstimator({"n": Integer(0, 99)}, bandwidth=0.02, prior_weight=0).fit([{"n": 10}])
    z = (0.50 - 0.105) / 0.02
    tail = scipy.stats.norm.logsf([z, z + 0.5])
    wanted = tail[0] + np.log1p(-np.exp(tail[1] - tail[0])) - np.log(scipy.stats.norm.cdf(5.25))
    assert one.logpdf([{"n": 50}])[0] == pytest.approx(wanted, rel=1e-9)


def test_choices_keep_a_part_of_the_mass_and_share_the_rest():
    # n = 2 of K = 3: h = 3 / (3 + 2 + 1); weights 1/3 each, the prior's too
    model = ParzenEstimator({"c": Categorical(["a", "b", "c"], [0.5, 0.3, 0.2])}).fit([{"c": "b"}, {"c": "b"}])
    p = np.array([0.5, 0.3, 0.2])
    wanted = p / 3 + 2 / 3 * (0.5 * p + 0.5 * np.array([0, 1, 0]))
    np.testing.assert_allclose(model.pdf([{"c": c} for c in "abc"]), wanted, rtol=1e-12)


def test_numbers_in_a_list_are_ordered_and_names_are_not():
    numbers = ParzenEstimator({"c": [1, 100, 10, 1000]}).fit([{"c": 1}] * 4)
    one, hundred, ten, thousand = numbers.pdf([{"c": c} for c in (1, 100, 10, 1000)])
    assert one > ten > hundred > thousand
    names = ParzenEstimator({"c": ["1", "100", "10", "1000"]}).fit([{"c": "1"}] * 4)
    one, *others = names.pdf([{"c": c} for c in ("1", "100", "10", "1000")])
    assert one > others[0]
    np.testing.assert_allclose(others, others[0], rtol=1e-12)


def test_the_order_in_which_choices_are_listed_does_not_matter():
    observed = [{"c": 10}, {"c": 10}, {"c": 100}]
    first = ParzenEstimator({"c": [1, 10, 100, 1000]}).fit(observed)
    second = ParzenEstimator({"c": [1000, 10, 1, 100]}).fit(observed)
    at = [{"c": c} for c in (1, 10, 100, 1000)]
    np.testing.assert_allclose(first.pdf(at), second.pdf(at), rtol=1e-12)
    assert {config["c"] for config in second.sample(50, rng=0)} >= {10, 100}


def test_narrow_kernels_away_from_the_bounds_match_scikit_learn():
    rng = np.random.default_rng(0)
    X, at = rng.uniform(0.4, 0.6, (30, 2)), rng.uniform(0.35, 0.65, (20, 2))
    theirs = KernelDensity(bandwidth=0.03).fit(X).score_samples(at)
    model = ParzenEstimator({"a": Uniform(0, 1), "b": Uniform(0, 1)}, bandwidth=0.03, prior_weight=0)
    model.fit([{"a": a, "b": b} for a, b in X])
    np.testing.assert_allclose(model.logpdf([{"a": a, "b": b} for a, b in at]), theirs, rtol=1e-10)


def test_the_univariate_density_is_the_product_of_its_marginals():
    configs, at = MIXED.sample(9, rng=1), MIXED.sample(6, rng=2)
    joint = ParzenEstimator(MIXED, multivariate=False, bandwidth="scott").fit(configs).logpdf(at)
    alone = 0.0
    for name in MIXED:
        model = ParzenEstimator({name: MIXED[name]}).fit([{name: config[name]} for config in configs])
        alone = alone + model.logpdf([{name: config[name]} for config in at])
    np.testing.assert_allclose(joint, alone, rtol=1e-12)


def test_the_rule_that_is_not_given_goes_with_the_mode():
    assert ParzenEstimator(MIXED).bandwidth == "scott"
    assert ParzenEstimator(MIXED, multivariate=False).bandwidth == "neighbours"


def test_in_one_dimension_both_modes_are_the_same():
    for dist in (Uniform(0, 1), Integer(1, 9), Categorical(["a", "b"])):
        at = [{"x": value} for value in dist.sample(7, rng=3).tolist()]
        one, other = (fitted(dist, 30, multivariate=mode, bandwidth="scott").logpdf(at) for mode in (True, False))
        np.testing.assert_allclose(one, other, rtol=1e-12)


def test_an_inactive_hyperparameter_has_the_priors_kernel_or_is_left_out():
    space = Space({"k": ["a", "b"], "x": Uniform(0, 1)}, conditions={"x": ("k", ["b"])})
    observed = [{"k": "a"}, {"k": "b", "x": 0.5}]
    at = [{"k": "b", "x": 0.5}, {"k": "b", "x": 0.0}]
    own, other = 1 - 2 / 5 / 2, 2 / 5 / 2  # h = 2 / (2 + 2 + 1)
    normal = scipy.stats.truncnorm(-5, 5, loc=0.5, scale=0.1).pdf([0.5, 0.0])
    multivariate = ParzenEstimator(space, bandwidth=0.1).fit(observed).pdf(at)
    np.testing.assert_allclose(multivariate, (0.5 + other * 1 + own * normal) / 3, rtol=1e-12)
    univariate = ParzenEstimator(space, bandwidth=0.1, multivariate=False).fit(observed).pdf(at)
    np.testing.assert_allclose(univariate, (0.5 + other + own) / 3 * (1 + normal) / 2, rtol=1e-12)


# Bandwidths


def places(*u):
    return [{"x": value} for value in u]


def test_bandwidth_rules_by_hand():
    u = np.array([0.1, 0.2, 0.4, 0.8])

    def h(**settings):
        return ParzenEstimator({"x": Uniform(0, 1)}, floor=0, **settings).fit(places(*u)).bandwidths_[0]

    assert h(bandwidth="range") == pytest.approx(0.2 * 4 ** (-1 / 5))
    np.testing.assert_allclose(h(bandwidth="neighbours"), [0.1, 0.2, 0.4, 0.4])
    assert u.std() > 0.325 / 1.349
    assert h(bandwidth="scott") == pytest.approx((0.5 - 0.175) / 1.349 * 4 ** (-1 / 5))
    assert h(bandwidth=0.3) == 0.3


def test_scotts_rule_takes_the_smaller_spread():
    u = np.append(np.linspace(0.45, 0.55, 41), [0.0, 1.0])  # two far points widen the standard deviation only
    h = ParzenEstimator({"x": Uniform(0, 1)}, floor=0).fit(places(*u)).bandwidths_[0]
    assert h == pytest.approx(0.0525 / 1.349 * 43 ** (-1 / 5))  # the quartiles are 10.5 points from the ends
    assert h < 0.5 * u.std() * 43 ** (-1 / 5)


def test_scotts_rule_knows_how_many_coordinates_share_a_component():
    space = Space({"x": Uniform(0, 1), "y": Uniform(0, 1), "z": Uniform(0, 1)})
    configs = [{"x": v, "y": v, "z": v} for v in np.linspace(0.1, 0.9, 50)]
    for multivariate, d in ((True, 3), (False, 1)):
        model = ParzenEstimator(space, multivariate=multivariate, bandwidth="scott", floor=0).fit(configs)
        np.testing.assert_allclose(model.bandwidths_, np.linspace(0.1, 0.9, 50).std() * 50 ** (-1 / (d + 4)))


@pytest.mark.parametrize("bandwidth", ["scott", "neighbours", "range"])
def test_the_floor_keeps_bumps_wide_while_there_are_few(bandwidth):
    for n in (1, 2, 5):
        h = ParzenEstimator({"x": Uniform(0, 1)}, bandwidth=bandwidth, floor=2).fit(places(*[0.3] * n)).bandwidths_[0]
        assert np.min(h) >= 2 / (n + 2) - 1e-15
        assert np.max(h) <= 1
    all_equal = ParzenEstimator({"x": Uniform(0, 1)}, bandwidth=bandwidth, floor=0).fit(places(*[0.3] * 3))
    assert np.isfinite(all_equal.logpdf(places(0.3, 0.31, 1.0))).all()


def test_kernels_on_cells_reach_the_neighbours():
    for dist, half in ((Integer(1, 5), 0.1), (Categorical([1, 10, 100, 1000]), 0.125)):
        value = list(dist.values)[1]
        model = ParzenEstimator({"x": dist}, floor=0, prior_weight=0).fit([{"x": value}] * 50)
        assert model.bandwidths_[0] == half
        # beyond half a cell, one bandwidth away, lie 2 Phi(-1) of the mass of an uncut kernel
        assert 1 - model.pdf([{"x": value}])[0] == pytest.approx(2 * scipy.stats.norm.cdf(-1), abs=0.01)


# Weights, samples


def test_weights_count_as_repetitions():
    observed = MIXED.sample(3, rng=5)
    at = MIXED.sample(5, rng=6)
    settings = {"bandwidth": 0.2}
    numbers = Space({name: MIXED[name] for name in ("x", "lr", "n")})
    cut = [{k: v for k, v in config.items() if k != "c"} for config in observed]
    where = [{k: v for k, v in config.items() if k != "c"} for config in at]
    for multivariate in (True, False):
        weighted = ParzenEstimator(numbers, multivariate=multivariate, **settings).fit(cut, [2, 1, 3])
        repeated = ParzenEstimator(numbers, multivariate=multivariate, **settings).fit(
            [cut[0]] * 2 + [cut[1]] + [cut[2]] * 3
        )
        np.testing.assert_allclose(weighted.logpdf(where), repeated.logpdf(where), rtol=1e-12)
    assert weighted.weights_.sum() + weighted.prior_weight_ == pytest.approx(1)


def test_an_observation_without_weight_is_none():
    at = MIXED.sample(5, rng=6)
    a, b = MIXED.sample(2, rng=7)
    one = ParzenEstimator(MIXED, bandwidth=0.1).fit([a, b], [1, 0])
    two = ParzenEstimator(MIXED, bandwidth=0.1).fit([a, a], [1, 0])
    np.testing.assert_allclose(one.logpdf(at), two.logpdf(at), rtol=1e-12)


@MODES
@RULES
def test_samples_have_the_density(multivariate, bandwidth):
    space = Space({"x": LogUniform(1e-2, 1), "n": Integer(1, 4), "c": ["a", "b"], "o": [1, 10, 100]})
    model = ParzenEstimator(space, multivariate=multivariate, bandwidth=bandwidth).fit(space.sample(6, rng=3))
    drawn = model.sample(4000, rng=0)
    assert all(space.contains(config) for config in drawn)
    # E[1 / p] under p, p relative to the prior, is the prior's whole mass; E[1{A} / p] is the prior's mass of A
    inverse = np.exp(-model.logpdf(drawn, relative=True))
    for event, mass in [
        (lambda c: True, 1),
        (lambda c: c["x"] < 0.1, 1 / 2),
        (lambda c: c["n"] == 2 and c["c"] == "a", 1 / 8),
        (lambda c: c["o"] == 100, 1 / 3),
    ]:
        found = inverse * np.array([event(config) for config in drawn])
        assert abs(found.mean() - mass) < 4.5 * found.std() / np.sqrt(len(found))


@MODES
def test_samples_of_a_tree_have_the_density(multivariate):
    model = fitted(TREE, 12, seed=1, multivariate=multivariate)
    drawn = model.sample(4000, rng=0)
    assert all(TREE.contains(config) for config in drawn)
    inverse = np.exp(-model.logpdf(drawn, relative=True))
    for event, mass in [
        (lambda c: c["kernel"] == "linear", 1 / 2),
        (lambda c: "n" in c, 1 / 6),
        (lambda c: c.get("n") == 3, 1 / 18),
    ]:
        found = inverse * np.array([event(config) for config in drawn])
        assert abs(found.mean() - mass) < 4.5 * found.std() / np.sqrt(len(found))


def test_samples_respect_constraints():
    space = Space({"a": Uniform(0, 1), "b": Uniform(0, 1)}, constraints=[lambda c: c["a"] <= c["b"]])
    model = ParzenEstimator(space).fit(space.sample(5, rng=0))
    assert all(config["a"] <= config["b"] for config in model.sample(100, rng=0))
    never = Space({"a": Uniform(0, 1)}, constraints=[lambda c: False])
    with pytest.raises(ValueError, match="constraints refused 10000 draws in a row"):
        ParzenEstimator(never).fit([{"a": 0.1}]).sample(1, rng=0)


def test_same_seed_same_samples():
    model = fitted(MIXED)
    assert model.sample(5, rng=1) == model.sample(5, rng=np.random.default_rng(1))
    assert model.sample(0) == []


# What the modes know


def wrong_mass(multivariate, seed):
    """Mass that the density of the best 15 of 150 random points gives to the two bad quadrants of the XOR."""
    f = xor_optimum()
    X = np.random.default_rng(seed).random((150, 2))
    best = X[np.argsort(f(X))[:15]]
    model = ParzenEstimator({"x1": Uniform(0, 1), "x2": Uniform(0, 1)}, multivariate=multivariate)
    drawn = model.fit([{"x1": a, "x2": b} for a, b in best]).sample(1500, rng=seed)
    return np.mean([(config["x1"] < 0.5) != (config["x2"] < 0.5) for config in drawn])


def test_only_the_multivariate_density_knows_which_values_go_together():
    univariate = np.mean([wrong_mass(False, seed) for seed in range(20)])
    multivariate = np.mean([wrong_mass(True, seed) for seed in range(20)])
    assert 0.44 < univariate < 0.52
    assert multivariate < 0.3


# What is refused


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"bandwidth": "silverman"}, ValueError, "bandwidth must be one of 'scott', 'neighbours', 'range', got 'silv"),
        ({"bandwidth": 0}, ValueError, "bandwidth must be a finite number above 0, got 0"),
        ({"bandwidth": [0.1]}, TypeError, r"bandwidth must be a number, got \[0.1\]"),
        ({"floor": -1}, ValueError, "floor must be a finite number at least 0, got -1"),
        ({"prior_weight": -1}, ValueError, "prior_weight must be a finite number at least 0, got -1"),
        ({"prior_weight": np.nan}, ValueError, "prior_weight must be a finite number at least 0, got nan"),
    ],
)
def test_settings_that_are_refused(settings, error, message):
    with pytest.raises(error, match=message):
        ParzenEstimator(MIXED, **settings)


def test_what_fit_refuses():
    a, b = MIXED.sample(2, rng=0)
    model = ParzenEstimator(MIXED)
    for weights, error, message in [
        ([1.0], ValueError, r"weights must have shape \(2,\), one a configuration, got \(1,\)"),
        ([1.0, -1.0], ValueError, "weights must be finite and non-negative"),
        ([1.0, np.inf], ValueError, "weights must be finite and non-negative"),
        (["a", "b"], TypeError, "weights must be numbers"),
    ]:
        with pytest.raises(error, match=message):
            model.fit([a, b], weights)
    with pytest.raises(ValueError, match=r"configs\[1\]: 'n' must be a value of Integer"):
        model.fit([a, {**b, "n": 9}])
    with pytest.raises(ValueError, match=r"configs\[0\]: unknown hyperparameter 'm'"):
        model.fit([{**a, "m": 9}])
    with pytest.raises(TypeError, match="configs must be a list of configurations"):
        model.fit(a)
    with pytest.raises(ValueError, match="a density needs a configuration with a weight, or a prior_weight above 0"):
        ParzenEstimator(MIXED, prior_weight=0).fit([])
    with pytest.raises(ValueError, match="a density needs a configuration with a weight"):
        ParzenEstimator(MIXED, prior_weight=0).fit([a], [0])


def test_what_is_asked_before_fit_is_refused():
    for method in ("logpdf", "sample"):
        with pytest.raises(
            ValueError, match=rf"this ParzenEstimator has seen no data: call fit\(configs\) before {method}"
        ):
            getattr(ParzenEstimator(MIXED), method)([] if method == "logpdf" else 1)
