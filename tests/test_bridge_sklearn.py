"""`SearchCV` is a search of scikit-learn's: the same checks, the same results table; and it survives being killed."""

import json
import pickle
import subprocess
import sys
import warnings
from unittest import SkipTest

import numpy as np
import pandas as pd
import pytest
import scipy.stats
from joblib import parallel_config
from sklearn import config_context
from sklearn.base import BaseEstimator, ClassifierMixin, clone, is_regressor
from sklearn.datasets import load_breast_cancer, load_iris, make_classification
from sklearn.dummy import DummyClassifier
from sklearn.exceptions import FitFailedWarning
from sklearn.feature_selection import SelectKBest
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import accuracy_score, f1_score, make_scorer
from sklearn.model_selection import (
    GroupKFold,
    RandomizedSearchCV,
    ShuffleSplit,
    StratifiedKFold,
    cross_val_score,
)
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, MinMaxScaler, StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils.estimator_checks import estimator_checks_generator, parametrize_with_checks

from hpmath import TPE, GridSearch, Integer, LogUniform, RandomSearch, Space, Study, Uniform, minimize
from hpmath.bridges.sklearn import SearchCV

X, Y = load_iris(return_X_y=True)
ODD = X[::2], Y[::2]
RBF = {"C": LogUniform(1e-2, 1e3), "gamma": LogUniform(1e-4, 1e1)}
TREE = {"max_depth": Integer(1, 8), "min_samples_leaf": Integer(1, 20)}


class Temperamental(ClassifierMixin, BaseEstimator):
    """Fails above a threshold, always or in some folds; its score is its parameter."""

    fits, dies_at = 0, None

    def __init__(self, x=0.0, fails_above=0.5, only_odd=False, z=None):
        self.x, self.fails_above, self.only_odd, self.z = x, fails_above, only_odd, z

    def fit(self, X, y):
        Temperamental.fits += 1
        if self.x > self.fails_above and (not self.only_odd or int(10 * X[:, 0].sum()) % 2):
            raise ValueError("too hot\nsecond line")
        if Temperamental.dies_at is not None and Temperamental.fits >= Temperamental.dies_at:
            raise KeyboardInterrupt
        self.classes_ = np.unique(y)
        return self

    def predict(self, X):
        return np.full(len(X), self.classes_[0])

    def score(self, X, y):
        return float(self.x + 1e-3 * X[:, 0].mean())


@pytest.fixture(autouse=True)
def _calm():
    Temperamental.fits, Temperamental.dies_at = 0, None


def same_scores(a, b):
    assert a["params"] == b["params"]
    for key in a:
        if "_test_" in key or "_train_" in key:
            np.testing.assert_array_equal(a[key], b[key], err_msg=key)


# --- it is a search of scikit-learn's

CHECKED = [
    (Ridge(), {"alpha": [0.1, 1.0]}),
    (LogisticRegression(), {"C": [0.1, 1.0]}),
    (Pipeline([("pca", MinMaxScaler()), ("ridge", Ridge())]), {"ridge__alpha": [0.1, 1.0]}),
    (Ridge(), {"alpha": scipy.stats.loguniform(0.1, 1.0)}),
]
NAMED = [*CHECKED[:3], (Ridge(), {"alpha": LogUniform(0.1, 1.0)})]  # the frozen one's name in pytest is an address
THEIR_OWN = {"check_supervised_y_2d": "scikit-learn marks it so for RandomizedSearchCV"}


@pytest.mark.filterwarnings("ignore:n_iter=3 but there are only 2 candidates")
@parametrize_with_checks(
    [SearchCV(e, space, cv=2, n_iter=3, random_state=0, error_score="raise") for e, space in NAMED],
    expected_failed_checks=lambda search: THEIR_OWN if is_regressor(search) else {},
)
def test_estimator_checks(estimator, check):
    check(estimator)


@pytest.mark.parametrize("make", [RandomizedSearchCV, SearchCV])
def test_the_expected_failures_are_those_of_randomized_search(make):
    """The same harness, so that a check which scikit-learn mends or adds shows."""
    failed = set()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        search = make(Ridge(), {"alpha": [0.1, 1.0]}, cv=2, n_iter=3, random_state=0, error_score="raise")
        for estimator, check in estimator_checks_generator(search):
            try:
                check(estimator)
            except AssertionError:
                failed.add(check.func.__name__)
            except SkipTest:
                pass
    assert failed == set(THEIR_OWN)


@pytest.mark.parametrize("scoring", [None, ["accuracy", "f1_macro"]])
def test_the_results_have_the_keys_and_dtypes_of_randomized_search(scoring):
    space = {"max_depth": scipy.stats.randint(1, 8), "criterion": ["gini", "entropy"], "splitter": ["best"],
             "ccp_alpha": scipy.stats.uniform(0, 0.1), "max_features": [None, 2, 0.5]}  # fmt: skip
    settings = {"n_iter": 6, "random_state": 0, "cv": 3, "scoring": scoring, "return_train_score": True}
    refit = True if scoring is None else "f1_macro"
    ours = SearchCV(DecisionTreeClassifier(), space, refit=refit, **settings).fit(X, Y)
    theirs = RandomizedSearchCV(DecisionTreeClassifier(), space, refit=refit, **settings).fit(X, Y)
    assert {k: getattr(v, "dtype", list) for k, v in ours.cv_results_.items()} == {
        k: getattr(v, "dtype", list) for k, v in theirs.cv_results_.items()
    }
    assert {name for name in vars(theirs) if name.endswith("_")} | {"study_"} == {
        name for name in vars(ours) if name.endswith("_")
    }


def test_the_scores_are_those_of_cross_validation():
    search = SearchCV(SVC(), RBF, n_iter=5, random_state=1, cv=4).fit(X, Y)
    for params, mean in zip(search.cv_results_["params"], search.cv_results_["mean_test_score"], strict=True):
        assert mean == pytest.approx(cross_val_score(SVC(**params), X, Y, cv=4).mean(), abs=1e-15)
    assert search.best_score_ == max(search.cv_results_["mean_test_score"])
    assert search.best_estimator_.get_params()["C"] == search.best_params_["C"]
    assert search.score(X, Y) == search.best_estimator_.score(X, Y)


def test_of_equal_candidates_the_first_is_best():
    search = SearchCV(DummyClassifier(), {"random_state": Integer(0, 10**6)}, n_iter=5, random_state=0).fit(X, Y)
    assert search.best_index_ == 0
    assert list(search.cv_results_["rank_test_score"]) == [1] * 5


@pytest.mark.parametrize("method", ["tpe", "bo", "random", "sobol", "grid", "nsga2"])
def test_every_method_by_name(method):
    search = SearchCV(SVC(), RBF, method=method, n_iter=14, random_state=0, cv=3).fit(X, Y)
    assert len(search.cv_results_["params"]) == 14
    again = clone(search).fit(X, Y)
    same_scores(search.cv_results_, again.cv_results_)
    assert -search.study_.best_value == search.best_score_
    assert search.study_.best.config == search.best_params_


def test_the_candidates_are_those_of_minimize():
    search = SearchCV(SVC(), RBF, method="tpe", n_iter=20, random_state=7, cv=3).fit(X, Y)

    def loss(config):
        return -cross_val_score(SVC(**config), X, Y, cv=3).mean()

    study = minimize(loss, RBF, method="tpe", n_trials=20, rng=7, progress=False)
    assert [trial.config for trial in study.trials] == search.cv_results_["params"]


def test_a_searcher_with_settings_is_copied():
    searcher = TPE(RBF, n_initial=4, rng=3)
    search = SearchCV(SVC(), None, method=searcher, n_iter=8).fit(X, Y)
    assert not searcher.configs_
    assert len(search.study_.searcher.configs_) == 8
    same_scores(search.cv_results_, clone(search).fit(X, Y).cv_results_)
    by_name = SearchCV(SVC(), RBF, method="tpe", n_iter=4, random_state=3).fit(X, Y)
    assert by_name.cv_results_["params"] == search.cv_results_["params"][:4]


@pytest.mark.parametrize("state", [None, 5, np.int64(5), np.random.RandomState(5), np.random.default_rng(5)])
def test_what_a_random_state_may_be(state):
    assert len(SearchCV(SVC(), RBF, n_iter=2, random_state=state).fit(X, Y).cv_results_["params"]) == 2


def test_a_searchers_class_is_made_with_the_seed():
    settings = {"n_iter": 12, "cv": 2, "random_state": 3}
    by_class = SearchCV(SVC(), RBF, method=TPE, **settings)
    assert (
        clone(by_class).fit(X, Y).cv_results_["params"]
        == SearchCV(SVC(), RBF, **settings).fit(X, Y).cv_results_["params"]
    )
    trials = minimize(lambda config: config["C"], RBF, method=RandomSearch, n_trials=3, rng=3).trials
    assert [trial.config for trial in trials] == RandomSearch(RBF, rng=3).ask(3)


def test_two_numbers_are_choices_and_it_says_so():
    with pytest.warns(UserWarning, match=r"hyperparameter 'C': \(0.1, 10\) is two choices, no range; write a list"):
        search = SearchCV(SVC(), {"C": (0.1, 10)}, n_iter=2, cv=2).fit(X, Y)
    assert {params["C"] for params in search.cv_results_["params"]} == {0.1, 10}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for value in ([0.1, 10], (10, 0.1), (0.1, 1, 10), ("rbf", "linear")):
            SearchCV(SVC(), {"kernel" if "rbf" in value else "C": value}, n_iter=len(value), cv=2).fit(X, Y)


def test_clone_pickle_nest_and_pipeline():
    search = SearchCV(SVC(), RBF, method="bo", n_iter=4, random_state=0, cv=2)
    assert clone(search).get_params().keys() == search.get_params().keys()
    fitted = clone(search).fit(X, Y)
    back = pickle.loads(pickle.dumps(fitted))
    np.testing.assert_array_equal(back.predict(X), fitted.predict(X))
    assert back.study_.best == fitted.study_.best
    assert cross_val_score(search, X, Y, cv=2).mean() > 0.9
    outer = RandomizedSearchCV(
        make_pipeline(StandardScaler(), search), {"searchcv__n_iter": [2, 3]}, n_iter=2, cv=2, random_state=0
    )
    assert outer.fit(X, Y).score(X, Y) > 0.9


def test_workers_change_nothing():
    settings = {"method": "tpe", "n_iter": 14, "random_state": 0, "cv": 2}
    serial = SearchCV(SVC(), RBF, **settings).fit(X, Y)
    same_scores(serial.cv_results_, SearchCV(SVC(), RBF, n_jobs=2, **settings).fit(X, Y).cv_results_)


def test_as_many_candidates_at_a_time_as_keep_the_jobs_busy(capsys):
    with parallel_config("threading"):
        SearchCV(SVC(), RBF, n_iter=6, cv=2, n_jobs=3, verbose=1, pre_dispatch="all").fit(X, Y)
    assert capsys.readouterr().out.count("Fitting 2 folds for each of 2 candidates, totalling 4 fits") == 3


def test_a_shuffling_splitter_gives_all_candidates_the_same_folds():
    class Counting(ShuffleSplit):
        calls = 0

        def split(self, *args, **kwargs):
            Counting.calls += 1
            return super().split(*args, **kwargs)

    search = SearchCV(SVC(), {"C": [1.0], "tol": Uniform(1e-9, 2e-9)}, n_iter=5, cv=Counting(3)).fit(X, Y)
    assert Counting.calls == 1
    assert len(set(search.cv_results_["mean_test_score"])) == 1


# --- what it searches


def test_lists_with_estimators_none_tuples_and_arrays():
    steps = Pipeline([("scale", StandardScaler()), ("model", SVC())])
    space = {
        "scale": [None, "passthrough", StandardScaler(), MinMaxScaler()],
        "model": (LogisticRegression(), GaussianNB(), SVC()),
    }
    search = SearchCV(steps, space, n_iter=8, random_state=0, cv=2).fit(X, Y)
    assert any(params["model"] is space["model"][1] for params in search.cv_results_["params"])
    assert not hasattr(space["model"][1], "classes_"), "the choices themselves are never fitted"
    arrays = {"priors": [np.array([0.2, 0.3, 0.5]), np.ones(3) / 3, None], "var_smoothing": np.logspace(-9, -3, 4)}
    assert SearchCV(GaussianNB(), arrays, n_iter=5, random_state=0).fit(X, Y).best_score_ > 0.9


def test_a_choice_listed_twice_weighs_twice():
    search = SearchCV(DummyClassifier(), {"random_state": Integer(0, 10**9), "strategy": ["prior"] * 9 + ["uniform"]},
                      method="random", n_iter=60, random_state=0, cv=2).fit(X, Y)  # fmt: skip
    share = np.mean(search.cv_results_["param_strategy"] == "prior")
    assert share > 0.75  # 0.9 expected; 0.5 if not weighted; 6 and 4 standard deviations away


def test_a_space_with_conditions_leaves_out_what_is_inactive():
    space = Space(
        {"kernel": ["linear", "rbf"], "C": LogUniform(1e-2, 1e2), "gamma": LogUniform(1e-3, 1e1)},
        conditions={"gamma": ("kernel", ["rbf"])},
        constraints=[lambda config: config["C"] > 0.1],
    )
    search = SearchCV(SVC(), space, n_iter=12, random_state=0, cv=2, n_jobs=2).fit(X, Y)
    for params in search.cv_results_["params"]:
        assert ("gamma" in params) == (params["kernel"] == "rbf")
        assert params["C"] > 0.1
    inactive = search.cv_results_["param_kernel"] == "linear"
    np.testing.assert_array_equal(search.cv_results_["param_gamma"].mask, inactive)


@pytest.mark.parametrize("method", ["tpe", "random", "bo"])
def test_a_small_space_is_tried_out_whole_and_once(method):
    with pytest.warns(UserWarning, match="n_iter=50 but there are only 6 candidates: each is tried once"):
        search = SearchCV(SVC(), {"C": [1, 2, 3], "kernel": ["rbf", "linear"]}, method=method).fit(X, Y)
    found = {(params["C"], params["kernel"]) for params in search.cv_results_["params"]}
    assert len(found) == len(search.cv_results_["params"]) == 6


def test_a_grid_that_is_cut_short_says_so():
    with pytest.warns(UserWarning, match="n_iter=7 takes the first of the grid's 25"):
        search = SearchCV(SVC(), RBF, method="grid", n_iter=7, cv=2).fit(X, Y)
    assert search.cv_results_["params"] == GridSearch(RBF).ask(7)
    assert len(SearchCV(SVC(), RBF, method="grid", n_iter=99, cv=2).fit(X, Y).cv_results_["params"]) == 25


def test_a_candidate_that_comes_again_is_not_fitted_again():
    space = {"x": [i / 100 for i in range(30)]}
    search = SearchCV(Temperamental(), space, method="random", n_iter=29, cv=2, random_state=0, refit=False).fit(X, Y)
    different = {params["x"] for params in search.cv_results_["params"]}
    assert len(different) < 29
    assert Temperamental.fits == 2 * len(different)


def test_tables_sparse_matrices_and_no_target():
    from scipy.sparse import csr_matrix
    from sklearn.cluster import KMeans

    frame = pd.DataFrame(X, columns=list("abcd"))
    search = SearchCV(DecisionTreeClassifier(random_state=0), TREE, n_iter=3, random_state=0)
    assert list(search.fit(frame, pd.Series(Y)).feature_names_in_) == list("abcd")
    assert search.fit(csr_matrix(X), Y).score(X, Y) > 0.8
    assert SearchCV(KMeans(random_state=0), {"n_clusters": Integer(2, 6)}, n_iter=3, random_state=0).fit(X)


# --- several metrics


def test_the_search_follows_the_metric_that_refit_names():
    scoring = {"good": "accuracy", "bad": make_scorer(accuracy_score, greater_is_better=False)}
    for refit in scoring:
        search = SearchCV(SVC(), RBF, n_iter=25, random_state=0, cv=3, scoring=scoring, refit=refit).fit(X, Y)
        alone = SearchCV(SVC(), RBF, n_iter=25, random_state=0, cv=3, scoring=scoring[refit]).fit(X, Y)
        assert search.cv_results_["params"] == alone.cv_results_["params"]
        assert -search.study_.best_value == search.best_score_ == alone.best_score_


@pytest.mark.parametrize(
    ("method", "refit"), [("nsga2", False), ("nsga2", "f1_macro"), ("tpe", False), ("random", False)]
)
def test_several_metrics_are_several_objectives(method, refit):
    scoring = ["accuracy", "f1_macro", "neg_log_loss"]
    model = LogisticRegression(max_iter=50)
    search = SearchCV(model, {"C": LogUniform(1e-5, 10), "tol": LogUniform(1e-4, 1)}, method=method, scoring=scoring,
                      refit=refit, n_iter=12, random_state=0, cv=2)  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        search.fit(X, Y)
    assert search.study_.n_objectives == 3
    scores = np.column_stack([search.cv_results_[f"mean_test_{name}"] for name in scoring])
    np.testing.assert_array_equal(-np.array([trial.values for trial in search.study_.trials]), scores)
    front = [trial.number for trial in search.study_.best_trials]
    for i in front:
        assert not ((scores >= scores[i]).all(axis=1) & (scores > scores[i]).any(axis=1)).any()
    assert hasattr(search, "best_params_") == bool(refit)


def test_a_callable_refit_chooses_from_the_front():
    def simplest(results):
        return int(np.argmin(results["param_max_depth"]))

    search = SearchCV(DecisionTreeClassifier(random_state=0), TREE, method="nsga2", n_iter=10, random_state=0,
                      scoring=["accuracy", "f1_macro"], refit=simplest).fit(X, Y)  # fmt: skip
    assert search.best_params_["max_depth"] == min(search.cv_results_["param_max_depth"])


def both(estimator, X, y):
    labels = estimator.predict(X)
    return {"acc": accuracy_score(y, labels), "f1": f1_score(y, labels, average="macro")}


@pytest.mark.parametrize(("refit", "m"), [("f1", 1), (False, 2)])
def test_a_callable_that_gives_several_scores(refit, m, tmp_path):
    settings = {"n_iter": 6, "random_state": 0, "scoring": both, "refit": refit}
    search = SearchCV(SVC(), RBF, log=tmp_path / "run", **settings).fit(X, Y)
    assert search.study_.n_objectives == m
    assert "mean_test_f1" in search.cv_results_
    again = SearchCV(SVC(), RBF, log=tmp_path / "run", **settings).fit(X, Y)
    same_scores(search.cv_results_, again.cv_results_)
    assert again.multimetric_


def test_a_callable_with_several_scores_whose_first_candidates_fail(tmp_path):
    def scores(estimator, X, y):
        return {"a": estimator.x, "b": -estimator.x}

    settings = {"method": "random", "n_iter": 8, "random_state": 5, "scoring": scores, "refit": False}
    for log in (None, tmp_path / "run", tmp_path / "run"):
        search = SearchCV(Temperamental(), {"x": [0.9, *np.linspace(0.6, 0.8, 9), 0.1]}, log=log, **settings)
        with pytest.warns(FitFailedWarning):
            search.fit(X, Y)
        assert search.study_.n_objectives == 2
        assert search.study_.n_failed == np.isnan(search.cv_results_["mean_test_a"]).sum() > 0


# --- failures


@pytest.mark.parametrize("method", ["tpe", "bo", "random", "sobol"])
@pytest.mark.parametrize("n_jobs", [None, 2])
def test_candidates_that_fail_are_nan_and_the_search_goes_on(method, n_jobs):
    search = SearchCV(Temperamental(), {"x": Uniform(0, 1)}, method=method, n_iter=20, random_state=0, n_jobs=n_jobs)
    with pytest.warns(FitFailedWarning), parallel_config("threading"):
        search.fit(X, Y)
    failed = search.cv_results_["param_x"].astype(float) > 0.5
    np.testing.assert_array_equal(np.isnan(search.cv_results_["mean_test_score"]), failed)
    assert 0 < failed.sum() < 20
    assert search.best_params_["x"] <= 0.5
    assert search.study_.n_failed == failed.sum()
    assert search.study_.last_error == "second line"
    worst = search.cv_results_["rank_test_score"].max()
    assert (search.cv_results_["rank_test_score"][failed] == worst).all()


def test_a_fold_that_fails_is_a_failed_candidate_or_costs_its_error_score():
    space = {"x": Uniform(0, 1), "fails_above": [0.0], "only_odd": [True]}
    for error_score in (np.nan, -1.0):
        search = SearchCV(Temperamental(), space, n_iter=5, random_state=0, error_score=error_score, refit=False)
        with pytest.warns(FitFailedWarning):
            search.fit(X, Y)
        scores = np.column_stack([search.cv_results_[f"split{i}_test_score"] for i in range(5)])
        values = np.array([trial.value for trial in search.study_.trials])
        np.testing.assert_allclose(-values, scores.mean(axis=1), rtol=1e-15)
        assert np.isnan(values).any() == np.isnan(error_score)


def test_a_number_for_failures_is_in_the_table_but_is_no_success():
    space = {"x": Uniform(0, 1)}
    with pytest.warns(FitFailedWarning, match=r"of 10 candidates failed in every fit, their scores are 7.0; .*second"):
        search = SearchCV(Temperamental(), space, n_iter=10, random_state=0, error_score=7.0, refit=False).fit(X, Y)
    failed = search.cv_results_["param_x"].astype(float) > 0.5
    np.testing.assert_array_equal(search.cv_results_["mean_test_score"] == 7.0, failed)
    assert search.study_.n_failed == failed.sum()


def test_when_all_fail_it_says_so(tmp_path):
    for log in (None, tmp_path / "run", tmp_path / "run"):
        search = SearchCV(Temperamental(), {"x": Uniform(0.6, 1)}, n_iter=3, cv=2, random_state=0, log=log)
        with pytest.raises(ValueError, match=r"All the 6 fits failed, so the estimator or the space .* second line"):
            search.fit(X, Y)


def test_raise_raises_the_estimators_error():
    with pytest.raises(ValueError, match="too hot"):
        SearchCV(Temperamental(), {"x": Uniform(0.6, 1)}, error_score="raise").fit(X, Y)


@pytest.mark.filterwarnings("ignore:Scoring failed", "ignore:One or more of the test scores")
def test_when_no_candidate_has_a_score_it_says_so_last():
    with pytest.warns(UserWarning, match="no candidate has a score") as said:
        search = SearchCV(SVC(), RBF, n_iter=3, cv=2, random_state=0, scoring="roc_auc").fit(X, Y)
    assert str(said[-1].message).startswith("no candidate has a score, so best_params_ is only the first: ")
    assert "look at scoring='roc_auc'" in str(said[-1].message)
    assert search.study_.n_failed == 3


def test_a_scorer_that_fails_is_a_failed_candidate():
    def scorer(estimator, X, y):
        if estimator.C > 1:
            raise RuntimeError("no")
        return 0.5

    with pytest.warns(UserWarning, match="Scoring failed"):
        search = SearchCV(SVC(), RBF, n_iter=8, random_state=0, scoring=scorer).fit(X, Y)
    failed = search.cv_results_["param_C"].astype(float) > 1
    assert [trial.state for trial in search.study_.trials] == ["failed" if f else "complete" for f in failed]


# --- the log


@pytest.mark.parametrize("method", ["tpe", "bo", "random", "nsga2"])
@pytest.mark.parametrize(("n_jobs", "stop"), [(None, 6), (5, 3), (5, 7)])
def test_a_resumed_search_equals_one_that_was_never_stopped(method, n_jobs, stop, tmp_path):
    log = tmp_path / "run.jsonl"
    settings = {
        "method": method,
        "n_iter": 13,
        "random_state": 0,
        "cv": 2,
        "return_train_score": True,
        "n_jobs": n_jobs,
    }
    with parallel_config("threading"):
        whole = SearchCV(DecisionTreeClassifier(random_state=0), TREE, log=log, **settings).fit(*ODD)
    lines = log.read_bytes().splitlines(keepends=True)
    assert len(lines) == 14
    log.write_bytes(b"".join(lines[: stop + 1]) + lines[stop + 1][:20])  # killed while writing
    with parallel_config("threading"):
        resumed = SearchCV(DecisionTreeClassifier(random_state=0), TREE, log=log, **settings).fit(*ODD)
    same_scores(whole.cv_results_, resumed.cv_results_)
    assert resumed.best_index_ == whole.best_index_
    assert len(log.read_bytes().splitlines()) == 14


def test_a_search_stopped_by_hand_goes_on(tmp_path):
    space, settings = {"x": Uniform(0, 0.4)}, {"n_iter": 12, "random_state": 0, "cv": 2, "method": "tpe"}
    whole = SearchCV(Temperamental(), space, **settings).fit(X, Y)
    Temperamental.fits, Temperamental.dies_at = 0, 12
    search = SearchCV(Temperamental(), space, log=tmp_path / "run", **settings)
    with pytest.raises(KeyboardInterrupt):
        search.fit(X, Y)
    Temperamental.fits, Temperamental.dies_at = 0, None
    same_scores(whole.cv_results_, search.fit(X, Y).cv_results_)
    assert Temperamental.fits == 2 * (12 - 5) + 1  # five candidates were logged; and the refit


def test_a_finished_log_is_read_and_extended(tmp_path):
    settings = {"cv": 2, "random_state": 0, "log": tmp_path / "run"}
    space = {"x": Uniform(0, 1)}
    with pytest.warns(FitFailedWarning):
        first = SearchCV(Temperamental(), space, n_iter=12, **settings).fit(X, Y)
    Temperamental.fits = 0
    with pytest.warns(FitFailedWarning):
        again = SearchCV(Temperamental(), space, n_iter=12, **settings).fit(X, Y)
    assert Temperamental.fits <= 3  # one candidate, for scikit-learn's sake, and the refit
    same_scores(first.cv_results_, again.cv_results_)
    np.testing.assert_array_equal(first.cv_results_["mean_fit_time"], again.cv_results_["mean_fit_time"])
    with pytest.warns(FitFailedWarning):
        shorter = SearchCV(Temperamental(), space, n_iter=7, **settings).fit(X, Y)
    with pytest.warns(FitFailedWarning):
        longer = SearchCV(Temperamental(), space, n_iter=16, **settings).fit(X, Y)
    assert shorter.cv_results_["params"] == first.cv_results_["params"][:7]
    assert longer.cv_results_["params"][:12] == first.cv_results_["params"]
    assert len(longer.cv_results_["params"]) == 16


def test_a_complete_log_is_checked_by_one_candidate_and_says_so_if_it_scores_otherwise(tmp_path):
    def search(n, shift=0.0):
        Temperamental.fits = 0
        scoring = make_scorer(Shifted)
        Shifted.by = shift
        settings = {"n_iter": n, "cv": 3, "refit": False, "random_state": 0, "log": tmp_path / "run"}
        SearchCV(Temperamental(), {"x": Uniform(0, 0.5)}, scoring=scoring, **settings).fit(X, Y)
        return Temperamental.fits

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert [search(n) for n in (5, 5, 8, 8)] == [15, 3, 9, 3]
    with pytest.warns(UserWarning, match=r"again scores \(1.333.*\), the log has \(0.333.*\): the log is"):
        search(8, 1.0)


class Shifted:
    """A metric of an installed package that has changed."""

    by = 0.0

    def __new__(cls, y, z):
        return float(np.mean(y == z)) + cls.by


def test_failures_of_a_log_say_that_they_are_and_how_to_try_again(tmp_path):
    log = tmp_path / "run"
    settings = {"n_iter": 6, "cv": 2, "random_state": 0, "log": log}
    with pytest.raises(ValueError, match="All the 12 fits failed") as first:
        SearchCV(Moody(), {"x": Uniform(0, 0.4)}, **settings).fit(X, Y)
    assert "log" not in str(first.value)
    again = r"All the 12 fits failed, .* full; 6 of these candidates come from the log .*run and were not fitted now"
    with pytest.raises(ValueError, match=again):
        SearchCV(Moody(), {"x": Uniform(0, 0.4)}, **settings).fit(X, Y)
    log.write_text("".join(log.read_text().splitlines(keepends=True)[:1]))  # cut at the first failure
    Moody.bad = False
    try:
        cured = SearchCV(Moody(), {"x": Uniform(0, 0.4)}, **settings).fit(X, Y)
        assert cured.study_.n_failed == 0
        whole = SearchCV(Moody(), {"x": Uniform(0, 0.4)}, **{**settings, "log": None}).fit(X, Y)
    finally:
        Moody.bad = True
    same_scores(whole.cv_results_, cured.cv_results_)


class Moody(Temperamental):
    bad = True

    def fit(self, X, y):
        if Moody.bad:
            raise OSError("disk full")
        return super().fit(X, y)


def test_a_plain_run_does_not_write_into_the_log_of_a_search(tmp_path):
    SearchCV(SVC(), RBF, method="random", n_iter=2, random_state=0, log=tmp_path / "run").fit(X, Y)
    written = (tmp_path / "run").read_bytes()
    with pytest.raises(ValueError, match=r"log .*run is of a SearchCV: give it another file"):
        minimize(lambda config: config["C"], RBF, method="random", n_trials=5, rng=0, log=tmp_path / "run")
    assert (tmp_path / "run").read_bytes() == written


def test_the_log_keeps_the_seed(tmp_path):
    settings = {"method": "random", "cv": 2, "log": tmp_path / "run"}
    SearchCV(SVC(), RBF, n_iter=3, **settings).fit(X, Y)
    search = SearchCV(SVC(), RBF, n_iter=6, **settings).fit(X, Y)
    seed = json.loads((tmp_path / "run").read_text().splitlines()[0])["seed"]
    assert search.cv_results_["params"] == RandomSearch(RBF, rng=seed).ask(6)


def test_estimators_as_choices_come_back_from_the_log(tmp_path):
    def search(n):
        space = {"model": [GaussianNB(), DecisionTreeClassifier(random_state=0)], "k__k": [1, 2, 3, 4]}
        steps = Pipeline([("k", SelectKBest()), ("model", GaussianNB())])
        return SearchCV(steps, space, n_iter=n, random_state=0, cv=2, log=tmp_path / "run").fit(X, Y), space

    search(3)
    found, space = search(6)
    assert all(any(params["model"] is m for m in space["model"]) for params in found.cv_results_["params"])


def test_a_study_reads_the_log(tmp_path):
    search = SearchCV(SVC(), RBF, n_iter=5, random_state=0, log=tmp_path / "run").fit(X, Y)
    study = Study.load(tmp_path / "run")
    assert study.trials == search.study_.trials
    assert study.best.config == search.best_params_


def test_the_same_data_are_known_again_in_another_process(tmp_path):
    code = f"""
import numpy as np, pandas as pd
from sklearn.tree import DecisionTreeClassifier
from hpmath import Integer
from hpmath.bridges.sklearn import SearchCV
X = pd.DataFrame({{"a": np.arange(40) % 7, "b": np.arange(40) * 0.5}})
y = pd.Series(["yes" if i % 3 else "no" for i in range(40)])
space = {{"max_depth": Integer(1, 50)}}
log = {str(tmp_path / "run")!r}
SearchCV(DecisionTreeClassifier(), space, n_iter=N, random_state=0, log=log, cv=2).fit(X, y)
"""
    exec(code.replace("N,", "2,"), {})
    subprocess.run([sys.executable, "-c", code.replace("N,", "4,")], check=True)
    assert len((tmp_path / "run").read_text().splitlines()) == 5


@pytest.mark.parametrize(
    ("change", "data", "message"),
    [
        ({"param_distributions": {"C": LogUniform(1e-3, 1)}}, ODD, "hyperparameter 'C' is LogUniform.*, was"),
        ({"method": "bo"}, ODD, "method is BayesianOptimization, was TPE"),
        ({"estimator": LogisticRegression()}, ODD, "estimator is LogisticRegression, was SVC"),
        ({"estimator": SVC(tol=0.1)}, ODD, "the estimator's tol is 0.1, was 0.001"),
        ({"scoring": "f1_macro"}, ODD, "scoring is 'f1_macro', was None"),
        ({"error_score": 0}, ODD, "error_score is 0.0, was nan"),
        ({"return_train_score": True}, ODD, "return_train_score is True, was False"),
        ({"cv": 3}, ODD, "cv splits the data otherwise"),
        ({"cv": StratifiedKFold(2, shuffle=True)}, ODD, "cv splits the data otherwise .a splitter that shuffles"),
        ({}, (X[1::2], Y[::2]), "the data are others"),
        ({}, (X[::2], Y[::2] + 1), "the data are others"),
    ],
)
def test_the_log_of_another_search_is_refused_in_one_sentence(change, data, message, tmp_path):
    before = {"estimator": SVC(), "param_distributions": {"C": LogUniform(1e-2, 1)}, "n_iter": 2, "cv": 2,
              "random_state": 0, "log": tmp_path / "run"}  # fmt: skip
    SearchCV(**before).fit(*ODD)
    written = (tmp_path / "run").read_bytes()
    with pytest.raises(ValueError, match=f"log .*run is of another search: {message}") as refusal:
        SearchCV(**{**before, **change}).fit(*data)
    assert "\n" not in str(refusal.value)
    assert (tmp_path / "run").read_bytes() == written


def scorer_of(sign):
    return lambda estimator, X, y: sign * estimator.score(X, y)


def twice(table, times=2):
    return times * table


def thrice(table, times=3):
    return times * table


thrice.__qualname__ = "twice"


class Odd(MinMaxScaler):
    def fit(self, X, y=None):
        return super().fit(X[::2])


Even = Odd


class Odd(MinMaxScaler):
    def fit(self, X, y=None):
        return super().fit(X[1::2])


@pytest.mark.parametrize(
    ("before", "after", "what"),
    [
        ({"scoring": lambda e, X, y: e.score(X, y)}, {"scoring": lambda e, X, y: -e.score(X, y)}, "scoring"),
        ({"scoring": scorer_of(1)}, {"scoring": scorer_of(-1)}, "scoring"),
        (
            {"scoring": make_scorer(lambda y, z: np.mean(y == z))},
            {"scoring": make_scorer(lambda y, z: np.mean(y != z))},
            "scoring",
        ),
        (
            {"estimator": make_pipeline(FunctionTransformer(twice), SVC())},
            {"estimator": make_pipeline(FunctionTransformer(thrice), SVC())},
            "the estimator's functiontransformer__func",
        ),
        (
            {"estimator": make_pipeline(Even(), SVC())},
            {"estimator": make_pipeline(Odd(), SVC())},
            "the estimator's odd",
        ),
    ],
)
def test_a_log_knows_a_callable_by_its_code(before, after, what, tmp_path):
    settings = {"estimator": make_pipeline(SVC()), "param_distributions": {"svc__C": LogUniform(1e-2, 1)}, "cv": 2,
                "n_iter": 2, "random_state": 0, "log": tmp_path / "run"}  # fmt: skip
    SearchCV(**{**settings, **before}).fit(*ODD)
    SearchCV(**{**settings, **before}).fit(*ODD)
    with pytest.raises(
        ValueError, match=rf"of another search: {what} is .* \(code \w{{8}}\), was .* \(code \w{{8}}\);"
    ):
        SearchCV(**{**settings, **after}).fit(*ODD)


def test_the_same_code_is_known_again_in_another_process(tmp_path):
    script = tmp_path / "search.py"
    script.write_text(f"""
import sys
from functools import partial
from sklearn.base import BaseEstimator
from sklearn.datasets import load_iris
from sklearn.metrics import make_scorer
from sklearn.svm import SVC
from hpmath import LogUniform
from hpmath.bridges.sklearn import SearchCV

class Mine(SVC):
    def fit(self, X, y):
        return super().fit(X, y)

def share(y, z, of=1, kinds=("x",)):
    return (y == z).mean() / of if kinds[0] in {{"x", "y", "z"}} else share(z, y)

calls = []
def own(estimator, X, y, size=3):
    calls.append(1)
    return estimator.score(X, y)

scoring = {{"a": make_scorer(partial(share, of=2)), "b": own, "c": "accuracy"}}
space = {{"C": LogUniform(1e-2, 1)}}
log = {str(tmp_path / "run")!r}
X, y = load_iris(return_X_y=True)
SearchCV(Mine(), space, scoring=scoring, refit="a", n_iter=int(sys.argv[1]), random_state=0, log=log, cv=2).fit(X, y)
""")
    for n in "24":
        subprocess.run([sys.executable, str(script), n], check=True)
    assert len((tmp_path / "run").read_text().splitlines()) == 5


def test_weights_belong_to_the_data_of_a_log(tmp_path):
    search = SearchCV(SVC(), {"C": LogUniform(1e-2, 1)}, n_iter=2, cv=2, random_state=0, log=tmp_path / "run")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        search.fit(X, Y)
        with pytest.raises(ValueError, match="the data are others"):
            search.fit(X, Y, sample_weight=np.linspace(1, 2, len(Y)))


def test_other_files_are_no_log(tmp_path):
    (tmp_path / "notes").write_text("hello\n")
    with pytest.raises(ValueError, match="must be a log of hpmath or a new file"):
        SearchCV(SVC(), RBF, log=tmp_path / "notes").fit(X, Y)
    minimize(lambda config: config["C"], RBF, n_trials=2, log=tmp_path / "plain", rng=0)
    with pytest.raises(ValueError, match="is of no SearchCV: give it another file"):
        SearchCV(SVC(), RBF, log=tmp_path / "plain").fit(X, Y)
    with pytest.raises(FileNotFoundError, match="log must lie in a directory that is there"):
        SearchCV(SVC(), RBF, log=tmp_path / "nowhere" / "run").fit(X, Y)


def test_a_damaged_line_is_named(tmp_path):
    SearchCV(SVC(), RBF, n_iter=3, random_state=0, log=tmp_path / "run").fit(X, Y)
    lines = (tmp_path / "run").read_text().splitlines()
    row = json.loads(lines[2])
    del row["folds"]
    (tmp_path / "run").write_text("\n".join([*lines[:2], json.dumps(row), lines[3]]) + "\n")
    with pytest.raises(ValueError, match="can't be read at trial 1: its folds are damaged"):
        SearchCV(SVC(), RBF, n_iter=3, random_state=0, log=tmp_path / "run").fit(X, Y)


# --- what goes with the data


def test_groups_and_weights_go_where_randomized_search_sends_them():
    groups = np.arange(len(Y)) % 6
    search = SearchCV(SVC(), RBF, n_iter=2, random_state=0, cv=GroupKFold(3)).fit(X, Y, groups=groups)
    assert search.n_splits_ == 3
    weights = np.where(Y == 0, 0.0, 1.0)
    space = {"max_depth": [1]}
    ours = SearchCV(DecisionTreeClassifier(), space, n_iter=1, cv=3).fit(X, Y, sample_weight=weights)
    theirs = RandomizedSearchCV(DecisionTreeClassifier(), space, n_iter=1, cv=3).fit(X, Y, sample_weight=weights)
    np.testing.assert_array_equal(ours.cv_results_["mean_test_score"], theirs.cv_results_["mean_test_score"])
    with config_context(enable_metadata_routing=True):
        model = DecisionTreeClassifier().set_fit_request(sample_weight=True).set_score_request(sample_weight=False)
        routed = SearchCV(model, space, n_iter=1, cv=GroupKFold(3))
        assert routed.fit(X, Y, sample_weight=weights, groups=groups).n_splits_ == 3


# --- what is refused


class Rvs:
    """What RandomizedSearchCV takes, but no searcher that needs quantiles."""

    def rvs(self, random_state=None):
        return 1.0


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"method": "simplex"}, ValueError, "method must be a searcher or one of 'random', .*, got 'simplex'"),
        ({"n_iter": 0}, ValueError, "n_iter must be at least 1, got 0"),
        ({"n_iter": 2.5}, TypeError, "n_iter must be a whole number, got 2.5"),
        ({"param_distributions": {"C": []}}, ValueError, "at least one choice, got none for hyperparameter 'C'"),
        ({"param_distributions": {}}, ValueError, "a space needs at least one hyperparameter, got none"),
        ({"param_distributions": {"C": 1.0}}, TypeError, r"got 1.0 \(a constant is a list of one, \[1.0\]\) for"),
        (
            {"param_distributions": {"C": np.ones((2, 2))}},
            ValueError,
            r"choices of shape \(k,\), got shape \(2, 2\) for",
        ),
        ({"param_distributions": {"C": "rbf"}}, TypeError, "is needed, got 'rbf'"),
        ({"param_distributions": {"C": Rvs()}}, TypeError, "a distribution, list of choices or frozen .* is needed"),
        ({"param_distributions": {"C": LogUniform}}, TypeError, "a distribution with its arguments is needed"),
        (
            {"param_distributions": {"C": scipy.stats.loguniform}},
            TypeError,
            r"'C' needs a frozen .*, loguniform\(...\)",
        ),
        (
            {"param_distributions": {"C": (1e-3, 1e2, "log-uniform")}},
            ValueError,
            r"'C': \(0.001, 100.0, 'log-uniform'\) is no range here but .*, write LogUniform\(0.001, 100.0\)",
        ),
        ({"param_distributions": {"degree": (1, 5, "uniform")}}, ValueError, r"write Integer\(1, 5\)"),
        ({"param_distributions": [RBF]}, TypeError, r"must be a dict or a Space \(several dicts are one Space with"),
        ({"param_distributions": 3}, TypeError, "param_distributions must be a dict or a Space, got 3"),
        ({"param_distributions": None}, TypeError, "space is missing: method='tpe' needs one"),
        ({"method": TPE(TREE)}, ValueError, "space must be the searcher's own or left out"),
        ({"method": TPE(RBF), "random_state": 0}, ValueError, "random_state belongs to a method given by name"),
        ({"random_state": "seed"}, ValueError, "'seed' cannot be used to seed"),
        ({"log": 3}, TypeError, "log must be the path of a file or None, got 3"),
        ({"param_distributions": {"Z": [1, 2]}, "n_iter": 2}, ValueError, "Invalid parameter 'Z' for estimator SVC"),
        (
            {"method": "bo", "scoring": ["accuracy", "f1_macro"], "refit": False},
            ValueError,
            "method 'bo' follows one metric and scoring has 2: give refit one of 'accuracy', 'f1_macro', or use",
        ),
        ({"scoring": both, "refit": True}, ValueError, "refit must be False, callable or one of .*'acc', 'f1', got"),
        ({"scoring": both, "refit": "auc"}, ValueError, "refit must be one of the metrics 'acc', 'f1', got 'auc'"),
        (
            {"param_distributions": Space({"C": [1, 2]}, constraints=[lambda c: False])},
            ValueError,
            "the constraints of param_distributions allow none of its 2 candidates",
        ),
    ],
)
def test_what_is_refused(arguments, error, message):
    with pytest.raises(error, match=message):
        SearchCV(**{"estimator": SVC(), "param_distributions": RBF, **arguments}).fit(X, Y)


def test_a_distribution_without_bounds_is_searched_by_every_method():
    for method in ("tpe", "bo", "random", "sobol", "grid"):
        space = {"alpha": scipy.stats.expon(scale=2), "tol": scipy.stats.norm(1e-3, 1e-5)}
        found = SearchCV(Ridge(), space, method=method, n_iter=12, random_state=0).fit(X, Y).cv_results_
        assert np.isfinite(found["param_alpha"].astype(float)).all()
        assert np.isfinite(found["mean_test_score"]).all()


def test_two_searches_at_once_do_not_share_a_log(tmp_path):
    class Nested(Temperamental):
        def fit(self, X, y):
            with pytest.raises(RuntimeError, match="is in use by another run"):
                SearchCV(SVC(), RBF, n_iter=1, log=tmp_path / "run").fit(X, y)
            return super().fit(X, y)

    SearchCV(Nested(), {"x": [0.1]}, n_iter=1, cv=2, log=tmp_path / "run").fit(X, Y)


# --- it is worth it


def test_tpe_finds_more_than_random_search():
    X, y = make_classification(300, 12, n_informative=4, flip_y=0.02, random_state=0)
    space = {"C": LogUniform(1e-4, 1e5), "gamma": LogUniform(1e-7, 1e2)}
    gains = []
    for seed in range(4):
        settings = {"n_iter": 30, "random_state": seed, "cv": 3}
        tpe = SearchCV(SVC(), space, method="tpe", **settings).fit(X, y).cv_results_["mean_test_score"]
        draws = SearchCV(SVC(), space, method="random", **settings).fit(X, y).cv_results_["mean_test_score"]
        gains.append(np.mean(tpe[15:]) - np.mean(draws[15:]))
    assert min(gains) > 0


def test_real_data_with_a_pipeline():
    X, y = load_breast_cancer(return_X_y=True)
    space = {"svc__C": scipy.stats.loguniform(1e-2, 1e3), "svc__gamma": scipy.stats.loguniform(1e-5, 1)}
    search = SearchCV(make_pipeline(StandardScaler(), SVC()), space, method="bo", n_iter=12, random_state=0, cv=3)
    assert search.fit(X, y).best_score_ > 0.97
