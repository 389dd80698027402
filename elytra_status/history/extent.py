# SPDX-License-Identifier: MIT
"""How much there is in the history, and of when its newest evidence is."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from elytra_status.history import store


@dataclass(frozen=True)
class Extent:
    """The number of monitors and of bytes; and when one was last
    seen, None where that was long ago or never."""

    monitors: int
    size: int
    newest: datetime | None


def extent(path: Path) -> Extent:
    """Return how much a history holds, and change nothing of it. Raise HistoryError."""
    monitors, newest = store.read(path, _counted)
    return Extent(monitors, path.stat().st_size, None if newest is None else datetime.fromtimestamp(newest, UTC))


def _counted(connection: sqlite3.Connection) -> tuple[int, int | None]:
    (monitors,) = connection.execute("SELECT count(*) FROM monitors").fetchone()
    (newest,) = connection.execute("SELECT max(last) FROM spans").fetchone()
    return monitors, newest
