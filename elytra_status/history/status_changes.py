# SPDX-License-Identifier: MIT
"""The changes of the published status, oldest first."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from pathlib import Path

from elytra_status.history import store
from elytra_status.history.store import DamagedError, HistoryError
from elytra_status.history.tidying import delete_future
from elytra_status.model import CLOCK_SKEW, Change
from elytra_status.system.clock import moment_of

# How many changes are kept, so that a status that flickers does not fill the disk.
CHANGES_KEPT = 500


def read_changes(latest: int, connection: sqlite3.Connection) -> tuple[Change, ...]:
    """Return the changes, except those that a wrong clock has dated after `latest`."""
    rows = connection.execute("SELECT time, status FROM changes WHERE time <= ? ORDER BY number", (latest,)).fetchall()
    try:
        return tuple(Change.from_record(moment_of(time), status) for time, status in rows)
    except ValueError:
        raise DamagedError("the history holds an invalid status") from None


def changes_in(path: Path, now: datetime) -> tuple[Change, ...]:
    """Return the changes of a history until `now`; none if it cannot be read."""
    try:
        return store.read(path, partial(read_changes, int((now + CLOCK_SKEW).timestamp())))
    except HistoryError:
        return ()


def save_change(
    change: Change, latest: int, connection: sqlite3.Connection, *, forget: bool, saves: bool = True
) -> tuple[Change, ...]:
    """Save a change of the status, and return all changes.

    With `forget`, delete changes that a wrong clock has dated. Without `saves`, only return them with the new one.
    """
    found = read_changes(latest, connection)
    if forget:
        delete_future(connection, latest)
    if found and found[-1].recorded == change.recorded:
        return found
    if saves:
        _insert(change, connection)
    return (*found, change)


def _insert(change: Change, connection: sqlite3.Connection) -> None:
    number = (connection.execute("SELECT max(number) FROM changes").fetchone()[0] or 0) + 1
    row = (number, int(change.time.timestamp()), change.recorded)
    connection.execute("INSERT INTO changes VALUES (?, ?, ?)", row)
    connection.execute("DELETE FROM changes WHERE number <= ?", (number - CHANGES_KEPT,))


def replace_changes(changes: Sequence[Change], connection: sqlite3.Connection) -> None:
    """Save these changes in place of all others, unless they are the same."""
    rows = [(number, int(one.time.timestamp()), one.recorded) for number, one in enumerate(changes[-CHANGES_KEPT:], 1)]
    kept = connection.execute("SELECT time, status FROM changes ORDER BY number").fetchall()
    if kept != [row[1:] for row in rows]:
        connection.execute("DELETE FROM changes")
        connection.executemany("INSERT INTO changes VALUES (?, ?, ?)", rows)
