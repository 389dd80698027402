# SPDX-License-Identifier: MIT
"""Keep the history small.

What is older than two days becomes rollups. What is too old, or dated in the future by a wrong clock, is deleted.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict

from elytra_status.history import rollups
from elytra_status.history.ingest import SPANS_KEPT, STATES, rolled_up_until
from elytra_status.history.rollups import HOURS_OF_A_DAY
from elytra_status.history.spans import DAY, HOUR, AnnouncedSpans, Span, pieces, tally_by
from elytra_status.history.store import DamagedError

# The most days deleted in a run: a clock that is wrong for an hour must not cost the whole history.
DAYS_AT_ONCE = 2


def tidy(
    connection: sqlite3.Connection, now: int, maintenance: AnnouncedSpans, days_kept: int, keep_from: int = 0
) -> int:
    """Roll up what is older than two days, and delete what is too old.

    With `keep_from`, everything before that time is rolled up too. Return up to which time everything is rolled up.
    Once a day, check the whole file; raise DamagedError if it is damaged.
    """
    since = rolled_up_until(connection, now)
    until = min(max(now - SPANS_KEPT, keep_from), now) // HOUR * HOUR
    if until // DAY > since // DAY and connection.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
        raise DamagedError("the history is damaged")
    if until > since:
        _roll_up(connection, since, until, maintenance)
    connection.execute("INSERT OR REPLACE INTO about VALUES ('summed_until', ?)", (max(since, until),))
    _forget(connection, "hours", "hour", rollups.first_day_of_hours(max(since, until)) * HOURS_OF_A_DAY, HOURS_OF_A_DAY)
    _forget(connection, "days", "day", now // DAY - days_kept, 1)
    return max(since, until)


def delete_future(connection: sqlite3.Connection, latest: int) -> None:
    """Delete what a wrong clock has dated after `latest`, in seconds since 1970.

    This release saves nothing while the clock is wrong, but an earlier one did. Correct later times of having been
    seen. Names stay, because they are private whatever their date.
    """
    for table in ("changes", "component_changes"):
        connection.execute(f"DELETE FROM {table} WHERE time > ?", (latest,))  # noqa: S608
    connection.execute("DELETE FROM spans WHERE first > ?", (latest,))
    connection.execute("UPDATE spans SET last = ? WHERE last > ?", (latest, latest))
    connection.execute("DELETE FROM hours WHERE hour > ?", (latest // HOUR,))
    connection.execute("DELETE FROM days WHERE day > ?", (latest // DAY,))
    connection.execute("DELETE FROM cut_off WHERE since > ?", (latest,))
    connection.execute("UPDATE cut_off SET until = ? WHERE until > ?", (latest, latest))
    connection.execute("UPDATE monitors SET seen = ? WHERE seen > ?", (latest, latest))
    connection.execute("UPDATE words SET seen = ? WHERE seen > ?", (latest, latest))
    full_hour = latest // HOUR * HOUR
    connection.execute("UPDATE about SET value = ? WHERE name = 'summed_until' AND value > ?", (full_hour, latest))


def _forget(connection: sqlite3.Connection, table: str, unit: str, first_kept: int, of_a_day: int) -> None:
    oldest = connection.execute(f"SELECT min({unit}) FROM {table}").fetchone()[0]  # noqa: S608
    if oldest is not None and oldest < first_kept:
        before = min(first_kept, oldest + DAYS_AT_ONCE * of_a_day)
        connection.execute(f"DELETE FROM {table} WHERE {unit} < ?", (before,))  # noqa: S608


def _roll_up(connection: sqlite3.Connection, since: int, until: int, maintenance: AnnouncedSpans) -> None:
    of_monitor: dict[int, list[Span]] = defaultdict(list)
    for monitor, first, last, state, hold in connection.execute(
        "SELECT monitor, first, last, state, hold FROM spans ORDER BY monitor, first"
    ):
        of_monitor[monitor].append(Span(first, last, STATES[state], hold))
    found: list[rollups.Rollup] = []
    spent: list[tuple[int, int]] = []
    keys = dict(connection.execute("SELECT id, key FROM monitors"))
    for monitor, spans in of_monitor.items():
        windows = maintenance.of(keys.get(monitor, ""))
        by_hour = tally_by(HOUR, pieces(spans, since, until), windows)
        found += ((hour, monitor, tally) for hour, tally in by_hour.items())
        # Keep the newest span, by which the next heartbeats are recognised as new.
        spent += ((monitor, span.first) for span in spans[:-1] if span.last + span.hold <= until)
    # Add them as hours, however old they seem: the clock may be wrong.
    rollups.add_hours(connection, found, 0, own=True)
    connection.executemany("DELETE FROM spans WHERE monitor = ? AND first = ?", spent)
