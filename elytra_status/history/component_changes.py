# SPDX-License-Identifier: MIT
"""The status of each component, as it was published, when it changed."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime

from elytra_status.history.store import DamagedError, storable
from elytra_status.model import Change, ComponentDecision, PlatformStatus

# How many changes are kept of all components together, so that statuses that flicker do not fill the disk.
KEPT = 5_000

Changes = Mapping[str, tuple[Change, ...]]


def read_component_changes(latest: int, connection: sqlite3.Connection) -> Changes:
    """Return the changes of each component by its name, the oldest first.

    Changes that a wrong clock has dated after `latest`, in seconds since 1970, are left out. Raise DamagedError.
    """
    rows = connection.execute(
        "SELECT component, time, status, maintenance FROM component_changes WHERE time <= ? ORDER BY number", (latest,)
    ).fetchall()
    found: dict[str, list[Change]] = {}
    try:
        for name, time, status, maintenance in rows:
            change = Change(datetime.fromtimestamp(time, UTC), PlatformStatus(status), bool(maintenance))
            found.setdefault(name, []).append(change)
    except (ValueError, OverflowError):
        raise DamagedError("the history holds an invalid status of a component") from None
    return {name: tuple(changes) for name, changes in found.items()}


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


def save_components(
    components: Iterable[ComponentDecision], now: datetime, latest: int, connection: sqlite3.Connection
) -> Changes:
    """Save what the present decisions change, and return all changes."""
    saved = read_component_changes(latest, connection)
    changes = with_news(saved, components, now)
    (last,) = connection.execute("SELECT max(number) FROM component_changes").fetchone()
    fresh = [
        (int(change.time.timestamp()), name, change.status.value, int(change.in_maintenance))
        for name, some in changes.items()
        for change in some[len(saved.get(name, ())) :]
    ]
    rows = [(number, *row) for number, row in enumerate(fresh, (last or 0) + 1)]
    connection.executemany("INSERT INTO component_changes VALUES (?, ?, ?, ?, ?)", rows)
    if rows:
        connection.execute("DELETE FROM component_changes WHERE number <= ?", (rows[-1][0] - KEPT,))
    return changes
