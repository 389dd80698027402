# SPDX-License-Identifier: MIT
"""Rollups: what was observed, summed by hours and days.

If two rollups are of the same time, the one that observed more counts; if they observed the same time, the run's own.
"""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from elytra_status.history.spans import DAY, HOUR, Tally, sum_of_tallies
from elytra_status.history.store import DamagedError

# Whole days for which hours are kept: the longest window that begins with an hour, and some more.
DAYS_OF_HOURS = 33

HOURS_OF_A_DAY = DAY // HOUR


class Alike(NamedTuple):
    """Monitors with the same number of counted and observed seconds in a period.

    `up` is the total of their seconds, `least_up` that of the monitor with the fewest.
    """

    counted: int
    observed: int
    monitors: int
    up: int
    least_up: int


# A rollup: the number of an hour or day, the id of a monitor, and the tally.
Rollup = tuple[int, int, Tally]


def first_day_of_hours(rolled_up_until: int) -> int:
    """Return the number of the first day whose hours are kept too."""
    return rolled_up_until // DAY - DAYS_OF_HOURS


def add_hours(connection: sqlite3.Connection, sums: Iterable[Rollup], first_day: int, *, own: bool = False) -> None:
    """Add rollups of hours, or of days before `first_day`.

    `own` says that a run has seen them itself and sums them for the first time.
    """
    hours: list[Rollup] = []
    days: dict[tuple[int, int], Tally] = defaultdict(Tally)
    for hour, monitor, tally in sums:
        day = hour // HOURS_OF_A_DAY
        if day < first_day:
            days[day, monitor] = sum_of_tallies(days[day, monitor], tally)
        else:
            hours.append((hour, monitor, tally))
    _put(connection, "hours", "hour", hours, own)
    add_days(connection, ((day, monitor, tally) for (day, monitor), tally in days.items()), own=own)
    touched = {(hour // HOURS_OF_A_DAY, monitor) for hour, monitor, _ in hours}
    for day in {day for day, _ in touched}:
        rows = connection.execute(
            "SELECT monitor, sum(up), sum(down), sum(maintenance), sum(excused) FROM hours"
            " WHERE hour BETWEEN ? AND ? GROUP BY monitor",
            (day * HOURS_OF_A_DAY, (day + 1) * HOURS_OF_A_DAY - 1),
        ).fetchall()
        add_days(connection, ((day, row[0], Tally(*row[1:])) for row in rows if (day, row[0]) in touched), own=own)


def add_days(connection: sqlite3.Connection, sums: Iterable[Rollup], *, own: bool = False) -> None:
    """Add rollups of days."""
    _put(connection, "days", "day", sums, own)


def _put(connection: sqlite3.Connection, table: str, unit: str, sums: Iterable[Rollup], own: bool) -> None:
    # The names are constants of this module, and no input.
    statement = (
        f"INSERT INTO {table} VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT ({unit}, monitor) DO UPDATE SET"  # noqa: S608
        " up = excluded.up, down = excluded.down, maintenance = excluded.maintenance, excused = excluded.excused"
        f" WHERE excluded.up + excluded.down + excluded.maintenance {'>=' if own else '>'} up + down + maintenance"
    )
    # In the order of the table: an import comes by monitors, and each row would be on another page.
    connection.executemany(statement, sorted((number, monitor, *tally) for number, monitor, tally in sums))


def totals(connection: sqlite3.Connection, start: int, end: int) -> dict[int, Tally]:
    """Return each monitor's totals from hour `start` on and before hour `end`.

    Days are used where possible, which is quicker than hours.
    """
    first, last = -(-start // HOURS_OF_A_DAY), end // HOURS_OF_A_DAY
    found: dict[int, Tally] = defaultdict(Tally)
    parts = [("hours", "hour", start, end)]
    if first < last:
        parts = [("hours", "hour", start, first * HOURS_OF_A_DAY), ("hours", "hour", last * HOURS_OF_A_DAY, end)]
        parts.append(("days", "day", first, last))
    for table, unit, since, until in parts:
        # Read all as one row: after each row other threads have their turn, and a thousand turns take longer than the
        # sums.
        (rows,) = connection.execute(
            "SELECT json_group_array(json_array(monitor, up, down, maintenance, excused)) FROM ("  # noqa: S608
            "SELECT monitor, sum(up) AS up, sum(down) AS down, sum(maintenance) AS maintenance, sum(excused) AS excused"
            f" FROM {table} WHERE {unit} >= ? AND {unit} < ? GROUP BY monitor)",
            (since, until),
        ).fetchone()
        for monitor, *sums in json.loads(rows):
            found[monitor] = sum_of_tallies(found[monitor], _checked(sums))
    return found


def by_day(connection: sqlite3.Connection, days: range) -> dict[tuple[int, int], Tally]:
    """Return what was observed, by monitor and day."""
    rows = connection.execute("SELECT * FROM days WHERE day >= ? AND day < ?", (days.start, days.stop))
    return {(monitor, day): _checked(sums) for day, monitor, *sums in rows}


def alike(
    connection: sqlite3.Connection, days: range, monitors: Sequence[int], others: Sequence[int]
) -> dict[int, list[Alike]]:
    """Return what was observed of some monitors, by day.

    `others` are all monitors that are not among them.
    """
    # To look for each of a thousand monitors takes longer than to sum all.
    few, condition = (monitors, "IN") if len(monitors) < len(others) else (others, "NOT IN")
    rows = connection.execute(
        "SELECT day, up + down, up + down + maintenance, count(*), sum(up), min(up),"  # noqa: S608
        " min(min(up, down, maintenance, excused, maintenance - excused))"
        " FROM json_each(?) AS wanted CROSS JOIN days ON day = wanted.value"
        f" WHERE monitor {condition} (SELECT value FROM json_each(?)) GROUP BY 1, 2, 3",
        (json.dumps(list(days)), json.dumps(few)),
    ).fetchall()
    found: dict[int, list[Alike]] = {day: [] for day in days}
    for day, *sums, least in rows:
        if least < 0:
            raise _cannot_be()
        found[day].append(Alike(*sums))
    return found


def _checked(sums: list[int]) -> Tally:
    tally = Tally(*sums)
    if min(tally) < 0 or tally.excused > tally.maintenance:
        raise _cannot_be()
    return tally


def _cannot_be() -> DamagedError:
    return DamagedError("the history holds invalid rollups")
