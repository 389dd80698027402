# SPDX-License-Identifier: MIT
"""Count the functions that some work calls, which is its cost on any machine under any load."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable


def calls(work: Callable[[], object]) -> int:
    """Return how many functions some work calls."""
    count = 0

    def notice(frame: object, event: str, argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    known = sys.getprofile()
    # Each garbage collection calls Hypothesis back.
    gc.disable()
    sys.setprofile(notice)
    try:
        work()
    finally:
        sys.setprofile(known)
        gc.enable()
    return count
