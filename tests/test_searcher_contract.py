"""What every searcher promises. A new searcher is one line in `SEARCHERS`; the battery does the rest.

The battery is itself tested: a small searcher that learns passes it whole, and each of several broken ones fails the
check that is meant for it.
"""

import copy
import json
import math
import pickle
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import numpy as np
import pytest

from hpmath import (
    NSGA2,
    TPE,
    BayesianOptimization,
    GridSearch,
    Integer,
    LogUniform,
    Normal,
    QuasiRandomSearch,
    RandomSearch,
    Searcher,
    Space,
    Uniform,
)


class HillClimber(Searcher):
    """A step from the best so far: the smallest searcher that learns, here to show that the battery can be passed."""

    def _next(self, rng):
        if self.best_ is None:
            return self._random(rng)
        u = self.space.to_unit([self.best_[0]])[0]
        u = np.where(np.isnan(u), rng.random(u.size), np.clip(u + 0.1 * rng.standard_normal(u.size), 0, 1))
        config = self.space.from_unit([u])[0]
        return config if self.space.allows(config) and not self._spent(config) else self._random(rng)


class Case(NamedTuple):
    """A searcher and what may be asked of it beyond the contract."""

    name: str
    make: Callable[..., Searcher]
    seeded: bool = True  # another seed gives other proposals
    learns: bool = False  # beats random search on a sphere


SEARCHERS = [
    Case("random", RandomSearch),
    Case("grid", partial(GridSearch, points=3), seeded=False),
    Case("shuffled grid", partial(GridSearch, points=3, shuffle=True)),
    Case("sobol", QuasiRandomSearch),
    Case("latin hypercube", partial(QuasiRandomSearch, method="latin hypercube", n_points=8)),
    Case("bayesian optimization", partial(BayesianOptimization, n_initial=4), learns=True),
    Case("tpe", TPE, learns=True),
    Case("univariate tpe", partial(TPE, multivariate=False, n_initial=4), learns=True),
    Case("nsga2", partial(NSGA2, population_size=6), learns=True),
    Case("hill climber", HillClimber, learns=True),  # of this file
]

SPHERE = Space({"x": Uniform(-4, 6), "y": Uniform(-5, 5), "z": Uniform(-7, 3)})
MIXED = Space(
    {"lr": LogUniform(1e-5, 1e-1), "layers": Integer(1, 5), "width": Integer(8, 512, log=True), "act": ["relu", "tanh"]}
)
CONDITIONAL = Space(
    {
        "gamma": LogUniform(1e-6, 1e-1),
        "kernel": ["linear", "rbf", "poly"],
        "degree": Integer(2, 4),
        "shift": Normal(0, 1),
    },
    conditions={"gamma": ("kernel", ["rbf", "poly"]), "degree": ("kernel", ["poly"])},
)
CONSTRAINED = Space(
    {"a": Uniform(0, 1), "b": Uniform(0, 1), "n": Integer(1, 3)}, constraints=[lambda c: c["a"] <= c["b"] / c["n"]]
)
OBJECTS = Space({"units": [[8], [8, 8], (8, 8)], "flag": [True, 1, 1.0, None], "x": Uniform(0, 1)})
SIX = Space({"n": Integer(1, 3), "act": ["relu", "tanh"]})
POINT = Space({"n": Integer(3, 3), "act": ["relu"]})
SPACES = {
    "sphere": SPHERE,
    "mixed": MIXED,
    "conditional": CONDITIONAL,
    "constrained": CONSTRAINED,
    "objects": OBJECTS,
    "six": SIX,
    "point": POINT,
}


def loss(config):
    """Some number that depends on the configuration, here and there a failure."""
    digest = sum(ord(c) * (i % 7 + 1) for i, c in enumerate(repr(sorted(config.items(), key=lambda kv: kv[0]))))
    return math.nan if digest % 5 == 0 else digest % 101 / 101


def run(search, n, objective=loss):
    """Ask and tell one by one, up to n times; the configurations asked for."""
    asked = []
    for _ in range(n):
        configs = search.ask()
        if not configs:
            break
        search.tell(configs, [objective(config) for config in configs])
        asked += configs
    return asked


# The battery: each check takes what makes a searcher


def check_proposals_lie_in_the_space(make):
    for space in SPACES.values():
        search = make(space, rng=0)
        for config in run(search, 25) + search.ask(3):
            assert space.explain(config) is None


def check_values_are_plain(make):
    for name, space in SPACES.items():
        for config in run(make(space, rng=0), 15):
            assert {type(value) for value in config.values()} <= {int, float, str, bool, type(None), list, tuple}
            if name != "objects":
                assert json.loads(json.dumps(config, allow_nan=False)) == config


def check_same_seed_same_proposals(make):
    for space in SPACES.values():
        first = run(make(space, rng=5), 15)
        np.random.seed(12)  # noqa: NPY002
        again = make(space, rng=np.random.default_rng(5))
        after = repr(np.random.get_state())  # noqa: NPY002
        assert run(again, 15) == first
        assert repr(np.random.get_state()) == after  # noqa: NPY002  (the global generator is left alone)


def check_n_is_an_upper_bound(make):
    for space in SPACES.values():
        search = make(space, rng=0)
        for n in (1, 3, 5):
            assert len(search.ask(n)) <= n
    assert len(make(MIXED, rng=0).ask(4)) > 1


def check_pending_is_a_multiset(make):
    for space in SPACES.values():
        search = make(space, rng=0)
        asked = search.ask(3) + search.ask(3)
        assert Counter(map(space.key, search.pending_)) == Counter(map(space.key, asked))
        assert search.configs_ == []
        assert search.values_.shape == (0,)
        for left, config in zip(range(len(asked) - 1, -1, -1), asked, strict=True):
            search.tell([config], [0.5])
            assert len(search.pending_) == left
        assert [space.key(c) for c in search.configs_] == [space.key(c) for c in asked]


def check_told_in_any_order(make):
    for space in SPACES.values():
        search = make(space, rng=0)
        asked = search.ask(5)
        search.tell(asked[::-1], [loss(config) for config in asked[::-1]])
        assert search.pending_ == []
        np.testing.assert_array_equal(search.values_, [loss(config) for config in asked[::-1]])
        for config in search.ask(3):
            assert space.contains(config)


def check_told_without_being_asked(make):
    for space in SPACES.values():
        search = make(space, rng=0)
        known = space.sample(6, rng=99)
        search.tell(known[:3], [0.3, 0.2, math.nan])
        asked = search.ask(2)
        search.tell(known[3:], [0.5, 0.6, 0.7])
        assert len(search.pending_) + len(search.configs_) >= 6
        search.tell(search.pending_, [0.9] * len(search.pending_))
        assert search.pending_ == []
        assert set(map(space.key, known + asked)) == set(map(space.key, search.configs_))
        if len({space.key(config) for config in known[:2]}) == 2:
            assert search.best_ == (known[1], 0.2)


def check_duplicates(make):
    for space in SPACES.values():
        search = make(space, rng=0)
        config = space.sample(1, rng=3)[0]
        search.tell([config, config], [0.1, 0.2])
        search.tell([config], [math.nan])
        assert len(search.configs_) == 3
        for proposal in run(search, 10):
            assert space.contains(proposal)


def check_failures_are_never_the_best(make):
    search = make(MIXED, rng=0)
    assert search.best_ is None
    configs = MIXED.sample(5, rng=1)
    search.tell(configs[:3], [math.nan, math.inf, -math.inf])
    assert search.best_ is None
    search.tell(configs[3:], [0.5, 0.4])
    assert search.best_ == (configs[4], 0.4)
    np.testing.assert_array_equal(search.values_, [math.nan] * 3 + [0.5, 0.4])


def check_failures_are_not_repeated_while_there_are_others(make):
    everything = list(SIX.grid())
    for failures in (1, 3, 5):
        search = make(SIX, rng=0)
        bad = everything[:failures]
        search.tell(bad, [math.nan] * failures)
        for config in run(search, 12, lambda config: 0.5):
            assert config not in bad
    search = make(SIX, rng=0)
    run(search, 12, lambda config: math.nan)  # all fail: goes on or finishes, but does not hang
    assert set(map(SIX.key, search.configs_)) == set(map(SIX.key, everything))
    searching = make(SPHERE, rng=0)
    asked = run(searching, 20, lambda config: math.nan)
    assert len({SPHERE.key(config) for config in asked}) == len(asked)


def check_conditional_hyperparameters(make):
    search = make(CONDITIONAL, rng=0)
    asked = search.ask(20)
    assert len({config["kernel"] for config in asked}) > 1
    for config in asked + run(search, 20):
        assert ("gamma" in config) == (config["kernel"] != "linear")
        assert ("degree" in config) == (config["kernel"] == "poly")


def check_a_space_of_one_point(make):
    search = make(POINT, rng=0)
    assert search.ask() == [{"n": 3, "act": "relu"}]
    again = search.ask()
    assert again in ([], [{"n": 3, "act": "relu"}])
    search.tell(search.pending_, [math.nan] * len(search.pending_))
    assert search.ask() in ([], [{"n": 3, "act": "relu"}])


def check_resumed_equals_uninterrupted(make):
    for space in SPACES.values():
        whole = make(space, rng=4)
        asked = run(whole, 20)
        values = [loss(config) for config in asked]
        for k in (0, 1, 2, 7, 13):
            log = json.dumps([space.to_json(config) for config in asked[:k]])
            resumed = make(space, rng=4)
            resumed.tell([space.from_json(config) for config in json.loads(log)], values[:k])
            assert run(resumed, 20 - k) == asked[k:]
            np.testing.assert_array_equal(resumed.values_, whole.values_)


def check_pickled_equals_unpickled(make):
    for name, space in SPACES.items():
        if name != "constrained":  # a lambda
            search = make(space, rng=4)
            run(search, 3)
            search.ask()
            back = pickle.loads(pickle.dumps(search))
            assert run(back, 10) == run(search, 10)


def check_what_is_handed_over_is_the_callers(make):
    search, untouched = make(OBJECTS, rng=1), make(OBJECTS, rng=1)
    told = {"units": [8, 8], "flag": None, "x": 0.25}
    kept = copy.deepcopy(told)
    for s in (search, untouched):
        s.tell([told], [0.5])
    assert told == kept
    told["units"].append("spoiled")
    for _ in range(8):
        configs = search.ask(2)
        assert configs == untouched.ask(2)
        originals = copy.deepcopy(configs)
        for config in configs:
            for value in config.values():
                if isinstance(value, list):
                    value.append("spoiled")
            config["x"] = "spoiled"
        assert "spoiled" not in repr(search.pending_)
        for s in (search, untouched):
            s.tell(originals, [0.4, 0.3][: len(originals)])
    assert search.configs_ == untouched.configs_
    assert "spoiled" not in repr(search.configs_)
    with pytest.raises(ValueError, match="read-only"):
        search.values_[0] = 1


def check_what_is_refused(make):
    search = make(MIXED, rng=0)
    good = MIXED.sample(2, rng=0)
    for configs, values, error, message in [
        (good, [0.1], ValueError, r"values must have shape \(2,\) or \(2, m\)"),
        (good, 0.1, ValueError, r"values must have shape \(2,\) or \(2, m\)"),
        (good, np.ones((2, 0)), ValueError, r"values must have shape \(2,\)"),
        (good, ["0.1", "0.2"], TypeError, "values must be numbers, NaN for a failure, got"),
        (good, [0.1, None], TypeError, "values must be numbers, NaN for a failure, got"),
        (good, [0.1, 1j], TypeError, "values must be numbers, NaN for a failure, got"),
        (good[0], 0.1, TypeError, r"configs must be a list of configurations \(for one, \[config\]\), got"),
        (7, 0.1, TypeError, "configs must be a list of configurations"),
        ([3], [0.1], TypeError, r"configs\[0\] must be a configuration, a dict, got 3"),
        (
            [good[0], {**good[1], "layers": 9}],
            [0.1, 0.2],
            ValueError,
            r"configs\[1\] does not lie in the space: 'layers'",
        ),
        ([{**good[0], "epochs": 9}], [0.1], ValueError, "unknown hyperparameter 'epochs'"),
    ]:
        with pytest.raises(error, match=message):
            search.tell(configs, values)
        assert search.configs_ == []  # all or nothing
    for n, error in ((0, ValueError), (-1, ValueError), (2.5, TypeError), (True, TypeError)):
        with pytest.raises(error, match="n must be"):
            search.ask(n)
    with pytest.raises(ValueError, match=r"configs\[0\] does not lie in the space: constraint .*lambda.* forbids"):
        make(CONSTRAINED, rng=0).tell([{"a": 0.9, "b": 0.1, "n": 1}], [0.1])
    with pytest.raises(TypeError, match="rng must be"):
        make(MIXED, rng="seed")


def check_constraints_may_be_told(make):
    for constraints in ([0.5, -0.5, 0.0], [[-1.0, 0.5], [-1.0, 0.0], [math.nan, -1.0]]):
        search = make(MIXED, rng=0)
        configs = MIXED.sample(4, rng=1)
        search.tell(configs[:3], [0.1, 0.4, 0.3], constraints=constraints)
        feasible = [i for i, row in enumerate(constraints) if np.all(np.asarray(row) <= 0)]
        best = min(feasible, key=[0.1, 0.4, 0.3].__getitem__)
        assert search.best_ == (configs[best], [0.1, 0.4, 0.3][best])
        search.tell([configs[3]], [math.nan])  # a failure may come without
        assert search.constraints_.shape == (4, np.size(constraints[0]))
        np.testing.assert_array_equal(search.constraints_[:3], np.reshape(constraints, (3, -1)))
        assert np.isnan(search.constraints_[3]).all()
        for config in search.ask(2):
            assert MIXED.contains(config)
    search = make(MIXED, rng=0)
    search.tell(configs[:2], [0.1, 0.2], constraints=[1.0, 2.0])
    assert search.best_ is None
    for constraints, message in [
        (None, "constraints must be told with every configuration, 1 as before, got None"),
        ([[0.0, 0.0]], "constraints must have 1 a configuration as before, got 2"),
        ([0.0, 0.0], r"constraints must have shape \(1,\) or \(1, c\), one row a configuration, got \(2, 1\)"),
        (0.0, r"constraints must have shape \(1,\) or \(1, c\)"),
        (np.zeros((1, 0)), r"constraints must have shape \(1,\) or \(1, c\)"),
    ]:
        with pytest.raises(ValueError, match=message):
            search.tell(configs[2:3], [0.3], constraints=constraints)
        assert len(search.configs_) == 2
    with pytest.raises(TypeError, match="constraints must be numbers"):
        search.tell(configs[2:3], [0.3], constraints=["no"])
    search = make(MIXED, rng=0)
    assert search.constraints_ is None
    search.tell(configs[:1], [0.1])
    with pytest.raises(ValueError, match="constraints must be told from the first configuration on"):
        search.tell(configs[1:2], [0.2], constraints=[0.0])


def check_nothing_told_is_nothing_learnt(make):
    search = make(MIXED, rng=0)
    search.tell([], [])
    assert run(search, 5) == run(make(MIXED, rng=0), 5)


def check_finished_means_nothing_pending(make):
    search = make(SIX, rng=0)
    asked = search.ask(200)
    if len(asked) < 200:  # it finishes, or waits
        search.tell(asked, [loss(config) for config in asked])
        rest = run(search, 500)
        if len(rest) < 500:
            assert search.pending_ == []
            assert search.ask() == []


BATTERY = {name.removeprefix("check_"): check for name, check in globals().items() if name.startswith("check_")}


@pytest.mark.parametrize("check", BATTERY)
@pytest.mark.parametrize("case", SEARCHERS, ids=lambda case: case.name)
def test_contract(case, check):
    BATTERY[check](case.make)


@pytest.mark.parametrize("case", [case for case in SEARCHERS if case.seeded], ids=lambda case: case.name)
def test_another_seed_gives_other_proposals(case):
    assert run(case.make(SPHERE, rng=1), 10) != run(case.make(SPHERE, rng=2), 10)
    assert run(case.make(SPHERE), 10) != run(case.make(SPHERE), 10)


def best_on_the_sphere(make, seed, n=60):
    search = make(SPHERE, rng=seed)
    run(search, n, lambda config: sum((value - 1) ** 2 for value in config.values()))
    return search.best_[1]


@pytest.mark.parametrize("case", [case for case in SEARCHERS if case.learns], ids=lambda case: case.name)
def test_a_searcher_that_learns_beats_random_search_on_a_sphere(case):
    theirs = [best_on_the_sphere(RandomSearch, seed + 100) for seed in range(20)]
    wins = sum(best_on_the_sphere(case.make, seed) < theirs[seed] for seed in range(20))
    assert wins >= 16  # chance alone gives that in 0.6 % of cases


# A searcher may add a key of its own to what the space holds, such as a fidelity


class _AddsEpochs(RandomSearch):
    def _next(self, rng):
        return {**self._random(rng), "epochs": 3 ** (len(self.configs_) % 3)}

    def _split(self, config):
        config = dict(config)
        return config, {"epochs": config.pop("epochs")}


def test_a_key_that_a_searcher_adds_is_part_of_what_is_asked_and_told_but_not_of_the_space():
    search = _AddsEpochs(SIX, rng=0)
    asked = run(search, 4, lambda config: math.nan if config["epochs"] == 3 else 0.5)
    assert [config["epochs"] for config in asked] == [1, 3, 9, 1]
    assert search.configs_ == asked
    assert asked[1]["n"] in (1, 2, 3)
    (pending,) = search.ask()
    search.tell([{**pending, "epochs": 9}], [0.1])  # the same configuration at another fidelity
    assert search.pending_ == [pending]
    search.tell([pending], [0.2])
    assert search.pending_ == []
    assert search.best_[1] == 0.1
    resumed = _AddsEpochs(SIX, rng=0)
    resumed.tell(search.configs_, search.values_)
    assert resumed.ask(3) == search.ask(3)


# The battery can fail


class _Shares(RandomSearch):
    def ask(self, n=1):
        super().ask(n)
        return self.pending_[-n:]


class _KeepsItsGenerator(RandomSearch):
    def _next(self, rng):
        self._mine = getattr(self, "_mine", None) or np.random.default_rng(self._seed)
        return self.space.sample(1, self._mine)[0]


class _UsesTheGlobalGenerator(RandomSearch):
    def _next(self, rng):
        return self.space.sample(1, int(np.random.randint(2**31)))[0]  # noqa: NPY002


class _RepeatsFailures(RandomSearch):
    def _spent(self, config):
        return False


class _IgnoresConstraints(RandomSearch):
    def _next(self, rng):
        return self.space.from_unit(rng.random((1, len(self.space))))[0]


class _IgnoresN(RandomSearch):
    def ask(self, n=1):
        return super().ask(n + 1)


class _ForgetsThePending(RandomSearch):
    @property
    def pending_(self):
        return []


class _GivesNumPyScalars(RandomSearch):
    def ask(self, n=1):
        return [{k: np.float64(v) if isinstance(v, float) else v for k, v in c.items()} for c in super().ask(n)]


class _TakesInfinityForAValue(RandomSearch):
    @property
    def best_(self):
        return (self.configs_[0], -math.inf) if self.configs_ else None


class _KeepsToOneBranch(RandomSearch):
    def _next(self, rng):
        return {"kernel": "linear", "shift": float(rng.random())} if "kernel" in self.space else super()._next(rng)


@pytest.mark.parametrize(
    ("broken", "check"),
    [
        (_Shares, "what_is_handed_over_is_the_callers"),
        (_KeepsItsGenerator, "resumed_equals_uninterrupted"),
        (_UsesTheGlobalGenerator, "same_seed_same_proposals"),
        (_RepeatsFailures, "failures_are_not_repeated_while_there_are_others"),
        (_IgnoresConstraints, "proposals_lie_in_the_space"),
        (_IgnoresN, "n_is_an_upper_bound"),
        (_ForgetsThePending, "pending_is_a_multiset"),
        (_GivesNumPyScalars, "values_are_plain"),
        (_TakesInfinityForAValue, "failures_are_never_the_best"),
        (_KeepsToOneBranch, "conditional_hyperparameters"),
    ],
)
def test_a_broken_searcher_fails_the_check_that_is_meant_for_it(broken, check):
    with pytest.raises((AssertionError, ValueError)):
        BATTERY[check](broken)


def test_random_search_does_not_pass_for_a_learner():
    theirs = [best_on_the_sphere(RandomSearch, seed) for seed in range(20)]
    wins = sum(best_on_the_sphere(RandomSearch, seed + 100) < theirs[seed] for seed in range(20))
    assert wins < 16
