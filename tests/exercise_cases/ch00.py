"""Answers to the exercises of chapter 00."""

import numpy as np
import sympy as sp

from tests.exercise_cases import Case

s, tau, e = sp.symbols("s tau e")


def _curve(values, lowest):
    return (np.fmin.accumulate(values, axis=1) - lowest).mean(axis=0)


def _curve_as_list(values, lowest):
    best = np.full(len(values), np.inf)
    means = []
    for column in np.asarray(values).T:
        best = np.where(column < best, column, best)
        means.append(float(np.mean(best)) - lowest)
    return means


def _nan_spreads(values, lowest):
    return (np.minimum.accumulate(values, axis=1) - lowest).mean(axis=0)


def _no_running_minimum(values, lowest):
    return np.nanmean(values, axis=0) - lowest


def _mean_first(values, lowest):
    return np.minimum.accumulate(np.nanmean(values, axis=0)) - lowest


def _not_averaged(values, lowest):
    return np.fmin.accumulate(values, axis=1) - lowest


def _nested(inner, outer):
    return np.mean([outer[o, inner[o].mean(axis=0).argmin()] for o in range(len(outer))])


def _outer_chooses(inner, outer):
    return outer.min(axis=1).mean()


def _inner_minimum(inner, outer):
    return inner.mean(axis=1).min(axis=1).mean()


def _one_for_all(inner, outer):
    return outer[:, inner.mean(axis=(0, 1)).argmin()].mean()


def _standard_errors(factor):
    def rule(wrong):
        best = wrong[:-1].mean(axis=1).argmin()
        gain = wrong[-1] - wrong[best]
        return best if gain.mean() > factor * gain.std(ddof=1) / np.sqrt(len(gain)) else len(wrong) - 1

    return rule


def _images(lead):
    def rule(wrong):
        counts = wrong.sum(axis=1)
        return int(counts.argmin()) if counts[-1] - counts.min() >= lead else 30

    return rule


def _lowest(wrong):
    return wrong[:30].mean(axis=1).argmin()


def _lowest_ties_to_the_default(wrong):
    return 30 - wrong[::-1].mean(axis=1).argmin()


def _always_default(wrong):
    return -1


def _first_row(wrong):
    return 0


def _stub(*arguments):
    raise NotImplementedError


CASES = {
    "0.1": Case(
        {"a": "shuffled", "b": "grouped", "c": "ordered"},
        wrong=[
            ({"a": "grouped", "b": "grouped", "c": "ordered"}, "none of them is new"),
            ({"a": "shuffled", "b": "shuffled", "c": "ordered"}, "both sides"),
            ({"a": "shuffled", "b": "grouped", "c": "shuffled"}, "days after"),
            ({"a": "random", "b": "grouped", "c": "ordered"}, "must be"),
            ("shuffled", "a dict"),
        ],
        also_right=[{"c": "Ordered", "b": " grouped", "a": "shuffled"}],
    ),
    "0.2": Case(
        1.55,
        wrong=[
            (2.19, "independent"),
            (1.096, "a standard deviation is wanted"),
            (1.841, "bound"),
            (2.604, "without the correlation"),
            (0.0155, "percentage points"),
            (-1.55, "sign"),
            ("much", "one real number"),
        ],
        also_right=[np.float64(1.5507), "1.55", 0.8 * np.sqrt(0.5) * 2.746],
    ),
    "0.3": Case(
        "c", wrong=[("a", "slowly"), ("b", "right thought"), ("d", "hardly"), ("e", "one of")], also_right=["C", ["c"]]
    ),
    "0.4": Case(
        _curve,
        wrong=[
            (_nan_spreads, "NaN"),
            (_no_running_minimum, "running minimum"),
            (_mean_first, "the order"),
            (_not_averaged, "mean over the seeds"),
            (3.0, "a function is wanted"),
        ],
        stub=_stub,
        also_right=[_curve_as_list],
    ),
    "0.5": Case(
        "-tau**2*e/sqrt(s**2+tau**2)",
        wrong=[
            (tau**2 * e / sp.sqrt(s**2 + tau**2), "smaller is better"),
            (-(s**2) * e / sp.sqrt(s**2 + tau**2), "flattery"),
            ("-tau*e", "without noise"),
            ("-sqrt(s**2+tau**2)*e", "reported gain"),
            ("-e", "tau = 0"),
            ("-tau*n", "yours holds n"),
        ],
        also_right=[-tau * e / sp.sqrt(1 + (s / tau) ** 2)],
    ),
    "0.6": Case(
        0.2473,
        wrong=[
            (0.3234, "nine points"),
            (0.25, "certain"),
            (0.248, "three digits"),
            (0, "another crossing"),
            (0.1, "work through"),
        ],
        also_right=["0.2473", np.array([0.2473])],
    ),
    "0.7": Case(
        {"b", "d"},
        wrong=[
            ({"a", "b", "d"}, "50 noisy"),
            ({"b", "c", "d"}, "validation set then"),
            ({"b", "d", "e"}, "which not"),
            ({"b"}, "there is more"),
        ],
        also_right=[["d", "b"], ("B", "D")],
    ),
    "0.8": Case(
        _nested,
        wrong=[
            (_outer_chooses, "outer fold choose"),
            (_inner_minimum, "flattered"),
            (_one_for_all, "one configuration for all"),
            (0.2, "a function is wanted"),
        ],
        stub=_stub,
    ),
    "0.9": Case(
        _standard_errors(2.04 / np.sqrt(2)),
        wrong=[
            (_lowest, "noise explains"),
            (_lowest_ties_to_the_default, "noise explains"),
            (_standard_errors(1), "noise explains"),
            (_always_default, "100 % of the draws"),
            (_first_row, "with the bad default"),
            (lambda wrong: 99, "one row"),
            (lambda wrong: wrong.nothing, "raised AttributeError"),
            (7, "a function is wanted"),
        ],
        stub=_stub,
        also_right=[_standard_errors(2), _images(2), _images(3)],
    ),
}
