# SPDX-License-Identifier: MIT
"""Does several things at once, each within its own time."""

from __future__ import annotations

import contextvars
import queue
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import TypeVar

from elytra_status.errors import NoAnswerError
from elytra_status.system.clock import SYSTEM_CLOCK, Clock

T = TypeVar("T")

# A signal that comes just before the wait begins does not end it: it is heeded when the wait ends.
_HEED_SIGNALS_SECONDS = 0.2


class DeadlineExceededError(NoAnswerError):
    """Something was not done within its time."""


def beside(function: Callable[[], T]) -> Callable[[], T | None]:
    """Begin to call a function in a thread of its own. Return what waits for its result, None where it failed."""
    results: list[T] = []

    def work() -> None:
        with suppress(Exception):
            results.append(function())

    thread = threading.Thread(target=work, daemon=True)
    try:
        thread.start()
    except RuntimeError:
        # There are as many threads as there may be.
        return lambda: None

    def wait() -> T | None:
        thread.join()
        return results[0] if results else None

    return wait


def run_all(
    tasks: Mapping[str, tuple[float, Callable[[], T]]], clock: Clock = SYSTEM_CLOCK
) -> dict[str, T | Exception]:
    """Call every task in a thread of its own; return, in their order, each one's result or its exception.

    A task is a number of seconds and a function. One that is not done after that time counts as failed
    with TooLateError. Its thread is left behind: nothing can end a thread that waits for a peer which
    sends a byte a second, so the threads are daemons, which do not keep the process from ending.
    """
    done: queue.SimpleQueue[tuple[str, T | Exception]] = queue.SimpleQueue()

    def work(name: str, function: Callable[[], T]) -> None:
        try:
            done.put((name, function()))
        except Exception as error:
            done.put((name, error))
        except BaseException as error:
            done.put((name, RuntimeError(f"ended by {type(error).__name__}")))

    began = clock.monotonic()
    for name, (_, function) in tasks.items():
        try:
            # In a copy of this thread's context, each its own.
            context = contextvars.copy_context()
            threading.Thread(target=context.run, args=(work, name, function), name=name, daemon=True).start()
        except RuntimeError as error:
            # There are as many threads as there may be.
            done.put((name, error))
    results: dict[str, T | Exception] = {}
    while len(results) < len(tasks):
        open_tasks = {name: seconds for name, (seconds, _) in tasks.items() if name not in results}
        left = began + min(open_tasks.values()) - clock.monotonic()
        try:
            name, result = done.get(timeout=min(max(left, 0.001), _HEED_SIGNALS_SECONDS))
            results.setdefault(name, result)
        except queue.Empty:
            for name, seconds in open_tasks.items():
                if clock.monotonic() >= began + seconds:
                    results[name] = DeadlineExceededError(f"no complete answer within {seconds:.0f} s")
    return {name: results[name] for name in tasks}
