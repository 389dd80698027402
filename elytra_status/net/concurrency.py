# SPDX-License-Identifier: MIT
"""Runs several tasks at once, each with a timeout."""

from __future__ import annotations

import contextvars
import queue
import threading
import traceback
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Generic, TypeVar

from elytra_status.errors import NoAnswerError
from elytra_status.net.libraries import load_http
from elytra_status.system.clock import Clock

T = TypeVar("T")

# Seconds. A signal that arrives just before the wait begins is handled only when the wait ends.
_HEED_SIGNALS_SECONDS = 0.2


class DeadlineExceededError(NoAnswerError):
    """A task was not done by its deadline."""


def run_in_background(function: Callable[[], T]) -> Callable[[], T | None]:
    """Start a function in its own thread; return a function that waits for it.

    That returns the result, or None if the function failed.
    """
    results: list[T] = []

    def work() -> None:
        with suppress(Exception):
            results.append(function())

    thread = threading.Thread(target=work, daemon=True)
    try:
        thread.start()
    except RuntimeError:
        # The limit of threads is reached.
        return lambda: None

    def wait() -> T | None:
        thread.join()
        return results[0] if results else None

    return wait


def run_all(tasks: Mapping[str, tuple[float, Callable[[], T]]], clock: Clock) -> dict[str, T | Exception]:
    """Run each task in its own thread; return results or exceptions by name.

    A task is a timeout in seconds, by a clock, and a function. The result of a task that is not done in time is
    DeadlineExceededError. Its thread keeps running, because nothing can end a thread that waits for a peer that sends
    one byte a second. All threads are daemons, which do not keep the process from exiting.
    """
    done: _Results[T] = _Results()

    def work(name: str, function: Callable[[], T]) -> None:
        try:
            done.put(name, function())
        except Exception as error:
            _release(error)
            done.put(name, error)
        except BaseException as error:
            done.put(name, RuntimeError(f"ended by {type(error).__name__}"))

    if tasks:
        load_http()
    began = clock.monotonic()
    for name, (_, function) in tasks.items():
        try:
            # Each thread gets its own copy of this thread's context.
            context = contextvars.copy_context()
            threading.Thread(target=context.run, args=(work, name, function), name=name, daemon=True).start()
        except RuntimeError as error:
            # The limit of threads is reached.
            done.put(name, error)
    results: dict[str, T | Exception] = {}
    while len(results) < len(tasks):
        open_tasks = {name: seconds for name, (seconds, _) in tasks.items() if name not in results}
        left = began + min(open_tasks.values()) - clock.monotonic()
        try:
            name, result = done.get(min(max(left, 0.001), _HEED_SIGNALS_SECONDS))
            results.setdefault(name, result)
            # A result that came too late may be large.
            del result
        except queue.Empty:
            for name, seconds in open_tasks.items():
                if clock.monotonic() >= began + seconds:
                    results[name] = DeadlineExceededError(f"no complete response within {seconds:.0f} s")
    done.close()
    return {name: results[name] for name in tasks}


class _Results(Generic[T]):
    """Results of tasks with their names, until it is closed.

    Later ones are dropped: they may be large, and an error that is kept refers to the frames of its thread, and so to
    this object.
    """

    def __init__(self) -> None:
        self._queue: queue.SimpleQueue[tuple[str, T | Exception]] = queue.SimpleQueue()
        self._is_open = True
        self._lock = threading.Lock()

    def put(self, name: str, result: T | Exception) -> None:
        with self._lock:
            if self._is_open:
                self._queue.put((name, result))

    def get(self, timeout: float) -> tuple[str, T | Exception]:
        """Return the next result with its name.

        Raise queue.Empty if there is none within `timeout`, in seconds.
        """
        return self._queue.get(timeout=timeout)

    def close(self) -> None:
        with self._lock:
            self._is_open = False
            self._queue = queue.SimpleQueue()


def _release(error: BaseException | None) -> None:
    """Release what the functions that raised an error still refer to.

    That may be a large answer that one of them has refused. The positions in the traceback stay. An error that was
    raised `from None` releases the one before it, which is never shown: a JSONDecodeError has the whole text.
    """
    while error is not None:
        traceback.clear_frames(error.__traceback__)
        earlier = error.__cause__ or error.__context__
        if error.__suppress_context__:
            error.__context__ = None
        error = earlier
