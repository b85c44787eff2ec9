"""Principal components and factorisations beside scikit-learn's and SciPy's: median time on one thread, and errors.

``python benchmarks/linalg.py`` writes ``benchmarks/results/linalg.md``. The contenders of a row take turns, so that a
busy moment of the machine hits both.
"""

from __future__ import annotations

import functools

import _tables
import numpy as np
import scipy
import scipy.linalg
import sklearn
from _tables import publish
from sklearn.decomposition import PCA as Theirs
from threadpoolctl import threadpool_limits

from hpmath import PCA, cholesky, cholesky_append, log_determinant, lu, solve_cholesky

compare = functools.partial(_tables.compare, repeats=151)


def data_with_singular_values(s: np.ndarray, n: int, seed: int) -> np.ndarray:
    """Centred data, (n, d), with these singular values."""
    rng = np.random.default_rng(seed)
    U = np.linalg.qr(np.column_stack([np.ones(n), rng.normal(size=(n, len(s)))]))[0][:, 1:]
    return U * s @ np.linalg.qr(rng.normal(size=(len(s), len(s))))[0].T


def principal_components() -> list[str]:
    rows = []
    full = Theirs(svd_solver="full")
    rng = np.random.default_rng(0)
    plain, thin = rng.normal(size=(2000, 50)), data_with_singular_values(np.geomspace(1, 1e-7, 50), 2000, 1)
    for X, name in ((plain, "independent columns"), (thin, "singular values from 1 to 1e-7")):
        what = f"PCA of 2,000 × 50, {name}"
        rows.append(compare(what, lambda X=X: PCA().fit(X), "scikit-learn, default", lambda X=X: Theirs().fit(X)))
        rows.append(compare(what, lambda X=X: PCA().fit(X), "scikit-learn, `full`", lambda X=X: full.fit(X)))
    return rows


def factorisations() -> list[str]:
    rows = []
    for n in (200, 1000):
        G = np.random.default_rng(n).normal(size=(n + 1, n + 20))
        K = G @ G.T / n + 0.1 * np.eye(n + 1)
        A, k, kappa = K[:n, :n].copy(), K[:n, n].copy(), K[n, n]
        L, b = cholesky(A)[0], np.ones(n)
        rows += [
            compare(
                f"cholesky, n = {n}",
                lambda A=A: cholesky(A),
                "scipy.linalg.cholesky",
                lambda A=A: scipy.linalg.cholesky(A, lower=True),
            ),
            compare(
                f"cholesky_append, n = {n}",
                lambda L=L, k=k, kappa=kappa: cholesky_append(L, k, kappa),
                "scipy.linalg.cholesky of the whole",
                lambda K=K: scipy.linalg.cholesky(K, lower=True),
            ),
            compare(
                f"solve_cholesky, n = {n}",
                lambda L=L, b=b: solve_cholesky(L, b),
                "scipy.linalg.cho_solve",
                lambda L=L, b=b: scipy.linalg.cho_solve((L, True), b),
            ),
            compare(
                f"log_determinant, n = {n}",
                lambda A=A: log_determinant(A),
                "numpy.linalg.slogdet",
                lambda A=A: np.linalg.slogdet(A),
            ),
        ]
    A = np.random.default_rng(2).normal(size=(200, 200))
    rows.append(compare("lu by hand, n = 200", lambda: lu(A), "scipy.linalg.lu", lambda: scipy.linalg.lu(A)))
    S = A @ A.T + np.eye(200)
    rows.append(
        compare(
            "cholesky, `textbook`, n = 200",
            lambda: cholesky(S, method="textbook"),
            "scipy.linalg.cholesky",
            lambda: scipy.linalg.cholesky(S, lower=True),
        )
    )
    return rows


def digits() -> list[str]:
    rows = []
    for smallest in (1e-2, 1e-4, 1e-7):
        s = np.geomspace(1, smallest, 50)
        X = data_with_singular_values(s, 2000, 3)
        errors = [
            np.abs(pca.fit(X).singular_values_ / s - 1).max() for pca in (PCA(), Theirs(), Theirs(svd_solver="full"))
        ]
        rows.append(f"| {smallest:g} | " + " | ".join(f"{error:.1e}" for error in errors) + " |")
    return rows


def main() -> None:
    lines = [
        f"One thread; NumPy {np.__version__}, SciPy {scipy.__version__}, scikit-learn {sklearn.__version__}.",
        "The ratio is the peer's time over ours. To reach: 1 or more for PCA beside scikit-learn's default.",
        "",
        "| work | hpmath, ms | peer | peer, ms | ratio |",
        "|---|---|---|---|---|",
        *principal_components(),
        *factorisations(),
        "",
        "Largest relative error of a singular value, PCA of 2,000 × 50, singular values from 1 down to the smallest:",
        "",
        "| smallest | hpmath | scikit-learn, default | scikit-learn, `full` |",
        "|---|---|---|---|",
        *digits(),
    ]
    publish("linalg", lines)


if __name__ == "__main__":
    with threadpool_limits(1):
        main()
