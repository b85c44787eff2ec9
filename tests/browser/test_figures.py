"""The four figures that move, on a page of their own: by keyboard and by mouse, against the package."""

from __future__ import annotations

import json
import re
import statistics
import sys
from pathlib import Path

import numpy as np
import pytest
from hands import Figure

import hpmath as hp

ROOT = Path(__file__).resolve().parents[2]
GRID = np.linspace(0, 1, 201)
rng = np.random.default_rng(0)
TWENTY = {"X": np.linspace(0.02, 0.98, 20).round(3).tolist(), "y": rng.normal(size=20).round(3).tolist()}
PAIR = {"X": [0.4, 0.42, 0.8], "y": [1.0, -1.0, 0.0], "noise": 0}

pytestmark = [pytest.mark.pages, pytest.mark.filterwarnings("ignore::PendingDeprecationWarning")]


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    """A small book with all figures, built with the book's theme and extension."""
    root = tmp_path_factory.mktemp("figures")
    (root / "conf.py").write_text(
        f"extensions = ['myst_nb', 'sphinx_thebe', 'house']\nhtml_theme = 'sphinx_book_theme'\n"
        f"html_static_path = [{str(ROOT / 'book' / '_static')!r}]\nhtml_css_files = ['house.css']\n"
        f"mathjax_path = 'mathjax/tex-mml-chtml.js'\nnb_execution_mode = 'off'\n"
        f"myst_enable_extensions = ['dollarmath']\n"
    )
    figures = [("gp", {}), ("gp", TWENTY), ("gp", PAIR), ("gp", {"rule": "fit"}), ("quadratic", {}), ("tpe", {})]
    figures += [("front", {}), ("quadratic", {"single": True, "kappa": 20, "degrees": 0})]
    directives = [
        f"```{{explore}} {name}\n:options: {json.dumps(options)}\nWhich $x$ answers question {k}?\n```\n"
        for k, (name, options) in enumerate(figures)
    ]
    (root / "index.md").write_text("# Figures\n\nText.\n\n" + "\n".join(directives) + "\n```{toctree}\nplain\n```\n")
    (root / "plain.md").write_text("# Plain\n\nText.\n")
    from sphinx.application import Sphinx
    from sphinx.util.docutils import docutils_namespace

    sys.path.insert(0, str(ROOT / "book" / "_ext"))
    try:
        with docutils_namespace():
            Sphinx(root, root, root / "html", root / "doctrees", "html", status=None).build()
    finally:
        sys.path.remove(str(ROOT / "book" / "_ext"))
    return root / "html"


def numbers(text):
    return [float(n) for n in re.findall(r"-?\d+(?:\.\d+)?(?:e-?\d+)?", text.replace("−", "-"))]


def posterior(state):
    kernels = {"rbf": hp.RBF, "matern52": hp.Matern52, "matern32": hp.Matern32, "matern12": hp.Matern12}
    kernel = kernels[state["kernel"]](state["lengthScale"])
    gp = hp.GaussianProcess(kernel, noise=state["noise"] ** 2, normalize_y=False, optimize=False)
    return gp.fit(np.array(state["X"])[:, None], state["y"])


# --- every control, by keyboard


@pytest.mark.parametrize("name", ["gp", "quadratic", "tpe", "front"])
def test_every_control_is_reached_by_tab_and_does_something(opened, site, name):
    with opened(site / "index.html") as page:
        figure = Figure(page, name)
        met = figure.drive() + figure.drive()
    wanted = {
        "gp": {
            "Trial 1",
            "Probe",
            "Kernel",
            "Length scale ℓ",
            "Noise σₙ",
            "Acquisition",
            "β of LCB",
            "Play against EI",
        },
        "quadratic": {"Start", "Condition number κ", "Rotation", "Step α, in units of 1/L", "Your unit of x₂"},
        "tpe": {"Trial 1", "Probe", "Share γ of good trials", "Bandwidth", "Bandwidth h", "Show", "Take the proposal"},
        "front": {"Point A", "Reference point", "Front", "Weight w₁ (w₂ = 1 − w₁)", "Area behind the points"},
    }[name]
    assert {*wanted, "Start again"} <= set(met)


# --- Gaussian process


def test_moving_a_trial_moves_the_posterior_to_where_the_package_has_it(opened, site):
    with opened(site / "index.html") as page:
        figure = Figure(page, "gp")
        before = figure.state
        figure.press("Trial 2", "ArrowUp", times=3)
        figure.press("Trial 2", "Shift+ArrowLeft")
        figure.press("Length scale ℓ", "ArrowRight", times=20)
        figure.press("Noise σₙ", "ArrowLeft", times=2)
        figure.choose("Kernel", "matern32")
        state = figure.state
        assert state["X"][1] == pytest.approx(before["X"][1] - 0.1)
        assert state["y"][1] == pytest.approx(before["y"][1] + 0.18)
        assert state["lengthScale"] == pytest.approx(0.2 * 10**0.1, rel=0.01)
        assert state["noise"] == pytest.approx(0.03)

        gp = posterior(state)
        mean, std = gp.predict(GRID[:, None], return_std=True)
        x, drawn = figure.curve("mean")
        np.testing.assert_allclose(x, GRID, atol=2e-4)
        np.testing.assert_allclose(drawn, mean, atol=3e-3)  # a tenth of a pixel is 0.002
        _, band = figure.curve("band")
        np.testing.assert_allclose(band[:201], mean + 2 * std, atol=3e-3)
        np.testing.assert_allclose(band[:200:-1], mean - 2 * std, atol=3e-3)

        suggested, scale, likelihood, at, m, s = numbers(figure.sentence.replace("Matérn-3/2", "Matérn"))
        assert scale == pytest.approx(state["lengthScale"])
        here, spread = gp.predict([[0.7]], return_std=True)
        assert (at, m, s) == (0.7, pytest.approx(here[0], abs=0.006), pytest.approx(spread[0], rel=0.06))
        assert likelihood == pytest.approx(gp.log_marginal_likelihood_, abs=1e-3)
        best = gp.predict(np.array(state["X"])[:, None]).min()
        assert suggested == pytest.approx(GRID[np.argmax(hp.expected_improvement(mean, std, best))])


@pytest.mark.parametrize("rule", ["ei", "log_ei", "pi", "lcb"])
def test_taking_the_suggested_point_evaluates_the_hidden_function_there(opened, site, rule):
    with opened(site / "index.html") as page:
        figure = Figure(page, "gp")
        figure.choose("Acquisition", rule)
        suggested = numbers(figure.sentence.split("suggests")[1])[0]
        figure.press("Take the suggested point")
        state = figure.state
        assert len(state["X"]) == 5
        assert state["X"][-1] == pytest.approx(suggested)
        assert f"The function is {state['y'][-1]:.3g} at".replace("-", "−") in figure.sentence
        figure.press("Hidden function", "Space")
        x, y = figure.curve("truth")
        np.testing.assert_allclose(np.interp(state["X"], x, y), state["y"], atol=0.02)


def test_the_game_shows_both_regrets_and_ends_after_ten_trials(opened, site):
    with opened(site / "index.html") as page:
        figure = Figure(page, "gp")
        figure.press("Play against EI")
        assert "After 0 of 10 trials" in figure.sentence
        focused = "document.activeElement.getAttribute('aria-label') ?? document.activeElement.innerText"
        assert page.evaluate(focused) == "Probe"
        assert "Enter evaluates there" in figure.box.locator(".explore-help").inner_text()
        start = figure.state["X"]
        figure.press("Trial 1", "ArrowLeft")
        assert "In the game trial 1 stays as it is." in figure.sentence
        assert figure.state["X"] == start
        for k in range(11):
            figure.press("Probe", "Shift+ArrowLeft", "Shift+ArrowLeft", "ArrowRight")
            if k % 2 == 0:
                figure.press("Probe", "Enter")
            elif k < 10:
                figure.press("Evaluate at the probe")
            assert f"After {min(k + 1, 10)} of 10 trials" in figure.sentence
        assert figure.box.get_by_role("button", name="Evaluate at the probe").is_disabled()
        assert page.evaluate(focused) == "Probe"
        game = figure.state["game"]
        assert len(game["mine"]) == len(game["theirs"]) == 11
        assert game["mine"] == sorted(game["mine"], reverse=True)
        assert 0 <= game["theirs"][-1] < 0.05 < game["theirs"][0]
        np.testing.assert_allclose(figure.curve("mine", 1)[1], np.log10(np.maximum(game["mine"], 1e-4)), atol=0.03)
        assert "diamonds are the trials of EI" in figure.sentence
        leader = "EI won" if game["theirs"][-1] < game["mine"][-1] else "You won"
        assert leader in figure.sentence
        figure.press("Remove all trials")
        assert figure.sentence.startswith("The game is left.")
        assert figure.state["game"] is None
        figure.press("Play against EI")
        figure.press("Start again")
        assert figure.state["game"] is None


def test_the_log_likelihood_along_the_length_scale_is_that_of_the_package(opened, site):
    with opened(site / "index.html") as page:
        figure = Figure(page, "gp", 3)
        figure.choose("Kernel", "rbf")
        state = figure.state
        at, drawn = figure.curve("fit", 1)
        expected = []
        for scale in 10**at:
            gp = hp.GaussianProcess(hp.RBF(scale), noise=state["noise"] ** 2, normalize_y=False, optimize=False)
            expected.append(gp.fit(np.array(state["X"])[:, None], state["y"]).log_marginal_likelihood_)
        np.testing.assert_allclose(drawn, expected, atol=0.1)  # a pixel is 0.14
        assert np.ptp(at) > 0.8
        assert f"RBF, ℓ = {state['lengthScale']}: log likelihood" in figure.sentence
        assert figure.box.get_by_role("button", name="Take the suggested point").is_disabled()
        assert figure.picture


def test_where_rounding_decides_there_is_no_likelihood(opened, site):
    with opened(site / "index.html") as page:
        figure = Figure(page, "gp")
        near = {"X": [0, 1, 0.68, 1, 1, 1], "y": [1, 0.5, 0, 0.5, 0.5, 0.5], "noise": 0}
        figure.box.evaluate("(box, state) => box.shell.set(state)", near)
        figure.settle()
        assert "too close together" in figure.sentence
        assert "log likelihood" not in figure.sentence
        figure.choose("Acquisition", "fit")
        assert not figure.box.locator('[data-key="here"]').count()
        figure.box.evaluate("box => box.shell.set({ X: [0, 0.5], y: [2, -2], noise: 0.01, lengthScale: 1 })")
        figure.settle()
        assert figure.box.locator('text[data-key="here"]').text_content().endswith("↓")
        figure.box.evaluate("box => box.shell.set({ X: [0.33, 0.34], y: [-2, 2], noise: 0, kernel: 'rbf' })")
        figure.settle()
        assert "The mean runs out of the frame." in figure.sentence
        assert figure.picture


def test_trials_on_top_of_each_other_none_at_all_and_the_edge(opened, site):
    with opened(site / "index.html") as page:
        figure = Figure(page, "gp", 2)
        figure.press("Trial 1", "ArrowRight", times=2)
        assert figure.state["X"][:2] == [0.42, 0.42]
        assert figure.state["noise"] == 0
        assert "too close together" in figure.sentence
        assert figure.picture
        figure.press("Noise σₙ", "ArrowRight", times=10)
        assert "too close together" not in figure.sentence
        figure.press("Trial 3", "Shift+ArrowRight", times=4)
        assert figure.state["X"][2] == 1
        assert "Points stay inside the frame." in figure.sentence
        figure.press("Trial 3", "Delete")
        assert len(figure.state["X"]) == 2
        figure.press("Remove all trials")
        assert "this is the prior" in figure.sentence
        assert "is the same everywhere" in figure.sentence
        assert figure.box.get_by_role("button", name="Take the suggested point").is_disabled()
        assert not figure.box.locator('[data-key="suggested"]').count()
        np.testing.assert_allclose(figure.curve("mean")[1], 0, atol=2e-3)
        assert figure.picture


def test_a_drag_of_one_of_twenty_trials_redraws_at_once(opened, site, capsys):
    with opened(site / "index.html") as page:
        figure = Figure(page, "gp", 1)
        spot = figure.box.locator('[aria-label="Trial 10"]').bounding_box()
        x, y = spot["x"] + spot["width"] / 2, spot["y"] + spot["height"] / 2
        page.mouse.move(x, y)
        page.mouse.down()
        figure.box.evaluate("box => { box.shell.times.length = 0; }")
        for k in range(60):
            page.mouse.move(x + 0.4 * k, y - k)
            page.evaluate("new Promise(r => requestAnimationFrame(() => requestAnimationFrame(r)))")
        page.mouse.up()
        times = figure.box.evaluate("box => box.shell.times")
        state = figure.state
        assert state["y"][9] > TWENTY["y"][9] + 0.5
        mean = posterior(state).predict(GRID[:, None])
        np.testing.assert_allclose(figure.curve("mean")[1], mean, atol=3e-3)
    assert len(times) >= 50
    with capsys.disabled():
        print(f"\nredraw while dragging one of 20 trials: median {statistics.median(times):.1f} ms, "
              f"90 % below {np.quantile(times, 0.9):.1f} ms ({len(times)} redraws; 16 ms wanted)")  # fmt: skip


# --- quadratic


def test_the_path_and_the_factor_are_those_of_the_package(opened, site):
    with opened(site / "index.html") as page:
        figure = Figure(page, "quadratic")
        figure.press("Start", "ArrowUp", "ArrowRight")
        figure.press("Condition number κ", "ArrowRight", times=10)
        figure.press("Your unit of x₂", "ArrowLeft", times=20)
        state = figure.state
        assert state["start"] == [pytest.approx(-2.35), pytest.approx(1.65)]
        S = np.diag([1, state["unit"]])
        H = S @ hp.hessian(hp.quadratic(state["kappa"], rotation=np.radians(state["degrees"])), [0.0, 0.0]) @ S
        low, high = np.linalg.eigvalsh(H)
        step = state["pace"] / high
        walk = hp.gradient_descent(lambda u: u @ H @ u / 2, np.linalg.solve(S, state["start"]),
                                   gradient=lambda u: H @ u, step=step, n_steps=60)  # fmt: skip
        np.testing.assert_allclose(figure.curve("path", 1).T, walk.path, atol=0.02)
        np.testing.assert_allclose(figure.curve("path", 0).T, walk.path @ S, atol=0.02)
        level = figure.curve("level0", 1).T
        np.testing.assert_allclose(np.einsum("ij,jk,ik->i", level, H, level) / 2, walk.values[0], rtol=0.05)
        yours, kappa, _, alpha, steps, factor = numbers(figure.sentence)
        assert (kappa, yours) == (pytest.approx(state["kappa"], rel=0.01), pytest.approx(high / low, rel=1e-3))
        assert alpha / high == pytest.approx(step, rel=0.01)
        worst = max(abs(1 - step * low), abs(1 - step * high))
        assert factor == pytest.approx(worst if worst <= 0.99 else 100 * (1 - worst), abs=1e-2)
        assert steps == np.ceil(np.log(1e-3) / np.log(worst))


def test_at_the_edge_it_walks_to_and_fro_and_beyond_it_runs_away(opened, site):
    with opened(site / "index.html") as page:
        figure = Figure(page, "quadratic")
        figure.press("Step α, in units of 1/L", "End")
        assert "runs away" in figure.sentence
        assert figure.picture
        figure.press("Step α, in units of 1/L", "ArrowLeft", times=20)
        assert figure.state["pace"] == pytest.approx(2)
        assert "to and fro" in figure.sentence
        figure.press("Condition number κ", "Home")
        assert figure.state["kappa"] == 1
        figure.press("Start", *["Shift+ArrowRight"] * 4, *["ArrowRight"] * 8)
        figure.press("Start", *["Shift+ArrowDown"] * 3, *["ArrowDown"] * 2)
        assert "nothing to descend" in figure.sentence
        assert figure.picture


def test_a_start_without_a_steep_part_converges_whatever_the_step(opened, site):
    with opened(site / "index.html") as page:
        figure = Figure(page, "quadratic", 1)
        figure.box.evaluate("box => box.shell.set({ start: [2, 0] })")
        figure.press("Step α, in units of 1/L", "End")
        assert "this start converges" in figure.sentence
        figure.box.evaluate("box => box.shell.set({ start: [2, 0.5], pace: 2.2 })")
        figure.settle()
        assert "runs away" in figure.sentence
        y = figure.curve("path")[1]
        np.testing.assert_allclose(y[1:] / y[:-1], -1.2, atol=0.02)  # cut off before pixels are
        assert abs(y[-1]) > 60


def test_a_condition_number_comes_back_to_what_it_was(opened, site):
    with opened(site / "index.html") as page:
        figure = Figure(page, "quadratic", 1)
        figure.press("Condition number κ", "ArrowRight")
        assert figure.state["kappa"] > 20
        figure.press("Condition number κ", "ArrowLeft")
        assert figure.state["kappa"] == 20
        assert not figure.box.locator(".explore-plot").nth(1).is_visible()


# --- tpe


def test_densities_and_ratio_are_those_of_the_package(opened, site):
    with opened(site / "index.html") as page:
        figure = Figure(page, "tpe")
        figure.press("Share γ of good trials", "ArrowRight", times=10)
        figure.press("Trial 5", "Shift+ArrowRight", "ArrowUp")
        for rule in ("hand", "scott", "neighbours"):
            figure.choose("Bandwidth", rule)
            state = figure.state
            order = np.argsort(state["y"], kind="stable")
            count = int(np.ceil(round(state["gamma"] * len(order), 9)))
            bandwidth = state["width"] if rule == "hand" else rule
            density = hp.ParzenEstimator({"x": hp.Uniform(0, 1)}, bandwidth=bandwidth)
            l, g = (
                density.fit([{"x": state["X"][i]} for i in rows]).pdf([{"x": x} for x in GRID])
                for rows in (order[:count], order[count:])
            )
            np.testing.assert_allclose(figure.curve("l", 1)[1], l, atol=0.01 * l.max())
            np.testing.assert_allclose(figure.curve("g", 1)[1], g, atol=0.01 * l.max())
            np.testing.assert_allclose(figure.curve("ratio", 2)[1], l / g, atol=0.01 * (l / g).max())
            good, n, gamma, _, at, ratio = numbers(figure.sentence)[:6]
            assert (good, n, gamma) == (count, len(order), state["gamma"])
            assert at == pytest.approx(GRID[np.argmax(l / g)])
            assert ratio == pytest.approx((l / g).max(), rel=0.01)


def test_in_an_empty_corner_only_the_joint_densities_see_that_it_is_empty(opened, site):
    with opened(site / "index.html") as page:
        figure = Figure(page, "tpe")
        figure.choose("Show", "xor")
        figure.press("Probe", *["Shift+ArrowRight"] * 2, *["ArrowRight"] * 5)
        figure.press("Probe", "PageDown", "PageDown", *["ArrowDown"] * 5)
        _, _, _, *at, independent, joint, loss = numbers(figure.sentence)[:8]
        assert at == [0.75, 0.25]
        assert joint < 0.7 < independent
        assert loss == 1
        figure.press("Probe", *["Shift+ArrowUp"] * 5)
        *_, independent, joint, loss = numbers(figure.sentence)[:8]
        assert joint > 1.5
        assert loss == 0


def test_equal_losses_are_parted_in_words_that_hold(opened, site):
    with opened(site / "index.html") as page:
        figure = Figure(page, "tpe")
        y = figure.state["y"]
        figure.box.evaluate(
            "(box, y) => box.shell.set({ y, gamma: 0.05 })", [0.1 if k in (2, 4) else v for k, v in enumerate(y)]
        )
        figure.settle()
        assert figure.sentence.startswith("1 of 19 trials is good, for γ = 0.05: of equal losses, 0.1, the first.")


def test_tpe_says_when_there_is_too_little(opened, site):
    with opened(site / "index.html") as page:
        figure = Figure(page, "tpe")
        figure.press("Take the proposal")
        assert len(figure.state["X"]) == 20
        figure.press("Remove all trials")
        assert "their ratio is 1 everywhere" in figure.sentence
        assert figure.picture
        figure.press("Take the proposal")
        assert "cannot be parted" in figure.sentence
        assert figure.picture


# --- front


def test_winners_ranks_and_area_are_those_of_the_package(opened, site):
    with opened(site / "index.html") as page:
        figure = Figure(page, "front")
        figure.press("Point E", "Shift+ArrowDown")
        figure.press("Reference point", "ArrowLeft", times=3)
        figure.press("Weight w₁ (w₂ = 1 − w₁)", "ArrowRight", times=20)
        state = figure.state
        Y, w = np.array(state["Y"]), [state["weight"], 1 - state["weight"]]
        said = figure.sentence
        assert f"the weighted sum chooses {'ABCDEFGHI'[np.argmin(hp.weighted_sum(Y, w))]}," in said
        assert f"Chebyshev {'ABCDEFGHI'[np.argmin(hp.chebyshev(Y, w, [0, 0]))]}." in said
        assert f"reference is {hp.hypervolume(Y, state['reference']):.4g}" in said
        labels = [figure.box.locator(f'[aria-label="Point {c}"]').get_attribute("aria-valuetext") for c in "ABCDEFGHI"]
        assert [int(text.rsplit(" ", 1)[1]) for text in labels] == hp.non_dominated_sort(Y).tolist()
        assert max(hp.non_dominated_sort(Y)) > 0
        x, y = figure.curve("area")
        assert abs(np.sum(x * np.roll(y, -1) - y * np.roll(x, -1))) / 2 == pytest.approx(
            hp.hypervolume(Y, state["reference"]), abs=3e-3
        )


def test_sliding_the_weight_finds_what_each_scalarisation_can_reach(opened, site):
    with opened(site / "index.html") as page:
        figure = Figure(page, "front")
        figure.press("Weight w₁ (w₂ = 1 − w₁)", "Home")
        assert "A weight of 0 ignores an objective" in figure.sentence
        for _ in range(100):
            page.keyboard.press("ArrowRight")
            page.evaluate("new Promise(r => requestAnimationFrame(() => requestAnimationFrame(r)))")
        figure.settle()
        assert figure.state["weight"] == 1
        assert "Chosen alone so far, for w₁ in 0–1: 4 by the weighted sum, 9 by Chebyshev, of 9" in figure.sentence
        assert figure.picture
        figure.press("Remove all points")
        assert "No point is left" in figure.sentence
        assert figure.picture
        figure.press("Add a point")
        assert "for w₁ in 1: " in figure.sentence
        assert "1 by the weighted sum, 1 by Chebyshev, of 1 point that" in figure.sentence


@pytest.mark.parametrize(("shape", "counts"), [("mixed", (4, 9)), ("convex", (9, 9)), ("concave", (2, 9))])
@pytest.mark.parametrize("keys", [("Home", "End"), ("Home", *["PageUp"] * 10), ("End", "Home")])
def test_a_quick_sweep_counts_every_weight_on_its_way(opened, site, shape, counts, keys):
    with opened(site / "index.html") as page:
        figure = Figure(page, "front")
        figure.choose("Front", shape)
        figure.press("Weight w₁ (w₂ = 1 − w₁)", *keys)
        assert f"{counts[0]} by the weighted sum, {counts[1]} by Chebyshev, of 9 points" in figure.sentence


def test_a_phone_shows_drawing_and_slider_together_and_the_sentence_moves_neither(opened, site):
    with opened(site / "index.html", width=360, height=640, has_touch=True, is_mobile=True) as page:
        figure = Figure(page, "front")
        slider = figure.box.locator("input[type=range]")
        tops = []
        for key in ("Home", "ArrowRight", "End"):
            figure.press("Weight w₁ (w₂ = 1 − w₁)", key)
            place, drawing = slider.bounding_box(), figure.box.locator(".explore-stage").bounding_box()
            tops.append(place["y"] - drawing["y"])
            assert place["y"] + place["height"] - drawing["y"] <= 560
        assert len(set(tops)) == 1


def test_delete_keeps_the_focus_on_a_point_and_says_what_went(opened, site):
    with opened(site / "index.html") as page:
        figure = Figure(page, "front")
        focused = "document.activeElement.getAttribute('aria-label')"
        figure.press("Point E", "Delete")
        assert figure.sentence.startswith("Point E removed")
        assert page.evaluate(focused) == "Point E"
        figure.press("Point H", "Delete")
        assert page.evaluate(focused) == "Point G"


# --- whatever is dragged where


def strange_states(name, rng, count):
    """States at the edges of what the controls allow: equal points, none, corners, weights 0 and 1."""

    def pick(*values):
        return values[rng.integers(len(values))]

    for _ in range(count):
        n = pick(0, 1, 2, 3, 20)
        if name == "gp":
            X, y = [pick(0, 1, 0.4, rng.random()) for _ in range(n)], [pick(-3, 3, rng.normal()) for _ in range(n)]
            scale, rule = pick(0.02, 0.2, 1), pick("ei", "log_ei", "pi", "lcb")
            kernel = pick("rbf", "matern52", "matern32", "matern12")
            yield {"X": X, "y": y, "kernel": kernel, "lengthScale": scale, "noise": pick(0, 0, 0.01, 0.5), "rule": rule}
        elif name == "tpe":
            X, y = [pick(0, 1, 0.5, rng.random()) for _ in range(n)], [pick(0, 1, rng.random()) for _ in range(n)]
            how = {"rule": pick("hand", "scott", "neighbours"), "width": pick(0.01, 0.1, 1)}
            yield {"X": X, "y": y, "gamma": pick(0.05, 0.3, 0.6), "view": pick("line", "line", "xor"), **how}
        elif name == "front":
            Y = [[pick(0, 1.2, rng.random()), pick(0, 1.2, rng.random())] for _ in range(n)]
            yield {"Y": Y, "weight": pick(0, 1, 0.5), "reference": [pick(0, 1.1), pick(0, 1.2)]}
        else:
            start = [pick(0, 3, -1), pick(0, -3, 2)]
            how = {"kappa": pick(1, 7, 100), "degrees": pick(0, 45, 90), "unit": pick(0.1, 1, 10)}
            yield {"start": start, "pace": pick(0.05, 1, 2, 2.2), **how}


@pytest.mark.parametrize("name", ["gp", "quadratic", "tpe", "front"])
def test_no_state_leaves_the_numbers(opened, site, name):
    with opened(site / "index.html") as page:
        figure = Figure(page, name)
        for state in strange_states(name, np.random.default_rng(1), 60):
            figure.box.evaluate("(box, state) => box.shell.set(state)", state)
            page.evaluate("new Promise(r => requestAnimationFrame(() => requestAnimationFrame(r)))")
            assert figure.picture, state
        figure.settle()
        assert figure.picture


# --- for everybody


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_figures_follow_the_theme_and_can_be_read_in_it(opened, site, theme):
    def luminance(colour):
        rgb = np.array(numbers(colour)[:3]) / 255
        return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4) @ [0.2126, 0.7152, 0.0722]

    with opened(site / "index.html", theme=theme) as page:
        figure = Figure(page, "gp")
        back = luminance(figure.box.evaluate("e => getComputedStyle(e).backgroundColor"))
        assert (back > 0.5) == (theme == "light")
        for part, what in [
            (".explore-say", "color"),
            (".explore-help", "color"),
            ("text", "fill"),
            (".c-model", "stroke"),
            (".c-second", "stroke"),
            (".mark.c-best", "fill"),
        ]:
            colours = sorted(
                [back, luminance(figure.box.locator(part).first.evaluate(f"e => getComputedStyle(e).{what}"))]
            )
            assert (colours[1] + 0.05) / (colours[0] + 0.05) >= 4.5, part


def test_nothing_is_wider_than_a_phone(opened, site):
    with opened(site / "index.html", width=360, height=740, has_touch=True) as page:
        for name in ("gp", "quadratic", "tpe", "front"):
            figure = Figure(page, name)
            if name == "tpe":
                figure.choose("Show", "xor")
            for part in figure.box.locator("svg, input, select, button").all():
                if part.is_visible():
                    place = part.bounding_box()
                    assert place["x"] >= 0
                    assert place["x"] + place["width"] <= 360
        assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_a_finger_moves_a_point_and_the_page_stays_where_it_is(opened, site):
    with opened(site / "index.html", width=360, height=740, has_touch=True, is_mobile=True) as page:
        figure = Figure(page, "gp")
        spot = figure.box.locator('[aria-label="Trial 1"]').bounding_box()
        x, y, before = spot["x"] + spot["width"] / 2, spot["y"] + spot["height"] / 2, page.evaluate("scrollY")
        touch = page.context.new_cdp_session(page)

        def swipe(x, y):
            touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
            for k in range(1, 11):
                touch.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [{"x": x, "y": y - 4 * k}]})
            touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
            figure.settle()

        swipe(x, y)
        assert figure.state["y"][0] > 1.3
        assert page.evaluate("scrollY") == before
        swipe(x + 60, y + 80)  # beside the points it scrolls
        assert page.evaluate("scrollY") > before


def test_of_points_that_overlap_the_nearest_is_taken(opened, site):
    with opened(site / "index.html", width=360, height=740) as page:
        figure = Figure(page, "tpe")
        for k in (4, 5, 12, 13, 14, 15, 16):
            mark = figure.box.locator(f'[aria-label="Trial {k}"] .mark')
            mark.scroll_into_view_if_needed()
            spot = mark.bounding_box()
            page.mouse.move(spot["x"] + spot["width"] / 2, spot["y"] + spot["height"] / 2)
            page.mouse.down()
            page.mouse.up()
            assert page.evaluate("document.activeElement.getAttribute('aria-label')") == f"Trial {k}"


def test_a_dragged_point_is_where_the_sentence_says(opened, site):
    with opened(site / "index.html") as page:
        figure = Figure(page, "gp")
        spot = figure.box.locator('[aria-label="Trial 2"]').bounding_box()
        page.mouse.move(spot["x"] + spot["width"] / 2, spot["y"] + spot["height"] / 2)
        page.mouse.down()
        page.mouse.move(spot["x"] + 31.7, spot["y"] + 12.3, steps=5)
        figure.settle()
        x, y = figure.state["X"][1], figure.state["y"][1]
        assert round(x / 0.01, 6) % 1 == round(y / 0.06, 6) % 1 == 0
        figure.press("Start again")  # lets it go, though the button is still down
        page.mouse.move(spot["x"] + 90, spot["y"] + 40, steps=5)
        figure.settle()
        assert figure.state["X"][1] == 0.35
        page.mouse.up()


def test_the_keys_of_a_point_do_not_scroll_the_page(opened, site):
    with opened(site / "index.html") as page:
        figure = Figure(page, "gp")
        figure.press("Trial 2")
        before = page.evaluate("scrollY")
        for key, place in {"Home": (0, -0.6), "End": (1, -0.6), "PageUp": (1, 0), "PageDown": (1, -0.6)}.items():
            figure.press("Trial 2", key)
            assert (figure.state["X"][1], figure.state["y"][1]) == pytest.approx(place, abs=1e-9)
        figure.press("Trial 2", "Space")
        figure.press("Probe", "PageUp")
        assert figure.state["probe"] == pytest.approx(0.75)
        assert page.evaluate("scrollY") == before


def test_without_scripts_the_question_and_what_is_to_be_seen_stand_there(opened, site):
    with opened(site / "index.html", java_script_enabled=False) as page:
        for name in ("gp", "quadratic", "tpe", "front"):
            box = page.locator(f'.explore[data-explore="{name}"]').first
            assert box.locator(".explore-question").is_visible()
            assert box.locator(".explore-fallback").is_visible()
            assert "With scripts switched on" in box.inner_text()


def test_the_sentence_is_a_live_region_and_every_control_has_a_name(opened, site):
    with opened(site / "index.html") as page:
        for name in ("gp", "quadratic", "tpe", "front"):
            figure = Figure(page, name)
            assert figure.box.locator(".explore-say[aria-live=polite]").count() == 1
            for control in figure.box.locator("input, select").all():
                assert control.evaluate("e => (e.ariaLabel ?? '') + (e.labels[0]?.innerText ?? '')").strip()
            for point in figure.box.locator("[role=slider].handle").all():
                assert point.get_attribute("aria-label")
                assert point.get_attribute("aria-valuetext")


def test_paper_has_no_controls(opened, site):
    with opened(site / "index.html") as page:
        figure = Figure(page, "gp")
        page.emulate_media(media="print")
        assert not any(part.is_visible() for part in figure.box.locator(".explore-controls").all())
        assert figure.box.locator("svg").first.is_visible()
        assert figure.box.locator(".explore-say").is_visible()


def test_only_pages_with_a_figure_load_scripts_for_it_and_they_are_small(site):
    page, plain = (site / "index.html").read_text("utf8"), (site / "plain.html").read_text("utf8")
    assert "explore/" not in plain
    names = re.findall(r"_static/explore/([\w.]+)", page)
    assert names == ["explore.css", "math.js", "core.js", "front.js", "gp.js", "quadratic.js", "tpe.js"]
    assert sum((site / "_static" / "explore" / name).stat().st_size for name in names) < 250e3
