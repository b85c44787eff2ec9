"""What ``check`` knows of chapter 18, Pareto fronts."""

from __future__ import annotations

from typing import Any

import numpy as np

from hpmath.acquisition import expected_hypervolume_improvement, expected_improvement
from hpmath.exercises._grading import Chapter, Verdict, array, choice, function, number, right, wrong
from hpmath.hypervolume import hypervolume, hypervolume_contributions
from hpmath.losses import recorded
from hpmath.pareto import dominates, expected_front_size, non_dominated_mask
from hpmath.scalarization import chebyshev, weighted_sum

chapter = Chapter(18)


@chapter.exercise(
    1,
    "How many are left",
    hints=(
        r"Start with two objectives: $H^{(2)}_k = 1 + \dots + 1/k$ for $k = 1, \dots, 6$.",
        r"$H^{(3)}_6 = \sum_{k=1}^{6} H^{(2)}_k / k$.",
    ),
)
def how_many_left(answer: Any) -> Verdict:
    return number(
        answer,
        expected_front_size(6, 3),
        rtol=1.5e-3,  # three digits
        mistakes=[
            (expected_front_size(6, 2), "that is for two objectives; go one step further."),
            (expected_front_size(6, 4), "one step too many: that is for four objectives."),
            (np.log(6) ** 2 / 2, "that is the leading term for large n; add the terms up."),
            (
                expected_front_size(6, 2) ** 2 / 2,
                "that is a shortcut for large n; with n = 6 the sum is larger.",
            ),
            (sum(expected_front_size(k, 2) for k in range(1, 7)), "divide each term by k before you add."),
        ],
        praise="more than half of six.",
    )


@chapter.exercise(
    2,
    "The area by hand",
    hints=(
        "Sort by the first objective and cut the area into vertical strips, each from the lowest point so far.",
        "Without (2, 2), its neighbours are (1, 4) and (4, 1): which box is lost?",
    ),
)
def area_by_hand(answer: Any) -> Verdict:
    points, r = np.array([[1.0, 4], [2, 2], [4, 1], [4, 3]]), np.array([5.0, 5])
    truth = [hypervolume(points, r), hypervolume_contributions(points, r)[1]]
    boxes = np.prod(r - points, axis=1)
    return array(
        answer,
        truth,
        mistakes=[
            ([boxes.sum(), truth[1]], "you added the boxes; they overlap."),
            ([boxes[:3].sum(), truth[1]], "you added the boxes; they overlap."),
            ([truth[0], boxes[1]], "the second is the point's own box; most of it is covered by the neighbours."),
            (truth[::-1], "the order is [HV, c]."),
        ],
        otherwise="the form is right, [HV, c]; at least one value is not.",
    )


def _front(Y: Any) -> Any:
    return non_dominated_mask(Y).astype(float)


def _strict(Y: Any) -> Any:
    Y = np.asarray(Y)
    return ~(Y[:, None] < Y).all(axis=2).any(axis=0) + 0.0


def _finite_only(Y: Any) -> Any:
    return _front(Y) * np.isfinite(Y).all(axis=1)


def _second_below_infinity(Y: Any) -> Any:
    return _front(Y) * np.isfinite(np.asarray(Y)[:, 1])


def _first_of_equal(Y: Any) -> Any:
    Y = np.asarray(Y)
    first = np.zeros(len(Y), dtype=bool)
    first[np.unique(Y, axis=0, return_index=True)[1]] = True
    return (non_dominated_mask(Y) & first).astype(float)


@chapter.exercise(
    3,
    "The front of a log",
    hints=(
        "Sort by the first objective, ties by the second: who can then dominate whom?",
        "np.unique(Y, axis=0, return_inverse=True) sorts the distinct rows that way and tells where each row went.",
        "np.minimum.accumulate gives the lowest second value so far.",
    ),
)
def front_of_a_log(answer: Any) -> Verdict:
    rng = np.random.default_rng(18)
    inputs = [(rng.integers(0, 6, (25, 2)).astype(float),), (rng.random((400, 2)),), (np.ones((3, 2)),)]
    inputs.append((np.array([[1, np.inf], [2, 3], [1, np.inf], [4, 3], [np.inf, 1]]),))
    inputs.append((np.array([[0.3, 0.1], [0.1, 0.2], [0.1, 0.4], [0.2, 0.2]]),))
    verdict = function(
        answer,
        _front,
        inputs,
        mistakes=[
            (
                _strict,
                "you drop only what is worse in *both* objectives; worse in one and equal in the other will do.",
            ),
            (_first_of_equal, "equal rows don't dominate each other: all of them stay."),
            (lambda Y: 1 - _front(Y), "True means on the front."),
            (_second_below_infinity, "the first row of all has nothing before it: an infinite second value is no bar."),
            (_finite_only, "an infinite value is very bad, and still the row may be the best in the other objective."),
        ],
        otherwise="the mask is not the front of every input: try ties in one objective, and equal rows.",
    )
    if not verdict:
        return verdict
    many = np.column_stack([np.arange(30_000.0), -np.arange(30_000.0)])
    import time

    start = time.process_time()
    answer(many)
    if time.process_time() - start > 2.0:
        return wrong("right, but it takes seconds for 30,000 points: sort instead of comparing all pairs.")
    return right("30,000 points in a blink.")


@chapter.exercise(
    4,
    "Milliseconds or their logarithm",
    hints=(
        "Which of them use only the order within each objective?",
        "A distance or an area needs differences; a logarithm changes them.",
    ),
)
def units(answer: Any) -> Verdict:
    return choice(
        answer,
        {"c", "d"},
        options="abcde",
        mistakes={
            "a": "dominance compares values of one objective with each other: does an increasing function change the answer?",  # noqa: E501
            "b": "ranks come from dominance alone.",
            "e": "its proof uses ranks within each objective only.",
        },
        praise="order stays, distances and areas don't.",
    )


@chapter.exercise(
    5,
    "What no weighted sum finds",
    hints=(
        "Write down the three distances for w at least 1/2. Which term is the larger in each?",
        "B ends where it ties with A on one side and, by symmetry, with C on the other.",
    ),
)
def unsupported(answer: Any) -> Verdict:
    return array(
        answer,
        [7 / 18, 11 / 18],
        rtol=5e-3,
        mistakes=[
            ([11 / 18, 7 / 18], "the order is [low, high]."),
            ([0.375, 0.625], "that is the distance from (0, 0); here it is from (-1, -1)."),
            ([0.0, 1.0], "at w = 0 only the second objective counts, and C has less of it."),
        ],
        otherwise="the form is right, [low, high]; at least one end is not: where does B tie with A?",
        praise="two ninths of the weights, around one half, and no weighted sum reaches it.",
    )


def _ehvi(mean: Any, std: Any, front: Any, reference: Any) -> Any:
    return expected_hypervolume_improvement([mean], [std], front, reference)[0]


def _product(mean: Any, std: Any, front: Any, reference: Any) -> Any:
    return expected_improvement(mean[0], std[0], reference[0]) * expected_improvement(mean[1], std[1], reference[1])


def _dirty(mean: Any, std: Any, front: Any, reference: Any) -> Any:
    P = np.reshape(np.asarray(front, dtype=float), (-1, 2))
    P = P[np.argsort(P[:, 0])]
    widths = expected_improvement(mean[0], std[0], np.append(P[:, 0], reference[0]))
    return np.diff(widths, prepend=0) @ expected_improvement(mean[1], std[1], np.append(reference[1], P[:, 1]))


@chapter.exercise(
    6,
    "The gain to expect",
    hints=(
        "Keep the rows below the reference in both objectives, then those that nothing dominates, sorted by the first.",
        r"Widths: $\mathrm{EI}_1$ at $a_1, \dots, a_k, r_1$, and their differences, the first from 0.",
        r"Heights: $\mathrm{EI}_2$ at $r_2, b_1, \dots, b_k$.",
    ),
)
def gain_to_expect(answer: Any) -> Verdict:
    rng = np.random.default_rng(6)
    clean = np.array([[1.0, 4], [2, 2], [4, 1]])
    inputs: list[tuple[Any, ...]] = [
        (np.array([1.5, 2.0]), np.array([0.7, 0.5]), clean, np.array([5.0, 5])),
        (np.array([0.4, 0.5]), np.array([0.2, 0.3]), rng.random((12, 2)), np.array([0.9, 0.8])),
        (np.array([0.4, 0.5]), np.array([0.2, 0.3]), np.empty((0, 2)), np.array([0.9, 0.8])),
    ]
    return function(
        answer,
        _ehvi,
        inputs,
        rtol=1e-6,
        atol=1e-12,
        mistakes=[
            (_product, "that counts all of the box below the reference, also what the front has already."),
            (_dirty, "right for a clean front; leave out dominated points and those that don't beat the reference."),
        ],
        otherwise="the function runs, but gives other values: check the ends of the staircase and the first strip.",
    )


_TRUTH = np.array([[0.0, 10], [1, 6], [2, 2], [6, 1], [10, 0]])


def _generational(S: Any) -> float:
    return float(np.mean([np.linalg.norm(_TRUTH - s, axis=1).min() for s in S]))


@chapter.exercise(
    7,
    "Break an indicator",
    hints=(
        "A mean over the points found: what happens to it when A gets one more point?",
        "A may hold points that are good for nothing, as long as some of its points dominate all of B.",
    ),
)
def break_an_indicator(answer: Any) -> Verdict:
    try:
        A, B = (np.atleast_2d(np.asarray(S, dtype=float)) for S in answer)
    except (TypeError, ValueError):
        return wrong("answer = [A, B] is wanted, each a list of points with two numbers.")
    if A.shape[1:] != (2,) or B.shape[1:] != (2,) or not len(A) or not len(B):
        return wrong("each point must have two numbers, and each set at least one point.")
    if not (np.isfinite(A).all() and np.isfinite(B).all()):
        return wrong("the points must be finite.")
    if not all((s >= _TRUTH).all(axis=1).any() for s in np.vstack([A, B])):
        return wrong("one of your points is weakly dominated by no point of the known front, which then is not one.")
    if not all(any(dominates(a, b) for a in A) for b in B):
        return wrong("not every point of B is dominated by a point of A (equal points don't dominate).")
    if not _generational(B) < _generational(A):
        return wrong(
            f"the indicator has {_generational(A):.3g} for A and {_generational(B):.3g} for B: it ranks them right."
        )
    return right("an indicator that punishes further points can be made to prefer the dominated set.")


def _excess(choose: Any) -> float:
    """Rise of the front's mean error from the splits that chose it to the others, less that of all models."""
    data = recorded("tradeoff_latency")
    error = data["wrong"] / 5.99
    latency = np.log(np.median(data["seconds"], axis=2)).mean(axis=1)
    seen = error[:, choose].mean(axis=1)
    rise = np.delete(error, choose, axis=1).mean(axis=1) - seen
    mask = non_dominated_mask(np.column_stack([latency, seen]))
    return float(rise[mask].mean() - rise.mean())


@chapter.exercise(
    8,
    "One split chooses, or ten",
    hints=(
        "Latency stays as it is; the errors that choose and the errors that judge come from different splits.",
        "Mean rise of the members of the front, less the mean rise of all 76 models; then the mean over the choices.",
        "rng.permutation(20).reshape(2, 10) draws two halves: each chooses once and judges once.",
    ),
)
def one_or_ten(answer: Any) -> Verdict:
    rng = np.random.default_rng(0)
    one = float(np.mean([_excess([s]) for s in range(20)]))
    halves = [half for _ in range(300) for half in rng.permutation(20).reshape(2, 10)]
    ten = float(np.mean([_excess(half) for half in halves]))
    try:
        values = np.asarray(answer, dtype=float)
    except (TypeError, ValueError):
        return wrong("answer = [one, ten] is wanted, two numbers.")
    if values.shape != (2,) or not np.isfinite(values).all():
        return wrong("answer = [one, ten] is wanted, two numbers.")
    fits = [abs(values[0] - one) < 0.012, abs(values[1] - ten) < 0.025]
    if all(fits):
        return right("ten splits had averaged most of the noise out before the choice.")
    if np.allclose(values[::-1], [one, ten], atol=0.025):
        return wrong("the order is [one, ten].")
    if np.allclose(-values, [one, ten], atol=0.025):
        return wrong("a rise is the error where it is judged less the error where it was chosen.")
    if np.allclose(values * 100, [one, ten], atol=0.025):
        return wrong("in percentage points.")
    if abs(values[0] - _excess([0])) < 0.012:
        return wrong("one is that of the first split only; let each of the 20 choose once.")
    if fits[0]:
        return wrong("one is right, ten is not: average over at least 200 random halvings, both ways.")
    if fits[1]:
        return wrong("ten is right, one is not: one split chooses, the other 19 judge, each split once.")
    return wrong("neither is right; see the hints.")


_NINE = np.column_stack(
    [
        [0.05, 0.163, 0.275, 0.388, 0.5, 0.613, 0.725, 0.838, 0.95],
        [0.91, 0.727, 0.597, 0.528, 0.5, 0.489, 0.429, 0.296, 0.098],
    ]
)


def _chosen() -> list[int]:
    """How many of the nine points each rule chooses over all weights."""
    found: tuple[set[int], set[int]] = (set(), set())
    for w in np.linspace(0, 1, 2001):
        found[0].add(int(np.argmin(weighted_sum(_NINE, [w, 1 - w]))))
        found[1].add(int(np.argmin(chebyshev(_NINE, [w, 1 - w], [0, 0]))))
    return [len(numbers) for numbers in found]


@chapter.exercise(
    9,
    "Nine points, two rules",
    hints=(
        "A line of constant weighted sum moves down until it leaves the last point: which points can be the last?",
        "Chebyshev: move the corner of the square-cornered level along a ray from (0, 0) to a point of the front.",
    ),
)
def nine_points(answer: Any) -> Verdict:
    weighted, corner = _chosen()
    return array(
        answer,
        [weighted, corner],
        rtol=1e-9,
        mistakes=[
            ([corner, weighted], "the order is [weighted, chebyshev]."),
            ([corner, corner], "all are Pareto optimal, yet a line touches only the lower convex hull."),
            ([2, corner], "two is what a front that is concave everywhere leaves; this one is concave in part."),
            ([weighted, weighted], "Chebyshev's levels have corners: they reach where a line does not."),
        ],
        otherwise="the form is right, [weighted, chebyshev]; at least one count is not: sweep from 0 to 1.",
    )
