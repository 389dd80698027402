# SPDX-License-Identifier: MIT
"""Keys by hash: they tell names apart and may stand in the journal, where names may not. Pure."""

from __future__ import annotations

import hashlib


def digest(text: str, length: int = 16) -> str:
    """Return the first `length` hexadecimal digits of the SHA-256 of a text, half a character included."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:length]
