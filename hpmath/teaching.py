"""Is my answer right, and what do I look at if it is not?

``check`` grades an answer to an exercise, ``hint`` gives its hints one by one, ``glue`` puts a computed number into the
text of a chapter. ``Derivation`` (in ``derivation.py``) proves the formulas. Used in every chapter; what ``check``
knows stands in ``exercises/``, a file a chapter. None of it needs a network.
"""

from __future__ import annotations

import re
import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hpmath.exercises._grading import UNANSWERED, Exercise, Verdict, is_unanswered

if TYPE_CHECKING:
    from hpmath.derivation import Derivation as Derivation

__all__ = ["Derivation", "check", "glue", "hint"]

_hints_given: dict[str, int] = {}


def __getattr__(name: str) -> Any:
    if name == "Derivation":  # loads SymPy, which check and hint can do without
        from hpmath.derivation import Derivation

        return Derivation
    raise AttributeError(f"module 'hpmath.teaching' has no attribute {name!r}")


def check(exercise_id: str, answer: Any) -> Verdict:
    """Grade an answer, print the verdict and return it.

    Parameters
    ----------
    exercise_id : str
        The exercise's number as the page shows it, ``"1.4"``; ``"01.4"`` is the same.
    answer : object
        What the exercise asks for: a number, an array, a formula (SymPy or text), a function, or an option.

    Returns
    -------
    Verdict
        True in a condition when the answer is right (``assert check("1.4", answer)`` in a test); ``.message`` says what
        is wrong, ``.score`` is 1.0 or 0.0.

    Raises
    ------
    ValueError
        If there is no such exercise. A wrong answer never raises.

    Examples
    --------
    >>> verdict = check("1.1", None)
    1.1 ✗ not yet: no answer yet.
    >>> bool(verdict)
    False
    """
    known = exercise(exercise_id)
    if is_unanswered(answer):
        verdict = Verdict(False, UNANSWERED)
    else:
        try:
            verdict = known.grade(answer)
        except ModuleNotFoundError as error:
            verdict = Verdict(False, f"grading this one needs {error.name}: pip install {error.name}")
        except Exception as error:  # whatever comes, the student gets a sentence and keeps the session
            verdict = Verdict(False, f"the answer could not be graded ({type(error).__name__}: {error}).")
    verdict = Verdict(verdict.passed, verdict.message, known.id)
    print(verdict)
    return verdict


def hint(exercise_id: str) -> None:
    """Print the next hint of an exercise; each call gives one more, after the last they begin anew.

    Parameters
    ----------
    exercise_id : str
        As in :func:`check`.

    Raises
    ------
    ValueError
        If there is no such exercise.

    Examples
    --------
    >>> hint("1.1")  # doctest: +ELLIPSIS
    1.1 hint 1 of ...
    """
    known = exercise(exercise_id)
    k = _hints_given.get(known.id, 0) % len(known.hints)
    _hints_given[known.id] = k + 1
    text = f"{known.id} hint {k + 1} of {len(known.hints)}: {known.hints[k]}"
    if _in_notebook():
        sys.modules["IPython"].display.display(sys.modules["IPython"].display.Markdown(text))  # draws the formulas
    else:
        print(text.replace("$", ""))


def exercise(exercise_id: str) -> Exercise:
    """Return an exercise: its ``id``, ``title``, ``hints`` and grader.

    Parameters
    ----------
    exercise_id : str
        As in :func:`check`.

    Returns
    -------
    Exercise

    Raises
    ------
    ValueError
        If there is no such exercise; the message lists those that the chapter has.

    Examples
    --------
    >>> exercise("01.1").id
    '1.1'
    """
    match = re.fullmatch(r"\s*0?(\d{1,2})\.(\d{1,2})\s*", str(exercise_id))
    chapters = _chapters()
    if not match or int(match[1]) not in chapters:
        raise ValueError(
            f"exercise_id must be a chapter's number, a dot and the exercise's number, such as '1.4', for one of the "
            f"chapters {', '.join(map(str, chapters))}, got {exercise_id!r}"
        )
    number = int(match[1])
    known: dict[str, Exercise] = import_module(f"hpmath.exercises.ch{number:02d}").chapter.exercises
    name = f"{number}.{int(match[2])}"
    if name not in known:
        raise ValueError(f"chapter {number} has the exercises {', '.join(known)}, got {exercise_id!r}")
    return known[name]


def exercise_ids() -> list[str]:
    """Return the numbers of all exercises, in the order of the book.

    Returns
    -------
    list of str

    Examples
    --------
    >>> "1.4" in exercise_ids()
    True
    """
    return [
        name for number in _chapters() for name in import_module(f"hpmath.exercises.ch{number:02d}").chapter.exercises
    ]


def glue(name: str, value: Any) -> None:
    """Store a value under a name, so that the chapter's text can show it; the cell shows nothing.

    Parameters
    ----------
    name : str
        The key, unique in its chapter; the text says ``{glue:text}`name``` or ``{glue:text}`name:.2f```.
    value : object
        A number, a text, or anything with a ``repr``.

    Raises
    ------
    TypeError
        If ``name`` is not a non-empty text.

    Notes
    -----
    The stored form is that of MyST-NB's glue, without the need to have MyST-NB where the notebook runs. Outside of a
    notebook nothing happens.

    Examples
    --------
    >>> glue("best-error", 0.0081)
    """
    if not isinstance(name, str) or not name:
        raise TypeError(f"name must be a non-empty text, got {name!r}")
    if not _in_notebook():
        return
    if hasattr(value, "item") and getattr(value, "size", 0) == 1:
        value = value.item()  # NumPy's own repr would show as np.float64(...)
    if isinstance(value, float):
        value = float(f"{value:.6g}")  # the last digits are another machine's
    text = repr(value)
    sys.modules["IPython"].display.display(
        {"application/papermill.record/text/plain": text},
        raw=True,
        metadata={"scrapbook": {"name": name, "mime_prefix": "application/papermill.record/"}},
    )


def _in_notebook() -> bool:
    return "IPython" in sys.modules and sys.modules["IPython"].get_ipython() is not None


def _chapters() -> list[int]:
    files = (Path(__file__).parent / "exercises").glob("ch[0-9][0-9].py")
    return sorted(int(file.stem[2:]) for file in files)
