# SPDX-License-Identifier: MIT
"""Wait for a forked process, but not for ever."""

from __future__ import annotations

import os
import select
import signal

# A child does the work of one run at most.
HANGS_AFTER = 300.0


def wait_for_child(child: int, seconds: float = HANGS_AFTER) -> int:
    """Return the status with which a child process ends, as os.waitpid does.

    A child inherits the locks that other threads of its parent held when it was made, and would wait for them for ever.
    After these seconds it is killed, and AssertionError raised.
    """
    descriptor = os.pidfd_open(child)
    has_ended: list[int] = []
    try:
        has_ended = select.select([descriptor], [], [], seconds)[0]
    finally:
        os.close(descriptor)
        if not has_ended:
            os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
    assert has_ended, f"the child process did not end within {seconds:g} s"
    return status
