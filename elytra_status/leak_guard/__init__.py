# SPDX-License-Identifier: MIT
"""The leak guard: search every document for what must never leave the machine.

No switch turns it off.
"""

from elytra_status.leak_guard.rules import BUCKET, NAME, Private
from elytra_status.leak_guard.search import NOT_JSON, NOT_UTF8, WHOLE, Leak, find_leaks, search, search_drawn
from elytra_status.leak_guard.terms import HOST

__all__ = [
    "BUCKET",
    "HOST",
    "NAME",
    "NOT_JSON",
    "NOT_UTF8",
    "WHOLE",
    "Leak",
    "Private",
    "find_leaks",
    "search",
    "search_drawn",
]
