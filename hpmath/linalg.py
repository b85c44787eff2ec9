r"""What does a symmetric matrix do, how do I solve with it, and what if it refuses?

Chapters: 06 pca (``power_iteration``, ``active_subspace``), 07 decompositions (``lu``, ``cholesky``,
``solve_cholesky``, ``log_determinant``, ``cholesky_append``).

Symbols
-------
A : (n, n), the matrix; P : a permutation; L : lower triangular; U : upper triangular; A = P L U, or A = L Lᵀ
pivot : what the columns before leave of a diagonal entry, A[j, j] − Σ L[j, k]²; the leading minor of order j is the
product of the first j pivots, so the first pivot that is not positive is that of the first minor that is not
C : (d, d), E[∇f ∇fᵀ] = W Λ Wᵀ, from n gradients (n, d); its leading eigenvectors span the active subspace

Start reading at ``_by_columns``, Cholesky in five lines, then ``cholesky``, which leaves the same work to LAPACK.

References
----------
Golub & Van Loan (2013), Matrix Computations, ch. 3, 4 and 8; Higham (2002), Accuracy and Stability of Numerical
Algorithms, ch. 9 and 10; Constantine (2015), Active Subspaces, ch. 3.
"""

from __future__ import annotations

import warnings
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import bandwidth, solve_triangular
from scipy.linalg.lapack import dpotrf, dpotrs

from hpmath._checks import (
    RNG,
    FloatArray,
    as_count,
    as_finite,
    as_fraction,
    as_number,
    as_points,
    as_rng,
    as_square,
    as_symmetric,
    one_of,
)

_EPS = float(np.finfo(np.float64).eps)


# -- solving ---------------------------------------------------------------------------------------------------------


def lu(A: ArrayLike) -> tuple[FloatArray, FloatArray, FloatArray]:
    r"""Gaussian elimination with partial pivoting, kept as three factors.

    .. math:: A = P L U

    In column j the row with the largest entry is swapped up, so no multiplier exceeds 1 in size. Every square matrix
    has such factors, a singular one too: U then has a zero on its diagonal. By hand, for reading; for speed,
    ``scipy.linalg.lu``.

    Parameters
    ----------
    A : array_like, shape (n, n)
        Any square matrix.

    Returns
    -------
    P : ndarray, shape (n, n)
        Permutation matrix.
    L : ndarray, shape (n, n)
        Lower triangular, ones on the diagonal, no entry larger than 1 in size.
    U : ndarray, shape (n, n)
        Upper triangular, in units of A.

    Raises
    ------
    ValueError
        If A is not square, is empty or has a non-finite entry.

    References
    ----------
    Golub & Van Loan (2013), algorithm 3.4.1.

    Examples
    --------
    >>> P, L, U = lu([[1.0, 2.0], [4.0, 4.0]])
    >>> L
    array([[1.  , 0.  ],
           [0.25, 1.  ]])
    >>> P @ L @ U
    array([[1., 2.],
           [4., 4.]])
    """
    U = as_square(A).copy()
    n = len(U)
    L, order = np.eye(n), np.arange(n)
    for j in range(n - 1):
        top = j + int(np.abs(U[j:, j]).argmax())
        U[[j, top]] = U[[top, j]]
        L[[j, top], :j] = L[[top, j], :j]
        order[[j, top]] = order[[top, j]]
        if U[j, j] != 0:  # else the column is clear already
            L[j + 1 :, j] = U[j + 1 :, j] / U[j, j]
            U[j + 1 :, j:] -= np.outer(L[j + 1 :, j], U[j, j:])
            U[j + 1 :, j] = 0.0
    return np.eye(n)[:, order], L, U


def cholesky(A: ArrayLike, *, max_jitter: float | None = None, method: str = "lapack") -> tuple[FloatArray, float]:
    r"""Cholesky factor of a symmetric positive definite matrix, and the jitter that it took.

    .. math:: A + \text{jitter} \cdot I = L L^\top

    A is tried as it is. If it fails, jitter grows tenfold from :math:`n\,\varepsilon` times the mean diagonal entry
    until it succeeds or would pass ``max_jitter``. Adding jitter to the covariance matrix of a Gaussian process says
    that each value was observed with that much more noise variance. Two equal configurations without noise need it.

    That a factor exists tells that A is positive definite only up to rounding: with a smallest eigenvalue within
    :math:`\pm n\,\varepsilon\,\lambda_{\max}` of zero it succeeds or fails by chance.

    Parameters
    ----------
    A : array_like, shape (n, n)
        Symmetric, up to 1.5e-8 of its largest entry.
    max_jitter : float, optional
        The most that may be added to the diagonal, in units of A. By default :math:`\sqrt\varepsilon` = 1.5e-8 times
        the mean size of the diagonal: enough for any matrix that is positive semidefinite but for rounding, too little
        for one that is really indefinite. 0 allows none.
    method : {"lapack", "textbook"}
        LAPACK's factorisation, or column by column in NumPy, to be read.

    Returns
    -------
    L : ndarray, shape (n, n)
        Lower triangular with a positive diagonal.
    jitter : float
        What was added to the diagonal; 0.0 where nothing was.

    Raises
    ------
    ValueError
        If A needs more than ``max_jitter``: the sentence names the first leading minor that is not positive, its
        pivot, the smallest eigenvalue and a jitter that is enough. Also if A is not square, not symmetric, empty or
        not finite.

    References
    ----------
    Golub & Van Loan (2013), algorithm 4.2.1; Higham (2002), ch. 10, on when rounding makes it fail.

    Examples
    --------
    >>> L, jitter = cholesky([[4.0, 2.0], [2.0, 5.0]])
    >>> L, jitter
    (array([[2., 0.],
           [1., 2.]]), 0.0)
    >>> cholesky([[1.0, 2.0], [2.0, 1.0]])
    Traceback (most recent call last):
    ...
    ValueError: A is not positive definite: its leading minor of order 2 is negative (pivot -3), its smallest
    eigenvalue is -1; a jitter of 1.01 would be enough, max_jitter allows 1.49e-08
    """
    A = as_symmetric(A)
    factor = {"lapack": _lapack, "textbook": _by_columns}[one_of(method, "method", ("lapack", "textbook"))]
    size = float(np.abs(A.diagonal()).mean())
    most = np.sqrt(_EPS) * size if max_jitter is None else as_number(max_jitter, "max_jitter", least=0)
    L, failed = factor(A)
    jitter, order = 0.0, failed
    while failed:
        if jitter >= most:
            raise ValueError(_refusal(A, order, most))
        jitter = min(max(10 * jitter, len(A) * _EPS * size, float(np.finfo(np.float64).tiny)), most)  # A may be zero
        L, failed = factor(_plus(A, jitter))
    return L, float(jitter)


def _by_columns(A: FloatArray) -> tuple[FloatArray, int]:
    """Return Cholesky's factor and 0, or the order of the first leading minor that is not positive."""
    L = np.zeros_like(A)
    for j in range(len(A)):
        column = A[j:, j] - L[j:, :j] @ L[j, :j]  # what the columns before leave over
        if not column[0] > 0:  # the pivot
            return L, j + 1
        L[j:, j] = column / np.sqrt(column[0])
    return L, 0


def _lapack(A: FloatArray) -> tuple[FloatArray, int]:
    """As `_by_columns`."""
    return dpotrf(A.T, lower=1, clean=1)  # type: ignore[no-any-return]  # the transpose is in LAPACK's order: no copy


def _plus(A: FloatArray, jitter: float) -> FloatArray:
    A = A.copy()
    A.flat[:: len(A) + 1] += jitter
    return A


def _refusal(A: FloatArray, order: int, most: float) -> str:
    """Say which leading minor of A is not positive, how far it is from it, and what jitter would be enough."""
    L, failed = _by_columns(A[:order, :order])
    order = failed or order  # LAPACK sums in another order, and may stop a minor earlier or later by rounding
    k = order - 1
    pivot = float(A[k, k] - L[k, :k] @ L[k, :k])
    eigenvalues = np.linalg.eigvalsh(A)
    rounding = len(A) * _EPS * float(np.abs(eigenvalues).max())
    enough = 1.01 * max(-float(eigenvalues[0]), 0.0) + rounding
    while any(factor(_plus(A, 0.995 * enough))[1] for factor in (_lapack, _by_columns)):
        enough = 2 * enough + float(np.finfo(np.float64).tiny)
    sign = "negative" if pivot < -rounding else "zero to rounding"
    return (
        f"A is not positive definite: its leading minor of order {order} is {sign} (pivot {pivot:.3g}), its smallest "
        f"eigenvalue is {eigenvalues[0]:.3g}; a jitter of {enough:.3g} would be enough, max_jitter allows {most:.3g}"
    )


def solve_cholesky(L: ArrayLike, b: ArrayLike) -> FloatArray:
    r"""Solve :math:`A x = b` with the Cholesky factor of A: one substitution forward, one back.

    .. math:: L z = b, \qquad L^\top x = z

    Parameters
    ----------
    L : array_like, shape (n, n)
        Lower triangular with a non-zero diagonal, from :func:`cholesky`.
    b : array_like, shape (n,) or (n, k)
        One right-hand side, or k as columns.

    Returns
    -------
    ndarray, shape of b
        In units of b over A.

    Raises
    ------
    ValueError
        If L is not square, not lower triangular, singular or not finite, or b does not have n finite rows.

    References
    ----------
    Golub & Van Loan (2013), sec. 4.2.

    Examples
    --------
    >>> L, _ = cholesky([[4.0, 2.0], [2.0, 5.0]])
    >>> solve_cholesky(L, [8.0, 8.0])
    array([1.5, 1. ])
    """
    L = _as_factor(L)
    b = as_finite(b, "b")
    if b.ndim not in (1, 2) or len(b) != len(L):
        raise ValueError(f"b must have shape ({len(L)},) or ({len(L)}, k) to match L, got {b.shape}")
    if b.size == 0:
        return b.copy()
    # LAPACK stores columns: a factor stored by rows is, unmoved, the upper one of A = UᵀU.
    x, _ = dpotrs(L, b, lower=1) if L.flags.f_contiguous else dpotrs(L.T, b, lower=0)
    return np.ascontiguousarray(x)


def log_determinant(A: ArrayLike) -> float:
    r"""Logarithm of the determinant of a symmetric positive definite matrix.

    .. math:: \ln |A| = 2 \sum_j \ln L_{jj}

    The determinant itself overflows a double near n = 300 already for A = 11 I; its logarithm does not.

    Parameters
    ----------
    A : array_like, shape (n, n)
        Symmetric positive definite. No jitter is added: it would change the answer.

    Returns
    -------
    float
        In nats.

    Raises
    ------
    ValueError
        As :func:`cholesky` with ``max_jitter=0``.

    References
    ----------
    Rasmussen & Williams (2006), eq. A.18.

    Examples
    --------
    >>> A = [[4.0, 2.0], [2.0, 5.0]]
    >>> print(round(log_determinant(A), 6), round(np.log(16), 6))
    2.772589 2.772589
    """
    return float(2 * np.log(cholesky(A, max_jitter=0.0)[0].diagonal()).sum())


def cholesky_append(L: ArrayLike, k: ArrayLike, kappa: ArrayLike) -> FloatArray:
    r"""Cholesky factor of a matrix with a row and column (or m of them) appended, in O(n²) instead of O(n³).

    .. math::
        \begin{pmatrix} A & k \\ k^\top & \kappa \end{pmatrix} =
        \begin{pmatrix} L & 0 \\ \ell^\top & \lambda \end{pmatrix}
        \begin{pmatrix} L & 0 \\ \ell^\top & \lambda \end{pmatrix}^\top,
        \qquad L \ell = k, \quad \lambda = \sqrt{\kappa - \ell^\top \ell}

    For m rows λ is the Cholesky factor of :math:`\kappa - \ell^\top\ell`, at a cost of O(m n² + m² n + m³).

    Parameters
    ----------
    L : array_like, shape (n, n)
        Cholesky factor of A.
    k : array_like, shape (n,) or (n, m)
        The new column above the diagonal: the covariances of the n old points (rows) with the m new ones (columns).
    kappa : float or array_like, shape (m, m)
        The new block on the diagonal, with its noise and jitter; a number for one new row.

    Returns
    -------
    ndarray, shape (n + m, n + m)
        A new array; L is left as it is.

    Raises
    ------
    ValueError
        If the larger matrix is not positive definite (the sentence says by how much), L is no lower triangular factor,
        or the shapes do not match.

    References
    ----------
    Golub & Van Loan (2013), sec. 4.2.9, the block version; Osborne (2010), thesis, appendix B.

    Examples
    --------
    >>> L = cholesky_append([[2.0]], [2.0], 5.0)
    >>> L
    array([[2., 0.],
           [1., 2.]])
    """
    L = _as_factor(L)
    k, kappa = as_finite(k, "k"), as_finite(kappa, "kappa")
    n = len(L)
    if k.ndim not in (1, 2) or len(k) != n or k.size == 0:
        raise ValueError(f"k must have shape ({n},) or ({n}, m) with m >= 1 to match L, got {k.shape}")
    columns = k.reshape(n, -1)
    m = columns.shape[1]
    if kappa.size != m * m or kappa.shape not in ((), (1,), (m, m)):
        raise ValueError(f"kappa must be {'a number' if m == 1 else f'of shape ({m}, {m})'} to match k, got {kappa!r}")
    block = as_symmetric(kappa.reshape(m, m), "kappa")
    ell = solve_triangular(L, columns, lower=True, check_finite=False)
    schur = block - ell.T @ ell
    try:
        corner = cholesky(schur, max_jitter=0.0)[0]
    except ValueError as error:
        raise ValueError(
            f"the matrix with the new rows is not positive definite: for A = kappa - ell' ell, {error}"
        ) from None
    larger = np.zeros((n + m, n + m))
    larger[:n, :n] = L
    larger[n:, :n] = ell.T
    larger[n:, n:] = corner
    return larger


def _as_factor(L: ArrayLike) -> FloatArray:
    L = as_square(L, "L")
    if bandwidth(L)[1] > 0:
        raise ValueError(
            "L must be lower triangular, got entries above its diagonal (pass the transpose of an upper one)"
        )
    if not L.diagonal().all():
        raise ValueError(f"L must have no zero on its diagonal, got one in row {int(np.argmin(np.abs(L.diagonal())))}")
    return L


# -- eigenvectors ----------------------------------------------------------------------------------------------------


class _Pair(NamedTuple):
    eigenvalues: Any
    eigenvectors: FloatArray


class _Eigen(_Pair):
    """Two arrays that unpack, and what else is known about them."""

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a result is frozen, {name} cannot be set")

    def __repr__(self) -> str:
        fields = {**self._asdict(), **self.__dict__}
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in fields.items())})"


class PowerIteration(_Eigen):
    """Eigenpairs that unpack as two: ``eigenvalues, eigenvectors = power_iteration(A, 3)``.

    Attributes
    ----------
    eigenvalues : float, or ndarray of shape (k,)
        Largest in size first.
    eigenvectors : ndarray, shape (n,) or (n, k)
        Of length one, one a column.
    residuals : ndarray, shape (k,)
        ‖A v − λ v‖, in units of A. Some eigenvalue of A lies within this of λ.
    n_steps : ndarray of int, shape (k,)
        Products with A that each pair took.
    converged : ndarray of bool, shape (k,)
        Whether each pair reached the tolerance.

    Examples
    --------
    >>> power_iteration([[2.0, 0.0], [0.0, 1.0]]).converged
    array([ True])
    """

    residuals: FloatArray
    n_steps: NDArray[np.int64]
    converged: NDArray[np.bool_]

    def __new__(cls, eigenvalues: Any, eigenvectors: FloatArray, **known: Any) -> PowerIteration:
        """Pair the two with what is known of their errors."""
        self = super().__new__(cls, eigenvalues, eigenvectors)
        self.__dict__.update(known)
        return self


class ActiveSubspace(_Eigen):
    """Eigenpairs of C that unpack as two: ``eigenvalues, eigenvectors = active_subspace(gradients)``.

    Attributes
    ----------
    eigenvalues : ndarray, shape (d,)
        Mean squared slope of f along each eigenvector, largest first; in units of f² per unit of x².
    eigenvectors : ndarray, shape (d, d)
        One a column, the entry of largest size positive. The first k columns span the active subspace of k dimensions.
    intervals : ndarray, shape (d, 2), or None
        Bootstrap interval of each eigenvalue; None unless asked for.
    subspace_error : ndarray, shape (d − 1,), or None
        Entry k − 1: how far the span of the first k eigenvectors moves between bootstrap samples, as the mean sine of
        the largest angle. 0 is not at all; near 1 the data do not say which subspace of k dimensions it is.

    Examples
    --------
    >>> space = active_subspace([[1.0, 1.0], [2.0, 2.0], [-1.0, -1.0]])
    >>> space.eigenvalues.round(6), space.intervals
    (array([4., 0.]), None)
    """

    intervals: FloatArray | None
    subspace_error: FloatArray | None

    def __new__(cls, eigenvalues: Any, eigenvectors: FloatArray, **known: Any) -> ActiveSubspace:
        """Pair the two with what the bootstrap says of them."""
        self = super().__new__(cls, eigenvalues, eigenvectors)
        self.__dict__.update(known)
        return self


def with_fixed_signs(V: FloatArray) -> FloatArray:
    """Return the columns of V, each with the sign that makes its entry of largest size positive.

    An eigenvector is determined up to its sign only. Of entries that tie up to rounding the first decides.
    """
    size = np.abs(V)
    first = (size >= (1 - np.sqrt(_EPS)) * size.max(axis=0)).argmax(axis=0)
    return np.asarray(V * np.where(V[first, np.arange(V.shape[1])] < 0, -1.0, 1.0))


def power_iteration(
    A: ArrayLike, k: int | None = None, *, n_steps: int = 10_000, tolerance: float = 1e-12, rng: RNG = 0
) -> PowerIteration:
    r"""Leading eigenpairs of a symmetric matrix by multiplying again and again; later ones by deflation.

    .. math:: v \leftarrow A v / \lVert A v \rVert, \qquad \lambda = v^\top A v

    The part of v along the other eigenvectors shrinks by :math:`|\lambda_2/\lambda_1|` a step. For the next pair what
    was found is taken out of A, :math:`A - \lambda v v^\top` (in the code by keeping v orthogonal to all found ones,
    the same but for rounding).

    Where two eigenvalues are equal, any vector of their plane will do: the start decides which it is, the eigenvalue is
    right, and deflation finds the second. Where they are nearly equal the iteration is slow, and where
    :math:`\lambda_2 = -\lambda_1` it never settles. Then the pair comes back with ``converged`` False and a warning.

    Parameters
    ----------
    A : array_like, shape (n, n)
        Symmetric, up to 1.5e-8 of its largest entry. Eigenvalues may be negative; leading means largest in size.
    k : int, optional
        How many pairs, at most n. By default one, as a number and a vector.
    n_steps : int
        At most so many products with A for each pair.
    tolerance : float
        A pair has converged when :math:`\lVert A v - \lambda v \rVert`, A deflated, is at most this times
        :math:`|\lambda|`, or is down to rounding, n ε ‖A‖. Later pairs inherit the errors of the earlier ones:
        ``residuals`` are those of A itself.
    rng : None, int or numpy.random.Generator
        Where the random starts come from. By default always the same.

    Returns
    -------
    PowerIteration
        Unpacks as ``eigenvalue, eigenvector`` (float, (n,)), or with k given as ``eigenvalues, eigenvectors`` ((k,),
        (n, k)). Each vector has its entry of largest size positive. Has ``residuals, n_steps, converged``.

    Raises
    ------
    ValueError
        If A is not square, not symmetric, empty or not finite, or k is more than n.

    Warns
    -----
    RuntimeWarning
        If a pair has not converged.

    References
    ----------
    Golub & Van Loan (2013), sec. 8.2.1; Trefethen & Bau (1997), lecture 27.

    Examples
    --------
    >>> value, vector = power_iteration([[2.0, 1.0], [1.0, 2.0]])
    >>> round(value, 8), vector.round(8)
    (3.0, array([0.70710678, 0.70710678]))
    >>> values, vectors = power_iteration([[2.0, 1.0], [1.0, 2.0]], k=2)
    >>> values.round(8)
    array([3., 1.])
    """
    A = as_symmetric(A)
    n, wanted = len(A), 1 if k is None else as_count(k, "k")
    if wanted > n:
        raise ValueError(f"k must be at most {n}, the number of rows of A, got {k}")
    n_steps, tolerance = as_count(n_steps, "n_steps"), as_number(tolerance, "tolerance", least=0)
    generator = as_rng(rng)
    rounding = n * _EPS * float(np.linalg.norm(A))

    values, residuals = np.zeros(wanted), np.zeros(wanted)
    spent, converged = np.zeros(wanted, dtype=np.int64), np.zeros(wanted, dtype=np.bool_)
    V = np.zeros((n, 0))
    for j in range(wanted):
        v = _unit(generator.normal(size=n), V)
        for spent[j] in range(1, n_steps + 1):
            product = A @ v
            product -= V @ (V.T @ product)
            values[j] = v @ product
            change = np.linalg.norm(product - values[j] * v)
            converged[j] = change <= max(tolerance * abs(values[j]), rounding)
            if converged[j]:
                break
            v = _unit(product, V)
        residuals[j] = np.linalg.norm(A @ v - values[j] * v)
        V = np.column_stack([V, v])
    if not converged.all():
        j = int(converged.argmin())
        warnings.warn(
            f"eigenpair {j} has not converged in {n_steps} steps (residual {residuals[j]:.2g}, eigenvalue "
            f"{values[j]:.6g}): another eigenvalue is probably as large or nearly so, perhaps of opposite sign",
            RuntimeWarning,
            stacklevel=2,
        )
    V = with_fixed_signs(V)
    known = {"residuals": residuals, "n_steps": spent, "converged": converged}
    return PowerIteration(float(values[0]), V[:, 0], **known) if k is None else PowerIteration(values, V, **known)


def _unit(v: FloatArray, found: FloatArray) -> FloatArray:
    """Return v without its parts along the columns of ``found``, of length one."""
    for _ in range(2):  # once leaves rounding of the size of what was taken out
        v = v / np.linalg.norm(v)
        v = v - found @ (found.T @ v)
    return np.asarray(v / np.linalg.norm(v))


def active_subspace(
    gradients: ArrayLike, *, n_bootstrap: int = 0, confidence: float = 0.95, rng: RNG = None
) -> ActiveSubspace:
    r"""Directions along which a function varies, from its gradients at random points.

    .. math:: C = \mathrm E[\nabla f\, \nabla f^\top] \approx \frac1n \sum_{i=1}^n g_i g_i^\top = W \Lambda W^\top

    An eigenvalue is the mean squared slope of f along its eigenvector. Where they drop after the k-th, f is nearly a
    function of the k numbers :math:`W_{:,1:k}^\top x`. It depends on the distribution of the points and on the units of
    x. Computed through the SVD of the gradients, without forming C.

    Parameters
    ----------
    gradients : array_like, shape (n, d)
        One gradient a row, at n independent points.
    n_bootstrap : int
        Bootstrap samples for the intervals: the n gradients are drawn again with replacement. 0, the default, makes
        none; 1,000 is a good number.
    confidence : float
        Of the intervals, strictly between 0 and 1.
    rng : None, int or numpy.random.Generator
        Source of the bootstrap samples.

    Returns
    -------
    ActiveSubspace
        Unpacks as ``eigenvalues, eigenvectors``, (d,) largest first and (d, d) with the vectors as columns; has
        ``intervals`` (d, 2), quantiles of the bootstrap, and ``subspace_error`` (d − 1,). They tell the spread from
        sample to sample. Eigenvalues themselves are biased with few gradients: the first too large, and with n < d the
        last d − n are zero whatever f is.

    Raises
    ------
    ValueError
        If ``gradients`` is not a finite, non-empty (n, d), or there are fewer than two to resample.

    References
    ----------
    Constantine (2015), ch. 3; Constantine & Gleich (2014), arXiv:1408.0545.

    Examples
    --------
    f(x) = (x₀ + 2 x₁)², at random points: one direction, (1, 2)/√5.

    >>> X = np.random.default_rng(0).uniform(-1, 1, (200, 2))
    >>> G = 2 * (X @ [1, 2])[:, None] * [1, 2]
    >>> eigenvalues, eigenvectors = active_subspace(G)
    >>> eigenvectors[:, 0].round(4)
    array([0.4472, 0.8944])
    >>> active_subspace(G, n_bootstrap=500, rng=0).intervals[0].round(1)
    array([27. , 37.2])
    """
    G = as_points(gradients, "gradients")
    n, d = G.shape
    if G.size == 0:
        raise ValueError(f"gradients must have at least one row and one column, got shape {G.shape}")
    n_bootstrap, confidence = as_count(n_bootstrap, "n_bootstrap", least=0), as_fraction(confidence, "confidence")
    _, singular, Wt = np.linalg.svd(G, full_matrices=n < d)
    eigenvalues, W = np.zeros(d), with_fixed_signs(Wt.T)
    eigenvalues[: len(singular)] = singular**2 / n
    if n_bootstrap == 0:
        return ActiveSubspace(eigenvalues, W, intervals=None, subspace_error=None)
    if n < 2:
        raise ValueError(f"gradients must have at least 2 rows to be resampled, got {n}")

    generator = as_rng(rng)
    resampled, moved = np.zeros((n_bootstrap, d)), np.zeros((n_bootstrap, d - 1))
    # Here C may be formed: rounding is far below what the bootstrap shows. G W has no correlated columns left.
    rotated = G @ W
    for b in range(n_bootstrap):
        times = np.bincount(generator.integers(0, n, n), minlength=n)
        values, vectors = np.linalg.eigh((rotated * times[:, None]).T @ rotated / n)
        resampled[b] = np.maximum(values[::-1], 0.0)
        moved[b] = [np.linalg.norm(vectors[k:, ::-1][:, :k], 2) for k in range(1, d)]
    levels = [(1 - confidence) / 2, (1 + confidence) / 2]
    intervals = np.quantile(resampled, levels, axis=0).T
    return ActiveSubspace(eigenvalues, W, intervals=intervals, subspace_error=moved.mean(axis=0))
