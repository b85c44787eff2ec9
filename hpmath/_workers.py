"""Who evaluates the objective? The caller's own thread, threads of ours, or any executor of ``concurrent.futures``.

Chapters: 23 (``bayesopt``) uses it through `hpmath.minimize`. Start reading at `evaluate`: what is asked of an
objective, and what becomes of one that fails. Then `Crew`, which keeps trials in flight and hands back those that have
finished, whichever comes first.

Two kinds of failure are kept apart. What the objective does wrong (it raises, returns no finite number, kills its
worker again and again) is a failed trial, recorded. What the executor does wrong (a pool that has broken, a module that
is missing on a worker) says nothing on the configuration: the run stops with that error, and its log goes on later.
"""

from __future__ import annotations

import math
import pickle
import queue
import signal
import threading
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import BrokenExecutor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, NamedTuple

import cloudpickle

from hpmath._values import copy_value

__all__ = ["Crew", "Finished", "Interrupts", "check_executor", "evaluate"]

Config = dict[str, Any]
Objective = Callable[[Config], Any]
_POLL = 1.0  # seconds; on Windows Ctrl-C is not seen while a thread waits
_MOST_SHOWN = 10_000  # characters of a message


class Answer(NamedTuple):
    """What came of one evaluation: the values, or why there are none; and when, in seconds."""

    values: tuple[float, ...] | None
    error: str | None
    started: float
    seconds: float


Finished = tuple[int, Config, Answer]


class _NoLoss(ValueError):
    """What the objective returned is no loss."""


def evaluate(objective: Objective, config: Config, n_objectives: int) -> Answer:
    """Ask the objective for its values; an error it raises is an answer too."""
    started, clock = time.time(), time.perf_counter()
    values = error = None
    try:
        values = as_losses(objective(config), n_objectives)
    except _NoLoss as reason:
        error = str(reason)
    except (Exception, SystemExit) as reason:
        error = f"{type(reason).__name__}: {reason}"[:_MOST_SHOWN]
    return Answer(values, error, started, time.perf_counter() - clock)


def evaluate_pickled(objective: bytes, config: bytes, n_objectives: int) -> tuple[Any, ...]:
    """`evaluate` in another process; plain values come back."""
    return tuple(evaluate(pickle.loads(objective), pickle.loads(config), n_objectives))


def as_losses(value: Any, n_objectives: int) -> tuple[float, ...]:
    """Return what an objective returned as finite floats, or raise the sentence that becomes the trial's error."""
    if n_objectives == 1:
        return (_as_loss(value, value, "one number"),)
    wanted = f"{n_objectives} numbers"
    if isinstance(value, (str, bytes, Mapping)):
        raise _NoLoss(f"objective must return {wanted}, got {_shown(value)}")
    try:
        losses = list(value)
    except TypeError:
        raise _NoLoss(f"objective must return {wanted}, got {_shown(value)}") from None
    if len(losses) != n_objectives:
        raise _NoLoss(f"objective must return {wanted}, got {len(losses)}: {_shown(value)}")
    return tuple(_as_loss(loss, value, wanted) for loss in losses)


def _as_loss(loss: Any, value: Any, wanted: str) -> float:
    try:
        if not isinstance(loss, (int, float)) and hasattr(loss, "item"):
            loss = loss.item()  # of NumPy, a tensor, a series: if it holds one number
        if isinstance(loss, (str, bytes)):
            raise TypeError
        number = float(loss)
    except Exception:
        hint = "; is a return missing?" if loss is None else ""
        raise _NoLoss(f"objective must return {wanted}, got {_shown(value)}{hint}") from None
    if not math.isfinite(number):
        raise _NoLoss(f"objective must return {wanted}, got {_shown(value)}")
    return number


def _shown(value: Any) -> str:
    text = " ".join(repr(value).split())
    return text if len(text) <= 80 else f"{text[:77]}..."


class _Threads:
    """Threads that nobody waits for: one that hangs does not keep Python from ending."""

    def __init__(self, n: int) -> None:
        self._work: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._n = n
        for i in range(n):
            threading.Thread(target=self._serve, name=f"hpmath-{i}", daemon=True).start()

    def submit(self, function: Callable[..., Any], /, *args: Any) -> Future[Any]:
        future: Future[Any] = Future()
        self._work.put((future, function, args))
        return future

    def shutdown(self) -> None:
        for _ in range(self._n):
            self._work.put(None)

    def _serve(self) -> None:
        while work := self._work.get():
            future, function, args = work
            if future.set_running_or_notify_cancel():
                try:
                    future.set_result(function(*args))
                except BaseException as error:
                    future.set_exception(error)
            del work, future, function, args  # or the last trial is kept alive by an idle thread


def _death(error: BrokenExecutor, number: int) -> BrokenExecutor:
    return type(error)(
        f"a worker died while trial {number} was being evaluated or waited for it (killed, out of memory, or "
        "the objective ended its process), and the executor is broken: make a new one"
    )


def check_executor(executor: Any, n_workers: int) -> None:
    """Refuse what is no executor, and say where one would do less than is meant; three calls up."""
    if executor is None:
        return
    if not callable(getattr(executor, "submit", None)):
        raise TypeError(f"executor must have submit, as executors of concurrent.futures do, got {executor!r}")
    if callable(getattr(executor, "get_executor", None)):  # it would take an equal call's answer for this one's
        raise TypeError(
            f"executor must be client.get_executor(pure=False), got Dask's client itself, {type(executor).__name__}"
        )
    options = getattr(executor, "_kwargs", None)
    if type(executor).__name__ == "ClientExecutor" and isinstance(options, dict) and options.get("pure", True):
        warnings.warn(
            "this executor of Dask is pure: a configuration that comes again is not evaluated but gets the value from "
            "before; use client.get_executor(pure=False)",
            stacklevel=3,
        )
    size = getattr(executor, "_max_workers", 1)
    if n_workers == 1 and isinstance(size, int) and size > 1:
        warnings.warn(f"executor has {size} workers but n_workers=1 keeps one trial in flight", stacklevel=3)


class Crew:
    """Evaluates configurations, several at a time, and gives each back when it is done.

    Parameters
    ----------
    objective : callable
        Called with a copy of each configuration: in this thread if ``executor`` is None and ``n_workers`` 1; as it is
        in threads; pickled once for every other executor.
    n_objectives : int
        How many numbers it returns.
    executor : executor of concurrent.futures, or None
    n_workers : int
        Threads to make without an executor.

    Attributes
    ----------
    broken : exception or None
        Why the executor can't go on; or the Ctrl-C that reached a worker first.

    Raises
    ------
    TypeError
        If the objective can't be pickled.
    """

    def __init__(self, objective: Objective, n_objectives: int, executor: Any, n_workers: int) -> None:
        self.broken: BaseException | None = None
        self._m = n_objectives
        self._objective = objective
        self._executor, self._own = executor, None
        if executor is None and n_workers > 1:
            self._executor = self._own = _Threads(n_workers)
        self._pickled: bytes | None = None
        if executor is not None and not isinstance(executor, ThreadPoolExecutor):
            self._pickled = _pickled(objective, "objective")
        self._done: queue.SimpleQueue[Future[Any]] = queue.SimpleQueue()
        self._flying: dict[Future[Any], tuple[int, Config, float]] = {}

    def __len__(self) -> int:
        """How many trials are in flight."""
        return len(self._flying)

    def start(self, number: int, config: Config) -> None:
        """Begin a trial."""
        started = time.time()
        try:
            future = self._submit(copy_value(config))
        except BrokenExecutor as error:  # a worker died, and no trial's answer has told so yet
            raise _death(error, number) from error
        self._flying[future] = (number, config, started)
        future.add_done_callback(self._done.put)

    def _submit(self, config: Config) -> Future[Any]:
        if self._executor is None:
            future: Future[Any] = Future()
            future.set_result(evaluate(self._objective, config, self._m))
        elif self._pickled is None:
            future = self._executor.submit(evaluate, self._objective, config, self._m)
        else:
            future = self._executor.submit(
                evaluate_pickled, self._pickled, _pickled(config, "a configuration"), self._m
            )
        return future

    def next(self, seconds: float = math.inf) -> Finished | None:
        """Wait until a trial has finished, at most so long; None if time is up or the executor is broken."""
        until = time.monotonic() + seconds
        while True:
            try:
                return self._take(self._done.get(timeout=max(0.0, min(_POLL, until - time.monotonic()))))
            except queue.Empty:
                if time.monotonic() >= until:
                    return None

    def leftovers(self) -> Iterator[Finished]:
        """Give what else has finished; wait for nothing."""
        while not self._done.empty():
            if (finished := self._take(self._done.get())) is not None:
                yield finished

    def _take(self, future: Future[Any]) -> Finished | None:
        number, config, started = self._flying.pop(future)
        answer = self._answer(future, number, started)
        return None if answer is None else (number, config, answer)

    def _answer(self, future: Future[Any], number: int, started: float) -> Answer | None:
        if future.cancelled():
            self.broken = RuntimeError(f"the executor cancelled trial {number} before it was evaluated")
            return None
        error = future.exception()
        if error is None:
            return Answer(*future.result())
        if type(error).__name__ == "KilledWorker":  # Dask's word for a task that has killed several workers
            return Answer(None, f"KilledWorker: {error}", started, time.time() - started)
        if isinstance(error, BrokenExecutor):
            self.broken = _death(error, number)
        elif isinstance(error, Exception):
            self.broken = RuntimeError(f"the executor failed at trial {number}: {type(error).__name__}: {error}")
        else:  # KeyboardInterrupt
            self.broken = error
            return None
        self.broken.__cause__ = error
        return None

    def __enter__(self) -> Crew:
        return self

    def __exit__(self, *_: object) -> None:
        """Wait for nothing more: what has not begun is cancelled, what runs is left to itself."""
        for future in list(self._flying):
            future.cancel()
        if self._own is not None:
            self._own.shutdown()


def _pickled(thing: Any, name: str) -> bytes:
    try:
        return bytes(cloudpickle.dumps(thing))
    except Exception as error:
        raise TypeError(
            f"{name} must be picklable for this executor, got {_shown(thing)} ({type(error).__name__}: {error}); "
            "threads need no pickling: leave executor out and give n_workers"
        ) from error


class Interrupts:
    """While this is active, Ctrl-C comes only inside an ``allowed()`` block, and there not inside a ``held()`` one.

    Attributes
    ----------
    nested : bool
        Whether another one is already active in this thread, whose run should end too.
    """

    def __init__(self) -> None:
        self.nested = self._came = False
        self._holding = True
        self._before: Any = None

    def __enter__(self) -> Interrupts:
        if threading.current_thread() is threading.main_thread():
            handler = signal.getsignal(signal.SIGINT)
            self.nested = isinstance(getattr(handler, "__self__", None), Interrupts)
            if handler is signal.default_int_handler:
                self._before = signal.signal(signal.SIGINT, self._handle)
        return self

    def __exit__(self, *_: object) -> None:
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)

    def _handle(self, *_: object) -> None:
        self._came = True
        if not self._holding:
            self._raise()

    def _raise(self) -> None:
        if self._came:
            self._came = False
            raise KeyboardInterrupt

    @contextmanager
    def allowed(self) -> Iterator[None]:
        """Let Ctrl-C in, also one that came before."""
        try:
            self._holding = False
            self._raise()
            yield
        finally:
            self._holding = True

    @contextmanager
    def held(self) -> Iterator[None]:
        """Put Ctrl-C off to the end of the block."""
        before, self._holding = self._holding, True
        try:
            yield
        finally:
            self._holding = before
        if not before:
            self._raise()
