"""What TPE compares, what it calls good, and what it does with ties, failures, constraints, branches and company."""

import itertools
import math

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from hpmath import TPE, Integer, LogUniform, RandomSearch, Space, Uniform, hypervolume

LINE = Space({"x": Uniform(0, 1)})
MIXED = Space({"x": Uniform(0, 4), "lr": LogUniform(1e-4, 1), "n": Integer(1, 5), "c": ["a", "b", "c"]})
TREE = Space(
    {"kernel": ["linear", "rbf", "poly"], "C": LogUniform(1e-2, 1e2), "gamma": LogUniform(1e-3, 1)},
    conditions={"gamma": ("kernel", ["rbf", "poly"])},
)
SIX = Space({"n": Integer(1, 3), "act": ["relu", "tanh"]})
MODES = pytest.mark.parametrize("multivariate", [True, False], ids=["multivariate", "univariate"])


def told(space, values, seed=0, constraints=None, **settings):
    """A TPE that was told random configurations of these values."""
    search = TPE(space, rng=seed, n_initial=2, **settings)
    search.tell(space.sample(len(values), rng=seed), values, constraints=constraints)
    return search


def good_ones(search):
    """The trials that the last ask took for good; l is made of them, g of the others."""
    info = search.info_
    assert sorted([*info["good"], *info["bad"]]) == list(range(len(search.configs_)))
    encoded = search.good_._encode(search.space.to_unit(search.configs_))
    np.testing.assert_array_equal(search.good_._z, encoded[info["good"]])
    np.testing.assert_array_equal(search.bad_._z, encoded[info["bad"]])
    return info["good"].tolist()


def run(search, objective, n):
    for _ in range(n):
        configs = search.ask()
        search.tell(configs, [objective(config) for config in configs])
    return search


# What is compared


@MODES
def test_the_proposal_has_the_largest_ratio_of_the_densities_of_good_and_bad(multivariate):
    search = told(MIXED, np.random.default_rng(1).random(40), multivariate=multivariate, gamma=0.1)
    (config,) = search.ask()
    info = search.info_
    np.testing.assert_allclose(info["log_l"], search.good_.logpdf(info["candidates"], relative=True), rtol=1e-9)
    np.testing.assert_allclose(info["log_g"], search.bad_.logpdf(info["candidates"], relative=True), rtol=1e-9)
    assert info["chosen"] == np.argmax(info["log_l"] - info["log_g"])
    assert info["candidates"][info["chosen"]] == config
    assert len(info["candidates"]) == (24 if multivariate else 25)
    assert info["split"] == np.sort(search.values_)[4]
    assert sorted(good_ones(search)) == sorted(np.argsort(search.values_)[:4])


def test_the_densities_are_those_of_a_direct_computation_with_scipy():
    values = np.random.default_rng(3).random(30)
    search = told(LINE, values, bandwidth=0.1, weights="uniform", prior_weight=2.0, gamma=0.1)
    search.ask()
    x = np.array([config["x"] for config in search.configs_])
    at = np.array([config["x"] for config in search.info_["candidates"]])

    def density(centres):
        kernels = scipy.stats.truncnorm(-centres / 0.1, (1 - centres) / 0.1, loc=centres, scale=0.1)
        return (2.0 + kernels.pdf(at[:, None]).sum(axis=1)) / (2.0 + len(centres))

    order = np.argsort(values)
    np.testing.assert_allclose(np.exp(search.info_["log_l"]), density(x[order[:3]]), rtol=1e-9)
    np.testing.assert_allclose(np.exp(search.info_["log_g"]), density(x[order[3:]]), rtol=1e-9)


def test_the_largest_ratio_is_the_largest_expected_improvement():
    # Bergstra et al. (2011), sec. 4.1: EI is proportional to 1 / (gamma + (1 - gamma) g / l)
    search = told(LINE, np.random.default_rng(3).random(40))
    search.ask()
    log_l, log_g = search.info_["log_l"], search.info_["log_g"]
    for gamma in (0.01, 0.1, 0.5, 0.9):
        ei = 1 / (gamma + (1 - gamma) * np.exp(log_g - log_l))
        assert search.info_["chosen"] == np.argmax(ei)


def test_the_univariate_mode_puts_the_best_values_together():
    search = told(MIXED, np.random.default_rng(2).random(60), multivariate=False)
    (config,) = search.ask()
    ratio = {}
    for candidate in search.info_["candidates"][:-1]:
        z = search.good_._encode(search.space.to_unit([candidate]))
        ratio[tuple(candidate.values())] = (search.good_._log_marginals(z) - search.bad_._log_marginals(z))[0]
    best = np.argmax(list(ratio.values()), axis=0)
    assert tuple(config.values()) == tuple(list(ratio)[i][j] for j, i in enumerate(best))


def test_the_first_proposals_are_random():
    search, random = TPE(MIXED, rng=5, n_initial=7, gamma=0.1), RandomSearch(MIXED, rng=5)
    for _ in range(7):
        assert search.ask() == random.ask()
        assert search.info_ == {}
        for s in (search, random):
            s.tell(s.pending_, [0.1 * len(s.configs_)])
    assert search.ask() != random.ask()
    assert len(search.info_["good"]) == 1


# What is good


@pytest.mark.parametrize(
    ("gamma", "n", "wanted"),
    [
        ("linear", 6, 1),
        ("linear", 7, 2),
        ("linear", 160, 24),
        ("linear", 400, 25),
        ("sqrt", 16, 1),
        ("sqrt", 17, 2),
        ("sqrt", 400, 5),
        (0.25, 10, 3),
        (0.999, 5, 4),
        (lambda n: n // 2, 9, 4),
        (lambda n: 0, 9, 1),
        (lambda n: 99, 9, 8),
    ],
)
def test_how_many_are_good(gamma, n, wanted):
    search = told(LINE, np.random.default_rng(0).permutation(n), gamma=gamma)
    search.ask()
    assert len(search.info_["good"]) == wanted


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from([0.1, 0.2, 0.3, math.nan]), min_size=3, max_size=14), st.integers(1, 8), st.randoms())
def test_good_is_a_matter_of_values_not_of_their_order_and_ties_stay_together(values, wanted, random):
    configs = LINE.sample(len(values), rng=1)
    order = list(range(len(values)))
    random.shuffle(order)
    splits = []
    for rows in (range(len(values)), order):
        search = TPE(LINE, rng=0, n_initial=1, gamma=lambda n: wanted)
        search.tell([configs[i] for i in rows], [values[i] for i in rows])
        search.ask()
        splits.append({search.configs_[i]["x"] for i in good_ones(search)} if search.info_ else None)
    assert splits[0] == splits[1]
    if splits[0] is None:  # nothing tells the trials apart
        assert len(set(map(str, values))) == 1
        return
    good = [value for config, value in zip(configs, values, strict=True) if config["x"] in splits[0]]
    bad = [value for config, value in zip(configs, values, strict=True) if config["x"] not in splits[0]]
    assert not any(map(math.isnan, good))
    assert all(a < b for a, b in itertools.product(good, bad) if not math.isnan(b))
    assert len(good) <= max(wanted, values.count(min(good)))


@MODES
@pytest.mark.parametrize("value", [0.5, math.nan])
def test_where_all_values_are_equal_or_failed_proposals_are_random(value, multivariate):
    search, random = told(MIXED, [value] * 20, multivariate=multivariate), RandomSearch(MIXED, rng=0)
    random.tell(search.configs_, [value] * 20)
    assert search.ask(5) == random.ask(5)
    assert search.info_ == {}


def test_one_trial_tells_nothing():
    search = TPE(LINE, rng=0, n_initial=1)
    search.tell([{"x": 0.5}], [1.0])
    assert 0 <= search.ask()[0]["x"] <= 1
    assert search.info_ == {}


def test_failures_are_bad_even_if_few_succeed():
    search = told(LINE, [math.nan] * 30 + [0.3, 0.2], gamma=0.5)
    search.ask()
    assert good_ones(search) == [30, 31]
    assert search.info_["split"] is None


def test_it_avoids_the_region_that_fails():
    def objective(config):
        return math.nan if config["x"] > 0.5 else config["x"]

    asked = run(TPE(LINE, rng=0, weights="uniform"), objective, 60).configs_[30:]
    assert np.mean([config["x"] > 0.5 for config in asked]) < 0.2


def test_weights_are_the_improvements_on_the_split():
    values = np.array([0.0, 1.0, 3.0, 4.0, 9.0, 9.5])
    for scale, shift in ((1.0, 0.0), (1e300, 0.0), (1e-300, 0.0), (1.0, 1e6)):
        search = told(LINE, values * scale + shift, gamma=0.5, prior_weight=1.0)
        search.ask()
        np.testing.assert_allclose(search.good_.weights_, np.array([4, 3, 1]) / 8 * 3 / 4, rtol=1e-9)
    search = told(LINE, [*range(30, 0, -1), *range(100, 170)], gamma=0.3, weights="recency")
    search.ask()
    for density, n in ((search.good_, 30), (search.bad_, 70)):
        fading = [*np.linspace(1 / n, 1, n - 25), *[1] * 25]
        np.testing.assert_allclose(density.weights_ / density.weights_[-1], fading)


def test_what_maps_one_objective_monotonically_changes_nothing_with_uniform_weights():
    values = np.random.default_rng(0).lognormal(size=30)
    for transform in (np.log, lambda y: 1e6 * y, np.sqrt):
        assert told(MIXED, values, weights="uniform").ask(3) == told(MIXED, transform(values), weights="uniform").ask(3)


# Constraints


def test_predicates_are_respected_and_may_leave_little():
    space = Space({"x": Uniform(0, 1), "y": Uniform(0, 1)}, constraints=[lambda c: c["x"] + c["y"] <= 0.3])
    for multivariate in (True, False):
        search = run(TPE(space, rng=0, multivariate=multivariate), lambda c: -c["x"], 40)
        assert all(config["x"] + config["y"] <= 0.3 for config in search.configs_)
        assert search.best_[0]["x"] > 0.25


def test_feasible_ones_come_first_then_the_least_broken():
    #          feasible 0.9, 0.5   |  broken by 0.1, 2 + 3   | not measured, failed
    values = [0.9, 0.0, 0.5, 0.1, 0.2, math.nan]
    constraints = [[-1, 0.0], [0.1, -5], [0, 0], [2, 3], [math.nan, -1], [math.nan, math.nan]]
    order = [2, 0, 1, 3, 4, 5]
    for n_good in range(1, 6):
        search = told(LINE, values, constraints=constraints, gamma=lambda n, k=n_good: k)
        search.ask()
        assert good_ones(search) == sorted(order[:n_good])
        assert search.info_["split"] == (0.9 if n_good == 1 else None)
    assert search.best_[1] == 0.5


def test_it_finds_the_best_feasible_point():
    def violation(config):
        return 0.6 - config["x"]

    search = TPE(LINE, rng=1)
    for _ in range(60):
        configs = search.ask()
        search.tell(configs, [c["x"] for c in configs], constraints=[violation(c) for c in configs])
    assert 0.6 <= search.best_[1] < 0.65


# Several objectives


def two(config):
    return [config["x"] ** 2 + config["n"] / 10, (config["x"] - 2) ** 2 + (config["c"] == "a")]


def test_several_objectives_are_ordered_by_rank_and_then_by_room():
    Y = [[0, 4], [1, 2], [1.1, 1.9], [4, 0], [2, 3], [5, 5], [math.nan, 1]]
    # the ends of the front tie; then the one with more room: 3/4 + 2/4 for [1.1, 1.9], 1.1/4 + 2.1/4 for [1, 2]
    for n_good, wanted in [(1, [0, 3]), (2, [0, 3]), (3, [0, 2, 3]), (4, [0, 1, 2, 3]), (5, [0, 1, 2, 3, 4])]:
        search = told(LINE, Y, gamma=lambda n, k=n_good: k)
        search.ask()
        assert good_ones(search) == wanted
        assert search.info_["split"] is None


def test_several_objectives_gain_more_hypervolume_than_random_search():
    found = {TPE: [], RandomSearch: []}
    for make, volumes in found.items():
        for seed in range(8):
            search = run(make(MIXED, rng=seed), two, 60)
            volumes.append(hypervolume(search.values_, [5.0, 5.0]))
    assert np.mean(found[TPE]) > np.mean(found[RandomSearch])
    assert sum(a > b for a, b in zip(found[TPE], found[RandomSearch], strict=True)) >= 6


def test_objectives_that_fail_at_first_may_turn_out_to_be_several():
    search = TPE(MIXED, rng=0, n_initial=2)
    configs = MIXED.sample(8, rng=0)
    search.tell(configs[:3], [math.nan] * 3)
    search.ask()
    search.tell(configs[3:], [two(config) for config in configs[3:]])
    search.ask()
    assert len(search.info_["good"]) >= 1


def test_several_objectives_all_equal_tell_nothing():
    search = told(LINE, [[1.0, 1.0]] * 5)
    search.ask()
    assert search.info_ == {} or len(search.info_["good"]) == 1  # of equal rows the first has all the room


# Company, repetition, branches


@MODES
def test_pending_configurations_count_as_bad_and_keep_proposals_apart(multivariate):
    values = np.random.default_rng(0).random(30)
    alone, together = (told(LINE, values, multivariate=multivariate, gamma=0.1) for _ in range(2))
    alone.ask()
    asked = together.ask(8)
    assert len(alone.bad_.weights_) == 27
    assert len(together.bad_.weights_) == 27 + 7
    assert len({config["x"] for config in asked}) == 8
    fresh = [told(LINE, values, seed=0, multivariate=multivariate, gamma=0.1) for _ in range(8)]
    for k, search in enumerate(fresh):
        search._seed += k  # eight that don't know of each other
    apart = np.std([config["x"] for config in asked])
    assert apart > np.std([search.ask()[0]["x"] for search in fresh])


def test_nothing_is_evaluated_twice_while_there_is_something_new():
    search = run(TPE(SIX, rng=0, n_initial=2), lambda c: c["n"] + (c["act"] == "tanh"), 6)
    assert len({SIX.key(config) for config in search.configs_}) == 6
    again = search.ask()[0]
    assert again in list(SIX.grid())  # and goes on
    assert search.info_["chosen"] is None


def test_when_all_is_known_it_goes_back_to_the_good_ones():
    search = TPE(SIX, rng=0, n_initial=2, weights="uniform")
    everything = list(SIX.grid())
    search.tell(everything, [config["n"] for config in everything])
    again = [config["n"] for _ in range(20) for config in search.ask() if not search.tell([config], [config["n"]])]
    assert np.mean(np.array(again) == 1) > 0.5


def test_the_branch_is_part_of_what_is_compared():
    def objective(config):
        if config["kernel"] == "linear":
            return 1 + abs(np.log10(config["C"]))
        return abs(np.log10(config["gamma"]) + 2) + abs(np.log10(config["C"])) + (config["kernel"] == "poly")

    by_chance = np.mean([run(RandomSearch(TREE, rng=seed), objective, 80).best_[1] for seed in range(6)])
    for multivariate in (True, False):
        searches = [run(TPE(TREE, rng=seed, multivariate=multivariate), objective, 80) for seed in range(6)]
        late = [config["kernel"] for search in searches for config in search.configs_[40:]]
        assert late.count("rbf") > 0.6 * len(late)
        assert np.mean([search.best_[1] for search in searches]) < 0.7 * by_chance
        search = searches[0]
        candidates = search.info_["candidates"]
        assert all(TREE.contains(config) for config in candidates)
        np.testing.assert_allclose(search.info_["log_l"], search.good_.logpdf(candidates, relative=True), rtol=1e-9)


def test_an_ask_encodes_only_what_is_new(monkeypatch):
    search = told(MIXED, np.random.default_rng(0).random(500))
    search.ask()
    encoded = []
    to_unit = Space.to_unit
    monkeypatch.setattr(
        Space, "to_unit", lambda self, configs: encoded.append(len(list(configs))) or to_unit(self, configs)
    )
    search.tell(search.pending_, [0.5])
    search.ask()
    assert sum(encoded) == 1


def test_the_model_is_a_function_of_what_was_told_not_of_how():
    configs, values = MIXED.sample(25, rng=4), list(np.random.default_rng(4).random(25))
    at_once, one_by_one = (TPE(MIXED, rng=9) for _ in range(2))
    at_once.tell(configs, values)
    for config, value in zip(configs, values, strict=True):
        one_by_one.tell([config], [value])
    assert at_once.ask(3) == one_by_one.ask(3)


def test_a_choice_never_seen_is_still_proposed():
    space = Space({"c": ["a", "b", "c"], "x": Uniform(0, 1)})
    search = TPE(space, rng=0, n_initial=2)
    search.tell([{"c": "a", "x": v} for v in (0.1, 0.2, 0.3, 0.4)], [0.1, 0.2, 0.3, 0.4])
    run(search, lambda c: {"a": 1.0, "b": 0.0, "c": 2.0}[c["c"]] + c["x"], 30)
    assert search.best_[0]["c"] == "b"


def test_with_no_prior_weight_it_still_works():
    for multivariate in (True, False):
        search = run(TPE(MIXED, rng=0, prior_weight=0, multivariate=multivariate), lambda c: c["x"], 40)
        assert search.best_[1] < 0.3


# What is refused


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"gamma": "cubic"}, ValueError, "gamma must be one of 'linear', 'sqrt', got 'cubic'"),
        ({"gamma": 1.5}, ValueError, "gamma must lie strictly between 0 and 1, got 1.5"),
        ({"gamma": None}, TypeError, "gamma must be a number strictly between 0 and 1, got None"),
        ({"n_candidates": 0}, ValueError, "n_candidates must be at least 1, got 0"),
        ({"n_initial": 0}, ValueError, "n_initial must be at least 1, got 0"),
        ({"weights": "ramp"}, ValueError, "weights must be one of 'improvement', 'uniform', 'recency', got 'ramp'"),
        ({"bandwidth": "x"}, ValueError, "bandwidth must be one of"),
        ({"floor": -1}, ValueError, "floor must be"),
        ({"prior_weight": -1}, ValueError, "prior_weight must be"),
    ],
)
def test_settings_that_are_refused(settings, error, message):
    with pytest.raises(error, match=message):
        TPE(LINE, **settings)


def test_a_schedule_that_gives_no_whole_number_is_refused():
    with pytest.raises(TypeError, match=r"gamma\(3\) must be a whole number, got 1.5"):
        told(LINE, [0.1, 0.2, 0.3], gamma=lambda n: n / 2).ask()


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"kernel": "linear", "C": 1.0, "gamma": 0.1}, r"configs\[0\] .*'gamma' must be absent unless 'kernel' is in"),
        ({"kernel": "rbf", "C": 1.0}, r"configs\[0\] .*'gamma' is missing"),
        ({"kernel": "sigmoid", "C": 1.0}, r"configs\[0\] .*'kernel' must be a value of .*, got 'sigmoid'"),
        (
            {"kernel": "linear", "C": 1e9},
            r"configs\[0\] .*'C' must be a value of LogUniform\(0.01, 100.0\), got 1000000000.0",
        ),
        ({"kernel": "linear", "c": 1.0}, r"configs\[0\] .*'C' is missing"),
        ({"kernel": "linear", "C": 1.0, "c": 1.0}, r"configs\[0\] .*unknown hyperparameter 'c'"),
    ],
)
def test_configurations_that_are_refused(config, message):
    search = TPE(TREE)
    with pytest.raises(ValueError, match=message):
        search.tell([config], [0.1])
    assert search.configs_ == []


def test_values_of_the_wrong_length_are_refused():
    search = TPE(TREE)
    configs = TREE.sample(3, rng=0)
    with pytest.raises(
        ValueError, match=r"values must have shape \(3,\) or \(3, m\), one row for each of configs, got \(2,\)"
    ):
        search.tell(configs, [0.1, 0.2])
    search.tell(configs, [0.1, 0.2, 0.3])
    with pytest.raises(ValueError, match="values must have 1 objective as those told before, got 2"):
        search.tell(configs, np.ones((3, 2)))
