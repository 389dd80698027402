# SPDX-License-Identifier: MIT
"""Keeps the memory for answers from outside within bounds."""

from __future__ import annotations

import ctypes
import threading
from contextlib import suppress
from functools import cache
from pathlib import Path

# Held while an answer becomes values, which take up to ten times the memory of its text. All sources are polled at
# once, and the values of all of them together would take more than the limit of a run.
ONE_ANSWER = threading.RLock()
# The number of this option in malloc.h of the GNU C library, and the value that it has at first, in bytes.
_M_MMAP_THRESHOLD, _LARGE_BLOCK = -3, 128 * 1024

# Where the kernel says to which control group this process belongs, and what limits the group has.
_OWN_GROUP, _GROUPS = Path("/proc/self/cgroup"), Path("/sys/fs/cgroup")


@cache
def limit_of_group(own_group: Path = _OWN_GROUP, groups: Path = _GROUPS) -> int | None:
    """Return how many bytes the control group of this process may take.

    systemd limits it to MemoryMax=. The lowest limit of the group and of those around it counts. Return None if there
    is none.
    """
    limits: list[int] = []
    with suppress(OSError, ValueError):
        (path,) = (line[3:] for line in own_group.read_text().splitlines() if line.startswith("0::"))
        group = groups / path.lstrip("/")
        for one in (group, *group.parents):
            with suppress(OSError, ValueError):  # no limit is written as max
                limits.append(int((one / "memory.max").read_text()))
    return min(limits, default=None)


@cache
def return_large_blocks() -> None:
    """Have the C library return large blocks to the system as soon as they are freed.

    Otherwise it keeps blocks of up to 32 MB for each thread: 80 MB with the responses of ten Uptime Kumas. Other
    libraries than GNU's have no such option.
    """
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, _LARGE_BLOCK)
