# SPDX-License-Identifier: MIT
"""Keys for monitors that have a name and no number: they may stand in the journal, and names may not."""

from __future__ import annotations

import hashlib


def key(source: str, name: str) -> str:
    """Return what tells a monitor of a source apart for ever, and does not tell its name."""
    return f"{source}:{hashlib.sha256(name.encode('utf-8', 'surrogatepass')).hexdigest()[:10]}"
