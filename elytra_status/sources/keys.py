# SPDX-License-Identifier: MIT
"""Keys for monitors that have a name and no number: they may stand in the journal, and names may not."""

from __future__ import annotations

from collections.abc import Iterable

from elytra_status.decision.missing_monitors import Expected, scope_of
from elytra_status.system.digest import digest


def key(source: str, name: str) -> str:
    """Return what tells a monitor of a source apart for ever, and does not tell its name."""
    return f"{source}:{digest(name, 10)}"


def only_these(source: str, names: Iterable[str]) -> Expected:
    """Return what is expected of a source whose monitors the settings name, and no others."""
    keys = sorted(key(source, name) for name in names)
    return Expected(only=frozenset(keys), scope=scope_of(*keys))
