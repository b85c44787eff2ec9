"""The Gaussian process beside scikit-learn's, BoTorch's and bare LAPACK: median CPU time on one thread, and errors.

``python benchmarks/gaussian_process.py`` writes ``benchmarks/results/gaussian_process.md``. The contenders of a row
take turns, so that a busy moment of the machine hits all of them. BoTorch is left out where it is not installed.
"""

from __future__ import annotations

import functools
import importlib.util
import time
import warnings
from typing import Any

import _tables
import numpy as np
import scipy
import sklearn
from _tables import publish
from scipy.linalg.lapack import dpotrf, dpotri
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process import kernels as peers
from threadpoolctl import threadpool_limits

from hpmath import Constant, GaussianProcess, Matern52

SIZES = (50, 100, 200, 500)
medians = functools.partial(_tables.medians, clock=time.process_time)  # a busy machine counts here for nobody
BOTORCH = importlib.util.find_spec("botorch") is not None


def trials(n: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Five dimensions of which three matter, standardised values with noise."""
    rng = np.random.default_rng([seed, n])
    X = rng.random((n, 5))
    y = np.sin(3 * X @ [1, 2, 0.5, 0, 0]) + 0.1 * rng.normal(size=n)
    return X, (y - y.mean()) / y.std()


def pair(noise: float = 0.01) -> tuple[Any, Any]:
    """The same kernel for both, noise as its last hyperparameter."""
    ours = Constant(1.0) * Matern52(np.ones(5))
    theirs = peers.ConstantKernel(1.0) * peers.Matern(np.ones(5), nu=2.5) + peers.WhiteKernel(noise, (1e-8, 10))
    return ours, theirs


def likelihoods() -> list[str]:
    rows = []
    for n in SIZES:
        X, y = trials(n)
        kernel, other = pair()
        ours = GaussianProcess(kernel, optimize=False).fit(X, y)
        theirs = GaussianProcessRegressor(other, alpha=0, optimizer=None).fit(X, y)
        theta = theirs.kernel_.theta.copy()
        K = np.asfortranarray(theirs.kernel_(X))
        mine, peer, floor = medians(
            lambda ours=ours, theta=theta: ours.log_marginal_likelihood(theta, gradient=True),
            lambda theirs=theirs, theta=theta: theirs.log_marginal_likelihood(theta, eval_gradient=True),
            lambda K=K: dpotri(dpotrf(K, lower=0)[0], lower=0, overwrite_c=1),
        )
        a, b = ours.log_marginal_likelihood(theta, gradient=True), theirs.log_marginal_likelihood(theta, True)
        error = max(abs(a[0] / b[0] - 1), np.abs(a[1] - b[1]).max() / np.abs(b[1]).max())
        rows.append(
            f"| {n} | {mine:.3g} | {peer:.3g} | {floor:.3g} | {peer / mine:.1f} | {mine / floor:.1f} | {error:.0e} |"
        )
    return rows


def fits() -> list[str]:
    rows = []
    for n, restarts, repeats in ((50, 0, 11), (50, 2, 7), (100, 0, 7), (100, 2, 5), (200, 0, 5), (500, 0, 3)):
        X, y = trials(n)
        kernel, other = pair()
        alone = GaussianProcess(kernel, prior=None, n_restarts=restarts, rng=0)
        default = GaussianProcess(kernel, n_restarts=restarts, rng=0)
        theirs = GaussianProcessRegressor(other, alpha=0, n_restarts_optimizer=restarts, random_state=0)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            contenders = [lambda X=X, y=y, gp=gp: gp.fit(X, y) for gp in (alone, default, theirs)]
            if BOTORCH and restarts == 0:
                contenders.append(lambda X=X, y=y: botorch_fit(X, y))
            times = medians(*contenders, repeats=repeats)
        ahead = alone.log_marginal_likelihood_ - theirs.log_marginal_likelihood_value_
        torch = f"{times[3]:.3g}" if len(times) > 3 else "–"
        rows.append(
            f"| {n} | {restarts + 1} | {times[0]:.3g} | {times[1]:.3g} | {times[2]:.3g} | {torch} | "
            f"{times[2] / times[0]:.1f} | {times[2] / times[1]:.1f} | {ahead:+.3f} |"
        )
    return rows


def botorch_fit(X: np.ndarray, y: np.ndarray) -> Any:
    import torch
    from botorch.fit import fit_gpytorch_mll
    from botorch.models import SingleTaskGP
    from gpytorch.kernels import MaternKernel, ScaleKernel
    from gpytorch.mlls import ExactMarginalLogLikelihood

    torch.set_num_threads(1)
    covariance = ScaleKernel(MaternKernel(nu=2.5, ard_num_dims=X.shape[1]))
    model = SingleTaskGP(torch.tensor(X), torch.tensor(y)[:, None], covar_module=covariance, outcome_transform=None)
    return fit_gpytorch_mll(ExactMarginalLogLikelihood(model.likelihood, model))


def predictions() -> list[str]:
    rows = []
    X_new = np.random.default_rng(1).random((1000, 5))
    for n in SIZES:
        X, y = trials(n)
        kernel, other = pair()
        ours = GaussianProcess(kernel, noise=0.01, normalize_y=False, optimize=False).fit(X, y)
        theirs = GaussianProcessRegressor(other.k1, alpha=0.01, optimizer=None).fit(X, y)
        mine, peer = medians(
            lambda ours=ours: ours.predict(X_new, return_std=True),
            lambda theirs=theirs: theirs.predict(X_new, return_std=True),
        )
        pairs = zip(ours.predict(X_new, return_std=True), theirs.predict(X_new, return_std=True), strict=True)
        error = max(np.abs(a - b).max() for a, b in pairs)
        rows.append(f"| {n} | {mine:.3g} | {peer:.3g} | {peer / mine:.1f} | {error:.0e} |")
    return rows


def update(n: int) -> str:
    X, y = trials(n)
    kernel, _ = pair()

    def model(m: int) -> GaussianProcess:
        return GaussianProcess(kernel, noise=0.01, normalize_y=False, optimize=False).fit(X[:m], y[:m])

    seconds = np.empty((41, 3))
    for row in seconds:
        gp = model(n - 2)
        times = [time.process_time()]
        gp.update(X[-2:-1], y[-2:-1])
        times.append(time.process_time())
        gp.update(X[-1:], y[-1:])
        times.append(time.process_time())
        whole = model(n)
        times.append(time.process_time())
        row[:] = np.diff(times)
    first, second, refit = 1e3 * np.median(seconds[4:], axis=0)
    error = np.abs(gp.alpha_ - whole.alpha_).max() / np.abs(gp.alpha_).max()
    ratios = f"{refit / first:.0f} | {refit / second:.0f}"
    return f"| {n} | {first:.3g} | {second:.3g} | {refit:.3g} | {ratios} | {error:.0e} |"


def main() -> None:
    versions = f"NumPy {np.__version__}, SciPy {scipy.__version__}, scikit-learn {sklearn.__version__}"
    if BOTORCH:
        import botorch
        import torch

        versions += f", BoTorch {botorch.__version__}, torch {torch.__version__}"
    lines = [
        f"One thread; {versions}. Milliseconds of CPU time; a ratio is the peer's time over ours.",
        "",
        "Log marginal likelihood with gradient, ARD Matérn-5/2, d = 5, noise fitted. To reach: a ratio of 4 to "
        "scikit-learn at every n, and at most 2.5 times what LAPACK's `potrf` and `potri` alone take at n ≥ 200.",
        "",
        "| n | hpmath | scikit-learn | LAPACK alone | scikit-learn / hpmath | hpmath / LAPACK | largest difference |",
        "|---|---|---|---|---|---|---|",
        *likelihoods(),
        "",
        "Fit, from the same first start. To reach: 4 beside scikit-learn, 10 beside BoTorch, with a likelihood no "
        "worse. *Likelihood alone* maximises what scikit-learn does; *default* has priors. The last column is the log "
        "marginal likelihood reached alone, minus scikit-learn's.",
        "",
        "| n | starts | hpmath, likelihood alone | hpmath, default | scikit-learn | BoTorch | ratio, alone | "
        "ratio, default | ahead, nats |",
        "|---|---|---|---|---|---|---|---|---|",
        *fits(),
        "",
        "Mean and standard deviation at 1,000 points. To reach: 1.5.",
        "",
        "| n | hpmath | scikit-learn | ratio | largest difference |",
        "|---|---|---|---|---|",
        *predictions(),
        "",
        "One trial appended by `update`, right after a fit and once more, beside a fit to all without optimisation. "
        "To reach: 20 at n = 500.",
        "",
        "| n | first update | second update | refit | ratio, first | ratio, second | relative difference of α |",
        "|---|---|---|---|---|---|---|",
        *(update(n) for n in SIZES),
    ]
    publish("gaussian_process", lines)


if __name__ == "__main__":
    with threadpool_limits(1):
        main()
