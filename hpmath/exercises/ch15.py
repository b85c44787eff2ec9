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
            ([np.log(24), np.log(12), np.log(2)], "that is what the first half of the hint is worth."),
            ([truth[0], truth[1], -truth[2]], "the hint takes uncertainty away, so its worth is positive."),
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


def _told(K: Any, noise: Any, batch: Any, target: int) -> float:
    K, noise = np.asarray(K, dtype=float), np.asarray(noise, dtype=float)
    seen, k = K[np.ix_(batch, batch)] + np.diag(noise[batch]), K[batch, target]
    return float(-0.5 * np.log1p(-k @ np.linalg.solve(seen, k) / K[target, target]))


@chapter.exercise(
    4,
    "What a batch tells about one place",
    hints=(
        r"$\mathsf I(u;y) = \mathsf h(u)-\mathsf h(u\mid y)$, with the one number "
        r"$u = f(x_{\text{target}})$: two variances are enough.",
        r"After the batch the variance is $K_{tt}-k^\top(K_B+\Sigma_B)^{-1}k$, with $k$ the covariances "
        "of target and batch.",
    ),
)
def one_place(answer: Any) -> Verdict:
    inputs = []
    for seed, n, batch, target in (
        (0, 3, [0], 2),
        (1, 6, [0, 2, 3], 3),
        (2, 12, [1, 4, 7, 9, 10], 5),
        (3, 8, [2, 2], 0),
    ):
        inputs.append((*_covariance(seed, n), np.array(batch), target))

    def whole(K: Any, noise: Any, batch: Any, target: int) -> float:
        return _information(K[np.ix_(batch, batch)], noise[batch])

    def one_by_one(K: Any, noise: Any, batch: Any, target: int) -> float:
        return sum(_told(K, noise, [i], target) for i in batch)

    def variances(K: Any, noise: Any, batch: Any, target: int) -> float:
        return float(K[target, target] * -np.expm1(-2 * _told(K, noise, batch, target)))

    def of_trial(K: Any, noise: Any, batch: Any, target: int) -> float:
        after = K[target, target] * np.exp(-2 * _told(K, noise, batch, target))
        return float(0.5 * np.log((K[target, target] + noise[target]) / (after + noise[target])))

    return function(
        answer,
        _told,
        inputs,
        rtol=1e-7,
        mistakes=[
            (lambda *given: 2 * _told(*given), "half of the logarithm: the entropy of a normal is ½ ln(2πe·variance)."),
            (lambda *given: -_told(*given), "the sign: before minus after."),
            (lambda *given: _told(*given) / np.log(2), "these are bits; nats are wanted."),
            (whole, "that is what the batch tells about f as a whole; the target is one place."),
            (one_by_one, "that adds what each trial would tell alone; what they share is counted twice."),
            (variances, "that is the variance taken away; the difference of two entropies is wanted."),
            (of_trial, "that is about a trial at the target; its noise has no part in f there."),
            (
                lambda K, noise, batch, target: _told(K, np.full(len(K), np.mean(noise)), batch, target),
                "each trial has its own noise.",
            ),
            (
                lambda K, noise, batch, target: _told(K, np.asarray(noise) ** 2, batch, target),
                "noise holds variances already; don't square them.",
            ),
        ],
        otherwise="not what the batch tells about the target; for one trial it is -0.5 ln(1 - ρ²), "
        "with ρ the correlation of that observation and f at the target.",
        praise="never more than the batch tells about f as a whole.",
    )


def _greedy(K: Any, noise: Any, cost: Any, budget: float, *, slip: str = "") -> list[int]:
    """Greedy by information per cost, or with one of the likely slips."""
    K, noise, cost = (np.array(a, dtype=float) for a in (K, noise, cost))
    chosen: list[int] = []
    while True:
        gain = 0.5 * np.log1p(np.diag(K) / noise)
        value = {"cost": gain, "log": np.diag(K) / noise / cost, "variance": np.diag(K) / cost}.get(slip, gain / cost)
        left = budget * (1 + 1e-12) - cost[chosen].sum()  # 0.1 + 0.2 > 0.3 in binary
        value[chosen] = -np.inf
        if slip != "stop":
            value[cost > left] = -np.inf
        i = int(value.argmax())
        if value[i] == -np.inf or cost[i] > left:
            return chosen
        chosen.append(i)
        if slip != "update":
            K = K - np.outer(K[:, i], K[i]) / (K[i, i] + noise[i])


@chapter.exercise(
    5,
    "What the budget buys",
    hints=(
        r"A candidate gains $\tfrac12\ln(1+K_{ii}/\text{noise}_i)$, with $K$ the covariance *after* what was chosen.",
        r"After choosing $i$: $K \leftarrow K - K_{\cdot i}K_{i\cdot}/(K_{ii}+\text{noise}_i)$, a rank-one update.",
        "Rule out what is chosen and what costs more than is left; stop when nothing remains.",
    ),
)
def within_budget(answer: Any) -> Verdict:
    inputs: list[tuple[Any, ...]] = []
    for seed, n, budget in ((5, 6, 2.0), (6, 15, 4.0), (7, 40, 9.0), (8, 25, 6.0), (9, 5, 100.0), (10, 4, 0.01)):
        cost = np.random.default_rng(100 + seed).uniform(0.2, 3.0, n)
        inputs.append((*_covariance(seed, n), cost, budget))

    def counts(chosen: Any, n: int) -> Any:  # how often each row is chosen: sets and any order are as good
        return np.bincount(np.asarray(list(chosen), dtype=np.intp), minlength=n)

    def with_slip(slip: str) -> Callable[..., Any]:
        return lambda *given: counts(_greedy(*given, slip=slip), len(given[0]))

    if callable(answer):
        given = answer

        def answer(K: Any, noise: Any, cost: Any, budget: float) -> Any:
            chosen = given(K.copy(), noise.copy(), cost.copy(), budget)
            return chosen if chosen is None or chosen is Ellipsis else counts(chosen, len(K))

    return function(
        answer,
        with_slip(""),
        inputs,
        atol=0.0,
        mistakes=[
            (with_slip("cost"), "that takes most information, whatever it costs; divide by the cost."),
            (with_slip("log"), "the information is ½ ln(1 + K/noise); per cost, the logarithm does matter."),
            (
                with_slip("variance"),
                "that is variance per cost; the information depends on the noise of each candidate.",
            ),
            (with_slip("update"), "after each choice the others know less to tell: K changes."),
            (with_slip("stop"), "when the best is too dear, a cheaper one may still be paid."),
        ],
        otherwise="not the greedy choice; does it take no row twice, stay within the budget, and spend what it can?",
        praise="one rank-one update a choice. With prices that differ no bound of 1 − 1/e is promised.",
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
    if verdict not in ("minimum", "sobol", "undecided"):
        return wrong("the verdict is one of 'minimum', 'sobol', 'undecided'.")
    from hpmath.losses import recorded
    from hpmath.stats import t_interval

    table = recorded("information_search")
    rules, first, value = table["meta"]["rules"], table["meta"]["first"], table["value"].astype(float)
    if not first < t <= value.shape[-1]:
        return wrong(f"t must lie from {first + 1} to {value.shape[-1]}: before, both rules have made the same trials.")
    loss = table["meta"]["losses"].index("hpobench_vehicle")
    best = np.minimum.accumulate(value, axis=-1)
    asked, plain = rules.index("minimum"), rules.index("sobol")

    def paired(values: Any, column: int) -> tuple[float, float]:
        interval = t_interval(values[asked, :, column] - values[plain, :, column])
        return float(interval.low), float(interval.high)

    if not low <= high:
        return wrong("low must not lie above high.")
    truth = paired(best[loss], t - 1)
    a, b = (t_interval(best[loss, rule, :, t - 1]) for rule in (asked, plain))
    centre, half = float(a.estimate - b.estimate), float(np.hypot(a.width, b.width)) / 2
    slips = [
        ((-truth[1], -truth[0]), "the sign: minimum minus Sobol is asked for."),
        (
            (centre - half, centre + half),
            "that interval ignores that the runs of one seed belong together: subtract seed by seed.",
        ),
        (paired(value[loss], t - 1), "that is trial t alone; the best of all trials up to it is wanted."),
        (paired(np.exp(best[loss]), t - 1), "the difference of the logarithms is wanted; the record holds them."),
        (paired(best[1 - loss], t - 1), "that is the other loss."),
    ]
    columns = [c for c in (t - 2, t) if first <= c < value.shape[-1]]
    slips += [(paired(best[loss], c), f"trial {t} stands in column {t - 1}.") for c in columns]

    def distance(interval: tuple[float, float]) -> float:
        return max(abs(low - interval[0]), abs(high - interval[1]))

    room = max(0.05 * (truth[1] - truth[0]), 6e-4)
    nearest = min(slips, key=lambda slip: distance(slip[0]))
    if distance(truth) > min(room, distance(nearest[0])):
        if distance(nearest[0]) <= room:
            return wrong(nearest[1])
        return wrong(f"the runs give another interval for the mean difference after {t} trials.")
    said = "minimum" if truth[1] < 0 else "sobol" if truth[0] > 0 else "undecided"
    if verdict != said:
        return wrong("the verdict does not follow from the interval; lower is better, and zero inside settles nothing.")
    return right("the interval carries the verdict, on this table and at this trial.")
