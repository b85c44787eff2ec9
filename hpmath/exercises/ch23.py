"""What ``check`` knows of chapter 23, Bayesian optimisation."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from hpmath.exercises._grading import Chapter, Verdict, array, called, formula, function, number, right, wrong

chapter = Chapter(23)


@chapter.exercise(
    1,
    "What a crash leaves",
    hints=(
        r"The variance of all twenty has two parts: within the nineteen, and between them and the crash.",
        r"With $p = 1/20$: within $(1-p)\,v$, between $p(1-p)(M-m)^2$.",
    ),
)
def what_a_crash_leaves(answer: Any) -> Verdict:
    p, v, gap = 1 / 20, 0.01, 10 - 0.5
    truth = v / (v + p * gap**2)
    return number(
        answer,
        truth,
        rtol=2e-2,
        mistakes=[
            (1 - truth, "that is the share of the crash; the others have the rest."),
            (v / (v + gap**2), "the crash is one of twenty: its distance counts with p."),
            (v / (v + p * 10**2), "the distance is from the mean of the others, 0.5, not from zero."),
            (0.1 / (0.1 + p * gap**2), "0.01 is the variance already; you took its root."),
            (p * gap**2, "that is how much the crash adds; which share do the others have?"),
            (100 * truth, "a share of one is wanted, not per cent."),
        ],
        praise="less than a four-hundredth, and the crash was told as ten, not as a million.",
    )


@chapter.exercise(
    2,
    "How far is gelu from relu?",
    hints=(
        r"Four ordered levels stand evenly between 0 and 1, whatever their numbers are.",
        r"Three unordered ones are the rows of the identity matrix, divided by $\sqrt2$.",
        r"An inactive hyperparameter has one feature value, whatever was meant.",
    ),
)
def how_far(answer: Any) -> Verdict:
    corners = np.eye(3) / math.sqrt(2)
    c = float(np.linalg.norm(corners[0] - corners[2]))
    truth = [1 / 3, 1.0, c, 0.0]
    return array(
        answer,
        truth,
        rtol=1e-2,
        atol=1e-6,
        mistakes=[
            ([1 / 3, 1, math.sqrt(2), 0], "the corners are divided by √2, so that their edges have length one."),
            (
                [16 / 112, 1, c, 0],
                "a list of numbers is ordered but evenly spaced: 16 counts as a place, not as 16.",
            ),
            ([1, 1, c, 0], "the batch is ordered: neighbours are closer than the ends."),
            ([1 / 4, 1, c, 0], "four levels have three steps between them."),
            ([1 / 4, 3 / 4, c, 0], "four levels have three steps between them, and the ends are 0 and 1."),
        ],
        otherwise="the form is right, [a, b, c, d]; not all distances are.",
        praise="the same length for a choice as for the whole range of a number.",
    )


def _believed(mean: Any, cov: Any, noise: float, i: int) -> Any:
    cov = np.asarray(cov, dtype=float)
    return np.sqrt(np.maximum(np.diag(cov) - cov[:, i] ** 2 / (cov[i, i] + noise), 0))


@chapter.exercise(
    3,
    "Believe",
    hints=(
        r"The new variance at candidate $j$ is $c_{jj} - c_{ji}^2/(c_{ii}+\sigma_n^2)$.",
        r"`cov[:, i]` is the covariance of all candidates with the pending one, `np.diag(cov)` their variances.",
    ),
)
def believe(answer: Any) -> Verdict:
    rng = np.random.default_rng(0)
    inputs = []
    for m, noise, i in ((2, 0.0, 1), (4, 0.3, 2), (6, 0.05, 0)):
        root = rng.standard_normal((m, m + 2))
        inputs.append((rng.standard_normal(m), root @ root.T / m, noise, i))

    def no_noise(mean: Any, cov: Any, noise: float, i: int) -> Any:
        return _believed(mean, cov, 0.0, i)

    def variances(mean: Any, cov: Any, noise: float, i: int) -> Any:
        return _believed(mean, cov, noise, i) ** 2

    def deviation(mean: Any, cov: Any, noise: float, i: int) -> Any:
        cov = np.asarray(cov)
        return np.sqrt(np.maximum(np.diag(cov) - cov[:, i] ** 2 / (cov[i, i] + noise**2), 0))

    def only_there(mean: Any, cov: Any, noise: float, i: int) -> Any:
        out = np.sqrt(np.diag(cov))
        out[i] = _believed(mean, cov, noise, i)[i]
        return out

    def unmoved(mean: Any, cov: Any, noise: float, i: int) -> Any:
        return np.sqrt(np.diag(cov))

    return function(
        answer,
        _believed,
        inputs,
        rtol=1e-6,
        atol=1e-7,
        mistakes=[
            (no_noise, "a pending trial will be noisy, too: where is the noise variance?"),
            (variances, "these are variances; the rules of chapter 22 take standard deviations."),
            (deviation, "`noise` is a variance already."),
            (only_there, "the belief tells something of the neighbours as well: use the whole column of cov."),
            (unmoved, "nothing has changed: the mean stays, the deviation does not."),
        ],
        praise="the mean was not needed: that is the point of believing it.",
    )


@chapter.exercise(
    4,
    "What batches waste",
    hints=(
        r"A batch lasts as long as the longest of four exponential lengths.",
        r"Wait for the first of four: $1/4$ on average. Then three are left, and they are as new.",
    ),
)
def batches(answer: Any) -> Verdict:
    longest = sum(1 / j for j in range(1, 5))
    return number(
        answer,
        1 / longest,
        mistakes=[
            (longest, "that is how long a batch lasts; which share of it does a worker work?"),
            (1 - 1 / longest, "that is the share they wait."),
            (1 / 4, "four trials a batch, each of mean one, on four workers: work is 1 a worker, not 1/4."),
            (1.0, "nobody waits only if all lengths are equal."),
        ],
        praise="with exponential lengths a free worker that waits for the batch waits half its time.",
    )


def _bound(mean: Any, std: Any, tried: Any, width: float) -> Any:
    mean, std, tried = np.asarray(mean, dtype=float), np.asarray(std, dtype=float), np.asarray(tried, dtype=bool)
    return (mean + width * std)[tried].min() - (mean - width * std).min()


@chapter.exercise(
    5,
    "The bound",
    hints=(
        r"Two minima over different sets: the upper one over what was tried, the lower one over everything.",
        r"`(mean + width * std)[tried].min()` is the first of them.",
    ),
)
def the_bound(answer: Any) -> Verdict:
    rng = np.random.default_rng(1)
    inputs = []
    for m, width in ((5, 2.0), (40, 1.0), (12, 3.0)):
        tried = np.arange(m) % 3 == 0
        inputs.append((rng.standard_normal(m), rng.random(m) + 0.1, tried, width))

    def everywhere(mean: Any, std: Any, tried: Any, width: float) -> Any:
        return _bound(mean, std, np.ones(len(mean), dtype=bool), width)

    def tried_only(mean: Any, std: Any, tried: Any, width: float) -> Any:
        tried = np.asarray(tried, dtype=bool)
        return _bound(np.asarray(mean)[tried], np.asarray(std)[tried], np.ones(int(tried.sum()), dtype=bool), width)

    def of_best(mean: Any, std: Any, tried: Any, width: float) -> Any:
        return (
            np.asarray(mean)[np.asarray(tried, dtype=bool)].min() - (np.asarray(mean) - width * np.asarray(std)).min()
        )

    return function(
        answer,
        _bound,
        inputs,
        mistakes=[
            (everywhere, "the incumbent is one of the trials: the upper minimum is over what was tried."),
            (tried_only, "the minimum of f may lie where nobody looked: the lower minimum is over all candidates."),
            (of_best, "the values of the trials are known within the band only: take ucb, not the mean."),
        ],
    )


@chapter.exercise(
    6,
    "Against a rival that thinks, too",
    hints=(
        r"The loop takes $n(c+a)$ seconds, the rival $N(c+b)$.",
        r"Collect $c$ on one side; $N - n > 0$, so dividing keeps the direction.",
    ),
)
def rival(answer: Any) -> Verdict:
    return formula(
        answer,
        "(n*a - N*b)/(N - n)",
        over={"n": (1, 5), "N": (6, 20), "a": (0.5, 3), "b": (0.01, 0.4)},
        mistakes=[
            ("n*a/(N - n)", "that is for a rival that proposes for nothing; this one spends b."),
            ("(n*a - N*b)/(n - N)", "the sign: divide by N − n, which is positive."),
            ("n*(a - b)/(N - n)", "the rival spends b on each of its N proposals, not on n."),
            ("(n*a - N*b)/N", "the loop trains n times, too: c stands on both sides."),
            ("(N*b - n*a)/(N - n)", "the sign: the loop's own thinking raises the price."),
        ],
        praise="where it is negative, the loop wins at every training time.",
    )


@chapter.exercise(
    7,
    "A loop of your own",
    hints=(
        r"Start with `next_point`, and look at what Branin's losses are: from 0.4 to 300. What would a transform do?",
        r"A Gaussian process of ln(1 + y − min y) knows more than one of y: walls and valleys get equal say.",
        r"The check clips your point to the square. A loop that raises is told what it raised.",
    ),
)
def own_loop(answer: Any) -> Verdict:
    if not callable(answer):
        return wrong(f"a function propose(U, y, rng) is wanted, got {type(answer).__name__}.")
    from hpmath.objectives import branin
    from hpmath.searchers import QuasiRandomSearch

    f = branin()

    def loss(U: Any, turned: Any) -> Any:
        """Branin's function with the axes swapped and mirrored: no point is the best of every run."""
        swap, mirror = turned[0] > 0.5, turned[1:] > 0.5
        U = np.where(mirror, 1 - U, U)
        return np.array([f(config) for config in f.space.from_unit(U[:, ::-1] if swap else U)])

    left, uniform = [], []
    for seed in range(9):
        rng = np.random.default_rng(seed)
        turned = np.random.default_rng([seed, 2]).random(3)
        U = np.asarray(f.space.to_unit(QuasiRandomSearch(f.space, rng=seed).ask(6)))
        for rival in range(40):  # the same six points, then nine at random
            V = np.vstack([U, np.random.default_rng([seed, 1, rival]).random((9, 2))])
            uniform.append(loss(V, turned).min() - f.minimum)
        y = loss(U, turned)
        while len(U) < 15:
            u = called(answer, U.copy(), y.copy(), rng)
            if isinstance(u, Verdict):
                return u
            try:
                u = np.asarray(u, dtype=float)
            except (TypeError, ValueError):
                return wrong("your function must return a point, numbers of shape (2,).")
            if u.shape != (2,) or not np.isfinite(u).all():
                return wrong(f"your function must return a point of shape (2,), it returned shape {u.shape}.")
            U = np.vstack([U, np.clip(u, 0, 1)])
            y = np.append(y, loss(U[-1:], turned))
        left.append(y.min() - f.minimum)
    mine, theirs = float(np.median(left)), float(np.median(uniform))
    if mine < theirs / 5:
        return right(f"median regret {mine:.3f}; nine points at random leave {theirs:.2f}.")
    return wrong(
        f"median regret {mine:.2f}; random search has {theirs:.2f} with the same start, a fifth of it is wanted."
    )


@chapter.exercise(
    8,
    "Killed twice",
    hints=(
        r"What is in the log? A first line with space, settings and seed, then one for each *finished* trial.",
        r"`n_trials` is how many the study has in the end, resumed ones included.",
    ),
)
def killed_twice(answer: Any) -> Verdict:
    total, logged, running = 20, 9, 4
    truth = [total - logged, running, 0]
    return array(
        answer,
        truth,
        rtol=0,
        atol=1e-9,
        mistakes=[
            (
                [total - logged + 1, running, 0],
                "9 trials have finished; the log's first line, with space, settings and seed, is not one of them.",
            ),
            ([total, running, 0], "what is in the log is part of the study; it is not evaluated again."),
            ([total, running, total], "n_trials counts the resumed ones: nothing in the log is evaluated again."),
            ([total - logged, 0, 0], "the running ones had not finished: the log knows nothing of them."),
            ([total - logged - running, 0, 0], "the running ones are lost: the log knows finished trials only."),
            (
                [total - logged - running, running, 0],
                "the running ones are lost: they count among those to come.",
            ),
            ([total - logged, running, total], "the third call finds 20 trials in the log: what is missing then?"),
        ],
        otherwise="the form is right, [a, b, c]; the counts are not.",
        praise="the loss is bounded by the number of workers.",
    )
