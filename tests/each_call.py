# SPDX-License-Identifier: MIT
"""Interrupt the program at each call to the operating system that Python makes, and at each SQL statement.

A signal at a random moment tests little, and something different on a busy machine. This tests every moment, in as many
runs as there are calls. What happens within a call is up to the kernel or SQLite.
"""

from __future__ import annotations

import os
import sqlite3
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from tests.child_processes import wait_for_child


@contextmanager
def at_each_call(do: Callable[[FrameType], None]) -> Iterator[None]:
    """Call `do` with the calling frame before and after each call, and before each statement, in all threads."""

    def profile(frame: FrameType, event: str, function: Any) -> None:
        if event not in ("c_call", "c_return"):
            return
        if (getattr(function, "__module__", None) or type(function.__self__).__module__) in ("posix", "_io"):
            do(frame)

    def connect(*arguments: Any, **options: Any) -> sqlite3.Connection:
        connection = plain_connect(*arguments, **options)
        # Each row of executemany() is a statement too.
        connection.set_trace_callback(lambda statement: do(sys._getframe()))
        return connection

    plain_connect = sqlite3.connect
    sqlite3.connect = connect  # type: ignore[assignment]
    threading.setprofile(profile)
    sys.setprofile(profile)
    try:
        yield
    finally:
        sys.setprofile(None)
        threading.setprofile(None)  # type: ignore[arg-type]
        sqlite3.connect = plain_connect


def signal_at_each_call(
    number: int, work: Callable[[], object], where: Callable[[FrameType], bool] = bool
) -> Iterator[int]:
    """Send a signal to a child process that does the work: to the first child at the first call, and so on.

    Yield the status of each child as os.waitpid returns it, after its end. The last one gets no signal, because it
    makes no further call. `where` limits the calls to those of some frames.
    """
    ended, moment = -1, 0
    while ended != 0:
        child = os.fork()
        if child == 0:
            _end_at(moment, number, work, where)
        ended = wait_for_child(child)
        yield ended
        moment += 1


def _end_at(moment: int, number: int, work: Callable[[], object], where: Callable[[FrameType], bool]) -> None:
    """Do the work, and send this process a signal at one call. End with status 0 if there are fewer calls."""
    calls = 0

    def count(frame: FrameType) -> None:
        nonlocal calls
        if where(frame):
            if calls == moment:
                os.kill(os.getpid(), number)
            calls += 1

    status = 1
    try:
        with at_each_call(count):
            work()
        status = 0 if calls <= moment else 2
    finally:
        os._exit(status)
