# SPDX-License-Identifier: MIT
"""An overview for the administrator: each monitor by name, and all together."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

from elytra_status.history import rollups, store, uptime
from elytra_status.history.figures import WINDOWS
from elytra_status.history.spans import NOTHING_ANNOUNCED, AnnouncedSpans, Tally, sum_of_tallies
from elytra_status.history.store import HistoryError
from elytra_status.history.uptime import ALL_DAYS, Past, date_of, measured
from elytra_status.history.whole_days import MonitorRow, monitor_rows


@dataclass(frozen=True)
class Overview:
    """The past of every monitor, by name, and of all watched monitors together."""

    now: datetime
    monitors: tuple[Past, ...]
    together: Past


def overview(
    path: Path, now: datetime, maintenance: AnnouncedSpans = NOTHING_ANNOUNCED, *, minimum: bool = False
) -> Overview:
    """Return an overview of the history without changing it. Raise HistoryError.

    The past of all monitors together is the mean of each monitor's, or the `minimum`.
    """
    return store.read(path, partial(_overview, now, maintenance, minimum))


def names_of(path: Path) -> dict[str, str]:
    """Return the names of the monitors in the history, by key.

    Return none if it cannot be read.
    """
    try:
        return store.read(path, lambda connection: {one.key: one.name for one in monitor_rows(connection)})
    except HistoryError:
        return {}


def _overview(now: datetime, maintenance: AnnouncedSpans, minimum: bool, connection: sqlite3.Connection) -> Overview:
    kept = uptime.read_days(connection, int(now.timestamp()), maintenance, [None])
    windows = {name: uptime.in_window(kept, kept.now - seconds) for name, seconds in WINDOWS.items()}
    windows[ALL_DAYS] = uptime.in_all_days(kept)
    summed = rollups.by_day(connection, kept.whole.days)

    def of_one(monitor: MonitorRow) -> Past:
        identifier = monitor.identifier
        days = {}
        for day in kept.days:
            seen = sum_of_tallies(summed.get((identifier, day), Tally()), kept.late[identifier].get(day, Tally()))
            days[date_of(day)] = measured(seen, kept.length(day))
        by_window = {name: measured(found[identifier], length) for name, (length, found) in windows.items()}
        return Past(monitor.key, monitor.name, monitor.watched, by_window, days)

    monitors = (of_one(one) for one in sorted(kept.monitors, key=lambda one: (one.name.casefold(), one.key)))
    shown = tuple(one for one in monitors if one.watched or one.windows[ALL_DAYS].observed)
    return Overview(now, shown, uptime.past_of_group(kept, windows, None, minimum=minimum))
