"""Figures: what is drawn is what was given, in both themes, and readers with any colour vision can tell it apart."""

from __future__ import annotations

import itertools
import subprocess
import sys
from types import SimpleNamespace

import matplotlib as mpl
import matplotlib.pyplot as plt
import moocore
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib import colors
from matplotlib.axes import Axes
from matplotlib.contour import ContourSet

from hpmath import (
    TPE,
    Integer,
    LogUniform,
    Space,
    Study,
    Trial,
    Uniform,
    bootstrap_interval,
    expected_improvement,
    hypervolume,
    hypervolume_contributions,
    log_expected_improvement,
    minimize,
    non_dominated_mask,
    non_dominated_sort,
    t_interval,
)
from hpmath._style import CYCLE, DASHES, MARKERS, PALETTES
from hpmath.plotting import (
    acquisitions,
    anytime,
    attainment,
    calibration,
    compare_directions,
    draw_path,
    error_curves,
    exploration,
    exploration_map,
    fronts,
    good_and_bad,
    gradient_cones,
    hypervolume_boxes,
    interval_bars,
    label_lines,
    landscape,
    panels,
    parallel_coordinates,
    posterior,
    principal_axes,
    projections,
    role,
    scree,
    slices,
    style,
    subspace_plot,
    tradeoff,
    use_style,
    walk,
)

mpl.use("Agg")
THEMES = sorted(PALETTES)


@pytest.fixture(autouse=True)
def _fresh_figures():
    with mpl.rc_context():
        yield
    plt.close("all")


class Bowl:
    """x² + 4y² + .01 over C in [10⁻², 10⁴] and γ in [10⁻⁶, 10¹], both measured in decades."""

    bounds = np.array([[-2.0, 4.0], [-6.0, 1.0]])
    names = ("C", "gamma")
    scales = ("log10", "log10")
    minimizers = np.array([[1.0, -3.0]])

    def __call__(self, X):
        return (X[:, 0] - 1) ** 2 + 4 * (X[:, 1] + 3) ** 2 + 0.01


H = np.logspace(-12, 0, 40)
ERRORS = {"forward": H + 1e-16 / H, "central": H**2 + 1e-16 / H, "dual": 0 * H}
CURVES = {name: np.random.default_rng(i).random((8, 30)) for i, name in enumerate(["random", "grid"])}
PATH = np.array([[-1.0, 0.0], [0.5, -2.0], [1.2, -2.9], [2.0, -3.5]])
AT = np.linspace(0, 1, 21)
COVERAGES = {"gp": np.array([[0.9, 0.4], [0.8, 0.5], [1.0, 0.45]]), "forest": [0.7, 0.6]}

SPACE = Space(
    {"lr": LogUniform(1e-5, 1e-1), "layers": Integer(1, 5), "act": ["relu", (8, 8), "gelu"], "decay": Uniform(0, 1)},
    conditions={"decay": ("act", ["relu"])},
)


def objective(config):
    if config["layers"] == 5:
        raise ValueError("too deep")
    return 0.1 + (np.log10(config["lr"]) + 3) ** 2 + 0.1 * config["layers"] + config.get("decay", 0.5)


STUDY = minimize(objective, SPACE, method="random", n_trials=40, rng=0)
ON_THE_MAP = minimize(
    lambda c: Bowl()(np.log10([[c["C"], c["gamma"]]]))[0] if c["C"] > 0.1 else np.nan,
    {"gamma": LogUniform(1e-6, 10), "C": LogUniform(1e-2, 1e4)},
    method="random",
    n_trials=12,
    rng=0,
)


def EI(mean, std):
    return expected_improvement(mean, std, 1.5)


RULES = {"EI": EI(np.sin(AT), 0.1 + AT), "log EI": log_expected_improvement(np.sin(AT), 0.1 + AT, -4), "none": 0 * AT}


def searched(dist, n=26, **settings):
    """A TPE of one hyperparameter after n trials and one ask."""
    search = TPE({"x": dist}, rng=1, **settings)
    for _ in range(n):
        configs = search.ask()
        search.tell(configs, [abs(np.log(config["x"]) - 1) for config in configs])
    search.ask()
    return search


SQUARE = np.random.default_rng(0).random((60, 2))
STAIRS = np.array([[1.0, 9], [2, 4], [4, 3], [9, 2], [9, 9]])
RUNS = [np.random.default_rng(seed).random((12, 2)) for seed in range(1, 9)]

FIGURES = {
    "error_curves": lambda ax=None: error_curves(H, ERRORS, ax, slopes={"central": (2, -1)}),
    "anytime": lambda ax=None: anytime(CURVES, ax),
    "anytime, median, log": lambda ax=None: anytime(CURVES, ax, statistic="median", scale="log"),
    "interval_bars": lambda ax=None: interval_bars(["a", "b"], [1, 2], [0, 1], [2, 4], ax, reference=1.5),
    "landscape": lambda ax=None: landscape(Bowl(), ax),
    "landscape, log": lambda ax=None: landscape(Bowl(), ax, scale="log"),
    "walk": lambda ax=None: walk(Bowl(), PATH, ax),
    "walk, scattered": lambda ax=None: walk(Bowl(), PATH, ax, connect=False),
    "walk, study": lambda ax=None: walk(Bowl(), ON_THE_MAP, ax),
    "parallel_coordinates": lambda ax=None: parallel_coordinates(STUDY, ax),
    "slices": lambda ax=None: slices(STUDY, ax, names=["lr"])[0],
    "exploration": lambda ax=None: exploration([1, 2, 3], [0, 1, 0.5], ax, best=1.5, chosen={"EI": 1}),
    "exploration_map": lambda ax=None: exploration_map(EI, [1, 2, 3], [0, 1, 0.5], ax, name="EI", best=1.5),
    "acquisitions": lambda ax=None: acquisitions(AT, np.sin(AT), 0.1 + AT, RULES, ax, truth=np.cos(AT)),
    "compare_directions": lambda ax=None: compare_directions([0, 0], {"ln": [1, 2], "log10": [1, -1]}, ax),
    "gradient_cones": lambda ax=None: gradient_cones([[1, 0.2], [-0.3, 0.8]], ax=ax),
    "gradient_cones, none": lambda ax=None: gradient_cones([[1, 0.5], [-2, -1]], [3, 3], ax, names=("E", "T")),
    "principal_axes": lambda ax=None: principal_axes([[2, 1], [1, 2]], [0, 0], ax or panels()[1], level=1),
    "projections": lambda ax=None: projections(np.random.default_rng(0).random((9, 2)), ax, profile=np.cos),
    "posterior": lambda ax=None: posterior(
        AT, np.sin(AT), 0.1 + 0.2 * AT, ax, observed=([[0.2], [0.8]], [0, 1]), truth=np.cos(AT), samples=[AT, -AT]
    ),
    "posterior, bare": lambda ax=None: posterior(AT, AT, 0 * AT, ax, levels=[]),
    "good_and_bad": lambda ax=None: good_and_bad(searched(LogUniform(1e-4, 1e2)), ax),
    "good_and_bad, integer": lambda ax=None: good_and_bad(searched(Integer(1, 9)), ax),
    "calibration": lambda ax=None: calibration([0.95, 0.5], COVERAGES, ax),
    "fronts": lambda ax=None: fronts(SQUARE, ax),
    "hypervolume_boxes": lambda ax=None: hypervolume_boxes([[1, 3], [2, 2], [3, 1], [3, 3], [5, 0]], [4, 4], ax),
    "tradeoff": lambda ax=None: tradeoff(STAIRS, 1, ax, errors=np.full((5, 2), 0.1)),
    "attainment": lambda ax=None: attainment({"a": RUNS, "b": [STAIRS]}, ax, truth=[[0, 1], [1, 0]]),
    "scree": lambda ax=None: scree([3, 2, 1], ax, intervals=[[2, 4], [1, 3], [0, 1]], label="of C", scale="log"),
    "subspace_plot": lambda ax=None: subspace_plot(H, H**2, ax, xlabel="w"),
    "subspace_plot, two": lambda ax=None: subspace_plot(np.column_stack([H, -H]), H**2, ax, xlabel=("a", "b")),
}


def labelled(ax, label):
    (line,) = [line for line in ax.lines if line.get_label() == label]
    return line


# --- what a model says


def test_bands_have_the_width_of_their_probability():
    ax = posterior(AT, 0 * AT, 1 + 0 * AT, levels=(0.95, 0.5))
    half = [np.ptp(band.get_paths()[0].vertices[:, 1]) / 2 for band in ax.collections]
    assert half == pytest.approx([1.959964, 0.674490], abs=1e-6)  # the wide one first, beneath
    assert ax.get_title(loc="left") == "bands: 50 %, 95 %"


def test_a_posterior_shows_mean_truth_samples_and_observations_as_given():
    ax = FIGURES["posterior"]()
    np.testing.assert_array_equal(labelled(ax, "mean").get_ydata(), np.sin(AT))
    np.testing.assert_array_equal(labelled(ax, "truth").get_ydata(), np.cos(AT))
    np.testing.assert_array_equal(labelled(ax, "_observed").get_xdata(), [0.2, 0.8])
    assert sum(line.get_label() == "_sample" for line in ax.lines) == 2
    assert labelled(ax, "mean").get_color() == role("model")["color"]


def test_calibration_draws_means_in_order_of_level_with_their_intervals():
    ax = calibration([0.95, 0.5], COVERAGES)
    np.testing.assert_allclose(labelled(ax, "gp").get_ydata(), [0.45, 0.9])
    np.testing.assert_allclose(labelled(ax, "forest").get_ydata(), [0.6, 0.7])
    (bars,) = ax.collections
    low, high = t_interval(COVERAGES["gp"][:, 1])
    np.testing.assert_allclose(bars.get_paths()[0].vertices[:, 1], [low, high])
    assert bars.get_paths()[1].vertices[:, 1].max() == 1  # cut where shares end
    assert ax.get_title(loc="left") == "mean of 3 repetitions with 95 % intervals"


def test_good_and_bad_are_drawn_with_their_ratio_their_trials_and_the_proposal():
    search = searched(LogUniform(1e-4, 1e2))
    ax = good_and_bad(search, n_points=51)
    l, g, ratio = (labelled(ax, label).get_ydata() for label in ("$l$, good", "$g$, bad", "ratio $l/g$"))
    np.testing.assert_allclose(ratio, l / g)
    configs = [{"x": x} for x in np.clip(np.geomspace(1e-4, 1e2, 51), 1e-4, 1e2)]
    np.testing.assert_allclose(l, search.good_.pdf(configs, relative=True), rtol=1e-9)
    np.testing.assert_allclose(g, search.bad_.pdf(configs, relative=True), rtol=1e-9)
    drawn = [labelled(ax, "_good").get_xdata(), labelled(ax, "_bad").get_xdata()]
    np.testing.assert_array_equal(np.sort(np.concatenate(drawn)), np.sort([c["x"] for c in search.configs_]))
    worst = max(search.values_[search.info_["good"]])
    np.testing.assert_array_equal(
        drawn[0], [c["x"] for c, y in zip(search.configs_, search.values_, strict=True) if y <= worst]
    )
    assert labelled(ax, "_next").get_xdata()[0] == search.pending_[0]["x"]
    assert ax.get_xscale() == "log"


def test_good_and_bad_needs_one_number_and_a_comparison():
    with pytest.raises(ValueError, match="search must have one hyperparameter, a number, got Space"):
        good_and_bad(TPE({"x": Uniform(0, 1), "y": Uniform(0, 1)}))
    with pytest.raises(ValueError, match="search must have one hyperparameter, a number, got Space"):
        good_and_bad(TPE({"x": ["a", "b"]}))
    with pytest.raises(ValueError, match="search must have compared something: its last proposal was random"):
        good_and_bad(searched(Uniform(0.1, 1), n=3))


# --- several objectives


def test_fronts_are_joined_rank_by_rank_and_every_point_is_there():
    ax = fronts(SQUARE, n_fronts=3)
    ranks = non_dominated_sort(SQUARE)
    for r in range(3):
        drawn = labelled(ax, f"rank {r}").get_xydata()
        assert (np.diff(drawn[:, 0]) >= 0).all()
        assert (np.diff(drawn[:, 1]) <= 0).all()
        assert set(map(tuple, drawn)) == set(map(tuple, SQUARE[ranks == r]))
    assert len(labelled(ax, "_deeper").get_xdata()) == (ranks >= 3).sum()
    assert [line.get_label() for line in fronts([[1, 2]]).lines] == ["_deeper", "rank 0"]


def test_the_boxes_have_the_area_of_the_hypervolume_and_of_the_contributions():
    Y, reference = SQUARE[:25], [0.9, 0.95]
    ax = hypervolume_boxes(Y, reference)
    areas = np.array(
        [box.get_width() * box.get_height() for box in ax.patches if isinstance(box, mpl.patches.Rectangle)]
    )
    front = non_dominated_mask(Y) & (reference > Y).all(axis=1)
    light, dark = areas.reshape(2, front.sum())
    assert light.sum() == pytest.approx(hypervolume(Y, reference))
    np.testing.assert_allclose(np.sort(dark), np.sort(hypervolume_contributions(Y[front], reference)))
    nothing = hypervolume_boxes([[2, 2]], [1, 1])
    assert nothing.get_title(loc="left").startswith("hypervolume 0;")


def test_rates_are_slopes_of_the_front_beside_the_chosen_point():
    for chosen, rates in ((0, ["−5"]), (1, ["−5", "−0.5"]), (2, ["−0.5", "−0.2"]), (3, ["−0.2"])):
        ax = tradeoff(STAIRS, chosen)
        assert [text.get_text() for text in ax.texts] == rates
        np.testing.assert_array_equal(labelled(ax, "_chosen").get_xydata()[0], STAIRS[chosen])
    assert not tradeoff([[1, 2]], 0).texts
    bars = tradeoff(STAIRS, 1, errors=np.full((5, 2), 0.25)).collections
    widths = [np.abs(np.ptp(segment, axis=0)).max() for bar in bars for segment in bar.get_segments()]
    np.testing.assert_allclose(widths, 0.5)
    assert len(widths) == 10


def test_attainment_surfaces_are_those_of_moocore():
    ax = attainment({"ours": RUNS})
    line = labelled(ax, "ours").get_xydata()
    sets = np.vstack([np.column_stack([run, np.full(len(run), i)]) for i, run in enumerate(RUNS)])
    theirs = moocore.eaf(sets[:, :2], sets=sets[:, 2], percentiles=[50])[:, :2]
    corners = line[:-1][np.append(True, np.diff(line[:-1, 1]) < 0)]  # the last point only ends the line
    np.testing.assert_allclose(corners, theirs[np.argsort(theirs[:, 0])])
    assert ax.collections  # the quartiles


# --- every figure


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("name", FIGURES)
def test_each_figure_draws_on_the_axes_given_and_returns_them(name, theme):
    with style(theme):
        _, (left, right) = panels(2)
        assert FIGURES[name](right) is right
        assert not left.has_data()
        right.figure.canvas.draw()


@pytest.mark.parametrize("name", FIGURES)
def test_without_axes_a_figure_of_page_width_is_made(name):
    use_style()
    ax = FIGURES[name]()
    assert isinstance(ax, Axes)
    assert ax.figure.get_figwidth() == 7.5


@pytest.mark.parametrize("name", FIGURES)
def test_nothing_leaves_the_page_and_no_text_is_smaller_than_nine_points(name):
    with style():
        figure = FIGURES[name]().figure
        figure.canvas.draw()
        drawn, width, height = figure.get_tightbbox(), *figure.get_size_inches()
    assert drawn.x0 >= 0
    assert drawn.y0 >= 0
    assert drawn.x1 <= width
    assert drawn.y1 <= height
    assert all(text.get_fontsize() >= 9 for text in figure.findobj(mpl.text.Text) if text.get_text())


@pytest.mark.parametrize(
    "name",
    [
        "error_curves",
        "anytime",
        "landscape",
        "walk",
        "projections",
        "scree",
        "subspace_plot",
        "posterior",
        "calibration",
        "exploration_map",
    ],
)
def test_axes_are_labelled(name):
    ax = FIGURES[name]()
    assert ax.get_xlabel()
    assert ax.get_ylabel()


@pytest.mark.parametrize("name", FIGURES)
def test_drawing_leaves_no_trace_in_the_settings(name):
    before = dict(mpl.rcParams)
    FIGURES[name]()
    assert dict(mpl.rcParams) == before


# --- the style


def test_a_style_ends_with_its_block_and_use_style_does_not():
    before = mpl.rcParams["axes.facecolor"]
    with style("dark"):
        assert mpl.rcParams["axes.facecolor"] == PALETTES["dark"]["background"]
    assert mpl.rcParams["axes.facecolor"] == before
    use_style("dark")
    assert mpl.rcParams["axes.facecolor"] == PALETTES["dark"]["background"]


def test_colours_follow_the_axes_not_the_moment():
    with style("dark"):
        _, ax = panels()
    use_style("light")
    error_curves(H, ERRORS, ax)
    assert labelled(ax, "forward").get_color() == PALETTES["dark"][CYCLE[0]]
    assert role("model", ax)["color"] == PALETTES["dark"]["blue"]
    assert role("model")["color"] == PALETTES["light"]["blue"]


def luminance(colour):
    """Relative luminance of WCAG 2.2, and the linear RGB that it is made of."""
    rgb = np.array(colors.to_rgb(colour))
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return linear @ [0.2126, 0.7152, 0.0722], linear


def contrast(one, other):
    dark, light = sorted([luminance(one)[0], luminance(other)[0]])
    return (light + 0.05) / (dark + 0.05)


def test_contrast_of_black_on_white_is_21():
    assert contrast("black", "white") == pytest.approx(21)


@pytest.mark.parametrize("theme", THEMES)
def test_lines_and_their_labels_stand_out_from_the_background(theme):
    # WCAG 2.2 asks 3 of graphics (1.4.11) and 4.5 of text (1.4.3); labels wear the colours of their lines.
    palette = PALETTES[theme]
    for name, colour in palette.items():
        if name != "background":
            assert contrast(colour, palette["background"]) >= 4.5, name


# Machado, Oliveira & Fernandes (2009), table 1 at severity 1, on linear RGB.
VISION = {
    "normal": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}


def cielab(linear_rgb):
    to_xyz = np.array(
        [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.119192, 0.9503041]]
    )
    t = to_xyz @ linear_rgb / [0.95047, 1.0, 1.08883]
    f = np.where(t > 216 / 24389, np.cbrt(t), (24389 / 27 * t + 16) / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def smallest_distance(hues, vision):
    seen = [cielab(np.clip(np.array(VISION[vision]) @ luminance(hue)[1], 0, 1)) for hue in hues]
    return min(np.linalg.norm(a - b) for a, b in itertools.combinations(seen, 2))


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(
    ("vision", "least"), [("normal", 40), ("protanopia", 20), ("deuteranopia", 20), ("tritanopia", 12)]
)
def test_hues_keep_their_distance_for_every_kind_of_colour_vision(theme, vision, least):
    hues = [PALETTES[theme][name] for name in ("text", "orange", *CYCLE)]
    assert smallest_distance(hues, vision) >= least


def test_the_distance_test_notices_red_beside_green():
    assert smallest_distance(["#d62728", "#2ca02c"], "normal") > 100
    assert smallest_distance(["#d62728", "#2ca02c"], "deuteranopia") < 40
    default = [entry["color"] for entry in mpl.rcParamsDefault["axes.prop_cycle"]]
    assert smallest_distance(default[:7], "protanopia") < 20  # matplotlib's own cycle would not pass


def test_colour_is_never_the_only_difference():
    assert len(DASHES) >= len(CYCLE)
    assert len(set(MARKERS)) >= len(CYCLE)
    use_style()
    looks = [(entry["color"], str(entry["linestyle"])) for entry in mpl.rcParams["axes.prop_cycle"]]
    assert len(set(looks)) == len(looks) == 2 * len(CYCLE)
    for count in (5, 10):
        ax = error_curves(H, {str(i): H ** (i + 1) for i in range(count)})
        drawn = {(line.get_color(), line.get_marker(), str(line._unscaled_dash_pattern)) for line in ax.lines}
        assert len(drawn) == count


def test_roles_look_the_same_everywhere():
    star = role("incumbent")
    assert star["marker"] == "*"
    ax = walk(Bowl(), PATH)
    incumbent = labelled(ax, "_incumbent")
    assert incumbent.get_color() == star["color"]
    assert role("truth")["linestyle"] != role("model")["linestyle"]


# --- labels at line ends


@settings(max_examples=12, deadline=None)
@given(st.lists(st.integers(0, 40).map(lambda k: k / 40), min_size=1, max_size=8))
def test_labels_stand_apart_in_the_order_of_the_lines(ends):
    use_style()
    figure, ax = panels()
    for i, end in enumerate(ends):
        ax.plot([0, 1], [0.5, end], label=f"line {i}")
    label_lines(ax)
    figure.draw_without_rendering()
    middle = [np.mean(text.get_window_extent().intervaly) for text in ax.texts]
    assert len(middle) == len(ends)
    order = np.argsort(ends, kind="stable")
    gaps = np.diff(np.array(middle)[order])
    assert (gaps >= 1.1 * mpl.rcParams["font.size"] * figure.dpi / 72).all()
    plt.close(figure)


def test_labels_far_apart_stay_at_their_line_ends():
    _, ax = panels()
    ax.plot([0, 1], [0, 0], label="low")
    ax.plot([0, 1], [0, 1], label="high")
    label_lines(ax)
    assert [text.xyann[1] for text in ax.texts] == pytest.approx([0, 0])
    assert [tuple(text.xy) for text in ax.texts] == [(1, 0), (1, 1)]


def test_a_line_that_ends_early_is_labelled_beyond_the_others():
    _, ax = panels()
    ax.plot([0, 5], [1, 1], label="short")
    ax.plot([0, 9], [2, 2], label="long")
    label_lines(ax)
    assert [tuple(text.xy) for text in ax.texts] == [(9, 1), (9, 2)]


def test_labelling_again_replaces_and_hidden_lines_get_none():
    _, ax = panels()
    ax.plot([0, 1], [0, 1], label="shown")
    ax.plot([0, 1], [1, 0], label="_hidden")
    ax.text(0, 0, "a text of the caller")
    label_lines(label_lines(ax))
    assert sorted(text.get_text() for text in ax.texts) == ["a text of the caller", "shown"]


# --- error curves


def test_errors_are_drawn_as_given_and_zeros_on_a_line_called_exact():
    shuffled = np.random.default_rng(0).permutation(len(H))
    ax = error_curves(H[shuffled], {name: e[shuffled] for name, e in ERRORS.items()})
    line = labelled(ax, "central")
    np.testing.assert_array_equal(line.get_xdata(), H)
    np.testing.assert_array_equal(line.get_ydata(), ERRORS["central"])
    (floor,) = set(labelled(ax, "dual").get_ydata())
    assert 0 < floor < min(e[e > 0].min() for e in (ERRORS["forward"], ERRORS["central"]))
    ticks = dict(zip(ax.get_yticks(), [label.get_text() for label in ax.get_yticklabels()], strict=True))
    assert ticks[floor] == "exact"
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "log")


def test_without_zeros_nothing_is_called_exact():
    ax = error_curves(H, {"forward": H})
    ax.figure.canvas.draw()
    assert "exact" not in [label.get_text() for label in ax.get_yticklabels()]


def test_only_zeros_and_a_single_step_can_be_drawn():
    error_curves(H, {"dual": 0 * H}).figure.canvas.draw()
    error_curves([1e-3], {"forward": [1e-4]}).figure.canvas.draw()


@pytest.mark.parametrize("power", [1, 2, 4, -1])
def test_a_slope_guide_has_the_slope_it_names(power):
    ax = error_curves(H, {"f": H**power}, slopes={"f": power})
    guide = labelled(ax, "_slope")
    x, y = np.log(guide.get_xdata()), np.log(guide.get_ydata())
    assert (y[1] - y[0]) / (x[1] - x[0]) == pytest.approx(power)


# --- anytime


def test_the_line_is_the_mean_of_the_running_minimum_and_the_band_the_t_interval():
    ax = anytime(CURVES, confidence=0.9)
    for band, (name, values) in zip(ax.collections, CURVES.items(), strict=True):
        best = np.minimum.accumulate(values, axis=1)
        interval = t_interval(best, 0.9)
        line = labelled(ax, name)
        np.testing.assert_array_equal(line.get_xdata(), np.arange(1, 31))
        np.testing.assert_allclose(line.get_ydata(), best.mean(axis=0))
        assert line.get_drawstyle() == "steps-post"
        corners = band.get_paths()[0].vertices
        for trial in range(30):
            there = corners[corners[:, 0] == trial + 1, 1]
            assert np.isclose(there, interval.low[trial]).any()
            assert np.isclose(there, interval.high[trial]).any()
    assert ax.get_title(loc="left") == "mean of 8 seeds, bands: 90 % intervals"
    assert ax.get_xlim() == (1, 30)
    assert ax.get_xticks()[0] == 1


def test_median_with_its_bootstrap_interval():
    ax = anytime({"random": CURVES["random"]}, statistic="median", best_so_far=False)
    np.testing.assert_allclose(labelled(ax, "random").get_ydata(), np.median(CURVES["random"], axis=0))
    wanted = bootstrap_interval(CURVES["random"], np.median, n_resamples=1999, method="percentile", rng=0)
    corners = ax.collections[0].get_paths()[0].vertices
    assert np.isclose(corners[corners[:, 0] == 1, 1], wanted.low[0]).any()


def test_failed_trials_are_passed_over_and_late_starters_begin_late():
    values = np.array([[np.nan, 3.0, 2.0, np.nan], [4.0, np.nan, 5.0, 1.0]])
    ax = anytime({"a": values})
    np.testing.assert_array_equal(labelled(ax, "a").get_xdata(), [2, 3, 4])
    np.testing.assert_allclose(labelled(ax, "a").get_ydata(), [3.5, 3.0, 1.5])


def test_different_numbers_of_seeds_and_trials_are_stated():
    ax = anytime({"a": np.ones((5, 10)), "b": np.ones((20, 40))})
    assert ax.get_title(loc="left").startswith("mean of 5 to 20 seeds")
    assert ax.get_xlim() == (1, 40)


def test_on_a_logarithmic_axis_a_band_that_reaches_zero_does_not_squeeze_the_curves():
    values = np.array([[1.0, 0.1], [0.1, 0.1], [0.1, 0.1]])
    assert t_interval(values).low[0] < 0
    ax = anytime({"a": values}, scale="log")
    bottom, top = ax.get_ylim()
    assert 0.05 < bottom <= 0.1
    assert top > 0.4


# --- intervals


def test_bars_show_what_they_were_given_first_on_top():
    ax = interval_bars(["a", "b", "c"], [1, 2, 3], [0, 1, 2.5], [1.5, 4, 3], xlabel="error, %")
    segments = ax.collections[0].get_segments()
    np.testing.assert_allclose([s[:, 0] for s in segments], [[0, 1.5], [1, 4], [2.5, 3]])
    np.testing.assert_allclose(ax.lines[-1].get_xdata(), [1, 2, 3])
    assert ax.yaxis_inverted()
    assert ax.get_xlabel() == "error, %"


# --- maps


def test_a_second_scree_keeps_the_first_and_looks_different():
    ax = scree([0.7, 0.2, 0.1], label="gradients")
    scree([0.9, 0.05, 0.05], ax, label="samples")
    assert ax.get_ylim()[0] <= 0
    assert ax.get_ylim()[1] > 0.9
    first, second = labelled(ax, "gradients"), labelled(ax, "samples")
    np.testing.assert_array_equal(first.get_xydata(), [[1, 0.7], [2, 0.2], [3, 0.1]])
    np.testing.assert_array_equal(second.get_ydata(), [0.9, 0.05, 0.05])
    assert first.get_color() != second.get_color()
    assert first.get_marker() != second.get_marker()
    assert [text.get_text() for text in ax.texts] == ["gradients", "samples"]


def test_intervals_of_a_scree_are_drawn_where_they_belong():
    (bars,) = scree([3, 1], intervals=[[2, 4], [0.5, 1.5]]).collections
    assert [segment.tolist() for segment in bars.get_segments()] == [[[1, 2], [1, 4]], [[2, 0.5], [2, 1.5]]]


def test_a_summary_plot_shows_every_point_and_two_projections_become_a_colour():
    rng = np.random.default_rng(0)
    Z, y = rng.normal(size=(30, 2)), rng.normal(size=30)
    (points,) = subspace_plot(Z[:, :1], y).collections
    np.testing.assert_allclose(points.get_offsets(), np.column_stack([Z[:, 0], y]))
    ax = subspace_plot(Z, y, xlabel=("age", "bmi"), ylabel="error")
    (points,) = ax.collections
    order = np.argsort(-y)
    np.testing.assert_allclose(points.get_offsets(), Z[order])
    np.testing.assert_allclose(points.get_array(), y[order])
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("age", "bmi")


@pytest.mark.parametrize("scale", ["linear", "log"])
def test_the_map_covers_the_box_with_all_values_inside_the_bands(scale):
    ax = landscape(Bowl(), scale=scale, label="error", n=51)
    contours = ax.collections[0]
    x, y = np.meshgrid(np.linspace(-2, 4, 51), np.linspace(-6, 1, 51))
    values = Bowl()(np.stack([x.ravel(), y.ravel()], axis=1))
    assert contours.levels[0] <= values.min()
    assert contours.levels[-1] >= values.max()
    assert ax.get_xlim() == (-2, 4)
    assert ax.get_ylim() == (-6, 1)
    assert ax.figure.axes[-1].get_ylabel() == "error"


def test_given_edges_are_kept_and_values_beyond_them_are_still_coloured():
    contours = landscape(Bowl(), levels=[1, 2, 5]).collections[0]
    np.testing.assert_array_equal(contours.levels, [1, 2, 5])
    assert contours.extend == "both"


def test_decades_are_shown_as_powers_of_ten_of_the_hyperparameter():
    ax = landscape(Bowl())
    ax.figure.canvas.draw()
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("$C$", r"$\gamma$")
    assert "$10^{-2}$" in [label.get_text() for label in ax.get_xticklabels()]


@pytest.mark.parametrize(
    ("name", "scale", "label"),
    [("x1", "linear", "$x_{1}$"), ("gamma", "ln", r"ln $\gamma$"), ("hidden layers", "linear", "hidden layers")],
)
def test_axis_names(name, scale, label):
    bowl = Bowl()
    bowl.names, bowl.scales = (name, "y"), (scale, "linear")
    assert landscape(bowl).get_xlabel() == label


def test_known_minimisers_are_marked_unless_told_not_to():
    crosses = [line for line in landscape(Bowl()).lines if line.get_marker() == "x"]
    np.testing.assert_array_equal([line.get_xydata()[0] for line in crosses], Bowl.minimizers)
    assert not landscape(Bowl(), minimizers=False).lines


def test_a_flat_map_has_one_colour_and_no_complaint():
    flat = SimpleNamespace(bounds=Bowl.bounds)
    for value in (0.0, 3.0):
        objective = type("Flat", (), {"bounds": flat.bounds, "__call__": lambda self, X, v=value: np.full(len(X), v)})()
        landscape(objective).figure.canvas.draw()
    landscape(objective, scale="log").figure.canvas.draw()


def test_our_own_objectives_can_be_drawn():
    hpmath = pytest.importorskip("hpmath")
    objective = hpmath.branin()
    ax = walk(objective, [[0.0, 0.0], [3.0, 2.0]], scale="log")
    assert ax.get_xlim() == tuple(objective.bounds[0])


@pytest.mark.parametrize("connect", [True, False])
def test_the_walk_is_drawn_as_given_with_its_best_point_as_incumbent(connect):
    ax = walk(Bowl(), PATH, connect=connect)
    np.testing.assert_array_equal(labelled(ax, "_path").get_xydata(), PATH)
    np.testing.assert_array_equal(labelled(ax, "_incumbent").get_xydata()[0], PATH[2])
    numbers = [text.get_text() for text in ax.texts]
    assert numbers == ([] if connect else ["1", "2", "3", "4"])


def test_a_failed_evaluation_is_never_the_incumbent():
    ax = draw_path(PATH, landscape(Bowl()), values=[np.nan, 2.0, np.nan, 1.0])
    np.testing.assert_array_equal(labelled(ax, "_incumbent").get_xydata()[0], PATH[3])
    ax = draw_path(PATH, landscape(Bowl()), values=[np.nan] * 4)
    assert "_incumbent" not in [line.get_label() for line in ax.lines]


def test_many_scattered_points_carry_no_numbers_and_one_point_is_a_path():
    many = np.random.default_rng(0).uniform(0, 1, (31, 2))
    assert not draw_path(many, landscape(Bowl()), connect=False).texts
    draw_path(PATH[:1], landscape(Bowl()), label="here").figure.canvas.draw()


# --- studies


def test_studies_are_curves_too():
    studies = [minimize(objective, SPACE, method="random", n_trials=n, rng=n) for n in (12, 20)]
    values = np.full((2, 20), np.nan)
    for row, study in zip(values, studies, strict=True):
        row[: len(study.trials)] = [trial.value for trial in study.trials]
    for curve in (studies, tuple(studies)):
        line = labelled(anytime({"a": curve}), "a")
        np.testing.assert_array_equal(line.get_xydata(), labelled(anytime({"a": values}), "a").get_xydata())
    assert line.get_xdata()[-1] == 20  # one that ended early keeps its best


def test_a_study_walks_on_the_map_by_the_names_of_its_hyperparameters():
    ax = walk(Bowl(), ON_THE_MAP)
    complete = [trial for trial in ON_THE_MAP.trials if trial.state == "complete"]
    assert 0 < len(complete) < 12
    wanted = [[np.log10(trial.config["C"]), np.log10(trial.config["gamma"])] for trial in complete]
    np.testing.assert_allclose(labelled(ax, "_path").get_xydata(), wanted)
    best = ON_THE_MAP.best.config
    np.testing.assert_allclose(
        labelled(ax, "_incumbent").get_xydata()[0], [np.log10(best["C"]), np.log10(best["gamma"])]
    )


def test_slices_show_each_trial_once_and_the_incumbent_in_every_panel():
    axes = slices(STUDY)
    assert [ax.get_xlabel() for ax in axes] == list(SPACE)
    for ax, name in zip(axes, SPACE, strict=True):
        told = [trial for trial in STUDY.trials if name in trial.config]
        good = [trial for trial in told if trial.state == "complete"]
        xy = ax.collections[0].get_offsets()
        np.testing.assert_array_equal(xy[:, 1], [trial.value for trial in good])
        if name == "act":
            np.testing.assert_array_equal(xy[:, 0], [["relu", (8, 8), "gelu"].index(t.config["act"]) for t in good])
            assert [label.get_text() for label in ax.get_xticklabels()] == ["relu", "(8, 8)", "gelu"]
        else:
            np.testing.assert_array_equal(xy[:, 0], [trial.config[name] for trial in good])
        assert len(labelled(ax, "_failed").get_xdata()) == len(told) - len(good)
        if name in STUDY.best.config:
            assert labelled(ax, "_incumbent").get_ydata()[0] == STUDY.best_value
    assert axes[0].get_xscale() == "log"
    axes[0].figure.canvas.draw()
    one = slices(STUDY, names=["decay"], scale="log")
    assert one.shape == (1,)
    assert one[0].get_yscale() == "log"


def test_parallel_coordinates_go_through_the_unit_intervals_to_the_loss():
    ax = parallel_coordinates(STUDY, names=["layers", "act", "lr"])
    assert [label.get_text() for label in ax.get_xticklabels()] == ["layers", "act", "lr", "loss"]
    complete = sorted((t for t in STUDY.trials if t.state == "complete"), key=lambda t: -t.value)
    (lines,) = [c for c in ax.collections if c.get_label() == "_trials"]
    np.testing.assert_array_equal(lines.get_array(), [trial.value for trial in complete])
    low, high = complete[-1].value, complete[0].value
    for path, trial in zip(lines.get_segments(), complete, strict=True):
        u = dict(zip(SPACE, SPACE.to_unit([trial.config])[0], strict=True))
        wanted = [u["layers"], u["act"], u["lr"], (trial.value - low) / (high - low)]
        np.testing.assert_allclose(path[:, 1], wanted, atol=1e-12)
    np.testing.assert_allclose(labelled(ax, "_incumbent").get_xydata(), [[3, 0]])
    assert sum(line.get_label() == "_failed" for line in ax.lines) == STUDY.n_failed
    assert {"relu", "(8, 8)", "gelu", "1e-05", "0.001", "0.1"} <= {text.get_text() for text in ax.texts}


def test_one_trial_and_equal_losses_can_be_drawn():
    for n in (1, 3):
        flat = minimize(lambda config: 2.0, SPACE, method="random", n_trials=n, rng=0)
        parallel_coordinates(flat, scale="log").figure.canvas.draw()
        slices(flat)[0].figure.canvas.draw()
    two = minimize(lambda c: (c["lr"], 1 - c["lr"]), {"lr": Uniform(0, 1)}, method="random", n_trials=9, n_objectives=2)
    xy = slices(two, objective=1)[0].collections[0].get_offsets()
    np.testing.assert_array_equal(xy[:, 1], [trial.values[1] for trial in two.trials])


@given(
    st.lists(st.tuples(st.integers(-5, 5).map(float), st.integers(0, 5).map(float)), min_size=1, max_size=30),
)
@settings(max_examples=30)
def test_the_edge_of_exploration_holds_whom_no_other_beats(rows):
    mean, std = np.array(rows).T
    edge = labelled(exploration(mean, std), "_edge").get_xydata()
    plt.close("all")
    beaten = [any(m <= a and s >= b and (m, s) != (a, b) for m, s in rows) for a, b in rows]
    wanted = {(b, a) for (a, b), lost in zip(rows, beaten, strict=True) if not lost}
    assert {tuple(point) for point in edge.tolist()} == wanted


# --- acquisitions


def test_each_rule_has_a_panel_below_the_prediction_with_its_largest_value_marked():
    ax = acquisitions(AT, np.sin(AT), 0.1 + AT, RULES, truth=np.cos(AT), xlabel="lr")
    top, *below = ax.child_axes
    np.testing.assert_array_equal(labelled(top, "truth").get_ydata(), np.cos(AT))
    assert len(below) == len(RULES)
    for panel, (name, values) in zip(below, RULES.items(), strict=True):
        np.testing.assert_array_equal(labelled(panel, "_rule").get_ydata(), values)
        assert labelled(panel, "_next").get_xdata() == AT[values.argmax()]
        assert [text.get_text() for text in panel.texts] == [name]
        assert panel.get_xlim() == top.get_xlim()
        assert panel.get_ylim()[0] < values.max() < panel.get_ylim()[1]
    assert [panel.get_xlabel() for panel in ax.child_axes] == ["", "", "", "lr"]


def test_a_rule_may_be_minus_infinite_where_there_is_nothing_to_gain():
    values = np.where(AT < 0.5, -np.inf, -(AT**2))
    ax = acquisitions(AT, AT, 0 * AT, {"log EI": values})
    assert np.isnan(labelled(ax.child_axes[1], "_rule").get_ydata()).sum() == (AT < 0.5).sum()
    ax.figure.canvas.draw()


def test_the_thick_level_line_goes_through_the_chosen_candidate():
    rng = np.random.default_rng(0)
    mean, std = rng.normal(1, 1, 50), rng.uniform(0.1, 1, 50)
    ax = exploration_map(EI, mean, std, name="EI")
    scores = EI(mean, std)
    thin, thick = (child for child in ax.collections if isinstance(child, ContourSet))
    assert thick.levels == [scores.max()]
    assert len(thin.levels) >= 4
    (path,) = thick.get_paths()
    np.testing.assert_allclose(EI(path.vertices[:, 1], path.vertices[:, 0]), scores.max(), rtol=1e-2)
    mark = labelled(ax, "_chosen")
    assert (mark.get_xdata(), mark.get_ydata()) == (std[scores.argmax()], mean[scores.argmax()])


def test_maps_of_one_candidate_of_a_flat_rule_and_of_certainty():
    exploration_map(EI, [1.0], [0.5]).figure.canvas.draw()
    exploration_map(lambda m, s: 0 * m, [1.0, 2.0], [0.5, 0.1]).figure.canvas.draw()
    exploration_map(EI, [1.0, 2.0], [0.0, 0.0]).figure.canvas.draw()
    exploration_map(lambda m, s: log_expected_improvement(m, s, 0), [1.0, 2.0], [0.0, 0.1]).figure.canvas.draw()


def test_what_is_no_rule():
    with pytest.raises(ValueError, match=r"values\['EI'\] must have shape \(\d+,\) to match x, got \(2,\)"):
        acquisitions(AT, AT, AT, {"EI": [1, 2]})
    for bad in (np.full_like(AT, -np.inf), np.full_like(AT, np.nan), np.full_like(AT, np.inf)):
        with pytest.raises(ValueError, match=r"values\['EI'\] must be finite, or -inf at some points"):
            acquisitions(AT, AT, AT, {"EI": bad})
    with pytest.raises(TypeError, match="values must be a dict of names and arrays with at least one entry"):
        acquisitions(AT, AT, AT, {})
    with pytest.raises(ValueError, match="acquisition must give a number for each of 2 candidates"):
        exploration_map(lambda m, s: np.full_like(m, np.nan), [1, 2], [1, 1])
    with pytest.raises(ValueError, match="std must not be negative"):
        exploration_map(lambda m, s: m, [1, 2], [1, -1])


# --- directions and projections


@pytest.mark.parametrize("on_map", [True, False])
def test_arrows_start_at_the_origin_and_have_the_length_asked_for(on_map):
    ax = landscape(Bowl()) if on_map else None
    ax = compare_directions([1, -2], {"ln": [3, 4], "log10": [0, -1]}, ax, length=0.5)
    arrows = [text for text in ax.texts if text.arrow_patch is not None]
    np.testing.assert_allclose([arrow.xyann for arrow in arrows], [[1, -2]] * 2)
    np.testing.assert_allclose([arrow.xy for arrow in arrows], [[1.3, -1.6], [1, -2.5]])
    assert [text.get_text() for text in ax.texts if text.get_text()] == ["ln", "log10"]
    assert len({str(arrow.arrow_patch.get_linestyle()) for arrow in arrows}) == 2
    if not on_map:
        assert ax.get_ylim()[0] < -2.5


def cone_of(ax):
    return next((patch for patch in ax.patches if patch.get_label() == "_cone"), None)


def arrow_tips(ax):
    return [text.xy for text in ax.texts if text.arrow_patch is not None]


@pytest.mark.parametrize("on_map", [True, False])
@pytest.mark.parametrize(
    "gradients", [[[1, 0.2], [-0.3, 0.8]], [[2, 1], [1, 2]], [[1, 0], [-3, 0.4]], [[1, 1], [4, 4]]]
)
def test_the_cone_holds_the_moves_that_lower_both_and_no_others(gradients, on_map):
    J, origin = np.array(gradients, dtype=float), np.array([0.5, -2.0])
    cone = cone_of(gradient_cones(J, origin, landscape(Bowl()) if on_map else None))
    np.testing.assert_array_equal(cone.center, origin)
    for degrees in np.arange(0.5, 360, 1.0):
        v = np.array([np.cos(np.radians(degrees)), np.sin(np.radians(degrees))])
        inside = (degrees - cone.theta1) % 360 < cone.theta2 - cone.theta1
        assert inside == (J @ v < 0).all()


@given(st.floats(0, np.pi), st.floats(0.1, 10), st.floats(1, 100), st.floats(0.01, 5))
@settings(max_examples=20, deadline=None)
def test_the_ellipse_is_where_the_quadratic_model_has_risen_by_the_level(angle, low, condition, level):
    V = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    H = (V * [low, low * condition]) @ V.T
    H, centre = (H + H.T) / 2, np.array([1.0, -3.0])
    ax = principal_axes(H, centre, plt.figure().gca(), level=level)
    moves = labelled(ax, "_ellipse").get_xydata() - centre
    np.testing.assert_allclose(np.einsum("ni,ij,nj->n", moves, H, moves) / 2, level, rtol=1e-9)
    ends = [line.get_xydata() for line in ax.lines if line.get_label() == "_axis"]
    for start, end in ends:
        np.testing.assert_allclose((start + end) / 2, centre, atol=1e-9 * np.linalg.norm(end - start))
        slope = H @ (end - centre)  # along an axis the gradient is parallel to the move
        across = slope[0] * (end - centre)[1] - slope[1] * (end - centre)[0]
        np.testing.assert_allclose(across, 0, atol=1e-9 * condition * level)
    plt.close("all")


def test_the_ellipse_leaves_the_limits_of_a_map_and_fills_empty_axes():
    on_map = principal_axes([[1, 0], [0, 4]], [3.9, 0.9], landscape(Bowl()), level=2)
    assert (on_map.get_xlim(), on_map.get_ylim()) == ((-2, 4), (-6, 1))
    low, high = principal_axes([[1, 0], [0, 4]], [0, 0], panels()[1], level=2).get_xlim()
    assert low < -2 < 2 < high


def test_g_star_is_the_point_of_the_segment_nearest_to_zero_and_the_third_arrow_points_away_from_it():
    alpha = np.linspace(0, 1, 100_001)[:, None]
    for J in np.array([[[1, 0.2], [-0.3, 0.8]], [[3, 0.1], [0.5, 0.2]]]):  # inside the segment; at its end
        hull = alpha * J[0] + (1 - alpha) * J[1]
        nearest = hull[np.linalg.norm(hull, axis=1).argmin()]
        ax = gradient_cones(J)
        np.testing.assert_allclose(labelled(ax, "_w").get_xydata()[0], nearest, atol=1e-4)
        tips = arrow_tips(ax)
        np.testing.assert_allclose(tips[:2], J)
        longest = np.linalg.norm(J, axis=1).max()
        np.testing.assert_allclose(tips[2], -nearest / np.linalg.norm(nearest) * longest, atol=1e-3)
    scaled = arrow_tips(gradient_cones([[3, 4], [0, 1]], [1, 1], length=0.5))
    np.testing.assert_allclose(scaled[:2], [[1.3, 1.4], [1, 1.1]])


@pytest.mark.parametrize(("J", "arrows"), [([[1, 0.5], [-2, -1]], 2), ([[1, 0], [0, 0]], 1), ([[0, 0], [0, 0]], 0)])
def test_where_nothing_lowers_both_there_is_a_ring_and_no_cone(J, arrows):
    ax = gradient_cones(J)
    assert cone_of(ax) is None
    assert len(arrow_tips(ax)) == arrows
    assert labelled(ax, "_origin").get_markerfacecolor() == "none"


def test_a_grid_tests_three_values_an_axis_and_random_points_nine():
    u = (np.arange(3) + 0.5) / 3
    grid = np.stack(np.meshgrid(u, u), axis=-1).reshape(-1, 2)
    _, (left, right) = panels(2)
    projections(grid, left)
    X = np.random.default_rng(0).random((9, 2))
    projections(X, right, names=("C", "γ"))
    assert left.get_xlabel() == "the axis that matters: 3 values"
    assert (right.get_xlabel(), right.get_ylabel()) == ("C: 9 values", "γ: 9 values")
    np.testing.assert_array_equal(labelled(right, "_points").get_xydata(), X)


def test_the_profile_marks_its_lowest_point():
    X = np.array([[0.1, 0.5], [0.6, 0.2], [0.9, 0.9]])
    ax = projections(X, profile=lambda t: (t - 0.7) ** 2)
    assert labelled(ax, "_incumbent").get_xdata()[0] == 0.6
    above = labelled(ax, "_losses").get_ydata()
    assert (np.argsort(above) == np.argsort((X[:, 0] - 0.7) ** 2)).all()
    assert above.min() > 1


# --- what is refused, and what is not loaded


def at(x, y):
    return type("Map", (), {"bounds": Bowl.bounds, "__call__": lambda self, X: np.linspace(x, y, len(X))})()


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: use_style("sepia"), ValueError, "theme must be one of 'light', 'dark', got 'sepia'"),
        (lambda: role("hero"), ValueError, "name must be one of 'truth', 'model', 'incumbent', 'guide', got 'hero'"),
        (lambda: panels(0), ValueError, "columns must be at least 1, got 0"),
        (lambda: error_curves([0, 1], {"a": [1, 1]}), ValueError, "steps must be positive .* got 0"),
        (
            lambda: error_curves([1, 2], {"a": [1]}),
            ValueError,
            r"errors\['a'\] must have shape \(2,\) to match the steps",
        ),
        (lambda: error_curves([1, 2], {"a": [1, -2]}), ValueError, r"errors\['a'\] must not be negative, got -2"),
        (lambda: error_curves([1, 2], {"a": [1, np.nan]}), ValueError, r"errors\['a'\] must be finite, got nan"),
        (lambda: error_curves([1, 2], [[1, 2]]), TypeError, "errors must be a dict of names and arrays"),
        (
            lambda: error_curves([1], {"a": [1]}, slopes={"b": 1}),
            ValueError,
            "slopes must name curves among 'a', got 'b'",
        ),
        (lambda: anytime({}), TypeError, "curves must be a dict .* at least one entry"),
        (
            lambda: anytime({"a": [1, 2]}),
            ValueError,
            r"curves\['a'\] must have shape \(n_seeds, n_trials\) .* got shape \(2,\)",
        ),
        (lambda: anytime({"a": [[1, 2]]}), ValueError, "with 2 seeds or more"),
        (lambda: anytime({"a": [[1], [np.nan]]}), ValueError, "must have a value in each row, got only NaN in row 1"),
        (lambda: anytime({"a": [[0], [0]]}, scale="log"), ValueError, r"needs positive values, got 0 in curves\['a'\]"),
        (lambda: anytime({"a": [[1], [2]]}, statistic="mode"), ValueError, "statistic must be one of 'mean', 'median'"),
        (lambda: anytime({"a": [[1], [2]]}, confidence=95), ValueError, "confidence must lie strictly between 0 and 1"),
        (
            lambda: interval_bars(["a"], [1, 2], [0], [1]),
            ValueError,
            r"estimates must have shape \(1,\) to match the names",
        ),
        (lambda: interval_bars(["a"], [1], [3], [2]), ValueError, "lows must not exceed highs, got 3.0 > 2.0 for 'a'"),
        (lambda: landscape(SimpleNamespace(bounds=np.ones((3, 2)))), ValueError, "objective must have two variables"),
        (lambda: landscape(at(0, 1), scale="log"), ValueError, "scale='log' needs positive values, got 0"),
        (lambda: landscape(at(0, np.nan)), ValueError, "objective's values must be finite, got nan"),
        (lambda: landscape(Bowl(), scale="sqrt"), ValueError, "scale must be one of 'linear', 'log'"),
        (
            lambda: walk(Bowl(), [[1, 2, 3]]),
            ValueError,
            r"path must have shape \(n, 2\) to be drawn on a map, got \(1, 3\)",
        ),
        (lambda: draw_path(np.empty((0, 2)), panels()[1]), ValueError, "path must hold at least one point, got none"),
        (
            lambda: draw_path(PATH, panels()[1], values=[1]),
            ValueError,
            r"values must have shape \(4,\) to match the path",
        ),
        (lambda: principal_axes(np.eye(3), [0, 0], panels()[1], level=1), ValueError, r"H must have shape \(2, 2\)"),
        (lambda: principal_axes(np.eye(2), [0], panels()[1], level=1), ValueError, r"centre must have shape \(2,\)"),
        (
            lambda: principal_axes(np.eye(2), [0, 0], panels()[1], level=0),
            ValueError,
            "level must be a finite number above 0, got 0",
        ),
        (
            lambda: principal_axes([[1, 2], [2, 1]], [0, 0], panels()[1], level=1),
            ValueError,
            "H must be positive definite to have an ellipse, got the eigenvalues -1 and 3",
        ),
        (lambda: principal_axes([[1, 2], [0, 1]], [0, 0], panels()[1], level=1), ValueError, "H must be symmetric"),
        (lambda: compare_directions([0, 0], {"a": [1, 2, 3]}), ValueError, r"directions\['a'\] must have shape \(2,\)"),
        (
            lambda: compare_directions([0, 0], {"a": [0, 0]}, length=1),
            ValueError,
            r"directions\['a'\] must not be zero",
        ),
        (lambda: gradient_cones([[1, 2, 3]]), ValueError, r"gradients must have shape \(2, 2\), .* got \(1, 3\)"),
        (lambda: gradient_cones([[1, 2], [3, np.inf]]), ValueError, "gradients must be finite"),
        (lambda: gradient_cones(np.eye(2), [0, 0, 0]), ValueError, r"origin must have shape \(2,\)"),
        (lambda: gradient_cones(np.eye(2), length=0), ValueError, "length must be positive, got 0"),
        (lambda: gradient_cones(np.eye(2), names="ET"), ValueError, "names must be a pair"),
        (lambda: posterior([1, 1], [0, 0], [1, 1]), ValueError, "x must rise, got 1 after a value as large"),
        (lambda: posterior([0, 1], [0], [1, 1]), ValueError, r"mean must have shape \(2,\) to match x, got \(1,\)"),
        (lambda: posterior([0, 1], [0, 0], [1, -1]), ValueError, "std must not be negative, got -1"),
        (lambda: posterior([0], [0], [1], levels=[95]), ValueError, "levels must lie strictly between 0 and 1, got 95"),
        (
            lambda: posterior([0], [0], [1], samples=[[1, 2]]),
            ValueError,
            r"samples must have shape \(n, 1\) to match x",
        ),
        (
            lambda: posterior([0], [0], [1], observed=([[1, 2]], [1])),
            ValueError,
            r"observed must be points \(n,\) or \(n, 1\) and values \(n,\), got \(1, 2\), \(1,\)",
        ),
        (lambda: calibration([0.5, 1], {"a": [1, 1]}), ValueError, "levels must lie strictly between 0 and 1, got 1"),
        (lambda: calibration([0.5], {"a": [1.5]}), ValueError, r"coverages\['a'\] must lie in \[0, 1\], got 1.5"),
        (
            lambda: calibration([0.5], {"a": [0.5, 0.6]}),
            ValueError,
            r"coverages\['a'\] must have shape \(1,\) or \(n_seeds, 1\) to match the levels, got \(2,\)",
        ),
        (lambda: calibration([0.5], {"a": [[0.5]]}), ValueError, "must hold at least 2 repetitions"),
        (lambda: scree([]), ValueError, r"eigenvalues must be one point of shape .* got shape \(0,\)"),
        (lambda: scree([1, 0], scale="log"), ValueError, "scale='log' needs positive values, got 0"),
        (
            lambda: scree([1, 2], intervals=[[0, 1]]),
            ValueError,
            r"intervals must have shape \(2, 2\) to match the eigenvalues, got \(1, 2\)",
        ),
        (lambda: scree([1], intervals=[[2, 1]]), ValueError, "intervals must have low <= high, got 2 > 1"),
        (
            lambda: subspace_plot(np.ones((4, 3)), np.ones(4)),
            ValueError,
            r"projection must have shape \(n,\), \(n, 1\) or \(n, 2\) to be drawn, got \(4, 3\)",
        ),
        (
            lambda: subspace_plot([1, 2], [1]),
            ValueError,
            r"values must have shape \(2,\) to match the projection, got \(1,\)",
        ),
        (lambda: slices(STUDY, names=["rate"]), ValueError, "names must be hyperparameters among lr, .* got 'rate'"),
        (lambda: slices(STUDY, scale="sqrt"), ValueError, "scale must be one of 'linear', 'log'"),
        (lambda: slices(STUDY, panels()[1]), ValueError, "axes must be 4, one for each hyperparameter, got 1"),
        (lambda: slices(STUDY, objective=1), ValueError, "objective must be from 0 to 0, got 1"),
        (
            lambda: parallel_coordinates(Study(SPACE)),
            ValueError,
            "study must have a trial that has succeeded to be drawn, got 0 trials",
        ),
        (lambda: fronts([[1, 2, 3]]), ValueError, r"Y must have shape \(n, 2\) to be drawn in the plane, got \(1, 3\)"),
        (lambda: fronts([[1, np.nan]]), ValueError, "Y must be finite, got nan"),
        (lambda: fronts(SQUARE, n_fronts=0), ValueError, "n_fronts must be at least 1, got 0"),
        (lambda: hypervolume_boxes(SQUARE, [1]), ValueError, r"reference must have shape \(2,\)"),
        (
            lambda: tradeoff(STAIRS, 4),
            ValueError,
            r"chosen must be a row of Y on its front, one of \[0, 1, 2, 3\], got 4",
        ),
        (lambda: tradeoff(STAIRS, 7), ValueError, "chosen must be a row of Y on its front, .* got 7"),
        (lambda: tradeoff(STAIRS, 0.5), TypeError, "chosen must be a whole number, got 0.5"),
        (
            lambda: tradeoff(STAIRS, 0, errors=[[1, 1]]),
            ValueError,
            r"errors must hold 5 rows, none negative, got \(1, 2\)",
        ),
        (lambda: attainment([STAIRS]), TypeError, "runs must be a dict of names and lists of runs"),
        (lambda: attainment({"a": []}), ValueError, r"runs\['a'\] must hold at least one run with a point, got none"),
        (lambda: attainment({"a": [[1, 2]]}), ValueError, r"runs\['a'\]\[0\] must have shape \(n, 2\) to be drawn"),
        (lambda: parallel_coordinates(Study(None)), ValueError, "study must know its space to be drawn: give it to"),
        (
            lambda: slices(Study(Space({"x": [1]}), trials=[Trial(0, {"x": 1}, (0.0,), "complete", 1.0)]), scale="log"),
            ValueError,
            "scale='log' needs positive values, got 0",
        ),
        (lambda: walk(Bowl(), STUDY), ValueError, "path must be a study of C and gamma .* 'C' is missing"),
        (lambda: exploration([1, 2], [1]), ValueError, r"std must have shape \(2,\) to match the mean, got \(1,\)"),
        (lambda: exploration([1], [-1]), ValueError, "std must not be negative, got -1"),
        (
            lambda: exploration([1], [1], chosen={"EI": 1}),
            ValueError,
            r"chosen\['EI'\] must be a row from 0 to 0, got 1",
        ),
        (
            lambda: projections([[0.5, 1.5]]),
            ValueError,
            "points must lie in the unit square, got values from 0.5 to 1.5",
        ),
    ],
)
def test_each_refusal_is_one_sentence(call, error, message):
    with pytest.raises(error, match=message) as caught:
        call()
    assert "\n" not in str(caught.value)


def test_importing_the_package_loads_no_matplotlib():
    code = "import sys, hpmath; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
