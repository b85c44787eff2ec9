"""What ``check`` knows of chapter 17, tpe."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import ndtr

from hpmath.distributions import Uniform
from hpmath.exercises._grading import (
    Chapter,
    Verdict,
    array,
    as_number,
    choice,
    formula,
    function,
    number,
    right,
    wrong,
)
from hpmath.information import information_gain
from hpmath.losses import recorded
from hpmath.parzen import ParzenEstimator
from hpmath.stats import t_interval

chapter = Chapter(17)


@chapter.exercise(
    1,
    "More likely good than bad?",
    hints=(
        r"Odds after = odds before × Bayes factor. Before: $\gamma/(1-\gamma)$.",
        r"A probability is odds / (1 + odds). It exceeds ½ where the odds exceed 1.",
    ),
)
def more_likely_good(answer: Any) -> Verdict:
    gamma, ratio = 0.15, 4.0
    odds = gamma / (1 - gamma) * ratio
    least = (1 - gamma) / gamma
    return array(
        answer,
        [odds / (1 + odds), least],
        rtol=1.5e-2,
        atol=0.0,
        mistakes=[
            ([ratio / (1 + ratio), 1.0], "that counts good and bad as equally frequent: where is γ?"),
            ([ratio / (1 + ratio), least], "the first forgets that only a share γ is good."),
            ([odds, least], "the first is the odds; a probability is odds / (1 + odds)."),
            ([odds / (1 + odds), 1.0], "a ratio of 1 says nothing new: P(good) is then γ."),
            ([odds / (1 + odds), 1 / least], "the second is upside down."),
            ([odds / (1 + odds), 9.0], "the second is that of γ = 0.1."),
        ],
        otherwise="two numbers are wanted, P(good) and the least ratio; at least one is not right.",
        praise="a Bayes factor of 4, and still more likely bad.",
    )


@chapter.exercise(
    2,
    "The improvement itself",
    hints=(
        r"Start from EI $= \frac{\ell(x)}{p(x)}\int_{-\infty}^{y^\gamma}(y^\gamma - y)\,p(y)\,\mathrm{d}y$.",
        r"The integral is $\gamma\,\delta$. Divide numerator and denominator by $g(x)$.",
    ),
)
def improvement_itself(answer: Any) -> Verdict:
    over = {"gamma": (0.05, 0.5), "r": (0.2, 5.0), "delta": (0.1, 2.0)}
    return formula(
        answer,
        "delta*gamma*r/(gamma*r + 1 - gamma)",
        over=over,
        mistakes=[
            ("delta*r/(gamma*r + 1 - gamma)", "the integral over the good losses is γ δ, not δ."),
            ("gamma*r/(gamma*r + 1 - gamma)", "that is the probability of improvement; times what?"),
            ("1/(gamma + (1 - gamma)/r)", "proportional is not equal: which factor was dropped?"),
            ("delta*gamma/(gamma + (1 - gamma)*r)", "r is ℓ/g, not g/ℓ."),
            ("delta*r", "p(x) is γℓ + (1 − γ)g, not g."),
        ],
        praise="it rises with r, up to δ.",
    )


@chapter.exercise(
    3,
    "A split by hand",
    hints=(
        r"Gain = entropy of the labels before, less the mean entropy after, weighted by the branch's share.",
        r"Right of the split all labels agree: entropy 0. Left it is that of (2/3, 1/3).",
    ),
)
def split_by_hand(answer: Any) -> Verdict:
    labels, left = [1, 1, 0, 0, 0, 0, 0, 0], [1, 1, 1, 0, 0, 0, 0, 0]
    bits, nats = information_gain(labels, left, base=2), information_gain(labels, left)
    h = -(2 / 3 * np.log2(2 / 3) + 1 / 3 * np.log2(1 / 3))
    before = -(0.25 * np.log2(0.25) + 0.75 * np.log2(0.75))
    return number(
        answer,
        bits,
        rtol=1e-2,
        mistakes=[
            (nats, "that is in nats; bits are wanted."),
            (before - h, "weight the entropy of a branch by its share of the trials."),
            (before - h / 2, "the branches hold 3 and 5 trials, not 4 each."),
            (before, "that is the entropy before the split."),
            (3 / 8 * h, "that is what is left after the split."),
        ],
        praise="the largest possible was the entropy before, 0.81 bits.",
    )


def _gain(values: Any, left: Any) -> float:
    values, left = np.asarray(values, float), np.asarray(left, bool)
    share = left.mean()
    return float(share * (1 - share) * (values[left].mean() - values[~left].mean()) ** 2)


def _unweighted(values: Any, left: Any) -> float:
    values, left = np.asarray(values, float), np.asarray(left, bool)
    return float(values.var() - values[left].var() - values[~left].var())


def _halves(values: Any, left: Any) -> float:
    values, left = np.asarray(values, float), np.asarray(left, bool)
    return float(values.var() - (values[left].var() + values[~left].var()) / 2)


def _sample(values: Any, left: Any) -> float:
    values, left = np.asarray(values, float), np.asarray(left, bool)
    share = left.mean()
    return float(values.var(ddof=1) - share * values[left].var(ddof=1) - (1 - share) * values[~left].var(ddof=1))


@chapter.exercise(
    4,
    "Two means are enough",
    hints=(
        "The gain needs the share of the left branch and the two means, no variance.",
        r"The last line of the second derivation; `values[left]` and `values[~left]` for a boolean array.",
    ),
)
def two_means(answer: Any) -> Verdict:
    rng = np.random.default_rng(17)
    cases = [(rng.normal(3, 2, n), np.arange(n) < k) for n, k in ((9, 2), (20, 13), (5, 3))]
    return function(
        answer,
        _gain,
        cases,
        rtol=1e-8,
        mistakes=[
            (_unweighted, "weight each branch's variance by its share."),
            (_halves, "the branches are not of one size: weight by their shares."),
            (_sample, "variances with n, not n − 1, or the identity does not hold."),
            (lambda v, s: (v[s].mean() - v[~s].mean()) ** 2, "where are the shares, π(1 − π)?"),
            (lambda v, s: (v[s].mean() - v[~s].mean()) ** 2 / 4, "a quarter is π(1 − π) for equal branches only."),
        ],
        praise="running sums give every threshold in one pass.",
    )


def _kernel(u: Any, centre: float, h: float) -> Any:
    u = np.asarray(u, float)
    bump = np.exp(-(((u - centre) / h) ** 2) / 2) / (h * np.sqrt(2 * np.pi))
    mass = ndtr((1 - centre) / h) - ndtr(-centre / h)
    return np.where((u >= 0) & (u <= 1), bump / mass, 0.0)


def _mass(centre: float, h: float) -> float:
    return float(ndtr((1 - centre) / h) - ndtr(-centre / h))


def _everywhere(u: Any, centre: float, h: float) -> Any:
    return np.exp(-(((np.asarray(u) - centre) / h) ** 2) / 2) / (h * np.sqrt(2 * np.pi)) / _mass(centre, h)


def _uncut(u: Any, centre: float, h: float) -> Any:
    u = np.asarray(u, float)
    return np.where((u >= 0) & (u <= 1), np.exp(-(((u - centre) / h) ** 2) / 2) / (h * np.sqrt(2 * np.pi)), 0.0)


@chapter.exercise(
    5,
    "A bump that stops at the bounds",
    hints=(
        r"How much of a normal density with mean $c$ and deviation $h$ lies in $[0, 1]$?",
        r"$\Phi((1-c)/h) - \Phi(-c/h)$, with `scipy.special.ndtr`. Divide by it; outside $[0, 1]$ return 0.",
    ),
)
def cut_kernel(answer: Any) -> Verdict:
    u = np.linspace(-0.21, 1.21, 30)
    return function(
        answer,
        _kernel,
        [(u, 0.5, 0.1), (u, 0.0, 0.2), (u, 0.93, 0.4)],
        rtol=1e-7,
        mistakes=[
            (_uncut, "it does not integrate to one: the mass outside is lost."),
            (lambda u, c, h: _uncut(u, c, h) * _mass(c, h), "divide by the mass inside, not multiply."),
            (_everywhere, "outside [0, 1] the density is 0."),
            (
                lambda u, c, h: _everywhere(u, c, h) * _mass(c, h),
                "that is the whole normal bump: cut it at the bounds, and give back what is lost.",
            ),
            (lambda u, c, h: _kernel(u, c, h) * h, "the factor 1/h of a density is missing."),
        ],
        praise="if h is small, a kernel at a bound is twice as high as one in the middle.",
    )


@chapter.exercise(
    6,
    "The logarithm of the loss",
    hints=(
        "Which trials are good depends on the order of the losses only.",
        "Which of these use a *difference* of losses?",
    ),
)
def logarithm(answer: Any) -> Verdict:
    order = "it sees the order of the losses only, and a logarithm keeps the order."
    return choice(
        answer,
        {"b", "c"},
        options="abcd",
        mistakes={"a": order, "d": order},
        praise="ranks are robust, and blind to how much better a trial is.",
    )


@chapter.exercise(
    7,
    "Two corners of a cube",
    hints=(
        "Each coordinate by itself is in either half with probability ½.",
        "Independent marginals give every one of the eight octants the same mass.",
    ),
)
def two_corners(answer: Any) -> Verdict:
    return number(
        answer,
        0.75,
        rtol=1e-3,
        mistakes=[
            (0.25, "that is the mass in the two right octants."),
            (0.5, "that is the plane; a cube has eight octants."),
            (0.875, "two octants are good, not one."),
            (0.125, "that is the mass of one octant."),
            (0.0, "a product of marginals cannot know that the coordinates go together."),
        ],
        praise="in d dimensions it is 1 − 2^(1−d).",
    )


def _paired(table: str, trials: int, a: str, b: str, seeds: slice) -> Any:
    data = recorded("tpe_choices")
    rivals, tables = data["meta"]["rivals"], data["meta"]["tables"]
    regret = data["rival_regret"][:, tables.index(table), seeds, trials - 1].astype(float)
    return t_interval(regret[rivals.index(b)] - regret[rivals.index(a)])


@chapter.exercise(
    8,
    "A rival beaten",
    hints=(
        "`data['rival_regret'][rival, table, seed, trial]` is the normalised regret of the best so far; trial 0 is the first.",  # noqa: E501
        "Choose on seeds 0 to 9. Then `t_interval(B - A)` on seeds 10 to 19, seed by seed.",
    ),
)
def rival_beaten(answer: Any) -> Verdict:
    try:
        table, trials, a, b, low, high = answer
    except (TypeError, ValueError):
        return wrong("six entries are wanted: table, trials, A, B, low, high.")
    meta = recorded("tpe_choices")["meta"]
    if table not in meta["tables"]:
        return wrong(f"the tables are {', '.join(meta['tables'])}; got {table!r}.")
    for name in (a, b):
        if name not in meta["rivals"]:
            return wrong(f"the rivals are {'; '.join(meta['rivals'])}; got {name!r}.")
    if a == b:
        return wrong("A and B are the same method.")
    if "hpmath" in f"{a} {b}":
        return wrong("hpmath's defaults were chosen on these tables; take two other rivals.")
    count, bottom, top = as_number(trials), as_number(low), as_number(high)
    if count is None or count != int(count) or not 25 <= count <= 100:
        return wrong(f"trials is a whole number from 25 to 100, got {trials!r}.")
    if bottom is None or top is None or not bottom <= top:
        return wrong("low and high are two numbers, low ≤ high.")

    def near(interval: Any) -> bool:
        tolerance = 0.02 * interval.width + 1e-6
        return bool(abs(bottom - interval.low) <= tolerance and abs(top - interval.high) <= tolerance)

    first, fresh = (_paired(table, int(count), a, b, half) for half in (slice(0, 10), slice(10, 20)))
    if first.estimate <= 0:
        return wrong("on seeds 0 to 9 this A does not have the lower mean regret.")
    if near(fresh):
        own = "Whether these seeds had a part in the choice only you know."
        if fresh.low > 0:
            return right(f"a correct interval, above 0. {own}")
        if fresh.high < 0:
            return right(f"a correct interval, and fresh seeds refute the claim: that is a result. {own}")
        return right(f"a correct interval that holds 0: the claim is not settled, and that is a result. {own}")
    if near(first):
        return wrong("that is the interval of seeds 0 to 9, which chose the claim.")
    if near(_paired(table, int(count), a, b, slice(0, 20))):
        return wrong("that is all 20 seeds; half of them chose the claim.")
    if near(_paired(table, int(count), b, a, slice(10, 20))):
        return wrong("the difference is regret(B) − regret(A).")
    return wrong("that is not the paired interval of this claim on seeds 10 to 19.")


TRIALS = np.array(
    [0.04, 0.1, 0.15, 0.18, 0.21, 0.26, 0.33, 0.4, 0.47, 0.55] + [0.6, 0.64, 0.68, 0.71, 0.75, 0.79, 0.84, 0.9, 0.95]
)
LOSSES = np.array(
    [0.9, 0.7, 0.3, 0.1, 0.2, 0.65, 0.85, 0.95, 0.9, 0.7] + [0.55, 0.45, 0.4, 0.35, 0.38, 0.42, 0.5, 0.6, 0.75]
)


def _least_good() -> int:
    """How many of the nineteen trials are good when the proposal first stands in the wide valley."""
    order, grid = np.argsort(LOSSES), np.linspace(0, 1, 201)
    places = [{"x": value} for value in grid]
    for n_good in range(1, 11):
        l, g = (
            ParzenEstimator({"x": Uniform(0, 1)}, bandwidth=0.08).fit([{"x": value} for value in TRIALS[part]])
            for part in (order[:n_good], order[n_good:])
        )
        if grid[np.argmax(l.pdf(places) / g.pdf(places))] > 0.5:
            return n_good
    raise AssertionError("the proposal never moves")


@chapter.exercise(
    9,
    "When the search changes its mind",
    hints=(
        r"Only the number of good trials counts: $\lceil\gamma n\rceil$ of 19. Move γ until the dashed line jumps.",
        "Or compute it: two `ParzenEstimator`s with `bandwidth=0.08`, on the best k and on the others, for k = 1, 2, …",
    ),
)
def changes_its_mind(answer: Any) -> Verdict:
    n, least = len(TRIALS), _least_good()
    value = as_number(answer)
    if value is None:
        return wrong("one number is wanted, a share between 0 and 1.")
    edge = (least - 1) / n  # at 6/19 itself six are good: the infimum, 0.32 to two decimals
    if edge - 1e-6 < value <= np.ceil(100 * edge) / 100 + 0.004:
        return right(f"with {least} good trials of {n} many mediocre ones outvote the few best.")
    if value >= 1:
        return wrong("a share between 0 and 1 is wanted, not a number of trials.")
    if value <= 0:
        return wrong("a share of good trials lies between 0 and 1.")
    if value > edge:
        return wrong("the proposal is then in the wide valley, but it moved there at a smaller share.")
    return wrong("at this share the proposal is still in the narrow valley.")
