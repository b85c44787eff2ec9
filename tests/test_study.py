"""A run finds what the bare loop finds, on any executor; it goes on from its log as if it had never stopped."""

import io
import json
import math
import os
import pickle
import threading
import time
import warnings
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from fractions import Fraction
from multiprocessing import get_context

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hpmath import (
    Categorical,
    GridSearch,
    Integer,
    LogUniform,
    Normal,
    QuasiRandomSearch,
    RandomSearch,
    Searcher,
    Space,
    Study,
    Trial,
    Uniform,
    minimize,
)
from hpmath._log import Log
from hpmath.searchers import METHODS

SPACE = Space(
    {"kernel": ["linear", "rbf"], "C": LogUniform(1e-2, 1e4), "gamma": LogUniform(1e-6, 1e-1), "n": Integer(1, 5)},
    conditions={"gamma": ("kernel", ["rbf"])},
)
LINE = {"x": Uniform(-1, 1)}


def loss(config):
    """Depends on everything; fails here and there."""
    value = math.log(config["C"]) + config["n"] - math.log(config.get("gamma", 1.0))
    if int(100 * value) % 7 == 0:
        raise ArithmeticError("not here")
    return value


def square(config):
    return config["x"] ** 2


class Learner(Searcher):
    """Half random, half near the best: depends on all it was told."""

    def _next(self, rng):
        config = self._random(rng)
        if self.best_ is not None and rng.random() < 0.5:
            spread = 0.1 + 0.01 * len(self.configs_)
            u = self.space.to_unit([self.best_[0]])[0]
            u = np.clip(np.nan_to_num(u, nan=0.5) + spread * rng.normal(size=len(u)), 0, 1)
            config = self.space.from_unit([u])[0]
        return config


def what(study):
    return [(t.number, t.config, None if t.state == "failed" else t.values, t.error) for t in study.trials]


# --- the loop


def test_it_is_the_bare_loop():
    search = RandomSearch(SPACE, rng=3)
    by_hand = []
    for _ in range(30):
        for config in search.ask():
            try:
                by_hand.append((config, loss(config)))
            except ArithmeticError:
                by_hand.append((config, math.nan))
            search.tell([config], [by_hand[-1][1]])
    study = minimize(loss, SPACE, method="random", n_trials=30, rng=3)
    assert [t.config for t in study.trials] == [config for config, _ in by_hand]
    np.testing.assert_array_equal([t.value for t in study.trials], [value for _, value in by_hand])
    assert (study.best.config, study.best_value) == search.best_
    assert [t.number for t in study.trials] == list(range(30))


def test_a_mapping_is_a_space_and_a_searcher_brings_its_own():
    by_name = minimize(square, LINE, method="random", n_trials=5, rng=1)
    assert by_name.space == Space(LINE)
    for space in (None, LINE, Space(LINE)):
        assert what(minimize(square, space, method=RandomSearch(LINE, rng=1), n_trials=5)) == what(by_name)


def test_a_generator_is_a_seed():
    a, b = (minimize(square, LINE, method="random", n_trials=5, rng=np.random.default_rng(7)) for _ in range(2))
    assert what(a) == what(b)


def test_without_a_seed_two_runs_differ():
    a, b = (minimize(square, LINE, method="random", n_trials=3) for _ in range(2))
    assert what(a) != what(b)


def test_a_finished_searcher_ends_the_run():
    study = minimize(lambda c: c["x"], {"x": [3, 1, 2]}, method="grid", n_trials=50, n_workers=2)
    assert sorted(t.value for t in study.trials) == [1, 2, 3]
    assert study.best.config == {"x": 1}


def test_a_searcher_that_was_told_something_goes_on_from_there():
    search = GridSearch({"x": [1, 2, 3]})
    search.tell([{"x": 2}], [0.0])
    assert [t.config["x"] for t in minimize(lambda c: c["x"], method=search).trials] == [1, 3]


class _InTwos(GridSearch):
    """Gives two, then wants to hear of both."""

    def _next(self, rng):
        return None if self._n_pending == 2 or (self._n_pending and len(self.configs_) % 2) else super()._next(rng)


@pytest.mark.parametrize("n_workers", [1, 2, 4])
def test_a_searcher_that_waits_for_a_tell_is_asked_again_after_it(n_workers):
    study = minimize(lambda c: c["x"], method=_InTwos({"x": [1, 2, 3, 4, 5, 6]}), n_workers=n_workers)
    assert sorted(t.config["x"] for t in study.trials) == [1, 2, 3, 4, 5, 6]


def test_the_objective_gets_a_copy_of_its_configuration():
    choice = [8, 8]

    def spoil(config):
        config["units"].append("spoiled")
        config["x"] = "spoiled"
        return 1.0

    study = minimize(spoil, {"units": [choice, [4]], **LINE}, method="random", n_trials=6, rng=0)
    assert "spoiled" not in repr(study.trials) + repr(study.searcher.configs_) + repr(choice)
    assert study.n_failed == 0


@given(
    values=st.lists(st.floats(-1e6, 1e6) | st.sampled_from([math.nan, math.inf, -math.inf]), min_size=1, max_size=30)
)
@settings(max_examples=40)
def test_the_best_is_the_first_of_the_lowest_that_did_not_fail(values):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        study = minimize(lambda c: values[c["i"]], {"i": range(len(values))}, method="grid", n_trials=len(values))
    finite = [v for v in values if math.isfinite(v)]
    assert study.n_failed == len(values) - len(finite)
    if finite:
        assert study.best_value == min(finite)
        assert study.best.number == values.index(min(finite))
        assert [t.value for t in study.best_trials] == [v for v in finite if v == min(finite)]
    else:
        with pytest.raises(ValueError, match="no trial has succeeded"):
            study.best


# --- what objectives return


@pytest.mark.parametrize(
    "value", [1, 1.0, True, np.float32(1), np.int64(1), np.array(1.0), np.array([1.0]), Fraction(1), pd.Series([1.0])]
)
def test_one_number_of_any_make_is_a_loss(value):
    study = minimize(lambda c: value, {"x": [0]}, method="grid")
    assert type(study.best_value) is float
    assert study.best_value == 1.0


@pytest.mark.parametrize(
    ("returned", "message"),
    [
        ("0.5", "objective must return one number, got '0.5'"),
        (None, "objective must return one number, got None; is a return missing?"),
        (math.nan, "objective must return one number, got nan"),
        (np.float64("nan"), "objective must return one number, got np.float64(nan)"),
        (-math.inf, "objective must return one number, got -inf"),
        ([1.0, 2.0], "objective must return one number, got [1.0, 2.0]"),
        (np.array([1.0, 2.0]), "objective must return one number, got array([1., 2.])"),
        ((), "objective must return one number, got ()"),
        (1j, "objective must return one number, got 1j"),
        ({"loss": 1.0}, "objective must return one number, got {'loss': 1.0}"),
        (np.array(["1"]), "objective must return one number, got array(['1'], dtype='<U1')"),
        ("x" * 200, f"objective must return one number, got '{'x' * 76}..."),
    ],
)
def test_what_is_no_number_is_a_failure_with_its_message(returned, message):
    study = minimize(lambda c: returned if c["x"] else 0.5, {"x": [0, 1]}, method="grid")
    good, bad = study.trials
    assert (good.state, good.error, good.value) == ("complete", None, 0.5)
    assert (bad.state, bad.error) == ("failed", message)
    assert math.isnan(bad.value)
    assert study.best is good


@pytest.mark.parametrize("error", [ValueError("too hot"), SystemExit(3), MemoryError(), StopIteration("no more")])
@pytest.mark.parametrize("n_workers", [1, 2])
def test_what_the_objective_raises_is_a_failure_with_its_message(error, n_workers):
    def objective(config):
        if config["x"]:
            raise error
        return 0.5

    study = minimize(objective, {"x": [0, 1, 2]}, method="grid", n_workers=n_workers)
    assert study.n_failed == 2
    assert study.last_error == f"{type(error).__name__}: {error}"


def test_several_objectives():
    def both(config):
        if config["x"] > 0.9:
            raise ValueError("too far")
        return config["x"] ** 2, np.float32((config["x"] - 0.5) ** 2)

    study = minimize(both, {"x": Uniform(-1, 1)}, method="random", n_objectives=2, n_trials=60, rng=0)
    assert study.searcher.values_.shape == (60, 2)
    complete = [t for t in study.trials if t.state == "complete"]
    assert 0 < study.n_failed == 60 - len(complete)
    front = study.best_trials
    for trial in complete:  # by the definition
        beaten = any(
            all(a <= b for a, b in zip(o.values, trial.values, strict=True)) and o.values != trial.values
            for o in complete
        )
        assert beaten != (trial in front)
    assert [t.number for t in front] == sorted(t.number for t in front)
    with pytest.raises(ValueError, match="a study of 2 objectives has no single best trial: see best_trials"):
        study.best
    with pytest.raises(ValueError, match="no single best"):
        study.best_value
    with pytest.raises(AttributeError, match="a trial of 2 objectives has values"):
        study.trials[0].value
    assert all(map(math.isnan, next(t for t in study.trials if t.state == "failed").values))
    assert list(study.to_frame()) == ["number", "x", "value_0", "value_1", "state", "seconds", "error"]
    assert "2 objectives, the lowest values" in repr(study)


@pytest.mark.parametrize(
    ("returned", "message"),
    [
        (0.5, "objective must return 2 numbers, got 0.5"),
        ("ab", "objective must return 2 numbers, got 'ab'"),
        ({"a": 1, "b": 2}, "objective must return 2 numbers, got {'a': 1, 'b': 2}"),
        ((1.0, 2.0, 3.0), "objective must return 2 numbers, got 3: (1.0, 2.0, 3.0)"),
        ((1.0, math.nan), "objective must return 2 numbers, got (1.0, nan)"),
        ((1.0, "2"), "objective must return 2 numbers, got (1.0, '2')"),
    ],
)
def test_what_is_not_as_many_numbers_is_a_failure(returned, message):
    study = minimize(lambda c: returned if c["x"] else (1, 2), {"x": [0, 1]}, method="grid", n_objectives=2)
    assert study.trials[1].error == message
    assert study.best_trials == study.trials[:1]


def test_a_run_in_which_all_fail_says_so():
    with pytest.warns(UserWarning, match="all 4 trials failed, the last one with: KeyError: 'y'"):
        study = minimize(lambda c: c["y"], LINE, method="random", n_trials=4)
    with pytest.raises(ValueError, match="no trial has succeeded: all 4 failed, the last one with: KeyError: 'y'"):
        study.best
    assert "all 4 failed" in repr(study)
    assert study.best_trials == []


# --- workers


def by_config(study):
    return sorted((repr(t.config), t.values if t.state == "complete" else t.error) for t in study.trials)


@pytest.fixture(params=["threads", "thread pool", "spawn", "fork", "loky", "dask"])
def workers(request):
    if request.param == "threads":
        yield {"n_workers": 2}
    elif request.param == "thread pool":
        with ThreadPoolExecutor(2) as pool:
            yield {"executor": pool, "n_workers": 2}
    elif request.param in ("spawn", "fork"):
        with ProcessPoolExecutor(2, mp_context=get_context(request.param)) as pool:
            yield {"executor": pool, "n_workers": 2}
    elif request.param == "loky":
        loky = pytest.importorskip("loky")
        pool = loky.ProcessPoolExecutor(2)
        yield {"executor": pool, "n_workers": 2}
        pool.shutdown(wait=True)
    else:
        distributed = pytest.importorskip("distributed")
        with (
            distributed.LocalCluster(
                n_workers=1, threads_per_worker=2, processes=False, dashboard_address=None, protocol="inproc://"
            ) as cluster,
            distributed.Client(cluster) as client,
        ):
            yield {"executor": client.get_executor(pure=False), "n_workers": 2}


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_every_executor_finds_what_the_loop_finds(workers, tmp_path):
    shift = np.arange(3.0)  # a closure, which plain pickle refuses
    serial = minimize(lambda c: loss(c) + shift.sum(), SPACE, method="random", n_trials=25, rng=5)
    log = tmp_path / "run.jsonl"
    study = minimize(lambda c: loss(c) + shift.sum(), SPACE, method="random", n_trials=25, rng=5, log=log, **workers)
    assert by_config(study) == by_config(serial)
    assert sorted(t.number for t in study.trials) == list(range(25))
    assert Study.load(log).trials == study.trials
    more = minimize(lambda c: loss(c) + shift.sum(), SPACE, method="random", n_trials=30, rng=5, log=log, **workers)
    assert by_config(more) == by_config(minimize(lambda c: loss(c) + 3, SPACE, method="random", n_trials=30, rng=5))


def test_equal_configurations_are_evaluated_anew():
    # noisy repeats: Dask's default executor would hand out one result three times
    count = iter(range(100))
    study = minimize(lambda c: next(count), {"x": [1]}, method="random", n_trials=6)
    assert sorted(t.value for t in study.trials) == [0, 1, 2, 3, 4, 5]


def test_a_slow_trial_holds_up_no_other():
    gate = threading.Event()

    def objective(config):
        if config["x"] == 0:
            assert gate.wait(30)
        elif config["x"] == 9:
            gate.set()  # only reached if the others went on
        return config["x"]

    study = minimize(objective, {"x": range(10)}, method="grid", n_workers=2)
    assert study.n_failed == 0
    assert study.trials[-1].config == {"x": 0} or study.trials[-2].config == {"x": 0}


def test_as_many_trials_are_in_flight_as_there_are_workers():
    lock, running, most = threading.Lock(), [0], [0]

    def objective(config):
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
        time.sleep(0.005)
        with lock:
            running[0] -= 1
        return 1.0

    minimize(objective, LINE, method="random", n_trials=20, n_workers=3)
    assert most[0] == 3


def test_threads_call_the_objective_itself():
    seen = []
    minimize(lambda c: seen.append(c) or 1.0, LINE, method="random", n_trials=4, n_workers=2)
    with ThreadPoolExecutor(1) as pool:
        minimize(lambda c: seen.append(c) or 1.0, LINE, method="random", n_trials=4, executor=pool)
    assert len(seen) == 8


class _Here(Executor):
    """Evaluates at once; ``spoil`` may put something else in the future."""

    def __init__(self, spoil=None):
        self.spoil, self.sent = spoil, []

    def submit(self, function, /, *args):
        self.sent.append(args)
        future = Future()
        if self.spoil is None or not self.spoil(len(self.sent), future):
            future.set_result(pickle.loads(pickle.dumps(function))(*args))
        return future


def test_the_objective_is_pickled_once():
    pickled = []

    class Objective:
        def __call__(self, config):
            return 1.0

        def __reduce__(self):
            pickled.append(1)
            return (float, (), None) if False else (_make, ())

    def _make():
        return lambda config: 1.0

    executor = _Here()
    minimize(Objective(), LINE, method="random", n_trials=5, executor=executor)
    assert len(pickled) == 1
    assert len({args[0] for args in executor.sent}) == 1


def test_choices_that_are_functions_reach_other_processes():
    scale = 3.0
    with ProcessPoolExecutor(1, mp_context=get_context("fork")) as pool:
        study = minimize(lambda c: c["f"](2.0), {"f": [lambda x: scale * x, math.sqrt]}, method="grid", executor=pool)
    assert sorted(t.value for t in study.trials) == [math.sqrt(2.0), 6.0]


class KilledWorker(Exception):
    """As Dask's."""


def test_a_trial_that_kills_worker_after_worker_is_a_failure():
    executor = _Here(lambda n, future: n == 3 and (future.set_exception(KilledWorker("x died 4 times")) or True))
    study = minimize(square, LINE, method="random", n_trials=6, executor=executor)
    assert [t.number for t in study.trials if t.state == "failed"] == [2]
    assert study.last_error == "KilledWorker: x died 4 times"


def test_the_two_slips_with_dask_are_told():
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(n_workers=1, threads_per_worker=2, processes=False, dashboard_address=None) as cluster,
        distributed.Client(cluster) as client,
    ):
        with pytest.raises(
            TypeError, match=r"executor must be client.get_executor\(pure=False\), got Dask's client it"
        ):
            minimize(square, LINE, method="random", n_trials=2, executor=client)
        for options in ({}, {"pure": True}):
            with pytest.warns(UserWarning, match="executor of Dask is pure: a configuration that comes again") as said:
                minimize(square, LINE, method="random", n_trials=2, executor=client.get_executor(**options))
            assert said[0].filename == __file__
        with warnings.catch_warnings():
            warnings.simplefilter("error", UserWarning)
            minimize(square, LINE, method="random", n_trials=2, executor=client.get_executor(pure=False))


def test_what_the_executor_does_wrong_is_no_failure_of_the_trial(tmp_path):
    log = tmp_path / "run.jsonl"
    missing = _Here(lambda n, future: n == 3 and (future.set_exception(ModuleNotFoundError("no torch")) or True))
    with pytest.raises(RuntimeError, match="the executor failed at trial 2: ModuleNotFoundError: no torch"):
        minimize(square, LINE, method="random", n_trials=6, executor=missing, log=log, rng=0)
    cancels = _Here(lambda n, future: n == 2 and future.cancel())
    with pytest.raises(RuntimeError, match="the executor cancelled trial 3 before it was evaluated"):
        minimize(square, LINE, method="random", n_trials=6, executor=cancels, log=log, rng=0)
    study = minimize(square, LINE, method="random", n_trials=6, log=log, rng=0)
    assert what(study) == what(minimize(square, LINE, method="random", n_trials=6, rng=0))


def test_a_pool_that_is_used_one_by_one_is_worth_a_warning():
    with ThreadPoolExecutor(2) as pool, pytest.warns(UserWarning, match="executor has 2 workers but n_workers=1"):
        minimize(square, LINE, method="random", n_trials=2, executor=pool)


def test_time_is_up_between_trials_inline():
    start = time.monotonic()
    study = minimize(lambda c: time.sleep(0.02) or 1.0, LINE, method="random", n_trials=1000, timeout=0.2)
    assert 3 <= len(study.trials) <= 10
    assert time.monotonic() - start < 2


def test_with_workers_a_run_whose_time_is_up_leaves_those_that_hang(tmp_path):
    gate, log = threading.Event(), tmp_path / "run.jsonl"
    start = time.monotonic()
    study = minimize(
        lambda c: gate.wait(30) if c["x"] == 3 else c["x"],
        {"x": range(6)},
        method="grid",
        n_workers=2,
        timeout=0.3,
        log=log,
    )
    assert time.monotonic() - start < 5
    assert sorted(t.config["x"] for t in study.trials) == [0, 1, 2, 4, 5]
    gate.set()
    again = minimize(lambda c: c["x"], {"x": range(6)}, method="grid", n_workers=2, log=log)
    assert [(t.number, t.config) for t in again.trials[5:]] == [(3, {"x": 3})]


# --- callbacks, progress, Ctrl-C


def test_callbacks_see_each_new_trial_in_this_thread(tmp_path):
    log, seen = tmp_path / "run.jsonl", []

    def callback(study, trial):
        seen.append((len(study.trials), trial.number, threading.current_thread() is threading.main_thread()))
        assert trial in study.trials
        assert len(study.searcher.configs_) == len(study.trials)

    minimize(square, LINE, method="random", n_trials=3, callbacks=callback, log=log)
    assert seen == [(1, 0, True), (2, 1, True), (3, 2, True)]
    minimize(square, LINE, method="random", n_trials=5, callbacks=[callback], log=log, n_workers=2)
    assert [n for n, _, _ in seen[3:]] == [4, 5]
    assert all(here for _, _, here in seen)


def test_a_callback_ends_the_run_by_stop_iteration():
    def enough(study, trial):
        if trial.number == 4:
            raise StopIteration

    assert len(minimize(square, LINE, method="random", callbacks=[enough]).trials) == 5


def test_what_a_callback_raises_comes_out_and_the_log_has_the_trial(tmp_path):
    def callback(study, trial):
        raise LookupError("mine")

    with pytest.raises(LookupError, match="mine"):
        minimize(square, LINE, method="random", callbacks=[callback], log=tmp_path / "run.jsonl")
    assert len(Study.load(tmp_path / "run.jsonl").trials) == 1


@pytest.mark.parametrize("n_workers", [1, 2])
def test_ctrl_c_returns_the_study_so_far(n_workers):
    def interrupted(study, trial):
        if len(study.trials) == 5:
            raise KeyboardInterrupt

    study = minimize(square, LINE, method="random", callbacks=[interrupted], n_workers=n_workers)
    assert 5 <= len(study.trials) <= 5 + n_workers


def test_ctrl_c_in_a_search_within_a_search_ends_both():
    def outer(config):
        def inner(config):
            raise KeyboardInterrupt

        return minimize(inner, LINE, method="random", n_trials=3).best_value

    assert minimize(outer, LINE, method="random", n_trials=3).trials == []


def test_ctrl_c_that_reaches_a_worker_first_ends_the_run_too():
    executor = _Here(lambda n, future: n == 3 and (future.set_exception(KeyboardInterrupt()) or True))
    assert len(minimize(square, LINE, method="random", n_trials=6, executor=executor).trials) == 2


def test_the_bar_shows_the_incumbent_and_the_failures(monkeypatch, capsys):
    def objective(config):
        if config["x"] == 2:
            raise ValueError("too hot")
        return config["x"]

    monkeypatch.setenv("COLUMNS", "200")
    minimize(objective, {"x": [3, 1, 2]}, method="grid", n_trials=3, progress=True)
    shown = capsys.readouterr().err
    assert "3/3" in shown
    assert "best 1 at {'x': 1} (trial 1); 1 failed, the last one with: ValueError: too hot" in shown
    minimize(objective, {"x": [3, 1, 2]}, method="grid", n_trials=3)
    minimize(objective, {"x": [3, 1, 2]}, method="grid", n_trials=3, progress=False)
    assert capsys.readouterr().err == ""  # no terminal, no bar

    class Terminal(io.StringIO):
        def isatty(self):
            return True

    monkeypatch.setattr("sys.stderr", Terminal())
    minimize(objective, {"x": [3, 1, 2]}, method="grid", n_trials=3)
    assert "3/3" in __import__("sys").stderr.getvalue()
    monkeypatch.setattr("sys.stderr", None)  # pythonw
    minimize(objective, {"x": [3, 1, 2]}, method="grid", n_trials=3)


# --- the log


@pytest.mark.parametrize("make", [RandomSearch, QuasiRandomSearch, Learner, GridSearch])
@pytest.mark.parametrize("stops", [[1], [7], [12, 13, 20]])
@pytest.mark.filterwarnings("ignore:all 1 trials failed")
def test_a_serial_run_resumed_from_its_log_goes_on_as_if_not_stopped(make, stops, tmp_path):
    whole = minimize(loss, method=make(SPACE, rng=4), n_trials=30)
    assert 0 < whole.n_failed < 30
    log = tmp_path / "run.jsonl"
    for n in [*stops, 30, 30]:
        study = minimize(loss, method=make(SPACE, rng=4), n_trials=n, log=log)
        assert len(study.trials) == n
    assert what(study) == what(whole)
    assert what(Study.load(log)) == what(whole)


def test_without_a_seed_the_log_keeps_one(tmp_path):
    calls = []
    log = tmp_path / "run.jsonl"
    minimize(square, LINE, method="random", n_trials=4, log=log)
    seed = json.loads(log.read_text().splitlines()[0])["seed"]
    study = minimize(lambda c: calls.append(c) or square(c), LINE, method="random", n_trials=9, log=log)
    assert len(calls) == 5
    assert what(study) == what(minimize(square, LINE, method="random", n_trials=9, rng=seed))


def test_a_log_that_has_enough_is_not_touched(tmp_path):
    log = tmp_path / "run.jsonl"
    minimize(square, LINE, method="random", n_trials=4, log=log)
    before = log.read_bytes()
    study = minimize(lambda c: 1 / 0, LINE, method="random", n_trials=3, log=str(log))
    assert (len(study.trials), study.n_failed) == (4, 0)
    assert log.read_bytes() == before


def test_one_searcher_twice_on_one_log_is_not_told_twice(tmp_path):
    search = Learner(SPACE, rng=1)
    for n in (10, 20):
        study = minimize(loss, method=search, n_trials=n, log=tmp_path / "run.jsonl")
        assert len(search.configs_) == n
    assert what(study) == what(minimize(loss, method=Learner(SPACE, rng=1), n_trials=20))


class Thing:
    """A choice that is an object, such as an estimator."""

    def __init__(self, name):
        self.name = name

    def __repr__(self):
        return f"<Thing {self.name}>"


def test_choices_that_json_does_not_know_come_back(tmp_path):
    things = [Thing("a"), Thing("b"), None, (8, 8), [4], math.inf, 1, 1.0, True, "x", {"choice": 1}]
    space, log = Space({"t": Categorical(things)}), tmp_path / "run.jsonl"
    objective = lambda c: float(things.index(next(t for t in things if t is c["t"] or t == c["t"])))  # noqa: E731
    study = minimize(objective, space, method="grid", log=log)
    assert len(study.trials) == 11
    calls = []
    again = minimize(calls.append, space, method="grid", log=log, n_trials=11)
    assert calls == []
    for a, b in zip(study.trials, again.trials, strict=True):
        assert a.config["t"] is b.config["t"] or (a.config["t"] == b.config["t"] and a.value == b.value)
        assert type(a.config["t"]) is type(b.config["t"])
    assert what(Study.load(log, space)) == what(again)
    alone = [t.config["t"] for t in Study.load(log).trials]  # the space is not at hand: objects are strings
    assert alone[:2] == ["<Thing a>", "<Thing b>"]
    assert alone[2:5] == [None, (8, 8), [4]]
    assert alone[6:] == things[6:]


def test_each_line_is_a_trial_in_json(tmp_path):
    log = tmp_path / "run.jsonl"
    study = minimize(loss, SPACE, method="random", n_trials=20, log=log, rng=0)
    first, *rows = map(json.loads, log.read_text().splitlines())
    assert first["space"] == SPACE.describe()
    assert (first["method"], first["seed"], first["n_objectives"]) == ("RandomSearch", 0, 1)
    for row, trial in zip(rows, study.trials, strict=True):
        assert (row["number"], row["config"], row["state"]) == (trial.number, trial.config, trial.state)
        assert row["value"] == (trial.value if trial.state == "complete" else None)
        assert (row["error"], row["seconds"]) == (trial.error, trial.seconds)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"space": {"x": Uniform(-2, 1)}}, r"hyperparameter 'x' is Uniform\(-2.0, 1.0\), was Uniform\(-1.0, 1.0\)"),
        ({"space": {"y": Uniform(-1, 1)}}, "hyperparameter 'y' is Uniform.*, was absent; hyperparameter 'x' is absent"),
        ({"method": "sobol"}, "method is QuasiRandomSearch, was RandomSearch"),
        ({"n_objectives": 2}, "n_objectives is 2, was 1"),
    ],
)
def test_the_log_of_another_search_is_refused_with_what_differs(change, message, tmp_path):
    log = tmp_path / "run.jsonl"
    minimize(square, LINE, method="random", n_trials=3, log=log)
    before = log.read_bytes()
    with pytest.raises(ValueError, match=f"run.jsonl is of another search: {message}.*; give it another file"):
        minimize(square, **{"space": LINE, "method": "random", "log": log, **change})
    assert log.read_bytes() == before


def test_the_log_of_the_same_searcher_with_other_settings_is_refused(tmp_path):
    log = tmp_path / "run.jsonl"
    minimize(square, method=GridSearch(LINE, points=3), log=log)
    with pytest.raises(ValueError, match="points is 4, was 3"):
        minimize(square, method=GridSearch(LINE, points=4), log=log)
    assert len(minimize(square, method=GridSearch(LINE, points=3), log=log).trials) == 3


def test_a_log_whose_constraints_have_changed_within_is_refused(tmp_path):
    def allowed(config):
        return config["x"] > limit

    limit, space, log = -1, Space(LINE, constraints=[allowed]), tmp_path / "run.jsonl"
    minimize(square, space, method="random", n_trials=10, log=log)
    limit = 0.5
    with pytest.raises(ValueError, match=r"log .*run.jsonl does not fit this search: configs\[\d\] does not lie"):
        minimize(square, space, method="random", n_trials=11, log=log)


def test_a_file_that_is_no_log_is_left_alone(tmp_path):
    for text in ("a,b\n1,2\n", '{"number": 1}\n', "no line", '"text"', "[]\n", "{}"):
        path = tmp_path / "table.csv"
        path.write_text(text)
        for use in (
            lambda path=path: minimize(square, LINE, method="random", log=path),
            lambda path=path: Study.load(path),
        ):
            with pytest.raises(ValueError, match="must be a log of hpmath or a new file, got a file that begins"):
                use()
        assert path.read_text() == text


def test_an_empty_log_is_a_new_one(tmp_path):
    log = tmp_path / "run.jsonl"
    for beginning in ("", "\n", '{"hpm', '{"hpmath_log": 1, "meth'):
        log.write_text(beginning)
        assert Study.load(log).trials == []
        assert log.read_text() == beginning  # loading never writes
        assert len(minimize(square, LINE, method="random", n_trials=3, log=log).trials) == 3
        assert len(Study.load(log).trials) == 3


def test_a_log_damaged_before_its_last_line_is_refused_at_that_line(tmp_path):
    log = tmp_path / "run.jsonl"
    minimize(square, LINE, method="random", n_trials=4, log=log)
    lines = log.read_text().splitlines()
    for i, bad, message in [
        (2, lines[2][:9], "is damaged: line 3 of 5 is no trial"),
        (2, "[]", "is damaged: line 3 of 5 is no trial"),
        (0, lines[0].replace('"hpmath_log": 1', '"hpmath_log": 9'), "has format 9, this hpmath reads format 1"),
        (3, lines[3].replace('"complete"', '"odd"'), "can't be read at trial 2: 1 values and a state are wanted"),
        (3, lines[3].replace('"seconds"', '"sec"'), "can't be read at trial 2: 'seconds'"),
    ]:
        log.write_text("\n".join([*lines[:i], bad, *lines[i + 1 :]]) + "\n")
        with pytest.raises(ValueError, match=message):
            Study.load(log)
        with pytest.raises(ValueError, match=message):
            minimize(square, LINE, method="random", n_trials=5, log=log)


def test_loading_takes_any_time_and_never_writes(tmp_path):
    log = tmp_path / "run.jsonl"
    loaded = []
    minimize(square, LINE, method="random", n_trials=5, log=log, callbacks=lambda s, t: loaded.append(Study.load(log)))
    assert [len(study.trials) for study in loaded] == [1, 2, 3, 4, 5]
    os.chmod(log, 0o444)
    assert len(Study.load(str(log)).trials) == 5


def test_two_runs_on_one_log_are_refused_in_one_process_too(tmp_path):
    log = tmp_path / "run.jsonl"

    def callback(study, trial):
        with pytest.raises(
            RuntimeError, match=r"run\.jsonl is in use by another run: wait until it ends or give another"
        ):
            minimize(square, LINE, method="random", log=log)

    assert len(minimize(square, LINE, method="random", n_trials=2, log=log, callbacks=callback).trials) == 2


def test_a_log_needs_a_directory(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"log must lie in a directory that is there, got .*nowhere"):
        minimize(square, LINE, method="random", log=tmp_path / "nowhere" / "run.jsonl")
    with pytest.raises(FileNotFoundError):
        Study.load(tmp_path / "run.jsonl")


def test_what_does_not_reach_the_disk_stops_the_run(tmp_path, monkeypatch):
    def fails(file):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr("hpmath._log.os.fsync", fails)
    with pytest.raises(OSError, match=r"could not be written \(Input/output error\), so the run stops"):
        minimize(lambda c: time.sleep(0.01) or 1.0, LINE, method="random", n_trials=20, log=tmp_path / "run.jsonl")
    assert len(Study.load(tmp_path / "run.jsonl").trials) < 20


def test_a_log_says_when_it_is_closed(tmp_path):
    with Log(tmp_path / "run.jsonl") as log:
        log.start({})
    log.close()
    with pytest.raises(ValueError, match=r"run\.jsonl is closed"):
        log.append({})


class _AddsEpochs(RandomSearch):
    def _next(self, rng):
        return {**self._random(rng), "epochs": 3 ** (len(self.configs_) % 3)}

    def _split(self, config):
        config = dict(config)
        return config, {"epochs": config.pop("epochs")}


def test_what_a_searcher_adds_is_logged_and_told_again(tmp_path):
    whole = minimize(square, method=_AddsEpochs(LINE, rng=0), n_trials=8)
    for n in (3, 8):
        study = minimize(square, method=_AddsEpochs(LINE, rng=0), n_trials=n, log=tmp_path / "run.jsonl")
    assert what(study) == what(whole)
    assert list(study.to_frame())[:3] == ["number", "x", "epochs"]


def test_several_objectives_resume(tmp_path):
    def both(config):
        return (config["x"], -config["x"]) if config["x"] > -0.5 else (math.nan, 1.0)

    for n in (1, 6, 20):
        study = minimize(both, LINE, method="random", n_objectives=2, n_trials=n, rng=2, log=tmp_path / "run.jsonl")
    assert what(study) == what(minimize(both, LINE, method="random", n_objectives=2, n_trials=20, rng=2))
    assert 0 < study.n_failed < 20
    assert study.best_trials == Study.load(tmp_path / "run.jsonl").best_trials


def test_load_rebuilds_the_space_from_the_log(tmp_path):
    log = tmp_path / "run.jsonl"
    space = Space(
        {"a": ["x", (1, 2), None], "b": LogUniform(1, 10), "c": Integer(1, 8, log=True), "d": Normal(0, 2), "e": [1]},
        conditions={"b": ("a", ["x", None]), "d": ("b", (2, 3))},
    )
    minimize(lambda c: 1.0, space, method="random", n_trials=3, log=log)
    assert Study.load(log).space == space
    stats = pytest.importorskip("scipy.stats")
    odd = Space({"x": stats.truncnorm(-2, 2)})
    minimize(square, odd, method="random", n_trials=3, log=tmp_path / "odd.jsonl")
    assert Study.load(tmp_path / "odd.jsonl").space is None
    assert Study.load(tmp_path / "odd.jsonl", odd).space == odd
    with pytest.raises(ValueError, match="is of another search: hyperparameter"):
        Study.load(log, odd)
    with pytest.raises(ValueError, match=r"to_optuna needs the space: give it to Study.load\(path, space=...\)"):
        Study.load(tmp_path / "odd.jsonl").to_optuna()


# --- looking at it


def test_the_frame():
    study = minimize(loss, SPACE, method="random", n_trials=40, rng=0)
    frame = study.to_frame()
    assert list(frame) == ["number", "kernel", "C", "gamma", "n", "value", "state", "seconds", "error"]
    assert len(frame) == 40
    np.testing.assert_array_equal(frame["value"], [t.value for t in study.trials])
    assert (frame["gamma"].isna() == (frame["kernel"] == "linear")).all()
    assert frame["C"].dtype == float
    assert (frame["error"].notna() == (frame["state"] == "failed")).all()
    assert frame["state"].value_counts()["failed"] == study.n_failed


def test_the_frame_of_names_that_are_its_own():
    study = minimize(lambda c: c["value"], {"value": [1, 2], "state": ["a"]}, method="grid")
    frame = study.to_frame()
    assert list(frame) == ["number", "config_value", "config_state", "value", "state", "seconds", "error"]
    assert list(frame["config_value"]) == [1, 2]


def test_an_empty_study():
    study = Study(Space(LINE))
    assert repr(study) == "Study of 0 trials: no trial has finished yet"
    assert list(study.to_frame()) == ["number", "x", "value", "state", "seconds", "error"]
    assert study.best_trials == []
    with pytest.raises(ValueError, match="no trial has finished yet"):
        study.best
    assert "<td>0</td>" in study._repr_html_()


def test_what_is_shown_is_short_and_escaped():
    study = minimize(lambda c: c["x"], {"x": [1.23456789, 2], "t": ["<b>"]}, method="grid")
    assert repr(study) == "Study of 2 trials: best 1.235 at {'x': 1.235, 't': '<b>'} (trial 0)"
    page = study._repr_html_()
    assert "&lt;b&gt;" in page
    assert "<b>" not in page
    assert "1.23457 (trial 0)" in page
    two = minimize(lambda c: (1, 2) if c["x"] else 0, {"x": [0, 1]}, method="grid", n_objectives=2)
    assert "lowest value_1" in two._repr_html_()
    assert "must return 2 numbers" in two._repr_html_()


def test_a_trial_is_frozen_and_a_study_pickles():
    study = minimize(square, LINE, method="random", n_trials=3)
    with pytest.raises(AttributeError):
        study.best.number = 3
    assert pickle.loads(pickle.dumps(study)).trials == study.trials
    study.trials.clear()
    assert len(study.trials) == 3
    assert repr(Trial(0, {"x": 1}, (0.5,), "complete", 0.1)).startswith(
        "Trial(number=0, config={'x': 1}, values=(0.5,)"
    )


# --- Optuna


@pytest.fixture
def optuna():
    optuna = pytest.importorskip("optuna")
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    return optuna


def test_to_optuna_and_back(optuna):
    space = Space(
        {
            "kernel": ["linear", "rbf"],
            "C": LogUniform(1e-2, 1e4),
            "gamma": Uniform(0, 1),
            "n": Integer(1, 5),
            "m": Integer(1, 64, log=True),
            "units": [(8,), (8, 8)],
            "mixed": [1, 1.0, True],
            "w": Normal(0, 1),
        },
        conditions={"gamma": ("kernel", ["rbf"])},
    )

    def objective(config):
        if config["n"] == 5:
            raise ValueError("too many")
        return config["n"] + config["w"]

    study = minimize(objective, space, method="random", n_trials=40, rng=0)
    theirs = study.to_optuna(study_name="mine")
    assert theirs.study_name == "mine"
    assert theirs.best_value == study.best_value
    assert theirs.best_trial.number == study.best.number
    assert len(theirs.trials) == 40
    assert sum(t.state.name == "FAIL" for t in theirs.trials) == study.n_failed > 0
    for ours, trial in zip(study.trials, theirs.trials, strict=True):
        assert trial.params["C"] == ours.config["C"]
        assert ("gamma" in trial.params) == ("gamma" in ours.config)
        assert trial.user_attrs.get("error") == ours.error
        assert trial.duration.total_seconds() == pytest.approx(ours.seconds, abs=2e-6)
    assert theirs.trials[0].distributions["C"] == optuna.distributions.FloatDistribution(1e-2, 1e4, log=True)
    assert theirs.trials[0].distributions["m"] == optuna.distributions.IntDistribution(1, 64, log=True)
    assert len(theirs.trials_dataframe()) == 40
    back = Study.from_optuna(theirs, space)
    assert sorted(what(back), key=repr) == sorted(what(study), key=repr)
    without = Study.from_optuna(theirs)
    assert without.best_value == study.best_value
    assert without.space["C"] == LogUniform(1e-2, 1e4)
    assert without.trials[0].config["units"] in ("(8,)", "(8, 8)")


def test_from_an_optuna_study_with_what_optuna_has(optuna):
    def objective(trial):
        high = 10 if trial.number < 10 else 20
        x = trial.suggest_float("x", 0, high)
        trial.suggest_int("k", 2, 8, step=2)
        trial.suggest_float("fixed", 3.0, 3.0)
        if trial.number == 3:
            raise optuna.TrialPruned
        if trial.number == 4:
            return math.nan
        return x, -x

    theirs = optuna.create_study(directions=["maximize", "minimize"], sampler=optuna.samplers.RandomSampler(seed=0))
    theirs.enqueue_trial({"x": 1.0})
    theirs.optimize(objective, n_trials=20)
    theirs.ask()
    study = Study.from_optuna(theirs)
    assert study.n_objectives == 2
    assert len(study.trials) == 20  # the one that runs is left out
    assert study.space["x"] == Uniform(0, 20)
    assert study.space["k"] == Integer(2, 8)
    assert study.space["fixed"].values == (3.0,)
    assert study.trials[0].values == (-1.0, -1.0)
    assert study.n_failed == 2
    assert study.trials[3].error == "pruned"
    assert all(study.space.contains(t.config) for t in study.trials)
    with pytest.raises(ValueError, match="trial 0 does not fit the space: 'x' must be"):
        Study.from_optuna(theirs, {"x": Uniform(0, 0.5), "k": Integer(2, 8), "fixed": [3.0]})


def test_what_a_searcher_adds_goes_through_optuna(optuna):
    study = minimize(square, method=_AddsEpochs(LINE, rng=0), n_trials=5)
    assert what(Study.from_optuna(study.to_optuna())) == what(study)


# --- what is refused


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"objective": 3}, TypeError, "objective must be a function of a configuration, got 3"),
        ({"n_trials": 0}, ValueError, "n_trials must be at least 1, got 0"),
        ({"n_trials": 2.5}, TypeError, "n_trials must be a whole number, got 2.5"),
        ({"n_workers": 0}, ValueError, "n_workers must be at least 1, got 0"),
        ({"n_objectives": 0}, ValueError, "n_objectives must be at least 1, got 0"),
        ({"timeout": 0}, ValueError, "timeout must be a finite number above 0, got 0"),
        ({"timeout": "1"}, TypeError, "timeout must be a number, got '1'"),
        ({"executor": 4}, TypeError, "executor must have submit, as executors of concurrent.futures do, got 4"),
        ({"callbacks": [3]}, TypeError, "callbacks must be functions of a study and a trial, got 3"),
        ({"method": "simplex"}, ValueError, "method must be a searcher or one of 'random', .*'grid'.*, got 'simplex'"),
        ({"method": dict}, ValueError, "method must be a searcher or one of"),
        ({"space": None}, TypeError, "space is missing: method='random' needs one"),
        ({"space": {}}, ValueError, "a space needs at least one hyperparameter, got none"),
        ({"rng": "seed"}, TypeError, "rng must be None, a non-negative integer or a numpy Generator, got 'seed'"),
        (
            {"method": RandomSearch({"x": Uniform(0, 1)})},
            ValueError,
            r"space must be the searcher's own or left out, but hyperparameter 'x' is Uniform\(-1.0, 1.0\), was",
        ),
        (
            {"method": RandomSearch(LINE), "rng": 3},
            ValueError,
            "rng belongs to a method given by name: a searcher has its own",
        ),
        (
            {"executor": _Here(), "objective": threading.Lock().__enter__},
            TypeError,
            "objective must be picklable for this executor, got .*; threads need no pickling",
        ),
    ],
)
def test_what_is_refused(arguments, error, message):
    with pytest.raises(error, match=message):
        minimize(**{"objective": square, "space": LINE, "method": "random", **arguments})


def test_a_method_that_needs_settings_says_which(monkeypatch):
    class Halving(RandomSearch):
        def __init__(self, space, fidelity, *, rng=None):
            super().__init__(space, rng=rng)

    monkeypatch.setitem(METHODS, "halving", Halving)
    with pytest.raises(
        ValueError, match=r"method 'halving' needs fidelity: give a searcher, Halving\(space, fidelity="
    ):
        minimize(square, LINE, method="halving")


def test_the_default_method_is_there():
    assert len(minimize(square, LINE, n_trials=3).trials) == 3


def test_the_time_a_trial_takes_does_not_grow():
    stamps = []
    minimize(square, LINE, method="random", n_trials=4000, callbacks=lambda s, t: stamps.append(time.process_time()))
    gaps = np.diff(stamps)
    assert np.median(gaps[-1000:]) < 2 * np.median(gaps[100:1100])  # quadratic would be 10


def test_a_pool_found_broken_when_a_trial_is_handed_over_says_so_and_keeps_what_is_done(tmp_path):
    class Breaks(Executor):
        handed = 0

        def submit(self, function, /, *args, **kwargs):
            self.handed += 1
            if self.handed > 3:
                raise BrokenExecutor("not usable anymore")
            future = Future()
            future.set_result(function(*args, **kwargs))
            return future

    log = tmp_path / "run.jsonl"
    with pytest.raises(BrokenExecutor, match=r"^a worker died while trial 3 .* make a new one$"):
        minimize(
            lambda config: config["x"], {"x": Uniform(0, 1)}, method="random", n_trials=9, log=log, executor=Breaks()
        )
    assert len(Study.load(log).trials) == 3
