"""When are two values of a hyperparameter the same, and what may be shared of them?

In Python 1 == 1.0 == True; to a model, ``max_features=1`` (one feature) and ``max_features=1.0`` (all of them) differ.
And a tuple written as JSON comes back as a list. `value_key` settles the first, its ``loose`` form forgives the second.
"""

from __future__ import annotations

import math
from collections.abc import Hashable
from typing import Any

import numpy as np


def is_number(value: Any) -> bool:
    """Whether a value is one real number of Python or NumPy; a boolean is none."""
    return isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, (bool, np.bool_))


def python_value(value: Any) -> Any:
    """Return the Python value that a NumPy scalar holds, and anything else as it is."""
    return value.item() if isinstance(value, np.generic) else value


def copy_value(value: Any) -> Any:
    """Return a value with its lists, tuples and dicts copied; what they hold is shared, so that it stays itself."""
    if type(value) in (list, tuple):
        return type(value)(map(copy_value, value))
    if type(value) is dict:
        return {k: v if type(v) is float else copy_value(v) for k, v in value.items()}
    return value


def value_key(value: Any, *, loose: bool = False) -> Hashable:
    """Return what two values share if they are the same: their type and value.

    ``loose`` compares numbers by value and lists and tuples by content. What cannot be hashed is itself and no other.
    """
    if isinstance(value, (list, tuple)):
        return ("sequence" if loose else type(value), tuple(value_key(v, loose=loose) for v in value))
    if isinstance(value, dict):
        return (dict, frozenset((k, value_key(v, loose=loose)) for k, v in value.items()))
    if isinstance(value, float) and math.isnan(value):
        return (float, "nan")  # NaN equals nothing, not even itself
    if loose and is_number(value):
        return ("number", value)
    try:
        hash(value)
    except TypeError:
        return (type(value), id(value))
    return (type(value), value)
