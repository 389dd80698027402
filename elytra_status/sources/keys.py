# SPDX-License-Identifier: MIT
"""Keys for monitors that have a name and no number.

A key may be logged, a name may not.
"""

from __future__ import annotations

from collections.abc import Iterable

from elytra_status.decision.missing_monitors import Expected, scope_of
from elytra_status.system.digest import digest


def key(source: str, name: str) -> str:
    """Return a key that identifies a monitor for ever and does not reveal its name."""
    return f"{source}:{digest(name, 10)}"


def only_these(source: str, names: Iterable[str]) -> Expected:
    """Return the expectation for a source that has only the monitors in the settings."""
    keys = sorted(key(source, name) for name in names)
    return Expected(only=frozenset(keys), scope=scope_of(*keys))
