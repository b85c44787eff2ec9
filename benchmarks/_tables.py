"""What do the benchmarks share? Median times of contenders that take turns, and a page of Markdown."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

RESULTS = Path(__file__).parent / "results"


def medians(
    *contenders: Callable[[], Any], repeats: int = 51, clock: Callable[[], float] = time.perf_counter
) -> list[float]:
    """Median time of each in ms, without the first tenth. They take turns, so a slow moment of the machine hits all."""
    seconds = np.empty((repeats, len(contenders)))
    for row in seconds:
        for j, run in enumerate(contenders):
            start = clock()
            run()
            row[j] = clock() - start
    return list(1e3 * np.median(seconds[repeats // 10 :], axis=0))


def compare(what: str, ours: Callable[[], Any], peer: str, theirs: Callable[[], Any], repeats: int = 51) -> str:
    """A row: the work, our time, the peer and its time, the ratio."""
    mine, other = medians(ours, theirs, repeats=repeats)
    return f"| {what} | {mine:.2g} | {peer} | {other:.2g} | {other / mine:.2g} |"


def publish(name: str, lines: Sequence[str]) -> None:
    """Write ``results/name.md``, a page of the book's benchmarks, and print it."""
    text = "\n".join(lines) + "\n"
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{name}.md").write_text(text, "utf8")
    print(text)
