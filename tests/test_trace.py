"""What a searcher saw when it chose: kept without changing what it chooses."""

from __future__ import annotations

import pickle
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from sklearn.preprocessing import PowerTransformer

import hpmath as hp
from hpmath import LogUniform, Trace, Uniform, minimize
from hpmath.searchers.bayesopt import back_transformed, transformed

ONE = {"x": Uniform(0, 1)}
PLANE = {"x": Uniform(0, 1), "y": LogUniform(1e-3, 1)}
MIXED = hp.Space({"k": ["a", "b"], "n": hp.Integer(1, 9), "x": Uniform(0, 1)}, conditions={"x": ("k", ["b"])})
SPACES = {"one": ONE, "plane": PLANE, "mixed": MIXED}
MAKERS = {
    "bo": lambda space: hp.BayesianOptimization(space, rng=3),
    "bo-lcb": lambda space: hp.BayesianOptimization(space, acquisition="lcb", transform="none", rng=3),
    "bo-ei": lambda space: hp.BayesianOptimization(space, acquisition="ei", rng=3),
    "bo-mes": lambda space: hp.BayesianOptimization(space, acquisition="mes", rng=3),
    "bo-thompson": lambda space: hp.BayesianOptimization(space, acquisition="thompson", rng=3),
    "tpe": lambda space: hp.TPE(space, n_initial=5, rng=3),
    "tpe-apart": lambda space: hp.TPE(space, n_initial=5, multivariate=False, rng=3),
    "nsga2": lambda space: hp.NSGA2(space, population_size=5, rng=3),
    "random": lambda space: hp.RandomSearch(space, rng=3),
    "grid": lambda space: hp.QuasiRandomSearch(space, rng=3),
}


def loss(config):
    return (config.get("x", 0.8) - 0.3) ** 2 + 0.1 * config.get("n", 0) + (np.log10(config.get("y", 0.1)) + 1) ** 2


def two(config):
    return config["x"] ** 2, (config["x"] - 1) ** 2


def configs(study):
    return [trial.config for trial in study.trials]


# --- it changes nothing


@pytest.mark.parametrize("space", SPACES)
@pytest.mark.parametrize("method", MAKERS)
def test_the_search_is_the_same_with_a_trace(method, space):
    plain = minimize(loss, method=MAKERS[method](SPACES[space]), n_trials=14)
    traced = minimize(loss, method=MAKERS[method](SPACES[space]), n_trials=14, trace=True)
    assert configs(plain) == configs(traced)
    assert plain.trace is None
    steps = traced.trace.steps
    assert [step.number for step in steps] == list(range(14))
    assert [step.config for step in steps] == configs(traced)
    assert [step.values for step in steps] == [trial.values for trial in traced.trials]
    for step in steps:
        assert step.sentence.startswith(f"Trial {step.number}: ")
        assert "nan" not in step.sentence


@pytest.mark.parametrize("method", ["tpe", "nsga2", "random"])
def test_the_search_is_the_same_with_several_objectives(method):
    plain = minimize(two, method=MAKERS[method](ONE), n_trials=20, n_objectives=2)
    traced = minimize(two, method=MAKERS[method](ONE), n_trials=20, n_objectives=2, trace=True)
    assert configs(plain) == configs(traced)


def test_the_search_is_the_same_while_others_are_pending():
    def run(search):
        open_trials, asked = [], []
        for _ in range(12):
            open_trials += search.ask(3)
            asked += open_trials[-3:]
            told, open_trials = open_trials[:2], open_trials[2:]
            search.tell(told, [loss(config) for config in told])
        return asked

    for method in ("bo", "bo-mes", "tpe", "nsga2"):
        trace = Trace(MAKERS[method](PLANE))
        assert run(trace) == run(MAKERS[method](PLANE))
        waiting = [step for step in trace.steps if step.values is None]
        assert len(waiting) == 12
        assert waiting[0].sentence.endswith("; it has not come back.")


def test_workers_finish_in_any_order_and_each_value_finds_its_step():
    with ThreadPoolExecutor(3) as pool:
        study = minimize(loss, PLANE, method="tpe", n_trials=30, executor=pool, n_workers=3, rng=0, trace=True)
    for trial in study.trials:
        step = study.trace.steps[trial.number]
        assert (step.config, step.values) == (trial.config, trial.values)
    assert study.trace.numbers == [trial.number for trial in study.trials]


def test_equal_proposals_are_told_apart_by_their_order():
    trace = Trace(hp.RandomSearch({"x": [1]}, rng=0))
    first = trace.ask(2)
    trace.tell(first[:1], [0.5])
    assert [step.values for step in trace.steps] == [(0.5,), None]
    trace.tell(first[1:], [0.25])
    assert [step.values for step in trace.steps] == [(0.5,), (0.25,)]


def test_what_it_keeps_is_its_own():
    trace = Trace(hp.RandomSearch(ONE, rng=0))
    (config,) = trace.ask()
    config["x"] = 7
    assert trace.steps[0].config["x"] < 1


# --- Bayesian optimisation


def test_of_bayesian_optimisation_it_keeps_the_posterior_in_units_of_the_loss():
    search = hp.BayesianOptimization(ONE, transform="none", local=False, rng=0)
    trace = Trace(search)
    for _ in range(8):
        trace.tell(asked := trace.ask(), [loss(config) for config in asked])
    y = search.values_
    trace.ask()
    (surface,) = trace.steps[-1].surfaces
    assert surface.names == ("x",)
    x = np.array(surface.at[0])
    assert len(x) == 101
    mean, std = search.info_["model"].predict(x[:, None], return_std=True)
    layers = surface.layers
    within = np.abs(y.mean() + y.std() * (np.abs(mean) + std) - y.mean()) < np.ptp(y)  # where nothing is cut off
    np.testing.assert_allclose(layers["mean"][within], (y.mean() + y.std() * mean)[within], rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(
        ((layers["high"] - layers["low"]) / 2)[within], (y.std() * std)[within], rtol=1e-3, atol=1e-6
    )
    best = search.info_["best"]
    np.testing.assert_allclose(layers["acquisition"], hp.log_expected_improvement(mean, std, best), rtol=1e-4)
    here = search.info_["model"].predict([[trace.steps[-1].config["x"]]], return_std=True)
    expected = y.mean() + y.std() * here[0][0], y.std() * here[1][0]
    np.testing.assert_allclose(trace.steps[-1].predicted, expected, rtol=1e-6)


@pytest.mark.parametrize("rule", ["log_ei", "ei", "lcb"])
def test_no_place_of_the_grid_is_better_than_the_chosen_one(rule):
    search = hp.BayesianOptimization(PLANE, acquisition=rule, local=False, rng=1)
    trace = Trace(search)
    for _ in range(14):
        trace.tell(asked := trace.ask(), [loss(config) for config in asked])
        step = trace.steps[-1]
        if step.phase == "model":
            assert step.surfaces[0].layers["acquisition"].max() <= search.info_["acquisition"][0] + 1e-6


def test_a_local_model_is_not_shown_outside_of_its_box():
    study = minimize(loss, PLANE, method="bo", n_trials=24, rng=0, trace=True)
    near = [step for step in study.trace.steps if step.phase == "local model"]
    assert near
    for step in near:
        (surface,) = step.surfaces
        shown = ~np.isnan(surface.layers["acquisition"])
        assert 0 < shown.mean() < 1
        x, y = (np.array(axis) for axis in surface.at)
        inside = x[shown.any(axis=1)], y[shown.any(axis=0)]
        slack = 1.5 / 25
        assert inside[0].min() - slack <= step.config["x"] <= inside[0].max() + slack
        assert "within the box" in step.sentence


def test_pending_trials_are_seen_in_the_acquisition():
    trace = Trace(hp.BayesianOptimization(ONE, n_initial=3, noise=1e-6, local=False, rng=0))
    for _ in range(3):
        trace.tell(asked := trace.ask(), [np.sin(9 * config["x"]) for config in asked])
    trace.ask(2)
    first, second = (step.surfaces[0].layers["acquisition"] for step in trace.steps[-2:])
    at = int(trace.steps[-2].config["x"] * 101)
    assert second[at] < first[at] - 0.5  # a hole where the first is pending


def test_a_grid_of_many_hyperparameters_is_a_line_along_each():
    study = minimize(loss, MIXED, method="bo", n_trials=12, rng=0, trace=True)
    for step in study.trace.steps[6:]:
        assert [surface.names for surface in step.surfaces] == [(name,) for name in MIXED if name in step.config]
        for surface in step.surfaces:
            (name,), (at,) = surface.names, surface.at
            assert at == {"k": ["a", "b"], "n": list(range(1, 10))}.get(name, at)
            assert surface.layers["mean"].shape == (len(at),)


def test_what_constraints_forbid_is_not_shown():
    space = hp.Space(PLANE, constraints=lambda config: config["x"] < 0.5)
    for method in ("bo", "tpe"):
        study = minimize(loss, method=MAKERS[method](space), n_trials=10, trace=True)
        layer = study.trace.steps[-1].surfaces[0].layers["acquisition"]
        assert np.isnan(layer[13:]).all()


def test_random_acquisitions_have_no_layer():
    for rule in ("mes", "thompson"):
        study = minimize(loss, method=MAKERS[f"bo-{rule}"](ONE), n_trials=9, trace=True)
        assert set(study.trace.steps[-1].surfaces[0].layers) == {"mean", "low", "high"}


@pytest.mark.parametrize("skew", [1.0, 3.0, -1.0])
def test_losses_come_back_through_the_inverse_of_the_transform(skew):
    y = np.exp(skew * np.random.default_rng(0).normal(size=30)) - 0.2
    back = back_transformed(y, "yeo_johnson")
    np.testing.assert_allclose(back(transformed(y, "yeo_johnson")), y, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(back_transformed(y, "none")(transformed(y, "none")), y, rtol=1e-12, atol=1e-12)
    peer = PowerTransformer("yeo-johnson").fit((y[:, None] - y.mean()) / y.std())
    z = np.linspace(-1, 1, 9)
    theirs = peer.inverse_transform(z[:, None])[:, 0] * y.std() + y.mean()
    np.testing.assert_allclose(back(z), theirs, rtol=2e-2, atol=2e-2 * y.std())  # powers differ by their optimisers
    assert (np.diff(back(np.linspace(-50, 50, 200))) >= 0).all()
    assert np.isfinite(back(np.array([-1e9, 1e9]))).all()


def test_losses_that_are_all_equal():
    assert back_transformed(np.full(4, 3.0), "yeo_johnson")(np.array([-1.0, 2.0])).tolist() == [3.0, 3.0]
    study = minimize(lambda config: 3.0, PLANE, method="bo", n_trials=9, rng=0, trace=True)
    assert study.trace.steps[-1].predicted == (3.0, 0.0)


# --- TPE, NSGA-II


@pytest.mark.parametrize("multivariate", [True, False])
def test_of_tpe_it_keeps_both_densities(multivariate):
    search = hp.TPE(PLANE, n_initial=5, multivariate=multivariate, rng=0)
    trace = Trace(search)
    for _ in range(12):
        trace.tell(asked := trace.ask(), [loss(config) for config in asked])
    trace.ask()
    step = trace.steps[-1]
    (surface,) = step.surfaces
    grid = [{"x": x, "y": y} for x in surface.at[0] for y in surface.at[1]]
    log_l, log_g = (f.logpdf(grid, relative=True).reshape(25, 25) for f in (search.good_, search.bad_))
    np.testing.assert_allclose(surface.layers["log_l"], log_l, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(surface.layers["acquisition"], log_l - log_g, rtol=1e-5, atol=1e-5)
    lowest = np.argsort(search.values_)[: len(step.good)]
    assert set(step.good) == set(lowest.tolist())
    assert step.phase == "densities"


def test_ranks_and_parents_of_nsga2():
    study = minimize(two, method=MAKERS["nsga2"](ONE), n_trials=23, n_objectives=2, trace=True)
    search, steps = study.searcher, study.trace.steps
    for step in steps:
        np.testing.assert_array_equal(step.ranks, hp.non_dominated_sort(search.values_[: step.n_told]))
        assert (step.parents is None) == (step.number < 5)
        assert step.phase == f"generation {step.number // 5}"
    child = steps[12]
    assert max(child.parents) < 10
    assert f"trial {study.trace.numbers[child.parents[0]]} (rank" in child.sentence


def test_a_failure_has_no_rank_and_says_so():
    def half(config):
        return (np.nan, 1) if config["x"] > 0.5 else two(config)

    study = minimize(half, ONE, method="nsga2", n_objectives=2, n_trials=25, rng=0, trace=True)
    last = study.trace.steps[-1]
    failed = np.isnan(study.searcher.values_[: last.n_told]).any(axis=1)
    assert failed.any()
    np.testing.assert_array_equal(last.ranks == -1, failed)
    assert any(step.sentence.endswith("; it failed.") for step in study.trace.steps)


def test_sentences_count_who_dominates():
    trace = Trace(hp.GridSearch({"i": [0, 1, 2, 3]}))
    values = [(1, 1), (0, 2), (2, 2), (0, 0)]
    trace.tell(trace.ask(4), values)
    said = [step.sentence for step in trace.steps]
    assert said[0].endswith("came out 1, 1; none dominates it, with it the front has 1 trial.")
    assert said[1].endswith("came out 0, 2; none dominates it, with it the front has 2 trials.")
    assert said[2].endswith("came out 2, 2; 2 of 2 others dominate it.")
    assert said[3].endswith("came out 0, 0; none dominates it, with it the front has 1 trial.")


# --- resuming, memory, errors


def test_trials_from_a_log_have_steps_without_surfaces(tmp_path):
    log = tmp_path / "run.jsonl"
    minimize(loss, PLANE, method="bo", n_trials=9, log=log, rng=0)
    study = minimize(loss, PLANE, method="bo", n_trials=12, log=log, rng=0, trace=True)
    whole = minimize(loss, PLANE, method="bo", n_trials=12, rng=0, trace=True)
    steps = study.trace.steps
    assert [step.phase == "log" for step in steps] == [True] * 9 + [False] * 3
    assert "comes from the log; it came out" in steps[0].sentence
    for ours, theirs in zip(steps[9:], whole.trace.steps[9:], strict=True):
        assert ours.sentence == theirs.sentence
        for name, layer in theirs.surfaces[0].layers.items():
            np.testing.assert_array_equal(ours.surfaces[0].layers[name], layer)


def test_a_searcher_that_knows_something_already():
    search = hp.TPE(ONE, n_initial=2, rng=0)
    search.tell([{"x": 0.1}, {"x": 0.9}, {"x": 0.3}], [0.5, 0.1, 0.3])
    study = minimize(loss, method=search, n_trials=2, trace=True)
    assert study.trace.numbers == [None, None, None, 0, 1]
    assert study.trace.steps[0].n_told == 3


def test_memory_is_bounded():
    trace = Trace(hp.TPE(PLANE, n_initial=2, rng=0), cells=5, most=8)
    for _ in range(60):
        trace.tell(asked := trace.ask(), [loss(config) for config in asked])
        assert sum(bool(step.surfaces) for step in trace.steps) <= 8
    kept = [step.number for step in trace.steps if step.surfaces]
    assert len(kept) >= 4
    assert kept[-1] == 59
    assert len(trace.steps) == 60
    assert trace.steps[40].sentence


def test_a_trace_can_be_pickled():
    study = minimize(loss, PLANE, method="bo", n_trials=8, rng=0, trace=True)
    again = pickle.loads(pickle.dumps(study.trace))
    assert [step.sentence for step in again.steps] == [step.sentence for step in study.trace.steps]


def test_what_it_refuses():
    with pytest.raises(TypeError, match="trace must be True or False, got 3"):
        minimize(loss, ONE, trace=3)
    with pytest.raises(TypeError, match="searcher must be a Searcher, got 'bo'"):
        Trace("bo")
    with pytest.raises(ValueError, match="cells must be"):
        Trace(hp.RandomSearch(ONE), cells=1)
    with pytest.raises(ValueError, match="most must be"):
        Trace(hp.RandomSearch(ONE), most=1)
    with pytest.raises(ValueError, match="n must be"):
        Trace(hp.RandomSearch(ONE)).ask(0)
