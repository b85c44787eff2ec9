"""For every exercise: a solution, its stub, and typical wrong answers with words that the verdict must hold."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Case:
    """What a student may hand in, and what ``check`` must make of it."""

    solution: Any
    wrong: list[tuple[Any, str]] = field(default_factory=list)
    stub: Any = None
    also_right: list[Any] = field(default_factory=list)
