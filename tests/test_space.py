"""Spaces: the map to the unit cube and back, conditions, constraints, and each thing that is refused."""

import copy
import itertools
import json
import math
import pickle
import subprocess
import sys

import cloudpickle
import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.model_selection import ParameterGrid, ParameterSampler

from hpmath import Categorical, Integer, LogUniform, Normal, Space, Uniform

SVM = Space({"C": LogUniform(1e-2, 1e4), "gamma": LogUniform(1e-6, 1e-1)})
MIXED = Space(
    {
        "lr": LogUniform(1e-5, 1e-1),
        "layers": Integer(1, 5),
        "width": Integer(8, 512, log=True),
        "act": ["relu", "tanh"],
        "wd": scipy.stats.loguniform(1e-6, 1e-2),
        "shift": Normal(0, 2),
        "dropout": scipy.stats.truncnorm(-1, 2, loc=0.3, scale=0.1),
    }
)
KERNELS = Space(
    {
        "gamma": LogUniform(1e-6, 1e-1),
        "kernel": ["linear", "rbf", "poly"],
        "C": LogUniform(1e-2, 1e4),
        "degree": Integer(2, 5),
        "coef0": Uniform(0, 1),
    },
    conditions={
        "gamma": ("kernel", ["rbf", "poly"]),
        "degree": ("kernel", ["poly"]),
        "coef0": ("degree", range(3, 6)),
    },
)


@st.composite
def spaces(draw):
    """Small spaces of all kinds with a random forest of conditions."""
    kinds = [Uniform(-3, 7), LogUniform(1e-6, 1e2), Integer(-2, 9), Integer(1, 300, log=True), Normal(5, 2)]
    kinds += [["a", "b", "c"], [1, 1.0, True, None], Categorical([(1,), (2, 3)], [0.9, 0.1]), Integer(3, 3)]
    dists = draw(st.lists(st.sampled_from(kinds), min_size=1, max_size=6))
    space = Space({f"h{i}": dist for i, dist in enumerate(dists)})
    conditions = {}
    for i in range(1, len(dists)):
        parent = draw(st.none() | st.integers(0, i - 1))
        if parent is not None:
            dist = space[f"h{parent}"]
            if dist.kind == "continuous":
                values = (dist.ppf(0.2), dist.ppf(draw(st.floats(0.4, 1.0, exclude_max=True))))
            else:
                values = dist.from_unit(draw(st.lists(st.floats(0, 1), min_size=1, max_size=2)))
            conditions[f"h{i}"] = (f"h{parent}", values)
    order = draw(st.permutations(range(len(dists))))
    return Space([(f"h{i}", dists[i]) for i in order], conditions=conditions)


def close(a, b, scale):
    return a == b or (type(a) is float and abs(a - b) <= 1e-12 * scale)


# The map


def test_the_map_is_each_marginals_distribution_function():
    configs = SVM.sample(50, rng=0)
    U = SVM.to_unit(configs)
    assert U.shape == (50, 2)
    np.testing.assert_allclose(U[:, 0], scipy.stats.loguniform(1e-2, 1e4).cdf([c["C"] for c in configs]), rtol=1e-12)
    np.testing.assert_allclose(
        U[:, 1], scipy.stats.loguniform(1e-6, 1e-1).cdf([c["gamma"] for c in configs]), rtol=1e-12
    )


def test_integers_and_choices_lie_in_the_middle_of_their_cells():
    space = Space({"layers": Integer(1, 5), "act": ["relu", "tanh"], "k": Categorical(["a", "b"], [0.8, 0.2])})
    U = space.to_unit([{"layers": 1, "act": "relu", "k": "a"}, {"layers": 5, "act": "tanh", "k": "b"}])
    np.testing.assert_allclose(U, [[0.1, 0.25, 0.4], [0.9, 0.75, 0.9]], rtol=1e-14)


def test_uniform_points_become_samples_of_the_marginals():
    U = np.random.default_rng(0).random((4000, len(MIXED)))
    configs = MIXED.from_unit(U)
    for name, dist in MIXED.distributions.items():
        values = [config[name] for config in configs]
        if dist.kind == "continuous":
            assert scipy.stats.kstest(values, dist.cdf).pvalue > 0.001
        else:
            expected = [4000 * dist.pmf(value) for value in dist.values]
            counts = [values.count(value) for value in dist.values]
            if len(counts) < 10:
                assert scipy.stats.chisquare(counts, expected).pvalue > 0.001


@settings(max_examples=80)
@given(spaces(), st.integers(0, 2**32))
def test_a_configuration_comes_back_from_the_unit_cube(space, seed):
    configs = space.sample(5, rng=seed)
    U = space.to_unit(configs)
    inside = np.isnan(U) | ((U >= 0) & (U <= 1))
    assert inside.all()
    for config, back in zip(configs, space.from_unit(U), strict=True):
        assert space.explain(config) is None
        assert list(back) == list(config)
        for name, value in config.items():
            dist = space[name]
            if isinstance(dist, LogUniform):
                assert close(value, back[name], abs(value))
            elif dist.kind == "continuous":
                z = dist.ppf(0.999) - dist.ppf(0.001)
                assert close(value, back[name], max(abs(value), z)) or dist.cdf(value) > 0.9999
            else:
                assert value == back[name]
                assert type(value) is type(back[name])


@settings(max_examples=80)
@given(spaces(), st.integers(0, 2**32))
def test_every_point_of_the_unit_cube_is_a_configuration(space, seed):
    rng = np.random.default_rng(seed)
    U = rng.choice([0.0, 1.0, 0.5, 2**-60, 1 - 2**-53, rng.random()], size=(6, len(space)))
    for config in space.from_unit(U):
        assert space.explain(config) is None
        json.dumps(space.to_json(config), allow_nan=False)


def test_the_corners_of_the_cube_are_the_bounds_exactly():
    assert SVM.from_unit([[0, 0], [1, 1]]) == [{"C": 1e-2, "gamma": 1e-6}, {"C": 1e4, "gamma": 1e-1}]
    low, high = MIXED.from_unit([[0.0] * 7, [1.0] * 7])
    assert (low["layers"], high["layers"], low["width"], high["width"]) == (1, 5, 8, 512)
    assert np.isfinite([low["shift"], high["shift"], low["dropout"], high["dropout"]]).all()


def test_coordinates_of_inactive_hyperparameters_are_nan_out_and_ignored_in():
    (config,) = KERNELS.from_unit([[math.nan, 0.1, 0.5, 0.3, 0.9]])
    assert config == {"kernel": "linear", "C": 10.0}
    np.testing.assert_array_equal(np.isnan(KERNELS.to_unit([config])[0]), [True, False, False, True, True])


def test_no_configurations_and_no_points():
    for space in (SVM, KERNELS):
        assert space.to_unit([]).shape == (0, len(space))
        assert space.from_unit(np.empty((0, len(space)))) == []
        assert space.sample(0) == []


def test_inputs_are_not_modified_and_outputs_are_the_callers():
    space = Space({"units": [[1], [2, 3]], "x": Uniform(0, 1)})
    U = np.array([[0.75, 0.5]])
    (config,) = space.from_unit(U)
    config["units"].append("spoiled")
    assert U.tolist() == [[0.75, 0.5]]
    assert space.from_unit(U) == [{"units": [2, 3], "x": 0.5}]
    before = {"units": [2, 3], "x": 0.5}
    kept = copy.deepcopy(before)
    space.to_unit([before])
    space.canonical(before)["units"].append("spoiled")
    assert before == kept


# Sampling


def test_sampling_agrees_with_scikit_learns_sampler():
    given_ = {"C": scipy.stats.loguniform(1e-2, 1e4), "layers": scipy.stats.randint(1, 6), "act": ["relu", "tanh"]}
    theirs = list(ParameterSampler(given_, 3000, random_state=0))
    ours = Space(given_).sample(3000, rng=0)
    assert scipy.stats.ks_2samp([c["C"] for c in ours], [c["C"] for c in theirs]).pvalue > 0.001
    for name, values in (("layers", range(1, 6)), ("act", ["relu", "tanh"])):
        table = [[sum(c[name] == v for c in group) for v in values] for group in (ours, theirs)]
        assert scipy.stats.chi2_contingency(table).pvalue > 0.001


def test_same_seed_same_sample():
    assert KERNELS.sample(20, rng=7) == KERNELS.sample(20, rng=np.random.default_rng(7)) != KERNELS.sample(20, rng=8)


def test_values_are_plain_json():
    for config in [*MIXED.sample(50, rng=0), *KERNELS.sample(50, rng=0)]:
        assert {type(value) for value in config.values()} <= {int, float, str}
        assert json.loads(json.dumps(config)) == config


# Conditions


def test_a_child_is_active_exactly_where_its_parent_is_and_has_the_value():
    for config in KERNELS.sample(500, rng=0):
        assert ("gamma" in config) == (config["kernel"] in ("rbf", "poly"))
        assert ("degree" in config) == (config["kernel"] == "poly")
        assert ("coef0" in config) == (config.get("degree", 0) >= 3)


def test_order_of_names_is_the_order_of_the_columns_even_where_a_child_stands_before_its_parent():
    assert KERNELS.names == ("gamma", "kernel", "C", "degree", "coef0")
    config = KERNELS.from_unit([[0.5, 0.9, 0.5, 0.9, 0.5]])[0]
    assert list(config) == list(KERNELS.names)


def test_a_condition_on_a_continuous_parent_is_an_interval():
    space = Space({"p": Uniform(0, 1), "x": Uniform(0, 1)}, conditions={"x": ("p", (0.25, 0.5))})
    configs = space.from_unit([[p, 0.5] for p in (0.2, 0.25, 0.4, 0.5, 0.6)])
    assert ["x" in config for config in configs] == [False, True, True, True, False]


def test_a_single_value_stands_for_a_list_of_one():
    one = Space({"k": ["a", "b"], "x": Uniform(0, 1)}, conditions={"x": ("k", "b")})
    assert one == Space({"k": ["a", "b"], "x": Uniform(0, 1)}, conditions={"x": ("k", ["b"])})
    assert dict(one.conditions) == {"x": ("k", ["b"])}


@pytest.mark.parametrize(
    ("conditions", "error", "message"),
    [
        ({"x": ("nope", [1])}, ValueError, "conditions: 'x' depends on an unknown hyperparameter 'nope'"),
        ({"kernal": ("n", [1])}, ValueError, "conditions: unknown hyperparameter 'kernal'; did you mean 'kernel'"),
        ({"x": ("kernel", ["rbff"])}, ValueError, "'x' waits for 'kernel' to be 'rbff', no value of Categorical"),
        ({"x": ("n", [6])}, ValueError, r"'x' waits for 'n' to be 6, no value of Integer\(1, 5\)"),
        ({"x": ("n", [])}, ValueError, "'x' needs at least one value of 'n', got none"),
        ({"x": ("u", [1])}, ValueError, r"'x' needs an interval \(low, high\) of 'u', Uniform\(0.0, 1.0\), got \[1\]"),
        ({"x": ("u", (2, 3))}, ValueError, "'x' needs an interval"),
        ({"x": ("u", (0.6, 0.5))}, ValueError, "'x' needs an interval"),
        ({"x": ("x", (0, 1))}, ValueError, "conditions go in a circle: 'x' depends on 'x'"),
        (
            {"x": ("u", (0, 1)), "u": ("n", [1]), "n": ("x", (0, 1))},
            ValueError,
            "'x' depends on 'u' depends on 'n'",
        ),
        ({"x": "kernel"}, TypeError, r"'x' needs \(parent, values\), got 'kernel'"),
        ({"x": ("kernel",)}, TypeError, r"'x' needs \(parent, values\)"),
        ([("x", ("kernel", ["rbf"]))], TypeError, "conditions must be a dict"),
        ({"x": ("wide", [3])}, ValueError, "parent 'wide' of 'x' has more than 100000 values"),
    ],
)
def test_conditions_that_make_no_sense_are_refused(conditions, error, message):
    hyperparameters = {
        "kernel": ["linear", "rbf"],
        "n": Integer(1, 5),
        "u": Uniform(0, 1),
        "x": Uniform(0, 1),
        "wide": Integer(0, 10**6),
    }
    with pytest.raises(error, match=message):
        Space(hyperparameters, conditions=conditions)


# Constraints


def below_diagonal(config):
    return config["a"] + config["b"] <= 1


def test_samples_satisfy_the_constraints_and_keep_their_shape():
    space = Space({"a": Uniform(0, 1), "b": Uniform(0, 1)}, constraints=[below_diagonal])
    a, b = np.array([list(config.values()) for config in space.sample(4000, rng=0)]).T
    assert (a + b <= 1).all()
    assert scipy.stats.kstest(a, lambda t: 1 - (1 - t) ** 2).pvalue > 0.001  # marginal of the uniform triangle
    assert not space.contains({"a": 0.6, "b": 0.6})
    assert space.explain({"a": 0.6, "b": 0.6}) == "constraint below_diagonal forbids {'a': 0.6, 'b': 0.6}"
    assert space.to_unit([{"a": 0.6, "b": 0.6}]).shape == (1, 2)  # forbidden, but it has its place


def test_constraints_that_nothing_satisfies_stop_and_say_so():
    space = Space({"a": Uniform(0, 1)}, constraints=[lambda c: c["a"] > 2])
    with pytest.raises(ValueError, match=r"refused 10000 draws in a row and allowed 0 of 10000 in all: .*lambda"):
        space.sample(3, rng=0)


def test_rare_configurations_are_found_and_the_count_of_refusals_starts_again():
    space = Space({"a": Uniform(0, 1)}, constraints=[lambda c: c["a"] < 1e-3])
    assert max(config["a"] for config in space.sample(20, rng=0)) < 1e-3  # takes some 20,000 draws


def test_a_predicate_that_raises_is_named_and_told_about_inactive_hyperparameters():
    space = Space(
        {"kernel": ["linear", "rbf"], "gamma": Uniform(0, 1)},
        conditions={"gamma": ("kernel", ["rbf"])},
        constraints=[lambda c: c["gamma"] < 0.5],
    )
    with pytest.raises(ValueError, match=r"raised KeyError: 'gamma' on .*linear.* inactive hyperparameter is absent"):
        space.contains({"kernel": "linear"})


@pytest.mark.parametrize("verdict", [None, 1, 0.0, "yes", [True], np.array([True])])
def test_a_predicate_that_does_not_answer_true_or_false_is_refused(verdict):
    space = Space({"a": Uniform(0, 1)}, constraints=[lambda c: verdict])
    with pytest.raises(TypeError, match="must return True or False, got"):
        space.sample(1)


def test_a_predicate_may_answer_with_numpys_bool_and_cannot_spoil_the_configuration():
    def greedy(config):
        return np.bool_(config.pop("a") < 0.5)

    assert set(Space({"a": Uniform(0, 1)}, constraints=greedy).sample(1, rng=0)[0]) == {"a"}


# What lies in a space


@pytest.mark.parametrize(
    ("config", "reason"),
    [
        ({"kernel": "linear", "C": 1.0}, None),
        ({"kernel": "poly", "C": 1, "gamma": 1e-3, "degree": 2}, None),
        ({"C": np.float64(1), "kernel": np.str_("rbf"), "gamma": np.float32(1e-3)}, None),
        ({"kernel": "linear"}, "'C' is missing from {'kernel': 'linear'}"),
        ({"kernel": "rbf", "C": 1.0}, "'gamma' is missing from {'kernel': 'rbf', 'C': 1.0}"),
        ({"kernel": "linear", "C": 1.0, "gamma": 1e-3}, "'gamma' must be absent unless 'kernel' is in ['rbf', 'poly']"),
        (
            {"kernel": "rbff", "C": 1.0},
            "'kernel' must be a value of Categorical(['linear', 'rbf', 'poly']), got",
        ),
        ({"kernel": "linear", "C": 0.0}, "'C' must be a value of LogUniform(0.01, 10000.0), got 0.0"),
        ({"kernel": "linear", "C": math.nan}, "'C' must be a value of LogUniform(0.01, 10000.0), got nan"),
        ({"kernel": "linear", "C": "1"}, "'C' must be a value of LogUniform(0.01, 10000.0), got '1'"),
        ({"kernel": "linear", "C": 1.0, "c": 2.0}, "unknown hyperparameter 'c'; "),
        ({"kernel": "linear", "C": 1.0, "gama": 2.0}, "unknown hyperparameter 'gama'; did you mean 'gamma'?"),
        ("linear", "a configuration must be a dict, got 'linear'"),
        (None, "a configuration must be a dict, got None"),
    ],
)
def test_what_lies_in_a_space_and_why_not(config, reason):
    assert KERNELS.contains(config) == (config in KERNELS) == (reason is None)
    explanation = KERNELS.explain(config)
    assert explanation == reason or explanation.startswith(reason)
    if reason is not None and isinstance(config, dict):
        with pytest.raises(ValueError, match=r"configs\[1\]: "):
            KERNELS.to_unit([{"kernel": "linear", "C": 1.0}, config])


def test_canonical_form_and_key_forget_how_a_value_was_written():
    space = Space({"n": Integer(1, 5), "x": Uniform(0, 1), "units": [(8,), (8, 8)]})
    written = {"units": [8, 8], "x": np.float32(0.5), "n": np.int64(3)}
    assert space.canonical(written) == {"n": 3, "x": 0.5, "units": (8, 8)}
    assert list(space.canonical(written)) == ["n", "x", "units"]
    assert {type(value) for value in space.canonical(written).values()} == {int, float, tuple}
    assert (
        space.key(written)
        == space.key({"n": 3, "x": 0.5, "units": (8, 8)})
        != space.key({"n": 3, "x": 0.5, "units": (8,)})
    )
    with pytest.raises(ValueError, match="'n' is missing"):
        space.key({})


# Counting and listing


def brute_force(space, levels):
    """All configurations by trying every subset of every combination."""
    found = {}
    for size in range(len(space) + 1):
        for names in itertools.combinations(space.names, size):
            for values in itertools.product(*(levels[name] for name in names)):
                config = dict(zip(names, values, strict=True))
                if space.contains(config):
                    found[space.key(config)] = config
    return found


@settings(max_examples=40)
@given(spaces())
def test_a_grid_lists_every_configuration_once(space):
    levels = {name: [dist.from_unit([u])[0] for u in (0.2, 0.8)] for name, dist in space.distributions.items()}
    levels = {
        name: two[:1] if space[name]._code(two[0]) == space[name]._code(two[1]) else two for name, two in levels.items()
    }
    grid = space.grid(levels)
    keys = [space.key(config) for config in grid]
    assert len(keys) == len(set(keys)) == grid.size
    assert set(keys) == set(brute_force(space, levels))


def test_cardinality_counts_inactive_hyperparameters_once():
    assert SVM.cardinality is None
    assert KERNELS.cardinality is None
    assert Space({"n": Integer(1, 5), "a": ["x", "y"]}).cardinality == 10
    assert Space({"n": Integer(0, 2**39), "m": Integer(0, 2**39)}).cardinality == (2**39 + 1) ** 2
    chain = Space(
        {"k": ["a", "b", "c"], "m": Integer(1, 4), "z": [True, False]},
        conditions={"m": ("k", ["b", "c"]), "z": ("m", [4])},
    )
    assert chain.cardinality == 1 + 2 * (3 + 2) == len(brute_force(chain, {n: chain[n].values for n in chain}))


def test_a_grid_goes_in_the_order_of_scikit_learns():
    given_ = {"a": [3, 1, 2], "b": ["x", "y"], "c": [True, False]}
    assert list(Space(given_).grid()) == list(ParameterGrid(given_))


def test_an_enormous_grid_is_entered_anywhere():
    grid = Space({f"n{i}": Integer(0, 2**30 - 1) for i in range(5)}).grid()
    assert grid.size == 2**150
    assert grid[2**150 - 1] == {f"n{i}": 2**30 - 1 for i in range(5)}
    assert grid[2**30] == {"n0": 0, "n1": 0, "n2": 0, "n3": 1, "n4": 0}


@pytest.mark.parametrize(
    ("levels", "message"),
    [
        ({}, "a grid needs levels for 'C', which has infinitely many values"),
        ({"C": [1.0], "gamma": [1.0]}, r"levels of 'gamma' must be values of LogUniform\(1e-06, 0.1\), got 1.0"),
        ({"C": [1.0, 1], "gamma": [1e-3]}, "levels of 'C' must be at least one, each once"),
        ({"C": [], "gamma": [1e-3]}, "levels of 'C' must be at least one, each once"),
        ({"C": [1.0], "gama": [1e-3]}, "unknown hyperparameter 'gama'; did you mean 'gamma'?"),
    ],
)
def test_levels_that_make_no_grid_are_refused(levels, message):
    with pytest.raises(ValueError, match=message):
        SVM.grid(levels)


def test_an_index_beyond_the_grid_is_refused():
    grid = Space({"a": [1, 2]}).grid()
    for i in (2, -1):
        with pytest.raises(IndexError, match=f"the grid has 2 configurations, got index {i}"):
            grid[i]


# As a Python object


def test_a_space_is_a_collection_of_named_distributions():
    assert len(MIXED) == 7
    assert list(SVM) == ["C", "gamma"]
    assert SVM["C"] == LogUniform(1e-2, 1e4)
    assert MIXED["act"] == Categorical(["relu", "tanh"])
    assert MIXED["wd"] == LogUniform(1e-6, 1e-2)
    assert "C" in SVM
    assert "D" not in SVM
    with pytest.raises(KeyError, match="unknown hyperparameter 'gama'; did you mean 'gamma'"):
        SVM["gama"]
    assert [tuple(column) for column in Space({"n": Integer(1, 5), "p": scipy.stats.poisson(3), "a": [1]}).columns] == [
        ("n", "integer", 5),
        ("p", "integer", None),
        ("a", "categorical", 1),
    ]


def test_a_space_is_immutable():
    with pytest.raises(AttributeError, match="a Space is immutable: build a new one instead of setting 'names'"):
        SVM.names = ("x",)
    with pytest.raises(AttributeError, match="a Space is immutable"):
        del SVM._order
    with pytest.raises(TypeError):
        SVM.distributions["C"] = Uniform(0, 1)
    hyperparameters, constraints = {"a": [1, 2]}, [below_diagonal]
    space = Space(hyperparameters, constraints=constraints)
    hyperparameters["a"].append(3)
    constraints.clear()
    assert space == Space({"a": [1, 2]}, constraints=[below_diagonal])


def test_equal_spaces_have_the_same_columns_conditions_and_constraints():
    def make(**changes):
        arguments = {
            "hyperparameters": {"k": ["a", "b"], "x": Uniform(0, 1)},
            "conditions": {"x": ("k", ["b"])},
            "constraints": [below_diagonal],
        }
        arguments.update(changes)
        return Space(arguments.pop("hyperparameters"), **arguments)

    assert make() == make()
    assert hash(make()) == hash(make())
    assert make() != make(conditions={"x": ("k", ["a"])})
    assert make() != make(conditions=None)
    assert make() != make(constraints=[])
    assert make() != make(hyperparameters={"x": Uniform(0, 1), "k": ["a", "b"]})
    assert make() != make(hyperparameters={"k": ["a", "b"], "x": Uniform(0, 2)})
    assert make() != "a space"
    assert Space({"k": [1]}) != Space({"k": [True]})


@pytest.mark.parametrize("space", [SVM, MIXED, KERNELS], ids=["svm", "mixed", "kernels"])
def test_repr_and_pickle_round_trip(space):
    assert eval(repr(space), {**globals(), "scipy": scipy}) == space
    assert pickle.loads(pickle.dumps(space)) == space
    assert copy.deepcopy(space) == space


def test_a_space_with_lambdas_goes_through_cloudpickle():
    limit = 0.5
    space = Space({"a": Uniform(0, 1)}, constraints=[lambda c: c["a"] <= limit])
    back = pickle.loads(cloudpickle.dumps(space))
    assert back.sample(20, rng=0) == space.sample(20, rng=0)
    assert back.describe() == space.describe()


# The log's view


def test_a_description_is_json_and_the_same_in_another_process():
    text = json.dumps(KERNELS.describe())
    code = (
        "import json, sys; from hpmath import *; from hpmath import Space, LogUniform, Categorical, Uniform, Integer;"
        f"print(json.dumps({KERNELS!r}.describe()))"
    )
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert json.loads(other) == json.loads(text)
    assert KERNELS.differences(json.loads(text)) == []


def test_addresses_are_no_part_of_a_description():
    description = json.dumps(Space({"f": [len, math.sin, lambda x: x, object]}).describe())
    assert "0x" not in description


@pytest.mark.parametrize(
    ("other", "difference"),
    [
        (
            Space({"k": ["a", "b"], "x": Uniform(0, 2)}),
            "'x' is Uniform(0.0, 1.0), was Uniform(0.0, 2.0)",
        ),
        (Space({"k": ["a", "b"]}), "hyperparameter 'x' is Uniform(0.0, 1.0), was absent"),
        (
            Space({"k": ["a", "b"], "x": Uniform(0, 1), "y": Uniform(0, 1)}),
            "hyperparameter 'y' is absent, was Uniform(0.0, 1.0)",
        ),
        (Space({"x": Uniform(0, 1), "k": ["a", "b"]}), "the order is ['k', 'x'], was ['x', 'k']"),
        (
            Space({"k": ["a", "b"], "x": Uniform(0, 1)}, conditions={"x": ("k", "b")}),
            "condition on 'x' is absent, was k in ['b']",
        ),
        (
            Space({"k": ["a", "b"], "x": Uniform(0, 1)}, constraints=[below_diagonal]),
            "constraints are [], were ['below_diagonal']",
        ),
    ],
)
def test_differences_are_named(other, difference):
    space = Space({"k": ["a", "b"], "x": Uniform(0, 1)})
    found = space.differences(json.loads(json.dumps(other.describe())))
    assert any(sentence.endswith(difference) for sentence in found)


def test_any_choice_survives_json():
    space = Space({"v": [1, 1.0, True, None, "1", (1, 2), math.nan, math.inf, len, {"choice": 0}], "x": Uniform(0, 1)})
    for choice in space["v"].values:
        config = {"v": choice, "x": 0.1 + 0.2}
        back = space.from_json(json.loads(json.dumps(space.to_json(config), allow_nan=False)))
        assert space.key(back) == space.key(config)
        assert type(back["v"]) is type(choice)
    assert space.to_json({"v": 1, "x": np.float64(0.5), "epochs": 3}) == {"v": 1, "x": 0.5, "epochs": 3}
    with pytest.raises(ValueError, match="'v' must have a choice from 0 to 9, got 10"):
        space.from_json({"v": {"choice": 10}, "x": 0.5})


# What is refused


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: Space({}), ValueError, "a space needs at least one hyperparameter, got none"),
        (lambda: Space(3), TypeError, r"a space needs a dict or a list of \(name, distribution\) pairs, got 3"),
        (lambda: Space("lr"), TypeError, "a space needs a dict or a list"),
        (lambda: Space([{"a": [1]}, {"b": [1]}]), TypeError, r"pairs, got \{'a': \[1\]\} in the list"),
        (lambda: Space([("a", [1]), ("a", [2])]), ValueError, "hyperparameter 'a' comes twice"),
        (lambda: Space({1: [1]}), TypeError, "the name of a hyperparameter must be a string, got 1"),
        (lambda: Space({"": [1]}), TypeError, "the name of a hyperparameter must be a string, got ''"),
        (
            lambda: Space({"lr": 0.1}),
            TypeError,
            r"list of one, \[0.1\]\) for hyperparameter 'lr'",
        ),
        (
            lambda: Space({"lr": scipy.stats.loguniform(0, 0.1)}),
            ValueError,
            r"LogUniform needs 0 < low < high, got low=0\.0, high=0\.1 for hyperparameter 'lr'",
        ),
        (
            lambda: Space({"act": []}),
            ValueError,
            "at least one choice, got none for hyperparameter 'act'",
        ),
        (lambda: Space({"a": ["x", "x"]}), ValueError, "got 'x' twice for hyperparameter 'a'"),
        (lambda: Space({"a": LogUniform}), TypeError, "a distribution with its arguments is needed"),
        (lambda: Space({"a": [1]}, constraints=["a < 1"]), TypeError, "constraints must be callables .* got 'a < 1'"),
        (lambda: SVM.to_unit({"C": 1.0, "gamma": 1e-3}), TypeError, "configs must be a list of configurations, got"),
        (lambda: SVM.to_unit(3), TypeError, "configs must be a list of configurations, got 3"),
        (lambda: SVM.to_unit(["C"]), ValueError, r"configs\[0\]: a configuration must be a dict, got 'C'"),
        (lambda: SVM.from_unit([0.5, 0.5]), ValueError, r"U must have shape \(n, 2\) to match the space, got \(2,\)"),
        (lambda: SVM.from_unit(np.ones((4, 3))), ValueError, r"U must have shape \(n, 2\) .* got \(4, 3\)"),
        (lambda: SVM.from_unit([[0.5, 1.5]]), ValueError, r"U must lie in \[0, 1\], got 1.5 for 'gamma' in row 0"),
        (lambda: SVM.from_unit([[0, 1], [-0.1, 0]]), ValueError, r"got -0.1 for 'C' in row 1"),
        (
            lambda: SVM.from_unit([[0.5, math.nan]]),
            ValueError,
            "must give 'gamma' a coordinate in row 0",
        ),
        (lambda: SVM.from_unit([["a", "b"]]), TypeError, "U must be numbers"),
        (
            lambda: KERNELS.from_unit([[math.nan, 0.5, 0.5, 0.5, 0.5]]),
            ValueError,
            "must give 'gamma' a coordinate in row 0",
        ),
        (lambda: SVM.sample(2.5), TypeError, "n must be a whole number, got 2.5"),
        (lambda: SVM.sample(-1), ValueError, "n must be at least 0, got -1"),
        (lambda: SVM.sample(1, rng="seed"), TypeError, "rng must be None, a non-negative integer or a numpy Generator"),
    ],
)
def test_what_is_refused_and_how(make, error, message):
    with pytest.raises(error, match=message):
        make()


def test_one_point_is_a_space():
    space = Space({"n": Integer(3, 3), "a": ["only"]})
    assert space.cardinality == 1
    assert space.sample(2, rng=0) == [{"n": 3, "a": "only"}] * 2
    np.testing.assert_array_equal(space.to_unit(space.sample(1)), [[0.5, 0.5]])
