"""Acquisition functions beside BoTorch's: median time on one thread, and errors against 50 digits.

``python benchmarks/acquisition.py`` writes ``benchmarks/results/acquisition.md``. BoTorch needs torch and is left out
where it is not installed. The contenders of a row take turns, so that a busy moment of the machine hits both.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import scipy
from _tables import medians, publish
from scipy.special import erfc, ndtr
from threadpoolctl import threadpool_limits

from hpmath import (
    expected_hypervolume_improvement,
    expected_improvement,
    log_expected_improvement,
    lower_confidence_bound,
    max_value_entropy_search,
    probability_of_improvement,
)

try:
    import botorch
    import torch
except ImportError:
    botorch = torch = None

N = 1_000_000
BEST = 0.25  # BoTorch keeps it in single precision


def botorchs(name: str, mean_: np.ndarray, std_: np.ndarray) -> Callable[[], Any]:
    """BoTorch's acquisition of that name on a model that has its prediction ready."""
    from botorch.acquisition import analytic
    from botorch.models.model import Model
    from botorch.posteriors.posterior import Posterior

    class Ready(Posterior):
        mean, variance = torch.tensor(mean_)[:, None, None], torch.tensor(std_**2)[:, None, None]
        device, dtype = torch.device("cpu"), torch.double

        def rsample(self, *args: Any, **kwargs: Any) -> Any:
            raise NotImplementedError

    class Oracle(Model):
        num_outputs = 1

        def posterior(self, X: Any, **kwargs: Any) -> Any:
            return Ready()

    X = torch.empty(len(mean_), 1, 1, dtype=torch.double)
    acquisition = getattr(analytic, name)(Oracle(), best_f=BEST, maximize=False)

    def run() -> Any:
        with torch.no_grad():
            return acquisition(X)

    return run


def textbook(mean: np.ndarray, std: np.ndarray) -> np.ndarray:
    """σ [z Φ(z) + φ(z)] as it stands."""
    z = (BEST - mean) / std
    return std * (z * ndtr(z) + np.exp(-0.5 * z * z) / np.sqrt(2 * np.pi))


def half_of_one_plus_erf(mean: np.ndarray, std: np.ndarray) -> np.ndarray:
    """The same with Φ = (1 + erf)/2, as many write it."""
    z = (BEST - mean) / std
    return std * (z * (1 + (1 - erfc(z / np.sqrt(2)))) / 2 + np.exp(-0.5 * z * z) / np.sqrt(2 * np.pi))


def times() -> list[str]:
    rows = []
    for spread, scores in ((1.0, r"mostly \|z\| < 10"), (30.0, r"mostly \|z\| > 10")):
        rng = np.random.default_rng(0)
        mean, std = spread * rng.normal(size=N), rng.uniform(0.1, 1, N)
        peers: dict[str, Callable[[], Any]] = {"textbook formula in NumPy": lambda m=mean, s=std: textbook(m, s)}
        if torch is not None:
            peers["BoTorch"] = botorchs("ExpectedImprovement", mean, std)
        for peer, theirs in peers.items():
            ours, other = medians(lambda m=mean, s=std: expected_improvement(m, s, BEST), theirs)
            rows.append(f"| EI, {scores} | {ours:.3g} | {peer} | {other:.3g} | {other / ours:.2g} |")
        if torch is not None:
            ours, other = medians(
                lambda m=mean, s=std: log_expected_improvement(m, s, BEST),
                botorchs("LogExpectedImprovement", mean, std),
            )
            rows.append(f"| log-EI, {scores} | {ours:.3g} | BoTorch | {other:.3g} | {other / ours:.2g} |")
            ours, other = medians(
                lambda m=mean, s=std: probability_of_improvement(m, s, BEST),
                botorchs("ProbabilityOfImprovement", mean, std),
            )
            rows.append(f"| PI, {scores} | {ours:.3g} | BoTorch | {other:.3g} | {other / ours:.2g} |")
    return rows


def alone() -> list[str]:
    rng = np.random.default_rng(0)
    mean, std = rng.normal(size=N), rng.uniform(0.1, 1, N)
    pairs, stds, front = rng.normal(size=(1000, 2)), rng.uniform(0.1, 1, (1000, 2)), rng.normal(size=(500, 2)) + 1
    work = {
        "EI with gradient, 10⁶ points": lambda: expected_improvement(mean, std, BEST, gradient=True),
        "log-EI with gradient, 10⁶ points": lambda: log_expected_improvement(mean, std, BEST, gradient=True),
        "log-EI with gradient, 1 point": lambda: log_expected_improvement(mean[:1], std[:1], BEST, gradient=True),
        "LCB, 10⁶ points": lambda: lower_confidence_bound(mean, std, 2.0),
        "MES, 10⁵ points, 10 minima": lambda: max_value_entropy_search(mean[:100_000], std[:100_000], front[:10, 0]),
        "EHVI, 1,000 points, 500 observed": lambda: expected_hypervolume_improvement(pairs, stds, front, [3, 3]),
    }
    return [f"| {name} | {medians(run)[0]:.3g} |" for name, run in work.items()]


def exact(z: float) -> tuple[Any, Any]:
    """EI and log-EI at σ = 1 to 50 digits."""
    with mpmath.workdps(50 + int(2 * np.log10(1 + abs(z)) + 0.25 * min(z * z, 1e4))):
        x = mpmath.mpf(z)
        if z < -200:  # Laplace's expansion; its terms fall by z² from one to the next
            series = mpmath.fsum((-1) ** j * mpmath.fac2(2 * j + 1) / x ** (2 * j + 2) for j in range(20))
            log_ei = -x * x / 2 - mpmath.log(2 * mpmath.pi) / 2 + mpmath.log(series)
            return mpmath.exp(log_ei), log_ei
        ei = x * mpmath.erfc(-x / mpmath.sqrt(2)) / 2 + mpmath.exp(-x * x / 2) / mpmath.sqrt(2 * mpmath.pi)
        return ei, mpmath.log(ei)


def relative(value: float, truth: Any) -> str:
    with mpmath.workdps(50):
        error = abs((mpmath.mpf(float(value)) - truth) / truth)
        return "lost" if error > 0.5 or not np.isfinite(value) else f"{float(error):.1e}"


def errors() -> list[str]:
    rows = []
    one = np.ones(1)
    for z in (5.0, 1.0, -1.0, -4.0, -8.0, -16.0, -32.0, -37.0, -1e3, -1e6):
        mean = np.array([BEST - z])
        true_ei, true_log = exact(float(BEST - mean[0]))
        their_ei = their_log = "–"
        if torch is not None:
            their_ei = relative(float(botorchs("ExpectedImprovement", mean, one)()), true_ei)
            their_log = relative(float(botorchs("LogExpectedImprovement", mean, one)()), true_log)
        below = true_ei < np.finfo(float).tiny
        cells = [
            "0" if below else relative(expected_improvement(mean, one, BEST)[0], true_ei),
            "0" if below else relative(textbook(mean, one)[0], true_ei),
            "0" if below else relative(half_of_one_plus_erf(mean, one)[0], true_ei),
            "0" if below else their_ei,
            relative(log_expected_improvement(mean, one, BEST)[0], true_log),
            their_log,
        ]
        rows.append(f"| {z:g} | " + " | ".join(cells) + " |")
    return rows


def main() -> None:
    peer = (
        "not installed: its rows are left out"
        if torch is None
        else f"{botorch.__version__} (torch {torch.__version__})"
    )
    lines = [
        f"One thread; NumPy {np.__version__}, SciPy {scipy.__version__}, BoTorch {peer}.",
        "Time for 10⁶ points in double precision, the prediction being ready. The ratio is the peer's time over ours.",
        "To reach: 1 or more beside BoTorch.",
        "",
        "| work | hpmath, ms | peer | peer, ms | ratio |",
        "|---|---|---|---|---|",
        *times(),
        "",
        "Without a peer:",
        "",
        "| work | ms |",
        "|---|---|",
        *alone(),
        "",
        "Relative error at one point with σ = 1, against 50 digits. *Lost*: not one digit is right. *0*: the",
        "improvement itself is no normal number in double precision.",
        "",
        "| z | EI, hpmath | EI, textbook | EI, Φ = (1 + erf)/2 | EI, BoTorch | log-EI, hpmath | log-EI, BoTorch |",
        "|---|---|---|---|---|---|---|",
        *errors(),
    ]
    publish("acquisition", lines)


if __name__ == "__main__":
    if torch is not None:
        torch.set_num_threads(1)
    with threadpool_limits(1):
        main()
