"""NSGA-II: its operators by what they promise, survival by hand, constraints, failures, any order, and whole runs."""

from __future__ import annotations

import itertools
import json
import math
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hpmath import (
    NSGA2,
    Integer,
    LogUniform,
    RandomSearch,
    Space,
    Uniform,
    crowding_distance,
    dtlz2,
    hypervolume,
    minimize,
    non_dominated_mask,
    non_dominated_sort,
    zdt,
)
from hpmath.searchers import METHODS
from hpmath.searchers.nsga2 import _polynomial, _Population, _simulated_binary, _survivors, _tournaments

MIXED = Space(
    {
        "lr": LogUniform(1e-5, 1e-1),
        "kernel": ["linear", "rbf", "poly"],
        "gamma": LogUniform(1e-6, 1e-1),
        "layers": Integer(1, 5),
        "fixed": [7],
    },
    conditions={"gamma": ("kernel", ["rbf", "poly"])},
)
SQUARE = Space({"a": Uniform(0, 1), "b": Uniform(0, 1)})


def conflict(config):
    """Two objectives on the mixed space, both better with few layers."""
    x = math.log10(config["lr"]) + (0 if config["kernel"] == "rbf" else 1)
    return x**2 + config["layers"], (x + 3) ** 2 + config["layers"] + config.get("gamma", 0.5)


def run(search, objective, n, batch=1):
    asked = []
    while len(asked) < n:
        configs = search.ask(min(batch, n - len(asked)))
        search.tell(configs, [objective(config) for config in configs])
        asked += configs
    return asked


def vectorised(search, problem, n, batch):
    for _ in range(n // batch):
        configs = search.ask(batch)
        search.tell(configs, problem(np.array([list(config.values()) for config in configs])))
    search.ask()
    return search.values_[search.info_["population"]]


# --- survival ---------------------------------------------------------------------------------------------------------


def test_survival_by_hand():
    """Two of rank 0, and of the four of rank 1 the ends and the one with more room."""
    Y = np.array([[0.0, 1], [1, 0], [1.0, 6], [2, 4], [2.5, 3.5], [6, 1], [9, 9]])
    keep, rank, crowding = _survivors(Y, np.zeros(7), 5)
    assert sorted(keep.tolist()) == [0, 1, 2, 4, 5]  # 3 has (1.5 + 2.5) / 5 of room, 4 has (4 + 3) / 5
    np.testing.assert_array_equal(rank, non_dominated_sort(Y)[keep])
    assert dict(zip(keep.tolist(), crowding, strict=True))[4] == pytest.approx(
        2
    )  # all between the ends, since 3 is gone


def test_room_is_measured_anew_after_each_point_is_taken_out():
    """Points in pairs: one of each pair must go, not both of the two closest pairs."""
    x = np.array([0, 0.1, 1, 1.001, 2, 2.002, 3, 3.003, 4, 4.1])
    keep, _, _ = _survivors(np.column_stack([x, -x]), np.zeros(10), 7)
    assert [sum(abs(x[keep] - k) < 0.01) for k in (1, 2, 3)] == [1, 1, 1]


@given(st.integers(2, 60), st.integers(1, 4), st.integers(2, 30), st.integers(0, 10**6))
@settings(max_examples=100, deadline=None)
def test_survivors_are_the_best_ranks_and_keep_their_room(n, m, P, seed):
    rng = np.random.default_rng(seed)
    Y = rng.integers(0, 6, (n, m)).astype(float) if seed % 2 else rng.random((n, m))
    keep, rank, crowding = _survivors(Y, np.zeros(n), P)
    ranks = non_dominated_sort(Y)
    assert len(set(keep.tolist())) == len(keep) == min(n, P)
    assert sorted(rank) == sorted(ranks)[: len(keep)]
    for r in range(rank.max() + 1):
        front = rank == r
        if front.sum() > 2 * m and len(np.unique(Y[keep][front], axis=0)) == front.sum():  # no end was taken out
            np.testing.assert_allclose(crowding[front], crowding_distance(Y[keep][front]), atol=1e-9)


def test_infeasible_ones_survive_last_and_by_their_violation():
    Y = np.array([[1.0, 1], [0, 0], [5, 5], [0, 0], [3, 3]])
    violation = np.array([0, 0.5, 0, 0.1, np.inf])
    keep, rank, _ = _survivors(Y, violation, 4)
    assert keep.tolist() == [0, 2, 3, 1]
    assert rank.tolist() == [0, 1, 2, 3]
    keep, rank, _ = _survivors(Y[:2], np.array([3.0, 2.0]), 5)  # none is feasible
    assert keep.tolist() == [1, 0]
    keep, _, _ = _survivors(np.empty((0, 2)), np.empty(0), 5)
    assert keep.shape == (0,)


def test_tournaments_prefer_rank_then_room_and_are_fair():
    population = _Population(
        np.arange(4), np.array([0, 0, 1, 1]), np.array([np.inf, 1.0, np.inf, 1.0]), np.zeros((4, 1))
    )
    rng = np.random.default_rng(0)
    wins = np.bincount(np.concatenate([_tournaments(population, 4, rng) for _ in range(3000)]), minlength=4) / 12_000
    # of two different members, drawn at random, i wins against those below it: (3 - i) of 6 pairs
    np.testing.assert_allclose(wins, [3 / 6, 2 / 6, 1 / 6, 0], atol=0.02)


# --- variation --------------------------------------------------------------------------------------------------------


def test_simulated_binary_crossover_keeps_the_middle_and_the_bounds():
    rng = np.random.default_rng(0)
    low, high = np.full(100_000, 0.45), np.full(100_000, 0.55)
    near, far = _simulated_binary(low, high, rng.random(100_000))
    np.testing.assert_allclose(near + far, 1, atol=1e-9)  # the bounds are far: symmetric
    assert np.mean(np.abs(far - near) > 0.1) == pytest.approx(0.5, abs=0.01)  # as often apart as together
    near, far = _simulated_binary(np.full(9, 0.0), np.full(9, 1.0), np.linspace(0, 1, 9))
    assert (near >= 0).all()
    assert (far <= 1).all()
    near, far = _simulated_binary(np.array([0.02]), np.array([0.5]), np.array([1.0]))
    assert near == pytest.approx(0, abs=1e-12)  # the largest spread ends at the bound


def test_polynomial_mutation_is_symmetric_small_and_inside():
    v = np.random.default_rng(0).random(100_000)
    for index in (5.0, 40.0):
        step = _polynomial(np.full_like(v, 0.5), v, np.full_like(v, index)) - 0.5
        assert step.mean() == pytest.approx(0, abs=1e-3)
        assert np.abs(step).mean() == pytest.approx(1 / (index + 2), rel=0.05)
        for u in (0.0, 0.03, 1.0):
            new = _polynomial(np.full_like(v, u), v, np.full_like(v, index))
            assert new.min() >= 0
            assert new.max() <= 1
            assert (new != u).mean() > 0.49  # at a bound half of the steps would leave it


def test_children_of_equal_parents_differ_in_few_genes():
    search = NSGA2({f"x{i}": Uniform(0, 1) for i in range(20)}, rng=0)
    U = np.full((2000, 20), 0.3)
    A, B = search._crossover(U, U, np.random.default_rng(0))
    np.testing.assert_array_equal([A, B], [U, U])
    changed = (search._mutation(U, np.random.default_rng(0)) != U).sum(axis=1)
    assert changed.mean() == pytest.approx(1, abs=0.1)
    assert (changed == 0).any()
    assert ((search._mutation(U, np.random.default_rng(0), at_least=1) != U).sum(axis=1) >= 1).all()


def test_choices_come_from_a_parent_and_mutate_to_any_other():
    search = NSGA2({"act": list("abcde"), "n": Integer(1, 100), "one": ["x"]}, rng=0)
    rng = np.random.default_rng(0)
    A, B = search.space.to_unit([{"act": "a", "n": 10, "one": "x"}, {"act": "d", "n": 10, "one": "x"}])
    A, B = np.tile(A, (500, 1)), np.tile(B, (500, 1))
    first, second = search._crossover(A, B, rng)
    children = search.space.from_unit(np.concatenate([first, second]))
    assert {config["act"] for config in children} == {"a", "d"}
    assert all(config["n"] == 10 for config in children)
    for one, other in zip(children[:500], children[500:], strict=True):
        assert {one["act"], other["act"]} == {"a", "d"}
    mutants = search.space.from_unit(search._mutation(A, rng, at_least=1))
    moved = [config for config in mutants if config["act"] != "a"]
    assert {config["act"] for config in moved} == set("bcde")
    assert all(config["act"] != "a" or config["n"] != 10 for config in mutants)  # an integer moves by one at least
    assert {abs(config["n"] - 10) for config in mutants} >= {0, 1, 2}


def test_inactive_genes_do_not_make_a_child_new():
    search = NSGA2(MIXED, rng=0, population_size=4)
    linear = {"lr": 0.01, "kernel": "linear", "layers": 2, "fixed": 7}
    old = MIXED.to_unit([linear])
    assert np.isnan(old).any()
    child = np.where(np.isnan(old), 0.77, old)
    assert search._fresh(child, old).tolist() == [False]
    other = child.copy()
    other[0, 0] += 1e-3
    assert search._fresh(np.concatenate([child, other, other]), old).tolist() == [False, True, False]


# --- ask and tell -----------------------------------------------------------------------------------------------------


def test_asking_for_many_is_asking_for_one_many_times():
    for batches in ((1,) * 60, (20,) * 3, (7, 13) * 3):
        one, many = (NSGA2(MIXED, rng=3, population_size=20) for _ in range(2))
        for n in batches:
            configs = many.ask(n)
            assert configs == [one.ask()[0] for _ in range(n)]
            for search in (one, many):
                search.tell(configs, [conflict(config) for config in configs])


def test_a_resumed_run_goes_on_as_if_it_had_not_stopped():
    whole = NSGA2(MIXED, rng=1, population_size=8)
    asked = run(whole, conflict, 60)
    for k in (0, 3, 8, 21, 40, 59):
        log = json.dumps([(MIXED.to_json(c), conflict(c)) for c in asked[:k]])
        resumed = NSGA2(MIXED, rng=1, population_size=8)
        told = json.loads(log)
        resumed.tell([MIXED.from_json(c) for c, _ in told], np.array([y for _, y in told]).reshape(k, -1) if k else [])
        assert run(resumed, conflict, 60 - k) == asked[k:]


def test_nobody_waits_and_the_order_of_telling_is_free():
    rng = np.random.default_rng(0)
    search = NSGA2(SQUARE, rng=0, population_size=10)
    pending = search.ask(17)
    for _ in range(200):
        config = pending.pop(int(rng.integers(len(pending))))
        search.tell([config], [(config["a"], (1 - config["a"]) ** 2 + config["b"])])
        pending += search.ask()
    assert len(search.pending_) == 17
    assert np.median(search.values_[-50:, 1] - (1 - search.values_[-50:, 0]) ** 2) < 0.05  # b is near 0


def test_no_configuration_twice_while_there_are_others():
    space = Space({"a": Integer(0, 9), "b": list("abcdefgh")})  # 80 of them
    search = NSGA2(space, rng=0, population_size=6)
    asked = run(search, lambda c: (c["a"], -c["a"]), 60)
    assert len({space.key(config) for config in asked}) == 60
    run(search, lambda c: (c["a"], -c["a"]), 60)  # and on, when there are none
    assert len(search.configs_) == 120


@pytest.mark.parametrize("m", [1, 2, 3, 10])
def test_any_number_of_objectives(m):
    search = NSGA2(MIXED, rng=0, population_size=6)
    run(search, lambda c: np.arange(m) * c["layers"] + math.log10(c["lr"]) ** 2 * np.cos(np.arange(m)), 40)
    search.ask()
    info = search.info_
    assert info["generation"] == 6
    assert len(info["population"]) == len(info["rank"]) == len(info["crowding"]) == 6
    assert (np.diff(info["rank"]) >= 0).all()
    assert set(info["parents"]) <= set(info["population"].tolist())
    Y = search.values_.reshape(40, -1)
    front = non_dominated_mask(Y[:36])
    assert set(np.flatnonzero(front)) <= set(info["population"].tolist()) or front.sum() > 6 or m == 1


def test_values_of_any_size():
    search = NSGA2(SQUARE, rng=0, population_size=8)
    run(search, lambda c: (1.7e308 * (c["a"] - 0.5), 1e-300 * (1 - c["a"]) ** 2), 80)
    search.ask()
    assert len(set(search.values_[search.info_["population"], 0])) == 8
    assert not np.isnan(search.info_["crowding"]).any()
    assert np.isfinite(search.info_["crowding"][search.info_["rank"] == 0]).any()


def test_the_population_never_loses_ground():
    """Elitism: what was on the front is survived by something no worse."""
    search = NSGA2(SQUARE, rng=0, population_size=20)
    best = []
    for _ in range(15):
        configs = search.ask(20)
        search.tell(configs, [(c["a"] ** 2 + c["b"], (c["a"] - 1) ** 2 + c["b"]) for c in configs])
        search.ask()
        best.append(search.values_[search.info_["population"]].min(axis=0))
        search.tell(search.pending_, [[math.nan, math.nan]])
    assert (np.diff(best, axis=0) <= 0).all()


# --- failures and constraints -----------------------------------------------------------------------------------------


def test_failures_do_not_survive():
    search = NSGA2(SQUARE, rng=0, population_size=10)
    run(search, lambda c: (math.nan, math.nan) if c["a"] > 0.5 else (c["a"] + c["b"], c["b"]), 100)
    search.ask()
    assert not np.isnan(search.values_[search.info_["population"]]).any()
    assert np.isnan(search.values_[-50:, 0]).mean() < 0.3
    nothing = NSGA2(SQUARE, rng=0, population_size=5)
    asked = run(nothing, lambda c: math.nan, 30)  # not even the number of objectives is known
    assert len({SQUARE.key(c) for c in asked}) == 30
    nothing.tell(SQUARE.sample(5, rng=1), np.ones((5, 3)))
    assert nothing.ask()


def test_told_constraints_are_met_in_the_end():
    """Minimise a and b where a + b ≥ 1: the front is the segment between the corners."""
    search = NSGA2(SQUARE, rng=0, population_size=20)
    for _ in range(20):
        configs = search.ask(20)
        values = [(c["a"], c["b"]) for c in configs]
        search.tell(configs, values, constraints=[1 - a - b for a, b in values])
    search.ask()
    Y = search.values_[search.info_["population"]]
    assert (Y.sum(axis=1) >= 1).all()
    assert hypervolume(Y, [1.1, 1.1]) > 0.9 * (0.5 + 0.21)


def test_only_infeasible_ones_move_towards_the_feasible():
    search = NSGA2(SQUARE, rng=0, population_size=10)
    violations = []
    for _ in range(12):
        configs = search.ask(10)
        broken = [[2 - c["a"] - c["b"], math.nan if c["a"] < 0.1 else -1.0] for c in configs]  # never met
        search.tell(configs, [(c["a"], c["b"]) for c in configs], constraints=broken)
        violations.append(np.nanmedian(np.array(broken)[:, 0]))
    assert violations[-1] < 0.3 < violations[0]


def test_the_space_s_own_constraints_are_respected():
    space = Space({"a": Uniform(0, 1), "b": Uniform(0, 1)}, constraints=[lambda c: c["a"] + c["b"] >= 1])
    search = NSGA2(space, rng=0, population_size=10)
    asked = run(search, lambda c: (c["a"], c["b"]), 150)
    assert all(space.contains(config) for config in asked)
    assert np.median(search.values_[-40:].sum(axis=1)) < 1.1


# --- whole runs -------------------------------------------------------------------------------------------------------


def test_beats_random_search_in_hypervolume():
    problem = zdt(1, d=6)
    ours, theirs = [], []
    for seed in range(10):
        for make, volumes in ((NSGA2, ours), (RandomSearch, theirs)):
            search = make(problem.space, rng=seed)
            run(search, problem, 150)
            volumes.append(hypervolume(search.values_, [1.1, 5]))
    assert np.min(ours) > np.median(theirs)


@pytest.mark.parametrize(
    ("problem", "least"),
    [(zdt(1), 0.845), (zdt(2), 0.485), (zdt(3), 1.290), (zdt(6), 0.239), (dtlz2(3), 0.690)],
    ids=lambda case: getattr(case, "name", ""),
)
def test_reaches_the_hypervolume_of_pymoo_with_a_population_of_100(problem, least):
    """The mean of pymoo's NSGA-II over ten seeds, less a standard deviation; benchmarks/nsga2.py compares means."""
    Y = vectorised(NSGA2(problem.space, rng=0, population_size=100), problem, 10_000, 100)
    assert len(Y) == 100
    assert hypervolume(Y, np.full(problem.m, 1.1)) > least


def test_a_mixed_space_is_searched_whole():
    """The front has one layer and the smallest gamma. Its x from -3 to 0 needs the RBF kernel below, another above."""
    search = NSGA2(MIXED, rng=0, population_size=20)
    run(search, conflict, 600)
    search.ask()
    found = [search.configs_[i] for i in search.info_["population"]]
    assert np.mean([c["layers"] == 1 for c in found]) > 0.9
    assert len({c["kernel"] for c in found}) > 1
    Y = search.values_[search.info_["population"]]
    t = np.linspace(-3, 0, 2001)
    truth = hypervolume(np.column_stack([t**2, (t + 3) ** 2]) + 1, [12, 12])
    assert hypervolume(Y, [12, 12]) > 0.95 * truth


def test_one_objective_is_minimised():
    search = NSGA2({"x": Uniform(-4, 6), "y": Uniform(-5, 5)}, rng=0)
    run(search, lambda c: (c["x"] - 1) ** 2 + (c["y"] - 2) ** 2, 300)
    assert search.best_[1] < 0.01


def test_by_name_in_minimize():
    assert METHODS["nsga2"] is NSGA2
    study = minimize(conflict, MIXED, method="nsga2", n_trials=80, n_objectives=2, rng=0)
    front = np.array([trial.values for trial in study.best_trials])
    assert non_dominated_mask(front).all()
    assert len(front) >= 3


def test_what_is_refused():
    for size, error, message in [
        (1, ValueError, "population_size must be at least 2, got 1"),
        (2.5, TypeError, "population_size must be a whole number, got 2.5"),
        (True, TypeError, "population_size must be a whole number, got True"),
    ]:
        with pytest.raises(error, match=re.escape(message)):
            NSGA2(SQUARE, population_size=size)
    search = NSGA2(SQUARE, rng=0)
    search.tell(search.ask(2), [(1, 2), (2, 1)])
    for values in ([[1, 2, 3]], [1.0]):
        with pytest.raises(ValueError, match="values must have 2 objectives as those told before, got"):
            search.tell(search.ask(), values)


def test_two_runs_of_one_seed_are_one():
    runs = [run(NSGA2(MIXED, rng=5, population_size=10), conflict, 40) for _ in range(2)]
    assert runs[0] == runs[1]
    assert runs[0] != run(NSGA2(MIXED, rng=6, population_size=10), conflict, 40)
    assert all(a != b for a, b in itertools.pairwise(runs[0]))
