"""Real losses: the map against its training, the smooth loss against softmax, kernel ridge against scikit-learn."""

from __future__ import annotations

import pickle
import sys

import numpy as np
import pytest
import scipy.optimize
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.interpolate import RectBivariateSpline, RegularGridInterpolator
from scipy.special import log_softmax

from hpmath import (
    Dual,
    LogUniform,
    Space,
    coupled_log_loss,
    fit_temperature,
    generalised_ridge_diabetes,
    gradient,
    kernel_ridge_diabetes,
    recorded,
    svm_digits,
    svm_map,
)

LOSSES = ["error", "log loss", "fit seconds", "predict seconds", "support vectors"]


def inside(n: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).uniform([-2, -6], [4, -1], (n, 2))


# --- the map


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("fold", [None, 3])
def test_the_map_passes_through_its_table(loss, fold):
    f = svm_map(loss, fold)
    assert f.table.shape == (41, 41)
    assert [axis.shape for axis in f.axes] == [(41,), (41,)]
    u, v = np.meshgrid(*f.axes, indexing="ij")
    values = f(np.column_stack([u.ravel(), v.ravel()])).reshape(41, 41)
    np.testing.assert_allclose(values, f.table, rtol=1e-9, atol=1e-12)


def test_the_mean_map_is_the_mean_of_the_folds():
    x = inside(50)
    for loss in LOSSES:
        folds = np.mean([svm_map(loss, fold)(x) for fold in range(5)], axis=0)
        np.testing.assert_allclose(svm_map(loss)(x), folds, rtol=1e-9, atol=1e-12)
        assert svm_map(loss, "mean") is svm_map(loss)


def test_the_error_map_is_bilinear_as_scipys():
    f, x = svm_map(), inside(200)
    np.testing.assert_allclose(f(x), RegularGridInterpolator(f.axes, f.table)(x), atol=1e-12)


def test_the_smooth_map_is_the_bicubic_spline_of_fitpack():
    f, x = svm_map("log loss"), inside(200)
    spline = RectBivariateSpline(*f.axes, f.table, s=0)
    np.testing.assert_allclose(f(x), spline.ev(*x.T), atol=1e-9)
    slopes = np.column_stack([spline.ev(*x.T, dx=1), spline.ev(*x.T, dy=1)])
    np.testing.assert_allclose(f.gradient(x), slopes, atol=1e-7)


@pytest.mark.parametrize("loss", LOSSES)
def test_the_maps_gradient_matches_complex_step_and_dual(loss):
    f = svm_map(loss)
    for x in inside(20, seed=1):
        step = [np.imag(f(x + 1e-30j * direction)) / 1e-30 for direction in np.eye(2)]
        np.testing.assert_allclose(f.gradient(x), step, rtol=1e-10, atol=1e-12)
        y = f(Dual(x, np.eye(2)))
        assert y.value == pytest.approx(f(x))
        np.testing.assert_allclose(f.gradient(x), y.derivative, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("loss", LOSSES)
def test_no_point_of_the_map_lies_below_its_minimum(loss):
    f = svm_map(loss)
    np.testing.assert_allclose(f(f.minimizers), f.minimum, rtol=1e-6)
    dense = np.stack(np.meshgrid(np.linspace(-2, 4, 301), np.linspace(-6, -1, 301)), axis=-1).reshape(-1, 2)
    assert f(dense).min() >= f.minimum * (1 - 1e-9)
    near = f.minimizers + np.random.default_rng(0).normal(0, 0.02, (200, 1, 2))
    near = np.clip(near, f.bounds[:, 0], f.bounds[:, 1]).reshape(-1, 2)
    assert f(near).min() >= f.minimum * (1 - 1e-9)


def test_the_smooth_minimum_is_stationary_and_where_the_error_is_low():
    smooth, error = svm_map("log loss"), svm_map()
    np.testing.assert_allclose(smooth.gradient(smooth.minimizers), 0.0, atol=1e-7)
    assert error(smooth.minimizers[0]) <= error.minimum + 4 / 1797  # within four images of the best


def test_the_error_map_counts_the_images_recorded_as_wrong():
    table = recorded("svm_map")
    wrong = np.unpackbits(table["wrong"], axis=2)[:, :, : len(table["fold"])]
    for k in range(5):
        share = wrong[:, :, table["fold"] == k].mean(axis=2)
        np.testing.assert_allclose(svm_map("error", k).table, share, atol=1e-7)


def test_what_knows_nothing_loses_ln_10():
    assert svm_map("log loss")([-2.0, -1.0]) == pytest.approx(np.log(10), abs=1e-3)
    assert svm_map("error")([-2.0, -1.0]) == pytest.approx(0.9, abs=0.02)


def test_a_configuration_is_in_natural_units():
    f = svm_map()
    assert f({"C": 10.0, "gamma": 1e-3}) == pytest.approx(f([1.0, -3.0]), abs=1e-12)
    assert repr(f.space) == repr(Space({"C": LogUniform(1e-2, 1e4), "gamma": LogUniform(1e-6, 1e-1)}))
    corners = f.space.from_unit([[0.0, 0.0], [1.0, 1.0]])
    assert all(np.isfinite(f(corner)) for corner in corners)


def test_the_map_survives_pickling():
    f = svm_map("log loss")
    again = pickle.loads(pickle.dumps(f))
    assert again([0.3, -2.9]) == f([0.3, -2.9])
    np.testing.assert_array_equal(again.table, f.table)


def test_tables_are_read_only():
    with pytest.raises(ValueError, match="read-only"):
        svm_map().table[0, 0] = 0.0
    with pytest.raises(ValueError, match="read-only"):
        recorded("svm_map")["error"][0, 0, 0] = 0.0


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: svm_map()([5.0, -3.0]), r"log10 C must lie in \[-2, 4\], where the map was recorded, got 5"),
        (lambda: svm_map("log loss")([[0.0, -3.0], [0.0, -7.5]]), r"log10 gamma must lie in \[-6, -1\].*got -7.5"),
        (lambda: svm_map()(Dual([5.0, -3.0], 1.0)), r"log10 C must lie in \[-2, 4\]"),
        (lambda: svm_map().gradient([0.0, 0.0]), r"log10 gamma must lie in \[-6, -1\]"),
        (lambda: svm_map()({"C": 0.0, "gamma": 1e-3}), "C must be positive, got 0.0"),
        (lambda: svm_map()({"C": 1.0}), "exactly the keys 'C', 'gamma'"),
        (lambda: svm_map("accuracy"), "loss must be one of 'error', 'log loss', .*got 'accuracy'"),
        (lambda: svm_map(fold=5), "fold must be one of 0, 1, 2, 3, 4 or 'mean', got 5"),
        (lambda: svm_map(fold="all"), "fold must be one of 0, 1, 2, 3, 4 or 'mean', got 'all'"),
        (lambda: svm_map(fold=-1), "fold must be at least 0, got -1"),
        (lambda: recorded("weather"), "name must be one of 'svm_map', .*got 'weather'"),
    ],
)
def test_outside_of_what_was_recorded_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize(
    "name",
    [
        "svm_map",
        "optimism",
        "cv_noise",
        "ridge_folds",
        "mlp_tradeoff",
        "tradeoff_latency",
        "bayesopt_ablation",
        "bayesopt_comparison",
    ],
)
def test_every_recorded_array_is_explained_and_in_shape(name):
    table = recorded(name)
    meta = table.pop("meta")
    assert set(meta["quantities"]) == set(table)
    for key in ("names", "choices", "metric", "direction", "source", "licence"):
        assert key in meta
    sizes = tuple(len(choices) for choices in meta["choices"])
    assert table[meta["metric"]].shape[: len(sizes)] == sizes


# --- the training behind it


def test_training_gives_what_the_map_has_at_a_grid_point():
    pytest.importorskip("sklearn")
    config = {"C": 10.0, "gamma": 1e-3}
    assert svm_digits(config) == pytest.approx(svm_map()(config), abs=1e-6)
    assert svm_digits(config, loss="log loss") == pytest.approx(svm_map("log loss")(config), rel=1e-4)


@pytest.mark.parametrize("config", [{"C": 0.7, "gamma": 4e-4}, {"C": 50.0, "gamma": 2e-5}])
def test_between_grid_points_the_smooth_map_is_within_one_percent(config):
    pytest.importorskip("sklearn")
    assert svm_map("log loss")(config) == pytest.approx(svm_digits(config, loss="log loss"), rel=0.01)


def test_the_error_is_scikit_learns_own():
    pytest.importorskip("sklearn")
    from sklearn.datasets import load_digits
    from sklearn.model_selection import StratifiedKFold, cross_val_score
    from sklearn.svm import SVC

    folds = StratifiedKFold(3, shuffle=True, random_state=11)
    scores = cross_val_score(SVC(C=2.0, gamma=5e-4), *load_digits(return_X_y=True), cv=folds)
    assert svm_digits({"C": 2.0, "gamma": 5e-4}, n_folds=3, rng=11) == pytest.approx(1 - scores.mean())


def test_a_generator_shuffles_anew_and_a_seed_repeats():
    pytest.importorskip("sklearn")
    config, rng = {"C": 1.0, "gamma": 2e-4}, np.random.default_rng(0)
    losses = [svm_digits(config, rng=rng, loss="log loss", n_folds=2) for _ in range(2)]
    assert losses[0] != losses[1]
    assert losses[0] == svm_digits(config, rng=np.random.default_rng(0), loss="log loss", n_folds=2)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: svm_digits({"C": -1.0, "gamma": 1e-3}), ValueError, "C must be positive, got -1.0"),
        (lambda: svm_digits({"C": 1.0, "g": 1e-3}), ValueError, "exactly the keys 'C', 'gamma'"),
        (
            lambda: svm_digits({"C": 1.0, "gamma": 1.0}, loss="hinge"),
            ValueError,
            "loss must be one of 'error', 'log loss'",
        ),
        (lambda: svm_digits({"C": 1.0, "gamma": 1.0}, n_folds=1), ValueError, "n_folds must be at least 2, got 1"),
        (lambda: svm_digits({"C": 1.0, "gamma": 1.0}, rng="x"), TypeError, "rng must be"),
        (lambda: kernel_ridge_diabetes(n_folds=1), ValueError, "n_folds must be at least 2, got 1"),
    ],
)
def test_a_training_that_makes_no_sense_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_without_scikit_learn_one_sentence_says_what_to_install(monkeypatch):
    for part in ("sklearn", "sklearn.datasets", "sklearn.model_selection", "sklearn.svm"):
        monkeypatch.setitem(sys.modules, part, None)
    with pytest.raises(ModuleNotFoundError, match="pip install 'hpmath\\[sklearn\\]'"):
        svm_digits({"C": 1.0, "gamma": 1e-3})


# --- the smooth loss


def duels_of(z: np.ndarray) -> np.ndarray:
    first, second = np.triu_indices(z.shape[1], 1)
    return z[:, first] - z[:, second]


@given(arrays(float, (7, 4), elements=st.floats(-20, 20)), st.floats(0.1, 10))
@settings(max_examples=30)
def test_consistent_duels_give_the_cross_entropy_of_the_softmax(z, T):
    labels = np.arange(7) % 4
    expected = -log_softmax(z / T, axis=1)[np.arange(7), labels].mean()
    assert coupled_log_loss(duels_of(z), labels, T) == pytest.approx(expected, rel=1e-9, abs=1e-12)


def test_two_classes_give_logistic_loss():
    d = np.array([[2.0], [-1.0], [0.5]])
    expected = np.mean(np.log1p(np.exp(-d[:, 0] * np.array([1, -1, 1]))))
    assert coupled_log_loss(d, [0, 1, 0]) == pytest.approx(expected)


def test_sklearns_log_loss_agrees():
    metrics = pytest.importorskip("sklearn.metrics")
    rng = np.random.default_rng(0)
    d, labels = rng.normal(size=(30, 3)), rng.integers(0, 3, 30)
    d01, d02, d12 = d.T  # p_k by hand, from the definition
    q = 1 / (1 + np.stack([np.exp(-d01) + np.exp(-d02), np.exp(d01) + np.exp(-d12), np.exp(d02) + np.exp(d12)], axis=1))
    expected = metrics.log_loss(labels, q / q.sum(axis=1, keepdims=True), labels=[0, 1, 2])
    assert coupled_log_loss(d, labels) == pytest.approx(expected)


@given(arrays(float, (12, 3), elements=st.floats(-5, 5)), st.floats(0.01, 100))
@settings(max_examples=30)
def test_no_other_temperature_does_better_and_the_scale_of_the_decisions_does_not_matter(d, other):
    labels = np.arange(12) % 3
    T = fit_temperature(d, labels)
    best = coupled_log_loss(d, labels, T)
    assert best <= coupled_log_loss(d, labels, other) + 1e-6
    assert best <= np.log(3) + 1e-3  # T → ∞ knows nothing
    if 1e-2 < T < 1e2:
        assert coupled_log_loss(3 * d, labels, fit_temperature(3 * d, labels)) == pytest.approx(best, rel=1e-9)


def test_huge_and_tiny_decisions_do_not_overflow():
    assert coupled_log_loss([[1e6, 1e6, 1e6]], [0], 1e-3) == 0.0
    assert coupled_log_loss([[-1e6, 1e6, 1e6]], [0], 1.0) == pytest.approx(1e6)
    assert coupled_log_loss(np.zeros((2, 45)), [3, 9]) == pytest.approx(np.log(10))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([[1.0, 2.0]], [0]), r"decisions must have K\(K-1\)/2 columns for K classes, got 2"),
        (([1.0, 2.0], [0]), r"decisions must have shape \(n, d\)"),
        (([[1.0]], [2]), "labels must be 1 whole numbers from 0 to 1, got"),
        (([[1.0]], [0.0]), "labels must be 1 whole numbers from 0 to 1"),
        (([[1.0]], [0, 1]), "labels must be 1 whole numbers from 0 to 1"),
        (([[np.nan]], [0]), "decisions must be finite"),
        (([[1.0]], [0], 0.0), "temperature must be a positive number, got 0.0"),
        (([[1.0]], [0], [1.0]), "temperature must be a positive number"),
    ],
)
def test_decisions_and_labels_must_fit(arguments, message):
    with pytest.raises(ValueError, match=message):
        coupled_log_loss(*arguments)


# --- kernel ridge regression on diabetes


@pytest.fixture(scope="module")
def ridge():
    pytest.importorskip("sklearn")
    return kernel_ridge_diabetes()


def test_kernel_ridge_is_scikit_learns(ridge):
    from sklearn.compose import TransformedTargetRegressor
    from sklearn.datasets import load_diabetes
    from sklearn.kernel_ridge import KernelRidge
    from sklearn.model_selection import KFold, cross_val_score
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    X, y = load_diabetes(return_X_y=True)  # scaled or not: StandardScaler undoes it
    for penalty, gamma in [(0.5, 0.01), (5.0, 0.1), (0.01, 1e-3)]:
        model = make_pipeline(StandardScaler(), KernelRidge(alpha=penalty, gamma=gamma, kernel="rbf"))
        model = TransformedTargetRegressor(model, transformer=StandardScaler(with_std=False))
        folds = KFold(5, shuffle=True, random_state=0)
        expected = -cross_val_score(model, X, y, cv=folds, scoring="neg_mean_squared_error").mean()
        assert ridge({"lambda": penalty, "gamma": gamma}) == pytest.approx(expected, rel=1e-9)


def test_the_recorded_folds_average_to_the_loss(ridge):
    table = recorded("ridge_folds")
    for i, j in ((0, 0), (15, 13), (24, 21)):
        x = table["ln_lambda"][i], table["ln_gamma"][j]
        assert table["mse"][0, i, j].mean() == pytest.approx(ridge(x), rel=1e-6)


def test_its_gradient_matches_complex_step_dual_and_differences(ridge):
    for x in np.random.default_rng(0).uniform(ridge.bounds[:, 0], ridge.bounds[:, 1], (4, 2)):
        exact = ridge.gradient(x)
        step = [np.imag(ridge(x + 1e-30j * direction)) / 1e-30 for direction in np.eye(2)]
        np.testing.assert_allclose(exact, step, rtol=1e-8)
        y = ridge(Dual(x, np.eye(2)))
        assert y.value == pytest.approx(ridge(x))
        np.testing.assert_allclose(exact, y.derivative, rtol=1e-8)
        central = [(ridge(x + step) - ridge(x - step)) / 2e-4 for step in 1e-4 * np.eye(2)]
        np.testing.assert_allclose(exact, central, rtol=1e-5, atol=1e-4)


def test_its_minimum_is_the_lowest_that_many_starts_find(ridge):
    np.testing.assert_allclose(ridge.gradient(ridge.minimizers), 0.0, atol=1e-3)
    rng = np.random.default_rng(1)
    for x in rng.uniform(ridge.bounds[:, 0], ridge.bounds[:, 1], (6, 2)):
        end = scipy.optimize.minimize(ridge, x, jac=ridge.gradient, bounds=ridge.bounds)
        assert end.fun >= ridge.minimum * (1 - 1e-9)
    assert ((ridge.minimizers > ridge.bounds[:, 0]) & (ridge.minimizers < ridge.bounds[:, 1])).all()


def test_no_weight_at_all_predicts_the_mean(ridge):
    from sklearn.datasets import load_diabetes
    from sklearn.model_selection import KFold

    y = load_diabetes().target
    folds = KFold(5, shuffle=True, random_state=0).split(y[:, None])
    expected = np.mean([np.mean((y[valid] - y[train].mean()) ** 2) for train, valid in folds])
    assert ridge({"lambda": 1e12, "gamma": 0.01}) == pytest.approx(expected, rel=1e-6)


def test_kernel_ridge_takes_stacks_and_pickles(ridge):
    X = np.array([[0.0, -4.0], [1.0, -3.0]])
    np.testing.assert_allclose(ridge(X), [ridge(x) for x in X])
    np.testing.assert_allclose(ridge.gradient(X), [ridge.gradient(x) for x in X])
    again = pickle.loads(pickle.dumps(ridge))
    assert again(X[0]) == ridge(X[0])
    assert len(pickle.dumps(ridge)) < 10_000  # the data stay where they are
    assert repr(ridge.space) == repr(Space({"lambda": LogUniform(1e-3, 1e2), "gamma": LogUniform(1e-5, 1.0)}))
    assert ridge(np.empty((0, 2))).shape == (0,)
    assert ridge.gradient(np.empty((0, 2))).shape == (0, 2)


# --- ridge regression on diabetes with ten penalties


@pytest.fixture(scope="module")
def penalties():
    pytest.importorskip("sklearn")
    return generalised_ridge_diabetes()


def test_ten_penalties_are_scikit_learns_ridge_on_rescaled_features_each_patient_left_out(penalties):
    from sklearn.datasets import load_diabetes
    from sklearn.linear_model import Ridge
    from sklearn.model_selection import LeaveOneOut, cross_val_score

    X, y = load_diabetes(return_X_y=True, scaled=False)
    X = (X - X.mean(axis=0)) / X.std(axis=0)
    x = np.random.default_rng(0).uniform(-2, 2, 10)
    rescaled = X / np.sqrt(10.0**x)  # a penalty of one on each weight of these is λ on the weights of X
    model = Ridge(alpha=len(y), solver="cholesky")
    scores = cross_val_score(model, rescaled, y, cv=LeaveOneOut(), scoring="neg_mean_squared_error")
    assert penalties(x) == pytest.approx(-scores.mean(), rel=1e-9)


def test_its_ten_slopes_match_complex_step_dual_and_differences(penalties):
    for x in np.random.default_rng(0).uniform(-2, 2, (4, 10)):
        exact = penalties.gradient(x)
        step = [np.imag(penalties(x + 1e-30j * direction)) / 1e-30 for direction in np.eye(10)]
        np.testing.assert_allclose(exact, step, rtol=1e-9, atol=1e-9)
        y = penalties(Dual(x, np.eye(10)))
        assert y.value == pytest.approx(penalties(x))
        np.testing.assert_allclose(exact, y.derivative, rtol=1e-9, atol=1e-9)
        central = [(penalties(x + step) - penalties(x - step)) / 2e-4 for step in 1e-4 * np.eye(10)]
        np.testing.assert_allclose(exact, central, rtol=1e-5, atol=1e-4)


def test_no_start_finds_less_than_the_known_minimum_of_the_penalties(penalties):
    ((x,), g) = penalties.minimizers, penalties.gradient(penalties.minimizers[0])
    np.testing.assert_allclose(np.clip(x - 1e-3 * g, -2, 2), x, atol=1e-4)  # stationary in the box
    for start in np.random.default_rng(1).uniform(-2, 2, (8, 10)):
        end = scipy.optimize.minimize(penalties, start, jac=penalties.gradient, bounds=penalties.bounds)
        assert end.fun >= penalties.minimum * (1 - 1e-9)


@pytest.mark.parametrize("n", [0, 1, 255, 256, 257])
def test_many_points_at_once_are_the_points_one_by_one(penalties, n):
    X = np.random.default_rng(0).uniform(-2, 2, (n, 10))
    assert penalties(X).shape == (n,)
    assert penalties.gradient(X).shape == (n, 10)
    for i in range(max(n - 3, 0), n):
        assert penalties(X)[i] == pytest.approx(penalties(X[i]), rel=1e-12)
        np.testing.assert_allclose(penalties.gradient(X)[i], penalties.gradient(X[i]), rtol=1e-9, atol=1e-9)


def test_huge_penalties_predict_the_mean_of_the_others(penalties):
    from sklearn.datasets import load_diabetes

    y = load_diabetes().target
    n = len(y)
    expected = np.mean(((y - y.mean()) * n / (n - 1)) ** 2)
    assert penalties(np.full(10, 12.0)) == pytest.approx(expected, rel=1e-9)
    assert len(pickle.dumps(penalties)) < 10_000
    assert penalties.decode(np.zeros(10))["bmi"] == 1.0


# --- a table recorded by others


TABLES = {
    "hpobench_segment": (["error", "error_std"], 30_000),
    "hpobench_vehicle": (["error", "error_std"], 30_000),
    "hpolib_protein": (["loss", "loss_std"], 62_208),
    "nasbench201_cifar10": (["error", "error_std", "train_time", "latency", "model_size"], 15_625),
}


@pytest.mark.parametrize("name", TABLES)
def test_a_table_of_others_is_a_full_grid(name):
    table = recorded(name)
    meta = table.pop("meta")
    quantities, size = TABLES[name]
    assert list(table) == list(meta["quantities"]) == quantities
    for array in table.values():
        assert array.shape == tuple(len(axis) for axis in meta["choices"])
        assert array.size == size
        assert np.isfinite(array).all()
        assert (array >= 0).all()
        assert not array.flags.writeable
    mean, spread = (table[quantity] for quantity in quantities[:2])
    assert 0 < mean.min() < mean.max()
    if quantities[0] == "error":
        assert mean.max() < 1
        assert spread.max() <= 0.5  # of shares between 0 and 1
    assert any(licence in meta["source"] for licence in ("Apache-2.0", "BSD-3-Clause", "MIT"))


def test_the_axes_of_numbers_ascend():
    for name in TABLES:
        for choices in recorded(name)["meta"]["choices"]:
            if not isinstance(choices[0], str):
                assert sorted(choices) == choices


def test_differences_at_a_corner_of_the_map_find_no_room_beyond_it():
    loss = svm_map("log loss")
    corner = loss.bounds[:, 0]
    with pytest.raises(ValueError, match="where the map was recorded"):
        loss(corner - 1e-10)
    inward = gradient(loss, corner, bounds=loss.bounds)
    np.testing.assert_allclose(inward, loss.gradient(corner), rtol=1e-4)
    assert loss({"C": 1e-2, "gamma": 1e-6}) == loss(corner)
