"""What ``check`` knows of chapter 15, entropy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from hpmath.exercises._grading import Chapter, Verdict, array, formula, function, right, wrong

chapter = Chapter(15)


@chapter.exercise(
    1,
    "What a hint is worth",
    hints=(
        r"Among $n$ equally probable configurations the entropy is $\ln n$. How many are there, and how many are left?",
        r"The hint is worth what it takes away: the difference of the two entropies.",
    ),
)
def worth_of_a_hint(answer: Any) -> Verdict:
    before, after = 4 * 3 * 2, 3 * 3 * 1
    truth = np.array([np.log(before), np.log(after), np.log(before / after)])
    return array(
        answer,
        truth,
        rtol=5e-3,
        mistakes=[
            (truth / np.log(2), "these are bits; nats are wanted, natural logarithms."),
            (truth / np.log(10), "you took logarithms to base 10; nats are natural logarithms."),
            ([before, after, before - after], "these are numbers of configurations; the entropy is a logarithm."),
            ([before, after, before / after], "these are numbers of configurations; the entropy is a logarithm."),
            (
                [np.log(4) + np.log(3) + np.log(2), np.log(3) + np.log(3), np.log(4) + np.log(2)],
                "the batch size is still open after the hint; what the hint takes away is the difference.",
            ),
        ],
        otherwise="the form is right, [before, after, worth of the hint] in nats; the values are not.",
        praise="and the worth does not depend on how many batch sizes there were.",
    )


@chapter.exercise(
    2,
    "Per mille",
    hints=(
        r"A factor 1000 stretches the density of $\lambda$. In $\ln\lambda$ it is a shift.",
        r"$\mathsf h(g(x)) = \mathsf h(x) + \mathrm E\ln|g'(x)|$, and a divergence does not change under any $g$.",
    ),
)
def per_mille(answer: Any) -> Verdict:
    shift = np.log(1000)
    return array(
        answer,
        [shift, 0.0, 0.0],
        rtol=5e-3,
        atol=5e-3,
        mistakes=[
            ([-shift, 0.0, 0.0], "the sign: stretched over numbers 1000 times as large, the density is lower."),
            ([shift, shift, 0.0], "ln(1000 λ) = ln λ + ln 1000: in the logarithm it is only a shift."),
            ([shift, 0.0, shift], "a divergence compares two densities that are stretched alike."),
            ([shift, shift, shift], "only one of the three depends on the unit of λ."),
            ([0.0, 0.0, 0.0], "the entropy of a density depends on the unit; by how much does this one change?"),
            ([3.0, 0.0, 0.0], "nats are wanted: natural logarithms."),
            ([1000.0, 0.0, 0.0], "the density is divided by 1000; its logarithm changes by …?"),
        ],
        otherwise="three changes are wanted, [of h(λ), of h(ln λ), of the divergence], in nats.",
        praise="the unit of λ is in the first number only.",
    )


@chapter.exercise(
    3,
    "Only the mean is known",
    hints=(
        r"Which density $q$ makes $-\ln q(t)$ linear in $t$, so that $-\int p\ln q$ depends on the mean of $p$ alone?",
        r"$q(t) = e^{-t/m}/m$ on $t\ge0$. By Gibbs' inequality $\mathsf h(p)\le -\int p\ln q$.",
    ),
)
def only_the_mean(answer: Any) -> Verdict:
    return formula(
        answer,
        "1 + log(m)",
        over={"m": (0.3, 5.0)},
        mistakes=[
            ("log(m)", "nearly: ∫ p(t) t/m dt adds something."),
            ("log(2*m)", "that is the uniform density on [0, 2m]; another one with that mean has more."),
            ("1 - log(m)", "the sign of the logarithm: longer times mean more uncertainty."),
            (
                "log(2*pi*E*m**2)/2",
                "that is a normal density of standard deviation m; half of what matters of it lies below zero.",
            ),
            ("log(m)/2 + 1/2", "the variance is not given here, the mean is: nothing is squared."),
        ],
        otherwise="not the largest entropy at that mean; a formula in m is wanted.",
        praise="the exponential density has it: the maximum at a given mean on the half line.",
    )


def _information(K: Any, noise: Any) -> float:
    K, noise = np.asarray(K, dtype=float), np.asarray(noise, dtype=float)
    root = np.sqrt(noise)
    return float(0.5 * np.linalg.slogdet(np.eye(len(K)) + K / np.outer(root, root))[1])


def _covariance(seed: int, n: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    x = rng.random((n, 2))
    K = np.exp(-0.5 * ((x[:, None] - x) ** 2).sum(axis=-1) / 0.3**2)
    return K * np.outer(s := rng.uniform(0.5, 1.5, n), s), rng.uniform(0.02, 1.0, n)


@chapter.exercise(
    4,
    "The information of a batch",
    hints=(
        r"$\tfrac12\ln\det(I + \Sigma_n^{-1/2}K\,\Sigma_n^{-1/2})$, $\Sigma_n$ diagonal with the noise variances.",
        "`np.linalg.slogdet` returns the sign and the logarithm; the determinant itself under- and overflows.",
    ),
)
def batch_information(answer: Any) -> Verdict:
    inputs = [_covariance(seed, n) for seed, n in ((0, 1), (1, 4), (2, 9))]
    K, noise = _covariance(3, 30)
    inputs.append((1e40 * K, 1e-3 * noise))  # det overflows here
    inputs.append((1e-6 * K, noise))

    def plain(K: Any, noise: Any) -> float:
        return float(0.5 * np.log1p(np.diag(K) / noise).sum())

    def one_noise(K: Any, noise: Any) -> float:
        return _information(K, np.full(len(K), np.mean(noise)))

    def entropy_of_y(K: Any, noise: Any) -> float:
        return float(0.5 * np.linalg.slogdet(np.asarray(K) + np.diag(noise))[1])

    return function(
        answer,
        _information,
        inputs,
        rtol=1e-7,
        mistakes=[
            (lambda K, noise: 2 * _information(K, noise), "half of the log determinant."),
            (lambda K, noise: _information(K, noise) / np.log(2), "these are bits; nats are wanted."),
            (plain, "that adds what each trial would tell alone; what they share is counted twice."),
            (one_noise, "each trial has its own noise."),
            (entropy_of_y, "that is the entropy of the observations (but for a constant); subtract that of the noise."),
            (
                lambda K, noise: _information(K, np.asarray(noise) ** 2),
                "noise holds variances already; don't square them.",
            ),
        ],
        otherwise="not the information of these batches; is it 0.5 ln(1 + K/noise) for a single trial?",
        praise="also where the determinant itself would overflow.",
    )


def _greedy(K: Any, noise: Any, k: int) -> list[int]:
    K, noise = np.array(K, dtype=float), np.asarray(noise, dtype=float)
    chosen: list[int] = []
    for _ in range(k):
        gain = np.diag(K) / noise
        gain[chosen] = -np.inf
        i = int(gain.argmax())
        chosen.append(i)
        K = K - np.outer(K[:, i], K[i]) / (K[i, i] + noise[i])
    return chosen


@chapter.exercise(
    5,
    "One at a time",
    hints=(
        r"A candidate gains $\tfrac12\ln(1+K_{ii}/\text{noise}_i)$, with $K$ the covariance *after* what was chosen.",
        r"After choosing $i$: $K \leftarrow K - K_{\cdot i}K_{i\cdot}/(K_{ii}+\text{noise}_i)$, a rank-one update.",
    ),
)
def one_at_a_time(answer: Any) -> Verdict:
    inputs = [(*_covariance(seed, n), k) for seed, n, k in ((5, 6, 1), (6, 15, 5), (7, 40, 12), (8, 25, 6))]

    def at_once(K: Any, noise: Any, k: int) -> list[int]:
        return [int(i) for i in np.argsort(-np.diag(K) / noise, kind="stable")[:k]]

    def by_variance(K: Any, noise: Any, k: int) -> list[int]:
        K = np.array(K, dtype=float)
        chosen: list[int] = []
        for _ in range(k):
            variance = np.diag(K).copy()
            variance[chosen] = -np.inf
            i = int(variance.argmax())
            chosen.append(i)
            K = K - np.outer(K[:, i], K[i]) / (K[i, i] + noise[i])
        return chosen

    def by_total(K: Any, noise: Any, k: int) -> list[int]:
        K = np.array(K, dtype=float)
        chosen: list[int] = []
        for _ in range(k):
            variance = np.diag(K) + noise
            variance[chosen] = -np.inf
            i = int(variance.argmax())
            chosen.append(i)
            K = K - np.outer(K[:, i], K[i]) / (K[i, i] + noise[i])
        return chosen

    def as_set(function: Any) -> Callable[..., Any]:
        return lambda *arguments: np.sort(function(*arguments))

    if callable(answer):  # sets and any order are as good
        given = answer

        def answer(K: Any, noise: Any, k: int) -> Any:
            chosen = given(K.copy(), noise.copy(), k)
            return chosen if chosen is None or chosen is Ellipsis else np.sort(np.asarray(list(chosen), dtype=float))

    return function(
        answer,
        as_set(_greedy),
        inputs,
        atol=0.0,
        mistakes=[
            (as_set(at_once), "that takes the k best at once; after each choice the others know less to tell."),
            (as_set(by_variance), "that is the largest variance of f; divide by the noise of each candidate."),
            (as_set(by_total), "that is the largest variance of the observation, which prefers noise."),
        ],
        otherwise="not the greedy choice; compare your gains with those of batch_information.",
        praise="k rank-one updates, and within 1 − 1/e of the best batch there is.",
    )


@chapter.exercise(
    6,
    "Three candidates",
    hints=(
        r"Variance of the observation: $\sigma^2+\sigma_n^2$. About $f$: $\tfrac12\ln(1+\sigma^2/\sigma_n^2)$.",
        r"About the minimum: $\gamma=(\mu-f_{\min})/\sigma$, and the formula falls as $\gamma$ grows.",
    ),
)
def three_candidates(answer: Any) -> Verdict:
    mean, std = np.array([0.26, 0.40, 0.35]), np.array([0.02, 0.10, 0.06])
    noise = np.array([0.01, 0.01, 0.20])
    from hpmath.acquisition import max_value_entropy_search

    scores = [std**2 + noise**2, std**2 / noise**2, max_value_entropy_search(mean, std, [0.24])]
    truth = "".join("ABC"[int(np.argmax(score))] for score in scores)
    text = answer if isinstance(answer, str) else "".join(map(str, answer)) if np.iterable(answer) else ""
    given = "".join(letter for letter in text.upper() if letter.isalpha())
    if len(given) != 3 or not set(given) <= set("ABC"):
        return wrong("three letters from A, B, C are wanted, such as 'AAB'.")
    if given == truth:
        return right("three questions, three answers; the largest variance is mostly noise.")
    said = (
        "the first letter: the variance of an observation holds the noise, too.",
        "the second letter: what counts for f is σ beside the noise.",
        "the third letter: how many standard deviations is each mean above the minimum?",
    )
    return wrong(next(text for one, other, text in zip(given, truth, said, strict=True) if one != other))


@chapter.exercise(
    7,
    "A bound for free",
    hints=(
        r"A standard normal $z$ known to be above $-\gamma$ has mean $r$ and variance $1-r(r+\gamma)$.",
        r"$y$ adds independent noise: its variance given the minimum is $\sigma^2(1-r(r+\gamma))+\sigma_n^2$.",
        r"No density of that variance has more entropy than the normal. Subtract from $\tfrac12\ln(2\pi e\sigma_y^2)$.",
    ),
)
def bound_for_free(answer: Any) -> Verdict:
    return formula(
        answer,
        "-log(1 - rho**2*r*(r + gamma))/2",
        over={"rho": (0.05, 0.95), "r": (0.05, 0.7), "gamma": (0.0, 0.6)},
        mistakes=[
            ("log(1 - rho**2*r*(r + gamma))/2", "the sign: information is not negative."),
            ("-log(1 - rho**2*r*(r + gamma))", "one factor is missing: the entropy of a normal is ½ ln(2πe·variance)."),
            ("-log(1 - rho*r*(r + gamma))/2", "the share of the variance that is not noise is ρ²."),
            ("-log(1 - r*(r + gamma))/2", "that is the bound without noise."),
            ("-log(1 - rho**2*r*(r - gamma))/2", "the variance of the cut normal: the sign of γ."),
            ("-log(1 - rho**2*r**2)/2", "the variance of the cut normal has a term with γ, too."),
        ],
        otherwise="not the bound; which variance does y have once f is known to lie above the minimum?",
        praise="a lower bound that falls to zero as the noise grows, as it must.",
    )


@chapter.exercise(
    8,
    "Does it pay to ask about the minimum?",
    hints=(
        "Runs of one seed share their first trials: subtract seed by seed, then `t_interval`.",
        "`np.minimum.accumulate(value, axis=-1)` is the best so far, in logarithms; trial t stands in column t − 1.",
        "The verdict follows from the interval alone: below zero, above zero, or neither.",
    ),
)
def does_it_pay(answer: Any) -> Verdict:
    try:
        t, low, high, verdict = answer
        t, low, high, verdict = int(t), float(low), float(high), str(verdict).strip().lower()
    except (TypeError, ValueError):
        return wrong("four things are wanted: (t, low, high, verdict).")
    if verdict not in ("minimum", "bound", "undecided"):
        return wrong("the verdict is one of 'minimum', 'bound', 'undecided'.")
    from hpmath.losses import recorded
    from hpmath.stats import t_interval

    table = recorded("information_search")
    rules, first, n_trials = table["meta"]["rules"], table["meta"]["first"], table["value"].shape[-1]
    if not first < t <= n_trials:
        return wrong(f"t must lie from {first + 1} to {n_trials}: before, both rules have made the same trials.")
    loss = table["meta"]["losses"].index("hpobench_vehicle")
    best = np.minimum.accumulate(table["value"][loss], axis=-1)[:, :, t - 1].astype(float)
    asked, bound = best[rules.index("minimum")], best[rules.index("bound")]
    truth = t_interval(asked - bound)
    if low > high:
        return wrong("low must not lie above high.")
    if max(abs(low - truth.low), abs(high - truth.high)) > 0.3 * truth.width:
        if max(abs(low + truth.high), abs(high + truth.low)) <= 0.3 * truth.width:
            return wrong("the sign: minimum minus bound is asked for.")
        spread = np.hypot(t_interval(asked).width, t_interval(bound).width) / truth.width
        if abs((high - low) / truth.width - spread) < 0.1 * spread and abs(spread - 1) > 0.15:
            return wrong("that interval ignores that the runs of one seed belong together: subtract seed by seed.")
        return wrong(f"the runs give another interval for the mean difference after {t} trials.")
    said = "minimum" if truth.high < 0 else "bound" if truth.low > 0 else "undecided"
    if verdict != said:
        return wrong("the verdict does not follow from the interval; lower is better, and zero inside settles nothing.")
    return right("the interval carries the verdict, on this table and at this trial.")
