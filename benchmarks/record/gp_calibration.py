"""Record how often the intervals of a Gaussian process hold trials that it has not seen, and how near its means are.

From four recorded tables n trials are drawn at random; a Gaussian process is fitted to them and predicts 300 others.
Kernel, transformation of the loss, warping of the inputs and the prior of the hyperparameters vary; the trials of a
seed are the same for all. On the same trials: nearest neighbours, a quadratic and a random forest, on the logarithm of
the loss; the first two choose their setting by leaving one trial out, the forest is scikit-learn's as it comes.

    python benchmarks/record/gp_calibration.py              # about 6 minutes on one core
"""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from scipy.spatial.distance import cdist
from scipy.special import ndtri
from sklearn import __version__ as sklearn_version
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import RidgeCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures, StandardScaler
from tqdm import tqdm

from hpmath import RBF, Constant, GaussianProcess, Matern12, Matern52, recorded, table_objective

OUTPUT = Path(__file__).parents[2] / "hpmath" / "data" / "gp_calibration.npz"
TABLES = ("svm_map", "hpobench_segment", "hpobench_vehicle", "hpolib_protein")
N_TRIALS, N_HELD_OUT = (10, 30, 100), 300
LEVELS = np.array([*np.arange(5, 100, 5), 99]) / 100
KERNELS = {"Matern12": Matern12, "Matern52": Matern52, "RBF": RBF}
MODELS = (
    [(kernel, loss, "prior", "") for kernel in KERNELS for loss in ("raw", "log")]
    + [(kernel, "log", "no prior", "") for kernel in KERNELS]
    + [
        ("Matern52", "raw", "prior", "warped"),
        ("Matern52", "log", "prior", "warped"),
        ("RBF", "log", "prior", "warped"),
    ]
)
RIVALS = ("mean", "neighbours", "quadratic", "forest")


def table(name: str) -> tuple[np.ndarray, np.ndarray]:
    """Return all configurations, levels evenly spaced on [0, 1] in each column, and their losses."""
    values = recorded(name)["error"].mean(axis=2) if name == "svm_map" else table_objective(name).values
    axes = [np.linspace(0, 1, size) for size in values.shape]
    X = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, values.ndim)
    return X, values.astype(float).ravel()


def gaussian_process(model: tuple[str, ...], U: np.ndarray, y: np.ndarray, new: np.ndarray, seed: int) -> tuple:
    """Return mean, standard deviation of a new trial and of the function, in units of y or of ln y."""
    name, loss, prior, warped = model
    d, values = U.shape[1], np.log(y) if loss == "log" else y
    kernel = Constant(1.0) * KERNELS[name](np.full(d, 0.5 * np.sqrt(d)))
    settings = {"prior": "scaled" if prior == "prior" else None, "warp": bool(warped), "rng": seed}
    gp = GaussianProcess(kernel, **settings).fit(U, values)
    mean, std = gp.predict(new, return_std=True, include_noise=True)
    return mean, std, gp.predict(new, return_std=True)[1]


def rival(name: str, U: np.ndarray, y: np.ndarray, new: np.ndarray, seed: int) -> np.ndarray:
    """Predict with something simpler; nearest neighbours and the quadratic choose their setting by leaving one out."""
    if name == "mean":
        return np.full(len(new), y.mean())
    if name == "neighbours":
        among = cdist(U, U)
        np.fill_diagonal(among, np.inf)
        near = y[np.argsort(among, axis=1)[:, :7]]  # of each trial, without itself
        errors = [np.mean((y - near[:, : k + 1].mean(axis=1)) ** 2) for k in range(7)]
        return y[np.argsort(cdist(new, U), axis=1)[:, : 1 + int(np.argmin(errors))]].mean(axis=1)
    if name == "quadratic":
        features = PolynomialFeatures(2, include_bias=False)
        model = make_pipeline(features, StandardScaler(), RidgeCV(10.0 ** np.arange(-4, 4)))
        return model.fit(U, y).predict(new)
    return RandomForestRegressor(100, random_state=seed).fit(U, y).predict(new)


def main() -> None:
    parser = argparse.ArgumentParser(description="Record the calibration of Gaussian processes on recorded tables.")
    parser.add_argument("--seeds", type=int, default=30)
    parser.add_argument("--output", type=Path, default=OUTPUT)
    arguments = parser.parse_args()
    shape = (len(TABLES), len(N_TRIALS), len(MODELS), arguments.seeds)
    held, held_latent = np.zeros((2, *shape, len(LEVELS)), dtype=np.uint16)
    log_density, rmse, below_zero, width = np.zeros((4, *shape), dtype=np.float32)
    rivals = np.zeros((*shape[:2], len(RIVALS), arguments.seeds), dtype=np.float32)
    half = ndtri((1 + LEVELS) / 2)
    tables = [table(name) for name in TABLES]
    for seed in tqdm(range(arguments.seeds), mininterval=10):
        for i, (X, losses) in enumerate(tables):
            rows = np.random.default_rng([seed, i]).permutation(len(losses))[: N_TRIALS[-1] + N_HELD_OUT]
            new, y_new = X[rows[-N_HELD_OUT:]], losses[rows[-N_HELD_OUT:]]
            for j, n in enumerate(N_TRIALS):
                U, y = X[rows[:n]], losses[rows[:n]]
                for k, model in enumerate(MODELS):
                    at = i, j, k, seed
                    mean, std, latent = gaussian_process(model, U, y, new, seed)
                    truth = np.log(y_new) if model[1] == "log" else y_new
                    off = np.abs(truth - mean)
                    held[at] = (off[:, None] <= half * std[:, None]).sum(axis=0)
                    held_latent[at] = (off[:, None] <= half * latent[:, None]).sum(axis=0)
                    density = -0.5 * (off / std) ** 2 - np.log(std) - 0.5 * np.log(2 * np.pi)
                    log_density[at] = np.mean(density - (truth if model[1] == "log" else 0))  # always of y itself
                    rmse[at] = np.sqrt(np.mean(off**2))
                    below_zero[at] = 0 if model[1] == "log" else np.mean(mean < 0)
                    ends = mean + np.array([[-1], [1]]) * half[LEVELS == 0.95] * std
                    width[at] = np.median(np.diff(np.exp(ends) if model[1] == "log" else ends, axis=0))
                for k, name in enumerate(RIVALS):
                    off = np.log(y_new) - rival(name, U, np.log(y), new, seed)
                    rivals[i, j, k, seed] = np.sqrt(np.mean(off**2))
    axes = "axes table, number of trials, model, seed"
    meta = {
        "tables": TABLES,
        "n_trials": N_TRIALS,
        "n_held_out": N_HELD_OUT,
        "models": [" ".join(part for part in model if part) for model in MODELS],
        "rivals": RIVALS,
        "quantities": {
            "levels": "confidence levels of central intervals",
            "held": f"how many of the held-out losses lie in the interval for a new trial; {axes}, level",
            "held_latent": f"the same with the interval for the function, without noise; {axes}, level",
            "log_density": f"mean log predictive density of the held-out losses, nats, of the raw loss always; {axes}",
            "rmse": f"root mean squared error of the mean, of the raw loss or of its logarithm; {axes}",
            "below_zero": f"share of held-out points at which the predicted mean of the loss is negative; {axes}",
            "width": f"median width of the 95 % interval for a new trial, in units of the raw loss; {axes}",
            "rivals": "root mean squared error of the logarithm of the loss; axes table, number of trials, rival, seed",
        },
        "inputs": "levels of each hyperparameter evenly spaced on [0, 1]; trials drawn at random without replacement",
        "source": "recorded by benchmarks/record/gp_calibration.py",
        "scikit-learn": sklearn_version,
        "licence": "MIT; computed from tables named in NOTICE.md",
    }
    arrays = {"held": held, "held_latent": held_latent, "log_density": log_density, "rmse": rmse}
    arrays |= {"below_zero": below_zero, "width": width, "rivals": rivals, "levels": LEVELS}
    np.savez_compressed(arguments.output, meta=np.array(json.dumps(meta)), **arrays)
    print(f"wrote {arguments.output} ({arguments.output.stat().st_size / 1000:.0f} kB)")


if __name__ == "__main__":
    main()
