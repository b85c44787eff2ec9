"""How does a search survive kill -9? By a log that is only ever added to, one line a finished trial.

Chapters: 23 (``bayesopt``) uses it through `hpmath.minimize`. Start reading at `parse`: what is believed of a file that
may have been cut anywhere; then `Log.append`, the one place that writes.

The file is JSON lines. The first says what is searched and how, each other one is a trial that has finished. A line is
handed to the operating system before the searcher is told: from then on the process may be killed. It is on the disk
(``fsync``) a few milliseconds later, the time a disk takes: a thread sees to that while the next trial runs, so that
nobody waits, and only a power cut could lose a trial that finished in those milliseconds. A line that was being written
when the process died is torn: it is not believed, and it is cut off before the next one is added. One process at a
time: the lock belongs to the operating system, which releases it however the process ends.
"""

from __future__ import annotations

import ast
import errno
import inspect
import json
import os
import queue
import re
import stat
import threading
import warnings
import weakref
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from hpmath import distributions
from hpmath.searchers import Searcher
from hpmath.space import Config, Space

__all__ = ["Contents", "Log", "decoder", "differences", "header_of", "parse", "read", "refuse", "space_of"]

Row = dict[str, Any]
VERSION = 1
_BEGINNING = b'{"hpmath_log":'
_FAR = 2**30  # Windows locks bytes against reading too: lock one that is never there


class Contents(NamedTuple):
    """What a log holds: its first line (None: a new log), its trials, and how many bytes of it are sound."""

    header: Row | None
    rows: list[Row]
    sound: int


def parse(data: bytes, name: str) -> Contents:
    """Read a log that may be torn in its last line.

    Raises
    ------
    ValueError
        If it is no log, is written by a newer version, or is damaged before its last line.
    """
    lines = data.split(b"\n")
    while lines and not lines[-1]:
        lines.pop()
    if not lines:
        return Contents(None, [], 0)
    header = _dict(lines[0])
    if header is None or "hpmath_log" not in header:
        torn = len(lines) == 1 and (lines[0].startswith(_BEGINNING) or _BEGINNING.startswith(lines[0]))
        if torn and header is None:
            return Contents(None, [], 0)
        raise ValueError(f"log {name} must be a log of hpmath or a new file, got a file that begins {lines[0][:40]!r}")
    if header["hpmath_log"] != VERSION:
        raise ValueError(f"log {name} has format {header['hpmath_log']!r}, this hpmath reads format {VERSION}")
    rows, sound = [], len(lines[0]) + 1
    for i, line in enumerate(lines[1:], start=2):
        row = _dict(line)
        if row is None or not {"number", "config", "state"} <= row.keys():
            if i == len(lines):
                break
            raise ValueError(f"log {name} is damaged: line {i} of {len(lines)} is no trial: {line[:40]!r}")
        rows.append(row)
        sound += len(line) + 1
    return Contents(header, rows, min(sound, len(data)))


def read(path: str | os.PathLike[str]) -> Contents:
    """Read a log; nothing is locked or written."""
    if Path(path).exists() and not Path(path).is_file():  # a device may never end
        raise ValueError(f"log must be a file, got {os.fspath(path)}")
    return parse(Path(path).read_bytes(), os.fspath(path))


class Log:
    """A log that this process may write, and no other.

    Parameters
    ----------
    path : path
        Made if it is not there. Nothing is written before `start`.

    Attributes
    ----------
    header : dict or None
        The first line; None if the log is new.
    rows : list of dicts
        The trials that it holds.

    Raises
    ------
    RuntimeError
        If another run has it open.
    ValueError
        If it is no log.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = os.fspath(path)
        directory = os.path.dirname(self.path)
        if directory and not os.path.isdir(directory):
            raise FileNotFoundError(f"log must lie in a directory that is there, got {self.path}")
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)
        self._file: int | None = os.open(self.path, flags, 0o666)
        self._unsynced: queue.SimpleQueue[bool] = queue.SimpleQueue()  # True: there is something, False: the end
        self._syncer: threading.Thread | None = None
        self._trouble: OSError | None = None
        _open_logs.add(self)
        try:
            if not _lock(self._file, self.path):
                raise RuntimeError(f"log {self.path} is in use by another run: wait until it ends or give another log")
            self._data = _read_all(self._file) if stat.S_ISREG(os.fstat(self._file).st_mode) else b""  # no device
            self.header, self.rows, self._sound = parse(self._data, self.path)
        except BaseException:
            self._let_go()
            raise

    def start(self, header: Row) -> None:
        """Make the log ready: cut off a torn line, and write the first line of a new log."""
        if self._sound < len(self._data):
            os.ftruncate(self._fd, self._sound)
        whole = self._data[: self._sound]
        self._data = b""
        if self.header is None:
            self.header = {"hpmath_log": VERSION, **header}
            self._write(_line(self.header))
        elif not whole.endswith(b"\n"):
            self._write(b"\n")

    def append(self, row: Row) -> None:
        """Add a trial; when this returns it survives this process, and soon after it a power cut.

        Raises
        ------
        OSError
            If it can't be written, or an earlier one did not reach the disk, with the cause; what was there before
            stays readable.
        """
        self._write(_line(row))
        if self._syncer is None:  # not before there are trials: by then a pool has forked its workers
            self._syncer = threading.Thread(target=self._sync, args=(self._fd,), name="hpmath-log", daemon=True)
            self._syncer.start()
        self._unsynced.put(True)

    def close(self) -> None:
        """See all lines on the disk and close the file, which releases the lock.

        Raises
        ------
        OSError
            If the last lines did not reach the disk.
        """
        if self._file is None:
            return
        if self._syncer is not None:
            self._unsynced.put(False)
            self._syncer.join()
        self._let_go()
        if self._trouble is not None:
            raise self._explained(self._trouble)

    def _let_go(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _sync(self, file: int) -> None:
        go_on = True
        while go_on:
            go_on = self._unsynced.get()
            while not self._unsynced.empty():  # one fsync for all that has come meanwhile
                go_on = self._unsynced.get() and go_on
            try:
                os.fsync(file)
            except OSError as error:
                self._trouble = error

    def __enter__(self) -> Log:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def _fd(self) -> int:
        if self._file is None:
            raise ValueError(f"log {self.path} is closed")
        return self._file

    def _write(self, data: bytes) -> None:
        try:
            if self._trouble is not None:
                trouble, self._trouble = self._trouble, None
                raise trouble
            rest = memoryview(data)
            while rest:
                rest = rest[os.write(self._fd, rest) :]
        except OSError as error:
            with suppress(OSError):
                os.ftruncate(self._fd, self._sound)
            raise self._explained(error) from error
        self._sound += len(data)

    def _explained(self, error: OSError) -> OSError:
        return OSError(
            error.errno,
            f"log {self.path} could not be written ({error.strerror}), so the run stops; "
            "what it held before is still there, and a run on it goes on from that",
        )


# --- the first line


def header_of(searcher: Searcher, n_objectives: int, seed: int | None) -> Row:
    """What tells one search from another, and the seed that makes it again if it is known."""
    space = searcher.space
    choices = {
        name: [_shown(value) for value in dist.values or ()]
        for name, dist in space.distributions.items()
        if dist.kind == "categorical"
    }
    return {
        "method": type(searcher).__name__,
        "settings": _settings(searcher),
        "seed": seed,
        "n_objectives": n_objectives,
        "space": space.describe(),
        "choices": choices,
    }


def differences(searcher: Searcher, n_objectives: int, header: Row) -> list[str]:
    """In what a search differs from the one that wrote a first line."""
    found = searcher.space.differences(header["space"])
    method = type(searcher).__name__
    if method != header["method"]:
        found.append(f"method is {method}, was {header['method']}")
    else:
        now, was = _settings(searcher), header["settings"]
        found += [f"{name} is {now[name]}, was {was[name]}" for name in now if name in was and now[name] != was[name]]
    if n_objectives != header["n_objectives"]:
        found.append(f"n_objectives is {n_objectives}, was {header['n_objectives']}")
    return found


def refuse(differences: list[str], name: str) -> None:
    """Raise one sentence if there are differences."""
    if differences:
        raise ValueError(f"log {name} is of another search: {'; '.join(differences)}; give it another file")


def _settings(searcher: Searcher) -> Row:
    """The searcher's settings that JSON can hold."""
    names = [name for name in inspect.signature(type(searcher)).parameters if name not in ("space", "rng")]
    found = {}
    for name in names:
        with suppress(TypeError, ValueError, AttributeError):
            found[name] = json.loads(json.dumps(getattr(searcher, name), allow_nan=False))
    return found


# --- reading without the space


def decoder(header: Row) -> Callable[[Row], Config]:
    """How to read configurations when only the log is there: a choice comes back if Python can read what it shows."""
    shown = header["choices"]

    def decode(stored: Row) -> Config:
        config = dict(stored)
        for name, value in stored.items():
            if isinstance(value, dict) and set(value) == {"choice"} and name in shown:
                config[name] = _literal(shown[name][value["choice"]])
        return config

    return decode


def space_of(header: Row) -> Space | None:
    """The space that a first line describes, as far as text can tell: without constraints; None if it can't."""
    described = header["space"]
    hyperparameters: dict[str, Any] = {}
    conditions = {}
    try:
        for name, text in described["hyperparameters"].items():
            hyperparameters[name] = _distribution(text, header["choices"].get(name))
        for child, text in described["conditions"].items():
            parent = next(name for name in hyperparameters if text.startswith(f"{name} in "))
            conditions[child] = (parent, ast.literal_eval(text[len(parent) + 4 :]))
        return Space(hyperparameters, conditions=conditions)
    except (ValueError, SyntaxError, TypeError, AttributeError, StopIteration):
        return None


def _distribution(text: str, choices: list[str] | None) -> Any:
    if choices is not None:
        return distributions.Categorical([_literal(choice) for choice in choices])
    call = ast.parse(text, mode="eval").body
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name) or call.func.id not in _KNOWN:
        raise ValueError(f"{text} is none of {', '.join(_KNOWN)}")
    settings = {str(keyword.arg): ast.literal_eval(keyword.value) for keyword in call.keywords}
    return getattr(distributions, call.func.id)(*map(ast.literal_eval, call.args), **settings)


_KNOWN = ("Uniform", "LogUniform", "Integer", "Normal")


def _shown(value: Any) -> str:
    return re.sub(r" at 0x[0-9A-Fa-f]+", "", repr(value))


def _literal(text: str) -> Any:
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text


# --- the file, line by line


def _line(row: Row) -> bytes:
    return json.dumps(row, allow_nan=False).encode() + b"\n"


def _dict(line: bytes) -> Row | None:
    try:
        row = json.loads(line)
    except ValueError:
        return None
    return row if isinstance(row, dict) else None


def _read_all(file: int) -> bytes:
    pieces = []
    while piece := os.read(file, 2**20):
        pieces.append(piece)
    return b"".join(pieces)


def _lock(file: int, path: str) -> bool:
    """Take the lock of an open file; False if another has it."""
    try:
        try:
            import fcntl
        except ModuleNotFoundError:
            import msvcrt

            os.lseek(file, _FAR, os.SEEK_SET)
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
            os.lseek(file, 0, os.SEEK_SET)
        else:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in (errno.EACCES, errno.EAGAIN, errno.EDEADLK):
            return False
        warnings.warn(f"the file system of log {path} has no locks: see that no other run writes it", stacklevel=2)
    return True


_open_logs: weakref.WeakSet[Log] = weakref.WeakSet()


def _close_inherited() -> None:
    # a forked worker that outlives this process would keep the lock
    for log in list(_open_logs):
        log._let_go()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_close_inherited)
