# SPDX-License-Identifier: MIT
"""Several things at once: the result, the failure and the deadline of each."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from elytra_status.errors import NoAnswerError, SourceError
from elytra_status.net.concurrency import DeadlineExceededError, beside, run_all

pytestmark = pytest.mark.pure


def after(seconds: float, result: object = "done") -> Callable[[], object]:
    def wait() -> object:
        time.sleep(seconds)
        return result

    return wait


def fails(error: BaseException) -> Callable[[], object]:
    def fail() -> object:
        raise error

    return fail


def test_nothing_to_do_is_done() -> None:
    assert run_all({}) == {}


def test_each_has_its_result_in_the_order_of_the_tasks() -> None:
    tasks = {"slow": (5.0, after(0.2, 1)), "quick": (5.0, after(0, 2)), "none": (5.0, after(0.1, None))}
    results = run_all(tasks)
    assert list(results.items()) == [("slow", 1), ("quick", 2), ("none", None)]


def test_they_run_at_the_same_time() -> None:
    together = threading.Barrier(5)
    tasks = {str(number): (5.0, lambda: together.wait(timeout=4)) for number in range(5)}
    assert sorted(run_all(tasks).values(), key=str) == [0, 1, 2, 3, 4]


def test_one_that_fails_is_its_exception_and_the_others_go_on() -> None:
    error = SourceError("gone", "look for it")
    results = run_all(
        {"bad": (5.0, fails(error)), "worse": (5.0, fails(ZeroDivisionError())), "good": (5.0, after(0.1))}
    )
    assert results["bad"] is error
    assert isinstance(results["worse"], ZeroDivisionError)
    assert results["good"] == "done"


def test_an_exception_that_is_a_result_is_a_result() -> None:
    value = ValueError()
    assert run_all({"one": (5.0, after(0, value))}) == {"one": value}


def test_one_that_takes_too_long_fails_at_its_own_deadline() -> None:
    began = time.monotonic()
    results = run_all({"stuck": (0.3, after(5)), "slow": (4.0, after(0.8)), "quick": (4.0, after(0))})
    assert 0.75 < time.monotonic() - began < 4
    stuck = results["stuck"]
    assert isinstance(stuck, DeadlineExceededError)
    assert isinstance(stuck, NoAnswerError)
    assert str(stuck) == "no complete answer within 0 s"
    assert (results["slow"], results["quick"]) == ("done", "done")


def test_all_deadlines_are_counted_from_the_start() -> None:
    began = time.monotonic()
    results = run_all({str(number): (0.1 * number, after(5)) for number in range(1, 6)})
    assert 0.45 < time.monotonic() - began < 4
    assert all(isinstance(result, DeadlineExceededError) for result in results.values())


@pytest.mark.parametrize("seconds", [0, -1, 0.0001])
def test_without_time_there_is_no_result(seconds: float) -> None:
    assert isinstance(run_all({"one": (seconds, after(0.5))})["one"], DeadlineExceededError)


def test_what_comes_too_late_changes_nothing() -> None:
    results = run_all({"late": (0.1, after(0.2, "late")), "last": (2.0, after(0.5))})
    assert isinstance(results["late"], DeadlineExceededError)
    time.sleep(0.1)
    assert isinstance(results["late"], DeadlineExceededError)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
@pytest.mark.parametrize("error", [SystemExit(3), KeyboardInterrupt()])
def test_one_that_wants_to_end_the_program_fails_at_once(error: BaseException) -> None:
    began = time.monotonic()
    results = run_all({"ends": (30.0, fails(error)), "other": (30.0, after(0))})
    assert isinstance(results["ends"], Exception)
    assert results["other"] == "done"
    assert time.monotonic() - began < 10


def test_more_threads_than_there_can_be_is_a_failure_of_those(monkeypatch: pytest.MonkeyPatch) -> None:
    start = threading.Thread.start

    def start_few(thread: threading.Thread) -> None:
        if thread.name == "one too many":
            raise RuntimeError("can't start new thread")
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", start_few)
    results = run_all({"one": (5.0, after(0)), "one too many": (5.0, after(0)), "another": (5.0, after(0))})
    assert isinstance(results["one too many"], RuntimeError)
    assert (results["one"], results["another"]) == ("done", "done")


def test_what_is_left_behind_does_not_keep_the_process() -> None:
    program = (
        "import time; from elytra_status.net.concurrency import run_all;"
        "print(run_all({'stuck': (0.2, lambda: time.sleep(60))}))"
    )
    began = time.monotonic()
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=30)
    assert "no complete answer within" in done.stdout
    assert time.monotonic() - began < 10


@examples(max_examples=30, deadline=None)
@given(st.dictionaries(st.text(max_size=3), st.integers() | st.just(ValueError("x")), max_size=20))
def test_every_task_has_exactly_one_result(wanted: dict[str, int | ValueError]) -> None:
    def task(value: int | ValueError) -> Callable[[], int]:
        def do() -> int:
            if isinstance(value, ValueError):
                raise value
            return value

        return do

    results = run_all({name: (5.0, task(value)) for name, value in wanted.items()})
    assert results == wanted


def test_what_is_begun_beside_goes_on_meanwhile_and_is_waited_for() -> None:
    begun, may_end = threading.Event(), threading.Event()

    def work() -> str:
        begun.set()
        may_end.wait(10)
        return "done"

    wait = beside(work)
    assert begun.wait(10)
    may_end.set()
    assert wait() == "done"


def test_what_fails_beside_gives_nothing() -> None:
    assert beside(fails(ValueError("no")))() is None


def test_where_no_thread_can_begin_nothing_comes_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    assert beside(after(0))() is None


def test_a_signal_that_does_not_interrupt_the_wait_is_heeded_all_the_same() -> None:
    """One that another thread takes, or that comes just before the wait begins: Ctrl-C would be heeded at its end."""
    release, waited_for = threading.Event(), threading.Event()

    class CameError(Exception):
        pass

    def handle(number: int, frame: object) -> None:
        raise CameError

    def task() -> None:
        time.sleep(1)  # until it is waited for
        signal.pthread_kill(threading.get_ident(), signal.SIGUSR1)
        release.wait(60)
        waited_for.set()

    before = signal.signal(signal.SIGUSR1, handle)
    try:
        with pytest.raises(CameError):
            run_all({"task": (120, task)})
        assert not waited_for.is_set()
    finally:
        release.set()
        signal.signal(signal.SIGUSR1, before)
