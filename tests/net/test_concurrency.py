# SPDX-License-Identifier: MIT
"""Several things at once: the result, the failure and the deadline of each."""

from __future__ import annotations

import json
import queue
import signal
import subprocess
import sys
import threading
import time
import traceback
import weakref
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from elytra_status.errors import NoAnswerError, SourceError
from elytra_status.net import concurrency
from elytra_status.net.concurrency import DeadlineExceededError, run_all, run_in_background
from elytra_status.system.clock import SYSTEM_CLOCK
from tests.conftest import MovableClock
from tests.examples import most

pytestmark = [pytest.mark.pure, pytest.mark.slow]


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
    assert run_all({}, SYSTEM_CLOCK) == {}


def test_each_has_its_result_in_the_order_of_the_tasks() -> None:
    tasks = {"slow": (60.0, after(0.2, 1)), "quick": (60.0, after(0, 2)), "none": (60.0, after(0.1, None))}
    results = run_all(tasks, SYSTEM_CLOCK)
    assert list(results.items()) == [("slow", 1), ("quick", 2), ("none", None)]


def test_they_run_at_the_same_time() -> None:
    together = threading.Barrier(5)
    tasks = {str(number): (60.0, lambda: together.wait(timeout=50)) for number in range(5)}
    assert sorted(run_all(tasks, SYSTEM_CLOCK).values(), key=str) == [0, 1, 2, 3, 4]


def test_one_that_fails_is_its_exception_and_the_others_go_on() -> None:
    error = SourceError("gone", "look for it")
    results = run_all(
        {"bad": (60.0, fails(error)), "worse": (60.0, fails(ZeroDivisionError())), "good": (60.0, after(0.1))},
        SYSTEM_CLOCK,
    )
    assert results["bad"] is error
    assert isinstance(results["worse"], ZeroDivisionError)
    assert results["good"] == "done"


class Answer:
    """Something large that a task refers to."""


def test_what_a_failed_task_referred_to_is_released() -> None:
    alive: list[weakref.ref[Answer]] = []

    def read(answer: Answer) -> None:
        alive.append(weakref.ref(answer))
        copy = Answer()
        alive.append(weakref.ref(copy))
        raise ValueError("unlike an answer")

    def poll() -> None:
        try:
            read(Answer())
        except ValueError:
            raise SourceError("cannot be read", "check it") from None

    error = run_all({"source": (5, poll)}, SYSTEM_CLOCK)["source"]
    assert isinstance(error, SourceError)
    assert [one() for one in alive] == [None, None]
    # An internal error is reported by its position.
    assert [frame.name for frame in traceback.extract_tb(error.__traceback__)][-1] == "poll"


def test_an_error_that_is_never_shown_keeps_no_text() -> None:
    texts: list[weakref.ref[Answer]] = []

    def read() -> None:
        error = json.JSONDecodeError("no value", "x" * 1000, 0)
        text = Answer()
        error.doc = text  # type: ignore[assignment] - a str cannot be watched
        texts.append(weakref.ref(text))
        raise error

    def poll() -> None:
        try:
            read()
        except ValueError:
            raise SourceError("cannot be read", "check it") from None

    error = run_all({"source": (5, poll)}, SYSTEM_CLOCK)["source"]
    assert isinstance(error, SourceError)
    assert [one() for one in texts] == [None]


def test_an_exception_that_is_a_result_is_a_result() -> None:
    value = ValueError()
    assert run_all({"one": (60.0, after(0, value))}, SYSTEM_CLOCK) == {"one": value}


@pytest.fixture
def stuck() -> Iterator[Callable[[], object]]:
    """A function that comes to no end before the test does."""
    ended = threading.Event()
    yield ended.wait
    ended.set()


def test_one_that_takes_too_long_fails_at_its_own_deadline(stuck: Callable[[], object]) -> None:
    clock = MovableClock()

    def slow() -> str:
        clock.sleep(10)
        return "done"

    results = run_all({"stuck": (5.0, stuck), "slow": (60.0, slow), "quick": (60.0, after(0))}, clock)
    error = results["stuck"]
    assert isinstance(error, DeadlineExceededError)
    assert isinstance(error, NoAnswerError)
    assert str(error) == "no complete response within 5 s"
    assert (results["slow"], results["quick"]) == ("done", "done")


def test_all_deadlines_are_counted_from_the_start(stuck: Callable[[], object]) -> None:
    clock = MovableClock()
    tasks = {str(number): (float(number), stuck) for number in range(1, 6)}
    results = run_all({**tasks, "slow": (60.0, partial(clock.sleep, 5.5))}, clock)
    assert all(isinstance(results[name], DeadlineExceededError) for name in tasks)


@pytest.mark.parametrize("seconds", [0, -1, 0.0001])
def test_without_time_there_is_no_result(seconds: float, stuck: Callable[[], object]) -> None:
    assert isinstance(run_all({"one": (seconds, stuck)}, SYSTEM_CLOCK)["one"], DeadlineExceededError)


def test_what_comes_too_late_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    given_up, came = threading.Event(), threading.Event()

    class NotedError(DeadlineExceededError):
        def __init__(self, *words: str) -> None:
            super().__init__(*words)
            given_up.set()

    def late() -> str:
        given_up.wait()
        came.set()
        return "late"

    monkeypatch.setattr(concurrency, "DeadlineExceededError", NotedError)
    results = run_all({"late": (0.01, late), "last": (60.0, came.wait)}, SYSTEM_CLOCK)
    assert isinstance(results["late"], DeadlineExceededError)
    assert results["last"] is True


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
@pytest.mark.parametrize("error", [SystemExit(3), KeyboardInterrupt()])
def test_one_that_wants_to_end_the_program_fails_at_once(error: BaseException) -> None:
    results = run_all({"ends": (600.0, fails(error)), "other": (600.0, after(0))}, SYSTEM_CLOCK)
    assert isinstance(results["ends"], Exception)
    assert not isinstance(results["ends"], DeadlineExceededError)
    assert results["other"] == "done"


def test_more_threads_than_there_can_be_is_a_failure_of_those(monkeypatch: pytest.MonkeyPatch) -> None:
    start = threading.Thread.start

    def start_few(thread: threading.Thread) -> None:
        if thread.name == "one too many":
            raise RuntimeError("can't start new thread")
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", start_few)
    results = run_all(
        {"one": (60.0, after(0)), "one too many": (60.0, after(0)), "another": (60.0, after(0))}, SYSTEM_CLOCK
    )
    assert isinstance(results["one too many"], RuntimeError)
    assert (results["one"], results["another"]) == ("done", "done")


def test_what_is_left_behind_does_not_keep_the_process() -> None:
    program = (
        "import time; from elytra_status.net.concurrency import run_all;"
        "from elytra_status.system.clock import SYSTEM_CLOCK;"
        "print(run_all({'stuck': (0.2, lambda: time.sleep(10**6))}, SYSTEM_CLOCK))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "no complete response within" in done.stdout


@examples(max_examples=most(30), deadline=None)
@given(st.dictionaries(st.text(max_size=3), st.integers() | st.just(ValueError("x")), max_size=20))
def test_every_task_has_exactly_one_result(wanted: dict[str, int | ValueError]) -> None:
    def task(value: int | ValueError) -> Callable[[], int]:
        def do() -> int:
            if isinstance(value, ValueError):
                raise value
            return value

        return do

    results = run_all({name: (60.0, task(value)) for name, value in wanted.items()}, SYSTEM_CLOCK)
    assert results == wanted


def test_a_background_call_runs_meanwhile_and_is_awaited() -> None:
    begun, may_end = threading.Event(), threading.Event()

    def work() -> str:
        begun.set()
        may_end.wait(10)
        return "done"

    wait = run_in_background(work)
    assert begun.wait(10)
    may_end.set()
    assert wait() == "done"


def test_a_failed_background_call_returns_none() -> None:
    assert run_in_background(fails(ValueError("no")))() is None


def test_without_a_thread_a_background_call_returns_none(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    assert run_in_background(after(0))() is None


def test_a_signal_that_does_not_interrupt_the_wait_is_heeded_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that another thread takes, or that comes just before the wait begins: Ctrl-C would be heeded at its end."""
    waits, release, waited_for = threading.Event(), threading.Event(), threading.Event()

    class WatchedQueue(queue.SimpleQueue[Any]):
        def get(self, *how: Any, **named: Any) -> Any:
            waits.set()
            return super().get(*how, **named)

    class CameError(Exception):
        pass

    def handle(number: int, frame: object) -> None:
        raise CameError

    def task() -> None:
        waits.wait(60)
        signal.pthread_kill(threading.get_ident(), signal.SIGUSR1)
        release.wait(60)
        waited_for.set()

    monkeypatch.setattr(concurrency.queue, "SimpleQueue", WatchedQueue)
    before = signal.signal(signal.SIGUSR1, handle)
    try:
        with pytest.raises(CameError):
            run_all({"task": (120, task)}, SYSTEM_CLOCK)
        assert not waited_for.is_set()
    finally:
        release.set()
        signal.signal(signal.SIGUSR1, before)
