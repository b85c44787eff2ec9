"""What ``hpmath.check`` knows: a file a chapter, each exercise with its hints and the function that grades it.

Every grader recomputes the truth and compares; no file holds an answer as a number typed in. Start at ``_grading.py``.
"""
