"""A run survives what happens at night: kill -9, a dead worker, a full disk, an objective that hangs, Ctrl-C.

Each test is a real process, and what is done to it is done by the operating system.
"""

import collections
import contextlib
import errno
import json
import os
import random
import re
import signal
import subprocess
import sys
import textwrap
import time

import pytest

from hpmath import LogUniform, Space, Study, Uniform, minimize

pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs signals")

PREAMBLE = """
    import os, sys, time
    from hpmath import Searcher, Study, Uniform, minimize
    log, marks, *more = sys.argv[1:]

    class Learner(Searcher):  # depends on all it was told
        def _next(self, rng):
            config = self._random(rng)
            if self.best_ is not None and rng.random() < 0.7:
                config["x"] = min(max(self.best_[0]["x"] + rng.normal() / len(self.configs_), -1), 1)
            return config

    def mark(text):  # a line that survives the process
        with open(marks, "a") as file:
            file.write(f"{text}\\n")

    space = {"x": Uniform(-1, 1), "y": Uniform(-1, 1)}
"""


@pytest.fixture
def script(tmp_path):
    """Start a Python process that runs a piece of code after the preamble; all are dead in the end."""
    started = []
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}

    def start(code, *arguments):
        file = tmp_path / "script.py"
        file.write_text(textwrap.dedent(PREAMBLE) + textwrap.dedent(code))
        command = [sys.executable, str(file), str(tmp_path / "run.jsonl"), str(tmp_path / "marks"), *arguments]
        pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
        process = subprocess.Popen(command, **pipes, text=True, env=environment, start_new_session=True)
        started.append(process)
        return process

    start.log, start.marks = tmp_path / "run.jsonl", tmp_path / "marks"
    yield start
    for process in started:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def rows(log):
    """The whole lines of a log, after the first."""
    return [json.loads(line) for line in log.read_text().split("\n")[1:-1]]


def wait_for(condition, process=None, seconds=30):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "nothing happened"
        assert process is None or process.poll() is None, process.communicate()
        time.sleep(0.002)


def size(path):
    return path.stat().st_size if path.exists() else 0


def finish(process, seconds=30):
    out, err = process.communicate(timeout=seconds)
    assert process.returncode == 0, err
    return out


KILLED = """
    def objective(config):
        mark(repr(config))
        time.sleep(0.003)
        return config["x"] ** 2 + config["y"] ** 2

    for line in sys.stdin:  # a process of its own for each run, without waiting for its imports
        if (run := os.fork()) == 0:
            minimize(objective, method=Learner(space, rng=3), n_trials=200, n_workers=int(more[0]), log=log)
            os._exit(0)
        print(run, flush=True)
        print(os.waitpid(run, 0)[1], flush=True)
"""


@pytest.mark.parametrize("n_workers", [1, 2])
def test_killed_ten_times_a_search_has_its_200_trials_and_repeats_only_what_was_running(script, n_workers):
    nursery, chance, kills = script(KILLED, str(n_workers)), random.Random(n_workers), 10

    def run(kill_after=None):
        before = size(script.log)
        nursery.stdin.write("run\n")
        nursery.stdin.flush()
        pid = int(nursery.stdout.readline())
        if kill_after is not None:
            wait_for(lambda: size(script.log) > before)
            time.sleep(kill_after)
            os.kill(pid, signal.SIGKILL)
        return int(nursery.stdout.readline())

    for _ in range(kills):
        assert run(chance.uniform(0, 0.02)) == signal.SIGKILL
    assert len(Study.load(script.log).trials) < 200
    assert run() == 0
    logged = rows(script.log)
    assert sorted(row["number"] for row in logged) == list(range(200))
    evaluated = collections.Counter(script.marks.read_text().split("\n")[:-1])
    finished = collections.Counter(repr(row["config"]) for row in logged)
    assert not finished - evaluated
    assert (evaluated - finished).total() <= kills * n_workers
    if n_workers == 1:  # as if nothing had happened
        script.log.unlink()
        assert run() == 0
        assert [row["config"] for row in logged] == [row["config"] for row in rows(script.log)]


def test_a_log_cut_at_every_byte_of_its_last_two_lines_goes_on_to_the_same_end(tmp_path, monkeypatch):
    monkeypatch.setattr("hpmath._log.os.fsync", lambda file: None)  # no power cut here
    log = tmp_path / "run.jsonl"
    space = Space({"lr": LogUniform(1e-4, 1.0), "units": [(8,), (8, 8)]})
    calls = []

    def objective(config):
        calls.append(config)
        if config["lr"] > 0.1:
            raise ValueError("too high")
        return config["lr"]

    def run():
        study = minimize(objective, space, method="random", n_trials=6, rng=1, log=log)
        return [(t.number, t.config, t.error, t.state) for t in study.trials]

    whole = run()
    data = log.read_bytes()
    ends = [match.end() for match in re.finditer(b"\n", data)]
    for cut in range(ends[-3], len(data) + 1):
        log.write_bytes(data[:cut])
        # a line of which only the newline is missing holds a whole trial
        sound = sum(end - 1 <= cut for end in ends[1:])
        assert len(Study.load(log).trials) == sound
        assert log.read_bytes() == data[:cut]
        calls.clear()
        assert run() == whole
        assert len(calls) == 6 - sound
        assert [row["number"] for row in rows(log)] == list(range(6))
    for cut in range(0, ends[0], 7):  # torn in its first line: a new one
        log.write_bytes(data[:cut])
        assert run() == whole


def test_a_second_process_on_a_log_is_refused_until_the_first_is_killed(script):
    process = script("minimize(lambda c: mark(1) or time.sleep(60), space, method='random', log=log)")
    wait_for(script.marks.exists, process)
    space = {"x": Uniform(-1, 1), "y": Uniform(-1, 1)}
    with pytest.raises(RuntimeError, match=r"run\.jsonl is in use by another run: wait until it ends or give another"):
        minimize(lambda c: 1.0, space, method="random", log=script.log)
    assert Study.load(script.log).trials == []  # reading is allowed
    process.kill()
    process.wait()
    assert len(minimize(lambda c: 1.0, space, method="random", n_trials=3, log=script.log).trials) == 3


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_workers_that_outlive_a_killed_run_do_not_keep_its_lock(script, method):
    process = script(
        """
        from concurrent.futures import ProcessPoolExecutor
        from multiprocessing import get_context

        def objective(config):
            mark(os.getpid())
            time.sleep(60)

        if __name__ == "__main__":
            with ProcessPoolExecutor(2, mp_context=get_context(more[0])) as pool:
                minimize(objective, space, method="random", n_workers=2, executor=pool, log=log)
        """,
        method,
    )
    wait_for(lambda: size(script.marks) and len(script.marks.read_text().split()) == 2, process)
    process.kill()
    process.wait()
    workers = [int(pid) for pid in script.marks.read_text().split()]
    for pid in workers:
        os.kill(pid, 0)  # still there
    space = {"x": Uniform(-1, 1), "y": Uniform(-1, 1)}
    assert len(minimize(lambda c: 1.0, space, method="random", n_trials=3, log=script.log).trials) == 3


def test_a_full_disk_stops_the_run_with_the_cause_and_leaves_the_log_readable(script):
    limited = """
        import resource
        if more:
            resource.setrlimit(resource.RLIMIT_FSIZE, (int(more[0]), int(more[0])))  # a write past it fails
        try:
            study = minimize(lambda c: c["x"] ** 2, space, method="random", rng=0, n_trials=50, n_workers=2, log=log)
            print(len(study.trials))
        except OSError as error:
            print(error)
    """
    for limit in (3000, 3100):
        out = finish(script(limited, str(limit)))
        assert re.search(r"log .*run\.jsonl could not be written \(File too large\), so the run stops", out)
        kept = Study.load(script.log).trials
        assert 0 < len(kept) < 50
        assert script.log.read_bytes().endswith(b"\n")  # what was half written is gone
    assert finish(script(limited)) == "50\n"
    assert sorted(row["number"] for row in rows(script.log)) == list(range(50))


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a device that is always full")
def test_a_disk_without_room_for_the_first_line_stops_the_run_before_it_begins():
    with pytest.raises(OSError, match=r"log /dev/full could not be written \(No space left on device\)") as caught:
        minimize(lambda c: 1.0, {"x": Uniform(0, 1)}, method="random", log="/dev/full")
    assert caught.value.errno == errno.ENOSPC
    with pytest.raises(ValueError, match="log must be a file, got /dev/full"):
        Study.load("/dev/full")


@pytest.mark.parametrize("n_workers", [1, 3])
def test_ctrl_c_waits_for_nothing_and_the_study_so_far_is_there(script, n_workers):
    process = script(
        """
        def objective(config):
            if os.path.exists(marks):
                time.sleep(60)  # Ctrl-C comes while these run
            return config["x"]

        def callback(study, trial):
            if len(study.trials) == 7:
                mark("seven")
                if more[0] == "1":
                    print("ready", flush=True)

        n = int(more[0])
        study = minimize(objective, space, method="random", n_workers=n, callbacks=callback, log=log)
        print(len(study.trials), study.best.state)
        """,
        str(n_workers),
    )
    wait_for(script.marks.exists, process)
    time.sleep(0.2)
    start = time.monotonic()
    process.send_signal(signal.SIGINT)
    out = finish(process, 10)
    assert time.monotonic() - start < 5  # nor does Python wait for the threads when it ends
    count, state = out.split()[-2:]
    assert state == "complete"
    assert 7 <= int(count) == len(rows(script.log)) <= 7 + n_workers


def test_ctrl_c_at_any_moment_leaves_study_and_log_in_step(script):
    code = """
        study = minimize(lambda c: c["x"], space, method="random", n_trials=100_000, n_workers=int(more[0]), log=log)
        told = len(study.searcher.configs_)
        print(len(study.trials), told, len(Study.load(log).trials))
    """
    for n_workers in "121":
        before = size(script.log)
        process = script(code, n_workers)
        wait_for(lambda before=before: size(script.log) > before, process)
        time.sleep(random.Random(n_workers).uniform(0, 0.05))
        process.send_signal(signal.SIGINT)
        counts = set(finish(process).split())
        assert len(counts) == 1


@pytest.mark.parametrize("kind", ["threads", "processes"])
def test_an_objective_that_hangs_past_the_time_is_left_behind(script, kind):
    process = script(
        """
        from concurrent.futures import ProcessPoolExecutor

        def objective(config):
            try:
                os.close(os.open(marks, os.O_CREAT | os.O_EXCL))  # only one of the two workers makes the file
            except FileExistsError:
                time.sleep(0.01)
            else:
                time.sleep(60)
            return config["x"]

        if __name__ == "__main__":
            options = {"timeout": 1.0, "n_workers": 2, "log": log, "method": "random", "n_trials": 10_000}
            start = time.monotonic()
            if more[0] == "threads":
                study = minimize(objective, space, **options)
            else:
                pool = ProcessPoolExecutor(2)
                study = minimize(objective, space, executor=pool, **options)
                assert time.monotonic() - start < 4
                for worker in pool._processes.values():
                    worker.kill()
            assert time.monotonic() - start < 4
            print(len(study.trials))
        """,
        kind,
    )
    out = finish(process, 20)
    assert int(out) == len(rows(script.log)) > 3


@pytest.mark.parametrize("kind", ["processes", "loky"])
def test_a_killed_worker_breaks_a_pool_with_a_clear_error_and_the_log_goes_on(script, kind):
    code = """
        from concurrent.futures import BrokenExecutor, ProcessPoolExecutor
        if more[0] == "loky":
            from loky import ProcessPoolExecutor

        def objective(config):
            if config["x"] > 0.5 and not os.path.exists(marks):
                mark("killed")
                os.kill(os.getpid(), 9)
            return config["x"]

        if __name__ == "__main__":
            options = {"method": "random", "rng": 0, "n_trials": 20, "n_workers": 2, "log": log}
            pool = ProcessPoolExecutor(2)
            try:
                minimize(objective, space, executor=pool, **options)
            except BrokenExecutor as error:
                print(error)
            before = len(Study.load(log).trials)
            with ProcessPoolExecutor(2) as pool:
                study = minimize(objective, space, executor=pool, **options)
            print(before, len(study.trials), study.n_failed)
    """
    if kind == "loky":
        pytest.importorskip("loky")
    message, counts = finish(script(code, kind)).splitlines()
    assert re.match(r"a worker died while trial \d+ was being evaluated or waited for it .*: make a new one", message)
    before, after, failed = map(int, counts.split())
    assert before < after == 20
    assert failed == 0
    assert sorted(row["number"] for row in rows(script.log)) == list(range(20))


def test_a_killed_dask_worker_costs_nothing_its_trial_is_run_again(script):
    pytest.importorskip("distributed")
    process = script(
        """
        import distributed

        def objective(config):
            if config["x"] > 0.5 and not os.path.exists(marks):
                mark("killed")
                os.kill(os.getpid(), 9)
            return config["x"]

        if __name__ == "__main__":
            options = {"method": "random", "rng": 0, "n_trials": 20, "n_workers": 2, "log": log}
            with distributed.LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=None) as cluster:
                with distributed.Client(cluster) as client:
                    study = minimize(objective, space, executor=client.get_executor(pure=False), **options)
            print("trials", len(study.trials), study.n_failed)
        """
    )
    out = finish(process, 60)
    assert "trials 20 0" in out
    assert script.marks.exists()
    assert sorted(row["number"] for row in rows(script.log)) == list(range(20))
