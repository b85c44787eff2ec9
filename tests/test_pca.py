"""Principal components: closed forms, scikit-learn, what no other projection beats, and data that do not vary."""

from __future__ import annotations

import numpy as np
import pytest
import sklearn.decomposition
from hypothesis import given, settings
from hypothesis import strategies as st

from hpmath import PCA
from hpmath.pca import _right_svd

seeds = st.integers(0, 10**6)


def cloud(n, d, seed):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, d)) @ rng.normal(size=(d, d)) + 10 * rng.normal(size=d)


# --- closed forms -----------------------------------------------------------------------------------------------------


def test_four_points_by_hand():
    """(±2, 0) and (0, ±1): sums of squares 8 and 2, over n − 1 = 3."""
    pca = PCA().fit([[3, 5], [-1, 5], [1, 6], [1, 4]])
    np.testing.assert_allclose(pca.mean_, [1, 5])
    np.testing.assert_allclose(pca.components_, np.eye(2), atol=1e-15)
    np.testing.assert_allclose(pca.explained_variance_, [8 / 3, 2 / 3])
    np.testing.assert_allclose(pca.explained_variance_ratio_, [0.8, 0.2])
    np.testing.assert_allclose(pca.singular_values_, [np.sqrt(8), np.sqrt(2)])
    np.testing.assert_allclose(pca.transform([[3, 6]]), [[2, 1]])


def test_one_column_is_its_own_component():
    pca = PCA().fit([[1.0], [2.0], [6.0]])
    assert pca.components_.tolist() == [[1.0]]
    np.testing.assert_allclose(pca.explained_variance_, [7])


# --- scikit-learn -----------------------------------------------------------------------------------------------------


SHAPES = [(40, 5), (12, 5), (8, 8), (5, 20), (500, 3)]
CASES = [(n, d, k, whiten) for n, d in SHAPES for k in (None, 1, 3) for whiten in (False, True)]


# scikit-learn whitens a direction without variance by dividing by rounding; ours refuses (below).
@pytest.mark.parametrize(("n", "d", "k", "whiten"), [c for c in CASES if not (c[3] and c[2] is None and c[0] <= c[1])])
def test_everything_is_scikit_learns(n, d, k, whiten):
    X, new = cloud(n, d, seed=n), cloud(7, d, seed=1)
    ours = PCA(k, whiten=whiten).fit(X)
    theirs = sklearn.decomposition.PCA(k, whiten=whiten, svd_solver="full").fit(X)
    sure = slice(0, min(n - 1, d))  # the last of n <= d components is a direction without variance: any will do
    zero = 1e-20 * theirs.explained_variance_[0]
    np.testing.assert_allclose(ours.components_[sure], theirs.components_[sure], atol=1e-10)
    np.testing.assert_allclose(ours.explained_variance_, theirs.explained_variance_, rtol=1e-9, atol=zero)
    np.testing.assert_allclose(ours.explained_variance_ratio_, theirs.explained_variance_ratio_, rtol=1e-9, atol=1e-20)
    np.testing.assert_allclose(ours.singular_values_[sure], theirs.singular_values_[sure], rtol=1e-10)
    np.testing.assert_allclose(ours.mean_, theirs.mean_)
    np.testing.assert_allclose(ours.transform(new)[:, sure], theirs.transform(new)[:, sure], atol=1e-8)
    rebuilt, theirs_rebuilt = (pca.inverse_transform(pca.transform(X)) for pca in (ours, theirs))
    np.testing.assert_allclose(rebuilt, theirs_rebuilt, atol=1e-8)


# --- properties -------------------------------------------------------------------------------------------------------


@given(st.integers(2, 30), st.integers(1, 8), seeds)
@settings(max_examples=50)
def test_components_are_orthonormal_variances_fall_and_the_transform_has_them(n, d, seed):
    X = cloud(n, d, seed)
    pca = PCA().fit(X)
    V = pca.components_
    np.testing.assert_allclose(V @ V.T, np.eye(min(n, d)), atol=1e-12)
    assert (np.diff(pca.explained_variance_) <= 0).all()
    assert (V[range(len(V)), np.abs(V).argmax(axis=1)] > 0).all()
    assert pca.explained_variance_ratio_.sum() == pytest.approx(1)
    total = X.var(axis=0, ddof=1).sum()
    assert pca.explained_variance_.sum() == pytest.approx(total)
    covariance = np.atleast_2d(np.cov(pca.transform(X), rowvar=False))
    np.testing.assert_allclose(covariance, np.diag(pca.explained_variance_), atol=1e-10 * total)
    np.testing.assert_allclose(pca.inverse_transform(pca.transform(X)), X, atol=1e-9)


@given(seeds, st.integers(2, 6))
@settings(max_examples=40)
def test_turning_the_data_turns_the_components(seed, d):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(40, d)) * 2.0 ** np.arange(d)
    Q = np.linalg.qr(rng.normal(size=(d, d)))[0]
    before, after = PCA().fit(X), PCA().fit(X @ Q + 3)
    np.testing.assert_allclose(after.explained_variance_, before.explained_variance_, rtol=1e-9)
    np.testing.assert_allclose(abs((before.components_ @ Q) @ after.components_.T), np.eye(d), atol=1e-7)


@given(seeds, st.integers(2, 7), st.data())
@settings(max_examples=50)
def test_no_other_projection_rebuilds_the_data_better(seed, d, data):
    k = data.draw(st.integers(1, d - 1))
    X, rng = cloud(20, d, seed), np.random.default_rng(seed)
    pca = PCA(k).fit(X)
    best = ((X - pca.inverse_transform(pca.transform(X))) ** 2).sum()
    assert best == pytest.approx(19 * PCA().fit(X).explained_variance_[k:].sum(), rel=1e-8)
    for nudge in (0.01, 1.0, 100.0):
        Q = np.linalg.qr(pca.components_.T + nudge * rng.normal(size=(d, k)))[0]
        centred = X - X.mean(axis=0)
        assert ((centred - centred @ Q @ Q.T) ** 2).sum() >= best * (1 - 1e-12)


@given(seeds)
@settings(max_examples=30)
def test_whitened_coordinates_are_uncorrelated_with_variance_one_and_go_back(seed):
    X = cloud(30, 4, seed)
    pca = PCA(whiten=True)
    Z = pca.fit_transform(X)
    np.testing.assert_allclose(np.cov(Z, rowvar=False), np.eye(4), atol=1e-8)
    np.testing.assert_allclose(pca.inverse_transform(Z), X, atol=1e-9)


# --- digits -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("spread", [1e-2, 1e-4, 1e-7])
def test_small_variances_keep_their_digits(spread):
    """Singular values 1 to ``spread``. Through XᵀX those below 1e-8 would be noise."""
    rng = np.random.default_rng(0)
    ones_first = np.column_stack([np.ones(200), rng.normal(size=(200, 6))])
    U = np.linalg.qr(ones_first)[0][:, 1:]  # orthogonal to the ones: centred already
    V = np.linalg.qr(rng.normal(size=(6, 6)))[0]
    s = np.geomspace(1, spread, 6)
    pca = PCA().fit(U * s @ V.T)
    np.testing.assert_allclose(pca.singular_values_, s, rtol=1e-9 + 20 * np.finfo(float).eps / spread)
    np.testing.assert_allclose(abs(pca.components_ @ V), np.eye(6), atol=1e-7)


def test_a_mean_far_from_zero_costs_no_more_than_the_rounding_of_the_data():
    X = np.random.default_rng(1).integers(0, 1000, size=(50, 3)).astype(float)
    far = X + 1e9  # exact in doubles
    np.testing.assert_allclose(PCA().fit(far).explained_variance_, PCA().fit(X).explained_variance_, rtol=1e-12)


def test_both_ways_to_the_decomposition_agree():
    X = np.random.default_rng(2).normal(size=(300, 5)) * [1, 0.5, 0.2, 0.1, 0.05]
    s, Vt = _right_svd(X)
    theirs = np.linalg.svd(X, full_matrices=False)
    np.testing.assert_allclose(s, theirs[1], rtol=1e-12)
    np.testing.assert_allclose(abs(Vt @ theirs[2].T), np.eye(5), atol=1e-11)
    s, Vt = _right_svd(X * [1, 1, 1, 1, 1e-6])  # too far apart for the short way
    theirs = np.linalg.svd(X * [1, 1, 1, 1, 1e-6], full_matrices=False)
    np.testing.assert_allclose(s, theirs[1], rtol=1e-9)
    np.testing.assert_allclose(abs(Vt @ theirs[2].T), np.eye(5), atol=1e-11)


# --- data that vary little, or not ------------------------------------------------------------------------------------


def test_a_constant_column_takes_no_part():
    X = cloud(20, 3, 0)
    with_constant = np.column_stack([X[:, 0], np.full(20, 0.1), X[:, 1:]])
    pca, alone = PCA().fit(with_constant), PCA().fit(X)
    assert pca.rank_ == 3
    np.testing.assert_allclose(pca.explained_variance_, [*alone.explained_variance_, 0], atol=1e-14)
    np.testing.assert_allclose(pca.components_[:3, [0, 2, 3]], alone.components_, atol=1e-12)
    np.testing.assert_allclose(pca.components_[3], [0, 1, 0, 0], atol=1e-12)


def test_two_rows_vary_along_one_line():
    pca = PCA().fit([[0.0, 0.0, 0.0], [3.0, 0.0, 4.0]])
    assert pca.rank_ == 1
    np.testing.assert_allclose(pca.components_[0], [0.6, 0, 0.8])
    np.testing.assert_allclose(pca.explained_variance_ratio_, [1, 0], atol=1e-15)


def test_equal_rows_do_no_harm():
    X = np.repeat([[0.0, 1.0], [2.0, 3.0]], 5, axis=0)
    assert PCA(1).fit(X).rank_ == 1


def test_columns_that_are_sums_of_others_lower_the_rank():
    X = cloud(50, 3, 1)
    assert PCA().fit(np.column_stack([X, X.sum(axis=1), X[:, 0] + 1e6])).rank_ == 3


def test_fit_leaves_its_argument_alone_and_returns_itself():
    X = cloud(10, 2, 0)
    before = X.copy()
    pca = PCA()
    assert pca.fit(X) is pca
    pca.transform(X)
    np.testing.assert_array_equal(X, before)


def test_a_second_fit_forgets_the_first():
    pca = PCA().fit(cloud(10, 4, 0)).fit(cloud(10, 2, 1))
    assert pca.components_.shape == (2, 2)


def test_it_says_its_settings():
    assert repr(PCA(2, whiten=True)) == "PCA(n_components=2, whiten=True)"


# --- what is refused --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("X", "settings", "error", "message"),
    [
        ([[1.0, 2.0]], {}, ValueError, r"X must have at least 2 rows and 1 column to vary, got shape \(1, 2\)"),
        (np.zeros((0, 3)), {}, ValueError, r"X must have at least 2 rows and 1 column to vary, got shape \(0, 3\)"),
        (np.zeros((3, 0)), {}, ValueError, r"X must have at least 2 rows and 1 column to vary, got shape \(3, 0\)"),
        ([1.0, 2.0], {}, ValueError, r"X must have shape \(n, d\), got \(2,\)"),
        ([[1.0, np.nan], [0, 1]], {}, ValueError, r"X must be finite, got nan at index \[0, 1\]"),
        ([["a"], ["b"]], {}, TypeError, "X must be numbers"),
        (np.full((5, 2), 0.1), {}, ValueError, "X must vary, got 5 rows that are equal to rounding"),
        (
            cloud(3, 5, 0),
            {"n_components": 3},
            ValueError,
            "n_components must be at most 2, the rank of the 3 x 5 centred data, got 3",
        ),
        (
            [[0, 0.1], [1, 0.1], [2, 0.1]],
            {"n_components": 2},
            ValueError,
            "n_components must be at most 1, the rank of",
        ),
        (cloud(9, 2, 0), {"n_components": 0}, ValueError, "n_components must be at least 1, got 0"),
        (cloud(9, 2, 0), {"n_components": 0.9}, TypeError, "n_components must be a whole number, got 0.9"),
        (
            cloud(3, 5, 0),
            {"whiten": True},
            ValueError,
            "X varies in 2 of 3 directions only: give n_components of at most 2",
        ),
    ],
)
def test_each_wrong_fit_gets_its_sentence(X, settings, error, message):
    with pytest.raises(error, match=message):
        PCA(**settings).fit(X)


def test_each_wrong_use_gets_its_sentence():
    with pytest.raises(ValueError, match=r"this PCA has seen no data: call fit\(X\) before transform"):
        PCA().transform([[1.0]])
    with pytest.raises(ValueError, match=r"this PCA has seen no data: call fit\(X\) before inverse_transform"):
        PCA().inverse_transform([[1.0]])
    pca = PCA(1).fit(cloud(9, 3, 0))
    with pytest.raises(ValueError, match=r"X must have shape \(n, 3\) to match the data of fit, got \(2, 2\)"):
        pca.transform(np.ones((2, 2)))
    with pytest.raises(ValueError, match=r"Z must have shape \(n, 1\) to match the components, got \(2, 2\)"):
        pca.inverse_transform(np.ones((2, 2)))
