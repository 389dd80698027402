# SPDX-License-Identifier: MIT
"""The status of each component, as it was published, when it changed."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from elytra_status.history.store import DamagedError, storable
from elytra_status.model import Change, ComponentDecision, PlatformStatus
from elytra_status.system.clock import moment_of

# How many changes are kept of all components together, so that statuses that flicker do not fill the disk.
KEPT = 5_000

_INSERT = "INSERT INTO component_changes VALUES (?, ?, ?, ?, ?)"

Changes = Mapping[str, tuple[Change, ...]]


class RecordedChange(NamedTuple):
    """A change of the status of a component, by its name."""

    component: str
    change: Change


def read_component_changes(latest: int, connection: sqlite3.Connection) -> Changes:
    """Return the changes of each component by its name, the oldest first.

    Changes that a wrong clock has dated after `latest`, in seconds since 1970, are left out. Raise DamagedError.
    """
    found: dict[str, list[Change]] = {}
    for name, change in list_component_changes(latest, connection):
        found.setdefault(name, []).append(change)
    return {name: tuple(changes) for name, changes in found.items()}


def list_component_changes(latest: int, connection: sqlite3.Connection) -> tuple[RecordedChange, ...]:
    """Return the changes of all components, as `read_component_changes` does."""
    rows = connection.execute(
        "SELECT component, time, status, maintenance FROM component_changes WHERE time <= ? ORDER BY number", (latest,)
    ).fetchall()
    try:
        return tuple(
            RecordedChange(name, Change(moment_of(time), PlatformStatus(status), bool(maintenance)))
            for name, time, status, maintenance in rows
        )
    except ValueError:
        raise DamagedError("the history holds an invalid status of a component") from None


def with_news(changes: Changes, components: Iterable[ComponentDecision], now: datetime) -> Changes:
    """Return the changes with those that the present decisions add.

    A component that is no longer there is unknown from now on.
    """
    present = {storable(one.name): (one.status, one.in_maintenance) for one in components}
    found = dict(changes)
    for name in (*present, *(name for name in changes if name not in present)):
        status, in_maintenance = present.get(name, (PlatformStatus.UNKNOWN, False))
        change = Change(now, status, in_maintenance)
        earlier = found.get(name, ())
        if not earlier or replace(earlier[-1], time=now) != change:
            found[name] = (*earlier, change)
    return found


def save_components(changes: Changes, connection: sqlite3.Connection) -> None:
    """Save the changes that the history does not have yet."""
    kept = connection.execute("SELECT * FROM component_changes ORDER BY number").fetchall()
    saved = {row[1:] for row in kept}
    every = [RecordedChange(name, change) for name, some in changes.items() for change in some]
    fresh = [row[1:] for row in _rows(every, 0) if row[1:] not in saved]
    rows = [(number, *row) for number, row in enumerate(fresh, kept[-1][0] + 1 if kept else 1)]
    connection.executemany(_INSERT, rows)
    if rows:
        connection.execute("DELETE FROM component_changes WHERE number <= ?", (rows[-1][0] - KEPT,))


def replace_component_changes(changes: Sequence[RecordedChange], connection: sqlite3.Connection) -> None:
    """Save these changes in place of all others, unless they are the same."""
    rows = _rows(changes[-KEPT:], 1)
    kept = connection.execute("SELECT * FROM component_changes ORDER BY number").fetchall()
    if [row[1:] for row in kept] != [row[1:] for row in rows]:
        connection.execute("DELETE FROM component_changes")
        connection.executemany(_INSERT, rows)


def _rows(changes: Iterable[RecordedChange], first: int) -> list[tuple[int, int, str, str, int]]:
    return [
        (number, int(one.time.timestamp()), name, one.status.value, int(one.in_maintenance))
        for number, (name, one) in enumerate(changes, first)
    ]
