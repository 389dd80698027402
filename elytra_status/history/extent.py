# SPDX-License-Identifier: MIT
"""The size of the history, and the time of its newest evidence."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from elytra_status.history import store
from elytra_status.history.store import HistoryError
from elytra_status.system.clock import moment_of


@dataclass(frozen=True)
class Extent:
    """The number of monitors and of bytes, and when a monitor was last seen.

    The time is None if that was long ago or never.
    """

    monitors: int
    size: int
    newest: datetime | None


def extent(path: Path) -> Extent:
    """Return the size of a history without changing it. Raise HistoryError."""
    monitors, newest = store.read(path, _counted)
    return Extent(monitors, path.stat().st_size, _moment(newest))


def newest_moment(state_directory: Path) -> datetime | None:
    """Return the newest time of a run in the history.

    Return None if there is none, or if the history cannot be read.
    """
    try:
        newest = store.read(state_directory / store.FILE, _newest)
    except HistoryError:
        return None
    return _moment(newest)


def _moment(seconds: int | None) -> datetime | None:
    """Return a time of the file, None if it has none or damage has made it invalid."""
    try:
        return None if seconds is None else moment_of(seconds)
    except ValueError:
        return None


def _newest(connection: sqlite3.Connection) -> int | None:
    columns = (("seen", "monitors"), ("seen", "words"), ("time", "changes"))
    found = [connection.execute(f"SELECT max({name}) FROM {table}").fetchone()[0] for name, table in columns]  # noqa: S608
    return max((one for one in found if one is not None), default=None)


def _counted(connection: sqlite3.Connection) -> tuple[int, int | None]:
    (monitors,) = connection.execute("SELECT count(*) FROM monitors").fetchone()
    (newest,) = connection.execute("SELECT max(last) FROM spans").fetchone()
    return monitors, newest
