# SPDX-License-Identifier: MIT
"""The leak guard: searches every document for what must never leave the machine.

Rules: 'What never leaves the machine' in the contract. No switch turns it off.
"""

from elytra_status.leak_guard.documents import (
    BUCKET,
    HOST,
    LISTED,
    NAME,
    NOT_JSON,
    NOT_UTF8,
    WHOLE,
    Finding,
    Private,
    explain,
    find,
    search,
)

__all__ = [
    "BUCKET",
    "HOST",
    "LISTED",
    "NAME",
    "NOT_JSON",
    "NOT_UTF8",
    "WHOLE",
    "Finding",
    "Private",
    "explain",
    "find",
    "search",
]
