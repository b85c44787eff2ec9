"""What ``check`` knows of chapter 00, the tuning problem."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtri

from hpmath._checks import FloatArray
from hpmath.exercises._grading import (
    UNANSWERED,
    Chapter,
    Verdict,
    as_number,
    choice,
    formula,
    function,
    number,
    right,
    wrong,
)
from hpmath.stats import t_interval

chapter = Chapter(0)


@chapter.exercise(
    1,
    "Which split?",
    hints=(
        "Ask of each case what will be *new* when the model is used: the image, the patient, the day?",
        "Whatever will be new then must be new to the model in validation: it may stand on one side of the split only.",
    ),
)
def which_split(answer: Any) -> Verdict:
    truth = {"a": "shuffled", "b": "grouped", "c": "ordered"}
    if not isinstance(answer, Mapping) or {str(key) for key in answer} != set(truth):
        return wrong('a dict with the keys "a", "b" and "c" is wanted, such as {"a": "shuffled", ...}.')
    mistakes = {
        ("a", "grouped"): "(a): the bank will read further cheques of customers that it knows; none of them is new.",
        ("a", "ordered"): "(a): nothing in the case says that handwriting drifts; ask what is new in a further cheque.",
        ("b", "shuffled"): "(b): a shuffled split puts a patient's X-rays on both sides; who will come to the clinic?",
        ("b", "ordered"): "(b): it is not the date that is new, but the person.",
        ("c", "shuffled"): "(c): a shuffled split lets the model learn from days after the one that it predicts.",
        ("c", "grouped"): "(c): days are not exchangeable groups; what does the shop know on the evening before?",
    }
    for key, split in truth.items():
        given = str(answer[key]).strip().lower()
        if given not in ("shuffled", "grouped", "ordered"):
            return wrong(f"({key}) must be 'shuffled', 'grouped' or 'ordered', got {answer[key]!r}.")
        if given != split:
            return wrong(mistakes[key, given])
    return right("the split says how the model will be used.")


def _largest_of(n: int) -> float:
    return float(ndtri((n - 0.375) / (n + 0.25)))


@chapter.exercise(
    2,
    "Two hundred tries",
    hints=(
        "The candidates are equally good and share their images. What they share helps none of them to win.",
        r"Two factors: the standard deviation of the part of the noise that is *not* shared, and $e_{200}$. For the "
        "second, where does Blom's argument lie in the normal table?",
    ),
)
def two_hundred_tries(answer: Any) -> Verdict:
    n, sigma, rho = 200, 0.8, 0.5
    e, bound = _largest_of(n), np.sqrt(2 * np.log(n))
    return number(
        answer,
        sigma * np.sqrt(1 - rho) * e,
        rtol=2e-2,
        mistakes=[
            (sigma * e, "that is for independent candidates; these share their validation set."),
            (sigma * (1 - rho) * e, "a correlation splits a variance into shares; a standard deviation is wanted."),
            (sigma * np.sqrt(rho) * e, "√ρ belongs to what all candidates share; the rest decides who wins."),
            (sigma * bound, "that is the bound, and without the correlation."),
            (sigma * np.sqrt(1 - rho) * bound, "that is the bound √(2 ln n); Blom's value is smaller."),
            (sigma * np.sqrt(1 - rho) * e / 100, "in percentage points, as σ is given."),
            (np.sqrt(1 - rho) * e, "that is in units of σ; multiply by it."),
        ],
        praise="twice the scatter of a single value.",
    )


@chapter.exercise(
    3,
    "What helps most?",
    hints=(
        r"$\sigma$ is the standard deviation of a share of $n_\text{val}$ images: how does it change with it?",
        "The number of tries enters through $e_n$ only. Which share of the optimism does each option leave?",
    ),
)
def what_helps_most(answer: Any) -> Verdict:
    left = {
        "a": _largest_of(10) / _largest_of(100),
        "b": np.sqrt(100 / 200),
        "c": np.sqrt(100 / 400),
        "d": _largest_of(50) / _largest_of(100),
    }
    return choice(
        answer,
        min(left, key=lambda option: left[option]),
        options="abcd",
        mistakes={
            "a": "a tenth of the tries is not a tenth of the optimism: eₙ grows slowly. Which share is left?",
            "b": "σ ∝ 1/√n_val is the right thought; which share does each of the four options leave?",
            "d": "eₙ hardly changes from 50 to 100 tries.",
        },
        praise="and it costs no candidate.",
    )


@chapter.exercise(
    4,
    "An anytime curve",
    hints=(
        "First the best so far within each row, then subtract, then the mean over rows.",
        "NumPy has two minima of a pair: one passes NaN on, the other ignores it. Both can accumulate along an axis.",
    ),
)
def an_anytime_curve(answer: Any) -> Verdict:
    def curve(values: FloatArray, lowest: float) -> FloatArray:
        return np.asarray((np.fmin.accumulate(values, axis=1) - lowest).mean(axis=0))

    def after_the_mean(values: FloatArray, lowest: float) -> FloatArray:
        return np.asarray(np.fmin.accumulate(np.nanmean(values, axis=0)) - lowest)

    if callable(answer):
        try:
            spoiled = np.isnan(
                np.asarray(answer(np.array([[2.0, np.nan, 1.0], [3.0, 2.0, 4.0]]), 1.0), dtype=float)
            ).any()
        except Exception:  # what it raises, the grader below will tell
            spoiled = False
        if spoiled:
            return wrong("a failed training, NaN, spoils the rest of its curve: step over it.")
    rng = np.random.default_rng(4)
    with_failures = rng.random((5, 8)) + 1
    with_failures[[1, 3, 3], [2, 4, 7]] = np.nan
    return function(
        answer,
        curve,
        [(rng.random((6, 9)), 0.0), (with_failures, 0.5), (rng.normal(size=(3, 5)), -4.0)],
        mistakes=[
            (
                lambda v, low: np.fmin.accumulate(v, axis=1).mean(axis=0),
                "those are losses; a regret is the distance from the lowest.",
            ),
            (
                lambda v, low: np.nanmean(v, axis=0) - low,
                "the incumbent is the best so far: a running minimum is missing.",
            ),
            (after_the_mean, "the order: first the best so far within each seed, then the mean over seeds."),
            (lambda v, low: np.fmin.accumulate(v, axis=1) - low, "one curve is wanted: take the mean over the seeds."),
            (
                lambda v, low: (np.fmin.accumulate(v, axis=0) - low).mean(axis=0),
                "you ran the minimum along the seeds; it runs along the trials, axis 1.",
            ),
            (
                lambda v, low: (np.fmin.accumulate(v, axis=1) - low).min(axis=0),
                "that is the luckiest seed; the mean is wanted.",
            ),
        ],
        otherwise="it runs, but the curve is another; try it on two seeds and three trials by hand.",
    )


@chapter.exercise(
    5,
    "How good is the winner?",
    hints=(
        r"Start from the reported value: $\E[y_I]-\mu = -\sqrt{s^2+\tau^2}\,e_n$. Which part of it is not luck?",
        r"Of $y_i-\mu$ a share $s^2/(s^2+\tau^2)$ is luck on average; the rest is truth.",
    ),
)
def how_good_is_the_winner(answer: Any) -> Verdict:
    return formula(
        answer,
        "-tau**2*e/sqrt(s**2 + tau**2)",
        over={"s": (0.3, 2.0), "tau": (0.3, 2.0), "e": (0.5, 3.0)},
        mistakes=[
            ("tau**2*e/sqrt(s**2 + tau**2)", "the size is right; but the winner is a good one, and smaller is better."),
            ("-s**2*e/sqrt(s**2 + tau**2)", "that is the flattery; what is left of the reported gain?"),
            ("s**2*e/sqrt(s**2 + tau**2)", "that is the optimism; the gain in truth is asked for."),
            ("-tau*e", "that would be so without noise; part of the winner's lead is luck."),
            ("-sqrt(s**2 + tau**2)*e", "that is the reported gain; which share of it is truth?"),
            ("-tau**2*e/(s**2 + tau**2)", "the share is right; it is a share of √(s²+τ²) e."),
        ],
        otherwise="not the winner's true gain; test it at tau = 0, where nothing can be gained.",
        praise="noise does harm in two ways: a report that flatters and a winner that is worse.",
    )


@chapter.exercise(
    6,
    "Sixteen points",
    hints=(
        "How many different values of the axis does a 4 × 4 grid try? What is the expected number inside the window?",
        "Set the two probabilities equal. A root finder such as `scipy.optimize.brentq` wants an interval where "
        "the sign changes: leave out $w=0$.",
    ),
)
def sixteen_points(answer: Any) -> Verdict:
    def crossing(points: int, values: int) -> float:
        return float(brentq(lambda w: 1 - (1 - w) ** points - values * w, 1e-3, 1 / values))

    truth, value = crossing(16, 4), as_number(answer)
    if value is not None and value != 0.25 and 2e-3 < abs(value / truth - 1) < 2e-2:
        return wrong("close, but three digits are wanted: let a root finder do the rest.")
    return number(
        answer,
        truth,
        rtol=2e-3,
        mistakes=[
            (crossing(9, 3), "that is the crossing of nine points."),
            (0.25, "at a quarter the grid is certain to hit; the two probabilities are equal a little earlier."),
            (0.0, "both probabilities are zero there; there is another crossing."),
            (crossing(16, 3), "a 4 × 4 grid tries four values of each axis."),
            (crossing(9, 4), "sixteen random points try sixteen values."),
        ],
        praise="with more points, random search wins on nearly every window that the grid can miss.",
    )


@chapter.exercise(
    7,
    "Which number may be published?",
    hints=(
        "Of each number ask: did its noise have a say in a choice?",
        "The luck of a number has two parts: how the folds were cut, and which images there are.",
    ),
)
def which_number(answer: Any) -> Verdict:
    return choice(
        answer,
        {"b", "d"},
        options="abcde",
        mistakes={
            "a": "(a) is the minimum of 50 noisy values.",
            "c": "(c) lets the test set choose among five: it is a validation set then.",
            "e": "(e): which luck do fresh folds redraw, and which not?",
        },
        praise="(b) speaks of the model, (d) of the procedure that found it.",
    )


@chapter.exercise(
    8,
    "Nested, by hand",
    hints=(
        "For one outer fold: the mean over its inner folds, then `argmin` over configurations.",
        "The choices are one configuration for each outer fold. Ask `outer` at the pairs (fold, choice); average.",
    ),
)
def nested_by_hand(answer: Any) -> Verdict:
    def nested(inner: FloatArray, outer: FloatArray) -> float:
        return float(outer[np.arange(len(outer)), inner.mean(axis=1).argmin(axis=1)].mean())

    rng = np.random.default_rng(8)
    shapes = ((5, 4, 12), (3, 5, 7), (10, 2, 4))
    return function(
        answer,
        nested,
        [(rng.random(shape), rng.random((shape[0], shape[2]))) for shape in shapes],
        mistakes=[
            (
                lambda i, o: o.min(axis=1).mean(),
                "you let the outer fold choose; the inner folds choose, the outer one is asked once.",
            ),
            (
                lambda i, o: i.mean(axis=1).min(axis=1).mean(),
                "those are the flattered values of the inner searches; ask the outer folds.",
            ),
            (
                lambda i, o: o[:, i.mean(axis=(0, 1)).argmin()].mean(),
                "you chose one configuration for all outer folds: then each outer fold takes part in the choice.",
            ),
            (
                lambda i, o: o[np.arange(len(o)), i[:, 0].argmin(axis=1)].mean(),
                "you chose by the first inner fold alone; take the mean of all.",
            ),
            (lambda i, o: o.mean(), "that is the mean of all configurations; each outer fold has its winner."),
            (
                lambda i, o: o[np.arange(len(o)), i.mean(axis=1).argmin(axis=1)],
                "one number is wanted: the mean over outer folds.",
            ),
        ],
        otherwise="it runs, but gives another number; write down what happens in one outer fold.",
        praise="each choice is judged by images that had no part in it.",
    )


@lru_cache
def _map_of_mistakes() -> tuple[Any, Any, dict[str, int]]:
    """Return which image each SVM of the map misreads, the folds, and the rows of a good and of a bad default."""
    from hpmath.losses import recorded

    table = recorded("svm_map")
    n = len(table["fold"])
    misread = np.unpackbits(table["wrong"], axis=-1)[..., :n].reshape(-1, n)
    C, gamma = (np.log10(np.array(choices)) for choices in table["meta"]["choices"])

    def row(log_C: float, log_gamma: float) -> int:
        return int(np.ravel_multi_index((np.abs(C - log_C).argmin(), np.abs(gamma - log_gamma).argmin()), (41, 41)))

    return misread, table["fold"], {"good": row(0.0, -3.365), "bad": row(0.0, -5.0)}


@lru_cache
def _draws(default: str, n_draws: int) -> list[tuple[Any, Any]]:
    """Return draws of 31 rows of 50 validation images, with the rows' true errors on the rest of their fold, in %."""
    misread, folds, defaults = _map_of_mistakes()
    draws = []
    for seed in range(10_000, 10_000 + n_draws):
        rng = np.random.default_rng(seed)
        fold = rng.permutation(np.flatnonzero(folds == seed % 5))
        tried = [*rng.integers(len(misread), size=30), defaults[default]]
        draws.append((misread[np.ix_(tried, fold[:50])], 100 * misread[np.ix_(tried, fold[50:])].mean(axis=1)))
    return draws


def _try(rule: Callable[[Any], Any], default: str, n_draws: int) -> tuple[Any, Any, Any, Any]:
    """Return the row chosen, its true error, that of the lowest validation error (ties: default), and the default's."""
    rows = []
    for misread, truth in _draws(default, n_draws):
        given = np.asarray(rule(misread.astype(float)))
        if given.size != 1 or given.dtype.kind not in "iu" or not -31 <= int(given.reshape(())) <= 30:
            raise IndexError(f"a rule must return one row, a whole number from 0 to 30, it returned {given!r}")
        row, counts = int(given.reshape(())) % 31, misread.sum(axis=1)
        lowest = 30 if counts[30] == counts.min() else counts.argmin()
        rows.append([row, truth[row], truth[lowest], truth[30]])
    chosen, error, lowest_error, stayed = np.array(rows).T
    return chosen, error, lowest_error, stayed


@chapter.exercise(
    9,
    "Leave the default only with a reason",
    hints=(
        "The same images judge all rows: look at the *differences* to the default's row, image by image.",
        "If all 31 rows were equally good, how far would the best of 30 lead? Compare that with the standard error of "
        "a mean difference.",
    ),
)
def leave_the_default(answer: Any) -> Verdict:
    if not callable(answer):
        return wrong("a function is wanted: rule(wrong) returns the number of a row.")
    try:
        chosen, error, lowest, stayed = _try(answer, "good", 1000)
        chosen_bad, error_bad, lowest_bad, stayed_bad = _try(answer, "bad", 100)
    except NotImplementedError:
        return wrong(UNANSWERED)
    except IndexError as problem:
        return wrong(f"{problem}.")
    except Exception as problem:  # a student's function may raise anything; the verdict passes it on
        return wrong(f"your rule raised {type(problem).__name__}: {problem}")
    gain, to_gain = (stayed_bad - error_bad).mean(), (stayed_bad - lowest_bad).mean()
    if gain < 0.5 * to_gain:
        kept = 100 * np.mean(chosen_bad == 30)
        return wrong(
            f"with the bad default your rule gains {gain:.1f} points of the {to_gain:.1f} to be had, and keeps it in "
            f"{kept:.0f} % of the draws: a large lead is a reason to move, to the row that has it."
        )
    against_default = t_interval(error - stayed)
    if against_default.high >= 0.05:
        return wrong(
            f"with this default your rule loses {np.mean(error - stayed):.2f} points to it, "
            f"[{against_default.low:.2f}, {against_default.high:.2f}]: it moves in {100 * np.mean(chosen != 30):.0f} % "
            "of the draws, often for a lead that noise explains."
        )
    if t_interval(error - lowest).high >= 0:
        return wrong("your rule is not reliably better than the lowest validation error with ties to the default.")
    return right(
        f"it loses {np.mean(error - stayed):.2f} points to this default, where the lowest error loses "
        f"{np.mean(lowest - stayed):.2f}, and gains {gain:.1f} of {to_gain:.1f} points on a bad one."
    )
