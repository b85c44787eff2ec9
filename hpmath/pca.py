r"""Twelve columns, or really two? Principal components.

Chapter: 06 pca. Start reading at ``PCA.fit``: centre, decompose, fix the signs.

Symbols
-------
X : (n, d), rows are samples; X_c = X − mean = U S Vᵀ, its singular value decomposition
components : (k, d), rows of Vᵀ, the orthonormal directions of largest variance
explained variance : s_j² / (n − 1), the sample variance along component j, in units of X²

References
----------
Jolliffe (2002), Principal Component Analysis, ch. 3; Golub & Van Loan (2013), sec. 8.6.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from hpmath._checks import FloatArray, as_count, as_points
from hpmath.linalg import with_fixed_signs

_EPS = float(np.finfo(np.float64).eps)
_HARMLESS = 1e-6  # smallest over largest eigenvalue of XᵀX; the smallest is then right to some ε/1e-6 = 2e-10 of itself


class PCA:
    r"""Principal component analysis through the singular value decomposition of centred data.

    .. math:: X - \bar x = U S V^\top, \qquad \text{variance along } v_j = s_j^2/(n-1)

    The first k components are the k-dimensional subspace of largest variance, and also the one from which the data can
    be rebuilt with the least squared error. Columns in different units are compared as they stand: divide by their
    standard deviations first if that is not meant.

    For tall data whose variances span at most six decades the decomposition is that of :math:`X_c^\top X_c`, which is
    faster: squaring the condition number then costs some 2e-10 of the smallest variance and less of the others.
    Otherwise it is a QR decomposition of :math:`X_c` and the SVD of its R, right to rounding whatever the condition.

    Parameters
    ----------
    n_components : int, optional
        k, at most the rank of the centred data. By default all min(n, d); those beyond the rank have variance zero, and
        a direction that means nothing.
    whiten : bool
        Whether :meth:`transform` divides each component by its standard deviation.

    Attributes
    ----------
    components_ : ndarray, shape (k, d)
        One a row, by falling variance; of length one, orthogonal. Each has its entry of largest size positive.
    explained_variance_ : ndarray, shape (k,)
        Variance along each, with n − 1; in units of X².
    explained_variance_ratio_ : ndarray, shape (k,)
        Its share of the variance of all columns together.
    singular_values_ : ndarray, shape (k,)
        Of the centred data.
    mean_ : ndarray, shape (d,)
        What is subtracted.
    rank_ : int
        How many components have a variance above rounding.

    References
    ----------
    Jolliffe (2002), sec. 3.5.

    Examples
    --------
    >>> X = [[0.0, 0.0], [1.0, 2.0], [2.0, 4.0], [3.0, 6.0]]
    >>> pca = PCA(n_components=1).fit(X)
    >>> pca.components_.round(4), pca.explained_variance_ratio_.round(6)
    (array([[0.4472, 0.8944]]), array([1.]))
    >>> pca.inverse_transform(pca.transform([[1.0, 2.0]])).round(6)
    array([[1., 2.]])
    """

    components_: FloatArray
    explained_variance_: FloatArray
    explained_variance_ratio_: FloatArray
    singular_values_: FloatArray
    mean_: FloatArray
    rank_: int

    def __init__(self, n_components: int | None = None, *, whiten: bool = False) -> None:
        self.n_components = n_components
        self.whiten = whiten

    def __repr__(self) -> str:
        return f"PCA(n_components={self.n_components}, whiten={self.whiten})"

    def fit(self, X: ArrayLike) -> PCA:
        """Find the components of the rows of X.

        Parameters
        ----------
        X : array_like, shape (n, d)
            At least two rows that are not all equal.

        Returns
        -------
        PCA
            This object.

        Raises
        ------
        ValueError
            If X is not a finite (n, d), has one row or no variance, or ``n_components`` is more than the rank; with
            ``whiten=True`` also if the default would be.
        """
        X = as_points(X)
        n, d = X.shape
        if n < 2 or d < 1:
            raise ValueError(f"X must have at least 2 rows and 1 column to vary, got shape {X.shape}")
        wanted = None if self.n_components is None else as_count(self.n_components, "n_components")

        weights = np.full(n, 1 / n)
        mean = weights @ X  # X.mean(axis=0), as a matrix product: four times as fast
        centred = X - mean
        rest = weights @ centred  # the first mean rounds at the size of X, this one at that of its spread
        mean += rest
        centred -= rest
        s, Vt = _right_svd(centred)
        stored = _EPS * np.sqrt(n) * np.linalg.norm(mean)  # rounding in X itself
        rank = int((s > max(n, d) * _EPS * s[0] + stored).sum())
        if rank == 0:
            raise ValueError(f"X must vary, got {n} rows that are equal to rounding")
        if wanted is not None and wanted > rank:
            raise ValueError(
                f"n_components must be at most {rank}, the rank of the {n} x {d} centred data, got {wanted}"
            )
        k = wanted or len(s)
        if self.whiten and k > rank:
            raise ValueError(
                f"whiten=True divides by standard deviations, and X varies in {rank} of {k} directions only: "
                f"give n_components of at most {rank}"
            )
        variance = s**2 / (n - 1)
        self.rank_ = rank
        self.mean_ = mean
        self.components_ = with_fixed_signs(Vt[:k].T).T
        self.singular_values_ = s[:k]
        self.explained_variance_ = variance[:k]
        self.explained_variance_ratio_ = variance[:k] / variance.sum()
        return self

    def transform(self, X: ArrayLike) -> FloatArray:
        """Return the coordinates of rows along the components, (n, d) -> (n, k)."""
        self._check_fitted("transform")
        X = as_points(X, width=len(self.mean_), reason="to match the data of fit")
        Z = (X - self.mean_) @ self.components_.T
        return np.asarray(Z / np.sqrt(self.explained_variance_) if self.whiten else Z)

    def inverse_transform(self, Z: ArrayLike) -> FloatArray:
        """Return the points that have these coordinates, (n, k) -> (n, d): a projection of those transformed."""
        self._check_fitted("inverse_transform")
        Z = as_points(Z, "Z", width=len(self.components_), reason="to match the components")
        return np.asarray((Z * np.sqrt(self.explained_variance_) if self.whiten else Z) @ self.components_ + self.mean_)

    def fit_transform(self, X: ArrayLike) -> FloatArray:
        """Fit to X and return its coordinates, (n, d) -> (n, k)."""
        return self.fit(X).transform(X)

    def _check_fitted(self, method: str) -> None:
        if not hasattr(self, "components_"):
            raise ValueError(f"this PCA has seen no data: call fit(X) before {method}")


def _right_svd(X: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Singular values of X, largest first, and its right singular vectors as rows."""
    n, d = X.shape
    if n > 2 * d:
        # XᵀX is fast, but its condition number is that of X squared: only where that costs nothing.
        squares, V = np.linalg.eigh(X.T @ X)
        if squares[0] > _HARMLESS * squares[-1]:
            return np.sqrt(squares[::-1]), V[:, ::-1].T
        X = np.asarray(
            np.linalg.qr(X, mode="r")
        )  # X = Q R: the same singular values and right vectors, d rows instead of n
    _, s, Vt = np.linalg.svd(X, full_matrices=False)
    return s, Vt
