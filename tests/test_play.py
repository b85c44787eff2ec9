"""A search step by step: what stands in the page is what the trace has."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest

import hpmath as hp
from hpmath import LogUniform, Trace, Uniform, minimize, plotting
from hpmath._play import Player
from hpmath.plotting import play

ROOT = Path(__file__).resolve().parents[1]
PLANE = {"x": Uniform(0, 1), "y": LogUniform(1e-3, 1)}
LEVELS = "0123456789abcdef"


def loss(config):
    return (config["x"] - 0.3) ** 2 + 0.1 * (np.log10(config["y"]) + 1) ** 2


def two(config):
    return config["x"] ** 2, (config["x"] - 1) ** 2


def run(method="bo", n=12, space=PLANE, objective=loss, **options):
    return minimize(objective, space, method=method, n_trials=n, rng=0, trace=True, **options)


@pytest.fixture(scope="module")
def study():
    return run()


def data_of(player):
    (found,) = re.findall(r"data-play='([^']*)'", player._repr_html_())
    return json.loads(html.unescape(found))


def grid_of(panel, step):
    rows = np.array([[LEVELS.find(c) for c in row] for row in step["c"].split("/")]).T
    assert list(rows.shape) == panel["grid"]
    return rows


# --- the data


def test_steps_marks_and_sentences_are_those_of_the_trace(study):
    data = data_of(play(study))
    assert [step["s"] for step in data["steps"]] == [step.sentence for step in study.trace.steps]
    assert [step["n"] for step in data["steps"]] == list(range(12))
    values = study.searcher.values_
    for k, step in enumerate(data["steps"]):
        assert len(step["m"]) == k
        assert set(step["m"]) <= set("ob")
        if k:
            assert step["m"].index("b") == np.argmin(values[:k])


def test_maps_are_strongest_where_the_layers_are_best(study):
    prediction, acquisition = data_of(play(study))["panels"]
    steps = data_of(play(study))["steps"]
    assert (prediction["title"], acquisition["title"]) == (
        "predicted loss: stronger is lower",
        "log-EI: stronger is better",
    )
    for step, shown in zip(study.trace.steps, steps, strict=True):
        if not step.surfaces:
            assert all("c" not in panel for panel in shown["p"])
            continue
        layers = step.surfaces[0].layers
        drawn = [grid_of(panel, part) for panel, part in zip((prediction, acquisition), shown["p"], strict=True)]
        hidden = np.isnan(layers["mean"])
        assert (drawn[0][hidden] == -1).all()
        assert (drawn[0][~hidden] >= 0).all()
        lowest = np.unravel_index(np.nanargmin(layers["mean"]), hidden.shape)
        assert drawn[0][lowest] == drawn[0].max()
        largest = np.unravel_index(np.nanargmax(layers["acquisition"]), hidden.shape)
        assert drawn[1][largest] == 15


def test_trials_stand_where_they_are(study):
    panel, _ = data_of(play(study))["panels"]
    at = np.reshape(panel["at"], (-1, 2)) / 1000
    np.testing.assert_allclose(at, study.space.to_unit(study.searcher.configs_), atol=6e-4)
    chosen = [step["p"][0]["w"] for step in data_of(play(study))["steps"]]
    np.testing.assert_array_equal(chosen, np.reshape(panel["at"], (-1, 2)))
    ticks = {text: v for v, text in panel["y"]["ticks"]}
    assert ticks == {"10⁻³": 0, "0.01": 333, "0.1": 667, "1": 1000}


def test_few_values_stand_side_by_side():
    space = {"k": ["a", "b"], "n": hp.Integer(1, 4)}
    study = run("tpe", 14, space, lambda c: c["n"] + (c["k"] == "a"))
    panel = data_of(play(study))["panels"][0]
    assert panel["grid"] == [2, 4]
    assert panel["x"]["ticks"] == [[250, "a"], [750, "b"]]
    assert panel["y"]["ticks"] == [[125, "1"], [375, "2"], [625, "3"], [875, "4"]]


def test_tpe_shows_good_trials_and_two_maps():
    study = run("tpe", 20)
    data = data_of(play(study))
    assert [panel["title"] for panel in data["panels"]] == ["ℓ, where good trials are dense", "ℓ/g: stronger is better"]
    last = study.trace.steps[-1]
    good = {place for place, mark in enumerate(data["steps"][-1]["m"]) if mark in "gb"}
    assert good == set(last.good)
    assert ["g", "good"] in data["key"]
    assert data["first"] == 10  # what came before was drawn at random


def test_sentences_have_numbers_as_in_print():
    study = run(space={"x": Uniform(-1, 1)}, objective=lambda c: c["x"] ** 2 * 1e-6 - 3, n=8)
    said = [step["s"] for step in data_of(play(study))["steps"]]
    assert re.search(r"it came out −3, ", said[0])
    large = run(space={"x": Uniform(0, 1)}, objective=lambda c: 4321 + c["x"], n=3)
    assert "it came out 4320, " in data_of(play(large))["steps"][0]["s"]
    assert not any(re.search(r"(?<![\w)])-\d|e[+-]?0\d", sentence) for sentence in said)
    asked = run(space={"a-1": Uniform(0, 1)}, objective=lambda c: c["a-1"], n=3)
    assert "a-1 = " in data_of(play(asked))["steps"][0]["s"]


def test_a_line_holds_the_prediction_and_the_loss():
    study = run(space={"x": Uniform(0, 1)}, objective=lambda c: (c["x"] - 0.3) ** 2)
    data = data_of(play(study))
    (panel,) = data["panels"]
    loss = study.searcher.values_
    at = np.reshape(panel["at"], (-1, 2))
    slope, low = np.polyfit(loss, at[:, 1], 1)
    np.testing.assert_allclose(at[:, 1], slope * loss + low, atol=1.5)
    step = study.trace.steps[7]
    (surface,) = step.surfaces
    lines = dict(data["steps"][7]["p"][0]["l"])
    assert {"band", "mean", "acquisition", "guide"} == set(lines)
    mean = np.reshape(lines["mean"], (-1, 2))
    seen = ~np.isnan(surface.layers["mean"])
    expected = slope * surface.layers["mean"][seen] + low
    np.testing.assert_allclose(mean[:, 1], np.clip(expected, 0, 1000), atol=2)
    np.testing.assert_allclose(mean[:, 0], 1000 * np.array(surface.at[0])[seen], atol=1)
    assert data["steps"][7]["p"][0]["w"] == at[7].tolist()


def test_a_front_and_a_childs_parents():
    space = {"x": Uniform(-1, 2), "y": Uniform(0, 1)}
    study = run("nsga2", 45, space, lambda c: (c["x"] ** 2 + c["y"], (c["x"] - 1) ** 2), n_objectives=2)
    data = data_of(play(study, every=1))
    front, plane = data["panels"]
    assert (front["x"]["label"], plane["x"]["label"]) == ("objective 1", "x")
    Y, at = study.searcher.values_, np.reshape(front["at"], (-1, 2))
    for k in (25, 44):
        step, shown = study.trace.steps[k], data["steps"][k]
        mask = hp.non_dominated_mask(Y[:k])
        marks = np.array(list(shown["m"]))
        assert set(np.flatnonzero(marks == "p")) == set(step.parents)
        for place in np.flatnonzero(mask):
            assert marks[place] in "fp"
        lines = shown["p"][0]["l"]
        stairs = np.reshape(lines[0][1], (-1, 2)).tolist()
        assert all(at[place].tolist() in stairs for place in np.flatnonzero(mask))
        kin = [np.reshape(xy, (-1, 2)).tolist() for kind, xy in lines if kind == "kin"]
        assert kin == [[at[parent].tolist(), at[k].tolist()] for parent in step.parents]


@pytest.mark.parametrize("method", ["random", "sobol", "tpe", "nsga2", "bo"])
@pytest.mark.parametrize("d", [1, 2, 4])
def test_every_searcher_and_number_of_hyperparameters(method, d):
    space = {f"x{j}": Uniform(0, 1) for j in range(d)}
    player = play(run(method, 13, space, lambda c: 0.1 + sum(c.values())), scale="log")
    assert len(data_of(player)["panels"]) == (
        1 if d == 1 or (d == 2 and method not in ("bo", "tpe")) else 4 if d == 4 else 2
    )
    assert player._repr_png_().startswith(b"\x89PNG")


def test_conditions_failures_and_pending_trials():
    space = hp.Space({"k": ["a", "b"], "x": Uniform(0, 1), "y": Uniform(0, 1)}, conditions={"x": ("k", ["b"])})
    trace = Trace(hp.BayesianOptimization(space, rng=0))
    for k in range(10):
        configs = trace.ask(2 if k == 7 else 1)
        trace.tell(configs[:1], [np.nan if k in (1, 8) else configs[0]["y"]])
    data = data_of(play(trace))
    assert data["steps"][-1]["m"][1] == "x"
    assert data["steps"][-1]["n"] == 10
    trace.tell([trace.steps[8].config], [0.3])
    assert data_of(play(trace))["steps"][-1]["m"][-1] == "w"
    text = json.dumps(data)
    assert "NaN" not in text
    assert "Infinity" not in text
    assert play(trace)._repr_png_()


# --- what a page needs


def test_the_output_is_the_same_each_time():
    assert play(run())._repr_html_() == play(run())._repr_html_()


def test_the_output_names_no_host_no_path_and_no_version(study):
    text = play(study)._repr_html_()
    assert not re.search(r"https?:|//[a-z]|src=|href=|@import|url\(|fetch|(?<![\d.])\d+\.\d+\.\d+(?![\d.])", text)
    assert len(re.findall("<script>", text)) == 1


def test_names_and_choices_are_only_text():
    space = {"<b>'x'</b>": Uniform(0, 1), 'k"&': ["</script><i>", "b'c"]}
    player = play(run("tpe", 14, space, lambda c: next(iter(c.values()))), labels="<loss> & 'more'")
    text = player._repr_html_()
    assert text.count("</script>") == 1
    assert not re.search(r"<(?:b|i|loss)>", text.replace("<b aria-hidden", ""))
    data = data_of(player)
    assert data["panels"][0]["x"]["label"] == "&lt;b&gt;&#x27;x&#x27;&lt;/b&gt;"
    assert "<b>'x'</b> = " in data["steps"][0]["s"]


@pytest.mark.parametrize(
    ("method", "n", "d"), [("bo", 25, 2), ("tpe", 80, 2), ("bo", 20, 6), ("tpe", 60, 3), ("bo", 30, 1)]
)
def test_the_output_is_small(method, n, d):
    space = {f"x{j}": Uniform(0, 1) for j in range(d)}
    player = play(run(method, n, space, lambda c: sum((v - 0.4) ** 2 for v in c.values())))
    assert len(player._repr_html_().encode()) < 200e3


def test_a_long_search_is_shown_in_parts_and_to_its_end():
    study = run("random", 200)
    assert len(data_of(play(study))["steps"]) <= 61
    numbers = [step["n"] for step in data_of(play(study, every=30))["steps"]]
    assert numbers == [0, 30, 60, 90, 120, 150, 180, 199]


def test_the_picture_leaves_no_figure_open(study):
    before = plt.get_fignums()
    assert play(study)._repr_png_() == play(study)._repr_png_()
    assert plt.get_fignums() == before


def test_what_a_notebook_shows(study):
    from IPython.core.formatters import DisplayFormatter

    formatter = DisplayFormatter()
    formatter.active_types = ["text/plain", "text/html", "image/png"]
    bundle, _ = formatter.format(play(study))
    assert set(bundle) == {"text/plain", "text/html", "image/png"}
    assert bundle["text/plain"].startswith("Player of 12 steps; the last: Trial 11: ")
    assert "Trial 11: " in re.sub(r"data-play='[^']*'|<script>.*?</script>", "", bundle["text/html"], flags=re.S)


def test_a_saved_page_stands_alone(study, tmp_path):
    path = tmp_path / "search.html"
    play(study).save(path)
    text = path.read_text("utf8")
    assert text.startswith("<!DOCTYPE html>")
    assert re.search(r"<noscript><img alt=[^>]* src=\"data:image/png;base64,", text)
    assert not re.search(r"https?:", text)


def test_the_scripts_together_are_short():
    own = (ROOT / "hpmath" / "_play.js").read_text("utf8").splitlines()
    others = [path.read_text("utf8").splitlines() for path in (ROOT / "book" / "_static" / "explore").glob("*.js")]
    assert len(own) + sum(map(len, others)) <= 1200
    assert max(map(len, own)) <= 120


# --- errors


def test_what_it_refuses():
    with pytest.raises(ValueError, match=r"study has no trace to play: run minimize\(..., trace=True\)"):
        play(minimize(loss, PLANE, method="random", n_trials=3))
    with pytest.raises(ValueError, match="study has no trace"):
        play(None)
    with pytest.raises(ValueError, match="study has no step to play"):
        play(Trace(hp.RandomSearch(PLANE)))
    failing = Trace(hp.RandomSearch(PLANE, rng=0))
    failing.tell(failing.ask(), [np.nan])
    with pytest.raises(ValueError, match="must have a trial that has succeeded to be played, got 1 trials"):
        play(failing)
    study = run("random", 4)
    with pytest.raises(ValueError, match="scale must be one of"):
        play(study, scale="square")
    with pytest.raises(ValueError, match="scale must be 1, one for each objective, got 2"):
        play(study, scale=["log", "linear"])
    with pytest.raises(ValueError, match="labels must be 1, one for each objective, got 2"):
        play(study, labels=["error", "time"])
    with pytest.raises(ValueError, match="every must be"):
        play(study, every=0)
    with pytest.raises(ValueError, match="scale='log' needs positive values, got -"):
        play(run("random", 4, objective=lambda c: -c["x"]), scale="log")


def test_plotting_offers_it():
    assert plotting.play is play
    assert isinstance(play(run("random", 3)), Player)
