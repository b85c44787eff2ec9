"""Answers to the exercises of chapter 18."""

import numpy as np

from hpmath import expected_improvement, non_dominated_mask, recorded
from tests.exercise_cases import Case


def _front(Y):
    S, place = np.unique(Y, axis=0, return_inverse=True)
    first = np.append(True, S[1:, 1] < np.minimum.accumulate(S[:, 1])[:-1])
    return first[place.ravel()]


def _below_infinity(Y):
    S, place = np.unique(Y, axis=0, return_inverse=True)
    before = np.minimum.accumulate(np.append(np.inf, S[:-1, 1]))
    return (S[:, 1] < before)[place.ravel()]


def _finite_rows(Y):
    return _front(Y) & np.isfinite(Y).all(axis=1)


def _first_only(Y):
    order = np.lexsort(Y.T[::-1])
    before = np.minimum.accumulate(np.append(np.inf, Y[order[:-1], 1]))
    mask = np.empty(len(Y), dtype=bool)
    mask[order] = Y[order, 1] < before
    return mask


def _worse_in_both(Y):
    return ~(Y[:, None] < Y).all(axis=2).any(axis=0)


def _all_pairs(Y):
    return np.array([not ((y >= Y).all(axis=1) & (y > Y).any(axis=1)).any() for y in Y])


def _front_stub(Y):
    raise NotImplementedError


def _ehvi(mean, std, front, reference):
    P = np.reshape(front, (-1, 2))
    P = P[(reference > P).all(axis=1)]
    P = np.unique(P[non_dominated_mask(P)], axis=0)
    widths = expected_improvement(mean[0], std[0], np.append(P[:, 0], reference[0]))
    return np.diff(widths, prepend=0) @ expected_improvement(mean[1], std[1], np.append(reference[1], P[:, 1]))


def _dirty(mean, std, front, reference):
    P = front[np.argsort(front[:, 0])]
    widths = expected_improvement(mean[0], std[0], np.append(P[:, 0], reference[0]))
    return np.diff(widths, prepend=0) @ expected_improvement(mean[1], std[1], np.append(reference[1], P[:, 1]))


def _whole_box(mean, std, front, reference):
    return expected_improvement(mean[0], std[0], reference[0]) * expected_improvement(mean[1], std[1], reference[1])


def _ehvi_stub(mean, std, front, reference):
    raise NotImplementedError


def _excess(choose):
    data = recorded("tradeoff_latency")
    error = data["wrong"] / 5.99
    latency = np.median(data["seconds"], axis=2).prod(axis=1, dtype=np.longdouble)
    judge = [s for s in range(20) if s not in choose]
    seen = error[:, choose].mean(axis=1)
    rise = error[:, judge].mean(axis=1) - seen
    return rise[non_dominated_mask(np.column_stack([np.log(latency), seen]))].mean() - rise.mean()


_rng = np.random.default_rng(5)
_one = float(np.mean([_excess([s]) for s in range(20)]))
_ten = float(np.mean([_excess(list(h)) for _ in range(200) for h in _rng.permutation(20).reshape(2, 10)]))

CASES = {
    "18.1": Case(
        1 + 1.5 / 2 + (11 / 6) / 3 + (25 / 12) / 4 + (137 / 60) / 5 + 2.45 / 6,
        wrong=[
            (2.45, "two objectives"),
            (1.605, "leading term"),
            (11.15, "divide each term"),
            (3.3, "hints"),
            (3, "shortcut"),
            (3.76, "hints"),
        ],
        also_right=[3.75],
    ),
    "18.2": Case(
        [11, 4],
        wrong=[([19, 4], "overlap"), ([17, 4], "overlap"), ([11, 9], "own box"), ([4, 11], "order"), ([10, 3], "form")],
    ),
    "18.3": Case(
        _front,
        wrong=[
            (_worse_in_both, "both"),
            (_first_only, "equal rows"),
            (_below_infinity, "nothing before"),
            (_finite_rows, "infinite"),
            (lambda Y: ~_front(Y), "True means"),
        ],
        stub=_front_stub,
    ),
    "18.4": Case({"c", "d"}, wrong=[({"a", "c"}, "increasing"), ({"b"}, "ranks"), ({"c"}, "more of the kind")]),
    "18.5": Case([7 / 18, 11 / 18], wrong=[([0.375, 0.625], "(0, 0)"), ([0, 1], "w = 0"), ([0.4, 0.6], "tie")]),
    "18.6": Case(_ehvi, wrong=[(_dirty, "leave out"), (_whole_box, "already")], stub=_ehvi_stub),
    "18.7": Case(
        [[[2.5, 2.5], [9, 8]], [[3, 3]]],
        wrong=[
            ([[[3, 3]], [[4, 4]]], "ranks them right"),
            ([[[3, 3]], [[3, 3]]], "not every point"),
            ([[[0, 0]], [[3, 3]]], "known front"),
            ([[[0.5, 8], [50, 50]], [[0.6, 8.5]]], "known front"),
            (7, "answer = [A, B]"),
            ([[[1, 2, 3]], [[1, 2, 3]]], "two numbers"),
        ],
        also_right=[[np.array([[2, 2], [30, 30]]), np.array([[2, 3]])]],
    ),
    "18.8": Case(
        [_one, _ten],
        wrong=[
            ([_ten, _one], "order"),
            ([-_one, -_ten], "judged less"),
            ([_one / 100, _ten / 100], "percentage"),
            ([_excess([0]), _ten], "first split"),
            ([_one, 0.24], "200"),
            ([0.4, _ten], "19 judge"),
            ([3, 4], "hints"),
            (0.55, "two numbers"),
            ("much", "two numbers"),
        ],
    ),
    "18.9": Case(
        [4, 9],
        wrong=[([9, 4], "order"), ([9, 9], "hull"), ([2, 9], "concave"), ([4, 4], "corners"), ([5, 8], "form")],
        also_right=[(4, 9), np.array([4, 9])],
    ),
}
