# SPDX-License-Identifier: MIT
"""Keeps the memory for answers from outside within bounds."""

from __future__ import annotations

import threading

# Held while an answer becomes values, which take up to ten times the memory of its text. All sources are polled at
# once, and the values of all of them together would take more than the limit of a run.
ONE_ANSWER = threading.RLock()
