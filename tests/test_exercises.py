"""Every exercise: its solution passes, its stub fails, each typical mistake fails with the sentence meant for it."""

from importlib import import_module
from pathlib import Path

import pytest

from hpmath import check
from hpmath.exercises._grading import UNANSWERED
from hpmath.teaching import exercise_ids

CASES = {}
for file in sorted((Path(__file__).parent / "exercise_cases").glob("ch*.py")):
    CASES |= import_module(f"tests.exercise_cases.{file.stem}").CASES


def test_every_exercise_has_its_case_with_a_wrong_answer():
    assert sorted(CASES) == sorted(exercise_ids())
    assert all(case.wrong for case in CASES.values())


@pytest.mark.parametrize("name", sorted(CASES))
def test_the_solution_passes_in_every_form(name):
    case = CASES[name]
    for answer in [case.solution, *getattr(case, "also_right", [])]:
        verdict = check(name, answer)
        assert verdict, verdict.message


@pytest.mark.parametrize("name", sorted(CASES))
def test_the_stub_fails(name):
    for stub in (CASES[name].stub, None, ...):
        verdict = check(name, stub)
        assert not verdict
        assert verdict.message == UNANSWERED or "return" in verdict.message


@pytest.mark.parametrize("name", sorted(CASES))
def test_a_typical_wrong_answer_gets_its_hint(name):
    for answer, words in CASES[name].wrong:
        verdict = check(name, answer)
        assert not verdict, answer
        assert words in verdict.message, (answer, verdict.message)
