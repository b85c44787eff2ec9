"""Searchers as samplers of Optuna: what is asked is used, and a study goes on wherever it is kept."""

from __future__ import annotations

import copy
import math
import multiprocessing
import pickle
import subprocess
import sys
import warnings
from contextlib import suppress

import numpy as np
import pytest

from hpmath import (
    TPE,
    Categorical,
    Integer,
    LogUniform,
    Normal,
    Space,
    Study,
    Uniform,
    hypervolume,
    minimize,
)
from hpmath.searchers import METHODS

optuna = pytest.importorskip("optuna")
from optuna.distributions import FloatDistribution, IntDistribution  # noqa: E402
from optuna.trial import TrialState, create_trial  # noqa: E402

from hpmath.bridges.optuna import HpmathSampler  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore::optuna.exceptions.ExperimentalWarning")
optuna.logging.set_verbosity(optuna.logging.ERROR)

SVM = Space(
    {"kernel": ["linear", "rbf"], "C": LogUniform(1e-2, 1e4), "gamma": LogUniform(1e-6, 1e-1)},
    conditions={"gamma": ("kernel", ["rbf"])},
)


def svm(trial):
    kernel = trial.suggest_categorical("kernel", ["linear", "rbf"])
    loss = abs(math.log10(trial.suggest_float("C", 1e-2, 1e4, log=True)) - 1)
    if kernel == "linear":
        return loss + 1
    return loss + abs(math.log10(trial.suggest_float("gamma", 1e-6, 1e-1, log=True)) + 3)


def svm_loss(config):
    return svm(optuna.trial.FixedTrial(config))


SHIFTED = {"x": Uniform(-1, 2), "n": Integer(1, 64, log=True)}


def shifted(trial):
    return trial.suggest_float("x", -1, 2) ** 2 + abs(trial.suggest_int("n", 1, 64, log=True) - 8) / 64


def run(objective, n, sampler=None, study=None, **options):
    study = study or optuna.create_study(sampler=sampler)
    study.optimize(objective, n_trials=n, **options)
    return study


def params(study):
    return [trial.params for trial in study.trials]


def told(sampler):
    return sampler.searcher_.configs_


# --- what is asked is used

SUGGEST = {
    "float": lambda trial: trial.suggest_float("x", -1.5, 2.5),
    "float log": lambda trial: trial.suggest_float("x", 1e-7, 1e3, log=True),
    "float step": lambda trial: trial.suggest_float("x", -0.35, 1.0, step=0.1),
    "float coarse step": lambda trial: trial.suggest_float("x", 0.0, 1.0, step=0.3),
    "int": lambda trial: trial.suggest_int("x", -3, 12),
    "int log": lambda trial: trial.suggest_int("x", 1, 4096, log=True),
    "int step": lambda trial: trial.suggest_int("x", 8, 120, step=8),
    "text": lambda trial: trial.suggest_categorical("x", ["relu", "tanh", "gelu"]),
    "mixed": lambda trial: trial.suggest_categorical("x", [None, True, 2, 2.5, "2"]),
    "numbers": lambda trial: trial.suggest_categorical("x", [0.1, 0.01, 0.5]),
}


class Spy(HpmathSampler):
    """Keeps what the searcher asked for."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.asked = {}

    def sample_relative(self, study, trial, search_space):
        relative = super().sample_relative(study, trial, search_space)
        self.asked[trial.number] = relative
        return relative


@pytest.mark.filterwarnings("ignore:The distribution is specified by")
@pytest.mark.parametrize("method", ["random", "tpe", "sobol", "nsga2"])
@pytest.mark.parametrize("kind", SUGGEST)
def test_what_is_asked_is_used_in_a_space_found_on_the_way(kind, method):
    sampler = Spy(method, seed=0)

    def objective(trial):
        value = SUGGEST[kind](trial)
        return float(len(str(value))) + (trial.suggest_float("y", 0, 1) - 0.3) ** 2

    study = run(objective, 30, sampler)
    used = {trial.number: trial.params for trial in study.trials[1:]}
    assert {number: sampler.asked[number] for number in used} == used
    sampler._ask(study, study.ask(), study.sampler.infer_relative_search_space(study, study.trials[0]))
    assert len(told(sampler)) == 30  # the first, independent one too
    assert all(trial.system_attrs == {} for trial in study.trials)
    assert len({str(trial.params["x"]) for trial in study.trials[:30]}) > 2  # a step is not always the same


@pytest.mark.filterwarnings("ignore:The distribution is specified by")
@pytest.mark.parametrize("kind", SUGGEST)
def test_the_distribution_of_optuna_may_be_the_space(kind):
    found = []

    def objective(trial):
        found.append(SUGGEST[kind](trial))
        return trial.suggest_float("y", 0, 1)

    first = run(objective, 1, optuna.samplers.RandomSampler(0))
    study = run(objective, 25, HpmathSampler("tpe", first.trials[0].distributions, rng=0))
    study.ask().suggest_float("y", 0, 1)
    assert len(told(study.sampler)) == 25
    assert all(trial.system_attrs == {} for trial in study.trials)
    assert found[1:] == [trial.params["x"] for trial in study.trials if "x" in trial.params]


@pytest.mark.parametrize("method", ["random", "sobol", "tpe", "nsga2", "bo"])
def test_a_study_proposes_what_the_bare_loop_does(method):
    n = 14 if method == "bo" else 40
    search = METHODS[method](SVM, rng=3)
    for _ in range(n):
        configs = search.ask()
        search.tell(configs, [svm_loss(config) for config in configs])
    study = run(svm, n, HpmathSampler(method, SVM, rng=3))
    assert params(study) == search.configs_


def test_a_conditional_branch_is_searched_and_not_drawn():
    study = run(svm, 60, HpmathSampler("tpe", SVM, rng=0))
    assert study.best_value < 0.5
    assert {len(config) for config in params(study)} == {2, 3}
    assert run(svm, 60, HpmathSampler("random", SVM, rng=0)).best_value > study.best_value


def test_without_a_space_what_not_all_trials_suggest_is_drawn_and_said():
    with pytest.warns(
        UserWarning, match="'gamma' is drawn at random, since not all trials suggest it in the same range"
    ):
        study = run(svm, 30, HpmathSampler("tpe", rng=1))
    study.ask().suggest_float("C", 1e-2, 1e4, log=True)
    assert set(study.sampler.searcher_.space.names) == {"C", "kernel"}
    assert len(told(study.sampler)) == 30


def test_a_space_that_shrinks_makes_a_new_searcher_that_knows_all():
    def objective(trial):
        x = trial.suggest_float("x", 0, 1)
        trial.suggest_float("still", 1.0, 1.0)
        return x + (trial.suggest_float("late", 0, 1) if trial.number < 10 else 0)

    study = run(objective, 10, HpmathSampler("tpe", rng=0))
    assert set(study.sampler.searcher_.space.names) == {"x", "late"}  # nothing to search in what has one value
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        run(objective, 5, study=study)
    assert study.sampler.searcher_.space.names == ("x",)
    study.ask().suggest_float("x", 0, 1)
    assert [config["x"] for config in told(study.sampler)] == [trial.params["x"] for trial in study.trials[:15]]


@pytest.mark.filterwarnings("ignore:'x' is drawn at random")
def test_a_range_that_changes_is_drawn_from_as_it_is():
    def objective(trial):
        return trial.suggest_float("x", 0, 1 + trial.number) + trial.suggest_float("y", 0, 1)

    study = run(objective, 12, HpmathSampler("random", rng=0))
    assert all(0 <= trial.params["x"] <= 1 + trial.number for trial in study.trials)


def test_choices_that_equal_each_other_are_one():
    def objective(trial):
        return float(trial.suggest_categorical("x", [1, True, 1.0, 0]))

    study = run(objective, 12, HpmathSampler("tpe", rng=0))
    study.ask().suggest_categorical("x", [1, True, 1.0, 0])
    assert len(told(study.sampler)) == 12
    assert study.sampler.searcher_.space["x"].cardinality == 2


# --- what is made of a method


def test_a_searcher_may_come_by_name_as_class_function_or_itself():
    for method in ("tpe", TPE, lambda space, rng: TPE(space, rng=rng), TPE(SVM, rng=0)):
        given = isinstance(method, TPE)
        study = run(svm, 15, HpmathSampler(method, None if given else SVM, seed=None if given else 0))
        assert params(study) == params(run(svm, 15, HpmathSampler("tpe", SVM, rng=0)))


def test_settings_reach_the_searcher():
    assert run(svm, 1, HpmathSampler("tpe", SVM, rng=0, n_initial=7)).sampler.searcher_.n_initial == 7


def test_a_searcher_that_knows_something_goes_on_from_there():
    search = TPE(SVM, rng=0)
    for _ in range(12):
        configs = search.ask()
        search.tell(configs, [svm_loss(config) for config in configs])
    on_its_own = copy.deepcopy(search)
    study = run(svm, 8, HpmathSampler(search))
    for _ in range(8):
        configs = on_its_own.ask()
        on_its_own.tell(configs, [svm_loss(config) for config in configs])
    assert params(study) == on_its_own.configs_[12:]
    assert study.sampler.searcher_ is search


def test_a_sampler_serves_one_study_after_the_other():
    sampler = HpmathSampler("tpe", SVM, rng=0)
    first, second = run(svm, 14, sampler), run(svm, 14, sampler)
    assert params(first) == params(second)
    run(svm, 4, study=first)
    assert params(first) == params(run(svm, 18, HpmathSampler("tpe", SVM, rng=0)))


# --- what is told


def test_what_is_maximised_is_negated():
    up = run(
        lambda trial: -shifted(trial),
        25,
        study=optuna.create_study(direction="maximize", sampler=HpmathSampler("tpe", SHIFTED, rng=0)),
    )
    assert params(up) == params(run(shifted, 25, HpmathSampler("tpe", SHIFTED, rng=0)))


@pytest.mark.parametrize("method", ["random", "sobol", "nsga2", "tpe"])
def test_several_objectives(method):
    def objective(trial):
        x, y = trial.suggest_float("x", 0, 1), trial.suggest_float("y", 0, 1)
        return x, 1 - x + y

    study = optuna.create_study(directions=["minimize", "minimize"], sampler=HpmathSampler(method, rng=0))
    run(objective, 80, study=study)
    assert hypervolume([trial.values for trial in study.trials], [1, 2]) > (1.05 if method == "random" else 1.1)
    assert study.sampler.searcher_.values_.shape == (79, 2)
    mixed = optuna.create_study(directions=["maximize", "minimize"], sampler=HpmathSampler(method, rng=0))
    run(lambda trial: (-objective(trial)[0], objective(trial)[1]), 80, study=mixed)
    assert params(mixed) == params(study)


def test_constraints_by_set_constraint_by_function_and_of_added_trials():
    def objective(trial):
        x = trial.suggest_float("x", 0, 1)
        if hasattr(trial, "set_constraint"):
            trial.set_constraint("x is at least a half", 0.5 - x)
        return x

    def of(trial):
        return (0.5 - trial.params["x"],)

    space = {"x": Uniform(0, 1)}
    if hasattr(optuna.trial.Trial, "set_constraint"):
        study = run(objective, 40, HpmathSampler("tpe", space, rng=0))
        assert study.best_value == pytest.approx(0.5, abs=0.02)
        constraints = study.sampler.searcher_.constraints_
        np.testing.assert_allclose(constraints[:, 0], [0.5 - trial.params["x"] for trial in study.trials[:39]])
    older = run(
        lambda trial: trial.suggest_float("x", 0, 1), 40, HpmathSampler("tpe", space, rng=0, constraints_func=of)
    )
    np.testing.assert_allclose(
        older.sampler.searcher_.constraints_[:, 0], [0.5 - trial.params["x"] for trial in older.trials[:39]]
    )
    config, value = older.sampler.searcher_.best_
    assert value >= 0.5
    assert config["x"] == value
    with pytest.raises(ValueError, match=r"constraints_func must return numbers, got \[nan\]"):
        run(
            lambda trial: trial.suggest_float("x", 0, 1),
            1,
            HpmathSampler("tpe", space, constraints_func=lambda trial: [math.nan]),
        )


@pytest.mark.skipif(not hasattr(optuna.trial.Trial, "set_constraint"), reason="Optuna 5")
def test_a_constraint_that_comes_late_counts_as_broken_before():
    def objective(trial):
        x = trial.suggest_float("x", 0, 1)
        if trial.number >= 5:
            trial.set_constraint("late", 0.5 - x)
        if trial.number == 7:
            raise ValueError("no luck")
        return x

    study = optuna.create_study(sampler=HpmathSampler("tpe", {"x": Uniform(0, 1)}, rng=0))
    study.add_trial(create_trial(params={"x": 0.1}, distributions={"x": FloatDistribution(0, 1)}, value=0.1))
    run(objective, 20, study=study, catch=ValueError)
    searcher = study.sampler.searcher_
    assert len(searcher.configs_) == 20
    assert np.isnan(searcher.constraints_[:5]).all()
    assert searcher.best_[1] >= 0.5


def test_failed_trials_are_told_as_failures():
    def objective(trial):
        if shifted(trial) > 1:
            raise ValueError("diverged")
        return math.nan if trial.number % 5 == 0 else shifted(trial)

    study = run(objective, 30, HpmathSampler("tpe", SHIFTED, rng=0), catch=ValueError)
    failed = [trial.state == TrialState.FAIL for trial in study.trials[:29]]
    assert sum(failed) > 5
    assert np.isnan(study.sampler.searcher_.values_).tolist() == failed


def test_a_grid_is_not_stuck_at_a_configuration_that_fails_before_all_is_suggested():
    def objective(trial):
        if trial.suggest_int("a", 0, 2) == 1:
            raise ValueError("no luck")
        return trial.suggest_int("b", 0, 1)

    space = {"a": Integer(0, 2), "b": Integer(0, 1)}
    study = run(objective, 50, HpmathSampler("grid", space), catch=ValueError)
    assert len(study.trials) == 6
    assert len({tuple(trial.params.items()) for trial in study.trials if len(trial.params) == 2}) == 4


def test_pruned_trials_are_told_with_what_they_reported_but_never_as_the_best():
    def objective(trial):
        x = trial.suggest_float("x", 0, 1)
        if trial.number == 3:
            trial.report(2.0, 0)
            trial.report(1.5, 1)
        if trial.number == 4:
            trial.report(-1.0, 0)
        if trial.number in (3, 4, 5):
            raise optuna.TrialPruned
        return x

    for sign in (1, -1):
        study = optuna.create_study(
            direction="minimize" if sign > 0 else "maximize", sampler=HpmathSampler("tpe", {"x": Uniform(0, 1)}, rng=0)
        )

        class Turned:
            def __init__(self, trial):
                self.trial, self.number, self.suggest_float = trial, trial.number, trial.suggest_float

            def report(self, value, step, sign=sign):
                self.trial.report(sign * value, step)

        run(lambda trial, sign=sign: sign * objective(Turned(trial)), 7, study=study)
        values = study.sampler.searcher_.values_
        assert values[3] == 1.5
        assert values[4] == min(values[:3])
        assert math.isnan(values[5])


# --- where the study is kept


def storages(tmp_path):
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend

    yield lambda: JournalStorage(JournalFileBackend(str(tmp_path / "study.log")))
    yield lambda: f"sqlite:///{tmp_path / 'study.db'}"


def stumbling(trial):
    """Fails, is pruned, and takes what is enqueued."""
    value = svm(trial)
    trial.report(value, 0)
    if trial.number % 7 == 3:
        raise ValueError("no luck")
    if trial.number % 7 == 5:
        raise optuna.TrialPruned
    return value


@pytest.mark.filterwarnings("ignore:'gamma' is drawn at random")
@pytest.mark.parametrize("given", [True, False])
@pytest.mark.parametrize("method", ["random", "tpe", "sobol", "nsga2"])
def test_a_resumed_study_proposes_what_an_uninterrupted_one_does(tmp_path, method, given):
    def sampler():
        return HpmathSampler(method, SVM if given else None, rng=0)

    def enqueue(study):
        study.enqueue_trial({"kernel": "rbf"})
        study.enqueue_trial({"kernel": "linear", "C": 10.0})

    whole = optuna.create_study(sampler=sampler())
    for n in (12, 8, 6):
        run(stumbling, n, study=whole, catch=ValueError)
        enqueue(whole)
    for make in list(storages(tmp_path))[: 2 if (method, given) == ("tpe", True) else 1]:  # SQLite is slow
        for n in (12, 8, 6):
            study = optuna.create_study(storage=make(), study_name="it", load_if_exists=True, sampler=sampler())
            run(stumbling, n, study=study, catch=ValueError)
            enqueue(study)
        assert params(study) == params(whole)
        assert [trial.state for trial in study.trials] == [trial.state for trial in whole.trials]


def test_bayesian_optimisation_resumes(tmp_path):
    whole = run(shifted, 12, HpmathSampler("bo", SHIFTED, rng=0))
    make = next(storages(tmp_path))
    for n in (8, 4):
        study = optuna.create_study(
            storage=make(), study_name="it", load_if_exists=True, sampler=HpmathSampler("bo", SHIFTED, rng=0)
        )
        run(shifted, n, study=study)
    assert params(study) == params(whole)


def test_a_grid_stops_the_study_when_it_is_done_and_goes_on_where_it_was(tmp_path):
    space = {"a": Integer(0, 2), "b": ["x", "y"]}

    def objective(trial):
        return trial.suggest_int("a", 0, 2) + (trial.suggest_categorical("b", ["x", "y"]) == "x")

    study = run(objective, 100, HpmathSampler("grid", space))
    assert params(study) == [{"a": a, "b": b} for a in range(3) for b in "xy"]
    for make in storages(tmp_path):
        for n in (4, 100):
            again = optuna.create_study(
                storage=make(), study_name="it", load_if_exists=True, sampler=HpmathSampler("grid", space)
            )
            run(objective, n, study=again)
        assert params(again) == params(study)
    with pytest.warns(UserWarning, match="GridSearch has proposed all it has: trial 6 is drawn at random"):
        run(objective, 5, study=study)
    assert len(study.trials) == 7


def test_a_grid_stops_under_a_pruner_that_shows_samplers_one_bracket_of_the_study():
    def objective(trial):
        value = trial.suggest_int("a", 0, 4)
        for step in range(1, 10):
            trial.report(value, step)
            if trial.should_prune():
                raise optuna.TrialPruned
        return value

    pruner = optuna.pruners.HyperbandPruner(min_resource=1, max_resource=9)
    study = optuna.create_study(sampler=HpmathSampler("grid", {"a": Integer(0, 4)}), pruner=pruner)
    run(objective, 50, study=study)
    assert [trial.params["a"] for trial in study.trials] == [0, 1, 2, 3, 4]


def test_a_grid_by_ask_and_tell_ends_with_a_warning():
    study = optuna.create_study(sampler=HpmathSampler("grid", {"a": Integer(0, 1)}))
    for _ in range(2):
        trial = study.ask()
        study.tell(trial, trial.suggest_int("a", 0, 1))
    assert [config["a"] for config in params(study)] == [0, 1]
    with pytest.warns(UserWarning, match="GridSearch has proposed all it has: trial 2 is drawn at random"):
        study.ask().suggest_int("a", 0, 1)


def test_a_warm_started_study_counts():
    donor = run(svm, 20, HpmathSampler("random", SVM, rng=9))
    study = optuna.create_study(sampler=HpmathSampler("tpe", SVM, rng=0))
    study.add_trials(donor.trials)
    run(svm, 1, study=study)
    searcher = study.sampler.searcher_
    assert searcher.configs_ == params(donor)
    by_hand = TPE(SVM, rng=0)
    by_hand.tell(params(donor), [trial.value for trial in donor.trials])
    assert study.trials[20].params == by_hand.ask()[0]


def test_our_own_search_goes_on_under_optuna():
    ours = minimize(svm_loss, SVM, method="tpe", n_trials=20, rng=0)
    theirs = ours.to_optuna(sampler=HpmathSampler("tpe", SVM, rng=0))
    run(svm, 10, study=theirs)
    longer = minimize(svm_loss, SVM, method="tpe", n_trials=30, rng=0)
    assert [trial.config for trial in Study.from_optuna(theirs, SVM).trials] == [t.config for t in longer.trials]


def test_an_enqueued_trial_is_told_as_it_was_used():
    study = optuna.create_study(sampler=HpmathSampler("tpe", SVM, rng=0))
    study.enqueue_trial({"kernel": "rbf", "C": 3.0})
    study.enqueue_trial({"kernel": "linear"})
    study.enqueue_trial({"kernel": "rbf", "C": 3.0, "gamma": 1e-3})
    run(svm, 12, study=study)
    assert study.trials[0].params["C"] == 3.0
    study.ask().suggest_float("C", 1e-2, 1e4, log=True)
    assert told(study.sampler) == params(study)[:12]
    assert len(study.sampler.searcher_.pending_) == 1


def test_an_enqueued_value_that_closes_a_branch_is_told_too():
    study = optuna.create_study(sampler=HpmathSampler("random", SVM, rng=0))
    for _ in range(6):
        study.enqueue_trial({"kernel": "linear"})
        study.enqueue_trial({"kernel": "rbf"})
    run(svm, 12, study=study)
    study.ask().suggest_float("C", 1e-2, 1e4, log=True)
    assert told(study.sampler) == params(study)[:12]
    assert len(study.sampler.searcher_.pending_) == 1


def test_partial_fixed_sampler():
    sampler = HpmathSampler("tpe", SVM, rng=0)
    study = run(svm, 15, optuna.samplers.PartialFixedSampler({"C": 2.0}, sampler))
    assert {trial.params["C"] for trial in study.trials} == {2.0}
    assert [config["C"] for config in told(sampler)] == [2.0] * 14


# --- our runs in Optuna's hands


@pytest.fixture(scope="module")
def exported():
    def objective(config):
        if config["n"] == 5:
            raise ValueError("no luck")
        return svm_loss(config) + len(config["u"]) / 10

    space = Space(
        {**SVM.distributions, "n": Integer(1, 5), "u": [(1,), (2, 3)], "z": Normal(0, 1)}, conditions=SVM.conditions
    )
    one = minimize(objective, space, method="random", n_trials=40, rng=0)
    two = minimize(lambda c: (c["C"], objective(c)), space, method="nsga2", n_trials=40, n_objectives=2, rng=0)
    return one, two


@pytest.mark.parametrize(
    "plot",
    ["optimization_history", "contour", "edf", "parallel_coordinate", "param_importances", "rank", "slice", "timeline"],
)
def test_the_plots_of_optuna_take_our_study(exported, plot):
    plt = pytest.importorskip("matplotlib.pyplot")
    plt.switch_backend("agg")
    drawn = getattr(optuna.visualization.matplotlib, f"plot_{plot}")(exported[0].to_optuna())
    assert np.ravel(drawn)[0].figure.axes
    plt.close("all")


def test_the_fronts_of_optuna_take_our_study(exported):
    plt = pytest.importorskip("matplotlib.pyplot")
    plt.switch_backend("agg")
    study = exported[1].to_optuna()
    assert sorted(trial.number for trial in study.best_trials) == sorted(t.number for t in exported[1].best_trials)
    drawn = optuna.visualization.matplotlib.plot_pareto_front(study)
    assert sum(len(points.get_offsets()) for points in drawn.collections) == 40 - exported[1].n_failed
    drawn = optuna.visualization.matplotlib.plot_hypervolume_history(study, reference_point=[1e4, 10.0])
    complete = [trial.values for trial in exported[1].trials if trial.state == "complete"]
    assert drawn.lines[0].get_ydata()[-1] == pytest.approx(hypervolume(complete, [1e4, 10.0]))
    plt.close("all")


def test_the_importances_of_optuna_find_what_matters_in_our_study():
    study = minimize(lambda c: c["x"] ** 2, {"x": Uniform(-1, 1), "y": Uniform(-1, 1)}, method="sobol", n_trials=64)
    importances = optuna.importance.get_param_importances(study.to_optuna())
    assert importances["x"] > 0.8


# --- in parallel


@pytest.mark.parametrize("method", ["random", "tpe", "sobol", "nsga2", "grid"])
def test_threads_repeat_nothing(method):
    sampler = HpmathSampler(method, SHIFTED, rng=0)
    study = run(shifted, 20, sampler, n_jobs=4)
    assert len({tuple(sorted(config.items())) for config in params(study)}) == 20
    if method in ("random", "sobol", "grid"):
        alone = run(shifted, 20, HpmathSampler(method, SHIFTED, rng=0))
        key = lambda config: sorted(config.items())  # noqa: E731
        assert sorted(params(study), key=key) == sorted(params(alone), key=key)


def test_running_trials_are_pending():
    study = optuna.create_study(sampler=HpmathSampler("tpe", SHIFTED, rng=0))
    trials = [study.ask() for _ in range(4)]
    losses = [shifted(trial) for trial in trials]
    assert study.sampler.searcher_.pending_ == [trial.params for trial in trials]
    study.tell(trials[2], losses[2])
    shifted(study.ask())
    assert told(study.sampler) == [trials[2].params]
    assert len(study.sampler.searcher_.pending_) == 4


def in_a_process(path, barrier):
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    sampler = HpmathSampler("random", SHIFTED, rng=0)
    study = optuna.load_study(study_name="it", storage=JournalStorage(JournalFileBackend(path)), sampler=sampler)
    barrier.wait()
    study.optimize(shifted, n_trials=10)


def test_processes_that_share_a_storage_repeat_nothing(tmp_path):
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend

    path = str(tmp_path / "shared.log")
    optuna.create_study(study_name="it", storage=JournalStorage(JournalFileBackend(path)))
    context = multiprocessing.get_context("fork")
    barrier = context.Barrier(2)
    workers = [context.Process(target=in_a_process, args=(path, barrier)) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
        assert worker.exitcode == 0
    study = optuna.load_study(study_name="it", storage=JournalStorage(JournalFileBackend(path)))
    assert len(study.trials) == 20
    assert len({tuple(sorted(config.items())) for config in params(study)}) == 20


def test_a_sampler_pickles_and_copies():
    sampler = HpmathSampler("tpe", SVM, rng=0)
    study = run(svm, 14, sampler)
    for other in (pickle.loads(pickle.dumps(sampler)), copy.deepcopy(sampler)):
        again = optuna.create_study(sampler=other)
        again.add_trials(study.trials)
        run(svm, 3, study=again)
        assert params(again) == params(run(svm, 17, HpmathSampler("tpe", SVM, rng=0)))


def test_reseeding_changes_nothing_because_each_trial_has_its_own_generator():
    sampler = HpmathSampler("random", SVM, rng=0)
    study = run(svm, 3, sampler)
    sampler.reseed_rng()
    run(svm, 3, study=study)
    assert params(study) == params(run(svm, 6, HpmathSampler("random", SVM, rng=0)))


# --- a given space and the calls


def test_our_distributions_may_stand_for_other_calls():
    space = {
        "layers": [1, 2, 3],
        "width": Integer(1, 3),
        "units": Categorical([(32,), (32, 32)]),
        "drop": [0.0, 0.1, 0.2, 0.30000000000000004],
        "shift": Normal(0, 0.1),
        "few": Integer(2, 2),
    }

    def objective(trial):
        assert type(trial.suggest_int("layers", 1, 3)) is int
        assert trial.suggest_categorical("width", [1, 2, 3]) in (1, 2, 3)
        trial.suggest_categorical("units", ["(32,)", "(32, 32)"])
        trial.suggest_float("drop", 0.0, 0.5, step=0.1)
        return trial.suggest_float("shift", -1, 1)

    study = run(objective, 20, HpmathSampler("tpe", space, rng=0))
    assert len(told(study.sampler)) == 19
    assert {config["units"] for config in told(study.sampler)} == {(32,), (32, 32)}
    assert all(trial.system_attrs == {} for trial in study.trials)


MISMATCHES = {
    r"space: 'x' is Uniform\(-1.0, 2.0\), but the objective suggests FloatDistribution\(.*\), without 2.0": (
        lambda trial: trial.suggest_float("x", -1, 1)
    ),
    r"space: 'n' is Integer\(1, 64, log=True\), but the objective suggests IntDistribution\(.*\), without 2": (
        lambda trial: trial.suggest_int("n", 1, 65, step=2)
    ),
    r"space: 'x' is Uniform.*, but the objective suggests CategoricalDistribution\(.*\), without -1.0": (
        lambda trial: trial.suggest_categorical("x", ["a", "b"])
    ),
    r"space: .*'momentum'.*, but the objective suggests it": lambda trial: trial.suggest_float("momentum", 0, 1),
    r"space: 'n' is active in trial 0, but the objective does not suggest it: leave it out, or say by conditions=": (
        lambda trial: trial.suggest_float("x", -1, 2)
    ),
}


@pytest.mark.parametrize("message", MISMATCHES)
def test_a_space_that_does_not_match_the_calls(message):
    with pytest.raises(ValueError, match=message):
        run(MISMATCHES[message], 1, HpmathSampler("random", SHIFTED, rng=0))


def test_a_branch_that_is_not_there():
    def objective(trial):
        trial.suggest_categorical("kernel", ["linear", "rbf"])
        return trial.suggest_float("C", 1e-2, 1e4, log=True) + trial.suggest_float("gamma", 1e-6, 1e-1, log=True)

    message = r"space: 'gamma' is inactive unless 'kernel' is in \['rbf'\], but the objective suggests it in trial \d"
    with pytest.raises(ValueError, match=message):
        run(objective, 20, HpmathSampler("random", SVM, rng=0))


# --- bad input


def test_bad_input():
    with pytest.raises(ValueError, match=r"method must be one of 'random', 'grid', .*'tpe'.*, got 'tpee'"):
        HpmathSampler("tpee")
    with pytest.raises(TypeError, match=r"method must be a searcher, what makes one, or one of 'random', .*, got 3"):
        HpmathSampler(3)
    with pytest.raises(ValueError, match="rng and seed are two names for one thing: give one, got 0 and 1"):
        HpmathSampler("tpe", rng=0, seed=1)
    with pytest.raises(ValueError, match="space must be the searcher's own or left out, but hyperparameter 'x' is"):
        HpmathSampler(TPE(SVM), SHIFTED)
    with pytest.raises(ValueError, match="a searcher has its own settings, got n_initial besides"):
        HpmathSampler(TPE(SVM), n_initial=3)
    with pytest.raises(TypeError, match="method must make a searcher, got 5"):
        HpmathSampler(lambda space, rng: 5, SVM)
    with pytest.raises(ValueError, match=r"parameter 'n', IntDistribution.*fewer than 2"):
        HpmathSampler("tpe", {"n": IntDistribution(0, 2**60)})


def test_without_optuna():
    code = "import sys; sys.modules['optuna'] = None; import hpmath.bridges.optuna"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stderr.endswith("ModuleNotFoundError: Optuna is needed here: pip install 'hpmath[optuna]'\n")


@pytest.mark.parametrize("given", [True, False])
def test_a_searcher_of_one_objective_given_several(given):
    def objective(trial):
        return shifted(trial), shifted(trial)

    study = optuna.create_study(
        directions=["minimize"] * 2, sampler=HpmathSampler("bo", SHIFTED if given else None, rng=0)
    )
    with pytest.raises(ValueError, match=r"BayesianOptimization minimises one objective, got 2: .* search with NSGA2"):
        run(objective, 3, study=study)
    assert {trial.state for trial in study.trials} <= {TrialState.COMPLETE, TrialState.FAIL}
    if given:
        assert [trial.state for trial in study.trials] == [TrialState.FAIL]
        assert Study.from_optuna(study).last_error.startswith("ValueError: BayesianOptimization minimises one")


# --- Optuna's own battery, since its version 5

try:
    from optuna.testing import pytest_samplers
except ImportError:
    pytest_samplers = None

if pytest_samplers is not None:

    class TestRandomInOptunasBattery(
        pytest_samplers.BasicSamplerTestCase,
        pytest_samplers.RelativeSamplerTestCase,
        pytest_samplers.MultiObjectiveSamplerTestCase,
    ):
        pytestmark = pytest.mark.filterwarnings("ignore:.*is drawn at random")

        @pytest.fixture
        def sampler(self):
            return lambda: HpmathSampler("random", rng=0)

    class TestTPEInOptunasBattery(TestRandomInOptunasBattery):
        @pytest.fixture
        def sampler(self):
            return lambda: HpmathSampler("tpe", rng=0)

    class TestBayesianOptimizationInOptunasBattery(pytest_samplers.SingleOnlySamplerTestCase):
        @pytest.fixture
        def sampler(self):
            return lambda: HpmathSampler("bo", rng=0)


# --- what a newcomer tripped over


@pytest.mark.parametrize("m", [1, 2])
def test_an_infeasible_trial_is_never_the_best_of_a_study(m):
    study = optuna.create_study(directions=["minimize"] * m)
    for x in np.random.default_rng(0).random(15).tolist():
        study.add_trial(
            create_trial(
                values=[x, -x][:m],
                params={"x": x},
                distributions={"x": FloatDistribution(0, 1)},
                system_attrs={"constraints:c": 0.5 - x, "constraints:met": -1.0},
            )
        )
    feasible = {trial.params["x"] for trial in study.trials if trial.params["x"] >= 0.5}
    with pytest.warns(
        UserWarning, match=rf"{15 - len(feasible)} of 15 trials break a constraint: they count as"
    ) as seen:
        ours = Study.from_optuna(study)
    assert [warning.filename for warning in seen] == [__file__]
    assert ours.n_failed == 15 - len(feasible) > 0
    assert {trial.config["x"] for trial in ours.best_trials} == ({min(feasible)} if m == 1 else feasible)
    broken = next(trial for trial in ours.trials if trial.state == "failed")
    assert broken.error == f"infeasible: c = {0.5 - broken.config['x']:.4g} > 0"


def test_constraints_without_names_are_numbered_and_those_that_are_met_say_nothing():
    study = optuna.create_study()
    for limits in ([0.0, -1.0], [1.0, 0.4]):
        study.add_trial(
            create_trial(
                value=sum(limits),
                params={"x": 0.5},
                distributions={"x": FloatDistribution(0, 1)},
                system_attrs={"constraints": limits},
            )
        )
    with pytest.warns(UserWarning, match="1 of 2 trials break a constraint"):
        ours = Study.from_optuna(study)
    assert [trial.error for trial in ours.trials] == [None, "infeasible: constraint 0 = 1 > 0, constraint 1 = 0.4 > 0"]
    assert ours.best_value == -1.0


@pytest.mark.parametrize("space", [None, SVM])
def test_wrong_settings_are_told_at_once_with_those_there_are(space):
    with pytest.raises(TypeError, match=r"TPE has the settings gamma, .*n_initial, .*, got n_startup_trials"):
        HpmathSampler("tpe", space, n_startup_trials=5)
    with pytest.raises(TypeError, match="RandomSearch has no settings, got n_initial, gamma"):
        HpmathSampler("random", space, n_initial=5, gamma=1)
    HpmathSampler(lambda space, **settings: TPE(space, **settings), space, n_initial=5)


@pytest.mark.parametrize("space", [{"x": Uniform(-3, 2), "n": Integer(1, 64)}, {**SHIFTED, "more": Uniform(0, 1)}])
def test_a_space_that_does_not_match_stops_the_study_even_if_errors_are_caught(space):
    study = optuna.create_study(sampler=HpmathSampler("tpe", space, rng=0))
    with suppress(ValueError):
        study.optimize(shifted, n_trials=4, catch=(Exception,))
    assert len(study.trials) == 1
