"""The recorded tables as objectives: look-ups, their minimum, and regret on one scale."""

import json
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hpmath import QuasiRandomSearch, Table, recorded, table_objective

NAMES = ["hpobench_segment", "hpobench_vehicle", "hpolib_protein", "nasbench201_cifar10"]


@pytest.mark.parametrize("name", NAMES)
@given(seed=st.integers(0, 10**6))
@settings(max_examples=20, deadline=None)
def test_a_call_looks_up_the_place_of_the_configuration(name, seed):
    f, table = table_objective(name), recorded(name)
    meta = table["meta"]
    place = tuple(np.random.default_rng(seed).integers([len(choices) for choices in meta["choices"]]))
    config = {n: choices[i] for n, choices, i in zip(meta["names"], meta["choices"], place, strict=True)}
    quantity = next(iter(meta["quantities"]))
    assert f(config) == pytest.approx(float(table[quantity][place]), rel=1e-12)
    assert f(json.loads(json.dumps(config))) == f(config)
    np.testing.assert_array_equal(f([config, config]), [f(config)] * 2)


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_below_the_minimum_and_half_is_below_the_median(name):
    f = table_objective(name)
    assert isinstance(f, Table)
    assert f.values.min() == f.minimum
    assert (f(f.minimizers) == f.minimum).all()
    assert abs((f.values < f.median).mean() - 0.5) < 0.01
    assert f.names == f.space.names
    assert np.prod([column.cardinality for column in f.space.columns]) == f.values.size
    assert not f.values.flags.writeable
    losses = f(QuasiRandomSearch(f.space, rng=0).ask(64))
    assert (losses >= f.minimum).all()


def test_regret_is_zero_at_the_minimum_and_one_at_the_median():
    f = table_objective("hpolib_protein")
    assert f.regret(f.minimum) == 0.0
    assert f.regret(f.median) == 1.0
    assert isinstance(f.regret(0.3), float)
    np.testing.assert_allclose(f.regret([f.minimum, (f.minimum + f.median) / 2]), [0, 0.5])


def test_random_search_regrets_what_order_statistics_say():
    f = table_objective("hpobench_segment")
    losses = np.sort(f.values.ravel())
    n, N = 25, losses.size  # P(the best of n draws is at least the i-th lowest) = ((N - i)/N)^n
    survival = ((N - np.arange(N + 1)) / N) ** n
    expected = f.regret(np.sum(losses * -np.diff(survival)))
    rng = np.random.default_rng(0)
    best = [f(f.space.sample(n, rng)).min() for _ in range(300)]
    assert f.regret(np.mean(best)) == pytest.approx(expected, rel=0.1)  # four standard errors


def test_it_pickles():
    f = table_objective("nasbench201_cifar10")
    again = pickle.loads(pickle.dumps(f))
    config = f.space.sample(1, rng=0)[0]
    assert again(config) == f(config)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda f: table_objective("iris"), ValueError, "name must be one of 'hpobench_segment', .*got 'iris'"),
        (lambda f: f({"Op0": "none"}), ValueError, "not in the table: 'Op1' is missing"),
        (lambda f: f({**f.minimizers[0], "Op3": "lstm"}), ValueError, "not in the table: 'Op3' must be a value of"),
        (lambda f: f("none"), TypeError, "a table is called with a configuration or a list of them, got 'none'"),
        (lambda f: f(3), TypeError, "a table is called with a configuration or a list of them, got 3"),
    ],
)
def test_what_is_not_in_the_table_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call(table_objective("nasbench201_cifar10"))
