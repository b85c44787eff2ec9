r"""How does a Cholesky factor grow by a row without moving the rest of it?

Read by :mod:`hpmath.gaussian_process`; taught in chapter 07, where :func:`hpmath.cholesky_append` does the same with a
copy. Start with :meth:`PackedFactor.append`.

Symbols: L : (n, n), lower triangular, its rows one after the other in an array of n(n+1)/2 numbers with room behind.
"""

from __future__ import annotations

import numpy as np
from scipy.linalg.blas import dtpsv
from scipy.linalg.lapack import dtpttr, dtrttp

from hpmath._checks import FloatArray


class PackedFactor:
    """The factor L of K = L Lᵀ, row after row: to append a row is to write n + 1 numbers at the end.

    ``L`` is an (n, n) array stored by rows. LAPACK, which reads by columns, sees U = Lᵀ packed column after column.
    """

    def __init__(self, L: FloatArray) -> None:
        self.n = n = len(L)
        used = n * (n + 1) // 2
        self._rows = np.empty(used + self._room(n))
        self._rows[:used], _ = dtrttp(L.T, uplo="U")

    @staticmethod
    def _room(n: int) -> int:
        """Numbers to add to those of n points: room for an eighth more points, so that few appends copy."""
        return (n + 8) * (n + 8) // 8

    def append(self, k: FloatArray, kappa: float) -> bool:
        """Append a point with covariances k (n,) to those before and κ with itself: ℓ = L⁻¹ k, λ² = κ − ℓᵀℓ.

        Returns False, and appends nothing, where λ² is rounding: K is singular.
        """
        n, start = self.n, self.n * (self.n + 1) // 2
        ell = self.solve(k)
        square = kappa - ell @ ell
        if square <= n * np.finfo(np.float64).eps * kappa:
            return False
        if len(self._rows) < start + n + 1:
            self._rows = np.concatenate([self._rows, np.empty(self._room(n))])
        self._rows[start : start + n], self._rows[start + n] = ell, np.sqrt(square)
        self.n = n + 1
        return True

    def solve(self, b: FloatArray) -> FloatArray:
        """L⁻¹ b."""
        return dtpsv(self.n, self._rows, b, trans=1)  # type: ignore[no-any-return]

    def solve_transposed(self, b: FloatArray) -> FloatArray:
        """L⁻ᵀ b."""
        return dtpsv(self.n, self._rows, b)  # type: ignore[no-any-return]

    def diagonal(self) -> FloatArray:
        """The n pivots' roots."""
        i = np.arange(1, self.n + 1)
        return np.asarray(self._rows[i * (i + 1) // 2 - 1])

    def square(self) -> FloatArray:
        """L as an (n, n) array."""
        return dtpttr(self.n, self._rows[: self.n * (self.n + 1) // 2], uplo="U")[0].T  # type: ignore[no-any-return]
