# SPDX-License-Identifier: MIT
"""What the history knows for the public: the last days, and when the status became another one."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from elytra_status.history import store
from elytra_status.history.completing import History, if_usable, windows_of
from elytra_status.history.overview import Overview, overview
from elytra_status.history.store import DamagedError
from elytra_status.model import Change, Maintenance, PlatformStatus

# So many changes are kept: a status that flickers must not fill the disk.
CHANGES_KEPT = 500


@dataclass(frozen=True)
class LookBack:
    """The past of all monitors, None where it is not known; and the changes of the status, the oldest first."""

    overview: Overview | None = None
    changes: tuple[Change, ...] = ()


def look_back(
    history: History | None,
    status: PlatformStatus,
    now: datetime,
    maintenance: Iterable[Maintenance] = (),
    *,
    minimum: bool = False,
) -> LookBack:
    """Return what the history knows, given that the status is now this one.

    Where the history learns, a change of it is remembered. One that cannot be used is a warning.
    """
    change = Change(now.replace(microsecond=0), status)
    if history is None:
        return LookBack(changes=(change,))
    unknown: tuple[Change, ...] = (change,)
    changes = if_usable(lambda: _known(history, change), unknown)
    windows = windows_of(maintenance)
    return LookBack(if_usable(lambda: overview(history.path, now, windows, minimum=minimum), None), changes)


def _known(history: History, change: Change) -> tuple[Change, ...]:
    if history.learns:
        return store.write(history.path, int(change.time.timestamp()), partial(_changes, change, True))
    return store.read(history.path, partial(_changes, change, False))


def _changes(change: Change, learns: bool, connection: sqlite3.Connection) -> tuple[Change, ...]:
    rows = connection.execute("SELECT number, time, status FROM changes ORDER BY number").fetchall()
    try:
        found = [Change(datetime.fromtimestamp(time, UTC), PlatformStatus(status)) for _, time, status in rows]
    except (ValueError, OverflowError):
        raise DamagedError("the history holds a status that cannot be") from None
    if found and found[-1].status is change.status:
        return tuple(found)
    if learns:
        number = rows[-1][0] + 1 if rows else 1
        row = (number, int(change.time.timestamp()), change.status.value)
        connection.execute("INSERT INTO changes VALUES (?, ?, ?)", row)
        connection.execute("DELETE FROM changes WHERE number <= ?", (number - CHANGES_KEPT,))
    return (*found, change)
