"""check, hint, glue and the graders behind them."""

import json
import subprocess
import sys
from fractions import Fraction

import numpy as np
import pytest
import sympy as sp

from hpmath import check, hint
from hpmath.exercises import _grading as grading
from hpmath.teaching import exercise, exercise_ids


def test_numbers_are_accepted_in_every_form():
    forms = [0.5, Fraction(1, 2), np.float32(0.5), np.array([0.5]), sp.Rational(1, 2), "1/2", " 0.5 "]
    for form in forms:
        assert grading.number(form, 0.5), form


@pytest.mark.parametrize("answer", [True, [1, 2], "a half", None, {}])
def test_what_is_not_a_number_is_named(answer):
    verdict = grading.number(answer, 0.5)
    assert not verdict
    assert "one real number is wanted" in verdict.message


def test_a_known_mistake_gets_its_hint_and_a_wrong_sign_is_seen():
    verdict = grading.number(2.0, 1.0, mistakes=[(2.0, "you forgot to halve.")])
    assert verdict.message == "you forgot to halve."
    assert "sign" in grading.number(-1.0, 1.0).message
    assert not grading.number(float("nan"), 1.0)


def test_no_verdict_gives_the_answer_away():
    for verdict in [
        grading.number(3.0, 0.123456),
        grading.array([0.0], [0.123456]),
        grading.formula("x", "2*x+1", over={"x": (1, 2)}),
    ]:
        assert not verdict
        assert "0.1234" not in repr(verdict)
        assert "2*x" not in repr(verdict)


def test_functions_are_tried_on_unseen_inputs_and_their_errors_come_back():
    inputs = [(1.0,), (2.5,), (-3.0,)]
    assert grading.function(lambda v: v * v, lambda v: v**2, inputs)
    assert "return statement" in grading.function(lambda v: None, lambda v: v**2, inputs).message
    assert "ZeroDivisionError" in grading.function(lambda v: 1 / 0, lambda v: v**2, inputs).message
    twice = grading.function(
        lambda v: 2 * v, lambda v: v**2, inputs, mistakes=[(lambda v: 2 * v, "that is its slope.")]
    )
    assert twice.message == "that is its slope."
    assert "function is wanted" in grading.function(3, lambda v: v, inputs).message
    assert "shape" in grading.function(lambda v: [v, v], lambda v: v, inputs).message

    def stub(v):
        raise NotImplementedError

    assert grading.function(stub, lambda v: v, inputs).message == grading.UNANSWERED


def test_formulas_are_equal_in_any_form_and_by_name():
    over = {"h": (0.1, 1), "s": (0.5, 2)}
    h, s = sp.symbols("h s", positive=True)
    assert grading.formula(2 * s**2 / h**2, "2*s**2/h**2", over=over)
    assert grading.formula("2*(s/h)**2", "2*s**2/h**2", over=over)
    assert (
        "half"
        in grading.formula("s**2/h**2", "2*s**2/h**2", over=over, mistakes=[("s**2/h**2", "half of it.")]).message
    )
    assert "yours holds q" in grading.formula("q*s", "s", over=over).message
    assert not grading.formula([1, 2], "s", over=over)


def test_choices_take_one_option_or_a_set():
    assert grading.choice(" B ", "b", options="abc")
    assert grading.choice(["a", "c"], {"a", "c"}, options="abc")
    assert grading.choice("d", "a", options="abc").message.startswith("one of")
    assert grading.choice("c", "a", options="abc", mistakes={"c": "look again."}).message == "look again."


def test_arrays_are_graded_by_shape_and_value():
    assert grading.array([1, 2], np.array([1.0, 2.0]))
    assert "shape (2,) is wanted" in grading.array([1, 2, 3], [1.0, 2.0]).message
    assert "numbers is wanted" in grading.array("ab", [1.0]).message
    assert grading.array([2, 4], [1, 2], mistakes=[([2, 4], "twice.")]).message == "twice."


def test_every_exercise_is_listed_once_with_hints():
    ids = exercise_ids()
    assert len(ids) == len(set(ids)) >= 12
    for name in ids:
        known = exercise(name)
        assert known.id == name
        assert len(known.hints) >= 1
        assert all(len(text) >= 20 for text in known.hints)


def test_a_leading_zero_in_the_number_does_not_matter():
    assert exercise("01.1") is exercise("1.1")


@pytest.mark.parametrize("name", ["1.99", "99.1", "one", "", None, "1"])
def test_an_unknown_exercise_raises_and_lists_what_there_is(name):
    with pytest.raises(ValueError, match="exercise"):
        check(name, 1)


@pytest.mark.parametrize("stub", [None, ..., NotImplemented, "", [], ()])
def test_a_stub_is_no_answer(stub, capsys):
    for name in exercise_ids():
        assert not check(name, stub)
    assert grading.UNANSWERED in capsys.readouterr().out


def test_whatever_is_handed_in_check_answers_and_does_not_raise():
    for name in exercise_ids():
        for answer in [object(), {"a": 1}, float("nan"), np.zeros((3, 3)), lambda: None, "nonsense", 1 + 2j]:
            verdict = check(name, answer)
            assert not verdict
            assert verdict.score == 0.0
            assert verdict.message


def test_hints_come_one_by_one_and_begin_anew(capsys):
    name = exercise_ids()[0]
    n = len(exercise(name).hints)
    for _ in range(n + 1):
        hint(name)
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith(name)]
    assert "hint 1 of" in lines[0]
    assert f"hint {n} of {n}" in lines[-2]
    assert "hint 1 of" in lines[-1]


def test_check_works_in_a_plain_script():
    script = "import hpmath; print(bool(hpmath.check('1.1', None)))"
    out = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert "not yet" in out
    assert out.rstrip().endswith("False")


def test_glue_in_a_notebook_is_what_myst_nb_reads(tmp_path):
    nbformat = pytest.importorskip("nbformat")
    client = pytest.importorskip("nbclient")
    source = "import numpy as np\nfrom hpmath import glue\nglue('a-number', np.float64(0.25))\nglue('a-text', 'ten')"
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)])
    client.NotebookClient(notebook, kernel_name="python3").execute()
    outputs = notebook.cells[0].outputs
    assert [o["metadata"]["scrapbook"]["name"] for o in outputs] == ["a-number", "a-text"]
    assert outputs[0]["data"] == {"application/papermill.record/text/plain": "0.25"}
    json.dumps(outputs)


def test_glue_wants_a_name():
    from hpmath import glue

    with pytest.raises(TypeError, match="name must be a non-empty text"):
        glue("", 1)
