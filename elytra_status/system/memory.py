# SPDX-License-Identifier: MIT
"""Keeps the memory for answers from outside within bounds."""

from __future__ import annotations

import ctypes
import threading
from contextlib import suppress
from functools import cache

# Held while an answer becomes values, which take up to ten times the memory of its text. All sources are polled at
# once, and the values of all of them together would take more than the limit of a run.
ONE_ANSWER = threading.RLock()
# The number of this option in malloc.h of the GNU C library, and the value that it has at first, in bytes.
_M_MMAP_THRESHOLD, _LARGE_BLOCK = -3, 128 * 1024


@cache
def return_large_blocks() -> None:
    """Have the C library return large blocks to the system as soon as they are freed.

    Otherwise it keeps blocks of up to 32 MB for each thread: 80 MB with the responses of ten Uptime Kumas. Other
    libraries than GNU's have no such option.
    """
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, _LARGE_BLOCK)
