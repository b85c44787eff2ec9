"""Grid, random and quasi-random search: what each promises beyond the searchers' contract."""

import math
import statistics
import time
import warnings
from collections import Counter

import numpy as np
import pytest
import scipy.stats
from scipy.stats import qmc
from sklearn.model_selection import ParameterGrid

from hpmath import GridSearch, Integer, LogUniform, Normal, QuasiRandomSearch, RandomSearch, Space, Uniform
from hpmath.searchers import METHODS

SVM = Space({"C": LogUniform(1e-2, 1e4), "gamma": LogUniform(1e-6, 1e-1)})
SQUARE = Space({"x": Uniform(0, 1), "y": Uniform(0, 1)})
TREE = Space(
    {
        "kernel": ["linear", "rbf", "poly"],
        "C": LogUniform(1e-2, 1e2),
        "gamma": LogUniform(1e-3, 1e-1),
        "degree": Integer(2, 3),
    },
    conditions={"gamma": ("kernel", ["rbf", "poly"]), "degree": ("kernel", ["poly"])},
)


def impossible(config):
    return False


def all_of(search):
    found = []
    while configs := search.ask(7):
        found += configs
    return found


def points(search, n):
    """The next n proposals in the unit cube, (n, d)."""
    return search.space.to_unit(search.ask(n))


# Grid


def test_a_grid_of_lists_is_scikit_learns():
    given = {"C": [0.1, 1, 10], "kernel": ["linear", "rbf"], "shrinking": [True, False]}
    assert all_of(GridSearch(given)) == list(ParameterGrid(given))


def test_levels_of_a_bounded_hyperparameter_include_its_ends_and_are_even_in_the_unit_cube():
    grid = all_of(GridSearch({"C": LogUniform(1e-2, 1e4), "x": Uniform(-1, 1)}, {"C": 4, "x": 3}))
    assert sorted({config["C"] for config in grid}) == [1e-2, 1.0, 1e2, 1e4]
    assert sorted({config["x"] for config in grid}) == [-1.0, 0.0, 1.0]
    assert len(grid) == 12


def test_one_level_is_the_median():
    assert GridSearch({"C": LogUniform(1e-2, 1e4), "x": Uniform(0, 3), "n": Integer(1, 9)}, 1).ask() == [
        {"C": 10.0, "x": 1.5, "n": 5}
    ]


def test_levels_of_an_unbounded_hyperparameter_are_quantiles_inside():
    grid = all_of(GridSearch({"x": Normal(3, 2)}, 4))
    expected = scipy.stats.norm(3, 2).ppf([0.125, 0.375, 0.625, 0.875])
    np.testing.assert_allclose([config["x"] for config in grid], expected)


@pytest.mark.parametrize("count", [1, 2, 3, 5, 50])
def test_a_narrow_range_of_integers_gives_each_once(count):
    values = [config["n"] for config in all_of(GridSearch({"n": Integer(2, 4)}, count))]
    assert values == {1: [3], 2: [2, 4]}.get(count, [2, 3, 4])


def test_integers_that_round_to_the_same_are_one_level():
    values = [config["n"] for config in all_of(GridSearch({"n": Integer(1, 100, log=True)}, 20))]
    assert values[0] == 1
    assert values[-1] == 100
    assert values == sorted(set(values))
    assert len(values) < 20


def test_levels_may_be_given_and_the_others_get_five():
    search = GridSearch(SVM, {"C": [1, 10.0, 100]})
    assert search.grid.size == 15
    assert [config["C"] for config in all_of(search)[::5]] == [1.0, 10.0, 100.0]
    assert GridSearch(SVM, {"C": np.logspace(-2, 4, 3), "gamma": 2}).grid.size == 6


def test_order_is_lexicographic():
    grid = all_of(GridSearch({"a": Integer(1, 2), "b": ["x", "y", "z"]}))
    assert [tuple(config.values()) for config in grid] == [(a, b) for a in (1, 2) for b in "xyz"]


def test_combinations_that_differ_in_inactive_hyperparameters_only_are_one():
    grid = all_of(GridSearch(TREE, 3))
    assert len(grid) == len(set(map(TREE.key, grid))) == 3 * (1 + 3 + 3 * 2)


def test_forbidden_combinations_are_left_out_and_the_others_keep_their_order():
    space = Space({"a": Integer(1, 4), "b": Integer(1, 4)}, constraints=[lambda c: c["a"] < c["b"]])
    assert [tuple(c.values()) for c in all_of(GridSearch(space))] == [(1, 2), (1, 3), (1, 4), (2, 3), (2, 4), (3, 4)]


def test_shuffled_is_a_permutation_that_the_seed_decides():
    plain, one, two = all_of(GridSearch(SVM)), *(all_of(GridSearch(SVM, shuffle=True, rng=seed)) for seed in (1, 2))
    assert len(plain) == 25
    assert one != plain != two != one
    assert set(map(SVM.key, one)) == set(map(SVM.key, two)) == set(map(SVM.key, plain))


def test_a_shuffled_grid_that_stops_early_has_not_just_seen_one_corner():
    def levels_of_the_slowest(search):
        return len({config["C"] for config in search.ask(20)})

    assert levels_of_the_slowest(GridSearch(SVM, 10)) == 2
    assert all(levels_of_the_slowest(GridSearch(SVM, 10, shuffle=True, rng=seed)) >= 5 for seed in range(20))


def test_what_was_told_is_not_asked_for_again_and_what_was_lost_comes_first():
    search = GridSearch({"n": Integer(1, 6)}, 6)
    search.tell([{"n": 1}, {"n": 2}, {"n": 4}], [0.1, math.nan, 0.3])  # a killed run whose third trial was pending
    assert [config["n"] for config in all_of(search)] == [3, 5, 6]
    assert search.ask() == []
    assert len(search.pending_) == 3


def test_a_grid_of_which_nothing_is_allowed_says_so():
    search = GridSearch(Space({"n": Integer(1, 6)}, constraints=[impossible]))
    with pytest.raises(ValueError, match="constraints forbid all 5 points of the grid"):
        search.ask()


def test_an_enormous_grid_costs_nothing_until_asked():
    search = GridSearch({f"x{i}": Uniform(0, 1) for i in range(30)}, 100)
    assert search.grid.size == 100**30
    assert search.ask(2)[1]["x29"] == pytest.approx(1 / 99)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: GridSearch(SVM, 0), ValueError, "points of 'C' must be at least 1, got 0"),
        (lambda: GridSearch(SVM, 2.5), TypeError, "points of 'C' must be a whole number, got 2.5"),
        (lambda: GridSearch(SVM, "many"), TypeError, "points of 'C' must be a whole number, got 'many'"),
        (lambda: GridSearch(SVM, {"c": 3}), ValueError, "points: unknown hyperparameter 'c'; "),
        (
            lambda: GridSearch(SVM, {"C": [1e5]}),
            ValueError,
            r"levels of 'C' must be values of .*, got 100000.0",
        ),
        (lambda: GridSearch(SVM, {"C": [1, 1]}), ValueError, "levels of 'C' must be at least one, each once"),
        (lambda: GridSearch(SVM, 10_000, shuffle=True), ValueError, "shuffle takes up to 10000000 combinations"),
        (
            lambda: QuasiRandomSearch(SVM, "halton"),
            ValueError,
            "must be one of 'sobol', 'latin hypercube', got 'halton'",
        ),
        (lambda: QuasiRandomSearch(SVM, n_points=0), ValueError, "n_points must be at least 1, got 0"),
    ],
)
def test_what_is_refused_and_how(make, error, message):
    with pytest.raises(error, match=message):
        make()


# Random


def test_proposals_are_draws_from_the_space():
    configs = RandomSearch(TREE, rng=0).ask(3000)
    counts = Counter(config["kernel"] for config in configs)
    assert scipy.stats.chisquare([counts[kernel] for kernel in ("linear", "rbf", "poly")]).pvalue > 0.001
    gammas = [config["gamma"] for config in configs if "gamma" in config]
    assert scipy.stats.kstest(gammas, scipy.stats.loguniform(1e-3, 1e-1).cdf).pvalue > 0.001


def test_successive_proposals_are_independent():
    u = points(RandomSearch(SQUARE, rng=0), 3000)
    assert abs(scipy.stats.pearsonr(u[:-1, 0], u[1:, 0]).statistic) < 0.06
    assert abs(scipy.stats.pearsonr(u[:, 0], u[:, 1]).statistic) < 0.06


def test_proposals_are_the_same_for_any_number_of_workers():
    one = RandomSearch(SVM, rng=3)
    alone = [one.ask()[0] for _ in range(12)]
    many = RandomSearch(SVM, rng=3)
    running, asked = [], []
    rng = np.random.default_rng(0)
    while len(asked) < 12:
        asked += (new := many.ask(int(rng.integers(1, 4))))
        running += new
        done = running.pop(int(rng.integers(len(running))))
        many.tell([done], [1.0])
    assert asked[:12] == alone


def test_the_chance_of_one_in_the_best_twentieth_after_59_trials_is_95_percent():
    hits = sum(points(RandomSearch(SQUARE, rng=seed), 59)[:, 0].min() < 0.05 for seed in range(400))
    assert scipy.stats.binomtest(hits, 400, 1 - 0.95**59).pvalue > 0.001


def test_a_resumed_run_that_lost_pending_configurations_repeats_no_float():
    whole = RandomSearch(SVM, rng=0).ask(10)
    resumed = RandomSearch(SVM, rng=0)
    kept = [whole[i] for i in (0, 1, 4, 5, 6, 9)]
    resumed.tell(kept, [0.5] * 6)
    configs = kept + resumed.ask(20)
    assert len(set(map(SVM.key, configs))) == len(configs)


def test_a_finite_space_repeats_as_chance_has_it():
    configs = RandomSearch({"n": Integer(1, 10)}, rng=0).ask(1000)
    assert scipy.stats.chisquare(list(Counter(config["n"] for config in configs).values())).pvalue > 0.001


def test_the_last_configuration_that_has_not_failed_is_found():
    space = Space({"n": Integer(1, 5000)})
    search = RandomSearch(space, rng=0)
    search.tell([{"n": n} for n in range(1, 5000)], [math.nan] * 4999)
    assert search.ask(2) == [{"n": 5000}] * 2
    search.tell([{"n": 5000}], [math.nan])
    assert len(search.ask(3)) == 3  # nothing else is left: it goes on


def test_constraints_that_nothing_satisfies_stop_the_search():
    space = Space({"x": Uniform(0, 1)}, constraints=[impossible])
    with pytest.raises(ValueError, match="refused 10000 draws in a row"):
        RandomSearch(space, rng=0).ask()
    with pytest.raises(ValueError, match="refused 10000 points of the sequence in a row"):
        QuasiRandomSearch(space, rng=0).ask()


@pytest.mark.parametrize("make", [RandomSearch, QuasiRandomSearch, lambda space, rng: GridSearch(space, 101, rng=rng)])
def test_ten_thousand_trials_are_quick_and_the_last_as_quick_as_the_first(make):
    search = make(SVM, rng=0)
    search.tell(search.ask(), [1.0])  # imports and the first block
    seconds = []
    for i in range(10_000):
        start = time.perf_counter()
        search.tell(search.ask(), [float(i)])
        seconds.append(time.perf_counter() - start)
    first, last = statistics.median(seconds[:1000]), statistics.median(seconds[-1000:])
    assert last < 3 * first
    assert statistics.median(seconds) < 500e-6  # some 45 microseconds where this was written; the machine may be busy


# Quasi-random


@pytest.mark.parametrize("m", [1, 3, 6, 8, 10])
def test_sobol_points_are_balanced_at_every_power_of_two(m):
    u = points(QuasiRandomSearch({f"x{i}": Uniform(0, 1) for i in range(7)}, rng=m), 2**m)
    for column in np.floor(u * 2**m).T:
        assert sorted(column) == list(range(2**m))


def test_sobol_points_in_the_plane_have_one_in_every_elementary_rectangle():
    u = points(QuasiRandomSearch(SQUARE, rng=0), 64)
    for i in range(7):
        cells = np.floor(u * [2**i, 2 ** (6 - i)])
        assert len({tuple(cell) for cell in cells}) == 64


def test_the_points_are_scipys():
    search = QuasiRandomSearch(SQUARE, rng=0)
    theirs = qmc.Sobol(2, rng=np.random.default_rng(search._seed)).random(1024)
    np.testing.assert_allclose(points(search, 1024), theirs, rtol=1e-14)


def test_each_latin_hypercube_has_one_point_in_every_interval():
    u = points(QuasiRandomSearch(SQUARE, "latin hypercube", n_points=12, rng=0), 36)
    for block in u.reshape(3, 12, 2):
        for column in np.floor(block * 12).T:
            assert sorted(column) == list(range(12))
    assert not np.array_equal(u[:12], u[12:24])


@pytest.mark.parametrize("method", ["sobol", "latin hypercube"])
def test_points_fill_the_square_more_evenly_than_chance(method):
    def discrepancies(make):
        return [qmc.discrepancy(points(make(seed), 64)) for seed in range(20)]

    quasi = discrepancies(lambda seed: QuasiRandomSearch(SQUARE, method, rng=seed))
    random = discrepancies(lambda seed: RandomSearch(SQUARE, rng=seed))
    assert sum(q < r for q, r in zip(quasi, random, strict=True)) >= 18


@pytest.mark.parametrize("method", ["sobol", "latin hypercube"])
def test_each_single_point_has_the_distribution_of_the_space(method):
    u = np.array([points(QuasiRandomSearch(SQUARE, method, rng=seed), 3)[2] for seed in range(400)])
    for column in u.T:
        assert scipy.stats.kstest(column, "uniform").pvalue > 0.001


def test_choices_and_integers_come_in_equal_shares():
    configs = QuasiRandomSearch({"n": Integer(1, 4), "act": ["relu", "tanh"]}, rng=0).ask(64)
    assert set(Counter((config["n"], config["act"]) for config in configs).values()) == {8}


def test_forbidden_points_are_left_out_and_the_others_keep_their_order():
    free = QuasiRandomSearch(SQUARE, rng=0).ask(200)
    space = Space(dict(SQUARE.distributions), constraints=[lambda c: c["x"] < c["y"]])
    allowed = [config for config in free if config["x"] < config["y"]]
    assert QuasiRandomSearch(space, rng=0).ask(len(allowed)) == allowed


def test_conditional_hyperparameters_keep_the_marginals_even():
    configs = QuasiRandomSearch(TREE, rng=0).ask(256)
    counts = Counter(config["kernel"] for config in configs)
    assert max(counts.values()) - min(counts.values()) <= 2
    assert all(TREE.contains(config) for config in configs)


def test_a_resumed_run_first_makes_up_for_what_was_pending_when_it_was_killed():
    whole = QuasiRandomSearch(SVM, rng=0).ask(300)
    resumed = QuasiRandomSearch(SVM, rng=0)
    lost = {2, 5, 270}
    told = [config for i, config in enumerate(whole[:290]) if i not in lost]
    resumed.tell(told[::-1], [0.5] * len(told))
    assert resumed.ask(13) == [whole[i] for i in (2, 5, 270, *range(290, 300))]


def test_a_last_digit_that_another_machine_computes_otherwise_makes_no_difference():
    whole = QuasiRandomSearch(SVM, rng=0).ask(20)
    resumed = QuasiRandomSearch(SVM, rng=0)
    resumed.tell([{k: float(np.nextafter(v, 1e-3)) for k, v in config.items()} for config in whole[:15]], [0.5] * 15)
    assert resumed.ask(5) == whole[15:]


def test_points_come_back_in_a_finite_space_and_told_ones_count_as_often_as_they_were_told():
    space = Space({"n": Integer(1, 4)})
    whole = QuasiRandomSearch(space, rng=0).ask(32)
    resumed = QuasiRandomSearch(space, rng=0)
    resumed.tell(whole[:11], [0.5] * 11)
    assert resumed.ask(21) == whole[11:]


def test_scipy_has_nothing_to_warn_of():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        QuasiRandomSearch(SVM, rng=0).ask(3)
        QuasiRandomSearch(SVM, "latin hypercube", rng=0).ask(3)


# What all searchers are told


def test_several_objectives():
    search = RandomSearch(SVM, rng=0)
    search.tell(search.ask(), [math.nan])  # failed before it is known how many there are
    search.tell(search.ask(3), [[1, 2], [3, math.inf], [5, 6]])
    search.tell(search.ask(), [math.nan])
    np.testing.assert_array_equal(search.values_, [[math.nan] * 2, [1, 2], [math.nan] * 2, [5, 6], [math.nan] * 2])
    with pytest.raises(ValueError, match="values must have 2 objectives as those told before, got 1"):
        search.tell(search.ask(), [1.0])
    with pytest.raises(ValueError, match="best_ needs one objective, got 2"):
        _ = search.best_


def test_values_may_come_in_many_forms():
    search = RandomSearch(SVM, rng=0)
    integers, scalars = np.array([1], dtype=np.int8), [np.float64(1)]
    for values in ([1], (1,), integers, np.float32([1]), [[1.0]], (v for v in [1]), scalars, [True]):
        search.tell(iter(search.ask()), values)
    np.testing.assert_array_equal(search.values_, np.ones(8))
    with pytest.raises(ValueError, match="values must have 1 objective as those told before, got 2"):
        search.tell(search.ask(), [[1.0, 2.0]])


def test_a_space_may_be_given_as_a_dict():
    for name, method in METHODS.items():
        search = method({"C": scipy.stats.loguniform(1e-2, 1e4), "kernel": ["linear", "rbf"]}, rng=0)
        assert search.space.contains(search.ask()[0]), name


def test_the_first_best_of_equals_is_the_best():
    search = GridSearch({"n": [1, 2, 3]})
    search.tell(search.ask(3), [0.2, 0.1, 0.1])
    assert search.best_ == ({"n": 2}, 0.1)


def test_rows_of_different_length_are_refused_in_one_sentence():
    search = RandomSearch({"a": [1, 2]}, rng=0)
    with pytest.raises(ValueError, match="as many objectives in each row"):
        search.tell(search.ask(2), [[1, 2], [3]])
