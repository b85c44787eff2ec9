"""Bayesian optimisation: features, the transform, the maximiser, and what the whole loop promises."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hpmath import (
    BayesianOptimization,
    Integer,
    LogUniform,
    RandomSearch,
    Space,
    Uniform,
    branin,
    hartmann,
    table_objective,
)
from hpmath._encoding import Encoding
from hpmath.searchers._maximise import maximise
from hpmath.searchers.bayesopt import transformed

MIXED = Space(
    {
        "lr": LogUniform(1e-5, 1e-1),
        "layers": Integer(1, 5),
        "seed": Integer(0, 10**6),
        "act": ["relu", "tanh", "gelu"],
        "batch": [256, 16, 64],
        "bias": [True, False],
        "fixed": ["x"],
    }
)
CONDITIONAL = Space(
    {"kernel": ["linear", "rbf", "poly"], "gamma": LogUniform(1e-6, 1e-1), "degree": Integer(2, 4)},
    conditions={"gamma": ("kernel", ["rbf", "poly"]), "degree": ("kernel", ["poly"])},
)


def loop(f, n, space=None, seed=0, **settings):
    search = BayesianOptimization(f.space if space is None else space, rng=seed, **settings)
    for _ in range(n):
        configs = search.ask()
        search.tell(configs, [f(config) for config in configs])
    return search


# --- features


def test_a_list_of_numbers_is_ordered_and_a_list_of_names_is_a_simplex():
    encoding = Encoding(MIXED)
    by = {name: encoding.axes[j] for j, name in enumerate(MIXED.names)}
    assert [by[name].width for name in MIXED.names] == [1, 1, 1, 3, 1, 1, 0]
    assert by["batch"].kind == "ordered"
    assert by["act"].kind == "unordered"
    base = {"lr": 1e-3, "layers": 1, "seed": 0, "act": "relu", "batch": 16, "bias": True, "fixed": "x"}

    def features(**changed):
        return encoding.features(encoding.fill([{**base, **changed}]))[0]

    def at(name, **changed):
        return features(**changed)[by[name].start]

    assert [at("batch", batch=b) for b in (16, 64, 256)] == [0.0, 0.5, 1.0]
    np.testing.assert_allclose([at("layers", layers=k) for k in (1, 2, 3, 4, 5)], np.linspace(0, 1, 5))
    assert at("lr") == pytest.approx(0.5)
    for other in ("tanh", "gelu"):
        assert np.linalg.norm(features() - features(act=other)) == pytest.approx(1.0)
    assert np.linalg.norm(features() - features(bias=False)) == pytest.approx(1.0)


@given(seed=st.integers(0, 10**6))
@settings(max_examples=30, deadline=None)
def test_points_and_their_configurations_have_the_same_features(seed):
    for space in (MIXED, CONDITIONAL):
        encoding = Encoding(space)
        U = np.random.default_rng(seed).random((8, len(space)))
        again = encoding.fill(space.from_unit(U))
        np.testing.assert_allclose(encoding.features(U), encoding.features(again), atol=1e-9)
        assert (encoding.features(U) >= 0).all()
        assert (encoding.features(U) <= 1).all()
    assert encoding.keys(U) == encoding.keys(U.copy())


def test_an_inactive_hyperparameter_tells_no_two_configurations_apart():
    encoding = Encoding(CONDITIONAL)
    U = np.array([[1 / 6, 0.1, 0.1], [1 / 6, 0.9, 0.9], [1 / 2, 0.1, 0.1], [1 / 2, 0.1, 0.9]])
    F = encoding.features(U)
    np.testing.assert_array_equal(F[0], F[1])  # linear
    np.testing.assert_array_equal(F[2], F[3])  # rbf has no degree
    assert (F[0] != F[2]).any()


def test_neighbours_differ_in_one_hyperparameter_that_is_active():
    encoding = Encoding(MIXED)
    u = np.random.default_rng(0).random(len(MIXED))
    (here,) = MIXED.from_unit(u[None])
    around = MIXED.from_unit(encoding.neighbours(u))
    changed = [{name for name in MIXED.names if config[name] != here[name]} for config in around]
    assert all(len(names) == 1 for names in changed)
    assert {name for names in changed for name in names} == {"layers", "act", "batch", "bias"}
    rbf = Encoding(CONDITIONAL).neighbours(np.array([0.5, 0.3, 0.3]))
    assert {config["kernel"] for config in CONDITIONAL.from_unit(rbf)} == {"linear", "poly"}


@given(st.lists(st.floats(-1e3, 1e3), min_size=3, max_size=30, unique=True))
@settings(max_examples=50, deadline=None)
def test_the_transform_keeps_the_order_and_standardises(values):
    y = np.array(values)
    if y.std() < 1e-6 * np.abs(y).max():
        return
    z = transformed(y, "yeo_johnson")
    assert abs(z.mean()) < 1e-8
    assert z.std() == pytest.approx(1.0)
    assert (np.diff(z[np.argsort(y)]) >= -1e-12).all()


def test_the_transform_is_scipys():
    stats = pytest.importorskip("scipy.stats")
    for seed in range(5):
        y = np.random.default_rng(seed).lognormal(0, 1, 60)
        theirs = stats.yeojohnson((y - y.mean()) / y.std())[0]
        np.testing.assert_allclose(transformed(y, "yeo_johnson"), (theirs - theirs.mean()) / theirs.std(), atol=2e-3)


def test_equal_losses_are_zeros():
    assert (transformed(np.full(4, 3.0), "yeo_johnson") == 0).all()


# --- the maximiser


def hill(top):
    return lambda F, gradient=True: (-((F - top) ** 2).sum(axis=1), -2 * (F - top))


def everywhere(encoding):
    return np.zeros(encoding.width), np.ones(encoding.width)


def test_the_maximiser_finds_the_top_of_a_smooth_hill_to_many_digits():
    encoding, top = Encoding(Space({name: Uniform(0, 1) for name in "abc"})), np.array([0.3, 0.9, 1.0])
    candidates = encoding.candidates(np.empty((0, 3)), *everywhere(encoding), np.random.default_rng(0))
    found = maximise(encoding, hill(top), candidates, *everywhere(encoding))
    np.testing.assert_allclose(found.points[0], top, atol=1e-6)
    assert (np.diff(found.scores) <= 0).all()


def test_the_maximiser_stays_in_the_box():
    encoding, top = Encoding(Space({name: Uniform(0, 1) for name in "abc"})), np.array([0.3, 0.9, 1.0])
    box = np.array([0.4, 0.1, 0.2]), np.array([0.1, 0.1, 0.3])
    candidates = encoding.candidates(np.empty((0, 3)), *box, np.random.default_rng(0))
    found = maximise(encoding, hill(top), candidates, *box)
    np.testing.assert_allclose(found.points[0], [0.4, 0.2, 0.5], atol=1e-6)
    assert ((found.points >= box[0] - 1e-12) & (found.points <= box[0] + box[1] + 1e-12)).all()


def test_the_maximiser_finds_the_best_category_and_the_best_place_within_it():
    encoding = Encoding(MIXED)
    target = MIXED.sample(1, rng=3)[0]
    goal = encoding.features(encoding.fill([target]))[0]
    candidates = np.random.default_rng(0).random((50, len(MIXED)))
    found = maximise(encoding, hill(goal), candidates, *everywhere(encoding))
    (config,) = MIXED.from_unit(found.points[:1])
    for name in ("layers", "act", "batch", "bias"):
        assert config[name] == target[name]
    assert config["lr"] == pytest.approx(target["lr"], rel=1e-3)


# --- the loop


@pytest.mark.parametrize("acquisition", ["log_ei", "ei", "lcb", "thompson", "mes"])
def test_every_acquisition_solves_branin(acquisition):
    f = branin()
    search = loop(f, 30, acquisition=acquisition)
    assert search.best_[1] - f.minimum < 0.05
    assert search.info_["phase"] in ("model", "local model")
    assert (np.diff(search.info_["acquisition"]) <= 0).all()


@pytest.mark.parametrize(
    "settings",
    [
        {"kernel": "rbf"},
        {"kernel": "matern32"},
        {"ard": False},
        {"transform": "none"},
        {"noise": 1e-6},
        {"local": False},
    ],
)
def test_every_variant_beats_random_search(settings):
    f = hartmann(3)
    search = loop(f, 24, **settings)
    values = [f(config) for config in RandomSearch(f.space, rng=0).ask(100)]
    assert search.best_[1] < min(values)


def test_on_a_real_table_it_beats_random_search():
    f = table_objective("hpobench_segment")
    regrets = [f.regret(loop(f, 30, seed=seed).best_[1]) for seed in range(2)]
    random = [f.regret(f(RandomSearch(f.space, rng=seed).ask(30)).min()) for seed in range(20)]
    assert np.mean(regrets) < 0.75 * np.mean(random)


def test_a_finite_space_is_not_repeated_until_it_is_used_up():
    space = Space({"n": Integer(1, 4), "act": ["relu", "tanh", "gelu"]})
    search = loop(lambda config: config["n"], 12, space)
    assert len({space.key(config) for config in search.configs_}) == 12
    assert space.contains(search.ask()[0])
    in_batches = BayesianOptimization(space, rng=1)
    assert len({space.key(config) for config in in_batches.ask(12)}) == 12


def test_pending_trials_are_kept_away_from():
    f = branin()
    search = loop(f, 12)
    batch = search.ask(4)
    U = f.space.to_unit(batch)
    distances = np.abs(U[:, None] - U[None]).max(axis=2)[np.triu_indices(4, 1)]
    assert distances.min() > 0.01
    assert search.ask()[0] not in batch


def test_believing_in_pending_trials_leaves_the_model_of_what_was_told_alone():
    f = branin()
    search, other = loop(f, 14), loop(f, 14)
    search.ask(5)
    search.tell(search.pending_[1:], [f(config) for config in search.pending_[1:]])
    other.tell(search.configs_[14:], search.values_[14:])
    other.tell(search.pending_, [math.nan])
    search.tell(search.pending_, [math.nan])
    assert search.ask() == other.ask()
    model = search.info_["model"]
    before = model.predict([[0.3, 0.4]], return_std=True)
    search.ask(3)
    np.testing.assert_array_equal(model.predict([[0.3, 0.4]], return_std=True), before)
    assert model.L_.shape == (len(model.y_),) * 2


def test_failed_trials_are_avoided_and_their_neighbourhood_too():
    space = Space({"x": Uniform(0, 1), "y": Uniform(0, 1)})
    search = loop(lambda c: math.nan if c["x"] > 0.5 else (c["x"] - 0.4) ** 2 + (c["y"] - 0.5) ** 2, 40, space)
    assert np.mean(np.isnan(search.values_[15:])) < 0.3
    assert search.best_[1] < 1e-3
    nothing_works = loop(lambda c: math.nan, 15, space)
    assert nothing_works.best_ is None


def test_predicates_of_the_space_are_respected_at_their_edge():
    space = Space({"x": Uniform(0, 1), "y": Uniform(0, 1)}, constraints=[lambda c: c["x"] + c["y"] >= 1])
    search = loop(lambda c: c["x"] ** 2 + c["y"] ** 2, 30, space)
    assert all(config["x"] + config["y"] >= 1 for config in search.configs_)
    assert search.best_[1] < 0.52  # 1/2 at the edge


def test_constraints_told_with_a_trial_are_learned():
    space = Space({"x": Uniform(0, 1), "y": Uniform(0, 1)})
    search = BayesianOptimization(space, rng=0)
    for _ in range(28):
        (config,) = search.ask()
        value = config["x"] ** 2 + config["y"] ** 2
        search.tell([config], [value], constraints=[1 - config["x"] - config["y"]])
    assert search.best_[0]["x"] + search.best_[0]["y"] >= 1
    assert search.best_[1] < 0.52
    nowhere = BayesianOptimization(space, rng=0)
    for _ in range(15):
        (config,) = nowhere.ask()
        nowhere.tell([config], [config["x"]], constraints=[0.1 + config["y"]])
    assert nowhere.best_ is None
    assert min(config["y"] for config in nowhere.configs_) < 0.05  # as feasible as it gets


def test_noise_is_not_taken_for_a_minimum():
    rng = np.random.default_rng(1)
    space = Space({"x": Uniform(0, 1)})
    search = loop(lambda c: (c["x"] - 0.7) ** 2 + 0.05 * rng.standard_normal(), 40, space, local=False)
    model, U = search.info_["model"], np.linspace(0, 1, 201)[:, None]
    assert abs(U[np.argmin(model.predict(U)), 0] - 0.7) < 0.12
    assert model.noise_ > 0


def test_constant_losses_and_duplicates_are_no_obstacle():
    space = Space({"x": Uniform(0, 1), "act": ["relu", "tanh"]})
    search = loop(lambda c: 1.0, 15, space)
    assert len({space.key(config) for config in search.configs_}) == 15
    config = {"x": 0.5, "act": "relu"}
    warm = BayesianOptimization(space, rng=0, n_initial=2)
    warm.tell([config] * 6, [0.1, 0.2, 0.1, 0.3, 0.2, 0.1])
    assert space.contains(warm.ask()[0])


def test_huge_and_tiny_losses_are_the_same_problem():
    f = branin()
    plain = loop(f, 25)
    for scale in (2.0**-990, 2.0**990):  # powers of two, which round nothing
        scaled = loop(lambda c, scale=scale: scale * f(c), 25, f.space)
        assert scaled.configs_ == plain.configs_


def test_many_trials_are_all_used_and_a_proposal_stays_cheap():
    f = branin()
    search = BayesianOptimization(f.space, rng=0, local=False)
    configs = f.space.sample(400, rng=1)
    search.tell(configs, [f(config) for config in configs])
    (config,) = search.ask()
    assert len(search.info_["model"].y_) == 400
    assert f(config) - f.minimum < 0.05
    repeated = BayesianOptimization({"x": Uniform(0, 1)}, rng=0)  # duplicates that disagree, more than are fitted
    repeated.tell([{"x": 0.5}, {"x": 0.6}] * 150, np.arange(300.0))
    assert 0 <= repeated.ask()[0]["x"] <= 1


# --- what is refused


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"acquisition": "ucb"}, "acquisition must be one of 'log_ei', 'ei', .*got 'ucb'"),
        ({"kernel": "cosine"}, "kernel must be one of 'matern52', .*got 'cosine'"),
        ({"transform": "log"}, "transform must be one of 'yeo_johnson', .*got 'log'"),
        ({"n_initial": 0}, "n_initial must be at least 1, got 0"),
        ({"beta": -1.0}, "beta must be .*got -1"),
        ({"noise": "some"}, "noise must be"),
        ({"noise": -1.0}, "noise must be"),
    ],
)
def test_settings_that_are_not_there_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        BayesianOptimization({"x": Uniform(0, 1)}, **settings)


def test_several_objectives_are_refused():
    search = BayesianOptimization({"x": Uniform(0, 1)}, rng=0)
    search.tell([{"x": 0.5}], [[0.1, 0.2]])
    with pytest.raises(ValueError, match=r"BayesianOptimization minimises one objective, got 2: .*NSGA2"):
        search.ask()
