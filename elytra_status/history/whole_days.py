# SPDX-License-Identifier: MIT
"""The rollups of days that are over, which do not change during a run.

SQLite reads them without Python's lock, in parallel with the queries of sources.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Mapping
from typing import NamedTuple

from elytra_status.history import rollups
from elytra_status.history.ages import Ages, read_ages, source_in_key
from elytra_status.history.ingest import SEEN_EVERY, rolled_up_until
from elytra_status.history.rollups import Alike
from elytra_status.history.spans import DAY, HOUR, Tally

DAYS = 90

# Monitors by their keys; None for all watched monitors.
MonitorGroup = frozenset[str] | None


class MonitorRow(NamedTuple):
    """A monitor in the history. `watched` says that its source's last run saw it."""

    identifier: int
    key: str
    name: str
    watched: bool


class WholeDays(NamedTuple):
    """The rollups of days, by their numbers since 1970.

    `totals` are the totals of each monitor, by its id. `groups` are those of several monitors, by day. If a run adds
    heartbeats that come days late, the next run sees them. `members` are the ids of the watched monitors in each group
    at the time of reading: a run may find that others are watched. `ages` say since when each is watched.
    """

    days: range
    totals: Mapping[int, Tally]
    groups: Mapping[MonitorGroup, Mapping[int, list[Alike]]]
    members: Mapping[MonitorGroup, list[int]]
    ages: Ages


def days_before(now: int) -> range:
    """Return the days up to a time that are shown, by their numbers since 1970."""
    return range(now // DAY - DAYS + 1, now // DAY + 1)


def days_rolled_up(connection: sqlite3.Connection, now: int) -> range:
    """Return those of the shown days that are completely rolled up."""
    days = days_before(now)
    return range(days.start, max(days.start, rolled_up_until(connection, now) // DAY))


def monitor_rows(connection: sqlite3.Connection) -> list[MonitorRow]:
    """Return all monitors in the history."""
    rows = connection.execute("SELECT id, key, name, seen FROM monitors").fetchall()
    newest: dict[str, int] = {}
    for _, key, _, seen in rows:
        newest[source_in_key(key)] = max(newest.get(source_in_key(key), 0), seen or 0)
    return [
        MonitorRow(identifier, key, name, seen is not None and seen > newest[source_in_key(key)] - 2 * SEEN_EVERY)
        for identifier, key, name, seen in rows
    ]


def parted(monitors: Collection[MonitorRow], group: MonitorGroup) -> tuple[list[int], list[int]]:
    """Return the ids of the watched monitors of a group, and of all others."""
    inside = [one.identifier for one in monitors if one.watched and (group is None or one.key in group)]
    return inside, list({one.identifier for one in monitors}.difference(inside))


def read_whole_days(connection: sqlite3.Connection, now: int, groups: Collection[MonitorGroup]) -> WholeDays:
    """Read the rollups of whole days. Raise HistoryError."""
    days, monitors = days_rolled_up(connection, now), monitor_rows(connection)
    totals = rollups.totals(connection, days.start * DAY // HOUR, days.stop * DAY // HOUR)
    sides = {group: parted(monitors, group) for group in groups}
    found = {group: rollups.alike(connection, days, *both) for group, both in sides.items()}
    members = {group: watched for group, (watched, _) in sides.items()}
    return WholeDays(days, totals, found, members, read_ages(connection, now))


def still_holds(whole: WholeDays, connection: sqlite3.Connection, now: int, monitors: Collection[MonitorRow]) -> bool:
    """Whether what was read still covers the same days and watched monitors.

    After an import no monitor is watched until the first run has seen them.
    """
    return whole.days == days_rolled_up(connection, now) and all(
        members == parted(monitors, group)[0] for group, members in whole.members.items()
    )
