"""Record how a cross-validated loss and its difference quotients scatter when the folds are drawn again.

An RBF-kernel SVM on digits (raw pixels), C = 10, along the line log10 gamma = centre +- h with two centres: -3, near
the minimum, and -4, on the slope. Each repetition draws 5 shuffled, stratified folds and uses them at every point of
the line. So two points of one repetition share their folds, and points of two repetitions have independent folds: the
one table gives quotients with common and with independent folds. Recorded per fold: the validation error and the
smooth loss of the map (`hpmath.losses.coupled_log_loss`; the temperature is fitted to all out-of-fold decisions
of the repetition). One fold alone is a single hold-out of 20 %.

    python benchmarks/record/cv_noise.py                 # about 10 minutes on one core
"""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from sklearn import __version__ as sklearn_version
from sklearn.datasets import load_digits
from sklearn.model_selection import StratifiedKFold
from sklearn.svm import SVC
from tqdm import tqdm

from hpmath.losses import coupled_log_loss, fit_temperature

OUTPUT = Path(__file__).parents[2] / "hpmath" / "data" / "cv_noise.npz"
C, N_FOLDS, CENTRES = 10.0, 5, (-3.0, -4.0)
STEPS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)


def line() -> np.ndarray:
    points = [centre + sign * step for centre in CENTRES for step in (0.0, *STEPS) for sign in (-1, 1)]
    return np.unique(np.round(points, 6))


def main() -> None:
    parser = argparse.ArgumentParser(description="Record the noise of a cross-validated loss along a line.")
    parser.add_argument("--repetitions", type=int, default=80)
    parser.add_argument("--output", type=Path, default=OUTPUT)
    arguments = parser.parse_args()
    X, y = load_digits(return_X_y=True)
    log10_gamma = line()
    shape = (arguments.repetitions, len(log10_gamma), N_FOLDS)
    error, log_loss = np.empty(shape), np.empty(shape)
    for r in tqdm(range(arguments.repetitions), mininterval=10):
        folds = list(StratifiedKFold(N_FOLDS, shuffle=True, random_state=r).split(X, y))
        for p, exponent in enumerate(log10_gamma):
            decisions = np.empty((len(y), 45))
            for k, (train, valid) in enumerate(folds):
                model = SVC(C=C, gamma=10.0**exponent, decision_function_shape="ovo").fit(X[train], y[train])
                error[r, p, k] = np.mean(model.predict(X[valid]) != y[valid])
                decisions[valid] = model.decision_function(X[valid])
            temperature = fit_temperature(decisions, y)
            log_loss[r, p] = [coupled_log_loss(decisions[valid], y[valid], temperature) for _, valid in folds]
    meta = {
        "names": ["repetition", "log10_gamma", "fold"],
        "choices": [list(range(arguments.repetitions)), log10_gamma.tolist(), list(range(N_FOLDS))],
        "metric": "log_loss",
        "direction": "minimize",
        "quantities": {
            "error": "share of the fold's validation images misclassified; axes repetition, log10_gamma, fold",
            "log_loss": "cross-entropy of the coupled decisions, nats an image; axes repetition, log10_gamma, fold",
            "log10_gamma": "the points of the line",
        },
        "model": f"sklearn.svm.SVC(C={C:g}, gamma), defaults otherwise, raw pixels 0..16",
        "folds": f"StratifiedKFold({N_FOLDS}, shuffle=True, random_state=repetition)",
        "centres": list(CENTRES),
        "steps": list(STEPS),
        "source": "recorded by benchmarks/record/cv_noise.py",
        "scikit-learn": sklearn_version,
        "licence": "MIT; data: UCI Optical Recognition of Handwritten Digits (Alpaydin & Kaynak 1998), CC BY 4.0",
    }
    np.savez_compressed(
        arguments.output,
        meta=np.array(json.dumps(meta)),
        error=error.astype(np.float32),
        log_loss=log_loss.astype(np.float32),
        log10_gamma=log10_gamma,
    )
    print(f"wrote {arguments.output} ({arguments.output.stat().st_size / 1000:.0f} kB)")


if __name__ == "__main__":
    main()
