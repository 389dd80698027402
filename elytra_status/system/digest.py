# SPDX-License-Identifier: MIT
"""Keys by hash, which identify names and may be logged. Pure."""

from __future__ import annotations

import hashlib


def digest(text: str, length: int = 16) -> str:
    """Return the first `length` hexadecimal digits of the SHA-256 of a text.

    Lone surrogates are allowed.
    """
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:length]
